#include "verifier/route.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/text.h"
#include "verifier/verifier.h"

/*
 * The versions that are served under one name: Keylime's agents say /v3 or
 * /v3.0, and older ones register with any of /v2.1 to /v2.6.
 */
static const char *
version_end(const char *path, const char **ret)
{
	if (strncmp(path, "/v3/", 4) == 0 || strncmp(path, "/v3.0/", 6) == 0) {
		*ret = "/v3.0";
		return strchr(path + 1, '/');
	}
	if (strncmp(path, "/v2.", 4) == 0 && path[4] >= '1' &&
	    path[4] <= '6' && path[5] == '/') {
		*ret = "/v2.6";
		return path + 5;
	}
	*ret = "";
	return path;
}

/* One part of the path, up to '/' or the end; false if it does not fit. */
static bool
take_part(const char **path, char ret[static ATT_ROUTE_PARAM_MAX + 1])
{
	size_t n = strcspn(*path, "/");

	if (n == 0 || n > ATT_ROUTE_PARAM_MAX)
		return false;
	memcpy(ret, *path, n);
	ret[n] = '\0';
	*path += n;
	return true;
}

static bool
matches(const char *pattern, const char *path, struct att_call *c)
{
	const char *version = "";
	size_t params = 0, len;

	path = version_end(path, &version);
	len = strlen(version);
	if (strncmp(pattern, version, len) != 0)
		return false;
	pattern += len;
	while (*pattern != '\0') {
		if (strncmp(pattern, "{}", 2) == 0) {
			if (params == ATT_ROUTE_PARAMS_MAX ||
			    !take_part(&path, c->param[params++]))
				return false;
			pattern += 2;
		} else if (*pattern++ != *path++) {
			return false;
		}
	}
	return *path == '\0';
}

/* {"errors": [{"status", "code", "detail", "source"}]} (JSON:API 1.1) */
static json_t *
jsonapi_error(unsigned status, const char *code, const char *text,
    const char *pointer)
{
	AUTO(att_json_decref) json_t *e = json_object();
	char number[12];

	snprintf(number, sizeof(number), "%u", status);
	if (e == NULL ||
	    att_json_put(e, "status", json_string(number), NULL) < 0 ||
	    att_json_put(e, "detail", json_string(text), NULL) < 0 ||
	    (code != NULL &&
		att_json_put(e, "code", json_string(code), NULL) < 0) ||
	    (pointer != NULL &&
		att_json_put(e, "source",
		    json_pack("{s:s}", "pointer", pointer), NULL) < 0))
		return NULL;
	return json_pack("{s:[O]}", "errors", e);
}

int
att_route_json(struct att_call *c, unsigned status, json_t *j,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *owned = j;

	if (j == NULL)
		return att_err_nomem(err);
	c->resp->status = status;
	att_buf_reset(&c->resp->body);
	return att_json_write(j, &c->resp->body, err);
}

int
att_route_fail(struct att_call *c, unsigned status, const char *code,
    const char *text, const char *pointer)
{
	AUTO_DONE(att_buf_done) struct att_buf clean = ATT_BUF(4096);
	const char *shown;
	json_t *j = NULL;

	/* what a peer sent may be quoted in it */
	att_text_put(&clean,
	    (struct att_slice){ (const uint8_t *)text, strlen(text) });
	att_buf_u8(&clean, 0);
	shown = clean.failed ? "request refused" : (const char *)clean.data;
	switch (c->style) {
	case ATT_STYLE_REGISTRAR:
		j = json_pack("{s:i, s:s, s:{}}", "code", (int)status,
		    "status", shown, "results");
		break;
	case ATT_STYLE_VERIFIER:
		j = jsonapi_error(status, code, shown, pointer);
		break;
	case ATT_STYLE_OPERATOR:
		j = json_pack("{s:{s:s, s:s}}", "error", "code",
		    code != NULL ? code : "refused", "text", shown);
		break;
	}
	return att_route_json(c, status, j, NULL);
}

/* The status that stands for a kind of error, where a handler names none. */
static unsigned
status_of(int code)
{
	static const struct {
		int code;
		unsigned status;
	} table[] = {
		{ ATT_E_DENIED, 403 },
		{ ATT_E_UNTRUSTED, 403 },
		{ ATT_E_CONFLICT, 409 },
		{ ATT_E_NOT_FOUND, 404 },
		{ ATT_E_EXPIRED, 403 },
		{ ATT_E_LIMIT, 413 },
		{ ATT_E_BUSY, 503 },
	};

	for (size_t i = 0; i < ATT_COUNT(table); i++)
		if (table[i].code == code)
			return table[i].status;
	return att_code_kind(code) == ATT_KIND_SYSTEM ? 500 : 400;
}

static int
answer_error(struct att_call *c, int code, const struct att_err *err)
{
	unsigned status = status_of(code);

	if (status == 500) {
		/* what broke here is for our log, not for the peer */
		(void)att_log_err(ATT_LOG_ERR, c->req->path, err);
		return att_route_fail(c, 500, "internal",
		    "the verifier could not do this; its log says why", NULL);
	}
	return att_route_fail(c, status, att_code_name(code), err->text, NULL);
}

static const char *
bearer(const struct att_request *req)
{
	/* case-sensitive, as the peer protocol has it */
	if (req->authorization == NULL ||
	    strncmp(req->authorization, "Bearer ", 7) != 0)
		return NULL;
	return req->authorization + 7;
}

static int
token_digest(const char *token, struct att_digest *ret, struct att_err *err)
{
	return att_digest_of(ATT_ALG_SHA256,
	    (struct att_slice){ (const uint8_t *)token, strlen(token) }, ret,
	    err);
}

/* 0 if the proof holds; 1 if the refusal has been answered. */
static int
check_node(struct att_call *c, struct att_err *err)
{
	const char *token = bearer(c->req);
	struct att_digest d;
	int r;

	if (token == NULL)
		return att_route_fail(c, 403, NULL,
			   "this needs a bearer token", NULL) < 0 ?
		    ATT_E_NOMEM : 1;
	if ((r = token_digest(token, &d, err)) < 0)
		return r;
	r = att_store_session_by_token(c->v->store, &d, c->now, &c->session,
	    err);
	if (r == ATT_E_NOT_FOUND || r == ATT_E_EXPIRED)
		return att_route_fail(c, 401, NULL,
			   "the token is not valid (any more)", NULL) < 0 ?
		    ATT_E_NOMEM : 1;
	if (r < 0)
		return r;
	if (strcmp(c->session.node, c->param[0]) != 0)
		return att_route_fail(c, 403, NULL,
			   "this token is of another node", NULL) < 0 ?
		    ATT_E_NOMEM : 1;
	return 0;
}

static int
check_operator(struct att_call *c, struct att_err *err)
{
	const char *token = bearer(c->req);
	struct att_digest d = { 0 };
	int r;

	if (token != NULL && (r = token_digest(token, &d, err)) < 0)
		return r;
	/* digests of secrets: how far they agree tells nothing */
	if (token == NULL || !c->v->has_operator ||
	    !att_digest_equal(&d, &c->v->operator_token))
		return att_route_fail(c, 401, "unauthorized",
			   "this needs the operator's token", NULL) < 0 ?
		    ATT_E_NOMEM : 1;
	return 0;
}

static int
check_auth(struct att_call *c, struct att_err *err)
{
	switch (c->route->auth) {
	case ATT_AUTH_NONE:
		return 0;
	case ATT_AUTH_NODE:
		return check_node(c, err);
	case ATT_AUTH_OPERATOR:
		return check_operator(c, err);
	}
	return ATT_E_DENIED;
}

/* 0, or 1 if the refusal has been answered. */
static int
check_type(struct att_call *c)
{
	const char *want = c->route->type, *have = c->req->content_type;
	size_t len;

	if (want == NULL)
		return 0;
	len = strlen(want);
	/* parameters such as charset may follow */
	if (have != NULL && strncasecmp(have, want, len) == 0 &&
	    (have[len] == '\0' || have[len] == ';' || have[len] == ' '))
		return 0;
	return att_route_fail(c, c->style == ATT_STYLE_REGISTRAR ? 400 : 415,
		   NULL, "the body has another content type than this takes",
		   NULL) < 0 ?
	    ATT_E_NOMEM : 1;
}

static int
run(struct att_call *c)
{
	struct att_err err = { 0 };
	int r;

	if ((r = check_auth(c, &err)) == 0 && (r = check_type(c)) == 0)
		r = c->route->handle(c, &err);
	if (r == ATT_E_NOMEM)
		return r;
	return r < 0 ? answer_error(c, r, &err) : 0;
}

int
att_route_dispatch(const struct att_route *table, size_t count,
    struct att_call *c)
{
	bool known = false;

	c->style = ATT_STYLE_VERIFIER;
	for (size_t i = 0; i < count; i++) {
		if (!matches(table[i].path, c->req->path, c))
			continue;
		c->style = table[i].style;
		known = true;
		if (strcmp(table[i].method, c->req->method) != 0)
			continue;
		c->route = &table[i];
		return run(c);
	}
	if (known)
		return att_route_fail(c, 405, NULL, "no such method here",
		    NULL);
	return att_route_fail(c, 404, NULL, "no such path", NULL);
}
