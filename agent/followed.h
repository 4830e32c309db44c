/*
 * What `attestctl follow` remembers from one time to the next, in a directory
 * of root's beside the run directory, where attestd cannot write: what it did,
 * and what the TPM said of this boot. It is gone with the boot.
 */
#ifndef ATT_AGENT_FOLLOWED_H
#define ATT_AGENT_FOLLOWED_H

#include "agent/boot.h"
#include "evidence/bundle.h"
#include "tpm/ek.h"
#include "tpm/state.h"

#define ATT_FOLLOWED_SUFFIX "-follow"	/* of the run directory's path */
#define ATT_FOLLOWED_FILE "state.json"
#define ATT_UNITS_MAX 16		/* of gated_units */
#define ATT_UNIT_NAME_MAX 255		/* bytes (systemd.unit(5)) */

struct att_stopped {
	char name[ATT_UNIT_NAME_MAX + 1];
	bool enabled;		/* it was, when it was stopped */
	int64_t at;		/* when that was, us of CLOCK_MONOTONIC */
};

struct att_followed {
	char boot_id[ATT_BOOT_ID_LEN + 1];
	bool trusted;
	bool has_tpm;
	struct att_tpm_clock tpm;	/* as it was */
	int64_t tpm_at;			/* at these ms of CLOCK_BOOTTIME */
	/* the name that this EK of it gives; none: "" and AUTO */
	char ek_id[ATT_AGENT_ID_MAX + 1];
	enum att_tpm_ek_type ek_type;
	/* gated units that were stopped, to be brought back */
	size_t count;
	struct att_stopped stopped[ATT_UNITS_MAX];
};

/*
 * Makes the directory if it is not there, and takes its lock: *ret is a
 * descriptor, to be kept for as long. ATT_E_BUSY after `wait_ms`: another
 * process has it. ATT_E_DENIED: others may write there.
 */
int att_followed_lock(const struct att_agent_config *config, unsigned wait_ms,
    int *ret, struct att_err *err) ATT_MUST;

/*
 * ATT_E_NOT_FOUND: nothing is remembered of this boot. Anybody may ask; what
 * others than root can have written is ATT_E_DENIED.
 */
int att_followed_read(const struct att_agent_config *config,
    const char *boot_id, struct att_followed *ret, struct att_err *err)
    ATT_MUST;
/* The same of a text. */
int att_followed_parse(struct att_slice text, const char *boot_id,
    struct att_followed *ret, struct att_err *err) ATT_MUST;
/* Under the lock. */
int att_followed_write(const struct att_agent_config *config,
    const struct att_followed *f, struct att_err *err) ATT_MUST;

#endif
