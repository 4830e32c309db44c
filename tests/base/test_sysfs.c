/* Small files of the kernel, and what stands for them where it is hostile. */
#include "testlib.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/sysfs.h"
#include "tests/fakesys.h"

START_TEST(attributes)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();
	AUTO(free) char *text = NULL;

	fake_put(&f, "a/firmware_rev", "GDC5602Q  \n");
	ok(att_sysfs_text(f.root, "a/firmware_rev", &text, err));
	ck_assert_str_eq(text, "GDC5602Q");
	free(take(&text));
	fake_put(&f, "a/empty", "");
	ok(att_sysfs_text(f.root, "a/empty", &text, err));
	ck_assert_str_eq(text, "");
	free(take(&text));
	fake_put(&f, "a/blank", "\n\n \t");
	ok(att_sysfs_text(f.root, "a/blank", &text, err));
	ck_assert_str_eq(text, "");
	free(take(&text));
	/* what is not clean is for the reader to deal with */
	fake_put(&f, "a/escape", "\033[2J\nb\n");
	ok(att_sysfs_text(f.root, "a/escape", &text, err));
	ck_assert_str_eq(text, "\033[2J\nb");
}
END_TEST

START_TEST(limits)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();
	AUTO(free) char *text = NULL;
	char page[ATT_SYSFS_MAX + 2];

	memset(page, 'x', sizeof(page));
	page[ATT_SYSFS_MAX] = '\0';
	fake_put(&f, "full", page);
	ok(att_sysfs_text(f.root, "full", &text, err));
	ck_assert_uint_eq(strlen(text), ATT_SYSFS_MAX);
	page[ATT_SYSFS_MAX] = 'x';
	page[ATT_SYSFS_MAX + 1] = '\0';
	fake_put(&f, "more", page);
	fails(att_sysfs_text(f.root, "more", &text, err), ATT_E_LIMIT, "more");
	/* as before */
	ck_assert_uint_eq(strlen(text), ATT_SYSFS_MAX);
}
END_TEST

START_TEST(hostile)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();
	AUTO(free) char *pipe = att_path_join(f.root, "pipe");
	AUTO(free) char *nul = att_path_join(f.root, "nul");
	AUTO(free) char *text = NULL;

	fails(att_sysfs_text(f.root, "none", &text, err), ATT_E_NOT_FOUND,
	    "none");
	fails(att_sysfs_text("/nonexistent", "none", &text, err),
	    ATT_E_NOT_FOUND, "/nonexistent/none");
	/* opened as others are, it would wait for ever */
	ck_assert(mkfifo(pipe, 0600) == 0);
	fails(att_sysfs_text(f.root, "pipe", &text, err), ATT_E_FORMAT,
	    "not a regular file");
	fails(att_sysfs_text("/dev", "zero", &text, err), ATT_E_FORMAT,
	    "/dev/zero: not a regular file");
	fake_put(&f, "dir/file", "x");
	fails(att_sysfs_text(f.root, "dir", &text, err), ATT_E_FORMAT,
	    "not a regular file");
	fake_link(&f, "loop", "loop");
	fails(att_sysfs_text(f.root, "loop", &text, err), ATT_E_SYS,
	    "symbolic links");
	fails(att_sysfs_text(f.root, "dir/file/under", &text, err), ATT_E_SYS,
	    "Not a directory");
	fake_put(&f, "nul", "");
	ok(att_file_write(nul, (struct att_slice){ (const uint8_t *)"a\0b",
	    3 }, 0644, err));
	fails(att_sysfs_text(f.root, "nul", &text, err), ATT_E_FORMAT, "NUL");
	ck_assert(text == NULL);
}
END_TEST

START_TEST(links)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();
	AUTO(free) char *to = NULL;

	fake_link(&f, "class/nvme0/device", "../../../0000:01:00.0");
	ok(att_sysfs_link(f.root, "class/nvme0/device", &to, err));
	ck_assert_str_eq(to, "0000:01:00.0");
	free(take(&to));
	fake_link(&f, "plain", "name");
	ok(att_sysfs_link(f.root, "plain", &to, err));
	ck_assert_str_eq(to, "name");
	free(take(&to));
	fails(att_sysfs_link(f.root, "none", &to, err), ATT_E_NOT_FOUND,
	    "none");
	fake_put(&f, "file", "x");
	fails(att_sysfs_link(f.root, "file", &to, err), ATT_E_SYS, "Invalid");
}
END_TEST

START_TEST(names)
{
	static const char *const want[] = { "cpu0", "cpu1", "cpu9", "cpu10",
		"cpufreq" };
	AUTO_DONE(fake_done) struct fake f = fake_new();
	AUTO_DONE(att_names_done) struct att_names n = { 0 };

	fails(att_sysfs_list("/nonexistent", &n, err), ATT_E_NOT_FOUND,
	    "/nonexistent");
	ok(att_sysfs_list(f.root, &n, err));
	ck_assert(n.count == 0 && n.name == NULL);
	fake_put(&f, "cpu10/x", "");
	fake_put(&f, "cpufreq", "");
	fake_put(&f, "cpu9", "");
	fake_put(&f, ".hidden", "");
	fake_put(&f, "cpu1", "");
	fake_put(&f, "cpu0", "");
	ok(att_sysfs_list(f.root, &n, err));
	ck_assert_uint_eq(n.count, ATT_COUNT(want));
	for (size_t i = 0; i < n.count; i++)
		ck_assert_str_eq(n.name[i], want[i]);
}
END_TEST

/* Across the places where room is made. */
START_TEST(many_names)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();

	for (int i = 0; i < 300; i++) {
		AUTO_DONE(att_names_done) struct att_names n = { 0 };
		char name[16];

		snprintf(name, sizeof(name), "cpu%d", i);
		fake_put(&f, name, "");
		if (i < 60 || (i > 68 && i < 126) || (i > 130 && i < 254))
			continue;
		ok(att_sysfs_list(f.root, &n, err));
		ck_assert_uint_eq(n.count, i + 1);
		ck_assert_str_eq(n.name[i], name);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sysfs");
	TCase *t = tcase_create("sysfs");

	tcase_add_test(t, attributes);
	tcase_add_test(t, limits);
	tcase_add_test(t, hostile);
	tcase_add_test(t, links);
	tcase_add_test(t, names);
	tcase_add_test(t, many_names);
	suite_add_tcase(s, t);
	return run_suite(s);
}
