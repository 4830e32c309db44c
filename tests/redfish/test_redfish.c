/* The client: who it speaks to, what it takes, and how long. */
#include "testlib.h"

#include "fixture.h"

static int
open_it(struct att_err *err)
{
	AUTO(att_redfish_free) struct att_redfish *r = NULL;

	return att_redfish_open(&bmc.o, &r, err);
}

/* -- who it speaks to ----------------------------------------------------- */

START_TEST(a_session_is_opened_and_ended)
{
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_redfish *r = NULL;

	start();
	ok(att_redfish_open(&bmc.o, &r, err));
	ck_assert_str_eq(att_redfish_text_in(att_redfish_root(r),
	    "Product"), "GB NVL");
	ok(att_redfish_get(r, V1 "/Managers/BMC_0", &j, err));
	ck_assert_str_eq(att_redfish_text_in(j, "FirmwareVersion"),
	    "70.01.00.09");
	att_redfish_free(r);
	stop();
	ck_assert_str_eq(bmc.m.log, "GET " V1 "\nPOST " V1
	    "/SessionService/Sessions\nGET " V1 "/Managers/BMC_0\n"
	    "DELETE " MOCK_SESSION "\n");
}
END_TEST

/* All of this on one connection, and the password with each request. */
START_TEST(a_bmc_without_sessions)
{
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_redfish *r = NULL;

	bmc.m.no_sessions = true;
	start();
	ok(att_redfish_open(&bmc.o, &r, err));
	ok(att_redfish_get(r, V1 "/Managers", &j, err));
	att_redfish_free(r);
	stop();
	ck_assert_uint_eq(mock_count(&bmc.m, "DELETE"), 0);
	ck_assert_uint_eq(bmc.m.peer.connections, 1);
}
END_TEST

START_TEST(nobodys_account)
{
	struct att_redfish *r = NULL;

	start();
	bmc.o.user = bmc.o.password = NULL;
	ok(att_redfish_open(&bmc.o, &r, err));
	fails(att_redfish_get(r, V1 "/Managers", &(json_t *){ NULL }, err),
	    ATT_E_DENIED, "status 401");
	att_redfish_free(r);
	stop();
	ck_assert_uint_eq(mock_count(&bmc.m, "POST"), 0);
}
END_TEST

/* A wrong password is tried once: accounts lock. */
START_TEST(a_wrong_password)
{
	start();
	bmc.o.password = "wrong";
	fails(open_it(err), ATT_E_DENIED, "status 401");
	stop();
	ck_assert_uint_eq(mock_count(&bmc.m, "POST"), 1);
	ck_assert_uint_eq(mock_count(&bmc.m, "DELETE"), 0);
}
END_TEST

START_TEST(another_key)
{
	struct cert other = cert_make("bmc", NULL, -DAY, DAY, NULL);

	start();
	bmc.o.pin = pin_of(&other, bmc.pin);
	fails(open_it(err), ATT_E_UNTRUSTED, "pinned");
	stop();
	ck_assert_uint_eq(bmc.m.peer.bytes, 0);
	cert_done(&other);
}
END_TEST

/* Nothing that vouches for it: nobody is trusted on first use. */
START_TEST(neither_key_nor_authority)
{
	start();
	bmc.o.pin = NULL;
	fails(open_it(err), ATT_E_USAGE, "pinned key");
	bmc.o.origin = "http://127.0.0.1";
	fails(open_it(err), ATT_E_USAGE, "plain http");
	stop();
	ck_assert_uint_eq(bmc.m.peer.connections, 0);
}
END_TEST

START_TEST(credentials_that_are_none)
{
	static const char *const bad[] = { "", "a\nb", "a\x7f", "\xff" };

	start();
	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		bmc.o.user = bad[i];
		fails(open_it(err), ATT_E_USAGE, "user");
		bmc.o.user = MOCK_USER;
		bmc.o.password = bad[i];
		fails(open_it(err), ATT_E_USAGE, "password");
		bmc.o.password = MOCK_PASSWORD;
	}
	bmc.o.user = NULL;
	fails(open_it(err), ATT_E_USAGE, "both or neither");
	bmc.o.user = "a:b";
	bmc.m.no_sessions = true;
	fails(open_it(err), ATT_E_USAGE, "colon");
	stop();
}
END_TEST

/* -- links ---------------------------------------------------------------- */

static const char *const elsewhere[] = { "", "/", "/redfish", "/redfishx/v1",
	"/etc/passwd", "//evil.example/redfish/v1", "http://127.0.0.1/redfish/",
	"https://evil.example/redfish/v1", "redfish/v1", "/redfish/../x",
	"/redfish/v1/..", "/redfish/v1/../../x", "/redfish/./v1",
	"/redfish/v1/.", "/redfish/%2e%2e/x", "/redfish/v1%2fx",
	"/redfish/v1/%2E./x", "/redfish/v1//x", "/redfish/v1\\x",
	"/redfish/v1/%5c..", "/redfish/v1#/Oem", "/redfish/v1/a b",
	"/redfish/v1/a\r\nX: y", "/redfish/v1/\xc3\xa4", "/redfish/v1/..?x" };

START_TEST(links_elsewhere)
{
	struct att_redfish *r = NULL;
	char other[96];
	size_t before;

	start();
	ok(att_redfish_open(&bmc.o, &r, err));
	before = bmc.m.logged;
	for (size_t i = 0; i < ATT_COUNT(elsewhere); i++)
		fails(att_redfish_get(r, elsewhere[i],
		    &(json_t *){ NULL }, err), ATT_E_UNSUPPORTED,
		    "elsewhere");
	/* the same host, and a port that begins as this one does */
	snprintf(other, sizeof(other), "%s0/redfish/v1", bmc.origin);
	fails(att_redfish_get(r, other, &(json_t *){ NULL }, err),
	    ATT_E_UNSUPPORTED, "elsewhere");
	fails(att_redfish_post(r, "/x", S("{}"),
	    &(struct att_redfish_answer){ 0 }, err), ATT_E_UNSUPPORTED,
	    "elsewhere");
	ck_assert_uint_eq(bmc.m.logged, before);
	att_redfish_free(r);
	stop();
}
END_TEST

START_TEST(links_that_lead_here)
{
	static const char *const good[] = { "/redfish/v1/Managers",
		"/redfish/v1/Managers/", "/redfish/v1/..x", "/redfish/v1/a..b",
		"/redfish/v1/a%20b", "/redfish/v1/x?$skip=1" };
	struct att_redfish *r = NULL;
	char whole[128];
	int code;

	start();
	ok(att_redfish_open(&bmc.o, &r, err));
	for (size_t i = 0; i < ATT_COUNT(good); i++) {
		json_t *j = NULL;

		code = att_redfish_get(r, good[i], &j, NULL);
		ck_assert_msg(code == 0 || code == ATT_E_NOT_FOUND, "%s",
		    good[i]);
		json_decref(j);
	}
	snprintf(whole, sizeof(whole), "%s/redfish/v1/Managers", bmc.origin);
	{
		AUTO(att_json_decref) json_t *j = NULL;

		ok(att_redfish_get(r, whole, &j, err));
	}
	att_redfish_free(r);
	stop();
}
END_TEST

START_TEST(once_only)
{
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_redfish *r = NULL;

	start();
	ok(att_redfish_open(&bmc.o, &r, err));
	ok(att_redfish_visit(r, V1 "/Managers", &j, err));
	fails(att_redfish_visit(r, V1 "/Managers", &j, err), ATT_E_CONFLICT,
	    "again");
	fails(att_redfish_visit(r, V1 "/Managers/", &j, err), ATT_E_CONFLICT,
	    "again");
	att_redfish_free(r);
	stop();
}
END_TEST

/* -- what it takes -------------------------------------------------------- */

static void
get_fails(const struct fault *f, int code, const char *word)
{
	struct att_redfish *r = NULL;

	bmc.m.fault[0] = *f;
	start();
	ok(att_redfish_open(&bmc.o, &r, err));
	fails(att_redfish_get(r, f->path, &(json_t *){ NULL }, err), code,
	    word);
	att_redfish_free(r);
	stop();
}

static const struct {
	unsigned status;
	int code;
} statuses[] = { { 301, ATT_E_UNSUPPORTED }, { 307, ATT_E_UNSUPPORTED },
	{ 401, ATT_E_DENIED }, { 403, ATT_E_DENIED },
	{ 404, ATT_E_NOT_FOUND }, { 410, ATT_E_NOT_FOUND },
	{ 429, ATT_E_BUSY }, { 503, ATT_E_BUSY }, { 400, ATT_E_FORMAT },
	{ 500, ATT_E_FORMAT }, { 599, ATT_E_FORMAT } };

START_TEST(statuses_of_answers)
{
	get_fails(&(struct fault){ .path = V1 "/x",
	    .status = statuses[_i].status, .headers = "Location: " V1 "\r\n" },
	    statuses[_i].code, "status");
	/* whoever sends us elsewhere is not followed */
	ck_assert_uint_eq(mock_count(&bmc.m, "GET " V1 "\n"), 1);
}
END_TEST

static const char *const bodies[] = { "", "[]", "7", "{", "{\"a\":1}x",
	"{\"a\":1,\"a\":2}", "<html>" };

START_TEST(bodies_that_are_none)
{
	get_fails(&(struct fault){ .path = V1 "/x", .body = bodies[_i] },
	    ATT_E_FORMAT, "x");
}
END_TEST

START_TEST(very_deep)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);

	att_buf_str(&b, "{\"a\":");
	att_buf_fill(&b, '[', 500000);
	att_buf_u8(&b, '\0');
	get_fails(&(struct fault){ .path = V1 "/x",
	    .body = (const char *)b.data }, ATT_E_LIMIT, "deep");
}
END_TEST

START_TEST(endless)
{

	get_fails(&(struct fault){ .path = V1 "/x", .endless = "          "
	    "                                                        " },
	    ATT_E_LIMIT, "bytes");
}
END_TEST

START_TEST(one_deadline_for_all)
{
	struct att_redfish *r = NULL;

	bmc.m.fault[0] = (struct fault){ .path = V1 "/x", .hang = true };
	start();
	bmc.o.deadline_ms = 700;
	ok(att_redfish_open(&bmc.o, &r, err));
	fails(att_redfish_get(r, V1 "/x", &(json_t *){ NULL }, err),
	    ATT_E_TIMEOUT, "");
	/* and then nothing more is sent */
	fails(att_redfish_get(r, V1 "/Managers", &(json_t *){ NULL }, err),
	    ATT_E_TIMEOUT, "is over");
	fails(att_redfish_pause(r, err), ATT_E_TIMEOUT, "is over");
	att_redfish_free(r);
	stop();
	ck_assert_uint_eq(mock_count(&bmc.m, "GET " V1 "/Managers"), 0);
	ck_assert_uint_eq(mock_count(&bmc.m, "DELETE " MOCK_SESSION), 1);
}
END_TEST

/* A BMC that accepts connections and says nothing, not even of TLS. */
START_TEST(mute)
{

	bmc.m.peer.mute = true;
	start();
	bmc.o.deadline_ms = 500;
	fails(open_it(err), ATT_E_TIMEOUT, "");
	stop();
}
END_TEST

START_TEST(nobody_there)
{
	start();
	stop();
	fails(open_it(err), ATT_E_NET, "");
}
END_TEST

static bool
now(void)
{
	return true;
}

START_TEST(stopped)
{
	start();
	bmc.o.stop = now;
	fails(open_it(err), ATT_E_BUSY, "asked to end");
	stop();
}
END_TEST

START_TEST(requests_are_counted)
{
	struct att_redfish *r = NULL;
	int code = 0;
	unsigned n = 2;		/* root and session */

	start();
	bmc.o.deadline_ms = 60000;
	ok(att_redfish_open(&bmc.o, &r, err));
	while (code == 0 || code == ATT_E_NOT_FOUND) {
		code = att_redfish_get(r, V1 "/x", &(json_t *){ NULL }, NULL);
		n += code != ATT_E_LIMIT;
	}
	ck_assert_int_eq(code, ATT_E_LIMIT);
	ck_assert_uint_eq(n, ATT_REDFISH_REQUESTS_MAX);
	att_redfish_free(r);
	stop();
}
END_TEST

/* A session that the BMC points away with is not ended there. */
START_TEST(a_session_elsewhere)
{
	struct att_redfish *r = NULL;

	bmc.m.fault[0] = (struct fault){
		.path = V1 "/SessionService/Sessions", .status = 201,
		.headers = "X-Auth-Token: " MOCK_TOKEN "\r\n"
			   "Location: https://evil.example/redfish/v1/x\r\n" };
	start();
	ok(att_redfish_open(&bmc.o, &r, err));
	att_redfish_free(r);
	stop();
	ck_assert_uint_eq(mock_count(&bmc.m, "DELETE"), 0);
}
END_TEST

START_TEST(a_session_without_token)
{
	bmc.m.fault[0] = (struct fault){
		.path = V1 "/SessionService/Sessions", .status = 201 };
	start();
	fails(open_it(err), ATT_E_FORMAT, "without a token");
	stop();
}
END_TEST

START_TEST(a_session_link_elsewhere)
{
	bmc.m.fault[0] = (struct fault){ .path = V1, .body =
		"{\"Links\":{\"Sessions\":{\"@odata.id\":"
		"\"https://evil.example/redfish/v1/s\"}}}" };
	start();
	fails(open_it(err), ATT_E_UNSUPPORTED, "elsewhere");
	stop();
	ck_assert_uint_eq(mock_count(&bmc.m, "POST"), 0);
}
END_TEST

/* -- small things --------------------------------------------------------- */

START_TEST(paths_into_json)
{
	AUTO(att_json_decref) json_t *j = json_loads(
	    "{\"a\":{\"b\":\"x\",\"c\":\"\",\"@odata.id\":\"/y\"},\"d\":7}", 0,
	    NULL);

	ck_assert_str_eq(att_redfish_text_in(j, "a/b"), "x");
	ck_assert_ptr_null(att_redfish_text_in(j, "a/c"));
	ck_assert_ptr_null(att_redfish_text_in(j, "a"));
	ck_assert_ptr_null(att_redfish_text_in(j, "d"));
	ck_assert_ptr_null(att_redfish_text_in(j, "a/b/c"));
	ck_assert_ptr_null(att_redfish_text_in(NULL, "a"));
	ck_assert_ptr_null(att_redfish_at(j, "0123456789012345678901234567890"
	    "1234567890123456789012345678901234567890"));
	ck_assert_str_eq(att_redfish_link_in(j, "a"), "/y");
	ck_assert_ptr_null(att_redfish_link_in(j, "d"));
}
END_TEST

START_TEST(reasons_are_fixed)
{
	for (int code = 0; code > -64; code--) {
		const char *s = att_redfish_reason(code);

		ck_assert(s[0] != '\0' && strpbrk(s, "0123456789") == NULL);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("redfish");
	TCase *who = add_case(s, "who"), *link = add_case(s, "links");
	TCase *what = add_case(s, "what");

	tcase_add_test(who, a_session_is_opened_and_ended);
	tcase_add_test(who, a_bmc_without_sessions);
	tcase_add_test(who, nobodys_account);
	tcase_add_test(who, a_wrong_password);
	tcase_add_test(who, another_key);
	tcase_add_test(who, neither_key_nor_authority);
	tcase_add_test(who, credentials_that_are_none);
	tcase_add_test(who, a_session_elsewhere);
	tcase_add_test(who, a_session_without_token);
	tcase_add_test(who, a_session_link_elsewhere);
	tcase_add_test(link, links_elsewhere);
	tcase_add_test(link, links_that_lead_here);
	tcase_add_test(link, once_only);
	tcase_add_loop_test(what, statuses_of_answers, 0,
	    ATT_COUNT(statuses));
	tcase_add_loop_test(what, bodies_that_are_none, 0, ATT_COUNT(bodies));
	tcase_add_test(what, very_deep);
	tcase_add_test(what, endless);
	tcase_add_test(what, one_deadline_for_all);
	tcase_add_test(what, mute);
	tcase_add_test(what, nobody_there);
	tcase_add_test(what, stopped);
	tcase_add_test(what, requests_are_counted);
	tcase_add_test(what, paths_into_json);
	tcase_add_test(what, reasons_are_fixed);
	return run_suite(s);
}
