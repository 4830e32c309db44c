/*
 * GPUs that sign reports of themselves, asked on this node (nvml/nvml.h) for
 * evidence spdm_measurements, beside what a BMC has signed.
 */
#ifndef ATT_AGENT_GPUS_H
#define ATT_AGENT_GPUS_H

#include "firmware/spdm_evidence.h"

#define ATT_GPUS_MS 60000u	/* for all of them */

/*
 * Asks all GPUs with nonces of e->challenge and adds what they say to *e, in
 * its order. `library` runs in a process of its own, which can hang or die:
 * ATT_E_TIMEOUT, ATT_E_SYS. Else as att_nvml_ask; then *e is as it was.
 */
int att_gpus_ask(const char *library, unsigned timeout_ms,
    struct att_spdm_evidence *e, struct att_err *err) ATT_MUST;

#endif
