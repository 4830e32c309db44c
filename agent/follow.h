/*
 * The system after the verdict: targets, timers and gated units. Run as root,
 * by attestd-follow.service, as often as the verdict changes; it holds nothing
 * open, and what it does twice changes nothing.
 */
#ifndef ATT_AGENT_FOLLOW_H
#define ATT_AGENT_FOLLOW_H

#include "agent/gate.h"
#include "agent/manager.h"

#define ATT_TRUSTED_TARGET "attestd-trusted.target"
#define ATT_UNTRUSTED_TARGET "attestd-untrusted.target"

/* Message ids of the journal; systemd/attestd-gate.catalog explains them. */
#define ATT_MESSAGE_TRUSTED "5b8f3ac1d0e94c3b9a67c1f80d2e4471"
#define ATT_MESSAGE_UNTRUSTED "7e1d90b25c6f4d0fa3187bb64e05c982"
#define ATT_MESSAGE_UNIT_STARTED "c3a6f2e87d194b51b0e4d5379f81a663"
#define ATT_MESSAGE_UNIT_STOPPED "19d47be0a85e42f69c0b3fe1d26a7854"
#define ATT_MESSAGE_GATE_OPEN "e2c90d137f6b4a888d5126fa4be37095"
#define ATT_MESSAGE_GATE_SHUT "84f5a19c3b0e4d67a2dc70e89135b64f"

/*
 * Judges what lies in the run directory, as the gate does, and brings all in
 * line with it, again where it changed meanwhile. *ret: how it was judged last.
 * Whatever can be done is done; the error is the first one. Waits up to
 * `lock_ms` for another that is at it.
 */
int att_follow(const struct att_agent_config *config,
    const struct att_manager *m, unsigned lock_ms, struct att_gate *ret,
    struct att_err *err) ATT_MUST;

#endif
