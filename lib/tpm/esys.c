#include "tpm/esys.h"

#include <string.h>

#include <tss2/tss2_mu.h>

int
att_tpm_object_own(struct att_tpm *t, ESYS_TR tr, struct att_tpm_object *ret,
    struct att_err *err)
{
	TPM2_HANDLE handle;
	int r;

	if ((r = att_tpm_rc(t, Esys_TR_GetTpmHandle(t->esys, tr, &handle),
		 "Esys_TR_GetTpmHandle", err)) < 0)
		return r;
	*ret = (struct att_tpm_object){ .t = t, .tr = tr, .handle = handle };
	return 0;
}

void
att_tpm_object_done(struct att_tpm_object *o)
{
	if (o->t == NULL)
		return;
	if (o->handle >> TPM2_HR_SHIFT != TPM2_HT_PERSISTENT) {
		ATT_TPM_OP(o->t);

		att_tcti_flush(o->t->tcti, o->handle);
	}
	(void)Esys_TR_Close(o->t->esys, &o->tr);
	*o = (struct att_tpm_object){ 0 };
}

struct att_tpm_object
att_tpm_object_take(struct att_tpm_object *o)
{
	struct att_tpm_object taken = *o;

	*o = (struct att_tpm_object){ 0 };
	return taken;
}

int
att_tpm2b_fill(uint16_t *size, uint8_t *dst, size_t max,
    struct att_slice from, const char *what, struct att_err *err)
{
	if (from.len > max)
		return att_err_set(err, ATT_E_LIMIT,
		    "%s has %zu bytes, at most %zu are taken", what, from.len,
		    max);
	if (from.len > 0)
		memcpy(dst, from.data, from.len);
	*size = (uint16_t)from.len;
	return 0;
}

int
att_tpm_public_marshal(const TPM2B_PUBLIC *pub,
    struct att_tpm_public_bytes *ret, struct att_err *err)
{
	struct att_tpm_public_bytes b = { 0 };
	struct att_digest name;
	TPM2B_PUBLIC copy = *pub;
	int r;

	/* MU computes the size itself and refuses one that is set */
	copy.size = 0;
	if (Tss2_MU_TPM2B_PUBLIC_Marshal(&copy, b.public, sizeof(b.public),
		&b.public_len) != TSS2_RC_SUCCESS)
		return att_err_set(err, ATT_E_TPM,
		    "the TPM's public area is malformed");
	/* Part 1, 16: Name = nameAlg || H(TPMT_PUBLIC) */
	if ((r = att_digest_of(pub->publicArea.nameAlg,
		 (struct att_slice){ b.public + 2, b.public_len - 2 }, &name,
		 err)) < 0)
		return r;
	b.name[0] = (uint8_t)(name.alg >> 8);
	b.name[1] = (uint8_t)name.alg;
	memcpy(b.name + 2, name.bytes, name.len);
	b.name_len = 2u + name.len;
	*ret = b;
	return 0;
}

bool
att_tpm_public_fits(const TPMT_PUBLIC *pub, const TPMT_PUBLIC *template)
{
	uint8_t a[sizeof(TPMT_PUBLIC)], b[sizeof(TPMT_PUBLIC)];
	TPMT_PUBLIC same = *pub;
	size_t a_len = 0, b_len = 0;

	if (pub->type != template->type)
		return false;
	same.unique = template->unique;
	return Tss2_MU_TPMT_PUBLIC_Marshal(&same, a, sizeof(a), &a_len) ==
	    TSS2_RC_SUCCESS &&
	    Tss2_MU_TPMT_PUBLIC_Marshal(template, b, sizeof(b), &b_len) ==
	    TSS2_RC_SUCCESS &&
	    a_len == b_len && memcmp(a, b, a_len) == 0;
}

/* By the endorsement hierarchy: there a refused auth value has a meaning. */
static int
endorsed(struct att_tpm *t, TSS2_RC rc, const char *what, struct att_err *err)
{
	if (att_tpm_rc_base(rc) == TPM2_RC_BAD_AUTH)
		return att_err_sub(err, ATT_E_TPM, rc,
		    "%s: the endorsement hierarchy has another auth value "
		    "than was given (0x%08x)", what, rc);
	return att_tpm_rc(t, rc, what, err);
}

int
att_tpm_primary_create(struct att_tpm *t, const TPMT_PUBLIC *template,
    struct att_tpm_object *ret, TPM2B_PUBLIC **ret_public,
    struct att_err *err)
{
	const TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	const TPML_PCR_SELECTION no_pcrs = { 0 };
	const TPM2B_DATA no_data = { 0 };
	const TPM2B_PUBLIC public = { .publicArea = *template };
	ESYS_TR tr;
	int r;

	if ((r = endorsed(t,
		 Esys_CreatePrimary(t->esys, ESYS_TR_RH_ENDORSEMENT,
		     ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive,
		     &public, &no_data, &no_pcrs, &tr, ret_public, NULL, NULL,
		     NULL),
		 "TPM2_CreatePrimary", err)) < 0)
		return r;
	return att_tpm_object_own(t, tr, ret, err);
}

int
att_tpm_policy_session(struct att_tpm *t, TPMI_ALG_HASH hash,
    struct att_tpm_object *ret, struct att_err *err)
{
	AUTO_DONE(att_tpm_object_done) struct att_tpm_object session = { 0 };
	const TPMT_SYM_DEF no_cipher = { .algorithm = TPM2_ALG_NULL };
	ESYS_TR tr;
	int r;

	if ((r = att_tpm_rc(t,
		 Esys_StartAuthSession(t->esys, ESYS_TR_NONE, ESYS_TR_NONE,
		     ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, NULL,
		     TPM2_SE_POLICY, &no_cipher, hash, &tr),
		 "TPM2_StartAuthSession", err)) < 0 ||
	    (r = att_tpm_object_own(t, tr, &session, err)) < 0)
		return r;
	/* else the TPM ends it at its first use, and ours is a stale handle */
	if ((r = att_tpm_rc(t,
		 Esys_TRSess_SetAttributes(t->esys, tr,
		     TPMA_SESSION_CONTINUESESSION, 0xff),
		 "Esys_TRSess_SetAttributes", err)) < 0 ||
	    (r = endorsed(t,
		 Esys_PolicySecret(t->esys, ESYS_TR_RH_ENDORSEMENT, tr,
		     ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, NULL, NULL,
		     NULL, 0, NULL, NULL),
		 "TPM2_PolicySecret", err)) < 0)
		return r;
	*ret = att_tpm_object_take(&session);
	return 0;
}
