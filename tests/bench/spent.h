/*
 * A program run as a service manager runs it, and what it took: all of it, from
 * exec to exit, with the processes that it starts.
 */
#ifndef ATT_TESTS_BENCH_SPENT_H
#define ATT_TESTS_BENCH_SPENT_H

#include <pthread.h>
#include <stdatomic.h>

struct program {
	const char *path;
	const char *const *words;	/* behind its name, up to a NULL */
	const char *log;		/* a file: what it says is appended */
	int listen_fd;		/* passed as systemd passes it; -1: none */
};

struct spent {
	int status;	/* exit status; 1000 + N: died by signal N */
	double began;	/* when it was let go, by tap_now */
	double wall;	/* seconds until it was gone */
	double cpu;	/* seconds, in the kernel, too */
	/* of the largest of its processes */
	long peak;	/* KiB resident at most, libraries included */
	long own;	/* KiB that nobody else could share, as it ends */
};

/* Aborts the test where it cannot be run. */
void spent_run(const struct program *p, struct spent *ret);

/*
 * The same once somebody connects to `p->listen_fd`, in a thread: p and what it
 * points to stay until unit_wait, which waits for its end.
 */
struct unit {
	struct program p;
	atomic_int pid;		/* 0: not started so far */
	struct spent spent;
	pthread_t thread;
};
void unit_start(struct unit *u);
void unit_wait(struct unit *u);
/* How often its threads slept or were put aside until now, all together. */
long unit_switches(struct unit *u);

#endif
