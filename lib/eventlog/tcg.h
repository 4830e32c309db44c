/*
 * TCG event logs: SHA-1 and crypto-agile format (PC Client Platform Firmware
 * Profile 1.06 r52, section 10), of a TPM or of a confidential guest (CCEL).
 * Framing only: what events mean stands elsewhere. Nothing is allocated;
 * every slice is of the log's bytes.
 */
#ifndef ATT_EVENTLOG_TCG_H
#define ATT_EVENTLOG_TCG_H

#include "base/cur.h"
#include "base/digest.h"

#define ATT_TCG_LOG_MAX (16u << 20)	/* bytes of a log */
#define ATT_TCG_ALGS_MAX 8		/* algorithms of a header */
#define ATT_TCG_CC_COUNT 5		/* CCEL: MRTD and RTMR 0 to 3 */
#define ATT_TCG_NO_PCR 0xffffffffu	/* of EV_NO_ACTION alone */

/* Event types: PFP table 14, and those of section 3.3.4 that are older. */
enum att_event_type {
	ATT_EV_PREBOOT_CERT = 0x00,
	ATT_EV_POST_CODE = 0x01,
	ATT_EV_UNUSED = 0x02,
	ATT_EV_NO_ACTION = 0x03,
	ATT_EV_SEPARATOR = 0x04,
	ATT_EV_ACTION = 0x05,
	ATT_EV_EVENT_TAG = 0x06,
	ATT_EV_S_CRTM_CONTENTS = 0x07,
	ATT_EV_S_CRTM_VERSION = 0x08,
	ATT_EV_CPU_MICROCODE = 0x09,
	ATT_EV_PLATFORM_CONFIG_FLAGS = 0x0a,
	ATT_EV_TABLE_OF_DEVICES = 0x0b,
	ATT_EV_COMPACT_HASH = 0x0c,
	ATT_EV_IPL = 0x0d,
	ATT_EV_IPL_PARTITION_DATA = 0x0e,
	ATT_EV_NONHOST_CODE = 0x0f,
	ATT_EV_NONHOST_CONFIG = 0x10,
	ATT_EV_NONHOST_INFO = 0x11,
	ATT_EV_OMIT_BOOT_DEVICE_EVENTS = 0x12,
	ATT_EV_POST_CODE2 = 0x13,
	ATT_EV_EFI_VARIABLE_DRIVER_CONFIG = 0x80000001,
	ATT_EV_EFI_VARIABLE_BOOT = 0x80000002,
	ATT_EV_EFI_BOOT_SERVICES_APPLICATION = 0x80000003,
	ATT_EV_EFI_BOOT_SERVICES_DRIVER = 0x80000004,
	ATT_EV_EFI_RUNTIME_SERVICES_DRIVER = 0x80000005,
	ATT_EV_EFI_GPT_EVENT = 0x80000006,
	ATT_EV_EFI_ACTION = 0x80000007,
	ATT_EV_EFI_PLATFORM_FIRMWARE_BLOB = 0x80000008,
	ATT_EV_EFI_HANDOFF_TABLES = 0x80000009,
	ATT_EV_EFI_PLATFORM_FIRMWARE_BLOB2 = 0x8000000a,
	ATT_EV_EFI_HANDOFF_TABLES2 = 0x8000000b,
	ATT_EV_EFI_VARIABLE_BOOT2 = 0x8000000c,
	ATT_EV_EFI_GPT_EVENT2 = 0x8000000d,
	ATT_EV_EFI_HCRTM_EVENT = 0x80000010,
	ATT_EV_EFI_VARIABLE_AUTHORITY = 0x800000e0,
	ATT_EV_EFI_SPDM_FIRMWARE_BLOB = 0x800000e1,
	ATT_EV_EFI_SPDM_FIRMWARE_CONFIG = 0x800000e2,
	ATT_EV_EFI_SPDM_DEVICE_POLICY = 0x800000e3,
	ATT_EV_EFI_SPDM_DEVICE_AUTHORITY = 0x800000e4,
};

/* "EV_SEPARATOR"; vendors' types have names too. NULL if not known. */
const char *att_event_type_name(uint32_t type) ATT_MUST;

struct att_event_digest {
	uint16_t alg;		/* TPM_ALG_ID, known here or not */
	struct att_slice bytes;
};

/*
 * One event. In a CCEL `pcr` is the measurement register: 0 MRTD, 1 to 4
 * RTMR 0 to 3. EV_NO_ACTION may carry any index; it is extended nowhere.
 */
struct att_event {
	uint32_t number;	/* from 0, the header included */
	uint64_t offset;	/* of its first byte in the log */
	uint32_t pcr;
	uint32_t type;		/* enum att_event_type, or anything */
	size_t digest_count;
	struct att_event_digest digest[ATT_TCG_ALGS_MAX];
	struct att_slice data;
};

/* The event's digest of this algorithm; NULL if it has none. */
const struct att_event_digest *att_event_digest(const struct att_event *ev,
    uint16_t alg) ATT_MUST;

enum att_tcg_kind {
	ATT_TCG_TPM,
	ATT_TCG_CC,	/* CCEL of TDX, CSV and the like */
};

/* How a log ends (quirks ff-tail, zero-tail, stray-tail). */
enum att_tcg_tail {
	ATT_TCG_TAIL_NONE,
	ATT_TCG_TAIL_FF,
	ATT_TCG_TAIL_ZERO,
	ATT_TCG_TAIL_STRAY,	/* one to three bytes: no header begins */
};

struct att_tcglog {
	struct att_slice raw;
	enum att_tcg_kind kind;
	bool agile;
	/* of the Spec ID event (PFP 10.4.5.1); zero without one */
	uint32_t platform_class;
	uint8_t version_minor, version_major, errata, uintn_size;
	size_t alg_count;
	struct {
		uint16_t alg;	/* TPM_ALG_ID, known here or not */
		uint16_t size;	/* bytes */
	} alg[ATT_TCG_ALGS_MAX];
	struct att_slice vendor_info;
};

/*
 * Reads the header. `raw` must live as long as the log. A log that is empty is
 * ATT_E_SHORT: no log at all is for the caller to say. A buffer that is only
 * padding is ATT_E_FORMAT, and the log of a confidential guest that is opened
 * as a TPM's ATT_E_UNSUPPORTED.
 */
int att_tcglog_open(struct att_slice raw, enum att_tcg_kind kind,
    struct att_tcglog *ret, struct att_err *err) ATT_MUST;

struct att_tcg_iter {
	const struct att_tcglog *log;
	struct att_cur cur;
	uint32_t number;
	enum att_tcg_tail tail;	/* known once the end was reached */
};

struct att_tcg_iter att_tcg_begin(const struct att_tcglog *log);
/*
 * 1 with the next event, the header's among them; 0 at the end, where
 * it->cur.off counts the bytes of the log that were used. Framing that is
 * broken is ATT_E_SHORT, ATT_E_FORMAT or ATT_E_LIMIT with its offset, and
 * nothing can be read behind it.
 */
int att_tcg_next(struct att_tcg_iter *it, struct att_event *ret,
    struct att_err *err) ATT_MUST;

#endif
