/*
 * Facts: what happened to a node that no later evidence would show, as the
 * node tells it. They have no weight in a verdict. docs/PROTOCOL-facts.txt
 * describes them and how they are sent.
 */
#ifndef ATT_EVIDENCE_FACTS_H
#define ATT_EVIDENCE_FACTS_H

#include "base/json.h"

#define ATT_FACT_KIND_MAX 32	/* bytes, of a-z and - */
#define ATT_FACT_BOOT_MAX 64	/* bytes, clean text */
#define ATT_FACT_DETAILS_MAX 512	/* bytes, in canonical form */
#define ATT_FACT_NUMBER_MAX (1LL << 40)	/* of a seq or a count */
#define ATT_FACT_TIME_MAX 253402300799LL	/* 9999-12-31 */
#define ATT_FACT_QUEUE_LEN 32	/* hex digits of a queue's random name */
#define ATT_FACTS_MAX 64	/* in one document */
#define ATT_FACTS_BYTES_MAX (128u << 10)	/* of one document */

/* A value: it owns nothing. */
struct att_fact {
	int64_t seq;	/* from 1; grows from fact to fact, with gaps */
	char kind[ATT_FACT_KIND_MAX + 1];	/* "reboot" */
	int64_t count;	/* how often it happened, from 1 */
	/* seconds since 1970 by the node's clock, of the first and last time */
	int64_t first, last;
	char boot_id[ATT_FACT_BOOT_MAX + 1];	/* of the last time, or "" */
	char details[ATT_FACT_DETAILS_MAX + 1];	/* of the last time, JSON */
};

/*
 * Takes `details`, an object: at most 8 members with names of a-z and _, whose
 * values are integers, or clean texts of at most 255 bytes. In canonical form
 * it has at most ATT_FACT_DETAILS_MAX bytes (ATT_E_LIMIT). NULL is ATT_E_NOMEM.
 */
int att_fact_set_details(struct att_fact *f, json_t *details,
    struct att_err *err) ATT_MUST;
/* One fact as JSON, the caller's, and back. */
int att_fact_to_json(const struct att_fact *f, json_t **ret,
    struct att_err *err) ATT_MUST;
int att_fact_from_json(json_t *j, struct att_fact *ret, struct att_err *err)
    ATT_MUST;

/* What is sent: facts of one queue, in the order of their seq. */
struct att_facts {
	char queue[ATT_FACT_QUEUE_LEN + 1];
	size_t count;
	struct att_fact fact[ATT_FACTS_MAX];
};

/* ATT_E_FORMAT unless it is ATT_FACT_QUEUE_LEN digits of lower-case hex. */
int att_fact_queue_check(const char *queue, struct att_err *err) ATT_MUST;

/* Appends the document in canonical form: encode(parse(x)) == x for it. */
int att_facts_encode(const struct att_facts *f, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
/* Nothing that is not described is taken. */
int att_facts_parse(struct att_slice text, struct att_facts *ret,
    struct att_err *err) ATT_MUST;

#endif
