#include "protocol/problem.h"

#include <string.h>

#include "base/text.h"

#define ERRORS_MAX 64	/* of one answer that are looked at */

/* Made clean, and cut between characters. */
static void
copy_clean(const char *text, char *ret, size_t size)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(8 * size);
	size_t n;

	att_text_put(&b, (struct att_slice){ (const uint8_t *)text,
	    strnlen(text, size) });
	n = ATT_MIN(b.len, size - 1);
	while (n > 0 && n < b.len && (b.data[n] & 0xc0) == 0x80)
		n--;
	if (n > 0)
		memcpy(ret, b.data, n);
	ret[n] = '\0';
}

static void
copy_member(const json_t *obj, const char *name, char *ret, size_t size)
{
	const char *s = json_string_value(json_object_get(obj, name));

	if (s != NULL)
		copy_clean(s, ret, size);
}

static size_t
depth_of(const char *pointer)
{
	size_t n = 0;

	for (; *pointer != '\0'; pointer++)
		n += *pointer == '/';
	return n;
}

static void
read_error(const json_t *j, struct att_problem *ret)
{
	copy_member(j, "code", ret->code, sizeof(ret->code));
	copy_member(json_object_get(j, "source"), "pointer", ret->pointer,
	    sizeof(ret->pointer));
	copy_member(j, "detail", ret->detail, sizeof(ret->detail));
	if (ret->detail[0] == '\0')
		copy_member(j, "title", ret->detail, sizeof(ret->detail));
}

void
att_problem_parse(struct att_slice body, struct att_problem *ret)
{
	AUTO(att_json_decref) json_t *j = NULL;
	json_t *errors;

	*ret = (struct att_problem){ 0 };
	if (att_json_parse(body, ATT_MESSAGE_MAX, &j, NULL) < 0)
		return;
	errors = json_object_get(j, "errors");
	if (!json_is_array(errors)) {
		copy_member(j, "status", ret->detail, sizeof(ret->detail));
		return;
	}
	for (size_t i = 0; i < json_array_size(errors) && i < ERRORS_MAX;
	     i++) {
		struct att_problem p = { 0 };

		read_error(json_array_get(errors, i), &p);
		if (i == 0 || depth_of(p.pointer) > depth_of(ret->pointer))
			*ret = p;
	}
}

static bool
is_said(const char *s)
{
	return s != NULL && s[0] != '\0';
}

int
att_problem_encode(unsigned status, const char *title, const char *code,
    const char *detail, const char *pointer, struct att_buf *ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *e = json_object();
	char number[12];
	int r;

	(void)snprintf(number, sizeof(number), "%u", status);
	if ((r = att_json_put(e, "status", json_string(number), err)) < 0 ||
	    (r = att_json_put(e, "title", att_message_text(title), err)) < 0)
		return r;
	if (is_said(detail) &&
	    (r = att_json_put(e, "detail", att_message_text(detail), err)) < 0)
		return r;
	if (is_said(code) &&
	    (r = att_json_put(e, "code", att_message_text(code), err)) < 0)
		return r;
	if (is_said(pointer) &&
	    (r = att_json_put(e, "source",
		 json_pack("{s:o}", "pointer", att_message_text(pointer)),
		 err)) < 0)
		return r;
	return att_message_write_plain(
	    json_pack("{s:[o]}", "errors", take(&e)), ret, err);
}

int
att_registrar_problem_encode(unsigned status, const char *detail,
    struct att_buf *ret, struct att_err *err)
{
	return att_message_write_plain(json_pack("{s:i, s:o, s:{}}", "code",
	    (int)status, "status", att_message_text(detail), "results"), ret,
	    err);
}
