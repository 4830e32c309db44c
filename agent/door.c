#include "agent/door.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"

static int
make(int type)
{
	return socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* One that is full is taken as well, and says so in another way. */
static bool
is_listened_at(const struct sockaddr_un *at, int type)
{
	AUTO_DONE(att_fd_done) int fd = make(type);

	return fd < 0 ||
	    connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0 ||
	    errno == EAGAIN;
}

static int
remove_old(const struct sockaddr_un *at, int type, struct att_err *err)
{
	const char *path = at->sun_path;
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : att_err_sys(err, errno, "%s",
		    path);
	if (!S_ISSOCK(st.st_mode))
		return att_err_set(err, ATT_E_DENIED,
		    "%s: it is there, and no socket", path);
	if (is_listened_at(at, type))
		return att_err_set(err, ATT_E_BUSY,
		    "%s: another process takes connections there", path);
	return unlink(path) < 0 && errno != ENOENT ?
	    att_err_sys(err, errno, "%s", path) : 0;
}

/*
 * With that mode from the start: whoever else may write to the directory could
 * have put a link in its place before it is given one by its name.
 */
static int
bind_as(int fd, const struct sockaddr_un *at, mode_t mode)
{
	mode_t before = umask(0777 & ~mode);
	int r = bind(fd, (const struct sockaddr *)at, sizeof(*at));

	(void)umask(before);
	return r;
}

int
att_door_bind(const char *path, int type, mode_t mode, gid_t group,
    int *ret_fd, struct att_err *err)
{
	AUTO_DONE(att_fd_done) int fd = -1;
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int r;

	if (len >= sizeof(at.sun_path))
		return att_err_set(err, ATT_E_USAGE,
		    "%s: over %zu bytes, which no socket can have", path,
		    sizeof(at.sun_path) - 1);
	memcpy(at.sun_path, path, len);
	if ((r = remove_old(&at, type, err)) < 0)
		return r;
	fd = make(type);
	/* nobody can connect before it listens: it is whose it should be */
	if (fd < 0 || bind_as(fd, &at, mode) < 0 ||
	    (group != ATT_DOOR_NO_GROUP &&
		lchown(path, (uid_t)-1, group) < 0) ||
	    listen(fd, SOMAXCONN) < 0)
		return att_err_sys(err, errno, "%s", path);
	*ret_fd = fd;
	fd = -1;
	return 0;
}
