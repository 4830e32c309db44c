#include "tpm/ak.h"

#include <string.h>

#include <tss2/tss2_mu.h>

#include "base/cur.h"
#include "tpm/sys.h"

/*
 * The blob: magic with version | TPM2B_PUBLIC | TPM2B_PRIVATE | SHA-256 of all
 * before. The digest tells a damaged file from a TPM that was cleared, which
 * the TPM itself answers alike (TPM_RC_INTEGRITY).
 */
static const char MAGIC[8] = { 'a', 't', 't', 'd', '-', 'a', 'k', '1' };

struct att_tpm_ak {
	struct att_tpm_object object;
	enum att_tpm_ak_type type;
	struct att_tpm_public_bytes bytes;
};

/* TCG Provisioning Guidance 7.5.1: the default storage template for P-256. */
static const TPMT_PUBLIC parent_template = {
	.type = TPM2_ALG_ECC,
	.nameAlg = TPM2_ALG_SHA256,
	.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
	    TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH |
	    TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT,
	.parameters.eccDetail = {
	    .symmetric = { .algorithm = TPM2_ALG_AES, .keyBits.aes = 128,
		.mode.aes = TPM2_ALG_CFB },
	    .scheme.scheme = TPM2_ALG_NULL,
	    .curveID = TPM2_ECC_NIST_P256,
	    .kdf.scheme = TPM2_ALG_NULL },
	.unique.ecc = { .x.size = 32, .y.size = 32 },
};

#define ECDSA(curve, hash)                                                   \
	{ .eccDetail = { .symmetric.algorithm = TPM2_ALG_NULL,               \
	      .scheme = { .scheme = TPM2_ALG_ECDSA,                          \
		  .details.ecdsa.hashAlg = (hash) },                         \
	      .curveID = (curve), .kdf.scheme = TPM2_ALG_NULL } }

static const struct {
	const char *name;
	TPMT_PUBLIC template;	/* nameAlg is the hash of the scheme, too */
} types[] = {
	[ATT_TPM_AK_RSA2048] = { "rsa2048",
	    { .type = TPM2_ALG_RSA, .nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = ATT_TPM_AK_ATTRIBUTES,
		.parameters.rsaDetail = {
		    .symmetric.algorithm = TPM2_ALG_NULL,
		    .scheme = { .scheme = TPM2_ALG_RSASSA,
			.details.rsassa.hashAlg = TPM2_ALG_SHA256 },
		    .keyBits = 2048 } } },
	[ATT_TPM_AK_P256] = { "p256",
	    { .type = TPM2_ALG_ECC, .nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = ATT_TPM_AK_ATTRIBUTES,
		.parameters = ECDSA(TPM2_ECC_NIST_P256, TPM2_ALG_SHA256) } },
	[ATT_TPM_AK_P384] = { "p384",
	    { .type = TPM2_ALG_ECC, .nameAlg = TPM2_ALG_SHA384,
		.objectAttributes = ATT_TPM_AK_ATTRIBUTES,
		.parameters = ECDSA(TPM2_ECC_NIST_P384, TPM2_ALG_SHA384) } },
};

const char *
att_tpm_ak_type_name(enum att_tpm_ak_type type)
{
	return types[type].name;
}

uint16_t
att_tpm_ak_hash(enum att_tpm_ak_type type)
{
	return types[type].template.nameAlg;
}

static bool
type_of_public(const TPM2B_PUBLIC *public, enum att_tpm_ak_type *ret)
{
	for (size_t i = 0; i < ATT_COUNT(types); i++)
		if (att_tpm_public_fits(&public->publicArea,
			&types[i].template)) {
			*ret = (enum att_tpm_ak_type)i;
			return true;
		}
	return false;
}

static int
encode(const TPM2B_PUBLIC *public, const TPM2B_PRIVATE *private,
    struct att_buf *ret, struct att_err *err)
{
	struct att_tpm_public_bytes bytes;
	struct att_digest check;
	int r;

	if ((r = att_tpm_public_marshal(public, &bytes, err)) < 0)
		return r;
	att_buf_reset(ret);
	att_buf_bytes(ret, MAGIC, sizeof(MAGIC));
	att_buf_bytes(ret, bytes.public, bytes.public_len);
	att_buf_tpm2b(ret,
	    (struct att_slice){ private->buffer, private->size });
	if ((r = att_digest_of(ATT_ALG_SHA256, att_buf_view(ret), &check,
		 err)) < 0)
		return r;
	att_buf_slice(ret, att_digest_view(&check));
	return att_buf_ok(ret, "AK blob", err);
}

/* What stands between magic and digest, once both are right. */
static int
open_blob(struct att_slice blob, struct att_cur *ret, struct att_err *err)
{
	struct att_digest want;
	struct att_slice magic, sum;
	struct att_cur c = att_cur_of(blob), body;
	int r;

	if (!att_cur_bytes(&c, sizeof(MAGIC), &magic) ||
	    memcmp(magic.data, MAGIC, sizeof(MAGIC)) != 0)
		return att_err_at(err, ATT_E_FORMAT, 0,
		    "AK blob: does not begin as one");
	if (c.left < att_alg_size(ATT_ALG_SHA256) ||
	    !att_cur_child(&c, c.left - att_alg_size(ATT_ALG_SHA256), &body))
		return att_err_at(err, ATT_E_SHORT, c.off,
		    "AK blob: %zu bytes are too few", blob.len);
	sum = att_cur_rest(&c);
	if ((r = att_digest_of(ATT_ALG_SHA256,
		 (struct att_slice){ blob.data, blob.len - sum.len }, &want,
		 err)) < 0)
		return r;
	if (!att_slice_equal(sum, att_digest_view(&want)))
		return att_err_at(err, ATT_E_FORMAT, c.off,
		    "AK blob: damaged, its digest differs");
	*ret = body;
	return 0;
}

static int
decode(struct att_slice blob, TPM2B_PUBLIC *ret_public,
    TPM2B_PRIVATE *ret_private, enum att_tpm_ak_type *ret_type,
    struct att_err *err)
{
	struct att_slice public, private;
	TPM2B_PUBLIC p = { 0 };
	struct att_cur c;
	size_t at = 0;
	int r;

	if ((r = open_blob(blob, &c, err)) < 0)
		return r;
	if (!att_cur_tpm2b(&c, &public) || !att_cur_tpm2b(&c, &private) ||
	    !att_cur_empty(&c))
		return att_err_at(err, ATT_E_FORMAT, c.off,
		    "AK blob: not a TPM2B_PUBLIC and a TPM2B_PRIVATE");
	if (Tss2_MU_TPMT_PUBLIC_Unmarshal(public.data, public.len, &at,
		&p.publicArea) != TSS2_RC_SUCCESS || at != public.len)
		return att_err_set(err, ATT_E_FORMAT,
		    "AK blob: public area is malformed");
	if (!type_of_public(&p, ret_type))
		return att_err_set(err, ATT_E_FORMAT,
		    "AK blob: key with attributes 0x%08x is no AK of a "
		    "known type (attributes 0x%08x)",
		    p.publicArea.objectAttributes, ATT_TPM_AK_ATTRIBUTES);
	if ((r = ATT_TPM2B_FILL(ret_private, buffer, private,
		 "AK private area", err)) < 0)
		return r;
	*ret_public = p;
	return 0;
}

/* K1: what the TPM holds is what was asked for, in every field. */
static int
check_loaded(struct att_tpm_ak *ak, const TPM2B_PUBLIC *want,
    struct att_err *err)
{
	struct att_tpm *t = ak->object.t;
	TPM2B_NAME name = { 0 }, qualified = { 0 };
	struct att_tpm_public_bytes wanted;
	TPM2B_PUBLIC public = { 0 };
	int r;

	if ((r = att_tpm_rc(t,
		 Tss2_Sys_ReadPublic(t->sys, ak->object.handle, NULL, &public,
		     &name, &qualified, NULL),
		 "TPM2_ReadPublic", err)) < 0 ||
	    (r = att_tpm_public_marshal(want, &wanted, err)) < 0 ||
	    (r = att_tpm_public_marshal(&public, &ak->bytes, err)) < 0)
		return r;
	if (!att_tpm_public_fits(&public.publicArea,
		&types[ak->type].template))
		return att_err_set(err, ATT_E_TPM,
		    "AK has attributes 0x%08x or parameters that were not "
		    "asked for, must be 0x%08x",
		    public.publicArea.objectAttributes,
		    ATT_TPM_AK_ATTRIBUTES);
	if (!att_slice_equal(att_tpm_ak_name(ak),
		(struct att_slice){ wanted.name, wanted.name_len }) ||
	    !att_slice_equal(att_tpm_ak_name(ak),
		(struct att_slice){ name.name, name.size }))
		return att_err_set(err, ATT_E_TPM,
		    "AK has another Name than the one that was loaded");
	return 0;
}

static int
load(struct att_tpm *t, const struct att_tpm_object *parent,
    enum att_tpm_ak_type type, const TPM2B_PUBLIC *public,
    const TPM2B_PRIVATE *private, struct att_tpm_ak **ret,
    struct att_err *err)
{
	AUTO(att_tpm_ak_free) struct att_tpm_ak *ak = calloc(1, sizeof(*ak));
	struct att_tpm_auths a = att_tpm_auths_of(t, parent->handle);
	TPM2B_NAME name = { 0 };
	TPM2_HANDLE handle;
	TSS2_RC rc;
	int r;

	if (ak == NULL)
		return att_err_nomem(err);
	ak->type = type;
	rc = att_tpm_auths_rc(&a, Tss2_Sys_Load(t->sys, parent->handle,
	    &a.sent, private, public, &handle, &name, &a.got));
	if (att_tpm_rc_base(rc) == TPM2_RC_INTEGRITY ||
	    att_tpm_rc_base(rc) == TPM2_RC_BINDING)
		return att_err_sub(err, ATT_E_TPM_KEY, rc,
		    "the AK is not of this TPM since it was last cleared "
		    "(0x%08x)", rc);
	if ((r = att_tpm_rc(t, rc, "TPM2_Load", err)) < 0)
		return r;
	ak->object = (struct att_tpm_object){ t, handle };
	if ((r = check_loaded(ak, public, err)) < 0)
		return r;
	*ret = take(&ak);
	return 0;
}

static bool
is_unsupported(TSS2_RC rc)
{
	switch (att_tpm_rc_base(rc)) {
	case TPM2_RC_ASYMMETRIC:
	case TPM2_RC_CURVE:
	case TPM2_RC_HASH:
	case TPM2_RC_KEY_SIZE:
	case TPM2_RC_SCHEME:
	case TPM2_RC_TYPE:
	case TPM2_RC_VALUE:
		return true;
	default:
		return false;
	}
}

int
att_tpm_ak_create(struct att_tpm *t, enum att_tpm_ak_type type,
    struct att_buf *ret_blob, struct att_tpm_ak **ret, struct att_err *err)
{
	ATT_TPM_OP(t);
	AUTO_DONE(att_tpm_object_done) struct att_tpm_object parent = { 0 };
	AUTO(att_tpm_ak_free) struct att_tpm_ak *ak = NULL;
	const TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	const TPML_PCR_SELECTION no_pcrs = { 0 };
	const TPM2B_DATA no_data = { 0 };
	const TPM2B_PUBLIC template = { .publicArea = types[type].template };
	TPM2B_PRIVATE private = { 0 };
	TPM2B_PUBLIC public;
	struct att_tpm_auths a;
	TSS2_RC rc;
	int r;

	if ((r = att_tpm_primary_create(t, &parent_template, &parent, &public,
		 err)) < 0)
		return r;
	a = att_tpm_auths_of(t, parent.handle);
	public = (TPM2B_PUBLIC){ 0 };
	rc = att_tpm_auths_rc(&a, Tss2_Sys_Create(t->sys, parent.handle,
	    &a.sent, &sensitive, &template, &no_data, &no_pcrs, &private,
	    &public, NULL, NULL, NULL, &a.got));
	if (is_unsupported(rc))
		return att_err_sub(err, ATT_E_UNSUPPORTED, rc,
		    "this TPM makes no AK of type %s (0x%08x)",
		    types[type].name, rc);
	if ((r = att_tpm_rc(t, rc, "TPM2_Create", err)) < 0 ||
	    (r = load(t, &parent, type, &public, &private, &ak, err)) < 0 ||
	    (r = encode(&public, &private, ret_blob, err)) < 0)
		return r;
	*ret = take(&ak);
	return 0;
}

int
att_tpm_ak_load(struct att_tpm *t, struct att_slice blob,
    struct att_tpm_ak **ret, struct att_err *err)
{
	ATT_TPM_OP(t);
	AUTO_DONE(att_tpm_object_done) struct att_tpm_object parent = { 0 };
	enum att_tpm_ak_type type = ATT_TPM_AK_RSA2048;
	TPM2B_PUBLIC public, parent_public;
	TPM2B_PRIVATE private;
	int r;

	if ((r = decode(blob, &public, &private, &type, err)) < 0 ||
	    (r = att_tpm_primary_create(t, &parent_template, &parent,
		 &parent_public, err)) < 0)
		return r;
	return load(t, &parent, type, &public, &private, ret, err);
}

void
att_tpm_ak_free(struct att_tpm_ak *ak)
{
	if (ak == NULL)
		return;
	att_tpm_object_done(&ak->object);
	free(ak);
}

enum att_tpm_ak_type
att_tpm_ak_type_of(const struct att_tpm_ak *ak)
{
	return ak->type;
}

struct att_slice
att_tpm_ak_public(const struct att_tpm_ak *ak)
{
	return (struct att_slice){ ak->bytes.public, ak->bytes.public_len };
}

struct att_slice
att_tpm_ak_name(const struct att_tpm_ak *ak)
{
	return (struct att_slice){ ak->bytes.name, ak->bytes.name_len };
}

const struct att_tpm_object *
att_tpm_ak_object(const struct att_tpm_ak *ak)
{
	return &ak->object;
}
