#include "agent/run_ctl.h"

#include "base/file.h"

#define PAGE "docs/attestctl.1"
#define COMMANDS_MAX 32

/* The names in the list that --help prints; each is cut out of `text`. */
static size_t
commands_of(char *text, const char *ret[static COMMANDS_MAX])
{
	char *rest = NULL;
	size_t n = 0;

	for (char *line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		char *name = line + 2;

		if (strncmp(line, "  ", 2) != 0 || name[0] == ' ')
			continue;
		ck_assert(n < COMMANDS_MAX);
		name[strcspn(name, " ")] = '\0';
		ret[n++] = name;
	}
	return n;
}

/* An item that begins so, whole: not one of a longer name. */
static bool
has_item(const char *page, const char *item)
{
	const char *at = page;

	while ((at = strstr(at, item)) != NULL) {
		at += strlen(item);
		if (*at == ' ' || *at == '\n')
			return true;
	}
	return false;
}

/* Each option in the usage has its item in the manual. */
static void
check_options(const char *usage, const char *page)
{
	for (const char *p = strstr(usage, "--"); p != NULL;
	     p = strstr(p + 2, "--")) {
		char item[64];
		size_t n = strcspn(p + 2, " ]|\n");

		(void)snprintf(item, sizeof(item), "\n.It Fl -%.*s",
		    (int)n, p + 2);
		ck_assert_msg(has_item(page, item), "no%s in " PAGE, item);
	}
}

START_TEST(manual_page_has_every_command_and_option)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO_DONE(run_done) struct run r = { 0 };
	AUTO(free) char *page = NULL, *help = NULL;
	const char *name[COMMANDS_MAX];
	size_t count;

	ok(att_file_read(PAGE, &b, err));
	page = att_buf_take_str(&b);
	RUN(&r, "--help");
	help = att_buf_take_str(&r.out);
	count = commands_of(help, name);
	ck_assert_uint_ge(count, 2);
	for (size_t i = 0; i < count; i++) {
		AUTO(free) char *usage = NULL;
		char section[64];

		(void)snprintf(section, sizeof(section), "\n.Ss %s\n",
		    name[i]);
		ck_assert_msg(strstr(page, section) != NULL, "no%s in " PAGE,
		    section);
		RUN(&r, name[i], "--help");
		ck_assert_int_eq(r.status, 0);
		usage = att_buf_take_str(&r.out);
		check_options(usage, page);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl");
	TCase *t = tcase_create("ctl");

	tcase_add_test(t, manual_page_has_every_command_and_option);
	suite_add_tcase(s, t);
	return run_suite(s);
}
