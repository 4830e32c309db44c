/* The BMC that the configuration names, as options of a Redfish client. */
#ifndef ATT_AGENT_BMC_H
#define ATT_AGENT_BMC_H

#include "config/agent_config.h"
#include "redfish/client.h"

#define ATT_BMC_ORIGIN_MAX 300	/* bytes */
#define ATT_BMC_DMI "/sys/firmware/dmi/entries"

/* Starts from zero; borrows from the configuration. Never copied. */
struct att_bmc {
	char origin[ATT_BMC_ORIGIN_MAX + 1];
	struct att_buf password;	/* a string, or empty */
	struct att_redfish_options options;
};

/*
 * ATT_E_NOT_FOUND: no redfish_url is configured, or it says host-interface and
 * no structure of SMBIOS below `dmi` (ATT_BMC_DMI) tells an address. Else what
 * reading the password failed with.
 */
int att_bmc_load(const struct att_agent_config *config, const char *dmi,
    struct att_bmc *ret, struct att_err *err) ATT_MUST;
/* Wipes the password. */
void att_bmc_done(struct att_bmc *b);

#endif
