/* What is taken for a flash chip, and what the kernel says of it. */
#include "testlib.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/file.h"
#include "mtd/chip.h"

/* A directory for what a test makes. */
struct place {
	char dir[64];
};

static struct place
place_new(void)
{
	struct place p = { "/tmp/att-test-chip-XXXXXX" };

	ck_assert(mkdtemp(p.dir) != NULL);
	return p;
}

static void
place_done(struct place *p)
{
	static const char *const names[] = { "name", "flags", "image", "fifo",
		"link" };

	for (size_t i = 0; i < ATT_COUNT(names); i++) {
		AUTO(free) char *path = att_path_join(p->dir, names[i]);

		(void)unlink(path);
	}
	(void)rmdir(p->dir);
}

static void
put(const struct place *p, const char *name, struct att_slice text)
{
	AUTO(free) char *path = att_path_join(p->dir, name);

	ok(att_file_write(path, text, 0644, err));
}

START_TEST(devices)
{
	struct stat st = { .st_mode = S_IFCHR | 0600 };
	bool device = false;

	for (unsigned n = 0; n < 256; n++) {
		st.st_rdev = makedev(90, n);
		if (n % 2 == 1) {
			device = false;
			ok(att_chip_admit(&st, &device, err));
			ck_assert(device);
		} else {
			fails(att_chip_admit(&st, &device, err), ATT_E_DENIED,
			    "ro is the device to read");
		}
	}
	st.st_rdev = makedev(90, 6);
	fails(att_chip_admit(&st, &device, err), ATT_E_DENIED, "/dev/mtd3ro");
	/* /dev/mtdblock3 and others */
	st.st_rdev = makedev(89, 7);
	fails(att_chip_admit(&st, &device, err), ATT_E_UNSUPPORTED, "neither");
	st.st_rdev = makedev(90, 7);
	st.st_mode = S_IFBLK | 0600;
	fails(att_chip_admit(&st, &device, err), ATT_E_UNSUPPORTED, "neither");
	st.st_mode = S_IFREG | 0600;
	device = true;
	ok(att_chip_admit(&st, &device, err));
	ck_assert(!device);
}
END_TEST

START_TEST(image)
{
	AUTO_DONE(place_done) struct place p = place_new();
	AUTO(free) char *path = att_path_join(p.dir, "image");
	AUTO(free) char *link = att_path_join(p.dir, "link");
	AUTO_DONE(att_chip_done) struct att_chip c = { 0 };
	uint8_t b[16];
	uint64_t size;

	put(&p, "image", S("0123456789"));
	ck_assert(symlink("image", link) == 0);
	ok(att_chip_open(link, &c, err));
	ck_assert(!c.device && !c.writable && c.name[0] == '\0');
	/* though this user might write it */
	ck_assert_int_eq(fcntl(c.fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	ck_assert_int_eq(c.ops->size(c.arg, &size), 0);
	ck_assert_uint_eq(size, 10);
	ck_assert_int_eq(c.ops->read(c.arg, b, 16, 4), 6);
	ck_assert(memcmp(b, "456789", 6) == 0);
	ck_assert_int_eq(c.ops->read(c.arg, b, 16, 10), 0);
	ck_assert(truncate(path, 3) == 0);
	ck_assert_int_eq(c.ops->size(c.arg, &size), 0);
	ck_assert_uint_eq(size, 3);
}
END_TEST

START_TEST(clock_goes_on)
{
	AUTO_DONE(place_done) struct place p = place_new();
	AUTO(free) char *path = att_path_join(p.dir, "image");
	AUTO_DONE(att_chip_done) struct att_chip c = { 0 };
	uint64_t before;

	put(&p, "image", S("x"));
	ok(att_chip_open(path, &c, err));
	before = c.ops->now(c.arg);
	c.ops->sleep(c.arg, 2000000);
	ck_assert_uint_ge(c.ops->now(c.arg), before + 2000000);
}
END_TEST

START_TEST(others)
{
	AUTO_DONE(place_done) struct place p = place_new();
	AUTO(free) char *fifo = att_path_join(p.dir, "fifo");
	struct att_chip c = { 0 };

	/* opened, this one would wait for somebody who writes */
	ck_assert(mkfifo(fifo, 0600) == 0);
	fails(att_chip_open(fifo, &c, err), ATT_E_UNSUPPORTED, "fifo: neither");
	fails(att_chip_open(p.dir, &c, err), ATT_E_UNSUPPORTED, "neither");
	fails(att_chip_open("/dev/null", &c, err), ATT_E_UNSUPPORTED,
	    "/dev/null: neither");
	fails(att_chip_open("/nonexistent/mtd0ro", &c, err), ATT_E_NOT_FOUND,
	    "not available: /nonexistent/mtd0ro: No such file");
	fails(att_chip_open("/dev/null/mtd0ro", &c, err), ATT_E_SYS,
	    "/dev/null/mtd0ro: Not a directory");
	ck_assert(c.ops == NULL);
}
END_TEST

START_TEST(what_the_kernel_says)
{
	static const struct {
		const char *flags;
		bool writable;
	} good[] = { { "0x400\n", true }, { "0xc00\n", true },
		{ "0x1c00", true }, { "0x0\n", false }, { "0x800\n", false },
		{ "0x3000\n", false } };
	static const char *const bad[] = { "", "\n", "400\n", "0x\n", "0xg\n",
		"0x400 \n", "0x400\n0x400\n", "yes\n" };
	AUTO_DONE(place_done) struct place p = place_new();
	struct att_chip c = { 0 };

	fails(att_chip_describe(p.dir, &c, err), ATT_E_NOT_FOUND, "name");
	put(&p, "name", S("BIOS\n"));
	fails(att_chip_describe(p.dir, &c, err), ATT_E_NOT_FOUND, "flags");
	for (size_t i = 0; i < ATT_COUNT(good); i++) {
		put(&p, "flags", S(good[i].flags));
		ok(att_chip_describe(p.dir, &c, err));
		ck_assert(c.writable == good[i].writable);
		ck_assert_str_eq(c.name, "BIOS");
	}
	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		put(&p, "flags", S(bad[i]));
		fails(att_chip_describe(p.dir, &c, err), ATT_E_FORMAT,
		    "flags");
	}
}
END_TEST

START_TEST(names)
{
	AUTO_DONE(place_done) struct place p = place_new();
	char name[ATT_CHIP_NAME_MAX + 3];
	struct att_chip c = { 0 };

	put(&p, "flags", S("0x400\n"));
	memset(name, 'n', sizeof(name));
	memcpy(name + ATT_CHIP_NAME_MAX, "\n", 2);
	put(&p, "name", S(name));
	ok(att_chip_describe(p.dir, &c, err));
	ck_assert_uint_eq(strlen(c.name), ATT_CHIP_NAME_MAX);
	memcpy(name + ATT_CHIP_NAME_MAX, "n\n", 3);
	put(&p, "name", S(name));
	fails(att_chip_describe(p.dir, &c, err), ATT_E_LIMIT, "name");
	put(&p, "name", S("\n"));
	fails(att_chip_describe(p.dir, &c, err), ATT_E_FORMAT, "name");
	put(&p, "name", (struct att_slice){ (const uint8_t *)"a\0b", 3 });
	fails(att_chip_describe(p.dir, &c, err), ATT_E_FORMAT, "name");
	put(&p, "name", S("a\033[2Jb\n"));
	ok(att_chip_describe(p.dir, &c, err));
	ck_assert_str_eq(c.name, "a?[2Jb");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("chip");
	TCase *t = tcase_create("chip");

	tcase_add_test(t, devices);
	tcase_add_test(t, image);
	tcase_add_test(t, clock_goes_on);
	tcase_add_test(t, others);
	tcase_add_test(t, what_the_kernel_says);
	tcase_add_test(t, names);
	suite_add_tcase(s, t);
	return run_suite(s);
}
