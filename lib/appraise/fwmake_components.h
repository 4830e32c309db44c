/* The part of lib/appraise/fwmake.h that is about components. */
#ifndef ATT_APPRAISE_FWMAKE_COMPONENTS_H
#define ATT_APPRAISE_FWMAKE_COMPONENTS_H

#include "appraise/fwmake.h"

/*
 * Puts "components" into the document, with a rule for each kind and model of
 * parts that a node has several of, and for each component else; nothing, if
 * there is none.
 */
int att_fwmake_components(const struct att_fwmake *m, json_t *doc,
    struct att_err *err) ATT_MUST;

/* Says it to m->note. */
void att_fwmake_note(const struct att_fwmake *m, const char *fmt, ...)
    ATT_PRINTF(2, 3);

#endif
