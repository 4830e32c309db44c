#include "tpm/tpm.h"

#include <string.h>

#include <tss2/tss2_rc.h>

#include "tpm/sys.h"

/* Part 2, 6.6.2, table 13: bit 7 says format one; 6.6.3: bits 11:8 above */
#define RC_FMT1 0x080u
#define RC_FMT1_CODE 0x0bfu

uint32_t
att_tpm_rc_base(TSS2_RC rc)
{
	uint32_t layer = rc & TSS2_RC_LAYER_MASK;
	uint32_t code = rc & ~TSS2_RC_LAYER_MASK;

	if (layer != TSS2_TPM_RC_LAYER && layer != TSS2_RESMGR_RC_LAYER &&
	    layer != TSS2_RESMGR_TPM_RC_LAYER)
		return 0;
	return (code & RC_FMT1) != 0 ? code & RC_FMT1_CODE : code;
}

/* SYS, MU and TCTI share the base numbers. */
static bool
is_nomem(TSS2_RC rc)
{
	return att_tpm_rc_base(rc) == 0 &&
	    (rc & ~TSS2_RC_LAYER_MASK) == TSS2_BASE_RC_MEMORY;
}

static enum att_code
code_of(TSS2_RC rc)
{
	uint32_t base = att_tpm_rc_base(rc);

	switch (base) {
	case TPM2_RC_LOCKOUT:
		return ATT_E_TPM_LOCKOUT;
	case TPM2_RC_CONTEXT_GAP:
	case TPM2_RC_OBJECT_MEMORY:
	case TPM2_RC_SESSION_MEMORY:
	case TPM2_RC_MEMORY:
	case TPM2_RC_SESSION_HANDLES:
	case TPM2_RC_OBJECT_HANDLES:
		return ATT_E_TPM_MEMORY;
	case TPM2_RC_INITIALIZE:
		return ATT_E_TPM_RESET;
	case TPM2_RC_HANDLE:
		/* a resource manager has lost what we loaded */
		return (rc & TSS2_RC_LAYER_MASK) != 0 ? ATT_E_TPM_RESET :
							ATT_E_TPM;
	default:
		break;
	}
	/* a handle or session of ours that the TPM does not know */
	if (base >= TPM2_RC_REFERENCE_H0 && base <= TPM2_RC_REFERENCE_S6)
		return ATT_E_TPM_RESET;
	return is_nomem(rc) ? ATT_E_NOMEM : ATT_E_TPM;
}

int
att_tpm_rc(struct att_tpm *t, TSS2_RC rc, const char *what,
    struct att_err *err)
{
	const struct att_err *fault = att_tcti_fault(t->tcti);

	if (rc == TSS2_RC_SUCCESS)
		return 0;
	if (fault != NULL)
		return att_err_sub(err, fault->code, fault->sub, "%s: %s: %s",
		    t->name, what, fault->text);
	return att_err_sub(err, code_of(rc), rc, "%s: %s (0x%08x)", what,
	    Tss2_RC_Decode(rc), rc);
}

struct att_tpm *
att_tpm_op_begin(struct att_tpm *t)
{
	if (t->depth++ == 0)
		att_tcti_begin(t->tcti, att_tpm_now() + t->timeout_ms);
	return t;
}

void
att_tpm_op_done(struct att_tpm **t)
{
	(*t)->depth--;
}

/* Auth values and an activated credential passed through its buffer. */
static void
end_sys(TSS2_SYS_CONTEXT *sys)
{
	if (sys == NULL)
		return;
	Tss2_Sys_Finalize(sys);
	explicit_bzero(sys, Tss2_Sys_GetContextSize(0));
	free(sys);
}

void
att_tpm_free(struct att_tpm *t)
{
	if (t == NULL)
		return;
	end_sys(t->sys);
	att_tcti_free(t->tcti);
	free(t->name);
	explicit_bzero(t->auth, sizeof(t->auth));
	free(t);
}

void
att_tpm_set_timeout(struct att_tpm *t, uint32_t timeout_ms)
{
	t->timeout_ms = timeout_ms;
}

int
att_tpm_set_auth(struct att_tpm *t, enum att_tpm_hierarchy h,
    struct att_slice value, struct att_err *err)
{
	if (value.len > ATT_TPM_AUTH_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "auth value has %zu bytes, at most %d are taken",
		    value.len, ATT_TPM_AUTH_MAX);
	return ATT_TPM2B_FILL(&t->auth[h], buffer, value, "auth value", err);
}

/* Any command that changes nothing: is it there, is it started? */
static int
probe(struct att_tpm *t, struct att_err *err)
{
	ATT_TPM_OP(t);
	TPMS_CAPABILITY_DATA data;

	return att_tpm_capability(t, TPM2_CAP_TPM_PROPERTIES,
	    TPM2_PT_MANUFACTURER, 1, &data, err);
}

static int
begin_sys(struct att_tpm *t, struct att_err *err)
{
	if ((t->sys = calloc(1, Tss2_Sys_GetContextSize(0))) == NULL)
		return att_err_nomem(err);
	return att_tpm_rc(t,
	    Tss2_Sys_Initialize(t->sys, Tss2_Sys_GetContextSize(0),
		att_tcti_context(t->tcti), NULL),
	    "Tss2_Sys_Initialize", err);
}

/* A library's own lines on standard error are in nobody's format. */
static int
hush(struct att_err *err)
{
	return setenv("TSS2_LOG", "all+none", 0) < 0 ? att_err_nomem(err) : 0;
}

int
att_tpm_open_link(const char *name, struct att_tpm_link *link,
    uint32_t timeout_ms, struct att_tpm **ret, struct att_err *err)
{
	AUTO(att_tpm_link_free) struct att_tpm_link *own = link;
	AUTO(att_tpm_free) struct att_tpm *t = calloc(1, sizeof(*t));
	int r;

	if (t == NULL || (t->name = strdup(name)) == NULL)
		return att_err_nomem(err);
	if ((r = hush(err)) < 0)
		return r;
	t->timeout_ms = timeout_ms;
	if ((r = att_tcti_new(take(&own), &t->tcti, err)) < 0)
		return r;
	if ((r = begin_sys(t, err)) < 0 || (r = probe(t, err)) < 0)
		return r;
	*ret = take(&t);
	return 0;
}

int
att_tpm_open(const char *tcti, uint32_t timeout_ms, struct att_tpm **ret,
    struct att_err *err)
{
	AUTO(att_tpm_link_free) struct att_tpm_link *link = NULL;
	int r;

	if ((r = hush(err)) < 0)
		return r;
	if ((r = att_tpm_link_open(tcti, &link, err)) < 0) {
		(void)att_err_prefix(err, "TCTI %s", tcti);
		return r;
	}
	return att_tpm_open_link(tcti, take(&link), timeout_ms, ret, err);
}
