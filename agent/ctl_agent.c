#include "agent/ctl_agent.h"

#include <string.h>

#include "base/encoding.h"
#include "base/file.h"
#include "crypto/jws.h"

#define KEYS_MAX (1u << 20)	/* bytes of a key set */

int
att_ctl_config(const char *file, struct att_agent_config *ret)
{
	struct att_err err = { 0 };
	int r = att_agent_config_load(
	    file != NULL ? file : ATT_AGENT_CONFIG_PATH, ret, &err);

	/* nothing is malformed where nothing is */
	if (r == ATT_E_NOT_FOUND)
		err.code = ATT_E_SYS;
	return r < 0 ? att_ctl_fail(NULL, &err) : ATT_CTL_GOOD;
}

int
att_ctl_local(const struct att_agent_config *config, bool direct,
    struct att_varlink_client **ret)
{
	struct att_err err = { 0 };
	int r = direct ? ATT_E_NOT_FOUND : att_local_open(config, ret, &err);

	return r < 0 && r != ATT_E_NOT_FOUND ? att_ctl_fail(NULL, &err) :
					       ATT_CTL_GOOD;
}

int
att_ctl_keys(const char *file, json_t **ret)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(KEYS_MAX);
	struct att_err err = { 0 };

	if (att_ctl_read(file, &b, &err) < 0)
		return att_ctl_fail(NULL, &err);
	if (att_jws_set_parse(att_buf_view(&b), ret, &err) < 0)
		return att_ctl_fail(file, &err);
	return ATT_CTL_GOOD;
}

int
att_ctl_nonce(const struct att_ctl_command *cmd, const char *hex,
    struct att_buf *ret)
{
	struct att_err err = { 0 };

	if (att_hex_decode(att_slice_of(hex), ret, &err) < 0)
		return att_ctl_misused(cmd, "--nonce: %s", err.text);
	if (ret->len < ATT_CHALLENGE_MIN)
		return att_ctl_misused(cmd,
		    "--nonce has %zu bytes, must be %d to %d", ret->len,
		    ATT_CHALLENGE_MIN, ATT_CHALLENGE_MAX);
	return ATT_CTL_GOOD;
}

int
att_ctl_operator(const struct att_ctl_command *cmd,
    const struct att_operator_options *o, struct att_operator **ret)
{
	struct att_err err = { 0 };

	if (att_operator_open(o, ret, &err) == 0)
		return ATT_CTL_GOOD;
	/* a file that is not there is not malformed */
	if (err.code == ATT_E_NOT_FOUND)
		err.code = ATT_E_SYS;
	return err.code == ATT_E_USAGE ?
	    att_ctl_misused(cmd, "%s", err.text) :
	    att_ctl_fail(NULL, &err);
}

int
att_ctl_write(const char *file, const struct att_buf *b)
{
	struct att_err err = { 0 };

	if (file == NULL || strcmp(file, "-") == 0)
		att_ctl_put(b);
	else if (att_file_put(file, att_buf_view(b), 0600, &err) < 0)
		return att_ctl_fail(NULL, &err);
	return ATT_CTL_GOOD;
}
