#include "eventlog/noaction.h"

#include <string.h>

#include "eventlog/devpath.h"
#include "eventlog/guid.h"
#include "eventlog/sipa.h"
#include "eventlog/spdm.h"

#define PADDING_MAX 15	/* bytes behind an SP800-155 event */

typedef int describe_fn(struct att_cur c, struct att_fields f,
    struct att_err *err);

static int
cut(const struct att_cur *c, const char *what, struct att_err *err)
{
	return att_err_at(err, ATT_E_SHORT, c->off,
	    "%s (PFP 10.4.5) ends too early", what);
}

static int
ended(const struct att_cur *c, const char *what, struct att_err *err)
{
	if (att_cur_empty(c))
		return 0;
	return att_err_at(err, ATT_E_TRAILING, c->off,
	    "%s (PFP 10.4.5): %zu bytes behind its end", what, c->left);
}

/* -- Spec ID --------------------------------------------------------------- */

static int
put_algs(struct att_cur *c, struct att_fields f, struct att_err *err)
{
	struct att_fields all = att_fields_array(f, "algorithms");
	uint32_t count;
	uint16_t alg, size;

	if (!att_cur_le32(c, &count))
		return cut(c, "Spec ID event", err);
	if (count > ATT_TCG_ALGS_MAX)
		return att_err_at(err, ATT_E_LIMIT, c->off - 4,
		    "Spec ID event (PFP 10.4.5.1): %u algorithms, at most %d "
		    "are taken", count, ATT_TCG_ALGS_MAX);
	for (uint32_t i = 0; i < count; i++) {
		struct att_fields one;

		if (!att_cur_le16(c, &alg) || !att_cur_le16(c, &size))
			return cut(c, "Spec ID event", err);
		one = att_fields_object(all, NULL);
		if (att_alg_name(alg) != NULL)
			att_fields_str(one, "name", att_alg_name(alg));
		att_fields_address(one, "algorithm", alg);
		att_fields_uint(one, "size", size);
	}
	return 0;
}

/* The third form has algorithms; all else is the same in all three. */
static int
describe_spec_id(struct att_cur c, struct att_fields f, bool third,
    struct att_err *err)
{
	uint8_t minor, major, errata, width, vendor;
	struct att_slice info;
	uint32_t class;
	int r;

	if (!att_cur_le32(&c, &class) || !att_cur_u8(&c, &minor) ||
	    !att_cur_u8(&c, &major) || !att_cur_u8(&c, &errata) ||
	    !att_cur_u8(&c, &width))
		return cut(&c, "Spec ID event", err);
	att_fields_uint(f, "platform_class", class);
	att_fields_uint(f, "version_major", major);
	att_fields_uint(f, "version_minor", minor);
	att_fields_uint(f, "errata", errata);
	att_fields_uint(f, "uintn_size", width);
	if (third && (r = put_algs(&c, f, err)) < 0)
		return r;
	if (!att_cur_u8(&c, &vendor) || !att_cur_bytes(&c, vendor, &info))
		return cut(&c, "Spec ID event", err);
	if (info.len > 0)
		att_fields_any(f, "vendor_info", info);
	return ended(&c, "Spec ID event", err);
}

static int
describe_spec_id_old(struct att_cur c, struct att_fields f,
    struct att_err *err)
{
	return describe_spec_id(c, f, false, err);
}

static int
describe_spec_id_3(struct att_cur c, struct att_fields f, struct att_err *err)
{
	return describe_spec_id(c, f, true, err);
}

/* -- locality, SP800-155 --------------------------------------------------- */

static int
describe_locality(struct att_cur c, struct att_fields f, struct att_err *err)
{
	uint8_t locality;

	if (!att_cur_u8(&c, &locality))
		return cut(&c, "StartupLocality", err);
	att_fields_uint(f, "locality", locality);
	return ended(&c, "StartupLocality", err);
}

static bool
put_string(struct att_cur *c, struct att_fields f, const char *name)
{
	struct att_slice s;
	uint8_t len;

	if (!att_cur_u8(c, &len) || !att_cur_bytes(c, len, &s))
		return false;
	att_fields_text(f, name, s);
	return true;
}

static bool
put_platform(struct att_cur *c, struct att_fields f)
{
	uint32_t firmware_vendor;

	if (!put_string(c, f, "platform_manufacturer") ||
	    !put_string(c, f, "platform_model") ||
	    !put_string(c, f, "platform_version") ||
	    !put_string(c, f, "firmware_manufacturer") ||
	    !att_cur_le32(c, &firmware_vendor))
		return false;
	att_fields_uint(f, "firmware_vendor_id", firmware_vendor);
	return put_string(c, f, "firmware_version");
}

/* Where something is: raw bytes, a URI, a device path, a UEFI variable. */
static int
put_locator(struct att_cur *c, struct att_fields f, const char *name,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf path = ATT_BUF(
	    ATT_DEVPATH_TEXT_MAX);
	struct att_fields one = att_fields_object(f, name);
	uint8_t guid[ATT_GUID_SIZE];
	uint32_t type, len;
	struct att_cur at;
	int r;

	if (!att_cur_le32(c, &type) || !att_cur_le32(c, &len) ||
	    !att_cur_child(c, len, &at))
		return cut(c, "SP800-155 event", err);
	att_fields_uint(one, "type", type);
	if (type == 1) {
		att_fields_text(one, "uri", att_cur_rest(&at));
	} else if (type == 2) {
		if ((r = att_devpath_print(&at, &path, err)) < 0)
			return r;
		att_fields_buf(one, "path", &path);
	} else if (type == 3 && att_cur_copy(&at, guid, sizeof(guid))) {
		att_fields_guid(one, "vendor", guid);
		att_fields_utf16(one, "variable", att_cur_rest(&at));
	} else {
		att_fields_hex(one, "data_hex", att_cur_rest(&at));
	}
	return 0;
}

static int
describe_sp800_155(struct att_cur c, struct att_fields f, unsigned form,
    struct att_err *err)
{
	uint8_t guid[ATT_GUID_SIZE];
	uint32_t vendor;
	int r;

	if (!att_cur_le32(&c, &vendor) ||
	    !att_cur_copy(&c, guid, sizeof(guid)))
		return cut(&c, "SP800-155 event", err);
	att_fields_uint(f, "vendor_id", vendor);
	att_fields_guid(f, "reference_manifest", guid);
	if (form >= 2 && !put_platform(&c, f))
		return cut(&c, "SP800-155 event", err);
	if (form >= 3 &&
	    ((r = put_locator(&c, f, "reference_manifest_at", err)) < 0 ||
		(r = put_locator(&c, f, "platform_certificate_at", err)) < 0))
		return r;
	/* cloud firmware pads it */
	if (!att_cur_empty(&c) && c.left <= PADDING_MAX &&
	    att_cur_all(&c, c.left, 0)) {
		att_fields_uint(f, "padding", c.left);
		return 0;
	}
	return ended(&c, "SP800-155 event", err);
}

static int
describe_sp800_155_1(struct att_cur c, struct att_fields f,
    struct att_err *err)
{
	return describe_sp800_155(c, f, 1, err);
}

static int
describe_sp800_155_2(struct att_cur c, struct att_fields f,
    struct att_err *err)
{
	return describe_sp800_155(c, f, 2, err);
}

static int
describe_sp800_155_3(struct att_cur c, struct att_fields f,
    struct att_err *err)
{
	return describe_sp800_155(c, f, 3, err);
}

/* -- what is extended into NV indices -------------------------------------- */

static int
describe_nv_instance(struct att_cur c, struct att_fields f,
    struct att_err *err)
{
	uint16_t version;

	if (!att_cur_le16(&c, &version) || !att_cur_skip(&c, 6))
		return cut(&c, "NvIndexInstance", err);
	att_fields_uint(f, "version", version);
	if (att_cur_empty(&c))
		return 0;
	return att_spdm_describe(c, att_fields_object(f, "device"), err);
}

static int
describe_nv_dynamic(struct att_cur c, struct att_fields f,
    struct att_err *err)
{
	struct att_slice text, data;
	uint16_t version, len;
	uint64_t uid;

	if (!att_cur_le16(&c, &version) || !att_cur_skip(&c, 6) ||
	    !att_cur_le64(&c, &uid) || !att_cur_le16(&c, &len) ||
	    !att_cur_bytes(&c, len, &text) || !att_cur_le16(&c, &len) ||
	    !att_cur_bytes(&c, len, &data))
		return cut(&c, "NvIndexDynamic", err);
	att_fields_uint(f, "version", version);
	att_fields_address(f, "uid", uid);
	att_fields_text(f, "description", text);
	att_fields_hex(f, "data_hex", data);
	return ended(&c, "NvIndexDynamic", err);
}

/* -- all ------------------------------------------------------------------- */

static const struct {
	char signature[ATT_NOACTION_SIGNATURE + 1];
	enum att_noaction kind;
	describe_fn *describe;
} records[] = {
	{ "Spec ID Event00\0", ATT_NOACTION_SPEC_ID, describe_spec_id_old },
	{ "Spec ID Event02\0", ATT_NOACTION_SPEC_ID, describe_spec_id_old },
	{ "Spec ID Event03\0", ATT_NOACTION_SPEC_ID, describe_spec_id_3 },
	{ "StartupLocality\0", ATT_NOACTION_LOCALITY, describe_locality },
	{ "SP800-155 Event\0", ATT_NOACTION_SP800_155, describe_sp800_155_1 },
	{ "SP800-155 Event2", ATT_NOACTION_SP800_155, describe_sp800_155_2 },
	{ "SP800-155 Event3", ATT_NOACTION_SP800_155, describe_sp800_155_3 },
	{ "NvIndexInstance\0", ATT_NOACTION_NV_INSTANCE,
	    describe_nv_instance },
	{ "NvIndexDynamic \0", ATT_NOACTION_NV_DYNAMIC, describe_nv_dynamic },
};

/* Position in records[], or -1. */
static int
record_of(struct att_slice data)
{
	if (data.len < ATT_NOACTION_SIGNATURE)
		return -1;
	for (size_t i = 0; i < ATT_COUNT(records); i++)
		if (memcmp(data.data, records[i].signature,
			ATT_NOACTION_SIGNATURE) == 0)
			return (int)i;
	return -1;
}

enum att_noaction
att_noaction_of(const struct att_event *ev)
{
	int i = record_of(ev->data);

	if (i >= 0)
		return records[i].kind;
	return ev->pcr == ATT_TCG_NO_PCR ? ATT_NOACTION_WBCL :
					   ATT_NOACTION_OTHER;
}

int
att_noaction_describe(const struct att_event *ev, struct att_fields f,
    struct att_err *err)
{
	struct att_cur c = att_cur_of(ev->data);
	struct att_slice signature;
	int i = record_of(ev->data);

	if (i >= 0 && att_cur_bytes(&c, ATT_NOACTION_SIGNATURE, &signature)) {
		att_fields_text(f, "signature", signature);
		return records[i].describe(c, f, err);
	}
	if (att_noaction_of(ev) == ATT_NOACTION_WBCL)
		return att_sipa_describe(ev->data, f, err);
	att_fields_any(f, "data", ev->data);
	return 0;
}
