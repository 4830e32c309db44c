#include "evidence/tpm_attest.h"

#define SELECT_BYTES 3	/* sizeofSelect for 24 PCRs (PC Client PTP 4.6) */

/* TPML_PCR_SELECTION (Part 2, 10.9.7). */
static int
parse_selection(struct att_cur *c, struct att_attest *a, struct att_err *err)
{
	uint32_t count;

	if (!att_cur_be32(c, &count))
		return att_err_at(err, ATT_E_SHORT, c->off,
		    "quote ends in its PCR selection");
	if (count > ATT_ATTEST_BANKS_MAX)
		return att_err_at(err, ATT_E_LIMIT, c->off,
		    "quote selects from %u banks, at most %d are taken",
		    count, ATT_ATTEST_BANKS_MAX);
	for (uint32_t i = 0; i < count; i++) {
		uint8_t size, bits[SELECT_BYTES];
		uint16_t alg;

		if (!att_cur_be16(c, &alg) || !att_cur_u8(c, &size))
			return att_err_at(err, ATT_E_SHORT, c->off,
			    "quote ends in its PCR selection");
		if (size != SELECT_BYTES)
			return att_err_at(err, ATT_E_FORMAT, c->off,
			    "sizeofSelect is %u, must be %d (PTP 4.6)", size,
			    SELECT_BYTES);
		if (!att_cur_copy(c, bits, sizeof(bits)))
			return att_err_at(err, ATT_E_SHORT, c->off,
			    "quote ends in its PCR selection");
		for (uint32_t j = 0; j < i; j++)
			if (a->select[j].alg == alg)
				return att_err_at(err, ATT_E_FORMAT, c->off,
				    "quote selects bank 0x%04x twice", alg);
		a->select[i] = (struct att_pcr_select){ .alg = alg,
			.mask = bits[0] | (uint32_t)bits[1] << 8 |
			    (uint32_t)bits[2] << 16 };
	}
	a->select_count = count;
	return 0;
}

/* TPMS_QUOTE_INFO (Part 2, 10.12.1). */
static int
parse_quote(struct att_cur *c, struct att_attest *a, struct att_err *err)
{
	int r;

	if ((r = parse_selection(c, a, err)) < 0)
		return r;
	if (!att_cur_tpm2b(c, &a->pcr_digest))
		return att_err_at(err, ATT_E_SHORT, c->off,
		    "quote ends in its pcrDigest");
	if (a->pcr_digest.len > ATT_DIGEST_MAX)
		return att_err_at(err, ATT_E_FORMAT, c->off,
		    "pcrDigest of %zu bytes, at most %d", a->pcr_digest.len,
		    ATT_DIGEST_MAX);
	return 0;
}

/* TPMS_CERTIFY_INFO (Part 2, 10.12.3). */
static int
parse_certify(struct att_cur *c, struct att_attest *a, struct att_err *err)
{
	if (!att_cur_tpm2b(c, &a->name) ||
	    !att_cur_tpm2b(c, &a->qualified_name))
		return att_err_at(err, ATT_E_SHORT, c->off,
		    "certification ends in its names");
	return 0;
}

/* What all types begin with (Part 2, 10.12.12), and TPMS_CLOCK_INFO. */
static int
parse_head(struct att_cur *c, struct att_attest *a, uint16_t *ret_type,
    struct att_err *err)
{
	uint32_t magic;
	uint8_t safe;

	if (!att_cur_be32(c, &magic) || !att_cur_be16(c, ret_type))
		return att_err_at(err, ATT_E_SHORT, c->off,
		    "TPMS_ATTEST ends in its head (Part 2, 10.12.12)");
	if (magic != ATT_TPM_GENERATED)
		return att_err_at(err, ATT_E_FORMAT, 0,
		    "magic is 0x%08x, must be 0x%08x: not made by a TPM "
		    "(Part 2, 6.2)", magic, ATT_TPM_GENERATED);
	if (!att_cur_tpm2b(c, &a->qualified_signer) ||
	    !att_cur_tpm2b(c, &a->extra_data) ||
	    !att_cur_be64(c, &a->clock) || !att_cur_be32(c, &a->reset_count) ||
	    !att_cur_be32(c, &a->restart_count) || !att_cur_u8(c, &safe) ||
	    !att_cur_be64(c, &a->firmware_version))
		return att_err_at(err, ATT_E_SHORT, c->off,
		    "TPMS_ATTEST ends in its head (Part 2, 10.12.12)");
	if (safe > 1)
		return att_err_at(err, ATT_E_FORMAT, c->off,
		    "safe is %u, must be 0 or 1 (Part 2, 9.3)", safe);
	a->safe = safe == 1;
	return 0;
}

int
att_attest_parse(struct att_slice bytes, struct att_attest *ret,
    struct att_err *err)
{
	struct att_cur c = att_cur_of(bytes);
	struct att_attest a = { 0 };
	uint16_t type = 0;
	int r;

	if (bytes.len > ATT_ATTEST_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "TPMS_ATTEST of %zu bytes, at most %d are taken",
		    bytes.len, ATT_ATTEST_MAX);
	if ((r = parse_head(&c, &a, &type, err)) < 0)
		return r;
	a.type = (enum att_attest_type)type;
	if (type == ATT_ATTEST_QUOTE)
		r = parse_quote(&c, &a, err);
	else if (type == ATT_ATTEST_CERTIFY)
		r = parse_certify(&c, &a, err);
	else
		r = att_err_at(err, ATT_E_UNSUPPORTED, 4,
		    "attestation of type 0x%04x, neither quote nor "
		    "certification (Part 2, 6.9)", type);
	if (r < 0)
		return r;
	if (!att_cur_empty(&c))
		return att_err_at(err, ATT_E_TRAILING, c.off,
		    "%zu bytes after the TPMS_ATTEST", c.left);
	*ret = a;
	return 0;
}

void
att_attest_encode(const struct att_attest *a, struct att_buf *ret)
{
	att_buf_be32(ret, ATT_TPM_GENERATED);
	att_buf_be16(ret, (uint16_t)a->type);
	att_buf_tpm2b(ret, a->qualified_signer);
	att_buf_tpm2b(ret, a->extra_data);
	att_buf_be64(ret, a->clock);
	att_buf_be32(ret, a->reset_count);
	att_buf_be32(ret, a->restart_count);
	att_buf_u8(ret, a->safe);
	att_buf_be64(ret, a->firmware_version);
	if (a->type == ATT_ATTEST_CERTIFY) {
		att_buf_tpm2b(ret, a->name);
		att_buf_tpm2b(ret, a->qualified_name);
		return;
	}
	att_buf_be32(ret, (uint32_t)a->select_count);
	for (size_t i = 0; i < a->select_count; i++) {
		att_buf_be16(ret, a->select[i].alg);
		att_buf_u8(ret, SELECT_BYTES);
		for (unsigned byte = 0; byte < SELECT_BYTES; byte++)
			att_buf_u8(ret,
			    (uint8_t)(a->select[i].mask >> 8 * byte));
	}
	att_buf_tpm2b(ret, a->pcr_digest);
}

int
att_attest_open(struct att_slice attest, struct att_slice signature,
    const struct att_pubkey *key, const struct att_tpm_sign_rule *rule,
    struct att_attest *ret, struct att_err *err)
{
	struct att_tpm_signature sig;
	int r;

	if ((r = att_tpm_signature_parse(signature, &sig, err)) < 0 ||
	    (r = att_tpm_signature_verify(&sig, key, rule, attest, err)) < 0) {
		(void)att_err_prefix(err, "signature");
		return r;
	}
	return att_attest_parse(attest, ret, err);
}
