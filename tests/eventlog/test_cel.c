#include "testlib.h"

#include "eventlog/cel.h"
#include "tests/eventlog/logmaker.h"

static const uint16_t two_banks[] = { ATT_ALG_SHA1, ATT_ALG_SHA256 };

enum { RECNUM = 0, PCR = 1, NV = 2, DIGESTS = 3, CCMR = 108, CONTENT = 0x50 };

static void
put_tlv(struct att_buf *b, uint8_t type, struct att_slice value)
{
	att_buf_u8(b, type);
	att_buf_be32(b, (uint32_t)value.len);
	att_buf_slice(b, value);
}

static void
put_head(struct att_buf *b, uint64_t number, uint8_t type, uint32_t index,
    uint8_t index_len)
{
	att_buf_u8(b, RECNUM);
	att_buf_be32(b, 8);
	att_buf_be64(b, number);
	att_buf_u8(b, type);
	att_buf_be32(b, index_len);
	for (int i = index_len - 1; i >= 0; i--)
		att_buf_u8(b, (uint8_t)(index >> 8 * i));
}

/* Digests of this text in the first `banks` of two_banks. */
static void
put_digests(struct att_buf *b, size_t banks, struct att_slice text)
{
	AUTO_DONE(att_buf_done) struct att_buf list = ATT_BUF(1024);

	for (size_t i = 0; i < banks; i++) {
		struct att_digest d;

		ok(att_digest_of(two_banks[i], text, &d, err));
		put_tlv(&list, (uint8_t)two_banks[i], att_digest_view(&d));
	}
	put_tlv(b, DIGESTS, att_buf_view(&list));
}

static void
put_record(struct att_buf *b, uint64_t number, uint8_t type, uint32_t index,
    const char *text)
{
	put_head(b, number, type, index, 1);
	put_digests(b, 2, S(text));
	put_tlv(b, CONTENT, S(text));
}

/* A record of the firmware: its type and its data are the content. */
static void
put_event(struct att_buf *b, uint64_t number, uint32_t pcr, uint32_t type,
    struct att_slice data)
{
	AUTO_DONE(att_buf_done) struct att_buf content = ATT_BUF(1024);
	uint8_t be[4] = { (uint8_t)(type >> 24), (uint8_t)(type >> 16),
		(uint8_t)(type >> 8), (uint8_t)type };

	put_tlv(&content, 0, (struct att_slice){ be, 4 });
	put_tlv(&content, 1, data);
	put_head(b, number, PCR, pcr, 1);
	put_digests(b, 2, data);
	put_tlv(b, ATT_CEL_PCCLIENT_STD, att_buf_view(&content));
}

/* What it replays to must be what the maker of logs holds. */
static void
check_replay(struct att_slice raw, const struct logmaker *m, uint32_t mask)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_replay r;
	struct att_pcrs p;
	struct att_slice v;

	ok(att_cel_replay(raw, h, &r, err));
	ok(att_replay_values(&r, &p, err));
	for (size_t b = 0; b < 2; b++)
		for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
			bool got = att_pcrs_get(&p, two_banks[b], pcr, &v);

			ck_assert(got == (mask >> pcr & 1));
			ck_assert(!got || att_slice_equal(v,
			    lm_value(m, two_banks[b], pcr)));
		}
}

static int
replayed(struct att_slice raw, struct att_err *err)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_replay r;

	return att_cel_replay(raw, h, &r, err);
}

/* -- good logs ------------------------------------------------------------ */

START_TEST(fields)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	struct att_cel_iter it;
	struct att_cel_record rec;
	size_t second;

	put_record(&b, 7, PCR, 19, "launch");
	second = b.len;
	put_head(&b, 8, NV, 0x01c40200, 4);
	put_digests(&b, 0, S(""));
	put_tlv(&b, 82, S(""));
	it = att_cel_begin(att_buf_view(&b));
	ck_assert_int_eq(att_cel_next(&it, &rec, NULL), 1);
	ck_assert(rec.number == 7 && rec.offset == 0);
	ck_assert(rec.kind == ATT_CEL_PCR && rec.index == 19);
	ck_assert(rec.digest_count == 2);
	ck_assert(rec.digest[1].alg == ATT_ALG_SHA256);
	ck_assert(rec.digest[1].bytes.len == 32);
	ck_assert(rec.content_type == CONTENT);
	ck_assert(att_slice_is(rec.content, "launch"));
	ck_assert_int_eq(att_cel_next(&it, &rec, NULL), 1);
	ck_assert(rec.number == 8 && rec.offset == second);
	ck_assert(rec.kind == ATT_CEL_NV && rec.index == 0x01c40200);
	ck_assert(rec.digest_count == 0 && rec.content.len == 0);
	ck_assert(rec.content_type == 82);
	ck_assert_int_eq(att_cel_next(&it, &rec, NULL), 0);
	ck_assert_int_eq(att_cel_next(&it, &rec, NULL), 0);
}
END_TEST

START_TEST(replay)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);

	/* PCR 19 begins at zero: only a launch can have opened it */
	put_record(&b, 0, PCR, 19, "one");
	put_record(&b, 1, PCR, 4, "two");
	put_record(&b, 2, NV, 19, "no register");
	put_record(&b, 3, PCR, 19, "three");
	lm_extend(&m, 19, S("one"));
	lm_extend(&m, 4, S("two"));
	lm_extend(&m, 19, S("three"));
	check_replay(att_buf_view(&b), &m, 1u << 19 | 1u << 4);
}
END_TEST

/* Events of firmware keep their meaning. */
START_TEST(firmware_events)
{
	static const uint8_t locality[17] = "StartupLocality\0\3";
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);

	put_event(&b, 0, 0, ATT_EV_NO_ACTION,
	    (struct att_slice){ locality, 17 });
	put_event(&b, 1, 0, ATT_EV_S_CRTM_VERSION, S("version"));
	put_event(&b, 2, 7, ATT_EV_NO_ACTION, S("not extended"));
	lm_locality(&m, 3);
	lm_event(&m, 0, ATT_EV_S_CRTM_VERSION, S("version"));
	check_replay(att_buf_view(&b), &m, 1);
}
END_TEST

START_TEST(management)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);
	struct att_replay r;

	put_head(&b, 0, PCR, 5, 1);
	put_digests(&b, 0, S(""));
	put_tlv(&b, ATT_CEL_MGT, S("version"));
	put_head(&b, 1, PCR, 6, 1);
	put_digests(&b, 2, S("kexec"));
	put_tlv(&b, ATT_CEL_MGT, S("kexec"));
	lm_extend(&m, 6, S("kexec"));
	check_replay(att_buf_view(&b), &m, 1u << 6);
	ok(att_cel_replay(att_buf_view(&b), h, &r, err));
	ck_assert(!r.reg[0][5].incomplete);
}
END_TEST

/* A register of which a record lacks a digest is left out, in that bank. */
START_TEST(missing_digest)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_replay r;
	struct att_pcrs p;
	struct att_slice v;

	put_record(&b, 0, PCR, 4, "both");
	put_record(&b, 1, PCR, 5, "both");
	put_head(&b, 2, PCR, 5, 1);
	put_digests(&b, 1, S("sha1"));
	put_tlv(&b, CONTENT, S(""));
	put_head(&b, 3, PCR, 6, 1);
	put_digests(&b, 0, S("none"));
	put_tlv(&b, CONTENT, S(""));
	ok(att_cel_replay(att_buf_view(&b), h, &r, err));
	ok(att_replay_values(&r, &p, err));
	ck_assert(att_pcrs_get(&p, ATT_ALG_SHA256, 4, &v));
	ck_assert(!att_pcrs_get(&p, ATT_ALG_SHA256, 5, &v));
	ck_assert(att_pcrs_get(&p, ATT_ALG_SHA1, 5, &v));
	ck_assert(!att_pcrs_get(&p, ATT_ALG_SHA1, 6, &v));
	ck_assert_uint_eq(r.quirks, ATT_QUIRK_BANK_SUBSET);
	ck_assert(r.reg[0][6].incomplete && r.kind == ATT_TCG_TPM);
}
END_TEST

START_TEST(confidential_guest)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_replay r;

	for (uint32_t mr = 0; mr <= 5; mr++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
		AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);

		put_record(&b, 0, CCMR, mr, "one");
		if (mr == 0 || mr == 5) {
			fails(replayed(att_buf_view(&b), err), ATT_E_FORMAT,
			    "extends register");
			continue;
		}
		lm_extend(&m, mr, S("one"));
		check_replay(att_buf_view(&b), &m, 1u << mr);
		ok(att_cel_replay(att_buf_view(&b), h, &r, err));
		ck_assert(r.kind == ATT_TCG_CC);
		put_record(&b, 1, PCR, 1, "two");
		fails(replayed(att_buf_view(&b), err), ATT_E_FORMAT,
		    "in one log");
	}
}
END_TEST

/* -- cut, damaged and lying ones ------------------------------------------ */

START_TEST(cut_everywhere)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	size_t border;

	put_record(&b, 0, PCR, 19, "one");
	border = b.len;
	put_record(&b, 1, PCR, 19, "two");
	for (size_t len = 0; len < b.len; len++) {
		struct att_err why = { 0 };
		int r = replayed((struct att_slice){ b.data, len }, &why);

		ck_assert_int_eq(r, len == border ? 0 : ATT_E_SHORT);
		ck_assert(r == 0 || why.offset <= len);
	}
	ok(replayed(att_buf_view(&b), err));
	att_buf_u8(&b, 0);
	fails(replayed(att_buf_view(&b), err), ATT_E_SHORT, "recnum");
}
END_TEST

START_TEST(bit_flips)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	size_t refused = 0, taken = 0;

	put_record(&b, 0, PCR, 19, "one");
	put_event(&b, 1, 7, ATT_EV_EFI_ACTION, S("two"));
	for (size_t bit = 0; bit < 8 * b.len; bit++) {
		struct att_err why = { 0 };
		int r;

		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		r = replayed(att_buf_view(&b), &why);
		ck_assert(r == 0 || why.text[0] != '\0');
		*(r < 0 ? &refused : &taken) += 1;
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	ck_assert(refused > 300 && taken > 300);
}
END_TEST

START_TEST(lies)
{
	/* offsets within the first record of put_record */
	enum { NUMBER = 5, INDEX_TYPE = 13, INDEX_LEN = 17, INDEX = 18,
		LIST_TYPE = 19, LIST_LEN = 20, ALG = 24, ALG_LEN = 25,
		SECOND_ALG = 24 + 5 + 20 };
	static const struct {
		size_t at;
		uint8_t value;
		int code;
		const char *word;
	} cases[] = {
		{ 0, 1, ATT_E_FORMAT, "where a record begins" },
		{ 4, 9, ATT_E_FORMAT, "recnum of 9 bytes, 1 to 8" },
		{ 4, 0, ATT_E_FORMAT, "recnum of 0 bytes" },
		{ 1, 0xff, ATT_E_SHORT, "are left" },
		{ INDEX_TYPE, 3, ATT_E_FORMAT, "of no register" },
		{ INDEX_TYPE, 4, ATT_E_FORMAT, "of no register" },
		{ INDEX_LEN, 0, ATT_E_FORMAT, "register of 0 bytes" },
		{ INDEX_LEN, 5, ATT_E_FORMAT, "register of 5 bytes" },
		{ INDEX, 24, ATT_E_FORMAT, "extends register 24" },
		{ INDEX, 0xff, ATT_E_FORMAT, "extends register 255" },
		{ LIST_TYPE, 4, ATT_E_FORMAT, "field 4 for its digests" },
		{ LIST_LEN, 0xff, ATT_E_SHORT, "digests of" },
		{ ALG, ATT_ALG_SHA256, ATT_E_FORMAT, "with 20 bytes" },
		{ ALG_LEN, 0xff, ATT_E_SHORT, "digest of" },
		{ SECOND_ALG, 0x27, 0, "" },
	};

	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);

		put_record(&b, 0, PCR, 19, "one");
		put_record(&b, 1, PCR, 19, "two");
		b.data[cases[i].at] = cases[i].value;
		if (cases[i].code == 0)
			ok(replayed(att_buf_view(&b), err));
		else
			fails(replayed(att_buf_view(&b), err), cases[i].code,
			    cases[i].word);
	}
}
END_TEST

START_TEST(digest_lists)
{
	for (uint8_t n = 8; n <= 9; n++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
		AUTO_DONE(att_buf_done) struct att_buf list = ATT_BUF(4096);

		for (uint8_t i = 0; i < n; i++)
			put_tlv(&list, (uint8_t)(0x80 + i), S("x"));
		put_head(&b, 0, PCR, 1, 4);
		put_tlv(&b, DIGESTS, att_buf_view(&list));
		put_tlv(&b, CONTENT, S(""));
		if (n == 8)
			ok(replayed(att_buf_view(&b), err));
		else
			fails(replayed(att_buf_view(&b), err), ATT_E_LIMIT,
			    "over 8 digests");
	}
	for (size_t len = 0; len <= 65; len++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
		AUTO_DONE(att_buf_done) struct att_buf list = ATT_BUF(4096);
		uint8_t digest[65] = { 0 };
		struct att_err why;

		put_tlv(&list, 0x80, (struct att_slice){ digest, len });
		put_head(&b, 0, PCR, 1, 1);
		put_tlv(&b, DIGESTS, att_buf_view(&list));
		put_tlv(&b, CONTENT, S(""));
		ck_assert_int_eq(replayed(att_buf_view(&b), &why),
		    len == 0 || len == 65 ? ATT_E_FORMAT : 0);
	}
	/* more algorithms than a header could name */
	{
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);

		for (uint8_t n = 0; n < 100; n++) {
			AUTO_DONE(att_buf_done) struct att_buf list =
			    ATT_BUF(4096);

			put_tlv(&list, (uint8_t)(0x80 + n), S("x"));
			put_head(&b, n, PCR, 1, 1);
			put_tlv(&b, DIGESTS, att_buf_view(&list));
			put_tlv(&b, CONTENT, S(""));
		}
		ok(replayed(att_buf_view(&b), err));
	}
	/* the same algorithm twice */
	{
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
		AUTO_DONE(att_buf_done) struct att_buf list = ATT_BUF(4096);

		put_tlv(&list, 0x80, S("x"));
		put_tlv(&list, 0x80, S("x"));
		put_head(&b, 0, PCR, 1, 1);
		put_tlv(&b, DIGESTS, att_buf_view(&list));
		put_tlv(&b, CONTENT, S(""));
		fails(replayed(att_buf_view(&b), err), ATT_E_FORMAT,
		    "two digests");
	}
}
END_TEST

/* A record that is gone, or told twice. */
START_TEST(numbers)
{
	static const uint64_t second[] = { 4, 6, 7, 0, UINT64_MAX };

	for (size_t i = 0; i < ATT_COUNT(second); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);

		put_record(&b, 5, PCR, 19, "one");
		put_record(&b, second[i], PCR, 19, "two");
		if (second[i] == 6)
			ok(replayed(att_buf_view(&b), err));
		else
			fails(replayed(att_buf_view(&b), err), ATT_E_FORMAT,
			    "must be 6");
	}
}
END_TEST

START_TEST(broken_content)
{
	static const struct att_slice contents[] = {
		{ (const uint8_t *)"", 0 },
		{ (const uint8_t *)"\0\0\0\0\4\0\0\0\3", 9 },
		{ (const uint8_t *)"\1\0\0\0\4\0\0\0\3\1\0\0\0\0", 14 },
		{ (const uint8_t *)"\0\0\0\0\4\0\0\0\3\2\0\0\0\0", 14 },
		{ (const uint8_t *)"\0\0\0\0\5\0\0\0\0\3\1\0\0\0\0", 15 },
		{ (const uint8_t *)"\0\0\0\0\4\0\0\0\3\1\0\0\0\0x", 15 },
		/* nothing wrong */
		{ (const uint8_t *)"\0\0\0\0\4\0\0\0\3\1\0\0\0\0", 14 },
	};

	for (size_t i = 0; i < ATT_COUNT(contents); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
		bool good = i == ATT_COUNT(contents) - 1;

		put_head(&b, 0, PCR, 7, 1);
		put_digests(&b, 2, S("x"));
		put_tlv(&b, ATT_CEL_PCCLIENT_STD, contents[i]);
		ck_assert((replayed(att_buf_view(&b), NULL) == 0) == good);
	}
}
END_TEST

START_TEST(limits)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(32u << 20);

	fails(replayed((struct att_slice){ 0 }, err), ATT_E_SHORT,
	    "no record");
	put_head(&b, 0, PCR, 7, 1);
	put_digests(&b, 2, S("x"));
	att_buf_u8(&b, CONTENT);
	att_buf_be32(&b, (uint32_t)(ATT_CEL_LOG_MAX - b.len - 4));
	att_buf_fill(&b, 0, ATT_CEL_LOG_MAX - b.len);
	ck_assert(b.len == ATT_CEL_LOG_MAX);
	ok(replayed(att_buf_view(&b), err));
	att_buf_u8(&b, 0);
	fails(replayed(att_buf_view(&b), err), ATT_E_LIMIT, "16777217 bytes");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("cel");
	TCase *t = tcase_create("cel");

	tcase_add_test(t, fields);
	tcase_add_test(t, replay);
	tcase_add_test(t, firmware_events);
	tcase_add_test(t, management);
	tcase_add_test(t, missing_digest);
	tcase_add_test(t, confidential_guest);
	tcase_add_test(t, cut_everywhere);
	tcase_add_test(t, bit_flips);
	tcase_add_test(t, lies);
	tcase_add_test(t, digest_lists);
	tcase_add_test(t, numbers);
	tcase_add_test(t, broken_content);
	tcase_add_test(t, limits);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return run_suite(suite());
}
