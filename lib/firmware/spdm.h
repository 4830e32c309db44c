/*
 * Signed measurements of a device (DMTF DSP0274, GET_MEASUREMENTS and
 * MEASUREMENTS), as SPDMGetSignedMeasurements of Redfish hands them out: what
 * went over the wire, one message behind the other, as the device signed it
 * (L1/L2). Reads, and believes nothing: signature and nonce are for
 * lib/appraise/spdm.h. docs/PROTOCOL-spdm.txt has the layout. Slices are of
 * the caller's bytes.
 */
#ifndef ATT_FIRMWARE_SPDM_H
#define ATT_FIRMWARE_SPDM_H

#include "eventlog/spdm.h"
#include "firmware/spdm_vca.h"

#define ATT_SPDM_TRANSCRIPT_MAX (1u << 20)	/* bytes */
#define ATT_SPDM_NONCE_SIZE 32
#define ATT_SPDM_INDEX_MAX 0xfe		/* of a measurement, from 1 */

/* DMTFSpecMeasurementValueType, without the bit of raw values. */
enum att_spdm_type {
	ATT_SPDM_ROM = 0,
	ATT_SPDM_FIRMWARE = 1,
	ATT_SPDM_HARDWARE_CONFIG = 2,
	ATT_SPDM_FIRMWARE_CONFIG = 3,
	ATT_SPDM_MANIFEST = 4,
	ATT_SPDM_DEVICE_MODE = 5,
	ATT_SPDM_FIRMWARE_VERSION = 6,
	ATT_SPDM_SECURITY_VERSION = 7,
};
/* "firmware"; NULL if not known, or if the block is none of DMTF's. */
const char *att_spdm_type_name(const struct att_spdm_block *b) ATT_MUST;

/* Did a measurement change while they were read? From 1.2 on. */
enum att_spdm_content {
	ATT_SPDM_CONTENT_UNKNOWN = 0,	/* the device does not find out */
	ATT_SPDM_CONTENT_CHANGED = 1,
	ATT_SPDM_CONTENT_SAME = 2,
};

struct att_spdm_measurement {
	bool there;
	/* stands in the signed answer, not in one before it */
	bool last;
	struct att_spdm_block block;
};

/* DeviceMode: bits as DSP0274 has them. */
struct att_spdm_mode {
	uint32_t operational, device;
};
#define ATT_SPDM_MODE_NORMAL (1u << 2)		/* operational */
#define ATT_SPDM_DEBUG_NOW 0x03u		/* device: active */
#define ATT_SPDM_DEBUG_SINCE_RESET 0x0cu	/* was active */
#define ATT_SPDM_DEBUG_EVER 0x10u		/* since it was made */

struct att_spdm_transcript {
	uint8_t version;		/* enum att_spdm_version */
	/* 1.0 and 1.1 do not tell */
	struct att_spdm_algorithms algorithms;
	size_t digest_size;		/* from 1.2 on; 0: all are raw */
	enum att_spdm_content content;
	uint8_t slot;			/* of the certificate chain */
	unsigned pairs;			/* of request and answer */
	struct att_slice nonce;		/* of the signed request */
	struct att_slice opaque;	/* of the signed answer */
	struct att_slice message;	/* what is signed */
	struct att_slice signature;
	size_t count;
	/* by index */
	struct att_spdm_measurement at[ATT_SPDM_INDEX_MAX + 1];
	bool has_mode, has_security_version;
	struct att_spdm_mode mode;	/* all bits of the blocks of the type */
	uint64_t security_version;	/* the least of the blocks of it */
};

/*
 * Parses all of the bytes. The signed answer is the last one, an index is
 * answered once, or twice alike, and nothing follows the signature; whatever
 * else, ATT_E_FORMAT or what says more.
 */
int att_spdm_transcript_parse(struct att_slice bytes,
    struct att_spdm_transcript *ret, struct att_err *err) ATT_MUST;

/* True if it has a value, and all bytes of it are 0. */
bool att_spdm_is_unused(const struct att_spdm_block *b) ATT_MUST;

/* The value of a raw block of that type; false if it is none. */
bool att_spdm_security_version(const struct att_spdm_block *b, uint64_t *ret)
    ATT_MUST;

#endif
