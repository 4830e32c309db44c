#include "evidence/tpm_public.h"

#include <string.h>

#define P1024_MAX 128	/* bytes: no curve of TPM_ECC_CURVE is larger */

/* -- parts, both ways ---------------------------------------------------- */

/* TPMT_SYM_DEF_OBJECT (Part 2, 11.1.7): block ciphers, or none. */
static int
parse_sym(struct att_cur *c, struct att_tpm_sym *ret, struct att_err *err)
{
	struct att_tpm_sym s = { 0 };

	if (!att_cur_be16(c, &s.alg))
		return att_err_at(err, ATT_E_SHORT, c->off,
		    "TPMT_PUBLIC ends in its symmetric algorithm");
	switch (s.alg) {
	case ATT_TPM_ALG_NULL:
		break;
	case ATT_TPM_ALG_AES:
	case ATT_TPM_ALG_SM4:
	case ATT_TPM_ALG_CAMELLIA:
		if (!att_cur_be16(c, &s.bits) || !att_cur_be16(c, &s.mode))
			return att_err_at(err, ATT_E_SHORT, c->off,
			    "TPMT_PUBLIC ends in its symmetric algorithm");
		break;
	default:
		return att_err_at(err, ATT_E_UNSUPPORTED, c->off,
		    "symmetric algorithm 0x%04x (Part 2, 11.1.7)", s.alg);
	}
	*ret = s;
	return 0;
}

static void
put_sym(struct att_buf *b, const struct att_tpm_sym *s)
{
	att_buf_be16(b, s->alg);
	if (s->alg != ATT_TPM_ALG_NULL) {
		att_buf_be16(b, s->bits);
		att_buf_be16(b, s->mode);
	}
}

/* What stands behind a scheme's identifier: bytes, or -1 if not known. */
static int
scheme_details(uint16_t alg)
{
	switch (alg) {
	case ATT_TPM_ALG_NULL:
	case ATT_TPM_ALG_RSAES:
		return 0;
	case ATT_SIG_RSASSA:
	case ATT_SIG_RSAPSS:
	case ATT_SIG_ECDSA:
	case ATT_TPM_ALG_OAEP:
	case ATT_TPM_ALG_ECDH:
	case ATT_TPM_ALG_SM2:
	case ATT_TPM_ALG_ECSCHNORR:
	case ATT_TPM_ALG_ECMQV:
	case ATT_TPM_ALG_MGF1:
	case ATT_TPM_ALG_KDF1_SP800_56A:
	case ATT_TPM_ALG_KDF2:
	case ATT_TPM_ALG_KDF1_SP800_108:
		return 2;
	case ATT_TPM_ALG_ECDAA:
		return 4;
	default:
		return -1;
	}
}

/* TPMT_RSA_SCHEME, TPMT_ECC_SCHEME, TPMT_KDF_SCHEME (Part 2, 11.2). */
static int
parse_scheme(struct att_cur *c, struct att_tpm_scheme *ret,
    struct att_err *err)
{
	struct att_tpm_scheme s = { 0 };
	int details;

	if (!att_cur_be16(c, &s.alg))
		return att_err_at(err, ATT_E_SHORT, c->off,
		    "TPMT_PUBLIC ends in a scheme");
	if ((details = scheme_details(s.alg)) < 0)
		return att_err_at(err, ATT_E_UNSUPPORTED, c->off,
		    "scheme 0x%04x (Part 2, 11.2)", s.alg);
	if ((details >= 2 && !att_cur_be16(c, &s.hash)) ||
	    (details >= 4 && !att_cur_be16(c, &s.count)))
		return att_err_at(err, ATT_E_SHORT, c->off,
		    "TPMT_PUBLIC ends in a scheme");
	*ret = s;
	return 0;
}

static void
put_scheme(struct att_buf *b, const struct att_tpm_scheme *s)
{
	int details = scheme_details(s->alg);

	att_buf_be16(b, s->alg);
	if (details >= 2)
		att_buf_be16(b, s->hash);
	if (details >= 4)
		att_buf_be16(b, s->count);
}

/* TPMS_RSA_PARMS behind its scheme, and TPM2B_PUBLIC_KEY_RSA. */
static int
parse_rsa(struct att_cur *c, struct att_tpm_public *p, struct att_err *err)
{
	if (!att_cur_be16(c, &p->rsa_bits) ||
	    !att_cur_be32(c, &p->rsa_exponent) ||
	    !att_cur_tpm2b(c, &p->rsa_n))
		return att_err_at(err, ATT_E_SHORT, c->off,
		    "TPMT_PUBLIC ends in its RSA key");
	if (p->rsa_bits % 8 != 0 || p->rsa_n.len != p->rsa_bits / 8)
		return att_err_at(err, ATT_E_FORMAT, c->off,
		    "RSA modulus of %zu bytes, keyBits says %u "
		    "(Part 2, 12.2.3.5)", p->rsa_n.len, p->rsa_bits);
	return 0;
}

/* TPMS_ECC_PARMS behind its scheme, and TPMS_ECC_POINT. */
static int
parse_ecc(struct att_cur *c, struct att_tpm_public *p, struct att_err *err)
{
	int r;

	if (!att_cur_be16(c, &p->curve))
		return att_err_at(err, ATT_E_SHORT, c->off,
		    "TPMT_PUBLIC ends in its ECC key");
	if ((r = parse_scheme(c, &p->kdf, err)) < 0)
		return r;
	if (!att_cur_tpm2b(c, &p->x) || !att_cur_tpm2b(c, &p->y))
		return att_err_at(err, ATT_E_SHORT, c->off,
		    "TPMT_PUBLIC ends in its ECC key");
	if (p->x.len > P1024_MAX || p->y.len > P1024_MAX)
		return att_err_at(err, ATT_E_FORMAT, c->off,
		    "ECC coordinates of %zu and %zu bytes, at most %d",
		    p->x.len, p->y.len, P1024_MAX);
	return 0;
}

/* -- the whole ------------------------------------------------------------ */

static int
parse_head(struct att_cur *c, struct att_tpm_public *p, struct att_err *err)
{
	size_t digest;

	if (!att_cur_be16(c, &p->type) || !att_cur_be16(c, &p->name_alg) ||
	    !att_cur_be32(c, &p->attributes) ||
	    !att_cur_tpm2b(c, &p->policy))
		return att_err_at(err, ATT_E_SHORT, c->off,
		    "TPMT_PUBLIC ends in its head (Part 2, 12.2.4)");
	if (p->type != ATT_TPM_ALG_RSA && p->type != ATT_TPM_ALG_ECC)
		return att_err_at(err, ATT_E_UNSUPPORTED, 0,
		    "TPM object of type 0x%04x, neither RSA nor ECC", p->type);
	if ((digest = att_alg_size(p->name_alg)) == 0)
		return att_err_at(err, ATT_E_UNSUPPORTED, 2,
		    "name algorithm 0x%04x is not known", p->name_alg);
	if (p->policy.len != 0 && p->policy.len != digest)
		return att_err_at(err, ATT_E_FORMAT, 8,
		    "authPolicy of %zu bytes, must be none or %zu "
		    "(Part 2, 12.2.4)", p->policy.len, digest);
	return 0;
}

int
att_tpm_public_parse(struct att_slice bytes, struct att_tpm_public *ret,
    struct att_err *err)
{
	struct att_tpm_public p = { .bytes = bytes };
	struct att_cur c = att_cur_of(bytes);
	int r;

	if (bytes.len > ATT_TPM_PUBLIC_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "TPMT_PUBLIC of %zu bytes, at most %d are taken",
		    bytes.len, ATT_TPM_PUBLIC_MAX);
	if ((r = parse_head(&c, &p, err)) < 0 ||
	    (r = parse_sym(&c, &p.sym, err)) < 0 ||
	    (r = parse_scheme(&c, &p.scheme, err)) < 0)
		return r;
	r = p.type == ATT_TPM_ALG_RSA ? parse_rsa(&c, &p, err) :
					parse_ecc(&c, &p, err);
	if (r < 0)
		return r;
	if (!att_cur_empty(&c))
		return att_err_at(err, ATT_E_TRAILING, c.off,
		    "%zu bytes after the TPMT_PUBLIC", c.left);
	*ret = p;
	return 0;
}

int
att_tpm_public_parse_2b(struct att_slice bytes, struct att_tpm_public *ret,
    struct att_err *err)
{
	struct att_cur c = att_cur_of(bytes);
	struct att_slice inner;

	if (!att_cur_tpm2b(&c, &inner))
		return att_err_set(err, ATT_E_SHORT,
		    "TPM2B_PUBLIC of %zu bytes is cut (Part 2, 12.2.5)",
		    bytes.len);
	if (!att_cur_empty(&c))
		return att_err_at(err, ATT_E_TRAILING, c.off,
		    "%zu bytes after the TPM2B_PUBLIC", c.left);
	return att_tpm_public_parse(inner, ret, err);
}

void
att_tpm_public_encode(const struct att_tpm_public *p, struct att_buf *ret)
{
	att_buf_be16(ret, p->type);
	att_buf_be16(ret, p->name_alg);
	att_buf_be32(ret, p->attributes);
	att_buf_tpm2b(ret, p->policy);
	put_sym(ret, &p->sym);
	put_scheme(ret, &p->scheme);
	if (p->type == ATT_TPM_ALG_RSA) {
		att_buf_be16(ret, p->rsa_bits);
		att_buf_be32(ret, p->rsa_exponent);
		att_buf_tpm2b(ret, p->rsa_n);
	} else {
		att_buf_be16(ret, p->curve);
		put_scheme(ret, &p->kdf);
		att_buf_tpm2b(ret, p->x);
		att_buf_tpm2b(ret, p->y);
	}
}

int
att_tpm_public_name(const struct att_tpm_public *p, struct att_tpm_name *ret,
    struct att_err *err)
{
	struct att_digest d;
	int r;

	if ((r = att_digest_of(p->name_alg, p->bytes, &d, err)) < 0)
		return r;
	ret->bytes[0] = (uint8_t)(p->name_alg >> 8);
	ret->bytes[1] = (uint8_t)p->name_alg;
	memcpy(ret->bytes + 2, d.bytes, d.len);
	ret->len = 2u + d.len;
	return 0;
}

struct att_slice
att_tpm_name_view(const struct att_tpm_name *n)
{
	return (struct att_slice){ n->bytes, n->len };
}

/* 0 is the default exponent (Part 2, 12.2.3.5). */
static uint32_t
exponent_of(const struct att_tpm_public *p)
{
	return p->rsa_exponent == 0 ? ATT_RSA_EXPONENT : p->rsa_exponent;
}

/* A number may carry leading zeros, or leave them out. */
static struct att_slice
without_zeros(struct att_slice n)
{
	while (n.len > 0 && n.data[0] == 0)
		n = (struct att_slice){ n.data + 1, n.len - 1 };
	return n;
}

int
att_tpm_public_key_digest(const struct att_tpm_public *p,
    struct att_digest *ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_TPM_PUBLIC_MAX);
	int r;

	att_buf_be16(&b, p->type);
	if (p->type == ATT_TPM_ALG_RSA) {
		att_buf_be32(&b, exponent_of(p));
		att_buf_tpm2b(&b, without_zeros(p->rsa_n));
	} else {
		att_buf_be16(&b, p->curve);
		att_buf_tpm2b(&b, without_zeros(p->x));
		att_buf_tpm2b(&b, without_zeros(p->y));
	}
	if ((r = att_buf_ok(&b, "key", err)) < 0)
		return r;
	return att_digest_of(ATT_ALG_SHA256, att_buf_view(&b), ret, err);
}

int
att_tpm_public_key(const struct att_tpm_public *p, struct att_pubkey **ret,
    struct att_err *err)
{
	if (p->type == ATT_TPM_ALG_RSA)
		return att_pubkey_from_rsa(p->rsa_n, exponent_of(p), ret,
		    err);
	return att_pubkey_from_ec((enum att_curve)p->curve, p->x, p->y, ret,
	    err);
}

/* -- what it may be ------------------------------------------------------ */

/* Name algorithms and signature hashes that a policy of today takes. */
static bool
is_sha2(uint16_t alg)
{
	return alg == ATT_ALG_SHA256 || alg == ATT_ALG_SHA384 ||
	    alg == ATT_ALG_SHA512;
}

static int
check_attributes(const struct att_tpm_public *p, const char *what,
    uint32_t must, uint32_t may, struct att_err *err)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{ ATT_TPMA_FIXED_TPM, "fixedTPM" },
		{ ATT_TPMA_FIXED_PARENT, "fixedParent" },
		{ ATT_TPMA_RESTRICTED, "restricted" },
		{ ATT_TPMA_SIGN, "sign" },
		{ ATT_TPMA_DECRYPT, "decrypt" },
		{ ATT_TPMA_SENSITIVE_DATA_ORIGIN, "sensitiveDataOrigin" },
		{ ATT_TPMA_USER_WITH_AUTH, "userWithAuth" },
	};
	uint32_t lacks = must & ~p->attributes;
	uint32_t over = p->attributes & ~(must | may);

	for (size_t i = 0; i < ATT_COUNT(names); i++) {
		bool missing = (lacks & names[i].bit) != 0;

		if (missing || (over & names[i].bit) != 0)
			return att_err_set(err, ATT_E_DENIED,
			    "%s attributes 0x%08x: %s is %sset", what,
			    p->attributes, names[i].name,
			    missing ? "not " : "");
	}
	if (over != 0)
		return att_err_set(err, ATT_E_DENIED,
		    "%s attributes 0x%08x: 0x%08x must not be set "
		    "(Part 2, 8.3)", what, p->attributes, over);
	if (!is_sha2(p->name_alg))
		return att_err_set(err, ATT_E_DENIED,
		    "%s has name algorithm %s, SHA-2 is demanded", what,
		    att_alg_name(p->name_alg));
	return 0;
}

/* Sound as a key: sizes, exponent, a point on a curve that is taken. */
static int
check_key(const struct att_tpm_public *p, const char *what,
    struct att_err *err)
{
	AUTO(att_pubkey_free) struct att_pubkey *k = NULL;
	int r = att_tpm_public_key(p, &k, err);

	if (r >= 0 || att_code_kind(r) != ATT_KIND_INPUT)
		return r;
	(void)att_err_prefix(err, "%s", what);
	if (err != NULL)
		err->code = ATT_E_DENIED;
	return ATT_E_DENIED;
}

/* All that makes an AK but its numbers. */
static int
check_ak_area(const struct att_tpm_public *p, struct att_err *err)
{
	bool ok;
	int r;

	if ((r = check_attributes(p, "AK", ATT_TPMA_FIXED_TPM |
		 ATT_TPMA_FIXED_PARENT | ATT_TPMA_SENSITIVE_DATA_ORIGIN |
		 ATT_TPMA_USER_WITH_AUTH | ATT_TPMA_RESTRICTED |
		 ATT_TPMA_SIGN, ATT_TPMA_NO_DA | ATT_TPMA_ADMIN_WITH_POLICY,
		 err)) < 0)
		return r;
	ok = p->type == ATT_TPM_ALG_RSA ? p->scheme.alg == ATT_SIG_RSASSA ||
		p->scheme.alg == ATT_SIG_RSAPSS :
	    p->scheme.alg == ATT_SIG_ECDSA;
	if (!ok || !is_sha2(p->scheme.hash))
		return att_err_set(err, ATT_E_DENIED,
		    "AK signs with scheme 0x%04x and hash 0x%04x, must be "
		    "RSASSA, RSAPSS or ECDSA with SHA-2", p->scheme.alg,
		    p->scheme.hash);
	if (p->sym.alg != ATT_TPM_ALG_NULL)
		return att_err_set(err, ATT_E_DENIED,
		    "AK has a symmetric algorithm, as only parents have");
	return 0;
}

int
att_tpm_public_check_ak(const struct att_tpm_public *p, struct att_err *err)
{
	int r = check_ak_area(p, err);

	return r < 0 ? r : check_key(p, "AK", err);
}

int
att_tpm_public_check_ak_of(const struct att_tpm_public *p,
    const struct att_pubkey *k, struct att_err *err)
{
	bool same;
	int r;

	if ((r = check_ak_area(p, err)) < 0)
		return r;
	same = p->type == ATT_TPM_ALG_RSA ?
	    att_pubkey_is_rsa(k, p->rsa_n, exponent_of(p)) :
	    att_pubkey_is_ec(k, (enum att_curve)p->curve, p->x, p->y);
	if (!same)
		return att_err_set(err, ATT_E_DENIED,
		    "AK's public area is of another key");
	return 0;
}

int
att_tpm_public_check_ek(const struct att_tpm_public *p, struct att_err *err)
{
	int r;

	if ((r = check_attributes(p, "EK", ATT_TPMA_FIXED_TPM |
		 ATT_TPMA_FIXED_PARENT | ATT_TPMA_SENSITIVE_DATA_ORIGIN |
		 ATT_TPMA_RESTRICTED | ATT_TPMA_DECRYPT,
		 ATT_TPMA_USER_WITH_AUTH | ATT_TPMA_ADMIN_WITH_POLICY |
		 ATT_TPMA_NO_DA, err)) < 0)
		return r;
	if (p->scheme.alg != ATT_TPM_ALG_NULL)
		return att_err_set(err, ATT_E_DENIED,
		    "EK has scheme 0x%04x, a storage key has none",
		    p->scheme.alg);
	if (p->sym.alg != ATT_TPM_ALG_AES || p->sym.mode != ATT_TPM_ALG_CFB ||
	    (p->sym.bits != 128 && p->sym.bits != 192 && p->sym.bits != 256))
		return att_err_set(err, ATT_E_DENIED,
		    "EK protects with algorithm 0x%04x, %u bits, mode "
		    "0x%04x, must be AES-CFB", p->sym.alg, p->sym.bits,
		    p->sym.mode);
	return check_key(p, "EK", err);
}
