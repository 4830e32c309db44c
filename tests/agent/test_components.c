/* The TPM among the components: there, away, silent, in use. */
#include "testlib.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/components.h"
#include "agent/state.h"
#include "base/json.h"
#include "tests/agent/run_ctl.h"
#include "tests/tpm/swtpm.h"
#include "tpm/state.h"

static struct swtpm tpm;

static void
start(void)
{
	swtpm_start(&tpm);
}

static void
stop(void)
{
	swtpm_stop(&tpm);
}

static void
collect(char *tcti, char *dir, struct att_components *ret)
{
	struct att_agent_config config = { .tcti = tcti, .state_dir = dir };
	struct att_components_tpm t;

	att_components_ask_tpm(&config, 60000, &t);
	ok(att_components_collect(&config, t.tpm, ret, err));
}

START_TEST(tells)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	AUTO(att_tpm_free) struct att_tpm *t = NULL;
	const struct att_component *c;
	struct att_tpm_info info;
	char want[32];

	collect(tpm.tcti, NULL, &list);
	c = att_components_find(&list, "tpm");
	ck_assert(c != NULL && c->result == ATT_MEASURED_OK &&
	    c->kind == ATT_COMPONENT_TPM && c->path == ATT_PATH_TPM);
	ok(att_tpm_open(tpm.tcti, 60000, &t, err));
	ok(att_tpm_info_read(t, &info, err));
	ck_assert_str_eq(c->vendor, info.manufacturer);
	snprintf(want, sizeof(want), "%u.%u.%u.%u",
	    (unsigned)(info.firmware_version >> 48),
	    (unsigned)(info.firmware_version >> 32 & 0xffff),
	    (unsigned)(info.firmware_version >> 16 & 0xffff),
	    (unsigned)(info.firmware_version & 0xffff));
	ck_assert_str_eq(att_component_version(c, "fw", ATT_VERSION_RUNNING),
	    want);
	ck_assert_str_ne(want, "0.0.0.0");
}
END_TEST

START_TEST(away)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	char tcti[] = "swtpm:path=/nonexistent";

	collect(tcti, NULL, &list);
	ck_assert_ptr_null(att_components_find(&list, "tpm"));
}
END_TEST

/* What it says instead, and that the others are asked all the same. */
static void
is_silent(char *tcti, char *dir, const char *reason)
{
	AUTO_DONE(att_components_done) struct att_components none = { 0 };
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	const struct att_component *c;

	ok(att_components_collect(&(struct att_agent_config){ 0 }, NULL,
	    &none, err));
	collect(tcti, dir, &list);
	c = att_components_find(&list, "tpm");
	ck_assert(c != NULL && c->result == ATT_MEASURED_FAILED);
	ck_assert_str_eq(c->reason, reason);
	ck_assert_uint_eq(list.count, none.count + 1);
}

START_TEST(silent)
{
	swtpm_signal(&tpm, SIGSTOP);
	is_silent(tpm.tcti, NULL, "no answer in time");
	swtpm_signal(&tpm, SIGCONT);
}
END_TEST

START_TEST(state_that_cannot_be_locked)
{
	char none[] = "/nonexistent/state";

	is_silent(tpm.tcti, none, "it cannot be opened");
}
END_TEST

START_TEST(by_the_configuration)
{
	AUTO_DONE(run_done) struct run r = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);

	att_buf_printf(&b, "verifier_urls: [\"https://v.example\"]\n"
	    "registrar_urls: [\"https://r.example\"]\nuse_system_cas: true\n"
	    "agent_id: n\ntcti: \"%s\"\nstate_dir: /nonexistent\n", tpm.tcti);
	{
		AUTO_DONE(file_done) struct file f = file_of(&b);

		RUN(&r, "firmware", "inventory", "-c", f.path);
	}
	ck_assert_msg(r.status == 0, "%.*s", (int)r.err.len,
	    (const char *)r.err.data);
	ck_assert(run_has(&r.out, "\ntpm "));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("components");
	TCase *t = tcase_create("tpm");

	tcase_add_unchecked_fixture(t, swtpm_manufacture, NULL);
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, tells);
	tcase_add_test(t, away);
	tcase_add_test(t, silent);
	tcase_add_test(t, state_that_cannot_be_locked);
	tcase_add_test(t, by_the_configuration);
	suite_add_tcase(s, t);
	return run_suite(s);
}
