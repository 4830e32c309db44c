#include "eventlog/variable.h"

#include <string.h>

static int
cut(const struct att_cur *c, const char *what, struct att_err *err)
{
	return att_err_at(err, ATT_E_SHORT, c->off,
	    "UEFI_VARIABLE_DATA (PFP 10.2.6) ends within %s", what);
}

int
att_efi_variable_parse(struct att_slice data, struct att_efi_variable *ret,
    struct att_err *err)
{
	struct att_efi_variable v = { 0 };
	struct att_cur c = att_cur_of(data);
	uint64_t units = 0, size = 0;

	if (!att_cur_copy(&c, v.guid, sizeof(v.guid)) ||
	    !att_cur_le64(&c, &units) || !att_cur_le64(&c, &size))
		return cut(&c, "its header", err);
	/* 2 * units may wrap: halve what is left instead */
	if (units > c.left / 2 || !att_cur_bytes(&c, 2 * units, &v.name))
		return cut(&c, "UnicodeName", err);
	if (!att_cur_bytes(&c, size, &v.data))
		return cut(&c, "VariableData", err);
	v.stray = c.left;
	*ret = v;
	return 0;
}

void
att_efi_variable_encode(const struct att_efi_variable *v, struct att_buf *ret)
{
	att_buf_bytes(ret, v->guid, sizeof(v->guid));
	att_buf_le64(ret, v->name.len / 2);
	att_buf_le64(ret, v->data.len);
	att_buf_slice(ret, v->name);
	att_buf_slice(ret, v->data);
}

bool
att_utf16le_is(struct att_slice s, const char *ascii)
{
	size_t n = strlen(ascii);

	if (s.len % 2 != 0 || s.len / 2 != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (s.data[2 * i] != (uint8_t)ascii[i] ||
		    s.data[2 * i + 1] != 0)
			return false;
	return true;
}

bool
att_efi_variable_is(const struct att_efi_variable *v,
    const uint8_t guid[static ATT_GUID_SIZE], const char *name)
{
	return att_guid_equal(v->guid, guid) && att_utf16le_is(v->name, name);
}
