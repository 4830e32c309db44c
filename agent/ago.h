/* How long ago, or from now, something is, as people say it. */
#ifndef ATT_AGENT_AGO_H
#define ATT_AGENT_AGO_H

#include "base/buf.h"

/* Appends "5 s ago", "in 2 min", "3 h ago", "4 d ago", or "now". */
void att_ago_put(struct att_buf *b, int64_t now, int64_t when);

#endif
