/* Challenges, as the agent takes them from a verifier. */
#ifndef ATT_PROTOCOL_CHALLENGE_H
#define ATT_PROTOCOL_CHALLENGE_H

#include "base/json.h"
#include "evidence/binding.h"

/*
 * Fit to be signed: ATT_CHALLENGE_MIN to ATT_CHALLENGE_MAX bytes, and not one
 * byte repeated; else ATT_E_FORMAT. That it was not used before is for the
 * caller to know.
 */
int att_challenge_check(struct att_slice challenge, struct att_err *err)
    ATT_MUST;
/* Member "challenge" in base64, decoded and checked. */
int att_challenge_read(const json_t *obj,
    uint8_t ret[static ATT_CHALLENGE_MAX], size_t *ret_len,
    struct att_err *err) ATT_MUST;

#endif
