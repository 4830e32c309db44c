/*
 * check_vectors - flash descriptors of real boards, against what a person read
 * from them.
 *
 * usage: check_vectors DIR
 *
 * DIR/firmware/ifd/expected.json says of each NAME.bin beside it which regions
 * it has and what the host may do. Where it is absent this is said, and
 * nothing fails.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "firmware/ifd.h"
#include "firmware/map.h"

static const char *vectors;
static size_t passed, failed;
static char said[256];

static bool
complain(const char *what, uint64_t got, uint64_t want)
{
	snprintf(said, sizeof(said), "%s: 0x%llx, wanted 0x%llx", what,
	    (unsigned long long)got, (unsigned long long)want);
	return got == want;
}

static uint64_t
number(const json_t *j, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(j, name));
}

/* The regions that are listed, and no other. */
static bool
regions_hold(const struct att_ifd *ifd, const json_t *list)
{
	const json_t *at[ATT_IFD_REGIONS] = { NULL };

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		if (number(one, "index") < ATT_IFD_REGIONS)
			at[number(one, "index")] = one;
	}
	for (unsigned n = 0; n < ATT_IFD_REGIONS; n++) {
		const struct att_span *s = &ifd->region[n];
		uint64_t base = at[n] == NULL ? 0 : number(at[n], "base");
		uint64_t length = at[n] == NULL ? 0 : number(at[n], "length");

		if (!complain(att_ifd_region_name(n), s->offset, base) ||
		    !complain(att_ifd_region_name(n), s->length, length))
			return false;
	}
	return true;
}

static bool
is_listed(const json_t *list, uint64_t n)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if ((uint64_t)json_integer_value(json_array_get(list, i)) == n)
			return true;
	return false;
}

/* The chip's map, all but its descriptor erased. */
static struct att_map *
map_of(struct att_slice descriptor, uint64_t size, struct att_hasher *h)
{
	AUTO_DONE(att_buf_done) struct att_buf chip = ATT_BUF(ATT_IMAGE_MAX);
	struct att_map_options o = { .alg = ATT_ALG_SHA256 };
	struct att_map *map = NULL;
	struct att_err err = { 0 };
	struct att_image im;

	att_buf_slice(&chip, descriptor);
	att_buf_fill(&chip, 0xff, (size_t)size - descriptor.len);
	if (chip.failed || att_image_of(att_buf_view(&chip), &im, &err) < 0 ||
	    att_map_make(&im, &o, h, &map, &err) < 0)
		snprintf(said, sizeof(said), "%s", err.text);
	return map;
}

/* What may not be read is so in the map; the findings are those listed. */
static bool
map_holds(const struct att_map *map, const struct att_ifd *ifd,
    const json_t *want)
{
	const json_t *closed = json_object_get(want, "unreadable_regions");
	const json_t *notes = json_object_get(want, "findings");

	for (size_t i = 0; i < map->count; i++)
		for (unsigned n = 0; n < ATT_IFD_REGIONS; n++)
			if (ifd->region[n].length > 0 &&
			    ifd->region[n].offset == map->range[i].offset &&
			    !complain(att_ifd_region_name(n),
				map->range[i].class == ATT_RANGE_UNREADABLE,
				is_listed(closed, n)))
				return false;
	if (!complain("findings", map->note_count, json_array_size(notes)))
		return false;
	for (size_t i = 0; i < map->note_count; i++) {
		const char *code = json_string_value(json_array_get(notes, i));

		if (code == NULL || strcmp(code, map->note[i].code) != 0)
			return complain(map->note[i].code, 1, 0);
	}
	return true;
}

static bool
descriptor_holds(struct att_slice raw, const json_t *want)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO(att_map_free) struct att_map *map = NULL;
	struct att_err err = { 0 };
	struct att_ifd ifd;

	if (h == NULL || att_ifd_parse(raw, &ifd, &err) < 0) {
		snprintf(said, sizeof(said), "%s", err.text);
		return false;
	}
	return complain("version", ifd.version, number(want, "version")) &&
	    complain("read", ifd.host_read, number(want, "host_read_mask")) &&
	    complain("write", ifd.host_write,
		number(want, "host_write_mask")) &&
	    complain("size", att_ifd_allows(&ifd, number(want, "chip_size")),
		true) &&
	    regions_hold(&ifd, json_object_get(want, "regions")) &&
	    (map = map_of(raw, number(want, "chip_size"), h)) != NULL &&
	    map_holds(map, &ifd, want);
}

static void
check(const char *name, const json_t *want)
{
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(ATT_IFD_SIZE);
	struct att_err err = { 0 };
	char path[512];
	bool good;

	snprintf(path, sizeof(path), "%s/firmware/ifd/%s.bin", vectors, name);
	if (att_file_read(path, &raw, &err) < 0) {
		snprintf(said, sizeof(said), "%s", err.text);
		good = false;
	} else {
		good = descriptor_holds(att_buf_view(&raw), want);
	}
	printf("%s %s%s%s\n", good ? "ok  " : "FAIL", name, good ? "" : ": ",
	    good ? "" : said);
	passed += good;
	failed += !good;
}

int
main(int argc, char **argv)
{
	AUTO_DONE(att_buf_done) struct att_buf doc = ATT_BUF(1 << 20);
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_err err = { 0 };
	const char *name;
	char path[512];
	json_t *want;

	if (argc != 2) {
		fprintf(stderr, "usage: check_vectors DIR\n");
		return 2;
	}
	vectors = argv[1];
	snprintf(path, sizeof(path), "%s/firmware/ifd/expected.json", vectors);
	if (access(path, F_OK) != 0) {
		printf("skip %s is not there\n", path);
		printf("descriptors: 0 passed, 0 failed, 1 skipped\n");
		return 0;
	}
	if (att_file_read(path, &doc, &err) < 0 ||
	    att_json_parse(att_buf_view(&doc), doc.max, &j, &err) < 0) {
		fprintf(stderr, "check_vectors: %s\n", err.text);
		return 1;
	}
	json_object_foreach (j, name, want)
		check(name, want);
	printf("descriptors: %zu passed, %zu failed\n", passed, failed);
	return failed > 0 || passed == 0;
}
