/*
 * Components whose firmware tells its version: NIC, BMC, GPU, microcode and so
 * on, as one source of the node found them. What cannot be asked is in the list
 * too, with the reason: "could not read" is never "not there".
 * docs/PROTOCOL-firmware.txt, section 5, has the JSON.
 */
#ifndef ATT_FIRMWARE_COMPONENT_H
#define ATT_FIRMWARE_COMPONENT_H

#include "base/json.h"

#define ATT_COMPONENTS_MAX 1024
#define ATT_COMPONENT_ID_MAX 127	/* bytes of an id, clean text */
#define ATT_COMPONENT_TEXT_MAX 127	/* bytes of any other text */
#define ATT_COMPONENT_REASON_MAX 159
#define ATT_COMPONENT_VERSIONS_MAX 32	/* of one component */
#define ATT_COMPONENT_ATTRIBUTES_MAX 32

/* How a claim was obtained: policy decides which path is enough for what. */
enum att_path {
	ATT_PATH_MTD,
	ATT_PATH_IMAGE,
	ATT_PATH_NETLINK,	/* devlink */
	ATT_PATH_ETHTOOL,
	ATT_PATH_SYSFS,
	ATT_PATH_PROCFS,
	ATT_PATH_SMBIOS,
	ATT_PATH_IPMI,
	ATT_PATH_REDFISH,
	ATT_PATH_TPM,
	ATT_PATH_FWUPD,
	ATT_PATH_COUNT
};
/* "mtd"; NULL out of range. */
const char *att_path_name(enum att_path path) ATT_MUST;

enum att_component_kind {
	ATT_COMPONENT_BIOS,
	ATT_COMPONENT_BMC,
	ATT_COMPONENT_CPU,
	ATT_COMPONENT_ESRT,	/* an entry of the EFI System Resource Table */
	ATT_COMPONENT_GPU,
	ATT_COMPONENT_ME,
	ATT_COMPONENT_NIC,
	ATT_COMPONENT_NVME,
	ATT_COMPONENT_OTHER,
	ATT_COMPONENT_SCSI,
	ATT_COMPONENT_SWITCH,	/* PCIe */
	ATT_COMPONENT_TPM,
	ATT_COMPONENT_KINDS
};
/* "bios"; NULL out of range. */
const char *att_component_kind_name(enum att_component_kind kind) ATT_MUST;

enum att_measured {
	ATT_MEASURED_OK,
	ATT_MEASURED_NOT_AVAILABLE,	/* no such source on this machine */
	ATT_MEASURED_FAILED,		/* there is one, and it did not tell */
	ATT_MEASURED_COUNT
};
/* "ok", "not-available", "failed"; NULL out of range. */
const char *att_measured_name(enum att_measured result) ATT_MUST;

enum att_version_role {
	ATT_VERSION_RUNNING,
	ATT_VERSION_STORED,	/* in flash; runs from the next reset on */
	ATT_VERSION_FIXED,	/* of the hardware */
	ATT_VERSION_MINIMUM,	/* the lowest that the device takes */
	ATT_VERSION_ROLES
};
/* "running"; NULL out of range. */
const char *att_version_role_name(enum att_version_role role) ATT_MUST;

/* Texts are owned, clean, and NULL where nothing is known. */
struct att_component_version {
	char *name;		/* "fw", "fw.mgmt", "microcode" */
	char *text[ATT_VERSION_ROLES];
};
struct att_component_attribute {
	char *name;
	char *text;
};

struct att_component {
	/*
	 * Stable from boot to boot, unique in a document, and the same text
	 * whichever way it was asked: "nic/0000:17:00.0", "bmc",
	 * "cpu/microcode", "nvme/SERIAL", "esrt/GUID", "redfish/ID", "tpm".
	 */
	char *id;
	enum att_component_kind kind;
	enum att_path path;
	enum att_measured result;
	char *reason;		/* NULL exactly if the result is OK */
	char *vendor, *model, *serial;
	struct att_component_version *version;	/* sorted by name */
	size_t versions;
	struct att_component_attribute *attribute;	/* the same */
	size_t attributes;
};

/* Sorted by id. Starts from zero. */
struct att_components {
	struct att_component *item;
	size_t count;
};
void att_components_done(struct att_components *list);

/*
 * Adds one with result OK; *ret is good until the next is added. All texts
 * here and below come from devices: they are cut to their maximum, made clean
 * (att_text_put) and spaces around them dropped. ATT_E_LIMIT for more than
 * ATT_COMPONENTS_MAX; ATT_E_CONFLICT for an id that is there already.
 */
int att_components_add(struct att_components *list, const char *id,
    enum att_component_kind kind, enum att_path path,
    struct att_component **ret, struct att_err *err) ATT_MUST;
/* NULL: none of this id. */
const struct att_component *att_components_find(
    const struct att_components *list, const char *id) ATT_MUST;

/* NULL or "" says nothing, and what was said before stays. */
int att_component_describe(struct att_component *c, const char *vendor,
    const char *model, const char *serial, struct att_err *err) ATT_MUST;
/* The later word about one role of a name counts; "" is no version. */
int att_component_set_version(struct att_component *c, const char *name,
    enum att_version_role role, const char *text, struct att_err *err)
    ATT_MUST;
int att_component_set_attribute(struct att_component *c, const char *name,
    const char *text, struct att_err *err) ATT_MUST;
/* Why it is not OK; never with a number that varies from pass to pass. */
int att_component_set_failed(struct att_component *c,
    enum att_measured result, const char *reason, struct att_err *err)
    ATT_MUST;

/* NULL: not known. */
const char *att_component_version(const struct att_component *c,
    const char *name, enum att_version_role role) ATT_MUST;

/* The array of the document, the caller's, and back. */
int att_components_to_json(const struct att_components *list, json_t **ret,
    struct att_err *err) ATT_MUST;
int att_components_from_json(json_t *j, struct att_components *ret,
    struct att_err *err) ATT_MUST;

#endif
