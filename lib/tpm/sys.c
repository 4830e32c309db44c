#include "tpm/sys.h"

#include <string.h>

#include <tss2/tss2_mu.h>

#include "crypto/random.h"

struct att_tpm_auths
att_tpm_auths_of(const struct att_tpm *t, uint32_t handle)
{
	struct att_tpm_auths a = { .sent = { .count = 1,
		.auths[0].sessionHandle = TPM2_RS_PW } };

	if (handle == TPM2_RH_ENDORSEMENT)
		a.sent.auths[0].hmac = t->auth[ATT_TPM_ENDORSEMENT];
	else if (handle == TPM2_RH_OWNER)
		a.sent.auths[0].hmac = t->auth[ATT_TPM_OWNER];
	return a;
}

void
att_tpm_auths_add(struct att_tpm_auths *a, uint32_t session)
{
	a->sent.auths[a->sent.count++] = (TPMS_AUTH_COMMAND){
		.sessionHandle = session,
		/* a password has none; a session would end at its first use */
		.sessionAttributes = session == TPM2_RS_PW ?
		    0 : TPMA_SESSION_CONTINUESESSION };
}

void
att_tpm_auths_done(struct att_tpm_auths *a)
{
	explicit_bzero(a, sizeof(*a));
}

TSS2_RC
att_tpm_auths_rc(struct att_tpm_auths *a, TSS2_RC rc)
{
	bool answered = a->got.count == a->sent.count;

	a->got.count = 0;
	/* SAPI passes over a response that says it has none */
	return rc != TSS2_RC_SUCCESS || answered ? rc :
	    TSS2_SYS_RC_MALFORMED_RESPONSE;
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
    struct att_tpm_object *ret, TPM2B_PUBLIC *ret_public,
    struct att_err *err)
{
	AUTO_DONE(att_tpm_auths_done) struct att_tpm_auths a =
	    att_tpm_auths_of(t, TPM2_RH_ENDORSEMENT);
	const TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	const TPML_PCR_SELECTION no_pcrs = { 0 };
	const TPM2B_DATA no_data = { 0 };
	const TPM2B_PUBLIC public = { .publicArea = *template };
	TPM2_HANDLE handle;
	int r;

	*ret_public = (TPM2B_PUBLIC){ 0 };
	if ((r = endorsed(t, att_tpm_auths_rc(&a,
		 Tss2_Sys_CreatePrimary(t->sys, TPM2_RH_ENDORSEMENT, &a.sent,
		     &sensitive, &public, &no_data, &no_pcrs, &handle,
		     ret_public, NULL, NULL, NULL, NULL, &a.got)),
		 "TPM2_CreatePrimary", err)) < 0)
		return r;
	*ret = (struct att_tpm_object){ t, handle };
	return 0;
}

/* Part 3, 11.1: of 16 bytes at least, and of no use without an HMAC. */
static int
start_session(struct att_tpm *t, TPMI_ALG_HASH hash,
    struct att_tpm_object *ret, struct att_err *err)
{
	const TPMT_SYM_DEF no_cipher = { .algorithm = TPM2_ALG_NULL };
	const TPM2B_ENCRYPTED_SECRET no_salt = { 0 };
	TPM2B_NONCE nonce = { .size = 16 }, theirs = { 0 };
	TPMI_SH_AUTH_SESSION handle;
	int r;

	if ((r = att_random(nonce.buffer, nonce.size, err)) < 0 ||
	    (r = att_tpm_rc(t,
		 Tss2_Sys_StartAuthSession(t->sys, TPM2_RH_NULL, TPM2_RH_NULL,
		     NULL, &nonce, &no_salt, TPM2_SE_POLICY, &no_cipher, hash,
		     &handle, &theirs, NULL),
		 "TPM2_StartAuthSession", err)) < 0)
		return r;
	*ret = (struct att_tpm_object){ t, handle };
	return 0;
}

int
att_tpm_policy_session(struct att_tpm *t, TPMI_ALG_HASH hash,
    struct att_tpm_object *ret, struct att_err *err)
{
	AUTO_DONE(att_tpm_object_done) struct att_tpm_object session = { 0 };
	AUTO_DONE(att_tpm_auths_done) struct att_tpm_auths a =
	    att_tpm_auths_of(t, TPM2_RH_ENDORSEMENT);
	const TPM2B_NONCE none = { 0 };
	int r;

	if ((r = start_session(t, hash, &session, err)) < 0 ||
	    (r = endorsed(t, att_tpm_auths_rc(&a,
		 Tss2_Sys_PolicySecret(t->sys, TPM2_RH_ENDORSEMENT,
		     session.handle, &a.sent, &none, &none, &none, 0, NULL,
		     NULL, &a.got)),
		 "TPM2_PolicySecret", err)) < 0)
		return r;
	*ret = att_tpm_object_take(&session);
	return 0;
}
