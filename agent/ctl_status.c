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
#include "agent/result.h"
#include "base/file.h"

#define REDRAW_S 60	/* without any change: how long ago it was changes */
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
	json_t *keys;		/* NULL: signatures are not checked */
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

/*
 * Is the result that lies beside the verdict the verifier's, and of us? Which
 * id hash_ek stands for only the TPM could tell.
 */
static enum att_ctl_signature
check_signature(const struct att_verdict_file *f, const json_t *keys,
    const struct att_verdict_now *now, const char *id)
{
	AUTO_DONE(att_result_done) struct att_result res = { 0 };
	struct att_err err = { 0 };
	struct att_slice jwt;

	if (f->result == NULL) {
		att_ctl_note(NULL, "the verifier gave no signed result");
		return ATT_CTL_UNSIGNED;
	}
	jwt = (struct att_slice){ (const uint8_t *)f->result,
		strlen(f->result) };
	if (att_result_read(jwt, keys, now->now, &res, &err) < 0) {
		att_ctl_note(NULL, "result: %s", err.text);
		return ATT_CTL_UNSIGNED;
	}
	if (strcmp(id, ATT_AGENT_ID_HASH_EK) == 0)
		id = f->agent_id;
	if (strcmp(res.ear.node, id) != 0) {
		att_ctl_note(NULL, "result: it is about another node, \"%s\"",
		    res.ear.node);
		return ATT_CTL_UNSIGNED;
	}
	/* the file may say what it will; only what was signed counts */
	if (f->status == ATT_PASS && res.ear.status != ATT_TIER_AFFIRMING &&
	    res.ear.status != ATT_TIER_WARNING) {
		att_ctl_note(NULL, "result: what was signed is no pass");
		return ATT_CTL_UNSIGNED;
	}
	return ATT_CTL_SIGNED;
}

/* NULL: nothing is known that is of this boot. */
static const struct att_measured_status *
read_firmware(const struct att_agent_config *config, const char *boot_id,
    struct att_measured_status *ret)
{
	return att_measured_status_read(config, ret, NULL) == 0 &&
	    strcmp(ret->boot_id, boot_id) == 0 ? ret : NULL;
}

/* Anybody could have put a pass where others may write, and a boot_id. */
static int
read_file(const struct status *s, const struct att_verdict_now *now,
    struct att_verdict_file *ret, struct att_err *err)
{
	int r = att_dir_check(s->config.run_dir, err);

	if (r == 0)
		return att_verdict_file_read(s->path, now, ret, err);
	return err->code == ATT_E_SYS && err->sub == ENOENT ?
	    ATT_E_NOT_FOUND : r;
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
	struct att_gate gate;
	int r;

	s->change = REDRAW_S;
	if (att_verdict_now(&s->config, id, &now, &err) < 0)
		return att_ctl_fail(NULL, &err);
	att_gate_tpm_kept(&s->config, &tpm);
	att_gate_judge(&s->config, &tpm, &gate);
	v.gate = &gate;
	v.firmware = read_firmware(&s->config, id, &firmware);
	if ((r = read_file(s, &now, &f, &err)) == ATT_E_NOT_FOUND)
		return att_ctl_put_no_verdict(&v, s->path);
	if (r < 0)
		return att_ctl_fail(NULL, &err);
	if (!f.over)
		s->change = ATT_MIN(REDRAW_S, 1 + ATT_MIN(
		    f.expires_at - now.now, f.expires_uptime - now.uptime));
	if (s->keys != NULL)
		v.signature = check_signature(&f, s->keys, &now,
		    s->config.agent_id);
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
	struct att_err err = { 0 };
	int r;

	if ((r = att_ctl_config(o->config, &s.config)) != ATT_CTL_GOOD ||
	    (o->keys != NULL &&
		(r = att_ctl_keys(o->keys, &s.keys)) != ATT_CTL_GOOD))
		return r;
	if (o->keys == NULL && att_gate_keys(&s.config, &s.keys, &err) < 0) {
		if (err.code == ATT_E_NOT_FOUND)
			err.code = ATT_E_SYS;
		return att_ctl_fail(NULL, &err);
	}
	s.path = att_path_join(s.config.run_dir, ATT_VERDICT_FILE);
	if (s.path == NULL) {
		att_err_nomem(&err);
		return att_ctl_fail(NULL, &err);
	}
	return o->watch ? watch(&s) : look(&s);
}

enum { OPT_HELP = 256, OPT_JSON, OPT_KEYS, OPT_VERBOSE, OPT_WATCH };

int
att_ctl_status(const struct att_ctl_command *cmd, int argc, char **argv)
{
	static const struct option names[] = {
		{ "help", no_argument, NULL, OPT_HELP },
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "keys", required_argument, NULL, OPT_KEYS },
		{ "verbose", no_argument, NULL, OPT_VERBOSE },
		{ "watch", no_argument, NULL, OPT_WATCH },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .cmd = cmd };
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "c:hv", names, NULL)) != -1)
		switch (c) {
		case 'h':
		case OPT_HELP:
			return att_ctl_help(cmd);
		case 'c':
			o.config = optarg;
			break;
		case OPT_JSON:
			o.json = true;
			break;
		case OPT_KEYS:
			o.keys = optarg;
			break;
		case 'v':
		case OPT_VERBOSE:
			o.verbose = true;
			break;
		case OPT_WATCH:
			o.watch = true;
			break;
		default:
			return att_ctl_bad_option(cmd, argv[optind - 1]);
		}
	return optind != argc ? att_ctl_misused(cmd, "no word is wanted") :
				status(&o);
}
