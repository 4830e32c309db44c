#include "appraise/logs.h"

#include <inttypes.h>
#include <string.h>

#include "eventlog/describe.h"

#define EVENTS_FIRST 256	/* room at first; a boot has 40 to 250 */

void
att_logs_done(struct att_logs *l)
{
	att_userspace_free(l->user);
	free(l->event);
	*l = (struct att_logs){ 0 };
}

/* -- reading ------------------------------------------------------------- */

/* While events come in the order of the logs. */
struct reader {
	struct att_logs *l;
	size_t room;
	uint32_t next;	/* number that a record of systemd's log gets */
	att_finding_fn *report;
	void *arg;
};

static void
tell_malformed(struct reader *r, const char *log, const struct att_err *why)
{
	struct att_finding f = att_finding_make(ATT_F_LOG_MALFORMED);

	if (why->offset == ATT_NO_OFFSET)
		att_finding_set_what(&f, "%s is malformed: %s", log,
		    why->text);
	else
		att_finding_set_what(&f, "%s is malformed at byte %" PRIu64
		    ": %s", log, why->offset, why->text);
	r->report(r->arg, &f);
}

static int
add(struct reader *r, const struct att_log_event *ev, struct att_err *err)
{
	struct att_logs *l = r->l;

	if (l->count == ATT_LOGS_EVENTS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "more than %d events", ATT_LOGS_EVENTS_MAX);
	if (l->count == r->room) {
		size_t room = r->room == 0 ? EVENTS_FIRST : 2 * r->room;
		struct att_log_event *p =
		    realloc(l->event, room * sizeof(*p));

		if (p == NULL)
			return att_err_nomem(err);
		l->event = p;
		r->room = room;
	}
	l->event[l->count++] = *ev;
	return 0;
}

static int
add_event(struct reader *r, const struct att_event *from,
    struct att_err *err)
{
	struct att_log_event ev = { .number = from->number,
		.type = from->type, .pcr = (uint8_t)from->pcr,
		.data = from->data };

	r->next = from->number + 1;
	if (from->type == ATT_EV_NO_ACTION)
		return 0;
	for (size_t i = 0; i < r->l->bank_count; i++) {
		const struct att_event_digest *d =
		    att_event_digest(from, r->l->bank[i]);

		ev.digest[i] = d == NULL ? NULL : d->bytes.data;
	}
	return add(r, &ev, err);
}

static int
read_events(struct reader *r, struct att_err *err)
{
	struct att_logs *l = r->l;
	struct att_tcg_iter it = att_tcg_begin(&l->tcg);
	struct att_event ev;
	int e;

	while ((e = att_tcg_next(&it, &ev, err)) > 0)
		/* the replay refuses a PCR that there is not */
		if ((e = att_replay_event(&l->replay, &ev, err)) < 0 ||
		    (e = add_event(r, &ev, err)) < 0)
			return e;
	l->quirks = l->replay.quirks | att_replay_tail_quirk(it.tail);
	return e;
}

static int
read_boot(struct reader *r, struct att_slice bytes, struct att_err *err)
{
	struct att_err why = { .offset = ATT_NO_OFFSET };
	struct att_logs *l = r->l;
	int e;

	if ((e = att_tcglog_open(bytes, ATT_TCG_TPM, &l->tcg, &why)) == 0) {
		att_replay_begin(&l->replay, &l->tcg, l->bank, l->bank_count,
		    l->hasher);
		e = read_events(r, &why);
	}
	l->has_boot_log = e == 0;
	if (e == 0)
		return 0;
	l->count = 0;
	if (att_code_kind(e) == ATT_KIND_SYSTEM) {
		if (err != NULL)
			*err = why;
		return e;
	}
	tell_malformed(r, "boot log", &why);
	return 0;
}

static int
add_records(struct reader *r, struct att_err *err)
{
	struct att_logs *l = r->l;
	int e;

	for (size_t i = 0; i < att_userspace_count(l->user); i++) {
		const struct att_user_record *rec =
		    att_userspace_record(l->user, i);
		struct att_log_event ev = { .number = r->next++,
			.pcr = rec->pcr, .record = rec };

		for (size_t k = 0; k < rec->digest_count; k++) {
			int b = att_logs_bank(l, rec->digest[k].alg);

			if (b >= 0)
				ev.digest[b] = rec->digest[k].bytes;
		}
		if ((e = add(r, &ev, err)) < 0)
			return e;
	}
	return 0;
}

static int
read_user(struct reader *r, struct att_slice bytes, const char *boot_id,
    struct att_err *err)
{
	struct att_err why = { .offset = ATT_NO_OFFSET };
	struct att_logs *l = r->l;
	size_t events = l->count;
	int e;

	e = att_userspace_parse(bytes, boot_id, &l->user, &why);
	/* no identifier to pick records by: the quote must explain them all */
	if (e == ATT_E_USAGE)
		e = att_userspace_parse(bytes, NULL, &l->user, &why);
	if (e == 0 && (e = add_records(r, &why)) == 0) {
		att_replay_user(&l->replay, l->user);
		return 0;
	}
	att_userspace_free(take(&l->user));
	l->count = events;
	if (att_code_kind(e) == ATT_KIND_SYSTEM) {
		if (err != NULL)
			*err = why;
		return e;
	}
	tell_malformed(r, "userspace log", &why);
	return 0;
}

/* -- by register --------------------------------------------------------- */

/* A counting sort, which keeps the order within each PCR. */
static int
sort_events(struct att_logs *l, struct att_err *err)
{
	struct att_log_event *by_pcr;
	size_t at[ATT_PCR_COUNT];

	if (l->count == 0)
		return 0;
	if ((by_pcr = malloc(l->count * sizeof(*by_pcr))) == NULL)
		return att_err_nomem(err);
	for (size_t i = 0; i < l->count; i++)
		l->first[l->event[i].pcr + 1]++;
	for (size_t pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
		l->first[pcr + 1] += l->first[pcr];
		at[pcr] = l->first[pcr];
	}
	for (size_t i = 0; i < l->count; i++)
		by_pcr[at[l->event[i].pcr]++] = l->event[i];
	free(l->event);
	l->event = by_pcr;
	return 0;
}

int
att_logs_open(struct att_logs *ret, const struct att_evidence_item *boot,
    const struct att_evidence_item *user, const char *boot_id,
    const uint16_t *bank, size_t banks, struct att_hasher *h,
    att_finding_fn *report, void *arg, struct att_err *err)
{
	struct reader r = { .l = ret, .report = report, .arg = arg };
	int e = 0;

	*ret = (struct att_logs){ .hasher = h };
	for (size_t i = 0; i < banks && i < ATT_BANKS_MAX; i++)
		ret->bank[ret->bank_count++] = bank[i];
	if (boot_id != NULL && boot_id[0] == '\0')
		boot_id = NULL;
	if (boot->state == ATT_ITEM_PRESENT)
		e = read_boot(&r, boot->bytes, err);
	/* systemd's records go on where a boot log ended, or nowhere */
	if (e == 0 && ret->has_boot_log && user->state == ATT_ITEM_PRESENT)
		e = read_user(&r, user->bytes, boot_id, err);
	if (e == 0)
		e = sort_events(ret, err);
	if (e < 0)
		att_logs_done(ret);
	return e;
}

int
att_logs_cover(struct att_logs *l, const int bank_of[ATT_PCR_COUNT],
    struct att_err *err)
{
	struct att_cover_state st = { .kind = l->tcg.kind };
	int e;

	for (size_t i = 0; i < l->count; i++) {
		struct att_log_event *ev = &l->event[i];
		int b = bank_of[ev->pcr];
		struct att_event as;

		if (b < 0 || ev->record != NULL)
			continue;
		as = att_logs_event(l, ev, l->bank[b]);
		if ((e = att_cover_event(&st, l->hasher, l->bank[b], &as,
			 &ev->cover, &l->quirks, err)) < 0)
			return e;
	}
	return 0;
}

/* -- looking ------------------------------------------------------------- */

int
att_logs_bank(const struct att_logs *l, uint16_t alg)
{
	for (size_t i = 0; i < l->bank_count; i++)
		if (l->bank[i] == alg)
			return (int)i;
	return -1;
}

const struct att_log_event *
att_logs_pcr(const struct att_logs *l, unsigned pcr, size_t *ret_count)
{
	*ret_count = 0;
	if (l->count == 0 || pcr >= ATT_PCR_COUNT)
		return NULL;
	*ret_count = l->first[pcr + 1] - l->first[pcr];
	return l->event + l->first[pcr];
}

struct att_slice
att_logs_digest(const struct att_logs *l, const struct att_log_event *ev,
    uint16_t alg)
{
	int b = att_logs_bank(l, alg);

	if (b < 0 || ev->digest[b] == NULL)
		return (struct att_slice){ 0 };
	return (struct att_slice){ ev->digest[b], att_alg_size(alg) };
}

struct att_event
att_logs_event(const struct att_logs *l, const struct att_log_event *ev,
    uint16_t alg)
{
	struct att_event ret = { .number = ev->number, .pcr = ev->pcr,
		.type = ev->type, .data = ev->data };
	struct att_slice digest = att_logs_digest(l, ev, alg);

	if (digest.data != NULL)
		ret.digest[ret.digest_count++] =
		    (struct att_event_digest){ alg, digest };
	return ret;
}

/* What systemd says of its record: "phase", and "sysinit". */
static void
describe_record(const struct att_user_record *rec, struct att_finding *f)
{
	att_finding_set_type(f, "systemd%s%s", rec->type[0] != '\0' ? " " : "",
	    rec->type);
	att_finding_set_label(f, att_slice_of(rec->text));
}

void
att_logs_describe(const struct att_logs *l, const struct att_log_event *ev,
    struct att_finding *f)
{
	AUTO_DONE(att_buf_done) struct att_buf label = ATT_BUF(4096);
	const char *name = att_event_type_name(ev->type);
	struct att_event as;

	f->event = ev->number;
	f->type = ev->type;
	if (ev->record != NULL) {
		describe_record(ev->record, f);
		return;
	}
	if (name != NULL)
		att_finding_set_type(f, "%s", name);
	else
		att_finding_set_type(f, "type 0x%08" PRIx32, ev->type);
	as = att_logs_event(l, ev, 0);
	att_event_label(&as, l->tcg.kind, &label);
	att_finding_set_label(f, att_buf_view(&label));
}
