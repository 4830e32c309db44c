#include "firmware/map.h"

#include <string.h>

#include "firmware/amd.h"
#include "firmware/ifd.h"
#include "firmware/me.h"
#include "firmware/openbmc.h"
#include "firmware/scan.h"

/* -- what the chip says ---------------------------------------------------- */

/* The image as the host may see it, and the part that may hold volumes. */
struct views {
	struct att_image host;
	struct att_image code;
};

static int
use_descriptor(struct views *v, struct att_partition *p, struct att_err *err)
{
	uint64_t size = ATT_MIN(p->size, (uint64_t)ATT_IFD_SIZE);
	struct att_err why = { 0 };
	struct att_ifd ifd;
	struct att_cur c;
	int r;

	if (!att_image_at(&v->host, 0, size, &c))
		return 0;
	if ((r = att_ifd_parse(att_cur_rest(&c), &ifd, &why)) < 0) {
		if (r != ATT_E_NOT_FOUND)
			att_partition_note(p, "ifd.broken", 0, size, "%s",
			    why.text);
		return 0;
	}
	if ((r = att_ifd_lose(&ifd, &v->host, err)) < 0 ||
	    (r = att_ifd_claim(&ifd, &v->host, p, err)) < 0 ||
	    (r = att_me_claim(&ifd.region[ATT_IFD_ME], &v->host, p, err)) < 0)
		return r;
	v->code = v->host;
	return att_ifd_lose_foreign(&ifd, &v->code, err);
}

static int
claim_lost(const struct att_image *im, struct att_partition *p,
    struct att_err *err)
{
	int r;

	for (size_t i = 0; i < im->lost_count; i++)
		if ((r = att_partition_claim(p, ATT_SOURCE_ACCESS,
			 im->lost[i].offset, im->lost[i].length,
			 ATT_RANGE_UNREADABLE, err, "%s", "")) < 0)
			return r;
	return 0;
}

static int
collect(struct views *v, enum att_layout layout, struct att_partition *p,
    struct att_err *err)
{
	int r;

	if ((r = use_descriptor(v, p, err)) < 0 ||
	    (r = claim_lost(&v->host, p, err)) < 0 ||
	    (r = att_scan_claim(&v->code, p, err)) < 0 ||
	    (r = att_amd_claim(&v->code, p, err)) < 0)
		return r;
	return layout == ATT_LAYOUT_OPENBMC ? att_openbmc_claim(p, err) : 0;
}

/* -- the map --------------------------------------------------------------- */

/* True if all bytes have this value. */
static bool
filled_with(struct att_slice s, uint8_t value)
{
	return s.data[0] == value &&
	    memcmp(s.data, s.data + 1, s.len - 1) == 0;
}

/* Step by step: what is compared is in the cache when it is hashed. */
static int
measure_range(struct att_range *range, uint16_t alg,
    const struct att_image *im, uint64_t *passed, struct att_hasher *h,
    struct att_err *err)
{
	struct att_slice s;
	struct att_cur c;
	uint8_t first;
	bool filled;
	int r;

	if (!att_image_at(im, range->offset, range->length, &c) || c.left == 0)
		return att_err_at(err, ATT_E_CONFLICT, range->offset,
		    "range %s holds unreadable bytes", range->name);
	first = c.p[0];
	filled = range->class == ATT_RANGE_GAP;
	if ((r = att_hasher_init(h, alg, err)) < 0)
		return r;
	while (att_cur_bytes(&c, ATT_MIN(c.left, ATT_IMAGE_STEP), &s) &&
	    s.len > 0) {
		filled = filled && filled_with(s, first);
		if ((r = att_hasher_update(h, alg, s, err)) < 0)
			return r;
		att_image_passed(im, passed, c.off);
	}
	range->fill = filled ? first : -1;
	return att_hasher_final(h, alg, &range->digest, err);
}

static int
measure(struct att_map *map, const struct att_image *im, struct att_hasher *h,
    struct att_err *err)
{
	uint64_t passed = 0;
	int r;

	for (size_t i = 0; i < map->count; i++)
		if (map->range[i].class != ATT_RANGE_UNREADABLE &&
		    (r = measure_range(&map->range[i], map->alg, im, &passed,
			 h, err)) < 0)
			return r;
	att_image_left(im, &passed, map->size);
	return 0;
}

int
att_map_make(const struct att_image *im,
    const struct att_map_options *options, struct att_hasher *h,
    struct att_map **ret, struct att_err *err)
{
	AUTO_DONE(att_partition_done)
	struct att_partition p = { .size = im->bytes.len };
	AUTO(att_map_free) struct att_map *map = calloc(1, sizeof(*map));
	struct views v = { .host = *im, .code = *im };
	int r;

	if (map == NULL)
		return att_err_nomem(err);
	map->size = p.size;
	map->alg = options->alg;
	if ((r = collect(&v, options->layout, &p, err)) < 0 ||
	    (r = att_partition_ranges(&p, &map->range, &map->count, err)) < 0 ||
	    (r = measure(map, &v.host, h, err)) < 0)
		return r;
	memcpy(map->note, p.note, sizeof(map->note));
	map->note_count = p.note_count;
	map->notes_left_out = p.notes_left_out;
	*ret = take(&map);
	return 0;
}

void
att_map_free(struct att_map *map)
{
	if (map == NULL)
		return;
	free(map->range);
	free(map);
}

/* -- as JSON --------------------------------------------------------------- */

static json_t *
text_of(const char *s)
{
	return att_json_text(att_slice_of(s));
}

int
att_range_to_json(const struct att_range *range, json_t **ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	const struct att_digest *d = &range->digest;
	int r;

	if ((r = att_json_put(j, "offset",
		 json_integer((json_int_t)range->offset), err)) < 0 ||
	    (r = att_json_put(j, "length",
		 json_integer((json_int_t)range->length), err)) < 0 ||
	    (r = att_json_put(j, "class",
		 json_string(att_range_class_name(range->class)), err)) < 0 ||
	    (r = att_json_put(j, "name", text_of(range->name), err)) < 0 ||
	    (range->fill >= 0 &&
		(r = att_json_put(j, "fill", json_integer(range->fill),
		     err)) < 0) ||
	    (d->len > 0 &&
		(r = att_json_put(j, att_alg_name(d->alg),
		     att_json_hex_of(att_digest_view(d)), err)) < 0))
		return r;
	*ret = take(&j);
	return 0;
}

static int
add_notes(json_t *to, const struct att_map *map, struct att_err *err)
{
	int r;

	for (size_t i = 0; i < map->note_count; i++) {
		AUTO(att_json_decref) json_t *j = json_object();
		const struct att_note *n = &map->note[i];

		if ((r = att_json_put(j, "code", json_string(n->code), err)) <
			0 ||
		    (r = att_json_put(j, "offset",
			 json_integer((json_int_t)n->offset), err)) < 0 ||
		    (r = att_json_put(j, "length",
			 json_integer((json_int_t)n->length), err)) < 0 ||
		    (r = att_json_put(j, "text", text_of(n->text), err)) < 0 ||
		    (r = att_json_add(to, take(&j), err)) < 0)
			return r;
	}
	return 0;
}

int
att_map_to_json(const struct att_map *map, json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	AUTO(att_json_decref) json_t *ranges = json_array();
	AUTO(att_json_decref) json_t *notes = json_array();
	int r;

	for (size_t i = 0; i < map->count; i++) {
		json_t *one = NULL;

		if ((r = att_range_to_json(&map->range[i], &one, err)) < 0 ||
		    (r = att_json_add(ranges, one, err)) < 0)
			return r;
	}
	if ((r = add_notes(notes, map, err)) < 0 ||
	    (r = att_json_put(j, "size", json_integer((json_int_t)map->size),
		 err)) < 0 ||
	    (r = att_json_put(j, "ranges", take(&ranges), err)) < 0 ||
	    (r = att_json_put(j, "findings", take(&notes), err)) < 0)
		return r;
	*ret = take(&j);
	return 0;
}

/* -- differences ----------------------------------------------------------- */

struct att_map_diff
att_map_diff_begin(const struct att_map *before, const struct att_map *after)
{
	return (struct att_map_diff){ .before = before, .after = after };
}

static bool
same_place(const struct att_range *a, const struct att_range *b)
{
	return a->offset == b->offset && a->length == b->length &&
	    a->class == b->class && strcmp(a->name, b->name) == 0;
}

static bool
same_bytes(const struct att_range *a, const struct att_range *b)
{
	return att_digest_equal(&a->digest, &b->digest);
}

bool
att_map_diff_next(struct att_map_diff *it, struct att_map_change *ret)
{
	const struct att_map *x = it->before, *y = it->after;

	while (it->i < x->count || it->j < y->count) {
		const struct att_range *a =
		    it->i < x->count ? &x->range[it->i] : NULL;
		const struct att_range *b =
		    it->j < y->count ? &y->range[it->j] : NULL;

		if (a != NULL && b != NULL && same_place(a, b)) {
			it->i++;
			it->j++;
			if (same_bytes(a, b))
				continue;
			*ret = (struct att_map_change){ ATT_MAP_CONTENT, a,
				b };
		} else if (a != NULL &&
		    (b == NULL || a->offset <= b->offset)) {
			it->i++;
			*ret = (struct att_map_change){ ATT_MAP_REMOVED, a,
				NULL };
		} else {
			it->j++;
			*ret = (struct att_map_change){ ATT_MAP_ADDED, NULL,
				b };
		}
		return true;
	}
	return false;
}

bool
att_map_change_matters(const struct att_map_change *c)
{
	return c->kind != ATT_MAP_CONTENT ||
	    c->before->class != ATT_RANGE_VOLATILE;
}

const char *
att_map_change_name(enum att_map_change_kind kind)
{
	switch (kind) {
	case ATT_MAP_CONTENT:
		return "content";
	case ATT_MAP_REMOVED:
		return "removed";
	case ATT_MAP_ADDED:
		break;
	}
	return "added";
}
