/*
 * Evidence spdm_measurements of this node: devices asked to sign, in the
 * background and after an attestation, with nonces of its challenge. What they
 * answer goes along with the next one. Nothing here can fail an attestation,
 * or make it wait: docs/PROTOCOL-spdm.txt, section 5.
 */
#ifndef ATT_AGENT_DEVICES_H
#define ATT_AGENT_DEVICES_H

#include "agent/child.h"
#include "config/agent_config.h"
#include "firmware/spdm_evidence.h"

/* in the run directory */
#define ATT_DEVICES_FILE "spdm-measurements.json"
#define ATT_DEVICES_TRIED "spdm-tried"	/* written as they are asked */

/* Starts from zero; att_devices_done ends it. */
struct att_devices {
	const char *config_path;	/* borrowed; NULL: none are asked */
	struct att_child child;
};
void att_devices_done(struct att_devices *d);

/*
 * Asks now, and appends the document. ATT_E_NOT_FOUND: nobody to ask is
 * configured, or they know no such devices; else why they could not be asked.
 */
int att_devices_ask(const struct att_agent_config *config,
    struct att_slice challenge, struct att_buf *ret, struct att_err *err)
    ATT_MUST;

/*
 * In a process of its own, `attestd --devices CHALLENGE`: the whole of it. It
 * reads what may be hostile, so it is started anew, with nothing in its memory
 * that a token or a connection was in. What comes of it replaces
 * ATT_DEVICES_FILE; if nothing does, that stays, and the log says why.
 * Returns an exit status; ATT_DEVICES_USAGE for no challenge in hex.
 */
#define ATT_DEVICES_USAGE 2
int att_devices_main(const struct att_agent_config *config,
    const char *challenge) ATT_MUST;

/*
 * Begins to ask in the background, if the configuration wants it, nobody is
 * asked still, and spdm_interval is over since they answered, or backoff_max
 * since they were asked and did not. When that was the files say, whoever
 * asked: this process may leave after each attestation.
 */
void att_devices_begin(struct att_devices *d,
    const struct att_agent_config *config, struct att_slice challenge);

#endif
