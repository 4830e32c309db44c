#include "protocol/offer_key.h"

#include <string.h>

#include "base/cur.h"
#include "base/encoding.h"
#include "protocol/subjects.h"

#define NAMES_MAX 64	/* entries of a list of names */

/* TPM_ECC_CURVE (TCG Algorithm Registry, table 4). */
#define NIST_P256 0x0003
#define NIST_P384 0x0004

static const struct {
	uint16_t scheme;
	const char *name;
} schemes_known[ATT_OFFER_SCHEMES_MAX] = {
	{ ATT_SIG_RSASSA, "rsassa" },
	{ ATT_SIG_RSAPSS, "rsapss" },
	{ ATT_SIG_ECDSA, "ecdsa" },
};

const char *
att_scheme_name(uint16_t scheme)
{
	for (size_t i = 0; i < ATT_COUNT(schemes_known); i++)
		if (schemes_known[i].scheme == scheme)
			return schemes_known[i].name;
	return NULL;
}

uint16_t
att_scheme_by_name(const char *name)
{
	for (size_t i = 0; i < ATT_COUNT(schemes_known); i++)
		if (strcmp(schemes_known[i].name, name) == 0)
			return schemes_known[i].scheme;
	return 0;
}

/* -- lists of algorithms -------------------------------------------------- */

static bool
has(const uint16_t *list, size_t count, uint16_t id)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == id)
			return true;
	return false;
}

/* Each known algorithm has room, and stands there once. */
static void
add(uint16_t *list, size_t *count, size_t max, uint16_t id)
{
	if (id != 0 && *count < max && !has(list, *count, id))
		list[(*count)++] = id;
}

void
att_offer_algs_add(struct att_offer_algs *a, const struct att_offer_algs *more)
{
	for (size_t i = 0; i < more->schemes; i++)
		add(a->scheme, &a->schemes, ATT_OFFER_SCHEMES_MAX,
		    more->scheme[i]);
	for (size_t i = 0; i < more->hashes; i++)
		add(a->hash, &a->hashes, ATT_BANKS_MAX, more->hash[i]);
}

bool
att_offer_algs_has(const struct att_offer_algs *a, uint16_t scheme,
    uint16_t hash)
{
	return has(a->scheme, a->schemes, scheme) &&
	    has(a->hash, a->hashes, hash);
}

static int
read_names(const json_t *obj, const char *name,
    uint16_t (*by_name)(const char *), uint16_t *ret, size_t max,
    size_t *ret_count, struct att_err *err)
{
	json_t *list = NULL;
	size_t count = 0;
	int r = att_json_arr(obj, name, &list, err);

	if (r < 0)
		return r;
	if (json_array_size(list) > NAMES_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "member \"%s\" of %zu names, at most %d are taken", name,
		    json_array_size(list), NAMES_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));

		if (s == NULL)
			return att_err_set(err, ATT_E_FORMAT,
			    "member \"%s\" must be an array of names", name);
		add(ret, &count, max, by_name(s));
	}
	*ret_count = count;
	return 0;
}

static bool
is_absent(const json_t *obj, const char *name)
{
	const json_t *v = json_object_get(obj, name);

	return v == NULL || json_is_null(v);
}

int
att_offer_algs_read(const json_t *obj, const char *schemes,
    const char *hashes, struct att_offer_algs *ret, struct att_pointer *where,
    struct att_err *err)
{
	int r = 0;

	if (!is_absent(obj, schemes))
		r = read_names(obj, schemes, att_scheme_by_name, ret->scheme,
		    ATT_OFFER_SCHEMES_MAX, &ret->schemes, err);
	if (r < 0)
		return att_pointer_at(r, where, schemes);
	if (!is_absent(obj, hashes))
		r = read_names(obj, hashes, att_alg_by_name, ret->hash,
		    ATT_BANKS_MAX, &ret->hashes, err);
	return att_pointer_at(r, where, hashes);
}

static int
put_names(json_t *obj, const char *member, const uint16_t *id, size_t count,
    const char *(*name_of)(uint16_t), struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	int r;

	for (size_t i = 0; i < count; i++) {
		const char *name = name_of(id[i]);

		if (name == NULL)
			return att_err_set(err, ATT_E_USAGE,
			    "%s: 0x%04x is not known", member, id[i]);
		if ((r = att_json_add(list, json_string(name), err)) < 0)
			return r;
	}
	return att_json_put(obj, member, take(&list), err);
}

int
att_offer_algs_put(json_t *obj, const char *schemes, const char *hashes,
    const struct att_offer_algs *a, struct att_err *err)
{
	int r = put_names(obj, schemes, a->scheme, a->schemes,
	    att_scheme_name, err);

	return r < 0 ? r :
		       put_names(obj, hashes, a->hash, a->hashes,
			   att_subjects_bank, err);
}

/* -- keys ----------------------------------------------------------------- */

static uint16_t
bits_of(const struct att_tpm_public *ak)
{
	if (ak->type == ATT_TPM_ALG_RSA)
		return ak->rsa_bits;
	return ak->curve == NIST_P256 ? 256 :
	    ak->curve == NIST_P384    ? 384 :
					0;
}

int
att_offer_key_of(const struct att_tpm_public *ak, struct att_offer_key *ret,
    struct att_err *err)
{
	struct att_offer_key k = { .type = ak->type, .bits = bits_of(ak),
		.algs = { .schemes = 1, .hashes = 1,
		    .scheme = { ak->scheme.alg }, .hash = { ak->scheme.hash } },
		.public = ak->bytes };
	struct att_tpm_name name;
	int r;

	if (k.bits == 0 || att_scheme_name(ak->scheme.alg) == NULL ||
	    att_alg_size(ak->scheme.hash) == 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "AK of type 0x%04x with scheme 0x%04x and hash 0x%04x",
		    ak->type, ak->scheme.alg, ak->scheme.hash);
	if ((r = att_tpm_public_name(ak, &name, err)) < 0)
		return r;
	k.name_len = name.len;
	memcpy(k.name, name.bytes, name.len);
	*ret = k;
	return 0;
}

json_t *
att_offer_key_to_json(const struct att_offer_key *k)
{
	AUTO(att_json_decref) json_t *j = json_pack(
	    "{s:s, s:s, s:i, s:s, s:o, s:o}", "key_class", "asymmetric",
	    "key_algorithm", k->type == ATT_TPM_ALG_RSA ? "rsa" : "ecc",
	    "key_size", (int)k->bits, "server_identifier", "ak",
	    "local_identifier",
	    att_json_hex_of((struct att_slice){ k->name, k->name_len }),
	    "public", att_json_base64_of(k->public));

	if (att_offer_algs_put(j, "allowable_signature_schemes",
		"allowable_hash_algorithms", &k->algs, NULL) < 0)
		return NULL;
	return take(&j);
}

static int
read_kind(const json_t *j, struct att_offer_key *k, bool *ret_known,
    struct att_pointer *where, struct att_err *err)
{
	const char *class = NULL, *alg = NULL;
	int r;

	if ((r = att_pointer_at(att_json_str(j, "key_class", &class, err),
		 where, "key_class")) < 0 ||
	    (r = att_pointer_at(att_json_str(j, "key_algorithm", &alg, err),
		 where, "key_algorithm")) < 0)
		return r;
	k->type = strcmp(alg, "rsa") == 0 ? ATT_TPM_ALG_RSA :
	    strcmp(alg, "ecc") == 0	  ? ATT_TPM_ALG_ECC :
					    0;
	*ret_known = k->type != 0 && strcmp(class, "asymmetric") == 0;
	return 0;
}

/* A hint: what is no Name says nothing. */
static int
read_name(const json_t *j, struct att_offer_key *k, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_TPM_NAME_MAX);
	const char *s = json_string_value(
	    json_object_get(j, "local_identifier"));
	int r;

	if (s == NULL)
		return 0;
	r = att_hex_decode(att_slice_of(s), &b, err);
	if (r < 0)
		return r == ATT_E_NOMEM ? r : 0;
	if (b.len > 0)
		memcpy(k->name, b.data, b.len);
	k->name_len = b.len;
	return 0;
}

/* TPMT_PUBLIC, or TPM2B_PUBLIC, whose size bytes are left out. */
static int
read_public(const json_t *j, struct att_keep *keep, struct att_offer_key *k,
    struct att_pointer *where, struct att_err *err)
{
	const char *s = "";
	struct att_slice inner;
	struct att_cur c;
	int r;

	if ((r = att_json_str_opt(j, "public", &s, err)) < 0)
		return att_pointer_at(r, where, "public");
	if (s[0] == '\0')
		return 0;
	if ((r = att_keep_base64(keep, j, "public", ATT_TPM_PUBLIC_MAX + 2,
		 &k->public, where, err)) < 0)
		return r;
	c = att_cur_of(k->public);
	if (att_cur_tpm2b(&c, &inner) && att_cur_empty(&c))
		k->public = inner;
	return 0;
}

int
att_offer_key_read(const json_t *entry, const struct att_offer_algs *algs,
    struct att_keep *keep, struct att_offer_key *ret, bool *ret_known,
    struct att_pointer *where, struct att_err *err)
{
	struct att_offer_key k = { .algs = *algs };
	int64_t bits = 0;
	int r;

	if ((r = read_kind(entry, &k, ret_known, where, err)) < 0 ||
	    !*ret_known)
		return r;
	if ((r = att_pointer_at(att_json_int(entry, "key_size", 1, UINT16_MAX,
				    &bits, err), where, "key_size")) < 0 ||
	    (r = att_offer_algs_read(entry, "allowable_signature_schemes",
		 "allowable_hash_algorithms", &k.algs, where, err)) < 0 ||
	    (r = read_public(entry, keep, &k, where, err)) < 0 ||
	    (r = read_name(entry, &k, err)) < 0)
		return r;
	k.bits = (uint16_t)bits;
	*ret = k;
	return 0;
}
