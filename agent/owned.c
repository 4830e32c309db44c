#include "agent/owned.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define PASSWD_MAX 16384	/* bytes of one entry of passwd */
#define CHUNK 65536		/* bytes asked for at a time */

static bool
is_service(uid_t uid)
{
	AUTO(free) char *text = malloc(PASSWD_MAX);
	struct passwd entry, *found = NULL;

	return text != NULL &&
	    getpwnam_r(ATT_SERVICE_USER, &entry, text, PASSWD_MAX, &found) ==
		0 &&
	    found != NULL && found->pw_uid == uid;
}

static int
check_owner(const char *path, const struct stat *st, enum att_owner whose,
    struct att_err *err)
{
	if ((st->st_mode & 022) != 0)
		return att_err_set(err, ATT_E_DENIED,
		    "%s: others may write to it (mode %04o), so it proves "
		    "nothing", path, (unsigned)st->st_mode & 07777);
	if (whose == ATT_OWNER_ANY || st->st_uid == 0 ||
	    st->st_uid == geteuid() ||
	    (whose == ATT_OWNER_SERVICE && is_service(st->st_uid)))
		return 0;
	return att_err_set(err, ATT_E_DENIED,
	    "%s: belongs to user %u, must belong to root%s", path,
	    (unsigned)st->st_uid,
	    whose == ATT_OWNER_SERVICE ? " or " ATT_SERVICE_USER : "");
}

/* What is not there, and what cannot be reached or is a link. */
static int
refuse(int errnum, const char *path, struct att_err *err)
{
	if (errnum == ENOENT)
		return att_err_set(err, ATT_E_NOT_FOUND, "%s: no such file",
		    path);
	if (errnum == ELOOP)
		return att_err_set(err, ATT_E_DENIED,
		    "%s: a link, and not followed", path);
	return att_err_sys(err, errnum, "%s", path);
}

static int
read_all(int fd, const char *path, struct att_buf *ret, struct att_err *err)
{
	AUTO(free) char *bytes = malloc(CHUNK);
	ssize_t n;

	if (bytes == NULL)
		return att_err_nomem(err);
	while ((n = read(fd, bytes, CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return att_err_sys(err, errno, "%s", path);
		att_buf_bytes(ret, (const uint8_t *)bytes, (size_t)n);
		if (ret->failed)
			break;
	}
	return att_buf_ok(ret, path, err);
}

/* `name` as `dir` has it; `path` is what errors call it. */
static int
read_at(int dir, const char *name, int flags, const char *path,
    enum att_owner whose, struct att_buf *ret, struct att_err *err)
{
	AUTO_DONE(att_fd_done) int fd = -1;
	struct stat st;
	int r;

	/* a pipe that somebody put there is not waited for */
	fd = openat(dir, name,
	    O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags);
	if (fd < 0 || fstat(fd, &st) < 0)
		return refuse(errno, path, err);
	if (!S_ISREG(st.st_mode))
		return att_err_set(err, ATT_E_DENIED,
		    "%s: not a regular file", path);
	r = check_owner(path, &st, whose, err);
	return r < 0 ? r : read_all(fd, path, ret, err);
}

int
att_owned_read(const char *dir, const char *name, enum att_owner whose,
    struct att_buf *ret, struct att_err *err)
{
	AUTO_DONE(att_fd_done) int at = -1;
	AUTO(free) char *path = att_path_join(dir, name);
	struct stat st;
	int r;

	if (path == NULL)
		return att_err_nomem(err);
	at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (at < 0 || fstat(at, &st) < 0)
		return refuse(errno, dir, err);
	if ((r = check_owner(dir, &st, whose, err)) < 0)
		return r;
	return read_at(at, name, O_NOFOLLOW, path, whose, ret, err);
}

int
att_owned_read_path(const char *path, enum att_owner whose,
    struct att_buf *ret, struct att_err *err)
{
	return read_at(AT_FDCWD, path, 0, path, whose, ret, err);
}
