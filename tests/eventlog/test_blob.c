#include "eventlog/describing.h"

#include "eventlog/blob.h"

static bool second;

static int
blob(struct att_slice s, struct att_fields f, struct att_err *err)
{
	return att_blob_describe(s, second, f, err);
}

static int
handoff(struct att_slice s, struct att_fields f, struct att_err *err)
{
	return att_handoff_describe(s, second, f, err);
}

START_TEST(blobs)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(99);

	second = false;
	att_buf_le64(&b, 0xff000000);
	att_buf_le64(&b, 0x40000);
	describes(blob, att_buf_view(&b),
	    "{\"base\":\"0xff000000\",\"length\":\"0x40000\"}");
	ck_assert_uint_eq(cuts_and_flips(blob, att_buf_view(&b)), 0);
	att_buf_u8(&b, 0);
	refuses(blob, att_buf_view(&b), ATT_E_TRAILING, "1 bytes behind",
	    "{}");
	second = true;
	att_buf_reset(&b);
	att_buf_u8(&b, 8);
	att_buf_str(&b, "FV_M\x1bIN");
	att_buf_u8(&b, 0);
	att_buf_le64(&b, 1);
	att_buf_le64(&b, 2);
	describes(blob, att_buf_view(&b),
	    "{\"base\":\"0x1\",\"description\":\"FV_M\\\\x1bIN\","
	    "\"length\":\"0x2\"}");
	ck_assert_uint_eq(cuts_and_flips(blob, att_buf_view(&b)), 0);
	b.data[0] = 255;
	refuses(blob, att_buf_view(&b), ATT_E_SHORT, "BLOB2", "{}");
}
END_TEST

static void
put_tables(struct att_buf *b, unsigned width, uint64_t count, unsigned n)
{
	att_buf_reset(b);
	if (second) {
		att_buf_u8(b, 4);
		att_buf_bytes(b, "SMB", 4);
	}
	if (width == 8)
		att_buf_le64(b, count);
	else
		att_buf_le32(b, (uint32_t)count);
	for (unsigned i = 0; i < n; i++) {
		att_buf_fill(b, (uint8_t)(0x11 + i), 16);
		if (width == 8)
			att_buf_le64(b, 0x1000 + i);
		else
			att_buf_le32(b, 0x1000 + i);
	}
}

#define TABLES                                                               \
	"\"tables\":[{\"pointer\":\"0x1000\","                               \
	"\"table\":\"11111111-1111-1111-1111-111111111111\"},"              \
	"{\"pointer\":\"0x1001\","                                           \
	"\"table\":\"12121212-1212-1212-1212-121212121212\"}]}"

START_TEST(handoff_tables)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);

	for (unsigned width = 4; width <= 8; width += 4) {
		second = false;
		put_tables(&b, width, 2, 2);
		describes(handoff, att_buf_view(&b), "{" TABLES);
		/* 44 bytes of a wide one are two tables of a narrow one */
		ck_assert_uint_eq(cuts_and_flips(handoff, att_buf_view(&b)),
		    width == 8 ? 1 : 0);
		second = true;
		put_tables(&b, width, 2, 2);
		describes(handoff, att_buf_view(&b),
		    "{\"description\":\"SMB\"," TABLES);
	}
}
END_TEST

START_TEST(handoff_tables_that_lie)
{
	static const uint64_t counts[] = { 3, 1000, 1ull << 61,
		UINT64_MAX / 24 + 2, UINT64_MAX };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);

	second = false;
	for (size_t i = 0; i < ATT_COUNT(counts); i++) {
		put_tables(&b, 8, counts[i], 2);
		refuses(handoff, att_buf_view(&b), ATT_E_SHORT,
		    "tables in 48 bytes", "{}");
	}
	put_tables(&b, 8, 1, 2);
	refuses(handoff, att_buf_view(&b), ATT_E_TRAILING, "24 bytes", "{}");
	put_tables(&b, 8, ATT_HANDOFF_TABLES_MAX, ATT_HANDOFF_TABLES_MAX);
	ck_assert(describe_copy(handoff, b.data, b.len) == 0);
	put_tables(&b, 8, ATT_HANDOFF_TABLES_MAX + 1,
	    ATT_HANDOFF_TABLES_MAX + 1);
	refuses(handoff, att_buf_view(&b), ATT_E_LIMIT, "at most 1024", "{}");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("blob");
	TCase *t = tcase_create("blob");

	tcase_add_test(t, blobs);
	tcase_add_test(t, handoff_tables);
	tcase_add_test(t, handoff_tables_that_lie);
	suite_add_tcase(s, t);
	return run_suite(s);
}
