#include "agent/watch.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/encoding.h"
#include "base/log.h"

#define LOOK_AGAIN_MS 3600000	/* the clock's offset is kept anew by then */
#define REASON_MAX 255		/* bytes, of a text in details */

/* -- looking -------------------------------------------------------------- */

static int64_t
clock_ms(clockid_t id)
{
	struct timespec t = { 0 };

	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
att_look_take(const struct att_agent_config *config,
    const struct att_state *s, struct att_look *ret)
{
	struct att_look l = { .now = clock_ms(CLOCK_REALTIME),
		.up = clock_ms(CLOCK_BOOTTIME),
		.repaired = att_state_bad_time(s, ATT_STATE_CHALLENGES) };
	struct att_err err = { 0 };

	/* that one stands still while the machine sleeps */
	l.asleep = l.up - clock_ms(CLOCK_MONOTONIC);
	if (l.asleep < 0)
		l.asleep = 0;
	if (att_boot_id_read(config, l.boot_id, &err) < 0) {
		l.boot_id[0] = '\0';
		(void)att_log_err(ATT_LOG_WARNING, "boot id", &err);
	}
	*ret = l;
}

/* -- one fact ------------------------------------------------------------- */

/* Takes `details`. */
static int
make(const struct att_look *l, const char *kind, int64_t count,
    json_t *details, struct att_fact *ret, struct att_err *err)
{
	int64_t now = l->now / 1000;

	*ret = (struct att_fact){ .count = count };
	ret->first = ret->last = now < 0 ? 0 :
	    ATT_MIN(now, ATT_FACT_TIME_MAX);
	memcpy(ret->kind, kind, strlen(kind) + 1);
	memcpy(ret->boot_id, l->boot_id, sizeof(l->boot_id));
	return att_fact_set_details(ret, details, err);
}

static int
note(struct att_fact_queue *q, const struct att_look *l, const char *kind,
    int64_t count, json_t *details, struct att_err *err)
{
	struct att_fact f;
	int r = make(l, kind, count, details, &f, err);

	return r < 0 ? r : att_fact_queue_note(q, &f, err);
}

/* Clean text that fits: what is not printable ASCII is masked. */
static json_t *
text_of(const char *text)
{
	char s[REASON_MAX + 1];
	size_t n = strnlen(text, REASON_MAX);

	for (size_t i = 0; i < n; i++)
		s[i] = (char)(text[i] >= ' ' && text[i] <= '~' &&
			text[i] != '\\' && text[i] != '"' ? text[i] : '?');
	return json_stringn(s, n);
}

/* -- the node ------------------------------------------------------------- */

static int64_t
offset_of(const struct att_look *l)
{
	return l->now - l->up;
}

static void
keep_clock(struct att_fact_queue *q, const struct att_look *l)
{
	q->seen.offset = offset_of(l);
	q->seen.at = l->up;
	q->saved = false;
}

static int
watch_clock(struct att_fact_queue *q, const struct att_look *l,
    struct att_err *err)
{
	int64_t jump = offset_of(l) - q->seen.offset;
	int64_t since = l->up - q->seen.at;
	int64_t off = jump < 0 ? -jump : jump;
	int r;

	if (off > ATT_WATCH_JUMP_MS + since / 1000) {
		if ((r = note(q, l, "clock-jump", 1, json_pack("{s:I}",
			 "seconds", (json_int_t)(jump / 1000)), err)) < 0)
			return r;
		keep_clock(q, l);
	} else if (since > LOOK_AGAIN_MS) {
		keep_clock(q, l);
	}
	return 0;
}

static int
watch_sleep(struct att_fact_queue *q, const struct att_look *l,
    struct att_err *err)
{
	int64_t more = l->asleep - q->seen.asleep;

	if (more < ATT_WATCH_SLEEP_MS)
		return 0;
	q->seen.asleep = l->asleep;
	return note(q, l, "suspended", 1, json_pack("{s:I}", "seconds",
	    (json_int_t)(more / 1000)), err);
}

/* Another boot: its clocks begin anew, and it has not slept so far. */
static int
watch_boot(struct att_fact_queue *q, const struct att_look *l,
    struct att_err *err)
{
	struct att_seen *s = &q->seen;
	bool first = s->boot_id[0] == '\0';
	int r;

	if (strcmp(s->boot_id, l->boot_id) == 0)
		return 0;
	if (!first && (r = note(q, l, "reboot", 1, json_pack("{s:s}", "from",
		 s->boot_id), err)) < 0)
		return r;
	memcpy(s->boot_id, l->boot_id, sizeof(l->boot_id));
	s->asleep = first ? l->asleep : 0;
	if (first)
		s->repaired = l->repaired;
	keep_clock(q, l);
	return 0;
}

static int
watch_repairs(struct att_fact_queue *q, const struct att_look *l,
    struct att_err *err)
{
	if (l->repaired == 0 || l->repaired == q->seen.repaired)
		return 0;
	q->seen.repaired = l->repaired;
	return note(q, l, "state-repaired", 1, json_pack("{s:s}", "file",
	    ATT_STATE_CHALLENGES), err);
}

int
att_watch_node(struct att_fact_queue *q, const struct att_look *l,
    struct att_err *err)
{
	int r;

	if (l->boot_id[0] == '\0')
		return 0;
	if ((r = watch_boot(q, l, err)) < 0 ||
	    (r = watch_clock(q, l, err)) < 0 ||
	    (r = watch_sleep(q, l, err)) < 0)
		return r;
	return watch_repairs(q, l, err);
}

/* -- the TPM -------------------------------------------------------------- */

/* `seen` is -1 where nothing is known to hold it against. */
static int
watch_count(struct att_fact_queue *q, const struct att_look *l,
    const char *kind, int64_t *seen, int64_t now, struct att_err *err)
{
	int64_t was = *seen;

	if (now == was)
		return 0;
	*seen = now;
	q->saved = false;
	return was < 0 ? 0 : note(q, l, kind, now > was ? now - was : 1,
	    json_pack("{s:I, s:I}", "from", (json_int_t)was, "to",
		(json_int_t)now), err);
}

static int
watch_ak(struct att_fact_queue *q, const struct att_look *l,
    struct att_slice name, struct att_err *err)
{
	char hex[sizeof(q->seen.ak)], was[sizeof(q->seen.ak)];

	if (name.len > ATT_TPM_NAME_MAX)
		return att_err_set(err, ATT_E_LIMIT, "Name of %zu bytes",
		    name.len);
	att_hex_encode(name, hex);
	if (strcmp(hex, q->seen.ak) == 0)
		return 0;
	memcpy(was, q->seen.ak, sizeof(was));
	memcpy(q->seen.ak, hex, 2 * name.len + 1);
	q->saved = false;
	return was[0] == '\0' ? 0 : note(q, l, "ak-replaced", 1,
	    json_pack("{s:s, s:s}", "from", was, "to", hex), err);
}

int
att_watch_tpm(struct att_fact_queue *q, const struct att_look *l,
    const struct att_tpm_clock *clock, struct att_slice ak,
    struct att_err *err)
{
	struct att_seen *s = &q->seen;
	bool reset = s->resets >= 0 && s->resets != clock->reset_count;
	int r;

	if ((r = watch_count(q, l, "tpm-reset", &s->resets,
		 clock->reset_count, err)) < 0)
		return r;
	/* it counts from the last reset on */
	if (reset)
		s->restarts = 0;
	if ((r = watch_count(q, l, "tpm-restart", &s->restarts,
		 clock->restart_count, err)) < 0)
		return r;
	return watch_ak(q, l, ak, err);
}

/* -- attempts ------------------------------------------------------------- */

static bool
failed(const struct att_round *r)
{
	return r->outcome != ATT_OUTCOME_ACCEPTED &&
	    r->outcome != ATT_OUTCOME_EARLY &&
	    r->outcome != ATT_OUTCOME_STOPPED;
}

/* Is this fact, which was made here, about the same outcome? */
static bool
is_alike(const struct att_fact *f, const struct att_fact *other)
{
	AUTO(att_json_decref) json_t *a = json_loads(f->details, 0, NULL);
	AUTO(att_json_decref) json_t *b = json_loads(other->details, 0, NULL);

	return strcmp(f->kind, other->kind) == 0 && a != NULL && b != NULL &&
	    json_equal(json_object_get(a, "outcome"),
		json_object_get(b, "outcome"));
}

int
att_watch_attempt(struct att_fact_queue *q, const struct att_look *l,
    const struct att_round *round, struct att_err *err)
{
	struct att_fact *newest = att_fact_queue_newest(q);
	struct att_fact f;
	int r;

	if (!failed(round))
		return 0;
	if ((r = make(l, "failed-attempts", 1, json_pack("{s:s, s:o}",
		 "outcome", att_outcome_name(round->outcome), "reason",
		 text_of(att_round_reason(round))), &f, err)) < 0)
		return r;
	if (newest == NULL || !is_alike(newest, &f))
		return att_fact_queue_note(q, &f, err);
	att_fact_queue_again(q, newest, &f);
	return 0;
}

/* -- firmware ------------------------------------------------------------- */

static json_t *
change_details(const struct att_measure_change *c)
{
	if (c->range.name[0] == '\0')
		return json_pack("{s:o, s:s}", "chip", text_of(c->chip),
		    "change", c->how);
	return json_pack("{s:o, s:o, s:s, s:s, s:I, s:I}", "chip",
	    text_of(c->chip), "range", text_of(c->range.name), "class",
	    att_range_class_name(c->range.class), "change", c->how, "offset",
	    (json_int_t)c->range.offset, "length",
	    (json_int_t)c->range.length);
}

int
att_watch_firmware(struct att_fact_queue *q, const struct att_look *l,
    const struct att_measure *m, struct att_err *err)
{
	size_t all = m->changes + m->changes_left_out;
	size_t told = ATT_MIN(m->changes, (size_t)ATT_WATCH_CHANGES);
	int r;

	for (size_t i = 0; i < told; i++)
		if ((r = note(q, l, "firmware-changed",
			 i + 1 < told ? 1 : (int64_t)(all - i),
			 change_details(&m->change[i]), err)) < 0)
			return r;
	return 0;
}

/* -- the queue ------------------------------------------------------------ */

int
att_watch_open(const struct att_state *s, const struct att_look *l,
    struct att_fact_queue *ret, struct att_err *err)
{
	int r = att_fact_queue_read(s, ret, err);
	const char *reason = r == ATT_E_NOT_FOUND ? "there was none" :
						    "the last was damaged";

	if (r == 0 || att_code_kind(r) == ATT_KIND_SYSTEM)
		return r;
	if ((r = att_fact_queue_new(ret, err)) < 0)
		return r;
	return note(ret, l, "queue-began", 1, json_pack("{s:s}", "reason",
	    reason), err);
}

int
att_watch_renew(const struct att_state *s, struct att_fact_queue *q,
    const char *reason, struct att_err *err)
{
	struct att_fact_queue fresh = *q;
	struct att_look l = { .now = clock_ms(CLOCK_REALTIME) };
	int r;

	memcpy(l.boot_id, q->seen.boot_id, sizeof(l.boot_id));
	if ((r = att_fact_queue_renew(&fresh, err)) < 0 ||
	    (r = note(&fresh, &l, "queue-began", 1, json_pack("{s:o}",
		 "reason", text_of(reason)), err)) < 0 ||
	    (r = att_fact_queue_save(s, &fresh, err)) < 0)
		return r;
	*q = fresh;
	return 0;
}
