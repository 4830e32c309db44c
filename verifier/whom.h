/* Which documents of the operator's are for a node: by his word on it alone. */
#ifndef ATT_VERIFIER_WHOM_H
#define ATT_VERIFIER_WHOM_H

#include "verifier/store.h"

/* Points into itself and into the node: neither moves meanwhile. */
struct att_whom {
	struct att_platform platform;
	const char *groups[2];
};

static inline void
att_whom_set(struct att_whom *w, const struct att_node *node)
{
	w->groups[0] = node->group[0] != '\0' ? node->group : NULL;
	w->groups[1] = NULL;
	w->platform = (struct att_platform){ .vendor = node->vendor,
		.product = node->product, .groups = w->groups };
}

#endif
