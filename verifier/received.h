/*
 * Evidence as it came, made whole by what the verifier sent before and knows
 * of the node. The store keeps the bytes; this reads them, when they come and
 * whenever somebody wants to see them again.
 */
#ifndef ATT_VERIFIER_RECEIVED_H
#define ATT_VERIFIER_RECEIVED_H

#include "protocol/submission.h"
#include "verifier/store.h"

struct att_received {
	struct att_offer offer;
	struct att_demand demand;
	struct att_submission sub;
	/* bytes of items that came by their digests (verifier/held.h) */
	struct att_buf log[ATT_ITEM_COUNT];
};
void att_received_done(struct att_received *r);

/*
 * `body` is what the node sent for this attestation; for an error in it *where
 * is as att_submission_parse says. If offer and demand, which this program
 * stored, do not read, that is ATT_E_DB. The evidence borrows from node,
 * attestation and *ret, which therefore stays where it is. It is whole but for
 * what came by its digest, which att_held_fill puts there.
 */
int att_received_parse(const struct att_node *node,
    const struct att_attestation *a, struct att_slice body,
    struct att_received *ret, struct att_pointer *where, struct att_err *err)
    ATT_MUST;

#endif
