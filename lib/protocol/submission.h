/* Evidence: PATCH /v3.0/agents/{id}/attestations/latest, and its 202. */
#ifndef ATT_PROTOCOL_SUBMISSION_H
#define ATT_PROTOCOL_SUBMISSION_H

#include "protocol/demand.h"

#define ATT_SUBMISSION_MAX ATT_BUNDLE_MAX	/* bytes of the body */

/*
 * Exactly what was asked for, in the order asked. `e` gives attest, signature,
 * pcrs and the items; one that was asked for and is not PRESENT is
 * ATT_E_NOT_FOUND, and nothing is to be sent then. ima_log: the lines from
 * d->ima_offset on, each ending in a newline. An item whose bytes have the
 * digest of d->held goes by that digest.
 */
int att_submission_encode(const struct att_evidence *e,
    const struct att_demand *d, struct att_buf *ret, struct att_err *err)
    ATT_MUST;

/*
 * The verifier's side. `evidence` is whole but for agent_id, ek_cert and
 * ak_public, which are the verifier's own knowledge of the node: challenge and
 * binding are those of the demand, boot_id, hint and unreadable items those of
 * the offer, and borrowed from both.
 */
struct att_submission {
	struct att_evidence evidence;
	/*
	 * Of an item that came by the digest of d->held: that. It is ABSENT in
	 * the evidence until somebody who holds the bytes puts them there.
	 */
	struct att_digest held[ATT_ITEM_COUNT];
	struct att_keep keep;
};
int att_submission_parse(struct att_slice body, const struct att_offer *o,
    const struct att_demand *d, struct att_submission *ret,
    struct att_pointer *where, struct att_err *err) ATT_MUST;
void att_submission_done(struct att_submission *s);

/*
 * The 202: evidence was taken, appraisal follows; the next attestation is due
 * in `seconds`. The evidence is not sent back.
 */
int att_submission_answer_encode(const char *agent_id, uint64_t index,
    const struct att_demand *d, int64_t received_at, uint32_t seconds,
    struct att_buf *ret, struct att_err *err) ATT_MUST;
/*
 * Seconds until the next one, never outside min..max, whatever the body says;
 * `otherwise` if it does not say. The status alone says that evidence was
 * taken.
 */
uint32_t att_submission_next(struct att_slice body, uint32_t min,
    uint32_t max, uint32_t otherwise) ATT_MUST;

#endif
