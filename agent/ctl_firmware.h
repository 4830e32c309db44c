/* What the verbs of attestctl firmware share. */
#ifndef ATT_AGENT_CTL_FIRMWARE_H
#define ATT_AGENT_CTL_FIRMWARE_H

#include "agent/ctl.h"
#include "firmware/claims.h"
#include "firmware/files.h"
#include "firmware/map.h"
#include "mtd/pace.h"

/* The command line; options that a verb does not take are refused before. */
struct att_ctl_firmware {
	const struct att_ctl_command *cmd;
	uint16_t bank;		/* 0: all that a verifier should take */
	uint16_t alg;		/* of the digests of ranges */
	enum att_layout layout;
	bool direct;		/* not by attestd */
	bool json;
	bool list_files;
	struct att_pace pace;
	const char *config;	/* NULL: the usual one */
	const char *claims;	/* where a document is to go; NULL: in place */
	int files;
	char **file;
};

/* Each returns an exit status. */
int att_ctl_firmware_diff(const struct att_ctl_firmware *o) ATT_MUST;
int att_ctl_firmware_inventory(const struct att_ctl_firmware *o) ATT_MUST;
int att_ctl_firmware_map(const struct att_ctl_firmware *o) ATT_MUST;
/* One device or image; none: all of this machine. */
int att_ctl_firmware_measure(const struct att_ctl_firmware *o) ATT_MUST;
int att_ctl_firmware_measure_all(const struct att_ctl_firmware *o) ATT_MUST;
int att_ctl_firmware_show(const struct att_ctl_firmware *o) ATT_MUST;

/* A map on standard output; `files` may be NULL. Returns an exit status. */
int att_ctl_firmware_put(const char *file, const struct att_map *map,
    const struct att_files *files, bool json) ATT_MUST;
/* Its lines, for people; `files` may be NULL. */
void att_ctl_firmware_table(const struct att_map *map,
    const struct att_files *files, struct att_buf *ret);

/* How far a pass is, on standard error, if that is a terminal. */
struct att_ctl_bar {
	bool seen;
	unsigned shown;		/* percent; over 100: nothing yet */
};
struct att_ctl_bar att_ctl_bar_begin(void) ATT_MUST;
void att_ctl_bar_draw(struct att_ctl_bar *b, const char *what, uint64_t done,
    uint64_t size);
void att_ctl_bar_end(struct att_ctl_bar *b);

#endif
