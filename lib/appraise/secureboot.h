/*
 * What PCR 7 proves about Secure Boot: SecureBoot, PK, KEK, db and dbx, each
 * measured once, then the separator, then the authorities that were used (PFP
 * 1.06, 3.3.4.8). A claim is taken only from data that its digest covers.
 */
#ifndef ATT_APPRAISE_SECUREBOOT_H
#define ATT_APPRAISE_SECUREBOOT_H

#include "appraise/appraise.h"
#include "eventlog/cover.h"

/* SecureBoot, PK, KEK, db, dbx, in this order. */
#define ATT_SECUREBOOT_VARIABLES 5

struct att_secureboot {
	att_finding_fn *report;
	void *arg;
	unsigned events;	/* of PCR 7 */
	unsigned separators;	/* of PCR 7 */
	bool seen[ATT_SECUREBOOT_VARIABLES];
	struct att_slice value[ATT_SECUREBOOT_VARIABLES]; /* of the events */
	bool on;		/* what SecureBoot says */
	bool fault;		/* one was reported */
	bool dma_told;
};

/* Begins. Faults, debug modes and missing DMA protection go to `report`. */
void att_secureboot_begin(struct att_secureboot *s, att_finding_fn *report,
    void *arg);
/*
 * An extended event of PCR 0 to 7 of the boot log that a quoted value has
 * confirmed, and what its digest covers; those of one PCR in their order.
 */
void att_secureboot_event(struct att_secureboot *s,
    const struct att_event *ev, enum att_cover cover);
/*
 * The state; UNKNOWN after any fault. `multi_attempt`: all PCRs have their
 * separators more than once (the quirk of that name). *ret_why says what is
 * missing if the state is UNKNOWN, and never NULL.
 */
enum att_secure_boot att_secureboot_end(struct att_secureboot *s,
    bool multi_attempt, const char **ret_why) ATT_MUST;

#endif
