/* The documents of attest-verifier hold all that the program has, no more. */
#include "testlib.h"

#include "base/file.h"
#include "config/verifier_config.h"
#include "verifier/api.h"

#define KEYS_PAGE "docs/attest-verifier.yaml.5"
#define OPERATOR_PAGE "docs/PROTOCOL-operator.txt"

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

START_TEST(every_key_with_its_default)
{
	AUTO(free) char *page = page_of(KEYS_PAGE);

	for (size_t i = 0; i < att_verifier_schema.count; i++) {
		const struct att_config_key *k = &att_verifier_schema.keys[i];
		const char *from, *to, *end, *at;
		char text[256];

		snprintf(text, sizeof(text), "\n.It Cm %s\n", k->name);
		ck_assert_msg(count_of(page, text) == 1, "%s", text);
		from = strstr(page, text) + 1;
		to = strstr(from + 1, "\n.It ");
		end = strstr(from, "\n.El");
		if (to == NULL || end < to)
			to = end;
		ck_assert_ptr_nonnull(k->preset);
		snprintf(text, sizeof(text), "Default:\n.Ql %s .\n",
		    k->preset);
		at = strstr(from, text);
		ck_assert_msg(at != NULL && at < to, "%s lacks \"%s\"",
		    k->name, text);
	}
	ck_assert_uint_eq(count_of(page, "\n.It Cm "),
	    att_verifier_schema.count);
}
END_TEST

/* "GET /operator/v1/nodes/{id}" at the beginning of a line, for each route. */
START_TEST(every_operators_route)
{
	AUTO(free) char *page = page_of(OPERATOR_PAGE);
	size_t count, seen = 0;
	const struct att_route *r = att_api_routes(&count);

	for (size_t i = 0; i < count; i++) {
		AUTO_DONE(att_buf_done) struct att_buf line = ATT_BUF(256);
		const char *at;

		if (r[i].auth != ATT_AUTH_OPERATOR)
			continue;
		seen++;
		att_buf_printf(&line, "\n%s ", r[i].method);
		for (const char *p = r[i].path; *p != '\0'; p++) {
			att_buf_u8(&line, (uint8_t)*p);
			if (*p == '{')
				att_buf_str(&line, "id");
		}
		att_buf_u8(&line, 0);
		at = strstr(page, (const char *)line.data);
		ck_assert_msg(at != NULL, "%s", (const char *)line.data);
		/* nothing but a query follows */
		at += strlen((const char *)line.data);
		ck_assert_msg(*at == '\n' || *at == '?', "%s",
		    (const char *)line.data);
	}
	ck_assert_uint_eq(seen, count_of(page, "\nGET /operator/") +
	    count_of(page, "\nPUT /operator/") +
	    count_of(page, "\nDELETE /operator/"));
}
END_TEST

/* Each kind of audit line begins a row of the table, or stands in its last. */
START_TEST(every_kind_of_audit_line)
{
	AUTO(free) char *page = page_of(OPERATOR_PAGE);
	char *table = strstr(page, "\n    kind  "), *end;
	const char *kind;

	ck_assert_ptr_nonnull(table);
	end = strstr(table, "what an operator did");
	ck_assert_ptr_nonnull(end);
	*end = '\0';
	for (size_t i = 0; (kind = att_audit_kind_at(i)) != NULL; i++) {
		char row[64], word[64], last[64];

		snprintf(row, sizeof(row), "\n    %s ", kind);
		snprintf(word, sizeof(word), " %s,", kind);
		snprintf(last, sizeof(last), " %s\n", kind);
		ck_assert_msg(count_of(table, row) + count_of(table, word) +
			count_of(table, last) == 1, "%s", kind);
	}
	ck_assert(!att_audit_kind_is_known("kind"));
	ck_assert(!att_audit_kind_is_known(""));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("docs");
	TCase *t = tcase_create("docs");

	tcase_add_test(t, every_key_with_its_default);
	tcase_add_test(t, every_operators_route);
	tcase_add_test(t, every_kind_of_audit_line);
	suite_add_tcase(s, t);
	return run_suite(s);
}
