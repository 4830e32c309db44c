/*
 * The files that a configuration names, looked at before anything needs them:
 * by whoever runs this, and as they are now.
 */
#ifndef ATT_AGENT_CHECK_FILES_H
#define ATT_AGENT_CHECK_FILES_H

#include "config/agent_config.h"

/*
 * Logs one line for each that cannot be used, "key: file: why", and returns how
 * many. Logs and the TPM may come and go, and are not looked at; a credential
 * is only where the service is.
 */
unsigned att_check_files(const struct att_agent_config *c) ATT_MUST;
/* The same, and each goes to `tell` instead of the log. */
void att_check_files_each(const struct att_agent_config *c,
    void (*tell)(void *arg, const char *key, const struct att_err *err),
    void *arg);

#endif
