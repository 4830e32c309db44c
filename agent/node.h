/*
 * This node as it attests: TPM, keys and name, as configured. The EK takes
 * one of the TPM's few slots and is opened only where it is needed.
 */
#ifndef ATT_AGENT_NODE_H
#define ATT_AGENT_NODE_H

#include "agent/state.h"
#include "config/agent_config.h"
#include "tpm/ak.h"
#include "tpm/ek.h"
#include "tpm/tpm.h"

struct att_node {
	const struct att_agent_config *config;	/* borrowed */
	struct att_state *state;
	struct att_tpm *tpm;
	struct att_tpm_ak *ak;
	bool ak_is_new;		/* made now: has to be registered */
	char id[81];		/* agent id, never empty */
};

/*
 * Opens state and TPM, loads the AK, or makes one if there is none or if the
 * TPM was cleared since, and keeps its blob before anything uses it. With
 * agent_id "hash_ek" the EK is opened once for its name.
 *
 * A blob that is damaged is ATT_E_FORMAT and is left where it is: a node does
 * not change its identity because a disk is broken.
 */
int att_node_open(const struct att_agent_config *config, struct att_node *ret,
    struct att_err *err) ATT_MUST;
void att_node_close(struct att_node *n);

/* The EK of the configured type; the caller's, freed before att_node_close. */
int att_node_ek(struct att_node *n, struct att_tpm_ek **ret,
    struct att_err *err) ATT_MUST;

/*
 * A fresh TPM connection and AK after ATT_E_TPM_RESET, ATT_E_TPM_ABSENT or
 * ATT_E_TIMEOUT. The identity stays.
 */
int att_node_reconnect(struct att_node *n, struct att_err *err) ATT_MUST;

#endif
