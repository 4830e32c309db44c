/*
 * What an event must say, where its digests cannot be known beforehand: a
 * command line of some form, a set of keys (docs/PROTOCOL-refvalues.txt,
 * section 2). It counts only where the digest covers what is said.
 */
#ifndef ATT_APPRAISE_REFCLAIM_H
#define ATT_APPRAISE_REFCLAIM_H

#include "appraise/logs.h"
#include "base/json.h"
#include "eventlog/siglist.h"

#define ATT_REF_CLAIMS_MAX 64	/* of one PCR */
#define ATT_REF_KEYS_MAX ATT_SIGNATURES_MAX	/* of one of them */

struct att_ref_claim;
void att_ref_claim_free(struct att_ref_claim *c);
ATT_DEFINE_AUTO(struct att_ref_claim, att_ref_claim_free)

/* True if an event of the JSON says so, rather than to list digests. */
bool att_ref_claim_is_in(const json_t *event) ATT_MUST;
/* Its members "command_line", or "variable" or "authority" with "keys". */
int att_ref_claim_parse(const json_t *event, unsigned pcr,
    struct att_ref_claim **ret, struct att_err *err) ATT_MUST;

/* *ret: the event says that; att_logs_cover was called. */
int att_ref_claim_holds(const struct att_ref_claim *c,
    const struct att_log_event *ev, struct att_hasher *h, bool *ret,
    struct att_err *err) ATT_MUST;

#endif
