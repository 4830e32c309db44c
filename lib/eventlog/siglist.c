#include "eventlog/siglist.h"

/* SignatureType and three sizes */
#define LIST_HEADER (ATT_GUID_SIZE + 3 * 4)
#define SHA256_SIZE 32

static int
cut(const struct att_cur *c, const char *what, struct att_err *err)
{
	return att_err_at(err, ATT_E_SHORT, c->off,
	    "EFI_SIGNATURE_LIST (UEFI 32.4.1) ends within %s", what);
}

/*
 * Each size is checked against what the list has left, so that none can make
 * the next one wrap, and a list always moves on.
 */
int
att_siglist_next(struct att_cur *c, struct att_siglist *ret,
    struct att_err *err)
{
	uint32_t list_size = 0, header_size = 0;
	struct att_siglist l = { 0 };
	struct att_cur at = *c, body;

	if (att_cur_empty(c))
		return 0;
	if (!att_cur_copy(&at, l.type, sizeof(l.type)) ||
	    !att_cur_le32(&at, &list_size) ||
	    !att_cur_le32(&at, &header_size) ||
	    !att_cur_le32(&at, &l.signature_size))
		return cut(&at, "its header", err);
	if (list_size < LIST_HEADER ||
	    !att_cur_child(&at, list_size - LIST_HEADER, &body))
		return att_err_at(err, ATT_E_FORMAT, c->off,
		    "EFI_SIGNATURE_LIST (UEFI 32.4.1) of %u bytes, must be %d "
		    "to %zu", list_size, LIST_HEADER, c->left);
	if (!att_cur_bytes(&body, header_size, &l.header))
		return cut(&body, "SignatureHeader", err);
	if (l.signature_size < ATT_GUID_SIZE ||
	    body.left % l.signature_size != 0)
		return att_err_at(err, ATT_E_FORMAT, body.off,
		    "EFI_SIGNATURE_LIST (UEFI 32.4.1): %zu bytes of "
		    "signatures of %u bytes each", body.left,
		    l.signature_size);
	l.signatures = att_cur_rest(&body);
	l.count = body.left / l.signature_size;
	*c = at;
	*ret = l;
	return 1;
}

static bool
get_signature(struct att_cur *c, size_t size, struct att_signature *ret)
{
	return size >= ATT_GUID_SIZE &&
	    att_cur_copy(c, ret->owner, sizeof(ret->owner)) &&
	    att_cur_bytes(c, size - ATT_GUID_SIZE, &ret->data);
}

bool
att_siglist_get(const struct att_siglist *l, size_t i,
    struct att_signature *ret)
{
	struct att_cur c = att_cur_of(l->signatures);

	return i < l->count && att_cur_skip(&c, i * l->signature_size) &&
	    get_signature(&c, l->signature_size, ret);
}

/* -- describing ----------------------------------------------------------- */

/* SEQUENCE, and a length of two bytes that reaches exactly to the end. */
static bool
is_certificate(struct att_slice s)
{
	return s.len >= 4 && s.data[0] == 0x30 && s.data[1] == 0x82 &&
	    (size_t)(s.data[2] << 8 | s.data[3]) == s.len - 4;
}

static void
put_certificate(struct att_fields f, struct att_slice der)
{
	att_fields_sha256(f, "certificate_sha256", der);
	att_fields_uint(f, "certificate_size", der.len);
}

static void
put_signature(struct att_fields f, const struct att_signature *s)
{
	att_fields_guid(f, "owner", s->owner);
	if (is_certificate(s->data))
		put_certificate(f, s->data);
	else
		att_fields_hex(f, s->data.len == SHA256_SIZE ? "sha256" :
							       "data_hex",
		    s->data);
}

static int
put_list(struct att_fields f, const struct att_siglist *l, size_t *room,
    struct att_err *err)
{
	struct att_cur c = att_cur_of(l->signatures);
	struct att_signature s;
	struct att_fields all;

	att_fields_guid(f, "type", l->type);
	att_fields_uint(f, "count", l->count);
	if (l->header.len > 0)
		att_fields_hex(f, "header_hex", l->header);
	all = att_fields_array(f, "signatures");
	while (!att_cur_empty(&c) && get_signature(&c, l->signature_size, &s)) {
		if ((*room)-- == 0)
			return att_err_set(err, ATT_E_LIMIT,
			    "over %d signatures are not taken",
			    ATT_SIGNATURES_MAX);
		put_signature(att_fields_object(all, NULL), &s);
	}
	return 0;
}

int
att_siglist_describe(struct att_cur c, struct att_fields f,
    struct att_err *err)
{
	struct att_fields lists = att_fields_array(f, "lists");
	size_t room = ATT_SIGNATURES_MAX;
	struct att_siglist l;
	int r;

	while ((r = att_siglist_next(&c, &l, err)) == 1)
		if ((r = put_list(att_fields_object(lists, NULL), &l, &room,
			 err)) < 0)
			return r;
	return r;
}

int
att_signature_describe(struct att_cur c, struct att_fields f,
    struct att_err *err)
{
	struct att_slice bytes = att_cur_rest(&c);
	struct att_signature s;

	if (is_certificate(bytes)) {
		put_certificate(f, bytes);
		return 0;
	}
	if (!get_signature(&c, bytes.len, &s))
		return att_err_at(err, ATT_E_SHORT, c.off,
		    "EFI_SIGNATURE_DATA (UEFI 32.4.1) of %zu bytes, at least "
		    "%d", bytes.len, ATT_GUID_SIZE);
	put_signature(f, &s);
	return 0;
}
