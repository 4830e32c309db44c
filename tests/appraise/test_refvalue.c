#include "testlib.h"

#include "appraise/refvalue.h"

#define HEAD "{\"format\":\"attestd-reference-values/1\",\"id\":\"r\","       \
	     "\"version\":3,\"match\":{},\"secure_boot\":\"any\","
#define H(byte) byte byte byte byte byte byte byte byte byte byte byte byte   \
	byte byte byte byte byte byte byte byte byte byte byte byte byte byte \
	byte byte byte byte byte byte
#define EV(type, label, byte, more)                                           \
	"{\"type\":\"" type "\",\"label\":\"" label                           \
	"\",\"digests\":{\"sha256\":[\"" H(byte) "\"]}" more "}"

static struct att_ref *
parsed(const char *text)
{
	struct att_ref *r = NULL;

	ok(att_ref_parse(S(text), &r, err));
	return r;
}

START_TEST(document)
{
	AUTO(att_ref_free) struct att_ref *r = parsed(HEAD
	    "\"comment\":\"x\",\"valid_from\":\"2024-02-29T00:00:00Z\","
	    "\"valid_until\":\"2026-11-24T15:04:05Z\",\"pcrs\":{}}");

	ck_assert_str_eq(att_ref_id(r), "r");
	ck_assert(att_ref_version(r) == 3);
	/* date -u -d 2024-02-29 +%s; date -u -d '2026-11-24 15:04:05' +%s */
	ck_assert(att_ref_valid_from(r) == 1709164800);
	ck_assert(att_ref_valid_until(r) == 1795532645);
	ck_assert(!att_ref_is_valid_at(r, 1709164799));
	ck_assert(att_ref_is_valid_at(r, 1709164800));
	ck_assert(att_ref_is_valid_at(r, 1795532645));
	ck_assert(!att_ref_is_valid_at(r, 1795532646));
	ck_assert(att_ref_secure_boot(r) == ATT_REF_SECURE_BOOT_ANY);
	ck_assert(att_ref_rule(r, 0) == NULL);
	ck_assert(att_ref_rule(r, 24) == NULL);
}
END_TEST

/* A list that a tool left empty is not for all nodes. */
START_TEST(an_empty_match_is_refused)
{
	static const char *const names[] = { "vendor", "product", "groups" };
	AUTO(att_ref_free) struct att_ref *r = NULL;
	char text[300];

	snprintf(text, sizeof(text),
	    "{\"format\":\"attestd-reference-values/1\",\"id\":\"a\","
	    "\"version\":0,\"secure_boot\":\"any\",\"match\":{\"%s\":[]},"
	    "\"pcrs\":{}}", names[_i]);
	fails(att_ref_parse(S(text), &r, err), ATT_E_FORMAT, names[_i]);
}
END_TEST

START_TEST(refuses)
{
	static const struct {
		const char *text, *word;
		int code;
	} bad[] = {
		{ "[]", "object", ATT_E_FORMAT },
		{ "{\"format\":\"attestd-reference-values/2\"}", "format",
		    ATT_E_UNSUPPORTED },
		{ HEAD "\"pcrs\":{},\"extra\":1}", "extra", ATT_E_FORMAT },
		{ HEAD "\"pcrs\":{},\"valid_from\":\"2023-02-29T00:00:00Z\"}",
		    "valid_from", ATT_E_FORMAT },
		{ HEAD "\"pcrs\":{},\"valid_until\":\"2023-02-27 00:00:00\"}",
		    "valid_until", ATT_E_FORMAT },
		{ HEAD "\"pcrs\":{},\"valid_from\":\"2027-01-01T00:00:00Z\","
		       "\"valid_until\":\"2026-01-01T00:00:00Z\"}",
		    "at no time", ATT_E_FORMAT },
		{ HEAD "\"pcrs\":{\"24\":{}}}", "0 to 22", ATT_E_FORMAT },
		{ HEAD "\"pcrs\":{\"16\":{}}}", "0 to 22", ATT_E_FORMAT },
		{ HEAD "\"pcrs\":{\"23\":{}}}", "0 to 22", ATT_E_FORMAT },
		{ HEAD "\"pcrs\":{\"07\":{}}}", "0 to 22", ATT_E_FORMAT },
		{ HEAD "\"pcrs\":{\"\":{}}}", "0 to 22", ATT_E_FORMAT },
		{ HEAD "\"pcrs\":{\"7\":{}}}", "PCR 7: ", ATT_E_FORMAT },
		{ HEAD "\"pcrs\":{\"7\":[]}}", "PCR 7: ", ATT_E_FORMAT },
		{ HEAD "\"pcrs\":{\"7\":{\"values\":{}}}}", "no digests",
		    ATT_E_FORMAT },
		{ HEAD "\"pcrs\":{\"7\":{\"values\":{\"md5\":[\"00\"]}}}}",
		    "md5", ATT_E_FORMAT },
		{ HEAD "\"pcrs\":{\"7\":{\"values\":{\"sha1\":[]}}}}", "sha1",
		    ATT_E_FORMAT },
		{ HEAD "\"pcrs\":{\"7\":{\"values\":{\"sha1\":[\"00\"]}}}}",
		    "must be 20", ATT_E_FORMAT },
		{ HEAD "\"pcrs\":{\"7\":{\"values\":{\"sha1\":[7]}}}}",
		    "hex string", ATT_E_FORMAT },
		{ HEAD "\"pcrs\":{\"7\":{\"events\":[7]}}}", "event rule 0",
		    ATT_E_FORMAT },
		{ HEAD "\"pcrs\":{\"7\":{\"events\":[{\"digests\":{}}]}}}",
		    "event rule 0", ATT_E_FORMAT },
		{ HEAD "\"pcrs\":{\"7\":{\"events\":[],\"values\":{}}}}",
		    "values", ATT_E_FORMAT },
		{ HEAD "\"pcrs\":{\"7\":{\"events\":[],\"order\":\"x\"}}}",
		    "order", ATT_E_FORMAT },
		/* a class of PCR 1 says nothing about PCR 7 */
		{ HEAD "\"pcrs\":{\"7\":{\"events\":[],"
		       "\"vary\":[\"boot-order\"]}}}", "boot-order",
		    ATT_E_FORMAT },
		{ HEAD "\"pcrs\":{\"1\":{\"events\":[],\"vary\":[\"x\"]}}}",
		    "no class", ATT_E_FORMAT },
	};

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		struct att_ref *r = NULL;

		fails(att_ref_parse(S(bad[i].text), &r, err), bad[i].code,
		    bad[i].word);
		ck_assert(att_ref_parse(S(bad[i].text), &r, NULL) ==
		    bad[i].code);
		ck_assert(r == NULL);
	}
}
END_TEST

START_TEST(event_limit)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(2 << 20);
	AUTO(att_ref_free) struct att_ref *r = NULL;

	for (int over = 0; over < 2; over++) {
		att_buf_reset(&b);
		att_buf_str(&b, HEAD "\"pcrs\":{\"4\":{\"events\":[");
		for (int i = 0; i < ATT_REF_EVENTS_MAX + over; i++)
			att_buf_str(&b, i == 0 ? EV("T", "l", "ab", "") :
						 "," EV("T", "l", "ab", ""));
		att_buf_str(&b, "]}}}");
		if (over == 0) {
			ok(att_ref_parse(att_buf_view(&b), &r, err));
			att_ref_free(take(&r));
		} else {
			fails(att_ref_parse(att_buf_view(&b), &r, err),
			    ATT_E_LIMIT, "at most 4096");
		}
	}
}
END_TEST

START_TEST(platforms)
{
	static const struct {
		const char *match, *vendor, *product, *group;
		bool want;
	} rows[] = {
		{ "{}", NULL, NULL, NULL, true },
		{ "{\"vendor\":[\"Dell*\"]}", "Dell Inc.", "x", NULL, true },
		{ "{\"vendor\":[\"Dell*\"]}", "dell", "x", NULL, false },
		{ "{\"vendor\":[\"Dell*\"]}", NULL, NULL, NULL, false },
		{ "{\"vendor\":[\"A\",\"D?ll\"]}", "Dell", "x", NULL, true },
		{ "{\"vendor\":[\"*a*b\"]}", "xaxbxab", "x", NULL, true },
		{ "{\"vendor\":[\"*a*b\"]}", "xaxbxa", "x", NULL, false },
		{ "{\"vendor\":[\"*\"],\"product\":[\"R760\"]}", "v", "R761",
		    NULL, false },
		{ "{\"groups\":[\"train\"]}", "v", "p", "train", true },
		{ "{\"groups\":[\"train\"]}", "v", "p", "trai", false },
		{ "{\"groups\":[\"train\"]}", "v", "p", NULL, false },
	};

	for (size_t i = 0; i < ATT_COUNT(rows); i++) {
		const char *groups[] = { rows[i].group, NULL };
		struct att_platform p = { rows[i].vendor, rows[i].product,
			groups };
		char text[400];
		AUTO(att_ref_free) struct att_ref *r = NULL;

		snprintf(text, sizeof(text),
		    "{\"format\":\"attestd-reference-values/1\",\"id\":\"r\","
		    "\"version\":0,\"secure_boot\":\"any\",\"match\":%s,"
		    "\"pcrs\":{}}", rows[i].match);
		r = parsed(text);
		ck_assert_msg(att_ref_matches(r, &p) == rows[i].want,
		    "row %zu", i);
	}
}
END_TEST

/* Ids stand in paths and on command lines. */
START_TEST(ids_are_words)
{
	static const char *const bad[] = { "", ".", ".hidden", "a/b", "a b",
		"\\u00e9", "a\\n", "a%2f" };
	struct att_ref *r = NULL;
	char text[400];

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		snprintf(text, sizeof(text),
		    "{\"format\":\"attestd-reference-values/1\",\"id\":\"%s\","
		    "\"version\":0,\"secure_boot\":\"any\",\"match\":{},"
		    "\"pcrs\":{}}", bad[i]);
		fails(att_ref_parse(S(text), &r, err), ATT_E_FORMAT, "\"id\"");
	}
	for (size_t len = ATT_REF_ID_MAX; len <= ATT_REF_ID_MAX + 1; len++) {
		snprintf(text, sizeof(text),
		    "{\"format\":\"attestd-reference-values/1\","
		    "\"id\":\"%0*d\",\"version\":0,\"secure_boot\":\"any\","
		    "\"match\":{},\"pcrs\":{}}", (int)len, 7);
		if (len > ATT_REF_ID_MAX)
			fails(att_ref_parse(S(text), &r, err), ATT_E_FORMAT,
			    "1 to 128");
		else
			att_ref_free(parsed(text));
	}
}
END_TEST

/* A log whose event i has the digest of bytes[i], type T<c> and label <c>. */
struct log {
	struct att_ref_log l;
	struct att_slice digest[16];
	uint8_t raw[16][32];
	const char *bytes;
	char varying;		/* events of this byte vary */
	char findings[2000];	/* as text, each behind a newline */
};

static uint32_t
vary(void *arg, size_t i)
{
	struct log *log = arg;

	return log->bytes[i] == log->varying ? 1u << ATT_VARY_BOOT_ORDER : 0;
}

static void
describe(void *arg, size_t i, struct att_finding *f)
{
	struct log *log = arg;

	f->event = (int64_t)i + 10;
	snprintf(f->type_name, sizeof(f->type_name), "T");
	att_finding_set_label(f, (struct att_slice){
	    (const uint8_t *)&log->bytes[i], 1 });
}

static void
collect(void *arg, const struct att_finding *f)
{
	struct log *log = arg;
	char text[ATT_FINDING_TEXT_MAX + 1];
	size_t n = strlen(log->findings);

	snprintf(log->findings + n, sizeof(log->findings) - n, "\n%s: %s",
	    att_finding_name(f->code), att_finding_text(f, text));
}

/* Rules come with digests of one byte repeated: 'a' is aa..aa. */
static bool
matches(const struct att_ref *r, unsigned pcr, struct log *log,
    const char *bytes)
{
	struct att_digest value = { .alg = ATT_ALG_SHA256, .len = 32 };

	log->l = (struct att_ref_log){ .bank = ATT_ALG_SHA256,
		.digest = log->digest, .count = strlen(bytes), .vary = vary,
		.describe = describe, .arg = log };
	log->bytes = bytes;
	log->findings[0] = '\0';
	for (size_t i = 0; i < log->l.count; i++) {
		memset(log->raw[i], (bytes[i] - 'a' + 10) * 0x11, 32);
		log->digest[i] = (struct att_slice){ log->raw[i], 32 };
	}
	memset(value.bytes, (bytes[0] - 'a' + 10) * 0x11, 32);
	return att_ref_rule_match(att_ref_rule(r, pcr), &log->l, &value,
	    collect, log);
}

START_TEST(exact_order)
{
	AUTO(att_ref_free) struct att_ref *r = parsed(HEAD
	    "\"pcrs\":{\"1\":{\"order\":\"exact\",\"vary\":[\"boot-order\"],"
	    "\"events\":[" EV("T", "a", "aa", "") ","
	    EV("T", "b", "bb", ",\"optional\":true") ","
	    EV("T", "c", "cc", "") "," EV("U", "a", "aa", "") "]}}}");
	struct log log = { .varying = 'f' };

	ck_assert(matches(r, 1, &log, "abca"));
	ck_assert(matches(r, 1, &log, "aca"));
	ck_assert(matches(r, 1, &log, "fafcffaf"));
	ck_assert_str_eq(log.findings, "");
	ck_assert(!matches(r, 1, &log, "caa"));
	ck_assert_str_eq(log.findings, "\nevent-order: PCR 1 event 11 (T a): "
	    "expected in another place of the boot");
	ck_assert(!matches(r, 1, &log, "ac"));
	ck_assert_str_eq(log.findings, "\nevent-missing: PCR 1: expected U a "
	    "with sha256 aaaaaaaaaaaaaaaa..., found no such event");
	ck_assert(!matches(r, 1, &log, "adca"));
	ck_assert_str_eq(log.findings, "\nevent-changed: PCR 1 event 11 (T d)"
	    ": expected sha256 bbbbbbbbbbbbbbbb..., found dddddddddddddddd..."
	);
	ck_assert(!matches(r, 1, &log, "abcad"));
	ck_assert_str_eq(log.findings, "\nevent-not-in-reference: PCR 1 event "
	    "14 (T d): not expected at all, found sha256 dddddddddddddddd..."
	);
	/* the same again is one too many */
	ck_assert(!matches(r, 1, &log, "abcaa"));
	ck_assert(strstr(log.findings, "event 14 (T a): not exp") != NULL);
	log.varying = 'e';
	ck_assert(!matches(r, 1, &log, "fafcffaf"));
	ck_assert(!matches(r, 1, &log, ""));
}
END_TEST

/* Of no order, whatever stands around them. */
START_TEST(exact_order_but_for_some)
{
	AUTO(att_ref_free) struct att_ref *r = parsed(HEAD
	    "\"pcrs\":{\"1\":{\"order\":\"exact\",\"events\":["
	    EV("S", "e", "ee", ",\"anywhere\":true") ","
	    EV("T", "a", "aa", "") ","
	    EV("S", "d", "dd", ",\"anywhere\":true,\"optional\":true") ","
	    EV("T", "b", "bb", ",\"optional\":true") ","
	    EV("T", "c", "cc", "") "]}}}");
	struct log log = { 0 };

	ck_assert(matches(r, 1, &log, "eabc"));
	ck_assert(matches(r, 1, &log, "aec"));
	ck_assert(matches(r, 1, &log, "ddabdecee"));
	ck_assert_str_eq(log.findings, "");
	ck_assert(!matches(r, 1, &log, "abc"));
	ck_assert_str_eq(log.findings, "\nevent-missing: PCR 1: expected S e "
	    "with sha256 eeeeeeeeeeeeeeee..., found no such event");
	ck_assert(!matches(r, 1, &log, "ecba"));
	ck_assert(strstr(log.findings, "event-order: PCR 1 event 12") !=
	    NULL);
	ck_assert(!matches(r, 1, &log, "eabbc"));
	ck_assert(!matches(r, 1, &log, "eab"));
	ck_assert(!matches(r, 1, &log, "eabcf"));
	fails(att_ref_parse(S(HEAD "\"pcrs\":{\"1\":{\"events\":["
	    EV("S", "e", "ee", ",\"anywhere\":true") "]}}}"), &r, err),
	    ATT_E_FORMAT, "order \"exact\"");
}
END_TEST

START_TEST(any_order)
{
	AUTO(att_ref_free) struct att_ref *r = parsed(HEAD
	    "\"pcrs\":{\"4\":{\"events\":[" EV("T", "a", "aa", "") ","
	    EV("T", "b", "bb", ",\"optional\":true") ","
	    EV("T", "c", "cc", "") "," EV("T", "a", "aa", "") "]}}}");
	struct log log = { 0 };

	ck_assert(matches(r, 4, &log, "ac"));
	ck_assert(matches(r, 4, &log, "cbacaab"));
	ck_assert_str_eq(log.findings, "");
	ck_assert(!matches(r, 4, &log, "bab"));
	ck_assert_str_eq(log.findings, "\nevent-missing: PCR 4: expected T c "
	    "with sha256 cccccccccccccccc..., found no such event");
	ck_assert(!matches(r, 4, &log, "abcd"));
	ck_assert(strstr(log.findings, "event-not-in") != NULL);
}
END_TEST

/* What was exchanged is named by its label, whatever comes first. */
START_TEST(pairs_by_label_first)
{
	AUTO(att_ref_free) struct att_ref *r = parsed(HEAD
	    "\"pcrs\":{\"4\":{\"order\":\"exact\",\"events\":["
	    EV("T", "x", "aa", "") "," EV("T", "d", "bb", "") ","
	    EV("V", "d", "cc", "") "]}}}");
	struct log log = { 0 };

	ck_assert(!matches(r, 4, &log, "edc"));
	ck_assert_str_eq(log.findings, "\nevent-changed: PCR 4 event 11 (T d)"
	    ": expected sha256 bbbbbbbbbbbbbbbb..., found dddddddddddddddd..."
	    "\nevent-changed: PCR 4 event 10 (T e): expected sha256 "
	    "aaaaaaaaaaaaaaaa..., found eeeeeeeeeeeeeeee...");
}
END_TEST

START_TEST(values)
{
	AUTO(att_ref_free) struct att_ref *r = parsed(HEAD
	    "\"pcrs\":{\"0\":{\"values\":{\"sha256\":[\"" H("aa") "\",\""
	    H("bb") "\"],\"sha1\":[\"0000000000000000000000000000000000000000"
	    "\"]}}}}");
	const struct att_ref_rule *rule = att_ref_rule(r, 0);
	struct log log = { 0 };

	ck_assert(att_ref_rule_has_bank(rule, ATT_ALG_SHA256));
	ck_assert(att_ref_rule_has_bank(rule, ATT_ALG_SHA1));
	ck_assert(!att_ref_rule_has_bank(rule, ATT_ALG_SHA384));
	ck_assert(!att_ref_rule_has_bank(rule, 0));
	ck_assert(!att_ref_rule_wants_events(rule));
	ck_assert(matches(r, 0, &log, "a"));
	ck_assert(matches(r, 0, &log, "b"));
	ck_assert(!matches(r, 0, &log, "c"));
	ck_assert_str_eq(log.findings, "\npcr-value: PCR 0: expected sha256 "
	    "aaaaaaaaaaaaaaaa..., found cccccccccccccccc...");
}
END_TEST

/* A bank that only some events have cannot judge the PCR. */
START_TEST(bank_must_be_in_every_event)
{
	AUTO(att_ref_free) struct att_ref *r = parsed(HEAD
	    "\"pcrs\":{\"4\":{\"events\":[" EV("T", "a", "aa", "") ","
	    "{\"digests\":{\"sm3_256\":[\"" H("aa") "\"],\"sha256\":[\""
	    H("bb") "\"]}}]}}}");

	ck_assert(att_ref_rule_has_bank(att_ref_rule(r, 4), ATT_ALG_SHA256));
	ck_assert(!att_ref_rule_has_bank(att_ref_rule(r, 4), ATT_ALG_SM3));
}
END_TEST

START_TEST(survives_damage)
{
	static const char text[] = HEAD
	    "\"valid_from\":\"2024-02-29T00:00:00Z\",\"pcrs\":{\"1\":{"
	    "\"order\":\"exact\",\"vary\":[\"boot-order\"],\"events\":["
	    EV("T", "a", "aa", ",\"optional\":true") "]},"
	    "\"7\":{\"values\":{\"sha1\":"
	    "[\"0000000000000000000000000000000000000000\"]}}}}";
	char t[sizeof(text)];
	size_t refused = 0;

	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		AUTO(att_ref_free) struct att_ref *r = NULL;

		ck_assert(att_ref_parse((struct att_slice){
			      (const uint8_t *)text, n }, &r, NULL) < 0);
	}
	for (size_t i = 0; i < 8 * (sizeof(text) - 1); i++) {
		AUTO(att_ref_free) struct att_ref *r = NULL;

		memcpy(t, text, sizeof(t));
		t[i / 8] ^= (char)(1 << i % 8);
		refused += att_ref_parse((struct att_slice){
			       (const uint8_t *)t, sizeof(t) - 1 }, &r,
			       NULL) < 0;
	}
	ck_assert(refused > sizeof(text));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("refvalue");
	TCase *t = tcase_create("refvalue");

	tcase_add_test(t, ids_are_words);
	tcase_add_test(t, document);
	tcase_add_loop_test(t, an_empty_match_is_refused, 0, 3);
	tcase_add_test(t, refuses);
	tcase_add_test(t, event_limit);
	tcase_add_test(t, platforms);
	tcase_add_test(t, exact_order);
	tcase_add_test(t, exact_order_but_for_some);
	tcase_add_test(t, any_order);
	tcase_add_test(t, pairs_by_label_first);
	tcase_add_test(t, values);
	tcase_add_test(t, bank_must_be_in_every_event);
	tcase_add_test(t, survives_damage);
	suite_add_tcase(s, t);
	return run_suite(s);
}
