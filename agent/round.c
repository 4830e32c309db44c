#include "agent/round.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "http/retry.h"

/* How long until the next round, where no server ordered a time. */
enum pace {
	PACE_BACKOFF,	/* longer each time */
	PACE_INTERVAL,	/* as if all was well, with jitter */
	PACE_AT_LEAST,	/* the longer of the two */
	PACE_SLOW,	/* somebody has to do something first */
};

static const struct {
	const char *name;
	enum pace pace;
	bool keeps_verdict;
	const char *advice;
} outcomes[ATT_OUTCOME_COUNT] = {
	[ATT_OUTCOME_NONE] = { "none", PACE_BACKOFF, false, "" },
	[ATT_OUTCOME_ACCEPTED] = { "accepted", PACE_INTERVAL, false, "" },
	[ATT_OUTCOME_WAITING] = { "waiting-for-enrolment", PACE_INTERVAL,
	    false, "enrol this node at the verifier: attestctl node admit, or "
		   "keylime_tenant -c add --push-model" },
	[ATT_OUTCOME_NO_POLICY] = { "no-policy", PACE_INTERVAL, false,
	    "give this node a policy at the verifier; without one it never "
	    "passes" },
	[ATT_OUTCOME_CONFLICT] = { "identity-conflict", PACE_SLOW, false,
	    "find out whether this TPM was cleared or replaced, or another "
	    "node took the id; then delete the old record: attestctl node "
	    "delete, or keylime_tenant -c regdelete" },
	[ATT_OUTCOME_REFUSED] = { "refused", PACE_AT_LEAST, false,
	    "read the reason; the verifier's log says more" },
	[ATT_OUTCOME_THROTTLED] = { "throttled", PACE_BACKOFF, true,
	    "nothing, unless it lasts: then many nodes share one address" },
	[ATT_OUTCOME_EARLY] = { "too-early", PACE_INTERVAL, true, "" },
	[ATT_OUTCOME_CLOCK_UNSAFE] = { "tpm-clock-unsafe", PACE_AT_LEAST,
	    false, "wait: the TPM lost power and its clock has to catch up" },
	[ATT_OUTCOME_LATER] = { "retry-later", PACE_BACKOFF, true,
	    "see that the verifier runs, that this node reaches it and that "
	    "ca_file has its CA" },
	[ATT_OUTCOME_TROUBLE] = { "node-trouble", PACE_BACKOFF, false,
	    "put this node right: no verifier is to blame" },
	[ATT_OUTCOME_STOPPED] = { "stopped", PACE_BACKOFF, true, "" },
	[ATT_OUTCOME_AGAIN] = { "again", PACE_BACKOFF, false, "" },
	[ATT_OUTCOME_TOKEN] = { "again", PACE_BACKOFF, false, "" },
};

const char *
att_outcome_name(enum att_outcome o)
{
	return outcomes[o].name;
}

enum att_outcome
att_outcome_by_name(const char *name)
{
	for (unsigned o = ATT_OUTCOME_ACCEPTED; o <= ATT_OUTCOME_STOPPED; o++)
		if (strcmp(outcomes[o].name, name) == 0)
			return (enum att_outcome)o;
	return ATT_OUTCOME_NONE;
}

const char *
att_outcome_advice(enum att_outcome o)
{
	return outcomes[o].advice;
}

bool
att_outcome_keeps_verdict(enum att_outcome o)
{
	return outcomes[o].keeps_verdict;
}

void
att_round_done(struct att_round *r)
{
	free(r->result);
	json_decref(r->verdict);
	json_decref(r->file);
	*r = (struct att_round){ 0 };
}

enum att_outcome
att_round_end(struct att_round *r, enum att_outcome o, const char *fmt, ...)
{
	va_list ap;

	if (r->outcome != ATT_OUTCOME_NONE)
		return r->outcome;
	va_start(ap, fmt);
	(void)vsnprintf(r->reason, sizeof(r->reason), fmt, ap);
	va_end(ap);
	att_text_mask(r->reason);
	r->outcome = o;
	return o;
}

enum att_outcome
att_round_fail(struct att_round *r, const char *what,
    const struct att_err *err)
{
	bool ours = att_code_kind(err->code) == ATT_KIND_SYSTEM;

	return att_round_end(r,
	    ours ? ATT_OUTCOME_TROUBLE : ATT_OUTCOME_REFUSED, "%s: %s", what,
	    err->text);
}

const char *
att_round_reason(const struct att_round *r)
{
	const json_t *list = json_object_get(r->verdict, "findings");
	const char *text = json_string_value(
	    json_object_get(json_array_get(list, 0), "text"));
	bool passed = r->outcome == ATT_OUTCOME_ACCEPTED &&
	    r->standing == ATT_STANDING_PASS;

	return r->reason[0] != '\0' || text == NULL || passed ? r->reason :
								text;
}

int
att_outcome_exit_status(enum att_outcome o, bool pass)
{
	switch (o) {
	case ATT_OUTCOME_ACCEPTED:
		return pass ? 0 : 1;
	case ATT_OUTCOME_WAITING:
	case ATT_OUTCOME_NO_POLICY:
	case ATT_OUTCOME_CONFLICT:
	case ATT_OUTCOME_REFUSED:
	case ATT_OUTCOME_CLOCK_UNSAFE:
		return 1;
	default:
		return 4;
	}
}

int
att_round_exit_status(const struct att_round *r)
{
	return att_outcome_exit_status(r->outcome,
	    r->standing == ATT_STANDING_PASS);
}

/* -- statuses ----------------------------------------------------------- */

static const struct {
	const char *name;
	unsigned good[2];
} steps[ATT_STEP_COUNT] = {
	[ATT_STEP_VERSION] = { "versions of the registrar", { 200 } },
	[ATT_STEP_REGISTER] = { "registration", { 200 } },
	[ATT_STEP_ACTIVATE] = { "activation", { 200 } },
	[ATT_STEP_SESSION] = { "session", { 200, 201 } },
	[ATT_STEP_PROOF] = { "proof of possession", { 200 } },
	[ATT_STEP_OFFER] = { "negotiation", { 201 } },
	[ATT_STEP_EVIDENCE] = { "evidence", { 202 } },
	[ATT_STEP_STATUS] = { "verdict", { 200 } },
};

#define AT(step) (1u << ATT_STEP_##step)
#define WITH_TOKEN (AT(OFFER) | AT(EVIDENCE) | AT(STATUS))
#define ANYWHERE ((1u << ATT_STEP_COUNT) - 1)
#define ROW(steps, from, until, ends, word)                                  \
	{ .at = (steps), .status = (from), .to = (until),                    \
	    .outcome = ATT_OUTCOME_##ends, .code = (word) }

/* The first row that fits counts: from status to status, with this code. */
static const struct {
	unsigned at;
	unsigned status, to;
	enum att_outcome outcome;
	const char *code;	/* NULL: any, or none */
} rows[] = {
	/* no such path: of another version, perhaps */
	ROW(AT(VERSION) | AT(REGISTER), 404, 404, AGAIN, NULL),
	ROW(AT(VERSION) | AT(REGISTER), 410, 410, AGAIN, NULL),
	ROW(AT(REGISTER), 403, 403, CONFLICT, NULL),
	/* the record is gone: begin again with registration */
	ROW(AT(ACTIVATE), 400, 400, AGAIN, NULL),
	ROW(AT(ACTIVATE), 404, 404, AGAIN, NULL),
	/* no CA endorses the EK, and no operator has */
	ROW(AT(ACTIVATE), 403, 403, WAITING, NULL),
	ROW(AT(ACTIVATE), 409, 409, CONFLICT, NULL),
	/* which key is enrolled is for the caller to explain */
	ROW(AT(PROOF), 401, 401, TOKEN, NULL),
	/* a session is used once, and is gone when its challenge is */
	ROW(AT(PROOF), 400, 400, AGAIN, NULL),
	ROW(AT(PROOF), 404, 404, AGAIN, NULL),
	ROW(WITH_TOKEN, 401, 401, TOKEN, NULL),
	ROW(WITH_TOKEN, 403, 403, AGAIN, "old_attestation"),
	ROW(WITH_TOKEN, 403, 403, AGAIN, "evidence_immutable"),
	ROW(WITH_TOKEN, 403, 403, AGAIN, "challenges_expired"),
	ROW(WITH_TOKEN, 403, 403, TOKEN, NULL),
	ROW(WITH_TOKEN, 404, 404, WAITING, NULL),
	ROW(WITH_TOKEN, 409, 409, AGAIN, NULL),
	ROW(ANYWHERE, 429, 429, EARLY, "premature_attestation"),
	ROW(ANYWHERE, 503, 503, EARLY, "verification_in_progress"),
	ROW(ANYWHERE, 429, 429, THROTTLED, NULL),
	ROW(ANYWHERE, 500, 599, LATER, NULL),
	/* not followed: whoever is there is not the server we look for */
	ROW(ANYWHERE, 300, 399, LATER, NULL),
	ROW(ANYWHERE, 200, 599, REFUSED, NULL),
};

static enum att_outcome
outcome_at(enum att_step step, unsigned status, const char *code)
{
	for (size_t i = 0; i < ATT_COUNT(rows); i++)
		if ((rows[i].at & (1u << step)) != 0 &&
		    rows[i].status <= status && status <= rows[i].to &&
		    (rows[i].code == NULL ||
			strcmp(rows[i].code, code) == 0))
			return rows[i].outcome;
	return ATT_OUTCOME_REFUSED;
}

enum att_outcome
att_round_status(struct att_round *r, enum att_step step,
    const struct att_http_response *resp,
    const struct att_agent_config *config)
{
	struct att_problem why = { 0 };
	enum att_outcome o;
	int64_t now;

	if (resp->status == steps[step].good[0] ||
	    resp->status == steps[step].good[1])
		return ATT_OUTCOME_NONE;
	att_problem_parse(att_buf_view(&resp->body), &why);
	o = outcome_at(step, resp->status, why.code);
	/* by the server's clock where it tells that: ours may be set anyhow */
	now = att_http_date(resp->date, (int64_t)time(NULL));
	r->wait = att_http_retry_after(resp->retry_after, now, 0,
	    (uint32_t)config->retry_after_max, 0);
	if (o == ATT_OUTCOME_AGAIN || o == ATT_OUTCOME_TOKEN)
		return o;
	return att_round_end(r, o, "%s: status %u%s%s%s%s%s",
	    steps[step].name, resp->status, why.detail[0] != '\0' ? ": " : "",
	    why.detail, why.pointer[0] != '\0' ? " (at " : "", why.pointer,
	    why.pointer[0] != '\0' ? ")" : "");
}

/* -- waits -------------------------------------------------------------- */

/* A whole number from `low` to `high`; `random` is spread over them. */
static uint64_t
spread(uint64_t low, uint64_t high, uint64_t random)
{
	return low >= high ? low : low + random % (high - low + 1);
}

static uint64_t
backoff(const struct att_agent_config *config, unsigned failures,
    uint64_t random)
{
	uint64_t low = (uint64_t)config->backoff_min;
	uint64_t max = (uint64_t)config->backoff_max;
	uint64_t high = low;

	for (unsigned i = 0; i < failures && high < max; i++)
		high *= 2;
	return spread(low * 1000, ATT_MIN(high, max) * 1000, random);
}

static uint64_t
unordered(enum pace pace, const struct att_agent_config *config,
    unsigned failures, uint64_t random)
{
	uint64_t interval = (uint64_t)config->interval * 1000;
	uint64_t longer = spread(interval, interval + interval / 2, random);
	uint64_t slow = (uint64_t)config->interval_max * 1000;
	uint64_t back = backoff(config, failures, random);

	switch (pace) {
	case PACE_INTERVAL:
		return longer;
	case PACE_SLOW:
		return spread(slow / 2, slow, random);
	case PACE_AT_LEAST:
		return back > longer ? back : longer;
	case PACE_BACKOFF:
		break;
	}
	return back;
}

/*
 * How far apart nodes come back that were told the same. Those that share an
 * address and its limit were too many at once, and would be again.
 */
static uint64_t
straggle(enum att_outcome o, uint64_t ordered)
{
	return o == ATT_OUTCOME_THROTTLED ? ordered :
					    ATT_MIN(ordered / 4, 5000);
}

/* Until more evidence is due, or what was sent is asked about again. */
static uint64_t
accepted(const struct att_round *r, const struct att_agent_config *config,
    uint64_t random)
{
	uint64_t wait = (uint64_t)(r->wait != 0 ? r->wait :
						  config->interval) * 1000;
	uint64_t max = (uint64_t)config->interval_max * 1000;
	uint64_t next = spread(wait, ATT_MIN(wait + wait / 10, max), random);

	return r->asked == 0 ? next :
			       ATT_MIN(next, backoff(config, r->asked - 1,
						 random));
}

uint64_t
att_round_wait(const struct att_round *r,
    const struct att_agent_config *config, unsigned failures, uint64_t random)
{
	uint64_t ordered = (uint64_t)r->wait * 1000;

	if (r->outcome == ATT_OUTCOME_ACCEPTED)
		return accepted(r, config, random);
	/* a server that orders a wait orders it for many nodes at once */
	if (ordered != 0)
		return spread(ordered, ordered + straggle(r->outcome, ordered),
		    random);
	return unordered(outcomes[r->outcome].pace, config, failures, random);
}
