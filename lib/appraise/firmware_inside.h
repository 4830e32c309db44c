/* What the parts of the appraisal of firmware claims share. */
#ifndef ATT_APPRAISE_FIRMWARE_INSIDE_H
#define ATT_APPRAISE_FIRMWARE_INSIDE_H

#include "appraise/firmware.h"

struct att_fw_work {
	const struct att_firmware_appraisal *a;
	const struct att_firmware_claims *c;
	const struct att_firmware_policy *policy;
	att_finding_fn *report;
	void *arg;
	/* those that are for this node, at this time */
	const struct att_fwref **ref;
	size_t refs;
	/* of each of them for each component; NULL: none */
	const struct att_fwcomponent **rule;
	/* of each chip the rule that agrees; NULL: none */
	const struct att_fwflash *agreed[ATT_FLASH_MAX];
	bool failed;
	bool blind;		/* something was not compared */
	bool nomem;		/* nothing of this counts */
	struct att_firmware_result result;
};

/* A finding about this chip, component or rule. */
struct att_finding att_fw_finding(enum att_finding_code code,
    const char *label) ATT_MUST;
/* An att_finding_fn, with the work as its argument. */
void att_fw_tell(void *arg, const struct att_finding *f);
/* The same, and what it is about was not compared. */
void att_fw_tell_blind(struct att_fw_work *w, const struct att_finding *f);
/* An att_finding_fn that counts those that fail; `arg` is a size_t. */
void att_fw_count_fails(void *arg, const struct att_finding *f);
/* A chip or a component agrees with this document. */
void att_fw_agree(struct att_fw_work *w, const struct att_fwref *r);
/* True if what this pass found is of this boot; else, why not is told. */
bool att_fw_check_pass(struct att_fw_work *w, const char *of) ATT_MUST;

void att_fw_judge_flash(struct att_fw_work *w);
int att_fw_judge_components(struct att_fw_work *w, struct att_err *err)
    ATT_MUST;

#endif
