/*
 * Reference values of a component that signs its measurements: which roots
 * vouch for it, and what each measurement must be. JSON on disk
 * (docs/PROTOCOL-spdm.txt, section 4), compiled once and then shared
 * read-only.
 */
#ifndef ATT_APPRAISE_SPDMREF_H
#define ATT_APPRAISE_SPDMREF_H

#include "appraise/finding.h"
#include "appraise/refhead.h"
#include "firmware/spdm.h"

#define ATT_SPDM_REF_FORMAT "attestd-spdm-values/1"
#define ATT_SPDM_REF_FILE_MAX (1u << 20)	/* bytes of one document */
#define ATT_SPDM_REF_ROOTS_MAX 16
#define ATT_SPDM_REF_VALUES_MAX 64		/* of one index */
#define ATT_SPDM_REF_VALUE_MAX 1024		/* bytes of one */

struct att_spdm_ref;
void att_spdm_ref_free(struct att_spdm_ref *r);
ATT_DEFINE_AUTO(struct att_spdm_ref, att_spdm_ref_free)

/* Parses and compiles; what is not known is refused and named. */
int att_spdm_ref_parse(struct att_slice text, struct att_spdm_ref **ret,
    struct att_err *err) ATT_MUST;

const struct att_ref_head *att_spdm_ref_head(const struct att_spdm_ref *r)
    ATT_MUST;
/* Names of components that it is for; one at least. */
const struct att_ref_globs *att_spdm_ref_components(
    const struct att_spdm_ref *r) ATT_MUST;
/*
 * SHA-256 of the public keys that may end the chain, at least one; NULL out of
 * range.
 */
const struct att_digest *att_spdm_ref_root(const struct att_spdm_ref *r,
    size_t i) ATT_MUST;
/* Number of indices that it speaks of. */
size_t att_spdm_ref_count(const struct att_spdm_ref *r) ATT_MUST;

/* Is it for this component of this platform, at this time? */
bool att_spdm_ref_is_for(const struct att_spdm_ref *r, const char *component,
    const struct att_platform *p, int64_t now) ATT_MUST;

/*
 * True if every measurement is as the document says: each that it lists is
 * there, none that it does not list is, and so are mode and dates. Every
 * difference goes to `report`; NULL: nowhere. The caller has made sure that
 * the transcript is authentic, and that its root is one of the document's.
 */
bool att_spdm_ref_match(const struct att_spdm_ref *r,
    const struct att_spdm_transcript *t, const char *component,
    att_finding_fn *report, void *arg) ATT_MUST;

#endif
