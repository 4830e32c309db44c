/* What docs/PROTOCOL-fwvalues.txt shows is so. */
#include "testlib.h"

#include "appraise/firmware.h"
#include "appraise/version.h"
#include "base/file.h"

#define DOC "docs/PROTOCOL-fwvalues.txt"

/* From one text up to another one, NULL: the end; ends in a newline. */
static char *
section(const char *from, const char *to)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(free) char *all = NULL;
	char *at, *end, *ret;

	ok(att_file_read(DOC, &b, err));
	ck_assert_ptr_nonnull(all = att_buf_take_str(&b));
	ck_assert_ptr_nonnull(at = strstr(all, from));
	end = to == NULL ? at + strlen(at) : strstr(at, to);
	ck_assert_ptr_nonnull(end);
	end += to != NULL;
	ck_assert_ptr_nonnull(ret = strndup(at, (size_t)(end - at)));
	return ret;
}

/* "a < b < c", with more of them behind two spaces; returns how many signs. */
static size_t
check_order(char *line)
{
	size_t n = 0;
	char *next, *a, *b;

	for (; line != NULL; line = next) {
		if ((next = strstr(line, "  ")) != NULL) {
			*next = '\0';
			next += 1 + strspn(next + 1, " ");
		}
		for (a = line; (b = strstr(a, " < ")) != NULL; a = b, n++) {
			char *end = strstr(b + 3, " < ");

			*b = '\0';
			b += 3;
			if (end != NULL)
				*end = '\0';
			ck_assert_msg(att_version_compare(a, b) < 0 &&
				att_version_compare(b, a) > 0, "%s < %s", a,
			    b);
			if (end != NULL)
				*end = ' ';
		}
	}
	return n;
}

START_TEST(the_order_of_versions)
{
	AUTO(free) char *text = section("\n6. ", "\n7. ");
	size_t n = 0, len;

	for (char *line = text; *line != '\0'; line += len + 1) {
		len = strcspn(line, "\n");
		ck_assert(line[len] == '\n');
		line[len] = '\0';
		if (strncmp(line, "    ", 4) == 0)
			n += check_order(line + 4);
	}
	ck_assert_uint_eq(n, 11);
}
END_TEST

/* The n-th block of indented lines, joined. */
static void
block(const char *text, size_t n, struct att_buf *ret)
{
	bool inside = false;
	size_t at = 0;

	for (const char *line = text; *line != '\0';) {
		size_t len = strcspn(line, "\n");
		bool is = strncmp(line, "    ", 4) == 0;

		at += inside && !is;
		if (is && at == n)
			att_buf_bytes(ret, line + 4, len - 4);
		inside = is;
		line += len + (line[len] == '\n');
	}
	ok(att_buf_ok(ret, "block", err));
}

START_TEST(examples)
{
	AUTO(free) char *text = section("\n8. ", NULL);
	AUTO_DONE(att_buf_done) struct att_buf values = ATT_BUF(65536);
	AUTO_DONE(att_buf_done) struct att_buf known = ATT_BUF(65536);
	AUTO_DONE(att_buf_done) struct att_buf again = ATT_BUF(65536);
	AUTO(att_fwref_free) struct att_fwref *r = NULL;
	AUTO(att_fwknown_free) struct att_fwknown *k = NULL;

	block(text, 0, &values);
	ok(att_fwref_parse(att_buf_view(&values), &r, err));
	ck_assert_str_eq(att_fwref_head(r)->id, "r750");
	ck_assert_ptr_nonnull(att_fwref_flash_of(r, "BIOS"));
	ck_assert_str_eq(att_fwcomponent_name(att_fwref_component(r, 1)),
	    "microcode");
	block(text, 1, &known);
	ok(att_fwknown_parse(att_buf_view(&known), &k, err));
	ok(att_fwknown_encode(k, &again, err));
	ck_assert(att_slice_equal(att_buf_view(&known),
	    att_buf_view(&again)));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("PROTOCOL-fwvalues");
	TCase *t = tcase_create("PROTOCOL-fwvalues");

	tcase_add_test(t, the_order_of_versions);
	tcase_add_test(t, examples);
	suite_add_tcase(s, t);
	return run_suite(s);
}
