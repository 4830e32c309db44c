#include "eventlog/image.h"

static bool
get_uintn(struct att_cur *c, bool narrow, uint64_t *ret)
{
	uint32_t v;

	if (!narrow)
		return att_cur_le64(c, ret);
	if (!att_cur_le32(c, &v))
		return false;
	*ret = v;
	return true;
}

static int
parse(struct att_slice data, bool narrow, struct att_image_load *ret,
    struct att_err *err)
{
	struct att_image_load img = { .uint32 = narrow };
	struct att_cur c = att_cur_of(data);
	uint64_t len = 0;

	if (!att_cur_le64(&c, &img.address) ||
	    !get_uintn(&c, narrow, &img.length) ||
	    !get_uintn(&c, narrow, &img.link_time_address) ||
	    !get_uintn(&c, narrow, &len))
		return att_err_at(err, ATT_E_SHORT, c.off,
		    "UEFI_IMAGE_LOAD_EVENT (PFP 10.2.3) ends within its "
		    "header");
	if (!att_cur_bytes(&c, len, &img.path))
		return att_err_at(err, ATT_E_SHORT, c.off,
		    "UEFI_IMAGE_LOAD_EVENT (PFP 10.2.3): device path of "
		    "%llu bytes, %zu are left", (unsigned long long)len,
		    c.left);
	img.stray = c.left;
	*ret = img;
	return 0;
}

/*
 * Firmware of 32 bits has a narrower UINTN, and nothing near the event says
 * so: that form is taken where the other does not fit and it does, to the
 * byte.
 */
int
att_image_load_parse(struct att_slice data, struct att_image_load *ret,
    struct att_err *err)
{
	struct att_image_load narrow;
	int r = parse(data, false, ret, err);

	if (r == 0 || parse(data, true, &narrow, NULL) < 0 ||
	    narrow.stray != 0)
		return r;
	*ret = narrow;
	return 0;
}
