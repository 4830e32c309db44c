/* What att_makecred enciphers, a TPM gives out: to the right AK alone. */
#include "testlib.h"

#include "crypto/random.h"
#include "evidence/tpm_public.h"
#include "tests/tpm/swtpm.h"
#include "tpm/credential.h"
#include "tpm/makecred.h"

#define TIMEOUT_MS 60000

static struct swtpm tpm;
static struct att_tpm *t;

static void
start(void)
{
	swtpm_start(&tpm);
	ok(att_tpm_open(tpm.tcti, TIMEOUT_MS, &t, err));
}

static void
stop(void)
{
	att_tpm_free(t);
	swtpm_stop(&tpm);
}

static const enum att_tpm_ek_type ek_types[] = { ATT_TPM_EK_RSA2048,
	ATT_TPM_EK_P256, ATT_TPM_EK_RSA2048_HIGH, ATT_TPM_EK_P256_HIGH,
	ATT_TPM_EK_P384_HIGH };
static const enum att_tpm_ak_type ak_types[] = { ATT_TPM_AK_RSA2048,
	ATT_TPM_AK_P256, ATT_TPM_AK_P384 };

static struct att_tpm_ak *
new_ak(enum att_tpm_ak_type type)
{
	AUTO_DONE(att_buf_done) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	struct att_tpm_ak *ak = NULL;

	ok(att_tpm_ak_create(t, type, &blob, &ak, err));
	return ak;
}

/* Enciphers `secret` for the EK and this Name, and has the TPM open it. */
static int
round_trip(struct att_tpm_ek *ek, struct att_tpm_ak *ak,
    struct att_slice name, struct att_slice secret, struct att_buf *got,
    struct att_err *why)
{
	AUTO_DONE(att_buf_done) struct att_buf id =
	    ATT_BUF(ATT_MAKECRED_ID_MAX);
	AUTO_DONE(att_buf_done) struct att_buf enc =
	    ATT_BUF(ATT_MAKECRED_SECRET_MAX);
	struct att_tpm_public p;

	ok(att_tpm_public_parse_2b(att_tpm_ek_public(ek), &p, err));
	ok(att_tpm_public_check_ek(&p, err));
	ok(att_makecred(&p, name, secret, &id, &enc, err));
	return att_tpm_credential_activate(ek, ak, att_buf_view(&id),
	    att_buf_view(&enc), got, why);
}

START_TEST(the_tpm_gives_the_secret)
{
	AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;
	uint8_t secret[ATT_DIGEST_MAX];

	ok(att_tpm_ek_open(t, ek_types[_i], &ek, err));
	ok(att_random(secret, sizeof(secret), err));
	for (size_t i = 0; i < ATT_COUNT(ak_types); i++) {
		AUTO_DONE(att_buf_wipe) struct att_buf got =
		    ATT_BUF(ATT_TPM_CREDENTIAL_MAX);
		AUTO(att_tpm_ak_free) struct att_tpm_ak *ak =
		    new_ak(ak_types[i]);
		struct att_slice s = { secret, 32 };
		struct att_slice raw = att_tpm_ak_public(ak);
		struct att_tpm_public p;
		struct att_tpm_name name;

		ok(att_tpm_public_parse_2b(raw, &p, err));
		ok(att_tpm_public_check_ak(&p, err));
		ok(att_tpm_public_name(&p, &name, err));
		ck_assert(att_slice_equal(att_tpm_name_view(&name),
		    att_tpm_ak_name(ak)));
		ok(round_trip(ek, ak, att_tpm_name_view(&name), s, &got,
		    err));
		ck_assert(att_slice_equal(att_buf_view(&got), s));
	}
}
END_TEST

/* Shortest and longest; a P-384 EK names with SHA-384. */
START_TEST(secrets_of_every_length)
{
	AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;
	AUTO(att_tpm_ak_free) struct att_tpm_ak *ak = new_ak(ATT_TPM_AK_P256);
	bool sha384 = ek_types[_i] == ATT_TPM_EK_P384_HIGH;
	uint8_t secret[ATT_DIGEST_MAX];
	size_t max = sha384 ? 48 : 32;

	ok(att_tpm_ek_open(t, ek_types[_i], &ek, err));
	ok(att_random(secret, sizeof(secret), err));
	for (size_t len = 1; len <= max; len += len == 1 ? 15 : 16) {
		AUTO_DONE(att_buf_wipe) struct att_buf got =
		    ATT_BUF(ATT_TPM_CREDENTIAL_MAX);
		struct att_slice s = { secret, len };

		ok(round_trip(ek, ak, att_tpm_ak_name(ak), s, &got, err));
		ck_assert(att_slice_equal(att_buf_view(&got), s));
	}
}
END_TEST

START_TEST(no_other_ak_gets_it)
{
	AUTO_DONE(att_buf_wipe) struct att_buf got =
	    ATT_BUF(ATT_TPM_CREDENTIAL_MAX);
	AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;
	AUTO(att_tpm_ak_free) struct att_tpm_ak *ak = new_ak(ATT_TPM_AK_P256);
	AUTO(att_tpm_ak_free) struct att_tpm_ak *other =
	    new_ak(ATT_TPM_AK_P256);

	ok(att_tpm_ek_open(t, ek_types[_i], &ek, err));
	fails(round_trip(ek, other, att_tpm_ak_name(ak), S("secret"), &got,
	    err), ATT_E_MISMATCH, "");
	ck_assert_uint_eq(got.len, 0);
	ok(round_trip(ek, ak, att_tpm_ak_name(ak), S("secret"), &got, err));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("makecred");
	TCase *c = tcase_create("makecred");
	int eks = (int)ATT_COUNT(ek_types);

	tcase_add_unchecked_fixture(c, swtpm_manufacture, NULL);
	tcase_add_checked_fixture(c, start, stop);
	tcase_add_loop_test(c, the_tpm_gives_the_secret, 0, eks);
	tcase_add_loop_test(c, secrets_of_every_length, 0, eks);
	tcase_add_loop_test(c, no_other_ak_gets_it, 0, eks);
	suite_add_tcase(s, c);
	return run_suite(s);
}
