#include "eventlog/varvalue.h"

#include <stdio.h>

#include "eventlog/loadopt.h"
#include "eventlog/siglist.h"

typedef int describe_fn(struct att_cur c, struct att_fields f,
    struct att_err *err);

/* One byte; a variable that does not exist is measured without a value. */
static int
describe_flag(struct att_cur c, struct att_fields f,
    struct att_err *err)
{
	uint8_t v;

	if (c.left > 1)
		return att_err_at(err, ATT_E_FORMAT, c.off,
		    "a flag (UEFI 3.3) of %zu bytes, must be one", c.left);
	if (att_cur_u8(&c, &v))
		att_fields_uint(f, "value", v);
	else
		att_fields_bool(f, "exists", false);
	return 0;
}

static int
describe_number(struct att_cur c, struct att_fields f,
    struct att_err *err)
{
	uint16_t v;

	if (c.left != 0 && c.left != sizeof(v))
		return att_err_at(err, ATT_E_FORMAT, c.off,
		    "a number (UEFI 3.3) of %zu bytes, must be two", c.left);
	if (att_cur_le16(&c, &v))
		att_fields_uint(f, "value", v);
	else
		att_fields_bool(f, "exists", false);
	return 0;
}

/* BootOrder: the numbers of Boot#### variables. */
static int
describe_order(struct att_cur c, struct att_fields f,
    struct att_err *err)
{
	struct att_fields order = att_fields_array(f, "order");
	char name[sizeof("Boot0000")];
	uint16_t n;

	while (att_cur_le16(&c, &n)) {
		(void)snprintf(name, sizeof(name), "Boot%04X", n);
		att_fields_str(order, NULL, name);
	}
	if (!att_cur_empty(&c))
		return att_err_at(err, ATT_E_FORMAT, c.off,
		    "BootOrder (UEFI 3.3) of an odd number of bytes");
	return 0;
}

/* SBAT: lines of comma-separated values. */
static int
describe_text(struct att_cur c, struct att_fields f,
    struct att_err *err)
{
	struct att_fields lines = att_fields_array(f, "lines");
	struct att_slice value = att_cur_rest(&c);

	for (size_t i = 0, start = 0; i <= value.len; i++)
		if (i == value.len || value.data[i] == '\n') {
			if (i > start)
				att_fields_text(lines, NULL,
				    (struct att_slice){ value.data + start,
					i - start });
			start = i + 1;
		}
	return 0;
}

static const struct {
	const uint8_t *vendor;
	const char *name;
	describe_fn *value;
	describe_fn *authority;	/* NULL: as the value */
} known[] = {
	{ ATT_GUID_GLOBAL, "SecureBoot", describe_flag, NULL },
	{ ATT_GUID_GLOBAL, "SetupMode", describe_flag, NULL },
	{ ATT_GUID_GLOBAL, "AuditMode", describe_flag, NULL },
	{ ATT_GUID_GLOBAL, "DeployedMode", describe_flag, NULL },
	{ ATT_GUID_GLOBAL, "PK", att_siglist_describe,
	    att_signature_describe },
	{ ATT_GUID_GLOBAL, "KEK", att_siglist_describe,
	    att_signature_describe },
	{ ATT_GUID_GLOBAL, "BootOrder", describe_order, NULL },
	{ ATT_GUID_GLOBAL, "BootNext", describe_number, NULL },
	{ ATT_GUID_GLOBAL, "BootCurrent", describe_number, NULL },
	{ ATT_GUID_GLOBAL, "Timeout", describe_number, NULL },
	{ ATT_GUID_IMAGE_SECURITY, "db", att_siglist_describe,
	    att_signature_describe },
	{ ATT_GUID_IMAGE_SECURITY, "dbx", att_siglist_describe,
	    att_signature_describe },
	{ ATT_GUID_IMAGE_SECURITY, "dbt", att_siglist_describe,
	    att_signature_describe },
	{ ATT_GUID_IMAGE_SECURITY, "dbr", att_siglist_describe,
	    att_signature_describe },
	{ ATT_GUID_IMAGE_SECURITY, "vendor_db", att_siglist_describe,
	    att_signature_describe },
	{ ATT_GUID_DEVICE_SIGNATURE, "devdb", att_siglist_describe,
	    att_signature_describe },
	{ ATT_GUID_SHIM, "Shim", att_siglist_describe,
	    att_signature_describe },
	{ ATT_GUID_SHIM, "MokList", att_siglist_describe,
	    att_signature_describe },
	{ ATT_GUID_SHIM, "MokListX", att_siglist_describe,
	    att_signature_describe },
	{ ATT_GUID_SHIM, "MokListRT", att_siglist_describe,
	    att_signature_describe },
	{ ATT_GUID_SHIM, "MokListXRT", att_siglist_describe,
	    att_signature_describe },
	{ ATT_GUID_SHIM, "MokListTrusted", describe_flag, NULL },
	{ ATT_GUID_SHIM, "MokSBState", describe_flag, NULL },
	{ ATT_GUID_SHIM, "MokDBState", describe_flag, NULL },
	{ ATT_GUID_SHIM, "MokIgnoreDB", describe_flag, NULL },
	{ ATT_GUID_SHIM, "SbatLevel", describe_text, NULL },
};

/* Boot0000 to BootFFFF, digits in capitals (UEFI 3.3). */
static bool
is_boot_option(const struct att_efi_variable *v)
{
	static const char prefix[] = "Boot";
	struct att_slice start = { v->name.data, 2 * (sizeof(prefix) - 1) };

	if (!att_guid_equal(v->guid, ATT_GUID_GLOBAL) ||
	    v->name.len != 2 * (sizeof("Boot0000") - 1) ||
	    !att_utf16le_is(start, prefix))
		return false;
	for (size_t i = start.len; i < v->name.len; i += 2) {
		uint8_t c = v->name.data[i];

		if (v->name.data[i + 1] != 0 || !((c >= '0' && c <= '9') ||
						    (c >= 'A' && c <= 'F')))
			return false;
	}
	return true;
}

int
att_varvalue_describe(struct att_slice event,
    const struct att_efi_variable *v, bool authority, struct att_fields f,
    struct att_err *err)
{
	struct att_cur c = att_cur_within(att_cur_of(event), v->data);

	if (is_boot_option(v))
		return att_load_option_describe(c, f, err);
	for (size_t i = 0; i < ATT_COUNT(known); i++)
		if (att_efi_variable_is(v, known[i].vendor, known[i].name))
			return authority && known[i].authority != NULL ?
			    known[i].authority(c, f, err) :
			    known[i].value(c, f, err);
	att_fields_any(f, "value", v->data);
	return 0;
}
