/*
 * EV_EVENT_TAG, TCG_PCClientTaggedEvent (PFP 1.06): what Linux' EFI stub,
 * systemd-boot, old BIOSes and Windows log with a number of their own.
 */
#ifndef ATT_EVENTLOG_TAG_H
#define ATT_EVENTLOG_TAG_H

#include "base/cur.h"
#include "eventlog/fields.h"

struct att_tag {
	uint32_t id;
	struct att_slice data;
};

/* One tag, and nothing behind it. */
int att_tag_parse(struct att_slice event, struct att_tag *ret,
    struct att_err *err) ATT_MUST;
/* "Linux initrd"; NULL if not known. */
const char *att_tag_name(uint32_t id) ATT_MUST;
/*
 * Kernels of confidential guests logged the text of their tag without its
 * header; Windows logs SIPA tags.
 */
int att_tag_describe(struct att_slice event, struct att_fields f,
    struct att_err *err) ATT_MUST;

#endif
