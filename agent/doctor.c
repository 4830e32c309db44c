#include "agent/doctor.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "posture/posture.h"

#define TPM_MS 10000u		/* for the TPM to answer */
#define SERVER_MS 5000u

const struct att_doctor_check att_doctor_checks[] = {
	{ "config", "configuration of the agent", att_doctor_config },
	{ "reader", "reader of what root may read", att_doctor_reader },
	{ "tpm", "TPM 2.0", att_doctor_tpm },
	{ "tpm-resource-manager", "resource manager of the TPM",
	    att_doctor_tpm_manager },
	{ "tpm-ek-certificate", "certificate of the endorsement key",
	    att_doctor_tpm_ek },
	{ "tpm-banks", "PCR banks", att_doctor_tpm_banks },
	{ "tpm-lockout", "dictionary attack lockout",
	    att_doctor_tpm_lockout },
	{ "uefi", "UEFI", att_doctor_uefi },
	{ "secure-boot", "Secure Boot", att_doctor_secure_boot },
	{ "secure-boot-keys", "platform key", att_doctor_secure_boot_keys },
	{ "boot-log", "measured boot", att_doctor_boot_log },
	{ "ima", "measuring of what runs (IMA)", att_doctor_ima },
	{ "lockdown", "lockdown of the kernel", att_doctor_lockdown },
	{ "modules", "modules that taint the kernel", att_doctor_modules },
	{ "iommu", "IOMMU", att_doctor_iommu },
	{ "flash", "flash chip of the firmware", att_doctor_flash },
	{ "flash-lock", "write protection of the firmware",
	    att_doctor_bios_lock },
	{ "bmc", "BMC", att_doctor_bmc },
	{ "bmc-tls", "BMC over TLS", att_doctor_bmc_tls },
	{ "bmc-ipmi-lan", "IPMI over LAN", att_doctor_bmc_lan },
	{ "microcode", "microcode of all CPUs", att_doctor_microcode },
	{ "clock", "clock", att_doctor_clock },
	{ "verifier", "verifier", att_doctor_verifier },
};
const size_t att_doctor_check_count = ATT_COUNT(att_doctor_checks);

static const struct {
	const char *name, *colour;
} states[ATT_DOCTOR_STATES] = {
	[ATT_DOCTOR_GOOD] = { "good", "\033[32m" },
	[ATT_DOCTOR_UNKNOWN] = { "unknown", "\033[36m" },
	[ATT_DOCTOR_ATTENTION] = { "attention", "\033[33m" },
	[ATT_DOCTOR_BAD] = { "bad", "\033[31m" },
};

const char *
att_doctor_state_name(enum att_doctor_state s)
{
	return (unsigned)s < ATT_COUNT(states) ? states[s].name : NULL;
}

void
att_doctor_say(struct att_doctor_line *ret, enum att_doctor_state state,
    const char *advice, const char *fmt, ...)
{
	va_list ap;

	ret->state = state;
	ret->advice = advice;
	va_start(ap, fmt);
	(void)vsnprintf(ret->seen, sizeof(ret->seen), fmt, ap);
	va_end(ap);
}

/* -- what the checks look at ----------------------------------------------- */

static void
open_tpm(struct att_doctor *d)
{
	if (att_tpm_open(d->tcti, TPM_MS, &d->tpm, &d->tpm_why) < 0) {
		d->pcrs_why = d->tpm_why;
		return;
	}
	(void)!att_tpm_pcrs_read(d->tpm, NULL, 0, &d->pcrs, NULL,
	    &d->pcrs_why);
}

/* What a machine without a configuration has, most of the time. */
static void
set_defaults(struct att_doctor *d)
{
	d->tcti = "device:/dev/tpmrm0";
	d->uefi_log = "/sys/kernel/security/tpm0/binary_bios_measurements";
	d->userspace_log = "/run/log/systemd/tpm2-measure.log";
	d->ima_log = "/sys/kernel/security/ima/ascii_runtime_measurements";
}

int
att_doctor_begin(struct att_doctor *d, const char *root,
    const struct att_agent_config *config, const struct att_err *config_why,
    struct att_err *err)
{
	*d = (struct att_doctor){ .root = root, .config = config,
		.timeout_ms = SERVER_MS };
	set_defaults(d);
	if (config != NULL) {
		d->tcti = config->tcti;
		d->uefi_log = config->uefi_log;
		d->userspace_log = config->userspace_log;
		d->ima_log = config->ima_log;
	} else if (config_why != NULL) {
		d->config_why = *config_why;
	}
	open_tpm(d);
	return att_posture_read(root, &d->posture, err);
}

void
att_doctor_done(struct att_doctor *d)
{
	att_tpm_free(d->tpm);
	att_posture_free(d->posture);
	*d = (struct att_doctor){ 0 };
}

/* -- what they say --------------------------------------------------------- */

void
att_doctor_print(const struct att_doctor_check *c,
    const struct att_doctor_line *l, bool colour, struct att_buf *ret)
{
	att_buf_printf(ret, "%s%-9s%s  %-20s  ",
	    colour ? states[l->state].colour : "", states[l->state].name,
	    colour ? "\033[0m" : "", c->id);
	att_text_put_path(ret, att_slice_of(l->seen));
	if (l->advice[0] != '\0')
		att_buf_printf(ret, ". %s", l->advice);
	att_buf_u8(ret, '\n');
}

json_t *
att_doctor_to_json(const struct att_doctor_check *c,
    const struct att_doctor_line *l)
{
	json_t *seen = att_json_text(att_slice_of(l->seen));

	return json_pack("{s:s, s:s, s:s, s:o, s:s}", "id", c->id, "title",
	    c->title, "state", states[l->state].name, "seen", seen, "advice",
	    l->advice);
}
