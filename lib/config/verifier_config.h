/* attest-verifier.yaml: what attest-verifier is told. */
#ifndef ATT_CONFIG_VERIFIER_CONFIG_H
#define ATT_CONFIG_VERIFIER_CONFIG_H

#include "config/config.h"

#define ATT_VERIFIER_CONFIG_PATH "/etc/attestd/attest-verifier.yaml"

/* Durations in seconds, sizes in bytes. */
struct att_verifier_config {
	char *listen_address;	/* numeric, IPv4 or IPv6 */
	int64_t listen_port;
	char *tls_cert;		/* PEM, the chain */
	char *tls_key;		/* secret */
	char *database;
	char *ek_ca_dir;	/* certificates, PEM or DER, one a file */
	bool require_ek_cert;
	char *operator_token_file;	/* secret */
	char *result_key_file;	/* secret; JWK, EC P-256 */
	int64_t result_lifetime;	/* 0: by quote_interval */
	int64_t quote_interval;
	int64_t stale_intervals;	/* without evidence */
	int64_t firmware_max_age;	/* of a pass, by the TPM's clock */
	bool firmware_known_required;	/* of struct att_firmware_policy */
	int64_t spdm_max_age;	/* of the challenge that devices answered */
	int64_t session_challenge_lifetime;
	int64_t token_lifetime;
	int64_t challenge_lifetime;
	struct att_config_list quote_banks;	/* best first */
	uint32_t quote_pcrs;
	bool allow_incomplete;	/* of struct att_policy, as the next two */
	bool allow_guessed;
	bool require_safe_clock;
	int64_t max_body_size;
	int64_t max_connections;
	int64_t max_connections_per_address;
	int64_t idle_timeout;	/* without a byte */
	int64_t request_timeout;	/* for one request */
	int64_t sessions_per_minute;	/* per source address */
	int64_t attempts_per_minute;	/* per node */
	int64_t max_nodes;
	int64_t threads;	/* 0: one per processor */
	int log_level;		/* from 0: ATT_LOG_ERR + this */
};

extern const struct att_config_schema att_verifier_schema;

/* att_config_load, and the rules that span several keys. */
int att_verifier_config_load(const char *path,
    struct att_verifier_config *ret, struct att_err *err) ATT_MUST;
int att_verifier_config_parse(const char *name, struct att_slice text,
    struct att_verifier_config *ret, struct att_err *err) ATT_MUST;
void att_verifier_config_done(struct att_verifier_config *c);

#endif
