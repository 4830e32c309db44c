#include "appraise/spdmref.h"

#include <string.h>

#include "base/encoding.h"
#include "base/number.h"

#define SHOWN_BYTES 8	/* of a value; as findings show digests */

enum rule_kind {
	NOT_LISTED = 0,
	VALUES,
	UNUSED,		/* all bytes are zero */
	ANY,
	MINIMUM,	/* a security version */
};

struct rule {
	enum rule_kind kind;
	uint16_t first, end;	/* value[first .. end - 1] */
	uint64_t minimum;
};

/* A value; its bytes stand in `bytes`. */
struct value {
	uint32_t at, len;
};

struct att_spdm_ref {
	json_t *doc;		/* what head and components borrow from */
	struct att_ref_head head;
	struct att_ref_globs components;
	struct att_digest root[ATT_SPDM_REF_ROOTS_MAX];
	size_t roots, rules, values;
	struct rule rule[ATT_SPDM_INDEX_MAX + 1];	/* by index */
	struct value *value;
	struct att_buf bytes;
	bool any_mode;		/* debug modes, and other than normal */
	bool undated;		/* measurements from before the nonce */
};

void
att_spdm_ref_free(struct att_spdm_ref *r)
{
	if (r == NULL)
		return;
	free(r->value);
	att_buf_done(&r->bytes);
	json_decref(r->doc);
	free(r);
}

const struct att_ref_head *
att_spdm_ref_head(const struct att_spdm_ref *r)
{
	return &r->head;
}

const struct att_ref_globs *
att_spdm_ref_components(const struct att_spdm_ref *r)
{
	return &r->components;
}

const struct att_digest *
att_spdm_ref_root(const struct att_spdm_ref *r, size_t i)
{
	return i < r->roots ? &r->root[i] : NULL;
}

size_t
att_spdm_ref_count(const struct att_spdm_ref *r)
{
	return r->rules;
}

bool
att_spdm_ref_is_for(const struct att_spdm_ref *r, const char *component,
    const struct att_platform *p, int64_t now)
{
	return att_ref_globs_match(&r->components, component) &&
	    att_ref_head_matches(&r->head, p) &&
	    att_ref_head_is_valid_at(&r->head, now);
}

/* -- parsing --------------------------------------------------------------- */

/* "sha256:<hex>", of a public key. */
static int
read_root(struct att_spdm_ref *r, const char *text, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_DIGEST_MAX);
	static const char alg[] = "sha256:";
	const char *hex = text == NULL ? "" : text + strlen(alg);
	int e;

	if (text == NULL || strncmp(text, alg, strlen(alg)) != 0 ||
	    strlen(hex) != 2 * att_alg_size(ATT_ALG_SHA256))
		return att_err_set(err, ATT_E_FORMAT,
		    "must be \"sha256:\" and 64 hex digits");
	if ((e = att_hex_decode(att_slice_of(hex), &b, err)) < 0)
		return e;
	return att_digest_from(ATT_ALG_SHA256, att_buf_view(&b),
	    &r->root[r->roots++], err);
}

static int
read_roots(struct att_spdm_ref *r, struct att_err *err)
{
	json_t *list = NULL;
	int e;

	if ((e = att_json_arr(r->doc, "roots", &list, err)) < 0)
		return e;
	if (json_array_size(list) == 0 ||
	    json_array_size(list) > ATT_SPDM_REF_ROOTS_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"roots\" must be an array of 1 to %d",
		    ATT_SPDM_REF_ROOTS_MAX);
	for (size_t i = 0; i < json_array_size(list); i++)
		if ((e = read_root(r,
			 json_string_value(json_array_get(list, i)), err)) <
		    0) {
			att_err_prefix(err, "member \"roots\", entry %zu", i);
			return e;
		}
	return 0;
}

static int
read_value(struct att_spdm_ref *r, const json_t *j, struct att_err *err)
{
	struct att_slice hex = { (const uint8_t *)json_string_value(j),
		json_string_length(j) };
	struct value *v = &r->value[r->values];
	int e;

	if (hex.len == 0 || hex.len > 2 * ATT_SPDM_REF_VALUE_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "must be the hex of 1 to %d bytes",
		    ATT_SPDM_REF_VALUE_MAX);
	v->at = (uint32_t)r->bytes.len;
	if ((e = att_hex_decode(hex, &r->bytes, err)) < 0)
		return e;
	v->len = (uint32_t)r->bytes.len - v->at;
	r->values++;
	return 0;
}

static int
read_values(struct att_spdm_ref *r, json_t *list, struct rule *to,
    struct att_err *err)
{
	size_t n = json_array_size(list);
	int e;

	if (n == 0 || n > ATT_SPDM_REF_VALUES_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "must be an array of 1 to %d values",
		    ATT_SPDM_REF_VALUES_MAX);
	to->kind = VALUES;
	to->first = (uint16_t)r->values;
	for (size_t i = 0; i < n; i++)
		if ((e = read_value(r, json_array_get(list, i), err)) < 0)
			return e;
	to->end = (uint16_t)r->values;
	return 0;
}

static int
read_minimum(json_t *j, struct rule *to, struct att_err *err)
{
	static const char *const names[] = { "minimum", NULL };
	int64_t least = 0;
	int e;

	if ((e = att_json_only(j, names, err)) < 0 ||
	    (e = att_json_int(j, "minimum", 0, INT64_MAX, &least, err)) < 0)
		return e;
	to->kind = MINIMUM;
	to->minimum = (uint64_t)least;
	return 0;
}

static int
read_rule(struct att_spdm_ref *r, json_t *j, struct rule *to,
    struct att_err *err)
{
	const char *word = json_string_value(j);

	if (json_is_array(j))
		return read_values(r, j, to, err);
	if (json_is_object(j))
		return read_minimum(j, to, err);
	if (word != NULL && strcmp(word, "unused") == 0)
		to->kind = UNUSED;
	else if (word != NULL && strcmp(word, "any") == 0)
		to->kind = ANY;
	else
		return att_err_set(err, ATT_E_FORMAT,
		    "must be an array of values, {\"minimum\": n}, \"unused\" "
		    "or \"any\"");
	return 0;
}

/* 1 to ATT_SPDM_INDEX_MAX in decimal, no zero in front; else 0. */
static unsigned
index_of(const char *text)
{
	uint64_t v;

	return text[0] != '0' &&
	    att_number_read(text, ATT_SPDM_INDEX_MAX, &v) ? (unsigned)v : 0;
}

static size_t
count_values(json_t *rules)
{
	const char *key;
	json_t *rule;
	size_t n = 0;

	json_object_foreach (rules, key, rule)
		n += json_array_size(rule);
	return n;
}

static int
read_measurements(struct att_spdm_ref *r, struct att_err *err)
{
	json_t *rules = NULL, *rule;
	const char *key;
	int e;

	if ((e = att_json_obj(r->doc, "measurements", &rules, err)) < 0)
		return e;
	r->rules = json_object_size(rules);
	if (r->rules == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"measurements\" lists none");
	/* each index once, with ATT_SPDM_REF_VALUES_MAX at most: fits */
	r->value = calloc(ATT_MIN(count_values(rules),
	    (size_t)ATT_SPDM_REF_VALUES_MAX * ATT_SPDM_INDEX_MAX) + 1,
	    sizeof(*r->value));
	if (r->value == NULL)
		return att_err_nomem(err);
	json_object_foreach (rules, key, rule) {
		unsigned index = index_of(key);

		if (index == 0)
			return att_err_set(err, ATT_E_FORMAT,
			    "member \"measurements\": \"%.40s\" is no index, "
			    "1 to %d", key, ATT_SPDM_INDEX_MAX);
		if ((e = read_rule(r, rule, &r->rule[index], err)) < 0) {
			att_err_prefix(err, "measurement %u", index);
			return e;
		}
	}
	return 0;
}

static int
read_flags(struct att_spdm_ref *r, struct att_err *err)
{
	const char *mode = "normal";
	int e;

	if ((e = att_json_str_opt(r->doc, "mode", &mode, err)) < 0)
		return e;
	if (strcmp(mode, "normal") != 0 && strcmp(mode, "any") != 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"mode\" must be \"normal\" or \"any\"");
	r->any_mode = strcmp(mode, "any") == 0;
	if (json_object_get(r->doc, "undated") == NULL)
		return 0;
	return att_json_bool(r->doc, "undated", &r->undated, err);
}

int
att_spdm_ref_parse(struct att_slice text, struct att_spdm_ref **ret,
    struct att_err *err)
{
	static const char *const names[] = { "components", "roots",
		"measurements", "mode", "undated", NULL };
	AUTO(att_spdm_ref_free) struct att_spdm_ref *r = calloc(1, sizeof(*r));
	int e;

	if (r == NULL)
		return att_err_nomem(err);
	r->bytes = ATT_BUF(ATT_SPDM_REF_FILE_MAX);
	if ((e = att_json_parse(text, ATT_SPDM_REF_FILE_MAX, &r->doc, err)) <
		0 ||
	    (e = att_ref_head_read(r->doc, ATT_SPDM_REF_FORMAT, names,
		 &r->head, err)) < 0 ||
	    (e = att_ref_globs_read(r->doc, "components", &r->components,
		 err)) < 0 ||
	    (e = read_roots(r, err)) < 0 ||
	    (e = read_measurements(r, err)) < 0 ||
	    (e = read_flags(r, err)) < 0)
		return e;
	/* one that is for all would take one component for another */
	if (r->components.count == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"components\" is missing");
	*ret = take(&r);
	return 0;
}

/* -- comparing ------------------------------------------------------------- */

struct match {
	const struct att_spdm_ref *r;
	const struct att_spdm_transcript *t;
	const char *component;
	att_finding_fn *report;
	void *arg;
	bool good;
};

static struct att_finding
finding(const struct match *m, enum att_finding_code code)
{
	struct att_finding f = att_finding_make(code);

	att_finding_set_label(&f, att_slice_of(m->component));
	return f;
}

static void
tell(struct match *m, const struct att_finding *f)
{
	if (f->severity == ATT_SEVERITY_FAIL)
		m->good = false;
	if (m->report != NULL)
		m->report(m->arg, f);
}

static struct att_slice
value_of(const struct att_spdm_ref *r, size_t i)
{
	return (struct att_slice){ r->bytes.data + r->value[i].at,
		r->value[i].len };
}

static void
put_value(struct att_buf *b, struct att_slice v)
{
	struct att_cur c = att_cur_of(v);

	if (att_cur_all(&c, v.len, 0)) {
		att_buf_printf(b, "%zu zeros", v.len);
		return;
	}
	att_hex_put(b, (struct att_slice){ v.data,
	    ATT_MIN(v.len, (size_t)SHOWN_BYTES) });
	att_buf_str(b, v.len > SHOWN_BYTES ? "..." : "");
}

/* The last of those that would have been taken stands for all of them. */
static void
tell_value(struct match *m, unsigned index, const char *instead)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FINDING_PART_MAX);
	const struct rule *rule = &m->r->rule[index];
	struct att_finding f = finding(m, ATT_F_SPDM_MEASUREMENT);

	f.event = index;
	att_buf_str(&b, "expected ");
	if (instead != NULL)
		att_buf_str(&b, instead);
	else
		put_value(&b, value_of(m->r, rule->end - 1u));
	att_buf_str(&b, ", found ");
	put_value(&b, m->t->at[index].block.value);
	att_buf_u8(&b, '\0');
	if (att_buf_ok(&b, "", NULL) == 0)
		att_finding_set_what(&f, "%s", (const char *)b.data);
	tell(m, &f);
}

static bool
is_among(const struct att_spdm_ref *r, const struct rule *rule,
    struct att_slice v)
{
	for (size_t i = rule->first; i < rule->end; i++)
		if (att_slice_equal(v, value_of(r, i)))
			return true;
	return false;
}

static void
match_minimum(struct match *m, unsigned index)
{
	const struct rule *rule = &m->r->rule[index];
	struct att_finding f = finding(m, ATT_F_SPDM_SECURITY_VERSION);
	uint64_t version;

	if (!att_spdm_security_version(&m->t->at[index].block, &version)) {
		tell_value(m, index, "a security version");
		return;
	}
	if (version >= rule->minimum)
		return;
	f.event = index;
	f.number[0] = version;
	f.number[1] = rule->minimum;
	tell(m, &f);
}

static void
match_one(struct match *m, unsigned index)
{
	const struct att_spdm_block *b = &m->t->at[index].block;
	const struct rule *rule = &m->r->rule[index];
	struct att_finding f;

	switch (rule->kind) {
	case NOT_LISTED:
		f = finding(m, ATT_F_SPDM_UNKNOWN);
		f.event = index;
		tell(m, &f);
		break;
	case VALUES:
		if (!is_among(m->r, rule, b->value))
			tell_value(m, index, NULL);
		break;
	case UNUSED:
		if (!att_spdm_is_unused(b))
			tell_value(m, index, "zeros");
		break;
	case MINIMUM:
		match_minimum(m, index);
		break;
	case ANY:
		break;
	}
}

/* What an answer before the signed one says is as old as it likes to be. */
static void
match_dates(struct match *m)
{
	struct att_finding f = finding(m, ATT_F_SPDM_NOT_DATED);

	for (unsigned i = 1; i <= ATT_SPDM_INDEX_MAX; i++)
		if (m->t->at[i].there && !m->t->at[i].last)
			f.number[0]++;
	if (f.number[0] == 0 || m->t->content == ATT_SPDM_CONTENT_SAME ||
	    m->r->undated)
		return;
	tell(m, &f);
}

static void
match_mode(struct match *m)
{
	const struct att_spdm_mode *mode = &m->t->mode;
	struct att_finding f = finding(m, ATT_F_SPDM_DEBUG);

	if (!m->t->has_mode || m->r->any_mode)
		return;
	if ((mode->device & ATT_SPDM_DEBUG_NOW) != 0) {
		att_finding_set_what(&f, "is active");
		tell(m, &f);
	} else if ((mode->device & ATT_SPDM_DEBUG_SINCE_RESET) != 0) {
		att_finding_set_what(&f, "was active since it was reset");
		tell(m, &f);
	} else if ((mode->device & ATT_SPDM_DEBUG_EVER) != 0) {
		f.severity = ATT_SEVERITY_WARN;
		att_finding_set_what(&f, "was active since it was made");
		tell(m, &f);
	}
	if (mode->operational == ATT_SPDM_MODE_NORMAL)
		return;
	f = finding(m, ATT_F_SPDM_MODE);
	att_finding_set_what(&f, "0x%x", mode->operational);
	tell(m, &f);
}

bool
att_spdm_ref_match(const struct att_spdm_ref *r,
    const struct att_spdm_transcript *t, const char *component,
    att_finding_fn *report, void *arg)
{
	struct match m = { .r = r, .t = t, .component = component,
		.report = report, .arg = arg, .good = true };

	match_mode(&m);
	match_dates(&m);
	for (unsigned i = 1; i <= ATT_SPDM_INDEX_MAX; i++) {
		struct att_finding f = finding(&m, ATT_F_SPDM_MISSING);

		if (t->at[i].there) {
			match_one(&m, i);
		} else if (r->rule[i].kind != NOT_LISTED) {
			f.event = i;
			tell(&m, &f);
		}
	}
	return m.good;
}
