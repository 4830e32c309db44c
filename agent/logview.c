#include "agent/logview.h"

#include "agent/outline.h"
#include "base/encoding.h"
#include "eventlog/cover.h"
#include "eventlog/describe.h"
#include "eventlog/fields.h"

#define EVENT_TEXT_MAX ((size_t)512 << 20) /* bytes of one event's JSON */
#define DIGEST_SHOWN 8		/* bytes; JSON has them all */
#define BODY_INDENT 6

#define BOLD "\033[1m"
#define RED "\033[31m"
#define PLAIN "\033[0m"

/* What goes from one event to the next. */
struct view {
	const struct att_logview *how;
	const struct att_tcglog *log;
	struct att_cover_state cover;
	struct att_replay replay;	/* for the quirks of the whole */
	uint32_t quirks;
	uint64_t events;
};

static void
put_quirks(struct att_fields f, uint32_t quirks)
{
	struct att_fields list;

	if (quirks == 0)
		return;
	list = att_fields_array(f, "quirks");
	for (unsigned i = 0; i < ATT_QUIRK_COUNT; i++)
		if ((quirks & 1u << i) != 0)
			att_fields_str(list, NULL, att_quirk_name(1u << i));
}

/* The strongest bank in which the event can be judged; 0: none. */
static uint16_t
bank_of(const struct att_event *ev)
{
	static const uint16_t order[] = { ATT_ALG_SHA512, ATT_ALG_SHA384,
		ATT_ALG_SHA256, ATT_ALG_SM3, ATT_ALG_SHA1 };

	for (size_t i = 0; i < ATT_COUNT(order); i++)
		if (att_event_digest(ev, order[i]) != NULL &&
		    att_alg_evp(order[i]) != NULL)
			return order[i];
	return 0;
}

/* The event as JSON, with what its digest proves of its data. */
static int
event_of(struct view *v, const struct att_event *ev, json_t **ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	enum att_cover cover = ATT_COVER_UNBOUND;
	uint32_t quirks = 0;
	struct att_fields f;
	bool failed;
	int r;

	if ((r = att_event_to_json(ev, v->log->kind, &j, err)) < 0 ||
	    (r = att_cover_event(&v->cover, v->how->hasher, bank_of(ev), ev,
		 &cover, &quirks, err)) < 0)
		return r;
	f = att_fields_begin(j, &failed);
	att_fields_str(f, "cover", att_cover_name(cover));
	if (att_cover_fails(cover))
		att_fields_bool(f, "forged", true);
	put_quirks(f, quirks);
	v->quirks |= quirks;
	if ((r = att_fields_ok(f, err)) < 0)
		return r;
	*ret = take(&j);
	return 0;
}

/* -- JSON ------------------------------------------------------------------ */

/*
 * An object whose members stand before or behind the events: without its
 * brace on the side where they are.
 */
static int
json_part(const json_t *j, bool before, struct att_buf *ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(EVENT_TEXT_MAX);
	int r;

	if ((r = att_json_write(j, &b, err)) < 0)
		return r;
	if (before)
		att_buf_bytes(ret, b.data, b.len - 1);
	else
		att_buf_bytes(ret, b.data + 1, b.len - 1);
	return 0;
}

static int
json_event(struct view *v, const json_t *j, struct att_buf *ret,
    struct att_err *err)
{
	att_buf_str(ret, v->events == 0 ? "\n" : ",\n");
	return att_json_write(j, ret, err);
}

/* -- text ------------------------------------------------------------------ */

static void
paint(const struct view *v, struct att_buf *b, const char *colour)
{
	if (v->how->colour)
		att_buf_str(b, colour);
}

static void
text_head(const struct view *v, const struct att_event *ev, const json_t *j,
    struct att_buf *b)
{
	const char *label = json_string_value(json_object_get(j, "label"));

	paint(v, b, BOLD);
	att_buf_printf(b, "%5u  ", ev->number);
	if (ev->type == ATT_EV_NO_ACTION && ev->pcr >= ATT_PCR_COUNT)
		att_buf_printf(b, "0x%08x  ", ev->pcr);
	else
		att_buf_printf(b, "%s %-2u  ",
		    v->log->kind == ATT_TCG_CC ? "MR" : "PCR", ev->pcr);
	att_buf_str(b, json_string_value(json_object_get(j, "type")));
	if (label != NULL && label[0] != '\0')
		att_buf_printf(b, "  %s", label);
	paint(v, b, PLAIN);
	att_buf_u8(b, '\n');
}

static void
text_digests(const struct view *v, const struct att_event *ev,
    const json_t *j, struct att_buf *b)
{
	json_t *forged = json_object_get(j, "forged");

	att_buf_fill(b, ' ', BODY_INDENT);
	for (size_t i = 0; i < ev->digest_count; i++) {
		const struct att_event_digest *d = &ev->digest[i];
		const char *name = att_alg_name(d->alg);

		if (name != NULL)
			att_buf_printf(b, "%s ", name);
		else
			att_buf_printf(b, "0x%04x ", d->alg);
		att_hex_put(b, (struct att_slice){ d->bytes.data,
		    ATT_MIN(d->bytes.len, DIGEST_SHOWN) });
		att_buf_str(b, "...  ");
	}
	if (json_is_true(forged))
		paint(v, b, RED);
	att_buf_printf(b, "[%s]",
	    json_string_value(json_object_get(j, "cover")));
	if (json_is_true(forged))
		paint(v, b, PLAIN);
	att_buf_u8(b, '\n');
}

static void
text_event(const struct view *v, const struct att_event *ev, const json_t *j,
    struct att_buf *b)
{
	static const char *const parts[] = { "broken", "quirks" };
	json_t *data = json_object_get(j, "data");

	text_head(v, ev, j, b);
	text_digests(v, ev, j, b);
	att_outline_print(data, BODY_INDENT, b);
	for (size_t i = 0; i < ATT_COUNT(parts); i++) {
		json_t *part = json_object_get(j, parts[i]);

		if (part == NULL)
			continue;
		paint(v, b, RED);
		att_buf_fill(b, ' ', BODY_INDENT);
		att_buf_printf(b, "%s:\n", parts[i]);
		att_outline_print(part, BODY_INDENT + 2, b);
		paint(v, b, PLAIN);
	}
}

/* -- both ------------------------------------------------------------------ */

static int
put_head(struct view *v, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(EVENT_TEXT_MAX);
	AUTO(att_json_decref) json_t *j = json_object();
	struct att_fields f, banks;
	bool failed;
	int r;

	f = att_fields_begin(j, &failed);
	att_fields_str(f, "kind", v->log->kind == ATT_TCG_CC ? "ccel" : "tpm");
	att_fields_str(f, "format", v->log->agile ? "crypto-agile" : "sha1");
	att_fields_uint(f, "size", v->log->raw.len);
	banks = att_fields_array(f, "banks");
	for (size_t i = 0; i < v->log->alg_count; i++) {
		const char *name = att_alg_name(v->log->alg[i].alg);

		if (name != NULL)
			att_fields_str(banks, NULL, name);
		else
			att_fields_address(banks, NULL, v->log->alg[i].alg);
	}
	if ((r = att_fields_ok(f, err)) < 0)
		return r;
	if (!v->how->json) {
		att_outline_print(j, 0, &b);
		att_buf_u8(&b, '\n');
	} else if ((r = json_part(j, true, &b, err)) < 0) {
		return r;
	} else {
		att_buf_str(&b, ",\"events\":[");
	}
	if ((r = att_buf_ok(&b, "a log", err)) < 0)
		return r;
	v->how->put(&b);
	return 0;
}

static int
put_event(struct view *v, const struct att_event *ev, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(EVENT_TEXT_MAX);
	AUTO(att_json_decref) json_t *j = NULL;
	int r;

	if ((r = event_of(v, ev, &j, err)) < 0 ||
	    (r = att_replay_event(&v->replay, ev, err)) < 0)
		return r;
	if (!v->how->json)
		text_event(v, ev, j, &b);
	else if ((r = json_event(v, j, &b, err)) < 0)
		return r;
	if ((r = att_buf_ok(&b, "an event", err)) < 0)
		return r;
	v->how->put(&b);
	v->events++;
	return 0;
}

/* `why` is the fault that ended the log, or NULL. */
static int
put_foot(struct view *v, const struct att_tcg_iter *it,
    const struct att_err *why, struct att_err *err)
{
	static const char *const tails[] = { [ATT_TCG_TAIL_NONE] = "none",
		[ATT_TCG_TAIL_FF] = "ff", [ATT_TCG_TAIL_ZERO] = "zero",
		[ATT_TCG_TAIL_STRAY] = "stray" };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(EVENT_TEXT_MAX);
	AUTO(att_json_decref) json_t *j = json_object();
	struct att_fields f, error;
	bool failed;
	int r;

	f = att_fields_begin(j, &failed);
	att_fields_uint(f, "used", it->cur.off);
	att_fields_str(f, "tail", tails[it->tail]);
	put_quirks(f, v->quirks | v->replay.quirks);
	if (why != NULL) {
		error = att_fields_object(f, "error");
		att_fields_str(error, "text", why->text);
		if (why->offset != ATT_NO_OFFSET)
			att_fields_uint(error, "offset", why->offset);
	}
	if ((r = att_fields_ok(f, err)) < 0)
		return r;
	att_buf_str(&b, v->how->json ? "\n]," : "\n");
	if (!v->how->json)
		att_outline_print(j, 0, &b);
	else if ((r = json_part(j, false, &b, err)) < 0)
		return r;
	else
		att_buf_u8(&b, '\n');
	if ((r = att_buf_ok(&b, "a log", err)) < 0)
		return r;
	v->how->put(&b);
	return 0;
}

int
att_logview_print(const struct att_logview *how, const struct att_tcglog *log,
    struct att_err *err)
{
	struct att_tcg_iter it = att_tcg_begin(log);
	struct view v = { .how = how, .log = log,
		.cover = { .kind = log->kind } };
	struct att_err why = { 0 };
	struct att_event ev;
	int r, rc;

	att_replay_begin(&v.replay, log, NULL, 0, how->hasher);
	if ((r = put_head(&v, err)) < 0)
		return r;
	while ((rc = att_tcg_next(&it, &ev, &why)) == 1)
		if ((r = put_event(&v, &ev, err)) < 0)
			return r;
	if ((r = put_foot(&v, &it, rc < 0 ? &why : NULL, err)) < 0)
		return r;
	if (rc < 0 && err != NULL)
		*err = why;
	return rc;
}
