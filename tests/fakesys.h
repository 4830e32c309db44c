/*
 * A directory that stands for a root: tests put files of sysfs and procfs
 * there as they are on real machines, or as they never should be.
 */
#ifndef ATT_TESTS_FAKESYS_H
#define ATT_TESTS_FAKESYS_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testlib.h"

struct fake {
	char root[64];
};

static inline ATT_UNUSED struct fake
fake_new(void)
{
	struct fake f = { "/tmp/att-fakesys-XXXXXX" };

	ck_assert(mkdtemp(f.root) != NULL);
	return f;
}

static inline int
fake_remove(const char *path, const struct stat *st, int type,
    struct FTW *at)
{
	return remove(path);
}

static inline ATT_UNUSED void
fake_done(struct fake *f)
{
	(void)nftw(f->root, fake_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path of a name, with the directories above it made. */
static inline void
fake_path(const struct fake *f, const char *name, char ret[static 512])
{
	int n = snprintf(ret, 512, "%s/%s", f->root, name);

	ck_assert(n > 0 && n < 512);
	for (char *p = ret + strlen(f->root) + 1; (p = strchr(p, '/')) != NULL;
	     p++) {
		*p = '\0';
		ck_assert_msg(mkdir(ret, 0755) == 0 || errno == EEXIST, "%s",
		    ret);
		*p = '/';
	}
}

/* A file of these bytes; a name that ends in a slash is a directory alone. */
static inline void
fake_write(const struct fake *f, const char *name, struct att_slice bytes)
{
	char path[512];
	int fd;

	fake_path(f, name, path);
	if (path[strlen(path) - 1] == '/')
		return;
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ck_assert_msg(fd >= 0, "%s", path);
	ck_assert(write(fd, bytes.data, bytes.len) == (ssize_t)bytes.len);
	(void)close(fd);
}

/* An attribute; the text as it would be read. */
static inline ATT_UNUSED void
fake_put(const struct fake *f, const char *name, const char *text)
{
	fake_write(f, name, S(text));
}

static inline ATT_UNUSED void
fake_link(const struct fake *f, const char *name, const char *to)
{
	char path[512];

	fake_path(f, name, path);
	(void)unlink(path);
	ck_assert_msg(symlink(to, path) == 0, "%s", path);
}

/* A file whose read fails with EIO, whoever reads: a process's own memory. */
static inline ATT_UNUSED void
fake_unreadable(const struct fake *f, const char *name)
{
	fake_link(f, name, "/proc/self/mem");
}

/* A file that has no end worth waiting for. */
static inline ATT_UNUSED void
fake_endless(const struct fake *f, const char *name)
{
	char path[512];

	fake_put(f, name, "");
	fake_path(f, name, path);
	ck_assert(truncate(path, (off_t)1 << 40) == 0);
}

#endif
