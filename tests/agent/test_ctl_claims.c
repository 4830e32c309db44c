/* attestctl firmware measure, of all that a machine has, and show. */
#include "tests/agent/measuring.h"
#include "tests/agent/run_ctl.h"

#include "agent/state.h"
#include "base/json.h"

static char *file;	/* the configuration */
static struct run r;

static void
setup(void)
{
	AUTO_DONE(cm_done) struct cm chip = chip_new();
	AUTO(free) char *dropins = NULL;
	AUTO(free) char *state = NULL;
	AUTO(free) char *keys = NULL;

	measuring_node("", "");
	state = in_node("state");
	dropins = in_node("attestd.yaml.d");
	file = in_node("attestd.yaml");
	chip_put("a", &chip);
	chip_put("b", &chip);
	ck_assert(mkdir(state, 0700) == 0 && mkdir(dropins, 0700) == 0);
	ck_assert(asprintf(&keys, "firmware_devices: [%s/a, %s/b]\n",
	    node_dir, node_dir) > 0);
	node_put("attestd.yaml.d/keys.yaml", S(keys));
}

static void
teardown(void)
{
	run_done(&r);
	free(file);
	node_remove();
}

static bool
same_as_file(const char *name)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);
	AUTO(att_json_decref) json_t *x = NULL;
	AUTO(att_json_decref) json_t *y = NULL;

	ck_assert(node_read(name, &b));
	ok(att_json_parse(att_buf_view(&b), b.len, &x, err));
	ok(att_json_parse(att_buf_view(&r.out), r.out.len, &y, err));
	return json_equal(x, y) == 1;
}

START_TEST(measure_all)
{
	RUN(&r, "firmware", "measure", "-c", file);
	ck_assert_int_eq(r.status, 0);
	ck_assert(run_has(&r.out, "boot " BOOT "\n"));
	ck_assert(run_has(&r.out, "\nflash/a (image): measured 20"));
	ck_assert(run_has(&r.out, "the TPM did not say when\n0x00000000"));
	ck_assert(run_has(&r.out, "\nflash/b (image): measured 20"));
	ck_assert(run_has(&r.out, "variables " CM_VARIABLES "\n"));
	/* what attestd would have left */
	RUN(&r, "firmware", "show", "-c", file, "--json");
	ck_assert(r.status == 0 && r.err.len == 0);
	ck_assert(same_as_file("claims"));
	chip_flip("b", CODE + 0x1000);
	RUN(&r, "firmware", "measure", "--json", "-c", file, "--rate",
	    "1000000000", "--duty", "100");
	ck_assert_int_eq(r.status, 1);
	ck_assert(run_has(&r.err, "firmware changed: b, 0x40000, FFS2"));
	ck_assert(same_as_file("claims"));
	RUN(&r, "firmware", "measure", "-c", file);
	ck_assert_int_eq(r.status, 0);
}
END_TEST

/* As attestd could leave it for root. */
START_TEST(show_through_no_link_and_from_no_pipe)
{
	AUTO(free) char *claims = in_node("claims");
	AUTO(free) char *other = in_node("other");

	RUN(&r, "firmware", "measure", "-c", file);
	ck_assert_int_eq(r.status, 0);
	ck_assert(rename(claims, other) == 0 && symlink(other, claims) == 0);
	RUN(&r, "firmware", "show", "-c", file);
	ck_assert_int_eq(r.status, 3);
	ck_assert(run_has(&r.err, "claims: a link"));
	ck_assert(unlink(claims) == 0 && mkfifo(claims, 0600) == 0);
	RUN(&r, "firmware", "show", "-c", file);
	ck_assert(run_has(&r.err, "claims: not a regular file"));
	ck_assert(unlink(claims) == 0);
	RUN(&r, "firmware", "show", "-c", file);
	ck_assert_int_eq(r.status, 4);
	ck_assert(run_has(&r.err, "claims: no such file"));
	/* one that somebody names is his */
	ck_assert(symlink(other, claims) == 0);
	RUN(&r, "firmware", "show", claims);
	ck_assert_int_eq(r.status, 0);
}
END_TEST

START_TEST(elsewhere)
{
	AUTO(free) char *to = in_node("elsewhere");
	AUTO(free) char *claims = in_node("claims");

	RUN(&r, "firmware", "measure", "-c", file, "--claims", to);
	ck_assert(r.status == 0 && r.out.len == 0);
	RUN(&r, "firmware", "show", to);
	ck_assert(r.status == 0 && run_has(&r.out, "\nflash/b (image): "));
	RUN(&r, "firmware", "measure", "-c", file, "--claims", "-");
	ck_assert(r.status == 0 && run_has(&r.out, "{\"boot_id\":\"" BOOT));
	ck_assert_int_ne(access(claims, F_OK), 0);
	/* PCR 23 of what was measured, for who has no other verifier */
	RUN(&r, "firmware", "pcr", "--bank", "sha256", to);
	ck_assert(r.status == 0 && run_has(&r.out, "{\"23\":[\""));
}
END_TEST

START_TEST(failures)
{
	AUTO(free) char *a = in_node("a");
	AUTO_DONE(att_fd_done) int lock = -1;

	ck_assert_int_eq(unlink(a), 0);
	RUN(&r, "firmware", "measure", "-c", file);
	ck_assert_int_eq(r.status, 4);
	ck_assert(run_has(&r.out, "\nflash/a (mtd): not-available: there is "
	    "no such device; measured 20"));
	ck_assert(run_has(&r.out, "\nflash/b (image): measured 20"));
	ok(att_state_measure(config.state_dir, &lock, err));
	RUN(&r, "firmware", "measure", "-c", file);
	ck_assert(r.status == 4 && run_has(&r.err, "another process"));
	RUN(&r, "firmware", "measure", "-c", "/nonexistent");
	ck_assert_int_eq(r.status, 4);
	RUN(&r, "firmware", "show", "/nonexistent");
	ck_assert_int_eq(r.status, 4);
	RUN(&r, "firmware", "show", file);
	ck_assert(r.status == 3 && run_has(&r.err, "JSON"));
}
END_TEST

/* One of each, with what is known of it. */
START_TEST(show)
{
	AUTO(free) char *path = in_node("doc");

	node_put("doc", S("{\"boot_id\":\"x\",\"firmware\":{\"components\":["
	    "{\"id\":\"bmc\",\"kind\":\"bmc\",\"path\":\"ipmi\","
	    "\"reason\":\"no answer\",\"result\":\"failed\"},"
	    "{\"id\":\"nic/0000:17:00.0\",\"kind\":\"nic\","
	    "\"model\":\"E810\",\"path\":\"netlink\",\"result\":\"ok\","
	    "\"vendor\":\"Intel\",\"versions\":{"
	    "\"fw\":{\"running\":\"7.1\",\"stored\":\"7.2\","
	    "\"minimum\":\"7.0\"},\"undi\":{\"stored\":\"1\"}}}],"
	    "\"flash\":[],\"no_flash\":\"not available: none\"},"
	    "\"format\":\"attestd-firmware/1\",\"passes\":[]}"));
	RUN(&r, "firmware", "show", path);
	ck_assert(r.status == 0 && r.err.len == 0);
	ck_assert(run_has(&r.out, "boot x\nflash: not available: none\n\n"));
	ck_assert(run_has(&r.out, "\nbmc "));
	ck_assert(run_has(&r.out, "  no answer\nnic/0000:17:00.0  Intel E810"));
	ck_assert(run_has(&r.out, "  7.1  "));
	r.from = path;
	RUN(&r, "firmware", "show", "--json", "-");
	ck_assert(r.status == 0 && same_as_file("doc"));
}
END_TEST

START_TEST(usage)
{
	static const char *const words[][6] = {
		{ "firmware", "measure", "--hash", "sha384", NULL },
		{ "firmware", "measure", "--layout", "openbmc", NULL },
		{ "firmware", "measure", "--claims", "x", "image", NULL },
		{ "firmware", "measure", "-c", "x", "image", NULL },
		{ "firmware", "show", "-c", "x", "doc", NULL },
		{ "firmware", "show", "x", "y", NULL },
		{ "firmware", "map", "--claims", "x", "image", NULL },
	};

	for (size_t i = 0; i < ATT_COUNT(words); i++) {
		run_ctl(&r, words[i]);
		ck_assert_msg(r.status == 2, "%zu: %d", i, r.status);
		ck_assert(r.out.len == 0);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_claims");
	TCase *t = tcase_create("ctl_claims");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, measure_all);
	tcase_add_test(t, show_through_no_link_and_from_no_pipe);
	tcase_add_test(t, elsewhere);
	tcase_add_test(t, failures);
	tcase_add_test(t, show);
	tcase_add_test(t, usage);
	suite_add_tcase(s, t);
	return run_suite(s);
}
