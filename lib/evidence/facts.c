#include "evidence/facts.h"

#include <string.h>

#include "base/text.h"

#define DETAILS_MAX 8		/* members */
#define DETAIL_NAME_MAX 32	/* bytes */
#define DETAIL_TEXT_MAX 255	/* bytes */

#define LOWER "abcdefghijklmnopqrstuvwxyz"

/* 1 to `max` bytes, all of them out of `set`. */
static bool
is_word(const char *s, size_t max, const char *set)
{
	size_t n = strspn(s, set);

	return n > 0 && n <= max && s[n] == '\0';
}

static bool
is_clean(const char *s, size_t max)
{
	size_t n = strlen(s);

	return n <= max &&
	    att_text_is_clean((struct att_slice){ (const uint8_t *)s, n });
}

int
att_fact_queue_check(const char *queue, struct att_err *err)
{
	if (strlen(queue) != ATT_FACT_QUEUE_LEN ||
	    !is_word(queue, ATT_FACT_QUEUE_LEN, "0123456789abcdef"))
		return att_err_set(err, ATT_E_FORMAT,
		    "the name of a queue must be %d digits of lower-case hex",
		    ATT_FACT_QUEUE_LEN);
	return 0;
}

/* -- details -------------------------------------------------------------- */

static int
check_details(json_t *details, struct att_err *err)
{
	const char *name;
	json_t *v;

	if (!json_is_object(details) ||
	    json_object_size(details) > DETAILS_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "details must be an object of at most %d members",
		    DETAILS_MAX);
	json_object_foreach (details, name, v) {
		if (!is_word(name, DETAIL_NAME_MAX, LOWER "_"))
			return att_err_set(err, ATT_E_FORMAT,
			    "names in details must be 1 to %d of a-z and _",
			    DETAIL_NAME_MAX);
		if (!json_is_integer(v) &&
		    !(json_is_string(v) &&
			is_clean(json_string_value(v), DETAIL_TEXT_MAX)))
			return att_err_set(err, ATT_E_FORMAT,
			    "details: \"%s\" must be an integer, or clean "
			    "text of at most %d bytes", name,
			    DETAIL_TEXT_MAX);
	}
	return 0;
}

static int
set_details(struct att_fact *f, json_t *details, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FACT_DETAILS_MAX);
	int r;

	if ((r = check_details(details, err)) < 0 ||
	    (r = att_json_write(details, &b, err)) < 0)
		return r;
	memcpy(f->details, b.data, b.len);
	f->details[b.len] = '\0';
	return 0;
}

int
att_fact_set_details(struct att_fact *f, json_t *details,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *owned = details;

	return owned == NULL ? att_err_nomem(err) :
			       set_details(f, owned, err);
}

/* -- one fact ------------------------------------------------------------- */

int
att_fact_to_json(const struct att_fact *f, json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_slice text = att_slice_of(f->details);
	json_t *details = NULL;
	int r;

	if ((r = att_json_parse(text, ATT_FACT_DETAILS_MAX, &details, err)) <
	    0)
		return r;
	j = json_pack("{s:s, s:I, s:o, s:I, s:s, s:I, s:I}", "boot_id",
	    f->boot_id, "count", (json_int_t)f->count, "details", details,
	    "first", (json_int_t)f->first, "kind", f->kind, "last",
	    (json_int_t)f->last, "seq", (json_int_t)f->seq);
	if (j == NULL)
		return att_err_nomem(err);
	*ret = take(&j);
	return 0;
}

static int
read_texts(const json_t *j, struct att_fact *f, struct att_err *err)
{
	const char *kind = NULL, *boot = NULL;
	int r;

	if ((r = att_json_str(j, "kind", &kind, err)) < 0 ||
	    (r = att_json_str(j, "boot_id", &boot, err)) < 0)
		return r;
	if (!is_word(kind, ATT_FACT_KIND_MAX, LOWER "-"))
		return att_err_set(err, ATT_E_FORMAT,
		    "kind must be 1 to %d of a-z and -", ATT_FACT_KIND_MAX);
	if (!is_clean(boot, ATT_FACT_BOOT_MAX))
		return att_err_set(err, ATT_E_FORMAT,
		    "boot_id must be clean text of at most %d bytes",
		    ATT_FACT_BOOT_MAX);
	memcpy(f->kind, kind, strlen(kind) + 1);
	memcpy(f->boot_id, boot, strlen(boot) + 1);
	return 0;
}

int
att_fact_from_json(json_t *j, struct att_fact *ret, struct att_err *err)
{
	static const char *const names[] = { "boot_id", "count", "details",
		"first", "kind", "last", "seq", NULL };
	struct att_fact f = { 0 };
	json_t *details = NULL;
	int r;

	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT,
		    "a fact must be an object");
	if ((r = att_json_only(j, names, err)) < 0 ||
	    (r = att_json_int(j, "seq", 1, ATT_FACT_NUMBER_MAX, &f.seq,
		 err)) < 0 ||
	    (r = att_json_int(j, "count", 1, ATT_FACT_NUMBER_MAX, &f.count,
		 err)) < 0 ||
	    (r = att_json_int(j, "first", 0, ATT_FACT_TIME_MAX, &f.first,
		 err)) < 0 ||
	    (r = att_json_int(j, "last", 0, ATT_FACT_TIME_MAX, &f.last,
		 err)) < 0 ||
	    (r = read_texts(j, &f, err)) < 0 ||
	    (r = att_json_obj(j, "details", &details, err)) < 0 ||
	    (r = set_details(&f, details, err)) < 0)
		return r;
	*ret = f;
	return 0;
}

/* -- a document ----------------------------------------------------------- */

int
att_facts_encode(const struct att_facts *f, struct att_buf *ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	AUTO(att_json_decref) json_t *list = json_array();
	int r;

	for (size_t i = 0; i < f->count; i++) {
		json_t *one = NULL;

		if ((r = att_fact_to_json(&f->fact[i], &one, err)) < 0 ||
		    (r = att_json_add(list, one, err)) < 0)
			return r;
	}
	if ((r = att_json_put(j, "facts", take(&list), err)) < 0 ||
	    (r = att_json_put(j, "queue", json_string(f->queue), err)) < 0)
		return r;
	return att_json_write(j, ret, err);
}

static int
read_list(const json_t *list, struct att_facts *f, struct att_err *err)
{
	size_t n = json_array_size(list);
	int64_t before = 0;
	int r;

	if (n > ATT_FACTS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%zu facts, at most %d are taken at once", n,
		    ATT_FACTS_MAX);
	for (size_t i = 0; i < n; i++) {
		if ((r = att_fact_from_json(json_array_get(list, i),
			 &f->fact[i], err)) < 0) {
			att_err_prefix(err, "fact %zu", i);
			return r;
		}
		if (f->fact[i].seq <= before)
			return att_err_set(err, ATT_E_FORMAT,
			    "fact %zu: seq must grow", i);
		before = f->fact[i].seq;
	}
	f->count = n;
	return 0;
}

int
att_facts_parse(struct att_slice text, struct att_facts *ret,
    struct att_err *err)
{
	static const char *const names[] = { "facts", "queue", NULL };
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_facts f = { 0 };
	const char *queue = NULL;
	json_t *list = NULL;
	int r;

	if ((r = att_json_parse(text, ATT_FACTS_BYTES_MAX, &j, err)) < 0 ||
	    (r = att_json_only(j, names, err)) < 0 ||
	    (r = att_json_str(j, "queue", &queue, err)) < 0 ||
	    (r = att_fact_queue_check(queue, err)) < 0 ||
	    (r = att_json_arr(j, "facts", &list, err)) < 0 ||
	    (r = read_list(list, &f, err)) < 0)
		return r;
	memcpy(f.queue, queue, sizeof(f.queue));
	*ret = f;
	return 0;
}
