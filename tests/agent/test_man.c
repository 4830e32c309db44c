/* Manual pages hold all that a program promises, and no more. */
#include "testlib.h"

#include "agent/round.h"
#include "base/file.h"

#define KEYS_PAGE "docs/attestd.yaml.5"
#define DAEMON_PAGE "docs/attestd.8"

static char *
page_of(const char *path)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);

	ok(att_file_read(path, &b, err));
	return att_buf_take_str(&b);
}

static size_t
count_of(const char *page, const char *text)
{
	size_t n = 0;

	while ((page = strstr(page, text)) != NULL) {
		page += strlen(text);
		n++;
	}
	return n;
}

/* Where the item of a key begins; it is there once. */
static const char *
item_of(const char *page, const char *name)
{
	char item[96];

	snprintf(item, sizeof(item), "\n.It Cm %s\n", name);
	ck_assert_msg(count_of(page, item) == 1, "%zu times%s",
	    count_of(page, item), item);
	return strstr(page, item) + 1;
}

START_TEST(every_key_with_its_default)
{
	AUTO(free) char *page = page_of(KEYS_PAGE);

	for (size_t i = 0; i < att_agent_schema.count; i++) {
		const struct att_config_key *k = &att_agent_schema.keys[i];
		const char *from = item_of(page, k->name);
		const char *to = strstr(from + 1, "\n.It ");
		const char *end = strstr(from, "\n.El");
		const char *value = k->preset != NULL ? k->preset :
							k->example;
		char text[256];
		const char *at;

		snprintf(text, sizeof(text), "%s\n.Ql %s .\n",
		    k->preset != NULL ? "Default:" :
			k->required   ? "Must be set, for example to" :
					"Not set by default; for example",
		    value);
		at = strstr(from, text);
		if (to == NULL || end < to)
			to = end;
		ck_assert_msg(at != NULL && at < to, "%s lacks \"%s\"",
		    k->name, text);
	}
	ck_assert_uint_eq(count_of(page, "\n.It Cm "),
	    att_agent_schema.count);
}
END_TEST

START_TEST(every_outcome)
{
	AUTO(free) char *page = page_of(DAEMON_PAGE);

	for (unsigned o = ATT_OUTCOME_ACCEPTED; o <= ATT_OUTCOME_STOPPED; o++)
		(void)item_of(page, att_outcome_name(o));
	ck_assert_uint_eq(count_of(page, "\n.It Cm "), ATT_OUTCOME_STOPPED);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("manual pages");
	TCase *t = tcase_create("pages");

	tcase_add_test(t, every_key_with_its_default);
	tcase_add_test(t, every_outcome);
	suite_add_tcase(s, t);
	return run_suite(s);
}
