/*
 * A BMC on 127.0.0.1, over TLS: serves pages by their path to whoever has a
 * session, lets two devices sign, and does to a client what a test says.
 */
#ifndef ATT_TESTS_REDFISH_MOCK_H
#define ATT_TESTS_REDFISH_MOCK_H

#include <poll.h>

#include "tests/crypto/devcert.h"
#include "tests/firmware/spdmmaker.h"
#include "tests/http/peer.h"
#include "tests/http/pin.h"
#include "capture.h"

#define MOCK_USER "attestd"
#define MOCK_PASSWORD "pass\"word\\1"
#define MOCK_TOKEN "8f2d!session=token"
#define MOCK_SESSION V1 "/SessionService/Sessions/42"
#define MOCK_TASK V1 "/TaskService/Tasks/"

/* What stands at a path instead; the first that fits counts. */
struct fault {
	const char *path;
	unsigned status;	/* with an empty body; 0: as below */
	const char *headers;	/* lines that go along, each with its end */
	const char *body;	/* 200, and this */
	bool hang;		/* nothing, as long as the client waits */
	const char *endless;	/* a body of this, again and again */
	unsigned times;		/* so often, then no more; 0: always */
};

struct mock {
	struct peer peer;	/* first: what is given to peer_answer.make */
	const struct page *pages;
	size_t count;
	struct fault fault[8];
	/* a page that `pages` lacks, freed by the mock; NULL: none */
	char *(*find)(const char *path);
	bool no_sessions;
	bool plain_location;	/* of tasks: in Location alone */
	/* of the task, one at each look; the last one stays. NULL: at once */
	const char *const *states;
	size_t state;

	/* the devices' key and chain */
	EVP_PKEY *key;
	X509 *leaf, *root;
	struct cert cert;	/* the BMC's own */

	char answer[1 << 16];	/* the last that was signed */
	bool answered;
	/* what it saw: lines of "METHOD path" */
	char log[1 << 16];
	size_t logged;
};

static inline void
mock_put(struct att_buf *b, unsigned status, const char *headers,
    const char *body)
{
	att_buf_printf(b, "HTTP/1.1 %u X\r\nContent-Type: application/json\r\n"
	    "%sContent-Length: %zu\r\n\r\n%s", status, headers, strlen(body),
	    body);
}

/* Until the client goes, or the test ends. */
static inline void
mock_hang(struct peer *p)
{
	struct pollfd fd = { .fd = atomic_load(&p->conn_fd),
		.events = POLLRDHUP };

	while (!atomic_load(&p->stop) && poll(&fd, 1, 20) == 0)
		;
}

static inline bool
mock_fault(struct mock *m, const char *path, struct att_buf *b)
{
	for (size_t i = 0; i < ATT_COUNT(m->fault); i++) {
		struct fault *f = &m->fault[i];

		if (f->path == NULL || strcmp(f->path, path) != 0)
			continue;
		if (f->times != 0 && --f->times == 0)
			f->path = NULL;
		if (f->hang)
			mock_hang(&m->peer);
		else if (f->endless != NULL) {
			static const char head[] = "HTTP/1.1 200 X\r\n"
			    "Content-Type: application/json\r\n\r\n";

			(void)peer_write(&m->peer, head, strlen(head));
			while (!atomic_load(&m->peer.stop) &&
			    peer_write(&m->peer, f->endless,
				strlen(f->endless)))
				;
		} else
			mock_put(b, f->status != 0 ? f->status : 200,
			    f->headers != NULL ? f->headers : "",
			    f->body != NULL ? f->body : "");
		return true;
	}
	return false;
}

/* What the device of this path signs over the nonce of the request. */
static inline void
mock_sign(struct mock *m, const char *request)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(sizeof(m->answer) - 1);
	AUTO_DONE(att_buf_done) struct att_buf nonce = ATT_BUF(32);
	struct spdm_maker s = spdm_new(0x11, SPDM_P384);
	const char *hex = strstr(request, "\"Nonce\":\"");

	ck_assert_ptr_nonnull(hex);
	ck_assert_ptr_nonnull(strstr(request, "\"SlotId\":0"));
	ok(att_hex_decode((struct att_slice){ (const uint8_t *)hex + 9, 64 },
	    &nonce, err));
	memcpy(s.nonce, nonce.data, 32);
	spdm_standard(&s);
	spdm_sign(&s, m->key);
	att_buf_str(&b, "{\"SignedMeasurements\":\"");
	att_base64_put(&b, att_buf_view(&s.b));
	att_buf_str(&b, "\",\"HashingAlgorithm\":\"TPM_ALG_SHA_384\","
	    "\"SigningAlgorithm\":\"TPM_ALG_ECDSA_ECC_NIST_P384\","
	    "\"Version\":\"1.1.0\"}");
	ck_assert(!b.failed);
	memcpy(m->answer, b.data, b.len);
	m->answer[b.len] = '\0';
	m->answered = true;
	spdm_done(&s);
}

static inline void
mock_action(struct mock *m, const char *request, struct att_buf *b)
{
	mock_sign(m, request);
	if (m->states == NULL)
		mock_put(b, 200, "", m->answer);
	else if (m->plain_location)
		mock_put(b, 202, "Location: " MOCK_TASK "7\r\n", "");
	else
		mock_put(b, 202, "", "{\"@odata.id\":\"" MOCK_TASK "7\","
		    "\"TaskState\":\"New\"}");
}

static inline void
mock_task(struct mock *m, struct att_buf *b)
{
	char body[128];

	snprintf(body, sizeof(body), "{\"Id\":\"7\",\"TaskState\":\"%s\"}",
	    m->states[m->state]);
	if (m->states[m->state + 1] != NULL)
		m->state++;
	mock_put(b, 200, "", body);
}

static inline void
mock_chain(struct mock *m, struct att_buf *b)
{
	AUTO_DONE(att_buf_done) struct att_buf pem = ATT_BUF(1 << 14);
	AUTO_DONE(att_buf_done) struct att_buf body = ATT_BUF(1 << 15);

	dev_put_pem(&pem, m->leaf);
	dev_put_pem(&pem, m->root);
	att_buf_str(&body, "{\"CertificateType\":\"PEMchain\","
	    "\"CertificateString\":\"");
	for (size_t i = 0; i < pem.len; i++)
		if (pem.data[i] == '\n')
			att_buf_str(&body, "\\n");
		else
			att_buf_u8(&body, pem.data[i]);
	att_buf_bytes(&body, "\"}", 3);
	ck_assert(!body.failed);
	mock_put(b, 200, "", (const char *)body.data);
}

static inline void
mock_login(struct mock *m, const char *request, struct att_buf *b)
{
	const char *body = strstr(request, "\r\n\r\n") + 4;

	if (m->no_sessions)
		mock_put(b, 404, "", "");
	else if (strcmp(body, "{\"UserName\":\"attestd\",\"Password\":"
		"\"pass\\\"word\\\\1\"}") != 0)
		mock_put(b, 401, "", "");
	else
		mock_put(b, 201, "X-Auth-Token: " MOCK_TOKEN "\r\n"
		    "Location: " MOCK_SESSION "\r\n", "{}");
}

static inline bool
mock_knows(const struct mock *m, const char *request)
{
	/* base64 of attestd:pass"word\1 */
	return m->no_sessions ? strstr(request, "\r\nAuthorization: Basic "
	    "YXR0ZXN0ZDpwYXNzIndvcmRcMQ==\r\n") != NULL :
	    strstr(request, "\r\nX-Auth-Token: " MOCK_TOKEN "\r\n") != NULL;
}

static inline void
mock_page(struct mock *m, const char *path, struct att_buf *b)
{
	AUTO(free) char *found = NULL;

	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->pages[i].path, path) == 0) {
			mock_put(b, 200, "", m->pages[i].json);
			return;
		}
	found = m->find != NULL ? m->find(path) : NULL;
	mock_put(b, found != NULL ? 200 : 404, "",
	    found != NULL ? found : "{\"error\":{}}");
}

static inline bool
mock_ends(const char *text, const char *with)
{
	size_t a = strlen(text), b = strlen(with);

	return a >= b && strcmp(text + a - b, with) == 0;
}

static inline void
mock_route(struct mock *m, const char *method, const char *path,
    const char *request, struct att_buf *b)
{
	if (mock_fault(m, path, b))
		return;
	if (strcmp(path, V1 "/SessionService/Sessions") == 0)
		mock_login(m, request, b);
	else if (strcmp(path, V1) != 0 && !mock_knows(m, request))
		mock_put(b, 401, "", "");
	else if (strcmp(method, "DELETE") == 0)
		mock_put(b, 204, "", "");
	else if (strcmp(method, "POST") == 0)
		mock_action(m, request, b);
	else if (strncmp(path, MOCK_TASK, strlen(MOCK_TASK)) == 0)
		mock_task(m, b);
	else if (mock_ends(path, "SPDMGetSignedMeasurements/data"))
		mock_put(b, m->answered ? 200 : 404, "", m->answer);
	else if (mock_ends(path, "/Certificates/CertChain") && m->leaf != NULL)
		mock_chain(m, b);
	else
		mock_page(m, path, b);
}

static inline void
mock_answer(struct peer *p, struct att_buf *b)
{
	struct mock *m = (struct mock *)p;
	AUTO(free) char *request = strdup(p->request);
	char method[8], path[512];
	size_t n;

	ck_assert_ptr_nonnull(request);
	/* the next request begins in front again: the peer's log is small */
	memset(p->log, 0, sizeof(p->log));
	p->logged = 0;
	ck_assert_int_eq(sscanf(request, "%7s %511s ", method, path), 2);
	n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
	m->logged += (size_t)snprintf(m->log + m->logged,
	    sizeof(m->log) - m->logged, "%s %s\n", method, path);
	ck_assert_uint_lt(m->logged, sizeof(m->log));
	mock_route(m, method, path, request, b);
}

/* `cert` of m may be set before; it is made, for any name, if it is not. */
static inline ATT_UNUSED void
mock_start(struct mock *m)
{
	static const struct peer_answer all[4096] = {
		[0 ... 4095] = { .make = mock_answer } };
	EVP_PKEY *issuer = EVP_EC_gen("P-384");

	m->peer.answers = all;
	m->peer.count = ATT_COUNT(all);
	if (m->cert.key == NULL)
		m->cert = cert_make("bmc", NULL, -DAY, DAY, NULL);
	m->peer.cert = &m->cert;
	if (m->pages == NULL) {
		m->pages = capture;
		m->count = ATT_COUNT(capture);
	}
	m->key = EVP_EC_gen("P-384");
	m->root = dev_certify(issuer, &(struct dev_spec){ .name = "root",
	    .ca = true }, NULL, NULL);
	m->leaf = dev_certify(m->key, &(struct dev_spec){ .name = "device" },
	    m->root, issuer);
	EVP_PKEY_free(issuer);
	peer_start(&m->peer);
}

static inline ATT_UNUSED void
mock_stop(struct mock *m)
{
	peer_stop(&m->peer);
	X509_free(m->leaf);
	X509_free(m->root);
	EVP_PKEY_free(m->key);
	cert_done(&m->cert);
}

/* How often a line of its log begins so. */
static inline ATT_UNUSED unsigned
mock_count(const struct mock *m, const char *line)
{
	unsigned n = 0;

	for (const char *p = m->log; (p = strstr(p, line)) != NULL; p++)
		n += p == m->log || p[-1] == '\n';
	return n;
}

#endif
