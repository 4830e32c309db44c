#include "eventlog/describing.h"

#include "eventlog/ipl.h"
#include "eventlog/logtext.h"

static void
role_is(enum att_tcg_kind kind, uint32_t pcr, const char *data, size_t n,
    enum att_ipl_role role, const char *text)
{
	struct att_event ev = { .type = ATT_EV_IPL, .pcr = pcr,
		.data = { (const uint8_t *)data, n } };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);
	struct att_ipl ipl;

	att_ipl_parse(&ev, kind, &ipl);
	ck_assert_msg(ipl.role == role, "%s: %s", text,
	    att_ipl_role_name(ipl.role));
	if (ipl.utf16)
		att_text_put_path_utf16le(&b, ipl.text);
	else
		att_text_put_path(&b, ipl.text);
	ck_assert_msg(att_slice_is(att_buf_view(&b), text), "%.*s",
	    (int)b.len, (char *)b.data);
}
#define ROLE(kind, pcr, data, role, text)                                    \
	role_is(kind, pcr, data, sizeof(data) - 1, role, text)

START_TEST(text_of_grub)
{
	ROLE(ATT_TCG_TPM, 8, "grub_cmd: set a=b\0", ATT_IPL_GRUB_COMMAND,
	    "set a=b");
	/* quirk grub-nul, and the byte behind it that some append */
	ROLE(ATT_TCG_TPM, 8, "grub_cmd [ ]\0#", ATT_IPL_GRUB_COMMAND, "[ ]");
	ROLE(ATT_TCG_TPM, 8, "kernel_cmdline: /v ro\0",
	    ATT_IPL_COMMAND_LINE, "/v ro");
	ROLE(ATT_TCG_TPM, 8, "grub_kernel_cmdline /v\0",
	    ATT_IPL_COMMAND_LINE, "/v");
	ROLE(ATT_TCG_TPM, 8, "module_cmdline: m\0", ATT_IPL_MODULE, "m");
	ROLE(ATT_TCG_TPM, 9, "(hd0,gpt1)/grub.cfg\0", ATT_IPL_FILE,
	    "(hd0,gpt1)/grub.cfg");
	ROLE(ATT_TCG_TPM, 9, "grub_linuxefi Kernel\0", ATT_IPL_FILE,
	    "Kernel");
	ROLE(ATT_TCG_CC, 3, "/vmlinuz\0", ATT_IPL_FILE, "/vmlinuz");
	/* a prefix is one only at the beginning, and whole */
	ROLE(ATT_TCG_TPM, 8, "grub_cmd:x", ATT_IPL_TEXT, "grub_cmd:x");
	ROLE(ATT_TCG_TPM, 4, "", ATT_IPL_TEXT, "");
}
END_TEST

START_TEST(text_of_stubs_and_shim)
{
	ROLE(ATT_TCG_TPM, 11, ".\0l\0i\0n\0u\0x\0\0\0", ATT_IPL_SECTION,
	    ".linux");
	ROLE(ATT_TCG_CC, 3, ".\0x\0\0\0", ATT_IPL_SECTION, ".x");
	ROLE(ATT_TCG_TPM, 12, "r\0o\0\0\0", ATT_IPL_COMMAND_LINE, "ro");
	ROLE(ATT_TCG_TPM, 8, "r\0o\0\0\0", ATT_IPL_COMMAND_LINE, "ro");
	ROLE(ATT_TCG_TPM, 13, "r\0o\0\0\0", ATT_IPL_TEXT, "ro");
	ROLE(ATT_TCG_TPM, 14, "MokListX\0", ATT_IPL_VARIABLE, "MokListX");
	ROLE(ATT_TCG_TPM, 13, "MokListX\0", ATT_IPL_TEXT, "MokListX");
	ROLE(ATT_TCG_CC, 3, "MokListX\0", ATT_IPL_VARIABLE, "MokListX");
	ck_assert_ptr_null(att_ipl_role_name((enum att_ipl_role)99));
}
END_TEST

START_TEST(kinds_of_text)
{
	static const struct {
		const char *data;
		size_t len;
		bool ascii, utf16;
	} all[] = {
		{ "", 0, false, false },
		{ "\0\0", 2, false, false },
		{ "a", 1, true, false },
		{ "a\0", 2, true, true },
		{ "a\0\0", 3, true, false },
		{ "a\0b\0", 4, false, true },
		{ "a\0b\0\0\0", 6, false, true },
		{ "a\0b\0\0\0\1\0", 8, false, false },
		{ "a\0b", 3, false, false },
		{ "a\0\1\0", 4, false, false },
		{ "a\0\x42\x30", 4, false, true },
		{ "\1\x30" "a\0", 4, false, false },
		{ "a\1", 2, false, false },
		{ "a\n", 2, true, false },
		{ "a\xff", 2, false, false },
		{ "ab\0\0\0", 5, true, false },
		{ "ab\0\0c", 5, false, false },
	};

	for (size_t i = 0; i < ATT_COUNT(all); i++) {
		struct att_slice s = { (const uint8_t *)all[i].data,
			all[i].len };

		ck_assert_msg(att_logtext_is_ascii(s) == all[i].ascii,
		    "ascii %zu", i);
		ck_assert_msg(att_logtext_is_utf16(s) == all[i].utf16,
		    "utf16 %zu", i);
	}
}
END_TEST

/* What does not fit a number, and members that have no name. */
START_TEST(fields)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);
	AUTO(att_json_decref) json_t *j = json_object();
	struct att_fields f, list;
	bool failed;

	f = att_fields_begin(j, &failed);
	att_fields_uint(f, "big", UINT64_MAX);
	att_fields_uint(f, "most", INT64_MAX);
	list = att_fields_array(f, "list");
	att_fields_uint(list, NULL, 1);
	att_fields_bool(att_fields_object(list, NULL), "yes", true);
	att_fields_any(f, "text", S("\\a\x7f"));
	att_fields_any(f, "text2", S("\\a"));
	ok(att_fields_ok(f, err));
	ok(att_json_write(j, &b, err));
	ck_assert(att_slice_is(att_buf_view(&b),
	    "{\"big\":\"0xffffffffffffffff\",\"list\":[1,{\"yes\":true}],"
	    "\"most\":9223372036854775807,\"text2\":\"\\\\a\","
	    "\"text_hex\":\"5c617f\"}"));
	f = att_fields_begin(NULL, &failed);
	att_fields_uint(f, "x", 1);
	att_fields_uint(att_fields_object(f, "y"), "z", 1);
	fails(att_fields_ok(f, err), ATT_E_NOMEM, "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ipl");
	TCase *t = tcase_create("ipl");

	tcase_add_test(t, text_of_grub);
	tcase_add_test(t, text_of_stubs_and_shim);
	tcase_add_test(t, kinds_of_text);
	tcase_add_test(t, fields);
	suite_add_tcase(s, t);
	return run_suite(s);
}
