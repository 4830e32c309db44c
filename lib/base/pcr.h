/* PCR values and selections: the one form in which every layer passes them. */
#ifndef ATT_BASE_PCR_H
#define ATT_BASE_PCR_H

#include "base/json.h"

#define ATT_PCR_COUNT 24	/* PC Client PTP 4.6: PCR 0 to 23 */
#define ATT_PCR_ALL 0xffffffu

/* Some PCRs of one bank: bit i stands for PCR i. */
struct att_pcr_select {
	uint16_t alg;	/* enum att_alg */
	uint32_t mask;
};

/* Appends "0-7, 9, 14"; nothing for no PCR. */
void att_pcr_mask_put(struct att_buf *b, uint32_t mask);

struct att_pcr_bank {
	uint16_t alg;	/* enum att_alg */
	uint32_t mask;	/* PCRs that have a value here */
	uint8_t value[ATT_PCR_COUNT][ATT_DIGEST_MAX];
};

/* At most one bank per algorithm, in the order they came. */
struct att_pcrs {
	size_t count;
	struct att_pcr_bank bank[ATT_BANKS_MAX];
};

/* NULL if there is none. */
const struct att_pcr_bank *att_pcrs_bank(const struct att_pcrs *p,
    uint16_t alg) ATT_MUST;
/* The value's bytes; false if there is none. */
bool att_pcrs_get(const struct att_pcrs *p, uint16_t alg, unsigned pcr,
    struct att_slice *ret) ATT_MUST;
/* value.len must be the algorithm's size, pcr below ATT_PCR_COUNT. */
int att_pcrs_set(struct att_pcrs *p, uint16_t alg, unsigned pcr,
    struct att_slice value, struct att_err *err) ATT_MUST;
/* Adds the bank, with no values, if it is not there. */
int att_pcrs_add_bank(struct att_pcrs *p, uint16_t alg, struct att_err *err)
    ATT_MUST;

/*
 * Text: lines "<bank> <index> <hex>\n", banks in table order, indices
 * ascending. Parsing takes any order; a repeated register, an unknown bank or
 * a malformed line is ATT_E_FORMAT with its offset. Empty lines and lines that
 * begin with '#' are passed over.
 */
void att_pcrs_print(const struct att_pcrs *p, struct att_buf *ret);
int att_pcrs_parse(struct att_slice text, struct att_pcrs *ret,
    struct att_err *err) ATT_MUST;

/* JSON: {"sha256": {"0": "<hex>", ...}, ...}. */
json_t *att_pcrs_to_json(const struct att_pcrs *p) ATT_MUST;
int att_pcrs_from_json(json_t *j, struct att_pcrs *ret, struct att_err *err)
    ATT_MUST;

/*
 * pcrDigest of a quote (TPM 2.0 Part 3, 18.4): H of the selected values, in
 * the order of the selections, ascending within each. A selected register
 * without a value is ATT_E_NOT_FOUND.
 */
int att_pcrs_digest(const struct att_pcrs *p,
    const struct att_pcr_select *select, size_t count, uint16_t hash,
    struct att_digest *ret, struct att_err *err) ATT_MUST;

#endif
