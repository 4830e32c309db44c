/* A range of a flash chip: where, what a change of it means, its digest. */
#ifndef ATT_FIRMWARE_RANGE_H
#define ATT_FIRMWARE_RANGE_H

#include "base/digest.h"

/*
 * What may become of the bytes. Where two structures disagree about a byte the
 * stricter class, the greater value, is taken.
 */
enum att_range_class {
	ATT_RANGE_GAP,		/* no structure describes them */
	ATT_RANGE_VOLATILE,	/* firmware writes here as it runs */
	ATT_RANGE_PER_MACHINE,	/* fixed, and another on each machine */
	ATT_RANGE_STATIC,	/* code and tables: the same on all */
	ATT_RANGE_UNREADABLE,	/* the host may not read it, or could not */
};
#define ATT_RANGE_CLASSES 5

#define ATT_RANGE_NAME_MAX 63	/* bytes, without the NUL */

struct att_range {
	uint64_t offset;	/* bytes from the start of the chip */
	uint64_t length;
	enum att_range_class class;
	int fill;		/* of a gap: the value of all bytes, or -1 */
	char name[ATT_RANGE_NAME_MAX + 1];
	struct att_digest digest;	/* len 0: unreadable */
};

/* "static"; never NULL. */
const char *att_range_class_name(enum att_range_class class) ATT_MUST;

#endif
