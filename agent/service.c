#include "agent/service.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "agent/boot.h"
#include "agent/door.h"
#include "agent/io_attestd.h"
#include "agent/jobs.h"
#include "agent/journal.h"
#include "agent/listener.h"
#include "agent/measurer.h"
#include "agent/methods.h"
#include "agent/news.h"
#include "agent/refusal.h"
#include "agent/stop.h"
#include "base/file.h"
#include "base/log.h"
#include "base/steady.h"
#include "crypto/random.h"

#define NEVER UINT64_MAX
#define CHILD_POLL_MS 1000u

struct service {
	const char *config_path;
	struct att_agent_config *config;	/* owned */
	struct att_agent_config *next;	/* owned; in use once nothing runs */
	sd_event *event;
	sd_event_source *timer;
	sd_event_source *measured;	/* of the measurer's descriptor */
	struct att_push push;
	struct att_jobs *jobs;
	struct att_measurer measurer;
	struct att_methods methods;
	struct att_varlink_service local;
	struct att_listener *listener;
	int lock;
	bool activated;		/* by a call: it leaves when there are none */
	bool bound;		/* the socket is ours to take away */
	uint64_t idle_since;	/* NEVER: it is not */
	uint64_t due;		/* the next attestation of its own */
	bool news;		/* which the next evidence has to hold */
	bool watched;		/* the watchdog is petted */
	bool stopping;
	char status[ATT_NEWS_LINE_MAX + 1];
	char broken[ATT_ERR_TEXT_MAX + 1];	/* a configuration; or "" */
};

static void
config_free(struct att_agent_config *c)
{
	if (c == NULL)
		return;
	att_agent_config_done(c);
	free(c);
}
ATT_DEFINE_AUTO(struct att_agent_config, config_free)

/* -- the socket, where nobody passes one ----------------------------------- */

static int
make_socket(const struct att_agent_config *config, int *ret,
    struct att_err *err)
{
	AUTO(free) char *path = att_path_join(config->run_dir,
	    ATT_LOCAL_SOCKET);
	int r;

	if (path == NULL)
		return att_err_nomem(err);
	if ((r = att_run_dir_make(config, err)) < 0)
		return r;
	return att_door_bind(path, SOCK_STREAM, 0660, ATT_DOOR_NO_GROUP, ret,
	    err);
}

static void
remove_socket(const struct att_agent_config *config)
{
	AUTO(free) char *path = att_path_join(config->run_dir,
	    ATT_LOCAL_SOCKET);

	if (path != NULL)
		(void)unlink(path);
}

/* -- what it is made of ---------------------------------------------------- */

static void
service_done(struct service *s)
{
	att_methods_stop(&s->methods);
	att_listener_flush(s->listener);
	att_listener_free(s->listener);
	if (s->bound)
		remove_socket(s->config);
	/* what looks at a descriptor before the descriptor */
	(void)sd_event_source_unref(s->measured);
	(void)sd_event_source_unref(s->timer);
	(void)sd_event_unref(s->event);
	/* and the thread before what it uses */
	att_jobs_free(s->jobs);
	att_measurer_done(&s->measurer);
	att_push_done(&s->push);
	config_free(s->next);
	config_free(s->config);
	att_fd_done(&s->lock);
}

int
att_service_status_of(int code)
{
	return att_code_blames_input(code) ? ATT_SERVICE_INPUT :
					     ATT_SERVICE_SYSTEM;
}

/* -- what the service manager is told -------------------------------------- */

/* Without one nobody hears it. */
static void
tell_status(const struct service *s)
{
	(void)sd_notifyf(0, "STATUS=%s%s%s%s", s->status,
	    s->broken[0] != '\0' ? "; the configuration before stays in "
				   "use: " : "", s->broken,
	    s->measurer.pid != 0 ? "; measuring the firmware" : "");
}

static void
set_status(struct service *s, const struct att_job_end *end)
{
	att_news_line(end->round, false, end->wait_ms, s->status);
	tell_status(s);
}

/* -- attestations ---------------------------------------------------------- */

/* By a server, which said for how long: no news goes before. */
static bool
is_held_off(const struct service *s)
{
	return att_jobs_held(s->jobs) > att_steady_now();
}

static void
over(void *arg, const struct att_job_end *end)
{
	struct service *s = arg;

	/* what was started by a call leaves it to others to call again */
	if (!s->activated && !end->again)
		s->due = att_steady_now() + end->wait_ms;
	if (end->round->unmeasured)
		att_measurer_renew(&s->measurer, att_steady_now());
	set_status(s, end);
}

/*
 * By itself; when that is over there is a time for the next one. One that runs
 * will do, but not for what was found since it began.
 */
static void
attest(struct service *s, uint64_t now)
{
	struct att_err err = { 0 };
	uint64_t since = s->news ? NEVER : 0;

	s->due = NEVER;
	s->news = false;
	if (att_jobs_attest(s->jobs, since, NULL, &err) == 0)
		return;
	(void)att_log_err(ATT_LOG_WARNING, "attestation", &err);
	s->due = now + (uint64_t)s->config->interval * 1000;
}

/* -- the configuration ----------------------------------------------------- */

static int
load(const char *path, struct att_agent_config **ret, struct att_err *err)
{
	AUTO(config_free) struct att_agent_config *c = calloc(1, sizeof(*c));
	int r;

	if (c == NULL)
		return att_err_nomem(err);
	if ((r = att_agent_config_load(path, c, err)) < 0)
		return r;
	*ret = take(&c);
	return 0;
}

static void
use_log_level(const struct att_agent_config *c)
{
	att_log_open("attestd",
	    (enum att_log_level)(ATT_LOG_ERR + c->log_level));
}

static void
tell_config(const char *what, const struct att_err *err)
{
	const char *const fields[ATT_FIELD_COUNT] = {
		[ATT_FIELD_REASON] = err->text };

	att_journal(ATT_MESSAGE_CONFIG, fields, "%s: %s", what, err->text);
}

/* What was locked or bound at the start stays so. */
static int
check_same(const char *key, const char *was, const char *is,
    struct att_err *err)
{
	return strcmp(was, is) == 0 ? 0 : att_err_set(err, ATT_E_CONFLICT,
	    "%s: is another now, which needs a restart", key);
}

static int
load_anew(struct service *s, struct att_err *err)
{
	AUTO(config_free) struct att_agent_config *c = NULL;
	int r;

	if ((r = load(s->config_path, &c, err)) < 0 ||
	    (r = check_same("state_dir", s->config->state_dir, c->state_dir,
		 err)) < 0 ||
	    (r = check_same("run_dir", s->config->run_dir, c->run_dir,
		 err)) < 0)
		return r;
	config_free(s->next);
	s->next = take(&c);
	return 0;
}

static void
plan_measuring(struct service *s)
{
	att_measurer_init(&s->measurer, s->config, s->config_path,
	    att_steady_now(), att_random_number());
}

/* While nothing runs that reads the one before. A token is proven anew. */
static void
use_next(struct service *s)
{
	att_push_done(&s->push);
	att_push_init(&s->push, s->next);
	s->push.devices.config_path = s->config_path;
	s->measurer.config = s->next;
	s->methods.config = s->next;
	config_free(s->config);
	s->config = take(&s->next);
	use_log_level(s->config);
	att_log(ATT_LOG_NOTICE, "the configuration was read anew");
	s->broken[0] = '\0';
	(void)sd_notify(0, "READY=1");
	tell_status(s);
	if (s->activated)
		return;
	/* firmware_interval may be another; a pass that was begun goes on */
	if (!att_measurer_is_busy(&s->measurer, att_steady_now()))
		plan_measuring(s);
	/* what was in the way may be so no more */
	if (!is_held_off(s))
		s->due = att_steady_now();
}

/* A broken one changes nothing, and is spoken of until one is taken. */
static void
reload(struct service *s)
{
	struct att_err err = { 0 };

	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
	    (unsigned long long)(att_steady_awake() / ATT_STEADY_US));
	if (load_anew(s, &err) == 0)
		return;
	tell_config("the configuration before stays in use", &err);
	memcpy(s->broken, err.text, sizeof(s->broken));
	(void)sd_notify(0, "READY=1");
	tell_status(s);
}

/* -- leaving --------------------------------------------------------------- */

static void
stop(struct service *s)
{
	s->stopping = true;
	(void)sd_notify(0, "STOPPING=1");
	att_stop_ask();
	att_jobs_stop(s->jobs);
	att_methods_stop(&s->methods);
}

/* While no job runs, what the other thread left may be looked at. */
static bool
asks_devices(struct service *s)
{
	return !att_jobs_run(s->jobs) &&
	    att_child_runs(&s->push.devices.child);
}

static bool
is_idle(struct service *s)
{
	return att_listener_conns(s->listener) == 0 &&
	    att_jobs_idle(s->jobs) && s->measurer.pid == 0 &&
	    !asks_devices(s);
}

/*
 * Whoever calls while it ends waits in the socket, for which the service
 * manager starts it again.
 */
static void
leave_if_idle(struct service *s, uint64_t now)
{
	uint64_t wait = (uint64_t)s->config->idle_timeout * 1000;

	if (!s->activated || !is_idle(s)) {
		s->idle_since = NEVER;
		return;
	}
	if (s->idle_since == NEVER)
		s->idle_since = now;
	if (now - s->idle_since < wait)
		return;
	att_log(ATT_LOG_DEBUG, "nothing is left to do");
	stop(s);
}

/* When that has to be looked at by itself. */
static uint64_t
next_leave(struct service *s, uint64_t now)
{
	if (!s->activated)
		return NEVER;
	if (s->idle_since != NEVER)
		return s->idle_since +
		    (uint64_t)s->config->idle_timeout * 1000;
	/* its end nothing tells */
	return asks_devices(s) ? now + CHILD_POLL_MS : NEVER;
}

/* -- the loop -------------------------------------------------------------- */

/* When something has to be looked at that no descriptor tells. */
static uint64_t
next_event(struct service *s, uint64_t now)
{
	uint64_t wait = att_measurer_wait(&s->measurer, now);
	uint64_t at = wait == NEVER ? NEVER : now + wait;

	at = ATT_MIN(at, s->due);
	at = ATT_MIN(at, att_jobs_next(s->jobs));
	at = ATT_MIN(at, att_methods_next(&s->methods));
	at = ATT_MIN(at, next_leave(s, now));
	/* one that is over was seen */
	return s->watched ? ATT_MIN(at, att_jobs_deadline(s->jobs)) : at;
}

/* Of a thread that hangs the service manager hears by hearing nothing. */
static void
pet_watchdog(struct service *s, uint64_t now)
{
	bool in_time = now < att_jobs_deadline(s->jobs);

	if (in_time == s->watched)
		return;
	s->watched = in_time;
	if (!in_time)
		att_log(ATT_LOG_ERR, "the TPM or a server holds up attestd "
		    "for longer than it may");
	(void)sd_event_set_watchdog(s->event, in_time);
}

/* Of all descriptors and of the timer: settle takes it from there. */
static int
on_io(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	return 0;
}

static int
on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
	return 0;
}

static void
measure(struct service *s, uint64_t now)
{
	pid_t was = s->measurer.pid;

	/* not once it is closed: the other thread's forks have copies of it */
	s->measured = sd_event_source_unref(s->measured);
	/* what it found belongs into the next evidence, which is now */
	if (att_measurer_tend(&s->measurer, now) && !is_held_off(s)) {
		s->due = now;
		s->news = true;
	}
	/* without it the timer looks, each second */
	if (s->measurer.fd >= 0)
		(void)sd_event_add_io(s->event, &s->measured, s->measurer.fd,
		    EPOLLIN, on_io, s);
	if (was != s->measurer.pid && s->status[0] != '\0')
		tell_status(s);
}

static void
go_on(struct service *s, uint64_t now)
{
	if (s->next != NULL && !att_jobs_run(s->jobs))
		use_next(s);
	measure(s, now);
	att_methods_tend(&s->methods, now);
	if (now >= s->due)
		attest(s, now);
	/* a new configuration does not wait for a queue to be empty */
	if (s->next == NULL)
		att_jobs_begin(s->jobs, now);
	pet_watchdog(s, now);
	leave_if_idle(s, now);
}

/*
 * After every event, once: begins what can begin, and sets the one timer. So no
 * event has to know what it may set in motion.
 */
static int
settle(sd_event_source *source, void *arg)
{
	struct service *s = arg;
	uint64_t now = att_steady_now();
	int r;

	att_jobs_tend(s->jobs);
	if (!s->stopping)
		go_on(s, now);
	if (s->stopping)
		return att_jobs_run(s->jobs) ? 0 :
		    sd_event_exit(s->event, ATT_SERVICE_GOOD);
	now = next_event(s, now);
	if ((r = sd_event_source_set_time(s->timer,
		 now == NEVER ? NEVER : now * 1000)) < 0)
		return r;
	return sd_event_source_set_enabled(s->timer, SD_EVENT_ONESHOT);
}

static int
on_stop(sd_event_source *source, const struct signalfd_siginfo *si, void *arg)
{
	struct service *s = arg;

	if (s->stopping)
		return 0;
	att_log(ATT_LOG_INFO, "asked to end");
	stop(s);
	return 0;
}

static int
on_reload(sd_event_source *source, const struct signalfd_siginfo *si,
    void *arg)
{
	struct service *s = arg;

	if (!s->stopping)
		reload(s);
	return 0;
}

static int
loop_error(int r, struct att_err *err)
{
	return r < 0 ? att_err_sys(err, -r, "event loop") : 0;
}

/* The sources stay with the loop, but for the timer. */
static int
add_sources(struct service *s)
{
	int r;

	if ((r = sd_event_add_signal(s->event, NULL, SIGTERM, on_stop, s)) <
		0 ||
	    (r = sd_event_add_signal(s->event, NULL, SIGINT, on_stop, s)) <
		0 ||
	    (r = sd_event_add_signal(s->event, NULL, SIGHUP, on_reload, s)) <
		0 ||
	    (r = sd_event_add_io(s->event, NULL, att_jobs_fd(s->jobs),
		 EPOLLIN, on_io, s)) < 0 ||
	    (r = sd_event_add_time(s->event, &s->timer, CLOCK_BOOTTIME, 0, 1,
		 on_timer, s)) < 0 ||
	    (r = sd_event_add_post(s->event, NULL, settle, s)) < 0)
		return r;
	return sd_event_set_watchdog(s->event, true);
}

/* -- its life -------------------------------------------------------------- */

/* The loop takes it; SIGTERM and SIGINT are blocked already. */
static void
block_reload(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

/*
 * Who stays serves as well, but goes on attesting where it cannot. Another
 * process that serves there attests, too.
 */
static int
open_door(struct service *s, int *passed, struct att_err *err)
{
	struct att_err why = { 0 };
	int fd = *passed, r = 0;

	*passed = -1;
	if (fd < 0) {
		r = make_socket(s->config, &fd, &why);
		s->bound = r == 0;
	}
	if (r == ATT_E_BUSY) {
		*err = why;
		return r;
	}
	if (r < 0) {
		(void)att_log_err(ATT_LOG_WARNING,
		    "nobody can call attestd", &why);
		return 0;
	}
	s->local = att_methods_service(&s->methods);
	return att_listener_new(s->event, fd, &s->local, &s->listener, err);
}

static void
plan(struct service *s)
{
	plan_measuring(s);
	s->watched = true;
	if (s->activated)
		att_measurer_on_demand(&s->measurer);
	else
		s->due = att_steady_now();
}

static int
configure(struct service *s, struct att_err *err)
{
	int r = load(s->config_path, &s->config, err);

	if (r < 0) {
		att_err_prefix(err, "configuration");
		return r;
	}
	use_log_level(s->config);
	att_push_init(&s->push, s->config);
	s->push.devices.config_path = s->config_path;
	return 0;
}

/*
 * Two that stay would end each other's tokens, round by round. *fd is -1 once
 * it was taken.
 */
static int
start(struct service *s, int *fd, struct att_err *err)
{
	int r;

	s->activated = *fd >= 0;
	if ((r = configure(s, err)) < 0 ||
	    (r = att_state_stay(s->config->state_dir, &s->lock, err)) < 0 ||
	    (r = att_stop_by_word(err)) < 0 ||
	    (r = loop_error(sd_event_new(&s->event), err)) < 0 ||
	    (r = att_jobs_new(&s->push, over, s, &s->jobs, err)) < 0 ||
	    (r = loop_error(add_sources(s), err)) < 0)
		return r;
	s->methods = (struct att_methods){ .config = s->config,
		.jobs = s->jobs, .measurer = &s->measurer };
	plan(s);
	return open_door(s, fd, err);
}

/* Where nobody has set it up so far nothing has failed. */
static int
refuse(const char *config_path, int fd, const struct att_err *why)
{
	int status = att_service_status_of(why->code);
	bool set = true;

	if (fd >= 0 && att_agent_config_look(config_path, &set, NULL) == 0 &&
	    !set) {
		status = ATT_SERVICE_GOOD;
		(void)sd_notify(0, "READY=1\nSTATUS=Not configured yet: "
		    "verifier_urls and registrar_urls are not set");
	} else {
		if (status == ATT_SERVICE_INPUT)
			tell_config("attestd does not start", why);
		else
			(void)att_log_err(ATT_LOG_ERR,
			    "attestd does not start", why);
		(void)sd_notifyf(0, "STATUS=attestd does not start: %s",
		    why->text);
	}
	if (fd >= 0)
		att_refusal_serve(fd, why, status, !set);
	return status;
}

int
att_service_main(const char *config_path)
{
	AUTO_DONE(service_done) struct service s = {
		.config_path = config_path, .lock = -1, .due = NEVER,
		.idle_since = NEVER, .measurer = { .fd = -1 } };
	struct att_err err = { 0 };
	int fd = -1, r;

	block_reload();
	if (att_listener_passed(&fd, &err) < 0 || start(&s, &fd, &err) < 0)
		return refuse(config_path, fd, &err);
	(void)sd_notify(0, "READY=1");
	/* the timer has come already, and with it all begins */
	r = sd_event_loop(s.event);
	if (r >= 0)
		return r;
	att_log(ATT_LOG_ERR, "event loop: %s", strerror(-r));
	return ATT_SERVICE_SYSTEM;
}
