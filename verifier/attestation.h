/*
 * Attestation: a node says what evidence it can give, is told what is wanted
 * and with which challenge, gives it, and reads the verdict. All with the
 * node's own token.
 */
#ifndef ATT_VERIFIER_ATTESTATION_H
#define ATT_VERIFIER_ATTESTATION_H

#include "verifier/route.h"

/*
 * POST: 201 with a challenge and what is asked for; 429 before the interval is
 * over, 503 while evidence is being appraised, 422 if what is offered cannot
 * be appraised.
 */
int att_serve_offer(struct att_call *c, struct att_err *err) ATT_MUST;
/*
 * PATCH: 202 once the evidence is appraised, whatever the verdict. 422 leaves
 * the challenge for evidence of the right form; 403 if the challenge was
 * answered, is too old or not the newest; 500 if the appraisal broke, and then
 * the attestation stays undecided.
 */
int att_serve_evidence(struct att_call *c, struct att_err *err) ATT_MUST;
/* GET: how the node stands, with findings and the signed result. */
int att_serve_status(struct att_call *c, struct att_err *err) ATT_MUST;

#endif
