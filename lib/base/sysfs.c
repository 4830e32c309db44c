#include "base/sysfs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static int
cannot(const char *path, int errnum, struct att_err *err)
{
	return errnum == ENOENT ?
	    att_err_set(err, ATT_E_NOT_FOUND, "%s: no such file", path) :
	    att_err_sys(err, errnum, "%s", path);
}

/* A pipe is opened without waiting for who writes, and then refused. */
static int
open_file(const char *path, int *ret, struct att_err *err)
{
	AUTO_DONE(att_fd_done) int fd = open(path,
	    O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return cannot(path, errno, err);
	if (!S_ISREG(st.st_mode))
		return att_err_set(err, ATT_E_FORMAT,
		    "%s: not a regular file", path);
	*ret = fd;
	fd = -1;
	return 0;
}

static int
read_file(const char *path, struct att_buf *ret, struct att_err *err)
{
	AUTO_DONE(att_fd_done) int fd = -1;
	char chunk[ATT_SYSFS_MAX];
	ssize_t n;
	int r = open_file(path, &fd, err);

	if (r < 0)
		return r;
	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return att_err_sys(err, errno, "%s", path);
		att_buf_bytes(ret, chunk, (size_t)n);
		if (ret->failed)
			break;
	}
	return att_buf_ok(ret, path, err);
}

int
att_sysfs_read(const char *dir, const char *name, struct att_buf *ret,
    struct att_err *err)
{
	AUTO(free) char *path = att_path_join(dir, name);

	return path == NULL ? att_err_nomem(err) : read_file(path, ret, err);
}

int
att_sysfs_text(const char *dir, const char *name, char **ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_SYSFS_MAX);
	char *text;
	int r = att_sysfs_read(dir, name, &b, err);

	if (r < 0)
		return r;
	while (b.len > 0 && isspace(b.data[b.len - 1]))
		b.len--;
	if (b.len > 0 && memchr(b.data, '\0', b.len) != NULL)
		return att_err_set(err, ATT_E_FORMAT, "%s/%s: a NUL in text",
		    dir, name);
	text = strndup(b.len == 0 ? "" : (const char *)b.data, b.len);
	if (text == NULL)
		return att_err_nomem(err);
	*ret = text;
	return 0;
}

int
att_sysfs_link(const char *dir, const char *name, char **ret,
    struct att_err *err)
{
	AUTO(free) char *path = att_path_join(dir, name);
	char to[PATH_MAX], *last;
	ssize_t n;

	if (path == NULL)
		return att_err_nomem(err);
	n = readlink(path, to, sizeof(to) - 1);
	if (n < 0)
		return cannot(path, errno, err);
	to[n] = '\0';
	last = strrchr(to, '/');
	last = strdup(last == NULL ? to : last + 1);
	if (last == NULL)
		return att_err_nomem(err);
	*ret = last;
	return 0;
}

/* -- directories ----------------------------------------------------------- */

static void
dir_done(DIR **d)
{
	if (*d != NULL)
		(void)closedir(*d);
}

void
att_names_done(struct att_names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->name[i]);
	free(n->name);
	*n = (struct att_names){ 0 };
}

static int
by_name(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

/* Room doubles, from a page's worth of pointers on. */
static int
add(struct att_names *n, const char *name, struct att_err *err)
{
	char **more;

	if (n->count == 0 || (n->count >= 64 && (n->count &
	    (n->count - 1)) == 0)) {
		more = reallocarray(n->name, n->count < 64 ? 64 :
		    n->count * 2, sizeof(*more));
		if (more == NULL)
			return att_err_nomem(err);
		n->name = more;
	}
	n->name[n->count] = strdup(name);
	return n->name[n->count++] == NULL ? att_err_nomem(err) : 0;
}

int
att_sysfs_list(const char *dir, struct att_names *ret, struct att_err *err)
{
	AUTO_DONE(att_names_done) struct att_names n = { 0 };
	AUTO_DONE(dir_done) DIR *d = opendir(dir);
	const struct dirent *e;
	int r;

	if (d == NULL)
		return cannot(dir, errno, err);
	while (errno = 0, (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if (n.count == ATT_SYSFS_NAMES_MAX)
			return att_err_set(err, ATT_E_LIMIT, "%s: more than "
			    "%d names", dir, ATT_SYSFS_NAMES_MAX);
		if ((r = add(&n, e->d_name, err)) < 0)
			return r;
	}
	if (errno != 0)
		return cannot(dir, errno, err);
	if (n.count > 0)
		qsort(n.name, n.count, sizeof(*n.name), by_name);
	*ret = n;
	n = (struct att_names){ 0 };
	return 0;
}
