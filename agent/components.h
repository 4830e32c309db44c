/*
 * The components of this machine and their firmware: what its kernel and its
 * BMC tell (agent/hardware.h), its TPM, and other programs.
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
 * Adds what else tells of components than the kernel: the TPM (NULL: there is
 * none), and fwupd where the configuration wants it (agent/fwupd.h). It is
 * asked by attestd, not by attest-measure: it tells everybody, and what it
 * tells is the word of another program, that needs no privilege to be read.
 */
int att_components_add_told(const struct att_agent_config *config,
    const struct att_inventory_tpm *tpm, struct att_components *list,
    struct att_err *err) ATT_MUST;
/*
 * All of this machine, for people: these, and what the one at measure_socket
 * sees, or where there is none, or it may not be asked, this user.
 */
int att_components_collect(const struct att_agent_config *config,
    const struct att_inventory_tpm *tpm, struct att_components *list,
    struct att_err *err) ATT_MUST;

#endif
