#include "eventlog/fields.h"

#include <stdio.h>

#include "eventlog/guid.h"
#include "eventlog/logtext.h"

#define NAME_MAX_ 64	/* bytes of a member's name with its suffix */

struct att_fields
att_fields_begin(json_t *json, bool *failed)
{
	*failed = json == NULL;
	return (struct att_fields){ json, failed };
}

int
att_fields_ok(struct att_fields f, struct att_err *err)
{
	return *f.failed ? att_err_nomem(err) : 0;
}

/* Takes `v`; returns it, now f's, or NULL. */
static json_t *
put(struct att_fields f, const char *name, json_t *v)
{
	int r;

	if (f.json == NULL) {
		json_decref(v);
		return NULL;
	}
	r = name == NULL ? json_array_append_new(f.json, v) :
			   json_object_set_new_nocheck(f.json, name, v);
	if (r == 0)
		return v;
	*f.failed = true;
	return NULL;
}

struct att_fields
att_fields_object(struct att_fields f, const char *name)
{
	return (struct att_fields){ put(f, name, json_object()), f.failed };
}

struct att_fields
att_fields_array(struct att_fields f, const char *name)
{
	return (struct att_fields){ put(f, name, json_array()), f.failed };
}

void
att_fields_buf(struct att_fields f, const char *name, const struct att_buf *b)
{
	if (b->failed)
		*f.failed = true;
	else
		put(f, name, json_stringn(b->len == 0 ? "" : (char *)b->data,
				 b->len));
}

void
att_fields_uint(struct att_fields f, const char *name, uint64_t v)
{
	if (v > INT64_MAX)
		att_fields_address(f, name, v);
	else
		put(f, name, json_integer((json_int_t)v));
}

void
att_fields_bool(struct att_fields f, const char *name, bool v)
{
	put(f, name, json_boolean(v));
}

void
att_fields_address(struct att_fields f, const char *name, uint64_t v)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "0x%llx", (unsigned long long)v);
	att_fields_str(f, name, text);
}

void
att_fields_str(struct att_fields f, const char *name, const char *text)
{
	put(f, name, json_string(text));
}

void
att_fields_text(struct att_fields f, const char *name, struct att_slice s)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(SIZE_MAX / 2);

	att_text_put_path(&b, att_logtext_until_nul(s));
	att_fields_buf(f, name, &b);
}

void
att_fields_utf16(struct att_fields f, const char *name, struct att_slice s)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(SIZE_MAX / 2);

	att_text_put_path_utf16le(&b, att_logtext_until_nul16(s));
	att_fields_buf(f, name, &b);
}

void
att_fields_hex(struct att_fields f, const char *name, struct att_slice s)
{
	put(f, name, att_json_hex_of(s));
}

static void
with_suffix(char ret[static NAME_MAX_], const char *name, const char *suffix)
{
	(void)snprintf(ret, NAME_MAX_, "%s_%s", name, suffix);
}

void
att_fields_any(struct att_fields f, const char *name, struct att_slice s)
{
	char hex[NAME_MAX_];

	with_suffix(hex, name, "hex");
	if (att_logtext_is_utf16(s))
		att_fields_utf16(f, name, s);
	else if (att_logtext_is_ascii(s))
		att_fields_text(f, name, s);
	else
		att_fields_hex(f, hex, s);
}

void
att_fields_guid(struct att_fields f, const char *name,
    const uint8_t guid[static ATT_GUID_SIZE])
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(64);
	const char *called = att_guid_name(guid);
	char called_name[NAME_MAX_];

	att_text_put_guid(&b, guid);
	att_fields_buf(f, name, &b);
	if (called == NULL)
		return;
	with_suffix(called_name, name, "name");
	att_fields_str(f, called_name, called);
}

void
att_fields_sha256(struct att_fields f, const char *name, struct att_slice s)
{
	struct att_digest d;

	if (att_digest_of(ATT_ALG_SHA256, s, &d, NULL) < 0)
		*f.failed = true;
	else
		att_fields_hex(f, name, att_digest_view(&d));
}
