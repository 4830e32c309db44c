/*
 * Writes SPDM transcripts as a responder and its requester would have them,
 * and signs them. Knows DSP0274 by itself, nothing of lib/firmware.
 */
#ifndef ATT_TESTS_SPDMMAKER_H
#define ATT_TESTS_SPDMMAKER_H

#include "testlib.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#define SPDM_MAKER_MAX (1u << 21)

/* BaseAsymSel */
enum spdm_asym {
	SPDM_RSASSA_2048 = 0x01,
	SPDM_RSAPSS_2048 = 0x02,
	SPDM_RSASSA_3072 = 0x04,
	SPDM_RSAPSS_3072 = 0x08,
	SPDM_P256 = 0x10,
	SPDM_P384 = 0x80,
};

struct spdm_maker {
	struct att_buf b;
	uint8_t version;
	uint32_t asym;
	uint32_t hash;		/* BaseHashSel: 1 SHA-256, 2 SHA-384 */
	uint32_t measurement;	/* MeasurementHashAlgo: 2, 4 likewise */
	uint8_t nonce[32];
	uint8_t context[8];
	struct att_buf record;
	uint8_t blocks;
};

static inline ATT_UNUSED struct spdm_maker
spdm_new(uint8_t version, uint32_t asym)
{
	bool small = asym == SPDM_P256 || asym == SPDM_RSASSA_2048;
	struct spdm_maker m = { .b = ATT_BUF(SPDM_MAKER_MAX),
		.version = version, .asym = asym, .hash = small ? 1 : 2,
		.measurement = 4, .record = ATT_BUF(SPDM_MAKER_MAX) };

	memset(m.nonce, 0xa5, sizeof(m.nonce));
	memcpy(m.context, "attestd", 8);
	return m;
}

static inline ATT_UNUSED void
spdm_done(struct spdm_maker *m)
{
	att_buf_done(&m->b);
	att_buf_done(&m->record);
}

static inline ATT_UNUSED void
spdm_header(struct att_buf *b, uint8_t version, uint8_t code, uint8_t param1,
    uint8_t param2)
{
	att_buf_u8(b, version);
	att_buf_u8(b, code);
	att_buf_u8(b, param1);
	att_buf_u8(b, param2);
}

/* The six messages; from 1.3 on CAPABILITIES lists algorithms. */
static inline ATT_UNUSED void
spdm_vca(struct spdm_maker *m)
{
	struct att_buf *b = &m->b;
	uint8_t v = m->version;

	spdm_header(b, 0x10, 0x84, 0, 0);
	spdm_header(b, 0x10, 0x04, 0, 0);
	att_buf_bytes(b, "\0\2", 2);
	att_buf_le16(b, 0x1100);
	att_buf_le16(b, (uint16_t)(v << 8));
	spdm_header(b, v, 0xe1, v >= 0x13, 0);
	att_buf_fill(b, 0, 16);
	spdm_header(b, v, 0x61, v >= 0x13, 0);
	att_buf_fill(b, 0, 16);
	if (v >= 0x13) {
		att_buf_bytes(b, "\0\0", 2);
		att_buf_le16(b, 32);
		att_buf_fill(b, 0xee, 28);
	}
	/* two structures, one of them with an extended algorithm */
	spdm_header(b, v, 0xe3, 2, 0);
	att_buf_le16(b, 32 + 4 + 4 + 8);
	att_buf_bytes(b, "\1\2", 2);
	att_buf_le32(b, m->asym);
	att_buf_le32(b, m->hash);
	att_buf_fill(b, 0, 12);
	att_buf_bytes(b, "\1\0\0\0\xff\xff\xff\xff", 8);
	att_buf_bytes(b, "\2\x20\x1b\0\3\x21\6\0\1\2\3\4", 12);
	spdm_header(b, v, 0x63, 1, 0);
	att_buf_le16(b, 36 + 4);
	att_buf_bytes(b, "\1\2", 2);
	att_buf_le32(b, m->measurement);
	att_buf_le32(b, m->asym);
	att_buf_le32(b, m->hash);
	att_buf_fill(b, 0, 16);
	att_buf_bytes(b, "\2\x20\x10\0", 4);
}

static inline ATT_UNUSED void
spdm_block(struct spdm_maker *m, uint8_t index, uint8_t type,
    const void *value, size_t len)
{
	att_buf_u8(&m->record, index);
	att_buf_u8(&m->record, 1);
	att_buf_le16(&m->record, (uint16_t)(3 + len));
	att_buf_u8(&m->record, type);
	att_buf_le16(&m->record, (uint16_t)len);
	att_buf_bytes(&m->record, value, len);
	m->blocks++;
}

/* A SHA-384 digest, all bytes `fill`. */
static inline ATT_UNUSED void
spdm_digest(struct spdm_maker *m, uint8_t index, uint8_t type, uint8_t fill)
{
	uint8_t value[48];

	memset(value, fill, sizeof(value));
	spdm_block(m, index, type, value, sizeof(value));
}

static inline ATT_UNUSED void
spdm_mode(struct spdm_maker *m, uint8_t index, uint32_t operational,
    uint32_t device)
{
	AUTO_DONE(att_buf_done) struct att_buf v = ATT_BUF(16);

	att_buf_le32(&v, 7);
	att_buf_le32(&v, operational);
	att_buf_le32(&v, 0x1f);
	att_buf_le32(&v, device);
	spdm_block(m, index, 0x85, v.data, v.len);
}

static inline ATT_UNUSED void
spdm_security_version(struct spdm_maker *m, uint8_t index, uint64_t version)
{
	AUTO_DONE(att_buf_done) struct att_buf v = ATT_BUF(8);

	att_buf_le64(&v, version);
	spdm_block(m, index, 0x87, v.data, v.len);
}

/* What the tests take for a device: six blocks, one of them unused. */
static inline ATT_UNUSED void
spdm_blocks(struct spdm_maker *m)
{
	spdm_digest(m, 1, 0, 0x11);
	spdm_digest(m, 2, 1, 0x22);
	spdm_digest(m, 3, 3, 0);
	spdm_block(m, 4, 0x86, "1.2.3", 5);
	spdm_security_version(m, 5, 7);
	spdm_mode(m, 0xfe, 4, 0);
}

static inline ATT_UNUSED void
spdm_request(struct spdm_maker *m, uint8_t attributes, uint8_t operation)
{
	spdm_header(&m->b, m->version, 0xe0, attributes, operation);
	if ((attributes & 1) != 0) {
		att_buf_bytes(&m->b, m->nonce, sizeof(m->nonce));
		if (m->version >= 0x11)
			att_buf_u8(&m->b, 0);
	}
	if (m->version >= 0x13)
		att_buf_bytes(&m->b, m->context, sizeof(m->context));
}

/* The blocks since the last answer, with opaque bytes behind. */
static inline ATT_UNUSED void
spdm_answer(struct spdm_maker *m, uint8_t param1, uint8_t param2,
    size_t opaque)
{
	struct att_buf *b = &m->b;

	spdm_header(b, m->version, 0x60, param1, param2);
	att_buf_u8(b, m->blocks);
	att_buf_le16(b, (uint16_t)m->record.len);
	att_buf_u8(b, (uint8_t)(m->record.len >> 16));
	att_buf_bytes(b, m->record.data, m->record.len);
	att_buf_fill(b, 0x5a, 32);
	att_buf_le16(b, (uint16_t)opaque);
	att_buf_fill(b, 0x77, opaque);
	if (m->version >= 0x13)
		att_buf_bytes(b, m->context, sizeof(m->context));
	att_buf_reset(&m->record);
	m->blocks = 0;
}

static inline ATT_UNUSED const EVP_MD *
spdm_md(const struct spdm_maker *m)
{
	return m->hash == 1 ? EVP_sha256() : EVP_sha384();
}

/* From 1.2 on: prefix four times, padding, what it is, and the hash. */
static inline ATT_UNUSED void
spdm_to_sign(const struct spdm_maker *m, struct att_buf *ret)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned len;

	if (m->version < 0x12) {
		att_buf_bytes(ret, m->b.data, m->b.len);
		return;
	}
	for (int i = 0; i < 4; i++)
		att_buf_printf(ret, "dmtf-spdm-v1.%d.*", m->version & 15);
	att_buf_fill(ret, 0, 6);
	att_buf_str(ret, "responder-measurements signing");
	ck_assert_uint_eq(ret->len, 100);
	ck_assert(EVP_Digest(m->b.data, m->b.len, hash, &len, spdm_md(m),
	    NULL) == 1);
	att_buf_bytes(ret, hash, len);
}

static inline ATT_UNUSED void
spdm_put_ecdsa(struct att_buf *b, const uint8_t *der, size_t len,
    size_t field)
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
	uint8_t raw[48];

	ck_assert_ptr_nonnull(sig);
	ck_assert(BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, (int)field) > 0);
	att_buf_bytes(b, raw, field);
	ck_assert(BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw, (int)field) > 0);
	att_buf_bytes(b, raw, field);
	ECDSA_SIG_free(sig);
}

static inline ATT_UNUSED bool
spdm_is_pss(const struct spdm_maker *m)
{
	return m->asym == SPDM_RSAPSS_2048 || m->asym == SPDM_RSAPSS_3072;
}

/* Appends the signature over all that is there. */
static inline ATT_UNUSED void
spdm_sign(struct spdm_maker *m, EVP_PKEY *key)
{
	AUTO_DONE(att_buf_done) struct att_buf what = ATT_BUF(SPDM_MAKER_MAX);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	uint8_t raw[512];
	size_t len = sizeof(raw);

	spdm_to_sign(m, &what);
	ck_assert(EVP_DigestSignInit(ctx, &pctx, spdm_md(m), NULL, key) == 1);
	if (spdm_is_pss(m)) {
		ck_assert(EVP_PKEY_CTX_set_rsa_padding(pctx,
		    RSA_PKCS1_PSS_PADDING) == 1);
		ck_assert(EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx,
		    RSA_PSS_SALTLEN_DIGEST) == 1);
	}
	ck_assert(EVP_DigestSign(ctx, raw, &len, what.data, what.len) == 1);
	EVP_MD_CTX_free(ctx);
	if (EVP_PKEY_is_a(key, "EC"))
		spdm_put_ecdsa(&m->b, raw, len, m->asym == SPDM_P384 ? 48 :
								       32);
	else
		att_buf_bytes(&m->b, raw, len);
}

/* One request for all, one signed answer; the signature is for the caller. */
static inline ATT_UNUSED void
spdm_standard(struct spdm_maker *m)
{
	if (m->version >= 0x12)
		spdm_vca(m);
	spdm_blocks(m);
	spdm_request(m, 1, 0xff);
	spdm_answer(m, 0, 0, 11);
}

#endif
