#include "testlib.h"

#include <sys/stat.h>

#include "varlink/client.h"
#include "varlink/scripted.h"

static char dir[] = "/tmp/att-varlink-XXXXXX", path[64];

static void
start_listening(void)
{
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/socket", dir);
	script_listen(path);
}

static void
stop_listening(void)
{
	att_fd_done(&listener);
	(void)unlink(path);
	(void)rmdir(dir);
}

static struct att_varlink_client *
client_of(const char *text)
{
	struct att_varlink_client *c = NULL;

	script_start(text);
	ok(att_varlink_connect(path, 2000, &c, err));
	return c;
}

static void
end(struct att_varlink_client *c)
{
	att_varlink_client_free(c);
	script_end();
}

/* -- connecting ------------------------------------------------------------ */

START_TEST(nobody_is_there)
{
	struct att_varlink_client *c = NULL;
	char other[128];

	(void)snprintf(other, sizeof(other), "%s/none", dir);
	fails(att_varlink_connect(other, 100, &c, err), ATT_E_NOT_FOUND,
	    "nobody takes connections");
	/* a file of one who left */
	att_fd_done(&listener);
	fails(att_varlink_connect(path, 100, &c, err), ATT_E_NOT_FOUND,
	    "nobody takes connections");
	fails(att_varlink_connect("/dev/null", 100, &c, err), ATT_E_NOT_FOUND,
	    "/dev/null");
	memset(other, 'x', sizeof(other) - 1);
	other[sizeof(other) - 1] = '\0';
	fails(att_varlink_connect(other, 100, &c, err), ATT_E_USAGE,
	    "no socket");
	ck_assert_ptr_null(c);
}
END_TEST

/* The kernel's queue is full, and nobody takes from it. */
START_TEST(nobody_has_time)
{
	struct att_varlink_client *c[8] = { 0 };
	struct att_err err = { 0 };
	size_t n = 0;
	int r = 0;

	while (n < ATT_COUNT(c) &&
	    (r = att_varlink_connect(path, 100, &c[n], &err)) == 0)
		n++;
	ck_assert_int_eq(r, ATT_E_TIMEOUT);
	ck_assert_ptr_nonnull(strstr(err.text, "too busy"));
	ck_assert_uint_ge(n, 1);
	while (n > 0)
		att_varlink_client_free(c[--n]);
}
END_TEST

START_TEST(not_for_this_user)
{
	struct att_varlink_client *c = NULL;

	if (geteuid() == 0) {
		(void)chmod(dir, 0755);
		(void)chmod(path, 0600);
		ck_assert_int_eq(seteuid(65534), 0);
	} else {
		(void)chmod(path, 0);
	}
	fails(att_varlink_connect(path, 100, &c, err), ATT_E_DENIED,
	    "not for this user");
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

/* -- calls ----------------------------------------------------------------- */

START_TEST(a_call)
{
	AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r = { 0 };
	AUTO(att_json_decref) json_t *p = json_pack("{s:s}", "nonce", "00");
	struct att_varlink_client *c =
	    client_of("{\"parameters\":{\"a\":1}}|");

	ok(att_varlink_call(c, "a.b.C", p, 2000, &r, err));
	ck_assert_ptr_null(r.error);
	ck_assert_int_eq(json_integer_value(json_object_get(r.parameters,
	    "a")), 1);
	end(c);
	ck_assert_str_eq(script.call,
	    "{\"method\":\"a.b.C\",\"parameters\":{\"nonce\":\"00\"}}");
}
END_TEST

START_TEST(a_call_that_fails)
{
	AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r = { 0 };
	struct att_varlink_client *c =
	    client_of("{\"error\":\"a.b.Busy\"}|");

	ok(att_varlink_call(c, "a.b.C", NULL, 2000, &r, err));
	ck_assert_str_eq(r.error, "a.b.Busy");
	ck_assert_uint_eq(json_object_size(r.parameters), 0);
	end(c);
}
END_TEST

static const struct {
	const char *text;
	int code;
	const char *word;
} hostile[] = {
	{ "", ATT_E_NET, "hung up" },
	{ "{\"parameters\":{}}", ATT_E_NET, "hung up" },
	{ "|", ATT_E_FORMAT, "JSON" },
	{ "HTTP/1.1 200 OK\r\n\r\n|", ATT_E_FORMAT, "JSON" },
	{ "[]|", ATT_E_FORMAT, "object" },
	{ "{\"parameters\":[]}|", ATT_E_FORMAT, "parameters" },
	{ "{\"parameters\":{\"a\":\"\\u0000\"}}|", ATT_E_FORMAT, "JSON" },
	{ "{\"para|meters\":{}}|", ATT_E_FORMAT, "JSON" },
	{ "{\"continues\":true}|{}|", ATT_E_FORMAT, "more than the one" },
	{ "{\"error\":\"busy\"}|", ATT_E_FORMAT, "no name" },
	{ "{\"method\":\"a.b.C\"}|", ATT_E_FORMAT, "not known" },
};

START_TEST(what_is_no_reply)
{
	struct att_varlink_reply r = { 0 };
	struct att_varlink_client *c = client_of(hostile[_i].text);

	fails(att_varlink_call(c, "a.b.C", NULL, 2000, &r, err),
	    hostile[_i].code, hostile[_i].word);
	ck_assert_ptr_null(r.json);
	end(c);
}
END_TEST

START_TEST(a_reply_without_end)
{
	struct att_varlink_reply r = { 0 };
	struct att_varlink_client *c;

	script.fill = 4096;
	script.repeat = true;
	c = client_of("");
	fails(att_varlink_call(c, "a.b.C", NULL, 60000, &r, err), ATT_E_LIMIT,
	    "a reply of over 37748736 bytes");
	end(c);
}
END_TEST

START_TEST(a_large_reply)
{
	AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(16u << 20);
	struct att_varlink_client *c;

	att_buf_str(&b, "{\"parameters\":{\"a\":\"");
	att_buf_fill(&b, 'y', 8u << 20);
	att_buf_str(&b, "\"}}|");
	att_buf_u8(&b, '\0');
	c = client_of((const char *)b.data);
	ok(att_varlink_call(c, "a.b.C", NULL, 60000, &r, err));
	ck_assert_uint_eq(json_string_length(json_object_get(r.parameters,
	    "a")), 8u << 20);
	end(c);
}
END_TEST

START_TEST(no_reply)
{
	struct att_varlink_reply r = { 0 };
	struct att_varlink_client *c;

	script.stay = true;
	c = client_of("");
	fails(att_varlink_call(c, "a.b.C", NULL, 50, &r, err), ATT_E_TIMEOUT,
	    "a reply takes too long");
	end(c);
}
END_TEST

/* What comes byte by byte is no reason to wait for ever. */
START_TEST(a_reply_that_trickles)
{
	struct att_varlink_reply r = { 0 };
	struct att_varlink_client *c;

	script.repeat = true;
	script.pause_ms = 20;
	c = client_of(" ");
	fails(att_varlink_call(c, "a.b.C", NULL, 200, &r, err), ATT_E_TIMEOUT,
	    "a reply takes too long");
	end(c);
}
END_TEST

/* It is not taken for the reply to the next call. */
START_TEST(a_reply_that_nobody_asked_for)
{
	AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r = { 0 };
	struct att_varlink_client *c = client_of("{}|{\"error\":\"a.b.C\"}|");

	ok(att_varlink_call(c, "a.b.C", NULL, 2000, &r, err));
	att_varlink_reply_done(&r);
	fails(att_varlink_call(c, "a.b.C", NULL, 2000, &r, err), ATT_E_FORMAT,
	    "nobody asked for");
	end(c);
}
END_TEST

START_TEST(a_call_that_is_too_large)
{
	AUTO(free) char *text = calloc(1, ATT_VARLINK_CALL_MAX + 1);
	AUTO(att_json_decref) json_t *p = NULL;
	struct att_varlink_reply r = { 0 };
	struct att_varlink_client *c = client_of("{}|");

	memset(text, 'x', ATT_VARLINK_CALL_MAX);
	p = json_pack("{s:s}", "a", text);
	fails(att_varlink_call(c, "a.b.C", p, 2000, &r, err), ATT_E_LIMIT, "");
	end(c);
	/* nothing of it was sent */
	ck_assert_str_eq(script.call, "");
}
END_TEST

/* -- several replies ------------------------------------------------------- */

static bool
count_up(void *arg, const json_t *parameters)
{
	unsigned *n = arg;

	ck_assert_int_eq(json_integer_value(json_object_get(parameters, "n")),
	    *n);
	return ++*n < 3;
}

#define N(n) "{\"continues\":true,\"parameters\":{\"n\":" n "}}|"

START_TEST(replies_that_go_on)
{
	AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r = { 0 };
	struct att_varlink_client *c =
	    client_of(N("0") N("1") "{\"parameters\":{\"n\":9}}|");
	unsigned n = 0;

	ok(att_varlink_call_each(c, "a.b.C", NULL, 2000, 5000, count_up, &n,
	    &r, err));
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(json_integer_value(json_object_get(r.parameters,
	    "n")), 9);
	end(c);
	ck_assert_str_eq(script.call, "{\"method\":\"a.b.C\",\"more\":true}");
}
END_TEST

START_TEST(replies_that_nobody_wants)
{
	struct att_varlink_reply r = { 0 };
	struct att_varlink_client *c =
	    client_of(N("0") N("1") N("2") N("3") "{}|");
	unsigned n = 0;

	fails(att_varlink_call_each(c, "a.b.C", NULL, 2000, 5000, count_up, &n,
	    &r, err), ATT_E_EXPIRED, "nobody wants");
	ck_assert_uint_eq(n, 3);
	ck_assert_ptr_null(r.json);
	end(c);
}
END_TEST

static bool
take_all(void *arg, const json_t *parameters)
{
	(void)parameters;
	++*(unsigned *)arg;
	return true;
}

START_TEST(replies_without_end)
{
	struct att_varlink_reply r = { 0 };
	struct att_varlink_client *c;
	unsigned n = 0;

	script.repeat = true;
	script.pause_ms = 5;
	c = client_of(N("0"));
	fails(att_varlink_call_each(c, "a.b.C", NULL, 2000, 200, take_all, &n,
	    &r, err), ATT_E_TIMEOUT, "too long");
	ck_assert_uint_gt(n, 0);
	end(c);
}
END_TEST

/* It breaks off: no reply before was the last. */
START_TEST(replies_that_break_off)
{
	struct att_varlink_reply r = { 0 };
	struct att_varlink_client *c = client_of(N("0") N("1"));
	unsigned n = 0;

	fails(att_varlink_call_each(c, "a.b.C", NULL, 2000, 5000, take_all, &n,
	    &r, err), ATT_E_NET, "hung up");
	ck_assert_uint_eq(n, 2);
	end(c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("varlink/client");
	TCase *t = tcase_create("client");

	tcase_add_checked_fixture(t, start_listening, stop_listening);
	tcase_add_test(t, nobody_is_there);
	tcase_add_test(t, nobody_has_time);
	tcase_add_test(t, not_for_this_user);
	tcase_add_test(t, a_call);
	tcase_add_test(t, a_call_that_fails);
	tcase_add_loop_test(t, what_is_no_reply, 0, ATT_COUNT(hostile));
	tcase_add_test(t, a_reply_without_end);
	tcase_add_test(t, a_large_reply);
	tcase_add_test(t, no_reply);
	tcase_add_test(t, a_reply_that_trickles);
	tcase_add_test(t, a_reply_that_nobody_asked_for);
	tcase_add_test(t, a_call_that_is_too_large);
	tcase_add_test(t, replies_that_go_on);
	tcase_add_test(t, replies_that_nobody_wants);
	tcase_add_test(t, replies_without_end);
	tcase_add_test(t, replies_that_break_off);
	suite_add_tcase(s, t);
	return run_suite(s);
}
