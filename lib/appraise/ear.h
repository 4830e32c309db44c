/*
 * The verdict as claims of an EAT attestation result (EAR,
 * draft-ietf-rats-ear-04, JSON). Claims only: signing is crypto/jws.h.
 * docs/PROTOCOL-result.txt describes them.
 */
#ifndef ATT_APPRAISE_EAR_H
#define ATT_APPRAISE_EAR_H

#include "appraise/appraise.h"

#define ATT_EAR_PROFILE "tag:ietf.org,2026:rats/ear#03"
#define ATT_EAR_TYPE "JWT"		/* typ of its token (RFC 7519, 5.1) */
#define ATT_EAR_MAX (256u << 10)	/* bytes of the claims as text */

/* Trustworthiness tiers (AR4SI); the numbers are the CBOR values. */
enum att_tier {
	ATT_TIER_NONE = 0,
	ATT_TIER_AFFIRMING = 2,
	ATT_TIER_WARNING = 32,
	ATT_TIER_CONTRAINDICATED = 96,
};
const char *att_tier_name(enum att_tier tier) ATT_MUST;

/* Of AR4SI; each -128..127, 0 makes no claim. Names as in the JSON. */
enum att_trust {
	ATT_TRUST_INSTANCE_IDENTITY,
	ATT_TRUST_CONFIGURATION,
	ATT_TRUST_EXECUTABLES,
	ATT_TRUST_FILE_SYSTEM,
	ATT_TRUST_HARDWARE,
	ATT_TRUST_RUNTIME_OPAQUE,
	ATT_TRUST_STORAGE_OPAQUE,
	ATT_TRUST_SOURCED_DATA,
	ATT_TRUST_COUNT
};

/* What the verifier says about itself and this result. */
struct att_ear_frame {
	const char *developer, *build;	/* ear_verifier_id */
	const char *node;		/* the agent id: `sub` */
	const char *boot_id;		/* as the node said it; NULL, "": not */
	const char *policy;		/* id of the policy, or NULL */
	struct att_slice challenge;	/* eat_nonce, base64url */
	int64_t issued, expires;	/* seconds since 1970 */
};

/* The claims set; the caller's. */
int att_ear_make(const struct att_verdict *v, const struct att_ear_frame *f,
    json_t **ret, struct att_err *err) ATT_MUST;

/* A result as read back. Texts are borrowed from the claims set. */
struct att_ear {
	enum att_tier status;		/* the worst of all submods */
	int8_t trust[ATT_TRUST_COUNT];	/* of the submod "boot" */
	const char *developer, *build, *node;
	const char *boot_id;		/* or "" */
	const char *nonce;		/* base64url as it stands, or "" */
	int64_t issued, expires;
	json_t *findings;		/* array, or NULL */
};

/*
 * Reads claims whose signature has been checked. A status better than its
 * vector or than a submod's, a profile that is not known, a missing time:
 * ATT_E_FORMAT. `now` past `expires` is ATT_E_EXPIRED, and so is an `issued`
 * more than ATT_EAR_SKEW ahead.
 */
#define ATT_EAR_SKEW 60			/* seconds */
int att_ear_parse(json_t *claims, int64_t now, struct att_ear *ret,
    struct att_err *err) ATT_MUST;

#endif
