#include "appraise/runtime_keylime.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "appraise/pattern.h"
#include "appraise/runtime.h"
#include "base/encoding.h"
#include "crypto/pubkey.h"

#define EDITION 1	/* "meta", "version" */

/* Keyrings that the kernel measures keys of; "*" stands for all of them. */
static const char *const kernel_keyrings[] = { ".builtin_trusted_keys",
	".secondary_trusted_keys", ".machine", ".platform", ".blacklist",
	".ima", ".evm", ".ima_blacklist" };

/* While one is made. */
struct import {
	const json_t *doc;
	json_t *ima;		/* its member; NULL if there is none */
	struct att_runtime_notes notes;
};

static void note(struct import *m, const char *fmt, ...) ATT_PRINTF(2, 3);

static void
note(struct import *m, const char *fmt, ...)
{
	struct att_runtime_notes *n = &m->notes;
	char text[ATT_ERR_TEXT_MAX + 1];
	struct att_err clean;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)att_err_set(&clean, ATT_E_UNSUPPORTED, "not taken: %s", text);
	if (n->count == ATT_RUNTIME_NOTES_MAX - 1)
		(void)att_err_set(&clean, ATT_E_LIMIT,
		    "not taken: more than is listed here");
	for (size_t i = 0; i < n->count; i++)
		if (strcmp(n->note[i], clean.text) == 0)
			return;
	if (n->count < ATT_RUNTIME_NOTES_MAX)
		memcpy(n->note[n->count++], clean.text, sizeof(clean.text));
}

/* A member that may be missing or null; else it is of this type. */
static int
get(const json_t *obj, const char *name, json_type type, json_t **ret,
    struct att_err *err)
{
	json_t *j = json_object_get(obj, name);

	*ret = NULL;
	if (j == NULL || json_is_null(j))
		return 0;
	if (json_typeof(j) != type)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"%s\" must be %s", name,
		    type == JSON_OBJECT ? "an object" :
		    type == JSON_ARRAY ? "an array" : "text");
	*ret = j;
	return 0;
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
add_digest(struct import *m, json_t *list, const char *hex,
    struct att_err *err)
{
	const char *alg = hex == NULL ? NULL : alg_of(hex);

	if (hex == NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "a digest must be a hex string");
	if (alg == NULL) {
		note(m, "digests of an unknown length");
		return 0;
	}
	return att_json_add(list, json_sprintf("%s:%s", alg, hex), err);
}

/* The list of this name in `ret`, made if there is none. */
static int
list_of(json_t *ret, const char *name, json_t **list, struct att_err *err)
{
	if ((*list = json_object_get(ret, name)) != NULL)
		return 0;
	*list = json_array();
	return att_json_put(ret, name, *list, err);
}

static int
add_list(struct import *m, const char *name, const json_t *from, json_t *ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *mine = json_array();
	json_t *all;
	int e;

	if (mine == NULL)
		return att_err_nomem(err);
	for (size_t i = 0; i < json_array_size(from); i++)
		if ((e = add_digest(m, mine,
			 json_string_value(json_array_get(from, i)), err)) < 0)
			return e;
	if (json_array_size(mine) == 0) {
		note(m, "names without a digest");
		return 0;
	}
	if ((e = list_of(ret, name, &all, err)) < 0)
		return e;
	return json_array_extend(all, mine) == 0 ? 0 : att_err_nomem(err);
}

/* Adds {name: [hex, ...]} of `member` to what `ret` has. */
static int
add_names(struct import *m, const char *member, json_t *ret,
    struct att_err *err)
{
	json_t *from, *list;
	const char *name;
	int e;

	if ((e = get(m->doc, member, JSON_OBJECT, &from, err)) < 0)
		return e;
	json_object_foreach (from, name, list) {
		if (!json_is_array(list))
			return att_err_set(err, ATT_E_FORMAT,
			    "%s \"%.60s\" must be an array", member, name);
		if ((e = add_list(m, name, list, ret, err)) < 0)
			return e;
	}
	if (strcmp(member, "keyrings") == 0 && json_object_size(from) > 0)
		note(m, "that keys of \"keyrings\" vouch for files: only "
		    "those that become \"keys\" do");
	return 0;
}

static int
add_any(json_t *buffers, const char *name, struct att_err *err)
{
	return att_json_put(buffers, name, json_string("any"), err);
}

/* Keys of these keyrings are taken whatever they are. */
static int
add_ignored(const struct import *m, json_t *buffers, struct att_err *err)
{
	json_t *list;
	int e;

	if ((e = get(m->ima, "ignored_keyrings", JSON_ARRAY, &list, err)) < 0)
		return e;
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
add_buffers(struct import *m, json_t *ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *buffers = json_object();
	const json_t *dm = json_object_get(m->ima, "dm_policy");
	int e;

	if ((e = add_names(m, "keyrings", buffers, err)) < 0 ||
	    (e = add_names(m, "ima-buf", buffers, err)) < 0 ||
	    (e = add_ignored(m, buffers, err)) < 0)
		return e;
	if (dm != NULL && !json_is_null(dm))
		note(m, "\"dm_policy\": entries of device-mapper are refused, "
		    "unless \"ima-buf\" has them");
	return att_json_put(ret, "buffers", take(&buffers), err);
}

static int
add_excludes(const struct import *m, json_t *ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *mine = json_array();
	json_t *list;
	int e;

	if ((e = get(m->doc, "excludes", JSON_ARRAY, &list, err)) < 0)
		return e;
	for (size_t i = 0; i < json_array_size(list); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
		const char *s = json_string_value(json_array_get(list, i));

		if (s == NULL)
			return att_err_set(err, ATT_E_FORMAT,
			    "\"excludes\" must hold texts");
		if ((e = att_pattern_from_python(s, false, &b, err)) < 0) {
			att_err_prefix(err, "excludes, \"%.60s\"", s);
			return e;
		}
		if ((e = att_json_add(mine, json_stringn(
			 (const char *)b.data, b.len), err)) < 0)
			return e;
	}
	return att_json_put(ret, "excludes", take(&mine), err);
}

/* -- keys ------------------------------------------------------------------ */

/* A key as base64 of its DER, and the number that signatures have for it. */
static int
add_key(struct import *m, size_t i, const char *text, const json_t *number,
    json_t *ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf der = ATT_BUF(ATT_SPKI_MAX);
	AUTO_DONE(att_buf_done) struct att_buf pem =
	    ATT_BUF(ATT_IMA_KEY_PEM_MAX);
	AUTO(att_pubkey_free) struct att_pubkey *key = NULL;
	AUTO(att_json_decref) json_t *mine = json_object();
	json_int_t id = json_integer_value(number);
	struct att_err why = { 0 };
	int e;

	if (text == NULL || (number != NULL && !json_is_integer(number)) ||
	    id < 0 || id > UINT32_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "must be base64, with an id of 32 bits");
	if ((e = att_base64_decode(att_slice_of(text), &der, err)) < 0)
		return e;
	e = att_pubkey_from_der(att_buf_view(&der), &key, &why);
	if (e == ATT_E_UNSUPPORTED) {
		note(m, "verification-keys, key %zu: %s", i, why.text);
		return 0;
	}
	if (e < 0)
		return att_err_set(err, e, "%s", why.text);
	if ((e = att_pubkey_to_pem(key, &pem, err)) < 0 ||
	    (e = att_json_put(mine, "pem", json_stringn(
		 (const char *)pem.data, pem.len), err)) < 0 ||
	    (id != 0 && (e = att_json_put(mine, "id", json_sprintf("%08x",
			     (unsigned)id), err)) < 0))
		return e;
	return att_json_add(ret, take(&mine), err);
}

/* {"pubkeys": [base64, ...], "keyids": [number, ...]} */
static int
add_keyring(struct import *m, const json_t *ring, json_t *ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *keys = json_array();
	json_t *list, *ids;
	int e;

	if ((e = get(ring, "pubkeys", JSON_ARRAY, &list, err)) < 0 ||
	    (e = get(ring, "keyids", JSON_ARRAY, &ids, err)) < 0)
		return e;
	for (size_t i = 0; i < json_array_size(list); i++)
		if ((e = add_key(m, i,
			 json_string_value(json_array_get(list, i)),
			 json_array_get(ids, i), keys, err)) < 0) {
			att_err_prefix(err, "key %zu", i);
			return e;
		}
	if (json_array_size(keys) > 0)
		note(m, "signatures over SHA-1, and those of type 5 (EVM's)");
	return att_json_put(ret, "keys", take(&keys), err);
}

/*
 * A keyring as text of JSON, and as text of such a text where it comes from a
 * data base. "" and [] hold nothing.
 */
static int
add_keys(struct import *m, json_t *ret, struct att_err *err)
{
	static const char *const names[] = { "meta", "pubkeys", "keyids",
		NULL };
	AUTO(att_json_decref) json_t *ring = NULL;
	json_t *text = json_object_get(m->doc, "verification-keys");
	int e;

	if (json_is_array(text) && json_array_size(text) == 0)
		return 0;
	if ((e = get(m->doc, "verification-keys", JSON_STRING, &text, err)) <
	    0)
		return e;
	for (int i = 0; i < 2 && json_string_length(text) > 0; i++) {
		json_t *inner = NULL;

		if ((e = att_json_parse((struct att_slice){
			 (const uint8_t *)json_string_value(text),
			 json_string_length(text) }, ATT_RUNTIME_FILE_MAX,
			 &inner, err)) < 0)
			return e;
		json_decref(ring);
		text = ring = inner;
	}
	if (ring == NULL ||
	    (json_is_string(ring) && json_string_length(ring) == 0) ||
	    (json_is_array(ring) && json_array_size(ring) == 0))
		return 0;
	if (!json_is_object(ring))
		return att_err_set(err, ATT_E_FORMAT,
		    "must be a keyring, as text of JSON");
	if ((e = att_json_only(ring, names, err)) < 0)
		return e;
	return add_keyring(m, ring, ret, err);
}

/* -- all of it ------------------------------------------------------------- */

/* An edition that is not known may mean something else. */
static int
check_edition(const json_t *doc, struct att_err *err)
{
	json_t *meta;
	int64_t version = EDITION;
	int e;

	if ((e = get(doc, "meta", JSON_OBJECT, &meta, err)) < 0)
		return e;
	e = att_json_int_opt(meta, "version", 0, EDITION, &version, err);
	if (e < 0)
		att_err_prefix(err, "meta");
	return e;
}

/* What is not known might restrict. */
static int
check_members(struct import *m, json_t *doc, struct att_err *err)
{
	static const char *const names[] = { "meta", "release", "digests",
		"excludes", "keyrings", "ima", "ima-buf", "verification-keys",
		NULL };
	static const char *const ima_names[] = { "ignored_keyrings",
		"log_hash_alg", "dm_policy", NULL };
	int e;

	if (json_object_get(doc, "payload") != NULL)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "policy in an envelope (DSSE): check its signature, and "
		    "give what is in it");
	if (!json_is_object(json_object_get(doc, "digests")))
		return att_err_set(err, ATT_E_FORMAT,
		    "not a runtime policy of Keylime: it has no \"digests\"");
	if ((e = att_json_only(doc, names, err)) < 0 ||
	    (e = check_edition(doc, err)) < 0 ||
	    (e = get(doc, "ima", JSON_OBJECT, &m->ima, err)) < 0)
		return e;
	if (m->ima != NULL && (e = att_json_only(m->ima, ima_names, err)) < 0) {
		att_err_prefix(err, "ima");
		return e;
	}
	return 0;
}

static int
put_head(json_t *ret, const char *id, int64_t version, struct att_err *err)
{
	int e;

	if ((e = att_json_put(ret, "format", json_string(ATT_RUNTIME_FORMAT),
		 err)) < 0 ||
	    (e = att_json_put(ret, "id", json_string(id), err)) < 0 ||
	    (e = att_json_put(ret, "version", json_integer(version), err)) <
		0 ||
	    (e = att_json_put(ret, "match", json_object(), err)) < 0)
		return e;
	return att_json_put(ret, "violations", json_string("excluded"), err);
}

static int
make(struct import *m, json_t *doc, json_t *ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *digests = json_object();
	int e;

	if ((e = check_members(m, doc, err)) < 0 ||
	    (e = add_names(m, "digests", digests, err)) < 0 ||
	    (e = att_json_put(ret, "digests", take(&digests), err)) < 0 ||
	    (e = add_excludes(m, ret, err)) < 0 ||
	    (e = add_buffers(m, ret, err)) < 0)
		return e;
	if ((e = add_keys(m, ret, err)) < 0)
		att_err_prefix(err, "verification-keys");
	return e;
}

int
att_runtime_from_keylime(struct att_slice text, const char *id,
    int64_t version, json_t **ret, struct att_runtime_notes *ret_notes,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *doc = NULL, *mine = json_object();
	struct import m = { 0 };
	int e;

	if (!att_ref_is_id(id))
		return att_err_set(err, ATT_E_USAGE,
		    "\"%.40s\" is no id of a document", id);
	if ((e = att_json_parse(text, ATT_RUNTIME_FILE_MAX, &doc, err)) < 0)
		return e;
	m.doc = doc;
	if ((e = make(&m, doc, mine, err)) < 0 ||
	    (e = put_head(mine, id, version, err)) < 0)
		return e;
	*ret = take(&mine);
	*ret_notes = m.notes;
	return 0;
}
