/* The static layout of OpenBMC's flash, which has no magic number. */
#ifndef ATT_FIRMWARE_OPENBMC_H
#define ATT_FIRMWARE_OPENBMC_H

#include "firmware/partition.h"

/*
 * Claims the parts of a chip of 32, 64 or 128 MiB (openbmc
 * image_types_phosphor.bbclass); ATT_E_UNSUPPORTED for another size.
 */
int att_openbmc_claim(struct att_partition *p, struct att_err *err) ATT_MUST;

#endif
