/*
 * SIGTERM and SIGINT, blocked and asked for: nothing is interrupted at a bad
 * moment, and whoever waits wakes up at once. One per process.
 */
#ifndef ATT_AGENT_STOP_H
#define ATT_AGENT_STOP_H

#include "base/util.h"

/* From now on they end the process only by what asks below; before threads. */
void att_stop_arm(void);
/* True once one of them has come. */
bool att_stop_asked(void);
/*
 * Waits so long, or until one comes: then true. Time goes on while the machine
 * sleeps: a wait that is over by then ends as it wakes up. Clocks that are set
 * change nothing.
 */
bool att_stop_wait(uint64_t milliseconds) ATT_MUST;
/* The same, or until there is something to read from `fd`; -1: no such. */
bool att_stop_wait_for(uint64_t milliseconds, int fd) ATT_MUST;

#endif
