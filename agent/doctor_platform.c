/* How the machine is set up: firmware, kernel, flash, CPUs, clock. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

#include "agent/doctor.h"
#include "base/file.h"
#include "base/sysfs.h"
#include "evidence/platform_key.h"
#include "inventory/sources.h"

#define GOOD ATT_DOCTOR_GOOD
#define UNKNOWN ATT_DOCTOR_UNKNOWN
#define ATTENTION ATT_DOCTOR_ATTENTION
#define BAD ATT_DOCTOR_BAD

#define MTD_WRITEABLE 0x400	/* linux include/uapi/mtd/mtd-abi.h */

/*
 * The claim's value; NULL, and the line is filled: "not-available" is `state`
 * with this advice, and what could not be read cannot be told.
 */
static const json_t *
value_of(const struct att_doctor *d, const char *name,
    enum att_doctor_state state, const char *advice,
    struct att_doctor_line *ret)
{
	const struct att_posture_claim *c = att_posture_find(d->posture, name);

	if (c == NULL)
		att_doctor_say(ret, UNKNOWN, "", "%s was not read", name);
	else if (c->result == ATT_POSTURE_NOT_AVAILABLE)
		att_doctor_say(ret, state, advice, "%s %s", name, c->reason);
	else if (c->result == ATT_POSTURE_FAILED)
		att_doctor_say(ret, UNKNOWN, "Run it as root", "%s: %s", name,
		    c->reason);
	return c == NULL ? NULL : c->value;
}

/* -- firmware -------------------------------------------------------------- */

void
att_doctor_uefi(const struct att_doctor *d, struct att_doctor_line *ret)
{
	const json_t *v = value_of(d, "firmware.uefi", UNKNOWN, "", ret);

	if (json_is_true(v))
		att_doctor_say(ret, GOOD, "", "booted by UEFI");
	else if (v != NULL)
		att_doctor_say(ret, BAD, "Boot in UEFI mode, without CSM: "
		    "nothing else measures the boot",
		    "not booted by UEFI");
}

void
att_doctor_secure_boot(const struct att_doctor *d,
    struct att_doctor_line *ret)
{
	static const char advice[] = "Turn it on in the firmware setup";
	const json_t *on = value_of(d, "secure_boot.on", BAD, advice, ret);
	const struct att_posture_claim *setup =
	    att_posture_find(d->posture, "secure_boot.setup_mode");
	const struct att_posture_claim *shim =
	    att_posture_find(d->posture, "shim.validation_off");

	if (on == NULL)
		return;
	if (setup != NULL && json_is_true(setup->value))
		att_doctor_say(ret, BAD, "Enrol a platform key", "setup mode: "
		    "whatever runs can enrol keys");
	else if (!json_is_true(on))
		att_doctor_say(ret, BAD, advice, "off");
	else if (shim != NULL && json_is_true(shim->value))
		att_doctor_say(ret, BAD, "mokutil --enable-validation, and "
		    "boot", "on, but shim checks nothing (MokSBState)");
	else
		att_doctor_say(ret, GOOD, "", "on");
}

void
att_doctor_secure_boot_keys(const struct att_doctor *d,
    struct att_doctor_line *ret)
{
	const struct att_posture_keys *k = &d->posture->keys[ATT_POSTURE_PK];
	const char *what = "";

	if (k->result == ATT_POSTURE_FAILED) {
		att_doctor_say(ret, UNKNOWN, "Run it as root", "PK: %s",
		    k->reason);
		return;
	}
	if (k->result == ATT_POSTURE_NOT_AVAILABLE || k->certs == 0) {
		att_doctor_say(ret, BAD, "Enrol keys of your own, or the "
		    "vendor's", "there is no platform key");
		return;
	}
	switch (att_platform_key_of(&k->cert[0].sha256, k->cert[0].subject,
	    &what)) {
	case ATT_PLATFORM_KEY_TEST:
		att_doctor_say(ret, BAD, "Enrol keys of your own: anybody can "
		    "sign with this one", "it is %s", what);
		break;
	case ATT_PLATFORM_KEY_SHARED:
		att_doctor_say(ret, ATTENTION, "Enrol keys of your own where "
		    "it is to tell machines apart", "it is %s", what);
		break;
	default:
		att_doctor_say(ret, GOOD, "", "%s", k->cert[0].subject[0] ==
		    '\0' ? "a key whose name cannot be read" :
			   k->cert[0].subject);
		break;
	}
}

/* -- kernel ---------------------------------------------------------------- */

void
att_doctor_lockdown(const struct att_doctor *d, struct att_doctor_line *ret)
{
	static const char advice[] = "Boot with lockdown=integrity, or with "
	    "Secure Boot where that locks the kernel down";
	const char *v = json_string_value(value_of(d, "kernel.lockdown",
	    ATTENTION, advice, ret));

	if (v == NULL)
		return;
	if (strcmp(v, "none") == 0)
		att_doctor_say(ret, ATTENTION, advice, "none: root can change "
		    "the running kernel");
	else
		att_doctor_say(ret, GOOD, "", "%s", v);
}

void
att_doctor_modules(const struct att_doctor *d, struct att_doctor_line *ret)
{
	const json_t *v = value_of(d, "kernel.modules_tainting", UNKNOWN, "",
	    ret);
	size_t n = json_array_size(v), off = 0;
	bool unsigned_ones = false;
	char names[200] = "";

	if (v == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		const char *m = json_string_value(json_array_get(v, i));
		const char *flags = strrchr(m, ' ');

		/* E: no signature that is known; F: forced */
		if (flags != NULL && strpbrk(flags, "EF") != NULL)
			unsigned_ones = true;
		if (off < sizeof(names) - 1)
			off += (size_t)snprintf(names + off,
			    sizeof(names) - off, "%s%s", i > 0 ? ", " : "",
			    m);
	}
	if (n == 0)
		att_doctor_say(ret, GOOD, "", "none");
	else if (unsigned_ones)
		att_doctor_say(ret, ATTENTION, "Sign them with a key that the "
		    "kernel has", "not signed, or forced: %s", names);
	else
		att_doctor_say(ret, GOOD, "", "signed: %s", names);
}

void
att_doctor_iommu(const struct att_doctor *d, struct att_doctor_line *ret)
{
	static const char advice[] = "Turn VT-d or AMD-Vi on in the firmware "
	    "setup, and boot with intel_iommu=on or without amd_iommu=off";
	const json_t *units = value_of(d, "iommu.units", BAD, advice, ret);
	const struct att_posture_claim *types =
	    att_posture_find(d->posture, "iommu.types");
	size_t n = types == NULL ? 0 : json_array_size(types->value);
	bool identity = false;

	if (units == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		identity = identity || strcmp(json_string_value(
		    json_array_get(types->value, i)), "identity") == 0;
	if (json_integer_value(units) == 0)
		att_doctor_say(ret, BAD, advice, "none is in use: any device "
		    "can write to all memory");
	else if (n == 0)
		att_doctor_say(ret, UNKNOWN, "", "%lld units, and no group "
		    "tells its type", (long long)json_integer_value(units));
	else if (identity)
		att_doctor_say(ret, ATTENTION, "Boot without iommu=pt where "
		    "devices are not trusted", "%lld units, but some devices "
		    "go past them (identity)",
		    (long long)json_integer_value(units));
	else
		att_doctor_say(ret, GOOD, "", "%lld units",
		    (long long)json_integer_value(units));
}

/* -- flash ----------------------------------------------------------------- */

/* mtdN, but not mtdNro. */
static bool
is_chip(const char *name)
{
	size_t n;

	if (strncmp(name, "mtd", 3) != 0)
		return false;
	n = strspn(name + 3, "0123456789");
	return n > 0 && name[3 + n] == '\0';
}

static void
say_chip(const struct att_doctor *d, const char *chip,
    struct att_doctor_line *ret)
{
	AUTO(free) char *name = NULL;
	AUTO(free) char *flags = NULL;
	char dir[320], node[320];
	bool writeable;

	(void)snprintf(dir, sizeof(dir), "%s/sys/class/mtd/%s", d->root,
	    chip);
	(void)snprintf(node, sizeof(node), "%s/dev/%sro", d->root, chip);
	if (att_sysfs_text(dir, "name", &name, NULL) < 0)
		(void)!(name = strdup("?"));
	writeable = att_sysfs_text(dir, "flags", &flags, NULL) == 0 &&
	    (strtoul(flags, NULL, 16) & MTD_WRITEABLE) != 0;
	if (access(node, R_OK) < 0)
		att_doctor_say(ret, ATTENTION, "Let the agent's group read "
		    "it: a udev rule KERNEL==\"mtd*ro\", GROUP=\"attestd\", "
		    "MODE=\"0440\"", "%s (%s) cannot be read: %s", chip,
		    name == NULL ? "?" : name, strerror(errno));
	else if (writeable)
		att_doctor_say(ret, ATTENTION, "Load spi_intel without "
		    "writeable=1", "%s (%s) is readable, and the kernel lets "
		    "it be written", chip, name == NULL ? "?" : name);
	else
		att_doctor_say(ret, GOOD, "", "%s (%s) is readable", chip,
		    name == NULL ? "?" : name);
}

void
att_doctor_flash(const struct att_doctor *d, struct att_doctor_line *ret)
{
	AUTO_DONE(att_names_done) struct att_names all = { 0 };
	struct att_err why = { 0 };
	char dir[320];
	size_t i = 0;

	(void)snprintf(dir, sizeof(dir), "%s/sys/class/mtd", d->root);
	if (att_sysfs_list(dir, &all, &why) < 0 &&
	    why.code != ATT_E_NOT_FOUND) {
		att_doctor_say(ret, UNKNOWN, "", "%s", why.text);
		return;
	}
	while (i < all.count && !is_chip(all.name[i]))
		i++;
	if (i < all.count)
		say_chip(d, all.name[i], ret);
	else
		att_doctor_say(ret, UNKNOWN, "Build spi-intel and "
		    "spi-intel-pci for this kernel with DKMS and sign them: "
		    "kernels of Debian have no driver for it",
		    "no MTD device, so the chip is not measured");
}

/* NULL: there is none of this name. */
static const char *
attribute_of(const struct att_component *c, const char *name)
{
	for (size_t i = 0; i < c->attributes; i++)
		if (strcmp(c->attribute[i].name, name) == 0)
			return c->attribute[i].text;
	return NULL;
}

void
att_doctor_bios_lock(const struct att_doctor *d, struct att_doctor_line *ret)
{
	AUTO_DONE(att_components_done) struct att_components all = { 0 };
	struct att_err why = { 0 };
	const struct att_component *c;
	const char *lock, *write;

	if (att_inventory_lock(d->root, &all, &why) < 0) {
		att_doctor_say(ret, UNKNOWN, "", "%s", why.text);
		return;
	}
	if ((c = att_components_find(&all, "flash-lock")) == NULL) {
		att_doctor_say(ret, UNKNOWN, "", "no SPI controller of Intel "
		    "at 0000:00:1f.5 tells");
		return;
	}
	lock = attribute_of(c, "bios_lock_enable");
	write = attribute_of(c, "bios_write_enable");
	if (lock == NULL || write == NULL)
		att_doctor_say(ret, UNKNOWN, "Run it as root", "BIOS control "
		    "cannot be read");
	else if (strcmp(write, "1") == 0)
		att_doctor_say(ret, BAD, "Update the firmware, or ask its "
		    "vendor", "BIOS control lets the host write the chip");
	else if (strcmp(lock, "1") != 0)
		att_doctor_say(ret, ATTENTION, "Update the firmware, or ask "
		    "its vendor", "off, but not locked: BIOS control can be "
		    "set again");
	else
		att_doctor_say(ret, GOOD, "", "BIOS control is locked");
}

/* -- CPUs, clock ----------------------------------------------------------- */

void
att_doctor_microcode(const struct att_doctor *d, struct att_doctor_line *ret)
{
	AUTO_DONE(att_components_done) struct att_components all = { 0 };
	struct att_err why = { 0 };
	const struct att_component *c;
	const char *version;

	if (att_inventory_cpu(d->root, &all, &why) < 0) {
		att_doctor_say(ret, UNKNOWN, "", "%s", why.text);
		return;
	}
	if ((c = att_components_find(&all, "cpu/microcode")) == NULL) {
		att_doctor_say(ret, UNKNOWN, "", "the kernel does not tell");
		return;
	}
	version = att_component_version(c, "microcode", ATT_VERSION_RUNNING);
	if (c->result == ATT_MEASURED_OK && version != NULL)
		att_doctor_say(ret, GOOD, "", "%s on all of them", version);
	else if (c->reason != NULL && strncmp(c->reason, "CPUs differ",
	    11) == 0)
		att_doctor_say(ret, BAD, "Boot: an update was not taken by "
		    "all", "%s", c->reason);
	else
		att_doctor_say(ret, UNKNOWN, "", "%s", c->reason == NULL ?
		    "no version" : c->reason);
}

void
att_doctor_clock(const struct att_doctor *d, struct att_doctor_line *ret)
{
	struct timex t = { .modes = 0 };
	int state = d->root[0] == '\0' ? adjtimex(&t) : -1;

	if (d->root[0] != '\0')
		att_doctor_say(ret, UNKNOWN, "", "is of this machine, not of "
		    "%s", d->root);
	else if (state < 0)
		att_doctor_say(ret, UNKNOWN, "", "%s", strerror(errno));
	else if (state == TIME_ERROR || (t.status & STA_UNSYNC) != 0)
		att_doctor_say(ret, ATTENTION, "Run systemd-timesyncd, chrony "
		    "or ntpd: certificates and tokens have dates",
		    "not synchronised");
	else
		att_doctor_say(ret, GOOD, "", "synchronised");
}
