/*
 * Netlink, as far as asking a generic family needs it (linux
 * Documentation/userspace-api/netlink/intro.rst). Numbers are in the byte
 * order of the host. Messages come from the kernel, and what drivers put into
 * them is read as if it came from anywhere.
 */
#ifndef ATT_INVENTORY_NETLINK_H
#define ATT_INVENTORY_NETLINK_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/cur.h"

#define ATT_NL_DATAGRAM_MAX 65536	/* bytes received at once */
#define ATT_NL_DATAGRAMS_MAX 4096	/* of one answer */

struct att_nl_message {
	uint16_t type, flags;
	uint32_t seq;
	struct att_slice payload;
};
/* Iterates: 1 one more, 0 end; ATT_E_SHORT, ATT_E_FORMAT. */
int att_nl_next(struct att_cur *c, struct att_nl_message *ret,
    struct att_err *err) ATT_MUST;

struct att_nl_attr {
	uint16_t type;		/* without its flags */
	struct att_slice value;
};
int att_nl_attr_next(struct att_cur *c, struct att_nl_attr *ret,
    struct att_err *err) ATT_MUST;
/* A string: up to its NUL, which must be there, as a C string; else NULL. */
const char *att_nl_string(const struct att_nl_attr *a) ATT_MUST;
bool att_nl_u16(const struct att_nl_attr *a, uint16_t *ret) ATT_MUST;

/*
 * One generic message, its attributes in front of whose end: begin returns a
 * mark for end. `version` is that of the family.
 */
size_t att_nl_begin(struct att_buf *b, uint16_t family, uint16_t flags,
    uint32_t seq, uint8_t command, uint8_t version);
void att_nl_put_string(struct att_buf *b, uint16_t type, const char *text);
void att_nl_end(struct att_buf *b, size_t mark);

/* The way to the kernel; tests put faults here. */
struct att_nl_io {
	/* 0, or -errno */
	int (*send)(void *arg, struct att_slice message);
	/*
	 * One datagram; how long it is, which may be more than `size`, or
	 * -errno.
	 */
	ssize_t (*recv)(void *arg, void *buf, size_t size);
	void *arg;
};

/*
 * Sends a request with NLM_F_ACK or NLM_F_DUMP, and calls each(arg, m, err)
 * for every message of the answer. ATT_E_NOT_FOUND and ATT_E_SYS for what the
 * kernel says; ATT_E_BUSY for an answer that changed while it was given:
 * asked again, it may hold still.
 */
int att_nl_ask(const struct att_nl_io *io, struct att_slice request,
    uint32_t seq,
    int (*each)(void *arg, const struct att_nl_message *m,
	struct att_err *err),
    void *arg, struct att_err *err) ATT_MUST;

/*
 * A socket to the generic families; `*fd` starts as -1 and belongs to `*ret`,
 * and both to the caller.
 */
int att_nl_open(int *fd, struct att_nl_io *ret, struct att_err *err)
    ATT_MUST;

#endif
