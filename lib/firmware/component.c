#include "firmware/component.h"

#include <string.h>

#include "base/text.h"
#include "firmware/member.h"

static const char *const paths[ATT_PATH_COUNT] = {
	[ATT_PATH_MTD] = "mtd",
	[ATT_PATH_IMAGE] = "image",
	[ATT_PATH_NETLINK] = "netlink",
	[ATT_PATH_ETHTOOL] = "ethtool",
	[ATT_PATH_SYSFS] = "sysfs",
	[ATT_PATH_PROCFS] = "procfs",
	[ATT_PATH_SMBIOS] = "smbios",
	[ATT_PATH_IPMI] = "ipmi",
	[ATT_PATH_REDFISH] = "redfish",
	[ATT_PATH_TPM] = "tpm",
	[ATT_PATH_FWUPD] = "fwupd",
};

static const char *const kinds[ATT_COMPONENT_KINDS] = {
	[ATT_COMPONENT_BIOS] = "bios",
	[ATT_COMPONENT_BMC] = "bmc",
	[ATT_COMPONENT_CPU] = "cpu",
	[ATT_COMPONENT_ESRT] = "esrt",
	[ATT_COMPONENT_GPU] = "gpu",
	[ATT_COMPONENT_ME] = "me",
	[ATT_COMPONENT_NIC] = "nic",
	[ATT_COMPONENT_NVME] = "nvme",
	[ATT_COMPONENT_OTHER] = "other",
	[ATT_COMPONENT_SCSI] = "scsi",
	[ATT_COMPONENT_SWITCH] = "switch",
	[ATT_COMPONENT_TPM] = "tpm",
};

static const char *const results[ATT_MEASURED_COUNT] = {
	[ATT_MEASURED_OK] = "ok",
	[ATT_MEASURED_NOT_AVAILABLE] = "not-available",
	[ATT_MEASURED_FAILED] = "failed",
};

static const char *const roles[ATT_VERSION_ROLES] = {
	[ATT_VERSION_RUNNING] = "running",
	[ATT_VERSION_STORED] = "stored",
	[ATT_VERSION_FIXED] = "fixed",
	[ATT_VERSION_MINIMUM] = "minimum",
};

const char *
att_path_name(enum att_path path)
{
	return (unsigned)path < ATT_COUNT(paths) ? paths[path] : NULL;
}

const char *
att_component_kind_name(enum att_component_kind kind)
{
	return (unsigned)kind < ATT_COUNT(kinds) ? kinds[kind] : NULL;
}

const char *
att_measured_name(enum att_measured result)
{
	return (unsigned)result < ATT_COUNT(results) ? results[result] : NULL;
}

const char *
att_version_role_name(enum att_version_role role)
{
	return (unsigned)role < ATT_COUNT(roles) ? roles[role] : NULL;
}

/* -- texts ---------------------------------------------------------------- */

static bool
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < ' ' || *s > '~' || *s == '\\')
			return false;
	return true;
}

/* Names are ASCII (PROTOCOL-evidence.txt, 5); other text may be UTF-8. */
static void
mask(char *s, bool name)
{
	att_text_mask(s);
	for (; *s != '\0'; s++)
		if (*s == '\\' || (name && (unsigned char)*s > '~'))
			*s = '?';
}

/* Cut, clean, without spaces around it; NULL without memory. */
static char *
text_of(const char *from, size_t max, bool name)
{
	char *s;
	size_t n;

	from += strspn(from, " \t\r\n");
	if ((s = strndup(from, max)) == NULL)
		return NULL;
	for (n = strlen(s); n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL;)
		s[--n] = '\0';
	mask(s, name);
	return s;
}

/* What a member of an object is called. */
static int
name_of(const char *from, char **ret, struct att_err *err)
{
	char *s = text_of(from, ATT_COMPONENT_TEXT_MAX, true);

	if (s == NULL)
		return att_err_nomem(err);
	if (s[0] == '\0') {
		free(s);
		return att_err_set(err, ATT_E_FORMAT, "an empty name");
	}
	*ret = s;
	return 0;
}

/* The later word counts, unless it says nothing. */
static int
replace(char **at, const char *from, size_t max, struct att_err *err)
{
	char *s;

	if (from == NULL)
		return 0;
	if ((s = text_of(from, max, false)) == NULL)
		return att_err_nomem(err);
	if (s[0] == '\0') {
		free(s);
		return 0;
	}
	free(*at);
	*at = s;
	return 0;
}

/* -- the list ------------------------------------------------------------- */

static void
version_done(struct att_component_version *v)
{
	free(v->name);
	for (size_t i = 0; i < ATT_VERSION_ROLES; i++)
		free(v->text[i]);
}

static void
component_done(struct att_component *c)
{
	free(c->id);
	free(c->reason);
	free(c->vendor);
	free(c->model);
	free(c->serial);
	for (size_t i = 0; i < c->versions; i++)
		version_done(&c->version[i]);
	free(c->version);
	for (size_t i = 0; i < c->attributes; i++) {
		free(c->attribute[i].name);
		free(c->attribute[i].text);
	}
	free(c->attribute);
}

void
att_components_done(struct att_components *list)
{
	for (size_t i = 0; i < list->count; i++)
		component_done(&list->item[i]);
	free(list->item);
	*list = (struct att_components){ 0 };
}

/*
 * Room for one more entry of `size` bytes, zeroed, at `at` of an array of
 * `*count`, which grows in steps.
 */
static int
open_gap(void **array, size_t *count, size_t size, size_t at,
    struct att_err *err)
{
	const size_t step = 8;
	uint8_t *a = *array;

	if (*count % step == 0) {
		a = reallocarray(a, *count + step, size);
		if (a == NULL)
			return att_err_nomem(err);
		*array = a;
	}
	memmove(a + (at + 1) * size, a + at * size, (*count - at) * size);
	memset(a + at * size, 0, size);
	++*count;
	return 0;
}

/* Where it is, or belongs; true if it is there. */
static bool
find(const struct att_components *list, const char *id, size_t *ret)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(list->item[mid].id, id);

		if (c == 0) {
			*ret = mid;
			return true;
		}
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*ret = low;
	return false;
}

int
att_components_add(struct att_components *list, const char *id,
    enum att_component_kind kind, enum att_path path,
    struct att_component **ret, struct att_err *err)
{
	AUTO(free) char *own = text_of(id, ATT_COMPONENT_ID_MAX, true);
	size_t at;
	int r;

	if (own == NULL)
		return att_err_nomem(err);
	if (own[0] == '\0')
		return att_err_set(err, ATT_E_FORMAT,
		    "a component without an id");
	if (find(list, own, &at))
		return att_err_set(err, ATT_E_CONFLICT,
		    "component \"%.100s\" is there already", own);
	if (list->count == ATT_COMPONENTS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "more than %d components", ATT_COMPONENTS_MAX);
	if ((r = open_gap((void **)&list->item, &list->count,
		 sizeof(list->item[0]), at, err)) < 0)
		return r;
	list->item[at].id = take(&own);
	list->item[at].kind = kind;
	list->item[at].path = path;
	*ret = &list->item[at];
	return 0;
}

const struct att_component *
att_components_find(const struct att_components *list, const char *id)
{
	size_t at;

	return find(list, id, &at) ? &list->item[at] : NULL;
}

/* -- what is known of one ------------------------------------------------- */

int
att_component_describe(struct att_component *c, const char *vendor,
    const char *model, const char *serial, struct att_err *err)
{
	int r;

	if ((r = replace(&c->vendor, vendor, ATT_COMPONENT_TEXT_MAX, err)) <
		0 ||
	    (r = replace(&c->model, model, ATT_COMPONENT_TEXT_MAX, err)) < 0)
		return r;
	return replace(&c->serial, serial, ATT_COMPONENT_TEXT_MAX, err);
}

int
att_component_set_failed(struct att_component *c, enum att_measured result,
    const char *reason, struct att_err *err)
{
	int r = replace(&c->reason, reason[0] != '\0' ? reason : "no reason",
	    ATT_COMPONENT_REASON_MAX, err);

	if (r < 0)
		return r;
	c->result = result;
	return 0;
}

static int
open_version(struct att_component *c, const char *name,
    struct att_component_version **ret, struct att_err *err)
{
	AUTO(free) char *own = NULL;
	size_t at = 0;
	int r;

	if ((r = name_of(name, &own, err)) < 0)
		return r;
	while (at < c->versions && strcmp(c->version[at].name, own) < 0)
		at++;
	if (at < c->versions && strcmp(c->version[at].name, own) == 0) {
		*ret = &c->version[at];
		return 0;
	}
	if (c->versions == ATT_COMPONENT_VERSIONS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%.60s: more than %d versions", c->id,
		    ATT_COMPONENT_VERSIONS_MAX);
	if ((r = open_gap((void **)&c->version, &c->versions,
		 sizeof(c->version[0]), at, err)) < 0)
		return r;
	c->version[at].name = take(&own);
	*ret = &c->version[at];
	return 0;
}

static bool
says_nothing(const char *text)
{
	return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

int
att_component_set_version(struct att_component *c, const char *name,
    enum att_version_role role, const char *text, struct att_err *err)
{
	struct att_component_version *v = NULL;
	int r;

	if (says_nothing(text))
		return 0;
	if ((r = open_version(c, name, &v, err)) < 0)
		return r;
	return replace(&v->text[role], text, ATT_COMPONENT_TEXT_MAX, err);
}

int
att_component_set_attribute(struct att_component *c, const char *name,
    const char *text, struct att_err *err)
{
	AUTO(free) char *own = NULL;
	size_t at = 0;
	int r;

	if (says_nothing(text))
		return 0;
	if ((r = name_of(name, &own, err)) < 0)
		return r;
	while (at < c->attributes && strcmp(c->attribute[at].name, own) < 0)
		at++;
	if (at == c->attributes || strcmp(c->attribute[at].name, own) != 0) {
		if (c->attributes == ATT_COMPONENT_ATTRIBUTES_MAX)
			return att_err_set(err, ATT_E_LIMIT,
			    "%.60s: more than %d attributes", c->id,
			    ATT_COMPONENT_ATTRIBUTES_MAX);
		if ((r = open_gap((void **)&c->attribute, &c->attributes,
			 sizeof(c->attribute[0]), at, err)) < 0)
			return r;
		c->attribute[at].name = take(&own);
	}
	return replace(&c->attribute[at].text, text, ATT_COMPONENT_TEXT_MAX,
	    err);
}

const char *
att_component_version(const struct att_component *c, const char *name,
    enum att_version_role role)
{
	for (size_t i = 0; i < c->versions; i++)
		if (strcmp(c->version[i].name, name) == 0)
			return c->version[i].text[role];
	return NULL;
}

/* -- writing -------------------------------------------------------------- */

/* Nothing, where nothing is known. */
static int
put_text(json_t *j, const char *name, const char *text, struct att_err *err)
{
	return text == NULL ? 0 : att_json_put(j, name, json_string(text),
				      err);
}

static int
put_versions(json_t *j, const struct att_component *c, struct att_err *err)
{
	AUTO(att_json_decref) json_t *all = json_object();
	int r;

	for (size_t i = 0; i < c->versions; i++) {
		AUTO(att_json_decref) json_t *one = json_object();

		for (unsigned k = 0; k < ATT_VERSION_ROLES; k++)
			if ((r = put_text(one, roles[k],
				 c->version[i].text[k], err)) < 0)
				return r;
		if ((r = att_json_put(all, c->version[i].name, take(&one),
			 err)) < 0)
			return r;
	}
	return c->versions == 0 ? 0 :
				  att_json_put(j, "versions", take(&all), err);
}

static int
put_attributes(json_t *j, const struct att_component *c, struct att_err *err)
{
	AUTO(att_json_decref) json_t *all = json_object();
	int r;

	for (size_t i = 0; i < c->attributes; i++)
		if ((r = put_text(all, c->attribute[i].name,
			 c->attribute[i].text, err)) < 0)
			return r;
	return c->attributes == 0 ? 0 :
				    att_json_put(j, "attributes", take(&all),
					err);
}

static int
component_to_json(const struct att_component *c, json_t **ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_pack("{s:s, s:s, s:s, s:s}",
	    "id", c->id, "kind", kinds[c->kind], "path", paths[c->path],
	    "result", results[c->result]);
	int r;

	if (j == NULL)
		return att_err_nomem(err);
	if ((r = put_text(j, "reason", c->reason, err)) < 0 ||
	    (r = put_text(j, "vendor", c->vendor, err)) < 0 ||
	    (r = put_text(j, "model", c->model, err)) < 0 ||
	    (r = put_text(j, "serial", c->serial, err)) < 0 ||
	    (r = put_versions(j, c, err)) < 0 ||
	    (r = put_attributes(j, c, err)) < 0)
		return r;
	*ret = take(&j);
	return 0;
}

int
att_components_to_json(const struct att_components *list, json_t **ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *all = json_array();
	int r;

	for (size_t i = 0; i < list->count; i++) {
		json_t *one = NULL;

		if ((r = component_to_json(&list->item[i], &one, err)) < 0 ||
		    (r = att_json_add(all, one, err)) < 0)
			return r;
	}
	if (all == NULL)
		return att_err_nomem(err);
	*ret = take(&all);
	return 0;
}

/* -- reading -------------------------------------------------------------- */

/* Refused rather than cut: whoever writes cuts, and digests are made of it. */
static int
check_text(const char *what, const char *s, size_t max, bool name,
    struct att_err *err)
{
	size_t n = strlen(s);

	if (n == 0 || n > max || s[0] == ' ' || s[n - 1] == ' ' ||
	    !(name ? is_ascii(s) :
		     att_text_is_clean((struct att_slice){
			 (const uint8_t *)s, n })))
		return att_err_set(err, ATT_E_FORMAT,
		    "%s must be clean text of 1 to %zu bytes%s", what, max,
		    name ? " of ASCII" : "");
	return 0;
}

static const char *
kind_name(unsigned n)
{
	return att_component_kind_name((enum att_component_kind)n);
}

static const char *
path_name(unsigned n)
{
	return att_path_name((enum att_path)n);
}

/* In each of the roles that it says. */
static int
read_version(const json_t *j, const char *name, struct att_component *c,
    struct att_err *err)
{
	int r = check_text("a name of a version", name, ATT_COMPONENT_TEXT_MAX,
	    true, err);

	for (unsigned k = 0; r == 0 && k < ATT_VERSION_ROLES; k++) {
		const char *text = NULL;

		if ((r = att_json_str_opt(j, roles[k], &text, err)) < 0)
			return r;
		if (text != NULL &&
		    (r = check_text("a version", text, ATT_COMPONENT_TEXT_MAX,
			 false, err)) < 0)
			return r;
		r = att_component_set_version(c, name, k, text, err);
	}
	return r;
}

static int
read_versions(const json_t *j, struct att_component *c, struct att_err *err)
{
	json_t *all = json_object_get(j, "versions"), *one;
	const char *name;
	int r;

	if (all != NULL && !json_is_object(all))
		return att_err_set(err, ATT_E_FORMAT,
		    "versions must be an object");
	json_object_foreach (all, name, one) {
		if (!json_is_object(one) || json_object_size(one) == 0)
			return att_err_set(err, ATT_E_FORMAT,
			    "a version must be an object that says one");
		if ((r = read_version(one, name, c, err)) < 0)
			return r;
	}
	return 0;
}

static int
read_attributes(const json_t *j, struct att_component *c, struct att_err *err)
{
	json_t *all = json_object_get(j, "attributes"), *v;
	const char *name;
	int r;

	if (all != NULL && !json_is_object(all))
		return att_err_set(err, ATT_E_FORMAT,
		    "attributes must be an object");
	json_object_foreach (all, name, v) {
		if (!json_is_string(v))
			return att_err_set(err, ATT_E_FORMAT,
			    "an attribute must be text");
		if ((r = check_text("a name of an attribute", name,
			 ATT_COMPONENT_TEXT_MAX, true, err)) < 0 ||
		    (r = check_text("an attribute", json_string_value(v),
			 ATT_COMPONENT_TEXT_MAX, false, err)) < 0 ||
		    (r = att_component_set_attribute(c, name,
			 json_string_value(v), err)) < 0)
			return r;
	}
	return 0;
}

static int
read_text(const json_t *j, const char *member, size_t max, char **at,
    struct att_err *err)
{
	const char *s = NULL;
	int r;

	if ((r = att_json_str_opt(j, member, &s, err)) < 0 || s == NULL ||
	    (r = check_text(member, s, max, false, err)) < 0)
		return r;
	return replace(at, s, max, err);
}

static int
read_rest(const json_t *j, struct att_component *c, struct att_err *err)
{
	int r;

	if ((r = read_text(j, "reason", ATT_COMPONENT_REASON_MAX, &c->reason,
		 err)) < 0 ||
	    (r = read_text(j, "vendor", ATT_COMPONENT_TEXT_MAX, &c->vendor,
		 err)) < 0 ||
	    (r = read_text(j, "model", ATT_COMPONENT_TEXT_MAX, &c->model,
		 err)) < 0 ||
	    (r = read_text(j, "serial", ATT_COMPONENT_TEXT_MAX, &c->serial,
		 err)) < 0 ||
	    (r = read_versions(j, c, err)) < 0 ||
	    (r = read_attributes(j, c, err)) < 0)
		return r;
	if ((c->result == ATT_MEASURED_OK) != (c->reason == NULL))
		return att_err_set(err, ATT_E_FORMAT,
		    "a reason must stand with every result but ok");
	return 0;
}

static int
read_component(const json_t *j, struct att_components *list,
    struct att_err *err)
{
	unsigned kind = 0, path = 0;
	enum att_measured result = ATT_MEASURED_OK;
	struct att_component *c;
	const char *id = NULL;
	int r;

	if ((r = att_json_str(j, "id", &id, err)) < 0 ||
	    (r = check_text("id", id, ATT_COMPONENT_ID_MAX, true, err)) < 0 ||
	    (r = att_get_name(j, "kind", kind_name, &kind, err)) < 0 ||
	    (r = att_get_name(j, "path", path_name, &path, err)) < 0 ||
	    (r = att_get_measured(j, &result, err)) < 0 ||
	    (r = att_components_add(list, id, kind, path, &c, err)) < 0)
		return r;
	c->result = result;
	return read_rest(j, c, err);
}

int
att_components_from_json(json_t *j, struct att_components *ret,
    struct att_err *err)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	const char *before = "";
	int r;

	if (!json_is_array(j))
		return att_err_set(err, ATT_E_FORMAT,
		    "components must be an array");
	for (size_t i = 0; i < json_array_size(j); i++) {
		if ((r = read_component(json_array_get(j, i), &list, err)) <
		    0) {
			att_err_prefix(err, "component %zu", i);
			return r;
		}
		/* what was added last is last, or they are not in order */
		if (strcmp(list.item[i].id, before) <= 0)
			return att_err_set(err, ATT_E_FORMAT,
			    "component %zu: ids must grow", i);
		before = list.item[i].id;
	}
	*ret = list;
	list = (struct att_components){ 0 };
	return 0;
}
