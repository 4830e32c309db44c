#include "tests/tpm/raw.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <tss2/tss2_tpm2_types.h>

#include "base/buf.h"
#include "base/cur.h"
#include "base/file.h"

#define TIMEOUT_MS 10000

/* Sends a command whose size is filled in here; *ret is what follows rc. */
static int
command(struct att_tpm_link *l, struct att_buf *cmd,
    uint8_t rsp[static ATT_TPM_MESSAGE_MAX], struct att_cur *ret,
    uint32_t *ret_rc, struct att_err *err)
{
	struct att_cur c;
	uint32_t size;
	size_t len;
	int r;

	if ((r = att_buf_ok(cmd, "command", err)) < 0)
		return r;
	for (unsigned i = 0; i < 4; i++)
		cmd->data[2 + i] = (uint8_t)(cmd->len >> (24 - 8 * i));
	if ((r = l->exchange(l, att_buf_view(cmd),
		 att_tpm_now() + TIMEOUT_MS, rsp, &len, err)) < 0)
		return r;
	c = att_cur_from(rsp, len);
	if (!att_cur_skip(&c, 2) || !att_cur_be32(&c, &size) || size != len ||
	    !att_cur_be32(&c, ret_rc))
		return att_err_set(err, ATT_E_TPM, "malformed response");
	*ret = c;
	return 0;
}

static void
header(struct att_buf *cmd, uint16_t tag, uint32_t code)
{
	att_buf_be16(cmd, tag);
	att_buf_be32(cmd, 0);
	att_buf_be32(cmd, code);
}

/* One handle, with an empty password. */
static void
authorized(struct att_buf *cmd, uint32_t code, uint32_t handle)
{
	header(cmd, TPM2_ST_SESSIONS, code);
	att_buf_be32(cmd, handle);
	att_buf_be32(cmd, 9);	/* bytes of the authorization area */
	att_buf_be32(cmd, TPM2_RS_PW);
	att_buf_be16(cmd, 0);	/* nonce */
	att_buf_u8(cmd, 0);	/* attributes */
	att_buf_be16(cmd, 0);	/* password */
}

/* A command that returns nothing. */
static int
run(struct att_tpm_link *l, struct att_buf *cmd, const char *what,
    struct att_err *err)
{
	uint8_t rsp[ATT_TPM_MESSAGE_MAX];
	struct att_cur c;
	uint32_t rc;
	int r;

	if ((r = command(l, cmd, rsp, &c, &rc, err)) < 0)
		return r;
	if (rc == TPM2_RC_INITIALIZE)
		return att_err_sub(err, ATT_E_BUSY, rc,
		    "%s: the TPM is started already, or not at all", what);
	if (rc != 0)
		return att_err_sub(err, ATT_E_TPM, rc, "%s: 0x%03x", what,
		    rc);
	return 0;
}

int
raw_startup(struct att_tpm_link *l, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf cmd = ATT_BUF(64);

	header(&cmd, TPM2_ST_NO_SESSIONS, TPM2_CC_Startup);
	att_buf_be16(&cmd, TPM2_SU_CLEAR);
	return run(l, &cmd, "TPM2_Startup", err);
}

int
raw_control(const char *tcti, struct att_slice cmd, struct att_err *err)
{
	static const char prefix[] = "swtpm:path=";
	AUTO_DONE(att_fd_done) int fd = -1;
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct att_cur c;
	uint8_t answer[4];
	uint32_t result;

	if (strncmp(tcti, prefix, strlen(prefix)) != 0 ||
	    snprintf(un.sun_path, sizeof(un.sun_path), "%s.ctrl",
		tcti + strlen(prefix)) >= (int)sizeof(un.sun_path))
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "TCTI %s has no control channel: must be "
		    "swtpm:path=SOCKET", tcti);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    connect(fd, (struct sockaddr *)&un, sizeof(un)) < 0 ||
	    send(fd, cmd.data, cmd.len, MSG_NOSIGNAL) != (ssize_t)cmd.len ||
	    recv(fd, answer, sizeof(answer), MSG_WAITALL) !=
		sizeof(answer))
		return att_err_sys(err, errno, "%s", un.sun_path);
	c = att_cur_from(answer, sizeof(answer));
	if (!att_cur_be32(&c, &result) || result != 0)
		return att_err_sub(err, ATT_E_TPM, result,
		    "swtpm refused a control command");
	return 0;
}

static int
set_locality(const char *tcti, uint8_t locality, struct att_err *err)
{
	/* swtpm_ioctls(3): CMD_SET_LOCALITY */
	const uint8_t cmd[] = { 0, 0, 0, 5, locality };

	return raw_control(tcti, (struct att_slice){ cmd, sizeof(cmd) }, err);
}

int
raw_startup_locality(const char *tcti, uint8_t locality, struct att_err *err)
{
	AUTO(att_tpm_link_free) struct att_tpm_link *l = NULL;
	int r, back;

	if ((r = att_tpm_link_open(tcti, &l, err)) < 0 ||
	    (r = set_locality(tcti, locality, err)) < 0)
		return r;
	r = raw_startup(l, err);
	back = set_locality(tcti, 0, r < 0 ? NULL : err);
	return r < 0 ? r : back;
}

int
raw_shutdown(struct att_tpm_link *l, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf cmd = ATT_BUF(64);

	header(&cmd, TPM2_ST_NO_SESSIONS, TPM2_CC_Shutdown);
	att_buf_be16(&cmd, TPM2_SU_CLEAR);
	return run(l, &cmd, "TPM2_Shutdown", err);
}

int
raw_extend(struct att_tpm_link *l, uint32_t pcr,
    const struct att_digest *digests, size_t count, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf cmd = ATT_BUF(1024);

	authorized(&cmd, TPM2_CC_PCR_Extend, pcr);
	att_buf_be32(&cmd, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		att_buf_be16(&cmd, digests[i].alg);
		att_buf_slice(&cmd, att_digest_view(&digests[i]));
	}
	return run(l, &cmd, "TPM2_PCR_Extend", err);
}

int
raw_clear(struct att_tpm_link *l, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf cmd = ATT_BUF(64);

	authorized(&cmd, TPM2_CC_Clear, TPM2_RH_PLATFORM);
	return run(l, &cmd, "TPM2_Clear", err);
}

int
raw_set_auth(struct att_tpm_link *l, uint32_t hierarchy,
    struct att_slice value, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf cmd = ATT_BUF(128);

	authorized(&cmd, TPM2_CC_HierarchyChangeAuth, hierarchy);
	att_buf_tpm2b(&cmd, value);
	return run(l, &cmd, "TPM2_HierarchyChangeAuth", err);
}

int
raw_flush(struct att_tpm_link *l, uint32_t handle, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf cmd = ATT_BUF(64);

	header(&cmd, TPM2_ST_NO_SESSIONS, TPM2_CC_FlushContext);
	att_buf_be32(&cmd, handle);
	return run(l, &cmd, "TPM2_FlushContext", err);
}

int
raw_handles(struct att_tpm_link *l, uint32_t first, uint32_t *ret, size_t max,
    size_t *ret_count, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf cmd = ATT_BUF(64);
	uint8_t rsp[ATT_TPM_MESSAGE_MAX], more;
	uint32_t rc, cap, n;
	struct att_cur c;
	int r;

	header(&cmd, TPM2_ST_NO_SESSIONS, TPM2_CC_GetCapability);
	att_buf_be32(&cmd, TPM2_CAP_HANDLES);
	att_buf_be32(&cmd, first);
	att_buf_be32(&cmd, (uint32_t)max);
	if ((r = command(l, &cmd, rsp, &c, &rc, err)) < 0)
		return r;
	if (rc != 0 || !att_cur_u8(&c, &more) || !att_cur_be32(&c, &cap) ||
	    !att_cur_be32(&c, &n) || n > max)
		return att_err_sub(err, ATT_E_TPM, rc,
		    "TPM2_GetCapability(handles): 0x%03x", rc);
	for (uint32_t i = 0; i < n; i++)
		if (!att_cur_be32(&c, &ret[i]))
			return att_err_set(err, ATT_E_SHORT,
			    "TPM2_GetCapability(handles)");
	*ret_count = n;
	return 0;
}
