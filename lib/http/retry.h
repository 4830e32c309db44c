/* Retry-After (RFC 9110, 10.2.3) from a server that may say anything. */
#ifndef ATT_HTTP_RETRY_H
#define ATT_HTTP_RETRY_H

#include "base/util.h"

/*
 * Seconds to wait from `now` (seconds since 1970), never outside min..max.
 * `text` is a count of seconds or an HTTP date; what is absent ("" or NULL),
 * malformed, said twice or in the past gives `otherwise`.
 */
uint32_t att_http_retry_after(const char *text, int64_t now, uint32_t min,
    uint32_t max, uint32_t otherwise) ATT_MUST;
/* The seconds since 1970 that an HTTP date says; `otherwise` if it is none. */
int64_t att_http_date(const char *text, int64_t otherwise) ATT_MUST;

#endif
