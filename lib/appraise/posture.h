/*
 * Appraisal of the posture (evidence platform_posture): is it as all rules for
 * this node say, does it contradict what the boot log proves, and is there
 * anything that no machine should have, whatever the rules say: a test key as
 * platform key, setup mode, a kernel that is not locked down. Pure.
 */
#ifndef ATT_APPRAISE_POSTURE_H
#define ATT_APPRAISE_POSTURE_H

#include "appraise/posture_rules.h"

struct att_proven;	/* appraise/claims.h */

/* Everything is borrowed. */
struct att_posture_case {
	struct att_slice text;	/* the item that the quote signs */
	/* documents of any platform and time; those for this node all count */
	const struct att_posture_rules *const *rules;
	size_t count;
	const struct att_platform *platform;
	int64_t now;			/* seconds since 1970 */
	const struct att_proven *proven;	/* NULL: nothing is */
};

/* What came of it; the zero value says nothing good of anything. */
struct att_posture_judged {
	bool evaluated;		/* it was read, and rules were for this node */
	bool holds;		/* evaluated, and no finding of severity fail */
};

/*
 * Every finding goes to `report` (NULL: nowhere). Negative, and *ret
 * untouched, only for want of memory or a broken crypto library.
 */
int att_posture_judge(const struct att_posture_case *c,
    att_finding_fn *report, void *arg, struct att_posture_judged *ret,
    struct att_err *err) ATT_MUST;

#endif
