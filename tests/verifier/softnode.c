#include "testlib.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "base/file.h"
#include "crypto/hmac.h"
#include "crypto/ossl.h"
#include "protocol/credential_blob.h"
#include "tests/evidence/tpm_testlib.h"
#include "tests/verifier/softnode.h"

#define FIELD 32	/* bytes of a P-256 coordinate */
#define FIRMWARE_VERSION 0x2019102300163636

/* -- certificates -------------------------------------------------------- */

static void
add_ext(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ck_assert_ptr_nonnull(e);
	ck_assert_int_eq(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

static X509 *
certify_key(EVP_PKEY *key, const char *name, const struct softca *ca)
{
	X509 *x = X509_new(), *issuer = ca != NULL ? ca->cert : x;
	static long serial = 1;

	ck_assert_ptr_nonnull(x);
	ck_assert_int_eq(X509_set_version(x, X509_VERSION_3), 1);
	ck_assert_int_eq(ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial),
	    1);
	ck_assert_int_eq(ASN1_TIME_set_string(X509_getm_notBefore(x),
	    "20200101000000Z"), 1);
	ck_assert_int_eq(ASN1_TIME_set_string(X509_getm_notAfter(x),
	    "20490101000000Z"), 1);
	ck_assert_int_eq(X509_NAME_add_entry_by_txt(X509_get_subject_name(x),
	    "CN", MBSTRING_UTF8, (const uint8_t *)name, -1, -1, 0), 1);
	ck_assert_int_eq(X509_set_issuer_name(x,
	    X509_get_subject_name(issuer)), 1);
	ck_assert_int_eq(X509_set_pubkey(x, key), 1);
	if (ca == NULL) {
		add_ext(x, x, NID_basic_constraints, "critical,CA:TRUE");
		add_ext(x, x, NID_key_usage, "critical,keyCertSign");
	} else {
		add_ext(x, issuer, NID_basic_constraints,
		    "critical,CA:FALSE");
		add_ext(x, issuer, NID_key_usage, "critical,keyAgreement");
		add_ext(x, issuer, NID_ext_key_usage, "2.23.133.8.1");
	}
	ck_assert_int_gt(X509_sign(x, ca != NULL ? ca->key : key,
	    EVP_sha256()), 0);
	return x;
}

static void
put_der(X509 *x, struct att_buf *ret)
{
	uint8_t *der = NULL;
	int len = i2d_X509(x, &der);

	ck_assert_int_gt(len, 0);
	att_buf_bytes(ret, der, (size_t)len);
	OPENSSL_free(der);
}

void
softca_make(struct softca *ca, const char *name)
{
	ca->key = EVP_EC_gen("P-256");
	ca->cert = certify_key(ca->key, name, NULL);
}

void
softca_done(struct softca *ca)
{
	EVP_PKEY_free(ca->key);
	X509_free(ca->cert);
}

void
softca_der(const struct softca *ca, struct att_buf *ret)
{
	put_der(ca->cert, ret);
}

/* -- keys ---------------------------------------------------------------- */

static void
put_number(EVP_PKEY *key, const char *name, size_t size, uint8_t *ret)
{
	AUTO(BN_free) BIGNUM *bn = NULL;

	ck_assert_int_eq(EVP_PKEY_get_bn_param(key, name, &bn), 1);
	ck_assert_int_eq(BN_bn2binpad(bn, ret, (int)size), (int)size);
}

/* The TPM2B_PUBLIC of a vector, with the numbers of another key. */
static void
put_public(const char *vector, EVP_PKEY *key, struct att_buf *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf area = ATT_BUF(1024);
	struct bytes b = unhex(vector);
	struct att_tpm_public p;
	uint8_t x[256], y[FIELD];

	ok(att_tpm_public_parse_2b(V(&b), &p, err));
	if (p.type == ATT_TPM_ALG_RSA) {
		put_number(key, OSSL_PKEY_PARAM_RSA_N, sizeof(x), x);
		p.rsa_n = (struct att_slice){ x, sizeof(x) };
	} else {
		put_number(key, OSSL_PKEY_PARAM_EC_PUB_X, FIELD, x);
		put_number(key, OSSL_PKEY_PARAM_EC_PUB_Y, FIELD, y);
		p.x = (struct att_slice){ x, FIELD };
		p.y = (struct att_slice){ y, FIELD };
	}
	att_tpm_public_encode(&p, &area);
	att_buf_tpm2b(ret, att_buf_view(&area));
	ok(att_buf_ok(ret, "public", err));
}

void
softnode_new_ak(struct softnode *n, enum softnode_ak kind)
{
	bool rsa = kind == SOFTNODE_RSA;

	EVP_PKEY_free(n->ak);
	n->ak = rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
	ck_assert_ptr_nonnull(n->ak);
	att_buf_done(&n->ak_public);
	n->ak_public = ATT_BUF(1024);
	put_public(rsa ? RSA_PUBLIC : P256_PUBLIC, n->ak, &n->ak_public);
	ok(att_tpm_public_parse_2b(att_buf_view(&n->ak_public), &n->ak_area,
	    err));
	ok(att_tpm_public_name(&n->ak_area, &n->ak_name, err));
}

void
softnode_make(struct softnode *n, const char *id, enum softnode_ak kind,
    const struct softca *ca)
{
	X509 *x;

	*n = (struct softnode){ .ek_public = ATT_BUF(1024),
		.ek_cert = ATT_BUF(16384), .clock = 100000, .reset_count = 7,
		.can_bind = true, .has_digests = true,
		.unreadable = ATT_ITEM_COUNT };
	snprintf(n->id, sizeof(n->id), "%s", id);
	n->ek = EVP_EC_gen("P-256");
	put_public(EK_P256_PUBLIC, n->ek, &n->ek_public);
	softnode_new_ak(n, kind);
	if (ca == NULL)
		return;
	x = certify_key(n->ek, "EK", ca);
	put_der(x, &n->ek_cert);
	X509_free(x);
}

void
softnode_done(struct softnode *n)
{
	EVP_PKEY_free(n->ek);
	EVP_PKEY_free(n->ak);
	att_buf_done(&n->ek_public);
	att_buf_done(&n->ak_public);
	att_buf_done(&n->ek_cert);
	att_buf_done(&n->uefi);
	att_buf_done(&n->user);
	att_buf_done(&n->ima);
	att_buf_done(&n->facts);
	att_buf_done(&n->firmware);
	att_buf_done(&n->posture);
	att_buf_done(&n->devices);
}

/* -- the boot ------------------------------------------------------------ */

#define BOOTS "tests/vectors/boots"

static void
read_boot_file(const char *boot, const char *name, struct att_buf *ret)
{
	char path[256];

	snprintf(path, sizeof(path), BOOTS "/%s/%s", boot, name);
	att_buf_done(ret);
	*ret = ATT_BUF(ATT_ITEM_MAX);
	if (access(path, R_OK) == 0)
		ok(att_file_read(path, ret, err));
}

void
softnode_boot(struct softnode *n, const char *name)
{
	AUTO_DONE(att_buf_done) struct att_buf text = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf facts = { 0 };
	char *s;

	read_boot_file(name, "pcrs.txt", &text);
	n->pcrs = (struct att_pcrs){ 0 };
	ok(att_pcrs_parse(att_buf_view(&text), &n->pcrs, err));
	read_boot_file(name, "uefi.bin", &n->uefi);
	read_boot_file(name, "userspace.log", &n->user);
	read_boot_file(name, "facts.txt", &facts);
	s = att_buf_take_str(&facts);
	ck_assert(s != NULL);
	ck_assert_int_eq(sscanf(s, "boot_id %39s", n->boot_id), 1);
	free(s);
	snprintf(n->boot_time, sizeof(n->boot_time), "2026-11-22T06:04:46Z");
}

/* -- credential ---------------------------------------------------------- */

/* KDFa of one digest (Part 1, 11.4.10.2). */
static void
kdfa(struct att_slice key, const char *label, struct att_slice context,
    uint16_t bits, struct att_digest *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(256);

	att_buf_be32(&b, 1);
	att_buf_bytes(&b, label, strlen(label) + 1);
	att_buf_slice(&b, context);
	att_buf_be32(&b, bits);
	ok(att_hmac(ATT_ALG_SHA256, key, att_buf_view(&b), ret, err));
	ret->len = bits / 8;
}

static EVP_PKEY *
point_key(const uint8_t point[static 1 + 2 * FIELD])
{
	AUTO(OSSL_PARAM_BLD_free) OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	AUTO(OSSL_PARAM_free) OSSL_PARAM *p = NULL;
	AUTO(EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx =
	    EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	ck_assert_int_eq(OSSL_PARAM_BLD_push_utf8_string(b, "group", "P-256",
	    0), 1);
	ck_assert_int_eq(OSSL_PARAM_BLD_push_octet_string(b, "pub", point,
	    1 + 2 * FIELD), 1);
	p = OSSL_PARAM_BLD_to_param(b);
	ck_assert_int_eq(EVP_PKEY_fromdata_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, p),
	    1);
	return key;
}

/* KDFe over the shared x, of one digest (Part 1, 11.4.10.3). */
static void
open_seed(const struct softnode *n, struct att_slice enc,
    struct att_digest *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(256);
	AUTO(EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx =
	    EVP_PKEY_CTX_new_from_pkey(NULL, n->ek, NULL);
	struct att_cur c = att_cur_of(enc);
	uint8_t point[1 + 2 * FIELD] = { 4 }, z[FIELD], own[FIELD];
	struct att_slice x, y;
	size_t len = sizeof(z);
	EVP_PKEY *peer;

	ck_assert(att_cur_tpm2b(&c, &x) && att_cur_tpm2b(&c, &y));
	ck_assert(att_cur_empty(&c) && x.len == FIELD && y.len == FIELD);
	memcpy(point + 1, x.data, FIELD);
	memcpy(point + 1 + FIELD, y.data, FIELD);
	peer = point_key(point);
	ck_assert_int_eq(EVP_PKEY_derive_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_derive_set_peer(ctx, peer), 1);
	ck_assert_int_eq(EVP_PKEY_derive(ctx, z, &len), 1);
	EVP_PKEY_free(peer);
	put_number(n->ek, OSSL_PKEY_PARAM_EC_PUB_X, FIELD, own);
	att_buf_be32(&b, 1);
	att_buf_bytes(&b, z, sizeof(z));
	att_buf_bytes(&b, "IDENTITY", 9);
	att_buf_slice(&b, x);
	att_buf_bytes(&b, own, sizeof(own));
	ok(att_digest_of(ATT_ALG_SHA256, att_buf_view(&b), ret, err));
}

static void
decipher(const struct att_digest *key, struct att_slice data,
    struct att_buf *ret)
{
	static const uint8_t iv[16];
	AUTO(EVP_CIPHER_CTX_free) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t out[128];
	int len = 0;

	ck_assert(data.len <= sizeof(out));
	ck_assert_int_eq(EVP_DecryptInit_ex2(ctx, EVP_aes_128_cfb128(),
	    key->bytes, iv, NULL), 1);
	ck_assert_int_eq(EVP_DecryptUpdate(ctx, out, &len, data.data,
	    (int)data.len), 1);
	att_buf_bytes(ret, out, (size_t)len);
}

bool
softnode_activate(const struct softnode *n, struct att_slice blob,
    struct att_buf *ret_secret)
{
	AUTO_DONE(att_buf_done) struct att_buf covered = ATT_BUF(512);
	AUTO_DONE(att_buf_done) struct att_buf plain = ATT_BUF(128);
	struct att_slice name = att_tpm_name_view(&n->ak_name);
	struct att_digest seed, key, mac;
	struct att_credential_blob b;
	struct att_slice want, secret;
	struct att_cur c;

	ok(att_credential_blob_parse(blob, &b, err));
	open_seed(n, b.enc_secret, &seed);
	c = att_cur_of(b.id_object);
	ck_assert(att_cur_tpm2b(&c, &want));
	kdfa(att_digest_view(&seed), "INTEGRITY", (struct att_slice){ 0 }, 256,
	    &key);
	att_buf_slice(&covered, att_cur_rest(&c));
	att_buf_slice(&covered, name);
	ok(att_hmac(ATT_ALG_SHA256, att_digest_view(&key),
	    att_buf_view(&covered), &mac, err));
	if (!att_slice_equal(att_digest_view(&mac), want))
		return false;
	kdfa(att_digest_view(&seed), "STORAGE", name, 128, &key);
	decipher(&key, att_cur_rest(&c), &plain);
	c = att_cur_of(att_buf_view(&plain));
	ck_assert(att_cur_tpm2b(&c, &secret) && att_cur_empty(&c));
	att_buf_slice(ret_secret, secret);
	return true;
}

/* -- signing ------------------------------------------------------------- */

static void
put_ecdsa(struct att_slice der, struct att_tpm_signature *s,
    uint8_t raw[static 2 * FIELD])
{
	const uint8_t *p = der.data;
	AUTO(ECDSA_SIG_free) ECDSA_SIG *sig =
	    d2i_ECDSA_SIG(NULL, &p, (long)der.len);

	ck_assert_ptr_nonnull(sig);
	ck_assert_int_eq(BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, FIELD),
	    FIELD);
	ck_assert_int_eq(BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + FIELD,
	    FIELD), FIELD);
	s->r = (struct att_slice){ raw, FIELD };
	s->s = (struct att_slice){ raw + FIELD, FIELD };
}

void
softnode_sign(const struct softnode *n, struct att_slice message,
    struct att_buf *ret)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct att_tpm_signature s = { .scheme = n->ak_area.scheme.alg,
		.hash = n->ak_area.scheme.hash };
	uint8_t sig[512], raw[2 * FIELD];
	size_t len = sizeof(sig);

	ck_assert_int_eq(EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL,
	    n->ak, NULL), 1);
	ck_assert_int_eq(EVP_DigestSign(ctx, sig, &len, message.data,
	    message.len), 1);
	EVP_MD_CTX_free(ctx);
	if (s.scheme == ATT_SIG_ECDSA)
		put_ecdsa((struct att_slice){ sig, len }, &s, raw);
	else
		s.rsa = (struct att_slice){ sig, len };
	att_tpm_signature_encode(&s, ret);
	ok(att_buf_ok(ret, "signature", err));
}

/* What every attestation of this TPM says. */
static struct att_attest
attest_of(const struct softnode *n, enum att_attest_type type,
    struct att_slice extra)
{
	/* its Name stands in for the qualified one, which is as long */
	return (struct att_attest){ .type = type,
		.qualified_signer = att_tpm_name_view(&n->ak_name),
		.extra_data = extra, .clock = n->clock,
		.reset_count = n->reset_count,
		.restart_count = n->restart_count, .safe = !n->lost_power,
		.firmware_version = FIRMWARE_VERSION };
}

struct att_attest
softnode_certify(const struct softnode *n, struct att_slice challenge)
{
	struct att_attest a = attest_of(n, ATT_ATTEST_CERTIFY, challenge);

	a.name = a.qualified_name = att_tpm_name_view(&n->ak_name);
	return a;
}

struct att_attest
softnode_quote(const struct softnode *n, struct att_slice qualifying,
    const struct att_pcr_select *select, struct att_digest *ret_digest)
{
	struct att_attest a = attest_of(n, ATT_ATTEST_QUOTE, qualifying);

	ok(att_pcrs_digest(&n->pcrs, select, 1, n->ak_area.scheme.hash,
	    ret_digest, err));
	a.select[0] = *select;
	a.select_count = 1;
	a.pcr_digest = att_digest_view(ret_digest);
	return a;
}

/* -- what it sends ------------------------------------------------------- */

static int64_t
lines_of(struct att_slice text)
{
	int64_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += text.data[i] == '\n';
	return n;
}

/* Behind the first `lines` lines. */
static struct att_slice
lines_from(struct att_slice text, int64_t lines)
{
	size_t at = 0;

	while (lines > 0 && at < text.len)
		lines -= text.data[at++] == '\n';
	return (struct att_slice){ text.data + at, text.len - at };
}

static void
offer_item(const struct softnode *n, enum att_item item,
    const struct att_buf *bytes, struct att_offer *o)
{
	if (n->unreadable == item)
		o->item[item] = (struct att_offer_item){
			.state = ATT_ITEM_UNREADABLE, .reason = "EIO" };
	else if (bytes->len != 0)
		o->item[item] = (struct att_offer_item){
			.state = ATT_ITEM_PRESENT, .entries = 1 };
	if (n->has_digests && o->item[item].state == ATT_ITEM_PRESENT)
		ok(att_digest_of(ATT_ALG_SHA256, att_buf_view(bytes),
		    &o->item[item].sha256, err));
}

void
softnode_offer(const struct softnode *n, struct att_offer *ret)
{
	*ret = (struct att_offer){ .keys = 1, .can_bind = n->can_bind,
		.boot_time = n->boot_time, .boot_id = n->boot_id };
	for (size_t i = 0; i < n->pcrs.count; i++)
		ret->bank[ret->banks++] = (struct att_pcr_select){
			n->pcrs.bank[i].alg, n->pcrs.bank[i].mask };
	ok(att_offer_key_of(&n->ak_area, &ret->key[0], err));
	offer_item(n, ATT_ITEM_UEFI_LOG, &n->uefi, ret);
	offer_item(n, ATT_ITEM_USERSPACE_LOG, &n->user, ret);
	if (n->has_ima && n->unreadable != ATT_ITEM_IMA_LOG)
		ret->item[ATT_ITEM_IMA_LOG] = (struct att_offer_item){
			.state = ATT_ITEM_PRESENT,
			.entries = lines_of(att_buf_view(&n->ima)) };
	else
		offer_item(n, ATT_ITEM_IMA_LOG, &n->ima, ret);
	offer_item(n, ATT_ITEM_FIRMWARE_CLAIMS, &n->firmware, ret);
	offer_item(n, ATT_ITEM_PLATFORM_POSTURE, &n->posture, ret);
	offer_item(n, ATT_ITEM_SPDM_MEASUREMENTS, &n->devices, ret);
	if (n->offers_empty && n->devices.len == 0)
		ret->item[ATT_ITEM_SPDM_MEASUREMENTS].state = ATT_ITEM_PRESENT;
	offer_item(n, ATT_ITEM_NODE_FACTS, &n->facts, ret);
	ret->facts = n->offered;
}

void
softnode_keep_done(struct softnode_keep *k)
{
	att_buf_done(&k->attest);
	att_buf_done(&k->signature);
}

static void
put_item(struct att_evidence *e, enum att_item item,
    const struct att_buf *bytes)
{
	e->item[item] = (struct att_evidence_item){
		.state = ATT_ITEM_PRESENT, .bytes = att_buf_view(bytes) };
}

void
softnode_evidence(const struct softnode *n, const struct att_demand *d,
    struct softnode_keep *keep, struct att_evidence *ret)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_slice challenge = { d->challenge, d->challenge_len };
	struct att_evidence e = { .pcrs = n->pcrs, .challenge = challenge };
	struct att_digest bound, pcrs;
	struct att_attest a;

	put_item(&e, ATT_ITEM_UEFI_LOG, &n->uefi);
	put_item(&e, ATT_ITEM_USERSPACE_LOG, &n->user);
	put_item(&e, ATT_ITEM_FIRMWARE_CLAIMS, &n->firmware);
	put_item(&e, ATT_ITEM_PLATFORM_POSTURE, &n->posture);
	put_item(&e, ATT_ITEM_SPDM_MEASUREMENTS, &n->devices);
	put_item(&e, ATT_ITEM_NODE_FACTS, &n->facts);
	if (n->has_ima)
		e.item[ATT_ITEM_IMA_LOG] = (struct att_evidence_item){
			.state = ATT_ITEM_PRESENT,
			.bytes = lines_from(att_buf_view(&n->ima),
			    d->ima_offset) };
	if (d->bound) {
		ok(att_evidence_binding(&e, h, challenge, d->item, d->count,
		    &bound, err));
		challenge = att_digest_view(&bound);
	}
	a = softnode_quote(n, challenge, &d->select, &pcrs);
	keep->attest = ATT_BUF(ATT_ATTEST_MAX);
	keep->signature = ATT_BUF(ATT_TPM_SIGNATURE_MAX);
	att_attest_encode(&a, &keep->attest);
	ok(att_buf_ok(&keep->attest, "attest", err));
	softnode_sign(n, att_buf_view(&keep->attest), &keep->signature);
	e.attest = att_buf_view(&keep->attest);
	e.signature = att_buf_view(&keep->signature);
	*ret = e;
}
