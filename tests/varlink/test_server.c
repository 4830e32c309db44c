#include "testlib.h"

#include <unistd.h>

#include "varlink/service.h"

/* -- what is answered ------------------------------------------------------ */

START_TEST(answers)
{
	struct att_varlink_conn *c = connection();

	ck_assert_uint_eq(att_varlink_conn_wants(c), ATT_VARLINK_READ);
	says(c, 0, "");
	feed(c, "{\"method\":\"io.test.Echo\",\"parameters\":{\"a\":1}}|");
	says(c, 0, "{\"parameters\":{\"a\":1}}|");
	/* and again */
	feed(c, ECHO);
	says(c, 0, EMPTY);
	ck_assert_uint_eq(world.ran, 2);
	ck_assert_uint_eq(att_varlink_conn_wants(c), ATT_VARLINK_READ);
	/* nobody has to be told of what he does himself */
	ck_assert_uint_eq(woken, 0);
	att_varlink_conn_free(c);
}
END_TEST

static const struct {
	const char *call, *reply;
} standard[] = {
	{ "{\"method\":\"org.varlink.service.GetInfo\"}|",
	    "{\"parameters\":{\"interfaces\":[\"org.varlink.service\","
	    "\"io.test\"],\"product\":\"P\",\"url\":\"U\",\"vendor\":\"V\","
	    "\"version\":\"1\"}}|" },
	{ "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
	  "\"parameters\":{\"interface\":\"io.test\"}}|",
	    "{\"parameters\":{\"description\":\"interface io.test\\n"
	    "method Keep() -> ()\\n\"}}|" },
	{ "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
	  "\"parameters\":{\"interface\":\"io.tes\"}}|",
	    "{\"error\":\"org.varlink.service.InterfaceNotFound\","
	    "\"parameters\":{\"interface\":\"io.tes\"}}|" },
	{ "{\"method\":\"org.varlink.service.GetInterfaceDescription\"}|",
	    "{\"error\":\"org.varlink.service.InvalidParameter\","
	    "\"parameters\":{\"parameter\":\"interface\"}}|" },
	{ "{\"method\":\"org.varlink.service.GetInfo\","
	  "\"parameters\":{\"x\":1}}|",
	    "{\"error\":\"org.varlink.service.InvalidParameter\","
	    "\"parameters\":{\"parameter\":\"x\"}}|" },
	{ "{\"method\":\"io.test2.Echo\"}|",
	    "{\"error\":\"org.varlink.service.InterfaceNotFound\","
	    "\"parameters\":{\"interface\":\"io.test2\"}}|" },
	{ "{\"method\":\"io.test.Ech\"}|",
	    "{\"error\":\"org.varlink.service.MethodNotFound\","
	    "\"parameters\":{\"method\":\"io.test.Ech\"}}|" },
	{ "{\"method\":\"io.test.Echo\",\"upgrade\":true}|",
	    "{\"error\":\"org.varlink.service.MethodNotImplemented\","
	    "\"parameters\":{\"method\":\"io.test.Echo\"}}|" },
	{ "{\"method\":\"io.test.Echo\",\"parameters\":{\"a\":1,\"c\":2}}|",
	    "{\"error\":\"org.varlink.service.InvalidParameter\","
	    "\"parameters\":{\"parameter\":\"c\"}}|" },
};

/* Each is followed by one that works: the connection is as it was. */
START_TEST(answers_by_itself)
{
	struct att_varlink_conn *c = connection();

	feed(c, standard[_i].call);
	says(c, 0, standard[_i].reply);
	ck_assert_uint_eq(world.ran, 0);
	feed(c, ECHO);
	says(c, 0, EMPTY);
	att_varlink_conn_free(c);
}
END_TEST

START_TEST(describes_itself)
{
	struct att_varlink_conn *c = connection();
	const char *text;

	feed(c, "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
		"\"parameters\":{\"interface\":\"org.varlink.service\"}}|");
	ok(att_varlink_conn_run(c, 0, err));
	text = (const char *)att_varlink_conn_output(c).data;
	ck_assert_ptr_nonnull(strstr(text, "interface org.varlink.service"));
	ck_assert_ptr_nonnull(strstr(text, "method GetInfo() -> ("));
	att_varlink_conn_free(c);
}
END_TEST

START_TEST(a_call_comes_in_pieces)
{
	const char *text = "{\"method\":\"io.test.Echo\"}";
	struct att_varlink_conn *c = connection();
	struct att_slice s = S(text);

	for (size_t i = 0; i < s.len; i++) {
		ck_assert_uint_eq(att_varlink_conn_feed(c,
		    (struct att_slice){ s.data + i, 1 }), 1);
		says(c, 0, "");
	}
	feed(c, "|");
	says(c, 0, EMPTY);
	att_varlink_conn_free(c);
}
END_TEST

/* Each is begun after the one before was answered, and the answer has gone. */
START_TEST(many_calls_at_once)
{
	struct att_varlink_conn *c = connection();

	feed(c, ECHO KEEP ECHO ECHO "{\"meth");
	says(c, 0, EMPTY);
	ck_assert_uint_eq(world.ran, 1);
	says(c, 0, "");
	ck_assert_uint_eq(world.ran, 2);
	att_varlink_call_reply(world.kept[0], json_pack("{s:i}", "n", 7));
	ck_assert_uint_eq(woken, 1);
	says(c, 0, "{\"parameters\":{\"n\":7}}|");
	ck_assert_uint_ne(att_varlink_conn_wants(c) & ATT_VARLINK_WRITE, 0);
	says(c, 0, EMPTY);
	says(c, 0, EMPTY);
	says(c, 0, "");
	feed(c, "od\":\"io.test.Echo\"}|");
	says(c, 0, EMPTY);
	ck_assert_uint_eq(world.ran, 5);
	att_varlink_conn_free(c);
}
END_TEST

START_TEST(a_call_without_reply)
{
	struct att_varlink_conn *c = connection();

	feed(c, "{\"method\":\"io.test.Echo\",\"oneway\":true}|"
		"{\"method\":\"io.test.Nothing\",\"oneway\":true}|"
		"{\"method\":\"io.test.Keep\",\"oneway\":true}|" ECHO);
	for (unsigned i = 0; i < 4; i++)
		says(c, 0, "");
	ck_assert_uint_eq(world.ran, 2);
	/* it is worked on: the next one waits */
	att_varlink_call_error(world.kept[0], "io.test.Bad", json_object());
	ck_assert_uint_eq(woken, 1);
	says(c, 0, EMPTY);
	att_varlink_conn_free(c);
}
END_TEST

START_TEST(several_replies)
{
	struct att_varlink_conn *c = connection();

	feed(c, KEEP_MORE KEEP);
	says(c, 0, "");
	ck_assert(att_varlink_call_more(world.kept[0]));
	att_varlink_call_notify(world.kept[0], json_pack("{s:i}", "n", 1));
	ck_assert_uint_eq(woken, 1);
	says(c, 0, "{\"continues\":true,\"parameters\":{\"n\":1}}|");
	att_varlink_call_notify(world.kept[0], json_pack("{s:i}", "n", 2));
	att_varlink_call_error(world.kept[0], "io.test.Bad",
	    json_pack("{s:i}", "n", 3));
	says(c, 0, "{\"continues\":true,\"parameters\":{\"n\":2}}|"
		   "{\"error\":\"io.test.Bad\",\"parameters\":{\"n\":3}}|");
	/* one that did not ask for several gets one */
	says(c, 0, "");
	ck_assert(!att_varlink_call_more(world.kept[1]));
	att_varlink_call_notify(world.kept[1], json_pack("{s:i}", "n", 4));
	says(c, 0, "");
	att_varlink_call_invalid(world.kept[1], "p");
	says(c, 0, "{\"error\":\"org.varlink.service.InvalidParameter\","
		   "\"parameters\":{\"parameter\":\"p\"}}|");
	att_varlink_conn_free(c);
}
END_TEST

/* What nobody reads is not kept, but for the newest. */
START_TEST(news_for_a_slow_reader)
{
	struct att_varlink_conn *c = connection();
	struct att_slice s;

	feed(c, KEEP_MORE);
	says(c, 0, "");
	for (int n = 0; n < 100; n++)
		att_varlink_call_notify(world.kept[0], text_of(1000));
	att_varlink_call_notify(world.kept[0], json_pack("{s:i}", "n", 1));
	att_varlink_call_notify(world.kept[0], json_pack("{s:i}", "n", 2));
	s = att_varlink_conn_output(c);
	ck_assert_uint_ge(s.len, ATT_VARLINK_BACKLOG_MAX);
	ck_assert_uint_lt(s.len, ATT_VARLINK_BACKLOG_MAX + 2000);
	ok(att_varlink_conn_run(c, 0, err));
	att_varlink_conn_sent(c, s.len - 1);
	ck_assert_uint_eq(att_varlink_conn_output(c).len, 1);
	att_varlink_conn_sent(c, 1);
	says(c, 0, "{\"continues\":true,\"parameters\":{\"n\":2}}|");
	/* and none that is older than the last reply */
	for (int n = 0; n < 100; n++)
		att_varlink_call_notify(world.kept[0], text_of(1000));
	att_varlink_call_reply(world.kept[0], json_pack("{s:i}", "n", 3));
	att_varlink_conn_sent(c, s.len);
	says(c, 0, "{\"parameters\":{\"n\":3}}|");
	says(c, 0, "");
	att_varlink_conn_free(c);
}
END_TEST

START_TEST(a_reply_goes_in_pieces)
{
	struct att_varlink_conn *c = connection();

	feed(c, ECHO);
	ok(att_varlink_conn_run(c, 0, err));
	for (size_t left = strlen(EMPTY); left > 0; left--) {
		ck_assert_uint_eq(att_varlink_conn_output(c).len, left);
		ck_assert_uint_ne(att_varlink_conn_wants(c) &
		    ATT_VARLINK_WRITE, 0);
		att_varlink_conn_sent(c, 1);
	}
	ck_assert_uint_eq(att_varlink_conn_wants(c), ATT_VARLINK_READ);
	att_varlink_conn_free(c);
}
END_TEST

/* -- what is refused ------------------------------------------------------- */

static const struct {
	const char *text;
	int code;
	const char *word;
} bad[] = {
	{ "|", ATT_E_FORMAT, "JSON" },
	{ "GET / HTTP/1.1\r\n|", ATT_E_FORMAT, "JSON" },
	{ "[]|", ATT_E_FORMAT, "object" },
	{ "{\"method\":\"Echo\"}|", ATT_E_FORMAT, "no name" },
	{ "{\"method\":\"io.test.Echo\",\"x\":1}|", ATT_E_FORMAT, "\"x\"" },
	{ "{\"meth|od\":\"io.test.Echo\"}|", ATT_E_FORMAT, "JSON" },
	{ ECHO "{}|" ECHO, ATT_E_FORMAT, "\"method\" is missing" },
};

START_TEST(what_is_no_call)
{
	struct att_varlink_conn *c = connection();

	feed(c, bad[_i].text);
	if (strncmp(bad[_i].text, ECHO, strlen(ECHO)) == 0)
		says(c, 0, EMPTY);
	ends(c, 0, bad[_i].code, bad[_i].word);
}
END_TEST

/* n bytes of a call, and no NUL. */
static void
feed_call_of(struct att_varlink_conn *c, size_t n)
{
	static const char head[] =
	    "{\"method\":\"io.test.Echo\",\"parameters\":{\"a\":\"";
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);

	att_buf_str(&b, head);
	att_buf_fill(&b, 'y', n - strlen(head) - 3);
	att_buf_str(&b, "\"}}");
	ck_assert_uint_eq(att_varlink_conn_feed(c, att_buf_view(&b)), n);
}

START_TEST(a_call_of_the_largest_size)
{
	struct att_varlink_conn *c = connection();

	feed_call_of(c, ATT_VARLINK_CALL_MAX);
	says(c, 0, "");
	ck_assert_uint_ne(att_varlink_conn_wants(c) & ATT_VARLINK_READ, 0);
	feed(c, "|");
	ok(att_varlink_conn_run(c, 0, err));
	ck_assert_uint_eq(world.ran, 1);
	att_varlink_conn_free(c);
}
END_TEST

START_TEST(a_call_that_is_too_large)
{
	struct att_varlink_conn *c = connection();

	feed_call_of(c, ATT_VARLINK_CALL_MAX + 1);
	ends(c, 0, ATT_E_LIMIT, "over 65536 bytes");
	ck_assert_uint_eq(world.ran, 0);
}
END_TEST

/* One is worked on; of the others as much is held as one may be large. */
START_TEST(calls_are_not_piled_up)
{
	struct att_varlink_conn *c = connection();
	static const char text[] = "{\"method\":\"io.test.Echo\"}";
	struct att_slice echo_call = { (const uint8_t *)text, sizeof(text) };
	size_t held = 0, n;

	feed(c, KEEP);
	says(c, 0, "");
	while ((n = att_varlink_conn_feed(c, echo_call)) == echo_call.len)
		held += n;
	held += n;
	ck_assert_uint_eq(held, ATT_VARLINK_CALL_MAX + 1);
	says(c, 0, "");
	ck_assert_uint_eq(att_varlink_conn_wants(c), 0);
	ck_assert(att_varlink_conn_due(c) == UINT64_MAX);
	ck_assert_uint_eq(world.ran, 1);
	att_varlink_call_reply(world.kept[0], json_object());
	att_varlink_conn_free(c);
}
END_TEST

START_TEST(connections_of_one_user)
{
	struct att_varlink_conn *c[ATT_VARLINK_CONNS_MAX], *none = NULL;
	struct att_varlink_peer peer = { .uid = 1000,
		.gid = STRANGERS };
	size_t n = 0;

	while (n < ATT_VARLINK_CONNS_UID_MAX)
		c[n++] = connection_of(1000, STRANGERS);
	fails(att_varlink_conn_new(server, &peer, 0, wake, &woken, &none, err),
	    ATT_E_BUSY, "of user 1000");
	/* others are not kept out by it, root not by many of them */
	for (uid_t uid = 1001; n < ATT_VARLINK_CONNS_OTHERS_MAX; uid++)
		c[n++] = connection_of(uid, STRANGERS);
	peer.uid = 2000;
	fails(att_varlink_conn_new(server, &peer, 0, wake, &woken, &none, err),
	    ATT_E_BUSY, "too many connections, 40");
	/* nor who is of our group, though a namespace gives him that number */
	c[n++] = connection_of(1000, getegid());
	/* nor this user, who in a test may be root */
	c[n++] = connection_of(geteuid(), STRANGERS);
	while (n < ATT_VARLINK_CONNS_MAX)
		c[n++] = connection_of(0, STRANGERS);
	ck_assert_uint_eq(att_varlink_server_conns(server), n);
	peer.uid = 0;
	fails(att_varlink_conn_new(server, &peer, 0, wake, &woken, &none, err),
	    ATT_E_BUSY, "too many connections, 64");
	ck_assert_ptr_null(none);
	att_varlink_conn_free(c[5]);
	c[5] = connection_of(1002, STRANGERS);
	while (n > 0)
		att_varlink_conn_free(c[--n]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("varlink/server");
	TCase *t = tcase_create("calls");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, answers);
	tcase_add_loop_test(t, answers_by_itself, 0, ATT_COUNT(standard));
	tcase_add_test(t, describes_itself);
	tcase_add_test(t, a_call_comes_in_pieces);
	tcase_add_test(t, many_calls_at_once);
	tcase_add_test(t, a_call_without_reply);
	tcase_add_test(t, several_replies);
	tcase_add_test(t, news_for_a_slow_reader);
	tcase_add_test(t, a_reply_goes_in_pieces);
	tcase_add_loop_test(t, what_is_no_call, 0, ATT_COUNT(bad));
	tcase_add_test(t, a_call_of_the_largest_size);
	tcase_add_test(t, a_call_that_is_too_large);
	tcase_add_test(t, calls_are_not_piled_up);
	tcase_add_test(t, connections_of_one_user);
	suite_add_tcase(s, t);
	return run_suite(s);
}
