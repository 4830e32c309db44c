/*
 * What an event says of itself, for people. It is what the log claims: only
 * where the digest covers the data (eventlog/cover.h) is it also what was
 * measured.
 */
#ifndef ATT_EVENTLOG_DESCRIBE_H
#define ATT_EVENTLOG_DESCRIBE_H

#include "base/json.h"
#include "eventlog/tcg.h"

#define ATT_EVENT_LABEL_MAX 120	/* bytes */

/*
 * Appends the event in a few words, clean UTF-8, at most ATT_EVENT_LABEL_MAX
 * bytes: the name of a variable, the file of an image, a GRUB command, a
 * kernel command line, a section of a unified kernel image, an action, the
 * value of a separator. Nothing, if the data says nothing or is broken.
 */
void att_event_label(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_buf *ret);

/*
 * The whole event: {"number", "offset", "pcr", "type", "type_id", "size",
 * "digests": {bank: hex}, "label", "data": {...}}. What stands in "data"
 * depends on the type. If the data breaks the rules of its type there is
 * "broken": {"text", "offset"} with what could be read before, and the bytes as
 * "raw_hex"; the offset counts from the start of the data. All text is clean.
 * Fails only without memory; *ret is the caller's.
 */
int att_event_to_json(const struct att_event *ev, enum att_tcg_kind kind,
    json_t **ret, struct att_err *err) ATT_MUST;

#endif
