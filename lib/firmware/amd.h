/*
 * AMD's embedded firmware structure, and the PSP and BIOS directories that it
 * leads to (coreboot amdfwtool; PSPTool).
 */
#ifndef ATT_FIRMWARE_AMD_H
#define ATT_FIRMWARE_AMD_H

#include "firmware/image.h"
#include "firmware/partition.h"

#define ATT_AMD_DIRECTORIES_MAX 64	/* of a chip; further ones are unseen */
#define ATT_AMD_ENTRIES_MAX 256		/* of a directory */

/*
 * Claims the structures, the directories and their entries. A directory whose
 * checksum, count or place is wrong is none; a structure that leads to no
 * directory is none. Loops end at a directory that was seen before.
 */
int att_amd_claim(const struct att_image *im, struct att_partition *p,
    struct att_err *err) ATT_MUST;

#endif
