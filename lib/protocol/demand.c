#include "protocol/demand.h"

#include <string.h>

#include "base/encoding.h"
#include "protocol/agent_id.h"
#include "protocol/subjects.h"

#define TYPE "attestation"
#define QUOTE_CLASS "certification"
#define QUOTE_TYPE "tpm_quote"
#define LOG_CLASS "log"
#define FACTS_FROM_MAX (ATT_FACT_NUMBER_MAX + 1)

int
att_attestation_path(const char *agent_id, uint64_t index,
    char ret[static ATT_ATTESTATION_PATH_MAX + 1], struct att_err *err)
{
	int r = att_agent_id_check(agent_id, err);

	if (r < 0)
		return r;
	(void)snprintf(ret, ATT_ATTESTATION_PATH_MAX + 1,
	    "/v3.0/agents/%s/attestations/%llu", agent_id,
	    (unsigned long long)index);
	return 0;
}

bool
att_demand_asks(const struct att_demand *d, enum att_item item)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->item[i] == item)
			return true;
	return false;
}

/* -- writing -------------------------------------------------------------- */

static int
check_quote(const struct att_demand *d, const struct att_offer *o,
    struct att_err *err)
{
	int r = att_challenge_check((struct att_slice){ d->challenge,
					d->challenge_len }, err);

	if (r < 0)
		return r;
	if (d->key >= o->keys ||
	    !att_offer_algs_has(&o->key[d->key].algs, d->scheme,
		d->select.alg))
		return att_err_set(err, ATT_E_USAGE,
		    "a key, scheme or hash that was not offered");
	if (d->select.mask == 0 ||
	    (d->select.mask & ~att_offer_pcrs(o, d->select.alg)) != 0)
		return att_err_set(err, ATT_E_USAGE,
		    "PCRs 0x%06x of bank %s were not offered",
		    d->select.mask, att_alg_name(d->select.alg));
	if (d->bound && !o->can_bind)
		return att_err_set(err, ATT_E_USAGE,
		    "a bound quote was not offered");
	return 0;
}

static int
check_items(const struct att_demand *d, const struct att_offer *o,
    struct att_err *err)
{
	if (d->count > ATT_ITEM_COUNT || d->before > d->count)
		return att_err_set(err, ATT_E_USAGE, "%zu items, %zu first",
		    d->count, d->before);
	for (size_t i = 0; i < d->count; i++) {
		enum att_item item = d->item[i];

		if ((unsigned)item >= ATT_ITEM_COUNT ||
		    o->item[item].state != ATT_ITEM_PRESENT)
			return att_err_set(err, ATT_E_USAGE,
			    "item %u was not offered", (unsigned)item);
		if (d->held[item].alg != 0 &&
		    (!d->bound ||
			!att_digest_equal(&d->held[item],
			    &o->item[item].sha256)))
			return att_err_set(err, ATT_E_USAGE,
			    "%s by a digest that was not offered or that no "
			    "quote is bound to", att_item_name(item));
		for (size_t k = 0; k < i; k++)
			if (d->item[k] == item)
				return att_err_set(err, ATT_E_USAGE,
				    "%s twice", att_item_name(item));
	}
	return 0;
}

/* As upstream: the chosen bank's PCRs, and null for the others offered. */
static json_t *
subjects_of(const struct att_demand *d, const struct att_offer *o)
{
	AUTO(att_json_decref) json_t *banks = json_object();

	for (size_t i = 0; i < o->banks; i++) {
		uint16_t alg = o->bank[i].alg;

		if (att_json_put(banks, att_subjects_bank(alg),
			alg == d->select.alg ?
			    att_subjects_of(d->select.mask) :
			    json_null(), NULL) < 0)
			return NULL;
	}
	return take(&banks);
}

static int
put_key(json_t *chosen, const struct att_offer_key *k, struct att_err *err)
{
	/* agents of upstream want all members or no key at all */
	if (k->name_len == 0 || k->public.len == 0)
		return 0;
	return att_json_put(chosen, "certification_key",
	    att_offer_key_to_json(k), err);
}

static json_t *
quote_of(const struct att_demand *d, const struct att_offer *o)
{
	AUTO(att_json_decref) json_t *chosen = json_pack(
	    "{s:o, s:s, s:s, s:o}", "challenge",
	    att_json_base64_of((struct att_slice){ d->challenge,
		d->challenge_len }),
	    "signature_scheme", att_scheme_name(d->scheme), "hash_algorithm",
	    att_subjects_bank(d->select.alg), "selected_subjects",
	    subjects_of(d, o));

	if (chosen == NULL || put_key(chosen, &o->key[d->key], NULL) < 0 ||
	    (d->bound &&
		att_json_put(chosen, "binding",
		    json_string(ATT_BINDING_NAME), NULL) < 0))
		return NULL;
	return json_pack("{s:s, s:s, s:o}", "evidence_class", QUOTE_CLASS,
	    "evidence_type", QUOTE_TYPE, "chosen_parameters", take(&chosen));
}

static json_t *
item_of(const struct att_demand *d, enum att_item item)
{
	AUTO(att_json_decref) json_t *chosen = json_pack("{s:s}", "format",
	    att_offer_format(item));

	if ((item == ATT_ITEM_IMA_LOG || item == ATT_ITEM_NODE_FACTS) &&
	    att_json_put(chosen, "starting_offset",
		json_integer(item == ATT_ITEM_IMA_LOG ? d->ima_offset :
							d->facts_from),
		NULL) < 0)
		return NULL;
	if (d->held[item].alg != 0 &&
	    att_json_put(chosen, "held_sha256",
		att_json_hex_of(att_digest_view(&d->held[item])), NULL) < 0)
		return NULL;
	return json_pack("{s:s, s:s, s:o}", "evidence_class", LOG_CLASS,
	    "evidence_type", att_item_name(item), "chosen_parameters",
	    take(&chosen));
}

static json_t *
requested_of(const struct att_demand *d, const struct att_offer *o)
{
	AUTO(att_json_decref) json_t *list = json_array();

	for (size_t i = 0; i <= d->count; i++) {
		if (i == d->before &&
		    att_json_add(list, quote_of(d, o), NULL) < 0)
			return NULL;
		if (i < d->count &&
		    att_json_add(list, item_of(d, d->item[i]), NULL) < 0)
			return NULL;
	}
	return take(&list);
}

int
att_demand_encode(const struct att_demand *d, const struct att_offer *o,
    const char *agent_id, uint64_t index, struct att_buf *ret,
    struct att_err *err)
{
	char self[ATT_ATTESTATION_PATH_MAX + 1];
	struct att_frame f = { .type = TYPE, .self = self };
	int r;

	if ((r = att_attestation_path(agent_id, index, self, err)) < 0 ||
	    (r = check_quote(d, o, err)) < 0 ||
	    (r = check_items(d, o, err)) < 0)
		return r;
	if (att_demand_asks(d, ATT_ITEM_IMA_LOG) &&
	    (d->ima_offset < 0 ||
		d->ima_offset > o->item[ATT_ITEM_IMA_LOG].entries))
		return att_err_set(err, ATT_E_USAGE,
		    "ima_log from %lld, %lld lines were offered",
		    (long long)d->ima_offset,
		    (long long)o->item[ATT_ITEM_IMA_LOG].entries);
	if (att_demand_asks(d, ATT_ITEM_NODE_FACTS) &&
	    (d->facts_from < 0 || d->facts_from > FACTS_FROM_MAX))
		return att_err_set(err, ATT_E_USAGE, "node_facts from %lld",
		    (long long)d->facts_from);
	f.attributes = json_pack("{s:s, s:o, s:{s:s}, s:o, s:o}", "stage",
	    "awaiting_evidence", "evidence_requested", requested_of(d, o),
	    "system_info", "boot_time", o->boot_time,
	    "capabilities_received_at", att_json_time_of(d->received_at),
	    "challenges_expire_at", att_json_time_of(d->expires_at));
	return att_message_write(&f, ret, err);
}

/* -- reading -------------------------------------------------------------- */

/* A parameter that is not understood is refused; null says nothing. */
static int
only_known(json_t *chosen, const char *const *names, struct att_err *err)
{
	const char *name;
	json_t *v;

	json_object_foreach (chosen, name, v) {
		size_t i = 0;

		while (names[i] != NULL && strcmp(names[i], name) != 0)
			i++;
		if (names[i] == NULL && !json_is_null(v))
			return att_err_set(err, ATT_E_UNSUPPORTED,
			    "parameter \"%s\" is not known", name);
	}
	return 0;
}

static int
find_key(const json_t *chosen, const struct att_offer *o, size_t *ret,
    struct att_err *err)
{
	const json_t *key = json_object_get(chosen, "certification_key");
	const char *id = NULL;
	char hex[2 * ATT_TPM_NAME_MAX + 1];
	int r;

	*ret = 0;
	if (key == NULL || json_is_null(key))
		return 0;
	if ((r = att_json_str_opt(key, "local_identifier", &id, err)) < 0 ||
	    id == NULL)
		return r;
	for (size_t i = 0; i < o->keys; i++) {
		att_hex_encode((struct att_slice){ o->key[i].name,
		    o->key[i].name_len }, hex);
		if (strcmp(hex, id) == 0) {
			*ret = i;
			return 0;
		}
	}
	return att_err_set(err, ATT_E_MISMATCH,
	    "certification_key was not offered");
}

static int
read_algs(const json_t *chosen, const struct att_offer *o,
    struct att_demand *d, struct att_err *err)
{
	const char *scheme = NULL, *hash = NULL;
	int r;

	if ((r = find_key(chosen, o, &d->key, err)) < 0 ||
	    (r = att_json_str(chosen, "signature_scheme", &scheme, err)) < 0 ||
	    (r = att_json_str(chosen, "hash_algorithm", &hash, err)) < 0)
		return r;
	d->scheme = att_scheme_by_name(scheme);
	d->select.alg = att_alg_by_name(hash);
	if (d->key >= o->keys ||
	    !att_offer_algs_has(&o->key[d->key].algs, d->scheme,
		d->select.alg))
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "signature_scheme or hash_algorithm was not offered");
	return 0;
}

/* One bank, that of hash_algorithm; null or [] elsewhere is none. */
static int
read_select(const json_t *chosen, const struct att_offer *o,
    struct att_demand *d, struct att_err *err)
{
	const char *name, *bank = att_subjects_bank(d->select.alg);
	json_t *banks = NULL, *v;
	int r;

	if ((r = att_json_obj(chosen, "selected_subjects", &banks, err)) < 0)
		return r;
	json_object_foreach (banks, name, v) {
		if (strcmp(name, bank) == 0)
			continue;
		if (!json_is_null(v) &&
		    !(json_is_array(v) && json_array_size(v) == 0))
			return att_err_set(err, ATT_E_UNSUPPORTED,
			    "selected_subjects: a bank beside %s", bank);
	}
	if ((r = att_subjects_read(json_object_get(banks, bank),
		 &d->select.mask, err)) < 0) {
		att_err_prefix(err, "selected_subjects of %s", bank);
		return r;
	}
	if (d->select.mask == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "selected_subjects of %s is empty", bank);
	if ((d->select.mask & ~att_offer_pcrs(o, d->select.alg)) != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "selected_subjects of %s were not offered", bank);
	return 0;
}

static int
read_binding(const json_t *chosen, const struct att_offer *o,
    struct att_demand *d, struct att_err *err)
{
	const char *s = NULL;
	int r;

	if ((r = att_json_str_opt(chosen, "binding", &s, err)) < 0 ||
	    s == NULL)
		return r;
	if (!o->can_bind || strcmp(s, ATT_BINDING_NAME) != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "the binding was not offered");
	d->bound = true;
	return 0;
}

static int
read_quote(json_t *chosen, const struct att_offer *o, struct att_demand *d,
    struct att_err *err)
{
	static const char *const names[] = { "binding", "certification_key",
		"challenge", "hash_algorithm", "selected_subjects",
		"signature_scheme", NULL };
	int r;

	if (d->challenge_len != 0)
		return att_err_set(err, ATT_E_FORMAT, "asked for twice");
	if ((r = only_known(chosen, names, err)) < 0 ||
	    (r = att_challenge_read(chosen, d->challenge, &d->challenge_len,
		 err)) < 0 ||
	    (r = read_algs(chosen, o, d, err)) < 0 ||
	    (r = read_select(chosen, o, d, err)) < 0)
		return r;
	d->before = d->count;
	return read_binding(chosen, o, d, err);
}

/* The digest of the one that was offered, or nothing. */
static int
read_held(const json_t *chosen, enum att_item item, const struct att_offer *o,
    struct att_demand *d, struct att_err *err)
{
	struct att_digest held = { 0 };
	int r = att_message_sha256_opt(chosen, "held_sha256", &held, NULL,
	    err);

	if (r < 0 || held.alg == 0)
		return r;
	if (!att_digest_equal(&held, &o->item[item].sha256))
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "held_sha256 is not the digest that was offered");
	d->held[item] = held;
	return 0;
}

static int
read_item(json_t *chosen, enum att_item item, const struct att_offer *o,
    struct att_demand *d, struct att_err *err)
{
	static const char *const names[] = { "format", "held_sha256", NULL };
	static const char *const partial[] = { "format", "starting_offset",
		NULL };
	bool lines = item == ATT_ITEM_IMA_LOG;
	bool facts = item == ATT_ITEM_NODE_FACTS;
	const char *format = NULL;
	int r;

	if (o->item[item].state != ATT_ITEM_PRESENT)
		return att_err_set(err, ATT_E_UNSUPPORTED, "was not offered");
	if (att_demand_asks(d, item))
		return att_err_set(err, ATT_E_FORMAT, "asked for twice");
	if ((r = only_known(chosen, lines || facts ? partial : names, err)) <
		0 ||
	    (r = att_json_str(chosen, "format", &format, err)) < 0)
		return r;
	if (strcmp(format, att_offer_format(item)) != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "format was not offered");
	/* a missing offset would send all of the list */
	if (lines &&
	    (r = att_json_int(chosen, "starting_offset", 0,
		 o->item[item].entries, &d->ima_offset, err)) < 0)
		return r;
	/* beyond what was offered: the node's state was set back */
	if (facts &&
	    (r = att_json_int(chosen, "starting_offset", 0, FACTS_FROM_MAX,
		 &d->facts_from, err)) < 0)
		return r;
	if (!lines && !facts && (r = read_held(chosen, item, o, d, err)) < 0)
		return r;
	d->item[d->count++] = item;
	return 0;
}

static int
read_entry(const json_t *j, const struct att_offer *o, struct att_demand *d,
    struct att_err *err)
{
	const char *class = NULL, *type = NULL;
	json_t *chosen = NULL;
	enum att_item item;
	bool quote;
	int r;

	if ((r = att_json_str(j, "evidence_class", &class, err)) < 0 ||
	    (r = att_json_str(j, "evidence_type", &type, err)) < 0)
		return r;
	quote = strcmp(type, QUOTE_TYPE) == 0;
	item = att_item_by_name(type);
	if ((!quote && item == ATT_ITEM_COUNT) ||
	    strcmp(class, quote ? QUOTE_CLASS : LOG_CLASS) != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "evidence of a kind that was not offered is asked for");
	if ((r = att_json_obj(j, "chosen_parameters", &chosen, err)) >= 0)
		r = quote ? read_quote(chosen, o, d, err) :
			    read_item(chosen, item, o, d, err);
	if (r < 0)
		att_err_prefix(err, "%s",
		    quote ? QUOTE_TYPE : att_item_name(item));
	return r;
}

static int
read_requested(const json_t *attr, const struct att_offer *o,
    struct att_demand *d, struct att_err *err)
{
	json_t *list = NULL;
	size_t n;
	int r;

	if ((r = att_json_arr(attr, "evidence_requested", &list, err)) < 0)
		return r;
	n = json_array_size(list);
	if (n == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "the verifier asks for no evidence: the node is enrolled "
		    "without a policy and cannot pass");
	if (n > ATT_DEMAND_ENTRIES_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%zu kinds of evidence are asked for, at most %d are "
		    "taken", n, ATT_DEMAND_ENTRIES_MAX);
	for (size_t i = 0; i < n; i++)
		if ((r = read_entry(json_array_get(list, i), o, d, err)) < 0)
			return r;
	if (d->challenge_len == 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "evidence without a quote is asked for");
	/* nothing would prove that the digest is this node's */
	for (size_t i = 0; i < d->count; i++)
		if (d->held[d->item[i]].alg != 0 && !d->bound)
			return att_err_set(err, ATT_E_UNSUPPORTED,
			    "%s: held_sha256 without a bound quote",
			    att_item_name(d->item[i]));
	return 0;
}

int
att_demand_parse(struct att_slice body, const struct att_offer *o,
    struct att_demand *ret, struct att_err *err)
{
	AUTO_DONE(att_keep_done) struct att_keep k = { 0 };
	json_t *data = NULL, *attr = NULL;
	struct att_demand d = { 0 };
	int r;

	if ((r = att_answer_parse(body, TYPE, &k, &data, &attr, err)) < 0 ||
	    (r = read_requested(attr, o, &d, err)) < 0)
		return r;
	d.received_at = att_message_time(attr, "capabilities_received_at");
	d.expires_at = att_message_time(attr, "challenges_expire_at");
	if (d.received_at != 0 && d.expires_at != 0 &&
	    d.expires_at <= d.received_at)
		return att_err_set(err, ATT_E_EXPIRED,
		    "the challenge expired before it was made");
	*ret = d;
	return 0;
}
