/*
 * Documents of the operator of every kind, in one place: which kind one is of
 * its "format" says. Compiled once, then shared read-only. A new kind is a row
 * of ATT_REFDOC_TABLE.
 */
#ifndef ATT_APPRAISE_REFDOC_H
#define ATT_APPRAISE_REFDOC_H

#include "appraise/fwadvisory.h"
#include "appraise/fwref.h"
#include "appraise/posture_rules.h"
#include "appraise/refvalue.h"
#include "appraise/spdmref.h"

#define ATT_REFDOC_FILE_MAX ATT_REF_FILE_MAX	/* bytes; the largest kind's */

/* Kind, name, format, member; the struct, whose functions are named alike. */
#define ATT_REFDOC_TABLE(ROW)                                                \
	ROW(ADVISORIES, "advisories", ATT_FWADVISORY_FORMAT, advisories,     \
	    att_fwadvisories)                                                \
	ROW(BOOT, "boot", ATT_REF_FORMAT, boot, att_ref)                     \
	ROW(FIRMWARE, "firmware", ATT_FWREF_FORMAT, firmware, att_fwref)     \
	ROW(POSTURE, "posture", ATT_POSTURE_RULES_FORMAT, posture,           \
	    att_posture_rules)                                               \
	ROW(SPDM, "spdm", ATT_SPDM_REF_FORMAT, spdm, att_spdm_ref)

enum att_refdoc_kind {
#define ROW(kind, name, format, member, type) ATT_REFDOC_##kind,
	ATT_REFDOC_TABLE(ROW)
#undef ROW
	ATT_REFDOC_KINDS
};
/* "boot"; NULL out of range. */
const char *att_refdoc_kind_name(enum att_refdoc_kind kind) ATT_MUST;

/* What is common to all kinds; borrowed from the set. */
struct att_refdoc {
	enum att_refdoc_kind kind;
	const struct att_ref_head *head;
};

/* A set; starts from zero. */
struct att_refdocs {
	size_t count;
	struct att_refdoc *all;		/* in the order in which they came */
	/* the same by kind */
#define ROW(kind, name, format, member, type)                                \
	struct {                                                             \
		size_t count;                                                \
		struct type **doc;                                           \
	} member;
	ATT_REFDOC_TABLE(ROW)
#undef ROW
};
void att_refdocs_done(struct att_refdocs *d);

/*
 * Parses one and adds it. ATT_E_UNSUPPORTED: its format is none of the table;
 * else what that kind's parser says. On failure the set has what it had.
 */
int att_refdocs_add(struct att_refdocs *d, struct att_slice text,
    struct att_err *err) ATT_MUST;

/* Those of the boot, as the appraisal takes them. */
struct att_refset att_refdocs_boot(const struct att_refdocs *d) ATT_MUST;

#endif
