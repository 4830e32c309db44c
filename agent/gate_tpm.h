/*
 * What the TPM says of this boot and, where its EK names the node, of the node:
 * what no attestd that was taken over can say in its place.
 */
#ifndef ATT_AGENT_GATE_TPM_H
#define ATT_AGENT_GATE_TPM_H

#include "agent/identity.h"
#include "config/agent_config.h"
#include "tpm/state.h"

struct att_gate_tpm {
	bool known;			/* its clock is */
	struct att_tpm_clock clock;
	/* with hash_ek: the name that this EK gives; not known: "", AUTO */
	char ek_id[ATT_AGENT_ID_MAX + 1];
	enum att_tpm_ek_type ek_type;
	struct att_err err;		/* why not all of that is known */
};

#define ATT_GATE_TPM_MS 10000u
#define ATT_GATE_EK_MS 60000u	/* slow TPMs take 20 s and more for a key */

/*
 * Each asks only where there are result_keys, as nothing else needs it. A TPM
 * that others keep busy is tried again for `wait_ms`. One that makes its EK to
 * say which it is has `ek_ms`; it does so once in a boot, if `attestctl follow`
 * remembers what it said.
 */
void att_gate_tpm_ask(const struct att_agent_config *config,
    unsigned wait_ms, unsigned ek_ms, struct att_gate_tpm *ret);
/* As `attestctl follow` had it in this boot; no TPM is asked. */
void att_gate_tpm_kept(const struct att_agent_config *config,
    struct att_gate_tpm *ret);

/* The EK's name is the node's. */
bool att_gate_tpm_names(const struct att_agent_config *config) ATT_MUST;

#endif
