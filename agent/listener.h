/*
 * Callers of attestd: a socket that is listened at and the connections that
 * come of it, in an event loop (sd-event). What they call is lib/varlink's and
 * the service's; here are only descriptors and timers.
 */
#ifndef ATT_AGENT_LISTENER_H
#define ATT_AGENT_LISTENER_H

#include "varlink/server.h"

struct sd_event;
struct att_listener;

/*
 * The socket that the service manager passed; *ret_fd is -1 if there is none.
 * ATT_E_FORMAT: it passed something else.
 */
int att_listener_passed(int *ret_fd, struct att_err *err) ATT_MUST;

/*
 * Takes connections at `fd`, which listens and becomes the listener's own, also
 * on failure. `service` is borrowed.
 */
int att_listener_new(struct sd_event *event, int fd,
    const struct att_varlink_service *service, struct att_listener **ret,
    struct att_err *err) ATT_MUST;
/* Writes what can be written at once, for who is about to close them. */
void att_listener_flush(struct att_listener *l);
/* Closes all of them. Calls that are not ended yet are gone. */
void att_listener_free(struct att_listener *l);
ATT_DEFINE_AUTO(struct att_listener, att_listener_free)

/* Connections: with none there is nobody to serve. */
size_t att_listener_conns(const struct att_listener *l) ATT_MUST;

#endif
