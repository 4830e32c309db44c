/*
 * The agent's side of the push protocol as a whole: what it holds between two
 * rounds, and one round. docs/PROTOCOL-push.txt has the messages.
 */
#ifndef ATT_AGENT_PUSH_H
#define ATT_AGENT_PUSH_H

#include "agent/attest.h"
#include "agent/devices.h"

struct att_push {
	const struct att_agent_config *config;	/* borrowed */
	struct att_origins registrars, verifiers;
	struct att_token token;		/* for the verifier in use */
	bool registered;
	struct att_tpm_name ak;		/* whose registration and token */
	unsigned failures;	/* rounds in a row that were not accepted */
	bool once;		/* no round follows by itself */
	struct att_devices devices;	/* asked to sign, meanwhile */
};
void att_push_init(struct att_push *p, const struct att_agent_config *config);
/* Closes connections, wipes the token, and asks no device any more. */
void att_push_done(struct att_push *p);

/*
 * One round: opens state (waiting `lock_ms` for it) and attester, looks what
 * happened to the node (agent/watch.h), registers if that was not done, opens a
 * session if there is no token, attests, and goes on to the next server where
 * one does not work. Never fails: *r, zero before, says how it ended.
 */
void att_push_round(struct att_push *p, unsigned lock_ms,
    struct att_round *r);

/*
 * The same, counting on from the failures that the verdict file tells of; then
 * writes that file (agent/verdict_file.h; a failure is logged), says so
 * (agent/news.h), and lets the devices sign for the challenge that was answered
 * (agent/devices.h), unless no round follows. Returns milliseconds until the
 * next round, as att_round_wait.
 */
uint64_t att_push_run(struct att_push *p, unsigned lock_ms,
    struct att_round *r);

/*
 * att_push_run for somebody who wants one attestation and is there to wait for
 * it: for another process on this node to end its own, and for a verifier that
 * says it is too early, up to ATT_PUSH_PATIENCE seconds each.
 */
#define ATT_PUSH_PATIENCE 90
void att_push_once(struct att_push *p, struct att_round *r);

#endif
