/*
 * What the posture of a node must be (docs/PROTOCOL-posture.txt, section 4):
 * rules over claims by name, and over the keys of Secure Boot. JSON on disk,
 * compiled once and then shared read-only.
 */
#ifndef ATT_APPRAISE_POSTURE_RULES_H
#define ATT_APPRAISE_POSTURE_RULES_H

#include "appraise/finding.h"
#include "appraise/refhead.h"
#include "evidence/posture.h"

#define ATT_POSTURE_RULES_FORMAT "attestd-posture-rules/1"
#define ATT_POSTURE_RULES_FILE_MAX (1u << 20)	/* bytes of one document */
#define ATT_POSTURE_RULES_MAX 512		/* of one document */
#define ATT_POSTURE_VALUES_MAX 64		/* of one rule */

struct att_posture_rules;
void att_posture_rules_free(struct att_posture_rules *r);
ATT_DEFINE_AUTO(struct att_posture_rules, att_posture_rules_free)

/* Parses and compiles; what is not known is refused and named. */
int att_posture_rules_parse(struct att_slice text,
    struct att_posture_rules **ret, struct att_err *err) ATT_MUST;

const struct att_ref_head *att_posture_rules_head(
    const struct att_posture_rules *r) ATT_MUST;
/* Rules over claims and over keys together. */
size_t att_posture_rules_count(const struct att_posture_rules *r) ATT_MUST;
/*
 * What the i-th of them is about, and whether it is required; NULL behind the
 * last. Borrowed.
 */
const char *att_posture_rules_about(const struct att_posture_rules *r,
    size_t i, bool *ret_required) ATT_MUST;
/* Are they for this platform, at this time? */
bool att_posture_rules_is_for(const struct att_posture_rules *r,
    const struct att_platform *p, int64_t now) ATT_MUST;

/*
 * *ret: every rule that is required is met. Each that is not, or that cannot
 * be evaluated, goes to `report` (NULL: nowhere), by the rule's level a failure
 * or a warning. Negative only for want of memory.
 */
int att_posture_rules_match(const struct att_posture_rules *r,
    const struct att_posture *p, att_finding_fn *report, void *arg, bool *ret,
    struct att_err *err) ATT_MUST;

#endif
