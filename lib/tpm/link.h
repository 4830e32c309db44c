/*
 * The way to a TPM: one command there, one response back, by a deadline. Below
 * tpm2-tss, so that its TCTIs' blocking reads stand in nobody's way; private
 * to lib/tpm and its tests.
 */
#ifndef ATT_TPM_LINK_H
#define ATT_TPM_LINK_H

#include "base/err.h"
#include "base/util.h"

/* Command and response, TPM_PT_MAX_COMMAND_SIZE of PC clients (PTP 3.5). */
#define ATT_TPM_MESSAGE_MAX 4096

struct att_tpm_link {
	/*
	 * Sends `cmd`, fills ret[0..*ret_len) with what came back, unchecked.
	 * `deadline` is a att_tpm_now(). ATT_E_TIMEOUT, ATT_E_TPM_ABSENT or
	 * ATT_E_TPM; then the link is not used again.
	 */
	int (*exchange)(struct att_tpm_link *l, struct att_slice cmd,
	    uint64_t deadline, uint8_t ret[static ATT_TPM_MESSAGE_MAX],
	    size_t *ret_len, struct att_err *err);
	void (*free)(struct att_tpm_link *l);
};

/* `tcti` as in att_tpm_open; errors do not repeat it. Nothing is sent. */
int att_tpm_link_open(const char *tcti, struct att_tpm_link **ret,
    struct att_err *err) ATT_MUST;
void att_tpm_link_free(struct att_tpm_link *l);
ATT_DEFINE_AUTO(struct att_tpm_link, att_tpm_link_free)

/* For the kinds of links. */
/* 0 once one of `events` is there, else ATT_E_TIMEOUT or ATT_E_SYS. */
int att_tpm_link_wait(int fd, short events, uint64_t deadline,
    struct att_err *err) ATT_MUST;
/* ATT_E_TPM_ABSENT with errno value `errnum`. */
int att_tpm_link_absent(struct att_err *err, int errnum, const char *what);
/* True once as many bytes are there as the response's header announces. */
bool att_tpm_link_complete(const uint8_t *data, size_t len) ATT_MUST;

/* Milliseconds of CLOCK_MONOTONIC. */
uint64_t att_tpm_now(void) ATT_MUST;
/* Until `deadline`, for poll(); 0 once it has passed. */
int att_tpm_left(uint64_t deadline) ATT_MUST;

#endif
