/*
 * What reference values say of one PCR, compiled: exact values, or a rule for
 * each event. docs/PROTOCOL-refvalues.txt, section 2, has the JSON.
 */
#ifndef ATT_APPRAISE_REFRULE_H
#define ATT_APPRAISE_REFRULE_H

#include "appraise/finding.h"
#include "appraise/refclaim.h"
#include "base/json.h"

#define ATT_REF_EVENTS_MAX 4096		/* events of one PCR */
#define ATT_REF_VALUES_MAX 16384	/* digests of one PCR */

/*
 * Classes of events that may differ between good nodes. A class holds for one
 * PCR only, and where a digest can cover the data it must: otherwise anything
 * could call itself a boot order.
 */
enum att_vary {
	ATT_VARY_BOOT_ORDER,
	ATT_VARY_BOOT_ENTRIES,
	ATT_VARY_PLATFORM_CONFIG,
	ATT_VARY_HANDOFF_TABLES,
	ATT_VARY_SMBIOS,
	ATT_VARY_GPT,
	ATT_VARY_COMMAND_LINE,
	ATT_VARY_CPU_MICROCODE,
	ATT_VARY_DRIVERS,
	ATT_VARY_AUTHORITY,
	ATT_VARY_GRUB_COMMANDS,
	ATT_VARY_GRUB_FILES,
	ATT_VARY_KERNEL_FILES,
	ATT_VARY_LOAD_OPTIONS,
	ATT_VARY_COUNT
};
/* "boot-order"; NULL out of range. */
const char *att_vary_name(enum att_vary v) ATT_MUST;
/* PCRs in which the class can stand. */
uint32_t att_vary_pcrs(enum att_vary v) ATT_MUST;

/* The events of one PCR, in order, as one bank has them. */
struct att_ref_log {
	uint16_t bank;
	const struct att_slice *digest;	/* of each event */
	size_t count;
	/* Bit (1 << enum att_vary) for each class that event i is of. */
	uint32_t (*vary)(void *arg, size_t i);
	/* True if event i says this; NULL: none does. */
	bool (*says)(void *arg, size_t i, const struct att_ref_claim *c);
	/* Fills event, type, type_name and label for event i. */
	void (*describe)(void *arg, size_t i, struct att_finding *f);
	void *arg;
};

struct att_ref_rule;
void att_ref_rule_free(struct att_ref_rule *r);
ATT_DEFINE_AUTO(struct att_ref_rule, att_ref_rule_free)

/* Parses the rule of PCR `pcr`. */
int att_ref_rule_parse(json_t *j, unsigned pcr, struct att_ref_rule **ret,
    struct att_err *err) ATT_MUST;

/* True if the rule can judge this bank. */
bool att_ref_rule_has_bank(const struct att_ref_rule *r, uint16_t bank)
    ATT_MUST;
/* True if the rule judges events, false if the value alone. */
bool att_ref_rule_wants_events(const struct att_ref_rule *r) ATT_MUST;

/*
 * True if the log (a rule of events) or `value` (a rule of values) is as the
 * rule says; otherwise every difference goes to `report` (NULL: nowhere). The
 * caller has made sure that the log gives the quoted value, and that the rule
 * has its bank.
 */
bool att_ref_rule_match(const struct att_ref_rule *r,
    const struct att_ref_log *log, const struct att_digest *value,
    att_finding_fn *report, void *arg) ATT_MUST;

#endif
