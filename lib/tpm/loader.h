/* Links through TCTI libraries that tpm2-tss loads: tabrmd and others. */
#ifndef ATT_TPM_LOADER_H
#define ATT_TPM_LOADER_H

#include "tpm/link.h"

/* `tcti` as Tss2_TctiLdr_Initialize takes it: NAME[:CONF]. */
int att_tpm_loader_open(const char *tcti, struct att_tpm_link **ret,
    struct att_err *err) ATT_MUST;

#endif
