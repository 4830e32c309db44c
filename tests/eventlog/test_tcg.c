#include "testlib.h"

#include "eventlog/tcg.h"
#include "tests/eventlog/logmaker.h"

static const uint16_t two_banks[] = { ATT_ALG_SHA1, ATT_ALG_SHA256 };

/* Where the first event behind the header begins, with two banks. */
#define HEADER_LEN (32 + 16 + 12 + 8 + 1)
/* pcr, type, count, two digests with their algorithms, size */
#define EVENT_LEN(data) (12 + 2 + 20 + 2 + 32 + 4 + (data))

struct counts {
	size_t events;
	uint64_t used;
	enum att_tcg_tail tail;
};

static bool
is_within(struct att_slice part, struct att_slice whole)
{
	return part.len == 0 || (part.data >= whole.data &&
	    part.len <= whole.len &&
	    part.data <= whole.data + whole.len - part.len);
}

/* Opens and reads all; every slice must lie within the log. */
static int
walk(struct att_slice raw, enum att_tcg_kind kind, struct counts *ret,
    struct att_err *err)
{
	struct counts n = { 0 };
	struct att_tcglog log;
	struct att_event ev;
	struct att_tcg_iter it;
	int r;

	if ((r = att_tcglog_open(raw, kind, &log, err)) < 0)
		return r;
	it = att_tcg_begin(&log);
	while ((r = att_tcg_next(&it, &ev, err)) > 0) {
		ck_assert(ev.number == n.events++);
		ck_assert(is_within(ev.data, raw));
		ck_assert(ev.digest_count <= log.alg_count || ev.number == 0);
		for (size_t i = 0; i < ev.digest_count; i++)
			ck_assert(is_within(ev.digest[i].bytes, raw));
	}
	n.used = it.cur.off;
	n.tail = it.tail;
	ck_assert(n.used <= raw.len);
	if (ret != NULL)
		*ret = n;
	return r;
}

static int
walk_tpm(struct att_slice raw, struct counts *ret, struct att_err *err)
{
	return walk(raw, ATT_TCG_TPM, ret, err);
}

static struct att_slice
head(struct att_slice s, size_t n)
{
	return (struct att_slice){ s.data, n };
}

static void
put32(struct logmaker *m, size_t at, uint32_t v)
{
	for (size_t i = 0; i < 4; i++)
		m->log.data[at + i] = (uint8_t)(v >> 8 * i);
}

/* -- good logs ------------------------------------------------------------ */

START_TEST(agile_format)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);
	struct att_tcg_iter it;
	struct att_tcglog log;
	struct att_event ev;
	struct att_digest d;

	lm_event(&m, 4, ATT_EV_EFI_ACTION, S("data"));
	lm_event_some(&m, 1, 14, 0x12345678, S(""));
	lm_no_action(&m, ATT_TCG_NO_PCR, S("x"));
	ok(att_tcglog_open(lm_log(&m), ATT_TCG_TPM, &log, err));
	ck_assert(log.agile && log.alg_count == 2);
	ck_assert(log.alg[0].alg == ATT_ALG_SHA1 && log.alg[0].size == 20);
	ck_assert(log.alg[1].alg == ATT_ALG_SHA256 && log.alg[1].size == 32);
	ck_assert(log.version_major == 2 && log.version_minor == 0);
	ck_assert(log.errata == 105 && log.uintn_size == 2);
	ck_assert(log.platform_class == 0 && log.vendor_info.len == 0);

	it = att_tcg_begin(&log);
	ck_assert_int_eq(att_tcg_next(&it, &ev, NULL), 1);
	ck_assert(ev.number == 0 && ev.offset == 0 && ev.pcr == 0);
	ck_assert(ev.type == ATT_EV_NO_ACTION && ev.digest_count == 1);
	ck_assert_int_eq(att_tcg_next(&it, &ev, NULL), 1);
	ck_assert(ev.number == 1 && ev.offset == HEADER_LEN && ev.pcr == 4);
	ck_assert(ev.type == ATT_EV_EFI_ACTION && ev.digest_count == 2);
	ck_assert(att_slice_is(ev.data, "data"));
	ok(att_digest_of(ATT_ALG_SHA256, S("data"), &d, err));
	ck_assert(att_slice_equal(
	    att_event_digest(&ev, ATT_ALG_SHA256)->bytes,
	    att_digest_view(&d)));
	ck_assert(att_event_digest(&ev, ATT_ALG_SHA384) == NULL);
	ck_assert_int_eq(att_tcg_next(&it, &ev, NULL), 1);
	ck_assert(ev.offset == HEADER_LEN + EVENT_LEN(4) && ev.pcr == 14);
	ck_assert(ev.type == 0x12345678 && ev.digest_count == 1);
	ck_assert(ev.data.len == 0);
	ck_assert_int_eq(att_tcg_next(&it, &ev, NULL), 1);
	ck_assert(ev.pcr == ATT_TCG_NO_PCR);
	ck_assert_int_eq(att_tcg_next(&it, &ev, NULL), 0);
	ck_assert(it.tail == ATT_TCG_TAIL_NONE && it.cur.off == m.log.len);
}
END_TEST

START_TEST(sha1_format)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(NULL, 0);
	struct counts n;
	struct att_tcglog log;

	lm_event(&m, 0, ATT_EV_S_CRTM_VERSION, S("version"));
	lm_event(&m, 23, ATT_EV_IPL, S(""));
	ok(att_tcglog_open(lm_log(&m), ATT_TCG_TPM, &log, err));
	ck_assert(!log.agile && log.alg_count == 1);
	ck_assert(log.alg[0].alg == ATT_ALG_SHA1 && log.alg[0].size == 20);
	ok(walk_tpm(lm_log(&m), &n, err));
	ck_assert(n.events == 2 && n.used == m.log.len);
}
END_TEST

/* The signature and the type together make the format, nothing else. */
START_TEST(nearly_agile)
{
	static const char text[16] = "Spec ID Event03";
	struct att_tcglog log;

	for (size_t len = 0; len <= 16; len++) {
		AUTO_DONE(lm_done) struct logmaker m = lm_new(NULL, 0);
		struct att_slice s = { (const uint8_t *)text, len };

		lm_event(&m, 0, ATT_EV_ACTION, s);
		ok(att_tcglog_open(lm_log(&m), ATT_TCG_TPM, &log, err));
		ck_assert(!log.agile);
		lm_done(&m);
		m = lm_new(NULL, 0);
		lm_no_action(&m, 0, s);
		/* so that a byte behind the end is seen by the sanitizer */
		AUTO(free) char *exact = malloc(m.log.len);
		ck_assert(exact != NULL);
		memcpy(exact, m.log.data, m.log.len);
		ck_assert_int_eq(att_tcglog_open((struct att_slice){
		    (uint8_t *)exact, m.log.len }, ATT_TCG_TPM, &log, NULL),
		    len < 16 ? 0 : ATT_E_SHORT);
	}
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(att_event_type_name(ATT_EV_SEPARATOR),
	    "EV_SEPARATOR");
	ck_assert_str_eq(att_event_type_name(ATT_EV_EFI_SPDM_DEVICE_AUTHORITY),
	    "EV_EFI_SPDM_DEVICE_AUTHORITY");
	ck_assert(att_event_type_name(0x12345678) == NULL);
}
END_TEST

/* -- cut and damaged logs ------------------------------------------------- */

static void
mixed(struct logmaker *m)
{
	lm_event(m, 0, ATT_EV_S_CRTM_VERSION, S("v"));
	lm_event(m, 0, ATT_EV_SEPARATOR,
	    (struct att_slice){ (const uint8_t *)"\0\0\0\0", 4 });
	lm_no_action(m, 0, S("StartupLocality"));
	lm_event(m, 7, ATT_EV_EFI_VARIABLE_AUTHORITY, S("data"));
	lm_event(m, 0, ATT_EV_EFI_ACTION, S(""));
}

/* Good at a border of events, and there alone; up to three bytes are stray. */
static void
cut_everywhere(struct att_slice raw)
{
	size_t border = 0, good = 0, events;
	struct counts n;

	ok(walk_tpm(raw, &n, err));
	events = n.events;
	for (size_t len = 0; len < raw.len; len++) {
		struct att_err why = { 0 };
		int r = walk_tpm(head(raw, len), &n, &why);

		if (r == 0 && n.tail == ATT_TCG_TAIL_NONE) {
			ck_assert(n.used == len);
			border = len;
			good++;
		} else if (r == 0) {
			ck_assert(n.tail == ATT_TCG_TAIL_STRAY);
			ck_assert(n.used == border && len - border <= 3);
		} else {
			ck_assert(r == ATT_E_SHORT && why.offset <= len);
			ck_assert(border == 0 || len - border > 3);
		}
	}
	/* behind each event but the last */
	ck_assert_uint_eq(good, events - 1);
}

START_TEST(cut_agile)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);

	mixed(&m);
	cut_everywhere(lm_log(&m));
}
END_TEST

START_TEST(cut_sha1)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(NULL, 0);

	mixed(&m);
	cut_everywhere(lm_log(&m));
}
END_TEST

/* Nothing but the verdict may change: no crash, no byte outside. */
START_TEST(bit_flips)
{
	static const enum att_tcg_kind kinds[] = { ATT_TCG_TPM, ATT_TCG_CC };
	size_t refused = 0, taken = 0;

	for (size_t agile = 0; agile < 2; agile++) {
		AUTO_DONE(lm_done) struct logmaker m =
		    lm_new(two_banks, 2 * agile);

		mixed(&m);
		for (size_t bit = 0; bit < 8 * m.log.len; bit++) {
			m.log.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
			for (size_t k = 0; k < ATT_COUNT(kinds); k++) {
				struct att_err why = { 0 };
				int r = walk(lm_log(&m), kinds[k], NULL,
				    &why);

				ck_assert(r == 0 || why.text[0] != '\0');
				*(r < 0 ? &refused : &taken) += 1;
			}
			m.log.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
	ck_assert(refused > 1000 && taken > 1000);
}
END_TEST

START_TEST(padding)
{
	static const uint8_t values[] = { 0x00, 0xff };

	for (size_t agile = 0; agile < 2; agile++)
		for (size_t len = 0; len < 40; len++)
			for (size_t v = 0; v < 2; v++) {
				AUTO_DONE(lm_done) struct logmaker m =
				    lm_new(two_banks, 2 * agile);
				size_t whole = agile ? 16 : 32, used;
				struct counts n;
				int r;

				lm_event(&m, 7, ATT_EV_IPL, S("x"));
				used = m.log.len;
				att_buf_fill(&m.log, values[v], len);
				r = walk_tpm(lm_log(&m), &n, NULL);
				if (len > 3 && len < whole) {
					ck_assert(r == ATT_E_SHORT ||
					    r == ATT_E_FORMAT);
					continue;
				}
				ck_assert_int_eq(r, 0);
				ck_assert(n.used == used);
				ck_assert(n.tail == (len == 0 ?
				    ATT_TCG_TAIL_NONE : len <= 3 ?
				    ATT_TCG_TAIL_STRAY : v == 0 ?
				    ATT_TCG_TAIL_ZERO : ATT_TCG_TAIL_FF));
			}
}
END_TEST

START_TEST(nothing_written)
{
	uint8_t buffer[4096];

	fails(walk_tpm((struct att_slice){ 0 }, NULL, err), ATT_E_SHORT,
	    "event header");
	memset(buffer, 0, sizeof(buffer));
	fails(walk_tpm((struct att_slice){ buffer, sizeof(buffer) }, NULL,
		  err), ATT_E_FORMAT, "padding");
	memset(buffer, 0xff, sizeof(buffer));
	fails(walk_tpm((struct att_slice){ buffer, sizeof(buffer) }, NULL,
		  err), ATT_E_FORMAT, "padding");
	fails(walk((struct att_slice){ buffer, sizeof(buffer) }, ATT_TCG_CC,
		  NULL, err), ATT_E_FORMAT, "padding");
}
END_TEST

/* -- lies ----------------------------------------------------------------- */

/* One field of a good log that is exchanged: offset, value, what is said. */
START_TEST(lying_fields)
{
	enum { ALGS = 32 + 16 + 8, ALG = ALGS + 4, VENDOR = HEADER_LEN - 1,
		EVENT = HEADER_LEN, COUNT = EVENT + 8, DIGEST = EVENT + 12,
		SIZE = DIGEST + 2 + 20 + 2 + 32 };
	static const struct {
		size_t at;
		uint32_t value;
		int code;
		const char *word;
	} lies[] = {
		{ 28, 0xffffffff, ATT_E_SHORT, "4294967295 data bytes" },
		{ 28, 16, ATT_E_SHORT, "Spec ID event" },
		{ ALGS, 0, ATT_E_FORMAT, "0 algorithms" },
		{ ALGS, 1, ATT_E_SHORT, "vendor information" },
		{ ALGS, 3, ATT_E_SHORT, "Spec ID event" },
		{ ALGS, 9, ATT_E_LIMIT, "9 algorithms, 1 to 8" },
		{ ALGS, 0x40000000, ATT_E_LIMIT, "algorithms" },
		{ ALGS, 0xffffffff, ATT_E_LIMIT, "algorithms" },
		{ ALG, 20 << 16 | ATT_ALG_SHA256, ATT_E_FORMAT,
		    "0x000b with digests of 20" },
		{ ALG, 0u << 16 | ATT_ALG_SHA1, ATT_E_FORMAT, "of 0 bytes" },
		{ ALG, 0u << 16 | 0x27, ATT_E_FORMAT, "of 0 bytes" },
		{ ALG, 65u << 16 | 0x27, ATT_E_FORMAT, "of 65 bytes" },
		{ ALG, 32u << 16 | ATT_ALG_SHA256, ATT_E_FORMAT, "twice" },
		{ VENDOR, 1, ATT_E_SHORT, "vendor information" },
		{ VENDOR, 0xff, ATT_E_SHORT, "vendor information" },
		{ EVENT, 24, ATT_E_FORMAT, "register 24, at most 23" },
		{ EVENT, 256 + 7, ATT_E_FORMAT, "register 263" },
		{ EVENT, ATT_TCG_NO_PCR, ATT_E_FORMAT, "register" },
		{ EVENT, 0x01c40200, ATT_E_FORMAT, "register" },
		{ COUNT, 3, ATT_E_FORMAT, "3 digests" },
		{ COUNT, 0xffffffff, ATT_E_FORMAT, "4294967295 digests" },
		{ SIZE, 5, ATT_E_SHORT, "5 data bytes, 4 are left" },
		{ SIZE, 0x7fffffff, ATT_E_SHORT, "data bytes" },
		{ SIZE, 0xffffffff, ATT_E_SHORT, "4294967295 data bytes" },
	};

	for (size_t i = 0; i < ATT_COUNT(lies); i++) {
		AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);

		lm_event(&m, 4, ATT_EV_EFI_ACTION, S("data"));
		/* the vendor size is one byte: keep what follows it */
		if (lies[i].at == VENDOR)
			m.log.data[VENDOR] = (uint8_t)lies[i].value;
		else
			put32(&m, lies[i].at, lies[i].value);
		fails(walk_tpm(lm_log(&m), NULL, err), lies[i].code,
		    lies[i].word);
	}
}
END_TEST

START_TEST(offsets)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);
	struct att_err why;
	struct counts n;

	lm_event(&m, 4, ATT_EV_EFI_ACTION, S("data"));
	lm_event(&m, 24, ATT_EV_EFI_ACTION, S("data"));
	ck_assert_int_eq(walk_tpm(lm_log(&m), &n, &why), ATT_E_FORMAT);
	ck_assert_uint_eq(why.offset, m.last);
	/* the first algorithm of the header has a wrong size */
	m.log.data[32 + 28 + 2] = 21;
	ck_assert_int_eq(walk_tpm(lm_log(&m), &n, &why), ATT_E_FORMAT);
	ck_assert_uint_eq(why.offset, 32 + 28);
}
END_TEST

START_TEST(lying_digests)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);
	uint8_t *alg;

	lm_event(&m, 4, ATT_EV_EFI_ACTION, S("data"));
	/* of an algorithm that the header lacks, then one that stands twice */
	alg = m.log.data + HEADER_LEN + 12;
	alg[0] = ATT_ALG_SHA384;
	fails(walk_tpm(lm_log(&m), NULL, err), ATT_E_FORMAT,
	    "0x000c is not in the header");
	alg[0] = ATT_ALG_SHA1;
	alg[2 + 20] = ATT_ALG_SHA1;
	fails(walk_tpm(lm_log(&m), NULL, err), ATT_E_FORMAT, "twice");
}
END_TEST

/* -- limits --------------------------------------------------------------- */

START_TEST(many_algorithms)
{
	static const uint16_t one[] = { ATT_ALG_SHA256 };

	for (uint32_t n = 1; n <= ATT_TCG_ALGS_MAX + 1; n++) {
		AUTO_DONE(lm_done) struct logmaker m = lm_new(one, 1);
		struct att_err why = { 0 };
		struct att_tcglog log;
		int r;

		/* the vendor size goes, more algorithms and it come */
		m.log.len--;
		for (uint32_t i = 1; i < n; i++) {
			att_buf_le16(&m.log, (uint16_t)(0x100 + i));
			att_buf_le16(&m.log, ATT_DIGEST_MAX);
		}
		att_buf_u8(&m.log, 0);
		put32(&m, 28, (uint32_t)m.log.len - 32);
		put32(&m, 32 + 24, n);
		r = att_tcglog_open(lm_log(&m), ATT_TCG_TPM, &log, &why);
		ck_assert_int_eq(r, n <= ATT_TCG_ALGS_MAX ? 0 : ATT_E_LIMIT);
		if (r < 0)
			continue;
		ck_assert(log.alg_count == n);
		/* an unknown one is passed over by its size */
		lm_event(&m, 0, ATT_EV_IPL, S("data"));
		ok(walk_tpm(lm_log(&m), NULL, err));
	}
}
END_TEST

START_TEST(vendor_information)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);
	struct att_tcglog log;

	m.log.data[m.log.len - 1] = 255;
	att_buf_fill(&m.log, 'v', 255);
	put32(&m, 28, (uint32_t)m.log.len - 32);
	ok(att_tcglog_open(lm_log(&m), ATT_TCG_TPM, &log, err));
	ck_assert(log.vendor_info.len == 255 && log.vendor_info.data[9] == 'v');
	/* one byte more is nobody's */
	att_buf_u8(&m.log, 0);
	put32(&m, 28, (uint32_t)m.log.len - 32);
	fails(att_tcglog_open(lm_log(&m), ATT_TCG_TPM, &log, err),
	    ATT_E_TRAILING, "1 bytes behind its end");
}
END_TEST

START_TEST(largest)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(NULL, 0);
	struct counts n;

	att_buf_le32(&m.log, 4);
	att_buf_le32(&m.log, ATT_EV_IPL);
	att_buf_fill(&m.log, 1, 20);
	att_buf_le32(&m.log, ATT_TCG_LOG_MAX - 32);
	att_buf_fill(&m.log, 2, ATT_TCG_LOG_MAX - 32);
	ck_assert(m.log.len == ATT_TCG_LOG_MAX);
	ok(walk_tpm(lm_log(&m), &n, err));
	ck_assert(n.events == 1);
	att_buf_u8(&m.log, 0);
	fails(walk_tpm(lm_log(&m), NULL, err), ATT_E_LIMIT, "16777217 bytes");
}
END_TEST

/* -- confidential guests -------------------------------------------------- */

START_TEST(cc_registers)
{
	static const uint16_t bank[] = { ATT_ALG_SHA384 };

	for (uint32_t mr = 0; mr < 8; mr++) {
		AUTO_DONE(lm_done) struct logmaker m = lm_new(bank, 1);
		struct att_err why = { 0 };
		int r;

		put32(&m, 0, 1);
		lm_event(&m, mr, ATT_EV_IPL, S("data"));
		r = walk(lm_log(&m), ATT_TCG_CC, NULL, &why);
		ck_assert_int_eq(r, mr >= 1 && mr <= 4 ? 0 : ATT_E_FORMAT);
		ck_assert(r == 0 || strstr(why.text,
		    mr == 0 ? "MRTD" : "at most 4") != NULL);
	}
}
END_TEST

START_TEST(cc_is_no_tpm)
{
	static const uint16_t bank[] = { ATT_ALG_SHA384 };
	AUTO_DONE(lm_done) struct logmaker ovmf = lm_new(bank, 1);
	AUTO_DONE(lm_done) struct logmaker shim = lm_new(bank, 1);
	AUTO_DONE(lm_done) struct logmaker old = lm_new(NULL, 0);

	put32(&ovmf, 0, 1);
	lm_event(&ovmf, 1, ATT_EV_IPL, S("data"));
	fails(walk_tpm(lm_log(&ovmf), NULL, err), ATT_E_UNSUPPORTED,
	    "not of PCR 0");
	shim.log.data[shim.log.len - 1] = 7;
	att_buf_str(&shim.log, "td-shim");
	put32(&shim, 28, (uint32_t)shim.log.len - 32);
	ok(walk(lm_log(&shim), ATT_TCG_CC, NULL, err));
	fails(walk_tpm(lm_log(&shim), NULL, err), ATT_E_UNSUPPORTED,
	    "confidential guest");
	lm_event(&old, 1, ATT_EV_IPL, S("data"));
	fails(walk(lm_log(&old), ATT_TCG_CC, NULL, err), ATT_E_FORMAT,
	    "no Spec ID event");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("tcg");
	TCase *t = tcase_create("tcg");

	tcase_add_test(t, agile_format);
	tcase_add_test(t, sha1_format);
	tcase_add_test(t, nearly_agile);
	tcase_add_test(t, names);
	tcase_add_test(t, cut_agile);
	tcase_add_test(t, cut_sha1);
	tcase_add_test(t, bit_flips);
	tcase_add_test(t, padding);
	tcase_add_test(t, nothing_written);
	tcase_add_test(t, lying_fields);
	tcase_add_test(t, offsets);
	tcase_add_test(t, lying_digests);
	tcase_add_test(t, many_algorithms);
	tcase_add_test(t, vendor_information);
	tcase_add_test(t, largest);
	tcase_add_test(t, cc_registers);
	tcase_add_test(t, cc_is_no_tpm);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return run_suite(suite());
}
