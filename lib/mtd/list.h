/* Which flash chips a machine has, as its kernel lists MTD devices. */
#ifndef ATT_MTD_LIST_H
#define ATT_MTD_LIST_H

#include "base/err.h"

#define ATT_CHIP_CLASS_DIR "sys/class/mtd"	/* below the root */
#define ATT_CHIPS_MAX 16

/*
 * Numbers N of devices /dev/mtdNro that `dir` lists, in order. A partition of
 * a device that is listed itself is left out: it would be read twice, and what
 * it is a part of says what its bytes are. None, and no such directory, is a
 * count of 0; ATT_E_LIMIT over ATT_CHIPS_MAX.
 */
int att_chip_list(const char *dir, unsigned ret[static ATT_CHIPS_MAX],
    size_t *ret_count, struct att_err *err) ATT_MUST;

#endif
