/* Which boot of which machine this is, as far as the node can tell. */
#ifndef ATT_AGENT_BOOT_H
#define ATT_AGENT_BOOT_H

#include "config/agent_config.h"
#include "evidence/bundle.h"
#include "protocol/timestamp.h"

#define ATT_BOOT_ID_LEN 36	/* characters of a UUID */

struct att_boot_facts {
	char id[ATT_BOOT_ID_LEN + 1];
	char time[ATT_TIMESTAMP_MAX + 1];	/* RFC 3339 */
	/* DMI: a hint for people; "" where the machine does not say */
	char vendor[ATT_BUNDLE_TEXT_MAX + 1];
	char product[ATT_BUNDLE_TEXT_MAX + 1];
};

/*
 * Reads all of it. The time of the boot is computed once and kept in the run
 * directory (att_run_dir_make) for whoever asks during this boot: clocks are
 * set meanwhile, and verifiers compare the text. It is never made up:
 * ATT_E_BUSY while the clock was not set since power-on, and what cannot be
 * kept, or was kept and cannot be read, is an error.
 */
int att_boot_read(const struct att_agent_config *config,
    struct att_boot_facts *ret, struct att_err *err) ATT_MUST;

/*
 * Makes the run directory with mode 0755, whatever the umask, if it is not
 * there: what lies in it is for everybody to read.
 */
int att_run_dir_make(const struct att_agent_config *config,
    struct att_err *err) ATT_MUST;
/* The boot id alone; where no such file is shown, attest-measure is asked. */
int att_boot_id_read(const struct att_agent_config *config,
    char ret[static ATT_BOOT_ID_LEN + 1], struct att_err *err) ATT_MUST;

/*
 * The time of a boot by what the two clocks say, in seconds: `now` since 1970,
 * `up` since the boot.
 */
int att_boot_time_of(int64_t now, int64_t up,
    char ret[static ATT_TIMESTAMP_MAX + 1], struct att_err *err) ATT_MUST;

#endif
