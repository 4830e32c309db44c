/*
 * A complete appraisal (quote, replay, Secure Boot, reference values) of the
 * largest captured boot, as a ratio to one bare verification of the same
 * signature by the same key in the same run.
 *
 * What is counted: from evidence in memory to a verdict, with the key and the
 * reference values parsed before, as a verifier holds them. Bound: the quote
 * is bound to the log, which is hashed for that.
 */
#include "../appraise/node.h"

#include <time.h>

/* Short ones, so that some are not interrupted; the least time counts. */
#define BATCHES 600
#define BATCH 10	/* appraisals */

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The signature as EVP_PKEY_verify takes it, without the TPM's frame. */
static struct att_slice
bare_signature(const struct node *n, uint8_t room[96])
{
	struct att_tpm_signature s;
	size_t field = 32;

	ok(att_tpm_signature_parse(n->e.signature, &s, err));
	if (s.scheme != ATT_SIG_ECDSA)
		return s.rsa;
	memcpy(room, s.r.data, field);
	memcpy(room + field, s.s.data, field);
	return (struct att_slice){ room, 2 * field };
}

/* No assertion in the loops: Check writes a message for each. */
static bool
verify(const struct node *n, struct att_slice signature)
{
	return att_pubkey_verify(n->signer->key,
	    (enum att_sig_scheme)n->signer->area.scheme.alg,
	    n->signer->area.scheme.hash, n->e.attest, signature, NULL) == 0;
}

static bool
appraise(struct node *n)
{
	att_verdict_free(n->v);
	n->v = NULL;
	return att_appraise(&n->a, &n->v, NULL) == 0 &&
	    att_verdict_status(n->v) == ATT_PASS;
}

/* The least time of one, over batches that take turns. */
static void
measure(struct node *n, double *bare, double *complete)
{
	uint8_t room[96];
	struct att_slice s = bare_signature(n, room);
	bool good = true;

	*bare = *complete = 1e9;
	for (int b = 0; b < BATCHES; b++) {
		double t0 = now(), t1, t2;

		for (int i = 0; i < BATCH; i++)
			good = verify(n, s) && good;
		t1 = now();
		for (int i = 0; i < BATCH; i++)
			good = appraise(n) && good;
		t2 = now();
		if (t1 - t0 < *bare)
			*bare = t1 - t0;
		if (t2 - t1 < *complete)
			*complete = t2 - t1;
	}
	ck_assert(good);
	*bare /= BATCH;
	*complete /= BATCH;
}

START_TEST(bench)
{
	static const struct {
		enum signer_kind kind;
		const char *name;
		double aim;
	} kinds[] = { { SIGNER_P256, "P-256", 2 },
		{ SIGNER_RSASSA, "RSA-2048", 4 } };
	static const char *const largest = "shim";

	for (size_t k = 0; k < ATT_COUNT(kinds); k++) {
		struct signer s;
		struct node n;

		signer_init(&s, kinds[k].kind);
		node_init(&n, &s, largest);
		node_ref_from(&n, largest);
		for (int bound = 1; bound >= 0; bound--) {
			double bare, complete;

			n.a.bound = bound;
			node_passes(&n);
			measure(&n, &bare, &complete);
			printf("appraise %-8s %-7s: %.1f us, bare "
			    "verification %.1f us, ratio %.2f (aim <= %.0f); "
			    "boot %s, log of %zu bytes, PCR 0-15 of sha256\n",
			    kinds[k].name, bound ? "bound" : "unbound",
			    complete, bare, complete / bare, kinds[k].aim,
			    largest, n.uefi.len);
		}
		node_done(&n);
		signer_done(&s);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("bench appraise");
	TCase *t = tcase_create("bench");
	SRunner *sr;
	int bad;

	tcase_set_timeout(t, 300);
	tcase_add_test(t, bench);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_set_fork_status(sr, CK_NOFORK);
	srunner_run_all(sr, CK_SILENT);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return bad != 0;
}
