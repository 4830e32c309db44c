/*
 * Memory runs out, at each allocation in turn: a good node is not accused, a
 * bad one does not pass, and nothing stays behind.
 */
#include "node.h"

#include <openssl/crypto.h>

#include "appraise/refdiff.h"

#define TRIES_MAX 20000

/* Memory of all that is linked statically (-Wl,--wrap), jansson's too. */
void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);
void __real_free(void *p);
void __wrap_free(void *p);

static bool watched;
static size_t asked, fail_at;	/* since it is watched; from 0 */
static size_t held;		/* blocks that are not OpenSSL's */

static bool
is_refused(void)
{
	return watched && asked++ == fail_at;
}

static void *
count(void *p)
{
	held += watched && p != NULL ? 1 : 0;
	return p;
}

void *
__wrap_malloc(size_t n)
{
	return count(is_refused() ? NULL : __real_malloc(n));
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return count(is_refused() ? NULL : __real_calloc(n, size));
}

void *
__wrap_realloc(void *p, size_t n)
{
	void *q = is_refused() ? NULL : __real_realloc(p, n);

	return p == NULL ? count(q) : q;
}

void
__wrap_free(void *p)
{
	held -= watched && p != NULL ? 1 : 0;
	__real_free(p);
}

/* OpenSSL keeps what it likes: refused, not counted. */
static void *
ossl_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return is_refused() ? NULL : __real_malloc(n);
}

static void *
ossl_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return is_refused() ? NULL : __real_realloc(p, n);
}

static void
ossl_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	__real_free(p);
}

static struct signer signer;
static struct node node;

/* What may come of a call whose i-th allocation failed. */
typedef void outcome_fn(int r, enum att_status status, size_t i);

static void
is_not_accused(int r, enum att_status status, size_t i)
{
	if (r == 0)
		ck_assert_msg(status == ATT_PASS, "the %zuth: accused", i);
	else
		ck_assert_msg(att_code_kind(r) == ATT_KIND_SYSTEM,
		    "the %zuth: %s", i, att_code_name(r));
}

static void
does_not_pass(int r, enum att_status status, size_t i)
{
	if (r == 0)
		ck_assert_msg(status == ATT_FAIL, "the %zuth: passes", i);
	else
		ck_assert_msg(att_code_kind(r) == ATT_KIND_SYSTEM,
		    "the %zuth: %s", i, att_code_name(r));
}

/* Fails the first, the second, ... allocation, until one time none fails. */
static void
appraise_each(outcome_fn *outcome)
{
	for (size_t i = 0; i < TRIES_MAX; i++) {
		struct att_verdict *v = NULL;
		struct att_err err = { 0 };
		enum att_status status;
		int r;

		asked = held = 0;
		fail_at = i;
		watched = true;
		/* with and without a place for the error */
		r = att_appraise(&node.a, &v, i % 2 == 0 ? &err : NULL);
		status = att_verdict_status(v);
		att_verdict_free(v);
		watched = false;
		ck_assert_msg(held == 0, "%zu blocks left after the %zuth",
		    held, i);
		if (r < 0)
			ck_assert_int_eq(status, ATT_UNDECIDED);
		ck_assert_int_eq(err.code, i % 2 == 0 ? r : 0);
		if (asked <= i) {
			ck_assert_int_eq(r, 0);
			ck_assert_uint_gt(i, 10);
			outcome(r, status, i);
			return;
		}
		outcome(r, status, i);
	}
	ck_abort_msg("over %d allocations", TRIES_MAX);
}

START_TEST(a_good_node)
{
	node_init(&node, &signer, "uki-sb");
	node_ref_from(&node, "uki-sb");
	node_passes(&node);
	appraise_each(is_not_accused);
	node_done(&node);
}
END_TEST

START_TEST(a_changed_node)
{
	node_init(&node, &signer, "uki-sb-changed");
	node_ref_from(&node, "uki-sb");
	node_fails(&node, ATT_F_EVENT_CHANGED, "PCR 4");
	appraise_each(does_not_pass);
	node_done(&node);
}
END_TEST

START_TEST(an_old_bundle)
{
	static const uint8_t other[32] = { 1 };

	node_init(&node, &signer, "uki-sb");
	node_ref_from(&node, "uki-sb");
	node_passes(&node);
	node.a.challenge.data = other;
	appraise_each(does_not_pass);
	node_done(&node);
}
END_TEST

static int
verdict_as_json(void)
{
	AUTO(att_json_decref) json_t *j = att_verdict_to_json(node.v);

	return j == NULL ? ATT_E_NOMEM : 0;
}

static int
make_reference(void)
{
	static const struct att_refmake make = { .id = "x",
		.valid_from = 0, .valid_until = 1, .pcrs = ATT_PCR_BOOT,
		.exact = 1, .vary = ATT_REFMAKE_VARY };
	AUTO(att_json_decref) json_t *doc = NULL;

	return att_ref_make(&node.e, &make, &doc, NULL, NULL);
}

static void
tell(void *arg, const struct att_difference *d)
{
	(void)arg;
	json_decref(att_difference_to_json(d));
}

static struct node twin;

static int
compare(void)
{
	return att_ref_diff(&node.e, &twin.e, 0, ATT_REFDIFF_PCRS, tell, NULL,
	    NULL, NULL);
}

START_TEST(other_calls)
{
	static int (*const calls[])(void) = { verdict_as_json,
		make_reference, compare };

	node_init(&node, &signer, "uki-sb");
	node_boot(&twin, "uki-sb-changed");
	node_ref_from(&node, "uki-sb");
	node_passes(&node);
	for (size_t i = 0;; i++) {
		int r;

		ck_assert_uint_lt(i, TRIES_MAX);
		asked = held = 0;
		fail_at = i;
		watched = true;
		r = calls[_i]();
		watched = false;
		ck_assert_msg(held == 0, "%zu blocks left after the %zuth",
		    held, i);
		ck_assert_msg(r == 0 || att_code_kind(r) == ATT_KIND_SYSTEM,
		    "the %zuth: %s", i, att_code_name(r));
		if (asked <= i) {
			ck_assert_int_eq(r, 0);
			break;
		}
	}
	node_done(&twin);
	node_done(&node);
}
END_TEST

static void
setup(void)
{
	signer_init(&signer, SIGNER_P256);
}

static void
teardown(void)
{
	signer_done(&signer);
}

int
main(void)
{
	Suite *s = suite_create("nomem");
	TCase *t = tcase_create("nomem");

	if (CRYPTO_set_mem_functions(ossl_malloc, ossl_realloc, ossl_free) !=
	    1)
		return 1;
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, a_good_node);
	tcase_add_test(t, a_changed_node);
	tcase_add_test(t, an_old_bundle);
	tcase_add_loop_test(t, other_calls, 0, 3);
	suite_add_tcase(s, t);
	return run_suite(s);
}
