#include "agent/ctl.h"

#include <getopt.h>
#include <string.h>

#include "agent/ctl_option.h"
#include "agent/logview.h"
#include "base/pcr.h"
#include "eventlog/ccguest.h"
#include "eventlog/cel.h"
#include "eventlog/replay.h"

struct options {
	const struct att_ctl_command *cmd;
	const char *file;
	const char *userspace;	/* systemd's log, or NULL */
	bool ccel;	/* of a confidential guest */
	bool cel;	/* a canonical event log */
	bool json;
};

static int
open_log(const struct options *o, struct att_slice raw,
    struct att_tcglog *ret, struct att_err *err)
{
	int status, r = att_tcglog_open(raw,
	    o->ccel ? ATT_TCG_CC : ATT_TCG_TPM, ret, err);

	if (r == 0 && !o->ccel)
		r = att_tcglog_check_tpm(ret, err);
	if (r == 0)
		return ATT_CTL_GOOD;
	status = att_ctl_fail(o->file, err);
	if (r == ATT_E_UNSUPPORTED && !o->ccel)
		att_ctl_note(o->file, "can be read with --ccel");
	return status;
}

/* -- replay ---------------------------------------------------------------- */

/* Banks and registers of which nothing can be said are named, not printed. */
static void
note_banks(const struct options *o, const struct att_tcglog *log)
{
	for (size_t i = 0; i < log->alg_count; i++)
		if (att_alg_evp(log->alg[i].alg) == NULL)
			att_ctl_note(o->file,
			    "left out: bank 0x%04x, which is not known here",
			    log->alg[i].alg);
}

static void
note_incomplete(const struct options *o, const struct att_replay *r)
{
	for (size_t b = 0; b < r->bank_count; b++)
		for (unsigned i = 0; i < ATT_PCR_COUNT; i++)
			if (r->reg[b][i].incomplete)
				att_ctl_note(o->file,
				    "left out: %s %u, as not every event has "
				    "a digest of this bank",
				    att_alg_name(r->alg[b]), i);
}

static int
read_userspace(const char *file, struct att_userspace_log **ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done)
	struct att_buf b = ATT_BUF(ATT_USERSPACE_LOG_MAX);

	if (att_ctl_read(file, &b, err) < 0)
		return att_ctl_fail(NULL, err);
	if (att_userspace_parse(att_buf_view(&b), NULL, ret, err) < 0)
		return att_ctl_fail(file, err);
	if (att_userspace_incomplete(*ret))
		att_ctl_note(file, "the last record is cut short");
	return ATT_CTL_GOOD;
}

static int
print_registers(const struct options *o, const struct att_replay *r,
    struct att_err *err)
{
	struct att_pcrs pcrs = { 0 };

	if (att_replay_values(r, &pcrs, err) < 0)
		return att_ctl_fail(o->file, err);
	return att_ctl_put_registers(o->file, &pcrs, o->json);
}

/* A boot log and, with --userspace, what systemd measured after it. */
static int
replay_boot(const struct options *o, struct att_slice raw,
    struct att_hasher *h, struct att_userspace_log **user,
    struct att_replay *r)
{
	struct att_err err = { 0 };
	struct att_tcglog log = { 0 };
	int status = open_log(o, raw, &log, &err);

	if (status != ATT_CTL_GOOD)
		return status;
	if (o->userspace != NULL &&
	    (status = read_userspace(o->userspace, user, &err)) !=
		ATT_CTL_GOOD)
		return status;
	att_replay_begin(r, &log, NULL, 0, h);
	if (*user != NULL)
		att_replay_user(r, *user);
	if (att_replay_log(r, &log, NULL, &err) < 0)
		return att_ctl_fail(o->file, &err);
	note_banks(o, &log);
	return ATT_CTL_GOOD;
}

static int
replay(const struct options *o)
{
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(ATT_TCG_LOG_MAX);
	AUTO(att_userspace_free) struct att_userspace_log *user = NULL;
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_err err = { 0 };
	struct att_replay r;
	int status;

	if (h == NULL)
		return att_ctl_nomem();
	if (att_ctl_read(o->file, &raw, &err) < 0)
		return att_ctl_fail(NULL, &err);
	if (o->cel) {
		if (att_cel_replay(att_buf_view(&raw), h, &r, &err) < 0)
			return att_ctl_fail(o->file, &err);
	} else if ((status = replay_boot(o, att_buf_view(&raw), h, &user,
			&r)) != ATT_CTL_GOOD) {
		return status;
	}
	note_incomplete(o, &r);
	return print_registers(o, &r, &err);
}

/* -- show ------------------------------------------------------------------ */

static int
show(const struct options *o)
{
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(ATT_TCG_LOG_MAX);
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_logview v = { .hasher = h, .json = o->json,
		.colour = !o->json && att_ctl_colour(), .put = att_ctl_put };
	struct att_err err = { 0 };
	struct att_tcglog log = { 0 };
	int r, status;

	if (h == NULL)
		return att_ctl_nomem();
	if (att_ctl_read(o->file, &raw, &err) < 0)
		return att_ctl_fail(NULL, &err);
	if (o->cel)
		r = att_logview_print_cel(&v, att_buf_view(&raw), &err);
	else if ((status = open_log(o, att_buf_view(&raw), &log, &err)) !=
	    ATT_CTL_GOOD)
		return status;
	else
		r = att_logview_print(&v, &log, &err);
	return r < 0 ? att_ctl_fail(o->file, &err) : ATT_CTL_GOOD;
}

/* -- the command ----------------------------------------------------------- */

static const struct {
	const char *name;
	int (*run)(const struct options *o);
} verbs[] = {
	{ "replay", replay },
	{ "show", show },
};

int
att_ctl_eventlog(const struct att_ctl_command *cmd, int argc, char **argv)
{
	struct options o = { .cmd = cmd };
	const struct att_ctl_option table[] = {
		{ "ccel", .flag = &o.ccel },
		{ "cel", .flag = &o.cel },
		{ "json", .flag = &o.json },
		{ "userspace", .text = &o.userspace },
		{ 0 },
	};
	int status;

	if (!att_ctl_options(cmd, table, &o, argc, argv, &status))
		return status;
	if (argc - optind != 2)
		return att_ctl_misused(cmd, "a verb and one file are wanted");
	o.file = argv[optind + 1];
	if (o.ccel && o.cel)
		return att_ctl_misused(cmd, "either --ccel or --cel");
	if (o.userspace != NULL &&
	    (o.ccel || o.cel || strcmp(argv[optind], "replay") != 0))
		return att_ctl_misused(cmd,
		    "--userspace is for the replay of a TPM's log");
	for (size_t i = 0; i < ATT_COUNT(verbs); i++)
		if (strcmp(argv[optind], verbs[i].name) == 0)
			return verbs[i].run(&o);
	return att_ctl_misused(cmd, "no verb \"%s\"", argv[optind]);
}
