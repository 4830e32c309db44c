#include "eventlog/ipl.h"

#include <string.h>

#include "eventlog/logtext.h"

/* UAPI.7 and GRUB's manual: what these registers are used for. */
#define PCR_COMMANDS 8
#define PCR_FILES 9
#define PCR_IMAGE 11
#define PCR_ADDONS 12
#define PCR_SHIM 14
/* UEFI 2.10, 38.4.1: PCR 8 to 15 are one register of a confidential guest */
#define CC_OS 3

static const char *const role_names[] = {
	[ATT_IPL_TEXT] = "text",
	[ATT_IPL_GRUB_COMMAND] = "grub_command",
	[ATT_IPL_COMMAND_LINE] = "command_line",
	[ATT_IPL_MODULE] = "module",
	[ATT_IPL_FILE] = "file",
	[ATT_IPL_SECTION] = "section",
	[ATT_IPL_VARIABLE] = "variable",
};

/* GRUB 2.04 and later; before that without the colon, and GRUB2-TPM's own. */
static const struct {
	const char *prefix;
	enum att_ipl_role role;
} prefixes[] = {
	{ "grub_cmd: ", ATT_IPL_GRUB_COMMAND },
	{ "grub_cmd ", ATT_IPL_GRUB_COMMAND },
	{ "kernel_cmdline: ", ATT_IPL_COMMAND_LINE },
	{ "grub_kernel_cmdline ", ATT_IPL_COMMAND_LINE },
	{ "module_cmdline: ", ATT_IPL_MODULE },
	{ "grub_module ", ATT_IPL_FILE },
	{ "grub_linuxefi ", ATT_IPL_FILE },
	{ "grub_initrd ", ATT_IPL_FILE },
};

const char *
att_ipl_role_name(enum att_ipl_role role)
{
	return (unsigned)role < ATT_COUNT(role_names) ? role_names[role] :
							NULL;
}

static bool
in(const struct att_event *ev, enum att_tcg_kind kind, uint32_t pcr)
{
	return ev->pcr == (kind == ATT_TCG_CC ? CC_OS : pcr);
}

static enum att_ipl_role
role_of_utf16(const struct att_event *ev, enum att_tcg_kind kind)
{
	if (ev->data.data[0] == '.' && in(ev, kind, PCR_IMAGE))
		return ATT_IPL_SECTION;
	if (in(ev, kind, PCR_ADDONS) || in(ev, kind, PCR_COMMANDS))
		return ATT_IPL_COMMAND_LINE;
	return ATT_IPL_TEXT;
}

static bool
begins_with(struct att_slice s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.len > 0 && s.len >= n && memcmp(s.data, prefix, n) == 0;
}

static enum att_ipl_role
role_of_ascii(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_slice text)
{
	if (in(ev, kind, PCR_SHIM) && begins_with(text, "Mok"))
		return ATT_IPL_VARIABLE;
	return in(ev, kind, PCR_FILES) ? ATT_IPL_FILE : ATT_IPL_TEXT;
}

void
att_ipl_parse(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_ipl *ret)
{
	*ret = (struct att_ipl){ .utf16 = att_logtext_is_utf16(ev->data) };
	if (ret->utf16) {
		ret->text = att_logtext_until_nul16(ev->data);
		ret->role = role_of_utf16(ev, kind);
		return;
	}
	ret->text = att_logtext_until_nul(ev->data);
	for (size_t i = 0; i < ATT_COUNT(prefixes); i++) {
		size_t n = strlen(prefixes[i].prefix);

		if (!begins_with(ret->text, prefixes[i].prefix))
			continue;
		ret->role = prefixes[i].role;
		ret->text.data += n;
		ret->text.len -= n;
		return;
	}
	ret->role = role_of_ascii(ev, kind, ret->text);
}

void
att_ipl_describe(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f)
{
	const char *name;
	struct att_ipl ipl;

	att_ipl_parse(ev, kind, &ipl);
	name = att_ipl_role_name(ipl.role);
	if (ipl.utf16)
		att_fields_utf16(f, name, ipl.text);
	else
		att_fields_text(f, name, ipl.text);
}
