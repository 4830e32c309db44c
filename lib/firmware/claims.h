/*
 * Firmware claims: what a node found of its firmware in a measuring pass, as
 * one document (evidence firmware_claims; docs/PROTOCOL-firmware.txt,
 * section 5). What stays the same while the firmware does is kept apart from
 * what each pass adds: when it was, by the TPM's clock, and what changes by
 * itself.
 */
#ifndef ATT_FIRMWARE_CLAIMS_H
#define ATT_FIRMWARE_CLAIMS_H

#include "firmware/component.h"
#include "firmware/map.h"

#define ATT_FIRMWARE_CLAIMS_FORMAT "attestd-firmware/1"
#define ATT_FIRMWARE_CLAIMS_MAX (4u << 20)	/* bytes of a document */
#define ATT_FLASH_MAX 16			/* chips of a node */
#define ATT_FLASH_NAME_MAX 64
#define ATT_FIRMWARE_BOOT_MAX 64		/* bytes of a boot_id */

/* One chip. */
struct att_flash {
	char name[ATT_FLASH_NAME_MAX + 1];	/* "BIOS"; unique */
	enum att_path path;			/* MTD or IMAGE */
	enum att_measured result;
	/* NOT OK: why; "" otherwise */
	char reason[ATT_COMPONENT_REASON_MAX + 1];
	bool writable;		/* the kernel lets the host write it */
	struct att_map *map;	/* owned; NULL unless OK */
};

/* TPMS_CLOCK_INFO (TPM 2.0 Part 2, 10.11.1). */
struct att_pass_clock {
	uint64_t clock;		/* milliseconds */
	uint32_t reset_count, restart_count;
	bool safe;
};

/* One pass: over one chip, or over all components. */
struct att_pass {
	/* "flash/BIOS", "components" */
	char of[ATT_FLASH_NAME_MAX + 16];
	int64_t at;		/* seconds since 1970, the node's clock */
	int64_t seconds;	/* how long it took */
	/* read from the TPM before and after */
	bool has_clock;		/* false: the TPM could not be asked */
	struct att_pass_clock begin, end;
};

struct att_firmware_claims {
	char boot_id[ATT_FIRMWARE_BOOT_MAX + 1];
	struct att_flash flash[ATT_FLASH_MAX];	/* sorted by name */
	size_t chips;
	/* why there is no chip at all: "not available: ..."; or "" */
	char no_flash[ATT_COMPONENT_REASON_MAX + 1];
	struct att_components components;
	struct att_pass pass[ATT_FLASH_MAX + 1];	/* one each */
	size_t passes;
};
void att_firmware_claims_free(struct att_firmware_claims *c);
ATT_DEFINE_AUTO(struct att_firmware_claims, att_firmware_claims_free)

/* NULL: none of this name. */
const struct att_flash *att_firmware_claims_flash(
    const struct att_firmware_claims *c, const char *name) ATT_MUST;
const struct att_pass *att_firmware_claims_pass(
    const struct att_firmware_claims *c, const char *of) ATT_MUST;

/* Appends it in canonical form (RFC 8785): encode(parse(x)) == x for it. */
int att_firmware_claims_encode(const struct att_firmware_claims *c,
    struct att_buf *ret, struct att_err *err) ATT_MUST;
/*
 * Members that are not known are passed over, outside of `firmware`; inside of
 * it, where PCR 23 has their digest, they are passed over as well. What is
 * known and breaks a rule is refused: ranges with a hole, a chip twice, an
 * unknown class. The maps have the digests of volatile ranges too.
 */
int att_firmware_claims_parse(struct att_slice text,
    struct att_firmware_claims **ret, struct att_err *err) ATT_MUST;

#endif
