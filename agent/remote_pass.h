/*
 * A measuring pass whose local part attest-measure makes: what it cannot know
 * is added here, and its questions are answered (docs/PROTOCOL-measure.txt, 4).
 */
#ifndef ATT_AGENT_REMOTE_PASS_H
#define ATT_AGENT_REMOTE_PASS_H

#include "agent/measure.h"
#include "agent/source.h"

/* What there is to know of one; functions as of struct att_measure_options. */
struct att_remote_pass {
	struct att_source *source;
	const char *boot_id;
	uint64_t limit_ms;	/* of its own for all of it */
	/* NULL, or adds components that no kernel tells of; it may fail */
	int (*more)(void *arg, struct att_components *list,
	    struct att_err *err);
	int (*clock)(void *arg, struct att_pass_clock *ret,
	    struct att_err *err);
	int (*withdraw)(void *arg, struct att_err *err); /* before it begins */
	bool (*progress)(void *arg, const char *of, uint64_t done,
	    uint64_t size);
	void *arg;
};

/*
 * As att_measure_run. The source stays connected, for att_remote_pass_kept.
 */
int att_remote_pass_run(const struct att_remote_pass *p,
    struct att_measure *ret, struct att_err *err) ATT_MUST;
/* What was found is kept: attest-measure may hold the next pass against it. */
int att_remote_pass_kept(struct att_source *s, struct att_err *err) ATT_MUST;

#endif
