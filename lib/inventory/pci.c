#include "inventory/pci.h"

#include "base/file.h"
#include "inventory/attr.h"

int
att_pci_describe(const char *dir, struct att_component *c,
    struct att_err *err)
{
	static const struct att_attr attrs[] = {
		{ "vendor", ATT_SAYS_VENDOR, NULL, false },
		{ "device", ATT_SAYS_MODEL, NULL, false },
	};
	AUTO_DONE(att_names_done) struct att_names n = { 0 };

	/* one that is gone says nothing */
	if (att_sysfs_list(dir, &n, NULL) < 0)
		return 0;
	return att_attr_read(dir, attrs, ATT_COUNT(attrs), c, err);
}

bool
att_pci_is_virtual(const char *dir)
{
	AUTO(free) char *of = NULL;

	return att_sysfs_link(dir, "physfn", &of, NULL) == 0;
}

int
att_pci_add(const char *dir, const char *name, const char *prefix,
    enum att_component_kind kind, enum att_path path,
    struct att_components *to, struct att_component **ret,
    struct att_err *err)
{
	AUTO(free) char *device = att_path_join(dir, "device");
	AUTO(free) char *at = NULL;
	int r = device == NULL ? att_err_nomem(err) :
				 att_sysfs_link(dir, "device", &at, err);

	if (r == ATT_E_NOMEM)
		return r;
	if ((r = att_attr_add(to, prefix, at != NULL ? at : name, kind, path,
		 ret, err)) < 0)
		return r;
	return att_pci_describe(device, *ret, err);
}
