/*
 * What must outlive a restart: a directory of small files, each replaced as a
 * whole, used by one process at a time.
 */
#ifndef ATT_AGENT_STATE_H
#define ATT_AGENT_STATE_H

#include "base/buf.h"

/* Names of the files; docs/attestd.8 describes them. */
#define ATT_STATE_AK "ak"		/* blob of lib/tpm/ak.h */
#define ATT_STATE_RSA_AK "ak.rsa2048"	/* the same, for who takes no other */
#define ATT_STATE_IDENTITY "identity.json"
#define ATT_STATE_CHALLENGES "challenges"
#define ATT_STATE_EVIDENCE "evidence.json"
#define ATT_STATE_FACTS "facts.json"
#define ATT_STATE_FIRMWARE "firmware.json"	/* what was measured last */

struct att_state;

/*
 * Opens the directory, made with mode 0700 if it is not there, and locks it,
 * waiting at most `wait_ms`, or until asked to end (agent/stop.h); then
 * ATT_E_BUSY: another process works on it.
 * A directory that others may write to is ATT_E_DENIED. What a process that
 * died here left half written is removed (att_dir_sweep).
 */
int att_state_open(const char *dir, unsigned wait_ms, struct att_state **ret,
    struct att_err *err) ATT_MUST;
/* Gives the lock back. */
void att_state_close(struct att_state *s);
ATT_DEFINE_AUTO(struct att_state, att_state_close)

/*
 * For who stays: there is one at a time, beside any number that come and go
 * (att_state_open). *ret is a descriptor, to be kept for as long; ATT_E_BUSY:
 * there is another.
 */
int att_state_stay(const char *dir, int *ret, struct att_err *err) ATT_MUST;

/*
 * For who has the firmware measured, one at a time: it can take hours, and
 * holds nobody else up.
 */
int att_state_measure(const char *dir, int *ret, struct att_err *err)
    ATT_MUST;
/*
 * The same for who reads it, that is attest-measure. Whoever has it, and no
 * other, uses ATT_STATE_FIRMWARE.
 */
int att_state_chips(const char *dir, int *ret, struct att_err *err) ATT_MUST;

/* As att_file_read_kept and att_file_write (mode 0600) on a file in it. */
int att_state_read(const struct att_state *s, const char *name,
    struct att_buf *ret, struct att_err *err) ATT_MUST;
int att_state_write(const struct att_state *s, const char *name,
    struct att_slice data, struct att_err *err) ATT_MUST;
/* Keeps a file that cannot be used as NAME.bad, for whoever looks into it. */
int att_state_set_aside(const struct att_state *s, const char *name,
    struct att_err *err) ATT_MUST;
/*
 * When the file that is kept as NAME.bad was last written, in ns since 1970: it
 * tells one from the next. 0: there is none, or nothing can be said.
 */
int64_t att_state_bad_time(const struct att_state *s, const char *name)
    ATT_MUST;

#endif
