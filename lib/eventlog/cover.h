/*
 * "The digest covers the data": only register, order and digest of an event
 * are authenticated, so its data is a claim only where the digest is a hash of
 * it, by the rule of its type.
 */
#ifndef ATT_EVENTLOG_COVER_H
#define ATT_EVENTLOG_COVER_H

#include "eventlog/quirk.h"
#include "eventlog/tcg.h"

enum att_cover {
	ATT_COVER_UNBOUND = 0,	/* the digest is the claim, data a hint */
	ATT_COVER_NEVER,	/* not extended: proves nothing at all */
	ATT_COVER_EXACT,	/* the digest is of the data, as of its type */
	ATT_COVER_QUIRK,	/* it is, in a way that a quirk names */
	ATT_COVER_BROKEN,	/* the type demands it, and it is not */
	ATT_COVER_DISGUISED,	/* a separator's digest, another type's name */
};
/* "unbound", "not extended", "exact", "exact (quirk)", "broken", "disguised" */
const char *att_cover_name(enum att_cover c) ATT_MUST;
/*
 * True if the data may be believed as far as the digest is. Of a boot variable
 * that is VariableData alone if quirk varboot-data is there; of a section of a
 * unified kernel image its name; of a GRUB event the text behind its first word
 * and before the NUL.
 */
static inline bool
att_cover_holds(enum att_cover c)
{
	return c == ATT_COVER_EXACT || c == ATT_COVER_QUIRK;
}
/* True if the event must be taken for forged. */
static inline bool
att_cover_fails(enum att_cover c)
{
	return c == ATT_COVER_BROKEN || c == ATT_COVER_DISGUISED;
}

#define ATT_COVER_MARKS 5	/* digests that only some types may have */

/*
 * What a log does the same way throughout. Zero at its beginning, but for the
 * kind, which is of the log.
 */
struct att_cover_state {
	enum att_tcg_kind kind;
	uint32_t varboot;	/* the form of EV_EFI_VARIABLE_BOOT, or 0 */
	struct att_digest mark[ATT_COVER_MARKS];	/* alg 0: not yet */
};

/*
 * Judges one event by its digest in bank `alg`; an event without one is
 * UNBOUND. Quirks are added to *quirks. Negative only if hashing fails.
 */
int att_cover_event(struct att_cover_state *st, struct att_hasher *h,
    uint16_t alg, const struct att_event *ev, enum att_cover *ret,
    uint32_t *quirks, struct att_err *err) ATT_MUST;

#endif
