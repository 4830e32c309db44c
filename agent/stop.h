/*
 * SIGTERM and SIGINT, blocked and asked for: nothing is interrupted at a bad
 * moment, and whoever waits wakes up at once. One per process.
 */
#ifndef ATT_AGENT_STOP_H
#define ATT_AGENT_STOP_H

#include "base/err.h"

/* From now on they end the process only by what asks below; before threads. */
void att_stop_arm(void);
/*
 * For who has an event loop that takes these signals: from now on it is
 * att_stop_ask that ends the waits, in every thread, and no signal is taken
 * here any more. Before threads; ATT_E_SYS if it cannot be had.
 */
int att_stop_by_word(struct att_err *err) ATT_MUST;
/* Asks, from any thread. */
void att_stop_ask(void);

/* True once one of them has come. */
bool att_stop_asked(void);
/*
 * Waits so long, or until one comes: then true. Time goes on while the machine
 * sleeps: a wait that is over by then ends as it wakes up. Clocks that are set
 * change nothing.
 */
bool att_stop_wait(uint64_t milliseconds) ATT_MUST;

#endif
