/*
 * Memory runs out, at each allocation in turn: every call says so, and nothing
 * stays behind.
 */
#include "offer_scene.h"

#include "protocol/problem.h"
#include "protocol/registration.h"
#include "protocol/session.h"
#include "protocol/status.h"
#include "protocol/submission.h"

#define TRIES_MAX 5000

/* Memory of all that is linked statically (-Wl,--wrap). */
void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);
void __real_free(void *p);
void __wrap_free(void *p);

static bool watched;
static size_t asked, fail_at;	/* since it is watched; from 0 */
static size_t held;		/* blocks */

static bool
is_refused(void)
{
	return watched && asked++ == fail_at;
}

void *
__wrap_malloc(size_t n)
{
	void *p = is_refused() ? NULL : __real_malloc(n);

	held += watched && p != NULL ? 1 : 0;
	return p;
}

void *
__wrap_calloc(size_t n, size_t size)
{
	void *p = is_refused() ? NULL : __real_calloc(n, size);

	held += watched && p != NULL ? 1 : 0;
	return p;
}

void *
__wrap_realloc(void *p, size_t n)
{
	void *q = is_refused() ? NULL : __real_realloc(p, n);

	held += watched && p == NULL && q != NULL ? 1 : 0;
	return q;
}

void
__wrap_free(void *p)
{
	held -= watched && p != NULL ? 1 : 0;
	__real_free(p);
}

/* Fails the first, the second, ... allocation, until one time none fails. */
static void
check_each(int (*call)(void))
{
	for (size_t i = 0; i < TRIES_MAX; i++) {
		int r;

		asked = held = 0;
		fail_at = i;
		watched = true;
		r = call();
		watched = false;
		ck_assert_msg(held == 0, "%zu blocks left after the %zuth",
		    held, i);
		if (asked <= i) {
			ck_assert_int_eq(r, 0);
			ck_assert_uint_gt(i, 1);
			return;
		}
		ck_assert_msg(r == ATT_E_NOMEM || r == ATT_E_LIMIT,
		    "the %zuth fails: %s", i, att_code_name(r));
	}
	ck_abort_msg("over %d allocations", TRIES_MAX);
}

#define BUF() AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20)

/* What the messages are made of, and their text, made while memory lasts. */
static struct att_offer offer;
static struct att_demand demand;
static struct att_evidence evidence;
static struct att_session_challenge challenge;
static struct att_session_proof proof;
static struct att_session_grant grant;
static struct att_buf text;

static void
scene(bool held_log)
{
	/* from here on jansson's allocations are those of lib/base */
	AUTO(att_json_decref) json_t *first = NULL;
	uint8_t v[32] = { 1 };

	ok(att_json_parse(S("{}"), 2, &first, err));

	offer = an_offer();
	if (held_log) {
		offer.item[ATT_ITEM_NODE_FACTS] = (struct att_offer_item){
			.state = ATT_ITEM_PRESENT, .entries = 1 };
		offer.facts = (struct att_offer_facts){
			"00112233445566778899aabbccddeeff", 1, 1 };
	}
	demand = (struct att_demand){ .challenge_len = 16,
		.scheme = ATT_SIG_RSASSA, .select = { ATT_ALG_SHA256, 1 },
		.bound = true, .count = 2,
		.item = { ATT_ITEM_UEFI_LOG, ATT_ITEM_IMA_LOG },
		.received_at = 1, .expires_at = 2 };
	demand.challenge[0] = 1;
	if (held_log)
		demand.held[ATT_ITEM_UEFI_LOG] =
		    offer.item[ATT_ITEM_UEFI_LOG].sha256;
	evidence = (struct att_evidence){ .attest = S("a"),
		.signature = S("s"), .item = {
		    [ATT_ITEM_UEFI_LOG] = { ATT_ITEM_PRESENT,
			{ (const uint8_t *)MEASURED, sizeof(MEASURED) - 1 },
			NULL },
		    [ATT_ITEM_IMA_LOG] = { ATT_ITEM_PRESENT, S("x\n"), NULL },
		} };
	ok(att_pcrs_set(&evidence.pcrs, ATT_ALG_SHA256, 0,
	    (struct att_slice){ v, 32 }, err));
	challenge = (struct att_session_challenge){ .session_id = "s",
		.agent_id = "n", .challenge_len = 16, .created_at = 1,
		.expires_at = 2, .challenge = { 1 } };
	proof = (struct att_session_proof){ .session_id = "s",
		.agent_id = "n", .message = S("m"), .signature = S("s") };
	grant = (struct att_session_grant){ .pass = true, .received_at = 1,
		.token_expires_at = 2, .token = "t" };
	text = ATT_BUF(1u << 20);
}

static int
write_offer(void)
{
	BUF();

	return att_offer_encode(&offer, &b, NULL);
}

static int
write_demand(void)
{
	BUF();

	return att_demand_encode(&demand, &offer, "n", 0, &b, NULL);
}

static int
write_evidence(void)
{
	BUF();

	return att_submission_encode(&evidence, &demand, &b, NULL);
}

static int
write_answer(void)
{
	BUF();

	return att_submission_answer_encode("n", 0, &demand, 1, 2, &b, NULL);
}

static int
write_session(void)
{
	BUF();
	int r;

	if ((r = att_session_open_encode("n", &b, NULL)) < 0 ||
	    (r = att_session_challenge_encode(&challenge, &b, NULL)) < 0 ||
	    (r = att_session_proof_encode(&proof, &b, NULL)) < 0)
		return r;
	return att_session_grant_encode(&grant, &challenge, &proof, &b, NULL);
}

static int
write_registration(void)
{
	struct att_register_request q = { .ek_public = S("e"),
		.ak_public = S("a"), .ek_cert = S("c") };
	struct att_register_answer a = { .blob = S("b") };
	char tag[ATT_AUTH_TAG_LEN + 1];
	BUF();
	int r;

	memset(tag, '0', ATT_AUTH_TAG_LEN);
	tag[ATT_AUTH_TAG_LEN] = '\0';
	if ((r = att_registrar_versions_encode(1, &b, NULL)) < 0 ||
	    (r = att_register_request_encode(&q, &b, NULL)) < 0 ||
	    (r = att_register_answer_encode(&a, &b, NULL)) < 0 ||
	    (r = att_activate_request_encode(tag, &b, NULL)) < 0)
		return r;
	return att_activate_answer_encode(&b, NULL);
}

static int
write_status(void)
{
	AUTO(att_json_decref) json_t *list = json_array();
	struct att_agent_status s = { .result = "a.b.c", .findings = list };
	BUF();

	return list == NULL ? ATT_E_NOMEM :
			      att_agent_status_encode(&s, &b, NULL);
}

static int
write_problem(void)
{
	BUF();
	int r = att_problem_encode(422, "t", "c", "d", "/p", &b, NULL);

	return r < 0 ? r : att_registrar_problem_encode(404, "d", &b, NULL);
}

static int
write_facts(void)
{
	static struct att_facts f = { .queue =
		"00112233445566778899aabbccddeeff", .count = 2,
		.fact = { { 1, "reboot", 1, 2, 3, "b", "{\"from\":\"a\"}" },
		    { 2, "reboot", 1, 2, 3, "b", "{}" } } };
	BUF();
	int r = att_fact_set_details(&f.fact[1], json_pack("{s:i}", "a", 1),
	    NULL);

	return r < 0 ? r : att_facts_encode(&f, &b, NULL);
}

START_TEST(writing)
{
	static int (*const calls[])(void) = { write_offer, write_demand,
		write_evidence, write_answer, write_session,
		write_registration, write_status, write_problem,
		write_facts };

	scene(_i == 1);
	for (size_t i = 0; i < ATT_COUNT(calls); i++)
		check_each(calls[i]);
}
END_TEST

static int
read_offer(void)
{
	AUTO_DONE(att_offer_done) struct att_offer o = { 0 };

	return att_offer_parse(S(offer_text), &o, NULL, NULL);
}

static int
read_demand(void)
{
	struct att_demand d;

	return att_demand_parse(att_buf_view(&text), &offer, &d, NULL);
}

static int
read_evidence(void)
{
	AUTO_DONE(att_submission_done) struct att_submission s = { 0 };

	return att_submission_parse(att_buf_view(&text), &offer, &demand, &s,
	    NULL, NULL);
}

static int
read_proof(void)
{
	AUTO_DONE(att_session_proof_done)
	struct att_session_proof p = { 0 };

	return att_session_proof_parse(att_buf_view(&text), &p, NULL, NULL);
}

static int
read_grant(void)
{
	struct att_session_grant g;

	return att_session_grant_parse(att_buf_view(&text), &g, NULL);
}

static int
read_facts(void)
{
	struct att_facts f;

	return att_facts_parse(S("{\"facts\":[{\"boot_id\":\"b\",\"count\":1,"
	    "\"details\":{\"a\":\"b\"},\"first\":1,\"kind\":\"reboot\","
	    "\"last\":2,\"seq\":3}],\"queue\":"
	    "\"00112233445566778899aabbccddeeff\"}"), &f, NULL);
}

START_TEST(reading)
{
	scene(_i == 1);
	check_each(read_offer);
	ok(att_demand_encode(&demand, &offer, "n", 0, &text, err));
	check_each(read_demand);
	att_buf_reset(&text);
	ok(att_submission_encode(&evidence, &demand, &text, err));
	check_each(read_evidence);
	att_buf_reset(&text);
	ok(att_session_proof_encode(&proof, &text, err));
	check_each(read_proof);
	att_buf_reset(&text);
	ok(att_session_grant_encode(&grant, &challenge, &proof, &text, err));
	check_each(read_grant);
	check_each(read_facts);
	att_buf_done(&text);
}
END_TEST

/* The clamp holds without memory too. */
START_TEST(next_attestation)
{
	static const char body[] =
	    "{\"meta\":{\"seconds_to_next_attestation\":99}}";
	size_t refused = 0;

	for (fail_at = 0; fail_at < 50; fail_at++) {
		uint32_t n;

		asked = held = 0;
		watched = true;
		n = att_submission_next(S(body), 10, 1000, 60);
		watched = false;
		ck_assert_uint_eq(n, asked <= fail_at ? 99 : 60);
		ck_assert_uint_eq(held, 0);
		refused += n == 60 ? 1 : 0;
	}
	ck_assert_uint_gt(refused, 3);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("protocol without memory");
	TCase *t = tcase_create("memory");

	/* whole, and with the boot log by its digest */
	tcase_add_loop_test(t, writing, 0, 2);
	tcase_add_loop_test(t, reading, 0, 2);
	tcase_add_test(t, next_attestation);
	suite_add_tcase(s, t);
	return run_suite(s);
}
