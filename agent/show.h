/*
 * A verdict as people read it. The input is the JSON of att_verdict_to_json,
 * fresh from an appraisal or out of a result (docs/PROTOCOL-result.txt,
 * attestd_verdict), so that every program shows the same thing.
 */
#ifndef ATT_AGENT_SHOW_H
#define ATT_AGENT_SHOW_H

#include "base/json.h"

struct att_show {
	const char *node;	/* whose verdict; NULL: not said */
	const char *when;	/* when and by whom, one line; NULL: none */
	bool colour;		/* for a terminal that takes it */
	bool brief;		/* headline and findings alone */
	bool summary;		/* no tables of PCRs, firmware, devices */
	struct att_slice facts;	/* clean lines to stand under the headline */
};

/*
 * Appends headline, what is proven, each PCR, and each finding with what to do
 * about it. What comes out is clean text but for the colours. A verdict that
 * is not of this form is ATT_E_FORMAT, and nothing of it is shown.
 */
int att_show_verdict(const json_t *verdict, const struct att_show *how,
    struct att_buf *ret, struct att_err *err) ATT_MUST;

#endif
