/*
 * Of which classes that may vary (docs/PROTOCOL-refvalues.txt, section 2) an
 * event is. Where a digest can cover the data it must.
 */
#ifndef ATT_APPRAISE_VARY_H
#define ATT_APPRAISE_VARY_H

#include "appraise/logs.h"
#include "appraise/refrule.h"

/*
 * Bits (1 << enum att_vary) of the event, by its digest in `bank`. `st` begins
 * zero; events of one PCR come in their order.
 */
int att_vary_of(const struct att_logs *l, const struct att_log_event *ev,
    uint16_t bank, struct att_cover_state *st, uint32_t *ret,
    struct att_err *err) ATT_MUST;

#endif
