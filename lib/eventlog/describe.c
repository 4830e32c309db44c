#include "eventlog/describe.h"

#include <stdio.h>

#include "eventlog/blob.h"
#include "eventlog/devpath.h"
#include "eventlog/gpt.h"
#include "eventlog/image.h"
#include "eventlog/ipl.h"
#include "eventlog/logtext.h"
#include "eventlog/noaction.h"
#include "eventlog/spdm.h"
#include "eventlog/tag.h"
#include "eventlog/varvalue.h"

typedef int describe_fn(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f, struct att_err *err);

static int
describe_any(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f, struct att_err *err)
{
	if (ev->data.len > 0)
		att_fields_any(f, "data", ev->data);
	return 0;
}

static int
describe_action(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f, struct att_err *err)
{
	att_fields_text(f, "action", ev->data);
	return 0;
}

static int
describe_separator(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f, struct att_err *err)
{
	if (att_slice_is(ev->data, "WBCL"))
		att_fields_str(f, "value", "WBCL");
	else
		att_fields_hex(f, "value", ev->data);
	return 0;
}

/* PFP 1.06: a text, a GUID, or what the vendor likes. */
static int
describe_version(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f, struct att_err *err)
{
	struct att_cur c = att_cur_of(ev->data);

	if (ev->data.len == 2 && att_cur_all(&c, 2, 0))	/* an empty text */
		att_fields_str(f, "version", "");
	else if (ev->data.len == ATT_GUID_SIZE &&
	    !att_logtext_is_ascii(ev->data) &&
	    !att_logtext_is_utf16(ev->data))
		att_fields_guid(f, "version", ev->data.data);
	else
		att_fields_any(f, "version", ev->data);
	return 0;
}

/* A word ("ACPI DATA"), or where the bytes were; older BIOSes: anything. */
static int
describe_post_code(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f, struct att_err *err)
{
	struct att_blob b;

	if (att_logtext_is_ascii(ev->data) ||
	    att_blob_parse(ev->data, false, &b, NULL) < 0)
		return describe_any(ev, kind, f, err);
	return att_blob_describe(ev->data, false, f, err);
}

static int
describe_blob(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f, struct att_err *err)
{
	return att_blob_describe(ev->data, false, f, err);
}

static int
describe_blob2(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f, struct att_err *err)
{
	return att_blob_describe(ev->data, true, f, err);
}

static int
describe_handoff(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f, struct att_err *err)
{
	return att_handoff_describe(ev->data, false, f, err);
}

static int
describe_handoff2(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f, struct att_err *err)
{
	return att_handoff_describe(ev->data, true, f, err);
}

/* Of servers it has the form of handoff tables; the PFP leaves it open. */
static int
describe_devices(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f, struct att_err *err)
{
	struct att_handoff h;

	if (att_handoff_parse(ev->data, false, &h, NULL) < 0)
		return describe_any(ev, kind, f, err);
	return att_handoff_describe(ev->data, false, f, err);
}

static int
variable(const struct att_event *ev, bool authority, struct att_fields f,
    struct att_err *err)
{
	struct att_efi_variable v;
	int r;

	if ((r = att_efi_variable_parse(ev->data, &v, err)) < 0)
		return r;
	att_fields_guid(f, "vendor", v.guid);
	att_fields_utf16(f, "name", v.name);
	att_fields_uint(f, "value_size", v.data.len);
	if (v.stray > 0)
		att_fields_uint(f, "stray", v.stray);
	return att_varvalue_describe(ev->data, &v, authority, f, err);
}

static int
describe_variable(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f, struct att_err *err)
{
	return variable(ev, false, f, err);
}

static int
describe_authority(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f, struct att_err *err)
{
	return variable(ev, true, f, err);
}

static int
put_path(struct att_cur c, struct att_fields f, struct att_err *err)
{
	AUTO_DONE(att_buf_done)
	struct att_buf b = ATT_BUF(ATT_DEVPATH_TEXT_MAX);
	int r = att_devpath_print(&c, &b, err);

	att_fields_buf(f, "path", &b);
	if (r == 0 && !att_cur_empty(&c))
		return att_err_at(err, ATT_E_TRAILING, c.off,
		    "device path (UEFI 10.3): %zu bytes behind its end",
		    c.left);
	return r;
}

static int
describe_image(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f, struct att_err *err)
{
	struct att_image_load img;
	int r;

	if ((r = att_image_load_parse(ev->data, &img, err)) < 0)
		return r;
	att_fields_address(f, "address", img.address);
	att_fields_uint(f, "length", img.length);
	att_fields_address(f, "link_time_address", img.link_time_address);
	if (img.uint32)
		att_fields_bool(f, "uint32", true);
	if (img.stray > 0)
		att_fields_uint(f, "stray", img.stray);
	return put_path(att_cur_within(att_cur_of(ev->data), img.path), f,
	    err);
}

static int
describe_gpt(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f, struct att_err *err)
{
	return att_gpt_describe(ev->data, f, err);
}

static int
describe_ipl(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f, struct att_err *err)
{
	if (ev->data.len > 0)
		att_ipl_describe(ev, kind, f);
	return 0;
}

static int
describe_tag(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f, struct att_err *err)
{
	return att_tag_describe(ev->data, f, err);
}

static int
describe_no_action(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f, struct att_err *err)
{
	return att_noaction_describe(ev, f, err);
}

/* A number, or a text; PFP 1.06 leaves it to who calls TPM2_PCR_Event. */
static int
describe_compact(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f, struct att_err *err)
{
	struct att_cur c = att_cur_of(ev->data);
	uint32_t v;

	if (ev->data.len != sizeof(v) || !att_cur_le32(&c, &v))
		return describe_any(ev, kind, f, err);
	att_fields_address(f, "value", v);
	return 0;
}

static int
describe_spdm(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f, struct att_err *err)
{
	return att_spdm_describe(att_cur_of(ev->data), f, err);
}

static const struct {
	uint32_t type;
	describe_fn *describe;
} types[] = {
	{ ATT_EV_POST_CODE, describe_post_code },
	{ ATT_EV_NO_ACTION, describe_no_action },
	{ ATT_EV_SEPARATOR, describe_separator },
	{ ATT_EV_ACTION, describe_action },
	{ ATT_EV_EVENT_TAG, describe_tag },
	{ ATT_EV_S_CRTM_CONTENTS, describe_post_code },
	{ ATT_EV_S_CRTM_VERSION, describe_version },
	{ ATT_EV_CPU_MICROCODE, describe_post_code },
	{ ATT_EV_TABLE_OF_DEVICES, describe_devices },
	{ ATT_EV_COMPACT_HASH, describe_compact },
	{ ATT_EV_IPL, describe_ipl },
	{ ATT_EV_OMIT_BOOT_DEVICE_EVENTS, describe_action },
	{ ATT_EV_POST_CODE2, describe_blob2 },
	{ ATT_EV_EFI_VARIABLE_DRIVER_CONFIG, describe_variable },
	{ ATT_EV_EFI_VARIABLE_BOOT, describe_variable },
	{ ATT_EV_EFI_BOOT_SERVICES_APPLICATION, describe_image },
	{ ATT_EV_EFI_BOOT_SERVICES_DRIVER, describe_image },
	{ ATT_EV_EFI_RUNTIME_SERVICES_DRIVER, describe_image },
	{ ATT_EV_EFI_GPT_EVENT, describe_gpt },
	{ ATT_EV_EFI_ACTION, describe_action },
	{ ATT_EV_EFI_PLATFORM_FIRMWARE_BLOB, describe_blob },
	{ ATT_EV_EFI_HANDOFF_TABLES, describe_handoff },
	{ ATT_EV_EFI_PLATFORM_FIRMWARE_BLOB2, describe_blob2 },
	{ ATT_EV_EFI_HANDOFF_TABLES2, describe_handoff2 },
	{ ATT_EV_EFI_VARIABLE_BOOT2, describe_variable },
	{ ATT_EV_EFI_GPT_EVENT2, describe_gpt },
	{ ATT_EV_EFI_VARIABLE_AUTHORITY, describe_authority },
	{ ATT_EV_EFI_SPDM_FIRMWARE_BLOB, describe_spdm },
	{ ATT_EV_EFI_SPDM_FIRMWARE_CONFIG, describe_spdm },
	{ ATT_EV_EFI_SPDM_DEVICE_POLICY, describe_variable },
	{ ATT_EV_EFI_SPDM_DEVICE_AUTHORITY, describe_authority },
};

static describe_fn *
describe_fn_of(uint32_t type)
{
	for (size_t i = 0; i < ATT_COUNT(types); i++)
		if (types[i].type == type)
			return types[i].describe;
	return describe_any;
}

static void
put_digests(const struct att_event *ev, struct att_fields f)
{
	for (size_t i = 0; i < ev->digest_count; i++) {
		const char *name = att_alg_name(ev->digest[i].alg);
		char number[8];

		(void)snprintf(number, sizeof(number), "0x%04x",
		    ev->digest[i].alg);
		att_fields_hex(f, name != NULL ? name : number,
		    ev->digest[i].bytes);
	}
}

static void
put_data(const struct att_event *ev, enum att_tcg_kind kind,
    struct att_fields f)
{
	struct att_err why = { 0 };
	struct att_fields broken;

	if (describe_fn_of(ev->type)(ev, kind, att_fields_object(f, "data"),
		&why) == 0)
		return;
	broken = att_fields_object(f, "broken");
	att_fields_str(broken, "text", why.text);
	if (why.offset != ATT_NO_OFFSET)
		att_fields_uint(broken, "offset", why.offset);
	att_fields_hex(f, "raw_hex", ev->data);
}

int
att_event_to_json(const struct att_event *ev, enum att_tcg_kind kind,
    json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	AUTO_DONE(att_buf_done)
	struct att_buf label = ATT_BUF(ATT_EVENT_LABEL_MAX);
	const char *type = att_event_type_name(ev->type);
	struct att_fields f;
	bool failed;
	int r;

	f = att_fields_begin(j, &failed);
	att_fields_uint(f, "number", ev->number);
	att_fields_uint(f, "offset", ev->offset);
	att_fields_uint(f, "pcr", ev->pcr);
	if (type != NULL)
		att_fields_str(f, "type", type);
	else
		att_fields_address(f, "type", ev->type);
	att_fields_uint(f, "type_id", ev->type);
	att_fields_uint(f, "size", ev->data.len);
	put_digests(ev, att_fields_object(f, "digests"));
	att_event_label(ev, kind, &label);
	att_fields_buf(f, "label", &label);
	put_data(ev, kind, f);
	if ((r = att_fields_ok(f, err)) < 0)
		return r;
	*ret = take(&j);
	return 0;
}
