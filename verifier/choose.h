/*
 * What evidence to ask of a node, out of what it offers: the quote over the
 * PCRs of the configuration in the best bank that the node has, and every log
 * that the appraisal looks at.
 */
#ifndef ATT_VERIFIER_CHOOSE_H
#define ATT_VERIFIER_CHOOSE_H

#include "config/verifier_config.h"
#include "protocol/demand.h"

/*
 * Fills key, scheme, select, bound and items. `ak` is the enrolled key: one
 * that is offered in its place is ATT_E_MISMATCH. ATT_E_UNSUPPORTED: no bank
 * of quote_banks has all of quote_pcrs and the hash by which the AK signs.
 * *where names what does not fit.
 */
int att_choose(const struct att_verifier_config *config,
    const struct att_tpm_public *ak, const struct att_offer *o,
    struct att_demand *ret, struct att_pointer *where, struct att_err *err)
    ATT_MUST;

#endif
