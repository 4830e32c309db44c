/*
 * devlink: what drivers of NICs tell of their device's firmware (linux
 * Documentation/networking/devlink/devlink-info.rst): what runs, what is
 * stored and runs from the next reset on, what is of the hardware.
 */
#ifndef ATT_INVENTORY_DEVLINK_H
#define ATT_INVENTORY_DEVLINK_H

#include "firmware/component.h"
#include "inventory/netlink.h"

/*
 * Adds "nic/0000:17:00.0" for each device. Virtual functions and those that a
 * driver made beside its device, on the bus "auxiliary", are left out: they
 * have its firmware, and come and go. A kernel without devlink adds nothing.
 */
int att_devlink_collect(const struct att_nl_io *io, const char *root,
    struct att_components *to, struct att_err *err) ATT_MUST;

/* The payload of one message, DEVLINK_CMD_INFO_GET. */
int att_devlink_add(struct att_slice payload, const char *root,
    struct att_components *to, struct att_err *err) ATT_MUST;

#endif
