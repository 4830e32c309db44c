/*
 * What attest-measure does on one connection, in a process of its own: it
 * reads what is asked for, of a closed list, and hands it over
 * (docs/PROTOCOL-measure.txt). Who asks is as hostile as what is read.
 */
#ifndef ATT_AGENT_READER_H
#define ATT_AGENT_READER_H

#include "config/agent_config.h"
#include "mtd/pace.h"

struct att_reader {
	const struct att_agent_config *config;
	const char *root;	/* where /sys is; NULL: this machine */
	/* what a pass is compared with, and where it spools */
	const char *state_dir;
	struct att_pace pace;	/* of a pass */
	bool stays;		/* however long the other side says nothing */
};

/*
 * Serves until the other side ends, says nothing for some seconds, or breaks
 * the protocol; then an error, which who calls this logs. A request that takes
 * longer than it may ends the process (SIGALRM).
 */
int att_reader_serve(const struct att_reader *r, int fd, struct att_err *err)
    ATT_MUST;

#endif
