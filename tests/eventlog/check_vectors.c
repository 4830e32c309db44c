/*
 * check_vectors - every log of a collection of real ones, against what its
 * manifest says of it, and the cases that name one.
 *
 * usage: check_vectors DIR
 *
 * DIR/eventlogs/manifest.tsv lists the logs, the registers that a replay must
 * give, those that it cannot and why, and the logs that must be refused. Where
 * it is absent this is said, and nothing fails.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "eventlog/cel.h"
#include "eventlog/describe.h"
#include "eventlog/variable.h"
#include "tests/eventlog/vectors.h"

#define MANIFEST_MAX (1u << 20)
#define TIME_MAX 1.0		/* seconds that one log may take */

enum column {
	COL_FILE = 0,
	COL_KIND = 1,
	COL_SIZE = 7,
	COL_SHA256 = 8,
	COL_ENTRIES = 9,
	COL_BANKS = 10,
	COL_PCRS = 11,
	COL_MATCH = 14,
	COL_EXCEPTIONS = 15,
	COL_EXPECT = 16,
	COL_NOTE = 20,
	COL_COUNT = 21
};

static const char *vectors;
static size_t passed, failed;

/* -- what is said --------------------------------------------------------- */

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct job
job_new(void)
{
	return (struct job){ .raw = ATT_BUF(ATT_TCG_LOG_MAX),
		.h = att_hasher_new(), .begun = now() };
}

void
job_done(struct job *j)
{
	att_buf_done(&j->raw);
	att_hasher_free(j->h);
}

static void ATT_PRINTF(2, 0)
vsay(struct job *j, const char *fmt, va_list ap)
{
	size_t used = strlen(j->said);

	if (used > 0 && used + 3 < sizeof(j->said)) {
		memcpy(j->said + used, ", ", 3);
		used += 2;
	}
	vsnprintf(j->said + used, sizeof(j->said) - used, fmt, ap);
}

void
say(struct job *j, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(j, fmt, ap);
	va_end(ap);
}

void
complain(struct job *j, const char *fmt, ...)
{
	va_list ap;

	j->failed = true;
	va_start(ap, fmt);
	vsay(j, fmt, ap);
	va_end(ap);
}

void
report(const char *name, const char *kind, struct job *j)
{
	double seconds = now() - j->begun;

	if (seconds >= TIME_MAX)
		complain(j, "took too long");
	*(j->failed ? &failed : &passed) += 1;
	printf("%s %-44s %-5s %6.2f ms  %s", j->failed ? "FAIL" : "ok  ",
	    name, kind, 1e3 * seconds, j->said);
	for (int i = 0; i < ATT_QUIRK_COUNT; i++)
		if ((j->quirks >> i & 1) != 0)
			printf(" [%s]", att_quirk_name(1u << i));
	putchar('\n');
}

/* -- work on one log ------------------------------------------------------ */

bool
read_vector(struct job *j, const char *name, struct att_buf *ret)
{
	struct att_err err = { 0 };
	char path[512];

	snprintf(path, sizeof(path), "%s/eventlogs/%s", vectors, name);
	if (att_file_read(path, ret, &err) == 0)
		return true;
	complain(j, "%s", err.text);
	return false;
}

static bool
load_pcrs(struct job *j, const char *name)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(1 << 20);
	struct att_err err = { 0 };

	if (!read_vector(j, name, &text))
		return false;
	if (att_pcrs_parse(att_buf_view(&text), &j->pcrs, &err) == 0)
		return true;
	complain(j, "%s: %s", name, err.text);
	return false;
}

bool
load(struct job *j, const char *file)
{
	char pcrs[256];

	snprintf(pcrs, sizeof(pcrs), "%s.pcrs", file);
	return read_vector(j, file, &j->raw) && load_pcrs(j, pcrs);
}

static bool
is_variable(uint32_t type)
{
	return type == ATT_EV_EFI_VARIABLE_DRIVER_CONFIG ||
	    type == ATT_EV_EFI_VARIABLE_BOOT ||
	    type == ATT_EV_EFI_VARIABLE_BOOT2 ||
	    type == ATT_EV_EFI_VARIABLE_AUTHORITY;
}

/* By the digest of the first bank that the event has. */
static int
judge(struct job *j, struct att_cover_state *st, const struct att_event *ev,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *said = NULL;
	struct att_efi_variable v;
	enum att_cover c;
	uint16_t alg = 0;
	int r;

	for (size_t b = 0; alg == 0 && b < j->r.bank_count; b++)
		if (att_event_digest(ev, j->r.alg[b]) != NULL)
			alg = j->r.alg[b];
	if ((r = att_cover_event(st, j->h, alg, ev, &c, &j->quirks, err)) < 0)
		return r;
	j->unbound += c == ATT_COVER_UNBOUND;
	j->broken += c == ATT_COVER_BROKEN;
	j->disguised += c == ATT_COVER_DISGUISED;
	if (is_variable(ev->type) &&
	    att_efi_variable_parse(ev->data, &v, NULL) < 0)
		j->malformed++;
	if ((r = att_event_to_json(ev, st->kind, &said, err)) < 0)
		return r;
	j->odd += json_object_get(said, "broken") != NULL;
	return 0;
}

int
replay(struct job *j, enum att_tcg_kind kind, struct att_err *err)
{
	struct att_cover_state st = { .kind = kind };
	struct att_tcg_iter it;
	struct att_event ev;
	size_t used = 0;
	int r;

	if (j->h == NULL)
		return att_err_nomem(err);
	if ((r = att_tcglog_open(att_buf_view(&j->raw), kind, &j->log,
		 err)) < 0)
		return r;
	att_replay_begin(&j->r, &j->log, NULL, 0, j->h);
	if ((r = att_replay_log(&j->r, &j->log, &used, err)) < 0)
		return r;
	j->quirks |= j->r.quirks;
	it = att_tcg_begin(&j->log);
	while ((r = att_tcg_next(&it, &ev, err)) > 0) {
		j->events += ev.number > 0 || !j->log.agile;
		if ((r = judge(j, &st, &ev, err)) < 0)
			return r;
	}
	if (used < j->raw.len)
		say(j, "%zu of %zu bytes used", used, j->raw.len);
	return r;
}

enum att_match
compare(struct job *j, uint16_t alg, unsigned pcr, uint32_t options)
{
	enum att_match m = ATT_MATCH_NONE;
	struct att_match_info info = { 0 };
	struct att_err err = { 0 };
	struct att_slice v;

	if (!att_pcrs_get(&j->pcrs, alg, pcr, &v))
		complain(j, "no value of %s %u", att_alg_name(alg), pcr);
	else if (att_replay_match(&j->r, alg, pcr, v, options, &m, &info,
		     &err) < 0)
		complain(j, "%s", err.text);
	j->quirks |= info.quirks;
	return m;
}

/* -- the manifest --------------------------------------------------------- */

/* Adds "0-7,9" to the mask; false if it is written otherwise. */
static bool
read_indices(char *text, uint32_t *mask)
{
	char *state, *part = strtok_r(text, ",", &state);

	for (; part != NULL; part = strtok_r(NULL, ",", &state)) {
		unsigned first, last;
		int n = sscanf(part, "%2u-%2u", &first, &last);

		if (n == 1)
			last = first;
		if (n < 1 || first > last || last >= ATT_PCR_COUNT)
			return false;
		for (; first <= last; first++)
			*mask |= 1u << first;
	}
	return true;
}

bool
read_registers(const char *list, struct registers *ret)
{
	char text[256], *state, *bank;

	*ret = (struct registers){ 0 };
	if (strlen(list) >= sizeof(text))
		return false;
	memcpy(text, list, strlen(list) + 1);
	for (bank = strtok_r(text, ";", &state); bank != NULL;
	     bank = strtok_r(NULL, ";", &state)) {
		char *colon = strchr(bank, ':');
		int b;

		if (colon == NULL)
			return false;
		*colon = '\0';
		b = att_alg_index(att_alg_by_name(bank));
		if (b < 0 || !read_indices(colon + 1, &ret->mask[b]))
			return false;
	}
	return true;
}

static bool
is_match(enum att_match m)
{
	return m == ATT_MATCH || m == ATT_MATCH_RESET ||
	    m == ATT_MATCH_NO_DRTM;
}

/* Registers that the log alone must give. */
static void
check_match(struct job *j, const struct registers *regs)
{
	for (size_t b = 0; b < ATT_BANKS_MAX; b++)
		for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
			uint16_t alg = att_alg_at(b);
			enum att_match m;

			if ((regs->mask[b] >> pcr & 1) == 0)
				continue;
			m = compare(j, alg, pcr, 0);
			if (m != ATT_MATCH)
				complain(j, "%s %u: %s", att_alg_name(alg),
				    pcr, att_match_name(m));
			j->matched += m == ATT_MATCH;
		}
	if (j->matched > 0)
		say(j, "%zu match", j->matched);
}

/* Why a register does not match, and what makes it match, if anything does. */
static const struct {
	const char *reason;
	uint32_t option;
} exceptions[] = {
	{ "log-incomplete", 0 },
	{ "log-of-another-boot", 0 },
	{ "needs-systemd-phases-and-ima", 0 },
	{ "windows-sha1-cap", ATT_REPLAY_WINDOWS_CAP },
	{ "exit-boot-services-not-logged", ATT_REPLAY_EBS_MISSING },
};

static void
check_exception(struct job *j, uint16_t alg, unsigned pcr, uint32_t option,
    const char *reason)
{
	enum att_match m = compare(j, alg, pcr, ~option);

	if (m != ATT_MISMATCH)
		complain(j, "%s %u: %s without %s", att_alg_name(alg), pcr,
		    att_match_name(m), reason);
	if (option == 0)
		return;
	m = compare(j, alg, pcr, option);
	if (m != ATT_MATCH)
		complain(j, "%s %u: %s with %s", att_alg_name(alg), pcr,
		    att_match_name(m), reason);
}

static void
check_exceptions(struct job *j, const char *text, struct registers *regs)
{
	const char *reason = strchr(text, '=');
	char list[128];
	size_t e = 0;

	if (*text == '\0')
		return;
	if (reason == NULL || (size_t)(reason - text) >= sizeof(list)) {
		complain(j, "exceptions are not \"registers=reason\"");
		return;
	}
	memcpy(list, text, (size_t)(reason - text));
	list[reason++ - text] = '\0';
	while (e < ATT_COUNT(exceptions) &&
	    strcmp(exceptions[e].reason, reason) != 0)
		e++;
	if (e == ATT_COUNT(exceptions) || !read_registers(list, regs)) {
		complain(j, "unknown exception %s", text);
		return;
	}
	for (size_t b = 0; b < ATT_BANKS_MAX; b++)
		for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++)
			if ((regs->mask[b] >> pcr & 1) != 0)
				check_exception(j, att_alg_at(b), pcr,
				    exceptions[e].option, reason);
	say(j, "%s as told: %s", list, reason);
}

/*
 * The other registers whose value is known: untouched by the log, or it lacks
 * digests for them; PCR 10 is IMA's.
 */
static void
check_others(struct job *j, const struct registers *match,
    const struct registers *except)
{
	size_t untouched = 0, incomplete = 0, foreign = 0;

	for (size_t b = 0; b < ATT_BANKS_MAX; b++)
		for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
			struct att_slice v;
			enum att_match m;

			if (((match->mask[b] | except->mask[b]) >> pcr & 1) ||
			    !att_pcrs_get(&j->pcrs, att_alg_at(b), pcr, &v))
				continue;
			m = compare(j, att_alg_at(b), pcr, 0);
			untouched += is_match(m);
			incomplete += m == ATT_MATCH_INCOMPLETE;
			foreign += m == ATT_MISMATCH_NO_EVENTS ||
			    m == ATT_MATCH_NONE;
			if (m == ATT_MISMATCH || m == ATT_MATCH)
				complain(j, "%s %u: %s, and not in manifest",
				    att_alg_name(att_alg_at(b)), pcr,
				    att_match_name(m));
		}
	if (untouched > 0)
		say(j, "%zu reset", untouched);
	if (incomplete > 0)
		say(j, "%zu incomplete", incomplete);
	if (foreign > 0)
		say(j, "%zu of another log", foreign);
}

/* What the log itself is wrong about; true if anything is. */
static bool
say_defects(struct job *j)
{
	if (j->broken > 0)
		say(j, "%zu events with other data", j->broken);
	if (j->disguised > 0)
		say(j, "%zu disguised separators", j->disguised);
	if (j->malformed > 0)
		say(j, "%zu malformed variables", j->malformed);
	if (j->r.locality_fault)
		say(j, "startup locality at fault");
	return j->broken + j->disguised + j->malformed > 0 ||
	    j->r.locality_fault;
}

/*
 * Logs with events that cannot be described, looked at one by one: boot options
 * without their first fields, a device path without an end, a record of Windows
 * that was cut off with its log, and what was made to be broken.
 */
static const struct {
	const char *file;
	size_t odd;
} odd_logs[] = {
	{ "_crafted/separator_disguised.bin", 1 },
	{ "_crafted/spdm_nvindex_noaction.bin", 1 },
	{ "_crafted/uefivar_len_overflow_namelen.bin", 1 },
	{ "eve/edge-good.bin", 2 },
	{ "go-attestation/hp-option-rom-sha1.bin", 1 },
	{ "tpmtool/ovmf-agile.bin", 1 },
};

static void
check_descriptions(struct job *j, const char *file)
{
	size_t want = 0;

	for (size_t i = 0; i < ATT_COUNT(odd_logs); i++)
		if (strcmp(odd_logs[i].file, file) == 0)
			want = odd_logs[i].odd;
	if (j->odd != want)
		complain(j, "%zu events cannot be described, not %zu", j->odd,
		    want);
	else if (want > 0)
		say(j, "%zu events that cannot be described", want);
}

static void
check_replayed(struct job *j, char *const col[])
{
	struct registers match = { 0 }, except = { 0 };
	bool flag = strcmp(col[COL_EXPECT], "flag") == 0;

	if (*col[COL_ENTRIES] != '\0' &&
	    strtoul(col[COL_ENTRIES], NULL, 10) != j->events)
		complain(j, "%zu events, not %s", j->events,
		    col[COL_ENTRIES]);
	if (*col[COL_PCRS] != '\0' && load_pcrs(j, col[COL_PCRS])) {
		if (!read_registers(col[COL_MATCH], &match))
			complain(j, "match cannot be read");
		check_match(j, &match);
		check_exceptions(j, col[COL_EXCEPTIONS], &except);
		check_others(j, &match, &except);
	}
	check_descriptions(j, col[COL_FILE]);
	if (say_defects(j) != flag)
		complain(j, flag ? "nothing was flagged" :
				   "a good log was flagged");
}

/* The bytes are those that the manifest speaks of. */
static bool
check_file(struct job *j, char *const col[])
{
	char hex[ATT_DIGEST_HEX_MAX];
	struct att_digest d;

	if (!read_vector(j, col[COL_FILE], &j->raw))
		return false;
	if (att_digest_of(ATT_ALG_SHA256, att_buf_view(&j->raw), &d,
		NULL) == 0 &&
	    strcmp(att_digest_hex(&d, hex), col[COL_SHA256]) == 0)
		return true;
	complain(j, "the file is not the manifest's");
	return false;
}

static int
replay_cel(struct job *j, struct att_err *err)
{
	struct att_cel_iter it = att_cel_begin(att_buf_view(&j->raw));
	struct att_cel_record rec;
	int r;

	if (j->h == NULL)
		return att_err_nomem(err);
	if ((r = att_cel_replay(att_buf_view(&j->raw), j->h, &j->r, err)) < 0)
		return r;
	j->quirks |= j->r.quirks;
	while ((r = att_cel_next(&it, &rec, err)) > 0)
		j->events++;
	return r;
}

static int
replay_kind(struct job *j, const char *kind, struct att_err *err)
{
	struct att_tcglog log;

	if (strcmp(kind, "cel") == 0)
		return replay_cel(j, err);
	if (strcmp(kind, "tcg") == 0)
		return replay(j, ATT_TCG_TPM, err);
	/* a guest's log is refused where a TPM's is wanted */
	if (att_tcglog_open(att_buf_view(&j->raw), ATT_TCG_TPM, &log, NULL) !=
	    ATT_E_UNSUPPORTED)
		complain(j, "taken for the log of a TPM");
	return replay(j, ATT_TCG_CC, err);
}

static void
check_log(struct job *j, char *const col[])
{
	bool reject = strcmp(col[COL_EXPECT], "reject") == 0;
	struct att_err err = { 0 };
	int r;

	if (!check_file(j, col))
		return;
	r = replay_kind(j, col[COL_KIND], &err);
	if (r < 0)
		(reject ? say : complain)(j, "refused at %llu: %s",
		    (unsigned long long)err.offset, err.text);
	else if (reject)
		complain(j, "was not refused");
	else
		check_replayed(j, col);
}

static void
check_ima_row(struct job *j, char *const col[])
{
	struct ima_row row = { .kind = col[COL_KIND],
		.entries = col[COL_ENTRIES], .banks = col[COL_BANKS],
		.match = col[COL_MATCH], .exceptions = col[COL_EXCEPTIONS],
		.expect = col[COL_EXPECT], .note = col[COL_NOTE] };

	if (check_file(j, col) &&
	    (*col[COL_PCRS] == '\0' || load_pcrs(j, col[COL_PCRS])))
		check_ima(j, &row);
}

static void
check_row(char *const col[])
{
	AUTO_DONE(job_done) struct job j = job_new();
	const char *kind = col[COL_KIND];

	if (strcmp(kind, "ima") == 0 || strcmp(kind, "ima-ascii") == 0)
		check_ima_row(&j, col);
	else if (strcmp(kind, "tcg") == 0 || strcmp(kind, "ccel") == 0 ||
	    strcmp(kind, "cel") == 0)
		check_log(&j, col);
	else
		complain(&j, "unknown kind");
	report(col[COL_FILE], kind, &j);
}

static void
check_line(char *line)
{
	char *col[COL_COUNT];
	size_t n = 0;

	while (n < COL_COUNT && line != NULL)
		col[n++] = strsep(&line, "\t");
	if (n <= COL_EXPECT) {
		printf("FAIL %s: %zu columns\n", col[0], n);
		failed++;
		return;
	}
	check_row(col);
}

int
main(int argc, char **argv)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(MANIFEST_MAX);
	struct att_err err = { 0 };
	char path[512], *rest, *line;

	if (argc != 2) {
		fprintf(stderr, "usage: check_vectors DIR\n");
		return 2;
	}
	vectors = argv[1];
	snprintf(path, sizeof(path), "%s/eventlogs", vectors);
	if (access(path, F_OK) != 0) {
		printf("skip %s is not there\n", path);
		printf("vectors: 0 passed, 0 failed, 1 skipped\n");
		return 0;
	}
	snprintf(path, sizeof(path), "%s/eventlogs/manifest.tsv", vectors);
	if (att_file_read(path, &text, &err) < 0) {
		fprintf(stderr, "check_vectors: %s\n", err.text);
		return 1;
	}
	att_buf_u8(&text, '\0');
	rest = (char *)text.data;
	(void)strsep(&rest, "\n");	/* the titles */
	while ((line = strsep(&rest, "\n")) != NULL)
		if (*line != '\0')
			check_line(line);
	check_cases();
	check_ima_cases();
	printf("vectors: %zu passed, %zu failed\n", passed, failed);
	return failed > 0 || passed == 0;
}
