/*
 * This node as an attester (RFC 9334): its TPM, its AK and its name, for one
 * round of work. Nothing is held between two rounds, so that a TPM which was
 * reset, cleared or away meanwhile is an ordinary beginning, and attestctl
 * can work beside a running attestd.
 */
#ifndef ATT_AGENT_ATTESTER_H
#define ATT_AGENT_ATTESTER_H

#include "agent/factqueue.h"
#include "agent/identity.h"
#include "agent/state.h"
#include "config/agent_config.h"
#include "tpm/ak.h"
#include "tpm/ek.h"
#include "tpm/tpm.h"

struct att_attester {
	const struct att_agent_config *config;	/* borrowed */
	struct att_state *state;
	bool owns_state;
	struct att_fact_queue *facts;	/* borrowed; NULL: none are told */
	struct att_tpm *tpm;
	struct att_tpm_ak *ak;		/* the one in use */
	bool ak_is_new;		/* made now: the node has to register */
	bool ak_is_other;	/* and one was there, which was set aside */
	struct att_identity identity;
	/* agent_id of the configuration, or identity.ek_id; never empty */
	char id[ATT_AGENT_ID_MAX + 1];
};

/*
 * Opens state (waiting at most `wait_ms` for who has it, then ATT_E_BUSY) and
 * TPM, and loads the AK. If there is none, or the TPM was cleared since, one is
 * made and kept on disk before anything uses it; an AK that it replaces is set
 * aside, not overwritten, as the TPM may be the wrong one.
 *
 * A blob that is damaged is ATT_E_FORMAT and is left where it is: a node does
 * not change its identity because a disk is broken. ATT_E_CONFLICT: the AK has
 * another type than ak_type, or another Name than it was kept with. The AK is
 * the one that was in use last (att_attester_use_rsa).
 */
int att_attester_open(const struct att_agent_config *config, unsigned wait_ms,
    struct att_attester *ret, struct att_err *err) ATT_MUST;
/* The same with a state that the caller has open, and keeps. */
int att_attester_open_in(const struct att_agent_config *config,
    struct att_state *state, struct att_attester *ret, struct att_err *err)
    ATT_MUST;
/*
 * Beside an AK of ak_type this node can hold one of type rsa2048, for verifiers
 * that take no other. From now on the one or the other is in use, here and in
 * whatever opens this state later; it is loaded, or made. Of ak_type rsa2048
 * there is only one, and nothing is done.
 */
int att_attester_use_rsa(struct att_attester *a, bool rsa,
    struct att_err *err) ATT_MUST;
void att_attester_close(struct att_attester *a);

/*
 * The EK that names this node; the caller's, freed before att_attester_close.
 * It takes one of the TPM's few slots: open it only where it is needed.
 */
int att_attester_ek(struct att_attester *a, struct att_tpm_ek **ret,
    struct att_err *err) ATT_MUST;

#endif
