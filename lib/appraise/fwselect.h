/* Which components a rule or an advisory means, and how they were asked. */
#ifndef ATT_APPRAISE_FWSELECT_H
#define ATT_APPRAISE_FWSELECT_H

#include "appraise/refhead.h"
#include "firmware/component.h"

/* Texts are borrowed from the document. */
struct att_fwselect {
	struct att_ref_globs id, vendor, model;
	uint32_t kinds;		/* 1 << enum att_component_kind; 0: any */
};
/*
 * Reads "id", "kind", "vendor" and "model"; "id" or "kind" must be there, as
 * what means every component means none.
 */
int att_fwselect_read(const json_t *j, struct att_fwselect *ret,
    struct att_err *err) ATT_MUST;
/* What a component does not tell is "", which "*" alone matches. */
bool att_fwselect_matches(const struct att_fwselect *s,
    const struct att_component *c) ATT_MUST;

/* The one id that it is for, without a wildcard; NULL: it is for more. */
const char *att_fwselect_one(const struct att_fwselect *s) ATT_MUST;

/* "paths": 1 << enum att_path of each; a missing member gives 0: any. */
int att_fw_paths_read(const json_t *j, uint32_t *ret, struct att_err *err)
    ATT_MUST;

#endif
