/*
 * Packets between attest-measure and who asks it: docs/PROTOCOL-measure.txt.
 * Bytes in, structs out; neither side believes the other.
 */
#ifndef ATT_AGENT_MEASURE_WIRE_H
#define ATT_AGENT_MEASURE_WIRE_H

#include "agent/measure.h"

#define ATT_WIRE_VERSION 1
#define ATT_WIRE_MAX 512	/* bytes of a packet */

/* -- what is asked --------------------------------------------------------- */

enum att_wire_code {
	ATT_WIRE_BOOT_ID = 1,
	ATT_WIRE_BOOT_LOG,
	ATT_WIRE_USERSPACE_LOG,
	ATT_WIRE_IMA_LOG,	/* argument: the first byte */
	ATT_WIRE_POSTURE,
	ATT_WIRE_SMBIOS,	/* argument: a type */
	ATT_WIRE_INVENTORY,	/* the ESRT, and the BMC by IPMI, too */
	ATT_WIRE_FIRMWARE,
	/* within a pass */
	ATT_WIRE_KEPT,		/* what the pass found is kept by who asked */
	ATT_WIRE_CLOCK,		/* the answer to a question for the clock */
	ATT_WIRE_CODES
};

/* What there is to know of a request. */
struct att_wire_kind {
	const char *name;
	size_t max;	/* bytes that its answer hands over; 0: it has none */
	/* what whoever reads has for it; 0: as the configuration says */
	unsigned seconds;
	uint64_t argument_max;
};
/* NULL for what is none. */
const struct att_wire_kind *att_wire_kind_of(unsigned code) ATT_MUST;

struct att_wire_request {
	enum att_wire_code code;
	uint64_t argument;
	/* of ATT_WIRE_CLOCK; has_clock false: the TPM could not be asked */
	bool has_clock;
	struct att_pass_clock clock;
};
void att_wire_request_encode(const struct att_wire_request *q,
    struct att_buf *ret);
/*
 * ATT_E_UNSUPPORTED: another version or no such request; ATT_E_LIMIT: an
 * argument that it does not take; ATT_E_SHORT, ATT_E_TRAILING, ATT_E_FORMAT.
 */
int att_wire_request_parse(struct att_slice packet,
    struct att_wire_request *ret, struct att_err *err) ATT_MUST;

/* -- what is said ---------------------------------------------------------- */

enum att_wire_reply_kind {
	ATT_WIRE_ANSWER = 1,	/* the last one of a request */
	ATT_WIRE_PROGRESS,
	ATT_WIRE_ASK_CLOCK,
	ATT_WIRE_CHANGE,
};

struct att_wire_reply {
	enum att_wire_reply_kind kind;
	/* of an answer: ATT_OK, or why there is none */
	struct att_err status;
	bool data;	/* a descriptor with `length` bytes goes along */
	bool cut;	/* the log's last append was cut off */
	uint64_t length;
	uint64_t failed, left_out;	/* of a pass: chips, changes */
	/* of progress */
	char of[ATT_PASS_NAME_MAX + 1];
	uint64_t done, size;
	struct att_measure_change change;
};
void att_wire_reply_encode(const struct att_wire_reply *r,
    struct att_buf *ret);
/* As att_wire_request_parse; texts are clean. */
int att_wire_reply_parse(struct att_slice packet, struct att_wire_reply *ret,
    struct att_err *err) ATT_MUST;

#endif
