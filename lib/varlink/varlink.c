#include "varlink/varlink.h"

#include <string.h>

#include "base/cur.h"

/* -- names ----------------------------------------------------------------- */

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alpha(char c)
{
	return is_upper(c) || (c >= 'a' && c <= 'z');
}

/*
 * One word of an interface's name: letters and digits, with hyphens between
 * them; the first word begins with a letter.
 */
static bool
is_word(const char *s, size_t n, bool first)
{
	if (n == 0 || (first && !is_alpha(s[0])) || s[0] == '-' ||
	    s[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_alpha(s[i]) && !is_digit(s[i]) && s[i] != '-')
			return false;
	return true;
}

/* At least two of them, with dots between. */
static bool
is_interface(const char *s, size_t n)
{
	size_t begin = 0, words = 0;

	for (size_t i = 0; i <= n; i++) {
		if (i < n && s[i] != '.')
			continue;
		if (!is_word(s + begin, i - begin, words == 0))
			return false;
		begin = i + 1;
		words++;
	}
	return words >= 2;
}

static bool
is_member(const char *s)
{
	if (!is_upper(*s))
		return false;
	while (is_alpha(*s) || is_digit(*s))
		s++;
	return *s == '\0';
}

const char *
att_varlink_split(const char *name, struct att_slice *ret_interface)
{
	const char *dot = strrchr(name, '.');

	if (dot == NULL || strlen(name) > ATT_VARLINK_NAME_MAX ||
	    !is_member(dot + 1) || !is_interface(name, (size_t)(dot - name)))
		return NULL;
	*ret_interface = (struct att_slice){ (const uint8_t *)name,
		(size_t)(dot - name) };
	return dot + 1;
}

static int
check_name(const char *name, enum att_code code, const char *what,
    struct att_err *err)
{
	struct att_slice interface;

	if (att_varlink_split(name, &interface) == NULL)
		return att_err_set(err, code,
		    "Varlink: \"%s\" is no name of %s", name, what);
	return 0;
}

/* -- reading --------------------------------------------------------------- */

static int
parse_object(struct att_slice text, size_t max, const char *const *members,
    json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	int r;

	if ((r = att_json_parse(text, max, &j, err)) < 0)
		return r;
	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT,
		    "Varlink: a message must be an object");
	if ((r = att_json_only(j, members, err)) < 0)
		return r;
	*ret = take(&j);
	return 0;
}

/* Borrowed from `j`, which gets an empty object where there is none. */
static int
read_parameters(json_t *j, json_t **ret, struct att_err *err)
{
	const json_t *p = json_object_get(j, "parameters");
	int r;

	if ((p == NULL || json_is_null(p)) &&
	    (r = att_json_put(j, "parameters", json_object(), err)) < 0)
		return r;
	return att_json_obj(j, "parameters", ret, err);
}

/* As one bit; a member that is missing or null is false. */
static int
read_flag(const json_t *j, const char *name, unsigned bit, unsigned *flags,
    struct att_err *err)
{
	const json_t *v = json_object_get(j, name);
	bool set = false;
	int r;

	if (v == NULL || json_is_null(v))
		return 0;
	if ((r = att_json_bool(j, name, &set, err)) < 0)
		return r;
	*flags |= set ? bit : 0;
	return 0;
}

void
att_varlink_message_done(struct att_varlink_message *m)
{
	json_decref(m->json);
	*m = (struct att_varlink_message){ 0 };
}

int
att_varlink_message_parse(struct att_slice text,
    struct att_varlink_message *ret, struct att_err *err)
{
	static const char *const members[] = { "method", "parameters",
		"oneway", "more", "upgrade", NULL };
	AUTO_DONE(att_varlink_message_done) struct att_varlink_message m = {
		0 };
	int r;

	if ((r = parse_object(text, ATT_VARLINK_CALL_MAX, members, &m.json,
		 err)) < 0 ||
	    (r = att_json_str(m.json, "method", &m.method, err)) < 0 ||
	    (r = check_name(m.method, ATT_E_FORMAT, "a method", err)) < 0 ||
	    (r = read_parameters(m.json, &m.parameters, err)) < 0 ||
	    (r = read_flag(m.json, "oneway", ATT_VARLINK_ONEWAY, &m.flags,
		 err)) < 0 ||
	    (r = read_flag(m.json, "more", ATT_VARLINK_MORE, &m.flags,
		 err)) < 0 ||
	    (r = read_flag(m.json, "upgrade", ATT_VARLINK_UPGRADE, &m.flags,
		 err)) < 0)
		return r;
	/* one of them alone: none and many, this protocol and another */
	if ((m.flags & (m.flags - 1)) != 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "Varlink: a call is oneway, more or upgrade, not two");
	*ret = m;
	m.json = NULL;
	return 0;
}

void
att_varlink_reply_done(struct att_varlink_reply *r)
{
	json_decref(r->json);
	*r = (struct att_varlink_reply){ 0 };
}

int
att_varlink_reply_parse(struct att_slice text, struct att_varlink_reply *ret,
    struct att_err *err)
{
	static const char *const members[] = { "parameters", "continues",
		"error", NULL };
	AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply m = { 0 };
	unsigned flags = 0;
	int r;

	if ((r = parse_object(text, ATT_VARLINK_REPLY_MAX, members, &m.json,
		 err)) < 0 ||
	    (r = att_json_str_opt(m.json, "error", &m.error, err)) < 0 ||
	    (r = read_parameters(m.json, &m.parameters, err)) < 0 ||
	    (r = read_flag(m.json, "continues", 1, &flags, err)) < 0)
		return r;
	if (m.error != NULL &&
	    (r = check_name(m.error, ATT_E_FORMAT, "an error", err)) < 0)
		return r;
	if (m.error != NULL && flags != 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "Varlink: nothing follows an error");
	m.continues = flags != 0;
	*ret = m;
	m.json = NULL;
	return 0;
}

/* -- writing --------------------------------------------------------------- */

/* {} with these parameters, which stay the caller's. */
static int
begin_object(const json_t *parameters, json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	int r;

	if (j == NULL)
		return att_err_nomem(err);
	/* the reference is given back with `j`: nothing is changed */
	if (parameters != NULL &&
	    (r = att_json_put(j, "parameters",
		 json_incref((json_t *)(uintptr_t)parameters), err)) < 0)
		return r;
	*ret = take(&j);
	return 0;
}

static int
end_object(const json_t *j, size_t max, struct att_buf *ret,
    struct att_err *err)
{
	size_t before = ret->len;
	int r = att_json_write(j, ret, err);

	if (r < 0)
		return r;
	if (ret->len - before > max)
		return att_err_set(err, ATT_E_LIMIT,
		    "Varlink: a message of %zu bytes, at most %zu are taken",
		    ret->len - before, max);
	att_buf_u8(ret, '\0');
	return att_buf_ok(ret, "Varlink", err);
}

int
att_varlink_message_put(const char *method, const json_t *parameters,
    unsigned flags, struct att_buf *ret, struct att_err *err)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {
		{ ATT_VARLINK_ONEWAY, "oneway" },
		{ ATT_VARLINK_MORE, "more" },
		{ ATT_VARLINK_UPGRADE, "upgrade" },
	};
	AUTO(att_json_decref) json_t *j = NULL;
	int r;

	if ((r = check_name(method, ATT_E_USAGE, "a method", err)) < 0 ||
	    (r = begin_object(parameters, &j, err)) < 0 ||
	    (r = att_json_put(j, "method", json_string(method), err)) < 0)
		return r;
	for (size_t i = 0; i < ATT_COUNT(names); i++)
		if ((flags & names[i].bit) != 0 &&
		    (r = att_json_put(j, names[i].name, json_true(), err)) < 0)
			return r;
	return end_object(j, ATT_VARLINK_CALL_MAX, ret, err);
}

int
att_varlink_reply_put(const char *error, const json_t *parameters,
    bool continues, struct att_buf *ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	int r;

	if ((r = begin_object(parameters, &j, err)) < 0)
		return r;
	if (error != NULL &&
	    ((r = check_name(error, ATT_E_USAGE, "an error", err)) < 0 ||
		(r = att_json_put(j, "error", json_string(error), err)) < 0))
		return r;
	if (error == NULL && continues &&
	    (r = att_json_put(j, "continues", json_true(), err)) < 0)
		return r;
	return end_object(j, ATT_VARLINK_REPLY_MAX, ret, err);
}
