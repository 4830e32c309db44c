/*
 * Devices that sign, and a BMC that does what it wants, beside attestations
 * that go on as if it was not there. With --devices this program is the
 * process that asks them.
 */
#include "tests/agent/push_test.h"

#include "agent/devices.h"
#include "evidence/binding.h"
#include "tests/redfish/mock.h"

#define SLOW_MS 30000	/* half of redfish_timeout: nobody waited for a BMC */

static struct mock bmc;
static char config_path[64];

static bool
was_asked(void)
{
	AUTO(free) char *path = in_node("run/" ATT_DEVICES_TRIED);

	return access(path, F_OK) == 0;
}

/* The configuration of push_setup, and this mock. */
static void
add_bmc(const char *pin, const char *more)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(8192);
	char own[PIN_MAX];

	mock_start(&bmc);
	ck_assert(node_read("attestd.yaml", &b));
	att_buf_printf(&b, "redfish_url: https://127.0.0.1:%u\n"
	    "redfish_pin: %s\nredfish_user: " MOCK_USER "\n"
	    "redfish_password_file: credential:password\nspdm: true\n%s",
	    bmc.peer.port, pin != NULL ? pin : pin_of(&bmc.cert, own),
	    more);
	node_write("attestd.yaml", att_buf_view(&b));
	snprintf(config_path, sizeof(config_path), "%s/attestd.yaml",
	    node_dir);
	push.devices.config_path = config_path;
	att_agent_config_done(&config);
	ok(att_agent_config_parse("test", att_buf_view(&b), &config, err));
	ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", node_dir, 1), 0);
	node_write("password", S(MOCK_PASSWORD));
	fake.spdm = second.spdm = true;
}

static void
setup_devices(void)
{
	memset(&bmc, 0, sizeof(bmc));
	push_setup();
}

static void
teardown_devices(void)
{
	mock_stop(&bmc);
	push_teardown();
}

/* One round as attestd makes it; milliseconds that it took. */
static double
attest(void)
{
	struct timespec a, b;

	att_round_done(&last);
	clock_gettime(CLOCK_MONOTONIC, &a);
	(void)att_push_run(&push, 0, &last);
	clock_gettime(CLOCK_MONOTONIC, &b);
	ck_assert_msg(last.outcome == ATT_OUTCOME_ACCEPTED, "%s: %s",
	    att_outcome_name(last.outcome), last.reason);
	ck_assert_str_eq(fake.wrong, "");
	return (double)(b.tv_sec - a.tv_sec) * 1e3 +
	    (double)(b.tv_nsec - a.tv_nsec) / 1e6;
}

static void
wait_for_child(void)
{
	for (int i = 0; i < 6000 && att_child_runs(&push.devices.child); i++)
		usleep(10000);
	ck_assert(!att_child_runs(&push.devices.child));
}

static enum att_item_state
offered(void)
{
	return fake.offer.item[ATT_ITEM_SPDM_MEASUREMENTS].state;
}

START_TEST(the_next_one_has_their_answers)
{
	AUTO(free) char *tried = in_node("run/" ATT_DEVICES_TRIED);
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *e = NULL;
	uint8_t challenge[ATT_CHALLENGE_MAX];
	size_t len;

	add_bmc(NULL, "");
	(void)attest();
	ck_assert_int_eq(offered(), ATT_ITEM_UNREADABLE);
	ck_assert_str_eq(fake.offer.item[ATT_ITEM_SPDM_MEASUREMENTS].reason,
	    "no device has signed so far");
	len = fake.demanded.challenge_len;
	memcpy(challenge, fake.demanded.challenge, len);
	wait_for_child();
	(void)attest();
	ck_assert_int_eq(offered(), ATT_ITEM_PRESENT);
	/* bound: fake_check_signed has looked at that */
	ok(att_spdm_evidence_parse(att_buf_view(
	    &fake.log[ATT_ITEM_SPDM_MEASUREMENTS]), &e, err));
	ck_assert_uint_eq(e->challenge_len, len);
	ck_assert_mem_eq(e->challenge, challenge, len);
	ck_assert_uint_eq(e->count, 4);
	ck_assert_int_eq(e->device[0].result, ATT_MEASURED_OK);
	ck_assert_int_eq(e->device[1].result, ATT_MEASURED_OK);
	/* who comes after this one asks no sooner than it would have */
	att_push_done(&push);
	att_push_init(&push, &config);
	push.devices.config_path = config_path;
	ck_assert_int_eq(unlink(tried), 0);
	(void)attest();
	ck_assert(!was_asked());
	ck_assert_int_eq(offered(), ATT_ITEM_PRESENT);
}
END_TEST

/* What the verifier gets of a node whose BMC does this. */
static void
is_undisturbed(void)
{
	AUTO(free) char *file = in_node("run/" ATT_DEVICES_FILE);
	double took = 0;

	for (int i = 0; i < 3; i++) {
		double ms = attest();

		took = ms > took ? ms : took;
		ck_assert_int_eq(last.standing, ATT_STANDING_PASS);
		ck_assert_uint_eq(fake.log[ATT_ITEM_UEFI_LOG].len,
		    strlen("not a log of any kind"));
		ck_assert_int_eq(offered(), ATT_ITEM_UNREADABLE);
		usleep(100000);
	}
	ck_assert_msg(took < SLOW_MS, "%.0f ms", took);
	ck_assert_int_ne(access(file, F_OK), 0);
}

START_TEST(a_bmc_that_hangs)
{
	bmc.fault[0] = (struct fault){ .path = V1, .hang = true };
	add_bmc(NULL, "redfish_timeout: 1m\n");
	is_undisturbed();
	/* one child through all of it, and it ends with the rest */
	ck_assert(att_child_runs(&push.devices.child));
	att_devices_done(&push.devices);
	ck_assert(!att_child_runs(&push.devices.child));
	ck_assert_uint_le(bmc.peer.connections, 1);
}
END_TEST

START_TEST(a_bmc_that_never_ends)
{
	bmc.fault[0] = (struct fault){ .path = V1 "/ComponentIntegrity",
		.endless = "                                             " };
	add_bmc(NULL, "");
	is_undisturbed();
	wait_for_child();
}
END_TEST

START_TEST(a_bmc_that_is_another)
{
	add_bmc("sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "");
	is_undisturbed();
	wait_for_child();
	ck_assert_uint_eq(bmc.peer.bytes, 0);
}
END_TEST

/* Answers that come in the midst of a quote are those of the next one. */
static void
replace_answers(struct fake *f, enum att_step step)
{
	static unsigned n;
	char text[64];

	if (step != ATT_STEP_OFFER && step != ATT_STEP_EVIDENCE)
		return;
	snprintf(text, sizeof(text), "{\"n\":%u}", ++n);
	node_put("run/" ATT_DEVICES_FILE, S(text));
}

START_TEST(answers_that_come_meanwhile)
{
	AUTO(free) char *file = in_node("run/" ATT_DEVICES_FILE);

	add_bmc(NULL, "spdm_interval: 7d\n");
	(void)attest();
	wait_for_child();
	fake.hook = replace_answers;
	for (int i = 0; i < 3; i++)
		(void)attest();
	fake.hook = NULL;
	ck_assert_uint_gt(fake.log[ATT_ITEM_SPDM_MEASUREMENTS].len, 0);
	/* and where they are gone in between */
	ck_assert_int_eq(unlink(file), 0);
	(void)attest();
	ck_assert_int_eq(offered(), ATT_ITEM_UNREADABLE);
}
END_TEST

/* Who wants one attestation leaves no child behind. */
START_TEST(not_for_one_attestation)
{
	add_bmc(NULL, "");
	att_push_once(&push, &last);
	ck_assert_int_eq(last.outcome, ATT_OUTCOME_ACCEPTED);
	ck_assert(!was_asked());
	ck_assert_uint_eq(bmc.peer.connections, 0);
}
END_TEST

/* A verifier that binds nothing gives no challenge that dates an answer. */
START_TEST(not_for_a_quote_that_is_not_bound)
{
	add_bmc(NULL, "");
	fake.bound = second.bound = false;
	fake.spdm = second.spdm = false;
	(void)attest();
	ck_assert(!was_asked());
	ck_assert_uint_eq(bmc.peer.connections, 0);
}
END_TEST

static int
be_the_child(const char *challenge, const char *path)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config c = { 0 };

	return att_agent_config_load(path, &c, NULL) < 0 ? 99 :
	    att_devices_main(&c, challenge);
}

int
main(int argc, char **argv)
{
	Suite *s = suite_create("push devices");
	TCase *t = tcase_create("push devices");

	if (argc == 5 && strcmp(argv[1], "--devices") == 0)
		return be_the_child(argv[2], argv[4]);

	tcase_add_unchecked_fixture(t, make_certs, free_certs);
	tcase_add_checked_fixture(t, setup_devices, teardown_devices);
	tcase_add_test(t, the_next_one_has_their_answers);
	tcase_add_test(t, a_bmc_that_hangs);
	tcase_add_test(t, a_bmc_that_never_ends);
	tcase_add_test(t, a_bmc_that_is_another);
	tcase_add_test(t, answers_that_come_meanwhile);
	tcase_add_test(t, not_for_one_attestation);
	tcase_add_test(t, not_for_a_quote_that_is_not_bound);
	suite_add_tcase(s, t);
	return run_suite(s);
}
