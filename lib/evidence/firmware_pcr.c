#include "evidence/firmware_pcr.h"

#include <string.h>

#include "evidence/bundle.h"

/* Integers that every reader of JSON holds exactly (RFC 7493, 2.2). */
#define INTEGER_MAX ((json_int_t)1 << 53)

static bool
is_plain(const char *s, size_t len, bool ascii)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x20 || c == 0x7f || (ascii && c > 0x7f))
			return false;
	}
	return true;
}

static int check(json_t *j, struct att_err *err);

static int
check_object(json_t *j, struct att_err *err)
{
	const char *name;
	json_t *v;
	int r;

	json_object_foreach (j, name, v) {
		if (!is_plain(name, strlen(name), true))
			return att_err_set(err, ATT_E_FORMAT,
			    "a name in it is not printable ASCII");
		if ((r = check(v, err)) < 0) {
			att_err_prefix(err, "\"%.40s\"", name);
			return r;
		}
	}
	return 0;
}

static int
check_array(const json_t *j, struct att_err *err)
{
	int r;

	for (size_t i = 0; i < json_array_size(j); i++)
		if ((r = check(json_array_get(j, i), err)) < 0) {
			att_err_prefix(err, "entry %zu", i);
			return r;
		}
	return 0;
}

/* That there is one way to write it; no deeper than ATT_JSON_DEPTH_MAX. */
static int
check(json_t *j, struct att_err *err)
{
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		return check_object(j, err);
	case JSON_ARRAY:
		return check_array(j, err);
	case JSON_STRING:
		if (!is_plain(json_string_value(j), json_string_length(j),
			false))
			return att_err_set(err, ATT_E_FORMAT,
			    "a text has control characters");
		return 0;
	case JSON_INTEGER:
		if (json_integer_value(j) >= INTEGER_MAX ||
		    json_integer_value(j) <= -INTEGER_MAX)
			return att_err_set(err, ATT_E_FORMAT,
			    "a number has more than 53 bits");
		return 0;
	case JSON_REAL:
		return att_err_set(err, ATT_E_FORMAT,
		    "a number is no integer");
	default:
		return 0;
	}
}

int
att_firmware_stable(struct att_slice claims, struct att_buf *ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *doc = NULL;
	json_t *firmware = NULL;
	int r;

	if ((r = att_json_parse(claims, ATT_ITEM_MAX, &doc, err)) < 0 ||
	    (r = att_json_obj(doc, "firmware", &firmware, err)) < 0)
		return r;
	if ((r = check(firmware, err)) < 0) {
		att_err_prefix(err, "member \"firmware\"");
		return r;
	}
	return att_json_write(firmware, ret, err);
}

int
att_firmware_pcr(struct att_slice stable, uint16_t alg,
    struct att_digest *ret_extend, struct att_digest *ret_value,
    struct att_err *err)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	static const uint8_t zero[ATT_DIGEST_MAX];
	struct att_digest extend, value;
	int r;

	if (h == NULL)
		return att_err_nomem(err);
	if ((r = att_hasher_one(h, alg, stable, &extend, err)) < 0 ||
	    (r = att_hasher_two(h, alg, (struct att_slice){ zero,
		 extend.len }, att_digest_view(&extend), &value, err)) < 0)
		return r;
	*ret_extend = extend;
	*ret_value = value;
	return 0;
}
