/*
 * What the boot log says and a digest under the quote proves: the state of
 * Secure Boot, the command line of the kernel.
 */
#ifndef ATT_APPRAISE_CLAIMS_H
#define ATT_APPRAISE_CLAIMS_H

#include "appraise/appraise.h"
#include "appraise/registers.h"
#include "appraise/secureboot.h"

struct att_proven {
	enum att_secure_boot secure_boot;
	const char *why;	/* of UNKNOWN; static text */
	bool pcr7;		/* PCR 7 is quoted, and as the logs say */
	/*
	 * Values of PK, KEK, db and dbx at the boot, in the order of
	 * secureboot.h; slices of the log. Only if `variables`.
	 */
	bool variables;
	struct att_slice variable[ATT_SECUREBOOT_VARIABLES];
	char kernel[ATT_CLAIM_KERNEL_MAX + 1];
};

/*
 * Judges what the digests cover (att_logs_cover), and what that proves. Faults
 * go to `report`. Negative only if nothing can be said. Banks of `logs` and of
 * `r` are in the same order.
 */
int att_claims_prove(struct att_logs *logs,
    const struct att_registers *r, bool allow_sha1, att_finding_fn *report,
    void *arg, struct att_proven *ret, struct att_err *err) ATT_MUST;

#endif
