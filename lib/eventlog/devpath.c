#include "eventlog/devpath.h"

#include "base/text.h"

#define NODE_HEADER 4	/* type, subtype and a le16 length of it all */

enum { HARDWARE = 1, ACPI, MESSAGING, MEDIA, BBS, END = 0x7f };
#define END_INSTANCE 0x01
#define END_ENTIRE 0xff
#define MEDIA_FILE 4

int
att_devpath_next(struct att_cur *c, struct att_devpath_node *ret,
    struct att_err *err)
{
	struct att_devpath_node n = { 0 };
	struct att_cur at = *c;
	uint16_t len = 0;

	if (att_cur_empty(c))
		return 0;
	if (!att_cur_u8(&at, &n.type) || !att_cur_u8(&at, &n.subtype) ||
	    !att_cur_le16(&at, &len))
		return att_err_at(err, ATT_E_SHORT, c->off,
		    "device path (UEFI 10.3) ends within a node");
	if (len < NODE_HEADER)
		return att_err_at(err, ATT_E_FORMAT, c->off,
		    "device path node (UEFI 10.3) of %u bytes, at least %d",
		    len, NODE_HEADER);
	if (!att_cur_bytes(&at, len - NODE_HEADER, &n.data))
		return att_err_at(err, ATT_E_SHORT, c->off,
		    "device path node (UEFI 10.3) of %u bytes, %zu are left",
		    len, c->left);
	if (n.type != END || n.subtype != END_ENTIRE) {
		if (att_cur_empty(&at))
			return att_err_at(err, ATT_E_SHORT, at.off,
			    "device path (UEFI 10.3) without an end");
		*ret = n;
	}
	*c = at;
	return n.type != END || n.subtype != END_ENTIRE;
}

/* UTF-16LE up to its NUL, or all of it. */
static struct att_slice
utf16_until_nul(struct att_slice s)
{
	for (size_t i = 0; i + 1 < s.len; i += 2)
		if (s.data[i] == 0 && s.data[i + 1] == 0)
			return (struct att_slice){ s.data, i };
	return s;
}

void
att_devpath_put_file(struct att_buf *b, struct att_slice path)
{
	struct att_cur c = att_cur_of(path);
	struct att_devpath_node n;

	while (att_devpath_next(&c, &n, NULL) == 1)
		if (n.type == MEDIA && n.subtype == MEDIA_FILE)
			att_text_put_path_utf16le(b, utf16_until_nul(n.data));
}
