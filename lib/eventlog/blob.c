#include "eventlog/blob.h"

/* A byte with the length, and that many characters. */
static bool
get_description(struct att_cur *c, bool second, struct att_slice *ret)
{
	uint8_t len;

	return !second || (att_cur_u8(c, &len) && att_cur_bytes(c, len, ret));
}

static int
trailing(const struct att_cur *c, const char *what, struct att_err *err)
{
	return att_err_at(err, ATT_E_TRAILING, c->off,
	    "%s (PFP 10.2): %zu bytes behind its end", what, c->left);
}

int
att_blob_parse(struct att_slice data, bool second, struct att_blob *ret,
    struct att_err *err)
{
	const char *what = second ? "UEFI_PLATFORM_FIRMWARE_BLOB2" :
				    "UEFI_PLATFORM_FIRMWARE_BLOB";
	struct att_cur c = att_cur_of(data);
	struct att_blob b = { 0 };

	if (!get_description(&c, second, &b.description) ||
	    !att_cur_le64(&c, &b.base) || !att_cur_le64(&c, &b.length))
		return att_err_at(err, ATT_E_SHORT, c.off,
		    "%s (PFP 10.2) of %zu bytes", what, data.len);
	if (!att_cur_empty(&c))
		return trailing(&c, what, err);
	*ret = b;
	return 0;
}

int
att_blob_describe(struct att_slice data, bool second, struct att_fields f,
    struct att_err *err)
{
	struct att_blob b;
	int r;

	if ((r = att_blob_parse(data, second, &b, err)) < 0)
		return r;
	if (second)
		att_fields_text(f, "description", b.description);
	att_fields_address(f, "base", b.base);
	att_fields_address(f, "length", b.length);
	return 0;
}

static bool
get_uintn(struct att_cur *c, size_t width, uint64_t *ret)
{
	uint32_t v;

	if (width == sizeof(*ret))
		return att_cur_le64(c, ret);
	if (!att_cur_le32(c, &v))
		return false;
	*ret = v;
	return true;
}

static int
parse_handoff(struct att_slice data, bool second, size_t width,
    struct att_handoff *ret, struct att_err *err)
{
	const char *what = second ? "UEFI_HANDOFF_TABLE_POINTERS2" :
				    "UEFI_HANDOFF_TABLE_POINTERS";
	struct att_handoff h = { .entry_size = ATT_GUID_SIZE + width };
	struct att_cur c = att_cur_of(data);
	uint64_t count = 0;

	if (!get_description(&c, second, &h.description) ||
	    !get_uintn(&c, width, &count))
		return att_err_at(err, ATT_E_SHORT, c.off,
		    "%s (PFP 10.2) ends within its header", what);
	if (count > c.left / h.entry_size)
		return att_err_at(err, ATT_E_SHORT, c.off,
		    "%s (PFP 10.2): %llu tables in %zu bytes", what,
		    (unsigned long long)count, c.left);
	if (count > ATT_HANDOFF_TABLES_MAX)
		return att_err_at(err, ATT_E_LIMIT, c.off,
		    "%s (PFP 10.2): %llu tables, at most %d are taken", what,
		    (unsigned long long)count, ATT_HANDOFF_TABLES_MAX);
	h.count = (size_t)count;
	if (!att_cur_bytes(&c, count * h.entry_size, &h.entries) ||
	    !att_cur_empty(&c))
		return trailing(&c, what, err);
	*ret = h;
	return 0;
}

int
att_handoff_parse(struct att_slice data, bool second, struct att_handoff *ret,
    struct att_err *err)
{
	int r = parse_handoff(data, second, sizeof(uint64_t), ret, err);

	if (r < 0 &&
	    parse_handoff(data, second, sizeof(uint32_t), ret, NULL) == 0)
		return 0;
	return r;
}

bool
att_handoff_get(const struct att_handoff *h, size_t i,
    uint8_t ret_guid[static ATT_GUID_SIZE], uint64_t *ret_pointer)
{
	struct att_cur c = att_cur_of(h->entries);

	return i < h->count && att_cur_skip(&c, i * h->entry_size) &&
	    att_cur_copy(&c, ret_guid, ATT_GUID_SIZE) &&
	    get_uintn(&c, h->entry_size - ATT_GUID_SIZE, ret_pointer);
}

int
att_handoff_describe(struct att_slice data, bool second, struct att_fields f,
    struct att_err *err)
{
	uint8_t guid[ATT_GUID_SIZE];
	struct att_handoff h;
	struct att_fields all;
	uint64_t pointer;
	int r;

	if ((r = att_handoff_parse(data, second, &h, err)) < 0)
		return r;
	if (second)
		att_fields_text(f, "description", h.description);
	all = att_fields_array(f, "tables");
	for (size_t i = 0; att_handoff_get(&h, i, guid, &pointer); i++) {
		struct att_fields one = att_fields_object(all, NULL);

		att_fields_guid(one, "table", guid);
		att_fields_address(one, "pointer", pointer);
	}
	return 0;
}
