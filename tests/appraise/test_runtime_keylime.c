#include "testlib.h"

#include "appraise/runtime.h"
#include "appraise/runtime_keylime.h"
#include "tests/eventlog/ima_sig_vectors.h"

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
	ck_assert_str_eq(notes.note[0], "not taken: that keys of "
	    "\"keyrings\" vouch for files: only those that become \"keys\" "
	    "do");
	ck_assert_str_eq(notes.note[1], "not taken: \"dm_policy\": entries "
	    "of device-mapper are refused, unless \"ima-buf\" has them");
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
	    "\"verification-keys\":[]}"), "x", 0, &j, &notes, err));
	ok(att_json_write(j, &b, err));
	ok(att_runtime_parse(att_buf_view(&b), &r, err));
	ck_assert_uint_eq(att_runtime_files(r), 0);
	ck_assert_uint_eq(notes.count, 2);
	ck_assert_str_eq(notes.note[0],
	    "not taken: digests of an unknown length");
	ck_assert_str_eq(notes.note[1], "not taken: names without a digest");
	ck_assert_uint_eq(json_object_size(json_object_get(j, "buffers")), 8);
}
END_TEST

/* A name in both members has the digests of both. */
START_TEST(buffers_are_joined)
{
	AUTO(att_json_decref) json_t *j = NULL;
	AUTO(att_json_decref) json_t *want = json_pack("{s:[s,s]}", ".ima",
	    "sha256:" A64, "sha1:" A40);
	struct att_runtime_notes notes;

	ok(att_runtime_from_keylime(S("{\"digests\":{},\"keyrings\":{"
	    "\".ima\":[\"" A64 "\"]},\"ima-buf\":{\".ima\":[\"" A40
	    "\"]}}"), "x", 0, &j, &notes, err));
	ck_assert(json_equal(json_object_get(j, "buffers"), want));
}
END_TEST

/* Base64 of the one object in a PEM text. */
static json_t *
der_of(const char *pem)
{
	AUTO(free) char *text = strdup(strchr(pem, '\n') + 1);
	char *to = text;

	*strstr(text, "\n-----END") = '\0';
	for (const char *from = text; *from != '\0'; from++)
		if (*from != '\n')
			*to++ = *from;
	*to = '\0';
	return json_string(text);
}

/* A policy of Keylime's with this keyring, as text of JSON. */
static struct att_buf
with_keys(json_t *ring, bool twice)
{
	AUTO(att_json_decref) json_t *doc = NULL;
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(1u << 16);
	struct att_buf b = ATT_BUF(1u << 16);

	ok(att_json_write(ring, &text, err));
	if (twice) {
		AUTO(att_json_decref) json_t *inner = json_stringn(
		    (const char *)text.data, text.len);

		att_buf_reset(&text);
		ok(att_json_write(inner, &text, err));
	}
	doc = json_pack("{s:{},s:s%}", "digests", "verification-keys",
	    text.data, text.len);
	ok(att_json_write(doc, &b, err));
	json_decref(ring);
	return b;
}

START_TEST(verification_keys)
{
	AUTO(att_json_decref) json_t *j = NULL;
	AUTO(att_json_decref) json_t *want = json_pack(
	    "[{s:s,s:s},{s:s},{s:s}]", "pem", P256_PUBLIC, "id", "00c0ffee",
	    "pem", RSA_PUBLIC, "pem", P256_PUBLIC);
	AUTO_DONE(att_buf_done) struct att_buf b = with_keys(json_pack(
	    "{s:{s:i},s:[o,o,s,o],s:[i,i]}", "meta", "version", 1, "pubkeys",
	    der_of(P256_PUBLIC), der_of(RSA_PUBLIC),
	    /* Ed25519 */
	    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=",
	    der_of(P256_PUBLIC), "keyids", 0xc0ffee, 0), _i == 1);
	AUTO_DONE(att_buf_done) struct att_buf made = ATT_BUF(1u << 16);
	AUTO(att_runtime_free) struct att_runtime *r = NULL;
	struct att_runtime_notes notes;

	ok(att_runtime_from_keylime(att_buf_view(&b), "x", 0, &j, &notes,
	    err));
	ck_assert(json_equal(json_object_get(j, "keys"), want));
	ck_assert_uint_eq(notes.count, 2);
	ck_assert_str_eq(notes.note[0], "not taken: verification-keys, key 2: "
	    "key is neither RSA nor EC");
	ck_assert_str_eq(notes.note[1], "not taken: signatures over SHA-1, "
	    "and those of type 5 (EVM's)");
	ok(att_json_write(j, &made, err));
	ok(att_runtime_parse(att_buf_view(&made), &r, err));
	ck_assert_uint_eq(att_runtime_keys(r), 3);
}
END_TEST

START_TEST(keys_that_are_none)
{
	static const struct {
		const char *ring, *word;
	} bad[] = {
		{ "{\"pubkeys\":[\"AAAA\"]}", "key 0: not a Subject" },
		{ "{\"pubkeys\":[\"AAA\"]}", "key 0" },
		{ "{\"pubkeys\":[1]}", "key 0: must be base64" },
		{ "{\"pubkeys\":[\"AAAA\"],\"keyids\":[-1]}", "32 bits" },
		{ "{\"pubkeys\":[\"AAAA\"],\"keyids\":[4294967296]}",
		    "32 bits" },
		{ "{\"pubkeys\":[\"AAAA\"],\"keyids\":[\"1\"]}", "32 bits" },
		{ "{\"pubkeys\":{}}", "pubkeys" },
		{ "{\"pubkeys\":[],\"keyids\":{}}", "keyids" },
		{ "{\"pubkeys\":[],\"trust\":[]}", "trust" },
		{ "[1]", "keyring" },
		{ "7", "keyring" },
		{ "\"\\\"x\\\"\"", "keyring" },
		{ "x", "verification-keys" },
		{ "-----BEGIN PUBLIC KEY-----", "verification-keys" },
	};
	struct att_runtime_notes notes;
	json_t *j = NULL;

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		AUTO(att_json_decref) json_t *doc = json_pack("{s:{},s:s}",
		    "digests", "verification-keys", bad[i].ring);
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);

		ok(att_json_write(doc, &b, err));
		fails(att_runtime_from_keylime(att_buf_view(&b), "x", 0, &j,
			  &notes, err), ATT_E_FORMAT, bad[i].word);
	}
	ck_assert_ptr_null(j);
}
END_TEST

/* More than there is room for: the last says so. */
START_TEST(many_notes)
{
	AUTO(att_json_decref) json_t *j = NULL, *list = json_array();
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(0);
	struct att_runtime_notes notes;

	for (int i = 0; i < ATT_RUNTIME_NOTES_MAX + 2; i++)
		ok(att_json_add(list, json_string("MCowBQYDK2VwAyEAGb9ECWmEzf"
		    "6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="), err));
	b = with_keys(json_pack("{s:o}", "pubkeys", json_incref(list)), false);
	ok(att_runtime_from_keylime(att_buf_view(&b), "x", 0, &j, &notes,
	    err));
	ck_assert_uint_eq(notes.count, ATT_RUNTIME_NOTES_MAX);
	ck_assert_ptr_nonnull(strstr(notes.note[14], "key 14"));
	ck_assert_str_eq(notes.note[15],
	    "not taken: more than is listed here");
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
		{ "{\"digests\":{},\"ima\":{\"ignored_keyrings\":\"*\"}}",
		    "ignored_keyrings", ATT_E_FORMAT },
		{ "{\"digests\":{},\"ima\":[]}", "\"ima\"", ATT_E_FORMAT },
		{ "{\"digests\":{},\"excludes\":\"/tmp\"}", "excludes",
		    ATT_E_FORMAT },
		{ "{\"digests\":{},\"verification-keys\":[1]}",
		    "verification-keys", ATT_E_FORMAT },
		/* what might restrict */
		{ "{\"digests\":{},\"rules\":\"\"}", "rules",
		    ATT_E_FORMAT },
		{ "{\"digests\":{},\"ima\":{\"pcr\":11}}", "pcr",
		    ATT_E_FORMAT },
		{ "{\"digests\":{},\"meta\":{\"version\":2}}", "meta",
		    ATT_E_FORMAT },
		{ "{\"payload\":\"e30=\",\"payloadType\":\"x\","
		    "\"signatures\":[]}", "DSSE", ATT_E_UNSUPPORTED },
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
	tcase_add_test(t, buffers_are_joined);
	tcase_add_loop_test(t, verification_keys, 0, 2);
	tcase_add_test(t, keys_that_are_none);
	tcase_add_test(t, many_notes);
	tcase_add_test(t, refuses);
	suite_add_tcase(s, t);
	return run_suite(s);
}
