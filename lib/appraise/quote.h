/*
 * The complete check of a quote (docs/PROTOCOL-evidence.txt, section 4): who
 * signed, what was signed, which PCRs it covers, and whether the TPM's clock
 * and counters can follow those of the quote before.
 */
#ifndef ATT_APPRAISE_QUOTE_H
#define ATT_APPRAISE_QUOTE_H

#include "appraise/finding.h"
#include "base/pcr.h"
#include "evidence/bundle.h"

struct att_pubkey;

/* Clock and counters of the last quote that counted; known false: none yet. */
struct att_quote_state {
	bool known;
	bool safe;
	uint64_t clock;			/* milliseconds */
	uint32_t reset_count;
	uint32_t restart_count;
	uint64_t firmware_version;	/* of the TPM */
};

/* What enrolment recorded about a node's AK; keys are parsed once. */
struct att_ak {
	const struct att_pubkey *key;	/* borrowed */
	struct att_slice public;	/* TPMT_PUBLIC, borrowed */
};

struct att_quote_want {
	const struct att_ak *ak;
	struct att_slice qualifying;	/* what extraData must be */
	const struct att_pcr_select *select;
	size_t select_count;
	/* PCRs that may be signed beside those (PCR 16 of upstream agents). */
	uint32_t extra_mask;
	bool allow_sha1;		/* a signature over SHA-1 */
	const struct att_quote_state *last;
	bool same_boot;			/* the node says: no reboot since */
};

/* What is proven once the check reported no finding of severity fail. */
struct att_quote {
	struct att_pcrs pcrs;		/* only values under the signature */
	struct att_quote_state state;
};

/*
 * Checks the quote of `e`. Every finding goes to `report`. Returns 1 if the
 * quote holds (warnings aside), 0 if a finding of severity fail was reported,
 * negative if it could not be checked at all (memory, crypto library). *ret
 * is filled only with 1.
 */
int att_quote_check(const struct att_evidence *e,
    const struct att_quote_want *want, att_finding_fn *report, void *arg,
    struct att_quote *ret, struct att_err *err) ATT_MUST;

#endif
