/*
 * attest-measure: reads for attestd what only root may read, and nothing that
 * anybody asks it to. It has no network, and leaves when nobody asks.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "agent/child.h"
#include "agent/door.h"
#include "agent/reader.h"
#include "base/file.h"
#include "base/log.h"
#include "base/number.h"

/* Exit statuses; attest-measure(8) promises them. */
enum status {
	STATUS_GOOD = 0,
	STATUS_USAGE = 2,
	STATUS_INPUT = 3,
	STATUS_SYSTEM = 4,
};

#define STATE_DIR "/var/lib/attest-measure"
#define USER "attestd"
#define IDLE_SECONDS 20
#define IDLE_MAX 86400
#define CHILDREN_MAX 6	/* connections at a time */

struct options {
	const char *config;
	const char *socket;	/* NULL: the one that systemd passes */
	const char *user;	/* NULL: USER, if there is one */
	const char *state_dir;	/* NULL: the usual one */
	const char *root;
	int64_t idle;		/* seconds; 0: stays */
	bool connected;		/* by who started it, and to nobody else */
	/* instead of what the configuration says; -1: not */
	int64_t rate, duty;
};

struct server {
	struct att_reader reader;
	uid_t user;		/* who may ask, beside root and itself */
	int listener;
	int signals;
	int idle_ms;		/* or -1 */
	unsigned answered;
	size_t children;
	pid_t child[CHILDREN_MAX];
};

static int
usage(FILE *to, int status)
{
	(void)fputs("usage: attest-measure [-c FILE] [--idle SECONDS] "
		    "[--socket PATH] [--user NAME] [PASS]\n"
		    "       attest-measure [-c FILE] --connected [PASS]\n"
		    "PASS: [--duty PERCENT] [--rate BYTES] [--root DIR] "
		    "[--state DIR]\n"
		    "       attest-measure --help | --version\n",
	    to);
	return status;
}

static int
report(const char *what, const struct att_err *err)
{
	(void)att_log_err(ATT_LOG_ERR, what, err);
	(void)sd_notifyf(0, "STATUS=%s: %s", what, err->text);
	return att_code_blames_input(err->code) ? STATUS_INPUT : STATUS_SYSTEM;
}

/* -- who may ask ----------------------------------------------------------- */

/* Where nobody is named, and there is no such user, root alone may. */
static int
find_user(const char *name, uid_t *ret, gid_t *ret_group,
    struct att_err *err)
{
	const struct passwd *p;

	errno = 0;
	p = getpwnam(name == NULL ? USER : name);
	*ret = p == NULL ? 0 : p->pw_uid;
	*ret_group = p == NULL ? 0 : p->pw_gid;
	if (p != NULL || name == NULL)
		return 0;
	return att_err_set(err, ATT_E_SYS, "there is no user %.60s", name);
}

/* -1 if that cannot be told, which is nobody's. */
static uid_t
user_of(int fd, pid_t *ret)
{
	struct ucred who = { 0 };
	socklen_t n = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) < 0)
		return (uid_t)-1;
	*ret = who.pid;
	return who.uid;
}

static bool
may_ask(const struct server *s, int fd)
{
	pid_t pid = 0;
	uid_t uid = user_of(fd, &pid);

	if (uid == 0 || uid == geteuid() || uid == s->user)
		return true;
	att_log(ATT_LOG_WARNING, "user %u, process %d may not ask",
	    (unsigned)uid, (int)pid);
	return false;
}

/* -- a connection ---------------------------------------------------------- */

static bool
answer(const struct att_reader *r, int fd)
{
	struct att_err err = { 0 };

	/* that it ends is no news */
	if (att_reader_serve(r, fd, &err) == ATT_E_SHORT)
		return true;
	(void)att_log_err(ATT_LOG_WARNING, "connection ended", &err);
	return false;
}

/* It dies with its parent, which may have died before that was asked for. */
static _Noreturn void
serve(const struct server *s, int fd, pid_t parent)
{
	sigset_t none;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	(void)close(s->listener);
	(void)close(s->signals);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	_exit(answer(&s->reader, fd) ? 0 : 1);
}

static void
begin(struct server *s, int fd)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		serve(s, fd, parent);
	if (pid < 0) {
		att_log(ATT_LOG_WARNING, "a connection is not served: %s",
		    strerror(errno));
		return;
	}
	s->child[s->children++] = pid;
}

static void
take_connection(struct server *s)
{
	AUTO_DONE(att_fd_done) int fd = accept4(s->listener, NULL, NULL,
	    SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0 && may_ask(s, fd))
		begin(s, fd);
}

static void
take_leave(struct server *s)
{
	for (size_t i = 0; i < s->children;) {
		int status = 0;
		pid_t r = waitpid(s->child[i], &status, WNOHANG);

		if (r == 0 || (r < 0 && errno == EINTR)) {
			i++;
			continue;
		}
		if (r > 0 && WIFSIGNALED(status))
			att_log(ATT_LOG_WARNING, "process %d: %s", (int)r,
			    WTERMSIG(status) == SIGALRM ?
				"a request took too long" :
				"ended by a signal");
		s->answered++;
		s->child[i] = s->child[--s->children];
	}
}

/* -- all of them ----------------------------------------------------------- */

static void
tell_systemd(const struct server *s)
{
	(void)sd_notifyf(0, "STATUS=%zu of %d connections are in use, %u were "
	    "served before.", s->children, CHILDREN_MAX, s->answered);
}

/* False: asked to end. */
static bool
take_signals(struct server *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) ==
	    (ssize_t)sizeof(info))
		if (info.ssi_signo != SIGCHLD)
			return false;
	take_leave(s);
	return true;
}

/* Whoever connects while all are busy waits in the kernel. */
static void
loop(struct server *s)
{
	for (;;) {
		struct pollfd p[] = { { .fd = s->signals, .events = POLLIN },
			{ .fd = s->children < CHILDREN_MAX ? s->listener : -1,
			    .events = POLLIN } };
		int r;

		tell_systemd(s);
		r = poll(p, ATT_COUNT(p), s->children > 0 ? -1 : s->idle_ms);
		if (r < 0 && errno != EINTR)
			return;
		if (r == 0)
			return;
		if (r > 0 && p[0].revents != 0 && !take_signals(s))
			return;
		if (r > 0 && p[1].revents != 0)
			take_connection(s);
	}
}

static void
end(struct server *s)
{
	(void)sd_notify(0, "STOPPING=1");
	for (size_t i = 0; i < s->children; i++)
		(void)kill(s->child[i], SIGKILL);
}

/* -- where it listens ------------------------------------------------------ */

/* A group is root's to give. */
static int
bind_to(const char *path, gid_t group, int *ret, struct att_err *err)
{
	return att_door_bind(path, SOCK_SEQPACKET, 0660,
	    geteuid() == 0 ? group : ATT_DOOR_NO_GROUP, ret, err);
}

static int
take_passed(int *ret, struct att_err *err)
{
	int n = sd_listen_fds(1);

	if (n != 1 || sd_is_socket(SD_LISTEN_FDS_START, AF_UNIX,
	    SOCK_SEQPACKET, 1) <= 0)
		return att_err_set(err, ATT_E_SYS, "%d sockets were passed, "
		    "must be one that listens (or use --socket)",
		    n < 0 ? 0 : n);
	/* one that was there when it was looked for may be gone */
	if (fcntl(SD_LISTEN_FDS_START, F_SETFL, O_NONBLOCK) < 0)
		return att_err_sys(err, errno, "the socket that was passed");
	*ret = SD_LISTEN_FDS_START;
	return 0;
}

static int
watch_signals(int *ret, struct att_err *err)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return att_err_sys(err, errno, "signals");
	*ret = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *ret < 0 ? att_err_sys(err, errno, "signals") : 0;
}

/* -- for one --------------------------------------------------------------- */

/*
 * What started it gave it a connection, and ends it with that. A process of
 * another user has no business with the rights of this one.
 */
static int
serve_starter(const struct att_reader *r, struct att_err *err)
{
	const int fd = ATT_CHILD_FD;
	pid_t pid;

	if (sd_is_socket(fd, AF_UNIX, SOCK_SEQPACKET, 0) <= 0 ||
	    user_of(fd, &pid) != geteuid() ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return att_err_set(err, ATT_E_SYS, "descriptor %d is no "
		    "connection to a process of this user", fd);
	return answer(r, fd) ? 0 : STATUS_SYSTEM;
}

/* -- for all --------------------------------------------------------------- */

static int
listen_and_serve(const struct options *o, struct server *s,
    struct att_err *err)
{
	AUTO_DONE(att_fd_done) int listener = -1;
	AUTO_DONE(att_fd_done) int signals = -1;
	gid_t group;
	int r;

	if ((r = find_user(o->user, &s->user, &group, err)) < 0 ||
	    (r = o->socket == NULL ? take_passed(&listener, err) :
		    bind_to(o->socket, group, &listener, err)) < 0 ||
	    (r = watch_signals(&signals, err)) < 0)
		return r;
	s->listener = listener;
	s->signals = signals;
	(void)sd_notify(0, "READY=1");
	loop(s);
	end(s);
	return STATUS_GOOD;
}

/* The directory of a service is its own, and all that it writes to. */
static int
choose_state(const struct options *o, struct att_agent_config *config,
    struct att_reader *r)
{
	r->state_dir = o->state_dir != NULL ? o->state_dir :
	    o->connected ? config->state_dir : STATE_DIR;
	if (o->connected)
		return 0;
	free(config->firmware_spool);
	config->firmware_spool = strdup(r->state_dir);
	return config->firmware_spool == NULL ? ATT_E_NOMEM : 0;
}

static int
run(const struct options *o)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config config = {
		0 };
	struct server s = { .reader = { .config = &config, .root = o->root,
		.stays = o->connected },
		.idle_ms = o->idle == 0 ? -1 : (int)o->idle * 1000 };
	struct att_err err = { 0 };
	int r;

	if (att_agent_config_load(o->config, &config, &err) < 0)
		return report("configuration", &err);
	/* what it would ask is itself; and the service is who started it */
	free(take(&config.measure_socket));
	if (o->connected)
		(void)unsetenv("NOTIFY_SOCKET");
	if (choose_state(o, &config, &s.reader) < 0)
		return STATUS_SYSTEM;
	s.reader.pace.rate = (uint64_t)(o->rate < 0 ? config.firmware_rate :
						      o->rate);
	s.reader.pace.duty = (unsigned)(o->duty < 0 ? config.firmware_duty :
						      o->duty);
	att_log_open("attest-measure",
	    (enum att_log_level)(ATT_LOG_ERR + config.log_level));
	r = o->connected ? serve_starter(&s.reader, &err) :
			   listen_and_serve(o, &s, &err);
	return r < 0 ? report("attest-measure does not start", &err) : r;
}

/* -- the command line ------------------------------------------------------ */

static bool
take_number(const char *text, uint64_t min, uint64_t max, int64_t *ret)
{
	uint64_t v;

	if (!att_number_read(text, max, &v) || v < min)
		return false;
	*ret = (int64_t)v;
	return true;
}

/* As of getopt_long; false: not with this value. */
static bool
take_option(struct options *o, int c)
{
	switch (c) {
	case 'C':
		o->connected = true;
		return true;
	case 'D':
		return take_number(optarg, 0, ATT_PACE_DUTY_MAX, &o->duty);
	case 'R':
		return take_number(optarg, 0, ATT_PACE_RATE_MAX, &o->rate);
	case 'c':
		o->config = optarg;
		return true;
	case 'd':
		o->state_dir = optarg;
		return true;
	case 'i':
		return take_number(optarg, 0, IDLE_MAX, &o->idle);
	case 'r':
		o->root = optarg;
		return true;
	case 's':
		o->socket = optarg;
		return true;
	case 'u':
		o->user = optarg;
		return true;
	default:
		return false;
	}
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "connected", no_argument, NULL, 'C' },
		{ "duty", required_argument, NULL, 'D' },
		{ "help", no_argument, NULL, 'h' },
		{ "idle", required_argument, NULL, 'i' },
		{ "rate", required_argument, NULL, 'R' },
		{ "root", required_argument, NULL, 'r' },
		{ "socket", required_argument, NULL, 's' },
		{ "state", required_argument, NULL, 'd' },
		{ "user", required_argument, NULL, 'u' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .config = ATT_AGENT_CONFIG_PATH,
		.idle = IDLE_SECONDS, .rate = -1, .duty = -1 };
	int c;

	att_log_open("attest-measure", ATT_LOG_INFO);
	while ((c = getopt_long(argc, argv, "c:hV", options, NULL)) != -1) {
		if (c == 'h')
			return usage(stdout, STATUS_GOOD);
		if (c == 'V') {
			(void)puts("attest-measure " ATT_VERSION);
			return STATUS_GOOD;
		}
		if (!take_option(&o, c))
			return usage(stderr, STATUS_USAGE);
	}
	if (optind != argc || (o.connected && o.socket != NULL))
		return usage(stderr, STATUS_USAGE);
	(void)umask(077);
	(void)signal(SIGPIPE, SIG_IGN);
	return run(&o);
}
