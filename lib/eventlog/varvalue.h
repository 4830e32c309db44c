/*
 * What the values of EFI variables mean, by vendor and name: UEFI 2.10, 3.3
 * and 32.6, shim's MokVars.
 */
#ifndef ATT_EVENTLOG_VARVALUE_H
#define ATT_EVENTLOG_VARVALUE_H

#include "eventlog/fields.h"
#include "eventlog/variable.h"

/*
 * Puts the value of a variable that is from `event`'s data. With `authority` it
 * is what verified an image, not the variable's whole, as in
 * EV_EFI_VARIABLE_AUTHORITY. A value that is not of its form is an error;
 * offsets count from the start of the event's data.
 */
int att_varvalue_describe(struct att_slice event,
    const struct att_efi_variable *v, bool authority, struct att_fields f,
    struct att_err *err) ATT_MUST;

#endif
