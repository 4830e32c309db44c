/* What an event must say, without digests that are known beforehand. */
#include "testlib.h"

#include "appraise/refclaim.h"
#include "appraise/refvalue.h"
#include "eventlog/variable.h"

#define GUID "8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define CERT "30 bytes of a certificate, or not"
#define HASH "a digest of thirty-two bytes...!"
/* printf of the first | sha256sum; the second is one */
#define KEY_CERT "x509:" GUID ":"                                            \
	"307f5dfc7c5d2cc15d7662c3e6f85a43"                                   \
	"40acfa6fec41d0b7fc2abeec24b0477f"
#define KEY_HASH "sha256:" GUID ":"                                          \
	"6120646967657374206f662074686972"                                   \
	"74792d74776f2062797465732e2e2e21"

static struct att_hasher *hasher;

static struct att_ref_claim *
parsed(const char *text, unsigned pcr)
{
	AUTO(att_json_decref) json_t *j = json_loads(text, 0, NULL);
	struct att_ref_claim *c = NULL;

	ck_assert_ptr_nonnull(j);
	ck_assert(att_ref_claim_is_in(j));
	ok(att_ref_claim_parse(j, pcr, &c, err));
	return c;
}

START_TEST(refuses)
{
	static const struct {
		const char *text, *word;
		unsigned pcr;
		int code;
	} bad[] = {
		{ "{\"command_line\":\"a\"}", "PCR 8", 7, ATT_E_FORMAT },
		{ "{\"command_line\":\"a\"}", "PCR 8", 12, ATT_E_FORMAT },
		{ "{\"variable\":\"db\"}", "PCR 7", 8, ATT_E_FORMAT },
		{ "{\"command_line\":1}", "command_line", 8, ATT_E_FORMAT },
		{ "{\"command_line\":\"(\"}", "command_line", 8,
		    ATT_E_FORMAT },
		{ "{\"command_line\":\"\"}", "command_line", 8, ATT_E_LIMIT },
		{ "{\"command_line\":\"a\",\"keys\":{\"all\":[]}}", "one of",
		    8, ATT_E_FORMAT },
		{ "{\"command_line\":\"a\",\"variable\":\"db\"}", "one of", 8,
		    ATT_E_FORMAT },
		{ "{\"variable\":\"db\",\"authority\":\"db\"}", "one of", 7,
		    ATT_E_FORMAT },
		{ "{\"variable\":\"db\",\"digests\":{}}", "one of", 7,
		    ATT_E_FORMAT },
		{ "{\"variable\":\"SecureBoot\"}", "must be PK", 7,
		    ATT_E_FORMAT },
		{ "{\"authority\":7}", "authority", 7, ATT_E_FORMAT },
		{ "{\"variable\":\"db\",\"keys\":[]}", "keys", 7,
		    ATT_E_FORMAT },
		{ "{\"variable\":\"db\",\"keys\":{}}", "keys", 7,
		    ATT_E_FORMAT },
		{ "{\"variable\":\"db\",\"keys\":{\"some\":[]}}", "some", 7,
		    ATT_E_FORMAT },
		{ "{\"variable\":\"db\",\"keys\":{\"all\":[],\"only\":[]}}",
		    "keys", 7, ATT_E_FORMAT },
		{ "{\"variable\":\"db\",\"keys\":{\"all\":1}}", "all", 7,
		    ATT_E_FORMAT },
		{ "{\"variable\":\"db\",\"keys\":{\"all\":[1]}}", "key 0", 7,
		    ATT_E_FORMAT },
		{ "{\"variable\":\"db\",\"keys\":{\"all\":[\"" KEY_CERT
		  "\",\"" KEY_CERT "0\"]}}", "key 1", 7, ATT_E_FORMAT },
		{ "{\"variable\":\"db\",\"keys\":{\"all\":[\"rsa:" GUID
		  ":\"]}}", "key 0", 7, ATT_E_FORMAT },
	};

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		AUTO(att_json_decref) json_t *j =
		    json_loads(bad[i].text, 0, NULL);
		struct att_ref_claim *c = NULL;

		ck_assert_ptr_nonnull(j);
		fails(att_ref_claim_parse(j, bad[i].pcr, &c, err),
		    bad[i].code, bad[i].word);
		ck_assert_ptr_null(c);
	}
}
END_TEST

static bool
says(const struct att_ref_claim *c, const struct att_log_event *ev)
{
	bool does = false;

	ok(att_ref_claim_holds(c, ev, hasher, &does, err));
	return does;
}

/* -- lines ----------------------------------------------------------------- */

static bool
line_fits(const struct att_ref_claim *c, const char *data, size_t len,
    enum att_cover cover)
{
	const struct att_log_event ev = { .type = ATT_EV_IPL, .pcr = 8,
		.cover = cover, .data = { (const uint8_t *)data, len } };

	return says(c, &ev);
}

#define FITS(c, text) line_fits(c, text, sizeof(text), ATT_COVER_EXACT)

START_TEST(command_lines)
{
	AUTO(att_ref_claim_free) struct att_ref_claim *c =
	    parsed("{\"command_line\":\"/vmlinuz( [a-z=]+)*\"}", 8);
	const struct att_user_record record = { 0 };
	struct att_log_event ev = { .type = ATT_EV_IPL, .pcr = 8,
		.cover = ATT_COVER_QUIRK,
		.data = S("kernel_cmdline: /vmlinuz quiet") };

	ck_assert(FITS(c, "kernel_cmdline: /vmlinuz root=x quiet"));
	ck_assert(FITS(c, "grub_kernel_cmdline /vmlinuz root=x"));
	ck_assert(!FITS(c, "kernel_cmdline: /vmlinuz root=x 1"));
	ck_assert(!FITS(c, "kernel_cmdline: /vmlinuz root=x\nquiet"));
	ck_assert(!FITS(c, "kernel_cmdline: "));
	ck_assert(!FITS(c, "grub_cmd: /vmlinuz root=x"));
	ck_assert(!FITS(c, "/vmlinuz root=x"));
	ck_assert(!FITS(c, ""));
	/* only where the digest is of this text */
	for (int i = ATT_COVER_UNBOUND; i <= ATT_COVER_DISGUISED; i++)
		ck_assert(line_fits(c, "kernel_cmdline: /vmlinuz", 24,
			      (enum att_cover)i) ==
		    (i == ATT_COVER_EXACT || i == ATT_COVER_QUIRK));
	ck_assert(says(c, &ev));
	ev.record = &record;
	ck_assert(!says(c, &ev));
	ev.record = NULL;
	ev.type = ATT_EV_EFI_ACTION;
	ck_assert(!says(c, &ev));
}
END_TEST

/* -- keys ------------------------------------------------------------------ */

static void
put_list(struct att_buf *b, const uint8_t *type, const char *owner,
    const char *data)
{
	uint8_t guid[ATT_GUID_SIZE];

	ck_assert(att_guid_parse(owner, guid));
	att_buf_bytes(b, type, ATT_GUID_SIZE);
	att_buf_le32(b, (uint32_t)(44 + strlen(data)));
	att_buf_le32(b, 0);
	att_buf_le32(b, (uint32_t)(16 + strlen(data)));
	att_buf_bytes(b, guid, sizeof(guid));
	att_buf_str(b, data);
}

/* Of an event with this variable; `stray` zeros stand behind it. */
static bool
holds(const struct att_ref_claim *c, uint32_t type, const uint8_t *vendor,
    const char *name, const struct att_buf *value, size_t stray)
{
	AUTO_DONE(att_buf_done) struct att_buf data = ATT_BUF(1u << 16);
	AUTO_DONE(att_buf_done) struct att_buf utf16 = ATT_BUF(100);
	struct att_efi_variable v = { .data = att_buf_view(value) };
	struct att_log_event ev = { .type = type, .pcr = 7,
		.cover = ATT_COVER_EXACT };

	for (const char *at = name; *at != '\0'; at++)
		att_buf_le16(&utf16, (uint8_t)*at);
	memcpy(v.guid, vendor, sizeof(v.guid));
	v.name = att_buf_view(&utf16);
	att_efi_variable_encode(&v, &data);
	att_buf_fill(&data, 0, stray);
	ev.data = att_buf_view(&data);
	return says(c, &ev);
}

#define CONFIG ATT_EV_EFI_VARIABLE_DRIVER_CONFIG
#define AUTHORITY ATT_EV_EFI_VARIABLE_AUTHORITY
#define IN_DB(c, b) holds(c, CONFIG, ATT_GUID_IMAGE_SECURITY, "db", b, 0)

START_TEST(keys_of_a_variable)
{
	AUTO(att_ref_claim_free) struct att_ref_claim *only = parsed(
	    "{\"variable\":\"db\",\"keys\":{\"only\":[\"" KEY_HASH "\",\""
	    KEY_CERT "\",\"" KEY_HASH "\"]}}", 7);
	AUTO(att_ref_claim_free) struct att_ref_claim *all = parsed(
	    "{\"variable\":\"db\",\"keys\":{\"all\":[\"" KEY_CERT "\",\""
	    KEY_HASH "\",\"" KEY_CERT "\"]}}", 7);
	AUTO(att_ref_claim_free) struct att_ref_claim *any = parsed(
	    "{\"variable\":\"db\"}", 7);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(10000);

	ck_assert(IN_DB(only, &b) && IN_DB(any, &b) && !IN_DB(all, &b));
	put_list(&b, ATT_GUID_CERT_X509, GUID, CERT);
	put_list(&b, ATT_GUID_CERT_X509, GUID, CERT);
	ck_assert(IN_DB(only, &b) && IN_DB(any, &b) && !IN_DB(all, &b));
	put_list(&b, ATT_GUID_CERT_SHA256, GUID, HASH);
	ck_assert(IN_DB(only, &b) && IN_DB(all, &b));
	/* a key of another owner, kind or content is another key */
	put_list(&b, ATT_GUID_CERT_X509, GUID, HASH);
	ck_assert(!IN_DB(only, &b) && IN_DB(all, &b) && IN_DB(any, &b));
	att_buf_reset(&b);
	put_list(&b, ATT_GUID_CERT_X509,
	    "8be4df61-93ca-11d2-aa0d-00e098032b8d", CERT);
	ck_assert(!IN_DB(only, &b) && !IN_DB(all, &b));
	/* a list that is broken says nothing, wherever it breaks */
	att_buf_reset(&b);
	put_list(&b, ATT_GUID_CERT_X509, GUID, CERT);
	put_list(&b, ATT_GUID_CERT_SHA256, GUID, HASH);
	for (size_t whole = b.len; b.len-- > 1;)
		ck_assert(IN_DB(all, &b) == (b.len == whole));
	b.len = 44 + strlen(CERT) + 44 + strlen(HASH);
	ck_assert(IN_DB(all, &b));
	for (size_t bit = 0; bit < 8 * b.len; bit++) {
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert(!IN_DB(all, &b));
		ck_assert(!IN_DB(only, &b));
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}
END_TEST

START_TEST(of_this_variable_alone)
{
	AUTO(att_ref_claim_free) struct att_ref_claim *c = parsed(
	    "{\"variable\":\"PK\",\"keys\":{\"only\":[\"" KEY_CERT "\"]}}",
	    7);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(10000);

	put_list(&b, ATT_GUID_CERT_X509, GUID, CERT);
	ck_assert(holds(c, CONFIG, ATT_GUID_GLOBAL, "PK", &b, 0));
	ck_assert(!holds(c, CONFIG, ATT_GUID_GLOBAL, "PK", &b, 1));
	ck_assert(!holds(c, CONFIG, ATT_GUID_GLOBAL, "KEK", &b, 0));
	ck_assert(!holds(c, CONFIG, ATT_GUID_GLOBAL, "P", &b, 0));
	ck_assert(!holds(c, CONFIG, ATT_GUID_IMAGE_SECURITY, "PK", &b, 0));
	ck_assert(!holds(c, AUTHORITY, ATT_GUID_GLOBAL, "PK", &b, 0));
}
END_TEST

START_TEST(what_verified_an_image)
{
	AUTO(att_ref_claim_free) struct att_ref_claim *c = parsed(
	    "{\"authority\":\"vendor_db\",\"keys\":{\"only\":[\"" KEY_CERT
	    "\",\"" KEY_HASH "\"]}}", 7);
	static const char *const data[] = { CERT, HASH, "another", "" };
	uint8_t owner[ATT_GUID_SIZE];

	ck_assert(att_guid_parse(GUID, owner));
	for (size_t i = 0; i < ATT_COUNT(data); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1000);

		att_buf_bytes(&b, owner, sizeof(owner));
		att_buf_str(&b, data[i]);
		ck_assert(holds(c, AUTHORITY, ATT_GUID_IMAGE_SECURITY,
			      "vendor_db", &b, 0) == (i < 2));
		ck_assert(!holds(c, CONFIG, ATT_GUID_IMAGE_SECURITY,
		    "vendor_db", &b, 0));
		ck_assert(!holds(c, AUTHORITY, ATT_GUID_IMAGE_SECURITY, "db",
		    &b, 0));
	}
}
END_TEST

/* -- limits, and the document around them ---------------------------------- */

#define HEAD "{\"format\":\"attestd-reference-values/1\",\"id\":\"r\","       \
	     "\"version\":3,\"match\":{},\"secure_boot\":\"any\",\"pcrs\":"

START_TEST(limits)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_REF_FILE_MAX);

	for (int over = 0; over < 2; over++) {
		AUTO(att_ref_free) struct att_ref *keys = NULL, *many = NULL;

		att_buf_reset(&b);
		att_buf_str(&b, HEAD "{\"7\":{\"events\":[{\"variable\":"
		    "\"dbx\",\"keys\":{\"all\":[");
		for (int i = 0; i < ATT_REF_KEYS_MAX + over; i++)
			att_buf_printf(&b, "%s\"sha256:" GUID ":%064x\"",
			    i == 0 ? "" : ",", (unsigned)i);
		att_buf_str(&b, "]}}]}}}");
		if (over == 0)
			ok(att_ref_parse(att_buf_view(&b), &keys, err));
		else
			fails(att_ref_parse(att_buf_view(&b), &keys, err),
			    ATT_E_LIMIT, "at most 16384");
		att_buf_reset(&b);
		att_buf_str(&b, HEAD "{\"8\":{\"events\":[");
		for (int i = 0; i < ATT_REF_CLAIMS_MAX + over; i++)
			att_buf_printf(&b, "%s{\"command_line\":\"%d\"}",
			    i == 0 ? "" : ",", i);
		att_buf_str(&b, "]}}}");
		if (over == 0)
			ok(att_ref_parse(att_buf_view(&b), &many, err));
		else
			fails(att_ref_parse(att_buf_view(&b), &many, err),
			    ATT_E_LIMIT, "over 64");
	}
}
END_TEST

START_TEST(survives_damage)
{
	static const char text[] = HEAD "{\"7\":{\"order\":\"exact\","
	    "\"vary\":[\"authority\"],\"events\":[{\"variable\":\"db\","
	    "\"anywhere\":true,\"keys\":{\"only\":[\"" KEY_CERT "\"]}}]},"
	    "\"8\":{\"events\":[{\"command_line\":\"/v(a|b){2}[c]\"}],"
	    "\"vary\":[\"grub-commands\"]}}}";
	AUTO(att_ref_free) struct att_ref *good = NULL;
	char t[sizeof(text)];
	size_t refused = 0;

	ok(att_ref_parse(S(text), &good, err));
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		AUTO(att_ref_free) struct att_ref *r = NULL;

		ck_assert(att_ref_parse((struct att_slice){
			      (const uint8_t *)text, n }, &r, NULL) < 0);
	}
	for (size_t i = 0; i < 8 * (sizeof(text) - 1); i++) {
		AUTO(att_ref_free) struct att_ref *r = NULL;

		memcpy(t, text, sizeof(t));
		t[i / 8] ^= (char)(1 << i % 8);
		refused += att_ref_parse((struct att_slice){
			       (const uint8_t *)t, sizeof(t) - 1 }, &r,
			       NULL) < 0;
	}
	ck_assert(refused > sizeof(text));
}
END_TEST

START_TEST(guids)
{
	static const char *const bad[] = { "",
		"8be4df61-93ca-11d2-aa0d-00e098032b8",
		"8be4df61-93ca-11d2-aa0d_00e098032b8c",
		"8be4df61093ca-11d2-aa0d-00e098032b8c",
		"8be4df61-93ca-11d2-aa0d-00e098032b8g",
		"gbe4df61-93ca-11d2-aa0d-00e098032b8c" };
	uint8_t guid[ATT_GUID_SIZE] = { 7 };

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		ck_assert(!att_guid_parse(bad[i], guid));
		ck_assert_uint_eq(guid[0], 7);
	}
	ck_assert(att_guid_parse(GUID " and more", guid));
	ck_assert(att_guid_equal(guid, ATT_GUID_GLOBAL));
	ck_assert(att_guid_parse("D719B2CB-3D3A-4596-A3BC-DAD00E67656F",
	    guid));
	ck_assert(att_guid_equal(guid, ATT_GUID_IMAGE_SECURITY));
}
END_TEST

static void
setup(void)
{
	hasher = att_hasher_new();
	ck_assert_ptr_nonnull(hasher);
}

static void
teardown(void)
{
	att_hasher_free(hasher);
}

int
main(void)
{
	Suite *s = suite_create("refclaim");
	TCase *t = tcase_create("refclaim");

	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, refuses);
	tcase_add_test(t, command_lines);
	tcase_add_test(t, keys_of_a_variable);
	tcase_add_test(t, of_this_variable_alone);
	tcase_add_test(t, what_verified_an_image);
	tcase_add_test(t, limits);
	tcase_add_test(t, survives_damage);
	tcase_add_test(t, guids);
	suite_add_tcase(s, t);
	return run_suite(s);
}
