#include "crypto/jws.h"

#include <jose/jwk.h>
#include <jose/jws.h>
#include <stdio.h>
#include <string.h>

#include "base/cur.h"
#include "base/encoding.h"
#include "crypto/ossl.h"

#define P256_BYTES 32	/* a coordinate, and half a signature */
#define KID_LEN 43	/* SHA-256 in base64url */

struct att_jws_key {
	json_t *jwk;
	char kid[KID_LEN + 1];
};

/* jansson frees strings without wiping them: the private part goes first. */
void
att_jws_key_free(struct att_jws_key *k)
{
	const json_t *d;

	if (k == NULL)
		return;
	d = json_object_get(k->jwk, "d");
	if (json_is_string(d))
		explicit_bzero((void *)(uintptr_t)json_string_value(d),
		    json_string_length(d));
	json_decref(k->jwk);
	free(k);
}

/* Members of a JWK that are kept; `d` only in a private key. */
static json_t *
copy_jwk(const json_t *from, bool private)
{
	static const char *const names[] = { "kty", "crv", "x", "y", "kid",
		"d" };
	AUTO(att_json_decref)
	json_t *to = json_pack("{s:s,s:s}", "alg", "ES256", "use", "sig");

	for (size_t i = 0; to != NULL && i < ATT_COUNT(names) - !private; i++)
		if (json_object_set(to, names[i],
			json_object_get(from, names[i])) < 0 &&
		    strcmp(names[i], "kid") != 0)
			return NULL;
	return take(&to);
}

static int
check_number(const json_t *jwk, const char *name, struct att_err *err)
{
	AUTO_DONE(att_buf_wipe) struct att_buf raw = ATT_BUF(P256_BYTES);
	const char *text;
	int r;

	if ((r = att_json_str(jwk, name, &text, err)) < 0)
		return r;
	r = att_base64url_decode(att_slice_of(text), &raw, err);
	if (r == ATT_E_NOMEM)
		return r;
	if (r < 0 || raw.len != P256_BYTES)
		return att_err_set(err, ATT_E_FORMAT,
		    "JWK: \"%s\" is not %d bytes in base64url", name,
		    P256_BYTES);
	return 0;
}

/* Is it a P-256 key, and for signatures (RFC 7518, 6.2; RFC 7517, 4)? */
static int
check_jwk(const json_t *jwk, struct att_err *err)
{
	const char *kty, *crv, *alg = "ES256", *use = "sig";
	int r;

	if (!json_is_object(jwk))
		return att_err_set(err, ATT_E_FORMAT, "JWK must be an object");
	if ((r = att_json_str(jwk, "kty", &kty, err)) < 0 ||
	    (r = att_json_str(jwk, "crv", &crv, err)) < 0 ||
	    (r = att_json_str_opt(jwk, "alg", &alg, err)) < 0 ||
	    (r = att_json_str_opt(jwk, "use", &use, err)) < 0)
		return r;
	if (strcmp(kty, "EC") != 0 || strcmp(crv, "P-256") != 0 ||
	    strcmp(alg, "ES256") != 0 || strcmp(use, "sig") != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "JWK is not a P-256 key for ES256 signatures");
	if ((r = check_number(jwk, "x", err)) < 0)
		return r;
	return check_number(jwk, "y", err);
}

/* Takes a checked or generated JWK; sets its kid. */
static int
make_key(const json_t *jwk, struct att_jws_key **ret, struct att_err *err)
{
	AUTO(att_jws_key_free) struct att_jws_key *k = calloc(1, sizeof(*k));
	AUTO(att_json_decref) json_t *kid = NULL;

	if (k == NULL || (k->jwk = copy_jwk(jwk, true)) == NULL)
		return att_err_nomem(err);
	kid = jose_jwk_thp(NULL, k->jwk, "S256");
	if (kid == NULL || json_string_length(kid) != KID_LEN)
		return att_ossl_refuse(err, ATT_E_CRYPTO,
		    "JWK: no thumbprint (RFC 7638)");
	memcpy(k->kid, json_string_value(kid), sizeof(k->kid));
	if (json_object_set(k->jwk, "kid", kid) < 0)
		return att_err_nomem(err);
	*ret = take(&k);
	return 0;
}

int
att_jws_key_make(struct att_jws_key **ret, struct att_err *err)
{
	AUTO(att_json_decref)
	json_t *jwk = json_pack("{s:s}", "alg", "ES256");

	if (jwk == NULL)
		return att_err_nomem(err);
	if (!jose_jwk_gen(NULL, jwk))
		return att_ossl_refuse(err, ATT_E_CRYPTO,
		    "no ES256 key could be made");
	return make_key(jwk, ret, err);
}

/* A private part that is not that of the point would sign for nobody. */
static int
check_pair(const struct att_jws_key *k, struct att_err *err)
{
	AUTO(att_json_decref) json_t *jws = json_pack("{s:s}", "payload", "");

	if (jws == NULL)
		return att_err_nomem(err);
	if (!jose_jws_sig(NULL, jws, NULL, k->jwk) ||
	    !jose_jws_ver(NULL, jws, NULL, k->jwk, false))
		return att_ossl_refuse(err, ATT_E_FORMAT,
		    "JWK: the private part is not that of the point");
	return 0;
}

int
att_jws_key_parse(struct att_slice text, struct att_jws_key **ret,
    struct att_err *err)
{
	AUTO(att_jws_key_free) struct att_jws_key *k = NULL;
	AUTO(att_json_decref) json_t *jwk = NULL;
	const char *kid = NULL;
	int r;

	if ((r = att_json_parse(text, ATT_JWK_MAX, &jwk, err)) < 0 ||
	    (r = check_jwk(jwk, err)) < 0 ||
	    (r = check_number(jwk, "d", err)) < 0 ||
	    (r = att_json_str_opt(jwk, "kid", &kid, err)) < 0 ||
	    (r = make_key(jwk, &k, err)) < 0)
		return r;
	if (kid != NULL && strcmp(kid, k->kid) != 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "JWK: kid is not the key's thumbprint (RFC 7638)");
	if ((r = check_pair(k, err)) < 0)
		return r;
	*ret = take(&k);
	return 0;
}

int
att_jws_key_write(const struct att_jws_key *k, struct att_buf *ret,
    struct att_err *err)
{
	return att_json_write(k->jwk, ret, err);
}

const char *
att_jws_key_id(const struct att_jws_key *k)
{
	return k->kid;
}

int
att_jws_set_make(const struct att_jws_key *const *key, size_t count,
    json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *set = json_object();
	json_t *keys = json_array();
	int r;

	if ((r = att_json_put(set, "keys", keys, err)) < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		if ((r = att_json_add(keys, copy_jwk(key[i]->jwk, false),
			 err)) < 0)
			return r;
	*ret = take(&set);
	return 0;
}

static int
set_keys(const json_t *set, json_t **ret, struct att_err *err)
{
	int r;

	if (!json_is_object(set))
		return att_err_set(err, ATT_E_FORMAT,
		    "JWK set must be an object");
	if ((r = att_json_arr(set, "keys", ret, err)) < 0)
		return r;
	if (json_array_size(*ret) > ATT_JWS_KEYS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "JWK set of %zu keys, at most %d are taken",
		    json_array_size(*ret), ATT_JWS_KEYS_MAX);
	return 0;
}

int
att_jws_set_parse(struct att_slice text, json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *set = NULL;
	json_t *keys;
	int r;

	if ((r = att_json_parse(text, ATT_JWS_KEYS_MAX * ATT_JWK_MAX, &set,
		 err)) < 0 ||
	    (r = set_keys(set, &keys, err)) < 0)
		return r;
	*ret = take(&set);
	return 0;
}

int
att_jws_sign(const struct att_jws_key *k, const char *typ,
    const json_t *payload, struct att_buf *ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(ATT_JWS_MAX);
	AUTO_DONE(att_buf_done) struct att_buf b64 = ATT_BUF(ATT_JWS_MAX);
	AUTO(att_json_decref) json_t *jws = NULL;
	AUTO(att_json_decref) json_t *sig = NULL;
	const char *protected, *signature;
	int r;

	if ((r = att_json_write(payload, &text, err)) < 0)
		return r;
	att_base64url_put(&b64, att_buf_view(&text));
	if ((r = att_buf_ok(&b64, "JWS payload", err)) < 0)
		return r;
	jws = json_pack("{s:s%}", "payload", b64.data, b64.len);
	sig = json_pack("{s:{s:s,s:s,s:s}}", "protected", "alg", "ES256",
	    "kid", k->kid, "typ", typ);
	if (jws == NULL || sig == NULL)
		return att_err_nomem(err);
	if (!jose_jws_sig(NULL, jws, sig, k->jwk) ||
	    att_json_str(jws, "protected", &protected, NULL) < 0 ||
	    att_json_str(jws, "signature", &signature, NULL) < 0)
		return att_ossl_refuse(err, ATT_E_CRYPTO, "signing failed");
	att_buf_str(ret, protected);
	att_buf_u8(ret, '.');
	att_buf_slice(ret, att_buf_view(&b64));
	att_buf_u8(ret, '.');
	att_buf_str(ret, signature);
	return att_buf_ok(ret, "JWS", err);
}

/* The three parts of a compact JWS (RFC 7515, 7.1). */
struct parts {
	struct att_slice header, payload, signature;
};

static int
split(struct att_slice compact, struct parts *ret, struct att_err *err)
{
	struct att_slice part[3] = { 0 };
	size_t n = 0, from = 0;

	if (compact.len > ATT_JWS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "JWS of %zu bytes, at most %u are taken", compact.len,
		    ATT_JWS_MAX);
	for (size_t i = 0; i <= compact.len; i++) {
		if (i < compact.len && compact.data[i] != '.')
			continue;
		if (n == ATT_COUNT(part))
			return att_err_at(err, ATT_E_FORMAT, i,
			    "JWS has more than three parts");
		part[n++] =
		    (struct att_slice){ compact.data + from, i - from };
		from = i + 1;
	}
	if (n != ATT_COUNT(part))
		return att_err_set(err, ATT_E_FORMAT,
		    "JWS has %zu parts, must have three", n);
	*ret = (struct parts){ part[0], part[1], part[2] };
	return 0;
}

/* The header's kid, into a string of the header object. */
static int
check_header(const json_t *header, const char *typ, const char **ret_kid,
    struct att_err *err)
{
	const char *alg, *got, *kid;
	int r;

	if (!json_is_object(header))
		return att_err_set(err, ATT_E_FORMAT,
		    "JWS header must be an object");
	if (json_object_get(header, "crit") != NULL ||
	    json_object_get(header, "b64") != NULL)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "JWS header has critical extensions");
	if ((r = att_json_str(header, "alg", &alg, err)) < 0 ||
	    (r = att_json_str(header, "typ", &got, err)) < 0 ||
	    (r = att_json_str(header, "kid", &kid, err)) < 0)
		return r;
	if (strcmp(alg, "ES256") != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "JWS algorithm is \"%s\", must be ES256", alg);
	if (strcmp(got, typ) != 0)
		return att_err_set(err, ATT_E_MISMATCH,
		    "JWS type is \"%s\", must be \"%s\"", got, typ);
	*ret_kid = kid;
	return 0;
}

static int
check_signature(const struct parts *p, const json_t *jwk, struct att_err *err)
{
	AUTO(att_json_decref) json_t *key = NULL;
	AUTO(att_json_decref) json_t *jws = NULL;
	int r;

	if ((r = check_jwk(jwk, err)) < 0)
		return r;
	key = copy_jwk(jwk, false);
	jws = json_pack("{s:s%,s:s%,s:s%}", "protected", p->header.data,
	    p->header.len, "payload", p->payload.data, p->payload.len,
	    "signature", p->signature.data, p->signature.len);
	if (key == NULL || jws == NULL)
		return att_err_nomem(err);
	if (!jose_jws_ver(NULL, jws, NULL, key, false))
		return att_ossl_refuse(err, ATT_E_SIGNATURE,
		    "JWS signature does not verify");
	return 0;
}

/* By any key of this kid: a set may hold the same kid twice. */
static int
check_by_set(const struct parts *p, const json_t *set, const char *kid,
    struct att_err *err)
{
	json_t *keys, *jwk;
	size_t i;
	int r, last;

	if ((r = set_keys(set, &keys, err)) < 0)
		return r;
	last = att_err_set(err, ATT_E_NOT_FOUND,
	    "JWS was signed by a key that is not in the set: \"%s\"", kid);
	json_array_foreach (keys, i, jwk) {
		const json_t *id = json_object_get(jwk, "kid");

		if (!json_is_string(id) ||
		    strcmp(json_string_value(id), kid) != 0)
			continue;
		if ((last = check_signature(p, jwk, err)) == 0)
			return 0;
	}
	return last;
}

/* base64url and JSON within `max` bytes. */
static int
read_part(struct att_slice part, size_t max, const char *what, json_t **ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(max);
	int r;

	if ((r = att_base64url_decode(part, &text, err)) < 0 ||
	    (r = att_json_parse(att_buf_view(&text), max, ret, err)) < 0) {
		(void)att_err_prefix(err, "JWS %s", what);
		return r;
	}
	return 0;
}

int
att_jws_verify(struct att_slice compact, const json_t *set, const char *typ,
    json_t **ret_payload, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf sig = ATT_BUF(2 * P256_BYTES);
	AUTO(att_json_decref) json_t *header = NULL;
	AUTO(att_json_decref) json_t *payload = NULL;
	const char *kid = "";
	struct parts p;
	int r;

	if ((r = split(compact, &p, err)) < 0 ||
	    (r = read_part(p.header, ATT_JWS_HEADER_MAX, "header", &header,
		 err)) < 0 ||
	    (r = check_header(header, typ, &kid, err)) < 0)
		return r;
	r = att_base64url_decode(p.signature, &sig, err);
	if (r == ATT_E_NOMEM)
		return r;
	if (r < 0 || sig.len != 2 * P256_BYTES)
		return att_err_set(err, ATT_E_SIGNATURE,
		    "JWS signature is not %d bytes", 2 * P256_BYTES);
	if ((r = check_by_set(&p, set, kid, err)) < 0 ||
	    (r = read_part(p.payload, ATT_JWS_MAX, "payload", &payload,
		 err)) < 0)
		return r;
	if (!json_is_object(payload))
		return att_err_set(err, ATT_E_FORMAT,
		    "JWS payload must be an object");
	*ret_payload = take(&payload);
	return 0;
}
