#include "appraise/registers.h"

#define PCR_FIRMWARE_MASK 0xffu	/* PCR 0 to 7 */
#define LOCALITY_MAX 4		/* PCR 0 starts at 0, 3 or 4 (PFP 3.3.1) */

/* In the order of their strength. */
static const uint16_t strength[] = { ATT_ALG_SHA512, ATT_ALG_SHA384,
	ATT_ALG_SHA256, ATT_ALG_SM3, ATT_ALG_SHA1 };

void
att_registers_begin(struct att_registers *r, const struct att_pcrs *p)
{
	*r = (struct att_registers){ .pcrs = p };
	for (size_t i = 0; i < ATT_COUNT(strength); i++) {
		const struct att_pcr_bank *b = att_pcrs_bank(p, strength[i]);

		if (b == NULL || b->mask == 0)
			continue;
		r->bank[r->bank_count] = b->alg;
		r->quoted[r->bank_count++] = b->mask;
		r->any |= b->mask;
	}
}

struct att_digest
att_registers_value(const struct att_registers *r, size_t bank, unsigned pcr)
{
	struct att_digest d = { 0 };
	struct att_slice v;

	if (!att_pcrs_get(r->pcrs, r->bank[bank], pcr, &v) ||
	    att_digest_from(r->bank[bank], v, &d, NULL) < 0)
		d.alg = 0;
	return d;
}

static bool
is_reset(struct att_digest d, unsigned pcr)
{
	if (pcr == 0 && d.len > 0 && d.bytes[d.len - 1] <= LOCALITY_MAX)
		d.bytes[d.len - 1] = 0;
	return att_digest_is_all(&d, 0);
}

/* PCR 0 to 7, as far as they were quoted, were never extended. */
static bool
is_unextended(const struct att_registers *r, size_t bank)
{
	uint32_t mask = r->quoted[bank] & PCR_FIRMWARE_MASK;

	for (unsigned pcr = 0; pcr < 8; pcr++)
		if ((mask >> pcr & 1) != 0 &&
		    !is_reset(att_registers_value(r, bank, pcr), pcr))
			return false;
	return mask != 0;
}

static bool
is_in_replay(const struct att_replay *replay, uint16_t alg)
{
	for (size_t i = 0; i < replay->bank_count; i++)
		if (replay->alg[i] == alg)
			return true;
	return false;
}

int
att_registers_explain(struct att_registers *r, const struct att_logs *logs,
    uint32_t options, struct att_err *err)
{
	struct att_slice v;
	int e;

	for (size_t b = 0; b < r->bank_count; b++) {
		r->unextended[b] = is_unextended(r, b);
		r->unlogged[b] = !is_in_replay(&logs->replay, r->bank[b]);
		for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
			struct att_explained *x = &r->of[b][pcr];

			if (!att_pcrs_get(r->pcrs, r->bank[b], pcr, &v))
				continue;
			if ((e = att_replay_match(&logs->replay, r->bank[b],
				 pcr, v, options, &x->match, &x->info, err)) <
			    0)
				return e;
			r->quirks |= x->info.quirks;
		}
	}
	return 0;
}

static bool
holds(enum att_match m)
{
	return m == ATT_MATCH || m == ATT_MATCH_RESET ||
	    m == ATT_MATCH_NO_DRTM;
}

bool
att_registers_holds(const struct att_registers *r, size_t bank, unsigned pcr)
{
	return holds(r->of[bank][pcr].match);
}

bool
att_registers_may_decide(const struct att_registers *r, size_t bank,
    bool allow_sha1)
{
	return !r->unextended[bank] && !r->unlogged[bank] &&
	    (r->bank[bank] != ATT_ALG_SHA1 || allow_sha1);
}

uint32_t
att_registers_decidable(const struct att_registers *r, bool allow_sha1)
{
	uint32_t mask = 0;

	for (size_t b = 0; b < r->bank_count; b++)
		if (att_registers_may_decide(r, b, allow_sha1))
			mask |= r->quoted[b];
	return mask;
}

int
att_registers_deciding(const struct att_registers *r, unsigned pcr,
    bool allow_sha1)
{
	for (size_t b = 0; b < r->bank_count; b++) {
		enum att_match m = r->of[b][pcr].match;

		if (!att_registers_may_decide(r, b, allow_sha1) ||
		    m == ATT_MATCH_NONE || m == ATT_MATCH_INCOMPLETE)
			continue;
		return holds(m) ? (int)b : -1;
	}
	return -1;
}

/* -- findings ------------------------------------------------------------ */

void
att_registers_report_banks(const struct att_registers *r, bool allow_sha1,
    att_finding_fn *report, void *arg)
{
	bool strong = false;

	for (size_t b = 0; b < r->bank_count; b++) {
		struct att_finding f = att_finding_make(r->unextended[b] ?
			ATT_F_BANK_UNEXTENDED :
			ATT_F_BANK_MISSING);

		f.bank = r->bank[b];
		strong = strong || r->bank[b] != ATT_ALG_SHA1;
		if (r->unextended[b] || r->unlogged[b])
			report(arg, &f);
	}
	if (!strong && !allow_sha1) {
		struct att_finding f = att_finding_make(ATT_F_BANK_WEAK);

		f.bank = ATT_ALG_SHA1;
		report(arg, &f);
	}
}

struct reporter {
	const struct att_registers *r;
	const struct att_logs *logs;
	uint32_t waived;
	bool allow_sha1;
	att_finding_fn *report;
	void *arg;
};

/* Words that help with a value that the logs do not give. */
static int
explain_mismatch(const struct reporter *p, size_t b, unsigned pcr,
    struct att_finding *f, struct att_err *err)
{
	enum att_match m = ATT_MATCH_NONE;
	int e;

	if (pcr == 0 && p->logs->replay.locality_fault) {
		att_finding_set_what(f,
		    "(the log contradicts itself on the startup locality)");
		return 0;
	}
	e = att_replay_match(&p->logs->replay, p->r->bank[b], pcr,
	    att_digest_view(&f->found), ATT_REPLAY_GUESS_WORDS, &m, NULL,
	    err);
	if (e == 0 && m == ATT_MATCH)
		att_finding_set_what(f, "(as if systemd had measured, but its "
		    "log does not say so)");
	return e;
}

static int
report_mismatch(struct reporter *p, size_t b, unsigned pcr,
    struct att_err *err)
{
	const struct att_explained *x = &p->r->of[b][pcr];
	struct att_finding f = att_finding_make(
	    x->match == ATT_MISMATCH_NO_EVENTS ? ATT_F_PCR_NO_EVENTS :
						 ATT_F_PCR_MISMATCH);
	int e;

	f.pcr = (int)pcr;
	f.bank = p->r->bank[b];
	f.expected = x->info.expected;
	f.found = att_registers_value(p->r, b, pcr);
	if ((p->waived >> pcr & 1) != 0)
		f.severity = ATT_SEVERITY_WARN;
	if ((e = explain_mismatch(p, b, pcr, &f, err)) < 0)
		return e;
	p->report(p->arg, &f);
	return 0;
}

/* Digests are missing: no harm where a complete bank decides. */
static void
report_incomplete(struct reporter *p, size_t b, unsigned pcr)
{
	struct att_finding f = att_finding_make(ATT_F_PCR_INCOMPLETE);

	f.pcr = (int)pcr;
	f.bank = p->r->bank[b];
	if (att_registers_deciding(p->r, pcr, p->allow_sha1) >= 0)
		f.severity = ATT_SEVERITY_INFO;
	else if ((p->waived >> pcr & 1) != 0)
		f.severity = ATT_SEVERITY_WARN;
	p->report(p->arg, &f);
}

/* One finding for each PCR: of the strongest bank that is not explained. */
static int
report_pcr(struct reporter *p, unsigned pcr, struct att_err *err)
{
	size_t incomplete = ATT_BANKS_MAX;

	for (size_t b = 0; b < p->r->bank_count; b++) {
		enum att_match m = p->r->of[b][pcr].match;

		if (p->r->unextended[b] || p->r->unlogged[b])
			continue;
		if (m == ATT_MISMATCH || m == ATT_MISMATCH_NO_EVENTS)
			return report_mismatch(p, b, pcr, err);
		if (m == ATT_MATCH_INCOMPLETE && incomplete == ATT_BANKS_MAX)
			incomplete = b;
	}
	if (incomplete < ATT_BANKS_MAX)
		report_incomplete(p, incomplete, pcr);
	return 0;
}

int
att_registers_report(const struct att_registers *r,
    const struct att_logs *logs, uint32_t waived, bool allow_sha1,
    att_finding_fn *report, void *arg, struct att_err *err)
{
	struct reporter p = { .r = r, .logs = logs, .waived = waived,
		.allow_sha1 = allow_sha1, .report = report, .arg = arg };
	int e;

	for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++)
		if ((ATT_PCR_UNEXPLAINED >> pcr & 1) == 0 &&
		    (e = report_pcr(&p, pcr, err)) < 0)
			return e;
	return 0;
}

bool
att_registers_any_event(const struct att_registers *r, bool allow_sha1)
{
	for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
		int b = att_registers_deciding(r, pcr, allow_sha1);

		if (b >= 0 && r->of[b][pcr].match == ATT_MATCH)
			return true;
	}
	return false;
}
