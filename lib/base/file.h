/* Whole files: read to the end under a cap, written atomically. */
#ifndef ATT_BASE_FILE_H
#define ATT_BASE_FILE_H

#include "base/buf.h"

/*
 * Appends the file up to its end: st_size is not believed, because files of
 * securityfs and sysfs say 0. A file longer than what `ret` still takes is
 * ATT_E_LIMIT, an absent one ATT_E_NOT_FOUND, all else ATT_E_SYS; the text
 * names the path. "-" is standard input.
 */
int att_file_read(const char *path, struct att_buf *ret, struct att_err *err)
    ATT_MUST;
/*
 * The same of what a program keeps: ATT_E_DENIED if something else than a
 * regular file has this name. Root reads what attestd keeps, and neither waits
 * for a pipe nor follows a link that lies there.
 */
int att_file_read_kept(const char *path, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
/*
 * As att_file_read; ATT_E_DENIED if group or others may read the file.
 *
 * "credential:NAME" is what the service manager passed to this service under
 * that name (systemd.exec(5), LoadCredential= and others): the file NAME in
 * $CREDENTIALS_DIRECTORY, ATT_E_SYS if it is not there. Its access list shows
 * as permissions of a group, and the directory is this service's alone: only
 * others may have none.
 */
int att_file_read_secret(const char *path, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
/* Has that form, with a name that the service manager takes. */
bool att_file_is_credential(const char *path) ATT_MUST;
/* Is one, and this process was passed none, as when a person started it. */
bool att_file_is_out_of_reach(const char *path) ATT_MUST;
/*
 * Replaces `path` by these bytes: a new file beside it with `mode`, written,
 * synced and renamed, the directory synced. After a crash there stands the
 * old file or the new one, whole. ATT_E_DENIED if something else than a
 * regular file has this name: a device is not replaced. What root writes is
 * att_file_give's.
 */
int att_file_write(const char *path, struct att_slice data, unsigned mode,
    struct att_err *err) ATT_MUST;
/*
 * Removes what a process that was killed in att_file_write left in this
 * directory, which is a program's own: NAME.new-XXXXXX, once it is ten minutes
 * old, so that no writer needs a lock against this. What cannot be removed
 * stays for the next time.
 */
void att_dir_sweep(const char *dir);
/*
 * att_file_write for a name that a person gave: through a link, and into a
 * pipe, a terminal or a device, it writes. The file is the writer's.
 */
int att_file_put(const char *path, struct att_slice data, unsigned mode,
    struct att_err *err) ATT_MUST;

/*
 * A file that this process has just made at `path`: if root did, it becomes
 * that of the user and group whom its directory belongs to, so that he can go
 * on with it. For no other file: one that was there may be another name for
 * what is not his.
 */
int att_file_give(int fd, const char *path, struct att_err *err) ATT_MUST;

/*
 * ATT_E_DENIED if group or others may write to this directory: then what is in
 * it is anybody's word. ATT_E_SYS if it is none.
 */
int att_dir_check(const char *dir, struct att_err *err) ATT_MUST;

/* "dir/name", the caller's; NULL without memory. */
char *att_path_join(const char *dir, const char *name) ATT_MUST;

/* Closes; for AUTO_DONE on a descriptor that starts as -1. */
void att_fd_done(int *fd);

#endif
