/*
 * The partition table ($FPT) at the start of an Intel ME region (LongSoft
 * UEFITool, me.h, meparser.cpp).
 */
#ifndef ATT_FIRMWARE_ME_H
#define ATT_FIRMWARE_ME_H

#include "firmware/image.h"
#include "firmware/partition.h"

#define ATT_ME_PARTITIONS_MAX 64

struct att_me_partition {
	char name[5];		/* '?' for what is no letter, digit or space */
	uint64_t offset;	/* from the start of the region */
	uint64_t length;
	bool data;		/* ME writes to it as it runs */
};

struct att_me {
	uint64_t table;		/* offset of $FPT in the region */
	uint64_t table_length;
	/* those that are valid, not empty and within the region */
	struct att_me_partition partition[ATT_ME_PARTITIONS_MAX];
	size_t count;
};

/*
 * `region` is the whole region. ATT_E_NOT_FOUND if there is no table,
 * ATT_E_FORMAT, ATT_E_SHORT or ATT_E_LIMIT if it is broken.
 */
int att_me_parse(struct att_slice region, struct att_me *ret,
    struct att_err *err) ATT_MUST;

/*
 * Claims the partitions of a region; without a table that holds the region is
 * static as a whole. Nothing is claimed of what cannot be read.
 */
int att_me_claim(const struct att_span *region, const struct att_image *im,
    struct att_partition *p, struct att_err *err) ATT_MUST;

#endif
