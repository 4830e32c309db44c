/*
 * UEFI_IMAGE_LOAD_EVENT (PFP 1.06, 10.2.3): which image a driver or boot
 * application event is about. The digest is of the image, not of this.
 */
#ifndef ATT_EVENTLOG_IMAGE_H
#define ATT_EVENTLOG_IMAGE_H

#include "base/cur.h"
#include "base/err.h"

struct att_image_load {
	uint64_t address;	/* in memory */
	uint64_t length;	/* bytes, in memory */
	uint64_t link_time_address;
	struct att_slice path;	/* device path; not looked into */
	bool uint32;	/* UINTN of 32 bits: quirk uint-32bit-image */
	size_t stray;	/* bytes behind the path: old shim */
};

/* Offsets of errors count from the start of the event's data. */
int att_image_load_parse(struct att_slice data, struct att_image_load *ret,
    struct att_err *err) ATT_MUST;

#endif
