#include "agent/gate.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/owned.h"
#include "agent/result.h"
#include "base/number.h"
#include "base/text.h"
#include "crypto/jws.h"

#define KEYS_MAX (1u << 20)	/* bytes of a key set */

/* Seconds that evidence may be older than the result that was made of it. */
#define EVIDENCE_SLACK_S 60

/* What no result lasts longer than, in seconds: a year. */
#define LIFETIME_MAX 31536000

const char *
att_gate_name(enum att_gate_state s)
{
	static const char *const names[] = {
		[ATT_GATE_UNDECIDED] = "undecided",
		[ATT_GATE_CLOSED] = "closed",
		[ATT_GATE_OPEN] = "open",
	};

	return s < ATT_COUNT(names) ? names[s] : "undecided";
}

/* Not open, and why; always false. */
static bool ATT_PRINTF(3, 4)
shut(struct att_gate *g, enum att_gate_state state, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(g->reason, sizeof(g->reason), fmt, ap);
	va_end(ap);
	att_text_mask(g->reason);
	g->state = state;
	return false;
}

/* Not proven, and why. */
static enum att_gate_proof ATT_PRINTF(3, 4)
doubt(struct att_gate *g, enum att_gate_proof proof, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(g->unproven, sizeof(g->unproven), fmt, ap);
	va_end(ap);
	att_text_mask(g->unproven);
	return proof;
}

/* -- the signed result ----------------------------------------------------- */

/* Is `a` later than `b`, both in ms, by more than so many seconds? */
static bool
is_later(uint64_t a, uint64_t b, int64_t seconds)
{
	return a > b && (a - b) / 1000 > (uint64_t)seconds;
}

/*
 * Was the evidence given in this boot of the TPM, and not long ago? What the
 * TPM signed tells, so neither a clock that was set nor attestd has a say.
 */
static bool
is_of_now(const struct att_result *res, const struct att_gate_tpm *tpm,
    struct att_gate *g)
{
	json_t *said = json_object_get(res->verdict, "tpm");
	int64_t life = res->ear.expires - res->ear.issued;
	const char *text = NULL;
	int64_t resets, restarts;
	uint64_t clock;

	if (!tpm->known)
		return shut(g, ATT_GATE_UNDECIDED,
		    "the TPM could not be asked which boot this is: %s",
		    tpm->err.text);
	if (att_json_int(said, "reset_count", 0, UINT32_MAX, &resets, NULL) <
		0 ||
	    att_json_int(said, "restart_count", 0, UINT32_MAX, &restarts,
		NULL) < 0 ||
	    att_json_str(said, "clock", &text, NULL) < 0 ||
	    !att_number_read(text, UINT64_MAX, &clock))
		return shut(g, ATT_GATE_UNDECIDED, "the verifier's result does "
		    "not say which boot of the TPM it is of; those of "
		    "attest-verifier do");
	if (resets != tpm->clock.reset_count)
		return shut(g, ATT_GATE_UNDECIDED, "the verifier's result is "
		    "of another boot: the TPM was reset %lld times then, and "
		    "%u times now; attest again", (long long)resets,
		    tpm->clock.reset_count);
	if (restarts != tpm->clock.restart_count)
		return shut(g, ATT_GATE_UNDECIDED, "this node was suspended "
		    "since it gave the evidence; attest again");
	/* a TPM's clock may run up to a third too fast (Part 1, 36) */
	life = life < 0 ? 0 : ATT_MIN(life, LIFETIME_MAX);
	if (is_later(tpm->clock.clock, clock,
		life + life / 3 + EVIDENCE_SLACK_S))
		return shut(g, ATT_GATE_UNDECIDED, "the verifier's result has "
		    "expired by the clock of the TPM, and this node's clock is "
		    "slow; attest again");
	/* as may be where the TPM was asked before it gave the evidence */
	if (is_later(clock, tpm->clock.clock, life / 3 + EVIDENCE_SLACK_S))
		return shut(g, ATT_GATE_UNDECIDED, "the verifier's result is "
		    "of another TPM, or of a state that this one was taken "
		    "back from: the clock of the TPM is behind it");
	return true;
}

/*
 * The node said which boot it is before it was given the challenge, so who has
 * a result that says this one quoted in it: a boot id cannot be guessed. The
 * TPM counts no kexec, and begins anew when it is cleared.
 */
static bool
is_of_this_boot(const struct att_result *res, const char *boot_id,
    struct att_gate *g)
{
	const char *said = res->ear.boot_id;

	if (said[0] == '\0')
		return shut(g, ATT_GATE_UNDECIDED, "the verifier's result does "
		    "not say which boot of this node it is of; those of "
		    "attest-verifier do");
	return strcmp(said, boot_id) == 0 ||
	    shut(g, ATT_GATE_UNDECIDED, "the verifier's result is of another "
		"boot of this node, or of another node");
}

static bool
is_good_tier(enum att_tier tier, const struct att_gate_by *by,
    struct att_gate *g)
{
	if (tier == ATT_TIER_AFFIRMING ||
	    (tier == ATT_TIER_WARNING && by->tier == ATT_GATE_WARNING))
		return true;
	if (tier == ATT_TIER_NONE)
		return shut(g, ATT_GATE_UNDECIDED, "the verifier has not "
		    "decided about this node, by what it signed");
	return shut(g, ATT_GATE_CLOSED, "the verifier's signed result is "
	    "\"%s\"%s", att_tier_name(tier), tier == ATT_TIER_WARNING ?
		", and gate_tier wants affirming" : ", though verdict.json "
		"says that it is a pass");
}

/* Whose it is, and about which node; the file may say what it will. */
static enum att_gate_proof
prove(const struct att_verdict_file *f, const struct att_gate_by *by,
    struct att_result *ret, struct att_gate *g)
{
	struct att_err err = { 0 };
	struct att_slice jwt;

	if (by->failed != NULL)
		return doubt(g, ATT_GATE_UNKNOWN, "%s", by->failed->text);
	if (by->keys == NULL)
		return ATT_GATE_UNCHECKED;
	if (f->result == NULL)
		return doubt(g, ATT_GATE_UNPROVEN, "the verifier gave no "
		    "signed result, and with result_keys nothing else counts");
	jwt = att_slice_of(f->result);
	if (att_result_read(jwt, by->keys, by->now.now, ret, &err) < 0)
		return doubt(g, ATT_GATE_UNPROVEN,
		    "the verifier's signed result is not valid: %s", err.text);
	if (by->node == NULL)
		return doubt(g, ATT_GATE_UNKNOWN, "the TPM could not be asked "
		    "for the EK that names this node: %s", by->tpm->err.text);
	if (strcmp(ret->ear.node, by->node) != 0)
		return doubt(g, ATT_GATE_UNPROVEN, "the verifier's signed "
		    "result is about \"%s\", and this node is \"%s\"",
		    ret->ear.node, by->node);
	return ATT_GATE_PROVEN;
}

/* It is good enough, and of this boot. */
static bool
is_signed_pass(const struct att_result *res, const struct att_gate_by *by,
    struct att_gate *g)
{
	if (g->proof != ATT_GATE_PROVEN)
		return shut(g, ATT_GATE_UNDECIDED, "%s%s",
		    by->failed != NULL ?
			"the verifier's signature could not be checked: " :
			"", g->unproven);
	if (!is_good_tier(res->ear.status, by, g) ||
	    !is_of_this_boot(res, by->now.boot_id, g) ||
	    !is_of_now(res, by->tpm, g))
		return false;
	g->good_for = ATT_MIN(g->good_for, res->ear.expires - by->now.now);
	return true;
}

/* -- the judgement --------------------------------------------------------- */

/* The verdict beside the result: what shuts the gate without any proof. */
static bool
is_pass(const struct att_verdict_file *f, struct att_gate *g)
{
	const char *why = f->reason[0] != '\0' ? f->reason :
						 f->attempt_reason;

	if (f->other_boot)
		return shut(g, ATT_GATE_UNDECIDED,
		    "no attestation since this node was started");
	if (f->over)
		return shut(g, ATT_GATE_UNDECIDED, "the last verdict has "
		    "expired, and there is none after it%s%s",
		    f->attempt_reason[0] != '\0' ? ": " : "",
		    f->attempt_reason);
	switch (f->status) {
	case ATT_PASS:
		return true;
	case ATT_FAIL:
		return shut(g, ATT_GATE_CLOSED,
		    "the verifier does not trust this node%s%s",
		    why[0] != '\0' ? ": " : "", why);
	case ATT_UNDECIDED:
		break;
	}
	return shut(g, ATT_GATE_UNDECIDED, "%s", why[0] != '\0' ? why :
	    "the verifier has not decided about this node");
}

/* Until the next attempt; the clock may have been set since the last one. */
static int64_t
due_in(const struct att_verdict_file *f, int64_t now)
{
	int64_t wait = f->next_at - f->attempted_at, left = f->next_at - now;

	if (f->other_boot)
		return -1;
	return left < 0 || wait < 0 ? 0 : ATT_MIN(left, wait);
}

void
att_gate_weigh(const struct att_verdict_file *f, const struct att_gate_by *by,
    struct att_gate *ret)
{
	AUTO_DONE(att_result_done) struct att_result res = { 0 };

	*ret = (struct att_gate){ .due_in = due_in(f, by->now.now),
		.age = by->now.now >= f->at ? by->now.now - f->at : -1,
		.good_for = ATT_MIN(f->expires_at - by->now.now,
		    f->expires_uptime - by->now.uptime) };
	(void)snprintf(ret->agent_id, sizeof(ret->agent_id), "%s",
	    f->agent_id);
	(void)snprintf(ret->verifier, sizeof(ret->verifier), "%s",
	    f->verifier);
	att_text_mask(ret->agent_id);
	att_text_mask(ret->verifier);
	ret->proof = prove(f, by, &res, ret);
	/* by what it signed, and not by the file beside it */
	if (ret->proof == ATT_GATE_PROVEN)
		ret->age = by->now.now > res.ear.issued ?
		    by->now.now - res.ear.issued : 0;
	if (is_pass(f, ret) && (ret->proof == ATT_GATE_UNCHECKED ||
		is_signed_pass(&res, by, ret)))
		ret->state = ATT_GATE_OPEN;
}

int
att_gate_keys(const struct att_agent_config *config, json_t **ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(KEYS_MAX);
	int r;

	*ret = NULL;
	if (config->result_keys == NULL)
		return 0;
	if ((r = att_owned_read_path(config->result_keys, ATT_OWNER_ROOT, &b,
		 err)) == 0 &&
	    (r = att_jws_set_parse(att_buf_view(&b), ret, err)) < 0)
		att_err_prefix(err, "%s", config->result_keys);
	return r;
}

/*
 * The id that results must be about, or NULL. Of hash_ek it is what the TPM
 * says: a taken-over attestd may hold a good result of another node.
 */
static const char *
node_of(const struct att_agent_config *config,
    const struct att_gate_tpm *tpm)
{
	const char *node = att_gate_tpm_names(config) ? tpm->ek_id :
							config->agent_id;

	return node[0] == '\0' ? NULL : node;
}

static bool
is_for_others(const struct att_err *err)
{
	return err->code == ATT_E_SYS && err->sub == EACCES;
}

void
att_gate_judge_file(const struct att_agent_config *config, const json_t *keys,
    const struct att_verdict_file *f, const struct att_verdict_now *now,
    const struct att_gate_tpm *tpm, struct att_gate *ret)
{
	AUTO(att_json_decref) json_t *own = NULL;
	struct att_gate_by by = { .now = *now, .keys = keys, .tpm = tpm,
		.node = node_of(config, tpm),
		.tier = (enum att_gate_tier)config->gate_tier };
	struct att_err err = { 0 };
	int r = 0;

	if (keys == NULL) {
		r = att_gate_keys(config, &own, &err);
		by.keys = own;
	}
	if (r < 0)
		by.failed = &err;
	att_gate_weigh(f, &by, ret);
	/* else it is shut for a reason that everybody is told */
	ret->is_secret = ret->proof == ATT_GATE_UNKNOWN &&
	    f->status == ATT_PASS && is_for_others(&err);
}

static int
judge(const struct att_agent_config *config, const struct att_gate_tpm *tpm,
    struct att_gate *ret, struct att_err *err)
{
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file f = { 0 };
	char boot_id[ATT_BOOT_ID_LEN + 1];
	struct att_verdict_now now;
	int r;

	if ((r = att_verdict_now(config, boot_id, &now, err)) < 0)
		return r;
	r = att_verdict_file_read(config, ATT_OWNER_SERVICE, &now, &f, err);
	if (r == ATT_E_NOT_FOUND)
		return att_err_set(err, r,
		    "no attestation since this node was started (%s/"
		    ATT_VERDICT_FILE ")", config->run_dir);
	if (r < 0)
		return r;
	att_gate_judge_file(config, NULL, &f, &now, tpm, ret);
	return 0;
}

void
att_gate_judge(const struct att_agent_config *config,
    const struct att_gate_tpm *tpm, struct att_gate *ret)
{
	struct att_err err = { 0 };

	*ret = (struct att_gate){ .due_in = -1, .age = -1 };
	if (judge(config, tpm, ret, &err) == 0)
		return;
	(void)shut(ret, ATT_GATE_UNDECIDED, "%s", err.text);
	ret->is_secret = is_for_others(&err);
}

bool
att_gate_waits(const char *root, const char *unit)
{
	/* as systemd.unit(5) has them */
	static const char *const dirs[] = { "/etc", "/run", "/usr/local/lib",
		"/usr/lib", "/lib" };

	for (size_t i = 0; i < ATT_COUNT(dirs); i++) {
		AUTO(free) char *path = NULL;

		if (asprintf(&path, "%s%s/systemd/system/%s.d/"
		    ATT_GATE_DROP_IN, root, dirs[i], unit) < 0) {
			path = NULL;
			return false;
		}
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}
