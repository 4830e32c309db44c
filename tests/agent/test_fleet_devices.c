/*
 * Devices that sign, from a BMC to a verdict: attestd's own rounds, a BMC that
 * is asked between two of them, and the real verifier. With --devices this
 * program is the process that asks.
 */
#include "tests/agent/fleet.h"
#include "tests/redfish/mock.h"

#include "agent/push.h"
#include "tests/agent/run_ctl.h"

#define GPU "HGX_IRoT_GPU_0"

static struct mock bmc;
static struct att_push push;
static struct att_round last;
static struct run run;
static EVP_PKEY *maker;
static char *config_path;

#define NODE                                                                 \
	"--url", server_url, "--ca", server_ca, "--token", operator_token
#define CTL(want, ...)                                                       \
	do {                                                                 \
		RUN(&run, __VA_ARGS__);                                      \
		ck_assert_msg(run.status == (want),                          \
		    "status %d, wanted %d\n%.*s%.*s", run.status, (want),    \
		    (int)run.out.len, (char *)run.out.data,                  \
		    (int)run.err.len, (char *)run.err.data);                 \
	} while (0)

/* The mock's certificates are of another time than the verifier's clock. */
static void
certify_now(X509 *x, EVP_PKEY *by)
{
	ck_assert_ptr_nonnull(X509_gmtime_adj(X509_getm_notBefore(x), -DAY));
	ck_assert_ptr_nonnull(X509_gmtime_adj(X509_getm_notAfter(x), DAY));
	ck_assert(X509_sign(x, by, EVP_sha256()) > 0);
}

/* Another device behind the BMC, of the same maker. */
static void
make_device(void)
{
	X509_free(bmc.leaf);
	EVP_PKEY_free(bmc.key);
	bmc.key = EVP_EC_gen("P-384");
	bmc.leaf = dev_certify(bmc.key, &(struct dev_spec){ .name = "GPU" },
	    bmc.root, maker);
	certify_now(bmc.leaf, maker);
}

static void
make_bmc(void)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	char pin[PIN_MAX];

	memset(&bmc, 0, sizeof(bmc));
	mock_start(&bmc);
	maker = EVP_EC_gen("P-256");
	X509_free(bmc.root);
	bmc.root = dev_certify(maker, &(struct dev_spec){ .name = "Maker",
	    .ca = true }, NULL, NULL);
	certify_now(bmc.root, maker);
	make_device();
	att_buf_printf(&b, "redfish_url: https://127.0.0.1:%u\n"
	    "redfish_pin: %s\nredfish_user: " MOCK_USER "\n"
	    "redfish_password_file: credential:password\nspdm: true\n"
	    "spdm_interval: 1s\nbackoff_min: 1s\nbackoff_max: 1s\n",
	    bmc.peer.port, pin_of(&bmc.cert, pin));
	node_put("attestd.yaml.d/zbmc.yaml", att_buf_view(&b));
	node_write("password", S(MOCK_PASSWORD));
	ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", node_dir, 1), 0);
	att_agent_config_done(&config);
	ok(att_agent_config_load(config_path, &config, err));
}

/* Reference values of the boot, and of these components. */
static void
put_values(const char *components)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO(free) char *path = in_node("gpu.json");
	struct att_digest pin = dev_pin(maker);
	char hex[ATT_DIGEST_HEX_MAX];

	att_buf_printf(&b, "{\"format\":\"attestd-spdm-values/1\","
	    "\"id\":\"gpu\",\"version\":1,\"match\":{},\"components\":[\"%s\"],"
	    "\"roots\":[\"sha256:%s\"],\"measurements\":{\"1\":\"any\","
	    "\"2\":\"any\",\"3\":\"unused\",\"4\":[\"312e322e33\"],"
	    "\"5\":{\"minimum\":7},\"254\":\"any\"}}", components,
	    att_digest_hex(&pin, hex));
	node_put("gpu.json", att_buf_view(&b));
	CTL(0, "reference", "put", NODE, path);
}

static void
start(void)
{
	fleet_start();
	config_path = in_node("attestd.yaml");
	make_bmc();
	fleet_put_reference();
	put_values(GPU);
	att_push_init(&push, &config);
	push.devices.config_path = config_path;
}

static void
stop(void)
{
	att_push_done(&push);
	att_round_done(&last);
	mock_stop(&bmc);
	EVP_PKEY_free(maker);
	run_done(&run);
	free(config_path);
	fleet_stop();
}

/* One round as attestd makes it, and the devices' answers behind it. */
static void
attest(void)
{
	usleep(1100000);	/* the verifier's quote_interval */
	att_round_done(&last);
	(void)att_push_run(&push, 1000, &last);
	ck_assert_msg(last.outcome == ATT_OUTCOME_ACCEPTED, "%s: %s",
	    att_outcome_name(last.outcome), last.reason);
	for (int i = 0; i < 3000 && att_child_runs(&push.devices.child); i++)
		usleep(10000);
	ck_assert(!att_child_runs(&push.devices.child));
}

static void
is_trusted(void)
{
	attest();
	CTL(0, "node", "show", NODE, FLEET_NODE);
	ck_assert_msg(run_has(&run.out, "TRUSTED") &&
	    !run_has(&run.out, "UNTRUSTED"), "%.*s", (int)run.out.len,
	    run.out.data);
}

static void
is_not(const char *code)
{
	attest();
	CTL(0, "node", "show", NODE, FLEET_NODE);
	ck_assert_msg(run_has(&run.out, "UNTRUSTED") &&
	    run_has(&run.out, code), "%s: %.*s", code, (int)run.out.len,
	    run.out.data);
}

START_TEST(a_device_from_boot_to_its_replacement)
{
	is_not("[spdm-not-reported]");
	is_trusted();
	ck_assert(run_has(&run.out, "device  " GPU));
	is_trusted();
	CTL(0, "node", "devices", NODE, FLEET_NODE);
	ck_assert(run_has(&run.out, GPU));
	make_device();
	/* the answers that are there are the old device's */
	attest();
	is_not("[spdm-other-device]");
	CTL(0, "node", "devices", NODE, FLEET_NODE, "--accept", GPU);
	is_trusted();
}
END_TEST

/* Both components of this BMC have one key: no evidence for two. */
START_TEST(one_device_under_two_names)
{
	put_values("HGX_*");
	is_not("[spdm-not-reported]");
	is_not("[spdm-twin]");
}
END_TEST

/* What its devices said last counts as long as the verifier takes it. */
START_TEST(a_bmc_that_is_gone)
{
	int64_t max = verifier_config.spdm_max_age;

	is_not("[spdm-not-reported]");
	is_trusted();
	bmc.fault[0] = (struct fault){ .path = V1 "/ComponentIntegrity",
		.status = 500 };
	attest();
	is_trusted();
	verifier_config.spdm_max_age = 1;
	is_not("[spdm-stale]");
	verifier_config.spdm_max_age = max;
	bmc.fault[0].path = NULL;
	is_trusted();
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
	Suite *s;
	TCase *t;

	if (argc == 5 && strcmp(argv[1], "--devices") == 0)
		return be_the_child(argv[2], argv[4]);
	s = suite_create("devices of a fleet");
	t = tcase_create("devices");

	tcase_add_unchecked_fixture(t, fleet_once, fleet_over);
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, a_device_from_boot_to_its_replacement);
	tcase_add_test(t, one_device_under_two_names);
	tcase_add_test(t, a_bmc_that_is_gone);
	suite_add_tcase(s, t);
	return run_suite(s);
}
