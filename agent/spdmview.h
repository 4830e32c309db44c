/* Reports of SPDM, and what became of them, as people and tools read them. */
#ifndef ATT_AGENT_SPDMVIEW_H
#define ATT_AGENT_SPDMVIEW_H

#include "appraise/spdm.h"
#include "base/json.h"

/* Appends a line for each measurement; values are hex. */
void att_spdmview_transcript(struct att_buf *b,
    const struct att_spdm_transcript *t);
/* The caller's; NULL without memory. */
json_t *att_spdmview_transcript_json(const struct att_spdm_transcript *t)
    ATT_MUST;

/*
 * `compared`: there were reference values; without them it was not asked
 * whether all is as expected. `findings` is an array of att_finding_to_json,
 * borrowed.
 */
void att_spdmview_result(struct att_buf *b, const struct att_spdm_result *r,
    bool compared, const json_t *findings);
json_t *att_spdmview_result_json(const struct att_spdm_result *r,
    bool compared, json_t *findings) ATT_MUST;

#endif
