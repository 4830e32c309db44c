/*
 * bench_eventlog - what it costs to read, judge and replay a boot log, as a
 * ratio to hashing alone.
 *
 * usage: bench_eventlog [DIR]
 *
 * Logs: the largest captured boot of this tree, and the largest TPM log that
 * DIR/eventlogs/manifest.tsv names, if there is one. For each:
 *
 *   work    open the log; of each event: framing, H(data) and the comparison
 *           with the digest that is logged, extend of its register; then the
 *           registers. One bank: SHA-256, or else the first of the header.
 *   floor   the same messages hashed by the same library, one call each, and
 *           nothing else: H(data) and H(value || digest) of every event. What
 *           must be hashed, whoever reads the log.
 *   once    the bytes of the log, hashed in one piece. No replay can do this:
 *           an extend is a message of its own.
 *   banks   as work, with every bank that the log has replayed.
 *   cover   as work, with the rule of each type (att_cover_event) instead of
 *           one hash of all data.
 *
 * Rounds of each are interleaved; figures are medians.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "eventlog/cover.h"
#include "eventlog/replay.h"

#define ROUNDS 301
#define REPEAT 8	/* runs in a round: above the clock's grain */

struct bench {
	struct att_buf raw;
	struct att_hasher *h;
	EVP_MD_CTX *ctx;
	const EVP_MD *md;
	uint16_t alg;		/* of the one bank */
	size_t size;		/* of its digests */
	size_t events, data, extends;
	size_t kept;		/* so that no result goes unused */
};

static void
must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bench_eventlog: %s\n", what);
	exit(1);
}

static struct att_tcglog
opened(const struct bench *b)
{
	struct att_tcglog log;

	must(att_tcglog_open(att_buf_view(&b->raw), ATT_TCG_TPM, &log,
	    NULL) == 0, "the log is refused");
	return log;
}

/* -- what is timed -------------------------------------------------------- */

static void
hash_all_data(struct bench *b, const struct att_event *ev)
{
	const struct att_event_digest *d = att_event_digest(ev, b->alg);
	struct att_digest h;

	must(att_hasher_one(b->h, b->alg, ev->data, &h, NULL) == 0, "hash");
	b->kept += d != NULL && att_slice_equal(att_digest_view(&h), d->bytes);
}

static void
judge(struct bench *b, struct att_cover_state *st, const struct att_event *ev)
{
	enum att_cover c;
	uint32_t quirks = 0;

	must(att_cover_event(st, b->h, b->alg, ev, &c, &quirks, NULL) == 0,
	    "cover");
	b->kept += att_cover_holds(c);
}

static void
read_log(struct bench *b, size_t banks, bool cover)
{
	struct att_tcglog log = opened(b);
	struct att_tcg_iter it = att_tcg_begin(&log);
	struct att_cover_state st = { 0 };
	struct att_replay r;
	struct att_event ev;
	int rc;

	att_replay_begin(&r, &log, banks == 1 ? &b->alg : NULL, banks, b->h);
	while ((rc = att_tcg_next(&it, &ev, NULL)) > 0) {
		if (cover)
			judge(b, &st, &ev);
		else if (ev.type != ATT_EV_NO_ACTION)
			hash_all_data(b, &ev);
		must(att_replay_event(&r, &ev, NULL) == 0, "replay");
	}
	must(rc == 0, "the log is broken");
	b->kept += r.reg[0][0].value.bytes[0];
}

static void
work(struct bench *b)
{
	read_log(b, 1, false);
}

static void
work_banks(struct bench *b)
{
	read_log(b, 0, false);
}

static void
work_cover(struct bench *b)
{
	read_log(b, 1, true);
}

static void
hash(struct bench *b, const void *data, size_t len)
{
	uint8_t out[EVP_MAX_MD_SIZE];

	must(EVP_DigestInit_ex2(b->ctx, b->md, NULL) == 1 &&
	    EVP_DigestUpdate(b->ctx, data, len) == 1 &&
	    EVP_DigestFinal_ex(b->ctx, out, NULL) == 1, "digest");
	b->kept += out[0];
}

/* The lengths are known beforehand: no parsing is timed. */
static struct att_slice *messages;
static size_t message_count;

static void
floor_of_it(struct bench *b)
{
	for (size_t i = 0; i < message_count; i++)
		hash(b, messages[i].data, messages[i].len);
}

static void
once(struct bench *b)
{
	hash(b, b->raw.data, b->raw.len);
}

/* -- rounds --------------------------------------------------------------- */

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

static double
median(double *v)
{
	qsort(v, ROUNDS, sizeof(*v), compare);
	return v[ROUNDS / 2];
}

static const struct {
	const char *name;
	void (*run)(struct bench *b);
} contests[] = {
	{ "work", work },
	{ "floor", floor_of_it },
	{ "once", once },
	{ "banks", work_banks },
	{ "cover", work_cover },
};
enum { WORK, FLOOR, ONCE, BANKS, COVER, CONTESTS };

static void
time_all(struct bench *b, double ret[static CONTESTS])
{
	static double took[CONTESTS][ROUNDS];

	for (size_t round = 0; round < ROUNDS; round++)
		for (size_t c = 0; c < CONTESTS; c++) {
			double start = now();

			for (int i = 0; i < REPEAT; i++)
				contests[c].run(b);
			took[c][round] = (now() - start) / REPEAT;
		}
	for (size_t c = 0; c < CONTESTS; c++)
		ret[c] = median(took[c]);
}

/* -- one log -------------------------------------------------------------- */

static void
add_message(const uint8_t *data, size_t len)
{
	messages = realloc(messages, (message_count + 1) * sizeof(*messages));
	must(messages != NULL, "no memory");
	messages[message_count++] = (struct att_slice){ data, len };
}

/* All that must be hashed for one bank, in the order of the log. */
static void
collect(struct bench *b)
{
	static const uint8_t both[2 * ATT_DIGEST_MAX];
	struct att_tcglog log = opened(b);
	struct att_tcg_iter it = att_tcg_begin(&log);
	struct att_event ev;

	message_count = 0;
	b->events = b->data = b->extends = 0;
	while (att_tcg_next(&it, &ev, NULL) > 0) {
		b->events++;
		if (ev.type == ATT_EV_NO_ACTION)
			continue;
		add_message(ev.data.data, ev.data.len);
		b->data += ev.data.len;
		if (att_event_digest(&ev, b->alg) == NULL)
			continue;
		add_message(both, 2 * b->size);
		b->extends++;
	}
	b->raw.len = it.cur.off;	/* no padding is counted */
}

static void
bench_log(const char *path)
{
	struct bench b = { .raw = ATT_BUF(ATT_TCG_LOG_MAX),
		.h = att_hasher_new(), .ctx = EVP_MD_CTX_new() };
	struct att_err err = { 0 };
	double t[CONTESTS];
	struct att_tcglog log;

	must(att_file_read(path, &b.raw, &err) == 0, err.text);
	must(b.h != NULL && b.ctx != NULL, "no memory");
	log = opened(&b);
	b.alg = log.alg[0].alg;
	for (size_t i = 0; i < log.alg_count; i++)
		if (log.alg[i].alg == ATT_ALG_SHA256)
			b.alg = ATT_ALG_SHA256;
	b.size = att_alg_size(b.alg);
	b.md = att_alg_evp(b.alg);
	must(b.md != NULL, "unknown bank");
	collect(&b);
	time_all(&b, t);
	printf("%s\n  %zu bytes, %zu events, %s of %zu banks: %zu bytes of "
	    "data hashed, %zu extends of %zu bytes\n", path, b.raw.len,
	    b.events, att_alg_name(b.alg), log.alg_count, b.data, b.extends,
	    2 * b.size);
	printf("  work %.1f us, floor %.1f us, once %.1f us, banks %.1f us, "
	    "cover %.1f us\n", 1e6 * t[WORK], 1e6 * t[FLOOR],
	    1e6 * t[ONCE], 1e6 * t[BANKS], 1e6 * t[COVER]);
	printf("  work/floor %.2f (parse + hash + replay to hashing the same "
	    "bytes; aim: 1.5)\n", t[WORK] / t[FLOOR]);
	printf("  work/once %.2f, cover/floor %.2f, banks/work %.2f\n",
	    t[WORK] / t[ONCE], t[COVER] / t[FLOOR], t[BANKS] / t[WORK]);
	att_buf_done(&b.raw);
	att_hasher_free(b.h);
	EVP_MD_CTX_free(b.ctx);
}

/* The file of the largest row of kind "tcg"; false without a manifest. */
static bool
largest(const char *dir, char *ret, size_t size)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(1 << 20);
	unsigned long most = 0;
	char path[512], *rest, *line;

	snprintf(path, sizeof(path), "%s/eventlogs/manifest.tsv", dir);
	if (att_file_read(path, &text, NULL) < 0)
		return false;
	att_buf_u8(&text, '\0');
	rest = (char *)text.data;
	while ((line = strsep(&rest, "\n")) != NULL) {
		const char *file = strsep(&line, "\t");
		const char *kind = line == NULL ? "" : strsep(&line, "\t");
		const char *bytes = "";

		for (int i = 2; i <= 7 && line != NULL; i++)
			bytes = strsep(&line, "\t");
		if (strcmp(kind, "tcg") != 0 || strtoul(bytes, NULL, 10) <=
		    most)
			continue;
		most = strtoul(bytes, NULL, 10);
		snprintf(ret, size, "%s/eventlogs/%s", dir, file);
	}
	return most > 0;
}

int
main(int argc, char **argv)
{
	char path[512];

	bench_log("tests/vectors/boots/shim/uefi.bin");
	if (argc > 1 && largest(argv[1], path, sizeof(path)))
		bench_log(path);
	else
		printf("no collection of real logs: the largest is left out\n");
	free(messages);
	return 0;
}
