/*
 * The life of attestd as a service: started for its socket, and leaving; told
 * by signals, and telling the service manager; and what can be in its way.
 */
#include "tests/agent/calling.h"

#include <dirent.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>

/* -- started for its socket ------------------------------------------------ */

/* As the service manager does: descriptor 3, and two variables. */
static pid_t
activate(int fd, const char *file)
{
	AUTO(free) char *log = in_node("log");
	char name[] = "attestd", option[] = "-c", pid_text[16];
	char *argv[] = { name, option, (char *)(uintptr_t)file, NULL };
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	pid_t pid;
	int out;

	ck_assert(n > 0);
	path[n] = '\0';
	memcpy(strstr(path, "/tests/"), "/attestd", sizeof("/attestd"));
	pid = forked();
	if (pid > 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
	    (fd == 3 ? fcntl(fd, F_SETFD, 0) : dup2(fd, 3)) < 0)
		_exit(126);
	snprintf(pid_text, sizeof(pid_text), "%d", (int)getpid());
	if (setenv("LISTEN_PID", pid_text, 1) < 0 ||
	    setenv("LISTEN_FDS", "1", 1) < 0)
		_exit(126);
	execv(path, argv);
	_exit(127);
}

/* The socket of a socket unit. */
static int
listen_at(const char *name)
{
	AUTO(free) char *path = in_node(name);
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)unlink(path);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	ck_assert(fd >= 0 &&
	    bind(fd, (struct sockaddr *)&un, sizeof(un)) == 0 &&
	    chmod(path, 0666) == 0 && listen(fd, 64) == 0);
	return fd;
}

static void
make_run_dir(void)
{
	AUTO(free) char *run = in_node("run");

	ck_assert(mkdir(run, 0755) == 0);
}

/* It does nothing by itself, and leaves when nothing is left to do. */
START_TEST(activated)
{
	AUTO(free) char *file = config_file();
	AUTO(free) char *path = in_node(SOCKET);
	AUTO(att_varlink_client_free) struct att_varlink_client *c = NULL;
	struct stat st;
	uint64_t from;
	pid_t pid;
	int fd;

	make_run_dir();
	set_keys("idle_timeout: 1s\n");
	fd = listen_at(SOCKET);
	for (unsigned i = 1; i <= 2; i++) {
		/* it stays for who has a connection, and a second more */
		c = dial(SOCKET);
		pid = activate(fd, file);
		ck_assert(!is_busy());
		ck_assert_uint_eq(evidences(), i - 1);
		attest_gives(NULL, "pass", "accepted");
		from = att_steady_now();
		att_varlink_client_free(take(&c));
		ck_assert_int_eq(wait_for(pid), 0);
		ck_assert_uint_ge(att_steady_now() - from, 1000);
		ck_assert_uint_eq(evidences(), i);
	}
	/* what a server ordered is kept to also by one that comes after */
	say(ATT_STEP_OFFER, 1, 429, "");
	fake.say[ATT_STEP_OFFER].headers = "Retry-After: 3600\r\n";
	for (unsigned i = 0; i < 2; i++) {
		c = dial(SOCKET);
		pid = activate(fd, file);
		attest_gives(NULL, "pass", "throttled");
		att_varlink_client_free(take(&c));
		ck_assert_int_eq(wait_for(pid), 0);
		ck_assert_uint_eq(fake.seen[ATT_STEP_OFFER], 3);
	}
	/* the socket is the service manager's */
	ck_assert(stat(path, &st) == 0);
	ck_assert(verdict() == ATT_PASS);
	close(fd);
}
END_TEST

/* Nobody calls for what has to be measured and told anew. */
START_TEST(activated_and_cleared)
{
	AUTO(free) char *file = config_file();
	AUTO(att_varlink_client_free) struct att_varlink_client *c = NULL;
	pid_t pid;
	int fd;

	make_run_dir();
	fake.firmware = true;
	use_chip("firmware_rate: 1G\nfirmware_interval: 1d\n"
	    "idle_timeout: 1s\n");
	fd = listen_at(SOCKET);
	c = dial(SOCKET);
	pid = activate(fd, file);
	measure_firmware();
	attest_gives(NULL, "pass", "accepted");
	att_varlink_client_free(take(&c));
	ck_assert_int_eq(wait_for(pid), 0);
	/* whoever asks for a pass tells what it found */
	ck_assert_uint_eq(evidences(), 1);
	ck_assert(!has_logged("measured anew"));
	swtpm_clear(&tpm);
	c = dial(SOCKET);
	pid = activate(fd, file);
	attest_gives(NULL, "pass", "accepted");
	att_varlink_client_free(take(&c));
	ck_assert_int_eq(wait_for(pid), 0);
	ck_assert(has_logged("measured anew"));
	ck_assert_uint_eq(evidences(), 3);
	c = dial(SOCKET);
	pid = activate(fd, file);
	attest_gives(NULL, "pass", "accepted");
	att_varlink_client_free(take(&c));
	ck_assert_int_eq(wait_for(pid), 0);
	ck_assert_uint_eq(evidences(), 4);
	close(fd);
}
END_TEST

/* Somebody called, and it was started for that: he is told, and it leaves. */
static void
refuses(int fd, const char *file, int status, const char *error,
    const char *word)
{
	AUTO(att_varlink_client_free) struct att_varlink_client *c =
	    dial("other");
	pid_t pid = activate(fd, file);

	refused_on(c, ATT_LOCAL_STATUS, NULL, error, word);
	att_varlink_client_free(take(&c));
	ck_assert_int_eq(wait_for(pid), status);
}

/* Who called is told why it does not begin, and it is not begun for ever. */
START_TEST(activated_for_nothing)
{
	AUTO(free) char *good = config_file();
	AUTO(free) char *bad = in_node("bad.yaml");
	AUTO(free) char *none = in_node("none.yaml");
	AUTO(att_varlink_client_free) struct att_varlink_client *idle = NULL;
	pid_t stays;
	int fd;

	node_put("bad.yaml", S("no_such_key: 1\n"));
	fd = listen_at("other");
	refuses(fd, bad, 3, ATT_LOCAL_E_FAILED, "no_such_key");
	refuses(fd, bad, 3, ATT_LOCAL_E_FAILED, "\"status\": 3");
	/* not configured yet is no failure */
	refuses(fd, none, 0, ATT_LOCAL_E_UNCONFIGURED, "{}");
	/* nobody called after all */
	ck_assert_int_eq(wait_for(activate(fd, bad)), 3);
	/* or somebody stays, and calls no more */
	idle = dial("other");
	ck_assert_int_eq(wait_for(activate(fd, bad)), 3);
	/* another one is there */
	stays = LAUNCH("-c", good);
	until_verdict(ATT_PASS);
	refuses(fd, good, 4, ATT_LOCAL_E_FAILED, "another process is using it");
	end_it(stays);
	close(fd);
}
END_TEST

/* -- the service manager --------------------------------------------------- */

/* A new configuration is taken; a broken one is spoken of, and is not. */
START_TEST(reload)
{
	struct manager m;
	pid_t pid;

	manager_start(&m);
	pid = launch_quiet();
	hears(&m, "READY=1|");
	hears(&m, "STATUS=pass, by ");
	set_keys("interval: 600s\nno_such_key: 1\n");
	ck_assert(kill(pid, SIGHUP) == 0);
	hears(&m, "RELOADING=1\nMONOTONIC_USEC=");
	hears(&m, "READY=1|");
	hears(&m, "; the configuration before stays in use: ");
	attest_gives(NULL, "pass", "accepted");
	set_keys("interval: 600s\nstate_dir: /nowhere\n");
	ck_assert(kill(pid, SIGHUP) == 0);
	hears(&m, "state_dir: is another now");
	/* and it goes on being said */
	attest_gives(NULL, "pass", "accepted");
	hears(&m, "state_dir: is another now");
	/* another verifier, to which it goes from now on */
	{
		AUTO(free) char *keys = NULL;

		ck_assert(asprintf(&keys, "interval: 600s\n"
		    "verifier_urls: [\"https://127.0.0.1:%u\"]\n",
		    second.peer.port) > 0);
		set_keys(keys);
	}
	ck_assert_uint_eq(second.seen[ATT_STEP_EVIDENCE], 0);
	ck_assert(kill(pid, SIGHUP) == 0);
	hears(&m, "RELOADING=1");
	hears(&m, "READY=1|STATUS=pass, by ");
	attest_gives(NULL, "pass", "accepted");
	ck_assert_uint_ge(second.seen[ATT_STEP_EVIDENCE], 1);
	end_it(pid);
	hears(&m, "STOPPING=1");
	manager_done(&m);
}
END_TEST

/* It is petted, also while a server takes its time. */
START_TEST(watchdog)
{
	struct manager m;
	struct one one[1];
	pid_t pid;

	manager_start(&m);
	/* twice in that time, of which nobody reads more than ten */
	ck_assert(setenv("WATCHDOG_USEC", "1000000", 1) == 0);
	fake.hook = hold;
	pid = launch_quiet();
	hears(&m, "WATCHDOG=1");
	hears(&m, "WATCHDOG=1");
	atomic_store(&held, true);
	begin_all(one, 1, 0);
	until_offered(2);
	for (unsigned i = 0; i < 3; i++)
		hears(&m, "WATCHDOG=1");
	atomic_store(&held, false);
	join_all(one, 1);
	end_it(pid);
	(void)unsetenv("WATCHDOG_USEC");
	manager_done(&m);
}
END_TEST

/* The thread that has the TPM and the servers: the one beside the loop's. */
static pid_t
worker_of(pid_t pid)
{
	char path[64], own[16];
	struct dirent *e;
	pid_t tid = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	snprintf(own, sizeof(own), "%d", (int)pid);
	ck_assert((d = opendir(path)) != NULL);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && strcmp(e->d_name, own) != 0) {
			ck_assert_int_eq(tid, 0);
			tid = (pid_t)strtol(e->d_name, NULL, 10);
		}
	(void)closedir(d);
	ck_assert_int_gt(tid, 0);
	return tid;
}

/* As in a driver that does not come back; all other threads go on. */
static void
hang(pid_t tid)
{
	int status;

	ck_assert_msg(ptrace(PTRACE_SEIZE, tid, NULL, NULL) == 0 &&
	    ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) == 0, "%s",
	    strerror(errno));
	ck_assert(waitpid(tid, &status, __WALL) == tid && WIFSTOPPED(status));
}

/* What it was told until now. */
static void
drain(struct manager *m)
{
	char message[4096];

	while (recv(m->fd, message, sizeof(message), MSG_DONTWAIT) > 0)
		continue;
}

static void
until_idle(void)
{
	uint64_t end = att_steady_now() + PATIENCE_MS;

	while (is_busy()) {
		ck_assert_msg(att_steady_now() < end, "it is busy");
		(void)usleep(5000);
	}
}

/* Never petted in that time. */
static void
is_left_alone(struct manager *m, unsigned ms)
{
	const uint64_t end = att_steady_now() + ms;
	char message[4096];
	uint64_t now;

	while ((now = att_steady_now()) < end) {
		struct pollfd p = { .fd = m->fd, .events = POLLIN };
		ssize_t n;

		if (poll(&p, 1, (int)(end - now)) <= 0)
			continue;
		n = recv(m->fd, message, sizeof(message) - 1, 0);
		ck_assert_int_gt(n, 0);
		message[n] = '\0';
		ck_assert_ptr_null(strstr(message, "WATCHDOG=1"));
	}
}

static void *
quote_one(void *arg)
{
	AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r =
	    call(ATT_LOCAL_QUOTE, json_pack("{s:s}", "nonce",
	    "00112233445566778899aabbccddeeff"));

	ck_assert_ptr_null(r.error);
	return NULL;
}

/* With this library before all others. */
static pid_t
launch_with(const char *library)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 20);
	pid_t pid;

	ck_assert(n > 0);
	path[n] = '\0';
	(void)snprintf(strrchr(path, '/') + 1, 20, "%s", library);
	/* that of sanitizers wants to be the first */
	ck_assert(setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1) == 0 &&
	    setenv("LD_PRELOAD", path, 1) == 0);
	pid = launch_quiet();
	(void)unsetenv("LD_PRELOAD");
	(void)unsetenv("ASAN_OPTIONS");
	return pid;
}

/* A program whose clock is later by *ret seconds, which is 0 so far. */
static pid_t
launch_later(volatile int64_t **ret)
{
	AUTO(free) char *path = in_node("later");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	pid_t pid;

	ck_assert(fd >= 0 && ftruncate(fd, sizeof(**ret)) == 0);
	*ret = mmap(NULL, sizeof(**ret), PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	ck_assert(*ret != MAP_FAILED && close(fd) == 0);
	ck_assert(setenv("ATT_LATER", path, 1) == 0);
	pid = launch_with("later.so");
	(void)unsetenv("ATT_LATER");
	return pid;
}

/*
 * Too early: who waits waits for it, by the clock that goes on; others are
 * served meanwhile.
 */
START_TEST(patience)
{
	static const char nonce[] = "00112233445566778899aabbccddeeff";
	volatile int64_t *later = NULL;
	struct one one[1];
	pid_t pid = launch_later(&later);

	say(ATT_STEP_OFFER, 1, 429, ERROR("premature_attestation"));
	fake.say[ATT_STEP_OFFER].headers = "Retry-After: 60\r\n";
	begin_all(one, 1, 0);
	until_offered(2);
	{
		AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r =
		    call(ATT_LOCAL_QUOTE, json_pack("{s:s}", "nonce", nonce));

		ck_assert(r.error == NULL);
	}
	ck_assert_uint_eq(fake.seen[ATT_STEP_OFFER], 2);
	*later = 100;
	/* a clock that jumps wakes nobody */
	ck_assert(is_busy());
	join_all(one, 1);
	ck_assert_uint_eq(evidences(), 2);
	/* nobody waits for an hour */
	say(ATT_STEP_OFFER, 1, 429, ERROR("premature_attestation"));
	fake.say[ATT_STEP_OFFER].headers = "Retry-After: 3600\r\n";
	attest_gives(NULL, "pass", "too-early");
	ck_assert_uint_eq(fake.seen[ATT_STEP_OFFER], 4);
	/* nor does anybody ask it meanwhile, whatever he wants */
	attest_gives(NULL, "pass", "too-early");
	attest_gives(aged(1), "pass", "too-early");
	ck_assert_uint_eq(fake.seen[ATT_STEP_OFFER], 4);
	end_it(pid);
	(void)munmap((void *)(uintptr_t)later, sizeof(*later));
}
END_TEST

/*
 * A job that hangs is waited for as long as it may take, 240 seconds for a
 * quote, and then the service manager hears no more, so that it ends attestd.
 */
START_TEST(watchdog_of_a_job_that_hangs)
{
	volatile int64_t *later = NULL;
	struct manager m;
	pthread_t thread;
	pid_t pid, worker;

	manager_start(&m);
	ck_assert(setenv("WATCHDOG_USEC", "1000000", 1) == 0);
	pid = launch_later(&later);
	until_idle();
	hang(worker = worker_of(pid));
	ck_assert(pthread_create(&thread, NULL, quote_one, NULL) == 0);
	while (!is_busy())
		(void)usleep(5000);
	/* it was taken; whoever asks once more finds that it has begun */
	ck_assert(is_busy());
	drain(&m);
	*later = 200;
	hears(&m, "WATCHDOG=1");
	hears(&m, "WATCHDOG=1");
	*later = 250;
	for (uint64_t end = att_steady_now() + PATIENCE_MS;
	     !has_logged("holds up attestd for longer");) {
		ck_assert_msg(att_steady_now() < end, "it does not see that");
		/* whoever is not heard waits */
		drain(&m);
		(void)usleep(10000);
	}
	drain(&m);
	is_left_alone(&m, 3000);
	/* one that was only late is forgiven, if nobody ended it so far */
	ck_assert_int_eq(ptrace(PTRACE_DETACH, worker, NULL, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	hears(&m, "WATCHDOG=1");
	end_it(pid);
	(void)unsetenv("WATCHDOG_USEC");
	(void)munmap((void *)(uintptr_t)later, sizeof(*later));
	manager_done(&m);
}
END_TEST

/* Why it does not start, in one sentence, and a status for each. */
START_TEST(what_keeps_it_from_starting)
{
	AUTO(free) char *good = config_file();
	AUTO(free) char *bad = in_node("bad.yaml");
	AUTO(free) char *none = in_node("none.yaml");
	AUTO(free) char *state = in_node("state");
	struct manager m;
	int fd;

	manager_start(&m);
	node_put("bad.yaml", S("\nno_such_key: 1\n"));
	ck_assert_int_eq(wait_for(LAUNCH("-c", bad)), 3);
	hears(&m, "STATUS=attestd does not start: configuration: ");
	ck_assert_int_eq(wait_for(LAUNCH("-c", none)), 4);
	hears(&m, "none.yaml: no such file");
	node_put("state", S("no directory"));
	ck_assert_int_eq(wait_for(LAUNCH("-c", good)), 4);
	hears(&m, "/state");
	ck_assert(unlink(state) == 0 && mkdir(state, 0700) == 0);
	/* somebody else sits there */
	make_run_dir();
	fd = listen_at(SOCKET);
	ck_assert_int_eq(wait_for(LAUNCH("-c", good)), 4);
	hears(&m, "another process takes connections there");
	close(fd);
	/* whom nobody sees any more: it is no hindrance */
	{
		pid_t pid = launch_quiet();

		hears(&m, "READY=1");
		attest_gives(NULL, "pass", "accepted");
		end_it(pid);
	}
	manager_done(&m);
}
END_TEST

/* Something else has the name of the socket: it attests without callers. */
START_TEST(no_socket_there)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(64);
	pid_t pid;

	make_run_dir();
	node_put(SOCKET, S("mine"));
	pid = launch_quiet();
	ck_assert(has_logged("nobody can call attestd"));
	ck_assert(has_logged("no socket"));
	end_it(pid);
	ck_assert(node_read(SOCKET, &b) &&
	    att_slice_equal(att_buf_view(&b), S("mine")));
}
END_TEST

/* -- what goes wrong while it runs ----------------------------------------- */

/* Forks of the other thread have copies of what tells the end of a pass. */
START_TEST(passes_that_end_while_it_forks)
{
	pid_t pid = launch_with("kept.so");

	for (unsigned i = 0; i < 3; i++) {
		AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r =
		    call(ATT_LOCAL_MEASURE, NULL);

		ck_assert_msg(r.error == NULL, "%s", r.error);
	}
	attest_gives(NULL, "pass", "accepted");
	end_it(pid);
}
END_TEST

/* The TPM goes and comes back, or is something else; the status says so. */
START_TEST(no_tpm)
{
	static const char *const others[] = { "device:/dev/full",
		"device:/dev/null", "device:/nonexistent" };
	AUTO(free) char *file = config_file();
	struct manager m;
	pid_t pid;

	manager_start(&m);
	set_keys("backoff_min: 1s\nbackoff_max: 1s\n");
	swtpm_stop(&tpm);
	pid = LAUNCH("-c", file);
	hears(&m, "STATUS=node-trouble: ");
	for (size_t i = 0; i < ATT_COUNT(others); i++) {
		AUTO(free) char *keys = NULL;

		ck_assert(asprintf(&keys, "tcti: \"%s\"\n", others[i]) > 0);
		set_keys(keys);
		ck_assert(kill(pid, SIGHUP) == 0);
		hears(&m, "READY=1|");
		hears(&m, "STATUS=node-trouble: ");
		ck_assert(verdict() == ATT_UNDECIDED);
	}
	swtpm_start(&tpm);
	{
		AUTO(free) char *keys = NULL;

		ck_assert(asprintf(&keys, "tcti: \"%s\"\n", tpm.tcti) > 0);
		set_keys(keys);
	}
	ck_assert(kill(pid, SIGHUP) == 0);
	hears(&m, "STATUS=pass, by ");
	end_it(pid);
	manager_done(&m);
}
END_TEST

/* A disk with room for nothing, and then with some. */
START_TEST(full_disk)
{
	AUTO(free) char *file = config_file();
	AUTO(free) char *state = in_node("state");
	AUTO(free) char *filler = in_node("state/filler");
	char block[4096] = "x";
	struct manager m;
	pid_t pid;
	int fd;

	ck_assert(mkdir(state, 0700) == 0);
	if (mount("tmpfs", state, "tmpfs", 0, "size=64k,mode=700") < 0) {
		(void)fprintf(stderr, "full_disk: no tmpfs can be had: "
		    "skipped\n");
		return;
	}
	fd = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while (write(fd, block, sizeof(block)) > 0)
		continue;
	close(fd);
	manager_start(&m);
	set_keys("backoff_min: 1s\nbackoff_max: 1s\n");
	pid = LAUNCH("-c", file);
	hears(&m, "No space left on device");
	ck_assert(verdict() == ATT_UNDECIDED);
	ck_assert(unlink(filler) == 0);
	hears(&m, "STATUS=pass, by ");
	end_it(pid);
	manager_done(&m);
	ck_assert(umount(state) == 0);
}
END_TEST

/* Read-only, it does not start; writable again, it does. */
START_TEST(read_only_state)
{
	AUTO(free) char *file = config_file();
	AUTO(free) char *state = in_node("state");
	struct manager m;
	pid_t pid;

	ck_assert(mkdir(state, 0700) == 0);
	if (mount("tmpfs", state, "tmpfs", MS_RDONLY, "mode=700") < 0) {
		(void)fprintf(stderr, "read_only_state: no tmpfs can be had: "
		    "skipped\n");
		return;
	}
	manager_start(&m);
	ck_assert_int_eq(wait_for(LAUNCH("-c", file)), 4);
	hears(&m, "Read-only file system");
	ck_assert(umount(state) == 0);
	pid = launch_quiet();
	end_it(pid);
	manager_done(&m);
}
END_TEST

/* Killed while it serves, at any moment: the next one begins as if not. */
START_TEST(killed_at_any_moment)
{
	AUTO(free) char *file = config_file();
	unsigned killed = 0;

	for (unsigned i = 0; i < 20; i++) {
		AUTO(free) char *path = in_node(SOCKET);
		AUTO(att_varlink_client_free) struct att_varlink_client *c =
		    NULL;
		struct att_varlink_reply r = { 0 };
		pid_t pid = LAUNCH("-c", file);
		uint64_t end = att_steady_now() + PATIENCE_MS;

		while (att_varlink_connect(path, 100, &c, NULL) < 0 &&
		    att_steady_now() < end)
			(void)usleep(2000);
		/* meanwhile it attests by itself, too */
		(void)!att_varlink_call(c, ATT_LOCAL_ATTEST, NULL,
		    1 + i * 15, &r, NULL);
		att_varlink_reply_done(&r);
		(void)kill(pid, SIGKILL);
		killed += wait_for(pid) == 1000 + SIGKILL;
		check_state_files();
		swtpm_reboot(&tpm);
	}
	ck_assert_uint_eq(killed, 20);
	{
		pid_t pid = launch_quiet();

		attest_gives(NULL, "pass", "accepted");
		end_it(pid);
	}
}
END_TEST

int
main(void)
{
	TCase *t;
	Suite *s = push_suite("service life", &t);

	tcase_add_test(t, activated);
	tcase_add_test(t, activated_and_cleared);
	tcase_add_test(t, activated_for_nothing);
	tcase_add_test(t, reload);
	tcase_add_test(t, patience);
	tcase_add_test(t, watchdog);
	tcase_add_test(t, watchdog_of_a_job_that_hangs);
	tcase_add_test(t, what_keeps_it_from_starting);
	tcase_add_test(t, no_socket_there);
	tcase_add_test(t, passes_that_end_while_it_forks);
	tcase_add_test(t, no_tpm);
	tcase_add_test(t, full_disk);
	tcase_add_test(t, read_only_state);
	tcase_add_test(t, killed_at_any_moment);
	return run_suite(s);
}
