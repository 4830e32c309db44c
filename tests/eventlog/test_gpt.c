#include "eventlog/describing.h"

#include "eventlog/gpt.h"

static int
gpt(struct att_slice s, struct att_fields f, struct att_err *err)
{
	return att_gpt_describe(s, f, err);
}

/* A header for `count` entries of `size` bytes, and so many of them. */
static void
put_gpt(struct att_buf *b, uint32_t size, uint64_t count, unsigned entries)
{
	att_buf_reset(b);
	att_buf_str(b, "EFI PART");
	att_buf_le32(b, 0x10000);
	att_buf_le32(b, 92);
	att_buf_fill(b, 0, 4 + 4);
	att_buf_le64(b, 1);
	att_buf_le64(b, 1000);
	att_buf_le64(b, 34);	/* first, last usable */
	att_buf_le64(b, 966);
	att_buf_fill(b, 0xdd, 16);
	att_buf_le64(b, 2);
	att_buf_le32(b, 128);
	att_buf_le32(b, size);
	att_buf_le32(b, 0);
	att_buf_le64(b, count);
	for (unsigned i = 0; i < entries; i++) {
		att_buf_fill(b, (uint8_t)(0x10 + i), 16);
		att_buf_fill(b, (uint8_t)(0x20 + i), 16);
		att_buf_le64(b, 100);
		att_buf_le64(b, 200);
		att_buf_le64(b, 4);
		put_utf16(b, "root");
		att_buf_fill(b, 0, size - 128 + 72 - 8);
	}
}

#define ONE                                                                  \
	"{\"attributes\":\"0x4\",\"first_lba\":100,\"last_lba\":200,"        \
	"\"name\":\"root\",\"type\":\"10101010-1010-1010-1010-101010101010\"," \
	"\"unique\":\"20202020-2020-2020-2020-202020202020\"}"
#define DISK                                                                 \
	"{\"disk\":\"dddddddd-dddd-dddd-dddd-dddddddddddd\","                \
	"\"first_lba\":34,\"last_lba\":966,\"partitions\":["

START_TEST(entries_of_any_size)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(9999);
	struct att_gpt_entry e;
	struct att_gpt g;

	put_gpt(&b, 128, 0, 0);
	describes(gpt, att_buf_view(&b), DISK "]}");
	put_gpt(&b, 128, 1, 1);
	describes(gpt, att_buf_view(&b), DISK ONE "]}");
	ck_assert_uint_eq(cuts_and_flips(gpt, att_buf_view(&b)), 0);
	put_gpt(&b, 256, 2, 2);
	ok(att_gpt_parse(att_buf_view(&b), &g, err));
	ck_assert(att_gpt_entry(&g, 1, &e) && e.unique[0] == 0x21);
	ck_assert(!att_gpt_entry(&g, 2, &e));
	ck_assert(!att_gpt_entry(&g, SIZE_MAX, &e));
}
END_TEST

START_TEST(faults)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);

	put_gpt(&b, 128, 2, 1);
	refuses(gpt, att_buf_view(&b), ATT_E_SHORT, "its partitions", "{}");
	put_gpt(&b, 128, 1, 2);
	refuses(gpt, att_buf_view(&b), ATT_E_TRAILING, "128 bytes behind",
	    "{}");
	put_gpt(&b, 128, UINT64_MAX, 1);
	refuses(gpt, att_buf_view(&b), ATT_E_LIMIT,
	    "18446744073709551615 partitions", "{}");
	put_gpt(&b, 128, 1, 1);
	b.data[84] = 127;
	refuses(gpt, att_buf_view(&b), ATT_E_FORMAT, "entries of 127", "{}");
	b.data[84] = 128;
	b.data[0] = 'e';
	refuses(gpt, att_buf_view(&b), ATT_E_FORMAT, "EFI PART", "{}");
	put_gpt(&b, 128, ATT_GPT_ENTRIES_MAX, ATT_GPT_ENTRIES_MAX);
	ck_assert(describe_copy(gpt, b.data, b.len) == 0);
	put_gpt(&b, 128, ATT_GPT_ENTRIES_MAX + 1, ATT_GPT_ENTRIES_MAX + 1);
	refuses(gpt, att_buf_view(&b), ATT_E_LIMIT, "at most 1024", "{}");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("gpt");
	TCase *t = tcase_create("gpt");

	tcase_add_test(t, entries_of_any_size);
	tcase_add_test(t, faults);
	suite_add_tcase(s, t);
	return run_suite(s);
}
