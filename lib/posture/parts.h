/*
 * The parts of the posture, each of which adds its claims. Negative only if
 * nothing can be said.
 */
#ifndef ATT_POSTURE_PARTS_H
#define ATT_POSTURE_PARTS_H

#include "base/cur.h"
#include "posture/tree.h"

/* Secure Boot and its keys, out of efivarfs. */
int att_posture_read_efi(struct att_tree *t, struct att_err *err) ATT_MUST;
/* One of the variables: *k is whole, or its contents are of no use. */
int att_posture_read_lists(struct att_posture_keys *k, struct att_cur value,
    struct att_err *err) ATT_MUST;
/* The kernel that runs: lockdown, modules, settings, CPU. */
int att_posture_read_kernel(struct att_tree *t, struct att_err *err) ATT_MUST;
/* How the kernel says that it was built. */
int att_posture_read_kconfig(struct att_tree *t, struct att_err *err)
    ATT_MUST;
/* IOMMU, raw memory, confidential computing. */
int att_posture_read_platform(struct att_tree *t, struct att_err *err)
    ATT_MUST;

#endif
