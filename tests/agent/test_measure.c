/* One pass over chips that are files: what it finds, and what it says. */
#include "tests/agent/measuring.h"

#include <signal.h>
#include <sys/resource.h>

#include "agent/bmc.h"
#include "agent/components.h"
#include "agent/measure.h"

static struct att_measure was, now;
static struct att_measure_options how;

static void
setup(void)
{
	AUTO_DONE(cm_done) struct cm m = chip_new();

	measuring_node("", "");
	how = (struct att_measure_options){ .config = &config,
		.boot_id = BOOT, .root = node_dir };
	chip_put("a", &m);
	chip_put("b", &m);
}

static void
teardown(void)
{
	att_measure_done(&was);
	att_measure_done(&now);
	node_remove();
}

/* A pass, and the one before it. */
static void
pass(void)
{
	att_measure_done(&was);
	was = now;
	now = (struct att_measure){ 0 };
	how.earlier = was.claims;
	ok(att_measure_run(&how, &now, err));
}

static const struct att_flash *
flash(const char *name)
{
	const struct att_flash *f = att_firmware_claims_flash(now.claims,
	    name);

	ck_assert_msg(f != NULL, "no chip %s", name);
	return f;
}

static void
change_is(size_t i, const char *chip, const char *how_, size_t at,
    enum att_range_class class)
{
	const struct att_measure_change *c = &now.change[i];

	ck_assert_uint_lt(i, now.changes);
	ck_assert_str_eq(c->chip, chip);
	ck_assert_str_eq(c->how, how_);
	ck_assert(c->range.offset <= at &&
	    at - c->range.offset < c->range.length);
	ck_assert_int_eq(c->range.class, class);
}

/* node/sys/class, and what is below it. */
static void
sys_dir(const char *name)
{
	static const char *const dirs[] = { "sys", "sys/class", "dev" };
	AUTO(free) char *path = in_node(name);

	for (size_t i = 0; i < ATT_COUNT(dirs); i++) {
		AUTO(free) char *dir = in_node(dirs[i]);

		(void)mkdir(dir, 0700);
	}
	if (name[0] != '\0')
		ck_assert_int_eq(mkdir(path, 0700), 0);
}

START_TEST(no_chip)
{
	pass();
	ck_assert_uint_eq(now.claims->chips, 0);
	ck_assert(strncmp(now.claims->no_flash, "not available: ", 15) == 0);
	ck_assert_uint_eq(now.claims->passes, 1);
	ck_assert_ptr_nonnull(att_firmware_claims_pass(now.claims,
	    "components"));
	ck_assert_str_eq(now.claims->boot_id, BOOT);
	/* a list that cannot be read is not an empty one */
	sys_dir("");
	node_put("sys/class/mtd", S("x"));
	pass();
	ck_assert_uint_eq(now.claims->chips, 0);
	ck_assert(strncmp(now.claims->no_flash, "failed: ", 8) == 0);
}
END_TEST

/* All devices that the kernel lists, by the names that it has for them. */
START_TEST(listed_devices)
{
	AUTO_DONE(cm_done) struct cm m = chip_new();

	sys_dir("sys/class/mtd");
	sys_dir("sys/class/mtd/mtd0");
	node_put("sys/class/mtd/mtd0/name", S("BIOS\n"));
	node_put("sys/class/mtd/mtd0/flags", S("0xc00\n"));
	pass();
	/* one that is listed, and that is not there */
	ck_assert_uint_eq(now.claims->chips, 1);
	ck_assert(flash("BIOS")->result == ATT_MEASURED_NOT_AVAILABLE);
	ck_assert_str_eq(flash("BIOS")->reason, "there is no such device");
	ck_assert_uint_eq(now.failed, 1);
	ck_assert_str_eq(now.claims->no_flash, "");
	/* its driver comes later */
	chip_put("dev/mtd0ro", &m);
	sys_dir("sys/class/mtd/mtd1");
	pass();
	ck_assert_uint_eq(now.claims->chips, 2);
	ck_assert(flash("BIOS")->result == ATT_MEASURED_OK);
	/* the kernel tells no name of this one */
	ck_assert(flash("mtd1ro")->result == ATT_MEASURED_NOT_AVAILABLE);
	ck_assert(now.failed == 1 && now.changes == 0);
}
END_TEST

/* What the TPM told is added, and nothing else. */
START_TEST(components)
{
	static const struct att_inventory_tpm tpm = { "IFX", "SLB9670",
		"7.85.17.51968", NULL };
	AUTO_DONE(att_components_done) struct att_components list = { 0 };

	ok(att_components_add_told(&config, &tpm, &list, err));
	ck_assert(list.count == 1 && strcmp(list.item[0].id, "tpm") == 0 &&
	    list.item[0].result == ATT_MEASURED_OK);
	ck_assert_str_eq(att_component_version(&list.item[0], "fw",
	    ATT_VERSION_RUNNING), "7.85.17.51968");
}
END_TEST

START_TEST(chips)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);
	const struct att_pass *p;

	USE("b", "a");
	pass();
	ck_assert_uint_eq(now.claims->chips, 2);
	ck_assert_str_eq(now.claims->flash[0].name, "a");
	ck_assert(flash("b")->path == ATT_PATH_IMAGE && !flash("b")->writable);
	ck_assert(flash("b")->result == ATT_MEASURED_OK);
	cm_sound(flash("b")->map);
	cm_is(flash("b")->map, VARS, 0x10000, ATT_RANGE_VOLATILE,
	    "variables " CM_VARIABLES);
	p = att_firmware_claims_pass(now.claims, "flash/a");
	ck_assert(p != NULL && !p->has_clock && p->at > 1700000000);
	ck_assert(now.changes == 0 && now.failed == 0);
	ok(att_firmware_claims_encode(now.claims, &b, err));
	pass();
	ck_assert(now.changes == 0 && now.failed == 0);
}
END_TEST

/* As what it is in the list; NULL: it is not. */
static const struct att_component *
ask_bmc(struct att_components *list)
{
	AUTO_DONE(att_source_close) struct att_source s = ATT_SOURCE(&config);
	struct att_err why;

	att_components_done(list);
	ok(att_bmc_inventory(&s, list, &why, err));
	return att_components_find(list, "redfish");
}

/* A BMC that is configured is never left out. */
START_TEST(a_bmc_that_is_not_reached)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	const struct att_component *c;

	ck_assert_ptr_null(ask_bmc(&list));
	config.redfish_url = strdup("https://127.0.0.1:1");
	config.redfish_ca_file = strdup("/nonexistent/ca.pem");
	config.redfish_timeout = 5;
	c = ask_bmc(&list);
	ck_assert(c != NULL && c->result == ATT_MEASURED_FAILED);
	config.redfish_user = strdup("reader");
	config.redfish_password_file = strdup("/nonexistent/password");
	c = ask_bmc(&list);
	ck_assert(c != NULL && c->result == ATT_MEASURED_FAILED);
	ck_assert_str_eq(c->reason, "its address or the password for "
	    "it cannot be had");
}
END_TEST

/* Of a list that is full nobody may think that it is whole. */
START_TEST(more_components_than_are_taken)
{
	static const char *const classes[] = { "sys/class/nvme",
		"sys/class/mei" };
	const struct att_components *list;
	char name[64];

	for (size_t k = 0; k < ATT_COUNT(classes); k++) {
		sys_dir(classes[k]);
		for (int i = 0; i < ATT_COMPONENTS_MAX / 2 + 1; i++) {
			snprintf(name, sizeof(name), "%s/d%d", classes[k], i);
			sys_dir(name);
		}
	}
	pass();
	list = &now.claims->components;
	ck_assert_uint_eq(list->count, 1);
	ck_assert_str_eq(list->item[0].id, "components");
	ck_assert_int_eq(list->item[0].result, ATT_MEASURED_FAILED);
	ck_assert_str_eq(list->item[0].reason,
	    "not all of them can be listed");
	ck_assert_ptr_nonnull(att_firmware_claims_pass(now.claims,
	    "components"));
}
END_TEST

START_TEST(names_are_told_apart)
{
	AUTO(free) char *sub = in_node("sub");
	AUTO_DONE(cm_done) struct cm m = chip_new();

	ck_assert_int_eq(mkdir(sub, 0700), 0);
	chip_put("sub/a", &m);
	USE("a", "sub/a");
	pass();
	ck_assert_uint_eq(now.claims->chips, 2);
	ck_assert(flash("a")->map != NULL && flash("a#2")->map != NULL);
}
END_TEST

START_TEST(changes)
{
	USE("a", "b");
	pass();
	/* firmware writes a variable */
	chip_flip("a", VARS + 0x8000);
	pass();
	ck_assert_uint_eq(now.changes, 0);
	chip_flip("a", CODE + 0x1000);
	chip_flip("b", PADDING);
	pass();
	ck_assert_uint_eq(now.changes, 2);
	change_is(0, "a", "content", CODE + 0x1000, ATT_RANGE_STATIC);
	change_is(1, "b", "content", PADDING, ATT_RANGE_GAP);
	/* which is what the next is held against */
	pass();
	ck_assert_uint_eq(now.changes, 0);
	/* a volume's header: the range goes, and the gaps around it */
	chip_flip("b", CODE + 0x20);
	pass();
	ck_assert_uint_gt(now.changes, 1);
	change_is(0, "b", "removed", VARS + 0x10000, ATT_RANGE_GAP);
	ck_assert_int_eq(att_firmware_claims_pass(now.claims,
	    "flash/b")->unsteady_count, 0);
}
END_TEST

/* Another algorithm compares nothing, which is no change. */
START_TEST(another_hash)
{
	USE("a");
	pass();
	config.firmware_hash = 1;
	chip_flip("a", CODE + 0x1000);
	pass();
	ck_assert_uint_eq(now.changes, 0);
	ck_assert_int_eq(flash("a")->map->alg, ATT_ALG_SHA384);
}
END_TEST

/* -- chips that do not hold still ------------------------------------------ */

static unsigned wholes;		/* how often all of it was read */
static size_t flip_at;
static unsigned flips;		/* so many times, each after a whole */

static bool
meddle(void *arg ATT_UNUSED, const char *of, uint64_t done, uint64_t size)
{
	if (strcmp(of, "flash/a") == 0 && done == size && wholes++ < flips)
		chip_flip("a", flip_at);
	return true;
}

static void
meddle_with(size_t at, unsigned times)
{
	flip_at = at;
	flips = times;
	wholes = 0;
	how.progress = meddle;
}

/* What was read once, and then is as it was. */
START_TEST(a_misread_range)
{
	struct att_digest right;

	USE("a");
	pass();
	right = cm_at(flash("a")->map, CODE)->digest;
	chip_flip("a", CODE + 0x1000);
	meddle_with(CODE + 0x1000, 1);
	pass();
	ck_assert_uint_ge(wholes, 1);
	ck_assert_uint_eq(now.changes, 0);
	ck_assert(att_digest_equal(&cm_at(flash("a")->map, CODE)->digest,
	    &right));
	ck_assert_int_eq(att_firmware_claims_pass(now.claims,
	    "flash/a")->unsteady_count, 0);
}
END_TEST

/* Flipped behind each look: none is as another. */
START_TEST(an_unsteady_range)
{
	const struct att_pass *p;

	USE("a");
	pass();
	chip_flip("a", CODE + 0x1000);
	/* a third value, which no look finds twice in a row */
	meddle_with(CODE + 0x2000, 1);
	pass();
	p = att_firmware_claims_pass(now.claims, "flash/a");
	ck_assert_uint_eq(now.changes, 0);
	ck_assert_uint_eq(p->unsteady_count, 1);
	ck_assert_uint_eq(p->unsteady[0], CODE);
	/* and when it holds still again it is known what it is */
	how.progress = NULL;
	pass();
	ck_assert_uint_eq(now.changes, 1);
	change_is(0, "a", "content", CODE, ATT_RANGE_STATIC);
}
END_TEST

/* A volume that was not seen once; the second pass over the chip is right. */
START_TEST(a_misread_structure)
{
	USE("a");
	pass();
	chip_flip("a", CODE + 0x20);
	meddle_with(CODE + 0x20, 1);
	pass();
	ck_assert_uint_ge(wholes, 2);
	ck_assert_uint_eq(now.changes, 0);
	ck_assert_uint_eq(flash("a")->map->count, was.claims->flash[0].map->
	    count);
}
END_TEST

/* -- failures -------------------------------------------------------------- */

START_TEST(one_fails_and_the_others_stay)
{
	AUTO(free) char *path = in_node("a");

	USE("a", "b");
	pass();
	ck_assert_int_eq(unlink(path), 0);
	pass();
	ck_assert(flash("a")->result == ATT_MEASURED_NOT_AVAILABLE);
	ck_assert_str_eq(flash("a")->reason, "there is no such device");
	ck_assert(flash("a")->map == NULL && flash("b")->map != NULL);
	ck_assert(now.failed == 1 && now.changes == 0);
	/* tried, so there is a pass */
	ck_assert_ptr_nonnull(att_firmware_claims_pass(now.claims,
	    "flash/a"));
}
END_TEST

START_TEST(gone)
{
	USE("a", "b");
	pass();
	USE("b");
	pass();
	ck_assert_uint_eq(now.changes, 1);
	ck_assert_str_eq(now.change[0].chip, "a");
	ck_assert_str_eq(now.change[0].how, "gone");
	ck_assert_str_eq(now.change[0].range.name, "");
}
END_TEST

/* Chips full of the smallest volumes, so that not all fit into a document. */
START_TEST(too_much_for_a_document)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(4000 * 0x200);
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);

	for (size_t at = 0; at + 0x200 < m.size; at += 0x200)
		cm_fv(&m, at, 0x100, CM_FFS2);
	chip_put("c", &m);
	chip_put("d", &m);
	chip_put("e", &m);
	chip_put("f", &m);
	USE("a", "c", "d", "e", "f");
	pass();
	ck_assert_uint_ge(now.failed, 1);
	ck_assert_uint_lt(now.failed, 4);
	ck_assert_str_eq(flash("c")->reason,
	    "has more ranges than the document takes");
	ck_assert(flash("f")->map != NULL && flash("f")->map->count > 7000);
	ck_assert(flash("a")->map != NULL);
	ok(att_firmware_claims_encode(now.claims, &b, err));
}
END_TEST

static bool
shrink(void *arg ATT_UNUSED, const char *of, uint64_t done,
    uint64_t size ATT_UNUSED)
{
	AUTO(free) char *path = in_node("a");

	if (strcmp(of, "flash/a") == 0 && done > 0)
		ck_assert_int_eq(truncate(path, 0x1000), 0);
	return true;
}

/* Pulled out while it is read. */
START_TEST(vanishes)
{
	USE("a", "b");
	how.progress = shrink;
	pass();
	ck_assert(flash("a")->result == ATT_MEASURED_FAILED);
	ck_assert_str_eq(flash("a")->reason, "its size is not steady");
	ck_assert(flash("b")->result == ATT_MEASURED_OK);
}
END_TEST

/* What stands for it: no file may grow over half of a chip. */
START_TEST(full_disk)
{
	const struct rlimit half = { CHIP / 2, CHIP / 2 };
	AUTO_DONE(cm_done) struct cm m = cm_new(0x10000);

	(void)signal(SIGXFSZ, SIG_IGN);
	chip_put("small", &m);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &half), 0);
	USE("a", "small");
	pass();
	ck_assert(flash("a")->result == ATT_MEASURED_FAILED);
	ck_assert_str_eq(flash("a")->reason, "cannot be read: File too large");
	ck_assert(flash("small")->result == ATT_MEASURED_OK);
}
END_TEST

START_TEST(too_slow)
{
	USE("a");
	how.pace.rate = 65536;
	how.limit_ms = 200;
	pass();
	ck_assert(flash("a")->result == ATT_MEASURED_FAILED);
	ck_assert_str_eq(flash("a")->reason, "reading took too long");
}
END_TEST

static bool
stop(void *arg ATT_UNUSED, const char *of, uint64_t done,
    uint64_t size ATT_UNUSED)
{
	return strcmp(of, "flash/b") != 0 || done == 0;
}

START_TEST(stopped)
{
	struct att_measure m = { 0 };

	USE("a", "b");
	how.progress = stop;
	fails(att_measure_run(&how, &m, err), ATT_E_BUSY, "stopped");
	ck_assert_ptr_null(m.claims);
}
END_TEST

/* -- the time -------------------------------------------------------------- */

static unsigned asked;

static int
tick(void *arg ATT_UNUSED, struct att_pass_clock *ret, struct att_err *err)
{
	if (asked == 2)
		return att_err_set(err, ATT_E_TPM, "away");
	*ret = (struct att_pass_clock){ .clock = 1000 * ++asked,
		.reset_count = 3, .safe = true };
	return 0;
}

/* Each part ends where the next one begins; the third look failed. */
START_TEST(clocks)
{
	const struct att_pass *p;

	asked = 0;
	how.clock = tick;
	USE("a", "b");
	pass();
	p = att_firmware_claims_pass(now.claims, "components");
	ck_assert(p->has_clock && p->begin.clock == 1000 &&
	    p->end.clock == 2000 && p->end.reset_count == 3);
	ck_assert(!att_firmware_claims_pass(now.claims,
	    "flash/a")->has_clock);
	ck_assert(!att_firmware_claims_pass(now.claims,
	    "flash/b")->has_clock);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("measure");
	TCase *t = tcase_create("measure");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, no_chip);
	tcase_add_test(t, listed_devices);
	tcase_add_test(t, components);
	tcase_add_test(t, chips);
	tcase_add_test(t, a_bmc_that_is_not_reached);
	tcase_add_test(t, more_components_than_are_taken);
	tcase_add_test(t, names_are_told_apart);
	tcase_add_test(t, changes);
	tcase_add_test(t, another_hash);
	tcase_add_test(t, a_misread_range);
	tcase_add_test(t, an_unsteady_range);
	tcase_add_test(t, a_misread_structure);
	tcase_add_test(t, one_fails_and_the_others_stay);
	tcase_add_test(t, gone);
	tcase_add_test(t, too_much_for_a_document);
	tcase_add_test(t, vanishes);
	tcase_add_test(t, full_disk);
	tcase_add_test(t, too_slow);
	tcase_add_test(t, stopped);
	tcase_add_test(t, clocks);
	suite_add_tcase(s, t);
	return run_suite(s);
}
