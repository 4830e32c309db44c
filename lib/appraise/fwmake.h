/*
 * Makes reference values from what nodes that are known to be good claim of
 * their firmware, or from an image of a chip that is to be rolled out
 * (docs/PROTOCOL-fwvalues.txt, section 7).
 */
#ifndef ATT_APPRAISE_FWMAKE_H
#define ATT_APPRAISE_FWMAKE_H

#include "appraise/fwref.h"

#define ATT_FWMAKE_NODES_MAX 64
/* From so many nodes on, what differs on each of them is its own. */
#define ATT_FWMAKE_OWN_NODES 3

struct att_fwmake {
	struct att_ref_heading head;
	const struct att_firmware_claims *const *node;
	size_t nodes;		/* 1 to ATT_FWMAKE_NODES_MAX */
	/* What a person should look at; NULL: nobody does. */
	void (*note)(void *arg, const char *text);
	void *arg;
};

/*
 * Makes the document; the caller's. Digests and versions of all nodes are
 * taken; a chip that has another layout on one of them is ATT_E_CONFLICT, as
 * that is other firmware and another document, and so is one that a node
 * failed to read. One without any structure is left out. An option that no
 * document can hold fails as in att_fwref_parse.
 */
int att_fwmake(const struct att_fwmake *m, json_t **ret, struct att_err *err)
    ATT_MUST;

#endif
