#include "eventlog/devpath.h"

#define NODE_HEADER 4	/* type, subtype and a le16 length of it all */

static bool
is_end(const struct att_devpath_node *n)
{
	return n->type == ATT_DEVPATH_END &&
	    n->subtype == ATT_DEVPATH_END_ENTIRE;
}

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
	if (!is_end(&n) && att_cur_empty(&at))
		return att_err_at(err, ATT_E_SHORT, at.off,
		    "device path (UEFI 10.3) without an end");
	*c = at;
	if (is_end(&n))
		return 0;
	*ret = n;
	return 1;
}

int
att_devpath_print(struct att_cur *c, struct att_buf *ret, struct att_err *err)
{
	struct att_devpath_node n;
	bool first = true;
	int r;

	while ((r = att_devpath_next(c, &n, err)) == 1) {
		if (n.type == ATT_DEVPATH_END &&
		    n.subtype == ATT_DEVPATH_END_INSTANCE) {
			att_buf_u8(ret, ',');
			first = true;
			continue;
		}
		if (!first)
			att_buf_u8(ret, '/');
		att_devpath_node_print(&n, ret);
		first = false;
	}
	return r;
}

void
att_devpath_put_file(struct att_slice path, struct att_buf *ret)
{
	struct att_cur c = att_cur_of(path);
	struct att_devpath_node n;

	while (att_devpath_next(&c, &n, NULL) == 1)
		if (n.type == ATT_DEVPATH_MEDIA &&
		    n.subtype == ATT_DEVPATH_MEDIA_FILE)
			att_devpath_node_print(&n, ret);
}
