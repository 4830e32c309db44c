/* The table of routes: who may ask what, and how refusals look. */
#include "testlib.h"

#include <time.h>

#include "tests/verifier/rig.h"
#include "verifier/db.h"

static struct rig rig;

static void
setup(void)
{
	rig_start(&rig, "");
}

static void
teardown(void)
{
	rig_stop(&rig);
}

/* "/operator/v1/nodes/{}/x" with something in place of each part. */
static void
fill(const char *pattern, char *ret, size_t size)
{
	size_t n = 0;

	for (; *pattern != '\0' && n + 3 < size; pattern++) {
		if (*pattern == '{') {
			ret[n++] = 'n';
			ret[n++] = '1';
			pattern++;
		} else {
			ret[n++] = *pattern;
		}
	}
	ret[n] = '\0';
}

static const struct att_route *
operator_route(int wanted)
{
	size_t count;
	const struct att_route *r = att_api_routes(&count);

	for (size_t i = 0; i < count; i++)
		if (strncmp(r[i].path, "/operator/", 10) == 0 && wanted-- == 0)
			return &r[i];
	return NULL;
}

/* How many there are: the loop test below runs once for each. */
#define OPERATOR_ROUTES 24

/* K10 (CVE-2026-1709): operators' routes without an operator. */
START_TEST(K10_operators_routes_need_the_token)
{
	static const char *const tokens[] = { NULL, "", "x",
		"0123456789abcdef0123456789abcdeF",
		"0123456789abcdef0123456789abcde",
		"0123456789abcdef0123456789abcdef0" };
	const struct att_route *r = operator_route(_i);
	AUTO_DONE(softnode_done) struct softnode n;
	AUTO_DONE(answer_done) struct answer good = { 0 };
	AUTO_DONE(answer_done) struct answer node = { 0 };
	char path[200];

	ck_assert_ptr_nonnull(r);
	ck_assert(r->auth == ATT_AUTH_OPERATOR);
	fill(r->path, path, sizeof(path));
	for (size_t i = 0; i < ATT_COUNT(tokens); i++) {
		AUTO_DONE(answer_done) struct answer a = { 0 };

		rig_ask(&rig, r->method, path, r->type, tokens[i], "{}", &a);
		ck_assert_msg(a.status == 401, "%s %s: %u", r->method, path,
		    a.status);
		ck_assert_str_ne(answer_text(&a), "");
	}
	/* a node's token is no operator's */
	softnode_make(&n, "n1", SOFTNODE_P256, &rig.ca);
	rig_enrol(&rig, &n);
	rig_session(&rig, &n);
	rig_ask(&rig, r->method, path, r->type, n.token, "{}", &node);
	ck_assert_uint_eq(node.status, 401);
	rig_ask(&rig, r->method, path, r->type, RIG_OPERATOR, "{}", &good);
	ck_assert_uint_ne(good.status, 401);
	ck_assert_uint_ne(good.status, 403);
	ck_assert_uint_lt(good.status, 500);
}
END_TEST

START_TEST(K10_the_loop_above_knows_every_route)
{
	ck_assert_ptr_nonnull(operator_route(OPERATOR_ROUTES - 1));
	ck_assert(operator_route(OPERATOR_ROUTES) == NULL);
}
END_TEST

START_TEST(K10_without_a_token_of_its_own_nobody_is_operator)
{
	static const char *const tokens[] = { NULL, "", RIG_OPERATOR };

	rig.v->has_operator = false;
	for (size_t i = 0; i < ATT_COUNT(tokens); i++) {
		AUTO_DONE(answer_done) struct answer a = { 0 };

		rig_ask(&rig, "GET", "/operator/v1/nodes", NULL, tokens[i],
		    NULL, &a);
		ck_assert_uint_eq(a.status, 401);
	}
}
END_TEST

START_TEST(nodes_routes_need_the_nodes_token)
{
	size_t count, seen = 0;
	const struct att_route *r = att_api_routes(&count);
	AUTO_DONE(softnode_done) struct softnode n;
	char path[200];

	softnode_make(&n, "n2", SOFTNODE_P256, &rig.ca);
	rig_enrol(&rig, &n);
	rig_session(&rig, &n);
	for (size_t i = 0; i < count; i++) {
		AUTO_DONE(answer_done) struct answer none = { 0 };
		AUTO_DONE(answer_done) struct answer bad = { 0 };
		AUTO_DONE(answer_done) struct answer other = { 0 };
		AUTO_DONE(answer_done) struct answer operator = { 0 };

		if (r[i].auth != ATT_AUTH_NODE)
			continue;
		seen++;
		fill(r[i].path, path, sizeof(path));
		rig_ask(&rig, r[i].method, path, r[i].type, NULL, "{}", &none);
		ck_assert_uint_eq(none.status, 403);
		rig_ask(&rig, r[i].method, path, r[i].type, "x", "{}", &bad);
		ck_assert_uint_eq(bad.status, 401);
		rig_ask(&rig, r[i].method, path, r[i].type, n.token, "{}",
		    &other);
		ck_assert_uint_eq(other.status, 403);
		rig_ask(&rig, r[i].method, path, r[i].type, RIG_OPERATOR, "{}",
		    &operator);
		ck_assert_uint_eq(operator.status, 401);
	}
	ck_assert_uint_eq(seen, 3);
}
END_TEST

START_TEST(anybody_has_only_these)
{
	static const char *const open[] = { "/version", "/v2.6/agents/{}",
		"/v2.6/agents/{}", "/v3.0/sessions", "/v3.0/sessions/{}",
		"/.well-known/jwks.json" };
	size_t count, seen = 0;
	const struct att_route *r = att_api_routes(&count);

	for (size_t i = 0; i < count; i++)
		if (r[i].auth == ATT_AUTH_NONE) {
			ck_assert(seen < ATT_COUNT(open));
			ck_assert_str_eq(r[i].path, open[seen++]);
			ck_assert_uint_eq(r[i].body_max, 0);
		}
	ck_assert_uint_eq(seen, ATT_COUNT(open));
}
END_TEST

START_TEST(bearer_is_said_as_the_protocol_says_it)
{
	static const char *const wrong[] = { "bearer " RIG_OPERATOR,
		"Bearer  " RIG_OPERATOR, "Basic " RIG_OPERATOR, RIG_OPERATOR,
		"Bearer" };

	for (size_t i = 0; i <= ATT_COUNT(wrong); i++) {
		struct att_request req = { .method = "GET",
			.path = "/operator/v1/nodes",
			.authorization = i < ATT_COUNT(wrong) ? wrong[i] :
			    "Bearer " RIG_OPERATOR };
		struct att_response resp = { .status = 200,
			.body = ATT_BUF(9999) };

		ck_assert_int_eq(att_api_call(rig.v, &req, rig.now, &resp), 0);
		ck_assert_uint_eq(resp.status,
		    i < ATT_COUNT(wrong) ? 401 : 200);
		att_buf_done(&resp.body);
	}
}
END_TEST

START_TEST(unknown_paths_and_methods)
{
	static const struct {
		const char *method, *path;
		unsigned status;
	} table[] = {
		{ "GET", "/", 404 }, { "GET", "", 404 },
		{ "GET", "/v3.0/", 404 }, { "GET", "/v3/", 404 },
		{ "GET", "/v3.1/sessions", 404 },
		{ "POST", "/v3.0/sessions/", 404 },
		{ "GET", "/v3.0/sessions", 405 },
		{ "post", "/v3.0/sessions", 405 },
		{ "DELETE", "/version", 405 }, { "GET", "/version/", 404 },
		{ "GET", "/operator/v1", 404 },
		{ "GET", "/operator/v1/nodes/", 404 },
		{ "POST", "/operator/v1/nodes", 405 },
		{ "GET", "/operator/v2/nodes", 404 },
		{ "GET", "/v3.0/operator/v1/nodes", 404 },
	};

	for (size_t i = 0; i < ATT_COUNT(table); i++) {
		AUTO_DONE(answer_done) struct answer a = { 0 };

		rig_ask(&rig, table[i].method, table[i].path, NULL, NULL,
		    NULL, &a);
		ck_assert_msg(a.status == table[i].status, "%s %s: %u",
		    table[i].method, table[i].path, a.status);
		ck_assert_str_ne(answer_text(&a), "");
	}
}
END_TEST

/* RFC 9110, 15.5.6 */
START_TEST(a_refused_method_is_told_which_are_taken)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	AUTO_DONE(answer_done) struct answer b = { 0 };

	rig_ask(&rig, "POST", "/operator/v1/references/x", NULL, NULL, NULL,
	    &a);
	ck_assert_uint_eq(a.status, 405);
	ck_assert_str_eq(a.allow, "GET, PUT, DELETE");
	rig_ask(&rig, "GET", "/nowhere", NULL, NULL, NULL, &b);
	ck_assert_str_eq(b.allow, "");
}
END_TEST

START_TEST(long_paths_are_no_paths)
{
	AUTO_DONE(answer_done) struct answer fits = { 0 };
	AUTO_DONE(answer_done) struct answer over = { 0 };
	char path[400];

	snprintf(path, sizeof(path), "/operator/v1/references/%0*d",
	    ATT_ROUTE_PARAM_MAX, 1);
	rig_operator(&rig, "GET", path, NULL, &fits);
	ck_assert_uint_eq(fits.status, 404);
	ck_assert(strstr(answer_text(&fits), "reference") != NULL);
	snprintf(path, sizeof(path), "/operator/v1/references/%0*d",
	    ATT_ROUTE_PARAM_MAX + 1, 1);
	rig_operator(&rig, "GET", path, NULL, &over);
	ck_assert_uint_eq(over.status, 404);
	ck_assert(strstr(answer_text(&over), "path") != NULL);
}
END_TEST

static char sender[ATT_SERVER_WHO_MAX + 1];	/* as body_max left it */

static size_t
body_max(const char *method, const char *path, const char *token)
{
	char bearer[600];
	struct att_request req = { .method = method, .path = path };

	snprintf(bearer, sizeof(bearer), "Bearer %s", token);
	req.authorization = bearer;
	memset(sender, 0, sizeof(sender));
	return att_api_body_max(rig.v, &req, sender);
}

START_TEST(a_large_body_needs_a_proof)
{
	static const char evidence[] = "/v3.0/agents/n1/attestations/latest";
	static const char reference[] = "/operator/v1/references/r";
	AUTO_DONE(softnode_done) struct softnode n;

	rig.now = (int64_t)time(NULL);
	softnode_make(&n, "n1", SOFTNODE_P256, &rig.ca);
	rig_enrol(&rig, &n);
	rig_session(&rig, &n);
	ck_assert_uint_eq(body_max("PATCH", evidence, n.token),
	    ATT_SUBMISSION_MAX);
	ck_assert_str_eq(sender, "n1");
	ck_assert_uint_eq(body_max("PATCH", evidence, "x"), 0);
	ck_assert_str_eq(sender, "");
	ck_assert_uint_eq(body_max("POST", evidence, n.token), 0);
	ck_assert_uint_eq(body_max("PATCH",
	    "/v3.0/agents/n2/attestations/latest", n.token), 0);
	ck_assert_uint_eq(body_max("PUT", reference, RIG_OPERATOR),
	    ATT_REF_FILE_MAX);
	ck_assert_uint_eq(body_max("PUT", reference, n.token), 0);
	ck_assert_uint_eq(body_max("POST", "/v3.0/sessions", n.token), 0);
	ck_assert_uint_eq(body_max("POST", "/nowhere", RIG_OPERATOR), 0);
}
END_TEST

START_TEST(keys_are_published)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	const json_t *key;

	rig_ask(&rig, "GET", "/.well-known/jwks.json", NULL, NULL, NULL, &a);
	ck_assert_uint_eq(a.status, 200);
	ck_assert_str_eq(a.content_type, "application/jwk-set+json");
	key = json_array_get(json_object_get(a.json, "keys"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(key, "kty")), "EC");
	ck_assert_str_eq(json_string_value(json_object_get(key, "kid")),
	    att_jws_key_id(rig.v->result_key));
	/* and nothing that is private */
	ck_assert(json_object_get(key, "d") == NULL);
}
END_TEST

/* A request that the store cannot serve: 500, and no word of why. */
START_TEST(trouble_of_ours_is_500_and_says_nothing)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	struct att_store *s = rig.v->store;
	struct att_err e = { 0 };

	{
		AUTO_DONE(att_db_unlock) struct att_store *h = att_db_lock(s);
		sqlite3_stmt *st = att_db_stmt(h, "DROP TABLE node", &e);

		ck_assert(st != NULL && att_db_run(st, &e) == 0);
	}
	rig_operator(&rig, "GET", "/operator/v1/nodes", NULL, &a);
	ck_assert_uint_eq(a.status, 500);
	ck_assert(strstr(a.text, "table") == NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("route");
	TCase *t = tcase_create("route");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, K10_operators_routes_need_the_token, 0,
	    OPERATOR_ROUTES);
	tcase_add_test(t, K10_the_loop_above_knows_every_route);
	tcase_add_test(t, K10_without_a_token_of_its_own_nobody_is_operator);
	tcase_add_test(t, nodes_routes_need_the_nodes_token);
	tcase_add_test(t, anybody_has_only_these);
	tcase_add_test(t, bearer_is_said_as_the_protocol_says_it);
	tcase_add_test(t, unknown_paths_and_methods);
	tcase_add_test(t, a_refused_method_is_told_which_are_taken);
	tcase_add_test(t, long_paths_are_no_paths);
	tcase_add_test(t, a_large_body_needs_a_proof);
	tcase_add_test(t, keys_are_published);
	tcase_add_test(t, trouble_of_ours_is_500_and_says_nothing);
	suite_add_tcase(s, t);
	return run_suite(s);
}
