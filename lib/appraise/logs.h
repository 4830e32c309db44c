/*
 * The logs of one appraisal, read once: their events by register, and the
 * replay that compares them with quoted values.
 */
#ifndef ATT_APPRAISE_LOGS_H
#define ATT_APPRAISE_LOGS_H

#include "appraise/finding.h"
#include "eventlog/cover.h"
#include "eventlog/replay.h"
#include "evidence/bundle.h"

#define ATT_LOGS_EVENTS_MAX UINT16_MAX	/* of both logs together */

/* One extended event, of the boot log or of systemd's. */
struct att_log_event {
	/*
	 * Counted as tpm2_eventlog does; systemd's records are counted on
	 * behind the last event of the boot log.
	 */
	uint32_t number;
	uint32_t type;		/* enum att_event_type; 0 for a record */
	uint8_t pcr;
	enum att_cover cover;	/* UNBOUND until att_logs_cover says more */
	const struct att_user_record *record;	/* NULL: of the boot log */
	struct att_slice data;	/* none for a record */
	const uint8_t *digest[ATT_BANKS_MAX];	/* as `bank`; NULL: none */
};

struct att_logs {
	size_t bank_count;
	uint16_t bank[ATT_BANKS_MAX];
	struct att_hasher *hasher;		/* borrowed */
	struct att_tcglog tcg;
	struct att_replay replay;
	struct att_userspace_log *user;		/* or NULL */
	bool has_boot_log;
	uint32_t quirks;	/* enum att_quirk, of the framing and replay */
	size_t count;
	struct att_log_event *event;		/* by PCR, then as logged */
	size_t first[ATT_PCR_COUNT + 1];	/* of each PCR in event[] */
};
void att_logs_done(struct att_logs *l);

/*
 * Reads the boot log, and systemd's log if `user` is present, for these
 * banks. `boot_id` picks the records of one boot; NULL or no identifier: all.
 * Slices are of the evidence, which must outlive *ret. A log that cannot be
 * read is a finding and leaves `has_boot_log` false or `user` NULL; negative
 * only if nothing can be said.
 */
int att_logs_open(struct att_logs *ret, const struct att_evidence_item *boot,
    const struct att_evidence_item *user, const char *boot_id,
    const uint16_t *bank, size_t banks, struct att_hasher *h,
    att_finding_fn *report, void *arg, struct att_err *err) ATT_MUST;

/*
 * Judges what each event's digest covers: by the digest of bank[bank_of[pcr]],
 * and not at all where that is -1. Quirks go to `quirks`.
 */
int att_logs_cover(struct att_logs *l, const int bank_of[ATT_PCR_COUNT],
    struct att_err *err) ATT_MUST;

/* Position of a bank in `bank`, or -1. */
int att_logs_bank(const struct att_logs *l, uint16_t alg) ATT_MUST;
/* The events of one PCR; *ret_count of them. */
const struct att_log_event *att_logs_pcr(const struct att_logs *l,
    unsigned pcr, size_t *ret_count) ATT_MUST;
/* The event's digest in this bank; empty if it has none. */
struct att_slice att_logs_digest(const struct att_logs *l,
    const struct att_log_event *ev, uint16_t alg) ATT_MUST;
/* The event in the form of the boot log's reader, with this bank's digest. */
struct att_event att_logs_event(const struct att_logs *l,
    const struct att_log_event *ev, uint16_t alg) ATT_MUST;
/* Fills event, type, type_name and label. */
void att_logs_describe(const struct att_logs *l,
    const struct att_log_event *ev, struct att_finding *f);

#endif
