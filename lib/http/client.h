/*
 * HTTP client for one origin over one kept connection: HTTP/1.1 (RFC 9112)
 * over TLS 1.2 or later. The only user of curl.
 *
 * The server is not trusted to behave. Its certificate is verified against the
 * given CAs and the name in the origin, or its key against the one that is
 * pinned, before a byte of HTTP is sent; no
 * redirect is followed, no cookie kept, no encoding offered; every answer has a
 * deadline and a cap. Proxies are taken from curl's own environment variables
 * (https_proxy, no_proxy), and TLS then runs through them unopened.
 */
#ifndef ATT_HTTP_CLIENT_H
#define ATT_HTTP_CLIENT_H

#include "base/buf.h"

#define ATT_HTTP_PATH_MAX 2048		/* bytes of path and query */
#define ATT_HTTP_TOKEN_MAX 4096		/* bytes of a bearer token */
#define ATT_HTTP_HEADERS_MAX 65536	/* bytes of one answer's headers, with
					 * interim answers and trailers */
#define ATT_HTTP_TEXT_MAX 128		/* bytes of a header that is kept */
#define ATT_HTTP_LINK_MAX 512		/* bytes of Location, X-Auth-Token */
#define ATT_HTTP_PEM_MAX (1024 * 1024)	/* bytes of a certificate file */

/* Borrowed for the call; the client keeps copies of what it needs. */
struct att_http_options {
	/* "https://host[:port]"; no user, path, query or fragment */
	const char *origin;
	bool allow_plain;	/* take "http://", which nothing protects */
	/* Dial this socket instead of the origin's host; no proxy then. */
	const char *unix_path;
	/*
	 * PEM; the only CAs that count. Required for https, unless system_cas
	 * asks for the system's store instead, or there is a pin.
	 */
	const char *ca_file;
	bool system_cas;
	/*
	 * "sha256//" and base64 of the SHA-256 of a SubjectPublicKeyInfo: the
	 * key that the server must show that it has (RFC 7469, 2.4). With CAs
	 * both must hold. Without any, the key is all that counts: neither
	 * the name nor the dates of a certificate that anybody can sign.
	 */
	const char *pin;
	bool no_proxy;		/* whatever the environment says */
	/* PEM client certificate and its key; both or neither. */
	const char *cert_file;
	const char *key_file;	/* ATT_E_DENIED if others can read it */
	unsigned connect_ms;	/* name, TCP and TLS; 0: 10,000 */
	unsigned stall_s;	/* longest silence in a request; 0: 30 */
	/* Asked about every second while a request runs; true ends it. */
	bool (*stop)(void);
};

enum att_http_method {
	ATT_HTTP_GET,
	ATT_HTTP_POST,
	ATT_HTTP_PUT,
	ATT_HTTP_PATCH,
	ATT_HTTP_DELETE,
};

struct att_http_request {
	enum att_http_method method;
	/* '/' and then only what RFC 3986 allows in path and query */
	const char *path;
	const char *accept;	/* media type; NULL: any */
	/* RFC 6750; sent to this origin only. NULL: none */
	const char *token;
	/* X-Auth-Token of Redfish (DSP0266, 13.3.4); over TLS alone */
	const char *session;
	/* RFC 7617: base64 of "user:password"; over TLS alone */
	const char *basic;
	/* Named for POST, PUT and PATCH, which carry `body`; else NULL. */
	const char *content_type;
	struct att_slice body;
	size_t max_body;	/* bytes of the answer's body that are taken */
	unsigned deadline_ms;	/* for all of it; must not be 0 */
};

/* A header longer than fits, or not printable ASCII, reads as absent. */
struct att_http_response {
	unsigned status;	/* 200..599; a redirect is only shown */
	char content_type[ATT_HTTP_TEXT_MAX + 1];	/* "" if absent */
	/* Raw; several are joined by ", ". See att_http_retry_after. */
	char retry_after[ATT_HTTP_TEXT_MAX + 1];
	char date[ATT_HTTP_TEXT_MAX + 1];	/* of the server's clock */
	char location[ATT_HTTP_LINK_MAX + 1];
	char session[ATT_HTTP_LINK_MAX + 1];	/* X-Auth-Token: a secret */
	struct att_buf body;
};

struct att_http_client;

/*
 * Nothing is sent yet. ATT_E_USAGE: an option breaks its rule (text says
 * which); else what reading the files failed with.
 */
int att_http_client_new(const struct att_http_options *o,
    struct att_http_client **ret, struct att_err *err) ATT_MUST;
/* Closes the connection and wipes the key. */
void att_http_client_free(struct att_http_client *c);
ATT_DEFINE_AUTO(struct att_http_client, att_http_client_free)

/*
 * Sends one request and reads its answer, whatever its status. One call at a
 * time per client. If the server closes the kept connection just as a request
 * is sent on it, that request is sent once more on a new one: a server may
 * see it twice.
 *
 * ATT_E_UNTRUSTED: the server's certificate does not verify (expired, unknown
 * CA, name mismatch, not the pinned key: the text says which); no HTTP was
 * sent.
 * ATT_E_TIMEOUT: a deadline passed. ATT_E_BUSY: `stop` said so. ATT_E_LIMIT:
 * body or headers over their cap. ATT_E_NET: all else of the network or of a
 * server that does not speak HTTP/1.1. In all of these err->sub is the CURLcode
 * and the connection is closed. ATT_E_USAGE: the request breaks a rule above.
 * ATT_E_FORMAT: a file of the options holds no usable certificate or key.
 */
int att_http_send(struct att_http_client *c,
    const struct att_http_request *req, struct att_http_response *ret,
    struct att_err *err) ATT_MUST;
/* Wipes all of it and frees the body. */
void att_http_response_done(struct att_http_response *r);

#endif
