/* The node's key and name over restarts, TPM clears and broken disks. */
#include "testlib.h"

#include "agent/attester.h"
#include "tests/agent/agent.h"
#include "tests/tpm/verify.h"

#include <openssl/pem.h>

#define URLS                                                                 \
	"registrar_urls: [https://127.0.0.1:1]\n"                            \
	"verifier_urls: [https://127.0.0.1:1]\n"

static struct swtpm tpm;

static void
start(void)
{
	swtpm_start(&tpm);
	node_make(tpm.tcti, URLS);
}

/* Every test ends with nothing left in the TPM. */
static void
stop(void)
{
	ck_assert_uint_eq(swtpm_objects(&tpm), 0);
	swtpm_stop(&tpm);
	node_remove();
}

/* Opens, notes what it is, closes. */
static bool
visit(struct att_tpm_name *name, char id[static ATT_AGENT_ID_MAX + 1])
{
	AUTO_DONE(att_attester_close) struct att_attester a = { 0 };
	struct att_slice n;

	ok(att_attester_open(&config, 0, &a, err));
	n = att_tpm_ak_name(a.ak);
	name->len = n.len;
	memcpy(name->bytes, n.data, n.len);
	memcpy(id, a.id, sizeof(a.id));
	return a.ak_is_new;
}

/* An open that must fail so, and leave the AK's file as it is. */
static void
refused(int code, const char *word)
{
	AUTO_DONE(att_buf_done) struct att_buf before = ATT_BUF(8192);
	AUTO_DONE(att_buf_done) struct att_buf after = ATT_BUF(8192);
	struct att_attester a = { .id = "untouched" };

	ck_assert(node_read("state/ak", &before));
	fails(att_attester_open(&config, 0, &a, err), code, word);
	ck_assert_str_eq(a.id, "untouched");
	ck_assert(node_read("state/ak", &after));
	ck_assert(att_slice_equal(att_buf_view(&before),
	    att_buf_view(&after)));
}

START_TEST(key_and_name_outlive_restarts)
{
	char id[2][ATT_AGENT_ID_MAX + 1];
	struct att_tpm_name name[2];

	ck_assert(visit(&name[0], id[0]));
	ck_assert(!visit(&name[1], id[1]));
	ck_assert_mem_eq(name[0].bytes, name[1].bytes, name[0].len);
	ck_assert_str_eq(id[0], id[1]);
	swtpm_reboot(&tpm);
	ck_assert(!visit(&name[1], id[1]));
	ck_assert_mem_eq(name[0].bytes, name[1].bytes, name[0].len);
	ck_assert_str_eq(id[0], id[1]);
}
END_TEST

/* Keylime's hash_ek, by other code: PEM of OpenSSL, hashed. */
START_TEST(the_name_is_the_hash_of_the_ek)
{
	AUTO_DONE(att_attester_close) struct att_attester a = { 0 };
	AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;
	char hex[ATT_DIGEST_HEX_MAX];
	struct att_digest d;
	EVP_PKEY *key;
	char *text;
	BIO *b;
	long n;

	ok(att_attester_open(&config, 0, &a, err));
	ok(att_attester_ek(&a, &ek, err));
	key = verify_key(att_tpm_ek_public(ek));
	b = BIO_new(BIO_s_mem());
	ck_assert_int_eq(PEM_write_bio_PUBKEY(b, key), 1);
	n = BIO_get_mem_data(b, &text);
	ok(att_digest_of(ATT_ALG_SHA256, (struct att_slice){ (uint8_t *)text,
	    (size_t)n }, &d, err));
	ck_assert_str_eq(a.id, att_digest_hex(&d, hex));
	BIO_free(b);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(a_configured_name_wins)
{
	struct att_tpm_name name;
	char id[ATT_AGENT_ID_MAX + 1];

	free(config.agent_id);
	config.agent_id = strdup("node-7.example");
	(void)visit(&name, id);
	ck_assert_str_eq(id, "node-7.example");
}
END_TEST

START_TEST(a_cleared_tpm_has_a_new_key_and_the_old_name)
{
	AUTO_DONE(att_buf_done) struct att_buf old = ATT_BUF(8192);
	AUTO_DONE(att_buf_done) struct att_buf aside = ATT_BUF(8192);
	char id[2][ATT_AGENT_ID_MAX + 1];
	struct att_tpm_name name[2];

	(void)visit(&name[0], id[0]);
	ck_assert(node_read("state/ak", &old));
	swtpm_clear(&tpm);
	ck_assert(visit(&name[1], id[1]));
	ck_assert_mem_ne(name[0].bytes, name[1].bytes, name[0].len);
	ck_assert_str_eq(id[0], id[1]);
	ck_assert(node_read("state/ak.bad", &aside));
	ck_assert(att_slice_equal(att_buf_view(&old), att_buf_view(&aside)));
	ck_assert(!visit(&name[0], id[0]));
	ck_assert_mem_eq(name[0].bytes, name[1].bytes, name[0].len);
}
END_TEST

/* Whatever stands in the file, a broken one does not change who we are. */
START_TEST(a_damaged_key_is_refused_and_left)
{
	AUTO_DONE(att_buf_done) struct att_buf good = ATT_BUF(8192);
	struct att_tpm_name name;
	char id[ATT_AGENT_ID_MAX + 1];

	(void)visit(&name, id);
	ck_assert(node_read("state/ak", &good));
	for (size_t n = 0; n < good.len; n += 97) {
		node_write("state/ak", (struct att_slice){ good.data, n });
		refused(n < 8 ? ATT_E_FORMAT : n < 40 ? ATT_E_SHORT :
		    ATT_E_FORMAT, "state/ak");
	}
	for (size_t i = 0; i < good.len; i += 61) {
		good.data[i] ^= 0x10;
		node_write("state/ak", att_buf_view(&good));
		refused(ATT_E_FORMAT, "state/ak");
		good.data[i] ^= 0x10;
	}
	node_write("state/ak", att_buf_view(&good));
	ck_assert(!visit(&name, id));
}
END_TEST

START_TEST(another_key_than_the_kept_one_is_refused)
{
	AUTO_DONE(att_buf_done) struct att_buf first = ATT_BUF(8192);
	struct att_tpm_name name;
	char id[ATT_AGENT_ID_MAX + 1];
	AUTO(free) char *ak = in_node("state/ak");
	AUTO(free) char *identity = in_node("state/identity.json");

	(void)visit(&name, id);
	ck_assert(node_read("state/ak", &first));
	ck_assert(unlink(ak) == 0);
	ck_assert(visit(&name, id));
	/* a key of this TPM, whole, and not the one of the identity */
	node_write("state/ak", att_buf_view(&first));
	refused(ATT_E_CONFLICT, "identity.json");
	/* an operator who means it */
	ck_assert(unlink(identity) == 0);
	ck_assert(!visit(&name, id));
}
END_TEST

START_TEST(a_damaged_identity_is_refused)
{
	static const char *const more[] = { "\"uses_rsa_ak\":1",
		"\"uses_rsa_ak\":null", "\"rsa_ak_name\":\"\"",
		"\"rsa_ak_name\":\"0x\"", "\"rsa_ak_name\":7" };
	static const char *const bad[] = { "", "{}", "{\"ek_id\":1}",
		"{\"ek_id\":\"00\",\"ek_type\":\"rsa2048\",\"ak_name\":\"00\"}",
		"{\"ek_id\":\"0000000000000000000000000000000000000000000000"
		"000000000000000000\",\"ek_type\":\"auto\",\"ak_name\":\"00\"}",
		"{\"ek_id\":\"0000000000000000000000000000000000000000000000"
		"000000000000000000\",\"ek_type\":\"p256\",\"ak_name\":\"\"}" };
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(4096);
	struct att_tpm_name name;
	char id[ATT_AGENT_ID_MAX + 1];

	(void)visit(&name, id);
	/* the good one, and more that is none */
	ck_assert(node_read("state/identity.json", &text));
	while (text.data[text.len - 1] != '}')
		text.len--;
	text.len--;
	for (size_t i = 0; i < ATT_COUNT(more); i++) {
		AUTO_DONE(att_buf_done) struct att_buf t = ATT_BUF(4096);

		att_buf_slice(&t, att_buf_view(&text));
		att_buf_printf(&t, ",%s}", more[i]);
		node_write("state/identity.json", att_buf_view(&t));
		refused(ATT_E_FORMAT, "identity.json");
	}
	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		node_write("state/identity.json", S(bad[i]));
		refused(ATT_E_FORMAT, "identity.json");
	}
}
END_TEST

/* A process that died between the two files; and types that were changed. */
START_TEST(what_was_cut_off_is_finished)
{
	AUTO(free) char *identity = in_node("state/identity.json");
	char id[2][ATT_AGENT_ID_MAX + 1];
	struct att_tpm_name name;

	(void)visit(&name, id[0]);
	ck_assert(unlink(identity) == 0);
	ck_assert(!visit(&name, id[1]));
	ck_assert_str_eq(id[0], id[1]);
	config.ek_type = ATT_TPM_EK_P384_HIGH;
	ck_assert(!visit(&name, id[1]));
	ck_assert_str_ne(id[0], id[1]);
	config.ek_type = ATT_TPM_EK_AUTO;	/* stays what it was */
	ck_assert(!visit(&name, id[0]));
	ck_assert_str_eq(id[0], id[1]);
	config.ak_type = ATT_TPM_AK_P256;
	refused(ATT_E_CONFLICT, "ak_type is p256");
}
END_TEST

/* -- two AKs ------------------------------------------------------------- */

/* Opens, uses the one or the other, notes its Name and type. */
static bool
use(bool rsa, struct att_tpm_name *ret)
{
	AUTO_DONE(att_attester_close) struct att_attester a = { 0 };
	struct att_slice n;

	ok(att_attester_open(&config, 0, &a, err));
	ok(att_attester_use_rsa(&a, rsa, err));
	ck_assert(att_tpm_ak_type_of(a.ak) == (rsa ? ATT_TPM_AK_RSA2048 :
		ATT_TPM_AK_P256));
	n = att_tpm_ak_name(a.ak);
	ret->len = n.len;
	memcpy(ret->bytes, n.data, n.len);
	return a.ak_is_new;
}

static bool
same(const struct att_tpm_name *a, const struct att_tpm_name *b)
{
	return att_slice_equal(att_tpm_name_view(a), att_tpm_name_view(b));
}

START_TEST(two_aks_of_which_one_is_used)
{
	struct att_tpm_name p256, rsa, now;
	char id[2][ATT_AGENT_ID_MAX + 1];

	config.ak_type = ATT_TPM_AK_P256;
	ck_assert(use(false, &p256));
	ck_assert(use(true, &rsa));
	ck_assert(!use(true, &now) && same(&now, &rsa));
	/* that choice outlives restarts, and is the same node */
	ck_assert(!visit(&now, id[0]) && same(&now, &rsa));
	swtpm_reboot(&tpm);
	ck_assert(!visit(&now, id[1]) && same(&now, &rsa));
	ck_assert_str_eq(id[0], id[1]);
	ck_assert(!use(false, &now) && same(&now, &p256));
	ck_assert(!visit(&now, id[1]) && same(&now, &p256));
	ck_assert(!use(true, &now) && same(&now, &rsa));
	/* another type of EK renames the node and changes no AK */
	config.ek_type = ATT_TPM_EK_P384_HIGH;
	ck_assert(!visit(&now, id[1]) && same(&now, &rsa));
	ck_assert_str_ne(id[0], id[1]);
	ck_assert(!use(false, &now) && same(&now, &p256));
}
END_TEST

START_TEST(of_type_rsa_there_is_one_ak)
{
	AUTO_DONE(att_attester_close) struct att_attester a = { 0 };
	AUTO(free) char *file = in_node("state/ak.rsa2048");
	struct stat st;

	ok(att_attester_open(&config, 0, &a, err));
	ok(att_attester_use_rsa(&a, true, err));
	ok(att_attester_use_rsa(&a, false, err));
	ck_assert(att_tpm_ak_type_of(a.ak) == ATT_TPM_AK_RSA2048);
	ck_assert(stat(file, &st) < 0);
}
END_TEST

START_TEST(a_cleared_tpm_forgets_both_aks)
{
	AUTO_DONE(att_attester_close) struct att_attester a = { 0 };
	struct att_tpm_name p256, rsa, now;
	char id[2][ATT_AGENT_ID_MAX + 1];

	config.ak_type = ATT_TPM_AK_P256;
	(void)use(false, &p256);
	(void)use(true, &rsa);
	(void)visit(&now, id[0]);
	swtpm_clear(&tpm);
	/* all begins with the preferred one, and a verifier is asked again */
	ck_assert(visit(&now, id[1]));
	ck_assert(!same(&now, &rsa) && !same(&now, &p256));
	ck_assert_str_eq(id[0], id[1]);
	ok(att_attester_open(&config, 0, &a, err));
	ck_assert(!a.identity.asked && !a.identity.uses_rsa);
	att_attester_close(&a);
	ck_assert(use(true, &now));
	ck_assert(!same(&now, &rsa));
	ck_assert(!use(true, &rsa) && same(&now, &rsa));
}
END_TEST

START_TEST(an_rsa_ak_that_is_gone_or_another)
{
	AUTO_DONE(att_buf_done) struct att_buf first = ATT_BUF(8192);
	AUTO_DONE(att_buf_done) struct att_buf before = ATT_BUF(8192);
	AUTO(free) char *file = in_node("state/ak.rsa2048");
	struct att_attester a = { 0 };
	struct att_tpm_name p256, rsa, now;
	char id[ATT_AGENT_ID_MAX + 1];

	config.ak_type = ATT_TPM_AK_P256;
	(void)use(false, &p256);
	(void)use(true, &rsa);
	ck_assert(node_read("state/ak.rsa2048", &first));
	ck_assert(unlink(file) == 0);
	ck_assert(!visit(&now, id) && same(&now, &p256));
	ck_assert(use(true, &now) && !same(&now, &rsa));
	/* a key of this TPM, whole, and not the one that was noted */
	node_write("state/ak.rsa2048", att_buf_view(&first));
	fails(att_attester_open(&config, 0, &a, err), ATT_E_CONFLICT,
	    "ak.rsa2048 is not the AK that identity.json");
	/* damaged: left as it is, and not replaced */
	node_write("state/ak.rsa2048", S("attd-ak1 and nonsense"));
	fails(att_attester_open(&config, 0, &a, err), ATT_E_SHORT,
	    "state/ak.rsa2048");
	ck_assert(node_read("state/ak.rsa2048", &before));
	ck_assert(att_slice_is(att_buf_view(&before),
	    "attd-ak1 and nonsense"));
}
END_TEST

START_TEST(no_tpm_changes_nothing)
{
	struct att_attester a = { 0 };
	struct att_tpm_name name;
	char id[ATT_AGENT_ID_MAX + 1];

	(void)visit(&name, id);
	swtpm_signal(&tpm, SIGKILL);
	refused(ATT_E_TPM_ABSENT, tpm.tcti);
	swtpm_reboot(&tpm);
	swtpm_init(&tpm);
	refused(ATT_E_TPM_RESET, "");
	swtpm_reboot(&tpm);
	ck_assert(!visit(&name, id));
	ok(att_attester_open(&config, 0, &a, err));
	refused(ATT_E_BUSY, "state");
	att_attester_close(&a);
}
END_TEST

/* Read-only, or full: a key that cannot be kept is not used. */
START_TEST(a_key_that_cannot_be_kept_is_not_used)
{
	AUTO(free) char *dir = in_node("state");
	AUTO(free) char *file = in_node("state/ak");
	struct att_attester a = { 0 };
	struct stat st;

	ck_assert(mkdir(dir, 0700) == 0 && mkdir(file, 0700) == 0);
	fails(att_attester_open(&config, 0, &a, err), ATT_E_SYS, "ak");
	ck_assert(a.ak == NULL && a.tpm == NULL && a.state == NULL);
	ck_assert(stat(file, &st) == 0 && S_ISDIR(st.st_mode));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("attester");
	TCase *t = tcase_create("attester");

	tcase_add_unchecked_fixture(t, swtpm_manufacture, NULL);
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, key_and_name_outlive_restarts);
	tcase_add_test(t, the_name_is_the_hash_of_the_ek);
	tcase_add_test(t, a_configured_name_wins);
	tcase_add_test(t, a_cleared_tpm_has_a_new_key_and_the_old_name);
	tcase_add_test(t, a_damaged_key_is_refused_and_left);
	tcase_add_test(t, another_key_than_the_kept_one_is_refused);
	tcase_add_test(t, a_damaged_identity_is_refused);
	tcase_add_test(t, what_was_cut_off_is_finished);
	tcase_add_test(t, two_aks_of_which_one_is_used);
	tcase_add_test(t, of_type_rsa_there_is_one_ak);
	tcase_add_test(t, a_cleared_tpm_forgets_both_aks);
	tcase_add_test(t, an_rsa_ak_that_is_gone_or_another);
	tcase_add_test(t, no_tpm_changes_nothing);
	tcase_add_test(t, a_key_that_cannot_be_kept_is_not_used);
	suite_add_tcase(s, t);
	return run_suite(s);
}
