/*
 * Has this machine what a trustworthy node needs? A row of checks, each of
 * which looks at one thing and says what it saw and what to do. Nothing is
 * changed by it; the verifier is asked for nothing but an answer.
 */
#ifndef ATT_AGENT_DOCTOR_H
#define ATT_AGENT_DOCTOR_H

#include "base/json.h"
#include "config/agent_config.h"
#include "evidence/posture.h"
#include "tpm/state.h"

/* In the order of what is worse to have. */
enum att_doctor_state {
	ATT_DOCTOR_GOOD,
	ATT_DOCTOR_UNKNOWN,	/* it cannot be told */
	ATT_DOCTOR_ATTENTION,
	ATT_DOCTOR_BAD,
	ATT_DOCTOR_STATES
};
/* "good", "unknown", "attention", "bad"; NULL out of range. */
const char *att_doctor_state_name(enum att_doctor_state s) ATT_MUST;

#define ATT_DOCTOR_TEXT_MAX 300	/* bytes of what was seen */

/* What one check found. */
struct att_doctor_line {
	enum att_doctor_state state;
	char seen[ATT_DOCTOR_TEXT_MAX + 1];	/* not clean: see the printer */
	const char *advice;	/* constant; "" if there is nothing to do */
};

/* What the checks look at; all borrowed but what `begin` makes. */
struct att_doctor {
	const char *root;	/* "": this machine; else a tree of tests */
	/* NULL: there is none that can be used, as config_why says */
	const struct att_agent_config *config;
	struct att_err config_why;
	const char *tcti;
	const char *uefi_log, *userspace_log, *ima_log;
	unsigned timeout_ms;	/* for each server */
	/* made by att_doctor_begin */
	struct att_posture *posture;	/* NULL without memory */
	struct att_tpm *tpm;		/* NULL, and tpm_why */
	struct att_err tpm_why;
	struct att_pcrs pcrs;		/* empty if they cannot be read */
	struct att_err pcrs_why;
};
/*
 * From a configuration, or, with NULL, from the defaults. The TPM is opened
 * and its registers are read here, once for all checks.
 */
int att_doctor_begin(struct att_doctor *d, const char *root,
    const struct att_agent_config *config, const struct att_err *config_why,
    struct att_err *err) ATT_MUST;
void att_doctor_done(struct att_doctor *d);

/* One row of the table. */
struct att_doctor_check {
	const char *id;		/* stable: a-z and - */
	const char *title;	/* what it looks at */
	void (*run)(const struct att_doctor *d, struct att_doctor_line *ret);
};
extern const struct att_doctor_check att_doctor_checks[];
extern const size_t att_doctor_check_count;

/* Fills the line. Always returns `ret`, so that a check ends with it. */
void att_doctor_say(struct att_doctor_line *ret, enum att_doctor_state state,
    const char *advice, const char *fmt, ...) ATT_PRINTF(4, 5);

/* In doctor_platform.c, doctor_bmc.c, doctor_node.c. */
#define ATT_DOCTOR_RUN(name)                                                 \
	void att_doctor_##name(const struct att_doctor *d,                   \
	    struct att_doctor_line *ret)
ATT_DOCTOR_RUN(bios_lock);
ATT_DOCTOR_RUN(bmc);
ATT_DOCTOR_RUN(bmc_lan);
ATT_DOCTOR_RUN(bmc_tls);
ATT_DOCTOR_RUN(boot_log);
ATT_DOCTOR_RUN(clock);
ATT_DOCTOR_RUN(config);
ATT_DOCTOR_RUN(flash);
ATT_DOCTOR_RUN(ima);
ATT_DOCTOR_RUN(iommu);
ATT_DOCTOR_RUN(lockdown);
ATT_DOCTOR_RUN(microcode);
ATT_DOCTOR_RUN(modules);
ATT_DOCTOR_RUN(reader);
ATT_DOCTOR_RUN(secure_boot);
ATT_DOCTOR_RUN(secure_boot_keys);
ATT_DOCTOR_RUN(tpm);
ATT_DOCTOR_RUN(tpm_banks);
ATT_DOCTOR_RUN(tpm_ek);
ATT_DOCTOR_RUN(tpm_lockout);
ATT_DOCTOR_RUN(tpm_manager);
ATT_DOCTOR_RUN(uefi);
ATT_DOCTOR_RUN(verifier);

/* One line of text, with a colour on the state or without. */
void att_doctor_print(const struct att_doctor_check *c,
    const struct att_doctor_line *l, bool colour, struct att_buf *ret);
/* {"id", "title", "state", "seen", "advice"}; NULL without memory. */
json_t *att_doctor_to_json(const struct att_doctor_check *c,
    const struct att_doctor_line *l) ATT_MUST;

#endif
