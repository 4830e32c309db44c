/*
 * What the files of lib/tpm share and nobody else sees: the SAPI context,
 * operations, results, authorizations, and handles as owned objects.
 *
 * SAPI, not ESYS: no session here has a key, so there is no HMAC to compute.
 * ESYS computes them all the same, and Names, with cryptography that it sets up
 * anew each time: a quarter of what an enrolment took of the processor.
 */
#ifndef ATT_TPM_SYS_H
#define ATT_TPM_SYS_H

#include <tss2/tss2_sys.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/pcr.h"
#include "tpm/link.h"
#include "tpm/tcti.h"
#include "tpm/tpm.h"

struct att_tpm {
	TSS2_SYS_CONTEXT *sys;
	struct att_tcti *tcti;
	TPM2B_AUTH auth[ATT_TPM_OWNER + 1];	/* by enum att_tpm_hierarchy */
	uint32_t timeout_ms;
	unsigned depth;		/* of operations within operations */
	char *name;		/* as given to att_tpm_open */
};

/* A context over a link of the caller's, which it owns from now on. */
int att_tpm_open_link(const char *name, struct att_tpm_link *link,
    uint32_t timeout_ms, struct att_tpm **ret, struct att_err *err) ATT_MUST;

/*
 * Every public function begins with ATT_TPM_OP(t), before any object: the
 * deadline runs from the outermost one.
 */
#define ATT_TPM_OP(t)                                                        \
	AUTO_DONE(att_tpm_op_done)                                           \
	struct att_tpm *op_ ATT_UNUSED = att_tpm_op_begin(t)
struct att_tpm *att_tpm_op_begin(struct att_tpm *t) ATT_MUST;
void att_tpm_op_done(struct att_tpm **t);

/* 0, or what this TSS2_RC means; `what` is the command, "TPM2_Quote". */
int att_tpm_rc(struct att_tpm *t, TSS2_RC rc, const char *what,
    struct att_err *err) ATT_MUST;
/*
 * A TPM response code without layer and, for format one (Part 2, 6.6.2),
 * without the number of handle, session or parameter: TPM2_RC_INTEGRITY, ...
 * 0 for codes of the stack itself.
 */
uint32_t att_tpm_rc_base(TSS2_RC rc) ATT_MUST;

/* The authorizations of a command, and what the TPM answers to them. */
struct att_tpm_auths {
	TSS2L_SYS_AUTH_COMMAND sent;
	TSS2L_SYS_AUTH_RESPONSE got;
};
/*
 * By password: of a hierarchy the value that att_tpm_set_auth took, of all else
 * the empty one. AUTO_DONE(att_tpm_auths_done).
 */
struct att_tpm_auths att_tpm_auths_of(const struct att_tpm *t,
    uint32_t handle) ATT_MUST;
/* For the next handle of the command; of a policy session it stays usable. */
void att_tpm_auths_add(struct att_tpm_auths *a, uint32_t session);
void att_tpm_auths_done(struct att_tpm_auths *a);
/* rc, and that each was answered; they can be used again. */
TSS2_RC att_tpm_auths_rc(struct att_tpm_auths *a, TSS2_RC rc) ATT_MUST;

/* An object or session in the TPM. Zero: none. */
struct att_tpm_object {
	struct att_tpm *t;
	uint32_t handle;
};

/* Flushes it, unless it is persistent. */
void att_tpm_object_done(struct att_tpm_object *o);
/* Moves it out: returns it and leaves none. */
struct att_tpm_object att_tpm_object_take(struct att_tpm_object *o);

/*
 * Fills a TPM2B of `max` bytes, the one place where that is done. `dst` is its
 * buffer, `size` its size.
 */
int att_tpm2b_fill(uint16_t *size, uint8_t *dst, size_t max,
    struct att_slice from, const char *what, struct att_err *err) ATT_MUST;
#define ATT_TPM2B_FILL(tpm2b, member, from, what, err)                       \
	att_tpm2b_fill(&(tpm2b)->size, (tpm2b)->member,                      \
	    sizeof((tpm2b)->member), (from), (what), (err))

/*
 * TPM2B_PUBLIC and Name, as bytes. A TPM2B_PUBLIC of this library's key types
 * is well below the size of its struct.
 */
struct att_tpm_public_bytes {
	uint8_t public[sizeof(TPM2B_PUBLIC)];
	size_t public_len;
	uint8_t name[2 + ATT_DIGEST_MAX];
	size_t name_len;
};
/* The Name is computed here, not believed. */
int att_tpm_public_marshal(const TPM2B_PUBLIC *pub,
    struct att_tpm_public_bytes *ret, struct att_err *err) ATT_MUST;
/* Equal in all but `unique`. */
bool att_tpm_public_fits(const TPMT_PUBLIC *pub, const TPMT_PUBLIC *template)
    ATT_MUST;

/* Each bank once and known, some of PCR 0 to 23 in each: else ATT_E_USAGE. */
int att_tpm_selection(const struct att_pcr_select *select, size_t count,
    TPML_PCR_SELECTION *ret, struct att_err *err) ATT_MUST;

/* Same banks in the same order, same registers. */
bool att_tpm_selection_equal(const TPML_PCR_SELECTION *a,
    const TPML_PCR_SELECTION *b) ATT_MUST;

/* TPM2_GetCapability; *ret holds what was asked for. */
int att_tpm_capability(struct att_tpm *t, uint32_t cap, uint32_t property,
    uint32_t count, TPMS_CAPABILITY_DATA *ret, struct att_err *err) ATT_MUST;

/* TPM2_CreatePrimary under the endorsement hierarchy. */
int att_tpm_primary_create(struct att_tpm *t, const TPMT_PUBLIC *template,
    struct att_tpm_object *ret, TPM2B_PUBLIC *ret_public,
    struct att_err *err) ATT_MUST;

/* A policy session, with PolicySecret(TPM_RH_ENDORSEMENT) done. */
int att_tpm_policy_session(struct att_tpm *t, TPMI_ALG_HASH hash,
    struct att_tpm_object *ret, struct att_err *err) ATT_MUST;

/* The handles in the opaque types. */
struct att_tpm_ak;
struct att_tpm_ek;
const struct att_tpm_object *att_tpm_ak_object(const struct att_tpm_ak *ak)
    ATT_MUST;
const struct att_tpm_object *att_tpm_ek_object(const struct att_tpm_ek *ek)
    ATT_MUST;
/* What the EK was made from. */
const TPMT_PUBLIC *att_tpm_ek_template(const struct att_tpm_ek *ek) ATT_MUST;

#endif
