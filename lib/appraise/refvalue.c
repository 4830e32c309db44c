#include "appraise/refvalue.h"

#include <string.h>

#include "base/cur.h"

#define FORMAT "attestd-reference-values/1"

/* Entries of one match list; borrowed from the document. */
struct globs {
	size_t count;
	const char *text[ATT_REF_GLOBS_MAX];
};

struct att_ref {
	json_t *doc;		/* texts are borrowed from it */
	const char *id;
	int64_t version;
	int64_t valid_from, valid_until;
	enum att_ref_secure_boot secure_boot;
	struct globs vendor, product, groups;
	struct att_ref_rule *rule[ATT_PCR_COUNT];
};

void
att_ref_free(struct att_ref *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < ATT_PCR_COUNT; i++)
		att_ref_rule_free(r->rule[i]);
	json_decref(r->doc);
	free(r);
}

const char *
att_ref_id(const struct att_ref *r)
{
	return r->id;
}

int64_t
att_ref_version(const struct att_ref *r)
{
	return r->version;
}

int64_t
att_ref_valid_from(const struct att_ref *r)
{
	return r->valid_from;
}

int64_t
att_ref_valid_until(const struct att_ref *r)
{
	return r->valid_until;
}

bool
att_ref_is_valid_at(const struct att_ref *r, int64_t now)
{
	return now >= r->valid_from && now <= r->valid_until;
}

enum att_ref_secure_boot
att_ref_secure_boot(const struct att_ref *r)
{
	return r->secure_boot;
}

const struct att_ref_rule *
att_ref_rule(const struct att_ref *r, unsigned pcr)
{
	return pcr < ATT_PCR_COUNT ? r->rule[pcr] : NULL;
}

/* -- platform ------------------------------------------------------------ */

/* `*` any run, `?` one byte; linear in text for each star, no recursion. */
static bool
glob_matches(const char *glob, const char *text)
{
	const char *star = NULL, *back = NULL;

	while (*text != '\0') {
		if (*glob == '*') {
			star = glob++;
			back = text;
		} else if (*glob == '?' || *glob == *text) {
			glob++;
			text++;
		} else if (star != NULL) {
			glob = star + 1;
			text = ++back;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return *glob == '\0';
}

static bool
any_glob(const struct globs *g, const char *text)
{
	for (size_t i = 0; text != NULL && i < g->count; i++)
		if (glob_matches(g->text[i], text))
			return true;
	return g->count == 0;
}

static bool
any_group(const struct globs *g, const char *const *groups)
{
	for (size_t i = 0; groups != NULL && groups[i] != NULL; i++)
		for (size_t k = 0; k < g->count; k++)
			if (strcmp(groups[i], g->text[k]) == 0)
				return true;
	return g->count == 0;
}

bool
att_ref_matches(const struct att_ref *r, const struct att_platform *p)
{
	return any_glob(&r->vendor, p->vendor) &&
	    any_glob(&r->product, p->product) &&
	    any_group(&r->groups, p->groups);
}

/* -- parsing ------------------------------------------------------------- */

/* Days from 1970-01-01 in the Gregorian calendar. */
static int64_t
days_of(int64_t y, int64_t m, int64_t d)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243,
		273, 304, 334 };
	int64_t last = m > 2 ? y : y - 1;	/* whose 29 February is over */

	return (y - 1970) * 365 + (last / 4 - last / 100 + last / 400) -
	    (1969 / 4 - 1969 / 100 + 1969 / 400) + before[m - 1] + d - 1;
}

/* n decimal digits. */
static bool
digits(struct att_cur *c, int n, int64_t min, int64_t max, int64_t *ret)
{
	int64_t v = 0;
	uint8_t d;

	while (n-- > 0) {
		if (!att_cur_u8(c, &d) || d < '0' || d > '9')
			return false;
		v = 10 * v + (d - '0');
	}
	*ret = v;
	return v >= min && v <= max;
}

static bool
letter(struct att_cur *c, char want)
{
	uint8_t got;

	return att_cur_u8(c, &got) && got == (uint8_t)want;
}

/* "2026-11-24T15:04:05Z" (RFC 3339, UTC, whole seconds). */
bool
att_ref_time_parse(const char *text, int64_t *ret)
{
	struct att_cur c = att_cur_from(text, strlen(text));
	int64_t y, mo, d, h, mi, s;
	static const int length[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	bool leap;

	if (!digits(&c, 4, 1970, 9999, &y) || !letter(&c, '-') ||
	    !digits(&c, 2, 1, 12, &mo) || !letter(&c, '-') ||
	    !digits(&c, 2, 1, length[mo - 1], &d) || !letter(&c, 'T') ||
	    !digits(&c, 2, 0, 23, &h) || !letter(&c, ':') ||
	    !digits(&c, 2, 0, 59, &mi) || !letter(&c, ':') ||
	    !digits(&c, 2, 0, 59, &s) || !letter(&c, 'Z') ||
	    !att_cur_empty(&c))
		return false;
	leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
	if (mo == 2 && d == 29 && !leap)
		return false;
	*ret = ((days_of(y, mo, d) * 24 + h) * 60 + mi) * 60 + s;
	return true;
}

static int
read_time(const json_t *j, const char *name, int64_t *ret,
    struct att_err *err)
{
	const char *s = NULL;
	int e;

	if ((e = att_json_str_opt(j, name, &s, err)) < 0)
		return e;
	if (s != NULL && !att_ref_time_parse(s, ret))
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"%s\" must be like \"2026-11-24T15:04:05Z\"",
		    name);
	return 0;
}

static int
read_globs(const json_t *j, const char *name, struct globs *ret,
    struct att_err *err)
{
	json_t *list = json_object_get(j, name);
	size_t n = json_array_size(list);

	if (list == NULL)
		return 0;
	/* empty, it would match every node or none: whoever wrote it errs */
	if (!json_is_array(list) || n == 0 || n > ATT_REF_GLOBS_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"%s\" must be an array of 1 to %d", name,
		    ATT_REF_GLOBS_MAX);
	for (size_t i = 0; i < n; i++) {
		const char *s = json_string_value(json_array_get(list, i));

		if (s == NULL || s[0] == '\0' ||
		    strlen(s) > ATT_REF_TEXT_MAX)
			return att_err_set(err, ATT_E_FORMAT,
			    "member \"%s\", entry %zu: must be text of 1 to "
			    "%d bytes", name, i, ATT_REF_TEXT_MAX);
		ret->text[ret->count++] = s;
	}
	return 0;
}

static int
read_match(struct att_ref *r, struct att_err *err)
{
	static const char *const names[] = { "vendor", "product", "groups",
		NULL };
	json_t *m = NULL;
	int e;

	if ((e = att_json_obj(r->doc, "match", &m, err)) < 0 ||
	    (e = att_json_only(m, names, err)) < 0 ||
	    (e = read_globs(m, "vendor", &r->vendor, err)) < 0 ||
	    (e = read_globs(m, "product", &r->product, err)) < 0)
		return e;
	return read_globs(m, "groups", &r->groups, err);
}

static int
read_secure_boot(struct att_ref *r, struct att_err *err)
{
	const char *s = NULL;
	int e;

	if ((e = att_json_str(r->doc, "secure_boot", &s, err)) < 0)
		return e;
	if (strcmp(s, "required") == 0)
		r->secure_boot = ATT_REF_SECURE_BOOT_REQUIRED;
	else if (strcmp(s, "any") != 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"secure_boot\" must be \"required\" or \"any\"");
	return 0;
}

/* "0" to "23", in one way of writing each. */
static bool
pcr_of(const char *name, unsigned *ret)
{
	struct att_cur c = att_cur_from(name, strlen(name));
	int64_t v;

	if (strlen(name) > 2 || (name[0] == '0' && name[1] != '\0') ||
	    !digits(&c, (int)strlen(name), 0, ATT_PCR_COUNT - 1, &v) ||
	    name[0] == '\0')
		return false;
	*ret = (unsigned)v;
	return true;
}

static int
read_rules(struct att_ref *r, struct att_err *err)
{
	json_t *pcrs = NULL, *v;
	const char *name;
	unsigned pcr;
	int e;

	if ((e = att_json_obj(r->doc, "pcrs", &pcrs, err)) < 0)
		return e;
	json_object_foreach (pcrs, name, v) {
		/* whoever reaches the TPM can reset these: no rule helps */
		if (!pcr_of(name, &pcr) || pcr == 16 || pcr == 23)
			return att_err_set(err, ATT_E_FORMAT,
			    "\"pcrs\": \"%s\", must be 0 to 22 without 16",
			    name);
		e = att_ref_rule_parse(v, pcr, &r->rule[pcr], err);
		if (e < 0) {
			att_err_prefix(err, "PCR %u", pcr);
			return e;
		}
	}
	return 0;
}

/* It is a word in paths and on command lines. */
static bool
is_id(const char *id)
{
	size_t len = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"abcdefghijklmnopqrstuvwxyz0123456789._-");

	return len > 0 && len <= ATT_REF_ID_MAX && id[len] == '\0' &&
	    id[0] != '.';
}

static int
read_doc(struct att_ref *r, struct att_err *err)
{
	static const char *const names[] = { "format", "id", "version",
		"comment", "valid_from", "valid_until", "match",
		"secure_boot", "pcrs", NULL };
	const char *format = NULL, *comment = NULL;
	int e;

	if (!json_is_object(r->doc))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	if ((e = att_json_str(r->doc, "format", &format, err)) < 0)
		return e;
	if (strcmp(format, FORMAT) != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "member \"format\" is not \"" FORMAT "\"");
	if ((e = att_json_only(r->doc, names, err)) < 0 ||
	    (e = att_json_str(r->doc, "id", &r->id, err)) < 0 ||
	    (e = att_json_str_opt(r->doc, "comment", &comment, err)) < 0 ||
	    (e = att_json_int(r->doc, "version", 0, INT64_MAX, &r->version,
		 err)) < 0 ||
	    (e = read_time(r->doc, "valid_from", &r->valid_from, err)) < 0 ||
	    (e = read_time(r->doc, "valid_until", &r->valid_until, err)) < 0 ||
	    (e = read_match(r, err)) < 0 ||
	    (e = read_secure_boot(r, err)) < 0)
		return e;
	if (r->valid_from > r->valid_until)
		return att_err_set(err, ATT_E_FORMAT,
		    "it is valid at no time: valid_from is after "
		    "valid_until");
	if (!is_id(r->id))
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"id\" must be 1 to %d of A-Z a-z 0-9 . _ - and "
		    "not begin with a dot", ATT_REF_ID_MAX);
	return read_rules(r, err);
}

int
att_ref_parse(struct att_slice text, struct att_ref **ret,
    struct att_err *err)
{
	AUTO(att_ref_free) struct att_ref *r = calloc(1, sizeof(*r));
	int e;

	if (r == NULL)
		return att_err_nomem(err);
	r->valid_from = INT64_MIN;
	r->valid_until = INT64_MAX;
	if ((e = att_json_parse(text, ATT_REF_FILE_MAX, &r->doc, err)) < 0)
		return e;
	if ((e = read_doc(r, err)) < 0) {
		att_err_prefix(err, "reference values");
		return e;
	}
	*ret = take(&r);
	return 0;
}
