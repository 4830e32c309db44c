/*
 * Canonical event logs in TLV encoding (TCG CEL 1.0, section 5): type of one
 * byte, length of four, big endian. Nothing is allocated; slices are of the
 * log's bytes.
 */
#ifndef ATT_EVENTLOG_CEL_H
#define ATT_EVENTLOG_CEL_H

#include "eventlog/replay.h"

#define ATT_CEL_LOG_MAX (16u << 20)	/* bytes of a log */

enum att_cel_index {
	ATT_CEL_PCR,
	ATT_CEL_NV,	/* an NV index: no register */
	ATT_CEL_CC,	/* register of a confidential guest; Google's type */
};

/* Types of content that matter here; others are passed on. */
#define ATT_CEL_MGT 4		/* of the log itself */
#define ATT_CEL_PCCLIENT_STD 5	/* an event of the firmware */

struct att_cel_record {
	uint64_t number;	/* recnum */
	uint64_t offset;	/* of its first byte in the log */
	enum att_cel_index kind;
	uint32_t index;
	size_t digest_count;
	struct att_event_digest digest[ATT_TCG_ALGS_MAX];
	uint8_t content_type;
	struct att_slice content;
};

struct att_cel_iter {
	struct att_cur cur;
	size_t count;		/* records that were read */
	uint64_t number;	/* that the next one must have */
};

/* Borrows the log. */
struct att_cel_iter att_cel_begin(struct att_slice raw);
/*
 * 1 with the next record, 0 at the end. A record that is cut, out of order or
 * longer than its parts is an error with its offset, and nothing can be read
 * behind it.
 */
int att_cel_next(struct att_cel_iter *it, struct att_cel_record *ret,
    struct att_err *err) ATT_MUST;

/*
 * The record as an event of a boot log. Its type and data are those of the
 * content pcclient_std; of any other it is EV_UNUSED without data, or
 * EV_NO_ACTION if the log only says something of itself.
 */
int att_cel_event(const struct att_cel_record *rec, struct att_event *ret,
    struct att_err *err) ATT_MUST;

/*
 * Replays all of it, in the banks that it names: then *ret can be asked as
 * after a boot log, and after a failure it is of no use. A log without records
 * is ATT_E_SHORT; one that mixes PCRs with registers of a guest ATT_E_FORMAT.
 */
int att_cel_replay(struct att_slice raw, struct att_hasher *h,
    struct att_replay *ret, struct att_err *err) ATT_MUST;

#endif
