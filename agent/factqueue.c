#include "agent/factqueue.h"

#include <string.h>

#include "base/encoding.h"
#include "base/log.h"
#include "crypto/random.h"

#define FORMAT "attestd-facts/1"

/* -- in memory ------------------------------------------------------------ */

static int
make_name(char ret[static ATT_FACT_QUEUE_LEN + 1], struct att_err *err)
{
	uint8_t raw[ATT_FACT_QUEUE_LEN / 2];
	int r = att_random(raw, sizeof(raw), err);

	if (r == 0)
		att_hex_encode((struct att_slice){ raw, sizeof(raw) }, ret);
	return r;
}

int
att_fact_queue_new(struct att_fact_queue *ret, struct att_err *err)
{
	struct att_fact_queue q = { .next = 1,
		.seen = { .resets = -1, .restarts = -1 } };
	int r = make_name(q.facts.queue, err);

	if (r == 0)
		*ret = q;
	return r;
}

static int64_t
sum(int64_t a, int64_t b)
{
	return ATT_MIN(a + b, ATT_FACT_NUMBER_MAX);
}

/* Into the place of the later: nothing that was sent stands behind it. */
static bool
merge_oldest(struct att_fact_queue *q)
{
	struct att_fact *f = q->facts.fact;
	size_t n = q->facts.count;

	for (size_t i = 0; i < n; i++) {
		if (f[i].seq <= q->sent)
			continue;
		for (size_t k = i + 1; k < n; k++) {
			if (strcmp(f[i].kind, f[k].kind) != 0)
				continue;
			f[k].count = sum(f[k].count, f[i].count);
			f[k].first = f[i].first;
			memmove(&f[i], &f[i + 1], (n - i - 1) * sizeof(f[0]));
			q->facts.count--;
			return true;
		}
	}
	return false;
}

int
att_fact_queue_note(struct att_fact_queue *q, const struct att_fact *f,
    struct att_err *err)
{
	struct att_facts *all = &q->facts;

	if (q->next > ATT_FACT_NUMBER_MAX ||
	    (all->count == ATT_FACT_QUEUE_MAX && !merge_oldest(q)))
		return att_err_set(err, ATT_E_LIMIT,
		    "the queue takes no fact of kind %s", f->kind);
	all->fact[all->count] = *f;
	all->fact[all->count++].seq = q->next++;
	q->noted = sum(q->noted, f->count);
	q->saved = false;
	return 0;
}

struct att_fact *
att_fact_queue_newest(struct att_fact_queue *q)
{
	struct att_fact *f = q->facts.count == 0 ? NULL :
	    &q->facts.fact[q->facts.count - 1];

	return f != NULL && f->seq > q->sent ? f : NULL;
}

void
att_fact_queue_again(struct att_fact_queue *q, struct att_fact *newest,
    const struct att_fact *f)
{
	newest->count = sum(newest->count, f->count);
	newest->last = f->last;
	memcpy(newest->boot_id, f->boot_id, sizeof(f->boot_id));
	memcpy(newest->details, f->details, sizeof(f->details));
	q->noted = sum(q->noted, f->count);
	q->saved = false;
}

int
att_fact_queue_renew(struct att_fact_queue *q, struct att_err *err)
{
	int r = make_name(q->facts.queue, err);

	if (r < 0)
		return r;
	q->next = 1;
	q->sent = 0;
	q->noted = 0;
	for (size_t i = 0; i < q->facts.count; i++) {
		q->facts.fact[i].seq = q->next++;
		q->noted = sum(q->noted, q->facts.fact[i].count);
	}
	q->saved = false;
	return 0;
}

/* -- the file ------------------------------------------------------------- */

static json_t *
seen_to_json(const struct att_seen *s)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "ak",
	    s->ak, "boot_id", s->boot_id, "asleep", (json_int_t)s->asleep,
	    "at", (json_int_t)s->at, "offset", (json_int_t)s->offset,
	    "repaired", (json_int_t)s->repaired, "resets",
	    (json_int_t)s->resets, "restarts", (json_int_t)s->restarts);
}

int
att_fact_queue_encode(const struct att_fact_queue *q, struct att_buf *ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	AUTO(att_json_decref) json_t *j = NULL;
	int r;

	for (size_t i = 0; i < q->facts.count; i++) {
		json_t *one = NULL;

		if ((r = att_fact_to_json(&q->facts.fact[i], &one, err)) < 0 ||
		    (r = att_json_add(list, one, err)) < 0)
			return r;
	}
	j = json_pack("{s:s, s:s, s:I, s:I, s:I, s:O, s:o}", "format", FORMAT,
	    "queue", q->facts.queue, "next", (json_int_t)q->next, "noted",
	    (json_int_t)q->noted, "sent", (json_int_t)q->sent, "facts", list,
	    "seen", seen_to_json(&q->seen));
	if (j == NULL)
		return att_err_nomem(err);
	return att_json_write_pretty(j, ret, err);
}

/* A text of at most `size` - 1 bytes out of `set`. */
static int
read_text(const json_t *j, const char *name, const char *set, char *ret,
    size_t size, struct att_err *err)
{
	const char *s = NULL;
	int r = att_json_str(j, name, &s, err);

	if (r < 0)
		return r;
	if (strlen(s) >= size || s[strspn(s, set)] != '\0')
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"%s\" must be at most %zu of %s", name, size - 1,
		    set);
	memcpy(ret, s, strlen(s) + 1);
	return 0;
}

static int
read_seen(const json_t *j, struct att_seen *s, struct att_err *err)
{
	static const char *const names[] = { "ak", "asleep", "at", "boot_id",
		"offset", "repaired", "resets", "restarts", NULL };
	static const char hex[] = "0123456789abcdef-";
	json_t *seen = NULL;
	int r;

	if ((r = att_json_obj(j, "seen", &seen, err)) < 0 ||
	    (r = att_json_only(seen, names, err)) < 0 ||
	    (r = read_text(seen, "ak", hex, s->ak, sizeof(s->ak), err)) < 0 ||
	    (r = read_text(seen, "boot_id", hex, s->boot_id,
		 sizeof(s->boot_id), err)) < 0 ||
	    (r = att_json_int(seen, "asleep", 0, INT64_MAX / 2, &s->asleep,
		 err)) < 0 ||
	    (r = att_json_int(seen, "at", 0, INT64_MAX / 2, &s->at, err)) <
		0 ||
	    (r = att_json_int(seen, "offset", INT64_MIN / 2, INT64_MAX / 2,
		 &s->offset, err)) < 0 ||
	    (r = att_json_int(seen, "repaired", 0, INT64_MAX, &s->repaired,
		 err)) < 0 ||
	    (r = att_json_int(seen, "resets", -1, UINT32_MAX, &s->resets,
		 err)) < 0)
		return r;
	return att_json_int(seen, "restarts", -1, UINT32_MAX, &s->restarts,
	    err);
}

static int
read_facts(const json_t *j, struct att_fact_queue *q, struct att_err *err)
{
	json_t *list = NULL;
	int64_t before = 0;
	int r = att_json_arr(j, "facts", &list, err);

	if (r < 0)
		return r;
	if (json_array_size(list) > ATT_FACT_QUEUE_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%zu facts, at most %d are kept", json_array_size(list),
		    ATT_FACT_QUEUE_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct att_fact *f = &q->facts.fact[i];

		if ((r = att_fact_from_json(json_array_get(list, i), f,
			 err)) < 0)
			return r;
		if (f->seq <= before || f->seq >= q->next)
			return att_err_set(err, ATT_E_FORMAT,
			    "fact %zu: seq must grow and be below next", i);
		before = f->seq;
	}
	q->facts.count = json_array_size(list);
	return 0;
}

static int
read_queue(json_t *j, struct att_fact_queue *q, struct att_err *err)
{
	static const char *const names[] = { "facts", "format", "next",
		"noted", "queue", "seen", "sent", NULL };
	const char *format = NULL, *queue = NULL;
	int r;

	if ((r = att_json_only(j, names, err)) < 0 ||
	    (r = att_json_str(j, "format", &format, err)) < 0)
		return r;
	if (strcmp(format, FORMAT) != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "format must be \"" FORMAT "\"");
	if ((r = att_json_str(j, "queue", &queue, err)) < 0 ||
	    (r = att_fact_queue_check(queue, err)) < 0 ||
	    (r = att_json_int(j, "next", 1, ATT_FACT_NUMBER_MAX + 1, &q->next,
		 err)) < 0 ||
	    (r = att_json_int(j, "sent", 0, q->next - 1, &q->sent, err)) < 0 ||
	    (r = att_json_int(j, "noted", 0, ATT_FACT_NUMBER_MAX, &q->noted,
		 err)) < 0 ||
	    (r = read_facts(j, q, err)) < 0)
		return r;
	memcpy(q->facts.queue, queue, sizeof(q->facts.queue));
	return read_seen(j, &q->seen, err);
}

int
att_fact_queue_parse(struct att_slice text, struct att_fact_queue *ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_fact_queue q = { .saved = true };
	int r;

	if ((r = att_json_parse(text, ATT_FACT_QUEUE_BYTES, &j, err)) < 0 ||
	    (r = read_queue(j, &q, err)) < 0)
		return r;
	*ret = q;
	return 0;
}

int
att_fact_queue_read(const struct att_state *s, struct att_fact_queue *ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FACT_QUEUE_BYTES);
	int bad, r = att_state_read(s, ATT_STATE_FACTS, &b, err);

	if (r == ATT_E_NOT_FOUND)
		return r;
	if (r == 0)
		r = att_fact_queue_parse(att_buf_view(&b), ret, err);
	if (r == 0 || att_code_kind(r) == ATT_KIND_SYSTEM)
		return r;
	att_log(ATT_LOG_WARNING, "%s is damaged, and the facts in it are "
	    "lost: %s", ATT_STATE_FACTS, err != NULL ? err->text : "");
	bad = att_state_set_aside(s, ATT_STATE_FACTS, err);
	return bad < 0 ? bad : r;
}

int
att_fact_queue_save(const struct att_state *s, struct att_fact_queue *q,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FACT_QUEUE_BYTES);
	int r;

	if (q->saved)
		return 0;
	if ((r = att_fact_queue_encode(q, &b, err)) < 0 ||
	    (r = att_state_write(s, ATT_STATE_FACTS, att_buf_view(&b), err)) <
		0)
		return r;
	q->saved = true;
	return 0;
}

/* -- on the way ----------------------------------------------------------- */

static void
forget_below(struct att_fact_queue *q, int64_t from)
{
	struct att_facts *f = &q->facts;
	size_t n = 0;

	while (n < f->count && f->fact[n].seq < from)
		n++;
	if (n == 0)
		return;
	memmove(&f->fact[0], &f->fact[n], (f->count - n) * sizeof(f->fact[0]));
	f->count -= n;
	q->saved = false;
}

static void
mark_sent(struct att_fact_queue *q, size_t count)
{
	int64_t last = count == 0 ? 0 : q->facts.fact[count - 1].seq;

	if (last <= q->sent)
		return;
	q->sent = last;
	q->saved = false;
}

int
att_fact_queue_answer(const struct att_state *s, struct att_fact_queue *q,
    int64_t from, struct att_facts *ret, struct att_err *err)
{
	const struct att_fact_queue was = *q;
	struct att_err late = { 0 };
	size_t n;

	if (from > q->sent + 1)
		return att_err_set(err, ATT_E_CONFLICT,
		    "the verifier has facts of this node up to %lld, and here "
		    "stands that %lld were sent: this state is an older copy",
		    (long long)from - 1, (long long)q->sent);
	forget_below(q, from);
	n = ATT_MIN(q->facts.count, (size_t)ATT_FACT_SENT_MAX);
	mark_sent(q, n);
	if (att_fact_queue_save(s, q, &late) < 0) {
		(void)att_log_err(ATT_LOG_WARNING, "facts are not sent",
		    &late);
		*q = was;
		n = 0;
	}
	*ret = q->facts;
	ret->count = n;
	return 0;
}
