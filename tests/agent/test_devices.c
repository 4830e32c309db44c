/*
 * Devices asked in the background, and the BMC that the configuration names.
 * With --devices this program is the process that asks them.
 */
#include "testlib.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "agent/bmc.h"
#include "agent/devices.h"
#include "agent/gpus.h"
#include "agent/measure.h"
#include "tests/agent/agent.h"
#include "tests/redfish/fixture.h"

#define CHALLENGE "a challenge of the verifier"
#define FILE_ "run/" ATT_DEVICES_FILE

static struct att_devices devices;
static char fake_nvml[512];	/* a library beside this program */
static char config_path[64];

/* A node beside the mock, which is started; `more` goes into its file. */
static void
node_with_bmc(const char *password, const char *more)
{
	AUTO(free) char *run = NULL;
	char text[1024];

	start();
	snprintf(text, sizeof(text), "registrar_urls: [https://127.0.0.1:1]\n"
	    "verifier_urls: [https://127.0.0.1:1]\nredfish_url: %s\n"
	    "redfish_pin: %s\nredfish_user: " MOCK_USER "\n"
	    "redfish_password_file: credential:password\nspdm: true\n%s",
	    bmc.origin, bmc.pin, more);
	node_make("none", text);
	ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", node_dir, 1), 0);
	run = in_node("run");
	ck_assert_int_eq(mkdir(run, 0755), 0);
	snprintf(config_path, sizeof(config_path), "%s/attestd.yaml",
	    node_dir);
	devices.config_path = config_path;
	node_write("password", S(password));
}

static void
end(void)
{
	att_devices_done(&devices);
	stop();
	node_remove();
}

static int
be_the_child(const char *challenge, const char *path)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config c = { 0 };

	return att_agent_config_load(path, &c, NULL) < 0 ? 99 :
	    att_devices_main(&c, challenge);
}

static void
begin(void)
{
	att_devices_begin(&devices, &config, S(CHALLENGE));
}

static void
wait_for_child(void)
{
	for (int i = 0; i < 6000 && att_child_runs(&devices.child); i++)
		usleep(10000);
	ck_assert(!att_child_runs(&devices.child));
}

static struct att_spdm_evidence *
answers(void)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_SPDM_EVIDENCE_MAX);
	struct att_spdm_evidence *e = NULL;

	if (!node_read(FILE_, &b))
		return NULL;
	ok(att_spdm_evidence_parse(att_buf_view(&b), &e, err));
	return e;
}

/* So old that it is time to ask anew. */
static void
put_older_answers(void)
{
	AUTO(free) char *path = in_node(FILE_);
	const struct timespec old[] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

	node_write(FILE_, S("{}"));
	ck_assert_int_eq(utimensat(AT_FDCWD, path, old, 0), 0);
}

/* What stood in the file: "{}" for a document. */
static bool
older_answers_stay(void)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(16);

	return node_read(FILE_, &b) && att_slice_is(att_buf_view(&b), "{}");
}

START_TEST(their_answers_stand_in_a_file)
{
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *e = NULL;
	AUTO(free) char *path = NULL;
	struct stat st;

	node_with_bmc(MOCK_PASSWORD "\n", "");
	begin();
	ck_assert(devices.child.pid > 0);
	wait_for_child();
	ck_assert(!devices.child.failed);
	e = answers();
	ck_assert_ptr_nonnull(e);
	ck_assert_uint_eq(e->challenge_len, strlen(CHALLENGE));
	ck_assert_mem_eq(e->challenge, CHALLENGE, strlen(CHALLENGE));
	ck_assert_uint_eq(e->count, 4);
	ck_assert_int_eq(e->device[0].result, ATT_MEASURED_OK);
	ck_assert_int_eq(e->device[1].result, ATT_MEASURED_OK);
	path = in_node(FILE_);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	end();
	ck_assert_uint_eq(mock_count(&bmc.m, "DELETE " MOCK_SESSION), 1);
}
END_TEST

START_TEST(not_before_it_is_time)
{
	pid_t first;

	node_with_bmc(MOCK_PASSWORD, "spdm_interval: 1h\n");
	begin();
	first = devices.child.pid;
	/* one at a time */
	begin();
	ck_assert_int_eq(devices.child.pid, first);
	wait_for_child();
	begin();
	ck_assert_int_eq(devices.child.pid, 0);
	/* nor by a process that knows of no other */
	devices = (struct att_devices){ .config_path = config_path };
	begin();
	ck_assert_int_eq(devices.child.pid, 0);
	/* but then */
	config.spdm_interval = 0;
	begin();
	ck_assert_int_gt(devices.child.pid, 0);
	wait_for_child();
	end();
}
END_TEST

/* What failed is tried again sooner, but not by each process that comes. */
START_TEST(not_soon_after_a_failure)
{
	node_with_bmc("wrong", "spdm_interval: 1h\n");
	put_older_answers();
	for (int i = 0; i < 2; i++) {
		devices = (struct att_devices){ .config_path = config_path };
		begin();
		ck_assert(i == 0 ? devices.child.pid > 0 :
				   devices.child.pid == 0);
		wait_for_child();
	}
	config.backoff_max = 0;
	begin();
	ck_assert_int_gt(devices.child.pid, 0);
	wait_for_child();
	end();
	ck_assert_uint_eq(mock_count(&bmc.m, "POST"), 2);
}
END_TEST

START_TEST(not_unless_it_is_wanted)
{
	node_with_bmc(MOCK_PASSWORD, "");
	att_devices_begin(&devices, &config, (struct att_slice){ 0 });
	ck_assert_int_eq(devices.child.pid, 0);
	config.spdm = false;
	begin();
	ck_assert_int_eq(devices.child.pid, 0);
	end();
	ck_assert_uint_eq(bmc.m.peer.connections, 0);
}
END_TEST

/* An answer to an older challenge does not stay where there is no new one. */
START_TEST(a_bmc_that_refuses)
{
	node_with_bmc("wrong", "");
	put_older_answers();
	begin();
	wait_for_child();
	ck_assert(devices.child.failed);
	ck_assert(older_answers_stay());
	end();
	ck_assert_uint_eq(mock_count(&bmc.m, "POST"), 1);
}
END_TEST

START_TEST(a_bmc_that_hangs)
{
	bmc.m.fault[0] = (struct fault){ .path = V1, .hang = true };
	node_with_bmc(MOCK_PASSWORD, "redfish_timeout: 1m\n");
	begin();
	usleep(200000);
	ck_assert(att_child_runs(&devices.child));
	att_devices_done(&devices);
	ck_assert_int_eq(devices.child.pid, 0);
	end();
}
END_TEST

START_TEST(a_bmc_that_hangs_until_the_time_is_over)
{
	bmc.m.fault[0] = (struct fault){ .path = V1, .hang = true };
	node_with_bmc(MOCK_PASSWORD, "redfish_timeout: 1s\n");
	put_older_answers();
	begin();
	wait_for_child();
	ck_assert(devices.child.failed);
	ck_assert(older_answers_stay());
	end();
}
END_TEST

START_TEST(a_program_of_its_own)
{
	node_with_bmc(MOCK_PASSWORD, "");
	ck_assert_int_eq(att_devices_main(&config, "xyz"), ATT_DEVICES_USAGE);
	ck_assert_int_eq(att_devices_main(&config, "00"), ATT_DEVICES_USAGE);
	ck_assert_ptr_null(answers());
	ck_assert_int_eq(att_devices_main(&config,
	    "000102030405060708090a0b0c0d0e0f"), 0);
	{
		AUTO(att_spdm_evidence_free) struct att_spdm_evidence *e =
		    answers();

		ck_assert(e != NULL && e->challenge_len == 16 &&
		    e->challenge[15] == 15);
	}
	devices.config_path = NULL;
	begin();
	ck_assert_int_eq(devices.child.pid, 0);
	end();
}
END_TEST

START_TEST(challenges_of_other_lengths)
{
	static const uint8_t bytes[65];
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);

	node_with_bmc(MOCK_PASSWORD, "");
	fails(att_devices_ask(&config, (struct att_slice){ bytes, 15 }, &b,
	    err), ATT_E_USAGE, "15");
	fails(att_devices_ask(&config, (struct att_slice){ bytes, 65 }, &b,
	    err), ATT_E_USAGE, "65");
	ok(att_devices_ask(&config, (struct att_slice){ bytes, 64 }, &b,
	    err));
	end();
}
END_TEST

/* -- GPUs ------------------------------------------------------------------ */

/* A node whose GPUs the library of tests/nvml stands for. */
static void
node_with_gpus(const char *mode, const char *more)
{
	char library[600];

	(void)snprintf(library, sizeof(library), "spdm_nvml: %s\n%s", fake_nvml,
	    more);
	ck_assert_int_eq(setenv("FAKE_NVML", mode, 1), 0);
	node_with_bmc(MOCK_PASSWORD, library);
}

static void
forget_bmc(void)
{
	free(config.redfish_url);
	config.redfish_url = NULL;
}

/* Bytes of the transcript of a device that is in it once. */
static size_t
reports(const struct att_spdm_evidence *e, const char *name)
{
	size_t bytes = 0;

	for (size_t i = 0; i < e->count; i++)
		if (strcmp(e->device[i].name, name) == 0)
			bytes += e->device[i].transcript.len;
	return bytes;
}

START_TEST(gpus_beside_a_bmc)
{
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *e = NULL;

	node_with_gpus("", "");
	begin();
	wait_for_child();
	e = answers();
	ck_assert_ptr_nonnull(e);
	ck_assert_uint_gt(e->count, 3);
	for (size_t i = 1; i < e->count; i++)
		ck_assert_int_lt(strcmp(e->device[i - 1].name,
		    e->device[i].name), 0);
	ck_assert_uint_eq(reports(e, "nvml/GPU-000"), 33);
	ck_assert_uint_eq(reports(e, "nvml/GPU-001"), 33);
	end();
}
END_TEST

START_TEST(gpus_alone)
{
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *e = NULL;

	node_with_gpus("lost", "");
	forget_bmc();
	ck_assert_int_eq(att_devices_main(&config,
	    "000102030405060708090a0b0c0d0e0f"), 0);
	e = answers();
	ck_assert_ptr_nonnull(e);
	ck_assert_uint_eq(e->count, 2);
	ck_assert_int_eq(e->device[0].result, ATT_MEASURED_OK);
	ck_assert_int_eq(e->device[1].result, ATT_MEASURED_FAILED);
	end();
}
END_TEST

/* The library hangs, dies or does not start: what the BMC said is kept. */
START_TEST(a_library_in_trouble)
{
	static const char *const modes[] = { "no-start", "dies", "nonsense" };
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *e = NULL;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	struct att_err err = { 0 };

	node_with_gpus(modes[_i], "");
	begin();
	wait_for_child();
	ck_assert(!devices.child.failed);
	e = answers();
	ck_assert_ptr_nonnull(e);
	ck_assert_uint_gt(e->count, 0);
	for (size_t i = 0; i < e->count; i++)
		ck_assert(e->device[i].result != ATT_MEASURED_OK ||
		    strncmp(e->device[i].name, "nvml/", 5) != 0);
	forget_bmc();
	ck_assert(att_devices_ask(&config, S(CHALLENGE), &b, &err) < 0 ||
	    _i == 2);
	end();
}
END_TEST

START_TEST(a_library_that_hangs)
{
	struct att_spdm_evidence e = { .challenge_len = 27 };

	memcpy(e.challenge, CHALLENGE, 27);
	ck_assert_int_eq(setenv("FAKE_NVML", "hangs", 1), 0);
	fails(att_gpus_ask(fake_nvml, 200, &e, err), ATT_E_TIMEOUT, "");
	ck_assert_uint_eq(e.count, 0);
}
END_TEST

START_TEST(nobody_to_ask)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);

	node_with_gpus("none", "");
	forget_bmc();
	fails(att_devices_ask(&config, S(CHALLENGE), &b, err),
	    ATT_E_NOT_FOUND, "no device signs");
	end();
}
END_TEST

/* -- the BMC --------------------------------------------------------------- */

/* Of a machine below the node. */
static int
load(struct att_bmc *ret, struct att_err *err)
{
	const char *const words[] = { "--root", node_dir, NULL };
	AUTO_DONE(att_source_close) struct att_source s = ATT_SOURCE(&config);

	s.words = words;
	return att_bmc_load(&s, ret, err);
}

START_TEST(a_bmc_of_the_configuration)
{
	struct att_bmc b = { 0 };

	node_with_bmc(MOCK_PASSWORD "\r\n", "redfish_timeout: 7s\n");
	ok(load(&b, err));
	ck_assert_str_eq(b.options.origin, bmc.origin);
	ck_assert_str_eq(b.options.pin, bmc.pin);
	ck_assert_str_eq(b.options.user, MOCK_USER);
	ck_assert_str_eq(b.options.password, MOCK_PASSWORD);
	ck_assert_uint_eq(b.options.deadline_ms, 7000);
	att_bmc_done(&b);
	ck_assert_ptr_null(b.password.data);
	free(take(&config.redfish_url));
	fails(load(&b, err),
	    ATT_E_NOT_FOUND, "redfish_url");
	end();
}
END_TEST

START_TEST(passwords_that_are_none)
{
	AUTO(free) char *path = NULL;
	struct att_bmc b = { 0 };

	node_with_bmc("x", "");
	path = in_node("password");
	node_write("password", (struct att_slice){ (const uint8_t *)"a\0b",
	    3 });
	fails(load(&b, err), ATT_E_FORMAT,
	    "NUL");
	ck_assert_int_eq(chmod(path, 0644), 0);
	fails(load(&b, err), ATT_E_DENIED,
	    "password");
	ck_assert_int_eq(unlink(path), 0);
	fails(load(&b, err), ATT_E_SYS,
	    "password");
	ck_assert_ptr_null(b.password.data);
	end();
}
END_TEST

/* SMBIOS type 42 of a USB network interface, with Redfish over IP. */
static void
put_interface(struct att_buf *b, bool six, const char *address,
    uint16_t port)
{
	static const uint8_t none[16];
	static const uint8_t four[16] = { 10, 0, 1, 1 };
	static const uint8_t long_[16] = { 0xfd, [15] = 1 };
	size_t data = 7, record = 16 + 2 + 32 + 2 + 32 + 2 + 4 + 1;

	att_buf_u8(b, 42);
	att_buf_u8(b, (uint8_t)(4 + 2 + data + 1 + 2 + record));
	att_buf_le16(b, 0x42);
	att_buf_u8(b, 0x40);
	att_buf_u8(b, (uint8_t)data);
	att_buf_bytes(b, "\2\xd0\x17\x01\x00\x00\x00", data);
	att_buf_u8(b, 1);
	att_buf_u8(b, 4);
	att_buf_u8(b, (uint8_t)record);
	att_buf_fill(b, 0x11, 16);
	att_buf_bytes(b, "\1\1", 2);
	att_buf_fill(b, 0, 32);
	att_buf_u8(b, 1);
	att_buf_u8(b, six ? 2 : 1);
	att_buf_bytes(b, address == NULL ? none : six ? long_ : four, 16);
	att_buf_fill(b, 0, 16);
	att_buf_le16(b, port);
	att_buf_le32(b, 0);
	att_buf_u8(b, 0);
	att_buf_bytes(b, "\0\0", 2);
}

#define DMI "sys/firmware/dmi/entries/"

static void
host_interface(bool six, const char *address, uint16_t port)
{
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(512);
	static const char *const dirs[] = { "sys", "sys/firmware",
		"sys/firmware/dmi", "sys/firmware/dmi/entries", DMI "0-0",
		DMI "42-0", DMI "42-1" };

	for (size_t i = 0; i < ATT_COUNT(dirs); i++) {
		AUTO(free) char *path = in_node(dirs[i]);

		ck_assert(mkdir(path, 0755) == 0 || errno == EEXIST);
	}
	put_interface(&raw, six, address, port);
	node_write(DMI "42-0/raw", S("\x2a\x04nonsense"));
	node_write(DMI "42-1/raw", att_buf_view(&raw));
}

START_TEST(a_bmc_of_smbios)
{
	struct att_bmc b = { 0 };

	node_with_bmc("x", "");
	free(config.redfish_url);
	config.redfish_url = strdup(ATT_HOST_INTERFACE);
	fails(load(&b, err), ATT_E_NOT_FOUND, "dmi");
	host_interface(false, NULL, 0);
	fails(load(&b, err), ATT_E_NOT_FOUND,
	    "SMBIOS");
	host_interface(false, "10.0.1.1", 0);
	ok(load(&b, err));
	ck_assert_str_eq(b.options.origin, "https://10.0.1.1:443");
	att_bmc_done(&b);
	host_interface(true, "fd00::1", 8443);
	ok(load(&b, err));
	ck_assert_str_eq(b.options.origin, "https://[fd00::1]:8443");
	att_bmc_done(&b);
	end();
}
END_TEST

/* -- as a part of a measuring pass ----------------------------------------- */

static void
ask_bmc(struct att_components *list)
{
	AUTO_DONE(att_source_close) struct att_source s = ATT_SOURCE(&config);
	struct att_err why;

	att_components_done(list);
	ok(att_bmc_inventory(&s, list, &why, err));
}

static const struct att_component *
listed(const struct att_components *list, const char *id)
{
	const struct att_component *c = att_components_find(list, id);

	ck_assert_msg(c != NULL, "no %s", id);
	return c;
}

START_TEST(part_of_a_pass)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };

	node_with_bmc(MOCK_PASSWORD, "");
	ask_bmc(&list);
	ck_assert_int_eq(listed(&list, "redfish")->result, ATT_MEASURED_OK);
	ck_assert_str_eq(att_component_version(listed(&list,
	    "redfish/FW_BMC_0"), "fw", ATT_VERSION_RUNNING), "70.01.00.09");
	end();
}
END_TEST

START_TEST(a_pass_without_the_bmc)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };

	bmc.m.fault[0] = (struct fault){ .path = V1, .hang = true };
	node_with_bmc(MOCK_PASSWORD, "redfish_timeout: 1s\n");
	ask_bmc(&list);
	ck_assert_str_eq(listed(&list, "redfish")->reason,
	    "no answer in time");
	/* a password that is not there is no reason to be silent */
	node_write("password", S(""));
	ask_bmc(&list);
	ck_assert_int_eq(listed(&list, "redfish")->result,
	    ATT_MEASURED_FAILED);
	free(take(&config.redfish_url));
	ask_bmc(&list);
	ck_assert_uint_eq(list.count, 0);
	end();
}
END_TEST

/* This program is B/tests/agent/test_devices. */
static void
find_library(const char *program)
{
	AUTO(free) char *self = realpath(program, NULL);

	for (int i = 0; i < 2 && self != NULL; i++)
		*strrchr(self, '/') = '\0';
	(void)snprintf(fake_nvml, sizeof(fake_nvml),
	    "%s/nvml/fake_nvml.so", self == NULL ? "." : self);
}

int
main(int argc, char **argv)
{
	Suite *s;
	TCase *ask, *gpus, *where;

	if (argc == 5 && strcmp(argv[1], "--devices") == 0)
		return be_the_child(argv[2], argv[4]);
	find_library(argv[0]);
	s = suite_create("devices");
	ask = add_case(s, "ask");
	gpus = add_case(s, "gpus");
	where = add_case(s, "where");
	tcase_add_test(ask, their_answers_stand_in_a_file);
	tcase_add_test(ask, not_before_it_is_time);
	tcase_add_test(ask, not_soon_after_a_failure);
	tcase_add_test(ask, not_unless_it_is_wanted);
	tcase_add_test(ask, a_bmc_that_refuses);
	tcase_add_test(ask, a_bmc_that_hangs);
	tcase_add_test(ask, a_bmc_that_hangs_until_the_time_is_over);
	tcase_add_test(ask, a_program_of_its_own);
	tcase_add_test(ask, challenges_of_other_lengths);
	tcase_add_test(gpus, gpus_beside_a_bmc);
	tcase_add_test(gpus, gpus_alone);
	tcase_add_loop_test(gpus, a_library_in_trouble, 0, 3);
	tcase_add_test(gpus, a_library_that_hangs);
	tcase_add_test(gpus, nobody_to_ask);
	tcase_add_test(where, a_bmc_of_the_configuration);
	tcase_add_test(where, passwords_that_are_none);
	tcase_add_test(where, a_bmc_of_smbios);
	tcase_add_test(where, part_of_a_pass);
	tcase_add_test(where, a_pass_without_the_bmc);
	return run_suite(s);
}
