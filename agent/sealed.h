/*
 * Bytes that one process hands to another: memory under a descriptor
 * (memfd_create(2)), sealed, so that who reads it reads what was written,
 * whatever the writer does meanwhile.
 */
#ifndef ATT_AGENT_SEALED_H
#define ATT_AGENT_SEALED_H

#include "base/buf.h"

/* An empty one that can be written; *ret is the caller's. */
int att_sealed_new(int *ret, struct att_err *err) ATT_MUST;
/* Appends these bytes. */
int att_sealed_put(int fd, struct att_slice bytes, struct att_err *err)
    ATT_MUST;
/*
 * Appends what can be read from `from` up to its end, in small pieces;
 * ATT_E_LIMIT if that is more than `max` bytes. `what` is named in errors.
 */
int att_sealed_copy(int fd, int from, size_t max, const char *what,
    struct att_err *err) ATT_MUST;
/* From now on nobody changes it. *ret is its length. */
int att_sealed_close(int fd, uint64_t *ret, struct att_err *err) ATT_MUST;

/*
 * Appends all of one that somebody else made. ATT_E_UNTRUSTED: it is none, or
 * could still be changed; ATT_E_MISMATCH: it does not have `length` bytes.
 */
int att_sealed_read(int fd, uint64_t length, struct att_buf *ret,
    struct att_err *err) ATT_MUST;

#endif
