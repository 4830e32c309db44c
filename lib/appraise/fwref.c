#include "appraise/fwref.h"

#include <string.h>

/* A rule, found by the one id that it is for; NULL: it is for more. */
struct entry {
	const char *id;
	size_t rule;
};

struct att_fwref {
	json_t *doc;		/* what all below borrows from */
	struct att_ref_head head;
	struct att_fwflash *flash[ATT_FLASH_MAX];
	size_t chips;
	struct att_fwcomponent **rule;
	size_t rules;
	/* the same: first those for one id, sorted by it, then all others */
	struct entry *entry;
	size_t ones;
	bool closed;
};

void
att_fwref_free(struct att_fwref *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->chips; i++)
		att_fwflash_free(r->flash[i]);
	for (size_t i = 0; i < r->rules; i++)
		att_fwcomponent_free(r->rule[i]);
	free(r->rule);
	free(r->entry);
	json_decref(r->doc);
	free(r);
}

const struct att_ref_head *
att_fwref_head(const struct att_fwref *r)
{
	return &r->head;
}

bool
att_fwref_is_for(const struct att_fwref *r, const struct att_platform *p,
    int64_t now)
{
	return att_ref_head_matches(&r->head, p) &&
	    att_ref_head_is_valid_at(&r->head, now);
}

const struct att_fwflash *
att_fwref_flash(const struct att_fwref *r, size_t i)
{
	return i < r->chips ? r->flash[i] : NULL;
}

const struct att_fwcomponent *
att_fwref_component(const struct att_fwref *r, size_t i)
{
	return i < r->rules ? r->rule[i] : NULL;
}

const struct att_fwflash *
att_fwref_flash_of(const struct att_fwref *r, const char *chip)
{
	for (size_t i = 0; i < r->chips; i++)
		if (strcmp(att_fwflash_name(r->flash[i]), chip) == 0)
			return r->flash[i];
	return NULL;
}

/* Where the rules for this id begin, or would. */
static size_t
find_one(const struct att_fwref *r, const char *id)
{
	size_t low = 0, high = r->ones;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(r->entry[mid].id, id) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/*
 * Of the rules for this id and of the others the first in the document that is
 * for it: a BMC has hundreds of ids, and as many rules.
 */
const struct att_fwcomponent *
att_fwref_component_of(const struct att_fwref *r,
    const struct att_component *c)
{
	size_t first = r->rules;

	for (size_t i = find_one(r, c->id); i < r->ones &&
	     strcmp(r->entry[i].id, c->id) == 0 && first == r->rules; i++)
		if (att_fwcomponent_is_for(r->rule[r->entry[i].rule], c))
			first = r->entry[i].rule;
	for (size_t i = r->ones; i < r->rules && r->entry[i].rule < first; i++)
		if (att_fwcomponent_is_for(r->rule[r->entry[i].rule], c))
			first = r->entry[i].rule;
	return first < r->rules ? r->rule[first] : NULL;
}

bool
att_fwref_is_closed(const struct att_fwref *r)
{
	return r->closed;
}

/* -- parsing --------------------------------------------------------------- */

static int
read_flash(struct att_fwref *r, struct att_err *err)
{
	json_t *all = json_object_get(r->doc, "flash"), *j;
	const char *name;
	int e;

	if (all == NULL)
		return 0;
	if (json_object_size(all) == 0 ||
	    json_object_size(all) > ATT_FLASH_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"flash\" must be an object of 1 to %d chips",
		    ATT_FLASH_MAX);
	json_object_foreach (all, name, j) {
		if ((e = att_fwflash_parse(j, name, &r->flash[r->chips],
			 err)) < 0) {
			att_err_prefix(err, "flash \"%.40s\"", name);
			return e;
		}
		r->chips++;
	}
	return 0;
}

static int
by_id(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int r = (x->id == NULL) - (y->id == NULL);

	if (r == 0 && x->id != NULL)
		r = strcmp(x->id, y->id);
	return r != 0 ? r : (x->rule > y->rule) - (x->rule < y->rule);
}

static int
sort_rules(struct att_fwref *r, struct att_err *err)
{
	r->entry = calloc(r->rules + 1, sizeof(*r->entry));
	if (r->entry == NULL)
		return att_err_nomem(err);
	for (size_t i = 0; i < r->rules; i++) {
		r->entry[i].id = att_fwcomponent_one(r->rule[i]);
		r->entry[i].rule = i;
		r->ones += r->entry[i].id != NULL;
	}
	qsort(r->entry, r->rules, sizeof(*r->entry), by_id);
	return 0;
}

static int
read_components(struct att_fwref *r, struct att_err *err)
{
	json_t *all = json_object_get(r->doc, "components");
	size_t n = json_array_size(all);
	int e;

	if (all == NULL)
		return 0;
	if (n == 0 || n > ATT_FWREF_RULES_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"components\" must be an array of 1 to %d rules",
		    ATT_FWREF_RULES_MAX);
	if ((r->rule = calloc(n, sizeof(struct att_fwcomponent *))) == NULL)
		return att_err_nomem(err);
	for (size_t i = 0; i < n; i++) {
		if ((e = att_fwcomponent_parse(json_array_get(all, i),
			 &r->rule[i], err)) < 0) {
			att_err_prefix(err, "component %zu", i);
			return e;
		}
		r->rules++;
	}
	return sort_rules(r, err);
}

static int
read_others(struct att_fwref *r, struct att_err *err)
{
	const char *word = "any";
	int e;

	if ((e = att_json_str_opt(r->doc, "others", &word, err)) < 0)
		return e;
	if (strcmp(word, "any") != 0 && strcmp(word, "refused") != 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"others\" must be \"any\" or \"refused\"");
	r->closed = strcmp(word, "refused") == 0;
	return 0;
}

int
att_fwref_parse(struct att_slice text, struct att_fwref **ret,
    struct att_err *err)
{
	static const char *const names[] = { "flash", "components", "others",
		NULL };
	AUTO(att_fwref_free) struct att_fwref *r = calloc(1, sizeof(*r));
	int e;

	if (r == NULL)
		return att_err_nomem(err);
	if ((e = att_json_parse(text, ATT_FWREF_FILE_MAX, &r->doc, err)) <
		0 ||
	    (e = att_ref_head_read(r->doc, ATT_FWREF_FORMAT, names, &r->head,
		 err)) < 0 ||
	    (e = read_flash(r, err)) < 0 ||
	    (e = read_components(r, err)) < 0 ||
	    (e = read_others(r, err)) < 0)
		return e;
	/* it would let everything pass */
	if (r->chips == 0 && r->rules == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "neither \"flash\" nor \"components\" is there");
	*ret = take(&r);
	return 0;
}
