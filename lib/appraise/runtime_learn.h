/*
 * Keys for a runtime policy out of the IMA list of a node that is known to be
 * good. A policy names keys of keyrings by their digests; what is in the list
 * with such a digest is the key itself.
 */
#ifndef ATT_APPRAISE_RUNTIME_LEARN_H
#define ATT_APPRAISE_RUNTIME_LEARN_H

#include "base/json.h"
#include "eventlog/ima.h"

/*
 * Adds to "keys" of the document each key that the list has under a name and a
 * digest of its "buffers", unless there is one of its id. What is listed as
 * "any" is not taken for a key. The document is to be parsed after it.
 */
int att_runtime_learn(json_t *doc, const struct att_ima_list *list,
    struct att_hasher *h, size_t *ret_added, struct att_err *err) ATT_MUST;

#endif
