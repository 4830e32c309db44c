#include "appraise/appraise.h"

#include <string.h>

#include "appraise/claims.h"
#include "appraise/reference.h"
#include "appraise/registers.h"
#include "appraise/verdict.h"

const struct att_policy att_policy_default = {
	.claims = ATT_CLAIM_ALWAYS | ATT_CLAIM_SECURE_BOOT,
	.pcrs = ATT_PCR_BOOT,
};

/* For people; att_item_name has the names of the protocol. */
static const char *const item_names[ATT_ITEM_COUNT] = {
	[ATT_ITEM_UEFI_LOG] = "boot log",
	[ATT_ITEM_USERSPACE_LOG] = "userspace log",
	[ATT_ITEM_IMA_LOG] = "IMA log",
	[ATT_ITEM_FIRMWARE_CLAIMS] = "firmware claims",
	[ATT_ITEM_NODE_FACTS] = "facts",
	[ATT_ITEM_PLATFORM_POSTURE] = "platform posture",
	[ATT_ITEM_SPDM_MEASUREMENTS] = "measurements of devices",
};

/* Deviations that every second log has, or that a finding of its own tells. */
#define QUIRKS_NOT_TOLD                                                      \
	((uint32_t)(ATT_QUIRK_VARBOOT_DATA | ATT_QUIRK_VARBOOT_STRUCT |      \
	    ATT_QUIRK_DMA_PROTECTION_DISABLED))

/* One appraisal on its way. */
struct work {
	const struct att_appraisal *a;
	struct att_verdict *v;
	struct att_hasher *h;
	bool failed;		/* a finding of severity fail was reported */
	bool stale;		/* ... about time and challenge */
	bool invalid;		/* ... about anything else */
	bool other_nonce;	/* ... that it is for something else */
	bool log_fault;		/* ... about a log, or what it explains */
	struct att_quote quote;
	struct att_logs logs;
	struct att_registers registers;
	struct att_proven proven;
	struct att_ref_result ref;
	bool ima_matched;	/* PCR 10 is what a beginning of it gives */
};

static void
work_done(struct work *w)
{
	att_logs_done(&w->logs);
	att_hasher_free(w->h);
}

/* -- findings ------------------------------------------------------------ */

/* What speaks against the time of a quote, not against its signer. */
static bool
is_about_time(enum att_finding_code code)
{
	switch (code) {
	case ATT_F_QUOTE_NONCE:
	case ATT_F_CLOCK_REWOUND:
	case ATT_F_RESET_REWOUND:
	case ATT_F_RESTART_REWOUND:
	case ATT_F_REBOOT_HIDDEN:
	case ATT_F_CLOCK_UNSAFE:
	case ATT_F_EVIDENCE_OLD:
		return true;
	default:
		return false;
	}
}

/* What speaks against the logs themselves. */
static bool
is_about_logs(enum att_finding_code code)
{
	switch (code) {
	case ATT_F_BANK_WEAK:
	case ATT_F_BANK_UNEXTENDED:
	case ATT_F_BANK_MISSING:
	case ATT_F_LOG_MISSING:
	case ATT_F_LOG_UNREADABLE:
	case ATT_F_LOG_MALFORMED:
	case ATT_F_PCR_MISMATCH:
	case ATT_F_PCR_INCOMPLETE:
	case ATT_F_PCR_NO_EVENTS:
		return true;
	default:
		return false;
	}
}

/* Behind all that are as severe; the last and least makes room. */
static void
keep_finding(struct att_verdict *v, const struct att_finding *f)
{
	size_t room = ATT_FINDINGS_MAX - 1;	/* one tells of the others */
	size_t at = v->findings;

	while (at > 0 && v->finding[at - 1].severity < f->severity)
		at--;
	if (v->findings == room)
		v->left_out++;
	else
		v->findings++;
	if (at == room)
		return;
	memmove(&v->finding[at + 1], &v->finding[at],
	    (v->findings - at - 1) * sizeof(*f));
	v->finding[at] = *f;
}

static void
tell(void *arg, const struct att_finding *f)
{
	struct work *w = arg;
	struct att_finding kept = *f;

	if (f->code == ATT_F_CLOCK_UNSAFE && w->a->policy->safe_required)
		kept.severity = ATT_SEVERITY_FAIL;
	if (kept.severity == ATT_SEVERITY_FAIL) {
		w->failed = true;
		if (is_about_time(f->code))
			w->stale = true;
		else
			w->invalid = true;
		w->log_fault = w->log_fault || is_about_logs(f->code);
		w->other_nonce = w->other_nonce ||
		    f->code == ATT_F_QUOTE_NONCE;
	}
	keep_finding(w->v, &kept);
}

static void
tell_what(struct work *w, enum att_finding_code code, const char *what)
{
	struct att_finding f = att_finding_make(code);

	att_finding_set_what(&f, "%s", what);
	tell(w, &f);
}

/* A claim was looked at, and holds or not. */
static void
evaluated(struct work *w, uint32_t claim, bool holds)
{
	w->v->evaluated |= claim;
	if (holds)
		w->v->held |= claim;
}

/* -- what was asked for -------------------------------------------------- */

bool
att_appraisal_asks(const struct att_appraisal *a, enum att_item item)
{
	for (size_t i = 0; i < a->item_count; i++)
		if (a->item[i] == item)
			return true;
	return false;
}

static bool
needs_runtime(const struct work *w)
{
	return (w->a->policy->claims & ATT_CLAIM_RUNTIME) != 0;
}

static void
tell_unreadable(struct work *w, enum att_item item, enum att_severity severity)
{
	struct att_finding f = att_finding_make(ATT_F_LOG_UNREADABLE);
	const char *reason = w->a->evidence->item[item].reason;

	f.severity = severity;
	att_finding_set_what(&f, "%s (%s)", item_names[item],
	    reason == NULL ? "no reason given" : reason);
	tell(w, &f);
}

static bool
check_item(struct work *w, enum att_item item)
{
	const struct att_evidence_item *it;

	if (att_item_name(item) == NULL) {
		tell_what(w, ATT_F_INTERNAL, "an unknown item was asked for");
		return false;
	}
	it = &w->a->evidence->item[item];
	if (it->state == ATT_ITEM_PRESENT)
		return true;
	if (it->state == ATT_ITEM_UNREADABLE)
		tell_unreadable(w, item, ATT_SEVERITY_FAIL);
	else
		tell_what(w, ATT_F_LOG_MISSING, item_names[item]);
	return false;
}

/* Most nodes have a list of IMA's that nobody wants to see. */
static enum att_severity
severity_of_unread(const struct work *w, enum att_item item)
{
	switch (item) {
	case ATT_ITEM_UEFI_LOG:
		return ATT_SEVERITY_FAIL;
	case ATT_ITEM_IMA_LOG:
		return needs_runtime(w) ? ATT_SEVERITY_FAIL :
					  ATT_SEVERITY_INFO;
	case ATT_ITEM_SPDM_MEASUREMENTS:
		/* that they are needed is told where they are judged */
		return ATT_SEVERITY_INFO;
	default:
		return ATT_SEVERITY_WARN;
	}
}

/*
 * A log that the node could not read is not asked for, and is not there. It
 * has to be for the boot log alone; the others as the PCRs and policy ask.
 */
static void
check_unasked(struct work *w, enum att_item item)
{
	switch (w->a->evidence->item[item].state) {
	case ATT_ITEM_PRESENT:
		tell_what(w, ATT_F_LOG_NOT_BOUND, item_names[item]);
		break;
	case ATT_ITEM_UNREADABLE:
		tell_unreadable(w, item, severity_of_unread(w, item));
		break;
	case ATT_ITEM_ABSENT:
		break;
	}
}

/* All that was asked for is there; what was not is told, and not used. */
static bool
check_items(struct work *w)
{
	const struct att_appraisal *a = w->a;
	bool all = true;

	for (size_t i = 0; i < a->item_count; i++)
		all = check_item(w, a->item[i]) && all;
	for (size_t i = 0; i < ATT_ITEM_COUNT; i++)
		if (!att_appraisal_asks(a, (enum att_item)i))
			check_unasked(w, (enum att_item)i);
	return all;
}

/* By the node's clock, as far as policy cares. */
static void
check_age(struct work *w)
{
	struct att_finding f = att_finding_make(ATT_F_EVIDENCE_OLD);
	int64_t at = w->a->evidence->collected_at, now = w->a->now;
	int64_t max = w->a->policy->max_age;
	uint64_t age = at <= now ? (uint64_t)now - (uint64_t)at :
				   (uint64_t)at - (uint64_t)now;

	if (max <= 0 || (at > 0 && age <= (uint64_t)max))
		return;
	f.number[0] = age;
	f.number[1] = (uint64_t)max;
	if (at <= 0)
		att_finding_set_what(&f, "at a time that it does not say");
	else
		att_finding_set_what(&f, "%llu s %s", (unsigned long long)age,
		    at <= now ? "ago" : "in the future");
	tell(w, &f);
}

/* -- the quote ----------------------------------------------------------- */

/* False, with a finding, if nothing can have been quoted so. */
static int
get_qualifying(struct work *w, struct att_digest *room,
    struct att_slice *ret, bool *ret_good, struct att_err *err)
{
	const struct att_appraisal *a = w->a;
	struct att_err why = { 0 };
	int r;

	*ret_good = true;
	*ret = a->challenge;
	if (!a->bound)
		return 0;
	r = att_evidence_binding(a->evidence, w->h, a->challenge, a->item,
	    a->item_count, room, &why);
	*ret = att_digest_view(room);
	if (r >= 0)
		return 0;
	*ret_good = false;
	if (att_code_kind(r) != ATT_KIND_SYSTEM) {
		tell_what(w, ATT_F_INTERNAL, why.text);
		return 0;
	}
	if (err != NULL)
		*err = why;
	return r;
}

static bool
is_same_boot(const struct att_appraisal *a)
{
	const char *was = a->node->boot_id, *is = a->evidence->boot_id;

	return was != NULL && is != NULL && is[0] != '\0' &&
	    strcmp(was, is) == 0;
}

static void
claim_quote(struct work *w)
{
	const struct att_quote_state *q = &w->quote.state;
	struct att_claims *c = &w->v->claims;

	w->v->has_state = true;
	w->v->state = *q;
	c->tpm_firmware_version = q->firmware_version;
	c->clock = q->clock;
	c->reset_count = q->reset_count;
	c->restart_count = q->restart_count;
}

/* 1 if the quote holds: only then is there anything to look at. */
static int
check_quote(struct work *w, struct att_err *err)
{
	const struct att_appraisal *a = w->a;
	struct att_quote_want want = { .ak = &a->node->ak,
		.select = a->select, .select_count = a->select_count,
		.extra_mask = a->extra_mask,
		.allow_sha1 = a->policy->allow_sha1, .last = &a->node->last,
		.same_boot = is_same_boot(a) };
	struct att_digest binding = { 0 };
	bool good, all = check_items(w);
	int r;

	/* without all items nothing could be bound to them */
	if (a->bound && !all)
		return 0;
	if ((r = get_qualifying(w, &binding, &want.qualifying, &good, err)) <
		0 || !good)
		return r;
	w->stale = w->invalid = false;
	r = att_quote_check(a->evidence, &want, tell, w, &w->quote, err);
	if (r < 0)
		return r;
	if (r == 1)
		claim_quote(w);
	check_age(w);
	evaluated(w, ATT_CLAIM_QUOTE, !w->invalid);
	w->v->is_said = !w->invalid && !w->other_nonce;
	if (!w->invalid)
		evaluated(w, ATT_CLAIM_FRESH, !w->stale);
	return r;
}

/* -- the logs ------------------------------------------------------------ */

static uint32_t
replay_options(const struct att_policy *p)
{
	return ATT_REPLAY_EBS_MISSING |
	    (p->allow_windows_cap ? ATT_REPLAY_WINDOWS_CAP : 0) |
	    (p->allow_guessed ? ATT_REPLAY_GUESS_WORDS : 0);
}

static const struct att_evidence_item *
asked_item(const struct att_appraisal *a, enum att_item item)
{
	static const struct att_evidence_item none = { 0 };

	return att_appraisal_asks(a, item) ? &a->evidence->item[item] : &none;
}

static int
read_logs(struct work *w, struct att_err *err)
{
	const struct att_appraisal *a = w->a;
	int r;

	att_registers_begin(&w->registers, &w->quote.pcrs);
	if ((r = att_logs_open(&w->logs,
		 asked_item(a, ATT_ITEM_UEFI_LOG),
		 asked_item(a, ATT_ITEM_USERSPACE_LOG),
		 a->evidence->boot_id, w->registers.bank,
		 w->registers.bank_count, w->h, tell, w, err)) < 0 ||
	    !w->logs.has_boot_log)
		return r;
	return att_registers_explain(&w->registers, &w->logs,
	    replay_options(a->policy), err);
}

static void
tell_quirks(struct work *w)
{
	uint32_t all = (w->logs.quirks | w->registers.quirks) &
	    ~QUIRKS_NOT_TOLD;

	for (unsigned i = 0; i < ATT_QUIRK_COUNT; i++) {
		struct att_finding f = att_finding_make(ATT_F_LOG_QUIRK);

		if ((all >> i & 1) == 0)
			continue;
		att_finding_set_what(&f, "%s (%s)", att_quirk_text(1u << i),
		    att_quirk_name(1u << i));
		tell(w, &f);
	}
}

/* All that systemd's log extends is quoted, and as it says. */
static bool
userspace_holds(const struct work *w)
{
	for (size_t i = 0; i < w->logs.count; i++) {
		const struct att_log_event *ev = &w->logs.event[i];

		if (ev->record != NULL &&
		    att_registers_deciding(&w->registers, ev->pcr,
			w->a->policy->allow_sha1) < 0)
			return false;
	}
	return true;
}

/* PCRs that no log explains, but whose very value is known to be good. */
static uint32_t
waived(const struct work *w)
{
	return w->a->policy->allow_incomplete && w->ref.agrees ?
	    w->ref.by_value :
	    0;
}

static int
judge_logs(struct work *w, struct att_err *err)
{
	bool sha1 = w->a->policy->allow_sha1;
	int r;

	if ((r = att_registers_report(&w->registers, &w->logs, waived(w),
		 sha1, tell, w, err)) < 0)
		return r;
	evaluated(w, ATT_CLAIM_BOOT_LOG, !w->log_fault &&
		att_registers_any_event(&w->registers, sha1));
	if (w->logs.user != NULL)
		evaluated(w, ATT_CLAIM_USERSPACE, userspace_holds(w));
	return 0;
}

/* -- reference values ---------------------------------------------------- */

/* Policy's PCRs, each by a bank that may decide; one at least. */
static void
check_policy_pcrs(struct work *w)
{
	const struct att_policy *p = w->a->policy;
	struct att_finding f = att_finding_make(ATT_F_NOT_EVALUATED);
	uint32_t may = att_registers_decidable(&w->registers, p->allow_sha1);
	uint32_t lacks = p->pcrs & ATT_PCR_ALL & ~may;

	if ((p->pcrs & ATT_PCR_ALL) == 0)
		tell_what(w, ATT_F_NOT_EVALUATED, "no PCR at all");
	att_finding_set_pcrs(&f, lacks, 0);
	/* where no bank decides at all, that is told */
	if (lacks != 0 && may != 0)
		tell(w, &f);
}

static int
judge_reference(struct work *w, struct att_err *err)
{
	const struct att_appraisal *a = w->a;
	struct att_ref_subject subject = { .logs = &w->logs,
		.registers = &w->registers, .pcrs = a->policy->pcrs,
		.allow_sha1 = a->policy->allow_sha1,
		.secure_boot = w->proven.secure_boot };
	static const struct att_refset empty = { 0 };
	struct att_claims *c = &w->v->claims;
	int r;

	if ((r = att_reference_judge(a->refs == NULL ? &empty : a->refs,
		 &a->node->platform, a->now, &subject, tell, w, &w->ref,
		 err)) < 0)
		return r;
	if (w->ref.ref == NULL)
		return 0;
	evaluated(w, ATT_CLAIM_REFERENCE, w->ref.agrees);
	if (!w->ref.agrees)
		return 0;
	snprintf(c->reference, sizeof(c->reference), "%s",
	    att_ref_id(w->ref.ref));
	c->reference_version = att_ref_version(w->ref.ref);
	return 0;
}

/* -- Secure Boot --------------------------------------------------------- */

static void
tell_secure_boot(struct work *w, enum att_finding_code code, bool fails,
    const char *what)
{
	struct att_finding f = att_finding_make(code);

	f.severity = fails ? ATT_SEVERITY_FAIL : ATT_SEVERITY_INFO;
	att_finding_set_what(&f, "%s", what);
	tell(w, &f);
}

/* After the reference values, which say whether it must be on. */
static void
judge_secure_boot(struct work *w)
{
	const struct att_proven *p = &w->proven;
	bool must_be_on = w->ref.ref != NULL &&
	    att_ref_secure_boot(w->ref.ref) == ATT_REF_SECURE_BOOT_REQUIRED;
	bool must_be_known = must_be_on ||
	    (w->a->policy->claims & ATT_CLAIM_SECURE_BOOT) != 0;

	w->v->claims.secure_boot = p->secure_boot;
	switch (p->secure_boot) {
	case ATT_SECURE_BOOT_ON:
		evaluated(w, ATT_CLAIM_SECURE_BOOT, true);
		break;
	case ATT_SECURE_BOOT_OFF:
		evaluated(w, ATT_CLAIM_SECURE_BOOT, !must_be_on);
		tell_secure_boot(w, ATT_F_SECURE_BOOT_OFF, must_be_on, "");
		break;
	case ATT_SECURE_BOOT_UNKNOWN:
		/* where a contradicted PCR 7 is a failure all is told */
		if (p->pcr7 || (w->registers.any >> 7 & 1) == 0 ||
		    (waived(w) >> 7 & 1) != 0)
			tell_secure_boot(w, ATT_F_SECURE_BOOT_UNKNOWN,
			    must_be_known, p->why);
		break;
	}
}

/* -- the running system --------------------------------------------------- */

/* PCR 10 is quoted in a bank that may be relied on. */
static bool
ima_bank_is_strong(const struct work *w)
{
	for (size_t b = 0; b < w->registers.bank_count; b++)
		if ((w->registers.quoted[b] >> ATT_PCR_IMA & 1) != 0 &&
		    (w->registers.bank[b] != ATT_ALG_SHA1 ||
			w->a->policy->allow_sha1))
			return true;
	return false;
}

static void
tell_no_policy(struct work *w)
{
	struct att_finding f = att_finding_make(ATT_F_IMA_POLICY_MISSING);
	const char *product = w->a->node->platform.product;

	if (!needs_runtime(w))
		f.severity = ATT_SEVERITY_INFO;
	att_finding_set_what(&f, "%s", product == NULL ? "of no known name" :
							 product);
	tell(w, &f);
}

/* What was shown in another boot of the TPM says nothing about this one. */
static const struct att_ima_state *
shown_before(const struct work *w)
{
	const struct att_ima_shown *s = w->a->ima_shown;
	const struct att_quote_state *now = &w->quote.state;

	return s != NULL && s->reset_count == now->reset_count &&
		s->restart_count == now->restart_count ? &s->state : NULL;
}

static void
keep_shown(struct work *w, const struct att_ima_judged *out)
{
	w->v->has_shown = out->matched;
	w->v->shown = (struct att_ima_shown){
		.reset_count = w->quote.state.reset_count,
		.restart_count = w->quote.state.restart_count,
		.state = out->known.state };
}

static int
judge_runtime(struct work *w, struct att_err *err)
{
	const struct att_appraisal *a = w->a;
	const struct att_evidence_item *item =
	    &a->evidence->item[ATT_ITEM_IMA_LOG];
	struct att_ima_case c = { .list = item->bytes, .known = a->ima,
		.before = a->ima_before, .shown = shown_before(w),
		.quoted = &w->quote.pcrs, .logs = &w->logs,
		.policies = a->runtime, .hasher = w->h };
	struct att_ima_judged out;
	int r;

	/* what is missing was told, or is by `decide` where it is needed */
	if (!att_appraisal_asks(a, ATT_ITEM_IMA_LOG) ||
	    item->state != ATT_ITEM_PRESENT)
		return 0;
	if (a->runtime == NULL || a->runtime->count == 0) {
		tell_no_policy(w);
		return 0;
	}
	/* of a bank that is too weak nothing is said; that it is, is told */
	if (!ima_bank_is_strong(w))
		return 0;
	if ((r = att_ima_judge(&c, tell, w, &out, err)) < 0)
		return r;
	w->ima_matched = out.matched;
	evaluated(w, ATT_CLAIM_RUNTIME, out.holds);
	w->v->ima = out.known;
	keep_shown(w, &out);
	return 0;
}

/* -- what runs beneath it -------------------------------------------------- */

static int
judge_beneath(struct work *w, struct att_err *err)
{
	struct att_beneath_case c = { .a = w->a, .quote = &w->quote.state,
		.proven = &w->proven, .hasher = w->h };
	int r = att_beneath_judge(&c, tell, w, &w->v->beneath, err);

	if (r < 0)
		return r;
	w->v->evaluated |= w->v->beneath.evaluated;
	w->v->held |= w->v->beneath.held;
	return 0;
}

/* -- rows ---------------------------------------------------------------- */

static enum att_pcr_status
status_of(const struct work *w, size_t bank, unsigned pcr)
{
	const struct att_ref_result *ref = &w->ref;
	uint32_t bit = 1u << pcr;
	bool by_value = (ref->by_value & bit) != 0;
	bool unexplained = (ATT_PCR_UNEXPLAINED & bit) != 0;
	bool here = ref->bank[pcr] == w->registers.bank[bank];

	if (att_registers_holds(&w->registers, bank, pcr)) {
		if (here && (ref->expected & bit) != 0)
			return ATT_PCR_REFERENCE;
		if (here && (ref->unexpected & bit) != 0)
			return ATT_PCR_UNEXPECTED;
		return w->registers.of[bank][pcr].match == ATT_MATCH ?
		    ATT_PCR_REPLAYED :
		    ATT_PCR_UNTOUCHED;
	}
	if (here && by_value && unexplained)
		return ATT_PCR_REFERENCE;
	if (pcr == ATT_PCR_IMA && w->ima_matched)
		return ATT_PCR_REPLAYED;
	if (unexplained)
		return ATT_PCR_NOT_EVALUATED;
	switch (w->registers.of[bank][pcr].match) {
	case ATT_MISMATCH:
	case ATT_MISMATCH_NO_EVENTS:
		return (waived(w) & bit) != 0 ? ATT_PCR_INCOMPLETE :
						ATT_PCR_MISMATCH;
	case ATT_MATCH_INCOMPLETE:
		return ATT_PCR_INCOMPLETE;
	default:
		return ATT_PCR_NOT_EVALUATED;
	}
}

/* Events of a PCR that had been extended when it was quoted. */
static uint16_t
events_of(const struct work *w, size_t bank, unsigned pcr)
{
	size_t n = w->logs.first[pcr + 1] - w->logs.first[pcr];
	size_t left = w->registers.of[bank][pcr].info.records_left;

	return (uint16_t)(n - ATT_MIN(n, left));
}

static void
fill_rows(struct work *w)
{
	const struct att_registers *r = &w->registers;

	for (size_t b = 0; b < r->bank_count; b++)
		for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
			if ((r->quoted[b] >> pcr & 1) == 0)
				continue;
			w->v->row[w->v->rows++] = (struct att_pcr_row){
				.pcr = pcr, .bank = r->bank[b],
				.events = events_of(w, b, pcr),
				.status = status_of(w, b, pcr),
				.value = att_registers_value(r, b, pcr) };
		}
}

/* -- the whole ----------------------------------------------------------- */

/* What the logs prove, then what of it is as it should be. */
static int
judge_boot(struct work *w, struct att_err *err)
{
	bool sha1 = w->a->policy->allow_sha1;
	int r;

	att_registers_report_banks(&w->registers, sha1, tell, w);
	if ((r = att_claims_prove(&w->logs, &w->registers, sha1, tell, w,
		 &w->proven, err)) < 0 ||
	    (r = judge_reference(w, err)) < 0 ||
	    (r = judge_logs(w, err)) < 0)
		return r;
	check_policy_pcrs(w);
	judge_secure_boot(w);
	memcpy(w->v->claims.kernel, w->proven.kernel,
	    sizeof(w->v->claims.kernel));
	return 0;
}

static int
judge(struct work *w, struct att_err *err)
{
	int r;

	if ((r = check_quote(w, err)) <= 0)
		return r;
	if ((r = read_logs(w, err)) < 0)
		return r;
	if (w->logs.has_boot_log && (r = judge_boot(w, err)) < 0)
		return r;
	if ((r = judge_runtime(w, err)) < 0 ||
	    (r = judge_beneath(w, err)) < 0)
		return r;
	tell_quirks(w);
	fill_rows(w);
	return 0;
}

/*
 * The one place that writes "pass": every claim that is needed was evaluated
 * and holds, and nothing speaks against the node.
 */
static void
decide(struct work *w)
{
	uint32_t need = ATT_CLAIM_ALWAYS | w->a->policy->claims;
	uint32_t lacks = need & ~w->v->held;
	const char *name = att_claim_name(lacks & -lacks);

	/* a reason is told, whatever went missing on the way */
	if (lacks != 0 && !w->failed)
		tell_what(w, ATT_F_NOT_EVALUATED,
		    name == NULL ? "an unknown claim" : name);
	w->v->status = lacks == 0 && !w->failed ? ATT_PASS : ATT_FAIL;
}

static void
tell_left_out(struct att_verdict *v)
{
	struct att_finding f = att_finding_make(ATT_F_TOO_MANY);

	f.number[0] = v->left_out;
	if (v->left_out > 0)
		v->finding[v->findings++] = f;
}

int
att_appraise(const struct att_appraisal *a, struct att_verdict **ret,
    struct att_err *err)
{
	AUTO(att_verdict_free) struct att_verdict *v = calloc(1, sizeof(*v));
	AUTO_DONE(work_done) struct work w = { .a = a, .v = v,
		.h = att_hasher_new() };
	int r;

	if (v == NULL || w.h == NULL)
		return att_err_nomem(err);
	if ((r = judge(&w, err)) < 0)
		return r;
	decide(&w);
	tell_left_out(v);
	*ret = take(&v);
	return 0;
}
