/*
 * A measuring pass over the firmware of this machine: its components, and its
 * flash chips, one after the other. It keeps nothing and knows no TPM; who runs
 * it says what the last one found, and asks the TPM for the time
 * (agent/measured.h). It opens no connection.
 */
#ifndef ATT_AGENT_MEASURE_H
#define ATT_AGENT_MEASURE_H

#include "config/agent_config.h"
#include "firmware/claims.h"
#include "mtd/pace.h"

#define ATT_MEASURE_CHANGES_MAX 64

/* A range that is another than in the last pass, after two more looks. */
struct att_measure_change {
	char chip[ATT_FLASH_NAME_MAX + 1];
	/* how: "content", "removed", "added"; of a chip "gone" */
	const char *how;
	struct att_range range;	/* name "": the chip as a whole */
};

/* Starts from zero. */
struct att_measure {
	struct att_firmware_claims *claims;	/* owned */
	struct att_measure_change change[ATT_MEASURE_CHANGES_MAX];
	size_t changes;
	size_t changes_left_out;
	size_t failed;		/* chips that could not be read */
};
void att_measure_done(struct att_measure *m);

struct att_measure_options {
	/* its keys firmware_*; rate, duty and timeout are not looked at */
	const struct att_agent_config *config;
	const char *boot_id;
	/* where /sys, /proc and /dev are; NULL: this machine */
	const char *root;
	struct att_pace pace;
	uint64_t limit_ms;	/* for all of it; 0: none */
	const struct att_firmware_claims *earlier;	/* NULL: none */
	/* NULL, or the TPM's clock; a failure is logged, and passes on */
	int (*clock)(void *arg, struct att_pass_clock *ret,
	    struct att_err *err);
	/*
	 * NULL, or called when all that is left is to read chips; a failure
	 * is logged, and passes on.
	 */
	int (*withdraw)(void *arg, struct att_err *err);
	/*
	 * NULL, or called again and again while a part is measured; false ends
	 * the whole pass with ATT_E_BUSY.
	 */
	bool (*progress)(void *arg, const char *of, uint64_t done,
	    uint64_t size);
	void *arg;
};

/*
 * What cannot be read is in the claims, with the reason, and logged: an error
 * is only what leaves no claims at all.
 */
int att_measure_run(const struct att_measure_options *o,
    struct att_measure *ret, struct att_err *err) ATT_MUST;
/*
 * Adds components to its claims, as far as a document of them has room. NULL:
 * they could not be listed, which is then what it says of all of them.
 */
int att_measure_add(struct att_measure *m, const struct att_components *more,
    struct att_err *err) ATT_MUST;

#endif
