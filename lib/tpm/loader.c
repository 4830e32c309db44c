#include "tpm/loader.h"

#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

struct loader_link {
	struct att_tpm_link base;
	TSS2_TCTI_CONTEXT *tcti;
};

static void
loader_free(struct att_tpm_link *base)
{
	struct loader_link *l = (struct loader_link *)base;

	Tss2_TctiLdr_Finalize(&l->tcti);
	free(l);
}

static int
loader_exchange(struct att_tpm_link *base, struct att_slice cmd,
    uint64_t deadline, uint8_t ret[static ATT_TPM_MESSAGE_MAX],
    size_t *ret_len, struct att_err *err)
{
	struct loader_link *l = (struct loader_link *)base;
	size_t len = ATT_TPM_MESSAGE_MAX;
	TSS2_RC rc;

	if ((rc = Tss2_Tcti_Transmit(l->tcti, cmd.len, cmd.data)) != 0)
		return att_err_sub(err, ATT_E_TPM_ABSENT, rc, "%s",
		    Tss2_RC_Decode(rc));
	do {
		len = ATT_TPM_MESSAGE_MAX;
		rc = Tss2_Tcti_Receive(l->tcti, &len, ret,
		    att_tpm_left(deadline));
	} while (rc == TSS2_TCTI_RC_TRY_AGAIN && att_tpm_left(deadline) > 0);
	if (rc == TSS2_TCTI_RC_TRY_AGAIN)
		return att_err_sub(err, ATT_E_TIMEOUT, rc,
		    "the TPM did not answer in time");
	if (rc != 0)
		return att_err_sub(err, ATT_E_TPM_ABSENT, rc, "%s",
		    Tss2_RC_Decode(rc));
	*ret_len = len;
	return 0;
}

int
att_tpm_loader_open(const char *tcti, struct att_tpm_link **ret,
    struct att_err *err)
{
	struct loader_link *l = calloc(1, sizeof(*l));
	TSS2_RC rc;

	if (l == NULL)
		return att_err_nomem(err);
	if ((rc = Tss2_TctiLdr_Initialize(tcti, &l->tcti)) != 0) {
		free(l);
		return att_err_sub(err, ATT_E_TPM_ABSENT, rc, "%s",
		    Tss2_RC_Decode(rc));
	}
	l->base.exchange = loader_exchange;
	l->base.free = loader_free;
	*ret = &l->base;
	return 0;
}
