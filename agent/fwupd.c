#include "agent/fwupd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "inventory/inventory.h"

#define NAME "org.freedesktop.fwupd"
#define DEVICES_MAX 512
#define MEMBERS_MAX 256		/* of one device */
#define NEEDS_REBOOT (1ull << 8)	/* FWUPD_DEVICE_FLAG_NEEDS_REBOOT */

static void
bus_done(sd_bus **b)
{
	*b = sd_bus_close_unref(*b);
}

static void
message_done(sd_bus_message **m)
{
	*m = sd_bus_message_unref(*m);
}

/* -- one device ------------------------------------------------------------ */

/* Texts of the message, which outlives this. */
struct device {
	const char *id, *vendor, *name, *version, *lowest, *bootloader;
	const char *plugin;
	uint64_t flags;
};

static const struct member {
	const char *name;
	size_t offset;	/* of a text in struct device */
} members[] = {
	{ "DeviceId", offsetof(struct device, id) },
	{ "Name", offsetof(struct device, name) },
	{ "Plugin", offsetof(struct device, plugin) },
	{ "Vendor", offsetof(struct device, vendor) },
	{ "Version", offsetof(struct device, version) },
	{ "VersionBootloader", offsetof(struct device, bootloader) },
	{ "VersionLowest", offsetof(struct device, lowest) },
};

static const struct member *
find(const char *name)
{
	for (size_t i = 0; i < ATT_COUNT(members); i++)
		if (strcmp(members[i].name, name) == 0)
			return &members[i];
	return NULL;
}

/* A variant of another type than it should have is passed over. */
static int
read_value(sd_bus_message *m, const char *name, struct device *d)
{
	const struct member *text = find(name);
	const char *contents = NULL, *s = NULL;
	int r = sd_bus_message_peek_type(m, NULL, &contents);

	if (r < 0)
		return r;
	if (text != NULL && strcmp(contents, "s") == 0) {
		if ((r = sd_bus_message_read(m, "v", "s", &s)) >= 0)
			memcpy((char *)d + text->offset, &s, sizeof(s));
		return r;
	}
	if (strcmp(name, "Flags") == 0 && strcmp(contents, "t") == 0)
		return sd_bus_message_read(m, "v", "t", &d->flags);
	return sd_bus_message_skip(m, "v");
}

static int
read_device(sd_bus_message *m, struct device *d)
{
	const char *name;
	int r;

	if ((r = sd_bus_message_enter_container(m, 'a', "{sv}")) < 0)
		return r;
	for (unsigned i = 0;
	     (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0; i++) {
		if (i == MEMBERS_MAX)
			return -E2BIG;
		if ((r = sd_bus_message_read(m, "s", &name)) < 0 ||
		    (r = read_value(m, name, d)) < 0 ||
		    (r = sd_bus_message_exit_container(m)) < 0)
			return r;
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* Most of what it lists has no firmware that tells a version. */
static int
add_device(const struct device *d, struct att_components *to,
    struct att_err *err)
{
	AUTO_DONE(att_components_done) struct att_components one = { 0 };
	struct att_component *c;
	char id[64];
	int r;

	if (d->id == NULL || d->version == NULL || d->version[0] == '\0')
		return 0;
	(void)snprintf(id, sizeof(id), "fwupd/%s", d->id);
	if ((r = att_components_add(&one, id, ATT_COMPONENT_OTHER,
		 ATT_PATH_FWUPD, &c, err)) < 0 ||
	    (r = att_component_describe(c, d->vendor, d->name, NULL, err)) <
		0 ||
	    (r = att_component_set_version(c, "fw", ATT_VERSION_RUNNING,
		 d->version, err)) < 0 ||
	    (r = att_component_set_version(c, "fw", ATT_VERSION_MINIMUM,
		 d->lowest, err)) < 0 ||
	    (r = att_component_set_version(c, "bootloader",
		 ATT_VERSION_RUNNING, d->bootloader, err)) < 0 ||
	    (r = att_component_set_attribute(c, "plugin", d->plugin, err)) <
		0 ||
	    (r = att_component_set_attribute(c, "needs_reboot",
		 (d->flags & NEEDS_REBOOT) != 0 ? "1" : NULL, err)) < 0)
		return r;
	return att_inventory_merge(to, &one, err);
}

/* -- all of them ----------------------------------------------------------- */

static int
cannot(int r, struct att_err *err)
{
	if (r == -ENOENT || r == -ECONNREFUSED || r == -EHOSTUNREACH ||
	    r == -ENXIO)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "fwupd: it cannot be reached");
	if (r == -ETIMEDOUT)
		return att_err_set(err, ATT_E_TIMEOUT,
		    "fwupd: no answer in time");
	if (r == -EBADMSG || r == -E2BIG)
		return att_err_set(err, ATT_E_FORMAT,
		    "fwupd: not a list of devices");
	return r == -ENOMEM ? att_err_nomem(err) :
			      att_err_sys(err, -r, "fwupd");
}

static int
read_devices(sd_bus_message *m, struct att_components *to,
    struct att_err *err)
{
	int r, added;

	if (!sd_bus_message_has_signature(m, "aa{sv}"))
		return cannot(-EBADMSG, err);
	if ((r = sd_bus_message_enter_container(m, 'a', "a{sv}")) < 0)
		return cannot(r, err);
	for (unsigned i = 0; (r = sd_bus_message_at_end(m, false)) == 0; i++) {
		struct device d = { .id = NULL };

		if (i == DEVICES_MAX)
			return att_err_set(err, ATT_E_LIMIT,
			    "fwupd: more than %d devices", DEVICES_MAX);
		if ((r = read_device(m, &d)) < 0)
			return cannot(r, err);
		if ((added = add_device(&d, to, err)) < 0)
			return added;
	}
	return r < 0 ? cannot(r, err) : 0;
}

/* Its reply to the one question; errors by their names in D-Bus. */
static int
get_devices(sd_bus *bus, unsigned timeout_ms, struct att_components *to,
    struct att_err *err)
{
	AUTO_DONE(message_done) sd_bus_message *ask = NULL;
	AUTO_DONE(message_done) sd_bus_message *reply = NULL;
	sd_bus_error why = SD_BUS_ERROR_NULL;
	int r = sd_bus_message_new_method_call(bus, &ask, NAME, "/", NAME,
	    "GetDevices");

	if (r < 0)
		return cannot(r, err);
	r = sd_bus_call(bus, ask, (uint64_t)timeout_ms * 1000, &why, &reply);
	if (r < 0 && sd_bus_error_has_name(&why,
			 "org.freedesktop.DBus.Error.ServiceUnknown"))
		r = -ENOENT;
	sd_bus_error_free(&why);
	return r < 0 ? cannot(r, err) : read_devices(reply, to, err);
}

int
att_fwupd_ask(const char *address, struct att_components *to,
    struct att_err *err)
{
	AUTO_DONE(bus_done) sd_bus *bus = NULL;
	int r;

	if ((r = sd_bus_new(&bus)) < 0 ||
	    (r = sd_bus_set_address(bus, address)) < 0 ||
	    (r = sd_bus_start(bus)) < 0)
		return cannot(r, err);
	return get_devices(bus, ATT_FWUPD_TIMEOUT_MS, to, err);
}

int
att_fwupd_collect(const char *root, struct att_components *to,
    struct att_err *err)
{
	AUTO_DONE(bus_done) sd_bus *bus = NULL;
	int r;

	if (root[0] != '\0')
		return 0;
	r = sd_bus_open_system(&bus);
	return r < 0 ? cannot(r, err) :
		       get_devices(bus, ATT_FWUPD_TIMEOUT_MS, to, err);
}
