/*
 * Who may ask what: a table of method, path and the proof that it needs. A
 * request that no line of the table matches is answered without any code of a
 * handler having run.
 */
#ifndef ATT_VERIFIER_ROUTE_H
#define ATT_VERIFIER_ROUTE_H

#include "base/json.h"
#include "protocol/pointer.h"
#include "verifier/limit.h"
#include "verifier/server.h"
#include "verifier/store.h"

#define ATT_ROUTE_PARAMS_MAX 2
#define ATT_ROUTE_PARAM_MAX 128	/* bytes of one part of a path */

struct att_verifier;

enum att_auth {
	ATT_AUTH_NONE,		/* anybody */
	ATT_AUTH_NODE,		/* bearer token of the node that {0} names */
	ATT_AUTH_OPERATOR,	/* the operator's token */
};

/* How answers look: each interface has its own form of an error. */
enum att_style {
	ATT_STYLE_REGISTRAR,	/* {"code", "status", "results"} */
	ATT_STYLE_VERIFIER,	/* JSON:API, {"errors": [...]} */
	ATT_STYLE_OPERATOR,	/* {"error": {"code", "text"}} */
};

/* One request on its way through its handler. */
struct att_call {
	struct att_verifier *v;
	const struct att_request *req;
	struct att_response *resp;
	const struct att_route *route;
	enum att_style style;
	int64_t now;		/* seconds since 1970 */
	char param[ATT_ROUTE_PARAMS_MAX][ATT_ROUTE_PARAM_MAX + 1];
	struct att_session session;	/* with ATT_AUTH_NODE */
};

struct att_route {
	const char *method;
	const char *path;	/* "{}" stands for one part, kept in param */
	enum att_auth auth;
	enum att_style style;
	const char *type;	/* content type of its body, or NULL */
	size_t body_max;	/* bytes beyond ATT_SERVER_BODY_SMALL, or 0 */
	/*
	 * Fills c->resp, with att_route_json or att_route_fail. A negative
	 * return is answered for it: input kinds as 4xx with the text of *err,
	 * all else as 500, with the text in our log only.
	 */
	int (*handle)(struct att_call *c, struct att_err *err);
};

/*
 * Finds the line, checks the proof, runs the handler, words its failure. *c
 * has v, req, resp and now.
 */
int att_route_dispatch(const struct att_route *table, size_t count,
    struct att_call *c) ATT_MUST;
/* For att_server_handler: body_max of the line, if the proof holds, else 0. */
size_t att_route_body_max(const struct att_route *table, size_t count,
    struct att_call *c) ATT_MUST;

/* Answers with this status and an error in the style of the route. */
int att_route_fail(struct att_call *c, unsigned status, const char *code,
    const char *text, const char *pointer) ATT_MUST;
/*
 * Answers that a message does not read: 400 or 422, as `where` says. Returns
 * 1, or `code` as it is if the trouble is ours.
 */
int att_route_refuse_message(struct att_call *c, int code,
    const struct att_pointer *where, const struct att_err *err) ATT_MUST;
/* 0; or 1 if the call is one too many, and that has been answered. */
int att_route_limit(struct att_call *c, struct att_limit *l) ATT_MUST;
/* Answers with this JSON, which is taken. */
int att_route_json(struct att_call *c, unsigned status, json_t *j,
    struct att_err *err) ATT_MUST;
/* Answers 200 with {"NAME": rows}; takes the rows. */
int att_route_list(struct att_call *c, const char *name, json_t *rows,
    struct att_err *err) ATT_MUST;

#endif
