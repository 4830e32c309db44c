#include "appraise/runtime.h"

#include <string.h>

#include "appraise/pattern.h"
#include "base/encoding.h"

/* A digest that is taken; its bytes stand in `bytes` of the policy. */
struct allowed {
	uint32_t at;
	uint16_t alg;
	bool verity;
};

/* A path, or the name of a buffer, and the digests that it may have. */
struct name {
	uint32_t at, len;	/* in `text` of the policy */
	uint32_t first, count;	/* in `allowed` */
	bool any;		/* whatever its digest */
};

/* Open addressing; at most half of the slots are used. */
struct table {
	size_t count, slots;	/* slots: a power of two, or 0 */
	struct name *name;
	uint32_t *slot;		/* 0, or index into `name` plus 1 */
};

enum violations {
	REFUSE,
	EXCLUDED,	/* taken on excluded paths */
	REPORT,		/* taken, and always told */
};

struct att_runtime {
	json_t *doc;		/* what is borrowed from: head, templates */
	struct att_ref_head head;
	struct att_digest digest;
	enum violations violations;
	bool any_boot;
	size_t templates;
	const char *template[ATT_RUNTIME_TEMPLATES_MAX];
	struct att_patterns *excludes;
	struct att_ima_keys *keys;
	struct att_buf text, bytes;
	size_t allowed_count, allowed_room;
	struct allowed *allowed;
	struct table files, buffers;
};

/* Without "ima", whose digests are SHA-1 at best. */
static const char *const usual_templates[] = { "ima-ng", "ima-ngv2",
	"ima-sig", "ima-sigv2", "ima-modsig", "ima-buf", "evm-sig" };

static void
table_done(struct table *t)
{
	free(t->name);
	free(t->slot);
}

void
att_runtime_free(struct att_runtime *r)
{
	if (r == NULL)
		return;
	table_done(&r->files);
	table_done(&r->buffers);
	att_patterns_free(r->excludes);
	att_ima_keys_free(r->keys);
	att_buf_done(&r->text);
	att_buf_done(&r->bytes);
	free(r->allowed);
	json_decref(r->doc);
	free(r);
}

const struct att_ref_head *
att_runtime_head(const struct att_runtime *r)
{
	return &r->head;
}

size_t
att_runtime_files(const struct att_runtime *r)
{
	return r->files.count;
}

size_t
att_runtime_keys(const struct att_runtime *r)
{
	return att_ima_keys_count(r->keys);
}

bool
att_runtime_any_boot(const struct att_runtime *r)
{
	return r->any_boot;
}

/* -- tables ---------------------------------------------------------------- */

/*
 * FNV-1a. The names in the table are the operator's: whoever chooses what is
 * looked up cannot make a chain longer.
 */
static uint64_t
hash_of(struct att_slice s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ s.data[i]) * 0x100000001b3u;
	return h ^ h >> 32;
}

static struct att_slice
name_text(const struct att_runtime *r, const struct name *n)
{
	return (struct att_slice){ r->text.data + n->at, n->len };
}

/* The slot where the name stands, or where it would. */
static uint32_t *
slot_of(const struct att_runtime *r, const struct table *t,
    struct att_slice key)
{
	size_t i = hash_of(key) & (t->slots - 1);

	while (t->slot[i] != 0 &&
	    !att_slice_equal(key, name_text(r, &t->name[t->slot[i] - 1])))
		i = (i + 1) & (t->slots - 1);
	return &t->slot[i];
}

static const struct name *
find(const struct att_runtime *r, const struct table *t,
    struct att_slice key)
{
	uint32_t at = t->slots == 0 ? 0 : *slot_of(r, t, key);

	return at == 0 ? NULL : &t->name[at - 1];
}

static int
table_room(struct table *t, size_t names, struct att_err *err)
{
	for (t->slots = 2; t->slots < 2 * names; t->slots *= 2)
		;
	t->name = calloc(names + 1, sizeof(*t->name));
	t->slot = calloc(t->slots, sizeof(*t->slot));
	return t->name == NULL || t->slot == NULL ? att_err_nomem(err) : 0;
}

/* -- parsing --------------------------------------------------------------- */

static int
grow_allowed(struct att_runtime *r, struct att_err *err)
{
	size_t room = r->allowed_room == 0 ? 256 : 2 * r->allowed_room;
	struct allowed *a;

	if (r->allowed_count < r->allowed_room)
		return 0;
	if ((a = reallocarray(r->allowed, room, sizeof(*a))) == NULL)
		return att_err_nomem(err);
	r->allowed = a;
	r->allowed_room = room;
	return 0;
}

/* "sha256:<hex>", "verity:sha256:<hex>" */
static int
read_allowed(struct att_runtime *r, const char *text, struct att_err *err)
{
	static const char verity[] = "verity:";
	struct allowed a = { .at = (uint32_t)r->bytes.len };
	char alg[16];
	const char *hex;
	size_t n;
	int e;

	if (text == NULL)
		return att_err_set(err, ATT_E_FORMAT, "must be text");
	if (strncmp(text, verity, sizeof(verity) - 1) == 0) {
		a.verity = true;
		text += sizeof(verity) - 1;
	}
	n = strcspn(text, ":");
	hex = text + n + (text[n] == ':');
	snprintf(alg, sizeof(alg), "%.*s", (int)ATT_MIN(n, sizeof(alg) - 1),
	    text);
	if (text[n] == '\0' || (a.alg = att_alg_by_name(alg)) == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "must be like \"sha256:<hex>\"");
	if (strlen(hex) != 2 * att_alg_size(a.alg))
		return att_err_set(err, ATT_E_FORMAT,
		    "must be %zu hex digits behind %s", 2 *
		    att_alg_size(a.alg), alg);
	if ((e = grow_allowed(r, err)) < 0 ||
	    (e = att_hex_decode(att_slice_of(hex), &r->bytes, err)) < 0)
		return e;
	r->allowed[r->allowed_count++] = a;
	return 0;
}

static int
read_digests(struct att_runtime *r, json_t *list, struct name *n,
    struct att_err *err)
{
	size_t count = json_array_size(list);
	int e;

	n->first = (uint32_t)r->allowed_count;
	n->count = (uint32_t)count;
	n->any = json_is_string(list) &&
	    strcmp(json_string_value(list), "any") == 0;
	if (n->any)
		return 0;
	if (!json_is_array(list) || count == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "must be an array of digests, or \"any\"");
	for (size_t i = 0; i < count; i++)
		if ((e = read_allowed(r,
			 json_string_value(json_array_get(list, i)), err)) <
		    0)
			return e;
	return 0;
}

/* An object of names; each with its digests. Parsing refused duplicates. */
static int
read_table(struct att_runtime *r, const char *member, bool paths,
    struct table *t, struct att_err *err)
{
	json_t *obj = json_object_get(r->doc, member), *list;
	const char *key;
	int e;

	if (obj == NULL)
		return 0;
	if (!json_is_object(obj))
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"%s\" must be an object", member);
	if ((e = table_room(t, json_object_size(obj), err)) < 0)
		return e;
	json_object_foreach (obj, key, list) {
		struct name *n = &t->name[t->count];

		n->at = (uint32_t)r->text.len;
		n->len = (uint32_t)strlen(key);
		att_buf_bytes(&r->text, key, n->len);
		if (n->len == 0 || n->len > ATT_IMA_PATH_MAX ||
		    (paths && json_is_string(list)))
			e = att_err_set(err, ATT_E_FORMAT,
			    "must be a name of 1 to %d bytes with an array",
			    ATT_IMA_PATH_MAX);
		else
			e = read_digests(r, list, n, err);
		if (e < 0) {
			att_err_prefix(err, "%s \"%.60s\"", member, key);
			return e;
		}
		/* the buffer may have moved: what was put is compared */
		if ((e = att_buf_ok(&r->text, member, err)) < 0 ||
		    (e = att_buf_ok(&r->bytes, member, err)) < 0)
			return e;
		*slot_of(r, t, name_text(r, n)) = (uint32_t)++t->count;
	}
	return 0;
}

static int
read_templates(struct att_runtime *r, struct att_err *err)
{
	json_t *list = json_object_get(r->doc, "templates");
	size_t n = json_array_size(list);

	if (list == NULL) {
		memcpy(r->template, usual_templates, sizeof(usual_templates));
		r->templates = ATT_COUNT(usual_templates);
		return 0;
	}
	if (!json_is_array(list) || n == 0 || n > ATT_RUNTIME_TEMPLATES_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"templates\" must be an array of 1 to %d",
		    ATT_RUNTIME_TEMPLATES_MAX);
	for (size_t i = 0; i < n; i++) {
		const char *s = json_string_value(json_array_get(list, i));
		struct att_ima_fields f;
		struct att_slice name = { (const uint8_t *)s,
			s == NULL ? 0 : strlen(s) };

		if (s == NULL || !att_ima_format(name, &f))
			return att_err_set(err, ATT_E_FORMAT,
			    "member \"templates\", entry %zu: no template "
			    "or format of the kernel", i);
		r->template[r->templates++] = s;
	}
	return 0;
}

/* Position of the member's text in `words`; the first if it is missing. */
static int
read_word(const json_t *doc, const char *name, const char *const *words,
    unsigned *ret, struct att_err *err)
{
	const char *s = words[0];
	int e;

	if ((e = att_json_str_opt(doc, name, &s, err)) < 0)
		return e;
	for (unsigned i = 0; words[i] != NULL; i++)
		if (strcmp(s, words[i]) == 0) {
			*ret = i;
			return 0;
		}
	return att_err_set(err, ATT_E_FORMAT,
	    "member \"%s\" is \"%.40s\", which it cannot be", name, s);
}

static int
read_doc(struct att_runtime *r, struct att_err *err)
{
	static const char *const names[] = { "templates", "boot_aggregate",
		"violations", "digests", "excludes", "buffers", "keys",
		NULL };
	static const char *const boots[] = { "match", "any", NULL };
	static const char *const words[] = { [REFUSE] = "refuse",
		[EXCLUDED] = "excluded", [REPORT] = "report", NULL };
	unsigned boot = 0, violations = REFUSE;
	json_t *digests = NULL;
	int e;

	if ((e = att_ref_head_read(r->doc, ATT_RUNTIME_FORMAT, names,
		 &r->head, err)) < 0 ||
	    (e = read_word(r->doc, "boot_aggregate", boots, &boot, err)) <
		0 ||
	    (e = read_word(r->doc, "violations", words, &violations, err)) <
		0 ||
	    (e = read_templates(r, err)) < 0 ||
	    (e = att_json_obj(r->doc, "digests", &digests, err)) < 0 ||
	    (e = read_table(r, "digests", true, &r->files, err)) < 0 ||
	    (e = read_table(r, "buffers", false, &r->buffers, err)) < 0)
		return e;
	if ((e = att_patterns_parse(json_object_get(r->doc, "excludes"),
		 &r->excludes, err)) < 0) {
		att_err_prefix(err, "excludes");
		return e;
	}
	if ((e = att_ima_keys_parse(json_object_get(r->doc, "keys"), &r->keys,
		 err)) < 0) {
		att_err_prefix(err, "keys");
		return e;
	}
	r->any_boot = boot == 1;
	r->violations = (enum violations)violations;
	/* compiled: what is borrowed from is the rest */
	(void)json_object_del(r->doc, "digests");
	(void)json_object_del(r->doc, "buffers");
	(void)json_object_del(r->doc, "keys");
	return 0;
}

int
att_runtime_parse(struct att_slice text, struct att_runtime **ret,
    struct att_err *err)
{
	AUTO(att_runtime_free) struct att_runtime *r = calloc(1, sizeof(*r));
	int e;

	if (r == NULL)
		return att_err_nomem(err);
	r->text = r->bytes = ATT_BUF(ATT_RUNTIME_FILE_MAX);
	if ((e = att_json_parse(text, ATT_RUNTIME_FILE_MAX, &r->doc, err)) <
		0 ||
	    (e = att_digest_of(ATT_ALG_SHA256, text, &r->digest, err)) < 0)
		return e;
	if ((e = read_doc(r, err)) < 0) {
		att_err_prefix(err, "runtime policy");
		return e;
	}
	*ret = take(&r);
	return 0;
}

/* -- looking at entries ---------------------------------------------------- */

/* Whether the digest of a buffer's entry is the hash of the buffer. */
static int
check_buffer(const struct att_runtime_entry *e, struct att_hasher *h,
    bool *ret, struct att_err *err)
{
	const struct att_ima_digest *d = &e->subject.digest;
	struct att_digest is;
	int r;

	*ret = false;
	if (att_alg_evp(d->alg) == NULL)
		return 0;
	if ((r = att_hasher_one(h, d->alg, e->bytes, &is, err)) < 0)
		return r;
	*ret = att_slice_equal(att_digest_view(&is), d->digest);
	return 0;
}

int
att_runtime_read(const struct att_ima_entry *e, struct att_hasher *h,
    struct att_runtime_entry *ret, struct att_err *err)
{
	const struct att_ima_field *sig, *appended, *buffer;
	struct att_ima_fields f;
	bool good = true;
	int r;

	*ret = (struct att_runtime_entry){ .template = e->name,
		.violation = e->violation };
	if (att_ima_split(e, &f, &ret->why) < 0 ||
	    att_ima_subject(&f, e->violation, &ret->subject, &ret->why) < 0)
		return 0;
	if ((sig = att_ima_field(&f, ATT_IMA_SIG)) != NULL)
		ret->signature = sig->data;
	appended = att_ima_field(&f, ATT_IMA_MODSIG);
	ret->appended = appended != NULL && appended->data.len > 0;
	buffer = att_ima_field(&f, ATT_IMA_BUF);
	ret->buffer = buffer != NULL;
	if (buffer != NULL)
		ret->bytes = buffer->data;
	ret->readable = ret->subject.has_path &&
	    (ret->subject.has_digest || e->violation);
	if (!ret->readable)
		(void)att_err_set(&ret->why, ATT_E_FORMAT,
		    "without a path or a digest");
	else if (ret->buffer && !e->violation &&
	    (r = check_buffer(ret, h, &good, err)) < 0)
		return r;
	if (good)
		return 0;
	ret->readable = false;
	(void)att_err_set(&ret->why, ATT_E_FORMAT, "its digest is %s",
	    att_alg_evp(ret->subject.digest.alg) == NULL ?
		"of no algorithm that is known" : "not that of its buffer");
	return 0;
}

static bool
takes_template(const struct att_runtime *r, struct att_slice name)
{
	for (size_t i = 0; i < r->templates; i++)
		if (att_slice_is(name, r->template[i]))
			return true;
	return false;
}

static struct att_slice
allowed_bytes(const struct att_runtime *r, const struct allowed *a)
{
	return (struct att_slice){ r->bytes.data + a->at,
		att_alg_size(a->alg) };
}

static bool
has_digest(const struct att_runtime *r, const struct name *n,
    const struct att_ima_digest *d)
{
	for (uint32_t i = 0; i < n->count; i++) {
		const struct allowed *a = &r->allowed[n->first + i];

		if (a->alg == d->alg && a->verity == d->verity &&
		    att_slice_equal(allowed_bytes(r, a), d->digest))
			return true;
	}
	return n->any;
}

/* Patterns speak of files that have a path, not of what else has a name. */
static int
is_excluded(const struct att_runtime *r, const struct att_runtime_entry *e,
    bool *ret, struct att_err *err)
{
	struct att_slice path = e->subject.path;

	*ret = false;
	if (e->buffer || path.len == 0 || path.data[0] != '/')
		return 0;
	return att_patterns_match(r->excludes, path, ret, err);
}

static int
look_at_violation(const struct att_runtime *r,
    const struct att_runtime_entry *e, enum att_runtime_word *ret,
    struct att_err *err)
{
	bool noted = r->violations == REPORT;
	int error;

	if (r->violations == EXCLUDED &&
	    (error = is_excluded(r, e, &noted, err)) < 0)
		return error;
	*ret = noted ? ATT_RUNTIME_NOTED : ATT_RUNTIME_VIOLATION;
	return 0;
}

int
att_runtime_look(const struct att_runtime *r,
    const struct att_runtime_entry *e, enum att_runtime_word *ret,
    struct att_digest *ret_expected, struct att_err *err)
{
	const struct name *n;
	const struct allowed *a;
	bool taken;
	int error;

	*ret = ATT_RUNTIME_TEMPLATE;
	if (!e->readable || !takes_template(r, e->template))
		return 0;
	if (e->violation)
		return look_at_violation(r, e, ret, err);
	n = find(r, e->buffer ? &r->buffers : &r->files, e->subject.path);
	taken = n != NULL && has_digest(r, n, &e->subject.digest);
	if (!taken && (error = is_excluded(r, e, &taken, err)) < 0)
		return error;
	if (taken) {
		*ret = ATT_RUNTIME_TAKEN;
		return 0;
	}
	*ret = ATT_RUNTIME_UNKNOWN;
	if (n == NULL)
		return 0;
	a = &r->allowed[n->first];
	if (att_digest_from(a->alg, allowed_bytes(r, a), ret_expected, NULL) ==
	    0)
		*ret = ATT_RUNTIME_CHANGED;
	return 0;
}

int
att_runtime_verify(const struct att_runtime *r,
    const struct att_runtime_entry *e, struct att_hasher *h,
    struct att_ima_vouch *ret, struct att_err *err)
{
	*ret = (struct att_ima_vouch){ .worth = ATT_IMA_UNSIGNED };
	/* nothing of a violation is proven; a buffer is no file */
	if (!e->readable || e->violation || e->buffer ||
	    att_ima_keys_count(r->keys) == 0 ||
	    !takes_template(r, e->template))
		return 0;
	if (e->signature.len == 0 && e->appended) {
		ret->worth = ATT_IMA_SIGNED_OTHER;
		(void)att_err_set(&ret->why, ATT_E_UNSUPPORTED,
		    "it is appended to the file (PKCS #7)");
		return 0;
	}
	return att_ima_keys_verify(r->keys, e->signature, &e->subject.digest,
	    h, ret, err);
}

/* -- sets ------------------------------------------------------------------ */

int
att_runtime_select(const struct att_runtime *const *all, size_t count,
    const struct att_platform *p, int64_t now, struct att_runtime_set *ret,
    struct att_err *err)
{
	ret->count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct att_ref_head *h = &all[i]->head;

		if (!att_ref_head_matches(h, p) ||
		    !att_ref_head_is_valid_at(h, now))
			continue;
		if (ret->count == ATT_RUNTIME_SET_MAX)
			return att_err_set(err, ATT_E_LIMIT,
			    "more than %d runtime policies are for one node",
			    ATT_RUNTIME_SET_MAX);
		ret->policy[ret->count++] = all[i];
	}
	return 0;
}

int
att_runtime_set_digest(const struct att_runtime_set *set,
    struct att_digest *ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_RUNTIME_SET_MAX * ATT_DIGEST_MAX);
	int e;

	for (size_t i = 0; i < set->count; i++)
		att_buf_slice(&b, att_digest_view(&set->policy[i]->digest));
	if ((e = att_buf_ok(&b, "runtime policies", err)) < 0)
		return e;
	return att_digest_of(ATT_ALG_SHA256, att_buf_view(&b), ret, err);
}
