/*
 * Where firmware keeps variables: what a change of such a part means (edk2
 * VariableFormat.h; LongSoft UEFITool, nvram.h).
 */
#ifndef ATT_FIRMWARE_NVRAM_H
#define ATT_FIRMWARE_NVRAM_H

#include "firmware/efiguid.h"
#include "firmware/range.h"

/* File systems of volumes that hold variables, and the FTW blocks. */
#define ATT_NVRAM_VOLUME "fff12b8d-7696-4c8b-a985-2747075b4f50"
#define ATT_NVRAM_VOLUME_MORE "00504624-8a59-4eeb-bd0f-6b36e96128e0"

/* A file inside a volume of code that is not as static as the volume. */
struct att_nvram_file {
	const char *guid;
	const char *name;
	enum att_range_class class;
};

/*
 * AMI keeps its variables in such a file, and boards their holes; the copies
 * that hold defaults are static. NULL: a file like any other.
 */
const struct att_nvram_file *att_nvram_file_of(const struct att_efiguid *g)
    ATT_MUST;

#endif
