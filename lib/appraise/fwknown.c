#include "appraise/fwknown.h"

#include <stdio.h>
#include <string.h>

#include "appraise/version.h"

/* A document that was checked, or made here. */
struct att_fwknown {
	json_t *doc;
};

void
att_fwknown_free(struct att_fwknown *k)
{
	if (k == NULL)
		return;
	json_decref(k->doc);
	free(k);
}

int
att_fwknown_encode(const struct att_fwknown *k, struct att_buf *ret,
    struct att_err *err)
{
	return att_json_write(k->doc, ret, err);
}

/* -- parsing --------------------------------------------------------------- */

static int
check_text(const json_t *j, size_t max, struct att_err *err)
{
	if (!json_is_string(j) || json_string_length(j) > max)
		return att_err_set(err, ATT_E_FORMAT,
		    "must be text of at most %zu bytes", max);
	return 0;
}

static int
check_component(json_t *j, struct att_err *err)
{
	static const char *const names[] = { "device", "versions", NULL };
	json_t *versions = NULL, *v;
	const char *name;
	int e;

	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	if ((e = att_json_only(j, names, err)) < 0 ||
	    (e = check_text(json_object_get(j, "device"),
		 ATT_FWKNOWN_DEVICE_MAX, err)) < 0 ||
	    (e = att_json_obj(j, "versions", &versions, err)) < 0)
		return e;
	if (json_object_size(versions) > ATT_COMPONENT_VERSIONS_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "more than %d versions", ATT_COMPONENT_VERSIONS_MAX);
	json_object_foreach (versions, name, v)
		if ((e = check_text(v, ATT_COMPONENT_TEXT_MAX, err)) < 0)
			return e;
	return 0;
}

static int
read_digest(const json_t *j, uint16_t alg, struct att_digest *ret,
    struct att_err *err)
{
	return att_json_digest(j, att_alg_name(alg), alg, ret, err);
}

static const uint16_t algs[] = { ATT_ALG_SHA256, ATT_ALG_SHA384,
	ATT_ALG_SHA512 };

static int
check_range(json_t *j, struct att_err *err)
{
	static const char *const names[] = { "offset", "length", "name",
		"sha256", "sha384", "sha512", NULL };
	struct att_digest d;
	const char *name = NULL;
	int64_t n = 0;
	int e;

	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	if ((e = att_json_only(j, names, err)) < 0 ||
	    (e = att_json_int(j, "offset", 0, INT64_MAX, &n, err)) < 0 ||
	    (e = att_json_int(j, "length", 1, INT64_MAX, &n, err)) < 0 ||
	    (e = att_json_str(j, "name", &name, err)) < 0)
		return e;
	for (size_t i = 0; i < ATT_COUNT(algs); i++)
		if (json_object_get(j, att_alg_name(algs[i])) != NULL)
			return read_digest(j, algs[i], &d, err);
	return att_err_set(err, ATT_E_FORMAT, "has no digest");
}

static int
check_flash(json_t *flash, struct att_err *err)
{
	const char *name;
	json_t *list;
	int e;

	json_object_foreach (flash, name, list) {
		size_t n = json_array_size(list);

		if (!json_is_array(list) || n > ATT_FWKNOWN_RANGES_MAX)
			return att_err_set(err, ATT_E_FORMAT,
			    "flash \"%.40s\": must be an array of at most %d",
			    name, ATT_FWKNOWN_RANGES_MAX);
		for (size_t i = 0; i < n; i++)
			if ((e = check_range(json_array_get(list, i), err)) <
			    0) {
				att_err_prefix(err, "flash \"%.40s\", range "
				    "%zu", name, i);
				return e;
			}
	}
	return 0;
}

static int
check(json_t *doc, struct att_err *err)
{
	static const char *const names[] = { "format", "flash", "components",
		NULL };
	json_t *flash = NULL, *components = NULL, *j;
	const char *format = NULL, *id;
	int e;

	if (!json_is_object(doc))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	if ((e = att_json_str(doc, "format", &format, err)) < 0)
		return e;
	if (strcmp(format, ATT_FWKNOWN_FORMAT) != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "member \"format\" is not \"%s\"", ATT_FWKNOWN_FORMAT);
	if ((e = att_json_only(doc, names, err)) < 0 ||
	    (e = att_json_obj(doc, "flash", &flash, err)) < 0 ||
	    (e = att_json_obj(doc, "components", &components, err)) < 0 ||
	    (e = check_flash(flash, err)) < 0)
		return e;
	if (json_object_size(components) > ATT_FWKNOWN_COMPONENTS_MAX ||
	    json_object_size(flash) > ATT_FLASH_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "more than %d chips or %d components", ATT_FLASH_MAX,
		    ATT_FWKNOWN_COMPONENTS_MAX);
	json_object_foreach (components, id, j)
		if ((e = check_component(j, err)) < 0) {
			att_err_prefix(err, "component \"%.40s\"", id);
			return e;
		}
	return 0;
}

int
att_fwknown_parse(struct att_slice text, struct att_fwknown **ret,
    struct att_err *err)
{
	AUTO(att_fwknown_free) struct att_fwknown *k = calloc(1, sizeof(*k));
	int e;

	if (k == NULL)
		return att_err_nomem(err);
	if ((e = att_json_parse(text, ATT_FWKNOWN_MAX, &k->doc, err)) < 0 ||
	    (e = check(k->doc, err)) < 0)
		return e;
	*ret = take(&k);
	return 0;
}

/* -- looking up ------------------------------------------------------------ */

static json_t *
component_of(const struct att_fwknown *k, const char *id)
{
	return k == NULL ? NULL :
			   json_object_get(json_object_get(k->doc,
					       "components"), id);
}

const char *
att_fwknown_version(const struct att_fwknown *k, const char *id,
    const char *name)
{
	return json_string_value(json_object_get(
	    json_object_get(component_of(k, id), "versions"), name));
}

const char *
att_fwknown_device(const struct att_fwknown *k, const char *id)
{
	return json_string_value(json_object_get(component_of(k, id),
	    "device"));
}

static bool
is_place(const json_t *j, const struct att_range *r)
{
	const char *name = json_string_value(json_object_get(j, "name"));

	return name != NULL && strcmp(name, r->name) == 0 &&
	    (uint64_t)json_integer_value(json_object_get(j, "offset")) ==
	    r->offset &&
	    (uint64_t)json_integer_value(json_object_get(j, "length")) ==
	    r->length;
}

/* Its one digest; the document was checked. */
static int
digest_of(const json_t *j, struct att_digest *ret, struct att_err *err)
{
	size_t a = 0;

	while (a + 1 < ATT_COUNT(algs) &&
	    json_object_get(j, att_alg_name(algs[a])) == NULL)
		a++;
	return read_digest(j, algs[a], ret, err);
}

int
att_fwknown_range(const struct att_fwknown *k, const char *chip,
    const struct att_range *range, struct att_digest *ret,
    struct att_err *err)
{
	const json_t *list = k == NULL ? NULL :
	    json_object_get(json_object_get(k->doc, "flash"), chip);
	int r;

	for (size_t i = 0; i < json_array_size(list); i++)
		if (is_place(json_array_get(list, i), range)) {
			r = digest_of(json_array_get(list, i), ret, err);
			return r < 0 ? r : 1;
		}
	return 0;
}

char *
att_fwknown_name_device(const struct att_component *c,
    char ret[static ATT_FWKNOWN_DEVICE_MAX + 1])
{
	(void)snprintf(ret, ATT_FWKNOWN_DEVICE_MAX + 1, "%s%s%s",
	    c->model == NULL ? "" : c->model,
	    c->model == NULL || c->serial == NULL ? "" : " ",
	    c->serial == NULL ? "" : c->serial);
	return ret;
}

/* -- learning -------------------------------------------------------------- */

static int
learn_range(json_t *list, const struct att_range *r, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	int e;

	if ((e = att_json_put(j, "offset",
		 json_integer((json_int_t)r->offset), err)) < 0 ||
	    (e = att_json_put(j, "length",
		 json_integer((json_int_t)r->length), err)) < 0 ||
	    (e = att_json_put(j, "name", json_string(r->name), err)) < 0 ||
	    (e = att_json_put(j, att_alg_name(r->digest.alg),
		 att_json_hex_of(att_digest_view(&r->digest)), err)) < 0)
		return e;
	return att_json_add(list, take(&j), err);
}

static bool
has_entry(const json_t *list, const json_t *j)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_equal(json_array_get(list, i), j))
			return true;
	return false;
}

/*
 * Those of `from` that `to` has not, as far as there is room. 1: there was one;
 * 0: none.
 */
static int
add_entries(json_t *to, const json_t *from, struct att_err *err)
{
	int any = 0;

	for (size_t i = 0; i < json_array_size(from); i++) {
		json_t *j = json_array_get(from, i);

		if (has_entry(to, j))
			continue;
		any = 1;
		if (json_array_size(to) < ATT_FWKNOWN_RANGES_MAX &&
		    json_array_append(to, j) < 0)
			return att_err_nomem(err);
	}
	return any;
}

/*
 * With what was known of it: a chip that goes to another layout and comes back
 * must have its own bytes again.
 */
static int
put_chip(json_t *flash, const struct att_fwknown *before, const char *name,
    json_t *list, struct att_err *err)
{
	json_t *was = before == NULL ? NULL : json_object_get(
	    json_object_get(before->doc, "flash"), name);
	AUTO(att_json_decref) json_t *same = json_copy(was);
	int e;

	if (was != NULL && same == NULL)
		return att_err_nomem(err);
	/* in the order in which they are stored, if nothing is new */
	if (was != NULL && (e = add_entries(same, list, err)) <= 0)
		return e < 0 ? e : att_json_put(flash, name, take(&same), err);
	if ((e = add_entries(list, was, err)) < 0)
		return e;
	return att_json_put(flash, name, json_incref(list), err);
}

static int
learn_chip(json_t *flash, const struct att_fwknown *before,
    const struct att_fwknown_news *news, const struct att_flash *chip,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	int e;

	for (size_t i = 0; i < chip->map->count; i++) {
		const struct att_range *r = &chip->map->range[i];

		if (r->digest.len > 0 && news->is_own(news->arg, chip, r) &&
		    json_array_size(list) < ATT_FWKNOWN_RANGES_MAX &&
		    (e = learn_range(list, r, err)) < 0)
			return e;
	}
	return json_array_size(list) == 0 ?
	    0 : put_chip(flash, before, chip->name, list, err);
}

/* What runs, or what it was seen with if that is newer. */
static const char *
newest(const struct att_fwknown *before, const struct att_component *c,
    const char *device, const struct att_component_version *v)
{
	const char *was = att_fwknown_device(before, c->id);
	const char *is = v->text[ATT_VERSION_RUNNING];
	const char *seen = was != NULL && strcmp(was, device) == 0 ?
	    att_fwknown_version(before, c->id, v->name) : NULL;

	if (is == NULL || seen == NULL)
		return is == NULL ? seen : is;
	return att_version_compare(is, seen) < 0 ? seen : is;
}

/* What the same device told before, and does not now. */
static int
keep_versions(const struct att_fwknown *before, const char *id,
    const char *device, json_t *versions, struct att_err *err)
{
	const char *was = att_fwknown_device(before, id), *name;
	json_t *v;

	if (was == NULL || strcmp(was, device) != 0)
		return 0;
	json_object_foreach (json_object_get(component_of(before, id),
	    "versions"), name, v)
		if (json_object_get(versions, name) == NULL &&
		    json_object_size(versions) < ATT_COMPONENT_VERSIONS_MAX &&
		    json_object_set(versions, name, v) < 0)
			return att_err_nomem(err);
	return 0;
}

static int
learn_component(json_t *components, const struct att_fwknown *before,
    const struct att_component *c, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	AUTO(att_json_decref) json_t *versions = json_object();
	char device[ATT_FWKNOWN_DEVICE_MAX + 1];
	int e;

	att_fwknown_name_device(c, device);
	for (size_t i = 0; i < c->versions; i++) {
		const char *text = newest(before, c, device, &c->version[i]);

		if (text != NULL &&
		    (e = att_json_put(versions, c->version[i].name,
			 json_string(text), err)) < 0)
			return e;
	}
	if ((e = keep_versions(before, c->id, device, versions, err)) < 0)
		return e;
	if (json_object_size(versions) == 0)
		return 0;
	if ((e = att_json_put(j, "device", json_string(device), err)) < 0 ||
	    (e = att_json_put(j, "versions", take(&versions), err)) < 0)
		return e;
	return att_json_put(components, c->id, take(&j), err);
}

static int
learn(const struct att_fwknown *before, const struct att_fwknown_news *news,
    json_t *doc, struct att_err *err)
{
	const struct att_firmware_claims *c = news->claims;
	AUTO(att_json_decref) json_t *flash = json_object();
	AUTO(att_json_decref) json_t *components = json_object();
	int e;

	for (size_t i = 0; i < c->chips; i++)
		if (c->flash[i].map != NULL &&
		    (e = learn_chip(flash, before, news, &c->flash[i],
			 err)) < 0)
			return e;
	for (size_t i = 0; i < c->components.count; i++)
		if (c->components.item[i].result == ATT_MEASURED_OK &&
		    (e = learn_component(components, before,
			 &c->components.item[i], err)) < 0)
			return e;
	if ((e = att_json_put(doc, "format", json_string(ATT_FWKNOWN_FORMAT),
		 err)) < 0 ||
	    (e = att_json_put(doc, "flash", take(&flash), err)) < 0)
		return e;
	return att_json_put(doc, "components", take(&components), err);
}

/* 1, or 0 if it is over a limit. */
static int
is_small(const json_t *doc, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_FWKNOWN_MAX);
	struct att_err why = { 0 };

	if (json_object_size(json_object_get(doc, "flash")) > ATT_FLASH_MAX ||
	    json_object_size(json_object_get(doc, "components")) >
		ATT_FWKNOWN_COMPONENTS_MAX)
		return 0;
	if (att_json_write(doc, &b, &why) == 0)
		return 1;
	return why.code == ATT_E_LIMIT ? 0 : att_err_nomem(err);
}

/* What was known and is not in these claims; all of it, or nothing. */
static int
keep(const struct att_fwknown *before, json_t **doc, struct att_err *err)
{
	static const char *const parts[] = { "flash", "components" };
	AUTO(att_json_decref) json_t *all = json_deep_copy(*doc);
	int r = 1;

	if (all == NULL)
		return att_err_nomem(err);
	for (size_t i = 0; i < ATT_COUNT(parts); i++)
		if (json_object_update_missing(json_object_get(all, parts[i]),
			json_object_get(before->doc, parts[i])) < 0)
			return att_err_nomem(err);
	if (!json_equal(all, before->doc) && (r = is_small(all, err)) < 0)
		return r;
	if (r > 0) {
		json_decref(*doc);
		*doc = take(&all);
	}
	return 0;
}

int
att_fwknown_learn(const struct att_fwknown *before,
    const struct att_fwknown_news *news, struct att_fwknown **ret,
    struct att_err *err)
{
	AUTO(att_fwknown_free) struct att_fwknown *k = calloc(1, sizeof(*k));
	int e;

	if (k == NULL)
		return att_err_nomem(err);
	k->doc = json_object();
	if ((e = learn(before, news, k->doc, err)) < 0 ||
	    (before != NULL && (e = keep(before, &k->doc, err)) < 0))
		return e;
	*ret = before != NULL && json_equal(before->doc, k->doc) ?
	    NULL : take(&k);
	return 0;
}
