#include "protocol/message.h"

#include <string.h>

#include "base/text.h"
#include "protocol/timestamp.h"

void
att_keep_done(struct att_keep *k)
{
	json_decref(k->json);
	for (size_t i = 0; i < k->count; i++)
		att_buf_done(&k->buf[i]);
	*k = (struct att_keep){ 0 };
}

static int
keep_base64(struct att_keep *k, const json_t *obj, const char *name,
    size_t max, struct att_slice *ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(max);
	int r;

	if (k->count == ATT_KEEP_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "over %d members in base64", ATT_KEEP_MAX);
	if ((r = att_json_base64(obj, name, &b, err)) < 0)
		return r;
	if (b.len == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"%s\" is empty", name);
	*ret = att_buf_view(&b);
	k->buf[k->count++] = b;
	b = (struct att_buf){ 0 };
	return 0;
}

int
att_keep_base64(struct att_keep *k, const json_t *obj, const char *name,
    size_t max, struct att_slice *ret, struct att_pointer *where,
    struct att_err *err)
{
	return att_pointer_at(keep_base64(k, obj, name, max, ret, err), where,
	    name);
}

int
att_keep_object(struct att_keep *k, struct att_slice body, json_t **ret,
    struct att_err *err)
{
	int r = att_json_parse(body, ATT_MESSAGE_MAX, &k->json, err);

	if (r < 0)
		return r;
	if (!json_is_object(k->json))
		return att_err_set(err, ATT_E_FORMAT,
		    "the message must be a JSON object");
	*ret = k->json;
	return 0;
}

/* -- frame ---------------------------------------------------------------- */

static int
check_members(json_t *root, struct att_err *err)
{
	static const char *const top[] = { "data", "errors", "jsonapi",
		"links", "meta", NULL };
	static const char *const inside[] = { "attributes", "id", "links",
		"meta", "type", NULL };
	json_t *data = NULL;
	int r;

	if ((r = att_json_only(root, top, err)) < 0 ||
	    (r = att_json_obj(root, "data", &data, err)) < 0)
		return r;
	if ((r = att_json_only(data, inside, err)) < 0)
		att_err_prefix(err, "data");
	return r;
}

static int
open_frame(json_t *root, const char *type, json_t **ret_data,
    json_t **ret_attributes, struct att_err *err)
{
	const char *is = NULL;
	json_t *data = NULL;
	int r;

	if ((r = att_json_obj(root, "data", &data, err)) < 0)
		return r;
	if ((r = att_json_str(data, "type", &is, err)) < 0 ||
	    (r = att_json_obj(data, "attributes", ret_attributes, err)) < 0) {
		att_err_prefix(err, "data");
		return r;
	}
	if (strcmp(is, type) != 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "data: type must be \"%s\"", type);
	*ret_data = data;
	return 0;
}

static int
parse(struct att_slice body, size_t max, bool strict, const char *type,
    struct att_keep *k, json_t **ret_data, json_t **ret_attributes,
    struct att_err *err)
{
	int r;

	if ((r = att_json_parse(body, max, &k->json, err)) < 0)
		return r;
	if (!json_is_object(k->json))
		return att_err_set(err, ATT_E_FORMAT,
		    "the message must be a JSON object");
	if (strict && (r = check_members(k->json, err)) < 0)
		return r;
	return open_frame(k->json, type, ret_data, ret_attributes, err);
}

int
att_message_parse(struct att_slice body, size_t max, const char *type,
    struct att_keep *k, json_t **ret_data, json_t **ret_attributes,
    struct att_err *err)
{
	return parse(body, max, true, type, k, ret_data, ret_attributes, err);
}

int
att_answer_parse(struct att_slice body, const char *type, struct att_keep *k,
    json_t **ret_data, json_t **ret_attributes, struct att_err *err)
{
	return parse(body, ATT_MESSAGE_MAX, false, type, k, ret_data,
	    ret_attributes, err);
}

int
att_message_at(int r, struct att_pointer *where)
{
	return att_pointer_at(r, where, "data/attributes");
}

int
att_message_write_plain(json_t *j, struct att_buf *ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *own = j;

	return own == NULL ? att_err_nomem(err) :
			     att_json_write(own, ret, err);
}

int
att_message_write(const struct att_frame *f, struct att_buf *ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *root = json_object();
	AUTO(att_json_decref) json_t *data = json_object();
	AUTO(att_json_decref) json_t *attributes = f->attributes;
	AUTO(att_json_decref) json_t *meta = f->meta;
	int r;

	if ((r = att_json_put(data, "attributes", take(&attributes), err)) <
		0 ||
	    (r = att_json_put(data, "type", json_string(f->type), err)) < 0)
		return r;
	if (f->id != NULL &&
	    (r = att_json_put(data, "id", json_string(f->id), err)) < 0)
		return r;
	if (f->self != NULL &&
	    (r = att_json_put(data, "links",
		 json_pack("{s:s}", "self", f->self), err)) < 0)
		return r;
	if (meta != NULL &&
	    (r = att_json_put(root, "meta", take(&meta), err)) < 0)
		return r;
	if ((r = att_json_put(root, "data", take(&data), err)) < 0)
		return r;
	return att_json_write(root, ret, err);
}

/* -- texts, digests, times ------------------------------------------------ */

json_t *
att_message_text(const char *text)
{
	char s[ATT_MESSAGE_TEXT_MAX + 1];
	const char *t = text == NULL ? "" : text;
	size_t n = strnlen(t, ATT_MESSAGE_TEXT_MAX + 1);

	if (n <= ATT_MESSAGE_TEXT_MAX && att_text_is_clean(att_slice_of(t)))
		return json_string(t);
	n = ATT_MIN(n, (size_t)ATT_MESSAGE_TEXT_MAX);
	for (size_t i = 0; i < n; i++)
		s[i] = (char)(t[i] >= ' ' && t[i] <= '~' && t[i] != '\\' ?
			t[i] : '?');
	return json_stringn(s, n);
}

int
att_message_text_opt(const json_t *obj, const char *name, const char **ret,
    struct att_pointer *where, struct att_err *err)
{
	const char *s = NULL;
	int r = att_json_str_opt(obj, name, &s, err);

	if (r >= 0 && s != NULL &&
	    (strlen(s) > ATT_MESSAGE_TEXT_MAX ||
		!att_text_is_clean(att_slice_of(s))))
		r = att_err_set(err, ATT_E_FORMAT,
		    "member \"%s\" must be clean text of at most %d bytes",
		    name, ATT_MESSAGE_TEXT_MAX);
	if (r < 0)
		return att_pointer_at(r, where, name);
	if (s != NULL)
		*ret = s;
	return 0;
}

int
att_message_sha256_opt(const json_t *obj, const char *name,
    struct att_digest *ret, struct att_pointer *where, struct att_err *err)
{
	const char *s = NULL;
	int r = att_json_str_opt(obj, name, &s, err);

	if (r >= 0 && s != NULL)
		r = s[strspn(s, "0123456789abcdef")] != '\0' ?
		    att_err_set(err, ATT_E_FORMAT,
			"member \"%s\" must be lower-case hex", name) :
		    att_json_digest(obj, name, ATT_ALG_SHA256, ret, err);
	return att_pointer_at(r, where, name);
}

int64_t
att_message_time(const json_t *obj, const char *name)
{
	const char *s = json_string_value(json_object_get(obj, name));
	int64_t t = 0;

	return s != NULL && att_timestamp_parse(s, &t, NULL) == 0 ? t : 0;
}
