/* Flash map of coreboot (commonlib/bsd/fmap_serialized.h). */
#ifndef ATT_FIRMWARE_FMAP_H
#define ATT_FIRMWARE_FMAP_H

#include "firmware/image.h"
#include "firmware/partition.h"

#define ATT_FMAP_MAGIC "__FMAP__"
#define ATT_FMAP_AREAS_MAX 255
#define ATT_FMAP_NAME_SIZE 32	/* with its NUL */

struct att_fmap_area {
	uint64_t offset;	/* on the chip */
	uint64_t length;
	char name[ATT_FMAP_NAME_SIZE];	/* printable ASCII */
	uint16_t flags;
};

struct att_fmap {
	uint64_t length;	/* bytes of the map itself */
	char name[ATT_FMAP_NAME_SIZE];
	size_t count;
	struct att_fmap_area area[ATT_FMAP_AREAS_MAX];
};

/*
 * `c` stands on the magic and ends with the chip, which has `size` bytes.
 * Anything that is not as it must be makes it no map: ATT_E_FORMAT,
 * ATT_E_SHORT; *ret holds nothing then.
 */
int att_fmap_parse(struct att_cur c, uint64_t size, struct att_fmap *ret,
    struct att_err *err) ATT_MUST;
/* What may become of an area of this name. */
enum att_range_class att_fmap_class(const char *name) ATT_MUST;
/* Claims the areas, as source ATT_SOURCE_FMAP + `number`. */
int att_fmap_claim(const struct att_fmap *map, unsigned number,
    struct att_partition *p, struct att_err *err) ATT_MUST;

#endif
