/*
 * check_spdm - reports that real devices signed.
 *
 * usage: check_spdm DIR
 *
 * Each report below DIR/firmware/spdm is authentic with its chain, root and
 * nonce, and with one byte changed, whichever, it is not. The chains of a
 * board's devices below DIR/firmware/redfish lead to their maker's key. Where
 * these are absent this is said, and nothing fails.
 */
#include "testlib.h"

#include <glob.h>
#include <unistd.h>

#include "appraise/spdm.h"
#include "base/file.h"
#include "crypto/cert_device.h"

#define FILE_MAX (1u << 20)

static const char *vectors;
static size_t passed, failed;

static const struct report {
	const char *file, *chain, *nonce, *root;
	uint8_t version;
	size_t measurements, unused;
} reports[] = {
	{ "nvidia_gh100_spdm11.bin", "nvidia_gh100_chain.pem",
	    "931d8dd0add203ac3d8b4fbde75e1152"
	    "78eefcdceac5b87671a748f32364dfcb",
	    "a90c4eb5acfd3e3d03a25db6a26b84f7"
	    "20ad0503196c627c21ddd48dd85b06a4", 0x11, 64, 38 },
	{ "spdm12_test.bin", "spdm_test_chain.pem",
	    "c115777fc37ce72e10065aba887182ab"
	    "ae86dfc945805bd0225f7b077447d93a",
	    "d1bda5915d712941e196e2ba50560ba3"
	    "4cc41bd6af24f7b3e8f8baac45a6d264", 0x12, 6, 0 },
	{ "spdm13_test.bin", "spdm_test_chain.pem",
	    "c115777fc37ce72e10065aba887182ab"
	    "ae86dfc945805bd0225f7b077447d93a",
	    "d1bda5915d712941e196e2ba50560ba3"
	    "4cc41bd6af24f7b3e8f8baac45a6d264", 0x13, 6, 0 },
};

static void
count(bool good, const char *file, const char *what)
{
	passed += good;
	failed += !good;
	if (!good)
		printf("%s: %s\n", file, what);
}

static void
read_file(const char *name, struct att_buf *ret)
{
	char path[400];

	snprintf(path, sizeof(path), "%s/firmware/spdm/%s", vectors, name);
	ok(att_file_read(path, ret, err));
}

static void
note(void *arg, const struct att_finding *f)
{
	char text[ATT_FINDING_TEXT_MAX + 1];

	if (arg != NULL)
		printf("%s: %s\n", (const char *)arg,
		    att_finding_text(f, text));
}

static bool
is_authentic(const struct att_spdm_appraisal *a, const char *file)
{
	struct att_spdm_result result = { 0 };

	ok(att_spdm_appraise(a, note, (void *)(uintptr_t)file, &result, err));
	return result.authentic;
}

static size_t
unused_of(const struct att_spdm_transcript *t)
{
	size_t n = 0;

	for (size_t i = 0; i < ATT_COUNT(t->at); i++)
		n += t->at[i].there && att_spdm_is_unused(&t->at[i].block);
	return n;
}

static void
check_report(const struct report *r)
{
	AUTO_DONE(att_buf_done) struct att_buf bytes = ATT_BUF(FILE_MAX);
	AUTO_DONE(att_buf_done) struct att_buf chain = ATT_BUF(FILE_MAX);
	AUTO_DONE(att_buf_done) struct att_buf nonce = ATT_BUF(64);
	AUTO_DONE(att_buf_done) struct att_buf root = ATT_BUF(64);
	struct att_platform platform = { 0 };
	static struct att_spdm_transcript t;
	struct att_digest pin;
	struct att_spdm_appraisal a = { .component = "GPU",
		.root = &pin, .roots = 1, .platform = &platform,
		.now = 1800000000 };
	size_t held = 0;

	read_file(r->file, &bytes);
	read_file(r->chain, &chain);
	ok(att_hex_decode(S(r->nonce), &nonce, err));
	ok(att_hex_decode(S(r->root), &root, err));
	ok(att_digest_from(ATT_ALG_SHA256, att_buf_view(&root), &pin, err));
	a.transcript = att_buf_view(&bytes);
	a.chain = att_buf_view(&chain);
	a.nonce = att_buf_view(&nonce);
	count(is_authentic(&a, r->file), r->file, "is not authentic");
	ok(att_spdm_transcript_parse(a.transcript, &t, err));
	count(t.version == r->version && t.count == r->measurements &&
	    unused_of(&t) == r->unused, r->file, "says something else");
	for (size_t i = 0; i < bytes.len; i++) {
		bytes.data[i] ^= (uint8_t)(1u << i % 8);
		held += is_authentic(&a, NULL);
		bytes.data[i] ^= (uint8_t)(1u << i % 8);
	}
	count(held == 0, r->file, "holds with a changed byte");
	count(is_authentic(&a, r->file), r->file, "was left changed");
	pin.bytes[0] ^= 1;
	count(!is_authentic(&a, NULL), r->file, "holds with another root");
}

/* -- chains of a board's devices ------------------------------------------- */

/* "NVIDIA Device Identity CA", in two certificates of one key. */
static const char maker[] = "a90c4eb5acfd3e3d03a25db6a26b84f7"
			    "20ad0503196c627c21ddd48dd85b06a4";

static void
check_chain(const char *path, const struct att_digest *pin)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(FILE_MAX);
	AUTO(att_json_decref) json_t *j = NULL;
	AUTO(att_cert_free) struct att_cert *c = NULL;
	struct att_digest root;
	struct att_err why = { 0 };
	const char *pem = NULL;

	ok(att_file_read(path, &text, err));
	ok(att_json_parse(att_buf_view(&text), FILE_MAX, &j, err));
	ok(att_json_str(j, "CertificateString", &pem, err));
	ok(att_cert_parse(S(pem), &c, err));
	count(att_cert_check_device(c, pin, 1, 1800000000, &root, &why) == 0,
	    path, why.text);
}

static void
check_chains(void)
{
	AUTO_DONE(att_buf_done) struct att_buf root = ATT_BUF(64);
	struct att_digest pin;
	char pattern[400];
	glob_t g;

	ok(att_hex_decode(S(maker), &root, err));
	ok(att_digest_from(ATT_ALG_SHA256, att_buf_view(&root), &pin, err));
	snprintf(pattern, sizeof(pattern),
	    "%s/firmware/redfish/gb300/*_CertChain.json", vectors);
	ck_assert_int_eq(glob(pattern, 0, NULL, &g), 0);
	for (size_t i = 0; i < g.gl_pathc; i++)
		check_chain(g.gl_pathv[i], &pin);
	count(g.gl_pathc >= 14, pattern, "less than 14 chains");
	globfree(&g);
}

START_TEST(all)
{
	check_chains();
	for (size_t i = 0; i < ATT_COUNT(reports); i++)
		check_report(&reports[i]);
	printf("device reports: %zu passed, %zu failed\n", passed, failed);
	ck_assert_uint_eq(failed, 0);
	ck_assert_uint_gt(passed, 0);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *s = suite_create("vectors");
	TCase *t = tcase_create("vectors");
	SRunner *sr;
	char path[400];
	int bad;

	vectors = argc > 1 ? argv[1] : "../shared/vectors";
	snprintf(path, sizeof(path), "%s/firmware/spdm", vectors);
	if (access(path, R_OK) != 0) {
		printf("device reports: skipped, there is no %s\n", path);
		return 0;
	}
	tcase_add_test(t, all);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_set_fork_status(sr, CK_NOFORK);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return bad != 0;
}
