#include "protocol/offer.h"

#include <string.h>

#include "protocol/subjects.h"

#define TYPE "attestation"
#define COMPONENT_VERSION "2.0"	/* of the TPM library; upstream's only one */

static const struct {
	const char *version;	/* evidence_version, NULL: none */
	const char *format;
	bool partial;		/* supports_partial_access, appendable */
} items[ATT_ITEM_COUNT] = {
	[ATT_ITEM_UEFI_LOG] = { "2.1", "application/octet-stream", false },
	[ATT_ITEM_USERSPACE_LOG] = { NULL, "application/octet-stream",
	    false },
	[ATT_ITEM_IMA_LOG] = { NULL, "text/plain", true },
	[ATT_ITEM_FIRMWARE_CLAIMS] = { "1.0", "application/json", false },
	[ATT_ITEM_NODE_FACTS] = { NULL, "application/json", true },
	[ATT_ITEM_PLATFORM_POSTURE] = { "1.0", "application/json", false },
	[ATT_ITEM_SPDM_MEASUREMENTS] = { "1.0", "application/json", false },
};

const char *
att_offer_format(enum att_item item)
{
	return (unsigned)item < ATT_ITEM_COUNT ? items[item].format : NULL;
}

void
att_offer_done(struct att_offer *o)
{
	att_keep_done(&o->keep);
	*o = (struct att_offer){ 0 };
}

uint32_t
att_offer_pcrs(const struct att_offer *o, uint16_t alg)
{
	for (size_t i = 0; i < o->banks; i++)
		if (o->bank[i].alg == alg)
			return o->bank[i].mask;
	return 0;
}

/* -- writing -------------------------------------------------------------- */

/* All algorithms of the banks and keys, which is what the frame lists. */
static int
put_keys(json_t *caps, const struct att_offer *o, struct att_err *err)
{
	AUTO(att_json_decref) json_t *keys = json_array();
	struct att_offer_algs all = { 0 };
	int r;

	for (size_t i = 0; i < o->banks; i++) {
		struct att_offer_algs bank = { .hashes = 1,
			.hash = { o->bank[i].alg } };

		att_offer_algs_add(&all, &bank);
	}
	for (size_t i = 0; i < o->keys; i++)
		att_offer_algs_add(&all, &o->key[i].algs);
	if ((r = att_offer_algs_put(caps, "signature_schemes",
		 "hash_algorithms", &all, err)) < 0)
		return r;
	for (size_t i = 0; i < o->keys; i++)
		if ((r = att_json_add(keys, att_offer_key_to_json(&o->key[i]),
			 err)) < 0)
			return r;
	return att_json_put(caps, "certification_keys", take(&keys), err);
}

static int
put_subjects(json_t *caps, const struct att_offer *o, struct att_err *err)
{
	AUTO(att_json_decref) json_t *banks = json_object();
	int r;

	for (size_t i = 0; i < o->banks; i++)
		if ((r = att_json_put(banks, att_subjects_bank(o->bank[i].alg),
			 att_subjects_of(o->bank[i].mask), err)) < 0)
			return r;
	return att_json_put(caps, "available_subjects", take(&banks), err);
}

static int
add_entry(json_t *list, const char *class, const char *type, json_t *caps,
    struct att_err *err)
{
	return att_json_add(list, json_pack("{s:s, s:s, s:o}",
	    "evidence_class", class, "evidence_type", type, "capabilities",
	    caps), err);
}

static int
add_quote(json_t *list, const struct att_offer *o, struct att_err *err)
{
	AUTO(att_json_decref) json_t *caps = json_object();
	int r;

	if ((r = att_json_put(caps, "component_version",
		 json_string(COMPONENT_VERSION), err)) < 0 ||
	    (r = put_keys(caps, o, err)) < 0 ||
	    (r = put_subjects(caps, o, err)) < 0)
		return r;
	if (o->can_bind &&
	    (r = att_json_put(caps, "bindings",
		 json_pack("[s]", ATT_BINDING_NAME), err)) < 0)
		return r;
	return add_entry(list, "certification", "tpm_quote", take(&caps),
	    err);
}

static int
put_facts(json_t *caps, const struct att_offer_facts *f, struct att_err *err)
{
	int r;

	if (att_fact_queue_check(f->queue, NULL) < 0 || f->first < 1 ||
	    f->first > f->last || f->last > ATT_FACT_NUMBER_MAX)
		return att_err_set(err, ATT_E_USAGE,
		    "node_facts needs the name of a queue, first and last");
	if ((r = att_json_put(caps, "queue", json_string(f->queue), err)) <
		0 ||
	    (r = att_json_put(caps, "first", json_integer(f->first), err)) <
		0)
		return r;
	return att_json_put(caps, "last", json_integer(f->last), err);
}

static int
add_item(json_t *list, enum att_item item, const struct att_offer *o,
    struct att_err *err)
{
	const struct att_offer_item *i = &o->item[item];
	AUTO(att_json_decref) json_t *caps = NULL;
	bool bad = i->state == ATT_ITEM_UNREADABLE;
	int r;

	if (i->state == ATT_ITEM_ABSENT)
		return 0;
	caps = json_pack("{s:I, s:b, s:b, s:[s]}", "entry_count",
	    (json_int_t)(bad ? 0 : i->entries), "supports_partial_access",
	    (int)items[item].partial, "appendable", (int)items[item].partial,
	    "formats", items[item].format);
	if (caps == NULL)
		return att_err_nomem(err);
	if (items[item].version != NULL &&
	    (r = att_json_put(caps, "evidence_version",
		 json_string(items[item].version), err)) < 0)
		return r;
	if (!bad && item == ATT_ITEM_NODE_FACTS &&
	    (r = put_facts(caps, &o->facts, err)) < 0)
		return r;
	if (bad &&
	    (r = att_json_put(caps, "unreadable", att_message_text(i->reason),
		 err)) < 0)
		return r;
	if (!bad && !items[item].partial && i->sha256.alg != 0 &&
	    (r = att_json_put(caps, "entries_sha256",
		 att_json_hex_of(att_digest_view(&i->sha256)), err)) < 0)
		return r;
	return add_entry(list, "log", att_item_name(item), take(&caps), err);
}

static int
put_said(json_t *j, const char *name, const char *text, struct att_err *err)
{
	return text == NULL || text[0] == '\0' ?
	    0 :
	    att_json_put(j, name, att_message_text(text), err);
}

static int
put_system(json_t *attr, const struct att_offer *o, struct att_err *err)
{
	AUTO(att_json_decref) json_t *info = json_object();
	AUTO(att_json_decref) json_t *hint = json_object();
	int64_t t;
	int r;

	if (o->boot_time == NULL ||
	    att_timestamp_parse(o->boot_time, &t, NULL) < 0)
		return att_err_set(err, ATT_E_USAGE,
		    "boot_time must be a time of RFC 3339");
	if ((r = att_json_put(info, "boot_time", json_string(o->boot_time),
		 err)) < 0 ||
	    (r = put_said(info, "boot_id", o->boot_id, err)) < 0 ||
	    (r = put_said(hint, "vendor", o->hint_vendor, err)) < 0 ||
	    (r = put_said(hint, "product", o->hint_product, err)) < 0)
		return r;
	if (json_object_size(hint) > 0 &&
	    (r = att_json_put(info, "hint", take(&hint), err)) < 0)
		return r;
	return att_json_put(attr, "system_info", take(&info), err);
}

int
att_offer_encode(const struct att_offer *o, struct att_buf *ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *attr = json_object();
	AUTO(att_json_decref) json_t *list = json_array();
	struct att_frame f = { .type = TYPE };
	int r;

	if (o->banks == 0 || o->keys == 0)
		return att_err_set(err, ATT_E_USAGE,
		    "an offer needs a PCR bank and a key");
	if ((r = add_quote(list, o, err)) < 0)
		return r;
	for (unsigned i = 0; i < ATT_ITEM_COUNT; i++)
		if ((r = add_item(list, (enum att_item)i, o, err)) < 0)
			return r;
	if ((r = att_json_put(attr, "evidence_supported", take(&list), err)) <
		0 ||
	    (r = put_system(attr, o, err)) < 0)
		return r;
	f.attributes = take(&attr);
	return att_message_write(&f, ret, err);
}

/* -- reading -------------------------------------------------------------- */

/* Is the text in the array? */
static bool
lists(const json_t *list, const char *text)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));

		if (s != NULL && strcmp(s, text) == 0)
			return true;
	}
	return false;
}

static int
read_bank(const json_t *caps, const char *name, const json_t *list,
    struct att_offer *o, struct att_err *err)
{
	struct att_pcr_select s = { .alg = att_alg_by_name(name) };
	int r;

	if (s.alg == 0 || json_is_null(list))
		return 0;
	if (!lists(json_object_get(caps, "hash_algorithms"), name))
		return att_err_set(err, ATT_E_FORMAT,
		    "bank %s is not among the hash_algorithms", name);
	/* two names can mean one bank, and there is room for each bank once */
	if (att_offer_pcrs(o, s.alg) != 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "bank %s is offered twice", name);
	if ((r = att_subjects_read(list, &s.mask, err)) < 0)
		return r;
	if (s.mask != 0)
		o->bank[o->banks++] = s;
	return 0;
}

static int
read_subjects(const json_t *caps, struct att_offer *o, struct att_err *err)
{
	json_t *banks = NULL, *v;
	const char *name;
	int r;

	if ((r = att_json_obj(caps, "available_subjects", &banks, err)) < 0)
		return r;
	json_object_foreach (banks, name, v)
		if ((r = read_bank(caps, name, v, o, err)) < 0)
			return r;
	if (o->banks == 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "no PCR bank that is known here is offered");
	return 0;
}

static int
read_keys(const json_t *caps, const struct att_offer_algs *algs,
    struct att_offer *o, struct att_pointer *where, struct att_err *err)
{
	json_t *list = NULL;
	int r;

	if ((r = att_json_arr(caps, "certification_keys", &list, err)) < 0)
		return r;
	if (json_array_size(list) > ATT_OFFER_KEYS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%zu keys are offered, at most %d are taken",
		    json_array_size(list), ATT_OFFER_KEYS_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		bool known = false;

		r = att_offer_key_read(json_array_get(list, i), algs,
		    &o->keep, &o->key[o->keys], &known, where, err);
		if (r < 0)
			return att_pointer_at_index(r, where, i);
		o->keys += known ? 1 : 0;
	}
	if (o->keys == 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "no key of a kind that is known here is offered");
	return 0;
}

static int
read_version(const json_t *caps, struct att_err *err)
{
	const char *s = NULL;
	int r = att_json_str(caps, "component_version", &s, err);

	if (r < 0)
		return r;
	if (strcmp(s, COMPONENT_VERSION) != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "component_version must be \"" COMPONENT_VERSION "\"");
	return 0;
}

static int
read_bindings(const json_t *caps, struct att_offer *o, struct att_err *err)
{
	json_t *list = NULL;
	int r;

	if (json_object_get(caps, "bindings") == NULL)
		return 0;
	if ((r = att_json_arr(caps, "bindings", &list, err)) < 0)
		return r;
	o->can_bind = lists(list, ATT_BINDING_NAME);
	return 0;
}

static int
need_list(const json_t *caps, const char *name, struct att_pointer *where,
    struct att_err *err)
{
	json_t *list = NULL;

	return att_pointer_at(att_json_arr(caps, name, &list, err), where,
	    name);
}

static int
read_quote(const json_t *caps, struct att_offer *o, struct att_pointer *where,
    struct att_err *err)
{
	struct att_offer_algs algs = { 0 };
	int r;

	if (o->keys > 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "tpm_quote is offered twice");
	if ((r = att_pointer_at(read_version(caps, err), where,
		 "component_version")) < 0 ||
	    (r = need_list(caps, "signature_schemes", where, err)) < 0 ||
	    (r = need_list(caps, "hash_algorithms", where, err)) < 0 ||
	    (r = att_offer_algs_read(caps, "signature_schemes",
		 "hash_algorithms", &algs, where, err)) < 0 ||
	    (r = att_pointer_at(read_subjects(caps, o, err), where,
		 "available_subjects")) < 0 ||
	    (r = att_pointer_at(read_bindings(caps, o, err), where,
		 "bindings")) < 0)
		return r;
	return att_pointer_at(read_keys(caps, &algs, o, where, err), where,
	    "certification_keys");
}

static int
read_formats(const json_t *caps, enum att_item item, struct att_err *err)
{
	json_t *list = NULL;
	int r = att_json_arr(caps, "formats", &list, err);

	if (r < 0)
		return r;
	if (!lists(list, items[item].format))
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "%s must be offered as %s", att_item_name(item),
		    items[item].format);
	return 0;
}

static int
read_facts(const json_t *caps, struct att_offer_facts *f,
    struct att_pointer *where, struct att_err *err)
{
	const char *queue = NULL;
	int r = att_json_str(caps, "queue", &queue, err);

	if (r < 0 || (r = att_fact_queue_check(queue, err)) < 0)
		return att_pointer_at(r, where, "queue");
	if ((r = att_pointer_at(att_json_int(caps, "first", 1,
				    ATT_FACT_NUMBER_MAX, &f->first, err),
		 where, "first")) < 0 ||
	    (r = att_pointer_at(att_json_int(caps, "last", f->first,
				    ATT_FACT_NUMBER_MAX, &f->last, err),
		 where, "last")) < 0)
		return r;
	memcpy(f->queue, queue, sizeof(f->queue));
	return 0;
}

static int
read_item(const json_t *caps, enum att_item item, struct att_offer *o,
    struct att_pointer *where, struct att_err *err)
{
	struct att_offer_item *i = &o->item[item];
	int r;

	if (i->state != ATT_ITEM_ABSENT)
		return att_err_set(err, ATT_E_FORMAT, "%s is offered twice",
		    att_item_name(item));
	if ((r = att_pointer_at(att_json_int(caps, "entry_count", 0,
				    ATT_OFFER_COUNT_MAX, &i->entries, err),
		 where, "entry_count")) < 0 ||
	    (r = att_pointer_at(read_formats(caps, item, err), where,
		 "formats")) < 0 ||
	    (r = att_message_text_opt(caps, "unreadable", &i->reason, where,
		 err)) < 0 ||
	    (!items[item].partial &&
		(r = att_message_sha256_opt(caps, "entries_sha256",
		     &i->sha256, where, err)) < 0))
		return r;
	i->state = i->reason != NULL ? ATT_ITEM_UNREADABLE : ATT_ITEM_PRESENT;
	return item == ATT_ITEM_NODE_FACTS && i->state == ATT_ITEM_PRESENT ?
	    read_facts(caps, &o->facts, where, err) :
	    0;
}

static int
read_entry(const json_t *j, struct att_offer *o, struct att_pointer *where,
    struct att_err *err)
{
	const char *class = NULL, *type = NULL;
	enum att_item item;
	json_t *caps = NULL;
	bool quote;
	int r;

	if ((r = att_pointer_at(att_json_str(j, "evidence_class", &class,
				    err), where, "evidence_class")) < 0 ||
	    (r = att_pointer_at(att_json_str(j, "evidence_type", &type, err),
		 where, "evidence_type")) < 0)
		return r;
	quote = strcmp(type, "tpm_quote") == 0;
	item = att_item_by_name(type);
	if (!quote && item == ATT_ITEM_COUNT)
		return 0;
	if (strcmp(class, quote ? "certification" : "log") != 0)
		return att_pointer_at(att_err_set(err, ATT_E_FORMAT,
					  "evidence of another class"),
		    where, "evidence_class");
	if ((r = att_json_obj(j, "capabilities", &caps, err)) >= 0)
		r = quote ? read_quote(caps, o, where, err) :
			    read_item(caps, item, o, where, err);
	return att_pointer_at(r, where, "capabilities");
}

static int
read_supported(const json_t *attr, struct att_offer *o,
    struct att_pointer *where, struct att_err *err)
{
	json_t *list = NULL;
	int r;

	if ((r = att_json_arr(attr, "evidence_supported", &list, err)) < 0)
		return r;
	if (json_array_size(list) > ATT_OFFER_ENTRIES_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%zu kinds of evidence are offered, at most %d are taken",
		    json_array_size(list), ATT_OFFER_ENTRIES_MAX);
	for (size_t i = 0; i < json_array_size(list); i++)
		if ((r = att_pointer_at_index(read_entry(json_array_get(list,
						  i), o, where, err),
			 where, i)) < 0)
			return r;
	if (o->keys == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "tpm_quote must be offered");
	return 0;
}

static int
read_boot_time(const json_t *info, const char **ret, struct att_err *err)
{
	int64_t t;
	int r = att_json_str(info, "boot_time", ret, err);

	return r < 0 ? r : att_timestamp_parse(*ret, &t, err);
}

static int
read_hint(const json_t *info, struct att_offer *o, struct att_pointer *where,
    struct att_err *err)
{
	json_t *hint = json_object_get(info, "hint");
	int r;

	if (hint == NULL || json_is_null(hint))
		return 0;
	if ((r = att_json_obj(info, "hint", &hint, err)) < 0 ||
	    (r = att_message_text_opt(hint, "vendor", &o->hint_vendor, where,
		 err)) < 0)
		return r;
	return att_message_text_opt(hint, "product", &o->hint_product, where,
	    err);
}

static int
read_system(const json_t *attr, struct att_offer *o,
    struct att_pointer *where, struct att_err *err)
{
	json_t *info = NULL;
	int r;

	if ((r = att_json_obj(attr, "system_info", &info, err)) < 0 ||
	    (r = att_pointer_at(read_boot_time(info, &o->boot_time, err),
		 where, "boot_time")) < 0 ||
	    (r = att_message_text_opt(info, "boot_id", &o->boot_id, where,
		 err)) < 0)
		return r;
	return att_pointer_at(read_hint(info, o, where, err), where, "hint");
}

static int
read_offer(const json_t *attr, struct att_offer *o, struct att_pointer *where,
    struct att_err *err)
{
	int r = att_pointer_at(read_supported(attr, o, where, err), where,
	    "evidence_supported");

	return r < 0 ? r :
		       att_pointer_at(read_system(attr, o, where, err),
			   where, "system_info");
}

int
att_offer_parse(struct att_slice body, struct att_offer *ret,
    struct att_pointer *where, struct att_err *err)
{
	AUTO_DONE(att_offer_done)
	struct att_offer o = { .boot_id = "", .hint_vendor = "",
		.hint_product = "" };
	json_t *data = NULL, *attr = NULL;
	int r;

	att_pointer_clear(where);
	if ((r = att_message_parse(body, ATT_MESSAGE_MAX, TYPE, &o.keep,
		 &data, &attr, err)) < 0 ||
	    (r = att_message_at(read_offer(attr, &o, where, err), where)) < 0)
		return r;
	*ret = o;
	o = (struct att_offer){ 0 };
	return 0;
}
