/* The answer to Get Device ID (IPMI 2.0, 20.1): which BMC, which firmware. */
#ifndef ATT_IPMI_DEVICE_ID_H
#define ATT_IPMI_DEVICE_ID_H

#include "base/err.h"

#define ATT_IPMI_BUSY 0xc0	/* completion codes (5.2): node busy, */
#define ATT_IPMI_TIMEOUT 0xc3	/* and the BMC did not answer in time */

struct att_ipmi_device_id {
	uint8_t device, revision;
	bool updating;		/* or it starts up: the rest is no word yet */
	uint8_t major, minor;	/* of the firmware; minor is BCD */
	uint8_t ipmi;		/* 0x02 is 2.0, 0x51 is 1.5 */
	uint32_t manufacturer;	/* IANA's number, 20 bits */
	uint16_t product;
	bool has_aux;
	uint8_t aux[4];		/* as they came */
};

/*
 * `data` is what follows NetFn and command: a completion code, 11 bytes, and
 * 4 bytes more from most. ATT_E_DENIED with the code in err->sub for one that
 * is not 0; ATT_E_BUSY if that is one after which to ask again; ATT_E_SHORT,
 * ATT_E_TRAILING for another length.
 */
int att_ipmi_device_id_parse(struct att_slice data,
    struct att_ipmi_device_id *ret, struct att_err *err) ATT_MUST;

#endif
