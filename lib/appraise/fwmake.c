#include "appraise/fwmake.h"

#include <stdarg.h>
#include <string.h>

#include "appraise/fwmake_components.h"

#define NOTE_MAX 300

void
att_fwmake_note(const struct att_fwmake *m, const char *fmt, ...)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(NOTE_MAX);
	va_list ap;

	va_start(ap, fmt);
	att_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	att_buf_u8(&b, '\0');
	if (m->note != NULL && att_buf_ok(&b, "", NULL) == 0)
		m->note(m->arg, (const char *)b.data);
}

/* -- one range on all nodes ------------------------------------------------ */

/* A chip as the nodes have it, those that could read it. */
struct chip {
	const struct att_flash *on[ATT_FWMAKE_NODES_MAX];
	size_t count;
};

static const struct att_range *
range_on(const struct chip *c, size_t node, size_t at)
{
	return &c->on[node]->map->range[at];
}

static bool
seen_before(const struct chip *c, size_t node, size_t at)
{
	for (size_t i = 0; i < node; i++)
		if (att_digest_equal(&range_on(c, i, at)->digest,
			&range_on(c, node, at)->digest))
			return true;
	return false;
}

static size_t
count_different(const struct chip *c, size_t at)
{
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++)
		n += !seen_before(c, i, at);
	return n;
}

/* Erased on one node, and then on any. */
static int
fill_of(const struct chip *c, size_t at)
{
	for (size_t i = 0; i < c->count; i++)
		if (range_on(c, i, at)->fill >= 0)
			return range_on(c, i, at)->fill;
	return -1;
}

/* Those of nodes on which it is not filled as `fill` says. */
static int
put_digests(json_t *j, const struct chip *c, size_t at, int fill,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	int e;

	for (size_t i = 0; i < c->count; i++) {
		const struct att_range *r = range_on(c, i, at);

		if ((fill < 0 || r->fill != fill) && !seen_before(c, i, at) &&
		    (e = att_json_add(list,
			 att_json_hex_of(att_digest_view(&r->digest)), err)) <
			0)
			return e;
	}
	if (json_array_size(list) == 0)
		return 0;
	return att_json_put(j, att_alg_name(c->on[0]->map->alg), take(&list),
	    err);
}

static int
put_values(json_t *j, const struct att_fwmake *m, const struct chip *c,
    size_t at, struct att_err *err)
{
	const struct att_range *r = range_on(c, 0, at);
	int fill = r->class == ATT_RANGE_GAP ? fill_of(c, at) : -1, e;

	if (r->class != ATT_RANGE_STATIC && r->class != ATT_RANGE_GAP)
		return 0;
	if (c->count >= ATT_FWMAKE_OWN_NODES &&
	    count_different(c, at) == c->count) {
		att_fwmake_note(m, "flash %s: '%s' at 0x%llx is another on "
		    "each node, and counts as each one's own", c->on[0]->name,
		    r->name, (unsigned long long)r->offset);
		return att_json_put(j, "own", json_true(), err);
	}
	if (r->class == ATT_RANGE_STATIC && count_different(c, at) > 1)
		att_fwmake_note(m, "flash %s: '%s' at 0x%llx: %zu digests are "
		    "taken", c->on[0]->name, r->name,
		    (unsigned long long)r->offset, count_different(c, at));
	if (fill >= 0 &&
	    (e = att_json_put(j, "fill", json_integer(fill), err)) < 0)
		return e;
	return put_digests(j, c, at, fill, err);
}

static int
put_range(json_t *list, const struct att_fwmake *m, const struct chip *c,
    size_t at, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	const struct att_range *r = range_on(c, 0, at);
	int e;

	if ((e = att_json_put(j, "offset",
		 json_integer((json_int_t)r->offset), err)) < 0 ||
	    (e = att_json_put(j, "length",
		 json_integer((json_int_t)r->length), err)) < 0 ||
	    (e = att_json_put(j, "class",
		 json_string(att_range_class_name(r->class)), err)) < 0 ||
	    (e = att_json_put(j, "name", json_string(r->name), err)) < 0 ||
	    (e = put_values(j, m, c, at, err)) < 0)
		return e;
	return att_json_add(list, take(&j), err);
}

/* -- one chip -------------------------------------------------------------- */

static bool
same_layout(const struct att_map *a, const struct att_map *b, size_t *ret)
{
	for (*ret = 0; *ret < a->count && *ret < b->count; ++*ret) {
		const struct att_range *x = &a->range[*ret];
		const struct att_range *y = &b->range[*ret];

		if (x->offset != y->offset || x->length != y->length ||
		    x->class != y->class || strcmp(x->name, y->name) != 0)
			return false;
	}
	return a->count == b->count && a->size == b->size;
}

static int
check_layouts(const struct chip *c, struct att_err *err)
{
	const struct att_map *first = c->on[0]->map;
	size_t at;

	for (size_t i = 1; i < c->count; i++) {
		if (first->alg != c->on[i]->map->alg)
			return att_err_set(err, ATT_E_CONFLICT,
			    "flash %s: digests of two algorithms",
			    c->on[0]->name);
		if (same_layout(first, c->on[i]->map, &at))
			continue;
		return att_err_set(err, ATT_E_CONFLICT, "flash %s: node %zu "
		    "has another layout than the first, from '%s' on: make a "
		    "document for each", c->on[0]->name, i + 1,
		    at < first->count ? first->range[at].name : "the end");
	}
	return 0;
}

/* A digest over all of a chip says nothing: PROTOCOL-firmware.txt. */
static bool
has_structure(const struct att_map *map)
{
	for (size_t i = 0; i < map->count; i++)
		if (map->range[i].class != ATT_RANGE_GAP)
			return true;
	return false;
}

static bool
has_word(const json_t *list, const char *word)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_array_get(list, i)),
			word) == 0)
			return true;
	return false;
}

static int
add_word(json_t *list, const char *word, struct att_err *err)
{
	return has_word(list, word) ?
	    0 : att_json_add(list, json_string(word), err);
}

/* What good nodes are known for is no finding, and a person should know. */
static int
put_notes(json_t *j, const struct att_fwmake *m, const struct chip *c,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	bool writable = false;
	int e;

	for (size_t i = 0; i < c->count; i++) {
		const struct att_map *map = c->on[i]->map;

		writable = writable || c->on[i]->writable;
		for (size_t k = 0; k < map->note_count; k++)
			if ((e = add_word(list, map->note[k].code, err)) < 0)
				return e;
		if (map->notes_left_out > 0 &&
		    (e = add_word(list, "map.left-out", err)) < 0)
			return e;
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *code = json_string_value(json_array_get(list, i));

		writable = writable || strcmp(code, "mtd.writable") == 0;
		att_fwmake_note(m, "flash %s: %s is taken as it is",
		    c->on[0]->name, code);
	}
	if (writable &&
	    (e = att_json_put(j, "writable", json_true(), err)) < 0)
		return e;
	return json_array_size(list) == 0 ?
	    0 : att_json_put(j, "notes", take(&list), err);
}

/* A file of an image was read nowhere: how nodes read the chip is open. */
static int
put_paths(json_t *j, const struct chip *c, struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	int e;

	for (size_t i = 0; i < c->count; i++) {
		if (c->on[i]->path == ATT_PATH_IMAGE)
			return 0;
		if ((e = add_word(list, att_path_name(c->on[i]->path), err)) <
		    0)
			return e;
	}
	return att_json_put(j, "paths", take(&list), err);
}

static int
put_chip(json_t *flash, const struct att_fwmake *m, const struct chip *c,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	AUTO(att_json_decref) json_t *ranges = json_array();
	const struct att_map *map = c->on[0]->map;
	int e;

	if (!has_structure(map)) {
		att_fwmake_note(m, "flash %s is left out: no structure of "
		    "firmware is in it, so that no change could be told by "
		    "range", c->on[0]->name);
		return 0;
	}
	if ((e = check_layouts(c, err)) < 0)
		return e;
	for (size_t i = 0; i < map->count; i++)
		if ((e = put_range(ranges, m, c, i, err)) < 0)
			return e;
	if ((e = att_json_put(j, "size", json_integer((json_int_t)map->size),
		 err)) < 0 ||
	    (e = put_paths(j, c, err)) < 0 ||
	    (e = put_notes(j, m, c, err)) < 0 ||
	    (c->count < m->nodes &&
		(e = att_json_put(j, "optional", json_true(), err)) < 0) ||
	    (e = att_json_put(j, "ranges", take(&ranges), err)) < 0)
		return e;
	return att_json_put(flash, c->on[0]->name, take(&j), err);
}

/* That chip on all nodes that have it. */
static int
collect(const struct att_fwmake *m, const char *name, struct chip *ret,
    struct att_err *err)
{
	for (size_t i = 0; i < m->nodes; i++) {
		const struct att_flash *f =
		    att_firmware_claims_flash(m->node[i], name);

		if (f == NULL || f->result == ATT_MEASURED_NOT_AVAILABLE)
			continue;
		if (f->result != ATT_MEASURED_OK || f->map == NULL)
			return att_err_set(err, ATT_E_CONFLICT,
			    "flash %s: node %zu is not known to be good: %s",
			    name, i + 1, f->reason);
		ret->on[ret->count++] = f;
	}
	return 0;
}

static int
put_flash(json_t *doc, const struct att_fwmake *m, struct att_err *err)
{
	AUTO(att_json_decref) json_t *flash = json_object();
	int e;

	for (size_t i = 0; i < m->nodes; i++)
		for (size_t k = 0; k < m->node[i]->chips; k++) {
			const char *name = m->node[i]->flash[k].name;
			struct chip c = { .count = 0 };

			if (json_object_get(flash, name) != NULL)
				continue;
			if ((e = collect(m, name, &c, err)) < 0 ||
			    (c.count > 0 &&
				(e = put_chip(flash, m, &c, err)) < 0))
				return e;
		}
	return json_object_size(flash) == 0 ?
	    0 : att_json_put(doc, "flash", take(&flash), err);
}

/* -- the document ---------------------------------------------------------- */

/* What comes out is what is taken. */
static int
check(const json_t *doc, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf text =
	    ATT_BUF(ATT_FWREF_FILE_MAX);
	AUTO(att_fwref_free) struct att_fwref *r = NULL;
	int e;

	if ((e = att_json_write(doc, &text, err)) < 0)
		return e;
	return att_fwref_parse(att_buf_view(&text), &r, err);
}

int
att_fwmake(const struct att_fwmake *m, json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *doc = json_object();
	int r;

	if (m->nodes == 0 || m->nodes > ATT_FWMAKE_NODES_MAX)
		return att_err_set(err, ATT_E_USAGE,
		    "claims of %zu nodes, 1 to %d are taken", m->nodes,
		    ATT_FWMAKE_NODES_MAX);
	if ((r = att_ref_head_write(doc, ATT_FWREF_FORMAT, &m->head,
		 err)) < 0 ||
	    (r = put_flash(doc, m, err)) < 0 ||
	    (r = att_fwmake_components(m, doc, err)) < 0 ||
	    (r = check(doc, err)) < 0)
		return r;
	*ret = take(&doc);
	return 0;
}
