/*
 * What a node tells of itself beside its evidence (docs/PROTOCOL-facts.txt):
 * asked for from where the last time ended, and kept. No verdict knows of it.
 */
#ifndef ATT_VERIFIER_FACTS_H
#define ATT_VERIFIER_FACTS_H

#include "verifier/received.h"
#include "verifier/verifier.h"

/* Adds the item to a demand for this offer, if it is bound and has facts. */
int att_facts_ask(struct att_verifier *v, const char *node,
    const struct att_offer *o, struct att_demand *d, struct att_err *err)
    ATT_MUST;

/*
 * The facts in evidence that the node signed (att_verdict_is_said); false if
 * there are none, or none that can be taken, which is noted.
 */
bool att_facts_take(struct att_verifier *v, const struct att_received *got,
    const char *node, int64_t now, struct att_facts *ret) ATT_MUST;

#endif
