#include "tpm/credential.h"

#include <string.h>

#include "base/cur.h"
#include "tpm/ek_policy.h"
#include "tpm/state.h"
#include "tpm/sys.h"

/* The branches of PolicyB. The first is what PolicySecret leaves behind. */
static const TPML_DIGEST branches_sha256 = { .count = 2,
	.digests = { ATT_TPM_POLICY_A_SHA256, ATT_TPM_POLICY_C_SHA256 } };
static const TPML_DIGEST branches_sha384 = { .count = 2,
	.digests = { ATT_TPM_POLICY_A_SHA384, ATT_TPM_POLICY_C_SHA384 } };

static bool
is_policy(const TPM2B_DIGEST *a, const TPM2B_DIGEST *b)
{
	return att_slice_equal((struct att_slice){ a->buffer, a->size },
	    (struct att_slice){ b->buffer, b->size });
}

/* A session that satisfies the EK's authPolicy, PolicyA or PolicyB. */
static int
authorize(const struct att_tpm_ek *ek, struct att_tpm_object *ret,
    struct att_err *err)
{
	AUTO_DONE(att_tpm_object_done) struct att_tpm_object session = { 0 };
	const TPMT_PUBLIC *template = att_tpm_ek_template(ek);
	const TPML_DIGEST *branches = template->nameAlg == TPM2_ALG_SHA384 ?
	    &branches_sha384 : &branches_sha256;
	struct att_tpm *t = att_tpm_ek_object(ek)->t;
	int r;

	if ((r = att_tpm_policy_session(t, template->nameAlg, &session,
		 err)) < 0)
		return r;
	if (!is_policy(&template->authPolicy, &branches->digests[0]) &&
	    (r = att_tpm_rc(t,
		 Tss2_Sys_PolicyOR(t->sys, session.handle, NULL, branches,
		     NULL),
		 "TPM2_PolicyOR", err)) < 0)
		return r;
	*ret = att_tpm_object_take(&session);
	return 0;
}

/* A TPM in failure mode answers TPM2_GetCapability alone (Part 1, 12.4). */
static bool
works(struct att_tpm *t)
{
	struct att_tpm_clock clock;

	return att_tpm_clock_read(t, &clock, NULL) == 0;
}

/* Another EK, another AK, or a bit that flipped on the way. */
static bool
is_not_ours(struct att_tpm *t, TSS2_RC rc)
{
	switch (att_tpm_rc_base(rc)) {
	case TPM2_RC_FAILURE:
		/* libtpms says so of a secret that is not OAEP */
		return works(t);
	case TPM2_RC_ECC_POINT:
	case TPM2_RC_INSUFFICIENT:
	case TPM2_RC_INTEGRITY:
	case TPM2_RC_SIZE:
	case TPM2_RC_VALUE:
		return true;
	default:
		return false;
	}
}

static void
wipe_secret(TPM2B_DIGEST *secret)
{
	explicit_bzero(secret, sizeof(*secret));
}

int
att_tpm_credential_activate(struct att_tpm_ek *ek, struct att_tpm_ak *ak,
    struct att_slice id_object, struct att_slice enc_secret,
    struct att_buf *ret, struct att_err *err)
{
	struct att_tpm *t = att_tpm_ek_object(ek)->t;
	ATT_TPM_OP(t);
	AUTO_DONE(att_tpm_object_done) struct att_tpm_object session = { 0 };
	AUTO_DONE(wipe_secret) TPM2B_DIGEST secret = { 0 };
	struct att_tpm_auths a =
	    att_tpm_auths_of(t, att_tpm_ak_object(ak)->handle);
	TPM2B_ENCRYPTED_SECRET enc;
	TPM2B_ID_OBJECT id;
	TSS2_RC rc;
	int r;

	if ((r = ATT_TPM2B_FILL(&id, credential, id_object, "credential",
		 err)) < 0 ||
	    (r = ATT_TPM2B_FILL(&enc, secret, enc_secret, "encrypted secret",
		 err)) < 0 ||
	    (r = authorize(ek, &session, err)) < 0)
		return r;
	att_tpm_auths_add(&a, session.handle);
	rc = att_tpm_auths_rc(&a, Tss2_Sys_ActivateCredential(t->sys,
	    att_tpm_ak_object(ak)->handle, att_tpm_ek_object(ek)->handle,
	    &a.sent, &id, &enc, &secret, &a.got));
	if (is_not_ours(t, rc))
		return att_err_sub(err, ATT_E_MISMATCH, rc,
		    "the credential was not made for this EK and AK "
		    "(0x%08x)", rc);
	if ((r = att_tpm_rc(t, rc, "TPM2_ActivateCredential", err)) < 0)
		return r;
	att_buf_reset(ret);
	att_buf_bytes(ret, secret.buffer, secret.size);
	return att_buf_ok(ret, "credential", err);
}
