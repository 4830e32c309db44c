/* The gate on a node: a TPM, and a verifier that signs. */
#include "tests/agent/fleet.h"

#include <sys/prctl.h>

#include "agent/followed.h"
#include "agent/gate.h"
#include "base/steady.h"
#include "tests/agent/run_ctl.h"

static struct run run;
static char *config_path;
static pid_t daemon_;

static void
start(void)
{
	AUTO_DONE(att_buf_done) struct att_buf more = ATT_BUF(512);
	AUTO(free) char *keys = NULL;

	fleet_start();
	config_path = in_node("attestd.yaml");
	att_buf_printf(&more, "result_keys: %s/keys.json\n", node_dir);
	node_put("attestd.yaml.d/gate.yaml", att_buf_view(&more));
	fleet_put_reference();
	keys = in_node("keys.json");
	RUN(&run, "node", "keys", "--url", server_url, "--ca", server_ca,
	    "--token", operator_token, "-o", keys);
	ck_assert_int_eq(run.status, 0);
}

static void
daemon_stop(void)
{
	if (daemon_ > 0) {
		(void)kill(daemon_, SIGTERM);
		(void)waitpid(daemon_, NULL, 0);
	}
	daemon_ = 0;
}

static void
stop(void)
{
	daemon_stop();
	run_done(&run);
	free(config_path);
	fleet_stop();
}

/* BUILD/attestd, until its socket is there. */
static void
daemon_start(void)
{
	AUTO(free) char *listens = in_node("run/io.attestd");
	AUTO(free) char *log = in_node("log");
	uint64_t end = att_steady_now() + PATIENCE_MS;
	char path[PATH_MAX];
	char *at;

	run_path(path, sizeof(path));
	ck_assert((at = strrchr(path, '/')) != NULL);
	memcpy(at, "/attestd", 9);
	daemon_ = forked();
	if (daemon_ == 0) {
		int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (fd >= 0 && dup2(fd, 1) >= 0 && dup2(fd, 2) >= 0)
			execl(path, "attestd", "-c", config_path, NULL);
		_exit(127);
	}
	while (access(listens, F_OK) < 0) {
		ck_assert(att_steady_now() < end);
		(void)usleep(10000);
	}
}

static void
attest(int want)
{
	RUN(&run, "attest", "-c", config_path);
	ck_assert_int_eq(run.status, want);
}

#define GATE(want, word, ...)                                                \
	do {                                                                 \
		RUN(&run, "gate", "-c", config_path, ##__VA_ARGS__);         \
		ck_assert_msg(run.status == (want), "status %d: %.*s",       \
		    run.status, (int)run.err.len, (char *)run.err.data);     \
		ck_assert_msg((word)[0] == '\0' || run_has(&run.err, word),  \
		    "lacks \"%s\": %.*s", word, (int)run.err.len,            \
		    (char *)run.err.data);                                   \
	} while (0)

START_TEST(opened_by_what_the_verifier_signed)
{
	GATE(4, "no attestation since this node was started");
	attest(0);
	GATE(0, "");
	/* what the TPM counts was not looked at by anybody so far */
	GATE(4, "could not be asked which boot this is", "--cached");
	swtpm_extend(&tpm, 7, "later");
	(void)usleep(1100000);		/* quote_interval */
	attest(1);
	GATE(1, "PCR 7", "--max-age", "0", "--unit", "kubelet.service");
	ck_assert(run_has(&run.err, "kubelet.service: gate closed: "));
}
END_TEST

/* As a unit calls it: attestd attests, and what it leaves is judged. */
START_TEST(attestd_is_asked)
{
	daemon_start();
	GATE(0, "", "--unit", "kubelet.service");
	GATE(0, "");
	swtpm_extend(&tpm, 7, "later");
	(void)usleep(1100000);		/* quote_interval */
	GATE(1, "PCR 7", "--max-age", "0", "--unit", "kubelet.service");
	daemon_stop();
	GATE(1, "nobody takes connections");
}
END_TEST

/* Of the boot before: the file says that it is of this one. */
START_TEST(a_boot_that_was_not_seen)
{
	attest(0);
	GATE(0, "");
	swtpm_reboot(&tpm);
	GATE(4, "of another boot: the TPM was reset ");
	ck_assert(run_has(&run.err, "nobody takes connections"));
}
END_TEST

START_TEST(a_tpm_that_is_busy)
{
	uint64_t from;

	attest(0);
	swtpm_signal(&tpm, SIGSTOP);
	from = att_steady_now();
	GATE(4, "could not be asked which boot this is", "--timeout", "2");
	ck_assert_uint_lt(att_steady_now() - from, PATIENCE_MS);
	swtpm_signal(&tpm, SIGCONT);
	GATE(0, "");
}
END_TEST

static struct att_tpm_clock
clock_of(const struct swtpm *s)
{
	AUTO(att_tpm_free) struct att_tpm *t = NULL;
	struct att_tpm_clock c;

	ok(att_tpm_open(s->tcti, 60000, &t, err));
	ok(att_tpm_clock_read(t, &c, err));
	return c;
}

/*
 * A taken-over attestd has the good result of another node at hand, whose TPM
 * was started as often and in the same minute, and says that it is this one's.
 */
START_TEST(a_result_of_another_node)
{
	AUTO_DONE(att_buf_done) struct att_buf more = ATT_BUF(512);
	AUTO(free) char *identity = in_node("state/identity.json");
	uint32_t resets;
	struct swtpm own;

	node_put("attestd.yaml.d/id.yaml", S("agent_id: hash_ek\n"));
	attest(0);
	GATE(0, "");
	resets = clock_of(&tpm).reset_count;
	swtpm_start_blank(&own);
	while (clock_of(&own).reset_count < resets)
		swtpm_reboot(&own);
	ck_assert_uint_eq(clock_of(&own).reset_count, resets);
	att_buf_printf(&more, "tcti: \"%s\"\n", own.tcti);
	node_put("attestd.yaml.d/own.yaml", att_buf_view(&more));
	ck_assert(access(identity, F_OK) == 0);
	GATE(4, "the verifier's signed result is about ");
	ck_assert(run_has(&run.err, ", and this node is \""));
	swtpm_stop(&own);
}
END_TEST

/* What follow remembers is asked of no TPM again, if it is of the same EK. */
START_TEST(an_ek_that_follow_remembers)
{
#define EK "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	struct att_followed f = { .boot_id = BOOT_ID, .ek_id = EK,
		.ek_type = ATT_TPM_EK_RSA2048 };
	AUTO_DONE(att_fd_done) int lock = -1;

	node_put("attestd.yaml.d/id.yaml", S("agent_id: hash_ek\n"));
	attest(0);
	ok(att_followed_lock(&config, 0, &lock, err));
	ok(att_followed_write(&config, &f, err));
	GATE(4, "this node is \"" EK "\"");
	f.ek_type = ATT_TPM_EK_P256;
	ok(att_followed_write(&config, &f, err));
	GATE(0, "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("gate on a node");
	TCase *t = tcase_create("node");

	tcase_add_unchecked_fixture(t, fleet_once, fleet_over);
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, opened_by_what_the_verifier_signed);
	tcase_add_test(t, attestd_is_asked);
	tcase_add_test(t, a_boot_that_was_not_seen);
	tcase_add_test(t, a_tpm_that_is_busy);
	tcase_add_test(t, a_result_of_another_node);
	tcase_add_test(t, an_ek_that_follow_remembers);
	suite_add_tcase(s, t);
	return run_suite(s);
}
