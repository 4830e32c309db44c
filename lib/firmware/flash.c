#include "firmware/flash.h"

#include <string.h>

#include "firmware/member.h"

void
att_flash_set_failed(struct att_flash *f, enum att_measured result,
    const char *reason)
{
	f->result = result;
	att_set_text(f->reason, sizeof(f->reason), reason);
}

/* -- writing --------------------------------------------------------------- */

/* Digests of what changes by itself stand elsewhere. */
static int
put_ranges(json_t *chip, const struct att_map *map, struct att_err *err)
{
	AUTO(att_json_decref) json_t *all = json_array();
	int r;

	for (size_t i = 0; i < map->count; i++) {
		struct att_range range = map->range[i];
		json_t *one = NULL;

		if (range.class == ATT_RANGE_VOLATILE)
			range.digest.len = 0;
		if ((r = att_range_to_json(&range, &one, err)) < 0 ||
		    (r = att_json_add(all, one, err)) < 0)
			return r;
	}
	return att_json_put(chip, "ranges", take(&all), err);
}

static int
put_findings(json_t *chip, const struct att_map *map, struct att_err *err)
{
	AUTO(att_json_decref) json_t *all = json_array();
	int r;

	for (size_t i = 0; i < map->note_count; i++) {
		AUTO(att_json_decref) json_t *one = json_object();
		const struct att_note *n = &map->note[i];

		if ((r = att_put_text(one, "code", n->code, err)) < 0 ||
		    (r = att_put_number(one, "offset", n->offset, err)) < 0 ||
		    (r = att_put_number(one, "length", n->length, err)) < 0 ||
		    (r = att_put_text(one, "text", n->text, err)) < 0 ||
		    (r = att_json_add(all, take(&one), err)) < 0)
			return r;
	}
	if (map->notes_left_out > 0 &&
	    (r = att_put_number(chip, "findings_left_out", map->notes_left_out,
		 err)) < 0)
		return r;
	return att_json_put(chip, "findings", take(&all), err);
}

static int
put_map(json_t *chip, const struct att_map *map, struct att_err *err)
{
	int r;

	if ((r = att_put_text(chip, "alg", att_alg_name(map->alg), err)) < 0 ||
	    (r = att_put_number(chip, "size", map->size, err)) < 0 ||
	    (r = put_ranges(chip, map, err)) < 0)
		return r;
	return put_findings(chip, map, err);
}

int
att_flash_to_json(const struct att_flash *f, json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	int r;

	if ((r = att_put_text(j, "name", f->name, err)) < 0 ||
	    (r = att_put_text(j, "path", att_path_name(f->path), err)) < 0 ||
	    (r = att_put_text(j, "result", att_measured_name(f->result), err)) <
		0 ||
	    (r = att_json_put(j, "writable", json_boolean(f->writable),
		 err)) < 0)
		return r;
	r = f->result == ATT_MEASURED_OK ? put_map(j, f->map, err) :
					   att_put_text(j, "reason", f->reason,
					       err);
	if (r < 0)
		return r;
	*ret = take(&j);
	return 0;
}

int
att_flash_volatile_to_json(const struct att_map *map, json_t **ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *all = json_array();
	int r;

	for (size_t i = 0; i < map->count; i++) {
		AUTO(att_json_decref) json_t *one = json_object();
		const struct att_range *range = &map->range[i];

		if (range->class != ATT_RANGE_VOLATILE ||
		    range->digest.len == 0)
			continue;
		if ((r = att_put_number(one, "offset", range->offset, err)) <
			0 ||
		    (r = att_json_put(one, att_alg_name(map->alg),
			 att_json_hex_of(att_digest_view(&range->digest)),
			 err)) < 0 ||
		    (r = att_json_add(all, take(&one), err)) < 0)
			return r;
	}
	if (all == NULL)
		return att_err_nomem(err);
	*ret = take(&all);
	return 0;
}

/* -- reading --------------------------------------------------------------- */

static const char *
class_name(unsigned i)
{
	return i < ATT_RANGE_CLASSES ?
	    att_range_class_name((enum att_range_class)i) : NULL;
}

static const char *
flash_path_name(unsigned i)
{
	return i <= ATT_PATH_IMAGE ? att_path_name((enum att_path)i) : NULL;
}

static int
read_range(json_t *j, uint16_t alg, struct att_range *ret,
    struct att_err *err)
{
	int64_t fill = -1;
	unsigned class = 0;
	bool told;
	int r;

	if ((r = att_get_number(j, "offset", (int64_t)ATT_IMAGE_MAX,
		 &ret->offset, err)) < 0 ||
	    (r = att_get_number(j, "length", (int64_t)ATT_IMAGE_MAX,
		 &ret->length, err)) < 0 ||
	    (r = att_get_text(j, "name", ret->name, sizeof(ret->name), 1,
		 err)) < 0 ||
	    (r = att_get_name(j, "class", class_name, &class, err)) < 0 ||
	    (r = att_json_int_opt(j, "fill", 0, 255, &fill, err)) < 0)
		return r;
	ret->class = (enum att_range_class)class;
	ret->fill = (int)fill;
	if (fill >= 0 && ret->class != ATT_RANGE_GAP)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"fill\" is of a gap");
	told = ret->class != ATT_RANGE_UNREADABLE &&
	    ret->class != ATT_RANGE_VOLATILE;
	if (!told && json_object_get(j, att_alg_name(alg)) != NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "a range of class %s has no digest here",
		    att_range_class_name(ret->class));
	return told ? att_json_digest(j, att_alg_name(alg), alg, &ret->digest,
			  err) : 0;
}

/* Without hole or overlap, from 0 to the size. */
static int
read_ranges(json_t *chip, struct att_map *map, struct att_err *err)
{
	json_t *all = NULL;
	uint64_t at = 0;
	int r;

	if ((r = att_json_arr(chip, "ranges", &all, err)) < 0)
		return r;
	map->count = json_array_size(all);
	map->range = calloc(map->count + 1, sizeof(*map->range));
	if (map->range == NULL)
		return att_err_nomem(err);
	for (size_t i = 0; i < map->count; i++) {
		struct att_range *range = &map->range[i];

		if ((r = read_range(json_array_get(all, i), map->alg, range,
			 err)) < 0) {
			att_err_prefix(err, "range %zu", i);
			return r;
		}
		if (range->offset != at || range->length == 0)
			return att_err_set(err, ATT_E_FORMAT, "range %zu: "
			    "must begin where the one before ends, and have "
			    "bytes", i);
		at += range->length;
	}
	return at == map->size ? 0 : att_err_set(err, ATT_E_FORMAT,
	    "ranges must end where the chip does");
}

static int
read_findings(json_t *chip, struct att_map *map, struct att_err *err)
{
	int64_t left_out = 0;
	json_t *all = NULL;
	int r;

	if ((r = att_json_arr(chip, "findings", &all, err)) < 0 ||
	    (r = att_json_int_opt(chip, "findings_left_out", 0, INT32_MAX,
		 &left_out, err)) < 0)
		return r;
	if (json_array_size(all) > ATT_NOTES_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%zu findings of a chip, at most %d are taken",
		    json_array_size(all), ATT_NOTES_MAX);
	map->note_count = json_array_size(all);
	map->notes_left_out = (size_t)left_out;
	for (size_t i = 0; i < map->note_count; i++) {
		json_t *j = json_array_get(all, i);
		struct att_note *n = &map->note[i];

		if ((r = att_get_text(j, "code", n->code, sizeof(n->code), 1,
			 err)) < 0 ||
		    (r = att_get_number(j, "offset", ATT_NUMBER_MAX, &n->offset,
			 err)) < 0 ||
		    (r = att_get_number(j, "length", ATT_NUMBER_MAX, &n->length,
			 err)) < 0 ||
		    (r = att_get_text(j, "text", n->text, sizeof(n->text), 0,
			 err)) < 0) {
			att_err_prefix(err, "finding %zu", i);
			return r;
		}
	}
	return 0;
}

static int
read_map(json_t *chip, struct att_map **ret, struct att_err *err)
{
	AUTO(att_map_free) struct att_map *map = calloc(1, sizeof(*map));
	const char *alg = NULL;
	int r;

	if (map == NULL)
		return att_err_nomem(err);
	if ((r = att_json_str(chip, "alg", &alg, err)) < 0)
		return r;
	map->alg = att_alg_by_name(alg);
	if (map->alg == ATT_ALG_SHA1 || map->alg == 0 ||
	    strcmp(att_alg_name(map->alg), alg) != 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "alg \"%.40s\" is not taken", alg);
	if ((r = att_get_number(chip, "size", (int64_t)ATT_IMAGE_MAX,
		 &map->size, err)) < 0 ||
	    (r = read_ranges(chip, map, err)) < 0 ||
	    (r = read_findings(chip, map, err)) < 0)
		return r;
	if (map->size == 0)
		return att_err_set(err, ATT_E_FORMAT, "a chip of no bytes");
	*ret = take(&map);
	return 0;
}

int
att_flash_from_json(json_t *j, struct att_flash *ret, struct att_err *err)
{
	struct att_flash *f = ret;
	unsigned path = 0;
	int r;

	if ((r = att_get_text(j, "name", f->name, sizeof(f->name), 1, err)) <
		0 ||
	    (r = att_get_name(j, "path", flash_path_name, &path, err)) < 0 ||
	    (r = att_get_measured(j, &f->result, err)) < 0 ||
	    (r = att_json_bool(j, "writable", &f->writable, err)) < 0)
		return r;
	f->path = (enum att_path)path;
	return f->result == ATT_MEASURED_OK ? read_map(j, &f->map, err) :
	    att_get_text(j, "reason", f->reason, sizeof(f->reason), 1, err);
}

/* Joins them with the ranges that they are of, both in order. */
int
att_flash_volatile_from_json(json_t *all, struct att_map *map,
    struct att_err *err)
{
	size_t k = 0;
	int r;

	for (size_t i = 0; i < json_array_size(all); i++) {
		json_t *one = json_array_get(all, i);
		uint64_t offset = 0;

		if ((r = att_get_number(one, "offset", (int64_t)ATT_IMAGE_MAX,
			 &offset, err)) < 0)
			return r;
		while (k < map->count && map->range[k].offset < offset)
			k++;
		if (k == map->count || map->range[k].offset != offset ||
		    map->range[k].class != ATT_RANGE_VOLATILE)
			return att_err_set(err, ATT_E_FORMAT, "volatile %zu is "
			    "of no such range, or of one before", i);
		if ((r = att_json_digest(one, att_alg_name(map->alg),
			 map->alg, &map->range[k++].digest, err)) < 0)
			return r;
	}
	return 0;
}
