/*
 * Components of this machine that its kernel and its BMC tell of, without TPM,
 * network or another program: what attest-measure reads.
 */
#ifndef ATT_AGENT_HARDWARE_H
#define ATT_AGENT_HARDWARE_H

#include "firmware/component.h"

#define ATT_HARDWARE_ALL NULL
#define ATT_HARDWARE_BMC "bmc"
#define ATT_HARDWARE_ESRT "esrt"

/* Adds them, as att_inventory_collect; `only`: one source of them. */
int att_hardware_collect(const char *root, const char *only,
    struct att_components *list, struct att_err *err) ATT_MUST;

#endif
