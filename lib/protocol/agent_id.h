/* The name of a node in every path and message of the push protocol. */
#ifndef ATT_PROTOCOL_AGENT_ID_H
#define ATT_PROTOCOL_AGENT_ID_H

#include "evidence/bundle.h"

/*
 * 1 to ATT_AGENT_ID_MAX of A-Z a-z 0-9 . _ - but not "." and "..", which are
 * no names in a path, nor d432fbb3-d2f1-4a97-9ef7-75bd81c00000, which Keylime
 * ships as a default and so is nobody's. ATT_E_FORMAT; the text never repeats
 * `id`. NULL is refused as empty.
 */
int att_agent_id_check(const char *id, struct att_err *err) ATT_MUST;

#endif
