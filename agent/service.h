/*
 * attestd as a service: one event loop, and one thread for what waits for the
 * TPM and for servers (agent/jobs.h).
 *
 * Started for its socket it serves, and leaves when nobody wants anything.
 * Started by itself it makes the socket, stays, attests again and again on its
 * own schedule and has the firmware measured.
 */
#ifndef ATT_AGENT_SERVICE_H
#define ATT_AGENT_SERVICE_H

#include "config/agent_config.h"

/* Exit statuses; attestd(8) promises them. */
enum att_service_status {
	ATT_SERVICE_GOOD = 0,
	ATT_SERVICE_INPUT = 3,
	ATT_SERVICE_SYSTEM = 4,
};

/* What a failure with this code ends the program with. */
int att_service_status_of(int code) ATT_MUST;

/*
 * The whole of it, until it is asked to end or nobody wants it; signals are
 * blocked (agent/stop.h). Returns an exit status.
 */
int att_service_main(const char *config_path) ATT_MUST;

#endif
