/*
 * attestd that cannot begin, started for its socket: whoever called is told
 * why. Left without an answer they would wait, and the service manager would
 * start attestd again for them, and again.
 */
#ifndef ATT_AGENT_REFUSAL_H
#define ATT_AGENT_REFUSAL_H

#include "base/err.h"

/*
 * Serves the socket `fd`, which is taken, until nobody is there, but a second
 * at least. `why` as it was reported; `status` is what attestd ends with, in
 * the answers. `not_configured`: it is no failure, only too early.
 */
void att_refusal_serve(int fd, const struct att_err *why, int status,
    bool not_configured);

#endif
