#include "agent/pending.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/boot.h"
#include "agent/result.h"
#include "agent/stop.h"
#include "base/cur.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/log.h"
#include "base/steady.h"

#define FILE_NAME "pending"
#define FILE_MAX 4096u
#define PATH_MAX_ (16 + ATT_AGENT_ID_MAX)
#define STATUS_MAX (2u << 20)	/* bytes: a result and what stands around it */

/* -- what is kept ---------------------------------------------------------- */

/* Whose it is: of this boot, with this name and this AK. */
static int
put_whose(const struct att_attester *a, json_t *j, struct att_err *err)
{
	char boot[ATT_BOOT_ID_LEN + 1];
	int r;

	if ((r = att_boot_id_read(a->config, boot, err)) < 0 ||
	    (r = att_json_put(j, "boot_id", json_string(boot), err)) < 0 ||
	    (r = att_json_put(j, "agent_id", json_string(a->id), err)) < 0)
		return r;
	return att_json_put(j, "ak",
	    att_json_hex_of(att_tpm_ak_name(a->ak)), err);
}

static int
encode(const struct att_attester *a, const struct att_pending *p,
    struct att_buf *ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_pack(
	    "{s:s,s:I,s:I,s:I,s:I,s:I,s:i}", "server", p->server,
	    "received_at", (json_int_t)p->received_at,
	    "interval", (json_int_t)p->interval,
	    "offered", (json_int_t)p->offered, "sent", (json_int_t)p->sent,
	    "due", (json_int_t)p->due, "asked", (int)p->asked);
	int r;

	if (j == NULL)
		return att_err_nomem(err);
	if ((r = put_whose(a, j, err)) < 0 ||
	    (r = att_json_put(j, "challenge", att_json_base64_of(
		 (struct att_slice){ p->challenge, p->challenge_len }),
		 err)) < 0)
		return r;
	return att_json_write(j, ret, err);
}

static bool
is_whose(const struct att_attester *a, const json_t *j)
{
	AUTO(att_json_decref) json_t *want = json_object();
	const char *name;
	json_t *v;

	if (want == NULL || put_whose(a, want, NULL) < 0)
		return false;
	json_object_foreach (want, name, v)
		if (!json_equal(v, json_object_get(j, name)))
			return false;
	return true;
}

static int
read_challenge(const json_t *j, struct att_pending *p, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(sizeof(p->challenge));
	int r = att_json_base64(j, "challenge", &b, err);

	if (r < 0 || (r = att_buf_ok(&b, "challenge", err)) < 0)
		return r;
	if (b.len > 0)
		memcpy(p->challenge, b.data, b.len);
	p->challenge_len = b.len;
	return 0;
}

static int
decode(const json_t *j, struct att_pending *p, struct att_err *err)
{
	int64_t offered, sent, due, asked;
	const char *server;
	int r;

	if ((r = att_json_str(j, "server", &server, err)) < 0 ||
	    (r = att_json_int(j, "received_at", 0, INT64_MAX,
		 &p->received_at, err)) < 0 ||
	    (r = att_json_int(j, "interval", 1, INT32_MAX, &p->interval,
		 err)) < 0 ||
	    (r = att_json_int(j, "offered", 0, INT64_MAX, &offered, err)) <
		0 ||
	    (r = att_json_int(j, "sent", offered, INT64_MAX, &sent, err)) <
		0 ||
	    (r = att_json_int(j, "due", sent, INT64_MAX, &due, err)) < 0 ||
	    (r = att_json_int(j, "asked", 0, INT32_MAX, &asked, err)) < 0 ||
	    (r = read_challenge(j, p, err)) < 0)
		return r;
	(void)snprintf(p->server, sizeof(p->server), "%s", server);
	p->offered = (uint64_t)offered;
	p->sent = (uint64_t)sent;
	p->due = (uint64_t)due;
	p->asked = (unsigned)asked;
	return 0;
}

bool
att_pending_find(const struct att_attester *a, struct att_pending *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(FILE_MAX);
	AUTO(free) char *path = att_path_join(a->config->run_dir, FILE_NAME);
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_pending p = { 0 };
	uint64_t now = att_steady_now();

	if (path == NULL || att_file_read_kept(path, &b, NULL) < 0 ||
	    att_json_parse(att_buf_view(&b), FILE_MAX, &j, NULL) < 0 ||
	    !is_whose(a, j) || decode(j, &p, NULL) < 0 || now < p.sent ||
	    now >= p.due)
		return false;
	*ret = p;
	return true;
}

static int
keep(const struct att_attester *a, const struct att_pending *p,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(FILE_MAX);
	AUTO(free) char *path = att_path_join(a->config->run_dir, FILE_NAME);
	int r;

	if (path == NULL)
		return att_err_nomem(err);
	if ((r = encode(a, p, &b, err)) < 0 ||
	    (r = att_run_dir_make(a->config, err)) < 0)
		return r;
	return att_file_write(path, att_buf_view(&b), 0600, err);
}

static void
drop(const struct att_agent_config *config)
{
	AUTO(free) char *path = att_path_join(config->run_dir, FILE_NAME);

	/* what cannot be removed is asked for in vain, until more is due */
	if (path != NULL)
		(void)unlink(path);
}

/* -- what the verifier says ------------------------------------------------ */

struct asking {
	const struct att_pending *p;
	struct att_origins *o;
	const struct att_attester *a;
	struct att_token *token;
	struct att_round *r;
};

/* The verifier's clock, by which its results begin and end. */
static int64_t
verifier_now(const struct att_pending *p)
{
	if (p->received_at == 0)
		return (int64_t)time(NULL);
	return p->received_at +
	    (int64_t)((att_steady_now() - p->offered) / 1000);
}

/* A result counts only for the challenge that was sent for it. */
static bool
take_result(struct asking *q, const struct att_agent_status *s)
{
	AUTO_DONE(att_result_done) struct att_result res = { 0 };
	int64_t now = verifier_now(q->p);
	struct att_slice challenge = { q->p->challenge, q->p->challenge_len };
	struct att_slice jwt = att_slice_of(s->result);
	struct att_round *r = q->r;
	struct att_err err = { 0 };

	if (att_result_read(jwt, NULL, now, &res, &err) < 0) {
		(void)att_log_err(ATT_LOG_WARNING, "result", &err);
		return false;
	}
	if (!att_result_is_for(&res, challenge))
		return false;
	if ((r->result = strdup(s->result)) == NULL)
		return false;
	r->verdict = json_deep_copy(res.verdict);
	r->lifetime = res.ear.expires - now;
	r->standing = s->standing;
	/* the signed word is the one that counts */
	if (res.ear.status == ATT_TIER_AFFIRMING ||
	    res.ear.status == ATT_TIER_WARNING)
		att_token_extend(q->token, q->p->sent);
	else
		r->standing = res.ear.status == ATT_TIER_NONE ?
		    ATT_STANDING_PENDING : ATT_STANDING_FAIL;
	return true;
}

/*
 * Is what the verifier says about this very evidence? Upstream says only when
 * it last took and last passed some, by its own clock, which the answer to
 * our offer told. Its FAIL stays until somebody lifts it.
 */
static bool
take_status(struct asking *q, const struct att_agent_status *s)
{
	int64_t since = q->p->received_at;
	bool passed = since != 0 && s->last_pass >= since;
	bool seen = since != 0 && s->last_received >= since;
	struct att_round *r = q->r;

	if (s->result != NULL)
		return take_result(q, s);
	if (passed)
		att_token_extend(q->token, q->p->sent);
	switch (s->standing) {
	case ATT_STANDING_PASS:
		if (passed)
			r->standing = ATT_STANDING_PASS;
		return passed;
	case ATT_STANDING_FAIL:
		if (!passed && !seen)
			return false;
		r->standing = ATT_STANDING_FAIL;
		(void)snprintf(r->reason, sizeof(r->reason), "%s",
		    passed ? "the verifier passed this evidence and still "
			     "holds an earlier failure against the node" :
			     "the verifier failed the evidence and gives no "
			     "reason: its log has one");
		return true;
	default:
		return false;
	}
}

/* One question; whatever it meets is no reason to call the evidence lost. */
static bool
ask_once(struct asking *q)
{
	AUTO_DONE(att_http_response_done) struct att_http_response resp = {
		0 };
	AUTO_DONE(att_agent_status_done) struct att_agent_status s = { 0 };
	AUTO_DONE(att_round_done) struct att_round aside = { 0 };
	char path[PATH_MAX_];
	struct att_http_request get = { .method = ATT_HTTP_GET, .path = path,
		.token = q->token->text, .max_body = STATUS_MAX };
	struct att_err err = { 0 };
	enum att_outcome o;

	(void)snprintf(path, sizeof(path), "/v2.6/agents/%s", q->a->id);
	o = att_origins_ask(q->o, &aside, ATT_STEP_STATUS, &get, &resp);
	/* the next one who asks proves himself anew */
	if (o == ATT_OUTCOME_TOKEN)
		att_token_drop(q->token);
	if (o != ATT_OUTCOME_NONE) {
		att_log(ATT_LOG_INFO, "%s", aside.reason[0] != '\0' ?
			aside.reason : "verdict: the token is not taken");
		return false;
	}
	if (att_agent_status_parse(att_buf_view(&resp.body), &s, &err) < 0) {
		(void)att_log_err(ATT_LOG_WARNING, "verdict", &err);
		return false;
	}
	return take_status(q, &s);
}

/* 1: it said something; 0: it did not so far; -1: asked to end. */
static int
ask(struct asking *q, bool ready, unsigned tries)
{
	/* upstream wants to be asked after a second, and then every other */
	static const unsigned waits_ms[ATT_PENDING_TRIES] = { 0, 1000, 2000,
		2000, 2000, 2000, 1000 };

	for (unsigned i = 0; i < ATT_MIN(tries, ATT_PENDING_TRIES); i++) {
		if (att_stop_wait(waits_ms[i]))
			return -1;
		if ((i > 0 || ready) && ask_once(q))
			return 1;
		if (q->token->text[0] == '\0')
			break;
	}
	return 0;
}

int64_t
att_pending_left(const struct att_pending *p)
{
	uint64_t now = att_steady_now();

	return now < p->due ? (int64_t)(p->due - now + 999) / 1000 : 1;
}

/* For who asks the next time, maybe another process. */
static void
remember(struct att_pending *p, const struct att_attester *a,
    struct att_round *r)
{
	struct att_err err = { 0 };

	r->asked = ++p->asked;
	r->wait = att_pending_left(p);
	(void)snprintf(r->reason, sizeof(r->reason), "the verifier took the "
	    "evidence and has not said yet what it makes of it");
	if (keep(a, p, &err) < 0)
		(void)att_log_err(ATT_LOG_WARNING, "pending evidence", &err);
}

enum att_outcome
att_pending_ask(struct att_pending *p, struct att_origins *o,
    const struct att_attester *a, struct att_token *token, bool ready,
    unsigned tries, struct att_round *r)
{
	struct asking q = { .p = p, .o = o, .a = a, .token = token, .r = r };
	int told = ask(&q, ready, tries);

	if (told < 0)
		return att_round_end(r, ATT_OUTCOME_STOPPED, "asked to end");
	r->outcome = ATT_OUTCOME_ACCEPTED;
	if (told > 0)
		drop(a->config);
	else
		remember(p, a, r);
	return ATT_OUTCOME_ACCEPTED;
}
