/*
 * What runs beneath the system: the part of an appraisal that looks at what
 * devices signed. Each is looked at only where the quote signs it, and what was
 * not looked at is no claim. Pure.
 */
#ifndef ATT_APPRAISE_BENEATH_H
#define ATT_APPRAISE_BENEATH_H

#include "appraise/appraise.h"

struct att_beneath_case {
	const struct att_appraisal *a;
	const struct att_quote_state *quote;	/* of the quote, which held */
	struct att_hasher *hasher;
};

struct att_beneath {
	uint32_t evaluated, held;	/* ATT_CLAIM_ bits */
	struct att_devices_judged devices;
};
void att_beneath_done(struct att_beneath *b);

/* Negative only for want of memory or a broken crypto library. */
int att_beneath_judge(const struct att_beneath_case *c,
    att_finding_fn *report, void *arg, struct att_beneath *ret,
    struct att_err *err) ATT_MUST;

#endif
