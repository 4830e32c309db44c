/*
 * systemd's measurement log, /run/log/systemd/tpm2-measure.log: a JSON text
 * sequence (RFC 7464) of TCG CEL records. What it lists was extended after
 * ExitBootServices, in this order on each PCR.
 */
#ifndef ATT_EVENTLOG_USERSPACE_H
#define ATT_EVENTLOG_USERSPACE_H

#include "base/digest.h"

#define ATT_USERSPACE_LOG_MAX (1u << 20)	/* bytes */
#define ATT_USERSPACE_RECORDS_MAX 512
#define ATT_USERSPACE_TEXT_MAX 127	/* bytes of a text that is kept */

struct att_user_record {
	uint8_t pcr;		/* 0 to 23 */
	size_t digest_count;
	struct att_digest digest[ATT_BANKS_MAX];
	uint64_t timestamp;	/* CLOCK_BOOTTIME, microseconds; 0: none */
	char type[ATT_USERSPACE_TEXT_MAX + 1];	/* "phase", ...; clean */
	char text[ATT_USERSPACE_TEXT_MAX + 1];	/* the word; clean, cut */
	bool covered;		/* every digest is the hash of the word */
};

struct att_userspace_log;
void att_userspace_free(struct att_userspace_log *l);
ATT_DEFINE_AUTO(struct att_userspace_log, att_userspace_free)

/*
 * Parses the whole. Records of another boot than `boot_id` (32 or 36
 * characters; NULL: of any boot) are left out and counted. A last record that
 * is cut short sets `incomplete`; damage anywhere else is refused. Bytes that
 * are empty are a log without records.
 */
int att_userspace_parse(struct att_slice bytes, const char *boot_id,
    struct att_userspace_log **ret, struct att_err *err) ATT_MUST;

size_t att_userspace_count(const struct att_userspace_log *l) ATT_MUST;
/* The log's, as long as that lives; NULL if there is no i-th one. */
const struct att_user_record *att_userspace_record(
    const struct att_userspace_log *l, size_t i) ATT_MUST;
/* The last record was cut short, and is not among them. */
bool att_userspace_incomplete(const struct att_userspace_log *l) ATT_MUST;
/* Records of another boot, which are not among them. */
size_t att_userspace_other_boots(const struct att_userspace_log *l) ATT_MUST;
/* Records of NV indices, which are no PCRs (systemd's NvPCRs). */
size_t att_userspace_other_registers(const struct att_userspace_log *l)
    ATT_MUST;

#endif
