/*
 * What the sources of this layer share: a component from the files of a
 * directory, and why it could not be told.
 */
#ifndef ATT_INVENTORY_ATTR_H
#define ATT_INVENTORY_ATTR_H

#include "base/sysfs.h"
#include "firmware/component.h"

enum att_attr_says {
	ATT_SAYS_VENDOR,
	ATT_SAYS_MODEL,
	ATT_SAYS_SERIAL,
	ATT_SAYS_ATTRIBUTE,
	ATT_SAYS_RUNNING,
	ATT_SAYS_MINIMUM,
};

/* One file, and what it says. */
struct att_attr {
	const char *file;
	enum att_attr_says says;
	const char *name;	/* of a version or an attribute */
	bool must;		/* without it nothing is known */
};

/*
 * A file that is not there says nothing, unless it must be; one that cannot be
 * read makes the component failed, and the others are read all the same. Like
 * all here an error is this process's own trouble: ATT_E_NOMEM.
 */
int att_attr_read(const char *dir, const struct att_attr *attrs,
    size_t count, struct att_component *c, struct att_err *err) ATT_MUST;
/* A version; one that is not taken, as there are too many, fails it. */
int att_attr_version(struct att_component *c, const char *name,
    enum att_version_role role, const char *text, struct att_err *err)
    ATT_MUST;
int att_attr_attribute(struct att_component *c, const char *name,
    const char *text, struct att_err *err) ATT_MUST;
/*
 * It is failed, as `what` could not be read, in words that stay the same from
 * pass to pass. The first reason stays. Want of memory is no fault of its.
 */
int att_attr_blame(struct att_component *c, const char *what,
    const struct att_err *why, struct att_err *err) ATT_MUST;
/* "permission denied": those words. */
const char *att_attr_reason(const struct att_err *why) ATT_MUST;

/*
 * Calls one(dir, name, found, err) for each name in root/class, sorted, and
 * merges what it found: two devices may say that they are the same. No such
 * directory, and it is not called.
 */
int att_attr_each(const char *root, const char *class,
    int (*one)(const char *dir, const char *name,
	struct att_components *found, struct att_err *err),
    struct att_components *to, struct att_err *err) ATT_MUST;

/* "PREFIX/TEXT" as the id of a component that is added. */
int att_attr_add(struct att_components *to, const char *prefix,
    const char *text, enum att_component_kind kind, enum att_path path,
    struct att_component **ret, struct att_err *err) ATT_MUST;

/*
 * Empties a list of one that says neither a version nor an attribute, nor why
 * not: a device of another driver, which has none of the files.
 */
void att_attr_drop_silent(struct att_components *found);

/* Letters and digits of a name "cpu12": its number; false for another. */
bool att_attr_number(const char *name, const char *prefix, unsigned *ret)
    ATT_MUST;

#endif
