/*
 * Firmware claims: what a node found of its firmware in a measuring pass, as
 * one document (evidence firmware_claims; docs/PROTOCOL-firmware.txt,
 * section 5). What stays the same while the firmware does is kept apart from
 * what each pass adds: when it was, by the TPM's clock, and what changes by
 * itself.
 */
#ifndef ATT_FIRMWARE_CLAIMS_H
#define ATT_FIRMWARE_CLAIMS_H

#include "firmware/flash.h"

#define ATT_FIRMWARE_CLAIMS_FORMAT "attestd-firmware/1"
#define ATT_FIRMWARE_CLAIMS_MAX (4u << 20)	/* bytes of a document */
#define ATT_FLASH_MAX 16			/* chips of a node */
#define ATT_FIRMWARE_BOOT_MAX 64		/* bytes of a boot_id */
#define ATT_UNSTEADY_MAX 64		/* ranges of a chip */
#define ATT_PASS_NAME_MAX (ATT_FLASH_NAME_MAX + 15)

/* TPMS_CLOCK_INFO (TPM 2.0 Part 2, 10.11.1). */
struct att_pass_clock {
	uint64_t clock;		/* milliseconds */
	uint32_t reset_count, restart_count;
	bool safe;
};

/* One pass: over one chip, or over all components. */
struct att_pass {
	/* "flash/BIOS", "components" */
	char of[ATT_PASS_NAME_MAX + 1];
	int64_t at;		/* seconds since 1970, the node's clock */
	int64_t seconds;	/* how long it took */
	/* read from the TPM before and after */
	bool has_clock;		/* false: the TPM could not be asked */
	struct att_pass_clock begin, end;
	/*
	 * Of a chip: where its ranges begin that were another at each look
	 * (att_spool_reread), in order.
	 */
	uint64_t unsteady[ATT_UNSTEADY_MAX];
	size_t unsteady_count;
};

struct att_firmware_claims {
	char boot_id[ATT_FIRMWARE_BOOT_MAX + 1];
	struct att_flash flash[ATT_FLASH_MAX];	/* sorted by name */
	size_t chips;
	/* why there is no chip at all: "not available: ..."; or "" */
	char no_flash[ATT_COMPONENT_REASON_MAX + 1];
	struct att_components components;
	/*
	 * Sorted by what they are of: one for each chip that was tried and
	 * one for components. A chip without one was not tried.
	 */
	struct att_pass pass[ATT_FLASH_MAX + 1];
	size_t passes;
};
void att_firmware_claims_free(struct att_firmware_claims *c);
ATT_DEFINE_AUTO(struct att_firmware_claims, att_firmware_claims_free)

/*
 * Adds one at its place, with path MTD and result FAILED; the texts are cut and
 * made clean. ATT_E_LIMIT: there are ATT_FLASH_MAX, or a pass more;
 * ATT_E_CONFLICT: it is there already.
 */
int att_firmware_claims_add_flash(struct att_firmware_claims *c,
    const char *name, struct att_flash **ret, struct att_err *err) ATT_MUST;
int att_firmware_claims_add_pass(struct att_firmware_claims *c,
    const char *of, struct att_pass **ret, struct att_err *err) ATT_MUST;

/* NULL: none of this name. */
const struct att_flash *att_firmware_claims_flash(
    const struct att_firmware_claims *c, const char *name) ATT_MUST;
const struct att_pass *att_firmware_claims_pass(
    const struct att_firmware_claims *c, const char *of) ATT_MUST;

/*
 * False if a pass lies after `quoted`, or in another count of the TPM's: who
 * reset or cleared it came between, so that no verifier takes it (section 5).
 * One that has no time is passed over.
 */
bool att_firmware_claims_precede(const struct att_firmware_claims *c,
    const struct att_pass_clock *quoted) ATT_MUST;

/* Appends it in canonical form (RFC 8785): encode(parse(x)) == x for it. */
int att_firmware_claims_encode(const struct att_firmware_claims *c,
    struct att_buf *ret, struct att_err *err) ATT_MUST;
/*
 * Members that are not known are passed over. What is known and breaks a rule
 * is refused: ranges with a hole, a chip twice, an unknown class. The maps have
 * the digests of volatile ranges too, where a pass tells them; else these have
 * length 0.
 */
int att_firmware_claims_parse(struct att_slice text,
    struct att_firmware_claims **ret, struct att_err *err) ATT_MUST;

#endif
