#include "verifier/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/number.h"
#include "base/steady.h"

/* TLS 1.2 is the oldest that is spoken (RFC 9325, 3.1.1). */
#define TLS_PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
#define DRAIN_NAP_MS 10	/* between two looks whether all have ended */

struct reading;

struct att_server {
	struct MHD_Daemon *daemon;
	struct att_server_handler handler;
	size_t body_max;
	atomic_size_t held;	/* bytes of all bodies that are being read */
	unsigned request_timeout;
	uint16_t port;
	bool tls;
	atomic_uint under_way;	/* requests, from head to answer */
	pthread_mutex_t lock;	/* of `large` */
	struct reading *large;	/* those of a known sender */
};

/* One request while it is being read. */
struct reading {
	struct att_server *server;
	struct att_buf body;
	uint64_t deadline;	/* ms, steady */
	unsigned refused;	/* with this status, by the head; else 0 */
	struct reading *next;	/* in `large`, where `who` is not "" */
	char who[ATT_SERVER_WHO_MAX + 1];
};

const char *
att_request_query(const struct att_request *req, const char *name)
{
	if (req->connection == NULL)
		return NULL;
	return MHD_lookup_connection_value(
	    *(struct MHD_Connection *const *)req->connection,
	    MHD_GET_ARGUMENT_KIND, name);
}

static void
peer_text(struct MHD_Connection *c, char ret[static ATT_SERVER_PEER_MAX])
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const void *addr = NULL;
	struct sockaddr_in6 in6;
	struct sockaddr_in in;
	int family;

	ret[0] = '\0';
	if (info == NULL || info->client_addr == NULL)
		return;
	family = info->client_addr->sa_family;
	if (family == AF_INET) {
		memcpy(&in, info->client_addr, sizeof(in));
		addr = &in.sin_addr;
	} else if (family == AF_INET6) {
		memcpy(&in6, info->client_addr, sizeof(in6));
		addr = &in6.sin6_addr;
		/* one peer has one address, whatever the socket is */
		if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) {
			family = AF_INET;
			addr = in6.sin6_addr.s6_addr + 12;
		}
	}
	if (addr == NULL ||
	    inet_ntop(family, addr, ret, ATT_SERVER_PEER_MAX) == NULL)
		ret[0] = '\0';
}

static enum MHD_Result
queue_empty(struct MHD_Connection *c, unsigned status)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(0, NULL,
	    MHD_RESPMEM_PERSISTENT);
	enum MHD_Result done;

	if (r == NULL)
		return MHD_NO;
	done = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return done;
}

static bool
add_headers(struct MHD_Response *r, const struct att_response *resp)
{
	char seconds[24];
	const char *type = resp->content_type != NULL ? resp->content_type :
							"application/json";

	if (resp->body.len != 0 &&
	    MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type) !=
		MHD_YES)
		return false;
	if (resp->location != NULL &&
	    MHD_add_response_header(r, MHD_HTTP_HEADER_LOCATION,
		resp->location) != MHD_YES)
		return false;
	/* RFC 9110, 15.5.2 and 15.5.6: these answers carry them */
	if (resp->status == MHD_HTTP_UNAUTHORIZED &&
	    MHD_add_response_header(r, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
		"Bearer") != MHD_YES)
		return false;
	if (resp->allow[0] != '\0' &&
	    MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, resp->allow) !=
		MHD_YES)
		return false;
	if (resp->retry_after < 0)
		return true;
	snprintf(seconds, sizeof(seconds), "%lld",
	    (long long)resp->retry_after);
	return MHD_add_response_header(r, MHD_HTTP_HEADER_RETRY_AFTER,
		   seconds) == MHD_YES;
}

/* libmicrohttpd sends no empty value, and nobody wants control bytes back. */
static bool
is_echoed(const char *request_id)
{
	const char *p = request_id;

	while (p != NULL && *p > 0x20 && *p < 0x7f)
		p++;
	return p != request_id && *p == '\0';
}

/* The body's memory goes to libmicrohttpd, which frees it. */
static enum MHD_Result
queue_response(struct MHD_Connection *c, struct att_response *resp,
    const char *request_id)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
	    resp->body.len, resp->body.data, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result done = MHD_NO;

	if (r == NULL)
		return MHD_NO;
	resp->body.data = NULL;
	if (add_headers(r, resp) &&
	    (!is_echoed(request_id) ||
		MHD_add_response_header(r, "X-Request-ID", request_id) ==
		    MHD_YES))
		done = MHD_queue_response(c, resp->status, r);
	MHD_destroy_response(r);
	return done;
}

static const char *
header(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

static void
read_head(const struct att_server *s, struct MHD_Connection *const *c,
    const char *path, const char *method, struct att_request *ret)
{
	*ret = (struct att_request){ .method = method, .path = path,
		.content_type = header(*c, MHD_HTTP_HEADER_CONTENT_TYPE),
		.authorization = header(*c, MHD_HTTP_HEADER_AUTHORIZATION),
		.request_id = header(*c, "X-Request-ID"),
		.accept = header(*c, MHD_HTTP_HEADER_ACCEPT), .tls = s->tls,
		.connection = c };
	peer_text(*c, ret->peer);
}

static enum MHD_Result
serve(struct att_server *s, struct MHD_Connection *c, const char *path,
    const char *method, const struct att_buf *body)
{
	struct att_request req;
	struct att_response resp = { .status = MHD_HTTP_OK,
		.retry_after = -1, .body = ATT_BUF(SIZE_MAX / 2) };
	enum MHD_Result done;

	read_head(s, &c, path, method, &req);
	req.body = att_buf_view(body);
	if (s->handler.handle(s->handler.ctx, &req, &resp) < 0 ||
	    resp.body.failed)
		done = queue_empty(c, MHD_HTTP_INTERNAL_SERVER_ERROR);
	else
		done = queue_response(c, &resp, req.request_id);
	att_buf_wipe(&resp.body);
	free(resp.location);
	return done;
}

/* Bytes of body that are announced; false if it does not say: chunked. */
static bool
announced(struct MHD_Connection *c, uint64_t *ret)
{
	const char *text = header(c, MHD_HTTP_HEADER_CONTENT_LENGTH);

	*ret = 0;
	/* libmicrohttpd has refused what is no number */
	if (text != NULL && !att_number_read(text, UINT64_MAX, ret))
		*ret = UINT64_MAX;
	return header(c, MHD_HTTP_HEADER_TRANSFER_ENCODING) == NULL;
}

static size_t
limit_of(struct att_server *s, struct MHD_Connection *c, const char *path,
    const char *method, char ret_who[ATT_SERVER_WHO_MAX + 1])
{
	struct att_request req;
	size_t max;

	if (s->handler.body_max == NULL)
		return s->body_max;
	read_head(s, &c, path, method, &req);
	max = s->handler.body_max(s->handler.ctx, &req, ret_who);
	if (max < ATT_SERVER_BODY_SMALL)
		max = ATT_SERVER_BODY_SMALL;
	return ATT_MIN(max, s->body_max);
}

static enum MHD_Result
count_framing(void *ctx, enum MHD_ValueKind kind ATT_UNUSED, const char *name,
    const char *value ATT_UNUSED)
{
	unsigned *n = ctx;

	*n += strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0 ||
	    strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0;
	return MHD_YES;
}

/*
 * RFC 9112, 6.3: a proxy in front could take another of them, and see the
 * request end elsewhere.
 */
static bool
has_two_lengths(struct MHD_Connection *c)
{
	unsigned n = 0;

	(void)MHD_get_connection_values(c, MHD_HEADER_KIND, count_framing,
	    &n);
	return n > 1;
}

/* Among the large ones; false if this sender has its share of them. */
static bool
join_large(struct att_server *s, struct reading *rd)
{
	unsigned n = 0;

	(void)pthread_mutex_lock(&s->lock);
	for (const struct reading *p = s->large; p != NULL; p = p->next)
		n += strcmp(p->who, rd->who) == 0;
	if (n < ATT_SERVER_BODIES_EACH) {
		rd->next = s->large;
		s->large = rd;
	}
	(void)pthread_mutex_unlock(&s->lock);
	return n < ATT_SERVER_BODIES_EACH;
}

static void
leave_large(struct att_server *s, const struct reading *rd)
{
	(void)pthread_mutex_lock(&s->lock);
	for (struct reading **p = &s->large; *p != NULL; p = &(*p)->next)
		if (*p == rd) {
			*p = rd->next;
			break;
		}
	(void)pthread_mutex_unlock(&s->lock);
}

/*
 * Who is refused by his head alone may be sending the body already, and would
 * see a connection that is reset in place of the answer (RFC 9112, 9.6): what
 * others may send is read first, and dropped. Who asks (100-continue) is told
 * at once.
 */
static bool
is_dropped(const struct att_server *s, struct MHD_Connection *c, uint64_t len)
{
	return len > 0 && len <= s->body_max &&
	    header(c, MHD_HTTP_HEADER_EXPECT) == NULL;
}

static enum MHD_Result
begin(struct att_server *s, struct MHD_Connection *c, const char *path,
    const char *method, void **state)
{
	size_t max = ATT_MIN((size_t)ATT_SERVER_BODY_SMALL, s->body_max);
	char who[ATT_SERVER_WHO_MAX + 1] = "";
	struct reading *rd;
	uint64_t len;

	if (has_two_lengths(c))
		return queue_empty(c, MHD_HTTP_BAD_REQUEST);
	if (!announced(c, &len) || len > max)
		max = limit_of(s, c, path, method, who);
	rd = calloc(1, sizeof(*rd));
	if (rd == NULL)
		return MHD_NO;
	memcpy(rd->who, who, sizeof(rd->who));
	if (len > max)
		rd->refused = MHD_HTTP_CONTENT_TOO_LARGE;
	else if (who[0] != '\0' && !join_large(s, rd))
		rd->refused = MHD_HTTP_SERVICE_UNAVAILABLE;
	if (rd->refused != 0 && !is_dropped(s, c, len)) {
		unsigned status = rd->refused;

		free(rd);
		return queue_empty(c, status);
	}
	rd->server = s;
	rd->body = ATT_BUF(max);
	rd->deadline = att_steady_now() + s->request_timeout * 1000ull;
	atomic_fetch_add(&s->under_way, 1);
	*state = rd;
	return MHD_YES;
}

/* False: more than this request or all together may have. */
static bool
take_bytes(struct reading *rd, const char *data, size_t n)
{
	struct att_server *s = rd->server;

	if (atomic_fetch_add(&s->held, n) + n >
	    s->body_max * ATT_SERVER_BODIES_MAX) {
		(void)atomic_fetch_sub(&s->held, n);
		return false;
	}
	att_buf_bytes(&rd->body, data, n);
	if (rd->body.failed)
		(void)atomic_fetch_sub(&s->held, n);
	return !rd->body.failed;
}

/*
 * libmicrohttpd calls this once with the head, then with pieces of the body,
 * then with no more bytes. MHD_NO ends the connection: the answer to a peer
 * that sends more than it announced, or drips.
 */
static enum MHD_Result
on_access(void *ctx, struct MHD_Connection *c, const char *path,
    const char *method, const char *version ATT_UNUSED, const char *data,
    size_t *size, void **state)
{
	struct att_server *s = ctx;
	struct reading *rd = *state;
	size_t n = *size;

	if (rd == NULL)
		return begin(s, c, path, method, state);
	if (n == 0)
		return rd->refused != 0 ? queue_empty(c, rd->refused) :
		    serve(s, c, path, method, &rd->body);
	*size = 0;
	return (rd->refused != 0 || take_bytes(rd, data, n)) &&
		att_steady_now() <= rd->deadline ? MHD_YES : MHD_NO;
}

static void
on_completed(void *ctx, struct MHD_Connection *c ATT_UNUSED, void **state,
    enum MHD_RequestTerminationCode why ATT_UNUSED)
{
	struct att_server *s = ctx;
	struct reading *rd = *state;

	if (rd == NULL)
		return;
	if (rd->who[0] != '\0')
		leave_large(s, rd);
	(void)atomic_fetch_sub(&rd->server->held, rd->body.len);
	atomic_fetch_sub(&s->under_way, 1);
	att_buf_wipe(&rd->body);
	free(rd);
	*state = NULL;
}

/* Decoded, %00 would cut the path, which then is another's. */
static size_t
unescape(void *ctx ATT_UNUSED, struct MHD_Connection *c ATT_UNUSED,
    char *text)
{
	return strstr(text, "%00") != NULL ? strlen(text) :
					     MHD_http_unescape(text);
}

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static int
address_parse(const struct att_server_options *opt, union address *ret,
    struct att_err *err)
{
	union address a = { 0 };

	if (inet_pton(AF_INET, opt->address, &a.in.sin_addr) == 1) {
		a.in.sin_family = AF_INET;
		a.in.sin_port = htons(opt->port);
	} else if (inet_pton(AF_INET6, opt->address, &a.in6.sin6_addr) == 1) {
		a.in6.sin6_family = AF_INET6;
		a.in6.sin6_port = htons(opt->port);
	} else {
		return att_err_set(err, ATT_E_USAGE,
		    "listen address \"%s\" is no IPv4 or IPv6 address",
		    opt->address);
	}
	*ret = a;
	return 0;
}

static struct MHD_Daemon *
start_daemon(struct att_server *s, const struct att_server_options *opt,
    const union address *a)
{
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO |
	    MHD_USE_ITC;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, NULL },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, NULL },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, NULL },
		{ MHD_OPTION_END, 0, NULL },
	};

	if (a->any.sa_family == AF_INET6)
		flags |= MHD_USE_DUAL_STACK;
	if (s->tls) {
		flags |= MHD_USE_TLS;
		/* libmicrohttpd's option table is not const; it only reads */
		tls[0].ptr_value = (void *)(uintptr_t)opt->tls_cert;
		tls[1].ptr_value = (void *)(uintptr_t)opt->tls_key;
		tls[2].ptr_value = (void *)(uintptr_t)TLS_PRIORITIES;
	} else {
		tls[0].option = MHD_OPTION_END;
	}
	return MHD_start_daemon(flags, opt->port, NULL, NULL, on_access, s,
	    MHD_OPTION_SOCK_ADDR, &a->any,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
	    MHD_OPTION_THREAD_POOL_SIZE, opt->threads,
	    MHD_OPTION_CONNECTION_LIMIT, opt->connections,
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT, opt->connections_per_address,
	    MHD_OPTION_CONNECTION_TIMEOUT, opt->idle_timeout,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)ATT_SERVER_HEADER_MAX,
	    MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, tls,
	    MHD_OPTION_END);
}

/* The errno of not getting that address, 0 if it can be had. */
static int
bind_errno(const union address *a)
{
	socklen_t len = a->any.sa_family == AF_INET6 ? sizeof(a->in6) :
						       sizeof(a->in);
	AUTO_DONE(att_fd_done) int fd = socket(a->any.sa_family,
	    SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	return fd < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) <
		    0 ||
		bind(fd, &a->any, len) < 0 || listen(fd, 1) < 0 ? errno : 0;
}

/*
 * libmicrohttpd has no errno for what GnuTLS refuses, nor says which file, and
 * from 1.0 on it overwrites that of the socket as it cleans up.
 */
static int
cannot_start(const struct att_server *s, const struct att_server_options *opt,
    const union address *a, int error, struct att_err *err)
{
	if (error == 0 || error == EINVAL || error == EBADF) {
		int of_bind = bind_errno(a);

		if (of_bind == 0 && s->tls)
			return att_err_set(err, ATT_E_FORMAT, "tls_cert, "
			    "tls_key: no TLS certificate and its key (PEM)");
		error = of_bind != 0 ? of_bind : EINVAL;
	}
	return att_err_sys(err, error, "cannot serve on %s port %u",
	    opt->address, opt->port);
}

int
att_server_start(const struct att_server_options *opt,
    struct att_server_handler handler, struct att_server **ret,
    struct att_err *err)
{
	AUTO(att_server_stop) struct att_server *s = calloc(1, sizeof(*s));
	const union MHD_DaemonInfo *info;
	union address a;
	int r;

	if (s == NULL)
		return att_err_nomem(err);
	(void)pthread_mutex_init(&s->lock, NULL);
	if ((r = address_parse(opt, &a, err)) < 0)
		return r;
	s->handler = handler;
	s->body_max = opt->body_max;
	s->request_timeout = opt->request_timeout;
	s->tls = opt->tls_cert != NULL;
	errno = 0;
	s->daemon = start_daemon(s, opt, &a);
	if (s->daemon == NULL)
		return cannot_start(s, opt, &a, errno, err);
	info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
	s->port = info != NULL ? info->port : opt->port;
	*ret = take(&s);
	return 0;
}

static void
drain(struct att_server *s)
{
	uint64_t deadline = att_steady_now() + ATT_SERVER_DRAIN * 1000ull;
	MHD_socket fd = MHD_quiesce_daemon(s->daemon);

	if (fd != MHD_INVALID_SOCKET)
		(void)close(fd);
	while (atomic_load(&s->under_way) != 0 && att_steady_now() < deadline)
		att_steady_nap(DRAIN_NAP_MS);
}

void
att_server_stop(struct att_server *s)
{
	if (s == NULL)
		return;
	if (s->daemon != NULL) {
		drain(s);
		MHD_stop_daemon(s->daemon);
	}
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

uint16_t
att_server_port(const struct att_server *s)
{
	return s->port;
}
