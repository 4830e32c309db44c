#include "appraise/refhead.h"

#include <string.h>

#include "base/cur.h"

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

bool
att_ref_globs_match(const struct att_ref_globs *g, const char *text)
{
	for (size_t i = 0; text != NULL && i < g->count; i++)
		if (glob_matches(g->text[i], text))
			return true;
	return g->count == 0;
}

static bool
any_group(const struct att_ref_globs *g, const char *const *groups)
{
	for (size_t i = 0; groups != NULL && groups[i] != NULL; i++)
		for (size_t k = 0; k < g->count; k++)
			if (strcmp(groups[i], g->text[k]) == 0)
				return true;
	return g->count == 0;
}

bool
att_ref_head_matches(const struct att_ref_head *h,
    const struct att_platform *p)
{
	return att_ref_globs_match(&h->vendor, p->vendor) &&
	    att_ref_globs_match(&h->product, p->product) &&
	    any_group(&h->groups, p->groups);
}

bool
att_ref_head_is_valid_at(const struct att_ref_head *h, int64_t now)
{
	return now >= h->valid_from && now <= h->valid_until;
}

bool
att_ref_head_concerns(const struct att_ref_head *h,
    const struct att_platform *p, int64_t now)
{
	return att_ref_head_matches(h, p) && now >= h->valid_from;
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

int
att_ref_globs_read(const json_t *j, const char *name,
    struct att_ref_globs *ret, struct att_err *err)
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
read_match(const json_t *doc, struct att_ref_head *h, struct att_err *err)
{
	static const char *const names[] = { "vendor", "product", "groups",
		NULL };
	json_t *m = NULL;
	int e;

	if ((e = att_json_obj(doc, "match", &m, err)) < 0 ||
	    (e = att_json_only(m, names, err)) < 0 ||
	    (e = att_ref_globs_read(m, "vendor", &h->vendor, err)) < 0 ||
	    (e = att_ref_globs_read(m, "product", &h->product, err)) < 0)
		return e;
	return att_ref_globs_read(m, "groups", &h->groups, err);
}

bool
att_ref_is_id(const char *id)
{
	size_t len = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"abcdefghijklmnopqrstuvwxyz0123456789._-");

	return len > 0 && len <= ATT_REF_ID_MAX && id[len] == '\0' &&
	    id[0] != '.';
}

static const char *const own[] = { "format", "id", "version", "comment",
	"valid_from", "valid_until", "match", NULL };

static bool
is_listed(const char *name, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

static int
check_members(json_t *doc, const char *const *names, struct att_err *err)
{
	const char *name;
	json_t *v;

	json_object_foreach (doc, name, v)
		if (!is_listed(name, own) && !is_listed(name, names))
			return att_err_set(err, ATT_E_FORMAT,
			    "member \"%.40s\" is not known", name);
	return 0;
}

int
att_ref_head_read(json_t *doc, const char *format, const char *const *names,
    struct att_ref_head *ret, struct att_err *err)
{
	struct att_ref_head h = { .valid_from = INT64_MIN,
		.valid_until = INT64_MAX };
	const char *is = NULL, *comment = NULL;
	int e;

	if (!json_is_object(doc))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	if ((e = att_json_str(doc, "format", &is, err)) < 0)
		return e;
	if (strcmp(is, format) != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "member \"format\" is not \"%s\"", format);
	if ((e = check_members(doc, names, err)) < 0 ||
	    (e = att_json_str(doc, "id", &h.id, err)) < 0 ||
	    (e = att_json_str_opt(doc, "comment", &comment, err)) < 0 ||
	    (e = att_json_int(doc, "version", 0, INT64_MAX, &h.version,
		 err)) < 0 ||
	    (e = read_time(doc, "valid_from", &h.valid_from, err)) < 0 ||
	    (e = read_time(doc, "valid_until", &h.valid_until, err)) < 0 ||
	    (e = read_match(doc, &h, err)) < 0)
		return e;
	if (h.valid_from > h.valid_until)
		return att_err_set(err, ATT_E_FORMAT,
		    "it is valid at no time: valid_from is after "
		    "valid_until");
	if (!att_ref_is_id(h.id))
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"id\" must be 1 to %d of A-Z a-z 0-9 . _ - and "
		    "not begin with a dot", ATT_REF_ID_MAX);
	*ret = h;
	return 0;
}

/* -- writing ------------------------------------------------------------- */

static int
put_globs(json_t *match, const char *name, const char *const *globs,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = NULL;
	int e;

	if (globs == NULL || globs[0] == NULL)
		return 0;
	list = json_array();
	for (; *globs != NULL; globs++)
		if ((e = att_json_add(list, json_string(*globs), err)) < 0)
			return e;
	return att_json_put(match, name, take(&list), err);
}

int
att_ref_head_write(json_t *doc, const char *format,
    const struct att_ref_heading *h, struct att_err *err)
{
	AUTO(att_json_decref) json_t *match = json_object();
	int e;

	if ((e = att_json_put(doc, "format", json_string(format), err)) < 0 ||
	    (e = att_json_put(doc, "id", json_string(h->id), err)) < 0 ||
	    (e = att_json_put(doc, "version", json_integer(h->version),
		 err)) < 0 ||
	    (e = put_globs(match, "vendor", h->vendor, err)) < 0 ||
	    (e = put_globs(match, "product", h->product, err)) < 0 ||
	    (e = put_globs(match, "groups", h->groups, err)) < 0 ||
	    (e = att_json_put(doc, "match", take(&match), err)) < 0)
		return e;
	if (h->comment != NULL && (e = att_json_put(doc, "comment",
		 json_string(h->comment), err)) < 0)
		return e;
	if (h->valid_from != INT64_MIN && (e = att_json_put(doc, "valid_from",
		 att_json_time_of(h->valid_from), err)) < 0)
		return e;
	if (h->valid_until == INT64_MAX)
		return 0;
	return att_json_put(doc, "valid_until",
	    att_json_time_of(h->valid_until), err);
}
