/*
 * What runs beneath the system: the part of an appraisal that looks at firmware
 * claims, at what devices signed, and at the posture of the platform. Each is
 * looked at only where the quote signs it, and what was not looked at is no
 * claim. Pure.
 */
#ifndef ATT_APPRAISE_BENEATH_H
#define ATT_APPRAISE_BENEATH_H

#include "appraise/appraise.h"
#include "appraise/claims.h"

struct att_beneath_case {
	const struct att_appraisal *a;
	const struct att_quote_state *quote;	/* of the quote, which held */
	const struct att_proven *proven;	/* by the boot log */
	struct att_hasher *hasher;
};

struct att_beneath {
	uint32_t evaluated, held;	/* ATT_CLAIM_ bits */
	/* as they were looked at, whatever came of it; NULL: they were not */
	struct att_firmware_claims *claims;
	struct att_firmware_result firmware;
	struct att_devices_judged devices;
};
void att_beneath_done(struct att_beneath *b);

/* Negative only for want of memory or a broken crypto library. */
int att_beneath_judge(const struct att_beneath_case *c,
    att_finding_fn *report, void *arg, struct att_beneath *ret,
    struct att_err *err) ATT_MUST;

#endif
