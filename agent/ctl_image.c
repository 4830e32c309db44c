/* attestctl firmware map, diff: images of flash chips. */
#include "agent/ctl_firmware.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/encoding.h"
#include "base/text.h"
#include "firmware/files.h"

#define OUTPUT_MAX (64u << 20)	/* bytes of one answer */
#define DIGEST_SHOWN 16		/* hex digits of a digest in a table */
#define SIZE_TEXT 24

/* An image and its map. */
struct chip {
	const char *file;
	struct att_buf raw;
	struct att_image im;
	struct att_map *map;
	struct att_files *files;	/* NULL: nobody asked */
};

static void
chip_done(struct chip *c)
{
	att_buf_done(&c->raw);
	att_map_free(c->map);
	att_files_free(c->files);
}

/* False and an exit status if there is no map; what was wrong is said. */
static bool
load(const struct att_ctl_firmware *o, const char *file, struct chip *ret,
    int *ret_status)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_map_options how = { .alg = o->alg, .layout = o->layout };
	struct att_err err = { 0 };

	ret->file = file;
	ret->raw = ATT_BUF(ATT_IMAGE_MAX);
	*ret_status = ATT_CTL_GOOD;
	if (h == NULL) {
		*ret_status = att_ctl_nomem();
	} else if (att_ctl_read(file, &ret->raw, &err) < 0) {
		*ret_status = att_ctl_fail(NULL, &err);
	} else if (att_image_of(att_buf_view(&ret->raw), &ret->im, &err) < 0 ||
	    att_map_make(&ret->im, &how, h, &ret->map, &err) < 0) {
		*ret_status = att_ctl_fail(file, &err);
	}
	return ret->map != NULL;
}

/* The files of a chip, once; returns an exit status. */
static int
load_files(struct chip *c)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_err err = { 0 };

	if (h == NULL)
		return att_ctl_nomem();
	if (att_files_list(&c->im, c->map, h, &c->files, &err) < 0)
		return att_ctl_fail(c->file, &err);
	if (c->files->closed > 0)
		att_ctl_note(c->file, "%zu sections are not opened: %s",
		    c->files->closed, c->files->why.text);
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
	att_text_put(b, att_slice_of(text));
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

/* "    driver  GUID  NAME"; files of volumes in files stand further in. */
static void
put_file(struct att_buf *b, const struct att_file_entry *f)
{
	const char *type = att_file_type_name(f->type);
	char number[8];

	(void)snprintf(number, sizeof(number), "0x%02x", f->type);
	att_buf_printf(b, "%*s%-18s  %s%s%s\n", 4 + 2 * (int)f->depth, "",
	    type == NULL ? number : type, f->guid.text,
	    f->name[0] == '\0' ? "" : "  ", f->name);
}

/* Those that lie in the range, with their digests. */
static void
put_files(struct att_buf *b, const struct att_files *files,
    const struct att_range *r)
{
	char hex[ATT_DIGEST_HEX_MAX];

	for (size_t i = 0; i < files->count; i++) {
		const struct att_file_entry *f = &files->file[i];

		if (f->offset - r->offset >= r->length)
			continue;
		att_buf_printf(b, "%.*s", DIGEST_SHOWN,
		    att_digest_hex(&f->digest, hex));
		put_file(b, f);
	}
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
file_json(const struct att_file_entry *f, json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	int r;

	if ((r = att_json_put(j, "offset",
		 json_integer((json_int_t)f->offset), err)) < 0 ||
	    (r = att_json_put(j, "depth", json_integer(f->depth), err)) < 0 ||
	    (r = att_json_put(j, "guid", json_string(f->guid.text), err)) < 0 ||
	    (r = att_json_put(j, "type", json_integer(f->type), err)) < 0 ||
	    (r = att_json_put(j, "name", json_string(f->name), err)) < 0 ||
	    (r = att_json_put(j, "length",
		 json_integer((json_int_t)f->length), err)) < 0 ||
	    (r = att_json_put(j, att_alg_name(f->digest.alg),
		 att_json_hex_of(att_digest_view(&f->digest)), err)) < 0)
		return r;
	*ret = take(&j);
	return 0;
}

static int
files_json(const struct att_files *files, json_t *to, struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	int r;

	for (size_t i = 0; i < files->count; i++) {
		json_t *one = NULL;

		if ((r = file_json(&files->file[i], &one, err)) < 0 ||
		    (r = att_json_add(list, one, err)) < 0)
			return r;
	}
	return att_json_put(to, "files", take(&list), err);
}

static int
map_json(const struct att_map *map, const struct att_files *files,
    struct att_buf *b, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	int r;

	if ((r = att_map_to_json(map, &j, err)) < 0 ||
	    (files != NULL && (r = files_json(files, j, err)) < 0))
		return r;
	return att_json_write_pretty(j, b, err);
}

void
att_ctl_firmware_table(const struct att_map *map,
    const struct att_files *files, struct att_buf *ret)
{
	for (size_t i = 0; i < map->count; i++) {
		put_range(ret, &map->range[i]);
		if (files != NULL)
			put_files(ret, files, &map->range[i]);
	}
	put_notes(ret, map);
}

int
att_ctl_firmware_put(const char *file, const struct att_map *map,
    const struct att_files *files, bool json)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(OUTPUT_MAX);
	struct att_err err = { 0 };

	if (json) {
		if (map_json(map, files, &out, &err) < 0)
			return att_ctl_fail(file, &err);
		return finish(file, &out);
	}
	att_ctl_firmware_table(map, files, &out);
	return finish(file, &out);
}

int
att_ctl_firmware_map(const struct att_ctl_firmware *o)
{
	AUTO_DONE(chip_done) struct chip c = { 0 };
	int status;

	if (!load(o, o->file[0], &c, &status) ||
	    (o->list_files && (status = load_files(&c)) != ATT_CTL_GOOD))
		return status;
	return att_ctl_firmware_put(c.file, c.map, c.files, o->json);
}

/* -- diff ------------------------------------------------------------------ */

static const struct att_range *
range_of(const struct att_map_change *c)
{
	return c->after != NULL ? c->after : c->before;
}

/* What differs, and between which files; the same for people and programs. */
struct difference {
	struct chip before, after;
	bool matters;
};

static void
difference_done(struct difference *d)
{
	chip_done(&d->before);
	chip_done(&d->after);
}

/* Files explain a change of code. */
static bool
explains(const struct difference *d, const struct att_map_change *c)
{
	return d->before.files != NULL && range_of(c)->class ==
	    ATT_RANGE_STATIC;
}

static struct att_files_diff
files_of(const struct difference *d, const struct att_map_change *c)
{
	return att_files_diff_begin(d->before.files, d->after.files,
	    range_of(c)->offset, range_of(c)->length);
}

static const char *
file_change_name(const struct att_file_change *c)
{
	return c->before == NULL ? "added" :
	    c->after == NULL	 ? "removed" :
				   "content";
}

static void
put_change(struct att_buf *b, const struct difference *d,
    const struct att_map_change *c)
{
	struct att_file_change f;
	struct att_files_diff it;

	att_buf_printf(b, "%-7s  ", att_map_change_name(c->kind));
	put_place(b, range_of(c));
	put_text(b, range_of(c)->name);
	att_buf_u8(b, '\n');
	if (!explains(d, c))
		return;
	for (it = files_of(d, c); att_files_diff_next(&it, &f);) {
		att_buf_printf(b, "  %-7s", file_change_name(&f));
		put_file(b, f.after != NULL ? f.after : f.before);
	}
}

static int
put_file_changes(json_t *to, const struct difference *d,
    const struct att_map_change *c, struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	struct att_file_change f;
	struct att_files_diff it;
	int r;

	if (!explains(d, c))
		return 0;
	for (it = files_of(d, c); att_files_diff_next(&it, &f);) {
		AUTO(att_json_decref) json_t *j = NULL;

		if ((r = file_json(f.after != NULL ? f.after : f.before, &j,
			 err)) < 0 ||
		    (r = att_json_put(j, "change",
			 json_string(file_change_name(&f)), err)) < 0 ||
		    (r = att_json_add(list, take(&j), err)) < 0)
			return r;
	}
	return att_json_put(to, "files", take(&list), err);
}

/* The range as it is now, and what it was. */
static int
change_json(const struct difference *d, const struct att_map_change *c,
    json_t *to, struct att_err *err)
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
	if ((r = put_file_changes(j, d, c, err)) < 0)
		return r;
	return att_json_add(to, take(&j), err);
}

static bool
any_matters(const struct difference *d)
{
	struct att_map_diff it = att_map_diff_begin(d->before.map,
	    d->after.map);
	struct att_map_change change;
	bool any = false;

	while (att_map_diff_next(&it, &change))
		any |= att_map_change_matters(&change);
	return any;
}

static int
write_diff(const struct att_ctl_firmware *o, const struct difference *d,
    struct att_buf *b, struct att_err *err)
{
	struct att_map_diff it = att_map_diff_begin(d->before.map,
	    d->after.map);
	AUTO(att_json_decref) json_t *j = json_object();
	AUTO(att_json_decref) json_t *list = json_array();
	struct att_map_change change;
	int r;

	while (att_map_diff_next(&it, &change)) {
		if (!o->json)
			put_change(b, d, &change);
		else if ((r = change_json(d, &change, list, err)) < 0)
			return r;
	}
	if (!o->json)
		return 0;
	if ((r = att_json_put(j, "changes", take(&list), err)) < 0 ||
	    (r = att_json_put(j, "only_volatile", json_boolean(!d->matters),
		 err)) < 0)
		return r;
	return att_json_write_pretty(j, b, err);
}

int
att_ctl_firmware_diff(const struct att_ctl_firmware *o)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(OUTPUT_MAX);
	AUTO_DONE(difference_done) struct difference d = { 0 };
	struct att_err err = { 0 };
	int status;

	if (!load(o, o->file[0], &d.before, &status) ||
	    !load(o, o->file[1], &d.after, &status))
		return status;
	d.matters = any_matters(&d);
	if (d.matters && ((status = load_files(&d.before)) != ATT_CTL_GOOD ||
			     (status = load_files(&d.after)) != ATT_CTL_GOOD))
		return status;
	if (write_diff(o, &d, &out, &err) < 0)
		return att_ctl_fail(d.after.file, &err);
	status = finish(d.after.file, &out);
	return status == ATT_CTL_GOOD && d.matters ? ATT_CTL_VERDICT : status;
}
