/*
 * Logs that do not travel again: the verifier holds a node's logs of this
 * boot and asks for them by their digests (docs/PROTOCOL-push.txt, 6).
 *
 * A digest says no more than the bytes would: the quote is bound to it, and
 * the bytes behind it are looked at as if they had come.
 */
#ifndef ATT_VERIFIER_HELD_H
#define ATT_VERIFIER_HELD_H

#include "verifier/received.h"

/* Marks what of the demand may come by its digest. */
int att_held_ask(struct att_store *s, const struct att_node *node,
    const struct att_offer *o, struct att_demand *d, struct att_err *err)
    ATT_MUST;
/*
 * Makes the evidence whole: reads what came by its digest, into got->log.
 * ATT_E_NOT_FOUND: it is not held any more, or what is held are other bytes,
 * which are dropped.
 */
int att_held_fill(struct att_store *s, const char *node,
    struct att_received *got, struct att_err *err) ATT_MUST;
/*
 * What is to be held from now on, of evidence that is whole; the bytes are
 * borrowed.
 */
int att_held_list(const struct att_received *got,
    struct att_store_log ret[static ATT_ITEM_COUNT], size_t *ret_count,
    struct att_err *err) ATT_MUST;

#endif
