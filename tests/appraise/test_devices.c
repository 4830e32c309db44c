#include "tests/appraise/softdevices.h"

#include "appraise/devices.h"

static const uint8_t then[32] = { 1, 2, 3 }, now_[32] = { 4, 5, 6 };

/* Two devices, what is known, and the appraisal of their report. */
struct scene {
	struct softdevices s;
	struct att_buf report, values;
	struct att_spdm_ref *ref;
	const struct att_spdm_ref *refs[2];
	struct att_challenge_given given;
	struct att_device_known known[2];
	struct att_devices_basis basis;
	struct att_quote_state quote;
	struct att_platform platform;
	struct att_devices_case c;
	struct att_devices_judged out, before;
	size_t findings;
	struct att_finding finding[16];
};
static struct scene t;

static void
values(const char *globs)
{
	att_spdm_ref_free(t.ref);
	t.ref = NULL;
	softdevices_values(&t.s, "gpu", "{\"vendor\":[\"V\"]}", globs,
	    &t.values);
	ok(att_spdm_ref_parse(att_buf_view(&t.values), &t.ref, err));
	t.refs[0] = t.ref;
}

static void
setup(void)
{
	t = (struct scene){ .report = ATT_BUF(1u << 20),
		.values = ATT_BUF(1u << 20),
		.given = { .challenge = { then, sizeof(then) },
		    .at = DEV_NOW - 60, .reset_count = 5,
		    .restart_count = 1 },
		.quote = { .known = true, .reset_count = 5,
		    .restart_count = 1 },
		.platform = { "V", "P", NULL } };
	softdevices_make(&t.s, 2);
	values("[\"GPU_*\"]");
	t.basis = (struct att_devices_basis){ .ref = t.refs, .refs = 1,
		.known = t.known, .given = &t.given, .max_age = 600 };
	t.c = (struct att_devices_case){
		.challenge = { now_, sizeof(now_) }, .quote = &t.quote,
		.platform = &t.platform, .basis = &t.basis,
		.hasher = att_hasher_new(), .now = DEV_NOW };
}

static void
teardown(void)
{
	att_devices_judged_done(&t.out);
	att_devices_judged_done(&t.before);
	att_hasher_free(t.c.hasher);
	att_spdm_ref_free(t.ref);
	att_buf_done(&t.report);
	att_buf_done(&t.values);
	softdevices_done(&t.s);
}

static void
note(void *arg ATT_UNUSED, const struct att_finding *f)
{
	if (t.findings < ATT_COUNT(t.finding))
		t.finding[t.findings] = *f;
	t.findings++;
}

static void
judge_text(void)
{
	att_devices_judged_done(&t.out);
	t.findings = 0;
	ok(att_devices_judge(&t.c, note, NULL, &t.out, err));
}

static void
judge(void)
{
	softdevices_report(&t.s, (struct att_slice){ then, sizeof(then) },
	    &t.report);
	t.c.text = att_buf_view(&t.report);
	judge_text();
}

/* It does not hold, for this reason alone, which names this. */
static void
refuses(enum att_finding_code code, const char *word)
{
	char text[ATT_FINDING_TEXT_MAX + 1] = "";

	judge();
	if (t.findings > 0)
		att_finding_text(&t.finding[0], text);
	ck_assert_msg(t.findings == 1 && t.finding[0].code == code &&
	    strstr(text, word) != NULL, "%zu findings, %s: %s", t.findings,
	    t.findings > 0 ? att_finding_name(t.finding[0].code) : "-",
	    text);
	ck_assert(!t.out.holds);
}

/* The enrolled ones are those that answered. */
static void
enrol(void)
{
	judge();
	ck_assert(t.out.holds);
	att_devices_judged_done(&t.before);
	t.before = t.out;
	t.out = (struct att_devices_judged){ 0 };
	for (size_t i = 0; i < t.before.rows; i++) {
		const struct att_spdm_result *is = &t.before.row[i].result;

		t.known[i] = (struct att_device_known){
			t.before.row[i].component,
			{ is->issuer, is->serial, is->security_version } };
	}
	t.basis.knowns = t.before.rows;
}

START_TEST(good_devices)
{
	judge();
	ck_assert_uint_eq(t.findings, 0);
	ck_assert(t.out.holds);
	ck_assert_uint_eq(t.out.rows, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct att_device_row *row = &t.out.row[i];

		ck_assert_str_eq(row->component, t.s.dev[i].name);
		ck_assert(row->covered && !row->other);
		ck_assert(row->result.authentic && row->result.expected);
		ck_assert_uint_eq(row->result.security_version, 7);
		ck_assert_str_eq(row->result.reference, "gpu");
	}
	ck_assert_str_ne(t.out.row[0].result.serial,
	    t.out.row[1].result.serial);
	/* and the next time, when they are known */
	enrol();
	judge();
	ck_assert(t.out.holds && t.findings == 0);
}
END_TEST

/* -- the challenge --------------------------------------------------------- */

START_TEST(of_no_challenge_that_was_given)
{
	t.basis.given = NULL;
	refuses(ATT_F_SPDM_CHALLENGE, "not given");
	t.basis.given = &t.given;
	t.given.challenge.data = now_;
	refuses(ATT_F_SPDM_CHALLENGE, "not given");
	t.given.challenge = (struct att_slice){ then, sizeof(then) - 1 };
	refuses(ATT_F_SPDM_CHALLENGE, "not given");
}
END_TEST

START_TEST(of_this_very_challenge)
{
	t.basis.given = NULL;
	t.c.challenge.data = then;
	judge();
	ck_assert(t.out.holds && t.findings == 0);
}
END_TEST

START_TEST(of_an_earlier_boot)
{
	t.quote.reset_count++;
	refuses(ATT_F_SPDM_STALE, "started");
	t.quote.reset_count--;
	t.quote.restart_count++;
	refuses(ATT_F_SPDM_STALE, "started");
}
END_TEST

START_TEST(of_long_ago)
{
	t.given.at = DEV_NOW - 600;
	judge();
	ck_assert(t.out.holds);
	t.given.at--;
	refuses(ATT_F_SPDM_STALE, "601 s ago, at most 600");
	t.given.at = DEV_NOW + 1;
	refuses(ATT_F_SPDM_STALE, "-1 s ago");
}
END_TEST

/* Its name is in its nonce: one cannot answer for another. */
START_TEST(of_another_component)
{
	t.s.dev[1].nonce_of = "GPU_0";
	refuses(ATT_F_SPDM_NONCE, "GPU_1");
	ck_assert(t.out.row[0].result.expected);
}
END_TEST

START_TEST(each_byte_of_a_transcript)
{
	size_t len;

	judge();
	ck_assert(t.out.holds);
	{
		AUTO(att_spdm_evidence_free) struct att_spdm_evidence *e =
		    NULL;

		ok(att_spdm_evidence_parse(t.c.text, &e, err));
		len = e->device[1].transcript.len;
	}
	for (size_t i = 1; i <= len; i++) {
		t.s.dev[1].flip = i;
		judge();
		ck_assert_msg(!t.out.holds && t.findings == 1, "byte %zu", i);
		ck_assert(!t.out.row[1].result.authentic);
	}
}
END_TEST

START_TEST(each_cut_of_the_document)
{
	judge();
	for (size_t n = 0; n < t.report.len; n += 7) {
		t.c.text = (struct att_slice){ t.report.data, n };
		judge_text();
		ck_assert(!t.out.holds && t.findings == 1);
		ck_assert_int_eq(t.finding[0].code, ATT_F_SPDM_MALFORMED);
	}
}
END_TEST

/* -- which device ---------------------------------------------------------- */

START_TEST(another_device_in_a_place)
{
	enrol();
	softdevice_make(&t.s, &t.s.dev[1]);
	refuses(ATT_F_SPDM_OTHER_DEVICE, "GPU_1");
	ck_assert(t.out.row[1].other && !t.out.row[1].result.authentic &&
	    !t.out.row[1].result.expected);
	ck_assert_str_ne(t.out.row[1].result.serial,
	    t.known[1].known.serial);
	/* one that no maker vouches for is none to be accepted */
	EVP_PKEY_free(t.s.dev[1].key);
	t.s.dev[1].key = EVP_EC_gen("P-256");
	judge();
	ck_assert(!t.out.holds && !t.out.row[1].other);
}
END_TEST

START_TEST(one_device_in_two_places)
{
	t.s.dev[1].by = &t.s.dev[0];
	refuses(ATT_F_SPDM_TWIN, "GPU_1");
	ck_assert(t.out.row[0].twin && t.out.row[1].twin);
}
END_TEST

/* What a verifier knows of other nodes. */
static int
elsewhere(void *arg, const char *issuer ATT_UNUSED, const char *serial,
    char ret[static ATT_DEVICE_NODE_MAX + 1], struct att_err *err)
{
	if (arg == NULL)
		return att_err_set(err, ATT_E_DB, "no store");
	(void)snprintf(ret, ATT_DEVICE_NODE_MAX + 1, "n2");
	return strcmp(serial, arg) == 0;
}

START_TEST(a_device_of_another_node)
{
	char serial[ATT_CERT_NAME_MAX + 1];
	struct att_devices_judged out;
	struct att_err err = { 0 };

	judge();
	memcpy(serial, t.out.row[1].result.serial, sizeof(serial));
	t.basis.elsewhere = elsewhere;
	t.basis.arg = serial;
	refuses(ATT_F_SPDM_ELSEWHERE, "GPU_1");
	ck_assert(!t.out.row[0].twin && t.out.row[1].twin);
	ck_assert_str_eq(t.finding[0].what, "n2");
	/* who does not know is not told that it is fine */
	t.basis.arg = NULL;
	ck_assert_int_eq(att_devices_judge(&t.c, note, NULL, &out, &err),
	    ATT_E_DB);
}
END_TEST

START_TEST(older_firmware_than_seen)
{
	enrol();
	t.s.dev[0].security_version = 6;
	refuses(ATT_F_SPDM_DOWNGRADE, "from 7 to 6");
	t.s.dev[0].security_version = 8;
	judge();
	ck_assert(t.out.holds);
}
END_TEST

START_TEST(other_firmware)
{
	t.s.dev[0].firmware = 0x23;
	refuses(ATT_F_SPDM_MEASUREMENT, "GPU_0");
	ck_assert(t.out.row[0].result.authentic);
	t.s.dev[0].firmware = 0x22;
	t.s.dev[0].security_version = 4;
	refuses(ATT_F_SPDM_SECURITY_VERSION, "at least 5");
}
END_TEST

/* -- which are there ------------------------------------------------------- */

START_TEST(one_that_did_not_answer)
{
	t.s.dev[1].failed = "the BMC gave up";
	refuses(ATT_F_SPDM_DEVICE_MISSING, "GPU_1 did not sign its "
	    "measurements: the BMC gave up");
}
END_TEST

START_TEST(one_that_a_document_names)
{
	values("[\"GPU_0\",\"GPU_1\"]");
	t.s.dev[1].left_out = true;
	refuses(ATT_F_SPDM_DEVICE_MISSING, "GPU_1");
	/* once, where two documents name it */
	t.refs[1] = t.ref;
	t.basis.refs = 2;
	refuses(ATT_F_SPDM_DEVICE_MISSING, "GPU_1");
}
END_TEST

START_TEST(one_that_was_enrolled)
{
	t.s.dev[1].left_out = true;
	judge();
	ck_assert(t.out.holds);
	t.s.dev[1].left_out = false;
	enrol();
	t.s.dev[1].left_out = true;
	refuses(ATT_F_SPDM_DEVICE_MISSING, "GPU_1");
	/* which no document is for any more */
	values("[\"GPU_0\"]");
	judge();
	ck_assert(t.out.holds && t.findings == 0);
}
END_TEST

START_TEST(none_at_all)
{
	t.s.dev[0].left_out = t.s.dev[1].left_out = true;
	refuses(ATT_F_SPDM_DEVICE_MISSING, "GPU_*");
	t.basis.refs = 0;
	judge();
	ck_assert(!t.out.holds);
}
END_TEST

/* What nobody wrote values for is told, and what is covered still counts. */
START_TEST(one_that_no_document_is_for)
{
	values("[\"GPU_0\"]");
	judge();
	ck_assert(t.out.holds);
	ck_assert_uint_eq(t.findings, 1);
	ck_assert_int_eq(t.finding[0].code, ATT_F_SPDM_NO_REFERENCE);
	ck_assert_int_eq(t.finding[0].severity, ATT_SEVERITY_WARN);
	ck_assert(!t.out.row[1].covered && !t.out.row[1].result.authentic);
}
END_TEST

/* What nobody renewed lets no node off. */
START_TEST(values_whose_time_is_over)
{
	AUTO(att_json_decref) json_t *j = NULL;

	ok(att_json_parse(att_buf_view(&t.values), 1u << 16, &j, err));
	ck_assert(json_object_set_new(j, "valid_until",
	    json_string("2027-01-15T07:59:59Z")) == 0);
	att_spdm_ref_free(t.ref);
	att_buf_reset(&t.values);
	ok(att_json_write(j, &t.values, err));
	ok(att_spdm_ref_parse(att_buf_view(&t.values), &t.ref, err));
	t.refs[0] = t.ref;
	ck_assert(att_devices_wanted(&t.basis, &t.platform, DEV_NOW));
	judge();
	ck_assert(!t.out.holds);
	ck_assert_uint_eq(t.findings, 3);
	ck_assert_int_eq(t.finding[2].code, ATT_F_REFERENCE_EXPIRED);
	ck_assert_str_eq(t.finding[2].what, "gpu");
	t.c.now--;
	judge();
	ck_assert(t.out.holds && t.findings == 0);
}
END_TEST

/* One of two documents is valid still, and says nothing of a component. */
START_TEST(values_of_one_component_whose_time_is_over)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(1u << 20);
	AUTO(att_spdm_ref_free) struct att_spdm_ref *old = NULL;
	AUTO(att_json_decref) json_t *j = NULL;

	softdevices_values(&t.s, "old", "{\"vendor\":[\"V\"]}",
	    "[\"GPU_1\"]", &text);
	ok(att_json_parse(att_buf_view(&text), 1u << 16, &j, err));
	ck_assert(json_object_set_new(j, "valid_until",
	    json_string("2027-01-15T07:59:59Z")) == 0);
	att_buf_reset(&text);
	ok(att_json_write(j, &text, err));
	ok(att_spdm_ref_parse(att_buf_view(&text), &old, err));
	t.refs[1] = old;
	t.basis.refs = 2;
	/* while the other one is for both, nothing is amiss */
	judge();
	ck_assert(t.out.holds && t.findings == 0);
	values("[\"GPU_0\"]");
	judge();
	ck_assert(!t.out.holds);
	ck_assert_uint_eq(t.findings, 2);
	ck_assert_int_eq(t.finding[1].code, ATT_F_REFERENCE_EXPIRED);
	ck_assert_int_eq(t.finding[1].severity, ATT_SEVERITY_FAIL);
	ck_assert_str_eq(t.finding[1].what, "old");
	t.c.now--;
	judge();
	ck_assert(t.out.holds && t.findings == 0);
}
END_TEST

START_TEST(of_another_platform)
{
	t.platform.vendor = "W";
	judge();
	ck_assert(!t.out.holds);
	ck_assert(!att_devices_wanted(&t.basis, &t.platform, DEV_NOW));
	t.platform.vendor = "V";
	ck_assert(att_devices_wanted(&t.basis, &t.platform, DEV_NOW));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("devices");
	TCase *c = tcase_create("devices");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, good_devices);
	tcase_add_test(c, of_no_challenge_that_was_given);
	tcase_add_test(c, of_this_very_challenge);
	tcase_add_test(c, of_an_earlier_boot);
	tcase_add_test(c, of_long_ago);
	tcase_add_test(c, of_another_component);
	tcase_add_test(c, each_byte_of_a_transcript);
	tcase_add_test(c, each_cut_of_the_document);
	tcase_add_test(c, another_device_in_a_place);
	tcase_add_test(c, one_device_in_two_places);
	tcase_add_test(c, a_device_of_another_node);
	tcase_add_test(c, older_firmware_than_seen);
	tcase_add_test(c, other_firmware);
	tcase_add_test(c, one_that_did_not_answer);
	tcase_add_test(c, one_that_a_document_names);
	tcase_add_test(c, one_that_was_enrolled);
	tcase_add_test(c, none_at_all);
	tcase_add_test(c, one_that_no_document_is_for);
	tcase_add_test(c, values_whose_time_is_over);
	tcase_add_test(c, values_of_one_component_whose_time_is_over);
	tcase_add_test(c, of_another_platform);
	suite_add_tcase(s, c);
	return run_suite(s);
}
