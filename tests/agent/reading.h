/*
 * What tests of attest-measure share: a node whose configuration names its
 * socket, and the program itself, or a server that lies.
 */
#ifndef ATT_TESTS_AGENT_READING_H
#define ATT_TESTS_AGENT_READING_H

#include "tests/agent/measuring.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "agent/source.h"
#include "base/steady.h"

static pid_t reader;
/* It is as its unit has it: root, and without a capability. */
static bool caged;
/* Programs are this user's; 0: of who runs the test. */
static uid_t become_user;

/* Exit status; 1000 + N: died by signal N. */
static inline ATT_UNUSED int
status_of(pid_t pid)
{
	int status = 0;

	ck_assert(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   1000 + WTERMSIG(status);
}

static inline ATT_UNUSED bool
has_logged(const char *text)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);

	return node_read("log", &b) && b.len > 0 &&
	    memmem(b.data, b.len, text, strlen(text)) != NULL;
}

/* From now on BUILD/`name` with words up to a NULL; it says into "log". */
static inline ATT_UNUSED _Noreturn void
become_program(const char *name, const char *const *words)
{
	char *argv[16] = { (char *)(uintptr_t)name };
	AUTO(free) char *log = in_node("log");
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 20);
	char *at;
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	int program;

	if (n < 0 || fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(126);
	path[n] = '\0';
	if ((at = strstr(path, "/tests/")) == NULL)
		_exit(126);
	(void)snprintf(at, 20, "/%s", name);
	for (size_t i = 0; words[i] != NULL; i++)
		argv[i + 1] = (char *)(uintptr_t)words[i];
	for (unsigned long cap = 0; caged && cap < 64; cap++)
		if (prctl(PR_CAPBSET_DROP, cap) < 0 && errno != EINVAL)
			_exit(126);
	if (caged && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(126);
	/* a user who may not see the directory may run what is in it */
	program = open(path, O_PATH | O_CLOEXEC);
	if (become_user != 0 && (setgroups(0, NULL) < 0 ||
		setgid(become_user) < 0 || setuid(become_user) < 0))
		_exit(126);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)fexecve(program, argv, environ);
	_exit(127);
}

static inline ATT_UNUSED _Noreturn void
become_reader(const char *const *words)
{
	become_program("attest-measure", words);
}

static inline ATT_UNUSED pid_t
launch(const char *const *words)
{
	pid_t pid = forked();

	if (pid == 0)
		become_reader(words);
	return pid;
}
/* As a service manager does it: descriptor 3, and two variables. */
static inline ATT_UNUSED pid_t
launch_with(int listener, const char *const *words)
{
	pid_t pid = forked();
	char number[16];

	if (pid > 0)
		return pid;
	snprintf(number, sizeof(number), "%d", (int)getpid());
	if (dup2(listener, 3) < 0 || setenv("LISTEN_FDS", "1", 1) < 0 ||
	    setenv("LISTEN_PID", number, 1) < 0)
		_exit(126);
	become_reader(words);
}

/* As attestd does it where there is no socket: descriptor 3 is a connection. */
static inline ATT_UNUSED pid_t
launch_connected(int fd, const char *const *words)
{
	pid_t pid = forked();

	if (pid > 0)
		return pid;
	if (fd != 3 ? dup2(fd, 3) < 0 : fcntl(fd, F_SETFD, 0) < 0)
		_exit(126);
	become_reader(words);
}

/* Where attestd looks for it; for everybody, who is told from others there. */
static inline ATT_UNUSED int
make_listener(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s/reader", node_dir);
	ck_assert(s >= 0 &&
	    bind(s, (const struct sockaddr *)&at, sizeof(at)) == 0 &&
	    chmod(at.sun_path, 0666) == 0 && listen(s, 8) == 0);
	return s;
}

#define LAUNCH(...)                                                          \
	launch((const char *const[]){ __VA_ARGS__, NULL })

/* A connection, whatever that is good for; -1: there is none to be had. */
static inline ATT_UNUSED int
knock(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	ck_assert(fd >= 0);
	snprintf(to.sun_path, sizeof(to.sun_path), "%s/reader", node_dir);
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static inline ATT_UNUSED void
until_it_listens(void)
{
	uint64_t end = att_steady_now() + PATIENCE_MS;
	int fd;

	while ((fd = knock()) < 0) {
		ck_assert_msg(att_steady_now() < end, "nobody listens");
		(void)usleep(10000);
	}
	(void)close(fd);
}

/* The program over this node, below whose directory the machine is. */
static inline ATT_UNUSED void
reader_start(void)
{
	AUTO(free) char *file = in_node("attestd.yaml");
	AUTO(free) char *state = in_node("reader-state");

	reader = LAUNCH("-c", file, "--socket", config.measure_socket,
	    "--state", state, "--root", node_dir, "--idle", "0");
	until_it_listens();
}

/* Whoever listens there, or nobody; *pid is 0 then. */
static inline ATT_UNUSED void
end_listener(pid_t *pid, int signal)
{
	AUTO(free) char *at = in_node("reader");

	if (*pid == 0)
		return;
	(void)kill(*pid, signal);
	(void)status_of(*pid);
	*pid = 0;
	(void)unlink(at);
}

static inline ATT_UNUSED void
reader_stop(void)
{
	end_listener(&reader, SIGTERM);
}

/* -- a server that lies ---------------------------------------------------- */

static pid_t liar;

static inline ATT_UNUSED void
liar_stop(void)
{
	end_listener(&liar, SIGKILL);
}

/* It does this with each connection. */
static inline ATT_UNUSED void
serve(void (*script)(int fd))
{
	int s, fd;

	liar_stop();
	s = make_listener();
	liar = forked();
	if (liar > 0) {
		(void)close(s);
		return;
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while ((fd = accept(s, NULL, NULL)) >= 0) {
		script(fd);
		(void)close(fd);
	}
	_exit(0);
}

/* -- one question, of a source of its own ---------------------------------- */

static inline ATT_UNUSED int
ask_log(enum att_logfile which, uint64_t from, struct att_buf *ret,
    bool *ret_cut, struct att_err *err)
{
	AUTO_DONE(att_source_close) struct att_source s = ATT_SOURCE(&config);

	return att_source_log(&s, which, from, ret, ret_cut, err);
}

static inline ATT_UNUSED int
ask_posture(struct att_buf *ret, struct att_err *err)
{
	AUTO_DONE(att_source_close) struct att_source s = ATT_SOURCE(&config);

	return att_source_posture(&s, ret, err);
}

static inline ATT_UNUSED int
ask_smbios(uint8_t type, struct att_buf *ret, struct att_err *err)
{
	AUTO_DONE(att_source_close) struct att_source s = ATT_SOURCE(&config);

	return att_source_smbios(&s, type, ret, err);
}

static inline ATT_UNUSED int
ask_hardware(struct att_components *list, struct att_err *err)
{
	AUTO_DONE(att_source_close) struct att_source s = ATT_SOURCE(&config);

	return att_source_hardware(&s, list, err);
}

#endif
