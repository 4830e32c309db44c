/*
 * UEFI_VARIABLE_DATA (PFP 1.06, 10.2.6): what EV_EFI_VARIABLE_DRIVER_CONFIG,
 * _BOOT, _BOOT2 and _AUTHORITY log. Slices are of the event's data.
 */
#ifndef ATT_EVENTLOG_VARIABLE_H
#define ATT_EVENTLOG_VARIABLE_H

#include "base/buf.h"
#include "base/cur.h"
#include "eventlog/guid.h"

struct att_efi_variable {
	uint8_t guid[ATT_GUID_SIZE];	/* vendor of the name */
	struct att_slice name;		/* UTF-16LE, as logged */
	struct att_slice data;
	size_t stray;	/* bytes behind VariableData: old shim, old BIOSes */
};

/*
 * Parses the data of an event; whether `stray` bytes are to be borne with is
 * for who knows the event's type. Offsets of errors count from its start.
 */
int att_efi_variable_parse(struct att_slice data,
    struct att_efi_variable *ret, struct att_err *err) ATT_MUST;
/* The fields, and nothing behind them. */
void att_efi_variable_encode(const struct att_efi_variable *v,
    struct att_buf *ret);

/* True for this vendor and exactly this ASCII name. */
bool att_efi_variable_is(const struct att_efi_variable *v,
    const uint8_t guid[static ATT_GUID_SIZE], const char *name) ATT_MUST;
/* True if UTF-16LE text is this ASCII text, without a NUL. */
bool att_utf16le_is(struct att_slice s, const char *ascii) ATT_MUST;

#endif
