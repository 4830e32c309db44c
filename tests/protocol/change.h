/*
 * What the tests of messages share: a good message as text, one change to it,
 * and what the parser must say then.
 */
#ifndef ATT_TESTS_PROTOCOL_CHANGE_H
#define ATT_TESTS_PROTOCOL_CHANGE_H

#include "testlib.h"

#include "protocol/message.h"

/* Parses and frees; *where may stay as it was. */
typedef int parse_fn(struct att_slice body, struct att_pointer *where,
    struct att_err *err);

/* One change. `value` is JSON; NULL takes the member away. */
struct change {
	const char *at;		/* JSON pointer */
	const char *value;
	int code;		/* ATT_OK: must still be taken */
	const char *word;	/* in the error text */
	const char *where;	/* pointer that the parser gives; NULL: any */
};

static inline ATT_UNUSED json_t *
json(const char *text)
{
	json_error_t why;
	json_t *j = json_loads(text, JSON_DECODE_ANY, &why);

	ck_assert_msg(j != NULL, "test JSON: %s in %.60s", why.text, text);
	return j;
}

/* The text says the same as `want`, whatever the order of members. */
static inline ATT_UNUSED void
same_json(const struct att_buf *got, const char *want)
{
	AUTO(att_json_decref) json_t *a = NULL;
	AUTO(att_json_decref) json_t *b = json(want);

	ok(att_json_parse(att_buf_view(got), got->len, &a, err));
	ck_assert_msg(json_equal(a, b), "got %.*s\nwant %s", (int)got->len,
	    (const char *)got->data, want);
}

static inline ATT_UNUSED bool
has_text(const struct att_buf *b, const char *word)
{
	return memmem(b->data, b->len, word, strlen(word)) != NULL;
}

static inline json_t *
child_of(json_t *j, const char *step)
{
	return json_is_array(j) ?
	    json_array_get(j, (size_t)strtoul(step, NULL, 10)) :
	    json_object_get(j, step);
}

/* Sets or takes away what stands at the pointer; the parent must be there. */
static inline void
apply(json_t *root, const char *at, const char *value)
{
	char path[256], *step = path, *next;
	json_t *j = root, *v = value == NULL ? NULL : json(value);
	int r;

	ck_assert(at[0] == '/' && strlen(at) < sizeof(path));
	memcpy(path, at, strlen(at) + 1);
	step++;
	while ((next = strchr(step, '/')) != NULL) {
		*next = '\0';
		j = child_of(j, step);
		step = next + 1;
	}
	ck_assert_msg(j != NULL, "no parent of %s", at);
	if (json_is_array(j)) {
		size_t i = (size_t)strtoul(step, NULL, 10);

		r = v == NULL		     ? json_array_remove(j, i) :
		    i == json_array_size(j) ? json_array_append_new(j, v) :
					      json_array_set_new(j, i, v);
	} else {
		r = v == NULL ? json_object_del(j, step) :
				json_object_set_new(j, step, v);
	}
	ck_assert_msg(r == 0, "cannot change %s", at);
}

static inline ATT_UNUSED char *
changed(const char *good, const char *at, const char *value)
{
	AUTO(att_json_decref) json_t *root = json(good);

	apply(root, at, value);
	return json_dumps(root, JSON_COMPACT);
}

static inline ATT_UNUSED void
check_change(const char *good, parse_fn *parse, const struct change *c)
{
	AUTO(free) char *text = changed(good, c->at, c->value);
	struct att_pointer where = { "unset" };
	struct att_err err = { 0 };
	int r = parse(S(text), &where, &err);

	ck_assert_msg(r == c->code, "%s = %s: got %s (%s), wanted %s", c->at,
	    c->value == NULL ? "nothing" : c->value, att_code_name(r),
	    err.text, att_code_name(c->code));
	if (c->word != NULL)
		ck_assert_msg(strstr(err.text, c->word) != NULL,
		    "%s = %s: \"%s\" lacks \"%s\"", c->at, c->value, err.text,
		    c->word);
	if (c->where != NULL)
		ck_assert_msg(strcmp(where.text, c->where) == 0,
		    "%s = %s: at \"%s\", wanted \"%s\"", c->at, c->value,
		    where.text, c->where);
}

static inline ATT_UNUSED void
check_changes(const char *good, parse_fn *parse, const struct change *c,
    size_t count)
{
	struct att_err err = { 0 };

	ck_assert_msg(parse(S(good), NULL, &err) == 0, "good: %s", err.text);
	for (size_t i = 0; i < count; i++)
		check_change(good, parse, &c[i]);
}

/* A copy of exactly these bytes on the heap: a sanitizer sees an overrun. */
static inline int
parse_exact(parse_fn *parse, const char *text, size_t len)
{
	AUTO(free) char *p = malloc(len == 0 ? 1 : len);

	ck_assert_ptr_nonnull(p);
	memcpy(p, text, len);
	return parse((struct att_slice){ (const uint8_t *)p, len }, NULL,
	    NULL);
}

static inline void
walk(const json_t *root, json_t *j, parse_fn *parse, size_t *tried);

/* Every other value in the place of this member, and none. */
static inline void
confuse(const json_t *root, json_t *parent, const char *name, size_t index,
    parse_fn *parse, size_t *tried)
{
	static const char *const values[] = { "null", "true", "0", "-1",
		"1.5", "9223372036854775807", "\"\"", "\"x\"", "[]", "{}",
		"[[]]", "[{}]", "{\"data\":{}}" };
	json_t *was = json_incref(name != NULL ?
		json_object_get(parent, name) :
		json_array_get(parent, index));

	for (size_t i = 0; i < ATT_COUNT(values); i++) {
		AUTO(free) char *text = NULL;
		json_t *v = json(values[i]);

		ck_assert(name != NULL ?
			json_object_set_new(parent, name, v) == 0 :
			json_array_set_new(parent, index, v) == 0);
		text = json_dumps(root, JSON_COMPACT);
		(void)parse_exact(parse, text, strlen(text));
		++*tried;
	}
	ck_assert(name != NULL ? json_object_set(parent, name, was) == 0 :
				 json_array_set(parent, index, was) == 0);
	walk(root, was, parse, tried);
	json_decref(was);
}

static inline void
walk(const json_t *root, json_t *j, parse_fn *parse, size_t *tried)
{
	if (json_is_array(j))
		for (size_t i = 0; i < json_array_size(j); i++)
			confuse(root, j, NULL, i, parse, tried);
	else if (json_is_object(j)) {
		AUTO(att_json_decref) json_t *names = json_copy(j);
		const char *name;
		json_t *v;

		json_object_foreach (names, name, v)
			confuse(root, j, name, 0, parse, tried);
	}
}

/*
 * No truncation of a good message is taken; no flipped bit and no other value
 * in any place does harm.
 */
static inline ATT_UNUSED void
check_hostile(const char *good, parse_fn *parse)
{
	AUTO(att_json_decref) json_t *root = json(good);
	AUTO(free) char *copy = strdup(good);
	size_t len = strlen(good), tried = 0;

	ck_assert_int_eq(parse_exact(parse, good, len), 0);
	for (size_t n = 0; n < len; n++)
		ck_assert_msg(parse_exact(parse, good, n) < 0,
		    "taken after %zu of %zu bytes", n, len);
	for (size_t i = 0; i < len * 8; i++) {
		copy[i / 8] ^= (char)(1 << i % 8);
		(void)parse_exact(parse, copy, len);
		copy[i / 8] ^= (char)(1 << i % 8);
	}
	walk(root, root, parse, &tried);
	ck_assert_uint_gt(tried, 0);
}

#endif
