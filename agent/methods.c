#include "agent/methods.h"

#include <string.h>

#include "agent/io_attestd.h"
#include "agent/measured.h"
#include "agent/service.h"
#include "agent/verdict_file.h"
#include "base/file.h"
#include "base/steady.h"
#include "firmware/claims.h"

#define EXIT_SYSTEM 4
#define PROGRESS_MS 1000u
#define NEVER UINT64_MAX

/* -- errors ---------------------------------------------------------------- */

/* `status`: what a program that did the same would have exited with. */
static void
fail(struct att_varlink_call *call, const char *reason, int status)
{
	att_varlink_call_error(call, ATT_LOCAL_E_FAILED,
	    json_pack("{s:s,s:i}", "reason", reason, "status", status));
}

static void
fail_busy(struct att_varlink_call *call, const char *reason)
{
	att_varlink_call_error(call, ATT_LOCAL_E_BUSY,
	    json_pack("{s:s}", "reason", reason));
}

static void
fail_by(struct att_varlink_call *call, const struct att_err *err)
{
	if (err->code == ATT_E_BUSY)
		fail_busy(call, err->text);
	else
		fail(call, err->text, att_service_status_of(err->code));
}

static void
fail_ending(struct att_varlink_call *call)
{
	fail(call, "attestd ends", EXIT_SYSTEM);
}

/* Else the call is ended. */
static bool
is_ready(struct att_varlink_call *call, const struct att_methods *m)
{
	if (m->stops)
		fail_ending(call);
	else if (m->not_configured)
		att_varlink_call_error(call, ATT_LOCAL_E_UNCONFIGURED,
		    json_object());
	else if (m->config == NULL)
		fail(call, m->why.text, m->status);
	else
		return true;
	return false;
}

/* The methods' own, if the caller may and something can be done. */
static struct att_methods *
enter(struct att_varlink_call *call, void *arg)
{
	const struct att_varlink_peer *p = att_varlink_call_peer(call);
	struct att_methods *m = arg;

	if (p != NULL && att_varlink_peer_is_own(p))
		return is_ready(call, m) ? m : NULL;
	att_varlink_call_error(call, ATT_LOCAL_E_DENIED, json_object());
	return NULL;
}

/* -- parameters ------------------------------------------------------------ */

/* Missing, null, or a text; else the call is ended. */
static bool
take_text(struct att_varlink_call *call, const char *name, const char **ret)
{
	const json_t *v = json_object_get(att_varlink_call_parameters(call),
	    name);

	*ret = json_string_value(v);
	if (v == NULL || json_is_null(v) || *ret != NULL)
		return true;
	att_varlink_call_invalid(call, name);
	return false;
}

/* -- the verdict ----------------------------------------------------------- */

static int
read_verdict(const struct att_methods *m, struct att_verdict_file *ret,
    struct att_err *err)
{
	char id[ATT_BOOT_ID_LEN + 1];
	struct att_verdict_now now;
	int r = att_verdict_now(m->config, id, &now, err);

	return r < 0 ? r : att_verdict_file_read(m->config, ATT_OWNER_ANY,
	    &now, ret, err);
}

static void
reply_verdict(struct att_varlink_call *call, json_t *verdict)
{
	att_varlink_call_reply(call, json_pack("{s:O}", "verdict", verdict));
}

/*
 * A pass that is young enough; or what came of an attempt that was none, until
 * the time at which the next one is due. A clock that was set back since says
 * nothing of either.
 */
static bool
will_do(const struct att_verdict_file *f, int64_t max_age)
{
	bool passed = f->status == ATT_PASS &&
	    strcmp(f->outcome, att_outcome_name(ATT_OUTCOME_ACCEPTED)) == 0;

	if (f->other_boot || f->read_at < f->attempted_at)
		return false;
	return passed ? f->read_at - f->at <= max_age :
			f->read_at < f->next_at;
}

/* -- Attest ---------------------------------------------------------------- */

static void
attest_done(void *arg, const struct att_job_end *end)
{
	struct att_varlink_call *call = arg;

	if (end == NULL)
		fail_ending(call);
	else if (end->round->file == NULL)
		fail(call, "the verdict cannot be kept: the log of attestd "
		    "says why", EXIT_SYSTEM);
	else
		reply_verdict(call, end->round->file);
}

/*
 * What a server ordered is kept to even for who wants an attestation by all
 * means: he waits for it for some time, or is told the verdict, which says why.
 * What one ordered of an attestd that has left since is in the verdict.
 */
static bool
is_held_off(const struct att_methods *m, const struct att_verdict_file *f,
    uint64_t now)
{
	const uint64_t patience = ATT_PUSH_PATIENCE * 1000u;

	return att_jobs_held(m->jobs) > now + patience ||
	    (strcmp(f->outcome, att_outcome_name(ATT_OUTCOME_THROTTLED)) ==
		    0 && !f->other_boot && f->read_at >= f->attempted_at &&
		f->next_at > f->read_at + ATT_PUSH_PATIENCE);
}

/* True if the call is answered by what is known. */
static bool
answer_from_file(struct att_varlink_call *call, const struct att_methods *m,
    int64_t max_age, uint64_t now)
{
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file f = { 0 };

	if (read_verdict(m, &f, NULL) < 0 ||
	    !((max_age > 0 && will_do(&f, max_age)) ||
		is_held_off(m, &f, now)))
		return false;
	reply_verdict(call, f.json);
	return true;
}

static void
run_attest(struct att_varlink_call *call, void *arg)
{
	struct att_methods *m = enter(call, arg);
	struct att_job_waiter w = { attest_done, call };
	/* the evidence of one that runs may be older than the call */
	uint64_t now = att_steady_now(), since = NEVER;
	int64_t max_age = 0;
	struct att_err err = { 0 };

	if (m == NULL)
		return;
	if (att_json_int_opt(att_varlink_call_parameters(call), "max_age", 0,
		ATT_LOCAL_AGE_MAX, &max_age, &err) < 0) {
		att_varlink_call_invalid(call, "max_age");
		return;
	}
	if (answer_from_file(call, m, max_age, now))
		return;
	if (max_age > 0)
		since = now - ATT_MIN(now, (uint64_t)max_age * 1000);
	if (att_jobs_attest(m->jobs, since, &w, &err) < 0)
		fail_by(call, &err);
}

/* -- Quote, Evidence ------------------------------------------------------- */

static void
prove_done(void *arg, const struct att_job_end *end)
{
	struct att_varlink_call *call = arg;

	if (end == NULL)
		fail_ending(call);
	else if (end->r < 0)
		fail_by(call, end->err);
	else
		att_varlink_call_reply(call, json_pack("{s:O,s:O}",
		    "evidence", end->evidence, "notes", end->notes));
}

static bool
take_pcrs(struct att_varlink_call *call,
    const struct att_agent_config *config, struct att_prove *p)
{
	const char *pcrs;

	if (!take_text(call, "pcrs", &pcrs))
		return false;
	if (att_prove_pcrs(p, pcrs, config, NULL) == 0)
		return true;
	att_varlink_call_invalid(call, "pcrs");
	return false;
}

static bool
take_nonce(struct att_varlink_call *call, bool required, struct att_prove *p)
{
	const char *nonce;

	if (!take_text(call, "nonce", &nonce))
		return false;
	if ((nonce != NULL || !required) &&
	    att_prove_nonce(p, nonce, NULL) == 0)
		return true;
	att_varlink_call_invalid(call, "nonce");
	return false;
}

static void
prove(struct att_varlink_call *call, void *arg, bool logs)
{
	struct att_methods *m = enter(call, arg);
	struct att_prove p = { .logs = logs };
	struct att_job_waiter w = { prove_done, call };
	struct att_err err = { 0 };

	if (m != NULL && take_nonce(call, !logs, &p) &&
	    take_pcrs(call, m->config, &p) &&
	    att_jobs_prove(m->jobs, &p, &w, &err) < 0)
		fail_by(call, &err);
}

static void
run_quote(struct att_varlink_call *call, void *arg)
{
	prove(call, arg, false);
}

static void
run_evidence(struct att_varlink_call *call, void *arg)
{
	prove(call, arg, true);
}

/* -- MeasureFirmware ------------------------------------------------------- */

static int
read_pass(const struct att_methods *m, struct att_measured_status *s,
    json_t **ret, struct att_err *err)
{
	int r = att_measured_status_read(m->config, s, err);

	return r < 0 ? r : att_measured_status_to_json(s, ret, err);
}

static json_t *
progress_of(const struct att_measured_status *s)
{
	return json_pack("{s:s*,s:I,s:b}", "part",
	    s->of[0] != '\0' ? s->of : NULL, "percent",
	    (json_int_t)s->percent, "done", 0);
}

/* Who has hung up is not kept in mind for as long as a pass may take. */
static void
drop_gone(struct att_methods *m)
{
	for (size_t i = m->passes; i-- > 0;)
		if (att_varlink_call_gone(m->pass[i])) {
			att_varlink_call_reply(m->pass[i], json_object());
			m->pass[i] = m->pass[--m->passes];
		}
}

static void
tell_progress(struct att_methods *m, uint64_t now)
{
	struct att_measured_status s = { 0 };
	bool runs = att_measured_status_read(m->config, &s, NULL) == 0 &&
	    s.state == ATT_MEASURED_RUNNING;

	m->told = now;
	drop_gone(m);
	for (size_t i = 0; runs && i < m->passes; i++)
		if (att_varlink_call_more(m->pass[i]))
			att_varlink_call_notify(m->pass[i], progress_of(&s));
}

static int
read_claims(const struct att_methods *m, json_t **ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);
	int r = att_file_read_kept(m->config->firmware_claims, &b, err);

	return r < 0 ? r : att_json_parse(att_buf_view(&b),
			   ATT_FIRMWARE_CLAIMS_MAX, ret, err);
}

/* What the pass that has ended found; NULL with the reason: nothing. */
static json_t *
result_of(const struct att_methods *m, struct att_err *why)
{
	AUTO(att_json_decref) json_t *firmware = NULL;
	AUTO(att_json_decref) json_t *claims = NULL;
	struct att_measured_status s = { 0 };

	if (read_pass(m, &s, &firmware, why) < 0)
		return NULL;
	if (m->measurer->failed) {
		(void)att_err_set(why, ATT_E_SYS, "%s",
		    s.state == ATT_MEASURED_BROKEN && s.reason[0] != '\0' ?
			s.reason : "the firmware was not measured: the log of "
				   "attestd says why");
		return NULL;
	}
	if (read_claims(m, &claims, why) < 0)
		return NULL;
	return json_pack("{s:b,s:b,s:O,s:O}", "done", 1, "news",
	    (int)m->measurer->news, "firmware", firmware, "claims", claims);
}

static void
end_passes(struct att_methods *m)
{
	struct att_err why = { .code = ATT_E_NOMEM, .text = "no memory" };
	AUTO(att_json_decref) json_t *result = result_of(m, &why);

	while (m->passes > 0) {
		struct att_varlink_call *call = m->pass[--m->passes];

		if (result == NULL)
			fail(call, why.text, EXIT_SYSTEM);
		else
			att_varlink_call_reply(call, json_incref(result));
	}
}

static void
run_measure(struct att_varlink_call *call, void *arg)
{
	struct att_methods *m = enter(call, arg);

	if (m == NULL)
		return;
	if (m->passes == ATT_METHODS_MEASURE_MAX) {
		fail_busy(call, "too many wait for the firmware already");
		return;
	}
	if (m->passes == 0)
		m->told = 0;
	att_measurer_ask(m->measurer, att_steady_now());
	m->pass[m->passes++] = call;
}

void
att_methods_tend(struct att_methods *m, uint64_t now)
{
	if (m->passes == 0)
		return;
	if (!att_measurer_is_busy(m->measurer, now))
		end_passes(m);
	else if (now - m->told >= PROGRESS_MS)
		tell_progress(m, now);
}

uint64_t
att_methods_next(const struct att_methods *m)
{
	return m->passes == 0 ? NEVER : m->told + PROGRESS_MS;
}

void
att_methods_stop(struct att_methods *m)
{
	m->stops = true;
	while (m->passes > 0)
		fail_ending(m->pass[--m->passes]);
}

/* -- Status ---------------------------------------------------------------- */

static bool
is_busy(const struct att_methods *m)
{
	return !att_jobs_idle(m->jobs) || m->measurer->pid != 0;
}

static void
run_status(struct att_varlink_call *call, void *arg)
{
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file f = { 0 };
	AUTO(att_json_decref) json_t *firmware = NULL;
	struct att_measured_status s = { 0 };
	struct att_methods *m = arg;
	struct att_err err = { 0 };
	int r;

	if (!is_ready(call, m))
		return;
	r = read_verdict(m, &f, &err);
	if (r == 0 || r == ATT_E_NOT_FOUND) {
		r = read_pass(m, &s, &firmware, &err);
		if (r == ATT_E_NOT_FOUND)
			r = 0;
	}
	if (r < 0)
		fail_by(call, &err);
	else
		att_varlink_call_reply(call, json_pack("{s:O?,s:O?,s:b}",
		    "verdict", f.other_boot ? NULL : f.json, "firmware",
		    firmware, "busy", (int)is_busy(m)));
}

/* -- the table ------------------------------------------------------------- */

static const char *const of_attest[] = { "max_age", NULL };
static const char *const of_prove[] = { "nonce", "pcrs", NULL };

static const struct att_varlink_method methods[] = {
	{ "Attest", of_attest, run_attest },
	{ "Quote", of_prove, run_quote },
	{ "Evidence", of_prove, run_evidence },
	{ "Status", NULL, run_status },
	{ "MeasureFirmware", NULL, run_measure },
};

static const struct att_varlink_interface interface = {
	.name = ATT_LOCAL_INTERFACE,
	.description = att_local_description,
	.methods = methods,
	.method_count = ATT_COUNT(methods),
};

struct att_varlink_service
att_methods_service(struct att_methods *m)
{
	return (struct att_varlink_service){ .vendor = "attestd",
		.product = "attestd", .version = ATT_VERSION,
		.url = "man:attestd(8)", .interfaces = &interface,
		.interface_count = 1, .arg = m };
}
