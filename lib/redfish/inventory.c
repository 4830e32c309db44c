#include "redfish/inventory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "redfish/collection.h"
#include "redfish/fields.h"

#define SLOTS_MAX 3		/* of an image: their attributes must fit */
#define INTERFACES_MAX 8	/* of a manager to its host */
#define MODULES_MAX 8		/* trusted modules of a system */
#define ID_MAX (3 * ATT_REDFISH_ID_MAX)
#define NAME_MAX_ 64		/* bytes of a name made here */

struct walk {
	struct att_redfish *r;
	struct att_components list;
	bool twice;	/* two of one id: the first counts */
};

/* -- components --------------------------------------------------------- */

/* "redfish/" and this; 0: there is one of this id, which is noted. */
static int ATT_PRINTF(5, 6)
add(struct walk *w, enum att_component_kind kind, struct att_component **ret,
    struct att_err *err, const char *fmt, ...)
{
	char id[sizeof(ATT_REDFISH_COMPONENT) + 1 + ID_MAX];
	size_t n = sizeof(ATT_REDFISH_COMPONENT);
	va_list ap;
	int r;

	memcpy(id, ATT_REDFISH_COMPONENT "/", n);
	va_start(ap, fmt);
	(void)vsnprintf(id + n, sizeof(id) - n, fmt, ap);
	va_end(ap);
	r = att_components_add(&w->list, id, kind, ATT_PATH_REDFISH, ret, err);
	if (r == ATT_E_CONFLICT) {
		w->twice = true;
		return 0;
	}
	return r < 0 ? r : 1;
}

static int
set_code(struct att_component *c, int code, struct att_err *err)
{
	return att_component_set_failed(c, code == ATT_E_NOT_FOUND ?
		ATT_MEASURED_NOT_AVAILABLE : ATT_MEASURED_FAILED,
	    att_redfish_reason(code), err);
}

/* A member of `what`: one that could not be had is told as such, and is 0. */
static int
add_member(struct walk *w, enum att_component_kind kind, const char *what,
    const struct att_redfish_member *m, struct att_component **ret,
    struct att_err *err)
{
	int r = add(w, kind, ret, err, "%s%s", what, m->id);

	if (r <= 0 || m->code == 0)
		return r;
	r = set_code(*ret, m->code, err);
	return r < 0 ? r : 0;
}

/*
 * A collection that could not be had. Links to nowhere are common: what a BMC
 * says that it does not have is told only of what stands in its root.
 */
static int
lack(struct walk *w, int code, bool in_root, struct att_err *err,
    const char *what)
{
	struct att_component *c = NULL;
	int r;

	if (code == 0 || att_redfish_is_over(code) ||
	    (code == ATT_E_NOT_FOUND && !in_root))
		return att_redfish_is_over(code) ? code : 0;
	if ((r = att_redfish_usable(w->r, err)) < 0)
		return r;
	if ((r = add(w, ATT_COMPONENT_OTHER, &c, err, "%s", what)) <= 0)
		return r;
	return set_code(c, code, err);
}

/* The collection at this link, if there is a link. */
static int
walk_to(struct walk *w, const char *link, att_redfish_each *each, void *arg,
    bool in_root, const char *what, struct att_err *err)
{
	int r;

	if (link == NULL)
		return 0;
	r = att_redfish_members(w->r, link, each, arg, err);
	return r == ATT_E_NOMEM ? r : lack(w, r, in_root, err, what);
}

/* -- firmware inventory ------------------------------------------------- */

static const struct att_redfish_field software[] = {
	{ "active", "Active" },
	{ "release_date", "ReleaseDate" },
	{ "slot.active.build", "Oem/Nvidia/ActiveFirmwareSlot/BuildType" },
	{ "slot.active.comparison",
	    "Oem/Nvidia/ActiveFirmwareSlot/FirmwareComparisonNumber" },
	{ "slot.inactive.build",
	    "Oem/Nvidia/InactiveFirmwareSlot/BuildType" },
	{ "slot.inactive.comparison",
	    "Oem/Nvidia/InactiveFirmwareSlot/FirmwareComparisonNumber" },
	{ "slot.inactive.state",
	    "Oem/Nvidia/InactiveFirmwareSlot/FirmwareState" },
	{ "slot.inactive.version",
	    "Oem/Nvidia/InactiveFirmwareSlot/Version" },
	{ "software_id", "SoftwareId" },
	{ "staged", "Staged" },
	{ "updateable", "Updateable" },
	{ "write_protected", "WriteProtected" },
};

/* NVIDIA's names for what runs from the next activation on. */
static bool
is_pending(const char *state)
{
	return state != NULL && (strcmp(state, "PendingActivation") == 0 ||
	    strcmp(state, "Staged") == 0);
}

static int
software_item(void *arg, const struct att_redfish_member *m,
    struct att_err *err)
{
	struct walk *w = arg;
	struct att_component *c = NULL;
	bool staged = json_is_true(att_redfish_at(m->body, "Staged")) &&
	    !json_is_true(att_redfish_at(m->body, "Active"));
	int r = add_member(w, ATT_COMPONENT_OTHER, "", m, &c, err);

	if (r <= 0)
		return r;
	if ((r = att_redfish_describe(c, m->body, "Name", err)) < 0 ||
	    (r = att_redfish_version(c, "fw", staged ? ATT_VERSION_STORED :
		 ATT_VERSION_RUNNING, m->body, "Version", err)) < 0 ||
	    (r = att_redfish_version(c, "fw", ATT_VERSION_MINIMUM, m->body,
		 "LowestSupportedVersion", err)) < 0 ||
	    (r = att_redfish_put(c, m->body, "", software, ATT_COUNT(software),
		 err)) < 0)
		return r;
	return !is_pending(att_redfish_text_in(m->body,
	    "Oem/Nvidia/InactiveFirmwareSlot/FirmwareState")) ? 0 :
	    att_redfish_version(c, "fw", ATT_VERSION_STORED, m->body,
		"Oem/Nvidia/InactiveFirmwareSlot/Version", err);
}

/* HPE's scan of flash by the BMC; when it was is no claim of a state. */
static const struct att_redfish_field integrity[] = {
	{ "hpe.integrity.background",
	    "Oem/Hpe/FirmwareIntegrity/EnableBackgroundScan" },
	{ "hpe.integrity.on_failure",
	    "Oem/Hpe/FirmwareIntegrity/OnIntegrityFailure" },
	{ "hpe.integrity.result",
	    "Oem/Hpe/FirmwareIntegrity/LastScanResult" },
};

static int
walk_software(struct walk *w, struct att_component *service,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	const char *link = att_redfish_link_in(att_redfish_root(w->r),
	    "UpdateService");
	int r;

	if (link == NULL)
		return 0;
	if ((r = att_redfish_visit(w->r, link, &j, err)) < 0)
		return r == ATT_E_NOMEM ? r :
		    lack(w, r, true, err, "UpdateService");
	if ((r = att_redfish_put(service, j, "", integrity,
		 ATT_COUNT(integrity), err)) < 0)
		return r;
	return walk_to(w, att_redfish_link_in(j, "FirmwareInventory"),
	    software_item, w, true, "FirmwareInventory", err);
}

/* -- managers ----------------------------------------------------------- */

static const struct att_redfish_field manager[] = {
	{ "build", "Oem/Nvidia/FirmwareBuildType" },
	{ "manager_type", "ManagerType" },
	{ "otp_provisioned", "Oem/Nvidia/OTPProvisioned" },
};

struct interfaces {
	struct att_component *manager;
	size_t count;
};

/*
 * Whether the BMC makes accounts for whoever runs on the host (DSP0270,
 * credential bootstrapping), and with which role.
 */
static int
host_interface(void *arg, const struct att_redfish_member *m,
    struct att_err *err)
{
	struct interfaces *i = arg;
	const json_t *b = att_redfish_at(m->body, "CredentialBootstrapping");
	const char *role = att_redfish_text_in(b, "RoleId");
	/* a role that is not told is taken for the worst */
	bool is_admin = role == NULL || strcmp(role, "Administrator") == 0;
	bool enabled = json_is_true(att_redfish_at(b, "Enabled"));
	char name[NAME_MAX_];

	if (i->count++ >= INTERFACES_MAX)
		return 0;
	(void)snprintf(name, sizeof(name), "host_interface.%.32s", m->id);
	return att_component_set_attribute(i->manager, name,
	    m->code < 0 ? att_redfish_reason(m->code) :
	    b == NULL	? "no bootstrapping told" :
	    !enabled	? "bootstrapping off" :
	    is_admin	? "bootstrapping as Administrator" :
			  "bootstrapping with another role", err);
}

static int
manager_item(void *arg, const struct att_redfish_member *m,
    struct att_err *err)
{
	struct walk *w = arg;
	struct interfaces i = { 0 };
	const char *link = att_redfish_link_in(m->body, "HostInterfaces");
	int r = add_member(w, ATT_COMPONENT_BMC, "Managers/", m, &i.manager,
	    err);

	if (r <= 0)
		return r;
	if ((r = att_redfish_describe(i.manager, m->body, "Model", err)) < 0 ||
	    (r = att_redfish_version(i.manager, "fw", ATT_VERSION_RUNNING,
		 m->body, "FirmwareVersion", err)) < 0 ||
	    (r = att_redfish_put(i.manager, m->body, "", manager,
		 ATT_COUNT(manager), err)) < 0 || link == NULL)
		return r;
	r = att_redfish_members(w->r, link, host_interface, &i, err);
	if (r == 0 || r == ATT_E_NOT_FOUND || r == ATT_E_NOMEM ||
	    att_redfish_is_over(r))
		return r == ATT_E_NOT_FOUND ? 0 : r;
	if ((r = att_redfish_usable(w->r, err)) < 0)
		return r;
	return att_component_set_attribute(i.manager, "host_interfaces",
	    "could not be read", err);
}

/* -- systems ------------------------------------------------------------ */

static const struct att_redfish_field system_fields[] = {
	/* Intel PFR, as OpenBMC tells it */
	{ "pfr", "Oem/OpenBmc/FirmwareProvisioning/ProvisioningStatus" },
	{ "system_type", "SystemType" },
};

static int
trusted_modules(struct att_component *c, const json_t *body,
    struct att_err *err)
{
	const json_t *list = json_object_get(body, "TrustedModules");
	char name[NAME_MAX_];
	int r;

	for (size_t i = 0; i < json_array_size(list) && i < MODULES_MAX;
	    i++) {
		const json_t *m = json_array_get(list, i);
		const struct att_redfish_field kind = { name, "InterfaceType" };

		(void)snprintf(name, sizeof(name), "trusted_module.%zu", i);
		if ((r = att_redfish_version(c, name, ATT_VERSION_RUNNING, m,
			 "FirmwareVersion", err)) < 0 ||
		    (r = att_redfish_put(c, m, "", &kind, 1, err)) < 0)
			return r;
	}
	return 0;
}

static int
system_item(void *arg, const struct att_redfish_member *m,
    struct att_err *err)
{
	struct att_component *c = NULL;
	int r = add_member(arg, ATT_COMPONENT_BIOS, "Systems/", m, &c, err);

	if (r <= 0)
		return r;
	if ((r = att_redfish_describe(c, m->body, "Model", err)) < 0 ||
	    (r = att_redfish_version(c, "bios", ATT_VERSION_RUNNING, m->body,
		 "BiosVersion", err)) < 0 ||
	    (r = att_redfish_put(c, m->body, "", system_fields,
		 ATT_COUNT(system_fields), err)) < 0)
		return r;
	return trusted_modules(c, m->body, err);
}

/* -- component integrity ------------------------------------------------ */

static const struct att_redfish_field component_integrity[] = {
	{ "enabled", "ComponentIntegrityEnabled" },
	{ "target", "TargetComponentURI" },
	{ "type", "ComponentIntegrityType" },
	{ "type_version", "ComponentIntegrityTypeVersion" },
};

static int
integrity_item(void *arg, const struct att_redfish_member *m,
    struct att_err *err)
{
	struct att_component *c = NULL;
	int r = add_member(arg, ATT_COMPONENT_OTHER, "ComponentIntegrity/", m,
	    &c, err);

	return r <= 0 ? r :
	    att_redfish_put(c, m->body, "", component_integrity,
		ATT_COUNT(component_integrity), err);
}

/* -- chassis ------------------------------------------------------------ */

struct chassis {
	struct walk *w;
	const char *id;
};

static const struct att_redfish_field trusted[] = {
	{ "part_number", "PartNumber" },
	{ "sku", "SKU" },
	{ "trusted_component_type", "TrustedComponentType" },
	{ "uuid", "UUID" },
};

static int
trusted_component(void *arg, const struct att_redfish_member *m,
    struct att_err *err)
{
	struct chassis *in = arg;
	struct att_component *c = NULL;
	char what[ID_MAX];
	int r;

	(void)snprintf(what, sizeof(what), "TrustedComponents/%s/", in->id);
	if ((r = add_member(in->w, ATT_COMPONENT_OTHER, what, m, &c, err)) <=
	    0)
		return r;
	if ((r = att_redfish_describe(c, m->body, "Model", err)) < 0 ||
	    (r = att_redfish_version(c, "fw", ATT_VERSION_RUNNING, m->body,
		 "FirmwareVersion", err)) < 0)
		return r;
	return att_redfish_put(c, m->body, "", trusted, ATT_COUNT(trusted),
	    err);
}

static const struct att_redfish_field protected[] = {
	{ "active_key_set", "ActiveKeySetIdentifier" },
	{ "type", "RoTProtectedComponentType" },
};

static const struct att_redfish_field slot_fields[] = {
	{ "build", "BuildType" },
	{ "comparison", "FirmwareComparisonNumber" },
	{ "security_version", "SecurityVersion" },
	{ "signing_key", "SigningKeyIndex" },
	{ "signing_type", "SigningType" },
	{ "state", "FirmwareState" },
	{ "version", "Version" },
	{ "write_protected", "WriteProtected" },
};

struct slots {
	struct att_component *of;
	size_t count;
};

static int
image_slot(void *arg, const struct att_redfish_member *m, struct att_err *err)
{
	struct slots *s = arg;
	const char *state = att_redfish_text_in(m->body, "FirmwareState");
	enum att_version_role role = ATT_VERSION_RUNNING;
	char prefix[NAME_MAX_];
	int r;

	if (s->count++ >= SLOTS_MAX)
		return att_component_set_attribute(s->of, "slots",
		    "more than are told", err);
	(void)snprintf(prefix, sizeof(prefix), "slot.%.16s.", m->id);
	if (m->code < 0) {
		(void)snprintf(prefix, sizeof(prefix), "slot.%.16s", m->id);
		return att_component_set_attribute(s->of, prefix,
		    att_redfish_reason(m->code), err);
	}
	if ((r = att_redfish_put(s->of, m->body, prefix, slot_fields,
		 ATT_COUNT(slot_fields), err)) < 0)
		return r;
	if (is_pending(state))
		role = ATT_VERSION_STORED;
	else if (state == NULL || strcmp(state, "Activated") != 0)
		return 0;
	if ((r = att_redfish_version(s->of, "fw", role, m->body, "Version",
		 err)) < 0)
		return r;
	return att_redfish_version(s->of, "security", role, m->body,
	    "SecurityVersion", err);
}

static int
protected_component(void *arg, const struct att_redfish_member *m,
    struct att_err *err)
{
	struct chassis *in = arg;
	struct slots s = { 0 };
	const char *link = att_redfish_link_in(m->body, "ImageSlots");
	char what[ID_MAX];
	int r;

	(void)snprintf(what, sizeof(what), "RoT/%s/", in->id);
	if ((r = add_member(in->w, ATT_COMPONENT_OTHER, what, m, &s.of,
		 err)) <= 0)
		return r;
	if ((r = att_redfish_put(s.of, m->body, "", protected,
		 ATT_COUNT(protected), err)) < 0 ||
	    (r = att_redfish_version(s.of, "security", ATT_VERSION_MINIMUM,
		 m->body, "MinimumSecurityVersion", err)) < 0 || link == NULL)
		return r;
	r = att_redfish_members(in->w->r, link, image_slot, &s, err);
	if (r == 0 || r == ATT_E_NOMEM || att_redfish_is_over(r))
		return r;
	return (r = att_redfish_usable(in->w->r, err)) < 0 ? r :
	    att_component_set_attribute(s.of, "slots", "could not be read",
		err);
}

static int
chassis_item(void *arg, const struct att_redfish_member *m,
    struct att_err *err)
{
	struct walk *w = arg;
	struct chassis in = { w, m->id };
	struct att_component *c = NULL;
	char what[ID_MAX];
	int r;

	if (m->code < 0)
		return add_member(w, ATT_COMPONENT_OTHER, "Chassis/", m, &c,
		    err);
	(void)snprintf(what, sizeof(what), "TrustedComponents/%s", m->id);
	if ((r = walk_to(w, att_redfish_link_in(m->body,
		 "TrustedComponents"), trusted_component, &in, false, what,
		 err)) < 0)
		return r;
	(void)snprintf(what, sizeof(what), "RoT/%s", m->id);
	return walk_to(w, att_redfish_text_in(m->body,
	    "Oem/Nvidia/RoTProtectedComponents/@odata.id"),
	    protected_component, &in, false, what, err);
}

/* -- all of it ---------------------------------------------------------- */

static const struct att_redfish_field service_fields[] = {
	{ "redfish_version", "RedfishVersion" },
	{ "uuid", "UUID" },
};

/* Good until the next is added. */
static int
add_service(struct walk *w, struct att_component **ret, struct att_err *err)
{
	return att_components_add(&w->list, ATT_REDFISH_COMPONENT,
	    ATT_COMPONENT_BMC, ATT_PATH_REDFISH, ret, err);
}

static int
walk_all(struct walk *w, struct att_err *err)
{
	const json_t *root = att_redfish_root(w->r);
	struct att_component *c = NULL;
	int r;

	if ((r = add_service(w, &c, err)) < 0 ||
	    (r = att_component_describe(c, att_redfish_text_in(root,
		 "Vendor"), att_redfish_text_in(root, "Product"), NULL,
		 err)) < 0 ||
	    (r = att_redfish_put(c, root, "", service_fields,
		 ATT_COUNT(service_fields), err)) < 0 ||
	    (r = walk_software(w, c, err)) < 0 ||
	    (r = walk_to(w, att_redfish_link_in(root, "Managers"),
		 manager_item, w, true, "Managers", err)) < 0 ||
	    (r = walk_to(w, att_redfish_link_in(root, "Systems"),
		 system_item, w, true, "Systems", err)) < 0 ||
	    (r = walk_to(w, att_redfish_link_in(root, "ComponentIntegrity"),
		 integrity_item, w, true, "ComponentIntegrity", err)) < 0)
		return r;
	return walk_to(w, att_redfish_link_in(root, "Chassis"), chassis_item,
	    w, true, "Chassis", err);
}

static int
copy_one(const struct att_component *from, struct att_components *list,
    struct att_err *err)
{
	struct att_component *c = NULL;
	int r;

	if ((r = att_components_add(list, from->id, from->kind, from->path,
		 &c, err)) < 0 ||
	    (r = att_component_describe(c, from->vendor, from->model,
		 from->serial, err)) < 0)
		return r;
	for (size_t i = 0; i < from->versions; i++)
		for (unsigned k = 0; k < ATT_VERSION_ROLES; k++)
			if (from->version[i].text[k] != NULL &&
			    (r = att_component_set_version(c,
				 from->version[i].name,
				 (enum att_version_role)k,
				 from->version[i].text[k], err)) < 0)
				return r;
	for (size_t i = 0; i < from->attributes; i++)
		if ((r = att_component_set_attribute(c,
			 from->attribute[i].name, from->attribute[i].text,
			 err)) < 0)
			return r;
	return from->result == ATT_MEASURED_OK ? 0 :
	    att_component_set_failed(c, from->result, from->reason, err);
}

/* One that lists so much that it has no room must not be missing for that. */
static int
check_room(const struct att_components *from,
    const struct att_components *list, struct att_err *err)
{
	return list->count + from->count <= ATT_COMPONENTS_MAX ? 0 :
	    att_err_set(err, ATT_E_LIMIT,
		"%zu components and %zu of the BMC, at most %d are taken",
		list->count, from->count, ATT_COMPONENTS_MAX);
}

static int
copy_all(const struct att_components *from, struct att_components *list,
    struct att_err *err)
{
	int r;

	for (size_t i = 0; i < from->count; i++)
		if ((r = copy_one(&from->item[i], list, err)) < 0)
			return r;
	return 0;
}

/* Instead of all: a part of them would be another list each time. */
static int
give_up(struct walk *w, int code, struct att_err *err)
{
	struct att_component *c = NULL;
	int r;

	att_components_done(&w->list);
	w->list = (struct att_components){ 0 };
	w->twice = false;
	if ((r = add_service(w, &c, err)) < 0)
		return r;
	return att_component_set_failed(c, ATT_MEASURED_FAILED,
	    att_redfish_reason(code), err);
}

/* Two of one id are one: who says so much is told of. */
static int
tell_twice(struct walk *w, struct att_err *err)
{
	struct att_component *c = NULL;
	int r;

	if (!w->twice)
		return 0;
	r = add(w, ATT_COMPONENT_OTHER, &c, err, "%s", "twice");
	return r <= 0 ? r : att_component_set_failed(c, ATT_MEASURED_FAILED,
	    att_redfish_reason(ATT_E_CONFLICT), err);
}

static void
walk_done(struct walk *w)
{
	att_components_done(&w->list);
	att_redfish_free(w->r);
}

int
att_redfish_inventory(const struct att_redfish_options *o,
    struct att_components *list, struct att_err *ret_why, struct att_err *err)
{
	AUTO_DONE(walk_done) struct walk w = { 0 };
	int r;

	*ret_why = (struct att_err){ 0 };
	r = att_redfish_open(o, &w.r, ret_why);
	if (r == 0)
		r = walk_all(&w, ret_why);
	if (r == 0)
		r = tell_twice(&w, ret_why);
	if (r == 0)
		r = check_room(&w.list, list, ret_why);
	if (r == ATT_E_NOMEM)
		return att_err_nomem(err);
	/* what of a part was overcome, the part tells */
	if (r == 0)
		*ret_why = (struct att_err){ 0 };
	if (r < 0 && (r = give_up(&w, r, err)) < 0)
		return r;
	return copy_all(&w.list, list, err);
}
