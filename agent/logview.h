/*
 * An event log as people read it, or as JSON: one event after the other, so
 * that a log of any size takes the memory of one event.
 */
#ifndef ATT_AGENT_LOGVIEW_H
#define ATT_AGENT_LOGVIEW_H

#include "eventlog/replay.h"
#include "eventlog/tcg.h"

struct att_logview {
	struct att_hasher *hasher;
	bool json;
	bool colour;	/* for a terminal that takes it */
	/* takes what was made so far */
	void (*put)(const struct att_buf *b);
};

/*
 * Text: a headline, then each event with its digests, whether these cover the
 * data, and what it says. JSON: {"kind", "format", "size", "banks", "events":
 * [...], "used", "tail", "quirks"}, an event a line: as att_event_to_json, and
 * "cover", "quirks", and "forged" if it must be taken for that. A log whose
 * framing breaks is shown up to there, in JSON with "error" at the end, and
 * then the failure is returned.
 */
int att_logview_print(const struct att_logview *v,
    const struct att_tcglog *log, struct att_err *err) ATT_MUST;
/*
 * The same for a canonical event log: "records" in place of "events", each with
 * "number", "offset", "digests", "content_type", one of "pcr", "nv_index" and
 * "register", and "event" or "content".
 */
int att_logview_print_cel(const struct att_logview *v, struct att_slice raw,
    struct att_err *err) ATT_MUST;

#endif
