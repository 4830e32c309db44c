/*
 * The files of firmware, also those in compressed sections: what a person is
 * told about a range that changed. Never what finds a change: padding is in no
 * file, and one wrong bit hides all that a compressed section holds.
 */
#ifndef ATT_FIRMWARE_FILES_H
#define ATT_FIRMWARE_FILES_H

#include "firmware/efiguid.h"
#include "firmware/map.h"

#define ATT_FILES_MAX 16384
#define ATT_FILES_DEPTH_MAX 16	/* sections and volumes in each other */
#define ATT_FILES_SECTIONS_MAX 262144
#define ATT_FILES_UNPACKED_MAX ((size_t)128 << 20)	/* bytes, in all */
#define ATT_FILES_NAME_MAX 63	/* bytes, without the NUL */

struct att_file_entry {
	uint64_t offset;	/* on the chip, of the outermost file */
	unsigned depth;		/* volumes around it, but for the outermost */
	struct att_efiguid guid;
	uint8_t type;
	char name[ATT_FILES_NAME_MAX + 1];	/* clean; "": it has none */
	uint64_t length;		/* of the body */
	struct att_digest digest;	/* of the body */
};

struct att_files {
	struct att_file_entry *file;	/* as they lie, outer before inner */
	size_t count;
	/* sections that could not be opened, and why the last one could not */
	size_t closed;
	struct att_err why;
};

/*
 * The files of the volumes that `map`, the map of this image, has ranges of;
 * the caller's. What breaks its format or a limit above is counted as closed
 * and passed over: there may be less than there is, never a failure for what
 * an image holds.
 */
int att_files_list(const struct att_image *im, const struct att_map *map,
    struct att_hasher *h, struct att_files **ret, struct att_err *err)
    ATT_MUST;
void att_files_free(struct att_files *files);
ATT_DEFINE_AUTO(struct att_files, att_files_free)

/* "PEIM", "driver"; "0x42" is left to the caller, as NULL. */
const char *att_file_type_name(uint8_t type) ATT_MUST;

/* -- differences ----------------------------------------------------------- */

struct att_file_change {
	const struct att_file_entry *before;	/* NULL: added */
	const struct att_file_entry *after;	/* NULL: removed */
};

struct att_files_diff {
	const struct att_files *before, *after;
	uint64_t offset, end;
	size_t i, j;
};

/*
 * Files whose outermost one begins within [offset, offset + length). They are
 * compared by GUID and depth: the n-th of one list with the n-th of the other.
 */
struct att_files_diff att_files_diff_begin(const struct att_files *before,
    const struct att_files *after, uint64_t offset, uint64_t length) ATT_MUST;
bool att_files_diff_next(struct att_files_diff *it,
    struct att_file_change *ret) ATT_MUST;

#endif
