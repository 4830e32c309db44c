#include "eventlog/gpt.h"

#define ENTRY_MIN 128	/* UEFI 2.10, table 5.6 */
#define NAME_SIZE 72	/* bytes of PartitionName */

static int
cut(const struct att_cur *c, const char *what, struct att_err *err)
{
	return att_err_at(err, ATT_E_SHORT, c->off,
	    "UEFI_GPT_DATA (PFP 10.2) ends within %s", what);
}

/* The 92 bytes of the table's header; its checksums cover more than is here. */
static bool
read_header(struct att_cur *c, struct att_slice *signature,
    struct att_gpt *g)
{
	return att_cur_bytes(c, 8, signature) &&
	    att_cur_le32(c, &g->revision) &&
	    att_cur_skip(c, 4 + 4 + 4 + 8 + 8) &&
	    att_cur_le64(c, &g->first_lba) && att_cur_le64(c, &g->last_lba) &&
	    att_cur_copy(c, g->disk, sizeof(g->disk)) &&
	    att_cur_skip(c, 8 + 4) && att_cur_le32(c, &g->entry_size) &&
	    att_cur_skip(c, 4);
}

int
att_gpt_parse(struct att_slice data, struct att_gpt *ret, struct att_err *err)
{
	struct att_cur c = att_cur_of(data);
	struct att_slice signature;
	struct att_gpt g = { 0 };
	uint64_t count = 0;

	if (!read_header(&c, &signature, &g) || !att_cur_le64(&c, &count))
		return cut(&c, "its header", err);
	if (!att_slice_is(signature, "EFI PART"))
		return att_err_at(err, ATT_E_FORMAT, 0,
		    "UEFI_GPT_DATA (UEFI 5.3.2): no \"EFI PART\"");
	if (g.entry_size < ENTRY_MIN)
		return att_err_at(err, ATT_E_FORMAT, 84,
		    "UEFI_GPT_DATA (UEFI 5.3.2): entries of %u bytes, at "
		    "least %d", g.entry_size, ENTRY_MIN);
	if (count > ATT_GPT_ENTRIES_MAX)
		return att_err_at(err, ATT_E_LIMIT, 92,
		    "UEFI_GPT_DATA (PFP 10.2): %llu partitions, at most %d "
		    "are taken", (unsigned long long)count,
		    ATT_GPT_ENTRIES_MAX);
	g.count = (size_t)count;
	if (!att_cur_bytes(&c, count * g.entry_size, &g.entries))
		return cut(&c, "its partitions", err);
	if (!att_cur_empty(&c))
		return att_err_at(err, ATT_E_TRAILING, c.off,
		    "UEFI_GPT_DATA (PFP 10.2): %zu bytes behind its end",
		    c.left);
	*ret = g;
	return 0;
}

bool
att_gpt_entry(const struct att_gpt *g, size_t i, struct att_gpt_entry *ret)
{
	struct att_cur c = att_cur_of(g->entries);

	return i < g->count &&
	    att_cur_skip(&c, (uint64_t)i * g->entry_size) &&
	    att_cur_copy(&c, ret->type, sizeof(ret->type)) &&
	    att_cur_copy(&c, ret->unique, sizeof(ret->unique)) &&
	    att_cur_le64(&c, &ret->first_lba) &&
	    att_cur_le64(&c, &ret->last_lba) &&
	    att_cur_le64(&c, &ret->attributes) &&
	    att_cur_bytes(&c, NAME_SIZE, &ret->name);
}

int
att_gpt_describe(struct att_slice data, struct att_fields f,
    struct att_err *err)
{
	struct att_gpt_entry e;
	struct att_fields all;
	struct att_gpt g;
	int r;

	if ((r = att_gpt_parse(data, &g, err)) < 0)
		return r;
	att_fields_guid(f, "disk", g.disk);
	att_fields_uint(f, "first_lba", g.first_lba);
	att_fields_uint(f, "last_lba", g.last_lba);
	all = att_fields_array(f, "partitions");
	for (size_t i = 0; att_gpt_entry(&g, i, &e); i++) {
		struct att_fields one = att_fields_object(all, NULL);

		att_fields_utf16(one, "name", e.name);
		att_fields_guid(one, "type", e.type);
		att_fields_guid(one, "unique", e.unique);
		att_fields_uint(one, "first_lba", e.first_lba);
		att_fields_uint(one, "last_lba", e.last_lba);
		att_fields_address(one, "attributes", e.attributes);
	}
	return 0;
}
