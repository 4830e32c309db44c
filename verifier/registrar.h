/*
 * Enrolment, the registrar of the push protocol (v2.1 to v2.6): a node shows
 * its EK and AK, gets a credential that only a TPM with both can open, and
 * proves by its tag that it did.
 */
#ifndef ATT_VERIFIER_REGISTRAR_H
#define ATT_VERIFIER_REGISTRAR_H

#include "verifier/route.h"

/* GET /version */
int att_serve_version(struct att_call *c, struct att_err *err) ATT_MUST;
/*
 * POST: 200 with the credential; 400 if the keys are not those of a TPM or the
 * certificate is of another key; 403 if id or EK belong to another node. An EK
 * that nobody endorses gets its credential and cannot be activated.
 */
int att_serve_register(struct att_call *c, struct att_err *err) ATT_MUST;
/*
 * PUT: 200; 404 for a tag that proves no registration (nothing is lost by it:
 * register again); 403 for an EK that waits for an operator, or an id that was
 * taken meanwhile; 503 if max_nodes are there.
 */
int att_serve_activate(struct att_call *c, struct att_err *err) ATT_MUST;

#endif
