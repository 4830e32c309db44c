#include "testlib.h"

#include "appraise/ear.h"
#include "appraise/verdict.h"

#define NOW 1795532645

static const uint8_t challenge[16] = { 0xff, 0xfe, 0xfd };

static const struct att_ear_frame frame = { .developer = "attestd",
	.build = "0.1.0", .node = "node-1",
	.boot_id = "boot-1", .policy = "default",
	.challenge = { challenge, sizeof(challenge) }, .issued = NOW,
	.expires = NOW + 300 };

/* A verdict as appraisal leaves it. */
static struct att_verdict
verdict(enum att_status status, uint32_t held)
{
	struct att_verdict v = { .status = status,
		.evaluated = ATT_CLAIM_ALL, .held = held };

	v.rows = 1;
	v.row[0] = (struct att_pcr_row){ .pcr = 7, .bank = ATT_ALG_SHA256,
		.events = 12, .status = ATT_PCR_REFERENCE,
		.value = { .alg = ATT_ALG_SHA256, .len = 32 } };
	v.claims.secure_boot = ATT_SECURE_BOOT_ON;
	v.claims.clock = UINT64_MAX;
	v.has_state = true;
	return v;
}

static void
add(struct att_verdict *v, enum att_finding_code code)
{
	v->finding[v->findings++] = att_finding_make(code);
}

static json_t *
made(const struct att_verdict *v)
{
	json_t *j = NULL;

	ok(att_ear_make(v, &frame, &j, err));
	return j;
}

START_TEST(says_what_the_verdict_says)
{
	struct att_verdict v = verdict(ATT_PASS, ATT_CLAIM_ALL);
	AUTO(att_json_decref) json_t *j = made(&v);
	struct att_ear e;

	ok(att_ear_parse(j, NOW, &e, err));
	ck_assert(e.status == ATT_TIER_AFFIRMING);
	ck_assert(e.trust[ATT_TRUST_INSTANCE_IDENTITY] == 2);
	ck_assert(e.trust[ATT_TRUST_EXECUTABLES] == 2);
	ck_assert(e.trust[ATT_TRUST_CONFIGURATION] == 2);
	ck_assert(e.trust[ATT_TRUST_HARDWARE] == 2);
	ck_assert(e.trust[ATT_TRUST_FILE_SYSTEM] == 0);
	ck_assert_str_eq(e.developer, "attestd");
	ck_assert_str_eq(e.boot_id, "boot-1");
	ck_assert_str_eq(e.build, "0.1.0");
	ck_assert_str_eq(e.node, "node-1");
	ck_assert_str_eq(e.nonce, "__79AAAAAAAAAAAAAAAAAA");
	ck_assert(e.issued == NOW && e.expires == NOW + 300);
	ck_assert(json_array_size(e.findings) == 0);
}
END_TEST

/* What booted, what was run since, and both. */
START_TEST(executables)
{
	static const struct {
		uint32_t evaluated, held;
		int trust;
	} cases[] = {
		{ ATT_CLAIM_ALL & ~ATT_CLAIM_RUNTIME,
		    ATT_CLAIM_ALL & ~ATT_CLAIM_RUNTIME, 3 },
		{ ATT_CLAIM_ALL, ATT_CLAIM_ALL, 2 },
		{ ATT_CLAIM_ALL, ATT_CLAIM_ALL & ~ATT_CLAIM_RUNTIME, 96 },
		{ ATT_CLAIM_ALL, ATT_CLAIM_ALL & ~ATT_CLAIM_REFERENCE, 96 },
		{ ATT_CLAIM_RUNTIME, ATT_CLAIM_RUNTIME, 96 },
	};

	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		struct att_verdict v = verdict(ATT_FAIL, cases[i].held);
		AUTO(att_json_decref) json_t *j = NULL;
		struct att_ear e;

		v.evaluated = cases[i].evaluated;
		j = made(&v);
		ok(att_ear_parse(j, NOW, &e, err));
		ck_assert_int_eq(e.trust[ATT_TRUST_EXECUTABLES],
		    cases[i].trust);
	}
}
END_TEST

/* Chips, components and devices; Secure Boot and the other settings. */
START_TEST(hardware_and_configuration)
{
	static const struct {
		uint32_t evaluated, held;
		int hardware, configuration;
	} cases[] = {
		{ 0, 0, 0, 0 },
		{ ATT_CLAIM_FIRMWARE, ATT_CLAIM_FIRMWARE, 2, 0 },
		{ ATT_CLAIM_DEVICES, ATT_CLAIM_DEVICES, 2, 0 },
		{ ATT_CLAIM_DEVICES | ATT_CLAIM_FIRMWARE, ATT_CLAIM_FIRMWARE,
		    96, 0 },
		{ ATT_CLAIM_FIRMWARE, 0, 96, 0 },
		{ ATT_CLAIM_POSTURE, ATT_CLAIM_POSTURE, 0, 2 },
		{ ATT_CLAIM_POSTURE | ATT_CLAIM_SECURE_BOOT,
		    ATT_CLAIM_SECURE_BOOT, 0, 96 },
		{ ATT_CLAIM_SECURE_BOOT, ATT_CLAIM_SECURE_BOOT, 0, 2 },
	};

	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		struct att_verdict v = verdict(ATT_FAIL, cases[i].held);
		AUTO(att_json_decref) json_t *j = NULL;
		struct att_ear e;

		v.evaluated = cases[i].evaluated;
		j = made(&v);
		ok(att_ear_parse(j, NOW, &e, err));
		ck_assert_int_eq(e.trust[ATT_TRUST_HARDWARE],
		    cases[i].hardware);
		ck_assert_int_eq(e.trust[ATT_TRUST_CONFIGURATION],
		    cases[i].configuration);
	}
}
END_TEST

START_TEST(tiers)
{
	struct att_verdict v = verdict(ATT_PASS, ATT_CLAIM_ALL);
	AUTO(att_json_decref) json_t *warned = NULL, *failed = NULL,
	    *undecided = NULL;
	struct att_ear e;

	add(&v, ATT_F_SUSPENDED);
	warned = made(&v);
	ok(att_ear_parse(warned, NOW, &e, err));
	ck_assert(e.status == ATT_TIER_WARNING);
	ck_assert(json_array_size(e.findings) == 1);
	v = verdict(ATT_FAIL, ATT_CLAIM_QUOTE | ATT_CLAIM_FRESH);
	failed = made(&v);
	ok(att_ear_parse(failed, NOW, &e, err));
	ck_assert(e.status == ATT_TIER_CONTRAINDICATED);
	ck_assert(e.trust[ATT_TRUST_EXECUTABLES] == 96);
	ck_assert(e.trust[ATT_TRUST_INSTANCE_IDENTITY] == 2);
	v = (struct att_verdict){ 0 };
	undecided = made(&v);
	ok(att_ear_parse(undecided, NOW, &e, err));
	ck_assert(e.status == ATT_TIER_NONE);
	ck_assert(e.trust[ATT_TRUST_INSTANCE_IDENTITY] == 0);
}
END_TEST

/* Names and types of draft-ietf-rats-ear-04, as they go over the wire. */
START_TEST(wire_form)
{
	struct att_verdict v = { 0 };
	AUTO(att_json_decref) json_t *j = made(&v);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_EAR_MAX);

	ok(att_json_write(j, &b, err));
	ck_assert_msg(att_slice_is(att_buf_view(&b),
	    "{\"attestd_boot_id\":\"boot-1\",\"ear_status\":\"none\","
	    "\"ear_verifier_id\":{\"build\":\"0.1.0\",\"developer\":"
	    "\"attestd\"},\"eat_nonce\":\"__79AAAAAAAAAAAAAAAAAA\","
	    "\"eat_profile\":\"tag:ietf.org,2026:rats/ear#03\",\"exp\":"
	    "1795532945,\"iat\":1795532645,\"sub\":\"node-1\",\"submods\":{"
	    "\"boot\":{\"attestd_verdict\":{\"evaluated\":[],\"findings\":[],"
	    "\"held\":[],\"pcrs\":[],\"reference\":null,\"status\":"
	    "\"undecided\"},\"ear_appraisal_policy_ids\":[\"default\"],"
	    "\"ear_status\":\"none\",\"ear_trustworthiness_vector\":{}}}}"),
	    "%.*s", (int)b.len, b.data);
}
END_TEST

START_TEST(verdict_json)
{
	struct att_verdict v = verdict(ATT_PASS, ATT_CLAIM_ALL);
	AUTO(att_json_decref) json_t *j = att_verdict_to_json(&v);
	AUTO(att_json_decref) json_t *not_held = NULL;
	json_t *row = json_array_get(json_object_get(j, "pcrs"), 0);

	ck_assert_str_eq(json_string_value(json_object_get(j, "status")),
	    "pass");
	ck_assert_str_eq(json_string_value(json_object_get(j, "secure_boot")),
	    "on");
	ck_assert_str_eq(json_string_value(json_object_get(
	    json_object_get(j, "tpm"), "clock")), "18446744073709551615");
	ck_assert_str_eq(json_string_value(json_object_get(row, "status")),
	    "reference");
	v.has_state = false;
	not_held = att_verdict_to_json(&v);
	ck_assert(json_object_get(not_held, "tpm") == NULL);
	ck_assert(json_object_get(not_held, "secure_boot") == NULL);
}
END_TEST

/* Changes one member of the result, or of the submod if deep. */
static void
change(json_t *j, bool deep, const char *name, const char *json)
{
	json_t *v = NULL, *at = j;

	if (deep)
		at = json_object_get(json_object_get(j, "submods"), "boot");
	if (json == NULL)
		ck_assert(json_object_del(at, name) == 0);
	else {
		ok(att_json_parse(S(json), 1000, &v, err));
		ok(att_json_put(at, name, v, err));
	}
}

START_TEST(refuses)
{
	static const struct {
		bool deep;
		const char *name, *json, *word;
		int code;
	} bad[] = {
		{ false, "eat_profile", "\"tag:x\"", "eat_profile",
		    ATT_E_UNSUPPORTED },
		{ false, "eat_profile", NULL, "eat_profile", ATT_E_FORMAT },
		{ false, "iat", NULL, "iat", ATT_E_FORMAT },
		{ false, "exp", NULL, "exp", ATT_E_FORMAT },
		{ false, "exp", "1795532645", "expired", ATT_E_EXPIRED },
		{ false, "iat", "1795532706", "in the future",
		    ATT_E_EXPIRED },
		{ false, "submods", NULL, "submods", ATT_E_FORMAT },
		{ false, "submods", "{}", "submods is empty", ATT_E_FORMAT },
		{ false, "submods", "{\"x\":1}", "object", ATT_E_FORMAT },
		{ false, "ear_verifier_id", "{}", "developer", ATT_E_FORMAT },
		{ false, "ear_status", "\"fine\"", "no tier", ATT_E_FORMAT },
		/* better than what stands below it */
		{ false, "ear_status", "\"affirming\"", "submods",
		    ATT_E_FORMAT },
		{ true, "ear_status", "\"affirming\"", "its vector",
		    ATT_E_FORMAT },
		{ true, "ear_status", NULL, "ear_status", ATT_E_FORMAT },
		{ true, "ear_trustworthiness_vector", "7", "object",
		    ATT_E_FORMAT },
		{ true, "ear_trustworthiness_vector", "{\"x\":128}", "-128",
		    ATT_E_FORMAT },
		{ true, "ear_trustworthiness_vector", "{\"x\":\"2\"}", "-128",
		    ATT_E_FORMAT },
	};
	struct att_verdict v = verdict(ATT_FAIL, 0);
	struct att_ear e = { .status = ATT_TIER_NONE };

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		AUTO(att_json_decref) json_t *j = made(&v);

		change(j, bad[i].deep, bad[i].name, bad[i].json);
		fails(att_ear_parse(j, NOW, &e, err), bad[i].code,
		    bad[i].word);
		ck_assert(att_ear_parse(j, NOW, &e, NULL) == bad[i].code);
		ck_assert(e.status == ATT_TIER_NONE);
	}
}
END_TEST

/* A further submod counts, and so does a claim without a name here. */
START_TEST(worst_counts)
{
	struct att_verdict v = verdict(ATT_PASS, ATT_CLAIM_ALL);
	AUTO(att_json_decref) json_t *j = made(&v);
	struct att_ear e;
	json_t *more = NULL;

	change(j, false, "ear_status", NULL);
	ok(att_json_parse(S("{\"ear_status\":\"warning\"}"), 100, &more, err));
	ok(att_json_put(json_object_get(j, "submods"), "gpu", more, err));
	ok(att_ear_parse(j, NOW, &e, err));
	ck_assert(e.status == ATT_TIER_WARNING);
	change(j, true, "ear_trustworthiness_vector", "{\"other\":-128}");
	fails(att_ear_parse(j, NOW, &e, err), ATT_E_FORMAT, "its vector");
	change(j, true, "ear_status", "\"none\"");
	ok(att_ear_parse(j, NOW, &e, err));
	ck_assert(e.status == ATT_TIER_WARNING);
}
END_TEST

START_TEST(nonce_has_bounds)
{
	struct att_verdict v = { 0 };
	struct att_ear_frame f = frame;
	json_t *j = NULL;

	f.challenge.len = 7;
	fails(att_ear_make(&v, &f, &j, err), ATT_E_FORMAT, "8 to 64");
	f.challenge.len = 65;
	fails(att_ear_make(&v, &f, &j, err), ATT_E_FORMAT, "8 to 64");
	ck_assert(j == NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ear");
	TCase *t = tcase_create("ear");

	tcase_add_test(t, says_what_the_verdict_says);
	tcase_add_test(t, executables);
	tcase_add_test(t, hardware_and_configuration);
	tcase_add_test(t, tiers);
	tcase_add_test(t, wire_form);
	tcase_add_test(t, verdict_json);
	tcase_add_test(t, refuses);
	tcase_add_test(t, worst_counts);
	tcase_add_test(t, nonce_has_bounds);
	suite_add_tcase(s, t);
	return run_suite(s);
}
