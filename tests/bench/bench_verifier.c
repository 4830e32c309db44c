/*
 * One attestation at the verifier, from requests as they are handed over by
 * the HTTP server to answers in memory, store included, as a ratio to one bare
 * verification of the same signature in the same run; and what its parts cost.
 *
 * CPU of the thread is counted, so that waiting for the disk is not; TLS and
 * HTTP are not in it. Each figure is the median of ROUNDS.
 */
#include "testlib.h"

#include <stdlib.h>

#include "appraise/ear.h"
#include "tests/verifier/rig.h"

#define ROUNDS 301
#define REPEAT 10	/* of what takes microseconds */

static struct rig rig;
static struct softnode node;

/* -- figures ------------------------------------------------------------- */

struct series {
	size_t count;
	double value[ROUNDS];
};

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(struct series *s)
{
	qsort(s->value, s->count, sizeof(s->value[0]), by_value);
	return s->value[s->count / 2];
}

static void
add(struct series *s, double value)
{
	if (s->count < ROUNDS)
		s->value[s->count++] = value;
}

enum part {
	OPEN,
	PROVE,
	OFFER,
	EVIDENCE,
	STATUS,
	REQUESTS,	/* the five above */
	PARSE = REQUESTS,
	APPRAISE,
	SIGN,
	CLAIM,
	FINISH,
	BARE,
	PARTS
};

static const char *const names[PARTS] = {
	[OPEN] = "session, challenge",
	[PROVE] = "session, proof",
	[OFFER] = "offer",
	[EVIDENCE] = "evidence",
	[STATUS] = "status",
	[PARSE] = "read the message",
	[APPRAISE] = "appraise",
	[SIGN] = "sign the result",
	[CLAIM] = "claim the challenge",
	[FINISH] = "store the verdict",
	[BARE] = "one signature",
};

static struct series series[PARTS];

/* CPU of one of `REPEAT` calls; Check writes a message for each assertion. */
#define TIMED(part, call)                                                    \
	do {                                                                 \
		double from_ = rig_cpu();                                    \
		int bad_ = 0;                                                \
                                                                             \
		for (int i_ = 0; i_ < REPEAT; i_++)                          \
			bad_ |= (call);                                      \
		add(&series[part], (rig_cpu() - from_) / REPEAT);            \
		ck_assert_int_eq(bad_, 0);                                   \
	} while (0)

/* -- the requests -------------------------------------------------------- */

static double
lap(void)
{
	double spent = rig_spent;

	rig_spent = 0;
	return spent;
}

static void
round_of_requests(void)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO_DONE(att_session_grant_done) struct att_session_grant g = { 0 };
	AUTO_DONE(answer_done) struct answer proof = { 0 };
	AUTO_DONE(answer_done) struct answer offer = { 0 };
	AUTO_DONE(answer_done) struct answer taken = { 0 };
	struct att_session_challenge c;
	struct att_attest a;
	struct att_demand d;

	rig.now += 60;
	node.clock += 60000;
	(void)lap();
	rig_session_open(&rig, node.id, &c);
	add(&series[OPEN], lap());
	a = softnode_certify(&node,
	    (struct att_slice){ c.challenge, c.challenge_len });
	rig_session_prove(&rig, &node, &c, &a, &proof);
	add(&series[PROVE], lap());
	ok(att_session_grant_parse(S(proof.text), &g, err));
	memcpy(node.token, g.token, sizeof(node.token));
	rig_offer(&rig, &node, &offer);
	add(&series[OFFER], lap());
	rig_demand(&node, &offer, &d);
	rig_evidence_body(&node, &d, &b);
	rig_submit(&rig, &node, &b, &taken);
	ck_assert_uint_eq(taken.status, 202);
	add(&series[EVIDENCE], lap());
	ck_assert_int_eq(rig_standing(&rig, &node), ATT_STANDING_PASS);
	add(&series[STATUS], lap());
}

/* -- the parts of the evidence's request --------------------------------- */

struct parts {
	struct att_offer offer;
	struct att_demand demand;
	struct softnode_keep keep;
	struct att_evidence e;
	struct att_buf body, result;
	struct att_pubkey *key;
	struct att_enrolment node;
	struct att_policy policy;
	struct att_appraisal a;
	struct att_verdict *verdict;
	struct att_attestation att;
	const struct att_ref *ref[1];
	struct att_refset refs;
};

static int
parse_once(struct parts *p, struct att_err *err)
{
	AUTO_DONE(att_submission_done) struct att_submission s = { 0 };

	return att_submission_parse(att_buf_view(&p->body), &p->offer,
	    &p->demand, &s, NULL, err);
}

static int
appraise_once(struct parts *p, struct att_err *err)
{
	att_verdict_free(p->verdict);
	p->verdict = NULL;
	return att_appraise(&p->a, &p->verdict, err);
}

static int
sign_once(struct parts *p, struct att_err *err)
{
	struct att_ear_frame f = { .developer = "bench", .build = "0",
		.node = node.id, .challenge = p->a.challenge, .issued = 1,
		.expires = 2 };
	AUTO(att_json_decref) json_t *claims = NULL;
	int r = att_ear_make(p->verdict, &f, &claims, err);

	att_buf_reset(&p->result);
	return r < 0 ? r : att_jws_sign(rig.v->result_key, "JWT", claims,
	    &p->result, err);
}

static int
verify_once(struct parts *p, struct att_slice signature, struct att_err *err)
{
	return att_pubkey_verify(p->key,
	    (enum att_sig_scheme)node.ak_area.scheme.alg,
	    node.ak_area.scheme.hash, p->e.attest, signature, err);
}

/* Evidence for a challenge of its own, appraised without the verifier. */
static void
prepare(struct parts *p)
{
	AUTO(att_refs_release)
	struct att_refs *held = att_references_hold(rig.v->references);

	*p = (struct parts){ .body = ATT_BUF(1u << 20),
		.result = ATT_BUF(ATT_JWS_MAX),
		.policy = att_policy_default };
	softnode_offer(&node, &p->offer);
	p->demand = (struct att_demand){ .challenge_len = 16, .bound = true,
		.challenge = { 1, 2 }, .count = 2,
		.item = { ATT_ITEM_UEFI_LOG, ATT_ITEM_USERSPACE_LOG },
		.scheme = node.ak_area.scheme.alg,
		.select = { ATT_ALG_SHA256, rig.config.quote_pcrs } };
	softnode_evidence(&node, &p->demand, &p->keep, &p->e);
	p->e.agent_id = p->e.boot_id = "x";
	p->e.bound = true;
	p->e.bound_count = 2;
	memcpy(p->e.bound_item, p->demand.item, sizeof(p->e.bound_item));
	ok(att_submission_encode(&p->e, &p->demand, &p->body, err));
	ok(att_tpm_public_key(&node.ak_area, &p->key, err));
	p->ref[0] = att_refdocs_boot(att_refs_docs(held)).ref[0];
	p->refs = (struct att_refset){ p->ref, 1 };
	p->node = (struct att_enrolment){
		.ak = { .key = p->key, .public = node.ak_area.bytes },
		.platform = { .vendor = "", .product = "" } };
	p->a = (struct att_appraisal){ .evidence = &p->e, .node = &p->node,
		.challenge = { p->demand.challenge, 16 }, .bound = true,
		.item = p->demand.item, .item_count = 2,
		.select = &p->demand.select, .select_count = 1,
		.refs = &p->refs, .policy = &p->policy, .now = rig.now };
}

static void
parts_done(struct parts *p)
{
	softnode_keep_done(&p->keep);
	att_buf_done(&p->body);
	att_buf_done(&p->result);
	att_pubkey_free(p->key);
	att_verdict_free(p->verdict);
}

/* Claim and verdict of a node that has no other attestations. */
static void
time_store(struct parts *p, uint64_t index)
{
	AUTO_DONE(att_attestation_done) struct att_attestation a = {
		.index = index, .challenge = ATT_BUF(64), .verdict = "pass",
		.findings = ATT_BUF(ATT_EAR_MAX), .result = ATT_BUF(1u << 20),
		.evidence = ATT_BUF(ATT_SUBMISSION_MAX) };
	struct att_quote_state clock = { .known = true };
	AUTO(att_json_decref) json_t *j = att_verdict_to_json(p->verdict);
	double from;

	snprintf(a.node, sizeof(a.node), "store");
	att_buf_str(&a.challenge, "c");
	ok(att_json_write(j, &a.findings, err));
	att_buf_slice(&a.result, att_buf_view(&p->result));
	att_buf_slice(&a.evidence, att_buf_view(&p->body));
	ok(att_store_attestation_add(rig.v->store, &a, err));
	from = rig_cpu();
	ok(att_store_attestation_claim(rig.v->store, a.node, index, 1, err));
	add(&series[CLAIM], rig_cpu() - from);
	from = rig_cpu();
	ok(att_store_attestation_finish(rig.v->store, &a, &clock, 4, err));
	add(&series[FINISH], rig_cpu() - from);
}

static void
round_of_parts(struct parts *p, struct att_slice signature, uint64_t index)
{
	TIMED(PARSE, parse_once(p, NULL));
	TIMED(APPRAISE, appraise_once(p, NULL));
	TIMED(SIGN, sign_once(p, NULL));
	TIMED(BARE, verify_once(p, signature, NULL));
	time_store(p, index);
}

/* -- the whole ----------------------------------------------------------- */

static void
print(const char *kind)
{
	double bare = median(&series[BARE]), sum = 0, med[PARTS];

	for (unsigned i = 0; i < PARTS; i++)
		med[i] = median(&series[i]);
	for (unsigned i = 0; i < REQUESTS; i++)
		sum += med[i];
	printf("%s: one signature %.1f us\n", kind, bare);
	for (unsigned i = 0; i < REQUESTS; i++)
		printf("  %-22s %7.0f us\n", names[i], med[i]);
	printf("  %-22s %7.0f us, %.1f signatures\n", "one attestation", sum,
	    sum / bare);
	printf("  %-22s %7.0f us, %.1f signatures\n", "without a new session",
	    sum - med[OPEN] - med[PROVE],
	    (sum - med[OPEN] - med[PROVE]) / bare);
	printf("  of the evidence:\n");
	for (unsigned i = PARSE; i < BARE; i++)
		printf("    %-20s %7.0f us\n", names[i], med[i]);
}

static void
bench(const char *kind, enum softnode_ak ak, const char *id)
{
	AUTO_DONE(parts_done) struct parts p;
	struct att_tpm_signature s;
	uint8_t raw[512];
	struct att_slice bare = { raw, 64 };

	memset(series, 0, sizeof(series));
	softnode_make(&node, id, ak, &rig.ca);
	softnode_boot(&node, "uki");
	rig_enrol(&rig, &node);
	rig_reference(&rig, &node, "uki");
	for (int i = 0; i < ROUNDS; i++)
		round_of_requests();
	prepare(&p);
	ok(att_tpm_signature_parse(p.e.signature, &s, err));
	if (s.scheme == ATT_SIG_ECDSA) {
		memcpy(raw, s.r.data, 32);
		memcpy(raw + 32, s.s.data, 32);
	} else {
		bare = s.rsa;
	}
	for (int i = 0; i < ROUNDS; i++)
		round_of_parts(&p, bare, (uint64_t)i +
		    (ak == SOFTNODE_RSA ? ROUNDS : 0));
	print(kind);
	softnode_done(&node);
}

START_TEST(one_attestation)
{
	rig_start(&rig, "sessions_per_minute: 1000000\n");
	bench("P-256", SOFTNODE_P256, "n1");
	bench("RSA 2048", SOFTNODE_RSA, "n2");
	rig_stop(&rig);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("bench_verifier");
	TCase *t = tcase_create("bench");

	tcase_set_timeout(t, 600);
	tcase_add_test(t, one_attestation);
	suite_add_tcase(s, t);
	return run_suite(s);
}
