/*
 * Checks over a collection of real logs that is not part of this tree: what
 * check_vectors and its numbered cases share.
 */
#ifndef ATT_TESTS_VECTORS_H
#define ATT_TESTS_VECTORS_H

#include "base/buf.h"
#include "eventlog/cover.h"
#include "eventlog/replay.h"

/* A log at work, and what is said about it in the end. */
struct job {
	struct att_buf raw;
	struct att_hasher *h;
	struct att_tcglog log;
	struct att_replay r;
	struct att_pcrs pcrs;	/* that its registers should hold */
	uint32_t quirks;	/* of replay, comparison and cover */
	size_t events;		/* the header not counted */
	size_t unbound, broken, disguised;	/* by att_cover_event */
	size_t malformed;	/* variables that do not parse */
	size_t odd;		/* events whose data cannot be described */
	size_t matched;		/* registers */
	double begun;		/* seconds, of some clock */
	bool failed;
	char said[480];
};

struct job job_new(void);
void job_done(struct job *j);

/* One more thing to be said; complain also fails the job. */
void say(struct job *j, const char *fmt, ...) ATT_PRINTF(2, 3);
void complain(struct job *j, const char *fmt, ...) ATT_PRINTF(2, 3);

/* A file below DIR/eventlogs; false with a complaint. */
bool read_vector(struct job *j, const char *name, struct att_buf *ret);
/* Reads FILE into j->raw and FILE.pcrs, if there is one, into j->pcrs. */
bool load(struct job *j, const char *file);
/* Replays j->raw in all banks and judges each event; the code of failure. */
int replay(struct job *j, enum att_tcg_kind kind, struct att_err *err);
/* The register against j->pcrs. */
enum att_match compare(struct job *j, uint16_t alg, unsigned pcr,
    uint32_t options);

/* Prints the line of one check, and counts it; none may take a second. */
void report(const char *name, const char *kind, struct job *j);

/* Registers of each bank, by att_alg_index. */
struct registers {
	uint32_t mask[ATT_BANKS_MAX];
};
/* "sha1:0-7,9;sha256:0-7"; false if it is written otherwise. */
bool read_registers(const char *list, struct registers *ret);

/* A row of the manifest about an IMA list, which stands in j->raw. */
struct ima_row {
	const char *kind, *entries, *banks, *match, *exceptions, *expect,
	    *note;
};
void check_ima(struct job *j, const struct ima_row *row);

/* The numbered cases that name a log. */
void check_cases(void);
void check_ima_cases(void);

#endif
