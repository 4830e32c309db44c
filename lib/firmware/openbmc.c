#include "firmware/openbmc.h"

#include <inttypes.h>

#define PARTS 5

static const struct {
	const char *name;
	enum att_range_class class;
} parts[PARTS] = {
	{ "u-boot", ATT_RANGE_STATIC },
	{ "u-boot-env", ATT_RANGE_VOLATILE },
	{ "kernel", ATT_RANGE_STATIC },
	{ "rofs", ATT_RANGE_STATIC },
	{ "rwfs", ATT_RANGE_VOLATILE },
};

/* KiB: where each part begins, and the size of the chip. */
static const uint32_t layouts[][PARTS + 1] = {
	{ 0, 384, 512, 4864, 28672, 32768 },
	{ 0, 896, 1024, 10240, 43008, 65536 },
	{ 0, 896, 1024, 10240, 98304, 131072 },
};

static int
claim_parts(struct att_partition *p, const uint32_t at[static PARTS + 1],
    struct att_err *err)
{
	int r;

	for (size_t i = 0; i < PARTS; i++)
		if ((r = att_partition_claim(p, ATT_SOURCE_LAYOUT,
			 (uint64_t)at[i] << 10,
			 (uint64_t)(at[i + 1] - at[i]) << 10, parts[i].class,
			 err, "%s", parts[i].name)) < 0)
			return r;
	return 0;
}

int
att_openbmc_claim(struct att_partition *p, struct att_err *err)
{
	for (size_t i = 0; i < ATT_COUNT(layouts); i++)
		if (p->size == (uint64_t)layouts[i][PARTS] << 10)
			return claim_parts(p, layouts[i], err);
	return att_err_set(err, ATT_E_UNSUPPORTED,
	    "OpenBMC lays out chips of 32, 64 and 128 MiB; this one has %"
	    PRIu64 " bytes", p->size);
}
