/* Outcomes: what each status means at each step, and how long is waited. */
#include "testlib.h"

#include <limits.h>

#include "agent/round.h"

#define URLS                                                                 \
	"registrar_urls: [https://127.0.0.1:1]\n"                            \
	"verifier_urls: [https://127.0.0.1:1]\n"

static struct att_agent_config config;

static void
start(void)
{
	ok(att_agent_config_parse("test", S(URLS "interval: 60s\n"
	    "interval_min: 5s\ninterval_max: 600s\nbackoff_min: 10s\n"
	    "backoff_max: 300s\nretry_after_max: 3600s\n"), &config, err));
}

static void
stop(void)
{
	att_agent_config_done(&config);
}

/* The answer to a step, as it ends a round. */
static enum att_outcome
answer(struct att_round *r, enum att_step step, unsigned status,
    const char *retry_after, const char *body)
{
	struct att_http_response resp = { .status = status,
		.body = ATT_BUF(4096) };
	enum att_outcome o;

	snprintf(resp.retry_after, sizeof(resp.retry_after), "%s",
	    retry_after);
	att_buf_str(&resp.body, body);
	o = att_round_status(r, step, &resp, &config);
	att_http_response_done(&resp);
	return o;
}

#define ERROR(code)                                                          \
	"{\"errors\":[{\"status\":\"4xx\",\"code\":\"" code "\","            \
	"\"detail\":\"words\"}]}"

static const struct {
	enum att_step step;
	unsigned status;
	const char *body;
	enum att_outcome want;
} table[] = {
	/* section 2 of the protocol: the registrar */
	{ ATT_STEP_VERSION, 200, "", ATT_OUTCOME_NONE },
	{ ATT_STEP_VERSION, 404, "", ATT_OUTCOME_AGAIN },
	{ ATT_STEP_VERSION, 410, "", ATT_OUTCOME_AGAIN },
	{ ATT_STEP_VERSION, 500, "", ATT_OUTCOME_LATER },
	{ ATT_STEP_REGISTER, 200, "", ATT_OUTCOME_NONE },
	{ ATT_STEP_REGISTER, 400, "", ATT_OUTCOME_REFUSED },
	{ ATT_STEP_REGISTER, 403, "", ATT_OUTCOME_CONFLICT },
	{ ATT_STEP_REGISTER, 500, "", ATT_OUTCOME_LATER },
	{ ATT_STEP_ACTIVATE, 200, "", ATT_OUTCOME_NONE },
	{ ATT_STEP_ACTIVATE, 400, "", ATT_OUTCOME_AGAIN },
	{ ATT_STEP_ACTIVATE, 404, "", ATT_OUTCOME_AGAIN },
	{ ATT_STEP_ACTIVATE, 403, "", ATT_OUTCOME_WAITING },
	{ ATT_STEP_ACTIVATE, 409, "", ATT_OUTCOME_CONFLICT },
	/* 3.1: sessions */
	{ ATT_STEP_SESSION, 200, "", ATT_OUTCOME_NONE },
	{ ATT_STEP_SESSION, 201, "", ATT_OUTCOME_NONE },
	{ ATT_STEP_SESSION, 202, "", ATT_OUTCOME_REFUSED },
	{ ATT_STEP_SESSION, 400, "", ATT_OUTCOME_REFUSED },
	{ ATT_STEP_SESSION, 429, "", ATT_OUTCOME_THROTTLED },
	{ ATT_STEP_PROOF, 200, "", ATT_OUTCOME_NONE },
	{ ATT_STEP_PROOF, 401, "", ATT_OUTCOME_TOKEN },
	{ ATT_STEP_PROOF, 400, "", ATT_OUTCOME_AGAIN },
	{ ATT_STEP_PROOF, 404, "", ATT_OUTCOME_AGAIN },
	{ ATT_STEP_PROOF, 500, "", ATT_OUTCOME_LATER },
	/* 3.5 */
	{ ATT_STEP_OFFER, 201, "", ATT_OUTCOME_NONE },
	{ ATT_STEP_OFFER, 200, "", ATT_OUTCOME_REFUSED },
	{ ATT_STEP_OFFER, 401, "", ATT_OUTCOME_TOKEN },
	{ ATT_STEP_OFFER, 403, "", ATT_OUTCOME_TOKEN },
	{ ATT_STEP_OFFER, 404, "", ATT_OUTCOME_WAITING },
	{ ATT_STEP_OFFER, 409, ERROR("conflict"), ATT_OUTCOME_AGAIN },
	{ ATT_STEP_OFFER, 415, "", ATT_OUTCOME_REFUSED },
	{ ATT_STEP_OFFER, 422, ERROR("invalid_resource_data"),
	    ATT_OUTCOME_REFUSED },
	{ ATT_STEP_OFFER, 429, ERROR("premature_attestation"),
	    ATT_OUTCOME_EARLY },
	{ ATT_STEP_OFFER, 429, "", ATT_OUTCOME_THROTTLED },
	{ ATT_STEP_OFFER, 503, ERROR("verification_in_progress"),
	    ATT_OUTCOME_EARLY },
	{ ATT_STEP_OFFER, 503, "", ATT_OUTCOME_LATER },
	{ ATT_STEP_EVIDENCE, 202, "", ATT_OUTCOME_NONE },
	{ ATT_STEP_EVIDENCE, 200, "", ATT_OUTCOME_REFUSED },
	{ ATT_STEP_EVIDENCE, 403, ERROR("old_attestation"),
	    ATT_OUTCOME_AGAIN },
	{ ATT_STEP_EVIDENCE, 403, ERROR("evidence_immutable"),
	    ATT_OUTCOME_AGAIN },
	{ ATT_STEP_EVIDENCE, 403, ERROR("challenges_expired"),
	    ATT_OUTCOME_AGAIN },
	{ ATT_STEP_EVIDENCE, 403, ERROR("other"), ATT_OUTCOME_TOKEN },
	{ ATT_STEP_EVIDENCE, 401, "", ATT_OUTCOME_TOKEN },
	{ ATT_STEP_EVIDENCE, 404, "", ATT_OUTCOME_WAITING },
	{ ATT_STEP_EVIDENCE, 422, "", ATT_OUTCOME_REFUSED },
	{ ATT_STEP_EVIDENCE, 500, "", ATT_OUTCOME_LATER },
	{ ATT_STEP_STATUS, 200, "", ATT_OUTCOME_NONE },
	{ ATT_STEP_STATUS, 403, "", ATT_OUTCOME_TOKEN },
	/* K23: whoever is there is not asked */
	{ ATT_STEP_OFFER, 301, "", ATT_OUTCOME_LATER },
	{ ATT_STEP_OFFER, 307, "", ATT_OUTCOME_LATER },
	{ ATT_STEP_SESSION, 308, "", ATT_OUTCOME_LATER },
};

START_TEST(every_status_of_the_table)
{
	for (size_t i = 0; i < ATT_COUNT(table); i++) {
		AUTO_DONE(att_round_done) struct att_round r = { 0 };
		enum att_outcome o = answer(&r, table[i].step,
		    table[i].status, "", table[i].body);

		ck_assert_msg(o == table[i].want,
		    "row %zu (step %d, status %u): %s, wanted %s", i,
		    table[i].step, table[i].status, att_outcome_name(o),
		    att_outcome_name(table[i].want));
		/* what is tried again, or is no end, ends nothing */
		ck_assert(r.outcome == (o == ATT_OUTCOME_AGAIN ||
		    o == ATT_OUTCOME_TOKEN ? ATT_OUTCOME_NONE : o));
		ck_assert((r.outcome == ATT_OUTCOME_NONE) ==
		    (r.reason[0] == '\0'));
	}
}
END_TEST

/* No status, known or not, is good by accident or left without an end. */
START_TEST(every_status_at_every_step)
{
	static const char *const bodies[] = { "", "{", "[]", "null",
		"<html>", ERROR("premature_attestation") };

	for (unsigned status = 200; status < 600; status++)
		for (unsigned step = 0; step < ATT_STEP_COUNT; step++)
			for (size_t i = 0; i < ATT_COUNT(bodies); i++) {
				AUTO_DONE(att_round_done)
				struct att_round r = { 0 };
				enum att_outcome o = answer(&r, step, status,
				    "", bodies[i]);

				ck_assert(o != ATT_OUTCOME_ACCEPTED);
				ck_assert(o != ATT_OUTCOME_NONE ||
				    status <= 202);
			}
}
END_TEST

START_TEST(reasons_are_clean_and_say_where)
{
	AUTO_DONE(att_round_done) struct att_round r = { 0 };

	(void)answer(&r, ATT_STEP_OFFER, 422, "",
	    "{\"errors\":[{\"status\":\"422\",\"detail\":\"\\u001b[31mno\\n\","
	    "\"source\":{\"pointer\":\"/data/attributes/x\"}}]}");
	ck_assert(strstr(r.reason, "negotiation: status 422: ") == r.reason);
	ck_assert(strstr(r.reason, "/data/attributes/x") != NULL);
	ck_assert(strchr(r.reason, 033) == NULL &&
	    strchr(r.reason, '\n') == NULL);
	/* the first end counts */
	ck_assert(att_round_end(&r, ATT_OUTCOME_LATER, "other") ==
	    ATT_OUTCOME_REFUSED);
	ck_assert(strstr(r.reason, "other") == NULL);
}
END_TEST

START_TEST(long_reasons_are_cut)
{
	AUTO_DONE(att_round_done) struct att_round r = { 0 };
	char text[2000];

	memset(text, '\033', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)att_round_end(&r, ATT_OUTCOME_LATER, "%s", text);
	ck_assert_uint_eq(strlen(r.reason), ATT_ROUND_TEXT_MAX);
	ck_assert(strchr(r.reason, 033) == NULL);
}
END_TEST

/* The least and the most that is ever waited. */
static void
waits(const struct att_round *r, unsigned failures, uint64_t low_s,
    uint64_t high_s)
{
	uint64_t low = UINT64_MAX, high = 0;

	for (uint64_t n = 0; n < 4000; n++) {
		uint64_t w = att_round_wait(r, &config, failures,
		    n * 0x9e3779b97f4a7c15u);

		low = ATT_MIN(low, w);
		high = w > high ? w : high;
	}
	ck_assert_msg(low >= low_s * 1000 && high <= high_s * 1000,
	    "%s: %ju to %ju ms, wanted %ju to %ju s",
	    att_outcome_name(r->outcome), (uintmax_t)low, (uintmax_t)high,
	    (uintmax_t)low_s, (uintmax_t)high_s);
	/* and all of that range is used: there is jitter */
	if (high_s > low_s)
		ck_assert(high - low > (high_s - low_s) * 900);
}

START_TEST(the_reason_is_that_of_the_worst_finding)
{
	struct att_round r = { .outcome = ATT_OUTCOME_ACCEPTED,
		.standing = ATT_STANDING_FAIL };

	ck_assert_str_eq(att_round_reason(&r), "");
	r.verdict = json_pack("{s:[{s:s},{s:s}]}", "findings", "text",
	    "first", "text", "second");
	ck_assert_ptr_nonnull(r.verdict);
	ck_assert_str_eq(att_round_reason(&r), "first");
	r.standing = ATT_STANDING_PASS;
	ck_assert_str_eq(att_round_reason(&r), "");
	r.outcome = ATT_OUTCOME_LATER;
	(void)snprintf(r.reason, sizeof(r.reason), "no server");
	ck_assert_str_eq(att_round_reason(&r), "no server");
	att_round_done(&r);
}
END_TEST

START_TEST(each_outcome_waits)
{
	struct att_round r = { .outcome = ATT_OUTCOME_ACCEPTED };

	waits(&r, 0, 60, 66);
	r.wait = 50;
	waits(&r, 0, 50, 55);
	r.wait = 600;
	waits(&r, 0, 600, 600);
	r.wait = 0;
	r.outcome = ATT_OUTCOME_WAITING;
	waits(&r, 50, 60, 90);
	r.outcome = ATT_OUTCOME_NO_POLICY;
	waits(&r, 50, 60, 90);
	r.outcome = ATT_OUTCOME_CONFLICT;
	waits(&r, 1, 300, 600);
	r.outcome = ATT_OUTCOME_LATER;
	waits(&r, 1, 10, 20);
	waits(&r, 2, 10, 40);
	waits(&r, 3, 10, 80);
	waits(&r, 5, 10, 300);
	waits(&r, UINT_MAX, 10, 300);
	r.outcome = ATT_OUTCOME_TROUBLE;
	waits(&r, 1, 10, 20);
	r.outcome = ATT_OUTCOME_REFUSED;
	waits(&r, 1, 60, 90);
	waits(&r, 99, 60, 300);
	r.outcome = ATT_OUTCOME_THROTTLED;
	waits(&r, 1, 10, 20);
	r.wait = 60;
	waits(&r, 1, 60, 120);
	r.wait = 3600;
	waits(&r, 1, 3600, 7200);
	r.outcome = ATT_OUTCOME_LATER;
	waits(&r, 1, 3600, 3605);
	r.outcome = ATT_OUTCOME_EARLY;
	r.wait = 4;
	waits(&r, 1, 4, 5);
}
END_TEST

/* K14, K20: what a server orders, however it words it. */
START_TEST(k20_ordered_waits_are_bounded)
{
	static const struct {
		const char *text;
		int64_t want;
	} cases[] = { { "59", 59 }, { "3600", 3600 }, { "3601", 3600 },
		{ "1000000000000", 3600 }, { "0", 0 }, { "-1", 0 },
		{ "soon", 0 }, { "", 0 }, { "59, 59", 0 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 0 },
		{ "Sun, 06 Nov 2094 08:49:37 GMT", 3600 } };

	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		AUTO_DONE(att_round_done) struct att_round r = { 0 };

		ck_assert(answer(&r, ATT_STEP_SESSION, 429, cases[i].text,
		    "") == ATT_OUTCOME_THROTTLED);
		ck_assert_int_eq(r.wait, cases[i].want);
		ck_assert(att_round_wait(&r, &config, 1, 0) >= 10000);
	}
}
END_TEST

/* A date is one of the server's clock, whatever ours says. */
START_TEST(k20_dates_by_the_clock_of_the_server)
{
	static const struct {
		const char *date, *retry_after;
		int64_t want;
	} cases[] = {
		{ "Sun, 06 Nov 1994 08:49:37 GMT",
		    "Sun, 06 Nov 1994 08:51:37 GMT", 120 },
		{ "Sun, 06 Nov 2094 08:49:37 GMT",
		    "Sun, 06 Nov 1994 08:51:37 GMT", 0 },
		{ "Sun, 06 Nov 2094 08:49:37 GMT",
		    "Sun, 06 Nov 2094 08:49:47 GMT", 10 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT",
		    "Sun, 06 Nov 2094 08:51:37 GMT", 3600 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", "59", 59 },
		{ "soon", "Sun, 06 Nov 1994 08:51:37 GMT", 0 },
		{ "", "Sun, 06 Nov 2094 08:51:37 GMT", 3600 } };

	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		struct att_http_response resp = { .status = 429 };
		struct att_round r = { 0 };

		snprintf(resp.date, sizeof(resp.date), "%s", cases[i].date);
		snprintf(resp.retry_after, sizeof(resp.retry_after), "%s",
		    cases[i].retry_after);
		ck_assert(att_round_status(&r, ATT_STEP_SESSION, &resp,
		    &config) == ATT_OUTCOME_THROTTLED);
		ck_assert_msg(r.wait == cases[i].want, "%zu: %jd", i,
		    (intmax_t)r.wait);
		att_round_done(&r);
	}
}
END_TEST

START_TEST(names_are_of_each_outcome)
{
	for (unsigned i = 0; i < ATT_OUTCOME_COUNT; i++) {
		ck_assert(att_outcome_name(i) != NULL &&
		    att_outcome_advice(i) != NULL);
		for (unsigned k = 0; k < i && i < ATT_OUTCOME_AGAIN; k++)
			ck_assert_str_ne(att_outcome_name(i),
			    att_outcome_name(k));
	}
	/* what says nothing about the node, and what does */
	ck_assert(att_outcome_keeps_verdict(ATT_OUTCOME_LATER));
	ck_assert(att_outcome_keeps_verdict(ATT_OUTCOME_THROTTLED));
	ck_assert(!att_outcome_keeps_verdict(ATT_OUTCOME_REFUSED));
	ck_assert(!att_outcome_keeps_verdict(ATT_OUTCOME_WAITING));
	ck_assert(!att_outcome_keeps_verdict(ATT_OUTCOME_CONFLICT));
	ck_assert(!att_outcome_keeps_verdict(ATT_OUTCOME_TROUBLE));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("round");
	TCase *t = tcase_create("round");

	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, every_status_of_the_table);
	tcase_add_test(t, every_status_at_every_step);
	tcase_add_test(t, reasons_are_clean_and_say_where);
	tcase_add_test(t, long_reasons_are_cut);
	tcase_add_test(t, the_reason_is_that_of_the_worst_finding);
	tcase_add_test(t, each_outcome_waits);
	tcase_add_test(t, k20_ordered_waits_are_bounded);
	tcase_add_test(t, k20_dates_by_the_clock_of_the_server);
	tcase_add_test(t, names_are_of_each_outcome);
	suite_add_tcase(s, t);
	return run_suite(s);
}
