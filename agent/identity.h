/*
 * Who this node is at registrar and verifier, kept beside its AK: opening an
 * EK only to name the node can take a TPM many seconds, and an EK certificate
 * that turns up later must not rename it.
 */
#ifndef ATT_AGENT_IDENTITY_H
#define ATT_AGENT_IDENTITY_H

#include "agent/state.h"
#include "evidence/bundle.h"
#include "evidence/tpm_public.h"
#include "tpm/ek.h"

struct att_identity {
	char ek_id[ATT_AGENT_ID_MAX + 1];	/* as att_identity_of_ek */
	enum att_tpm_ek_type ek_type;		/* never AUTO */
	struct att_tpm_name ak_name;		/* of the AK it was made with */
	/* of the RSA AK beside it, for who takes no other; or empty */
	struct att_tpm_name rsa_ak_name;
	/* A verifier was asked which of the two it takes: */
	bool asked;
	bool uses_rsa;
};

/*
 * Name and type of this EK; the rest is left alone. The name is the hex SHA-256
 * of the public key in PEM form, Keylime's "hash_ek".
 */
int att_identity_of_ek(const struct att_tpm_ek *ek, struct att_identity *ret,
    struct att_err *err) ATT_MUST;

/*
 * ATT_STATE_IDENTITY: {"ak_name": hex, "ek_id": hex, "ek_type": name}, and
 * {"rsa_ak_name": hex, "uses_rsa_ak": bool} once there is one, or was asked.
 * ATT_E_NOT_FOUND: there is none.
 */
int att_identity_parse(struct att_slice text, struct att_identity *ret,
    struct att_err *err) ATT_MUST;
int att_identity_read(const struct att_state *s, struct att_identity *ret,
    struct att_err *err) ATT_MUST;
int att_identity_write(const struct att_state *s,
    const struct att_identity *id, struct att_err *err) ATT_MUST;

#endif
