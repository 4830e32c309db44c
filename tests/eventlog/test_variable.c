#include "testlib.h"

#include "base/file.h"
#include "base/text.h"
#include "eventlog/tcg.h"
#include "eventlog/variable.h"

#define GLOBAL_HEX "61dfe48bca93d211aa0d00e098032b8c"

static struct att_slice
bytes(struct att_buf *b, const char *hex)
{
	att_buf_reset(b);
	ok(att_hex_decode(S(hex), b, err));
	return att_buf_view(b);
}

START_TEST(fields)
{
	static const char hex[] = GLOBAL_HEX "0200000000000000"
					     "0300000000000000"
					     "50004b00"
					     "0a0b0c";
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(99), e = ATT_BUF(99);
	struct att_efi_variable v;

	ok(att_efi_variable_parse(bytes(&b, hex), &v, err));
	ck_assert(att_efi_variable_is(&v, ATT_GUID_GLOBAL, "PK"));
	ck_assert(!att_efi_variable_is(&v, ATT_GUID_GLOBAL, "P"));
	ck_assert(!att_efi_variable_is(&v, ATT_GUID_GLOBAL, "PKI"));
	ck_assert(!att_efi_variable_is(&v, ATT_GUID_GLOBAL, "Pk"));
	ck_assert(!att_efi_variable_is(&v, ATT_GUID_IMAGE_SECURITY, "PK"));
	ck_assert(att_slice_is(v.data, "\x0a\x0b\x0c"));
	ck_assert(v.stray == 0);
	att_efi_variable_encode(&v, &e);
	ck_assert(att_slice_equal(att_buf_view(&e), att_buf_view(&b)));
	att_buf_str(&b, "stray!");
	ok(att_efi_variable_parse(att_buf_view(&b), &v, err));
	ck_assert(v.stray == 6);
	ck_assert(v.data.len == 3);
}
END_TEST

/* A name is compared in all 16 bits of its units. */
START_TEST(high_bytes_of_a_name_count)
{
	ck_assert(att_utf16le_is((struct att_slice){
	    (const uint8_t *)"d\0b", 4 }, "db"));
	ck_assert(!att_utf16le_is((struct att_slice){
	    (const uint8_t *)"d\0b\1", 4 }, "db"));
	ck_assert(!att_utf16le_is((struct att_slice){
	    (const uint8_t *)"d\0b", 3 }, "db"));
	ck_assert(att_utf16le_is((struct att_slice){ NULL, 0 }, ""));
}
END_TEST

/* The lengths of tpm2-tools' overflow: 16 + 16 + 2 * n + d wraps. */
START_TEST(lengths_that_wrap)
{
	static const struct {
		const char *units, *size, *word;
	} bad[] = {
		{ "0000000000000080", "0200000000000000", "UnicodeName" },
		{ "ffffffffffffffff", "0200000000000000", "UnicodeName" },
		{ "f0ffffffffffff7f", "0000000000000000", "UnicodeName" },
		{ "0200000000000000", "ffffffffffffffff", "VariableData" },
		{ "0200000000000000", "0100000000000000", "VariableData" },
		{ "0300000000000000", "0000000000000000", "UnicodeName" },
	};
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(99);
	char hex[99];

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		struct att_efi_variable v = { .stray = 77 };

		(void)snprintf(hex, sizeof(hex), GLOBAL_HEX "%s%s64006200",
		    bad[i].units, bad[i].size);
		fails(att_efi_variable_parse(bytes(&b, hex), &v, err),
		    ATT_E_SHORT, bad[i].word);
		ck_assert(v.stray == 77);
	}
}
END_TEST

static bool
is_variable(uint32_t type)
{
	return type == ATT_EV_EFI_VARIABLE_DRIVER_CONFIG ||
	    type == ATT_EV_EFI_VARIABLE_BOOT ||
	    type == ATT_EV_EFI_VARIABLE_AUTHORITY;
}

/* Every cut of a real variable is refused, and it encodes to itself. */
static void
check_variable(struct att_slice data)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	struct att_efi_variable v;

	ok(att_efi_variable_parse(data, &v, err));
	ck_assert(v.stray == 0);
	att_efi_variable_encode(&v, &b);
	ck_assert(att_slice_equal(att_buf_view(&b), data));
	for (size_t n = 0; n < data.len; n++)
		ck_assert(att_efi_variable_parse((struct att_slice){
			data.data, n }, &v, NULL) == ATT_E_SHORT);
}

START_TEST(captured_boot)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	struct att_tcg_iter it;
	struct att_tcglog log;
	struct att_event ev;
	unsigned n = 0;
	int r;

	ok(att_file_read("tests/vectors/boots/shim/uefi.bin", &b, err));
	ok(att_tcglog_open(att_buf_view(&b), ATT_TCG_TPM, &log, err));
	it = att_tcg_begin(&log);
	while ((r = att_tcg_next(&it, &ev, NULL)) == 1) {
		if (!is_variable(ev.type))
			continue;
		check_variable(ev.data);
		n++;
	}
	ck_assert(r == 0);
	ck_assert_uint_ge(n, 8);
}
END_TEST

START_TEST(guids)
{
	static const struct {
		const uint8_t *guid;
		const char *text, *name;
	} all[] = {
		{ ATT_GUID_GLOBAL, "8be4df61-93ca-11d2-aa0d-00e098032b8c",
		    "EFI_GLOBAL_VARIABLE" },
		{ ATT_GUID_IMAGE_SECURITY,
		    "d719b2cb-3d3a-4596-a3bc-dad00e67656f",
		    "EFI_IMAGE_SECURITY_DATABASE" },
		{ ATT_GUID_SHIM, "605dab50-e046-4300-abb6-3dd810dd8b23",
		    "SHIM_LOCK" },
		{ ATT_GUID_CERT_X509, "a5c059a1-94e4-4aa7-87b5-ab155c2bf072",
		    "EFI_CERT_X509" },
		{ ATT_GUID_CERT_SHA256,
		    "c1c41626-504c-4092-aca9-41f936934328",
		    "EFI_CERT_SHA256" },
	};
	static const uint8_t none[ATT_GUID_SIZE] = { 1 };

	for (size_t i = 0; i < ATT_COUNT(all); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(99);

		att_text_put_guid(&b, all[i].guid);
		ck_assert(att_slice_is(att_buf_view(&b), all[i].text));
		ck_assert_str_eq(att_guid_name(all[i].guid), all[i].name);
	}
	ck_assert_ptr_null(att_guid_name(none));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("variable");
	TCase *t = tcase_create("variable");

	tcase_add_test(t, fields);
	tcase_add_test(t, high_bytes_of_a_name_count);
	tcase_add_test(t, lengths_that_wrap);
	tcase_add_test(t, captured_boot);
	tcase_add_test(t, guids);
	suite_add_tcase(s, t);
	return run_suite(s);
}
