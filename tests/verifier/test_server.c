#include "testlib.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "verifier/server.h"

#define PATIENCE_S (PATIENCE_MS / 1000)

/* Says what it was asked, so that a test can see what arrived. */
static int
echo(void *ctx, const struct att_request *req, struct att_response *resp)
{
	const char *q = att_request_query(req, "q");

	(void)__atomic_add_fetch((int *)ctx, 1, __ATOMIC_RELAXED);
	if (strcmp(req->path, "/broken") == 0)
		return ATT_E_NOMEM;
	if (strcmp(req->path, "/slow") == 0)
		(void)usleep(500 * 1000);
	if (strcmp(req->path, "/who") == 0) {
		resp->status = 401;
		snprintf(resp->allow, sizeof(resp->allow), "GET");
		return 0;
	}
	if (strcmp(req->path, "/later") == 0) {
		resp->status = 503;
		resp->retry_after = 7;
		resp->location = strdup("/else/where");
		return resp->location == NULL ? ATT_E_NOMEM : 0;
	}
	att_buf_printf(&resp->body, "%s %s q=%s type=%s peer=%s %zu:",
	    req->method, req->path, q != NULL ? q : "-",
	    req->content_type != NULL ? req->content_type : "-", req->peer,
	    req->body.len);
	att_buf_slice(&resp->body, req->body);
	return 0;
}

/* More for those who show a token. */
static size_t
more_for_known(void *ctx, const struct att_request *req,
    char ret_who[ATT_SERVER_WHO_MAX + 1])
{
	(void)ctx;
	if (req->authorization != NULL)
		snprintf(ret_who, ATT_SERVER_WHO_MAX + 1, "%s",
		    req->authorization);
	return req->authorization != NULL && req->path[0] == '/' ?
	    2 * ATT_SERVER_BODY_SMALL : 0;
}

static struct att_server *
start_with(int *calls, unsigned request_timeout, size_t body_max,
    size_t (*head)(void *ctx, const struct att_request *req,
	char ret_who[ATT_SERVER_WHO_MAX + 1]))
{
	struct att_server_options opt = { .address = "127.0.0.1",
		.threads = 2, .connections = 20,
		.connections_per_address = 20, .idle_timeout = 5,
		.request_timeout = request_timeout, .body_max = body_max };
	struct att_server *s = NULL;

	ok(att_server_start(&opt,
	    (struct att_server_handler){ .handle = echo, .body_max = head,
		.ctx = calls }, &s, err));
	return s;
}

static struct att_server *
start(int *calls)
{
	return start_with(calls, PATIENCE_S, 1000, NULL);
}

static int
dial(const struct att_server *s)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(att_server_port(s)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval limit = { .tv_sec = PATIENCE_S };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert(fd >= 0);
	ck_assert(connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0);
	ck_assert(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
		      sizeof(limit)) == 0);
	return fd;
}

static void
put(int fd, const char *text)
{
	ck_assert(send(fd, text, strlen(text), MSG_NOSIGNAL) ==
	    (ssize_t)strlen(text));
}

/* Reads until the peer closes; "" if it says nothing. */
static void
drain(int fd, char *ret, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len + 1 < size &&
	    (n = recv(fd, ret + len, size - 1 - len, 0)) > 0)
		len += (size_t)n;
	ret[len] = '\0';
	(void)close(fd);
}

static void
ask(const struct att_server *s, const char *request, char *ret, size_t size)
{
	int fd = dial(s);

	put(fd, request);
	drain(fd, ret, size);
}

START_TEST(a_request_arrives_whole)
{
	char got[2000];
	int calls = 0;
	AUTO(att_server_stop) struct att_server *s = start(&calls);

	ask(s,
	    "POST /a/b?q=x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
	    "X-Request-ID: r1\r\nContent-Type: t/u\r\n"
	    "Content-Length: 5\r\n\r\nhello",
	    got, sizeof(got));
	ck_assert_msg(strstr(got, "HTTP/1.1 200 ") == got, "%s", got);
	ck_assert(strstr(got, "POST /a/b q=x type=t/u peer=127.0.0.1 "
			      "5:hello") != NULL);
	ck_assert(strstr(got, "X-Request-ID: r1\r\n") != NULL);
}
END_TEST

START_TEST(status_and_headers)
{
	char got[2000];
	int calls = 0;
	AUTO(att_server_stop) struct att_server *s = start(&calls);

	ask(s, "GET /later HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
	    got, sizeof(got));
	ck_assert_msg(strstr(got, "HTTP/1.1 503 ") == got, "%s", got);
	ck_assert(strstr(got, "Retry-After: 7\r\n") != NULL);
	ck_assert(strstr(got, "Location: /else/where\r\n") != NULL);
	ask(s, "GET /who HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
	    got, sizeof(got));
	ck_assert(strstr(got, "WWW-Authenticate: Bearer\r\n") != NULL);
	ck_assert(strstr(got, "Allow: GET\r\n") != NULL);
	ask(s, "GET /broken HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
	    got, sizeof(got));
	ck_assert_msg(strstr(got, "HTTP/1.1 500 ") == got, "%s", got);
}
END_TEST

START_TEST(too_much_is_refused)
{
	char got[2000], big[1200];
	int calls = 0, fd;
	AUTO(att_server_stop) struct att_server *s = start(&calls);

	ask(s,
	    "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
	    "Content-Length: 1001\r\n\r\n",
	    got, sizeof(got));
	ck_assert_msg(strstr(got, "HTTP/1.1 413 ") == got, "%s", got);

	/* chunked: nothing is announced, the connection just ends */
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	fd = dial(s);
	put(fd,
	    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
	    "\r\n4af\r\n");
	put(fd, big);
	drain(fd, got, sizeof(got));
	ck_assert_str_eq(got, "");
	ck_assert(calls == 0);
}
END_TEST

/*
 * Sends a head and `len` bytes of body, and has the answer. False if not all of
 * that was taken, as happens to one who was not told how much is too much.
 */
static bool
post(const struct att_server *s, const char *head, size_t len, char *ret,
    size_t size)
{
	char *body = calloc(1, len + 1);
	int fd = dial(s);
	size_t half = len / 2;
	ssize_t n;

	ck_assert(body != NULL);
	memset(body, 'x', len);
	put(fd, head);
	n = send(fd, body, half, MSG_NOSIGNAL);
	/* time for a server that would end it before all has come */
	(void)usleep(20000);
	n += send(fd, body + half, len - half, MSG_NOSIGNAL);
	free(body);
	drain(fd, ret, size);
	return n == (ssize_t)len;
}

START_TEST(a_large_body_needs_a_good_head)
{
	char got[2000], head[200];
	int calls = 0;
	AUTO(att_server_stop) struct att_server *s =
	    start_with(&calls, PATIENCE_S, 1u << 20, more_for_known);
	static const struct {
		size_t len, sent;
		const char *line, *want;
	} table[] = {
		{ ATT_SERVER_BODY_SMALL, ATT_SERVER_BODY_SMALL, "",
		    "HTTP/1.1 200 " },
		/* who sends it all the same hears why it was in vain */
		{ ATT_SERVER_BODY_SMALL + 1, ATT_SERVER_BODY_SMALL + 1, "",
		    "HTTP/1.1 413 " },
		{ 2 * ATT_SERVER_BODY_SMALL, 2 * ATT_SERVER_BODY_SMALL,
		    "Authorization: x\r\n", "HTTP/1.1 200 " },
		{ 2 * ATT_SERVER_BODY_SMALL + 1, 2 * ATT_SERVER_BODY_SMALL + 1,
		    "Authorization: x\r\n", "HTTP/1.1 413 " },
		{ 1u << 20, 1u << 20, "", "HTTP/1.1 413 " },
		/* who asks, or announces what nobody may, is told at once */
		{ ATT_SERVER_BODY_SMALL + 1, 0, "Expect: 100-continue\r\n",
		    "HTTP/1.1 413 " },
		{ (1u << 20) + 1, 0, "", "HTTP/1.1 413 " },
	};

	for (size_t i = 0; i < ATT_COUNT(table); i++) {
		snprintf(head, sizeof(head),
		    "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n%s"
		    "Content-Length: %zu\r\n\r\n", table[i].line,
		    table[i].len);
		calls = 0;
		ck_assert(post(s, head, table[i].sent, got, sizeof(got)));
		ck_assert_msg(strncmp(got, table[i].want, 13) == 0, "%zu: %s",
		    i, got);
		ck_assert_int_eq(calls, strstr(table[i].want, "200") != NULL);
	}
}
END_TEST

START_TEST(chunks_are_held_to_the_limit_of_the_head)
{
	char got[2000], head[200];
	int calls = 0;
	AUTO(att_server_stop) struct att_server *s =
	    start_with(&calls, PATIENCE_S, 1u << 20, more_for_known);

	snprintf(head, sizeof(head),
	    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
	    "\r\n%x\r\n", ATT_SERVER_BODY_SMALL + 1);
	(void)post(s, head, ATT_SERVER_BODY_SMALL + 1, got, sizeof(got));
	ck_assert_str_eq(got, "");
	ck_assert_int_eq(calls, 0);
}
END_TEST

START_TEST(stop_waits_for_answers)
{
	char got[2000];
	int calls = 0, fd;
	struct att_server *s = start(&calls);

	fd = dial(s);
	put(fd, "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
	while (__atomic_load_n(&calls, __ATOMIC_RELAXED) == 0)
		(void)usleep(1000);
	att_server_stop(s);
	drain(fd, got, sizeof(got));
	ck_assert_msg(strstr(got, "HTTP/1.1 200 ") == got, "%s", got);
	ck_assert_int_eq(calls, 1);
}
END_TEST

START_TEST(a_dripping_peer_is_cut_off)
{
	char got[2000];
	int calls = 0, fd;
	AUTO(att_server_stop) struct att_server *s =
	    start_with(&calls, 1, 1000, NULL);

	fd = dial(s);
	put(fd, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n");
	for (int i = 0; i < 4; i++) {
		struct timespec nap = { .tv_nsec = 700 * 1000 * 1000 };

		if (send(fd, "x", 1, MSG_NOSIGNAL) < 0)
			break;
		nanosleep(&nap, NULL);
	}
	drain(fd, got, sizeof(got));
	ck_assert_str_eq(got, "");
	ck_assert(calls == 0);
}
END_TEST

/* Who sends it gets an answer, whatever its id is. */
START_TEST(odd_request_ids)
{
	static const char *const odd[] = { "", "a\tb", ("\xc2\x9b" "2J") };
	char got[2000], request[200];
	int calls = 0;
	AUTO(att_server_stop) struct att_server *s = start(&calls);

	for (size_t i = 0; i < ATT_COUNT(odd); i++) {
		snprintf(request, sizeof(request), "GET / HTTP/1.1\r\n"
		    "Host: h\r\nX-Request-ID: %s\r\nConnection: close\r\n"
		    "\r\n", odd[i]);
		ask(s, request, got, sizeof(got));
		ck_assert_msg(strstr(got, "HTTP/1.1 200 ") == got, "%zu: %s",
		    i, got);
		ck_assert(strstr(got, "X-Request-ID") == NULL);
	}
}
END_TEST

/* What a proxy might take for another request. */
START_TEST(ambiguous_requests)
{
	static const char *const heads[] = {
		"Content-Length: 5\r\nContent-Length: 3\r\n",
		"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
		"content-length: 5\r\nCONTENT-LENGTH: 5\r\n",
	};
	char got[2000], request[300];
	int calls = 0;
	AUTO(att_server_stop) struct att_server *s = start(&calls);

	for (size_t i = 0; i < ATT_COUNT(heads); i++) {
		snprintf(request, sizeof(request), "POST / HTTP/1.1\r\n"
		    "Host: h\r\n%sConnection: close\r\n\r\nhello",
		    heads[i]);
		ask(s, request, got, sizeof(got));
		ck_assert_msg(strstr(got, "HTTP/1.1 400 ") == got, "%zu: %s",
		    i, got);
	}
	ck_assert_int_eq(calls, 0);
	ask(s, "GET /a%00b%2e HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
	    "\r\n", got, sizeof(got));
	ck_assert_msg(strstr(got, "GET /a%00b%2e q=") != NULL, "%s", got);
	ask(s, "GET /a%2e HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
	    got, sizeof(got));
	ck_assert_msg(strstr(got, "GET /a. q=") != NULL, "%s", got);
}
END_TEST

/* Waits until so many connections were ended; -1 of those that were. */
static void
await_ends(struct pollfd *p, size_t count, int want)
{
	while (want > 0) {
		ck_assert_int_gt(poll(p, count, PATIENCE_MS), 0);
		for (size_t i = 0; i < count; i++) {
			char c;

			if (p[i].fd < 0 || p[i].revents == 0)
				continue;
			ck_assert(recv(p[i].fd, &c, 1, 0) <= 0);
			(void)close(p[i].fd);
			p[i].fd = -1;
			want--;
		}
	}
}

/* A body for each connection would be more memory than there is. */
START_TEST(bodies_are_bounded_together)
{
	static const char post[] = "POST / HTTP/1.1\r\nHost: h\r\n"
	    "Connection: close\r\nContent-Length: 1000\r\n\r\n";
	struct pollfd p[ATT_SERVER_BODIES_MAX + 3];
	char part[991], got[2000];
	int calls = 0, answered = 0;
	AUTO(att_server_stop) struct att_server *s =
	    start_with(&calls, PATIENCE_S, 1000, NULL);

	memset(part, 'x', sizeof(part) - 1);
	part[sizeof(part) - 1] = '\0';
	for (size_t i = 0; i < ATT_COUNT(p); i++) {
		p[i] = (struct pollfd){ .fd = dial(s), .events = POLLIN };
		put(p[i].fd, post);
		put(p[i].fd, part);
	}
	await_ends(p, ATT_COUNT(p), 3);
	for (size_t i = 0; i < ATT_COUNT(p); i++) {
		if (p[i].fd < 0)
			continue;
		put(p[i].fd, "0123456789");
		drain(p[i].fd, got, sizeof(got));
		ck_assert_msg(strstr(got, "HTTP/1.1 200 ") == got, "%s", got);
		answered++;
	}
	ck_assert_int_eq(answered, ATT_SERVER_BODIES_MAX);
	/* and what they held is free again */
	ask(s, "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
	    "Content-Length: 5\r\n\r\nhello", got, sizeof(got));
	ck_assert_msg(strstr(got, "HTTP/1.1 200 ") == got, "%s", got);
}
END_TEST

/* One node that fills all the room would keep every other one out. */
START_TEST(nobody_has_all_the_room)
{
	static const char head[] = "POST / HTTP/1.1\r\nHost: h\r\n"
	    "Connection: close\r\nAuthorization: %s\r\n"
	    "Content-Length: %d\r\n\r\n";
	char request[200], got[2000];
	int calls = 0, fd[ATT_SERVER_BODIES_EACH];
	AUTO(att_server_stop) struct att_server *s =
	    start_with(&calls, PATIENCE_S, 1u << 20, more_for_known);

	snprintf(request, sizeof(request), head, "greedy\r\n"
	    "Expect: 100-continue", ATT_SERVER_BODY_SMALL + 1);
	for (size_t i = 0; i < ATT_COUNT(fd); i++) {
		fd[i] = dial(s);
		put(fd[i], request);
		/* its head was taken */
		ck_assert_int_gt(recv(fd[i], got, sizeof(got), 0), 12);
		ck_assert(memcmp(got, "HTTP/1.1 100", 12) == 0);
		put(fd[i], "x");
	}
	ask(s, request, got, sizeof(got));
	ck_assert_msg(strstr(got, "HTTP/1.1 503 ") == got, "%s", got);
	/* others have theirs */
	snprintf(request, sizeof(request), head, "modest",
	    ATT_SERVER_BODY_SMALL + 1);
	(void)post(s, request, ATT_SERVER_BODY_SMALL + 1, got, sizeof(got));
	ck_assert_msg(strstr(got, "HTTP/1.1 200 ") == got, "%s", got);
	/* and so has it, once it is done with one */
	(void)close(fd[0]);
	snprintf(request, sizeof(request), head, "greedy",
	    ATT_SERVER_BODY_SMALL + 1);
	do	/* the server may not have seen that yet */
		(void)post(s, request, ATT_SERVER_BODY_SMALL + 1, got,
		    sizeof(got));
	while (strstr(got, "HTTP/1.1 503 ") == got);
	ck_assert_msg(strstr(got, "HTTP/1.1 200 ") == got, "%s", got);
	for (size_t i = 1; i < ATT_COUNT(fd); i++)
		(void)close(fd[i]);
}
END_TEST

/* As attest-verifier.yaml says of listen_address. */
START_TEST(two_colons_are_ipv4_too)
{
	struct att_server_options opt = { .address = "::", .threads = 1,
		.connections = 4, .connections_per_address = 4,
		.idle_timeout = 5, .request_timeout = 1, .body_max = 10 };
	AUTO(att_server_stop) struct att_server *s = NULL;
	int calls = 0, fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char got[2000];

	if (fd < 0) {
		printf("two_colons_are_ipv4_too: no IPv6 here, skipped\n");
		return;
	}
	(void)close(fd);
	ok(att_server_start(&opt,
	    (struct att_server_handler){ .handle = echo, .ctx = &calls }, &s,
	    err));
	ask(s, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
	    got, sizeof(got));
	ck_assert_msg(strstr(got, " peer=127.0.0.1 ") != NULL, "%s", got);
}
END_TEST

START_TEST(start_says_what_is_wrong)
{
	struct att_server_options opt = { .address = "nowhere", .threads = 1,
		.connections = 2, .connections_per_address = 2,
		.body_max = 10 };
	struct att_server *s = NULL;

	fails(att_server_start(&opt, (struct att_server_handler){ 0 }, &s,
		  err),
	    ATT_E_USAGE, "nowhere");
	opt.address = "127.0.0.1";
	opt.tls_cert = "no PEM";
	opt.tls_key = "no PEM";
	fails(att_server_start(&opt, (struct att_server_handler){ 0 }, &s,
		  err),
	    ATT_E_FORMAT, "TLS certificate");
	/* an address that is not here has nothing to do with certificates */
	opt.address = "192.0.2.1";
	fails(att_server_start(&opt, (struct att_server_handler){ 0 }, &s,
		  err),
	    ATT_E_SYS, "cannot serve on 192.0.2.1 port 0: Cannot assign");
	ck_assert(s == NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("server");
	TCase *t = tcase_create("server");

	tcase_add_test(t, a_request_arrives_whole);
	tcase_add_test(t, status_and_headers);
	tcase_add_test(t, too_much_is_refused);
	tcase_add_test(t, a_large_body_needs_a_good_head);
	tcase_add_test(t, chunks_are_held_to_the_limit_of_the_head);
	tcase_add_test(t, stop_waits_for_answers);
	tcase_add_test(t, a_dripping_peer_is_cut_off);
	tcase_add_test(t, odd_request_ids);
	tcase_add_test(t, ambiguous_requests);
	tcase_add_test(t, bodies_are_bounded_together);
	tcase_add_test(t, nobody_has_all_the_room);
	tcase_add_test(t, two_colons_are_ipv4_too);
	tcase_add_test(t, start_says_what_is_wrong);
	suite_add_tcase(s, t);
	return run_suite(s);
}
