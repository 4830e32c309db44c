#include "agent/dmi.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/sysfs.h"
#include "firmware/smbios.h"

static int
read_entry(const char *dir, const char *name, struct att_buf *ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(ATT_SMBIOS_MAX);
	AUTO(free) char *entry = att_path_join(dir, name);
	int r;

	if (entry == NULL)
		return att_err_nomem(err);
	if ((r = att_sysfs_read(entry, "raw", &raw, err)) < 0)
		return r;
	att_buf_le32(ret, (uint32_t)raw.len);
	att_buf_slice(ret, att_buf_view(&raw));
	return att_buf_ok(ret, "SMBIOS", err);
}

int
att_dmi_read(const char *dir, uint8_t type, struct att_buf *ret,
    struct att_err *err)
{
	AUTO_DONE(att_names_done) struct att_names names = { 0 };
	char prefix[8];
	int r;

	(void)snprintf(prefix, sizeof(prefix), "%u-", type);
	if ((r = att_sysfs_list(dir, &names, err)) < 0)
		return r;
	for (size_t i = 0; i < names.count; i++)
		if (strncmp(names.name[i], prefix, strlen(prefix)) == 0 &&
		    (r = read_entry(dir, names.name[i], ret, err)) < 0)
			return r;
	return 0;
}

int
att_dmi_next(struct att_cur *c, struct att_slice *ret, struct att_err *err)
{
	uint32_t n;

	if (att_cur_empty(c))
		return 0;
	if (!att_cur_le32(c, &n) || !att_cur_bytes(c, n, ret))
		return att_err_set(err, ATT_E_SHORT,
		    "SMBIOS: a structure is cut off");
	return 1;
}
