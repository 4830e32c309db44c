/* One node of a device path, and its text (UEFI 2.10, 10.3 and 10.6.1). */
#ifndef ATT_EVENTLOG_DEVPATH_NODE_H
#define ATT_EVENTLOG_DEVPATH_NODE_H

#include "base/buf.h"
#include "base/cur.h"

enum att_devpath_type {
	ATT_DEVPATH_HARDWARE = 1,
	ATT_DEVPATH_ACPI = 2,
	ATT_DEVPATH_MESSAGING = 3,
	ATT_DEVPATH_MEDIA = 4,
	ATT_DEVPATH_BBS = 5,
	ATT_DEVPATH_END = 0x7f,
};
#define ATT_DEVPATH_MEDIA_FILE 4	/* subtype: a file's name */
#define ATT_DEVPATH_END_INSTANCE 0x01
#define ATT_DEVPATH_END_ENTIRE 0xff

struct att_devpath_node {
	uint8_t type;		/* enum att_devpath_type, or anything */
	uint8_t subtype;
	struct att_slice data;	/* behind the node's header */
};

/*
 * Appends e.g. Pci(0x1f,0x2), clean. A node that is not known, or not of the
 * size that its kind has, is shown as its bytes: Msg(5,0011).
 */
void att_devpath_node_print(const struct att_devpath_node *n,
    struct att_buf *ret);

#endif
