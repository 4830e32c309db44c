#include "eventlog/describing.h"

#include "eventlog/loadopt.h"
#include "eventlog/varvalue.h"

static bool as_authority;
static const uint8_t *vendor = ATT_GUID_GLOBAL;
static const char *name = "";

/* The value of variable `name`, whose event data is only that. */
static int
value(struct att_slice s, struct att_fields f, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(99);
	struct att_efi_variable v = { .data = s };

	memcpy(v.guid, vendor, sizeof(v.guid));
	put_utf16(&b, name);
	v.name = att_buf_view(&b);
	return att_varvalue_describe(s, &v, as_authority, f, err);
}

static void
value_is(const char *of, struct att_slice s, const char *want)
{
	name = of;
	describes(value, s, want);
}

static struct att_slice
bytes(const char *data, size_t n)
{
	return (struct att_slice){ (const uint8_t *)data, n };
}

START_TEST(flags_and_numbers)
{
	value_is("SecureBoot", bytes("\1", 1), "{\"value\":1}");
	value_is("SecureBoot", bytes("", 0), "{\"exists\":false}");
	value_is("BootNext", bytes("\2\1", 2), "{\"value\":258}");
	value_is("Timeout", bytes("", 0), "{\"exists\":false}");
	value_is("BootOrder", bytes("\1\0\x0a\xf0", 4),
	    "{\"order\":[\"Boot0001\",\"BootF00A\"]}");
	value_is("BootOrder", bytes("", 0), "{\"order\":[]}");
	name = "SetupMode";
	refuses(value, bytes("\1\0", 2), ATT_E_FORMAT, "of 2 bytes", "{}");
	name = "BootCurrent";
	refuses(value, bytes("\1", 1), ATT_E_FORMAT, "must be two", "{}");
	name = "BootOrder";
	refuses(value, bytes("\1\0\2", 3), ATT_E_FORMAT, "odd number",
	    "{\"order\":[\"Boot0001\"]}");
}
END_TEST

/* The name alone does not make it the variable: the vendor must be right. */
START_TEST(vendors)
{
	vendor = ATT_GUID_IMAGE_SECURITY;
	value_is("SecureBoot", bytes("\1", 1), "{\"value_hex\":\"01\"}");
	value_is("db", bytes("", 0), "{\"lists\":[]}");
	vendor = ATT_GUID_GLOBAL;
	value_is("db", bytes("abc", 3), "{\"value\":\"abc\"}");
	value_is("Boot00G1", bytes("\1", 1), "{\"value_hex\":\"01\"}");
	value_is("Boot00a1", bytes("\1", 1), "{\"value_hex\":\"01\"}");
	value_is("Boot00001", bytes("\1", 1), "{\"value_hex\":\"01\"}");
}
END_TEST

/* Quirk moklisttrusted: a byte, though its name has "List". */
START_TEST(variables_of_shim)
{
	vendor = ATT_GUID_SHIM;
	value_is("MokListTrusted", bytes("\1", 1), "{\"value\":1}");
	value_is("SbatLevel", bytes("sbat,1\nshim,4\n", 14),
	    "{\"lines\":[\"sbat,1\",\"shim,4\"]}");
	value_is("SbatLevel", bytes("sbat,1\n\nx\x1b", 10),
	    "{\"lines\":[\"sbat,1\",\"x\\\\x1b\"]}");
	value_is("SbatLevel", bytes("", 0), "{\"lines\":[]}");
	name = "MokList";
	refuses(value, bytes("\1", 1), ATT_E_SHORT, "its header",
	    "{\"lists\":[]}");
	as_authority = true;
	value_is("MokListTrusted", bytes("\1", 1), "{\"value\":1}");
	value_is("MokListRT", bytes("0123456789abcdef\7", 17),
	    "{\"data_hex\":\"07\","
	    "\"owner\":\"33323130-3534-3736-3839-616263646566\"}");
	name = "Shim";
	refuses(value, bytes("\1", 1), ATT_E_SHORT, "at least 16", "{}");
	as_authority = false;
}
END_TEST

#define END_NODE "\x7f\xff\x04\x00"

/* A boot option of these attributes, with one path of a file, and `more`. */
static void
put_option(struct att_buf *b, uint32_t attributes, const char *more)
{
	att_buf_reset(b);
	att_buf_le32(b, attributes);
	att_buf_le16(b, 14);
	put_utf16(b, "deb");
	att_buf_le16(b, 0);
	att_buf_bytes(b, "\4\4\12\0a\0b\0\0\0", 10);
	att_buf_bytes(b, END_NODE, 4);
	att_buf_str(b, more);
}

START_TEST(load_options)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(99);

	put_option(&b, 1, "");
	value_is("Boot00A1", att_buf_view(&b),
	    "{\"active\":true,\"attributes\":\"0x1\","
	    "\"description\":\"deb\",\"hidden\":false,\"paths\":[\"ab\"]}");
	/* the rest belongs to the image: a shorter one is another option */
	ck_assert_uint_eq(cuts_and_flips(value, att_buf_view(&b)), 0);
	put_option(&b, 8, "quiet");
	value_is("Boot00A1", att_buf_view(&b),
	    "{\"active\":false,\"attributes\":\"0x8\","
	    "\"description\":\"deb\",\"hidden\":true,\"optional\":\"quiet\","
	    "\"paths\":[\"ab\"]}");
	ck_assert_uint_eq(cuts_and_flips(value, att_buf_view(&b)), 5);
}
END_TEST

START_TEST(load_options_that_break)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(99);

	name = "Boot0000";
	put_option(&b, 1, "");
	b.data[4] = 15;
	refuses(value, att_buf_view(&b), ATT_E_SHORT, "FilePathList", "{}");
	b.data[4] = 12;
	refuses(value, att_buf_view(&b), ATT_E_SHORT, "within a node", NULL);
	b.len = 12;
	refuses(value, att_buf_view(&b), ATT_E_SHORT, "Description", "{}");
	/* two paths in one list */
	att_buf_reset(&b);
	att_buf_le32(&b, 1);
	att_buf_le16(&b, 8);
	att_buf_le16(&b, 0);
	att_buf_bytes(&b, END_NODE END_NODE, 8);
	value_is("Boot0000", att_buf_view(&b),
	    "{\"active\":true,\"attributes\":\"0x1\",\"description\":\"\","
	    "\"hidden\":false,\"paths\":[\"\",\"\"]}");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("varvalue");
	TCase *t = tcase_create("varvalue");

	tcase_add_test(t, flags_and_numbers);
	tcase_add_test(t, vendors);
	tcase_add_test(t, variables_of_shim);
	tcase_add_test(t, load_options);
	tcase_add_test(t, load_options_that_break);
	suite_add_tcase(s, t);
	return run_suite(s);
}
