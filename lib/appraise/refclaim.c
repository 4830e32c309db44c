#include "appraise/refclaim.h"

#include <string.h>

#include "appraise/pattern.h"
#include "base/encoding.h"
#include "eventlog/ipl.h"
#include "eventlog/variable.h"

#define PCR_KEYS 7
#define PCR_COMMANDS 8
#define SHA256_SIZE 32

enum kind {
	COMMAND_LINE,
	VARIABLE,	/* EV_EFI_VARIABLE_DRIVER_CONFIG */
	AUTHORITY,	/* EV_EFI_VARIABLE_AUTHORITY */
};

enum key_kind {
	KEY_X509,	/* digest of the certificate */
	KEY_SHA256,	/* what is listed is a digest */
};

/* Compared as bytes: no padding. */
struct key {
	uint8_t kind;	/* enum key_kind */
	uint8_t owner[ATT_GUID_SIZE];
	uint8_t digest[SHA256_SIZE];
};

struct att_ref_claim {
	enum kind kind;
	struct att_patterns *line;
	char name[16];		/* of the variable */
	const uint8_t *vendor;
	bool any_keys;
	bool all;	/* the variable has all of them; else no others */
	struct key *key;	/* sorted, each once */
	size_t keys;
};

static const struct {
	const char *name;
	const uint8_t *vendor;
} variables[] = {
	{ "PK", ATT_GUID_GLOBAL },
	{ "KEK", ATT_GUID_GLOBAL },
	{ "db", ATT_GUID_IMAGE_SECURITY },
	{ "dbx", ATT_GUID_IMAGE_SECURITY },
	{ "vendor_db", ATT_GUID_IMAGE_SECURITY },
};

void
att_ref_claim_free(struct att_ref_claim *c)
{
	if (c == NULL)
		return;
	att_patterns_free(c->line);
	free(c->key);
	free(c);
}

/* -- parsing --------------------------------------------------------------- */

bool
att_ref_claim_is_in(const json_t *event)
{
	return json_object_get(event, "command_line") != NULL ||
	    json_object_get(event, "variable") != NULL ||
	    json_object_get(event, "authority") != NULL;
}

static int
read_line(const json_t *event, struct att_ref_claim *c, struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	int r;

	c->kind = COMMAND_LINE;
	if ((r = att_json_add(list,
		 json_incref(json_object_get(event, "command_line")), err)) <
		0)
		return r;
	r = att_patterns_parse(list, &c->line, err);
	if (r < 0)
		att_err_prefix(err, "member \"command_line\"");
	return r;
}

/* "x509:" or "sha256:", the owner, ":", and a digest: 1; 0 if it is not so. */
static int
read_key(const char *text, struct key *ret, struct att_err *err)
{
	static const char *const kinds[] = { "x509:", "sha256:" };
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(SHA256_SIZE);
	size_t len = strlen(text), kind = 0;
	struct att_slice hex;
	int r;

	while (kind < ATT_COUNT(kinds) &&
	    strncmp(text, kinds[kind], strlen(kinds[kind])) != 0)
		kind++;
	if (kind == ATT_COUNT(kinds))
		return 0;
	text += strlen(kinds[kind]);
	len -= strlen(kinds[kind]);
	if (len != ATT_GUID_TEXT + 1 + 2 * SHA256_SIZE ||
	    text[ATT_GUID_TEXT] != ':' || !att_guid_parse(text, ret->owner))
		return 0;
	hex = (struct att_slice){ (const uint8_t *)text + ATT_GUID_TEXT + 1,
		2 * SHA256_SIZE };
	if ((r = att_hex_decode(hex, &raw, err)) < 0)
		return att_code_kind(r) == ATT_KIND_INPUT ? 0 : r;
	ret->kind = (uint8_t)kind;
	memcpy(ret->digest, raw.data, SHA256_SIZE);
	return 1;
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct key));
}

static void
sort_keys(struct att_ref_claim *c)
{
	size_t n = 0;

	qsort(c->key, c->keys, sizeof(*c->key), compare);
	for (size_t i = 0; i < c->keys; i++)
		if (i == 0 || compare(&c->key[i], &c->key[i - 1]) != 0)
			c->key[n++] = c->key[i];
	c->keys = n;
}

static int
read_list(const json_t *list, struct att_ref_claim *c, struct att_err *err)
{
	size_t n = json_array_size(list);

	if (n > ATT_REF_KEYS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%zu keys, at most %d are taken", n, ATT_REF_KEYS_MAX);
	c->key = calloc(n + 1, sizeof(*c->key));
	if (c->key == NULL)
		return att_err_nomem(err);
	for (; c->keys < n; c->keys++) {
		const char *s = json_string_value(json_array_get(list,
		    c->keys));
		int r = s == NULL ? 0 : read_key(s, &c->key[c->keys], err);

		if (r < 0)
			return r;
		if (r == 0)
			return att_err_set(err, ATT_E_FORMAT,
			    "key %zu must be \"x509:OWNER:SHA-256\" or "
			    "\"sha256:OWNER:DIGEST\"", c->keys);
	}
	sort_keys(c);
	return 0;
}

/* {"only": [...]} or {"all": [...]}; none: whatever keys they are. */
static int
read_keys(const json_t *event, struct att_ref_claim *c, struct att_err *err)
{
	static const char *const names[] = { "only", "all", NULL };
	json_t *keys = json_object_get(event, "keys"), *list = NULL;
	int r;

	c->any_keys = keys == NULL;
	if (c->any_keys)
		return 0;
	if (!json_is_object(keys) || json_object_size(keys) != 1)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"keys\" must have \"only\" or \"all\"");
	c->all = json_object_get(keys, "all") != NULL;
	if ((r = att_json_only(keys, names, err)) < 0 ||
	    (r = att_json_arr(keys, c->all ? "all" : "only", &list, err)) < 0)
		return r;
	return read_list(list, c, err);
}

static int
read_variable(const json_t *event, const char *member,
    struct att_ref_claim *c, struct att_err *err)
{
	const char *name = NULL;
	int r;

	c->kind = strcmp(member, "variable") == 0 ? VARIABLE : AUTHORITY;
	if ((r = att_json_str(event, member, &name, err)) < 0)
		return r;
	for (size_t i = 0; i < ATT_COUNT(variables); i++)
		if (strcmp(variables[i].name, name) == 0) {
			c->vendor = variables[i].vendor;
			memcpy(c->name, name, strlen(name) + 1);
			return read_keys(event, c, err);
		}
	return att_err_set(err, ATT_E_FORMAT,
	    "member \"%s\" must be PK, KEK, db, dbx or vendor_db", member);
}

int
att_ref_claim_parse(const json_t *event, unsigned pcr,
    struct att_ref_claim **ret, struct att_err *err)
{
	AUTO(att_ref_claim_free) struct att_ref_claim *c =
	    calloc(1, sizeof(*c));
	bool line = json_object_get(event, "command_line") != NULL;
	bool variable = json_object_get(event, "variable") != NULL;
	bool authority = json_object_get(event, "authority") != NULL;
	int r;

	if (c == NULL)
		return att_err_nomem(err);
	if (line + variable + authority != 1 ||
	    json_object_get(event, "digests") != NULL ||
	    (line && json_object_get(event, "keys") != NULL))
		return att_err_set(err, ATT_E_FORMAT,
		    "one of \"digests\", \"command_line\", \"variable\" and "
		    "\"authority\" is wanted, and \"keys\" with the last two");
	if (pcr != (line ? PCR_COMMANDS : PCR_KEYS))
		return att_err_set(err, ATT_E_FORMAT,
		    "\"command_line\" is of PCR 8, \"variable\" and "
		    "\"authority\" are of PCR 7");
	r = line ? read_line(event, c, err) :
		   read_variable(event, variable ? "variable" : "authority",
		       c, err);
	if (r < 0)
		return r;
	*ret = take(&c);
	return 0;
}

/* -- looking at events ----------------------------------------------------- */

/* GRUB's text for a kernel; a pattern's dot is for no end of a line. */
static int
line_holds(const struct att_ref_claim *c, const struct att_log_event *ev,
    bool *ret, struct att_err *err)
{
	const struct att_event e = { .pcr = ev->pcr, .type = ev->type,
		.data = ev->data };
	struct att_ipl ipl;

	if (ev->type != ATT_EV_IPL)
		return 0;
	att_ipl_parse(&e, ATT_TCG_TPM, &ipl);
	if (ipl.role != ATT_IPL_COMMAND_LINE || ipl.utf16 ||
	    ipl.text.len == 0 ||
	    memchr(ipl.text.data, '\n', ipl.text.len) != NULL)
		return 0;
	return att_patterns_match(c->line, ipl.text, ret, err);
}

/* 1: *ret is it as it would be listed; 0: it cannot be. */
static int
key_of(enum key_kind kind, const struct att_signature *s,
    struct att_hasher *h, struct key *ret, struct att_err *err)
{
	struct att_digest d;
	int r;

	*ret = (struct key){ .kind = (uint8_t)kind };
	memcpy(ret->owner, s->owner, sizeof(ret->owner));
	if (kind == KEY_SHA256) {
		if (s->data.len != SHA256_SIZE)
			return 0;
		memcpy(ret->digest, s->data.data, SHA256_SIZE);
		return 1;
	}
	if ((r = att_hasher_one(h, ATT_ALG_SHA256, s->data, &d, err)) < 0)
		return r;
	memcpy(ret->digest, d.bytes, SHA256_SIZE);
	return 1;
}

/* The keys of one variable, as they are read. */
struct reading {
	const struct att_ref_claim *c;
	struct att_hasher *h;
	uint8_t seen[ATT_REF_KEYS_MAX / 8];
	size_t found;		/* of the listed ones, each counted once */
	bool others;
	int error;		/* the first, or 0 */
	struct att_err *err;
};

static void
read_signature(struct reading *g, enum key_kind kind,
    const struct att_signature *s)
{
	const struct att_ref_claim *c = g->c;
	const struct key *found = NULL;
	struct key key;
	size_t k;
	int r;

	if (g->error < 0)
		return;
	if ((r = key_of(kind, s, g->h, &key, g->err)) < 0)
		g->error = r;
	if (r == 1)
		found = bsearch(&key, c->key, c->keys, sizeof(key), compare);
	if (found == NULL) {
		g->others = true;
		return;
	}
	k = (size_t)(found - c->key);
	if ((g->seen[k / 8] >> k % 8 & 1) == 0) {
		g->seen[k / 8] |= (uint8_t)(1u << k % 8);
		g->found++;
	}
}

/* EFI_SIGNATURE_LISTs; what is of another type is none of the listed keys. */
static bool
read_lists(struct reading *g, struct att_slice data)
{
	struct att_cur at = att_cur_of(data);
	struct att_siglist l;
	int r;

	while ((r = att_siglist_next(&at, &l, NULL)) > 0) {
		bool x509 = att_guid_equal(l.type, ATT_GUID_CERT_X509);
		bool sha256 = att_guid_equal(l.type, ATT_GUID_CERT_SHA256);
		struct att_signature s;

		if (!x509 && !sha256)
			g->others = true;
		for (size_t i = 0; (x509 || sha256) &&
		    att_siglist_get(&l, i, &s); i++)
			read_signature(g, x509 ? KEY_X509 : KEY_SHA256, &s);
	}
	return r == 0;
}

/* EFI_SIGNATURE_DATA, whose length tells what it is. */
static bool
read_one(struct reading *g, struct att_slice data)
{
	struct att_cur at = att_cur_of(data);
	struct att_signature s;

	if (!att_cur_copy(&at, s.owner, sizeof(s.owner)) || at.left == 0)
		return false;
	s.data = att_cur_rest(&at);
	read_signature(g, s.data.len == SHA256_SIZE ? KEY_SHA256 : KEY_X509,
	    &s);
	return true;
}

static int
keys_hold(const struct att_ref_claim *c, const struct att_log_event *ev,
    struct att_hasher *h, bool *ret, struct att_err *err)
{
	struct reading g = { .c = c, .h = h, .err = err };
	struct att_efi_variable v;
	bool whole;

	if (ev->type != (c->kind == VARIABLE ?
		ATT_EV_EFI_VARIABLE_DRIVER_CONFIG :
		ATT_EV_EFI_VARIABLE_AUTHORITY) ||
	    att_efi_variable_parse(ev->data, &v, NULL) < 0 || v.stray != 0 ||
	    !att_efi_variable_is(&v, c->vendor, c->name))
		return 0;
	whole = c->any_keys ||
	    (c->kind == VARIABLE ? read_lists(&g, v.data) :
				   read_one(&g, v.data));
	if (g.error < 0)
		return g.error;
	*ret = whole && (c->any_keys ||
	    (c->all ? g.found == c->keys : !g.others));
	return 0;
}

int
att_ref_claim_holds(const struct att_ref_claim *c,
    const struct att_log_event *ev, struct att_hasher *h, bool *ret,
    struct att_err *err)
{
	*ret = false;
	if (ev->record != NULL || !att_cover_holds(ev->cover))
		return 0;
	return c->kind == COMMAND_LINE ? line_holds(c, ev, ret, err) :
					 keys_hold(c, ev, h, ret, err);
}
