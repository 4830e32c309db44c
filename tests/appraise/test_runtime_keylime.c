#include "testlib.h"

#include "appraise/runtime.h"
#include "appraise/runtime_keylime.h"

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A40 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* As keylime-policy 7.14 writes it, with something in each member. */
static const char whole[] =
    "{\"meta\":{\"version\":1,\"generator\":3},\"release\":0,"
    "\"digests\":{\"boot_aggregate\":[\"" A64 "\"],\"/bin/sh\":[\"" A64
    "\",\"" A40 "\"]},\"excludes\":[\"/tmp/.*\",\"^/var/\\\\w+$\"],"
    "\"keyrings\":{\".ima\":[\"" A64 "\"]},"
    "\"ima\":{\"ignored_keyrings\":[\".evm\"],\"log_hash_alg\":\"sha1\","
    "\"dm_policy\":{\"version\":1}},\"ima-buf\":{\"kexec-cmdline\":[\"" A64
    "\"]},\"verification-keys\":\"[]\"}";

START_TEST(all_members)
{
	AUTO(att_json_decref) json_t *j = NULL;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO(att_runtime_free) struct att_runtime *r = NULL;
	struct att_runtime_notes notes;

	ok(att_runtime_from_keylime(S(whole), "imported", 4, &j, &notes,
	    err));
	ok(att_json_write(j, &b, err));
	ck_assert(att_slice_is(att_buf_view(&b),
	    "{\"buffers\":{\".evm\":\"any\",\".ima\":[\"sha256:" A64
	    "\"],\"kexec-cmdline\":[\"sha256:" A64 "\"]},\"digests\":{"
	    "\"/bin/sh\":[\"sha256:" A64 "\",\"sha1:" A40 "\"],"
	    "\"boot_aggregate\":[\"sha256:" A64 "\"]},"
	    "\"excludes\":[\"(/tmp/.*).*\",\"(^/var/[A-Za-z0-9_]+$).*\"],"
	    "\"format\":\"attestd-runtime-policy/1\",\"id\":\"imported\","
	    "\"match\":{},\"version\":4,\"violations\":\"excluded\"}"));
	ok(att_runtime_parse(att_buf_view(&b), &r, err));
	ck_assert_uint_eq(att_runtime_files(r), 2);
	ck_assert_uint_eq(notes.count, 2);
	ck_assert_ptr_nonnull(strstr(notes.note[0], "dm_policy"));
	ck_assert_ptr_nonnull(strstr(notes.note[1], "verification-keys"));
}
END_TEST

START_TEST(little_is_enough)
{
	AUTO(att_json_decref) json_t *j = NULL;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO(att_runtime_free) struct att_runtime *r = NULL;
	struct att_runtime_notes notes;

	ok(att_runtime_from_keylime(S("{\"digests\":{\"/a\":[\"00\"],"
	    "\"/b\":[]},\"ima\":{\"ignored_keyrings\":[\"*\"]},"
	    "\"verification-keys\":\"\"}"), "x", 0, &j, &notes, err));
	ok(att_json_write(j, &b, err));
	ok(att_runtime_parse(att_buf_view(&b), &r, err));
	ck_assert_uint_eq(att_runtime_files(r), 0);
	ck_assert_uint_eq(notes.count, 2);
	ck_assert_uint_eq(json_object_size(json_object_get(j, "buffers")), 8);
}
END_TEST

START_TEST(refuses)
{
	static const struct {
		const char *text, *word;
		int code;
	} bad[] = {
		{ "[]", "Keylime", ATT_E_FORMAT },
		{ "{}", "Keylime", ATT_E_FORMAT },
		{ "{\"digests\":[]}", "Keylime", ATT_E_FORMAT },
		{ "{\"digests\":{\"/a\":\"00\"}}", "\"/a\"", ATT_E_FORMAT },
		{ "{\"digests\":{\"/a\":[1]}}", "hex", ATT_E_FORMAT },
		{ "{\"digests\":{},\"keyrings\":[]}", "keyrings",
		    ATT_E_FORMAT },
		{ "{\"digests\":{},\"excludes\":[1]}", "excludes",
		    ATT_E_FORMAT },
		{ "{\"digests\":{},\"excludes\":[\"(?!/bin)\"]}",
		    "\"(?!/bin)\"", ATT_E_UNSUPPORTED },
		{ "{\"digests\":{},\"ima\":{\"ignored_keyrings\":[1]}}",
		    "names", ATT_E_FORMAT },
	};
	struct att_runtime_notes notes;
	json_t *j = NULL;

	for (size_t i = 0; i < ATT_COUNT(bad); i++)
		fails(att_runtime_from_keylime(S(bad[i].text), "x", 1, &j,
			  &notes, err), bad[i].code, bad[i].word);
	fails(att_runtime_from_keylime(S(whole), ".x", 1, &j, &notes, err),
	    ATT_E_USAGE, ".x");
	ck_assert_ptr_null(j);
	for (size_t n = 0; n < sizeof(whole) - 1; n++)
		ck_assert_int_lt(att_runtime_from_keylime((struct att_slice){
		    (const uint8_t *)whole, n }, "x", 1, &j, &notes, NULL),
		    0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("runtime_keylime");
	TCase *t = tcase_create("runtime_keylime");

	tcase_add_test(t, all_members);
	tcase_add_test(t, little_is_enough);
	tcase_add_test(t, refuses);
	suite_add_tcase(s, t);
	return run_suite(s);
}
