#include "tpm/tcti.h"

#include <string.h>

#include <tss2/tss2_tpm2_types.h>

#include "base/buf.h"
#include "base/cur.h"
#include "base/steady.h"

#define MAGIC 0x6174746573746421ull	/* any value of our own */

/* Part 1, 18.7: tag, size, code. */
#define HEADER_SIZE 10u

/* Between two sendings of a command that the TPM wants again. */
#define BACKOFF_MIN_MS 2
#define BACKOFF_MAX_MS 250

/* What flushing may take beyond the deadline of an operation, in all. */
#define FLUSH_GRACE_MS 500

struct att_tcti {
	TSS2_TCTI_CONTEXT_COMMON_V1 v1;	/* first: SAPI knows this */
	struct att_tpm_link *link;
	uint64_t deadline;
	bool lost;	/* out of step with the TPM, for good */
	struct att_err fault;
	size_t cmd_len, rsp_len;	/* rsp_len 0: not exchanged yet */
	uint8_t cmd[ATT_TPM_MESSAGE_MAX];
	uint8_t rsp[ATT_TPM_MESSAGE_MAX];
};

static void
canceled(struct att_tcti *g)
{
	static const uint8_t rsp[HEADER_SIZE] = { TPM2_ST_NO_SESSIONS >> 8,
		TPM2_ST_NO_SESSIONS & 0xff, 0, 0, 0, HEADER_SIZE, 0, 0,
		TPM2_RC_CANCELED >> 8, TPM2_RC_CANCELED & 0xff };

	memcpy(g->rsp, rsp, sizeof(rsp));
	g->rsp_len = sizeof(rsp);
}

/* The response code, if the header can be believed. */
static int
check_header(struct att_tcti *g, uint32_t *ret_rc)
{
	struct att_cur c = att_cur_from(g->rsp, g->rsp_len);
	struct att_err *err = &g->fault;
	uint32_t size, rc, layer;
	uint16_t tag;

	if (!att_cur_be16(&c, &tag) || !att_cur_be32(&c, &size) ||
	    !att_cur_be32(&c, &rc))
		return att_err_set(err, ATT_E_TPM,
		    "response of %zu bytes, its header alone has %u",
		    g->rsp_len, HEADER_SIZE);
	if (tag == TPM2_ST_RSP_COMMAND)
		return att_err_set(err, ATT_E_TPM, "this is a TPM 1.2");
	if (size != g->rsp_len)
		return att_err_set(err, ATT_E_TPM,
		    "response of %zu bytes says it has %u", g->rsp_len, size);
	layer = rc & ~UINT32_C(0xfff);
	/* Part 2, 6.6: twelve bits; resource managers put a layer on top */
	if (layer != 0 && layer != TSS2_RESMGR_RC_LAYER &&
	    layer != TSS2_RESMGR_TPM_RC_LAYER)
		return att_err_sub(err, ATT_E_TPM, rc,
		    "response code 0x%08x is none", rc);
	if (tag != TPM2_ST_SESSIONS && tag != TPM2_ST_NO_SESSIONS)
		return att_err_set(err, ATT_E_TPM,
		    "response tag 0x%04x is none", tag);
	if (rc != 0 && size != HEADER_SIZE)
		return att_err_set(err, ATT_E_TPM,
		    "error response of %u bytes, must be %u", size,
		    HEADER_SIZE);
	*ret_rc = rc;
	return 0;
}

static bool
wants_again(uint32_t rc)
{
	switch (rc & ~TSS2_RC_LAYER_MASK) {
	case TPM2_RC_RETRY:
	case TPM2_RC_YIELDED:
	case TPM2_RC_TESTING:
	/* its NV memory rests (Part 2, 6.6.3): any command may meet that */
	case TPM2_RC_NV_RATE:
	case TPM2_RC_NV_UNAVAILABLE:
		return true;
	default:
		return false;
	}
}

/* False if the deadline comes first. */
static bool
pause_ms(struct att_tcti *g, long ms)
{
	if (att_tpm_left(g->deadline) <= ms)
		return false;
	att_steady_nap((unsigned)ms);
	return true;
}

/* Leaves a response, which is TPM_RC_CANCELED where there is a fault. */
static void
exchange(struct att_tcti *g)
{
	struct att_slice cmd = { g->cmd, g->cmd_len };
	long backoff = BACKOFF_MIN_MS;
	uint32_t rc = 0;

	for (; !g->lost; backoff = ATT_MIN(2 * backoff, BACKOFF_MAX_MS)) {
		if (att_tpm_left(g->deadline) == 0) {
			(void)att_err_set(&g->fault, ATT_E_TIMEOUT,
			    "the time for this operation is over");
			break;
		}
		if (g->link->exchange(g->link, cmd, g->deadline, g->rsp,
			&g->rsp_len, &g->fault) < 0 ||
		    check_header(g, &rc) < 0) {
			g->lost = true;
			break;
		}
		if (!wants_again(rc))
			return;
		if (!pause_ms(g, backoff)) {
			(void)att_err_sub(&g->fault, ATT_E_TIMEOUT, rc,
			    "the TPM asks to try again until time is over");
			break;
		}
	}
	canceled(g);
}

static TSS2_RC
transmit(TSS2_TCTI_CONTEXT *context, size_t size, uint8_t const *command)
{
	struct att_tcti *g = (struct att_tcti *)context;

	if (size > sizeof(g->cmd) || command == NULL)
		return TSS2_TCTI_RC_BAD_VALUE;
	memcpy(g->cmd, command, size);
	g->cmd_len = size;
	g->rsp_len = 0;
	return TSS2_RC_SUCCESS;
}

/* SAPI asks twice: with no buffer for the size, then for the bytes. */
static TSS2_RC
receive(TSS2_TCTI_CONTEXT *context, size_t *size, uint8_t *response,
    int32_t timeout ATT_UNUSED)
{
	struct att_tcti *g = (struct att_tcti *)context;

	if (g->rsp_len == 0)
		exchange(g);
	if (response != NULL && *size < g->rsp_len)
		return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
	if (response != NULL)
		memcpy(response, g->rsp, g->rsp_len);
	*size = g->rsp_len;
	return TSS2_RC_SUCCESS;
}

int
att_tcti_new(struct att_tpm_link *link, struct att_tcti **ret,
    struct att_err *err)
{
	struct att_tcti *g = calloc(1, sizeof(*g));

	if (g == NULL) {
		att_tpm_link_free(link);
		return att_err_nomem(err);
	}
	g->v1.magic = MAGIC;
	g->v1.version = 1;
	g->v1.transmit = transmit;
	g->v1.receive = receive;
	g->link = link;
	*ret = g;
	return 0;
}

void
att_tcti_free(struct att_tcti *g)
{
	if (g == NULL)
		return;
	att_tpm_link_free(g->link);
	/* an activated credential passed through here */
	explicit_bzero(g, sizeof(*g));
	free(g);
}

TSS2_TCTI_CONTEXT *
att_tcti_context(struct att_tcti *g)
{
	return (TSS2_TCTI_CONTEXT *)g;
}

void
att_tcti_begin(struct att_tcti *g, uint64_t deadline)
{
	g->deadline = deadline;
	/* a link that is lost keeps its reason */
	if (!g->lost)
		g->fault = (struct att_err){ 0 };
}

const struct att_err *
att_tcti_fault(const struct att_tcti *g)
{
	return g->fault.code != ATT_OK ? &g->fault : NULL;
}

void
att_tcti_flush(struct att_tcti *g, uint32_t handle)
{
	AUTO_DONE(att_buf_done) struct att_buf cmd = ATT_BUF(64);
	uint64_t deadline = g->deadline;
	struct att_err fault = g->fault;

	att_buf_be16(&cmd, TPM2_ST_NO_SESSIONS);
	att_buf_be32(&cmd, HEADER_SIZE + 4);
	att_buf_be32(&cmd, TPM2_CC_FlushContext);
	att_buf_be32(&cmd, handle);
	if (cmd.failed || transmit((TSS2_TCTI_CONTEXT *)g, cmd.len,
			      cmd.data) != TSS2_RC_SUCCESS)
		return;
	g->deadline += FLUSH_GRACE_MS;
	exchange(g);
	g->deadline = deadline;
	/* what is reported is why the operation failed, not this */
	if (!g->lost || fault.code != ATT_OK)
		g->fault = fault;
}
