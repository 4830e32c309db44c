/*
 * A connection to a TPM 2.0.
 *
 * Whatever stands here and in the other headers of lib/tpm passes bytes as the
 * TPM marshals them (big endian, Part 2) and types of lib/base; tpm2-tss stays
 * inside. Answers of the TPM are taken as input from outside.
 *
 * Every operation ends within the deadline of its context, however many
 * commands it sends. TPM_RC_RETRY, _YIELDED, _TESTING, _NV_RATE and
 * _NV_UNAVAILABLE are waited out until then. The outcomes that ask for
 * different reactions have codes:
 *
 *   ATT_E_TPM_ABSENT   no such device, nobody listens, the connection ended
 *   ATT_E_TIMEOUT      no answer, or only "retry", until the deadline
 *   ATT_E_TPM_LOCKOUT  dictionary attack lockout (att_tpm_info_read says more)
 *   ATT_E_TPM_MEMORY   no room for an object or session: others hold it
 *   ATT_E_TPM_RESET    reset or not started: what was loaded is gone
 *   ATT_E_TPM          any other refusal, or an answer that is malformed
 *
 * `sub` is the TSS2_RC and the text its decoding. After ATT_E_TIMEOUT and
 * ATT_E_TPM_ABSENT a context may have lost step with its TPM; then it fails at
 * once from there on: free it and open another. A process that gave up on a
 * kernel device can report that in time, and can end when the kernel has.
 *
 * A context and all that was made from it belong to one thread.
 */
#ifndef ATT_TPM_TPM_H
#define ATT_TPM_TPM_H

#include "base/cur.h"
#include "base/err.h"

/* For a deadline that fits all: slow TPMs take 20 s and more for an RSA key. */
#define ATT_TPM_TIMEOUT_MS 90000u

struct att_tpm;

/*
 * Opens a TPM by TCTI name:
 *
 *   device:PATH                 character device; "device" is /dev/tpmrm0
 *   swtpm:path=SOCKET           swtpm on a Unix socket
 *   swtpm:host=HOST,port=PORT   swtpm on TCP; 127.0.0.1 and 2321 by default
 *   tabrmd[:CONF]               the user-space resource manager
 *   NAME[:CONF]                 any other library libtss2-tcti-NAME; whether
 *                               deadlines hold is then up to that library
 *
 * HOST is a numeric address. One command is sent, so that a TPM that is absent
 * or was not started is known here. Errors name the TCTI. timeout_ms is not 0.
 *
 * tpm2-tss's own log on standard error is switched off unless TSS2_LOG is set
 * in the environment: call this before there are threads.
 */
int att_tpm_open(const char *tcti, uint32_t timeout_ms, struct att_tpm **ret,
    struct att_err *err) ATT_MUST;
/* After everything that was made from it. */
void att_tpm_free(struct att_tpm *t);
ATT_DEFINE_AUTO(struct att_tpm, att_tpm_free)

/* Whose auth value is given, in place of an empty one. */
enum att_tpm_hierarchy {
	ATT_TPM_ENDORSEMENT,	/* for AK and EK */
	ATT_TPM_OWNER,		/* for NV that only the owner can read */
};
#define ATT_TPM_AUTH_MAX 64	/* bytes: the longest digest */
/*
 * From now on. It is not tried here: a wrong one is ATT_E_TPM from what needs
 * it, and no failed try in the sense of the lockout. It goes to the TPM as it
 * is, like the empty one.
 */
int att_tpm_set_auth(struct att_tpm *t, enum att_tpm_hierarchy h,
    struct att_slice value, struct att_err *err) ATT_MUST;

/* Milliseconds from its beginning for each operation from now on; not 0. */
void att_tpm_set_timeout(struct att_tpm *t, uint32_t timeout_ms);

#endif
