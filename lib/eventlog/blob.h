/*
 * Where firmware found what it measured: UEFI_PLATFORM_FIRMWARE_BLOB(2) and
 * UEFI_HANDOFF_TABLE_POINTERS(2) (PFP 1.06, 10.2). The digest is of the bytes
 * there; addresses and descriptions are hints.
 */
#ifndef ATT_EVENTLOG_BLOB_H
#define ATT_EVENTLOG_BLOB_H

#include "base/cur.h"
#include "eventlog/fields.h"
#include "eventlog/guid.h"

#define ATT_HANDOFF_TABLES_MAX 1024

struct att_blob {
	struct att_slice description;	/* of the second form alone; ASCII */
	uint64_t base;
	uint64_t length;	/* bytes */
};

/* `second`: the form that begins with a description. */
int att_blob_parse(struct att_slice data, bool second, struct att_blob *ret,
    struct att_err *err) ATT_MUST;
int att_blob_describe(struct att_slice data, bool second,
    struct att_fields f, struct att_err *err) ATT_MUST;

struct att_handoff {
	struct att_slice description;	/* of the second form alone; ASCII */
	size_t count;
	size_t entry_size;	/* bytes: a GUID and a pointer */
	struct att_slice entries;
};

/* Tables of firmware of 32 bits, with its narrower UINTN, are taken too. */
int att_handoff_parse(struct att_slice data, bool second,
    struct att_handoff *ret, struct att_err *err) ATT_MUST;
/* False if there is no i-th one. */
bool att_handoff_get(const struct att_handoff *h, size_t i,
    uint8_t ret_guid[static ATT_GUID_SIZE], uint64_t *ret_pointer) ATT_MUST;
int att_handoff_describe(struct att_slice data, bool second,
    struct att_fields f, struct att_err *err) ATT_MUST;

#endif
