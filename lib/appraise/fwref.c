#include "appraise/fwref.h"

#include <string.h>

struct att_fwref {
	json_t *doc;		/* what all below borrows from */
	struct att_ref_head head;
	struct att_fwflash *flash[ATT_FLASH_MAX];
	size_t chips;
	struct att_fwcomponent **rule;
	size_t rules;
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

const struct att_fwcomponent *
att_fwref_component_of(const struct att_fwref *r,
    const struct att_component *c)
{
	for (size_t i = 0; i < r->rules; i++)
		if (att_fwcomponent_is_for(r->rule[i], c))
			return r->rule[i];
	return NULL;
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
	return 0;
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
