/*
 * What the next measuring pass is held against: the document of the last one,
 * in a state directory, under its lock for who reads chips (att_state_chips).
 */
#ifndef ATT_AGENT_FLASHMEMORY_H
#define ATT_AGENT_FLASHMEMORY_H

#include "agent/measure.h"

/*
 * *ret is the caller's, and NULL where there is none. One that is damaged is
 * kept as NAME.bad, for who looks into it, which is logged; then there is none.
 */
int att_flashmemory_read(const char *state_dir,
    struct att_firmware_claims **ret, struct att_err *err) ATT_MUST;
/*
 * Keeps what `m` found; of a chip that is gone, or could not be read, what
 * `earlier` (NULL: nothing) knew of it.
 */
int att_flashmemory_write(const char *state_dir, const struct att_measure *m,
    const struct att_firmware_claims *earlier, struct att_err *err) ATT_MUST;

/* A document at `path`; 0 and NULL where there is none. */
int att_flashmemory_read_claims(const char *path,
    struct att_firmware_claims **ret, struct att_err *err) ATT_MUST;

#endif
