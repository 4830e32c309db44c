#include "appraise/pattern.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

/* What a backslash may make plain. */
#define PLAIN ".[]()*+?{}|^$\\/-"

struct att_patterns {
	size_t count;
	regex_t re[ATT_PATTERNS_MAX];
};

void
att_patterns_free(struct att_patterns *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->count; i++)
		regfree(&p->re[i]);
	free(p);
}

/* -- what is taken --------------------------------------------------------- */

/* One expression while it is looked through. */
struct scan {
	const char *at;
	unsigned depth;
	unsigned repeat;	/* product of the bounds so far */
};

/* Behind the bracket expression that begins at `at`; NULL if it is open. */
static const char *
skip_bracket(const char *at)
{
	at++;
	if (*at == '^')
		at++;
	if (*at == ']')
		at++;
	while (*at != '\0' && *at != ']') {
		char kind = *at++;

		/* [:alpha:], [.x.], [=x=] */
		if (kind != '[' || (*at != ':' && *at != '.' && *at != '='))
			continue;
		for (kind = *at++; *at != '\0'; at++)
			if (at[0] == kind && at[1] == ']')
				break;
		at += *at == '\0' ? 0 : 2;
	}
	return *at == ']' ? at + 1 : NULL;
}

/* Decimal, at most ATT_PATTERN_REPEAT_MAX; false if there is none. */
static bool
read_bound(const char **at, unsigned *ret)
{
	uint64_t n;

	if (!att_number_take(at, ATT_PATTERN_REPEAT_MAX, &n))
		return false;
	*ret = (unsigned)n;
	return true;
}

/* {m}, {m,}, {m,n} */
static bool
scan_interval(struct scan *s)
{
	unsigned min, max;

	s->at++;
	if (!read_bound(&s->at, &min))
		return false;
	max = min;
	if (*s->at == ',') {
		s->at++;
		max = min + 1;
		if (*s->at != '}' &&
		    (!read_bound(&s->at, &max) || max < min))
			return false;
	}
	if (*s->at != '}')
		return false;
	s->at++;
	s->repeat *= max > 1 ? max : 1;
	return s->repeat <= ATT_PATTERN_REPEAT_MAX;
}

/* The next piece; a word that says what is wrong with it, or NULL. */
static const char *
scan_piece(struct scan *s)
{
	switch (*s->at) {
	case '\\':
		if (s->at[1] == '\0' || strchr(PLAIN, s->at[1]) == NULL)
			return "a backslash before what needs none";
		s->at += 2;
		return NULL;
	case '[':
		s->at = skip_bracket(s->at);
		return s->at == NULL ? "a [ without its ]" : NULL;
	case '{':
		return scan_interval(s) ? NULL :
		    "a { } that is none, or repeats too often";
	case '(':
		if (++s->depth > ATT_PATTERN_DEPTH_MAX)
			return "groups that are nested too deep";
		if (s->at[1] == '?')
			return "a group (?...), which is Python's";
		break;
	case ')':
		if (s->depth-- == 0)
			return "a ) without its (";
		break;
	default:
		break;
	}
	s->at++;
	return NULL;
}

static int
check(const char *text, size_t *size, struct att_err *err)
{
	struct scan s = { .at = text, .repeat = 1 };
	size_t len = strlen(text);
	const char *wrong = NULL;

	if (len == 0 || len > ATT_PATTERN_MAX)
		return att_err_set(err, ATT_E_LIMIT, "%zu bytes, must be 1 "
		    "to %d", len, ATT_PATTERN_MAX);
	while (wrong == NULL && *s.at != '\0')
		wrong = scan_piece(&s);
	if (wrong == NULL && s.depth != 0)
		wrong = "a ( without its )";
	if (wrong != NULL)
		return att_err_set(err, ATT_E_FORMAT, "has %s", wrong);
	*size += len * s.repeat;
	if (*size > ATT_PATTERNS_SIZE_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "all patterns together repeat too much");
	return 0;
}

/* -- compiling and matching ------------------------------------------------ */

static int
compile(const char *text, regex_t *ret, struct att_err *err)
{
	char whole[ATT_PATTERN_MAX + 5], why[80];
	int r;

	snprintf(whole, sizeof(whole), "^(%s)$", text);
	r = regcomp(ret, whole, REG_EXTENDED | REG_NOSUB);
	if (r == 0)
		return 0;
	if (r == REG_ESPACE)
		return att_err_nomem(err);
	(void)regerror(r, ret, why, sizeof(why));
	return att_err_set(err, ATT_E_FORMAT, "%s", why);
}

static int
add(struct att_patterns *p, const char *text, size_t *size,
    struct att_err *err)
{
	int r;

	if (text == NULL)
		return att_err_set(err, ATT_E_FORMAT, "must be text");
	if ((r = check(text, size, err)) < 0 ||
	    (r = compile(text, &p->re[p->count], err)) < 0) {
		att_err_prefix(err, "\"%.60s\"", text);
		return r;
	}
	p->count++;
	return 0;
}

int
att_patterns_parse(json_t *list, struct att_patterns **ret,
    struct att_err *err)
{
	AUTO(att_patterns_free) struct att_patterns *p =
	    calloc(1, sizeof(*p));
	size_t size = 0, n = json_array_size(list);
	int r;

	if (p == NULL)
		return att_err_nomem(err);
	if (list != NULL && !json_is_array(list))
		return att_err_set(err, ATT_E_FORMAT, "must be an array");
	if (n > ATT_PATTERNS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%zu patterns, at most %d are taken", n,
		    ATT_PATTERNS_MAX);
	for (size_t i = 0; i < n; i++) {
		r = add(p, json_string_value(json_array_get(list, i)), &size,
		    err);
		if (r < 0) {
			att_err_prefix(err, "pattern %zu", i);
			return r;
		}
	}
	*ret = take(&p);
	return 0;
}

int
att_patterns_match(const struct att_patterns *p, struct att_slice path,
    bool *ret, struct att_err *err)
{
	char text[ATT_PATTERN_PATH_MAX + 1];
	int r = REG_NOMATCH;

	*ret = false;
	if (path.len == 0 || path.len > ATT_PATTERN_PATH_MAX ||
	    memchr(path.data, '\0', path.len) != NULL)
		return 0;
	memcpy(text, path.data, path.len);
	text[path.len] = '\0';
	for (size_t i = 0; i < p->count && r == REG_NOMATCH; i++)
		r = regexec(&p->re[i], text, 0, NULL, 0);
	if (r != 0 && r != REG_NOMATCH)
		return att_err_nomem(err);
	*ret = r == 0;
	return 0;
}

/* -- Python ---------------------------------------------------------------- */

/* The members of a class such as \d, as a bracket expression has them. */
static const char *
class_of(char letter)
{
	switch (letter) {
	case 'd':
		return "0-9";
	case 'w':
		return "A-Za-z0-9_";
	case 's':
		return " \t\n\r\f\v";
	default:
		return NULL;
	}
}

static int
unsupported(struct att_err *err, const char *what)
{
	return att_err_set(err, ATT_E_UNSUPPORTED, "%s", what);
}

/* Inside of [ ]: a backslash is plain in POSIX, and says something here. */
static int
put_bracket(const char **at, struct att_buf *ret, struct att_err *err)
{
	att_buf_u8(ret, (uint8_t)*(*at)++);
	if (**at == '^')
		att_buf_u8(ret, (uint8_t)*(*at)++);
	if (**at == ']')	/* the first one is plain */
		att_buf_u8(ret, (uint8_t)*(*at)++);
	while (**at != ']') {
		const char *class = NULL;

		if (**at == '\0')
			return unsupported(err, "a [ without its ]");
		if (**at == '[')
			return unsupported(err, "a [ inside of [ ]");
		if (**at != '\\') {
			att_buf_u8(ret, (uint8_t)*(*at)++);
			continue;
		}
		(*at)++;
		if ((class = class_of(**at)) != NULL)
			att_buf_str(ret, class);
		else if (**at != '\0' && strchr(".()*+?{}|$/", **at) != NULL)
			att_buf_u8(ret, (uint8_t)**at);
		else
			return unsupported(err, "this escape inside of [ ]");
		(*at)++;
	}
	att_buf_u8(ret, (uint8_t)*(*at)++);
	return 0;
}

static int
put_escape(const char **at, struct att_buf *ret, struct att_err *err)
{
	char c = (*at)[1];

	if (class_of(c) != NULL)
		att_buf_printf(ret, "[%s]", class_of(c));
	else if (c != '\0' && strchr(PLAIN, c) != NULL)
		att_buf_printf(ret, "\\%c", c);
	else if (c != '\0' && strchr(" _~@#%&=:;,<>!\"'", c) != NULL)
		att_buf_u8(ret, (uint8_t)c);
	else
		return unsupported(err, "this escape");
	*at += 2;
	return 0;
}

static int
put_piece(const char **at, struct att_buf *ret, struct att_err *err)
{
	char c = **at;

	if (c == '\\')
		return put_escape(at, ret, err);
	if (c == '[')
		return put_bracket(at, ret, err);
	if (c == '(' && (*at)[1] == '?') {
		if ((*at)[2] != ':')
			return unsupported(err, "a group (?...)");
		*at += 2;
	}
	att_buf_u8(ret, (uint8_t)c);
	(*at)++;
	/* how greedy it is makes no difference to whether it fits */
	if (strchr("*+?}", c) != NULL && **at == '?')
		(*at)++;
	else if (strchr("*+?}", c) != NULL && **at == '+')
		return unsupported(err, "a possessive repetition");
	return 0;
}

int
att_pattern_from_python(const char *text, bool whole, struct att_buf *ret,
    struct att_err *err)
{
	int r;

	att_buf_u8(ret, '(');
	while (*text != '\0')
		if ((r = put_piece(&text, ret, err)) < 0)
			return r;
	att_buf_str(ret, whole ? ")" : ").*");
	return att_buf_ok(ret, "pattern", err);
}
