#include "agent/operator.h"

#include <string.h>

#include "base/file.h"
#include "config/agent_config.h"

#define BASE "/operator/v1"
#define DEADLINE_MS 60000u
#define ANSWER_MAX (16u << 20)	/* bytes of a JSON answer */

struct att_operator {
	struct att_http_client *http;
	struct att_buf token;	/* with a NUL */
};

void
att_operator_free(struct att_operator *p)
{
	if (p == NULL)
		return;
	att_http_client_free(p->http);
	att_buf_wipe(&p->token);
	free(p);
}

static int
read_token(const char *file, struct att_buf *ret, struct att_err *err)
{
	int r;

	*ret = ATT_BUF(ATT_HTTP_TOKEN_MAX);
	if ((r = att_file_read_secret(file, ret, err)) < 0)
		return r;
	while (ret->len > 0 && strchr("\r\n", ret->data[ret->len - 1]) != NULL)
		ret->len--;
	att_buf_u8(ret, '\0');
	return att_buf_ok(ret, "token", err);
}

/* For an operator's desk there need be no configuration of an agent. */
static int
connect_to(struct att_operator *p, const struct att_operator_options *o,
    const struct att_agent_config *c, struct att_err *err)
{
	const char *url = o->url;
	struct att_http_options options = { .ca_file = o->ca_file };

	if (url == NULL && c->verifier_urls.count > 0)
		url = c->verifier_urls.item[0];
	if (url == NULL)
		return att_err_set(err, ATT_E_USAGE,
		    "--url is wanted: no configuration names a verifier");
	options.origin = url;
	options.allow_plain = c->allow_plain_http;
	if (options.ca_file == NULL && !c->use_system_cas)
		options.ca_file = c->ca_file;
	options.system_cas = options.ca_file == NULL;
	return att_http_client_new(&options, &p->http, err);
}

/* One that is not asked for and not needed, or not there, may be anything. */
static int
load_config(const struct att_operator_options *o, struct att_agent_config *ret,
    struct att_err *err)
{
	int r;

	if (o->config != NULL)
		return att_agent_config_load(o->config, ret, err);
	if (o->url != NULL && o->ca_file != NULL)
		return 0;
	r = att_agent_config_load(ATT_AGENT_CONFIG_PATH, ret, err);
	return r == ATT_E_NOT_FOUND ? 0 : r;
}

int
att_operator_open(const struct att_operator_options *o,
    struct att_operator **ret, struct att_err *err)
{
	AUTO(att_operator_free) struct att_operator *p =
	    calloc(1, sizeof(*p));
	AUTO_DONE(att_agent_config_done) struct att_agent_config c = { 0 };
	int r;

	if (p == NULL)
		return att_err_nomem(err);
	if ((r = load_config(o, &c, err)) < 0 ||
	    (r = connect_to(p, o, &c, err)) < 0 ||
	    (!o->no_token &&
		(r = read_token(o->token_file != NULL ? o->token_file :
		     ATT_OPERATOR_TOKEN_FILE, &p->token, err)) < 0))
		return r;
	*ret = take(&p);
	return 0;
}

static enum att_code
code_of(unsigned status)
{
	switch (status) {
	case 401:
	case 403:
		return ATT_E_DENIED;
	case 404:
		return ATT_E_NOT_FOUND;
	case 409:
		return ATT_E_CONFLICT;
	case 429:
	case 503:
		return ATT_E_BUSY;
	default:
		return status >= 500 ? ATT_E_NET : ATT_E_FORMAT;
	}
}

/* {"error": {"code", "text"}}, or nothing that reads. */
static int
refusal(const struct att_http_response *resp, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	const char *text = NULL;

	if (att_json_parse(att_buf_view(&resp->body), ANSWER_MAX, &j, NULL) ==
	    0)
		text = json_string_value(json_object_get(
		    json_object_get(j, "error"), "text"));
	return att_err_set(err, code_of(resp->status),
	    "the verifier answers %u%s%s", resp->status,
	    text != NULL ? ": " : "", text != NULL ? text : "");
}

int
att_operator_ask(struct att_operator *p, const struct att_operator_ask *a,
    struct att_buf *ret, struct att_err *err)
{
	AUTO_DONE(att_http_response_done) struct att_http_response resp = {
		0 };
	AUTO_DONE(att_buf_done) struct att_buf path =
	    ATT_BUF(ATT_HTTP_PATH_MAX);
	struct att_http_request q = { .method = a->method, .body = a->body,
		.max_body = a->max, .deadline_ms = DEADLINE_MS };
	int r;

	att_buf_printf(&path, "%s%s", a->public ? "" : BASE, a->path);
	att_buf_u8(&path, '\0');
	if ((r = att_buf_ok(&path, "path", err)) < 0)
		return r;
	q.path = (const char *)path.data;
	if (a->method == ATT_HTTP_PUT)
		q.content_type = "application/json";
	if (!a->public)
		q.token = (const char *)p->token.data;
	if ((r = att_http_send(p->http, &q, &resp, err)) < 0)
		return r;
	if (resp.status > 299)
		return refusal(&resp, err);
	att_buf_slice(ret, att_buf_view(&resp.body));
	return att_buf_ok(ret, "answer", err);
}

int
att_operator_ask_json(struct att_operator *p,
    const struct att_operator_ask *a, json_t **ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ANSWER_MAX);
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_operator_ask ask = *a;
	int r;

	ask.max = ANSWER_MAX;
	if ((r = att_operator_ask(p, &ask, &b, err)) < 0)
		return r;
	if ((r = att_json_parse(att_buf_view(&b), ANSWER_MAX, &j, err)) < 0 ||
	    !json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT,
		    "the verifier's answer is no JSON object");
	*ret = take(&j);
	return 0;
}

void
att_operator_put_segment(struct att_buf *path, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

	for (; *text != '\0'; text++)
		if (strchr(plain, *text) != NULL)
			att_buf_u8(path, (uint8_t)*text);
		else
			att_buf_printf(path, "%%%02X", (uint8_t)*text);
}
