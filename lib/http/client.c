#include "http/client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "base/cur.h"
#include "base/encoding.h"
#include "base/file.h"

#define ORIGIN_MAX 300		/* bytes: a DNS name is at most 253 */
#define CONNECT_MS 10000
#define STALL_S 30

/*
 * Seconds that an idle connection is kept for the next request; curl's own
 * 118 s would open one for each attestation, and an upstream verifier with
 * several workers then loses count of its agents.
 */
#define IDLE_S 3600

#define PIN_PREFIX "sha256//"
#define PIN_SIZE 32		/* bytes of a SHA-256 */

struct att_http_client {
	CURL *easy;
	bool failed;		/* a setting was refused */
	bool tls;
	char *origin;
	char *cert_file;	/* for messages; NULL: no client certificate */
	bool (*stop)(void);	/* NULL: nobody asks */
	struct att_buf cert;
	struct att_buf key;
	char why[CURL_ERROR_SIZE];
};

/* One request while it runs. */
struct transfer {
	struct att_http_response answer;
	size_t header_bytes;
	bool in_headers;	/* of an answer; false in its trailers */
	bool alien;		/* another version of HTTP */
};

static CURLcode global_code;

static void
global_init(void)
{
	global_code = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* A refused setting sticks, and whoever sends asks for it. */
#define SET(c, option, value)                                                \
	((c)->failed |=                                                      \
	    curl_easy_setopt((c)->easy, (option), (value)) != CURLE_OK)

void
att_http_response_done(struct att_http_response *r)
{
	att_buf_wipe(&r->body);
	explicit_bzero(r, sizeof(*r));
}

void
att_http_client_free(struct att_http_client *c)
{
	if (c == NULL)
		return;
	curl_easy_cleanup(c->easy);
	att_buf_wipe(&c->key);
	att_buf_done(&c->cert);
	free(c->cert_file);
	free(c->origin);
	free(c);
}

/* -- headers of the answer ------------------------------------------------- */

/* The value without white space around it; false: another header. */
static bool
header_is(struct att_slice line, const char *name, struct att_slice *ret)
{
	struct att_cur c = att_cur_of(line);
	struct att_slice got;
	uint8_t colon;

	if (!att_cur_bytes(&c, strlen(name), &got) ||
	    strncasecmp((const char *)got.data, name, got.len) != 0 ||
	    !att_cur_u8(&c, &colon) || colon != ':')
		return false;
	*ret = att_cur_rest(&c);
	while (ret->len > 0 && strchr(" \t", ret->data[0]) != NULL) {
		ret->data++;
		ret->len--;
	}
	while (ret->len > 0 &&
	    strchr(" \t\r\n", ret->data[ret->len - 1]) != NULL)
		ret->len--;
	return true;
}

/*
 * Joins the value to what an earlier header of this name said (RFC 9110, 5.3).
 * What cannot be kept whole is not kept in part: a cut number is another one.
 */
static void
keep(char *text, size_t max, struct att_slice value)
{
	AUTO_DONE(att_buf_wipe) struct att_buf b = ATT_BUF(max);

	att_buf_str(&b, text);
	if (b.len > 0)
		att_buf_str(&b, ", ");
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] < 0x20 || value.data[i] > 0x7e)
			b.failed = true;
		att_buf_u8(&b, value.data[i]);
	}
	memset(text, 0, max + 1);
	if (!b.failed && b.len > 0)
		memcpy(text, b.data, b.len);
}

/* Of an answer that begins, nothing of an interim one before it counts. */
static void
forget_headers(struct att_http_response *r)
{
	struct att_buf body = r->body;

	explicit_bzero(r, sizeof(*r));
	r->body = body;
}

static void
keep_header(struct att_http_response *r, struct att_slice line)
{
	const struct {
		const char *name;
		char *text;
		size_t max;
	} kept[] = {
		{ "Content-Type", r->content_type, ATT_HTTP_TEXT_MAX },
		{ "Retry-After", r->retry_after, ATT_HTTP_TEXT_MAX },
		{ "Date", r->date, ATT_HTTP_TEXT_MAX },
		{ "Location", r->location, ATT_HTTP_LINK_MAX },
		{ "X-Auth-Token", r->session, ATT_HTTP_LINK_MAX },
	};
	struct att_slice value;

	for (size_t i = 0; i < ATT_COUNT(kept); i++)
		if (header_is(line, kept[i].name, &value))
			keep(kept[i].text, kept[i].max, value);
}

/* Curl gives whole lines: of interim answers, of the answer, of trailers. */
static size_t
on_header(char *data, size_t size, size_t count, void *ctx)
{
	struct att_slice line = { (const uint8_t *)data, size * count };
	struct transfer *t = ctx;

	t->header_bytes += line.len;
	if (t->header_bytes > ATT_HTTP_HEADERS_MAX)
		return 0;
	if (line.len >= 5 && memcmp(line.data, "HTTP/", 5) == 0) {
		t->alien = line.len < 7 || memcmp(line.data + 5, "1.", 2) != 0;
		if (t->alien)
			return 0;
		forget_headers(&t->answer);
		t->in_headers = true;
	} else if (att_slice_is(line, "\r\n") || att_slice_is(line, "\n")) {
		t->in_headers = false;
	} else if (t->in_headers) {
		keep_header(&t->answer, line);
	}
	return line.len;
}

static size_t
on_body(char *data, size_t size, size_t count, void *ctx)
{
	struct transfer *t = ctx;

	att_buf_bytes(&t->answer.body, data, size * count);
	return t->answer.body.failed ? 0 : size * count;
}

/* Curl calls it about every second, and more often while bytes come. */
static int
on_progress(void *ctx, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
    curl_off_t up)
{
	const struct att_http_client *c = ctx;

	return c->stop();
}

/* -- the client ------------------------------------------------------------ */

/* Only a host and a port behind the scheme; curl judges the rest of it. */
static int
check_origin(const struct att_http_options *o, bool *ret_tls,
    struct att_err *err)
{
	bool tls = o->origin != NULL && strncmp(o->origin, "https://", 8) == 0;
	bool plain = o->origin != NULL && strncmp(o->origin, "http://", 7) == 0;
	CURLU *u;
	CURLUcode code;

	if ((!tls && !plain) || strlen(o->origin) > ORIGIN_MAX ||
	    strpbrk(o->origin + (tls ? 8 : 7), "/?#@\\%") != NULL)
		return att_err_set(err, ATT_E_USAGE,
		    "server must be of the form https://host:port, without "
		    "user, path or query");
	if (plain && !o->allow_plain)
		return att_err_set(err, ATT_E_USAGE,
		    "%s: plain http is not allowed", o->origin);
	if ((u = curl_url()) == NULL)
		return att_err_nomem(err);
	code = curl_url_set(u, CURLUPART_URL, o->origin, 0);
	curl_url_cleanup(u);
	if (code == CURLUE_OUT_OF_MEMORY)
		return att_err_nomem(err);
	if (code != CURLUE_OK)
		return att_err_set(err, ATT_E_USAGE,
		    "%s: no host and port that can be reached", o->origin);
	*ret_tls = tls;
	return 0;
}

static int
check_files(const struct att_http_options *o, bool tls, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf ca = ATT_BUF(ATT_HTTP_PEM_MAX);

	if ((o->cert_file == NULL) != (o->key_file == NULL))
		return att_err_set(err, ATT_E_USAGE,
		    "client certificate and key: both or neither");
	if (!tls)
		return 0;
	if (o->system_cas && o->ca_file != NULL)
		return att_err_set(err, ATT_E_USAGE,
		    "%s: needs a CA file or the system's CAs, not both",
		    o->origin);
	if (!o->system_cas && o->ca_file == NULL && o->pin == NULL)
		return att_err_set(err, ATT_E_USAGE,
		    "%s: needs a CA file, the system's CAs or a pinned key",
		    o->origin);
	/* an unreadable file is better known now than at the first request */
	return o->ca_file == NULL ? 0 : att_file_read(o->ca_file, &ca, err);
}

/* Curl takes anything, also several, and the path of a file. */
static int
check_pin(const char *pin, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(PIN_SIZE);
	struct att_slice text;

	if (pin == NULL)
		return 0;
	text = att_slice_of(pin);
	if (strncmp(pin, PIN_PREFIX, strlen(PIN_PREFIX)) == 0) {
		text.data += strlen(PIN_PREFIX);
		text.len -= strlen(PIN_PREFIX);
		if (att_base64_decode(text, &raw, NULL) == 0 &&
		    raw.len == PIN_SIZE)
			return 0;
	}
	return att_err_set(err, ATT_E_USAGE,
	    "a pinned key must be " PIN_PREFIX " and base64 of 32 bytes");
}

static void
set_client_cert(struct att_http_client *c)
{
	struct curl_blob cert = { .data = c->cert.data, .len = c->cert.len,
		.flags = CURL_BLOB_NOCOPY };
	struct curl_blob key = { .data = c->key.data, .len = c->key.len,
		.flags = CURL_BLOB_NOCOPY };

	SET(c, CURLOPT_SSLCERT_BLOB, &cert);
	SET(c, CURLOPT_SSLKEY_BLOB, &key);
	/* else an enciphered key asks the terminal for its password */
	SET(c, CURLOPT_KEYPASSWD, "");
}

static int
load_client_cert(struct att_http_client *c, const struct att_http_options *o,
    struct att_err *err)
{
	int r;

	if (o->cert_file == NULL)
		return 0;
	if ((c->cert_file = strdup(o->cert_file)) == NULL)
		return att_err_nomem(err);
	if ((r = att_file_read(o->cert_file, &c->cert, err)) < 0 ||
	    (r = att_file_read_secret(o->key_file, &c->key, err)) < 0)
		return r;
	set_client_cert(c);
	return 0;
}

static void
set_tls(struct att_http_client *c, const struct att_http_options *o)
{
	bool ca = o->system_cas || o->ca_file != NULL;

	SET(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	/* the handshake proves the key in any case */
	SET(c, CURLOPT_SSL_VERIFYPEER, ca ? 1L : 0L);
	SET(c, CURLOPT_SSL_VERIFYHOST, ca ? 2L : 0L);
	if (o->pin != NULL)
		SET(c, CURLOPT_PINNEDPUBLICKEY, o->pin);
	/* a resumed session would not look at the certificate again */
	SET(c, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	if (o->ca_file != NULL) {
		SET(c, CURLOPT_CAINFO, o->ca_file);
		/* curl has a directory of its own, beside the file */
		SET(c, CURLOPT_CAPATH, NULL);
	}
}

/* For every request. Cookies, netrc and HTTP/0.9 are off by default. */
static void
set_transport(struct att_http_client *c, const struct att_http_options *o)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	SET(c, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	SET(c, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	SET(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(c, CURLOPT_FOLLOWLOCATION, 0L);
	SET(c, CURLOPT_PATH_AS_IS, 1L);
	SET(c, CURLOPT_MAXCONNECTS, 1L);
	SET(c, CURLOPT_MAXAGE_CONN, (long)IDLE_S);
	SET(c, CURLOPT_TCP_KEEPALIVE, 1L);
	SET(c, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)(o->connect_ms == 0 ? CONNECT_MS : o->connect_ms));
	SET(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	SET(c, CURLOPT_LOW_SPEED_TIME,
	    (long)(o->stall_s == 0 ? STALL_S : o->stall_s));
	SET(c, CURLOPT_USERAGENT, "attestd");
	SET(c, CURLOPT_ERRORBUFFER, c->why);
	SET(c, CURLOPT_WRITEFUNCTION, on_body);
	SET(c, CURLOPT_HEADERFUNCTION, on_header);
	/* a proxy gets none of our headers, nor we its answer to CONNECT */
	SET(c, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	SET(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (o->no_proxy)
		SET(c, CURLOPT_NOPROXY, "*");
	if (o->unix_path != NULL)
		SET(c, CURLOPT_UNIX_SOCKET_PATH, o->unix_path);
	if ((c->stop = o->stop) != NULL) {
		SET(c, CURLOPT_XFERINFOFUNCTION, on_progress);
		SET(c, CURLOPT_XFERINFODATA, c);
		SET(c, CURLOPT_NOPROGRESS, 0L);
	}
}

int
att_http_client_new(const struct att_http_options *o,
    struct att_http_client **ret, struct att_err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	AUTO(att_http_client_free) struct att_http_client *c = NULL;
	bool tls = false;
	int r;

	if (pthread_once(&once, global_init) != 0 || global_code != CURLE_OK)
		return att_err_sub(err, ATT_E_NET, global_code,
		    "libcurl does not start");
	if ((r = check_origin(o, &tls, err)) < 0 ||
	    (r = check_files(o, tls, err)) < 0 ||
	    (r = check_pin(o->pin, err)) < 0)
		return r;
	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->easy = curl_easy_init()) == NULL ||
	    (c->origin = strdup(o->origin)) == NULL)
		return att_err_nomem(err);
	c->tls = tls;
	c->cert = ATT_BUF(ATT_HTTP_PEM_MAX);
	c->key = ATT_BUF(ATT_HTTP_PEM_MAX);
	set_transport(c, o);
	if (tls)
		set_tls(c, o);
	if (tls && (r = load_client_cert(c, o, err)) < 0)
		return r;
	if (c->failed)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "libcurl lacks a setting that is needed");
	*ret = take(&c);
	return 0;
}

/* -- one request ----------------------------------------------------------- */

static const char *const methods[] = {
	[ATT_HTTP_GET] = "GET",
	[ATT_HTTP_POST] = "POST",
	[ATT_HTTP_PUT] = "PUT",
	[ATT_HTTP_PATCH] = "PATCH",
	[ATT_HTTP_DELETE] = "DELETE",
};

#define ALNUM                                                                \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* At least one character, at most max, all of this set. */
static bool
is_of(const char *text, const char *set, size_t max)
{
	size_t n = strlen(text);

	return n > 0 && n <= max && strspn(text, set) == n;
}

static int
check_credentials(const struct att_http_client *c,
    const struct att_http_request *q, struct att_err *err)
{
	/* RFC 6750, 2.1; RFC 9110, 11.2: token68 */
	if ((q->token != NULL &&
		!is_of(q->token, ALNUM "-._~+/=", ATT_HTTP_TOKEN_MAX)) ||
	    (q->basic != NULL &&
		!is_of(q->basic, ALNUM "+/=", ATT_HTTP_TOKEN_MAX)))
		return att_err_set(err, ATT_E_USAGE,
		    "token holds what no bearer token may, or is too long");
	/* a value of a header, without spaces */
	if (q->session != NULL &&
	    !is_of(q->session, ALNUM "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
		ATT_HTTP_LINK_MAX))
		return att_err_set(err, ATT_E_USAGE,
		    "a session's token holds what none may, or is too long");
	if ((q->session != NULL || q->basic != NULL) && !c->tls)
		return att_err_set(err, ATT_E_USAGE,
		    "%s: no password or session goes over plain http",
		    c->origin);
	return 0;
}

static int
check_request(const struct att_http_client *c,
    const struct att_http_request *q, struct att_err *err)
{
	/* RFC 9110, 8.3.1: tokens, and what stands between them */
	static const char media[] = ALNUM "!#$&-^_.+/*;,= \"";
	bool carries;

	if ((size_t)q->method >= ATT_COUNT(methods))
		return att_err_set(err, ATT_E_USAGE, "no such method");
	carries = q->method != ATT_HTTP_GET && q->method != ATT_HTTP_DELETE;
	if (carries != (q->content_type != NULL) ||
	    (!carries && q->body.len > 0))
		return att_err_set(err, ATT_E_USAGE,
		    "%s: must%s have a body with a type", methods[q->method],
		    carries ? "" : " not");
	/* RFC 3986, 3.3 and 3.4 */
	if (q->path == NULL || q->path[0] != '/' ||
	    !is_of(q->path, ALNUM "-._~!$&'()*+,;=:@%/?", ATT_HTTP_PATH_MAX))
		return att_err_set(err, ATT_E_USAGE,
		    "path must begin with / and hold only what a URL may");
	if ((q->content_type != NULL &&
		!is_of(q->content_type, media, ATT_HTTP_TEXT_MAX)) ||
	    (q->accept != NULL &&
		!is_of(q->accept, media, ATT_HTTP_TEXT_MAX)))
		return att_err_set(err, ATT_E_USAGE,
		    "a media type holds what none may, or is too long");
	if (q->deadline_ms == 0)
		return att_err_set(err, ATT_E_USAGE,
		    "a request must have a deadline");
	return check_credentials(c, q, err);
}

/* One of them may be a token. */
static void
headers_free(struct curl_slist *list)
{
	for (struct curl_slist *h = list; h != NULL; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(list);
}
ATT_DEFINE_AUTO(struct curl_slist, headers_free)

static int
add_header(struct curl_slist **list, const char *name, const char *value,
    struct att_err *err)
{
	AUTO_DONE(att_buf_wipe) struct att_buf b = ATT_BUF(16384);
	struct curl_slist *longer;
	int r;

	if (value == NULL)
		return 0;
	att_buf_printf(&b, "%s%s", name, value);
	att_buf_u8(&b, '\0');
	if ((r = att_buf_ok(&b, "header", err)) < 0)
		return r;
	longer = curl_slist_append(*list, (const char *)b.data);
	if (longer == NULL)
		return att_err_nomem(err);
	*list = longer;
	return 0;
}

static int
make_headers(const struct att_http_request *q, struct curl_slist **ret,
    struct att_err *err)
{
	AUTO(headers_free) struct curl_slist *list = NULL;
	int r;

	/* "Expect:" stops curl from waiting for 100 Continue */
	if ((r = add_header(&list, "Expect:", "", err)) < 0 ||
	    (r = add_header(&list, "Accept-Encoding: ", "identity", err)) < 0 ||
	    (r = add_header(&list, "Accept: ", q->accept, err)) < 0 ||
	    (r = add_header(&list, "Content-Type: ", q->content_type,
		err)) < 0 ||
	    (r = add_header(&list, "Authorization: Bearer ", q->token,
		err)) < 0 ||
	    (r = add_header(&list, "Authorization: Basic ", q->basic,
		err)) < 0 ||
	    (r = add_header(&list, "X-Auth-Token: ", q->session, err)) < 0)
		return r;
	*ret = take(&list);
	return 0;
}

static void
set_request(struct att_http_client *c, const struct att_http_request *q,
    const char *url, struct curl_slist *headers, struct transfer *t)
{
	bool carries = q->content_type != NULL;

	c->failed = false;
	c->why[0] = '\0';
	SET(c, CURLOPT_URL, url);
	SET(c, CURLOPT_HTTPHEADER, headers);
	SET(c, CURLOPT_TIMEOUT_MS, (long)q->deadline_ms);
	SET(c, CURLOPT_WRITEDATA, t);
	SET(c, CURLOPT_HEADERDATA, t);
	if (carries) {
		SET(c, CURLOPT_POST, 1L);
		SET(c, CURLOPT_POSTFIELDS,
		    q->body.len == 0 ? "" : (const char *)q->body.data);
		SET(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body.len);
	}
	SET(c, CURLOPT_CUSTOMREQUEST, methods[q->method]);
}

/*
 * Nothing of the caller's stays behind in the handle. POSTFIELDS makes any
 * request a POST, with NULL one that reads standard input: HTTPGET comes last.
 */
static void
unset_request(struct att_http_client *c)
{
	SET(c, CURLOPT_HTTPHEADER, NULL);
	SET(c, CURLOPT_POSTFIELDS, NULL);
	SET(c, CURLOPT_HTTPGET, 1L);
	SET(c, CURLOPT_WRITEDATA, NULL);
	SET(c, CURLOPT_HEADERDATA, NULL);
}

/* -- what went wrong ------------------------------------------------------- */

/* OpenSSL's X509_V_ERR_*: part of its interface, and fixed since 1.0. */
static const struct {
	long code;
	const char *text;
} verify_words[] = {
	/* curl's mark that the chain is good and the name, which it compares
	 * itself, is not */
	{ 1, "name mismatch" },
	{ 9, "not valid yet" },
	{ 10, "expired" },
	{ 18, "unknown CA" },	/* signed by itself */
	{ 19, "unknown CA" },	/* a chain up to an unknown root */
	{ 20, "unknown CA" },	/* no issuer at hand */
	{ 21, "unknown CA" },	/* a single one, and no issuer at hand */
	{ 23, "revoked" },
	{ 62, "name mismatch" },
	{ 64, "name mismatch" },	/* of an address */
};

static const char *
verify_word(struct att_http_client *c)
{
	long code = 0;

	(void)curl_easy_getinfo(c->easy, CURLINFO_SSL_VERIFYRESULT, &code);
	for (size_t i = 0; i < ATT_COUNT(verify_words); i++)
		if (verify_words[i].code == code)
			return verify_words[i].text;
	return "refused";
}

static int
limit_error(const struct att_http_client *c, const struct transfer *t,
    CURLcode code, struct att_err *err)
{
	if (t->header_bytes > ATT_HTTP_HEADERS_MAX)
		return att_err_sub(err, ATT_E_LIMIT, code,
		    "%s: headers of more than %d bytes", c->origin,
		    ATT_HTTP_HEADERS_MAX);
	return att_err_sub(err, ATT_E_LIMIT, code,
	    "%s: answer of more than %zu bytes", c->origin,
	    t->answer.body.max);
}

/*
 * Whether anything of the answer came. Curl 7 calls a header line over its own
 * bound (100 KiB) a lack of memory.
 */
static bool
has_begun(struct att_http_client *c)
{
	curl_off_t us = 0;

	return curl_easy_getinfo(c->easy, CURLINFO_STARTTRANSFER_TIME_T,
	    &us) == CURLE_OK && us > 0;
}

static int
transfer_error(struct att_http_client *c, const struct transfer *t,
    CURLcode code, struct att_err *err)
{
	const char *why = c->why[0] != '\0' ? c->why :
					      curl_easy_strerror(code);

	if (t->alien)
		code = CURLE_WEIRD_SERVER_REPLY;
	switch (code) {
#if LIBCURL_VERSION_NUM >= 0x080600
	case CURLE_TOO_LARGE:
#endif
	case CURLE_OUT_OF_MEMORY:
		if (code == CURLE_OUT_OF_MEMORY && !has_begun(c))
			return att_err_nomem(err);
		return att_err_sub(err, ATT_E_LIMIT, code,
		    "%s: a header line that is too long, or no memory",
		    c->origin);
	case CURLE_WRITE_ERROR:
		return limit_error(c, t, code, err);
	case CURLE_OPERATION_TIMEDOUT:
		return att_err_sub(err, ATT_E_TIMEOUT, code, "%s: %s",
		    c->origin, why);
	case CURLE_ABORTED_BY_CALLBACK:
		return att_err_sub(err, ATT_E_BUSY, code,
		    "%s: given up before the answer came", c->origin);
	case CURLE_PEER_FAILED_VERIFICATION:
		return att_err_sub(err, ATT_E_UNTRUSTED, code,
		    "%s: certificate: %s: %s", c->origin, verify_word(c),
		    why);
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		return att_err_sub(err, ATT_E_UNTRUSTED, code,
		    "%s: certificate: not the key that is pinned", c->origin);
	case CURLE_SSL_CACERT_BADFILE:
		return att_err_sub(err, ATT_E_FORMAT, code,
		    "no CA certificate can be read: %s", why);
	case CURLE_SSL_CERTPROBLEM:
		return att_err_sub(err, ATT_E_FORMAT, code,
		    "%s: client certificate and key cannot be used: %s",
		    c->cert_file == NULL ? "?" : c->cert_file, why);
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
		return att_err_sub(err, ATT_E_NET, code,
		    "%s: the answer is not HTTP/1.1", c->origin);
	default:
		return att_err_sub(err, ATT_E_NET, code, "%s: %s", c->origin,
		    why);
	}
}

static int
perform(struct att_http_client *c, struct transfer *t, struct att_err *err)
{
	long status = 0;
	CURLcode code;

	if (c->failed)
		return att_err_nomem(err);	/* the only way by now */
	code = curl_easy_perform(c->easy);
	if (code == CURLE_OK)
		code = curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE,
		    &status);
	/* to curl an answer cut off in its headers is one without a body */
	if (code == CURLE_OK && t->in_headers)
		code = CURLE_PARTIAL_FILE;
	if (code != CURLE_OK)
		return transfer_error(c, t, code, err);
	if (status < 200 || status > 599)
		return att_err_set(err, ATT_E_NET,
		    "%s: answer with status %ld", c->origin, status);
	t->answer.status = (unsigned)status;
	return 0;
}

int
att_http_send(struct att_http_client *c, const struct att_http_request *req,
    struct att_http_response *ret, struct att_err *err)
{
	AUTO(headers_free) struct curl_slist *headers = NULL;
	AUTO(free) char *url = NULL;
	struct transfer t = { .answer.body = ATT_BUF(req->max_body) };
	int r;

	if ((r = check_request(c, req, err)) < 0 ||
	    (r = make_headers(req, &headers, err)) < 0)
		return r;
	if (asprintf(&url, "%s%s", c->origin, req->path) < 0) {
		url = NULL;
		return att_err_nomem(err);
	}
	set_request(c, req, url, headers, &t);
	r = perform(c, &t, err);
	unset_request(c);
	if (r < 0)
		att_http_response_done(&t.answer);
	else
		*ret = t.answer;
	return r;
}
