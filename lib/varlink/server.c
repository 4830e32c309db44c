#include "varlink/server.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "varlink/server_inside.h"

#define NEVER UINT64_MAX
#define PIECE 4096u	/* bytes of one read */

/* -- the server ------------------------------------------------------------ */

int
att_varlink_server_new(const struct att_varlink_service *service,
    struct att_varlink_server **ret, struct att_err *err)
{
	struct att_varlink_server *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return att_err_nomem(err);
	s->service = service;
	*ret = s;
	return 0;
}

void
att_varlink_server_free(struct att_varlink_server *s)
{
	free(s);
}

size_t
att_varlink_server_conns(const struct att_varlink_server *s)
{
	return s->count;
}

static bool
is_full(const struct att_varlink_server *s)
{
	return s->queued >= ATT_VARLINK_REPLIES_MAX;
}

/* -- bytes that go --------------------------------------------------------- */

size_t
att_varlink_conn_unsent(const struct att_varlink_conn *c)
{
	return c->out.len - c->sent;
}

/* What it has to send has changed. Whoever waited for that is looked at. */
static void
account(struct att_varlink_conn *c)
{
	struct att_varlink_server *s = c->server;
	bool was_full = is_full(s);

	s->queued = s->queued - c->counted + att_varlink_conn_unsent(c);
	c->counted = att_varlink_conn_unsent(c);
	if (!was_full || is_full(s))
		return;
	for (c = s->first; c != NULL; c = c->next)
		if (c->state == STATE_STALLED && !c->running && c->wake != NULL)
			c->wake(c, c->arg);
}

static void
drop_output(struct att_varlink_conn *c)
{
	c->sent = 0;
	att_buf_done(&c->out);
	json_decref(take(&c->news));
	account(c);
}

/* There is no way to go on with it; the first reason is the one. */
static void
give_up(struct att_varlink_conn *c, const struct att_err *why)
{
	if (c->why.code == ATT_OK)
		c->why = *why;
	drop_output(c);
}

/* Takes `parameters`. */
void
att_varlink_conn_put(struct att_varlink_conn *c, const char *error,
    json_t *parameters, bool continues)
{
	AUTO(att_json_decref) json_t *p = parameters;
	struct att_err err = { 0 };

	if (c->why.code != ATT_OK)
		return;
	if (p == NULL)
		(void)att_err_nomem(&err);
	if (p == NULL ||
	    att_varlink_reply_put(error, p, continues, &c->out, &err) < 0)
		give_up(c, &err);
	else
		account(c);
}

/* What happened while its owner did not look. */
void
att_varlink_conn_tell(struct att_varlink_conn *c)
{
	if (!c->running && c->wake != NULL)
		c->wake(c, c->arg);
}

struct att_slice
att_varlink_conn_output(const struct att_varlink_conn *c)
{
	/* nothing was put: there is no pointer to count from */
	return c->out.len == 0 ? (struct att_slice){ 0 } :
				 (struct att_slice){ c->out.data + c->sent,
					 c->out.len - c->sent };
}

void
att_varlink_conn_sent(struct att_varlink_conn *c, size_t n)
{
	c->sent += ATT_MIN(n, att_varlink_conn_unsent(c));
	c->stepped = c->stepped || n > 0;
	account(c);
	if (att_varlink_conn_unsent(c) > 0)
		return;
	c->sent = 0;
	att_buf_done(&c->out);
	if (c->news != NULL)
		att_varlink_conn_put(c, NULL, take(&c->news), true);
}

/* -- bytes that came ------------------------------------------------------- */

/* One of ours and a stranger may be of the same number. */
static bool
has_room(const struct att_varlink_server *s, const struct att_varlink_peer *p)
{
	bool own = att_varlink_peer_is_own(p);
	size_t same = 0, others = 0;

	for (const struct att_varlink_conn *c = s->first; c != NULL;
	     c = c->next) {
		bool other = !att_varlink_peer_is_own(&c->peer);

		same += c->peer.uid == p->uid && other == !own;
		others += other;
	}
	return s->count < ATT_VARLINK_CONNS_MAX &&
	    (p->uid == 0 || same < ATT_VARLINK_CONNS_UID_MAX) &&
	    (own || others < ATT_VARLINK_CONNS_OTHERS_MAX);
}

int
att_varlink_conn_new(struct att_varlink_server *s,
    struct att_varlink_peer *peer, uint64_t now,
    void (*wake)(struct att_varlink_conn *c, void *arg), void *arg,
    struct att_varlink_conn **ret, struct att_err *err)
{
	struct att_varlink_conn *c;

	if (!has_room(s, peer))
		return att_err_set(err, ATT_E_BUSY,
		    "too many connections, %zu, for one more of user %lu",
		    s->count, (unsigned long)peer->uid);
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return att_err_nomem(err);
	c->server = s;
	c->peer = *peer;
	*peer = (struct att_varlink_peer){ 0 };
	c->wake = wake;
	c->arg = arg;
	c->since = now;
	c->in = ATT_BUF(ATT_VARLINK_CALL_MAX + 1);
	c->out = ATT_BUF(ATT_VARLINK_BACKLOG_MAX + ATT_VARLINK_REPLY_MAX + 1);
	c->next = s->first;
	s->first = c;
	s->count++;
	*ret = c;
	return 0;
}

/* Whoever holds the call of it ends it some time. */
static void
let_call_go(struct att_varlink_conn *c)
{
	if (c->call != NULL)
		c->call->conn = NULL;
	c->call = NULL;
}

void
att_varlink_conn_free(struct att_varlink_conn *c)
{
	struct att_varlink_conn **at;

	if (c == NULL)
		return;
	for (at = &c->server->first; *at != c; at = &(*at)->next)
		;
	*at = c->next;
	c->server->count--;
	let_call_go(c);
	drop_output(c);
	att_buf_done(&c->in);
	att_varlink_peer_done(&c->peer);
	free(c);
}

/* Looks for the NUL that ends the first message. */
static void
look(struct att_varlink_conn *c)
{
	const uint8_t *nul;

	if (c->whole || c->in.len == c->looked)
		return;
	nul = memchr(c->in.data + c->looked, '\0', c->in.len - c->looked);
	c->whole = nul != NULL;
	c->looked = nul != NULL ? (size_t)(nul - c->in.data) : c->in.len;
}

/* The first message, without its NUL, if it is whole. */
static struct att_slice
first_message(const struct att_varlink_conn *c)
{
	return (struct att_slice){ c->in.data, c->looked };
}

size_t
att_varlink_conn_feed(struct att_varlink_conn *c, struct att_slice s)
{
	size_t n = ATT_MIN(s.len, c->in.max - c->in.len);
	struct att_err err = { 0 };

	if (c->why.code != ATT_OK)
		return 0;
	att_buf_bytes(&c->in, s.data, n);
	if (att_buf_ok(&c->in, "calls", &err) < 0)
		give_up(c, &err);
	look(c);
	return n;
}

void
att_varlink_conn_eof(struct att_varlink_conn *c)
{
	c->eof = true;
}

/* The first message and its NUL are read. */
static void
consume(struct att_varlink_conn *c)
{
	size_t n = c->looked + 1;

	c->in.len -= n;
	memmove(c->in.data, c->in.data + n, c->in.len);
	c->looked = 0;
	c->whole = false;
	c->stepped = true;
	if (c->in.len == 0)
		att_buf_done(&c->in);
	look(c);
}

static void
begin(struct att_varlink_conn *c)
{
	struct att_varlink_call *call = NULL;
	struct att_err err = { 0 };

	if (att_varlink_call_new(c, first_message(c), &call, &err) < 0) {
		give_up(c, &err);
		return;
	}
	consume(c);
	c->call = call;
	att_varlink_call_dispatch(call);
}

/* -- how it stands --------------------------------------------------------- */

static enum state
state_of(const struct att_varlink_conn *c)
{
	if (att_varlink_conn_unsent(c) > 0)
		return STATE_SENDING;
	if (c->call != NULL)
		return STATE_WORKING;
	/* one that can be begun waits for room in the socket */
	if (c->whole)
		return is_full(c->server) ? STATE_STALLED : STATE_SENDING;
	return c->in.len > 0 ? STATE_PARTIAL : STATE_IDLE;
}

uint64_t
att_varlink_conn_due(const struct att_varlink_conn *c)
{
	static const unsigned limits[] = {
		[STATE_IDLE] = ATT_VARLINK_IDLE_MS,
		[STATE_PARTIAL] = ATT_VARLINK_MESSAGE_MS,
		[STATE_WORKING] = 0,
		[STATE_SENDING] = ATT_VARLINK_MESSAGE_MS,
		[STATE_STALLED] = 0,
	};

	return limits[c->state] == 0 ? NEVER : c->since + limits[c->state];
}

unsigned
att_varlink_conn_wants(const struct att_varlink_conn *c)
{
	bool ready = c->call == NULL && c->whole && !is_full(c->server);
	unsigned want = 0;

	if (!c->eof && c->why.code == ATT_OK && c->in.len < c->in.max)
		want |= ATT_VARLINK_READ;
	if (att_varlink_conn_unsent(c) > 0 || ready || c->why.code != ATT_OK ||
	    (c->eof && c->call == NULL && !c->whole))
		want |= ATT_VARLINK_WRITE;
	return want;
}

/* The peer does not do what it is waited for. */
static void
check_time(struct att_varlink_conn *c, uint64_t now)
{
	static const char *const words[] = {
		[STATE_IDLE] = "no call",
		[STATE_PARTIAL] = "half a call",
		[STATE_WORKING] = "",
		[STATE_SENDING] = "a reply that is not read",
		[STATE_STALLED] = "",
	};
	enum state state = state_of(c);
	struct att_err err = { 0 };

	if (state != c->state || c->stepped) {
		c->state = state;
		c->since = now;
		c->stepped = false;
	}
	if (now < att_varlink_conn_due(c))
		return;
	(void)att_err_set(&err, ATT_E_TIMEOUT, "%s for %llu s", words[state],
	    (unsigned long long)(now - c->since) / 1000);
	give_up(c, &err);
}

static int
verdict(struct att_varlink_conn *c, struct att_err *err)
{
	if (c->why.code != ATT_OK) {
		if (err != NULL)
			*err = c->why;
		return (int)c->why.code;
	}
	if (!c->eof || c->call != NULL || c->whole ||
	    att_varlink_conn_unsent(c) > 0)
		return 0;
	if (c->in.len > 0)
		return att_err_set(err, ATT_E_SHORT, "half a call at the end");
	return 1;
}

int
att_varlink_conn_run(struct att_varlink_conn *c, uint64_t now,
    struct att_err *err)
{
	c->running = true;
	if (c->whole && c->call == NULL && att_varlink_conn_unsent(c) == 0 &&
	    c->why.code == ATT_OK && !is_full(c->server))
		begin(c);
	if (c->why.code == ATT_OK && c->in.len == c->in.max && !c->whole)
		(void)att_err_set(&c->why, ATT_E_LIMIT,
		    "a call of over %u bytes", ATT_VARLINK_CALL_MAX);
	if (c->why.code == ATT_OK)
		check_time(c, now);
	c->running = false;
	return verdict(c, err);
}

/* -- over a socket --------------------------------------------------------- */

static void
receive(struct att_varlink_conn *c, int fd)
{
	uint8_t piece[PIECE];
	ssize_t n;

	while (!c->eof && c->why.code == ATT_OK && c->in.len < c->in.max) {
		n = recv(fd, piece, ATT_MIN(sizeof(piece),
		    c->in.max - c->in.len), MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		/* a peer that is gone with a reply unread is an error, too */
		if (n <= 0)
			att_varlink_conn_eof(c);
		else
			(void)!att_varlink_conn_feed(c,
			    (struct att_slice){ piece, (size_t)n });
	}
}

static void
transmit(struct att_varlink_conn *c, int fd)
{
	struct att_err err = { 0 };

	while (att_varlink_conn_unsent(c) > 0) {
		struct att_slice s = att_varlink_conn_output(c);
		ssize_t n = send(fd, s.data, s.len,
		    MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n < 0) {
			(void)att_err_sys(&err, errno, "a reply");
			give_up(c, &err);
			break;
		}
		att_varlink_conn_sent(c, (size_t)n);
	}
}

static bool
has_hung_up(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) > 0 &&
	    (p.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

/* It may have left a call that wants no reply. */
static void
run_last(struct att_varlink_conn *c, int fd)
{
	struct att_varlink_call *call = NULL;

	drop_output(c);
	receive(c, fd);
	if (!c->whole || c->call != NULL || c->why.code != ATT_OK ||
	    att_varlink_call_new(c, first_message(c), &call, NULL) < 0)
		return;
	if (!att_varlink_call_silent(call)) {
		att_varlink_call_free(call);
		return;
	}
	c->call = call;
	att_varlink_call_dispatch(call);
}

int
att_varlink_conn_io(struct att_varlink_conn *c, int fd, uint64_t now,
    struct att_err *err)
{
	int r;

	if (has_hung_up(fd)) {
		c->running = true;
		run_last(c, fd);
		return 1;
	}
	receive(c, fd);
	if ((r = att_varlink_conn_run(c, now, err)) != 0)
		return r;
	/* what this makes of others they are told */
	c->running = true;
	transmit(c, fd);
	check_time(c, now);
	c->running = false;
	return verdict(c, err);
}
