#include "agent/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/stop.h"
#include "base/file.h"

#define LOCK_NAME "lock"	/* who works on it */
#define STAY_NAME "attestd.lock"	/* who stays */
#define MEASURE_NAME "measure.lock"	/* who has firmware measured */
#define CHIPS_NAME "chips.lock"		/* who reads it */
#define LOCK_POLL_MS 50u

struct att_state {
	char *dir;
	int lock;
};

static int
check_dir(const char *dir, struct att_err *err)
{
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return att_err_sys(err, errno, "%s", dir);
	return att_dir_check(dir, err);
}

static int
wait_for_lock(int fd, unsigned wait_ms, const char *dir, struct att_err *err)
{
	for (unsigned waited = 0;; waited += LOCK_POLL_MS) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return att_err_sys(err, errno, "%s/%s", dir,
			    LOCK_NAME);
		if (waited >= wait_ms || att_stop_wait(LOCK_POLL_MS))
			return att_err_set(err, ATT_E_BUSY,
			    "%s: another process is using it", dir);
	}
}

/*
 * Never through a link. One that is made is not left to root where the
 * directory is somebody's who needs it next.
 */
static int
open_lock(const char *path, int *ret, struct att_err *err)
{
	const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
	int r;

	*ret = open(path, flags | O_CREAT | O_EXCL, 0600);
	if (*ret >= 0) {
		if ((r = att_file_give(*ret, path, err)) < 0)
			(void)unlink(path);
		return r;
	}
	if (errno == EEXIST)
		*ret = open(path, flags);
	return *ret < 0 ? att_err_sys(err, errno, "%s", path) : 0;
}

/* Locked once it returns 0; else the caller's to close all the same. */
static int
take_lock(const char *dir, const char *name, unsigned wait_ms, int *ret,
    struct att_err *err)
{
	AUTO(free) char *path = att_path_join(dir, name);
	int r;

	if (path == NULL)
		return att_err_nomem(err);
	if ((r = open_lock(path, ret, err)) < 0)
		return r;
	return wait_for_lock(*ret, wait_ms, dir, err);
}

static int
take_alone(const char *dir, const char *name, int *ret, struct att_err *err)
{
	AUTO_DONE(att_fd_done) int fd = -1;
	int r;

	if ((r = check_dir(dir, err)) < 0 ||
	    (r = take_lock(dir, name, 0, &fd, err)) < 0)
		return r;
	*ret = fd;
	fd = -1;
	return 0;
}

int
att_state_stay(const char *dir, int *ret, struct att_err *err)
{
	return take_alone(dir, STAY_NAME, ret, err);
}

int
att_state_measure(const char *dir, int *ret, struct att_err *err)
{
	return take_alone(dir, MEASURE_NAME, ret, err);
}

int
att_state_chips(const char *dir, int *ret, struct att_err *err)
{
	int r = take_alone(dir, CHIPS_NAME, ret, err);

	if (r == 0)
		att_dir_sweep(dir);
	return r;
}

int
att_state_open(const char *dir, unsigned wait_ms, struct att_state **ret,
    struct att_err *err)
{
	AUTO(att_state_close) struct att_state *s = calloc(1, sizeof(*s));
	int r;

	if (s == NULL)
		return att_err_nomem(err);
	s->lock = -1;
	s->dir = strdup(dir);
	if (s->dir == NULL)
		return att_err_nomem(err);
	if ((r = check_dir(dir, err)) < 0 ||
	    (r = take_lock(dir, LOCK_NAME, wait_ms, &s->lock, err)) < 0)
		return r;
	att_dir_sweep(dir);
	*ret = take(&s);
	return 0;
}

void
att_state_close(struct att_state *s)
{
	if (s == NULL)
		return;
	att_fd_done(&s->lock);
	free(s->dir);
	free(s);
}

int
att_state_read(const struct att_state *s, const char *name,
    struct att_buf *ret, struct att_err *err)
{
	AUTO(free) char *path = att_path_join(s->dir, name);

	return path == NULL ? att_err_nomem(err) :
			      att_file_read_kept(path, ret, err);
}

int
att_state_write(const struct att_state *s, const char *name,
    struct att_slice data, struct att_err *err)
{
	AUTO(free) char *path = att_path_join(s->dir, name);

	return path == NULL ? att_err_nomem(err) :
			      att_file_write(path, data, 0600, err);
}

/* The caller's; NULL without memory. */
static char *
bad_path(const struct att_state *s, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s.bad", s->dir, name) < 0 ? NULL : path;
}

int
att_state_set_aside(const struct att_state *s, const char *name,
    struct att_err *err)
{
	AUTO(free) char *from = att_path_join(s->dir, name);
	AUTO(free) char *to = bad_path(s, name);

	if (from == NULL || to == NULL)
		return att_err_nomem(err);
	if (rename(from, to) < 0)
		return att_err_sys(err, errno, "%s", from);
	return 0;
}

int64_t
att_state_bad_time(const struct att_state *s, const char *name)
{
	AUTO(free) char *path = bad_path(s, name);
	struct stat st;

	if (path == NULL || lstat(path, &st) < 0 || st.st_mtim.tv_sec <= 0)
		return 0;
	return (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}
