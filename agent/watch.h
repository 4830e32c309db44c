/*
 * What happens to this node: each round it is looked at, and what is another
 * than the last time becomes a fact (docs/PROTOCOL-facts.txt). What can be seen
 * of a node is held in a struct, so that what follows from it can be tried
 * without clocks and a TPM.
 */
#ifndef ATT_AGENT_WATCH_H
#define ATT_AGENT_WATCH_H

#include "agent/factqueue.h"
#include "agent/measure.h"
#include "agent/round.h"
#include "tpm/state.h"

/* The node, without its TPM. Times are in ms. */
struct att_look {
	char boot_id[ATT_BOOT_ID_LEN + 1];	/* "": it cannot be read */
	int64_t now;		/* since 1970 */
	int64_t up;		/* since the boot */
	int64_t asleep;		/* of it */
	int64_t repaired;	/* as struct att_seen */
};

/* What cannot be read is logged and left out. */
void att_look_take(const struct att_agent_config *config,
    const struct att_state *s, struct att_look *ret);

/*
 * Queues facts about what differs from q->seen, which it brings up to date. The
 * clock counts as set when it is off by more than ATT_WATCH_JUMP_MS and a
 * thousandth of the time since it was last looked at, which is what slewing
 * does; the node as having slept from ATT_WATCH_SLEEP_MS on.
 */
#define ATT_WATCH_JUMP_MS 5000
#define ATT_WATCH_SLEEP_MS 1000
int att_watch_node(struct att_fact_queue *q, const struct att_look *l,
    struct att_err *err) ATT_MUST;
/* The same about the TPM and the Name of the AK in it. */
int att_watch_tpm(struct att_fact_queue *q, const struct att_look *l,
    const struct att_tpm_clock *clock, struct att_slice ak,
    struct att_err *err) ATT_MUST;
/*
 * An attestation that was not accepted; those that end alike one after the
 * other are one fact. One that was not due, or was stopped, is none.
 */
int att_watch_attempt(struct att_fact_queue *q, const struct att_look *l,
    const struct att_round *r, struct att_err *err) ATT_MUST;

/*
 * What changed of the firmware, a fact for each range, ATT_WATCH_CHANGES at
 * most: the last one counts those that have none of their own.
 */
#define ATT_WATCH_CHANGES 8
int att_watch_firmware(struct att_fact_queue *q, const struct att_look *l,
    const struct att_measure *m, struct att_err *err) ATT_MUST;

/*
 * The queue of the state directory. Where there is none, or none of use, a new
 * one begins and says so.
 */
int att_watch_open(const struct att_state *s, const struct att_look *l,
    struct att_fact_queue *ret, struct att_err *err) ATT_MUST;
/* All facts once more in a new queue, which says why; and saves it. */
int att_watch_renew(const struct att_state *s, struct att_fact_queue *q,
    const char *reason, struct att_err *err) ATT_MUST;

#endif
