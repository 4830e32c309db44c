#include "tests/protocol/change.h"

#include "evidence/platform_key.h"
#include "evidence/posture.h"

#define D0 "0000000000000000000000000000000000000000000000000000000000000000"
#define D1 "1111111111111111111111111111111111111111111111111111111111111111"
#define NOT_THERE                                                            \
	"{\"path\":\"efivarfs\",\"reason\":\"is not there\","                  \
	"\"result\":\"not-available\"}"

static const char good[] =
    "{\"claims\":{"
    "\"kernel.lockdown\":{\"path\":\"securityfs\",\"result\":\"ok\","
    "\"value\":\"none\"},"
    "\"kernel.lsm\":{\"path\":\"securityfs\",\"result\":\"ok\","
    "\"value\":[\"lockdown\",\"yama\"]},"
    "\"secure_boot.on\":{\"path\":\"efivarfs\",\"reason\":"
    "\"Permission denied\",\"result\":\"failed\"},"
    "\"sysctl.vm.mmap_min_addr\":{\"path\":\"procfs\",\"result\":\"ok\","
    "\"value\":65536},"
    "\"uefi\":{\"path\":\"sysfs\",\"result\":\"ok\",\"value\":true}},"
    "\"format\":\"attestd-posture/1\",\"keys\":{"
    "\"KEK\":" NOT_THERE ",\"MokListRT\":" NOT_THERE ","
    "\"PK\":{\"certificates\":[{\"sha256\":\"" D0 "\","
    "\"subject\":\"CN=A\"}],\"digests\":2,\"digests_sha256\":\"" D1 "\","
    "\"path\":\"efivarfs\",\"result\":\"ok\",\"sha256\":\"" D1 "\"},"
    "\"db\":" NOT_THERE ",\"dbx\":" NOT_THERE "}}";

static int
parse(struct att_slice text, struct att_pointer *where ATT_UNUSED,
    struct att_err *err)
{
	AUTO(att_posture_free) struct att_posture *p = NULL;

	return att_posture_parse(text, &p, err);
}

START_TEST(there_and_back)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_POSTURE_MAX);
	AUTO(att_posture_free) struct att_posture *p = NULL;
	const struct att_posture_claim *c;

	ok(att_posture_parse(S(good), &p, err));
	ck_assert_uint_eq(p->claims, 5);
	c = att_posture_find(p, "secure_boot.on");
	ck_assert_int_eq(c->path, ATT_POSTURE_EFIVARFS);
	ck_assert_int_eq(c->result, ATT_POSTURE_FAILED);
	ck_assert_str_eq(c->reason, "Permission denied");
	ck_assert_ptr_null(c->value);
	c = att_posture_find(p, "sysctl.vm.mmap_min_addr");
	ck_assert_int_eq(c->result, ATT_POSTURE_OK);
	ck_assert_ptr_null(c->reason);
	ck_assert_int_eq(json_integer_value(c->value), 65536);
	ck_assert_ptr_null(att_posture_find(p, "kernel"));
	ck_assert_ptr_null(att_posture_find(p, "zzz"));
	ck_assert_str_eq(p->keys[ATT_POSTURE_PK].cert[0].subject, "CN=A");
	ck_assert_int_eq(p->keys[ATT_POSTURE_PK].digests, 2);
	ok(att_posture_encode(p, &b, err));
	ck_assert(att_slice_is(att_buf_view(&b), good));
}
END_TEST

#define TEXT16 "0123456789abcdef"
#define TEXT64 TEXT16 TEXT16 TEXT16 TEXT16
#define TEXT255 TEXT64 TEXT64 TEXT64 TEXT16 TEXT16 TEXT16 "0123456789abcde"
#define TEXT159 TEXT64 TEXT64 TEXT16 "0123456789abcde"

START_TEST(rules)
{
	static const struct change c[] = {
		{ "/format", "\"attestd-posture/2\"", ATT_E_UNSUPPORTED,
		    "attestd-posture/2", NULL },
		{ "/format", NULL, ATT_E_FORMAT, "format", NULL },
		{ "/more", "1", ATT_E_FORMAT, "not known", NULL },
		{ "/claims", NULL, ATT_E_FORMAT, "claims", NULL },
		{ "/claims", "{}", ATT_OK, NULL, NULL },
		{ "/claims/new.one",
		    "{\"path\":\"dev\",\"result\":\"ok\",\"value\":false}",
		    ATT_OK, NULL, NULL },
		{ "/claims/a b", "{\"path\":\"dev\",\"result\":\"ok\","
		    "\"value\":false}", ATT_E_FORMAT, "name", NULL },
		{ "/claims/" TEXT64 TEXT16, "{\"path\":\"dev\","
		    "\"result\":\"ok\",\"value\":false}", ATT_OK, NULL,
		    NULL },
		{ "/claims/" TEXT64 TEXT16 "x", "{\"path\":\"dev\","
		    "\"result\":\"ok\",\"value\":false}", ATT_E_FORMAT,
		    "name", NULL },
		{ "/claims/uefi", "1", ATT_E_FORMAT, "uefi", NULL },
		{ "/claims/uefi/path", "\"proc\"", ATT_E_FORMAT, "proc",
		    NULL },
		{ "/claims/uefi/path", NULL, ATT_E_FORMAT, "path", NULL },
		{ "/claims/uefi/result", "\"fine\"", ATT_E_FORMAT, "fine",
		    NULL },
		/* a value and a reason exclude each other */
		{ "/claims/uefi/result", "\"failed\"", ATT_E_FORMAT,
		    "reason", NULL },
		{ "/claims/uefi/reason", "\"x\"", ATT_E_FORMAT, "reason",
		    NULL },
		{ "/claims/uefi/value", NULL, ATT_E_FORMAT, "value", NULL },
		{ "/claims/secure_boot.on/value", "true", ATT_E_FORMAT,
		    "value", NULL },
		{ "/claims/secure_boot.on/result", "\"ok\"", ATT_E_FORMAT,
		    "reason", NULL },
		{ "/claims/secure_boot.on/reason", "\"" TEXT159 "\"", ATT_OK,
		    NULL, NULL },
		{ "/claims/secure_boot.on/reason", "\"" TEXT159 "x\"",
		    ATT_E_FORMAT, "reason", NULL },
		{ "/claims/uefi/value", "null", ATT_E_FORMAT, "value", NULL },
		{ "/claims/uefi/value", "1.5", ATT_E_FORMAT, "value", NULL },
		{ "/claims/uefi/value", "{}", ATT_E_FORMAT, "value", NULL },
		{ "/claims/uefi/value", "\"\"", ATT_OK, NULL, NULL },
		{ "/claims/uefi/value", "\"a\\nb\"", ATT_E_FORMAT, "value",
		    NULL },
		{ "/claims/uefi/value", "\"a\\\\x0ab\"", ATT_OK, NULL, NULL },
		{ "/claims/uefi/value", "[]", ATT_OK, NULL, NULL },
		{ "/claims/uefi/value", "[\"a\",\"b\"]", ATT_OK, NULL, NULL },
		{ "/claims/uefi/value", "[\"b\",\"a\"]", ATT_E_FORMAT,
		    "entry 1", NULL },
		{ "/claims/uefi/value", "[\"a\",\"a\"]", ATT_E_FORMAT,
		    "entry 1", NULL },
		{ "/claims/uefi/value", "[1]", ATT_E_FORMAT, "entry 0",
		    NULL },
		{ "/claims/uefi/value", "[\"" TEXT255 "\"]", ATT_OK, NULL,
		    NULL },
		{ "/claims/uefi/value", "[\"" TEXT255 "x\"]", ATT_E_FORMAT,
		    "entry 0", NULL },
		{ "/keys", NULL, ATT_E_FORMAT, "keys", NULL },
		{ "/keys/PK", NULL, ATT_E_FORMAT, "PK", NULL },
		{ "/keys/more", NOT_THERE, ATT_E_FORMAT, "not known", NULL },
		{ "/keys/PK/path", "\"sysfs\"", ATT_E_FORMAT, "efivarfs",
		    NULL },
		{ "/keys/PK/sha256", "\"00\"", ATT_E_FORMAT, "sha256",
		    NULL },
		{ "/keys/PK/digests", "-1", ATT_E_FORMAT, "digests", NULL },
		{ "/keys/PK/digests", "65536", ATT_OK, NULL, NULL },
		{ "/keys/PK/digests", "65537", ATT_E_FORMAT, "digests",
		    NULL },
		{ "/keys/PK/digests_sha256", NULL, ATT_E_FORMAT,
		    "digests_sha256", NULL },
		{ "/keys/PK/certificates", NULL, ATT_E_FORMAT,
		    "certificates", NULL },
		{ "/keys/PK/certificates/0", "1", ATT_E_FORMAT,
		    "certificate 0", NULL },
		{ "/keys/PK/certificates/0/subject", "\"" TEXT255 "\"",
		    ATT_OK, NULL, NULL },
		{ "/keys/PK/certificates/0/subject", "\"" TEXT255 "x\"",
		    ATT_E_FORMAT, "subject", NULL },
		{ "/keys/PK/certificates/0/more", "1", ATT_E_FORMAT, "more",
		    NULL },
		{ "/keys/KEK/sha256", "\"" D0 "\"", ATT_E_FORMAT, "sha256",
		    NULL },
	};

	check_changes(good, parse, c, ATT_COUNT(c));
}
END_TEST

START_TEST(hostile)
{
	check_hostile(good, parse);
}
END_TEST

/* As many claims as are taken, and one more. */
START_TEST(limits)
{
	AUTO(att_posture_free) struct att_posture *p = NULL;
	AUTO(att_json_decref) json_t *list = json_array();
	struct att_digest d = { .alg = ATT_ALG_SHA256, .len = 32 };
	char name[32];

	ok(att_posture_new(&p, err));
	for (int i = 0; i < ATT_POSTURE_CLAIMS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "n%04d",
		    (i * 37) % ATT_POSTURE_CLAIMS_MAX);
		ok(att_posture_add(p, name, ATT_POSTURE_SYSFS,
		    json_integer(i), err));
	}
	fails(att_posture_add(p, "one", ATT_POSTURE_SYSFS, json_true(), err),
	    ATT_E_LIMIT, "512");
	for (size_t i = 1; i < p->claims; i++)
		ck_assert_int_lt(strcmp(p->claim[i - 1].name,
		    p->claim[i].name), 0);
	for (int i = 0; i < ATT_POSTURE_CERTS_MAX; i++)
		ok(att_posture_keys_add(&p->keys[0], &d, "x", err));
	fails(att_posture_keys_add(&p->keys[0], &d, "x", err), ATT_E_LIMIT,
	    "64");
	for (int i = 0; i <= ATT_POSTURE_LIST_MAX; i++)
		ck_assert_int_eq(json_array_append_new(list,
		    json_sprintf("%04d", i)), 0);
	att_posture_free(take(&p));
	ok(att_posture_new(&p, err));
	fails(att_posture_add(p, "l", ATT_POSTURE_SYSFS, json_incref(list),
	    err), ATT_E_FORMAT, "257");
	ck_assert_int_eq(json_array_remove(list, 0), 0);
	ok(att_posture_add(p, "l", ATT_POSTURE_SYSFS, json_incref(list),
	    err));
}
END_TEST

START_TEST(of_ones_own)
{
	AUTO(att_posture_free) struct att_posture *p = NULL;

	ok(att_posture_new(&p, err));
	fails(att_posture_add(p, "a", ATT_POSTURE_DEV, NULL, err),
	    ATT_E_NOMEM, "");
	ok(att_posture_add(p, "a", ATT_POSTURE_DEV, json_true(), err));
	fails(att_posture_add(p, "a", ATT_POSTURE_DEV, json_true(), err),
	    ATT_E_CONFLICT, "a twice");
	ok(att_posture_add_failed(p, "b", ATT_POSTURE_DEV, ATT_POSTURE_FAILED,
	    "\x1b" TEXT255, err));
	ck_assert_uint_eq(strlen(att_posture_find(p, "b")->reason),
	    ATT_POSTURE_REASON_MAX);
	ck_assert_mem_eq(att_posture_find(p, "b")->reason, "\\x1b0123", 8);
}
END_TEST

START_TEST(known_keys)
{
	struct att_digest d = { .alg = ATT_ALG_SHA256, .len = 32 };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(32);
	const char *what = "untouched";

	ck_assert_int_eq(att_platform_key_of(&d, "CN=Ours", &what),
	    ATT_PLATFORM_KEY_OWN);
	ck_assert_str_eq(what, "untouched");
	ck_assert_int_eq(att_platform_key_of(&d,
	    "CN=DO NOT TRUST - AMI Test PK", &what), ATT_PLATFORM_KEY_TEST);
	ck_assert_ptr_nonnull(strstr(what, "PKfail"));
	ck_assert_int_eq(att_platform_key_of(&d, "CN=DO NOT SHIP - PK",
	    &what), ATT_PLATFORM_KEY_TEST);
	ck_assert_int_eq(att_platform_key_of(&d,
	    "CN=Red Hat Secure Boot (PK/KEK key 1)", &what),
	    ATT_PLATFORM_KEY_SHARED);
	ok(att_hex_decode(S("282e8130b7070f107aaecc25d3992ca4440270860b090887"
	    "92a5075fab0d13f8"), &b, err));
	ok(att_digest_from(ATT_ALG_SHA256, att_buf_view(&b), &d, err));
	ck_assert_int_eq(att_platform_key_of(&d, "O=SnakeOil", &what),
	    ATT_PLATFORM_KEY_TEST);
	ck_assert_ptr_nonnull(strstr(what, "snakeoil"));
	/* digests that are none know nothing */
	d = (struct att_digest){ 0 };
	ck_assert_int_eq(att_platform_key_of(&d, "", &what),
	    ATT_PLATFORM_KEY_OWN);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("posture document");
	TCase *t = tcase_create("posture document");

	tcase_add_test(t, there_and_back);
	tcase_add_test(t, rules);
	tcase_add_test(t, hostile);
	tcase_add_test(t, limits);
	tcase_add_test(t, of_ones_own);
	tcase_add_test(t, known_keys);
	suite_add_tcase(s, t);
	return run_suite(s);
}
