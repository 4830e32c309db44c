#include "testlib.h"

#include "fixture.h"

/* -- what is sent ---------------------------------------------------------- */

START_TEST(post_and_get)
{
	static const struct peer_answer a[] = {
		{ .text = "HTTP/1.1 201 Created\r\nContent-Type: a/b; c=d \r\n"
			  "Content-Length: 2\r\n\r\nhi" },
		{ .text = EMPTY },
		{ .text = EMPTY } };
	AUTO_DONE(att_http_response_done) struct att_http_response r = { 0 };
	struct peer p = { .answers = a, .count = 3, .cert = &good };
	struct att_http_request q = patch("body\n");
	struct att_http_client *c;
	const char *second;

	peer_start(&p);
	c = client_for(&p, NULL);
	q.method = ATT_HTTP_POST;
	q.path = "/v3.0/a?b=%20c";
	q.accept = "application/json";
	ok(att_http_send(c, &q, &r, err));
	ck_assert_uint_eq(r.status, 201);
	ck_assert_str_eq(r.content_type, "a/b; c=d");
	ck_assert_str_eq(r.retry_after, "");
	ck_assert(att_slice_is(att_buf_view(&r.body), "hi"));
	get(c, 200, "");
	q.token = NULL;
	q.path = "/a/../b//c/.";
	att_http_response_done(&r);
	ok(att_http_send(c, &q, &r, err));
	att_http_client_free(c);
	peer_stop(&p);
	second = strstr(p.log, "GET /x HTTP/1.1\r\n");
	ck_assert_ptr_nonnull(second);
	ck_assert_ptr_eq(strstr(p.log, "POST /v3.0/a?b=%20c HTTP/1.1\r\n"),
	    p.log);
	ck_assert_ptr_nonnull(strstr(p.log, "\r\n\r\nbody\nGET"));
	ck_assert_ptr_nonnull(strstr(p.log,
	    "\r\nAccept: application/json\r\n"));
	ck_assert_ptr_nonnull(strstr(p.log, "\r\nContent-Length: 5\r\n"));
	ck_assert_ptr_nonnull(strstr(p.log,
	    "\r\nContent-Type: application/vnd.api+json\r\n"));
	ck_assert_ptr_nonnull(strstr(second,
	    "\r\nAuthorization: Bearer " TOKEN "\r\n"));
	ck_assert_ptr_nonnull(strstr(second,
	    "\r\nAccept-Encoding: identity\r\n"));
	second = strstr(second, "\r\n\r\nPOST /a/../b//c/. HTTP/1.1\r\n");
	ck_assert_ptr_nonnull(second);
	ck_assert_ptr_null(strstr(second, "Authorization"));
	ck_assert_ptr_null(strstr(p.log, "Cookie"));
}
END_TEST

START_TEST(get_carries_no_content_type)
{
	static const struct peer_answer a[] = { { .text = EMPTY },
		{ .text = EMPTY } };
	struct peer p = { .answers = a, .count = 2, .cert = &good };
	struct att_http_request q = patch("");
	struct att_http_response r = { 0 };
	struct att_http_client *c;

	peer_start(&p);
	c = client_for(&p, NULL);
	ok(att_http_send(c, &q, &r, err));	/* of which nothing is left */
	get(c, 200, "");
	att_http_client_free(c);
	peer_stop(&p);
	ck_assert_ptr_nonnull(strstr(p.log, "PATCH /x"));
	ck_assert_ptr_nonnull(strstr(p.log, "Content-Length: 0\r\n"));
	ck_assert_ptr_null(strstr(strstr(p.log, "GET /x"), "Content-"));
}
END_TEST

START_TEST(methods)
{
	static const struct peer_answer a[] = { { .text = EMPTY },
		{ .text = EMPTY }, { .text = EMPTY }, { .text = EMPTY },
		{ .text = EMPTY } };
	static const char *const names[] = { "GET /x ", "POST /x ", "PUT /x ",
		"PATCH /x ", "DELETE /x " };
	struct peer p = { .answers = a, .count = 5, .cert = &good };
	struct att_http_client *c;

	peer_start(&p);
	c = client_for(&p, NULL);
	for (enum att_http_method m = ATT_HTTP_GET; m <= ATT_HTTP_DELETE;
	    m++) {
		struct att_http_request q = patch("b");
		struct att_http_response r;

		q.method = m;
		if (m == ATT_HTTP_GET || m == ATT_HTTP_DELETE) {
			q.content_type = NULL;
			q.body.len = 0;
		}
		ok(att_http_send(c, &q, &r, err));
		att_http_response_done(&r);
	}
	att_http_client_free(c);
	peer_stop(&p);
	for (size_t i = 0; i < ATT_COUNT(names); i++)
		ck_assert_ptr_nonnull(strstr(p.log, names[i]));
}
END_TEST

/* Without waiting for a leave that many servers do not give. */
START_TEST(large_body_is_sent_at_once)
{
	const size_t size = 2000000;
	AUTO(free) char *body = calloc(1, size + 1);
	static const struct peer_answer a[] = { { .text = BODY } };
	struct peer p = { .answers = a, .count = 1, .cert = &good };
	AUTO_DONE(att_http_response_done) struct att_http_response r = { 0 };
	struct att_http_request q;
	struct att_http_client *c;

	memset(body, 'b', size);
	q = patch(body);
	peer_start(&p);
	c = client_for(&p, NULL);
	ok(att_http_send(c, &q, &r, err));
	att_http_client_free(c);
	peer_stop(&p);
	ck_assert_uint_gt(p.bytes, size);
	ck_assert_uint_lt(p.bytes, size + 1000);
	ck_assert_ptr_null(strstr(p.log, "Expect"));
}
END_TEST

START_TEST(bad_requests)
{
	struct peer p = { .cert = &good };
	struct att_http_request q[16];
	char path[ATT_HTTP_PATH_MAX + 2];
	char token[ATT_HTTP_TOKEN_MAX + 2];
	struct att_http_client *c;

	memset(path, '/', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	memset(token, 't', sizeof(token));
	token[sizeof(token) - 1] = '\0';
	for (size_t i = 0; i < ATT_COUNT(q); i++)
		q[i] = GET;
	q[0].path = "x";
	q[1].path = "";
	q[2].path = NULL;
	q[3].path = "/a b";
	q[4].path = "/a\r\nHost: evil";
	q[5].path = "/a#b";
	q[6].path = "/\xc3\xa9";
	q[7].path = path;
	q[8].token = "";
	q[9].token = "a\r\nb: c";
	q[10].token = token;
	q[11].content_type = "a/b";
	q[12].body = S("x");
	q[13].accept = "a/b\r\nc: d";
	q[14].deadline_ms = 0;
	q[15].method = (enum att_http_method)5;
	peer_start(&p);
	c = client_for(&p, NULL);
	for (size_t i = 0; i < ATT_COUNT(q); i++)
		get_fails(c, &q[i], ATT_E_USAGE, "");
	q[0] = patch("x");
	q[0].content_type = NULL;
	get_fails(c, &q[0], ATT_E_USAGE, "must have a body");
	q[0].content_type = "a/b\n";
	get_fails(c, &q[0], ATT_E_USAGE, "media type");
	att_http_client_free(c);
	peer_stop(&p);
	ck_assert_uint_eq(p.connections, 0);
}
END_TEST

START_TEST(lengths_at_the_limit)
{
	static const struct peer_answer a[] = { { .text = BODY } };
	struct peer p = { .answers = a, .count = 1, .cert = &good };
	AUTO_DONE(att_http_response_done) struct att_http_response r = { 0 };
	char path[ATT_HTTP_PATH_MAX + 1];
	char token[ATT_HTTP_TOKEN_MAX + 1];
	struct att_http_request q = GET;
	struct att_http_client *c;

	memset(path, '/', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	memset(token, 't', sizeof(token));
	token[sizeof(token) - 1] = '\0';
	q.path = path;
	q.token = token;
	peer_start(&p);
	c = client_for(&p, NULL);
	ok(att_http_send(c, &q, &r, err));
	att_http_client_free(c);
	peer_stop(&p);
	ck_assert_ptr_nonnull(strstr(p.log, path));
	ck_assert_ptr_nonnull(strstr(p.log, token));
}
END_TEST

/* -- the connection -------------------------------------------------------- */

START_TEST(one_connection_for_all)
{
	struct peer_answer a[20];
	struct peer p = { .answers = a, .count = 20, .cert = &good };
	struct att_http_client *c;

	for (size_t i = 0; i < ATT_COUNT(a); i++)
		a[i] = (struct peer_answer){ .text = i % 2 == 0 ? BODY :
		    "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n" };
	peer_start(&p);
	c = client_for(&p, NULL);
	for (size_t i = 0; i < ATT_COUNT(a); i++)
		get(c, i % 2 == 0 ? 200 : 503, i % 2 == 0 ? "ok" : "");
	att_http_client_free(c);
	peer_stop(&p);
	ck_assert_uint_eq(p.connections, 1);
	ck_assert_uint_eq(p.requests, 20);
}
END_TEST

START_TEST(closed_by_the_server_between_requests)
{
	static const struct peer_answer a[] = { { .text = BODY,
		.close = true }, { .text = BODY } };
	struct peer p = { .answers = a, .count = 2, .cert = &good };
	struct att_http_client *c;

	peer_start(&p);
	c = client_for(&p, NULL);
	get(c, 200, "ok");
	get(c, 200, "ok");
	att_http_client_free(c);
	peer_stop(&p);
	ck_assert_uint_eq(p.connections, 2);
	ck_assert_uint_eq(p.requests, 2);
	ck_assert(!p.resumed);	/* each looks at the certificate */
}
END_TEST

START_TEST(early_close_is_no_endless_retry)
{
	static const struct peer_answer a[] = { { .text = "",
		.close = true }, { .text = "", .close = true }, { .text = "",
		.close = true } };
	struct peer p = { .answers = a, .count = 3, .cert = &good };
	struct att_http_client *c;

	peer_start(&p);
	c = client_for(&p, NULL);
	get_fails(c, &GET, ATT_E_NET, "https://127.0.0.1");
	att_http_client_free(c);
	peer_stop(&p);
	ck_assert_uint_eq(p.requests, 1);
}
END_TEST

/* K23, and K18: a Location of any kind is nothing to us. */
START_TEST(k23_redirects_are_not_followed)
{
	static const unsigned codes[] = { 300, 301, 302, 303, 307, 308, 202 };
	struct peer target = { .cert = &good };
	char text[ATT_COUNT(codes)][160];
	struct peer_answer a[ATT_COUNT(codes)] = { 0 };
	struct peer p = { .answers = a, .count = ATT_COUNT(codes),
		.cert = &good };
	struct att_http_client *c;

	peer_start(&target);
	for (size_t i = 0; i < ATT_COUNT(codes); i++) {
		snprintf(text[i], sizeof(text[i]), "HTTP/1.1 %u x\r\n"
		    "Location: %s127.0.0.1:%u/../y\r\nContent-Length: 0\r\n"
		    "Refresh: 0; url=https://127.0.0.1:%u/\r\n\r\n", codes[i],
		    i % 2 == 0 ? "https://" : "//", target.port, target.port);
		a[i].text = text[i];
	}
	peer_start(&p);
	c = client_for(&p, NULL);
	for (size_t i = 0; i < ATT_COUNT(codes); i++)
		get(c, codes[i], "");
	att_http_client_free(c);
	peer_stop(&p);
	peer_stop(&target);
	ck_assert_uint_eq(p.requests, ATT_COUNT(codes));
	ck_assert_uint_eq(target.connections, 0);
}
END_TEST

START_TEST(cookies_are_not_kept)
{
	static const struct peer_answer a[] = {
		{ .text = OK_HEAD "Set-Cookie: a=b; Path=/\r\n"
				  "Content-Length: 0\r\n\r\n" },
		{ .text = EMPTY } };
	struct peer p = { .answers = a, .count = 2, .cert = &good };
	struct att_http_client *c;

	peer_start(&p);
	c = client_for(&p, NULL);
	get(c, 200, "");
	get(c, 200, "");
	att_http_client_free(c);
	peer_stop(&p);
	ck_assert_uint_eq(p.requests, 2);
	ck_assert_ptr_null(strstr(p.log, "a=b"));
}
END_TEST

START_TEST(k13_http_1_1_only)
{
	static const struct peer_answer a[] = {
		{ .text = OK_HEAD "Alt-Svc: h2=\":1\"\r\nUpgrade: h2c\r\n"
				  "Content-Length: 0\r\n\r\n" },
		{ .text = EMPTY } };
	struct peer p = { .answers = a, .count = 2, .cert = &good };
	struct att_http_client *c;

	peer_start(&p);
	c = client_for(&p, NULL);
	get(c, 200, "");
	get(c, 200, "");
	att_http_client_free(c);
	peer_stop(&p);
	ck_assert_str_eq(p.alpn, "\010http/1.1");
	ck_assert_uint_eq(p.connections, 1);
	ck_assert_ptr_null(strcasestr(p.log, "upgrade"));
	ck_assert_ptr_null(strcasestr(p.log, "h2"));
}
END_TEST

START_TEST(unix_socket_and_no_proxy_for_it)
{
	static const struct peer_answer a[] = { { .text = BODY } };
	AUTO(free) char *path = in_dir("socket");
	struct peer p = { .answers = a, .count = 1, .unix_path = path };
	struct att_http_options o = { .unix_path = path };
	struct att_http_client *c;

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	peer_start(&p);
	p.port = 80;
	c = client_for(&p, &o);
	get(c, 200, "ok");
	att_http_client_free(c);
	peer_stop(&p);
	ck_assert_ptr_nonnull(strstr(p.log, "Host: 127.0.0.1\r\n"));
}
END_TEST

START_TEST(proxy_learns_the_host_and_no_more)
{
	static const struct peer_answer a[] = { {
		.text = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n" } };
	struct peer proxy = { .answers = a, .count = 1 };
	struct peer p = { .cert = &good };
	struct att_http_client *c;
	char url[64];

	peer_start(&proxy);
	peer_start(&p);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", proxy.port);
	setenv("https_proxy", url, 1);
	c = client_for(&p, NULL);
	get_fails(c, &GET, ATT_E_NET, "403");
	att_http_client_free(c);
	peer_stop(&p);
	peer_stop(&proxy);
	ck_assert_int_eq(strncmp(proxy.log, "CONNECT 127.0.0.1:", 18), 0);
	ck_assert_ptr_null(strstr(proxy.log, TOKEN));
	ck_assert_ptr_null(strstr(proxy.log, "/x"));
	ck_assert_uint_eq(p.connections, 0);
}
END_TEST

/* -- trust ----------------------------------------------------------------- */

/* With this certificate no byte of HTTP arrives, in either version of TLS. */
static void
never_trusted(const struct cert *cert, const char *word)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

	for (size_t i = 0; i < ATT_COUNT(versions); i++) {
		struct peer p = { .cert = cert, .max_tls = versions[i] };
		struct att_http_request q = patch("evidence");
		struct att_http_client *c;

		peer_start(&p);
		c = client_for(&p, NULL);
		get_fails(c, &q, ATT_E_UNTRUSTED, word);
		get_fails(c, &q, ATT_E_UNTRUSTED, word);
		att_http_client_free(c);
		peer_stop(&p);
		ck_assert_uint_eq(p.bytes, 0);
		ck_assert_uint_eq(p.requests, 0);
		ck_assert_uint_eq(p.connections, 2);
	}
}

START_TEST(wrong_certificates)
{
	static const struct {
		const char *san;
		long from, until;
		const struct cert *issuer;
		const char *word;
	} bad[] = {
		{ "IP:127.0.0.1", -DAY, DAY, &other_ca, "unknown CA" },
		{ "IP:127.0.0.1", -DAY, DAY, NULL, "unknown CA" },
		{ "IP:127.0.0.1", -DAY, -60, &ca, "expired" },
		{ "IP:127.0.0.1", 3600, DAY, &ca, "not valid yet" },
		{ "IP:127.0.0.2", -DAY, DAY, &ca, "name mismatch" },
		{ "DNS:127.0.0.1", -DAY, DAY, &ca, "name mismatch" },
		{ "DNS:*", -DAY, DAY, &ca, "name mismatch" },
		{ "DNS:a.example,DNS:b.example", -DAY, DAY, &ca,
		    "name mismatch" },
	};

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		struct cert c = cert_make("127.0.0.1", bad[i].san,
		    bad[i].from, bad[i].until, bad[i].issuer);

		never_trusted(&c, bad[i].word);
		cert_done(&c);
	}
}
END_TEST

START_TEST(old_tls_is_refused)
{
	struct peer p = { .cert = &good, .max_tls = TLS1_1_VERSION };
	struct att_http_client *c;

	peer_start(&p);
	c = client_for(&p, NULL);
	get_fails(c, &GET, ATT_E_NET, "https://127.0.0.1");
	att_http_client_free(c);
	peer_stop(&p);
	ck_assert_uint_eq(p.bytes, 0);
	/* TLS 1.3 and 1.2 are offered, and that is all */
	ck_assert_uint_eq(p.versions_len, 5);
	ck_assert_mem_eq(p.versions, "\4\3\4\3\3", 5);
}
END_TEST

START_TEST(client_certificate)
{
	static const struct peer_answer a[] = { { .text = BODY } };
	AUTO(free) char *cert = in_dir("client.pem");
	AUTO(free) char *key = in_dir("client.key");
	struct peer p = { .answers = a, .count = 1, .cert = &good,
		.client_ca = &ca };
	struct peer none = p;
	struct att_http_options o = { .cert_file = cert, .key_file = key };
	struct att_http_client *c;

	peer_start(&p);
	c = client_for(&p, &o);
	get(c, 200, "ok");
	att_http_client_free(c);
	peer_stop(&p);
	ck_assert_str_eq(p.client, "node");
	peer_start(&none);
	c = client_for(&none, NULL);
	get(c, 200, "ok");
	att_http_client_free(c);
	peer_stop(&none);
	ck_assert_str_eq(none.client, "");
}
END_TEST

/* An enciphered key must not ask a terminal; another's key must not serve. */
START_TEST(unusable_client_keys)
{
	static const char *const keys[] = { "locked.key", "other.key",
		"client.pem", "empty.key" };

	for (size_t i = 0; i < ATT_COUNT(keys); i++) {
		AUTO(free) char *cert = in_dir("client.pem");
		AUTO(free) char *key = in_dir(keys[i]);
		struct att_http_options o = { .cert_file = cert,
			.key_file = key };
		struct peer p = { .cert = &good };
		struct att_http_client *c;

		peer_start(&p);
		c = client_for(&p, &o);
		get_fails(c, &GET, ATT_E_FORMAT, "client.pem");
		att_http_client_free(c);
		peer_stop(&p);
		ck_assert_uint_eq(p.bytes, 0);
	}
}
END_TEST

START_TEST(bad_options)
{
	static const char *const bad[] = { "", "127.0.0.1", "ftp://a",
		"https://", "https://a/", "https://a/b", "https://u:p@a",
		"https://a?b", "https://a#b", "https://a:99999",
		"https://a b", "https://[::1", "https://a\r\nb",
		"https://%61" };
	struct att_http_client *c = NULL;
	struct att_http_options o = { .ca_file = ca_path };

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		o.origin = bad[i];
		fails(att_http_client_new(&o, &c, err), ATT_E_USAGE, "");
	}
	o.origin = NULL;
	fails(att_http_client_new(&o, &c, err), ATT_E_USAGE, "server");
	o.origin = "http://a";
	fails(att_http_client_new(&o, &c, err), ATT_E_USAGE, "plain http");
	o.origin = "https://a";
	o.system_cas = true;
	fails(att_http_client_new(&o, &c, err), ATT_E_USAGE, "CA file");
	o.system_cas = false;
	o.ca_file = NULL;
	fails(att_http_client_new(&o, &c, err), ATT_E_USAGE, "CA file");
	o.ca_file = "/nonexistent/ca";
	fails(att_http_client_new(&o, &c, err), ATT_E_NOT_FOUND,
	    "/nonexistent/ca");
	o.ca_file = ca_path;
	o.cert_file = ca_path;
	fails(att_http_client_new(&o, &c, err), ATT_E_USAGE, "both");
	ck_assert_ptr_null(c);
}
END_TEST

/* K5: a key that others can read is no secret. */
START_TEST(k5_readable_key)
{
	AUTO(free) char *key = in_dir("open.key");
	struct att_http_options o = { .origin = "https://a",
		.ca_file = ca_path, .cert_file = ca_path, .key_file = key };
	struct att_http_client *c = NULL;

	ok(att_file_write(key, S("x"), 0640, err));
	fails(att_http_client_new(&o, &c, err), ATT_E_DENIED, "open.key");
	ck_assert_ptr_null(c);
}
END_TEST

START_TEST(ca_file_without_a_certificate)
{
	AUTO(free) char *path = in_dir("garbage");
	struct peer p = { .cert = &good };
	struct att_http_options o = { .ca_file = path };
	struct att_http_client *c = NULL;
	char origin[64];

	ok(att_file_write(path, S("no certificate"), 0600, err));
	peer_start(&p);
	snprintf(origin, sizeof(origin), "https://127.0.0.1:%u", p.port);
	o.origin = origin;
	ok(att_http_client_new(&o, &c, err));
	get_fails(c, &GET, ATT_E_FORMAT, "garbage");
	att_http_client_free(c);
	peer_stop(&p);
	ck_assert_uint_eq(p.bytes, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http client");
	TCase *sent = add_case(s, "sent");
	TCase *connection = add_case(s, "connection");
	TCase *trust = add_case(s, "trust");

	tcase_add_test(sent, post_and_get);
	tcase_add_test(sent, get_carries_no_content_type);
	tcase_add_test(sent, methods);
	tcase_add_test(sent, large_body_is_sent_at_once);
	tcase_add_test(sent, bad_requests);
	tcase_add_test(sent, lengths_at_the_limit);
	tcase_add_test(connection, one_connection_for_all);
	tcase_add_test(connection, closed_by_the_server_between_requests);
	tcase_add_test(connection, early_close_is_no_endless_retry);
	tcase_add_test(connection, k23_redirects_are_not_followed);
	tcase_add_test(connection, cookies_are_not_kept);
	tcase_add_test(connection, k13_http_1_1_only);
	tcase_add_test(connection, unix_socket_and_no_proxy_for_it);
	tcase_add_test(connection, proxy_learns_the_host_and_no_more);
	tcase_add_test(trust, wrong_certificates);
	tcase_add_test(trust, old_tls_is_refused);
	tcase_add_test(trust, client_certificate);
	tcase_add_test(trust, unusable_client_keys);
	tcase_add_test(trust, bad_options);
	tcase_add_test(trust, k5_readable_key);
	tcase_add_test(trust, ca_file_without_a_certificate);
	return run_suite(s);
}
