/* The operator's interface: what can be seen and changed, and what cannot. */
#include "testlib.h"

#include "tests/verifier/one_node.h"
#include "verifier/db.h"

#define NODES "/operator/v1/nodes"
#define REFERENCES "/operator/v1/references"

static const json_t *
at(const struct answer *a, const char *list, size_t i)
{
	return json_array_get(json_object_get(a->json, list), i);
}

static const char *
text(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	return s != NULL ? s : "";
}

static unsigned
ask(const char *method, const char *path, const char *body)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };

	rig_operator(&rig, method, path, body, &a);
	ck_assert(a.status < 400 || answer_text(&a)[0] != '\0');
	return a.status;
}

/* -- nodes ---------------------------------------------------------------- */

static void
run_sql(const char *sql)
{
	AUTO_DONE(att_db_unlock)
	struct att_store *held = att_db_lock(rig.v->store);
	AUTO(att_db_reset) sqlite3_stmt *st = NULL;
	struct att_err err = { 0 };

	st = att_db_stmt(held, sql, &err);
	ck_assert_msg(st != NULL && att_db_run(st, &err) == 0, "%s",
	    err.text);
}

/* A fleet: the store's rows are all that the list reads. */
START_TEST(a_list_has_pages)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };

	run_sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM"
		" n WHERE i < 1000) INSERT INTO node(id, ek_public,"
		" ak_public, ek, ek_key, endorsement, tag, activated) SELECT"
		" printf('m%04d', i), x'00', x'00', randomblob(32),"
		" randomblob(32), 1, x'00',"
		" 5 FROM n");
	rig_operator(&rig, "GET", NODES, NULL, &a);
	ck_assert_uint_eq(json_array_size(json_object_get(a.json, "nodes")),
	    1000);
	ck_assert_str_eq(text(at(&a, "nodes", 0), "id"), "m0001");
	ck_assert_str_eq(text(at(&a, "nodes", 0), "state"), "enrolled");
	/* of 1001, so there is more */
	ck_assert_str_eq(text(a.json, "next"), "m1000");
}
END_TEST

START_TEST(a_node_is_shown)
{
	AUTO_DONE(answer_done) struct answer all = { 0 };
	AUTO_DONE(answer_done) struct answer one = { 0 };
	AUTO_DONE(answer_done) struct answer list = { 0 };
	const json_t *j;

	rig_attest(&rig, &node);
	next_round();
	rig_attest(&rig, &node);
	rig_operator(&rig, "GET", NODES, NULL, &all);
	ck_assert_uint_eq(json_array_size(json_object_get(all.json, "nodes")),
	    1);
	ck_assert(json_is_null(json_object_get(all.json, "next")));
	j = at(&all, "nodes", 0);
	ck_assert_str_eq(text(j, "id"), "n1");
	ck_assert_str_eq(text(j, "state"), "trusted");
	ck_assert_str_eq(text(j, "endorsement"), "ca");
	ck_assert_str_eq(text(j, "activated"), "2027-01-15T08:00:00Z");
	ck_assert_str_eq(text(j, "last_pass"), "2027-01-15T08:01:00Z");
	ck_assert_int_eq(json_integer_value(json_object_get(j, "passes")), 2);
	rig_operator(&rig, "GET", NODES "/n1", NULL, &one);
	ck_assert_str_eq(text(json_object_get(one.json, "attestation"),
	    "verdict"), "pass");
	ck_assert_uint_eq(json_array_size(json_object_get(one.json,
	    "boots")), 1);
	rig_operator(&rig, "GET", NODES "/n1/attestations", NULL, &list);
	ck_assert_uint_eq(json_array_size(json_object_get(list.json,
	    "attestations")), 2);
	/* newest first */
	ck_assert_int_eq(json_integer_value(json_object_get(
	    at(&list, "attestations", 0), "index")), 1);
}
END_TEST

START_TEST(what_is_not_there_is_404)
{
	static const char *const paths[] = { NODES "/nobody",
		NODES "/nobody/evidence", NODES "/nobody/result",
		NODES "/n1/evidence", NODES "/n1/result", REFERENCES "/none" };

	for (size_t i = 0; i < ATT_COUNT(paths); i++)
		ck_assert_msg(ask("GET", paths[i], NULL) == 404, "%s",
		    paths[i]);
	ck_assert_uint_eq(ask("DELETE", NODES "/nobody", NULL), 404);
	ck_assert_uint_eq(ask("DELETE", REFERENCES "/none", NULL), 404);
}
END_TEST

/* -- admission ------------------------------------------------------------ */

START_TEST(labels_choose_the_reference_values)
{
	static const char wanted[] = "{\"format\": "
	    "\"attestd-reference-values/1\", \"id\": \"other\", \"version\": 1,"
	    " \"match\": {\"vendor\": [\"Acme*\"], \"groups\": [\"gpu\"]},"
	    " \"secure_boot\": \"required\", \"pcrs\": {}}";

	/* a document for others does not fail this node */
	ck_assert_uint_eq(ask("PUT", REFERENCES "/other", wanted), 200);
	rig_attest(&rig, &node);
	stands(ATT_STANDING_PASS);
	/* nor does the node's own word put it among them */
	ck_assert_uint_eq(ask("DELETE", REFERENCES "/uki", NULL), 200);
	next_round();
	rig_attest(&rig, &node);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("no-reference-values"));
	/* the operator's does */
	ck_assert_uint_eq(ask("PUT", NODES "/n1", "{\"vendor\": "
	    "\"Acme Ltd\"}"), 200);
	ck_assert_uint_eq(ask("PUT", NODES "/n1", "{\"group\": \"gpu\"}"),
	    200);
	next_round();
	rig_session(&rig, &node);
	rig_attest(&rig, &node);
	stands(ATT_STANDING_FAIL);
	ck_assert(!found("no-reference-values"));
}
END_TEST

/* 64 characters, as many as a label may have. */
#define LABEL64                                                              \
	"0123456789012345678901234567890123456789012345678901234567890123"

START_TEST(an_admission_is_strict)
{
	static const char *const bad[] = { "", "[]", "null", "{\"vendor\": 1}",
		"{\"vendor\": \"a\\u001bb\"}", "{\"any_ek\": 1}",
		"{\"any_ek\": \"true\"}", "{\"ek_sha256\": \"00\"}",
		"{\"ek_sha256\": \"zz\"}", "{\"other\": 1}",
		("{\"group\": \"" LABEL64 "4\"}"),
		"{\"vendor\": \"a\"} x" };
	AUTO_DONE(answer_done) struct answer a = { 0 };

	for (size_t i = 0; i < ATT_COUNT(bad); i++)
		ck_assert_msg(ask("PUT", NODES "/n1", bad[i]) == 400, "%s",
		    bad[i]);
	ck_assert_uint_eq(ask("PUT", NODES "/a%20b", "{}"), 400);
	ck_assert_uint_eq(ask("PUT", NODES "/n1",
	    "{\"group\": \"" LABEL64 "\"}"), 200);
	/* and what was refused changed nothing */
	rig_operator(&rig, "GET", NODES "/n1", NULL, &a);
	ck_assert_str_eq(text(a.json, "vendor"), "");
}
END_TEST

START_TEST(any_ek_is_spent_once)
{
	AUTO_DONE(softnode_done) struct softnode first, second;
	AUTO_DONE(answer_done) struct answer a = { 0 };
	AUTO_DONE(answer_done) struct answer no = { 0 };

	softnode_make(&first, "n9", SOFTNODE_P256, NULL);
	softnode_make(&second, "n9", SOFTNODE_P256, NULL);
	ck_assert_uint_eq(ask("PUT", NODES "/n9", "{\"any_ek\": true}"), 200);
	rig_enrol(&rig, &first);
	/* as at each start of the agent */
	rig_enrol(&rig, &first);
	rig_operator(&rig, "GET", NODES "/n9", NULL, &a);
	ck_assert_str_eq(text(a.json, "endorsement"), "operator");
	rig_register(&rig, &second, &no);
	ck_assert_uint_eq(no.status, 403);
}
END_TEST

/* -- reference values ------------------------------------------------------ */

START_TEST(a_bad_document_changes_nothing)
{
	static const char *const bad[] = { "", "{}", "[]", "x",
		"{\"format\": \"attestd-reference-values/1\", \"id\": "
		"\"uki\", \"version\": 1, \"match\": {}, \"secure_boot\": "
		"\"any\", \"pcrs\": {\"99\": {}}}",
		/* sound, and of another name than the path says */
		"{\"format\": \"attestd-reference-values/1\", \"id\": "
		"\"other\", \"version\": 1, \"match\": {}, \"secure_boot\": "
		"\"any\", \"pcrs\": {}}" };
	AUTO_DONE(answer_done) struct answer before = { 0 };
	AUTO_DONE(answer_done) struct answer after = { 0 };
	AUTO_DONE(answer_done) struct answer list = { 0 };

	rig_operator(&rig, "GET", REFERENCES "/uki", NULL, &before);
	ck_assert_uint_eq(before.status, 200);
	for (size_t i = 0; i < ATT_COUNT(bad); i++)
		ck_assert_msg(ask("PUT", REFERENCES "/uki", bad[i]) == 400,
		    "%s", bad[i]);
	rig_operator(&rig, "GET", REFERENCES "/uki", NULL, &after);
	ck_assert_str_eq(after.text, before.text);
	rig_operator(&rig, "GET", REFERENCES, NULL, &list);
	ck_assert_uint_eq(json_array_size(json_object_get(list.json,
	    "references")), 1);
	ck_assert_str_eq(text(at(&list, "references", 0), "id"), "uki");
	ck_assert(json_is_true(json_object_get(at(&list, "references", 0),
	    "valid")));
	rig_attest(&rig, &node);
	stands(ATT_STANDING_PASS);
}
END_TEST

#define GPU                                                                  \
	"{\"format\": \"attestd-spdm-values/1\", \"id\": \"gpu\", "            \
	"\"version\": 3, \"match\": {}, \"components\": [\"GPU_*\"], "         \
	"\"roots\": [\"sha256:00000000000000000000000000000000"              \
	"00000000000000000000000000000000\"], "                              \
	"\"measurements\": {\"1\": \"any\"}}"

START_TEST(references_of_several_kinds_are_in_one_list)
{
	AUTO_DONE(answer_done) struct answer list = { 0 };
	AUTO_DONE(answer_done) struct answer got = { 0 };

	ck_assert_uint_eq(ask("PUT", REFERENCES "/gpu", GPU), 200);
	rig_restart(&rig);
	rig_operator(&rig, "GET", REFERENCES, NULL, &list);
	ck_assert_uint_eq(json_array_size(json_object_get(list.json,
	    "references")), 2);
	ck_assert_str_eq(text(at(&list, "references", 0), "id"), "gpu");
	ck_assert_str_eq(text(at(&list, "references", 0), "kind"), "spdm");
	ck_assert_str_eq(text(at(&list, "references", 1), "id"), "uki");
	ck_assert_str_eq(text(at(&list, "references", 1), "kind"), "boot");
	rig_operator(&rig, "GET", REFERENCES "/gpu", NULL, &got);
	ck_assert_str_eq(got.text, GPU);
	ck_assert(rig_noted(&rig, "", "reference-changed", "(spdm) \"gpu\""));
	/* an id is one document's, of whatever kind */
	ck_assert_uint_eq(ask("PUT", REFERENCES "/uki", GPU), 400);
	ck_assert_uint_eq(ask("DELETE", REFERENCES "/gpu", NULL), 200);
	ck_assert_uint_eq(ask("GET", REFERENCES "/gpu", NULL), 404);
}
END_TEST

START_TEST(references_outlive_a_restart)
{
	rig_restart(&rig);
	rig_attest(&rig, &node);
	stands(ATT_STANDING_PASS);
}
END_TEST

/* -- audit trail ----------------------------------------------------------- */

START_TEST(what_an_operator_does_is_recorded)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };

	ck_assert_uint_eq(ask("PUT", NODES "/n1", "{\"vendor\": \"V\"}"), 200);
	ck_assert_uint_eq(ask("DELETE", REFERENCES "/uki", NULL), 200);
	ck_assert_uint_eq(ask("DELETE", NODES "/n1", NULL), 200);
	ck_assert(rig_noted(&rig, "", "reference-changed", "\"uki\""));
	ck_assert(rig_noted(&rig, "", "reference-deleted", "\"uki\""));
	ck_assert(rig_noted(&rig, "n1", "operator-admitted", "\"V\""));
	ck_assert(rig_noted(&rig, "n1", "operator-deleted", "forgotten"));
	rig_operator(&rig, "GET", "/operator/v1/audit", NULL, &a);
	ck_assert_str_eq(text(at(&a, "audit", 0), "kind"),
	    "operator-deleted");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("operator");
	TCase *t = tcase_create("operator");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_list_has_pages);
	tcase_add_test(t, a_node_is_shown);
	tcase_add_test(t, what_is_not_there_is_404);
	tcase_add_test(t, labels_choose_the_reference_values);
	tcase_add_test(t, an_admission_is_strict);
	tcase_add_test(t, any_ek_is_spent_once);
	tcase_add_test(t, a_bad_document_changes_nothing);
	tcase_add_test(t, references_of_several_kinds_are_in_one_list);
	tcase_add_test(t, references_outlive_a_restart);
	tcase_add_test(t, what_an_operator_does_is_recorded);
	suite_add_tcase(s, t);
	return run_suite(s);
}
