/*
 * Inside of a verdict. Only appraise.c includes this, and verdict.c, which
 * reads: whoever else could name `status` could write "pass" into it.
 */
#ifndef ATT_APPRAISE_VERDICT_H
#define ATT_APPRAISE_VERDICT_H

#include "appraise/beneath.h"

#define ATT_VERDICT_ROWS_MAX (ATT_BANKS_MAX * ATT_PCR_COUNT)

struct att_verdict {
	enum att_status status;
	uint32_t evaluated, held;	/* ATT_CLAIM_ bits */
	size_t findings;
	size_t left_out;		/* findings beyond ATT_FINDINGS_MAX */
	struct att_finding finding[ATT_FINDINGS_MAX];
	size_t rows;
	struct att_pcr_row row[ATT_VERDICT_ROWS_MAX];
	struct att_claims claims;
	bool has_state;
	bool is_said;
	struct att_quote_state state;
	struct att_ima_known ima;	/* if ATT_CLAIM_RUNTIME holds */
	bool has_shown;
	struct att_ima_shown shown;
	struct att_beneath beneath;
};

#endif
