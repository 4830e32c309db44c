/* The gate: one way to open it, and all the ways in which it stays shut. */
#include "testlib.h"

#include <pwd.h>

#include "agent/boot.h"
#include "agent/followed.h"
#include "agent/gate.h"
#include "tests/agent/run_ctl.h"
#include "tests/agent/verdicts.h"

#define URLS                                                                 \
	"registrar_urls: [https://127.0.0.1:1]\n"                            \
	"verifier_urls: [https://127.0.0.1:1]\nagent_id: " NODE_ID "\n"
#define OTHER_BOOT "5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d12"

static struct att_jws_key *key, *other_key;
static struct att_gate gate;
static struct att_gate_tpm tpm;
static struct run run;

static void
begin(const char *more)
{
	/* the directory's name is not known before it is there */
	node_make("none", URLS);
	if (more != NULL) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(8192);

		ck_assert(node_read("attestd.yaml", &b));
		att_buf_printf(&b, "result_keys: %s/keys.json\n%s", node_dir,
		    more);
		node_write("attestd.yaml", att_buf_view(&b));
		att_agent_config_done(&config);
		ok(att_agent_config_parse("test", att_buf_view(&b), &config,
		    err));
	}
	node_write("boot_id", S(BOOT_ID "\n"));
	ok(att_run_dir_make(&config, err));
	ok(att_jws_key_make(&key, err));
	ok(att_jws_key_make(&other_key, err));
	keys_put("keys.json", key);
	tpm = (struct att_gate_tpm){ .known = true, .clock = {
		.clock = 1010000, .reset_count = 12, .restart_count = 1 } };
}

static void
start(void)
{
	begin(NULL);
}

static void
start_signed(void)
{
	begin("");
}

static void
start_strict(void)
{
	begin("gate_tier: affirming\n");
}

static void
stop(void)
{
	att_jws_key_free(key);
	att_jws_key_free(other_key);
	key = other_key = NULL;
	run_done(&run);
	node_remove();
}

/* How the gate stands, and a word of why. */
static void
stands(enum att_gate_state want, const char *word)
{
	att_gate_judge(&config, &tpm, &gate);
	ck_assert_msg(gate.state == want, "%s: %s",
	    att_gate_name(gate.state), gate.reason);
	ck_assert_msg(strstr(gate.reason, word) != NULL,
	    "\"%s\" lacks \"%s\"", gate.reason, word);
	ck_assert((gate.state == ATT_GATE_OPEN) == (gate.reason[0] == '\0'));
}

static void
stands_of(const struct verdict *v, enum att_gate_state want, const char *word)
{
	verdict_put(v);
	stands(want, word);
}

/* -- what attestd says ----------------------------------------------------- */

START_TEST(a_pass_opens_it)
{
	struct verdict v = verdict_good();

	stands_of(&v, ATT_GATE_OPEN, "");
	ck_assert(gate.proof == ATT_GATE_UNCHECKED);
	ck_assert_str_eq(gate.agent_id, NODE_ID);
	ck_assert_str_eq(gate.verifier, "https://v:8881");
	ck_assert_int_ge(gate.good_for, 98);
	ck_assert_int_le(gate.good_for, 100);
	ck_assert_int_ge(gate.due_in, 58);
	ck_assert_int_le(gate.due_in, 60);
	/* whichever clock is first */
	v.expires_up = 30;
	stands_of(&v, ATT_GATE_OPEN, "");
	ck_assert_int_le(gate.good_for, 30);
}
END_TEST

START_TEST(all_else_shuts_it)
{
	struct verdict v = verdict_good();

	stands(ATT_GATE_UNDECIDED, "no attestation since");
	ck_assert_int_eq(gate.due_in, -1);
	v.status = "fail";
	v.reason = "PCR 4 event 31 is another kernel";
	stands_of(&v, ATT_GATE_CLOSED, "does not trust this node: PCR 4");
	v.status = "undecided";
	stands_of(&v, ATT_GATE_UNDECIDED, "PCR 4");
	v.reason = "";
	stands_of(&v, ATT_GATE_UNDECIDED, "has not decided");
	v = verdict_good();
	v.boot = OTHER_BOOT;
	stands_of(&v, ATT_GATE_UNDECIDED, "since this node was started");
	ck_assert_int_eq(gate.due_in, -1);
	v = verdict_good();
	v.expires = 0;
	stands_of(&v, ATT_GATE_UNDECIDED, "has expired");
	v = verdict_good();
	v.expires_up = 0;
	stands_of(&v, ATT_GATE_UNDECIDED, "has expired");
	v = verdict_good();
	v.status = "passed";
	stands_of(&v, ATT_GATE_UNDECIDED, "status must be");
	v = verdict_good();
	v.reason = "a\033[2Jb";
	v.status = "undecided";
	stands_of(&v, ATT_GATE_UNDECIDED, "a?[2Jb");
	node_put("run/verdict.json", S("{"));
	stands(ATT_GATE_UNDECIDED, "verdict.json");
	node_put("boot_id", S("x"));
	stands(ATT_GATE_UNDECIDED, "boot_id");
}
END_TEST

/* A clock that was set does not keep the next attempt from being due. */
START_TEST(when_the_next_attempt_is_due)
{
	struct verdict v = verdict_good();

	v.next = -5;
	stands_of(&v, ATT_GATE_OPEN, "");
	ck_assert_int_eq(gate.due_in, 0);
	v.next = 60;
	verdict_put(&v);
	{
		AUTO_DONE(att_verdict_file_done) struct att_verdict_file f = {
			0 };
		struct att_gate_by by = { .now = { .boot_id = BOOT_ID,
			.now = 86400, .uptime = 1 } };

		ok(att_verdict_file_read(&config, ATT_OWNER_ANY, &by.now, &f,
		    err));
		att_gate_weigh(&f, &by, &gate);
		ck_assert_int_eq(gate.due_in, 60);
	}
}
END_TEST

/* -- who can have written it ----------------------------------------------- */

START_TEST(files_of_anybody)
{
	AUTO(free) char *dir = in_node("run");
	AUTO(free) char *file = in_node("run/verdict.json");
	AUTO(free) char *elsewhere = in_node("elsewhere");
	struct verdict v = verdict_good();

	verdict_put(&v);
	ck_assert(chmod(dir, 0775) == 0);
	stands(ATT_GATE_UNDECIDED, "others may write");
	ck_assert(chmod(dir, 0755) == 0 && chmod(file, 0646) == 0);
	stands(ATT_GATE_UNDECIDED, "others may write");
	ck_assert(chmod(file, 0644) == 0);
	stands(ATT_GATE_OPEN, "");
	/* through no link, from no pipe */
	ck_assert(rename(file, elsewhere) == 0);
	ck_assert(symlink(elsewhere, file) == 0);
	stands(ATT_GATE_UNDECIDED, "a link");
	ck_assert(unlink(file) == 0 && mkfifo(file, 0644) == 0);
	stands(ATT_GATE_UNDECIDED, "not a regular file");
	ck_assert(unlink(file) == 0 && mkdir(file, 0755) == 0);
	stands(ATT_GATE_UNDECIDED, "not a regular file");
	ck_assert(rmdir(file) == 0 && rename(elsewhere, file) == 0);
	stands(ATT_GATE_OPEN, "");
	ck_assert(rename(dir, elsewhere) == 0);
	ck_assert(symlink(elsewhere, dir) == 0);
	stands(ATT_GATE_UNDECIDED, "run");
}
END_TEST

/* Of another user, whom only root can stand in for. */
START_TEST(files_of_another_user)
{
	AUTO(free) char *dir = in_node("run");
	AUTO(free) char *file = in_node("run/verdict.json");
	struct verdict v = verdict_good();
	struct passwd *nobody = getpwnam("nobody");

	if (geteuid() != 0 || nobody == NULL) {
		puts("not root: owners of files are not checked");
		return;
	}
	verdict_put(&v);
	ck_assert(chown(file, nobody->pw_uid, 0) == 0);
	stands(ATT_GATE_UNDECIDED, "must belong to root or attestd");
	ck_assert(chown(file, 0, 0) == 0);
	stands(ATT_GATE_OPEN, "");
	ck_assert(chown(dir, nobody->pw_uid, 0) == 0);
	stands(ATT_GATE_UNDECIDED, "must belong to root or attestd");
}
END_TEST

/* -- what the verifier signed ---------------------------------------------- */

static void
signed_as(const struct result *r, enum att_gate_state want, const char *word)
{
	AUTO(free) char *jwt = result_make(r);
	struct verdict v = verdict_good();

	v.result = jwt;
	stands_of(&v, want, word);
	ck_assert(want != ATT_GATE_OPEN || gate.proof == ATT_GATE_PROVEN);
}

START_TEST(a_signed_pass_opens_it)
{
	struct result r = result_good(key);

	signed_as(&r, ATT_GATE_OPEN, "");
	r.expires = 20;
	signed_as(&r, ATT_GATE_OPEN, "");
	ck_assert_int_le(gate.good_for, 20);
	/* whatever the file says of its age */
	r.issued = -50;
	signed_as(&r, ATT_GATE_OPEN, "");
	ck_assert(gate.age >= 50 && gate.age < 100);
	/* a verifier whose clock is before ours */
	r.issued = 30;
	signed_as(&r, ATT_GATE_OPEN, "");
	ck_assert_int_eq(gate.age, 0);
	r.tier = "warning";
	signed_as(&r, ATT_GATE_OPEN, "");
}
END_TEST

START_TEST(an_unsigned_pass_does_not)
{
	struct verdict v = verdict_good();
	struct result r = result_good(other_key);

	stands_of(&v, ATT_GATE_UNDECIDED, "no signed result");
	ck_assert(gate.proof == ATT_GATE_UNPROVEN);
	v.result = "a.b.c";
	stands_of(&v, ATT_GATE_UNDECIDED, "is not valid");
	signed_as(&r, ATT_GATE_UNDECIDED, "is not valid");
}
END_TEST

START_TEST(each_letter_of_it_counts)
{
	struct result r = result_good(key);
	AUTO(free) char *jwt = result_make(&r);
	struct verdict v = verdict_good();
	size_t n = strlen(jwt);

	v.result = jwt;
	for (size_t i = 0; i + 1 < n; i += 7) {
		char was = jwt[i];

		jwt[i] = was == 'A' ? 'B' : 'A';
		verdict_put(&v);
		att_gate_judge(&config, &tpm, &gate);
		ck_assert_msg(gate.state == ATT_GATE_UNDECIDED,
		    "letter %zu of %zu", i, n);
		jwt[i] = was;
	}
	stands_of(&v, ATT_GATE_OPEN, "");
}
END_TEST

START_TEST(of_another_node_time_or_word)
{
	struct result r = result_good(key);

	r.node = "node-8";
	signed_as(&r, ATT_GATE_UNDECIDED, "about \"node-8\", and this node is "
	    "\"node-7\"");
	r = result_good(key);
	r.issued = -100;
	r.expires = -1;
	signed_as(&r, ATT_GATE_UNDECIDED, "is not valid");
	r = result_good(key);
	r.issued = 3600;
	r.expires = 7200;
	signed_as(&r, ATT_GATE_UNDECIDED, "is not valid");
	r = result_good(key);
	r.tier = "contraindicated";
	signed_as(&r, ATT_GATE_CLOSED, "\"contraindicated\"");
	r.tier = "none";
	signed_as(&r, ATT_GATE_UNDECIDED, "has not decided");
}
END_TEST

/* By the id that the kernel has: the TPM counts no kexec. */
START_TEST(of_the_kernel_before)
{
	struct result r = result_good(key);

	r.boot = OTHER_BOOT;
	signed_as(&r, ATT_GATE_UNDECIDED, "of another boot of this node");
	r.boot = "";
	signed_as(&r, ATT_GATE_UNDECIDED, "which boot of this node");
	r.boot = NULL;
	signed_as(&r, ATT_GATE_UNDECIDED, "which boot of this node");
}
END_TEST

START_TEST(of_another_boot)
{
	struct result r = result_good(key);

	r.resets = 11;
	signed_as(&r, ATT_GATE_UNDECIDED, "reset 11 times then, and 12 times");
	r = result_good(key);
	r.restarts = 0;
	signed_as(&r, ATT_GATE_UNDECIDED, "suspended");
	r = result_good(key);
	r.clock = NULL;
	signed_as(&r, ATT_GATE_UNDECIDED, "does not say which boot");
	for (const char *const *bad = (const char *const[]){ "", "-1", "1x",
	    "18446744073709551616", NULL }; *bad != NULL; bad++) {
		r.clock = *bad;
		signed_as(&r, ATT_GATE_UNDECIDED, "does not say which boot");
	}
	/* the TPM's clock says what this machine's may not */
	r.clock = "1000000";
	tpm.clock.clock = 1000000 + (133 + 60) * 1000;
	signed_as(&r, ATT_GATE_OPEN, "");
	tpm.clock.clock += 1000;
	signed_as(&r, ATT_GATE_UNDECIDED, "by the clock of the TPM");
	/* nor what it has not come to: another TPM that was started as often */
	tpm.clock.clock = 1000000 - (33 + 60) * 1000;
	signed_as(&r, ATT_GATE_OPEN, "");
	tpm.clock.clock -= 1000;
	signed_as(&r, ATT_GATE_UNDECIDED, "of another TPM");
	/* one that is over before it begins lasts no time at all */
	r.issued = 59;
	r.expires = 5;
	tpm.clock.clock = 1000000 + 61 * 1000;
	signed_as(&r, ATT_GATE_UNDECIDED, "by the clock of the TPM");
	r = result_good(key);
	tpm = (struct att_gate_tpm){ .known = false };
	snprintf(tpm.err.text, sizeof(tpm.err.text), "nobody answers");
	signed_as(&r, ATT_GATE_UNDECIDED, "asked which boot this is: nobody");
}
END_TEST

START_TEST(a_fail_beside_a_signed_pass)
{
	struct result r = result_good(key);
	AUTO(free) char *jwt = result_make(&r);
	struct verdict v = verdict_good();

	v.result = jwt;
	v.status = "fail";
	stands_of(&v, ATT_GATE_CLOSED, "does not trust");
	v.status = "undecided";
	stands_of(&v, ATT_GATE_UNDECIDED, "has not decided");
}
END_TEST

START_TEST(keys_of_anybody)
{
	AUTO(free) char *file = in_node("keys.json");
	struct result r = result_good(key);

	ck_assert(chmod(file, 0664) == 0);
	signed_as(&r, ATT_GATE_UNDECIDED, "others may write");
	ck_assert(gate.proof == ATT_GATE_UNKNOWN);
	ck_assert(chmod(file, 0644) == 0);
	signed_as(&r, ATT_GATE_OPEN, "");
	node_write("keys.json", S("{}"));
	signed_as(&r, ATT_GATE_UNDECIDED, "keys.json");
	ck_assert(unlink(file) == 0);
	signed_as(&r, ATT_GATE_UNDECIDED, "keys.json");
}
END_TEST

/* The TPM says whose it is, and no file of attestd's. */
START_TEST(a_node_that_its_ek_names)
{
#define EK "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	struct att_followed f = { .boot_id = BOOT_ID, .has_tpm = true,
		.tpm = tpm.clock, .tpm_at = (int64_t)att_steady_now() };
	AUTO_DONE(att_fd_done) int lock = -1;
	struct result r = result_good(key);

	free(config.agent_id);
	config.agent_id = strdup(ATT_AGENT_ID_HASH_EK);
	tpm.err = (struct att_err){ .code = ATT_E_TIMEOUT, .text = "busy" };
	signed_as(&r, ATT_GATE_UNDECIDED, "EK that names this node: busy");
	ck_assert(gate.proof == ATT_GATE_UNKNOWN);
	snprintf(tpm.ek_id, sizeof(tpm.ek_id), "%s", EK);
	signed_as(&r, ATT_GATE_UNDECIDED, "this node is \"" EK "\"");
	r.node = EK;
	signed_as(&r, ATT_GATE_OPEN, "");
	/* as follow keeps it */
	ok(att_followed_lock(&config, 0, &lock, err));
	ok(att_followed_write(&config, &f, err));
	att_gate_tpm_kept(&config, &tpm);
	ck_assert(tpm.known && tpm.err.code == ATT_E_NOT_FOUND);
	signed_as(&r, ATT_GATE_UNDECIDED, "has not answered attestd-follow");
	memcpy(f.ek_id, EK, sizeof(EK));
	f.ek_type = ATT_TPM_EK_P256;
	ok(att_followed_write(&config, &f, err));
	att_gate_tpm_kept(&config, &tpm);
	ck_assert(tpm.ek_type == ATT_TPM_EK_P256 && tpm.err.code == 0);
	signed_as(&r, ATT_GATE_OPEN, "");
}
END_TEST

/* Another user is told that it is not for him to see. */
START_TEST(keys_that_only_root_can_read)
{
	struct result r = result_good(key);

	signed_as(&r, ATT_GATE_OPEN, "");
	ck_assert(!gate.is_secret);
	if (geteuid() != 0)
		return;
	ck_assert(chmod(node_dir, 0755) == 0);
	ck_assert(chmod(config.result_keys, 0600) == 0);
	ck_assert(seteuid(65534) == 0);
	att_gate_judge(&config, &tpm, &gate);
	ck_assert(seteuid(0) == 0);
	ck_assert_msg(gate.state == ATT_GATE_UNDECIDED && gate.is_secret,
	    "%s", gate.reason);
}
END_TEST

START_TEST(a_warning_where_only_affirming_opens)
{
	struct result r = result_good(key);

	signed_as(&r, ATT_GATE_OPEN, "");
	r.tier = "warning";
	signed_as(&r, ATT_GATE_CLOSED, "gate_tier wants affirming");
}
END_TEST

/* -- as people and Slurm call it ------------------------------------------- */

static void
calls(int want, const char *word)
{
	AUTO(free) char *path = in_node("attestd.yaml");

	RUN(&run, "gate", "--cached", "-c", path);
	ck_assert_msg(run.status == want, "status %d: %.*s", run.status,
	    (int)run.err.len, (char *)run.err.data);
	ck_assert_uint_eq(run.out.len, 0);
	ck_assert_msg(want == 0 ? run.err.len == 0 : run_has(&run.err, word),
	    "lacks \"%s\": %.*s", word, (int)run.err.len,
	    (char *)run.err.data);
}

START_TEST(cached)
{
	struct verdict v = verdict_good();

	calls(4, "gate: undecided: no attestation since");
	verdict_put(&v);
	calls(0, "");
	v.status = "fail";
	v.reason = "PCR 7";
	verdict_put(&v);
	calls(1, "gate: closed: the verifier does not trust this node: PCR 7");
	RUN(&run, "gate", "--cached", "-c", "/nowhere");
	ck_assert_int_eq(run.status, 4);
	RUN(&run, "gate", "--cached", "word");
	ck_assert_int_eq(run.status, 2);
}
END_TEST

/* What follow read of the TPM stands for the TPM, in this boot. */
START_TEST(cached_and_signed)
{
	struct att_followed f = { .boot_id = BOOT_ID, .has_tpm = true,
		.tpm = tpm.clock, .tpm_at = (int64_t)att_steady_now() };
	AUTO(free) char *file = in_node("run-follow/state.json");
	struct result r = result_good(key);
	AUTO_DONE(att_fd_done) int lock = -1;
	AUTO(free) char *jwt = result_make(&r);
	struct verdict v = verdict_good();

	v.result = jwt;
	verdict_put(&v);
	calls(4, "could not be asked which boot this is");
	ok(att_followed_lock(&config, 0, &lock, err));
	ok(att_followed_write(&config, &f, err));
	calls(0, "");
	/* time goes on meanwhile */
	f.tpm_at -= 600000;
	ok(att_followed_write(&config, &f, err));
	calls(4, "by the clock of the TPM");
	f.tpm_at += 600000;
	f.tpm.reset_count++;
	ok(att_followed_write(&config, &f, err));
	calls(4, "reset 12 times then, and 13 times");
	f.tpm.reset_count--;
	f.has_tpm = false;
	ok(att_followed_write(&config, &f, err));
	calls(4, "has not answered attestd-follow");
	f.has_tpm = true;
	snprintf(f.boot_id, sizeof(f.boot_id), "%s", OTHER_BOOT);
	ok(att_followed_write(&config, &f, err));
	calls(4, "of another boot");
	snprintf(f.boot_id, sizeof(f.boot_id), "%s", BOOT_ID);
	ok(att_followed_write(&config, &f, err));
	ck_assert(chmod(file, 0666) == 0);
	calls(4, "others may write");
}
END_TEST

#define ADD(name, from, ...)                                                 \
	case_add(s, name, from, stop,                                        \
	    (const TTest *const[]){ __VA_ARGS__, NULL })

int
main(void)
{
	Suite *s = suite_create("gate");

	ADD("unsigned", start, a_pass_opens_it, all_else_shuts_it,
	    when_the_next_attempt_is_due, files_of_anybody,
	    files_of_another_user, cached);
	ADD("signed", start_signed, a_signed_pass_opens_it,
	    an_unsigned_pass_does_not, each_letter_of_it_counts,
	    of_another_node_time_or_word, of_the_kernel_before,
	    of_another_boot, a_fail_beside_a_signed_pass, keys_of_anybody,
	    a_node_that_its_ek_names, keys_that_only_root_can_read,
	    cached_and_signed);
	ADD("strict", start_strict, a_warning_where_only_affirming_opens);
	return run_suite(s);
}
