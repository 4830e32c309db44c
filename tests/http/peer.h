/*
 * A server that says what a test tells it, on 127.0.0.1, in a thread: and
 * certificates, good and bad ones, made for the occasion.
 */
#ifndef ATT_TESTS_HTTP_PEER_H
#define ATT_TESTS_HTTP_PEER_H

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "testlib.h"

/* -- certificates --------------------------------------------------------- */

#define DAY 86400L

struct cert {
	EVP_PKEY *key;
	X509 *x509;
};

static inline void
cert_extend(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	ck_assert(e != NULL && X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
}

/* `issuer` NULL: signed by itself, a CA. `san` NULL: none. */
static inline struct cert
cert_make(const char *name, const char *san, long from, long until,
    const struct cert *issuer)
{
	static long serial = 1;
	struct cert c = { .key = EVP_EC_gen("P-256"), .x509 = X509_new() };
	const struct cert *by = issuer != NULL ? issuer : &c;
	X509_NAME *subject = X509_get_subject_name(c.x509);

	ck_assert(c.key != NULL && c.x509 != NULL);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
	    (const uint8_t *)name, -1, -1, 0);
	X509_set_version(c.x509, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(c.x509), serial++);
	X509_gmtime_adj(X509_getm_notBefore(c.x509), from);
	X509_gmtime_adj(X509_getm_notAfter(c.x509), until);
	X509_set_pubkey(c.x509, c.key);
	X509_set_issuer_name(c.x509, X509_get_subject_name(by->x509));
	cert_extend(c.x509, NID_basic_constraints,
	    issuer == NULL ? "critical,CA:TRUE" : "CA:FALSE");
	if (san != NULL)
		cert_extend(c.x509, NID_subject_alt_name, san);
	ck_assert_int_gt(X509_sign(c.x509, by->key, EVP_sha256()), 0);
	return c;
}

static inline void
cert_done(struct cert *c)
{
	EVP_PKEY_free(c->key);
	X509_free(c->x509);
}

/* -- the server ----------------------------------------------------------- */

struct peer;

struct peer_answer {
	const char *text;
	/* or made of the request that it answers (p->request, with its NUL) */
	void (*make)(struct peer *p, struct att_buf *ret);
	size_t len;		/* 0: strlen(text) */
	unsigned delay_ms;	/* before it */
	unsigned drip_ms;	/* before each of its bytes */
	const char *endless;	/* then this, until the client has enough */
	bool close;		/* then end the connection */
};

struct peer {
	const struct peer_answer *answers;	/* one for each request */
	size_t count;
	const struct cert *cert;	/* NULL: plain HTTP */
	int max_tls;			/* 0: no bound */
	const struct cert *client_ca;	/* asks for a certificate of its */
	bool mute;			/* accepts, and says nothing */
	bool deaf;			/* nor reads, after the handshake */
	const char *unix_path;		/* NULL: TCP */

	uint16_t port;
	int listen_fd;
	atomic_int conn_fd;
	atomic_bool stop;
	pthread_t thread;
	SSL_CTX *ctx;
	SSL *ssl;

	/* what it saw; to be read after peer_stop */
	unsigned connections;
	unsigned requests;
	size_t bytes;		/* of what should be HTTP */
	char log[65536];	/* as much of it as fits */
	size_t logged;
	const char *request;	/* the last one in it */
	char alpn[64];		/* what the client offered, as in RFC 7301 */
	char client[64];	/* CN of its certificate */
	uint8_t versions[64];	/* of TLS that it offered (RFC 8446, 4.2.1) */
	size_t versions_len;
	bool resumed;		/* an earlier session of TLS */
};

static inline int
peer_alpn(SSL *ssl, const uint8_t **out, uint8_t *outlen, const uint8_t *in,
    unsigned inlen, void *ctx)
{
	struct peer *p = ctx;

	ck_assert_uint_lt(inlen, sizeof(p->alpn));
	memcpy(p->alpn, in, inlen);
	return SSL_TLSEXT_ERR_NOACK;
}

static inline int
peer_hello(SSL *ssl, int *alert, void *ctx)
{
	struct peer *p = ctx;
	const uint8_t *data;
	size_t len;

	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_supported_versions,
		&data, &len) == 1 && len <= sizeof(p->versions)) {
		memcpy(p->versions, data, len);
		p->versions_len = len;
	}
	return SSL_CLIENT_HELLO_SUCCESS;
}

static inline void
peer_tls(struct peer *p)
{
	p->ctx = SSL_CTX_new(TLS_server_method());
	ck_assert_ptr_nonnull(p->ctx);
	ck_assert_int_eq(SSL_CTX_use_certificate(p->ctx, p->cert->x509), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(p->ctx, p->cert->key), 1);
	SSL_CTX_set_alpn_select_cb(p->ctx, peer_alpn, p);
	SSL_CTX_set_client_hello_cb(p->ctx, peer_hello, p);
	if (p->max_tls != 0) {
		SSL_CTX_set_min_proto_version(p->ctx, p->max_tls);
		SSL_CTX_set_max_proto_version(p->ctx, p->max_tls);
		SSL_CTX_set_cipher_list(p->ctx, "DEFAULT@SECLEVEL=0");
	}
	if (p->client_ca != NULL) {
		X509_STORE_add_cert(SSL_CTX_get_cert_store(p->ctx),
		    p->client_ca->x509);
		SSL_CTX_set_verify(p->ctx, SSL_VERIFY_PEER, NULL);
	}
}

static inline ssize_t
peer_read(struct peer *p, void *data, size_t len)
{
	int fd = atomic_load(&p->conn_fd);

	return p->ssl != NULL ? SSL_read(p->ssl, data, (int)len) :
				read(fd, data, len);
}

static inline bool
peer_write(struct peer *p, const char *data, size_t len)
{
	int fd = atomic_load(&p->conn_fd);

	if (len == 0)
		return true;
	return p->ssl != NULL ? SSL_write(p->ssl, data, (int)len) > 0 :
	    write(fd, data, len) == (ssize_t)len;
}

static inline void
peer_log(struct peer *p, const char *data, size_t len)
{
	size_t room = sizeof(p->log) - 1 - p->logged;

	memcpy(p->log + p->logged, data, ATT_MIN(len, room));
	p->logged += ATT_MIN(len, room);
	p->bytes += len;
}

/* Head and Content-Length bytes after it; false: the client went. */
static inline bool
peer_read_request(struct peer *p)
{
	const char *head = p->log + p->logged;
	const char *length;
	const char *end = NULL;
	char chunk[16384];
	size_t have = 0;
	size_t want = 0;

	while (end == NULL || have < want) {
		ssize_t n = peer_read(p, chunk, sizeof(chunk));

		if (n <= 0)
			return false;
		have += (size_t)n;
		peer_log(p, chunk, (size_t)n);
		if (end != NULL || (end = strstr(head, "\r\n\r\n")) == NULL)
			continue;
		length = strcasestr(head, "\r\nContent-Length: ");
		want = (size_t)(end + 4 - head) +
		    (length == NULL ? 0 : strtoul(length + 18, NULL, 10));
	}
	p->requests++;
	p->request = head;
	return true;
}

static inline bool
peer_make(struct peer *p, const struct peer_answer *a)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 23);

	a->make(p, &b);
	ck_assert(!b.failed);
	return peer_write(p, (const char *)b.data, b.len) && !a->close;
}

static inline bool
peer_answer(struct peer *p, const struct peer_answer *a)
{
	size_t len = a->len != 0 || a->text == NULL ? a->len :
						      strlen(a->text);
	size_t piece = a->drip_ms != 0 ? 1 : len;

	usleep(a->delay_ms * 1000);
	if (a->make != NULL)
		return peer_make(p, a);
	for (size_t i = 0; i < len; i += piece) {
		usleep(a->drip_ms * 1000);
		if (atomic_load(&p->stop) || !peer_write(p, a->text + i,
		    piece))
			return false;
	}
	while (a->endless != NULL)
		if (atomic_load(&p->stop) || !peer_write(p, a->endless,
		    strlen(a->endless)))
			return false;
	return !a->close;
}

static inline void
peer_note_client(struct peer *p)
{
	X509 *x = SSL_get1_peer_certificate(p->ssl);

	if (x != NULL)
		X509_NAME_get_text_by_NID(X509_get_subject_name(x),
		    NID_commonName, p->client, sizeof(p->client));
	X509_free(x);
	p->resumed |= SSL_session_reused(p->ssl);
}

static inline void
peer_serve(struct peer *p, int fd)
{
	char byte;

	if (p->mute) {
		while (read(fd, &byte, 1) > 0)
			;
		return;
	}
	if (p->ctx != NULL) {
		p->ssl = SSL_new(p->ctx);
		SSL_set_fd(p->ssl, fd);
		if (SSL_accept(p->ssl) == 1)
			peer_note_client(p);
	}
	while (p->deaf && !atomic_load(&p->stop))
		usleep(10000);
	while (peer_read_request(p) && p->requests <= p->count &&
	    peer_answer(p, &p->answers[p->requests - 1]))
		;
	if (p->ssl != NULL)
		SSL_shutdown(p->ssl);
	SSL_free(p->ssl);
	p->ssl = NULL;
}

static inline void *
peer_run(void *ctx)
{
	struct peer *p = ctx;
	const int on = 1;
	int fd;

	while ((fd = accept(p->listen_fd, NULL, NULL)) >= 0) {
		/* else each connection waits 40 ms behind its tickets */
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
		    sizeof(on));
		atomic_store(&p->conn_fd, fd);
		p->connections++;
		if (!atomic_load(&p->stop))
			peer_serve(p, fd);
		atomic_store(&p->conn_fd, -1);
		close(fd);
	}
	return NULL;
}

static inline int
peer_bind(struct peer *p)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(in);
	int fd = socket(p->unix_path != NULL ? AF_UNIX : AF_INET,
	    SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	if (p->unix_path != NULL) {
		snprintf(un.sun_path, sizeof(un.sun_path), "%s",
		    p->unix_path);
		ck_assert_int_eq(bind(fd, (struct sockaddr *)&un,
		    sizeof(un)), 0);
		return fd;
	}
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	p->port = ntohs(in.sin_port);
	return fd;
}

static inline void
peer_start(struct peer *p)
{
	p->conn_fd = -1;
	if (p->cert != NULL)
		peer_tls(p);
	p->listen_fd = peer_bind(p);
	ck_assert_int_eq(listen(p->listen_fd, 8), 0);
	ck_assert_int_eq(pthread_create(&p->thread, NULL, peer_run, p), 0);
}

static inline void
peer_stop(struct peer *p)
{
	int fd;

	atomic_store(&p->stop, true);
	(void)shutdown(p->listen_fd, SHUT_RDWR);
	if ((fd = atomic_load(&p->conn_fd)) >= 0)
		(void)shutdown(fd, SHUT_RDWR);
	ck_assert_int_eq(pthread_join(p->thread, NULL), 0);
	close(p->listen_fd);
	SSL_CTX_free(p->ctx);
}

#endif
