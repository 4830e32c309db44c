/*
 * From evidence to a stored, signed verdict: the one place where the verifier
 * calls the appraisal.
 */
#ifndef ATT_VERIFIER_JUDGE_H
#define ATT_VERIFIER_JUDGE_H

#include "verifier/received.h"
#include "verifier/verifier.h"

/*
 * Appraises what was received, signs the result, and stores both with
 * att->evidence; *att is claimed (att_store_attestation_claim), and its
 * verdict, findings and result are filled. Negative: nothing was decided, and
 * the attestation stays undecided for ever.
 */
int att_judge(struct att_verifier *v, const struct att_node *node,
    const struct att_received *got, int64_t now, struct att_attestation *att,
    struct att_err *err) ATT_MUST;

#endif
