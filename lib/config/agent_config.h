/* attestd.yaml: what attestd and attestctl on a node are told. */
#ifndef ATT_CONFIG_AGENT_CONFIG_H
#define ATT_CONFIG_AGENT_CONFIG_H

#include "config/config.h"

#define ATT_AGENT_CONFIG_PATH "/etc/attestd/attestd.yaml"

/* What `agent_id` says if the id is made from the EK. */
#define ATT_AGENT_ID_HASH_EK "hash_ek"
/* What `redfish_url` says if the address is the one that SMBIOS tells. */
#define ATT_HOST_INTERFACE "host-interface"

/* The worst tier of a result that opens the gate. */
enum att_gate_tier {
	ATT_GATE_AFFIRMING,
	ATT_GATE_WARNING,
};
/* What becomes of gated units that run as trust in the node is lost. */
enum att_on_untrusted {
	ATT_ON_UNTRUSTED_TARGET,	/* nothing: a target says so */
	ATT_ON_UNTRUSTED_STOP,
};

/* Durations in seconds, sizes in bytes. */
struct att_agent_config {
	char *agent_id;		/* [A-Za-z0-9._-]{1,80}, or "hash_ek" */
	struct att_config_list registrar_urls;	/* in order of preference */
	struct att_config_list verifier_urls;
	bool allow_plain_http;
	char *ca_file;
	bool use_system_cas;	/* instead of ca_file */
	char *client_cert;	/* NULL: none */
	char *client_key;	/* NULL exactly if client_cert is */
	char *tcti;
	char *endorsement_auth_file;	/* NULL: the empty value */
	char *owner_auth_file;
	int ek_type;		/* enum att_tpm_ek_type */
	int ak_type;		/* enum att_tpm_ak_type */
	char *state_dir;
	char *run_dir;
	char *uefi_log;
	char *userspace_log;
	char *ima_log;
	char *firmware_claims;
	char *boot_id;
	char *measure_socket;
	int64_t max_log_size;
	char *redfish_url;	/* NULL: no BMC is asked; "host-interface" */
	char *redfish_pin;	/* one of these two at least, if there is */
	char *redfish_ca_file;
	char *redfish_user;	/* NULL: none */
	char *redfish_password_file;	/* NULL exactly if the user is */
	int64_t redfish_timeout;
	char *spdm_nvml;	/* NULL: GPUs are not asked */
	bool spdm;		/* devices are asked to sign */
	int64_t spdm_interval;
	struct att_config_list quote_banks;	/* names, att_alg_by_name */
	uint32_t quote_pcrs;
	bool posture;		/* goes along with each attestation */
	bool firmware_pcr;	/* PCR 23 holds the digest of the claims */
	int64_t firmware_interval;	/* 0: never */
	/* MTD devices and images of chips; none: all of the machine */
	struct att_config_list firmware_devices;
	int64_t firmware_rate;	/* bytes per second */
	int64_t firmware_duty;	/* percent */
	int64_t firmware_timeout;	/* of a pass over all */
	int firmware_hash;	/* att_agent_config_hash */
	int firmware_layout;	/* enum att_layout */
	char *firmware_spool;
	bool fwupd;
	int64_t interval;	/* interval_min to interval_max */
	int64_t interval_min;
	int64_t interval_max;
	int64_t backoff_min;	/* <= backoff_max */
	int64_t backoff_max;
	int64_t retry_after_max;
	int64_t connect_timeout;
	int64_t request_timeout;
	char *result_keys;	/* NULL: results are not checked here */
	int gate_tier;		/* enum att_gate_tier */
	struct att_config_list gated_units;
	int on_untrusted;	/* enum att_on_untrusted */
	int64_t idle_timeout;
	int log_level;		/* from 0: ATT_LOG_ERR + this */
};

extern const struct att_config_schema att_agent_schema;

/* att_config_load, and the rules that span several keys. */
int att_agent_config_load(const char *path, struct att_agent_config *ret,
    struct att_err *err) ATT_MUST;
/*
 * Has anybody set it up? *ret is false if there is no file, or none that sets
 * registrar_urls or verifier_urls. What is malformed is an error, as above.
 */
int att_agent_config_look(const char *path, bool *ret, struct att_err *err)
    ATT_MUST;
int att_agent_config_parse(const char *name, struct att_slice text,
    struct att_agent_config *ret, struct att_err *err) ATT_MUST;
/* As att_config_print. */
void att_agent_config_print(const struct att_agent_config *c,
    struct att_buf *ret);
/* The algorithm that firmware_hash stands for. */
uint16_t att_agent_config_hash(const struct att_agent_config *c) ATT_MUST;
void att_agent_config_done(struct att_agent_config *c);

#endif
