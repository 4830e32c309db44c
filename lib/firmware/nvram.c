#include "firmware/nvram.h"

/* 16 of them; the first field counts up. */
#define HOLE(field, name)                                                    \
	{ field "-0fc1-11dc-9011-00173153eba8", "AMI ROM hole " name,        \
	    ATT_RANGE_PER_MACHINE }

static const struct att_nvram_file files[] = {
	{ "cef5b9a3-476d-497f-9fdc-e98143e0422c", "AMI variables",
	    ATT_RANGE_VOLATILE },
	HOLE("05ca01fc", "0"),
	HOLE("05ca01fd", "1"),
	HOLE("05ca01fe", "2"),
	HOLE("05ca01ff", "3"),
	HOLE("05ca0200", "4"),
	HOLE("05ca0201", "5"),
	HOLE("05ca0202", "6"),
	HOLE("05ca0203", "7"),
	HOLE("05ca0204", "8"),
	HOLE("05ca0205", "9"),
	HOLE("05ca0206", "10"),
	HOLE("05ca0207", "11"),
	HOLE("05ca0208", "12"),
	HOLE("05ca0209", "13"),
	HOLE("05ca020a", "14"),
	HOLE("05ca020b", "15"),
};

const struct att_nvram_file *
att_nvram_file_of(const struct att_efiguid *g)
{
	for (size_t i = 0; i < ATT_COUNT(files); i++)
		if (att_efiguid_is(g, files[i].guid))
			return &files[i];
	return NULL;
}
