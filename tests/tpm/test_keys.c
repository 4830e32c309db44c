/* Endorsement and attestation keys. */
#include "testlib.h"

#include <openssl/x509.h>
#include <tss2/tss2_mu.h>

#include "tests/tpm/inject.h"
#include "tests/tpm/swtpm.h"
#include "tests/tpm/verify.h"
#include "tpm/ak.h"
#include "tpm/ek.h"
#include "tpm/state.h"
#include "tpm/sys.h"

#define TIMEOUT_MS 60000

static struct swtpm tpm;
static struct att_tpm *t;
static struct inject plan;

static void
start(void)
{
	swtpm_start(&tpm);
	plan = (struct inject){ 0 };
	ok(att_tpm_open_link("injected", inject_new(swtpm_link(&tpm), &plan),
	    TIMEOUT_MS, &t, err));
}

/* Every test ends with nothing left in the TPM. */
static void
stop(void)
{
	att_tpm_free(t);
	ck_assert_uint_eq(swtpm_objects(&tpm), 0);
	swtpm_stop(&tpm);
}

/* From outside, for what no agent does. */
static struct att_tpm *
operator(void)
{
	struct att_tpm *o;

	ok(att_tpm_open(tpm.tcti, TIMEOUT_MS, &o, err));
	return o;
}

static const enum att_tpm_ek_type ek_types[] = { ATT_TPM_EK_RSA2048,
	ATT_TPM_EK_P256, ATT_TPM_EK_RSA2048_HIGH, ATT_TPM_EK_P256_HIGH,
	ATT_TPM_EK_P384_HIGH };
static const enum att_tpm_ak_type ak_types[] = { ATT_TPM_AK_RSA2048,
	ATT_TPM_AK_P256, ATT_TPM_AK_P384 };

/* -- auth values of hierarchies ------------------------------------------- */

/* What is made and loaded with the auth values of now. */
static int
life(struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;
	AUTO(att_tpm_ak_free) struct att_tpm_ak *ak = NULL;
	AUTO(att_tpm_ak_free) struct att_tpm_ak *again = NULL;
	int r;

	if ((r = att_tpm_ak_create(t, ATT_TPM_AK_P256, &blob, &ak, err)) < 0)
		return r;
	att_tpm_ak_free(take(&ak));
	if ((r = att_tpm_ak_load(t, att_buf_view(&blob), &again, err)) < 0)
		return r;
	return att_tpm_ek_open(t, ATT_TPM_EK_P256, &ek, err);
}

START_TEST(the_endorsement_hierarchy_has_an_auth_value)
{
	AUTO_DONE(att_buf_done) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	AUTO(att_tpm_ak_free) struct att_tpm_ak *ak = NULL;

	ok(att_tpm_ak_create(t, ATT_TPM_AK_P256, &blob, &ak, err));
	att_tpm_ak_free(take(&ak));
	/* the owner's is nothing to our keys */
	swtpm_set_auth(&tpm, true, "owner");
	ok(life(err));
	swtpm_set_auth(&tpm, false, "endorsement");
	fails(life(err), ATT_E_TPM, "another auth value");
	ok(att_tpm_set_auth(t, ATT_TPM_ENDORSEMENT, S("endorsemenT"), err));
	/* and no wrong one is a wrong key, or a failed try */
	fails(life(err), ATT_E_TPM, "another auth value");
	fails(att_tpm_ak_load(t, att_buf_view(&blob), &ak, err), ATT_E_TPM,
	    "another auth value");
	ok(att_tpm_set_auth(t, ATT_TPM_ENDORSEMENT, S("endorsement"), err));
	ok(life(err));
	ok(att_tpm_ak_load(t, att_buf_view(&blob), &ak, err));
}
END_TEST

START_TEST(auth_values_at_their_limit)
{
	char value[ATT_TPM_AUTH_MAX + 2];

	memset(value, 'a', sizeof(value));
	value[ATT_TPM_AUTH_MAX + 1] = '\0';
	fails(att_tpm_set_auth(t, ATT_TPM_OWNER, S(value), err), ATT_E_LIMIT,
	    "65 bytes");
	value[ATT_TPM_AUTH_MAX] = '\0';
	swtpm_set_auth(&tpm, false, value);
	ok(att_tpm_set_auth(t, ATT_TPM_ENDORSEMENT, S(value), err));
	ok(life(err));
}
END_TEST

/* -- endorsement keys ----------------------------------------------------- */

START_TEST(names_of_types)
{
	for (size_t i = 0; i < ATT_COUNT(ek_types); i++) {
		enum att_tpm_ek_type got = ATT_TPM_EK_AUTO;

		ck_assert(att_tpm_ek_type_by_name(
		    att_tpm_ek_type_name(ek_types[i]), &got));
		ck_assert(got == ek_types[i]);
	}
	{
		enum att_tpm_ek_type ek;

		ck_assert(att_tpm_ek_type_by_name("auto", &ek));
		ck_assert(!att_tpm_ek_type_by_name("rsa", &ek));
	}
}
END_TEST

static void
check_cert(struct att_tpm_ek *ek)
{
	struct att_slice der = att_tpm_ek_cert(ek);
	EVP_PKEY *key = verify_key(att_tpm_ek_public(ek));
	const unsigned char *p = der.data;
	X509 *x = d2i_X509(NULL, &p, (long)der.len);

	ck_assert(x != NULL);
	ck_assert(p == der.data + der.len);
	ck_assert_int_eq(EVP_PKEY_eq(X509_get0_pubkey(x), key), 1);
	X509_free(x);
	EVP_PKEY_free(key);
}

START_TEST(ek_with_certificate)
{
	static const enum att_tpm_ek_type want[] = { ATT_TPM_EK_AUTO,
		ATT_TPM_EK_RSA2048, ATT_TPM_EK_P384_HIGH };

	for (size_t i = 0; i < ATT_COUNT(want); i++) {
		AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;

		ok(att_tpm_ek_open(t, want[i], &ek, err));
		ck_assert(att_tpm_ek_type_of(ek) ==
		    (want[i] == ATT_TPM_EK_AUTO ? ATT_TPM_EK_RSA2048 :
						  want[i]));
		check_cert(ek);
		/* both were made persistent by swtpm_setup */
		ck_assert_uint_eq(swtpm_objects(&tpm), 0);
	}
}
END_TEST

START_TEST(ek_without_certificate)
{
	static const enum att_tpm_ek_type want[] = { ATT_TPM_EK_P256,
		ATT_TPM_EK_RSA2048_HIGH, ATT_TPM_EK_P256_HIGH };

	for (size_t i = 0; i < ATT_COUNT(want); i++) {
		AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;
		EVP_PKEY *key;

		ok(att_tpm_ek_open(t, want[i], &ek, err));
		ck_assert(att_tpm_ek_type_of(ek) == want[i]);
		ck_assert_uint_eq(att_tpm_ek_cert(ek).len, 0);
		key = verify_key(att_tpm_ek_public(ek));
		EVP_PKEY_free(key);
		/* Keylime's size of an RSA EK: 316 bytes with its length */
		if (want[i] == ATT_TPM_EK_RSA2048_HIGH)
			ck_assert_uint_eq(att_tpm_ek_public(ek).len, 316);
		ck_assert_uint_eq(swtpm_objects(&tpm), 1);
	}
}
END_TEST

START_TEST(ek_is_the_same_each_time)
{
	uint8_t name[80];
	size_t len = 0;

	for (int i = 0; i < 3; i++) {
		AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;

		if (i == 1)
			swtpm_reboot(&tpm);
		if (i == 2)
			swtpm_clear(&tpm);
		ok(att_tpm_ek_open(t, ATT_TPM_EK_P256, &ek, err));
		if (i == 0) {
			len = att_tpm_ek_name(ek).len;
			memcpy(name, att_tpm_ek_name(ek).data, len);
		}
		ck_assert(att_slice_equal(att_tpm_ek_name(ek),
		    (struct att_slice){ name, len }));
		ck_assert_uint_eq(len, 34);
		ck_assert_uint_eq(name[1], ATT_ALG_SHA256);
	}
}
END_TEST

/* EvictControl by the owner, as an operator would do it. */
static void
make_persistent(struct att_tpm *o, uint32_t transient, uint32_t handle)
{
	struct att_tpm_auths a = att_tpm_auths_of(o, TPM2_RH_OWNER);

	ok(att_tpm_rc(o, Tss2_Sys_EvictControl(o->sys, TPM2_RH_OWNER,
	    transient, &a.sent, handle, NULL), "TPM2_EvictControl", err));
}

START_TEST(ek_persistent_by_an_operator)
{
	AUTO(att_tpm_free) struct att_tpm *o = operator();
	AUTO(att_tpm_ek_free) struct att_tpm_ek *mine = NULL;
	{
		AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;

		ok(att_tpm_ek_open(o, ATT_TPM_EK_P256, &ek, err));
		make_persistent(o, att_tpm_ek_object(ek)->handle, 0x81010007);
	}
	ok(att_tpm_ek_open(t, ATT_TPM_EK_P256, &mine, err));
	ck_assert_uint_eq(att_tpm_ek_object(mine)->handle, 0x81010007);
}
END_TEST

START_TEST(persistent_key_of_another_hierarchy_is_no_ek)
{
	/* the template of the EK, but under the owner's seed */
	AUTO(att_tpm_free) struct att_tpm *o = operator();
	AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;
	const TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	const TPML_PCR_SELECTION no_pcrs = { 0 };
	const TPM2B_DATA no_data = { 0 };
	struct att_tpm_auths a = att_tpm_auths_of(o, TPM2_RH_OWNER);
	TPM2B_PUBLIC public = { 0 }, made = { 0 };
	TPM2_HANDLE handle;

	ok(att_tpm_ek_open(t, ATT_TPM_EK_P256, &ek, err));
	public.publicArea = *att_tpm_ek_template(ek);
	ok(att_tpm_rc(o, Tss2_Sys_CreatePrimary(o->sys, TPM2_RH_OWNER, &a.sent,
	    &sensitive, &public, &no_data, &no_pcrs, &handle, &made, NULL,
	    NULL, NULL, NULL, NULL), "TPM2_CreatePrimary", err));
	make_persistent(o, handle, 0x81010008);
	ok(att_tpm_rc(o, Tss2_Sys_FlushContext(o->sys, handle), "flush", err));
	att_tpm_ek_free(take(&ek));
	ok(att_tpm_ek_open(t, ATT_TPM_EK_P256, &ek, err));
	ck_assert_uint_eq(att_tpm_ek_object(ek)->handle >> 24, 0x80);
}
END_TEST

static void
define_nv_as(uint32_t index, struct att_slice data, uint16_t room,
    uint32_t attributes, const TPM2B_AUTH *auth)
{
	AUTO(att_tpm_free) struct att_tpm *o = operator();
	TPM2B_MAX_NV_BUFFER buf = { 0 };
	TPM2B_NV_PUBLIC nv = { .nvPublic = { .nvIndex = index,
	    .nameAlg = TPM2_ALG_SHA256, .dataSize = room,
	    .attributes = attributes } };
	struct att_tpm_auths a = att_tpm_auths_of(o, TPM2_RH_OWNER);

	ok(att_tpm_rc(o, Tss2_Sys_NV_DefineSpace(o->sys, TPM2_RH_OWNER,
	    &a.sent, auth, &nv, NULL), "TPM2_NV_DefineSpace", err));
	for (size_t at = 0; at < data.len; at += buf.size) {
		size_t n = ATT_MIN(data.len - at, (size_t)512);

		ok(ATT_TPM2B_FILL(&buf, buffer,
		    ((struct att_slice){ data.data + at, n }), "NV", err));
		ok(att_tpm_rc(o, Tss2_Sys_NV_Write(o->sys, TPM2_RH_OWNER,
		    index, &a.sent, &buf, (uint16_t)at, NULL),
		    "TPM2_NV_Write", err));
	}
}

static void
define_nv(uint32_t index, struct att_slice data, uint16_t room)
{
	define_nv_as(index, data, room, TPMA_NV_OWNERWRITE |
	    TPMA_NV_OWNERREAD | TPMA_NV_AUTHREAD | TPMA_NV_NO_DA,
	    &(TPM2B_AUTH){ 0 });
}

static void
undefine_nv(uint32_t index)
{
	AUTO(att_tpm_free) struct att_tpm *o = operator();
	struct att_tpm_auths a = att_tpm_auths_of(o, TPM2_RH_OWNER);

	ok(att_tpm_rc(o, Tss2_Sys_NV_UndefineSpace(o->sys, TPM2_RH_OWNER,
	    index, &a.sent, NULL), "TPM2_NV_UndefineSpace", err));
}

/* A failed try at an index would count towards the TPM's lockout. */
START_TEST(nv_is_read_without_a_guess)
{
	const TPM2B_AUTH auth = { .size = 6, .buffer = "secret" };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(8);
	struct att_tpm_info info;

	define_nv_as(0x01800007, S("data"), 4, TPMA_NV_OWNERWRITE |
	    TPMA_NV_OWNERREAD | TPMA_NV_AUTHREAD, &auth);
	ok(att_tpm_nv_read(t, 0x01800007, &b, err));
	ck_assert(att_slice_is(att_buf_view(&b), "data"));
	ok(att_tpm_info_read(t, &info, err));
	ck_assert_uint_eq(info.lockout_tries, 0);
	undefine_nv(0x01800007);
}
END_TEST

START_TEST(nv_that_only_an_owner_with_an_auth_value_reads)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(8);

	define_nv_as(0x01800008, S("data"), 4, TPMA_NV_OWNERWRITE |
	    TPMA_NV_OWNERREAD, &(TPM2B_AUTH){ 0 });
	swtpm_set_auth(&tpm, true, "owner");
	fails(att_tpm_nv_read(t, 0x01800008, &b, err), ATT_E_TPM,
	    "TPM2_NV_Read");
	ok(att_tpm_set_auth(t, ATT_TPM_OWNER, S("owner"), err));
	ok(att_tpm_nv_read(t, 0x01800008, &b, err));
	ck_assert(att_slice_is(att_buf_view(&b), "data"));
}
END_TEST

/* TPMT_PUBLIC of a template, as it stands in NV. */
static struct att_slice
marshal_template(const TPMT_PUBLIC *p, uint8_t buf[static 512])
{
	size_t len = 0;

	ck_assert(Tss2_MU_TPMT_PUBLIC_Marshal(p, buf, 512, &len) == 0);
	return (struct att_slice){ buf, len };
}

START_TEST(template_and_nonce_in_nv)
{
	static const uint8_t nonce[20] = { 1, 2, 3 };
	AUTO(att_tpm_ek_free) struct att_tpm_ek *plain = NULL;
	AUTO(att_tpm_ek_free) struct att_tpm_ek *nonced = NULL;
	AUTO(att_tpm_ek_free) struct att_tpm_ek *other = NULL;
	TPMT_PUBLIC template;
	uint8_t buf[512];

	ok(att_tpm_ek_open(t, ATT_TPM_EK_P256, &plain, err));
	define_nv(0x01c0000b, (struct att_slice){ nonce, 20 }, 20);
	ok(att_tpm_ek_open(t, ATT_TPM_EK_P256, &nonced, err));
	ck_assert(!att_slice_equal(att_tpm_ek_name(plain),
	    att_tpm_ek_name(nonced)));
	template = *att_tpm_ek_template(nonced);
	ck_assert_uint_eq(template.unique.ecc.x.size, 32);
	ck_assert_uint_eq(template.unique.ecc.x.buffer[2], 3);
	ck_assert_uint_eq(template.unique.ecc.x.buffer[20], 0);
	att_tpm_ek_free(take(&plain));
	att_tpm_ek_free(take(&nonced));

	/* a vendor's: same curve, AES-256 inside; the nonce still counts */
	template = (TPMT_PUBLIC){ 0 };
	ok(att_tpm_ek_open(t, ATT_TPM_EK_P256, &plain, err));
	template = *att_tpm_ek_template(plain);
	template.parameters.eccDetail.symmetric.keyBits.aes = 256;
	define_nv(0x01c0000c, marshal_template(&template, buf),
	    (uint16_t)marshal_template(&template, buf).len);
	ok(att_tpm_ek_open(t, ATT_TPM_EK_P256, &other, err));
	ck_assert_uint_eq(att_tpm_ek_template(other)
		->parameters.eccDetail.symmetric.keyBits.aes, 256);
	ck_assert_uint_eq(att_tpm_ek_template(other)->unique.ecc.x.buffer[2],
	    3);
}
END_TEST

START_TEST(template_and_nonce_that_are_off)
{
	static const uint8_t zeros[40] = { 0 };
	struct att_tpm_ek *ek = NULL;
	uint8_t buf[513] = { 0 };
	struct att_slice s;
	TPMT_PUBLIC p;
	{
		AUTO(att_tpm_ek_free) struct att_tpm_ek *plain = NULL;

		ok(att_tpm_ek_open(t, ATT_TPM_EK_P256, &plain, err));
		p = *att_tpm_ek_template(plain);
	}
	define_nv(0x01c0000b, (struct att_slice){ zeros, 33 }, 33);
	fails(att_tpm_ek_open(t, ATT_TPM_EK_P256, &ek, err), ATT_E_LIMIT,
	    "EK nonce");
	undefine_nv(0x01c0000b);

	/* one byte too many, one too few, an RSA template for P-256 */
	s = marshal_template(&p, buf);
	define_nv(0x01c0000c, (struct att_slice){ buf, s.len + 1 },
	    (uint16_t)(s.len + 1));
	fails(att_tpm_ek_open(t, ATT_TPM_EK_P256, &ek, err), ATT_E_FORMAT,
	    "0x01c0000c");
	undefine_nv(0x01c0000c);
	define_nv(0x01c0000c, (struct att_slice){ buf, s.len - 1 },
	    (uint16_t)(s.len - 1));
	fails(att_tpm_ek_open(t, ATT_TPM_EK_P256, &ek, err), ATT_E_FORMAT,
	    "0x01c0000c");
	undefine_nv(0x01c0000c);
	define_nv(0x01c00004, s, (uint16_t)s.len);
	fails(att_tpm_ek_open(t, ATT_TPM_EK_RSA2048, &ek, err), ATT_E_FORMAT,
	    "0x01c00004");
	undefine_nv(0x01c00004);
	ck_assert(ek == NULL);
}
END_TEST

START_TEST(certificate_in_nv)
{
	static const uint8_t der[] = { 0x30, 0x81, 0x80, 0x55 };
	uint8_t big[1600] = { 0x30, 0x82, 0x05, 0xdc, 0xaa };
	const uint32_t index = 0x01c0000a;

	/* 1504 bytes of DER in two NV reads, erased bytes behind */
	memset(big + 1504, 0xff, sizeof(big) - 1504);
	define_nv(index, (struct att_slice){ big, sizeof(big) }, 1600);
	{
		AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;

		ok(att_tpm_ek_open(t, ATT_TPM_EK_P256, &ek, err));
		ck_assert_uint_eq(att_tpm_ek_cert(ek).len, 1504);
		ck_assert_uint_eq(att_tpm_ek_cert(ek).data[4], 0xaa);
	}
	undefine_nv(index);

	/* defined and never written, or erased: none */
	define_nv(index, (struct att_slice){ NULL, 0 }, 100);
	for (int i = 0; i < 2; i++) {
		AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;

		ok(att_tpm_ek_open(t, ATT_TPM_EK_P256, &ek, err));
		ck_assert_uint_eq(att_tpm_ek_cert(ek).len, 0);
		undefine_nv(index);
		define_nv(index, (struct att_slice){ big + 1504, 90 }, 90);
	}
	undefine_nv(index);

	/* the length stated goes beyond what is there */
	define_nv(index, (struct att_slice){ der, sizeof(der) }, 4);
	{
		struct att_tpm_ek *ek = NULL;

		fails(att_tpm_ek_open(t, ATT_TPM_EK_P256, &ek, err),
		    ATT_E_FORMAT, "0x01c0000a");
		ck_assert(ek == NULL);
	}
	undefine_nv(index);
}
END_TEST

/* -- attestation keys ----------------------------------------------------- */

START_TEST(ak_of_each_type)
{
	for (size_t i = 0; i < ATT_COUNT(ak_types); i++) {
		AUTO_DONE(att_buf_done) struct att_buf blob =
		    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
		AUTO_DONE(att_buf_done) struct att_buf name = ATT_BUF(80);
		AUTO(att_tpm_ak_free) struct att_tpm_ak *ak = NULL;
		struct att_slice public;
		struct att_cur c;
		uint32_t attributes;

		ok(att_tpm_ak_create(t, ak_types[i], &blob, &ak, err));
		ck_assert(att_tpm_ak_type_of(ak) == ak_types[i]);
		ck_assert_uint_eq(swtpm_objects(&tpm), 1);
		public = att_tpm_ak_public(ak);
		/* size, type, nameAlg, then the attributes (Part 2, 12.2.4) */
		c = att_cur_from(public.data, public.len);
		ck_assert(att_cur_skip(&c, 6) && att_cur_be32(&c,
		    &attributes));
		ck_assert_uint_eq(attributes, ATT_TPM_AK_ATTRIBUTES);
		/* Keylime's size of an RSA AK: 282 bytes with its length */
		if (ak_types[i] == ATT_TPM_AK_RSA2048)
			ck_assert_uint_eq(public.len, 282);
		ck_assert_uint_eq(att_tpm_ak_name(ak).data[1],
		    att_tpm_ak_hash(ak_types[i]));
		att_buf_slice(&name, att_tpm_ak_name(ak));
		att_tpm_ak_free(take(&ak));
		ck_assert_uint_eq(swtpm_objects(&tpm), 0);

		swtpm_reboot(&tpm);
		ok(att_tpm_ak_load(t, att_buf_view(&blob), &ak, err));
		ck_assert(att_tpm_ak_type_of(ak) == ak_types[i]);
		ck_assert(att_slice_equal(att_tpm_ak_name(ak),
		    att_buf_view(&name)));
		ck_assert_uint_eq(swtpm_objects(&tpm), 1);
	}
}
END_TEST

START_TEST(ak_is_gone_after_clear)
{
	AUTO_DONE(att_buf_done) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	struct att_tpm_ak *ak = NULL;

	ok(att_tpm_ak_create(t, ATT_TPM_AK_RSA2048, &blob, &ak, err));
	swtpm_clear(&tpm);
	att_tpm_ak_free(take(&ak));
	fails(att_tpm_ak_load(t, att_buf_view(&blob), &ak, err),
	    ATT_E_TPM_KEY, "cleared");
	ck_assert(ak == NULL);
	/* and a new one can be made */
	ok(att_tpm_ak_create(t, ATT_TPM_AK_RSA2048, &blob, &ak, err));
	att_tpm_ak_free(take(&ak));
	ok(att_tpm_ak_load(t, att_buf_view(&blob), &ak, err));
	att_tpm_ak_free(ak);
}
END_TEST

START_TEST(ak_of_another_tpm)
{
	AUTO_DONE(att_buf_done) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	AUTO(att_tpm_ak_free) struct att_tpm_ak *ak = NULL;
	AUTO(att_tpm_free) struct att_tpm *o = NULL;
	struct att_tpm_ak *stranger = NULL;
	struct swtpm second;

	ok(att_tpm_ak_create(t, ATT_TPM_AK_P256, &blob, &ak, err));
	swtpm_start_blank(&second);
	ok(att_tpm_open(second.tcti, TIMEOUT_MS, &o, err));
	fails(att_tpm_ak_load(o, att_buf_view(&blob), &stranger, err),
	    ATT_E_TPM_KEY, "not of this TPM");
	ck_assert(stranger == NULL);
	ck_assert_uint_eq(swtpm_objects(&second), 0);
	swtpm_stop(&second);
}
END_TEST

/* Bytes with the digest that makes a blob whole again. */
static void
seal(struct att_buf *b, struct att_slice body)
{
	struct att_digest d;

	att_buf_reset(b);
	att_buf_slice(b, body);
	ok(att_digest_of(ATT_ALG_SHA256, att_buf_view(b), &d, err));
	att_buf_slice(b, att_digest_view(&d));
}

START_TEST(blobs_that_are_off)
{
	AUTO_DONE(att_buf_done) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	AUTO_DONE(att_buf_done) struct att_buf other =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	AUTO_DONE(att_buf_done) struct att_buf tiny = ATT_BUF(100);
	AUTO(att_tpm_ak_free) struct att_tpm_ak *ak = NULL;
	struct att_tpm_ak *none = NULL;
	struct att_slice body;

	fails(att_tpm_ak_create(t, ATT_TPM_AK_P256, &tiny, &none, err),
	    ATT_E_LIMIT, "AK blob");
	ck_assert_uint_eq(swtpm_objects(&tpm), 0);
	ok(att_tpm_ak_create(t, ATT_TPM_AK_P256, &blob, &ak, err));
	plan.times = 0;
	plan.seen = 0;
	for (size_t n = 0; n < blob.len; n++) {
		struct att_slice cut = { blob.data, n };
		int r = att_tpm_ak_load(t, cut, &none, NULL);

		ck_assert(r == ATT_E_FORMAT || r == ATT_E_SHORT);
	}
	for (size_t bit = 0; bit < blob.len * 8; bit++) {
		blob.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert_int_eq(att_tpm_ak_load(t, att_buf_view(&blob),
		    &none, NULL), ATT_E_FORMAT);
		blob.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	/* none of these reached the TPM */
	ck_assert_uint_eq(plan.seen, 0);

	/* whole, but not of our making: one attribute more, one byte more */
	body = (struct att_slice){ blob.data, blob.len - 32 };
	blob.data[8 + 6 + 2] ^= 0x04;	/* noDA, bit 10 */
	seal(&other, body);
	fails(att_tpm_ak_load(t, att_buf_view(&other), &none, err),
	    ATT_E_FORMAT, "0x00050472");
	blob.data[8 + 6 + 2] ^= 0x04;
	body.len--;
	seal(&other, body);
	fails(att_tpm_ak_load(t, att_buf_view(&other), &none, err),
	    ATT_E_FORMAT, "TPM2B_PRIVATE");
	body.len += 2;
	seal(&other, body);
	fails(att_tpm_ak_load(t, att_buf_view(&other), &none, err),
	    ATT_E_FORMAT, "TPM2B_PRIVATE");
	ck_assert(none == NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("keys");
	TCase *tc = tcase_create("keys");

	tcase_add_unchecked_fixture(tc, swtpm_manufacture, NULL);
	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, names_of_types);
	tcase_add_test(tc, the_endorsement_hierarchy_has_an_auth_value);
	tcase_add_test(tc, auth_values_at_their_limit);
	tcase_add_test(tc, ek_with_certificate);
	tcase_add_test(tc, ek_without_certificate);
	tcase_add_test(tc, ek_is_the_same_each_time);
	tcase_add_test(tc, ek_persistent_by_an_operator);
	tcase_add_test(tc, persistent_key_of_another_hierarchy_is_no_ek);
	tcase_add_test(tc, nv_is_read_without_a_guess);
	tcase_add_test(tc, nv_that_only_an_owner_with_an_auth_value_reads);
	tcase_add_test(tc, template_and_nonce_in_nv);
	tcase_add_test(tc, template_and_nonce_that_are_off);
	tcase_add_test(tc, certificate_in_nv);
	tcase_add_test(tc, ak_of_each_type);
	tcase_add_test(tc, ak_is_gone_after_clear);
	tcase_add_test(tc, ak_of_another_tpm);
	tcase_add_test(tc, blobs_that_are_off);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
