#include "eventlog/describing.h"

#include "eventlog/noaction.h"

static uint32_t pcr;

static int
record(struct att_slice s, struct att_fields f, struct att_err *err)
{
	struct att_event ev = { .type = ATT_EV_NO_ACTION, .pcr = pcr,
		.data = s };

	return att_noaction_describe(&ev, f, err);
}

static void
put_spec_id(struct att_buf *b, const char *digit)
{
	att_buf_reset(b);
	att_buf_str(b, "Spec ID Event0");
	att_buf_str(b, digit);
	att_buf_u8(b, 0);
	att_buf_le32(b, 1);
	att_buf_bytes(b, "\0\2\x69\2", 4);
}

START_TEST(spec_id)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(99);

	put_spec_id(&b, "3");
	att_buf_le32(&b, 2);
	att_buf_le16(&b, 0x000b);
	att_buf_le16(&b, 32);
	att_buf_le16(&b, 0x0027);
	att_buf_le16(&b, 32);
	att_buf_u8(&b, 3);
	att_buf_str(&b, "abc");
	describes(record, att_buf_view(&b),
	    "{\"algorithms\":[{\"algorithm\":\"0xb\",\"name\":\"sha256\","
	    "\"size\":32},{\"algorithm\":\"0x27\",\"size\":32}],"
	    "\"errata\":105,\"platform_class\":1,"
	    "\"signature\":\"Spec ID Event03\",\"uintn_size\":2,"
	    "\"vendor_info\":\"abc\",\"version_major\":2,"
	    "\"version_minor\":0}");
	/* below its 16 bytes there is no signature: any data */
	ck_assert_uint_eq(cuts_and_flips(record, att_buf_view(&b)), 16);
	b.data[27] = 0x40;
	refuses(record, att_buf_view(&b), ATT_E_LIMIT, "at most 8", NULL);
	put_spec_id(&b, "2");
	att_buf_u8(&b, 0);
	describes(record, att_buf_view(&b),
	    "{\"errata\":105,\"platform_class\":1,"
	    "\"signature\":\"Spec ID Event02\",\"uintn_size\":2,"
	    "\"version_major\":2,\"version_minor\":0}");
}
END_TEST

START_TEST(startup_locality)
{
	describes(record, (struct att_slice){
	    (const uint8_t *)"StartupLocality\0\3", 17 },
	    "{\"locality\":3,\"signature\":\"StartupLocality\"}");
	refuses(record, (struct att_slice){
	    (const uint8_t *)"StartupLocality\0\3\0", 18 }, ATT_E_TRAILING,
	    "1 bytes behind", NULL);
	refuses(record, (struct att_slice){
	    (const uint8_t *)"StartupLocality\0", 16 }, ATT_E_SHORT,
	    "StartupLocality", NULL);
}
END_TEST

static void
put_platform(struct att_buf *b, const char *signature)
{
	att_buf_reset(b);
	att_buf_bytes(b, signature, 16);
	att_buf_le32(b, 11129);
	att_buf_fill(b, 0xaa, 16);
	for (unsigned i = 0; i < 4; i++)
		att_buf_bytes(b, "\2x", 3);
	att_buf_le32(b, 11129);
	att_buf_bytes(b, "\2y", 3);
}

#define GUID_AA "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
#define PLATFORM                                                             \
	"\"firmware_manufacturer\":\"x\",\"firmware_vendor_id\":11129,"      \
	"\"firmware_version\":\"y\","
#define PLATFORM2                                                            \
	"\"platform_manufacturer\":\"x\",\"platform_model\":\"x\","          \
	"\"platform_version\":\"x\",\"reference_manifest\":\"" GUID_AA "\","

START_TEST(platform_ids)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(299);

	put_platform(&b, "SP800-155 Event");
	describes(record, (struct att_slice){ b.data, 36 },
	    "{\"reference_manifest\":\"" GUID_AA "\","
	    "\"signature\":\"SP800-155 Event\",\"vendor_id\":11129}");
	put_platform(&b, "SP800-155 Event2");
	describes(record, att_buf_view(&b), "{" PLATFORM PLATFORM2
	    "\"signature\":\"SP800-155 Event2\",\"vendor_id\":11129}");
	put_platform(&b, "SP800-155 Event3");
	att_buf_le32(&b, 1);
	att_buf_le32(&b, 4);
	att_buf_str(&b, "u:/a");
	att_buf_le32(&b, 3);
	att_buf_le32(&b, 18);
	att_buf_fill(&b, 0xaa, 16);
	att_buf_le16(&b, 'V');
	describes(record, att_buf_view(&b), "{" PLATFORM
	    "\"platform_certificate_at\":{\"type\":3,\"variable\":\"V\","
	    "\"vendor\":\"" GUID_AA "\"}," PLATFORM2
	    "\"reference_manifest_at\":{\"type\":1,\"uri\":\"u:/a\"},"
	    "\"signature\":\"SP800-155 Event3\",\"vendor_id\":11129}");
	ck_assert_uint_eq(cuts_and_flips(record, att_buf_view(&b)), 16);
	/* padding of clouds, of zeros and not too many */
	att_buf_fill(&b, 0, 15);
	ck_assert(describe_copy(record, b.data, b.len) == 0);
	att_buf_u8(&b, 0);
	refuses(record, att_buf_view(&b), ATT_E_TRAILING, "16 bytes", NULL);
	b.len--;
	b.data[b.len - 1] = 1;
	refuses(record, att_buf_view(&b), ATT_E_TRAILING, "15 bytes", NULL);
}
END_TEST

START_TEST(nv_indices)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(299);

	att_buf_bytes(&b, "NvIndexDynamic \0", 16);
	att_buf_le16(&b, 1);
	att_buf_fill(&b, 0, 6);
	att_buf_le64(&b, 7);
	att_buf_le16(&b, 15);
	att_buf_bytes(&b, "SPDM CHALLENGE", 15);
	att_buf_le16(&b, 2);
	att_buf_bytes(&b, "\1\2", 2);
	describes(record, att_buf_view(&b),
	    "{\"data_hex\":\"0102\",\"description\":\"SPDM CHALLENGE\","
	    "\"signature\":\"NvIndexDynamic \",\"uid\":\"0x7\","
	    "\"version\":1}");
	ck_assert_uint_eq(cuts_and_flips(record, att_buf_view(&b)), 16);
	describes(record, (struct att_slice){
	    (const uint8_t *)"NvIndexInstance\0\1\0\0\0\0\0\0\0", 24 },
	    "{\"signature\":\"NvIndexInstance\",\"version\":1}");
	refuses(record, (struct att_slice){
	    (const uint8_t *)"NvIndexInstance\0\1\0\0\0\0\0\0\0x", 25 },
	    ATT_E_SHORT, "device security event",
	    "{\"device\":{},\"signature\":\"NvIndexInstance\","
	    "\"version\":1}");
}
END_TEST

START_TEST(windows_trailer_and_others)
{
	static const uint8_t tag[] = { 1, 0, 5, 0, 1, 0, 0, 0, 1 };
	struct att_slice s = { tag, sizeof(tag) };
	struct att_event ev = { .type = ATT_EV_NO_ACTION, .data = s };

	describes(record, s, "{\"data_hex\":\"010005000100000001\"}");
	ck_assert(att_noaction_of(&ev) == ATT_NOACTION_OTHER);
	pcr = ev.pcr = ATT_TCG_NO_PCR;
	describes(record, s,
	    "{\"tags\":[{\"tag\":\"OSKernelDebug\",\"value\":1}]}");
	ck_assert(att_noaction_of(&ev) == ATT_NOACTION_WBCL);
	pcr = 0;
	describes(record, S("S"), "{\"data\":\"S\"}");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("noaction");
	TCase *t = tcase_create("noaction");

	tcase_add_test(t, spec_id);
	tcase_add_test(t, startup_locality);
	tcase_add_test(t, platform_ids);
	tcase_add_test(t, nv_indices);
	tcase_add_test(t, windows_trailer_and_others);
	suite_add_tcase(s, t);
	return run_suite(s);
}
