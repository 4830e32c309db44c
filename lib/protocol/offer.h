/*
 * What evidence a node can give: POST /v3.0/agents/{id}/attestations. The
 * answer is protocol/demand.h's.
 */
#ifndef ATT_PROTOCOL_OFFER_H
#define ATT_PROTOCOL_OFFER_H

#include "base/pcr.h"
#include "evidence/bundle.h"
#include "evidence/facts.h"
#include "protocol/offer_key.h"
#include "protocol/timestamp.h"

/* Name of the binding of evidence/binding.h, as offered and chosen. */
#define ATT_BINDING_NAME "attestd-1"

#define ATT_OFFER_ENTRIES_MAX 32	/* of evidence_supported */
#define ATT_OFFER_KEYS_MAX 4
#define ATT_OFFER_COUNT_MAX (1LL << 40)	/* entry_count */

struct att_offer_item {
	/*
	 * ABSENT: not offered. UNREADABLE: it exists and could not be read; it
	 * is offered with that reason and cannot be asked for.
	 */
	enum att_item_state state;
	int64_t entries;	/* PRESENT: events, lines; 0: read, and empty */
	const char *reason;	/* UNREADABLE: clean text */
	/*
	 * PRESENT: SHA-256 of its bytes as they are now; alg 0: not said, as
	 * always of ima_log and node_facts, of which parts are sent.
	 */
	struct att_digest sha256;
};

/* What a node has of node_facts. */
struct att_offer_facts {
	char queue[ATT_FACT_QUEUE_LEN + 1];
	int64_t first, last;	/* seq */
};

struct att_offer {
	/* banks that have values, with the PCRs in each */
	size_t banks;
	struct att_pcr_select bank[ATT_BANKS_MAX];
	size_t keys;
	struct att_offer_key key[ATT_OFFER_KEYS_MAX];
	bool can_bind;		/* ATT_BINDING_NAME is offered */
	struct att_offer_item item[ATT_ITEM_COUNT];
	struct att_offer_facts facts;	/* if that item is PRESENT */
	/*
	 * RFC 3339, one and the same text for the whole boot, never made up
	 * (upstream compares it, and answers 500 if it is missing).
	 */
	const char *boot_time;
	/* "" or NULL: not said. Parsed: never NULL, clean text. */
	const char *boot_id;
	const char *hint_vendor, *hint_product;
	struct att_keep keep;
};

/* The one format in which an item is sent: "application/octet-stream". */
const char *att_offer_format(enum att_item item) ATT_MUST;
/* The PCRs that are offered of a bank; 0: none. */
uint32_t att_offer_pcrs(const struct att_offer *o, uint16_t alg) ATT_MUST;

/*
 * At least one bank and one key; a boot_time that is not RFC 3339 is
 * ATT_E_USAGE.
 */
int att_offer_encode(const struct att_offer *o, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
/*
 * The verifier's side. tpm_quote must be there once; types and capabilities
 * that are not known are passed over; a known type twice, a PCR that does not
 * exist, a bank that is not among hash_algorithms and the like are
 * ATT_E_FORMAT with *where. Banks that cannot be hashed here are passed over.
 */
int att_offer_parse(struct att_slice body, struct att_offer *ret,
    struct att_pointer *where, struct att_err *err) ATT_MUST;
void att_offer_done(struct att_offer *o);

#endif
