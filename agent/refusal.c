#include "agent/refusal.h"

#include <signal.h>

#include <systemd/sd-event.h>

#include "agent/listener.h"
#include "agent/methods.h"
#include "base/file.h"
#include "base/log.h"

#define LEAST_US 1000000u	/* who starts it has a moment to connect */
#define ACCURACY_US 100000u
#define LOOKS_MAX 5	/* for who is still there */

struct refusal {
	struct att_methods methods;
	struct att_listener *listener;
	sd_event *event;
	sd_event_source *timer;
	unsigned looks;
};

static void
refusal_done(struct refusal *r)
{
	att_listener_free(r->listener);
	(void)sd_event_source_unref(r->timer);
	(void)sd_event_unref(r->event);
}

/*
 * Anybody may hold a connection: what was mended meanwhile is not read before
 * this process has left.
 */
static int
on_time(sd_event_source *source, uint64_t usec, void *arg)
{
	struct refusal *r = arg;
	int e;

	if (att_listener_conns(r->listener) == 0 || ++r->looks >= LOOKS_MAX)
		return sd_event_exit(r->event, 0);
	if ((e = sd_event_source_set_time_relative(source, LEAST_US)) < 0)
		return e;
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int
watch(struct refusal *r)
{
	int e;

	if ((e = sd_event_add_signal(r->event, NULL, SIGTERM, NULL, NULL)) <
		0 ||
	    (e = sd_event_add_signal(r->event, NULL, SIGINT, NULL, NULL)) <
		0 ||
	    (e = sd_event_add_time_relative(r->event, &r->timer,
		 CLOCK_MONOTONIC, LEAST_US, ACCURACY_US, on_time, r)) < 0 ||
	    /* after whoever waits in the socket already */
	    (e = sd_event_source_set_priority(r->timer,
		 SD_EVENT_PRIORITY_IDLE)) < 0)
		return e;
	return sd_event_set_watchdog(r->event, true);
}

void
att_refusal_serve(int fd, const struct att_err *why, int status,
    bool not_configured)
{
	AUTO_DONE(refusal_done) struct refusal r = { .methods = {
		.why = *why, .status = status,
		.not_configured = not_configured } };
	struct att_varlink_service service = att_methods_service(&r.methods);
	struct att_err err = { 0 };

	if (sd_event_new(&r.event) < 0) {
		att_fd_done(&fd);
		return;
	}
	if (att_listener_new(r.event, fd, &service, &r.listener, &err) < 0 ||
	    watch(&r) < 0 || sd_event_loop(r.event) < 0)
		att_log(ATT_LOG_WARNING, "nobody is told why attestd does "
		    "not start");
}
