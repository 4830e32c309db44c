/*
 * A measuring pass whose local part attest-measure makes: what it cannot know
 * is added here, and its questions are answered (docs/PROTOCOL-measure.txt, 4).
 */
#ifndef ATT_AGENT_REMOTE_PASS_H
#define ATT_AGENT_REMOTE_PASS_H

#include "agent/measure.h"

/*
 * As att_measure_run; of the options root, pace and earlier are not looked at,
 * as these are attest-measure's own, and `withdraw` is called before it is
 * asked. *ret_link is the connection, the caller's, for att_remote_pass_kept.
 */
int att_remote_pass_run(const struct att_measure_options *o, int *ret_link,
    struct att_measure *ret, struct att_err *err) ATT_MUST;
/* What was found is kept: attest-measure may hold the next pass against it. */
int att_remote_pass_kept(int link, struct att_err *err) ATT_MUST;

#endif
