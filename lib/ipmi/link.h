/*
 * The way to a BMC through the kernel's device, /dev/ipmi0: one question, Get
 * Device ID. There is no call by which anything else could be sent: a command
 * that makes an account, or resets a BMC, is not one argument away.
 */
#ifndef ATT_IPMI_LINK_H
#define ATT_IPMI_LINK_H

#include "ipmi/device_id.h"

#define ATT_IPMI_REPLY_MAX 64	/* bytes taken of one message */

/* A message as the kernel hands it over. */
struct att_ipmi_reply {
	bool response;		/* else an event, or a command to us */
	long id;		/* of the question */
	uint8_t netfn, command;
	size_t len;
	uint8_t data[ATT_IPMI_REPLY_MAX];
};

/* How the device is reached; tests put faults here. */
struct att_ipmi_io {
	/* Asks for the device id, under this number; 0, or -errno. */
	int (*send)(void *arg, long id);
	/* Up to `ms` for a message: 1, 0 if there is none, or -errno. */
	int (*wait)(void *arg, int ms);
	/* 0, or -errno; -EMSGSIZE: it was longer, and is gone. */
	int (*recv)(void *arg, struct att_ipmi_reply *ret);
	/* Milliseconds of a clock that only goes forward. */
	int64_t (*now)(void *arg);
	void (*sleep)(void *arg, int ms);
	void *arg;
};

/*
 * Asks, and asks again while the BMC is busy, until `timeout_ms` are over:
 * ATT_E_TIMEOUT, or ATT_E_BUSY if it was busy to the end. What is no answer to
 * the last question is passed over.
 */
int att_ipmi_ask(const struct att_ipmi_io *io, unsigned timeout_ms,
    struct att_ipmi_device_id *ret, struct att_err *err) ATT_MUST;

/*
 * ATT_E_NOT_FOUND: no such device. `*fd` starts as -1 and belongs to `*ret`,
 * and both to the caller.
 */
int att_ipmi_open(const char *path, int *fd, struct att_ipmi_io *ret,
    struct att_err *err) ATT_MUST;

#endif
