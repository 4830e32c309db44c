#include "eventlog/describing.h"

#include "eventlog/sipa.h"
#include "eventlog/tag.h"

static int
tag(struct att_slice s, struct att_fields f, struct att_err *err)
{
	return att_tag_describe(s, f, err);
}

static void
put_tag(struct att_buf *b, uint32_t id, const void *data, uint32_t len)
{
	att_buf_le32(b, id);
	att_buf_le32(b, len);
	att_buf_bytes(b, data, len);
}

START_TEST(tags_of_linux_and_systemd)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999),
					       u = ATT_BUF(99);

	put_tag(&b, 0x8f3b22ec, "Linux initrd", 13);
	describes(tag, att_buf_view(&b),
	    "{\"data\":\"Linux initrd\",\"tag\":\"0x8f3b22ec\","
	    "\"tag_name\":\"Linux initrd\"}");
	ck_assert_uint_eq(cuts_and_flips(tag, att_buf_view(&b)), 0);
	att_buf_reset(&b);
	put_utf16(&u, "loader.conf");
	att_buf_le16(&u, 0);
	put_tag(&b, 0xf5bc582a, u.data, (uint32_t)u.len);
	describes(tag, att_buf_view(&b),
	    "{\"data\":\"loader.conf\",\"tag\":\"0xf5bc582a\","
	    "\"tag_name\":\"systemd loader.conf\"}");
	att_buf_reset(&b);
	put_tag(&b, 0x12345678, "\1\2", 2);
	describes(tag, att_buf_view(&b),
	    "{\"data_hex\":\"0102\",\"tag\":\"0x12345678\"}");
	att_buf_u8(&b, 0);
	refuses(tag, att_buf_view(&b), ATT_E_TRAILING, "1 bytes behind",
	    "{}");
	/* kernels in confidential guests, before they learnt the header */
	describes(tag, S("LOADED_IMAGE::LoadOptions"),
	    "{\"text\":\"LOADED_IMAGE::LoadOptions\"}");
}
END_TEST

#define BOUNDARY 0x40010001u

START_TEST(tree_of_windows)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999),
	    in = ATT_BUF(999), u = ATT_BUF(99);

	put_utf16(&u, "\\Windows");
	put_tag(&in, 0x00050009, u.data, (uint32_t)u.len);
	put_tag(&in, 0x00050001, "\1", 1);
	put_tag(&in, 0x00020002, "\x28\x54\x9e\x0a\0\0\0\0", 8);
	put_tag(&in, 0x00050001, "\1\2\3", 3);
	put_tag(&in, 0x40010003, "", 0);
	put_tag(&in, 0x00077777, "\xff", 1);
	put_tag(&b, BOUNDARY, in.data, (uint32_t)in.len);
	describes(tag, att_buf_view(&b),
	    "{\"tags\":[{\"tag\":\"TrustBoundary\",\"tags\":["
	    "{\"tag\":\"SystemRoot\",\"value\":\"\\\\Windows\"},"
	    "{\"tag\":\"OSKernelDebug\",\"value\":1},"
	    "{\"tag\":\"BootCounter\",\"value\":178148392},"
	    "{\"tag\":\"OSKernelDebug\",\"value_hex\":\"010203\"},"
	    "{\"tag\":\"LoadedModuleAggregation\",\"tags\":[]},"
	    "{\"tag\":\"0x77777\",\"value_hex\":\"ff\"}]}]}");
	ck_assert_uint_eq(cuts_and_flips(tag, att_buf_view(&b)), 0);
	/* a size that goes beyond its container */
	b.data[8 + 4]++;
	refuses(tag, att_buf_view(&b), ATT_E_SHORT, "bytes, ", NULL);
}
END_TEST

/* `depth` containers, one in the other, and in the last a byte. */
static void
put_nested(struct att_buf *b, unsigned depth)
{
	uint32_t len = 9 + 8 * (depth - 1);

	att_buf_reset(b);
	for (unsigned i = 0; i < depth; i++, len -= 8) {
		att_buf_le32(b, BOUNDARY);
		att_buf_le32(b, len);
	}
	put_tag(b, 0x00050001, "\1", 1);
}

START_TEST(limits_of_the_tree)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);

	put_nested(&b, ATT_SIPA_DEPTH_MAX - 1);
	ck_assert(describe_copy(tag, b.data, b.len) == 0);
	put_nested(&b, ATT_SIPA_DEPTH_MAX);
	refuses(tag, att_buf_view(&b), ATT_E_LIMIT, "over 8 deep", NULL);
	put_nested(&b, 5000);
	refuses(tag, att_buf_view(&b), ATT_E_LIMIT, "over 8 deep", NULL);
	att_buf_reset(&b);
	for (unsigned i = 0; i < ATT_SIPA_NODES_MAX; i++)
		put_tag(&b, 0x00050001, "\1", 1);
	ck_assert(describe_copy(tag, b.data, b.len) == 0);
	put_tag(&b, 0x00050001, "\1", 1);
	refuses(tag, att_buf_view(&b), ATT_E_LIMIT, "over 16384 tags", NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tag");
	TCase *t = tcase_create("tag");

	tcase_add_test(t, tags_of_linux_and_systemd);
	tcase_add_test(t, tree_of_windows);
	tcase_add_test(t, limits_of_the_tree);
	suite_add_tcase(s, t);
	return run_suite(s);
}
