/*
 * What evidence the verifier wants, out of what was offered: the answer 201 to
 * POST /v3.0/agents/{id}/attestations.
 */
#ifndef ATT_PROTOCOL_DEMAND_H
#define ATT_PROTOCOL_DEMAND_H

#include "protocol/challenge.h"
#include "protocol/offer.h"

#define ATT_DEMAND_ENTRIES_MAX 16	/* of evidence_requested */

struct att_demand {
	size_t challenge_len;
	uint8_t challenge[ATT_CHALLENGE_MAX];
	size_t key;		/* index into the offer's keys */
	uint16_t scheme;	/* enum att_sig_scheme */
	/* One bank; its algorithm is the signature's and pcrDigest's too. */
	struct att_pcr_select select;
	/*
	 * True: qualifyingData is att_binding_compute over the items below, in
	 * their order. False: it is the challenge.
	 */
	bool bound;
	/* All but the quote, in the order asked; `before` of them before it. */
	size_t count, before;
	enum att_item item[ATT_ITEM_COUNT];
	int64_t ima_offset;	/* first line of ima_log, if that is asked */
	/* node_facts, if that is asked: all below are the verifier's by now */
	int64_t facts_from;
	/*
	 * Items asked for of which the verifier holds the bytes: the digest
	 * that was offered; alg 0: it does not. Only in a bound quote, which
	 * signs the digest, whether it travels or the bytes.
	 */
	struct att_digest held[ATT_ITEM_COUNT];
	/* the verifier's clock, seconds since 1970; 0: not told */
	int64_t received_at;	/* of the offer */
	int64_t expires_at;	/* of the challenge */
};

bool att_demand_asks(const struct att_demand *d, enum att_item item) ATT_MUST;

/* Where the attestation stands: "/v3.0/agents/{id}/attestations/{index}". */
#define ATT_ATTESTATION_PATH_MAX (40 + ATT_AGENT_ID_MAX + 20)
int att_attestation_path(const char *agent_id, uint64_t index,
    char ret[static ATT_ATTESTATION_PATH_MAX + 1], struct att_err *err)
    ATT_MUST;

/*
 * The 201. `o` is the offer that it answers: an item or parameter that `o`
 * does not hold is ATT_E_USAGE, since the agent would refuse it.
 */
int att_demand_encode(const struct att_demand *d, const struct att_offer *o,
    const char *agent_id, uint64_t index, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
/*
 * The agent's side, and the verifier's for what it stored. `o` is the offer
 * that was sent. Anything that was not offered, and any chosen parameter that
 * is not known, is refused, never ignored. ATT_E_NOT_FOUND: the verifier wants
 * nothing, as Keylime answers a node that is enrolled without a policy; that
 * node can never pass.
 */
int att_demand_parse(struct att_slice body, const struct att_offer *o,
    struct att_demand *ret, struct att_err *err) ATT_MUST;

#endif
