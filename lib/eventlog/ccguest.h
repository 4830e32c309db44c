/*
 * The log of a confidential guest (CCEL) has the encoding of a TPM's, but its
 * index is a measurement register: read as a TPM's it would vouch for PCRs
 * that no TPM extended. Its header often tells (att_tcglog_open); this looks
 * at the events.
 */
#ifndef ATT_EVENTLOG_CCGUEST_H
#define ATT_EVENTLOG_CCGUEST_H

#include "eventlog/tcg.h"

/*
 * ATT_E_UNSUPPORTED if a log that was opened as a TPM's can only be one of a
 * confidential guest; 0 otherwise, and if its framing breaks before that is
 * known.
 */
int att_tcglog_check_tpm(const struct att_tcglog *log, struct att_err *err)
    ATT_MUST;

#endif
