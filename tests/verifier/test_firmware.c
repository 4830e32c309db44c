/*
 * Firmware claims of a node at the verifier: what is asked for, what is learnt
 * at a pass, and what an operator does when it changes on purpose.
 */
#include "tests/appraise/fwscene.h"

#include "tests/verifier/one_node.h"

#define NODE "/operator/v1/nodes/n1"
#define KNOWN NODE "/firmware/known"

static struct fw_scene fw;

static void
ask(const char *method, const char *path, const char *body, unsigned status,
    struct answer *ret)
{
	rig_operator(&rig, method, path, body, ret);
	ck_assert_msg(ret->status == status, "%s %s: %u %s", method, path,
	    ret->status, ret->text);
}

static void
put_document(const char *id, json_t *doc)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO_DONE(att_buf_done) struct att_buf path = ATT_BUF(256);
	AUTO_DONE(answer_done) struct answer a = { 0 };

	ok(att_json_write(doc, &b, err));
	att_buf_u8(&b, '\0');
	att_buf_printf(&path, "/operator/v1/references/%s", id);
	att_buf_u8(&path, '\0');
	ask("PUT", (const char *)path.data, (const char *)b.data, 200, &a);
}

/* Reference values of what the node is now, for nodes that `match` says. */
static void
put_values(const char *id, json_t *match)
{
	AUTO(att_json_decref) json_t *doc = fw_reference(&fw, id);

	ck_assert(json_object_set_new(doc, "match", match) == 0);
	put_document(id, doc);
}

/* The same, for every node, from one time to another. */
static void
put_times(const char *id, int64_t from, int64_t until)
{
	AUTO(att_json_decref) json_t *doc = fw_reference(&fw, id);

	ok(att_json_put(doc, "valid_from", att_json_time_of(from), err));
	ok(att_json_put(doc, "valid_until", att_json_time_of(until), err));
	put_document(id, doc);
}

static void
begin(void)
{
	setup();
	fw = fw_new();
	node.firmware = ATT_BUF(1u << 20);
	node.has_digests = true;
}

static void
end(void)
{
	fw_done(&fw);
	teardown();
}

/* A pass that ended a moment ago, in this boot. */
static void
measure(void)
{
	(void)snprintf(fw.c->boot_id, sizeof(fw.c->boot_id), "%s",
	    node.boot_id);
	for (size_t i = 0; i < fw.c->passes; i++) {
		struct att_pass_clock at = { node.clock, node.reset_count,
			node.restart_count, true };

		fw.c->pass[i].begin = fw.c->pass[i].end = at;
	}
	fw_measure(&fw);
	att_buf_reset(&node.firmware);
	ok(att_firmware_claims_encode(fw.c, &node.firmware, err));
}

static void
attest(struct att_demand *d)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 24);
	AUTO_DONE(answer_done) struct answer a = { 0 };

	next_round();
	rig_session(&rig, &node);
	demand(d);
	rig_evidence_body(&node, d, &b);
	rig_submit(&rig, &node, &b, &a);
	ck_assert_msg(a.status == 202, "%u %s", a.status, a.text);
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
	ck_assert(d.bound && asks(&d, ATT_ITEM_FIRMWARE_CLAIMS));
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

/* A node that passed once, with these reference values. */
static void
enrol(void)
{
	measure();
	put_values("fw", json_object());
	passes();
}

/* -- who is asked, and what for -------------------------------------------- */

START_TEST(claims_are_seen_without_values)
{
	AUTO_DONE(answer_done) struct answer none = { 0 }, a = { 0 },
	    known = { 0 }, n = { 0 };
	const json_t *shown;

	ask("GET", NODE "/firmware", NULL, 404, &none);
	measure();
	passes();
	ask("GET", NODE "/firmware", NULL, 200, &a);
	ck_assert(att_slice_equal((struct att_slice){
	    (const uint8_t *)a.text, a.len }, att_buf_view(&node.firmware)));
	/* nothing says that they are good */
	ask("GET", KNOWN, NULL, 404, &known);
	ask("GET", NODE, NULL, 200, &n);
	shown = json_object_get(json_object_get(json_object_get(n.json,
	    "attestation"), "appraisal"), "firmware");
	ck_assert_uint_eq(json_array_size(json_object_get(shown,
	    "components")), 4);
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(
	    json_object_get(shown, "chips"), 0), "name")), "BIOS");
}
END_TEST

START_TEST(they_travel_once)
{
	struct att_demand d;

	measure();
	attest(&d);
	ck_assert_uint_eq(d.held[ATT_ITEM_FIRMWARE_CLAIMS].alg, 0);
	attest(&d);
	ck_assert_uint_eq(d.held[ATT_ITEM_FIRMWARE_CLAIMS].alg,
	    ATT_ALG_SHA256);
	stands(ATT_STANDING_PASS);
	measure();
	attest(&d);
	ck_assert_uint_eq(d.held[ATT_ITEM_FIRMWARE_CLAIMS].alg, 0);
}
END_TEST

START_TEST(values_want_claims)
{
	struct att_demand d;

	measure();
	put_values("fw", json_object());
	att_buf_reset(&node.firmware);
	fails_for("firmware-not-reported");
	measure();
	passes();
	node.can_bind = false;
	attest(&d);
	ck_assert(!asks(&d, ATT_ITEM_FIRMWARE_CLAIMS));
	stands(ATT_STANDING_FAIL);
	ck_assert(found("firmware-not-reported"));
}
END_TEST

/* Values that nobody renewed: the node is not looked away from. */
START_TEST(values_that_are_over)
{
	AUTO_DONE(answer_done) struct answer done = { 0 };
	struct att_demand d;

	measure();
	put_times("fw", rig.now + 3600, rig.now + 7200);
	att_buf_reset(&node.firmware);
	attest(&d);
	stands(ATT_STANDING_PASS);
	measure();
	put_times("fw", rig.now - 3600, rig.now - 60);
	fails_for("firmware-no-reference");
	ask("DELETE", "/operator/v1/references/fw", NULL, 200, &done);
	passes();
}
END_TEST

START_TEST(values_for_others_want_nothing)
{
	struct att_demand d;

	measure();
	put_values("fw", json_pack("{s:[s]}", "vendor", "Other"));
	att_buf_reset(&node.firmware);
	attest(&d);
	stands(ATT_STANDING_PASS);
}
END_TEST

START_TEST(what_is_none_is_a_warning_or_a_failure)
{
	struct att_demand d;

	att_buf_str(&node.firmware, "{\"format\":\"attestd-firmware/9\"}");
	attest(&d);
	stands(ATT_STANDING_PASS);
	ck_assert(found("firmware-not-reported"));
	fw.c->boot_id[0] = '\0';
	put_values("fw", json_object());
	fails_for("firmware-not-reported");
}
END_TEST

/* -- what is found --------------------------------------------------------- */

START_TEST(a_changed_byte)
{
	enrol();
	fw.chip.b[FW_CODE + 0x100] ^= 1;
	measure();
	fails_for("flash-changed");
	fw.chip.b[FW_CODE + 0x100] ^= 1;
	measure();
	passes();
	fw.chip.b[FW_VARIABLES + 0x1800] ^= 1;
	measure();
	passes();
}
END_TEST

START_TEST(an_earlier_boot)
{
	enrol();
	node.reset_count++;
	node.boot_id[0] ^= 1;
	fails_for("firmware-other-boot");
	measure();
	passes();
}
END_TEST

/* -- what is learnt -------------------------------------------------------- */

START_TEST(its_own_values_are_learnt_at_a_pass)
{
	AUTO_DONE(answer_done) struct answer known = { 0 }, gone = { 0 },
	    done = { 0 };

	enrol();
	ck_assert(rig_noted(&rig, "n1", "firmware-learnt", "first time"));
	ask("GET", KNOWN, NULL, 200, &known);
	ck_assert(strstr(known.text, "attestd-firmware-known/1") != NULL);
	fw_mac(&fw.chip, 0x4321);
	measure();
	fails_for("flash-other-machine");
	rig_restart(&rig);
	fails_for("flash-other-machine");
	/* the board was replaced on purpose */
	ask("DELETE", KNOWN, NULL, 200, &done);
	ck_assert(rig_noted(&rig, "n1", "operator-firmware", "forgotten"));
	ask("GET", KNOWN, NULL, 404, &gone);
	passes();
	fw_mac(&fw.chip, 0x1234);
	measure();
	fails_for("flash-other-machine");
}
END_TEST

/* The configuration's word on age, and on what is seen first. */
START_TEST(policy_of_the_configuration)
{
	measure();
	put_values("fw", json_object());
	rig.config.firmware_known_required = true;
	fails_for("flash-not-enrolled");
	rig.config.firmware_known_required = false;
	passes();
	rig.config.firmware_known_required = true;
	passes();
	node.clock += 120 * 1000;
	passes();
	rig.config.firmware_max_age = 60;
	fails_for("firmware-old");
}
END_TEST

START_TEST(nothing_is_learnt_of_a_node_that_fails)
{
	AUTO_DONE(answer_done) struct answer none = { 0 };

	measure();
	put_values("fw", json_object());
	node.pcrs.bank[0].value[4][0] ^= 1;
	node.pcrs.bank[1].value[4][0] ^= 1;
	fails_for("pcr-mismatch");
	ask("GET", KNOWN, NULL, 404, &none);
}
END_TEST

START_TEST(older_firmware_than_seen)
{
	AUTO_DONE(answer_done) struct answer done = { 0 };

	enrol();
	fw_run(&fw, "bmc", ATT_VERSION_RUNNING, "12.9");
	measure();
	put_values("newer", json_object());
	passes();
	ck_assert(rig_noted(&rig, "n1", "firmware-learnt", "newer"));
	fw_run(&fw, "bmc", ATT_VERSION_RUNNING, "12.8");
	measure();
	fails_for("component-downgrade");
	ask("DELETE", KNOWN, NULL, 200, &done);
	passes();
}
END_TEST

/* An operator's word while an appraisal is under way is not undone by it. */
START_TEST(forgetting_meanwhile)
{
	AUTO_DONE(att_store_firmware_done) struct att_store_firmware before = {
		.generation = 0 }, after = { .generation = 0 };
	AUTO_DONE(att_attestation_done) struct att_attestation a = { 0 };
	AUTO_DONE(answer_done) struct answer done = { 0 };
	struct att_demand d;

	enrol();
	next_round();
	ok(att_store_firmware_get(rig.v->store, "n1", &before, err));
	ck_assert_int_eq(before.generation, 1);
	ask("DELETE", KNOWN, NULL, 200, &done);
	ok(att_store_firmware_get(rig.v->store, "n1", &after, err));
	ck_assert_int_eq(after.generation, 2);
	ck_assert_uint_eq(after.known.len, 0);
	/* what was read before comes too late */
	demand(&d);
	ok(att_store_attestation_latest(rig.v->store, "n1", &a, err));
	ok(att_store_attestation_claim(rig.v->store, "n1", a.index, rig.now,
	    err));
	a.firmware = &before;
	ok(att_store_attestation_finish(rig.v->store, &a, NULL, 4, err));
	att_store_firmware_done(&after);
	ok(att_store_firmware_get(rig.v->store, "n1", &after, err));
	ck_assert_uint_eq(after.known.len, 0);
	fails(att_store_firmware_forget(rig.v->store, "n1", 1, err),
	    ATT_E_NOT_FOUND, "nothing");
}
END_TEST

/* However much a node tells, its verdict stays small. */
START_TEST(a_verdict_of_many_components)
{
	AUTO_DONE(answer_done) struct answer n = { 0 };
	char id[ATT_COMPONENT_ID_MAX + 1], text[ATT_COMPONENT_TEXT_MAX + 1];
	const json_t *shown;

	memset(text, '7', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (int i = 0; i < ATT_COMPONENTS_MAX - 4; i++) {
		(void)snprintf(id, sizeof(id), "nic/%0123d", i);
		fw_add(fw.c, id, ATT_COMPONENT_NIC, ATT_PATH_ETHTOOL, NULL,
		    NULL, text);
	}
	att_buf_done(&node.firmware);
	node.firmware = ATT_BUF(4u << 20);
	measure();
	passes();
	ask("GET", NODE, NULL, 200, &n);
	ck_assert_uint_lt(n.len, 40000);
	shown = json_object_get(json_object_get(json_object_get(n.json,
	    "attestation"), "appraisal"), "firmware");
	ck_assert_int_eq(json_integer_value(json_object_get(shown,
	    "left_out")) + (json_int_t)json_array_size(json_object_get(shown,
	    "components")), ATT_COMPONENTS_MAX);
}
END_TEST

START_TEST(an_advisory)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };

	enrol();
	ask("PUT", "/operator/v1/references/cves",
	    "{\"format\": \"attestd-advisories/1\", \"id\": \"cves\", "
	    "\"version\": 1, \"match\": {}, \"advisories\": [{"
	    "\"advisory\": \"CVE-2024-54085\", \"kind\": [\"bmc\"], "
	    "\"affected\": [{\"from\": \"12.0\", \"before\": \"12.9\"}]}]}",
	    200, &a);
	fails_for("advisory");
}
END_TEST

/* They are of use to a fleet that has no reference values. */
START_TEST(an_advisory_alone)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	static const char format[] = "{\"format\": \"attestd-advisories/1\", "
	    "\"id\": \"cves\", \"version\": 1, \"match\": {}, "
	    "\"advisories\": [{\"advisory\": \"CVE-2024-54085\", "
	    "\"severity\": \"%s\", \"kind\": [\"bmc\"], \"affected\": "
	    "[{\"from\": \"12.0\", \"before\": \"12.9\"}]}]}";
	char text[512];

	measure();
	snprintf(text, sizeof(text), format, "warn");
	ask("PUT", "/operator/v1/references/cves", text, 200, &a);
	passes();
	ck_assert(found("advisory"));
	answer_done(&a);
	snprintf(text, sizeof(text), format, "fail");
	ask("PUT", "/operator/v1/references/cves", text, 200, &a);
	fails_for("advisory");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("firmware of a node");
	TCase *t = tcase_create("firmware");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, claims_are_seen_without_values);
	tcase_add_test(t, they_travel_once);
	tcase_add_test(t, values_want_claims);
	tcase_add_test(t, values_that_are_over);
	tcase_add_test(t, values_for_others_want_nothing);
	tcase_add_test(t, what_is_none_is_a_warning_or_a_failure);
	tcase_add_test(t, a_changed_byte);
	tcase_add_test(t, an_earlier_boot);
	tcase_add_test(t, its_own_values_are_learnt_at_a_pass);
	tcase_add_test(t, policy_of_the_configuration);
	tcase_add_test(t, nothing_is_learnt_of_a_node_that_fails);
	tcase_add_test(t, older_firmware_than_seen);
	tcase_add_test(t, forgetting_meanwhile);
	tcase_add_test(t, a_verdict_of_many_components);
	tcase_add_test(t, an_advisory);
	tcase_add_test(t, an_advisory_alone);
	suite_add_tcase(s, t);
	return run_suite(s);
}
