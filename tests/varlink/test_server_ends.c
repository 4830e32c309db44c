#include "testlib.h"

#include <sys/socket.h>
#include <unistd.h>

#include "varlink/service.h"

/* -- how it ends ----------------------------------------------------------- */

/* Half a connection is enough for a reply. */
START_TEST(no_more_comes)
{
	struct att_varlink_conn *c = connection();

	feed(c, KEEP ECHO);
	att_varlink_conn_eof(c);
	says(c, 0, "");
	ck_assert_uint_eq(att_varlink_conn_wants(c), 0);
	att_varlink_call_reply(world.kept[0], json_object());
	says(c, 0, EMPTY);
	says(c, 0, EMPTY);
	ck_assert_int_eq(att_varlink_conn_run(c, 0, NULL), 1);
	att_varlink_conn_free(c);
	c = connection();
	feed(c, "{\"method\":");
	att_varlink_conn_eof(c);
	fails(att_varlink_conn_run(c, 0, err), ATT_E_SHORT, "half a call");
	att_varlink_conn_free(c);
}
END_TEST

/* The call is the holder's: it ends it when it can. */
START_TEST(gone_while_it_is_called)
{
	struct att_varlink_conn *c = connection();

	feed(c, KEEP_MORE);
	says(c, 0, "");
	ck_assert(!att_varlink_call_gone(world.kept[0]));
	ck_assert_uint_eq(att_varlink_call_peer(world.kept[0])->uid, 1000);
	att_varlink_call_notify(world.kept[0], text_of(1000));
	att_varlink_conn_free(c);
	ck_assert(att_varlink_call_gone(world.kept[0]));
	ck_assert_ptr_null(att_varlink_call_peer(world.kept[0]));
	ck_assert_uint_eq(json_object_size(att_varlink_call_parameters(
	    world.kept[0])), 0);
	woken = 0;
	att_varlink_call_notify(world.kept[0], text_of(1000));
	att_varlink_call_error(world.kept[0], "io.test.Bad", json_object());
	ck_assert_uint_eq(woken, 0);
}
END_TEST

/* An answer that cannot be made is none. */
START_TEST(answers_that_fail)
{
	struct att_varlink_conn *c = connection();

	feed(c, KEEP);
	says(c, 0, "");
	att_varlink_call_reply(world.kept[0], NULL);
	ck_assert_uint_eq(woken, 1);
	ends(c, 0, ATT_E_NOMEM, "memory");
	c = connection();
	feed(c, KEEP);
	says(c, 0, "");
	att_varlink_call_reply(world.kept[1], text_of(ATT_VARLINK_REPLY_MAX));
	ends(c, 0, ATT_E_LIMIT, "at most");
	c = connection();
	feed(c, KEEP);
	says(c, 0, "");
	att_varlink_call_error(world.kept[2], "Bad", json_object());
	ends(c, 0, ATT_E_USAGE, "no name of an error");
}
END_TEST

START_TEST(one_value_for_many_calls)
{
	struct att_varlink_conn *c[3];
	AUTO(att_json_decref) json_t *j = json_pack("{s:i}", "n", 1);

	for (size_t i = 0; i < ATT_COUNT(c); i++) {
		c[i] = connection();
		feed(c[i], KEEP);
		says(c[i], 0, "");
	}
	for (size_t i = 0; i < ATT_COUNT(c); i++)
		att_varlink_call_reply(world.kept[i], json_incref(j));
	ck_assert_uint_eq(j->refcount, 1);
	for (size_t i = 0; i < ATT_COUNT(c); i++) {
		says(c[i], 0, "{\"parameters\":{\"n\":1}}|");
		att_varlink_conn_free(c[i]);
	}
}
END_TEST

/* -- time ------------------------------------------------------------------ */

START_TEST(half_a_call_has_its_time)
{
	struct att_varlink_conn *c = connection();

	feed(c, "{");
	says(c, 100, "");
	ck_assert_uint_eq(att_varlink_conn_due(c),
	    100 + ATT_VARLINK_MESSAGE_MS);
	/* no byte of it gives it more */
	feed(c, "\"");
	says(c, 99 + ATT_VARLINK_MESSAGE_MS, "");
	feed(c, "m");
	ends(c, 100 + ATT_VARLINK_MESSAGE_MS, ATT_E_TIMEOUT,
	    "half a call for 10 s");
}
END_TEST

/* The next one begins anew. */
START_TEST(each_call_has_its_time)
{
	struct att_varlink_conn *c = connection();

	feed(c, "{\"method\":\"io.test.Echo\",\"oneway\":true");
	says(c, 100, "");
	feed(c, "}|{");
	says(c, 9000, "");
	ck_assert_uint_eq(att_varlink_conn_due(c),
	    9000 + ATT_VARLINK_MESSAGE_MS);
	ends(c, 9000 + ATT_VARLINK_MESSAGE_MS, ATT_E_TIMEOUT, "half a call");
}
END_TEST

START_TEST(silence_has_its_time)
{
	struct att_varlink_conn *c = connection();

	says(c, ATT_VARLINK_IDLE_MS - 1, "");
	feed(c, ECHO);
	says(c, ATT_VARLINK_IDLE_MS, EMPTY);
	says(c, ATT_VARLINK_IDLE_MS + 5, "");
	ck_assert_uint_eq(att_varlink_conn_due(c), 5 + 2 *
	    ATT_VARLINK_IDLE_MS);
	ends(c, 5 + 2 * ATT_VARLINK_IDLE_MS, ATT_E_TIMEOUT, "no call for 60");
}
END_TEST

/* A method takes as long as it takes. */
START_TEST(work_has_no_time)
{
	struct att_varlink_conn *c = connection();

	feed(c, KEEP);
	says(c, 0, "");
	ck_assert(att_varlink_conn_due(c) == UINT64_MAX);
	says(c, 1u << 30, "");
	att_varlink_call_reply(world.kept[0], json_object());
	says(c, 1u << 30, EMPTY);
	att_varlink_conn_free(c);
}
END_TEST

START_TEST(a_reader_has_his_time)
{
	struct att_varlink_conn *c = connection();

	world.big = 5000;
	feed(c, "{\"method\":\"io.test.Big\"}|");
	ok(att_varlink_conn_run(c, 0, err));
	ck_assert_uint_eq(att_varlink_conn_due(c), ATT_VARLINK_MESSAGE_MS);
	att_varlink_conn_sent(c, 1);
	ok(att_varlink_conn_run(c, 7000, err));
	ck_assert_uint_eq(att_varlink_conn_due(c),
	    7000 + ATT_VARLINK_MESSAGE_MS);
	ends(c, 7000 + ATT_VARLINK_MESSAGE_MS, ATT_E_TIMEOUT,
	    "a reply that is not read for 10 s");
}
END_TEST

/* While others do not read what is large, no more of it is made. */
START_TEST(replies_of_all_have_a_bound)
{
	struct att_varlink_conn *c[4];
	size_t begun = 0, made;

	world.big = 20u << 20;
	for (size_t i = 0; i < ATT_COUNT(c); i++) {
		c[i] = connection();
		feed(c[i], "{\"method\":\"io.test.Big\"}|");
		ok(att_varlink_conn_run(c[i], 0, err));
		begun += att_varlink_conn_output(c[i]).len > 0;
	}
	ck_assert_uint_eq(begun, 3);
	ck_assert_uint_eq(world.ran, 3);
	ck_assert_uint_eq(att_varlink_conn_wants(c[3]), ATT_VARLINK_READ);
	ck_assert(att_varlink_conn_due(c[3]) == UINT64_MAX);
	made = att_varlink_conn_output(c[1]).len;
	att_varlink_conn_sent(c[1], made - 1);
	ck_assert_uint_eq(woken, 1);
	ok(att_varlink_conn_run(c[3], 0, err));
	ck_assert_uint_eq(world.ran, 4);
	/* who goes leaves room, too */
	feed(c[1], "{\"method\":\"io.test.Big\"}|");
	att_varlink_conn_sent(c[1], 1);
	ok(att_varlink_conn_run(c[1], 0, err));
	ck_assert_uint_eq(world.ran, 4);
	att_varlink_conn_free(c[0]);
	ck_assert_uint_eq(woken, 2);
	ok(att_varlink_conn_run(c[1], 0, err));
	ck_assert_uint_eq(world.ran, 5);
	for (size_t i = 1; i < ATT_COUNT(c); i++)
		att_varlink_conn_free(c[i]);
}
END_TEST

/* -- over a socket --------------------------------------------------------- */

static void
socket_pair(int fd[2])
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd),
	    0);
}

static void
write_calls(int fd, const char *text)
{
	AUTO(free) char *bytes = strdup(text);
	size_t n = strlen(text);

	ck_assert_ptr_nonnull(bytes);
	for (char *p = bytes; *p != '\0'; p++)
		if (*p == '|')
			*p = '\0';
	ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
}

static size_t
read_replies(int fd)
{
	char bytes[65536];
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	size_t count = 0;

	for (ssize_t i = 0; i < n; i++)
		count += bytes[i] == '\0';
	return count;
}

START_TEST(peers_are_known)
{
	AUTO_DONE(att_varlink_peer_done) struct att_varlink_peer p = { 0 };
	gid_t groups[100];
	int fd[2], n = getgroups(100, groups);

	socket_pair(fd);
	ok(att_varlink_peer_of(fd[0], &p, err));
	ck_assert_uint_eq(p.uid, geteuid());
	ck_assert_uint_eq(p.gid, getegid());
	ck_assert_int_eq(p.pid, getpid());
	ck_assert(att_varlink_peer_in(&p, getegid()));
	ck_assert_int_ge(n, 0);
	for (int i = 0; i < n; i++)
		ck_assert(att_varlink_peer_in(&p, groups[i]));
	ck_assert(!att_varlink_peer_in(&p, 4000000000u));
	fails(att_varlink_peer_of(-1, &p, err), ATT_E_SYS, "who calls");
	(void)close(fd[0]);
	(void)close(fd[1]);
}
END_TEST

START_TEST(over_a_socket)
{
	struct att_varlink_conn *c = connection();
	int fd[2];

	socket_pair(fd);
	ok(att_varlink_conn_io(c, fd[0], 0, err));
	write_calls(fd[1], ECHO ECHO KEEP ECHO);
	for (unsigned i = 0; i < 4; i++)
		ok(att_varlink_conn_io(c, fd[0], 0, err));
	ck_assert_uint_eq(read_replies(fd[1]), 2);
	att_varlink_call_reply(world.kept[0], json_object());
	ck_assert_uint_eq(woken, 1);
	for (unsigned i = 0; i < 2; i++)
		ok(att_varlink_conn_io(c, fd[0], 0, err));
	ck_assert_uint_eq(read_replies(fd[1]), 2);
	/* who says no more still hears */
	write_calls(fd[1], KEEP);
	ck_assert_int_eq(shutdown(fd[1], SHUT_WR), 0);
	ok(att_varlink_conn_io(c, fd[0], 0, err));
	att_varlink_call_reply(world.kept[1], json_object());
	ck_assert_int_eq(att_varlink_conn_io(c, fd[0], 0, NULL), 1);
	ck_assert_uint_eq(read_replies(fd[1]), 1);
	att_varlink_conn_free(c);
	(void)close(fd[0]);
	(void)close(fd[1]);
}
END_TEST

/* It hangs up: at once, in the midst of replies, behind calls of two kinds. */
static const struct {
	const char *calls;
	unsigned ran;
} last_words[] = {
	{ "", 0 },
	{ "{\"meth", 0 },
	{ "nonsense|", 0 },
	{ ECHO, 0 },
	{ "{\"method\":\"io.test.Keep\",\"oneway\":true}|", 1 },
	{ "{\"method\":\"io.test.Keep\",\"oneway\":true}|"
	  "{\"method\":\"io.test.Keep\",\"oneway\":true}|", 1 },
	{ ECHO "{\"method\":\"io.test.Keep\",\"oneway\":true}|", 0 },
};

START_TEST(hangs_up)
{
	struct att_varlink_conn *c = connection();
	int fd[2];

	socket_pair(fd);
	write_calls(fd[1], last_words[_i].calls);
	(void)close(fd[1]);
	ck_assert_int_eq(att_varlink_conn_io(c, fd[0], 0, NULL), 1);
	att_varlink_conn_free(c);
	ck_assert_uint_eq(world.ran, last_words[_i].ran);
	if (world.count > 0) {
		/* it is to be done all the same */
		ck_assert(!att_varlink_call_gone(world.kept[0]));
		att_varlink_call_reply(world.kept[0], json_object());
	}
	(void)close(fd[0]);
}
END_TEST

START_TEST(hangs_up_in_the_midst)
{
	struct att_varlink_conn *c = connection();
	int fd[2];

	socket_pair(fd);
	write_calls(fd[1], KEEP_MORE ECHO);
	ok(att_varlink_conn_io(c, fd[0], 0, err));
	att_varlink_call_notify(world.kept[0], text_of(10));
	ok(att_varlink_conn_io(c, fd[0], 0, err));
	att_varlink_call_notify(world.kept[0], text_of(10));
	(void)close(fd[1]);
	ck_assert_int_eq(att_varlink_conn_io(c, fd[0], 0, NULL), 1);
	att_varlink_conn_free(c);
	ck_assert(att_varlink_call_gone(world.kept[0]));
	att_varlink_call_reply(world.kept[0], json_object());
	ck_assert_uint_eq(world.ran, 1);
	(void)close(fd[0]);
}
END_TEST

/* More than the kernel holds for it goes as he reads. */
START_TEST(reads_slowly)
{
	struct att_varlink_conn *c = connection();
	size_t replies = 0, turns = 0;
	int fd[2];

	world.big = 2u << 20;
	socket_pair(fd);
	write_calls(fd[1], "{\"method\":\"io.test.Big\"}|" ECHO);
	while (replies < 2) {
		ok(att_varlink_conn_io(c, fd[0], turns, err));
		replies += read_replies(fd[1]);
		ck_assert_uint_lt(turns++, 1000);
	}
	ck_assert_uint_gt(turns, 10);
	att_varlink_conn_free(c);
	(void)close(fd[0]);
	(void)close(fd[1]);
}
END_TEST

/* As many calls as the kernel takes. */
static void
write_without_end(int fd, const char *call)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);

	for (unsigned i = 0; i < 4000; i++)
		att_buf_bytes(&b, call, strlen(call));
	for (size_t i = 0; i < b.len; i++)
		if (b.data[i] == '|')
			b.data[i] = '\0';
	ck_assert_int_gt(send(fd, b.data, b.len, MSG_DONTWAIT), 4096);
}

/*
 * Who never stops has one call for each event, whether he wants to hear of it
 * or not: others come in between.
 */
START_TEST(talks_without_end)
{
	static const char *const calls[] = { ECHO,
		"{\"method\":\"io.test.Echo\",\"oneway\":true}|" };
	struct att_varlink_conn *c = connection();
	int fd[2];

	socket_pair(fd);
	write_without_end(fd[1], calls[_i]);
	for (unsigned i = 1; i < 100; i++) {
		ok(att_varlink_conn_io(c, fd[0], 0, err));
		ck_assert_uint_eq(world.ran, i);
		ck_assert_uint_ne(att_varlink_conn_wants(c) &
			ATT_VARLINK_WRITE, 0);
		/* nor does he hold his place by reading nothing */
		ck_assert(att_varlink_conn_due(c) != UINT64_MAX);
	}
	att_varlink_conn_free(c);
	(void)close(fd[0]);
	(void)close(fd[1]);
}
END_TEST

static void
add_ends(Suite *s)
{
	TCase *t = tcase_create("ends");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, no_more_comes);
	tcase_add_test(t, gone_while_it_is_called);
	tcase_add_test(t, answers_that_fail);
	tcase_add_test(t, one_value_for_many_calls);
	tcase_add_test(t, half_a_call_has_its_time);
	tcase_add_test(t, each_call_has_its_time);
	tcase_add_test(t, silence_has_its_time);
	tcase_add_test(t, work_has_no_time);
	tcase_add_test(t, a_reader_has_his_time);
	tcase_add_test(t, replies_of_all_have_a_bound);
	suite_add_tcase(s, t);
}

int
main(void)
{
	Suite *s = suite_create("varlink/server_ends");
	TCase *t = tcase_create("socket");

	add_ends(s);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, peers_are_known);
	tcase_add_test(t, over_a_socket);
	tcase_add_loop_test(t, hangs_up, 0, ATT_COUNT(last_words));
	tcase_add_test(t, hangs_up_in_the_midst);
	tcase_add_test(t, reads_slowly);
	tcase_add_loop_test(t, talks_without_end, 0, 2);
	suite_add_tcase(s, t);
	return run_suite(s);
}
