#include "appraise/refdoc.h"

#include <string.h>

const char *
att_refdoc_kind_name(enum att_refdoc_kind kind)
{
	static const char *const names[] = {
#define ROW(kind, name, format, member, type) [ATT_REFDOC_##kind] = name,
		ATT_REFDOC_TABLE(ROW)
#undef ROW
	};

	return (unsigned)kind < ATT_COUNT(names) ? names[kind] : NULL;
}

/* Parses one of a kind, behind those that are there. */
#define ROW(kind, name, format, member, type)                                \
	static int add_##member(struct att_refdocs *d, struct att_slice text, \
	    const struct att_ref_head **ret, struct att_err *err)            \
	{                                                                    \
		AUTO(type##_free) struct type *doc = NULL;                   \
		struct type **more;                                          \
		int e = type##_parse(text, &doc, err);                       \
                                                                             \
		if (e < 0)                                                   \
			return e;                                            \
		more = reallocarray(d->member.doc, d->member.count + 1,      \
		    sizeof(struct type *));                                   \
		if (more == NULL)                                            \
			return att_err_nomem(err);                           \
		d->member.doc = more;                                        \
		*ret = type##_head(doc);                                     \
		d->member.doc[d->member.count++] = take(&doc);               \
		return 0;                                                    \
	}
ATT_REFDOC_TABLE(ROW)
#undef ROW

static const struct {
	const char *format;
	int (*add)(struct att_refdocs *d, struct att_slice text,
	    const struct att_ref_head **ret, struct att_err *err);
} kinds[ATT_REFDOC_KINDS] = {
#define ROW(kind, name, format, member, type)                                \
	[ATT_REFDOC_##kind] = { format, add_##member },
	ATT_REFDOC_TABLE(ROW)
#undef ROW
};

void
att_refdocs_done(struct att_refdocs *d)
{
#define ROW(kind, name, format, member, type)                                \
	while (d->member.count > 0)                                          \
		type##_free(d->member.doc[--d->member.count]);               \
	free(d->member.doc);
	ATT_REFDOC_TABLE(ROW)
#undef ROW
	free(d->all);
	*d = (struct att_refdocs){ 0 };
}

/* By its format alone: what else is in it is for the parser of its kind. */
static int
kind_of(struct att_slice text, enum att_refdoc_kind *ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	const char *format = NULL;
	int e;

	if ((e = att_json_parse(text, ATT_REFDOC_FILE_MAX, &j, err)) < 0)
		return e;
	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT,
		    "a document of reference values must be an object");
	if ((e = att_json_str(j, "format", &format, err)) < 0)
		return e;
	for (unsigned i = 0; i < ATT_REFDOC_KINDS; i++)
		if (strcmp(kinds[i].format, format) == 0) {
			*ret = (enum att_refdoc_kind)i;
			return 0;
		}
	return att_err_set(err, ATT_E_UNSUPPORTED,
	    "format \"%.40s\" is not known", format);
}

int
att_refdocs_add(struct att_refdocs *d, struct att_slice text,
    struct att_err *err)
{
	struct att_refdoc one;
	struct att_refdoc *more;
	int e;

	if ((e = kind_of(text, &one.kind, err)) < 0)
		return e;
	more = reallocarray(d->all, d->count + 1, sizeof(*more));
	if (more == NULL)
		return att_err_nomem(err);
	d->all = more;
	if ((e = kinds[one.kind].add(d, text, &one.head, err)) < 0)
		return e;
	d->all[d->count++] = one;
	return 0;
}

struct att_refset
att_refdocs_boot(const struct att_refdocs *d)
{
	return (struct att_refset){
		(const struct att_ref *const *)d->boot.doc, d->boot.count };
}
