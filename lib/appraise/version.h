/*
 * An order of versions as makers write them: dotted numbers, hex numbers,
 * letters, dates. docs/PROTOCOL-fwvalues.txt, section 6, has the rule. It is a
 * total preorder: any two texts compare, and it is transitive.
 */
#ifndef ATT_APPRAISE_VERSION_H
#define ATT_APPRAISE_VERSION_H

#include "base/util.h"

/* Less than, equal to or greater than 0, as a is to b. */
int att_version_compare(const char *a, const char *b) ATT_MUST;

#endif
