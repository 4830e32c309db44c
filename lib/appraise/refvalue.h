/*
 * Reference values: what a good node of a platform measures. JSON on disk
 * (docs/PROTOCOL-refvalues.txt), a compiled set in memory: parsed once, then
 * shared read-only by every appraisal.
 */
#ifndef ATT_APPRAISE_REFVALUE_H
#define ATT_APPRAISE_REFVALUE_H

#include "appraise/refrule.h"
#include "base/json.h"
#include "base/pcr.h"

#define ATT_REF_FILE_MAX (8u << 20)	/* bytes of one document */
#define ATT_REF_GLOBS_MAX 64		/* entries of each match list */
#define ATT_REF_ID_MAX 128		/* characters */
#define ATT_REF_TEXT_MAX 255		/* bytes of globs, labels */
#define ATT_REF_SET_MAX 4096		/* documents of a set */

/* One document, compiled. Immutable after parsing. */
struct att_ref;
void att_ref_free(struct att_ref *r);
ATT_DEFINE_AUTO(struct att_ref, att_ref_free)

/* "2026-11-24T15:04:05Z" (RFC 3339) as seconds since 1970; false if not so. */
bool att_ref_time_parse(const char *text, int64_t *ret) ATT_MUST;

/* Parses and compiles; what is not known is refused and named. */
int att_ref_parse(struct att_slice text, struct att_ref **ret,
    struct att_err *err) ATT_MUST;

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

/* The platform as the operator or the EK certificate says, never the node. */
struct att_platform {
	const char *vendor, *product;
	const char *const *groups;	/* NULL-terminated, or NULL */
};
/*
 * Globs (`*`, `?`) over vendor and product, and one of the groups where the
 * document names some. A document without any rule matches every platform.
 */
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
