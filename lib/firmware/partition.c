#include "firmware/partition.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define FOLD_MAX 4096	/* bytes between two entries that are no gap */
#define NOBODY "unclaimed"	/* the name of what lies in nothing */

void
att_partition_done(struct att_partition *p)
{
	free(p->claim);
	*p = (struct att_partition){ 0 };
}

static int
grow(struct att_partition *p, struct att_err *err)
{
	size_t room = p->room == 0 ? 64 : p->room * 2;
	struct att_claim *claim;

	if (p->count == ATT_CLAIMS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "over %d structures on a chip", ATT_CLAIMS_MAX);
	claim = realloc(p->claim, room * sizeof(*claim));
	if (claim == NULL)
		return att_err_nomem(err);
	p->claim = claim;
	p->room = room;
	return 0;
}

/* As att_text_is_clean wants it, in the same room. */
static void
make_clean(char *text)
{
	att_text_mask(text);
	for (; *text != '\0'; text++)
		if (*text == '\\')
			*text = '?';
}

int
att_partition_claim(struct att_partition *p, unsigned source, uint64_t offset,
    uint64_t length, enum att_range_class class, struct att_err *err,
    const char *fmt, ...)
{
	struct att_claim *c;
	va_list ap;
	int r;

	if (offset >= p->size || length == 0)
		return 0;
	if (p->count == p->room && (r = grow(p, err)) < 0)
		return r;
	c = &p->claim[p->count++];
	*c = (struct att_claim){ .offset = offset,
		.length = ATT_MIN(length, p->size - offset),
		.source = source,
		.class = class };
	va_start(ap, fmt);
	(void)vsnprintf(c->name, sizeof(c->name), fmt, ap);
	va_end(ap);
	make_clean(c->name);
	return 0;
}

void
att_partition_note(struct att_partition *p, const char *code, uint64_t offset,
    uint64_t length, const char *fmt, ...)
{
	struct att_note *n = &p->note[p->note_count];
	va_list ap;

	if (p->note_count == ATT_NOTES_MAX) {
		p->notes_left_out++;
		return;
	}
	p->note_count++;
	*n = (struct att_note){ .offset = offset, .length = length };
	(void)snprintf(n->code, sizeof(n->code), "%s", code);
	va_start(ap, fmt);
	(void)vsnprintf(n->text, sizeof(n->text), fmt, ap);
	va_end(ap);
	make_clean(n->text);
}

/* -- one interval ---------------------------------------------------------- */

static bool
nests(unsigned source)
{
	return source >= ATT_SOURCE_FV;
}

/* Of two claims of one class the smaller one is the stricter. */
static bool
is_stricter(const struct att_claim *a, const struct att_claim *b)
{
	return a->class == b->class ? a->length < b->length :
				      a->class > b->class;
}

/* True if `a` decides before `b` of one source: where they nest, the inner. */
static bool
before(const struct att_claim *a, const struct att_claim *b)
{
	if (nests(a->source) && a->length != b->length)
		return a->length < b->length;
	return is_stricter(a, b);
}

/* The claims that cover an interval, by position in the partition. */
struct active {
	size_t *at;
	size_t count;
};

struct decision {
	const struct att_claim *claim;	/* NULL: nobody's */
	const struct att_claim *named;	/* whose name it takes, or NULL */
	const struct att_claim *other;	/* that disagrees, or NULL */
};

/* True if `c` says something else than what was decided. */
static bool
disagrees(const struct att_claim *c, const struct att_claim *decided)
{
	return c->class != ATT_RANGE_GAP && c->class != decided->class &&
	    decided->class != ATT_RANGE_UNREADABLE;
}

/* First within each source, then between them. */
static struct decision
decide(const struct att_partition *p, const struct active *a)
{
	const struct att_claim *by[ATT_SOURCES] = { NULL };
	struct decision d = { 0 };

	for (size_t i = 0; i < a->count; i++) {
		const struct att_claim *c = &p->claim[a->at[i]];

		if (by[c->source] == NULL || before(c, by[c->source]))
			by[c->source] = c;
		if (c->name[0] != '\0' &&
		    (d.named == NULL || c->length < d.named->length))
			d.named = c;
	}
	for (size_t s = 0; s < ATT_SOURCES; s++)
		if (by[s] != NULL &&
		    (d.claim == NULL || is_stricter(by[s], d.claim)))
			d.claim = by[s];
	for (size_t s = 0; s < ATT_SOURCES; s++)
		if (by[s] != NULL && disagrees(by[s], d.claim))
			d.other = by[s];
	if (d.claim != NULL && d.claim->name[0] != '\0')
		d.named = d.claim;
	return d;
}

/* -- the sweep ------------------------------------------------------------- */

struct sweep {
	struct att_partition *p;
	uint64_t *edge;
	size_t edges;
	struct active active;
	size_t next;		/* claim that has not begun */
	struct att_range *range;
	size_t ranges;
	const struct att_claim *last;	/* that the last range is of */
	const struct att_claim *noted;	/* disagreement last told */
};

static void
sweep_done(struct sweep *s)
{
	free(s->edge);
	free(s->active.at);
	free(s->range);
}

static int
compare_claims(const void *x, const void *y)
{
	const struct att_claim *a = x, *b = y;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	if (a->length != b->length)
		return a->length > b->length ? -1 : 1;
	if (a->source != b->source)
		return a->source < b->source ? -1 : 1;
	if (a->class != b->class)
		return a->class > b->class ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int
compare_edges(const void *x, const void *y)
{
	const uint64_t *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

static void
find_edges(struct sweep *s)
{
	const struct att_partition *p = s->p;
	size_t n = 0, kept = 1;

	s->edge[n++] = 0;
	s->edge[n++] = p->size;
	for (size_t i = 0; i < p->count; i++) {
		s->edge[n++] = p->claim[i].offset;
		s->edge[n++] = p->claim[i].offset + p->claim[i].length;
	}
	qsort(s->edge, n, sizeof(*s->edge), compare_edges);
	for (size_t i = 1; i < n; i++)
		if (s->edge[i] != s->edge[kept - 1])
			s->edge[kept++] = s->edge[i];
	s->edges = kept;
}

static int
sweep_begin(struct sweep *s, struct att_partition *p, struct att_err *err)
{
	size_t most = 2 * p->count + 2;

	s->p = p;
	if (p->count > 0)
		qsort(p->claim, p->count, sizeof(*p->claim), compare_claims);
	s->edge = calloc(most, sizeof(*s->edge));
	s->active.at = calloc(p->count + 1, sizeof(*s->active.at));
	s->range = calloc(most, sizeof(*s->range));
	if (s->edge == NULL || s->active.at == NULL || s->range == NULL)
		return att_err_nomem(err);
	find_edges(s);
	return 0;
}

/* Those that ended leave, those that begin join. */
static void
move_to(struct sweep *s, uint64_t offset)
{
	const struct att_partition *p = s->p;
	struct active *a = &s->active;
	size_t kept = 0;

	for (size_t i = 0; i < a->count; i++) {
		const struct att_claim *c = &p->claim[a->at[i]];

		if (c->offset + c->length > offset)
			a->at[kept++] = a->at[i];
	}
	a->count = kept;
	for (; s->next < p->count && p->claim[s->next].offset == offset;
	    s->next++)
		a->at[a->count++] = s->next;
}

static void
note_conflict(struct sweep *s, const struct decision *d, uint64_t from,
    uint64_t to)
{
	if (d->other == NULL || d->other == s->noted)
		return;
	s->noted = d->other;
	att_partition_note(s->p, "map.disagreement", from, to - from,
	    "%s is %s, though %s says %s", d->claim->name,
	    att_range_class_name(d->claim->class), d->other->name,
	    att_range_class_name(d->other->class));
}

static void
put_range(struct sweep *s, const struct decision *d, uint64_t from,
    uint64_t to)
{
	struct att_range *r;

	if (s->ranges > 0 && d->claim == s->last) {
		s->range[s->ranges - 1].length += to - from;
		return;
	}
	r = &s->range[s->ranges++];
	*r = (struct att_range){ .offset = from, .length = to - from,
		.fill = -1 };
	if (d->claim != NULL)
		r->class = d->claim->class;
	memcpy(r->name, d->named == NULL ? NOBODY : d->named->name,
	    d->named == NULL ? sizeof(NOBODY) : sizeof(r->name));
	s->last = d->claim;
}

/*
 * Between the entries of AMD's directories lie hundreds of small paddings: one
 * of less than a block between two of them is part of the code before it.
 */
static bool
folds(const struct att_partition *p, const struct decision *around,
    const struct decision *gap, uint64_t length, size_t next)
{
	const struct att_claim *c = around->claim;

	return gap->claim == NULL && length < FOLD_MAX && c != NULL &&
	    c->source == ATT_SOURCE_AMD && c->class == ATT_RANGE_STATIC &&
	    next < p->count && p->claim[next].source == ATT_SOURCE_AMD;
}

int
att_partition_ranges(struct att_partition *p, struct att_range **ret,
    size_t *ret_count, struct att_err *err)
{
	AUTO_DONE(sweep_done) struct sweep s = { 0 };
	struct decision before_it = { 0 };
	int r;

	if ((r = sweep_begin(&s, p, err)) < 0)
		return r;
	for (size_t i = 0; i + 1 < s.edges; i++) {
		uint64_t from = s.edge[i], to = s.edge[i + 1];
		struct decision d;

		move_to(&s, from);
		d = decide(p, &s.active);
		note_conflict(&s, &d, from, to);
		/* where the gap ends, the next claim begins */
		if (folds(p, &before_it, &d, to - from, s.next) &&
		    p->claim[s.next].offset == to)
			d = before_it;
		put_range(&s, &d, from, to);
		before_it = d;
	}
	*ret = take(&s.range);
	*ret_count = s.ranges;
	return 0;
}
