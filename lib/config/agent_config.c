#include "config/agent_config.h"

#include <string.h>

#include "base/digest.h"
#include "config/rules.h"

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define MIB (1024 * 1024)

#define KEY(key, kind)                                                       \
	.name = #key, .type = ATT_CONFIG_##kind,                             \
	.offset = offsetof(struct att_agent_config, key)

/* in the order of enum att_tpm_ek_type and enum att_tpm_ak_type */
static const char *const ek_types[] = { "auto", "rsa2048", "p256",
	"rsa2048-high", "p256-high", "p384-high", NULL };
static const char *const ak_types[] = { "rsa2048", "p256", "p384", NULL };

/* in the order of hash_algs, and of enum att_layout */
static const char *const hashes[] = { "sha256", "sha384", "sha512", NULL };
static const uint16_t hash_algs[] = { ATT_ALG_SHA256, ATT_ALG_SHA384,
	ATT_ALG_SHA512 };
static const char *const layouts[] = { "auto", "openbmc", NULL };

/* in the order of enum att_gate_tier and enum att_on_untrusted */
static const char *const tiers[] = { "affirming", "warning", NULL };
static const char *const reactions[] = { "target", "stop", NULL };

static const struct att_config_key keys[] = {
	{ KEY(agent_id, STRING), .min = 1, .max = 80,
	    .check = att_rule_agent_id, .preset = ATT_AGENT_ID_HASH_EK,
	    .help = "The name of this node at registrar and verifier: hash_ek, "
		    "the hex SHA-256 of the EK's public key in PEM form, or an "
		    "id such as a UUID." },
	{ KEY(registrar_urls, LIST), .min = 1, .max = 16, .required = true,
	    .check = att_rule_origin,
	    .example = "[https://attest.example.org:8881]",
	    .help = "Registrars, best first. Where attest-verifier is used, "
		    "it is its own registrar." },
	{ KEY(verifier_urls, LIST), .min = 1, .max = 16, .required = true,
	    .check = att_rule_origin,
	    .example = "[https://attest.example.org:8881]",
	    .help = "Verifiers, best first." },
	{ KEY(allow_plain_http, BOOL), .preset = "false",
	    .help = "Accept http:// above. Evidence and tokens then cross the "
		    "network for all to read and to change." },
	{ KEY(ca_file, PATH), .preset = "/etc/attestd/ca.pem",
	    .help = "CA certificates (PEM) that the servers' certificates "
		    "must chain to. No others count." },
	{ KEY(use_system_cas, BOOL), .preset = "false",
	    .help = "Trust the system's CA certificates instead of ca_file." },
	{ KEY(client_cert, PATH), .example = "/etc/attestd/client.pem",
	    .help = "Client certificate (PEM), together with client_key. The "
		    "protocol needs none; at a Keylime verifier one from its "
		    "own CA makes the node an administrator." },
	{ KEY(client_key, SECRET), .example = "/etc/attestd/client.key",
	    .help = "Its private key (PEM, not enciphered)." },
	{ KEY(tcti, STRING), .min = 1, .max = 256,
	    .preset = "device:/dev/tpmrm0",
	    .help = "How the TPM is reached: device:PATH, "
		    "swtpm:path=SOCKET, swtpm:host=HOST,port=PORT, tabrmd." },
	{ KEY(endorsement_auth_file, SECRET),
	    .example = "credential:tpm-endorsement",
	    .help = "Holds the auth value of the TPM's endorsement hierarchy, "
		    "where an administrator has set one. A line end after it "
		    "does not count." },
	{ KEY(owner_auth_file, SECRET), .example = "credential:tpm-owner",
	    .help = "The same of the owner hierarchy: needed only where the "
		    "EK's certificate or template lies in NV that nobody else "
		    "can read." },
	{ KEY(ek_type, ENUM), .names = ek_types, .preset = "auto",
	    .help = "Which endorsement key identifies the TPM; auto takes the "
		    "first that has a certificate." },
	{ KEY(ak_type, ENUM), .names = ak_types, .preset = "rsa2048",
	    .help = "Type of the attestation key. Where a verifier does not "
		    "say that it takes another type than rsa2048, as Keylime "
		    "does not, the node uses an rsa2048 key beside it." },
	{ KEY(state_dir, PATH), .preset = "/var/lib/attestd",
	    .help = "Where the attestation key and what must outlive a reboot "
		    "are kept." },
	{ KEY(run_dir, PATH), .preset = "/run/attestd",
	    .help = "Where the verdict and what belongs to this boot are "
		    "kept." },
	{ KEY(uefi_log, PATH),
	    .preset = "/sys/kernel/security/tpm0/binary_bios_measurements",
	    .help = "The firmware's event log." },
	{ KEY(userspace_log, PATH),
	    .preset = "/run/log/systemd/tpm2-measure.log",
	    .help = "systemd's event log. One that does not exist is not "
		    "offered to the verifier." },
	{ KEY(ima_log, PATH),
	    .preset = "/sys/kernel/security/ima/ascii_runtime_measurements",
	    .help = "The kernel's IMA measurement list, as text." },
	{ KEY(firmware_claims, PATH),
	    .preset = "/run/attestd/firmware-claims.json",
	    .help = "What was measured of the firmware. A document that does "
		    "not exist is not offered to the verifier." },
	{ KEY(boot_id, PATH), .preset = "/proc/sys/kernel/random/boot_id",
	    .help = "Where the kernel says which boot this is." },
	{ KEY(measure_socket, PATH), .preset = "/run/attest-measure/socket",
	    .help = "Where attest-measure answers, which reads for attestd "
		    "what only root may read. Where there is no such socket, "
		    "attestd starts attest-measure with its own rights." },
	{ KEY(max_log_size, SIZE), .min = 64 * 1024, .max = 256 * MIB,
	    .preset = "32M",
	    .help = "The largest log that is read and sent." },
	{ KEY(redfish_url, STRING), .min = 1, .max = 300,
	    .check = att_rule_bmc, .example = "https://10.0.1.1",
	    .help = "The BMC of this machine, asked through Redfish for the "
		    "versions of its firmware: an address, or host-interface "
		    "for the one that SMBIOS tells." },
	{ KEY(redfish_pin, STRING), .min = 1, .max = 60,
	    .check = att_rule_pin,
	    .example = "sha256//lzBwB1kDh0f0vGvVj3Pu4Nmh1ePMkrMmZ7jFvcZgWfw=",
	    .help = "The key that the BMC must show that it has, whoever "
		    "signed its certificate: base64 of the SHA-256 of its "
		    "public key (SubjectPublicKeyInfo)." },
	{ KEY(redfish_ca_file, PATH), .example = "/etc/attestd/bmc-ca.pem",
	    .help = "CA certificates (PEM) that the BMC's certificate must "
		    "chain to, for the name in redfish_url. With redfish_pin "
		    "both must hold; one of them must be set." },
	{ KEY(redfish_user, STRING), .min = 1, .max = 255,
	    .example = "attestd",
	    .help = "An account of the BMC that can only read. Where devices "
		    "are asked, it needs whatever privilege the BMC wants for "
		    "that." },
	{ KEY(redfish_password_file, SECRET),
	    .example = "credential:bmc-password",
	    .help = "Holds its password. A line end after it does not "
		    "count." },
	{ KEY(redfish_timeout, DURATION), .min = 1, .max = HOUR,
	    .preset = "5m",
	    .help = "The longest that all requests of one session with the "
		    "BMC may take together." },
	{ KEY(spdm, BOOL), .preset = "false",
	    .help = "Ask devices through the BMC for measurements that they "
		    "sign, after an attestation; the next one has them." },
	{ KEY(spdm_interval, DURATION), .min = 1, .max = 7 * DAY,
	    .preset = "1h",
	    .help = "The shortest time between two such requests: a device "
		    "takes seconds to sign." },
	{ KEY(spdm_nvml, STRING), .min = 1, .max = 255,
	    .check = att_rule_library, .example = "libnvidia-ml.so.1",
	    .help = "Ask GPUs of NVIDIA as well, by this library of their "
		    "driver: a path, or a name where the system looks for "
		    "libraries. It runs in a process of its own." },
	{ KEY(quote_banks, LIST), .min = 1, .max = 4, .check = att_rule_bank,
	    .preset = "[sha256]",
	    .help = "PCR banks that are offered to the verifier and that "
		    "`attestctl quote` quotes." },
	{ KEY(quote_pcrs, PCRS), .preset = "0-9,11-15",
	    .help = "PCRs that `attestctl quote` quotes unless told "
		    "otherwise. A verifier selects its own." },
	{ KEY(posture, BOOL), .preset = "true",
	    .help = "Send along how this machine is set up: Secure Boot and "
		    "its keys, lockdown, IOMMU and the like." },
	{ KEY(firmware_pcr, BOOL), .preset = "false",
	    .help = "Keep the digest of the firmware, as firmware_claims "
		    "says it, in PCR 23, for a Keylime verifier that checks "
		    "it. Anybody who reaches the TPM can write this PCR." },
	{ KEY(firmware_interval, DURATION), .min = 0, .max = 30 * DAY,
	    .preset = "1d",
	    .help = "Time between two passes over the firmware, the first of "
		    "them within a minute of the start; 0s: it is not "
		    "measured by attestd. A verifier takes what is not older "
		    "than its firmware_max_age. An attestd that is started "
		    "for its socket goes by attestd-firmware.timer "
		    "instead." },
	{ KEY(firmware_devices, LIST), .min = 1, .max = 16,
	    .check = att_rule_path, .example = "[/dev/mtd0ro]",
	    .help = "Flash chips that are read: MTD devices that cannot be "
		    "written, or images of chips. Not set: all MTD devices of "
		    "the machine." },
	{ KEY(firmware_rate, SIZE), .min = 4096, .max = 1024 * MIB,
	    .preset = "1M",
	    .help = "Bytes of a chip that are read in a second, at most." },
	{ KEY(firmware_duty, INT), .min = 1, .max = 100, .preset = "3",
	    .help = "Percent of the time that is spent reading, at most: "
		    "while a chip is read a CPU may be busy waiting." },
	{ KEY(firmware_timeout, DURATION), .min = 10, .max = 7 * DAY,
	    .preset = "6h",
	    .help = "The longest that a pass can take. A chip that was not "
		    "read by then was not measured." },
	{ KEY(firmware_hash, ENUM), .names = hashes, .preset = "sha256",
	    .help = "The hash algorithm for what chips hold. After a change "
		    "nothing can be compared with the pass before." },
	{ KEY(firmware_layout, ENUM), .names = layouts, .preset = "auto",
	    .help = "Structures that chips have: those that say so of "
		    "themselves, or OpenBMC's static layout as well." },
	{ KEY(firmware_spool, PATH), .preset = "/var/tmp",
	    .help = "Directory on a disk with room for the largest chip, "
		    "whose bytes are kept there while they are looked at. In "
		    "a tmpfs they would be in memory." },
	{ KEY(fwupd, BOOL), .preset = "false",
	    .help = "Ask fwupd, over D-Bus, which firmware devices have. It "
		    "starts then, and looks through much of the hardware." },
	{ KEY(interval, DURATION), .min = 1, .max = 7 * DAY, .preset = "1m",
	    .help = "Time between two attestations where the verifier names "
		    "none." },
	{ KEY(interval_min, DURATION), .min = 1, .max = 7 * DAY,
	    .preset = "2s",
	    .help = "The shortest interval that a verifier can ask for." },
	{ KEY(interval_max, DURATION), .min = 1, .max = 7 * DAY,
	    .preset = "1h",
	    .help = "The longest interval that a verifier can ask for. Where "
		    "it asks for a longer one this node comes too early, "
		    "which costs a request; a pass stands until the next." },
	{ KEY(backoff_min, DURATION), .min = 1, .max = DAY, .preset = "10s",
	    .help = "The first wait after a failure; it doubles, with jitter, "
		    "up to backoff_max." },
	{ KEY(backoff_max, DURATION), .min = 1, .max = DAY, .preset = "5m",
	    .help = "The longest wait after failures." },
	{ KEY(retry_after_max, DURATION), .min = 1, .max = DAY,
	    .preset = "1h",
	    .help = "The longest wait that a server can order by "
		    "Retry-After." },
	{ KEY(connect_timeout, DURATION), .min = 1, .max = HOUR,
	    .preset = "10s",
	    .help = "The longest that looking up the name, connecting and TLS "
		    "of one request may take together." },
	{ KEY(request_timeout, DURATION), .min = 1, .max = HOUR,
	    .preset = "1m",
	    .help = "The longest that one request and its answer may take." },
	{ KEY(result_keys, PATH), .example = "/etc/attestd/result-keys.json",
	    .help = "The key set (JWKS) of the verifier, as `attestctl node "
		    "keys` gives it. With it the gate takes the verifier's "
		    "signed result alone, and has the TPM say that it is of "
		    "this boot, and of hash_ek which node; without it, the "
		    "verdict as attestd read it. Only root may be able to "
		    "write this file." },
	{ KEY(gate_tier, ENUM), .names = tiers, .preset = "warning",
	    .help = "The worst result that opens the gate: affirming, or "
		    "warning, which has passed and has a finding to look "
		    "at beside it." },
	{ KEY(gated_units, LIST), .min = 0, .max = 16,
	    .check = att_rule_service,
	    .preset = "[kubelet.service, k3s-agent.service, "
		      "rke2-agent.service, slurmd.service]",
	    .help = "Services that wait for this node to be trusted. One that "
		    "waits for its next try is started at once when it is." },
	{ KEY(on_untrusted, ENUM), .names = reactions, .preset = "target",
	    .help = "What follows when the node is trusted no longer: target, "
		    "attestd-untrusted.target is reached; stop, gated_units "
		    "that run are stopped as well, and started again once it "
		    "is trusted." },
	{ KEY(idle_timeout, DURATION), .min = 1, .max = HOUR,
	    .preset = "10s",
	    .help = "How long attestd stays after all is done, where the "
		    "service manager has started it for its socket." },
	{ KEY(log_level, ENUM), .names = att_rule_log_levels,
	    .preset = "info",
	    .help = "The least severe messages that are logged." },
};

static const char *
first_plain(const struct att_config_list *urls)
{
	for (size_t i = 0; i < urls->count; i++)
		if (strncmp(urls->item[i], "http://", 7) == 0)
			return urls->item[i];
	return NULL;
}

/* What one key alone cannot show to be wrong. */
static int
check(const void *config, struct att_err *err)
{
	const struct att_agent_config *c = config;
	const char *plain = first_plain(&c->registrar_urls);

	if (plain == NULL)
		plain = first_plain(&c->verifier_urls);
	if (plain != NULL && !c->allow_plain_http)
		return att_err_set(err, ATT_E_FORMAT,
		    "%s: must be https, or allow_plain_http must be true",
		    plain);
	if ((c->client_cert == NULL) != (c->client_key == NULL))
		return att_err_set(err, ATT_E_FORMAT,
		    "client_cert and client_key: must both be set, or "
		    "neither");
	if (c->interval_min > c->interval || c->interval > c->interval_max)
		return att_err_set(err, ATT_E_FORMAT,
		    "interval: must be from interval_min to interval_max");
	if (c->redfish_url != NULL && c->redfish_pin == NULL &&
	    c->redfish_ca_file == NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "redfish_url: needs redfish_pin or redfish_ca_file, as "
		    "nobody is trusted on first use");
	if ((c->redfish_user == NULL) != (c->redfish_password_file == NULL))
		return att_err_set(err, ATT_E_FORMAT,
		    "redfish_user and redfish_password_file: must both be "
		    "set, or neither");
	if (c->spdm && c->redfish_url == NULL && c->spdm_nvml == NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "spdm: needs redfish_url or spdm_nvml");
	if (c->gate_tier != ATT_GATE_WARNING && c->result_keys == NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "gate_tier: affirming needs result_keys, as only a signed "
		    "result says it");
	if (c->backoff_min > c->backoff_max)
		return att_err_set(err, ATT_E_FORMAT,
		    "backoff_min: must be at most backoff_max");
	return 0;
}

const struct att_config_schema att_agent_schema = {
	.title = "attestd.yaml - configuration of attestd and attestctl. "
		 "Every key stands here, commented out; those without a "
		 "default must be set where it says so. Files "
		 "attestd.yaml.d/*.yaml are read after this one, in order of "
		 "their names, and win key by key.",
	.keys = keys,
	.count = ATT_COUNT(keys),
	.size = sizeof(struct att_agent_config),
	.check = check,
};

int
att_agent_config_load(const char *path, struct att_agent_config *ret,
    struct att_err *err)
{
	return att_config_load(&att_agent_schema, path, ret, err);
}

/* The same keys, none of which has to be set. */
static int
load_as_it_is(const char *path, struct att_agent_config *ret,
    struct att_err *err)
{
	struct att_config_key bare[ATT_COUNT(keys)];
	struct att_config_schema schema = att_agent_schema;

	memcpy(bare, keys, sizeof(bare));
	for (size_t i = 0; i < ATT_COUNT(bare); i++)
		bare[i].required = false;
	schema.keys = bare;
	return att_config_load(&schema, path, ret, err);
}

int
att_agent_config_look(const char *path, bool *ret, struct att_err *err)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config c = { 0 };
	AUTO_DONE(att_agent_config_done) struct att_agent_config whole = {
		0 };
	int r = load_as_it_is(path, &c, err);
	bool set;

	if (r < 0 && r != ATT_E_NOT_FOUND)
		return r;
	set = c.registrar_urls.count > 0 || c.verifier_urls.count > 0;
	/* half of it is a mistake, which has words of its own */
	if (set && (r = att_agent_config_load(path, &whole, err)) < 0)
		return r;
	*ret = set;
	return 0;
}

int
att_agent_config_parse(const char *name, struct att_slice text,
    struct att_agent_config *ret, struct att_err *err)
{
	return att_config_parse(&att_agent_schema, name, text, ret, err);
}

void
att_agent_config_print(const struct att_agent_config *c, struct att_buf *ret)
{
	att_config_print(&att_agent_schema, c, ret);
}

uint16_t
att_agent_config_hash(const struct att_agent_config *c)
{
	return hash_algs[c->firmware_hash];
}

void
att_agent_config_done(struct att_agent_config *c)
{
	att_config_done(&att_agent_schema, c);
	*c = (struct att_agent_config){ 0 };
}
