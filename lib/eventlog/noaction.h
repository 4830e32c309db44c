/*
 * EV_NO_ACTION (PFP 1.06, 10.4.5): records that extend no PCR. A signature of
 * 16 bytes says what they are.
 */
#ifndef ATT_EVENTLOG_NOACTION_H
#define ATT_EVENTLOG_NOACTION_H

#include "eventlog/fields.h"
#include "eventlog/tcg.h"

#define ATT_NOACTION_SIGNATURE 16	/* bytes */

enum att_noaction {
	ATT_NOACTION_OTHER = 0,
	ATT_NOACTION_SPEC_ID,
	ATT_NOACTION_LOCALITY,
	ATT_NOACTION_SP800_155,
	ATT_NOACTION_NV_INSTANCE,	/* device identity, in an NV index */
	ATT_NOACTION_NV_DYNAMIC,	/* nonces, in an NV index */
	ATT_NOACTION_WBCL,		/* the record that ends Windows' log */
};

/* By the signature alone; what follows it may be broken. */
enum att_noaction att_noaction_of(const struct att_event *ev) ATT_MUST;
/* Puts what the record says; of another one, its bytes. */
int att_noaction_describe(const struct att_event *ev, struct att_fields f,
    struct att_err *err) ATT_MUST;

#endif
