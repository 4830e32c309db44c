#include "testlib.h"

#include "protocol/subject_data.h"

/* A byte that tells register and position apart. */
static uint8_t
mark(unsigned pcr, size_t i)
{
	return (uint8_t)(pcr * 7 + i + 1);
}

static struct att_pcrs
pcrs_of(uint16_t alg, uint32_t mask)
{
	struct att_pcrs p = { 0 };
	uint8_t v[ATT_DIGEST_MAX];

	for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
		for (size_t i = 0; i < sizeof(v); i++)
			v[i] = mark(pcr, i);
		if ((mask >> pcr & 1) != 0)
			ok(att_pcrs_set(&p, alg, pcr, (struct att_slice){ v,
				   att_alg_size(alg) }, err));
	}
	return p;
}

static struct att_buf
encoded(uint16_t alg, uint32_t mask)
{
	struct att_pcrs p = pcrs_of(alg, mask);
	struct att_pcr_select s = { alg, mask };
	struct att_buf b = ATT_BUF(ATT_SUBJECT_DATA_MAX);

	ok(att_subject_data_encode(&p, &s, &b, err));
	return b;
}

/* The layout, written down byte by byte. */
START_TEST(bytes_of_three_registers)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    encoded(ATT_ALG_SHA256, 1u << 0 | 1u << 9 | 1u << 23);
	static const unsigned pcr[] = { 0, 9, 23 };
	uint8_t want[668] = { 1, 0, 0, 0, 0x0b, 0, 3, 0x01, 0x02, 0x80 };

	want[132] = 1;
	want[136] = 3;
	for (size_t k = 0; k < 3; k++) {
		want[140 + 66 * k] = 32;
		for (size_t i = 0; i < 32; i++)
			want[142 + 66 * k + i] = mark(pcr[k], i);
	}
	ck_assert_uint_eq(b.len, sizeof(want));
	ck_assert_mem_eq(b.data, want, sizeof(want));
}
END_TEST

START_TEST(sizes)
{
	static const struct {
		uint32_t mask;
		size_t size;
	} rows[] = { { 1, 668 }, { 0xff, 668 }, { 0x1ff, 1200 },
		{ 0xffff, 1200 }, { 0x80ffff, 1732 }, { ATT_PCR_ALL, 1732 } };

	for (size_t i = 0; i < ATT_COUNT(rows); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b =
		    encoded(ATT_ALG_SHA256, rows[i].mask);

		ck_assert_uint_eq(b.len, rows[i].size);
	}
}
END_TEST

START_TEST(there_and_back_in_every_bank)
{
	static const uint32_t masks[] = { 1, 1u << 23, 0xff, 0x1ff, 0x80ffff,
		0xa5a5a5, ATT_PCR_ALL };

	for (size_t a = 0; a < ATT_BANKS_MAX; a++)
		for (size_t m = 0; m < ATT_COUNT(masks); m++) {
			AUTO_DONE(att_buf_done) struct att_buf b =
			    encoded(att_alg_at(a), masks[m]);
			AUTO_DONE(att_buf_done) struct att_buf again =
			    ATT_BUF(ATT_SUBJECT_DATA_MAX);
			struct att_pcrs want =
			    pcrs_of(att_alg_at(a), masks[m]), got;
			struct att_pcr_select s = { att_alg_at(a), masks[m] };

			ok(att_subject_data_parse(att_buf_view(&b), &got,
			    err));
			ck_assert_uint_eq(got.count, 1);
			ck_assert_mem_eq(&got.bank[0], &want.bank[0],
			    sizeof(got.bank[0]));
			ok(att_subject_data_encode(&got, &s, &again, err));
			ck_assert(att_slice_equal(att_buf_view(&b),
			    att_buf_view(&again)));
		}
}
END_TEST

START_TEST(every_truncation_and_one_more)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    encoded(ATT_ALG_SHA256, 0x1ff);
	uint8_t more[1201] = { 0 };
	struct att_pcrs p;

	for (size_t n = 0; n < b.len; n++) {
		AUTO(free) char *exact = malloc(n == 0 ? 1 : n);

		memcpy(exact, b.data, n);
		ck_assert_int_lt(att_subject_data_parse((struct att_slice){
				     (uint8_t *)exact, n }, &p, NULL), 0);
	}
	memcpy(more, b.data, b.len);
	fails(att_subject_data_parse((struct att_slice){ more, sizeof(more) },
		  &p, err), ATT_E_TRAILING, "1 bytes");
}
END_TEST

/* What is taken encodes to the same bytes; only values may differ. */
START_TEST(every_flipped_bit)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    encoded(ATT_ALG_SHA256, 0x1ff);
	unsigned taken = 0;

	for (size_t i = 0; i < b.len * 8; i++) {
		AUTO_DONE(att_buf_done) struct att_buf again =
		    ATT_BUF(ATT_SUBJECT_DATA_MAX);
		struct att_pcr_select s;
		struct att_pcrs p;

		b.data[i / 8] ^= (uint8_t)(1 << i % 8);
		if (att_subject_data_parse(att_buf_view(&b), &p, NULL) == 0) {
			taken++;
			s = (struct att_pcr_select){ p.bank[0].alg,
				p.bank[0].mask };
			ok(att_subject_data_encode(&p, &s, &again, err));
			ck_assert(att_slice_equal(att_buf_view(&b),
			    att_buf_view(&again)));
		}
		b.data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	/* bits of the nine digests: all else is said twice, or fixed */
	ck_assert_uint_eq(taken, 9 * 32 * 8);
}
END_TEST

/* One byte that must be what it is. */
START_TEST(rules)
{
	static const struct {
		size_t at;
		uint8_t value;
		int code;
		const char *word;
	} rows[] = {
		{ 0, 0, ATT_E_FORMAT, "0 selections" },
		{ 0, 2, ATT_E_FORMAT, "2 selections" },
		{ 4, 0x0e, ATT_E_UNSUPPORTED, "bank 0x000e" },
		{ 4, 0x04, ATT_E_FORMAT, "must have 20" },
		{ 5, 1, ATT_E_UNSUPPORTED, "bank 0x010b" },
		{ 6, 2, ATT_E_FORMAT, "sizeofSelect is 2" },
		{ 6, 4, ATT_E_FORMAT, "sizeofSelect is 4" },
		{ 10, 1, ATT_E_FORMAT, "must be zero" },
		{ 11, 1, ATT_E_FORMAT, "must be zero" },
		{ 12, 0x0b, ATT_E_FORMAT, "must be zero" },
		{ 131, 1, ATT_E_FORMAT, "must be zero" },
		{ 132, 0, ATT_E_FORMAT, "0 lists" },
		{ 132, 2, ATT_E_FORMAT, "2 lists" },
		{ 135, 0x80, ATT_E_FORMAT, "lists" },
		{ 136, 2, ATT_E_FORMAT, "list of 2" },
		{ 136, 4, ATT_E_FORMAT, "list of 4" },
		{ 139, 0xff, ATT_E_FORMAT, "list of" },
		{ 140, 31, ATT_E_FORMAT, "PCR 0 must have 32" },
		{ 141, 1, ATT_E_FORMAT, "PCR 0 must have 32" },
		{ 140 + 66, 0, ATT_E_FORMAT, "PCR 9 must have 32" },
		{ 142 + 32, 1, ATT_E_FORMAT, "follows a digest" },
		{ 140 + 3 * 66, 32, ATT_E_FORMAT, "unused" },
		{ 667, 1, ATT_E_FORMAT, "unused" },
	};
	AUTO_DONE(att_buf_done) struct att_buf b =
	    encoded(ATT_ALG_SHA256, 1u << 0 | 1u << 9 | 1u << 23);

	for (size_t i = 0; i < ATT_COUNT(rows); i++) {
		uint8_t was = b.data[rows[i].at];
		struct att_pcrs p;

		b.data[rows[i].at] = rows[i].value;
		fails(att_subject_data_parse(att_buf_view(&b), &p, err),
		    rows[i].code, rows[i].word);
		b.data[rows[i].at] = was;
	}
}
END_TEST

START_TEST(no_register)
{
	AUTO_DONE(att_buf_done) struct att_buf b = encoded(ATT_ALG_SHA256, 1);
	struct att_pcrs p;

	b.data[7] = 0;
	fails(att_subject_data_parse(att_buf_view(&b), &p, err), ATT_E_FORMAT,
	    "no PCR");
}
END_TEST

START_TEST(selections_that_cannot_be_written)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_SUBJECT_DATA_MAX);
	struct att_pcrs p = pcrs_of(ATT_ALG_SHA256, 0xff);
	struct att_pcr_select none = { ATT_ALG_SHA256, 0 };
	struct att_pcr_select beyond = { ATT_ALG_SHA256, 1u << 24 };
	struct att_pcr_select unknown = { 0x0010, 1 };
	struct att_pcr_select without = { ATT_ALG_SHA256, 1u << 8 };
	struct att_pcr_select bank = { ATT_ALG_SHA1, 1 };

	fails(att_subject_data_encode(&p, &none, &b, err), ATT_E_USAGE,
	    "selection");
	fails(att_subject_data_encode(&p, &beyond, &b, err), ATT_E_USAGE,
	    "selection");
	fails(att_subject_data_encode(&p, &unknown, &b, err), ATT_E_USAGE,
	    "0x0010");
	fails(att_subject_data_encode(&p, &without, &b, err),
	    ATT_E_NOT_FOUND, "PCR 8");
	fails(att_subject_data_encode(&p, &bank, &b, err), ATT_E_NOT_FOUND,
	    "sha1");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("protocol subject_data");
	TCase *t = tcase_create("subject_data");

	tcase_add_test(t, bytes_of_three_registers);
	tcase_add_test(t, sizes);
	tcase_add_test(t, there_and_back_in_every_bank);
	tcase_add_test(t, every_truncation_and_one_more);
	tcase_add_test(t, every_flipped_bit);
	tcase_add_test(t, rules);
	tcase_add_test(t, no_register);
	tcase_add_test(t, selections_that_cannot_be_written);
	suite_add_tcase(s, t);
	return run_suite(s);
}
