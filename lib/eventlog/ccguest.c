#include "eventlog/ccguest.h"

/*
 * UEFI 2.10, 38.4.1: such a log extends registers 1 to 4 only, so one event
 * elsewhere shows a TPM's. A short TPM log may keep to these too, but not with
 * separators among them: where a TPM has one in PCR 1 or above, PCR 0 was
 * extended before, and gets one as well (PFP 3.3.4.1).
 */
int
att_tcglog_check_tpm(const struct att_tcglog *log, struct att_err *err)
{
	struct att_tcg_iter it = att_tcg_begin(log);
	struct att_event ev;
	bool separator = false;

	while (att_tcg_next(&it, &ev, NULL) == 1) {
		if (ev.type == ATT_EV_NO_ACTION)
			continue;
		if (ev.pcr == 0 || ev.pcr >= ATT_TCG_CC_COUNT)
			return 0;
		separator = separator || ev.type == ATT_EV_SEPARATOR;
	}
	if (!separator)
		return 0;
	return att_err_set(err, ATT_E_UNSUPPORTED,
	    "log of a confidential guest (CCEL), not of a TPM: it has "
	    "separators, and nothing in PCR 0");
}
