/*
 * What a TPM's registers must hold if it extended exactly what the logs say:
 * PCR := H(PCR || digest), per bank (TPM 2.0 Part 1, 17.2; PFP 10.4).
 *
 * Feed the events of the boot log in order, then the records of systemd's log,
 * and compare. One pass; nothing is allocated.
 */
#ifndef ATT_EVENTLOG_REPLAY_H
#define ATT_EVENTLOG_REPLAY_H

#include "base/pcr.h"
#include "eventlog/quirk.h"
#include "eventlog/tcg.h"
#include "eventlog/userspace.h"

/* One register of one bank. */
struct att_register {
	struct att_digest value;	/* after the boot log */
	struct att_digest capped;	/* with Windows' cap; alg 0: not yet */
	uint16_t events;	/* that were logged for it; stops at 65535 */
	bool incomplete;	/* an event lacks this bank's digest */
	bool cap_unknown;	/* and even the cap does not say why */
};

/* Options of a comparison: what policy allows beyond the logs' word. */
#define ATT_REPLAY_WINDOWS_CAP (1u << 0)	/* quirk windows-sha1-cap */
#define ATT_REPLAY_EBS_MISSING (1u << 1)	/* quirk ebs-missing */
#define ATT_REPLAY_GUESS_WORDS (1u << 2)	/* quirk guessed */

struct att_replay {
	struct att_hasher *hasher;		/* borrowed */
	enum att_tcg_kind kind;
	bool agile;
	size_t bank_count;
	uint16_t alg[ATT_BANKS_MAX];
	struct att_register reg[ATT_BANKS_MAX][ATT_PCR_COUNT];
	bool has_locality;
	uint8_t locality;	/* of startup: 0, 3 or 4 */
	uint32_t locality_event;
	bool pcr0_begun;	/* something was extended there */
	bool hcrtm;		/* PCR 0 began with an H-CRTM event */
	bool locality_fault;	/* said twice, late, or no such locality */
	bool drtm;		/* PCR 17-22 logged: a launch reset them */
	bool ebs_seen;		/* PCR 5 has an ExitBootServices event */
	bool windows;		/* its loader closed PCR 12-14 */
	uint8_t separators[8];	/* of PCR 0-7; stops at 255 */
	uint32_t quirks;	/* enum att_quirk, met while feeding */
	const struct att_userspace_log *user;	/* borrowed, or NULL */
};

/*
 * Begins, for the banks in `alg` (those that are not in the log, or not
 * known, are left out); count 0: for all known ones of the log.
 */
void att_replay_begin(struct att_replay *r, const struct att_tcglog *log,
    const uint16_t *alg, size_t count, struct att_hasher *h);
/* The next event of the boot log. */
int att_replay_event(struct att_replay *r, const struct att_event *ev,
    struct att_err *err) ATT_MUST;
/* Iterates over the log and feeds all of it; *ret_used: bytes, or NULL. */
int att_replay_log(struct att_replay *r, const struct att_tcglog *log,
    size_t *ret_used, struct att_err *err) ATT_MUST;
/* The quirk of a log that ends so; 0: none. */
uint32_t att_replay_tail_quirk(enum att_tcg_tail tail) ATT_MUST;
/* The records that follow; `user` must outlive *r. */
void att_replay_user(struct att_replay *r,
    const struct att_userspace_log *user);

/*
 * The registers that the logs extend, with all records of systemd's log. An
 * incomplete one is left out.
 */
int att_replay_values(const struct att_replay *r, struct att_pcrs *ret,
    struct att_err *err) ATT_MUST;

enum att_match {
	ATT_MATCH_NONE = 0,	/* no such bank in the log: nothing is said */
	ATT_MATCH,		/* the logs give this value */
	ATT_MATCH_RESET,	/* nothing logged, and the reset value */
	ATT_MATCH_NO_DRTM,	/* PCR 17-22, nothing logged, all ones */
	ATT_MISMATCH,		/* the logs give another value */
	ATT_MISMATCH_NO_EVENTS,	/* nothing logged, not the reset value */
	ATT_MATCH_INCOMPLETE,	/* digests are missing: cannot be said */
};
/* "match", ... */
const char *att_match_name(enum att_match m) ATT_MUST;

struct att_match_info {
	struct att_digest expected;	/* by the logs; alg 0: not known */
	uint32_t quirks;		/* that made it a match */
	size_t records_left;	/* of systemd's log, later than the quote */
};

/*
 * Compares one register. The quote is older than the logs: systemd's log may
 * have grown since, so every beginning of it is tried. `ret_info` may be NULL.
 */
int att_replay_match(const struct att_replay *r, uint16_t alg, unsigned pcr,
    struct att_slice value, uint32_t options, enum att_match *ret,
    struct att_match_info *ret_info, struct att_err *err) ATT_MUST;

#endif
