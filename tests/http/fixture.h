/* What the tests of the HTTP client share: files, certificates, requests. */
#ifndef ATT_TESTS_HTTP_FIXTURE_H
#define ATT_TESTS_HTTP_FIXTURE_H

#include <signal.h>

#include "base/file.h"
#include "http/client.h"
#include "peer.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define EMPTY OK_HEAD "Content-Length: 0\r\n\r\n"
#define BODY OK_HEAD "Content-Length: 2\r\n\r\nok"
#define K8                                                                   \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"   \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define TOKEN "sid.Zm9vYmFy-_~+/=="

static char dir[32];
static char *ca_path;
static struct cert ca, other_ca, good, client_cert;

static ATT_UNUSED char *
in_dir(const char *name)
{
	char *path = att_path_join(dir, name);

	ck_assert_ptr_nonnull(path);
	return path;
}

static ATT_UNUSED void
write_pem(const char *name, const struct cert *c, bool key,
    const char *password)
{
	AUTO(free) char *path = in_dir(name);
	BIO *b = BIO_new(BIO_s_mem());
	char *text;
	long len;

	ck_assert_int_eq(key ? PEM_write_bio_PrivateKey(b, c->key,
	    password == NULL ? NULL : EVP_aes_128_cbc(), NULL, 0, NULL,
	    (void *)(uintptr_t)password) : PEM_write_bio_X509(b, c->x509), 1);
	len = BIO_get_mem_data(b, &text);
	ok(att_file_write(path, (struct att_slice){ (uint8_t *)text,
	    (size_t)len }, 0600, err));
	BIO_free(b);
}

static ATT_UNUSED void
setup(void)
{
	static const char *const proxies[] = { "http_proxy", "https_proxy",
		"HTTPS_PROXY", "all_proxy", "ALL_PROXY" };

	AUTO(free) char *empty = NULL;

	for (size_t i = 0; i < ATT_COUNT(proxies); i++)
		unsetenv(proxies[i]);
	signal(SIGPIPE, SIG_IGN);	/* the peer's; curl sees to its own */
	snprintf(dir, sizeof(dir), "/tmp/att-http-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ca_path = in_dir("ca.pem");
	empty = in_dir("empty.key");
	ca = cert_make("ca", NULL, -DAY, DAY, NULL);
	other_ca = cert_make("other", NULL, -DAY, DAY, NULL);
	good = cert_make("good", "IP:127.0.0.1", -DAY, DAY, &ca);
	client_cert = cert_make("node", NULL, -DAY, DAY, &ca);
	write_pem("ca.pem", &ca, false, NULL);
	write_pem("client.pem", &client_cert, false, NULL);
	write_pem("client.key", &client_cert, true, NULL);
	write_pem("locked.key", &client_cert, true, "secret");
	write_pem("other.key", &other_ca, true, NULL);
	ok(att_file_write(empty, S(""), 0600, err));
}

static ATT_UNUSED void
teardown(void)
{
	static const char *const names[] = { "ca.pem", "client.pem",
		"client.key", "locked.key", "other.key", "open.key",
		"empty.key", "garbage", "socket", "" };

	for (size_t i = 0; i < ATT_COUNT(names); i++) {
		AUTO(free) char *path = in_dir(names[i]);

		(void)remove(path);
	}
	cert_done(&ca);
	cert_done(&other_ca);
	cert_done(&good);
	cert_done(&client_cert);
	free(ca_path);
}

static ATT_UNUSED struct att_http_client *
client_for(const struct peer *p, const struct att_http_options *more)
{
	struct att_http_options o = { 0 };
	struct att_http_client *c = NULL;
	char origin[64];

	if (more != NULL)
		o = *more;
	snprintf(origin, sizeof(origin), "%s://127.0.0.1:%u",
	    p->cert != NULL ? "https" : "http", p->port);
	o.origin = origin;
	o.allow_plain = p->cert == NULL;
	o.ca_file = p->cert != NULL ? ca_path : NULL;
	ok(att_http_client_new(&o, &c, err));
	return c;
}

static const struct att_http_request GET = { .method = ATT_HTTP_GET,
	.path = "/x", .token = TOKEN, .max_body = 1000, .deadline_ms = 5000 };

static ATT_UNUSED struct att_http_request
patch(const char *body)
{
	struct att_http_request q = GET;

	q.method = ATT_HTTP_PATCH;
	q.content_type = "application/vnd.api+json";
	q.body = S(body);
	return q;
}

/* One GET that must give this status and body. */
static ATT_UNUSED void
get(struct att_http_client *c, unsigned status, const char *body)
{
	AUTO_DONE(att_http_response_done) struct att_http_response r = { 0 };

	ok(att_http_send(c, &GET, &r, err));
	ck_assert_uint_eq(r.status, status);
	ck_assert(att_slice_is(att_buf_view(&r.body), body));
}

/* One request that must fail so, and leave the result as it was. */
static ATT_UNUSED void
get_fails(struct att_http_client *c, const struct att_http_request *q,
    int code, const char *word)
{
	struct att_http_response r = { .status = 77 };

	fails(att_http_send(c, q, &r, err), code, word);
	ck_assert(r.status == 77 && r.body.data == NULL);
}

/* The answer of a fresh peer to one request. */
static ATT_UNUSED int
answer_of(const struct cert *cert, const char *text, size_t len,
    struct att_http_response *ret, struct att_err *err)
{
	const struct peer_answer a[] = { { .text = text, .len = len,
		.close = true }, { .text = text, .len = len,
		.close = true } };
	struct peer p = { .answers = a, .count = 2, .cert = cert };
	struct att_http_client *c;
	int r;

	peer_start(&p);
	c = client_for(&p, NULL);
	r = att_http_send(c, &GET, ret, err);
	att_http_client_free(c);
	peer_stop(&p);
	return r;
}

/* Certificates are made once for all tests of a case, before they fork off. */
static ATT_UNUSED TCase *
add_case(Suite *s, const char *name)
{
	TCase *t = tcase_create(name);

	tcase_add_unchecked_fixture(t, setup, teardown);
	suite_add_tcase(s, t);
	return t;
}

#endif
