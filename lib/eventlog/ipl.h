/*
 * EV_IPL: text of boot loaders. What a text is, its beginning tells, and for
 * the rest the register: GRUB's commands and files, the sections of a unified
 * kernel image, command lines, shim's variables.
 */
#ifndef ATT_EVENTLOG_IPL_H
#define ATT_EVENTLOG_IPL_H

#include "eventlog/fields.h"
#include "eventlog/tcg.h"

enum att_ipl_role {
	ATT_IPL_TEXT = 0,	/* nothing more is known of it */
	ATT_IPL_GRUB_COMMAND,	/* "grub_cmd: set timeout=0" */
	ATT_IPL_COMMAND_LINE,	/* of a kernel */
	ATT_IPL_MODULE,		/* "module_cmdline: ..." */
	ATT_IPL_FILE,		/* the digest is of the file's content */
	ATT_IPL_SECTION,	/* ".linux": of a unified kernel image */
	ATT_IPL_VARIABLE,	/* "MokList": of shim */
};
/* "grub_command"; the member that att_ipl_describe puts. */
const char *att_ipl_role_name(enum att_ipl_role role) ATT_MUST;

struct att_ipl {
	enum att_ipl_role role;
	bool utf16;
	struct att_slice text;	/* without prefix, NUL, and what is behind */
};

/* Any data is a text of some role, which borrows it. */
void att_ipl_parse(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_ipl *ret);
/* Puts role and text. */
void att_ipl_describe(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f);

#endif
