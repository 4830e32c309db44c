#include "ipmi/bmc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/sysfs.h"

#define DEVICES "sys/devices/platform"
#define PREFIX "ipmi_bmc."
#define DEVICE "/dev/ipmi0"
#define NUMBER_MAX 8		/* digits of a number in a name */
#define UPDATING "its firmware is being updated, or starts"

/* -- both ways ------------------------------------------------------------- */

static const char *
reason_of(const struct att_err *why)
{
	switch ((int)why->code) {
	case ATT_E_TIMEOUT:
		return "no answer in time";
	case ATT_E_BUSY:
		return "busy";
	case ATT_E_DENIED:
		return "the BMC refuses to tell";
	case ATT_E_SYS:
		return why->sub == EACCES || why->sub == EPERM ?
		    "permission denied" : "read error";
	case ATT_E_NOT_FOUND:
		return "absent";
	default:
		return "malformed";
	}
}

static int
blame(struct att_component *c, const char *what, const struct att_err *why,
    struct att_err *err)
{
	char reason[64];

	if (why->code == ATT_E_NOMEM)
		return att_err_nomem(err);
	if (c->result != ATT_MEASURED_OK)
		return 0;
	(void)snprintf(reason, sizeof(reason), "%s: %s", what,
	    reason_of(why));
	return att_component_set_failed(c, ATT_MEASURED_FAILED, reason, err);
}

/* -- by the kernel's files ------------------------------------------------- */

enum what {
	VENDOR,
	MODEL,
	VERSION,
	ATTRIBUTE,
};

/* linux Documentation/ABI/testing/sysfs-devices-platform-ipmi */
static const struct file {
	const char *file;
	const char *name;
	enum what what;
	bool must;
} files[] = {
	{ "firmware_revision", "fw", VERSION, true },
	{ "aux_firmware_revision", "fw.aux", VERSION, false },
	{ "manufacturer_id", NULL, VENDOR, false },
	{ "product_id", NULL, MODEL, false },
	{ "device_id", "device_id", ATTRIBUTE, false },
	{ "revision", "revision", ATTRIBUTE, false },
	{ "ipmi_version", "ipmi_version", ATTRIBUTE, false },
};

static int
say(struct att_component *c, const struct file *f, const char *text,
    struct att_err *err)
{
	switch (f->what) {
	case VENDOR:
		return att_component_describe(c, text, NULL, NULL, err);
	case MODEL:
		return att_component_describe(c, NULL, text, NULL, err);
	case VERSION:
		return att_component_set_version(c, f->name,
		    ATT_VERSION_RUNNING, text, err);
	case ATTRIBUTE:
		return att_component_set_attribute(c, f->name, text, err);
	}
	return 0;
}

static int
read_file(const char *dir, const struct file *f, struct att_component *c,
    struct att_err *err)
{
	AUTO(free) char *text = NULL;
	struct att_err why = { 0 };
	int r = att_sysfs_text(dir, f->file, &text, &why);

	if (r == ATT_E_NOT_FOUND && !f->must)
		return 0;
	if (r < 0)
		return blame(c, f->file, &why, err);
	/* the kernel leaves the bit in that says it: 128 and more */
	if (f->must && strtoul(text, NULL, 10) >= 0x80)
		return att_component_set_failed(c, ATT_MEASURED_FAILED,
		    UPDATING, err);
	return say(c, f, text, err);
}

/* "ipmi_bmc.1" is "bmc/1"; the first of them is "bmc". */
static int
add(struct att_components *to, bool first, const char *number,
    enum att_path path, struct att_component **ret, struct att_err *err)
{
	char id[NUMBER_MAX + 8];

	(void)snprintf(id, sizeof(id), "bmc%s%.*s", first ? "" : "/",
	    first ? 0 : NUMBER_MAX, number);
	return att_components_add(to, id, ATT_COMPONENT_BMC, path, ret, err);
}

static int
read_device(const char *dir, bool first, const char *number,
    struct att_components *to, struct att_err *err)
{
	struct att_component *c;
	int r = add(to, first, number, ATT_PATH_SYSFS, &c, err);

	for (size_t i = 0; r == 0 && i < ATT_COUNT(files); i++)
		r = read_file(dir, &files[i], c, err);
	return r;
}

static bool
is_bmc(const char *name)
{
	const char *number = name + strlen(PREFIX);

	return strncmp(name, PREFIX, strlen(PREFIX)) == 0 &&
	    number[0] != '\0' && strlen(number) <= NUMBER_MAX &&
	    number[strspn(number, "0123456789")] == '\0';
}

static int
read_devices(const char *root, struct att_components *to,
    struct att_err *err)
{
	AUTO_DONE(att_names_done) struct att_names n = { 0 };
	AUTO(free) char *at = att_path_join(root, DEVICES);
	bool first = true;
	int r;

	if (at == NULL)
		return att_err_nomem(err);
	if ((r = att_sysfs_list(at, &n, err)) < 0)
		return r == ATT_E_NOT_FOUND ? 0 : r;
	for (size_t i = 0; i < n.count; i++) {
		AUTO(free) char *dir = NULL;

		if (!is_bmc(n.name[i]))
			continue;
		if ((dir = att_path_join(at, n.name[i])) == NULL)
			return att_err_nomem(err);
		if ((r = read_device(dir, first, n.name[i] + strlen(PREFIX),
			 to, err)) < 0)
			return r;
		first = false;
	}
	return 0;
}

/* -- by its own word ------------------------------------------------------- */

static int
set_attribute(struct att_component *c, const char *name, unsigned n,
    struct att_err *err)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", n);
	return att_component_set_attribute(c, name, text, err);
}

/* Written as linux drivers/char/ipmi/ipmi_msghandler.c writes them. */
int
att_bmc_describe(const struct att_ipmi_device_id *d, struct att_component *c,
    struct att_err *err)
{
	char vendor[16], model[16], fw[16], aux[24], ipmi[16];
	int r;

	(void)snprintf(vendor, sizeof(vendor), "0x%06x",
	    (unsigned)d->manufacturer);
	(void)snprintf(model, sizeof(model), "0x%04x", d->product);
	(void)snprintf(fw, sizeof(fw), "%u.%x", d->major, d->minor);
	(void)snprintf(aux, sizeof(aux), "0x%02x 0x%02x 0x%02x 0x%02x",
	    d->aux[3], d->aux[2], d->aux[1], d->aux[0]);
	(void)snprintf(ipmi, sizeof(ipmi), "%u.%u", d->ipmi & 0xfu,
	    (unsigned)d->ipmi >> 4);
	if ((r = att_component_describe(c, vendor, model, NULL, err)) < 0 ||
	    (r = set_attribute(c, "device_id", d->device, err)) < 0 ||
	    (r = set_attribute(c, "revision", d->revision, err)) < 0 ||
	    (r = att_component_set_attribute(c, "ipmi_version", ipmi, err)) <
		0)
		return r;
	if (d->has_aux && (r = att_component_set_version(c, "fw.aux",
			       ATT_VERSION_RUNNING, aux, err)) < 0)
		return r;
	return d->updating ?
	    att_component_set_failed(c, ATT_MEASURED_FAILED, UPDATING, err) :
	    att_component_set_version(c, "fw", ATT_VERSION_RUNNING, fw, err);
}

static int
ask_device(struct att_components *to, struct att_err *err)
{
	AUTO_DONE(att_fd_done) int fd = -1;
	struct att_ipmi_device_id d = { .device = 0 };
	struct att_component *c;
	struct att_ipmi_io io;
	struct att_err why = { 0 };
	int added, r = att_ipmi_open(DEVICE, &fd, &io, &why);

	if (r == ATT_E_NOT_FOUND)
		return 0;
	if (r == 0)
		r = att_ipmi_ask(&io, ATT_BMC_TIMEOUT_MS, &d, &why);
	if ((added = att_components_add(to, "bmc", ATT_COMPONENT_BMC,
		 ATT_PATH_IPMI, &c, err)) < 0)
		return added;
	return r < 0 ? blame(c, "ipmi0", &why, err) :
		       att_bmc_describe(&d, c, err);
}

int
att_bmc_collect(const char *root, struct att_components *to,
    struct att_err *err)
{
	size_t before = to->count;
	int r = read_devices(root, to, err);

	return r < 0 || to->count > before || root[0] != '\0' ?
	    r : ask_device(to, err);
}
