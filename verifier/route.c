#include "verifier/route.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "protocol/problem.h"
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

int
att_route_json(struct att_call *c, unsigned status, json_t *j,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *owned ATT_UNUSED = j;

	if (owned == NULL)
		return att_err_nomem(err);
	c->resp->status = status;
	c->resp->content_type = NULL;
	att_buf_reset(&c->resp->body);
	return att_json_write(owned, &c->resp->body, err);
}

int
att_route_list(struct att_call *c, const char *name, json_t *rows,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	int r = att_json_put(j, name, rows, err);

	return r < 0 ? r : att_route_json(c, 200, take(&j), err);
}

/* RFC 9110, 15, as far as they are given here. */
static const char *
status_title(unsigned status)
{
	static const struct {
		unsigned status;
		const char *title;
	} table[] = {
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 409, "Conflict" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Content" },
		{ 429, "Too Many Requests" },
		{ 500, "Internal Server Error" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < ATT_COUNT(table); i++)
		if (table[i].status == status)
			return table[i].title;
	return "Error";
}

static int
operator_problem(const char *code, const char *text, struct att_buf *ret)
{
	AUTO(att_json_decref) json_t *j = json_object();
	AUTO(att_json_decref) json_t *e = json_object();
	int r;

	if ((r = att_json_put(e, "code",
		 json_string(code != NULL ? code : "refused"), NULL)) < 0 ||
	    (r = att_json_put(e, "text", att_message_text(text), NULL)) < 0 ||
	    (r = att_json_put(j, "error", take(&e), NULL)) < 0)
		return r;
	return att_json_write(j, ret, NULL);
}

int
att_route_fail(struct att_call *c, unsigned status, const char *code,
    const char *text, const char *pointer)
{
	c->resp->status = status;
	c->resp->content_type = NULL;
	att_buf_reset(&c->resp->body);
	switch (c->style) {
	case ATT_STYLE_REGISTRAR:
		return att_registrar_problem_encode(status, text,
		    &c->resp->body, NULL);
	case ATT_STYLE_VERIFIER:
		return att_problem_encode(status, status_title(status), code,
		    text, pointer, &c->resp->body, NULL);
	case ATT_STYLE_OPERATOR:
		break;
	}
	return operator_problem(code, text, &c->resp->body);
}

int
att_route_refuse_message(struct att_call *c, int code,
    const struct att_pointer *where, const struct att_err *err)
{
	int r;

	if (att_code_kind(code) == ATT_KIND_SYSTEM)
		return code;
	r = att_route_fail(c, where->text[0] == '\0' ? 400 : 422,
	    "invalid_resource_data", err->text, where->text);
	return r < 0 ? r : 1;
}

int
att_route_limit(struct att_call *c, struct att_limit *l)
{
	int64_t wait = 0;
	int r;

	if (att_limit_allow(l, c->req->peer, c->now, &wait))
		return 0;
	if ((r = att_route_fail(c, 429, "too_many_requests",
		 "too many requests from this address", NULL)) < 0)
		return r;
	c->resp->retry_after = wait;
	return 1;
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
		(void)att_log_err(ATT_LOG_ERR, c->route->path, err);
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
	return att_digest_of(ATT_ALG_SHA256, att_slice_of(token), ret, err);
}

/* Answers with a refusal: 1, or no memory. */
static int
refuse(struct att_call *c, unsigned status, const char *code,
    const char *text)
{
	int r = att_route_fail(c, status, code, text, NULL);

	return r < 0 ? r : 1;
}

/* ATT_E_DENIED: no token; ATT_E_NOT_FOUND, ATT_E_EXPIRED: no good one. */
static int
prove_node(struct att_call *c, struct att_err *err)
{
	const char *token = bearer(c->req);
	struct att_digest d;
	int r;

	if (token == NULL)
		return ATT_E_DENIED;
	if ((r = token_digest(token, &d, err)) < 0)
		return r;
	r = att_store_session_by_token(c->v->store, &d, c->now, &c->session,
	    err);
	if (r == 0 && strcmp(c->session.node, c->param[0]) != 0)
		return ATT_E_MISMATCH;
	return r;
}

static int
prove_operator(struct att_call *c, struct att_err *err)
{
	const char *token = bearer(c->req);
	struct att_digest d;
	int r;

	if (token == NULL || !c->v->has_operator)
		return ATT_E_DENIED;
	if ((r = token_digest(token, &d, err)) < 0)
		return r;
	/* digests of secrets: how far they agree tells nothing */
	return att_digest_equal(&d, &c->v->operator_token) ? 0 : ATT_E_DENIED;
}

/* 0 if the proof that the route asks for holds. */
static int
prove(struct att_call *c, struct att_err *err)
{
	switch (c->route->auth) {
	case ATT_AUTH_NONE:
		return 0;
	case ATT_AUTH_NODE:
		return prove_node(c, err);
	case ATT_AUTH_OPERATOR:
		return prove_operator(c, err);
	}
	return ATT_E_DENIED;
}

/* 0; 1 if the refusal has been answered. */
static int
check_auth(struct att_call *c, struct att_err *err)
{
	int r = prove(c, err);

	switch (r) {
	case ATT_E_DENIED:
		return c->route->auth == ATT_AUTH_OPERATOR ?
		    refuse(c, 401, "unauthorized",
			"the operator's token is missing or wrong") :
		    refuse(c, 403, NULL, "this needs a bearer token");
	case ATT_E_NOT_FOUND:
	case ATT_E_EXPIRED:
		return refuse(c, 401, NULL,
		    "the token is not valid (any more)");
	case ATT_E_MISMATCH:
		return refuse(c, 403, NULL, "this token is of another node");
	default:
		return r;
	}
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
	return refuse(c, c->style == ATT_STYLE_REGISTRAR ? 400 : 415, NULL,
	    "the body has another content type than this takes");
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

/*
 * The line for this request; NULL if there is none, and then *known says
 * whether the path would take another method.
 */
static const struct att_route *
find(const struct att_route *table, size_t count, struct att_call *c,
    bool *known)
{
	*known = false;
	for (size_t i = 0; i < count; i++) {
		if (!matches(table[i].path, c->req->path, c))
			continue;
		c->style = table[i].style;
		*known = true;
		if (strcmp(table[i].method, c->req->method) == 0)
			return &table[i];
	}
	return NULL;
}

/* The methods that this path takes. */
static void
list_methods(const struct att_route *table, size_t count, struct att_call *c)
{
	char *at = c->resp->allow;
	size_t left = sizeof(c->resp->allow);

	for (size_t i = 0; i < count; i++) {
		int n;

		if (!matches(table[i].path, c->req->path, c))
			continue;
		n = snprintf(at, left, "%s%s",
		    at != c->resp->allow ? ", " : "", table[i].method);
		if (n < 0 || (size_t)n >= left)
			return;
		at += n;
		left -= (size_t)n;
	}
}

int
att_route_dispatch(const struct att_route *table, size_t count,
    struct att_call *c)
{
	bool known;

	c->style = ATT_STYLE_VERIFIER;
	c->route = find(table, count, c, &known);
	if (c->route != NULL)
		return run(c);
	if (known) {
		list_methods(table, count, c);
		return att_route_fail(c, 405, NULL, "no such method here",
		    NULL);
	}
	return att_route_fail(c, 404, NULL, "no such path", NULL);
}

size_t
att_route_body_max(const struct att_route *table, size_t count,
    struct att_call *c)
{
	bool known;

	c->route = find(table, count, c, &known);
	if (c->route == NULL || prove(c, NULL) < 0)
		return 0;
	return c->route->body_max;
}
