/*
 * A flash chip that can be read: an MTD device of the kernel, or an image of
 * one in a file. Nothing is opened for writing, and no module is loaded.
 */
#ifndef ATT_MTD_CHIP_H
#define ATT_MTD_CHIP_H

#include <sys/stat.h>
#include <sys/types.h>

#include "base/err.h"

#define ATT_CHIP_NAME_MAX 64	/* bytes, without the NUL */

/* How a chip is reached; tests put faults here. `arg` is the chip's. */
struct att_chip_ops {
	/* Bytes read, 0 at the end, -errno; may be fewer than asked for. */
	ssize_t (*read)(void *arg, void *buf, size_t len, uint64_t offset);
	/* Its size as it is now; 0, or -errno. */
	int (*size)(void *arg, uint64_t *ret);
	/* Nanoseconds of a clock that only goes forward. */
	uint64_t (*now)(void *arg);
	/* May come back early. */
	void (*sleep)(void *arg, uint64_t ns);
};

struct att_chip {
	const struct att_chip_ops *ops;
	void *arg;
	int fd;			/* -1: not one of att_chip_open */
	bool device;		/* false: an image in a file */
	/*
	 * Of a device: the kernel lets it be written (flag 0x400, linux
	 * Documentation/ABI/testing/sysfs-class-mtd).
	 */
	bool writable;
	char name[ATT_CHIP_NAME_MAX + 1];	/* of a device, clean */
};

/*
 * What is at `path`: /dev/mtdNro, by whatever name, or a regular file. `*ret`
 * keeps its address as long as it is used. ATT_E_NOT_FOUND, with a text "not
 * available: ...", if there is no such device, as on machines whose flash has
 * no driver; ATT_E_DENIED for the device that can be written, /dev/mtdN;
 * ATT_E_UNSUPPORTED for anything else.
 */
int att_chip_open(const char *path, struct att_chip *ret,
    struct att_err *err) ATT_MUST;
void att_chip_done(struct att_chip *c);

/* The rule of att_chip_open, for what stat(2) says. */
int att_chip_admit(const struct stat *st, bool *ret_device,
    struct att_err *err) ATT_MUST;
/* Fills name and writable from /sys/class/mtd/mtdN, or what stands for it. */
int att_chip_describe(const char *dir, struct att_chip *c,
    struct att_err *err) ATT_MUST;

#endif
