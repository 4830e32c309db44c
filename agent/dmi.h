/* Structures of SMBIOS, as the kernel shows them to root. */
#ifndef ATT_AGENT_DMI_H
#define ATT_AGENT_DMI_H

#include "base/buf.h"
#include "base/cur.h"

#define ATT_DMI_ENTRIES "/sys/firmware/dmi/entries"
#define ATT_DMI_MAX (256u << 10)	/* bytes of all of one type */

/*
 * Appends all structures of this type below `dir` (ATT_DMI_ENTRIES) in the
 * order of the kernel: of each its length in 4 bytes (little endian), and its
 * bytes as they are. None is no error; no such directory is ATT_E_NOT_FOUND.
 */
int att_dmi_read(const char *dir, uint8_t type, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
/* The next of them: 1; 0: there is none; ATT_E_SHORT: what is left is none. */
int att_dmi_next(struct att_cur *c, struct att_slice *ret,
    struct att_err *err) ATT_MUST;

#endif
