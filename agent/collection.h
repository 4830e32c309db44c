/*
 * Evidence, collected: the logs and the quote that goes with them.
 *
 * The order matters. A log must never be behind the quote, or an extend that
 * came in between looks like a forged register; so a log is read after the
 * quote. But a bound quote signs the digest of each log, which must be known
 * before. So the logs are read, quoted over, and read again: if the bytes are
 * the same, they hold all that was logged up to the quote. If they are not,
 * an unbound quote takes the newer bytes, and a bound one is made again over
 * them, ATT_COLLECT_TRIES times in all.
 *
 * IMA's list grows at any time, and no binding covers it (evidence/bundle.h):
 * it is read after the quote, from a little before where it ended when it was
 * offered: what is read twice has to be the same, so that it only grew.
 *
 * Whether the log gives the quoted values is for the verifier to say.
 */
#ifndef ATT_AGENT_COLLECTION_H
#define ATT_AGENT_COLLECTION_H

#include "agent/boot.h"
#include "agent/source.h"
#include "evidence/bundle.h"
#include "tpm/quote.h"

#define ATT_COLLECT_TRIES 5

/*
 * Starts from zero; att_collection_done empties it. Its members point at each
 * other: it is never copied.
 */
struct att_collection {
	struct att_source source;	/* closed once it is quoted */
	struct att_boot_facts boot;
	struct att_buf item[ATT_ITEM_COUNT];
	/* events, records, lines, documents; of what is read so far */
	int64_t entries[ATT_ITEM_COUNT];
	char reason[ATT_ITEM_COUNT][ATT_ERR_TEXT_MAX + 1];
	/* the last append to systemd's log was cut off; "" or a warning */
	char warning[ATT_ERR_TEXT_MAX + 1];
	uint8_t challenge[ATT_CHALLENGE_MAX];
	struct att_tpm_signed quote;
	/* borrows from all of the above; whole after att_collection_quote */
	struct att_evidence evidence;
};
void att_collection_done(struct att_collection *c);

/*
 * Reads how the machine is set up, and boot log, systemd's log, IMA's list, the
 * firmware claims and what devices signed, as the configuration names them,
 * under its cap and, but for the list, ATT_ITEM_MAX. What does not exist is
 * ABSENT, what cannot be read UNREADABLE, and so is a list that cannot be sent
 * as text; neither is an error, as the verifier is told.
 *
 * systemd's log is read under its lock (flock, shared), waiting a while for
 * its writer.
 */
int att_collection_read(const struct att_agent_config *config,
    struct att_collection *ret, struct att_err *err) ATT_MUST;

/* An item that was not read but made here; its bytes are taken. */
void att_collection_put(struct att_collection *c, enum att_item item,
    struct att_buf *bytes);

/* What is to be quoted, and over which items; all borrowed. */
struct att_quote_order {
	struct att_slice challenge;
	const struct att_pcr_select *select;
	size_t select_count;
	bool bound;	/* to the items; else they only go along */
	const enum att_item *item;
	size_t item_count;
	int64_t ima_offset;	/* first line of ima_log */
};

/*
 * Quotes and reads again, as said above. Of ima_log the lines from ima_offset
 * on are the evidence; if it is not among the items it is ABSENT. An item that
 * is not PRESENT is ATT_E_NOT_FOUND; logs that do not stop growing, and a list
 * that was trimmed meanwhile, are ATT_E_BUSY; else as att_tpm_quote.
 */
int att_collection_quote(struct att_collection *c,
    const struct att_agent_config *config, struct att_tpm_ak *ak,
    const struct att_quote_order *order, struct att_err *err) ATT_MUST;

#endif
