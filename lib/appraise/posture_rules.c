#include "appraise/posture_rules.h"

#include <inttypes.h>
#include <string.h>

#include "appraise/pattern.h"
#include "base/encoding.h"

#define NAME_SET \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-*?"
#define SHA256_SIZE 32
#define WHAT_MAX 1024	/* bytes; a finding takes less */

enum kind {
	ONE_OF,
	MINIMUM,
	MAXIMUM,
	PATTERN,
	INCLUDES,	/* each glob fits an entry, or a word of a text */
	EXCLUDES,	/* none does */
	AMONG,		/* each entry, or word, is fitted by one */
	KINDS
};

static const char *const kind_names[KINDS] = {
	[ONE_OF] = "one_of",
	[MINIMUM] = "minimum",
	[MAXIMUM] = "maximum",
	[PATTERN] = "pattern",
	[INCLUDES] = "includes",
	[EXCLUDES] = "excludes",
	[AMONG] = "among",
};

/* What a rule's breach is worth, and what need not be there. */
struct level {
	enum att_severity severity;
	bool optional;
};

struct rule {
	struct att_ref_globs name;	/* one */
	struct level level;
	bool wild;
	enum kind kind;
	int64_t bound;			/* MINIMUM, MAXIMUM */
	json_t *values;			/* ONE_OF: an array, owned */
	struct att_patterns *pattern;
	struct att_ref_globs *words;	/* owned, their texts borrowed */
};

struct key_rule {
	struct level level;
	enum att_posture_variable variable;
	bool listed;			/* certificates are */
	struct att_digest cert[ATT_POSTURE_VALUES_MAX];
	size_t certs;
	bool digests;			/* entries that are none may be */
	int64_t minimum;		/* of them */
};

struct att_posture_rules {
	json_t *doc;		/* what the texts are borrowed from */
	struct att_ref_head head;
	struct rule *rule;
	size_t rules;
	struct key_rule key[ATT_POSTURE_VARIABLES];
	size_t keys;
};

void
att_posture_rules_free(struct att_posture_rules *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->rules; i++) {
		json_decref(r->rule[i].values);
		att_patterns_free(r->rule[i].pattern);
		free(r->rule[i].words);
	}
	free(r->rule);
	json_decref(r->doc);
	free(r);
}

const struct att_ref_head *
att_posture_rules_head(const struct att_posture_rules *r)
{
	return &r->head;
}

size_t
att_posture_rules_count(const struct att_posture_rules *r)
{
	return r->rules + r->keys;
}

const char *
att_posture_rules_about(const struct att_posture_rules *r, size_t i,
    bool *ret_required)
{
	const struct level *level;
	const char *name;

	if (i >= att_posture_rules_count(r))
		return NULL;
	if (i < r->rules) {
		level = &r->rule[i].level;
		name = r->rule[i].name.text[0];
	} else {
		level = &r->key[i - r->rules].level;
		name = att_posture_variable_name(
		    r->key[i - r->rules].variable);
	}
	*ret_required = level->severity == ATT_SEVERITY_FAIL;
	return name;
}

bool
att_posture_rules_is_for(const struct att_posture_rules *r,
    const struct att_platform *p, int64_t now)
{
	return att_ref_head_matches(&r->head, p) &&
	    att_ref_head_is_valid_at(&r->head, now);
}

/* -- parsing --------------------------------------------------------------- */

static int
read_level(json_t *j, struct level *ret, struct att_err *err)
{
	const char *level = "required";
	int e;

	if ((e = att_json_str_opt(j, "level", &level, err)) < 0)
		return e;
	if (strcmp(level, "required") != 0 && strcmp(level, "warn") != 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"level\" must be \"required\" or \"warn\"");
	ret->severity = strcmp(level, "warn") == 0 ? ATT_SEVERITY_WARN :
						     ATT_SEVERITY_FAIL;
	return json_object_get(j, "optional") == NULL ? 0 :
	    att_json_bool(j, "optional", &ret->optional, err);
}

static bool
is_scalar(const json_t *v)
{
	return json_is_boolean(v) || json_is_integer(v) || json_is_string(v);
}

static int
read_values(const json_t *j, struct rule *rule, struct att_err *err)
{
	json_t *list = NULL;
	int e;

	if ((e = att_json_arr(j, "one_of", &list, err)) < 0)
		return e;
	if (json_array_size(list) == 0 ||
	    json_array_size(list) > ATT_POSTURE_VALUES_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"one_of\" must be an array of 1 to %d",
		    ATT_POSTURE_VALUES_MAX);
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!is_scalar(json_array_get(list, i)))
			return att_err_set(err, ATT_E_FORMAT,
			    "member \"one_of\", entry %zu: must be true, "
			    "false, an integer or a text", i);
	rule->values = json_incref(list);
	return 0;
}

static int
read_pattern(const json_t *j, struct rule *rule, struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	const char *text = NULL;
	int e;

	if ((e = att_json_str(j, "pattern", &text, err)) < 0 ||
	    (e = att_json_add(list, json_string(text), err)) < 0)
		return e;
	return att_patterns_parse(list, &rule->pattern, err);
}

static int
read_words(const json_t *j, struct rule *rule, struct att_err *err)
{
	if ((rule->words = calloc(1, sizeof(*rule->words))) == NULL)
		return att_err_nomem(err);
	return att_ref_globs_read(j, kind_names[rule->kind], rule->words,
	    err);
}

static int
read_operand(const json_t *j, struct rule *rule, struct att_err *err)
{
	switch (rule->kind) {
	case ONE_OF:
		return read_values(j, rule, err);
	case MINIMUM:
	case MAXIMUM:
		return att_json_int(j, kind_names[rule->kind], INT64_MIN,
		    INT64_MAX, &rule->bound, err);
	case PATTERN:
		return read_pattern(j, rule, err);
	default:
		return read_words(j, rule, err);
	}
}

/* Exactly one of the kinds. */
static int
read_kind(const json_t *j, enum kind *ret, struct att_err *err)
{
	size_t found = 0;

	for (unsigned k = 0; k < KINDS; k++) {
		if (json_object_get(j, kind_names[k]) == NULL)
			continue;
		*ret = (enum kind)k;
		found++;
	}
	return found == 1 ? 0 :
	    att_err_set(err, ATT_E_FORMAT,
		"must have exactly one of \"one_of\", \"minimum\", "
		"\"maximum\", \"pattern\", \"includes\", \"excludes\", "
		"\"among\"");
}

static int
read_rule(json_t *j, struct rule *rule, struct att_err *err)
{
	const char *names[] = { "level", "optional", NULL, NULL };
	int e;

	if (is_scalar(j)) {
		rule->kind = ONE_OF;
		rule->level.severity = ATT_SEVERITY_FAIL;
		rule->values = json_array();
		return json_array_append(rule->values, j) == 0 ? 0 :
		    att_err_nomem(err);
	}
	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT,
		    "must be a value or an object");
	if ((e = read_kind(j, &rule->kind, err)) < 0)
		return e;
	names[2] = kind_names[rule->kind];
	if ((e = att_json_only(j, names, err)) < 0 ||
	    (e = read_level(j, &rule->level, err)) < 0)
		return e;
	return read_operand(j, rule, err);
}

static bool
is_name(const char *s)
{
	size_t n = strspn(s, NAME_SET);

	return n > 0 && n <= ATT_POSTURE_NAME_MAX && s[n] == '\0';
}

static int
read_rules(struct att_posture_rules *r, struct att_err *err)
{
	json_t *rules = NULL, *one;
	const char *name;
	int e;

	if ((e = att_json_obj(r->doc, "rules", &rules, err)) < 0)
		return e;
	if (json_object_size(rules) > ATT_POSTURE_RULES_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%zu rules, at most %d are taken",
		    json_object_size(rules), ATT_POSTURE_RULES_MAX);
	r->rule = calloc(json_object_size(rules) + 1, sizeof(*r->rule));
	if (r->rule == NULL)
		return att_err_nomem(err);
	json_object_foreach (rules, name, one) {
		struct rule *rule = &r->rule[r->rules++];

		if (!is_name(name))
			return att_err_set(err, ATT_E_FORMAT,
			    "rule \"%.40s\": a name must be 1 to %d of a-z "
			    "A-Z 0-9 . _ - * ?", name, ATT_POSTURE_NAME_MAX);
		rule->name = (struct att_ref_globs){ 1, { name } };
		rule->wild = strpbrk(name, "*?") != NULL;
		if ((e = read_rule(one, rule, err)) < 0) {
			att_err_prefix(err, "rule \"%s\"", name);
			return e;
		}
	}
	return 0;
}

static int
read_cert(struct key_rule *k, const char *hex, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(SHA256_SIZE);

	if (hex == NULL || strlen(hex) != 2 * SHA256_SIZE ||
	    att_hex_decode(att_slice_of(hex), &b, NULL) < 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "must be the 64 hex digits of a SHA-256");
	return att_digest_from(ATT_ALG_SHA256, att_buf_view(&b),
	    &k->cert[k->certs++], err);
}

static int
read_certs(const json_t *j, struct key_rule *k, struct att_err *err)
{
	json_t *list = NULL;
	int e;

	k->listed = json_object_get(j, "certificates") != NULL;
	if (!k->listed)
		return 0;
	if ((e = att_json_arr(j, "certificates", &list, err)) < 0)
		return e;
	if (json_array_size(list) > ATT_POSTURE_VALUES_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%zu certificates, at most %d are taken",
		    json_array_size(list), ATT_POSTURE_VALUES_MAX);
	for (size_t i = 0; i < json_array_size(list); i++)
		if ((e = read_cert(k, json_string_value(json_array_get(list,
			 i)), err)) < 0) {
			att_err_prefix(err, "certificate %zu", i);
			return e;
		}
	return 0;
}

static int
read_key(json_t *j, struct key_rule *k, struct att_err *err)
{
	static const char *const names[] = { "certificates", "digests",
		"level", "minimum_digests", "optional", NULL };
	int e;

	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	if ((e = att_json_only(j, names, err)) < 0 ||
	    (e = read_level(j, &k->level, err)) < 0 ||
	    (e = read_certs(j, k, err)) < 0 ||
	    (e = att_json_int_opt(j, "minimum_digests", 0,
		 ATT_POSTURE_DIGESTS_MAX, &k->minimum, err)) < 0)
		return e;
	k->digests = !k->listed || k->minimum > 0;
	if (json_object_get(j, "digests") != NULL &&
	    (e = att_json_bool(j, "digests", &k->digests, err)) < 0)
		return e;
	if (!k->listed && k->digests && k->minimum == 0)
		return att_err_set(err, ATT_E_FORMAT, "asks for nothing");
	if (!k->digests && k->minimum > 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "wants digests, and allows none");
	return 0;
}

static enum att_posture_variable
variable_of(const char *name)
{
	int v = 0;

	while (v < ATT_POSTURE_VARIABLES && strcmp(name,
	    att_posture_variable_name((enum att_posture_variable)v)) != 0)
		v++;
	return (enum att_posture_variable)v;
}

static int
read_keys(struct att_posture_rules *r, struct att_err *err)
{
	json_t *keys = NULL, *one;
	const char *name;
	int e;

	if (json_object_get(r->doc, "keys") == NULL)
		return 0;
	if ((e = att_json_obj(r->doc, "keys", &keys, err)) < 0)
		return e;
	json_object_foreach (keys, name, one) {
		enum att_posture_variable v = variable_of(name);
		struct key_rule *k = &r->key[r->keys];

		if (v == ATT_POSTURE_VARIABLES)
			return att_err_set(err, ATT_E_FORMAT,
			    "member \"keys\": \"%.40s\" is not known", name);
		k->variable = v;
		if ((e = read_key(one, k, err)) < 0) {
			att_err_prefix(err, "keys, \"%s\"", name);
			return e;
		}
		r->keys++;
	}
	return 0;
}

int
att_posture_rules_parse(struct att_slice text,
    struct att_posture_rules **ret, struct att_err *err)
{
	static const char *const names[] = { "keys", "rules", NULL };
	AUTO(att_posture_rules_free)
	struct att_posture_rules *r = calloc(1, sizeof(*r));
	int e;

	if (r == NULL)
		return att_err_nomem(err);
	if ((e = att_json_parse(text, ATT_POSTURE_RULES_FILE_MAX, &r->doc,
		 err)) < 0 ||
	    (e = att_ref_head_read(r->doc, ATT_POSTURE_RULES_FORMAT, names,
		 &r->head, err)) < 0 ||
	    (e = read_rules(r, err)) < 0 || (e = read_keys(r, err)) < 0)
		return e;
	if (att_posture_rules_count(r) == 0)
		return att_err_set(err, ATT_E_FORMAT, "has no rules");
	*ret = take(&r);
	return 0;
}

/* -- comparing ------------------------------------------------------------- */

struct match {
	const struct att_posture *p;
	att_finding_fn *report;
	void *arg;
	bool good;
	bool nomem;
};

static void
tell(struct match *m, enum att_finding_code code, const char *name,
    const struct level *level, const struct att_buf *what)
{
	struct att_finding f = att_finding_make(code);
	size_t n = ATT_MIN(what->len, (size_t)WHAT_MAX);

	f.severity = level->severity;
	att_finding_set_label(&f, att_slice_of(name));
	att_finding_set_what(&f, "%.*s", (int)n,
	    what->len == 0 ? "" : (const char *)what->data);
	if (f.severity == ATT_SEVERITY_FAIL)
		m->good = false;
	if (m->report != NULL)
		m->report(m->arg, &f);
}

/* "could not read" is what a rule does not accept, unless it says so. */
static void
tell_untold(struct match *m, const char *name, const struct level *level,
    enum att_posture_result result, const char *reason)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1024);

	if (level->optional && result == ATT_POSTURE_NOT_AVAILABLE)
		return;
	att_buf_str(&b, reason);
	tell(m, ATT_F_POSTURE_NOT_TOLD, name, level, &b);
}

static void
put_value(struct att_buf *b, const json_t *v)
{
	AUTO_DONE(att_buf_done) struct att_buf text =
	    ATT_BUF(2 * ATT_POSTURE_MAX);

	if (json_is_string(v))
		att_buf_str(b, json_string_value(v));
	else if (att_json_write(v, &text, NULL) == 0)
		att_buf_slice(b, att_buf_view(&text));
}

static void
put_expected(struct att_buf *b, const struct rule *r)
{
	switch (r->kind) {
	case ONE_OF:
		for (size_t i = 0; i < json_array_size(r->values); i++) {
			att_buf_str(b, i == 0 ? "" : " or ");
			put_value(b, json_array_get(r->values, i));
		}
		break;
	case MINIMUM:
		att_buf_printf(b, "at least %" PRId64, r->bound);
		break;
	case MAXIMUM:
		att_buf_printf(b, "at most %" PRId64, r->bound);
		break;
	case PATTERN:
		att_buf_str(b, "what the pattern fits");
		break;
	default:
		att_buf_str(b, r->kind == INCLUDES ? "all of " :
			r->kind == EXCLUDES	   ? "none of " :
						     "only ");
		for (size_t i = 0; i < r->words->count; i++)
			att_buf_printf(b, "%s%s", i == 0 ? "" : ", ",
			    r->words->text[i]);
		break;
	}
}

/* -- entries of a list, words of a text ------------------------------------ */

/* What is behind `at`: an entry's number, or the rest of a text. */
struct entries {
	const json_t *v;
	size_t at;
	char text[ATT_POSTURE_TEXT_MAX + 1];	/* of the last one */
};

/* Bytes here that divide words for the kernel; most of them stand escaped. */
static size_t
blank_at(const char *s)
{
	static const char *const escaped[] = { "\\x09", "\\x0a", "\\x0b",
		"\\x0c", "\\x0d", "\\xa0" };

	if (*s == ' ' || *s == '\xa0')
		return 1;
	for (size_t i = 0; i < ATT_COUNT(escaped); i++)
		if (strncmp(s, escaped[i], strlen(escaped[i])) == 0)
			return strlen(escaped[i]);
	return 0;
}

/* Quotes around a word, or around its value, are no part of it. */
static void
unquote(char *word)
{
	size_t n = strlen(word);
	bool whole = word[0] == '"';
	char *value = strchr(word + whole, '=');
	bool quoted = value != NULL && value != word + whole &&
	    value[1] == '"';

	if ((whole || quoted) && n > 1 && word[n - 1] == '"')
		word[n - 1] = '\0';
	if (quoted && value[1] == '"')
		memmove(value + 1, value + 2, strlen(value + 2) + 1);
	if (whole)
		memmove(word, word + 1, strlen(word));
}

/*
 * The next word of a text, as the kernel takes them from its command line
 * (lib/cmdline.c, next_arg): who hides one in quotes hides it from nobody.
 */
static bool
next_word(struct entries *e, const char *s)
{
	bool quoted = false;
	size_t n, begin;

	while ((n = blank_at(s + e->at)) > 0)
		e->at += n;
	begin = e->at;
	for (; s[e->at] != '\0' && (quoted || blank_at(s + e->at) == 0);
	     e->at++)
		quoted = quoted != (s[e->at] == '"');
	n = e->at - begin;
	(void)snprintf(e->text, sizeof(e->text), "%.*s", (int)n, s + begin);
	unquote(e->text);
	return n > 0;
}

/* False at the end. */
static bool
next_entry(struct entries *e)
{
	const char *s = json_string_value(json_is_array(e->v) ?
	    json_array_get(e->v, e->at) : e->v);

	if (s == NULL)
		return false;
	if (!json_is_array(e->v))
		return next_word(e, s);
	(void)snprintf(e->text, sizeof(e->text), "%s", s);
	e->at++;
	return true;
}

/* To the kernel - and _ are the same in the name of a parameter. */
static bool
fits(const struct entries *e, const struct att_ref_globs *g)
{
	char name[sizeof(e->text)];

	if (att_ref_globs_match(g, e->text))
		return true;
	if (json_is_array(e->v))
		return false;
	(void)snprintf(name, sizeof(name), "%s", e->text);
	for (char *p = name; *p != '\0' && *p != '='; p++)
		if (*p == '-')
			*p = '_';
	return att_ref_globs_match(g, name);
}

static bool
any_fits(const json_t *v, const struct att_ref_globs *g)
{
	struct entries e = { .v = v };

	while (next_entry(&e))
		if (fits(&e, g))
			return true;
	return false;
}

static bool
all_fit(const json_t *v, const struct att_ref_globs *g)
{
	struct entries e = { .v = v };

	while (next_entry(&e))
		if (!fits(&e, g))
			return false;
	return true;
}

static bool
each_is_there(const json_t *v, const struct att_ref_globs *g)
{
	for (size_t i = 0; i < g->count; i++) {
		struct att_ref_globs one = { 1, { g->text[i] } };

		if (!any_fits(v, &one))
			return false;
	}
	return true;
}

/* -- one rule -------------------------------------------------------------- */

static bool
is_one_of(const json_t *v, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_equal(v, json_array_get(list, i)))
			return true;
	return false;
}

static bool
fits_pattern(struct match *m, const struct rule *r, const char *text)
{
	struct att_slice s = att_slice_of(text);
	bool fits = false;

	if (att_patterns_match(r->pattern, s, &fits, NULL) < 0)
		m->nomem = true;
	return fits;
}

/* A value of another type than the rule is about meets it never. */
static bool
is_met(struct match *m, const struct rule *r, const json_t *v)
{
	bool words = json_is_array(v) || json_is_string(v);

	switch (r->kind) {
	case ONE_OF:
		return is_one_of(v, r->values);
	case MINIMUM:
		return json_is_integer(v) &&
		    json_integer_value(v) >= r->bound;
	case MAXIMUM:
		return json_is_integer(v) &&
		    json_integer_value(v) <= r->bound;
	case PATTERN:
		return json_is_string(v) &&
		    fits_pattern(m, r, json_string_value(v));
	case INCLUDES:
		return words && each_is_there(v, r->words);
	case EXCLUDES:
		return words && !any_fits(v, r->words);
	case AMONG:
		return words && all_fit(v, r->words);
	case KINDS:
		break;
	}
	return false;
}

static void
match_claim(struct match *m, const struct rule *r,
    const struct att_posture_claim *c)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(2 * ATT_POSTURE_MAX);

	if (c->result != ATT_POSTURE_OK) {
		tell_untold(m, c->name, &r->level, c->result, c->reason);
		return;
	}
	if (is_met(m, r, c->value))
		return;
	att_buf_str(&b, "expected ");
	put_expected(&b, r);
	att_buf_str(&b, ", found ");
	put_value(&b, c->value);
	tell(m, ATT_F_POSTURE_RULE, c->name, &r->level, &b);
}

static void
match_rule(struct match *m, const struct rule *r)
{
	const struct att_posture_claim *one = NULL;
	size_t found = 0;

	if (!r->wild && (one = att_posture_find(m->p, r->name.text[0])) !=
	    NULL) {
		match_claim(m, r, one);
		return;
	}
	for (size_t i = 0; r->wild && i < m->p->claims; i++)
		if (att_ref_globs_match(&r->name, m->p->claim[i].name)) {
			match_claim(m, r, &m->p->claim[i]);
			found++;
		}
	if (found == 0)
		tell_untold(m, r->name.text[0], &r->level,
		    ATT_POSTURE_NOT_AVAILABLE, "the node does not report it");
}

/* -- keys ------------------------------------------------------------------ */

static bool
is_listed(const struct key_rule *k, const struct att_digest *d)
{
	for (size_t i = 0; i < k->certs; i++)
		if (att_digest_equal(&k->cert[i], d))
			return true;
	return false;
}

static void
tell_cert(struct match *m, const struct key_rule *k, const char *name,
    const struct att_posture_cert *c)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1024);
	char hex[ATT_DIGEST_HEX_MAX];

	att_buf_printf(&b, "certificate %.16s... (%.80s) is not listed",
	    att_digest_hex(&c->sha256, hex), c->subject);
	tell(m, ATT_F_POSTURE_RULE, name, &k->level, &b);
}

static void
match_key(struct match *m, const struct key_rule *k)
{
	const struct att_posture_keys *keys = &m->p->keys[k->variable];
	const char *name = att_posture_variable_name(k->variable);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1024);

	if (keys->result != ATT_POSTURE_OK) {
		tell_untold(m, name, &k->level, keys->result, keys->reason);
		return;
	}
	for (size_t i = 0; k->listed && i < keys->certs; i++)
		if (!is_listed(k, &keys->cert[i].sha256))
			tell_cert(m, k, name, &keys->cert[i]);
	if (k->digests && keys->digests >= k->minimum)
		return;
	if (!k->digests && keys->digests == 0)
		return;
	att_buf_printf(&b, "expected %s%" PRId64 " digests, found %" PRId64,
	    k->digests ? "at least " : "", k->digests ? k->minimum : 0,
	    keys->digests);
	tell(m, ATT_F_POSTURE_RULE, name, &k->level, &b);
}

int
att_posture_rules_match(const struct att_posture_rules *r,
    const struct att_posture *p, att_finding_fn *report, void *arg, bool *ret,
    struct att_err *err)
{
	struct match m = { .p = p, .report = report, .arg = arg,
		.good = true };

	for (size_t i = 0; i < r->rules; i++)
		match_rule(&m, &r->rule[i]);
	for (size_t i = 0; i < r->keys; i++)
		match_key(&m, &r->key[i]);
	if (m.nomem)
		return att_err_nomem(err);
	*ret = m.good;
	return 0;
}
