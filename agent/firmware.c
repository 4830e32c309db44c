#include "agent/firmware.h"

#include "evidence/firmware_pcr.h"
#include "tpm/state.h"

static int
make_wishes(struct att_tpm *t, struct att_slice stable,
    struct att_tpm_pcr_wish ret[static ATT_BANKS_MAX], size_t *ret_count,
    struct att_err *err)
{
	struct att_pcr_select bank[ATT_BANKS_MAX];
	size_t banks = 0, n = 0;
	int r;

	if ((r = att_tpm_banks_read(t, bank, &banks, err)) < 0)
		return r;
	for (size_t i = 0; i < banks; i++) {
		if ((bank[i].mask >> ATT_FIRMWARE_PCR & 1) == 0)
			continue;
		if ((r = att_firmware_pcr(stable, bank[i].alg,
			 &ret[n].extend, &ret[n].value, err)) < 0)
			return r;
		n++;
	}
	if (n == 0)
		return att_err_set(err, ATT_E_TPM,
		    "no active bank of this TPM has a PCR %d",
		    ATT_FIRMWARE_PCR);
	*ret_count = n;
	return 0;
}

int
att_firmware_hold(struct att_tpm *t, const struct att_evidence_item *claims,
    enum att_tpm_pcr_was *ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf stable = ATT_BUF(ATT_ITEM_MAX);
	struct att_tpm_pcr_wish wish[ATT_BANKS_MAX];
	size_t count = 0;
	int r;

	if (claims->state != ATT_ITEM_PRESENT)
		return att_err_set(err, ATT_E_NOT_FOUND, "%s",
		    claims->reason != NULL ? claims->reason :
					     "no firmware claims");
	r = att_firmware_stable(claims->bytes, &stable, err);
	if (r < 0) {
		att_err_prefix(err, "firmware claims");
		return r;
	}
	if ((r = make_wishes(t, att_buf_view(&stable), wish, &count,
		 err)) < 0)
		return r;
	return att_tpm_pcr_hold(t, ATT_FIRMWARE_PCR, wish, count, ret, err);
}
