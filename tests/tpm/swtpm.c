#include "tests/tpm/swtpm.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <tss2/tss2_tpm2_types.h>

#include "testlib.h"

#include "base/file.h"
#include "tests/tpm/raw.h"

#define START_MS 20000

static char top[] = "/tmp/att-tpm-XXXXXX";
static pid_t top_pid;
static char *ca_root, *ca_issuer;

static int
remove_one(const char *path, const struct stat *st ATT_UNUSED,
    int flag ATT_UNUSED, struct FTW *ftw ATT_UNUSED)
{
	return remove(path);
}

static void
remove_tree(const char *dir)
{
	(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Check runs tests in children: they must not remove what the next needs. */
static void
remove_top(void)
{
	if (getpid() == top_pid)
		remove_tree(top);
	free(ca_root);
	free(ca_issuer);
}

static void
write_file(const char *name, const char *fmt, ...) ATT_PRINTF(2, 3);

static void
write_file(const char *name, const char *fmt, ...)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO(free) char *path = att_path_join(top, name);
	va_list ap;

	va_start(ap, fmt);
	att_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	ok(att_file_write(path, att_buf_view(&b), 0600, err));
}

/* Runs in the background, output to LOG; ends when this process does. */
static pid_t
spawn(char *const argv[], const char *log)
{
	pid_t parent = getpid(), pid = forked();
	int fd;

	if (pid > 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (getppid() != parent || fd < 0 || dup2(fd, 1) < 0 ||
	    dup2(fd, 2) < 0)
		_exit(126);
	execvp(argv[0], argv);
	_exit(127);
}

static char *
read_text(const char *name)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);
	AUTO(free) char *path = att_path_join(top, name);

	ok(att_file_read(path, &b, err));
	return att_buf_take_str(&b);
}

void
swtpm_manufacture(void)
{
	char state[PATH_MAX], conf[PATH_MAX], log[PATH_MAX];
	char *argv[] = { (char[]){ "swtpm_setup" }, (char[]){ "--tpm2" },
		(char[]){ "--tpmstate" }, state, (char[]){ "--config" }, conf,
		(char[]){ "--create-ek-cert" }, NULL };
	int status;

	if (top_pid != 0)
		return;
	ck_assert(mkdtemp(top) != NULL);
	top_pid = getpid();
	ck_assert(atexit(remove_top) == 0);
	snprintf(state, sizeof(state), "%s/state", top);
	snprintf(conf, sizeof(conf), "%s/setup.conf", top);
	snprintf(log, sizeof(log), "%s/setup.log", top);
	ck_assert(mkdir(state, 0700) == 0);
	write_file("localca.conf",
	    "statedir = %s\nsigningkey = %s/signkey.pem\n"
	    "issuercert = %s/issuer.pem\ncertserial = %s/serial\n",
	    top, top, top, top);
	write_file("localca.options",
	    "--platform-manufacturer Test\n--platform-version 1\n"
	    "--platform-model Test\n");
	write_file("setup.conf",
	    "create_certs_tool = swtpm_localca\n"
	    "create_certs_tool_config = %s/localca.conf\n"
	    "create_certs_tool_options = %s/localca.options\n"
	    "active_pcr_banks = sha1,sha256,sha384\n", top, top);
	ck_assert(waitpid(spawn(argv, log), &status, 0) > 0);
	if (status != 0) {
		AUTO(free) char *text = read_text("setup.log");

		ck_abort_msg("swtpm_setup: status %d\n%s", status, text);
	}
	ca_root = read_text("swtpm-localca-rootca-cert.pem");
	ca_issuer = read_text("issuer.pem");
}

const char *
swtpm_ca_root(void)
{
	return ca_root;
}

const char *
swtpm_ca_issuer(void)
{
	return ca_issuer;
}

struct att_tpm_link *
swtpm_link(const struct swtpm *s)
{
	struct att_tpm_link *l;

	ok(att_tpm_link_open(s->tcti, &l, err));
	return l;
}

static bool
answers(const struct swtpm *s)
{
	AUTO(att_tpm_link_free) struct att_tpm_link *l = swtpm_link(s);
	uint32_t h[8];
	size_t n;

	return raw_handles(l, 0x80000000, h, 8, &n, NULL) == 0;
}

/* swtpm itself, on the state in s->dir. */
static void
launch(struct swtpm *s)
{
	char state[PATH_MAX], server[PATH_MAX], ctrl[PATH_MAX], log[PATH_MAX];
	char *argv[] = { (char[]){ "swtpm" }, (char[]){ "socket" },
		(char[]){ "--tpm2" }, (char[]){ "--tpmstate" }, state,
		(char[]){ "--server" }, server, (char[]){ "--ctrl" }, ctrl,
		(char[]){ "--flags" },
		(char[]){ "not-need-init,startup-clear" }, NULL };
	uint64_t deadline = att_tpm_now() + START_MS;

	snprintf(state, sizeof(state), "dir=%s", s->dir);
	snprintf(server, sizeof(server), "type=unixio,path=%s", s->sock);
	snprintf(ctrl, sizeof(ctrl), "type=unixio,path=%s.ctrl", s->sock);
	snprintf(log, sizeof(log), "%s/log", s->dir);
	s->pid = spawn(argv, log);
	while (!answers(s)) {
		ck_assert_msg(att_tpm_left(deadline) > 0 &&
		    waitpid(s->pid, NULL, WNOHANG) == 0,
		    "swtpm did not start, see %s", log);
		(void)usleep(2000);
	}
}

static void
make_dir(struct swtpm *s)
{
	*s = (struct swtpm){ 0 };
	snprintf(s->dir, sizeof(s->dir), "%s/XXXXXX", top);
	ck_assert(mkdtemp(s->dir) != NULL);
	snprintf(s->sock, sizeof(s->sock), "%s/s", s->dir);
	snprintf(s->tcti, sizeof(s->tcti), "swtpm:path=%s", s->sock);
}

void
swtpm_start(struct swtpm *s)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	char from[PATH_MAX], to[PATH_MAX];

	make_dir(s);
	snprintf(from, sizeof(from), "%s/state/tpm2-00.permall", top);
	snprintf(to, sizeof(to), "%s/tpm2-00.permall", s->dir);
	ok(att_file_read(from, &b, err));
	ok(att_file_write(to, att_buf_view(&b), 0600, err));
	launch(s);
}

void
swtpm_start_blank(struct swtpm *s)
{
	make_dir(s);
	launch(s);
}

static void
end(struct swtpm *s)
{
	AUTO(att_tpm_link_free) struct att_tpm_link *l = swtpm_link(s);

	if (s->pid == 0)
		return;
	(void)!raw_shutdown(l, NULL);
	swtpm_signal(s, SIGTERM);
	ck_assert(waitpid(s->pid, NULL, 0) == s->pid);
	s->pid = 0;
}

void
swtpm_stop(struct swtpm *s)
{
	end(s);
	remove_tree(s->dir);
}

void
swtpm_reboot(struct swtpm *s)
{
	end(s);
	launch(s);
}

void
swtpm_signal(struct swtpm *s, int sig)
{
	ck_assert(s->pid > 0 && kill(s->pid, sig) == 0);
	if (sig == SIGKILL) {
		ck_assert(waitpid(s->pid, NULL, 0) == s->pid);
		s->pid = 0;
	}
}

void
swtpm_init(struct swtpm *s)
{
	/* swtpm_ioctls(3): CMD_INIT, flags 0 */
	static const uint8_t cmd[8] = { 0, 0, 0, 2 };

	ok(raw_control(s->tcti, (struct att_slice){ cmd, sizeof(cmd) }, err));
}

size_t
swtpm_objects(const struct swtpm *s)
{
	/* Part 2, 7.2: transient objects, loaded sessions, saved sessions */
	static const uint32_t first[] = { 0x80000000, 0x02000000,
		0x03000000 };
	AUTO(att_tpm_link_free) struct att_tpm_link *l = swtpm_link(s);
	size_t sum = 0, n;
	uint32_t h[64];

	for (size_t i = 0; i < ATT_COUNT(first); i++) {
		ok(raw_handles(l, first[i], h, ATT_COUNT(h), &n, err));
		sum += n;
	}
	return sum;
}

void
swtpm_extend(const struct swtpm *s, uint32_t pcr, const char *text)
{
	AUTO(att_tpm_link_free) struct att_tpm_link *l = swtpm_link(s);
	struct att_digest d;

	ok(att_digest_of(ATT_ALG_SHA256, S(text), &d, err));
	ok(raw_extend(l, pcr, &d, 1, err));
}

void
swtpm_clear(const struct swtpm *s)
{
	AUTO(att_tpm_link_free) struct att_tpm_link *l = swtpm_link(s);

	ok(raw_clear(l, err));
}

void
swtpm_set_auth(const struct swtpm *s, bool owner, const char *value)
{
	AUTO(att_tpm_link_free) struct att_tpm_link *l = swtpm_link(s);

	ok(raw_set_auth(l, owner ? TPM2_RH_OWNER : TPM2_RH_ENDORSEMENT,
	    S(value), err));
}
