/* PCRs in messages: an array of their numbers, for each bank. */
#ifndef ATT_PROTOCOL_SUBJECTS_H
#define ATT_PROTOCOL_SUBJECTS_H

#include "base/pcr.h"

/*
 * The name of a bank, "sha256"; NULL if not known. As att_alg_name, but for
 * "sm3_256", which is what TCG and Keylime call it. att_alg_by_name reads both.
 */
const char *att_subjects_bank(uint16_t alg) ATT_MUST;

/* [0, 1, 7] of the bits; NULL without memory. */
json_t *att_subjects_of(uint32_t mask) ATT_MUST;
/*
 * The bits of an array: integers 0 to 23, none twice, in any order; anything
 * else is ATT_E_FORMAT.
 */
int att_subjects_read(const json_t *list, uint32_t *ret_mask,
    struct att_err *err) ATT_MUST;

#endif
