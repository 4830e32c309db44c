/*
 * What evidence to ask of a node, out of what it offers: the quote over the
 * PCRs of the configuration in the best bank that the node has, and every log
 * that the appraisal looks at; IMA's list, and PCR 10 with it, only where a
 * runtime policy is for the node.
 */
#ifndef ATT_VERIFIER_CHOOSE_H
#define ATT_VERIFIER_CHOOSE_H

#include "config/verifier_config.h"
#include "protocol/demand.h"

#define ATT_CHOOSE_NO_IMA (-1)

/*
 * Fills key, scheme, select, bound, items and ima_offset. `ak` is the enrolled
 * key: one that is offered in its place is ATT_E_MISMATCH. ATT_E_UNSUPPORTED:
 * no bank of quote_banks has all of these PCRs and the hash by which the AK
 * signs. *where names what does not fit.
 *
 * `ima_from`: the line of IMA's list from which on it is wanted, or
 * ATT_CHOOSE_NO_IMA; a list that is shorter than that is wanted as a whole.
 */
int att_choose(const struct att_verifier_config *config,
    const struct att_tpm_public *ak, const struct att_offer *o,
    int64_t ima_from, struct att_demand *ret, struct att_pointer *where,
    struct att_err *err) ATT_MUST;

#endif
