/*
 * An IMA list against a quote and runtime policies: the beginning of it that
 * the quoted PCR 10 proves, and each entry there. What follows was measured
 * after the quote; it is left for the next one.
 */
#ifndef ATT_APPRAISE_IMAJUDGE_H
#define ATT_APPRAISE_IMAJUDGE_H

#include "appraise/logs.h"
#include "appraise/runtime.h"
#include "eventlog/ima_replay.h"

/*
 * Of one list: as much as is spent on signatures, in verifications of RSA 4096
 * or P-256 (together about four seconds), and how many may fail. A node that
 * is hostile cannot make more of them than its vendors have signed.
 */
#define ATT_IMA_SIGNATURES_MAX 65536
#define ATT_IMA_SIGNATURES_BAD_MAX 32	/* fewer than findings are kept */

/*
 * How far the list of one boot has been judged, and found good. Entries and
 * lines differ where a path has a line feed in it.
 */
struct att_ima_known {
	struct att_ima_state state;
	uint64_t lines;
};

/*
 * How far the list of one boot of a TPM was proven by a quote, whatever the
 * entries were worth. A register only grows, so each later quote has it all.
 */
struct att_ima_shown {
	uint32_t reset_count, restart_count;
	struct att_ima_state state;
};

struct att_ima_case {
	struct att_slice list;	/* text or binary, from known->lines on */
	const struct att_ima_known *known;	/* NULL: from the beginning */
	/*
	 * Of a list that was wanted from the beginning: what was judged of it
	 * before, for the case that it was trimmed since and goes on from
	 * there. Lines are counted from where it begins then. Or NULL.
	 */
	const struct att_ima_known *before;
	const struct att_ima_state *shown;	/* in this boot; or NULL */
	const struct att_pcrs *quoted;
	const struct att_logs *logs;	/* of the boot; may be without one */
	const struct att_runtime_set *policies;
	struct att_hasher *hasher;
};

struct att_ima_judged {
	/* the quoted value is that of a beginning, and goes on from `shown` */
	bool matched;
	bool holds;	/* and each entry is taken: `known` counts */
	struct att_ima_known known;	/* where the match ends */
};

/*
 * Faults go to `report`. Negative only if nothing can be said. `holds` is
 * never true without a first entry that is tied to this boot, now or when it
 * was first judged.
 */
int att_ima_judge(const struct att_ima_case *c, att_finding_fn *report,
    void *arg, struct att_ima_judged *ret, struct att_err *err) ATT_MUST;

#endif
