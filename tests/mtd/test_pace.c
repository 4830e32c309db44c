/* How fast a chip is read, and in whose time. */
#include "testlib.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "mtd/pace.h"

#define MS ((uint64_t)1000000)
#define S_NS ((uint64_t)1000 * MS)

START_TEST(rate_and_duty)
{
	static const struct {
		struct att_pace p;
		uint64_t took, bytes, next;	/* from the beginning */
	} t[] = {
		{ { 0, 0 }, 5 * MS, 65536, 5 * MS },
		{ { 65536, 0 }, 5 * MS, 65536, S_NS },
		{ { 65536, 0 }, 5 * MS, 4096, S_NS / 16 },
		/* slower than asked for: nothing to wait for */
		{ { 65536, 0 }, 2 * S_NS, 65536, 2 * S_NS },
		{ { 0, 10 }, 5 * MS, 65536, 50 * MS },
		{ { 0, 1 }, 5 * MS, 65536, 500 * MS },
		{ { 0, 100 }, 5 * MS, 65536, 5 * MS },
		/* the slower of both */
		{ { 65536, 10 }, 5 * MS, 65536, S_NS },
		{ { 65536, 10 }, 500 * MS, 65536, 5 * S_NS },
		{ { ATT_PACE_RATE_MIN, 0 }, 0, 16 << 20, 4096 * S_NS },
	};

	for (size_t i = 0; i < ATT_COUNT(t); i++)
		ck_assert_uint_eq(att_pace_next(&t[i].p, 7 * S_NS,
		    7 * S_NS + t[i].took, t[i].bytes), 7 * S_NS + t[i].next);
}
END_TEST

START_TEST(limits)
{
	struct att_pace p = { .rate = ATT_PACE_RATE_MIN,
		.duty = ATT_PACE_DUTY_MAX };

	ok(att_pace_check(&p, err));
	p.rate = ATT_PACE_RATE_MAX;
	ok(att_pace_check(&p, err));
	p.rate++;
	fails(att_pace_check(&p, err), ATT_E_USAGE, "4096 to");
	p.rate = ATT_PACE_RATE_MIN - 1;
	fails(att_pace_check(&p, err), ATT_E_USAGE, "4096 to");
	p.rate = 0;
	p.duty = ATT_PACE_DUTY_MAX + 1;
	fails(att_pace_check(&p, err), ATT_E_USAGE, "1 to 100");
}
END_TEST

static cpu_set_t
first(int n)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int i = 0; i < n; i++)
		CPU_SET(i, &set);
	return set;
}

START_TEST(lists)
{
	static const struct {
		const char *list;
		int left;	/* of 16 */
	} good[] = {
		{ "", 16 },
		{ "(null)", 16 },
		{ "0", 15 },
		{ "2-5,8", 11 },
		{ "0-15", 0 },
		{ "1,3,5,7,9", 11 },
		{ "0-9999999", 0 },
		{ "16-20", 16 },
	};
	static const char *const bad[] = { ",", "1,", ",1", "1,,2", "-", "1-",
		"-1", "5-2", "1 ", "1-2-3", "x", "(null", "0-10000000",
		"99999999999999999999", "1\n" };
	cpu_set_t set, want = first(16);

	for (size_t i = 0; i < ATT_COUNT(good); i++) {
		set = first(16);
		ok(att_pace_without(good[i].list, &set, err));
		ck_assert_msg(CPU_COUNT(&set) == good[i].left, "%s: %d",
		    good[i].list, CPU_COUNT(&set));
	}
	set = first(16);
	ok(att_pace_without("2-5,8", &set, err));
	ck_assert(CPU_ISSET(1, &set) && !CPU_ISSET(2, &set) &&
	    !CPU_ISSET(5, &set) && CPU_ISSET(6, &set) && !CPU_ISSET(8, &set));
	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		set = want;
		fails(att_pace_without(bad[i], &set, err), ATT_E_FORMAT,
		    "not a list of CPUs");
		ck_assert(CPU_EQUAL(&set, &want));
	}
}
END_TEST

/* A directory with the two lists. */
struct cpus {
	char dir[64];
};

static void
put(const struct cpus *c, const char *name, const char *text)
{
	AUTO(free) char *path = att_path_join(c->dir, name);

	ok(att_file_write(path, S(text), 0644, err));
}

static void
cpus_done(struct cpus *c)
{
	AUTO(free) char *isolated = att_path_join(c->dir, "isolated");
	AUTO(free) char *nohz = att_path_join(c->dir, "nohz_full");

	(void)unlink(isolated);
	(void)unlink(nohz);
	(void)rmdir(c->dir);
}

static struct cpus
cpus_new(void)
{
	struct cpus c = { "/tmp/att-test-pace-XXXXXX" };

	ck_assert(mkdtemp(c.dir) != NULL);
	return c;
}

/* Class of I/O in the upper bits (linux/ioprio.h); 3 is idle. */
static bool
is_behind_all(void)
{
	return sched_getscheduler(0) == SCHED_IDLE &&
	    syscall(SYS_ioprio_get, 1, 0) >> 13 == 3;
}

START_TEST(background)
{
	AUTO_DONE(cpus_done) struct cpus c = cpus_new();
	cpu_set_t had, has;
	char list[16];
	int one = 0;

	ck_assert(sched_getaffinity(0, sizeof(had), &had) == 0);
	while (!CPU_ISSET(one, &had))
		one++;
	/* neither file is there: a kernel without either */
	ok(att_pace_background(c.dir, err));
	ck_assert(is_behind_all());
	ck_assert(sched_getaffinity(0, sizeof(has), &has) == 0);
	ck_assert(CPU_EQUAL(&had, &has));
	put(&c, "isolated", "\n");
	put(&c, "nohz_full", "(null)\n");
	ok(att_pace_background(c.dir, err));
	ck_assert(sched_getaffinity(0, sizeof(has), &has) == 0);
	ck_assert(CPU_EQUAL(&had, &has));
	if (CPU_COUNT(&had) < 2) {
		fprintf(stderr, "skipped: one CPU\n");
		return;
	}
	snprintf(list, sizeof(list), "%d\n", one);
	put(&c, "nohz_full", list);
	ok(att_pace_background(c.dir, err));
	ck_assert(sched_getaffinity(0, sizeof(has), &has) == 0);
	CPU_CLR(one, &had);
	ck_assert(CPU_EQUAL(&had, &has));
}
END_TEST

START_TEST(failures_leave_the_rest)
{
	AUTO_DONE(cpus_done) struct cpus c = cpus_new();
	cpu_set_t had, has;

	ck_assert(sched_getaffinity(0, sizeof(had), &had) == 0);
	put(&c, "isolated", "nonsense\n");
	fails(att_pace_background(c.dir, err), ATT_E_FORMAT, "isolated");
	ck_assert(is_behind_all());
	put(&c, "isolated", "0-9999999\n");
	fails(att_pace_background(c.dir, err), ATT_E_CONFLICT,
	    "all CPUs of this process are isolated");
	ck_assert(sched_getaffinity(0, sizeof(has), &has) == 0);
	ck_assert(CPU_EQUAL(&had, &has));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pace");
	TCase *t = tcase_create("pace");

	tcase_add_test(t, rate_and_duty);
	tcase_add_test(t, limits);
	tcase_add_test(t, lists);
	tcase_add_test(t, background);
	tcase_add_test(t, failures_leave_the_rest);
	suite_add_tcase(s, t);
	return run_suite(s);
}
