/*
 * Devices that sign their measurements, from the first attestation after a boot
 * to what an operator does when one is replaced.
 */
#include "tests/appraise/softdevices.h"

#include <sqlite3.h>

#include "tests/verifier/one_node.h"

#define DEVICES "/operator/v1/nodes/n1/devices"
#define VALUES "/operator/v1/references/gpu"

static struct softdevices gpus;
static struct att_buf values;
/* the challenge that was given last */
static uint8_t last[ATT_CHALLENGE_MAX];
static size_t last_len;

static void
put_values(const char *match, const char *globs)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };

	softdevices_values(&gpus, "gpu", match, globs, &values);
	att_buf_u8(&values, '\0');
	rig_operator(&rig, "PUT", VALUES, (const char *)values.data, &a);
	ck_assert_msg(a.status == 200, "%s", a.text);
}

static void
begin(void)
{
	setup();
	softdevices_make(&gpus, 2);
	values = ATT_BUF(1u << 16);
	node.devices = ATT_BUF(1u << 20);
	put_values("{}", "[\"GPU_*\"]");
	last_len = 0;
}

static void
end(void)
{
	softdevices_done(&gpus);
	att_buf_done(&values);
	teardown();
}

/* The devices answer the challenge that was given last, as a BMC does. */
static void
collect(void)
{
	softdevices_report(&gpus, (struct att_slice){ last, last_len },
	    &node.devices);
}

/* One attestation; how long the node is told to wait. */
static int64_t
attest(struct att_demand *d)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 24);
	AUTO_DONE(answer_done) struct answer a = { 0 };

	next_round();
	/* who fails keeps no token */
	rig_session(&rig, &node);
	demand(d);
	memcpy(last, d->challenge, d->challenge_len);
	last_len = d->challenge_len;
	rig_evidence_body(&node, d, &b);
	rig_submit(&rig, &node, &b, &a);
	ck_assert_msg(a.status == 202, "%u %s", a.status, a.text);
	return att_submission_next(S(a.text), 1, 100000, 0);
}

static bool
asks(const struct att_demand *d, enum att_item item)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->item[i] == item)
			return true;
	return false;
}

static void
passes(void)
{
	struct att_demand d;

	attest(&d);
	ck_assert(asks(&d, ATT_ITEM_SPDM_MEASUREMENTS) && d.bound);
	stands(ATT_STANDING_PASS);
}

static void
fails_for(const char *code)
{
	struct att_demand d;

	attest(&d);
	stands(ATT_STANDING_FAIL);
	ck_assert_msg(found(code), "not %s", code);
}

/* Up to a node whose devices are enrolled. */
static void
enrol(void)
{
	fails_for("spdm-not-reported");
	collect();
	passes();
}

static const char *
word(const struct answer *a, size_t i, const char *name)
{
	const char *text = json_string_value(json_object_get(
	    json_array_get(json_object_get(a->json, "devices"), i), name));

	return text == NULL ? "" : text;
}

static void
listed(struct answer *ret)
{
	rig_operator(&rig, "GET", DEVICES, NULL, ret);
	ck_assert_msg(ret->status == 200, "%s", ret->text);
}

/* -- from boot to pass ----------------------------------------------------- */

START_TEST(the_second_attestation_carries_the_answers)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	struct att_demand d;

	/* soon again, and at last at the usual interval */
	ck_assert_int_eq(attest(&d), 15);
	ck_assert(!asks(&d, ATT_ITEM_SPDM_MEASUREMENTS));
	stands(ATT_STANDING_FAIL);
	ck_assert(found("spdm-not-reported"));
	ck_assert_int_eq(attest(&d), 30);
	ck_assert_int_eq(attest(&d), 60);
	ck_assert_int_eq(attest(&d), 60);
	collect();
	ck_assert_int_eq(attest(&d), 60);
	stands(ATT_STANDING_PASS);
	listed(&a);
	ck_assert_uint_eq(json_array_size(json_object_get(a.json,
	    "devices")), 2);
	ck_assert_str_eq(word(&a, 0, "component"), "GPU_0");
	ck_assert_str_eq(word(&a, 1, "component"), "GPU_1");
	ck_assert_str_eq(word(&a, 0, "issuer"), "CN=Device root");
	ck_assert_str_ne(word(&a, 0, "serial"), word(&a, 1, "serial"));
	ck_assert(rig_noted(&rig, "n1", "device-enrolled", "GPU_1"));
	/* over again, as they stay enrolled over a restart */
	rig_restart(&rig);
	collect();
	passes();
}
END_TEST

START_TEST(the_short_wait_is_enough)
{
	AUTO_DONE(answer_done) struct answer early = { 0 }, due = { 0 };
	struct att_demand d;

	ck_assert_int_eq(attest(&d), 15);
	rig.now += 14;
	node.clock += 14000;
	rig_offer(&rig, &node, &early);
	ck_assert_uint_eq(early.status, 429);
	ck_assert_int_eq(early.retry_after, 1);
	rig.now += 1;
	node.clock += 1000;
	rig_offer(&rig, &node, &due);
	ck_assert_uint_eq(due.status, 201);
}
END_TEST

/* An agent says that it has none yet. */
START_TEST(a_document_that_is_not_there_yet)
{
	struct att_demand d;

	node.offers_empty = true;
	ck_assert_int_eq(attest(&d), 15);
	ck_assert(!asks(&d, ATT_ITEM_SPDM_MEASUREMENTS));
	stands(ATT_STANDING_FAIL);
	ck_assert(found("spdm-not-reported"));
	collect();
	passes();
}
END_TEST

START_TEST(nobody_asks_without_values)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	struct att_demand d;

	put_values("{\"vendor\":[\"Other\"]}", "[\"GPU_*\"]");
	ck_assert_int_eq(attest(&d), 60);
	stands(ATT_STANDING_PASS);
	collect();
	ck_assert_int_eq(attest(&d), 60);
	ck_assert(!asks(&d, ATT_ITEM_SPDM_MEASUREMENTS));
	stands(ATT_STANDING_PASS);
	listed(&a);
	ck_assert_uint_eq(json_array_size(json_object_get(a.json,
	    "devices")), 0);
}
END_TEST

/* Values that come between demand and evidence count from the next time on. */
START_TEST(values_that_come_meanwhile)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 24);
	AUTO_DONE(answer_done) struct answer a = { 0 };
	struct att_demand d;

	put_values("{\"vendor\":[\"Other\"]}", "[\"GPU_*\"]");
	attest(&d);
	collect();
	next_round();
	demand(&d);
	put_values("{}", "[\"GPU_*\"]");
	rig_evidence_body(&node, &d, &b);
	rig_submit(&rig, &node, &b, &a);
	ck_assert_uint_eq(a.status, 202);
	stands(ATT_STANDING_PASS);
	passes();
}
END_TEST

START_TEST(a_quote_that_is_not_bound)
{
	struct att_demand d;

	enrol();
	node.can_bind = false;
	collect();
	attest(&d);
	ck_assert(!asks(&d, ATT_ITEM_SPDM_MEASUREMENTS));
	stands(ATT_STANDING_FAIL);
	ck_assert(found("spdm-not-reported"));
}
END_TEST

/* -- which challenge ------------------------------------------------------- */

START_TEST(a_challenge_that_nobody_gave)
{
	enrol();
	last[0] ^= 1;
	collect();
	fails_for("spdm-challenge");
	collect();
	passes();
}
END_TEST

START_TEST(another_nodes_challenge)
{
	struct softnode other;
	struct att_demand d;

	fails_for("spdm-not-reported");
	softnode_make(&other, "n2", SOFTNODE_P256, &rig.ca);
	softnode_boot(&other, "uki");
	rig_enrol(&rig, &other);
	rig_session(&rig, &other);
	{
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 24);
		AUTO_DONE(answer_done) struct answer a = { 0 }, t = { 0 };

		rig_offer(&rig, &other, &a);
		rig_demand(&other, &a, &d);
		rig_evidence_body(&other, &d, &b);
		rig_submit(&rig, &other, &b, &t);
		ck_assert_uint_eq(t.status, 202);
	}
	softnode_done(&other);
	memcpy(last, d.challenge, d.challenge_len);
	collect();
	fails_for("spdm-challenge");
}
END_TEST

/* A quote that does not hold dates nothing. */
START_TEST(a_challenge_whose_quote_did_not_hold)
{
	fails_for("spdm-not-reported");
	node.reset_count--;
	fails_for("reset-rewound");
	node.reset_count++;
	collect();
	fails_for("spdm-challenge");
	collect();
	passes();
}
END_TEST

START_TEST(an_earlier_boots_challenge)
{
	enrol();
	collect();
	node.reset_count++;
	node.boot_id[0] ^= 1;
	fails_for("spdm-stale");
	collect();
	passes();
}
END_TEST

START_TEST(a_challenge_of_long_ago)
{
	enrol();
	/* two hours are taken; this is a minute more, with the next round */
	collect();
	rig.now += 7200;
	node.clock += 7200000;
	fails_for("spdm-stale");
	collect();
	passes();
}
END_TEST

/* -- which device ---------------------------------------------------------- */

START_TEST(a_replaced_device_is_accepted_by_the_operator)
{
	AUTO_DONE(answer_done) struct answer a = { 0 }, no = { 0 }, yes = { 0 },
	    twice = { 0 }, after = { 0 };
	AUTO(free) char *body = NULL;
	const char *serial;

	enrol();
	softdevice_make(&gpus, &gpus.dev[1]);
	collect();
	fails_for("spdm-other-device");
	ck_assert(rig_noted(&rig, "n1", "device-other", "GPU_1"));
	listed(&a);
	serial = json_string_value(json_object_get(json_object_get(
	    json_array_get(json_object_get(a.json, "devices"), 1), "other"),
	    "serial"));
	ck_assert_ptr_nonnull(serial);
	rig_operator(&rig, "PUT", DEVICES,
	    "{\"component\":\"GPU_1\",\"serial\":\"00\"}", &no);
	ck_assert_uint_eq(no.status, 404);
	collect();
	fails_for("spdm-other-device");
	ck_assert(asprintf(&body, "{\"component\":\"GPU_1\",\"serial\":"
	    "\"%s\"}", serial) > 0);
	rig_operator(&rig, "PUT", DEVICES, body, &yes);
	ck_assert_msg(yes.status == 200, "%s", yes.text);
	ck_assert(rig_noted(&rig, "n1", "operator-device", serial));
	collect();
	passes();
	rig_operator(&rig, "PUT", DEVICES, body, &twice);
	ck_assert_uint_eq(twice.status, 404);
	listed(&after);
	ck_assert_str_eq(word(&after, 1, "serial"), serial);
	ck_assert_ptr_null(json_object_get(json_array_get(json_object_get(
	    after.json, "devices"), 1), "other"));
}
END_TEST

START_TEST(older_firmware_than_seen)
{
	enrol();
	gpus.dev[0].security_version = 9;
	collect();
	passes();
	gpus.dev[0].security_version = 8;
	collect();
	fails_for("spdm-downgrade");
	gpus.dev[0].security_version = 9;
	collect();
	passes();
}
END_TEST

/* Its version is no mark for others while it is not as it should be. */
START_TEST(what_is_not_as_expected_sets_no_mark)
{
	enrol();
	gpus.dev[0].security_version = 1000;
	gpus.dev[0].firmware = 0x23;
	collect();
	fails_for("spdm-measurement");
	gpus.dev[0].security_version = 7;
	gpus.dev[0].firmware = 0x22;
	collect();
	passes();
}
END_TEST

START_TEST(a_device_that_is_missing_until_it_is_forgotten)
{
	AUTO_DONE(answer_done) struct answer none = { 0 }, gone = { 0 };

	enrol();
	gpus.dev[1].left_out = true;
	collect();
	fails_for("spdm-missing");
	rig_operator(&rig, "DELETE", DEVICES, NULL, &none);
	ck_assert_uint_eq(none.status, 400);
	ok(att_store_device_delete(rig.v->store, "n1", "GPU_1", err));
	fails(att_store_device_delete(rig.v->store, "n1", "GPU_1", err),
	    ATT_E_NOT_FOUND, "GPU_1");
	collect();
	passes();
	rig_operator(&rig, "GET", "/operator/v1/nodes/n9/devices", NULL,
	    &gone);
	ck_assert_uint_eq(gone.status, 404);
}
END_TEST

START_TEST(a_changed_byte)
{
	enrol();
	gpus.dev[0].flip = 200;
	collect();
	fails_for("spdm-signature");
	gpus.dev[0].flip = 0;
	gpus.dev[0].nonce_of = "GPU_1";
	collect();
	fails_for("spdm-nonce");
	gpus.dev[0].nonce_of = NULL;
	gpus.dev[0].failed = "the BMC gave up";
	collect();
	fails_for("spdm-missing");
}
END_TEST

/* Neither place gets a device by it. */
START_TEST(one_device_for_two_places)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };

	fails_for("spdm-not-reported");
	gpus.dev[1].by = &gpus.dev[0];
	collect();
	fails_for("spdm-twin");
	listed(&a);
	ck_assert_uint_eq(json_array_size(json_object_get(a.json,
	    "devices")), 0);
	gpus.dev[1].by = NULL;
	collect();
	passes();
}
END_TEST

/* The bundle that an operator gets has what devices signed. */
START_TEST(the_evidence_is_whole)
{
	AUTO(att_bundle_free) struct att_bundle *b = NULL;
	AUTO_DONE(answer_done) struct answer a = { 0 };

	node.has_digests = true;
	enrol();
	rig_operator(&rig, "GET", "/operator/v1/nodes/n1/evidence", NULL, &a);
	ck_assert_uint_eq(a.status, 200);
	ok(att_bundle_parse((struct att_slice){ (const uint8_t *)a.text,
	    a.len }, &b, err));
	ck_assert(att_slice_equal(att_bundle_evidence(b)->item
	    [ATT_ITEM_SPDM_MEASUREMENTS].bytes, att_buf_view(&node.devices)));
}
END_TEST

/* -- the store ------------------------------------------------------------- */

static void
exec(const char *sql)
{
	AUTO(free) char *path = NULL;
	sqlite3 *db;

	ck_assert(asprintf(&path, "%s/db", rig.dir) > 0);
	att_verifier_free(rig.v);
	rig.v = NULL;
	ck_assert(sqlite3_open(path, &db) == SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK,
	    "%s", sqlite3_errmsg(db));
	ck_assert(sqlite3_close(db) == SQLITE_OK);
	rig_restart(&rig);
}

/* What a device of one node signs is nothing for another node. */
START_TEST(a_device_of_another_node)
{
	enrol();
	exec("UPDATE device SET node = 'n2' WHERE component = 'GPU_1'");
	fails_for("spdm-elsewhere");
	exec("DELETE FROM device WHERE node = 'n2'");
	collect();
	passes();
}
END_TEST

/* A database of the version before: nodes stay, and their devices enrol. */
START_TEST(an_older_schema)
{
	struct att_demand d;

	put_values("{\"vendor\":[\"Other\"]}", "[\"GPU_*\"]");
	attest(&d);
	stands(ATT_STANDING_PASS);
	exec("DROP TABLE given; DROP TABLE device; DROP TABLE firmware;"
	    "ALTER TABLE node DROP COLUMN wait;"
	    "ALTER TABLE node DROP COLUMN interval; DROP TABLE shown;"
	    "PRAGMA user_version = 3");
	stands(ATT_STANDING_PASS);
	put_values("{}", "[\"GPU_*\"]");
	/* what was given before is not known any more */
	collect();
	fails_for("spdm-challenge");
	collect();
	passes();
}
END_TEST

START_TEST(a_deleted_node_takes_its_devices_along)
{
	AUTO_DONE(answer_done) struct answer a = { 0 }, list = { 0 };

	enrol();
	collect();
	rig_operator(&rig, "DELETE", "/operator/v1/nodes/n1", NULL, &a);
	ck_assert_uint_eq(a.status, 200);
	rig_enrol(&rig, &node);
	rig_session(&rig, &node);
	listed(&list);
	ck_assert_uint_eq(json_array_size(json_object_get(list.json,
	    "devices")), 0);
	/* the challenge was another enrolment's */
	fails_for("spdm-challenge");
}
END_TEST

/* Ends an attestation that saw this, as an appraisal does. */
static void
finish_with(const struct att_store_seen *seen)
{
	AUTO_DONE(att_attestation_done) struct att_attestation a = { 0 };
	struct att_demand d;

	next_round();
	rig_session(&rig, &node);
	demand(&d);
	ok(att_store_attestation_latest(rig.v->store, "n1", &a, err));
	ok(att_store_attestation_claim(rig.v->store, "n1", a.index, rig.now,
	    err));
	a.device = seen;
	a.devices = 1;
	a.received = rig.now;
	ok(att_store_attestation_finish(rig.v->store, &a, NULL, 4, err));
}

/* What an operator said while an appraisal was under way stays said. */
START_TEST(an_appraisal_that_outlives_an_operators_word)
{
	struct att_store_seen old = { .component = "x", .issuer = "i",
		.serial = "1", .security_version = 5 };
	struct att_store_seen new = { .component = "x", .issuer = "i",
		.serial = "2", .other = true };
	AUTO_DONE(answer_done) struct answer a = { 0 };
	struct att_demand d;

	attest(&d);
	finish_with(&old);
	finish_with(&new);
	ok(att_store_device_accept(rig.v->store, "n1", "x", "2", rig.now,
	    err));
	old.security_version = 9;
	finish_with(&old);
	/* nor is the enrolled one another than itself */
	finish_with(&new);
	listed(&a);
	ck_assert_uint_eq(json_array_size(json_object_get(a.json,
	    "devices")), 1);
	ck_assert_str_eq(word(&a, 0, "serial"), "2");
	ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(
	    json_object_get(a.json, "devices"), 0), "security_version")), 0);
	ck_assert_ptr_null(json_object_get(json_array_get(json_object_get(
	    a.json, "devices"), 0), "other"));
}
END_TEST

/* No node has more than one report can have. */
START_TEST(devices_are_bounded)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	char name[24];
	struct att_store_seen seen = { .component = name, .issuer = "i",
		.serial = "s", .security_version = UINT64_MAX };
	struct att_demand d;

	attest(&d);
	for (int i = 0; i < ATT_STORE_DEVICES_MAX + 3; i++) {
		(void)snprintf(name, sizeof(name), "c%02d", i);
		finish_with(&seen);
	}
	/* those that are enrolled are still kept up to date */
	(void)snprintf(name, sizeof(name), "c00");
	finish_with(&seen);
	listed(&a);
	ck_assert_uint_eq(json_array_size(json_object_get(a.json,
	    "devices")), ATT_STORE_DEVICES_MAX);
	ck_assert_str_gt(word(&a, 0, "last_seen"), word(&a, 63, "last_seen"));
	ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(
	    json_object_get(a.json, "devices"), 0), "security_version")),
	    INT64_MAX);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("devices of a node");
	TCase *t = tcase_create("devices");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, the_second_attestation_carries_the_answers);
	tcase_add_test(t, the_short_wait_is_enough);
	tcase_add_test(t, a_document_that_is_not_there_yet);
	tcase_add_test(t, nobody_asks_without_values);
	tcase_add_test(t, values_that_come_meanwhile);
	tcase_add_test(t, a_quote_that_is_not_bound);
	tcase_add_test(t, a_challenge_that_nobody_gave);
	tcase_add_test(t, another_nodes_challenge);
	tcase_add_test(t, a_challenge_whose_quote_did_not_hold);
	tcase_add_test(t, an_earlier_boots_challenge);
	tcase_add_test(t, a_challenge_of_long_ago);
	tcase_add_test(t, a_replaced_device_is_accepted_by_the_operator);
	tcase_add_test(t, older_firmware_than_seen);
	tcase_add_test(t, what_is_not_as_expected_sets_no_mark);
	tcase_add_test(t, a_device_that_is_missing_until_it_is_forgotten);
	tcase_add_test(t, a_changed_byte);
	tcase_add_test(t, one_device_for_two_places);
	tcase_add_test(t, the_evidence_is_whole);
	tcase_add_test(t, an_appraisal_that_outlives_an_operators_word);
	tcase_add_test(t, devices_are_bounded);
	tcase_add_test(t, a_device_of_another_node);
	tcase_add_test(t, an_older_schema);
	tcase_add_test(t, a_deleted_node_takes_its_devices_along);
	suite_add_tcase(s, t);
	return run_suite(s);
}
