#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/*
 * What is being written, beside the file that it is going to be: no name that a
 * person gives to a copy.
 */
#define NEW ".new-"
#define NEW_RANDOM "XXXXXX"	/* of mkostemp(3) */
#define NEW_LASTS_S 600		/* far longer than any write takes */

#define CREDENTIAL "credential:"
#define CREDENTIAL_NAME_MAX 255	/* bytes: NAME_MAX */

/* Bytes asked for at a time; wiped, as they may be of a key. */
struct chunk {
	uint8_t bytes[65536];
};

static void
chunk_done(struct chunk *c)
{
	explicit_bzero(c, sizeof(*c));
}

void
att_fd_done(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

char *
att_path_join(const char *dir, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

int
att_dir_check(const char *dir, struct att_err *err)
{
	struct stat st;

	if (stat(dir, &st) < 0)
		return att_err_sys(err, errno, "%s", dir);
	if (!S_ISDIR(st.st_mode))
		return att_err_sys(err, ENOTDIR, "%s", dir);
	if ((st.st_mode & 022) != 0)
		return att_err_set(err, ATT_E_DENIED,
		    "%s: others may write to it (mode %04o), must be 0755 or "
		    "less", dir, (unsigned)st.st_mode & 07777);
	return 0;
}

static int
read_fd(int fd, const char *path, struct att_buf *ret, struct att_err *err)
{
	AUTO_DONE(chunk_done) struct chunk c;
	ssize_t n;

	while ((n = read(fd, c.bytes, sizeof(c.bytes))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return att_err_sys(err, errno, "%s", path);
		att_buf_bytes(ret, c.bytes, (size_t)n);
		if (ret->failed)
			break;
	}
	return att_buf_ok(ret, path, err);
}

static int
open_path(const char *path, int flags, int *ret, struct stat *st,
    struct att_err *err)
{
	*ret = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | flags);
	if (*ret < 0 && errno == ENOENT)
		return att_err_set(err, ATT_E_NOT_FOUND, "%s: no such file",
		    path);
	if (*ret < 0 && errno == ELOOP)
		return att_err_set(err, ATT_E_DENIED,
		    "%s: a link, and not followed", path);
	if (*ret < 0 || fstat(*ret, st) < 0)
		return att_err_sys(err, errno, "%s", path);
	return S_ISDIR(st->st_mode) ? att_err_sys(err, EISDIR, "%s", path) :
				      0;
}

/* `closed`: bits that the file's mode must not have. */
static int
read_secret(const char *path, mode_t closed, struct att_buf *ret,
    struct att_err *err)
{
	AUTO_DONE(att_fd_done) int fd = -1;
	struct stat st;
	int r;

	if ((r = open_path(path, 0, &fd, &st, err)) < 0)
		return r;
	if ((st.st_mode & closed) != 0)
		return att_err_set(err, ATT_E_DENIED,
		    "%s: holds a secret and has mode %04o, must be %04o or "
		    "less", path, (unsigned)st.st_mode & 07777,
		    0660 & ~(unsigned)closed);
	return read_fd(fd, path, ret, err);
}

int
att_file_read(const char *path, struct att_buf *ret, struct att_err *err)
{
	AUTO_DONE(att_fd_done) int fd = -1;
	struct stat st;
	int r;

	if (strcmp(path, "-") == 0)
		return read_fd(STDIN_FILENO, "standard input", ret, err);
	r = open_path(path, 0, &fd, &st, err);
	return r < 0 ? r : read_fd(fd, path, ret, err);
}

int
att_file_read_kept(const char *path, struct att_buf *ret, struct att_err *err)
{
	AUTO_DONE(att_fd_done) int fd = -1;
	struct stat st;
	int r;

	if ((r = open_path(path, O_NONBLOCK | O_NOFOLLOW, &fd, &st, err)) < 0)
		return r;
	return S_ISREG(st.st_mode) ? read_fd(fd, path, ret, err) :
				     att_err_set(err, ATT_E_DENIED,
					 "%s: not a regular file", path);
}

bool
att_file_is_credential(const char *path)
{
	const char *name = path + strlen(CREDENTIAL);

	return strncmp(path, CREDENTIAL, strlen(CREDENTIAL)) == 0 &&
	    name[0] != '\0' && strlen(name) <= CREDENTIAL_NAME_MAX &&
	    strpbrk(name, "/:") == NULL && strcmp(name, ".") != 0 &&
	    strcmp(name, "..") != 0;
}

bool
att_file_is_out_of_reach(const char *path)
{
	return att_file_is_credential(path) &&
	    secure_getenv("CREDENTIALS_DIRECTORY") == NULL;
}

static int
read_credential(const char *name, struct att_buf *ret, struct att_err *err)
{
	const char *dir = secure_getenv("CREDENTIALS_DIRECTORY");
	AUTO(free) char *path = NULL;
	int r;

	if (dir == NULL || dir[0] != '/')
		return att_err_set(err, ATT_E_SYS, CREDENTIAL
		    "%s: no credentials were passed to this process", name);
	if ((path = att_path_join(dir, name)) == NULL)
		return att_err_nomem(err);
	r = read_secret(path, 007, ret, err);
	return r == ATT_E_NOT_FOUND ? att_err_sys(err, ENOENT, CREDENTIAL
					  "%s: %s", name, path) :
				      r;
}

int
att_file_read_secret(const char *path, struct att_buf *ret,
    struct att_err *err)
{
	if (att_file_is_credential(path))
		return read_credential(path + strlen(CREDENTIAL), ret, err);
	return read_secret(path, 077, ret, err);
}

static int
write_all(int fd, struct att_slice data)
{
	while (data.len > 0) {
		ssize_t n = write(fd, data.data, data.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data.data += n;
		data.len -= (size_t)n;
	}
	return 0;
}

/* The directory that it is in: the caller's; NULL without memory. */
static char *
dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? strdup(".") :
	    strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

int
att_file_give(int fd, const char *path, struct att_err *err)
{
	AUTO(free) char *dir = dir_of(path);
	struct stat st;

	if (dir == NULL)
		return att_err_nomem(err);
	if (geteuid() != 0)
		return 0;
	if (stat(dir, &st) < 0 ||
	    (st.st_uid != 0 && fchown(fd, st.st_uid, st.st_gid) < 0))
		return att_err_sys(err, errno, "%s: its owner", path);
	return 0;
}

static int
sync_dir(const char *path)
{
	AUTO_DONE(att_fd_done) int fd = -1;
	AUTO(free) char *dir = dir_of(path);

	if (dir == NULL)
		return -1;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -1 : fsync(fd);
}

/* What stands at the path: to be replaced, or to be written through. */
static int
look(const char *path, bool *ret_replace, struct att_err *err)
{
	struct stat st;

	*ret_replace = true;
	if (lstat(path, &st) == 0)
		*ret_replace = S_ISREG(st.st_mode);
	else if (errno != ENOENT)
		return att_err_sys(err, errno, "%s", path);
	return 0;
}

static bool
is_leftover(int dir, const char *name, time_t now)
{
	const size_t tail = strlen(NEW NEW_RANDOM);
	size_t n = strlen(name);
	struct stat st;

	return n > tail &&
	    strncmp(name + n - tail, NEW, strlen(NEW)) == 0 &&
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) &&
	    (st.st_mtime < now - NEW_LASTS_S ||
		st.st_mtime > now + NEW_LASTS_S);
}

void
att_dir_sweep(const char *dir)
{
	time_t now = time(NULL);
	DIR *d = opendir(dir);
	struct dirent *e;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		if (is_leftover(dirfd(d), e->d_name, now))
			(void)unlinkat(dirfd(d), e->d_name, 0);
	(void)closedir(d);
}

/* `give`: to whom the directory belongs. */
static int
replace(const char *path, struct att_slice data, unsigned mode, bool give,
    struct att_err *err)
{
	AUTO_DONE(att_fd_done) int fd = -1;
	AUTO(free) char *tmp = NULL;
	int saved, r;

	if (asprintf(&tmp, "%s" NEW NEW_RANDOM, path) < 0) {
		tmp = NULL;
		return att_err_nomem(err);
	}
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return att_err_sys(err, errno, "%s", path);
	if (give && (r = att_file_give(fd, path, err)) < 0) {
		(void)unlink(tmp);
		return r;
	}
	if (fchmod(fd, mode) == 0 && write_all(fd, data) == 0 &&
	    fsync(fd) == 0 && rename(tmp, path) == 0) {
		if (sync_dir(path) == 0)
			return 0;
		return att_err_sys(err, errno, "%s: directory", path);
	}
	saved = errno;
	(void)unlink(tmp);
	return att_err_sys(err, saved, "%s", path);
}

int
att_file_write(const char *path, struct att_slice data, unsigned mode,
    struct att_err *err)
{
	bool regular;
	int r = look(path, &regular, err);

	if (r < 0)
		return r;
	return regular ? replace(path, data, mode, true, err) :
			 att_err_set(err, ATT_E_DENIED,
			     "%s: not a regular file, and not replaced", path);
}

int
att_file_put(const char *path, struct att_slice data, unsigned mode,
    struct att_err *err)
{
	AUTO_DONE(att_fd_done) int fd = -1;
	bool regular;
	int r = look(path, &regular, err);

	if (r < 0)
		return r;
	if (regular)
		return replace(path, data, mode, false, err);
	fd = open(path, O_WRONLY | O_TRUNC | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || write_all(fd, data) < 0)
		return att_err_sys(err, errno, "%s", path);
	return 0;
}
