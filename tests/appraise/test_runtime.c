#include "testlib.h"

#include "appraise/runtime.h"
#include "tests/eventlog/ima_sig_vectors.h"
#include "tests/eventlog/imamaker.h"

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B64 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define HEAD "{\"format\":\"attestd-runtime-policy/1\",\"id\":\"r\","         \
	     "\"version\":3,\"match\":{\"groups\":[\"g\"]}"

static struct att_runtime *
parsed(const char *rest)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	struct att_runtime *r = NULL;

	att_buf_printf(&b, HEAD "%s}", rest);
	ok(att_runtime_parse(att_buf_view(&b), &r, err));
	return r;
}

/* An entry as a policy sees it. */
static struct att_runtime_entry
entry(const char *template, const char *path, uint8_t fill, uint16_t alg)
{
	static uint8_t digest[ATT_DIGEST_MAX];

	memset(digest, fill, sizeof(digest));
	return (struct att_runtime_entry){ .template = S(template),
		.readable = true,
		.buffer = strcmp(template, "ima-buf") == 0,
		.subject = { .has_path = true, .has_digest = true,
		    .path = S(path), .digest = { .alg = alg,
			.digest = { digest, att_alg_size(alg) } } } };
}

static enum att_runtime_word
look(const struct att_runtime *r, struct att_runtime_entry e)
{
	struct att_digest expected = { 0 };
	enum att_runtime_word word;

	ok(att_runtime_look(r, &e, &word, &expected, err));
	return word;
}

START_TEST(files)
{
	AUTO(att_runtime_free) struct att_runtime *r = parsed(
	    ",\"digests\":{\"/a\":[\"sha256:" A64 "\",\"sha256:" B64 "\"],"
	    "\"/v\":[\"verity:sha256:" A64 "\"]},"
	    "\"excludes\":[\"/tmp/.*\"]");
	struct att_runtime_entry e = entry("ima-ng", "/a", 0xaa,
	    ATT_ALG_SHA256);
	enum att_runtime_word word;
	struct att_digest want;

	ck_assert_str_eq(att_runtime_head(r)->id, "r");
	ck_assert_int_eq(att_runtime_head(r)->version, 3);
	ck_assert_uint_eq(att_runtime_files(r), 2);
	ck_assert(!att_runtime_any_boot(r));
	ck_assert_int_eq(look(r, e), ATT_RUNTIME_TAKEN);
	ck_assert_int_eq(look(r, entry("ima-sig", "/a", 0xbb,
	    ATT_ALG_SHA256)), ATT_RUNTIME_TAKEN);
	e = entry("ima-ng", "/a", 0xcc, ATT_ALG_SHA256);
	ok(att_runtime_look(r, &e, &word, &want, err));
	ck_assert_int_eq(word, ATT_RUNTIME_CHANGED);
	ck_assert_uint_eq(want.alg, ATT_ALG_SHA256);
	ck_assert_uint_eq(want.bytes[31], 0xaa);
	/* the same bytes by another algorithm, or of another kind */
	ck_assert_int_eq(look(r, entry("ima-ng", "/a", 0xaa, ATT_ALG_SM3)),
	    ATT_RUNTIME_CHANGED);
	e = entry("ima-sigv2", "/v", 0xaa, ATT_ALG_SHA256);
	ck_assert_int_eq(look(r, e), ATT_RUNTIME_CHANGED);
	e.subject.digest.verity = true;
	ck_assert_int_eq(look(r, e), ATT_RUNTIME_TAKEN);
	e.subject.path = S("/a");
	ck_assert_int_eq(look(r, e), ATT_RUNTIME_CHANGED);
	ck_assert_int_eq(look(r, entry("ima-ng", "/b", 0xaa,
	    ATT_ALG_SHA256)), ATT_RUNTIME_UNKNOWN);
	ck_assert_int_eq(look(r, entry("ima-ng", "/tmp/b", 0xaa,
	    ATT_ALG_SHA256)), ATT_RUNTIME_TAKEN);
	/* a beginning of a path is not the path */
	ck_assert_int_eq(look(r, entry("ima-ng", "/", 0xaa,
	    ATT_ALG_SHA256)), ATT_RUNTIME_UNKNOWN);
}
END_TEST

START_TEST(templates)
{
	AUTO(att_runtime_free) struct att_runtime *usual = parsed(
	    ",\"digests\":{\"/a\":[\"sha256:" A64 "\"]}");
	AUTO(att_runtime_free) struct att_runtime *own = parsed(
	    ",\"digests\":{\"/a\":[\"sha256:" A64 "\"]},"
	    "\"templates\":[\"ima\",\"d-ng|n-ng\"]");
	struct att_runtime_entry e = entry("ima-ng", "/a", 0xaa,
	    ATT_ALG_SHA256);

	ck_assert_int_eq(look(usual, e), ATT_RUNTIME_TAKEN);
	ck_assert_int_eq(look(own, e), ATT_RUNTIME_TEMPLATE);
	e.template = S("d-ng|n-ng");
	ck_assert_int_eq(look(own, e), ATT_RUNTIME_TAKEN);
	ck_assert_int_eq(look(usual, e), ATT_RUNTIME_TEMPLATE);
	e.template = S("ima");
	ck_assert_int_eq(look(own, e), ATT_RUNTIME_TAKEN);
	ck_assert_int_eq(look(usual, e), ATT_RUNTIME_TEMPLATE);
	e.readable = false;
	ck_assert_int_eq(look(own, e), ATT_RUNTIME_TEMPLATE);
}
END_TEST

/* A buffer is no file, and neither can pass for the other. */
START_TEST(buffers)
{
	AUTO(att_runtime_free) struct att_runtime *r = parsed(
	    ",\"digests\":{\"/a\":[\"sha256:" A64 "\"]},"
	    "\"excludes\":[\".*\"],\"buffers\":{\".ima\":\"any\","
	    "\"kexec-cmdline\":[\"sha256:" A64 "\"]}");

	ck_assert_int_eq(look(r, entry("ima-buf", ".ima", 0x11,
	    ATT_ALG_SHA256)), ATT_RUNTIME_TAKEN);
	ck_assert_int_eq(look(r, entry("ima-buf", "kexec-cmdline", 0xaa,
	    ATT_ALG_SHA256)), ATT_RUNTIME_TAKEN);
	ck_assert_int_eq(look(r, entry("ima-buf", "kexec-cmdline", 0xab,
	    ATT_ALG_SHA256)), ATT_RUNTIME_CHANGED);
	ck_assert_int_eq(look(r, entry("ima-buf", "/a", 0xaa,
	    ATT_ALG_SHA256)), ATT_RUNTIME_UNKNOWN);
	ck_assert_int_eq(look(r, entry("ima-ng", "kexec-cmdline", 0xab,
	    ATT_ALG_SHA256)), ATT_RUNTIME_UNKNOWN);
	ck_assert_int_eq(look(r, entry("ima-ng", "/x", 0xab,
	    ATT_ALG_SHA256)), ATT_RUNTIME_TAKEN);
}
END_TEST

/* Keys are for files, in templates that the policy takes. */
START_TEST(keys)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 16);
	AUTO_DONE(att_buf_done) struct att_buf sig = ATT_BUF(4096);
	AUTO_DONE(att_buf_done) struct att_buf sum = ATT_BUF(64);
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO(att_json_decref) json_t *doc = json_pack(
	    "{s:s,s:s,s:i,s:{},s:{},s:[{s:s}]}", "format", ATT_RUNTIME_FORMAT,
	    "id", "k", "version", 1, "match", "digests", "keys", "pem",
	    P256_PUBLIC);
	AUTO(att_runtime_free) struct att_runtime *r = NULL;
	AUTO(att_runtime_free) struct att_runtime *none =
	    parsed(",\"digests\":{}");
	struct att_runtime_entry e = entry("ima-sig", "/a", 0, ATT_ALG_SHA256);
	struct att_ima_vouch v;

	ok(att_json_write(doc, &b, err));
	ok(att_runtime_parse(att_buf_view(&b), &r, err));
	ck_assert_uint_eq(att_runtime_keys(r), 1);
	ck_assert_uint_eq(att_runtime_keys(none), 0);
	ok(att_hex_decode(S(P256_SIG), &sig, err));
	ok(att_hex_decode(S(P256_DIGEST), &sum, err));
	e.signature = att_buf_view(&sig);
	e.subject.digest.digest = att_buf_view(&sum);
	ck_assert_int_eq(look(r, e), ATT_RUNTIME_UNKNOWN);
	ok(att_runtime_verify(r, &e, h, &v, err));
	ck_assert_int_eq(v.worth, ATT_IMA_SIGNED_GOOD);
	ok(att_runtime_verify(none, &e, h, &v, err));
	ck_assert_int_eq(v.worth, ATT_IMA_UNSIGNED);
	for (int i = 0; i < 4; i++) {
		struct att_runtime_entry other = e;

		other.violation = i == 0;
		other.buffer = i == 1;
		other.readable = i != 2;
		if (i == 3)
			other.template = S("d-ng|n-ng|sig");
		ok(att_runtime_verify(r, &other, h, &v, err));
		ck_assert_int_eq(v.worth, ATT_IMA_UNSIGNED);
	}
}
END_TEST

START_TEST(violations)
{
	static const char *const words[] = { "",
		",\"violations\":\"refuse\"", ",\"violations\":\"excluded\"",
		",\"violations\":\"report\"" };

	for (size_t i = 0; i < ATT_COUNT(words); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
		AUTO(att_runtime_free) struct att_runtime *r = NULL;
		struct att_runtime_entry e = entry("ima-ng", "/log/a", 0,
		    ATT_ALG_SHA256);

		att_buf_printf(&b, HEAD ",\"digests\":{\"/a\":[\"sha256:" A64
		    "\"]},\"excludes\":[\"/log/.*\"]%s}", words[i]);
		ok(att_runtime_parse(att_buf_view(&b), &r, err));
		e.violation = true;
		ck_assert_int_eq(look(r, e), i < 2 ? ATT_RUNTIME_VIOLATION :
						     ATT_RUNTIME_NOTED);
		e.subject.path = S("/a");
		ck_assert_int_eq(look(r, e), i < 3 ? ATT_RUNTIME_VIOLATION :
						     ATT_RUNTIME_NOTED);
	}
}
END_TEST

/* Entries as the kernel writes them. */
START_TEST(reads_entries)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_runtime_entry r;
	struct att_ima_list list;
	struct att_ima_entry e;
	unsigned buf = 0, readable = 0;

	im_templates(&m);
	ok(att_ima_open(att_buf_view(&m.bin), ATT_ALG_SHA1, &list, err));
	{
		AUTO_DONE(att_ima_done)
		struct att_ima_iter it = att_ima_begin(&list, h);

		while (att_ima_next(&it, &e, NULL) > 0) {
			ok(att_runtime_read(&e, h, &r, err));
			buf += r.buffer;
			readable += r.readable;
			ck_assert(r.readable || r.why.code != 0);
			ck_assert(r.violation == e.violation);
		}
	}
	ck_assert_uint_ge(buf, 1);
	ck_assert_uint_ge(readable, 9);
	/* a name that promises other fields than there are */
	im_file(&m, 10, "/a");
	ok(att_ima_open(att_buf_view(&m.bin), ATT_ALG_SHA1, &list, err));
	{
		AUTO_DONE(att_ima_done)
		struct att_ima_iter it = att_ima_begin(&list, h);

		while (att_ima_next(&it, &e, NULL) > 0)
			;
		e.name = S("ima-sig");
		ok(att_runtime_read(&e, h, &r, err));
		ck_assert(!r.readable && r.why.code != 0);
	}
	im_done(&m);
}
END_TEST

START_TEST(refuses)
{
	static const struct {
		const char *text, *word;
		int code;
	} bad[] = {
		{ "[]", "object", ATT_E_FORMAT },
		{ "{\"format\":\"attestd-reference-values/1\"}", "format",
		    ATT_E_UNSUPPORTED },
		{ HEAD "}", "digests", ATT_E_FORMAT },
		{ HEAD ",\"digests\":[]}", "digests", ATT_E_FORMAT },
		{ HEAD ",\"digests\":{},\"keyrings\":{}}", "keyrings",
		    ATT_E_FORMAT },
		{ HEAD ",\"digests\":{\"\":[\"sha256:" A64 "\"]}}", "1 to",
		    ATT_E_FORMAT },
		{ HEAD ",\"digests\":{\"/a\":[]}}", "\"/a\"", ATT_E_FORMAT },
		{ HEAD ",\"digests\":{\"/a\":\"any\"}}", "array",
		    ATT_E_FORMAT },
		{ HEAD ",\"digests\":{\"/a\":[7]}}", "text", ATT_E_FORMAT },
		{ HEAD ",\"digests\":{\"/a\":[\"" A64 "\"]}}", "sha256:",
		    ATT_E_FORMAT },
		{ HEAD ",\"digests\":{\"/a\":[\"md5:00\"]}}", "sha256:",
		    ATT_E_FORMAT },
		{ HEAD ",\"digests\":{\"/a\":[\"sha1:" A64 "\"]}}",
		    "40 hex digits", ATT_E_FORMAT },
		{ HEAD ",\"digests\":{\"/a\":[\"sha256:" A64 "a\"]}}",
		    "64 hex digits", ATT_E_FORMAT },
		{ HEAD ",\"digests\":{\"/a\":[\"sha1:00000000000000000000"
		    "0000000000000000000g\"]}}", "hex", ATT_E_FORMAT },
		{ HEAD ",\"digests\":{\"/a\":[\"sha1:\"],\"/a\":[]}}",
		    "duplicate", ATT_E_FORMAT },
		{ HEAD ",\"digests\":{},\"excludes\":[\"(\"]}", "excludes",
		    ATT_E_FORMAT },
		{ HEAD ",\"digests\":{},\"buffers\":{\"x\":\"all\"}}",
		    "buffers \"x\"", ATT_E_FORMAT },
		{ HEAD ",\"digests\":{},\"templates\":[]}", "templates",
		    ATT_E_FORMAT },
		{ HEAD ",\"digests\":{},\"templates\":[\"ima-new\"]}",
		    "templates", ATT_E_FORMAT },
		{ HEAD ",\"digests\":{},\"keys\":{}}", "keys: must be",
		    ATT_E_FORMAT },
		{ HEAD ",\"digests\":{},\"keys\":[{\"pem\":\"\"}]}",
		    "keys: key 0", ATT_E_FORMAT },
		{ HEAD ",\"digests\":{},\"violations\":\"no\"}",
		    "violations", ATT_E_FORMAT },
		{ HEAD ",\"digests\":{},\"boot_aggregate\":true}",
		    "boot_aggregate", ATT_E_FORMAT },
	};
	struct att_runtime *r = NULL;

	for (size_t i = 0; i < ATT_COUNT(bad); i++)
		fails(att_runtime_parse(S(bad[i].text), &r, err), bad[i].code,
		    bad[i].word);
	ck_assert_ptr_null(r);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
	static const char text[] = HEAD ",\"digests\":{\"/a\":[\"sha256:" A64
	    "\"]},\"excludes\":[\"/t.*\"],\"buffers\":{\"b\":\"any\"}}";
	struct att_runtime *r = NULL;

	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		struct att_slice cut = { (const uint8_t *)text, n };

		ck_assert_int_lt(att_runtime_parse(cut, &r, NULL), 0);
	}
	ok(att_runtime_parse(S(text), &r, err));
	att_runtime_free(r);
}
END_TEST

START_TEST(every_flip_is_survived)
{
	char text[] = HEAD ",\"digests\":{\"/a\":[\"sha256:" A64
	    "\"]},\"excludes\":[\"/t.*\"],\"buffers\":{\"b\":\"any\"}}";

	for (size_t bit = 0; bit < 8 * (sizeof(text) - 1); bit++) {
		AUTO(att_runtime_free) struct att_runtime *r = NULL;
		struct att_slice whole = { (const uint8_t *)text,
			sizeof(text) - 1 };

		text[bit / 8] ^= (char)(1 << bit % 8);
		if (att_runtime_parse(whole, &r, NULL) == 0)
			ck_assert_int_ge(look(r, entry("ima-ng", "/a", 0xaa,
			    ATT_ALG_SHA256)), ATT_RUNTIME_TEMPLATE);
		text[bit / 8] ^= (char)(1 << bit % 8);
	}
}
END_TEST

/* As many as a distribution has; none is found twice or not at all. */
START_TEST(many_files)
{
	enum { FILES = 20000 };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(16u << 20);
	AUTO(att_runtime_free) struct att_runtime *r = NULL;
	char path[40];

	att_buf_str(&b, HEAD ",\"digests\":{");
	for (int i = 0; i < FILES; i++)
		att_buf_printf(&b, "%s\"/usr/lib/%d\":[\"sha256:%064x\"]",
		    i == 0 ? "" : ",", i, i);
	att_buf_str(&b, "}}");
	ok(att_runtime_parse(att_buf_view(&b), &r, err));
	ck_assert_uint_eq(att_runtime_files(r), FILES);
	for (int i = 0; i < FILES; i++) {
		struct att_runtime_entry e;
		uint8_t d[32] = { 0 };

		d[31] = (uint8_t)i;
		d[30] = (uint8_t)(i >> 8);
		snprintf(path, sizeof(path), "/usr/lib/%d", i);
		e = entry("ima-ng", path, 0, ATT_ALG_SHA256);
		e.subject.digest.digest = (struct att_slice){ d, 32 };
		ck_assert_int_eq(look(r, e), ATT_RUNTIME_TAKEN);
		d[31] ^= 1;
		ck_assert_int_eq(look(r, e), ATT_RUNTIME_CHANGED);
	}
	ck_assert_int_eq(look(r, entry("ima-ng", "/usr/lib/20000", 0,
	    ATT_ALG_SHA256)), ATT_RUNTIME_UNKNOWN);
}
END_TEST

START_TEST(sets)
{
	AUTO(att_runtime_free) struct att_runtime *one = parsed(
	    ",\"digests\":{\"/a\":[\"sha256:" A64 "\"]}");
	AUTO(att_runtime_free) struct att_runtime *two = parsed(
	    ",\"digests\":{},\"valid_until\":\"2026-11-24T15:04:05Z\"");
	const struct att_runtime *all[] = { one, two };
	const struct att_runtime *many[ATT_RUNTIME_SET_MAX + 1];
	static const char *const groups[] = { "g", NULL };
	struct att_platform p = { .groups = groups };
	struct att_runtime_set set;
	struct att_digest a, b;

	ok(att_runtime_select(all, 2, &p, 1795532645, &set, err));
	ck_assert_uint_eq(set.count, 2);
	ok(att_runtime_set_digest(&set, &a, err));
	ok(att_runtime_select(all, 2, &p, 1795532646, &set, err));
	ck_assert_uint_eq(set.count, 1);
	ck_assert_ptr_eq(set.policy[0], one);
	ok(att_runtime_set_digest(&set, &b, err));
	ck_assert(!att_digest_equal(&a, &b));
	p.groups = NULL;
	ok(att_runtime_select(all, 2, &p, 0, &set, err));
	ck_assert_uint_eq(set.count, 0);
	p.groups = groups;
	for (size_t i = 0; i < ATT_COUNT(many); i++)
		many[i] = one;
	ok(att_runtime_select(many, ATT_RUNTIME_SET_MAX, &p, 0, &set, err));
	fails(att_runtime_select(many, ATT_RUNTIME_SET_MAX + 1, &p, 0, &set,
		  err), ATT_E_LIMIT, "more than 64");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("runtime");
	TCase *t = tcase_create("runtime");

	tcase_add_test(t, files);
	tcase_add_test(t, templates);
	tcase_add_test(t, buffers);
	tcase_add_test(t, keys);
	tcase_add_test(t, violations);
	tcase_add_test(t, reads_entries);
	tcase_add_test(t, refuses);
	tcase_add_test(t, every_truncation_is_refused);
	tcase_add_test(t, every_flip_is_survived);
	tcase_add_test(t, many_files);
	tcase_add_test(t, sets);
	suite_add_tcase(s, t);
	return run_suite(s);
}
