/*
 * Appraisal of firmware claims (evidence firmware_claims): are they of this
 * boot and new enough by the TPM's clock, and are chips and components as the
 * reference values say, no older than this node was seen with, and of nothing
 * that an advisory names? docs/PROTOCOL-fwvalues.txt has the rules. Pure, and
 * nothing is asked or tried: reported facts are compared.
 */
#ifndef ATT_APPRAISE_FIRMWARE_H
#define ATT_APPRAISE_FIRMWARE_H

#include "appraise/fwadvisory.h"
#include "appraise/fwknown.h"
#include "appraise/fwref.h"
#include "appraise/quote.h"

struct att_firmware_policy {
	/*
	 * Seconds by the TPM's clock that a pass may have begun before the
	 * quote; 0: any number.
	 */
	int64_t max_age;
	/*
	 * A per-machine range that is seen for the first time fails, instead
	 * of becoming this node's own.
	 */
	bool known_required;
};
/* Two days; what is seen first is the node's own. */
extern const struct att_firmware_policy att_firmware_policy_default;

/* Everything is borrowed. */
struct att_firmware_appraisal {
	/* parsed from the item that the quote below is bound to */
	const struct att_firmware_claims *claims;
	/*
	 * Clock and counters of that quote; of a key whose quotes have them
	 * in clear, one of the endorsement hierarchy.
	 */
	const struct att_quote_state *quote;
	const char *boot_id;	/* of the evidence; NULL: it has none */
	const struct att_fwref *const *ref;
	size_t refs;
	const struct att_fwadvisories *const *advisories;
	size_t advisory_lists;
	const struct att_platform *platform;
	const struct att_fwknown *known;	/* NULL: nothing yet */
	const struct att_firmware_policy *policy;	/* NULL: the default */
	int64_t now;			/* seconds since 1970 */
};

#define ATT_FIRMWARE_REFS_MAX 16	/* that are named in a result */

struct att_firmware_agreed {
	char id[ATT_REF_ID_MAX + 1];
	int64_t version;
};

/* What came of it; the zero value says nothing good of anything. */
struct att_firmware_result {
	/*
	 * Reference values for this node were at hand, the claims are of this
	 * boot, dated and not too old, and each chip and each component that
	 * the reference values name was compared.
	 */
	bool evaluated;
	/* evaluated, and no finding of severity fail */
	bool expected;
	size_t chips, ranges, components;	/* that were compared */
	/* documents that a chip or a component agrees with */
	struct att_firmware_agreed agreed[ATT_FIRMWARE_REFS_MAX];
	size_t agreed_count;
	/*
	 * What to know of this node from now on: all that was known, and what
	 * is new. To be stored if, and only if, the verdict over the whole of
	 * the evidence is a pass. NULL unless `expected`, or if nothing is
	 * new. Owned.
	 */
	struct att_fwknown *known;
};
void att_firmware_result_done(struct att_firmware_result *r);

/*
 * Appraises; every finding goes to `report` (NULL: nowhere). Of several
 * documents one that agrees is enough, for each chip and each component; else
 * it is told in what these differ from the closest. Negative, and *ret
 * untouched, only for want of memory.
 */
int att_firmware_appraise(const struct att_firmware_appraisal *a,
    att_finding_fn *report, void *arg, struct att_firmware_result *ret,
    struct att_err *err) ATT_MUST;

/*
 * Where no reference values are for a node: what advisories say of its claims,
 * and no more. An appraisal says it as well.
 */
void att_firmware_advise(const struct att_firmware_appraisal *a,
    att_finding_fn *report, void *arg);

#endif
