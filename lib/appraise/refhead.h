/*
 * What every document of the operator begins with (docs/PROTOCOL-refvalues.txt,
 * section 1): its name, when it is valid, and for which nodes.
 */
#ifndef ATT_APPRAISE_REFHEAD_H
#define ATT_APPRAISE_REFHEAD_H

#include "base/json.h"

#define ATT_REF_GLOBS_MAX 64		/* entries of each match list */
#define ATT_REF_ID_MAX 128		/* characters */
#define ATT_REF_TEXT_MAX 255		/* bytes of globs, labels */

/* "2026-11-24T15:04:05Z" (RFC 3339) as seconds since 1970; false if not so. */
bool att_ref_time_parse(const char *text, int64_t *ret) ATT_MUST;

/* Entries of one match list. */
struct att_ref_globs {
	size_t count;
	const char *text[ATT_REF_GLOBS_MAX];
};

/*
 * Reads a list of 1 to ATT_REF_GLOBS_MAX globs, borrowed from `j`; a missing
 * member gives 0 and leaves *ret as it was.
 */
int att_ref_globs_read(const json_t *j, const char *name,
    struct att_ref_globs *ret, struct att_err *err) ATT_MUST;
/* `*` any run, `?` one byte; an empty list matches everything. */
bool att_ref_globs_match(const struct att_ref_globs *g, const char *text)
    ATT_MUST;

/* Texts are borrowed from the document. */
struct att_ref_head {
	const char *id;
	int64_t version;
	/* seconds since 1970; INT64_MIN, INT64_MAX: no bound */
	int64_t valid_from, valid_until;
	struct att_ref_globs vendor, product, groups;
};

/*
 * Reads the head of an object whose "format" must be `format`; any other is
 * ATT_E_UNSUPPORTED. `names` (NULL-terminated) are the members that such a
 * document may have besides: what is in neither list is refused.
 */
int att_ref_head_read(json_t *doc, const char *format,
    const char *const *names, struct att_ref_head *ret, struct att_err *err)
    ATT_MUST;
/* What a document is to begin with. */
struct att_ref_heading {
	const char *id;
	int64_t version;
	const char *comment;	/* or NULL */
	/* seconds since 1970; INT64_MIN, INT64_MAX: no bound */
	int64_t valid_from, valid_until;
	/* NULL-terminated, or NULL: any */
	const char *const *vendor, *const *product, *const *groups;
};
/* Puts that into *doc; nothing is checked, as it is when the whole is read. */
int att_ref_head_write(json_t *doc, const char *format,
    const struct att_ref_heading *h, struct att_err *err) ATT_MUST;

/* It is a word in paths and on command lines. */
bool att_ref_is_id(const char *id) ATT_MUST;

/* The platform as the operator or the EK certificate says, never the node. */
struct att_platform {
	const char *vendor, *product;
	const char *const *groups;	/* NULL-terminated, or NULL */
};
/*
 * Globs (`*`, `?`) over vendor and product, and one of the groups where the
 * document names some. A document without any rule matches every platform.
 */
bool att_ref_head_matches(const struct att_ref_head *h,
    const struct att_platform *p) ATT_MUST;
bool att_ref_head_is_valid_at(const struct att_ref_head *h, int64_t now)
    ATT_MUST;
/*
 * It is for this platform, or was before its time was over: a document that
 * nobody renewed is no reason to look away from a node.
 */
bool att_ref_head_concerns(const struct att_ref_head *h,
    const struct att_platform *p, int64_t now) ATT_MUST;

#endif
