#include "mtd/pace.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/ioprio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "base/number.h"

#define NS 1000000000u
#define LIST_MAX 4096		/* bytes of a list of CPUs: a page of sysfs */
#define CPU_MAX 9999999

/* -- how fast -------------------------------------------------------------- */

int
att_pace_check(const struct att_pace *p, struct att_err *err)
{
	if (p->rate != 0 &&
	    (p->rate < ATT_PACE_RATE_MIN || p->rate > ATT_PACE_RATE_MAX))
		return att_err_set(err, ATT_E_USAGE, "a rate of %" PRIu64
		    " bytes per second, must be %d to %" PRIu64, p->rate,
		    ATT_PACE_RATE_MIN, ATT_PACE_RATE_MAX);
	if (p->duty > ATT_PACE_DUTY_MAX)
		return att_err_set(err, ATT_E_USAGE,
		    "a duty cycle of %u percent, must be 1 to %d", p->duty,
		    ATT_PACE_DUTY_MAX);
	return 0;
}

uint64_t
att_pace_next(const struct att_pace *p, uint64_t began, uint64_t ended,
    uint64_t bytes)
{
	uint64_t next = ended, due;

	if (p->rate != 0) {
		due = began + bytes * NS / p->rate;
		next = due > next ? due : next;
	}
	if (p->duty != 0) {
		due = ended + (ended - began) * (ATT_PACE_DUTY_MAX - p->duty) /
		    p->duty;
		next = due > next ? due : next;
	}
	return next;
}

/* -- in whose time --------------------------------------------------------- */

/* "N" or "N-M" */
static bool
without_some(const char **at, cpu_set_t *set)
{
	uint64_t from, to;

	if (!att_number_take(at, CPU_MAX, &from))
		return false;
	to = from;
	if (**at == '-') {
		(*at)++;
		if (!att_number_take(at, CPU_MAX, &to) || to < from)
			return false;
	}
	for (uint64_t cpu = from; cpu <= to && cpu < CPU_SETSIZE; cpu++)
		CPU_CLR(cpu, set);
	return true;
}

int
att_pace_without(const char *list, cpu_set_t *set, struct att_err *err)
{
	const char *at = list;
	cpu_set_t left = *set;
	bool good;

	/* nohz_full of a kernel that has none */
	if (strcmp(list, "") == 0 || strcmp(list, "(null)") == 0)
		return 0;
	while ((good = without_some(&at, &left)) && *at == ',')
		at++;
	if (!good || *at != '\0')
		return att_err_set(err, ATT_E_FORMAT,
		    "not a list of CPUs: %.64s", list);
	*set = left;
	return 0;
}

/* A file that is not there lists none. */
static int
without_file(const char *dir, const char *name, cpu_set_t *set,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(LIST_MAX);
	AUTO(free) char *path = att_path_join(dir, name);
	AUTO(free) char *list = NULL;
	int r;

	if (path == NULL)
		return att_err_nomem(err);
	r = att_file_read(path, &b, err);
	if (r == ATT_E_NOT_FOUND)
		return 0;
	if (r < 0)
		return r;
	if (b.len > 0 && b.data[b.len - 1] == '\n')
		b.len--;
	list = b.len == 0 ? strdup("") :
			    strndup((const char *)b.data, b.len);
	if (list == NULL)
		return att_err_nomem(err);
	if ((r = att_pace_without(list, set, err)) < 0)
		att_err_prefix(err, "%s", path);
	return r;
}

static int
keep_house(const char *dir, struct att_err *err)
{
	cpu_set_t set;
	int r;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return att_err_sys(err, errno, "CPUs of this process");
	if ((r = without_file(dir, "isolated", &set, err)) < 0 ||
	    (r = without_file(dir, "nohz_full", &set, err)) < 0)
		return r;
	if (CPU_COUNT(&set) == 0)
		return att_err_set(err, ATT_E_CONFLICT,
		    "all CPUs of this process are isolated");
	return sched_setaffinity(0, sizeof(set), &set) < 0 ?
	    att_err_sys(err, errno, "housekeeping CPUs") : 0;
}

int
att_pace_background(const char *dir, struct att_err *err)
{
	static const struct sched_param none = { 0 };
	struct att_err spare = { 0 };
	int r = 0, cpus;

	if (sched_setscheduler(0, SCHED_IDLE, &none) < 0)
		r = att_err_sys(err, errno, "SCHED_IDLE");
	if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
	    IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)) < 0) {
		int io = att_err_sys(r < 0 ? &spare : err, errno,
		    "idle class of I/O");

		r = r < 0 ? r : io;
	}
	cpus = keep_house(dir, r < 0 ? &spare : err);
	return r < 0 ? r : cpus;
}
