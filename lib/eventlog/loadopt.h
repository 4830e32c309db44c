/* EFI_LOAD_OPTION (UEFI 2.10, 3.1.3): what Boot0000 to BootFFFF hold. */
#ifndef ATT_EVENTLOG_LOADOPT_H
#define ATT_EVENTLOG_LOADOPT_H

#include "base/cur.h"
#include "eventlog/fields.h"

struct att_load_option {
	uint32_t attributes;
	struct att_slice description;	/* UTF-16LE, without its NUL */
	struct att_slice paths;		/* device paths, one after the other */
	struct att_slice optional;	/* for the image that is loaded */
};

/* All that `c` has; slices of its bytes. Paths are not looked at. */
int att_load_option_parse(struct att_cur c, struct att_load_option *ret,
    struct att_err *err) ATT_MUST;
/* Puts what it says; a broken path is an error, and the rest stays. */
int att_load_option_describe(struct att_cur c, struct att_fields f,
    struct att_err *err) ATT_MUST;

#endif
