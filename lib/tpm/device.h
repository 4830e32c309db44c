/* The kernel's device, /dev/tpmrm0 or /dev/tpm0. Private to lib/tpm. */
#ifndef ATT_TPM_DEVICE_H
#define ATT_TPM_DEVICE_H

#include "tpm/link.h"

int att_tpm_device_open(const char *path, struct att_tpm_link **ret,
    struct att_err *err) ATT_MUST;

#endif
