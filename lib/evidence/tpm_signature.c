#include "evidence/tpm_signature.h"

#include <string.h>

#define ECC_PARAMETER_MAX 128	/* bytes (Part 2, 11.2.5.1) */

int
att_tpm_signature_parse(struct att_slice bytes, struct att_tpm_signature *ret,
    struct att_err *err)
{
	struct att_cur c = att_cur_of(bytes);
	struct att_tpm_signature s = { 0 };
	bool whole;

	if (!att_cur_be16(&c, &s.scheme) || !att_cur_be16(&c, &s.hash))
		return att_err_at(err, ATT_E_SHORT, c.off,
		    "TPMT_SIGNATURE of %zu bytes (Part 2, 11.3.4)",
		    bytes.len);
	switch (s.scheme) {
	case ATT_SIG_RSASSA:
	case ATT_SIG_RSAPSS:
		whole = att_cur_tpm2b(&c, &s.rsa);
		break;
	case ATT_SIG_ECDSA:
		whole = att_cur_tpm2b(&c, &s.r) && att_cur_tpm2b(&c, &s.s);
		break;
	default:
		return att_err_at(err, ATT_E_UNSUPPORTED, 0,
		    "signature scheme 0x%04x, only RSASSA, RSAPSS and ECDSA "
		    "are taken", s.scheme);
	}
	if (!whole)
		return att_err_at(err, ATT_E_SHORT, c.off,
		    "TPMT_SIGNATURE is cut (Part 2, 11.3.4)");
	if (!att_cur_empty(&c))
		return att_err_at(err, ATT_E_TRAILING, c.off,
		    "%zu bytes after the TPMT_SIGNATURE", c.left);
	if (s.rsa.len > ATT_SIG_MAX || s.r.len > ECC_PARAMETER_MAX ||
	    s.s.len > ECC_PARAMETER_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "TPMT_SIGNATURE of %zu bytes", bytes.len);
	*ret = s;
	return 0;
}

void
att_tpm_signature_encode(const struct att_tpm_signature *s,
    struct att_buf *ret)
{
	att_buf_be16(ret, s->scheme);
	att_buf_be16(ret, s->hash);
	if (s->scheme == ATT_SIG_ECDSA) {
		att_buf_tpm2b(ret, s->r);
		att_buf_tpm2b(ret, s->s);
	} else {
		att_buf_tpm2b(ret, s->rsa);
	}
}

static int
check_rule(const struct att_tpm_signature *s,
    const struct att_tpm_sign_rule *rule, struct att_err *err)
{
	const char *name = att_alg_name(s->hash);

	if (rule->scheme != 0 && s->scheme != rule->scheme)
		return att_err_set(err, ATT_E_DENIED,
		    "signature scheme is 0x%04x, must be 0x%04x", s->scheme,
		    rule->scheme);
	if (rule->hash != 0 && s->hash != rule->hash)
		return att_err_set(err, ATT_E_DENIED,
		    "signature hash is %s (0x%04x), must be 0x%04x",
		    name != NULL ? name : "unknown", s->hash, rule->hash);
	switch (s->hash) {
	case ATT_ALG_SHA256:
	case ATT_ALG_SHA384:
	case ATT_ALG_SHA512:
		return 0;
	case ATT_ALG_SHA1:
		if (rule->allow_sha1)
			return 0;
		return att_err_set(err, ATT_E_DENIED,
		    "signature over SHA-1, which is not taken");
	default:
		return att_err_set(err, ATT_E_DENIED,
		    "signature hash 0x%04x is not taken", s->hash);
	}
}

/*
 * A TPM2B_ECC_PARAMETER may leave out leading zero bytes, or carry them beyond
 * the field. Right-aligned into `size` bytes that are zero; false if larger.
 */
static bool
align(struct att_slice n, uint8_t *ret, size_t size)
{
	while (n.len > size && n.data[0] == 0)
		n = (struct att_slice){ n.data + 1, n.len - 1 };
	if (n.len > size)
		return false;
	if (n.len != 0)
		memcpy(ret + size - n.len, n.data, n.len);
	return true;
}

int
att_tpm_signature_verify(const struct att_tpm_signature *s,
    const struct att_pubkey *key, const struct att_tpm_sign_rule *rule,
    struct att_slice message, struct att_err *err)
{
	uint8_t raw[2 * ECC_PARAMETER_MAX] = { 0 };
	size_t field = att_pubkey_bits(key) / 8;
	struct att_slice sig = s->rsa;
	int r;

	if ((r = check_rule(s, rule, err)) < 0)
		return r;
	if (s->scheme == ATT_SIG_ECDSA &&
	    att_pubkey_kind(key) == ATT_KEY_EC) {
		if (!align(s->r, raw, field) || !align(s->s, raw + field,
			field))
			return att_err_set(err, ATT_E_SIGNATURE,
			    "signature is larger than the key's field");
		sig = (struct att_slice){ raw, 2 * field };
	}
	return att_pubkey_verify(key, (enum att_sig_scheme)s->scheme, s->hash,
	    message, sig, err);
}
