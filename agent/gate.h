/*
 * Whether what waits for this node to be trusted may start. Only a pass that is
 * proven, of this boot, and not over opens the gate; whatever cannot be told
 * keeps it shut.
 *
 * Where `result_keys` is configured, what proves it is the verifier's signed
 * result, about this node, of this boot of its TPM, and not attestd's word.
 * Root on the node can take the gate away: what binds is at the verifier, which
 * hands out what a node joins with.
 */
#ifndef ATT_AGENT_GATE_H
#define ATT_AGENT_GATE_H

#include "agent/gate_tpm.h"
#include "agent/verdict_file.h"

enum att_gate_state {
	ATT_GATE_UNDECIDED = 0,	/* nothing here proves a pass */
	ATT_GATE_CLOSED,	/* the verifier says no */
	ATT_GATE_OPEN,
};
/* "undecided", "closed", "open". */
const char *att_gate_name(enum att_gate_state s) ATT_MUST;

/* Whose the result is that lies beside the verdict. */
enum att_gate_proof {
	ATT_GATE_UNCHECKED = 0,	/* there are no keys to check it by */
	ATT_GATE_PROVEN,	/* the verifier's, about this node, not over */
	ATT_GATE_UNPROVEN,	/* not so, or there is none */
	ATT_GATE_UNKNOWN,	/* it could not be checked */
};

#define ATT_GATE_DROP_IN "50-attestd.conf"	/* of each gated unit */
#define ATT_GATE_TEXT_MAX 600	/* bytes, without the NUL */

/* Starts from zero. */
struct att_gate {
	enum att_gate_state state;
	enum att_gate_proof proof;
	bool is_secret;		/* undecided: not for this user to read */
	/* why it is not open, one clean sentence; open: "" */
	char reason[ATT_GATE_TEXT_MAX + 1];
	/* the same for what is not proven; else "" */
	char unproven[ATT_GATE_TEXT_MAX + 1];
	char agent_id[ATT_AGENT_ID_MAX + 1];		/* or "" */
	char verifier[ATT_ROUND_SERVER_MAX + 1];	/* or "" */
	int64_t good_for;	/* open: seconds, as time goes by now */
	/* seconds since the verifier said it, by its word if proven; or -1 */
	int64_t age;
	int64_t due_in;		/* to the next attempt; -1: not known */
};

/* -- the judgement --------------------------------------------------------- */

/* What is held against a verdict. */
struct att_gate_by {
	struct att_verdict_now now;
	const json_t *keys;		/* NULL: its signature does not count */
	/* with keys: whom it must be about; NULL: what `tpm` could not tell */
	const char *node;
	const struct att_err *failed;	/* why there are no keys; else NULL */
	const struct att_gate_tpm *tpm;	/* with keys */
	enum att_gate_tier tier;	/* with keys: what opens */
};
void att_gate_weigh(const struct att_verdict_file *f,
    const struct att_gate_by *by, struct att_gate *ret);

/*
 * The same by this configuration. `keys` NULL: those of result_keys, if there
 * are any; else these, instead.
 */
void att_gate_judge_file(const struct att_agent_config *config,
    const json_t *keys, const struct att_verdict_file *f,
    const struct att_verdict_now *now, const struct att_gate_tpm *tpm,
    struct att_gate *ret);
/*
 * The same of what lies in the run directory now, which must be root's,
 * attestd's or this user's, and nobody else's to write.
 */
void att_gate_judge(const struct att_agent_config *config,
    const struct att_gate_tpm *tpm, struct att_gate *ret);

/* True if the drop-in that makes this unit wait is installed below `root`. */
bool att_gate_waits(const char *root, const char *unit) ATT_MUST;

/* The keys of result_keys, the caller's; NULL if there are none to check by. */
int att_gate_keys(const struct att_agent_config *config, json_t **ret,
    struct att_err *err) ATT_MUST;

#endif
