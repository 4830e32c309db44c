#include "agent/identity.h"

#include <string.h>

#include "base/encoding.h"
#include "base/json.h"

#define FILE_MAX_ 4096	/* bytes */

static int
pem_of_ek(const struct att_tpm_ek *ek, struct att_buf *ret,
    struct att_err *err)
{
	AUTO(att_pubkey_free) struct att_pubkey *key = NULL;
	struct att_tpm_public public;
	int r;

	if ((r = att_tpm_public_parse_2b(att_tpm_ek_public(ek), &public,
		 err)) < 0 ||
	    (r = att_tpm_public_key(&public, &key, err)) < 0)
		return r;
	return att_pubkey_to_pem(key, ret, err);
}

int
att_identity_of_ek(const struct att_tpm_ek *ek, struct att_identity *ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf pem = ATT_BUF(FILE_MAX_);
	struct att_digest d;
	int r;

	if ((r = pem_of_ek(ek, &pem, err)) < 0 ||
	    (r = att_digest_of(ATT_ALG_SHA256, att_buf_view(&pem), &d,
		 err)) < 0)
		return r;
	att_hex_encode(att_digest_view(&d), ret->ek_id);
	ret->ek_type = att_tpm_ek_type_of(ek);
	return 0;
}

static int
read_name(const json_t *j, const char *member, struct att_tpm_name *ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf raw =
	    ATT_BUF(ATT_TPM_NAME_MAX);
	const char *hex = NULL;
	int r;

	if ((r = att_json_str(j, member, &hex, err)) < 0 ||
	    (r = att_hex_decode(att_slice_of(hex), &raw, err)) < 0)
		return r;
	if (raw.len == 0)
		return att_err_set(err, ATT_E_FORMAT, "%s is empty", member);
	ret->len = raw.len;
	memcpy(ret->bytes, raw.data, raw.len);
	return 0;
}

static int
read_rsa(const json_t *j, struct att_identity *id, struct att_err *err)
{
	const json_t *uses = json_object_get(j, "uses_rsa_ak");

	id->asked = uses != NULL;
	id->uses_rsa = json_is_true(uses);
	if (uses != NULL && !json_is_boolean(uses))
		return att_err_set(err, ATT_E_FORMAT,
		    "uses_rsa_ak must be true or false");
	if (json_object_get(j, "rsa_ak_name") == NULL)
		return 0;
	return read_name(j, "rsa_ak_name", &id->rsa_ak_name, err);
}

int
att_identity_parse(struct att_slice text, struct att_identity *ret,
    struct att_err *err)
{
	static const char *const names[] = { "ak_name", "ek_id", "ek_type",
		"rsa_ak_name", "uses_rsa_ak", NULL };
	AUTO(att_json_decref) json_t *j = NULL;
	const char *type = NULL;
	struct att_identity id = { 0 };
	struct att_digest d;
	int r;

	if ((r = att_json_parse(text, FILE_MAX_, &j, err)) < 0 ||
	    (r = att_json_only(j, names, err)) < 0 ||
	    (r = att_json_digest(j, "ek_id", ATT_ALG_SHA256, &d, err)) < 0 ||
	    (r = att_json_str(j, "ek_type", &type, err)) < 0 ||
	    (r = read_name(j, "ak_name", &id.ak_name, err)) < 0 ||
	    (r = read_rsa(j, &id, err)) < 0)
		return r;
	att_hex_encode(att_digest_view(&d), id.ek_id);
	if (!att_tpm_ek_type_by_name(type, &id.ek_type) ||
	    id.ek_type == ATT_TPM_EK_AUTO)
		return att_err_set(err, ATT_E_FORMAT,
		    "ek_type is no type of an EK");
	*ret = id;
	return 0;
}

int
att_identity_read(const struct att_state *s, struct att_identity *ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(FILE_MAX_);
	int r = att_state_read(s, ATT_STATE_IDENTITY, &text, err);

	if (r < 0)
		return r;
	if ((r = att_identity_parse(att_buf_view(&text), ret, err)) < 0)
		att_err_prefix(err, "%s", ATT_STATE_IDENTITY);
	return r;
}

static int
put_rsa(json_t *j, const struct att_identity *id, struct att_err *err)
{
	int r;

	if (id->rsa_ak_name.len > 0 &&
	    (r = att_json_put(j, "rsa_ak_name",
		 att_json_hex_of(att_tpm_name_view(&id->rsa_ak_name)), err)) <
		0)
		return r;
	return !id->asked ? 0 :
	    att_json_put(j, "uses_rsa_ak", json_boolean(id->uses_rsa), err);
}

int
att_identity_write(const struct att_state *s, const struct att_identity *id,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(FILE_MAX_);
	AUTO(att_json_decref) json_t *j = json_object();
	int r;

	if ((r = att_json_put(j, "ak_name",
		 att_json_hex_of(att_tpm_name_view(&id->ak_name)), err)) < 0 ||
	    (r = att_json_put(j, "ek_id", json_string(id->ek_id), err)) < 0 ||
	    (r = att_json_put(j, "ek_type",
		 json_string(att_tpm_ek_type_name(id->ek_type)), err)) < 0 ||
	    (r = put_rsa(j, id, err)) < 0 ||
	    (r = att_json_write_pretty(j, &text, err)) < 0)
		return r;
	return att_state_write(s, ATT_STATE_IDENTITY, att_buf_view(&text),
	    err);
}
