/*
 * Small files of the kernel, as in sysfs and procfs: read by name below a
 * directory, under a cap, and never waited for as one waits for a pipe. A
 * device that hangs in the kernel is another matter: base/guard.h.
 *
 * Nothing of that name is ATT_E_NOT_FOUND, anything but a regular file, or a
 * NUL in text, ATT_E_FORMAT, more than is taken ATT_E_LIMIT, all else
 * ATT_E_SYS with its errno; the text of an error has the path.
 */
#ifndef ATT_BASE_SYSFS_H
#define ATT_BASE_SYSFS_H

#include "base/buf.h"

/* Bytes of an attribute: a page (linux Documentation/filesystems/sysfs.rst) */
#define ATT_SYSFS_MAX 4096
#define ATT_SYSFS_NAMES_MAX 16384	/* of a directory */

/* Appends the file dir/name up to its end, as far as `ret` takes it. */
int att_sysfs_read(const char *dir, const char *name, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
/* One attribute, without white space at its end; *ret is the caller's. */
int att_sysfs_text(const char *dir, const char *name, char **ret,
    struct att_err *err) ATT_MUST;
/* "0000:17:00.0": the last part of where a symbolic link leads. */
int att_sysfs_link(const char *dir, const char *name, char **ret,
    struct att_err *err) ATT_MUST;

/* Names in a directory, those that begin with a dot left out. */
struct att_names {
	char **name;	/* sorted, "cpu9" before "cpu10" */
	size_t count;
};
void att_names_done(struct att_names *n);
int att_sysfs_list(const char *dir, struct att_names *ret,
    struct att_err *err) ATT_MUST;

#endif
