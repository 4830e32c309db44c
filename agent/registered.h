/*
 * That this node registered in this boot: who registered, with which AK, and
 * by which configuration. A process that comes up for one attestation need not
 * do it again, which asks the TPM to open a credential and the registrar three
 * questions. It is a file in the run directory; one that is lost or does not
 * say just that costs a registration.
 */
#ifndef ATT_AGENT_REGISTERED_H
#define ATT_AGENT_REGISTERED_H

#include "agent/attester.h"

/* Did this node, as it is now, register in this boot? */
bool att_registered_is(const struct att_attester *a) ATT_MUST;
/* Keeps that it did. */
int att_registered_keep(const struct att_attester *a, struct att_err *err)
    ATT_MUST;
/* Whatever was kept is over. */
void att_registered_drop(const struct att_agent_config *config);

#endif
