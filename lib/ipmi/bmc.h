/*
 * The BMC as a component, "bmc": from the kernel's ipmi_bmc devices, which
 * every user may read, else by asking it through /dev/ipmi0.
 */
#ifndef ATT_IPMI_BMC_H
#define ATT_IPMI_BMC_H

#include "firmware/component.h"
#include "ipmi/link.h"

#define ATT_BMC_TIMEOUT_MS 5000	/* through the device */

/*
 * The first is "bmc", others are "bmc/1" and so on, as the kernel numbers them.
 * Both ways give the same texts. Without a BMC that the kernel knows nothing
 * is added; one that does not tell is failed. The device is asked for root ""
 * only.
 */
int att_bmc_collect(const char *root, struct att_components *to,
    struct att_err *err) ATT_MUST;

/* What a device id says. */
int att_bmc_describe(const struct att_ipmi_device_id *d,
    struct att_component *c, struct att_err *err) ATT_MUST;

#endif
