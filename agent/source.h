/*
 * Where attestd gets what only root may read: attest-measure is asked
 * (docs/PROTOCOL-measure.txt), at the socket that measure_socket names. Where
 * that is not there, as in containers and in tests, one is started that has the
 * rights of this process, answers nobody else, and ends with the source.
 *
 * One that does not answer as it should is an error that says so, after a
 * bounded time.
 */
#ifndef ATT_AGENT_SOURCE_H
#define ATT_AGENT_SOURCE_H

#include "agent/child.h"
#include "agent/logfile.h"
#include "agent/measure_wire.h"

/* Is there a socket? */
bool att_source_is_remote(const struct att_agent_config *config) ATT_MUST;

#define ATT_SOURCE_WORDS_MAX 8

/* Connects by itself as it is first asked. From zero it can only be closed. */
struct att_source {
	const struct att_agent_config *config;	/* borrowed */
	/*
	 * NULL, or further words for one that is started, up to a NULL: one is
	 * in any case then.
	 */
	const char *const *words;
	int fd;			/* -1: none */
	bool held;
	struct att_child child;	/* that was started, if so */
};
#define ATT_SOURCE(of) { .config = (of), .fd = -1 }
/* Ends it; asked again it connects anew. */
void att_source_close(struct att_source *s);
/*
 * Questions that follow each other at once are asked over one connection, for
 * each of which a server has a process; else each is asked over its own. A
 * connection over which something went wrong is held no longer.
 */
void att_source_hold(struct att_source *s);
void att_source_release(struct att_source *s);

/*
 * Appends the log from the byte `from` on; with it no more than
 * att_logfile_max. *ret_cut as of att_logfile_open. ATT_E_NOT_FOUND: there is
 * no such log, as whoever reads it says: a socket that goes away is ATT_E_BUSY.
 */
int att_source_log(struct att_source *s, enum att_logfile which,
    uint64_t from, struct att_buf *ret, bool *ret_cut, struct att_err *err)
    ATT_MUST;
/* Appends the document platform_posture. */
int att_source_posture(struct att_source *s, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
/* As att_dmi_read. */
int att_source_smbios(struct att_source *s, uint8_t type,
    struct att_buf *ret, struct att_err *err) ATT_MUST;
/* Adds what att_hardware_collect does. */
int att_source_hardware(struct att_source *s, struct att_components *list,
    struct att_err *err) ATT_MUST;

/*
 * ATT_E_MISMATCH where it says that a version was obtained in a way that is not
 * its own: through the TPM, a BMC's network, or another program.
 */
int att_source_check(const struct att_components *list, struct att_err *err)
    ATT_MUST;

/* -- for what takes more than a question and an answer --------------------- */

/* Milliseconds by which an answer may be late that has a limit of its own. */
#define ATT_SOURCE_GRACE_MS 5000u

/* Nothing where it is connected. */
int att_source_connect(struct att_source *s, uint64_t until,
    struct att_err *err) ATT_MUST;
int att_source_send(struct att_source *s, const struct att_wire_request *q,
    uint64_t until, struct att_err *err) ATT_MUST;
/*
 * The next reply. The bytes that go along with an answer are appended to `ret`
 * (NULL: there can be none). What the answer says is not an error here: that
 * is in ret_reply->status.
 */
int att_source_receive(struct att_source *s, uint64_t until,
    struct att_buf *ret, struct att_wire_reply *ret_reply,
    struct att_err *err) ATT_MUST;

#endif
