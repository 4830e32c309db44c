/*
 * What two nodes, or two boots of one, measured differently: by register and
 * event, aligned so that one event more does not shift all that follow.
 */
#ifndef ATT_APPRAISE_REFDIFF_H
#define ATT_APPRAISE_REFDIFF_H

#include "appraise/finding.h"
#include "base/json.h"
#include "evidence/bundle.h"

/* Registers that are worth comparing: 10 is IMA's, 16 and 23 are anyone's. */
#define ATT_REFDIFF_PCRS (ATT_PCR_ALL & ~(1u << 10 | 1u << 16 | 1u << 23))

enum att_difference_kind {
	ATT_DIFFERENCE_REMOVED,	/* an event of the first alone */
	ATT_DIFFERENCE_ADDED,	/* of the second alone */
	ATT_DIFFERENCE_CHANGED,	/* one in the place of another */
	ATT_DIFFERENCE_MOVED,	/* the same in another place */
	ATT_DIFFERENCE_VALUE,	/* of the register, and no event tells why */
	ATT_DIFFERENCE_MISSING,	/* no value of the register in one of them */
	ATT_DIFFERENCE_COUNT
};
/* "removed", ... */
const char *att_difference_name(enum att_difference_kind kind) ATT_MUST;

/* [0] is of the first, [1] of the second; digest alg 0: none. */
struct att_difference {
	enum att_difference_kind kind;
	unsigned pcr;
	uint16_t bank;
	int64_t event[2];	/* as finding.h counts, or ATT_NO_EVENT */
	struct att_digest digest[2];
	char type_name[48];
	char label[2][ATT_FINDING_PART_MAX + 1];
};

typedef void att_difference_fn(void *arg, const struct att_difference *d);

/*
 * Compares the PCRs of `pcrs` by the digests of `bank` (0: the strongest of
 * which both have values) and calls `tell` for each difference, by PCR, then
 * in the order of the events. *ret_bank (may be NULL) is the bank. Both are
 * taken at their word. ATT_E_NOT_FOUND: no log, or no bank in common;
 * ATT_E_FORMAT: a log that cannot be read.
 */
int att_ref_diff(const struct att_evidence *a, const struct att_evidence *b,
    uint16_t bank, uint32_t pcrs, att_difference_fn *tell, void *arg,
    uint16_t *ret_bank, struct att_err *err) ATT_MUST;

/* {"kind", "pcr", "bank", "event", "type", "label", "digest"}: see there. */
json_t *att_difference_to_json(const struct att_difference *d) ATT_MUST;
/* Appends a line or two for people, clean. */
void att_difference_print(const struct att_difference *d,
    struct att_buf *ret);

#endif
