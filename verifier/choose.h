/*
 * What evidence to ask of a node, out of what it offers: the quote over the
 * PCRs of the configuration in the best bank that the node has, and every log
 * that the appraisal looks at; IMA's list, and PCR 10 with it, only where a
 * runtime policy is for the node. Firmware claims and posture always, as people
 * want to see them and first ones become the node's own; what devices signed
 * only where values are for them, as it is large and new each time. These
 * three only in a bound quote: else nothing says that they are the node's.
 */
#ifndef ATT_VERIFIER_CHOOSE_H
#define ATT_VERIFIER_CHOOSE_H

#include "config/verifier_config.h"
#include "protocol/demand.h"

#define ATT_CHOOSE_NO_IMA (-1)

struct att_wish {
	/*
	 * The line of IMA's list from which on it is wanted, or
	 * ATT_CHOOSE_NO_IMA; a list that is shorter is wanted as a whole.
	 */
	int64_t ima_from;
	bool devices;		/* what devices signed */
};

/*
 * Fills key, scheme, select, bound, items and ima_offset. `ak` is the enrolled
 * key: one that is offered in its place is ATT_E_MISMATCH. ATT_E_UNSUPPORTED:
 * no bank of quote_banks has all of these PCRs and the hash by which the AK
 * signs. *where names what does not fit.
 */
int att_choose(const struct att_verifier_config *config,
    const struct att_tpm_public *ak, const struct att_offer *o,
    const struct att_wish *wish, struct att_demand *ret,
    struct att_pointer *where, struct att_err *err) ATT_MUST;

#endif
