/* Components for people. */
#ifndef ATT_AGENT_COMPONENTVIEW_H
#define ATT_AGENT_COMPONENTVIEW_H

#include "firmware/component.h"

/*
 * Appends a table: a line for each version, with what is stored beside what
 * runs where a component tells both, and how it was asked; for one that tells
 * no version its attributes; for one that could not be asked the reason.
 */
int att_components_print(const struct att_components *list,
    struct att_buf *ret, struct att_err *err) ATT_MUST;

#endif
