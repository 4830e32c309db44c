#include "testlib.h"

#include "eventlog/ima_sig.h"
#include "tests/eventlog/ima_sig_vectors.h"

#define HEAD "030204bf9f844d0003"	/* type 3, version 2, SHA-256 */

static struct att_buf
hex(const char *text)
{
	struct att_buf b = ATT_BUF(4096);

	ok(att_hex_decode(S(text), &b, err));
	return b;
}

START_TEST(fields)
{
	static const struct {
		const char *text;
		uint16_t alg;
		uint32_t key;
		size_t len;
	} good[] = {
		{ RSA256_SIG, ATT_ALG_SHA256, RSA_ID, 256 },
		{ RSA512_SIG, ATT_ALG_SHA512, RSA_ID, 256 },
		{ P256_SIG, ATT_ALG_SHA256, P256_ID, 71 },
		{ P384_SIG, ATT_ALG_SHA384, P384_ID, 103 },
		{ OWN_SIG, ATT_ALG_SHA256, OWN_ID, 71 },
		{ "030311000000010001ab", ATT_ALG_SM3, 1, 1 },
	};

	for (size_t i = 0; i < ATT_COUNT(good); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = hex(good[i].text);
		struct att_ima_sig s;

		ok(att_ima_sig_parse(att_buf_view(&b), &s, err));
		ck_assert_uint_eq(s.type, ATT_IMA_SIG_FILE);
		ck_assert_uint_eq(s.alg, good[i].alg);
		ck_assert_uint_eq(s.key, good[i].key);
		ck_assert_uint_eq(s.value.len, good[i].len);
		ck_assert_ptr_eq(s.value.data, b.data + 9);
		for (size_t n = 0; n < b.len; n++)
			ck_assert_int_lt(att_ima_sig_parse((struct att_slice){
			    b.data, n }, &s, NULL), 0);
	}
}
END_TEST

START_TEST(refuses)
{
	static const struct {
		const char *text, *word;
		int code;
	} bad[] = {
		{ "", "0 bytes", ATT_E_SHORT },
		{ "03", "1 bytes", ATT_E_SHORT },
		{ HEAD "aabb", "ends early", ATT_E_SHORT },
		{ HEAD "aabbccdd", "3 bytes, 4 are there", ATT_E_FORMAT },
		{ "030204bf9f844d0000", "0 bytes", ATT_E_FORMAT },
		/* not of a file, or of another version */
		{ "010204bf9f844d0003aabbcc", "type 1", ATT_E_UNSUPPORTED },
		{ "0204", "type 2", ATT_E_UNSUPPORTED },
		{ "0404bf9f844d0003aabbcc", "type 4", ATT_E_UNSUPPORTED },
		{ "050204bf9f844d0003aabbcc", "EVM's", ATT_E_UNSUPPORTED },
		{ "070204bf9f844d0003aabbcc", "type 7", ATT_E_UNSUPPORTED },
		{ "0301000000000000", "version 1", ATT_E_UNSUPPORTED },
		{ "030404bf9f844d0003aabbcc", "version 4", ATT_E_UNSUPPORTED },
		{ "060204bf9f844d0003aabbcc", "version 2", ATT_E_UNSUPPORTED },
		/* MD5, SHA-1, SHA-224, behind the last */
		{ "030201bf9f844d0003aabbcc", "algorithm 1",
		    ATT_E_UNSUPPORTED },
		{ RSA1_SIG, "algorithm 2", ATT_E_UNSUPPORTED },
		{ "030207bf9f844d0003aabbcc", "algorithm 7",
		    ATT_E_UNSUPPORTED },
		{ "030212bf9f844d0003aabbcc", "algorithm 18",
		    ATT_E_UNSUPPORTED },
		{ "0302ffbf9f844d0003aabbcc", "algorithm 255",
		    ATT_E_UNSUPPORTED },
	};
	struct att_ima_sig s = { .type = 99 };

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = hex(bad[i].text);

		fails(att_ima_sig_parse(att_buf_view(&b), &s, err),
		    bad[i].code, bad[i].word);
	}
	ck_assert_uint_eq(s.type, 99);
}
END_TEST

/* What the kernel would hash, written out. */
START_TEST(what_is_signed)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	uint8_t id[2 + 32] = { 6, 4 };
	struct att_ima_digest file = { .alg = ATT_ALG_SHA256,
		.digest = { id + 2, 32 } };
	struct att_ima_sig s = { .type = ATT_IMA_SIG_FILE, .version = 2,
		.hash = 4, .alg = ATT_ALG_SHA256 };
	struct att_digest d, want;

	memset(id + 2, 0xaa, 32);
	ok(att_ima_sig_digest(&s, &file, h, &d, err));
	ck_assert(att_slice_equal(att_digest_view(&d), file.digest));
	s.version = 3;
	id[0] = 3;
	ok(att_digest_of(ATT_ALG_SHA256, (struct att_slice){ id, 34 }, &want,
	    err));
	ok(att_ima_sig_digest(&s, &file, h, &d, err));
	ck_assert(att_digest_equal(&d, &want));
	/* each kind of digest has its own type */
	file.verity = true;
	fails(att_ima_sig_digest(&s, &file, h, &d, err), ATT_E_MISMATCH,
	    "contents");
	s.type = ATT_IMA_SIG_VERITY;
	id[0] = 6;
	ok(att_digest_of(ATT_ALG_SHA256, (struct att_slice){ id, 34 }, &want,
	    err));
	ok(att_ima_sig_digest(&s, &file, h, &d, err));
	ck_assert(att_digest_equal(&d, &want));
	file.verity = false;
	fails(att_ima_sig_digest(&s, &file, h, &d, err), ATT_E_MISMATCH,
	    "fs-verity");
	file.alg = ATT_ALG_SM3;
	fails(att_ima_sig_digest(&s, &file, h, &d, err), ATT_E_MISMATCH,
	    "sha256");
	file.alg = 0;
	fails(att_ima_sig_digest(&s, &file, h, &d, err), ATT_E_MISMATCH,
	    "sha256");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ima_sig");
	TCase *t = tcase_create("ima_sig");

	tcase_add_test(t, fields);
	tcase_add_test(t, refuses);
	tcase_add_test(t, what_is_signed);
	suite_add_tcase(s, t);
	return run_suite(s);
}
