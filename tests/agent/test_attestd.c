/* attestd as a program: options, statuses, signals, and what it leaves. */
#include "tests/agent/calling.h"

#include <dirent.h>

#include "agent/measured.h"
#include "firmware/claims.h"


/* -- options ------------------------------------------------------------ */

START_TEST(options_and_their_statuses)
{
	AUTO(free) char *good = config_file();
	AUTO(free) char *bad = in_node("bad.yaml");
	AUTO(free) char *none = in_node("none.yaml");

	node_put("bad.yaml", S("no_such_key: 1\n"));
	ck_assert_int_eq(wait_for(LAUNCH("--help")), 0);
	ck_assert(has_logged("usage: attestd"));
	ck_assert_int_eq(wait_for(LAUNCH("--version")), 0);
	ck_assert(has_logged("attestd " ATT_VERSION));
	ck_assert_int_eq(wait_for(LAUNCH("--check-config", "-c", good)), 0);
	ck_assert(!has_logged("ca_file"));
	ck_assert_int_eq(wait_for(LAUNCH("--check-config", "-c", bad)), 3);
	ck_assert(has_logged("no_such_key"));
	ck_assert_int_eq(wait_for(LAUNCH("-c", bad)), 3);
	ck_assert_int_eq(wait_for(LAUNCH("--once", "-c", none)), 4);
	ck_assert_int_eq(wait_for(LAUNCH("--twice")), 2);
	ck_assert_int_eq(wait_for(LAUNCH("word")), 2);
	ck_assert_int_eq(wait_for(LAUNCH("-c")), 2);
	ck_assert_int_eq(wait_for(LAUNCH("--once", "--check-config")), 2);
	/* what the configuration names is looked at, too */
	node_put("ca.pem", S("no certificate"));
	ck_assert_int_eq(wait_for(LAUNCH("--check-config", "-c", good)), 3);
	ck_assert(has_logged("ca_file: "));
	ck_assert(has_logged("ca.pem: no certificate in PEM form"));
	ck_assert_uint_eq(registrar.peer.connections, 0);
}
END_TEST

/* As units ask: 0, set up; 1, nobody has so far; 255, somebody tried. */
START_TEST(configured)
{
	static const struct {
		const char *text, *dropin;
		int status;
		const char *says;
	} cases[] = {
		{ "", NULL, 5, "not configured yet" },
		{ "#verifier_urls: [https://a]\n", NULL, 5, "verifier_urls" },
		{ "interval: 5m\n", NULL, 5, "registrar_urls" },
		{ "no_such: 1\n", NULL, 255, ".yaml:1: no_such" },
		{ "\ninterval: soon\n", NULL, 255, ".yaml:2: interval" },
		{ "verifier_urls: [https://a]\n", NULL, 255,
		    "registrar_urls: is not set" },
		{ "registrar_urls: [https://a]\n", NULL, 255,
		    "verifier_urls: is not set" },
		{ "verifier_urls: [a]\n", NULL, 255, ".yaml:1: verifier_urls" },
		{ "verifier_urls: [https://a]\n",
		    "registrar_urls: [https://a]\n", 0, "" },
		{ "", "verifier_urls: [https://a]\n"
		    "registrar_urls: [https://a]\n", 0, "" },
	};
	AUTO(free) char *file = in_node("cases.yaml");
	AUTO(free) char *dropins = in_node("cases.yaml.d");
	AUTO(free) char *one = in_node("cases.yaml.d/1.yaml");
	AUTO(free) char *log = in_node("log");
	AUTO(free) char *good = config_file();

	ck_assert_int_eq(wait_for(LAUNCH("--configured", "-c", file)), 5);
	ck_assert(has_logged("not configured yet"));
	ck_assert_int_eq(wait_for(LAUNCH("--configured", "-c", good)), 0);
	ck_assert(mkdir(dropins, 0700) == 0);
	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		(void)unlink(log);
		(void)unlink(one);
		node_put("cases.yaml", S(cases[i].text));
		if (cases[i].dropin != NULL)
			node_put("cases.yaml.d/1.yaml", S(cases[i].dropin));
		ck_assert_msg(wait_for(LAUNCH("--configured", "-c", file)) ==
		    cases[i].status, "case %zu", i);
		ck_assert_msg(has_logged(cases[i].says) ||
		    cases[i].status == 0, "case %zu", i);
		ck_assert(cases[i].status != 0 || !has_logged("attestd"));
	}
	ck_assert_int_eq(wait_for(LAUNCH("--configured", "--once")), 2);
}
END_TEST

/* 0 is for a pass and for nothing else. */
START_TEST(once)
{
	AUTO(free) char *file = config_file();

	ck_assert_int_eq(wait_for(LAUNCH("--once", "-c", file)), 0);
	ck_assert(verdict() == ATT_PASS);
	fake.standing = ATT_STANDING_FAIL;
	ck_assert_int_eq(wait_for(LAUNCH("--once", "-c", file)), 1);
	ck_assert(verdict() == ATT_FAIL);
	fake.tier = "none";
	ck_assert_int_eq(wait_for(LAUNCH("--once", "-c", file)), 1);
	ck_assert(verdict() == ATT_UNDECIDED);
	fake.standing = ATT_STANDING_PASS;
	fake.tier = NULL;
	/* and once more, after it registered again */
	say(ATT_STEP_OFFER, 2, 404, "");
	ck_assert_int_eq(wait_for(LAUNCH("--once", "-c", file)), 1);
	ck_assert(verdict() == ATT_UNDECIDED);
	say(ATT_STEP_SESSION, ALWAYS, 500, "");
	second.say[ATT_STEP_SESSION] = (struct fake_say){ .times = ALWAYS,
		.status = 500, .body = "" };
	ck_assert_int_eq(wait_for(LAUNCH("--once", "-c", file)), 4);
	ck_assert(has_logged("retry-later"));
	swtpm_signal(&tpm, SIGKILL);
	ck_assert_int_eq(wait_for(LAUNCH("--once", "-c", file)), 4);
	ck_assert(has_logged("node-trouble"));
}
END_TEST

/* Somebody who wants one attestation is there to wait for it. */
START_TEST(once_waits_until_it_is_due)
{
	AUTO(free) char *file = config_file();

	say(ATT_STEP_OFFER, 1, 429, ERROR("premature_attestation"));
	fake.say[ATT_STEP_OFFER].headers = "Retry-After: 1\r\n";
	ck_assert_int_eq(wait_for(LAUNCH("--once", "-c", file)), 0);
	ck_assert(has_logged("waiting 1 s"));
	SEEN(OFFER, 2);
	say(ATT_STEP_OFFER, 1, 429, ERROR("premature_attestation"));
	fake.say[ATT_STEP_OFFER].headers = "Retry-After: 91\r\n";
	ck_assert_int_eq(wait_for(LAUNCH("--once", "-c", file)), 4);
	SEEN(OFFER, 3);
	/* which says nothing against what stands */
	ck_assert(verdict() == ATT_PASS);
}
END_TEST

/* -- signals ------------------------------------------------------------ */

START_TEST(sigterm_while_it_waits)
{
	static const int signals[] = { SIGTERM, SIGINT };
	AUTO(free) char *file = config_file();

	for (size_t i = 0; i < ATT_COUNT(signals); i++) {
		AUTO(free) char *path = in_node("run/verdict.json");
		pid_t pid = LAUNCH("-c", file);

		until_verdict(ATT_PASS);
		ck_assert_int_eq(ended_by(pid, signals[i]), 0);
		/* and what it said last stands */
		ck_assert(verdict() == ATT_PASS);
		ck_assert(unlink(path) == 0);
	}
}
END_TEST

/* A server that accepts and says nothing holds nobody up. */
START_TEST(sigterm_while_a_server_is_silent)
{
	struct peer mute = { .mute = true };
	AUTO(free) char *file = in_node("mute.yaml");
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(8192);
	uint64_t end = att_steady_now() + PATIENCE_MS;
	pid_t pid;

	peer_start(&mute);
	ck_assert(node_read("attestd.yaml", &b));
	node_put("mute.yaml", att_buf_view(&b));
	att_buf_reset(&b);
	att_buf_printf(&b, "registrar_urls: [\"https://127.0.0.1:%u\"]\n"
	    "connect_timeout: 1h\nrequest_timeout: 1h\n", mute.port);
	{
		AUTO(free) char *dropins = in_node("mute.yaml.d");

		ck_assert(mkdir(dropins, 0700) == 0);
	}
	node_put("mute.yaml.d/1.yaml", att_buf_view(&b));
	pid = LAUNCH("-c", file);
	while (atomic_load(&mute.conn_fd) < 0) {
		ck_assert(att_steady_now() < end);
		(void)usleep(10000);
	}
	ck_assert_int_eq(ended_by(pid, SIGTERM), 0);
	peer_stop(&mute);
}
END_TEST

START_TEST(systemd_is_told)
{
	AUTO(free) char *file = config_file();
	struct manager m;
	pid_t pid;

	manager_start(&m);
	pid = LAUNCH("-c", file);
	/* that it is ready comes first, whatever comes of the attestation */
	hears(&m, "READY=1|");
	hears(&m, "STATUS=pass, by https://127.0.0.1:");
	ck_assert_int_eq(ended_by(pid, SIGTERM), 0);
	hears(&m, "STOPPING=1");
	manager_done(&m);
}
END_TEST

/* -- firmware ----------------------------------------------------------- */

/* A document in place, whose passes the TPM dated; -1: none so far. */
static ssize_t
chips_measured(void)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);
	AUTO(att_firmware_claims_free) struct att_firmware_claims *c = NULL;

	if (!node_read("claims", &b))
		return -1;
	ok(att_firmware_claims_parse(att_buf_view(&b), &c, err));
	for (size_t i = 0; i < c->passes; i++)
		ck_assert(c->pass[i].has_clock &&
		    c->pass[i].begin.clock <= c->pass[i].end.clock &&
		    c->pass[i].begin.reset_count ==
			c->pass[i].end.reset_count);
	return (ssize_t)c->chips;
}

/* Until a chip is being read. */
static void
until_reading(void)
{
	struct att_measured_status s = { 0 };
	uint64_t end = att_steady_now() + PATIENCE_MS;

	while (s.state != ATT_MEASURED_RUNNING ||
	    strcmp(s.of, "flash/chip") != 0) {
		ck_assert_msg(att_steady_now() < end, "nothing is read");
		(void)usleep(20000);
		(void)!att_measured_status_read(&config, &s, NULL);
	}
}

/*
 * Measured while it attests; what changes is told, and it goes on. A pass that
 * runs ends with it.
 */
START_TEST(firmware_is_measured)
{
	AUTO(free) char *file = config_file();
	AUTO(free) char *dropins = in_node("attestd.yaml.d");
	AUTO(free) char *keys = NULL;
	char image[2 * 65536];
	pid_t pid;

	memset(image, 0xff, sizeof(image));
	node_put("chip", (struct att_slice){ (uint8_t *)image,
	    sizeof(image) });
	ck_assert(mkdir(dropins, 0700) == 0);
	ck_assert(asprintf(&keys, "firmware_interval: 1s\n"
	    "firmware_devices: [%s/chip]\nfirmware_spool: %s\n"
	    "firmware_rate: 1M\nfirmware_duty: 100\n", node_dir, node_dir) >
	    0);
	node_put("attestd.yaml.d/1.yaml", S(keys));
	pid = LAUNCH("-c", file);
	until_logged("firmware measured: 1 chips (0 of them not)");
	ck_assert_int_eq(chips_measured(), 1);
	until_verdict(ATT_PASS);
	ck_assert_int_eq(wait_for(launch_as("attestctl",
	    (const char *const[]){ "status", "-c", file, NULL })), 0);
	ck_assert(has_logged("\n  firmware     measured 20") ||
	    has_logged("\n  firmware     being measured since 20"));
	image[70000] = 0;
	node_put("chip", (struct att_slice){ (uint8_t *)image,
	    sizeof(image) });
	until_logged("firmware changed: chip, 0x0, unclaimed (gap): content");
	ck_assert_int_eq(ended_by(pid, SIGTERM), 0);
	/* by itself: it says the same as before */
	until_verdict(ATT_PASS);
	ck_assert_int_eq(wait_for(LAUNCH("--measure", "-c", file)), 0);
	image[70001] = 0;
	node_put("chip", (struct att_slice){ (uint8_t *)image,
	    sizeof(image) });
	ck_assert_int_eq(wait_for(LAUNCH("--measure", "-c", file)), 1);
	/* one that takes minutes */
	keys[strlen(keys) - strlen("firmware_duty: 100\n")] = '\0';
	node_put("attestd.yaml.d/1.yaml", S(keys));
	node_put("attestd.yaml.d/2.yaml", S("firmware_rate: 4K\n"));
	pid = LAUNCH("--measure", "-c", file);
	until_reading();
	ck_assert_int_eq(ended_by(pid, SIGTERM), 4);
}
END_TEST

/* -- more than one ------------------------------------------------------ */

/* One stays; others come, wait for their turn, and go. */
START_TEST(two_at_once)
{
	AUTO_DONE(att_buf_done) struct att_buf ak = ATT_BUF(8192);
	AUTO_DONE(att_buf_done) struct att_buf now = ATT_BUF(8192);
	AUTO(free) char *path = in_node("run/verdict.json");
	AUTO(free) char *file = config_file();
	pid_t first, brief[4];

	/* our servers have one connection at a time: others go to the next */
	set_keys("connect_timeout: 2s\n");
	first = LAUNCH("-c", file);
	until_verdict(ATT_PASS);
	ck_assert(node_read("state/ak", &ak));
	ck_assert_int_eq(wait_for(LAUNCH("-c", file)), 4);
	ck_assert(has_logged("another process is using it"));
	for (size_t i = 0; i < ATT_COUNT(brief); i++)
		brief[i] = LAUNCH("--once", "-c", file);
	for (size_t i = 0; i < ATT_COUNT(brief); i++)
		ck_assert_int_eq(wait_for(brief[i]), 0);
	ck_assert_int_eq(wait_for(launch_as("attestctl",
	    (const char *const[]){ "attest", "-c", file, NULL })), 0);
	ck_assert(node_read("state/ak", &now));
	ck_assert(att_slice_equal(att_buf_view(&ak), att_buf_view(&now)));
	/* the first one stays, and what is killed is not in the way */
	ck_assert_int_eq(kill(first, 0), 0);
	ck_assert_int_eq(ended_by(first, SIGKILL), 1000 + SIGKILL);
	ck_assert(unlink(path) == 0);
	first = LAUNCH("-c", file);
	until_verdict(ATT_PASS);
	ck_assert_int_eq(ended_by(first, SIGTERM), 0);
	check_state_files();
}
END_TEST

/* -- what others can reach ---------------------------------------------- */

/*
 * Sockets of this process that the network reaches, by /proc: state 0A, and its
 * inodes. *ret_local: those that only this machine does.
 */
static unsigned
listening(pid_t pid, unsigned *ret_local)
{
	static const char *const tables[] = { "tcp", "tcp6", "udp", "udp6",
		"unix" };
	unsigned found = 0, sockets = 0;
	char path[64], link[64], line[512];
	struct dirent *e;
	DIR *d;

	*ret_local = 0;
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	ck_assert((d = opendir(path)) != NULL);
	while ((e = readdir(d)) != NULL) {
		ssize_t n = readlinkat(dirfd(d), e->d_name, link,
		    sizeof(link) - 1);
		unsigned long inode;

		if (n <= 0)
			continue;
		link[n] = '\0';
		if (sscanf(link, "socket:[%lu]", &inode) != 1)
			continue;
		sockets++;
		for (size_t i = 0; i < ATT_COUNT(tables); i++) {
			FILE *f;

			snprintf(path, sizeof(path), "/proc/%d/net/%s", pid,
			    tables[i]);
			if ((f = fopen(path, "r")) == NULL)
				continue;
			snprintf(link, sizeof(link), " %lu ", inode);
			while (fgets(line, sizeof(line), f) != NULL)
				if (strstr(line, link) == NULL)
					continue;
				else if (strcmp(tables[i], "unix") == 0)
					*ret_local += strstr(line,
					    " 00010000 ") != NULL;
				else
					found += tables[i][0] == 'u' ||
					    strstr(line, " 0A ") != NULL;
			fclose(f);
		}
	}
	closedir(d);
	ck_assert_uint_gt(sockets, 0);	/* its connection, at least */
	return found;
}

START_TEST(k2_nothing_listens_on_the_network)
{
	AUTO(free) char *file = config_file();
	unsigned local;
	pid_t pid = LAUNCH("-c", file);

	until_verdict(ATT_PASS);
	/* our servers do */
	ck_assert_uint_gt(listening(getpid(), &local), 0);
	ck_assert_uint_eq(listening(pid, &local), 0);
	ck_assert_uint_eq(local, 1);
	ck_assert_int_eq(ended_by(pid, SIGTERM), 0);
}
END_TEST

/* -- crashes ------------------------------------------------------------ */

/* Killed at any point, and every file is whole, and the key is the same. */
START_TEST(sigkill_at_random_points)
{
	AUTO_DONE(att_buf_done) struct att_buf ak = ATT_BUF(8192);
	AUTO(free) char *file = config_file();
	unsigned killed = 0;
	uint64_t from, whole;	/* microseconds that one takes, here and now */

	ck_assert_int_eq(wait_for(LAUNCH("--once", "-c", file)), 0);
	ck_assert(node_read("state/ak", &ak));
	from = att_steady_now();
	ck_assert_int_eq(wait_for(LAUNCH("--once", "-c", file)), 0);
	whole = 1000 * (att_steady_now() - from);
	for (unsigned i = 0; i < 40; i++) {
		AUTO_DONE(att_buf_done) struct att_buf now = ATT_BUF(8192);
		pid_t pid = LAUNCH("--once", "-c", file);

		(void)usleep((useconds_t)(1000 + i * whole / 40));
		(void)kill(pid, SIGKILL);
		killed += wait_for(pid) == 1000 + SIGKILL;
		check_state_files();
		ck_assert(node_read("state/ak", &now));
		ck_assert(att_slice_equal(att_buf_view(&ak),
		    att_buf_view(&now)));
		/* what the dead one had loaded; a kernel would flush it */
		swtpm_reboot(&tpm);
	}
	ck_assert_uint_gt(killed, 20);
	ck_assert_int_eq(wait_for(LAUNCH("--once", "-c", file)), 0);
	ck_assert(verdict() == ATT_PASS);
}
END_TEST

/* Killed while it makes its key: there is one in the end, and one only. */
START_TEST(sigkill_at_the_first_start)
{
	AUTO(free) char *file = config_file();
	AUTO(free) char *bad = in_node("state/ak.bad");
	struct stat st;

	for (unsigned i = 0; i < 30; i++) {
		pid_t pid = LAUNCH("--once", "-c", file);

		(void)usleep(1000 + i * 5003 % 150000);
		(void)kill(pid, SIGKILL);
		(void)wait_for(pid);
		check_state_files();
		swtpm_reboot(&tpm);
	}
	ck_assert_int_eq(wait_for(LAUNCH("--once", "-c", file)), 0);
	ck_assert(stat(bad, &st) < 0);
}
END_TEST

int
main(void)
{
	TCase *t;
	Suite *s = push_suite("attestd", &t);

	tcase_add_test(t, options_and_their_statuses);
	tcase_add_test(t, configured);
	tcase_add_test(t, once);
	tcase_add_test(t, once_waits_until_it_is_due);
	tcase_add_test(t, sigterm_while_it_waits);
	tcase_add_test(t, sigterm_while_a_server_is_silent);
	tcase_add_test(t, systemd_is_told);
	tcase_add_test(t, firmware_is_measured);
	tcase_add_test(t, two_at_once);
	tcase_add_test(t, k2_nothing_listens_on_the_network);
	tcase_add_test(t, sigkill_at_random_points);
	tcase_add_test(t, sigkill_at_the_first_start);
	return run_suite(s);
}
