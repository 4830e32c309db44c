#include "base/json.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/cur.h"
#include "base/encoding.h"
#include "base/text.h"

/*
 * jansson's lexer does not look whether the buffer of a token could grow: what
 * it has no memory for is lost, and where that is the end of a string it writes
 * past what it has. So a block is set aside that is larger than any token; the
 * first request that finds no memory gets it, and after that no text comes.
 */
static _Thread_local struct {
	void *block;
	size_t size;
	bool starved;	/* the value that comes of it is not to be taken */
} spare;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *
allocate(size_t n)
{
	void *p = malloc(n);

	if (p != NULL)
		return p;
	spare.starved = true;
	return n <= spare.size ? take(&spare.block) : NULL;
}

static void
watch_memory(void)
{
	json_set_alloc_funcs(allocate, free);
}

/* Where a text stands, byte by byte. */
struct quoting {
	bool string, escaped;
};

static void
pass(struct quoting *q, uint8_t c)
{
	if (q->escaped)
		q->escaped = false;
	else if (c == '"')
		q->string = !q->string;
	else
		q->escaped = q->string && c == '\\';
}

struct shape {
	size_t depth, values;
	size_t begin;		/* of the piece between , and : */
	size_t longest;		/* piece */
};

static void
end_piece(struct shape *s, size_t at)
{
	if (at - s->begin > s->longest)
		s->longest = at - s->begin;
	s->begin = at + 1;
}

/* Byte `c` at `at`, outside of strings. */
static void
count(struct shape *s, uint8_t c, size_t at)
{
	switch (c) {
	case '{':
	case '[':
		s->values++;
		s->depth++;
		break;
	case '}':
	case ']':
		s->depth -= s->depth > 0;
		break;
	case ',':
		s->values++;
		end_piece(s, at);
		break;
	case ':':
		end_piece(s, at);
		break;
	default:
		break;
	}
}

/*
 * jansson's own bound on depth is compiled in and large, and on values it has
 * none, though "{}," becomes over 200 bytes; so both are counted here, before
 * it sees the text. A value follows a comma or what opens a container, or is
 * the first; an empty container counts twice. *ret_longest is no less than the
 * bytes of the longest string, number or word.
 */
static int
check_shape(struct att_slice text, size_t *ret_longest, struct att_err *err)
{
	struct quoting q = { 0 };
	struct shape s = { .values = 1 };

	for (size_t i = 0; i < text.len; i++) {
		if (!q.string)
			count(&s, text.data[i], i);
		pass(&q, text.data[i]);
		if (s.depth > ATT_JSON_DEPTH_MAX)
			return att_err_at(err, ATT_E_LIMIT, i,
			    "JSON nested over %d deep", ATT_JSON_DEPTH_MAX);
		if (s.values > ATT_JSON_VALUES_MAX)
			return att_err_at(err, ATT_E_LIMIT, i,
			    "JSON of over %d values", ATT_JSON_VALUES_MAX);
	}
	end_piece(&s, text.len);
	*ret_longest = s.longest;
	return 0;
}

struct feed {
	struct att_cur c;
	struct quoting at;
};

/* Bytes of a string that neither end it nor escape; 0 outside of one. */
static size_t
plain(const struct feed *f, size_t max)
{
	struct att_slice s = att_cur_rest(&f->c);
	size_t n = 0;

	if (!f->at.string || f->at.escaped)
		return 0;
	while (n < s.len && n < max && s.data[n] != '"' && s.data[n] != '\\')
		n++;
	return n;
}

/*
 * Where a byte matters, no other comes with it: so that none comes after memory
 * was short. What is lost in the midst of a string does no harm.
 */
static size_t
feed(void *ret, size_t max, void *arg)
{
	struct feed *f = arg;
	size_t n = spare.starved ? 0 : plain(f, max);
	uint8_t byte;

	if (n > 0)
		return att_cur_copy(&f->c, ret, n) ? n : 0;
	if (max == 0 || spare.starved || !att_cur_u8(&f->c, &byte))
		return 0;
	pass(&f->at, byte);
	*(uint8_t *)ret = byte;
	return 1;
}

int
att_json_parse(struct att_slice text, size_t max, json_t **ret,
    struct att_err *err)
{
	struct feed f = { .c = att_cur_of(text) };
	size_t longest = 0;
	json_error_t why;
	json_t *j;
	int r;

	if (text.len > max)
		return att_err_set(err, ATT_E_LIMIT,
		    "JSON of %zu bytes, at most %zu are taken", text.len, max);
	/* jansson passes over them between values */
	if (text.len > 0 && memchr(text.data, '\0', text.len) != NULL)
		return att_err_set(err, ATT_E_FORMAT, "JSON with a NUL byte");
	if ((r = check_shape(text, &longest, err)) < 0)
		return r;
	if (pthread_once(&once, watch_memory) != 0)
		return att_err_nomem(err);
	/* from 16 bytes on, the lexer doubles */
	spare.size = 2 * longest + 32;
	spare.starved = false;
	if ((spare.block = malloc(spare.size)) == NULL)
		return att_err_nomem(err);
	j = json_load_callback(feed, &f,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	free(take(&spare.block));
	if (spare.starved) {
		json_decref(j);
		return att_err_nomem(err);
	}
	if (j == NULL)
		return att_err_at(err, ATT_E_FORMAT,
		    why.position < 0 ? 0 : (uint64_t)why.position,
		    "JSON line %d: %s", why.line, why.text);
	*ret = j;
	return 0;
}

static int
member(const json_t *obj, const char *name, json_type type, const char *what,
    json_t **ret, struct att_err *err)
{
	json_t *v = json_object_get(obj, name);

	if (v == NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"%s\" is missing", name);
	if (json_typeof(v) != type)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"%s\" must be %s", name, what);
	*ret = v;
	return 0;
}

static bool
is_absent(const json_t *obj, const char *name)
{
	const json_t *v = json_object_get(obj, name);

	return v == NULL || json_is_null(v);
}

int
att_json_obj(const json_t *obj, const char *name, json_t **ret,
    struct att_err *err)
{
	return member(obj, name, JSON_OBJECT, "an object", ret, err);
}

int
att_json_arr(const json_t *obj, const char *name, json_t **ret,
    struct att_err *err)
{
	return member(obj, name, JSON_ARRAY, "an array", ret, err);
}

int
att_json_str(const json_t *obj, const char *name, const char **ret,
    struct att_err *err)
{
	json_t *v = NULL;
	int r = member(obj, name, JSON_STRING, "a string", &v, err);

	if (r < 0)
		return r;
	*ret = json_string_value(v);
	return 0;
}

int
att_json_str_opt(const json_t *obj, const char *name, const char **ret,
    struct att_err *err)
{
	return is_absent(obj, name) ? 0 : att_json_str(obj, name, ret, err);
}

int
att_json_int(const json_t *obj, const char *name, int64_t min, int64_t max,
    int64_t *ret, struct att_err *err)
{
	json_t *v = NULL;
	int64_t n;
	int r = member(obj, name, JSON_INTEGER, "an integer", &v, err);

	if (r < 0)
		return r;
	n = json_integer_value(v);
	if (n < min || n > max)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"%s\" is %lld, must be %lld to %lld", name,
		    (long long)n, (long long)min, (long long)max);
	*ret = n;
	return 0;
}

int
att_json_int_opt(const json_t *obj, const char *name, int64_t min,
    int64_t max, int64_t *ret, struct att_err *err)
{
	return is_absent(obj, name) ? 0 :
				      att_json_int(obj, name, min, max, ret,
					  err);
}

int
att_json_bool(const json_t *obj, const char *name, bool *ret,
    struct att_err *err)
{
	json_t *v = json_object_get(obj, name);

	if (!json_is_boolean(v))
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"%s\" must be true or false", name);
	*ret = json_is_true(v);
	return 0;
}

int
att_json_base64(const json_t *obj, const char *name, struct att_buf *ret,
    struct att_err *err)
{
	const char *s = NULL;
	int r = att_json_str(obj, name, &s, err);

	if (r < 0)
		return r;
	r = att_base64_decode(att_slice_of(s), ret, err);
	if (r < 0)
		att_err_prefix(err, "member \"%s\"", name);
	return r;
}

int
att_json_digest(const json_t *obj, const char *name, uint16_t alg,
    struct att_digest *ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(ATT_DIGEST_MAX);
	const char *s = NULL;
	int r;

	if ((r = att_json_str(obj, name, &s, err)) < 0)
		return r;
	if ((r = att_hex_decode(att_slice_of(s), &raw, err)) < 0 ||
	    (r = att_digest_from(alg, att_buf_view(&raw), ret, err)) < 0)
		att_err_prefix(err, "member \"%s\"", name);
	return r;
}

int
att_json_only(json_t *obj, const char *const *names,
    struct att_err *err)
{
	const char *key;
	json_t *v;

	json_object_foreach (obj, key, v) {
		size_t i = 0;

		while (names[i] != NULL && strcmp(names[i], key) != 0)
			i++;
		if (names[i] == NULL)
			return att_err_set(err, ATT_E_FORMAT,
			    "member \"%s\" is not known", key);
	}
	return 0;
}

json_t *
att_json_text(struct att_slice s)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(SIZE_MAX / 2);

	att_text_put(&b, s);
	return b.failed ? NULL :
			  json_stringn(b.len == 0 ? "" : (char *)b.data,
			      b.len);
}

static json_t *
encoded(struct att_slice s, void (*put)(struct att_buf *, struct att_slice))
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(SIZE_MAX / 2);

	put(&b, s);
	/* the alphabet is ASCII: no second check of the text */
	return b.failed ? NULL :
			  json_stringn_nocheck(
			      b.len == 0 ? "" : (char *)b.data, b.len);
}

json_t *
att_json_base64_of(struct att_slice s)
{
	return encoded(s, att_base64_put);
}

json_t *
att_json_hex_of(struct att_slice s)
{
	return encoded(s, att_hex_put);
}

json_t *
att_json_time_of(int64_t unix_seconds)
{
	time_t t = (time_t)unix_seconds;
	char text[40];
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return NULL;
	return json_string(text);
}

int
att_json_put(json_t *obj, const char *name, json_t *value,
    struct att_err *err)
{
	if (json_object_set_new(obj, name, value) != 0)
		return att_err_nomem(err);
	return 0;
}

int
att_json_add(json_t *arr, json_t *value, struct att_err *err)
{
	if (json_array_append_new(arr, value) != 0)
		return att_err_nomem(err);
	return 0;
}

/* -- writing -------------------------------------------------------------- */

/*
 * Containers and strings are written here: jansson looks at each character of
 * a string several times, and most of what is written is base64.
 */
struct writer {
	struct att_buf *b;
	bool pretty;
	size_t depth;
};

static void put_value(struct writer *w, const json_t *j);

static void
put_escape(struct att_buf *b, uint8_t c)
{
	static const char letters[][3] = { ['"'] = "\\\"", ['\\'] = "\\\\",
		['\b'] = "\\b", ['\f'] = "\\f", ['\n'] = "\\n",
		['\r'] = "\\r", ['\t'] = "\\t" };

	if (letters[c][0] != '\0')
		att_buf_str(b, letters[c]);
	else
		att_buf_printf(b, "\\u%04X", c);
}

/* RFC 8259, 7: all but these stands for itself. */
static bool
must_escape(uint8_t c)
{
	return c < 0x20 || c == '"' || c == '\\';
}

static void
put_string(struct att_buf *b, struct att_slice s)
{
	size_t from = 0;

	att_buf_u8(b, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (!must_escape(s.data[i]))
			continue;
		att_buf_bytes(b, s.data + from, i - from);
		put_escape(b, s.data[i]);
		from = i + 1;
	}
	att_buf_bytes(b, s.data + from, s.len - from);
	att_buf_u8(b, '"');
}

static int
dump_to(const char *text, size_t len, void *arg)
{
	att_buf_bytes(arg, text, len);
	return 0;
}

static void
nomem(struct att_buf *b)
{
	b->failed = true;
	b->nomem = true;
}

static void
put_scalar(struct att_buf *b, const json_t *j)
{
	if (json_dump_callback(j, dump_to, b, JSON_ENCODE_ANY) != 0)
		nomem(b);
}

static void
open_line(struct writer *w)
{
	if (!w->pretty)
		return;
	att_buf_u8(w->b, '\n');
	att_buf_fill(w->b, ' ', 2 * w->depth);
}

static void
begin_item(struct writer *w, size_t index)
{
	if (index > 0)
		att_buf_u8(w->b, ',');
	open_line(w);
}

static void
put_array(struct writer *w, const json_t *j)
{
	w->depth++;
	for (size_t i = 0; i < json_array_size(j); i++) {
		begin_item(w, i);
		put_value(w, json_array_get(j, i));
	}
	w->depth--;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
put_object(struct writer *w, const json_t *j)
{
	size_t count = json_object_size(j), n = 0;
	const char **names = calloc(count, sizeof(*names));
	json_t *obj = (json_t *)(uintptr_t)j;	/* to foreach, none is const */
	const char *name;
	json_t *v;

	if (names == NULL) {
		nomem(w->b);
		return;
	}
	json_object_foreach (obj, name, v)
		names[n++] = name;
	qsort(names, n, sizeof(*names), by_name);
	w->depth++;
	for (size_t i = 0; i < n; i++) {
		begin_item(w, i);
		put_string(w->b, att_slice_of(names[i]));
		att_buf_str(w->b, w->pretty ? ": " : ":");
		put_value(w, json_object_get(j, names[i]));
	}
	w->depth--;
	free(names);
}

static void
put_container(struct writer *w, const json_t *j, const char ends[static 2],
    void (*put)(struct writer *w, const json_t *j))
{
	att_buf_u8(w->b, (uint8_t)ends[0]);
	if (json_object_size(j) + json_array_size(j) > 0) {
		put(w, j);
		open_line(w);
	}
	att_buf_u8(w->b, (uint8_t)ends[1]);
}

static void
put_value(struct writer *w, const json_t *j)
{
	if (json_is_object(j))
		put_container(w, j, "{}", put_object);
	else if (json_is_array(j))
		put_container(w, j, "[]", put_array);
	else if (json_is_string(j))
		put_string(w->b, (struct att_slice){
		    (const uint8_t *)json_string_value(j),
		    json_string_length(j) });
	else
		put_scalar(w->b, j);
}

int
att_json_write(const json_t *j, struct att_buf *ret, struct att_err *err)
{
	struct writer w = { .b = ret };

	put_value(&w, j);
	return att_buf_ok(ret, "JSON", err);
}

int
att_json_write_pretty(const json_t *j, struct att_buf *ret,
    struct att_err *err)
{
	struct writer w = { .b = ret, .pretty = true };

	put_value(&w, j);
	att_buf_u8(ret, '\n');
	return att_buf_ok(ret, "JSON", err);
}
