/*
 * Reference values: what a good node of a platform measures. JSON on disk
 * (docs/PROTOCOL-refvalues.txt), a compiled set in memory: parsed once, then
 * shared read-only by every appraisal.
 */
#ifndef ATT_APPRAISE_REFVALUE_H
#define ATT_APPRAISE_REFVALUE_H

#include "appraise/refhead.h"
#include "appraise/refrule.h"
#include "base/json.h"
#include "base/pcr.h"

#define ATT_REF_FORMAT "attestd-reference-values/1"
#define ATT_REF_FILE_MAX (8u << 20)	/* bytes of one document */
#define ATT_REF_SET_MAX 4096		/* documents of a set */

/* One document, compiled. Immutable after parsing. */
struct att_ref;
void att_ref_free(struct att_ref *r);
ATT_DEFINE_AUTO(struct att_ref, att_ref_free)

/* Parses and compiles; what is not known is refused and named. */
int att_ref_parse(struct att_slice text, struct att_ref **ret,
    struct att_err *err) ATT_MUST;

const struct att_ref_head *att_ref_head(const struct att_ref *r) ATT_MUST;
const char *att_ref_id(const struct att_ref *r) ATT_MUST;
int64_t att_ref_version(const struct att_ref *r) ATT_MUST;
/* Seconds since 1970; INT64_MIN, INT64_MAX: no bound. */
int64_t att_ref_valid_from(const struct att_ref *r) ATT_MUST;
int64_t att_ref_valid_until(const struct att_ref *r) ATT_MUST;
bool att_ref_is_valid_at(const struct att_ref *r, int64_t now) ATT_MUST;

enum att_ref_secure_boot {
	ATT_REF_SECURE_BOOT_ANY,
	ATT_REF_SECURE_BOOT_REQUIRED,
};
enum att_ref_secure_boot att_ref_secure_boot(const struct att_ref *r)
    ATT_MUST;

/* att_ref_head_matches, of its head. */
bool att_ref_matches(const struct att_ref *r, const struct att_platform *p)
    ATT_MUST;

/* The rule of one PCR; NULL if the document says nothing about it. */
const struct att_ref_rule *att_ref_rule(const struct att_ref *r, unsigned pcr)
    ATT_MUST;

/* Several documents; borrows them. */
struct att_refset {
	const struct att_ref *const *ref;
	size_t count;
};

#endif
