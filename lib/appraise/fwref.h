/*
 * Reference values of firmware: what the flash chips of a good node hold, and
 * which firmware its components run. JSON on disk (docs/PROTOCOL-fwvalues.txt),
 * compiled once and then shared read-only.
 */
#ifndef ATT_APPRAISE_FWREF_H
#define ATT_APPRAISE_FWREF_H

#include "appraise/fwcomponent.h"
#include "appraise/fwflash.h"
#include "appraise/refhead.h"

#define ATT_FWREF_FORMAT "attestd-firmware-values/1"
#define ATT_FWREF_FILE_MAX (8u << 20)	/* bytes of one document */
#define ATT_FWREF_RULES_MAX 1024	/* for components, of one document */

struct att_fwref;
void att_fwref_free(struct att_fwref *r);
ATT_DEFINE_AUTO(struct att_fwref, att_fwref_free)

/* Parses and compiles; what is not known is refused and named. */
int att_fwref_parse(struct att_slice text, struct att_fwref **ret,
    struct att_err *err) ATT_MUST;

const struct att_ref_head *att_fwref_head(const struct att_fwref *r) ATT_MUST;
/* Is it for this platform, at this time? */
bool att_fwref_is_for(const struct att_fwref *r, const struct att_platform *p,
    int64_t now) ATT_MUST;

/* The chips and the rules in their order; NULL out of range. */
const struct att_fwflash *att_fwref_flash(const struct att_fwref *r, size_t i)
    ATT_MUST;
const struct att_fwcomponent *att_fwref_component(const struct att_fwref *r,
    size_t i) ATT_MUST;
/* That of a chip; NULL: none. */
const struct att_fwflash *att_fwref_flash_of(const struct att_fwref *r,
    const char *chip) ATT_MUST;
/* The first rule that is for this component; NULL: none. */
const struct att_fwcomponent *att_fwref_component_of(const struct att_fwref *r,
    const struct att_component *c) ATT_MUST;
/* Components that no document has a rule for are refused. */
bool att_fwref_is_closed(const struct att_fwref *r) ATT_MUST;

#endif
