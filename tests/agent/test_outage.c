/*
 * attestd killed at random points, again and again, while a real
 * attest-verifier goes away, comes back and is killed as well: what happened to
 * the node is at the verifier in the end, each time once, and every file was
 * whole after every kill. The random numbers come from OUTAGE_SEED, which is
 * printed.
 */
#include "tests/agent/agent.h"

#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "agent/challenges.h"
#include "agent/factqueue.h"
#include "agent/verdict_file.h"
#include "base/steady.h"
#include "tests/http/peer.h"
#include "verifier/store.h"

#define KILLS 200	/* of attestd; a cycle in which it ended is one more */
/* One outage in which the queue overflows, and facts are merged. */
#define LONG_FROM 60
#define LONG_TO 140
#define ROUND_MS 1300	/* an interval, and a whole attestation */
#define DRAIN_MS 300000u	/* for the rest to arrive in the end */
#define FACTS_SEEN 4096

static struct swtpm tpm;
static struct cert ca, cert;
static unsigned port;
static pid_t verifier;		/* 0: it is away */
static uint64_t dice;
/* ms that an attestation takes here: nobody is there, or the verifier */
static uint64_t takes_down, takes_up;

static struct {
	unsigned agent_kills, verifier_kills, alone, reboots, in_flight, told;
	size_t longest;
} did;

/* What was seen of the queue, kill after kill. */
static struct att_fact_queue last;
static bool has_last;
static int64_t first_resets, reboots_noted;
static struct att_fact sent[FACTS_SEEN];	/* by seq; what may be sent */

/* xorshift64 */
static uint64_t
roll(uint64_t below)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return dice % below;
}

static void
sleep_ms(uint64_t ms)
{
	(void)usleep((useconds_t)(ms * 1000));
}

/* -- two programs --------------------------------------------------------- */

/* BUILD/NAME; what it says goes to `log` in the node's directory. */
static pid_t
launch(const char *name, const char *log_name, char *const *argv)
{
	AUTO(free) char *log = in_node(log_name);
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 20);
	pid_t pid;
	char *at;
	int fd;

	ck_assert(n > 0);
	path[n] = '\0';
	ck_assert((at = strstr(path, "/tests/")) != NULL);
	memcpy(at + 1, name, strlen(name) + 1);
	pid = forked();
	if (pid > 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(126);
	execv(path, argv);
	_exit(127);
}

/* Exit status; -1: it had to be killed, and is now. */
static int
end(pid_t pid)
{
	int status;

	(void)kill(pid, SIGKILL);
	ck_assert(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static pid_t
launch_agent(bool once)
{
	AUTO(free) char *file = in_node("attestd.yaml");
	char name[] = "attestd", option[] = "-c", word[] = "--once";
	char *argv[] = { name, option, file, once ? word : NULL, NULL };

	return launch("attestd", "attestd.log", argv);
}

static bool
is_served(void)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	AUTO_DONE(att_fd_done) int fd = socket(AF_INET,
	    SOCK_STREAM | SOCK_CLOEXEC, 0);

	return connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0;
}

static void
start_verifier(void)
{
	AUTO(free) char *file = in_node("verifier.yaml");
	char name[] = "attest-verifier", option[] = "-c";
	char *argv[] = { name, option, file, NULL };
	uint64_t until = att_steady_now() + 30000;

	verifier = launch("attest-verifier", "verifier.log", argv);
	while (!is_served()) {
		ck_assert_msg(att_steady_now() < until, "it does not serve");
		ck_assert(waitpid(verifier, NULL, WNOHANG) == 0);
		sleep_ms(10);
	}
}

static void
kill_verifier(void)
{
	did.verifier_kills += end(verifier) == -1;
	verifier = 0;
}

/* -- what stands on the disk ---------------------------------------------- */

static void
check_files(void)
{
	AUTO_DONE(att_buf_done) struct att_buf ring = ATT_BUF(1 << 20);
	AUTO_DONE(att_buf_done) struct att_buf file = ATT_BUF(ATT_BUNDLE_MAX);
	AUTO(att_bundle_free) struct att_bundle *b = NULL;
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file v = { 0 };
	char id[ATT_BOOT_ID_LEN + 1];
	struct att_verdict_now now;
	struct att_challenges c;
	struct att_err e = { 0 };
	int r;

	if (node_read("state/challenges", &ring))
		ok(att_challenges_parse(att_buf_view(&ring), &c, err));
	if (node_read("state/evidence.json", &file))
		ok(att_bundle_parse(att_buf_view(&file), &b, err));
	ok(att_verdict_now(&config, id, &now, err));
	r = att_verdict_file_read(&config, ATT_OWNER_ANY, &now, &v, &e);
	ck_assert_msg(r == 0 || r == ATT_E_NOT_FOUND, "%s", e.text);
}

/* As it was seen before, if it was. */
static void
same_as_sent(const struct att_fact *f)
{
	const struct att_fact *was = &sent[f->seq];

	if (was->seq == 0)
		return;
	ck_assert_str_eq(f->kind, was->kind);
	ck_assert_int_eq(f->count, was->count);
	ck_assert_int_eq(f->first, was->first);
	ck_assert_int_eq(f->last, was->last);
	ck_assert_str_eq(f->boot_id, was->boot_id);
	ck_assert_str_eq(f->details, was->details);
}

/* What may be on its way never changes any more. */
static void
keep_sent(const struct att_fact_queue *q)
{
	bool flies = false;

	for (size_t i = 0; i < q->facts.count; i++) {
		const struct att_fact *f = &q->facts.fact[i];

		if (f->seq > q->sent)
			continue;
		flies = true;
		ck_assert(f->seq < FACTS_SEEN);
		same_as_sent(f);
		sent[f->seq] = *f;
	}
	did.in_flight += flies;
}

static void
check_queue(void)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FACT_QUEUE_BYTES);
	struct att_fact_queue q;

	ck_assert(node_read("state/facts.json", &b));
	ok(att_fact_queue_parse(att_buf_view(&b), &q, err));
	if (has_last) {
		ck_assert_str_eq(q.facts.queue, last.facts.queue);
		ck_assert(q.next >= last.next && q.sent >= last.sent);
		ck_assert(q.noted >= last.noted);
		ck_assert(q.seen.resets >= last.seen.resets);
		reboots_noted += strcmp(q.seen.boot_id, last.seen.boot_id) !=
		    0;
		did.told += q.facts.count > 0 && last.facts.count > 0 &&
		    q.facts.fact[0].seq > last.facts.fact[0].seq;
	} else {
		first_resets = q.seen.resets;
	}
	if (q.facts.count > did.longest)
		did.longest = q.facts.count;
	keep_sent(&q);
	last = q;
	has_last = true;
}

/* -- one cycle ------------------------------------------------------------ */

static void
new_boot(void)
{
	char id[40];

	snprintf(id, sizeof(id), "%08x-0b7d-4c13-9a55-%012llx\n",
	    (unsigned)roll(1ULL << 32), (unsigned long long)roll(1ULL << 48));
	node_put("boot_id", S(id));
	did.reboots++;
}

static bool
is_long(void)
{
	return did.agent_kills >= LONG_FROM && did.agent_kills < LONG_TO;
}

static void
move_verifier(void)
{
	if (is_long()) {
		if (verifier != 0)
			kill_verifier();
		return;
	}
	if (verifier == 0 &&
	    (did.agent_kills == LONG_TO || roll(3) == 0))
		start_verifier();
	else if (verifier != 0 && roll(6) == 0)
		kill_verifier();
}

/* Down, up and down again under one attestd, which tries each second. */
static pid_t
run_through_flaps(void)
{
	pid_t agent = launch_agent(false);

	sleep_ms(roll(ROUND_MS));
	start_verifier();
	sleep_ms(ROUND_MS + roll(ROUND_MS));
	kill_verifier();
	sleep_ms(ROUND_MS + roll(ROUND_MS));
	return agent;
}

/* One attestation, to its end, which *ret_ms was away, if that is asked. */
static pid_t
run_whole(uint64_t *ret_ms)
{
	uint64_t begun = att_steady_now();
	pid_t agent = launch_agent(true);
	siginfo_t si;

	ck_assert(waitid(P_PID, (id_t)agent, &si, WEXITED | WNOWAIT) == 0);
	if (ret_ms != NULL)
		*ret_ms = att_steady_now() - begun + 1;
	return agent;
}

/* Somewhere within an attestation; of five, one is left time for the next. */
static pid_t
run_agent(void)
{
	bool once = roll(5) != 0;
	pid_t agent = launch_agent(once);

	if (!once)
		sleep_ms(ROUND_MS);
	sleep_ms(roll(verifier != 0 ? takes_up : takes_down));
	if (verifier != 0 && roll(5) == 0) {
		kill_verifier();
		sleep_ms(roll(takes_down));
	}
	return agent;
}

static void
run_cycle(void)
{
	bool killed;
	pid_t agent;

	move_verifier();
	if (roll(2) == 0 || is_long())
		new_boot();
	if (verifier == 0 && !is_long() && roll(6) == 0)
		agent = run_through_flaps();
	else if (is_long() && roll(2) == 0)
		agent = run_whole(NULL);
	else
		agent = run_agent();
	killed = end(agent) == -1;
	did.agent_kills += killed;
	did.alone += !killed;
	check_files();
	check_queue();
	/* what the dead one had loaded; a kernel would flush it */
	if (killed || roll(3) == 0)
		swtpm_reboot(&tpm);
}

/* Enrolled, and attested: a node without reference values fails. */
static void
begin(void)
{
	start_verifier();
	ck_assert_int_eq(end(run_whole(NULL)), 1);
	check_files();
	check_queue();
	sleep_ms(ROUND_MS);
	ck_assert_int_eq(end(run_whole(&takes_up)), 1);
	kill_verifier();
	ck_assert_int_eq(end(run_whole(&takes_down)), 4);
	check_files();
	check_queue();
	printf("outage: an attestation takes %llu ms, without a verifier "
	    "%llu ms\n", (unsigned long long)takes_up,
	    (unsigned long long)takes_down);
	(void)fflush(stdout);
}

/* Until nothing is left to be told. */
static void
drain(void)
{
	uint64_t until = att_steady_now() + DRAIN_MS;

	if (verifier == 0)
		start_verifier();
	do {
		pid_t agent = launch_agent(true);
		int status;

		ck_assert_msg(att_steady_now() < until, "facts are left");
		ck_assert(waitpid(agent, &status, 0) == agent);
		check_files();
		check_queue();
		sleep_ms(1000);
	} while (last.facts.count > 0);
}

/* -- what arrived --------------------------------------------------------- */

struct arrived {
	size_t rows, merged;
	int64_t counts;
	int64_t reboots, resets, failures, began, others;
	bool seen[FACTS_SEEN];
};

static int
take_row(void *ctx, const struct att_store_fact *row)
{
	struct arrived *a = ctx;
	const struct att_fact *f = &row->fact;

	ck_assert_str_eq(row->queue, last.facts.queue);
	ck_assert(f->seq < FACTS_SEEN && !a->seen[f->seq]);
	a->seen[f->seq] = true;
	same_as_sent(f);
	a->rows++;
	a->counts += f->count;
	if (strcmp(f->kind, "reboot") == 0)
		a->reboots += f->count;
	else if (strcmp(f->kind, "tpm-reset") == 0)
		a->resets += f->count;
	else if (strcmp(f->kind, "failed-attempts") == 0)
		a->failures += f->count;
	else if (strcmp(f->kind, "queue-began") == 0)
		a->began += f->count;
	else
		a->others += f->count;
	a->merged += strcmp(f->kind, "reboot") == 0 && f->count > 1;
	return 0;
}

/* Rounds that ended badly, as the log has them: each was noted before. */
static int64_t
failures_logged(void)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(8 << 20);
	static const char *const words[] = { "attestd: retry-later: ",
		"attestd: node-trouble: ", "attestd: refused: ",
		"attestd: throttled: ", "attestd: waiting-for-enrolment: " };
	AUTO(free) char *text = NULL;
	int64_t n = 0;

	ck_assert(node_read("attestd.log", &b));
	ck_assert((text = att_buf_take_str(&b)) != NULL);
	for (size_t i = 0; i < ATT_COUNT(words); i++)
		for (const char *at = text;
		     (at = strstr(at, words[i])) != NULL; at++)
			n++;
	return n;
}

static void
check_arrivals(void)
{
	AUTO(att_store_close) struct att_store *s = NULL;
	AUTO(free) char *path = in_node("v.db");
	struct arrived a = { 0 };
	int64_t logged = failures_logged();

	ok(att_store_open(path, &s, err));
	ok(att_store_fact_each(s, "node-7", 99999, take_row, &a, err));
	printf("outage: %u kills of attestd, %u of attest-verifier, %u runs "
	    "that ended by themselves\n"
	    "outage: %lld events noted (%lld reboots of %u, %lld resets, "
	    "%lld failed attempts, %lld others), %zu at most queued\n"
	    "outage: %zu facts stored (%zu merged reboots), on their way at "
	    "%u looks, %u times some were forgotten\n", did.agent_kills,
	    did.verifier_kills, did.alone, (long long)last.noted,
	    (long long)a.reboots, did.reboots, (long long)a.resets,
	    (long long)a.failures, (long long)(a.began + a.others),
	    did.longest, a.rows, a.merged, did.in_flight, did.told);
	(void)fflush(stdout);

	/* nothing was trimmed at the verifier, so all of it must be there */
	ck_assert_uint_lt(a.rows, ATT_STORE_FACTS_MAX);
	ck_assert_int_eq(a.counts, last.noted);
	ck_assert_int_eq(a.reboots, reboots_noted);
	ck_assert_int_eq(a.resets, last.seen.resets - first_resets);
	ck_assert_int_eq(a.began, 1);
	ck_assert_int_eq(a.others, 0);
	ck_assert_int_ge(a.failures, logged);
	ck_assert_int_le(a.failures, logged + did.agent_kills);
	for (size_t i = 0; i < FACTS_SEEN; i++)
		ck_assert(sent[i].seq == 0 || a.seen[i]);
	/* and the test was one */
	ck_assert_uint_eq(did.agent_kills, KILLS);
	ck_assert_uint_gt(did.verifier_kills, KILLS / 40);
	ck_assert_uint_eq(did.longest, ATT_FACT_QUEUE_MAX);
	ck_assert_uint_gt(a.merged, 0);
	ck_assert_uint_gt(did.in_flight, 0);
}

/* -- fixtures ------------------------------------------------------------- */

static void
put_pem(const char *name, const struct cert *c, bool key)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *text;
	long n;

	ck_assert_int_eq(key ? PEM_write_bio_PrivateKey(b, c->key, NULL,
	    NULL, 0, NULL, NULL) : PEM_write_bio_X509(b, c->x509), 1);
	n = BIO_get_mem_data(b, &text);
	node_write(name, (struct att_slice){ (const uint8_t *)text,
	    (size_t)n });
	BIO_free(b);
}

/* One that is free now, and is asked for each time that it starts. */
static unsigned
free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	AUTO_DONE(att_fd_done) int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert(bind(fd, (struct sockaddr *)&a, len) == 0 &&
	    getsockname(fd, (struct sockaddr *)&a, &len) == 0);
	return ntohs(a.sin_port);
}

static void
configure_verifier(void)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(8192);
	AUTO(free) char *dir = in_node("ek-ca.d");

	att_buf_printf(&text, "listen_address: 127.0.0.1\nlisten_port: %u\n"
	    "tls_cert: %s/v.pem\ntls_key: %s/v.key\ndatabase: %s/v.db\n"
	    "ek_ca_dir: %s/ek-ca.d\noperator_token_file: %s/operator\n"
	    "result_key_file: %s/v.jwk\nquote_interval: 1s\nthreads: 2\n"
	    "sessions_per_minute: 100000\n"
	    "attempts_per_minute: 100000\n", port, node_dir, node_dir,
	    node_dir, node_dir, node_dir, node_dir);
	node_write("verifier.yaml", att_buf_view(&text));
	node_write("operator", S("0123456789abcdef0123456789abcdef\n"));
	put_pem("ca.pem", &ca, false);
	put_pem("v.pem", &cert, false);
	put_pem("v.key", &cert, true);
	ck_assert(mkdir(dir, 0700) == 0);
	node_put("ek-ca.d/root.pem", S(swtpm_ca_root()));
	node_put("ek-ca.d/issuer.pem", S(swtpm_ca_issuer()));
}

static void
once(void)
{
	static const char *const proxies[] = { "https_proxy", "HTTPS_PROXY",
		"all_proxy", "ALL_PROXY" };

	for (size_t i = 0; i < ATT_COUNT(proxies); i++)
		(void)unsetenv(proxies[i]);
	signal(SIGPIPE, SIG_IGN);
	swtpm_manufacture();
	ca = cert_make("ca", NULL, -DAY, DAY, NULL);
	cert = cert_make("v", "IP:127.0.0.1", -DAY, DAY, &ca);
}

static void
over(void)
{
	cert_done(&ca);
	cert_done(&cert);
}

static void
setup(void)
{
	char more[512];

	swtpm_start(&tpm);
	port = free_port();
	snprintf(more, sizeof(more), "agent_id: node-7\n"
	    "registrar_urls: [\"https://127.0.0.1:%u\"]\n"
	    "verifier_urls: [\"https://127.0.0.1:%u\"]\ninterval: 1s\n"
	    "interval_min: 1s\nbackoff_min: 1s\nbackoff_max: 1s\n"
	    "request_timeout: 5s\nconnect_timeout: 2s\n", port, port);
	node_make(tpm.tcti, more);
	configure_verifier();
	new_boot();
	did.reboots = 0;
}

static void
teardown(void)
{
	if (verifier != 0)
		kill_verifier();
	swtpm_stop(&tpm);
	node_remove();
}

START_TEST(nothing_is_lost_and_nothing_told_twice)
{
	const char *seed = getenv("OUTAGE_SEED");

	dice = seed != NULL ? strtoull(seed, NULL, 10) :
			      (uint64_t)time(NULL) << 16 | (unsigned)getpid();
	printf("outage: OUTAGE_SEED=%llu\n", (unsigned long long)dice);
	(void)fflush(stdout);
	dice = dice * 0x9e3779b97f4a7c15 | 1;
	begin();
	while (did.agent_kills < KILLS)
		run_cycle();
	drain();
	kill_verifier();
	check_arrivals();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("outage");
	TCase *t = tcase_create("outage");

	tcase_add_unchecked_fixture(t, once, over);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 900);
	tcase_add_test(t, nothing_is_lost_and_nothing_told_twice);
	suite_add_tcase(s, t);
	return run_suite(s);
}
