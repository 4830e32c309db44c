/*
 * The range map: a flash chip, from 0 to its size, as ranges that say what a
 * change of them means. Two maps of unchanged code are the same ranges with
 * the same digests, volatile ones apart; any flipped byte elsewhere changes a
 * digest or the ranges. docs/PROTOCOL-firmware.txt has the rules.
 */
#ifndef ATT_FIRMWARE_MAP_H
#define ATT_FIRMWARE_MAP_H

#include "base/json.h"
#include "firmware/image.h"
#include "firmware/partition.h"

enum att_layout {
	ATT_LAYOUT_FOUND,	/* what the chip says of itself */
	ATT_LAYOUT_OPENBMC,	/* OpenBMC's static layout as well */
};

struct att_map_options {
	uint16_t alg;		/* of the digests */
	enum att_layout layout;
};

/* Sorted, without hole or overlap, from 0 to `size`. */
struct att_map {
	uint64_t size;
	uint16_t alg;
	struct att_range *range;
	size_t count;
	struct att_note note[ATT_NOTES_MAX];
	size_t note_count;
	size_t notes_left_out;
};

/*
 * The map of an image; it is the caller's, and borrows nothing. Regions that
 * the flash descriptor denies to the host are unreadable also where `im` has
 * their bytes, so that the map of a file and that of the chip agree.
 * ATT_E_LIMIT for a chip that has more of anything than is taken: then there
 * is no map.
 */
int att_map_make(const struct att_image *im,
    const struct att_map_options *options, struct att_hasher *h,
    struct att_map **ret, struct att_err *err) ATT_MUST;
void att_map_free(struct att_map *map);
ATT_DEFINE_AUTO(struct att_map, att_map_free)

/* The document of docs/PROTOCOL-firmware.txt 2, the caller's. */
int att_map_to_json(const struct att_map *map, json_t **ret,
    struct att_err *err) ATT_MUST;
/* {"offset", "length", "class", "name", ...} of one range, the caller's. */
int att_range_to_json(const struct att_range *range, json_t **ret,
    struct att_err *err) ATT_MUST;

/* -- differences ----------------------------------------------------------- */

enum att_map_change_kind {
	ATT_MAP_CONTENT,	/* the same range, other bytes */
	ATT_MAP_REMOVED,	/* `before` has no such range in the other */
	ATT_MAP_ADDED,		/* `after` has none */
};

struct att_map_change {
	enum att_map_change_kind kind;
	const struct att_range *before;	/* NULL: added */
	const struct att_range *after;	/* NULL: removed */
};

struct att_map_diff {
	const struct att_map *before, *after;
	size_t i, j;
};

/* Both of one algorithm, and kept while the iterator is used. */
struct att_map_diff att_map_diff_begin(const struct att_map *before,
    const struct att_map *after) ATT_MUST;
/* In the order of the chip; false at the end. */
bool att_map_diff_next(struct att_map_diff *it, struct att_map_change *ret)
    ATT_MUST;
/* False for other bytes in a volatile range; all else must be explained. */
bool att_map_change_matters(const struct att_map_change *c) ATT_MUST;
/* "content", "removed", "added" */
const char *att_map_change_name(enum att_map_change_kind kind) ATT_MUST;

#endif
