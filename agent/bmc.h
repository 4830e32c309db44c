/* The BMC that the configuration names: how it is asked through Redfish. */
#ifndef ATT_AGENT_BMC_H
#define ATT_AGENT_BMC_H

#include "agent/source.h"
#include "firmware/component.h"
#include "redfish/client.h"

#define ATT_BMC_ORIGIN_MAX 300	/* bytes */

/* Starts from zero; borrows from the configuration. Never copied. */
struct att_bmc {
	char origin[ATT_BMC_ORIGIN_MAX + 1];
	struct att_buf password;	/* a string, or empty */
	struct att_redfish_options options;
};

/*
 * ATT_E_NOT_FOUND: no redfish_url is configured, or it says host-interface and
 * no structure of SMBIOS tells an address. Else what reading these, or the
 * password, failed with.
 */
int att_bmc_load(struct att_source *s, struct att_bmc *ret,
    struct att_err *err) ATT_MUST;
/* Wipes the password. */
void att_bmc_done(struct att_bmc *b);

/*
 * Adds the components that it tells of, and nothing where none is configured;
 * one that cannot be asked is in the list as failed. *ret_why: what was in the
 * way, or ATT_OK.
 */
int att_bmc_inventory(struct att_source *s, struct att_components *list,
    struct att_err *ret_why, struct att_err *err) ATT_MUST;

#endif
