#include "redfish/collection.h"

#include <string.h>

#include "base/text.h"

bool
att_redfish_is_over(int code)
{
	return code == ATT_E_TIMEOUT || code == ATT_E_NET ||
	    code == ATT_E_UNTRUSTED ||
	    (code < 0 && code != ATT_E_BUSY &&
		att_code_kind(code) == ATT_KIND_SYSTEM);
}

/* Cut to what fits, and without what divides names elsewhere. */
static void
set_id(struct att_redfish_member *m, const char *text)
{
	size_t n = ATT_MIN(strlen(text), (size_t)ATT_REDFISH_ID_MAX);

	memcpy(m->id, text, n);
	m->id[n] = '\0';
	att_text_mask(m->id);
	for (char *p = m->id; *p != '\0'; p++)
		if (*p == '/' || *p == '\\')
			*p = '_';
}

static void
name_member(struct att_redfish_member *m, const char *link)
{
	const char *id = att_redfish_text_in(m->body, "Id");
	const char *end;
	char text[ATT_REDFISH_ID_MAX + 1];
	size_t n;

	if (id != NULL || link == NULL) {
		set_id(m, id != NULL ? id : "");
		return;
	}
	n = strlen(link);
	while (n > 0 && link[n - 1] == '/')
		n--;
	for (end = link + n; end > link && end[-1] != '/'; end--)
		;
	n = ATT_MIN(n - (size_t)(end - link), sizeof(text) - 1);
	memcpy(text, end, n);
	text[n] = '\0';
	set_id(m, text);
}

/* More than a link: the member itself. */
static bool
is_inline(const json_t *entry)
{
	return att_redfish_text_in(entry, "Id") != NULL ||
	    att_redfish_text_in(entry, "Name") != NULL;
}

static int
one_member(struct att_redfish *r, const json_t *entry, att_redfish_each *each,
    void *arg, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	const char *link = att_redfish_text_in(entry, "@odata.id");
	struct att_redfish_member m = { 0 };
	int code;

	if (is_inline(entry)) {
		m.body = entry;
	} else if (link == NULL) {
		return 0;
	} else {
		m.code = att_redfish_visit(r, link, &j, err);
		if (att_redfish_is_over(m.code))
			return m.code;
		if (m.code < 0 && (code = att_redfish_usable(r, err)) < 0)
			return code;
		m.body = j;
	}
	name_member(&m, link);
	return each(arg, &m, err);
}

static int
one_page(struct att_redfish *r, const json_t *page, att_redfish_each *each,
    void *arg, struct att_err *err)
{
	json_t *list = NULL;
	int code;

	if ((code = att_json_arr(page, "Members", &list, err)) < 0)
		return code;
	for (size_t i = 0; i < json_array_size(list); i++)
		if ((code = one_member(r, json_array_get(list, i), each, arg,
			 err)) < 0)
			return code;
	return 0;
}

int
att_redfish_members(struct att_redfish *r, const char *link,
    att_redfish_each *each, void *arg, struct att_err *err)
{
	AUTO(att_json_decref) json_t *page = NULL;
	int code;

	while (link != NULL) {
		json_t *next = NULL;

		if ((code = att_redfish_visit(r, link, &next, err)) < 0)
			return code;
		json_decref(page);
		page = next;
		if ((code = one_page(r, page, each, arg, err)) < 0)
			return code;
		/* borrowed from `page`, and used before that is let go */
		link = att_redfish_text_in(page, "Members@odata.nextLink");
		if (link == NULL)
			link = att_redfish_text_in(page, "@odata.nextLink");
	}
	return 0;
}
