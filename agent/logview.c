#include "agent/logview.h"

#include <stdio.h>

#include "agent/outline.h"
#include "base/encoding.h"
#include "eventlog/cel.h"
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

/* One element of the array that stands between the two. */
static int
json_item(uint64_t before, const json_t *j, struct att_buf *ret,
    struct att_err *err)
{
	att_buf_str(ret, before == 0 ? "\n" : ",\n");
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
put_digests(const struct att_event_digest *all, size_t count,
    struct att_buf *b)
{
	att_buf_fill(b, ' ', BODY_INDENT);
	for (size_t i = 0; i < count; i++) {
		const struct att_event_digest *d = &all[i];
		const char *name = att_alg_name(d->alg);

		if (name != NULL)
			att_buf_printf(b, "%s ", name);
		else
			att_buf_printf(b, "0x%04x ", d->alg);
		att_hex_put(b, (struct att_slice){ d->bytes.data,
		    ATT_MIN(d->bytes.len, DIGEST_SHOWN) });
		att_buf_str(b, "...  ");
	}
}

static void
text_digests(const struct view *v, const struct att_event *ev,
    const json_t *j, struct att_buf *b)
{
	json_t *forged = json_object_get(j, "forged");

	put_digests(ev->digest, ev->digest_count, b);
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
put_out(const struct att_logview *how, const struct att_buf *b,
    struct att_err *err)
{
	int r = att_buf_ok(b, "an event as text", err);

	if (r == 0)
		how->put(b);
	return r;
}

/* What is said before the items, and that they are called `items`. */
static int
put_before(const struct att_logview *how, const json_t *j, const char *items,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(EVENT_TEXT_MAX);
	int r;

	if (!how->json) {
		att_outline_print(j, 0, &b);
		att_buf_u8(&b, '\n');
	} else if ((r = json_part(j, true, &b, err)) < 0) {
		return r;
	} else {
		att_buf_printf(&b, ",\"%s\":[", items);
	}
	return put_out(how, &b, err);
}

/* What is said behind them, and with `why` what ended them, or NULL. */
static int
put_behind(const struct att_logview *how, struct att_fields f,
    const struct att_err *why, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(EVENT_TEXT_MAX);
	struct att_fields error;
	int r;

	if (why != NULL) {
		error = att_fields_object(f, "error");
		att_fields_str(error, "text", why->text);
		if (why->offset != ATT_NO_OFFSET)
			att_fields_uint(error, "offset", why->offset);
	}
	if ((r = att_fields_ok(f, err)) < 0)
		return r;
	att_buf_str(&b, how->json ? "\n]," : "\n");
	if (!how->json)
		att_outline_print(f.json, 0, &b);
	else if ((r = json_part(f.json, false, &b, err)) < 0)
		return r;
	else
		att_buf_u8(&b, '\n');
	return put_out(how, &b, err);
}

/* -- boot logs ------------------------------------------------------------- */

static int
put_head(struct view *v, struct att_err *err)
{
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
	return put_before(v->how, j, "events", err);
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
	else if ((r = json_item(v->events, j, &b, err)) < 0)
		return r;
	v->events++;
	return put_out(v->how, &b, err);
}

static int
put_foot(struct view *v, const struct att_tcg_iter *it,
    const struct att_err *why, struct att_err *err)
{
	static const char *const tails[] = { [ATT_TCG_TAIL_NONE] = "none",
		[ATT_TCG_TAIL_FF] = "ff", [ATT_TCG_TAIL_ZERO] = "zero",
		[ATT_TCG_TAIL_STRAY] = "stray" };
	AUTO(att_json_decref) json_t *j = json_object();
	struct att_fields f;
	bool failed;

	f = att_fields_begin(j, &failed);
	att_fields_uint(f, "used", it->cur.off);
	att_fields_str(f, "tail", tails[it->tail]);
	put_quirks(f, v->quirks | v->replay.quirks);
	return put_behind(v->how, f, why, err);
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

/* -- canonical event logs -------------------------------------------------- */

static const struct {
	uint8_t type;
	const char *name;
} contents[] = {
	/* TCG CEL 1.0, 5.1.5; go-tpm-tools, cel */
	{ 4, "cel" },
	{ ATT_CEL_PCCLIENT_STD, "pcclient_std" },
	{ 7, "ima_template" },
	{ 8, "ima_tlv" },
	{ 80, "cos" },
};

static const char *
content_name(uint8_t type)
{
	for (size_t i = 0; i < ATT_COUNT(contents); i++)
		if (contents[i].type == type)
			return contents[i].name;
	return NULL;
}

static bool
get_tlv(struct att_cur *c, uint8_t *type, struct att_slice *value)
{
	uint32_t len;

	return att_cur_u8(c, type) && att_cur_be32(c, &len) &&
	    att_cur_bytes(c, len, value);
}

static bool
is_tlvs(struct att_cur c)
{
	struct att_slice value;
	uint8_t type;

	while (!att_cur_empty(&c))
		if (!get_tlv(&c, &type, &value))
			return false;
	return true;
}

static void
put_tlvs(struct att_cur c, struct att_fields list)
{
	struct att_slice value;
	uint8_t type;

	while (!att_cur_empty(&c) && get_tlv(&c, &type, &value)) {
		struct att_fields one = att_fields_object(list, NULL);

		att_fields_uint(one, "type", type);
		att_fields_any(one, "value", value);
	}
}

/* Type, label and data of an event of the firmware. */
static int
put_firmware_event(const struct att_cel_record *rec, struct att_fields f,
    struct att_err *err)
{
	static const char *const parts[] = { "type", "label", "data",
		"broken", "raw_hex" };
	struct att_fields into = att_fields_object(f, "event");
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_event ev;
	int r;

	if ((r = att_cel_event(rec, &ev, err)) < 0 ||
	    (r = att_event_to_json(&ev, ATT_TCG_TPM, &j, err)) < 0)
		return r;
	for (size_t i = 0; i < ATT_COUNT(parts); i++) {
		json_t *part = json_object_get(j, parts[i]);

		if (part != NULL && into.json != NULL &&
		    json_object_set(into.json, parts[i], part) != 0)
			*into.failed = true;
	}
	return 0;
}

static int
put_content(const struct att_cel_record *rec, struct att_fields f,
    struct att_err *err)
{
	const char *name = content_name(rec->content_type);
	struct att_cur c = att_cur_of(rec->content);

	if (name != NULL)
		att_fields_str(f, "content_type", name);
	else
		att_fields_uint(f, "content_type", rec->content_type);
	if (rec->content_type == ATT_CEL_PCCLIENT_STD)
		return put_firmware_event(rec, f, err);
	if (is_tlvs(c))
		put_tlvs(c, att_fields_array(f, "content"));
	else
		att_fields_any(f, "content", rec->content);
	return 0;
}

static int
record_of(const struct att_cel_record *rec, json_t **ret,
    struct att_err *err)
{
	static const char *const kinds[] = { [ATT_CEL_PCR] = "pcr",
		[ATT_CEL_NV] = "nv_index", [ATT_CEL_CC] = "register" };
	AUTO(att_json_decref) json_t *j = json_object();
	struct att_fields f, digests;
	bool failed;
	int r;

	f = att_fields_begin(j, &failed);
	att_fields_uint(f, "number", rec->number);
	att_fields_uint(f, "offset", rec->offset);
	if (rec->kind == ATT_CEL_NV)
		att_fields_address(f, kinds[rec->kind], rec->index);
	else
		att_fields_uint(f, kinds[rec->kind], rec->index);
	digests = att_fields_object(f, "digests");
	for (size_t i = 0; i < rec->digest_count; i++) {
		const char *name = att_alg_name(rec->digest[i].alg);
		char number[8];

		(void)snprintf(number, sizeof(number), "0x%04x",
		    rec->digest[i].alg);
		att_fields_hex(digests, name != NULL ? name : number,
		    rec->digest[i].bytes);
	}
	if ((r = put_content(rec, f, err)) < 0 ||
	    (r = att_fields_ok(f, err)) < 0)
		return r;
	*ret = take(&j);
	return 0;
}

static int
put_record(const struct att_logview *how, const struct att_cel_record *rec,
    uint64_t before, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(EVENT_TEXT_MAX);
	AUTO(att_json_decref) json_t *j = NULL;
	int r;

	if ((r = record_of(rec, &j, err)) < 0)
		return r;
	if (how->json) {
		if ((r = json_item(before, j, &b, err)) < 0)
			return r;
	} else {
		att_outline_print(j, 0, &b);
		att_buf_u8(&b, '\n');
	}
	return put_out(how, &b, err);
}

int
att_logview_print_cel(const struct att_logview *how, struct att_slice raw,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *head = json_object(),
	    *foot = json_object();
	struct att_cel_iter it = att_cel_begin(raw);
	struct att_cel_record rec;
	struct att_err why = { 0 };
	struct att_fields f;
	bool failed;
	int r, rc;

	f = att_fields_begin(head, &failed);
	att_fields_str(f, "kind", "cel");
	att_fields_uint(f, "size", raw.len);
	if ((r = att_fields_ok(f, err)) < 0 ||
	    (r = put_before(how, head, "records", err)) < 0)
		return r;
	while ((rc = att_cel_next(&it, &rec, &why)) == 1)
		if ((rc = put_record(how, &rec, it.count - 1, &why)) < 0)
			break;
	f = att_fields_begin(foot, &failed);
	att_fields_uint(f, "used", it.cur.off);
	if ((r = put_behind(how, f, rc < 0 ? &why : NULL, err)) < 0)
		return r;
	if (rc < 0 && err != NULL)
		*err = why;
	return rc;
}
