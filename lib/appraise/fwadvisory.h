/*
 * Advisories: which versions of which firmware have a published weakness. JSON
 * of the operator's (docs/PROTOCOL-fwvalues.txt, section 4); versions that a
 * component reported are compared, and nothing is ever tried.
 */
#ifndef ATT_APPRAISE_FWADVISORY_H
#define ATT_APPRAISE_FWADVISORY_H

#include "appraise/finding.h"
#include "appraise/fwselect.h"

#define ATT_FWADVISORY_FORMAT "attestd-advisories/1"
#define ATT_FWADVISORY_FILE_MAX (4u << 20)	/* bytes of one document */
#define ATT_FWADVISORY_ENTRIES_MAX 4096
#define ATT_FWADVISORY_RANGES_MAX 64		/* of one advisory */
#define ATT_FWADVISORY_NAME_MAX 40		/* bytes of an identifier */

struct att_fwadvisories;
void att_fwadvisories_free(struct att_fwadvisories *a);
ATT_DEFINE_AUTO(struct att_fwadvisories, att_fwadvisories_free)

/* Parses and compiles; what is not known is refused and named. */
int att_fwadvisories_parse(struct att_slice text,
    struct att_fwadvisories **ret, struct att_err *err) ATT_MUST;

const struct att_ref_head *att_fwadvisories_head(
    const struct att_fwadvisories *a) ATT_MUST;
size_t att_fwadvisories_count(const struct att_fwadvisories *a) ATT_MUST;

/*
 * Reports each advisory that a running version of the component is subject to,
 * by the severity of the advisory, and each that cannot be told of it as it
 * did not tell its version.
 */
void att_fwadvisories_check(const struct att_fwadvisories *a,
    const struct att_component *c, att_finding_fn *report, void *arg);

#endif
