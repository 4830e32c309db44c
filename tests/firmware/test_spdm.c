#include "tests/firmware/spdmmaker.h"

#include "firmware/spdm.h"

static const struct {
	uint8_t version;
	uint32_t asym;
	size_t signature;
} kinds[] = {
	{ 0x10, SPDM_P256, 64 },
	{ 0x11, SPDM_P384, 96 },
	{ 0x11, SPDM_RSASSA_3072, 384 },
	{ 0x12, SPDM_P256, 64 },
	{ 0x12, SPDM_RSAPSS_2048, 256 },
	{ 0x13, SPDM_P384, 96 },
};

static int
parse(const struct spdm_maker *m, struct att_spdm_transcript *ret,
    struct att_err *err)
{
	return att_spdm_transcript_parse(att_buf_view(&m->b), ret, err);
}

/* A standard transcript with bytes where the signature stands. */
static struct spdm_maker
standard(int kind)
{
	struct spdm_maker m = spdm_new(kinds[kind].version,
	    kinds[kind].asym);

	spdm_standard(&m);
	att_buf_fill(&m.b, 0xcc, kinds[kind].signature);
	ck_assert(!m.b.failed);
	return m;
}

static void
is_standard(const struct att_spdm_transcript *t, int kind)
{
	ck_assert_uint_eq(t->version, kinds[kind].version);
	ck_assert_uint_eq(t->pairs, 1);
	ck_assert_uint_eq(t->count, 6);
	ck_assert_uint_eq(t->signature.len, kinds[kind].signature);
	ck_assert(t->signature.data == t->message.data + t->message.len);
	ck_assert(t->nonce.len == 32 && t->nonce.data[31] == 0xa5);
	ck_assert(t->opaque.len == 11 && t->opaque.data[0] == 0x77);
	ck_assert(t->has_mode && t->mode.operational == 4 &&
	    t->mode.device == 0);
	ck_assert(t->has_security_version && t->security_version == 7);
	for (unsigned i = 0; i <= ATT_SPDM_INDEX_MAX; i++)
		ck_assert(t->at[i].there == ((i >= 1 && i <= 5) ||
		    i == 0xfe) && t->at[i].last == t->at[i].there);
	ck_assert(att_slice_is(t->at[4].block.value, "1.2.3"));
	ck_assert(att_spdm_is_unused(&t->at[3].block));
	ck_assert(!att_spdm_is_unused(&t->at[2].block));
	ck_assert_str_eq(att_spdm_type_name(&t->at[2].block), "firmware");
	ck_assert_str_eq(att_spdm_type_name(&t->at[4].block),
	    "firmware version");
}

START_TEST(each_version)
{
	AUTO_DONE(spdm_done) struct spdm_maker m = standard(_i);
	static struct att_spdm_transcript t;

	ok(parse(&m, &t, err));
	is_standard(&t, _i);
	if (m.version < 0x12) {
		ck_assert(t.algorithms.key_bits == 0);
		return;
	}
	ck_assert_uint_eq(att_spdm_signature_size(&t.algorithms),
	    kinds[_i].signature);
	ck_assert_uint_eq(t.algorithms.hash,
	    m.hash == 1 ? ATT_ALG_SHA256 : ATT_ALG_SHA384);
	ck_assert_uint_eq(t.digest_size, 48);
}
END_TEST

START_TEST(cut_anywhere)
{
	AUTO_DONE(spdm_done) struct spdm_maker m = standard(_i);
	static struct att_spdm_transcript t;

	t.version = 99;
	for (size_t n = 0; n < m.b.len; n++) {
		/* of its own, so that a sanitizer sees what is read beyond */
		uint8_t *copy = malloc(n + (n == 0));
		struct att_slice s = { copy, n };
		struct att_err err = { 0 };
		int r;

		memcpy(copy, m.b.data, n);
		r = att_spdm_transcript_parse(s, &t, &err);
		free(copy);
		/* a signature of a shorter key: that is the key's to say */
		if (r == 0) {
			ck_assert(m.version < 0x12 && (t.signature.len == 64 ||
			    t.signature.len == 96 || t.signature.len == 256));
			t.version = 99;
			continue;
		}
		ck_assert_msg(r == ATT_E_SHORT || r == ATT_E_FORMAT,
		    "%zu: %d", n, r);
		ck_assert(err.text[0] != '\0' && t.version == 99);
	}
}
END_TEST

START_TEST(bytes_behind)
{
	AUTO_DONE(spdm_done) struct spdm_maker m = standard(_i);
	static struct att_spdm_transcript t;

	att_buf_u8(&m.b, 0);
	fails(parse(&m, &t, err), m.version < 0x12 ? ATT_E_FORMAT :
	    ATT_E_TRAILING, "signature");
}
END_TEST

/* Each byte, each bit: never read wrongly, never without a reason. */
START_TEST(flips)
{
	AUTO_DONE(spdm_done) struct spdm_maker m = standard(_i);
	static struct att_spdm_transcript t;
	size_t refused = 0;

	for (size_t i = 0; i < 8 * m.b.len; i++) {
		struct att_err err = { 0 };

		m.b.data[i / 8] ^= (uint8_t)(1u << i % 8);
		if (parse(&m, &t, &err) < 0) {
			ck_assert(err.text[0] != '\0');
			refused++;
		}
		m.b.data[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	ck_assert_uint_gt(refused, 100);
	ok(parse(&m, &t, err));
}
END_TEST

/* -- several answers ------------------------------------------------------- */

/* Index by index, as libspdm's documentation has it; unsigned. */
static struct spdm_maker
one_by_one(uint8_t version, uint8_t param2)
{
	struct spdm_maker m = spdm_new(version, SPDM_P384);

	if (version >= 0x12)
		spdm_vca(&m);
	spdm_request(&m, 0, 0);
	spdm_answer(&m, 2, 0, 0);
	spdm_request(&m, 0, 1);
	spdm_digest(&m, 1, 1, 0x11);
	spdm_answer(&m, 0, 0, 3);
	spdm_request(&m, 1, 2);
	spdm_digest(&m, 2, 1, 0x22);
	spdm_answer(&m, 0, param2, 0);
	att_buf_fill(&m.b, 0xcc, 96);
	return m;
}

START_TEST(index_by_index)
{
	static const uint8_t versions[] = { 0x10, 0x11, 0x12, 0x13 };
	AUTO_DONE(spdm_done)
	struct spdm_maker m = one_by_one(versions[_i], 0x20);
	static struct att_spdm_transcript t;

	ok(parse(&m, &t, err));
	ck_assert_uint_eq(t.pairs, 3);
	ck_assert_uint_eq(t.count, 2);
	ck_assert(t.at[1].there && !t.at[1].last);
	ck_assert(t.at[2].there && t.at[2].last);
	ck_assert_uint_eq(t.message.len, m.b.len - 96);
	/* of 1.2: bits 5 and 4 */
	ck_assert_int_eq(t.content, versions[_i] < 0x12 ?
	    ATT_SPDM_CONTENT_UNKNOWN : ATT_SPDM_CONTENT_SAME);
}
END_TEST

START_TEST(content_changed)
{
	AUTO_DONE(spdm_done) struct spdm_maker m = one_by_one(0x12, 0x10);
	AUTO_DONE(spdm_done) struct spdm_maker bad = one_by_one(0x12, 0x30);
	static struct att_spdm_transcript t;

	ok(parse(&m, &t, err));
	ck_assert_int_eq(t.content, ATT_SPDM_CONTENT_CHANGED);
	fails(parse(&bad, &t, err), ATT_E_FORMAT, "content changed");
}
END_TEST

/* The second answer gives `fill` for what was 0x11 before. */
static struct spdm_maker
twice(uint8_t fill)
{
	struct spdm_maker m = spdm_new(0x11, SPDM_P384);

	spdm_request(&m, 0, 1);
	spdm_digest(&m, 1, 1, 0x11);
	spdm_answer(&m, 0, 0, 0);
	spdm_request(&m, 1, 0xff);
	spdm_digest(&m, 1, 1, fill);
	spdm_answer(&m, 0, 0, 0);
	att_buf_fill(&m.b, 0xcc, 96);
	return m;
}

START_TEST(read_again)
{
	AUTO_DONE(spdm_done) struct spdm_maker same = twice(0x11);
	AUTO_DONE(spdm_done) struct spdm_maker other = twice(0x12);
	static struct att_spdm_transcript t;

	ok(parse(&same, &t, err));
	ck_assert_uint_eq(t.count, 1);
	ck_assert(t.at[1].last);
	fails(parse(&other, &t, err), ATT_E_CONFLICT, "measurement 1");
}
END_TEST

START_TEST(none_is_signed)
{
	AUTO_DONE(spdm_done) struct spdm_maker m = spdm_new(0x11, SPDM_P384);
	static struct att_spdm_transcript t;

	spdm_request(&m, 0, 1);
	spdm_digest(&m, 1, 1, 0x11);
	spdm_answer(&m, 0, 0, 0);
	fails(parse(&m, &t, err), ATT_E_FORMAT, "none of 1 answers");
	/* what follows a signed answer is the signature */
	att_buf_reset(&m.b);
	for (int i = 0; i < 2; i++) {
		spdm_request(&m, 1, 1);
		spdm_digest(&m, 1, 1, 0x11);
		spdm_answer(&m, 0, 0, 0);
		att_buf_fill(&m.b, 0xcc, 96);
	}
	fails(parse(&m, &t, err), ATT_E_FORMAT, "no signature's length");
}
END_TEST

/* -- what is refused ------------------------------------------------------- */

/* One request for `operation`, and whatever blocks were put. */
static void
finish(struct spdm_maker *m, uint8_t attributes, uint8_t operation)
{
	spdm_request(m, attributes, operation);
	spdm_answer(m, 0, 0, 0);
	att_buf_fill(&m->b, 0xcc, 96);
}

static void
refuses(struct spdm_maker *m, enum att_code code, const char *word)
{
	static struct att_spdm_transcript t;

	fails(parse(m, &t, err), code, word);
	spdm_done(m);
	*m = spdm_new(m->version, m->asym);
	if (m->version >= 0x12)
		spdm_vca(m);
}

START_TEST(answers_that_are_none)
{
	AUTO_DONE(spdm_done) struct spdm_maker m = spdm_new(0x11, SPDM_P384);

	finish(&m, 1, 0xff);
	refuses(&m, ATT_E_FORMAT, "no answer to request 0xff");
	spdm_digest(&m, 2, 1, 1);
	finish(&m, 1, 1);
	refuses(&m, ATT_E_FORMAT, "no answer to request 0x01");
	spdm_digest(&m, 1, 1, 1);
	spdm_digest(&m, 2, 1, 1);
	finish(&m, 1, 1);
	refuses(&m, ATT_E_FORMAT, "2 blocks are no answer");
	spdm_digest(&m, 1, 1, 1);
	finish(&m, 1, 0);
	refuses(&m, ATT_E_FORMAT, "no answer to request 0x00");
	spdm_digest(&m, 1, 1, 1);
	m.blocks++;
	finish(&m, 1, 0xff);
	refuses(&m, ATT_E_FORMAT, "there are less");
	spdm_digest(&m, 1, 1, 1);
	m.blocks--;
	finish(&m, 1, 0xff);
	refuses(&m, ATT_E_FORMAT, "there are more");
	spdm_digest(&m, 1, 1, 1);
	spdm_digest(&m, 1, 1, 1);
	finish(&m, 1, 0xff);
	refuses(&m, ATT_E_FORMAT, "twice in one answer");
}
END_TEST

START_TEST(blocks_that_are_none)
{
	AUTO_DONE(spdm_done) struct spdm_maker m = spdm_new(0x12, SPDM_P384);

	spdm_vca(&m);
	spdm_digest(&m, 0, 1, 1);
	finish(&m, 1, 0xff);
	refuses(&m, ATT_E_FORMAT, "index 0");
	spdm_digest(&m, 0xff, 1, 1);
	finish(&m, 1, 0xff);
	refuses(&m, ATT_E_FORMAT, "index 255");
	spdm_block(&m, 1, 1, "0123456789abcdef0123456789abcdef", 32);
	finish(&m, 1, 0xff);
	refuses(&m, ATT_E_FORMAT, "32 bytes, the selected hash has 48");
	spdm_block(&m, 1, 0x85, "0123456789ab", 12);
	finish(&m, 1, 0xff);
	refuses(&m, ATT_E_FORMAT, "(device mode) of 12");
	spdm_block(&m, 1, 0x87, "0123", 4);
	finish(&m, 1, 0xff);
	refuses(&m, ATT_E_FORMAT, "(security version) of 4");
	spdm_digest(&m, 1, 1, 1);
	m.record.data[5] = 47;
	finish(&m, 1, 0xff);
	refuses(&m, ATT_E_TRAILING, "measurement block");
	spdm_digest(&m, 1, 1, 1);
	m.record.data[2] = 52;
	finish(&m, 1, 0xff);
	refuses(&m, ATT_E_SHORT, "measurement block");
}
END_TEST

/* The offset of the n-th byte behind VCA is the caller's to know. */
static void
poke(struct spdm_maker *m, size_t from_end, uint8_t value)
{
	m->b.data[m->b.len - from_end] = value;
}

START_TEST(requests_that_are_none)
{
	AUTO_DONE(spdm_done) struct spdm_maker m = spdm_new(0x11, SPDM_P384);

	spdm_digest(&m, 1, 1, 1);
	finish(&m, 3, 0xff);
	refuses(&m, ATT_E_FORMAT, "attributes 0x03");
	spdm_digest(&m, 1, 1, 1);
	finish(&m, 1, 0xff);
	m.b.data[36] = 0x0f;
	refuses(&m, ATT_E_UNSUPPORTED, "slot 15");
	spdm_digest(&m, 1, 1, 1);
	finish(&m, 1, 0xff);
	m.b.data[36] = 3;
	refuses(&m, ATT_E_FORMAT, "is of slot 0, 3 was asked");
	spdm_digest(&m, 1, 1, 1);
	finish(&m, 1, 0xff);
	m.b.data[0] = 0x12;
	refuses(&m, ATT_E_UNSUPPORTED, "version 0x12");
	spdm_digest(&m, 1, 1, 1);
	finish(&m, 1, 0xff);
	m.b.data[37] = 0x10;
	refuses(&m, ATT_E_FORMAT, "where MEASUREMENTS");
	m.version = 0x13;
	spdm_done(&m);
	m = spdm_new(0x13, SPDM_P384);
	spdm_vca(&m);
	spdm_digest(&m, 1, 1, 1);
	finish(&m, 5, 0xff);
	refuses(&m, ATT_E_UNSUPPORTED, "after a reset");
	spdm_digest(&m, 1, 1, 1);
	finish(&m, 1, 0xff);
	poke(&m, 97, 'x');
	refuses(&m, ATT_E_MISMATCH, "RequesterContext");
}
END_TEST

/* -- VCA ------------------------------------------------------------------- */

/* Offsets of 1.2, where nothing has a variable length but NEGOTIATE. */
#define AT_CAPABILITIES 14
#define AT_NEGOTIATE (14 + 40)
#define AT_ALGORITHMS (AT_NEGOTIATE + 48)

static const struct {
	size_t at;
	uint8_t value;
	enum att_code code;
	const char *word;
} vca_faults[] = {
	{ 0, 0x11, ATT_E_FORMAT, "GET_VERSION of version 0x11" },
	{ 5, 0x05, ATT_E_FORMAT, "where VERSION (0x04)" },
	{ 9, 1, ATT_E_UNSUPPORTED, "version 0x00" },
	{ 13, 0x13, ATT_E_FORMAT, "does not list" },
	{ AT_CAPABILITIES, 0x11, ATT_E_UNSUPPORTED, "version 0x11" },
	{ AT_CAPABILITIES, 0x14, ATT_E_UNSUPPORTED, "version 0x14" },
	{ AT_CAPABILITIES + 20, 0x13, ATT_E_FORMAT, "CAPABILITIES of" },
	{ AT_NEGOTIATE + 1, 0x63, ATT_E_FORMAT, "NEGOTIATE_ALGORITHMS" },
	{ AT_NEGOTIATE + 2, 1, ATT_E_TRAILING, "NEGOTIATE_ALGORITHMS" },
	{ AT_NEGOTIATE + 2, 3, ATT_E_SHORT, "NEGOTIATE_ALGORITHMS" },
	{ AT_NEGOTIATE + 4, 31, ATT_E_FORMAT, "31 bytes, at least 32" },
	{ AT_NEGOTIATE + 28, 200, ATT_E_SHORT, "NEGOTIATE_ALGORITHMS" },
	{ AT_ALGORITHMS + 4, 35, ATT_E_FORMAT, "35 bytes, at least 36" },
	{ AT_ALGORITHMS + 5, 255, ATT_E_SHORT, "ALGORITHMS" },
	{ AT_ALGORITHMS + 6, 2, ATT_E_UNSUPPORTED, "SpecificationSel" },
	{ AT_ALGORITHMS + 8, 6, ATT_E_UNSUPPORTED, "HashAlgo 0x6" },
	{ AT_ALGORITHMS + 12, 0, ATT_E_UNSUPPORTED, "BaseAsymSel 0x0" },
	{ AT_ALGORITHMS + 12, 0x90, ATT_E_UNSUPPORTED, "BaseAsymSel 0x90" },
	{ AT_ALGORITHMS + 13, 2, ATT_E_UNSUPPORTED, "BaseAsymSel 0x280" },
	{ AT_ALGORITHMS + 16, 8, ATT_E_UNSUPPORTED, "BaseHashSel 0x8" },
	{ AT_ALGORITHMS + 32, 1, ATT_E_TRAILING, "" },
};

START_TEST(vca_that_is_none)
{
	AUTO_DONE(spdm_done) struct spdm_maker m = spdm_new(0x12, SPDM_P384);
	static struct att_spdm_transcript t;
	enum att_code code = vca_faults[_i].code;

	spdm_standard(&m);
	att_buf_fill(&m.b, 0xcc, 96);
	ok(parse(&m, &t, err));
	m.b.data[vca_faults[_i].at] = vca_faults[_i].value;
	/* an extended algorithm swallows the structure behind it */
	if (vca_faults[_i].at == AT_ALGORITHMS + 32)
		code = ATT_E_SHORT;
	fails(parse(&m, &t, err), code, vca_faults[_i].word);
}
END_TEST

START_TEST(too_long)
{
	AUTO_DONE(spdm_done) struct spdm_maker m = standard(1);
	static struct att_spdm_transcript t;

	att_buf_fill(&m.b, 0, ATT_SPDM_TRANSCRIPT_MAX - m.b.len);
	fails(parse(&m, &t, err), ATT_E_FORMAT, "no signature's length");
	att_buf_u8(&m.b, 0);
	fails(parse(&m, &t, err), ATT_E_LIMIT, "at most");
}
END_TEST

START_TEST(worst_of_several)
{
	AUTO_DONE(spdm_done) struct spdm_maker m = spdm_new(0x12, SPDM_P384);
	static struct att_spdm_transcript t;

	spdm_vca(&m);
	spdm_security_version(&m, 1, 9);
	spdm_security_version(&m, 2, 3);
	spdm_mode(&m, 3, 4, 0);
	spdm_mode(&m, 4, 1, 2);
	finish(&m, 1, 0xff);
	ok(parse(&m, &t, err));
	ck_assert_uint_eq(t.security_version, 3);
	ck_assert_uint_eq(t.mode.operational, 5);
	ck_assert_uint_eq(t.mode.device, 2);
}
END_TEST

/* Of another specification: bytes, and no type, no mode, no version. */
START_TEST(another_specification)
{
	AUTO_DONE(spdm_done) struct spdm_maker m = spdm_new(0x12, SPDM_P384);
	static struct att_spdm_transcript t;

	spdm_vca(&m);
	att_buf_bytes(&m.record, "\x01\x02\x0b\x00\x87\x08\x00"
	    "\x01\x00\x00\x00\x00\x00\x00\x00", 15);
	m.blocks = 1;
	finish(&m, 1, 0xff);
	ok(parse(&m, &t, err));
	ck_assert(!t.has_security_version);
	ck_assert_uint_eq(t.at[1].block.value.len, 11);
	ck_assert_ptr_null(att_spdm_type_name(&t.at[1].block));
}
END_TEST

START_TEST(names_of_algorithms)
{
	struct att_spdm_algorithms a = { 0 };

	ck_assert_ptr_null(att_spdm_scheme_name(&a));
	ck_assert(!att_spdm_scheme_by_name("ecdsa-p521", &a));
	ck_assert(att_spdm_scheme_by_name("rsapss-3072", &a));
	ck_assert_str_eq(att_spdm_scheme_name(&a), "rsapss-3072");
	ck_assert_uint_eq(att_spdm_signature_size(&a), 384);
	ck_assert(att_spdm_scheme_by_name("ecdsa-p384", &a));
	ck_assert_uint_eq(att_spdm_signature_size(&a), 96);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("SPDM transcripts");
	TCase *t = tcase_create("transcripts");

	tcase_add_loop_test(t, each_version, 0, ATT_COUNT(kinds));
	tcase_add_loop_test(t, cut_anywhere, 0, ATT_COUNT(kinds));
	tcase_add_loop_test(t, bytes_behind, 0, ATT_COUNT(kinds));
	tcase_add_loop_test(t, flips, 0, ATT_COUNT(kinds));
	tcase_add_loop_test(t, index_by_index, 0, 4);
	tcase_add_test(t, content_changed);
	tcase_add_test(t, read_again);
	tcase_add_test(t, none_is_signed);
	tcase_add_test(t, answers_that_are_none);
	tcase_add_test(t, blocks_that_are_none);
	tcase_add_test(t, requests_that_are_none);
	tcase_add_loop_test(t, vca_that_is_none, 0, ATT_COUNT(vca_faults));
	tcase_add_test(t, too_long);
	tcase_add_test(t, worst_of_several);
	tcase_add_test(t, another_specification);
	tcase_add_test(t, names_of_algorithms);
	suite_add_tcase(s, t);
	return run_suite(s);
}
