#include "appraise/imajudge.h"

#include <inttypes.h>
#include <string.h>

#define PCR_IMA 10

/* One list while it is judged. */
struct judge {
	const struct att_ima_case *c;
	att_finding_fn *report;
	void *arg;
	struct att_ima_list list;
	struct att_ima_judged out;
	struct att_ima_state began;	/* where the list does */
	bool fault;
	unsigned spent, bad;	/* on signatures, and how many were bad */
	bool exhausted;		/* no more are verified */
};

static void
tell(struct judge *j, const struct att_finding *f)
{
	if (f->severity == ATT_SEVERITY_FAIL)
		j->fault = true;
	j->report(j->arg, f);
}

static void
tell_what(struct judge *j, enum att_finding_code code, const char *what)
{
	struct att_finding f = att_finding_make(code);

	f.pcr = PCR_IMA;
	att_finding_set_what(&f, "%s", what);
	tell(j, &f);
}

static void
tell_malformed(struct judge *j, const struct att_err *why)
{
	struct att_finding f = att_finding_make(ATT_F_LOG_MALFORMED);

	att_finding_set_what(&f, "IMA list is malformed: %s", why->text);
	tell(j, &f);
}

/* 0 if the trouble is the list's, and was told; else it is ours. */
static int
blame(struct judge *j, const struct att_err *why, struct att_err *err)
{
	if (att_code_kind(why->code) == ATT_KIND_SYSTEM) {
		if (err != NULL)
			*err = *why;
		return why->code;
	}
	tell_malformed(j, why);
	return 0;
}

/* -- entries --------------------------------------------------------------- */

static const enum att_finding_code codes[] = {
	[ATT_RUNTIME_TEMPLATE] = ATT_F_IMA_TEMPLATE,
	[ATT_RUNTIME_UNKNOWN] = ATT_F_IMA_FILE_UNKNOWN,
	[ATT_RUNTIME_CHANGED] = ATT_F_IMA_FILE_CHANGED,
	[ATT_RUNTIME_VIOLATION] = ATT_F_IMA_VIOLATION,
	[ATT_RUNTIME_NOTED] = ATT_F_IMA_VIOLATION,
};

static const enum att_finding_code signature_codes[] = {
	[ATT_IMA_SIGNED_OTHER] = ATT_F_IMA_SIGNATURE_KIND,
	[ATT_IMA_SIGNED_STRANGER] = ATT_F_IMA_SIGNATURE_KEY,
	[ATT_IMA_SIGNED_BAD] = ATT_F_IMA_SIGNATURE_BAD,
};

/* What policies have to say of an entry; the best of them counts. */
struct opinion {
	enum att_runtime_word word;
	struct att_digest expected;
	struct att_ima_vouch vouch;
};

static void
set_names(struct att_finding *f, const struct att_runtime_entry *e)
{
	att_finding_set_type(f, "%.*s", (int)ATT_MIN(e->template.len, 40),
	    (const char *)e->template.data);
	att_finding_set_label(f, e->subject.path);
}

static void
tell_entry(struct judge *j, const struct att_runtime_entry *e,
    const struct opinion *o)
{
	struct att_finding f = att_finding_make(
	    o->vouch.worth == ATT_IMA_UNSIGNED ? codes[o->word] :
		signature_codes[o->vouch.worth]);
	const struct att_ima_digest *d = &e->subject.digest;

	f.event = (int64_t)j->out.known.lines + 1;
	f.pcr = PCR_IMA;
	set_names(&f, e);
	if (o->word == ATT_RUNTIME_NOTED)
		f.severity = ATT_SEVERITY_WARN;
	if (o->word == ATT_RUNTIME_TEMPLATE)
		att_finding_set_what(&f, "%s", e->readable ?
		    "policy does not take it" : e->why.text);
	if (o->vouch.worth != ATT_IMA_UNSIGNED)
		att_finding_set_what(&f, "%s", o->vouch.why.text);
	if (o->word == ATT_RUNTIME_CHANGED)
		f.expected = o->expected;
	/* of an algorithm that is not known here none is shown */
	if (!e->violation && e->subject.has_digest && (d->alg == 0 ||
	    att_digest_from(d->alg, d->digest, &f.found, NULL) < 0))
		f.found.alg = 0;
	tell(j, &f);
}

/* The best word that any of the policies has for it. */
static int
look(const struct att_runtime_set *set, const struct att_runtime_entry *e,
    struct opinion *ret, struct att_err *err)
{
	struct att_digest expected = { 0 };

	*ret = (struct opinion){ .word = ATT_RUNTIME_TEMPLATE };
	for (size_t i = 0; i < set->count && ret->word != ATT_RUNTIME_TAKEN;
	     i++) {
		enum att_runtime_word word;
		int r = att_runtime_look(set->policy[i], e, &word, &expected,
		    err);

		if (r < 0)
			return r;
		if (word <= ret->word)
			continue;
		ret->word = word;
		ret->expected = expected;
	}
	return 0;
}

/* True, and told once, if no more is spent on signatures. */
static bool
is_exhausted(struct judge *j)
{
	struct att_finding f = att_finding_make(ATT_F_IMA_SIGNATURE_LIMIT);

	if (j->exhausted || (j->spent < ATT_IMA_SIGNATURES_MAX &&
	    j->bad < ATT_IMA_SIGNATURES_BAD_MAX))
		return j->exhausted;
	f.event = (int64_t)j->out.known.lines + 1;
	f.pcr = PCR_IMA;
	att_finding_set_what(&f, j->bad < ATT_IMA_SIGNATURES_BAD_MAX ?
	    "they cost more than %u verifications" : "%u were bad",
	    j->bad < ATT_IMA_SIGNATURES_BAD_MAX ? ATT_IMA_SIGNATURES_MAX :
	    ATT_IMA_SIGNATURES_BAD_MAX);
	tell(j, &f);
	return j->exhausted = true;
}

/* By the keys of all policies, where none takes its digest. */
static int
verify(struct judge *j, const struct att_runtime_entry *e,
    struct opinion *o, struct att_err *err)
{
	const struct att_runtime_set *set = j->c->policies;
	struct att_ima_vouch one;
	int r;

	for (size_t i = 0; i < set->count &&
	     o->vouch.worth != ATT_IMA_SIGNED_GOOD; i++) {
		if ((r = att_runtime_verify(set->policy[i], e, j->c->hasher,
			 &one, err)) < 0)
			return r;
		j->spent += one.cost;
		if (one.worth > o->vouch.worth)
			o->vouch = one;
	}
	if (o->vouch.worth == ATT_IMA_SIGNED_GOOD)
		*o = (struct opinion){ .word = ATT_RUNTIME_TAKEN };
	j->bad += o->vouch.worth == ATT_IMA_SIGNED_BAD;
	return 0;
}

/*
 * What did not go into PCR 10 stands where it stands by the node's word alone:
 * it could be left out, or made up.
 */
static int
tell_register(struct judge *j, const struct att_ima_entry *e,
    struct att_err *err)
{
	struct att_finding f = att_finding_make(ATT_F_IMA_REGISTER);
	struct att_runtime_entry entry;
	int r;

	if ((r = att_runtime_read(e, j->c->hasher, &entry, err)) < 0)
		return r;
	f.event = (int64_t)j->out.known.lines + 1;
	f.pcr = (int)e->pcr;
	set_names(&f, &entry);
	tell(j, &f);
	return 0;
}

static int
judge_entry(struct judge *j, const struct att_ima_entry *e,
    struct att_err *err)
{
	struct att_runtime_entry entry;
	struct opinion o;
	int r;

	if ((r = att_runtime_read(e, j->c->hasher, &entry, err)) < 0 ||
	    (r = look(j->c->policies, &entry, &o, err)) < 0)
		return r;
	if ((o.word == ATT_RUNTIME_UNKNOWN || o.word == ATT_RUNTIME_CHANGED) &&
	    (entry.signature.len > 0 || entry.appended)) {
		if (is_exhausted(j))
			return 0;
		if ((r = verify(j, &entry, &o, err)) < 0)
			return r;
	}
	if (o.word != ATT_RUNTIME_TAKEN)
		tell_entry(j, &entry, &o);
	return 0;
}

/* -- the boot that the list is of ------------------------------------------ */

static bool
any_boot(const struct att_runtime_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (att_runtime_any_boot(set->policy[i]))
			return true;
	return false;
}

static int
is_listed(const struct judge *j, const struct att_ima_entry *e, bool *ret,
    struct att_err *err)
{
	struct att_runtime_entry entry;
	struct opinion o;
	int r;

	if ((r = att_runtime_read(e, j->c->hasher, &entry, err)) < 0 ||
	    (r = look(j->c->policies, &entry, &o, err)) < 0)
		return r;
	*ret = o.word == ATT_RUNTIME_TAKEN;
	return 0;
}

/*
 * The registers as they were when IMA began: what the boot log gives, as
 * systemd extends some of them later; without that log, what was quoted.
 */
static int
registers_of_boot(const struct judge *j, struct att_pcrs *ret,
    struct att_err *err)
{
	static const uint8_t zeros[ATT_DIGEST_MAX];
	struct att_replay firmware = j->c->logs->replay;
	struct att_pcrs logged = { 0 };
	struct att_slice v;
	int r;

	*ret = *j->c->quoted;
	if (!j->c->logs->has_boot_log)
		return 0;
	firmware.user = NULL;
	if ((r = att_replay_values(&firmware, &logged, err)) < 0)
		return r;
	for (size_t b = 0; b < firmware.bank_count; b++)
		for (unsigned pcr = 0; pcr < PCR_IMA; pcr++) {
			uint16_t alg = firmware.alg[b];

			if (firmware.reg[b][pcr].events == 0)
				v = (struct att_slice){ zeros,
					att_alg_size(alg) };
			else if (!att_pcrs_get(&logged, alg, pcr, &v))
				continue;
			if ((r = att_pcrs_set(ret, alg, pcr, v, err)) < 0)
				return r;
		}
	return 0;
}

static int
judge_boot(struct judge *j, const struct att_ima_entry *first,
    struct att_err *err)
{
	static const char *const why[] = {
		[ATT_IMA_BOOT_UNKNOWN] = "the list begins without a "
		    "boot_aggregate of registers that were quoted",
		[ATT_IMA_BOOT_OTHER] = "boot_aggregate is of other values "
		    "than those of this boot",
		[ATT_IMA_BOOT_ZERO] = "there was no TPM when IMA began",
	};
	enum att_ima_boot boot = ATT_IMA_BOOT_UNKNOWN;
	struct att_pcrs pcrs;
	bool listed = false;
	int r;

	if (any_boot(j->c->policies))
		return 0;
	if ((r = is_listed(j, first, &listed, err)) < 0 || listed)
		return r;
	if ((r = registers_of_boot(j, &pcrs, err)) < 0 ||
	    (r = att_ima_check_boot(first, &pcrs, j->c->hasher, &boot,
		 err)) < 0)
		return r;
	if (boot != ATT_IMA_BOOT_SAME)
		tell_what(j, ATT_F_IMA_OTHER_BOOT, why[boot]);
	return 0;
}

/* -- what the quote proves ------------------------------------------------- */

static int
judge_entries(struct judge *j, struct att_err *err)
{
	AUTO_DONE(att_ima_done)
	struct att_ima_iter it = att_ima_begin(&j->list, j->c->hasher);
	uint64_t n = j->out.known.state.entries - j->list.first;
	struct att_ima_entry e;
	int r;

	while (n-- > 0) {
		/* these very entries were read a moment ago */
		if ((r = att_ima_next(&it, &e, err)) <= 0)
			return r < 0 ? r : att_err_set(err, ATT_E_CRYPTO,
			    "the IMA list ends before what matched");
		if (e.pcr != PCR_IMA)
			r = tell_register(j, &e, err);
		else
			r = e.number != 0 ? judge_entry(j, &e, err) :
					    judge_boot(j, &e, err);
		if (r < 0)
			return r;
		j->out.known.lines += e.lines == 0 ? 1 : e.lines;
	}
	return 0;
}

static void
tell_no_match(struct judge *j, enum att_ima_match m,
    const struct att_ima_match_info *info)
{
	struct att_finding f = att_finding_make(
	    m == ATT_IMA_NO_BEGIN || m == ATT_IMA_MISSING ?
		ATT_F_IMA_INCOMPLETE : ATT_F_IMA_MISMATCH);

	f.pcr = PCR_IMA;
	f.bank = info->bank;
	if (m == ATT_IMA_NO_BEGIN)
		att_finding_set_what(&f, "it begins after the boot, and what "
		    "came before is not known");
	else if (m == ATT_IMA_MISSING)
		att_finding_set_what(&f, "its text does not tell what the "
		    "%s bank was extended with", att_alg_name(info->bank));
	else if (m == ATT_IMA_DISAGREE)
		att_finding_set_what(&f, "(the %s bank has another value "
		    "where the others match)", att_alg_name(info->bank));
	else if (info->broken != ATT_IMA_NO_ENTRY)
		att_finding_set_what(&f, "(entry %" PRIu64 " is not what its "
		    "digest is of)", info->broken + 1);
	tell(j, &f);
}

static void
tell_weak(struct judge *j, const struct att_ima_match_info *info)
{
	if (info->form == ATT_IMA_PADDED)
		tell_what(j, ATT_F_IMA_PADDED, "");
	/* behind what matched: the node's next list must do without it */
	if (info->damage.code != 0)
		tell_malformed(j, &info->damage);
}

/* What goes on from *from; where it matches, `out` says where that ends. */
static int
match_from(struct judge *j, const struct att_ima_known *from,
    enum att_ima_match *ret, struct att_ima_match_info *ret_info,
    struct att_err *err)
{
	const struct att_ima_case *c = j->c;

	j->out.known = *from;
	j->began = from->state;
	j->list.first = from->state.entries;
	return att_ima_match(&j->list, c->quoted, 1u << PCR_IMA, c->hasher,
	    &j->out.known.state, ret, ret_info, err);
}

/*
 * From where it should begin; without a beginning, from where it may have been
 * trimmed to. That proves as much: the quoted value comes of what was judged
 * and of these entries, and of nothing else.
 */
static int
find_match(struct judge *j, enum att_ima_match *ret,
    struct att_ima_match_info *ret_info, struct att_err *err)
{
	const struct att_ima_case *c = j->c;
	struct att_ima_known from = { .lines = 0 };
	struct att_ima_match_info info;
	enum att_ima_match m;
	int r;

	if (c->known != NULL)
		from = *c->known;
	else
		att_ima_state_begin(&from.state, NULL);
	r = match_from(j, &from, ret, ret_info, err);
	if (r < 0 || c->known != NULL || c->before == NULL ||
	    (*ret != ATT_IMA_NO_BEGIN && j->list.raw.len > 0))
		return r;
	from = *c->before;
	from.lines = 0;
	/* if it is not that, what was found first is told */
	if (match_from(j, &from, &m, &info, NULL) < 0 || m != ATT_IMA_MATCH)
		return 0;
	*ret = m;
	*ret_info = info;
	return 0;
}

/* 1 if a beginning of the list is proven; 0 if not, and that was told. */
static int
match(struct judge *j, struct att_err *err)
{
	struct att_ima_match_info info = { 0 };
	enum att_ima_match m = ATT_IMA_MISMATCH;
	struct att_err why = { 0 };
	int r;

	r = find_match(j, &m, &info, &why);
	if (r == ATT_E_NOT_FOUND) {
		tell_what(j, ATT_F_IMA_INCOMPLETE, why.text);
		return 0;
	}
	if (r < 0)
		return blame(j, &why, err);
	if (m != ATT_IMA_MATCH) {
		tell_no_match(j, m, &info);
		return 0;
	}
	/* a register of zeros is reached before anything happened */
	if (j->out.known.state.entries == 0) {
		tell_what(j, ATT_F_IMA_INCOMPLETE,
		    "PCR 10 holds no entry at all");
		return 0;
	}
	tell_weak(j, &info);
	return 1;
}

static void
tell_rolled_back(struct judge *j)
{
	struct att_finding f = att_finding_make(ATT_F_ROLLED_BACK);
	uint64_t is = j->out.known.state.entries, was = j->c->shown->entries;

	f.pcr = PCR_IMA;
	if (is < was)
		att_finding_set_what(&f, "IMA's list has %" PRIu64
		    " entries, and %" PRIu64 " were quoted before", is, was);
	else
		att_finding_set_what(&f, "IMA's list has not the %" PRIu64
		    " entries that were quoted before", was);
	tell(j, &f);
}

/*
 * What was shown before must be a beginning of what is shown now. 1; 0 if it is
 * not, and that was told. Where banks or the text do not tell, nothing is said.
 */
static int
check_shown(struct judge *j, struct att_err *err)
{
	const struct att_ima_state *shown = j->c->shown;
	struct att_ima_state at = j->began;
	struct att_ima_match_info info;
	struct att_err why = { 0 };
	enum att_ima_match m;
	int r;

	if (shown == NULL || shown->entries < at.entries)
		return 1;
	r = att_ima_match(&j->list, &shown->pcrs, 1u << PCR_IMA, j->c->hasher,
	    &at, &m, &info, &why);
	if (r == ATT_E_NOT_FOUND || (r == 0 && m == ATT_IMA_MISSING))
		return 1;
	if (r < 0)
		return blame(j, &why, err);
	if (m == ATT_IMA_MATCH && at.entries <= j->out.known.state.entries)
		return 1;
	tell_rolled_back(j);
	return 0;
}

int
att_ima_judge(const struct att_ima_case *c, att_finding_fn *report, void *arg,
    struct att_ima_judged *ret, struct att_err *err)
{
	struct judge j = { .c = c, .report = report, .arg = arg };
	struct att_err why = { 0 };
	int r;

	*ret = (struct att_ima_judged){ 0 };
	if (att_ima_recognise(c->list, c->hasher, &j.list, &why) < 0)
		return blame(&j, &why, err);
	if ((r = match(&j, err)) <= 0 ||
	    (r = check_shown(&j, err)) <= 0 ||
	    (r = judge_entries(&j, err)) < 0)
		return r;
	j.out.matched = true;
	j.out.holds = !j.fault;
	*ret = j.out;
	return 0;
}
