/*
 * attestd on this node, asked by another program: the caller's side of
 * docs/PROTOCOL-local.txt. What attestd says is bounded and checked; errors of
 * its methods become errors here, with a text that begins with "attestd: ":
 *
 *	Busy			ATT_E_BUSY
 *	NotAuthorized		ATT_E_SYS, EACCES
 *	Failed			of status 3 ATT_E_FORMAT, else ATT_E_SYS
 *	InvalidParameter	ATT_E_USAGE
 *	others			ATT_E_SYS
 */
#ifndef ATT_AGENT_LOCAL_H
#define ATT_AGENT_LOCAL_H

#include "agent/io_attestd.h"
#include "config/agent_config.h"
#include "varlink/client.h"

/*
 * ATT_E_NOT_FOUND: nobody takes connections, and whoever wants something does
 * it himself. Each other failure is one: ATT_E_DENIED, if others than its owner
 * may write to the run directory, as anybody could be who listens there.
 */
int att_local_open(const struct att_agent_config *config,
    struct att_varlink_client **ret, struct att_err *err) ATT_MUST;

/*
 * What others asked for comes first, a TPM is slow, and a verifier may make a
 * node wait: for as long a caller waits who has nothing else to do.
 */
#define ATT_LOCAL_CALL_MS (10 * 60 * 1000u)

/*
 * Calls a method and waits for it, at most `ms`. Takes `parameters`; NULL is
 * want of memory. *ret: those of the reply, the caller's.
 */
int att_local_call(struct att_varlink_client *c, const char *method,
    json_t *parameters, unsigned ms, json_t **ret, struct att_err *err)
    ATT_MUST;

/*
 * MeasureFirmware, at most `all_ms`; `progress` is told how far it is. *ret:
 * of the last reply.
 */
int att_local_measure(struct att_varlink_client *c, uint64_t all_ms,
    void (*progress)(void *arg, const char *part, unsigned percent), void *arg,
    json_t **ret, struct att_err *err) ATT_MUST;

/*
 * Quote or Evidence (`logs`) over `nonce`; `pcrs` may be NULL. Appends the
 * file to `ret`; what it holds is checked for that nonce, and for nothing
 * else. `note` is told what was left out, line by line.
 */
int att_local_prove(struct att_varlink_client *c, bool logs,
    struct att_slice nonce, const char *pcrs,
    void (*note)(void *arg, const char *text), void *arg, struct att_buf *ret,
    struct att_err *err) ATT_MUST;

#endif
