/* Ids, pointers, times, challenges and lists of PCRs. */
#include "testlib.h"

#include "protocol/agent_id.h"
#include "protocol/challenge.h"
#include "protocol/pointer.h"
#include "protocol/subjects.h"
#include "protocol/timestamp.h"

static json_t *
json(const char *text)
{
	json_t *j = NULL;

	ok(att_json_parse(S(text), strlen(text), &j, err));
	return j;
}

/* -- agent id ------------------------------------------------------------- */

START_TEST(ids_that_are_taken)
{
	char longest[ATT_AGENT_ID_MAX + 1];

	memset(longest, 'a', ATT_AGENT_ID_MAX);
	longest[ATT_AGENT_ID_MAX] = '\0';
	ok(att_agent_id_check("6f1a3e2c-8b0d-4f57-9c41-2a7d5e90b1c3", err));
	ok(att_agent_id_check("a", err));
	ok(att_agent_id_check("...", err));
	ok(att_agent_id_check("Rack_07.node-3", err));
	ok(att_agent_id_check(longest, err));
}
END_TEST

/* K4: an id never carries what a log, a path or a terminal would act on. */
START_TEST(k4_ids_that_are_refused)
{
	static const char *const bad[] = { NULL, "", "a b", "a/b", "../x",
		"a\n", "\033[2J", "a\\b", "%2e%2e", "n\xc3\xb6", "a:b", "a?b",
		"a\x7f" };
	char longer[ATT_AGENT_ID_MAX + 2];

	for (size_t i = 0; i < ATT_COUNT(bad); i++)
		fails(att_agent_id_check(bad[i], err), ATT_E_FORMAT,
		    "1 to 80");
	memset(longer, 'a', ATT_AGENT_ID_MAX + 1);
	longer[ATT_AGENT_ID_MAX + 1] = '\0';
	fails(att_agent_id_check(longer, err), ATT_E_FORMAT, "1 to 80");
	fails(att_agent_id_check(".", err), ATT_E_FORMAT, "must not be");
	fails(att_agent_id_check("..", err), ATT_E_FORMAT, "must not be");
	fails(att_agent_id_check("d432fbb3-d2f1-4a97-9ef7-75bd81c00000", err),
	    ATT_E_FORMAT, "default");
	ok(att_agent_id_check("d432fbb3-d2f1-4a97-9ef7-75bd81c00001", err));
}
END_TEST

/* -- pointer -------------------------------------------------------------- */

START_TEST(pointer_grows_from_inside)
{
	struct att_pointer p = { "left over" };

	att_pointer_clear(&p);
	ck_assert_int_eq(att_pointer_at(-5, &p, "c"), -5);
	ck_assert_int_eq(att_pointer_at_index(-5, &p, 12), -5);
	ck_assert_int_eq(att_pointer_at(-5, &p, "a/b"), -5);
	ck_assert_str_eq(p.text, "/a/b/12/c");
	/* success leaves it alone, no pointer is no fault */
	ck_assert_int_eq(att_pointer_at(0, &p, "x"), 0);
	ck_assert_int_eq(att_pointer_at_index(1, &p, 3), 1);
	ck_assert_str_eq(p.text, "/a/b/12/c");
	ck_assert_int_eq(att_pointer_at(-1, NULL, "x"), -1);
	att_pointer_clear(NULL);
}
END_TEST

START_TEST(pointer_at_its_bound)
{
	char name[ATT_POINTER_MAX + 1];
	struct att_pointer p = { "" };

	memset(name, 'n', sizeof(name));
	name[ATT_POINTER_MAX] = '\0';
	ck_assert_int_eq(att_pointer_at(-1, &p, name), -1);
	ck_assert_str_eq(p.text, "");
	name[ATT_POINTER_MAX - 1] = '\0';
	ck_assert_int_eq(att_pointer_at(-1, &p, name), -1);
	ck_assert_uint_eq(strlen(p.text), ATT_POINTER_MAX);
	ck_assert_int_eq(att_pointer_at(-1, &p, "y"), -1);
	ck_assert_uint_eq(strlen(p.text), ATT_POINTER_MAX);
	ck_assert_int_eq(p.text[1], 'n');
}
END_TEST

/* -- time ----------------------------------------------------------------- */

/* Seconds by `date -u -d TEXT +%s`. */
START_TEST(times)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1970-01-01T00:00:00.999Z", 0 },
		{ "2026-11-22T06:04:46Z", 1795327486 },
		{ "2026-11-22T06:04:46.000000+00:00", 1795327486 },
		{ "2026-11-22t08:04:46+02:00", 1795327486 },
		{ "2026-11-21T23:34:46-06:30", 1795327486 },
		{ "2024-02-29T23:59:59Z", 1709251199 },
		{ "2000-03-01T00:00:00Z", 951868800 },
		{ "2016-12-31T23:59:60Z", 1483228800 },
		{ "2100-03-01T00:00:00z", 4107542400 },
		{ "9999-12-31T23:59:59Z", 253402300799 },
	};

	for (size_t i = 0; i < ATT_COUNT(good); i++) {
		int64_t t = -1;

		ok(att_timestamp_parse(good[i].text, &t, err));
		ck_assert_msg(t == good[i].seconds, "%s: %lld", good[i].text,
		    (long long)t);
	}
}
END_TEST

START_TEST(times_that_are_none)
{
	static const char *const bad[] = { "", "2026-11-22",
		"2026-11-22T06:04:46", "2026-11-22T06:04Z",
		"2026-11-22 06:04:46Z", "2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z",
		"2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
		"2026-04-00T00:00:00Z", "2026-04-01T24:00:00Z",
		"2026-04-01T00:60:00Z", "2026-04-01T00:00:61Z",
		"2026-04-01T00:00:00.Z", "2026-04-01T00:00:00.5",
		"2026-04-01T00:00:00+0200", "2026-04-01T00:00:00+24:00",
		"2026-04-01T00:00:00+02:60", "2026-04-01T00:00:00+02-00",
		"2026-04-01T00:00:00Z ", "2026-04-01T00:00:00ZZ",
		"1969-12-31T23:59:59Z", "12026-04-01T00:00:00Z",
		"-026-04-01T00:00:00Z", "1795327486", "now",
		"2026-04-01T00:00:00.00000000000000000000Z" };

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		int64_t t = -1;

		fails(att_timestamp_parse(bad[i], &t, err), ATT_E_FORMAT,
		    "RFC 3339");
		ck_assert_int_eq(t, -1);
	}
}
END_TEST

START_TEST(times_before_1970)
{
	int64_t t = -1;

	fails(att_timestamp_parse("1970-01-01T00:00:00+00:01", &t, err),
	    ATT_E_FORMAT, "before 1970");
	ck_assert_int_eq(t, -1);
}
END_TEST

/* -- challenge ------------------------------------------------------------ */

START_TEST(challenge_lengths)
{
	uint8_t b[ATT_CHALLENGE_MAX + 1];

	for (size_t i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)i;
	for (size_t n = 0; n <= sizeof(b); n++) {
		struct att_slice s = { n == 0 ? NULL : b, n };

		if (n >= ATT_CHALLENGE_MIN && n <= ATT_CHALLENGE_MAX)
			ok(att_challenge_check(s, err));
		else
			fails(att_challenge_check(s, err), ATT_E_FORMAT,
			    "16 to 64");
	}
}
END_TEST

/* K11: what no random generator makes. */
START_TEST(k11_challenge_of_one_byte)
{
	uint8_t b[ATT_CHALLENGE_MAX];

	for (unsigned v = 0; v < 256; v += 51) {
		memset(b, (int)v, sizeof(b));
		fails(att_challenge_check((struct att_slice){ b, 16 }, err),
		    ATT_E_FORMAT, "repeated");
		fails(att_challenge_check((struct att_slice){ b, 64 }, err),
		    ATT_E_FORMAT, "repeated");
		b[63] ^= 1;
		ok(att_challenge_check((struct att_slice){ b, 64 }, err));
	}
}
END_TEST

/* K15: none of these reaches a TPM. */
START_TEST(k15_challenges_in_base64)
{
	static const char *const bad[] = { "{}", "{\"challenge\":null}",
		"{\"challenge\":7}", "{\"challenge\":\"\"}",
		"{\"challenge\":\"AAECAwQFBgcICQoLDA0O\"}",	/* 15 */
		"{\"challenge\":\"AAECAwQFBgcICQoLDA0ODw\"}",
		"{\"challenge\":\"AAECAwQFBgcICQoLDA0ODx==\"}",
		"{\"challenge\":\"AAECAwQFBgcI CQoLDA0ODw==\"}",
		"{\"challenge\":\"????????????????????????\"}" };
	AUTO(att_json_decref) json_t *good =
	    json("{\"challenge\":\"AAECAwQFBgcICQoLDA0ODw==\"}");
	uint8_t b[ATT_CHALLENGE_MAX], large[4096];
	size_t n = 99;

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		AUTO(att_json_decref) json_t *j = json(bad[i]);

		fails(att_challenge_read(j, b, &n, err), ATT_E_FORMAT,
		    "challenge");
		ck_assert_uint_eq(n, 99);
	}
	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (uint8_t)i;
	for (size_t len = 65; len <= sizeof(large); len = len * 3 / 2) {
		AUTO(att_json_decref) json_t *j = json_object();

		ok(att_json_put(j, "challenge", att_json_base64_of(
			(struct att_slice){ large, len }), err));
		fails(att_challenge_read(j, b, &n, err), ATT_E_FORMAT,
		    "challenge");
	}
	ok(att_challenge_read(good, b, &n, err));
	ck_assert_uint_eq(n, 16);
	ck_assert_int_eq(b[15], 15);
}
END_TEST

/* -- PCRs ----------------------------------------------------------------- */

START_TEST(subjects_there_and_back)
{
	static const uint32_t masks[] = { 0, 1, 1u << 23, 0x80ffff,
		ATT_PCR_ALL, 0x0000a5 };

	for (size_t i = 0; i < ATT_COUNT(masks); i++) {
		AUTO(att_json_decref) json_t *j = att_subjects_of(masks[i]);
		uint32_t got = 7;

		ok(att_subjects_read(j, &got, err));
		ck_assert_uint_eq(got, masks[i]);
	}
}
END_TEST

START_TEST(subjects_of_any_order)
{
	AUTO(att_json_decref) json_t *j = json("[23,0,7]");
	AUTO(att_json_decref) json_t *want = json("[0,7,23]");
	AUTO(att_json_decref) json_t *again = NULL;
	uint32_t got = 0;

	ok(att_subjects_read(j, &got, err));
	ck_assert_uint_eq(got, 0x800081);
	again = att_subjects_of(got);
	ck_assert(json_equal(again, want));
}
END_TEST

/* K16, the numbers. */
START_TEST(k16_pcrs_that_are_none)
{
	static const struct {
		const char *text, *word;
	} bad[] = {
		{ "[24]", "0 to 23" },
		{ "[-1]", "0 to 23" },
		{ "[\"7\"]", "0 to 23" },
		{ "[7.0]", "0 to 23" },
		{ "[null]", "0 to 23" },
		{ "[[7]]", "0 to 23" },
		{ "[9223372036854775807]", "0 to 23" },
		{ "[7,0,7]", "twice" },
		{ "{}", "array" },
		{ "7", "array" },
		{ "\"0,7\"", "array" },
		{ "null", "array" },
		{ "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,"
		  "22,23,23]", "there are 24" },
	};
	uint32_t got = 99;

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		AUTO(att_json_decref) json_t *j = json(bad[i].text);

		fails(att_subjects_read(j, &got, err), ATT_E_FORMAT,
		    bad[i].word);
	}
	fails(att_subjects_read(NULL, &got, err), ATT_E_FORMAT, "array");
	ck_assert_uint_eq(got, 99);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("protocol parts");
	TCase *t = tcase_create("parts");

	tcase_add_test(t, ids_that_are_taken);
	tcase_add_test(t, k4_ids_that_are_refused);
	tcase_add_test(t, pointer_grows_from_inside);
	tcase_add_test(t, pointer_at_its_bound);
	tcase_add_test(t, times);
	tcase_add_test(t, times_that_are_none);
	tcase_add_test(t, times_before_1970);
	tcase_add_test(t, challenge_lengths);
	tcase_add_test(t, k11_challenge_of_one_byte);
	tcase_add_test(t, k15_challenges_in_base64);
	tcase_add_test(t, subjects_there_and_back);
	tcase_add_test(t, subjects_of_any_order);
	tcase_add_test(t, k16_pcrs_that_are_none);
	suite_add_tcase(s, t);
	return run_suite(s);
}
