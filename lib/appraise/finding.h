/*
 * Findings: what appraisal has to say, as stable codes to alert on, each with
 * one plain sentence. docs/FINDINGS.md is the table of finding.c, and a test
 * holds the two together.
 */
#ifndef ATT_APPRAISE_FINDING_H
#define ATT_APPRAISE_FINDING_H

#include "base/json.h"
#include "base/pcr.h"

/*
 * Codes are names on the outside (att_finding_name); the numbers may change
 * between versions, the names and what they mean may not.
 */
enum att_finding_code {
	/* who signed, and what */
	ATT_F_NO_QUOTE,
	ATT_F_AK_UNKNOWN,
	ATT_F_AK_ATTRIBUTES,
	ATT_F_QUOTE_SIGNATURE,
	ATT_F_QUOTE_SCHEME,
	ATT_F_QUOTE_MALFORMED,
	ATT_F_QUOTE_TYPE,
	ATT_F_QUOTE_NONCE,
	ATT_F_QUOTE_SELECTION,
	ATT_F_QUOTE_DIGEST,
	ATT_F_PCR_NOT_QUOTED,
	/* time and counters of the TPM */
	ATT_F_CLOCK_REWOUND,
	ATT_F_RESET_REWOUND,
	ATT_F_RESTART_REWOUND,
	ATT_F_REBOOT_HIDDEN,
	ATT_F_ROLLED_BACK,
	ATT_F_REBOOTED,
	ATT_F_SUSPENDED,
	ATT_F_CLOCK_UNSAFE,
	ATT_F_FIRMWARE_VERSION,
	ATT_F_EVIDENCE_OLD,
	/* banks */
	ATT_F_BANK_WEAK,
	ATT_F_BANK_UNEXTENDED,
	ATT_F_BANK_MISSING,
	/* logs */
	ATT_F_LOG_MISSING,
	ATT_F_LOG_UNREADABLE,
	ATT_F_LOG_MALFORMED,
	ATT_F_LOG_NOT_BOUND,
	ATT_F_PCR_MISMATCH,
	ATT_F_PCR_INCOMPLETE,
	ATT_F_PCR_NO_EVENTS,
	ATT_F_EVENT_DATA,
	ATT_F_LOG_QUIRK,
	/* reference values */
	ATT_F_NO_REFERENCE,
	ATT_F_REFERENCE_EXPIRED,
	ATT_F_PCR_NOT_IN_REFERENCE,
	ATT_F_PCR_VALUE,
	ATT_F_EVENT_CHANGED,
	ATT_F_EVENT_NOT_IN_REFERENCE,
	ATT_F_EVENT_MISSING,
	ATT_F_EVENT_ORDER,
	/* the running system: IMA's list and runtime policies */
	ATT_F_IMA_MISMATCH,
	ATT_F_IMA_INCOMPLETE,
	ATT_F_IMA_OTHER_BOOT,
	ATT_F_IMA_PADDED,
	ATT_F_IMA_REGISTER,
	ATT_F_IMA_TEMPLATE,
	ATT_F_IMA_FILE_UNKNOWN,
	ATT_F_IMA_FILE_CHANGED,
	ATT_F_IMA_SIGNATURE_BAD,
	ATT_F_IMA_SIGNATURE_KEY,
	ATT_F_IMA_SIGNATURE_KIND,
	ATT_F_IMA_SIGNATURE_LIMIT,
	ATT_F_IMA_VIOLATION,
	ATT_F_IMA_POLICY_MISSING,
	/* Secure Boot */
	ATT_F_SECURE_BOOT_OFF,
	ATT_F_SECURE_BOOT_UNKNOWN,
	ATT_F_SECURE_BOOT_FAULT,
	ATT_F_BOOT_DEBUG,
	ATT_F_DMA_PROTECTION_OFF,
	/* devices that sign their measurements (SPDM) */
	ATT_F_SPDM_NOT_REPORTED,
	ATT_F_SPDM_CHALLENGE,
	ATT_F_SPDM_STALE,
	ATT_F_SPDM_DEVICE_MISSING,
	ATT_F_SPDM_TWIN,
	ATT_F_SPDM_ELSEWHERE,
	ATT_F_SPDM_MALFORMED,
	ATT_F_SPDM_CERTIFICATE,
	ATT_F_SPDM_SIGNATURE,
	ATT_F_SPDM_NONCE,
	ATT_F_SPDM_CHANGED,
	ATT_F_SPDM_OTHER_DEVICE,
	ATT_F_SPDM_NO_REFERENCE,
	ATT_F_SPDM_NOT_DATED,
	ATT_F_SPDM_MEASUREMENT,
	ATT_F_SPDM_UNKNOWN,
	ATT_F_SPDM_MISSING,
	ATT_F_SPDM_SECURITY_VERSION,
	ATT_F_SPDM_DOWNGRADE,
	ATT_F_SPDM_DEBUG,
	ATT_F_SPDM_MODE,
	/* firmware claims: when they were measured */
	ATT_F_FIRMWARE_NOT_DATED,
	ATT_F_FIRMWARE_OTHER_BOOT,
	ATT_F_FIRMWARE_CLOCK,
	ATT_F_FIRMWARE_OLD,
	ATT_F_FIRMWARE_NO_REFERENCE,
	/* flash chips */
	ATT_F_FLASH_MISSING,
	ATT_F_FLASH_NOT_READ,
	ATT_F_FLASH_NOT_IN_REFERENCE,
	ATT_F_FLASH_PATH,
	ATT_F_FLASH_ALGORITHM,
	ATT_F_FLASH_SIZE,
	ATT_F_FLASH_CHANGED,
	ATT_F_FLASH_GAP,
	ATT_F_FLASH_LAYOUT,
	ATT_F_FLASH_UNREADABLE,
	ATT_F_FLASH_MORE,
	ATT_F_FLASH_OTHER_MACHINE,
	ATT_F_FLASH_ENROLLED,
	ATT_F_FLASH_NOT_ENROLLED,
	ATT_F_FLASH_WRITABLE,
	ATT_F_FLASH_UNLOCKED,
	ATT_F_FLASH_STRUCTURE,
	ATT_F_FLASH_UNSTEADY,
	/* components */
	ATT_F_COMPONENT_MISSING,
	ATT_F_COMPONENT_NOT_READ,
	ATT_F_COMPONENT_NOT_IN_REFERENCE,
	ATT_F_COMPONENT_PATH,
	ATT_F_COMPONENT_VERSION,
	ATT_F_COMPONENT_STORED,
	ATT_F_COMPONENT_PENDING,
	ATT_F_COMPONENT_DISAGREE,
	ATT_F_COMPONENT_DOWNGRADE,
	ATT_F_COMPONENT_REPLACED,
	ATT_F_ADVISORY,
	ATT_F_ADVISORY_OPEN,
	/* what runs beneath the system, as the node says */
	ATT_F_FIRMWARE_NOT_REPORTED,
	/* how the platform is set up */
	ATT_F_POSTURE_NOT_REPORTED,
	ATT_F_POSTURE_MALFORMED,
	ATT_F_POSTURE_NO_RULES,
	ATT_F_POSTURE_RULE,
	ATT_F_POSTURE_NOT_TOLD,
	ATT_F_POSTURE_CONTRADICTS,
	ATT_F_POSTURE_KEYS_CHANGED,
	ATT_F_POSTURE_TEST_KEY,
	ATT_F_POSTURE_SHARED_KEY,
	ATT_F_POSTURE_SETUP_MODE,
	ATT_F_POSTURE_SHIM_OFF,
	ATT_F_POSTURE_NO_LOCKDOWN,
	/* the appraisal itself */
	ATT_F_NOT_EVALUATED,
	ATT_F_TOO_MANY,
	ATT_F_INTERNAL,
	ATT_F_COUNT
};

enum att_severity {
	ATT_SEVERITY_INFO,
	ATT_SEVERITY_WARN,	/* seen, and reported beside a pass */
	ATT_SEVERITY_FAIL,	/* no pass */
};

#define ATT_FINDING_TEXT_MAX 400	/* bytes, without the NUL */
#define ATT_FINDING_PART_MAX 120	/* bytes of label and what */
#define ATT_NO_PCR (-1)
#define ATT_NO_EVENT (-1)

/*
 * One finding. Which members mean something depends on the code; the others
 * have their "none" value: ATT_NO_PCR, ATT_NO_EVENT, bank 0, alg 0, "".
 */
struct att_finding {
	enum att_finding_code code;
	enum att_severity severity;	/* by the table, or by policy */
	int pcr;
	uint16_t bank;			/* enum att_alg */
	/*
	 * counted as tpm2_eventlog does; of IMA's list: the line, from 1; of
	 * SPDM: the measurement's index
	 */
	int64_t event;
	uint32_t type;			/* of the event */
	uint64_t number[2];		/* counters, versions, times */
	struct att_digest expected;	/* alg 0: none */
	struct att_digest found;
	char type_name[48];
	char label[ATT_FINDING_PART_MAX + 1];	/* clean text */
	char what[ATT_FINDING_PART_MAX + 1];	/* clean text */
};

/* Takes one finding; `arg` is the caller's. */
typedef void att_finding_fn(void *arg, const struct att_finding *f);

/* A finding with the table's severity and nothing else. */
struct att_finding att_finding_make(enum att_finding_code code);
/* Fill type_name, label and what, cut to their size and made clean. */
void att_finding_set_type(struct att_finding *f, const char *fmt, ...)
    ATT_PRINTF(2, 3);
void att_finding_set_label(struct att_finding *f, struct att_slice text);
void att_finding_set_what(struct att_finding *f, const char *fmt, ...)
    ATT_PRINTF(2, 3);
/* Into `size` bytes, clean, and cut between characters of UTF-8. */
void att_finding_copy(char *ret, size_t size, struct att_slice text);

/* what = "PCR 0-7, 9 (sha256)", "PCR 7" if bank is 0, "bank sha256" */
void att_finding_set_pcrs(struct att_finding *f, uint32_t mask,
    uint16_t bank);

/* "pcr-mismatch"; "unknown" for what is no code. */
const char *att_finding_name(enum att_finding_code code) ATT_MUST;
enum att_severity att_finding_severity(enum att_finding_code code) ATT_MUST;
/* "fail", "warn", "info" */
const char *att_severity_name(enum att_severity severity) ATT_MUST;
/* The sentence, with {member} where the finding has its words. */
const char *att_finding_wording(enum att_finding_code code) ATT_MUST;
/* What to do about it, one sentence. */
const char *att_finding_advice(enum att_finding_code code) ATT_MUST;

/*
 * The sentence for an operator, UTF-8, no control characters, no full stop:
 * "PCR 4 event 31 (EV_EFI_BOOT_SERVICES_APPLICATION \EFI\vmlinuz):
 * expected sha256 ab12..., found cd34...". Returns `ret`.
 */
char *att_finding_text(const struct att_finding *f,
    char ret[static ATT_FINDING_TEXT_MAX + 1]);

/*
 * {"code", "severity", "text", "advice", and "pcr", "bank", "event", "type",
 * "label", "expected", "found" where they mean something}; NULL without
 * memory.
 */
json_t *att_finding_to_json(const struct att_finding *f) ATT_MUST;

/* docs/FINDINGS.md, whole. */
void att_finding_print_doc(struct att_buf *ret);

#endif
