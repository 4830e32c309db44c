/*
 * The credential that proves that EK and AK live in one TPM; and what is left
 * behind when any command on the way to it fails.
 */
#include "testlib.h"

#include <poll.h>

#include "tests/tpm/inject.h"
#include "tests/tpm/swtpm.h"
#include "tpm/credential.h"
#include "tpm/state.h"
#include "tpm/sys.h"

#define TIMEOUT_MS 60000
#define SHORT_MS 400

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

/* -- credential ----------------------------------------------------------- */

#define SECRET "0123456789abcdefghijklmnopqrstuv"

struct credential {
	TPM2B_ID_OBJECT id;
	TPM2B_ENCRYPTED_SECRET enc;
};

/* TPM2_MakeCredential: needs no secret, so any TPM does. */
static struct credential
make_credential(struct att_tpm_ek *ek, struct att_slice name)
{
	struct att_tpm *o = att_tpm_ek_object(ek)->t;
	struct credential c = { 0 };
	TPM2B_DIGEST secret = { 0 };
	TPM2B_NAME n = { 0 };

	ok(ATT_TPM2B_FILL(&secret, buffer, S(SECRET), "secret", err));
	ok(ATT_TPM2B_FILL(&n, name, name, "name", err));
	ok(att_tpm_rc(o, Tss2_Sys_MakeCredential(o->sys,
	    att_tpm_ek_object(ek)->handle, NULL, &secret, &n, &c.id, &c.enc,
	    NULL), "TPM2_MakeCredential", err));
	return c;
}

static int
activate(struct att_tpm_ek *ek, struct att_tpm_ak *ak,
    const struct credential *c, struct att_buf *ret, struct att_err *err)
{
	return att_tpm_credential_activate(ek, ak,
	    (struct att_slice){ c->id.credential, c->id.size },
	    (struct att_slice){ c->enc.secret, c->enc.size }, ret, err);
}

START_TEST(credential_with_each_pair)
{
	for (size_t i = 0; i < ATT_COUNT(ek_types); i++) {
		AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;

		ok(att_tpm_ek_open(t, ek_types[i], &ek, err));
		for (size_t k = 0; k < ATT_COUNT(ak_types); k++) {
			AUTO_DONE(att_buf_done) struct att_buf blob =
			    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
			AUTO_DONE(att_buf_wipe) struct att_buf got =
			    ATT_BUF(ATT_TPM_CREDENTIAL_MAX);
			AUTO(att_tpm_ak_free) struct att_tpm_ak *ak = NULL;
			struct credential c;

			ok(att_tpm_ak_create(t, ak_types[k], &blob, &ak, err));
			c = make_credential(ek, att_tpm_ak_name(ak));
			ok(activate(ek, ak, &c, &got, err));
			ck_assert(att_slice_is(att_buf_view(&got), SECRET));
		}
	}
}
END_TEST

START_TEST(credential_of_somebody_else)
{
	AUTO_DONE(att_buf_done) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	AUTO_DONE(att_buf_wipe) struct att_buf got =
	    ATT_BUF(ATT_TPM_CREDENTIAL_MAX);
	AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;
	AUTO(att_tpm_ak_free) struct att_tpm_ak *ak = NULL;
	static const uint8_t zeros[1024];
	struct credential c;

	ok(att_tpm_ek_open(t, ATT_TPM_EK_RSA2048, &ek, err));
	ok(att_tpm_ak_create(t, ATT_TPM_AK_P256, &blob, &ak, err));
	/* for another AK */
	c = make_credential(ek, att_tpm_ek_name(ek));
	fails(activate(ek, ak, &c, &got, err), ATT_E_MISMATCH, "this EK");
	/* damaged, in either half */
	c = make_credential(ek, att_tpm_ak_name(ak));
	c.id.credential[40] ^= 1;
	fails(activate(ek, ak, &c, &got, err), ATT_E_MISMATCH, "this EK");
	c.id.credential[40] ^= 1;
	c.enc.secret[9] ^= 1;
	fails(activate(ek, ak, &c, &got, err), ATT_E_MISMATCH, "this EK");
	c.enc.secret[9] ^= 1;
	c.enc.size--;
	fails(activate(ek, ak, &c, &got, err), ATT_E_MISMATCH, "this EK");
	c.enc.size++;
	/* larger than any */
	fails(att_tpm_credential_activate(ek, ak,
	    (struct att_slice){ zeros, sizeof(c.id.credential) + 1 },
	    (struct att_slice){ c.enc.secret, c.enc.size }, &got, err),
	    ATT_E_LIMIT, "credential");
	fails(att_tpm_credential_activate(ek, ak,
	    (struct att_slice){ c.id.credential, c.id.size },
	    (struct att_slice){ zeros, sizeof(c.enc.secret) + 1 }, &got,
	    err), ATT_E_LIMIT, "encrypted secret");
	ck_assert_uint_eq(got.len, 0);
	ok(activate(ek, ak, &c, &got, err));
	ck_assert(att_slice_is(att_buf_view(&got), SECRET));
}
END_TEST

/* -- what goes wrong in the middle ---------------------------------------- */

static int
whole_life(struct att_tpm *x, const struct credential *c,
    const struct att_buf *blob, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf made =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	AUTO_DONE(att_buf_wipe) struct att_buf got =
	    ATT_BUF(ATT_TPM_CREDENTIAL_MAX);
	AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;
	AUTO(att_tpm_ak_free) struct att_tpm_ak *ak = NULL;
	struct att_tpm_ak *fresh = NULL;
	int r;

	if ((r = att_tpm_ek_open(x, ATT_TPM_EK_P256_HIGH, &ek, err)) < 0 ||
	    (r = att_tpm_ak_create(x, ATT_TPM_AK_P256, &made, &fresh,
		 err)) < 0)
		return r;
	att_tpm_ak_free(fresh);
	if ((r = att_tpm_ak_load(x, att_buf_view(blob), &ak, err)) < 0)
		return r;
	return activate(ek, ak, c, &got, err);
}

/* What whole_life needs, made before anything fails. */
static struct credential
prepare(struct att_buf *blob)
{
	AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;
	AUTO(att_tpm_ak_free) struct att_tpm_ak *ak = NULL;

	ok(att_tpm_ek_open(t, ATT_TPM_EK_P256_HIGH, &ek, err));
	ok(att_tpm_ak_create(t, ATT_TPM_AK_P256, blob, &ak, err));
	return make_credential(ek, att_tpm_ak_name(ak));
}

START_TEST(each_command_fails_once)
{
	static const struct {
		uint32_t rc;
		int code;
	} how[] = {
		{ TPM2_RC_OBJECT_MEMORY, ATT_E_TPM_MEMORY },
		{ TPM2_RC_SESSION_MEMORY, ATT_E_TPM_MEMORY },
		{ TPM2_RC_LOCKOUT, ATT_E_TPM_LOCKOUT },
		{ TPM2_RC_COMMAND_CODE, ATT_E_TPM },
	};
	AUTO_DONE(att_buf_done) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	struct credential c = prepare(&blob);
	unsigned total;

	/* swtpm's first use of a key under DA protection is a TPM_RC_RETRY */
	ok(whole_life(t, &c, &blob, err));
	plan = (struct inject){ .except = TPM2_CC_FlushContext };
	ok(whole_life(t, &c, &blob, err));
	total = plan.seen;
	ck_assert_uint_gt(total, 12);
	for (size_t i = 0; i < ATT_COUNT(how); i++)
		for (unsigned k = 0; k < total; k++) {
			plan = (struct inject){ .skip = k, .times = 1,
				.rc = how[i].rc,
				.except = TPM2_CC_FlushContext };
			ck_assert_int_eq(whole_life(t, &c, &blob, NULL),
			    how[i].code);
			ck_assert_uint_eq(plan.hit, 1);
			ck_assert_msg(swtpm_objects(&tpm) == 0,
			    "command %u leaves objects behind", k);
		}
	plan = (struct inject){ 0 };
	ok(whole_life(t, &c, &blob, err));
}
END_TEST

static void
garble(void *arg ATT_UNUSED, uint8_t *rsp, size_t *len)
{
	/* the body only: tpm2-tss gives up on it, the link is in step */
	for (size_t i = 14; i < *len; i++)
		rsp[i] = 0xff;
}

START_TEST(each_body_is_garbled_once)
{
	AUTO_DONE(att_buf_done) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	struct credential c = prepare(&blob);
	unsigned total;

	plan = (struct inject){ 0 };
	ok(whole_life(t, &c, &blob, err));
	total = plan.seen;
	for (unsigned k = 0; k < total; k++) {
		AUTO(att_tpm_free) struct att_tpm *x = NULL;
		struct inject p = { 0 };

		ok(att_tpm_open_link("injected",
		    inject_new(swtpm_link(&tpm), &p), TIMEOUT_MS, &x, err));
		p = (struct inject){ .skip = k, .times = 1,
			.mangle = garble };
		(void)!whole_life(x, &c, &blob, NULL);
		/*
		 * at most what this one command had made, whose handle was
		 * in the garbled answer
		 */
		ck_assert_uint_le(swtpm_objects(&tpm), 1);
		swtpm_reboot(&tpm);
	}
}
END_TEST

START_TEST(each_command_meets_a_dead_tpm)
{
	AUTO_DONE(att_buf_done) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	struct credential c = prepare(&blob);
	unsigned total;

	plan = (struct inject){ 0 };
	ok(whole_life(t, &c, &blob, err));
	total = plan.seen;
	for (unsigned k = 0; k < total; k++) {
		AUTO(att_tpm_free) struct att_tpm *x = NULL;
		struct inject p = { 0 };
		int r;

		ok(att_tpm_open_link("injected",
		    inject_new(swtpm_link(&tpm), &p), TIMEOUT_MS, &x, err));
		p = (struct inject){ .skip = k, .times = 1,
			.fail = ATT_E_TPM_ABSENT };
		r = whole_life(x, &c, &blob, NULL);
		ck_assert(r == ATT_E_TPM_ABSENT || (r == 0 && k + 3 >= total));
		/* nothing is sent after it */
		ck_assert_uint_eq(p.seen, k + 1);
		swtpm_reboot(&tpm);
	}
}
END_TEST

static void
answer_late(void *arg ATT_UNUSED, uint8_t *rsp ATT_UNUSED,
    size_t *len ATT_UNUSED)
{
	(void)poll(NULL, 0, SHORT_MS);
}

START_TEST(deadline_holds_over_many_commands)
{
	AUTO_DONE(att_buf_done) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	struct att_tpm_ak *ak = NULL;
	uint64_t began;

	plan = (struct inject){ .command = TPM2_CC_Create, .times = 100000,
		.rc = TPM2_RC_RETRY };
	att_tpm_set_timeout(t, SHORT_MS);
	began = att_tpm_now();
	fails(att_tpm_ak_create(t, ATT_TPM_AK_P256, &blob, &ak, err),
	    ATT_E_TIMEOUT, "TPM2_Create");
	ck_assert_uint_ge(att_tpm_now() - began, SHORT_MS / 2);
	/* the parent was flushed all the same */
	ck_assert_uint_eq(swtpm_objects(&tpm), 0);

	/* over before the next command is sent, and no time to flush in */
	plan = (struct inject){ .command = TPM2_CC_Create, .times = 1,
		.mangle = answer_late };
	fails(att_tpm_ak_create(t, ATT_TPM_AK_P256, &blob, &ak, err),
	    ATT_E_TIMEOUT, "TPM2_Load");
	ck_assert_uint_eq(swtpm_objects(&tpm), 0);
	ok(att_tpm_ak_create(t, ATT_TPM_AK_P256, &blob, &ak, err));
	att_tpm_ak_free(ak);
}
END_TEST

START_TEST(no_room_for_objects)
{
	AUTO(att_tpm_free) struct att_tpm *o = operator();
	AUTO_DONE(att_buf_done) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	struct att_tpm_ek *hold[3] = { NULL };
	struct att_tpm_ak *ak = NULL;

	/* somebody without a resource manager takes all three slots */
	for (int i = 0; i < 3; i++)
		ok(att_tpm_ek_open(o, ATT_TPM_EK_P256, &hold[i], err));
	fails(att_tpm_ak_create(t, ATT_TPM_AK_P256, &blob, &ak, err),
	    ATT_E_TPM_MEMORY, "TPM2_CreatePrimary");
	att_tpm_ek_free(hold[0]);
	fails(att_tpm_ak_create(t, ATT_TPM_AK_P256, &blob, &ak, err),
	    ATT_E_TPM_MEMORY, "TPM2_Create");
	ck_assert_uint_eq(swtpm_objects(&tpm), 2);
	/* beside one EK there is room: what an agent holds when it enrols */
	att_tpm_ek_free(hold[1]);
	ok(att_tpm_ak_create(t, ATT_TPM_AK_P256, &blob, &ak, err));
	att_tpm_ak_free(ak);
	att_tpm_ek_free(hold[2]);
}
END_TEST

/* Fails an authorization that counts until the TPM locks. */
static void
drive_into_lockout(void)
{
	AUTO(att_tpm_free) struct att_tpm *o = operator();
	TPM2B_AUTH secret = { .size = 4, .buffer = { 1, 2, 3, 4 } };
	TPM2B_NV_PUBLIC nv = { .nvPublic = { .nvIndex = 0x01800001,
	    .nameAlg = TPM2_ALG_SHA256, .dataSize = 8,
	    .attributes = TPMA_NV_AUTHWRITE | TPMA_NV_AUTHREAD } };
	TPM2B_MAX_NV_BUFFER data = { .size = 8 };
	struct att_tpm_auths a = att_tpm_auths_of(o, TPM2_RH_OWNER);
	struct att_tpm_info info = { 0 };

	ok(att_tpm_rc(o, Tss2_Sys_NV_DefineSpace(o->sys, TPM2_RH_OWNER,
	    &a.sent, &secret, &nv, NULL), "TPM2_NV_DefineSpace", err));
	a.sent.auths[0].hmac = (TPM2B_AUTH){ .size = 1, .buffer = { 9 } };
	ok(att_tpm_info_read(o, &info, err));
	for (uint32_t i = 0; i <= info.lockout_max + 1 && !info.in_lockout;
	     i++) {
		TSS2_RC rc = Tss2_Sys_NV_Write(o->sys, 0x01800001, 0x01800001,
		    &a.sent, &data, 0, NULL);

		ck_assert(rc != 0);
		ok(att_tpm_info_read(o, &info, err));
	}
	ck_assert(info.in_lockout);
	ck_assert_uint_ge(info.lockout_tries, info.lockout_max);
}

START_TEST(lockout_has_its_name)
{
	AUTO_DONE(att_buf_done) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	AUTO_DONE(att_buf_wipe) struct att_buf got =
	    ATT_BUF(ATT_TPM_CREDENTIAL_MAX);
	AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;
	AUTO(att_tpm_ak_free) struct att_tpm_ak *ak = NULL;
	struct credential c;
	uint64_t began;

	ok(att_tpm_ek_open(t, ATT_TPM_EK_RSA2048, &ek, err));
	ok(att_tpm_ak_create(t, ATT_TPM_AK_P256, &blob, &ak, err));
	c = make_credential(ek, att_tpm_ak_name(ak));
	drive_into_lockout();
	began = att_tpm_now();
	fails(activate(ek, ak, &c, &got, err), ATT_E_TPM_LOCKOUT, "lockout");
	/* a state to be reported, not to be waited out */
	ck_assert_uint_lt(att_tpm_now() - began, TIMEOUT_MS / 4);
}
END_TEST

START_TEST(reset_takes_the_handles)
{
	AUTO_DONE(att_buf_done) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	AUTO_DONE(att_buf_wipe) struct att_buf got =
	    ATT_BUF(ATT_TPM_CREDENTIAL_MAX);
	AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;
	AUTO(att_tpm_ak_free) struct att_tpm_ak *ak = NULL;
	struct credential c;

	ok(att_tpm_ek_open(t, ATT_TPM_EK_P256, &ek, err));
	ok(att_tpm_ak_create(t, ATT_TPM_AK_P256, &blob, &ak, err));
	c = make_credential(ek, att_tpm_ak_name(ak));
	swtpm_reboot(&tpm);
	fails(activate(ek, ak, &c, &got, err), ATT_E_TPM_RESET,
	    "TPM2_ActivateCredential");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("credential");
	TCase *tc = tcase_create("credential");

	tcase_add_unchecked_fixture(tc, swtpm_manufacture, NULL);
	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, credential_with_each_pair);
	tcase_add_test(tc, credential_of_somebody_else);
	tcase_add_test(tc, each_command_fails_once);
	tcase_add_test(tc, each_body_is_garbled_once);
	tcase_add_test(tc, each_command_meets_a_dead_tpm);
	tcase_add_test(tc, deadline_holds_over_many_commands);
	tcase_add_test(tc, no_room_for_objects);
	tcase_add_test(tc, lockout_has_its_name);
	tcase_add_test(tc, reset_takes_the_handles);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
