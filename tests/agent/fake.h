/*
 * A registrar and verifier that plays along, or says what a test tells it to:
 * enough of both sides of the protocol to check what a node sends, on
 * 127.0.0.1 over TLS.
 */
#ifndef ATT_TESTS_AGENT_FAKE_H
#define ATT_TESTS_AGENT_FAKE_H

#include <time.h>

#include "agent/round.h"
#include "appraise/ear.h"
#include "crypto/jws.h"
#include "evidence/tpm_attest.h"
#include "protocol/registration.h"
#include "protocol/session.h"
#include "protocol/submission.h"
#include "tests/agent/agent.h"
#include "tests/http/peer.h"
#include "tpm/makecred.h"

#define FAKE_REQUESTS 512
#define FAKE_SECRET "abcdefghijklmnopqrstuvwxyzABCDEF"

/* Instead of the good answer, for some requests of one step. */
struct fake_say {
	unsigned skip, times;	/* the first ones are good; times 0: none */
	unsigned status;	/* 0: the connection is closed */
	const char *headers;	/* each with \r\n, or NULL */
	const char *body;	/* NULL: that of the good answer */
};

struct fake {
	struct peer peer;	/* first: a peer is turned back into it */
	struct peer_answer answers[FAKE_REQUESTS];

	/* what a test sets before fake_start, or between two rounds */
	struct fake_say say[ATT_STEP_COUNT];
	bool bound;		/* asks for a bound quote, gives results */
	size_t items;		/* of uefi_log, userspace_log */
	bool firmware;		/* and firmware_claims, */
	bool spdm;		/* and spdm_measurements where there are any */
	bool facts;		/* and node_facts where there are some, */
	int64_t facts_from;	/* from this one on, */
	/* and of another queue, if one is named, all */
	char facts_queue[ATT_FACT_QUEUE_LEN + 1];
	uint32_t pcrs;		/* that it wants; 0: PCR 0 to 15 */
	bool holds;		/* asks for what it was sent by its digest */
	enum att_standing standing;
	bool stale;		/* what it says is of an earlier evidence */
	bool sticky;		/* an old failure stands, as with upstream */
	uint32_t next;		/* seconds */
	unsigned token_lifetime;	/* seconds */
	const char *demand;	/* evidence_requested, as it stands */
	int64_t skew;		/* of its clock, seconds */
	const char *tier;	/* ear_status; NULL: as standing */

	struct att_buf *ak;	/* TPM2B_PUBLIC; as registered */
	/* before the answer to a step is made; NULL: nothing */
	void (*hook)(struct fake *f, enum att_step step);

	/* what it saw */
	unsigned seen[ATT_STEP_COUNT];
	char id[ATT_AGENT_ID_MAX + 1];
	char wrong[256];	/* the first thing that was not as it must be */
	struct att_session_challenge challenge;
	struct att_offer offer;
	struct att_demand demanded;
	struct att_buf log[ATT_ITEM_COUNT];	/* as they came last */
	unsigned by_digest;	/* logs that came so */
	int64_t received, passed;
	unsigned passes, counter;
	unsigned told;		/* how often facts came, maybe none */
	struct att_facts got;	/* the newest */
	struct att_jws_key *key;
	char token[ATT_TOKEN_MAX + 1];
};

static inline void fake_note(struct fake *f, const char *fmt, ...)
    ATT_PRINTF(2, 3);

static inline void
fake_note(struct fake *f, const char *fmt, ...)
{
	va_list ap;

	if (f->wrong[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(f->wrong, sizeof(f->wrong), fmt, ap);
	va_end(ap);
}

static inline int64_t
fake_now(const struct fake *f)
{
	return (int64_t)time(NULL) + f->skew;
}

/* -- requests ----------------------------------------------------------- */

static inline struct att_slice
fake_body(const char *request)
{
	return S(strstr(request, "\r\n\r\n") + 4);
}

static inline bool
fake_has(const char *request, const char *header)
{
	const char *at = strcasestr(request, header);

	return at != NULL && at < strstr(request, "\r\n\r\n");
}

/* ATT_STEP_COUNT: no path of the protocol. */
static inline enum att_step
fake_step(const char *q)
{
	static const struct {
		const char *begin, *within;
		enum att_step step;
	} steps[] = {
		{ "GET /version ", "", ATT_STEP_VERSION },
		{ "POST /v2.", "/agents/", ATT_STEP_REGISTER },
		{ "PUT /v2.", "/agents/", ATT_STEP_ACTIVATE },
		{ "POST /v3.0/sessions ", "", ATT_STEP_SESSION },
		{ "PATCH /v3.0/sessions/", "", ATT_STEP_PROOF },
		{ "POST /v3.0/agents/", "/attestations ", ATT_STEP_OFFER },
		{ "PATCH /v3.0/agents/", "/attestations/latest ",
		    ATT_STEP_EVIDENCE },
		{ "GET /v2.6/agents/", "", ATT_STEP_STATUS },
	};

	for (size_t i = 0; i < ATT_COUNT(steps); i++)
		if (strncmp(q, steps[i].begin, strlen(steps[i].begin)) == 0 &&
		    strstr(q, steps[i].within) != NULL &&
		    strstr(q, steps[i].within) < strchr(q, '\r'))
			return steps[i].step;
	return ATT_STEP_COUNT;
}

/* What every request of this step must and must not carry. */
static inline void
fake_check_headers(struct fake *f, enum att_step step)
{
	const char *q = f->peer.request;
	char bearer[ATT_TOKEN_MAX + 40];
	bool get = strncmp(q, "GET", 3) == 0;

	snprintf(bearer, sizeof(bearer), "\r\nAuthorization: Bearer %s\r\n",
	    f->token);
	if (step < ATT_STEP_OFFER && fake_has(q, "\r\nAuthorization:"))
		fake_note(f, "a token before there is one: step %d", step);
	if (step >= ATT_STEP_OFFER && f->token[0] != '\0' &&
	    !fake_has(q, bearer))
		fake_note(f, "step %d without its token", step);
	if (get && fake_has(q, "\r\nContent-Type:"))
		fake_note(f, "a GET with a content type");
	if (!get && !fake_has(q, step <= ATT_STEP_ACTIVATE ?
		"\r\nContent-Type: application/json\r\n" :
		"\r\nContent-Type: application/vnd.api+json\r\n"))
		fake_note(f, "step %d without its content type", step);
	if (step != ATT_STEP_VERSION && step != ATT_STEP_SESSION &&
	    step != ATT_STEP_PROOF && strstr(q, f->id) == NULL)
		fake_note(f, "step %d for another id", step);
}

/* -- good answers ------------------------------------------------------- */

#define must(f, call)                                                        \
	do {                                                                 \
		struct att_err err_ = { 0 };                                 \
		struct att_err *err = &err_;                                 \
		if ((call) < 0)                                              \
			fake_note((f), "%s: %s", #call, err->text);          \
	} while (0)

static inline void
fake_register(struct fake *f, struct att_slice body, struct att_buf *ret)
{
	AUTO_DONE(att_register_request_done)
	struct att_register_request q = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf id = ATT_BUF(1024);
	AUTO_DONE(att_buf_done) struct att_buf enc = ATT_BUF(1024);
	AUTO_DONE(att_buf_done) struct att_buf blob = ATT_BUF(2048);
	struct att_register_answer a = { 0 };
	struct att_tpm_public ek, ak;
	struct att_tpm_name name = { 0 };

	must(f, att_register_request_parse(body, &q, NULL, err));
	must(f, att_tpm_public_parse_2b(q.ek_public, &ek, err));
	must(f, att_tpm_public_parse_2b(q.ak_public, &ak, err));
	must(f, att_tpm_public_check_ak(&ak, err));
	must(f, att_tpm_public_name(&ak, &name, err));
	must(f, att_makecred(&ek, att_tpm_name_view(&name), S(FAKE_SECRET),
	    &id, &enc, err));
	att_buf_reset(f->ak);
	att_buf_slice(f->ak, q.ak_public);
	att_credential_blob_encode(&(struct att_credential_blob){
	    att_buf_view(&id), att_buf_view(&enc) }, &blob);
	a.blob = att_buf_view(&blob);
	must(f, att_register_answer_encode(&a, ret, err));
}

static inline void
fake_activate(struct fake *f, struct att_slice body, struct att_buf *ret)
{
	char got[ATT_AUTH_TAG_LEN + 1] = "", want[ATT_AUTH_TAG_LEN + 1];

	must(f, att_activate_request_parse(body, got, NULL, err));
	must(f, att_auth_tag(S(FAKE_SECRET), f->id, want, err));
	if (strcmp(got, want) != 0)
		fake_note(f, "another tag");
	must(f, att_activate_answer_encode(ret, err));
}

/* One that was never given before. */
static inline size_t
fake_challenge(struct fake *f, uint8_t ret[static ATT_CHALLENGE_MAX])
{
	for (size_t i = 0; i < 16; i++)
		ret[i] = (uint8_t)(i * 7 + 1);
	ret[0] = (uint8_t)++f->counter;
	ret[1] = (uint8_t)f->peer.port;
	ret[2] = (uint8_t)(f->peer.port >> 8);
	return 16;
}

static inline void
fake_session(struct fake *f, struct att_slice body, struct att_buf *ret)
{
	struct att_session_challenge *c = &f->challenge;
	char id[ATT_AGENT_ID_MAX + 1] = "";

	must(f, att_session_open_parse(body, id, NULL, err));
	if (strcmp(id, f->id) != 0)
		fake_note(f, "a session for another id");
	snprintf(c->session_id, sizeof(c->session_id), "session-%u",
	    f->seen[ATT_STEP_SESSION]);
	snprintf(c->agent_id, sizeof(c->agent_id), "%s", f->id);
	c->challenge_len = fake_challenge(f, c->challenge);
	c->created_at = fake_now(f);
	c->expires_at = c->created_at + 60;
	must(f, att_session_challenge_encode(c, ret, err));
}

static inline void
fake_check_signed(struct fake *f, struct att_slice message,
    struct att_slice signature, enum att_attest_type type,
    struct att_slice data)
{
	static const struct att_tpm_sign_rule rule;
	AUTO(att_pubkey_free) struct att_pubkey *key = NULL;
	struct att_attest a = { 0 };
	struct att_tpm_public ak;

	must(f, att_tpm_public_parse_2b(att_buf_view(f->ak), &ak, err));
	must(f, att_tpm_public_key(&ak, &key, err));
	if (key == NULL)
		return;
	must(f, att_attest_open(message, signature, key, &rule, &a, err));
	if (a.type != type || !att_slice_equal(a.extra_data, data))
		fake_note(f, "something else was signed");
}

static inline void
fake_prove(struct fake *f, struct att_slice body, struct att_buf *ret)
{
	AUTO_DONE(att_session_proof_done) struct att_session_proof p = { 0 };
	struct att_session_grant g = { .pass = true };

	must(f, att_session_proof_parse(body, &p, NULL, err));
	fake_check_signed(f, p.message, p.signature, ATT_ATTEST_CERTIFY,
	    (struct att_slice){ f->challenge.challenge,
		f->challenge.challenge_len });
	g.received_at = fake_now(f);
	g.token_expires_at = g.received_at + f->token_lifetime;
	snprintf(g.token, sizeof(g.token), "%s.%u",
	    f->challenge.session_id, f->seen[ATT_STEP_PROOF]);
	memcpy(f->token, g.token, sizeof(f->token));
	must(f, att_session_grant_encode(&g, &f->challenge, &p, ret, err));
}

static inline bool
fake_has_log(const struct fake *f, enum att_item item)
{
	struct att_digest d;

	return f->log[item].len != 0 &&
	    att_digest_of(ATT_ALG_SHA256, att_buf_view(&f->log[item]), &d,
		NULL) == 0 &&
	    att_digest_equal(&d, &f->offer.item[item].sha256);
}

static inline void
fake_demand(struct fake *f, struct att_slice body, struct att_buf *ret)
{
	static const enum att_item items[] = { ATT_ITEM_UEFI_LOG,
		ATT_ITEM_USERSPACE_LOG };
	struct att_demand *d = &f->demanded;
	struct att_tpm_public ak = { 0 };

	must(f, att_tpm_public_parse_2b(att_buf_view(f->ak), &ak, err));
	att_offer_done(&f->offer);
	*d = (struct att_demand){ .scheme = ak.scheme.alg,
		.select = { ATT_ALG_SHA256, f->pcrs != 0 ? f->pcrs : 0xffff },
		.bound = f->bound, .count = f->items };
	must(f, att_offer_parse(body, &f->offer, NULL, err));
	memcpy(d->item, items, sizeof(items));
	for (size_t i = 0; f->holds && i < f->items; i++)
		if (fake_has_log(f, items[i]))
			d->held[items[i]] = f->offer.item[items[i]].sha256;
	if (f->firmware &&
	    f->offer.item[ATT_ITEM_FIRMWARE_CLAIMS].state == ATT_ITEM_PRESENT)
		d->item[d->count++] = ATT_ITEM_FIRMWARE_CLAIMS;
	if (f->spdm && f->offer.item[ATT_ITEM_SPDM_MEASUREMENTS].state ==
	    ATT_ITEM_PRESENT)
		d->item[d->count++] = ATT_ITEM_SPDM_MEASUREMENTS;
	if (f->facts &&
	    f->offer.item[ATT_ITEM_NODE_FACTS].state == ATT_ITEM_PRESENT) {
		d->item[d->count++] = ATT_ITEM_NODE_FACTS;
		if (f->facts_queue[0] == '\0' || strcmp(f->facts_queue,
			f->offer.facts.queue) == 0)
			d->facts_from = f->facts_from;
	}
	d->challenge_len = fake_challenge(f, d->challenge);
	d->received_at = fake_now(f);
	d->expires_at = d->received_at + 1800;
	must(f, att_demand_encode(d, &f->offer, f->id, 7, ret, err));
	if (f->demand == NULL)
		return;
	att_buf_reset(ret);
	att_buf_printf(ret, "{\"data\":{\"type\":\"attestation\","
	    "\"attributes\":{\"stage\":\"awaiting_evidence\","
	    "\"evidence_requested\":%s}}}", f->demand);
}

/* Keeps what came whole, and puts it where a digest came. */
static inline void
fake_logs(struct fake *f, struct att_submission *s)
{
	for (size_t i = 0; i < f->demanded.count; i++) {
		enum att_item item = f->demanded.item[i];
		struct att_evidence_item *is = &s->evidence.item[item];

		if (item == ATT_ITEM_NODE_FACTS)
			continue;
		if (s->held[item].alg == 0) {
			att_buf_done(&f->log[item]);
			f->log[item] = ATT_BUF(ATT_ITEM_MAX);
			att_buf_slice(&f->log[item], is->bytes);
			continue;
		}
		is->state = ATT_ITEM_PRESENT;
		is->bytes = att_buf_view(&f->log[item]);
		f->by_digest++;
	}
}

static inline void
fake_evidence(struct fake *f, struct att_slice body, struct att_buf *ret)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO_DONE(att_submission_done) struct att_submission s = { 0 };
	struct att_demand *d = &f->demanded;
	struct att_slice data = { d->challenge, d->challenge_len };
	struct att_digest bound;

	must(f, att_submission_parse(body, &f->offer, d, &s, NULL, err));
	fake_logs(f, &s);
	if (d->bound) {
		must(f, att_evidence_binding(&s.evidence, h, data, d->item,
		    d->count, &bound, err));
		data = att_digest_view(&bound);
	}
	fake_check_signed(f, s.evidence.attest, s.evidence.signature,
	    ATT_ATTEST_QUOTE, data);
	if (s.evidence.item[ATT_ITEM_NODE_FACTS].state == ATT_ITEM_PRESENT) {
		must(f, att_facts_parse(
		    s.evidence.item[ATT_ITEM_NODE_FACTS].bytes, &f->got, err));
		if (strcmp(f->got.queue, f->offer.facts.queue) != 0)
			fake_note(f, "facts of another queue");
		f->told++;
	}
	f->received = fake_now(f);
	f->passed = f->standing == ATT_STANDING_PASS ? f->received : 0;
	f->passes += f->passed != 0;
	must(f, att_submission_answer_encode(f->id, 7, d, f->received,
	    f->next, ret, err));
}

/* A result as docs/PROTOCOL-result.txt has it, for the newest challenge. */
static inline void
fake_result(struct fake *f, struct att_buf *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf nonce = ATT_BUF(256);
	AUTO(att_json_decref) json_t *claims = NULL;
	struct att_demand d = f->demanded;
	bool pass = f->standing == ATT_STANDING_PASS;
	const char *tier = f->tier != NULL ? f->tier :
	    pass			   ? "affirming" :
					     "contraindicated";

	d.challenge[5] ^= f->stale;
	att_base64url_put(&nonce,
	    (struct att_slice){ d.challenge, d.challenge_len });
	claims = json_pack("{s:s,s:I,s:I,s:s,s:{s:s,s:s},s:s%,s:s,"
	    "s:{s:{s:s,s:{},s:{s:s,s:[],s:[],s:[],s:[],s:n}}}}",
	    "eat_profile", ATT_EAR_PROFILE, "iat", (json_int_t)fake_now(f),
	    "exp", (json_int_t)fake_now(f) + 300, "sub", f->id,
	    "ear_verifier_id", "developer", "test", "build", "1",
	    "eat_nonce", nonce.data, nonce.len, "ear_status", tier,
	    "submods", "boot", "ear_status", tier,
	    "ear_trustworthiness_vector", "attestd_verdict", "status",
	    pass ? "pass" : "fail", "evaluated", "held", "findings", "pcrs",
	    "reference");
	must(f, att_jws_sign(f->key, ATT_EAR_TYPE, claims, ret, err));
}

static inline void
fake_status(struct fake *f, struct att_buf *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf jwt = ATT_BUF(ATT_JWS_MAX);
	AUTO(free) char *text = NULL;
	struct att_agent_status s = { .standing = f->sticky ?
		ATT_STANDING_FAIL : f->standing,
		.passes = f->passes, .last_received = f->received,
		.last_pass = f->passed, .period = f->next };

	if (f->stale)
		s.last_pass = s.last_received = f->demanded.received_at - 60;
	if (f->bound) {
		fake_result(f, &jwt);
		s.result = text = att_buf_take_str(&jwt);
	}
	must(f, att_agent_status_encode(&s, ret, err));
}

static inline unsigned
fake_good(struct fake *f, enum att_step step, struct att_buf *ret)
{
	struct att_slice body = fake_body(f->peer.request);

	switch (step) {
	case ATT_STEP_VERSION:
		must(f, att_registrar_versions_encode(1, ret, err));
		return 200;
	case ATT_STEP_REGISTER:
		fake_register(f, body, ret);
		return 200;
	case ATT_STEP_ACTIVATE:
		fake_activate(f, body, ret);
		return 200;
	case ATT_STEP_SESSION:
		fake_session(f, body, ret);
		return 200;
	case ATT_STEP_PROOF:
		fake_prove(f, body, ret);
		return 200;
	case ATT_STEP_OFFER:
		fake_demand(f, body, ret);
		return 201;
	case ATT_STEP_EVIDENCE:
		fake_evidence(f, body, ret);
		return 202;
	case ATT_STEP_STATUS:
		fake_status(f, ret);
		return 200;
	case ATT_STEP_COUNT:
		break;
	}
	fake_note(f, "no path of the protocol: %.60s", f->peer.request);
	return 404;
}

/* -- the server --------------------------------------------------------- */

static inline void
fake_answer(struct peer *p, struct att_buf *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf body = ATT_BUF(1 << 22);
	struct fake *f = (struct fake *)p;
	enum att_step step = fake_step(p->request);
	const struct fake_say *say = &f->say[step % ATT_STEP_COUNT];
	unsigned n = f->seen[step % ATT_STEP_COUNT]++, status;
	bool other = step < ATT_STEP_COUNT && n >= say->skip &&
	    n - say->skip < say->times;

	fake_check_headers(f, step);
	if (f->hook != NULL)
		f->hook(f, step);
	status = fake_good(f, step, &body);
	if (other && say->status == 0) {
		(void)shutdown(atomic_load(&p->conn_fd), SHUT_RDWR);
		return;
	}
	if (other)
		status = say->status;
	if (other && say->body != NULL) {
		att_buf_reset(&body);
		att_buf_str(&body, say->body);
	}
	ck_assert(!body.failed);
	att_buf_printf(ret, "HTTP/1.1 %u X\r\nContent-Type: application/json"
	    "\r\nContent-Length: %zu\r\n%s\r\n", status, body.len,
	    other && say->headers != NULL ? say->headers : "");
	att_buf_slice(ret, att_buf_view(&body));
	/* only the newest is looked at, and there may be many */
	p->logged = 0;
	memset(p->log, 0, sizeof(p->log));
}

static inline ATT_UNUSED void
fake_start(struct fake *f, const struct cert *cert, const char *id)
{
	snprintf(f->id, sizeof(f->id), "%s", id);
	for (size_t i = 0; i < FAKE_REQUESTS; i++)
		f->answers[i].make = fake_answer;
	f->peer.answers = f->answers;
	f->peer.count = FAKE_REQUESTS;
	f->peer.cert = cert;
	f->next = f->next == 0 ? 60 : f->next;
	f->token_lifetime = f->token_lifetime == 0 ? 180 : f->token_lifetime;
	ok(att_jws_key_make(&f->key, err));
	peer_start(&f->peer);
}

/* Ends it; nothing that it saw may have been wrong. */
static inline ATT_UNUSED void
fake_stop(struct fake *f)
{
	peer_stop(&f->peer);
	ck_assert_msg(f->wrong[0] == '\0', "%s", f->wrong);
	att_offer_done(&f->offer);
	for (size_t i = 0; i < ATT_ITEM_COUNT; i++)
		att_buf_done(&f->log[i]);
	att_jws_key_free(f->key);
}

#endif
