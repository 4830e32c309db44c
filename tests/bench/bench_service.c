/*
 * bench_service - what the service costs a node: the programs' size, and their
 * memory, CPU and time for one attestation, as systemd and a gate run them.
 *
 * `attestctl gate` is let go, as before a unit's start; attestd and
 * attest-measure start as somebody connects to their sockets, and leave when
 * nobody calls any more. The TPM is swtpm; the verifier's own code is behind
 * TLS on loopback. In front of both stands a tap (tests/bench/tap.h), so that
 * the time that is spent in waiting for the TPM can be told from the rest.
 *
 * Beside each aim stands the floor, of the same run: what the libraries take by
 * themselves. For attestd that is tests/bench/bare.c, which links those that it
 * does and makes one request: what no program can be below whose HTTP is
 * libcurl. For attest-measure it is the program itself, asked for its version.
 * What is private are pages that only this process has; the others are those of
 * the libraries' files, which all programs of a machine share.
 *
 * Of each kind there are ROUNDS; figures are medians, the peak is the highest.
 * A figure that misses its aim is printed so; far behind it, the bench fails.
 */
#include "tests/agent/fleet.h"

#include <sys/wait.h>

#include "agent/boot.h"
#include "eventlog/tcg.h"
#include "tests/bench/spent.h"
#include "tests/bench/tap.h"

#define ROUNDS 5
#define LOG 73000	/* bytes: that of a server with many devices */
#define LAST "f11422c0d55f"	/* of BOOT_ID */
#define EVENT 1000	/* bytes of data of each event that is added */
/* Between two: a second by the verifier's order, kept as a time in seconds. */
#define PACE_S 2.2

static struct tap to_tpm, to_verifier;
static struct att_buf uefi;
static bool failed;

/* The program that was built with this one: BUILD/NAME. */
static char *
built(const char *name)
{
	char path[PATH_MAX], *all;
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *at;

	ck_assert(n > 0);
	path[n] = '\0';
	ck_assert((at = strstr(path, "/tests/")) != NULL);
	*at = '\0';
	ck_assert(asprintf(&all, "%s/%s", path, name) > 0);
	return all;
}

/* -- figures ------------------------------------------------------------- */

enum who {
	CALLER,		/* who wants something done, and waits */
	AGENT,
	READER,
	PROGRAMS,
};

struct round {
	struct spent of[PROGRAMS];
	struct tap_seen tpm, http;
};

/* The first two in MiB, the others in ms. */
enum figure {
	PEAK,
	OWN,
	CPU,
	FIRST,	/* from activation to the first byte to the verifier */
	WALL,	/* of the caller, without the TPM's own */
};

static double
figure_of(const struct round *r, enum who w, enum figure f)
{
	const struct spent *s = &r->of[w];

	switch (f) {
	case PEAK:
		return (double)s->peak / 1024;
	case OWN:
		return (double)s->own / 1024;
	case CPU:
		return s->cpu * 1e3;
	case FIRST:
		return (r->http.first - s->began) * 1e3;
	case WALL:
		break;
	}
	return (s->wall - r->tpm.waited) * 1e3;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The middle of them, or, of a peak, the highest. */
static double
of(const struct round rounds[static ROUNDS], enum who w, enum figure f)
{
	double v[ROUNDS];

	for (size_t i = 0; i < ROUNDS; i++)
		v[i] = figure_of(&rounds[i], w, f);
	qsort(v, ROUNDS, sizeof(v[0]), by_value);
	return v[f == PEAK ? ROUNDS - 1 : ROUNDS / 2];
}

static void
show(const struct round rounds[static ROUNDS], enum who w, const char *what)
{
	printf("    %-16s %5.1f MiB, %4.1f private; CPU %5.1f ms\n", what,
	    of(rounds, w, PEAK), of(rounds, w, OWN), of(rounds, w, CPU));
}

static void
show_all(const struct round rounds[static ROUNDS], const char *what)
{
	const struct round *one = &rounds[ROUNDS - 1];

	printf("  %s: %u TPM commands, %u answers by TLS; first byte %.1f ms "
	    "after activation\n", what, one->tpm.turns, one->http.turns,
	    of(rounds, AGENT, FIRST));
	show(rounds, CALLER, "attestctl gate");
	show(rounds, AGENT, "attestd");
	show(rounds, READER, "attest-measure");
}

/* Beyond the limit the bench fails. */
static const char *
against(double is, double aim, double limit)
{
	failed |= is > limit;
	return is > limit ? "BEYOND ITS LIMIT" : is > aim ? "missed" : "met";
}

/* -- size ------------------------------------------------------------------ */

/* Bytes of BUILD/NAME without what only a debugger reads. */
static double
stripped_size(const char *name)
{
	AUTO(free) char *path = built(name);
	char copy[] = "/tmp/att-strip-XXXXXX";
	const char *words[] = { "env", "strip", "-o", copy, path, NULL };
	int fd = mkstemp(copy);
	struct stat st;

	ck_assert(fd >= 0);
	(void)close(fd);
	fleet_run("/usr/bin/env", words);
	ck_assert(stat(copy, &st) == 0 && unlink(copy) == 0);
	return (double)st.st_size / 1e3;
}

START_TEST(sizes)
{
	static const struct {
		const char *name;
		double aim;	/* KB; 0: as it is */
	} programs[] = {
		{ "attestd", 500 },
		{ "attest-measure", 500 },
		{ "attestctl", 0 },
		{ "attest-verifier", 0 },
	};

	printf("size, stripped\n");
	for (size_t i = 0; i < ATT_COUNT(programs); i++) {
		double kb = stripped_size(programs[i].name);
		double aim = programs[i].aim;

		if (aim == 0)
			printf("  %-16s %5.0f KB\n", programs[i].name, kb);
		else
			printf("  %-16s %5.0f KB (aim: %.0f, %s)\n",
			    programs[i].name, kb, aim,
			    against(kb, aim, 2 * aim));
	}
	ck_assert(!failed);
}
END_TEST

/* -- a node with much in it ----------------------------------------------- */

/* One more event of PCR 9, logged; measured, too, where there is a TPM. */
static void
add_event(const struct att_tcglog *l, struct att_slice data)
{
	AUTO(att_tpm_link_free) struct att_tpm_link *link = swtpm_link(&tpm);
	struct att_digest d[ATT_BANKS_MAX];

	att_buf_le32(&uefi, 9);
	att_buf_le32(&uefi, ATT_EV_IPL);
	att_buf_le32(&uefi, (uint32_t)l->alg_count);
	for (size_t i = 0; i < l->alg_count; i++) {
		ok(att_digest_of(l->alg[i].alg, data, &d[i], err));
		att_buf_le16(&uefi, l->alg[i].alg);
		att_buf_slice(&uefi, att_digest_view(&d[i]));
	}
	att_buf_le32(&uefi, (uint32_t)data.len);
	att_buf_slice(&uefi, data);
	ok(raw_extend(link, 9, d, l->alg_count, err));
}

/* After the boot that was captured, events up to LOG bytes. */
static void
boot_long(void)
{
	struct att_tcglog l;
	char data[EVENT + 1];
	AUTO_DONE(att_buf_done) struct att_buf boot = ATT_BUF(1u << 20);

	ck_assert(node_read("uefi", &boot));
	ok(att_tcglog_open(att_buf_view(&boot), ATT_TCG_TPM, &l, err));
	uefi = ATT_BUF(1u << 20);
	att_buf_slice(&uefi, att_buf_view(&boot));
	while (uefi.len < LOG) {
		snprintf(data, sizeof(data), "%0*zu", EVENT, uefi.len);
		add_event(&l, S(data));
	}
	ok(att_buf_ok(&uefi, "log", err));
	node_put("uefi", att_buf_view(&uefi));
}

/* The same again, as another boot. */
static void
boot_again(unsigned n)
{
	AUTO_DONE(att_buf_done) struct att_buf user = ATT_BUF(1u << 20);
	char id[] = BOOT_ID "\n", digits[5];
	uint8_t *at;

	att_buf_done(&uefi);
	swtpm_reboot(&tpm);
	fleet_boot();
	boot_long();
	/* the kernel's name of this boot, which systemd's log has, too */
	snprintf(digits, sizeof(digits), "%04x", n & 0xffff);
	ck_assert(node_read("user", &user));
	while ((at = memmem(user.data, user.len, LAST, 12)) != NULL)
		memcpy(at + 8, digits, 4);
	node_put("user", att_buf_view(&user));
	memcpy(id + sizeof(BOOT_ID) - 5, digits, 4);
	node_put("boot_id", S(id));
}

/* attestd reaches both through the taps. */
static void
put_taps(void)
{
	union tap_addr at_tpm = { .un = { .sun_family = AF_UNIX } };
	union tap_addr at_verifier = { .in = { .sin_family = AF_INET,
	    .sin_port = htons(att_server_port(server)),
	    .sin_addr = { htonl(INADDR_LOOPBACK) } } };
	AUTO(free) char *path = in_node("tpm");
	char text[512];

	snprintf(at_tpm.un.sun_path, sizeof(at_tpm.un.sun_path), "%s",
	    tpm.sock);
	tap_start(&to_tpm, &at_tpm, path);
	tap_start(&to_verifier, &at_verifier, NULL);
	snprintf(text, sizeof(text), "tcti: \"swtpm:path=%s\"\n"
	    "registrar_urls: [\"https://127.0.0.1:%u\"]\n"
	    "verifier_urls: [\"https://127.0.0.1:%u\"]\n"
	    "measure_socket: %s/measure\nidle_timeout: 1s\n", path,
	    tap_port(&to_verifier), tap_port(&to_verifier), node_dir);
	node_put("attestd.yaml.d/zz-taps.yaml", S(text));
}

/* -- rounds ---------------------------------------------------------------- */

static char *program_log;

/* What a program said, where it did not end well. */
static void
check_end(const struct program *p, const struct spent *s)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);

	if (s->status == 0)
		return;
	ck_assert(node_read("log", &b));
	ck_abort_msg("%s: status %d\n%.*s", p->path, s->status, (int)b.len,
	    (const char *)b.data);
}

static void
run(const char *path, const char *const *words, struct round *ret)
{
	const struct program p = { path, words, program_log, -1 };

	tap_reset(&to_tpm);
	tap_reset(&to_verifier);
	spent_run(&p, &ret->of[CALLER]);
	ret->tpm = tap_look(&to_tpm);
	ret->http = tap_look(&to_verifier);
	check_end(&p, &ret->of[CALLER]);
}

/* A socket as systemd makes it; the caller closes it. */
static int
listen_at(const char *name, int type)
{
	AUTO(free) char *path = in_node(name);
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	ck_assert(fd >= 0 && snprintf(at.sun_path, sizeof(at.sun_path), "%s",
	    path) < (int)sizeof(at.sun_path));
	(void)unlink(path);
	ck_assert(bind(fd, (const struct sockaddr *)&at, sizeof(at)) == 0 &&
	    listen(fd, 16) == 0);
	return fd;
}

static int
connect_to(const char *name, int type)
{
	AUTO(free) char *path = in_node(name);
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	ck_assert(fd >= 0 && snprintf(at.sun_path, sizeof(at.sun_path), "%s",
	    path) < (int)sizeof(at.sun_path));
	ck_assert(connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0);
	return fd;
}

/* Who comes too early waits, which is nothing that a gate costs. */
static void
keep_pace(double last)
{
	double early = last + PACE_S - tap_now();

	if (early > 0)
		(void)usleep((useconds_t)(early * 1e6));
}

/* Comes when it is called, and leaves when nobody calls. */
struct service {
	struct unit u;
	char *path, *config, *state;
	const char *words[10];
	int fd;
};

static void
service_start(struct service *s, const char *name, const char *socket_name,
    int type, const char *idle)
{
	*s = (struct service){ .path = built(name),
		.config = in_node("attestd.yaml"),
		.state = in_node("measure.d"),
		.fd = listen_at(socket_name, type) };
	s->words[0] = "-c";
	s->words[1] = s->config;
	if (idle != NULL) {
		s->words[2] = "--idle";
		s->words[3] = idle;
		s->words[4] = "--state";
		s->words[5] = s->state;
		/* on a node the user is there, and found in one file */
		s->words[6] = "--user";
		s->words[7] = "root";
	}
	s->u.p = (struct program){ s->path, s->words, program_log, s->fd };
	unit_start(&s->u);
}

static void
service_wait(struct service *s)
{
	unit_wait(&s->u);
	check_end(&s->u.p, &s->u.spent);
	att_fd_done(&s->fd);
	free(s->path);
	free(s->config);
	free(s->state);
}

/* What stands before a unit's start, and what that starts in turn. */
static void
run_gate(struct round *ret)
{
	AUTO(free) char *path = built("attestctl");
	AUTO(free) char *file = in_node("attestd.yaml");
	const char *words[] = { "gate", "-c", file, "--max-age", "0", NULL };
	struct service agent, reader;
	static double last;

	keep_pace(last);
	service_start(&reader, "attest-measure", "measure", SOCK_SEQPACKET,
	    "1");
	service_start(&agent, "attestd", "run/io.attestd", SOCK_STREAM, NULL);
	run(path, words, ret);
	last = tap_now();
	service_wait(&agent);
	service_wait(&reader);
	ret->of[AGENT] = agent.u.spent;
	ret->of[READER] = reader.u.spent;
}

static void
run_bare(struct round *ret)
{
	AUTO(free) char *path = built("tests/bench/bare");
	char url[64];
	const char *words[] = { url, server_ca, NULL };

	snprintf(url, sizeof(url), "https://127.0.0.1:%u/version",
	    tap_port(&to_verifier));
	run(path, words, ret);
}

/* What attest-measure takes for being there. */
static void
run_still(struct round *ret)
{
	AUTO(free) char *path = built("attest-measure");
	const char *words[] = { "--version", NULL };

	run(path, words, ret);
}

static struct round bare[ROUNDS], still[ROUNDS];
static struct round booted[ROUNDS], steady[ROUNDS];

/*
 * Aims are those for a boot's first attestation. Limits of what the libraries
 * have a part in are multiples of that part, which grows with them.
 */
static void
judge_memory(const char *name, enum who w,
    const struct round floor_of[static ROUNDS], double limit)
{
	double peak = of(booted, w, PEAK), floor = of(floor_of, CALLER, PEAK);

	printf("  peak RSS of %s %.1f MiB (aim: 8, %s), %.1f private; floor "
	    "%.1f, %.1f private: ratio %.2f\n", name, peak,
	    against(peak, 8, limit * floor), of(booted, w, OWN), floor,
	    of(floor_of, CALLER, OWN), peak / floor);
}

static void
judge_cpu(const struct round rounds[static ROUNDS], const char *what)
{
	double cpu = of(rounds, AGENT, CPU) + of(rounds, READER, CPU);
	double floor = of(bare, CALLER, CPU) + of(still, CALLER, CPU);

	printf("  CPU of both, %s %.1f ms (aim: 10, %s); floor %.1f: ratio "
	    "%.2f\n", what, cpu, against(cpu, 10, 4 * floor), floor,
	    cpu / floor);
}

static void
judge(void)
{
	double first = of(booted, AGENT, FIRST);
	double least = of(bare, CALLER, FIRST);
	double wall = of(booted, CALLER, WALL);

	judge_memory("attestd", AGENT, bare, 1.5);
	judge_memory("attest-measure", READER, still, 3);
	judge_cpu(booted, "first of a boot");
	judge_cpu(steady, "a later one");
	printf("  first byte %.1f ms after activation; floor %.1f: ratio "
	    "%.2f\n", first, least, first / least);
	printf("  the gate's time beyond the TPM's own %.0f ms (aim: 500, "
	    "%s)\n", wall, against(wall, 500, 1000));
}

START_TEST(attestations)
{
	struct round first;

	fleet_start();
	boot_long();
	fleet_put_reference();
	put_taps();
	program_log = in_node("log");
	ok(att_run_dir_make(&config, err));
	run_gate(&first);	/* makes its AK, and enrols */
	for (unsigned i = 0; i < ROUNDS; i++) {
		run_bare(&bare[i]);
		run_still(&still[i]);
		boot_again(i);
		run_gate(&booted[i]);
		run_gate(&steady[i]);
	}
	printf("an attestation, boot log of %zu bytes\n", uefi.len);
	show(bare, CALLER, "libraries, TLS");
	show(still, CALLER, "the reader's");
	show_all(booted, "first of a boot");
	show_all(steady, "a later one");
	judge();
	tap_stop(&to_tpm);
	tap_stop(&to_verifier);
	att_buf_done(&uefi);
	free(program_log);
	fleet_stop();
	ck_assert(!failed);
}
END_TEST

/*
 * What a program does while it waits for a last call: nothing. A second after
 * one, and a second later, its threads have slept as often.
 */
static void
idle(const char *name, const char *socket_name, int type, const char *after)
{
	struct service s;
	long before, woken;
	int call;

	service_start(&s, name, socket_name, type, after);
	call = connect_to(socket_name, type);
	(void)usleep(1000000);
	(void)close(call);
	(void)usleep(500000);
	before = unit_switches(&s.u);
	(void)usleep(1000000);
	woken = unit_switches(&s.u) - before;
	service_wait(&s);
	printf("idle: %s wakes up %ld times in a second (aim: 0, %s), and is "
	    "gone after %.1f s\n", name, woken,
	    against((double)woken, 0, 1), s.u.spent.wall - 1);
}

START_TEST(waiting)
{
	fleet_start();
	program_log = in_node("log");
	node_put("attestd.yaml.d/zz-idle.yaml", S("idle_timeout: 3s\n"));
	ok(att_run_dir_make(&config, err));
	idle("attestd", "run/io.attestd", SOCK_STREAM, NULL);
	idle("attest-measure", "measure", SOCK_SEQPACKET, "3");
	free(program_log);
	fleet_stop();
	ck_assert(!failed);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("service");
	TCase *t = tcase_create("service");

	/* what is printed before a fork is printed once */
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, fleet_once, fleet_over);
	tcase_add_test(t, sizes);
	tcase_add_test(t, attestations);
	tcase_add_test(t, waiting);
	suite_add_tcase(s, t);
	return run_suite(s);
}
