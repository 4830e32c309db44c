/* JSON as people read it: a line for each member, indented. */
#ifndef ATT_AGENT_OUTLINE_H
#define ATT_AGENT_OUTLINE_H

#include "base/json.h"

#define ATT_OUTLINE_DEPTH_MAX 32	/* nested containers; more are "..." */
#define ATT_OUTLINE_HEX_MAX 64		/* digits of a member "..._hex" */

/*
 * Appends "name: value" for each member of an object, in its order, "- " before
 * each element of an array; `indent` spaces before all. Names lose their
 * underscores; long members "..._hex" are cut and their bytes counted. Texts
 * of `j` must be clean: they are put as they are.
 */
void att_outline_print(const json_t *j, unsigned indent, struct att_buf *ret);

#endif
