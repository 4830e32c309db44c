#include "eventlog/ima_replay.h"

#include <inttypes.h>
#include <string.h>

#include "eventlog/ima_template.h"

#define BOOT_AGGREGATE "boot_aggregate"
#define BOOT_PCRS_SHA1 8	/* PCR 0-7 (ima_calc_boot_aggregate_tfm) */
#define BOOT_PCRS 10		/* PCR 0-9 */

/* -- names ----------------------------------------------------------------- */

static const char *const boot_names[] = {
	[ATT_IMA_BOOT_UNKNOWN] = "unknown",
	[ATT_IMA_BOOT_SAME] = "same",
	[ATT_IMA_BOOT_OTHER] = "other",
	[ATT_IMA_BOOT_ZERO] = "zero",
};

const char *
att_ima_boot_name(enum att_ima_boot b)
{
	return (unsigned)b < ATT_COUNT(boot_names) ? boot_names[b] :
						     "unknown";
}

/* -- replay ---------------------------------------------------------------- */

void
att_ima_replay_begin(struct att_ima_replay *r,
    const struct att_ima_state *st, enum att_ima_form form,
    struct att_hasher *h)
{
	*r = (struct att_ima_replay){ .hasher = h, .st = *st,
		.first_broken = ATT_IMA_NO_ENTRY };
	r->st.form = form;
}

static void
note_broken(struct att_ima_replay *r, const struct att_ima_entry *e)
{
	if (r->broken++ > 0)
		return;
	r->first_broken = e->number;
	r->first_broken_offset = e->offset;
}

static int
extend(struct att_ima_replay *r, struct att_pcr_bank *b, uint32_t pcr,
    struct att_slice with, struct att_err *err)
{
	struct att_slice value = { b->value[pcr], with.len };
	struct att_digest d;
	int rc = att_hasher_two(r->hasher, b->alg, value, with, &d, err);

	if (rc < 0)
		return rc;
	memcpy(b->value[pcr], d.bytes, d.len);
	b->mask |= 1u << pcr;
	return 0;
}

/*
 * The template digest in this algorithm, and whether it can be had at all. It
 * is computed unless the text's reader has done so, or there is no data.
 */
static int
template_digest(struct att_ima_replay *r, uint16_t alg,
    const struct att_ima_entry *e, struct att_digest *ret, bool *ret_known,
    struct att_err *err)
{
	int rc;

	*ret_known = alg == e->alg || e->check != ATT_IMA_NO_DATA;
	if (!*ret_known)
		return 0;
	if (alg == e->alg && (e->check == ATT_IMA_NO_DATA ||
	    e->check == ATT_IMA_HOLDS))
		return att_digest_from(alg, e->digest, ret, err);
	if ((rc = att_ima_hash(r->hasher, alg, e, ret, err)) < 0)
		return rc;
	if (alg == e->alg && e->check == ATT_IMA_UNCHECKED &&
	    !att_slice_equal(att_digest_view(ret), e->digest))
		note_broken(r, e);
	return 0;
}

static int
extend_own(struct att_ima_replay *r, const struct att_ima_entry *e,
    struct att_err *err)
{
	for (size_t i = 0; i < r->st.pcrs.count; i++) {
		struct att_pcr_bank *b = &r->st.pcrs.bank[i];
		struct att_digest d;
		bool known;
		int rc;

		if ((rc = template_digest(r, b->alg, e, &d, &known, err)) < 0)
			return rc;
		if (!known)
			r->incomplete[i] = true;
		else if ((rc = extend(r, b, e->pcr, att_digest_view(&d),
			      err)) < 0)
			return rc;
	}
	return 0;
}

/* The same 20 bytes in every bank, and zeros (kernels before 5.8). */
static int
extend_padded(struct att_ima_replay *r, const struct att_digest *sha1,
    uint32_t pcr, struct att_err *err)
{
	uint8_t padded[ATT_DIGEST_MAX] = { 0 };

	memcpy(padded, sha1->bytes, sha1->len);
	for (size_t i = 0; i < r->st.pcrs.count; i++) {
		struct att_pcr_bank *b = &r->st.pcrs.bank[i];
		struct att_slice with = { padded, att_alg_size(b->alg) };
		int rc = extend(r, b, pcr, with, err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int
replay_padded(struct att_ima_replay *r, const struct att_ima_entry *e,
    struct att_err *err)
{
	struct att_digest d = { .alg = ATT_ALG_SHA1,
		.len = (uint16_t)att_alg_size(ATT_ALG_SHA1) };
	bool known = true;
	int rc = 0;

	if (e->violation)
		memset(d.bytes, 0xff, d.len);
	else
		rc = template_digest(r, ATT_ALG_SHA1, e, &d, &known, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; !known && i < r->st.pcrs.count; i++)
		r->incomplete[i] = true;
	return known ? extend_padded(r, &d, e->pcr, err) : 0;
}

static int
extend_ones(struct att_ima_replay *r, uint32_t pcr, struct att_err *err)
{
	uint8_t ones[ATT_DIGEST_MAX];

	memset(ones, 0xff, sizeof(ones));
	for (size_t i = 0; i < r->st.pcrs.count; i++) {
		struct att_pcr_bank *b = &r->st.pcrs.bank[i];
		struct att_slice with = { ones, att_alg_size(b->alg) };
		int rc = extend(r, b, pcr, with, err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

int
att_ima_replay_entry(struct att_ima_replay *r, const struct att_ima_entry *e,
    struct att_err *err)
{
	int rc;

	if (e->pcr >= ATT_PCR_COUNT)
		return att_err_at(err, ATT_E_FORMAT, e->offset,
		    "IMA entry %" PRIu64 ": register %u, at most %d",
		    e->number, e->pcr, ATT_PCR_COUNT - 1);
	if (r->st.form == ATT_IMA_PADDED)
		rc = replay_padded(r, e, err);
	else if (e->violation)
		rc = extend_ones(r, e->pcr, err);
	else
		rc = extend_own(r, e, err);
	if (rc < 0)
		return rc;
	if (e->check == ATT_IMA_BROKEN)
		note_broken(r, e);
	r->violations += e->violation;
	r->st.entries++;
	return 0;
}

int
att_ima_replay_list(struct att_ima_replay *r, const struct att_ima_list *list,
    struct att_err *err)
{
	AUTO_DONE(att_ima_done)
	struct att_ima_iter it = att_ima_begin(list, r->hasher);
	struct att_ima_entry e;
	int rc;

	while ((rc = att_ima_next(&it, &e, err)) > 0)
		if ((rc = att_ima_replay_entry(r, &e, err)) < 0)
			return rc;
	return rc;
}

void
att_ima_replay_values(const struct att_ima_replay *r, struct att_pcrs *ret)
{
	struct att_pcrs p = { 0 };

	for (size_t i = 0; i < r->st.pcrs.count; i++)
		if (!r->incomplete[i])
			p.bank[p.count++] = r->st.pcrs.bank[i];
	*ret = p;
}

/* -- matching -------------------------------------------------------------- */

struct search {
	const struct att_ima_list *list;
	const struct att_pcrs *quoted;
	uint32_t mask;
	struct att_hasher *hasher;
	struct att_ima_state from;	/* with the quoted banks alone */
	/* found */
	bool found;
	bool no_begin;			/* first entry is no boot_aggregate */
	uint16_t disagrees, missing;	/* a bank, or 0 */
	size_t agreed;			/* banks, where that one did not */
	enum att_ima_form agreed_form;
	struct att_ima_replay r;
	struct att_ima_match_info info;
};

/* Every quoted bank that has a register of the mask, from where it stands. */
static int
select_banks(struct search *s, const struct att_ima_state *st,
    struct att_err *err)
{
	uint32_t seen = 0;

	s->from = (struct att_ima_state){ .entries = st->entries,
		.form = st->form };
	for (size_t i = 0; i < s->quoted->count; i++) {
		const struct att_pcr_bank *q = &s->quoted->bank[i], *b;

		if ((q->mask & s->mask) == 0)
			continue;
		seen |= q->mask & s->mask;
		b = att_pcrs_bank(&st->pcrs, q->alg);
		if (b == NULL && st->entries > 0)
			return att_err_set(err, ATT_E_NOT_FOUND,
			    "no running value of bank %s: the IMA list is "
			    "needed from its beginning", att_alg_name(q->alg));
		s->from.pcrs.bank[s->from.pcrs.count++] = b != NULL ? *b :
		    (struct att_pcr_bank){ .alg = q->alg };
	}
	if (s->mask == 0 || seen != s->mask)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "a register of the IMA list is not among the quoted ones");
	return 0;
}

/* True if all registers of the mask that are quoted have their value. */
static bool
bank_matches(const struct search *s, const struct att_pcr_bank *b)
{
	const struct att_pcr_bank *q = att_pcrs_bank(s->quoted, b->alg);
	uint32_t mask = q == NULL ? 0 : q->mask & s->mask;

	for (; mask != 0; mask &= mask - 1) {
		unsigned pcr = (unsigned)__builtin_ctz(mask);

		if (memcmp(q->value[pcr], b->value[pcr],
		    att_alg_size(b->alg)) != 0)
			return false;
	}
	return true;
}

/* Where most banks agree, at the latest entry, and by the first form. */
static void
note_disagrees(struct search *s, size_t agreed, uint16_t bank)
{
	if (agreed == 0 || agreed < s->agreed || (agreed == s->agreed &&
	    s->agreed_form != s->r.st.form))
		return;
	s->agreed = agreed;
	s->agreed_form = s->r.st.form;
	s->disagrees = bank;
}

static void
compare(struct search *s)
{
	uint16_t other = 0;
	size_t n = 0;

	for (size_t i = 0; i < s->r.st.pcrs.count; i++) {
		const struct att_pcr_bank *b = &s->r.st.pcrs.bank[i];

		if (!s->r.incomplete[i] && bank_matches(s, b))
			n++;
		else
			other = b->alg;
	}
	s->found = other == 0;
	if (other != 0)
		note_disagrees(s, n, other);
}

static void
note_missing(struct search *s)
{
	for (size_t i = 0; i < s->r.st.pcrs.count; i++)
		if (s->r.incomplete[i])
			s->missing = s->r.st.pcrs.bank[i].alg;
}

static bool
is_boot_aggregate(const struct att_ima_entry *e)
{
	struct att_ima_fields f;
	struct att_ima_subject sub;

	return att_ima_split(e, &f, NULL) == 0 &&
	    att_ima_subject(&f, e->violation, &sub, NULL) == 0 &&
	    sub.has_path && att_slice_is(sub.path, BOOT_AGGREGATE);
}

/* Replays up to the entry at which all agrees; 1: there is none. */
static int
search_from(struct search *s, struct att_ima_iter *it, struct att_err *err)
{
	struct att_ima_entry e;
	int rc;

	compare(s);
	while (!s->found && (rc = att_ima_next(it, &e, err)) != 0) {
		if (rc < 0 || (rc = att_ima_replay_entry(&s->r, &e, err)) < 0)
			return rc;
		if (e.number == 0)
			s->no_begin = !is_boot_aggregate(&e);
		if ((s->mask >> e.pcr & 1) != 0)
			compare(s);
		else
			s->info.unquoted++;
	}
	note_missing(s);
	return s->found ? 0 : 1;
}

/* What follows the match is framed, so that damage there is seen. */
static int
count_rest(struct search *s, struct att_ima_iter *it)
{
	struct att_err damage = { 0 };
	struct att_ima_entry e;
	int rc;

	while ((rc = att_ima_next(it, &e, &damage)) > 0)
		s->info.left++;
	if (rc < 0 && att_code_kind(rc) == ATT_KIND_SYSTEM)
		return rc;
	if (rc < 0)
		s->info.damage = damage;
	return 0;
}

/* The SHA-1 bank is the same in both forms. */
static bool
has_forms(const struct search *s)
{
	for (size_t i = 0; i < s->from.pcrs.count; i++)
		if (s->from.pcrs.bank[i].alg != ATT_ALG_SHA1)
			return true;
	return false;
}

static int
try_form(struct search *s, enum att_ima_form form, struct att_err *err)
{
	AUTO_DONE(att_ima_done)
	struct att_ima_iter it = att_ima_begin(s->list, s->hasher);
	int rc;

	s->info = (struct att_ima_match_info){ .form = form,
		.broken = ATT_IMA_NO_ENTRY };
	att_ima_replay_begin(&s->r, &s->from, form, s->hasher);
	if ((rc = search_from(s, &it, err)) != 0)
		return rc < 0 ? rc : 0;
	s->info.entries = s->r.st.entries;
	s->info.violations = s->r.violations;
	s->info.broken = s->r.first_broken;
	/* nothing was extended that would tell one form from the other */
	if (s->from.form == ATT_IMA_FORM_UNKNOWN && (!has_forms(s) ||
	    s->info.entries - s->from.entries == s->info.unquoted))
		s->info.form = s->r.st.form = ATT_IMA_FORM_UNKNOWN;
	return count_rest(s, &it);
}

/* Why nothing matches: the first entry whose digest is not of its data. */
static int
find_broken(struct search *s, struct att_err *err)
{
	struct att_ima_state own = { 0 };
	int rc;

	if (s->r.first_broken == ATT_IMA_NO_ENTRY &&
	    att_alg_evp(s->list->alg) != NULL) {
		own.pcrs.count = 1;
		own.pcrs.bank[0].alg = s->list->alg;
		att_ima_replay_begin(&s->r, &own, ATT_IMA_PER_BANK,
		    s->hasher);
		if ((rc = att_ima_replay_list(&s->r, s->list, err)) < 0)
			return rc;
	}
	s->info = (struct att_ima_match_info){ .broken = s->r.first_broken };
	return 0;
}

static enum att_ima_match
judge(struct search *s)
{
	if (s->found)
		return ATT_IMA_MATCH;
	s->info.bank = s->missing != 0 ? s->missing : s->disagrees;
	if (s->missing != 0)
		return ATT_IMA_MISSING;
	if (s->no_begin)
		return ATT_IMA_NO_BEGIN;
	return s->disagrees != 0 ? ATT_IMA_DISAGREE : ATT_IMA_MISMATCH;
}

/*
 * The form that is known, else both: damage that the first meets before
 * anything matched may come after what the second finds.
 */
static int
try_forms(struct search *s, struct att_err *err)
{
	enum att_ima_form known = s->from.form;
	int rc;

	rc = try_form(s, known == ATT_IMA_PADDED ? ATT_IMA_PADDED :
						   ATT_IMA_PER_BANK, err);
	if (s->found || known != ATT_IMA_FORM_UNKNOWN || !has_forms(s) ||
	    att_code_kind(rc) == ATT_KIND_SYSTEM)
		return rc;
	return try_form(s, ATT_IMA_PADDED, err);
}

int
att_ima_match(const struct att_ima_list *list, const struct att_pcrs *quoted,
    uint32_t mask, struct att_hasher *h, struct att_ima_state *st,
    enum att_ima_match *ret, struct att_ima_match_info *ret_info,
    struct att_err *err)
{
	struct search s = { .list = list, .quoted = quoted, .mask = mask,
		.hasher = h };
	int rc;

	if (list->first != st->entries)
		return att_err_set(err, ATT_E_USAGE,
		    "IMA list begins at entry %" PRIu64 ", %" PRIu64 " are "
		    "known", list->first, st->entries);
	if ((rc = select_banks(&s, st, err)) < 0 ||
	    (rc = try_forms(&s, err)) < 0)
		return rc;
	if (!s.found && (rc = find_broken(&s, err)) < 0)
		return rc;
	*ret = judge(&s);
	if (s.found)
		*st = s.r.st;
	*ret_info = s.info;
	return 0;
}

/* -- boot_aggregate -------------------------------------------------------- */

int
att_ima_boot_aggregate(const struct att_pcrs *pcrs, uint16_t alg,
    struct att_hasher *h, struct att_digest *ret, struct att_err *err)
{
	unsigned count = alg == ATT_ALG_SHA1 ? BOOT_PCRS_SHA1 : BOOT_PCRS;
	struct att_slice value;
	int rc;

	if ((rc = att_hasher_init(h, alg, err)) < 0)
		return rc;
	for (unsigned pcr = 0; pcr < count; pcr++) {
		if (!att_pcrs_get(pcrs, alg, pcr, &value))
			return att_err_set(err, ATT_E_NOT_FOUND,
			    "boot_aggregate: no value of %s PCR %u",
			    att_alg_name(alg), pcr);
		if ((rc = att_hasher_update(h, alg, value, err)) < 0)
			return rc;
	}
	return att_hasher_final(h, alg, ret, err);
}

static bool
is_zero(struct att_slice s)
{
	struct att_cur c = att_cur_of(s);

	return att_cur_all(&c, s.len, 0);
}

int
att_ima_check_boot(const struct att_ima_entry *first,
    const struct att_pcrs *pcrs, struct att_hasher *h, enum att_ima_boot *ret,
    struct att_err *err)
{
	struct att_ima_fields f;
	struct att_ima_subject sub;
	struct att_digest d;
	int rc;

	*ret = ATT_IMA_BOOT_UNKNOWN;
	/* the data of a violation is nobody's word */
	if (first->violation || !is_boot_aggregate(first) ||
	    att_ima_split(first, &f, NULL) < 0 ||
	    att_ima_subject(&f, false, &sub, NULL) < 0 || !sub.has_digest)
		return 0;
	if (is_zero(sub.digest.digest)) {
		*ret = ATT_IMA_BOOT_ZERO;
		return 0;
	}
	if (sub.digest.alg == 0)
		return 0;
	rc = att_ima_boot_aggregate(pcrs, sub.digest.alg, h, &d, err);
	if (rc == ATT_E_NOT_FOUND || rc == ATT_E_UNSUPPORTED)
		return 0;
	if (rc < 0)
		return rc;
	*ret = att_slice_equal(att_digest_view(&d), sub.digest.digest) ?
	    ATT_IMA_BOOT_SAME : ATT_IMA_BOOT_OTHER;
	return 0;
}
