/*
 * The sources of att_inventory_collect (inventory.h), a file each. `root` is ""
 * for this machine.
 */
#ifndef ATT_INVENTORY_SOURCES_H
#define ATT_INVENTORY_SOURCES_H

#include "firmware/component.h"

int att_inventory_bios(const char *root, struct att_components *to,
    struct att_err *err) ATT_MUST;
int att_inventory_cpu(const char *root, struct att_components *to,
    struct att_err *err) ATT_MUST;
int att_inventory_esrt(const char *root, struct att_components *to,
    struct att_err *err) ATT_MUST;
int att_inventory_gpu(const char *root, struct att_components *to,
    struct att_err *err) ATT_MUST;
int att_inventory_lock(const char *root, struct att_components *to,
    struct att_err *err) ATT_MUST;
int att_inventory_me(const char *root, struct att_components *to,
    struct att_err *err) ATT_MUST;
int att_inventory_nic(const char *root, struct att_components *to,
    struct att_err *err) ATT_MUST;
int att_inventory_nvme(const char *root, struct att_components *to,
    struct att_err *err) ATT_MUST;
int att_inventory_psp(const char *root, struct att_components *to,
    struct att_err *err) ATT_MUST;
int att_inventory_scsi(const char *root, struct att_components *to,
    struct att_err *err) ATT_MUST;
int att_inventory_switch(const char *root, struct att_components *to,
    struct att_err *err) ATT_MUST;

#endif
