/*
 * PCR values beside a quote, as tpm2-tools keeps them in memory: little
 * endian, of fixed slots (docs/PROTOCOL-push.txt).
 */
#ifndef ATT_PROTOCOL_SUBJECT_DATA_H
#define ATT_PROTOCOL_SUBJECT_DATA_H

#include "base/pcr.h"

#define ATT_SUBJECT_DATA_MAX 1732	/* bytes: 24 PCRs */

/*
 * Appends the selected registers of one bank, in ascending order; one without
 * a value is ATT_E_NOT_FOUND, an empty selection ATT_E_USAGE.
 */
int att_subject_data_encode(const struct att_pcrs *p,
    const struct att_pcr_select *select, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
/*
 * *ret has one bank, whose mask is the selection. One selection of three
 * bytes, values of the bank's size, as many as PCRs, eight to a list, all
 * other bytes zero, nothing behind: all else is refused, so that
 * encode(parse(x)) == x.
 */
int att_subject_data_parse(struct att_slice bytes, struct att_pcrs *ret,
    struct att_err *err) ATT_MUST;

#endif
