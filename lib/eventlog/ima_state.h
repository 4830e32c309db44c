/*
 * Where the replay of an IMA list stands, so that the next appraisal of the
 * same boot need not begin anew.
 */
#ifndef ATT_EVENTLOG_IMA_STATE_H
#define ATT_EVENTLOG_IMA_STATE_H

#include "base/pcr.h"

enum att_ima_form {
	ATT_IMA_FORM_UNKNOWN = 0,
	ATT_IMA_PER_BANK,	/* each bank its own hash */
	ATT_IMA_PADDED,		/* SHA-1, padded with zeros */
};
/* "unknown", "per-bank", "padded" */
const char *att_ima_form_name(enum att_ima_form f) ATT_MUST;

/*
 * Where a replay stands, to be kept between two appraisals of one boot: the
 * entries so far and the running value of each register that they extended.
 */
struct att_ima_state {
	uint64_t entries;
	enum att_ima_form form;		/* that matched; UNKNOWN: none yet */
	struct att_pcrs pcrs;
};

/*
 * At the beginning of a boot's list: `start` (NULL: nothing) is what registers
 * held by then that others had extended; all others hold zeros.
 */
void att_ima_state_begin(struct att_ima_state *st,
    const struct att_pcrs *start);

/*
 * Bytes, at most ATT_IMA_STATE_MAX: "IMA\1", be64 entries, u8 form, u8 banks,
 * and for each bank be16 algorithm, be32 mask of registers, their values in
 * ascending order. Parsing takes nothing else.
 */
#define ATT_IMA_STATE_MAX 8192
void att_ima_state_encode(const struct att_ima_state *st,
    struct att_buf *ret);
int att_ima_state_parse(struct att_slice bytes, struct att_ima_state *ret,
    struct att_err *err) ATT_MUST;

#endif
