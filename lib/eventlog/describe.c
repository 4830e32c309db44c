#include "eventlog/describe.h"

#include <string.h>

#include "base/encoding.h"
#include "base/text.h"
#include "eventlog/devpath.h"
#include "eventlog/image.h"
#include "eventlog/variable.h"

/* Text that people wrote goes on with an ellipsis where it is cut. */
static const char ELLIPSIS[] = "...";

static struct att_slice
until_nul(struct att_slice s)
{
	const uint8_t *nul = s.len == 0 ? NULL : memchr(s.data, 0, s.len);

	return nul == NULL ? s :
			     (struct att_slice){ s.data,
				 (size_t)(nul - s.data) };
}

/* Boot loaders log both; what is UTF-16 begins with an ASCII character. */
static bool
is_utf16(struct att_slice s)
{
	return s.len >= 4 && s.len % 2 == 0 && s.data[0] != 0 &&
	    s.data[1] == 0;
}

static struct att_slice
trim_utf16(struct att_slice s)
{
	while (s.len >= 2 && s.data[s.len - 1] == 0 &&
	    s.data[s.len - 2] == 0)
		s.len -= 2;
	return s;
}

static void
put_either(struct att_buf *b, struct att_slice s)
{
	if (is_utf16(s))
		att_text_put_path_utf16le(b, trim_utf16(s));
	else
		att_text_put_path(b, until_nul(s));
}

/* -- labels --------------------------------------------------------------- */

static void
label_text(const struct att_event *ev, struct att_buf *b)
{
	put_either(b, ev->data);
}

static void
label_variable(const struct att_event *ev, struct att_buf *b)
{
	struct att_efi_variable v;

	if (att_efi_variable_parse(ev->data, &v, NULL) == 0)
		att_text_put_path_utf16le(b, trim_utf16(v.name));
}

static void
label_image(const struct att_event *ev, struct att_buf *b)
{
	struct att_image_load img;

	if (att_image_load_parse(ev->data, &img, NULL) == 0)
		att_devpath_put_file(img.path, b);
}

/* Four bytes are a value, but for what Windows writes. */
static void
label_separator(const struct att_event *ev, struct att_buf *b)
{
	if (att_slice_is(ev->data, "WBCL"))
		att_buf_str(b, "WBCL");
	else
		att_hex_put(b, (struct att_slice){ ev->data.data,
		    ATT_MIN(ev->data.len, 8) });
}

/* TCG_PCClientTaggedEvent whose data is a text. */
static void
label_tag(const struct att_event *ev, struct att_buf *b)
{
	struct att_cur c = att_cur_of(ev->data);
	struct att_slice data;
	uint32_t id, size;

	if (att_cur_le32(&c, &id) && att_cur_le32(&c, &size) &&
	    att_cur_bytes(&c, size, &data) && att_cur_empty(&c))
		put_either(b, data);
}

static const struct {
	uint32_t type;
	void (*put)(const struct att_event *ev, struct att_buf *b);
} labels[] = {
	{ ATT_EV_NO_ACTION, label_text },
	{ ATT_EV_SEPARATOR, label_separator },
	{ ATT_EV_ACTION, label_text },
	{ ATT_EV_EVENT_TAG, label_tag },
	{ ATT_EV_IPL, label_text },
	{ ATT_EV_EFI_VARIABLE_DRIVER_CONFIG, label_variable },
	{ ATT_EV_EFI_VARIABLE_BOOT, label_variable },
	{ ATT_EV_EFI_BOOT_SERVICES_APPLICATION, label_image },
	{ ATT_EV_EFI_BOOT_SERVICES_DRIVER, label_image },
	{ ATT_EV_EFI_RUNTIME_SERVICES_DRIVER, label_image },
	{ ATT_EV_EFI_ACTION, label_text },
	{ ATT_EV_EFI_VARIABLE_BOOT2, label_variable },
	{ ATT_EV_EFI_VARIABLE_AUTHORITY, label_variable },
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
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(SIZE_MAX / 2);

	for (size_t i = 0; i < ATT_COUNT(labels); i++)
		if (labels[i].type == ev->type)
			labels[i].put(ev, &b);
	if (b.failed)
		ret->failed = true;
	else
		put_short(ret, att_buf_view(&b));
}
