/*
 * Memory runs out, at each allocation in turn: a connection then ends, with
 * that for its reason, or says what it would have said; nothing stays behind.
 */
#include "testlib.h"

#include "tests/appraise/nomem.h"
#include "varlink/server.h"

#define TRIES_MAX 5000

static struct att_varlink_call *kept;

static void
echo(struct att_varlink_call *c, void *arg)
{
	(void)arg;
	att_varlink_call_reply(c, json_incref(att_varlink_call_parameters(c)));
}

static void
keep(struct att_varlink_call *c, void *arg)
{
	(void)arg;
	att_varlink_call_notify(c, json_pack("{s:s}", "so far", "half"));
	kept = c;
}

static const char *const parameters[] = { "a", NULL };
static const struct att_varlink_method methods[] = {
	{ .name = "Echo", .parameters = parameters, .run = echo },
	{ .name = "Keep", .run = keep },
};
static const struct att_varlink_interface interface = {
	.name = "io.test", .description = "interface io.test\n",
	.methods = methods, .method_count = ATT_COUNT(methods),
};
static const struct att_varlink_service service = {
	.vendor = "V", .product = "P", .version = "1", .url = "U",
	.interfaces = &interface, .interface_count = 1,
};

static const char calls[] =
    "{\"method\":\"io.test.Echo\",\"parameters\":{\"a\":[1,\"two\"]}}\0"
    "{\"method\":\"org.varlink.service.GetInfo\"}\0"
    "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
    "\"parameters\":{\"interface\":\"io.test\"}}\0"
    "{\"method\":\"io.test.Keep\",\"more\":true}\0"
    "{\"method\":\"io.test.Nothing\",\"parameters\":{}}\0"
    "{\"method\":\"io.test.Echo\",\"parameters\":{\"b\":null}}";

static char said[4096];
static size_t said_len;

static void
take_output(struct att_varlink_conn *c)
{
	struct att_slice s = att_varlink_conn_output(c);

	/* Check wants memory for what it asserts */
	if (s.len >= sizeof(said) - said_len)
		abort();
	if (s.len > 0)
		memcpy(said + said_len, s.data, s.len);
	said_len += s.len;
	att_varlink_conn_sent(c, s.len);
}

static int
converse(struct att_varlink_conn *c, struct att_err *err)
{
	struct att_slice s = { (const uint8_t *)calls, sizeof(calls) };
	int r;

	if (att_varlink_conn_feed(c, s) != s.len)
		return att_varlink_conn_run(c, 0, err);
	att_varlink_conn_eof(c);
	while ((r = att_varlink_conn_run(c, 0, err)) == 0) {
		take_output(c);
		if (kept != NULL)
			att_varlink_call_error(take(&kept), "io.test.Bad",
			    json_pack("{s:s}", "reason", "so"));
	}
	return r;
}

/* All of it; 1, or why not. */
static int
serve(struct att_err *err)
{
	AUTO(att_varlink_server_free) struct att_varlink_server *s = NULL;
	struct att_varlink_conn *c = NULL;
	struct att_varlink_peer peer = { .uid = 1 };
	int r;

	said_len = 0;
	if ((r = att_varlink_server_new(&service, &s, err)) < 0 ||
	    (r = att_varlink_conn_new(s, &peer, 0, NULL, NULL, &c, err)) < 0)
		return r;
	r = converse(c, err);
	att_varlink_conn_free(c);
	if (kept != NULL)
		att_varlink_call_reply(take(&kept), json_object());
	return r;
}

START_TEST(of_a_connection)
{
	static char whole[sizeof(said)];
	struct att_err err = { 0 };
	size_t whole_len, ended = 0, i;

	ck_assert_int_eq(serve(&err), 1);
	memcpy(whole, said, whole_len = said_len);
	ck_assert_ptr_nonnull(memmem(whole, whole_len, "half", 4));
	for (i = 0; i < TRIES_MAX; i++) {
		int r;

		asked = held = 0;
		fail_at = i;
		watched = true;
		r = serve(&err);
		watched = false;
		ck_assert_msg(held == 0, "%zu blocks left after the %zuth",
		    held, i);
		ck_assert_msg(r == 1 || r == ATT_E_NOMEM, "the %zuth: %s", i,
		    att_code_name(r));
		/* whatever was said is what would have been */
		ck_assert_msg(said_len <= whole_len &&
			memcmp(said, whole, said_len) == 0, "the %zuth", i);
		ended += r != 1;
		if (asked <= i)
			break;
	}
	ck_assert_uint_eq(said_len, whole_len);
	ck_assert_uint_gt(ended, 50);
	(void)printf("%zu allocations, %zu of them end it\n", i, ended);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("varlink/nomem");
	TCase *t = tcase_create("nomem");

	if (!nomem_of_ossl())
		return 1;
	tcase_add_test(t, of_a_connection);
	suite_add_tcase(s, t);
	return run_suite(s);
}
