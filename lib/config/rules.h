/* Rules for values that more than one program's configuration holds. */
#ifndef ATT_CONFIG_RULES_H
#define ATT_CONFIG_RULES_H

#include "base/err.h"

/* `names` of log levels: ATT_LOG_ERR + position. */
extern const char *const att_rule_log_levels[];

/* Each is a `check` of struct att_config_key; ATT_E_FORMAT, "must be ...". */

/* [A-Za-z0-9._-]{1,80} without the id that Keylime ships; or "hash_ek". */
int att_rule_agent_id(const char *text, struct att_err *err) ATT_MUST;
/* https:// or http://, a host and nothing behind it but a port. */
int att_rule_origin(const char *text, struct att_err *err) ATT_MUST;
/* The same, https:// alone; or "host-interface". */
int att_rule_bmc(const char *text, struct att_err *err) ATT_MUST;
/* "sha256//" and base64 of 32 bytes. */
int att_rule_pin(const char *text, struct att_err *err) ATT_MUST;
/* The name of a PCR bank other than SHA-1. */
int att_rule_bank(const char *text, struct att_err *err) ATT_MUST;
/* An absolute path. */
int att_rule_path(const char *text, struct att_err *err) ATT_MUST;
/* An absolute path, or a name without '/': dlopen(3) looks for that. */
int att_rule_library(const char *text, struct att_err *err) ATT_MUST;
/* The name of a service unit, "NAME.service". */
int att_rule_service(const char *text, struct att_err *err) ATT_MUST;
/* A numeric IPv4 or IPv6 address. */
int att_rule_address(const char *text, struct att_err *err) ATT_MUST;

#endif
