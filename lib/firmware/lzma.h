/* Compressed sections of EFI firmware: the only home of liblzma. */
#ifndef ATT_FIRMWARE_LZMA_H
#define ATT_FIRMWARE_LZMA_H

#include "base/buf.h"

#define ATT_LZMA_MEMORY_MAX ((uint64_t)96 << 20)	/* of the decoder */

/*
 * Appends what `in` unpacks to: the format of LZMA_Alone, as edk2's tools write
 * it, `x86` with the branch filter over the whole. More than `ret` still takes
 * and more memory than the limit are ATT_E_LIMIT, anything else that is wrong
 * ATT_E_FORMAT; `ret` is longer then by what was unpacked all the same, which a
 * caller with a limit for all has to count. Bytes behind the stream are padding
 * and not looked at.
 */
int att_lzma_decode(struct att_slice in, bool x86, struct att_buf *ret,
    struct att_err *err) ATT_MUST;

#endif
