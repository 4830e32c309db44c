/* attestd called: by whom, for what, at the same time and one by one. */
#include "tests/agent/calling.h"

#include <errno.h>
#include <grp.h>

START_TEST(every_method)
{
	pid_t pid = launch_quiet();
	AUTO(free) char *path = in_node(SOCKET);
	struct stat st;

	attest_gives(NULL, "pass", "accepted");
	ck_assert_uint_eq(evidences(), 2);
	{
		AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r =
		    call(ATT_LOCAL_STATUS, NULL);
		const char *status = NULL;
		json_t *firmware = NULL;
		int busy = 1;

		ck_assert(r.error == NULL && json_unpack(r.parameters,
		    "{s:{s:s},s:o,s:b}", "verdict", "status", &status,
		    "firmware", &firmware, "busy", &busy) == 0);
		ck_assert_str_eq(status, "pass");
		ck_assert(json_is_null(firmware) && !busy);
	}
	{
		AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r =
		    call("org.varlink.service.GetInterfaceDescription",
			json_pack("{s:s}", "interface", "io.attestd"));
		const char *text = NULL;

		ck_assert(r.error == NULL && json_unpack(r.parameters,
		    "{s:s}", "description", &text) == 0);
		ck_assert(strstr(text, "method MeasureFirmware()") != NULL);
	}
	ck_assert(stat(path, &st) == 0 && S_ISSOCK(st.st_mode));
	end_it(pid);
	/* what it made it takes away */
	ck_assert(stat(path, &st) < 0 && errno == ENOENT);
}
END_TEST

/* Evidence for a nonce, and what is no nonce. */
START_TEST(quote_and_evidence)
{
	static const char nonce[] = "00112233445566778899aabbccddeeff";
	static const struct {
		const char *method, *name, *value;
	} bad[] = {
		{ ATT_LOCAL_QUOTE, "nonce", "0011" },
		{ ATT_LOCAL_QUOTE, "nonce", "not hex at all, is it? no" },
		{ ATT_LOCAL_EVIDENCE, "nonce", "" },
		{ ATT_LOCAL_EVIDENCE, "pcrs", "0-7" },
		{ ATT_LOCAL_EVIDENCE, "pcrs", "sha256:25" },
		{ ATT_LOCAL_EVIDENCE, "pcrs", "md5:1" },
		{ ATT_LOCAL_EVIDENCE, "bank", "sha256" },
	};
	static const char *const methods[] = { ATT_LOCAL_QUOTE,
		ATT_LOCAL_EVIDENCE };
	pid_t pid = launch_quiet();

	for (size_t i = 0; i < ATT_COUNT(methods); i++) {
		AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r =
		    call(methods[i], json_pack("{s:s,s:s}", "nonce", nonce,
			"pcrs", "sha256:0-3,16"));
		AUTO_DONE(att_buf_done) struct att_buf b =
		    ATT_BUF(ATT_BUNDLE_MAX);
		AUTO(att_bundle_free) struct att_bundle *bundle = NULL;
		const struct att_evidence *e;
		char hex[2 * ATT_CHALLENGE_MAX + 1];

		ck_assert(r.error == NULL);
		ok(att_json_write(json_object_get(r.parameters, "evidence"),
		    &b, err));
		ok(att_bundle_parse(att_buf_view(&b), &bundle, err));
		e = att_bundle_evidence(bundle);
		att_hex_encode(e->challenge, hex);
		ck_assert_str_eq(hex, nonce);
		ck_assert_str_eq(e->agent_id, NODE_ID);
		ck_assert_int_eq(e->item[ATT_ITEM_UEFI_LOG].state ==
			ATT_ITEM_PRESENT, methods[i] == methods[1]);
		ck_assert(json_is_array(json_object_get(r.parameters,
		    "notes")));
	}
	for (size_t i = 0; i < ATT_COUNT(bad); i++)
		refused(bad[i].method, json_pack("{s:s}", bad[i].name,
		    bad[i].value), ATT_VARLINK_E_PARAMETER, bad[i].name);
	refused(ATT_LOCAL_QUOTE, NULL, ATT_VARLINK_E_PARAMETER,
	    "nonce");
	refused(ATT_LOCAL_ATTEST, aged(-1), ATT_VARLINK_E_PARAMETER,
	    "max_age");
	refused(ATT_LOCAL_ATTEST, aged(2592001),
	    ATT_VARLINK_E_PARAMETER, "max_age");
	swtpm_signal(&tpm, SIGKILL);
	refused(ATT_LOCAL_QUOTE, json_pack("{s:s}", "nonce", nonce),
	    ATT_LOCAL_E_FAILED, "\"status\": 4");
	attest_gives(NULL, "undecided", "node-trouble");
	end_it(pid);
}
END_TEST

/* -- at the same time ------------------------------------------------------ */

/*
 * While one runs: who takes evidence as young as that has a share in it, and
 * all who want newer share the next. Nobody else is held up by it.
 */
START_TEST(callers_share)
{
	struct one first[1], fresh[12], young[12];
	pid_t pid;

	fake.hook = hold;
	pid = launch_quiet();
	ck_assert_uint_eq(evidences(), 1);
	atomic_store(&held, true);
	begin_all(first, 1, 0);
	until_offered(2);
	begin_all(fresh, ATT_COUNT(fresh), 0);
	/* a pass of this very second would do for them: it is of before */
	(void)usleep(2100000);
	begin_all(young, ATT_COUNT(young), 3);
	(void)usleep(300000);
	ck_assert(is_busy());
	atomic_store(&held, false);
	join_all(first, ATT_COUNT(first));
	join_all(young, ATT_COUNT(young));
	join_all(fresh, ATT_COUNT(fresh));
	ck_assert_uint_eq(evidences(), 3);
	ck_assert(!is_busy());
	end_it(pid);
}
END_TEST

/* Who hangs up, or is ended, leaves nothing in the way of others. */
START_TEST(callers_that_go)
{
	pid_t pid;

	fake.hook = hold;
	pid = launch_quiet();
	atomic_store(&held, true);
	for (unsigned i = 0; i < 5; i++) {
		AUTO(att_varlink_client_free) struct att_varlink_client *c =
		    dial(SOCKET);
		struct att_varlink_reply r = { 0 };

		fails(att_varlink_call(c, ATT_LOCAL_ATTEST, NULL, 100, &r,
		    err), ATT_E_TIMEOUT, "");
	}
	atomic_store(&held, false);
	attest_gives(NULL, "pass", "accepted");
	attest_gives(NULL, "pass", "accepted");
	end_it(pid);
}
END_TEST

static void *
end_once_offered(void *arg)
{
	until_offered(2);
	ck_assert(kill(*(pid_t *)arg, SIGTERM) == 0);
	return NULL;
}

/* Asked to end while it works, it ends; who waits is told. */
START_TEST(sigterm_while_somebody_waits)
{
	AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r = { 0 };
	pthread_t thread;
	pid_t pid;

	fake.hook = hold;
	pid = launch_quiet();
	atomic_store(&held, true);
	ck_assert(pthread_create(&thread, NULL, end_once_offered, &pid) == 0);
	r = call(ATT_LOCAL_ATTEST, NULL);
	ck_assert(pthread_join(thread, NULL) == 0);
	/* a verdict that says it was stopped */
	ck_assert(r.error == NULL);
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(
	    json_object_get(r.parameters, "verdict"), "attempt"),
	    "outcome")), "stopped");
	ck_assert_int_eq(wait_for(pid), 0);
	atomic_store(&held, false);
}
END_TEST

/* -- how often ------------------------------------------------------------- */

START_TEST(max_age)
{
	pid_t pid = launch_quiet();

	ck_assert_uint_eq(evidences(), 1);
	attest_gives(aged(60), "pass", "accepted");
	ck_assert_uint_eq(evidences(), 1);
	attest_gives(aged(0), "pass", "accepted");
	ck_assert_uint_eq(evidences(), 2);
	(void)usleep(2100000);
	attest_gives(aged(1), "pass", "accepted");
	ck_assert_uint_eq(evidences(), 3);
	/* what failed is not tried again before its time, */
	fake.standing = ATT_STANDING_FAIL;
	attest_gives(NULL, "fail", "accepted");
	for (unsigned i = 0; i < 5; i++)
		attest_gives(aged(60), "fail", "accepted");
	ck_assert_uint_eq(evidences(), 4);
	/* but by who insists; */
	fake.standing = ATT_STANDING_PASS;
	attest_gives(NULL, "pass", "accepted");
	ck_assert_uint_eq(evidences(), 5);
	/* also where no verifier was reached at all */
	say(ATT_STEP_OFFER, ALWAYS, 404, "");
	attest_gives(NULL, "undecided", "waiting-for-enrolment");
	ck_assert_uint_eq(fake.seen[ATT_STEP_OFFER], 6);
	attest_gives(aged(60), "undecided", "waiting-for-enrolment");
	ck_assert_uint_eq(fake.seen[ATT_STEP_OFFER], 6);
	end_it(pid);
}
END_TEST

/* It has passed; of the next evidence it is not told at once. */
static pid_t
begin_late(const char *file, const char *keys)
{
	pid_t pid;

	set_keys(keys);
	fake.next = 600;
	pid = LAUNCH("-c", file);
	until_verdict(ATT_PASS);
	say(ATT_STEP_STATUS, 1, 401, "{}");
	attest_gives(NULL, "undecided", "accepted");
	return pid;
}

/* A verdict that comes later: attestd asks for it by itself. */
START_TEST(a_late_verdict)
{
	AUTO(free) char *file = config_file();
	pid_t pid;

	pid = begin_late(file,
	    "interval: 600s\nbackoff_min: 1s\nbackoff_max: 2s\n");
	until_verdict(ATT_PASS);
	ck_assert_uint_eq(evidences(), 2);
	end_it(pid);
}
END_TEST

/* Who wants it before that is told so, and who insists has it asked for. */
START_TEST(a_late_verdict_is_wanted)
{
	AUTO(free) char *file = config_file();
	pid_t pid;

	pid = begin_late(file,
	    "interval: 600s\nbackoff_min: 600s\nbackoff_max: 600s\n");
	attest_gives(aged(60), "undecided", "accepted");
	attest_gives(NULL, "pass", "accepted");
	ck_assert_uint_eq(evidences(), 2);
	end_it(pid);
}
END_TEST

/* -- firmware -------------------------------------------------------------- */

static bool
note_progress(void *arg, const json_t *parameters)
{
	unsigned *n = arg;

	ck_assert(json_is_false(json_object_get(parameters, "done")));
	(*n)++;
	return true;
}

/* One pass for all who ask for one meanwhile. */
static void *
measure_one(void *arg)
{
	AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r =
	    call(ATT_LOCAL_MEASURE, NULL);

	*(bool *)arg = r.error == NULL &&
	    json_is_true(json_object_get(r.parameters, "done"));
	return NULL;
}

START_TEST(measuring)
{
	bool done[4] = { false };
	pthread_t thread[4];
	unsigned told = 0;
	pid_t pid;

	pid = launch_quiet();
	refused(ATT_LOCAL_MEASURE, json_pack("{s:i}", "x", 1),
	    ATT_VARLINK_E_PARAMETER, "x");
	use_chip("firmware_rate: 400K\n");
	ck_assert(kill(pid, SIGHUP) == 0);
	until_logged("the configuration was read anew");
	{
		AUTO(att_varlink_client_free) struct att_varlink_client *c =
		    dial(SOCKET);
		AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r =
		    { 0 };
		int news = 0;
		json_t *claims = NULL;

		for (size_t i = 0; i < ATT_COUNT(thread); i++)
			ck_assert(pthread_create(&thread[i], NULL,
			    measure_one, &done[i]) == 0);
		ok(att_varlink_call_each(c, ATT_LOCAL_MEASURE, NULL, CALL_MS,
		    CALL_MS,
		    note_progress, &told, &r, err));
		ck_assert_uint_gt(told, 0);
		ck_assert_msg(r.error == NULL, "%s", r.error);
		ck_assert(json_unpack(r.parameters, "{s:b,s:o,s:{s:s}}",
		    "news", &news, "claims", &claims, "firmware", "state",
		    &(const char *){ NULL }) == 0);
		ck_assert(news && json_is_object(claims));
	}
	for (size_t i = 0; i < ATT_COUNT(thread); i++) {
		ck_assert(pthread_join(thread[i], NULL) == 0);
		ck_assert(done[i]);
	}
	/* what cannot be measured has a reason */
	set_keys("interval: 600s\nnonsense: 1\n");
	refused(ATT_LOCAL_MEASURE, NULL, ATT_LOCAL_E_FAILED,
	    "not measured");
	end_it(pid);
}
END_TEST

/*
 * What was measured before the TPM was cleared counts nothing beside a quote of
 * after that: it is measured once more, and told at once.
 */
START_TEST(a_tpm_that_was_cleared)
{
	AUTO(free) char *file = config_file();
	pid_t pid;

	fake.firmware = true;
	fake.next = 600;
	use_chip("firmware_rate: 1G\nfirmware_interval: 1d\n");
	pid = LAUNCH("-c", file);
	until_verdict(ATT_PASS);
	measure_firmware();
	/* its news */
	until_evidences(2);
	ck_assert(!has_logged("measured anew"));
	swtpm_clear(&tpm);
	attest_gives(NULL, "pass", "accepted");
	until_logged("measured anew");
	until_evidences(4);
	/* that was all */
	attest_gives(NULL, "pass", "accepted");
	ck_assert(!is_busy());
	ck_assert_uint_eq(evidences(), 5);
	end_it(pid);
}
END_TEST

/* -- who may --------------------------------------------------------------- */

#define NO_DOOR "may not even connect"

/* In a child, as somebody else: how the call is answered. */
static void
as_somebody(uid_t uid, gid_t gid, const gid_t *groups, size_t n,
    const char *method, const char *error)
{
	pid_t pid = forked();

	if (pid == 0) {
		AUTO(free) char *path = in_node("open/" ATT_LOCAL_SOCKET);
		AUTO(att_varlink_client_free) struct att_varlink_client *c =
		    NULL;
		struct att_varlink_reply r = { 0 };

		int got;

		if (setgroups(n, groups) < 0 || setgid(gid) < 0 ||
		    setuid(uid) < 0)
			_exit(100);
		got = att_varlink_connect(path, 5000, &c, NULL);
		if (error != NULL && strcmp(error, NO_DOOR) == 0)
			_exit(got != ATT_E_DENIED);
		if (got < 0 ||
		    att_varlink_call(c, method, NULL, CALL_MS, &r, NULL) < 0)
			_exit(100);
		_exit(error == NULL ? r.error != NULL :
		    r.error == NULL || strcmp(r.error, error) != 0);
	}
	ck_assert_int_eq(wait_for(pid), 0);
}

START_TEST(who_may)
{
	static const gid_t ours[] = { 0 }, theirs[] = { 60001 };
	AUTO(free) char *dir = in_node("open");
	pid_t pid;

	if (geteuid() != 0) {
		(void)fprintf(stderr, "who_may: not root: skipped\n");
		return;
	}
	/* so that they get as far as the socket */
	ck_assert(chmod(node_dir, 0755) == 0);
	set_keys("interval: 600s\n");
	{
		AUTO(free) char *keys = NULL;
		AUTO(free) char *file = config_file();

		ck_assert(asprintf(&keys, "interval: 600s\nrun_dir: %s\n",
		    dir) > 0);
		set_keys(keys);
		pid = LAUNCH("-c", file);
		until_logged("pass, by");
	}
	as_somebody(65534, 65534, theirs, 1, ATT_LOCAL_STATUS, NO_DOOR);
	as_somebody(65534, 65534, ours, 1, ATT_LOCAL_STATUS, NULL);
	/* where an administrator opens it to everybody */
	{
		AUTO(free) char *path = in_node("open/" ATT_LOCAL_SOCKET);

		ck_assert(chmod(path, 0666) == 0);
	}
	as_somebody(65534, 65534, theirs, 1, ATT_LOCAL_STATUS, NULL);
	as_somebody(65534, 65534, theirs, 1, ATT_LOCAL_ATTEST,
	    ATT_LOCAL_E_DENIED);
	as_somebody(65534, 65534, theirs, 1, ATT_LOCAL_QUOTE,
	    ATT_LOCAL_E_DENIED);
	as_somebody(65534, 65534, theirs, 1, ATT_LOCAL_EVIDENCE,
	    ATT_LOCAL_E_DENIED);
	as_somebody(65534, 65534, theirs, 1, ATT_LOCAL_MEASURE,
	    ATT_LOCAL_E_DENIED);
	/* of attestd's group, as the first or as another one */
	as_somebody(65534, 65534, ours, 1, ATT_LOCAL_ATTEST, NULL);
	as_somebody(65534, 0, theirs, 1, ATT_LOCAL_ATTEST, NULL);
	as_somebody(0, 65534, theirs, 1, ATT_LOCAL_ATTEST, NULL);
	end_it(pid);
}
END_TEST

int
main(void)
{
	TCase *t;
	Suite *s = push_suite("service", &t);

	tcase_add_test(t, every_method);
	tcase_add_test(t, quote_and_evidence);
	tcase_add_test(t, callers_share);
	tcase_add_test(t, callers_that_go);
	tcase_add_test(t, sigterm_while_somebody_waits);
	tcase_add_test(t, max_age);
	tcase_add_test(t, a_late_verdict);
	tcase_add_test(t, a_late_verdict_is_wanted);
	tcase_add_test(t, measuring);
	tcase_add_test(t, a_tpm_that_was_cleared);
	tcase_add_test(t, who_may);
	return run_suite(s);
}
