/* The whole exchange, over TLS, with a software TPM. */
#include "tests/agent/push_test.h"

#include <sys/resource.h>

#include "agent/registered.h"
#include "base/steady.h"

/* -- all is well -------------------------------------------------------- */

START_TEST(enrols_and_attests)
{
	AUTO_DONE(att_buf_done) struct att_buf file = ATT_BUF(ATT_BUNDLE_MAX);
	AUTO(att_bundle_free) struct att_bundle *b = NULL;

	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert(last.standing == ATT_STANDING_PASS);
	ck_assert(last.result != NULL && last.verdict != NULL);
	ck_assert_int_eq(last.wait, 60);
	ck_assert(last.lifetime > 290 && last.lifetime <= 302);
	ck_assert_str_eq(last.agent_id, NODE_ID);
	ck_assert(strstr(last.server, "https://127.0.0.1:") == last.server);
	/* and again: what is known is not asked for a second time */
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(REGISTER, 1);
	SEEN(SESSION, 1);
	SEEN(PROOF, 1);
	SEEN(OFFER, 2);
	SEEN(EVIDENCE, 2);
	ck_assert_uint_eq(registrar.peer.connections, 1);
	ck_assert_uint_eq(fake.peer.connections, 1);
	ck_assert_uint_eq(second.peer.connections, 0);
	/* what was sent is left for people */
	ck_assert(node_read("state/evidence.json", &file));
	ok(att_bundle_parse(att_buf_view(&file), &b, err));
	ck_assert_str_eq(att_bundle_evidence(b)->agent_id, NODE_ID);
}
END_TEST

/* attest-verifier is its own registrar: one connection, whatever is asked. */
START_TEST(one_connection_to_one_server)
{
	free(config.registrar_urls.item[0]);
	config.registrar_urls.item[0] = strdup(config.verifier_urls.item[0]);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert_uint_eq(fake.seen[ATT_STEP_ACTIVATE], 1);
	fake.say[ATT_STEP_OFFER] = (struct fake_say){ .skip = 1, .times = 1,
		.status = 404, .body = "" };
	round_ends(ATT_OUTCOME_WAITING, "404");
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert_uint_eq(fake.seen[ATT_STEP_ACTIVATE], 2);
	ck_assert_uint_eq(fake.peer.connections, 1);
	ck_assert_uint_eq(registrar.peer.connections, 0);
}
END_TEST

/* The logs of a boot go once; what is left for people has them each time. */
START_TEST(a_held_log_goes_by_its_digest)
{
	AUTO_DONE(att_buf_done) struct att_buf file = ATT_BUF(ATT_BUNDLE_MAX);
	AUTO(att_bundle_free) struct att_bundle *b = NULL;
	const struct att_evidence_item *item;

	fake.holds = true;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert_uint_eq(fake.by_digest, 0);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert_uint_eq(fake.by_digest, 2);
	ck_assert(last.standing == ATT_STANDING_PASS);
	ck_assert(node_read("state/evidence.json", &file));
	ok(att_bundle_parse(att_buf_view(&file), &b, err));
	item = att_bundle_evidence(b)->item;
	for (size_t i = ATT_ITEM_UEFI_LOG; i <= ATT_ITEM_USERSPACE_LOG; i++)
		ck_assert(item[i].state == ATT_ITEM_PRESENT &&
		    item[i].bytes.len > 0 && att_slice_equal(item[i].bytes,
			att_buf_view(&fake.log[i])));
	/* one that changed goes whole, once */
	node_put("user", S("\036{}\n\036{}\n"));
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert_uint_eq(fake.by_digest, 3);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert_uint_eq(fake.by_digest, 5);
}
END_TEST

/* A verifier that knows of no binding and gives no result: Keylime's. */
START_TEST(attests_with_upstream)
{
	fake.bound = false;
	fake.items = 1;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert(last.standing == ATT_STANDING_PASS);
	ck_assert(last.result == NULL && last.verdict == NULL);
	fake.standing = ATT_STANDING_FAIL;
	round_ends(ATT_OUTCOME_ACCEPTED, "gives no reason");
	ck_assert(last.standing == ATT_STANDING_FAIL);
}
END_TEST

/* An answer about other evidence says nothing about this one. */
START_TEST(an_old_verdict_is_no_verdict)
{
	fake.stale = true;
	round_ends(ATT_OUTCOME_ACCEPTED, "not said yet");
	ck_assert(last.standing == ATT_STANDING_PENDING);
	ck_assert(last.result == NULL);
	SEEN(STATUS, 7);
}
END_TEST

START_TEST(an_old_pass_of_upstream_is_no_pass)
{
	fake.stale = true;
	fake.bound = false;
	round_ends(ATT_OUTCOME_ACCEPTED, "not said yet");
	ck_assert(last.standing == ATT_STANDING_PENDING);
	SEEN(STATUS, 6);
}
END_TEST

/* Upstream says it of healthy nodes, too, with more than one worker. */
START_TEST(a_timeout_is_no_verdict)
{
	fake.bound = false;
	fake.standing = ATT_STANDING_TIMEOUT;
	round_ends(ATT_OUTCOME_ACCEPTED, "not said yet");
	ck_assert(last.standing == ATT_STANDING_PENDING);
	/* it has come to it since */
	fake.standing = ATT_STANDING_PASS;
	fake.passed = fake.received;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert(last.standing == ATT_STANDING_PASS);
}
END_TEST

/* What was signed counts, not what stands beside it. */
START_TEST(the_signed_word_counts)
{
	fake.tier = "contraindicated";
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert(last.standing == ATT_STANDING_FAIL);
	fake.tier = "none";
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert(last.standing == ATT_STANDING_PENDING);
	fake.tier = "warning";
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert(last.standing == ATT_STANDING_PASS);
}
END_TEST

START_TEST(clocks_may_differ)
{
	fake.skew = 86400 * 30;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert(last.standing == ATT_STANDING_PASS);
	ck_assert(last.lifetime > 290 && last.lifetime <= 302);
}
END_TEST

START_TEST(a_token_that_is_over_is_replaced)
{
	fake.token_lifetime = 5;	/* less than a round may take */
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(PROOF, 2);
}
END_TEST

/* So many seconds later. */
static void
pass_time(uint64_t s)
{
	push.token.until -= s * 1000;
}

static uint64_t
token_left(void)
{
	return (push.token.until - att_steady_now()) / 1000;
}

/* Each pass gives it its whole life again, so one proof does for good. */
START_TEST(a_pass_extends_the_token)
{
	for (unsigned i = 0; i < 2; i++) {
		fake.bound = i == 0;
		fake.items = i == 0 ? 2 : 0;
		for (unsigned n = 0; n < 3; n++) {
			round_ends(ATT_OUTCOME_ACCEPTED, "");
			ck_assert_uint_le(token_left(), 180);
			ck_assert_uint_ge(token_left(), 160);
			pass_time(140);
		}
		SEEN(PROOF, 1);
	}
	SEEN(OFFER, 6);
}
END_TEST

START_TEST(what_does_not_pass_does_not_extend_it)
{
	static const struct {
		bool bound, stale;
		enum att_standing standing;
	} cases[] = { { true, false, ATT_STANDING_FAIL },
		{ false, false, ATT_STANDING_FAIL },
		{ false, true, ATT_STANDING_PASS },
		{ true, true, ATT_STANDING_PASS } };

	round_ends(ATT_OUTCOME_ACCEPTED, "");
	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		fake.bound = cases[i].bound;
		fake.items = 0;
		fake.stale = cases[i].stale;
		fake.standing = cases[i].standing;
		pass_time(30);
		round_ends(ATT_OUTCOME_ACCEPTED, "");
		ck_assert_uint_le(token_left(), 180 - 30 * (i + 1));
	}
	SEEN(PROOF, 1);
	/* and over is over: one new proof */
	pass_time(60);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(PROOF, 2);
	ck_assert_uint_ge(token_left(), 140);
}
END_TEST

/* Upstream's failure stays; what passes meanwhile extends the token there. */
START_TEST(a_pass_under_an_old_failure_extends_it_too)
{
	fake.bound = false;
	fake.items = 0;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	fake.sticky = true;
	pass_time(140);
	round_ends(ATT_OUTCOME_ACCEPTED, "an earlier failure");
	ck_assert(last.standing == ATT_STANDING_FAIL);
	ck_assert_uint_ge(token_left(), 160);
}
END_TEST

/* -- registrar ---------------------------------------------------------- */

START_TEST(k9_identity_conflict)
{
	AUTO_DONE(att_buf_done) struct att_buf before = ATT_BUF(8192);
	AUTO_DONE(att_buf_done) struct att_buf after = ATT_BUF(8192);

	say(ATT_STEP_REGISTER, 2, 403, "{\"code\":403,\"status\":"
	    "\"different TPM identity\",\"results\":{}}");
	round_ends(ATT_OUTCOME_CONFLICT, "different TPM identity");
	ck_assert(node_read("state/ak", &before));
	round_ends(ATT_OUTCOME_CONFLICT, "different TPM identity");
	ck_assert(node_read("state/ak", &after));
	ck_assert(att_slice_equal(att_buf_view(&before),
	    att_buf_view(&after)));
	SEEN(SESSION, 0);
	/* once an operator has sorted it out */
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(REGISTER, 3);
}
END_TEST

START_TEST(a_record_that_is_lost_is_made_again)
{
	say(ATT_STEP_ACTIVATE, 1, 404, "");
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(REGISTER, 2);
	SEEN(ACTIVATE, 2);
}
END_TEST

START_TEST(a_proof_that_is_not_taken_is_no_loop)
{
	say(ATT_STEP_ACTIVATE, ALWAYS, 400, "");
	round_ends(ATT_OUTCOME_REFUSED, "registrar");
	SEEN(REGISTER, 2);
	SEEN(ACTIVATE, 2);
	SEEN(SESSION, 0);
}
END_TEST

START_TEST(a_registrar_that_names_no_version)
{
	say(ATT_STEP_VERSION, 1, 410, "");
	say(ATT_STEP_REGISTER, 2, 404, "");	/* 2.6, 2.5 */
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(REGISTER, 3);
}
END_TEST

START_TEST(credentials_that_are_not_ours)
{
	static const char *const bad[] = { "", "{}", "{\"results\":{}}",
		"{\"results\":{\"blob\":\"\"}}",
		"{\"results\":{\"blob\":\"utzA3g==\"}}",
		/* right in form, and of no EK and AK of this TPM */
		"{\"results\":{\"blob\":\"utzA3gAAAAEAAgABAAIAAQ==\"}}" };

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		say(ATT_STEP_REGISTER, 1, 200, bad[i]);
		att_round_done(&last);
		att_push_round(&push, 0, &last);
		ck_assert_msg(last.outcome == ATT_OUTCOME_REFUSED ||
		    last.outcome == ATT_OUTCOME_TROUBLE, "%zu: %s", i,
		    last.reason);
		ck_assert(strstr(last.reason, FAKE_SECRET) == NULL);
	}
	SEEN(ACTIVATE, 0);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
}
END_TEST

/* A registrar that is away keeps no node from a verifier that knows it. */
START_TEST(without_a_registrar)
{
	say(ATT_STEP_VERSION, 1, 500, "");
	round_ends(ATT_OUTCOME_LATER, "500");	/* a new AK */
	SEEN(SESSION, 0);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	reboot();
	say(ATT_STEP_VERSION, 1, 500, "");
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(REGISTER, 1);
	round_ends(ATT_OUTCOME_ACCEPTED, "");	/* and then registers */
	SEEN(REGISTER, 2);
}
END_TEST

/* The best one that works, and the best one again after a while. */
START_TEST(registrars_in_order)
{
	struct att_config_list *urls = &config.registrar_urls;
	char **two = calloc(3, sizeof(*two));

	two[0] = urls->item[0];
	two[1] = strdup(config.verifier_urls.item[1]);
	free(urls->item);
	*urls = (struct att_config_list){ 2, two };
	say(ATT_STEP_REGISTER, 1, 503, "");
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(REGISTER, 1);
	ck_assert_uint_eq(second.seen[ATT_STEP_ACTIVATE], 1);
	att_registered_drop(&config);
	push.registered = false;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(REGISTER, 1);
	att_registered_drop(&config);
	push.registered = false;
	push.registrars.since -= ATT_ORIGINS_FAIL_BACK_MS;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(ACTIVATE, 1);
	ck_assert_uint_eq(second.seen[ATT_STEP_ACTIVATE], 2);
}
END_TEST

/* The auth value comes as a credential of the service, with a line end. */
START_TEST(a_tpm_with_an_auth_value)
{
	swtpm_set_auth(&tpm, false, "not to be guessed");
	round_ends(ATT_OUTCOME_TROUBLE, "another auth value");
	config.endorsement_auth_file = strdup("credential:tpm");
	round_ends(ATT_OUTCOME_TROUBLE, "credential:tpm: no credentials");
	node_write("tpm", S("not to be guessed\r\n"));
	ck_assert(setenv("CREDENTIALS_DIRECTORY", node_dir, 1) == 0);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(ACTIVATE, 1);
	ck_assert(last.standing == ATT_STANDING_PASS);
	(void)unsetenv("CREDENTIALS_DIRECTORY");
}
END_TEST

/* -- sessions ----------------------------------------------------------- */

START_TEST(k14_throttled)
{
	say(ATT_STEP_SESSION, 1, 429, ERROR(""));
	fake.say[ATT_STEP_SESSION].headers = "Retry-After: 59\r\n";
	round_ends(ATT_OUTCOME_THROTTLED, "429");
	ck_assert_int_eq(last.wait, 59);
	SEEN(SESSION, 1);
	ck_assert_uint_eq(second.peer.requests, 0);
}
END_TEST

#define FAIL_GRANT                                                           \
	"{\"data\":{\"type\":\"session\",\"id\":\"x\",\"attributes\":"       \
	"{\"agent_id\":\"" NODE_ID "\",\"evaluation\":\"fail\"}}}"

START_TEST(waits_for_enrolment)
{
	say(ATT_STEP_PROOF, 2, 200, FAIL_GRANT);
	round_ends(ATT_OUTCOME_WAITING, "does not know");
	round_ends(ATT_OUTCOME_WAITING, "does not know");
	SEEN(PROOF, 2);		/* one signature a round */
	SEEN(OFFER, 0);
	/* nothing else tells that a registrar was rebuilt */
	SEEN(REGISTER, 2);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
}
END_TEST

START_TEST(another_key_is_enrolled)
{
	say(ATT_STEP_PROOF, ALWAYS, 401, FAIL_GRANT);
	round_ends(ATT_OUTCOME_REFUSED, "another AK");
	ck_assert(strstr(last.reason, "rsa2048") == NULL);
	SEEN(PROOF, 1);
	/* with a key that upstream never takes, that is said */
	config.ak_type = ATT_TPM_AK_P256;
	{
		AUTO(free) char *ak = in_node("state/ak");

		ck_assert(unlink(ak) == 0);
	}
	round_ends(ATT_OUTCOME_REFUSED, "rsa2048 (ak_type)");
}
END_TEST

START_TEST(k21_grants_that_are_none)
{
#define GRANT(more)                                                          \
	"{\"data\":{\"type\":\"session\",\"id\":\"x\",\"attributes\":"       \
	"{\"agent_id\":\"" NODE_ID "\",\"evaluation\":\"pass\"" more "}}}"
	static const char *const bad[] = { "", "{}", GRANT(""),
		GRANT(",\"token\":\"\""), GRANT(",\"token\":7"),
		GRANT(",\"token\":\"a b\",\"response_received_at\":"
		    "\"2026-11-22T08:00:00Z\",\"token_expires_at\":"
		    "\"2026-11-22T08:03:00Z\""),
		GRANT(",\"token\":\"t.t\",\"response_received_at\":"
		    "\"2026-11-22T08:00:00Z\",\"token_expires_at\":"
		    "\"2026-11-22T07:59:59Z\""),
		GRANT(",\"token\":\"t.t\"") };

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		say(ATT_STEP_PROOF, 1, 200, bad[i]);
		round_ends(ATT_OUTCOME_REFUSED, "proof");
		SEEN(PROOF, (unsigned)i + 1);
		SEEN(OFFER, 0);
	}
}
END_TEST

START_TEST(a_lost_session_is_opened_again)
{
	say(ATT_STEP_PROOF, 1, 404, "");
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(SESSION, 2);
	SEEN(PROOF, 2);
}
END_TEST

/* -- the token ---------------------------------------------------------- */

START_TEST(a_token_that_is_not_taken)
{
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	say(ATT_STEP_OFFER, 1, 401, "");
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(PROOF, 2);
	SEEN(OFFER, 3);
	say(ATT_STEP_EVIDENCE, 1, 403, "");
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(PROOF, 3);
	SEEN(EVIDENCE, 4);
}
END_TEST

/* 401 to everything, for ever: few signatures, and ever longer waits. */
START_TEST(k24_refused_for_ever)
{
	uint64_t hour = 0;
	unsigned rounds = 0;

	say(ATT_STEP_OFFER, ALWAYS, 401, "");
	round_ends(ATT_OUTCOME_REFUSED, "token");
	SEEN(PROOF, 2);
	for (unsigned i = 2; i < 6; i++) {
		round_ends(ATT_OUTCOME_REFUSED, "token");
		SEEN(PROOF, 2 * i);
	}
	ck_assert_uint_eq(push.failures, 5);
	while (hour < 3600 * 1000) {
		hour += att_round_wait(&last, &config, rounds + 1, 0);
		rounds++;
	}
	ck_assert_uint_le(rounds * 2, 120);
}
END_TEST

/* Where nobody stays between two attempts the waits grow all the same. */
START_TEST(failures_outlive_who_had_them)
{
	say(ATT_STEP_OFFER, ALWAYS, 401, "");
	for (unsigned i = 1; i < 4; i++) {
		att_round_done(&last);
		(void)att_push_run(&push, 0, &last);
		ck_assert(last.outcome == ATT_OUTCOME_REFUSED);
		ck_assert_uint_eq(push.failures, i);
		att_push_done(&push);
		att_push_init(&push, &config);
	}
	say(ATT_STEP_OFFER, 0, 200, "");
	att_round_done(&last);
	(void)att_push_run(&push, 0, &last);
	ck_assert(last.outcome == ATT_OUTCOME_ACCEPTED);
	ck_assert_uint_eq(push.failures, 0);
}
END_TEST

/* -- AKs that not all take ----------------------------------------------- */

#define TYPE_IN_USE()                                                        \
	({                                                                   \
		struct att_attester a_ = { 0 };                              \
		enum att_tpm_ak_type type_;                                  \
		ok(att_attester_open(&config, 0, &a_, err));                 \
		type_ = att_tpm_ak_type_of(a_.ak);                           \
		att_attester_close(&a_);                                     \
		type_;                                                       \
	})

/* The verifiers' answers to GET /version; 0: that of attest-verifier. */
static void
verifiers_say(unsigned status, const char *body)
{
	fake.say[ATT_STEP_VERSION] = second.say[ATT_STEP_VERSION] =
	    (struct fake_say){ .times = status == 0 ? 0 : ALWAYS,
		.status = status, .body = body };
}

START_TEST(an_ecc_ak_where_it_is_taken)
{
	config.ak_type = ATT_TPM_AK_P256;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert(last.standing == ATT_STANDING_PASS);
	ck_assert(TYPE_IN_USE() == ATT_TPM_AK_P256);
	reboot();
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(REGISTER, 2);
	ck_assert_uint_eq(fake.seen[ATT_STEP_VERSION], 2);
	/* nobody is asked for what all take */
	ck_assert_uint_eq(second.peer.requests, 0);
}
END_TEST

/* Keylime's verifier has no /version: 410. What it may be is the same. */
START_TEST(an_rsa_ak_where_ecc_is_not_taken)
{
	static const struct {
		unsigned status;
		const char *body;
	} cases[] = { { 410, "" }, { 404, "" }, { 400, "" }, { 200, "" },
		{ 200, "{\"results\":{}}" },
		{ 200, "{\"results\":{\"ak_types\":[\"rsa2048\",7]}}" } };
	AUTO_DONE(att_buf_done) struct att_buf first = ATT_BUF(8192);

	config.ak_type = ATT_TPM_AK_P256;
	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		AUTO_DONE(att_buf_done) struct att_buf now = ATT_BUF(8192);

		verifiers_say(cases[i].status, cases[i].body);
		reboot();
		round_ends(ATT_OUTCOME_ACCEPTED, "");
		ck_assert(last.standing == ATT_STANDING_PASS);
		ck_assert(TYPE_IN_USE() == ATT_TPM_AK_RSA2048);
		/* one and the same, which was all that the registrar saw */
		ck_assert(node_read("state/ak.rsa2048", &now));
		if (i == 0)
			ok(att_buf_ok(&now, "ak", err));
		if (i == 0)
			att_buf_slice(&first, att_buf_view(&now));
		ck_assert(att_slice_equal(att_buf_view(&first),
		    att_buf_view(&now)));
		SEEN(REGISTER, (unsigned)i + 1);
	}
	/* once it takes them, the preferred one is used */
	verifiers_say(0, NULL);
	reboot();
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert(TYPE_IN_USE() == ATT_TPM_AK_P256);
}
END_TEST

/* An AK of a type that may be the wrong one is not registered. */
START_TEST(who_cannot_be_asked)
{
	config.ak_type = ATT_TPM_AK_P384;
	verifiers_say(500, "");
	round_ends(ATT_OUTCOME_LATER, "no verifier could be asked");
	SEEN(REGISTER, 0);
	/* not in another boot either */
	reboot();
	round_ends(ATT_OUTCOME_LATER, "no verifier could be asked");
	SEEN(REGISTER, 0);
	ck_assert_uint_eq(second.seen[ATT_STEP_VERSION], 2);
	verifiers_say(410, "");
	reboot();
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	/* what was found out stays */
	verifiers_say(500, "");
	reboot();
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert(TYPE_IN_USE() == ATT_TPM_AK_RSA2048);
	SEEN(REGISTER, 2);
}
END_TEST

/* One that took ECC and is a Keylime verifier now: its 401 says no more. */
START_TEST(a_refused_proof_asks_anew)
{
	config.ak_type = ATT_TPM_AK_P256;
	config.verifier_urls.count = 1;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	verifiers_say(410, "");
	say(ATT_STEP_OFFER, 1, 401, "");
	say(ATT_STEP_PROOF, 1, 401, FAIL_GRANT);
	round_ends(ATT_OUTCOME_REFUSED, "rsa2048 (ak_type)");
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert(TYPE_IN_USE() == ATT_TPM_AK_RSA2048);
	SEEN(REGISTER, 2);
	config.verifier_urls.count = 2;
}
END_TEST

/* -- negotiation and evidence ------------------------------------------- */

START_TEST(attestations_that_are_lost)
{
	static const struct {
		enum att_step step;
		unsigned status;
		const char *body;
	} cases[] = {
		{ ATT_STEP_OFFER, 409, ERROR("conflict") },
		{ ATT_STEP_EVIDENCE, 403, ERROR("old_attestation") },
		{ ATT_STEP_EVIDENCE, 403, ERROR("evidence_immutable") },
		{ ATT_STEP_EVIDENCE, 403, ERROR("challenges_expired") },
	};

	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		unsigned offers = fake.seen[ATT_STEP_OFFER];

		say(cases[i].step, 1, cases[i].status, cases[i].body);
		round_ends(ATT_OUTCOME_ACCEPTED, "");
		SEEN(OFFER, offers + 2);
		fake.say[cases[i].step].times = 0;
	}
	SEEN(PROOF, 1);
}
END_TEST

START_TEST(not_due_yet)
{
	say(ATT_STEP_OFFER, 1, 429, ERROR("premature_attestation"));
	fake.say[ATT_STEP_OFFER].headers = "Retry-After: 2\r\n";
	round_ends(ATT_OUTCOME_EARLY, "words");
	ck_assert_int_eq(last.wait, 2);
	SEEN(OFFER, 1);
	SEEN(EVIDENCE, 0);
	say(ATT_STEP_OFFER, 1, 503, ERROR("verification_in_progress"));
	fake.say[ATT_STEP_OFFER].headers = "Retry-After: 3\r\n";
	round_ends(ATT_OUTCOME_EARLY, "words");
	ck_assert_int_eq(last.wait, 3);
	SEEN(OFFER, 2);
	SEEN(EVIDENCE, 0);
}
END_TEST

START_TEST(not_enrolled_any_more)
{
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	say(ATT_STEP_OFFER, 1, 404, "");
	round_ends(ATT_OUTCOME_WAITING, "404");
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(REGISTER, 2);
	SEEN(PROOF, 2);
}
END_TEST

START_TEST(refused_with_a_reason)
{
	say(ATT_STEP_OFFER, 1, 422, "{\"errors\":[{\"status\":\"422\","
	    "\"detail\":\"must hold PCR 9\",\"source\":{\"pointer\":"
	    "\"/data/attributes/evidence_supported\"}}]}");
	round_ends(ATT_OUTCOME_REFUSED, "must hold PCR 9");
	ck_assert(strstr(last.reason, "/evidence_supported") != NULL);
	say(ATT_STEP_EVIDENCE, 1, 422, ERROR(""));
	round_ends(ATT_OUTCOME_REFUSED, "422");
	SEEN(EVIDENCE, 1);
}
END_TEST

START_TEST(k6_no_policy)
{
	fake.demand = "[]";
	round_ends(ATT_OUTCOME_NO_POLICY, "policy");
	SEEN(EVIDENCE, 0);
}
END_TEST

/* -- other servers ------------------------------------------------------ */

/* A token is never shown to another server than the one that gave it. */
START_TEST(the_next_server_where_one_does_not_work)
{
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	say(ATT_STEP_OFFER, ALWAYS, 500, "");
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert_uint_eq(second.seen[ATT_STEP_PROOF], 1);
	ck_assert_uint_eq(second.seen[ATT_STEP_EVIDENCE], 1);
	/* and stays there for a while */
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert_uint_eq(second.seen[ATT_STEP_EVIDENCE], 2);
	SEEN(OFFER, 2);
	push.verifiers.since -= ATT_ORIGINS_FAIL_BACK_MS;
	fake.say[ATT_STEP_OFFER].times = 0;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(OFFER, 3);
	SEEN(PROOF, 2);
}
END_TEST

START_TEST(no_server_works)
{
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	say(ATT_STEP_OFFER, ALWAYS, 500, "");
	second.say[ATT_STEP_SESSION] = (struct fake_say){ .times = ALWAYS,
		.status = 503, .headers = "Retry-After: 33\r\n", .body = "" };
	round_ends(ATT_OUTCOME_LATER, "503");
	ck_assert_int_eq(last.wait, 33);
	ck_assert_uint_eq(second.seen[ATT_STEP_SESSION], 1);
}
END_TEST

int
main(void)
{
	TCase *t;
	Suite *s = push_suite("push", &t);

	tcase_add_test(t, enrols_and_attests);
	tcase_add_test(t, one_connection_to_one_server);
	tcase_add_test(t, a_held_log_goes_by_its_digest);
	tcase_add_test(t, attests_with_upstream);
	tcase_add_test(t, an_old_verdict_is_no_verdict);
	tcase_add_test(t, an_old_pass_of_upstream_is_no_pass);
	tcase_add_test(t, a_timeout_is_no_verdict);
	tcase_add_test(t, the_signed_word_counts);
	tcase_add_test(t, clocks_may_differ);
	tcase_add_test(t, a_token_that_is_over_is_replaced);
	tcase_add_test(t, a_pass_extends_the_token);
	tcase_add_test(t, what_does_not_pass_does_not_extend_it);
	tcase_add_test(t, a_pass_under_an_old_failure_extends_it_too);
	tcase_add_test(t, k9_identity_conflict);
	tcase_add_test(t, a_record_that_is_lost_is_made_again);
	tcase_add_test(t, a_proof_that_is_not_taken_is_no_loop);
	tcase_add_test(t, a_registrar_that_names_no_version);
	tcase_add_test(t, credentials_that_are_not_ours);
	tcase_add_test(t, without_a_registrar);
	tcase_add_test(t, registrars_in_order);
	tcase_add_test(t, a_tpm_with_an_auth_value);
	tcase_add_test(t, k14_throttled);
	tcase_add_test(t, waits_for_enrolment);
	tcase_add_test(t, another_key_is_enrolled);
	tcase_add_test(t, k21_grants_that_are_none);
	tcase_add_test(t, a_lost_session_is_opened_again);
	tcase_add_test(t, a_token_that_is_not_taken);
	tcase_add_test(t, k24_refused_for_ever);
	tcase_add_test(t, failures_outlive_who_had_them);
	tcase_add_test(t, an_ecc_ak_where_it_is_taken);
	tcase_add_test(t, an_rsa_ak_where_ecc_is_not_taken);
	tcase_add_test(t, who_cannot_be_asked);
	tcase_add_test(t, a_refused_proof_asks_anew);
	tcase_add_test(t, attestations_that_are_lost);
	tcase_add_test(t, not_due_yet);
	tcase_add_test(t, not_enrolled_any_more);
	tcase_add_test(t, refused_with_a_reason);
	tcase_add_test(t, k6_no_policy);
	tcase_add_test(t, the_next_server_where_one_does_not_work);
	tcase_add_test(t, no_server_works);
	return run_suite(s);
}
