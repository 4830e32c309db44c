/*
 * The side of Varlink that is called. A server has a table of methods and
 * connections; the caller's event loop says when one of these can be read from
 * or written to, and what time it is. Nothing here waits, starts a thread,
 * listens, or asks a clock.
 *
 * One thread: everything that takes a server, a connection or a call is called
 * from the thread that runs the loop, replies too. A worker hands its result
 * over to that thread first.
 *
 *	loop	accept4(SOCK_NONBLOCK); att_varlink_peer_of;
 *		att_varlink_conn_new; watch the descriptor for
 *		att_varlink_conn_wants and a timer for att_varlink_conn_due
 *	loop	on each event, on either: att_varlink_conn_io, which calls
 *		methods; 1: att_varlink_conn_free, close; else watch for what it
 *		wants now
 *	method	answers the call, at once or later, or keeps it
 *	later	att_varlink_call_reply ..., which calls `wake` of the
 *		connection: watch it for writing, or run it soon. `wake` itself
 *		calls nothing of this header but att_varlink_conn_wants
 *
 * What is hostile is bounded:
 *	connections	ATT_VARLINK_CONNS_MAX, ATT_VARLINK_CONNS_UID_MAX of one
 *			user other than root, and ATT_VARLINK_CONNS_OTHERS_MAX
 *			of all but this process' own (att_varlink_peer_is_own):
 *			many users together keep none of those out, nor does
 *			one of the same number. The next are refused
 *	calls		one of a connection is worked on at a time, in order,
 *			and one is begun for each event, so that others come
 *			in between; what was sent ahead waits, up to the size
 *			of one message; then nothing is read. A call that is
 *			malformed or too large ends the connection
 *	replies		one goes into memory for each connection, with what
 *			came before it of "more" up to
 *			ATT_VARLINK_BACKLOG_MAX; no call is begun while that
 *			is not read, nor while all replies of all connections
 *			together are over ATT_VARLINK_REPLIES_MAX
 *	time		a message that has begun has ATT_VARLINK_MESSAGE_MS to
 *			be whole, a reply as long between two reads of it, and
 *			a connection without a call ATT_VARLINK_IDLE_MS
 * Of a peer that has hung up nothing is run any more but one call that wants
 * no reply; a call of it that runs is gone.
 */
#ifndef ATT_VARLINK_SERVER_H
#define ATT_VARLINK_SERVER_H

#include "varlink/peer.h"
#include "varlink/varlink.h"

#define ATT_VARLINK_CONNS_MAX 64
#define ATT_VARLINK_CONNS_UID_MAX 16
#define ATT_VARLINK_CONNS_OTHERS_MAX 40
#define ATT_VARLINK_BACKLOG_MAX (64u << 10)	/* bytes */
#define ATT_VARLINK_REPLIES_MAX (48u << 20)	/* bytes */
#define ATT_VARLINK_MESSAGE_MS 10000u
#define ATT_VARLINK_IDLE_MS 60000u

/* -- what can be called ---------------------------------------------------- */

struct att_varlink_call;	/* one that was made, until it is ended */

struct att_varlink_method {
	const char *name;		/* "Attest" */
	/*
	 * Names of its parameters, up to NULL; NULL: none. Others are refused
	 * before it runs; at their values it looks itself.
	 */
	const char *const *parameters;
	/*
	 * Owns the call: sees to it that one of those that end a call is
	 * called, here or later. `arg` is of the service. Frees neither the
	 * server nor a connection.
	 */
	void (*run)(struct att_varlink_call *call, void *arg);
};

struct att_varlink_interface {
	const char *name;		/* "io.attestd" */
	const char *description;	/* the text of its .varlink file */
	const struct att_varlink_method *methods;
	size_t method_count;
};

/* Borrowed by the server, all of it, for as long as the server is there. */
struct att_varlink_service {
	const char *vendor, *product, *version, *url;
	const struct att_varlink_interface *interfaces;
	size_t interface_count;
	void *arg;
};

/*
 * org.varlink.service (GetInfo, GetInterfaceDescription) is answered by the
 * server itself, and so is a call of what is not in the table, has parameters
 * that are not, or wants another protocol.
 */
struct att_varlink_server;
int att_varlink_server_new(const struct att_varlink_service *service,
    struct att_varlink_server **ret, struct att_err *err) ATT_MUST;
/* All its connections are freed before; calls may be ended after it. */
void att_varlink_server_free(struct att_varlink_server *s);
ATT_DEFINE_AUTO(struct att_varlink_server, att_varlink_server_free)

/* How many there are; a server that has none may leave. */
size_t att_varlink_server_conns(const struct att_varlink_server *s) ATT_MUST;

/* -- a connection ---------------------------------------------------------- */

/* What to watch its descriptor for, as bits. */
enum att_varlink_want {
	ATT_VARLINK_READ = 1 << 0,
	ATT_VARLINK_WRITE = 1 << 1,
};

struct att_varlink_conn;
/*
 * Takes over what is in *peer. `now` here and below: milliseconds of any clock
 * that only goes on. `wake` may be NULL where every call is answered at once.
 * ATT_E_BUSY: there are too many, of this user or at all.
 */
int att_varlink_conn_new(struct att_varlink_server *s,
    struct att_varlink_peer *peer, uint64_t now,
    void (*wake)(struct att_varlink_conn *c, void *arg), void *arg,
    struct att_varlink_conn **ret, struct att_err *err) ATT_MUST;
/* A call of it that is not ended yet stays the holder's, and is gone. */
void att_varlink_conn_free(struct att_varlink_conn *c);
ATT_DEFINE_AUTO(struct att_varlink_conn, att_varlink_conn_free)

/*
 * On any event of its descriptor, which does not block, and at its due time.
 * Reads a bounded part of what there is, runs one method, and writes what can
 * be written. 0: it goes on; 1: it is over, as the peer wanted it; negative: it
 * is over, and why. To be freed then.
 */
int att_varlink_conn_io(struct att_varlink_conn *c, int fd, uint64_t now,
    struct att_err *err) ATT_MUST;

/*
 * Bits of enum att_varlink_want. That the peer has hung up (EPOLLHUP, EPOLLERR)
 * is always an event.
 */
unsigned att_varlink_conn_wants(const struct att_varlink_conn *c) ATT_MUST;
/* When it has to be looked at without any event; UINT64_MAX: never. */
uint64_t att_varlink_conn_due(const struct att_varlink_conn *c) ATT_MUST;

/*
 * What att_varlink_conn_io is made of, for who has no descriptor: bytes that
 * came, as many as it can hold at once (the count is returned); that no more
 * will come; bytes that are to go, and how many of them went. run: begins the
 * next call, if one can be, and says how it stands, as att_varlink_conn_io.
 */
size_t att_varlink_conn_feed(struct att_varlink_conn *c, struct att_slice s)
    ATT_MUST;
void att_varlink_conn_eof(struct att_varlink_conn *c);
struct att_slice att_varlink_conn_output(const struct att_varlink_conn *c);
void att_varlink_conn_sent(struct att_varlink_conn *c, size_t n);
int att_varlink_conn_run(struct att_varlink_conn *c, uint64_t now,
    struct att_err *err) ATT_MUST;

/* -- a call ---------------------------------------------------------------- */

/* Borrowed, for as long as the call is there. */
json_t *att_varlink_call_parameters(const struct att_varlink_call *c) ATT_MUST;
/* True if it takes any number of replies. */
bool att_varlink_call_more(const struct att_varlink_call *c) ATT_MUST;
/*
 * Who waited for an answer does not any more. It has to be ended all the same.
 * Of a call that wanted none: never.
 */
bool att_varlink_call_gone(const struct att_varlink_call *c) ATT_MUST;
/* Who calls; NULL: gone. */
const struct att_varlink_peer *att_varlink_call_peer(
    const struct att_varlink_call *c) ATT_MUST;

/*
 * These end a call: it is freed. `parameters` is taken, one reference of it, so
 * that one value can answer many calls (json_incref); it is written out before
 * these return, and not kept. NULL is a value that there was no memory for: as
 * with every reply that cannot be made, the connection is ended, which
 * a caller does not take for an answer. To a call that is gone, or wants no
 * reply, nothing is sent.
 */
void att_varlink_call_reply(struct att_varlink_call *c, json_t *parameters);
/* `error` with its interface: "io.attestd.Busy". */
void att_varlink_call_error(struct att_varlink_call *c, const char *error,
    json_t *parameters);
/* InvalidParameter, of this name. */
void att_varlink_call_invalid(struct att_varlink_call *c,
    const char *parameter);

/*
 * One reply of several, where att_varlink_call_more; not the last. Takes
 * `parameters` as above. Dropped if the caller does not read those before: what
 * is said so is replaced by what is said next.
 */
void att_varlink_call_notify(struct att_varlink_call *c, json_t *parameters);

#endif
