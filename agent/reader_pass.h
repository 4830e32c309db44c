/*
 * A measuring pass of attest-measure: what is local of it. Who asked for it
 * has the TPM, and the last word: the map that the next pass is held against is
 * kept only once the other side says that it has kept what was found.
 */
#ifndef ATT_AGENT_READER_PASS_H
#define ATT_AGENT_READER_PASS_H

#include "agent/measure_wire.h"
#include "agent/reader.h"

/* Starts from zero with `lock` -1. */
struct att_reader_pass {
	int lock;	/* of the state directory; -1: there was no pass */
	struct att_measure m;
	struct att_firmware_claims *earlier;	/* owned; NULL: none */
	bool broken;	/* the other side is gone, or no client of this */
};
void att_reader_pass_done(struct att_reader_pass *p);

/*
 * Measures, telling `fd` how far it is and asking it for clocks. ATT_E_BUSY:
 * another pass is under way. With ret->broken the connection is over.
 */
int att_reader_pass_run(const struct att_reader *r, int fd,
    struct att_reader_pass *ret, struct att_err *err) ATT_MUST;
/* Keeps the map of it. */
int att_reader_pass_keep(const struct att_reader *r,
    struct att_reader_pass *p, struct att_err *err) ATT_MUST;

#endif
