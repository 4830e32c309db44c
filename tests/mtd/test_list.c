/* Which MTD devices are read, by what the kernel lists. */
#include "testlib.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mtd/list.h"

static char dir[] = "/tmp/att-test-list-XXXXXX";

static int
remove_one(const char *path, const struct stat *st ATT_UNUSED,
    int type ATT_UNUSED, struct FTW *at ATT_UNUSED)
{
	return remove(path);
}

static void
make_dir(void)
{
	ck_assert(mkdtemp(dir) != NULL);
}

static void
remove_dir(void)
{
	(void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
}

static void
link_to(const char *name, const char *to)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	ck_assert_int_eq(symlink(to, path), 0);
}

START_TEST(none)
{
	unsigned n[ATT_CHIPS_MAX];
	size_t count = 7;

	ok(att_chip_list("/nonexistent/mtd", n, &count, err));
	ck_assert_uint_eq(count, 0);
	count = 7;
	ok(att_chip_list(dir, n, &count, err));
	ck_assert_uint_eq(count, 0);
	fails(att_chip_list("/proc/self/status", n, &count, err), ATT_E_SYS,
	    "status");
}
END_TEST

START_TEST(chips_and_parts)
{
	unsigned n[ATT_CHIPS_MAX];
	size_t count = 0;
	char path[128];

	link_to("mtd0", "../../devices/pci0000:00/spi0.0/mtd/mtd0");
	link_to("mtd0ro", "../../devices/pci0000:00/spi0.0/mtd/mtd0ro");
	/* parts: of a chip that has a device, and of one that has none */
	link_to("mtd1", "../../devices/pci0000:00/spi0.0/mtd/mtd0/mtd1");
	link_to("mtd2", "../../devices/platform/spi1.0/mtd/mtd2");
	link_to("mtd10", "../../devices/virtual/mtd/mtd10");
	link_to("mtd11", "mtd10/mtd11");
	link_to("mtd", "x/mtd0/mtd");
	link_to("mtdblock0", "x");
	link_to("mtd123456", "x");
	snprintf(path, sizeof(path), "%s/mtd3", dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ok(att_chip_list(dir, n, &count, err));
	ck_assert_uint_eq(count, 4);
	ck_assert(n[0] == 0 && n[1] == 2 && n[2] == 3 && n[3] == 10);
}
END_TEST

START_TEST(limit)
{
	unsigned n[ATT_CHIPS_MAX];
	size_t count = 0;
	char name[16];

	for (unsigned i = 0; i < ATT_CHIPS_MAX; i++) {
		snprintf(name, sizeof(name), "mtd%u", i);
		link_to(name, "../x/mtd/y");
	}
	ok(att_chip_list(dir, n, &count, err));
	ck_assert(count == ATT_CHIPS_MAX && n[15] == 15);
	link_to("mtd16", "../x/mtd/y");
	fails(att_chip_list(dir, n, &count, err), ATT_E_LIMIT, "16");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("list");
	TCase *t = tcase_create("list");

	tcase_add_checked_fixture(t, make_dir, remove_dir);
	tcase_add_test(t, none);
	tcase_add_test(t, chips_and_parts);
	tcase_add_test(t, limit);
	suite_add_tcase(s, t);
	return run_suite(s);
}
