/*
 * What reference values say of one flash chip. docs/PROTOCOL-fwvalues.txt,
 * section 2, has the JSON.
 */
#ifndef ATT_APPRAISE_FWFLASH_H
#define ATT_APPRAISE_FWFLASH_H

#include "appraise/finding.h"
#include "appraise/fwknown.h"
#include "appraise/fwselect.h"
#include "firmware/claims.h"

#define ATT_FWFLASH_RANGES_MAX 16384
#define ATT_FWFLASH_DIGESTS_MAX 64	/* of one range */
/* ranges of a chip that are another on each machine */
#define ATT_FWFLASH_OWN_MAX ATT_FWKNOWN_RANGES_MAX
#define ATT_FWFLASH_NOTES_MAX 32
#define ATT_FWFLASH_TOLD_MAX 8		/* ranges of a chip in findings */

/* Immutable after parsing; texts are borrowed from the document. */
struct att_fwflash;
void att_fwflash_free(struct att_fwflash *f);
ATT_DEFINE_AUTO(struct att_fwflash, att_fwflash_free)

/* The rule of chip `name`; `j` must outlive it. */
int att_fwflash_parse(json_t *j, const char *name, struct att_fwflash **ret,
    struct att_err *err) ATT_MUST;

const char *att_fwflash_name(const struct att_fwflash *f) ATT_MUST;
/* Whatever the chip holds, and whether it was read or not. */
bool att_fwflash_is_any(const struct att_fwflash *f) ATT_MUST;
/* It may be missing or not available, but not fail to be read. */
bool att_fwflash_is_optional(const struct att_fwflash *f) ATT_MUST;

/*
 * True if a chip that was read is as the rule says: how it was read, layout,
 * static ranges and gaps, the unreadable set, what there is to know besides.
 * Every difference goes to `report`; NULL: nowhere. Values that are this
 * node's own are not looked at.
 */
bool att_fwflash_match(const struct att_fwflash *f,
    const struct att_flash *chip, att_finding_fn *report, void *arg) ATT_MUST;
/* True if the bytes of this range are this node's own. */
bool att_fwflash_is_own(const struct att_fwflash *f,
    const struct att_range *range) ATT_MUST;

#endif
