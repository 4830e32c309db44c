#include "protocol/submission.h"

#include <string.h>

#include "base/text.h"
#include "protocol/subject_data.h"

#define TYPE "attestation"
#define QUOTE_CLASS "certification"
#define QUOTE_TYPE "tpm_quote"
#define LOG_CLASS "log"

/* Lines of an IMA list; -1 if the last one is cut or a NUL stands there. */
static int64_t
lines_of(struct att_slice text)
{
	int64_t n = 0;

	if (text.len == 0)
		return 0;
	if (text.data[text.len - 1] != '\n')
		return -1;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\0')
			return -1;
		n += text.data[i] == '\n' ? 1 : 0;
	}
	return n;
}

/* -- writing -------------------------------------------------------------- */

static int
add_entry(json_t *list, const char *class, const char *type, json_t *data,
    struct att_err *err)
{
	return att_json_add(list, json_pack("{s:s, s:s, s:o}",
	    "evidence_class", class, "evidence_type", type, "data", data),
	    err);
}

static int
add_quote(json_t *list, const struct att_evidence *e,
    const struct att_demand *d, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf values =
	    ATT_BUF(ATT_SUBJECT_DATA_MAX);
	int r;

	if (e->attest.len == 0 || e->signature.len == 0)
		return att_err_set(err, ATT_E_NOT_FOUND, "there is no quote");
	if ((r = att_subject_data_encode(&e->pcrs, &d->select, &values,
		 err)) < 0)
		return r;
	return add_entry(list, QUOTE_CLASS, QUOTE_TYPE,
	    json_pack("{s:o, s:o, s:o}", "subject_data",
		att_json_base64_of(att_buf_view(&values)), "message",
		att_json_base64_of(e->attest), "signature",
		att_json_base64_of(e->signature)), err);
}

static int
add_ima(json_t *list, struct att_slice text, struct att_err *err)
{
	int64_t n = lines_of(text);

	if (n < 0 || !att_text_is_utf8(text))
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "ima_log must be whole lines of UTF-8");
	return add_entry(list, LOG_CLASS, att_item_name(ATT_ITEM_IMA_LOG),
	    json_pack("{s:I, s:o}", "entry_count", (json_int_t)n, "entries",
		json_stringn(n == 0 ? "" : (const char *)text.data,
		    text.len)), err);
}

/* By the digest that the verifier holds, unless it has grown meanwhile. */
static int
add_log(json_t *list, const char *name, struct att_slice bytes,
    const struct att_digest *held, struct att_err *err)
{
	struct att_digest is = { 0 };
	int r;

	if (held->alg != 0 &&
	    (r = att_digest_of(ATT_ALG_SHA256, bytes, &is, err)) < 0)
		return r;
	return add_entry(list, LOG_CLASS, name,
	    held->alg != 0 && att_digest_equal(&is, held) ?
		json_pack("{s:o}", "entries_sha256",
		    att_json_hex_of(att_digest_view(held))) :
		json_pack("{s:o}", "entries", att_json_base64_of(bytes)),
	    err);
}

static int
add_item(json_t *list, const struct att_evidence *e,
    const struct att_demand *d, enum att_item item, struct att_err *err)
{
	const char *name = att_item_name(item);

	if (name == NULL || e->item[item].state != ATT_ITEM_PRESENT)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "%s was asked for and is not there",
		    name == NULL ? "an unknown item" : name);
	if (e->item[item].bytes.len > ATT_ITEM_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%s of %zu bytes, at most %u are sent", name,
		    e->item[item].bytes.len, ATT_ITEM_MAX);
	if (item == ATT_ITEM_IMA_LOG)
		return add_ima(list, e->item[item].bytes, err);
	return add_log(list, name, e->item[item].bytes, &d->held[item], err);
}

int
att_submission_encode(const struct att_evidence *e,
    const struct att_demand *d, struct att_buf *ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	struct att_frame f = { .type = TYPE };
	int r;

	for (size_t i = 0; i <= d->count; i++) {
		if (i == d->before && (r = add_quote(list, e, d, err)) < 0)
			return r;
		if (i < d->count &&
		    (r = add_item(list, e, d, d->item[i], err)) < 0)
			return r;
	}
	f.attributes = json_pack("{s:o}", "evidence_collected", take(&list));
	return att_message_write(&f, ret, err);
}

/* -- reading -------------------------------------------------------------- */

void
att_submission_done(struct att_submission *s)
{
	att_keep_done(&s->keep);
	*s = (struct att_submission){ 0 };
}

static int
read_subject_data(const json_t *data, struct att_submission *s,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_SUBJECT_DATA_MAX);
	int r = att_json_base64(data, "subject_data", &b, err);

	return r < 0 ? r :
		       att_subject_data_parse(att_buf_view(&b),
			   &s->evidence.pcrs, err);
}

static int
read_quote(const json_t *data, struct att_submission *s,
    struct att_pointer *where, struct att_err *err)
{
	int r;

	if ((r = att_keep_base64(&s->keep, data, "message",
		 ATT_QUOTE_PART_MAX, &s->evidence.attest, where, err)) < 0 ||
	    (r = att_keep_base64(&s->keep, data, "signature",
		 ATT_QUOTE_PART_MAX, &s->evidence.signature, where, err)) < 0)
		return r;
	return att_pointer_at(read_subject_data(data, s, err), where,
	    "subject_data");
}

static int
read_ima(const json_t *data, struct att_evidence_item *ret,
    struct att_pointer *where, struct att_err *err)
{
	const char *text = NULL;
	struct att_slice bytes;
	int64_t n = 0;
	int r;

	if ((r = att_pointer_at(att_json_str(data, "entries", &text, err),
		 where, "entries")) < 0 ||
	    (r = att_pointer_at(att_json_int(data, "entry_count", 0,
				    ATT_OFFER_COUNT_MAX, &n, err),
		 where, "entry_count")) < 0)
		return r;
	bytes = att_slice_of(text);
	if (bytes.len > ATT_ITEM_MAX || lines_of(bytes) != n)
		return att_pointer_at(att_err_set(err, ATT_E_FORMAT,
					  "entries must be entry_count whole "
					  "lines"),
		    where, "entries");
	ret->bytes = bytes;
	return 0;
}

/* An empty item was read and was empty. */
static int
read_base64_item(const json_t *data, struct att_submission *s,
    struct att_evidence_item *ret, struct att_pointer *where,
    struct att_err *err)
{
	const char *text = NULL;
	int r = att_json_str(data, "entries", &text, err);

	if (r < 0)
		return att_pointer_at(r, where, "entries");
	return text[0] == '\0' ?
	    0 :
	    att_keep_base64(&s->keep, data, "entries", ATT_ITEM_MAX,
		&ret->bytes, where, err);
}

/* The digest in the place of entries; *ret stays as it was if none came. */
static int
read_digest(const json_t *data, const struct att_digest *held,
    struct att_digest *ret, struct att_pointer *where, struct att_err *err)
{
	struct att_digest d = { 0 };
	int r = att_message_sha256_opt(data, "entries_sha256", &d, where,
	    err);

	if (r < 0 || d.alg == 0)
		return r;
	if (json_object_get(data, "entries") != NULL)
		r = att_err_set(err, ATT_E_FORMAT,
		    "entries, and their digest as well");
	else if (!att_digest_equal(&d, held))
		r = att_err_set(err, ATT_E_FORMAT,
		    "entries_sha256 is not the held_sha256 that was asked "
		    "for");
	else
		*ret = d;
	return att_pointer_at(r, where, "entries_sha256");
}

static int
read_item(const json_t *data, enum att_item item, const struct att_demand *d,
    struct att_submission *s, struct att_pointer *where, struct att_err *err)
{
	struct att_evidence_item *ret = &s->evidence.item[item];
	int r;

	if (item == ATT_ITEM_IMA_LOG)
		r = read_ima(data, ret, where, err);
	else if ((r = read_digest(data, &d->held[item], &s->held[item], where,
		      err)) < 0 || s->held[item].alg != 0)
		return r;
	else
		r = read_base64_item(data, s, ret, where, err);
	if (r >= 0)
		ret->state = ATT_ITEM_PRESENT;
	return r;
}

/* `want` is the item that was asked for here, ATT_ITEM_COUNT the quote. */
static int
read_entry(const json_t *j, enum att_item want, const struct att_demand *d,
    struct att_submission *s, struct att_pointer *where, struct att_err *err)
{
	bool quote = want == ATT_ITEM_COUNT;
	const char *class = NULL, *type = NULL;
	json_t *data = NULL;
	int r;

	if ((r = att_pointer_at(att_json_str(j, "evidence_class", &class,
				    err), where, "evidence_class")) < 0 ||
	    (r = att_pointer_at(att_json_str(j, "evidence_type", &type, err),
		 where, "evidence_type")) < 0)
		return r;
	if (strcmp(type, quote ? QUOTE_TYPE : att_item_name(want)) != 0 ||
	    strcmp(class, quote ? QUOTE_CLASS : LOG_CLASS) != 0)
		return att_pointer_at(att_err_set(err, ATT_E_FORMAT,
					  "%s was asked for here",
					  quote ? QUOTE_TYPE :
						  att_item_name(want)),
		    where, "evidence_type");
	if ((r = att_json_obj(j, "data", &data, err)) >= 0)
		r = quote ? read_quote(data, s, where, err) :
			    read_item(data, want, d, s, where, err);
	return att_pointer_at(r, where, "data");
}

/* What was asked for at this place of the list. */
static enum att_item
wanted(const struct att_demand *d, size_t i)
{
	if (i == d->before)
		return ATT_ITEM_COUNT;
	return d->item[i < d->before ? i : i - 1];
}

static int
read_collected(const json_t *attr, const struct att_demand *d,
    struct att_submission *s, struct att_pointer *where, struct att_err *err)
{
	json_t *list = NULL;
	int r;

	if ((r = att_json_arr(attr, "evidence_collected", &list, err)) < 0)
		return r;
	if (json_array_size(list) != d->count + 1)
		return att_err_set(err, ATT_E_FORMAT,
		    "%zu pieces of evidence, %zu were asked for",
		    json_array_size(list), d->count + 1);
	for (size_t i = 0; i <= d->count; i++)
		if ((r = att_pointer_at_index(read_entry(json_array_get(list,
						  i), wanted(d, i), d, s,
						  where, err), where, i)) < 0)
			return r;
	return 0;
}

/* What the node said before, and what was asked of it. */
static void
fill(struct att_evidence *e, const struct att_offer *o,
    const struct att_demand *d)
{
	e->challenge = (struct att_slice){ d->challenge, d->challenge_len };
	e->bound = d->bound;
	e->bound_count = d->bound ? d->count : 0;
	memcpy(e->bound_item, d->item, sizeof(e->bound_item));
	e->agent_id = "";
	e->boot_id = o->boot_id;
	e->hint_vendor = o->hint_vendor;
	e->hint_product = o->hint_product;
	for (size_t i = 0; i < ATT_ITEM_COUNT; i++)
		if (e->item[i].state == ATT_ITEM_ABSENT &&
		    o->item[i].state == ATT_ITEM_UNREADABLE) {
			e->item[i].state = ATT_ITEM_UNREADABLE;
			e->item[i].reason = o->item[i].reason;
		}
}

int
att_submission_parse(struct att_slice body, const struct att_offer *o,
    const struct att_demand *d, struct att_submission *ret,
    struct att_pointer *where, struct att_err *err)
{
	AUTO_DONE(att_submission_done)
	struct att_submission s = { 0 };
	json_t *data = NULL, *attr = NULL;
	int r;

	att_pointer_clear(where);
	if ((r = att_message_parse(body, ATT_SUBMISSION_MAX, TYPE, &s.keep,
		 &data, &attr, err)) < 0 ||
	    (r = att_message_at(att_pointer_at(read_collected(attr, d, &s,
						   where, err), where,
				    "evidence_collected"), where)) < 0)
		return r;
	fill(&s.evidence, o, d);
	*ret = s;
	s = (struct att_submission){ 0 };
	return 0;
}

/* -- answer --------------------------------------------------------------- */

int
att_submission_answer_encode(const char *agent_id, uint64_t index,
    const struct att_demand *d, int64_t received_at, uint32_t seconds,
    struct att_buf *ret, struct att_err *err)
{
	char self[ATT_ATTESTATION_PATH_MAX + 1];
	struct att_frame f = { .type = TYPE, .self = self };
	int r = att_attestation_path(agent_id, index, self, err);

	if (r < 0)
		return r;
	f.attributes = json_pack("{s:s, s:[], s:o, s:o, s:o}", "stage",
	    "evaluating_evidence", "evidence", "capabilities_received_at",
	    att_json_time_of(d->received_at), "challenges_expire_at",
	    att_json_time_of(d->expires_at), "evidence_received_at",
	    att_json_time_of(received_at));
	f.meta = json_pack("{s:I}", "seconds_to_next_attestation",
	    (json_int_t)seconds);
	if (f.meta == NULL) {
		json_decref(f.attributes);
		return att_err_nomem(err);
	}
	return att_message_write(&f, ret, err);
}

uint32_t
att_submission_next(struct att_slice body, uint32_t min, uint32_t max,
    uint32_t otherwise)
{
	AUTO(att_json_decref) json_t *j = NULL;
	const json_t *v;
	double n = otherwise;

	/* echoes all that was sent: the caller bounds it */
	if (att_json_parse(body, body.len, &j, NULL) == 0) {
		v = json_object_get(json_object_get(j, "meta"),
		    "seconds_to_next_attestation");
		if (json_is_number(v))
			n = json_number_value(v);
	}
	return n <= min ? min : n >= max ? max : (uint32_t)n;
}
