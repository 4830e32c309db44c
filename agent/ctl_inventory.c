/* attestctl firmware inventory: which firmware the components run. */
#include "agent/ctl_firmware.h"

#include <unistd.h>

#include "agent/components.h"
#include "agent/componentview.h"
#include "agent/ctl_agent.h"

#define OUTPUT_MAX (8u << 20)	/* bytes */
#define TCTI "device"		/* where nothing is configured */

static int
put_json(const struct att_components *list, struct att_buf *b,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	int r = att_components_to_json(list, &j, err);

	return r < 0 ? r : att_json_write_pretty(j, b, err);
}

/*
 * The TPM of the configuration, with its lock, where there is one that can be
 * read; else the kernel's.
 */
static int
choose_tpm(const char *file, struct att_agent_config *config, char *own)
{
	int status;

	if (file == NULL && access(ATT_AGENT_CONFIG_PATH, R_OK) < 0) {
		config->tcti = own;
		return ATT_CTL_GOOD;
	}
	if ((status = att_ctl_config(file, config)) != ATT_CTL_GOOD)
		return status;
	/* who may not lock may still ask */
	if (access(config->state_dir, W_OK) < 0) {
		free(config->state_dir);
		config->state_dir = NULL;
	}
	return ATT_CTL_GOOD;
}

static int
put_inventory(const struct att_agent_config *config, bool json)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(OUTPUT_MAX);
	struct att_components_tpm t;
	struct att_err err = { 0 };

	att_components_ask_tpm(config, ATT_CTL_LOCK_MS, &t);
	if (att_components_collect(config, t.tpm, &list, &err) < 0 ||
	    (json ? put_json(&list, &b, &err) : att_components_print(&list, &b,
			    &err)) < 0)
		return att_ctl_fail(NULL, &err);
	att_ctl_put(&b);
	return ATT_CTL_GOOD;
}

int
att_ctl_firmware_inventory(const struct att_ctl_firmware *o)
{
	struct att_agent_config config = { 0 };
	char own[] = TCTI;
	int status = choose_tpm(o->config, &config, own);

	if (status == ATT_CTL_GOOD)
		status = put_inventory(&config, o->json);
	if (config.tcti == own)
		config.tcti = NULL;
	att_agent_config_done(&config);
	return status;
}
