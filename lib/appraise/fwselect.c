#include "appraise/fwselect.h"

#include <string.h>

/* The bit of a name; 0: there is no such name. */
typedef uint32_t bit_fn(const char *name);

static uint32_t
kind_bit(const char *name)
{
	for (unsigned i = 0; i < ATT_COMPONENT_KINDS; i++)
		if (strcmp(name, att_component_kind_name(
			(enum att_component_kind)i)) == 0)
			return 1u << i;
	return 0;
}

static uint32_t
path_bit(const char *name)
{
	for (unsigned i = 0; i < ATT_PATH_COUNT; i++)
		if (strcmp(name, att_path_name((enum att_path)i)) == 0)
			return 1u << i;
	return 0;
}

/* A name that is misspelt would be a rule that holds for nothing. */
static int
read_bits(const json_t *j, const char *member, bit_fn *bit_of, uint32_t *ret,
    struct att_err *err)
{
	struct att_ref_globs words = { 0 };
	uint32_t bits = 0;
	int e;

	if ((e = att_ref_globs_read(j, member, &words, err)) < 0)
		return e;
	for (size_t i = 0; i < words.count; i++) {
		uint32_t bit = bit_of(words.text[i]);

		if (bit == 0)
			return att_err_set(err, ATT_E_FORMAT,
			    "member \"%s\": \"%.40s\" is not known", member,
			    words.text[i]);
		bits |= bit;
	}
	*ret = bits;
	return 0;
}

int
att_fw_paths_read(const json_t *j, uint32_t *ret, struct att_err *err)
{
	return read_bits(j, "paths", path_bit, ret, err);
}

int
att_fwselect_read(const json_t *j, struct att_fwselect *ret,
    struct att_err *err)
{
	struct att_fwselect s = { 0 };
	int e;

	if ((e = att_ref_globs_read(j, "id", &s.id, err)) < 0 ||
	    (e = read_bits(j, "kind", kind_bit, &s.kinds, err)) < 0 ||
	    (e = att_ref_globs_read(j, "vendor", &s.vendor, err)) < 0 ||
	    (e = att_ref_globs_read(j, "model", &s.model, err)) < 0)
		return e;
	if (s.id.count == 0 && s.kinds == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"id\" or \"kind\" must say which components");
	*ret = s;
	return 0;
}

static const char *
told(const char *text)
{
	return text == NULL ? "" : text;
}

bool
att_fwselect_matches(const struct att_fwselect *s,
    const struct att_component *c)
{
	return (s->kinds == 0 || (s->kinds & 1u << c->kind) != 0) &&
	    att_ref_globs_match(&s->id, c->id) &&
	    att_ref_globs_match(&s->vendor, told(c->vendor)) &&
	    att_ref_globs_match(&s->model, told(c->model));
}

const char *
att_fwselect_one(const struct att_fwselect *s)
{
	return s->id.count == 1 && strpbrk(s->id.text[0], "*?") == NULL ?
	    s->id.text[0] : NULL;
}
