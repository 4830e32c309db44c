/*
 * The text of an IMA list (ascii_runtime_measurements), one entry a line:
 *
 *	"%2d" register, template digest, template, then each field, a space
 *	before each of them; a field without data is nothing but that space
 *
 * Template data is built from it as the kernel had it, so that an entry is the
 * same as in the binary list and can be hashed in every bank. That cannot be
 * done for fields that are not known here (ATT_IMA_NO_DATA).
 *
 * The kernel escapes nothing. It turns spaces of a path into underscores, old
 * ones do not; a line feed stays in every version. So a path takes all that
 * the other fields leave over, and an entry goes on for as many lines as make
 * its digest right.
 */
#ifndef ATT_EVENTLOG_IMA_ASCII_H
#define ATT_EVENTLOG_IMA_ASCII_H

#include "eventlog/ima.h"

#define ATT_IMA_LINES_MAX 16	/* of one entry */
#define ATT_IMA_TRIES_MAX 256	/* to join lines, in one list */

/*
 * Reads the entry at *c, which then stands behind it; *e comes with number,
 * offset and algorithm. Only att_ima_next calls this.
 */
int att_ima_ascii_read(struct att_ima_iter *it, struct att_cur *c,
    struct att_ima_entry *e, struct att_err *err) ATT_MUST;

#endif
