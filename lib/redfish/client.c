#include "redfish/client.h"

#include <string.h>
#include <strings.h>

#include "base/cur.h"
#include "base/encoding.h"
#include "base/steady.h"
#include "base/text.h"

#define ROOT "/redfish/v1/"
#define BELOW "/redfish/"
#define SESSIONS "/redfish/v1/SessionService/Sessions"

#define POLL_MS 1000u
#define LOOK_MS 100u		/* how often a wait asks whether to stop */
#define END_MS 5000u		/* for the end of a session */
#define MEMBER_MAX 64		/* bytes of a member's name in a path */

struct att_redfish {
	struct att_http_client *http;
	char *origin;
	json_t *root;
	bool (*stop)(void);
	uint64_t until;		/* milliseconds of CLOCK_BOOTTIME */
	unsigned poll_ms;
	char session[ATT_HTTP_LINK_MAX + 1];	/* or "" */
	char session_link[ATT_HTTP_PATH_MAX + 1];
	struct att_buf basic;	/* a string, or empty */
	unsigned requests;
	size_t bytes;
	char **visited;
	size_t visits;
};

const char *
att_redfish_reason(int code)
{
	switch (code) {
	case ATT_E_TIMEOUT:
		return "no answer in time";
	case ATT_E_NET:
		return "cannot be reached, or does not speak HTTP";
	case ATT_E_UNTRUSTED:
		return "its certificate is not the one that is expected";
	case ATT_E_DENIED:
		return "refused by the BMC";
	case ATT_E_NOT_FOUND:
		return "listed by the BMC, and not there";
	case ATT_E_LIMIT:
		return "more than is taken";
	case ATT_E_FORMAT:
	case ATT_E_SHORT:
	case ATT_E_TRAILING:
		return "no answer that is understood";
	case ATT_E_CONFLICT:
		return "the BMC names it more than once";
	case ATT_E_UNSUPPORTED:
		return "the BMC points elsewhere";
	case ATT_E_BUSY:
		return "the BMC was busy, or the asking was stopped";
	default:
		return "this node could not ask";
	}
}

/* -- links -------------------------------------------------------------- */

/* What a server may read as a dot or as an end of a segment. */
static bool
has_hidden(const char *path)
{
	return strcasestr(path, "%2e") != NULL ||
	    strcasestr(path, "%2f") != NULL || strcasestr(path, "%5c") != NULL;
}

static bool
has_dots(const char *path)
{
	for (const char *p = path; (p = strchr(p, '/')) != NULL; p++) {
		size_t n = strcspn(p + 1, "/?");

		if ((n == 1 && p[1] == '.') ||
		    (n == 2 && p[1] == '.' && p[2] == '.'))
			return true;
	}
	return false;
}

/* The path that a link stands for, at this BMC and below /redfish/. */
static int
path_of(const struct att_redfish *r, const char *link,
    char ret[static ATT_HTTP_PATH_MAX + 1], struct att_err *err)
{
	/* RFC 3986, 3.3 and 3.4; no fragment */
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "-._~!$&'()*+,;=:@%/?";
	size_t skip = strlen(r->origin), n;

	if (strncmp(link, r->origin, skip) == 0 && link[skip] == '/')
		link += skip;
	n = strlen(link);
	if (n > ATT_HTTP_PATH_MAX || strspn(link, allowed) != n ||
	    strncmp(link, BELOW, strlen(BELOW)) != 0 || has_hidden(link) ||
	    has_dots(link) || strstr(link, "//") != NULL)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "link \"%.80s\": leads elsewhere than below " BELOW
		    " of the BMC", link);
	memcpy(ret, link, n + 1);
	return 0;
}

/* Once: who comes again goes in a circle. */
static int
note_visit(struct att_redfish *r, const char *path, struct att_err *err)
{
	size_t n = strlen(path);
	char **more;

	while (n > 1 && path[n - 1] == '/')
		n--;
	for (size_t i = 0; i < r->visits; i++)
		if (strlen(r->visited[i]) == n &&
		    memcmp(r->visited[i], path, n) == 0)
			return att_err_set(err, ATT_E_CONFLICT,
			    "%.100s: the BMC links to it again", path);
	more = reallocarray(r->visited, r->visits + 1, sizeof(*more));
	if (more == NULL)
		return att_err_nomem(err);
	r->visited = more;
	if ((r->visited[r->visits] = strndup(path, n)) == NULL)
		return att_err_nomem(err);
	r->visits++;
	return 0;
}

const json_t *
att_redfish_at(const json_t *obj, const char *path)
{
	char name[MEMBER_MAX + 1];

	while (obj != NULL && *path != '\0') {
		size_t n = strcspn(path, "/");

		if (n > MEMBER_MAX)
			return NULL;
		memcpy(name, path, n);
		name[n] = '\0';
		obj = json_object_get(obj, name);
		path += n + (path[n] == '/');
	}
	return obj;
}

const char *
att_redfish_text_in(const json_t *obj, const char *path)
{
	const char *s = json_string_value(att_redfish_at(obj, path));

	return s != NULL && s[0] != '\0' ? s : NULL;
}

const char *
att_redfish_link_in(const json_t *obj, const char *name)
{
	return att_redfish_text_in(json_object_get(obj, name), "@odata.id");
}

/* -- one request -------------------------------------------------------- */

void
att_redfish_answer_done(struct att_redfish_answer *a)
{
	att_buf_done(&a->body);
	*a = (struct att_redfish_answer){ 0 };
}

int
att_redfish_usable(const struct att_redfish *r, struct att_err *err)
{
	if (r->stop != NULL && r->stop())
		return att_err_set(err, ATT_E_BUSY, "%s: asked to end",
		    r->origin);
	if (att_steady_now() >= r->until)
		return att_err_set(err, ATT_E_TIMEOUT,
		    "%s: the time for all that is asked is over", r->origin);
	if (r->requests >= ATT_REDFISH_REQUESTS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%s: asks for more than %d requests", r->origin,
		    ATT_REDFISH_REQUESTS_MAX);
	if (r->bytes > ATT_REDFISH_BODIES_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%s: answers of more than %u bytes", r->origin,
		    ATT_REDFISH_BODIES_MAX);
	return 0;
}

/* The statuses of DSP0266, 8.5, as errors. */
static int
status_error(unsigned status, const char *path, struct att_err *err)
{
	enum att_code code;

	if (status < 300)
		return 0;
	if (status < 400)
		code = ATT_E_UNSUPPORTED;
	else if (status == 401 || status == 403)
		code = ATT_E_DENIED;
	else if (status == 404 || status == 410)
		code = ATT_E_NOT_FOUND;
	else if (status == 429 || status == 503)
		code = ATT_E_BUSY;
	else
		code = ATT_E_FORMAT;
	return att_err_sub(err, code, status, "%.100s: status %u", path,
	    status);
}

static int
send(struct att_redfish *r, const struct att_http_request *q,
    struct att_http_response *ret, struct att_err *err)
{
	struct att_http_request full = *q;
	uint64_t now = att_steady_now();
	int code;

	if ((code = att_redfish_usable(r, err)) < 0)
		return code;
	r->requests++;
	full.accept = "application/json";
	full.max_body = ATT_REDFISH_BODY_MAX;
	full.deadline_ms = now >= r->until ? 1 : (unsigned)ATT_MIN(
		r->until - now, (uint64_t)ATT_REDFISH_REQUEST_MS);
	full.session = r->session[0] != '\0' ? r->session : NULL;
	full.basic = r->basic.len > 0 ? (const char *)r->basic.data : NULL;
	code = att_http_send(r->http, &full, ret, err);
	if (code == 0)
		r->bytes += ret->body.len;
	return code;
}

static int
exchange(struct att_redfish *r, const struct att_http_request *q,
    struct att_redfish_answer *ret, struct att_err *err)
{
	AUTO_DONE(att_http_response_done) struct att_http_response resp = {
		0 };
	int code;

	if ((code = send(r, q, &resp, err)) < 0 ||
	    (code = status_error(resp.status, q->path, err)) < 0)
		return code;
	*ret = (struct att_redfish_answer){ .status = resp.status,
		.body = resp.body };
	resp.body = ATT_BUF(0);
	memcpy(ret->location, resp.location, sizeof(ret->location));
	return 0;
}

int
att_redfish_fetch(struct att_redfish *r, const char *link,
    struct att_redfish_answer *ret, struct att_err *err)
{
	char path[ATT_HTTP_PATH_MAX + 1];
	const struct att_http_request q = { .method = ATT_HTTP_GET,
		.path = path };
	int code;

	if ((code = path_of(r, link, path, err)) < 0)
		return code;
	return exchange(r, &q, ret, err);
}

int
att_redfish_post(struct att_redfish *r, const char *link,
    struct att_slice json, struct att_redfish_answer *ret,
    struct att_err *err)
{
	char path[ATT_HTTP_PATH_MAX + 1];
	const struct att_http_request q = { .method = ATT_HTTP_POST,
		.path = path, .content_type = "application/json",
		.body = json };
	int code;

	if ((code = path_of(r, link, path, err)) < 0)
		return code;
	return exchange(r, &q, ret, err);
}

int
att_redfish_get(struct att_redfish *r, const char *link, json_t **ret,
    struct att_err *err)
{
	AUTO_DONE(att_redfish_answer_done) struct att_redfish_answer a = {
		0 };
	AUTO(att_json_decref) json_t *j = NULL;
	int code;

	if ((code = att_redfish_fetch(r, link, &a, err)) < 0)
		return code;
	if ((code = att_json_parse(att_buf_view(&a.body),
		 ATT_REDFISH_BODY_MAX, &j, err)) < 0) {
		att_err_prefix(err, "%.60s", link);
		return code;
	}
	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT,
		    "%.100s: is no object", link);
	*ret = take(&j);
	return 0;
}

int
att_redfish_visit(struct att_redfish *r, const char *link, json_t **ret,
    struct att_err *err)
{
	char path[ATT_HTTP_PATH_MAX + 1];
	int code;

	if ((code = path_of(r, link, path, err)) < 0 ||
	    (code = note_visit(r, path, err)) < 0)
		return code;
	return att_redfish_get(r, path, ret, err);
}

int
att_redfish_pause(const struct att_redfish *r, struct att_err *err)
{
	uint64_t until = att_steady_now() + r->poll_ms;
	int code;

	while ((code = att_redfish_usable(r, err)) == 0 &&
	    att_steady_now() < until)
		att_steady_nap(r->poll_ms < LOOK_MS ? 1 : LOOK_MS);
	return code;
}

/* -- the session -------------------------------------------------------- */

/* A string of JSON (RFC 8259, 7): no library that keeps a copy. */
static void
put_string(struct att_buf *b, const char *text)
{
	att_buf_u8(b, '"');
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			att_buf_u8(b, '\\');
		att_buf_u8(b, (uint8_t)*p);
	}
	att_buf_u8(b, '"');
}

static int
check_credential(const char *what, const char *text, size_t max,
    struct att_err *err)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if ((uint8_t)text[i] < 0x20 || text[i] == 0x7f)
			n = 0;
	if (n == 0 || n > max ||
	    !att_text_is_utf8((struct att_slice){ (const uint8_t *)text, n }))
		return att_err_set(err, ATT_E_USAGE,
		    "the %s of the BMC must be 1 to %zu bytes of UTF-8 in one "
		    "line", what, max);
	return 0;
}

static int
use_basic(struct att_redfish *r, const struct att_redfish_options *o,
    struct att_err *err)
{
	AUTO_DONE(att_buf_wipe) struct att_buf pair =
	    ATT_BUF(ATT_REDFISH_USER_MAX + 1 + ATT_REDFISH_PASSWORD_MAX);

	/* RFC 7617, 2: the first colon ends the user */
	if (strchr(o->user, ':') != NULL)
		return att_err_set(err, ATT_E_USAGE,
		    "%s: has no sessions, and a user with a colon cannot do "
		    "without", r->origin);
	att_buf_str(&pair, o->user);
	att_buf_u8(&pair, ':');
	att_buf_str(&pair, o->password);
	att_base64_put(&r->basic, att_buf_view(&pair));
	att_buf_u8(&r->basic, '\0');
	return att_buf_ok(&r->basic, "password", err);
}

static int
take_session(struct att_redfish *r, struct att_http_response *resp,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	const char *link = resp->location;

	if (resp->session[0] == '\0')
		return att_err_set(err, ATT_E_FORMAT,
		    "%s: a session without a token", r->origin);
	memcpy(r->session, resp->session, sizeof(r->session));
	if (link[0] == '\0' && att_json_parse(att_buf_view(&resp->body),
		ATT_REDFISH_BODY_MAX, &j, NULL) == 0)
		link = att_redfish_text_in(j, "@odata.id");
	/* one that cannot be ended ends by its own time */
	if (link == NULL || path_of(r, link, r->session_link, NULL) < 0)
		r->session_link[0] = '\0';
	return 0;
}

static int
open_session(struct att_redfish *r, const struct att_redfish_options *o,
    struct att_err *err)
{
	AUTO_DONE(att_http_response_done) struct att_http_response resp = {
		0 };
	AUTO_DONE(att_buf_wipe) struct att_buf body = ATT_BUF(2048);
	const char *link = att_redfish_text_in(r->root,
	    "Links/Sessions/@odata.id");
	char path[ATT_HTTP_PATH_MAX + 1];
	struct att_http_request q = { .method = ATT_HTTP_POST, .path = path,
		.content_type = "application/json" };
	int code;

	att_buf_str(&body, "{\"UserName\":");
	put_string(&body, o->user);
	att_buf_str(&body, ",\"Password\":");
	put_string(&body, o->password);
	att_buf_u8(&body, '}');
	q.body = att_buf_view(&body);
	if ((code = att_buf_ok(&body, "session", err)) < 0 ||
	    (code = path_of(r, link != NULL ? link : SESSIONS, path, err)) <
		0 ||
	    (code = send(r, &q, &resp, err)) < 0)
		return code;
	if (resp.status == 404 || resp.status == 405 || resp.status == 501)
		return use_basic(r, o, err);
	if ((code = status_error(resp.status, path, err)) < 0)
		return code;
	return take_session(r, &resp, err);
}

static void
end_session(struct att_redfish *r)
{
	const struct att_http_request q = { .method = ATT_HTTP_DELETE,
		.path = r->session_link, .session = r->session,
		.max_body = ATT_REDFISH_BODY_MAX, .deadline_ms = END_MS };
	struct att_http_response resp = { 0 };

	/* what is not ended here, the BMC ends in its time */
	if (r->session_link[0] != '\0' && r->session[0] != '\0')
		(void)!att_http_send(r->http, &q, &resp, NULL);
	att_http_response_done(&resp);
}

/* -- the client --------------------------------------------------------- */

void
att_redfish_free(struct att_redfish *r)
{
	if (r == NULL)
		return;
	end_session(r);
	att_http_client_free(r->http);
	json_decref(r->root);
	for (size_t i = 0; i < r->visits; i++)
		free(r->visited[i]);
	free(r->visited);
	free(r->origin);
	att_buf_wipe(&r->basic);
	explicit_bzero(r->session, sizeof(r->session));
	free(r);
}

const json_t *
att_redfish_root(const struct att_redfish *r)
{
	return r->root;
}

static int
check_options(const struct att_redfish_options *o, struct att_err *err)
{
	int code;

	if ((o->user == NULL) != (o->password == NULL))
		return att_err_set(err, ATT_E_USAGE,
		    "user and password of the BMC: both or neither");
	if (o->user == NULL)
		return 0;
	if ((code = check_credential("user", o->user, ATT_REDFISH_USER_MAX,
		 err)) < 0)
		return code;
	return check_credential("password", o->password,
	    ATT_REDFISH_PASSWORD_MAX, err);
}

int
att_redfish_open(const struct att_redfish_options *o,
    struct att_redfish **ret, struct att_err *err)
{
	AUTO(att_redfish_free) struct att_redfish *r = NULL;
	const struct att_http_options http = { .origin = o->origin,
		.pin = o->pin, .ca_file = o->ca_file, .no_proxy = true,
		.stop = o->stop };
	int code;

	if ((code = check_options(o, err)) < 0)
		return code;
	if ((r = calloc(1, sizeof(*r))) == NULL ||
	    (r->origin = strdup(o->origin)) == NULL)
		return att_err_nomem(err);
	r->until = att_steady_now() + o->deadline_ms;
	r->stop = o->stop;
	r->poll_ms = o->poll_ms == 0 ? POLL_MS : o->poll_ms;
	r->basic = ATT_BUF(1024);
	if ((code = att_http_client_new(&http, &r->http, err)) < 0 ||
	    (code = att_redfish_get(r, ROOT, &r->root, err)) < 0)
		return code;
	if (o->user != NULL && (code = open_session(r, o, err)) < 0)
		return code;
	*ret = take(&r);
	return 0;
}
