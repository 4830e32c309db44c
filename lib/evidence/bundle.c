#include "evidence/bundle.h"

#include <string.h>

#include "base/encoding.h"
#include "base/json.h"
#include "base/text.h"

/* Version 1 of the file; another version is another tag. */
#define COLLECTION_TYPE "tag:attestd.io,2026:evidence/1"
/* RFC 9999, `ind` of a record: bit 1 endorsements, bit 2 evidence. */
#define IND_ENDORSEMENT 2
#define IND_EVIDENCE 4

static const struct {
	const char *name;
	const char *type;	/* media type of its record */
} items[ATT_ITEM_COUNT] = {
	[ATT_ITEM_UEFI_LOG] = { "uefi_log",
	    "application/vnd.attestd.uefi-log" },
	[ATT_ITEM_USERSPACE_LOG] = { "userspace_log",
	    "application/vnd.attestd.userspace-log" },
	[ATT_ITEM_IMA_LOG] = { "ima_log", "application/vnd.attestd.ima-log" },
	[ATT_ITEM_FIRMWARE_CLAIMS] = { "firmware_claims",
	    "application/vnd.attestd.firmware-claims+json" },
	[ATT_ITEM_NODE_FACTS] = { "node_facts",
	    "application/vnd.attestd.node-facts+json" },
	[ATT_ITEM_PLATFORM_POSTURE] = { "platform_posture",
	    "application/vnd.attestd.platform-posture+json" },
	[ATT_ITEM_SPDM_MEASUREMENTS] = { "spdm_measurements",
	    "application/vnd.attestd.spdm-measurements+json" },
};

static const char claims_type[] = "application/vnd.attestd.claims+json";
static const char quote_type[] = "application/vnd.attestd.tpm-quote+json";
static const char cert_type[] = "application/pkix-cert";

struct att_bundle {
	struct att_evidence e;
	json_t *claims;		/* texts of `e` are borrowed from it */
	json_t *extra;		/* members of the collection not known here */
	struct att_buf attest, signature, ak_public, ek_cert, challenge;
	struct att_buf item[ATT_ITEM_COUNT];
};

const char *
att_item_name(enum att_item item)
{
	return (unsigned)item < ATT_ITEM_COUNT ? items[item].name : NULL;
}

enum att_item
att_item_by_name(const char *name)
{
	for (unsigned i = 0; i < ATT_ITEM_COUNT; i++)
		if (strcmp(items[i].name, name) == 0)
			return (enum att_item)i;
	return ATT_ITEM_COUNT;
}

int
att_evidence_binding(const struct att_evidence *e, struct att_hasher *h,
    struct att_slice challenge, const enum att_item *item, size_t count,
    struct att_digest *ret, struct att_err *err)
{
	struct att_digest d[ATT_ITEM_COUNT];
	size_t n = 0;
	int r;

	if (count > ATT_ITEM_COUNT)
		return att_err_set(err, ATT_E_LIMIT,
		    "%zu items in a binding, at most %d are known", count,
		    ATT_ITEM_COUNT);
	for (size_t i = 0; i < count; i++) {
		const char *name = att_item_name(item[i]);

		if (name == NULL || e->item[item[i]].state != ATT_ITEM_PRESENT)
			return att_err_set(err, ATT_E_NOT_FOUND,
			    "%s is not in the evidence",
			    name == NULL ? "an unknown item" : name);
		if (item[i] == ATT_ITEM_IMA_LOG)
			continue;
		if ((r = att_binding_item(h, e->item[item[i]].bytes, &d[n++],
			 err)) < 0)
			return r;
	}
	return att_binding_compute(h, challenge, d, n, ret, err);
}

void
att_bundle_free(struct att_bundle *b)
{
	if (b == NULL)
		return;
	json_decref(b->claims);
	json_decref(b->extra);
	att_buf_done(&b->attest);
	att_buf_done(&b->signature);
	att_buf_done(&b->ak_public);
	att_buf_done(&b->ek_cert);
	att_buf_done(&b->challenge);
	for (size_t i = 0; i < ATT_ITEM_COUNT; i++)
		att_buf_done(&b->item[i]);
	free(b);
}

const struct att_evidence *
att_bundle_evidence(const struct att_bundle *b)
{
	return &b->e;
}

static struct att_bundle *
bundle_new(void)
{
	struct att_bundle *b = calloc(1, sizeof(*b));

	if (b == NULL || (b->extra = json_object()) == NULL) {
		free(b);
		return NULL;
	}
	b->attest = b->signature = b->ak_public = ATT_BUF(ATT_QUOTE_PART_MAX);
	b->ek_cert = ATT_BUF(ATT_EK_CERT_MAX);
	b->challenge = ATT_BUF(ATT_CHALLENGE_MAX);
	for (size_t i = 0; i < ATT_ITEM_COUNT; i++)
		b->item[i] = ATT_BUF(ATT_ITEM_MAX);
	b->e.agent_id = b->e.boot_id = "";
	b->e.hint_vendor = b->e.hint_product = "";
	return b;
}

/* -- reading ------------------------------------------------------------- */

static struct att_slice
text_of(const json_t *j)
{
	return (struct att_slice){ (const uint8_t *)json_string_value(j),
		json_string_length(j) };
}

/* json-record (RFC 9999, 3.1): [type, base64url value, ? ind]. */
static bool
is_record(const json_t *j)
{
	size_t n = json_array_size(j);

	return (n == 2 || n == 3) && json_is_string(json_array_get(j, 0)) &&
	    json_is_string(json_array_get(j, 1)) &&
	    (n == 2 || json_is_integer(json_array_get(j, 2)));
}

static int
read_record(const json_t *j, const char *name, const char *type, int ind,
    struct att_buf *ret, struct att_err *err)
{
	int r;

	if (!is_record(j) || json_array_size(j) != 3 ||
	    strcmp(json_string_value(json_array_get(j, 0)), type) != 0 ||
	    json_integer_value(json_array_get(j, 2)) != ind)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"%s\" must be [\"%s\", value, %d]", name, type,
		    ind);
	if ((r = att_base64url_decode(text_of(json_array_get(j, 1)), ret,
		 err)) < 0)
		att_err_prefix(err, "member \"%s\"", name);
	return r;
}

static int
read_json_record(const json_t *j, const char *name, const char *type,
    json_t **ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(256 << 10);
	AUTO(att_json_decref) json_t *inner = NULL;
	int r;

	if ((r = read_record(j, name, type, IND_EVIDENCE, &b, err)) < 0)
		return r;
	if ((r = att_json_parse(att_buf_view(&b), b.max, &inner, err)) < 0) {
		att_err_prefix(err, "member \"%s\"", name);
		return r;
	}
	if (!json_is_object(inner))
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"%s\" must hold an object", name);
	*ret = take(&inner);
	return 0;
}

/* A text that can be shown anywhere; a missing one leaves "". */
static int
read_text(const json_t *j, const char *name, const char **ret,
    struct att_err *err)
{
	const char *s = "";
	int r;

	if ((r = att_json_str_opt(j, name, &s, err)) < 0)
		return r;
	if (strlen(s) > ATT_BUNDLE_TEXT_MAX ||
	    !att_text_is_clean(att_slice_of(s)))
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"%s\" must be clean text of at most %d bytes",
		    name, ATT_BUNDLE_TEXT_MAX);
	*ret = s;
	return 0;
}

static int
read_agent_id(const json_t *j, const char **ret, struct att_err *err)
{
	const char *s = "";
	int r;

	if ((r = read_text(j, "agent_id", &s, err)) < 0)
		return r;
	if (strlen(s) > ATT_AGENT_ID_MAX ||
	    s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			"0123456789._-")] != '\0')
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"agent_id\" must be 1 to %d of A-Z a-z 0-9 . _ -",
		    ATT_AGENT_ID_MAX);
	*ret = s;
	return 0;
}

static int
read_bound(const json_t *j, struct att_evidence *e, struct att_err *err)
{
	json_t *list = json_object_get(j, "bound");
	bool seen[ATT_ITEM_COUNT] = { false };

	if (list == NULL)
		return 0;
	if (!json_is_array(list) || json_array_size(list) > ATT_ITEM_COUNT)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"bound\" must be an array of at most %d",
		    ATT_ITEM_COUNT);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));
		enum att_item item = s == NULL ? ATT_ITEM_COUNT :
						 att_item_by_name(s);

		if (item == ATT_ITEM_COUNT || seen[item])
			return att_err_set(err, ATT_E_FORMAT,
			    "member \"bound\": entry %zu is unknown or twice",
			    i);
		seen[item] = true;
		e->bound_item[i] = item;
	}
	e->bound_count = json_array_size(list);
	e->bound = true;
	return 0;
}

static int
read_unreadable(const json_t *j, struct att_evidence *e, struct att_err *err)
{
	json_t *obj = json_object_get(j, "unreadable"), *v;
	const char *name;
	int r;

	if (obj == NULL)
		return 0;
	if (!json_is_object(obj))
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"unreadable\" must be an object");
	json_object_foreach (obj, name, v) {
		enum att_item item = att_item_by_name(name);

		if (item == ATT_ITEM_COUNT ||
		    e->item[item].state != ATT_ITEM_ABSENT)
			return att_err_set(err, ATT_E_FORMAT,
			    "member \"unreadable\": \"%s\" is unknown or "
			    "in the evidence", name);
		if ((r = read_text(obj, name, &e->item[item].reason, err)) < 0)
			return r;
		e->item[item].state = ATT_ITEM_UNREADABLE;
	}
	return 0;
}

static int
read_hint(const json_t *j, struct att_evidence *e, struct att_err *err)
{
	static const char *const names[] = { "vendor", "product", NULL };
	json_t *hint = NULL;
	int r;

	if (json_object_get(j, "hint") == NULL)
		return 0;
	if ((r = att_json_obj(j, "hint", &hint, err)) < 0 ||
	    (r = att_json_only(hint, names, err)) < 0 ||
	    (r = read_text(hint, "vendor", &e->hint_vendor, err)) < 0)
		return r;
	return read_text(hint, "product", &e->hint_product, err);
}

static int
read_claims(const json_t *record, struct att_bundle *b, struct att_err *err)
{
	static const char *const names[] = { "agent_id", "boot_id", "bound",
		"challenge", "collected_at", "hint", "unreadable", NULL };
	int r;

	if ((r = read_json_record(record, "claims", claims_type, &b->claims,
		 err)) < 0)
		return r;
	if ((r = att_json_only(b->claims, names, err)) < 0 ||
	    (r = read_agent_id(b->claims, &b->e.agent_id, err)) < 0 ||
	    (r = read_text(b->claims, "boot_id", &b->e.boot_id, err)) < 0 ||
	    (r = att_json_int_opt(b->claims, "collected_at", 0, INT64_MAX,
		 &b->e.collected_at, err)) < 0 ||
	    (r = att_json_base64(b->claims, "challenge", &b->challenge,
		 err)) < 0 ||
	    (r = read_hint(b->claims, &b->e, err)) < 0 ||
	    (r = read_bound(b->claims, &b->e, err)) < 0 ||
	    (r = read_unreadable(b->claims, &b->e, err)) < 0)
		att_err_prefix(err, "claims");
	return r;
}

static int
read_quote(const json_t *record, struct att_bundle *b, struct att_err *err)
{
	static const char *const names[] = { "ak_public", "attest", "pcrs",
		"signature", NULL };
	AUTO(att_json_decref) json_t *j = NULL;
	json_t *pcrs = NULL;
	int r;

	if ((r = read_json_record(record, "tpm_quote", quote_type, &j, err)) <
	    0)
		return r;
	if ((r = att_json_only(j, names, err)) < 0 ||
	    (r = att_json_base64(j, "ak_public", &b->ak_public, err)) < 0 ||
	    (r = att_json_base64(j, "attest", &b->attest, err)) < 0 ||
	    (r = att_json_base64(j, "signature", &b->signature, err)) < 0 ||
	    (r = att_json_obj(j, "pcrs", &pcrs, err)) < 0 ||
	    (r = att_pcrs_from_json(pcrs, &b->e.pcrs, err)) < 0)
		att_err_prefix(err, "tpm_quote");
	return r;
}

/* json-cmw: a record, or a collection, whose members are not looked into. */
static int
keep_extra(struct att_bundle *b, const char *name, json_t *v,
    struct att_err *err)
{
	if (!is_record(v) && !json_is_object(v))
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"%s\" is no CMW (RFC 9999, 3)", name);
	if (json_object_size(b->extra) >= ATT_BUNDLE_EXTRA_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "over %d members that are not known here",
		    ATT_BUNDLE_EXTRA_MAX);
	return att_json_put(b->extra, name, json_incref(v), err);
}

static int
read_member(struct att_bundle *b, const char *name, json_t *v,
    struct att_err *err)
{
	enum att_item item = att_item_by_name(name);
	int r;

	/* their turn comes apart: they are required, and in order */
	if (strcmp(name, "__cmwc_t") == 0 || strcmp(name, "claims") == 0 ||
	    strcmp(name, "tpm_quote") == 0)
		return 0;
	if (strcmp(name, "ek_cert") == 0)
		return read_record(v, name, cert_type, IND_ENDORSEMENT,
		    &b->ek_cert, err);
	if (item == ATT_ITEM_COUNT)
		return keep_extra(b, name, v, err);
	if ((r = read_record(v, name, items[item].type, IND_EVIDENCE,
		 &b->item[item], err)) < 0)
		return r;
	b->e.item[item].state = ATT_ITEM_PRESENT;
	return 0;
}

static int
read_collection(json_t *j, struct att_bundle *b, struct att_err *err)
{
	const char *name, *type = NULL;
	json_t *v, *claims = NULL, *quote = NULL;
	int r;

	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT,
		    "evidence must be a CMW collection, an object");
	if ((r = att_json_str(j, "__cmwc_t", &type, err)) < 0)
		return r;
	if (strcmp(type, COLLECTION_TYPE) != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "collection type is not \"" COLLECTION_TYPE "\"");
	json_object_foreach (j, name, v)
		if ((r = read_member(b, name, v, err)) < 0)
			return r;
	if ((r = att_json_arr(j, "claims", &claims, err)) < 0 ||
	    (r = att_json_arr(j, "tpm_quote", &quote, err)) < 0 ||
	    (r = read_claims(claims, b, err)) < 0)
		return r;
	return read_quote(quote, b, err);
}

int
att_bundle_parse(struct att_slice text, struct att_bundle **ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	AUTO(att_bundle_free) struct att_bundle *b = bundle_new();
	int r;

	if (b == NULL)
		return att_err_nomem(err);
	if ((r = att_json_parse(text, ATT_BUNDLE_MAX, &j, err)) < 0 ||
	    (r = read_collection(j, b, err)) < 0)
		return r;
	b->e.attest = att_buf_view(&b->attest);
	b->e.signature = att_buf_view(&b->signature);
	b->e.ak_public = att_buf_view(&b->ak_public);
	b->e.ek_cert = att_buf_view(&b->ek_cert);
	b->e.challenge = att_buf_view(&b->challenge);
	for (size_t i = 0; i < ATT_ITEM_COUNT; i++)
		if (b->e.item[i].state == ATT_ITEM_PRESENT)
			b->e.item[i].bytes = att_buf_view(&b->item[i]);
	*ret = take(&b);
	return 0;
}

/* -- writing ------------------------------------------------------------- */

static json_t *
base64url_of(struct att_slice s)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_BUNDLE_MAX);

	att_base64url_put(&b, s);
	return b.failed ? NULL :
			  json_stringn_nocheck(b.len == 0 ? "" :
				  (const char *)b.data, b.len);
}

static int
put_record(json_t *j, const char *name, const char *type, int ind,
    struct att_slice value, struct att_err *err)
{
	AUTO(att_json_decref) json_t *rec = json_array();

	if (rec == NULL || att_json_add(rec, json_string(type), err) < 0 ||
	    att_json_add(rec, base64url_of(value), err) < 0 ||
	    att_json_add(rec, json_integer(ind), err) < 0)
		return att_err_nomem(err);
	return att_json_put(j, name, take(&rec), err);
}

static int
put_json_record(json_t *j, const char *name, const char *type,
    const json_t *value, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(256 << 10);
	int r;

	if ((r = att_json_write(value, &b, err)) < 0)
		return r;
	return put_record(j, name, type, IND_EVIDENCE, att_buf_view(&b), err);
}

/*
 * What read_text takes back: text that is not clean (DMI strings can be
 * anything) keeps its printable ASCII.
 */
static json_t *
shown(const char *text)
{
	char s[ATT_BUNDLE_TEXT_MAX + 1];
	size_t n = strnlen(text, ATT_BUNDLE_TEXT_MAX + 1);
	struct att_slice all = { (const uint8_t *)text, n };

	if (n <= ATT_BUNDLE_TEXT_MAX && att_text_is_clean(all))
		return json_string(text);
	n = ATT_MIN(n, (size_t)ATT_BUNDLE_TEXT_MAX);
	for (size_t i = 0; i < n; i++)
		s[i] = (char)(text[i] >= ' ' && text[i] <= '~' &&
				    text[i] != '\\' ? text[i] : '?');
	return json_stringn(s, n);
}

static int
put_text(json_t *j, const char *name, const char *text, struct att_err *err)
{
	if (text == NULL || text[0] == '\0')
		return 0;
	return att_json_put(j, name, shown(text), err);
}

static int
put_items(json_t *j, const struct att_evidence *e, struct att_err *err)
{
	AUTO(att_json_decref) json_t *bound = json_array();
	AUTO(att_json_decref) json_t *bad = json_object();
	int r;

	for (size_t i = 0; e->bound && i < e->bound_count; i++)
		if ((r = att_json_add(bound, json_string(att_item_name(
			 e->bound_item[i])), err)) < 0)
			return r;
	for (unsigned i = 0; i < ATT_ITEM_COUNT; i++)
		if (e->item[i].state == ATT_ITEM_UNREADABLE &&
		    (r = att_json_put(bad, items[i].name,
			 shown(e->item[i].reason == NULL ? "" :
				 e->item[i].reason), err)) < 0)
			return r;
	if (e->bound && (r = att_json_put(j, "bound", take(&bound), err)) < 0)
		return r;
	if (json_object_size(bad) > 0)
		return att_json_put(j, "unreadable", take(&bad), err);
	return 0;
}

static int
put_claims(json_t *j, const struct att_evidence *e, struct att_err *err)
{
	AUTO(att_json_decref) json_t *c = json_object();
	AUTO(att_json_decref) json_t *hint = json_object();
	int r;

	if ((r = put_text(c, "agent_id", e->agent_id, err)) < 0 ||
	    (r = put_text(c, "boot_id", e->boot_id, err)) < 0 ||
	    (r = att_json_put(c, "challenge",
		 att_json_base64_of(e->challenge), err)) < 0 ||
	    (r = put_text(hint, "vendor", e->hint_vendor, err)) < 0 ||
	    (r = put_text(hint, "product", e->hint_product, err)) < 0 ||
	    (r = put_items(c, e, err)) < 0)
		return r;
	if (e->collected_at != 0 &&
	    (r = att_json_put(c, "collected_at",
		 json_integer(e->collected_at), err)) < 0)
		return r;
	if (json_object_size(hint) > 0 &&
	    (r = att_json_put(c, "hint", take(&hint), err)) < 0)
		return r;
	return put_json_record(j, "claims", claims_type, c, err);
}

static int
put_quote(json_t *j, const struct att_evidence *e, struct att_err *err)
{
	AUTO(att_json_decref) json_t *q = json_object();
	int r;

	if ((r = att_json_put(q, "ak_public",
		 att_json_base64_of(e->ak_public), err)) < 0 ||
	    (r = att_json_put(q, "attest", att_json_base64_of(e->attest),
		 err)) < 0 ||
	    (r = att_json_put(q, "signature",
		 att_json_base64_of(e->signature), err)) < 0 ||
	    (r = att_json_put(q, "pcrs", att_pcrs_to_json(&e->pcrs), err)) < 0)
		return r;
	return put_json_record(j, "tpm_quote", quote_type, q, err);
}

/* Adds all that is known to `j` and writes it. */
static int
encode(json_t *j, const struct att_evidence *e, struct att_buf *ret,
    struct att_err *err)
{
	int r;

	if (j == NULL)
		return att_err_nomem(err);
	if ((r = att_json_put(j, "__cmwc_t", json_string(COLLECTION_TYPE),
		 err)) < 0 ||
	    (r = put_claims(j, e, err)) < 0 || (r = put_quote(j, e, err)) < 0)
		return r;
	if (e->ek_cert.len > 0 &&
	    (r = put_record(j, "ek_cert", cert_type, IND_ENDORSEMENT,
		 e->ek_cert, err)) < 0)
		return r;
	for (unsigned i = 0; i < ATT_ITEM_COUNT; i++)
		if (e->item[i].state == ATT_ITEM_PRESENT &&
		    (r = put_record(j, items[i].name, items[i].type,
			 IND_EVIDENCE, e->item[i].bytes, err)) < 0)
			return r;
	if ((r = att_json_write(j, ret, err)) < 0)
		return r;
	att_buf_u8(ret, '\n');
	return att_buf_ok(ret, "evidence", err);
}

int
att_evidence_encode(const struct att_evidence *e, struct att_buf *ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();

	return encode(j, e, ret, err);
}

int
att_bundle_encode(const struct att_bundle *b, struct att_buf *ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_copy(b->extra);

	return encode(j, &b->e, ret, err);
}
