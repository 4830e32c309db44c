/*
 * Boot logs of TPMs and of confidential guests: read, judged event by event,
 * replayed, compared. The values that a replay gives must match themselves.
 */
#include <stdlib.h>

#include "eventlog/cover.h"
#include "eventlog/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_within(struct att_slice part, struct att_slice whole)
{
	return part.len == 0 || (part.data >= whole.data &&
	    part.len <= whole.len &&
	    part.data <= whole.data + whole.len - part.len);
}

/* Every event, until the end or the fault. */
static void
read_all(const struct att_tcglog *log, struct att_hasher *h)
{
	struct att_cover_state st = { .kind = log->kind };
	struct att_tcg_iter it = att_tcg_begin(log);
	struct att_event ev;
	struct att_err err;
	uint32_t quirks = 0;

	while (att_tcg_next(&it, &ev, &err) == 1) {
		enum att_cover c;

		if (!is_within(ev.data, log->raw))
			abort();
		for (size_t i = 0; i < ev.digest_count; i++)
			if (!is_within(ev.digest[i].bytes, log->raw) ||
			    att_cover_event(&st, h, ev.digest[i].alg, &ev, &c,
				&quirks, NULL) < 0)
				abort();
	}
	if (it.cur.off > log->raw.len)
		abort();
}

/* What the log gives matches; with one bit changed it does not. */
static void
compare_all(const struct att_replay *r)
{
	struct att_pcrs p;

	if (att_replay_values(r, &p, NULL) < 0)
		abort();
	for (size_t b = 0; b < p.count; b++)
		for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
			uint16_t alg = p.bank[b].alg;
			enum att_match m;
			struct att_slice v;

			if (!att_pcrs_get(&p, alg, pcr, &v))
				continue;
			if (att_replay_match(r, alg, pcr, v, 0, &m, NULL,
				NULL) < 0 || m != ATT_MATCH)
				abort();
			p.bank[b].value[pcr][0] ^= 1;
			if (att_replay_match(r, alg, pcr, v, ~0u, &m, NULL,
				NULL) < 0 || m == ATT_MATCH)
				abort();
		}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum att_tcg_kind kinds[] = { ATT_TCG_TPM, ATT_TCG_CC };
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_tcglog log;
	struct att_replay r;
	struct att_err err;

	for (size_t k = 0; h != NULL && k < ATT_COUNT(kinds); k++) {
		if (att_tcglog_open((struct att_slice){ data, size },
			kinds[k], &log, &err) < 0)
			continue;
		read_all(&log, h);
		att_replay_begin(&r, &log, NULL, 0, h);
		if (att_replay_log(&r, &log, NULL, &err) == 0)
			compare_all(&r);
	}
	return 0;
}
