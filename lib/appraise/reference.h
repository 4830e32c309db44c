/*
 * Which reference values a node is judged by, and whether it is as they say
 * (docs/PROTOCOL-refvalues.txt).
 */
#ifndef ATT_APPRAISE_REFERENCE_H
#define ATT_APPRAISE_REFERENCE_H

#include "appraise/appraise.h"
#include "appraise/registers.h"

/* What is compared: registers that were quoted, and the logs behind them. */
struct att_ref_subject {
	const struct att_logs *logs;
	const struct att_registers *registers;
	uint32_t pcrs;		/* of policy: the document must speak of them */
	bool allow_sha1;
	enum att_secure_boot secure_boot;
};

/* What came of it; the zero value: nothing was judged. */
struct att_ref_result {
	const struct att_ref *ref;	/* that agrees, or is closest */
	bool agrees;
	uint32_t expected;	/* PCRs that are as `ref` says */
	uint32_t unexpected;	/* PCRs that are not */
	uint32_t by_value;	/* of those expected: known by their value */
	uint16_t bank[ATT_PCR_COUNT];	/* that decided about each; or 0 */
};

/*
 * The node is as the set says if one document that matches the platform, and
 * is valid, agrees in all its PCRs and in `pcrs`, at least one. Otherwise what
 * the closest one says goes to `report`.
 */
int att_reference_judge(const struct att_refset *set,
    const struct att_platform *platform, int64_t now,
    const struct att_ref_subject *subject, att_finding_fn *report, void *arg,
    struct att_ref_result *ret, struct att_err *err) ATT_MUST;

#endif
