#include "testlib.h"

#include "protocol/credential_blob.h"

/* Parts of 3 and 2 bytes. */
static const uint8_t small[] = { 0xba, 0xdc, 0xc0, 0xde, 0, 0, 0, 1, 0, 3, 'a',
	'b', 'c', 0, 2, 'd', 'e' };
static const struct att_slice whole = { small, sizeof(small) };

START_TEST(parts)
{
	struct att_credential_blob b;

	ok(att_credential_blob_parse(whole, &b, err));
	ck_assert(att_slice_is(b.id_object, "abc"));
	ck_assert(att_slice_is(b.enc_secret, "de"));
}
END_TEST

START_TEST(written_as_it_was_read)
{
	AUTO_DONE(att_buf_done) struct att_buf out =
	    ATT_BUF(ATT_CREDENTIAL_BLOB_MAX);
	struct att_credential_blob b;

	ok(att_credential_blob_parse(whole, &b, err));
	att_credential_blob_encode(&b, &out);
	ok(att_buf_ok(&out, "blob", err));
	ck_assert(att_slice_equal(att_buf_view(&out), whole));
}
END_TEST

START_TEST(every_truncation)
{
	for (size_t n = 0; n < sizeof(small); n++) {
		AUTO(free) char *p = malloc(n == 0 ? 1 : n);
		struct att_credential_blob b = { 0 };

		memcpy(p, small, n);
		ck_assert_int_eq(att_credential_blob_parse((struct att_slice){
				     (uint8_t *)p, n }, &b, NULL),
		    ATT_E_SHORT);
		ck_assert_ptr_null(b.id_object.data);
	}
}
END_TEST

START_TEST(every_flipped_bit)
{
	uint8_t b[sizeof(small)];
	unsigned taken = 0;

	for (size_t i = 0; i < 8 * sizeof(b); i++) {
		AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(1024);
		struct att_credential_blob got;

		memcpy(b, small, sizeof(b));
		b[i / 8] ^= (uint8_t)(1 << i % 8);
		if (att_credential_blob_parse((struct att_slice){ b,
			sizeof(b) }, &got, NULL) < 0)
			continue;
		taken++;
		att_credential_blob_encode(&got, &out);
		ck_assert(att_slice_equal(att_buf_view(&out),
		    (struct att_slice){ b, sizeof(b) }));
	}
	/* the five bytes of content, and nothing else, can change */
	ck_assert_uint_eq(taken, 5 * 8);
}
END_TEST

START_TEST(head)
{
	uint8_t b[sizeof(small)];
	struct att_slice s = { b, sizeof(b) };
	struct att_credential_blob got;

	memcpy(b, small, sizeof(b));
	b[3] = 0xdd;
	fails(att_credential_blob_parse(s, &got, err), ATT_E_FORMAT,
	    "0xbadcc0dd");
	memcpy(b, small, sizeof(b));
	b[7] = 2;
	fails(att_credential_blob_parse(s, &got, err), ATT_E_UNSUPPORTED,
	    "version 2");
}
END_TEST

START_TEST(nothing_behind)
{
	uint8_t b[sizeof(small) + 1] = { 0 };
	struct att_credential_blob got;

	memcpy(b, small, sizeof(small));
	fails(att_credential_blob_parse((struct att_slice){ b, sizeof(b) },
		  &got, err), ATT_E_TRAILING, "1 bytes");
}
END_TEST

static int
parse_sized(size_t id_object, size_t enc_secret, struct att_err *why)
{
	static const uint8_t bytes[1024];
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	struct att_credential_blob in = { { bytes, id_object },
		{ bytes, enc_secret } }, out;

	att_credential_blob_encode(&in, &b);
	ok(att_buf_ok(&b, "blob", err));
	return att_credential_blob_parse(att_buf_view(&b), &out, why);
}

START_TEST(sizes_of_parts)
{
	ok(parse_sized(1, 1, err));
	ok(parse_sized(68, 256, err));
	ok(parse_sized(ATT_CREDENTIAL_ID_OBJECT_MAX,
	    ATT_CREDENTIAL_ENC_SECRET_MAX, err));
	fails(parse_sized(0, 1, err), ATT_E_FORMAT, "TPM2B_ID_OBJECT of 0");
	fails(parse_sized(1, 0, err), ATT_E_FORMAT, "SECRET of 0");
	fails(parse_sized(ATT_CREDENTIAL_ID_OBJECT_MAX + 1, 1, err),
	    ATT_E_FORMAT, "TPM2B_ID_OBJECT of 133");
	fails(parse_sized(1, ATT_CREDENTIAL_ENC_SECRET_MAX + 1, err),
	    ATT_E_FORMAT, "SECRET of 513");
}
END_TEST

/*
 * Python: hmac.new(base64.b64encode(secret), id, hashlib.sha384).hexdigest()
 */
START_TEST(auth_tag)
{
	char tag[ATT_AUTH_TAG_LEN + 1];
	uint8_t all[64];

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	ok(att_auth_tag(S("0123456789abcdefghijklmnopqrstuv"), "node-1", tag,
	    err));
	ck_assert_str_eq(tag,
	    "af6e0a5b354db8e3dc4233c14db87f0013f6ee0053cb081b"
	    "5fcdaa2e6089cc8074431201d319a7baf56cc1f420632ff9");
	ok(att_auth_tag((struct att_slice){ all, sizeof(all) }, "n", tag,
	    err));
	ck_assert_str_eq(tag,
	    "550bef25185224bcc50d0e86df03627d2b440b76eb8de36b"
	    "373d4b7dc6e6e7fe5972dff617434e73820d21f67fdea351");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("protocol credential blob");
	TCase *t = tcase_create("credential blob");

	tcase_add_test(t, parts);
	tcase_add_test(t, written_as_it_was_read);
	tcase_add_test(t, every_truncation);
	tcase_add_test(t, every_flipped_bit);
	tcase_add_test(t, head);
	tcase_add_test(t, nothing_behind);
	tcase_add_test(t, sizes_of_parts);
	tcase_add_test(t, auth_tag);
	suite_add_tcase(s, t);
	return run_suite(s);
}
