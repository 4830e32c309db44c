/*
 * Makes reference values from the report of a component that is known to be
 * good (docs/PROTOCOL-spdm.txt, section 4).
 */
#ifndef ATT_APPRAISE_SPDMMAKE_H
#define ATT_APPRAISE_SPDMMAKE_H

#include "appraise/spdmref.h"

struct att_spdm_make {
	struct att_ref_heading head;
	const char *component;		/* a glob over names */
	const struct att_digest *root;	/* SHA-256 of pinned keys */
	size_t roots;
};

/*
 * Makes the document; the caller's. What is all zero is "unused", a security
 * version becomes the least one that is taken, all else its value; nothing is
 * waived. The report is taken at its word: its signature is not looked at. A
 * value that no document can hold is ATT_E_LIMIT, an option that none can hold
 * fails as in att_spdm_ref_parse.
 */
int att_spdm_make(const struct att_spdm_transcript *t,
    const struct att_spdm_make *m, json_t **ret, struct att_err *err)
    ATT_MUST;

#endif
