#include "testlib.h"

#include "fixture.h"
#include "pin.h"

/* A peer with this certificate; a client that pins a key, with CAs or not. */
static int
get_pinned(const struct cert *cert, const struct cert *pinned,
    const char *ca_file, size_t *ret_bytes, struct att_err *why)
{
	static const struct peer_answer a[] = { { .text = BODY } };
	AUTO_DONE(att_http_response_done) struct att_http_response r = { 0 };
	struct peer p = { .answers = a, .count = 1, .cert = cert };
	struct att_http_client *c = NULL;
	char origin[64], pin[PIN_MAX];
	struct att_http_options o = { .origin = origin, .ca_file = ca_file,
		.pin = pin_of(pinned, pin) };
	int code;

	peer_start(&p);
	snprintf(origin, sizeof(origin), "https://127.0.0.1:%u", p.port);
	ok(att_http_client_new(&o, &c, err));
	code = att_http_send(c, &GET, &r, why);
	ck_assert(code < 0 || att_slice_is(att_buf_view(&r.body), "ok"));
	att_http_client_free(c);
	peer_stop(&p);
	*ret_bytes = p.bytes;
	return code;
}

START_TEST(the_key_alone)
{
	struct cert own = cert_make("bmc", NULL, -DAY, DAY, NULL);
	struct cert old = cert_make("bmc", NULL, -2 * DAY, -DAY, NULL);
	size_t bytes;

	/* signed by itself, without a name, and by its own dates expired */
	ok(get_pinned(&own, &own, NULL, &bytes, err));
	ck_assert_uint_gt(bytes, 0);
	ok(get_pinned(&old, &old, NULL, &bytes, err));
	cert_done(&old);
	cert_done(&own);
}
END_TEST

START_TEST(another_key)
{
	struct cert own = cert_make("bmc", "IP:127.0.0.1", -DAY, DAY, NULL);
	/* the same names, of somebody else */
	struct cert twin = cert_make("bmc", "IP:127.0.0.1", -DAY, DAY, NULL);
	size_t bytes = 1;

	fails(get_pinned(&twin, &own, NULL, &bytes, err), ATT_E_UNTRUSTED,
	    "not the key that is pinned");
	ck_assert_uint_eq(bytes, 0);
	cert_done(&twin);
	cert_done(&own);
}
END_TEST

START_TEST(key_and_authority)
{
	struct cert own = cert_make("bmc", "IP:127.0.0.1", -DAY, DAY, NULL);
	size_t bytes = 1;

	ok(get_pinned(&good, &good, ca_path, &bytes, err));
	/* the authority signed it, and it is another key */
	fails(get_pinned(&good, &own, ca_path, &bytes, err), ATT_E_UNTRUSTED,
	    "pinned");
	ck_assert_uint_eq(bytes, 0);
	/* the key, and no authority */
	fails(get_pinned(&own, &own, ca_path, &bytes, err), ATT_E_UNTRUSTED,
	    "unknown CA");
	ck_assert_uint_eq(bytes, 0);
	cert_done(&own);
}
END_TEST

#define PIN "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

START_TEST(pins_that_are_none)
{
	static const char *const bad[] = { "", "sha256//", "sha1//AAAA",
		"sha256//AAAA", "/etc/attestd/bmc.pem",
		"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		PIN ";" PIN };
	struct att_http_client *c = NULL;
	struct att_http_options o = { .origin = "https://a" };

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		o.pin = bad[i];
		fails(att_http_client_new(&o, &c, err), ATT_E_USAGE,
		    "base64 of 32 bytes");
	}
	o.pin = PIN;
	ok(att_http_client_new(&o, &c, err));
	att_http_client_free(c);
}
END_TEST

/* -- what Redfish adds ----------------------------------------------------- */

static bool
saw(const struct peer *p, const char *text)
{
	return strstr(p->log, text) != NULL;
}

START_TEST(sessions_and_passwords)
{
	static const struct peer_answer a[] = {
		{ .text = "HTTP/1.1 100 Continue\r\nX-Auth-Token: early\r\n\r\n"
			  "HTTP/1.1 201 Created\r\nX-Auth-Token: a!b:c\r\n"
			  "Location: /redfish/v1/SessionService/Sessions/7\r\n"
			  "Content-Length: 0\r\n\r\n" },
		{ .text = EMPTY }, { .text = EMPTY } };
	struct peer p = { .answers = a, .count = 3, .cert = &good };
	struct att_http_response r = { 0 };
	struct att_http_request q = GET;
	struct att_http_client *c;

	peer_start(&p);
	c = client_for(&p, NULL);
	q.token = NULL;
	ok(att_http_send(c, &q, &r, err));
	ck_assert_str_eq(r.session, "a!b:c");
	ck_assert_str_eq(r.location,
	    "/redfish/v1/SessionService/Sessions/7");
	q.session = r.session;
	q.path = "/with";
	ok(att_http_send(c, &q, &(struct att_http_response){ 0 }, err));
	q.session = NULL;
	q.basic = "dTpw";
	q.path = "/basic";
	ok(att_http_send(c, &q, &(struct att_http_response){ 0 }, err));
	att_http_client_free(c);
	peer_stop(&p);
	ck_assert(saw(&p, "GET /with"));
	ck_assert(saw(&p, "\r\nX-Auth-Token: a!b:c\r\n"));
	ck_assert(saw(&p, "\r\nAuthorization: Basic dTpw\r\n"));
	ck_assert(strstr(strstr(p.log, "GET /basic"), "X-Auth-Token") == NULL);
	att_http_response_done(&r);
	ck_assert_str_eq(r.session, "");
}
END_TEST

START_TEST(no_password_in_clear)
{
	struct peer p = { 0 };
	struct att_http_request q = GET;
	struct att_http_client *c;

	peer_start(&p);
	c = client_for(&p, NULL);
	q.basic = "dTpw";
	get_fails(c, &q, ATT_E_USAGE, "plain http");
	q.basic = NULL;
	q.session = "x";
	get_fails(c, &q, ATT_E_USAGE, "plain http");
	att_http_client_free(c);
	peer_stop(&p);
	ck_assert_uint_eq(p.bytes, 0);
}
END_TEST

START_TEST(credentials_with_line_ends)
{
	struct peer p = { .cert = &good };
	struct att_http_request q = GET;
	struct att_http_client *c;

	peer_start(&p);
	c = client_for(&p, NULL);
	q.basic = "dTpw\r\nX: y";
	get_fails(c, &q, ATT_E_USAGE, "token");
	q.basic = NULL;
	q.session = "x\r\nX: y";
	get_fails(c, &q, ATT_E_USAGE, "session");
	q.session = "x y";
	get_fails(c, &q, ATT_E_USAGE, "session");
	att_http_client_free(c);
	peer_stop(&p);
	ck_assert_uint_eq(p.bytes, 0);
}
END_TEST

START_TEST(proxies_of_the_environment)
{
	static const struct peer_answer a[] = { { .text = BODY } };
	struct peer p = { .answers = a, .count = 1, .cert = &good };
	struct att_http_options o = { .no_proxy = true };
	struct att_http_client *c;

	setenv("https_proxy", "http://127.0.0.1:1", 1);
	peer_start(&p);
	c = client_for(&p, &o);
	get(c, 200, "ok");
	att_http_client_free(c);
	c = client_for(&p, NULL);
	get_fails(c, &GET, ATT_E_NET, "");
	att_http_client_free(c);
	peer_stop(&p);
	unsetenv("https_proxy");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pin");
	TCase *t = add_case(s, "pin");

	tcase_add_test(t, the_key_alone);
	tcase_add_test(t, another_key);
	tcase_add_test(t, key_and_authority);
	tcase_add_test(t, pins_that_are_none);
	tcase_add_test(t, sessions_and_passwords);
	tcase_add_test(t, no_password_in_clear);
	tcase_add_test(t, credentials_with_line_ends);
	tcase_add_test(t, proxies_of_the_environment);
	return run_suite(s);
}
