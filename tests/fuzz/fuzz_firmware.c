/*
 * Maps of flash chips. Whatever the bytes are: a refusal, or ranges that are
 * sorted and cover the chip, the same ones the next time; and one flipped byte
 * of a range that is not volatile is told.
 */
#include <stdlib.h>
#include <string.h>

#include "firmware/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool good)
{
	if (!good)
		abort();
}

static struct att_map *
map_of(const uint8_t *data, size_t size, struct att_hasher *h)
{
	struct att_map_options o = { .alg = ATT_ALG_SHA256 };
	struct att_map *map = NULL;
	struct att_image im;
	int r;

	if (att_image_of((struct att_slice){ data, size }, &im, NULL) < 0)
		return NULL;
	/* the last byte says which block could not be read */
	r = att_image_lose(&im, (uint64_t)data[size - 1] << 12, 4096, NULL);
	must(r == 0);
	r = att_map_make(&im, &o, h, &map, NULL);
	must(r == 0 || att_code_kind(r) == ATT_KIND_LIMIT);
	return map;
}

static void
sound(const struct att_map *map, size_t size)
{
	uint64_t at = 0;

	must(map->size == size);
	for (size_t i = 0; i < map->count; i++) {
		const struct att_range *r = &map->range[i];

		must(r->offset == at && r->length > 0);
		must((r->digest.len == 0) ==
		    (r->class == ATT_RANGE_UNREADABLE));
		must(memchr(r->name, '\0', sizeof(r->name)) != r->name);
		at += r->length;
	}
	must(at == size);
}

static bool
alarm_between(const struct att_map *a, const struct att_map *b)
{
	struct att_map_diff it = att_map_diff_begin(a, b);
	struct att_map_change c;
	bool any = false;

	while (att_map_diff_next(&it, &c))
		any |= att_map_change_matters(&c);
	return any;
}

static bool
is_open(const struct att_map *map, uint64_t at)
{
	for (size_t i = 0; i < map->count; i++)
		if (at - map->range[i].offset < map->range[i].length)
			return map->range[i].class == ATT_RANGE_VOLATILE ||
			    map->range[i].class == ATT_RANGE_UNREADABLE;
	abort();
}

static void
flip(const struct att_map *map, const uint8_t *data, size_t size, size_t at,
    struct att_hasher *h)
{
	uint8_t *other = malloc(size);
	struct att_map *changed;

	must(other != NULL);
	memcpy(other, data, size);
	other[at] ^= 0x01;
	changed = map_of(other, size, h);
	if (changed != NULL && !is_open(map, at))
		must(alarm_between(map, changed));
	att_map_free(changed);
	free(other);
}

static void
list_files(const struct att_map *map, const uint8_t *data, size_t size,
    struct att_hasher *h)
{
	AUTO(att_files_free) struct att_files *files = NULL;
	struct att_files_diff it;
	struct att_file_change c;
	struct att_image im;

	must(att_image_of((struct att_slice){ data, size }, &im, NULL) == 0);
	must(att_files_list(&im, map, h, &files, NULL) == 0);
	must(files->count <= ATT_FILES_MAX);
	it = att_files_diff_begin(files, files, 0, size);
	must(!att_files_diff_next(&it, &c));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO(att_map_free) struct att_map *map = NULL;
	AUTO(att_map_free) struct att_map *again = NULL;
	AUTO(att_json_decref) json_t *j = NULL;

	must(h != NULL);
	if (size == 0 || (map = map_of(data, size, h)) == NULL)
		return 0;
	sound(map, size);
	again = map_of(data, size, h);
	must(again != NULL && !alarm_between(map, again));
	must(att_map_to_json(map, &j, NULL) == 0);
	list_files(map, data, size, h);
	/* the last byte says what could be read: it stays */
	if (size > 2)
		flip(map, data, size,
		    (data[0] | (size_t)data[1] << 8) % (size - 1), h);
	return 0;
}
