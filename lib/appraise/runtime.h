/*
 * Runtime policy: which files may have been run or read, by path and digest,
 * as the entries of an IMA list tell. JSON on disk (docs/PROTOCOL-runtime.txt),
 * compiled once and then shared read-only; a look-up costs one hash of the
 * path, however many files there are.
 */
#ifndef ATT_APPRAISE_RUNTIME_H
#define ATT_APPRAISE_RUNTIME_H

#include "appraise/imakeys.h"
#include "appraise/refhead.h"
#include "eventlog/ima_template.h"

#define ATT_RUNTIME_FORMAT "attestd-runtime-policy/1"
#define ATT_RUNTIME_FILE_MAX (32u << 20)	/* bytes of one document */
#define ATT_RUNTIME_TEMPLATES_MAX 32
#define ATT_RUNTIME_BOOT_AGGREGATE "boot_aggregate"

struct att_runtime;
void att_runtime_free(struct att_runtime *r);
ATT_DEFINE_AUTO(struct att_runtime, att_runtime_free)

/* Parses and compiles; what is not known is refused and named. */
int att_runtime_parse(struct att_slice text, struct att_runtime **ret,
    struct att_err *err) ATT_MUST;

const struct att_ref_head *att_runtime_head(const struct att_runtime *r)
    ATT_MUST;
size_t att_runtime_files(const struct att_runtime *r) ATT_MUST;
size_t att_runtime_keys(const struct att_runtime *r) ATT_MUST;
/* True if a boot_aggregate of another boot, or none, is taken. */
bool att_runtime_any_boot(const struct att_runtime *r) ATT_MUST;

/* An entry as policies look at it. Slices are of the entry. */
struct att_runtime_entry {
	struct att_slice template;
	bool readable;		/* else `why` says what is wrong */
	bool violation;		/* what it says is nobody's word */
	bool buffer;		/* of a buffer, by its name, not of a file */
	struct att_slice bytes;	/* of the buffer */
	struct att_ima_subject subject;
	struct att_slice signature;	/* of the file, as it is; or no bytes */
	bool appended;		/* it has one of the kind "modsig" */
	struct att_err why;
};
/*
 * Reads an entry. That of a buffer is readable only if its digest is of the
 * buffer: no digest covers the template's name, so that of a file could be
 * called one. Negative only if nothing can be said.
 */
int att_runtime_read(const struct att_ima_entry *e, struct att_hasher *h,
    struct att_runtime_entry *ret, struct att_err *err) ATT_MUST;

/* What a policy says of an entry, from worst to best. */
enum att_runtime_word {
	ATT_RUNTIME_TEMPLATE = 0,	/* template not taken, or unreadable */
	ATT_RUNTIME_UNKNOWN,		/* no such file or buffer */
	ATT_RUNTIME_CHANGED,		/* known, with other digests */
	ATT_RUNTIME_VIOLATION,		/* not taken */
	ATT_RUNTIME_NOTED,		/* a violation, taken, worth a word */
	ATT_RUNTIME_TAKEN,
};
/* CHANGED: *ret_expected is one of the digests that would have been taken. */
int att_runtime_look(const struct att_runtime *r,
    const struct att_runtime_entry *e, enum att_runtime_word *ret,
    struct att_digest *ret_expected, struct att_err *err) ATT_MUST;

/*
 * Of an entry that is UNKNOWN or CHANGED: what its signature is worth by the
 * keys of this policy. UNSIGNED if the policy has none, or does not take the
 * template.
 */
int att_runtime_verify(const struct att_runtime *r,
    const struct att_runtime_entry *e, struct att_hasher *h,
    struct att_ima_vouch *ret, struct att_err *err) ATT_MUST;

/*
 * Several documents; borrows them. An entry is taken if one of them takes it,
 * so that a node can have one for its system and one for what it is used for.
 */
#define ATT_RUNTIME_SET_MAX 64
struct att_runtime_set {
	size_t count;
	const struct att_runtime *policy[ATT_RUNTIME_SET_MAX];
};
/*
 * Those of `all` that are for this platform at this time, in their order.
 * ATT_E_LIMIT if they are more than ATT_RUNTIME_SET_MAX.
 */
int att_runtime_select(const struct att_runtime *const *all, size_t count,
    const struct att_platform *p, int64_t now, struct att_runtime_set *ret,
    struct att_err *err) ATT_MUST;
/*
 * SHA-256 over the digests of a set: what was judged by one set has to be
 * judged anew by another.
 */
int att_runtime_set_digest(const struct att_runtime_set *set,
    struct att_digest *ret, struct att_err *err) ATT_MUST;

#endif
