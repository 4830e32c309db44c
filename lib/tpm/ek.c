#include "tpm/ek.h"

#include <string.h>

#include <tss2/tss2_mu.h>

#include "base/cur.h"
#include "tpm/ek_policy.h"
#include "tpm/state.h"
#include "tpm/sys.h"

/* TCG Provisioning Guidance 7.8: where endorsement keys are made persistent */
#define EK_PERSISTENT_FIRST 0x81010000u
#define EK_PERSISTENT_LAST 0x810100ffu

/* NV contents that the profile defines: templates and nonces (2.2.1.4). */
#define TEMPLATE_MAX 512
#define NONCE_MAX 256

struct att_tpm_ek {
	struct att_tpm_object object;
	enum att_tpm_ek_type type;
	TPMT_PUBLIC template;
	struct att_tpm_public_bytes bytes;
	struct att_buf cert;
};

/* B.3.3, B.3.4: authorization by policy alone */
#define LOW_ATTRIBUTES                                                       \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |                    \
	    TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_ADMINWITHPOLICY |  \
	    TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT)
/* B.4.4 to B.4.6 */
#define HIGH_ATTRIBUTES (LOW_ATTRIBUTES | TPMA_OBJECT_USERWITHAUTH)

#define AES_CFB(bits)                                                        \
	{ .algorithm = TPM2_ALG_AES, .keyBits.aes = (bits),                  \
	    .mode.aes = TPM2_ALG_CFB }
#define RSA2048                                                              \
	{ .rsaDetail = { .symmetric = AES_CFB(128),                          \
	      .scheme.scheme = TPM2_ALG_NULL, .keyBits = 2048 } }
#define ECC(curve, bits)                                                     \
	{ .eccDetail = { .symmetric = AES_CFB(bits),                         \
	      .scheme.scheme = TPM2_ALG_NULL, .curveID = (curve),            \
	      .kdf.scheme = TPM2_ALG_NULL } }

static const struct {
	const char *name;
	/* 0: none; nonce and template exist in the low range only */
	uint32_t nv_cert, nv_nonce, nv_template;
	TPMT_PUBLIC template;
} types[] = {
	[ATT_TPM_EK_AUTO] = { .name = "auto" },
	[ATT_TPM_EK_RSA2048] = { "rsa2048", 0x01c00002, 0x01c00003,
	    0x01c00004,
	    { .type = TPM2_ALG_RSA, .nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = LOW_ATTRIBUTES,
		.authPolicy = ATT_TPM_POLICY_A_SHA256, .parameters = RSA2048,
		.unique.rsa.size = 256 } },
	[ATT_TPM_EK_P256] = { "p256", 0x01c0000a, 0x01c0000b, 0x01c0000c,
	    { .type = TPM2_ALG_ECC, .nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = LOW_ATTRIBUTES,
		.authPolicy = ATT_TPM_POLICY_A_SHA256,
		.parameters = ECC(TPM2_ECC_NIST_P256, 128),
		.unique.ecc = { .x.size = 32, .y.size = 32 } } },
	[ATT_TPM_EK_RSA2048_HIGH] = { "rsa2048-high", 0x01c00012, 0, 0,
	    { .type = TPM2_ALG_RSA, .nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = HIGH_ATTRIBUTES,
		.authPolicy = ATT_TPM_POLICY_B_SHA256,
		.parameters = RSA2048 } },
	[ATT_TPM_EK_P256_HIGH] = { "p256-high", 0x01c00014, 0, 0,
	    { .type = TPM2_ALG_ECC, .nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = HIGH_ATTRIBUTES,
		.authPolicy = ATT_TPM_POLICY_B_SHA256,
		.parameters = ECC(TPM2_ECC_NIST_P256, 128) } },
	[ATT_TPM_EK_P384_HIGH] = { "p384-high", 0x01c00016, 0, 0,
	    { .type = TPM2_ALG_ECC, .nameAlg = TPM2_ALG_SHA384,
		.objectAttributes = HIGH_ATTRIBUTES,
		.authPolicy = ATT_TPM_POLICY_B_SHA384,
		.parameters = ECC(TPM2_ECC_NIST_P384, 256) } },
};

const char *
att_tpm_ek_type_name(enum att_tpm_ek_type type)
{
	return types[type].name;
}

bool
att_tpm_ek_type_by_name(const char *name, enum att_tpm_ek_type *ret)
{
	for (size_t i = 0; i < ATT_COUNT(types); i++)
		if (strcmp(types[i].name, name) == 0) {
			*ret = (enum att_tpm_ek_type)i;
			return true;
		}
	return false;
}

/* The length of the DER SEQUENCE that `data` begins with. */
static bool
der_length(struct att_slice data, size_t *ret)
{
	struct att_cur c = att_cur_of(data);
	size_t n = 0;
	uint8_t tag, first, b;

	if (!att_cur_u8(&c, &tag) || tag != 0x30 || !att_cur_u8(&c, &first))
		return false;
	/* X.690 8.1.3: an EK certificate needs one to three length bytes */
	if (first < 0x81 || first > 0x83)
		return false;
	for (unsigned i = 0; i < (first & 0x7fu); i++) {
		if (!att_cur_u8(&c, &b))
			return false;
		n = n << 8 | b;
	}
	if (n > c.left)
		return false;
	*ret = data.len - c.left + n;
	return true;
}

/* Some vendors define the index and leave it erased. */
static bool
is_erased(struct att_slice data)
{
	struct att_cur c = att_cur_of(data);

	return att_cur_all(&c, data.len, 0xff) ||
	    att_cur_all(&c, data.len, 0x00);
}

/* Empty *ret: there is none. */
static int
read_cert(struct att_tpm *t, enum att_tpm_ek_type type, struct att_buf *ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf nv =
	    ATT_BUF(ATT_TPM_EK_CERT_MAX);
	size_t len;
	int r;

	att_buf_reset(ret);
	r = att_tpm_nv_read(t, types[type].nv_cert, &nv, err);
	if (r == ATT_E_NOT_FOUND ||
	    (r == 0 && is_erased(att_buf_view(&nv))))
		return 0;
	if (r < 0)
		return r;
	if (!der_length(att_buf_view(&nv), &len))
		return att_err_set(err, ATT_E_FORMAT,
		    "NV index 0x%08x: %zu bytes that are no whole DER "
		    "certificate", types[type].nv_cert, nv.len);
	att_buf_bytes(ret, nv.data, len);
	return att_buf_ok(ret, "EK certificate", err);
}

static int
template_from_nv(struct att_slice nv, uint32_t index, uint16_t type,
    TPMT_PUBLIC *ret, struct att_err *err)
{
	TPMT_PUBLIC p = { 0 };
	size_t at = 0;

	if (Tss2_MU_TPMT_PUBLIC_Unmarshal(nv.data, nv.len, &at, &p) !=
		TSS2_RC_SUCCESS ||
	    at != nv.len || p.type != type)
		return att_err_set(err, ATT_E_FORMAT,
		    "NV index 0x%08x: no EK template of its type", index);
	*ret = p;
	return 0;
}

/* 2.2.1.4: the nonce stands at the beginning of `unique`, zeros behind. */
static int
put_nonce(TPMT_PUBLIC *p, struct att_slice nonce, struct att_err *err)
{
	int r;

	if (p->type == TPM2_ALG_RSA) {
		p->unique.rsa = (TPM2B_PUBLIC_KEY_RSA){ 0 };
		if ((r = ATT_TPM2B_FILL(&p->unique.rsa, buffer, nonce,
			 "EK nonce", err)) < 0)
			return r;
		p->unique.rsa.size = 256;
		return 0;
	}
	p->unique.ecc = (TPMS_ECC_POINT){ 0 };
	if ((r = ATT_TPM2B_FILL(&p->unique.ecc.x, buffer, nonce, "EK nonce",
		 err)) < 0)
		return r;
	p->unique.ecc.x.size = 32;
	p->unique.ecc.y.size = 32;
	return nonce.len <= 32 ? 0 :
				 att_err_set(err, ATT_E_LIMIT,
				     "EK nonce has %zu bytes, at most 32 "
				     "are taken", nonce.len);
}

static int
make_template(struct att_tpm *t, enum att_tpm_ek_type type, TPMT_PUBLIC *ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf nonce = ATT_BUF(NONCE_MAX);
	AUTO_DONE(att_buf_done) struct att_buf nv = ATT_BUF(TEMPLATE_MAX);
	TPMT_PUBLIC p = types[type].template;
	int r;

	if (types[type].nv_template != 0) {
		r = att_tpm_nv_read(t, types[type].nv_template, &nv, err);
		if (r == 0)
			r = template_from_nv(att_buf_view(&nv),
			    types[type].nv_template, p.type, &p, err);
		if (r < 0 && r != ATT_E_NOT_FOUND)
			return r;
	}
	if (types[type].nv_nonce != 0) {
		r = att_tpm_nv_read(t, types[type].nv_nonce, &nonce, err);
		if (r == 0)
			r = put_nonce(&p, att_buf_view(&nonce), err);
		if (r < 0 && r != ATT_E_NOT_FOUND)
			return r;
	}
	*ret = p;
	return 0;
}

/* Part 1, 26.5: QN = nameAlg || H(QN of the parent || Name). */
static bool
is_endorsement_primary(const struct att_tpm_public_bytes *b, uint16_t alg,
    const TPM2B_NAME *qualified)
{
	AUTO_DONE(att_buf_done) struct att_buf in = ATT_BUF(128);
	struct att_digest d;
	struct att_cur c = att_cur_from(qualified->name, qualified->size);
	uint16_t qn_alg;

	att_buf_be32(&in, TPM2_RH_ENDORSEMENT);
	att_buf_bytes(&in, b->name, b->name_len);
	return !in.failed &&
	    att_digest_of(alg, att_buf_view(&in), &d, NULL) == 0 &&
	    att_cur_be16(&c, &qn_alg) && qn_alg == alg &&
	    att_slice_equal(att_cur_rest(&c), att_digest_view(&d));
}

/* 1 and *ret if the object at this handle is our EK, 0 if not. */
static int
try_persistent(struct att_tpm *t, uint32_t handle,
    const TPMT_PUBLIC *template, struct att_tpm_object *ret,
    struct att_tpm_public_bytes *ret_bytes, struct att_err *err)
{
	struct att_tpm_public_bytes bytes;
	TPM2B_PUBLIC public = { 0 };
	TPM2B_NAME name = { 0 }, qualified = { 0 };
	int r;

	if ((r = att_tpm_rc(t,
		 Tss2_Sys_ReadPublic(t->sys, handle, NULL, &public, &name,
		     &qualified, NULL),
		 "TPM2_ReadPublic", err)) < 0)
		return r;
	if (!att_tpm_public_fits(&public.publicArea, template))
		return 0;
	if ((r = att_tpm_public_marshal(&public, &bytes, err)) < 0)
		return r;
	if (!is_endorsement_primary(&bytes, template->nameAlg, &qualified))
		return 0;
	*ret = (struct att_tpm_object){ t, handle };
	*ret_bytes = bytes;
	return 1;
}

/* 1 and *ret if a persistent EK of this template was found, 0 if not. */
static int
find_persistent(struct att_tpm *t, const TPMT_PUBLIC *template,
    struct att_tpm_object *ret, struct att_tpm_public_bytes *ret_bytes,
    struct att_err *err)
{
	TPMS_CAPABILITY_DATA data;
	const TPML_HANDLE *h;
	int r;

	if ((r = att_tpm_capability(t, TPM2_CAP_HANDLES, EK_PERSISTENT_FIRST,
		 TPM2_MAX_CAP_HANDLES, &data, err)) < 0)
		return r;
	h = &data.data.handles;
	for (uint32_t i = 0; i < h->count; i++) {
		if (h->handle[i] < EK_PERSISTENT_FIRST ||
		    h->handle[i] > EK_PERSISTENT_LAST)
			continue;
		if ((r = try_persistent(t, h->handle[i], template, ret,
			 ret_bytes, err)) != 0)
			return r;
	}
	return 0;
}

static int
create(struct att_tpm *t, const TPMT_PUBLIC *template,
    struct att_tpm_object *ret, struct att_tpm_public_bytes *ret_bytes,
    struct att_err *err)
{
	AUTO_DONE(att_tpm_object_done) struct att_tpm_object o = { 0 };
	TPM2B_PUBLIC public;
	int r;

	if ((r = att_tpm_primary_create(t, template, &o, &public, err)) < 0)
		return r;
	if (!att_tpm_public_fits(&public.publicArea, template))
		return att_err_set(err, ATT_E_TPM,
		    "TPM2_CreatePrimary: the EK differs from its template");
	if ((r = att_tpm_public_marshal(&public, ret_bytes, err)) < 0)
		return r;
	*ret = att_tpm_object_take(&o);
	return 0;
}

/* The type to use; *ret_cert is its certificate, empty if there is none. */
static int
choose(struct att_tpm *t, enum att_tpm_ek_type want,
    enum att_tpm_ek_type *ret, struct att_buf *ret_cert, struct att_err *err)
{
	int r;

	if (want != ATT_TPM_EK_AUTO) {
		*ret = want;
		return read_cert(t, want, ret_cert, err);
	}
	for (size_t i = ATT_TPM_EK_AUTO + 1; i < ATT_COUNT(types); i++) {
		*ret = (enum att_tpm_ek_type)i;
		if ((r = read_cert(t, *ret, ret_cert, err)) < 0)
			return r;
		if (ret_cert->len > 0)
			return 0;
	}
	*ret = ATT_TPM_EK_RSA2048;
	return 0;
}

int
att_tpm_ek_open(struct att_tpm *t, enum att_tpm_ek_type type,
    struct att_tpm_ek **ret, struct att_err *err)
{
	ATT_TPM_OP(t);
	AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = calloc(1, sizeof(*ek));
	int r;

	if (ek == NULL)
		return att_err_nomem(err);
	ek->cert = ATT_BUF(ATT_TPM_EK_CERT_MAX);
	if ((r = choose(t, type, &ek->type, &ek->cert, err)) < 0 ||
	    (r = make_template(t, ek->type, &ek->template, err)) < 0 ||
	    (r = find_persistent(t, &ek->template, &ek->object, &ek->bytes,
		 err)) < 0)
		return r;
	if (r == 0 &&
	    (r = create(t, &ek->template, &ek->object, &ek->bytes, err)) < 0)
		return r;
	*ret = take(&ek);
	return 0;
}

void
att_tpm_ek_free(struct att_tpm_ek *ek)
{
	if (ek == NULL)
		return;
	att_tpm_object_done(&ek->object);
	att_buf_done(&ek->cert);
	free(ek);
}

enum att_tpm_ek_type
att_tpm_ek_type_of(const struct att_tpm_ek *ek)
{
	return ek->type;
}

struct att_slice
att_tpm_ek_public(const struct att_tpm_ek *ek)
{
	return (struct att_slice){ ek->bytes.public, ek->bytes.public_len };
}

struct att_slice
att_tpm_ek_name(const struct att_tpm_ek *ek)
{
	return (struct att_slice){ ek->bytes.name, ek->bytes.name_len };
}

struct att_slice
att_tpm_ek_cert(const struct att_tpm_ek *ek)
{
	return att_buf_view(&ek->cert);
}

const TPMT_PUBLIC *
att_tpm_ek_template(const struct att_tpm_ek *ek)
{
	return &ek->template;
}

const struct att_tpm_object *
att_tpm_ek_object(const struct att_tpm_ek *ek)
{
	return &ek->object;
}
