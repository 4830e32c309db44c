/*
 * The members of a collection (DSP0266, 9.7), one by one, with what BMCs make
 * of it: counts that are wrong and not looked at, members that are listed and
 * not there, members that stand in the collection itself, those that have no
 * link and no content (passed over), and pages.
 */
#ifndef ATT_REDFISH_COLLECTION_H
#define ATT_REDFISH_COLLECTION_H

#include "redfish/client.h"

#define ATT_REDFISH_ID_MAX 255	/* bytes */

/* Borrowed for the call. */
struct att_redfish_member {
	/*
	 * "Id", or the end of its link where it has none; printable, without
	 * '/'. "" is possible.
	 */
	char id[ATT_REDFISH_ID_MAX + 1];
	const json_t *body;	/* NULL: it could not be had */
	int code;		/* why, if so */
};

/* Whatever it returns below 0 ends the walk and is returned. */
typedef int att_redfish_each(void *arg, const struct att_redfish_member *m,
    struct att_err *err);

/*
 * Visits the collection and its members (att_redfish_visit). What is wrong
 * with one member is told in it; what is wrong with the collection, or keeps
 * anything more from being asked (no time, no connection, stopped), is
 * returned.
 */
int att_redfish_members(struct att_redfish *r, const char *link,
    att_redfish_each *each, void *arg, struct att_err *err) ATT_MUST;

/* True if after this error there is no point in asking for anything else. */
bool att_redfish_is_over(int code) ATT_MUST;

#endif
