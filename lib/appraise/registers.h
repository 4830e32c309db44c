/*
 * Quoted registers and how the logs explain each: the strongest complete bank
 * decides, and every other quoted bank must not contradict.
 */
#ifndef ATT_APPRAISE_REGISTERS_H
#define ATT_APPRAISE_REGISTERS_H

#include "appraise/logs.h"
#include "base/pcr.h"

#define ATT_PCR_IMA 10
/*
 * Registers that these logs need not explain: 10 is IMA's, and whoever reaches
 * the TPM can reset 16 and 23, so that they say nothing.
 */
#define ATT_PCR_UNEXPLAINED (1u << ATT_PCR_IMA | 1u << 16 | 1u << 23)

struct att_explained {
	enum att_match match;	/* NONE: not quoted, or not in the log */
	struct att_match_info info;
};

struct att_registers {
	const struct att_pcrs *pcrs;		/* quoted; borrowed */
	size_t bank_count;
	uint16_t bank[ATT_BANKS_MAX];		/* strongest first */
	uint32_t quoted[ATT_BANKS_MAX];		/* masks, as `bank` */
	uint32_t any;				/* quoted in any bank */
	bool unextended[ATT_BANKS_MAX];	/* firmware left it empty */
	bool unlogged[ATT_BANKS_MAX];	/* the boot log has none of it */
	struct att_explained of[ATT_BANKS_MAX][ATT_PCR_COUNT];
	uint32_t quirks;	/* that made something a match */
};

/* The quoted banks, strongest first; nothing is explained yet. */
void att_registers_begin(struct att_registers *r, const struct att_pcrs *p);
/* Compares all with the logs; `options` are ATT_REPLAY_. */
int att_registers_explain(struct att_registers *r,
    const struct att_logs *logs, uint32_t options, struct att_err *err)
    ATT_MUST;

/* True if the logs give the quoted value. */
bool att_registers_holds(const struct att_registers *r, size_t bank,
    unsigned pcr) ATT_MUST;
/*
 * True for a bank that may decide: one that firmware uses, and not SHA-1
 * unless that is allowed.
 */
bool att_registers_may_decide(const struct att_registers *r, size_t bank,
    bool allow_sha1) ATT_MUST;
/* PCRs that are quoted in a bank that may decide. */
uint32_t att_registers_decidable(const struct att_registers *r,
    bool allow_sha1) ATT_MUST;
/*
 * Position of the bank that decides about a PCR: the strongest that is quoted
 * and complete, and there the logs give the quoted value. -1 if there is none.
 */
int att_registers_deciding(const struct att_registers *r, unsigned pcr,
    bool allow_sha1) ATT_MUST;
/* The quoted value; `pcr` must be quoted in this bank. */
struct att_digest att_registers_value(const struct att_registers *r,
    size_t bank, unsigned pcr) ATT_MUST;

/* Tells of banks that are too weak, left empty, or not in the log. */
void att_registers_report_banks(const struct att_registers *r,
    bool allow_sha1, att_finding_fn *report, void *arg);
/*
 * Tells of each PCR that the logs do not explain. `waived`: PCRs that policy
 * takes by their value alone.
 */
int att_registers_report(const struct att_registers *r,
    const struct att_logs *logs, uint32_t waived, bool allow_sha1,
    att_finding_fn *report, void *arg, struct att_err *err) ATT_MUST;
/* True if the logs have an event behind at least one quoted register. */
bool att_registers_any_event(const struct att_registers *r, bool allow_sha1)
    ATT_MUST;

#endif
