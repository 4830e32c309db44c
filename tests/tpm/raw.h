/*
 * TPM commands that belong to firmware and operators, not to an agent: test
 * peers send them, so they are not in lib/tpm. Auth values are empty.
 */
#ifndef ATT_TESTS_TPM_RAW_H
#define ATT_TESTS_TPM_RAW_H

#include "base/digest.h"
#include "base/err.h"
#include "tpm/link.h"

/* ATT_E_BUSY: it was started before. */
int raw_startup(struct att_tpm_link *l, struct att_err *err) ATT_MUST;
/*
 * The same from a locality, which swtpm's control channel sets: the TCTI must
 * be swtpm:path=SOCKET, with the control socket at SOCKET.ctrl.
 */
int raw_startup_locality(const char *tcti, uint8_t locality,
    struct att_err *err) ATT_MUST;
/* A command on that control channel, which answers with a result code. */
int raw_control(const char *tcti, struct att_slice cmd, struct att_err *err)
    ATT_MUST;
int raw_shutdown(struct att_tpm_link *l, struct att_err *err) ATT_MUST;
/* One digest per bank. */
int raw_extend(struct att_tpm_link *l, uint32_t pcr,
    const struct att_digest *digests, size_t count, struct att_err *err)
    ATT_MUST;
/* TPM2_Clear by the platform hierarchy. */
int raw_clear(struct att_tpm_link *l, struct att_err *err) ATT_MUST;
/* TPM2_HierarchyChangeAuth, from the empty value. */
int raw_set_auth(struct att_tpm_link *l, uint32_t hierarchy,
    struct att_slice value, struct att_err *err) ATT_MUST;
int raw_flush(struct att_tpm_link *l, uint32_t handle, struct att_err *err)
    ATT_MUST;
/* Handles in use from `first` on within its range; up to `max` into `ret`. */
int raw_handles(struct att_tpm_link *l, uint32_t first, uint32_t *ret,
    size_t max, size_t *ret_count, struct att_err *err) ATT_MUST;

#endif
