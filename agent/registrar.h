/*
 * Registration: the node shows its EK and AK to the registrar, and by reading
 * a credential that both live in one TPM. Idempotent, done at each start: a
 * registrar that was rebuilt is not known by any other sign.
 */
#ifndef ATT_AGENT_REGISTRAR_H
#define ATT_AGENT_REGISTRAR_H

#include "agent/attester.h"
#include "agent/origins.h"

/*
 * NONE: registered and active. Else how the round ends, noted in *r; never
 * AGAIN or TOKEN.
 */
enum att_outcome att_registrar_register(struct att_origins *o,
    struct att_attester *a, struct att_round *r) ATT_MUST;

#endif
