#include "appraise/refdiff.h"

#include <string.h>

#include "appraise/registers.h"

/* Cells of the table of common events: 2 bytes each. */
#define CELLS_MAX ((size_t)1 << 22)
#define PAIRS_MAX ((size_t)1 << 16)
#define DIGITS_SHOWN 16

static const struct {
	const char *name;
	const char *sign;
} kinds[ATT_DIFFERENCE_COUNT] = {
	[ATT_DIFFERENCE_REMOVED] = { "removed", "-" },
	[ATT_DIFFERENCE_ADDED] = { "added", "+" },
	[ATT_DIFFERENCE_CHANGED] = { "changed", "~" },
	[ATT_DIFFERENCE_MOVED] = { "moved", "%" },
	[ATT_DIFFERENCE_VALUE] = { "value", "!" },
	[ATT_DIFFERENCE_MISSING] = { "missing", "?" },
};

const char *
att_difference_name(enum att_difference_kind kind)
{
	return (unsigned)kind < ATT_DIFFERENCE_COUNT ? kinds[kind].name :
						       "unknown";
}

/* One of the two. */
struct side {
	struct att_logs logs;
	struct att_registers registers;
	struct att_err why;
	/* of the PCR at hand */
	const struct att_log_event *event;
	size_t count;
	uint8_t *state;		/* of each event: enum below */
	size_t *with;		/* its counterpart, if PAIRED or MOVED */
};

enum { ALONE = 0, COMMON, PAIRED, MOVED };

struct diff {
	struct side side[2];
	struct att_hasher *hasher;
	uint16_t bank;
	unsigned pcr;
	uint16_t *table;	/* lengths of common events */
	att_difference_fn *tell;
	void *arg;
	bool told;		/* a difference of the PCR at hand */
};

static void
diff_done(struct diff *d)
{
	for (int i = 0; i < 2; i++) {
		att_logs_done(&d->side[i].logs);
		free(d->side[i].state);
		free(d->side[i].with);
	}
	att_hasher_free(d->hasher);
	free(d->table);
}

/* -- opening ------------------------------------------------------------- */

static void
keep_reason(void *arg, const struct att_finding *f)
{
	struct side *s = arg;

	(void)att_err_set(&s->why, ATT_E_FORMAT, "the %s", f->what);
}

static int
open_side(struct diff *d, struct side *s, const struct att_evidence *e,
    struct att_err *err)
{
	const struct att_evidence_item *item = e->item;
	int r;

	if (item[ATT_ITEM_UEFI_LOG].state != ATT_ITEM_PRESENT)
		return att_err_set(err, ATT_E_NOT_FOUND, "no boot log");
	att_registers_begin(&s->registers, &e->pcrs);
	if ((r = att_logs_open(&s->logs, &item[ATT_ITEM_UEFI_LOG],
		 &item[ATT_ITEM_USERSPACE_LOG], e->boot_id,
		 s->registers.bank, s->registers.bank_count, d->hasher,
		 keep_reason, s, err)) < 0)
		return r;
	if (s->why.code != 0) {
		if (err != NULL)
			*err = s->why;
		return s->why.code;
	}
	if ((r = att_registers_explain(&s->registers, &s->logs,
		 ATT_REPLAY_EBS_MISSING, err)) < 0)
		return r;
	s->state = calloc(s->logs.count + 1, sizeof(*s->state));
	s->with = calloc(s->logs.count + 1, sizeof(*s->with));
	return s->state == NULL || s->with == NULL ? att_err_nomem(err) : 0;
}

static int
bank_of(const struct side *s, uint16_t alg)
{
	for (size_t b = 0; b < s->registers.bank_count; b++)
		if (s->registers.bank[b] == alg)
			return (int)b;
	return -1;
}

/* The wanted one, or the strongest that both have. */
static int
choose_bank(struct diff *d, uint16_t wanted, struct att_err *err)
{
	const struct att_registers *r = &d->side[0].registers;

	for (size_t b = 0; b < r->bank_count; b++) {
		if ((wanted != 0 && r->bank[b] != wanted) ||
		    bank_of(&d->side[1], r->bank[b]) < 0)
			continue;
		d->bank = r->bank[b];
		return 0;
	}
	return att_err_set(err, ATT_E_NOT_FOUND,
	    "no bank of which both have values");
}

/* -- aligning ------------------------------------------------------------ */

static struct att_slice
digest_of(const struct diff *d, int i, size_t event)
{
	const struct side *s = &d->side[i];

	return att_logs_digest(&s->logs, &s->event[event], d->bank);
}

static bool
is_same(const struct diff *d, size_t x, size_t y)
{
	struct att_slice a = digest_of(d, 0, x);

	return a.len > 0 && att_slice_equal(a, digest_of(d, 1, y));
}

static void
pair(struct diff *d, size_t x, size_t y, uint8_t state)
{
	d->side[0].state[x] = d->side[1].state[y] = state;
	d->side[0].with[x] = y;
	d->side[1].with[y] = x;
}

/*
 * The longest common subsequence of events [x0, x1) and [y0, y1). Where its
 * table would be too large nothing is common: all of it is compared as a set.
 */
static int
align(struct diff *d, size_t x0, size_t x1, size_t y0, size_t y1,
    struct att_err *err)
{
	size_t wide = y1 - y0 + 1, cells = (x1 - x0 + 1) * wide;
	size_t x = 0, y = 0;
	uint16_t *t;

	if (x0 == x1 || y0 == y1 || cells > CELLS_MAX)
		return 0;
	free(d->table);
	if ((t = d->table = calloc(cells, sizeof(*t))) == NULL)
		return att_err_nomem(err);
	for (size_t i = x1 - x0; i-- > 0;)
		for (size_t k = y1 - y0; k-- > 0;) {
			uint16_t down = t[(i + 1) * wide + k];
			uint16_t right = t[i * wide + k + 1];

			t[i * wide + k] = is_same(d, x0 + i, y0 + k) ?
			    (uint16_t)(t[(i + 1) * wide + k + 1] + 1) :
			    (down > right ? down : right);
		}
	while (x < x1 - x0 && y < y1 - y0) {
		if (is_same(d, x0 + x, y0 + y))
			pair(d, x0 + x++, y0 + y++, COMMON);
		else if (t[(x + 1) * wide + y] >= t[x * wide + y + 1])
			x++;
		else
			y++;
	}
	return 0;
}

/* Most of two logs is the same at both ends: the table is for the rest. */
static int
align_all(struct diff *d, struct att_err *err)
{
	size_t x1 = d->side[0].count, y1 = d->side[1].count, from = 0;

	while (from < x1 && from < y1 && is_same(d, from, from)) {
		pair(d, from, from, COMMON);
		from++;
	}
	while (x1 > from && y1 > from && is_same(d, x1 - 1, y1 - 1)) {
		x1--;
		y1--;
		pair(d, x1, y1, COMMON);
	}
	return align(d, from, x1, from, y1, err);
}

/* An event that has no counterpart yet, to be sorted by its digest. */
struct lone {
	struct att_slice digest;
	size_t event;
};

static void
lone_free(struct lone *l)
{
	free(l);
}
ATT_DEFINE_AUTO(struct lone, lone_free)

static int
by_digest(const void *a, const void *b)
{
	const struct lone *x = a, *y = b;
	int c = memcmp(x->digest.data, y->digest.data, x->digest.len);

	if (c != 0)
		return c;
	return x->event < y->event ? -1 : x->event > y->event;
}

static int
list_lone(const struct diff *d, int i, struct lone **ret, size_t *ret_count,
    struct att_err *err)
{
	const struct side *s = &d->side[i];
	struct lone *l = calloc(s->count + 1, sizeof(*l));
	size_t n = 0;

	if (l == NULL)
		return att_err_nomem(err);
	for (size_t k = 0; k < s->count; k++)
		/* an event that lacks this bank is like no other */
		if (s->state[k] == ALONE && digest_of(d, i, k).len > 0)
			l[n++] = (struct lone){ digest_of(d, i, k), k };
	qsort(l, n, sizeof(*l), by_digest);
	*ret = l;
	*ret_count = n;
	return 0;
}

/* Events that are the same, and stand elsewhere. */
static int
find_moved(struct diff *d, struct att_err *err)
{
	AUTO(lone_free) struct lone *a = NULL, *b = NULL;
	size_t na = 0, nb = 0, x = 0, y = 0;
	int r;

	if ((r = list_lone(d, 0, &a, &na, err)) < 0 ||
	    (r = list_lone(d, 1, &b, &nb, err)) < 0)
		return r;
	while (x < na && y < nb) {
		int c = memcmp(a[x].digest.data, b[y].digest.data,
		    a[x].digest.len);

		if (c == 0)
			pair(d, a[x++].event, b[y++].event, MOVED);
		else if (c < 0)
			x++;
		else
			y++;
	}
	return 0;
}

static void
describe(const struct diff *d, int i, size_t event, struct att_finding *f)
{
	att_logs_describe(&d->side[i].logs, &d->side[i].event[event], f);
}

/* Event x, with the first of [y0, y1) that is alone and of its kind. */
static void
pair_one(struct diff *d, size_t x, size_t y0, size_t y1, bool same_label)
{
	struct att_finding f = { 0 };

	describe(d, 0, x, &f);
	for (size_t y = y0; y < y1; y++) {
		struct att_finding g = { 0 };

		if (d->side[1].state[y] != ALONE)
			continue;
		describe(d, 1, y, &g);
		if (strcmp(f.type_name, g.type_name) != 0 ||
		    (same_label && strcmp(f.label, g.label) != 0))
			continue;
		pair(d, x, y, PAIRED);
		return;
	}
}

/* What is alone between two events that both have, by label, then by type. */
static void
pair_gap(struct diff *d, size_t x0, size_t x1, size_t y0, size_t y1)
{
	/* so much that differs is not one thing in the place of another */
	if ((x1 - x0) * (y1 - y0) > PAIRS_MAX)
		return;
	for (size_t x = x0; x < x1; x++)
		if (d->side[0].state[x] == ALONE)
			pair_one(d, x, y0, y1, true);
	for (size_t x = x0; x < x1; x++)
		if (d->side[0].state[x] == ALONE)
			pair_one(d, x, y0, y1, false);
}

static void
pair_gaps(struct diff *d)
{
	size_t x0 = 0, y0 = 0;

	for (size_t x = 0; x <= d->side[0].count; x++) {
		bool end = x == d->side[0].count;
		size_t y = end ? d->side[1].count : d->side[0].with[x];

		if (!end && d->side[0].state[x] != COMMON)
			continue;
		pair_gap(d, x0, x, y0, y);
		x0 = x + 1;
		y0 = y + 1;
	}
}

/* -- telling ------------------------------------------------------------- */

static void
tell(struct diff *d, enum att_difference_kind kind, size_t x, size_t y)
{
	struct att_difference t = { .kind = kind, .pcr = d->pcr,
		.bank = d->bank, .event = { ATT_NO_EVENT, ATT_NO_EVENT } };
	size_t at[2] = { x, y };

	for (int i = 0; i < 2; i++) {
		struct att_finding f = { 0 };

		if (at[i] == SIZE_MAX)
			continue;
		describe(d, i, at[i], &f);
		t.event[i] = f.event;
		memcpy(t.type_name, f.type_name, sizeof(t.type_name));
		memcpy(t.label[i], f.label, sizeof(t.label[i]));
		if (att_digest_from(d->bank, digest_of(d, i, at[i]),
			&t.digest[i], NULL) < 0)
			t.digest[i].alg = 0;
	}
	d->told = true;
	d->tell(d->arg, &t);
}

/* An event of the first that is not common, with its counterpart if any. */
static void
tell_first(struct diff *d, size_t x)
{
	static const enum att_difference_kind kind_of[] = {
		[ALONE] = ATT_DIFFERENCE_REMOVED,
		[PAIRED] = ATT_DIFFERENCE_CHANGED,
		[MOVED] = ATT_DIFFERENCE_MOVED,
	};
	const struct side *a = &d->side[0];

	tell(d, kind_of[a->state[x]], x,
	    a->state[x] == ALONE ? SIZE_MAX : a->with[x]);
}

/* In the order of the second, what is missing there where it stood. */
static void
tell_events(struct diff *d)
{
	const struct side *a = &d->side[0], *b = &d->side[1];
	size_t x = 0, y = 0;

	while (x < a->count || y < b->count) {
		if (x < a->count && a->state[x] != COMMON) {
			tell_first(d, x++);
		} else if (y < b->count && b->state[y] != COMMON) {
			if (b->state[y] == ALONE)
				tell(d, ATT_DIFFERENCE_ADDED, SIZE_MAX, y);
			y++;
		} else {
			x++;
			y++;
		}
	}
}

static void
tell_register(struct diff *d, enum att_difference_kind kind, int a, int b)
{
	struct att_difference t = { .kind = kind, .pcr = d->pcr,
		.bank = d->bank, .event = { ATT_NO_EVENT, ATT_NO_EVENT } };

	t.digest[0] = att_registers_value(&d->side[0].registers, (size_t)a,
	    d->pcr);
	t.digest[1] = att_registers_value(&d->side[1].registers, (size_t)b,
	    d->pcr);
	d->tell(d->arg, &t);
}

/* The events of a PCR that had been extended when it was quoted. */
static void
take_events(struct diff *d, int i, int bank)
{
	struct side *s = &d->side[i];
	size_t left = s->registers.of[bank][d->pcr].info.records_left;

	s->event = att_logs_pcr(&s->logs, d->pcr, &s->count);
	s->count -= ATT_MIN(s->count, left);
	memset(s->state, ALONE, s->count);
}

static int
compare_pcr(struct diff *d, struct att_err *err)
{
	const struct att_registers *ra = &d->side[0].registers;
	const struct att_registers *rb = &d->side[1].registers;
	int a = bank_of(&d->side[0], d->bank), b = bank_of(&d->side[1],
	    d->bank);
	bool in_a = (ra->quoted[a] >> d->pcr & 1) != 0;
	bool in_b = (rb->quoted[b] >> d->pcr & 1) != 0;
	struct att_digest va, vb;
	int r;

	if (in_a != in_b)
		tell_register(d, ATT_DIFFERENCE_MISSING, a, b);
	if (!in_a || !in_b)
		return 0;
	take_events(d, 0, a);
	take_events(d, 1, b);
	if ((r = align_all(d, err)) < 0)
		return r;
	if ((r = find_moved(d, err)) < 0)
		return r;
	pair_gaps(d);
	d->told = false;
	tell_events(d);
	va = att_registers_value(ra, (size_t)a, d->pcr);
	vb = att_registers_value(rb, (size_t)b, d->pcr);
	/* what the logs do not give, or equal events with other values */
	if (!att_digest_equal(&va, &vb) &&
	    (!d->told || !att_registers_holds(ra, (size_t)a, d->pcr) ||
		!att_registers_holds(rb, (size_t)b, d->pcr)))
		tell_register(d, ATT_DIFFERENCE_VALUE, a, b);
	return 0;
}

int
att_ref_diff(const struct att_evidence *a, const struct att_evidence *b,
    uint16_t bank, uint32_t pcrs, att_difference_fn *fn, void *arg,
    uint16_t *ret_bank, struct att_err *err)
{
	const struct att_evidence *of[2] = { a, b };
	AUTO_DONE(diff_done) struct diff d = { .tell = fn, .arg = arg,
		.hasher = att_hasher_new() };
	int r;

	if (d.hasher == NULL)
		return att_err_nomem(err);
	for (int i = 0; i < 2; i++) {
		if ((r = open_side(&d, &d.side[i], of[i], err)) < 0) {
			att_err_prefix(err, "the %s evidence",
			    i == 0 ? "first" : "second");
			return r;
		}
	}
	if ((r = choose_bank(&d, bank, err)) < 0)
		return r;
	for (d.pcr = 0; d.pcr < ATT_PCR_COUNT; d.pcr++)
		if ((pcrs >> d.pcr & 1) != 0 &&
		    (r = compare_pcr(&d, err)) < 0)
			return r;
	if (ret_bank != NULL)
		*ret_bank = d.bank;
	return 0;
}

/* -- output -------------------------------------------------------------- */

static json_t *
event_to_json(int64_t event)
{
	return event == ATT_NO_EVENT ? json_null() : json_integer(event);
}

static json_t *
digest_to_json(const struct att_digest *d)
{
	return d->alg == 0 ? json_null() : att_json_hex_of(att_digest_view(d));
}

static int
put_pair(json_t *j, const char *name, json_t *a, json_t *b)
{
	AUTO(att_json_decref) json_t *first = a, *second = b;
	AUTO(att_json_decref) json_t *list = json_array();

	if (att_json_add(list, take(&first), NULL) < 0 ||
	    att_json_add(list, take(&second), NULL) < 0)
		return ATT_E_NOMEM;
	return att_json_put(j, name, take(&list), NULL);
}

json_t *
att_difference_to_json(const struct att_difference *d)
{
	AUTO(att_json_decref) json_t *j = json_object();

	if (att_json_put(j, "kind",
		json_string(att_difference_name(d->kind)), NULL) < 0 ||
	    att_json_put(j, "pcr", json_integer(d->pcr), NULL) < 0 ||
	    att_json_put(j, "bank", json_string(att_alg_name(d->bank)),
		NULL) < 0 ||
	    put_pair(j, "event", event_to_json(d->event[0]),
		event_to_json(d->event[1])) < 0 ||
	    put_pair(j, "digest", digest_to_json(&d->digest[0]),
		digest_to_json(&d->digest[1])) < 0 ||
	    put_pair(j, "label", json_string(d->label[0]),
		json_string(d->label[1])) < 0 ||
	    att_json_put(j, "type", json_string(d->type_name), NULL) < 0)
		return NULL;
	return take(&j);
}

static void
put_digest(struct att_buf *b, const struct att_digest *d)
{
	char hex[ATT_DIGEST_HEX_MAX];

	if (d->alg == 0)
		att_buf_str(b, "nothing");
	else
		att_buf_printf(b, "%.*s...", DIGITS_SHOWN,
		    att_digest_hex(d, hex));
}

static void
put_event(struct att_buf *b, int64_t event)
{
	if (event == ATT_NO_EVENT)
		att_buf_str(b, "none");
	else
		att_buf_printf(b, "%lld", (long long)event);
}

/* One label if both have it, or only one has any. */
static void
put_labels(struct att_buf *b, const struct att_difference *d)
{
	const char *x = d->label[0], *y = d->label[1];

	if (x[0] != '\0' && y[0] != '\0' && strcmp(x, y) != 0)
		att_buf_printf(b, " %s -> %s", x, y);
	else if (x[0] != '\0' || y[0] != '\0')
		att_buf_printf(b, " %s", x[0] != '\0' ? x : y);
}

void
att_difference_print(const struct att_difference *d, struct att_buf *ret)
{
	bool both = d->kind != ATT_DIFFERENCE_REMOVED &&
	    d->kind != ATT_DIFFERENCE_ADDED;
	int one = d->kind == ATT_DIFFERENCE_ADDED;

	att_buf_printf(ret, "%s PCR %u", kinds[d->kind].sign, d->pcr);
	if (d->kind != ATT_DIFFERENCE_VALUE &&
	    d->kind != ATT_DIFFERENCE_MISSING) {
		att_buf_str(ret, " event ");
		put_event(ret, d->event[one]);
		if (both && d->event[0] != d->event[1]) {
			att_buf_str(ret, " -> ");
			put_event(ret, d->event[1]);
		}
		att_buf_printf(ret, " %s", d->type_name);
		put_labels(ret, d);
	} else {
		att_buf_str(ret, d->kind == ATT_DIFFERENCE_VALUE ?
			" has another value, and no event tells why" :
			" has a value in one of them only");
	}
	att_buf_printf(ret, "\n    %s ", att_alg_name(d->bank));
	put_digest(ret, &d->digest[one]);
	if (both && d->kind != ATT_DIFFERENCE_MOVED) {
		att_buf_str(ret, " -> ");
		put_digest(ret, &d->digest[1]);
	}
	att_buf_u8(ret, '\n');
}
