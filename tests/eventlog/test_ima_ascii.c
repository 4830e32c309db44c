#include "testlib.h"

#include "eventlog/ima_ascii.h"
#include "eventlog/ima_template.h"
#include "tests/eventlog/imamaker.h"

static struct att_hasher *h;

static const uint8_t SHA256_NAMED[] =
    "sha256:\0" "0123456789abcdef0123456789ABCDEF";
#define NAMED(n) { IM_NAMED, n, sizeof(n) - 1 }
#define HEX(text) { IM_HEX, text, sizeof(text) - 1 }

static void
setup(void)
{
	h = att_hasher_new();
	ck_assert(h != NULL);
}

static void
teardown(void)
{
	att_hasher_free(h);
}

static void
open_text(const struct imamaker *m, struct att_ima_list *ret)
{
	ok(att_ima_open(att_buf_view(&m->text), m->alg, ret, err));
	ck_assert(ret->text);
}

static void
same_entry(const struct att_ima_entry *a, const struct att_ima_entry *b)
{
	ck_assert(a->number == b->number && a->pcr == b->pcr);
	ck_assert(a->violation == b->violation && a->legacy == b->legacy);
	ck_assert(att_slice_equal(a->digest, b->digest));
	ck_assert(att_slice_equal(a->name, b->name));
	ck_assert_msg(att_slice_equal(a->data, b->data), "entry %u",
	    (unsigned)a->number);
}

/* Entries that come before the damage, and its code. */
static size_t
count(const struct att_ima_list *list, int *ret, struct att_err *err)
{
	AUTO_DONE(att_ima_done)
	struct att_ima_iter it = att_ima_begin(list, h);
	struct att_ima_entry e;
	size_t n = 0;

	while ((*ret = att_ima_next(&it, &e, err)) > 0)
		n++;
	return n;
}

/* The text's numbers hash in one byte order only, if there are any. */
START_TEST(text_of_a_big_endian_kernel)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, true);
	struct att_ima_list list;

	im_file(&m, 10, "/x");
	ok(att_ima_recognise(att_buf_view(&m.text), h, &list, err));
	ck_assert(list.text && list.big_endian);
	ok(att_ima_open(att_buf_view(&m.text), ATT_ALG_SHA1, &list, err));
	ck_assert(list.text && !list.big_endian);
}
END_TEST

/* Only its digest can say that a last line without its end is whole. */
START_TEST(truncated_text)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_ima_list list;
	size_t lines = 0;

	im_templates(&m);
	open_text(&m, &list);
	for (size_t len = 0; len <= m.text.len; len++) {
		struct att_err err = { 0 };
		size_t got, want = lines;
		bool whole = len == m.text.len || m.text.data[len] == '\n';
		int r;

		if (len > 0 && m.text.data[len - 1] == '\n')
			want = ++lines;
		else if (whole && lines != IM_TEMPLATES - 2)
			want = lines + 1;
		list.raw.len = len;
		got = count(&list, &r, &err);
		ck_assert_msg(got == want, "%zu bytes: %zu", len, got);
		ck_assert((r == 0) == (want > lines || len == 0 ||
		    m.text.data[len - 1] == '\n'));
		if (r < 0)
			ck_assert(r == ATT_E_SHORT || r == ATT_E_FORMAT);
	}
	ck_assert(lines == IM_TEMPLATES);
}
END_TEST

/* What the kernel escapes is nothing. */
START_TEST(paths_of_text)
{
	static const char *const paths[] = { "/a b", "/a  b ", " ", "",
		"/a\tb", "/tab\r", "/\xff\xfe", "/a\nb", "/a\n", "\n\n\n",
		"/a\n10 0123456789012345678901234567890123456789 ima-ng x",
		"/1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16" };
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	AUTO_DONE(att_ima_done) struct att_ima_iter a, b;
	struct att_ima_list bin, text;
	struct att_ima_entry x, y;

	for (size_t i = 0; i < ATT_COUNT(paths); i++) {
		struct im_field sig[] = { NAMED(SHA256_NAMED),
			{ IM_TEXT, paths[i], strlen(paths[i]) + 1 },
			HEX("sig") };

		im_entry(&m, 10, "ima-sig", sig, 3);
		sig[2].len = 0;
		im_entry(&m, 10, "ima-sig", sig, 3);
		im_file(&m, 10, paths[i]);
		im_legacy(&m, 10, SHA256_NAMED, paths[i]);
	}
	ok(att_ima_recognise(att_buf_view(&m.bin), h, &bin, err));
	ok(att_ima_recognise(att_buf_view(&m.text), h, &text, err));
	a = att_ima_begin(&bin, h);
	b = att_ima_begin(&text, h);
	while (att_ima_next(&a, &x, NULL) > 0) {
		ok(att_ima_next(&b, &y, err));
		same_entry(&x, &y);
		ck_assert(y.check == ATT_IMA_HOLDS);
	}
	ck_assert(x.number + 1 == m.count && y.lines == ATT_IMA_LINES_MAX);
	ck_assert(att_ima_next(&b, &y, NULL) == 0);
}
END_TEST

/* One line more than are joined: broken, then no entry. */
START_TEST(too_many_lines)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	AUTO_DONE(att_ima_done) struct att_ima_iter it;
	struct att_ima_list list;
	struct att_ima_entry e;

	im_file(&m, 10, "/1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n"
	    "16\n17");
	open_text(&m, &list);
	it = att_ima_begin(&list, h);
	ok(att_ima_next(&it, &e, err));
	ck_assert(e.check == ATT_IMA_BROKEN && e.lines == 1);
	fails(att_ima_next(&it, &e, err), ATT_E_FORMAT, "IMA entry 1: ");
	/* and it stays there */
	fails(att_ima_next(&it, &e, err), ATT_E_FORMAT, "IMA entry 1: ");
}
END_TEST

/* Of a violation nothing tells where it ends but the next entry. */
START_TEST(violations_over_lines)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	AUTO_DONE(att_ima_done) struct att_ima_iter it;
	struct att_ima_list list;
	struct att_ima_entry e;
	struct att_ima_fields f;
	struct att_ima_subject s;

	im_file_violation(&m, 10, "/a\nb");
	im_file(&m, 10, "/x");
	open_text(&m, &list);
	it = att_ima_begin(&list, h);
	ok(att_ima_next(&it, &e, err));
	ck_assert(e.violation && e.lines == 2);
	ok(att_ima_split(&e, &f, err));
	ok(att_ima_subject(&f, true, &s, err));
	ck_assert(att_slice_is(s.path, "/a\nb"));
	ok(att_ima_next(&it, &e, err));
	ck_assert(e.check == ATT_IMA_HOLDS && e.lines == 1);
}
END_TEST

/* A line that is cut is no part of what comes before it. */
START_TEST(violation_and_a_cut_line)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	AUTO_DONE(att_ima_done) struct att_ima_iter it;
	struct att_ima_list list;
	struct att_ima_entry e;

	im_file_violation(&m, 10, "/c");
	att_buf_str(&m.text, "10 abc");
	open_text(&m, &list);
	it = att_ima_begin(&list, h);
	ok(att_ima_next(&it, &e, err));
	ck_assert(e.violation && e.lines == 1);
	fails(att_ima_next(&it, &e, err), ATT_E_FORMAT, "IMA entry 1: ");
}
END_TEST

START_TEST(text_that_tells_no_data)
{
	static const struct im_field f[] = { NAMED(SHA256_NAMED),
		IM_PATH("/x"), IM_NONE };
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	AUTO_DONE(att_ima_done) struct att_ima_iter it;
	struct att_ima_list list;
	struct att_ima_entry e;
	struct att_ima_fields got;

	im_entry(&m, 10, "ima-new", f, 3);
	im_entry(&m, 10, "d-ng|n-ng|cgn", f, 3);
	open_text(&m, &list);
	it = att_ima_begin(&list, h);
	for (unsigned i = 0; i < 2; i++) {
		ok(att_ima_next(&it, &e, err));
		ck_assert(e.check == ATT_IMA_NO_DATA && e.data.len == 0);
		fails(att_ima_split(&e, &got, err), ATT_E_UNSUPPORTED,
		    "does not tell");
	}
	ck_assert(att_ima_next(&it, &e, NULL) == 0);
}
END_TEST

/* Tampered text is broken, not refused, as long as it fits its template. */
START_TEST(broken_text)
{
#define D "0123456789012345678901234567890123456789"
	static const struct {
		const char *line;
		int code;
	} cases[] = {
		{ "10 " D " ima-sig sha256:00 /x ", 1 },
		{ "10 " D " ima-ng sha256:00 /y", 1 },
		{ " 9 " D " ima-ng sha256:00 /y", 1 },
		{ "10 " D " ima-ng sha256:0 /x", ATT_E_FORMAT },
		{ "10 " D " ima-ng sha256:00", ATT_E_FORMAT },
		{ "10 " D " ima-sig sha256:00 /x", ATT_E_FORMAT },
		{ "10 " D " ima-sig sha256:00 /x xy", ATT_E_FORMAT },
		{ "10 " D " ima 00 /x", ATT_E_FORMAT },
		{ "10 " D " d-ng|n-ng|imode sha256:00 /x 65535", 1 },
		{ "10 " D " d-ng|n-ng|imode sha256:00 /x 65536",
		    ATT_E_FORMAT },
		{ "10 " D " d-ng|n-ng|imode sha256:00 /x 01", ATT_E_FORMAT },
		{ "10 " D " d-ng|n-ng|iuid sha256:00 /x 4294967295", 1 },
		{ "10 " D " d-ng|n-ng|iuid sha256:00 /x 4294967296",
		    ATT_E_FORMAT },
		{ "10 " D " sig 00 00", ATT_E_FORMAT },
		{ "10 " D " sig 00", 1 },
		{ "010 " D " sig 00", ATT_E_FORMAT },
		{ "1x " D " sig 00", ATT_E_FORMAT },
		{ "24 " D " sig 00", ATT_E_FORMAT },
		{ "10  " D " sig 00", ATT_E_FORMAT },
		{ "10 " D "  sig 00", ATT_E_FORMAT },
		{ "10 " D "a sig 00", ATT_E_FORMAT },
		{ "10 A" D " sig 00", ATT_E_FORMAT },
		{ "10 " D, ATT_E_FORMAT },
		{ "", ATT_E_FORMAT },
	};
#undef D

	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);
		AUTO_DONE(att_ima_done) struct att_ima_iter it;
		struct att_ima_list list;
		struct att_ima_entry e;
		int r;

		att_buf_printf(&b, "%s\nx\n", cases[i].line);
		ok(att_ima_open(att_buf_view(&b), ATT_ALG_SHA1, &list, err));
		list.text = true;
		it = att_ima_begin(&list, h);
		r = att_ima_next(&it, &e, NULL);
		ck_assert_msg(r == cases[i].code, "%zu: %d", i, r);
		ck_assert(r < 0 || e.check == ATT_IMA_BROKEN);
	}
}
END_TEST

/* What is no part of an entry does not make it too large. */
START_TEST(broken_before_a_long_line)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	AUTO_DONE(att_ima_done) struct att_ima_iter it;
	struct att_ima_list list;
	struct att_ima_entry e;

	im_file(&m, 10, "/x");
	m.text.data[m.text.len - 2] = 'y';
	att_buf_fill(&m.text, 'z', ATT_IMA_DATA_MAX + 1);
	att_buf_u8(&m.text, '\n');
	open_text(&m, &list);
	it = att_ima_begin(&list, h);
	ok(att_ima_next(&it, &e, err));
	ck_assert(e.check == ATT_IMA_BROKEN && e.lines == 1);
	fails(att_ima_next(&it, &e, err), ATT_E_FORMAT, "IMA entry 1: ");
}
END_TEST

/* A buffer that is short, as without memory: never another entry. */
START_TEST(short_buffers)
{
	static const struct im_field f[] = { IM_NONE };
	/* a digest and all of the data; a digest alone */
	static const size_t needed[] = { 51, 20 };

	for (size_t i = 0; i < ATT_COUNT(needed); i++) {
		AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1,
		    false);
		struct att_ima_list list;

		if (i == 0)
			im_file(&m, 10, "/x");
		else
			im_entry(&m, 10, "ima-new", f, 1);
		open_text(&m, &list);
		for (size_t max = 0; max < 56; max++) {
			AUTO_DONE(att_ima_done)
			struct att_ima_iter it = att_ima_begin(&list, h);
			struct att_ima_entry e;
			int r;

			it.data.max = max;
			r = att_ima_next(&it, &e, NULL);
			ck_assert_msg(r == (max < needed[i] ? ATT_E_LIMIT :
			    1), "%zu: %d", max, r);
		}
	}
}
END_TEST

/* Joining is tried so often in one list, and no more. */
START_TEST(tries_are_bounded)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	AUTO_DONE(att_ima_done) struct att_ima_iter it;
	struct att_ima_list list;
	struct att_ima_entry e;

	for (unsigned i = 0; i < ATT_IMA_TRIES_MAX; i++) {
		im_file(&m, 10, "/x");
		m.text.data[m.text.len - 2] = 'y';
	}
	open_text(&m, &list);
	it = att_ima_begin(&list, h);
	while (att_ima_next(&it, &e, NULL) > 0)
		ck_assert(e.check == ATT_IMA_BROKEN);
	ck_assert(e.number + 1 == ATT_IMA_TRIES_MAX);
	ck_assert(it.tries == ATT_IMA_TRIES_MAX);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ima_ascii");
	TCase *t = tcase_create("ima_ascii");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, text_of_a_big_endian_kernel);
	tcase_add_test(t, truncated_text);
	tcase_add_test(t, paths_of_text);
	tcase_add_test(t, too_many_lines);
	tcase_add_test(t, violations_over_lines);
	tcase_add_test(t, violation_and_a_cut_line);
	tcase_add_test(t, text_that_tells_no_data);
	tcase_add_test(t, broken_text);
	tcase_add_test(t, broken_before_a_long_line);
	tcase_add_test(t, short_buffers);
	tcase_add_test(t, tries_are_bounded);
	suite_add_tcase(s, t);
	return run_suite(s);
}
