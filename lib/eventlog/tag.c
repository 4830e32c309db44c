#include "eventlog/tag.h"

#include "eventlog/logtext.h"
#include "eventlog/sipa.h"

static const struct {
	uint32_t id;
	const char *name;
} tags[] = {
	/* PC Client Implementation for Conventional BIOS 1.21, 11.3.2.2 */
	{ 0x0001, "SMBIOS structure" },
	{ 0x0002, "BIS certificate" },
	{ 0x0003, "POST BIOS ROM strings" },
	{ 0x0004, "ESCD" },
	{ 0x0005, "CMOS" },
	{ 0x0006, "NVRAM" },
	{ 0x0007, "option ROM execute" },
	{ 0x0008, "option ROM configuration" },
	/* drivers/firmware/efi/libstub/efistub.h of Linux */
	{ 0x8f3b22ec, "Linux initrd" },
	{ 0x8f3b22ed, "Linux load options" },
	/* docs/TPM2_PCR_MEASUREMENTS.md of systemd */
	{ 0xf5bc582a, "systemd loader.conf" },
	{ 0x6c46f751, "systemd device tree addon" },
	{ 0x49dffe0f, "systemd initrd addon" },
	{ 0xdac08e1a, "systemd microcode addon" },
	{ 0xd5cb7cbc, "systemd SMBIOS type 1" },
	{ 0xe0d47bc8, "systemd SMBIOS type 2" },
	{ 0xc0b3bd23, "systemd SMBIOS type 11" },
};

int
att_tag_parse(struct att_slice event, struct att_tag *ret,
    struct att_err *err)
{
	struct att_cur c = att_cur_of(event);
	struct att_tag t = { 0 };
	uint32_t size = 0;

	if (!att_cur_le32(&c, &t.id) || !att_cur_le32(&c, &size))
		return att_err_at(err, ATT_E_SHORT, c.off,
		    "TCG_PCClientTaggedEvent (PFP 10.4.2) ends within its "
		    "header");
	if (!att_cur_bytes(&c, size, &t.data))
		return att_err_at(err, ATT_E_SHORT, c.off,
		    "TCG_PCClientTaggedEvent (PFP 10.4.2) of %u bytes, %zu "
		    "are left", size, c.left);
	if (!att_cur_empty(&c))
		return att_err_at(err, ATT_E_TRAILING, c.off,
		    "TCG_PCClientTaggedEvent (PFP 10.4.2): %zu bytes behind "
		    "its end", c.left);
	*ret = t;
	return 0;
}

const char *
att_tag_name(uint32_t id)
{
	for (size_t i = 0; i < ATT_COUNT(tags); i++)
		if (tags[i].id == id)
			return tags[i].name;
	return NULL;
}

static bool
is_sipa(struct att_slice event)
{
	struct att_cur c = att_cur_of(event);
	uint32_t id;

	return att_cur_le32(&c, &id) && att_sipa_name(id) != NULL;
}

int
att_tag_describe(struct att_slice event, struct att_fields f,
    struct att_err *err)
{
	struct att_tag t;
	int r;

	if (is_sipa(event))
		return att_sipa_describe(event, f, err);
	if (att_logtext_is_ascii(event)) {
		att_fields_text(f, "text", event);
		return 0;
	}
	if ((r = att_tag_parse(event, &t, err)) < 0)
		return r;
	att_fields_address(f, "tag", t.id);
	if (att_tag_name(t.id) != NULL)
		att_fields_str(f, "tag_name", att_tag_name(t.id));
	att_fields_any(f, "data", t.data);
	return 0;
}
