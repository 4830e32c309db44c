/* What the verbs of attestctl firmware share. */
#ifndef ATT_AGENT_CTL_FIRMWARE_H
#define ATT_AGENT_CTL_FIRMWARE_H

#include "agent/ctl.h"
#include "firmware/files.h"
#include "firmware/map.h"
#include "mtd/pace.h"

/* The command line; options that a verb does not take are refused before. */
struct att_ctl_firmware {
	const struct att_ctl_command *cmd;
	uint16_t bank;		/* 0: all that a verifier should take */
	uint16_t alg;		/* of the digests of ranges */
	enum att_layout layout;
	bool json;
	bool list_files;
	struct att_pace pace;
	int files;
	char **file;
};

/* Each returns an exit status. */
int att_ctl_firmware_diff(const struct att_ctl_firmware *o) ATT_MUST;
int att_ctl_firmware_map(const struct att_ctl_firmware *o) ATT_MUST;
int att_ctl_firmware_measure(const struct att_ctl_firmware *o) ATT_MUST;

/* A map on standard output; `files` may be NULL. Returns an exit status. */
int att_ctl_firmware_put(const char *file, const struct att_map *map,
    const struct att_files *files, bool json) ATT_MUST;

#endif
