/* What subcommands of attestctl that deal with this node's own state share. */
#ifndef ATT_AGENT_CTL_AGENT_H
#define ATT_AGENT_CTL_AGENT_H

#include "agent/attester.h"
#include "agent/ctl_option.h"
#include "agent/gate.h"
#include "agent/local.h"
#include "agent/measured.h"
#include "agent/operator.h"
#include "agent/verdict_file.h"

/* For another attestation on this node to end. */
#define ATT_CTL_LOCK_MS 30000u

/*
 * The agent's configuration, or an exit status other than ATT_CTL_GOOD, with
 * the reason printed. `file` NULL: ATT_AGENT_CONFIG_PATH.
 */
int att_ctl_config(const char *file, struct att_agent_config *ret) ATT_MUST;

/*
 * attestd, where it takes connections; *ret NULL: whoever wants something does
 * it himself, as nobody is there or `direct` says so. An exit status as above.
 */
int att_ctl_local(const struct att_agent_config *config, bool direct,
    struct att_varlink_client **ret) ATT_MUST;

/* A key set (JWKS) from a file; an exit status as above. */
int att_ctl_keys(const char *file, json_t **ret) ATT_MUST;

/* Hex of a nonce of ATT_CHALLENGE_MIN to ATT_CHALLENGE_MAX bytes. */
int att_ctl_nonce(const struct att_ctl_command *cmd, const char *hex,
    struct att_buf *ret) ATT_MUST;

/*
 * The verifier's operator's side, or an exit status as above: ATT_CTL_USAGE if
 * nothing says which server, ATT_CTL_SYSTEM for a file that is not there.
 */
int att_ctl_operator(const struct att_ctl_command *cmd,
    const struct att_operator_options *o, struct att_operator **ret) ATT_MUST;

/* The options that say which server, in a table of them. */
#define ATT_CTL_SERVER_OPTIONS(o) \
	{ "ca", .text = &(o)->ca_file }, \
	{ "config", 'c', .text = &(o)->config }, \
	{ "token", .text = &(o)->token_file }, \
	{ "url", .text = &(o)->url }

/* As att_file_put with mode 0600; standard output if it is NULL or "-". */
int att_ctl_write(const char *file, const struct att_buf *b) ATT_MUST;

/* The verdict on this node as it is shown. */
struct att_ctl_view {
	const struct att_verdict_file *file;
	/* how far measuring it is; NULL: nothing is known of that */
	const struct att_measured_status *firmware;
	const struct att_gate *gate;	/* NULL: nobody looked */
	const struct att_gate *proof;	/* with gate: whose `proof` counts */
	const struct att_agent_config *config;	/* with gate: which units */
	bool summary;			/* no tables */
	bool json;
};

/*
 * Prints it, for people or as JSON, and returns ATT_CTL_GOOD for a pass that
 * still stands and, where somebody looked, opens the gate and is proven; else
 * ATT_CTL_VERDICT.
 */
int att_ctl_put_view(const struct att_ctl_view *v) ATT_MUST;
/* The same without a gate, and with tables. */
int att_ctl_put_verdict(const struct att_verdict_file *f, bool json) ATT_MUST;
/* The same where nobody attested in this boot: `path` would say it. */
int att_ctl_put_no_verdict(const struct att_ctl_view *v, const char *path)
    ATT_MUST;

#endif
