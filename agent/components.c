#include "agent/components.h"

#include <stdio.h>

#include "agent/fwupd.h"
#include "agent/hardware.h"
#include "agent/source.h"
#include "agent/state.h"

#define TPM_MS 10000u

static int
read_info(const struct att_agent_config *config, unsigned lock_ms,
    struct att_tpm_info *ret, struct att_err *err)
{
	AUTO(att_state_close) struct att_state *s = NULL;
	AUTO(att_tpm_free) struct att_tpm *tpm = NULL;
	int r;

	if (config->state_dir != NULL &&
	    (r = att_state_open(config->state_dir, lock_ms, &s, err)) < 0)
		return r;
	if ((r = att_tpm_open(config->tcti, TPM_MS, &tpm, err)) < 0)
		return r;
	return att_tpm_info_read(tpm, ret, err);
}

/* In words that stay the same. */
static const char *
reason_of(const struct att_err *why)
{
	switch ((int)why->code) {
	case ATT_E_BUSY:
		return "somebody else uses it";
	case ATT_E_TIMEOUT:
		return "no answer in time";
	case ATT_E_SYS:
		return "it cannot be opened";
	default:
		return att_code_name(why->code);
	}
}

/* The two numbers of TPM_PT_FIRMWARE_VERSION, in two halves each. */
static void
put_version(uint64_t v, struct att_components_tpm *ret)
{
	(void)snprintf(ret->version, sizeof(ret->version), "%u.%u.%u.%u",
	    (unsigned)(v >> 48), (unsigned)(v >> 32 & 0xffff),
	    (unsigned)(v >> 16 & 0xffff), (unsigned)(v & 0xffff));
}

void
att_components_ask_tpm(const struct att_agent_config *config,
    unsigned lock_ms, struct att_components_tpm *ret)
{
	struct att_err why = { 0 };
	int r;

	*ret = (struct att_components_tpm){ .tpm = NULL };
	r = read_info(config, lock_ms, &ret->info, &why);
	if (r == ATT_E_TPM_ABSENT)
		return;
	ret->tpm = &ret->told;
	if (r < 0) {
		ret->told.reason = reason_of(&why);
		return;
	}
	put_version(ret->info.firmware_version, ret);
	ret->told.vendor = ret->info.manufacturer;
	ret->told.model = ret->info.vendor;
	ret->told.firmware = ret->version;
}

int
att_components_add_told(const struct att_agent_config *config,
    const struct att_inventory_tpm *tpm, struct att_components *list,
    struct att_err *err)
{
	static const struct att_inventory_source fwupd = { "fwupd",
		ATT_COMPONENT_OTHER, ATT_PATH_FWUPD, att_fwupd_collect,
		ATT_FWUPD_TIMEOUT_MS };
	const struct att_inventory_options o = { .more = &fwupd,
		.more_count = config->fwupd ? 1 : 0, .tpm = tpm };

	return att_inventory_ask(&o, list, err);
}

int
att_components_collect(const struct att_agent_config *config,
    const struct att_inventory_tpm *tpm, struct att_components *list,
    struct att_err *err)
{
	AUTO_DONE(att_source_close) struct att_source s = ATT_SOURCE(config);
	int r = att_source_is_remote(config) ?
	    att_source_hardware(&s, list, err) : ATT_E_DENIED;

	/* a person who may not ask sees what everybody may */
	if (r == ATT_E_DENIED)
		r = att_hardware_collect(NULL, list, err);
	return r < 0 ? r : att_components_add_told(config, tpm, list, err);
}
