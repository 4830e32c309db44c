/*
 * What an operator wants to be told of by attestd, and to find again: messages
 * with ids and fields (agent/tell.h). systemd/attestd.catalog explains each.
 *
 * They tell of changes, so that whoever filters for them is not told each
 * minute what he knows; the routine is lines of base/log.h.
 */
#ifndef ATT_AGENT_JOURNAL_H
#define ATT_AGENT_JOURNAL_H

#include "base/log.h"

enum att_message {
	ATT_MESSAGE_PASS,	/* the verdict has become this */
	ATT_MESSAGE_FAIL,
	ATT_MESSAGE_UNDECIDED,
	ATT_MESSAGE_WAITING,	/* not enrolled at the verifier */
	ATT_MESSAGE_ENROLLED,	/* any more */
	ATT_MESSAGE_CONFLICT,	/* another TPM or AK has this name */
	ATT_MESSAGE_NEW_AK,	/* first start, or the TPM was cleared */
	ATT_MESSAGE_FIRMWARE,	/* a range is another */
	ATT_MESSAGE_UNMEASURED,	/* a pass over the firmware left nothing */
	ATT_MESSAGE_CONFIG,	/* the configuration is not taken */
	ATT_MESSAGE_COUNT
};
/* 32 hex digits; stable, as operators filter for it. */
const char *att_message_id(enum att_message m) ATT_MUST;

/* Each is ATTESTD_ and this in capitals. */
enum att_field {
	ATT_FIELD_NODE,		/* agent_id */
	ATT_FIELD_VERDICT,	/* pass, fail, undecided */
	ATT_FIELD_OUTCOME,	/* of the attempt, as attestd.8 lists them */
	ATT_FIELD_VERIFIER,	/* URL */
	ATT_FIELD_REASON,	/* one sentence */
	ATT_FIELD_FIRMWARE_CHIP,
	ATT_FIELD_FIRMWARE_RANGE,
	ATT_FIELD_FIRMWARE_CHANGE,	/* content, removed, added, gone */
	ATT_FIELD_COUNT
};
const char *att_field_name(enum att_field f) ATT_MUST;

#define ATT_JOURNAL_LINE_MAX 1023	/* bytes; it is cut there */

/* `field` by enum att_field; NULL and "" are left out. From any thread. */
void att_journal(enum att_message m,
    const char *const field[static ATT_FIELD_COUNT], const char *fmt, ...)
    ATT_PRINTF(3, 4);

#endif
