/*
 * SIPA events of Windows: a tree of tags in EV_EVENT_TAG and in the record
 * that ends a log of Windows. Microsoft's wbcl.h has the numbers. Slices are
 * of the caller's bytes.
 */
#ifndef ATT_EVENTLOG_SIPA_H
#define ATT_EVENTLOG_SIPA_H

#include "base/cur.h"
#include "eventlog/fields.h"

#define ATT_SIPA_DEPTH_MAX 8		/* 3 is the deepest that was met */
#define ATT_SIPA_NODES_MAX 16384	/* that are described of one event */
#define ATT_SIPA_CONTAINER 0x40000000u	/* bit of an id: holds more tags */

struct att_sipa_node {
	uint32_t id;
	struct att_slice data;
};

/* 1 with the next tag of this level, 0 at its end. */
int att_sipa_next(struct att_cur *c, struct att_sipa_node *ret,
    struct att_err *err) ATT_MUST;
/* "OSKernelDebug"; NULL if not known. */
const char *att_sipa_name(uint32_t id) ATT_MUST;

/* Puts "tags", the tree. What came before a fault stays. */
int att_sipa_describe(struct att_slice data, struct att_fields f,
    struct att_err *err) ATT_MUST;

#endif
