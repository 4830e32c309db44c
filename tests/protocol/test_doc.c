/* docs/PROTOCOL-push.txt: its examples parse, its limits are those in force. */
#include "change.h"

#include "base/file.h"
#include "protocol/problem.h"
#include "protocol/registration.h"
#include "protocol/session.h"
#include "protocol/status.h"
#include "protocol/subject_data.h"
#include "protocol/submission.h"

#define DOC "docs/PROTOCOL-push.txt"

static char *
doc(void)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);

	ok(att_file_read(DOC, &b, err));
	return att_buf_take_str(&b);
}

/* The indented lines below "Example NAME:", up to an empty one. */
static char *
example(const char *name)
{
	AUTO(free) char *text = doc();
	char head[64], *at, *end;

	(void)snprintf(head, sizeof(head), "\nExample %s:\n", name);
	at = strstr(text, head);
	ck_assert_msg(at != NULL, DOC " has no example %s", name);
	at += strlen(head);
	end = strstr(at, "\n\n");
	ck_assert_ptr_nonnull(end);
	return strndup(at, (size_t)(end - at));
}

START_TEST(registrar)
{
	AUTO(free) char *request = example("register");
	AUTO(free) char *answer = example("registered");
	AUTO(free) char *activate = example("activate");
	struct att_register_request r = { 0 };
	struct att_register_answer a = { 0 };
	struct att_credential_blob b;
	char tag[ATT_AUTH_TAG_LEN + 1], want[ATT_AUTH_TAG_LEN + 1];

	ok(att_register_request_parse(S(request), &r, NULL, err));
	att_register_request_done(&r);
	ok(att_register_answer_parse(S(answer), &a, err));
	ok(att_credential_blob_parse(a.blob, &b, err));
	att_register_answer_done(&a);
	ok(att_activate_request_parse(S(activate), tag, NULL, err));
	ok(att_auth_tag(S("0123456789abcdefghijklmnopqrstuv"), "node-1", want,
	    err));
	ck_assert_str_eq(tag, want);
}
END_TEST

START_TEST(session)
{
	AUTO(free) char *open = example("session");
	AUTO(free) char *challenge = example("session-challenge");
	AUTO(free) char *proof = example("session-proof");
	AUTO(free) char *grant = example("session-grant");
	struct att_session_challenge c;
	struct att_session_proof p = { 0 };
	struct att_session_grant g;
	char id[ATT_AGENT_ID_MAX + 1];

	ok(att_session_open_parse(S(open), id, NULL, err));
	ok(att_session_challenge_parse(S(challenge), id, &c, err));
	ok(att_session_proof_parse(S(proof), &p, NULL, err));
	ck_assert_str_eq(p.session_id, c.session_id);
	att_session_proof_done(&p);
	ok(att_session_grant_parse(S(grant), &g, err));
	ck_assert(g.pass);
}
END_TEST

/* The values that the example of evidence leaves out, as a JSON text. */
static char *
subject_data(const struct att_pcr_select *select)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_SUBJECT_DATA_MAX);
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_pcrs p = { 0 };
	uint8_t v[32] = { 1 };

	for (unsigned i = 0; i < ATT_PCR_COUNT; i++)
		ok(att_pcrs_set(&p, ATT_ALG_SHA256, i, (struct att_slice){ v,
			   sizeof(v) }, err));
	ok(att_subject_data_encode(&p, select, &b, err));
	j = att_json_base64_of(att_buf_view(&b));
	return json_dumps(j, JSON_ENCODE_ANY);
}

START_TEST(attestation)
{
	AUTO(free) char *offer = example("offer");
	AUTO(free) char *demand = example("demand");
	AUTO(free) char *bare = example("evidence");
	AUTO(free) char *values = NULL;
	AUTO(free) char *evidence = NULL;
	struct att_submission s = { 0 };
	struct att_offer o = { 0 };
	struct att_demand d;

	ok(att_offer_parse(S(offer), &o, NULL, err));
	ck_assert(o.can_bind);
	ck_assert_int_eq(o.item[ATT_ITEM_USERSPACE_LOG].state,
	    ATT_ITEM_UNREADABLE);
	ok(att_demand_parse(S(demand), &o, &d, err));
	ck_assert(d.bound);
	values = subject_data(&d.select);
	evidence = changed(bare,
	    "/data/attributes/evidence_collected/0/data/subject_data",
	    values);
	ok(att_submission_parse(S(evidence), &o, &d, &s, NULL, err));
	att_submission_done(&s);
	att_offer_done(&o);
}
END_TEST

#define ATTRIBUTES "/data/attributes"

/* What of section 6 changes demand and evidence of section 4. */
START_TEST(by_digest)
{
	AUTO(free) char *offer = example("offer");
	AUTO(free) char *whole_demand = example("demand");
	AUTO(free) char *whole = example("evidence");
	AUTO(free) char *held = example("held");
	AUTO(free) char *digest = example("by-digest");
	AUTO(free) char *demand = changed(whole_demand,
	    ATTRIBUTES "/evidence_requested/1", held);
	AUTO(free) char *bare = changed(whole,
	    ATTRIBUTES "/evidence_collected/1", digest);
	AUTO(free) char *values = NULL;
	AUTO(free) char *evidence = NULL;
	struct att_submission s = { 0 };
	struct att_offer o = { 0 };
	struct att_digest log;
	struct att_demand d;

	ok(att_offer_parse(S(offer), &o, NULL, err));
	ok(att_demand_parse(S(demand), &o, &d, err));
	values = subject_data(&d.select);
	evidence = changed(bare,
	    ATTRIBUTES "/evidence_collected/0/data/subject_data", values);
	ok(att_submission_parse(S(evidence), &o, &d, &s, NULL, err));
	/* of the log that the example of evidence has */
	ok(att_digest_of(ATT_ALG_SHA256,
	    (struct att_slice){ (const uint8_t[4]){ 0 }, 4 }, &log, err));
	ck_assert(att_digest_equal(&s.held[ATT_ITEM_UEFI_LOG], &log));
	att_submission_done(&s);
	att_offer_done(&o);
}
END_TEST

START_TEST(status_and_problem)
{
	AUTO(free) char *status = example("status");
	AUTO(free) char *problem = example("problem");
	struct att_agent_status s = { 0 };
	struct att_problem p;

	ok(att_agent_status_parse(S(status), &s, err));
	ck_assert_int_eq(s.standing, ATT_STANDING_PASS);
	ck_assert_int_eq(s.period_max, 1500);
	ck_assert_ptr_nonnull(s.findings);
	att_agent_status_done(&s);
	att_problem_parse(S(problem), &p);
	ck_assert_str_eq(p.code, "invalid_resource_data");
	ck_assert_str_ne(p.pointer, "");
}
END_TEST

START_TEST(limits)
{
	static const struct {
		const char *what;
		unsigned long value;
		const char *unit;
	} rows[] = {
		{ "message without evidence", ATT_MESSAGE_MAX, " bytes" },
		{ "message with evidence", ATT_SUBMISSION_MAX, " bytes" },
		{ "one item of evidence", ATT_ITEM_MAX, " bytes" },
		{ "message, signature of a quote", ATT_QUOTE_PART_MAX,
		    " bytes" },
		{ "message, signature of a proof", ATT_PROOF_PART_MAX,
		    " bytes" },
		{ "ek_tpm, aik_tpm", ATT_REGISTER_PUBLIC_MAX, " bytes" },
		{ "ekcert", ATT_REGISTER_CERT_MAX, " bytes" },
		{ "credential blob", ATT_CREDENTIAL_BLOB_MAX, " bytes" },
		{ "token", ATT_TOKEN_MAX, " bytes" },
		{ "agent id", ATT_AGENT_ID_MAX, " bytes" },
		{ "session id", ATT_SESSION_ID_MAX, " bytes" },
		{ "entries of evidence_supported", ATT_OFFER_ENTRIES_MAX, "" },
		{ "entries of evidence_requested", ATT_DEMAND_ENTRIES_MAX,
		    "" },
		{ "keys", ATT_OFFER_KEYS_MAX, "" },
	};
	AUTO(free) char *text = doc();
	const char *at = strstr(text, "\n7. Limits\n");
	size_t lines = 0;

	ck_assert_ptr_nonnull(at);
	for (size_t i = 0; i < ATT_COUNT(rows); i++) {
		char line[128];

		(void)snprintf(line, sizeof(line), "\n    %-32s%lu%s\n",
		    rows[i].what, rows[i].value, rows[i].unit);
		ck_assert_msg(strstr(at, line) != NULL, DOC " lacks%s", line);
	}
	for (; (at = strstr(at, "\n    ")) != NULL; at++)
		lines++;
	ck_assert_uint_eq(lines, ATT_COUNT(rows));
}
END_TEST

/* The table of formats. */
START_TEST(formats)
{
	AUTO(free) char *text = doc();

	for (unsigned i = 0; i < ATT_ITEM_COUNT; i++) {
		char line[128];

		(void)snprintf(line, sizeof(line), "\n    %-18s%s ",
		    att_item_name((enum att_item)i),
		    att_offer_format((enum att_item)i));
		ck_assert_msg(strstr(text, line) != NULL, DOC " lacks%s",
		    line);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("protocol document");
	TCase *t = tcase_create("document");

	tcase_add_test(t, registrar);
	tcase_add_test(t, session);
	tcase_add_test(t, attestation);
	tcase_add_test(t, by_digest);
	tcase_add_test(t, status_and_problem);
	tcase_add_test(t, limits);
	tcase_add_test(t, formats);
	suite_add_tcase(s, t);
	return run_suite(s);
}
