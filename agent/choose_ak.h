/*
 * Which AK a verifier takes, where the node prefers another type than RSA. It
 * is asked before the AK is registered, as an id keeps its AK for good at
 * Keylime, whose verifier takes RSA and does not say so.
 */
#ifndef ATT_AGENT_CHOOSE_AK_H
#define ATT_AGENT_CHOOSE_AK_H

#include "agent/attester.h"
#include "agent/origins.h"

/*
 * NONE: the AK that the verifier in use takes is the one in use; if it could
 * not be reached, that of the next one that could. If none could be, the AK is
 * the one that was chosen last, or the round ends as LATER where none was.
 */
enum att_outcome att_choose_ak(struct att_origins *verifiers,
    struct att_attester *a, struct att_round *r) ATT_MUST;

#endif
