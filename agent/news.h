/*
 * What the log is told of a round. A change is a message of its own
 * (agent/journal.h); the same once more is one line of the routine, so that
 * a failure that lasts does not drown what comes after it. What was before is
 * in the verdict file: it outlives an attestd that leaves when it is idle.
 */
#ifndef ATT_AGENT_NEWS_H
#define ATT_AGENT_NEWS_H

#include "agent/verdict_file.h"

/* How it stood before a round, or stands after it. */
struct att_stand {
	bool known;		/* else nothing was, in this boot */
	enum att_status status;
	unsigned failures;	/* in a row */
	char outcome[32];
	char reason[ATT_ROUND_TEXT_MAX + 1];
};
void att_stand_read(const struct att_agent_config *config,
    struct att_stand *ret);
/* The same of a file that was read; without its json nothing is known. */
void att_stand_of(const struct att_verdict_file *f, struct att_stand *ret);

#define ATT_NEWS_LINE_MAX 1023	/* bytes; it is cut there */

/* The round in one line: what it proved, or what is wrong, and what to do. */
void att_news_line(const struct att_round *r, bool once, uint64_t wait_ms,
    char ret[static ATT_NEWS_LINE_MAX + 1]);

/*
 * `r` is how the round ended that led from `before` to `after`. `wait_ms` until
 * the next one; `once`: none follows by itself, and who sees the log asked for
 * it.
 */
void att_news_tell(const struct att_stand *before,
    const struct att_stand *after, const struct att_round *r, bool once,
    uint64_t wait_ms);

#endif
