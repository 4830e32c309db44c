#include "eventlog/replay.h"

#include <string.h>

#define PCR_CRTM 0
#define PCR_BOOT_CONFIG 5
#define PCR_DRTM_FIRST 17	/* PTP 4.6.2: reset by a launch */
#define PCR_DRTM_LAST 22
#define PCR_WINDOWS_FIRST 11	/* what its loader extends */
#define PCR_WINDOWS_LAST 14
#define PCR_CAP_LAST 13		/* where Windows' cap ends */
#define LOCALITY_HCRTM 4	/* PFP 10.4.5.3 */

/* PFP 10.4.5.3, TCG_EfiStartupLocalityEvent: this, and the locality. */
static const char LOCALITY[16] = "StartupLocality";

static bool
is_drtm(unsigned pcr)
{
	return pcr >= PCR_DRTM_FIRST && pcr <= PCR_DRTM_LAST;
}

static int
bank_index(const struct att_replay *r, uint16_t alg)
{
	for (size_t i = 0; i < r->bank_count; i++)
		if (r->alg[i] == alg)
			return (int)i;
	return -1;
}

static int
extend(struct att_hasher *h, struct att_digest *value, struct att_slice with,
    struct att_err *err)
{
	return att_hasher_two(h, value->alg, att_digest_view(value), with,
	    value, err);
}

static int
extend_word(struct att_hasher *h, struct att_digest *value, const char *word,
    struct att_err *err)
{
	struct att_digest d;
	int rc = att_hasher_one(h, value->alg, att_slice_of(word), &d, err);

	return rc < 0 ? rc : extend(h, value, att_digest_view(&d), err);
}

static int
extend_zeros(struct att_hasher *h, struct att_digest *value,
    struct att_err *err)
{
	static const uint8_t zeros[ATT_DIGEST_MAX];

	return extend(h, value, (struct att_slice){ zeros, value->len }, err);
}

/* -- feeding -------------------------------------------------------------- */

static void
add_bank(struct att_replay *r, uint16_t alg)
{
	size_t b = r->bank_count;

	if (bank_index(r, alg) >= 0 || att_alg_evp(alg) == NULL)
		return;
	r->alg[b] = alg;
	for (size_t i = 0; i < ATT_PCR_COUNT; i++) {
		r->reg[b][i].value.alg = alg;
		r->reg[b][i].value.len = (uint16_t)att_alg_size(alg);
	}
	r->bank_count++;
}

static bool
is_in_log(const struct att_tcglog *log, uint16_t alg)
{
	for (size_t i = 0; i < log->alg_count; i++)
		if (log->alg[i].alg == alg)
			return true;
	return false;
}

void
att_replay_begin(struct att_replay *r, const struct att_tcglog *log,
    const uint16_t *alg, size_t count, struct att_hasher *h)
{
	*r = (struct att_replay){ .hasher = h, .kind = log->kind,
		.agile = log->agile };
	for (size_t i = 0; count == 0 && i < log->alg_count; i++)
		add_bank(r, log->alg[i].alg);
	for (size_t i = 0; i < count; i++)
		if (is_in_log(log, alg[i]))
			add_bank(r, alg[i]);
}

/* PCR 0 starts at this value instead of zero (PFP 3.3.1). */
static void
start_pcr0(struct att_replay *r, uint8_t locality)
{
	for (size_t b = 0; b < r->bank_count; b++) {
		struct att_digest *v = &r->reg[b][PCR_CRTM].value;

		v->bytes[v->len - 1] = locality;
	}
}

/* Said once, in PCR 0, before anything is extended there; 0, 3 or 4. */
static void
feed_locality(struct att_replay *r, const struct att_event *ev)
{
	size_t at = sizeof(LOCALITY);
	uint8_t locality = ev->data.len > at ? ev->data.data[at] : 0;

	if (r->has_locality || r->pcr0_begun || ev->pcr != PCR_CRTM ||
	    ev->data.len != at + 1 ||
	    (locality != 0 && locality != 3 && locality != LOCALITY_HCRTM)) {
		r->locality_fault = true;
		return;
	}
	r->has_locality = true;
	r->locality = locality;
	r->locality_event = ev->number;
	start_pcr0(r, locality);
	if (!r->agile && ev->number == 0)
		r->quirks |= ATT_QUIRK_SHA1_LOCALITY_FIRST;
}

static void
feed_no_action(struct att_replay *r, const struct att_event *ev)
{
	if (ev->pcr == ATT_TCG_NO_PCR)
		r->quirks |= ATT_QUIRK_WBCL_TRAILER;
	if (r->kind == ATT_TCG_TPM && ev->data.len >= sizeof(LOCALITY) &&
	    memcmp(ev->data.data, LOCALITY, sizeof(LOCALITY)) == 0)
		feed_locality(r, ev);
}

/* Quirks of the whole set are known anew with each separator. */
static void
feed_separator(struct att_replay *r, const struct att_event *ev)
{
	bool all_twice = true, others = false;

	if (ev->pcr > PCR_WINDOWS_FIRST && ev->pcr <= PCR_WINDOWS_LAST &&
	    att_slice_is(ev->data, "WBCL"))
		r->windows = true;
	if (ev->pcr >= ATT_COUNT(r->separators))
		return;
	if (r->separators[ev->pcr] < UINT8_MAX)
		r->separators[ev->pcr]++;
	for (size_t i = 0; i < ATT_COUNT(r->separators); i++) {
		all_twice = all_twice && r->separators[i] >= 2;
		others = others || (i != 7 && r->separators[i] > 0);
	}
	r->quirks &= ~(uint32_t)(ATT_QUIRK_SEPARATOR_PCR7_ONLY |
	    ATT_QUIRK_MULTI_ATTEMPT);
	if (all_twice)
		r->quirks |= ATT_QUIRK_MULTI_ATTEMPT;
	if (!others)
		r->quirks |= ATT_QUIRK_SEPARATOR_PCR7_ONLY;
}

/* What the order and the kinds of events tell of how registers start. */
static void
feed_meaning(struct att_replay *r, const struct att_event *ev)
{
	if (ev->pcr == PCR_CRTM && !r->pcr0_begun) {
		r->pcr0_begun = true;
		r->hcrtm = ev->type == ATT_EV_EFI_HCRTM_EVENT;
		if (r->hcrtm)
			start_pcr0(r, LOCALITY_HCRTM);
	}
	if (ev->type == ATT_EV_SEPARATOR)
		feed_separator(r, ev);
	if (ev->pcr == PCR_BOOT_CONFIG && ev->type == ATT_EV_EFI_ACTION &&
	    att_slice_is(ev->data, "Exit Boot Services Invocation"))
		r->ebs_seen = true;
	if (is_drtm(ev->pcr))
		r->drtm = true;
}

/*
 * An event without this bank's digest. Windows stops to log SHA-1 after it
 * extended zeros there: PCR 11 still gets the digest of what it logs, PCR 12
 * and 13 get nothing more. Of any other case nothing is known.
 */
static int
feed_missing(struct att_replay *r, struct att_register *reg,
    const struct att_event *ev, struct att_err *err)
{
	struct att_digest d;
	int rc;

	reg->incomplete = true;
	r->quirks |= ATT_QUIRK_BANK_SUBSET;
	if (reg->value.alg != ATT_ALG_SHA1 || ev->pcr < PCR_WINDOWS_FIRST ||
	    (ev->pcr == PCR_WINDOWS_FIRST &&
		ev->type != ATT_EV_COMPACT_HASH)) {
		reg->cap_unknown = true;
		return 0;
	}
	if (reg->capped.alg == 0) {
		reg->capped = reg->value;
		if ((rc = extend_zeros(r->hasher, &reg->capped, err)) < 0)
			return rc;
	}
	if (ev->pcr != PCR_WINDOWS_FIRST)
		return 0;
	if ((rc = att_hasher_one(r->hasher, ATT_ALG_SHA1, ev->data, &d,
		 err)) < 0)
		return rc;
	return extend(r->hasher, &reg->capped, att_digest_view(&d), err);
}

static int
feed_register(struct att_replay *r, size_t b, const struct att_event *ev,
    struct att_err *err)
{
	const struct att_event_digest *d = att_event_digest(ev, r->alg[b]);
	struct att_register *reg = &r->reg[b][ev->pcr];
	int rc;

	if (reg->events < UINT16_MAX)
		reg->events++;
	if (d == NULL)
		return feed_missing(r, reg, ev, err);
	if (reg->capped.alg != 0 &&
	    (rc = extend(r->hasher, &reg->capped, d->bytes, err)) < 0)
		return rc;
	return extend(r->hasher, &reg->value, d->bytes, err);
}

int
att_replay_event(struct att_replay *r, const struct att_event *ev,
    struct att_err *err)
{
	int rc;

	if (ev->type == ATT_EV_NO_ACTION) {
		feed_no_action(r, ev);
		return 0;
	}
	if (ev->pcr >= ATT_PCR_COUNT)
		return att_err_at(err, ATT_E_FORMAT, ev->offset,
		    "event %u: register %u, at most %d", ev->number, ev->pcr,
		    ATT_PCR_COUNT - 1);
	if (r->kind == ATT_TCG_TPM)
		feed_meaning(r, ev);
	for (size_t b = 0; b < r->bank_count; b++)
		if ((rc = feed_register(r, b, ev, err)) < 0)
			return rc;
	return 0;
}

uint32_t
att_replay_tail_quirk(enum att_tcg_tail tail)
{
	static const uint32_t tails[] = {
		[ATT_TCG_TAIL_NONE] = 0,
		[ATT_TCG_TAIL_FF] = ATT_QUIRK_FF_TAIL,
		[ATT_TCG_TAIL_ZERO] = ATT_QUIRK_ZERO_TAIL,
		[ATT_TCG_TAIL_STRAY] = ATT_QUIRK_STRAY_TAIL,
	};

	return (unsigned)tail < ATT_COUNT(tails) ? tails[tail] : 0;
}

int
att_replay_log(struct att_replay *r, const struct att_tcglog *log,
    size_t *ret_used, struct att_err *err)
{
	struct att_tcg_iter it = att_tcg_begin(log);
	struct att_event ev;
	int rc;

	while ((rc = att_tcg_next(&it, &ev, err)) > 0)
		if ((rc = att_replay_event(r, &ev, err)) < 0)
			return rc;
	if (rc < 0)
		return rc;
	r->quirks |= att_replay_tail_quirk(it.tail);
	if (ret_used != NULL)
		*ret_used = (size_t)it.cur.off;
	return 0;
}

void
att_replay_user(struct att_replay *r, const struct att_userspace_log *user)
{
	r->user = user;
}

/* -- values --------------------------------------------------------------- */

/* The next of systemd's records for this register, from *at on; or NULL. */
static const struct att_user_record *
next_user(const struct att_replay *r, unsigned pcr, size_t *at)
{
	if (r->user == NULL || r->kind != ATT_TCG_TPM)
		return NULL;
	while (*at < att_userspace_count(r->user)) {
		const struct att_user_record *rec =
		    att_userspace_record(r->user, (*at)++);

		if (rec->pcr == pcr)
			return rec;
	}
	return NULL;
}

static size_t
user_count(const struct att_replay *r, unsigned pcr)
{
	size_t at = 0, n = 0;

	while (next_user(r, pcr, &at) != NULL)
		n++;
	return n;
}

/* 1 if the record has a digest of this bank and extended by it, else 0. */
static int
extend_user(struct att_hasher *h, struct att_digest *value,
    const struct att_user_record *rec, struct att_err *err)
{
	for (size_t i = 0; i < rec->digest_count; i++) {
		int rc;

		if (rec->digest[i].alg != value->alg)
			continue;
		rc = extend(h, value, att_digest_view(&rec->digest[i]), err);
		return rc < 0 ? rc : 1;
	}
	return 0;
}

/* What the register holds if nothing was ever extended. */
static struct att_digest
reset_value(const struct att_replay *r, size_t b, unsigned pcr)
{
	struct att_digest v = r->reg[b][pcr].value;

	if (r->kind == ATT_TCG_TPM && is_drtm(pcr) && !r->drtm)
		memset(v.bytes, 0xff, v.len);
	return v;
}

/* After all that the logs say; alg 0 if they do not say all. */
static int
whole_value(const struct att_replay *r, size_t b, unsigned pcr,
    struct att_digest *ret, struct att_err *err)
{
	const struct att_register *reg = &r->reg[b][pcr];
	struct att_digest v = reg->events > 0 ? reg->value :
						reset_value(r, b, pcr);
	const struct att_user_record *rec;
	size_t at = 0;
	int rc;

	*ret = (struct att_digest){ 0 };
	if (reg->incomplete || (pcr == PCR_CRTM && r->locality_fault))
		return 0;
	while ((rec = next_user(r, pcr, &at)) != NULL)
		if ((rc = extend_user(r->hasher, &v, rec, err)) <= 0)
			return rc;
	*ret = v;
	return 0;
}

int
att_replay_values(const struct att_replay *r, struct att_pcrs *ret,
    struct att_err *err)
{
	struct att_pcrs p = { 0 };
	int rc;

	for (size_t b = 0; b < r->bank_count; b++) {
		for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
			struct att_digest v;

			if (r->reg[b][pcr].events == 0 &&
			    user_count(r, pcr) == 0)
				continue;
			if ((rc = whole_value(r, b, pcr, &v, err)) < 0)
				return rc;
			if (v.alg != 0 && (rc = att_pcrs_set(&p, v.alg, pcr,
				 att_digest_view(&v), err)) < 0)
				return rc;
		}
	}
	*ret = p;
	return 0;
}

/* -- comparing ------------------------------------------------------------ */

static const char *const match_names[] = {
	[ATT_MATCH_NONE] = "none",
	[ATT_MATCH] = "match",
	[ATT_MATCH_RESET] = "reset",
	[ATT_MATCH_NO_DRTM] = "no-drtm",
	[ATT_MISMATCH] = "mismatch",
	[ATT_MISMATCH_NO_EVENTS] = "no-events",
	[ATT_MATCH_INCOMPLETE] = "incomplete",
};

const char *
att_match_name(enum att_match m)
{
	return (unsigned)m < ATT_COUNT(match_names) ? match_names[m] :
						      "unknown";
}

/* One comparison: where it is, and what it found. */
struct match {
	const struct att_replay *r;
	size_t b;
	unsigned pcr;
	uint32_t options;
	struct att_slice value;		/* to be reached */
	size_t user_count;
	/* found */
	bool found;
	bool lacking;			/* a record has no such digest */
	size_t used;			/* records of systemd's log */
	size_t extends;			/* beyond the boot log */
	uint32_t quirks;
};

static bool
reached(struct match *m, const struct att_digest *v, uint32_t quirks,
    size_t used, size_t extends)
{
	if (!att_slice_equal(att_digest_view(v), m->value))
		return false;
	m->found = true;
	m->quirks = quirks;
	m->used = used;
	m->extends = extends;
	return true;
}

/* The words that systemd measures in this order, if it does (systemd 261). */
static int
try_guesses(struct match *m, const struct att_digest *from, uint32_t quirks,
    struct att_err *err)
{
	static const char *const phases[] = { "enter-initrd", "leave-initrd",
		"sysinit", "ready", "shutdown", "final" };
	static const char *const separator[] = { "os-separator" };
	bool is_phase = m->pcr == 11;
	const char *const *word = is_phase ? phases : separator;
	size_t count = is_phase ? ATT_COUNT(phases) : 1;
	int rc;

	/* without an initrd the first two phases do not come */
	for (size_t start = 0; start < count; start += 2) {
		struct att_digest v = *from;

		for (size_t i = start; i < count; i++) {
			if ((rc = extend_word(m->r->hasher, &v, word[i],
				 err)) < 0)
				return rc;
			if (reached(m, &v, quirks | ATT_QUIRK_GUESSED, 0,
				i - start + 1))
				return 0;
		}
		if (start == 2)
			break;
	}
	return 0;
}

static bool
may_guess(const struct match *m)
{
	/* PCR 0-7, 9, 12-14: os-separator; 11: phases */
	return (m->options & ATT_REPLAY_GUESS_WORDS) != 0 &&
	    m->r->kind == ATT_TCG_TPM && m->user_count == 0 &&
	    (m->pcr <= 7 || m->pcr == 9 ||
		(m->pcr >= 11 && m->pcr <= 14));
}

/* This value, then every beginning of systemd's records. */
static int
try_from(struct match *m, struct att_digest v, uint32_t quirks,
    struct att_err *err)
{
	const struct att_user_record *rec;
	struct att_digest from = v;
	size_t at = 0, n = 0;
	int rc;

	if (reached(m, &v, quirks, 0, 0))
		return 0;
	while ((rec = next_user(m->r, m->pcr, &at)) != NULL) {
		if ((rc = extend_user(m->r->hasher, &v, rec, err)) < 0)
			return rc;
		if (rc == 0) {
			m->lacking = true;
			break;
		}
		n++;
		if (reached(m, &v, quirks, n, n))
			return 0;
	}
	return may_guess(m) ? try_guesses(m, &from, quirks, err) : 0;
}

/* Some firmware does not log that the boot services end. */
static int
try_ebs(struct match *m, const struct att_digest *from, struct att_err *err)
{
	static const char invocation[] = "Exit Boot Services Invocation";
	static const char success[] =
	    "Exit Boot Services Returned with Success";
	static const char failure[] =
	    "Exit Boot Services Returned with Failure";
	static const char *const tries[][3] = {
		{ invocation, NULL, NULL },
		{ invocation, success, NULL },
		{ invocation, failure, NULL },
		{ invocation, failure, success },
	};
	int rc;

	for (size_t t = 0; t < ATT_COUNT(tries) && !m->found; t++) {
		struct att_digest v = *from;

		for (size_t i = 0; i < 3 && tries[t][i] != NULL; i++)
			if ((rc = extend_word(m->r->hasher, &v, tries[t][i],
				 err)) < 0)
				return rc;
		if ((rc = try_from(m, v, ATT_QUIRK_EBS_MISSING, err)) < 0)
			return rc;
	}
	return 0;
}

/* With Windows' cap on the SHA-1 bank. */
static int
try_cap(struct match *m, const struct att_register *reg, struct att_err *err)
{
	struct att_digest v = reg->capped;
	int rc;

	if (v.alg == 0) {
		v = reg->value;
		if ((rc = extend_zeros(m->r->hasher, &v, err)) < 0)
			return rc;
	}
	(void)reached(m, &v, ATT_QUIRK_WINDOWS_SHA1_CAP, 0, 1);
	return 0;
}

static bool
may_cap(const struct match *m, const struct att_register *reg)
{
	return (m->options & ATT_REPLAY_WINDOWS_CAP) != 0 && m->r->windows &&
	    m->r->kind == ATT_TCG_TPM && reg->value.alg == ATT_ALG_SHA1 &&
	    m->pcr <= PCR_CAP_LAST && !reg->cap_unknown;
}

static bool
may_lack_ebs(const struct match *m, const struct att_register *reg)
{
	return (m->options & ATT_REPLAY_EBS_MISSING) != 0 &&
	    m->r->kind == ATT_TCG_TPM && m->pcr == PCR_BOOT_CONFIG &&
	    !m->r->ebs_seen && reg->events > 0 && !reg->incomplete;
}

static int
try_all(struct match *m, const struct att_register *reg, struct att_err *err)
{
	struct att_digest from = reg->events > 0 ?
	    reg->value : reset_value(m->r, m->b, m->pcr);
	int rc = 0;

	if (!reg->incomplete)
		rc = try_from(m, from, 0, err);
	if (rc == 0 && !m->found && may_cap(m, reg))
		rc = try_cap(m, reg, err);
	if (rc == 0 && !m->found && may_lack_ebs(m, reg))
		rc = try_ebs(m, &from, err);
	return rc;
}

static enum att_match
judge(const struct match *m, const struct att_register *reg)
{
	if (m->found && (reg->events > 0 || m->extends > 0))
		return ATT_MATCH;
	if (m->found)
		return is_drtm(m->pcr) && !m->r->drtm ? ATT_MATCH_NO_DRTM :
							ATT_MATCH_RESET;
	if (reg->incomplete || m->lacking)
		return ATT_MATCH_INCOMPLETE;
	return reg->events == 0 && m->user_count == 0 ?
	    ATT_MISMATCH_NO_EVENTS : ATT_MISMATCH;
}

/* False for registers of which this kind of log says nothing. */
static bool
is_register(const struct att_replay *r, unsigned pcr)
{
	return r->kind == ATT_TCG_CC ? pcr > 0 && pcr < ATT_TCG_CC_COUNT :
				       pcr < ATT_PCR_COUNT;
}

int
att_replay_match(const struct att_replay *r, uint16_t alg, unsigned pcr,
    struct att_slice value, uint32_t options, enum att_match *ret,
    struct att_match_info *ret_info, struct att_err *err)
{
	struct match m = { .r = r, .pcr = pcr, .options = options,
		.value = value };
	struct att_match_info info = { 0 };
	enum att_match result = ATT_MATCH_NONE;
	int rc, b = bank_index(r, alg);

	if (att_alg_size(alg) != 0 && value.len != att_alg_size(alg))
		return att_err_set(err, ATT_E_FORMAT,
		    "PCR %u of bank %s has %zu bytes, must be %zu", pcr,
		    att_alg_name(alg), value.len, att_alg_size(alg));
	if (b >= 0 && is_register(r, pcr)) {
		m.b = (size_t)b;
		m.user_count = user_count(r, pcr);
		if ((rc = whole_value(r, m.b, pcr, &info.expected, err)) < 0)
			return rc;
		/* what PCR 0 started from is not known: no match can be */
		if (r->kind == ATT_TCG_TPM && pcr == PCR_CRTM &&
		    r->locality_fault) {
			result = ATT_MISMATCH;
		} else {
			if ((rc = try_all(&m, &r->reg[b][pcr], err)) < 0)
				return rc;
			result = judge(&m, &r->reg[b][pcr]);
		}
		info.quirks = m.quirks;
		info.records_left = m.found ? m.user_count - m.used : 0;
	}
	*ret = result;
	if (ret_info != NULL)
		*ret_info = info;
	return 0;
}
