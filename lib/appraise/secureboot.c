#include "appraise/secureboot.h"

#include <inttypes.h>
#include <string.h>

#include "eventlog/variable.h"

#define PCR_SECURE_BOOT 7

static const struct {
	const char *name;
	const uint8_t *guid;
} variables[ATT_SECUREBOOT_VARIABLES] = {
	{ "SecureBoot", ATT_GUID_GLOBAL },
	{ "PK", ATT_GUID_GLOBAL },
	{ "KEK", ATT_GUID_GLOBAL },
	{ "db", ATT_GUID_IMAGE_SECURITY },
	{ "dbx", ATT_GUID_IMAGE_SECURITY },
};

void
att_secureboot_begin(struct att_secureboot *s, att_finding_fn *report,
    void *arg)
{
	*s = (struct att_secureboot){ .report = report, .arg = arg };
}

static void
tell_event(struct att_secureboot *s, enum att_finding_code code,
    const struct att_event *ev, const char *subject, const char *what)
{
	struct att_finding f = att_finding_make(code);

	f.pcr = (int)ev->pcr;
	f.event = ev->number;
	f.type = ev->type;
	att_finding_set_what(&f, "%s%s%s", subject,
	    subject[0] != '\0' ? " " : "", what);
	s->report(s->arg, &f);
}

static void
tell_fault(struct att_secureboot *s, const struct att_event *ev,
    const char *subject, const char *what)
{
	char text[64];

	snprintf(text, sizeof(text), "event %" PRIu32 ": %s", ev->number,
	    subject);
	s->fault = true;
	tell_event(s, ATT_F_SECURE_BOOT_FAULT, ev, text, what);
}

static void
tell_whole(struct att_secureboot *s, const char *subject, const char *what)
{
	struct att_finding f = att_finding_make(ATT_F_SECURE_BOOT_FAULT);

	s->fault = true;
	f.pcr = PCR_SECURE_BOOT;
	att_finding_set_what(&f, "%s %s", subject, what);
	s->report(s->arg, &f);
}

/* -- the events of PCR 7 ------------------------------------------------- */

/* Four zero bytes; what a quirk names instead is as good. */
static void
feed_separator(struct att_secureboot *s, const struct att_event *ev,
    enum att_cover cover)
{
	static const uint8_t fine[4];

	s->separators++;
	if (cover != ATT_COVER_QUIRK &&
	    !att_slice_equal(ev->data, (struct att_slice){ fine, 4 }))
		tell_fault(s, ev, "separator",
		    "says that the firmware met an error");
}

/* The variable of this name; ATT_SECUREBOOT_VARIABLES for any other. */
static size_t
find_variable(const struct att_efi_variable *v)
{
	for (size_t i = 0; i < ATT_COUNT(variables); i++)
		if (att_utf16le_is(v->name, variables[i].name))
			return i;
	return ATT_COUNT(variables);
}

/* A byte of 0 or 1; no data if the firmware has no such variable. */
static void
read_state(struct att_secureboot *s, const struct att_event *ev,
    struct att_slice data)
{
	if (data.len > 1 || (data.len == 1 && data.data[0] > 1))
		tell_fault(s, ev, "SecureBoot", "is neither 0 nor 1");
	s->on = data.len == 1 && data.data[0] == 1;
}

static void
feed_variable(struct att_secureboot *s, const struct att_event *ev)
{
	struct att_efi_variable v;
	size_t i;

	if (att_efi_variable_parse(ev->data, &v, NULL) < 0) {
		tell_fault(s, ev, "variable", "cannot be read");
		return;
	}
	if ((i = find_variable(&v)) == ATT_COUNT(variables))
		return;
	if (!att_guid_equal(v.guid, variables[i].guid))
		tell_fault(s, ev, variables[i].name,
		    "is another vendor's variable of that name");
	else if (s->separators > 0)
		tell_fault(s, ev, variables[i].name,
		    "was measured after the separator");
	else if (s->seen[i])
		tell_fault(s, ev, variables[i].name, "was measured twice");
	else if (i == 0)
		read_state(s, ev, v.data);
	s->seen[i] = true;
	s->value[i] = v.data;
}

static void
feed_action(struct att_secureboot *s, const struct att_event *ev)
{
	static const char *const dma[] = { "DMA Protection Disabled",
		"Security Level is Downgraded to 0" };

	if (att_slice_is(ev->data, "UEFI Debug Mode"))
		tell_event(s, ATT_F_BOOT_DEBUG, ev, "", "UEFI Debug Mode");
	for (size_t i = 0; i < ATT_COUNT(dma); i++) {
		if (!att_slice_is(ev->data, dma[i]))
			continue;
		if (!s->dma_told)
			tell_event(s, ATT_F_DMA_PROTECTION_OFF, ev, "",
			    dma[i]);
		s->dma_told = true;
	}
}

/* Each type that may be in PCR 7 has a digest of its data. */
static bool
is_of_pcr7(uint32_t type)
{
	switch (type) {
	case ATT_EV_SEPARATOR:
	case ATT_EV_EFI_ACTION:
	case ATT_EV_EFI_VARIABLE_DRIVER_CONFIG:
	case ATT_EV_EFI_VARIABLE_AUTHORITY:
	case ATT_EV_EFI_SPDM_DEVICE_POLICY:
	case ATT_EV_EFI_SPDM_DEVICE_AUTHORITY:
		return true;
	default:
		return false;
	}
}

static void
feed_pcr7(struct att_secureboot *s, const struct att_event *ev,
    enum att_cover cover)
{
	const char *name = att_event_type_name(ev->type);

	if (!is_of_pcr7(ev->type))
		tell_fault(s, ev, name == NULL ? "an unknown type" : name,
		    "has no place in PCR 7");
	else if (!att_cover_holds(cover))
		tell_fault(s, ev, name, "has data that its digest is not of");
	else if (ev->type == ATT_EV_SEPARATOR)
		feed_separator(s, ev, cover);
	else if (ev->type == ATT_EV_EFI_VARIABLE_DRIVER_CONFIG)
		feed_variable(s, ev);
	else if (ev->type == ATT_EV_EFI_ACTION)
		feed_action(s, ev);
}

void
att_secureboot_event(struct att_secureboot *s, const struct att_event *ev,
    enum att_cover cover)
{
	s->events += ev->pcr == PCR_SECURE_BOOT;
	if (cover == ATT_COVER_DISGUISED)
		tell_fault(s, ev, "a separator or ExitBootServices",
		    "is logged under another type");
	else if (ev->pcr == PCR_SECURE_BOOT)
		feed_pcr7(s, ev, cover);
}

enum att_secure_boot
att_secureboot_end(struct att_secureboot *s, bool multi_attempt,
    const char **ret_why)
{
	*ret_why = "its measurements are faulty";
	if (s->events > 0 && s->separators == 0)
		tell_whole(s, "PCR 7", "has no separator");
	if (s->separators > 1 && !multi_attempt)
		tell_whole(s, "PCR 7", "has more than one separator");
	for (size_t i = 1; s->seen[0] && i < ATT_COUNT(variables); i++)
		if (!s->seen[i])
			tell_whole(s, variables[i].name, "was not measured");
	if (s->fault)
		return ATT_SECURE_BOOT_UNKNOWN;
	*ret_why = s->events == 0 ? "nothing is measured into PCR 7" :
				    "the SecureBoot variable is not measured";
	if (!s->seen[0])
		return ATT_SECURE_BOOT_UNKNOWN;
	*ret_why = "";
	return s->on ? ATT_SECURE_BOOT_ON : ATT_SECURE_BOOT_OFF;
}
