#include "mtd/chip.h"

#include <errno.h>
#include <fcntl.h>
#include <mtd/mtd-user.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/steady.h"
#include "base/text.h"

#define MTD_MAJOR 90	/* linux Documentation/admin-guide/devices.txt */
#define FLAGS_MAX 32	/* bytes of a file of sysfs */
#define NS 1000000000u
/* A pass that is to end has to hear of it: the sleep may come back early. */
#define NAP_MAX (NS / 10)

/* -- the real chip --------------------------------------------------------- */

static ssize_t
real_read(void *arg, void *buf, size_t len, uint64_t offset)
{
	const struct att_chip *c = arg;
	ssize_t n;

	do
		n = pread(c->fd, buf, len, (off_t)offset);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Not MEMGETINFO: that cuts the size of a large chip to 32 bits. */
static int
real_size(void *arg, uint64_t *ret)
{
	const struct att_chip *c = arg;
	off_t end = lseek(c->fd, 0, SEEK_END);

	if (end < 0)
		return -errno;
	*ret = (uint64_t)end;
	return 0;
}

static uint64_t
real_now(void *arg)
{
	return att_steady_awake();
}

static void
real_sleep(void *arg, uint64_t ns)
{
	struct timespec t = { .tv_nsec = (long)ATT_MIN(ns, NAP_MAX) };

	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}

static const struct att_chip_ops real_ops = {
	.read = real_read,
	.size = real_size,
	.now = real_now,
	.sleep = real_sleep,
};

/* -- what it is ------------------------------------------------------------ */

int
att_chip_admit(const struct stat *st, bool *ret_device, struct att_err *err)
{
	bool mtd = S_ISCHR(st->st_mode) && major(st->st_rdev) == MTD_MAJOR;

	if (!mtd && !S_ISREG(st->st_mode))
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "neither an MTD device nor a file");
	if (mtd && minor(st->st_rdev) % 2 == 0)
		return att_err_set(err, ATT_E_DENIED, "can be written: "
		    "/dev/mtd%uro is the device to read",
		    minor(st->st_rdev) / 2);
	*ret_device = mtd;
	return 0;
}

/* One line of a small file, clean, without its end. */
static int
read_line(const char *dir, const char *name, char *ret, size_t room,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(room);
	AUTO(free) char *path = att_path_join(dir, name);
	int r;

	if (path == NULL)
		return att_err_nomem(err);
	if ((r = att_file_read(path, &b, err)) < 0)
		return r;
	while (b.len > 0 && b.data[b.len - 1] == '\n')
		b.len--;
	if (b.len == 0 || b.len >= room ||
	    memchr(b.data, '\0', b.len) != NULL)
		return att_err_set(err, ATT_E_FORMAT, "%s: not one line of at "
		    "most %zu bytes", path, room - 1);
	memcpy(ret, b.data, b.len);
	ret[b.len] = '\0';
	att_text_mask(ret);
	return 0;
}

int
att_chip_describe(const char *dir, struct att_chip *c, struct att_err *err)
{
	char name[ATT_CHIP_NAME_MAX + 1], flags[FLAGS_MAX];
	unsigned long v;
	char *end;
	int r;

	if ((r = read_line(dir, "name", name, sizeof(name), err)) < 0 ||
	    (r = read_line(dir, "flags", flags, sizeof(flags), err)) < 0)
		return r;
	v = strtoul(flags, &end, 16);
	if (strncmp(flags, "0x", 2) != 0 || end == flags + 2 || *end != '\0')
		return att_err_set(err, ATT_E_FORMAT, "%s/flags: not 0x and "
		    "hexadecimal digits: %s", dir, flags);
	memcpy(c->name, name, sizeof(name));
	c->writable = (v & MTD_WRITEABLE) != 0;
	return 0;
}

/* -- opening --------------------------------------------------------------- */

static int
cannot(const char *path, int errnum, struct att_err *err)
{
	bool absent = errnum == ENOENT || errnum == ENXIO || errnum == ENODEV;

	return absent ?
	    att_err_set(err, ATT_E_NOT_FOUND, "not available: %s: %s", path,
		strerror(errnum)) :
	    att_err_sys(err, errnum, "%s", path);
}

/*
 * Only what was looked at is opened: of another device already the opening
 * may do something.
 */
static int
open_looked_at(const char *path, int *ret, struct stat *st, bool *ret_device,
    struct att_err *err)
{
	AUTO_DONE(att_fd_done) int at = open(path, O_PATH | O_CLOEXEC);
	char again[64];
	int r;

	if (at < 0 || fstat(at, st) < 0)
		return cannot(path, errno, err);
	if ((r = att_chip_admit(st, ret_device, err)) < 0) {
		att_err_prefix(err, "%s", path);
		return r;
	}
	(void)snprintf(again, sizeof(again), "/proc/self/fd/%d", at);
	*ret = open(again, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return *ret < 0 ? cannot(path, errno, err) : 0;
}

int
att_chip_open(const char *path, struct att_chip *ret, struct att_err *err)
{
	AUTO_DONE(att_fd_done) int fd = -1;
	struct att_chip c = { .ops = &real_ops };
	struct stat st;
	char dir[64];
	int r;

	if ((r = open_looked_at(path, &fd, &st, &c.device, err)) < 0)
		return r;
	if (c.device) {
		(void)snprintf(dir, sizeof(dir), "/sys/class/mtd/mtd%u",
		    minor(st.st_rdev) / 2);
		if ((r = att_chip_describe(dir, &c, err)) < 0)
			return r;
	}
	*ret = c;
	ret->fd = fd;
	ret->arg = ret;
	fd = -1;
	return 0;
}

void
att_chip_done(struct att_chip *c)
{
	/* one without operations was never opened */
	if (c->ops == &real_ops)
		att_fd_done(&c->fd);
	c->ops = NULL;
}
