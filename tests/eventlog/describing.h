/* Decoders in tests: their JSON as text, every cut, every flipped bit. */
#ifndef ATT_TESTS_DESCRIBING_H
#define ATT_TESTS_DESCRIBING_H

#include "testlib.h"

#include "base/text.h"
#include "eventlog/fields.h"

typedef int describing(struct att_slice s, struct att_fields f,
    struct att_err *err);

/* What `d` puts, compact; the caller's. *code is what it returned. */
static inline ATT_UNUSED char *
described(describing *d, struct att_slice s, int *code, struct att_err *why)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF((size_t)64 << 20);
	AUTO(att_json_decref) json_t *j = json_object();
	struct att_fields f;
	bool failed;

	f = att_fields_begin(j, &failed);
	*code = d(s, f, why);
	ok(att_fields_ok(f, err));
	ok(att_json_write(j, &b, err));
	return att_buf_take_str(&b);
}

static inline ATT_UNUSED void
describes(describing *d, struct att_slice s, const char *want)
{
	struct att_err why = { 0 };
	int code;
	AUTO(free) char *got = described(d, s, &code, &why);

	ck_assert_msg(code == 0, "%s", why.text);
	ck_assert_str_eq(got, want);
}

/* Refused with this code and word; what came before the fault is `want`. */
static inline ATT_UNUSED void
refuses(describing *d, struct att_slice s, int code, const char *word,
    const char *want)
{
	struct att_err why = { 0 };
	int r;
	AUTO(free) char *got = described(d, s, &r, &why);

	ck_assert_msg(r == code, "%s, %s: %s", att_code_name(r), why.text,
	    word);
	ck_assert_msg(strstr(why.text, word) != NULL, "%s", why.text);
	if (want != NULL)
		ck_assert_str_eq(got, want);
}

/* Bytes of their own, so that sanitizers see their end. */
static inline int
describe_copy(describing *d, const uint8_t *data, size_t n)
{
	AUTO(free) char *copy = malloc(n == 0 ? 1 : n);
	AUTO(free) char *text = NULL;
	struct att_err why = { 0 };
	int code;

	if (n > 0)
		memcpy(copy, data, n);
	text = described(d, (struct att_slice){ (uint8_t *)copy, n }, &code,
	    &why);
	for (const char *p = text; *p != '\0'; p++)
		ck_assert((unsigned char)*p >= 0x20 && *p != 0x7f);
	return code;
}

/* Counts the cuts that are taken; flips each bit, and survives it. */
static inline ATT_UNUSED size_t
cuts_and_flips(describing *d, struct att_slice s)
{
	AUTO(free) char *copy = malloc(s.len);
	size_t taken = 0;

	for (size_t n = 0; n < s.len; n++)
		taken += describe_copy(d, s.data, n) == 0;
	memcpy(copy, s.data, s.len);
	for (size_t bit = 0; bit < 8 * s.len; bit++) {
		copy[bit / 8] ^= (char)(1u << bit % 8);
		(void)!describe_copy(d, (uint8_t *)copy, s.len);
		copy[bit / 8] ^= (char)(1u << bit % 8);
	}
	return taken;
}

static inline ATT_UNUSED void
put_utf16(struct att_buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		att_buf_le16(b, (uint8_t)*text);
}

#endif
