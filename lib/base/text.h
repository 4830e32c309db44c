/* Text that came from outside, made safe to print and to put into JSON. */
#ifndef ATT_BASE_TEXT_H
#define ATT_BASE_TEXT_H

#include "base/buf.h"

/*
 * Appends `s` as UTF-8 without control characters: well-formed UTF-8 stays,
 * C0, DEL, C1, bidirectional controls, backslash and broken bytes become \xNN
 * of each byte. What comes out can be shown on any terminal.
 */
void att_text_put(struct att_buf *b, struct att_slice s);
/*
 * The same, and backslashes stay, which the paths of EFI live on: for text
 * that only people read, as \xNN is ambiguous then.
 */
void att_text_put_path(struct att_buf *b, struct att_slice s);
/* The same two for UTF-16LE; lone surrogates and an odd byte become \xNN. */
void att_text_put_utf16le(struct att_buf *b, struct att_slice s);
void att_text_put_path_utf16le(struct att_buf *b, struct att_slice s);
/* "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" of 16 bytes in EFI order. */
void att_text_put_guid(struct att_buf *b, const uint8_t guid[static 16]);

/*
 * In place, for text of a fixed size: '?' for each byte that
 * att_text_put_path would escape.
 */
void att_text_mask(char *text);

/* True if att_text_put would change nothing. */
bool att_text_is_clean(struct att_slice s) ATT_MUST;
/* Well-formed UTF-8 (RFC 3629), whatever its characters do. */
bool att_text_is_utf8(struct att_slice s) ATT_MUST;

#endif
