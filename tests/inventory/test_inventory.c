/* All sources together: one that hangs, dies or lies costs only itself. */
#include "tests/fakesys.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "inventory/inventory.h"
#include "tests/inventory/listed.h"

/* -- other sources --------------------------------------------------------- */

static int
add_fan(struct att_components *to, const char *version, struct att_err *err)
{
	struct att_component *c;
	int r = att_components_add(to, "fan/1", ATT_COMPONENT_OTHER,
	    ATT_PATH_SYSFS, &c, err);

	return r < 0 ? r :
		       att_component_set_version(c, "fw", ATT_VERSION_RUNNING,
			   version, err);
}

static int
good(const char *root, struct att_components *to, struct att_err *err)
{
	return add_fan(to, "7", err);
}

static int
another(const char *root, struct att_components *to, struct att_err *err)
{
	return add_fan(to, "8", err);
}

/* Hangs as a device may: no signal but one ends it. */
static int
hangs(const char *root, struct att_components *to, struct att_err *err)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	for (;;)
		(void)pause();
	return 0;
}

static int
dies(const char *root, struct att_components *to, struct att_err *err)
{
	(void)raise(SIGKILL);
	return 0;
}

static int
breaks_off(const char *root, struct att_components *to, struct att_err *err)
{
	int r = add_fan(to, "7", err);

	return r < 0 ? r : att_err_sys(err, EACCES, "/sys/class/fan%d", 17);
}

static int
no_memory(const char *root, struct att_components *to, struct att_err *err)
{
	return att_err_nomem(err);
}

static int
add_many(int count, struct att_components *to, struct att_err *err)
{
	struct att_component *c;
	char id[24];
	int r = 0;

	for (int i = 0; r == 0 && i < count; i++) {
		snprintf(id, sizeof(id), "many/%d", i);
		r = att_components_add(to, id, ATT_COMPONENT_OTHER,
		    ATT_PATH_SYSFS, &c, err);
	}
	return r;
}

/* As many as there may be, and one more. */
static int
fills(const char *root, struct att_components *to, struct att_err *err)
{
	return add_many(ATT_COMPONENTS_MAX, to, err);
}

static int
overflows(const char *root, struct att_components *to, struct att_err *err)
{
	return add_many(ATT_COMPONENTS_MAX + 1, to, err);
}

static struct att_inventory_source
source(int (*collect)(const char *root, struct att_components *to,
    struct att_err *err))
{
	return (struct att_inventory_source){ "fan", ATT_COMPONENT_OTHER,
		ATT_PATH_SYSFS, collect, 0 };
}

/* -- tests ----------------------------------------------------------------- */

/* A machine with one drive, a BIOS, and sources beside. */
static void
collects(const struct att_inventory_source *more, size_t count,
    const char *want)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_inventory_options o = { .root = f.root, .timeout_ms = 2000,
		.more = more, .more_count = count };

	fake_put(&f, "sys/class/dmi/id/bios_version", "1.4b\n");
	fake_put(&f, "sys/class/nvme/nvme0/serial", "S1\n");
	fake_put(&f, "sys/class/nvme/nvme0/firmware_rev", "GDC5602Q\n");
	ok(att_inventory_collect(&o, &list, err));
	listed(&list, want);
	ck_assert(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

#define BIOS "bios bios smbios || bios=1.4b\n"
#define DRIVE "nvme/S1 nvme sysfs ||S1 fw=GDC5602Q\n"

START_TEST(all)
{
	struct att_inventory_source s = source(good);

	collects(NULL, 0, BIOS DRIVE);
	collects(&s, 1, BIOS "fan/1 other sysfs || fw=7\n" DRIVE);
}
END_TEST

START_TEST(one_fails)
{
	struct att_inventory_source s = source(breaks_off);

	/* what it found before stays */
	collects(&s, 1, BIOS
	    "fan other sysfs failed(permission denied) ||\n"
	    "fan/1 other sysfs || fw=7\n" DRIVE);
	s = source(dies);
	collects(&s, 1, BIOS "fan other sysfs failed(read error) ||\n" DRIVE);
}
END_TEST

START_TEST(two_differ)
{
	struct att_inventory_source s[] = { source(good), source(good),
		source(another) };

	collects(s, 2, BIOS "fan/1 other sysfs || fw=7\n" DRIVE);
	collects(s, 3, BIOS "fan/1 other sysfs "
	    "failed(two devices of this name differ) || fw=7\n" DRIVE);
}
END_TEST

START_TEST(one_hangs)
{
	struct att_inventory_source s[] = { source(hangs), source(good) };
	AUTO_DONE(fake_done) struct fake f = fake_new();
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_inventory_options o = { .root = f.root, .timeout_ms = 300,
		.more = s, .more_count = 2 };

	ok(att_inventory_collect(&o, &list, err));
	ck_assert(att_components_find(&list, "fan") != NULL);
	ck_assert_str_eq(att_components_find(&list, "fan")->reason,
	    "no answer in time");
	ck_assert(att_components_find(&list, "fan/1") != NULL);
	ck_assert(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}
END_TEST

START_TEST(limits)
{
	struct att_inventory_source s[] = { source(fills), source(good) };
	AUTO_DONE(fake_done) struct fake f = fake_new();
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	AUTO_DONE(att_components_done) struct att_components other = { 0 };
	struct att_inventory_options o = { .root = f.root, .more = s,
		.more_count = 1 };

	ok(att_inventory_collect(&o, &list, err));
	ck_assert_uint_eq(list.count, ATT_COMPONENTS_MAX);
	s[0] = source(overflows);
	o.more_count = 2;
	ok(att_inventory_collect(&o, &other, err));
	ck_assert_uint_eq(other.count, 2);
	ck_assert_str_eq(other.item[0].reason, "larger than is taken");
	/* no room even for one that failed */
	s[0] = source(good);
	fails(att_inventory_collect(&o, &list, err), ATT_E_LIMIT, "1024");
	s[0] = source(no_memory);
	fails(att_inventory_collect(&o, &other, err), ATT_E_NOMEM, "");
}
END_TEST

START_TEST(tpm)
{
	static const struct att_inventory_tpm chip = { "IFX", "SLB9672",
		"16.10.16488.0", NULL };
	static const struct att_inventory_tpm silent = { .reason = NULL };
	static const struct att_inventory_tpm busy = { .reason = "busy" };
	AUTO_DONE(fake_done) struct fake f = fake_new();
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	AUTO_DONE(att_components_done) struct att_components other = { 0 };
	struct att_inventory_options o = { .root = f.root, .tpm = &chip };

	ok(att_inventory_collect(&o, &list, err));
	listed(&list, "tpm tpm tpm IFX|SLB9672| fw=16.10.16488.0\n");
	o.tpm = &silent;
	ok(att_inventory_collect(&o, &other, err));
	listed(&other, "tpm tpm tpm failed(it told no version) ||\n");
	att_components_done(&other);
	o.tpm = &busy;
	ok(att_inventory_collect(&o, &other, err));
	listed(&other, "tpm tpm tpm failed(busy) ||\n");
}
END_TEST

/* This machine: whatever it has, twice the same. */
START_TEST(this_machine)
{
	AUTO_DONE(att_components_done) struct att_components a = { 0 };
	AUTO_DONE(att_components_done) struct att_components b = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf first = ATT_BUF(1 << 22);
	AUTO_DONE(att_buf_done) struct att_buf second = ATT_BUF(1 << 22);
	AUTO(att_json_decref) json_t *j = NULL;
	AUTO(att_json_decref) json_t *k = NULL;
	struct att_inventory_options o = { .root = "/" };

	ok(att_inventory_collect(&o, &a, err));
	o.root = NULL;
	ok(att_inventory_collect(&o, &b, err));
	ok(att_components_to_json(&a, &j, err));
	ok(att_components_to_json(&b, &k, err));
	ok(att_json_write(j, &first, err));
	ok(att_json_write(k, &second, err));
	ck_assert(att_slice_equal(att_buf_view(&first),
	    att_buf_view(&second)));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("inventory");
	TCase *t = tcase_create("inventory");

	tcase_add_test(t, all);
	tcase_add_test(t, one_fails);
	tcase_add_test(t, two_differ);
	tcase_add_test(t, one_hangs);
	tcase_add_test(t, limits);
	tcase_add_test(t, tpm);
	tcase_add_test(t, this_machine);
	suite_add_tcase(s, t);
	return run_suite(s);
}
