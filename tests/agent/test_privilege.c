/*
 * The two as they are on a node: attestd as a user who may read nothing that
 * counts, attest-measure as root without a capability.
 */
#include "tests/agent/push_test.h"

#include "agent/measured.h"
#include "evidence/bundle.h"
#include "tests/agent/reading.h"

#define USER "daemon"
#define USER_ID 1

/* What is this user's, and what root's alone. */
static void
share(void)
{
	static const char *const own[] = { "state", "run" };
	static const char *const everybodys[] = { "attestd.yaml",
		"attestd.yaml.d/keys.yaml", "ca.pem", "boot_id", "log" };
	static const char *const roots[] = { "uefi", "user", "a" };
	char above[sizeof(tpm.dir)];

	snprintf(above, sizeof(above), "%s", tpm.dir);
	*strrchr(above, '/') = '\0';
	ck_assert_int_eq(chmod(node_dir, 0755), 0);
	ck_assert(chmod(above, 0711) == 0 && chmod(tpm.dir, 0755) == 0 &&
	    chmod(tpm.sock, 0777) == 0);
	for (size_t i = 0; i < ATT_COUNT(everybodys); i++) {
		AUTO(free) char *path = in_node(everybodys[i]);

		ck_assert_int_eq(chmod(path, 0644), 0);
	}
	for (size_t i = 0; i < ATT_COUNT(own); i++) {
		AUTO(free) char *path = in_node(own[i]);

		ck_assert(mkdir(path, 0700) == 0 || errno == EEXIST);
		ck_assert_int_eq(chown(path, USER_ID, USER_ID), 0);
	}
	for (size_t i = 0; i < ATT_COUNT(roots); i++) {
		AUTO(free) char *path = in_node(roots[i]);

		ck_assert_int_eq(chmod(path, 0400), 0);
	}
}

static void
setup(void)
{
	AUTO_DONE(cm_done) struct cm m = chip_new();
	AUTO(free) char *dropins = NULL;
	AUTO(free) char *keys = NULL;

	push_setup();
	chip_put("a", &m);
	dropins = in_node("attestd.yaml.d");
	ck_assert_int_eq(mkdir(dropins, 0755), 0);
	ck_assert(asprintf(&keys, "firmware_devices: [%s/a]\n"
	    "firmware_rate: 1G\nfirmware_duty: 100\n"
	    "firmware_claims: %s/run/claims\n", node_dir, node_dir) > 0);
	node_put("attestd.yaml.d/keys.yaml", S(keys));
	node_put("log", S(""));
	share();
}

static void
teardown(void)
{
	reader_stop();
	caged = false;
	push_teardown();
}

/* BUILD/attestd as that user, which ends so. */
static void
attestd(const char *word, int want)
{
	AUTO(free) char *file = in_node("attestd.yaml");
	AUTO_DONE(att_buf_done) struct att_buf log = ATT_BUF(1 << 20);
	pid_t pid = forked();
	int status;

	if (pid > 0) {
		status = status_of(pid);
		ck_assert(node_read("log", &log));
		ck_assert_msg(status == want, "%d: %.*s", status,
		    (int)log.len, (const char *)log.data);
		return;
	}
	become_user = USER_ID;
	become_program("attestd", (const char *const[]){ "-c", file, word,
	    NULL });
}

static void
start(void)
{
	AUTO(free) char *file = in_node("attestd.yaml");
	AUTO(free) char *state = in_node("reader-state");
	int s = make_listener();

	reader = launch_with(s, (const char *const[]){ "-c", file, "--state",
	    state, "--root", node_dir, "--user", USER, "--idle", "0", NULL });
	(void)close(s);
}

/* Logs are in the evidence, or this verifier could not ask for them. */
START_TEST(attests)
{
	AUTO(free) char *log = in_node("uefi");

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(seteuid(USER_ID), 0);
	ck_assert(open(log, O_RDONLY) < 0 && errno == EACCES);
	ck_assert_int_eq(seteuid(0), 0);
	caged = true;
	start();
	attestd("--once", 0);
}
END_TEST

START_TEST(measures)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);
	AUTO(att_firmware_claims_free) struct att_firmware_claims *c = NULL;
	const struct att_pass *p;

	if (geteuid() != 0)
		return;
	caged = true;
	start();
	attestd("--measure", 1);
	ck_assert(node_read("run/claims", &b));
	ok(att_firmware_claims_parse(att_buf_view(&b), &c, err));
	ck_assert(c->chips == 1 && c->flash[0].result == ATT_MEASURED_OK);
	/* the TPM told its clock, again and again, and what it is */
	p = att_firmware_claims_pass(c, "flash/a");
	ck_assert(p != NULL && p->has_clock &&
	    p->end.clock >= p->begin.clock && p->begin.clock > 0);
	ck_assert_ptr_nonnull(att_components_find(&c->components, "tpm"));
	/* nothing changed since */
	attestd("--measure", 0);
	chip_flip("a", CODE + 0x1000);
	attestd("--measure", 1);
	ck_assert(has_logged("firmware changed: a"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("privilege");
	TCase *t = tcase_create("a user and root");

	tcase_add_unchecked_fixture(t, make_certs, free_certs);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, attests);
	tcase_add_test(t, measures);
	suite_add_tcase(s, t);
	return run_suite(s);
}
