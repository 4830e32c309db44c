/*
 * Runtime policies of Keylime, as keylime-policy writes them (its schema in
 * keylime/ima/types.py): {"meta", "release", "digests", "excludes",
 * "keyrings", "ima", "ima-buf", "verification-keys"}.
 */
#ifndef ATT_APPRAISE_RUNTIME_KEYLIME_H
#define ATT_APPRAISE_RUNTIME_KEYLIME_H

#include "base/json.h"

/*
 * What of a policy has no counterpart here, or means less. Made clean by
 * att_err_set; the last says so if there was more.
 */
#define ATT_RUNTIME_NOTES_MAX 16
struct att_runtime_notes {
	size_t count;
	char note[ATT_RUNTIME_NOTES_MAX][ATT_ERR_TEXT_MAX + 1];
};

/*
 * Makes a document of ours (docs/PROTOCOL-runtime.txt, section 5), the
 * caller's. It is never laxer: what has no counterpart and only allows is left
 * out, and noted; what might restrict is refused.
 */
int att_runtime_from_keylime(struct att_slice text, const char *id,
    int64_t version, json_t **ret, struct att_runtime_notes *ret_notes,
    struct att_err *err) ATT_MUST;

#endif
