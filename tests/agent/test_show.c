#include "testlib.h"

#include "agent/show.h"

static const char good[] =
    "{\"status\":\"pass\",\"evaluated\":[\"quote\",\"fresh\",\"boot-log\"],"
    "\"held\":[\"quote\",\"fresh\",\"boot-log\"],\"findings\":[],"
    "\"pcrs\":[{\"pcr\":7,\"bank\":\"sha256\",\"events\":9,"
    "\"status\":\"reference\",\"value\":\"00112233445566778899aabbccddeeff\"}],"
    "\"reference\":{\"id\":\"rack-7\",\"version\":3},"
    "\"tpm\":{\"firmware_version\":\"0001000200030004\",\"clock\":\"77\","
    "\"reset_count\":5,\"restart_count\":1},\"secure_boot\":\"on\","
    "\"kernel\":\"root=/dev/vda2\"}";

static json_t *
parse(const char *text)
{
	json_t *j = NULL;

	ok(att_json_parse(S(text), 65536, &j, err));
	return j;
}

/* The text of a verdict; the caller's. */
static char *
shown(json_t *j, const struct att_show *how)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);

	ok(att_show_verdict(j, how, &b, err));
	return att_buf_take_str(&b);
}

START_TEST(pass_shows_what_is_proven)
{
	AUTO(att_json_decref) json_t *j = parse(good);
	AUTO(free) char *text = shown(j, &(struct att_show){ .node = "n1" });

	ck_assert_str_eq(text,
	    "TRUSTED  n1\n"
	    "  identity     signed by the enrolled key of this TPM\n"
	    "  freshness    made for this challenge\n"
	    "  boot         the logs give every quoted PCR\n"
	    "  reference    rack-7, version 3\n"
	    "  Secure Boot  on\n"
	    "  kernel       root=/dev/vda2\n"
	    "  TPM          firmware 0001000200030004, 5 resets, 1 restarts\n"
	    "\n"
	    "  PCR 7   sha256  reference         9 events  "
	    "0011223344556677...\n");
}
END_TEST

START_TEST(fail_shows_finding_and_advice)
{
	AUTO(att_json_decref) json_t *j = parse(good), *f = NULL;
	AUTO(free) char *text = NULL;

	ck_assert_int_eq(json_object_set_new(j, "status",
			     json_string("fail")), 0);
	f = parse("[{\"code\":\"pcr-mismatch\",\"severity\":\"fail\",\"text\":"
		  "\"PCR 4: \\\\EFI\\\\x.efi\",\"advice\":\"Look.\"}]");
	ck_assert_int_eq(json_object_set(j, "findings", f), 0);
	text = shown(j, &(struct att_show){ .brief = true });
	ck_assert_str_eq(text,
	    "UNTRUSTED\n  FAIL  PCR 4: \\EFI\\x.efi\n"
	    "        [pcr-mismatch] Look.\n");
}
END_TEST

START_TEST(no_claim_is_shown_as_held_that_did_not)
{
	AUTO(att_json_decref) json_t *j = parse(good);
	AUTO(free) char *text = NULL;

	ck_assert_int_eq(json_object_set_new(j, "held", json_array()), 0);
	ck_assert_int_eq(json_object_set_new(j, "reference", json_null()), 0);
	text = shown(j, &(struct att_show){ 0 });
	ck_assert_ptr_null(strstr(text, "signed by"));
	ck_assert_ptr_nonnull(strstr(text, "NOT PROVEN"));
	ck_assert_ptr_nonnull(strstr(text, "NOT FRESH"));
	ck_assert_ptr_nonnull(strstr(text, "do NOT give"));
	ck_assert_ptr_nonnull(strstr(text, "NOT MATCHED"));
}
END_TEST

/* Whatever a peer wrote into any text, no control byte comes out. */
START_TEST(texts_are_made_clean)
{
	static const char *const names[] = { "secure_boot", "kernel" };
	AUTO(att_json_decref) json_t *j = parse(good);
	json_t *row = json_array_get(json_object_get(j, "pcrs"), 0);
	AUTO(free) char *text = NULL;

	for (size_t i = 0; i < ATT_COUNT(names); i++)
		ck_assert_int_eq(json_object_set_new(j, names[i],
				     json_string("\033[2J\n\t")), 0);
	ck_assert_int_eq(json_object_set_new(row, "status",
			     json_string("\033]0;x\a")), 0);
	ck_assert_int_eq(json_object_set_new(row, "value",
			     json_string("\r\n")), 0);
	text = shown(j, &(struct att_show){ .node = "\033c" });
	for (const char *p = text; *p != '\0'; p++)
		ck_assert(*p == '\n' || (unsigned char)*p >= 0x20);
}
END_TEST

START_TEST(colour_only_when_asked)
{
	AUTO(att_json_decref) json_t *j = parse(good);
	AUTO(free) char *text = shown(j, &(struct att_show){ .colour = true });

	ck_assert(strncmp(text, "\033[1;32mTRUSTED\033[0m\n", 18) == 0);
}
END_TEST

/* A verdict that lacks any of its members is refused, and nothing shown. */
START_TEST(other_forms_are_refused)
{
	static const char *const need[] = { "status", "evaluated", "held",
		"findings", "pcrs" };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);

	for (size_t i = 0; i < ATT_COUNT(need); i++) {
		AUTO(att_json_decref) json_t *j = parse(good);

		ck_assert_int_eq(json_object_del(j, need[i]), 0);
		fails(att_show_verdict(j, &(struct att_show){ 0 }, &b, err),
		    ATT_E_FORMAT, need[i]);
	}
	for (size_t i = 0; i < ATT_COUNT(need); i++) {
		AUTO(att_json_decref) json_t *j = parse(good);

		ck_assert_int_eq(json_object_set_new(j, need[i],
				     json_integer(1)), 0);
		fails(att_show_verdict(j, &(struct att_show){ 0 }, &b, err),
		    ATT_E_FORMAT, need[i]);
	}
	{
		AUTO(att_json_decref) json_t *j = parse(good);

		ck_assert_int_eq(json_object_set_new(j, "status",
				     json_string("PASS")), 0);
		fails(att_show_verdict(j, &(struct att_show){ 0 }, &b, err),
		    ATT_E_FORMAT, "unknown status");
	}
	ck_assert_uint_eq(b.len, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("show");
	TCase *t = tcase_create("show");

	tcase_add_test(t, pass_shows_what_is_proven);
	tcase_add_test(t, fail_shows_finding_and_advice);
	tcase_add_test(t, no_claim_is_shown_as_held_that_did_not);
	tcase_add_test(t, texts_are_made_clean);
	tcase_add_test(t, colour_only_when_asked);
	tcase_add_test(t, other_forms_are_refused);
	suite_add_tcase(s, t);
	return run_suite(s);
}
