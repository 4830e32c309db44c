/*
 * From evidence to a stored, signed verdict: the one place where the verifier
 * calls the appraisal.
 */
#ifndef ATT_VERIFIER_JUDGE_H
#define ATT_VERIFIER_JUDGE_H

#include "evidence/bundle.h"
#include "verifier/verifier.h"

/* What the verifier asked this node for, with the challenge of *att. */
struct att_asked {
	bool bound;
	enum att_item item[ATT_ITEM_COUNT];	/* in order */
	size_t item_count;
	struct att_pcr_select select[ATT_BANKS_MAX];
	size_t select_count;
};

/*
 * Appraises `e`, signs the result, and stores both with the evidence; *att is
 * claimed (att_store_attestation_claim) and its verdict, findings, result and
 * evidence are filled. Negative: nothing was decided, and the attestation
 * stays undecided for ever.
 */
int att_judge(struct att_verifier *v, const struct att_node *node,
    const struct att_evidence *e, const struct att_asked *asked, int64_t now,
    struct att_attestation *att, struct att_err *err) ATT_MUST;

#endif
