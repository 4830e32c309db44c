/*
 * Whole numbers in decimal, as people and kernels write them: digits, with
 * nothing before or between them; zeros in front change nothing. False: there
 * is none, or it is above `max`, and *ret is untouched.
 */
#ifndef ATT_BASE_NUMBER_H
#define ATT_BASE_NUMBER_H

#include "base/util.h"

/* Nothing stands behind it either. */
bool att_number_read(const char *text, uint64_t max, uint64_t *ret) ATT_MUST;
bool att_number_of(struct att_slice text, uint64_t max, uint64_t *ret)
    ATT_MUST;
/* What *at begins with; it stands behind the digits then, else where it was. */
bool att_number_take(const char **at, uint64_t max, uint64_t *ret) ATT_MUST;

#endif
