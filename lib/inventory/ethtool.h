/*
 * What a driver says of its network interface (SIOCETHTOOL, GDRVINFO), for
 * devices that devlink does not know. Every user may ask.
 */
#ifndef ATT_INVENTORY_ETHTOOL_H
#define ATT_INVENTORY_ETHTOOL_H

#include "firmware/component.h"

#define ATT_DRVINFO_TEXT 33	/* bytes of a text with its NUL */

struct att_drvinfo {
	char driver[ATT_DRVINFO_TEXT];
	char firmware[ATT_DRVINFO_TEXT];	/* "" or "N/A": not told */
	char rom[ATT_DRVINFO_TEXT];		/* the expansion ROM's */
};

/* The way to the kernel; tests put faults here. */
struct att_ethtool_io {
	/* 0, or -errno */
	int (*drvinfo)(void *arg, const char *interface,
	    struct att_drvinfo *ret);
	void *arg;
};

/*
 * Adds "nic/0000:17:00.0" for each interface of a device that is not in the
 * list yet; those without a device (bridges, tunnels), and virtual functions,
 * are left out. A driver that tells no version makes it not available.
 */
int att_ethtool_collect(const struct att_ethtool_io *io, const char *root,
    struct att_components *to, struct att_err *err) ATT_MUST;

/* `*fd` starts as -1 and belongs to `*ret`, and both to the caller. */
int att_ethtool_open(int *fd, struct att_ethtool_io *ret,
    struct att_err *err) ATT_MUST;

#endif
