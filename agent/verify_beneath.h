/*
 * attestctl verify: by what is judged what runs beneath the system, made of
 * documents and of the evidence itself, where nobody kept anything of the node.
 */
#ifndef ATT_AGENT_VERIFY_BENEATH_H
#define ATT_AGENT_VERIFY_BENEATH_H

#include "agent/ctl.h"
#include "appraise/appraise.h"
#include "appraise/refdoc.h"

struct att_verify_options {
	const struct att_ctl_command *cmd;
	const char *file;	/* of the evidence, as it was named */
	/*
	 * The challenge that devices answered, in hex; NULL: that of the
	 * evidence is taken, which is told.
	 */
	const char *devices_challenge;
	/* what a verifier knows of the firmware, a file; NULL: nothing */
	const char *known;
};

/* Stays where it is: the appraisal points into it. */
struct att_verify_beneath {
	struct att_posture_basis posture;
	struct att_firmware_basis firmware;
	struct att_buf known_file;
	struct att_fwknown *known;
	struct att_devices_basis devices;
	struct att_challenge_given given;
	struct att_buf challenge;	/* that devices answered */
};
void att_verify_beneath_done(struct att_verify_beneath *v);

/*
 * Fills what *a takes of it, and the claims of *policy: each kind that a
 * document is given for must hold then. Returns ATT_CTL_GOOD, or an exit status
 * with the reason printed.
 */
int att_verify_beneath(const struct att_verify_options *o,
    const struct att_refdocs *docs, struct att_verify_beneath *v,
    struct att_appraisal *a, struct att_policy *policy) ATT_MUST;

#endif
