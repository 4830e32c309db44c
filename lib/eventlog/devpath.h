/*
 * Device paths (UEFI 2.10, chapter 10): where an image, a boot option or a
 * device is. Slices are of the caller's bytes.
 */
#ifndef ATT_EVENTLOG_DEVPATH_H
#define ATT_EVENTLOG_DEVPATH_H

#include "eventlog/devpath_node.h"

/* bytes that hold the text of any path in a log of ATT_TCG_LOG_MAX */
#define ATT_DEVPATH_TEXT_MAX ((size_t)128 << 20)

/*
 * 1 with the next node, an end of instance among them; 0 at the end of the
 * path, or if there is no byte at all, and then *c stands behind it. A path
 * that breaks off or has no end is ATT_E_SHORT or ATT_E_FORMAT.
 */
int att_devpath_next(struct att_cur *c, struct att_devpath_node *ret,
    struct att_err *err) ATT_MUST;

/*
 * Reads one path and appends its text, clean, instances with a comma between:
 * PciRoot(0x0)/Pci(0x4,0x0)/HD(1,GPT,...)/\EFI\BOOT\BOOTX64.EFI. On failure
 * the text of what came before the fault stays.
 */
int att_devpath_print(struct att_cur *c, struct att_buf *ret,
    struct att_err *err) ATT_MUST;

/*
 * Appends the names of the path's files, clean, e.g. \EFI\BOOT\BOOTX64.EFI;
 * nothing if it names none. Stops where the path is broken.
 */
void att_devpath_put_file(struct att_slice path, struct att_buf *ret);

#endif
