#include "runner.h"

#include "tests/eventlog/ima_sig_vectors.h"


/* An entry of a file with this digest and signature, both in hex. */
static void
add_signed(struct imamaker *m, const char *template, const char *alg,
    const char *digest, const char *path, const char *sig)
{
	AUTO_DONE(att_buf_done) struct att_buf d = ATT_BUF(128);
	AUTO_DONE(att_buf_done) struct att_buf s = ATT_BUF(4096);
	bool modsig = strcmp(template, "ima-modsig") == 0;
	struct im_field f[5] = { { 0 } };

	att_buf_bytes(&d, alg, strlen(alg) + 1);
	ok(att_hex_decode(S(digest), &d, err));
	ok(att_hex_decode(S(sig), &s, err));
	f[0] = (struct im_field){ IM_NAMED, d.data, d.len };
	f[1] = (struct im_field){ IM_TEXT, path, strlen(path) + 1 };
	f[2] = (struct im_field){ IM_HEX, s.data, s.len };
	f[3] = f[0];
	f[4] = (struct im_field){ IM_HEX, "pkcs7", 5 };
	im_entry(m, 10, template, f, modsig ? 5 : 3);
}

/* A list of its own, after boot_aggregate, and a policy with these keys. */
static void
give_signed(struct runner *r, struct imamaker *m, json_t *keys)
{
	ok(att_pcrs_set(&r->n.e.pcrs, ATT_ALG_SHA256, 10,
	    im_value(m, ATT_ALG_SHA256, 10), err));
	give_list(r, att_buf_view(&m->text));
	set_policy(r, json_pack("{s:s,s:s,s:i,s:{},s:{},s:s,s:o,s:[s]}",
	    "format", ATT_RUNTIME_FORMAT, "id", "x", "version", 1, "match",
	    "digests", "boot_aggregate", "any", "keys", keys, "excludes",
	    "/tmp/.*"));
}

static json_t *
all_keys(void)
{
	return json_pack("[{s:s},{s:s},{s:s},{s:s}]", "pem", RSA_PUBLIC,
	    "pem", P256_PUBLIC, "pem", P384_CERT, "pem", OWN_ID_CERT);
}

static struct imamaker
begin_list(void)
{
	struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_digest any = { .alg = ATT_ALG_SHA256, .len = 32 };

	im_boot(&m, &any);
	return m;
}

/* In text and binary: what was signed is taken, whatever its path. */
START_TEST(signed_files_are_taken)
{
	struct imamaker m = begin_list();
	struct att_runtime *other;
	struct runner r;

	runner_init(&r, "uki", "ima.txt");
	add_signed(&m, "ima-sig", "sha256:", RSA256_DIGEST, "/a", RSA256_SIG);
	add_signed(&m, "ima-sig", "sha512:", RSA512_DIGEST, "/b", RSA512_SIG);
	add_signed(&m, "ima-sigv2", "ima:sha256:", P256_DIGEST, "/c",
	    P256_SIG);
	add_signed(&m, "ima-modsig", "sha384:", P384_DIGEST, "/d", P384_SIG);
	add_signed(&m, "ima-sig", "sha256:", OWN_DIGEST, "/e", OWN_SIG);
	give_signed(&r, &m, all_keys());
	node_passes(&r.n);
	give_list(&r, att_buf_view(&m.bin));
	node_passes(&r.n);
	/* by the keys of any policy */
	other = take(&r.policy);
	give_signed(&r, &m, json_array());
	give_list(&r, att_buf_view(&m.bin));
	node_fails(&r.n, ATT_F_IMA_FILE_UNKNOWN, "line 2 (ima-sig /a)");
	r.set.policy[r.set.count++] = other;
	node_passes(&r.n);
	att_runtime_free(other);
	im_done(&m);
	runner_done(&r);
}
END_TEST

/* Line, path, digest, and why. */
START_TEST(signatures_that_do_not_count)
{
	static const struct {
		const char *template, *alg, *digest, *sig;
		enum att_finding_code code;
		const char *text;
	} bad[] = {
		{ "ima-sig", "sha256:", RSA256_DIGEST, P256_SIG,
		    ATT_F_IMA_SIGNATURE_BAD, "key bf9f844d: signature does "
		    "not verify" },
		{ "ima-sig", "sha512:", RSA512_DIGEST, RSA256_SIG,
		    ATT_F_IMA_SIGNATURE_BAD, "over a sha256 digest" },
		{ "ima-sigv2", "verity:sha256:", P256_DIGEST, P256_SIG,
		    ATT_F_IMA_SIGNATURE_BAD, "over a digest of contents" },
		{ "ima-sig", "sm3:", RSA256_DIGEST,
		    "030211c18092e10002abcd", ATT_F_IMA_SIGNATURE_BAD,
		    "RSA over sm3" },
		{ "ima-sig", "sha384:", P384_DIGEST, P384_SIG,
		    ATT_F_IMA_SIGNATURE_KEY, "no key 9f6fbf24" },
		{ "ima-sig", "sha1:", RSA1_DIGEST, RSA1_SIG,
		    ATT_F_IMA_SIGNATURE_KIND, "algorithm 2" },
		{ "ima-sig", "sha256:", RSA256_DIGEST, "0502040000",
		    ATT_F_IMA_SIGNATURE_KIND, "it is EVM's" },
		{ "ima-sig", "sha256:", RSA256_DIGEST, "030204",
		    ATT_F_IMA_SIGNATURE_KIND, "ends early" },
		{ "ima-modsig", "sha256:", RSA256_DIGEST, "",
		    ATT_F_IMA_SIGNATURE_KIND, "appended to the file" },
		{ "ima-sig", "sha256:", RSA256_DIGEST, "",
		    ATT_F_IMA_FILE_UNKNOWN, "not in the runtime policy" },
		/* the field of a signature that the policy does not take */
		{ "d-ng|n-ng|sig", "sha256:", RSA256_DIGEST, RSA256_SIG,
		    ATT_F_IMA_TEMPLATE, "policy does not take it" },
		/* what is no file, by another's signature */
		{ "ima-buf", "sha256:", RSA256_DIGEST, RSA256_SIG,
		    ATT_F_IMA_TEMPLATE, "not that of its buffer" },
		{ "ima-buf", "md5:", "00112233445566778899aabbccddeeff", "ab",
		    ATT_F_IMA_TEMPLATE, "no algorithm that is known" },
	};
	struct imamaker m = begin_list();
	char line[64], found[64];
	struct runner r;

	runner_init(&r, "uki", "ima.txt");
	im_done(&m);
	m = begin_list();
	add_signed(&m, "ima-sig", "sha256:", RSA256_DIGEST, "/good",
	    RSA256_SIG);
	add_signed(&m, bad[_i].template, bad[_i].alg, bad[_i].digest, "/bad",
	    bad[_i].sig);
	give_signed(&r, &m, json_pack("[{s:s},{s:s}]", "pem", RSA_PUBLIC,
	    "pem", P256_PUBLIC));
	node_fails(&r.n, bad[_i].code, bad[_i].text);
	snprintf(line, sizeof(line), "line 3 (%s /bad)", bad[_i].template);
	node_fails(&r.n, bad[_i].code, line);
	snprintf(found, sizeof(found), "found %.16s...", bad[_i].digest);
	if (bad[_i].code != ATT_F_IMA_TEMPLATE)
		node_fails(&r.n, bad[_i].code, found);
	im_done(&m);
	runner_done(&r);
}
END_TEST

/* A digest that is listed, or a path that is excluded, needs no signature. */
START_TEST(lists_come_before_signatures)
{
	struct imamaker m = begin_list();
	struct runner r;
	json_t *doc;

	runner_init(&r, "uki", "ima.txt");
	add_signed(&m, "ima-sig", "sha256:", RSA256_DIGEST, "/tmp/x",
	    P256_SIG);
	give_signed(&r, &m, all_keys());
	node_passes(&r.n);
	add_signed(&m, "ima-sig", "sha256:", RSA256_DIGEST, "/a", P256_SIG);
	give_signed(&r, &m, all_keys());
	node_fails(&r.n, ATT_F_IMA_SIGNATURE_BAD, "line 3 (ima-sig /a)");
	doc = policy_of(att_buf_view(&m.text));
	ok(att_json_put(doc, "boot_aggregate", json_string("any"), err));
	ok(att_json_put(doc, "keys", all_keys(), err));
	set_policy(&r, doc);
	node_passes(&r.n);
	/* nothing of a violation is proven, its signature least of all */
	im_done(&m);
	m = begin_list();
	im_violation(&m, 10, "ima-sig", (struct im_field[]){ { IM_NAMED,
	    "sha256:\0" "0123456789abcdef0123456789abcdef", 40 },
	    IM_PATH("/v"), { IM_HEX, "\3\2\4", 3 } }, 3);
	give_signed(&r, &m, all_keys());
	node_fails(&r.n, ATT_F_IMA_VIOLATION, "line 2 (ima-sig /v)");
	im_done(&m);
	runner_done(&r);
}
END_TEST

static size_t
findings(const struct runner *r, enum att_finding_code code)
{
	size_t n = 0;

	for (size_t i = 0; i < att_verdict_finding_count(r->n.v); i++)
		n += att_verdict_finding(r->n.v, i)->code == code;
	return n;
}

/* So that a hostile list costs no more than others. */
START_TEST(bad_signatures_are_bounded)
{
	struct imamaker m = begin_list();
	const struct att_finding *f;
	struct runner r;

	runner_init(&r, "uki", "ima.txt");
	for (int more = 0; more < 2; more++) {
		while (m.count < 1 + ATT_IMA_SIGNATURES_BAD_MAX +
		    2 * (unsigned)more)
			add_signed(&m, "ima-sig", "sha256:", RSA256_DIGEST,
			    "/a", P256_SIG);
		give_signed(&r, &m, all_keys());
		node_fails(&r.n, ATT_F_IMA_SIGNATURE_BAD, "line 2 ");
		f = node_finding(&r.n, ATT_F_IMA_SIGNATURE_LIMIT);
		ck_assert(more == (f != NULL));
	}
	ck_assert_int_eq(f->event, 2 + ATT_IMA_SIGNATURES_BAD_MAX);
	ck_assert_str_eq(f->what, "32 were bad");
	ck_assert_uint_eq(findings(&r, ATT_F_IMA_SIGNATURE_LIMIT), 1);
	/* those of strangers cost nothing, and do not count */
	give_signed(&r, &m, json_array());
	node_fails(&r.n, ATT_F_IMA_FILE_UNKNOWN, "line 2 ");
	ck_assert_ptr_null(node_finding(&r.n, ATT_F_IMA_SIGNATURE_LIMIT));
	im_done(&m);
	runner_done(&r);
}
END_TEST

/* Good ones too; P-384 is dear. */
START_TEST(all_signatures_are_bounded)
{
	enum { COST = 12, MOST = ATT_IMA_SIGNATURES_MAX / COST + 1 };
	struct imamaker m = begin_list();
	const struct att_finding *f;
	struct runner r;

	runner_init(&r, "uki", "ima.txt");
	while (m.count < 1 + MOST)
		add_signed(&m, "ima-sig", "sha384:", P384_DIGEST, "/a",
		    P384_SIG);
	/* the last that is still verified, and one more */
	add_signed(&m, "ima-sig", "sha384:", P384_DIGEST, "/a", P384_SIG);
	im_file(&m, 10, "/unknown");
	give_signed(&r, &m, all_keys());
	f = node_fails(&r.n, ATT_F_IMA_SIGNATURE_LIMIT, "more than 65536");
	ck_assert_int_eq(f->event, 2 + MOST);
	/* what is not signed is still judged */
	f = node_finding(&r.n, ATT_F_IMA_FILE_UNKNOWN);
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(f->event, 3 + MOST);
	im_done(&m);
	runner_done(&r);
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
	Suite *s = suite_create("imasigned");
	TCase *t = tcase_create("imasigned");

	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, signed_files_are_taken);
	tcase_add_loop_test(t, signatures_that_do_not_count, 0, 13);
	tcase_add_test(t, lists_come_before_signatures);
	tcase_add_test(t, bad_signatures_are_bounded);
	tcase_add_test(t, all_signatures_are_bounded);
	suite_add_tcase(s, t);
	return run_suite(s);
}
