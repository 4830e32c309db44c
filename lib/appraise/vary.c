#include "appraise/vary.h"

#include <string.h>

#include "base/cur.h"
#include "eventlog/ipl.h"
#include "eventlog/tag.h"
#include "eventlog/variable.h"

#define BIT(v) (1u << (v))

/* systemd-boot: SMBIOS structures of type 1, 2 and 11 in PCR 1. */
static const uint32_t smbios_tags[] = { 0xd5cb7cbc, 0xe0d47bc8, 0xc0b3bd23 };

/* Linux' EFI stub: the command line that it was given, in PCR 9. */
#define TAG_LOAD_OPTIONS 0x8f3b22edu

#define PCR_FILES 9

/* "Boot" and four hexadecimal digits (UEFI 2.10, 3.1.1). */
static bool
is_boot_entry_name(struct att_slice name)
{
	static const char boot[] = "Boot";
	struct att_cur c = att_cur_of(name);
	uint16_t unit;

	if (name.len != 2 * 8)
		return false;
	for (size_t i = 0; att_cur_le16(&c, &unit); i++) {
		bool digit = (unit >= '0' && unit <= '9') ||
		    (unit >= 'A' && unit <= 'F');

		if (i < 4 ? unit != (uint8_t)boot[i] : !digit)
			return false;
	}
	return true;
}

/* EFI_LOAD_OPTION: attributes, size of the paths, description, paths. */
static bool
is_load_option(struct att_slice data)
{
	struct att_cur c = att_cur_of(data);
	uint32_t attributes;
	uint16_t paths, unit = 1;

	if (!att_cur_le32(&c, &attributes) || !att_cur_le16(&c, &paths))
		return false;
	while (unit != 0)
		if (!att_cur_le16(&c, &unit))
			return false;
	return att_cur_skip(&c, paths);
}

/*
 * Many a firmware hashes a boot variable without its name: then the form of
 * its data is all that ties it to the name.
 */
static uint32_t
variable_class(struct att_slice data)
{
	struct att_efi_variable v;

	if (att_efi_variable_parse(data, &v, NULL) < 0 ||
	    !att_guid_equal(v.guid, ATT_GUID_GLOBAL))
		return 0;
	if (att_utf16le_is(v.name, "BootNext"))
		return v.data.len == 2 ? BIT(ATT_VARY_BOOT_ORDER) : 0;
	if (att_utf16le_is(v.name, "BootOrder"))
		return v.data.len > 0 && v.data.len % 2 == 0 ?
		    BIT(ATT_VARY_BOOT_ORDER) :
		    0;
	return is_boot_entry_name(v.name) && is_load_option(v.data) ?
	    BIT(ATT_VARY_BOOT_ENTRIES) :
	    0;
}

static bool
is_smbios(struct att_slice data)
{
	struct att_cur c = att_cur_of(data);
	uint32_t id;

	if (!att_cur_le32(&c, &id))
		return false;
	for (size_t i = 0; i < ATT_COUNT(smbios_tags); i++)
		if (id == smbios_tags[i])
			return true;
	return false;
}

/* What verified an image: a key of db, and what shim tells of itself. */
static bool
is_authority(struct att_slice data)
{
	static const char *const of_shim[] = { "Shim", "SbatLevel",
		"MokListRT", "MokListTrusted" };
	struct att_efi_variable v;

	if (att_efi_variable_parse(data, &v, NULL) < 0)
		return false;
	if (att_efi_variable_is(&v, ATT_GUID_IMAGE_SECURITY, "db"))
		return true;
	for (size_t i = 0; i < ATT_COUNT(of_shim); i++)
		if (att_efi_variable_is(&v, ATT_GUID_SHIM, of_shim[i]))
			return true;
	return false;
}

static bool
has(struct att_slice text, const char *part)
{
	return text.len > 0 &&
	    memmem(text.data, text.len, part, strlen(part)) != NULL;
}

static void
read_ipl(const struct att_log_event *ev, struct att_ipl *ret)
{
	const struct att_event e = { .pcr = ev->pcr, .type = ev->type,
		.data = ev->data };

	att_ipl_parse(&e, ATT_TCG_TPM, ret);
}

/* The first word; `ret_rest` is what stands behind the space after it. */
static struct att_slice
first_word(struct att_slice text, struct att_slice *ret_rest)
{
	struct att_cur c = att_cur_of(text);
	uint8_t byte;

	*ret_rest = (struct att_slice){ 0 };
	while (att_cur_u8(&c, &byte))
		if (byte == ' ') {
			*ret_rest = att_cur_rest(&c);
			text.len -= ret_rest->len + 1;
			break;
		}
	return text;
}

/* The next byte that neither quotes nor escapes: only command lines have it. */
static bool
next_plain(struct att_cur *c, uint8_t *ret)
{
	while (att_cur_u8(c, ret))
		if (*ret != '"' && *ret != '\'' && *ret != '\\')
			return true;
	return false;
}

static bool
begins_with(struct att_slice arguments, struct att_slice text)
{
	struct att_cur a = att_cur_of(arguments), t = att_cur_of(text);
	uint8_t is, want;

	while (next_plain(&t, &want))
		if (!next_plain(&a, &is) || is != want)
			return false;
	return true;
}

/*
 * False if the event before it surely says something else. What these two have
 * as arguments is called next, and they start no kernel themselves.
 */
static bool
may_be_arguments(struct att_slice text, const struct att_log_event *before)
{
	struct att_slice rest, word;
	struct att_ipl ipl;

	if (before->record != NULL || before->type != ATT_EV_IPL ||
	    !att_cover_holds(before->cover))
		return true;
	read_ipl(before, &ipl);
	word = first_word(ipl.text, &rest);
	return text.len > 0 && !att_slice_is(word, "insmod") &&
	    !att_slice_is(word, "eval") && begins_with(rest, text);
}

/*
 * The digest of a GRUB event covers its text, not whether that is a command or
 * a kernel's command line. But the latter comes right behind the command that
 * has it as its arguments, if not all of them, as there is a limit. And unless
 * the kernel has no path (GRUB reads blocks of a disk, and files of a network,
 * by other names) it begins with a word of which no command is the name.
 */
static bool
is_grub_command(const struct att_ipl *ipl, const struct att_log_event *before)
{
	struct att_slice rest, word = first_word(ipl->text, &rest);

	if (word.len > 0 && (memchr(word.data, '/', word.len) != NULL ||
	    memchr(word.data, '(', word.len) != NULL))
		return false;
	return ipl->role == ATT_IPL_GRUB_COMMAND &&
	    (before == NULL || !may_be_arguments(ipl->text, before));
}

/* Commands and command lines; the digest of a file is not of its name. */
static uint32_t
text_class(const struct att_log_event *ev, const struct att_log_event *before,
    bool *ret_covered)
{
	struct att_ipl ipl;
	uint32_t class = BIT(ATT_VARY_COMMAND_LINE);

	read_ipl(ev, &ipl);
	*ret_covered = ev->pcr != PCR_FILES;
	if (*ret_covered)
		return is_grub_command(&ipl, before) ?
		    class | BIT(ATT_VARY_GRUB_COMMANDS) : class;
	if (ipl.role != ATT_IPL_FILE)
		return 0;
	if (has(ipl.text, "/grub") || has(ipl.text, "/loader/entries"))
		return BIT(ATT_VARY_GRUB_FILES);
	return has(ipl.text, "/vmlinuz") ? BIT(ATT_VARY_KERNEL_FILES) : 0;
}

static uint32_t
tag_class(struct att_slice data)
{
	struct att_tag tag;

	if (is_smbios(data))
		return BIT(ATT_VARY_SMBIOS);
	return att_tag_parse(data, &tag, NULL) == 0 &&
		tag.id == TAG_LOAD_OPTIONS ? BIT(ATT_VARY_LOAD_OPTIONS) : 0;
}

/* By PCR and type; *ret_covered: only if the digest covers the data. */
static uint32_t
class_of(const struct att_log_event *ev, const struct att_log_event *before,
    bool *ret_covered)
{
	*ret_covered = true;
	switch (ev->type) {
	case ATT_EV_EFI_VARIABLE_BOOT:
	case ATT_EV_EFI_VARIABLE_BOOT2:
	case ATT_EV_EFI_VARIABLE_DRIVER_CONFIG:
		return variable_class(ev->data);
	case ATT_EV_EFI_GPT_EVENT:
	case ATT_EV_EFI_GPT_EVENT2:
		return BIT(ATT_VARY_GPT);
	case ATT_EV_EFI_VARIABLE_AUTHORITY:
		return is_authority(ev->data) ? BIT(ATT_VARY_AUTHORITY) : 0;
	case ATT_EV_IPL:
		return text_class(ev, before, ret_covered);
	default:
		break;
	}
	*ret_covered = false;
	switch (ev->type) {
	case ATT_EV_PLATFORM_CONFIG_FLAGS:
		return BIT(ATT_VARY_PLATFORM_CONFIG);
	case ATT_EV_EFI_HANDOFF_TABLES:
	case ATT_EV_EFI_HANDOFF_TABLES2:
		return BIT(ATT_VARY_HANDOFF_TABLES);
	case ATT_EV_CPU_MICROCODE:
		return BIT(ATT_VARY_CPU_MICROCODE);
	case ATT_EV_EFI_BOOT_SERVICES_DRIVER:
		return BIT(ATT_VARY_DRIVERS);
	case ATT_EV_EVENT_TAG:
		return tag_class(ev->data);
	default:
		return 0;
	}
}

uint32_t
att_vary_of(const struct att_log_event *events, size_t i)
{
	const struct att_log_event *ev = &events[i];
	uint32_t class;
	bool must_cover;

	if (ev->record != NULL)
		return 0;
	class = class_of(ev, i == 0 ? NULL : ev - 1, &must_cover);
	for (unsigned v = 0; v < ATT_VARY_COUNT; v++)
		if ((att_vary_pcrs((enum att_vary)v) >> ev->pcr & 1) == 0)
			class &= ~BIT(v);
	return must_cover && !att_cover_holds(ev->cover) ? 0 : class;
}
