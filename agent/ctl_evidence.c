/*
 * attestctl quote, attestctl evidence: what this node can prove, without a
 * verifier to ask. Both make the file of docs/PROTOCOL-evidence.txt; a quote
 * is one without logs.
 */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "agent/ctl_agent.h"
#include "agent/prove.h"
#include "base/encoding.h"
#include "evidence/tpm_attest.h"

struct options {
	const struct att_ctl_command *cmd;
	const char *config;
	const char *nonce;	/* hex, or NULL */
	const char *pcrs;	/* as given, or NULL */
	const char *output;	/* file, or NULL */
	bool direct;		/* not by attestd */
	bool json;
	bool logs;		/* evidence: logs and EK certificate too */
};

static void
note(void *arg, const char *text)
{
	att_ctl_note(arg, "%s", text);
}

static int
choose(const struct options *o, const struct att_agent_config *config,
    struct att_prove *p)
{
	AUTO_DONE(att_buf_done) struct att_buf nonce =
	    ATT_BUF(ATT_CHALLENGE_MAX);
	struct att_err err = { 0 };
	int status;

	*p = (struct att_prove){ .logs = o->logs, .note = note };
	if (att_prove_pcrs(p, o->pcrs, config, &err) < 0)
		return att_ctl_misused(o->cmd, "--pcrs: %s", err.text);
	if (o->nonce != NULL) {
		status = att_ctl_nonce(o->cmd, o->nonce, &nonce);
		if (status != ATT_CTL_GOOD)
			return status;
	}
	return att_prove_nonce(p, o->nonce, &err) < 0 ?
	    att_ctl_fail(NULL, &err) : ATT_CTL_GOOD;
}

/* -- for people ------------------------------------------------------------ */

static int
put_summary(const struct att_evidence *e, struct att_buf *b,
    struct att_err *err)
{
	struct att_attest a;
	int r = att_attest_parse(e->attest, &a, err);

	if (r < 0)
		return r;
	att_buf_printf(b, "node          %s\nnonce         ", e->agent_id);
	att_hex_put(b, e->challenge);
	att_buf_printf(b, "\nresets        %" PRIu32 ", restarts %" PRIu32
	    "\nclock         %" PRIu64 " ms%s\nfirmware      %016" PRIx64
	    "\n", a.reset_count, a.restart_count, a.clock,
	    a.safe ? "" : ", not safe", a.firmware_version);
	att_pcrs_print(&e->pcrs, b);
	return att_buf_ok(b, "quote", err);
}

static int
summarise(const struct att_buf *file, struct att_buf *text,
    struct att_err *err)
{
	AUTO(att_bundle_free) struct att_bundle *b = NULL;
	int r = att_bundle_parse(att_buf_view(file), &b, err);

	return r < 0 ? r : put_summary(att_bundle_evidence(b), text, err);
}

static int
put(const struct options *o, const struct att_buf *file)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(1u << 16);
	struct att_err err = { 0 };
	int status;

	if (o->json || o->output != NULL) {
		status = att_ctl_write(o->json ? NULL : o->output, file);
		if (status != ATT_CTL_GOOD || o->json)
			return status;
	}
	if (o->output != NULL && strcmp(o->output, "-") == 0)
		return ATT_CTL_GOOD;
	if (summarise(file, &text, &err) < 0)
		return att_ctl_fail(NULL, &err);
	att_ctl_put(&text);
	return ATT_CTL_GOOD;
}

static int
run(const struct options *o)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config config = {
		0 };
	AUTO_DONE(att_buf_done) struct att_buf file = ATT_BUF(ATT_BUNDLE_MAX);
	AUTO(att_varlink_client_free) struct att_varlink_client *c = NULL;
	struct att_prove p;
	struct att_err err = { 0 };
	int status, r;

	if ((status = att_ctl_config(o->config, &config)) != ATT_CTL_GOOD ||
	    (status = choose(o, &config, &p)) != ATT_CTL_GOOD)
		return status;
	if ((status = att_ctl_local(&config, o->direct, &c)) != ATT_CTL_GOOD)
		return status;
	if (c != NULL)
		r = att_local_prove(c, o->logs, (struct att_slice){ p.nonce,
		    p.nonce_len }, o->pcrs, note, NULL, &file, &err);
	else
		r = att_prove_run(&p, &config, ATT_CTL_LOCK_MS, &file, &err);
	return r < 0 ? att_ctl_fail(NULL, &err) : put(o, &file);
}

/* -- the commands ---------------------------------------------------------- */

static int
parse_and_run(struct options *o, int argc, char **argv)
{
	const struct att_ctl_option table[] = {
		{ "config", 'c', .text = &o->config },
		{ "direct", .flag = &o->direct },
		{ "json", .flag = &o->json },
		{ "nonce", .text = &o->nonce },
		{ "output", 'o', .text = &o->output },
		{ "pcrs", .text = &o->pcrs },
		{ 0 },
	};
	int status;

	if (!att_ctl_options(o->cmd, table, o, argc, argv, &status))
		return status;
	if (optind != argc)
		return att_ctl_misused(o->cmd, "no word is wanted");
	if (o->logs && o->output == NULL && !o->json)
		return att_ctl_misused(o->cmd, "-o FILE is wanted");
	if (o->json && o->output != NULL)
		return att_ctl_misused(o->cmd, "--json or -o FILE, not both");
	return run(o);
}

int
att_ctl_quote(const struct att_ctl_command *cmd, int argc, char **argv)
{
	struct options o = { .cmd = cmd };

	return parse_and_run(&o, argc, argv);
}

int
att_ctl_evidence(const struct att_ctl_command *cmd, int argc, char **argv)
{
	struct options o = { .cmd = cmd, .logs = true };

	return parse_and_run(&o, argc, argv);
}
