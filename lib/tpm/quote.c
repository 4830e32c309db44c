#include "tpm/quote.h"

#include <tss2/tss2_mu.h>

#include "base/cur.h"
#include "tpm/state.h"
#include "tpm/sys.h"

/* Times that registers are read and quoted because an extend came between. */
#define QUOTE_TRIES 5

void
att_tpm_signed_done(struct att_tpm_signed *s)
{
	att_buf_done(&s->attest);
	att_buf_done(&s->signature);
}

/* inScheme NULL: the scheme that is part of the key. */
static const TPMT_SIG_SCHEME key_scheme = { .scheme = TPM2_ALG_NULL };

static int
put_signed(const TPM2B_ATTEST *attest, const TPMT_SIGNATURE *signature,
    struct att_tpm_signed *ret, struct att_err *err)
{
	uint8_t bytes[sizeof(TPMT_SIGNATURE)];
	size_t len = 0;
	int r;

	if (Tss2_MU_TPMT_SIGNATURE_Marshal(signature, bytes, sizeof(bytes),
		&len) != TSS2_RC_SUCCESS)
		return att_err_set(err, ATT_E_TPM,
		    "the TPM's signature is malformed");
	att_buf_reset(&ret->attest);
	att_buf_reset(&ret->signature);
	att_buf_bytes(&ret->attest, attest->attestationData, attest->size);
	att_buf_bytes(&ret->signature, bytes, len);
	if ((r = att_buf_ok(&ret->attest, "TPMS_ATTEST", err)) < 0)
		return r;
	return att_buf_ok(&ret->signature, "TPMT_SIGNATURE", err);
}

/* What was signed is what was asked for: type, and the caller's data. */
static int
parse_attest(const TPM2B_ATTEST *attest, TPM2_ST type,
    const TPM2B_DATA *qualifying, TPMS_ATTEST *ret, struct att_err *err)
{
	size_t at = 0;

	if (Tss2_MU_TPMS_ATTEST_Unmarshal(attest->attestationData,
		attest->size, &at, ret) != TSS2_RC_SUCCESS ||
	    at != attest->size || ret->magic != TPM2_GENERATED_VALUE ||
	    ret->type != type)
		return att_err_set(err, ATT_E_TPM,
		    "the TPM's TPMS_ATTEST is malformed");
	if (!att_slice_equal(
		(struct att_slice){ ret->extraData.buffer,
		    ret->extraData.size },
		(struct att_slice){ qualifying->buffer, qualifying->size }))
		return att_err_set(err, ATT_E_TPM,
		    "the TPM signed other qualifying data");
	return 0;
}

static int
fill_qualifying(struct att_slice from, TPM2B_DATA *ret, struct att_err *err)
{
	if (from.len > ATT_TPM_QUALIFYING_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "qualifyingData has %zu bytes, at most %d are taken",
		    from.len, ATT_TPM_QUALIFYING_MAX);
	return ATT_TPM2B_FILL(ret, buffer, from, "qualifyingData", err);
}

/* One TPM2_Quote; *ret_digest is its pcrDigest. */
static int
quote_once(struct att_tpm_ak *ak, const TPM2B_DATA *qualifying,
    const TPML_PCR_SELECTION *select, struct att_tpm_signed *ret,
    struct att_digest *ret_digest, struct att_err *err)
{
	const struct att_tpm_object *key = att_tpm_ak_object(ak);
	struct att_tpm *t = key->t;
	struct att_tpm_auths a = att_tpm_auths_of(t, key->handle);
	TPM2B_ATTEST attest = { 0 };
	TPMT_SIGNATURE signature = { 0 };
	const TPM2B_DIGEST *digest;
	TPMS_ATTEST parsed;
	int r;

	if ((r = att_tpm_rc(t, att_tpm_auths_rc(&a,
		 Tss2_Sys_Quote(t->sys, key->handle, &a.sent, qualifying,
		     &key_scheme, select, &attest, &signature, &a.got)),
		 "TPM2_Quote", err)) < 0 ||
	    (r = parse_attest(&attest, TPM2_ST_ATTEST_QUOTE, qualifying,
		 &parsed, err)) < 0)
		return r;
	if (!att_tpm_selection_equal(&parsed.attested.quote.pcrSelect,
		select))
		return att_err_set(err, ATT_E_TPM,
		    "TPM2_Quote: the TPM quoted another selection of PCRs");
	digest = &parsed.attested.quote.pcrDigest;
	if ((r = att_digest_from(att_tpm_ak_hash(att_tpm_ak_type_of(ak)),
		 (struct att_slice){ digest->buffer, digest->size },
		 ret_digest, err)) < 0)
		return r;
	return put_signed(&attest, &signature, ret, err);
}

int
att_tpm_quote(struct att_tpm_ak *ak, struct att_slice qualifying,
    const struct att_pcr_select *select, size_t count,
    struct att_tpm_signed *ret, struct att_pcrs *ret_pcrs,
    struct att_err *err)
{
	struct att_tpm *t = att_tpm_ak_object(ak)->t;
	ATT_TPM_OP(t);
	uint16_t hash = att_tpm_ak_hash(att_tpm_ak_type_of(ak));
	uint32_t counter = 0, first = 0;
	struct att_digest quoted, read;
	TPML_PCR_SELECTION wanted;
	struct att_pcrs pcrs;
	TPM2B_DATA data;
	int r;

	if (count == 0)
		return att_err_set(err, ATT_E_USAGE, "no PCR is selected");
	if ((r = att_tpm_selection(select, count, &wanted, err)) < 0 ||
	    (r = fill_qualifying(qualifying, &data, err)) < 0)
		return r;
	for (unsigned i = 0; i < QUOTE_TRIES; i++) {
		if ((r = att_tpm_pcrs_read(t, select, count, &pcrs, &counter,
			 err)) < 0 ||
		    (r = quote_once(ak, &data, &wanted, ret, &quoted,
			 err)) < 0 ||
		    (r = att_pcrs_digest(&pcrs, select, count, hash, &read,
			 err)) < 0)
			return r;
		if (att_digest_equal(&quoted, &read)) {
			*ret_pcrs = pcrs;
			return 0;
		}
		if (i == 0)
			first = counter;
	}
	if (counter != first)
		return att_err_set(err, ATT_E_BUSY,
		    "PCRs were extended during each of %d quotes",
		    QUOTE_TRIES);
	return att_err_set(err, ATT_E_MISMATCH,
	    "the TPM quotes other PCR values than it reports, and nothing "
	    "was extended (pcrUpdateCounter %u)", counter);
}

int
att_tpm_certify(struct att_tpm_ak *ak, struct att_slice qualifying,
    struct att_tpm_signed *ret, struct att_err *err)
{
	const struct att_tpm_object *key = att_tpm_ak_object(ak);
	struct att_tpm *t = key->t;
	ATT_TPM_OP(t);
	struct att_tpm_auths a = att_tpm_auths_of(t, key->handle);
	TPM2B_ATTEST attest = { 0 };
	TPMT_SIGNATURE signature = { 0 };
	TPMS_ATTEST parsed;
	TPM2B_DATA data;
	int r;

	att_tpm_auths_add(&a, TPM2_RS_PW);
	if ((r = fill_qualifying(qualifying, &data, err)) < 0 ||
	    (r = att_tpm_rc(t, att_tpm_auths_rc(&a,
		 Tss2_Sys_Certify(t->sys, key->handle, key->handle, &a.sent,
		     &data, &key_scheme, &attest, &signature, &a.got)),
		 "TPM2_Certify", err)) < 0 ||
	    (r = parse_attest(&attest, TPM2_ST_ATTEST_CERTIFY, &data, &parsed,
		 err)) < 0)
		return r;
	if (!att_slice_equal(att_tpm_ak_name(ak),
		(struct att_slice){ parsed.attested.certify.name.name,
		    parsed.attested.certify.name.size }))
		return att_err_set(err, ATT_E_TPM,
		    "TPM2_Certify: the TPM certified another object");
	return put_signed(&attest, &signature, ret, err);
}
