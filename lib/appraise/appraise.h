/*
 * The appraisal: evidence in, verdict out. Pure: time, challenge, enrolment,
 * reference values and policy are parameters.
 */
#ifndef ATT_APPRAISE_APPRAISE_H
#define ATT_APPRAISE_APPRAISE_H

#include "appraise/devices.h"
#include "appraise/finding.h"
#include "appraise/firmware.h"
#include "appraise/imajudge.h"
#include "appraise/posture.h"
#include "appraise/quote.h"
#include "appraise/refvalue.h"
#include "base/json.h"
#include "evidence/bundle.h"

/* Zero is no verdict: only att_appraise writes anything else. */
enum att_status {
	ATT_UNDECIDED = 0,
	ATT_FAIL,
	ATT_PASS,
};
/* "undecided", "fail", "pass" */
const char *att_status_name(enum att_status status) ATT_MUST;

/*
 * Claims that appraisal evaluates, as bits. A pass needs every claim that the
 * policy names, and the first four always.
 */
#define ATT_CLAIM_QUOTE       (1u << 0)	/* signed by this node's AK */
#define ATT_CLAIM_FRESH       (1u << 1)	/* for this challenge, clock goes on */
#define ATT_CLAIM_BOOT_LOG    (1u << 2)	/* logs give the quoted values */
#define ATT_CLAIM_REFERENCE   (1u << 3)	/* and they are the expected ones */
#define ATT_CLAIM_SECURE_BOOT (1u << 4)	/* state known and as required */
#define ATT_CLAIM_USERSPACE   (1u << 5)	/* userspace log given and matching */
#define ATT_CLAIM_RUNTIME     (1u << 6)	/* IMA list, runtime policy */
#define ATT_CLAIM_FIRMWARE    (1u << 7)	/* chips, versions of components */
#define ATT_CLAIM_DEVICES     (1u << 8)	/* signed what they should */
#define ATT_CLAIM_POSTURE     (1u << 9)	/* settings of the platform */
#define ATT_CLAIM_ALWAYS      0x0fu
#define ATT_CLAIM_ALL         0x3ffu
/* "quote" ... for one bit; NULL for anything else */
const char *att_claim_name(uint32_t bit) ATT_MUST;

/* PCR 0-9, 11-14: what a boot measures. 10 is IMA's, 15 of the machine. */
#define ATT_PCR_BOOT 0x7bffu

struct att_policy {
	uint32_t claims;	/* ATT_CLAIM_ bits beside ATT_CLAIM_ALWAYS */
	uint32_t pcrs;		/* that reference values must speak of */
	bool allow_sha1;	/* SHA-1 bank or signature alone is taken */
	bool allow_windows_cap;	/* quirk windows-sha1-cap is a match */
	bool allow_guessed;	/* os-separator and phases without their log */
	bool allow_incomplete;	/* INCOMPLETE PCR with an exact value matches */
	bool safe_required;	/* safe = 0 fails instead of warning */
	int64_t max_age;	/* seconds; of collected_at; 0: not looked at */
};
/* ATT_CLAIM_ALWAYS and _SECURE_BOOT, ATT_PCR_BOOT, nothing allowed. */
extern const struct att_policy att_policy_default;

/* What the verifier knows about a node. */
struct att_enrolment {
	struct att_ak ak;
	struct att_platform platform;
	struct att_quote_state last;
	const char *boot_id;	/* of the last quote; NULL: none */
};

/*
 * What firmware claims are judged by; where policy does not name
 * ATT_CLAIM_FIRMWARE, by the advisories alone. Everything is borrowed.
 */
struct att_firmware_basis {
	const struct att_fwref *const *ref;	/* for whatever platform */
	size_t refs;
	const struct att_fwadvisories *const *advisories;
	size_t advisory_lists;
	const struct att_fwknown *known;	/* NULL: nothing yet */
	const struct att_firmware_policy *policy;	/* NULL: the default */
};

/* What the posture is judged by; the rules are borrowed. */
struct att_posture_basis {
	/* for whatever platform; what no machine should have needs none */
	const struct att_posture_rules *const *rules;
	size_t count;
};

struct att_appraisal {
	const struct att_evidence *evidence;
	const struct att_enrolment *node;
	struct att_slice challenge;	/* the one that was sent out */
	bool bound;			/* a bound quote was asked for */
	const enum att_item *item;	/* asked for, in order */
	size_t item_count;
	const struct att_pcr_select *select;
	size_t select_count;
	uint32_t extra_mask;		/* PCRs that may be quoted besides */
	const struct att_refset *refs;
	/* those for this node, where ima_log was asked for; NULL: none */
	const struct att_runtime_set *runtime;
	/* what was judged of the list before the part that was asked for */
	const struct att_ima_known *ima;	/* NULL: it was all of it */
	/* where all of it was: what is known of it, if it was trimmed since */
	const struct att_ima_known *ima_before;
	const struct att_ima_shown *ima_shown;	/* last; NULL: nothing yet */
	/* by what each is judged that runs beneath; NULL: it is not */
	const struct att_firmware_basis *firmware;
	const struct att_devices_basis *devices;
	const struct att_posture_basis *posture;
	const struct att_policy *policy;
	int64_t now;			/* seconds since 1970 */
};

/* Was this item asked for? */
bool att_appraisal_asks(const struct att_appraisal *a, enum att_item item)
    ATT_MUST;

/* Opaque, so that nothing but att_appraise can make one say "pass". */
struct att_verdict;
void att_verdict_free(struct att_verdict *v);
ATT_DEFINE_AUTO(struct att_verdict, att_verdict_free)

/*
 * Appraises. 0 with a verdict, which may well be ATT_FAIL; negative, and no
 * verdict, only for want of memory or a broken crypto library. The verdict
 * holds no pointer into the input.
 */
int att_appraise(const struct att_appraisal *a, struct att_verdict **ret,
    struct att_err *err) ATT_MUST;

/* ATT_UNDECIDED for NULL. */
enum att_status att_verdict_status(const struct att_verdict *v) ATT_MUST;

#define ATT_FINDINGS_MAX 64
size_t att_verdict_finding_count(const struct att_verdict *v) ATT_MUST;
/* NULL out of range. Fails first, then warnings, then infos. */
const struct att_finding *att_verdict_finding(const struct att_verdict *v,
    size_t i) ATT_MUST;

/* ATT_CLAIM_ bits that were evaluated, and those that held. */
uint32_t att_verdict_evaluated(const struct att_verdict *v) ATT_MUST;
uint32_t att_verdict_held(const struct att_verdict *v) ATT_MUST;

/* How a PCR was judged; the zero value is no judgement. */
enum att_pcr_status {
	ATT_PCR_NOT_EVALUATED = 0,
	ATT_PCR_UNTOUCHED,	/* no events, and at its reset value */
	ATT_PCR_REPLAYED,	/* the logs give the quoted value */
	ATT_PCR_REFERENCE,	/* ... and reference values know it */
	ATT_PCR_MISMATCH,	/* the logs give another value */
	ATT_PCR_INCOMPLETE,	/* the log lacks digests for this bank */
	ATT_PCR_UNEXPECTED,	/* reference values say otherwise */
};
/* "replayed", ... */
const char *att_pcr_status_name(enum att_pcr_status s) ATT_MUST;

struct att_pcr_row {
	unsigned pcr;
	uint16_t bank;
	uint16_t events;		/* logged for this register */
	enum att_pcr_status status;
	struct att_digest value;	/* quoted */
};
/* Rows by bank, then PCR: only registers under the signature. */
size_t att_verdict_pcr_count(const struct att_verdict *v) ATT_MUST;
const struct att_pcr_row *att_verdict_pcr(const struct att_verdict *v,
    size_t i) ATT_MUST;

enum att_secure_boot {
	ATT_SECURE_BOOT_UNKNOWN = 0,
	ATT_SECURE_BOOT_OFF,
	ATT_SECURE_BOOT_ON,
};

#define ATT_CLAIM_KERNEL_MAX 1023	/* bytes; a longer line ends in "..." */

/* Claims that the quote, or a digest under it, proves. */
struct att_claims {
	enum att_secure_boot secure_boot;
	uint64_t tpm_firmware_version;
	uint64_t clock;			/* milliseconds */
	uint32_t reset_count, restart_count;
	char kernel[ATT_CLAIM_KERNEL_MAX + 1];	/* command line, or "" */
	char reference[ATT_REF_ID_MAX + 1];	/* id of what matched, or "" */
	int64_t reference_version;
};
const struct att_claims *att_verdict_claims(const struct att_verdict *v)
    ATT_MUST;

/*
 * What to store for the next quote of this AK; false if the quote did not
 * hold, and then nothing may be stored.
 */
bool att_verdict_state(const struct att_verdict *v,
    struct att_quote_state *ret) ATT_MUST;

/*
 * True if this node's AK signed the evidence, for this challenge: what the
 * quote is bound to is the node's own word then, whatever became of its clock
 * and of the verdict.
 */
bool att_verdict_is_said(const struct att_verdict *v) ATT_MUST;

/*
 * Where the next appraisal of this boot's IMA list may go on; false unless the
 * status is ATT_PASS and ATT_CLAIM_RUNTIME holds: what was found once must be
 * found again.
 */
bool att_verdict_ima(const struct att_verdict *v, struct att_ima_known *ret)
    ATT_MUST;

/*
 * How far the list was shown, whatever the status; false if no quote proves
 * it, or it is less than before.
 */
bool att_verdict_ima_shown(const struct att_verdict *v,
    struct att_ima_shown *ret) ATT_MUST;

/*
 * Devices as they were judged, in the order of their names; NULL out of range.
 * There are none unless the quote held and ATT_CLAIM_DEVICES was evaluated.
 */
const struct att_device_row *att_verdict_device(const struct att_verdict *v,
    size_t i) ATT_MUST;

/*
 * What to know of the node's firmware from now on; NULL unless the status is
 * ATT_PASS and there is anything new. Lives as long as the verdict.
 */
const struct att_fwknown *att_verdict_firmware(const struct att_verdict *v)
    ATT_MUST;

/* True if a finding of this code is among those that were kept. */
bool att_verdict_has(const struct att_verdict *v, enum att_finding_code code)
    ATT_MUST;

/* The whole verdict for people and tools; NULL without memory. */
json_t *att_verdict_to_json(const struct att_verdict *v) ATT_MUST;

#endif
