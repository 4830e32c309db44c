#include "firmware/range.h"

static const char *const names[ATT_RANGE_CLASSES] = {
	[ATT_RANGE_GAP] = "gap",
	[ATT_RANGE_VOLATILE] = "volatile",
	[ATT_RANGE_PER_MACHINE] = "per-machine",
	[ATT_RANGE_STATIC] = "static",
	[ATT_RANGE_UNREADABLE] = "unreadable",
};

const char *
att_range_class_name(enum att_range_class class)
{
	return (unsigned)class < ATT_COUNT(names) ? names[class] : "unknown";
}
