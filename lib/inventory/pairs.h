/* Lines "name : value", as files of procfs have them. */
#ifndef ATT_INVENTORY_PAIRS_H
#define ATT_INVENTORY_PAIRS_H

#include "base/util.h"

struct att_pair {
	struct att_slice name, value;	/* without spaces around them */
};
/* True for one more, and *rest stands behind it; other lines are passed by. */
bool att_pair_next(struct att_slice *rest, struct att_pair *ret) ATT_MUST;

#endif
