/*
 * DEVICE_SECURITY_EVENT_DATA and its second form (PFP 1.06, 10.2.7): what a
 * device said of itself over SPDM (DMTF DSP0274), measured by the firmware.
 * Slices are of the caller's bytes.
 */
#ifndef ATT_EVENTLOG_SPDM_H
#define ATT_EVENTLOG_SPDM_H

#include "base/cur.h"
#include "eventlog/fields.h"

/* How the firmware's authentication of the device went. */
enum att_spdm_auth {
	ATT_SPDM_AUTH_SUCCESS = 0,
	ATT_SPDM_AUTH_NONE = 1,		/* digital signatures not supported */
	ATT_SPDM_AUTH_NO_BINDING = 2,	/* to a provisioned certificate */
	ATT_SPDM_AUTH_FAIL_NO_SIG = 3,
	ATT_SPDM_AUTH_FAIL_INVALID = 4,
	ATT_SPDM_AUTH_NO_SPDM = 0xff,
};
/* "success"; NULL if not known. */
const char *att_spdm_auth_name(uint8_t auth) ATT_MUST;

/* One block of measurements (DSP0274, 10.11.1). */
struct att_spdm_block {
	uint8_t index;
	uint8_t specification;	/* bit 0: DMTF */
	uint8_t type;		/* DMTF's; bit 7: raw bytes, no digest */
	struct att_slice value;
};

struct att_spdm_device {
	unsigned form;		/* 1 or 2 */
	uint16_t version;
	uint8_t auth;		/* enum att_spdm_auth; of form 2 */
	uint32_t type;		/* 0 none, 1 PCI, 2 USB */
	uint64_t uid;		/* joins records of one device; of form 2 */
	struct att_slice path;	/* device path */
	uint32_t content;	/* 0 measurements, 1 certificate chain */
	uint16_t spdm_version;	/* of form 2 */
	uint8_t count;		/* of blocks, or the chain's slot */
	uint32_t hash_alg;	/* bits, as SPDM has them */
	struct att_slice body;	/* blocks, the chain, or what is not known */
	struct att_slice context;	/* of PCI or USB */
};

/* Offsets of errors go on from c's. */
int att_spdm_parse(struct att_cur c, struct att_spdm_device *ret,
    struct att_err *err) ATT_MUST;
/* 1 with the next block of `body`, 0 at its end. */
int att_spdm_block_next(struct att_cur *c, struct att_spdm_block *ret,
    struct att_err *err) ATT_MUST;
int att_spdm_describe(struct att_cur c, struct att_fields f,
    struct att_err *err) ATT_MUST;

#endif
