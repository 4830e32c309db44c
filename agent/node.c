#include "agent/node.h"

#include <string.h>

#define LOCK_WAIT_MS 10000u	/* for the other attestation to end */

static int
load_ak(struct att_node *n, struct att_err *err)
{
	AUTO_DONE(att_buf_wipe) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	int r = att_state_read(n->state, ATT_STATE_AK, &blob, err);

	if (r < 0)
		return r;
	r = att_tpm_ak_load(n->tpm, att_buf_view(&blob), &n->ak, err);
	if (r < 0)
		return r;
	if (att_tpm_ak_type_of(n->ak) !=
	    (enum att_tpm_ak_type)n->config->ak_type)
		return att_err_set(err, ATT_E_CONFLICT,
		    "ak_type is %s and this node's AK is %s: set it back, or "
		    "remove %s/%s and enrol the node anew",
		    att_tpm_ak_type_name(
			(enum att_tpm_ak_type)n->config->ak_type),
		    att_tpm_ak_type_name(att_tpm_ak_type_of(n->ak)),
		    n->config->state_dir, ATT_STATE_AK);
	return 0;
}

/* On disk before its first use: a key that is lost would be a new identity. */
static int
make_ak(struct att_node *n, struct att_err *err)
{
	AUTO_DONE(att_buf_wipe) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	int r = att_tpm_ak_create(n->tpm,
	    (enum att_tpm_ak_type)n->config->ak_type, &blob, &n->ak, err);

	if (r < 0)
		return r;
	n->ak_is_new = true;
	return att_state_write(n->state, ATT_STATE_AK, att_buf_view(&blob),
	    err);
}

static int
open_ak(struct att_node *n, struct att_err *err)
{
	int r = load_ak(n, err);

	/* none yet, or not of this TPM since it was cleared */
	if (r == ATT_E_NOT_FOUND || r == ATT_E_TPM_KEY)
		return make_ak(n, err);
	return r;
}

static int
open_tpm(struct att_node *n, struct att_err *err)
{
	int r = att_tpm_open(n->config->tcti, ATT_TPM_TIMEOUT_MS, &n->tpm,
	    err);

	return r < 0 ? r : open_ak(n, err);
}

static void
close_tpm(struct att_node *n)
{
	att_tpm_ak_free(take(&n->ak));
	att_tpm_free(take(&n->tpm));
}

int
att_node_ek(struct att_node *n, struct att_tpm_ek **ret, struct att_err *err)
{
	return att_tpm_ek_open(n->tpm,
	    (enum att_tpm_ek_type)n->config->ek_type, ret, err);
}
