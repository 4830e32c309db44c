/* Looks for what may lie anywhere: firmware volumes and flash maps. */
#ifndef ATT_FIRMWARE_SCAN_H
#define ATT_FIRMWARE_SCAN_H

#include "firmware/image.h"
#include "firmware/partition.h"

/* Magic numbers that nothing valid follows; more are an attack on time. */
#define ATT_SCAN_FALSE_MAX 4096

/*
 * Claims each volume and each flash map in the readable bytes of `im`; none
 * may reach over the end of a stretch. The search goes on behind an accepted
 * one: volumes inside volumes are not claimed. ATT_E_LIMIT over
 * ATT_FMAPS_MAX flash maps or ATT_SCAN_FALSE_MAX false hits.
 */
int att_scan_claim(const struct att_image *im, struct att_partition *p,
    struct att_err *err) ATT_MUST;

#endif
