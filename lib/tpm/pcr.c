#include "tpm/pcr.h"

#include <string.h>

#include "tpm/state.h"
#include "tpm/sys.h"

/* Compares each bank with what is wished for it. */
static int
look(struct att_tpm *t, unsigned pcr, const struct att_tpm_pcr_wish *wish,
    size_t count, enum att_tpm_pcr_was *ret, struct att_err *err)
{
	struct att_pcr_select select[ATT_BANKS_MAX] = { 0 };
	size_t held = 0, zero = 0;
	struct att_pcrs now;
	int r;

	for (size_t i = 0; i < count; i++)
		select[i] = (struct att_pcr_select){ wish[i].value.alg,
			1u << pcr };
	if ((r = att_tpm_pcrs_read(t, select, count, &now, NULL, err)) < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		struct att_slice bytes = { 0 };
		struct att_digest is;

		if (!att_pcrs_get(&now, select[i].alg, pcr, &bytes))
			return att_err_set(err, ATT_E_TPM,
			    "the TPM gave no PCR %u of bank %s", pcr,
			    att_alg_name(select[i].alg));
		if ((r = att_digest_from(select[i].alg, bytes, &is, err)) < 0)
			return r;
		held += att_digest_equal(&is, &wish[i].value);
		zero += att_digest_is_all(&is, 0);
	}
	*ret = held == count ? ATT_TPM_PCR_HELD :
	    zero == count    ? ATT_TPM_PCR_ZERO :
			       ATT_TPM_PCR_OTHER;
	return 0;
}

/* The handle of a PCR is its number (Part 2, 7.4). */
static int
extend(struct att_tpm *t, unsigned pcr, const struct att_tpm_pcr_wish *wish,
    size_t count, struct att_err *err)
{
	struct att_tpm_auths a = att_tpm_auths_of(t, pcr);
	TPML_DIGEST_VALUES values = { .count = (uint32_t)count };

	for (size_t i = 0; i < count; i++) {
		values.digests[i].hashAlg = wish[i].extend.alg;
		/* a TPMU_HA is as long as the longest digest known here */
		memcpy(&values.digests[i].digest, wish[i].extend.bytes,
		    wish[i].extend.len);
	}
	return att_tpm_rc(t, att_tpm_auths_rc(&a,
	    Tss2_Sys_PCR_Extend(t->sys, pcr, &a.sent, &values, &a.got)),
	    "TPM2_PCR_Extend", err);
}

static int
reset(struct att_tpm *t, unsigned pcr, struct att_err *err)
{
	struct att_tpm_auths a = att_tpm_auths_of(t, pcr);

	return att_tpm_rc(t, att_tpm_auths_rc(&a,
	    Tss2_Sys_PCR_Reset(t->sys, pcr, &a.sent, &a.got)),
	    "TPM2_PCR_Reset", err);
}

int
att_tpm_pcr_hold(struct att_tpm *t, unsigned pcr,
    const struct att_tpm_pcr_wish *wish, size_t count,
    enum att_tpm_pcr_was *ret, struct att_err *err)
{
	ATT_TPM_OP(t);
	enum att_tpm_pcr_was was, is;
	int r;

	if (pcr >= ATT_PCR_COUNT || count == 0 || count > ATT_BANKS_MAX)
		return att_err_set(err, ATT_E_USAGE,
		    "PCR %u in %zu banks cannot be written", pcr, count);
	if ((r = look(t, pcr, wish, count, &was, err)) < 0)
		return r;
	if (was == ATT_TPM_PCR_OTHER && (r = reset(t, pcr, err)) < 0)
		return r;
	if (was != ATT_TPM_PCR_HELD &&
	    ((r = extend(t, pcr, wish, count, err)) < 0 ||
		(r = look(t, pcr, wish, count, &is, err)) < 0))
		return r;
	if (was != ATT_TPM_PCR_HELD && is != ATT_TPM_PCR_HELD)
		return att_err_set(err, ATT_E_MISMATCH,
		    "PCR %u holds another value than it was given: somebody "
		    "else extends it", pcr);
	*ret = was;
	return 0;
}
