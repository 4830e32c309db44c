/*
 * A measuring pass as attestd and attestctl run it: what it found becomes the
 * document firmware_claims, which the next attestation sends; what changed
 * since the last one becomes facts. One pass runs at a time. attest-measure
 * reads (agent/source.h), and this adds what it cannot know.
 *
 *	firmware_claims		what was found, for evidence
 *	state_dir/firmware.json	the same for the next pass, in the state of
 *				attest-measure, which is this process's where
 *				that was started here; of chips that could not
 *				be read what was known of them before
 *	run_dir/firmware.json	how far a pass is, or how it ended, for people
 */
#ifndef ATT_AGENT_MEASURED_H
#define ATT_AGENT_MEASURED_H

#include "agent/measure.h"

struct att_measured_options {
	const struct att_agent_config *config;
	const char *const *words;	/* as of struct att_source */
	/*
	 * NULL, or called when the network is not needed any more, and takes
	 * it from the process. A failure is logged, and passes on.
	 */
	int (*withdraw)(void *arg, struct att_err *err);
	bool (*progress)(void *arg, const char *of, uint64_t done,
	    uint64_t size);
	void *arg;
};

/*
 * The whole of it. SIGTERM and SIGINT end it (agent/stop.h), with ATT_E_BUSY,
 * and so does another pass that is under way. *ret_news: the document says
 * something else than the one before of this boot, or there was none. What can
 * only not be kept for the next pass is logged, and found again by that.
 */
int att_measured_pass(const struct att_measured_options *o,
    struct att_measure *ret, bool *ret_news, struct att_err *err) ATT_MUST;
/* The same for a document that goes elsewhere: nothing else is written. */
int att_measured_only(const struct att_measured_options *o,
    struct att_measure *ret, struct att_err *err) ATT_MUST;

/* -- how far it is --------------------------------------------------------- */

#define ATT_MEASURED_FILE "firmware.json"	/* in the run directory */

enum att_measured_state {
	ATT_MEASURED_RUNNING,
	ATT_MEASURED_DONE,
	ATT_MEASURED_BROKEN,	/* it left no claims */
	ATT_MEASURED_STATES
};

struct att_measured_status {
	char boot_id[ATT_FIRMWARE_BOOT_MAX + 1];
	enum att_measured_state state;
	/* running: the part, and how much of it */
	char of[ATT_PASS_NAME_MAX + 1];
	int64_t percent;
	int64_t began, updated;	/* seconds since 1970 */
	int64_t chips, failed;	/* failed: of them */
	int64_t components;
	int64_t changes;	/* since the pass before */
	char reason[ATT_ERR_TEXT_MAX + 1];	/* broken: why */
};
/* The members of the file, the caller's. */
int att_measured_status_to_json(const struct att_measured_status *s,
    json_t **ret, struct att_err *err) ATT_MUST;
int att_measured_status_write(const struct att_agent_config *config,
    const struct att_measured_status *s, struct att_err *err) ATT_MUST;
/* ATT_E_NOT_FOUND: there was no pass. */
int att_measured_status_read(const struct att_agent_config *config,
    struct att_measured_status *ret, struct att_err *err) ATT_MUST;
/* One line for people, without its end. */
void att_measured_status_print(const struct att_measured_status *s,
    struct att_buf *ret);

#endif
