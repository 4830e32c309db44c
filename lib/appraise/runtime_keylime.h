/*
 * Runtime policies of Keylime, as keylime-policy writes them (its schema in
 * keylime/ima/types.py): {"meta", "release", "digests", "excludes",
 * "keyrings", "ima", "ima-buf", "verification-keys"}.
 */
#ifndef ATT_APPRAISE_RUNTIME_KEYLIME_H
#define ATT_APPRAISE_RUNTIME_KEYLIME_H

#include "base/json.h"

/* What of a policy has no counterpart here; texts are static. */
#define ATT_RUNTIME_NOTES_MAX 8
struct att_runtime_notes {
	size_t count;
	const char *note[ATT_RUNTIME_NOTES_MAX];
};

/*
 * Makes a document of ours (docs/PROTOCOL-runtime.txt, section 5), the
 * caller's. It is never laxer: what has no counterpart is left out, and noted.
 */
int att_runtime_from_keylime(struct att_slice text, const char *id,
    int64_t version, json_t **ret, struct att_runtime_notes *ret_notes,
    struct att_err *err) ATT_MUST;

#endif
