/* attestctl status, letter by letter. */
#include "testlib.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "agent/ago.h"
#include "agent/boot.h"
#include "agent/followed.h"
#include "agent/gate.h"
#include "fakesys.h"
#include "tests/agent/run_ctl.h"
#include "tests/agent/verdicts.h"

#define URLS                                                                 \
	"registrar_urls: [https://127.0.0.1:1]\n"                            \
	"verifier_urls: [https://127.0.0.1:1]\nagent_id: " NODE_ID "\n"

static struct run run;
static char *config_path;
static struct att_jws_key *key;
static int64_t now;

static void
start(void)
{
	node_make("none", URLS);
	node_write("boot_id", S(BOOT_ID "\n"));
	ok(att_run_dir_make(&config, err));
	ok(att_jws_key_make(&key, err));
	config_path = in_node("attestd.yaml");
	now = (int64_t)time(NULL);
}

static void
stop(void)
{
	run_done(&run);
	free(config_path);
	att_jws_key_free(key);
	node_remove();
}

/* -- verdicts -------------------------------------------------------------- */

#define PROVEN                                                               \
	"{\"status\":\"%s\",\"evaluated\":[\"quote\",\"fresh\",\"boot-log\"]," \
	"\"held\":[\"quote\",\"fresh\"%s],\"findings\":[%s],\"pcrs\":[{"     \
	"\"pcr\":7,\"bank\":\"sha256\",\"events\":9,\"status\":\"reference\"," \
	"\"value\":\"00112233445566778899aabbccddeeff\"}],\"reference\":{"   \
	"\"id\":\"rack-7\",\"version\":3},\"secure_boot\":\"on\"}"

/* Said 125 s ago, valid for another three hours, tried as long ago. */
static json_t *
make(const char *status, const char *held, const char *findings)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(8192);
	AUTO(att_json_decref) json_t *at = att_json_time_of(now - 125);
	json_t *verdict = NULL, *j;

	att_buf_printf(&b, PROVEN, status, held, findings);
	ok(att_json_parse(att_buf_view(&b), 8192, &verdict, err));
	j = json_pack("{s:s,s:s,s:s,s:o,s:I,s:s,s:s,s:O,s:s,s:n,s:o,s:{s:s,"
		      "s:s,s:s,s:O,s:o,s:i}}",
	    "format", "attestd-verdict/1", "status", status, "boot_id",
	    BOOT_ID, "expires_at", att_json_time_of(now + 3 * 3600 + 30),
	    "expires_uptime", (json_int_t)(att_steady_now() / 1000 + 11000),
	    "agent_id", NODE_ID, "reason", "", "at", at, "verifier",
	    "https://v:8881", "result", "verdict", verdict, "attempt",
	    "outcome", "accepted", "reason", "", "advice", "", "at", at,
	    "next_at", att_json_time_of(now + 630), "failures", 0);
	ck_assert_ptr_nonnull(j);
	return j;
}

static void
put(json_t *j)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 16);

	ok(att_json_write_pretty(j, &b, err));
	node_put("run/verdict.json", att_buf_view(&b));
}

/* `@-125@` in what is wanted is the time so many seconds from `now`. */
static char *
with_times(const char *format)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 16);

	for (; *format != '\0'; format++) {
		AUTO(att_json_decref) json_t *t = NULL;
		char *end = NULL;

		if (*format != '@') {
			att_buf_u8(&b, (uint8_t)*format);
			continue;
		}
		t = att_json_time_of(now + strtol(format + 1, &end, 10));
		att_buf_str(&b, json_string_value(t));
		format = end;
	}
	return att_buf_take_str(&b);
}

static void
says(int status, const char *format, const char *option)
{
	AUTO(free) char *want = with_times(format);
	AUTO(free) char *got = NULL;

	RUN(&run, "status", "-c", config_path, option);
	got = att_buf_take_str(&run.out);
	ck_assert_str_eq(got, want);
	ck_assert_msg(run.status == status, "status %d: %.*s", run.status,
	    (int)run.err.len, (char *)run.err.data);
	ck_assert_msg(run.err.len == 0, "%.*s", (int)run.err.len,
	    (char *)run.err.data);
}

#define HEAD                                                                 \
	"  verifier     https://v:8881\n"                                    \
	"  said         @-125@, 2 min ago\n"                                 \
	"  valid until  @10830@, in 3 h\n"
#define CLAIMS                                                               \
	"  identity     signed by the enrolled key of this TPM\n"            \
	"  freshness    made for this challenge\n"                           \
	"  boot         the logs give every quoted PCR\n"                    \
	"  reference    rack-7, version 3\n"                                 \
	"  Secure Boot  on\n"
#define ATTEMPT                                                              \
	"  last attempt accepted, @-125@, 2 min ago\n"                       \
	"  next         @630@, in 10 min\n"

START_TEST(a_pass)
{
	AUTO(att_json_decref) json_t *j = make("pass", ",\"boot-log\"", "");

	put(j);
	says(0, "TRUSTED  node-7\n" HEAD CLAIMS "\n" ATTEMPT
	    "  gate         open; no unit waits for it\n", NULL);
	says(0, "TRUSTED  node-7\n" HEAD CLAIMS "\n"
	    "  PCR 7   sha256  reference         9 events  "
	    "0011223344556677...\n\n" ATTEMPT
	    "  gate         open; no unit waits for it\n", "-v");
}
END_TEST

START_TEST(a_fail_with_what_to_do)
{
	AUTO(att_json_decref) json_t *j = make("fail", "",
	    "{\"code\":\"log-mismatch\",\"severity\":\"fail\",\"text\":"
	    "\"PCR 7 is not what the log gives\",\"advice\":"
	    "\"compare the logs\"}");

	put(j);
	says(1, "UNTRUSTED  node-7\n" HEAD
	    "  identity     signed by the enrolled key of this TPM\n"
	    "  freshness    made for this challenge\n"
	    "  boot         the logs do NOT give the quoted PCRs\n"
	    "  reference    rack-7, version 3\n"
	    "  Secure Boot  on\n\n"
	    "  FAIL  PCR 7 is not what the log gives\n"
	    "        [log-mismatch] compare the logs\n\n" ATTEMPT
	    "  gate         shut; no unit waits for it\n", NULL);
}
END_TEST

START_TEST(over_or_never)
{
	AUTO(att_json_decref) json_t *j = make("pass", ",\"boot-log\"", "");
	char want[512];

	snprintf(want, sizeof(want), "UNDECIDED\n\n  reason       no "
	    "attestation since this node was started (%s/run/verdict.json)\n"
	    "  to do        look at attestd-attest.service, or call attestctl "
	    "attest\n  gate         shut; no unit waits for it\n", node_dir);
	says(1, want, NULL);
	ck_assert(json_object_set_new(j, "expires_at",
	    att_json_time_of(now - 265)) == 0);
	put(j);
	says(1, "UNDECIDED  node-7\n"
	    "  verifier     https://v:8881\n"
	    "  said         @-125@, 2 min ago\n"
	    "  over since   @-265@, 4 min ago\n\n"
	    "  reason       the last verdict has expired, and attestd brought "
	    "nothing newer\n" ATTEMPT
	    "  gate         shut; no unit waits for it\n", NULL);
	ck_assert(json_object_set_new(j, "boot_id", json_string(
	    "5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d99")) == 0);
	put(j);
	says(1, "UNDECIDED  node-7\n"
	    "  verifier     https://v:8881\n"
	    "  said         @-125@, 2 min ago, before this boot\n\n"
	    "  reason       no attestation since this node was started\n"
	    ATTEMPT "  gate         shut; no unit waits for it\n", NULL);
}
END_TEST

START_TEST(an_attempt_that_failed)
{
	AUTO(att_json_decref) json_t *j = make("undecided", "", "");
	json_t *a = json_object_get(j, "attempt");

	ck_assert(json_object_set_new(j, "verdict", json_null()) == 0);
	ck_assert(json_object_set_new(j, "verifier", json_string("")) == 0);
	ck_assert(json_object_set_new(j, "reason",
	    json_string("nobody answers\033[31m")) == 0);
	ck_assert(json_object_set_new(a, "reason",
	    json_string("nobody answers\033[31m")) == 0);
	ck_assert(json_object_set_new(a, "outcome",
	    json_string("unreachable")) == 0);
	ck_assert(json_object_set_new(a, "advice",
	    json_string("look at the network")) == 0);
	ck_assert(json_object_set_new(a, "next_at",
	    att_json_time_of(now - 245)) == 0);
	put(j);
	says(1, "UNDECIDED  node-7\n  tried        @-125@, 2 min ago\n\n"
	    "  reason       nobody answers\\x1b[31m\n"
	    "  last attempt unreachable, @-125@, 2 min ago\n"
	    "  next was due @-245@, 4 min ago\n"
	    "  to do        look at the network\n"
	    "  gate         shut; no unit waits for it\n", NULL);
}
END_TEST

/* -- signatures ------------------------------------------------------------ */

static void
with_keys(void)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(8192);

	ck_assert(node_read("attestd.yaml", &b));
	att_buf_printf(&b, "result_keys: %s/keys.json\n", node_dir);
	node_write("attestd.yaml", att_buf_view(&b));
	keys_put("keys.json", key);
	free(config.result_keys);
	config.result_keys = in_node("keys.json");
}

/* As follow leaves it, of the boot that the result is of. */
static void
with_followed(const char *ek)
{
	AUTO_DONE(att_fd_done) int lock = -1;
	struct att_followed f = { .has_tpm = true, .tpm = { .clock = 1010000,
		.reset_count = 12, .restart_count = 1 },
		.tpm_at = (int64_t)att_steady_now() };

	snprintf(f.boot_id, sizeof(f.boot_id), "%s", BOOT_ID);
	snprintf(f.ek_id, sizeof(f.ek_id), "%s", ek);
	f.ek_type = ATT_TPM_EK_RSA2048;
	ok(att_followed_lock(&config, 0, &lock, err));
	ok(att_followed_write(&config, &f, err));
}

START_TEST(signed_by_the_keys_of_the_configuration)
{
	AUTO(att_json_decref) json_t *j = make("pass", ",\"boot-log\"", "");
	struct result r = result_good(key);
	AUTO(free) char *jwt = result_make(&r);

	with_keys();
	with_followed("");
	put(j);
	says(1, "UNDECIDED  node-7\n" HEAD
	    "  signature    NOT PROVEN: the verifier gave no signed result, "
	    "and with result_keys nothing else counts\n"
	    "  attestd says pass, which does not count\n\n"
	    "  reason       the verifier gave no signed result, and with "
	    "result_keys nothing else counts\n" ATTEMPT
	    "  gate         shut; no unit waits for it\n", NULL);
	ck_assert(json_object_set_new(j, "result", json_string(jwt)) == 0);
	put(j);
	says(0, "TRUSTED  node-7\n" HEAD
	    "  signature    good: the verifier signed this result\n" CLAIMS
	    "\n" ATTEMPT "  gate         open; no unit waits for it\n", NULL);
}
END_TEST

/* A fail stays one, whoever says it, and a good signature is no boot. */
START_TEST(signed_and_no_pass_all_the_same)
{
	AUTO(att_json_decref) json_t *j = make("pass", ",\"boot-log\"", "");
	struct result r = result_good(key);
	AUTO(free) char *jwt = result_make(&r);
	char want[2048];

	with_keys();
	ck_assert(json_object_set_new(j, "result", json_string(jwt)) == 0);
	put(j);
	snprintf(want, sizeof(want), "UNDECIDED  node-7\n" HEAD
	    "  signature    good: the verifier signed this result\n"
	    "  attestd says pass, which does not count\n\n"
	    "  reason       the TPM could not be asked which boot this is: "
	    "%s/run-follow: no such file\n" ATTEMPT
	    "  gate         shut; no unit waits for it\n", node_dir);
	says(1, want, NULL);
	with_followed("");
	ck_assert(json_object_set_new(j, "status", json_string("fail")) == 0);
	ck_assert(json_object_set_new(j, "verdict", json_null()) == 0);
	ck_assert(json_object_set_new(j, "reason", json_string("PCR 4")) ==
	    0);
	put(j);
	says(1, "UNTRUSTED  node-7\n" HEAD
	    "  signature    good: the verifier signed this result\n\n"
	    "  reason       PCR 4\n" ATTEMPT
	    "  gate         shut; no unit waits for it\n", NULL);
}
END_TEST

/* What is known is shown, and that nothing vouches for it. */
START_TEST(keys_that_cannot_be_read)
{
	AUTO(att_json_decref) json_t *j = make("pass", ",\"boot-log\"", "");
	AUTO(att_json_decref) json_t *got = NULL;
	struct result r = result_good(key);
	AUTO(free) char *jwt = result_make(&r);
	char want[2048];

	with_keys();
	with_followed("");
	ck_assert(json_object_set_new(j, "result", json_string(jwt)) == 0);
	put(j);
	ck_assert(unlink(config.result_keys) == 0);
	snprintf(want, sizeof(want), "UNDECIDED  node-7\n" HEAD
	    "  signature    NOT CHECKED: %s/keys.json: no such file\n"
	    "  attestd says pass, which does not count\n\n"
	    "  reason       the verifier's signature could not be checked: "
	    "%s/keys.json: no such file\n" ATTEMPT
	    "  gate         shut; no unit waits for it\n", node_dir,
	    node_dir);
	says(1, want, NULL);
	RUN(&run, "status", "-c", config_path, "--json");
	ck_assert_int_eq(run.status, 1);
	ok(att_json_parse(att_buf_view(&run.out), 1 << 20, &got, err));
	ck_assert_str_eq(json_string_value(json_object_get(got, "status")),
	    "undecided");
	ck_assert_str_eq(json_string_value(json_object_get(got,
	    "signature")), "unknown");
	/* nor waited for */
	ck_assert(mkfifo(config.result_keys, 0600) == 0);
	RUN(&run, "status", "-c", config_path);
	ck_assert_int_eq(run.status, 1);
	ck_assert(run_has(&run.out, "NOT CHECKED") &&
	    run_has(&run.out, "keys.json: not a regular file"));
}
END_TEST

/* The TPM says whom it must be about, as follow had it; attestd does not. */
START_TEST(an_ek_that_follow_remembers)
{
#define EK "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	AUTO(att_json_decref) json_t *j = make("pass", ",\"boot-log\"", "");
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(8192);
	AUTO(free) char *state = in_node("state");
	struct result r = result_good(key);
	AUTO(free) char *jwt = result_make(&r);

	with_keys();
	with_followed("");
	att_buf_printf(&b, "registrar_urls: [https://127.0.0.1:1]\n"
	    "verifier_urls: [https://127.0.0.1:1]\nagent_id: hash_ek\n"
	    "state_dir: %s\nrun_dir: %s/run\nboot_id: %s/boot_id\n"
	    "tcti: none\nresult_keys: %s/keys.json\n", state, node_dir,
	    node_dir, node_dir);
	node_write("attestd.yaml", att_buf_view(&b));
	ck_assert(json_object_set_new(j, "result", json_string(jwt)) == 0);
	put(j);
	ck_assert(mkdir(state, 0700) == 0);
	node_write("state/identity.json", S("{\"ak_name\":\"000b\",\"ek_id\":\""
	    EK "\",\"ek_type\":\"rsa2048\"}"));
	RUN(&run, "status", "-c", config_path);
	ck_assert_int_eq(run.status, 1);
	ck_assert(run_has(&run.out, "signature    NOT CHECKED: "));
	ck_assert(run_has(&run.out, "it has not answered attestd-follow"));
	with_followed(EK);
	RUN(&run, "status", "-c", config_path);
	ck_assert_int_eq(run.status, 1);
	ck_assert(run_has(&run.out, "NOT PROVEN: the verifier's signed result "
	    "is about \"node-7\", and this node is \"" EK "\""));
}
END_TEST

/* -- files of somebody ----------------------------------------------------- */

/* As attestd could leave them for root to stumble over. */
START_TEST(through_no_link_and_from_no_pipe)
{
	static const char *const names[] = { "run/verdict.json",
		"run/firmware.json" };
	AUTO(att_json_decref) json_t *j = make("pass", ",\"boot-log\"", "");

	put(j);
	for (size_t i = 0; i < ATT_COUNT(names); i++) {
		AUTO(free) char *file = in_node(names[i]);
		AUTO(free) char *elsewhere = in_node("elsewhere");
		int want = i == 0 ? 3 : 0;

		(void)unlink(elsewhere);
		if (i == 0)
			ck_assert(rename(file, elsewhere) == 0);
		ck_assert(symlink(elsewhere, file) == 0);
		RUN(&run, "status", "-c", config_path);
		ck_assert_int_eq(run.status, want);
		ck_assert(i != 0 || run_has(&run.err, "a link"));
		ck_assert(unlink(file) == 0 && mkfifo(file, 0644) == 0);
		RUN(&run, "status", "-c", config_path);
		ck_assert_int_eq(run.status, want);
		ck_assert(i != 0 || run_has(&run.err, "not a regular file"));
		ck_assert(unlink(file) == 0);
		if (i == 0)
			ck_assert(rename(elsewhere, file) == 0);
	}
}
END_TEST

/* -- JSON, colours --------------------------------------------------------- */

START_TEST(as_json)
{
	AUTO(att_json_decref) json_t *j = make("pass", ",\"boot-log\"", "");
	AUTO(att_json_decref) json_t *got = NULL;
	json_t *g;

	put(j);
	RUN(&run, "status", "-c", config_path, "--json");
	ck_assert_int_eq(run.status, 0);
	ok(att_json_parse(att_buf_view(&run.out), 1 << 20, &got, err));
	g = json_object_get(got, "gate");
	ck_assert_str_eq(json_string_value(json_object_get(g, "state")),
	    "open");
	ck_assert_str_eq(json_string_value(json_object_get(g, "reason")), "");
	ck_assert_uint_eq(json_array_size(json_object_get(g, "units")), 0);
	ck_assert(json_is_false(json_object_get(got, "over")));
	ck_assert_str_eq(json_string_value(json_object_get(got,
	    "signature")), "unchecked");
	/* all else is the file */
	ck_assert(json_object_del(got, "gate") == 0 &&
	    json_object_del(got, "over") == 0 &&
	    json_object_del(got, "signature") == 0);
	ck_assert(json_equal(got, j));
}
END_TEST

/* What comes out of a terminal; `master` is the other end of it. */
static char *
on_terminal(int master)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 16);
	char bytes[4096];
	ssize_t n;

	run.to = ptsname(master);
	RUN(&run, "status", "-c", config_path);
	run.to = NULL;
	ck_assert_int_eq(run.status, 0);
	ck_assert(fcntl(master, F_SETFL, O_NONBLOCK) == 0);
	while ((n = read(master, bytes, sizeof(bytes))) > 0)
		att_buf_bytes(&b, bytes, (size_t)n);
	return att_buf_take_str(&b);
}

START_TEST(colours_on_a_terminal_alone)
{
	AUTO(att_json_decref) json_t *j = make("pass", ",\"boot-log\"", "");
	AUTO(free) char *coloured = NULL, *plain = NULL;
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	put(j);
	ck_assert(setenv("TERM", "xterm", 1) == 0);
	ck_assert(unsetenv("NO_COLOR") == 0);
	RUN(&run, "status", "-c", config_path);
	ck_assert(memchr(run.out.data, '\033', run.out.len) == NULL);
	ck_assert(master >= 0 && grantpt(master) == 0 &&
	    unlockpt(master) == 0);
	coloured = on_terminal(master);
	ck_assert(strstr(coloured, "\033[1;32mTRUSTED\033[0m  node-7") ==
	    coloured);
	ck_assert(setenv("NO_COLOR", "1", 1) == 0);
	plain = on_terminal(master);
	ck_assert(strchr(plain, '\033') == NULL);
	ck_assert(strstr(plain, "TRUSTED  node-7") == plain);
	(void)close(master);
}
END_TEST

/* -- watching -------------------------------------------------------------- */

/* What it has said so far has this in it, within some seconds. */
static void
until_says(const char *text)
{
	uint64_t end = att_steady_now() + PATIENCE_MS;

	for (;;) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);

		if (node_read("out", &b) && run_has(&b, text))
			return;
		ck_assert_msg(att_steady_now() < end, "lacks \"%s\"", text);
		(void)usleep(10000);
	}
}

/* As attestd does: another file of that name. */
static void
replace(json_t *j)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 16);

	ok(att_json_write_pretty(j, &b, err));
	node_write("run/verdict.json", att_buf_view(&b));
}

START_TEST(watched)
{
	AUTO(att_json_decref) json_t *j = make("pass", ",\"boot-log\"", "");
	AUTO(free) char *out = in_node("out");
	AUTO(free) char *dir = in_node("run");
	AUTO(free) char *file = in_node("run/verdict.json");
	char path[PATH_MAX];
	int status;
	pid_t pid;

	/* from before there is a directory */
	ck_assert(rmdir(dir) == 0);
	run_path(path, sizeof(path));
	pid = forked();
	if (pid == 0) {
		int fd = open(out, O_WRONLY | O_CREAT | O_APPEND, 0600);

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (fd >= 0 && dup2(fd, 1) >= 0)
			execl(path, "attestctl", "status", "--watch", "-c",
			    config_path, NULL);
		_exit(127);
	}
	until_says("no attestation since");
	ok(att_run_dir_make(&config, err));
	replace(j);
	until_says("TRUSTED  node-7");
	/* over by itself, when nobody writes */
	ck_assert(json_object_set_new(j, "agent_id", json_string("soon")) ==
	    0);
	ck_assert(json_object_set_new(j, "expires_at",
	    att_json_time_of((int64_t)time(NULL) + 2)) == 0);
	replace(j);
	until_says("TRUSTED  soon");
	until_says("UNDECIDED  soon");
	ck_assert(json_object_set_new(j, "agent_id", json_string("last")) ==
	    0);
	replace(j);
	until_says("UNDECIDED  last");
	ck_assert(unlink(file) == 0);
	ck_assert(kill(pid, SIGTERM) == 0);
	ck_assert(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
}
END_TEST

/* -- parts ----------------------------------------------------------------- */

START_TEST(how_long_ago)
{
	static const struct {
		int64_t when;
		const char *text;
	} times[] = { { 0, "now" }, { -1, "1 s ago" }, { 1, "in 1 s" },
		{ -119, "119 s ago" }, { -120, "2 min ago" },
		{ 7199, "in 119 min" }, { 7200, "in 2 h" },
		{ -172799, "47 h ago" }, { -172800, "2 d ago" },
		{ INT64_MAX, "in 106751991167300 d" } };

	for (size_t i = 0; i < ATT_COUNT(times); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(256);
		AUTO(free) char *text = NULL;

		att_ago_put(&b, 0, times[i].when);
		text = att_buf_take_str(&b);
		ck_assert_str_eq(text, times[i].text);
	}
}
END_TEST

START_TEST(which_units_wait)
{
	struct fake f = fake_new();

	ck_assert(!att_gate_waits(f.root, "kubelet.service"));
	fake_put(&f, "usr/lib/systemd/system/kubelet.service.d/50-attestd.conf",
	    "");
	fake_put(&f, "etc/systemd/system/k3s.service.d/50-attestd.conf", "");
	fake_put(&f, "etc/systemd/system/slurmd.service.d/50-other.conf", "");
	ck_assert(att_gate_waits(f.root, "kubelet.service"));
	ck_assert(att_gate_waits(f.root, "k3s.service"));
	ck_assert(!att_gate_waits(f.root, "slurmd.service"));
	fake_done(&f);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("attestctl status");
	TCase *t = tcase_create("status");

	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, a_pass);
	tcase_add_test(t, a_fail_with_what_to_do);
	tcase_add_test(t, over_or_never);
	tcase_add_test(t, an_attempt_that_failed);
	tcase_add_test(t, signed_by_the_keys_of_the_configuration);
	tcase_add_test(t, signed_and_no_pass_all_the_same);
	tcase_add_test(t, keys_that_cannot_be_read);
	tcase_add_test(t, an_ek_that_follow_remembers);
	tcase_add_test(t, through_no_link_and_from_no_pipe);
	tcase_add_test(t, as_json);
	tcase_add_test(t, colours_on_a_terminal_alone);
	tcase_add_test(t, watched);
	tcase_add_test(t, how_long_ago);
	tcase_add_test(t, which_units_wait);
	suite_add_tcase(s, t);
	return run_suite(s);
}
