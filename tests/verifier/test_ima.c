/* IMA's list from one attestation to the next, by the operator's policies. */
#include "testlib.h"

#include "tests/eventlog/imamaker.h"
#include "tests/verifier/one_node.h"

#define RUNTIME "/operator/v1/runtime/"

static struct imamaker list;

/* What was measured so far is what the node has, and its TPM. */
static void
take_list(void)
{
	node.has_ima = true;
	att_buf_done(&node.ima);
	node.ima = ATT_BUF(IMAMAKER_MAX);
	att_buf_slice(&node.ima, att_buf_view(&list.text));
	ok(att_pcrs_set(&node.pcrs, ATT_ALG_SHA256, 10,
	    im_value(&list, ATT_ALG_SHA256, 10), err));
}

static void
measure(const char *path)
{
	im_file(&list, 10, path);
	take_list();
}

/* A boot that has run three files. */
static void
begin_list(void)
{
	struct att_digest any = { .alg = ATT_ALG_SHA256, .len = 32 };

	im_done(&list);
	list = im_new(ATT_ALG_SHA1, false);
	im_boot(&list, &any);
	measure("/usr/a");
	measure("/usr/b");
	measure("/usr/c");
}

static void
begin(void)
{
	setup();
	begin_list();
}

static void
end(void)
{
	im_done(&list);
	list = (struct imamaker){ 0 };
	teardown();
}

/* A policy that takes what these patterns fit. */
static void
put_policy(const char *id, int version, const char *group,
    const char *patterns)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	char doc[1024], path[100];

	snprintf(doc, sizeof(doc), "{\"format\":\"attestd-runtime-policy/1\","
	    "\"id\":\"%s\",\"version\":%d,\"match\":{%s},\"digests\":{},"
	    "\"boot_aggregate\":\"any\",\"excludes\":[%s]}", id, version,
	    group, patterns);
	snprintf(path, sizeof(path), RUNTIME "%s", id);
	rig_operator(&rig, "PUT", path, doc, &a);
	ck_assert_msg(a.status == 200, "%u %s", a.status, a.text);
}

static bool
asks_for_list(const struct att_demand *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->item[i] == ATT_ITEM_IMA_LOG)
			return true;
	return false;
}

/* One attestation, from the demand's line on; bytes of the evidence. */
static size_t
attest_from(int64_t line)
{
	AUTO_DONE(att_buf_done) struct att_buf body = ATT_BUF(1u << 20);
	AUTO_DONE(answer_done) struct answer a = { 0 };
	struct att_demand d;

	next_round();
	rig_session(&rig, &node);
	demand(&d);
	ck_assert(asks_for_list(&d) == (line >= 0));
	ck_assert(((d.select.mask >> 10 & 1) != 0) == (line >= 0));
	ck_assert_int_eq(d.ima_offset, line >= 0 ? line : 0);
	rig_evidence_body(&node, &d, &body);
	rig_submit(&rig, &node, &body, &a);
	ck_assert_msg(a.status == 202, "%u %s", a.status, a.text);
	return body.len;
}

/* Nodes that no policy is for are asked as they always were. */
START_TEST(without_a_policy_nothing_changes)
{
	(void)attest_from(-1);
	stands(ATT_STANDING_PASS);
	node.unreadable = ATT_ITEM_IMA_LOG;
	(void)attest_from(-1);
	stands(ATT_STANDING_PASS);
	node.unreadable = ATT_ITEM_COUNT;
	put_policy("others", 1, "\"groups\":[\"elsewhere\"]", "\".*\"");
	(void)attest_from(-1);
	stands(ATT_STANDING_PASS);
}
END_TEST

START_TEST(only_what_is_new_travels)
{
	size_t first, second;

	put_policy("usr", 1, "", "\"/usr/.*\"");
	for (int i = 0; i < 50; i++)
		im_file(&list, 10, "/usr/some/longer/path/of/a/file");
	take_list();
	first = attest_from(0);
	stands(ATT_STANDING_PASS);
	second = attest_from(54);
	stands(ATT_STANDING_PASS);
	ck_assert_uint_gt(first, second + 5000);
	measure("/usr/d");
	(void)attest_from(54);
	stands(ATT_STANDING_PASS);
	/* another process knows as much */
	rig_restart(&rig);
	(void)attest_from(55);
	stands(ATT_STANDING_PASS);
	printf("evidence: %zu bytes with 54 entries, %zu without\n", first,
	    second);
}
END_TEST

START_TEST(what_was_found_is_found_again)
{
	put_policy("usr", 1, "", "\"/usr/.*\"");
	(void)attest_from(0);
	stands(ATT_STANDING_PASS);
	measure("/tmp/evil");
	(void)attest_from(4);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("ima-file-unknown"));
	ck_assert(rig_noted(&rig, "n1", "verdict", "/tmp/evil"));
	/* and the whole of it is looked at from then on */
	(void)attest_from(0);
	stands(ATT_STANDING_FAIL);
	put_policy("tmp", 1, "", "\"/tmp/.*\"");
	(void)attest_from(0);
	stands(ATT_STANDING_PASS);
	(void)attest_from(5);
	stands(ATT_STANDING_PASS);
}
END_TEST

/* What an earlier policy took is judged anew by the one of now. */
START_TEST(another_policy_sees_all_of_it)
{
	AUTO_DONE(answer_done) struct answer gone = { 0 };

	put_policy("usr", 1, "", "\"/usr/.*\"");
	(void)attest_from(0);
	put_policy("usr", 2, "", "\"/usr/[ab]\"");
	(void)attest_from(0);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("ima-file-unknown"));
	rig_operator(&rig, "DELETE", RUNTIME "usr", NULL, &gone);
	ck_assert_uint_eq(gone.status, 200);
	(void)attest_from(-1);
	stands(ATT_STANDING_PASS);
}
END_TEST

/* Another boot, or another count of resets: from the beginning. */
START_TEST(another_boot_begins_anew)
{
	put_policy("usr", 1, "", "\"/usr/.*\"");
	(void)attest_from(0);
	(void)attest_from(4);
	softnode_boot(&node, "uki-sb");
	rig_reference(&rig, &node, "uki-sb");
	node.reset_count++;
	begin_list();
	(void)attest_from(0);
	stands(ATT_STANDING_PASS);
	measure("/usr/d");
	(void)attest_from(4);
	stands(ATT_STANDING_PASS);
}
END_TEST

/* -- a saved state of the machine that is restored ------------------------ */

/* List and register of a moment; time went on meanwhile. */
struct moment {
	struct att_buf ima;
	uint8_t pcr[32];
};

static void
save(struct moment *m)
{
	struct att_slice v;

	m->ima = ATT_BUF(IMAMAKER_MAX);
	att_buf_slice(&m->ima, att_buf_view(&node.ima));
	ck_assert(att_pcrs_get(&node.pcrs, ATT_ALG_SHA256, 10, &v));
	memcpy(m->pcr, v.data, sizeof(m->pcr));
}

static void
restore(const struct moment *m)
{
	att_buf_reset(&node.ima);
	att_buf_slice(&node.ima, att_buf_view(&m->ima));
	ok(att_pcrs_set(&node.pcrs, ATT_ALG_SHA256, 10,
	    (struct att_slice){ m->pcr, sizeof(m->pcr) }, err));
}

START_TEST(a_restored_state)
{
	struct moment early = { 0 }, late = { 0 };

	put_policy("usr", 1, "", "\"/usr/.*\"");
	(void)attest_from(0);
	save(&early);
	measure("/usr/d");
	save(&late);
	(void)attest_from(4);
	stands(ATT_STANDING_PASS);
	/* again and again, also by a verifier that was started anew */
	restore(&early);
	for (int i = 0; i < 3; i++) {
		(void)attest_from(0);
		stands(ATT_STANDING_FAIL);
		ck_assert(found("rolled-back"));
		ck_assert(rig_noted(&rig, "n1", "verdict",
		    "list has 4 entries, and 5 were quoted before"));
		rig_restart(&rig);
	}
	/* and where other files were run since */
	begin_list();
	measure("/usr/e");
	measure("/usr/f");
	(void)attest_from(0);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("rolled-back"));
	/* the state that it was taken back from */
	restore(&late);
	(void)attest_from(0);
	stands(ATT_STANDING_PASS);
	/* a boot ends it */
	restore(&early);
	(void)attest_from(0);
	ck_assert(found("rolled-back"));
	softnode_boot(&node, "uki-sb");
	rig_reference(&rig, &node, "uki-sb");
	node.reset_count++;
	restore(&early);
	(void)attest_from(0);
	stands(ATT_STANDING_PASS);
	att_buf_done(&early.ima);
	att_buf_done(&late.ima);
}
END_TEST

/* What was found once cannot be undone, by whatever name of the boot. */
START_TEST(a_restored_state_without_a_fault)
{
	struct moment m = { 0 };

	put_policy("usr", 1, "", "\"/usr/.*\"");
	(void)attest_from(0);
	save(&m);
	measure("/tmp/evil");
	(void)attest_from(4);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("ima-file-unknown"));
	restore(&m);
	(void)attest_from(0);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("rolled-back") && !found("ima-file-unknown"));
	memset(node.boot_id, 'b', 8);
	put_policy("usr", 2, "", "\"/usr/.*\",\"/opt/.*\"");
	(void)attest_from(0);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("rolled-back"));
	att_buf_done(&m.ima);
}
END_TEST

/* The list is proven, and goes on; another boot's id is not in this log. */
static void
goes_on(void)
{
	(void)attest_from(0);
	ck_assert(!found("rolled-back") && !found("ima-mismatch") &&
	    !found("ima-incomplete"));
	memset(node.boot_id, node.boot_id[0] + 1, 8);
}

/* What is no such thing: kexec, a resume, a TPM that was cleared. */
START_TEST(states_that_were_not_restored)
{
	put_policy("usr", 1, "", "\"/usr/.*\"");
	memset(node.boot_id, 'a', 8);
	measure("/usr/d");
	goes_on();
	/* the list goes on in another kernel */
	measure("/usr/e");
	goes_on();
	/* a resume that reset the registers */
	node.restart_count++;
	begin_list();
	goes_on();
	ck_assert(found("suspended"));
	measure("/usr/d");
	goes_on();
	/* counters that begin anew say nothing of those before */
	softnode_new_ak(&node, SOFTNODE_P256);
	rig_enrol(&rig, &node);
	begin_list();
	goes_on();
}
END_TEST

/* An agent of Keylime's says when it booted, and binds nothing. */
START_TEST(upstream_agents)
{
	put_policy("usr", 1, "", "\"/usr/.*\"");
	node.can_bind = false;
	node.boot_id[0] = '\0';
	(void)attest_from(0);
	stands(ATT_STANDING_PASS);
	(void)attest_from(4);
	stands(ATT_STANDING_PASS);
	snprintf(node.boot_time, sizeof(node.boot_time),
	    "2026-11-23T06:04:46Z");
	(void)attest_from(0);
	stands(ATT_STANDING_PASS);
}
END_TEST

/* The first lines are gone. */
static void
trim(int lines)
{
	struct att_slice all = att_buf_view(&list.text);
	size_t at = 0;

	while (lines > 0)
		lines -= all.data[at++] == '\n';
	att_buf_reset(&node.ima);
	att_buf_bytes(&node.ima, all.data + at, all.len - at);
}

/* What is gone was judged before: the list goes on from there. */
START_TEST(trimmed_lists)
{
	put_policy("usr", 1, "", "\"/usr/.*\"");
	(void)attest_from(0);
	stands(ATT_STANDING_PASS);
	measure("/usr/d");
	measure("/usr/e");
	trim(4);
	(void)attest_from(0);
	stands(ATT_STANDING_PASS);
	/* lines are those of what the node has now */
	measure("/usr/f");
	trim(4);
	(void)attest_from(2);
	stands(ATT_STANDING_PASS);
	measure("/tmp/evil");
	trim(4);
	(void)attest_from(3);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("ima-file-unknown"));
	ck_assert(rig_noted(&rig, "n1", "verdict", "line 4 (ima-ng /tmp/"));
	/* which is found again, and cannot be trimmed away */
	(void)attest_from(0);
	stands(ATT_STANDING_FAIL);
	trim(8);
	(void)attest_from(0);
	stands(ATT_STANDING_FAIL);
	measure("/usr/g");
	trim(8);
	(void)attest_from(0);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("ima-incomplete"));
}
END_TEST

/* It has as many lines again when the trimming is seen: one round is lost. */
START_TEST(trimmed_and_grown)
{
	put_policy("usr", 1, "", "\"/usr/.*\"");
	(void)attest_from(0);
	stands(ATT_STANDING_PASS);
	for (int i = 0; i < 6; i++)
		measure("/usr/d");
	trim(4);
	(void)attest_from(4);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("ima-mismatch"));
	(void)attest_from(0);
	stands(ATT_STANDING_PASS);
	(void)attest_from(6);
	stands(ATT_STANDING_PASS);
	/* all of it: what is quoted is what was judged */
	trim(10);
	(void)attest_from(0);
	stands(ATT_STANDING_PASS);
	measure("/usr/e");
	trim(10);
	(void)attest_from(0);
	stands(ATT_STANDING_PASS);
}
END_TEST

START_TEST(lists_that_do_not_fit)
{
	put_policy("usr", 1, "", "\"/usr/.*\"");
	(void)attest_from(0);
	stands(ATT_STANDING_PASS);
	/* trimmed to where nothing is known, and not all of it can be had */
	measure("/usr/d");
	trim(2);
	(void)attest_from(0);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("ima-incomplete"));
	/* a register that the list does not explain */
	begin_list();
	im_file(&list, 10, "/tmp/evil");
	ok(att_pcrs_set(&node.pcrs, ATT_ALG_SHA256, 10,
	    im_value(&list, ATT_ALG_SHA256, 10), err));
	(void)attest_from(0);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("ima-mismatch"));
	/* cannot, or does not want to */
	node.unreadable = ATT_ITEM_IMA_LOG;
	(void)attest_from(-1);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("log-unreadable"));
	node.unreadable = ATT_ITEM_COUNT;
	node.has_ima = false;
	att_buf_done(&node.ima);
	(void)attest_from(-1);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("not-evaluated"));
	begin_list();
	(void)attest_from(0);
	stands(ATT_STANDING_PASS);
}
END_TEST

/* A policy that comes between demand and evidence is for the next time. */
START_TEST(a_policy_that_comes_in_between)
{
	AUTO_DONE(att_buf_done) struct att_buf body = ATT_BUF(1u << 20);
	AUTO_DONE(answer_done) struct answer a = { 0 };
	struct att_demand d;

	demand(&d);
	rig_evidence_body(&node, &d, &body);
	put_policy("usr", 1, "", "\"/usr/.*\"");
	rig_submit(&rig, &node, &body, &a);
	stands(ATT_STANDING_PASS);
	(void)attest_from(0);
	stands(ATT_STANDING_PASS);
}
END_TEST

START_TEST(a_forgotten_node_is_forgotten)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	struct att_store_ima kept;

	put_policy("usr", 1, "", "\"/usr/.*\"");
	(void)attest_from(0);
	ok(att_store_ima_get(rig.v->store, "n1", &kept, err));
	ck_assert_uint_eq(kept.known.lines, 4);
	ck_assert_str_eq(kept.boot, node.boot_id);
	rig_operator(&rig, "DELETE", "/operator/v1/nodes/n1", NULL, &a);
	ck_assert_uint_eq(a.status, 200);
	fails(att_store_ima_get(rig.v->store, "n1", &kept, err),
	    ATT_E_NOT_FOUND, "n1");
	ok(att_store_ima_drop(rig.v->store, "n1", err));
}
END_TEST

START_TEST(operators_routes)
{
	static const char doc[] = "{\"format\":\"attestd-runtime-policy/1\","
	    "\"id\":\"p\",\"version\":7,\"match\":{},\"digests\":{}}";
	AUTO_DONE(answer_done) struct answer put = { 0 }, other = { 0 },
	    bad = { 0 }, got = { 0 }, all = { 0 }, gone = { 0 },
	    again = { 0 }, none = { 0 };
	json_t *row;

	rig_operator(&rig, "PUT", RUNTIME "p", doc, &put);
	ck_assert_uint_eq(put.status, 200);
	rig_operator(&rig, "PUT", RUNTIME "q", doc, &other);
	ck_assert_uint_eq(other.status, 400);
	rig_operator(&rig, "PUT", RUNTIME "p", "{\"format\":\"x\"}", &bad);
	ck_assert_uint_eq(bad.status, 400);
	rig_operator(&rig, "GET", RUNTIME "p", NULL, &got);
	ck_assert_str_eq(got.text, doc);
	rig_operator(&rig, "GET", "/operator/v1/runtime", NULL, &all);
	row = json_array_get(json_object_get(all.json, "runtime"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(row, "id")), "p");
	ck_assert_int_eq(json_integer_value(json_object_get(row, "version")),
	    7);
	ck_assert(json_is_true(json_object_get(row, "valid")));
	rig_operator(&rig, "DELETE", RUNTIME "p", NULL, &gone);
	ck_assert_uint_eq(gone.status, 200);
	rig_operator(&rig, "DELETE", RUNTIME "p", NULL, &again);
	ck_assert_uint_eq(again.status, 404);
	rig_operator(&rig, "GET", RUNTIME "p", NULL, &none);
	ck_assert_uint_eq(none.status, 404);
	ck_assert(rig_noted(&rig, NULL, "runtime-changed", "\"p\""));
	ck_assert(rig_noted(&rig, NULL, "runtime-deleted", "\"p\""));
}
END_TEST

START_TEST(policies_are_bounded)
{
	char id[16];

	for (int i = 0; i < ATT_STORE_RUNTIMES_MAX; i++) {
		snprintf(id, sizeof(id), "p%d", i);
		ok(att_store_runtime_put(rig.v->store, id, S("{}"), 1, err));
	}
	fails(att_store_runtime_put(rig.v->store, "q", S("{}"), 1, err),
	    ATT_E_LIMIT, "no more");
	ok(att_store_runtime_put(rig.v->store, "p1", S("{}"), 1, err));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ima");
	TCase *t = tcase_create("ima");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, without_a_policy_nothing_changes);
	tcase_add_test(t, only_what_is_new_travels);
	tcase_add_test(t, what_was_found_is_found_again);
	tcase_add_test(t, another_policy_sees_all_of_it);
	tcase_add_test(t, another_boot_begins_anew);
	tcase_add_test(t, a_restored_state);
	tcase_add_test(t, a_restored_state_without_a_fault);
	tcase_add_test(t, states_that_were_not_restored);
	tcase_add_test(t, upstream_agents);
	tcase_add_test(t, trimmed_lists);
	tcase_add_test(t, trimmed_and_grown);
	tcase_add_test(t, lists_that_do_not_fit);
	tcase_add_test(t, a_policy_that_comes_in_between);
	tcase_add_test(t, a_forgotten_node_is_forgotten);
	tcase_add_test(t, operators_routes);
	tcase_add_test(t, policies_are_bounded);
	suite_add_tcase(s, t);
	return run_suite(s);
}
