#include "testlib.h"

#include <jose/jws.h>

#include "crypto/jws.h"
#include "crypto/pubkey.h"

/* RFC 7515, A.3.1: a P-256 key. */
#define RFC_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define RFC_Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define RFC_D "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
#define RFC_PUBLIC                                                            \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC_X "\",\"y\":\""      \
	RFC_Y "\",\"kid\":\"k\"}"
#define RFC_PRIVATE                                                           \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC_X "\",\"y\":\""      \
	RFC_Y "\",\"d\":\"" RFC_D "\"}"
/* A.3.1 signs {"alg":"ES256"}: a valid signature under a header without kid */
#define RFC_TOKEN                                                             \
	"eyJhbGciOiJFUzI1NiJ9."                                               \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"    \
	"cGxlLmNvbS9pc19yb290Ijp0cnVlfQ."                                     \
	"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA"    \
	"pmWQxfKTUJqPP3-Kg6NU1Q"

static struct att_jws_key *
make(void)
{
	struct att_jws_key *k = NULL;

	ok(att_jws_key_make(&k, err));
	return k;
}

static json_t *
set_of(const struct att_jws_key *k)
{
	json_t *set = NULL;

	ok(att_jws_set_make(&k, 1, &set, err));
	return set;
}

static json_t *
json(const char *text)
{
	json_t *j = NULL;

	ok(att_json_parse(S(text), strlen(text), &j, err));
	return j;
}

static struct att_buf
sign(const struct att_jws_key *k, const char *payload)
{
	AUTO(att_json_decref) json_t *j = json(payload);
	struct att_buf b = ATT_BUF(ATT_JWS_MAX);

	ok(att_jws_sign(k, "JWT", j, &b, err));
	return b;
}

START_TEST(signed_and_verified)
{
	AUTO(att_jws_key_free) struct att_jws_key *k = make();
	AUTO(att_json_decref) json_t *set = set_of(k);
	AUTO(att_json_decref) json_t *got = NULL;
	AUTO(att_json_decref) json_t *want = json("{\"b\":[1,2],\"a\":\"x\"}");
	AUTO_DONE(att_buf_done) struct att_buf t =
	    sign(k, "{\"b\":[1,2],\"a\":\"x\"}");

	ok(att_jws_verify(att_buf_view(&t), set, "JWT", &got, err));
	ck_assert(json_equal(got, want));
}
END_TEST

/* The same signature, checked with nothing of libjose. */
START_TEST(openssl_agrees)
{
	AUTO(att_jws_key_free) struct att_jws_key *k = make();
	AUTO(att_json_decref) json_t *set = set_of(k);
	AUTO_DONE(att_buf_done) struct att_buf t = sign(k, "{}");
	AUTO_DONE(att_buf_done) struct att_buf x = ATT_BUF(32);
	AUTO_DONE(att_buf_done) struct att_buf y = ATT_BUF(32);
	AUTO_DONE(att_buf_done) struct att_buf sig = ATT_BUF(64);
	AUTO(att_pubkey_free) struct att_pubkey *key = NULL;
	const json_t *jwk = json_array_get(json_object_get(set, "keys"), 0);
	size_t dot = t.len - 87;	/* 64 bytes are 86 characters */

	ck_assert_uint_eq(t.data[dot], '.');
	ok(att_base64url_decode(S(json_string_value(json_object_get(jwk,
	    "x"))), &x, err));
	ok(att_base64url_decode(S(json_string_value(json_object_get(jwk,
	    "y"))), &y, err));
	ok(att_base64url_decode((struct att_slice){ t.data + dot + 1, 86 },
	    &sig, err));
	ok(att_pubkey_from_ec(ATT_CURVE_P256, att_buf_view(&x),
	    att_buf_view(&y), &key, err));
	ok(att_pubkey_verify(key, ATT_SIG_ECDSA, ATT_ALG_SHA256,
	    (struct att_slice){ t.data, dot }, att_buf_view(&sig), err));
}
END_TEST

/* kid: H of {"crv","kty","x","y"}, sorted and without spaces (RFC 7638, 3). */
START_TEST(kid_is_the_thumbprint)
{
	static const char text[] = "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\""
	    RFC_X "\",\"y\":\"" RFC_Y "\"}";
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(99);
	AUTO(att_jws_key_free) struct att_jws_key *k = NULL;
	struct att_digest d;

	ok(att_jws_key_parse(S(RFC_PRIVATE), &k, err));
	ok(att_digest_of(ATT_ALG_SHA256, S(text), &d, err));
	att_base64url_put(&b, att_digest_view(&d));
	ck_assert(att_slice_is(att_buf_view(&b), att_jws_key_id(k)));
}
END_TEST

START_TEST(keys_are_written_and_read)
{
	AUTO(att_jws_key_free) struct att_jws_key *k = make();
	AUTO(att_jws_key_free) struct att_jws_key *again = NULL;
	AUTO(att_json_decref) json_t *set = set_of(k);
	AUTO(att_json_decref) json_t *got = NULL;
	AUTO_DONE(att_buf_wipe) struct att_buf text = ATT_BUF(ATT_JWK_MAX);
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(9999);
	AUTO_DONE(att_buf_done) struct att_buf t = ATT_BUF(0);

	ok(att_jws_key_write(k, &text, err));
	ok(att_jws_key_parse(att_buf_view(&text), &again, err));
	ck_assert_str_eq(att_jws_key_id(k), att_jws_key_id(again));
	t = sign(again, "{}");
	ok(att_jws_verify(att_buf_view(&t), set, "JWT", &got, err));
	/* what is published holds no private part */
	ok(att_json_write(set, &out, err));
	att_buf_u8(&out, '\0');
	ck_assert_ptr_null(strstr((char *)out.data, "\"d\""));
	ck_assert_ptr_nonnull(strstr((char *)out.data, "\"alg\":\"ES256\""));
	ck_assert_ptr_nonnull(strstr((char *)out.data, "\"use\":\"sig\""));
}
END_TEST

START_TEST(keys_that_are_refused)
{
	static const struct {
		const char *text;
		int code;
		const char *word;
	} bad[] = {
		{ "[]", ATT_E_FORMAT, "object" },
		{ "{}", ATT_E_FORMAT, "kty" },
		{ RFC_PUBLIC, ATT_E_FORMAT, "\"d\"" },
		{ "{\"kty\":\"oct\",\"crv\":\"P-256\",\"k\":\"AA\"}",
		    ATT_E_UNSUPPORTED, "P-256" },
		{ "{\"kty\":\"EC\",\"crv\":\"P-384\"}", ATT_E_UNSUPPORTED,
		    "P-256" },
		{ "{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"none\"}",
		    ATT_E_UNSUPPORTED, "ES256" },
		{ "{\"kty\":\"EC\",\"crv\":\"P-256\",\"use\":\"enc\"}",
		    ATT_E_UNSUPPORTED, "ES256" },
		{ "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\"}",
		    ATT_E_FORMAT, "\"x\" is not 32" },
		/* d of one key, the point of another */
		{ "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC_X
		  "\",\"y\":\"" RFC_Y "\",\"d\":\"" RFC_X "\"}", ATT_E_FORMAT,
		    "private part" },
		{ "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC_X
		  "\",\"y\":\"" RFC_Y "\",\"d\":\"" RFC_D
		  "\",\"kid\":\"mine\"}", ATT_E_FORMAT, "thumbprint" },
	};

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		struct att_jws_key *k = NULL;

		fails(att_jws_key_parse(S(bad[i].text), &k, err), bad[i].code,
		    bad[i].word);
		ck_assert_ptr_null(k);
	}
}
END_TEST

/* A key text cut anywhere, with any bit flipped, is refused or is the key. */
START_TEST(damaged_key_texts)
{
	AUTO(att_jws_key_free) struct att_jws_key *k = make();
	AUTO_DONE(att_buf_wipe) struct att_buf text = ATT_BUF(ATT_JWK_MAX);

	ok(att_jws_key_write(k, &text, err));
	for (size_t n = 0; n < text.len; n++) {
		struct att_jws_key *c = NULL;

		ck_assert(att_jws_key_parse((struct att_slice){ text.data, n },
		    &c, NULL) < 0);
	}
	for (size_t bit = 0; bit < 8 * text.len; bit++) {
		struct att_jws_key *c = NULL;

		text.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (att_jws_key_parse(att_buf_view(&text), &c, NULL) == 0) {
			ck_assert_str_eq(att_jws_key_id(c), att_jws_key_id(k));
			att_jws_key_free(c);
		}
		text.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}
END_TEST

/* A token with this header, rightly signed by `k`. */
static struct att_buf
with_header(const struct att_jws_key *k, const char *header)
{
	AUTO_DONE(att_buf_wipe) struct att_buf text = ATT_BUF(ATT_JWK_MAX);
	AUTO(att_json_decref) json_t *jwk = NULL;
	AUTO(att_json_decref) json_t *jws = json_pack("{s:s}", "payload",
	    "e30");
	AUTO(att_json_decref) json_t *sig = json_object();
	struct att_buf b = ATT_BUF(ATT_JWS_MAX);

	ok(att_jws_key_write(k, &text, err));
	ok(att_json_parse(att_buf_view(&text), ATT_JWK_MAX, &jwk, err));
	ck_assert_int_eq(json_object_set_new(sig, "protected", json(header)),
	    0);
	ck_assert(jose_jws_sig(NULL, jws, sig, jwk));
	att_buf_printf(&b, "%s.e30.%s",
	    json_string_value(json_object_get(jws, "protected")),
	    json_string_value(json_object_get(jws, "signature")));
	return b;
}

START_TEST(headers_that_are_refused)
{
	static const struct {
		const char *more;
		int code;
		const char *word;
	} bad[] = {
		{ "\"typ\":\"JWT\",\"alg\":\"ES256\"", 0, "" },
		{ "\"typ\":\"JWT\",\"alg\":\"ES256\",\"jwk\":{},\"x5u\":\"h\"",
		    0, "" },
		{ "\"typ\":\"JWT\",\"alg\":\"ES256\",\"crit\":[\"exp\"]",
		    ATT_E_UNSUPPORTED, "critical" },
		{ "\"typ\":\"JWT\",\"alg\":\"ES256\",\"crit\":null",
		    ATT_E_UNSUPPORTED, "critical" },
		{ "\"typ\":\"JWT\",\"alg\":\"ES256\",\"b64\":false",
		    ATT_E_UNSUPPORTED, "critical" },
		{ "\"typ\":\"jwt\",\"alg\":\"ES256\"", ATT_E_MISMATCH,
		    "type" },
		{ "\"typ\":1,\"alg\":\"ES256\"", ATT_E_FORMAT, "typ" },
		{ "\"alg\":\"ES256\"", ATT_E_FORMAT, "typ" },
	};
	AUTO(att_jws_key_free) struct att_jws_key *k = make();
	AUTO(att_json_decref) json_t *set = set_of(k);

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		AUTO_DONE(att_buf_done) struct att_buf t = ATT_BUF(0);
		AUTO(att_json_decref) json_t *got = NULL;
		char header[200];

		snprintf(header, sizeof(header), "{%s,\"kid\":\"%s\"}",
		    bad[i].more, att_jws_key_id(k));
		t = with_header(k, header);
		if (bad[i].code == 0)
			ok(att_jws_verify(att_buf_view(&t), set, "JWT", &got,
			    err));
		else
			fails(att_jws_verify(att_buf_view(&t), set, "JWT",
			    &got, err), bad[i].code, bad[i].word);
	}
}
END_TEST

/* "none", HMAC with the public key, another curve: no alg but the one. */
START_TEST(algorithm_is_pinned)
{
	static const char *const algs[] = { "none", "None", "HS256", "ES384",
		"RS256", "" };
	AUTO(att_jws_key_free) struct att_jws_key *k = make();
	AUTO(att_json_decref) json_t *set = set_of(k);

	for (size_t i = 0; i < ATT_COUNT(algs); i++) {
		AUTO_DONE(att_buf_done) struct att_buf t = ATT_BUF(999);
		AUTO(att_json_decref) json_t *got = NULL;
		char header[200];

		snprintf(header, sizeof(header),
		    "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
		    algs[i], att_jws_key_id(k));
		att_base64url_put(&t, S(header));
		att_buf_str(&t, ".e30.");
		fails(att_jws_verify(att_buf_view(&t), set, "JWT", &got, err),
		    ATT_E_UNSUPPORTED, "must be ES256");
	}
}
END_TEST

START_TEST(keys_are_found_by_kid)
{
	AUTO(att_jws_key_free) struct att_jws_key *a = make();
	AUTO(att_jws_key_free) struct att_jws_key *b = make();
	const struct att_jws_key *both[] = { a, b };
	AUTO(att_json_decref) json_t *set = NULL;
	AUTO(att_json_decref) json_t *only_a = set_of(a);
	AUTO(att_json_decref) json_t *rfc = json("{\"keys\":[" RFC_PUBLIC "]}");
	AUTO(att_json_decref) json_t *got = NULL;
	AUTO_DONE(att_buf_done) struct att_buf t = sign(b, "{}");

	ok(att_jws_set_make(both, 2, &set, err));
	ok(att_jws_verify(att_buf_view(&t), set, "JWT", &got, err));
	fails(att_jws_verify(att_buf_view(&t), only_a, "JWT", &got, err),
	    ATT_E_NOT_FOUND, att_jws_key_id(b));
	/* a's entry under b's name: the signature decides */
	json_object_set_new(json_array_get(json_object_get(only_a, "keys"),
	    0), "kid", json_string(att_jws_key_id(b)));
	fails(att_jws_verify(att_buf_view(&t), only_a, "JWT", &got, err),
	    ATT_E_SIGNATURE, "verify");
	fails(att_jws_verify(S(RFC_TOKEN), rfc, "JWT", &got, err),
	    ATT_E_FORMAT, "typ");
}
END_TEST

START_TEST(no_flipped_bit_verifies)
{
	AUTO(att_jws_key_free) struct att_jws_key *k = make();
	AUTO(att_json_decref) json_t *set = set_of(k);
	AUTO_DONE(att_buf_done) struct att_buf t =
	    sign(k, "{\"pass\":false}");

	for (size_t bit = 0; bit < 8 * t.len; bit++) {
		AUTO(att_json_decref) json_t *got = NULL;

		t.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert(att_jws_verify(att_buf_view(&t), set, "JWT", &got,
		    NULL) < 0);
		t.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t n = 0; n < t.len; n++) {
		AUTO(att_json_decref) json_t *got = NULL;

		ck_assert(att_jws_verify((struct att_slice){ t.data, n }, set,
		    "JWT", &got, NULL) < 0);
	}
}
END_TEST

START_TEST(forms_and_limits)
{
	AUTO(att_jws_key_free) struct att_jws_key *k = make();
	AUTO(att_json_decref) json_t *set = set_of(k);
	AUTO(att_json_decref) json_t *got = NULL;
	AUTO(att_json_decref) json_t *many = json_object();
	AUTO(att_json_decref) json_t *text = json("\"text\"");
	AUTO_DONE(att_buf_done) struct att_buf t = ATT_BUF(0);
	json_t *keys = json_array();

	fails(att_jws_verify(S("a.b"), set, "JWT", &got, err), ATT_E_FORMAT,
	    "2 parts");
	fails(att_jws_verify(S("a.b.c.d"), set, "JWT", &got, err),
	    ATT_E_FORMAT, "more than three");
	fails(att_jws_verify(S(""), set, "JWT", &got, err), ATT_E_FORMAT,
	    "1 parts");
	t = sign(k, "{}");
	fails(att_jws_verify((struct att_slice){ t.data, t.len - 4 }, set,
		  "JWT", &got, err), ATT_E_SIGNATURE, "not 64 bytes");
	fails(att_jws_verify((struct att_slice){ t.data, t.len - 86 }, set,
		  "JWT", &got, err), ATT_E_SIGNATURE, "not 64 bytes");
	att_buf_done(&t);
	t = ATT_BUF(ATT_JWS_MAX + 1);
	att_buf_fill(&t, '.', ATT_JWS_MAX + 1);
	fails(att_jws_verify(att_buf_view(&t), set, "JWT", &got, err),
	    ATT_E_LIMIT, "1048577");
	att_buf_reset(&t);
	att_buf_fill(&t, 'A', 1400);
	att_buf_str(&t, "..");
	fails(att_jws_verify(att_buf_view(&t), set, "JWT", &got, err),
	    ATT_E_LIMIT, "header");
	att_buf_reset(&t);
	ok(att_jws_sign(k, "JWT", text, &t, err));
	fails(att_jws_verify(att_buf_view(&t), set, "JWT", &got, err),
	    ATT_E_FORMAT, "object");
	for (size_t i = 0; i <= ATT_JWS_KEYS_MAX; i++)
		json_array_append(keys,
		    json_array_get(json_object_get(set, "keys"), 0));
	json_object_set_new(many, "keys", keys);
	fails(att_jws_verify(att_buf_view(&t), many, "JWT", &got, err),
	    ATT_E_LIMIT, "65 keys");
	json_array_remove(keys, 0);
	fails(att_jws_verify(att_buf_view(&t), many, "JWT", &got, err),
	    ATT_E_FORMAT, "object");
	fails(att_jws_verify(att_buf_view(&t), keys, "JWT", &got, err),
	    ATT_E_FORMAT, "set must be an object");
}
END_TEST

START_TEST(sets_are_read)
{
	json_t *set = NULL;

	ok(att_jws_set_parse(S("{\"keys\":[]}"), &set, err));
	json_decref(take(&set));
	fails(att_jws_set_parse(S("{\"keys\":{}}"), &set, err), ATT_E_FORMAT,
	    "keys");
	fails(att_jws_set_parse(S("[]"), &set, err), ATT_E_FORMAT, "object");
	ck_assert_ptr_null(set);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("jws");
	TCase *t = tcase_create("jws");

	tcase_add_test(t, signed_and_verified);
	tcase_add_test(t, openssl_agrees);
	tcase_add_test(t, kid_is_the_thumbprint);
	tcase_add_test(t, keys_are_written_and_read);
	tcase_add_test(t, keys_that_are_refused);
	tcase_add_test(t, damaged_key_texts);
	tcase_add_test(t, headers_that_are_refused);
	tcase_add_test(t, algorithm_is_pinned);
	tcase_add_test(t, keys_are_found_by_kid);
	tcase_add_test(t, no_flipped_bit_verifies);
	tcase_add_test(t, forms_and_limits);
	tcase_add_test(t, sets_are_read);
	suite_add_tcase(s, t);
	return run_suite(s);
}
