/*
 * What was decoded, as JSON that is being filled: all text in it is clean.
 * A failure (no memory) sticks: put all, then ask att_fields_ok once.
 */
#ifndef ATT_EVENTLOG_FIELDS_H
#define ATT_EVENTLOG_FIELDS_H

#include "base/json.h"

/* An object or an array. Passed by value; both pointers are borrowed. */
struct att_fields {
	json_t *json;	/* NULL after a failure */
	bool *failed;
};

/*
 * The root: `json` is an object of the caller's, NULL where it could not be
 * made; *failed is set false, or true then.
 */
struct att_fields att_fields_begin(json_t *json, bool *failed);
int att_fields_ok(struct att_fields f, struct att_err *err) ATT_MUST;

/* A member that is an object or an array; `name` NULL: f is an array. */
struct att_fields att_fields_object(struct att_fields f, const char *name);
struct att_fields att_fields_array(struct att_fields f, const char *name);

/* A member, or with `name` NULL an element. Numbers over 2^63 are "0x...". */
void att_fields_uint(struct att_fields f, const char *name, uint64_t v);
void att_fields_bool(struct att_fields f, const char *name, bool v);
/* "0x..." */
void att_fields_address(struct att_fields f, const char *name, uint64_t v);
/* A constant of the program. */
void att_fields_str(struct att_fields f, const char *name, const char *text);
/* Made clean, backslashes kept; up to the first NUL, or all of it. */
void att_fields_text(struct att_fields f, const char *name,
    struct att_slice s);
void att_fields_utf16(struct att_fields f, const char *name,
    struct att_slice s);
/* As "<name>" if it is text of either kind, else as "<name>_hex". */
void att_fields_any(struct att_fields f, const char *name,
    struct att_slice s);
void att_fields_hex(struct att_fields f, const char *name,
    struct att_slice s);
/* The GUID, and as "<name>_name" what it is called, if that is known. */
void att_fields_guid(struct att_fields f, const char *name,
    const uint8_t guid[static 16]);
/* Clean text, made by an att_..._print. */
void att_fields_buf(struct att_fields f, const char *name,
    const struct att_buf *b);
/* SHA-256 of the bytes, as hex. */
void att_fields_sha256(struct att_fields f, const char *name,
    struct att_slice s);

#endif
