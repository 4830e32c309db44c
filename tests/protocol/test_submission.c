#include "offer_scene.h"

#include "protocol/submission.h"

#define LINES "10 aa ima-ng sha256:00 /init\n10 bb ima-ng sha256:01 /x y\n"

/* What a demand for quote, boot log and IMA list is. */
static struct att_demand
a_demand(void)
{
	struct att_demand d = {
		.challenge_len = 16,
		.scheme = ATT_SIG_RSASSA,
		.select = { ATT_ALG_SHA256, 0x81 },
		.bound = true,
		.count = 2,
		.item = { ATT_ITEM_UEFI_LOG, ATT_ITEM_IMA_LOG },
		.received_at = 1795334871,
		.expires_at = 1795336671,
	};

	for (uint8_t i = 0; i < 16; i++)
		d.challenge[i] = i;
	return d;
}

static struct att_evidence
an_evidence(void)
{
	static const uint8_t measured[] = MEASURED;
	struct att_evidence e = {
		.attest = S("attest"),
		.signature = S("sig"),
		.item = {
		    [ATT_ITEM_UEFI_LOG] = { ATT_ITEM_PRESENT,
			{ measured, sizeof(measured) - 1 }, NULL },
		    [ATT_ITEM_IMA_LOG] = { ATT_ITEM_PRESENT, S(LINES), NULL },
		},
	};
	uint8_t v[32];

	memset(v, 0xaa, sizeof(v));
	ok(att_pcrs_set(&e.pcrs, ATT_ALG_SHA256, 0, (struct att_slice){ v,
		   32 }, err));
	memset(v, 0xbb, sizeof(v));
	ok(att_pcrs_set(&e.pcrs, ATT_ALG_SHA256, 7, (struct att_slice){ v,
		   32 }, err));
	return e;
}

static char *
text_of(const struct att_evidence *e, const struct att_demand *d)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);

	ok(att_submission_encode(e, d, &b, err));
	return att_buf_take_str(&b);
}

static char *
good_text(void)
{
	struct att_evidence e = an_evidence();
	struct att_demand d = a_demand();

	return text_of(&e, &d);
}

static int
parse(struct att_slice body, struct att_pointer *where, struct att_err *err)
{
	struct att_submission s = { 0 };
	struct att_offer o = an_offer();
	struct att_demand d = a_demand();
	int r = att_submission_parse(body, &o, &d, &s, where, err);

	att_submission_done(&s);
	return r;
}

/* -- there and back ------------------------------------------------------- */

/* Member by member, the values of the PCRs apart. */
START_TEST(written)
{
	AUTO(free) char *text = good_text();
	AUTO(free) char *t = changed(text,
	    "/data/attributes/evidence_collected/0/data/subject_data",
	    "\"-\"");
	AUTO(att_json_decref) json_t *got = json(t);
	AUTO(att_json_decref) json_t *want = json(
	    "{\"data\":{\"type\":\"attestation\",\"attributes\":{"
	    "\"evidence_collected\":["
	    "{\"evidence_class\":\"certification\","
	    "\"evidence_type\":\"tpm_quote\",\"data\":{"
	    "\"subject_data\":\"-\",\"message\":\"YXR0ZXN0\","
	    "\"signature\":\"c2ln\"}},"
	    "{\"evidence_class\":\"log\",\"evidence_type\":\"uefi_log\","
	    "\"data\":{\"entries\":\"AAFsb2c=\"}},"
	    "{\"evidence_class\":\"log\",\"evidence_type\":\"ima_log\","
	    "\"data\":{\"entry_count\":2,\"entries\":"
	    "\"10 aa ima-ng sha256:00 /init\\n"
	    "10 bb ima-ng sha256:01 /x y\\n\"}}]}}}");

	ck_assert(json_equal(got, want));
}
END_TEST

START_TEST(read_back)
{
	AUTO(free) char *text = good_text();
	struct att_evidence want = an_evidence();
	struct att_offer o = an_offer();
	struct att_demand d = a_demand();
	struct att_submission s = { 0 };
	const struct att_evidence *e = &s.evidence;
	struct att_slice v;

	ok(att_submission_parse(S(text), &o, &d, &s, NULL, err));
	ck_assert(att_slice_is(e->attest, "attest"));
	ck_assert(att_slice_is(e->signature, "sig"));
	ck_assert_uint_eq(e->pcrs.count, 1);
	ck_assert_uint_eq(e->pcrs.bank[0].mask, 0x81);
	ck_assert(att_pcrs_get(&e->pcrs, ATT_ALG_SHA256, 7, &v));
	ck_assert_int_eq(v.data[31], 0xbb);
	ck_assert_int_eq(e->item[ATT_ITEM_UEFI_LOG].state, ATT_ITEM_PRESENT);
	ck_assert(att_slice_equal(e->item[ATT_ITEM_UEFI_LOG].bytes,
	    want.item[ATT_ITEM_UEFI_LOG].bytes));
	ck_assert(att_slice_is(e->item[ATT_ITEM_IMA_LOG].bytes, LINES));
	/* from the demand and the offer */
	ck_assert_uint_eq(e->challenge.len, 16);
	ck_assert_ptr_eq(e->challenge.data, d.challenge);
	ck_assert(e->bound);
	ck_assert_uint_eq(e->bound_count, 2);
	ck_assert_int_eq(e->bound_item[1], ATT_ITEM_IMA_LOG);
	ck_assert_str_eq(e->boot_id, o.boot_id);
	ck_assert_str_eq(e->hint_vendor, "Acme");
	ck_assert_str_eq(e->agent_id, "");
	ck_assert_int_eq(e->item[ATT_ITEM_USERSPACE_LOG].state,
	    ATT_ITEM_UNREADABLE);
	ck_assert_str_eq(e->item[ATT_ITEM_USERSPACE_LOG].reason,
	    "tpm2-measure.log: Permission denied");
	ck_assert_int_eq(e->item[ATT_ITEM_FIRMWARE_CLAIMS].state,
	    ATT_ITEM_ABSENT);
	att_submission_done(&s);
}
END_TEST

/* The order of the demand, whatever it is, is the order of the evidence. */
START_TEST(order_of_the_demand)
{
	for (size_t before = 0; before <= 2; before++) {
		struct att_evidence e = an_evidence();
		struct att_offer o = an_offer();
		struct att_demand d = a_demand(), other = a_demand();
		struct att_submission s = { 0 };
		AUTO(free) char *text = NULL;
		struct att_pointer where;

		d.before = before;
		text = text_of(&e, &d);
		ok(att_submission_parse(S(text), &o, &d, &s, NULL, err));
		att_submission_done(&s);
		other.before = (before + 1) % 3;
		fails(att_submission_parse(S(text), &o, &other, &s, &where,
			  err), ATT_E_FORMAT, "asked for here");
	}
}
END_TEST

START_TEST(not_bound)
{
	struct att_evidence e = an_evidence();
	struct att_offer o = an_offer();
	struct att_demand d = a_demand();
	struct att_submission s = { 0 };
	AUTO(free) char *text = NULL;

	d.bound = false;
	text = text_of(&e, &d);
	ok(att_submission_parse(S(text), &o, &d, &s, NULL, err));
	ck_assert(!s.evidence.bound);
	ck_assert_uint_eq(s.evidence.bound_count, 0);
	att_submission_done(&s);
}
END_TEST

/* A log that was read and was empty is there, and empty. */
START_TEST(empty_logs)
{
	struct att_evidence e = an_evidence();
	struct att_offer o = an_offer();
	struct att_demand d = a_demand();
	struct att_submission s = { 0 };
	AUTO(free) char *text = NULL;

	e.item[ATT_ITEM_UEFI_LOG].bytes = (struct att_slice){ 0 };
	e.item[ATT_ITEM_IMA_LOG].bytes = (struct att_slice){ 0 };
	text = text_of(&e, &d);
	ok(att_submission_parse(S(text), &o, &d, &s, NULL, err));
	ck_assert_int_eq(s.evidence.item[ATT_ITEM_UEFI_LOG].state,
	    ATT_ITEM_PRESENT);
	ck_assert_uint_eq(s.evidence.item[ATT_ITEM_UEFI_LOG].bytes.len, 0);
	ck_assert_int_eq(s.evidence.item[ATT_ITEM_IMA_LOG].state,
	    ATT_ITEM_PRESENT);
	ck_assert_uint_eq(s.evidence.item[ATT_ITEM_IMA_LOG].bytes.len, 0);
	att_submission_done(&s);
}
END_TEST

static int
encode(const struct att_evidence *e, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	struct att_demand d = a_demand();
	int r = att_submission_encode(e, &d, &b, err);

	ck_assert(r == 0 || b.len == 0);
	return r;
}

/* Where evidence cannot be built, nothing is sent in its place. */
START_TEST(evidence_that_is_not_there)
{
	struct att_evidence e = an_evidence();

	ok(encode(&e, err));
	e.item[ATT_ITEM_UEFI_LOG].state = ATT_ITEM_UNREADABLE;
	fails(encode(&e, err), ATT_E_NOT_FOUND, "uefi_log");
	e.item[ATT_ITEM_UEFI_LOG].state = ATT_ITEM_ABSENT;
	fails(encode(&e, err), ATT_E_NOT_FOUND, "uefi_log");
	e = an_evidence();
	e.attest.len = 0;
	fails(encode(&e, err), ATT_E_NOT_FOUND, "quote");
	e = an_evidence();
	e.signature.len = 0;
	fails(encode(&e, err), ATT_E_NOT_FOUND, "quote");
	e = an_evidence();
	e.pcrs.bank[0].mask = 1;
	fails(encode(&e, err), ATT_E_NOT_FOUND, "PCR 7");
	e = an_evidence();
	e.item[ATT_ITEM_UEFI_LOG].bytes.len = ATT_ITEM_MAX + 1;
	fails(encode(&e, err), ATT_E_LIMIT, "16777216");
}
END_TEST

START_TEST(ima_lists_that_are_no_text)
{
	static const struct att_slice nul = { (const uint8_t *)"a\0b\n", 4 };
	struct att_evidence e = an_evidence();
	struct att_slice *l = &e.item[ATT_ITEM_IMA_LOG].bytes;

	*l = S("10 aa ima-ng");
	fails(encode(&e, err), ATT_E_UNSUPPORTED, "whole lines");
	*l = nul;
	fails(encode(&e, err), ATT_E_UNSUPPORTED, "whole lines");
	*l = S("10 aa \xff\n");
	fails(encode(&e, err), ATT_E_UNSUPPORTED, "UTF-8");
}
END_TEST

#define COL "/data/attributes/evidence_collected"
#define QUOTE COL "/0/data"
#define LOG COL "/1/data"
#define IMA COL "/2/data"

/* -- rules of the verifier's side ------------------------------------------ */

START_TEST(list_rules)
{
	static const struct change c[] = {
		{ "/more", "1", ATT_E_FORMAT, "not known", "" },
		{ "/data/attributes/more", "1", ATT_OK, NULL, NULL },
		{ COL, NULL, ATT_E_FORMAT, "missing", COL },
		{ COL, "{}", ATT_E_FORMAT, "array", COL },
		{ COL, "[]", ATT_E_FORMAT, "0 pieces", COL },
		{ COL "/2", NULL, ATT_E_FORMAT, "2 pieces of evidence, 3",
		    COL },
		{ COL "/3", "{}", ATT_E_FORMAT, "4 pieces", COL },
		{ COL "/0", "7", ATT_E_FORMAT, "evidence_class",
		    COL "/0/evidence_class" },
		{ COL "/1/evidence_type", "\"ima_log\"", ATT_E_FORMAT,
		    "uefi_log was asked for here", COL "/1/evidence_type" },
		{ COL "/1/evidence_class", "\"certification\"", ATT_E_FORMAT,
		    "asked for here", COL "/1/evidence_type" },
		{ COL "/1/evidence_class", NULL, ATT_E_FORMAT, "missing",
		    COL "/1/evidence_class" },
		{ COL "/1/evidence_type", "[]", ATT_E_FORMAT, "string",
		    COL "/1/evidence_type" },
		{ COL "/0/evidence_type", "\"uefi_log\"", ATT_E_FORMAT,
		    "tpm_quote was asked", COL "/0/evidence_type" },
		{ COL "/1/more", "[]", ATT_OK, NULL, NULL },
		{ LOG, NULL, ATT_E_FORMAT, "missing", LOG },
		{ LOG "/more", "[]", ATT_OK, NULL, NULL },
		{ QUOTE "/meta", "{}", ATT_OK, NULL, NULL },
	};
	AUTO(free) char *good = good_text();

	check_changes(good, parse, c, ATT_COUNT(c));
}
END_TEST

START_TEST(member_rules)
{
	static const struct change c[] = {
		{ QUOTE "/message", NULL, ATT_E_FORMAT, "missing",
		    QUOTE "/message" },
		{ QUOTE "/message", "\"\"", ATT_E_FORMAT, "empty",
		    QUOTE "/message" },
		{ QUOTE "/message", "7", ATT_E_FORMAT, "string",
		    QUOTE "/message" },
		{ QUOTE "/signature", "\"?\"", ATT_E_FORMAT, "base64",
		    QUOTE "/signature" },
		{ QUOTE "/subject_data", NULL, ATT_E_FORMAT, "missing",
		    QUOTE "/subject_data" },
		{ QUOTE "/subject_data", "\"AQAAAA==\"", ATT_E_SHORT,
		    "subject_data", QUOTE "/subject_data" },
		{ LOG "/entries", NULL, ATT_E_FORMAT, "missing",
		    LOG "/entries" },
		{ LOG "/entries", "7", ATT_E_FORMAT, "string",
		    LOG "/entries" },
		{ LOG "/entries", "\"?\"", ATT_E_FORMAT, "base64",
		    LOG "/entries" },
		{ IMA "/entry_count", NULL, ATT_E_FORMAT, "missing",
		    IMA "/entry_count" },
		{ IMA "/entry_count", "-1", ATT_E_FORMAT, "entry_count",
		    IMA "/entry_count" },
		{ IMA "/entry_count", "1", ATT_E_FORMAT, "whole lines",
		    IMA "/entries" },
		{ IMA "/entry_count", "3", ATT_E_FORMAT, "whole lines",
		    IMA "/entries" },
		{ IMA "/entries", "\"a\\nb\"", ATT_E_FORMAT, "whole lines",
		    IMA "/entries" },
		{ IMA "/entries", "\"a\\nb\\n\"", ATT_OK, NULL, NULL },
		{ IMA "/entries", "[]", ATT_E_FORMAT, "string",
		    IMA "/entries" },
	};
	AUTO(free) char *good = good_text();

	check_changes(good, parse, c, ATT_COUNT(c));
}
END_TEST

/* -- by digest ------------------------------------------------------------- */

/* The demand of a verifier that holds the boot log. */
static struct att_demand
a_demand_of_held(void)
{
	struct att_demand d = a_demand();

	d.held[ATT_ITEM_UEFI_LOG] = an_offer().item[ATT_ITEM_UEFI_LOG].sha256;
	return d;
}

static int
parse_held(struct att_slice body, struct att_pointer *where,
    struct att_err *err)
{
	struct att_submission s = { 0 };
	struct att_offer o = an_offer();
	struct att_demand d = a_demand_of_held();
	int r = att_submission_parse(body, &o, &d, &s, where, err);

	att_submission_done(&s);
	return r;
}

/* It is not there, and least of all empty, until its bytes are. */
START_TEST(a_held_log_goes_by_its_digest)
{
	struct att_evidence e = an_evidence();
	struct att_offer o = an_offer();
	struct att_demand d = a_demand_of_held();
	struct att_submission s = { 0 };
	AUTO(free) char *text = text_of(&e, &d);

	ck_assert_ptr_nonnull(strstr(text,
	    "{\"entries_sha256\":\"" MEASURED_SHA256 "\"}"));
	ok(att_submission_parse(S(text), &o, &d, &s, NULL, err));
	ck_assert_int_eq(s.evidence.item[ATT_ITEM_UEFI_LOG].state,
	    ATT_ITEM_ABSENT);
	ck_assert(att_digest_equal(&s.held[ATT_ITEM_UEFI_LOG],
	    &d.held[ATT_ITEM_UEFI_LOG]));
	ck_assert_uint_eq(s.held[ATT_ITEM_IMA_LOG].alg, 0);
	ck_assert_int_eq(s.evidence.item[ATT_ITEM_IMA_LOG].state,
	    ATT_ITEM_PRESENT);
	att_submission_done(&s);
}
END_TEST

START_TEST(a_log_that_has_grown_goes_as_it_is)
{
	struct att_evidence e = an_evidence();
	struct att_offer o = an_offer();
	struct att_demand d = a_demand_of_held();
	struct att_submission s = { 0 };
	AUTO(free) char *text = NULL;

	e.item[ATT_ITEM_UEFI_LOG].bytes = S("grown");
	text = text_of(&e, &d);
	ok(att_submission_parse(S(text), &o, &d, &s, NULL, err));
	ck_assert(att_slice_is(s.evidence.item[ATT_ITEM_UEFI_LOG].bytes,
	    "grown"));
	ck_assert_uint_eq(s.held[ATT_ITEM_UEFI_LOG].alg, 0);
	att_submission_done(&s);
}
END_TEST

#define DIGEST LOG "/entries_sha256"

START_TEST(digest_rules)
{
	static const struct change c[] = {
		{ DIGEST, NULL, ATT_E_FORMAT, "missing", LOG "/entries" },
		{ DIGEST, "null", ATT_E_FORMAT, "missing", LOG "/entries" },
		{ DIGEST, "7", ATT_E_FORMAT, "string", DIGEST },
		{ DIGEST, "\"\"", ATT_E_FORMAT, "entries_sha256", DIGEST },
		{ DIGEST, "\"b97e\"", ATT_E_FORMAT, "entries_sha256",
		    DIGEST },
		{ DIGEST,
		    "\"B97E6F5084A8C9A94298B6C45041F185"
		    "6D04F4A65FA7A1190261432F85D5052D\"", ATT_E_FORMAT,
		    "lower-case hex", DIGEST },
		{ DIGEST,
		    "\"c97e6f5084a8c9a94298b6c45041f185"
		    "6d04f4a65fa7a1190261432f85d5052d\"", ATT_E_FORMAT,
		    "asked for", DIGEST },
		{ LOG "/entries", "\"AAFsb2c=\"", ATT_E_FORMAT, "as well",
		    DIGEST },
		{ LOG "/entries", "null", ATT_E_FORMAT, "as well", DIGEST },
		{ LOG "/more", "[]", ATT_OK, NULL, NULL },
		/* of another item it was not asked for */
		{ IMA "/entries", NULL, ATT_E_FORMAT, "missing",
		    IMA "/entries" },
	};
	struct att_evidence e = an_evidence();
	struct att_demand d = a_demand_of_held();
	AUTO(free) char *good = text_of(&e, &d);
	struct att_pointer where;

	check_changes(good, parse_held, c, ATT_COUNT(c));
	/* and by who did not ask for it */
	fails(parse(S(good), &where, err), ATT_E_FORMAT, "asked for");
	ck_assert_str_eq(where.text, DIGEST);
	check_hostile(good, parse_held);
}
END_TEST

START_TEST(hostile)
{
	AUTO(free) char *good = good_text();

	check_hostile(good, parse);
}
END_TEST

static int
parse_sized(size_t attest, struct att_err *why)
{
	static const uint8_t bytes[ATT_QUOTE_PART_MAX + 1];
	struct att_evidence e = an_evidence();
	struct att_demand d = a_demand();
	AUTO(free) char *text = NULL;

	e.attest = (struct att_slice){ bytes, attest };
	text = text_of(&e, &d);
	return parse(S(text), NULL, why);
}

START_TEST(limits)
{
	ok(parse_sized(ATT_QUOTE_PART_MAX, err));
	fails(parse_sized(ATT_QUOTE_PART_MAX + 1, err), ATT_E_LIMIT,
	    "message");
}
END_TEST

/* An item at its bound, and one byte above it. */
START_TEST(item_limits)
{
	static const char *const tail[] = { "AA==", "AAA=" };
	AUTO(free) char *good = good_text();

	for (size_t i = 0; i < 2; i++) {
		AUTO_DONE(att_buf_done) struct att_buf b =
		    ATT_BUF(ATT_SUBMISSION_MAX);
		const char *at = strstr(good, "AAFsb2c=");

		att_buf_bytes(&b, good, (size_t)(at - good));
		att_buf_fill(&b, 'A', ATT_ITEM_MAX / 3 * 4);
		att_buf_str(&b, tail[i]);
		att_buf_str(&b, at + 8);
		ck_assert_uint_eq(ATT_ITEM_MAX % 3, 1);
		if (i == 0)
			ok(parse(att_buf_view(&b), NULL, err));
		else
			fails(parse(att_buf_view(&b), NULL, err), ATT_E_LIMIT,
			    "entries");
	}
}
END_TEST

/* -- the answer ------------------------------------------------------------ */

START_TEST(answer_written)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	struct att_demand d = a_demand();

	ok(att_submission_answer_encode("node-7", 3, &d, 1795334872, 300, &b,
	    err));
	same_json(&b,
	    "{\"data\":{\"type\":\"attestation\",\"attributes\":{"
	    "\"stage\":\"evaluating_evidence\",\"evidence\":[],"
	    "\"capabilities_received_at\":\"2026-11-22T08:07:51Z\","
	    "\"challenges_expire_at\":\"2026-11-22T08:37:51Z\","
	    "\"evidence_received_at\":\"2026-11-22T08:07:52Z\"},"
	    "\"links\":{\"self\":\"/v3.0/agents/node-7/attestations/3\"}},"
	    "\"meta\":{\"seconds_to_next_attestation\":300}}");
	ck_assert_uint_eq(att_submission_next(att_buf_view(&b), 1, 999, 60),
	    300);
	fails(att_submission_answer_encode("..", 3, &d, 0, 300, &b, err),
	    ATT_E_FORMAT, "agent id");
}
END_TEST

/* K19: clamped to the node's own range, whatever a server says. */
START_TEST(k19_seconds_to_next_attestation)
{
	static const struct {
		const char *value;
		uint32_t want;
	} rows[] = {
		{ "0", 10 },
		{ "-1", 10 },
		{ "-9223372036854775808", 10 },
		{ "1", 10 },
		{ "10", 10 },
		{ "11", 11 },
		{ "3600", 3600 },
		{ "3601", 3600 },
		{ "4294967297", 3600 },
		{ "9223372036854775807", 3600 },
		{ "9223372036854775808", 300 },
		{ "1e18", 3600 },
		{ "1e400", 300 },
		{ "-1e18", 10 },
		{ "59.9", 59 },
		{ "\"60\"", 300 },
		{ "null", 300 },
		{ "true", 300 },
		{ "[60]", 300 },
		{ "{}", 300 },
	};
	static const char *const silent[] = { "", "{}", "[]", "null",
		"{\"meta\":7}", "{\"meta\":{}}", "<html>",
		"{\"data\":{\"meta\":{\"seconds_to_next_attestation\":60}}}" };

	for (size_t i = 0; i < ATT_COUNT(rows); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
		uint32_t got;

		att_buf_printf(&b,
		    "{\"meta\":{\"seconds_to_next_attestation\":%s}}",
		    rows[i].value);
		got = att_submission_next(att_buf_view(&b), 10, 3600, 300);
		ck_assert_msg(got == rows[i].want, "%s: got %u, wanted %u",
		    rows[i].value, got, rows[i].want);
	}
	for (size_t i = 0; i < ATT_COUNT(silent); i++)
		ck_assert_uint_eq(att_submission_next(S(silent[i]), 10, 3600,
				      300), 300);
	/* the default is held to the range as well */
	ck_assert_uint_eq(att_submission_next(S("{}"), 10, 100, 300), 100);
	ck_assert_uint_eq(att_submission_next(S("{}"), 400, 900, 300), 400);
	ck_assert_uint_eq(att_submission_next(S("{\"meta\":{"
	    "\"seconds_to_next_attestation\":1e18}}"), 1, UINT32_MAX, 9),
	    UINT32_MAX);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("protocol submission");
	TCase *t = tcase_create("submission");

	tcase_add_test(t, written);
	tcase_add_test(t, read_back);
	tcase_add_test(t, order_of_the_demand);
	tcase_add_test(t, not_bound);
	tcase_add_test(t, empty_logs);
	tcase_add_test(t, evidence_that_is_not_there);
	tcase_add_test(t, ima_lists_that_are_no_text);
	tcase_add_test(t, list_rules);
	tcase_add_test(t, member_rules);
	tcase_add_test(t, a_held_log_goes_by_its_digest);
	tcase_add_test(t, a_log_that_has_grown_goes_as_it_is);
	tcase_add_test(t, digest_rules);
	tcase_add_test(t, hostile);
	tcase_add_test(t, limits);
	tcase_add_test(t, item_limits);
	tcase_add_test(t, answer_written);
	tcase_add_test(t, k19_seconds_to_next_attestation);
	suite_add_tcase(s, t);
	return run_suite(s);
}
