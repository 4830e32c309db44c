/* attestctl gate where it asks attestd, and what its caller hears. */
#include "testlib.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "agent/boot.h"
#include "tests/agent/run_ctl.h"
#include "tests/agent/verdicts.h"

static struct run run;

static void
start(void)
{
	node_make("none", "registrar_urls: [https://127.0.0.1:1]\n"
	    "verifier_urls: [https://127.0.0.1:1]\nagent_id: " NODE_ID "\n");
	node_write("boot_id", S(BOOT_ID "\n"));
	ok(att_run_dir_make(&config, err));
}

static void
stop(void)
{
	run_done(&run);
	node_remove();
}

/* -- asking attestd -------------------------------------------------------- */

/*
 * Stands for attestd: takes as many calls as there are replies, and does what
 * each says. The last one that came is in `asked`.
 */
struct answer {
	const struct verdict *leaves;	/* in the run directory, or NULL */
	const char *says;		/* NULL: it hangs up */
};
static const char nothing[] = "";	/* said for a minute */

static void
serve(int listener, const struct answer *answers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int fd = accept(listener, NULL, NULL);
		char call[4096];
		size_t n = 0;
		ssize_t got;

		while (n == 0 || call[n - 1] != '\0') {
			got = read(fd, call + n, sizeof(call) - n);
			if (got <= 0)
				_exit(1);
			n += (size_t)got;
		}
		node_put("asked", S(call));
		if (answers[i].says == nothing)
			(void)sleep(60);
		if (answers[i].leaves != NULL)
			verdict_put(answers[i].leaves);
		if (answers[i].says != NULL &&
		    write(fd, answers[i].says, strlen(answers[i].says) + 1) <
			0)
			_exit(1);
		(void)close(fd);
	}
	_exit(0);
}

static pid_t
attestd_that(const struct answer *answers, size_t count)
{
	AUTO(free) char *path = in_node("run/io.attestd");
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	(void)unlink(path);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	ck_assert(fd >= 0 &&
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	    listen(fd, 8) == 0);
	pid = forked();
	if (pid == 0)
		serve(fd, answers, count);
	(void)close(fd);
	return pid;
}

#define OPEN "kubelet.service: gate open: https://v:8881 trusts this node"
/* Called, with attestd that answers so; all answers are wanted. */
static void
asks(const struct answer *answers, size_t count, int want, const char *word)
{
	AUTO(free) char *path = in_node("attestd.yaml");
	pid_t pid = attestd_that(answers, count);
	int status;

	RUN(&run, "gate", "-c", path, "--timeout", "60", "--unit",
	    "kubelet.service");
	ck_assert_msg(run.status == want, "status %d: %.*s", run.status,
	    (int)run.err.len, (char *)run.err.data);
	ck_assert_msg(run_has(&run.err, want == 0 ? OPEN : word),
	    "lacks \"%s\": %.*s", word, (int)run.err.len,
	    (char *)run.err.data);
	ck_assert_msg(waitpid(pid, &status, 0) == pid && status == 0,
	    "not asked as often as that");
}
#define ASKS(want, word, ...)                                                \
	asks((const struct answer[]){ __VA_ARGS__ },                         \
	    sizeof((const struct answer[]){ __VA_ARGS__ }) /                 \
		sizeof(struct answer),                                       \
	    want, word)
#define DONE "{\"parameters\":{\"verdict\":{}}}"
#define ERROR(name, reason)                                                  \
	"{\"error\":\"io.attestd." name "\",\"parameters\":{\"reason\":\""  \
	reason "\"}}"

START_TEST(asks_for_a_pass)
{
	AUTO_DONE(att_buf_done) struct att_buf call = ATT_BUF(4096);
	const struct verdict good = verdict_good();
	struct verdict bad = verdict_good();

	ASKS(0, "", { &good, DONE });
	ck_assert(node_read("asked", &call));
	ck_assert(run_has(&call, "io.attestd.Attest"));
	ck_assert(run_has(&call, "\"max_age\":30"));
	bad.status = "fail";
	bad.reason = "PCR 4";
	node_put("run/verdict.json", S("{"));
	ASKS(1, "kubelet.service: gate closed: the verifier does not trust "
	    "this node: PCR 4", { &bad, DONE });
	/* what attestd answers is no verdict; what lies there is */
	node_put("run/verdict.json", S("{"));
	ASKS(4, "kubelet.service: gate undecided: ", { NULL,
	    "{\"parameters\":{\"verdict\":{\"status\":\"pass\"}}}" });
	ASKS(0, "", { NULL, ERROR("Busy", "later") }, { &good, DONE });
}
END_TEST

START_TEST(attestd_that_does_not_help)
{
	struct verdict none = verdict_good();
	static const char *const hostile[] = { "x", "{}", "[]", "{\"error\":1}",
		"{\"continues\":true}", "{\"parameters\":[]}" };

	none.status = "undecided";
	none.reason = "no server could be reached";
	verdict_put(&none);
	ASKS(4, "no server could be reached; attesting failed: attestd: disk; "
	    "see attestctl status",
	    { NULL, ERROR("Failed", "disk") });
	ASKS(4, "no server could be reached", { NULL, NULL });
	for (size_t i = 0; i < ATT_COUNT(hostile); i++)
		ASKS(4, "no server could be reached", { NULL, hostile[i] });
}
END_TEST

/* A gate is bounded, and a pass that stands opens it. */
START_TEST(nobody_is_there_or_answers)
{
	AUTO(free) char *path = in_node("attestd.yaml");
	struct verdict v = verdict_good();
	pid_t pid;

	RUN(&run, "gate", "-c", path);
	ck_assert_int_eq(run.status, 4);
	ck_assert(run_has(&run.err, "nobody takes connections"));
	verdict_put(&v);
	RUN(&run, "gate", "-c", path, "--max-age", "0");
	ck_assert_int_eq(run.status, 0);
	v.status = "undecided";
	verdict_put(&v);
	pid = attestd_that((const struct answer[]){ { NULL, nothing } }, 1);
	RUN(&run, "gate", "-c", path, "--timeout", "1");
	ck_assert_int_eq(run.status, 4);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}
END_TEST

START_TEST(a_pass_that_is_young_enough)
{
	AUTO(free) char *path = in_node("attestd.yaml");
	struct verdict v = verdict_good();
	const struct answer fails[] = { { NULL, ERROR("Failed", "x") } };
	pid_t pid;
	int status;

	/* nobody is asked: nobody is there */
	verdict_put(&v);
	RUN(&run, "gate", "-c", path);
	ck_assert_int_eq(run.status, 0);
	(void)usleep(1100000);
	pid = attestd_that(fails, 1);
	RUN(&run, "gate", "-c", path, "--max-age", "0");
	ck_assert_int_eq(run.status, 0);
	ck_assert(waitpid(pid, &status, 0) == pid && status == 0);
}
END_TEST

#define AGES(want, word, ...)                                                \
	do {                                                                 \
		RUN(&run, "gate", "-c", path, ##__VA_ARGS__);                \
		ck_assert_msg(run.status == (want), "status %d: %.*s",       \
		    run.status, (int)run.err.len, (char *)run.err.data);     \
		ck_assert((word)[0] == '\0' || run_has(&run.err, word));      \
	} while (0)

/* One that stands until it expires, unless somebody wants it younger. */
START_TEST(a_pass_that_is_too_old)
{
	AUTO(free) char *path = in_node("attestd.yaml");
	struct verdict v = verdict_good();

	v.age = 1000;
	verdict_put(&v);
	AGES(0, "");
	AGES(0, "", "--cached");
	AGES(0, "", "--max-age", "1100");
	AGES(4, "gate undecided: the verifier's last pass is older than the "
	    "100 s of --max-age; attesting failed: ",
	    "--max-age", "100");
	AGES(4, "gate: undecided: the verifier's last pass is older",
	    "--max-age", "100", "--cached");
	/* of the future: nobody knows how old that is */
	v.age = -1000;
	verdict_put(&v);
	AGES(0, "");
	AGES(4, "is older", "--max-age", "100", "--cached");
}
END_TEST

START_TEST(words_that_it_does_not_take)
{
	RUN(&run, "gate", "--timeout", "0");
	ck_assert_int_eq(run.status, 2);
	RUN(&run, "gate", "--timeout", "3601");
	ck_assert_int_eq(run.status, 2);
	RUN(&run, "gate", "--max-age", "-1");
	ck_assert_int_eq(run.status, 2);
	RUN(&run, "gate", "--max-age", "2592001");
	ck_assert_int_eq(run.status, 2);
	RUN(&run, "gate", "--max-age", "");
	ck_assert_int_eq(run.status, 2);
	RUN(&run, "gate", "--unit");
	ck_assert_int_eq(run.status, 2);
	RUN(&run, "gate", "-c", "/nowhere");
	ck_assert_int_eq(run.status, 4);
	/* nor this; without one it would work on this very machine */
	RUN(&run, "follow", "word");
	ck_assert_int_eq(run.status, 2);
	RUN(&run, "follow", "-c", "/nowhere");
	ck_assert_int_eq(run.status, 4);
}
END_TEST

/* -- the unit's status ----------------------------------------------------- */

/* What the service manager would hear. */
START_TEST(what_the_unit_says)
{
	AUTO(free) char *path = in_node("notify");
	AUTO(free) char *yaml = in_node("attestd.yaml");
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct verdict v = verdict_good();
	char heard[2048];
	ssize_t n;

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	ck_assert(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	ck_assert(setenv("NOTIFY_SOCKET", path, 1) == 0);
	v.status = "fail";
	v.reason = "PCR 4";
	verdict_put(&v);
	RUN(&run, "gate", "-c", yaml, "--timeout", "5");
	ck_assert_int_eq(run.status, 1);
	n = recv(fd, heard, sizeof(heard) - 1, MSG_DONTWAIT);
	ck_assert(n > 0);
	heard[n] = '\0';
	ck_assert_str_eq(heard, "STATUS=attestd: attesting, for up to 5 s\n"
	    "EXTEND_TIMEOUT_USEC=15000000");
	n = recv(fd, heard, sizeof(heard) - 1, MSG_DONTWAIT);
	ck_assert(n > 0);
	heard[n] = '\0';
	ck_assert(strstr(heard, "STATUS=attestd: gate closed: the verifier "
	    "does not trust this node: PCR 4") == heard);
	(void)close(fd);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("attestctl gate");

	case_add(s, "gate", start, stop, (const TTest *const[]){
	    asks_for_a_pass, attestd_that_does_not_help,
	    nobody_is_there_or_answers, a_pass_that_is_young_enough,
	    a_pass_that_is_too_old, words_that_it_does_not_take,
	    what_the_unit_says, NULL });
	return run_suite(s);
}
