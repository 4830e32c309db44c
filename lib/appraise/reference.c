#include "appraise/reference.h"

#include "appraise/vary.h"

/* One document being judged; findings are counted, or told as well. */
struct judging {
	const struct att_ref_subject *s;
	struct att_slice *digest;	/* room for the events of any PCR */
	att_finding_fn *report;		/* NULL: count only */
	void *arg;
	size_t differences;
	struct att_ref_result result;
	/* of the PCR at hand */
	const struct att_log_event *event;
	uint16_t bank;
	/* that an event could not be judged by what it says: the first */
	int error;
	struct att_err err;
};

static void
judging_done(struct judging *j)
{
	free(j->digest);
}

static void
count(void *arg, const struct att_finding *f)
{
	struct judging *j = arg;

	j->differences++;
	if (j->report != NULL)
		j->report(j->arg, f);
}

static void
tell_unknown(struct judging *j, const struct att_ref *ref, unsigned pcr,
    const char *why)
{
	struct att_finding f = att_finding_make(ATT_F_PCR_NOT_IN_REFERENCE);

	f.pcr = (int)pcr;
	att_finding_set_what(&f, "%s%s", att_ref_id(ref), why);
	count(j, &f);
}

/*
 * A register that nothing decides about. Why is told elsewhere if it is one of
 * policy's and not quoted, or quoted and not as the logs say.
 */
static void
tell_undecided(struct judging *j, const struct att_ref *ref, unsigned pcr)
{
	struct att_finding f = att_finding_make(ATT_F_NOT_EVALUATED);
	bool quoted = (att_registers_decidable(j->s->registers,
	    j->s->allow_sha1) >> pcr & 1) != 0;

	if (quoted ? pcr != ATT_PCR_IMA : (j->s->pcrs >> pcr & 1) != 0) {
		j->differences++;
		return;
	}
	f.pcr = (int)pcr;
	att_finding_set_what(&f, "PCR %u (reference values %s)", pcr,
	    att_ref_id(ref));
	count(j, &f);
}

/* -- one PCR ------------------------------------------------------------- */

static uint32_t
vary_of(void *arg, size_t i)
{
	const struct judging *j = arg;

	return att_vary_of(j->event, i);
}

static bool
says(void *arg, size_t i, const struct att_ref_claim *c)
{
	struct judging *j = arg;
	bool holds = false;

	if (j->error == 0)
		j->error = att_ref_claim_holds(c, &j->event[i],
		    j->s->logs->hasher, &holds, &j->err);
	return holds;
}

static void
describe(void *arg, size_t i, struct att_finding *f)
{
	struct judging *j = arg;

	att_logs_describe(j->s->logs, &j->event[i], f);
}

/*
 * The strongest bank that may decide, and of which the rule knows digests. -1
 * if there is none: *ret_confirmed says if one would do, but for the rule.
 */
static int
bank_for(const struct judging *j, const struct att_ref_rule *rule,
    unsigned pcr, bool *ret_confirmed)
{
	const struct att_registers *r = j->s->registers;

	*ret_confirmed = false;
	for (size_t b = 0; b < r->bank_count; b++) {
		enum att_match m = r->of[b][pcr].match;

		if (!att_registers_may_decide(r, b, j->s->allow_sha1) ||
		    m == ATT_MATCH_NONE || m == ATT_MATCH_INCOMPLETE)
			continue;
		if (!att_registers_holds(r, b, pcr))
			return -1;
		*ret_confirmed = true;
		if (att_ref_rule_has_bank(rule, r->bank[b]))
			return (int)b;
	}
	return -1;
}

static void
judge_events(struct judging *j, const struct att_ref *ref, unsigned pcr)
{
	const struct att_ref_rule *rule = att_ref_rule(ref, pcr);
	const struct att_registers *r = j->s->registers;
	bool confirmed;
	int b = bank_for(j, rule, pcr, &confirmed);
	struct att_ref_log log = { .digest = j->digest, .vary = vary_of,
		.says = says, .describe = describe, .arg = j };
	struct att_digest value;
	size_t n;

	if (b < 0 && confirmed)
		tell_unknown(j, ref, pcr, " (in the quoted banks)");
	else if (b < 0)
		tell_undecided(j, ref, pcr);
	if (b < 0)
		return;
	j->event = att_logs_pcr(j->s->logs, pcr, &n);
	j->bank = log.bank = r->bank[b];
	j->result.bank[pcr] = j->bank;
	n -= ATT_MIN(n, r->of[b][pcr].info.records_left);
	/* none is missing: an incomplete bank decides nothing */
	for (size_t i = 0; i < n; i++)
		j->digest[i] = att_logs_digest(j->s->logs, &j->event[i],
		    j->bank);
	log.count = n;
	value = att_registers_value(r, (size_t)b, pcr);
	if (att_ref_rule_match(rule, &log, &value, count, j))
		j->result.expected |= 1u << pcr;
}

/* The quoted value itself: no log is needed to know it. */
static void
judge_value(struct judging *j, const struct att_ref *ref, unsigned pcr)
{
	const struct att_ref_rule *rule = att_ref_rule(ref, pcr);
	const struct att_registers *r = j->s->registers;
	bool quoted = false;

	for (size_t b = 0; b < r->bank_count; b++) {
		struct att_digest value;

		if ((r->quoted[b] >> pcr & 1) == 0 ||
		    !att_registers_may_decide(r, b, j->s->allow_sha1))
			continue;
		quoted = true;
		if (!att_ref_rule_has_bank(rule, r->bank[b]))
			continue;
		value = att_registers_value(r, b, pcr);
		j->result.bank[pcr] = r->bank[b];
		if (!att_ref_rule_match(rule, NULL, &value, count, j))
			return;
		j->result.expected |= 1u << pcr;
		j->result.by_value |= 1u << pcr;
		return;
	}
	if (quoted)
		tell_unknown(j, ref, pcr, " (in the quoted banks)");
	else
		tell_undecided(j, ref, pcr);
}

/* -- one document -------------------------------------------------------- */

static void
judge_pcr(struct judging *j, const struct att_ref *ref, unsigned pcr)
{
	const struct att_ref_rule *rule = att_ref_rule(ref, pcr);
	bool wanted = (j->s->pcrs >> pcr & 1) != 0;

	if (rule == NULL && !wanted)
		return;
	if (rule == NULL)
		tell_unknown(j, ref, pcr, "");
	else if (att_ref_rule_wants_events(rule))
		judge_events(j, ref, pcr);
	else
		judge_value(j, ref, pcr);
	if ((j->result.expected >> pcr & 1) == 0)
		j->result.unexpected |= 1u << pcr;
}

static void
judge_document(struct judging *j, const struct att_ref *ref)
{
	bool secure = j->s->secure_boot == ATT_SECURE_BOOT_ON ||
	    att_ref_secure_boot(ref) != ATT_REF_SECURE_BOOT_REQUIRED;

	j->result = (struct att_ref_result){ .ref = ref };
	j->differences = secure ? 0 : 1;
	for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++)
		judge_pcr(j, ref, pcr);
	/* a document that speaks of nothing agrees with nothing */
	j->result.agrees = secure && j->result.expected != 0 &&
	    j->result.unexpected == 0;
}

/* -- the set ------------------------------------------------------------- */

static const char *
or_empty(const char *s)
{
	return s == NULL ? "" : s;
}

/* By what the operator said of the node: that chooses reference values. */
static void
tell_none(const struct att_platform *p, att_finding_fn *report, void *arg)
{
	struct att_finding f = att_finding_make(ATT_F_NO_REFERENCE);
	const char *vendor = or_empty(p->vendor);
	const char *product = or_empty(p->product);
	const char *group = p->groups == NULL ? "" : or_empty(p->groups[0]);
	const char *space = vendor[0] != '\0' && product[0] != '\0' ? " " : "";
	const char *comma = vendor[0] != '\0' || product[0] != '\0' ? ", " : "";

	if (group[0] != '\0')
		att_finding_set_what(&f, "%s%s%s%sgroup %s", vendor, space,
		    product, comma, group);
	else if (comma[0] != '\0')
		att_finding_set_what(&f, "%s%s%s", vendor, space, product);
	else
		att_finding_set_what(&f, "no vendor, product or group given");
	report(arg, &f);
}

/* Out of time: the reason for a failure, or a hint beside another one. */
static void
tell_expired(const struct att_ref *ref, enum att_severity severity,
    att_finding_fn *report, void *arg)
{
	struct att_finding f = att_finding_make(ATT_F_REFERENCE_EXPIRED);

	f.severity = severity;
	att_finding_set_what(&f, "%s", att_ref_id(ref));
	report(arg, &f);
}

/* Judges the valid documents until one agrees; *ret is the best of them. */
static void
find_best(struct judging *j, const struct att_refset *set,
    const struct att_platform *platform, int64_t now,
    const struct att_ref **ret_expired, struct att_ref_result *ret)
{
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < set->count && !ret->agrees; i++) {
		const struct att_ref *ref = set->ref[i];

		if (!att_ref_matches(ref, platform))
			continue;
		if (!att_ref_is_valid_at(ref, now)) {
			*ret_expired = ref;
			continue;
		}
		judge_document(j, ref);
		if (j->result.agrees || j->differences < least) {
			least = j->differences;
			*ret = j->result;
		}
	}
}

static bool
failed(const struct judging *j, struct att_err *err)
{
	if (j->error < 0 && err != NULL)
		*err = j->err;
	return j->error < 0;
}

int
att_reference_judge(const struct att_refset *set,
    const struct att_platform *platform, int64_t now,
    const struct att_ref_subject *subject, att_finding_fn *report, void *arg,
    struct att_ref_result *ret, struct att_err *err)
{
	AUTO_DONE(judging_done) struct judging j = { .s = subject };
	const struct att_ref *expired = NULL;
	struct att_ref_result best = { 0 };

	j.digest = calloc(subject->logs->count + 1, sizeof(*j.digest));
	if (j.digest == NULL)
		return att_err_nomem(err);
	find_best(&j, set, platform, now, &expired, &best);
	if (failed(&j, err))
		return j.error;
	if (best.ref == NULL && expired == NULL)
		tell_none(platform, report, arg);
	if (!best.agrees && expired != NULL)
		tell_expired(expired, best.ref == NULL ? ATT_SEVERITY_FAIL :
			ATT_SEVERITY_INFO, report, arg);
	if (best.ref != NULL && !best.agrees) {
		j.report = report;
		j.arg = arg;
		judge_document(&j, best.ref);
	}
	if (failed(&j, err))
		return j.error;
	*ret = best;
	return 0;
}
