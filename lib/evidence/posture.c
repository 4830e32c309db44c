#include "evidence/posture.h"

#include <string.h>

#include "base/cur.h"
#include "base/text.h"

#define NAME_SET \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

static const char *const paths[ATT_POSTURE_PATHS] = {
	[ATT_POSTURE_EFIVARFS] = "efivarfs",
	[ATT_POSTURE_SYSFS] = "sysfs",
	[ATT_POSTURE_PROCFS] = "procfs",
	[ATT_POSTURE_SECURITYFS] = "securityfs",
	[ATT_POSTURE_CONFIGFS] = "configfs",
	[ATT_POSTURE_DEV] = "dev",
	[ATT_POSTURE_FILE] = "file",
};

static const char *const results[ATT_POSTURE_RESULTS] = {
	[ATT_POSTURE_OK] = "ok",
	[ATT_POSTURE_NOT_AVAILABLE] = "not-available",
	[ATT_POSTURE_FAILED] = "failed",
};

static const char *const variables[ATT_POSTURE_VARIABLES] = {
	[ATT_POSTURE_PK] = "PK",
	[ATT_POSTURE_KEK] = "KEK",
	[ATT_POSTURE_DB] = "db",
	[ATT_POSTURE_DBX] = "dbx",
	[ATT_POSTURE_MOK] = "MokListRT",
};

const char *
att_posture_path_name(enum att_posture_path path)
{
	return (unsigned)path < ATT_COUNT(paths) ? paths[path] : NULL;
}

const char *
att_posture_result_name(enum att_posture_result r)
{
	return (unsigned)r < ATT_COUNT(results) ? results[r] : NULL;
}

const char *
att_posture_variable_name(enum att_posture_variable v)
{
	return (unsigned)v < ATT_COUNT(variables) ? variables[v] : NULL;
}

/* Its place in the table, or -1. */
static int
index_of(const char *const *table, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(table[i], name) == 0)
			return (int)i;
	return -1;
}

/* -- ownership ------------------------------------------------------------- */

static void
claim_done(struct att_posture_claim *c)
{
	free(c->name);
	free(c->reason);
	json_decref(c->value);
	*c = (struct att_posture_claim){ 0 };
}

static void
keys_done(struct att_posture_keys *k)
{
	for (size_t i = 0; i < k->certs; i++)
		free(k->cert[i].subject);
	free(k->cert);
	free(k->reason);
	*k = (struct att_posture_keys){ 0 };
}

void
att_posture_free(struct att_posture *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->claims; i++)
		claim_done(&p->claim[i]);
	free(p->claim);
	for (size_t i = 0; i < ATT_COUNT(p->keys); i++)
		keys_done(&p->keys[i]);
	free(p);
}

/* -- texts ----------------------------------------------------------------- */

/*
 * As att_text_put writes it, which has backslashes only as \xNN; `max` is at
 * most ATT_POSTURE_TEXT_MAX. Nothing is allocated: a shortage is no bad text.
 */
static bool
is_clean(const char *s, size_t max)
{
	char copy[ATT_POSTURE_TEXT_MAX + 1];
	size_t n = strlen(s);

	if (n > max)
		return false;
	memcpy(copy, s, n + 1);
	att_text_mask(copy);
	return strcmp(copy, s) == 0;
}

static bool
is_name(const char *s)
{
	size_t n = strspn(s, NAME_SET);

	return n > 0 && n <= ATT_POSTURE_NAME_MAX && s[n] == '\0';
}

/* Clean, and cut at `max` bytes between characters; NULL without memory. */
static char *
cut(const char *text, size_t max)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4 * max + 4);
	struct att_slice s = att_slice_of(text);
	size_t n;

	s.len = ATT_MIN(s.len, max);
	att_text_put(&b, s);
	n = ATT_MIN(b.len, max);
	while (n > 0 && n < b.len && (b.data[n] & 0xc0) == 0x80)
		n--;
	return b.failed ? NULL :
			  strndup(n == 0 ? "" : (const char *)b.data, n);
}

/* -- claims ---------------------------------------------------------------- */

static int
check_list(const json_t *list, struct att_err *err)
{
	const char *before = NULL;

	if (json_array_size(list) > ATT_POSTURE_LIST_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "a list of %zu texts, at most %d are taken",
		    json_array_size(list), ATT_POSTURE_LIST_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));

		if (s == NULL || !is_clean(s, ATT_POSTURE_ENTRY_MAX))
			return att_err_set(err, ATT_E_FORMAT,
			    "entry %zu must be clean text of at most %d bytes",
			    i, ATT_POSTURE_ENTRY_MAX);
		if (before != NULL && strcmp(before, s) >= 0)
			return att_err_set(err, ATT_E_FORMAT,
			    "entry %zu is not behind the one before", i);
		before = s;
	}
	return 0;
}

static int
check_value(const json_t *v, struct att_err *err)
{
	if (json_is_boolean(v) || json_is_integer(v))
		return 0;
	if (json_is_array(v))
		return check_list(v, err);
	if (json_is_string(v) &&
	    is_clean(json_string_value(v), ATT_POSTURE_TEXT_MAX))
		return 0;
	return att_err_set(err, ATT_E_FORMAT,
	    "a value must be a boolean, an integer, clean text of at most %d "
	    "bytes, or a list of texts", ATT_POSTURE_TEXT_MAX);
}

/* Where the name is, or would have to be put. */
static size_t
place_of(const struct att_posture *p, const char *name)
{
	size_t low = 0, high = p->claims;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(p->claim[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct att_posture_claim *
att_posture_find(const struct att_posture *p, const char *name)
{
	size_t i = place_of(p, name);

	return i < p->claims && strcmp(p->claim[i].name, name) == 0 ?
	    &p->claim[i] :
	    NULL;
}

/* Takes what is in *c. */
static int
insert(struct att_posture *p, struct att_posture_claim *c,
    struct att_err *err)
{
	size_t at = place_of(p, c->name);
	struct att_posture_claim *more;

	if (att_posture_find(p, c->name) != NULL)
		return att_err_set(err, ATT_E_CONFLICT, "claim %s twice",
		    c->name);
	if (p->claims == ATT_POSTURE_CLAIMS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "more than %d claims are not taken",
		    ATT_POSTURE_CLAIMS_MAX);
	more = reallocarray(p->claim, p->claims + 1, sizeof(*more));
	if (more == NULL)
		return att_err_nomem(err);
	p->claim = more;
	memmove(more + at + 1, more + at, (p->claims - at) * sizeof(*more));
	more[at] = *c;
	p->claims++;
	*c = (struct att_posture_claim){ 0 };
	return 0;
}

static int
add(struct att_posture *p, const char *name, struct att_posture_claim *c,
    struct att_err *err)
{
	if (!is_name(name))
		return att_err_set(err, ATT_E_FORMAT,
		    "a claim's name must be 1 to %d of a-z A-Z 0-9 . _ -",
		    ATT_POSTURE_NAME_MAX);
	if ((c->name = strdup(name)) == NULL)
		return att_err_nomem(err);
	return insert(p, c, err);
}

int
att_posture_add(struct att_posture *p, const char *name,
    enum att_posture_path path, json_t *value, struct att_err *err)
{
	AUTO_DONE(claim_done) struct att_posture_claim c = { .path = path,
		.value = value };
	int r;

	if (value == NULL)
		return att_err_nomem(err);
	if ((r = check_value(value, err)) < 0) {
		att_err_prefix(err, "%s", name);
		return r;
	}
	return add(p, name, &c, err);
}

int
att_posture_add_failed(struct att_posture *p, const char *name,
    enum att_posture_path path, enum att_posture_result result,
    const char *reason, struct att_err *err)
{
	AUTO_DONE(claim_done) struct att_posture_claim c = { .path = path,
		.result = result,
		.reason = cut(reason, ATT_POSTURE_REASON_MAX) };

	if (c.reason == NULL)
		return att_err_nomem(err);
	return add(p, name, &c, err);
}

/* -- keys ------------------------------------------------------------------ */

int
att_posture_keys_set_failed(struct att_posture_keys *k,
    enum att_posture_result result, const char *reason, struct att_err *err)
{
	char *why = cut(reason, ATT_POSTURE_REASON_MAX);

	if (why == NULL)
		return att_err_nomem(err);
	keys_done(k);
	k->result = result;
	k->reason = why;
	return 0;
}

void
att_posture_keys_begin(struct att_posture_keys *k)
{
	keys_done(k);
}

int
att_posture_keys_add(struct att_posture_keys *k,
    const struct att_digest *sha256, const char *subject, struct att_err *err)
{
	AUTO(free) char *text = cut(subject, ATT_POSTURE_ENTRY_MAX);
	struct att_posture_cert *more;

	if (text == NULL)
		return att_err_nomem(err);
	if (k->certs == ATT_POSTURE_CERTS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "more than %d certificates are not taken",
		    ATT_POSTURE_CERTS_MAX);
	more = reallocarray(k->cert, k->certs + 1, sizeof(*more));
	if (more == NULL)
		return att_err_nomem(err);
	k->cert = more;
	more[k->certs++] = (struct att_posture_cert){ .sha256 = *sha256,
		.subject = take(&text) };
	return 0;
}

int
att_posture_new(struct att_posture **ret, struct att_err *err)
{
	AUTO(att_posture_free) struct att_posture *p = calloc(1, sizeof(*p));
	int r;

	if (p == NULL)
		return att_err_nomem(err);
	for (size_t i = 0; i < ATT_COUNT(p->keys); i++)
		if ((r = att_posture_keys_set_failed(&p->keys[i],
			 ATT_POSTURE_NOT_AVAILABLE, "was not read", err)) < 0)
			return r;
	*ret = take(&p);
	return 0;
}

/* -- writing --------------------------------------------------------------- */

static int
put_result(json_t *j, enum att_posture_path path,
    enum att_posture_result result, const char *reason, struct att_err *err)
{
	int r;

	if ((r = att_json_put(j, "path",
		 json_string(att_posture_path_name(path)), err)) < 0 ||
	    (r = att_json_put(j, "result",
		 json_string(att_posture_result_name(result)), err)) < 0)
		return r;
	return reason == NULL ? 0 :
	    att_json_put(j, "reason", json_string(reason), err);
}

static int
claim_to_json(const struct att_posture_claim *c, json_t **ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	int r;

	if ((r = put_result(j, c->path, c->result, c->reason, err)) < 0 ||
	    (c->value != NULL && (r = att_json_put(j, "value",
		 json_incref(c->value), err)) < 0))
		return r;
	*ret = take(&j);
	return 0;
}

static int
put_certs(json_t *j, const struct att_posture_keys *k, struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	int r;

	for (size_t i = 0; i < k->certs; i++) {
		struct att_slice d = att_digest_view(&k->cert[i].sha256);

		if ((r = att_json_add(list, json_pack("{s:o, s:s}", "sha256",
			 att_json_hex_of(d), "subject", k->cert[i].subject),
			 err)) < 0)
			return r;
	}
	return att_json_put(j, "certificates", take(&list), err);
}

static int
keys_to_json(const struct att_posture_keys *k, json_t **ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	int r;

	if ((r = put_result(j, ATT_POSTURE_EFIVARFS, k->result, k->reason,
		 err)) < 0)
		return r;
	if (k->result == ATT_POSTURE_OK &&
	    ((r = put_certs(j, k, err)) < 0 ||
		(r = att_json_put(j, "digests", json_integer(k->digests),
		     err)) < 0 ||
		(r = att_json_put(j, "digests_sha256", att_json_hex_of(
		     att_digest_view(&k->digests_sha256)), err)) < 0 ||
		(r = att_json_put(j, "sha256", att_json_hex_of(
		     att_digest_view(&k->sha256)), err)) < 0))
		return r;
	*ret = take(&j);
	return 0;
}

int
att_posture_encode(const struct att_posture *p, struct att_buf *ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *doc = json_object();
	AUTO(att_json_decref) json_t *claims = json_object();
	AUTO(att_json_decref) json_t *keys = json_object();
	json_t *one = NULL;
	int r;

	for (size_t i = 0; i < p->claims; i++)
		if ((r = claim_to_json(&p->claim[i], &one, err)) < 0 ||
		    (r = att_json_put(claims, p->claim[i].name, one, err)) <
			0)
			return r;
	for (size_t i = 0; i < ATT_COUNT(p->keys); i++)
		if ((r = keys_to_json(&p->keys[i], &one, err)) < 0 ||
		    (r = att_json_put(keys, variables[i], one, err)) < 0)
			return r;
	if ((r = att_json_put(doc, "claims", take(&claims), err)) < 0 ||
	    (r = att_json_put(doc, "format", json_string(ATT_POSTURE_FORMAT),
		 err)) < 0 ||
	    (r = att_json_put(doc, "keys", take(&keys), err)) < 0)
		return r;
	return att_json_write(doc, ret, err);
}

/* -- reading --------------------------------------------------------------- */

static int
read_word(const json_t *j, const char *name, const char *const *table,
    size_t count, int *ret, struct att_err *err)
{
	const char *word = NULL;
	int r;

	if ((r = att_json_str(j, name, &word, err)) < 0)
		return r;
	if ((*ret = index_of(table, count, word)) < 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"%s\": \"%.40s\" is not known", name, word);
	return 0;
}

/* `reason` is there exactly if the result is not OK. */
static int
read_result(json_t *j, int *ret_path, int *ret_result, const char **ret_reason,
    struct att_err *err)
{
	int r;

	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	*ret_reason = NULL;
	if ((r = read_word(j, "path", paths, ATT_COUNT(paths), ret_path,
		 err)) < 0 ||
	    (r = read_word(j, "result", results, ATT_COUNT(results),
		 ret_result, err)) < 0)
		return r;
	if (*ret_result == ATT_POSTURE_OK)
		return 0;
	if ((r = att_json_str(j, "reason", ret_reason, err)) < 0)
		return r;
	if (!is_clean(*ret_reason, ATT_POSTURE_REASON_MAX))
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"reason\" must be clean text of at most %d bytes",
		    ATT_POSTURE_REASON_MAX);
	return 0;
}

static int
read_claim(struct att_posture *p, const char *name, json_t *j,
    struct att_err *err)
{
	static const char *const good[] = { "path", "result", "value", NULL };
	static const char *const bad[] = { "path", "reason", "result", NULL };
	const char *reason;
	int path = 0, result = 0, r;

	if ((r = read_result(j, &path, &result, &reason, err)) < 0 ||
	    (r = att_json_only(j, reason == NULL ? good : bad, err)) < 0)
		return r;
	if (reason != NULL)
		return att_posture_add_failed(p, name,
		    (enum att_posture_path)path,
		    (enum att_posture_result)result, reason, err);
	if (json_object_get(j, "value") == NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"value\" is missing");
	return att_posture_add(p, name, (enum att_posture_path)path,
	    json_incref(json_object_get(j, "value")), err);
}

static int
read_claims(struct att_posture *p, json_t *claims, struct att_err *err)
{
	const char *name;
	json_t *one;
	int r;

	json_object_foreach (claims, name, one)
		if ((r = read_claim(p, name, one, err)) < 0) {
			att_err_prefix(err, "claim \"%.*s\"",
			    ATT_POSTURE_NAME_MAX, name);
			return r;
		}
	return 0;
}

static int
read_cert(struct att_posture_keys *k, json_t *j, struct att_err *err)
{
	static const char *const names[] = { "sha256", "subject", NULL };
	const char *subject = NULL;
	struct att_digest d;
	int r;

	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	if ((r = att_json_only(j, names, err)) < 0 ||
	    (r = att_json_digest(j, "sha256", ATT_ALG_SHA256, &d, err)) < 0 ||
	    (r = att_json_str(j, "subject", &subject, err)) < 0)
		return r;
	if (!is_clean(subject, ATT_POSTURE_ENTRY_MAX))
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"subject\" must be clean text of at most %d "
		    "bytes", ATT_POSTURE_ENTRY_MAX);
	return att_posture_keys_add(k, &d, subject, err);
}

static int
read_variable(struct att_posture_keys *k, json_t *j, struct att_err *err)
{
	json_t *certs = NULL;
	int r;

	att_posture_keys_begin(k);
	if ((r = att_json_arr(j, "certificates", &certs, err)) < 0 ||
	    (r = att_json_int(j, "digests", 0, ATT_POSTURE_DIGESTS_MAX,
		 &k->digests, err)) < 0 ||
	    (r = att_json_digest(j, "digests_sha256", ATT_ALG_SHA256,
		 &k->digests_sha256, err)) < 0 ||
	    (r = att_json_digest(j, "sha256", ATT_ALG_SHA256, &k->sha256,
		 err)) < 0)
		return r;
	for (size_t i = 0; i < json_array_size(certs); i++)
		if ((r = read_cert(k, json_array_get(certs, i), err)) < 0) {
			att_err_prefix(err, "certificate %zu", i);
			return r;
		}
	return 0;
}

static int
read_keys(struct att_posture_keys *k, json_t *j, struct att_err *err)
{
	static const char *const good[] = { "certificates", "digests",
		"digests_sha256", "path", "result", "sha256", NULL };
	static const char *const bad[] = { "path", "reason", "result", NULL };
	const char *reason;
	int path = 0, result = 0, r;

	if ((r = read_result(j, &path, &result, &reason, err)) < 0 ||
	    (r = att_json_only(j, reason == NULL ? good : bad, err)) < 0)
		return r;
	if (path != ATT_POSTURE_EFIVARFS)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"path\" must be \"efivarfs\"");
	if (reason != NULL)
		return att_posture_keys_set_failed(k,
		    (enum att_posture_result)result, reason, err);
	return read_variable(k, j, err);
}

/* All of them, and no others. */
static int
read_variables(struct att_posture *p, json_t *keys, struct att_err *err)
{
	json_t *one = NULL;
	int r;

	for (size_t i = 0; i < ATT_COUNT(variables); i++)
		if ((r = att_json_obj(keys, variables[i], &one, err)) < 0 ||
		    (r = read_keys(&p->keys[i], one, err)) < 0) {
			att_err_prefix(err, "keys, \"%s\"", variables[i]);
			return r;
		}
	if (json_object_size(keys) != ATT_COUNT(variables))
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"keys\" has variables that are not known");
	return 0;
}

int
att_posture_parse(struct att_slice text, struct att_posture **ret,
    struct att_err *err)
{
	static const char *const names[] = { "claims", "format", "keys",
		NULL };
	AUTO(att_posture_free) struct att_posture *p = calloc(1, sizeof(*p));
	AUTO(att_json_decref) json_t *j = NULL;
	json_t *claims = NULL, *keys = NULL;
	const char *format = NULL;
	int r;

	if (p == NULL)
		return att_err_nomem(err);
	if ((r = att_json_parse(text, ATT_POSTURE_MAX, &j, err)) < 0 ||
	    (r = att_json_str(j, "format", &format, err)) < 0)
		return r;
	if (strcmp(format, ATT_POSTURE_FORMAT) != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "format \"%.40s\", only \"%s\" is taken", format,
		    ATT_POSTURE_FORMAT);
	if ((r = att_json_only(j, names, err)) < 0 ||
	    (r = att_json_obj(j, "claims", &claims, err)) < 0 ||
	    (r = read_claims(p, claims, err)) < 0 ||
	    (r = att_json_obj(j, "keys", &keys, err)) < 0 ||
	    (r = read_variables(p, keys, err)) < 0)
		return r;
	*ret = take(&p);
	return 0;
}
