/* Devices by where they are on the PCI bus, which is the same at every boot. */
#ifndef ATT_INVENTORY_PCI_H
#define ATT_INVENTORY_PCI_H

#include "firmware/component.h"

/*
 * Adds the device of a class, /sys/class/X/NAME, as "PREFIX/0000:17:00.0",
 * after what its link `device` leads to; without one as "PREFIX/NAME". With
 * the ids of vendor and device, "0x15b3", where there are some.
 */
int att_pci_add(const char *dir, const char *name, const char *prefix,
    enum att_component_kind kind, enum att_path path,
    struct att_components *to, struct att_component **ret,
    struct att_err *err) ATT_MUST;
/* Vendor and device of /sys/bus/pci/devices/ADDRESS, or of another directory */
int att_pci_describe(const char *dir, struct att_component *c,
    struct att_err *err) ATT_MUST;
/*
 * A virtual function: its firmware is that of the function that it is of, and
 * it comes and goes. `dir` is that of the PCI device.
 */
bool att_pci_is_virtual(const char *dir) ATT_MUST;

#endif
