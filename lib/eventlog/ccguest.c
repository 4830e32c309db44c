#include "eventlog/ccguest.h"

/*
 * UEFI 2.10, 38.4.1: such a log extends registers 1 to 4 only, so one event
 * elsewhere shows a TPM's. That alone is also true of a short TPM log; what no
 * TPM log can have beside it:
 *
 * - a Spec ID event in another register than 0 (PFP 10.4.5.1);
 * - separators in register 1 or above while nothing was extended into 0, where
 *   a TPM's boot begins with the version of its S-CRTM and which gets its own
 *   separator (PFP 3.3.4.1).
 *
 * The header has no say: platformClass is 0 in both.
 */
int
att_tcglog_check_tpm(const struct att_tcglog *log, struct att_err *err)
{
	struct att_tcg_iter it = att_tcg_begin(log);
	bool header = false, separator = false, any = false;
	struct att_event ev;

	while (att_tcg_next(&it, &ev, NULL) == 1) {
		if (ev.number == 0 && log->agile)
			header = ev.pcr != 0;
		if (ev.type == ATT_EV_NO_ACTION)
			continue;
		if (ev.pcr == 0 || ev.pcr >= ATT_TCG_CC_COUNT)
			return 0;
		any = true;
		separator = separator || ev.type == ATT_EV_SEPARATOR;
	}
	if (!any || (!header && !separator))
		return 0;
	return att_err_set(err, ATT_E_UNSUPPORTED,
	    "the log of a confidential guest (CCEL), not of a TPM: %s",
	    header ? "its header stands in another register than 0" :
		     "it has separators, and nothing in register 0");
}
