#include "protocol/session.h"

#include <string.h>

#define TYPE "session"
#define POP_CLASS "pop"
#define POP_TYPE "tpm_pop"
#define LIST_MAX 16	/* kinds of authentication in one message */

static const char path_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789._-";
/* b64token (RFC 6750, 2.1), without its order */
static const char token_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789"
				     "-._~+/=";

static bool
is_text(const char *s, const char *alphabet, size_t max)
{
	size_t n = strnlen(s, max + 1);

	return n > 0 && n <= max && strspn(s, alphabet) == n;
}

static bool
is_session_id(const char *s)
{
	return is_text(s, path_alphabet, ATT_SESSION_ID_MAX) &&
	    strcmp(s, ".") != 0 && strcmp(s, "..") != 0;
}

static int
read_agent_id(const json_t *attr, const char **ret, struct att_err *err)
{
	int r = att_json_str(attr, "agent_id", ret, err);

	return r < 0 ? r : att_agent_id_check(*ret, err);
}

static int
read_session_id(const json_t *data, const char **ret, struct att_err *err)
{
	int r = att_json_str(data, "id", ret, err);

	if (r < 0)
		return r;
	if (!is_session_id(*ret))
		return att_err_set(err, ATT_E_FORMAT,
		    "session id must be 1 to %d of A-Z a-z 0-9 . _ -",
		    ATT_SESSION_ID_MAX);
	return 0;
}

static bool
is_pop(const json_t *j)
{
	const char *c = json_string_value(
	    json_object_get(j, "authentication_class"));
	const char *t = json_string_value(
	    json_object_get(j, "authentication_type"));

	return c != NULL && t != NULL && strcmp(c, POP_CLASS) == 0 &&
	    strcmp(t, POP_TYPE) == 0;
}

/* The entry of list `name` that is about tpm_pop, and which it is. */
static int
find_pop(const json_t *attr, const char *name, json_t **ret, size_t *ret_at,
    struct att_err *err)
{
	json_t *list = NULL;
	int r = att_json_arr(attr, name, &list, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < json_array_size(list) && i < LIST_MAX; i++)
		if (is_pop(json_array_get(list, i))) {
			*ret = json_array_get(list, i);
			*ret_at = i;
			return 0;
		}
	return att_err_set(err, ATT_E_UNSUPPORTED,
	    "member \"%s\" must include " POP_TYPE, name);
}

/* -- open ----------------------------------------------------------------- */

int
att_session_open_encode(const char *agent_id, struct att_buf *ret,
    struct att_err *err)
{
	struct att_frame f = { .type = TYPE };
	int r = att_agent_id_check(agent_id, err);

	if (r < 0)
		return r;
	f.attributes = json_pack("{s:s, s:[{s:s, s:s}]}", "agent_id",
	    agent_id, "authentication_supported", "authentication_class",
	    POP_CLASS, "authentication_type", POP_TYPE);
	return att_message_write(&f, ret, err);
}

static int
read_open(const json_t *attr, const char **ret_id, struct att_pointer *where,
    struct att_err *err)
{
	json_t *pop = NULL;
	size_t at;
	int r;

	if ((r = att_pointer_at(read_agent_id(attr, ret_id, err), where,
		 "agent_id")) < 0)
		return r;
	return att_pointer_at(find_pop(attr, "authentication_supported", &pop,
				  &at, err), where,
	    "authentication_supported");
}

int
att_session_open_parse(struct att_slice body,
    char ret[static ATT_AGENT_ID_MAX + 1], struct att_pointer *where,
    struct att_err *err)
{
	AUTO_DONE(att_keep_done) struct att_keep k = { 0 };
	json_t *data = NULL, *attr = NULL;
	const char *id = NULL;
	int r;

	att_pointer_clear(where);
	if ((r = att_message_parse(body, ATT_MESSAGE_MAX, TYPE, &k, &data,
		 &attr, err)) < 0 ||
	    (r = att_message_at(read_open(attr, &id, where, err), where)) < 0)
		return r;
	memcpy(ret, id, strlen(id) + 1);
	return 0;
}

/* -- challenge ------------------------------------------------------------ */

static json_t *
challenge_of(const struct att_session_challenge *c)
{
	return json_pack("{s:o}", "challenge",
	    att_json_base64_of((struct att_slice){ c->challenge,
		c->challenge_len }));
}

int
att_session_challenge_encode(const struct att_session_challenge *c,
    struct att_buf *ret, struct att_err *err)
{
	struct att_frame f = { .type = TYPE, .id = c->session_id };

	f.attributes = json_pack("{s:s, s:[{s:s, s:s, s:o}], s:o, s:o}",
	    "agent_id", c->agent_id, "authentication_requested",
	    "authentication_class", POP_CLASS, "authentication_type",
	    POP_TYPE, "chosen_parameters", challenge_of(c), "created_at",
	    att_json_time_of(c->created_at), "challenges_expire_at",
	    att_json_time_of(c->expires_at));
	return att_message_write(&f, ret, err);
}

static int
read_challenge(const json_t *attr, struct att_session_challenge *c,
    struct att_err *err)
{
	json_t *pop = NULL, *chosen = NULL;
	size_t at;
	int r;

	if ((r = find_pop(attr, "authentication_requested", &pop, &at, err)) <
		0 ||
	    (r = att_json_obj(pop, "chosen_parameters", &chosen, err)) < 0 ||
	    (r = att_challenge_read(chosen, c->challenge, &c->challenge_len,
		 err)) < 0)
		return r;
	c->created_at = att_message_time(attr, "created_at");
	c->expires_at = att_message_time(attr, "challenges_expire_at");
	if (c->created_at != 0 && c->expires_at != 0 &&
	    c->expires_at <= c->created_at)
		return att_err_set(err, ATT_E_EXPIRED,
		    "the challenge expired before it was made");
	return 0;
}

int
att_session_challenge_parse(struct att_slice body, const char *agent_id,
    struct att_session_challenge *ret, struct att_err *err)
{
	AUTO_DONE(att_keep_done) struct att_keep k = { 0 };
	struct att_session_challenge c = { 0 };
	json_t *data = NULL, *attr = NULL;
	const char *sid = NULL, *id = NULL;
	int r;

	if ((r = att_answer_parse(body, TYPE, &k, &data, &attr, err)) < 0 ||
	    (r = read_session_id(data, &sid, err)) < 0 ||
	    (r = read_agent_id(attr, &id, err)) < 0)
		return r;
	if (strcmp(id, agent_id) != 0)
		return att_err_set(err, ATT_E_MISMATCH,
		    "the session is for another agent id");
	if ((r = read_challenge(attr, &c, err)) < 0)
		return r;
	memcpy(c.session_id, sid, strlen(sid) + 1);
	memcpy(c.agent_id, id, strlen(id) + 1);
	*ret = c;
	return 0;
}

/* -- proof ---------------------------------------------------------------- */

void
att_session_proof_done(struct att_session_proof *p)
{
	att_keep_done(&p->keep);
	*p = (struct att_session_proof){ 0 };
}

static json_t *
data_of(const struct att_session_proof *p)
{
	return json_pack("{s:o, s:o}", "message",
	    att_json_base64_of(p->message), "signature",
	    att_json_base64_of(p->signature));
}

int
att_session_proof_encode(const struct att_session_proof *p,
    struct att_buf *ret, struct att_err *err)
{
	struct att_frame f = { .type = TYPE, .id = p->session_id };
	int r;

	if (!is_session_id(p->session_id))
		return att_err_set(err, ATT_E_USAGE, "session id");
	if ((r = att_agent_id_check(p->agent_id, err)) < 0)
		return r;
	f.attributes = json_pack("{s:s, s:[{s:s, s:s, s:o}]}", "agent_id",
	    p->agent_id, "authentication_provided", "authentication_class",
	    POP_CLASS, "authentication_type", POP_TYPE, "data", data_of(p));
	return att_message_write(&f, ret, err);
}

static int
read_provided(json_t *pop, struct att_session_proof *p,
    struct att_pointer *where, struct att_err *err)
{
	json_t *data = NULL;
	int r;

	if ((r = att_json_obj(pop, "data", &data, err)) >= 0 &&
	    (r = att_keep_base64(&p->keep, data, "message",
		 ATT_PROOF_PART_MAX, &p->message, where, err)) >= 0)
		r = att_keep_base64(&p->keep, data, "signature",
		    ATT_PROOF_PART_MAX, &p->signature, where, err);
	return att_pointer_at(r, where, "data");
}

static int
read_proof(const json_t *attr, struct att_session_proof *p,
    struct att_pointer *where, struct att_err *err)
{
	json_t *pop = NULL;
	size_t at = 0;
	int r;

	if ((r = att_pointer_at(read_agent_id(attr, &p->agent_id, err), where,
		 "agent_id")) < 0)
		return r;
	if ((r = find_pop(attr, "authentication_provided", &pop, &at, err)) >=
	    0)
		r = att_pointer_at_index(read_provided(pop, p, where, err),
		    where, at);
	return att_pointer_at(r, where, "authentication_provided");
}

int
att_session_proof_parse(struct att_slice body, struct att_session_proof *ret,
    struct att_pointer *where, struct att_err *err)
{
	AUTO_DONE(att_session_proof_done)
	struct att_session_proof p = { 0 };
	json_t *data = NULL, *attr = NULL;
	int r;

	att_pointer_clear(where);
	if ((r = att_message_parse(body, ATT_MESSAGE_MAX, TYPE, &p.keep,
		 &data, &attr, err)) < 0 ||
	    (r = att_pointer_at(read_session_id(data, &p.session_id, err),
		 where, "data/id")) < 0 ||
	    (r = att_message_at(read_proof(attr, &p, where, err), where)) < 0)
		return r;
	*ret = p;
	p = (struct att_session_proof){ 0 };
	return 0;
}

/* -- grant ---------------------------------------------------------------- */

void
att_session_grant_done(struct att_session_grant *g)
{
	explicit_bzero(g, sizeof(*g));
}

static int
put_token(json_t *attr, const struct att_session_grant *g,
    struct att_err *err)
{
	int r;

	if (!is_text(g->token, token_alphabet, ATT_TOKEN_MAX))
		return att_err_set(err, ATT_E_USAGE,
		    "a pass needs a token (RFC 6750, 2.1)");
	if ((r = att_json_put(attr, "token", json_string(g->token), err)) < 0)
		return r;
	return att_json_put(attr, "token_expires_at",
	    att_json_time_of(g->token_expires_at), err);
}

int
att_session_grant_encode(const struct att_session_grant *g,
    const struct att_session_challenge *c, const struct att_session_proof *p,
    struct att_buf *ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *attr = NULL;
	struct att_frame f = { .type = TYPE, .id = c->session_id };
	int r;

	attr = json_pack("{s:s, s:s, s:[{s:s, s:s, s:o, s:o}], s:o, s:o, s:o}",
	    "agent_id", c->agent_id, "evaluation", g->pass ? "pass" : "fail",
	    "authentication", "authentication_class", POP_CLASS,
	    "authentication_type", POP_TYPE, "chosen_parameters",
	    challenge_of(c), "data", data_of(p), "created_at",
	    att_json_time_of(c->created_at), "challenges_expire_at",
	    att_json_time_of(c->expires_at), "response_received_at",
	    att_json_time_of(g->received_at));
	if (attr == NULL)
		return att_err_nomem(err);
	if (g->pass && (r = put_token(attr, g, err)) < 0)
		return r;
	f.attributes = take(&attr);
	return att_message_write(&f, ret, err);
}

static int
read_token(const json_t *attr, struct att_session_grant *g,
    struct att_err *err)
{
	const char *token = NULL;
	int r;

	if ((r = att_json_str(attr, "token", &token, err)) < 0)
		return r;
	if (!is_text(token, token_alphabet, ATT_TOKEN_MAX))
		return att_err_set(err, ATT_E_FORMAT,
		    "the token must be 1 to %d characters of RFC 6750, 2.1",
		    ATT_TOKEN_MAX);
	g->token_expires_at = att_message_time(attr, "token_expires_at");
	g->received_at = att_message_time(attr, "response_received_at");
	if (g->received_at == 0)
		g->received_at = att_message_time(attr, "created_at");
	if (g->token_expires_at == 0 || g->received_at == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "the answer does not say how long its token lives");
	if (g->token_expires_at <= g->received_at)
		return att_err_set(err, ATT_E_EXPIRED,
		    "the token expired before it was sent");
	memcpy(g->token, token, strlen(token) + 1);
	return 0;
}

int
att_session_grant_parse(struct att_slice body, struct att_session_grant *ret,
    struct att_err *err)
{
	AUTO_DONE(att_keep_done) struct att_keep k = { 0 };
	AUTO_DONE(att_session_grant_done)
	struct att_session_grant g = { 0 };
	json_t *data = NULL, *attr = NULL;
	const char *evaluation = NULL;
	int r;

	if ((r = att_answer_parse(body, TYPE, &k, &data, &attr, err)) < 0 ||
	    (r = att_json_str(attr, "evaluation", &evaluation, err)) < 0)
		return r;
	g.pass = strcmp(evaluation, "pass") == 0;
	if (!g.pass && strcmp(evaluation, "fail") != 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "evaluation is neither \"pass\" nor \"fail\"");
	if (g.pass && (r = read_token(attr, &g, err)) < 0)
		return r;
	*ret = g;
	return 0;
}
