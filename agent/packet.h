/*
 * Packets of a Unix socket (SOCK_SEQPACKET), each with at most one descriptor,
 * and none of them waited for without an end. Times are of base/steady.h, in
 * milliseconds; one that is over is ATT_E_TIMEOUT.
 */
#ifndef ATT_AGENT_PACKET_H
#define ATT_AGENT_PACKET_H

#include "base/buf.h"

/*
 * Connects to `path`. ATT_E_NOT_FOUND: there is nothing; ATT_E_DENIED: it may
 * not be used, or is served by somebody else than root or this process's user.
 */
int att_packet_connect(const char *path, uint64_t until, int *ret,
    struct att_err *err) ATT_MUST;

/* `pass` -1: no descriptor. ATT_E_SHORT if the other side is gone. */
int att_packet_send(int fd, struct att_slice packet, int pass,
    uint64_t until, struct att_err *err) ATT_MUST;

/* The other side has not received all that was sent to it. */
bool att_packet_is_unread(int fd) ATT_MUST;

/*
 * Appends one packet to `ret`, which must have room for it.
 * `ret_passed` NULL: no descriptor is taken; else *ret_passed is the one that
 * came, the caller's, or -1. ATT_E_SHORT: the other side ended; ATT_E_LIMIT: a
 * packet too long; ATT_E_FORMAT: more descriptors than are taken. What came is
 * closed then.
 */
int att_packet_recv(int fd, uint64_t until, struct att_buf *ret,
    int *ret_passed, struct att_err *err) ATT_MUST;

#endif
