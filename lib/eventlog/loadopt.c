#include "eventlog/loadopt.h"

#include "eventlog/devpath.h"
#include "eventlog/logtext.h"

#define ACTIVE 0x1u
#define HIDDEN 0x8u

static int
cut(const struct att_cur *c, const char *what, struct att_err *err)
{
	return att_err_at(err, ATT_E_SHORT, c->off,
	    "EFI_LOAD_OPTION (UEFI 3.1.3) ends within %s", what);
}

int
att_load_option_parse(struct att_cur c, struct att_load_option *ret,
    struct att_err *err)
{
	struct att_load_option o = { 0 };
	uint16_t paths = 0;

	if (!att_cur_le32(&c, &o.attributes) || !att_cur_le16(&c, &paths))
		return cut(&c, "its header", err);
	o.description = att_logtext_until_nul16(att_cur_rest(&c));
	/* and the NUL itself: without one the description never ended */
	if (!att_cur_skip(&c, (uint64_t)o.description.len + 2))
		return cut(&c, "Description", err);
	if (!att_cur_bytes(&c, paths, &o.paths))
		return cut(&c, "FilePathList", err);
	o.optional = att_cur_rest(&c);
	*ret = o;
	return 0;
}

int
att_load_option_describe(struct att_cur c, struct att_fields f,
    struct att_err *err)
{
	struct att_fields paths;
	struct att_load_option o;
	int r;

	if ((r = att_load_option_parse(c, &o, err)) < 0)
		return r;
	att_fields_utf16(f, "description", o.description);
	att_fields_bool(f, "active", (o.attributes & ACTIVE) != 0);
	att_fields_bool(f, "hidden", (o.attributes & HIDDEN) != 0);
	att_fields_address(f, "attributes", o.attributes);
	if (o.optional.len > 0)
		att_fields_any(f, "optional", o.optional);
	paths = att_fields_array(f, "paths");
	c = att_cur_within(c, o.paths);
	while (!att_cur_empty(&c)) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(
		    ATT_DEVPATH_TEXT_MAX);

		if ((r = att_devpath_print(&c, &b, err)) < 0)
			return r;
		att_fields_buf(paths, NULL, &b);
	}
	return 0;
}
