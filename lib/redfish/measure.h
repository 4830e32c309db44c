/*
 * Signed measurements of devices, by SPDMGetSignedMeasurements of their
 * ComponentIntegrity resources (DMTF DSP8010). What they say is not looked at
 * here: the agent carries it, the verifier judges it.
 */
#ifndef ATT_REDFISH_MEASURE_H
#define ATT_REDFISH_MEASURE_H

#include "firmware/spdm_evidence.h"
#include "redfish/client.h"

#define ATT_REDFISH_NONCE_SIZE 32
/* Of one device, its certificates and all attempts together. */
#define ATT_REDFISH_DEVICE_MS 120000u
#define ATT_REDFISH_ATTEMPTS 5	/* of a task that ends in an exception */

/* The nonce of the device of this name (docs/PROTOCOL-spdm.txt, 2). */
typedef int att_redfish_nonce(void *arg, const char *name,
    uint8_t ret[static ATT_REDFISH_NONCE_SIZE], struct att_err *err);

/*
 * Asks each device, one at a time, and fills e->device, sorted by name; the
 * rest of *e is the caller's. A device that does not answer is in it with a
 * fixed reason; those that are not asked as the time is over, too. Fails, and
 * *e is as it was, if the devices could not be listed.
 */
int att_redfish_measure(struct att_redfish *r, att_redfish_nonce *nonce,
    void *arg, struct att_spdm_evidence *e, struct att_err *err) ATT_MUST;

#endif
