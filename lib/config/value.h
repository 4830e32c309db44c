/* One value of the configuration: what a type allows, takes and holds. */
#ifndef ATT_CONFIG_VALUE_H
#define ATT_CONFIG_VALUE_H

#include "config/config.h"
#include "config/yaml.h"

/*
 * Reads the value into `field`, of the type that `key` says, and frees what
 * was there. ATT_E_FORMAT with "must be ..." leaves it as it was.
 */
int att_value_set(const struct att_config_key *key, const struct att_yaml *y,
    void *field, struct att_err *err) ATT_MUST;
void att_value_done(const struct att_config_key *key, void *field);
/* Appends it as it could be written; nothing for one that is not set. */
void att_value_put(const struct att_config_key *key, const void *field,
    struct att_buf *ret);
/* Appends what is allowed: "a whole number, 1 to 65535". */
void att_value_allowed(const struct att_config_key *key, struct att_buf *ret);

#endif
