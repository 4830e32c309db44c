/* Reference states of Keylime that are refused, and what is said of others. */
#include "keylime_state.h"

static const struct att_refmake made_head = { .head = { .id = "x",
	.version = 1, .valid_from = INT64_MIN, .valid_until = INT64_MAX } };

static int
convert(json_t *state, size_t firmware, size_t kernel,
    struct att_refkeylime_notes *notes, struct att_err *why)
{
	AUTO_DONE(att_buf_done) struct att_buf text =
	    ATT_BUF(ATT_REF_FILE_MAX);
	const struct att_refkeylime_choice choice = { firmware, kernel };
	AUTO(att_json_decref) json_t *doc = NULL;
	int r;

	ok(att_json_write(state, &text, err));
	r = att_ref_from_keylime(att_buf_view(&text), &made_head, &choice, &doc,
	    notes, why);
	ck_assert((r == 0) == (doc != NULL));
	return r;
}

/* The state with `value` (JSON) in place of the member at `path`. */
START_TEST(refuses)
{
	static const struct {
		const char *in, *member, *value, *word;
		int code;
	} bad[] = {
		{ "", "has_secureboot", "1", "has_secureboot", ATT_E_FORMAT },
		{ "", "kernels", "[]", "kernels", ATT_E_FORMAT },
		{ "", "kernels", "{}", "kernels", ATT_E_FORMAT },
		{ "", "kernels", "[1]", "no object", ATT_E_FORMAT },
		{ "", "scrtm_and_bios", "null", "scrtm", ATT_E_FORMAT },
		{ "", "pk", "null", "arrays", ATT_E_FORMAT },
		{ "", "mokdig", "{}", "mokdig", ATT_E_FORMAT },
		{ "", "mokxdig", "[{}]", "mokxdig", ATT_E_FORMAT },
		{ "", "mokdig", "[{\"sha256\":\"0xAB\"}]", "sha256",
		    ATT_E_FORMAT },
		{ "", "mokdig", "[{\"md5\":\"0xab\"}]", "md5", ATT_E_FORMAT },
		{ "", "db", "[1]", "db: a key", ATT_E_FORMAT },
		{ "", "db", "[{\"SignatureOwner\":\"" OWNER "\","
			    "\"SignatureData\":\"0x123\"}]", "db: a key",
		    ATT_E_FORMAT },
		{ "", "dbx", "[{\"SignatureOwner\":\"1\","
			     "\"SignatureData\":\"0x12\"}]", "dbx: a key",
		    ATT_E_FORMAT },
		{ "scrtm_and_bios", "scrtm", "{}", "scrtm", ATT_E_FORMAT },
		{ "scrtm_and_bios", "platform_firmware", "{}",
		    "platform_firmware", ATT_E_FORMAT },
		{ "kernels", "shim_authcode_sha256", "\"0x12\"", "shim",
		    ATT_E_FORMAT },
		{ "kernels", "initrd_plain_sha256", "1", "initrd",
		    ATT_E_FORMAT },
		{ "kernels", "kernel_cmdline", "1", "kernel_cmdline",
		    ATT_E_FORMAT },
		{ "kernels", "kernel_cmdline", "\"a|b\"", "outside",
		    ATT_E_UNSUPPORTED },
		{ "kernels", "kernel_cmdline", "\"^a\"", "a ^",
		    ATT_E_UNSUPPORTED },
		{ "kernels", "kernel_cmdline", "\"[|]\\\\||c\"", "outside",
		    ATT_E_UNSUPPORTED },
		{ "kernels", "kernel_cmdline", "\"a(?=b)\"", "(?",
		    ATT_E_UNSUPPORTED },
		{ "kernels", "kernel_cmdline", "\"root=\\\\S+\"", "escape",
		    ATT_E_UNSUPPORTED },
	};

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		AUTO(att_json_decref) json_t *state = made_state(true);
		json_t *in = bad[i].in[0] == '\0' ? state : json_array_get(
		    json_object_get(state, bad[i].in), 0);
		struct att_refkeylime_notes notes;

		ck_assert(json_object_set_new(in, bad[i].member,
		    json_loads(bad[i].value, JSON_DECODE_ANY, NULL)) == 0);
		fails(convert(state, 0, 0, &notes, err), bad[i].code,
		    bad[i].word);
	}
}
END_TEST

START_TEST(each_member_is_wanted)
{
	static const char *const top[] = { "scrtm_and_bios", "pk", "kek",
		"db", "dbx", "mokdig", "mokxdig", "kernels" };
	static const char *const kernel[] = { "shim_authcode_sha256",
		"grub_authcode_sha256", "kernel_authcode_sha256",
		"initrd_plain_sha256", "kernel_cmdline" };
	struct att_refkeylime_notes notes;

	for (size_t i = 0; i < ATT_COUNT(top); i++) {
		AUTO(att_json_decref) json_t *state = made_state(true);

		ck_assert(json_object_del(state, top[i]) == 0);
		fails(convert(state, 0, 0, &notes, err), ATT_E_FORMAT, "");
	}
	for (size_t i = 0; i < ATT_COUNT(kernel); i++) {
		AUTO(att_json_decref) json_t *state = made_state(true);

		ck_assert(json_object_del(json_array_get(json_object_get(
		    state, "kernels"), 0), kernel[i]) == 0);
		fails(convert(state, 0, 0, &notes, err), ATT_E_FORMAT, "");
	}
}
END_TEST

START_TEST(which_of_several)
{
	AUTO(att_json_decref) json_t *state = made_state(true);
	AUTO(att_json_decref) json_t *empty = json_object();
	AUTO(att_json_decref) json_t *list = json_array();
	json_t *kernels = json_object_get(state, "kernels");
	struct att_refkeylime_notes notes;

	fails(convert(empty, 0, 0, &notes, err), ATT_E_FORMAT, "every boot");
	fails(convert(list, 0, 0, &notes, err), ATT_E_FORMAT, "every boot");
	fails(convert(state, 0, 2, &notes, err), ATT_E_USAGE, "--kernel");
	fails(convert(state, 2, 0, &notes, err), ATT_E_USAGE, "--firmware");
	ok(convert(state, 1, 1, &notes, err));
	ck_assert(json_array_append(kernels, json_array_get(kernels, 0)) ==
	    0);
	fails(convert(state, 0, 0, &notes, err), ATT_E_USAGE,
	    "has 2 entries: choose with --kernel 1 to 2");
	ok(convert(state, 0, 2, &notes, err));
	fails(convert(state, 0, 3, &notes, err), ATT_E_USAGE, "--kernel");
}
END_TEST

/* Nothing is dropped in silence. */
START_TEST(what_is_not_taken_is_told)
{
	AUTO(att_json_decref) json_t *state = made_state(true);
	struct att_refkeylime_notes notes;

	ck_assert(json_object_set_new(state, "future", json_true()) == 0);
	ck_assert(json_object_set_new(json_array_get(json_object_get(state,
	    "kernels"), 0), "devicetree", json_true()) == 0);
	ok(convert(state, 0, 0, &notes, err));
	ck_assert_uint_eq(notes.count, 2);
	ck_assert_str_eq(notes.note[0],
	    "not taken: member \"future\", which is not known");
	ck_assert_str_eq(notes.note[1], "not taken: member \"devicetree\" of "
	    "kernels, which is not known");
	for (int i = 0; i < 20; i++) {
		char name[20];

		snprintf(name, sizeof(name), "future%d", i);
		ck_assert(json_object_set_new(state, name, json_true()) == 0);
	}
	ok(convert(state, 0, 0, &notes, err));
	ck_assert_uint_eq(notes.count, ATT_REFKEYLIME_NOTES_MAX);
	ck_assert_ptr_nonnull(strstr(notes.note[notes.count - 1],
	    "more members"));
}
END_TEST

/* Each beginning, and each bit of each byte. */
START_TEST(damaged)
{
	AUTO(att_json_decref) json_t *state = made_state(true);
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(1u << 16);
	const struct att_refkeylime_choice choice = { 0 };
	struct att_refkeylime_notes notes;
	size_t taken = 0;

	ok(att_json_write(state, &text, err));
	for (size_t n = 0; n < text.len; n++) {
		AUTO(att_json_decref) json_t *doc = NULL;

		ck_assert(att_ref_from_keylime((struct att_slice){
		    text.data, n }, &made_head, &choice, &doc, &notes,
		    NULL) < 0);
		ck_assert_ptr_null(doc);
	}
	for (size_t bit = 0; bit < 8 * text.len; bit++) {
		AUTO_DONE(att_buf_done) struct att_buf out =
		    ATT_BUF(ATT_REF_FILE_MAX);
		AUTO(att_json_decref) json_t *doc = NULL;
		AUTO(att_ref_free) struct att_ref *ref = NULL;

		text.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (att_ref_from_keylime(att_buf_view(&text), &made_head,
			&choice, &doc, &notes, NULL) == 0) {
			taken++;
			/* what comes out is a document, or says why not */
			ok(att_json_write(doc, &out, err));
			if (att_ref_parse(att_buf_view(&out), &ref, NULL) < 0)
				ck_assert_ptr_null(ref);
		}
		text.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	ck_assert_uint_gt(taken, 1000);
	printf("%zu of %zu flips taken\n", taken, 8 * text.len);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("refkeylime refuses");
	TCase *t = tcase_create("refkeylime refuses");

	tcase_add_test(t, refuses);
	tcase_add_test(t, each_member_is_wanted);
	tcase_add_test(t, which_of_several);
	tcase_add_test(t, what_is_not_taken_is_told);
	tcase_add_test(t, damaged);
	suite_add_tcase(s, t);
	return run_suite(s);
}
