#include "agent/attester.h"

#include <string.h>

#include "base/cur.h"
#include "base/file.h"

/* The two AKs that there can be. */
enum which {
	PREFERRED,	/* of ak_type */
	RSA,		/* where that is another type, and not taken */
};

static const char *
file_of(enum which w)
{
	return w == RSA ? ATT_STATE_RSA_AK : ATT_STATE_AK;
}

static enum att_tpm_ak_type
type_of(const struct att_attester *a, enum which w)
{
	return w == RSA ? ATT_TPM_AK_RSA2048 :
			  (enum att_tpm_ak_type)a->config->ak_type;
}

static int
load_ak(struct att_attester *a, enum which w, struct att_err *err)
{
	enum att_tpm_ak_type want = type_of(a, w);
	AUTO_DONE(att_buf_wipe) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	int r;

	if ((r = att_state_read(a->state, file_of(w), &blob, err)) < 0)
		return r;
	r = att_tpm_ak_load(a->tpm, att_buf_view(&blob), &a->ak, err);
	if (r < 0 && att_code_kind(r) != ATT_KIND_SYSTEM)
		att_err_prefix(err, "%s/%s", a->config->state_dir,
		    file_of(w));
	if (r < 0)
		return r;
	if (att_tpm_ak_type_of(a->ak) == want)
		return 0;
	return att_err_set(err, ATT_E_CONFLICT,
	    "ak_type is %s and this node's AK is %s: set it back, or remove "
	    "%s/%s and enrol the node anew", att_tpm_ak_type_name(want),
	    att_tpm_ak_type_name(att_tpm_ak_type_of(a->ak)),
	    a->config->state_dir, file_of(w));
}

/* Out of the way, if it is there; *ret: it was. */
static int
set_aside(struct att_attester *a, const char *name, bool *ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_wipe) struct att_buf b =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	int r = att_state_read(a->state, name, &b, err);

	if (r == ATT_E_NOT_FOUND)
		return 0;
	*ret = r == 0;
	return r < 0 ? r : att_state_set_aside(a->state, name, err);
}

/*
 * The identity, which is of the preferred one, goes first and comes last:
 * whenever this is cut off, there stands no identity that belongs to another
 * AK.
 */
static int
make_ak(struct att_attester *a, enum which w, struct att_err *err)
{
	AUTO_DONE(att_buf_wipe) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	bool was = false;
	int r;

	if ((r = att_tpm_ak_create(a->tpm, type_of(a, w), &blob, &a->ak,
		 err)) < 0 ||
	    (w == PREFERRED &&
		(r = set_aside(a, ATT_STATE_IDENTITY, &was, err)) < 0) ||
	    (r = set_aside(a, file_of(w), &was, err)) < 0 ||
	    (r = att_state_write(a->state, file_of(w), att_buf_view(&blob),
		 err)) < 0)
		return r;
	a->ak_is_new = true;
	a->ak_is_other = was;
	return 0;
}

static int
open_ak(struct att_attester *a, enum which w, struct att_err *err)
{
	int r = load_ak(a, w, err);

	/* none yet, or not of this TPM since it was cleared */
	if (r == ATT_E_NOT_FOUND || r == ATT_E_TPM_KEY)
		return make_ak(a, w, err);
	return r;
}

static void
note_name(struct att_attester *a, struct att_tpm_name *ret)
{
	struct att_slice name = att_tpm_ak_name(a->ak);

	memcpy(ret->bytes, name.data, name.len);
	ret->len = name.len;
}

/* Asks the TPM which EK it has, and keeps the answer. */
static int
make_identity(struct att_attester *a, struct att_err *err)
{
	AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;
	int r;

	if ((r = att_tpm_ek_open(a->tpm,
		 (enum att_tpm_ek_type)a->config->ek_type, &ek, err)) < 0 ||
	    (r = att_identity_of_ek(ek, &a->identity, err)) < 0)
		return r;
	return att_identity_write(a->state, &a->identity, err);
}

static int
check_name(struct att_attester *a, enum which w,
    const struct att_tpm_name *want, struct att_err *err)
{
	if (att_slice_equal(att_tpm_name_view(want), att_tpm_ak_name(a->ak)))
		return 0;
	return att_err_set(err, ATT_E_CONFLICT,
	    "%s: %s is not the AK that %s names: restore it, or "
	    "remove both and enrol the node anew",
	    a->config->state_dir, file_of(w), ATT_STATE_IDENTITY);
}

/*
 * The preferred AK and what is known of this node. As the AK was loaded, this
 * is the TPM that it was made in; so the EK that was seen then is still its EK.
 */
static int
open_preferred(struct att_attester *a, bool known, struct att_err *err)
{
	int r = open_ak(a, PREFERRED, err);

	if (r < 0)
		return r;
	if (known && !a->ak_is_new)
		return check_name(a, PREFERRED, &a->identity.ak_name, err);
	a->identity = (struct att_identity){ 0 };
	note_name(a, &a->identity.ak_name);
	return make_identity(a, err);
}

/* The RSA AK; of one that nothing is noted of so far that is made up for. */
static int
open_rsa(struct att_attester *a, struct att_err *err)
{
	int r = open_ak(a, RSA, err);

	if (r < 0)
		return r;
	if (a->identity.rsa_ak_name.len > 0 && !a->ak_is_new)
		return check_name(a, RSA, &a->identity.rsa_ak_name, err);
	note_name(a, &a->identity.rsa_ak_name);
	return 0;
}

/*
 * What was in use last. An RSA AK that is gone says that much else may be: then
 * all begins with the preferred one, as for a node that was never asked.
 */
static int
open_keys(struct att_attester *a, struct att_err *err)
{
	int type = a->config->ek_type;
	int r = att_identity_read(a->state, &a->identity, err);
	bool known = r == 0;

	if (r < 0 && r != ATT_E_NOT_FOUND)
		return r;
	if (a->identity.uses_rsa && a->config->ak_type != ATT_TPM_AK_RSA2048) {
		r = load_ak(a, RSA, err);
		if (r == 0)
			r = check_name(a, RSA, &a->identity.rsa_ak_name, err);
	} else {
		r = open_preferred(a, known, err);
	}
	if (r == ATT_E_NOT_FOUND || r == ATT_E_TPM_KEY) {
		a->identity.uses_rsa = a->identity.asked = false;
		r = open_preferred(a, known, err);
	}
	if (r < 0 || type == ATT_TPM_EK_AUTO ||
	    type == (int)a->identity.ek_type)
		return r;
	return make_identity(a, err);
}

int
att_attester_use_rsa(struct att_attester *a, bool rsa, struct att_err *err)
{
	struct att_identity *id = &a->identity;
	int r = 0;

	if (a->config->ak_type == ATT_TPM_AK_RSA2048 ||
	    (id->asked && id->uses_rsa == rsa))
		return 0;
	if (rsa != id->uses_rsa) {
		att_tpm_ak_free(take(&a->ak));
		a->ak_is_new = false;
		r = rsa ? open_rsa(a, err) : open_preferred(a, true, err);
	}
	if (r < 0)
		return r;
	id->asked = true;
	id->uses_rsa = rsa;
	return att_identity_write(a->state, id, err);
}

static int
set_auth(struct att_tpm *t, enum att_tpm_hierarchy h, const char *file,
    struct att_err *err)
{
	AUTO_DONE(att_buf_wipe) struct att_buf b =
	    ATT_BUF(ATT_TPM_AUTH_MAX + 2);
	int r;

	if (file == NULL)
		return 0;
	if ((r = att_file_read_secret(file, &b, err)) < 0)
		return r;
	if (b.len > 0 && b.data[b.len - 1] == '\n')
		b.len--;
	if (b.len > 0 && b.data[b.len - 1] == '\r')
		b.len--;
	if ((r = att_tpm_set_auth(t, h, att_buf_view(&b), err)) < 0)
		att_err_prefix(err, "%s", file);
	return r;
}

static int
open_tpm(struct att_attester *a, struct att_err *err)
{
	const struct att_agent_config *c = a->config;
	int r;

	if ((r = att_tpm_open(c->tcti, ATT_TPM_TIMEOUT_MS, &a->tpm, err)) <
		0 ||
	    (r = set_auth(a->tpm, ATT_TPM_ENDORSEMENT,
		 c->endorsement_auth_file, err)) < 0)
		return r;
	return set_auth(a->tpm, ATT_TPM_OWNER, c->owner_auth_file, err);
}

/* All but the state. */
static int
open_all(struct att_attester *a, struct att_err *err)
{
	const struct att_agent_config *c = a->config;
	bool by_ek = strcmp(c->agent_id, ATT_AGENT_ID_HASH_EK) == 0;
	const char *id = by_ek ? a->identity.ek_id : c->agent_id;
	int r;

	if ((r = open_tpm(a, err)) < 0 || (r = open_keys(a, err)) < 0)
		return r;
	/* the configuration's rule bounds it as well */
	if (strlen(id) > ATT_AGENT_ID_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "agent_id is longer than %d characters",
		    ATT_AGENT_ID_MAX);
	memcpy(a->id, id, strlen(id) + 1);
	return 0;
}

int
att_attester_open(const struct att_agent_config *config, unsigned wait_ms,
    struct att_attester *ret, struct att_err *err)
{
	AUTO_DONE(att_attester_close) struct att_attester a = {
		.config = config, .owns_state = true };
	int r;

	if ((r = att_state_open(config->state_dir, wait_ms, &a.state, err)) <
		0 ||
	    (r = open_all(&a, err)) < 0)
		return r;
	*ret = a;
	a = (struct att_attester){ 0 };
	return 0;
}

int
att_attester_open_in(const struct att_agent_config *config,
    struct att_state *state, struct att_attester *ret, struct att_err *err)
{
	AUTO_DONE(att_attester_close) struct att_attester a = {
		.config = config, .state = state };
	int r = open_all(&a, err);

	if (r < 0)
		return r;
	*ret = a;
	a = (struct att_attester){ 0 };
	return 0;
}

void
att_attester_close(struct att_attester *a)
{
	att_tpm_ak_free(take(&a->ak));
	att_tpm_free(take(&a->tpm));
	if (a->owns_state)
		att_state_close(a->state);
	a->state = NULL;
}

int
att_attester_ek(struct att_attester *a, struct att_tpm_ek **ret,
    struct att_err *err)
{
	return att_tpm_ek_open(a->tpm, a->identity.ek_type, ret, err);
}
