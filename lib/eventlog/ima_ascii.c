#include "eventlog/ima_ascii.h"

#include <inttypes.h>
#include <string.h>

#include "base/encoding.h"
#include "base/number.h"
#include "base/pcr.h"
#include "eventlog/ima_template.h"

/* of one entry: its data in hex, and what stands before that */
#define LINE_BYTES_MAX (2 * ATT_IMA_DATA_MAX + 4096)

enum form {
	FORM_UNKNOWN = 0,
	FORM_DIGEST,	/* hex */
	FORM_NAMED,	/* algorithm, ':', hex */
	FORM_PATH,	/* text, which may have spaces */
	FORM_TEXT,
	FORM_HEX,
	FORM_U16,
	FORM_U32,
};

/* How the kernel shows each field (ima_template_lib.c). */
static const enum form forms[] = {
	[ATT_IMA_OTHER] = FORM_UNKNOWN,
	[ATT_IMA_D] = FORM_DIGEST,
	[ATT_IMA_N] = FORM_PATH,
	[ATT_IMA_D_NG] = FORM_NAMED,
	[ATT_IMA_D_NGV2] = FORM_NAMED,
	[ATT_IMA_N_NG] = FORM_PATH,
	[ATT_IMA_SIG] = FORM_HEX,
	[ATT_IMA_BUF] = FORM_HEX,
	[ATT_IMA_D_MODSIG] = FORM_NAMED,
	[ATT_IMA_MODSIG] = FORM_HEX,
	[ATT_IMA_EVMSIG] = FORM_HEX,
	[ATT_IMA_IUID] = FORM_U32,
	[ATT_IMA_IGID] = FORM_U32,
	[ATT_IMA_IMODE] = FORM_U16,
	[ATT_IMA_XATTRNAMES] = FORM_TEXT,
	[ATT_IMA_XATTRLENGTHS] = FORM_HEX,
	[ATT_IMA_XATTRVALUES] = FORM_HEX,
};

/* -- splitting a line ------------------------------------------------------ */

struct line {
	uint32_t pcr;
	struct att_slice digest;	/* hex */
	struct att_slice name;
	struct att_slice fields;	/* the space before the first, and on */
};

/* What comes before the next space, which is passed over if it is there. */
static struct att_slice
token(struct att_cur *c)
{
	struct att_slice rest = att_cur_rest(c), t = rest;
	const uint8_t *end = rest.len == 0 ? NULL :
	    memchr(rest.data, ' ', rest.len);

	if (end != NULL)
		t.len = (size_t)(end - rest.data);
	return att_cur_skip(c, t.len) ? t : rest;
}

static bool
space(struct att_cur *c)
{
	struct att_cur at = *c;
	uint8_t byte = 0;

	if (!att_cur_u8(&at, &byte) || byte != ' ')
		return false;
	*c = at;
	return true;
}

/* Decimal, without sign or leading zeros. */
static bool
number(struct att_slice s, uint32_t max, uint32_t *ret)
{
	uint64_t v;

	if ((s.len > 1 && s.data[0] == '0') || !att_number_of(s, max, &v))
		return false;
	*ret = (uint32_t)v;
	return true;
}

static bool
is_hex(struct att_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.data[i] < '0' || s.data[i] > '9') &&
		    (s.data[i] < 'a' || s.data[i] > 'f'))
			return false;
	return true;
}

/* What every entry begins with; false for any other text. */
static bool
split_line(struct att_slice text, size_t digest_size, struct line *ret)
{
	struct att_cur c = att_cur_of(text);
	struct line l = { 0 };

	(void)space(&c);
	if (!number(token(&c), ATT_PCR_COUNT - 1, &l.pcr) || !space(&c))
		return false;
	l.digest = token(&c);
	if (l.digest.len != 2 * digest_size || !is_hex(l.digest) || !space(&c))
		return false;
	l.name = token(&c);
	if (l.name.len == 0 || l.name.len > ATT_IMA_NAME_MAX)
		return false;
	for (size_t i = 0; i < l.name.len; i++)
		if (l.name.data[i] < ' ' || l.name.data[i] > '~')
			return false;
	l.fields = att_cur_rest(&c);
	*ret = l;
	return true;
}

/* The last token of s, and s without it and the space before it. */
static bool
last_token(struct att_slice *s, struct att_slice *ret)
{
	const uint8_t *at = s->len == 0 ? NULL : memrchr(s->data, ' ', s->len);
	size_t before;

	if (at == NULL)
		return false;
	before = (size_t)(at - s->data);
	*ret = (struct att_slice){ at + 1, s->len - before - 1 };
	s->len = before;
	return true;
}

/*
 * The text of each field of f, into its data. The first path may have spaces:
 * what stands before it is taken from the left, the rest from the right.
 */
static bool
split_fields(struct att_slice text, struct att_ima_fields *f)
{
	struct att_cur c = att_cur_of(text);
	struct att_slice rest;
	size_t path = 0;

	while (path < f->count && forms[f->field[path].id] != FORM_PATH) {
		if (!space(&c))
			return false;
		f->field[path++].data = token(&c);
	}
	if (path == f->count)
		return att_cur_empty(&c);
	if (!space(&c))
		return false;
	rest = att_cur_rest(&c);
	for (size_t i = f->count; i-- > path + 1;)
		if (!last_token(&rest, &f->field[i].data))
			return false;
	f->field[path].data = rest;
	return true;
}

/* -- building template data ------------------------------------------------ */

static void
put_u32(struct att_buf *b, bool big_endian, uint32_t v)
{
	if (big_endian)
		att_buf_be32(b, v);
	else
		att_buf_le32(b, v);
}

/* False if it is no hex; what does not fit fails the buffer. */
static bool
put_hex(struct att_buf *b, struct att_slice hex)
{
	return att_hex_decode(hex, b, NULL) == 0 || b->failed;
}

/* "sha256:" and hex become "sha256:", NUL and bytes; no name is ":". */
static bool
put_named(struct att_buf *b, struct att_slice text)
{
	const uint8_t *colon = memrchr(text.data, ':', text.len);
	struct att_slice name = { (const uint8_t *)":", 1 }, hex = text;

	if (colon != NULL) {
		name = (struct att_slice){ text.data,
			(size_t)(colon - text.data) + 1 };
		hex = (struct att_slice){ colon + 1, text.len - name.len };
	}
	att_buf_slice(b, name);
	att_buf_u8(b, '\0');
	return put_hex(b, hex);
}

static bool
put_number(struct att_buf *b, bool big_endian, uint32_t max,
    struct att_slice text)
{
	uint32_t v = 0;

	if (!number(text, max, &v))
		return false;
	if (max == UINT32_MAX)
		put_u32(b, big_endian, v);
	else if (big_endian)
		att_buf_be16(b, (uint16_t)v);
	else
		att_buf_le16(b, (uint16_t)v);
	return true;
}

/* The bytes of a field, without its length; text has a NUL in most forms. */
static bool
put_value(struct att_buf *b, bool big_endian, enum form form,
    struct att_slice text)
{
	if (text.len == 0 && form != FORM_PATH)
		return true;
	switch (form) {
	case FORM_DIGEST:
	case FORM_HEX:
		return put_hex(b, text);
	case FORM_NAMED:
		return put_named(b, text);
	case FORM_PATH:
	case FORM_TEXT:
		att_buf_slice(b, text);
		att_buf_u8(b, '\0');
		return true;
	case FORM_U16:
		return put_number(b, big_endian, UINT16_MAX, text);
	case FORM_U32:
		return put_number(b, big_endian, UINT32_MAX, text);
	case FORM_UNKNOWN:
		break;
	}
	return false;
}

/* The length is known once the bytes are there. */
static bool
put_field(struct att_buf *b, bool big_endian, const struct att_ima_field *f)
{
	size_t at = b->len, len;

	put_u32(b, big_endian, 0);
	if (!put_value(b, big_endian, forms[f->id], f->data))
		return false;
	if (b->failed)
		return true;	/* which the caller asks for */
	len = b->len - at - sizeof(uint32_t);
	for (size_t i = 0; i < sizeof(uint32_t); i++)
		b->data[at + (big_endian ? 3 - i : i)] =
		    (uint8_t)(len >> (8 * i));
	return true;
}

static bool
put_legacy(struct att_buf *b, bool big_endian, const struct att_ima_fields *f)
{
	struct att_slice path = f->field[1].data;

	if (f->field[0].data.len != (size_t)2 * ATT_IMA_LEGACY_DIGEST ||
	    path.len > ATT_IMA_LEGACY_PATH_MAX ||
	    !put_hex(b, f->field[0].data))
		return false;
	put_u32(b, big_endian, (uint32_t)path.len);
	att_buf_slice(b, path);
	return true;
}

/* False if the text is not of these fields. */
static bool
build(struct att_buf *b, const struct att_ima_entry *e,
    const struct att_ima_fields *f)
{
	att_buf_reset(b);
	if (e->legacy)
		return put_legacy(b, e->big_endian, f);
	for (size_t i = 0; i < f->count; i++)
		if (!put_field(b, e->big_endian, &f->field[i]))
			return false;
	return true;
}

/* -- an entry -------------------------------------------------------------- */

static int
bad_line(const struct att_ima_entry *e, const char *why, struct att_err *err)
{
	return att_err_at(err, ATT_E_FORMAT, e->offset,
	    "IMA entry %" PRIu64 ": %s", e->number, why);
}

/*
 * The text up to a line feed, or to the end of the list; *c stands behind it.
 * True if there was a line feed.
 */
static bool
next_line(struct att_cur *c, struct att_slice *ret)
{
	struct att_slice rest = att_cur_rest(c);
	const uint8_t *end = rest.len == 0 ? NULL :
	    memchr(rest.data, '\n', rest.len);
	uint8_t feed = 0;

	if (!att_cur_bytes(c, end == NULL ? rest.len :
		(size_t)(end - rest.data), ret))
		return false;
	return att_cur_u8(c, &feed);
}

static bool
is_known(const struct att_ima_fields *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (forms[f->field[i].id] == FORM_UNKNOWN)
			return false;
	return true;
}

static int
built(const struct att_ima_iter *it, const struct att_ima_entry *e,
    struct att_err *err)
{
	int r = att_buf_ok(&it->data, "data", err);

	if (r < 0) {
		att_err_prefix(err, "IMA entry %" PRIu64, e->number);
		if (err != NULL)
			err->offset = e->offset;
	}
	return r;
}

/* What this text gives as fields; 1 if it is not of that template. */
static int
try_text(struct att_ima_iter *it, struct att_slice text,
    struct att_ima_fields f, struct att_ima_entry *e, struct att_err *err)
{
	struct att_digest d;
	int r;

	if (!split_fields(text, &f) || !build(&it->data, e, &f))
		return 1;
	if ((r = built(it, e, err)) < 0)
		return r;
	e->data = att_buf_view(&it->data);
	e->check = ATT_IMA_UNCHECKED;
	if (e->violation)
		return 0;
	if ((r = att_ima_hash(it->hasher, e->alg, e, &d, err)) < 0)
		return r;
	e->check = att_slice_equal(att_digest_view(&d), e->digest) ?
	    ATT_IMA_HOLDS : ATT_IMA_BROKEN;
	return 0;
}

/*
 * Where no digest tells how far an entry goes: all whole lines that are not
 * the beginning of another.
 */
static void
absorb(const struct att_ima_iter *it, struct att_cur *c,
    struct att_ima_entry *e, struct att_slice *text)
{
	while (e->lines < ATT_IMA_LINES_MAX) {
		struct att_cur at = *c;
		struct att_slice more;
		struct line l;

		if (!next_line(&at, &more) ||
		    split_line(more, it->list->digest_size, &l))
			return;
		text->len += 1 + more.len;
		e->lines++;
		*c = at;
	}
}

/*
 * Adds lines until the digest is right: 0, and *c stands behind them; 1 if it
 * never is. Tries are counted over the whole list, so that a list of broken
 * entries takes no longer than another.
 */
static int
join(struct att_ima_iter *it, struct att_cur *c, struct att_slice text,
    const struct att_ima_fields *f, struct att_ima_entry *e,
    struct att_err *err)
{
	struct att_cur at = *c;
	struct att_slice more;
	int r;

	for (uint16_t n = 2; n <= ATT_IMA_LINES_MAX &&
	     !att_cur_empty(&at) && it->tries < ATT_IMA_TRIES_MAX; n++) {
		(void)next_line(&at, &more);
		text.len += 1 + more.len;
		if (text.len > LINE_BYTES_MAX)
			break;
		it->tries++;
		r = try_text(it, text, *f, e, err);
		if (r == ATT_E_LIMIT)
			break;
		if (r < 0)
			return r;
		if (r == 0 && e->check == ATT_IMA_HOLDS) {
			e->lines = n;
			*c = at;
			return 0;
		}
	}
	return 1;
}

static int
read_fields(struct att_ima_iter *it, struct att_cur *c, struct att_slice text,
    const struct att_ima_fields *f, struct att_ima_entry *e,
    struct att_err *err)
{
	int r;

	if (e->violation)
		absorb(it, c, e, &text);
	if ((r = try_text(it, text, *f, e, err)) < 0)
		return r;
	if ((r == 0 && e->check != ATT_IMA_BROKEN) ||
	    (r = join(it, c, text, f, e, err)) <= 0)
		return r;
	/* alone again, and broken */
	if ((r = try_text(it, text, *f, e, err)) < 0)
		return r;
	return r == 0 ? 0 :
	    bad_line(e, "fields are not those of its template", err);
}

static int
read_head(struct att_ima_iter *it, struct att_slice text,
    struct att_ima_entry *e, struct line *ret, struct att_err *err)
{
	struct att_cur c;
	int r;

	if (text.len > LINE_BYTES_MAX)
		return att_err_at(err, ATT_E_LIMIT, e->offset,
		    "IMA entry %" PRIu64 ": line of %zu bytes, at most %u are "
		    "taken", e->number, text.len, LINE_BYTES_MAX);
	att_buf_reset(&it->data);
	if (!split_line(text, it->list->digest_size, ret) ||
	    !put_hex(&it->data, ret->digest))
		return bad_line(e, "line does not begin with register, "
		    "template digest and template", err);
	/* without its bytes it would be no digest but a violation */
	if ((r = built(it, e, err)) < 0)
		return r;
	memcpy(it->digest, it->data.data, it->data.len);
	e->pcr = ret->pcr;
	e->name = ret->name;
	e->digest = (struct att_slice){ it->digest, it->data.len };
	c = att_cur_of(e->digest);
	e->violation = att_cur_all(&c, c.left, 0);
	e->legacy = att_slice_is(e->name, "ima");
	e->lines = 1;
	return 0;
}

int
att_ima_ascii_read(struct att_ima_iter *it, struct att_cur *c,
    struct att_ima_entry *e, struct att_err *err)
{
	struct att_slice text;
	struct att_ima_fields f;
	struct line l;
	bool whole = next_line(c, &text);
	int r;

	if ((r = read_head(it, text, e, &l, err)) < 0)
		return r;
	if (!att_ima_format(l.name, &f) || !is_known(&f)) {
		e->check = ATT_IMA_NO_DATA;
		absorb(it, c, e, &l.fields);
	} else if ((r = read_fields(it, c, l.fields, &f, e, err)) < 0) {
		return r;
	}
	/* only its digest can tell that a last line is whole */
	if (!whole && e->check != ATT_IMA_HOLDS)
		return att_err_at(err, ATT_E_SHORT, c->off,
		    "IMA entry %" PRIu64 ": list ends within a line",
		    e->number);
	return 0;
}
