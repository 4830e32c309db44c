/*
 * One attestation with one verifier: what evidence there is, what is wanted
 * of it, the evidence, the verdict.
 */
#ifndef ATT_AGENT_ATTEST_H
#define ATT_AGENT_ATTEST_H

#include "agent/session.h"

/*
 * ACCEPTED: the evidence was taken; *r says what the verifier made of it, if it
 * said so within ten seconds (agent/pending.h is for later). AGAIN: this
 * attestation is lost, a new one may do better. TOKEN: the token is not taken.
 * Else how the round ends.
 *
 * The evidence is made for this call and sent once; the newest that was taken
 * is left in ATT_STATE_EVIDENCE. A pass extends the token.
 */
enum att_outcome att_attest(struct att_origins *o, struct att_attester *a,
    struct att_token *token, struct att_round *r) ATT_MUST;

#endif
