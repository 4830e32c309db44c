/*
 * What fwupd knows of devices' firmware, over D-Bus: an option, as it starts
 * on demand, probes much hardware, and is the word of another program.
 */
#ifndef ATT_AGENT_FWUPD_H
#define ATT_AGENT_FWUPD_H

#include "firmware/component.h"

#define ATT_FWUPD_TIMEOUT_MS 60000u	/* it may have to start first */

/*
 * A source of lib/inventory: adds "fwupd/DEVICE-ID" for each device that tells
 * a version. ATT_E_NOT_FOUND: there is no bus, or nobody by that name on it.
 */
int att_fwupd_collect(const char *root, struct att_components *to,
    struct att_err *err) ATT_MUST;

/* The same by an address of D-Bus that is no bus, but the service itself. */
int att_fwupd_ask(const char *address, struct att_components *to,
    struct att_err *err) ATT_MUST;

#endif
