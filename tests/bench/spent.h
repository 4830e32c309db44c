/*
 * A program run as people run it, and what it took: all of it, from exec to
 * exit, of this process alone and of what it waited for.
 */
#ifndef ATT_TESTS_BENCH_SPENT_H
#define ATT_TESTS_BENCH_SPENT_H

struct spent {
	int status;	/* exit status; 1000 + N: died by signal N */
	double began;	/* when it was let go, by tap_now */
	double wall;	/* seconds until it was gone */
	double cpu;	/* seconds, in the kernel, too */
	long peak;	/* KiB resident at most, libraries included */
	long own;	/* KiB that nobody else could share, as it ends */
};

/*
 * `path` with these words behind its name, up to a NULL; what it says goes to
 * the file `log`. Aborts the test where it cannot be run.
 */
void spent_run(const char *path, const char *const *words, const char *log,
    struct spent *ret);

#endif
