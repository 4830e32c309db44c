#include "config/yaml.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/text.h"

/* A container that is still open; the outermost one is the document. */
struct level {
	bool mapping;
	struct att_yaml **first; /* its members */
	struct att_yaml **tail;	/* where the next member is hung */
	char *key;		/* read, and its value is to come */
	unsigned key_line;
};

struct builder {
	const char *name;
	struct att_err *err;
	int code;		/* why add gave nothing */
	struct att_yaml *root;
	unsigned nodes;
	unsigned documents;
	struct level *top;	/* the innermost of those below */
	struct level level[1 + ATT_YAML_DEPTH_MAX];
};

/*
 * Depth first: a node's members are put in front of what is left to free, so
 * that neither depth nor length costs stack.
 */
void
att_yaml_free(struct att_yaml *y)
{
	while (y != NULL) {
		struct att_yaml *next = y->next;

		for (struct att_yaml *m = y->first; m != NULL;) {
			struct att_yaml *after = m->next;

			m->next = next;
			next = m;
			m = after;
		}
		free(y->key);
		free(y->text);
		free(y);
		y = next;
	}
}

static void
builder_done(struct builder *b)
{
	att_yaml_free(b->root);
	for (struct level *l = b->level; l <= b->top; l++)
		free(l->key);
}

static int ATT_PRINTF(4, 5)
fail(const struct builder *b, enum att_code code, unsigned line,
    const char *fmt, ...)
{
	char text[ATT_ERR_TEXT_MAX + 1];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return att_err_set(b->err, code, "%s:%u: %s", b->name, line, text);
}

static unsigned
line_of(const yaml_event_t *e)
{
	return (unsigned)e->start_mark.line + 1;
}

static bool
key_is_next(const struct level *l)
{
	return l->mapping && l->key == NULL;
}

static struct att_yaml *
make(struct builder *b, enum att_yaml_kind kind, unsigned line)
{
	struct att_yaml *y = NULL;

	if (++b->nodes > ATT_YAML_NODES_MAX)
		b->code = fail(b, ATT_E_LIMIT, line, "more than %d values",
		    ATT_YAML_NODES_MAX);
	else if ((y = calloc(1, sizeof(*y))) == NULL)
		b->code = att_err_nomem(b->err);
	else
		*y = (struct att_yaml){ .kind = kind, .line = line };
	return y;
}

/* Hangs a new node under the open container. NULL: failed with b->code. */
static struct att_yaml *
add(struct builder *b, enum att_yaml_kind kind, unsigned line)
{
	struct level *l = b->top;
	struct att_yaml *y;

	if (key_is_next(l)) {
		b->code = fail(b, ATT_E_FORMAT, line,
		    "a key must be a single word");
		return NULL;
	}
	if ((y = make(b, kind, line)) == NULL)
		return NULL;
	if (l->key != NULL)
		y->line = l->key_line;
	y->key = take(&l->key);
	*l->tail = y;
	l->tail = &y->next;
	return y;
}

static int
open_container(struct builder *b, enum att_yaml_kind kind, unsigned line)
{
	struct att_yaml *y;

	if (b->top == &b->level[ATT_YAML_DEPTH_MAX])
		return fail(b, ATT_E_LIMIT, line, "nested deeper than %d",
		    ATT_YAML_DEPTH_MAX);
	if ((y = add(b, kind, line)) == NULL)
		return b->code;
	*++b->top = (struct level){ .first = &y->first, .tail = &y->first,
		.mapping = kind == ATT_YAML_MAPPING };
	return 0;
}

static int
take_key(struct builder *b, struct level *l, char *text, unsigned line)
{
	AUTO(free) char *key = text;

	if (*key == '\0')
		return fail(b, ATT_E_FORMAT, line, "a key must not be empty");
	if (strcmp(key, "<<") == 0)
		return fail(b, ATT_E_FORMAT, line,
		    "merge keys (<<) are not taken");
	for (const struct att_yaml *m = *l->first; m != NULL; m = m->next)
		if (strcmp(m->key, key) == 0)
			return fail(b, ATT_E_FORMAT, line,
			    "%s: set a second time; first in line %u", key,
			    m->line);
	l->key = take(&key);
	l->key_line = line;
	return 0;
}

/*
 * Escapes in double quotes can spell NUL and every other control character. A
 * backslash is the one thing that is clean here and not in att_text.
 */
static bool
is_clean(const uint8_t *p, size_t n)
{
	size_t start = 0;

	for (size_t i = 0; i <= n; i++) {
		if (i < n && p[i] != '\\')
			continue;
		if (!att_text_is_clean((struct att_slice){ p + start,
			i - start }))
			return false;
		start = i + 1;
	}
	return true;
}

static int
on_scalar(struct builder *b, const yaml_event_t *e)
{
	const uint8_t *p = e->data.scalar.value;
	size_t n = e->data.scalar.length;
	struct level *l = b->top;
	AUTO(free) char *text = NULL;
	struct att_yaml *y;

	if (!is_clean(p, n))
		return fail(b, ATT_E_FORMAT, line_of(e),
		    "a value must not hold control characters or line breaks");
	if ((text = strndup((const char *)p, n)) == NULL)
		return att_err_nomem(b->err);
	if (key_is_next(l))
		return take_key(b, l, take(&text), line_of(e));
	if ((y = add(b, ATT_YAML_SCALAR, line_of(e))) == NULL)
		return b->code;
	y->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	y->text = take(&text);
	return 0;
}

static int
on_document(struct builder *b, const yaml_event_t *e)
{
	if (e->data.document_start.version_directive != NULL ||
	    e->data.document_start.tag_directives.start !=
	    e->data.document_start.tag_directives.end)
		return fail(b, ATT_E_FORMAT, line_of(e),
		    "directives (%%) are not taken");
	if (++b->documents > 1)
		return fail(b, ATT_E_FORMAT, line_of(e),
		    "a second document; one is taken");
	return 0;
}

/* Tags and anchors, on whatever kind of node they stand. */
static int
check_decoration(const struct builder *b, const yaml_event_t *e)
{
	const void *anchor = NULL;
	const void *tag = NULL;

	switch (e->type) {
	case YAML_SCALAR_EVENT:
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
		break;
	case YAML_ALIAS_EVENT:
		return fail(b, ATT_E_FORMAT, line_of(e),
		    "aliases (*) are not taken");
	default:
		return 0;
	}
	if (anchor != NULL)
		return fail(b, ATT_E_FORMAT, line_of(e),
		    "anchors (&) are not taken");
	if (tag != NULL)
		return fail(b, ATT_E_FORMAT, line_of(e),
		    "tags (!) are not taken");
	return 0;
}

static int
on_event(struct builder *b, const yaml_event_t *e)
{
	int r = check_decoration(b, e);

	if (r < 0)
		return r;
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		return on_document(b, e);
	case YAML_SCALAR_EVENT:
		return on_scalar(b, e);
	case YAML_SEQUENCE_START_EVENT:
		return open_container(b, ATT_YAML_SEQUENCE, line_of(e));
	case YAML_MAPPING_START_EVENT:
		return open_container(b, ATT_YAML_MAPPING, line_of(e));
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		b->top -= b->top > b->level ? 1 : 0;
		return 0;
	default:
		return 0;
	}
}

static int
syntax_error(const struct builder *b, const yaml_parser_t *p)
{
	if (p->error == YAML_MEMORY_ERROR)
		return att_err_nomem(b->err);
	/* the reader counts bytes, and knows no line */
	if (p->error == YAML_READER_ERROR)
		return att_err_at(b->err, ATT_E_FORMAT, p->problem_offset,
		    "%s: not UTF-8 text: %s", b->name, p->problem);
	return fail(b, ATT_E_FORMAT, (unsigned)p->problem_mark.line + 1,
	    "not YAML: %s", p->problem == NULL ? "?" : p->problem);
}

static int
read_events(struct builder *b, yaml_parser_t *parser)
{
	bool more = true;

	while (more) {
		AUTO_DONE(yaml_event_delete) yaml_event_t e = { 0 };
		int r;

		if (yaml_parser_parse(parser, &e) == 0)
			return syntax_error(b, parser);
		if ((r = on_event(b, &e)) < 0)
			return r;
		more = e.type != YAML_STREAM_END_EVENT;
	}
	return 0;
}

/* Nothing at all, or a document of one empty scalar: an empty mapping. */
static int
check_root(struct builder *b)
{
	if (b->root == NULL)
		return add(b, ATT_YAML_MAPPING, 1) == NULL ? b->code : 0;
	if (b->root->kind == ATT_YAML_SCALAR && b->root->plain &&
	    *b->root->text == '\0')
		b->root->kind = ATT_YAML_MAPPING;
	if (b->root->kind != ATT_YAML_MAPPING)
		return fail(b, ATT_E_FORMAT, b->root->line,
		    "must hold lines of the form `key: value`");
	return 0;
}

int
att_yaml_parse(struct att_slice text, const char *name,
    struct att_yaml **ret, struct att_err *err)
{
	AUTO_DONE(builder_done) struct builder b = { .name = name,
		.err = err, .top = b.level, .level = { { .first = &b.root,
		.tail = &b.root } } };
	AUTO_DONE(yaml_parser_delete) yaml_parser_t parser = { 0 };
	int r;

	if (text.len > ATT_YAML_SIZE_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%s: larger than %d bytes", name, ATT_YAML_SIZE_MAX);
	if (yaml_parser_initialize(&parser) == 0)
		return att_err_nomem(err);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser,
	    text.len == 0 ? (const uint8_t *)"" : text.data, text.len);
	if ((r = read_events(&b, &parser)) < 0 || (r = check_root(&b)) < 0)
		return r;
	*ret = take(&b.root);
	return 0;
}
