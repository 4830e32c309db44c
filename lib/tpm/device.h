/* The kernel's device, /dev/tpmrm0 or /dev/tpm0. Private to lib/tpm. */
#ifndef ATT_TPM_DEVICE_H
#define ATT_TPM_DEVICE_H

#include "tpm/link.h"

/*
 * A thread of its own reads and writes the device, whose driver may hang for
 * ever: it is left behind then. ATT_E_TPM_ABSENT: it cannot be opened.
 */
int att_tpm_device_open(const char *path, struct att_tpm_link **ret,
    struct att_err *err) ATT_MUST;

#endif
