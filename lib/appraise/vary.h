/*
 * Of which classes that may vary (docs/PROTOCOL-refvalues.txt, section 2) an
 * event is. Where a digest can cover the data it must.
 */
#ifndef ATT_APPRAISE_VARY_H
#define ATT_APPRAISE_VARY_H

#include "appraise/logs.h"
#include "appraise/refrule.h"

/*
 * Bits (1 << enum att_vary) of events[i], where these are the events of one
 * PCR in their order; att_logs_cover was called.
 */
uint32_t att_vary_of(const struct att_log_event *events, size_t i) ATT_MUST;

#endif
