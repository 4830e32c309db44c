/* Components as lines of text, for tests to compare. */
#ifndef ATT_TESTS_INVENTORY_LISTED_H
#define ATT_TESTS_INVENTORY_LISTED_H

#include "firmware/component.h"
#include "testlib.h"

static inline void
listed_one(struct att_buf *b, const struct att_component *c)
{
	static const char *const roles[] = { "", "+", "#", ">" };

	att_buf_printf(b, "%s %s %s", c->id, att_component_kind_name(c->kind),
	    att_path_name(c->path));
	if (c->result != ATT_MEASURED_OK)
		att_buf_printf(b, " %s(%s)", att_measured_name(c->result),
		    c->reason);
	att_buf_printf(b, " %s|%s|%s", c->vendor == NULL ? "" : c->vendor,
	    c->model == NULL ? "" : c->model,
	    c->serial == NULL ? "" : c->serial);
	for (size_t i = 0; i < c->versions; i++)
		for (size_t k = 0; k < ATT_VERSION_ROLES; k++)
			if (c->version[i].text[k] != NULL)
				att_buf_printf(b, " %s%s=%s",
				    c->version[i].name, roles[k],
				    c->version[i].text[k]);
	for (size_t i = 0; i < c->attributes; i++)
		att_buf_printf(b, " [%s=%s]", c->attribute[i].name,
		    c->attribute[i].text);
	att_buf_u8(b, '\n');
}

/*
 * A line each: "id kind path vendor|model|serial version=running [attr=text]",
 * with "name+=" for stored, "#=" for fixed, ">=" for minimum.
 */
static inline ATT_UNUSED void
listed(const struct att_components *list, const char *want)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(att_json_decref) json_t *j = NULL;
	AUTO_DONE(att_components_done) struct att_components again = { 0 };

	for (size_t i = 0; i < list->count; i++)
		listed_one(&b, &list->item[i]);
	att_buf_u8(&b, '\0');
	ck_assert(!b.failed);
	ck_assert_str_eq((const char *)b.data, want);
	/* whatever devices say can be sent */
	ok(att_components_to_json(list, &j, err));
	ok(att_components_from_json(j, &again, err));
}

#endif
