#include "ipmi/device_id.h"

#include "base/cur.h"

static int
refused(uint8_t code, struct att_err *err)
{
	bool again = code == ATT_IPMI_BUSY || code == ATT_IPMI_TIMEOUT;

	return att_err_sub(err, again ? ATT_E_BUSY : ATT_E_DENIED, code,
	    "Get Device ID (IPMI 2.0, 20.1): completion code 0x%02x", code);
}

static bool
read_firmware(struct att_cur *c, struct att_ipmi_device_id *d)
{
	uint8_t revision, first, support;

	if (!att_cur_u8(c, &d->device) || !att_cur_u8(c, &revision) ||
	    !att_cur_u8(c, &first) || !att_cur_u8(c, &d->minor) ||
	    !att_cur_u8(c, &d->ipmi) || !att_cur_u8(c, &support))
		return false;
	d->revision = revision & 0xf;
	d->updating = (first & 0x80) != 0;
	d->major = first & 0x7f;
	return true;
}

/* The number is of three bytes, the lowest one first. */
static bool
read_maker(struct att_cur *c, struct att_ipmi_device_id *d)
{
	uint16_t low;
	uint8_t high;

	if (!att_cur_le16(c, &low) || !att_cur_u8(c, &high) ||
	    !att_cur_le16(c, &d->product))
		return false;
	d->manufacturer = (uint32_t)high << 16 | low;
	return true;
}

int
att_ipmi_device_id_parse(struct att_slice data,
    struct att_ipmi_device_id *ret, struct att_err *err)
{
	struct att_cur c = att_cur_of(data);
	struct att_ipmi_device_id d = { 0 };
	uint8_t code;

	if (!att_cur_u8(&c, &code))
		return att_err_set(err, ATT_E_SHORT,
		    "Get Device ID (IPMI 2.0, 20.1): an empty answer");
	if (code != 0)
		return refused(code, err);
	if (!read_firmware(&c, &d) || !read_maker(&c, &d))
		return att_err_set(err, ATT_E_SHORT, "Get Device ID (IPMI "
		    "2.0, 20.1): %zu bytes, at least 12 are wanted",
		    data.len);
	if (!att_cur_empty(&c)) {
		if (!att_cur_copy(&c, d.aux, sizeof(d.aux)))
			return att_err_set(err, ATT_E_SHORT, "Get Device ID "
			    "(IPMI 2.0, 20.1): ends within the auxiliary "
			    "revision");
		d.has_aux = true;
	}
	if (!att_cur_empty(&c))
		return att_err_set(err, ATT_E_TRAILING, "Get Device ID (IPMI "
		    "2.0, 20.1): %zu bytes, at most 16 are taken", data.len);
	*ret = d;
	return 0;
}
