/*
 * JSON, over jansson. This header is jansson's one home: other files include
 * it and use json_t as it is; wrapping the type again would add names and no
 * safety. What it adds: limits, strictness, and errors that name the member.
 */
#ifndef ATT_BASE_JSON_H
#define ATT_BASE_JSON_H

#include <jansson.h>

#include "base/buf.h"
#include "base/digest.h"

static inline void
att_json_decref(json_t *j)
{
	json_decref(j);
}
ATT_DEFINE_AUTO(json_t, att_json_decref)

#define ATT_JSON_DEPTH_MAX 64	/* nested containers */
#define ATT_JSON_VALUES_MAX (1 << 19)	/* they take less than 100 MB */

/*
 * Parses one JSON text (RFC 8259) of at most `max` bytes; duplicate members,
 * NUL in strings, more than these two limits and anything after the value
 * are refused. The value is the caller's.
 */
int att_json_parse(struct att_slice text, size_t max, json_t **ret,
    struct att_err *err) ATT_MUST;

/*
 * Members of an object. A missing member or one of another type is
 * ATT_E_FORMAT naming it. Returned values are borrowed from `obj`.
 * `_opt`: a missing or null member gives 0 and leaves *ret as it was.
 */
int att_json_obj(const json_t *obj, const char *name, json_t **ret,
    struct att_err *err) ATT_MUST;
int att_json_arr(const json_t *obj, const char *name, json_t **ret,
    struct att_err *err) ATT_MUST;
int att_json_str(const json_t *obj, const char *name, const char **ret,
    struct att_err *err) ATT_MUST;
int att_json_str_opt(const json_t *obj, const char *name, const char **ret,
    struct att_err *err) ATT_MUST;
int att_json_int(const json_t *obj, const char *name, int64_t min,
    int64_t max, int64_t *ret, struct att_err *err) ATT_MUST;
int att_json_int_opt(const json_t *obj, const char *name, int64_t min,
    int64_t max, int64_t *ret, struct att_err *err) ATT_MUST;
int att_json_bool(const json_t *obj, const char *name, bool *ret,
    struct att_err *err) ATT_MUST;
/* A base64 (not url) string, decoded and appended to `ret`. */
int att_json_base64(const json_t *obj, const char *name, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
/* A hex string that is a digest of this algorithm. */
int att_json_digest(const json_t *obj, const char *name, uint16_t alg,
    struct att_digest *ret, struct att_err *err) ATT_MUST;
/* Refuses members that `names` (NULL-terminated) does not list. */
int att_json_only(json_t *obj, const char *const *names,
    struct att_err *err) ATT_MUST;

/* Values of the caller's; NULL without memory. Text is made clean first. */
json_t *att_json_text(struct att_slice s) ATT_MUST;
json_t *att_json_base64_of(struct att_slice s) ATT_MUST;
json_t *att_json_hex_of(struct att_slice s) ATT_MUST;
/* "2026-11-24T15:04:05Z" (RFC 3339) of seconds since 1970. */
json_t *att_json_time_of(int64_t unix_seconds) ATT_MUST;

/*
 * Sets obj[name] = value and takes the value; 0 or ATT_E_NOMEM, also if
 * `value` is NULL, so that a constructor can stand in the call.
 */
int att_json_put(json_t *obj, const char *name, json_t *value,
    struct att_err *err) ATT_MUST;
int att_json_add(json_t *arr, json_t *value, struct att_err *err) ATT_MUST;

/* Canonical: sorted members, no white space. Appends to `ret`. */
int att_json_write(const json_t *j, struct att_buf *ret, struct att_err *err)
    ATT_MUST;
/* For people: sorted, two spaces, ends in a newline. */
int att_json_write_pretty(const json_t *j, struct att_buf *ret,
    struct att_err *err) ATT_MUST;

#endif
