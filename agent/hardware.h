/*
 * Components of this machine that its kernel and its BMC tell of, without TPM,
 * network or another program: what attest-measure reads.
 */
#ifndef ATT_AGENT_HARDWARE_H
#define ATT_AGENT_HARDWARE_H

#include "firmware/component.h"

/* Adds them, as att_inventory_collect. */
int att_hardware_collect(const char *root, struct att_components *list,
    struct att_err *err) ATT_MUST;

#endif
