/* attestctl firmware map, diff: images of flash chips. */
#include "agent/ctl_firmware.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/encoding.h"
#include "base/text.h"
#include "firmware/map.h"

#define OUTPUT_MAX (64u << 20)	/* bytes of one answer */
#define DIGEST_SHOWN 16		/* hex digits of a digest in a table */
#define SIZE_TEXT 24

/* An image and its map. */
struct chip {
	const char *file;
	struct att_buf raw;
	struct att_image im;
	struct att_map *map;
};

static void
chip_done(struct chip *c)
{
	att_buf_done(&c->raw);
	att_map_free(c->map);
}

/* Returns an exit status. */
static int
load(const struct att_ctl_firmware *o, const char *file, struct chip *ret)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_map_options how = { .alg = o->alg, .layout = o->layout };
	struct att_err err = { 0 };

	ret->file = file;
	ret->raw = ATT_BUF(ATT_IMAGE_MAX);
	if (h == NULL) {
		att_err_nomem(&err);
		return att_ctl_fail(NULL, &err);
	}
	if (att_ctl_read(file, &ret->raw, &err) < 0)
		return att_ctl_fail(NULL, &err);
	if (att_image_of(att_buf_view(&ret->raw), &ret->im, &err) < 0 ||
	    att_map_make(&ret->im, &how, h, &ret->map, &err) < 0)
		return att_ctl_fail(file, &err);
	return ATT_CTL_GOOD;
}

/* Puts what was written, or says why that failed. */
static int
finish(const char *file, const struct att_buf *out)
{
	struct att_err err = { 0 };

	if (att_buf_ok(out, "output", &err) < 0)
		return att_ctl_fail(file, &err);
	att_ctl_put(out);
	return ATT_CTL_GOOD;
}

/* -- tables ---------------------------------------------------------------- */

/* Exact, in the largest unit that is. */
static const char *
size_text(uint64_t n, char ret[static SIZE_TEXT])
{
	static const char *const units[] = { "B", "KiB", "MiB" };
	size_t u = 0;

	while (u + 1 < ATT_COUNT(units) && n > 0 && n % 1024 == 0) {
		n /= 1024;
		u++;
	}
	(void)snprintf(ret, SIZE_TEXT, "%" PRIu64 " %s", n, units[u]);
	return ret;
}

/* "0x00001000     8 KiB  per-machine  ": what lines of ranges begin with. */
static void
put_place(struct att_buf *b, const struct att_range *r)
{
	char size[SIZE_TEXT];

	att_buf_printf(b, "0x%08" PRIx64 "  %11s  %-11s  ", r->offset,
	    size_text(r->length, size), att_range_class_name(r->class));
}

static void
put_text(struct att_buf *b, const char *text)
{
	att_text_put(b, (struct att_slice){ (const uint8_t *)text,
	    strlen(text) });
}

static void
put_range(struct att_buf *b, const struct att_range *r)
{
	char hex[ATT_DIGEST_HEX_MAX];

	put_place(b, r);
	att_buf_printf(b, "%-*.*s  ", DIGEST_SHOWN, DIGEST_SHOWN,
	    r->digest.len == 0 ? "-" : att_digest_hex(&r->digest, hex));
	put_text(b, r->name);
	if (r->fill >= 0)
		att_buf_printf(b, " (all 0x%02x)", (unsigned)r->fill);
	att_buf_u8(b, '\n');
}

static void
put_notes(struct att_buf *b, const struct att_map *map)
{
	for (size_t i = 0; i < map->note_count; i++) {
		att_buf_printf(b, "%s at 0x%08" PRIx64 ": ",
		    map->note[i].code, map->note[i].offset);
		put_text(b, map->note[i].text);
		att_buf_u8(b, '\n');
	}
	if (map->notes_left_out > 0)
		att_buf_printf(b, "%zu more are left out\n",
		    map->notes_left_out);
}

/* -- map ------------------------------------------------------------------- */

static int
map_json(const struct att_map *map, struct att_buf *b, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	int r;

	if ((r = att_map_to_json(map, &j, err)) < 0)
		return r;
	return att_json_write_pretty(j, b, err);
}

int
att_ctl_firmware_map(const struct att_ctl_firmware *o)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(OUTPUT_MAX);
	AUTO_DONE(chip_done) struct chip c = { 0 };
	struct att_err err = { 0 };
	int status = load(o, o->file[0], &c);

	if (status != ATT_CTL_GOOD)
		return status;
	if (o->json) {
		if (map_json(c.map, &out, &err) < 0)
			return att_ctl_fail(c.file, &err);
		return finish(c.file, &out);
	}
	for (size_t i = 0; i < c.map->count; i++)
		put_range(&out, &c.map->range[i]);
	put_notes(&out, c.map);
	return finish(c.file, &out);
}

/* -- diff ------------------------------------------------------------------ */

static const struct att_range *
range_of(const struct att_map_change *c)
{
	return c->after != NULL ? c->after : c->before;
}

static void
put_change(struct att_buf *b, const struct att_map_change *c)
{
	att_buf_printf(b, "%-7s  ", att_map_change_name(c->kind));
	put_place(b, range_of(c));
	put_text(b, range_of(c)->name);
	att_buf_u8(b, '\n');
}

/* The range as it is now, and what it was. */
static int
change_json(const struct att_map_change *c, json_t *to, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	int r;

	if ((r = att_range_to_json(range_of(c), &j, err)) < 0 ||
	    (r = att_json_put(j, "change",
		 json_string(att_map_change_name(c->kind)), err)) < 0)
		return r;
	if (c->kind == ATT_MAP_CONTENT && c->before->digest.len > 0 &&
	    (r = att_json_put(j, "before",
		 att_json_hex_of(att_digest_view(&c->before->digest)),
		 err)) < 0)
		return r;
	return att_json_add(to, take(&j), err);
}

static int
write_diff(const struct att_ctl_firmware *o, struct att_map_diff it,
    struct att_buf *b, bool *ret_matters, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	AUTO(att_json_decref) json_t *list = json_array();
	struct att_map_change change;
	int r;

	*ret_matters = false;
	while (att_map_diff_next(&it, &change)) {
		*ret_matters |= att_map_change_matters(&change);
		if (!o->json)
			put_change(b, &change);
		else if ((r = change_json(&change, list, err)) < 0)
			return r;
	}
	if (!o->json)
		return 0;
	if ((r = att_json_put(j, "changes", take(&list), err)) < 0 ||
	    (r = att_json_put(j, "only_volatile", json_boolean(!*ret_matters),
		 err)) < 0)
		return r;
	return att_json_write_pretty(j, b, err);
}

int
att_ctl_firmware_diff(const struct att_ctl_firmware *o)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(OUTPUT_MAX);
	AUTO_DONE(chip_done) struct chip before = { 0 };
	AUTO_DONE(chip_done) struct chip after = { 0 };
	struct att_err err = { 0 };
	bool matters = true;
	int status;

	if ((status = load(o, o->file[0], &before)) != ATT_CTL_GOOD ||
	    (status = load(o, o->file[1], &after)) != ATT_CTL_GOOD)
		return status;
	if (write_diff(o, att_map_diff_begin(before.map, after.map), &out,
		&matters, &err) < 0)
		return att_ctl_fail(after.file, &err);
	status = finish(after.file, &out);
	return status == ATT_CTL_GOOD && matters ? ATT_CTL_VERDICT : status;
}
