#include "posture/tree.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cur.h"
#include "base/file.h"

/* -- reading --------------------------------------------------------------- */

int
att_tree_read(const struct att_tree *t, const char *path,
    struct att_buf *ret, struct att_err *err)
{
	int r = att_sysfs_read(t->root, path, ret, err);

	return r == ATT_E_FORMAT ? att_err_set(err, r, "is no file") : r;
}

bool
att_tree_has(const struct att_tree *t, const char *path)
{
	AUTO(free) char *full = att_path_join(t->root, path);
	struct stat st;

	return full != NULL && stat(full, &st) == 0;
}

int
att_tree_list(const struct att_tree *t, const char *path,
    struct att_names *ret, struct att_err *err)
{
	AUTO(free) char *full = att_path_join(t->root, path);

	return full == NULL ? att_err_nomem(err) :
			      att_sysfs_list(full, ret, err);
}

/* -- what has no value ----------------------------------------------------- */

/* Without a path or a number: it is the same at each boot. */
static enum att_posture_result
reason_of(const struct att_err *why, const char **ret)
{
	if (why->code == ATT_E_NOT_FOUND ||
	    (why->code == ATT_E_SYS && why->sub == ENOTDIR)) {
		*ret = "is not there";
		return ATT_POSTURE_NOT_AVAILABLE;
	}
	if (why->code == ATT_E_LIMIT)
		*ret = "is larger than is taken";
	else if (why->code == ATT_E_SYS)
		*ret = strerror((int)why->sub);
	else
		*ret = why->text;
	return ATT_POSTURE_FAILED;
}

int
att_tree_failed(struct att_tree *t, const char *name,
    enum att_posture_path path, const struct att_err *why,
    struct att_err *err)
{
	const char *reason;
	enum att_posture_result result = reason_of(why, &reason);

	if (why->code == ATT_E_NOMEM)
		return att_err_nomem(err);
	return att_posture_add_failed(t->to, name, path, result, reason, err);
}

int
att_tree_keys_failed(struct att_posture_keys *k, const struct att_err *why,
    struct att_err *err)
{
	const char *reason;
	enum att_posture_result result = reason_of(why, &reason);

	if (why->code == ATT_E_NOMEM)
		return att_err_nomem(err);
	return att_posture_keys_set_failed(k, result, reason, err);
}

int
att_tree_add(struct att_tree *t, const char *name,
    enum att_posture_path path, json_t *value, struct att_err *err)
{
	struct att_err why = { 0 };
	int r = att_posture_add(t->to, name, path, value, &why);

	if (r == ATT_E_FORMAT)
		return att_posture_add_failed(t->to, name, path,
		    ATT_POSTURE_FAILED, "has another form", err);
	return r < 0 ? att_err_set(err, why.code, "%s", why.text) : 0;
}

/* -- values ---------------------------------------------------------------- */

struct att_slice
att_tree_trim(struct att_slice s)
{
	while (s.len > 0 && (s.data[s.len - 1] == '\n' ||
		s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
		s.len--;
	return s;
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The texts of `from`, which has no more than fit, in order and once each. */
static int
add_sorted(json_t *to, const json_t *from)
{
	const char *text[ATT_POSTURE_LIST_MAX];
	size_t n = json_array_size(from);

	for (size_t i = 0; i < n; i++)
		text[i] = json_string_value(json_array_get(from, i));
	if (n > 1)
		qsort(text, n, sizeof(text[0]), compare_texts);
	for (size_t i = 0; i < n; i++)
		if ((i == 0 || strcmp(text[i - 1], text[i]) != 0) &&
		    json_array_append_new(to, json_string(text[i])) != 0)
			return -1;
	return 0;
}

json_t *
att_tree_sorted(json_t *list)
{
	AUTO(att_json_decref) json_t *from = list;
	AUTO(att_json_decref) json_t *to = NULL;

	/* one that is too long is refused where it is added */
	if (from == NULL || json_array_size(from) > ATT_POSTURE_LIST_MAX)
		return take(&from);
	if ((to = json_array()) == NULL || add_sorted(to, from) < 0)
		return NULL;
	return take(&to);
}

static int
odd(struct att_err *err)
{
	return att_err_set(err, ATT_E_FORMAT, "has another form");
}

static int
value_bool(struct att_slice s, json_t **ret, struct att_err *err)
{
	bool on = att_slice_is(s, "1") || att_slice_is(s, "Y");

	if (!on && !att_slice_is(s, "0") && !att_slice_is(s, "N"))
		return odd(err);
	*ret = json_boolean(on);
	return 0;
}

static int
value_int(struct att_slice s, json_t **ret, struct att_err *err)
{
	char text[20] = "", *end;

	if (s.len == 0 || s.len >= sizeof(text) ||
	    (s.data[0] != '-' && (s.data[0] < '0' || s.data[0] > '9')))
		return odd(err);
	memcpy(text, s.data, s.len);
	*ret = json_integer(strtoll(text, &end, 10));
	if (*end == '\0')
		return 0;
	json_decref(*ret);
	return odd(err);
}

/* What stands in brackets. */
static int
value_choice(struct att_slice s, json_t **ret, struct att_err *err)
{
	const uint8_t *open = s.len == 0 ? NULL : memchr(s.data, '[', s.len);
	const uint8_t *close;

	if (open == NULL)
		return odd(err);
	open++;
	s.len -= (size_t)(open - s.data);
	s.data = open;
	if ((close = memchr(s.data, ']', s.len)) == NULL)
		return odd(err);
	*ret = att_json_text((struct att_slice){ open,
	    (size_t)(close - open) });
	return 0;
}

static int
value_words(struct att_slice s, json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	int r;

	while (s.len > 0) {
		const uint8_t *comma = memchr(s.data, ',', s.len);
		size_t n = comma == NULL ? s.len : (size_t)(comma - s.data);
		size_t step = comma == NULL ? n : n + 1;

		if ((r = att_json_add(list, att_json_text((struct att_slice){
			 s.data, n }), err)) < 0)
			return r;
		s.data += step;
		s.len -= step;
	}
	*ret = att_tree_sorted(take(&list));
	return 0;
}

/* *ret may be NULL without memory. */
static int
value_of(struct att_slice s, enum att_tree_kind kind, json_t **ret,
    struct att_err *err)
{
	switch (kind) {
	case ATT_TREE_BOOL:
		return value_bool(s, ret, err);
	case ATT_TREE_INT:
		return value_int(s, ret, err);
	case ATT_TREE_CHOICE:
		return value_choice(s, ret, err);
	case ATT_TREE_WORDS:
		return value_words(s, ret, err);
	case ATT_TREE_TEXT:
		break;
	}
	*ret = att_json_text(s);
	return 0;
}

int
att_tree_claim(struct att_tree *t, const char *name,
    enum att_posture_path path, const char *file, enum att_tree_kind kind,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_TREE_FILE_MAX);
	struct att_err why = { 0 };
	json_t *value = NULL;

	if (att_tree_read(t, file, &b, &why) < 0 ||
	    value_of(att_tree_trim(att_buf_view(&b)), kind, &value, &why) < 0)
		return att_tree_failed(t, name, path, &why, err);
	return att_tree_add(t, name, path, value, err);
}
