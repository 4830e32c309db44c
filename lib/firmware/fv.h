/*
 * Firmware volumes and the files in them (UEFI PI 1.8, volume 3: firmware
 * volume block, FFS2 and FFS3).
 */
#ifndef ATT_FIRMWARE_FV_H
#define ATT_FIRMWARE_FV_H

#include "firmware/efiguid.h"
#include "firmware/image.h"
#include "firmware/partition.h"

#define ATT_FV_MAGIC "_FVH"
#define ATT_FV_MAGIC_AT 0x28	/* bytes from the start of the volume */
#define ATT_FV_ALIGN 8
#define ATT_FFS_FILES_MAX 65536	/* of a chip: further ones are unseen */

enum att_fv_kind {
	ATT_FV_OTHER,		/* another file system: not looked into */
	ATT_FV_FILES,
	ATT_FV_VARIABLES,	/* firmware writes to it as it runs */
};

struct att_fv {
	enum att_fv_kind kind;
	bool large_files;	/* FFS3 */
	uint8_t erased;		/* value of erased bytes */
	uint64_t length;
	uint64_t files;		/* offset of the first file */
	struct att_efiguid fs;
	bool named;
	struct att_efiguid name;	/* FvName, if named */
};

/*
 * `c` stands at the start of a volume and ends where it must have ended. All
 * that a header must be is checked; ATT_E_SHORT, ATT_E_FORMAT: there is no
 * volume. The reset vector of Arm images lies in its first bytes: any will do.
 */
int att_fv_parse(struct att_cur c, struct att_fv *ret, struct att_err *err)
    ATT_MUST;
/* A short name of its file system, "FFS2"; NULL if not known. */
const char *att_fv_fs_name(const struct att_fv *fv) ATT_MUST;

struct att_ffs_file {
	uint64_t offset;	/* counted as that of the volume's cursor */
	uint64_t length;	/* with the header */
	struct att_efiguid guid;
	uint8_t type;		/* 0xf0: padding */
	uint8_t attributes;
	bool live;		/* data valid, not deleted */
	struct att_cur body;
};

struct att_ffs_iter {
	struct att_cur c;	/* behind the last file */
	uint64_t base;		/* offset of the volume */
	bool large;
	uint8_t erased;
};

/* `volume` is the whole volume that `fv` was parsed from. */
struct att_ffs_iter att_ffs_begin(const struct att_fv *fv,
    struct att_cur volume) ATT_MUST;
/*
 * 1 and the next file; 0 where free space begins, or at the end; a broken
 * header ends the walk with ATT_E_FORMAT or ATT_E_SHORT.
 */
int att_ffs_next(struct att_ffs_iter *it, struct att_ffs_file *ret,
    struct att_err *err) ATT_MUST;

/* The claims of the volumes of a chip. */
struct att_fv_claims {
	const struct att_image *im;
	struct att_partition *p;
	uint64_t passed;	/* as of att_image_passed */
	size_t files;		/* looked at, of all volumes */
};

/*
 * Claims a volume, which lies on c->im, and what in it is not static: AMI's
 * variables, a file inside an ordinary volume, and its ROM holes.
 */
int att_fv_claim(struct att_fv_claims *c, const struct att_fv *fv,
    struct att_cur volume, struct att_err *err) ATT_MUST;

#endif
