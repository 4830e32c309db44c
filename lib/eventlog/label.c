#include "eventlog/describe.h"

#include <string.h>

#include "base/encoding.h"
#include "eventlog/blob.h"
#include "eventlog/devpath.h"
#include "eventlog/gpt.h"
#include "eventlog/image.h"
#include "eventlog/logtext.h"
#include "eventlog/noaction.h"
#include "eventlog/sipa.h"
#include "eventlog/spdm.h"
#include "eventlog/tag.h"
#include "eventlog/variable.h"

#define WORD_MIN 4	/* characters that are no accident */
#define VALUE_MAX 8	/* bytes that are shown of one */
#define HEAD_MAX 4096	/* bytes of data that a label is made from */
#define TEXT_MAX 32768	/* bytes of a label before it is cut */

static const char ELLIPSIS[] = "...";

static struct att_slice
head(struct att_slice s)
{
	return (struct att_slice){ s.data, ATT_MIN(s.len, HEAD_MAX) };
}

static void
put_guid(struct att_buf *b, const uint8_t guid[static ATT_GUID_SIZE])
{
	const char *name = att_guid_name(guid);

	if (name != NULL)
		att_buf_str(b, name);
	else
		att_text_put_guid(b, guid);
}

/* The word that data begins with, if it is one. */
static void
put_word(struct att_buf *b, struct att_slice s)
{
	size_t n = 0;

	while (n < s.len && s.data[n] >= 0x20 && s.data[n] < 0x7f)
		n++;
	if (n >= WORD_MIN)
		att_text_put_path(b, (struct att_slice){ s.data, n });
}

static void
label_text(const struct att_event *ev, struct att_buf *b)
{
	att_logtext_put(b, head(ev->data));
}

/* Text of either kind, a GUID, or where the measured bytes were. */
static void
label_version(const struct att_event *ev, struct att_buf *b)
{
	struct att_slice s = head(ev->data);

	if (att_logtext_is_utf16(s) || att_logtext_is_ascii(s))
		att_logtext_put(b, s);
	else if (s.len == ATT_GUID_SIZE)
		put_guid(b, s.data);
	else
		put_word(b, s);
}

static void
put_blob(struct att_buf *b, struct att_slice data, bool second)
{
	struct att_blob blob;

	if (att_blob_parse(data, second, &blob, NULL) < 0)
		return;
	if (blob.description.len > 0)
		att_logtext_put(b, blob.description);
	else
		att_buf_printf(b, "0x%llx+0x%llx",
		    (unsigned long long)blob.base,
		    (unsigned long long)blob.length);
}

static void
label_blob(const struct att_event *ev, struct att_buf *b)
{
	if (att_logtext_is_ascii(head(ev->data)))
		label_text(ev, b);
	else
		put_blob(b, ev->data, false);
}

static void
label_blob2(const struct att_event *ev, struct att_buf *b)
{
	put_blob(b, ev->data, true);
}

static void
put_handoff(struct att_buf *b, struct att_slice data, bool second)
{
	uint8_t guid[ATT_GUID_SIZE];
	struct att_handoff h;
	uint64_t pointer;

	if (att_handoff_parse(data, second, &h, NULL) < 0)
		return;
	if (h.description.len > 0)
		att_logtext_put(b, h.description);
	else if (att_handoff_get(&h, 0, guid, &pointer))
		put_guid(b, guid);
}

static void
label_handoff(const struct att_event *ev, struct att_buf *b)
{
	put_handoff(b, ev->data, false);
}

static void
label_handoff2(const struct att_event *ev, struct att_buf *b)
{
	put_handoff(b, ev->data, true);
}

static void
label_variable(const struct att_event *ev, struct att_buf *b)
{
	struct att_efi_variable v;

	if (att_efi_variable_parse(ev->data, &v, NULL) == 0)
		att_text_put_path_utf16le(b,
		    att_logtext_until_nul16(head(v.name)));
}

/* The file, or else the whole path. */
static void
put_path(struct att_buf *b, struct att_slice path)
{
	struct att_cur c = att_cur_of(head(path));
	size_t before = b->len;

	att_devpath_put_file(att_cur_rest(&c), b);
	if (b->len > before)
		return;
	/* of a broken one, what came before the fault */
	if (att_devpath_print(&c, b, NULL) < 0)
		return;
}

static void
label_image(const struct att_event *ev, struct att_buf *b)
{
	struct att_image_load img;
	size_t before = b->len;

	if (att_image_load_parse(ev->data, &img, NULL) < 0)
		return;
	put_path(b, img.path);
	/* GRUB reads the kernel itself and names no file for it */
	if (b->len == before)
		att_buf_str(b, "from memory");
}

static void
label_gpt(const struct att_event *ev, struct att_buf *b)
{
	struct att_gpt g;

	if (att_gpt_parse(ev->data, &g, NULL) == 0)
		att_text_put_guid(b, g.disk);
}

/* Four bytes are a value, but for what Windows writes. */
static void
label_separator(const struct att_event *ev, struct att_buf *b)
{
	if (att_slice_is(ev->data, "WBCL"))
		att_buf_str(b, "WBCL");
	else
		att_hex_put(b, (struct att_slice){ ev->data.data,
		    ATT_MIN(ev->data.len, VALUE_MAX) });
}

static void
put_sipa(struct att_buf *b, struct att_slice data)
{
	struct att_cur c = att_cur_of(data);
	struct att_sipa_node n;

	if (att_sipa_next(&c, &n, NULL) == 1 && att_sipa_name(n.id) != NULL)
		att_buf_str(b, att_sipa_name(n.id));
}

static void
label_tag(const struct att_event *ev, struct att_buf *b)
{
	struct att_tag t;

	if (att_logtext_is_ascii(head(ev->data)))
		label_text(ev, b);
	else if (att_tag_parse(ev->data, &t, NULL) < 0)
		return;
	else if (att_sipa_name(t.id) != NULL)
		put_sipa(b, ev->data);
	else if (att_logtext_is_utf16(head(t.data)) ||
	    att_logtext_is_ascii(head(t.data)))
		att_logtext_put(b, head(t.data));
	else if (att_tag_name(t.id) != NULL)
		att_buf_str(b, att_tag_name(t.id));
	else
		att_buf_printf(b, "0x%08x", t.id);
}

static void
label_no_action(const struct att_event *ev, struct att_buf *b)
{
	if (att_noaction_of(ev) == ATT_NOACTION_WBCL)
		put_sipa(b, ev->data);
	else
		put_word(b, (struct att_slice){ ev->data.data,
		    ATT_MIN(ev->data.len, ATT_NOACTION_SIGNATURE) });
	if (att_noaction_of(ev) == ATT_NOACTION_LOCALITY &&
	    ev->data.len > ATT_NOACTION_SIGNATURE)
		att_buf_printf(b, " %u", ev->data.data[ATT_NOACTION_SIGNATURE]);
}

static void
label_compact(const struct att_event *ev, struct att_buf *b)
{
	if (ev->data.len == sizeof(uint32_t))
		att_hex_put(b, ev->data);
	else
		put_word(b, head(ev->data));
}

static void
label_word(const struct att_event *ev, struct att_buf *b)
{
	put_word(b, head(ev->data));
}

static void
label_spdm(const struct att_event *ev, struct att_buf *b)
{
	struct att_spdm_device d;

	if (att_spdm_parse(att_cur_of(ev->data), &d, NULL) == 0)
		put_path(b, d.path);
}

static const struct {
	uint32_t type;
	void (*put)(const struct att_event *ev, struct att_buf *b);
} labels[] = {
	{ ATT_EV_POST_CODE, label_blob },
	{ ATT_EV_NO_ACTION, label_no_action },
	{ ATT_EV_SEPARATOR, label_separator },
	{ ATT_EV_ACTION, label_text },
	{ ATT_EV_EVENT_TAG, label_tag },
	{ ATT_EV_S_CRTM_CONTENTS, label_blob },
	{ ATT_EV_S_CRTM_VERSION, label_version },
	{ ATT_EV_CPU_MICROCODE, label_blob },
	{ ATT_EV_PLATFORM_CONFIG_FLAGS, label_word },
	{ ATT_EV_TABLE_OF_DEVICES, label_handoff },
	{ ATT_EV_COMPACT_HASH, label_compact },
	{ ATT_EV_IPL, label_text },
	{ ATT_EV_NONHOST_CODE, label_word },
	{ ATT_EV_NONHOST_CONFIG, label_word },
	{ ATT_EV_NONHOST_INFO, label_word },
	{ ATT_EV_OMIT_BOOT_DEVICE_EVENTS, label_text },
	{ ATT_EV_POST_CODE2, label_blob2 },
	{ ATT_EV_EFI_VARIABLE_DRIVER_CONFIG, label_variable },
	{ ATT_EV_EFI_VARIABLE_BOOT, label_variable },
	{ ATT_EV_EFI_BOOT_SERVICES_APPLICATION, label_image },
	{ ATT_EV_EFI_BOOT_SERVICES_DRIVER, label_image },
	{ ATT_EV_EFI_RUNTIME_SERVICES_DRIVER, label_image },
	{ ATT_EV_EFI_GPT_EVENT, label_gpt },
	{ ATT_EV_EFI_ACTION, label_text },
	{ ATT_EV_EFI_PLATFORM_FIRMWARE_BLOB, label_blob },
	{ ATT_EV_EFI_HANDOFF_TABLES, label_handoff },
	{ ATT_EV_EFI_PLATFORM_FIRMWARE_BLOB2, label_blob2 },
	{ ATT_EV_EFI_HANDOFF_TABLES2, label_handoff2 },
	{ ATT_EV_EFI_VARIABLE_BOOT2, label_variable },
	{ ATT_EV_EFI_GPT_EVENT2, label_gpt },
	{ ATT_EV_EFI_HCRTM_EVENT, label_text },
	{ ATT_EV_EFI_VARIABLE_AUTHORITY, label_variable },
	{ ATT_EV_EFI_SPDM_FIRMWARE_BLOB, label_spdm },
	{ ATT_EV_EFI_SPDM_FIRMWARE_CONFIG, label_spdm },
	{ ATT_EV_EFI_SPDM_DEVICE_POLICY, label_variable },
	{ ATT_EV_EFI_SPDM_DEVICE_AUTHORITY, label_variable },
};

/* Cut between characters, so that it stays UTF-8. */
static void
put_short(struct att_buf *ret, struct att_slice s)
{
	size_t n = s.len;

	if (n > ATT_EVENT_LABEL_MAX) {
		n = ATT_EVENT_LABEL_MAX - strlen(ELLIPSIS);
		while (n > 0 && (s.data[n] & 0xc0) == 0x80)
			n--;
	}
	att_buf_slice(ret, (struct att_slice){ s.data, n });
	if (n < s.len)
		att_buf_str(ret, ELLIPSIS);
}

void
att_event_label(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_buf *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(TEXT_MAX);

	for (size_t i = 0; i < ATT_COUNT(labels); i++)
		if (labels[i].type == ev->type)
			labels[i].put(ev, &b);
	/* too long is no failure: it is cut in any case */
	if (att_buf_ok(&b, "a label", NULL) == ATT_E_NOMEM)
		ret->failed = true;
	else
		put_short(ret, att_buf_view(&b));
}
