/*
 * Appraisal of what the devices of a node signed of themselves (evidence
 * spdm_measurements): which challenge they answered, whether all are there that
 * should be, and each of them by appraise/spdm.h. docs/PROTOCOL-spdm.txt,
 * section 6. Pure.
 */
#ifndef ATT_APPRAISE_DEVICES_H
#define ATT_APPRAISE_DEVICES_H

#include "appraise/quote.h"
#include "appraise/spdm.h"
#include "firmware/spdm_evidence.h"

#define ATT_DEVICE_NODE_MAX 80	/* bytes of a node's name, without the NUL */

/* A challenge that the verifier gave to this very node before. */
struct att_challenge_given {
	struct att_slice challenge;
	int64_t at;		/* when; seconds since 1970 */
	/* of the quote that answered it, and held */
	uint32_t reset_count, restart_count;
};

/* A component's device, as it was enrolled. */
struct att_device_known {
	const char *component;
	struct att_spdm_known known;
};

/* What devices are judged by. Everything is borrowed. */
struct att_devices_basis {
	const struct att_spdm_ref *const *ref;	/* for whatever platform */
	size_t refs;
	const struct att_device_known *known;
	size_t knowns;
	/* the one that the evidence names; NULL: this node got no such */
	const struct att_challenge_given *given;
	int64_t max_age;	/* seconds since it was given */
	/*
	 * Is this device another node's? 1 with the name of the node, cut to
	 * fit; 0; or negative. NULL: nobody knows of other nodes.
	 */
	int (*elsewhere)(void *arg, const char *issuer, const char *serial,
	    char ret[static ATT_DEVICE_NODE_MAX + 1], struct att_err *err);
	void *arg;
};

struct att_devices_case {
	struct att_slice text;		/* that the quote is bound to */
	struct att_slice challenge;	/* of that quote */
	const struct att_quote_state *quote;
	const struct att_platform *platform;
	const struct att_devices_basis *basis;
	struct att_hasher *hasher;
	int64_t now;			/* seconds since 1970 */
};

/* One component as it was judged. */
struct att_device_row {
	char component[ATT_SPDM_DEVICE_NAME_MAX + 1];
	enum att_measured measured;	/* what the node says */
	bool covered;	/* reference values are for it */
	/*
	 * A good device of a trusted root answered, and not the enrolled one:
	 * `result` names it, and says neither authentic nor expected.
	 */
	bool other;
	bool twin;	/* this device is another component's, or node's */
	struct att_spdm_result result;
};

struct att_devices_judged {
	/*
	 * All components that reference values or earlier reports name are
	 * there, dated, authentic and as expected, and there is one at least.
	 */
	bool holds;
	struct att_device_row *row;	/* owned, in the order of names */
	size_t rows;
};
void att_devices_judged_done(struct att_devices_judged *j);

/* Is there a valid document for components of this platform? */
bool att_devices_wanted(const struct att_devices_basis *b,
    const struct att_platform *p, int64_t now) ATT_MUST;

/* Negative, and *ret untouched, only as att_spdm_appraise. */
int att_devices_judge(const struct att_devices_case *c, att_finding_fn *report,
    void *arg, struct att_devices_judged *ret, struct att_err *err) ATT_MUST;

#endif
