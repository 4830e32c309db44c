/*
 * The HTTP server of the verifier: libmicrohttpd's one home. It bounds what a
 * peer can cost (connections, header and body bytes, idle time), reads a
 * request whole and hands it to one function; who may do what is not decided
 * here.
 */
#ifndef ATT_VERIFIER_SERVER_H
#define ATT_VERIFIER_SERVER_H

#include "base/buf.h"

#define ATT_SERVER_PEER_MAX 46		/* INET6_ADDRSTRLEN */
#define ATT_SERVER_HEADER_MAX 65536	/* bytes of one request's head */
#define ATT_SERVER_BODIES_MAX 16	/* largest bodies held at once, all
					 * connections together */
#define ATT_SERVER_BODY_SMALL 65536	/* bytes of body that any request has */
#define ATT_SERVER_BODIES_EACH 2	/* large ones of one sender at once */
#define ATT_SERVER_WHO_MAX 80		/* bytes of a sender's name */
#define ATT_SERVER_DRAIN 10		/* seconds for requests under way */

/* Borrowed from the connection; valid until the handler returns. */
struct att_request {
	const char *method;
	/* without the query; decoded, unless it holds %00 */
	const char *path;
	const char *content_type;	/* NULL if absent, as the next ones */
	const char *authorization;
	const char *request_id;		/* sent back if it is printable */
	const char *accept;
	struct att_slice body;
	/* address, without the port; of IPv4 never mapped into IPv6 */
	char peer[ATT_SERVER_PEER_MAX];
	bool tls;
	const void *connection;	/* for att_request_query; NULL: no query */
};

/* The value of ?name=value, or NULL. */
const char *att_request_query(const struct att_request *req,
    const char *name) ATT_MUST;

/* Made empty by the server before, freed by it after. */
struct att_response {
	unsigned status;
	const char *content_type;	/* static; NULL: application/json */
	char *location;			/* owned; NULL: none */
	int64_t retry_after;		/* seconds; negative: none */
	char allow[64];			/* of 405: "GET, PUT"; "": none */
	struct att_buf body;
};

/* Both are called from several threads. */
struct att_server_handler {
	/*
	 * Fills *resp. A negative return means that no answer could be made
	 * (no memory): the peer gets 500 without a body.
	 */
	int (*handle)(void *ctx, const struct att_request *req,
	    struct att_response *resp);
	/*
	 * Bytes of body that the request with this head may have beyond
	 * ATT_SERVER_BODY_SMALL: what a peer must prove before it can make us
	 * hold more. `ret_who` is whose it is, ATT_SERVER_BODIES_EACH of them
	 * at once, so that nobody has all the room; "", which it is before:
	 * nobody's. NULL: `body_max` for all.
	 */
	size_t (*body_max)(void *ctx, const struct att_request *req,
	    char ret_who[ATT_SERVER_WHO_MAX + 1]);
	void *ctx;
};

struct att_server_options {
	const char *address;	/* IPv4 or IPv6 literal; "::" is both */
	uint16_t port;		/* 0: any free one */
	const char *tls_cert;	/* PEM text, chain; NULL: plain HTTP */
	const char *tls_key;	/* PEM text */
	unsigned threads;	/* at least 1 */
	unsigned connections;	/* at once */
	unsigned connections_per_address;
	unsigned idle_timeout;	/* seconds without a byte */
	unsigned request_timeout; /* seconds for one request's body */
	size_t body_max;	/* bytes of any; if more are announced: 413 */
};

struct att_server;

/* Listens and serves until att_server_stop. Strings are copied or used up. */
int att_server_start(const struct att_server_options *opt,
    struct att_server_handler handler, struct att_server **ret,
    struct att_err *err) ATT_MUST;
/*
 * Takes no more connections, gives requests under way ATT_SERVER_DRAIN seconds
 * to be answered, and frees it.
 */
void att_server_stop(struct att_server *s);
ATT_DEFINE_AUTO(struct att_server, att_server_stop)
/* The port that it listens on. */
uint16_t att_server_port(const struct att_server *s) ATT_MUST;

#endif
