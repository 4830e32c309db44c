/*
 * The verdict on this node, as a file for whoever on it relies on one;
 * docs/PROTOCOL-verdict.txt describes it. A pass in it is worth nothing once
 * it has expired, whatever became of the program that wrote it.
 */
#ifndef ATT_AGENT_VERDICT_FILE_H
#define ATT_AGENT_VERDICT_FILE_H

#include "agent/boot.h"
#include "agent/owned.h"
#include "agent/round.h"
#include "appraise/appraise.h"

#define ATT_VERDICT_FILE "verdict.json"		/* in the run directory */
#define ATT_VERDICT_FILE_MAX (2u << 20)		/* bytes */
#define ATT_VERDICT_FAILURES_MAX 1000000

/* The file as read. Starts from zero; texts are borrowed from `json`. */
struct att_verdict_file {
	json_t *json;
	/* UNDECIDED too if what the file says is over or of another boot */
	enum att_status status;
	bool over, other_boot;
	int64_t read_at;		/* seconds since 1970 */
	const char *agent_id, *reason, *verifier;
	const char *result;		/* NULL: none */
	const json_t *verdict;		/* attestd_verdict, or NULL */
	int64_t at, expires_at;		/* seconds since 1970 */
	int64_t expires_uptime;		/* seconds of CLOCK_BOOTTIME */
	const char *outcome, *attempt_reason, *advice;
	const char *firmware_pcr;	/* or "" */
	int64_t attempted_at, next_at;
	int64_t failures;		/* in a row, with this one */
};
void att_verdict_file_done(struct att_verdict_file *f);

/* When and where a file is read. */
struct att_verdict_now {
	const char *boot_id;
	int64_t now;		/* seconds since 1970 */
	int64_t uptime;		/* seconds of CLOCK_BOOTTIME */
};
/* By this machine's clocks; `ret_id` holds the boot id. */
int att_verdict_now(const struct att_agent_config *config,
    char ret_id[static ATT_BOOT_ID_LEN + 1], struct att_verdict_now *ret,
    struct att_err *err) ATT_MUST;

/* The text is not needed any more then. */
int att_verdict_file_parse(struct att_slice text,
    const struct att_verdict_now *now, struct att_verdict_file *ret,
    struct att_err *err) ATT_MUST;
/*
 * The same of what lies in the run directory, as att_owned_read takes it.
 * ATT_E_NOT_FOUND: nothing does.
 */
int att_verdict_file_read(const struct att_agent_config *config,
    enum att_owner whose, const struct att_verdict_now *now,
    struct att_verdict_file *ret, struct att_err *err) ATT_MUST;

/*
 * Writes how a round ended, `wait_ms` before the next one; *ret is the file as
 * it reads then. One that cannot be written leaves no file, so that no older
 * verdict stands in its place.
 */
int att_verdict_file_write(const struct att_agent_config *config,
    const struct att_round *r, unsigned failures, uint64_t wait_ms,
    struct att_verdict_file *ret, struct att_err *err) ATT_MUST;

#endif
