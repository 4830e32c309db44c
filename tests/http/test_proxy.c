/* Proxies, as curl's own environment variables name them. */
#include "testlib.h"

#include <poll.h>

#include "fixture.h"

/* -- a proxy that tunnels -------------------------------------------------- */

static int
dial(uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	return fd;
}

/* What comes from the one goes to the other; false: it ended. */
static bool
pass_on(struct peer *p, int from, int to)
{
	char chunk[16384];
	ssize_t n = read(from, chunk, sizeof(chunk));

	if (n <= 0 || write(to, chunk, (size_t)n) != n)
		return false;
	peer_log(p, chunk, (size_t)n);
	return true;
}

/* The port that CONNECT names, and all bytes to and fro until one side ends. */
static void
tunnel(struct peer *p, struct att_buf *ret)
{
	static const char yes[] = "HTTP/1.1 200 Connected\r\n"
		"Set-Cookie: a=b\r\n\r\n";
	int client = atomic_load(&p->conn_fd), server;
	struct pollfd fds[2];
	unsigned port = 0;

	ck_assert_int_eq(sscanf(p->request, "CONNECT 127.0.0.1:%u HTTP/1.1",
	    &port), 1);
	server = dial((uint16_t)port);
	ck_assert(peer_write(p, yes, sizeof(yes) - 1));
	fds[0] = (struct pollfd){ .fd = client, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = server, .events = POLLIN };
	while (poll(fds, 2, -1) > 0 &&
	    (fds[0].revents == 0 || pass_on(p, client, server)) &&
	    (fds[1].revents == 0 || pass_on(p, server, client)))
		;
	close(server);
}

static const struct peer_answer tunnels[] = { { .make = tunnel,
	.close = true }, { .make = tunnel, .close = true } };

/* For what is asked from now on; `user` is "name:password@", or "". */
static void
use_proxy(struct peer *proxy, const char *user)
{
	char url[128];

	peer_start(proxy);
	snprintf(url, sizeof(url), "http://%s127.0.0.1:%u", user,
	    proxy->port);
	setenv("https_proxy", url, 1);
}

static const struct peer_answer two[] = { { .text = BODY },
	{ .text = BODY } };

/* -- tests ----------------------------------------------------------------- */

/* TLS runs through it unopened: it sees a host, and noise. */
START_TEST(requests_through_a_proxy)
{
	struct peer proxy = { .answers = tunnels, .count = 2 };
	struct peer p = { .answers = two, .count = 2, .cert = &good };
	struct att_http_client *c;

	use_proxy(&proxy, "");
	peer_start(&p);
	c = client_for(&p, NULL);
	get(c, 200, "ok");
	get(c, 200, "ok");
	att_http_client_free(c);
	peer_stop(&p);
	peer_stop(&proxy);
	/* one connection, there and to the server */
	ck_assert_uint_eq(proxy.requests, 1);
	ck_assert_uint_eq(p.connections, 1);
	ck_assert_uint_eq(p.requests, 2);
	ck_assert_ptr_nonnull(strstr(p.log, TOKEN));
	ck_assert_ptr_null(strcasestr(p.log, "proxy"));
	ck_assert_ptr_null(strstr(p.log, "a=b"));
	ck_assert_uint_gt(proxy.bytes, p.bytes);
	ck_assert(memmem(proxy.log, proxy.logged, TOKEN, strlen(TOKEN)) ==
	    NULL);
	ck_assert(memmem(proxy.log, proxy.logged, "GET /x", 6) == NULL);
}
END_TEST

/* Its password is for it alone. */
START_TEST(a_proxy_with_a_password)
{
	struct peer proxy = { .answers = tunnels, .count = 2 };
	struct peer p = { .answers = two, .count = 2, .cert = &good };
	struct att_http_client *c;

	use_proxy(&proxy, "node:secret@");
	peer_start(&p);
	c = client_for(&p, NULL);
	get(c, 200, "ok");
	att_http_client_free(c);
	peer_stop(&p);
	peer_stop(&proxy);
	ck_assert_ptr_nonnull(strstr(proxy.log,
	    "\r\nProxy-Authorization: Basic bm9kZTpzZWNyZXQ=\r\n"));
	ck_assert_ptr_null(strcasestr(p.log, "proxy"));
}
END_TEST

START_TEST(a_password_that_is_refused_is_not_shown)
{
	static const struct peer_answer a[] = { {
		.text = "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic "
			"realm=\"x\"\r\nContent-Length: 0\r\n\r\n" },
		{ .text = "", .close = true } };
	struct peer proxy = { .answers = a, .count = 1 };
	struct att_http_response r = { 0 };
	struct peer p = { .cert = &good };
	struct att_http_client *c;
	struct att_err e = { 0 };

	use_proxy(&proxy, "node:secret@");
	peer_start(&p);
	c = client_for(&p, NULL);
	ck_assert_int_eq(att_http_send(c, &GET, &r, &e), ATT_E_NET);
	ck_assert_ptr_nonnull(strstr(e.text, "407"));
	ck_assert_ptr_null(strstr(e.text, "secret"));
	att_http_client_free(c);
	peer_stop(&p);
	peer_stop(&proxy);
	ck_assert_uint_eq(p.connections, 0);
}
END_TEST

START_TEST(no_proxy_where_none_is_wanted)
{
	static const char *const lists[] = { "127.0.0.1", "a,127.0.0.1,b",
		"*" };

	for (size_t i = 0; i < ATT_COUNT(lists); i++) {
		struct peer proxy = { .answers = tunnels, .count = 2 };
		struct peer p = { .answers = two, .count = 2, .cert = &good };
		struct att_http_client *c;

		use_proxy(&proxy, "");
		setenv("no_proxy", lists[i], 1);
		peer_start(&p);
		c = client_for(&p, NULL);
		get(c, 200, "ok");
		att_http_client_free(c);
		peer_stop(&p);
		peer_stop(&proxy);
		ck_assert_uint_eq(proxy.connections, 0);
		unsetenv("no_proxy");
	}
}
END_TEST

/* One that opens TLS has a CA of its own, and gets nothing. */
START_TEST(a_proxy_that_answers_itself)
{
	struct cert own = cert_make("own", "IP:127.0.0.1", -DAY, DAY,
	    &other_ca);
	struct peer proxy = { .answers = tunnels, .count = 2 };
	struct peer p = { .answers = two, .count = 2, .cert = &own };
	struct att_http_request q = patch("evidence");
	struct att_http_client *c;

	use_proxy(&proxy, "");
	peer_start(&p);
	c = client_for(&p, NULL);
	get_fails(c, &q, ATT_E_UNTRUSTED, "unknown CA");
	att_http_client_free(c);
	peer_stop(&p);
	peer_stop(&proxy);
	ck_assert_uint_eq(proxy.requests, 1);
	ck_assert_uint_eq(p.bytes, 0);
	cert_done(&own);
}
END_TEST

/* Silent, dripping or without end: the deadline of the connection holds. */
START_TEST(proxies_that_take_their_time)
{
	static const struct peer_answer bad[] = {
		{ .text = "", .delay_ms = 800 },
		{ .text = "HTTP/1.1 200 ok\r\nA: " K8 "\r\n\r\n",
		    .drip_ms = 20 },
		{ .text = "HTTP/1.1 200 ok\r\n", .endless = "A: b\r\n" } };

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		struct peer proxy = { .answers = &bad[i], .count = 1 };
		struct att_http_options o = { .connect_ms = 300 };
		struct att_http_response r = { 0 };
		struct peer p = { .cert = &good };
		struct att_http_client *c;
		int got;

		use_proxy(&proxy, "");
		peer_start(&p);
		c = client_for(&p, &o);
		got = att_http_send(c, &GET, &r, NULL);
		ck_assert_msg(got == ATT_E_TIMEOUT || got == ATT_E_LIMIT ||
		    (i == 2 && got == ATT_E_NET), "%zu: %s", i,
		    att_code_name(got));
		att_http_client_free(c);
		peer_stop(&p);
		peer_stop(&proxy);
		ck_assert_uint_eq(p.connections, 0);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http proxy");
	TCase *t = add_case(s, "proxy");

	tcase_add_test(t, requests_through_a_proxy);
	tcase_add_test(t, a_proxy_with_a_password);
	tcase_add_test(t, a_password_that_is_refused_is_not_shown);
	tcase_add_test(t, no_proxy_where_none_is_wanted);
	tcase_add_test(t, a_proxy_that_answers_itself);
	tcase_add_test(t, proxies_that_take_their_time);
	return run_suite(s);
}
