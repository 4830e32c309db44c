/*
 * Makes reference values from the evidence of a node that is known to be good
 * (docs/PROTOCOL-refvalues.txt).
 */
#ifndef ATT_APPRAISE_REFMAKE_H
#define ATT_APPRAISE_REFMAKE_H

#include "appraise/refvalue.h"
#include "evidence/bundle.h"

/* Classes that differ between good nodes, and that a digest covers. */
#define ATT_REFMAKE_VARY                                                     \
	(1u << ATT_VARY_BOOT_ORDER | 1u << ATT_VARY_BOOT_ENTRIES |           \
	    1u << ATT_VARY_GPT)

struct att_refmake {
	struct att_ref_heading head;
	enum att_ref_secure_boot secure_boot;
	uint32_t pcrs;			/* to speak of; not 16, not 23 */
	uint32_t exact;			/* of them: by value, not by event */
	uint32_t vary;			/* bits (1 << enum att_vary) */
	bool ordered;			/* events in this order only */
	/* Banks to know digests of; none: all but SHA-1, if there is one. */
	const uint16_t *bank;
	size_t bank_count;
};

/*
 * The head of a document: format, id, version, secure_boot, match and what of
 * comment and validity there is. Puts them into `ret`.
 */
int att_ref_make_head(json_t *ret, const struct att_refmake *m,
    struct att_err *err) ATT_MUST;

/*
 * Makes the document; the caller's. A PCR that the logs do not explain gets
 * its value instead of events, and its bit in *ret_by_value (may be NULL). The
 * evidence is taken at its word: who makes reference values from it has to
 * know that it is good. A PCR without a value is ATT_E_NOT_FOUND, a log that
 * cannot be read ATT_E_FORMAT; an option that no document can hold fails as in
 * att_ref_parse.
 */
int att_ref_make(const struct att_evidence *e, const struct att_refmake *m,
    json_t **ret, uint32_t *ret_by_value, struct att_err *err) ATT_MUST;

#endif
