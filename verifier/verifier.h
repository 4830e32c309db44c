/*
 * The verifier: what its configuration says, made ready once, and what all
 * requests share.
 */
#ifndef ATT_VERIFIER_VERIFIER_H
#define ATT_VERIFIER_VERIFIER_H

#include "appraise/appraise.h"
#include "config/verifier_config.h"
#include "crypto/cert.h"
#include "crypto/jws.h"
#include "protocol/status.h"
#include "verifier/limit.h"
#include "verifier/references.h"
#include "verifier/route.h"
#include "verifier/server.h"
#include "verifier/store.h"

struct att_verifier {
	const struct att_verifier_config *config;	/* borrowed */
	struct att_store *store;
	struct att_cert_store *ek_cas;	/* NULL: none are trusted */
	struct att_jws_key *result_key;
	struct att_references *references;
	struct att_limit *sessions;	/* per source address */
	struct att_limit *registrations;
	struct att_limit *attempts;	/* per node */
	bool has_operator;
	struct att_digest operator_token;	/* SHA-256 of it */
};

/* Seconds after which an appraisal that has not ended never will. */
#define ATT_APPRAISAL_MAX 30

/* Reads every file that the configuration names; `config` is borrowed. */
int att_verifier_new(const struct att_verifier_config *config,
    struct att_verifier **ret, struct att_err *err) ATT_MUST;
/*
 * Looks at these files, as whoever runs this, and makes nothing: logs one line
 * for each that cannot be used, and returns how many.
 */
unsigned att_verifier_check(const struct att_verifier_config *config)
    ATT_MUST;
void att_verifier_free(struct att_verifier *v);
ATT_DEFINE_AUTO(struct att_verifier, att_verifier_free)

/*
 * Seconds between two attestations, as the node was told when it came last: by
 * those it goes, whatever the configuration says by now.
 */
int64_t att_verifier_interval(const struct att_verifier *v,
    const struct att_node *n) ATT_MUST;
/*
 * How a node stands. One that does not report is as little trusted as one that
 * failed, and one whose newest appraisal did not end is trusted no more.
 */
enum att_standing att_verifier_standing(const struct att_verifier *v,
    const struct att_node *n, int64_t now) ATT_MUST;
/* True if policy still takes what endorsed this node's EK. */
bool att_verifier_is_endorsed(const struct att_verifier *v,
    const struct att_node *n) ATT_MUST;

/* One line of the audit trail and of the log; never fails the caller. */
void att_verifier_note(struct att_verifier *v, int64_t now, const char *node,
    const char *kind, const char *fmt, ...) ATT_PRINTF(5, 6);

#endif
