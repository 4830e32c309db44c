/* GUIDs of EFI firmware, as text: tables of them are read by people. */
#ifndef ATT_FIRMWARE_EFIGUID_H
#define ATT_FIRMWARE_EFIGUID_H

#include "base/cur.h"

/* "8c8ce578-8a3d-4f1c-9935-896185c32dd3", lower case */
struct att_efiguid {
	char text[37];
};

/* 16 bytes in EFI order; false when short. */
bool att_cur_efiguid(struct att_cur *c, struct att_efiguid *ret) ATT_MUST;
bool att_efiguid_is(const struct att_efiguid *g, const char *text) ATT_MUST;

#endif
