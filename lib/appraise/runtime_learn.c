#include "appraise/runtime_learn.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "appraise/runtime.h"
#include "base/encoding.h"
#include "crypto/pubkey.h"

#define ID_TEXT (2 * ATT_IMA_KEY_ID_SIZE + 1)

/* True if the list of digests has this one, as a policy writes it. */
static bool
has_digest(const json_t *digests, const struct att_ima_digest *d)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(256);

	att_buf_printf(&b, "%s:", att_alg_name(d->alg));
	att_hex_put(&b, d->digest);
	for (size_t i = 0; i < json_array_size(digests); i++) {
		const char *s = json_string_value(json_array_get(digests, i));

		if (s != NULL && att_slice_is(att_buf_view(&b), s))
			return true;
	}
	return false;
}

/* True if the entry is of a buffer that the document has by its digest. */
static bool
is_listed(const json_t *doc, const struct att_runtime_entry *e)
{
	const json_t *buffers = json_object_get(doc, "buffers");
	char name[ATT_IMA_PATH_MAX + 1];

	if (!e->readable || e->violation || !e->buffer ||
	    e->subject.digest.alg == 0 ||
	    e->subject.path.len >= sizeof(name))
		return false;
	memcpy(name, e->subject.path.data, e->subject.path.len);
	name[e->subject.path.len] = '\0';
	return has_digest(json_object_get(buffers, name),
	    &e->subject.digest);
}

static bool
has_key(const json_t *keys, const char *id)
{
	for (size_t i = 0; i < json_array_size(keys); i++) {
		const char *s = json_string_value(json_object_get(
		    json_array_get(keys, i), "id"));

		if (s != NULL && strcmp(s, id) == 0)
			return true;
	}
	return false;
}

static int
add_key(json_t *keys, struct att_slice der, size_t *added,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf pem =
	    ATT_BUF(ATT_IMA_KEY_PEM_MAX);
	AUTO(att_pubkey_free) struct att_pubkey *key = NULL;
	AUTO(att_json_decref) json_t *j = json_object();
	struct att_err why = { 0 };
	char text[ID_TEXT];
	uint32_t id;
	int r;

	r = att_ima_key_read(der, &key, &id, &why);
	if (r < 0 && att_code_kind(r) != ATT_KIND_SYSTEM)
		return 0;	/* another buffer, or a kind not taken */
	if (r < 0)
		return att_err_set(err, r, "%s", why.text);
	snprintf(text, sizeof(text), "%08" PRIx32, id);
	if (has_key(keys, text))
		return 0;
	if ((r = att_pubkey_to_pem(key, &pem, err)) < 0 ||
	    (r = att_json_put(j, "pem", json_stringn((const char *)pem.data,
		 pem.len), err)) < 0 ||
	    (r = att_json_put(j, "id", json_string(text), err)) < 0 ||
	    (r = att_json_add(keys, take(&j), err)) < 0)
		return r;
	(*added)++;
	return 0;
}

static int
learn(const json_t *doc, json_t *keys, const struct att_ima_list *list,
    struct att_hasher *h, size_t *added, struct att_err *err)
{
	AUTO_DONE(att_ima_done)
	struct att_ima_iter it = att_ima_begin(list, h);
	struct att_ima_entry e;
	int r;

	while ((r = att_ima_next(&it, &e, err)) > 0) {
		struct att_runtime_entry entry;

		if ((r = att_runtime_read(&e, h, &entry, err)) < 0 ||
		    (is_listed(doc, &entry) &&
			(r = add_key(keys, entry.bytes, added, err)) < 0))
			return r;
	}
	return r;
}

int
att_runtime_learn(json_t *doc, const struct att_ima_list *list,
    struct att_hasher *h, size_t *ret_added, struct att_err *err)
{
	json_t *keys = json_object_get(doc, "keys");
	size_t added = 0;
	int r;

	if (keys == NULL) {
		keys = json_array();
		if ((r = att_json_put(doc, "keys", keys, err)) < 0)
			return r;
	}
	if ((r = learn(doc, keys, list, h, &added, err)) < 0)
		return r;
	*ret_added = added;
	return 0;
}
