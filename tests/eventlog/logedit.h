/* Finds, changes and takes out events of a TPM's log, for tests. */
#ifndef ATT_TESTS_LOGEDIT_H
#define ATT_TESTS_LOGEDIT_H

#include "base/buf.h"
#include "eventlog/tcg.h"

/* The first event from number `from` on of this register and type. */
bool log_find(const struct att_buf *raw, uint32_t from, uint32_t pcr,
    uint32_t type, struct att_event *ret) ATT_MUST;
/* The i-th byte of a slice of the log, to be changed. */
uint8_t *log_at(struct att_buf *raw, struct att_slice s, size_t i);

typedef bool log_pred(const struct att_event *ev);
/* Takes out the events for which `gone` is true; false if that fails. */
bool log_remove(struct att_buf *raw, log_pred *gone) ATT_MUST;

bool log_is_behind_header(const struct att_event *ev);
bool log_is_locality(const struct att_event *ev);
bool log_is_of_pcr4(const struct att_event *ev);
bool log_is_separator_of_pcr7(const struct att_event *ev);
bool log_is_trailer(const struct att_event *ev);

#endif
