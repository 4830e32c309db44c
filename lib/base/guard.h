/*
 * Work that may hang in the kernel for ever, such as a read from a device that
 * does not answer: done by a child process, which can be given up.
 */
#ifndef ATT_BASE_GUARD_H
#define ATT_BASE_GUARD_H

#include "base/buf.h"

/*
 * Calls work(arg, out, err) in a child, with `out` empty and under the limit of
 * `ret`, and appends to `ret` what it wrote there. What the work returns is
 * returned, with its error; ATT_E_TIMEOUT if it took more than `timeout_ms`,
 * ATT_E_SYS if it died. Then `ret` is as it was.
 *
 * The child has none of this process's descriptors but 0, 1 and 2, so that one
 * that cannot be killed holds no lock, and dies with this process as far as it
 * can. For processes of one thread.
 */
int att_guard_run(int (*work)(void *arg, struct att_buf *out,
    struct att_err *err), void *arg, unsigned timeout_ms, struct att_buf *ret,
    struct att_err *err) ATT_MUST;

#endif
