/* attestctl status: what is proven about this node, when, and by whom. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "agent/ctl_agent.h"
#include "base/file.h"

#define REDRAW_S 60	/* without any change: how long ago it was changes */
#define TPM_MS 1000u	/* for a TPM that others keep busy */
#define NOTHING_YET "no attestation since this node was started"
#define CLEAR "\033[H\033[2J"

struct options {
	const struct att_ctl_command *cmd;
	const char *config;
	const char *keys;	/* a key set; NULL: that of the configuration */
	bool json;
	bool verbose;
	bool watch;
};

/* What it takes to look again and again. */
struct status {
	const struct options *o;
	struct att_agent_config config;
	json_t *keys;		/* NULL: those of the configuration */
	char *path;
	int64_t change;		/* seconds until it is another by itself */
	int above;		/* watch beside the run directory, or -1 */
};

static void
status_done(struct status *s)
{
	att_agent_config_done(&s->config);
	json_decref(s->keys);
	free(s->path);
}

/* -- one look -------------------------------------------------------------- */

/* NULL: nothing is known that is of this boot. */
static const struct att_measured_status *
read_firmware(const struct att_agent_config *config, const char *boot_id,
    struct att_measured_status *ret)
{
	return att_measured_status_read(config, ret, NULL) == 0 &&
	    strcmp(ret->boot_id, boot_id) == 0 ? ret : NULL;
}

/* What follow could not ask is asked here, if this user may. */
static void
find_tpm(const struct att_agent_config *config, struct att_gate_tpm *ret)
{
	struct att_gate_tpm asked;

	att_gate_tpm_kept(config, ret);
	if (ret->err.code == 0)
		return;
	att_gate_tpm_ask(config, TPM_MS, TPM_MS, &asked);
	if (asked.known)
		*ret = asked;
}

static int
look(struct status *s)
{
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file f = { 0 };
	struct att_ctl_view v = { .file = &f, .config = &s->config,
		.summary = !s->o->verbose, .json = s->o->json };
	struct att_measured_status firmware;
	char id[ATT_BOOT_ID_LEN + 1];
	struct att_verdict_now now;
	struct att_err err = { 0 };
	struct att_gate_tpm tpm;
	struct att_gate gate = { .reason = NOTHING_YET }, by_keys;
	int r;

	s->change = REDRAW_S;
	if (att_verdict_now(&s->config, id, &now, &err) < 0)
		return att_ctl_fail(NULL, &err);
	v.gate = &gate;
	v.firmware = read_firmware(&s->config, id, &firmware);
	r = att_verdict_file_read(&s->config, ATT_OWNER_SERVICE, &now, &f,
	    &err);
	if (r == ATT_E_NOT_FOUND)
		return att_ctl_put_no_verdict(&v, s->path);
	if (r < 0)
		return att_ctl_fail(NULL, &err);
	find_tpm(&s->config, &tpm);
	att_gate_judge_file(&s->config, NULL, &f, &now, &tpm, &gate);
	v.proof = &gate;
	if (s->keys != NULL) {
		att_gate_judge_file(&s->config, s->keys, &f, &now, &tpm,
		    &by_keys);
		v.proof = &by_keys;
	}
	if (!f.over)
		s->change = ATT_MIN(REDRAW_S, 1 + ATT_MIN(
		    f.expires_at - now.now, f.expires_uptime - now.uptime));
	return att_ctl_put_view(&v);
}

/* -- again and again ------------------------------------------------------- */

/*
 * Files in the run directory are replaced; where that is not there, it is
 * waited for in the directory above.
 */
static int
watch_dir(struct status *s, int fd)
{
	AUTO(free) char *above = strdup(s->config.run_dir);

	if (inotify_add_watch(fd, s->config.run_dir, IN_MOVED_TO | IN_DELETE |
	    IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR) >= 0) {
		if (s->above >= 0)
			(void)inotify_rm_watch(fd, s->above);
		s->above = -1;
		return 0;
	}
	if (above == NULL || errno != ENOENT)
		return -1;
	s->above = inotify_add_watch(fd, dirname(above),
	    IN_MOVED_TO | IN_CREATE | IN_ONLYDIR);
	return s->above < 0 ? -1 : 0;
}

/* What happened does not count, only that something did. */
static void
drain(int fd)
{
	char events[4096];

	while (read(fd, events, sizeof(events)) > 0)
		;
}

/* Until somebody ends it, or nobody reads it any more. */
static int
watch(struct status *s)
{
	AUTO_DONE(att_fd_done) int fd =
	    inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	bool clear = isatty(STDOUT_FILENO) != 0 && !s->o->json;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct att_err err = { 0 };

	for (;;) {
		if (fd < 0 || watch_dir(s, fd) < 0) {
			att_err_sys(&err, errno, "%s", s->config.run_dir);
			return att_ctl_fail(NULL, &err);
		}
		drain(fd);
		if (clear)
			(void)fputs(CLEAR, stdout);
		(void)look(s);
		if (!clear)
			(void)fputc('\n', stdout);
		if (fflush(stdout) != 0)
			return ATT_CTL_SYSTEM;
		(void)poll(&p, 1, (int)(s->change * 1000));
	}
}

/* -- options --------------------------------------------------------------- */

static int
status(const struct options *o)
{
	AUTO_DONE(status_done) struct status s = { .o = o, .above = -1 };
	int r;

	if ((r = att_ctl_config(o->config, &s.config)) != ATT_CTL_GOOD ||
	    (o->keys != NULL &&
		(r = att_ctl_keys(o->keys, &s.keys)) != ATT_CTL_GOOD))
		return r;
	s.path = att_path_join(s.config.run_dir, ATT_VERDICT_FILE);
	if (s.path == NULL)
		return att_ctl_nomem();
	return o->watch ? watch(&s) : look(&s);
}

int
att_ctl_status(const struct att_ctl_command *cmd, int argc, char **argv)
{
	struct options o = { .cmd = cmd };
	const struct att_ctl_option table[] = {
		{ "config", 'c', .text = &o.config },
		{ "json", .flag = &o.json },
		{ "keys", .text = &o.keys },
		{ "verbose", 'v', .flag = &o.verbose },
		{ "watch", .flag = &o.watch },
		{ 0 },
	};
	int r;

	if (!att_ctl_options(cmd, table, &o, argc, argv, &r))
		return r;
	return optind != argc ? att_ctl_misused(cmd, "no word is wanted") :
				status(&o);
}
