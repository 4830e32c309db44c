/*
 * What a BMC says of the firmware in its machine, as components. A BMC's word
 * is not a signature: policy knows by the path what it is worth.
 *
 *	redfish				the service: vendor, product, version
 *	redfish/ID			of UpdateService/FirmwareInventory
 *	redfish/Managers/ID		BMCs, and the interfaces to their host
 *	redfish/Systems/ID		BIOS, trusted modules, Intel PFR
 *	redfish/ComponentIntegrity/ID	who can sign measurements
 *	redfish/TrustedComponents/ID/ID	of a chassis
 *	redfish/RoT/ID/ID		what NVIDIA's roots of trust protect
 *	redfish/X			a collection X that could not be had
 *	redfish/twice			an id stands for two: the first counts
 */
#ifndef ATT_REDFISH_INVENTORY_H
#define ATT_REDFISH_INVENTORY_H

#include "firmware/component.h"
#include "redfish/client.h"

#define ATT_REDFISH_COMPONENT "redfish"

/*
 * Adds them. A BMC that cannot be asked, or stops to answer on the way, is one
 * component, "redfish", with result failed and a fixed reason; *ret_why says
 * more, for a log (code ATT_OK: nothing went wrong). Returns what is wrong
 * with this node: ATT_E_NOMEM, ATT_E_LIMIT for too many components in the
 * list, and then the list is as it was.
 */
int att_redfish_inventory(const struct att_redfish_options *o,
    struct att_components *list, struct att_err *ret_why,
    struct att_err *err) ATT_MUST;

#endif
