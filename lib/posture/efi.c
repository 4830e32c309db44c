#include <stdio.h>
#include <string.h>

#include "crypto/cert.h"
#include "eventlog/siglist.h"
#include "posture/parts.h"

#define EFI "sys/firmware/efi"
#define EFIVARS EFI "/efivars"
#define ATTRIBUTES 4			/* efivarfs: they stand in front */
#define VARIABLE_MAX (512u << 10)	/* bytes of a value */

#define GLOBAL "8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define IMAGE_SECURITY "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
#define SHIM "605dab50-e046-4300-abb6-3dd810dd8b23"

/* A byte of 0 or 1: UEFI 2.10, 3.3; shim mirrors MokSBState as ...RT. */
static const struct {
	const char *name;
	const char *variable;
} states[] = {
	{ "secure_boot.audit_mode", "AuditMode-" GLOBAL },
	{ "secure_boot.deployed_mode", "DeployedMode-" GLOBAL },
	{ "secure_boot.on", "SecureBoot-" GLOBAL },
	{ "secure_boot.setup_mode", "SetupMode-" GLOBAL },
	{ "secure_boot.vendor_keys", "VendorKeys-" GLOBAL },
	{ "shim.validation_off", "MokSBStateRT-" SHIM },
};

static const char *const keys[ATT_POSTURE_VARIABLES] = {
	[ATT_POSTURE_PK] = "PK-" GLOBAL,
	[ATT_POSTURE_KEK] = "KEK-" GLOBAL,
	[ATT_POSTURE_DB] = "db-" IMAGE_SECURITY,
	[ATT_POSTURE_DBX] = "dbx-" IMAGE_SECURITY,
	[ATT_POSTURE_MOK] = "MokListRT-" SHIM,
};

/* *ret_value: what is behind the attributes; a slice of *ret. */
static int
read_variable(const struct att_tree *t, const char *variable,
    struct att_buf *ret, struct att_cur *ret_value, struct att_err *err)
{
	char path[128];
	struct att_cur c;
	int r;

	(void)snprintf(path, sizeof(path), EFIVARS "/%s", variable);
	if ((r = att_tree_read(t, path, ret, err)) < 0)
		return r;
	c = att_cur_of(att_buf_view(ret));
	if (!att_cur_skip(&c, ATTRIBUTES))
		return att_err_set(err, ATT_E_SHORT,
		    "is shorter than its attributes");
	*ret_value = c;
	return 0;
}

static int
add_state(struct att_tree *t, const char *name, const char *variable,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_TREE_FILE_MAX);
	struct att_err why = { 0 };
	uint8_t value = 0;
	struct att_cur c;

	if (read_variable(t, variable, &b, &c, &why) < 0)
		return att_tree_failed(t, name, ATT_POSTURE_EFIVARFS, &why,
		    err);
	if (!att_cur_u8(&c, &value) || !att_cur_empty(&c) || value > 1)
		return att_posture_add_failed(t->to, name,
		    ATT_POSTURE_EFIVARFS, ATT_POSTURE_FAILED,
		    "is neither 0 nor 1", err);
	return att_posture_add(t->to, name, ATT_POSTURE_EFIVARFS,
	    json_boolean(value == 1), err);
}

/* -- keys ------------------------------------------------------------------ */

static int
add_cert(struct att_posture_keys *k, struct att_slice der,
    struct att_err *err)
{
	AUTO(att_cert_free) struct att_cert *c = NULL;
	struct att_digest d;
	int r;

	if ((r = att_digest_of(ATT_ALG_SHA256, der, &d, err)) < 0)
		return r;
	/* what cannot be read of it has its digest all the same */
	if (att_cert_parse(der, &c, NULL) == ATT_E_NOMEM)
		return att_err_nomem(err);
	return att_posture_keys_add(k, &d, c == NULL ? "" :
	    att_cert_subject(c), err);
}

static int
add_list(struct att_posture_keys *k, const struct att_siglist *l,
    struct att_hasher *h, struct att_err *err)
{
	bool certs = att_guid_equal(l->type, ATT_GUID_CERT_X509);
	struct att_cur c = att_cur_of(l->signatures);
	struct att_slice data;
	int r;

	while (!att_cur_empty(&c)) {
		if (!att_cur_skip(&c, ATT_GUID_SIZE) ||
		    !att_cur_bytes(&c, l->signature_size - ATT_GUID_SIZE,
			&data))
			return att_err_set(err, ATT_E_SHORT,
			    "is no list of signatures");
		if (certs && (r = add_cert(k, data, err)) < 0)
			return r;
		if (certs)
			continue;
		if (k->digests == ATT_POSTURE_DIGESTS_MAX)
			return att_err_set(err, ATT_E_LIMIT, "too many");
		k->digests++;
		if ((r = att_hasher_update(h, ATT_ALG_SHA256,
			 (struct att_slice){ l->type, sizeof(l->type) },
			 err)) < 0 ||
		    (r = att_hasher_update(h, ATT_ALG_SHA256, data, err)) < 0)
			return r;
	}
	return 0;
}

/* docs/PROTOCOL-posture.txt, section 3. */
int
att_posture_read_lists(struct att_posture_keys *k, struct att_cur value,
    struct att_err *err)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_siglist l;
	int r, more;

	if (h == NULL)
		return att_err_nomem(err);
	att_posture_keys_begin(k);
	if ((r = att_digest_of(ATT_ALG_SHA256, att_cur_rest(&value),
		 &k->sha256, err)) < 0 ||
	    (r = att_hasher_init(h, ATT_ALG_SHA256, err)) < 0)
		return r;
	while ((more = att_siglist_next(&value, &l, NULL)) == 1)
		if ((r = add_list(k, &l, h, err)) < 0)
			return r;
	if (more < 0)
		return att_err_set(err, more,
		    "is no list of signatures (UEFI 2.10, 32.4.1)");
	return att_hasher_final(h, ATT_ALG_SHA256, &k->digests_sha256, err);
}

static int
read_keys(struct att_tree *t, enum att_posture_variable v,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATTRIBUTES + VARIABLE_MAX);
	struct att_posture_keys *k = &t->to->keys[v];
	struct att_err why = { 0 };
	struct att_cur value;

	if (read_variable(t, keys[v], &b, &value, &why) < 0)
		return att_tree_keys_failed(k, &why, err);
	if (att_posture_read_lists(k, value, &why) < 0)
		return att_tree_keys_failed(k, &why, err);
	return 0;
}

int
att_posture_read_efi(struct att_tree *t, struct att_err *err)
{
	int r;

	if ((r = att_posture_add(t->to, "firmware.uefi", ATT_POSTURE_SYSFS,
		 json_boolean(att_tree_has(t, EFI)), err)) < 0)
		return r;
	for (size_t i = 0; i < ATT_COUNT(states); i++)
		if ((r = add_state(t, states[i].name, states[i].variable,
			 err)) < 0)
			return r;
	for (int v = 0; v < ATT_POSTURE_VARIABLES; v++)
		if ((r = read_keys(t, (enum att_posture_variable)v, err)) < 0)
			return r;
	return 0;
}
