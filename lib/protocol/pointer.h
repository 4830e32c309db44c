/*
 * Where in a message an error stands: a JSON pointer (RFC 6901), which answers
 * of JSON:API carry in source.pointer.
 */
#ifndef ATT_PROTOCOL_POINTER_H
#define ATT_PROTOCOL_POINTER_H

#include "base/util.h"

#define ATT_POINTER_MAX 127	/* bytes, without the NUL */

/*
 * "" is the message as a whole: no JSON, or a frame that JSON:API does not
 * allow (status 400). Anything else names the member that breaks a rule of
 * ours (422), e.g. "/data/attributes/evidence_supported/0/capabilities".
 */
struct att_pointer {
	char text[ATT_POINTER_MAX + 1];
};

/* Empties it; NULL is passed over, here and below. */
void att_pointer_clear(struct att_pointer *p);
/*
 * Where `r` says that reading member `name`, or element `index`, failed, puts
 * "/name" or "/index" before the pointer; so the innermost is named first.
 * What would not fit is left out. Names are ours and need no escape. Returns
 * `r`, to stand around the reading call.
 */
int att_pointer_at(int r, struct att_pointer *p, const char *name) ATT_MUST;
int att_pointer_at_index(int r, struct att_pointer *p, size_t index) ATT_MUST;

#endif
