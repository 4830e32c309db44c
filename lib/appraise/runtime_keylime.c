#include "appraise/runtime_keylime.h"

#include <string.h>

#include "appraise/pattern.h"
#include "appraise/runtime.h"

/* Keyrings that the kernel measures keys of; "*" stands for all of them. */
static const char *const kernel_keyrings[] = { ".builtin_trusted_keys",
	".secondary_trusted_keys", ".machine", ".platform", ".blacklist",
	".ima", ".evm", ".ima_blacklist" };

static void
note(struct att_runtime_notes *n, const char *text)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->note[i] == text)
			return;
	if (n->count < ATT_RUNTIME_NOTES_MAX)
		n->note[n->count++] = text;
}

/* The algorithm of a digest that is nothing but hex. */
static const char *
alg_of(const char *hex)
{
	switch (strlen(hex)) {
	case 40:
		return "sha1";
	case 64:
		return "sha256";
	case 96:
		return "sha384";
	case 128:
		return "sha512";
	default:
		return NULL;
	}
}

static int
add_digest(json_t *list, const char *hex, struct att_runtime_notes *notes,
    struct att_err *err)
{
	const char *alg = hex == NULL ? NULL : alg_of(hex);
	json_t *text;

	if (hex == NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "a digest must be a hex string");
	if (alg == NULL) {
		note(notes, "digests of an unknown length are left out");
		return 0;
	}
	text = json_sprintf("%s:%s", alg, hex);
	return att_json_add(list, text, err);
}

/* Adds {name: [hex, ...]} of `member` to `ret`, as ours has it. */
static int
add_names(const json_t *doc, const char *member, json_t *ret,
    struct att_runtime_notes *notes, struct att_err *err)
{
	json_t *from = json_object_get(doc, member), *list;
	const char *name;
	int e;

	if (from == NULL || json_is_null(from))
		return 0;
	if (!json_is_object(from))
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"%s\" must be an object", member);
	json_object_foreach (from, name, list) {
		AUTO(att_json_decref) json_t *mine = json_array();

		if (mine == NULL)
			return att_err_nomem(err);
		if (!json_is_array(list))
			return att_err_set(err, ATT_E_FORMAT,
			    "%s \"%.60s\" must be an array", member, name);
		for (size_t i = 0; i < json_array_size(list); i++)
			if ((e = add_digest(mine,
				 json_string_value(json_array_get(list, i)),
				 notes, err)) < 0)
				return e;
		if (json_array_size(mine) == 0)
			note(notes, "names without a digest are left out");
		else if ((e = att_json_put(ret, name, take(&mine), err)) < 0)
			return e;
	}
	return 0;
}

static int
add_any(json_t *buffers, const char *name, struct att_err *err)
{
	return att_json_put(buffers, name, json_string("any"), err);
}

/* Keys of these keyrings are taken whatever they are. */
static int
add_ignored(const json_t *ima, json_t *buffers, struct att_err *err)
{
	const json_t *list = json_object_get(ima, "ignored_keyrings");
	int e;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));

		if (s == NULL || s[0] == '\0')
			return att_err_set(err, ATT_E_FORMAT,
			    "\"ignored_keyrings\" must hold names");
		if (strcmp(s, "*") != 0) {
			if ((e = add_any(buffers, s, err)) < 0)
				return e;
			continue;
		}
		for (size_t k = 0; k < ATT_COUNT(kernel_keyrings); k++)
			if ((e = add_any(buffers, kernel_keyrings[k], err)) <
			    0)
				return e;
	}
	return 0;
}

static int
add_buffers(const json_t *doc, json_t *ret, struct att_runtime_notes *notes,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *buffers = json_object();
	const json_t *ima = json_object_get(doc, "ima"), *dm;
	int e;

	if ((e = add_names(doc, "keyrings", buffers, notes, err)) < 0 ||
	    (e = add_names(doc, "ima-buf", buffers, notes, err)) < 0 ||
	    (e = add_ignored(ima, buffers, err)) < 0)
		return e;
	dm = json_object_get(ima, "dm_policy");
	if (dm != NULL && !json_is_null(dm))
		note(notes, "dm_policy is left out: device-mapper entries "
			    "are refused");
	return att_json_put(ret, "buffers", take(&buffers), err);
}

static int
add_excludes(const json_t *doc, json_t *ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *mine = json_array();
	const json_t *list = json_object_get(doc, "excludes");
	int e;

	for (size_t i = 0; i < json_array_size(list); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
		const char *s = json_string_value(json_array_get(list, i));

		if (s == NULL)
			return att_err_set(err, ATT_E_FORMAT,
			    "\"excludes\" must hold texts");
		if ((e = att_pattern_from_python(s, &b, err)) < 0) {
			att_err_prefix(err, "excludes, \"%.60s\"", s);
			return e;
		}
		if ((e = att_json_add(mine, json_stringn(
			 (const char *)b.data, b.len), err)) < 0)
			return e;
	}
	return att_json_put(ret, "excludes", take(&mine), err);
}

/* An array, or text (PEM, or JSON of its own): "" and [] hold nothing. */
static bool
has_keys(const json_t *doc)
{
	const json_t *keys = json_object_get(doc, "verification-keys");
	const char *text = json_string_value(keys);

	return json_array_size(keys) > 0 || json_object_size(keys) > 0 ||
	    (text != NULL && text[0] != '\0');
}

static int
make(const json_t *doc, const char *id, int64_t version, json_t *ret,
    struct att_runtime_notes *notes, struct att_err *err)
{
	AUTO(att_json_decref) json_t *digests = json_object();
	int e;

	if (!json_is_object(doc) ||
	    !json_is_object(json_object_get(doc, "digests")))
		return att_err_set(err, ATT_E_FORMAT,
		    "not a runtime policy of Keylime: it has no \"digests\"");
	if ((e = add_names(doc, "digests", digests, notes, err)) < 0 ||
	    (e = att_json_put(ret, "digests", take(&digests), err)) < 0 ||
	    (e = add_excludes(doc, ret, err)) < 0 ||
	    (e = add_buffers(doc, ret, notes, err)) < 0)
		return e;
	if (has_keys(doc))
		note(notes, "verification-keys are left out: a file that "
			    "only its signature vouches for is refused");
	if ((e = att_json_put(ret, "format", json_string(ATT_RUNTIME_FORMAT),
		 err)) < 0 ||
	    (e = att_json_put(ret, "id", json_string(id), err)) < 0 ||
	    (e = att_json_put(ret, "version", json_integer(version), err)) <
		0 ||
	    (e = att_json_put(ret, "match", json_object(), err)) < 0)
		return e;
	return att_json_put(ret, "violations", json_string("excluded"), err);
}

int
att_runtime_from_keylime(struct att_slice text, const char *id,
    int64_t version, json_t **ret, struct att_runtime_notes *ret_notes,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *doc = NULL, *mine = json_object();
	struct att_runtime_notes notes = { 0 };
	int e;

	if (!att_ref_is_id(id))
		return att_err_set(err, ATT_E_USAGE,
		    "\"%.40s\" is no id of a document", id);
	if ((e = att_json_parse(text, ATT_RUNTIME_FILE_MAX, &doc, err)) < 0 ||
	    (e = make(doc, id, version, mine, &notes, err)) < 0)
		return e;
	*ret = take(&mine);
	*ret_notes = notes;
	return 0;
}
