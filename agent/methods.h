/*
 * io.attestd: what attestd does for who calls it on this node.
 * docs/PROTOCOL-local.txt has the methods and their errors.
 *
 * Status is for everybody who can connect: what it says lies in files that
 * everybody may read. All else takes the TPM, or the verifier's patience, and
 * is for root, attestd's own user, and the members of its group.
 */
#ifndef ATT_AGENT_METHODS_H
#define ATT_AGENT_METHODS_H

#include "agent/jobs.h"
#include "agent/measurer.h"
#include "varlink/server.h"

#define ATT_METHODS_MEASURE_MAX 16	/* calls that wait for one pass */

/* Starts from zero. */
struct att_methods {
	const struct att_agent_config *config;	/* NULL: see `why` */
	struct att_jobs *jobs;
	struct att_measurer *measurer;
	/* why nothing can be done, and what attestd will exit with */
	struct att_err why;
	int status;
	bool not_configured;
	bool stops;		/* nothing is begun any more */
	/* who waits for the pass that runs, or begins */
	struct att_varlink_call *pass[ATT_METHODS_MEASURE_MAX];
	size_t passes;
	uint64_t told;		/* ms, steady: when they last heard of it */
};

/* The service for a server; it borrows *m. */
struct att_varlink_service att_methods_service(struct att_methods *m);

/* How far the pass is, for who waits for it; its end too. */
void att_methods_tend(struct att_methods *m, uint64_t now);
/* When that is to be called by itself (ms, steady), or UINT64_MAX. */
uint64_t att_methods_next(const struct att_methods *m) ATT_MUST;
/* Nothing is begun any more, and who waits for a pass is told: attestd ends. */
void att_methods_stop(struct att_methods *m);

#endif
