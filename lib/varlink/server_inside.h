/* Of server.c and call.c only. */
#ifndef ATT_VARLINK_SERVER_INSIDE_H
#define ATT_VARLINK_SERVER_INSIDE_H

#include "varlink/server.h"

/* What a connection waits for, and so how long it may. */
enum state {
	STATE_IDLE,	/* a call */
	STATE_PARTIAL,	/* the rest of one */
	STATE_WORKING,	/* its method */
	STATE_SENDING,	/* the peer to read */
	STATE_STALLED,	/* others to read what is for them */
};

struct att_varlink_server {
	const struct att_varlink_service *service;
	struct att_varlink_conn *first;
	size_t count;
	size_t queued;		/* bytes of replies that are not sent */
};

struct att_varlink_conn {
	struct att_varlink_server *server;
	struct att_varlink_conn *next;
	struct att_varlink_peer peer;
	void (*wake)(struct att_varlink_conn *c, void *arg);
	void *arg;
	struct att_buf in;	/* what came and is not taken */
	size_t looked;		/* bytes of it that hold no NUL */
	bool whole;		/* there is one behind these */
	struct att_buf out;
	size_t sent;		/* bytes of it that went */
	size_t counted;		/* in what the server has queued */
	json_t *news;		/* one of several replies that waits, or NULL */
	struct att_varlink_call *call;	/* that runs, or NULL */
	bool eof;		/* no more comes */
	bool running;		/* its owner looks at it */
	bool stepped;		/* something was read whole, or sent */
	enum state state;
	uint64_t since;		/* of this state, or its last step */
	struct att_err why;	/* code 0: it is well */
};

struct att_varlink_call {
	struct att_varlink_conn *conn;	/* NULL: gone */
	struct att_varlink_message message;
};

/* -- server.c -- */

/* Queues a reply, or gives the connection up; takes `parameters`. */
void att_varlink_conn_put(struct att_varlink_conn *c, const char *error,
    json_t *parameters, bool continues);
/* Bytes that are to go. */
size_t att_varlink_conn_unsent(const struct att_varlink_conn *c) ATT_MUST;
/* For its owner to look at, unless that is what it does. */
void att_varlink_conn_tell(struct att_varlink_conn *c);

/* -- call.c -- */

/* One message, without its NUL, as a call on this connection. */
int att_varlink_call_new(struct att_varlink_conn *c, struct att_slice text,
    struct att_varlink_call **ret, struct att_err *err) ATT_MUST;
/* One that never ran. */
void att_varlink_call_free(struct att_varlink_call *c);
ATT_DEFINE_AUTO(struct att_varlink_call, att_varlink_call_free)
bool att_varlink_call_silent(const struct att_varlink_call *c) ATT_MUST;
/* Runs its method, or refuses it: the call is not the caller's any more. */
void att_varlink_call_dispatch(struct att_varlink_call *c);

#endif
