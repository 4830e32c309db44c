#include "testlib.h"

#include "appraise/runtime.h"
#include "appraise/runtime_learn.h"
#include "crypto/pem.h"
#include "tests/eventlog/ima_sig_vectors.h"
#include "tests/eventlog/imamaker.h"

static struct att_hasher *h;

static struct att_buf
der_of(const char *pem, const char *label)
{
	AUTO(att_pem_free) struct att_pem *p = NULL;
	struct att_buf b = ATT_BUF(4096);

	ok(att_pem_open(S(pem), &p, err));
	ok(att_pem_next(p, label, &b, err));
	ck_assert_uint_gt(b.len, 0);
	return b;
}

/* An entry of template ima-buf; `flip`: of another digest than the buffer's. */
static void
add_buffer(struct imamaker *m, const char *name, struct att_slice bytes,
    bool flip)
{
	uint8_t named[8 + 32] = "sha256:";
	struct im_field f[] = { { IM_NAMED, named, sizeof(named) },
		{ IM_TEXT, name, strlen(name) + 1 },
		{ IM_HEX, bytes.data, bytes.len } };
	struct att_digest d;

	ok(att_digest_of(ATT_ALG_SHA256, bytes, &d, err));
	memcpy(named + 8, d.bytes, d.len);
	named[39] ^= flip ? 1 : 0;
	im_entry(m, 10, "ima-buf", f, 3);
}

/* Allows the buffer by its digest, or an almost equal one. */
static void
allow(json_t *doc, const char *name, struct att_slice bytes, bool flip)
{
	json_t *buffers = json_object_get(doc, "buffers"), *list;
	struct att_digest d;
	char hex[ATT_DIGEST_HEX_MAX];

	ok(att_digest_of(ATT_ALG_SHA256, bytes, &d, err));
	d.bytes[31] ^= flip ? 1 : 0;
	if ((list = json_object_get(buffers, name)) == NULL) {
		list = json_array();
		ok(att_json_put(buffers, name, list, err));
	}
	ok(att_json_add(list, json_sprintf("sha256:%s",
	    att_digest_hex(&d, hex)), err));
}

static json_t *
new_doc(void)
{
	json_t *doc = json_pack("{s:s,s:s,s:i,s:{},s:{},s:{s:s}}", "format",
	    ATT_RUNTIME_FORMAT, "id", "x", "version", 1, "match", "digests",
	    "buffers", ".platform", "any");

	ck_assert_ptr_nonnull(doc);
	return doc;
}

static size_t
learned(json_t *doc, const struct imamaker *m, bool text)
{
	struct att_ima_list list;
	size_t n = 99;

	ok(att_ima_open(att_buf_view(text ? &m->text : &m->bin),
	    ATT_ALG_SHA1, &list, err));
	ok(att_runtime_learn(doc, &list, h, &n, err));
	return n;
}

/* A certificate and a bare key; what they signed is taken then. */
START_TEST(listed_keys)
{
	AUTO_DONE(att_buf_done) struct att_buf cert =
	    der_of(OWN_ID_CERT, "CERTIFICATE");
	AUTO_DONE(att_buf_done) struct att_buf bare =
	    der_of(P256_PUBLIC, "PUBLIC KEY");
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 16);
	AUTO_DONE(att_buf_done) struct att_buf sum = ATT_BUF(64);
	AUTO_DONE(att_buf_done) struct att_buf sig = ATT_BUF(4096);
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	AUTO(att_json_decref) json_t *doc = new_doc();
	AUTO(att_runtime_free) struct att_runtime *r = NULL;
	struct att_runtime_entry e = { .template = S("ima-sig"),
		.readable = true, .subject = { .has_path = true,
		    .has_digest = true, .path = S("/a") } };
	struct att_ima_vouch v;

	im_file(&m, 10, "/a");
	add_buffer(&m, ".ima", att_buf_view(&cert), false);
	add_buffer(&m, ".ima", att_buf_view(&bare), false);
	add_buffer(&m, ".ima", att_buf_view(&cert), false);
	allow(doc, ".ima", att_buf_view(&cert), false);
	allow(doc, ".ima", att_buf_view(&bare), false);
	ck_assert_uint_eq(learned(doc, &m, _i == 1), 2);
	/* and again: they are there */
	ck_assert_uint_eq(learned(doc, &m, _i == 1), 0);
	ok(att_json_write(doc, &b, err));
	ok(att_runtime_parse(att_buf_view(&b), &r, err));
	ck_assert_uint_eq(att_runtime_keys(r), 2);
	ok(att_hex_decode(S(OWN_DIGEST), &sum, err));
	ok(att_hex_decode(S(OWN_SIG), &sig, err));
	e.subject.digest = (struct att_ima_digest){ .alg = ATT_ALG_SHA256,
		.digest = att_buf_view(&sum) };
	e.signature = att_buf_view(&sig);
	ok(att_runtime_verify(r, &e, h, &v, err));
	ck_assert_int_eq(v.worth, ATT_IMA_SIGNED_GOOD);
}
END_TEST

/* Neither of another name, digest or kind, nor of a forged entry. */
START_TEST(what_is_no_key_of_the_policy)
{
	AUTO_DONE(att_buf_done) struct att_buf cert =
	    der_of(OWN_ID_CERT, "CERTIFICATE");
	AUTO_DONE(att_buf_done) struct att_buf bare =
	    der_of(P256_PUBLIC, "PUBLIC KEY");
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	AUTO(att_json_decref) json_t *doc = new_doc();
	struct att_slice cut = { cert.data, cert.len - 1 };

	/* of a keyring that is "any" */
	add_buffer(&m, ".platform", att_buf_view(&cert), false);
	/* of another keyring, with another digest */
	add_buffer(&m, ".evm", att_buf_view(&cert), false);
	allow(doc, ".ima", att_buf_view(&cert), false);
	allow(doc, ".machine", att_buf_view(&bare), true);
	add_buffer(&m, ".machine", att_buf_view(&bare), false);
	/* its digest is not that of its bytes */
	add_buffer(&m, ".machine", att_buf_view(&bare), true);
	/* listed, and no key */
	allow(doc, "kexec-cmdline", S("quiet"), false);
	add_buffer(&m, "kexec-cmdline", S("quiet"), false);
	allow(doc, "cut", cut, false);
	add_buffer(&m, "cut", cut, false);
	allow(doc, "pem", S(P256_PUBLIC), false);
	add_buffer(&m, "pem", S(P256_PUBLIC), false);
	ck_assert_uint_eq(learned(doc, &m, false), 0);
	ck_assert_uint_eq(json_array_size(json_object_get(doc, "keys")), 0);
}
END_TEST

START_TEST(damaged_lists)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	AUTO(att_json_decref) json_t *doc = new_doc();
	struct att_ima_list list;
	size_t n = 99;

	im_file(&m, 10, "/a");
	ok(att_ima_open((struct att_slice){ m.bin.data, m.bin.len - 1 },
	    ATT_ALG_SHA1, &list, err));
	fails(att_runtime_learn(doc, &list, h, &n, err), ATT_E_SHORT,
	    "list ends");
	ck_assert_uint_eq(n, 99);
}
END_TEST

static void
setup(void)
{
	h = att_hasher_new();
	ck_assert_ptr_nonnull(h);
}

static void
teardown(void)
{
	att_hasher_free(h);
}

int
main(void)
{
	Suite *s = suite_create("runtime_learn");
	TCase *t = tcase_create("runtime_learn");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, listed_keys, 0, 2);
	tcase_add_test(t, what_is_no_key_of_the_policy);
	tcase_add_test(t, damaged_lists);
	suite_add_tcase(s, t);
	return run_suite(s);
}
