/*
 * Facts that wait for a verifier, and what was seen last: one file in the
 * state directory. docs/PROTOCOL-facts.txt, 3 and 4, says why no fact is lost
 * and none arrives twice, whoever dies at which moment; it rests on this:
 *
 *	A fact is forgotten only by att_fact_queue_answer, when a verifier
 *	says that it has it.
 *
 *	What att_fact_queue_answer returns is marked as sent, on disk, before
 *	it returns, and does not change any more.
 *
 *	A difference to what was seen last, and the fact that tells it, are
 *	written in one step.
 */
#ifndef ATT_AGENT_FACTQUEUE_H
#define ATT_AGENT_FACTQUEUE_H

#include "agent/boot.h"
#include "agent/state.h"
#include "evidence/facts.h"
#include "evidence/tpm_public.h"

#define ATT_FACT_QUEUE_MAX ATT_FACTS_MAX	/* facts in it */
/* Of them on their way: the others leave room to merge in. */
#define ATT_FACT_SENT_MAX (ATT_FACT_QUEUE_MAX / 2)

/* "" and -1: not known yet. */
struct att_seen {
	char boot_id[ATT_BOOT_ID_LEN + 1];
	char ak[2 * ATT_TPM_NAME_MAX + 1];	/* Name in hex */
	int64_t resets, restarts;	/* of the TPM */
	int64_t offset;		/* ms: the clock, less the time since boot */
	int64_t at;		/* ms since boot: when that was seen */
	int64_t asleep;		/* ms of this boot */
	int64_t repaired;	/* ns: att_state_bad_time */
};

/* A value: it owns nothing. */
struct att_fact_queue {
	struct att_facts facts;
	int64_t next;		/* seq of the next one */
	int64_t sent;		/* of the last one that may have been sent */
	int64_t noted;		/* all counts, ever */
	struct att_seen seen;
	bool saved;		/* all of this stands on the disk */
};

/* An empty queue with a new name; nothing was seen. */
int att_fact_queue_new(struct att_fact_queue *ret, struct att_err *err)
    ATT_MUST;
/*
 * Appends a fact, whose seq is given here. If there is no room the two oldest
 * of one kind that were not sent become one; ATT_E_LIMIT if there are none,
 * which takes more kinds than there are.
 */
int att_fact_queue_note(struct att_fact_queue *q, const struct att_fact *f,
    struct att_err *err) ATT_MUST;
/* The newest fact, if it may still be changed; else NULL. */
struct att_fact *att_fact_queue_newest(struct att_fact_queue *q) ATT_MUST;
/* Happened `count` times more; the times are those of `f`, details too. */
void att_fact_queue_again(struct att_fact_queue *q, struct att_fact *newest,
    const struct att_fact *f);
/* The same facts under a new name and new numbers, none of them sent. */
int att_fact_queue_renew(struct att_fact_queue *q, struct att_err *err)
    ATT_MUST;

/* The file; encode(parse(x)) == x for what was written here. */
#define ATT_FACT_QUEUE_BYTES (128u << 10)
int att_fact_queue_encode(const struct att_fact_queue *q,
    struct att_buf *ret, struct att_err *err) ATT_MUST;
int att_fact_queue_parse(struct att_slice text, struct att_fact_queue *ret,
    struct att_err *err) ATT_MUST;

/*
 * From ATT_STATE_FACTS. ATT_E_NOT_FOUND: there is none; ATT_E_FORMAT and other
 * errors of input: there was one, and it is set aside.
 */
int att_fact_queue_read(const struct att_state *s,
    struct att_fact_queue *ret, struct att_err *err) ATT_MUST;
/* Unless it is saved. A failure leaves what was on the disk. */
int att_fact_queue_save(const struct att_state *s, struct att_fact_queue *q,
    struct att_err *err) ATT_MUST;

/*
 * What to send to a verifier that has all below `from`: forgets those, marks
 * the next ones as sent, on disk, and returns them in *ret. If that cannot be
 * written *ret is empty and the queue as it was; that is not an error, and
 * logged. ATT_E_CONFLICT: `from` was never reached here, so this queue is an
 * older copy; see att_fact_queue_renew.
 */
int att_fact_queue_answer(const struct att_state *s,
    struct att_fact_queue *q, int64_t from, struct att_facts *ret,
    struct att_err *err) ATT_MUST;

#endif
