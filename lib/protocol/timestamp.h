/* Points in time as RFC 3339 texts. att_json_time_of writes them. */
#ifndef ATT_PROTOCOL_TIMESTAMP_H
#define ATT_PROTOCOL_TIMESTAMP_H

#include "base/err.h"

/* Longest text; upstream writes 32 ("2026-11-22T08:07:51.355020+00:00"). */
#define ATT_TIMESTAMP_MAX 40

/*
 * Seconds since 1970 of "2026-11-22T06:04:46Z", with fraction (dropped) and
 * offset; years 1970 to 9999. Second 60 reads as the next second.
 */
int att_timestamp_parse(const char *text, int64_t *ret, struct att_err *err)
    ATT_MUST;

#endif
