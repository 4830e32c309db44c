/*
 * A node's IMA list from one attestation to the next: which runtime policies
 * are for the node, from which line on its list is wanted, and what the
 * appraisal can go on from.
 */
#ifndef ATT_VERIFIER_IMAPLAN_H
#define ATT_VERIFIER_IMAPLAN_H

#include "verifier/received.h"
#include "verifier/verifier.h"

struct att_ima_plan {
	struct att_runtime_set policies;	/* none: no list is wanted */
	struct att_digest digest;		/* of the set */
	char boot[ATT_BOOT_ID_MAX + 1];
	bool known;	/* `from` was judged by this set, in this boot */
	struct att_ima_known from;
	bool has_shown;
	struct att_ima_shown shown;	/* last, in whatever boot */
};

/*
 * For a node that says it is in this boot. Policies are borrowed from `refs`.
 * What was judged in another boot, before a reset, or by other policies does
 * not count.
 */
int att_ima_plan(struct att_verifier *v, const struct att_refs *refs,
    const struct att_node *node, const char *boot_id, const char *boot_time,
    int64_t now, struct att_ima_plan *ret, struct att_err *err) ATT_MUST;
/* For att_choose. */
int64_t att_ima_plan_line(const struct att_ima_plan *p) ATT_MUST;

/*
 * Adds to the appraisal of what was received: policies, where it goes on from,
 * and that the claim is needed; all borrowed from `p`.
 */
void att_ima_plan_apply(const struct att_ima_plan *p,
    const struct att_received *got, struct att_appraisal *a,
    struct att_policy *policy);
/*
 * Keeps how far a pass went, and how far the list was shown. Where the list was
 * no good, all of it is wanted the next time, from line 0.
 */
int att_ima_plan_keep(struct att_verifier *v, const struct att_ima_plan *p,
    const struct att_node *node, const struct att_received *got,
    const struct att_verdict *verdict, struct att_err *err) ATT_MUST;

#endif
