/*
 * Reads how this machine is set up (evidence/posture.h) out of /sys, /proc,
 * /dev and /boot. Only regular reads of small files: nothing is written, no
 * device is opened, no module loaded. What the kernel or the firmware gives is
 * bounded in size and number, and beyond that the claim is FAILED.
 */
#ifndef ATT_POSTURE_POSTURE_H
#define ATT_POSTURE_POSTURE_H

#include "evidence/posture.h"

/*
 * `root` is put before each path: "" for this machine, or a directory with a
 * tree of the tests. Negative only if nothing can be said (no memory): what
 * cannot be read is in the result.
 */
int att_posture_read(const char *root, struct att_posture **ret,
    struct att_err *err) ATT_MUST;

#endif
