/*
 * The components of this machine and their firmware: what its kernel tells
 * (lib/inventory), its BMC (lib/ipmi), its TPM.
 */
#ifndef ATT_AGENT_COMPONENTS_H
#define ATT_AGENT_COMPONENTS_H

#include "config/agent_config.h"
#include "inventory/inventory.h"
#include "tpm/state.h"

/* The TPM as a component; `tpm` leads into it, so it is never copied. */
struct att_components_tpm {
	struct att_tpm_info info;
	char version[24];	/* "7.85.4555.0" */
	struct att_inventory_tpm told;
	const struct att_inventory_tpm *tpm;	/* NULL: there is none */
};
/*
 * Asks the TPM of the configuration, under the lock of its state as all use of
 * it, for which it waits `lock_ms`; state_dir NULL: there is nothing to lock.
 * One that does not tell is there, with the reason.
 */
void att_components_ask_tpm(const struct att_agent_config *config,
    unsigned lock_ms, struct att_components_tpm *ret);

/*
 * Adds them all; as att_inventory_collect. `tpm` NULL: there is none; `fwupd`:
 * what that knows as well (agent/fwupd.h).
 */
int att_components_collect(const char *root,
    const struct att_inventory_tpm *tpm, bool fwupd,
    struct att_components *list, struct att_err *err) ATT_MUST;

#endif
