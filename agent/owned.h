/* Files whose worth lies in who can have written them. */
#ifndef ATT_AGENT_OWNED_H
#define ATT_AGENT_OWNED_H

#include "base/buf.h"

#define ATT_SERVICE_USER "attestd"	/* whom the units run attestd as */

enum att_owner {
	ATT_OWNER_ROOT,		/* root, or the user of this process */
	ATT_OWNER_SERVICE,	/* or ATT_SERVICE_USER */
	ATT_OWNER_ANY,		/* whoever: his word is not relied on */
};

/*
 * Appends the file `name` in `dir`, under the limit of `ret`. Both must belong
 * to such an owner, nobody else may be able to write to either, and `name` must
 * be a regular file and no link: else ATT_E_DENIED. ATT_E_NOT_FOUND: one of
 * them is not there.
 */
int att_owned_read(const char *dir, const char *name, enum att_owner whose,
    struct att_buf *ret, struct att_err *err) ATT_MUST;
/* The same of a file that the configuration names: a link to it will do. */
int att_owned_read_path(const char *path, enum att_owner whose,
    struct att_buf *ret, struct att_err *err) ATT_MUST;

#endif
