/* Servers that lie, and TPMs and disks that fail, by the numbers of the
 * attack cases where they have one. */
#include "tests/agent/push_test.h"

#include <sys/resource.h>

#include "base/log.h"

/* -- challenges --------------------------------------------------------- */

#define QUOTE(challenge, hash, subjects, more)                               \
	"[{\"evidence_class\":\"certification\",\"evidence_type\":"          \
	"\"tpm_quote\",\"chosen_parameters\":{\"challenge\":\"" challenge    \
	"\",\"signature_scheme\":\"rsassa\",\"hash_algorithm\":\"" hash      \
	"\",\"selected_subjects\":" subjects more "}}"
#define GOOD "EjiabIPEPjNUfdmrzV/uoA=="
#define SOME "{\"sha256\":[0,1]}"

/* A demand that must be refused before the TPM is asked. */
static void
refuses(const char *demand)
{
	unsigned before = fake.seen[ATT_STEP_EVIDENCE];

	fake.demand = demand;
	att_round_done(&last);
	att_push_round(&push, 0, &last);
	ck_assert_msg(last.outcome == ATT_OUTCOME_REFUSED, "%s: %s (%s)",
	    demand, att_outcome_name(last.outcome), last.reason);
	ck_assert_uint_eq(fake.seen[ATT_STEP_EVIDENCE], before);
	ck_assert_uint_gt(att_round_wait(&last, &config, 1, 0), 59000);
}

START_TEST(k11_a_repeated_challenge)
{
	AUTO(free) char *pending = in_node("run/pending");

	fake.bound = false;
	fake.items = 0;
	fake.demand = QUOTE(GOOD, "sha256", SOME, "") "]";
	/* the fake checks what it made itself, not what we were told */
	att_push_round(&push, 0, &last);
	ck_assert(last.outcome != ATT_OUTCOME_REFUSED);
	fake.wrong[0] = '\0';
	/* that nothing was said of it so far is no matter here */
	ck_assert(unlink(pending) == 0);
	refuses(QUOTE(GOOD, "sha256", SOME, "") "]");
	ck_assert(strstr(last.reason, "used before") != NULL);
	/* also by another process */
	att_push_done(&push);
	att_push_init(&push, &config);
	refuses(QUOTE(GOOD, "sha256", SOME, "") "]");
	ck_assert(strstr(last.reason, "used before") != NULL);
}
END_TEST

START_TEST(k11_a_ring_that_is_damaged)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);

	round_ends(ATT_OUTCOME_ACCEPTED, "");
	node_write("state/challenges", S("ATTCHAL1 and nonsense"));
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert(node_read("state/challenges.bad", &b));
	ck_assert(att_slice_is(att_buf_view(&b), "ATTCHAL1 and nonsense"));
}
END_TEST

START_TEST(k15_unusable_challenges)
{
	AUTO_DONE(att_buf_done) struct att_buf huge = ATT_BUF(65536);

	refuses(QUOTE("", "sha256", SOME, "") "]");
	/* 15, 65 and 16 equal bytes; no base64; no text */
	refuses(QUOTE("EjiabIPEPjNUfdmrzV/u", "sha256", SOME, "") "]");
	refuses(QUOTE("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCU"
	    "mJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0A=", "sha256", SOME, "")
	    "]");
	refuses(QUOTE("BwcHBwcHBwcHBwcHBwcHBw==", "sha256", SOME, "") "]");
	refuses(QUOTE("not base64!!", "sha256", SOME, "") "]");
	refuses("[{\"evidence_class\":\"certification\",\"evidence_type\":"
	    "\"tpm_quote\",\"chosen_parameters\":{\"challenge\":16}}]");
	att_buf_str(&huge, "[{\"evidence_class\":\"certification\","
	    "\"evidence_type\":\"tpm_quote\",\"chosen_parameters\":"
	    "{\"challenge\":\"");
	att_buf_fill(&huge, 'A', 5464);
	att_buf_str(&huge, "\"}}]");
	att_buf_u8(&huge, 0);
	refuses((const char *)huge.data);
}
END_TEST

START_TEST(k15_unusable_challenges_of_sessions)
{
#define SESSION(challenge)                                                   \
	"{\"data\":{\"type\":\"session\",\"id\":\"s\",\"attributes\":{"      \
	"\"agent_id\":\"" NODE_ID "\",\"authentication_requested\":[{"       \
	"\"authentication_class\":\"pop\",\"authentication_type\":"          \
	"\"tpm_pop\",\"chosen_parameters\":{\"challenge\":" challenge        \
	"}}]}}}"
	static const char *const bad[] = { SESSION("\"\""), SESSION("null"),
		SESSION("\"EjiabIPEPjNUfdmrzV/u\""),
		SESSION("\"BwcHBwcHBwcHBwcHBwcHBw==\""), SESSION("[]"),
		"{\"data\":{}}", "[]", "" };

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		say(ATT_STEP_SESSION, 1, 200, bad[i]);
		round_ends(ATT_OUTCOME_REFUSED, "session");
	}
	SEEN(PROOF, 0);
}
END_TEST

/* A session that would become another path. */
START_TEST(k4_session_ids)
{
	static const char *const bad[] = { "", "../agents", "a/b", "a b",
		"a\\u000ab", "a?b", "\\u001b[31m" };
	char body[512];

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		snprintf(body, sizeof(body), "{\"data\":{\"type\":\"session\","
		    "\"id\":\"%s\",\"attributes\":{\"agent_id\":\"" NODE_ID
		    "\",\"authentication_requested\":[{"
		    "\"authentication_class\":\"pop\","
		    "\"authentication_type\":\"tpm_pop\","
		    "\"chosen_parameters\":{\"challenge\":\"" GOOD
		    "\"}}]}}}", bad[i]);
		say(ATT_STEP_SESSION, 1, 200, body);
		round_ends(ATT_OUTCOME_REFUSED, "session");
	}
	SEEN(PROOF, 0);
}
END_TEST

/* -- demands ------------------------------------------------------------ */

START_TEST(k16_subjects)
{
	static const char *const bad[] = {
		QUOTE(GOOD, "sha256", "{\"sha256\":[24]}", "") "]",
		QUOTE(GOOD, "sha256", "{\"sha256\":[-1]}", "") "]",
		QUOTE(GOOD, "sha256", "{\"sha256\":[\"7\"]}", "") "]",
		QUOTE(GOOD, "sha256", "{\"sha256\":[7.0]}", "") "]",
		QUOTE(GOOD, "sha256", "{\"sha256\":[7,7]}", "") "]",
		QUOTE(GOOD, "sha256", "{\"sha256\":[]}", "") "]",
		QUOTE(GOOD, "sha256", "{\"sha256\":null}", "") "]",
		QUOTE(GOOD, "sha256", "{\"sha1\":[1]}", "") "]",
		QUOTE(GOOD, "sha256", "{\"sha256\":[1],\"sha1\":[1]}", "") "]",
		QUOTE(GOOD, "sha256", "[0,1]", "") "]",
		QUOTE(GOOD, "sha384", "{\"sha384\":[1]}", "") "]",
		QUOTE(GOOD, "md5", "{\"md5\":[1]}", "") "]",
		QUOTE(GOOD, "sha256", SOME, ",\"binding\":\"other\"") "]",
		QUOTE(GOOD, "sha256", SOME, ",\"unheard\":1") "]",
	};

	for (size_t i = 0; i < ATT_COUNT(bad); i++)
		refuses(bad[i]);
	/* nothing was signed over, so the challenge is still a new one */
	ck_assert(strstr(last.reason, "used before") == NULL);
}
END_TEST

START_TEST(k17_offsets_of_a_list_that_is_not_offered)
{
#define IMA(offset)                                                          \
	QUOTE(GOOD, "sha256", SOME, "") ",{\"evidence_class\":\"log\","      \
	"\"evidence_type\":\"ima_log\",\"chosen_parameters\":{"              \
	"\"starting_offset\":" offset ",\"format\":\"text/plain\"}}]"
	static const char *const bad[] = { IMA("0"), IMA("-1"), IMA("1.5"),
		IMA("9223372036854775807"), IMA("null") };

	for (size_t i = 0; i < ATT_COUNT(bad); i++)
		refuses(bad[i]);
}
END_TEST

/* The server says where: the node does not listen. */
START_TEST(k18_location)
{
	static const char *const where[] = { "http://127.0.0.1:1/x",
		"//127.0.0.1:1/x", "/v3.0/agents/other/attestations/0",
		"/../../etc", "https://example.org/", "\t" };
	char header[128];

	for (size_t i = 0; i < ATT_COUNT(where); i++) {
		snprintf(header, sizeof(header), "Location: %s\r\n",
		    where[i]);
		say(ATT_STEP_OFFER, 1, 201, NULL);
		fake.say[ATT_STEP_OFFER].headers = header;
		round_ends(ATT_OUTCOME_ACCEPTED, "");
	}
	SEEN(EVIDENCE, (unsigned)ATT_COUNT(where));
}
END_TEST

START_TEST(k19_seconds_to_next)
{
	static const struct {
		const char *value;
		int64_t wait, interval;
	} cases[] = { { "0", 5, 5 }, { "-1", 5, 5 }, { "1", 5, 5 },
		{ "5", 5, 5 }, { "600", 600, 600 }, { "601", 600, 601 },
		{ "604801", 600, 604800 },
		{ "1000000000000000000", 600, 604800 },
		{ "1e18", 600, 604800 }, { "\"60\"", 60, 60 },
		{ "\"7\"", 60, 60 }, { "null", 60, 60 }, { "7.5", 7, 7 },
		{ "[]", 60, 60 } };
	char body[256];

	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		snprintf(body, sizeof(body), "{\"data\":{\"type\":"
		    "\"attestation\",\"attributes\":{}},\"meta\":{"
		    "\"seconds_to_next_attestation\":%s}}", cases[i].value);
		say(ATT_STEP_EVIDENCE, 1, 202, body);
		round_ends(ATT_OUTCOME_ACCEPTED, "");
		ck_assert_msg(last.wait == cases[i].wait &&
			last.interval == cases[i].interval, "%s: %jd, %jd",
		    cases[i].value, (intmax_t)last.wait,
		    (intmax_t)last.interval);
	}
	say(ATT_STEP_EVIDENCE, 1, 202, "");
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert_int_eq(last.wait, 60);
}
END_TEST

START_TEST(k22_demands)
{
	AUTO_DONE(att_buf_done) struct att_buf many = ATT_BUF(1 << 20);
	static const char quote[] = QUOTE(GOOD, "sha256", SOME, "");
#define ITEM(class, type, params)                                            \
	",{\"evidence_class\":\"" class "\",\"evidence_type\":\"" type       \
	"\",\"chosen_parameters\":" params "}"
#define LOG ITEM("log", "uefi_log", "{\"format\":\"application/octet-stream\"}")
#define BOUND ",\"binding\":\"attestd-1\""
#define HELD(digest) ITEM("log", "uefi_log",                                 \
	"{\"format\":\"application/octet-stream\",\"held_sha256\":\""         \
	digest "\"}")
/* SHA-256 of nothing */
#define NO_LOG                                                               \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	static const char *const bad[] = {
		QUOTE(GOOD, "sha256", SOME, "") ITEM("log", "unheard",
		    "{}") "]",
		QUOTE(GOOD, "sha256", SOME, "") ITEM("log", "firmware_claims",
		    "{\"format\":\"application/json\"}") "]",
		QUOTE(GOOD, "sha256", SOME, "") LOG LOG "]",
		QUOTE(GOOD, "sha256", SOME, "") ITEM("certification",
		    "uefi_log", "{}") "]",
		QUOTE(GOOD, "sha256", SOME, "") ITEM("log", "uefi_log",
		    "{\"format\":\"text/plain\"}") "]",
		QUOTE(GOOD, "sha256", SOME, "") ITEM("log", "uefi_log",
		    "null") "]",
		"[{\"evidence_class\":\"log\",\"evidence_type\":\"uefi_log\","
		"\"chosen_parameters\":{\"format\":"
		"\"application/octet-stream\"}}]",
		/* digests that the node did not offer */
		QUOTE(GOOD, "sha256", SOME, BOUND) HELD(NO_LOG) "]",
		QUOTE(GOOD, "sha256", SOME, BOUND) HELD("") "]",
		QUOTE(GOOD, "sha256", SOME, "") HELD(NO_LOG) "]",
		"{}", "null", "7", "[7]", "[[]]", "[null]", "[{}]" };

	for (size_t i = 0; i < ATT_COUNT(bad); i++)
		refuses(bad[i]);
	/* the same thing, as often as fits below the bound of the answer */
	att_buf_bytes(&many, quote, sizeof(quote) - 1);
	while (many.len < (1 << 19))
		att_buf_str(&many, LOG);
	att_buf_str(&many, "]");
	att_buf_u8(&many, 0);
	refuses((const char *)many.data);
	ck_assert(strstr(last.reason, "at most") != NULL);
}
END_TEST

START_TEST(k22_answers_beyond_their_bound)
{
	AUTO_DONE(att_buf_done) struct att_buf many = ATT_BUF(1 << 22);

	att_buf_fill(&many, ' ', (1 << 20) + 1);
	att_buf_u8(&many, 0);
	say(ATT_STEP_OFFER, 1, 201, (const char *)many.data);
	second.say[ATT_STEP_SESSION] = (struct fake_say){ .times = 1 };
	round_ends(ATT_OUTCOME_LATER, "");
	SEEN(EVIDENCE, 0);
}
END_TEST

/* Each answer has its bound, and beyond it is not an answer. */
START_TEST(every_answer_beyond_its_bound)
{
	static const struct {
		enum att_step step;
		unsigned status;
	} cases[] = { { ATT_STEP_VERSION, 200 }, { ATT_STEP_REGISTER, 200 },
		{ ATT_STEP_ACTIVATE, 200 }, { ATT_STEP_SESSION, 200 },
		{ ATT_STEP_PROOF, 200 }, { ATT_STEP_OFFER, 201 },
		{ ATT_STEP_EVIDENCE, 202 } };
	AUTO_DONE(att_buf_done) struct att_buf many = ATT_BUF(1 << 22);

	att_buf_fill(&many, ' ', (3 << 20) + 1);
	att_buf_u8(&many, 0);
	config.verifier_urls.count = 1;
	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		att_push_done(&push);
		att_push_init(&push, &config);
		say(cases[i].step, 1, cases[i].status,
		    (const char *)many.data);
		att_round_done(&last);
		att_push_round(&push, 0, &last);
		/* a registrar that lies keeps no node from its verifier */
		ck_assert_msg(last.outcome == (i == 1 || i == 2 ?
			ATT_OUTCOME_ACCEPTED : ATT_OUTCOME_LATER), "%zu: %s",
		    i, att_outcome_name(last.outcome));
		ck_assert(i == 1 || i == 2 ||
		    strstr(last.reason, "answer of more than") != NULL);
	}
	/* evidence was taken, and what came of it is not known */
	say(ATT_STEP_STATUS, ALWAYS, 200, (const char *)many.data);
	round_ends(ATT_OUTCOME_ACCEPTED, "not said yet");
	ck_assert(last.standing == ATT_STANDING_PENDING);
	config.verifier_urls.count = 2;
}
END_TEST

/* Versions of neither this time nor that, and answers meant for others. */
START_TEST(answers_of_another_world)
{
#define OTHER_SESSION                                                        \
	"{\"data\":{\"type\":\"session\",\"id\":\"s\",\"attributes\":{"      \
	"\"agent_id\":\"node-8\",\"authentication_requested\":[{"          \
	"\"authentication_class\":\"pop\",\"authentication_type\":"        \
	"\"tpm_pop\",\"chosen_parameters\":{\"challenge\":\"" GOOD "\"}}]}}}"
	static const struct {
		enum att_step step;
		unsigned status;
		const char *body, *word;
	} cases[] = {
		{ ATT_STEP_VERSION, 200, "{\"results\":{"
		    "\"supported_versions\":[\"3.0\",\"1.0\"]}}",
		    "none of the versions 2.1 to 2.6" },
		{ ATT_STEP_VERSION, 200, "<html>", "versions of the" },
		{ ATT_STEP_REGISTER, 200, "{\"code\":200}", "registration" },
		{ ATT_STEP_SESSION, 200, OTHER_SESSION, "session" },
		{ ATT_STEP_SESSION, 200, "<html>", "session" },
		{ ATT_STEP_PROOF, 200, "<html>", "proof of possession" },
		{ ATT_STEP_OFFER, 201, "<html>", "asks for" },
		{ ATT_STEP_OFFER, 201, "{\"data\":[]}", "asks for" },
		{ ATT_STEP_OFFER, 415, "<html>", "status 415" },
		{ ATT_STEP_EVIDENCE, 204, "", "status 204" },
	};

	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		att_push_done(&push);
		att_push_init(&push, &config);
		say(cases[i].step, 1, cases[i].status, cases[i].body);
		round_ends(ATT_OUTCOME_REFUSED, cases[i].word);
		/* refused is not for a day */
		ck_assert_uint_le(att_round_wait(&last, &config, 9, 0),
		    600000);
	}
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert(last.standing == ATT_STANDING_PASS);
}
END_TEST

/* -- the connection ----------------------------------------------------- */

START_TEST(k23_redirects)
{
	char header[128];
	static const unsigned statuses[] = { 301, 302, 303, 307, 308 };

	snprintf(header, sizeof(header),
	    "Location: https://127.0.0.1:%u/v3.0/agents/x/attestations\r\n",
	    second.peer.port);
	config.verifier_urls.count = 1;	/* not the second by preference */
	for (size_t i = 0; i < ATT_COUNT(statuses); i++) {
		say(ATT_STEP_OFFER, 1, statuses[i], "");
		fake.say[ATT_STEP_OFFER].headers = header;
		round_ends(ATT_OUTCOME_LATER, "negotiation: status 30");
	}
	ck_assert_uint_eq(second.peer.connections, 0);
	config.verifier_urls.count = 2;
}
END_TEST

/* Gone in the middle, at every step: no crash, and then all is well. */
START_TEST(a_server_that_goes_away)
{
	config.verifier_urls.count = 1;
	for (unsigned step = 0; step < ATT_STEP_STATUS; step++) {
		att_push_done(&push);
		att_push_init(&push, &config);
		/* curl asks once more on a new connection */
		say(step, 2, 0, NULL);
		att_round_done(&last);
		att_push_round(&push, 0, &last);
		/* without a registrar it goes on; the rest is lost */
		ck_assert(last.outcome == ATT_OUTCOME_LATER ||
		    (step <= ATT_STEP_ACTIVATE && step > 0 &&
			last.outcome == ATT_OUTCOME_ACCEPTED));
		asked(step)->say[step].times = 0;
		round_ends(ATT_OUTCOME_ACCEPTED, "");
		ck_assert(last.standing == ATT_STANDING_PASS);
	}
	say(ATT_STEP_STATUS, 2, 0, NULL);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert(last.standing == ATT_STANDING_PASS);
	config.verifier_urls.count = 2;
}
END_TEST

START_TEST(a_server_with_another_certificate)
{
	write_ca(&other_ca);
	round_ends(ATT_OUTCOME_LATER, "certificate");
	ck_assert_uint_eq(registrar.peer.requests, 0);
	ck_assert_uint_eq(fake.peer.requests + second.peer.requests, 0);
	write_ca(&ca);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
}
END_TEST

START_TEST(a_ca_file_that_is_not_there)
{
	AUTO(free) char *path = in_node("ca.pem");

	ck_assert(unlink(path) == 0);
	round_ends(ATT_OUTCOME_TROUBLE, "ca.pem");
	ck_assert_uint_eq(registrar.peer.connections, 0);
}
END_TEST

/* Every good answer, cut: refused or away, and no verdict from any of it. */
START_TEST(answers_that_are_cut)
{
	static const struct {
		enum att_step step;
		unsigned status;
	} steps[] = { { ATT_STEP_VERSION, 200 }, { ATT_STEP_REGISTER, 200 },
		{ ATT_STEP_SESSION, 200 }, { ATT_STEP_PROOF, 200 },
		{ ATT_STEP_OFFER, 201 } };
	static const char *const cut[] = { "{", "{\"data\":",
		"{\"data\":{\"type\":\"session\"", "{\"code\":200,\"results\"",
		"\377\376", "{\"data\":{}}", "{\"results\":{}}", "nul" };

	for (size_t i = 0; i < ATT_COUNT(steps); i++)
		for (size_t k = 0; k < ATT_COUNT(cut); k++) {
			att_push_done(&push);
			att_push_init(&push, &config);
			say(steps[i].step, 1, steps[i].status, cut[k]);
			round_ends(ATT_OUTCOME_REFUSED, "");
		}
	SEEN(EVIDENCE, 0);
}
END_TEST

/* -- the TPM ------------------------------------------------------------ */

START_TEST(a_tpm_that_is_away_and_comes_back)
{
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	swtpm_signal(&tpm, SIGKILL);
	round_ends(ATT_OUTCOME_TROUBLE, tpm.tcti);
	swtpm_reboot(&tpm);
	/* power-cycled under us, and not started yet */
	swtpm_init(&tpm);
	round_ends(ATT_OUTCOME_TROUBLE, "");
	swtpm_reboot(&tpm);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(REGISTER, 1);
}
END_TEST

/* The clock of such a TPM may have gone back: upstream fails it for ever. */
START_TEST(a_tpm_that_lost_power)
{
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	swtpm_signal(&tpm, SIGKILL);
	swtpm_reboot(&tpm);
	fake.bound = false;
	round_ends(ATT_OUTCOME_CLOCK_UNSAFE, "safe in at most");
	SEEN(EVIDENCE, 1);
	/* ours has a policy for it */
	fake.bound = true;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
}
END_TEST

START_TEST(a_tpm_that_was_cleared)
{
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	swtpm_clear(&tpm);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(REGISTER, 2);
	SEEN(PROOF, 2);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(REGISTER, 2);
}
END_TEST

/* swtpm counts each end without TPM2_Shutdown as a failed try. */
START_TEST(a_tpm_in_lockout)
{
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	for (unsigned i = 0; i < 40; i++) {
		swtpm_signal(&tpm, SIGKILL);
		swtpm_reboot(&tpm);
		att_round_done(&last);
		att_push_round(&push, 0, &last);
		if (last.outcome != ATT_OUTCOME_ACCEPTED)
			break;
		/* a new proof each time, as that uses the key */
		att_token_drop(&push.token);
	}
	ck_assert_msg(last.outcome == ATT_OUTCOME_TROUBLE, "%s: %s",
	    att_outcome_name(last.outcome), last.reason);
	ck_assert(strcasestr(last.reason, "lockout") != NULL);
}
END_TEST

/* -- the disk ----------------------------------------------------------- */

/* What cannot be remembered is not signed over. */
START_TEST(a_disk_that_is_full)
{
	const struct rlimit none = { .rlim_cur = 64,
		.rlim_max = RLIM_INFINITY };
	const struct rlimit all = { .rlim_cur = RLIM_INFINITY,
		.rlim_max = RLIM_INFINITY };

	round_ends(ATT_OUTCOME_ACCEPTED, "");
	att_token_drop(&push.token);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert(setrlimit(RLIMIT_FSIZE, &none) == 0);
	att_round_done(&last);
	att_push_round(&push, 0, &last);
	ck_assert(setrlimit(RLIMIT_FSIZE, &all) == 0);
	ck_assert(last.outcome == ATT_OUTCOME_TROUBLE);
	ck_assert(strstr(last.reason, "challenges") != NULL);
	SEEN(PROOF, 1);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
}
END_TEST

/* Evidence is kept for people, and worth no attestation. */
START_TEST(evidence_that_cannot_be_kept)
{
	AUTO(free) char *path = in_node("state/evidence.json");
	AUTO(free) char *dir = in_node("state");

	ck_assert(mkdir(dir, 0700) == 0 && mkdir(path, 0700) == 0);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert(last.standing == ATT_STANDING_PASS);
}
END_TEST

START_TEST(another_process_at_work)
{
	struct att_attester a = { 0 };

	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ok(att_attester_open(&config, 0, &a, err));
	round_ends(ATT_OUTCOME_EARLY, "another process");
	att_attester_close(&a);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
}
END_TEST

/* -- secrets ------------------------------------------------------------ */

START_TEST(k8_no_secret_is_logged)
{
	AUTO(free) char *path = in_node("log");
	AUTO_DONE(att_buf_done) struct att_buf log = ATT_BUF(1 << 20);
	AUTO_DONE(att_buf_done) struct att_buf secret = ATT_BUF(256);
	char tag[ATT_AUTH_TAG_LEN + 1];

	ck_assert(freopen(path, "w", stderr) != NULL);
	att_log_open("test", ATT_LOG_DEBUG);
	/* what goes wrong is worded by what came */
	say(ATT_STEP_ACTIVATE, 1, 400, NULL);
	say(ATT_STEP_OFFER, 1, 401, NULL);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	say(ATT_STEP_EVIDENCE, ALWAYS, 422, NULL);
	round_ends(ATT_OUTCOME_REFUSED, "");
	ck_assert(fflush(stderr) == 0 && node_read("log", &log));
	ck_assert_uint_gt(log.len, 0);
	ok(att_auth_tag(S(FAKE_SECRET), NODE_ID, tag, err));
	att_base64_put(&secret, S(FAKE_SECRET));
	ck_assert(memmem(log.data, log.len, FAKE_SECRET,
	    strlen(FAKE_SECRET)) == NULL);
	ck_assert(memmem(log.data, log.len, secret.data, secret.len) ==
	    NULL);
	ck_assert(memmem(log.data, log.len, tag, strlen(tag)) == NULL);
	ck_assert(memmem(log.data, log.len, fake.token,
	    strlen(fake.token)) == NULL);
}
END_TEST

int
main(void)
{
	TCase *t;
	Suite *s = push_suite("push hostile", &t);

	tcase_add_test(t, k4_session_ids);
	tcase_add_test(t, k8_no_secret_is_logged);
	tcase_add_test(t, k11_a_repeated_challenge);
	tcase_add_test(t, k11_a_ring_that_is_damaged);
	tcase_add_test(t, k15_unusable_challenges);
	tcase_add_test(t, k15_unusable_challenges_of_sessions);
	tcase_add_test(t, k16_subjects);
	tcase_add_test(t, k17_offsets_of_a_list_that_is_not_offered);
	tcase_add_test(t, k18_location);
	tcase_add_test(t, k19_seconds_to_next);
	tcase_add_test(t, k22_demands);
	tcase_add_test(t, k22_answers_beyond_their_bound);
	tcase_add_test(t, every_answer_beyond_its_bound);
	tcase_add_test(t, answers_of_another_world);
	tcase_add_test(t, k23_redirects);
	tcase_add_test(t, a_server_that_goes_away);
	tcase_add_test(t, a_server_with_another_certificate);
	tcase_add_test(t, a_ca_file_that_is_not_there);
	tcase_add_test(t, answers_that_are_cut);
	tcase_add_test(t, a_tpm_that_is_away_and_comes_back);
	tcase_add_test(t, a_tpm_that_lost_power);
	tcase_add_test(t, a_tpm_that_was_cleared);
	tcase_add_test(t, a_tpm_in_lockout);
	tcase_add_test(t, a_disk_that_is_full);
	tcase_add_test(t, evidence_that_cannot_be_kept);
	tcase_add_test(t, another_process_at_work);
	return run_suite(s);
}
