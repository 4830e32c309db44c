#include "agent/outline.h"

#include <string.h>

#define STEP 2	/* spaces of each level */

struct outline {
	struct att_buf *to;
	bool at_item;	/* "- " stands already where the indent would */
};

static void
start_line(struct outline *o, unsigned indent)
{
	if (!o->at_item)
		att_buf_fill(o->to, ' ', indent);
	o->at_item = false;
}

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

static void
put_name(struct att_buf *b, const char *name)
{
	for (; *name != '\0'; name++)
		att_buf_u8(b, *name == '_' ? ' ' : (uint8_t)*name);
}

static void
put_scalar(struct att_buf *b, const char *name, const json_t *j)
{
	const char *s = json_string_value(j);
	size_t n = json_string_length(j);

	if (s != NULL && name != NULL && ends_with(name, "_hex") &&
	    n > ATT_OUTLINE_HEX_MAX)
		att_buf_printf(b, "%.*s... (%zu bytes)", ATT_OUTLINE_HEX_MAX,
		    s, n / 2);
	else if (s != NULL)
		att_buf_bytes(b, s, n);
	else if (json_is_integer(j))
		att_buf_printf(b, "%lld", (long long)json_integer_value(j));
	else
		att_buf_str(b, json_is_true(j) ? "yes" :
			    json_is_false(j)   ? "no" :
						 "none");
	att_buf_u8(b, '\n');
}

static bool
is_container(const json_t *j)
{
	return json_is_object(j) || json_is_array(j);
}

static void print(struct outline *o, const json_t *j, unsigned indent,
    unsigned depth);

static void
print_object(struct outline *o, const json_t *j, unsigned indent,
    unsigned depth)
{
	const char *name;
	json_t *v;

	/* jansson's iterator takes no const, and changes nothing */
	json_object_foreach ((json_t *)(uintptr_t)j, name, v) {
		start_line(o, indent);
		put_name(o->to, name);
		if (is_container(v)) {
			att_buf_str(o->to, ":\n");
			print(o, v, indent + STEP, depth + 1);
		} else {
			att_buf_str(o->to, ": ");
			put_scalar(o->to, name, v);
		}
	}
}

static void
print_array(struct outline *o, const json_t *j, unsigned indent,
    unsigned depth)
{
	json_t *v;
	size_t i;

	json_array_foreach (j, i, v) {
		start_line(o, indent);
		att_buf_str(o->to, "- ");
		if (is_container(v)) {
			o->at_item = true;
			print(o, v, indent + STEP, depth + 1);
			if (o->at_item)	/* it was empty */
				att_buf_u8(o->to, '\n');
			o->at_item = false;
		} else {
			put_scalar(o->to, NULL, v);
		}
	}
}

static void
print(struct outline *o, const json_t *j, unsigned indent, unsigned depth)
{
	if (depth == ATT_OUTLINE_DEPTH_MAX) {
		start_line(o, indent);
		att_buf_str(o->to, "...\n");
	} else if (json_is_object(j)) {
		print_object(o, j, indent, depth);
	} else if (json_is_array(j)) {
		print_array(o, j, indent, depth);
	}
}

void
att_outline_print(const json_t *j, unsigned indent, struct att_buf *ret)
{
	struct outline o = { .to = ret };

	print(&o, j, indent, 0);
}
