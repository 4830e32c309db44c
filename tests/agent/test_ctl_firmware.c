/* attestctl firmware: maps of images, and what differs between two. */
#include "testlib.h"

#include "base/file.h"
#include "tests/agent/run_ctl.h"
#include "tests/firmware/chipmaker.h"

#define OVMF "/usr/share/OVMF/"
#define CHIP ((size_t)16 << 20)
#define VARS 0x400000
#define CODE 0x500000
#define CODE_END (CODE + 0x37c000)
#define PADDING (CODE - 0x100)

static struct file
chip_file(const struct cm *m)
{
	return file_of(&(struct att_buf){ .data = m->b, .len = m->size });
}

static json_t *
parse(const struct run *r)
{
	json_t *j = NULL;

	ok(att_json_parse(att_buf_view(&r->out), RUN_OUTPUT_MAX, &j, err));
	ck_assert(json_is_object(j));
	return j;
}

static const char *
text(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	return s == NULL ? "" : s;
}

/* Puts a file of the package onto the chip; false where it is not installed. */
static bool
put_ovmf(struct cm *m, size_t at, const char *name)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(CHIP);
	char path[128];

	snprintf(path, sizeof(path), "%s%s", OVMF, name);
	if (att_file_read(path, &b, NULL) < 0)
		return false;
	cm_put(m, at, b.data, b.len);
	return true;
}

/* A board's chip: a descriptor, GbE, and OVMF with padding in between. */
static bool
board(struct cm *m)
{
	*m = cm_new(CHIP);
	cm_ifd(m, 2);
	cm_region(m, 3, 0x1000, 0x2000);
	cm_region(m, 1, VARS, CHIP - VARS);
	/* the host may neither write the descriptor nor GbE */
	cm_flmstr1(m, 0xff6fffff);
	if (put_ovmf(m, VARS, "OVMF_VARS_4M.ms.fd") &&
	    put_ovmf(m, CODE, "OVMF_CODE_4M.secboot.fd"))
		return true;
	fprintf(stderr, "skipped: the package ovmf is not installed\n");
	return false;
}

/* What attestctl says of two chips; returns the exit status. */
static int
diff(const struct cm *a, const struct cm *b, json_t **ret)
{
	AUTO_DONE(run_done) struct run r = { 0 };
	AUTO_DONE(file_done) struct file before = chip_file(a);
	AUTO_DONE(file_done) struct file after = chip_file(b);
	AUTO(att_json_decref) json_t *j = NULL;

	RUN(&r, "firmware", "diff", "--json", before.path, after.path);
	/* packed files in which a bit is wrong cannot be listed */
	ck_assert(r.err.len == 0 || run_has(&r.err, "are not opened: LZMA"));
	j = parse(&r);
	*ret = json_incref(json_object_get(j, "changes"));
	ck_assert(json_is_array(*ret));
	return r.status;
}

/* The one change that there is. */
static void
one_change(const struct cm *a, const struct cm *b, int status, size_t at,
    const char *class, const char *name)
{
	AUTO(att_json_decref) json_t *list = NULL;
	const json_t *c;
	json_int_t offset;

	ck_assert_int_eq(diff(a, b, &list), status);
	ck_assert_uint_eq(json_array_size(list), 1);
	c = json_array_get(list, 0);
	offset = json_integer_value(json_object_get(c, "offset"));
	ck_assert((size_t)offset <= at && at - (size_t)offset <
	    (size_t)json_integer_value(json_object_get(c, "length")));
	ck_assert_str_eq(text(c, "class"), class);
	ck_assert_str_eq(text(c, "change"), "content");
	ck_assert_msg(strstr(text(c, "name"), name) != NULL, "%s",
	    text(c, "name"));
	ck_assert_str_ne(text(c, "sha256"), text(c, "before"));
	if (strcmp(class, "static") == 0)
		ck_assert(json_is_array(json_object_get(c, "files")));
}

START_TEST(map_of_a_board)
{
	static const struct {
		json_int_t offset, length;
		const char *class, *name;
	} want[] = {
		{ 0, 0x1000, "static", "descriptor" },
		{ 0x1000, 0x2000, "per-machine", "GbE" },
		{ 0x3000, VARS - 0x3000, "gap", "unclaimed" },
		{ VARS, 0x84000, "volatile", "variables " CM_VARIABLES },
		{ VARS + 0x84000, CODE - VARS - 0x84000, "gap", "BIOS" },
		{ CODE, 0x348000, "static",
		    "FFS2 48db5e17-707c-472d-91cd-1613e7ef51b0" },
		{ CODE + 0x348000, 0x34000, "static",
		    "FFS2 763bed0d-de9f-48f5-81f1-3e90e1b1a015" },
		{ CODE_END, CHIP - CODE_END, "gap", "BIOS" },
	};
	AUTO_DONE(cm_done) struct cm m = { 0 };
	AUTO_DONE(run_done) struct run r = { 0 };
	AUTO(att_json_decref) json_t *j = NULL;
	json_t *list = NULL;

	if (!board(&m))
		return;
	{
		AUTO_DONE(file_done) struct file f = chip_file(&m);

		RUN(&r, "firmware", "map", "--json", f.path);
		ck_assert(r.status == 0 && r.err.len == 0);
		j = parse(&r);
		RUN(&r, "firmware", "map", f.path);
		ck_assert(r.status == 0 && r.err.len == 0);
		ck_assert(run_has(&r.out,
		    "0x00400000      528 KiB  volatile     "));
		ck_assert(run_has(&r.out, "  BIOS (all 0xff)\n"));
	}
	ck_assert_int_eq(json_integer_value(json_object_get(j, "size")),
	    (json_int_t)CHIP);
	ok(att_json_arr(j, "ranges", &list, err));
	ck_assert_uint_eq(json_array_size(list), ATT_COUNT(want));
	for (size_t i = 0; i < ATT_COUNT(want); i++) {
		const json_t *one = json_array_get(list, i);
		const uint8_t *at = m.b + want[i].offset;
		struct att_digest d;
		char hex[ATT_DIGEST_HEX_MAX];

		ck_assert_int_eq(json_integer_value(json_object_get(one,
		    "offset")), want[i].offset);
		ck_assert_int_eq(json_integer_value(json_object_get(one,
		    "length")), want[i].length);
		ck_assert_str_eq(text(one, "class"), want[i].class);
		ck_assert_str_eq(text(one, "name"), want[i].name);
		ok(att_digest_of(ATT_ALG_SHA256, (struct att_slice){ at,
		    (size_t)want[i].length }, &d, err));
		ck_assert_str_eq(text(one, "sha256"), att_digest_hex(&d, hex));
	}
}
END_TEST

/* A variable is written where the store is free, as firmware does. */
START_TEST(only_variables)
{
	AUTO_DONE(cm_done) struct cm a = { 0 };
	AUTO_DONE(cm_done) struct cm b = { 0 };
	AUTO(att_json_decref) json_t *none = NULL;
	size_t at = VARS + 0x48 + 0x3ffb8;

	if (!board(&a) || !board(&b))
		return;
	ck_assert_int_eq(diff(&a, &b, &none), 0);
	ck_assert_uint_eq(json_array_size(none), 0);
	while (b.b[at - 1] == 0xff)
		at--;
	ck_assert(at > VARS + 0x1000);	/* Microsoft's keys are there */
	at = (at + 3) & ~(size_t)3;
	cm_put32(&b, at, 0x003f55aa);
	cm_fill(&b, at + 4, 0, 40);
	cm_put32(&b, at + 36, 4);
	cm_put32(&b, at + 40, 64);
	cm_guid(&b, at + 44, CM_CODE);
	cm_put32(&b, at + 60, 'x');
	cm_code(&b, at + 64, 64);
	one_change(&a, &b, 0, at, "volatile", "variables");
	/* the spare blocks of a fault-tolerant write as well */
	cm_code(&a, VARS + 0x42000, 0x42000);
	one_change(&a, &b, 0, at, "volatile", "variables");
}
END_TEST

START_TEST(one_byte)
{
	static const struct {
		size_t at;
		const char *class, *name;
	} flips[] = {
		{ CODE + 0x1000, "static", "48db5e17" },
		{ CODE + 0x100000, "static", "48db5e17" },
		{ CODE_END - 1, "static", "763bed0d" },
		{ PADDING, "gap", "BIOS" },
		{ CHIP - 1, "gap", "BIOS" },
		{ 0x3000, "gap", "unclaimed" },
		{ 0x1000, "per-machine", "GbE" },
		{ 0xff0, "static", "descriptor" },
	};
	AUTO_DONE(cm_done) struct cm a = { 0 };
	AUTO_DONE(cm_done) struct cm b = { 0 };

	if (!board(&a) || !board(&b))
		return;
	for (size_t i = 0; i < ATT_COUNT(flips); i++) {
		b.b[flips[i].at] ^= 0x10;
		one_change(&a, &b, 1, flips[i].at, flips[i].class,
		    flips[i].name);
		b.b[flips[i].at] ^= 0x10;
	}
	/* the host may write GbE from now on */
	cm_flmstr1(&b, 0xffefffff);
	one_change(&a, &b, 1, 0x80, "static", "descriptor");
}
END_TEST

/* The files that differ between two builds, those of packed volumes too. */
START_TEST(files_of_builds)
{
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "firmware", "map", "--files", OVMF "OVMF_CODE_4M.secboot.fd");
	if (r.status == 4) {
		fprintf(stderr, "skipped: no " OVMF "OVMF_CODE_4M.*.fd\n");
		return;
	}
	ck_assert(r.status == 0 && r.err.len == 0);
	ck_assert(run_has(&r.out, "    volume              "
	    "9e21fd93-9c72-4c15-8c4b-e77f1db2d792\n"));
	ck_assert(run_has(&r.out, "      PEI core            "
	    "52c05b14-0b98-496c-bc3b-04b50211d680  PeiCore\n"));
	ck_assert(run_has(&r.out, "  SecureBootConfigDxe\n"));
	RUN(&r, "firmware", "diff", OVMF "OVMF_CODE_4M.fd",
	    OVMF "OVMF_CODE_4M.secboot.fd");
	ck_assert(r.status == 1 && r.err.len == 0);
	ck_assert(run_has(&r.out, "  added        "));
	ck_assert(run_has(&r.out, "PiSmmCore\n"));
	ck_assert(run_has(&r.out, "  content    volume              "
	    "9e21fd93-9c72-4c15-8c4b-e77f1db2d792\n"));
	RUN(&r, "firmware", "map", "--files", "--json",
	    OVMF "OVMF_CODE_4M.fd");
	ck_assert(r.status == 0 && run_has(&r.out, "\"name\": \"Shell\""));
}
END_TEST

START_TEST(other_partitions)
{
	AUTO_DONE(cm_done) struct cm a = cm_new(CHIP);
	AUTO_DONE(cm_done) struct cm b = cm_new(CHIP);
	AUTO(att_json_decref) json_t *list = NULL;
	AUTO_DONE(run_done) struct run r = { 0 };

	cm_fv(&b, 0x1000, 0x1000, CM_VARIABLES);
	ck_assert_int_eq(diff(&a, &b, &list), 1);
	ck_assert_uint_eq(json_array_size(list), 4);
	ck_assert_str_eq(text(json_array_get(list, 0), "change"), "removed");
	ck_assert_str_eq(text(json_array_get(list, 2), "change"), "added");
	ck_assert_str_eq(text(json_array_get(list, 2), "class"), "volatile");
	{
		AUTO_DONE(file_done) struct file x = chip_file(&a);
		AUTO_DONE(file_done) struct file y = chip_file(&b);

		RUN(&r, "firmware", "diff", x.path, y.path);
		ck_assert(r.status == 1 && r.err.len == 0);
		ck_assert(run_has(&r.out, "removed  0x00000000       16 MiB  "
		    "gap          unclaimed\n"));
		ck_assert(run_has(&r.out, "added    0x00001000        4 KiB  "
		    "volatile     variables "));
		RUN(&r, "firmware", "diff", x.path, x.path);
		ck_assert(r.status == 0 && r.out.len == 0);
		/* other digests, from standard input */
		r.from = y.path;
		RUN(&r, "firmware", "map", "--hash", "sha384", "--json", "-");
		ck_assert(r.status == 0 && run_has(&r.out, "\"sha384\": \""));
		ck_assert(!run_has(&r.out, "sha256"));
	}
}
END_TEST

/* Nothing that an image says of itself moves a terminal. */
START_TEST(findings)
{
	AUTO_DONE(cm_done) struct cm m = cm_new((size_t)32 << 20);
	AUTO_DONE(run_done) struct run r = { 0 };

	cm_ifd(&m, 2);
	cm_region(&m, 2, 0x1000, 0xf000);
	cm_fpt(&m, 0x1010);
	cm_fpt_entry(&m, 0x1010, "\033[2J", 0x1000, 0x1000, false);
	{
		AUTO_DONE(file_done) struct file f = chip_file(&m);

		RUN(&r, "firmware", "map", f.path);
		ck_assert(r.status == 0);
		ck_assert(memchr(r.out.data, '\033', r.out.len) == NULL);
		ck_assert(run_has(&r.out, "ME/??2J"));
		ck_assert(run_has(&r.out, "ifd.descriptor-writable-by-host "
		    "at 0x00000000: the host may write the flash "
		    "descriptor\n"));
		RUN(&r, "firmware", "map", "--layout", "openbmc", f.path);
		ck_assert(r.status == 0 && run_has(&r.out, "  rofs\n"));
	}
}
END_TEST

/* Of a file it is what `map` says, at any pace. */
START_TEST(measure)
{
	AUTO_DONE(run_done) struct run map = { 0 };
	AUTO_DONE(run_done) struct run r = { 0 };
	AUTO_DONE(cm_done) struct cm m = cm_new(CHIP);
	AUTO_DONE(file_done) struct file f = { "" };
	AUTO(att_json_decref) json_t *j = NULL;

	cm_ifd(&m, 2);
	cm_region(&m, 2, 0x1000, 0xff000);
	cm_region(&m, 1, 0x100000, CHIP - 0x100000);
	cm_code(&m, 0x1000, 0xff000);
	cm_fv(&m, VARS, 0x84000, CM_VARIABLES);
	cm_file(&m, CODE + cm_fv(&m, CODE, 0x100000, CM_FFS2), CM_CODE, 7,
	    0x80000);
	/* ME is denied */
	cm_flmstr1(&m, 0xfffffbff);
	f = chip_file(&m);
	RUN(&map, "firmware", "map", "--json", f.path);
	RUN(&r, "firmware", "measure", "--json", f.path);
	ck_assert(r.status == 0 && r.err.len == 0);
	j = parse(&r);
	ck_assert(json_array_size(json_object_get(j, "ranges")) > 4);
	ck_assert(run_has(&r.out, "\"unreadable\""));
	ck_assert(r.out.len == map.out.len &&
	    memcmp(r.out.data, map.out.data, r.out.len) == 0);
	RUN(&map, "firmware", "map", "--hash", "sha384", f.path);
	RUN(&r, "firmware", "measure", "--hash", "sha384", "--rate",
	    "1000000000", "--duty", "90", f.path);
	ck_assert(r.status == 0 && r.out.len == map.out.len &&
	    memcmp(r.out.data, map.out.data, r.out.len) == 0);
}
END_TEST

START_TEST(measure_refuses)
{
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "firmware", "measure", "/nonexistent/mtd0ro");
	ck_assert(r.status == 4 && r.out.len == 0);
	ck_assert(run_has(&r.err, "attestctl: not available: /nonexistent/"));
	RUN(&r, "firmware", "measure", "/dev/zero");
	ck_assert(r.status == 3 && r.out.len == 0);
	ck_assert(run_has(&r.err, "neither an MTD device nor a file"));
}
END_TEST

START_TEST(usage)
{
	static const char *const words[][6] = {
		{ "firmware", NULL },
		{ "firmware", "map", NULL },
		{ "firmware", "map", "x", "y", NULL },
		{ "firmware", "diff", "x", NULL },
		{ "firmware", "nonsense", "x", NULL },
		{ "firmware", "map", "--hash", "sha1", "x", NULL },
		{ "firmware", "map", "--layout", "none", "x", NULL },
		{ "firmware", "map", "--nonsense", "x", NULL },
		{ "firmware", "map", "--bank", "sha256", "x", NULL },
		{ "firmware", "pcr", "--json", "x", NULL },
		{ "firmware", "diff", "--files", "x", "y", NULL },
		{ "firmware", "measure", "x", "y", NULL },
		{ "firmware", "measure", "--files", "x", NULL },
		{ "firmware", "measure", "--rate", "4095", "x", NULL },
		{ "firmware", "measure", "--rate", "1e6", "x", NULL },
		{ "firmware", "measure", "--rate", "9999999999999999", "x" },
		{ "firmware", "measure", "--rate", "-5000", "x", NULL },
		{ "firmware", "measure", "--duty", "0", "x", NULL },
		{ "firmware", "measure", "--duty", "101", "x", NULL },
		{ "firmware", "measure", "--duty", "5%", "x", NULL },
		{ "firmware", "map", "--rate", "65536", "x", NULL },
	};
	AUTO_DONE(run_done) struct run r = { 0 };

	for (size_t i = 0; i < ATT_COUNT(words); i++) {
		run_ctl(&r, words[i]);
		ck_assert_msg(r.status == 2, "%zu: %d", i, r.status);
		ck_assert(r.out.len == 0);
		ck_assert(run_has(&r.err, "usage: attestctl firmware map "));
	}
	RUN(&r, "firmware", "--help");
	ck_assert(r.status == 0 && r.err.len == 0);
	ck_assert(run_has(&r.out, "attestctl firmware diff "));
	RUN(&r, "firmware", "map", "/dev/null");
	ck_assert(r.status == 3 && run_has(&r.err, "no bytes"));
	RUN(&r, "firmware", "map", "/dev/zero");
	ck_assert(r.status == 3 && run_has(&r.err, "268435456"));
	RUN(&r, "firmware", "map", "/nonexistent/image");
	ck_assert(r.status == 4 && run_has(&r.err, "/nonexistent/image"));
	RUN(&r, "firmware", "map", "--layout", "openbmc", "docs/attestctl.1");
	ck_assert(r.status == 3 && run_has(&r.err, "OpenBMC"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_firmware");
	TCase *t = tcase_create("ctl_firmware");

	tcase_add_test(t, map_of_a_board);
	tcase_add_test(t, only_variables);
	tcase_add_test(t, one_byte);
	tcase_add_test(t, files_of_builds);
	tcase_add_test(t, other_partitions);
	tcase_add_test(t, findings);
	tcase_add_test(t, measure);
	tcase_add_test(t, measure_refuses);
	tcase_add_test(t, usage);
	suite_add_tcase(s, t);
	return run_suite(s);
}
