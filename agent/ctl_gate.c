/* attestctl gate: may what waits for this node to be trusted start? */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <systemd/sd-daemon.h>

#include "agent/ctl_agent.h"
#include "agent/follow.h"
#include "agent/local.h"
#include "agent/tell.h"
#include "appraise/ear.h"
#include "base/file.h"
#include "base/steady.h"
#include "base/text.h"

#define MAX_AGE_S 30	/* the attestation of the boot just now will do */
#define TIMEOUT_S 60	/* below TimeoutStartSec=, 90 s by default */
#define TIMEOUT_MAX_S 3600

/* What is left of the time for the TPM, when attestd has had its share. */
#define TPM_SHARE_MS 5000u
/* Of a first look; attestd may be at work with it just then. */
#define TPM_FIRST_MS 2000u
#define NAP_MS 500	/* before an attestd that is busy is asked again */

struct options {
	const struct att_ctl_command *cmd;
	const char *config;
	const char *unit;	/* which waits, or NULL */
	int64_t max_age, timeout;	/* seconds */
	bool is_strict;			/* nothing older opens it */
	bool cached;
};

/* Exit statuses of a gate; whatever is not 0 keeps a unit from starting. */
static int
status_of(enum att_gate_state s)
{
	switch (s) {
	case ATT_GATE_OPEN:
		return ATT_CTL_GOOD;
	case ATT_GATE_CLOSED:
		return ATT_CTL_VERDICT;
	case ATT_GATE_UNDECIDED:
		break;
	}
	return ATT_CTL_SYSTEM;
}

/* -- asking attestd -------------------------------------------------------- */

static int
attest_once(const char *path, int64_t max_age, unsigned ms,
    struct att_err *err)
{
	AUTO(att_varlink_client_free) struct att_varlink_client *c = NULL;
	AUTO(att_json_decref) json_t *reply = NULL;
	int r = att_varlink_connect(path, ms, &c, err);

	return r < 0 ? r : att_local_call(c, ATT_LOCAL_ATTEST,
	    json_pack("{s:I}", "max_age", (json_int_t)max_age), ms, &reply,
	    err);
}

/* What attestd makes of it lies in its run directory then. */
static int
attest(const struct att_agent_config *config, int64_t max_age, uint64_t end,
    struct att_err *err)
{
	AUTO(free) char *path = att_path_join(config->run_dir,
	    ATT_LOCAL_SOCKET);
	uint64_t now = att_steady_now();
	int r;

	if (path == NULL)
		return att_err_nomem(err);
	for (;;) {
		r = attest_once(path, max_age,
		    now < end ? (unsigned)(end - now) : 1, err);
		now = att_steady_now();
		if (r != ATT_E_BUSY || now + NAP_MS >= end)
			return r;
		att_steady_nap(NAP_MS);
		now = att_steady_now();
	}
}

/* -- judging --------------------------------------------------------------- */

static void ATT_PRINTF(2, 3)
add(struct att_gate *g, const char *fmt, ...)
{
	size_t n = strlen(g->reason);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(g->reason + n, sizeof(g->reason) - n, fmt, ap);
	va_end(ap);
	att_text_mask(g->reason);
}

/*
 * Where somebody asked for it, a pass does not stand until it expires: an
 * attestd that was taken over could show it for as long, and say that it has
 * none later. `spent`: seconds since it was to be so young.
 */
static void
hold_to_age(const struct options *o, int64_t spent, struct att_gate *g)
{
	if (!o->is_strict || g->state != ATT_GATE_OPEN ||
	    (g->age >= 0 && g->age <= o->max_age + spent + ATT_EAR_SKEW))
		return;
	g->state = ATT_GATE_UNDECIDED;
	add(g, "the verifier's last pass is older than the %lld s of "
	    "--max-age", (long long)o->max_age);
}

/* By what is there already: for who asks often and cannot wait. */
static int
judge_cached(const struct options *o, const struct att_agent_config *config)
{
	struct att_gate_tpm tpm;
	struct att_gate g;

	att_gate_tpm_kept(config, &tpm);
	att_gate_judge(config, &tpm, &g);
	hold_to_age(o, 0, &g);
	if (g.state != ATT_GATE_OPEN)
		att_ctl_note("gate", "%s: %s", att_gate_name(g.state),
		    g.reason);
	return status_of(g.state);
}

static void
judge(const struct att_agent_config *config, uint64_t end, unsigned tpm_ms,
    unsigned ek_ms, struct att_gate *ret)
{
	uint64_t now = att_steady_now();
	unsigned left = now < end ? (unsigned)(end - now) : 1;
	struct att_gate_tpm tpm;

	att_gate_tpm_ask(config, ATT_MIN(left, tpm_ms),
	    ATT_MIN(left, ek_ms), &tpm);
	att_gate_judge(config, &tpm, ret);
}

/*
 * A pass that is young enough is taken as it is. Else attestd is asked; a pass
 * that has not expired stands, whatever became of that, unless --max-age says
 * otherwise.
 */
static void
find_out(const struct options *o, const struct att_agent_config *config,
    struct att_gate *ret)
{
	uint64_t start = att_steady_now();
	uint64_t end = start + (uint64_t)o->timeout * 1000;
	uint64_t share = ATT_MIN((uint64_t)o->timeout * 250, TPM_SHARE_MS);
	struct att_err err = { 0 };
	int r;

	judge(config, end, TPM_FIRST_MS, TPM_FIRST_MS, ret);
	if (ret->state == ATT_GATE_OPEN && ret->age >= 0 &&
	    ret->age <= o->max_age)
		return;
	(void)sd_notifyf(0, "STATUS=attestd: attesting, for up to %lld s\n"
	    "EXTEND_TIMEOUT_USEC=%lld", (long long)o->timeout,
	    (long long)(o->timeout + 10) * 1000000);
	r = attest(config, o->max_age, end - share, &err);
	judge(config, end, ATT_GATE_TPM_MS, ATT_GATE_EK_MS, ret);
	hold_to_age(o, (int64_t)(att_steady_now() - start) / 1000, ret);
	if (r < 0 && ret->state != ATT_GATE_OPEN)
		add(ret, "; attesting failed: %s", err.text);
}

/* To the journal with what tools look for, and to `systemctl status`. */
static void
say(const struct options *o, const struct att_gate *g)
{
	const struct att_tell_field fields[] = {
		{ "ATTESTD_UNIT", o->unit },
		{ "ATTESTD_VERDICT", att_gate_name(g->state) },
		{ "ATTESTD_REASON", g->reason },
		{ "ATTESTD_NODE", g->agent_id },
		{ "ATTESTD_VERIFIER", g->verifier },
	};
	bool open = g->state == ATT_GATE_OPEN;
	const char *unit = o->unit != NULL ? o->unit : "";
	char text[1024];

	if (open)
		(void)snprintf(text, sizeof(text), "gate open: %s trusts this "
		    "node, %s", g->verifier, g->proof == ATT_GATE_PROVEN ?
		    "by its signature" : "by the word of attestd");
	else
		(void)snprintf(text, sizeof(text), "gate %s: %s; see attestctl "
		    "status", att_gate_name(g->state), g->reason);
	att_tell(open ? ATT_LOG_INFO : ATT_LOG_WARNING,
	    open ? ATT_MESSAGE_GATE_OPEN : ATT_MESSAGE_GATE_SHUT, fields,
	    ATT_COUNT(fields), "%s%s%s", unit, unit[0] != '\0' ? ": " : "",
	    text);
	(void)sd_notifyf(0, "STATUS=attestd: %s", text);
}

static int
gate(const struct options *o)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config config = {
		0 };
	int status = att_ctl_config(o->config, &config);
	struct att_gate g;

	if (status != ATT_CTL_GOOD)
		return status;
	if (o->cached)
		return judge_cached(o, &config);
	/* a unit's journal says who let it start; a person asks status */
	att_log_open("attestctl", o->unit != NULL ? ATT_LOG_INFO :
						    ATT_LOG_NOTICE);
	find_out(o, &config, &g);
	say(o, &g);
	return status_of(g.state);
}

/* -- the command ----------------------------------------------------------- */

int
att_ctl_gate(const struct att_ctl_command *cmd, int argc, char **argv)
{
	struct options o = { .cmd = cmd, .max_age = -1,
		.timeout = TIMEOUT_S };
	const struct att_ctl_option table[] = {
		{ "cached", .flag = &o.cached },
		{ "config", 'c', .text = &o.config },
		{ "max-age", .number = &o.max_age, .max = ATT_LOCAL_AGE_MAX },
		{ "timeout", .number = &o.timeout, .min = 1,
		    .max = TIMEOUT_MAX_S },
		{ "unit", .text = &o.unit },
		{ 0 },
	};
	int status;

	if (!att_ctl_options(cmd, table, &o, argc, argv, &status))
		return status;
	o.is_strict = o.max_age >= 0;
	if (!o.is_strict)
		o.max_age = MAX_AGE_S;
	return optind != argc ? att_ctl_misused(cmd, "no word is wanted") :
				gate(&o);
}
