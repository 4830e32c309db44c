/* attestctl with an attestd that a test makes up. */
#include "tests/agent/agent.h"

#include <time.h>

#include "agent/local.h"
#include "base/json.h"
#include "evidence/bundle.h"
#include "tests/agent/run_ctl.h"
#include "tests/varlink/scripted.h"

#define BOOT "5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d11"
#define NONCE "000102030405060708090a0b0c0d0e0f"

static char *file, *path;
static struct run r;
static struct att_buf reply;	/* a text, with `|` for NUL */

static void
setup(void)
{
	AUTO(free) char *run = NULL;

	node_make("swtpm:path=/nonexistent", "registrar_urls: [https://r:1]\n"
	    "verifier_urls: [https://v:1]\n");
	node_put("boot_id", S(BOOT "\n"));
	file = in_node("attestd.yaml");
	path = in_node("run/io.attestd");
	run = in_node("run");
	ck_assert_int_eq(mkdir(run, 0755), 0);
	script_listen(path);
	reply = ATT_BUF(1 << 20);
}

static void
teardown(void)
{
	att_fd_done(&listener);
	att_buf_done(&reply);
	run_done(&r);
	free(file);
	free(path);
	node_remove();
}

static const char *
reply_text(void)
{
	att_buf_u8(&reply, '\0');
	ck_assert(!reply.failed);
	return (const char *)reply.data;
}

#define ASK(want, text, ...)                                                 \
	do {                                                                 \
		script_start(text);                                          \
		RUN(&r, __VA_ARGS__);                                        \
		script_end();                                                \
		ck_assert_msg(r.status == (want),                            \
		    "status %d, wanted %d\n%.*s%.*s", r.status, (want),      \
		    (int)r.out.len, (char *)r.out.data, (int)r.err.len,      \
		    (char *)r.err.data);                                     \
	} while (0)
#define SAYS(b, text)                                                        \
	ck_assert_msg(run_has(b, text), "lacks \"%s\":\n%.*s", text,         \
	    (int)(b)->len, (char *)(b)->data)

/* -- attest ---------------------------------------------------------------- */

static const struct verdict {
	const char *status, *outcome, *boot;
	int valid;		/* seconds from now */
	int want;
	const char *word;
} verdicts[] = {
	{ "pass", "accepted", BOOT, 100, 0, "TRUSTED  node" },
	{ "fail", "accepted", BOOT, 100, 1, "UNTRUSTED" },
	{ "undecided", "accepted", BOOT, 100, 1, "UNDECIDED" },
	/* one that stands from before is not what was asked for */
	{ "pass", "retry-later", BOOT, 100, 4, "TRUSTED" },
	{ "undecided", "node-trouble", BOOT, 100, 4, "UNDECIDED" },
	{ "undecided", "refused", BOOT, 100, 1, "UNDECIDED" },
	{ "undecided", "waiting-for-enrolment", BOOT, 100, 1, "UNDECIDED" },
	{ "undecided", "never-heard-of", BOOT, 100, 4, "UNDECIDED" },
	/* one that is over, or of another boot, is none */
	{ "pass", "accepted", BOOT, -100, 1, "UNDECIDED" },
	{ "pass", "accepted", "5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d12", 100, 1,
	    "UNDECIDED" },
};

static void
put_verdict(const struct verdict *v)
{
	AUTO(att_json_decref) json_t *j = NULL;
	struct timespec up;
	json_t *at, *end;
	int64_t now = (int64_t)time(NULL);

	ck_assert_int_eq(clock_gettime(CLOCK_BOOTTIME, &up), 0);
	at = att_json_time_of(now);
	end = att_json_time_of(now + v->valid);
	j = json_pack("{s:{s:s,s:s,s:s,s:o,s:I,s:s,s:s,s:O,s:s,s:n,s:n,"
	    "s:{s:s,s:s,s:s,s:O,s:o}}}", "verdict",
	    "format", "attestd-verdict/1", "status", v->status, "boot_id",
	    v->boot, "expires_at", end, "expires_uptime",
	    (json_int_t)(up.tv_sec + v->valid), "agent_id", "node", "reason",
	    "", "at", at, "verifier", "https://v:1", "result", "verdict",
	    "attempt", "outcome", v->outcome, "reason", "", "advice", "", "at",
	    at, "next_at", at);
	ck_assert_ptr_nonnull(j);
	ok(att_json_write(j, &reply, err));
}

START_TEST(attest_shows_the_verdict)
{
	const struct verdict *v = &verdicts[_i];

	att_buf_str(&reply, "{\"parameters\":");
	put_verdict(v);
	att_buf_str(&reply, "}|");
	ASK(v->want, reply_text(), "attest", "-c", file);
	SAYS(&r.out, v->word);
	ck_assert_str_eq(script.call, "{\"method\":\"io.attestd.Attest\","
	    "\"parameters\":{}}");
}
END_TEST

/* -- errors ---------------------------------------------------------------- */

static const struct {
	const char *text;
	int want;
	const char *word;
} errors[] = {
	{ "{\"error\":\"io.attestd.Busy\",\"parameters\":{\"reason\":\"16 jobs "
	  "wait\"}}|", 4, "attestctl: attestd: 16 jobs wait\n" },
	{ "{\"error\":\"io.attestd.Busy\"}|", 4, "attestd: it is busy\n" },
	{ "{\"error\":\"io.attestd.NotConfigured\"}|", 4,
	    "no verifier is configured" },
	{ "{\"error\":\"io.attestd.NotAuthorized\"}|", 4,
	    "for root and the members of its group" },
	{ "{\"error\":\"io.attestd.Failed\",\"parameters\":"
	  "{\"reason\":\"no TPM\",\"status\":4}}|", 4, "attestd: no TPM\n" },
	{ "{\"error\":\"io.attestd.Failed\",\"parameters\":"
	  "{\"reason\":\"odd input\",\"status\":3}}|", 3, "odd input\n" },
	/* nothing that a service says is a good end */
	{ "{\"error\":\"io.attestd.Failed\",\"parameters\":"
	  "{\"reason\":\"\",\"status\":0}}|", 4, "attestd: " },
	{ "{\"error\":\"io.attestd.Failed\",\"parameters\":"
	  "{\"reason\":7,\"status\":\"0\"}}|", 4, "it failed" },
	{ "{\"error\":\"io.attestd.Failed\"}|", 4, "it failed" },
	{ "{\"error\":\"org.varlink.service.InvalidParameter\","
	  "\"parameters\":{\"parameter\":\"pcrs\"}}|", 2, "this pcrs" },
	{ "{\"error\":\"org.varlink.service.MethodNotFound\"}|", 4,
	    "it answers org.varlink.service.MethodNotFound" },
	/* what moves a terminal is not printed */
	{ "{\"error\":\"io.attestd.Busy\",\"parameters\":"
	  "{\"reason\":\"\\u001b[2J\\nx\"}}|", 4, "attestd: ?[2J?x\n" },
	{ "", 4, "attestd: the service hung up" },
	{ "{\"parameters\":{}}", 4, "hung up" },
	{ "nonsense|", 3, "JSON" },
	{ "{}|", 3, "\"verdict\" is missing" },
	{ "{\"parameters\":{\"verdict\":\"pass\"}}|", 3, "an object" },
	{ "{\"parameters\":{\"verdict\":{}}}|", 3, "\"format\" is missing" },
	{ "{\"parameters\":{\"verdict\":{\"format\":\"attestd-verdict/2\"}}}|",
	    3, "not known" },
	{ "{\"continues\":true}|", 3, "more than the one" },
};

START_TEST(attest_tells_what_went_wrong)
{
	ASK(errors[_i].want, errors[_i].text, "attest", "-c", file);
	SAYS(&r.err, errors[_i].word);
	ck_assert_uint_eq(r.out.len, 0);
}
END_TEST

/* -- evidence -------------------------------------------------------------- */

static const uint8_t bytes[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
	14, 15 };

static void
put_evidence(const char *notes)
{
	struct att_slice b = { bytes, sizeof(bytes) };
	struct att_evidence e = { .attest = b, .signature = b, .ak_public = b,
		.challenge = b, .collected_at = 1795000000, .agent_id = "node",
		.boot_id = BOOT };
	uint8_t value[32] = { 9 };

	ok(att_pcrs_set(&e.pcrs, ATT_ALG_SHA256, 7,
	    (struct att_slice){ value, 32 }, err));
	att_buf_str(&reply, "{\"parameters\":{\"evidence\":");
	ok(att_evidence_encode(&e, &reply, err));
	att_buf_printf(&reply, ",\"notes\":%s}}|", notes);
}

START_TEST(quote_asks_with_its_words)
{
	AUTO(att_bundle_free) struct att_bundle *b = NULL;

	put_evidence("[]");
	ASK(0, reply_text(), "quote", "-c", file, "--nonce", NONCE, "--pcrs",
	    "sha256:7", "-o", "-");
	ck_assert_str_eq(script.call, "{\"method\":\"io.attestd.Quote\","
	    "\"parameters\":{\"nonce\":\"" NONCE "\",\"pcrs\":\"sha256:7\"}}");
	ok(att_bundle_parse(att_buf_view(&r.out), &b, err));
	ck_assert_str_eq(att_bundle_evidence(b)->agent_id, "node");
	ASK(0, (const char *)reply.data, "evidence", "-c", file, "--nonce",
	    NONCE, "--json");
	ck_assert_str_eq(script.call, "{\"method\":\"io.attestd.Evidence\","
	    "\"parameters\":{\"nonce\":\"" NONCE "\"}}");
	SAYS(&r.out, "\"tag:attestd.io,2026:evidence/1\"");
}
END_TEST

START_TEST(evidence_tells_what_is_left_out)
{
	put_evidence("[\"ima_log is left out: \\u001b[2J\",7,\"and more\"]");
	ASK(0, reply_text(), "evidence", "-c", file, "--nonce", NONCE, "-o",
	    "-");
	SAYS(&r.err, "attestctl: ima_log is left out: \\x1b[2J\n"
		     "attestctl: and more\n");
}
END_TEST

/* What is over another nonce, or no evidence, is written nowhere. */
START_TEST(evidence_is_looked_at)
{
	AUTO(free) char *to = in_node("to");

	put_evidence("[]");
	ASK(3, reply_text(), "quote", "-c", file, "-o", to);
	SAYS(&r.err, "attestctl: attestd: evidence over another nonce");
	ASK(3, (const char *)reply.data, "quote", "-c", file, "--nonce",
	    NONCE "00", "-o", to);
	ASK(3, "{\"parameters\":{\"evidence\":{},\"notes\":[]}}|", "quote",
	    "-c", file, "-o", to);
	ASK(3, "{\"parameters\":{\"evidence\":[],\"notes\":[]}}|", "quote",
	    "-c", file, "-o", to);
	ASK(3, "{\"parameters\":{\"evidence\":{}}}|", "quote", "-c", file,
	    "-o", to);
	ck_assert_int_eq(access(to, F_OK), -1);
}
END_TEST

START_TEST(notes_have_an_end)
{
	att_buf_str(&reply, "[\"x\"");
	for (int i = 0; i < ATT_LOCAL_NOTES_MAX; i++)
		att_buf_str(&reply, ",\"x\"");
	att_buf_str(&reply, "]");
	{
		AUTO(free) char *notes = att_buf_take_str(&reply);

		put_evidence(notes);
	}
	ASK(3, reply_text(), "evidence", "-c", file, "--nonce", NONCE, "-o",
	    "-");
	SAYS(&r.err, "33 notes, at most 32");
}
END_TEST

/* -- firmware -------------------------------------------------------------- */

#define CLAIMS                                                               \
	"{\"boot_id\":\"" BOOT "\",\"firmware\":{\"components\":[],"         \
	"\"flash\":[]},\"format\":\"attestd-firmware/1\",\"passes\":[]}"
#define PASS(failed, changes)                                                \
	"{\"parameters\":{\"claims\":" CLAIMS ",\"done\":true,\"firmware\":" \
	"{\"changes\":" changes ",\"chips_failed\":" failed "},"             \
	"\"news\":true}}|"
#define PART(part, percent)                                                  \
	"{\"continues\":true,\"parameters\":{\"done\":false,\"part\":" part  \
	",\"percent\":" percent "}}|"

START_TEST(firmware_is_measured)
{
	ASK(0, PART("\"inventory\"", "0") PART("\"flash/a\"", "50")
	    PART("null", "-5") PASS("0", "0"), "firmware", "measure", "-c",
	    file);
	SAYS(&r.out, "boot " BOOT);
	ck_assert_str_eq(script.call, "{\"method\":"
	    "\"io.attestd.MeasureFirmware\",\"more\":true}");
	ASK(1, PASS("0", "2"), "firmware", "measure", "-c", file, "--json");
	SAYS(&r.out, "\"attestd-firmware/1\"");
	ASK(4, PASS("1", "2"), "firmware", "measure", "-c", file);
	ASK(4, "{\"error\":\"io.attestd.Failed\",\"parameters\":{\"reason\":"
	    "\"no pass\",\"status\":4}}|", "firmware", "measure", "-c", file);
	SAYS(&r.err, "attestd: no pass");
	/* it broke off */
	ASK(4, PART("\"inventory\"", "0"), "firmware", "measure", "-c", file);
	ASK(3, PASS("-1", "0"), "firmware", "measure", "-c", file);
	ASK(3, "{}|", "firmware", "measure", "-c", file);
	SAYS(&r.err, "\"claims\" is missing");
}
END_TEST

/* -- without it ------------------------------------------------------------ */

/* A TPM that is not there is what stands in the way then. */
START_TEST(direct_asks_nobody)
{
	RUN(&r, "quote", "-c", file, "--direct");
	ck_assert_int_eq(r.status, 4);
	SAYS(&r.err, "/nonexistent");
	ck_assert(!run_has(&r.err, "attestd: "));
	RUN(&r, "evidence", "-c", file, "--direct", "--json");
	ck_assert_int_eq(r.status, 4);
	RUN(&r, "attest", "-c", file, "--direct");
	ck_assert_int_eq(r.status, 4);
	SAYS(&r.out, "UNDECIDED");
	RUN(&r, "firmware", "measure", "-c", file, "--direct", "--claims",
	    "-");
	SAYS(&r.out, "\"attestd-firmware/1\"");
	/* who says how does it himself */
	RUN(&r, "firmware", "measure", "-c", file, "--claims", "-");
	SAYS(&r.out, "\"attestd-firmware/1\"");
	RUN(&r, "firmware", "map", "--direct", file);
	ck_assert_int_eq(r.status, 2);
}
END_TEST

START_TEST(nobody_is_there)
{
	att_fd_done(&listener);
	RUN(&r, "quote", "-c", file);
	ck_assert_int_eq(r.status, 4);
	SAYS(&r.err, "/nonexistent");
	ck_assert_int_eq(unlink(path), 0);
	RUN(&r, "quote", "-c", file);
	ck_assert_int_eq(r.status, 4);
	SAYS(&r.err, "/nonexistent");
}
END_TEST

/* Anybody could be who listens. */
START_TEST(a_directory_of_everybody_is_refused)
{
	AUTO(free) char *run = in_node("run");

	ck_assert_int_eq(chmod(run, 01777), 0);
	RUN(&r, "attest", "-c", file);
	ck_assert_int_eq(r.status, 3);
	SAYS(&r.err, "/run");
	ck_assert_uint_eq(r.out.len, 0);
	ck_assert_int_eq(chmod(run, 0755), 0);
}
END_TEST

/* What the description has, line by line, docs/PROTOCOL-local.txt has. */
START_TEST(every_method_and_error_is_described)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 16);
	AUTO(free) char *text = strdup(att_local_description);
	AUTO(free) char *page = NULL;
	char *rest = text, *line, name[64], item[80];
	unsigned methods = 0, found = 0;

	ok(att_file_read("docs/PROTOCOL-local.txt", &b, err));
	page = att_buf_take_str(&b);
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (sscanf(line, "method %63[A-Za-z]", name) == 1)
			(void)snprintf(item, sizeof(item), "\n%s\n", name);
		else if (sscanf(line, "error %63[A-Za-z]", name) == 1)
			(void)snprintf(item, sizeof(item), "\n    %s ", name);
		else
			continue;
		methods += item[1] != ' ';
		found++;
		ck_assert_msg(strstr(page, item) != NULL, "lacks%s", item);
	}
	ck_assert_uint_eq(methods, 5);
	ck_assert_uint_eq(found, 9);
}
END_TEST

#define SOMEBODY 65534u

static unsigned seen;

static int
check_owner(const char *at, const struct stat *st, int flag,
    struct FTW *ftw)
{
	(void)flag;
	if (ftw->level == 0 || S_ISSOCK(st->st_mode))
		return 0;
	ck_assert_msg(st->st_uid == SOMEBODY && st->st_gid == SOMEBODY,
	    "%s is of %u", at, st->st_uid);
	seen++;
	return 0;
}

/* In directories of somebody who goes on with them. */
START_TEST(root_leaves_nothing_of_his)
{
	AUTO(free) char *state = in_node("state");
	AUTO(free) char *run = in_node("run");

	if (geteuid() != 0) {
		(void)fprintf(stderr, "skipped: not root\n");
		return;
	}
	ck_assert(mkdir(state, 0700) == 0 &&
	    chown(state, SOMEBODY, SOMEBODY) == 0 &&
	    chown(run, SOMEBODY, SOMEBODY) == 0);
	RUN(&r, "attest", "-c", file, "--direct");
	ck_assert_int_eq(r.status, 4);
	RUN(&r, "firmware", "measure", "-c", file, "--direct");
	seen = 0;
	ck_assert_int_eq(nftw(state, check_owner, 16, FTW_PHYS), 0);
	/* lock, facts; lock of measuring, what was measured */
	ck_assert_uint_ge(seen, 4);
	seen = 0;
	ck_assert_int_eq(nftw(run, check_owner, 16, FTW_PHYS), 0);
	/* the verdict, how far measuring is, the time of the boot */
	ck_assert_uint_ge(seen, 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("agent/local");
	TCase *t = tcase_create("local");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, attest_shows_the_verdict, 0,
	    ATT_COUNT(verdicts));
	tcase_add_loop_test(t, attest_tells_what_went_wrong, 0,
	    ATT_COUNT(errors));
	tcase_add_test(t, quote_asks_with_its_words);
	tcase_add_test(t, evidence_tells_what_is_left_out);
	tcase_add_test(t, evidence_is_looked_at);
	tcase_add_test(t, notes_have_an_end);
	tcase_add_test(t, firmware_is_measured);
	tcase_add_test(t, direct_asks_nobody);
	tcase_add_test(t, nobody_is_there);
	tcase_add_test(t, a_directory_of_everybody_is_refused);
	tcase_add_test(t, every_method_and_error_is_described);
	tcase_add_test(t, root_leaves_nothing_of_his);
	suite_add_tcase(s, t);
	return run_suite(s);
}
