/*
 * Where attestd gets what only root may read. Where the socket that
 * measure_socket names is there, attest-measure is asked
 * (docs/PROTOCOL-measure.txt); where it is not, as in containers and in tests,
 * it is read here. One that is there and does not answer as it should is an
 * error that says so, after a bounded time, and then nothing is read here.
 */
#ifndef ATT_AGENT_SOURCE_H
#define ATT_AGENT_SOURCE_H

#include "agent/logfile.h"
#include "agent/measure_wire.h"

/* Is attest-measure asked? */
bool att_source_is_remote(const struct att_agent_config *config) ATT_MUST;

/*
 * Appends the log from the byte `from` on; with it no more than
 * att_logfile_max. *ret_cut as of att_logfile_open. ATT_E_NOT_FOUND: there is
 * no such log, as whoever reads it says: a socket that goes away is ATT_E_BUSY.
 */
int att_source_log(const struct att_agent_config *config,
    enum att_logfile which, uint64_t from, struct att_buf *ret,
    bool *ret_cut, struct att_err *err) ATT_MUST;
/* Appends the document platform_posture. */
int att_source_posture(const struct att_agent_config *config,
    struct att_buf *ret, struct att_err *err) ATT_MUST;
/* As att_dmi_read; `dir` is where it is read here. */
int att_source_smbios(const struct att_agent_config *config, const char *dir,
    uint8_t type, struct att_buf *ret, struct att_err *err) ATT_MUST;
/* Adds what att_hardware_collect does, of all sources. */
int att_source_hardware(const struct att_agent_config *config,
    struct att_components *list, struct att_err *err) ATT_MUST;

/*
 * ATT_E_MISMATCH where it says that a version was obtained in a way that is not
 * its own: through the TPM, a BMC's network, or another program.
 */
int att_source_check(const struct att_components *list, struct att_err *err)
    ATT_MUST;

/* -- a connection, for what takes more than one question ------------------- */

/* Milliseconds by which an answer may be late that has a limit of its own. */
#define ATT_SOURCE_GRACE_MS 5000u

/* *ret is a descriptor, the caller's. */
int att_source_connect(const struct att_agent_config *config, uint64_t until,
    int *ret, struct att_err *err) ATT_MUST;
int att_source_send(int fd, const struct att_wire_request *q, uint64_t until,
    struct att_err *err) ATT_MUST;
/*
 * The next reply. The bytes that go along with an answer are appended to `ret`
 * (NULL: there can be none). What the answer says is not an error here: that
 * is in ret_reply->status.
 */
int att_source_receive(int fd, uint64_t until, struct att_buf *ret,
    struct att_wire_reply *ret_reply, struct att_err *err) ATT_MUST;

#endif
