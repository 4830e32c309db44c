/*
 * bench_firmware - what a map of a flash chip costs, as a ratio to hashing the
 * same bytes, and what a pass over one costs, as a ratio to sha256sum.
 *
 * usage: bench_firmware [DIR]
 *
 * Chips of 16 and 64 MiB: a descriptor, a store of variables, volumes of code
 * with files of 32 KiB that are as dense as compressed code, and erased bytes
 * in between.
 *
 *   map     structures, ranges, SHA-256 of each
 *   floor   the same bytes hashed by the same library in one piece
 *   memory  what the process held at most while it made the map of a chip in a
 *           mapped file and let go of pages as it was told
 *   pass    an image of 32 MiB read as a chip is, unpaced: into its spool, its
 *           map made from there; sha256sum is a process, and started for it
 *   whole   a pass as attestd makes it, and the document of claims, compared
 *           with the pass before: what it held at most; and at the pace of the
 *           default configuration, in the background, the part of one CPU
 *           that it took
 *
 * Rounds are interleaved; figures are medians.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/measure.h"
#include "mtd/spool.h"
#include "tests/firmware/chipmaker.h"

#define ROUNDS 31
#define MIB ((size_t)1 << 20)
#define VOLUME (3 * MIB)
#define FILE_BODY 32768

static void
must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bench_firmware: %s\n", what);
	exit(1);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* As compressed code is: every value as often as any other. */
static void
dense(uint8_t *p, size_t len)
{
	uint64_t x = 88172645463325252u;

	for (size_t i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		p[i] = (uint8_t)(x >> 32);
	}
}

static void
put_volume(struct cm *m, size_t at)
{
	size_t file = at + cm_fv(m, at, VOLUME, CM_FFS2);

	while (file + 2 * FILE_BODY < at + VOLUME) {
		size_t next = cm_file(m, file, CM_CODE, 7, FILE_BODY);

		dense(m->b + file + 24, FILE_BODY);
		file = next;
	}
}

static struct cm
chip(size_t size)
{
	struct cm m = cm_new(size);

	cm_ifd(&m, 2);
	cm_region(&m, 3, 0x1000, 0x2000);
	cm_region(&m, 1, MIB, size - MIB);
	cm_fv(&m, MIB, MIB / 2, CM_VARIABLES);
	/* volumes, and a quarter as much between them */
	for (size_t at = 2 * MIB; at + VOLUME <= size; at += VOLUME + MIB)
		put_volume(&m, at);
	return m;
}

static size_t
run_map(const struct att_image *im, struct att_hasher *h)
{
	AUTO(att_map_free) struct att_map *map = NULL;
	struct att_map_options o = { .alg = ATT_ALG_SHA256 };

	must(att_map_make(im, &o, h, &map, NULL) == 0, "no map");
	return map->count;
}

static void
bench_size(size_t size, struct att_hasher *h)
{
	AUTO_DONE(cm_done) struct cm m = chip(size);
	double map[ROUNDS], flat[ROUNDS];
	struct att_digest d;
	struct att_image im;
	size_t ranges = 0;

	must(att_image_of(cm_view(&m), &im, NULL) == 0, "no image");
	for (size_t i = 0; i < ROUNDS; i++) {
		double start = now();

		ranges = run_map(&im, h);
		map[i] = now() - start;
		start = now();
		must(att_hasher_one(h, ATT_ALG_SHA256, cm_view(&m), &d,
		    NULL) == 0, "hash");
		flat[i] = now() - start;
	}
	qsort(map, ROUNDS, sizeof(*map), compare);
	qsort(flat, ROUNDS, sizeof(*flat), compare);
	printf("  %zu MiB, %zu ranges: map %.1f ms, floor %.1f ms, map/floor "
	    "%.3f (aim: 1.05)\n", size / MIB, ranges, 1e3 * map[ROUNDS / 2],
	    1e3 * flat[ROUNDS / 2], map[ROUNDS / 2] / flat[ROUNDS / 2]);
}

/* -- memory ---------------------------------------------------------------- */

struct mapped {
	uint8_t *at;
};

static void
let_go(void *arg, uint64_t offset, uint64_t length)
{
	const struct mapped *m = arg;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t from = (offset + page - 1) / page * page;
	uint64_t to = (offset + length) / page * page;

	if (to > from)
		must(madvise(m->at + from, (size_t)(to - from),
		    MADV_DONTNEED) == 0, "madvise");
}

/* VmHWM of this process, in bytes. */
static size_t
peak(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	unsigned long kib = 0;
	char line[256];

	must(f != NULL, "/proc/self/status");
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtoul(line + 6, NULL, 10);
	(void)fclose(f);
	return (size_t)kib << 10;
}

static void
forget_peak(void)
{
	FILE *f = fopen("/proc/self/clear_refs", "w");

	must(f != NULL && fputs("5", f) >= 0 && fclose(f) == 0, "clear_refs");
}

static void
map_the_file(int fd, size_t size)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct mapped m = { mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) };
	struct att_image im;
	size_t before;

	must(h != NULL && m.at != MAP_FAILED, "no memory");
	must(att_image_of((struct att_slice){ m.at, size }, &im, NULL) == 0,
	    "no image");
	im.release = let_go;
	im.arg = &m;
	forget_peak();
	before = peak();
	(void)run_map(&im, h);
	printf("  %zu MiB in a file: %.1f MiB more than before (aim: 8)\n",
	    size / MIB, (double)(peak() - before) / (double)MIB);
	(void)fflush(stdout);
	(void)munmap(m.at, size);
}

static void
write_chip(int fd, size_t size)
{
	AUTO_DONE(cm_done) struct cm m = chip(size);

	must(write(fd, m.b, m.size) == (ssize_t)m.size, "write");
}

/* In a process of its own: what others held is not counted. */
static void
apart(void (*run)(int fd, size_t size), int fd, size_t size)
{
	int status = 1;
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid == 0) {
		run(fd, size);
		_exit(0);
	}
	must(waitpid(pid, &status, 0) == pid && status == 0, "a child failed");
}

static void
bench_memory(size_t size)
{
	char path[] = "/tmp/att-bench-firmware-XXXXXX";
	int fd = mkstemp(path);

	must(fd >= 0 && unlink(path) == 0, "a file in /tmp");
	apart(write_chip, fd, size);
	apart(map_the_file, fd, size);
	(void)close(fd);
}

/* -- passes ---------------------------------------------------------------- */

static char passed_over[] = "/tmp/att-bench-pass-XXXXXX";

static void
run_pass(struct att_hasher *h)
{
	static const struct att_spool_options how = { .dir = "/tmp" };
	struct att_map_options o = { .alg = ATT_ALG_SHA256 };
	AUTO_DONE(att_chip_done) struct att_chip chip = { 0 };
	AUTO(att_spool_free) struct att_spool *s = NULL;
	AUTO(att_map_free) struct att_map *map = NULL;

	must(att_chip_open(passed_over, &chip, NULL) == 0 &&
	    att_spool_read(&chip, &how, &s, NULL) == 0 &&
	    att_spool_map(s, &o, h, &map, NULL) == 0, "no pass");
}

static void
pass_once(int fd, size_t size)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	size_t before;

	must(h != NULL, "no memory");
	forget_peak();
	before = peak();
	run_pass(h);
	printf("  pass over %zu MiB: %.1f MiB more than before (aim: 8)\n",
	    size / MIB, (double)(peak() - before) / (double)MIB);
	(void)fflush(stdout);
}

/* False where there is no sha256sum. */
static bool
run_sha256sum(void)
{
	int status = 1;
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid == 0) {
		int fd = open("/dev/null", O_WRONLY);

		if (fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0)
			(void)execlp("sha256sum", "sha256sum", passed_over,
			    (char *)NULL);
		_exit(127);
	}
	must(waitpid(pid, &status, 0) == pid, "wait");
	return status == 0;
}

static void
bench_pass(size_t size, struct att_hasher *h)
{
	double pass[ROUNDS], sum[ROUNDS];
	int fd = mkstemp(passed_over);
	bool peer = true;

	must(fd >= 0, "a file in /tmp");
	(void)fflush(stdout);
	apart(write_chip, fd, size);
	apart(pass_once, fd, size);
	for (size_t i = 0; i < ROUNDS && peer; i++) {
		double start = now();

		run_pass(h);
		pass[i] = now() - start;
		start = now();
		peer = run_sha256sum();
		sum[i] = now() - start;
	}
	(void)unlink(passed_over);
	(void)close(fd);
	if (!peer) {
		printf("  pass: skipped, sha256sum does not run\n");
		return;
	}
	qsort(pass, ROUNDS, sizeof(*pass), compare);
	qsort(sum, ROUNDS, sizeof(*sum), compare);
	printf("  pass over %zu MiB: %.1f ms, sha256sum %.1f ms, "
	    "pass/sha256sum %.3f (aim: 1.1)\n", size / MIB,
	    1e3 * pass[ROUNDS / 2], 1e3 * sum[ROUNDS / 2],
	    pass[ROUNDS / 2] / sum[ROUNDS / 2]);
}

/* -- whole passes ---------------------------------------------------------- */

#define SLOW_MIB 4	/* at the default pace that takes seconds */

static struct att_measure
whole_pass(const struct att_agent_config *config, bool paced,
    const struct att_firmware_claims *earlier)
{
	const struct att_measure_options how = { .config = config,
		.boot_id = "bench", .root = "/nonexistent",
		.earlier = earlier,
		.pace = { paced ? (uint64_t)config->firmware_rate : 0,
		    paced ? (unsigned)config->firmware_duty : 0 } };
	struct att_measure m = { 0 };

	must(att_measure_run(&how, &m, NULL) == 0 && m.failed == 0 &&
	    m.claims->chips == 1, "no whole pass");
	return m;
}

static void
configure(struct att_agent_config *config)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "registrar_urls: [https://r]\n"
	    "verifier_urls: [https://v]\nfirmware_devices: [%s]\n"
	    "firmware_spool: /tmp\n", passed_over);
	must(att_agent_config_parse("bench", (struct att_slice){
	    (uint8_t *)text, strlen(text) }, config, NULL) == 0,
	    "configuration");
}

static void
whole_once(int fd, size_t size)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config config = {
		0 };
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);
	AUTO_DONE(att_measure_done) struct att_measure first = { 0 };
	AUTO_DONE(att_measure_done) struct att_measure m = { 0 };
	size_t before;

	configure(&config);
	forget_peak();
	before = peak();
	first = whole_pass(&config, false, NULL);
	m = whole_pass(&config, false, first.claims);
	must(m.changes == 0 &&
	    att_firmware_claims_encode(m.claims, &b, NULL) == 0, "claims");
	printf("  whole pass over %zu MiB, and %zu KiB of claims: %.1f MiB "
	    "more than before (aim: 8)\n", size / MIB, b.len >> 10,
	    (double)(peak() - before) / (double)MIB);
	(void)fflush(stdout);
}

static double
cpu_seconds(void)
{
	static const int whose[] = { RUSAGE_SELF, RUSAGE_CHILDREN };
	double sum = 0;

	for (size_t i = 0; i < ATT_COUNT(whose); i++) {
		struct rusage r;

		must(getrusage(whose[i], &r) == 0, "getrusage");
		sum += (double)r.ru_utime.tv_sec + (double)r.ru_stime.tv_sec +
		    ((double)r.ru_utime.tv_usec +
			(double)r.ru_stime.tv_usec) / 1e6;
	}
	return sum;
}

static void
paced_once(int fd, size_t size)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config config = {
		0 };
	AUTO_DONE(att_measure_done) struct att_measure m = { 0 };
	double start, wall, cpu;

	configure(&config);
	(void)!att_pace_background("/sys/devices/system/cpu", NULL);
	start = now();
	cpu = cpu_seconds();
	m = whole_pass(&config, true, NULL);
	wall = now() - start;
	cpu = cpu_seconds() - cpu;
	printf("  whole pass over %zu MiB at the default pace, SCHED_IDLE %s: "
	    "%.1f s, %.0f ms of CPU, %.2f %% of one (aim: %lld)\n",
	    size / MIB, sched_getscheduler(0) == SCHED_IDLE ? "yes" : "no",
	    wall, 1e3 * cpu, 100 * cpu / wall,
	    (long long)config.firmware_duty);
	(void)fflush(stdout);
}

static void
bench_whole(void (*run)(int fd, size_t size), size_t size)
{
	int fd;

	memcpy(passed_over + strlen(passed_over) - 6, "XXXXXX", 6);
	fd = mkstemp(passed_over);
	must(fd >= 0, "a file in /tmp");
	(void)fflush(stdout);
	apart(write_chip, fd, size);
	apart(run, fd, size);
	(void)unlink(passed_over);
	(void)close(fd);
}

int
main(void)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();

	must(h != NULL, "no memory");
	printf("map of a flash chip, to hashing the same bytes\n");
	(void)fflush(stdout);
	bench_memory(64 * MIB);
	bench_size(16 * MIB, h);
	bench_size(64 * MIB, h);
	bench_pass(32 * MIB, h);
	bench_whole(whole_once, 16 * MIB);
	bench_whole(whole_once, 64 * MIB);
	bench_whole(paced_once, SLOW_MIB * MIB);
	return 0;
}
