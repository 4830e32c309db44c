/* Hex, base64 (RFC 4648 section 4) and base64url without padding (5). */
#ifndef ATT_BASE_ENCODING_H
#define ATT_BASE_ENCODING_H

#include "base/buf.h"

/* Lower case; `ret` holds 2 * s.len + 1 bytes. */
void att_hex_encode(struct att_slice s, char *ret);
void att_hex_put(struct att_buf *b, struct att_slice s);
/*
 * Appends the bytes of `text`, either case; an odd count or another character
 * is ATT_E_FORMAT with its offset.
 */
int att_hex_decode(struct att_slice text, struct att_buf *ret,
    struct att_err *err) ATT_MUST;

void att_base64_put(struct att_buf *b, struct att_slice s);
void att_base64url_put(struct att_buf *b, struct att_slice s);
/*
 * Strict: no white space, no missing or extra padding, no stray bits in the
 * last character; anything else is ATT_E_FORMAT with its offset.
 */
int att_base64_decode(struct att_slice text, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
int att_base64url_decode(struct att_slice text, struct att_buf *ret,
    struct att_err *err) ATT_MUST;

#endif
