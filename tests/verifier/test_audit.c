/* The audit trail: what is kept, and what no noise displaces. */
#include "testlib.h"

#include <limits.h>
#include <sqlite3.h>
#include <unistd.h>

#include "verifier/store.h"

static char dir[] = "/tmp/att-audit-XXXXXX";
static char path[64];
static struct att_store *store;

static void
setup(void)
{
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	ck_assert(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/db", dir);
	ok(att_store_open(path, &store, err));
}

static void
teardown(void)
{
	att_store_close(store);
	ck_assert(unlink(path) == 0);
	ck_assert(rmdir(dir) == 0);
}

static int
join(void *ctx, const struct att_audit *a)
{
	att_buf_printf(ctx, "%s/%s/%s;", a->node, a->kind, a->text);
	return 0;
}

START_TEST(audit_is_newest_first_and_clean)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);
	struct att_audit a = { .time = 1, .node = "n1", .kind = "node-enrolled",
		.text = "x\x1b[31m\n" };

	ok(att_store_audit_add(store, &a, err));
	a.node = "n2";
	a.kind = "verdict";
	a.text = "y";
	ok(att_store_audit_add(store, &a, err));
	ok(att_store_audit_each(store, NULL, NULL, 10, join, &b, err));
	ck_assert(att_slice_is(att_buf_view(&b),
	    "n2/verdict/y;n1/node-enrolled/x\\x1b[31m\\x0a;"));
	att_buf_reset(&b);
	ok(att_store_audit_each(store, "n1", NULL, 10, join, &b, err));
	ck_assert(att_slice_is(att_buf_view(&b),
	    "n1/node-enrolled/x\\x1b[31m\\x0a;"));
}
END_TEST

START_TEST(audit_by_node_and_kind)
{
	static const struct {
		const char *node, *kind, *want;
	} rows[] = {
		{ NULL, "verdict", "n2/verdict/y;n1/verdict/y;" },
		{ NULL, "proof-refused", "n1/proof-refused/y;" },
		{ "n1", "verdict", "n1/verdict/y;" },
		{ "n2", "proof-refused", "" },
		{ "n1", NULL, "n1/proof-refused/y;n1/verdict/y;" },
	};
	struct att_audit a = { .time = 1, .text = "y", .node = "n1",
		.kind = "verdict" };

	ok(att_store_audit_add(store, &a, err));
	a.kind = "proof-refused";
	ok(att_store_audit_add(store, &a, err));
	a.kind = "verdict";
	a.node = "n2";
	ok(att_store_audit_add(store, &a, err));
	for (size_t i = 0; i < ATT_COUNT(rows); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);

		ok(att_store_audit_each(store, rows[i].node, rows[i].kind,
		    10, join, &b, err));
		ck_assert_msg(att_slice_is(att_buf_view(&b), rows[i].want),
		    "%zu: %.*s", i, (int)b.len, (char *)b.data);
	}
	/* each line can be asked for by its kind */
	a.kind = "verdicts";
	fails(att_store_audit_add(store, &a, err), ATT_E_USAGE, "verdicts");
}
END_TEST

static int
count_line(void *ctx, const struct att_audit *a)
{
	unsigned *n = ctx;

	(void)a;
	++*n;
	return 0;
}

static unsigned
lines_of(const char *node)
{
	unsigned n = 0;

	ok(att_store_audit_each(store, node, NULL, UINT_MAX, count_line, &n,
	    err));
	return n;
}

/* One line each of the nodes "x1" to "xN", as att_store_audit_add does. */
static void
fill_audit(const char *kind, unsigned n)
{
	sqlite3 *db = NULL;
	char sql[300];

	snprintf(sql, sizeof(sql),
	    "INSERT INTO audit(time, node, kind, text)"
	    " WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c"
	    " WHERE i < %u) SELECT 1, 'x' || i, '%s', 'no' FROM c", n, kind);
	ck_assert(sqlite3_open(path, &db) == SQLITE_OK);
	ck_assert(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
	ck_assert(sqlite3_close(db) == SQLITE_OK);
}

START_TEST(noise_displaces_no_other_audit_lines)
{
	struct att_audit a = { .time = 1, .node = "n1", .kind = "verdict",
		.text = "fail" };

	ok(att_store_audit_add(store, &a, err));
	/* by a node that wants its failure forgotten */
	a.kind = "evidence-refused";
	for (unsigned i = 0; i <= ATT_STORE_AUDIT_NODE_MAX; i++)
		ok(att_store_audit_add(store, &a, err));
	ck_assert_uint_eq(lines_of("n1"), 1 + ATT_STORE_AUDIT_NODE_MAX);
	/* by a stranger, under as many names as it likes */
	fill_audit("registration-refused", ATT_STORE_AUDIT_KIND_MAX);
	a.kind = "registration-refused";
	a.node = "last";
	ok(att_store_audit_add(store, &a, err));
	ck_assert_uint_eq(lines_of("n1"), 1 + ATT_STORE_AUDIT_NODE_MAX);
	ck_assert_uint_eq(lines_of("x1"), 0);
	ck_assert_uint_eq(lines_of("x2"), 1);
	ck_assert_uint_eq(lines_of("last"), 1);
	ck_assert_uint_eq(lines_of(NULL), 1 + ATT_STORE_AUDIT_NODE_MAX +
	    ATT_STORE_AUDIT_KIND_MAX);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("audit");
	TCase *t = tcase_create("audit");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, audit_is_newest_first_and_clean);
	tcase_add_test(t, audit_by_node_and_kind);
	tcase_add_test(t, noise_displaces_no_other_audit_lines);
	suite_add_tcase(s, t);
	return run_suite(s);
}
