/*
 * Files of the kernel and of systemd that evidence is made of, as the
 * configuration names them: opened here by whoever may (agent/source.h).
 */
#ifndef ATT_AGENT_LOGFILE_H
#define ATT_AGENT_LOGFILE_H

#include "config/agent_config.h"

enum att_logfile {
	ATT_LOGFILE_BOOT_ID,
	ATT_LOGFILE_UEFI,
	ATT_LOGFILE_USERSPACE,
	ATT_LOGFILE_IMA,
	ATT_LOGFILES
};

/* Its path; the configuration's. */
const char *att_logfile_path(const struct att_agent_config *config,
    enum att_logfile which) ATT_MUST;
/* Bytes that are read of it at most. */
size_t att_logfile_max(const struct att_agent_config *config,
    enum att_logfile which) ATT_MUST;

/*
 * Opens it where the byte `from` is read next; the descriptor is the caller's.
 * systemd's log is locked as long as it is open (flock, shared), and its writer
 * is waited for some seconds. *ret_cut: the last append to that log was cut
 * off. ATT_E_NOT_FOUND: there is none; ATT_E_BUSY: it stays locked.
 */
int att_logfile_open(const struct att_agent_config *config,
    enum att_logfile which, uint64_t from, int *ret, bool *ret_cut,
    struct att_err *err) ATT_MUST;

#endif
