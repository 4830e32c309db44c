#include "appraise/imakeys.h"

#include <inttypes.h>
#include <string.h>

#include "base/encoding.h"
#include "crypto/cert.h"
#include "crypto/pem.h"

#define DER_SEQUENCE 0x30	/* X.690, 8.9: what both are */
#define COST_P384 12	/* times that of P-256, which OpenSSL has by hand */

struct key {
	uint32_t id;
	unsigned cost;
	struct att_pubkey *key;
};

struct att_ima_keys {
	size_t count;
	struct key key[ATT_IMA_KEYS_MAX];
};

void
att_ima_keys_free(struct att_ima_keys *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < k->count; i++)
		att_pubkey_free(k->key[i].key);
	free(k);
}

size_t
att_ima_keys_count(const struct att_ima_keys *k)
{
	return k->count;
}

static const struct key *
find(const struct att_ima_keys *k, uint32_t id)
{
	for (size_t i = 0; i < k->count; i++)
		if (k->key[i].id == id)
			return &k->key[i];
	return NULL;
}

/* -- reading --------------------------------------------------------------- */

/* The kernel's name for a key is the end of its identifier. */
static int
end_of(struct att_slice id, uint32_t *ret, struct att_err *err)
{
	struct att_cur c = att_cur_of(id);

	if (id.len < ATT_IMA_KEY_ID_SIZE ||
	    !att_cur_skip(&c, id.len - ATT_IMA_KEY_ID_SIZE) ||
	    !att_cur_be32(&c, ret))
		return att_err_set(err, ATT_E_FORMAT,
		    "identifier of %zu bytes, must be %d at least", id.len,
		    ATT_IMA_KEY_ID_SIZE);
	return 0;
}

static int
read_bare(struct att_slice der, struct att_pubkey **ret, uint32_t *ret_id,
    struct att_err *err)
{
	AUTO(att_pubkey_free) struct att_pubkey *key = NULL;
	struct att_digest id;
	int r;

	if ((r = att_pubkey_from_der(der, &key, err)) < 0 ||
	    (r = att_pubkey_id(key, &id, err)) < 0 ||
	    (r = end_of(att_digest_view(&id), ret_id, err)) < 0)
		return r;
	*ret = take(&key);
	return 0;
}

/* A certificate is only what carries the key, and may name it as it likes. */
static int
read_cert(struct att_slice der, struct att_pubkey **ret, uint32_t *ret_id,
    struct att_err *err)
{
	AUTO(att_cert_free) struct att_cert *cert = NULL;
	AUTO_DONE(att_buf_done) struct att_buf spki = ATT_BUF(ATT_SPKI_MAX);
	struct att_slice id;
	int r;

	if ((r = att_cert_parse(der, &cert, err)) < 0 ||
	    (r = att_cert_key_id(cert, &id, err)) < 0)
		return r;
	if (att_cert_key(cert) == NULL)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "certificate's key is neither RSA 2048 to 4096 nor "
		    "P-256 or P-384");
	if ((r = att_pubkey_to_der(att_cert_key(cert), &spki, err)) < 0 ||
	    (r = read_bare(att_buf_view(&spki), ret, ret_id, err)) < 0)
		return r;
	return id.len == 0 ? 0 : end_of(id, ret_id, err);
}

int
att_ima_key_read(struct att_slice der, struct att_pubkey **ret,
    uint32_t *ret_id, struct att_err *err)
{
	struct att_cur c = att_cur_of(der);
	struct att_err why = { 0 };
	uint8_t tag = 0;
	int r;

	if (!att_cur_u8(&c, &tag) || tag != DER_SEQUENCE)
		return att_err_set(err, ATT_E_FORMAT,
		    "neither a certificate nor a key");
	r = read_cert(der, ret, ret_id, &why);
	if (r != ATT_E_FORMAT) {
		if (err != NULL)
			*err = why;
		return r;
	}
	return read_bare(der, ret, ret_id, err);
}

/* How many objects of this label there are; `ret` has the last. */
static int
objects(struct att_slice text, const char *label, struct att_buf *ret,
    struct att_err *err)
{
	AUTO(att_pem_free) struct att_pem *pem = NULL;
	AUTO_DONE(att_buf_done) struct att_buf one = ATT_BUF(ret->max);
	int r, count = 0;

	if ((r = att_pem_open(text, &pem, err)) < 0)
		return r;
	while ((r = att_pem_next(pem, label, &one, err)) > 0) {
		att_buf_reset(ret);
		att_buf_slice(ret, att_buf_view(&one));
		count++;
	}
	if (r < 0 || (r = att_buf_ok(ret, label, err)) < 0)
		return r;
	return count;
}

static int
read_pem(const char *text, struct att_pubkey **ret, uint32_t *ret_id,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf cert = ATT_BUF(ATT_CERT_MAX);
	AUTO_DONE(att_buf_done) struct att_buf bare = ATT_BUF(ATT_SPKI_MAX);
	struct att_slice s = att_slice_of(text);
	int certs, keys;

	if (s.len > ATT_IMA_KEY_PEM_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "text of %zu bytes, at most %d are taken", s.len,
		    ATT_IMA_KEY_PEM_MAX);
	if ((certs = objects(s, "CERTIFICATE", &cert, err)) < 0)
		return certs;
	if ((keys = objects(s, "PUBLIC KEY", &bare, err)) < 0)
		return keys;
	if (certs + keys != 1)
		return att_err_set(err, ATT_E_FORMAT,
		    "must be one \"PUBLIC KEY\" or \"CERTIFICATE\" (RFC "
		    "7468), there are %d", certs + keys);
	return certs == 1 ? read_cert(att_buf_view(&cert), ret, ret_id, err) :
			    read_bare(att_buf_view(&bare), ret, ret_id, err);
}

static int
read_id(const char *text, uint32_t *ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_IMA_KEY_ID_SIZE);
	struct att_slice s = att_slice_of(text);
	int r;

	if (s.len != (size_t)2 * ATT_IMA_KEY_ID_SIZE)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"id\" must be %d hex digits",
		    2 * ATT_IMA_KEY_ID_SIZE);
	if ((r = att_hex_decode(s, &b, err)) < 0)
		return r;
	return end_of(att_buf_view(&b), ret, err);
}

static int
add(struct att_ima_keys *k, json_t *j, struct att_err *err)
{
	static const char *const names[] = { "pem", "id", NULL };
	struct key *to = &k->key[k->count];
	const char *pem = NULL, *id = NULL;
	int r;

	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	if ((r = att_json_only(j, names, err)) < 0 ||
	    (r = att_json_str(j, "pem", &pem, err)) < 0 ||
	    (r = att_json_str_opt(j, "id", &id, err)) < 0 ||
	    (r = read_pem(pem, &to->key, &to->id, err)) < 0)
		return r;
	to->cost = att_pubkey_curve(to->key) == ATT_CURVE_P384 ? COST_P384 : 1;
	/* counted before what may fail, so that it is freed */
	k->count++;
	if (id != NULL && (r = read_id(id, &to->id, err)) < 0)
		return r;
	if (find(k, to->id) != to)
		return att_err_set(err, ATT_E_FORMAT,
		    "there is another key %08" PRIx32, to->id);
	return 0;
}

int
att_ima_keys_parse(json_t *list, struct att_ima_keys **ret,
    struct att_err *err)
{
	AUTO(att_ima_keys_free) struct att_ima_keys *k =
	    calloc(1, sizeof(*k));
	size_t n = json_array_size(list);
	int r;

	if (k == NULL)
		return att_err_nomem(err);
	if (list != NULL && !json_is_array(list))
		return att_err_set(err, ATT_E_FORMAT, "must be an array");
	if (n > ATT_IMA_KEYS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%zu keys, at most %d are taken", n, ATT_IMA_KEYS_MAX);
	for (size_t i = 0; i < n; i++)
		if ((r = add(k, json_array_get(list, i), err)) < 0) {
			att_err_prefix(err, "key %zu", i);
			return r;
		}
	*ret = take(&k);
	return 0;
}

/* -- verifying ------------------------------------------------------------- */

/* 0 if the trouble is the signature's, which is then in `ret`. */
static int
blame(struct att_ima_vouch *ret, enum att_ima_worth worth,
    struct att_err *err)
{
	if (att_code_kind(ret->why.code) == ATT_KIND_SYSTEM) {
		if (err != NULL)
			*err = ret->why;
		return ret->why.code;
	}
	ret->worth = worth;
	return 0;
}

int
att_ima_keys_verify(const struct att_ima_keys *k, struct att_slice field,
    const struct att_ima_digest *file, struct att_hasher *h,
    struct att_ima_vouch *ret, struct att_err *err)
{
	struct att_ima_sig s;
	struct att_digest d;
	const struct key *key;

	*ret = (struct att_ima_vouch){ .worth = ATT_IMA_UNSIGNED };
	if (field.len == 0)
		return 0;
	if (att_ima_sig_parse(field, &s, &ret->why) < 0)
		return blame(ret, ATT_IMA_SIGNED_OTHER, err);
	if ((key = find(k, s.key)) == NULL) {
		(void)att_err_set(&ret->why, ATT_E_NOT_FOUND,
		    "no key %08" PRIx32 " is in the policy", s.key);
		return blame(ret, ATT_IMA_SIGNED_STRANGER, err);
	}
	if (att_ima_sig_digest(&s, file, h, &d, &ret->why) < 0)
		return blame(ret, ATT_IMA_SIGNED_BAD, err);
	ret->cost = key->cost;
	if (att_pubkey_verify_digest(key->key, &d, s.value, &ret->why) < 0) {
		att_err_prefix(&ret->why, "key %08" PRIx32, s.key);
		return blame(ret, ATT_IMA_SIGNED_BAD, err);
	}
	ret->worth = ATT_IMA_SIGNED_GOOD;
	return 0;
}
