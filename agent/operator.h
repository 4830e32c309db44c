/*
 * The operator's side of a verifier, /operator/v1 (docs/PROTOCOL-operator.txt):
 * one server, one token, one request after the other.
 */
#ifndef ATT_AGENT_OPERATOR_H
#define ATT_AGENT_OPERATOR_H

#include "base/json.h"
#include "http/client.h"

/*
 * What is not told is taken from the agent's configuration, if there is one;
 * with url and ca_file none is read but the one that is named.
 */
struct att_operator_options {
	const char *url;	/* NULL: the first of verifier_urls */
	const char *ca_file;	/* NULL: ca_file, or the system's CAs */
	const char *token_file;	/* NULL: ATT_OPERATOR_TOKEN_FILE */
	const char *config;	/* NULL: ATT_AGENT_CONFIG_PATH */
	bool no_token;		/* for what anybody may ask */
};
#define ATT_OPERATOR_TOKEN_FILE "/etc/attestd/operator.token"

struct att_operator;
/* ATT_E_USAGE: nothing says which server. */
int att_operator_open(const struct att_operator_options *o,
    struct att_operator **ret, struct att_err *err) ATT_MUST;
/* Wipes the token. */
void att_operator_free(struct att_operator *p);
ATT_DEFINE_AUTO(struct att_operator, att_operator_free)

struct att_operator_ask {
	enum att_http_method method;
	/* below "/operator/v1"; or from the root, and then without the token */
	const char *path;
	bool public;
	struct att_slice body;	/* JSON; of PUT */
	size_t max;		/* bytes of the answer */
};
/*
 * Appends the body of a good answer (2xx). Else the server's own words:
 * ATT_E_NOT_FOUND (404), ATT_E_DENIED (401, 403), ATT_E_CONFLICT (409),
 * ATT_E_BUSY (429, 503), ATT_E_NET (other 5xx), ATT_E_FORMAT (the rest).
 */
int att_operator_ask(struct att_operator *p, const struct att_operator_ask *a,
    struct att_buf *ret, struct att_err *err) ATT_MUST;
/* The same, parsed: an object, the caller's. */
int att_operator_ask_json(struct att_operator *p,
    const struct att_operator_ask *a, json_t **ret, struct att_err *err)
    ATT_MUST;

/*
 * Appends a segment of a path, with what no segment may hold as %XX
 * (RFC 3986, 3.3).
 */
void att_operator_put_segment(struct att_buf *path, const char *text);

#endif
