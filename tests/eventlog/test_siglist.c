#include "eventlog/describing.h"

#include "eventlog/siglist.h"

#define OWNER "00112233-4455-6677-8899-aabbccddeeff"
static const uint8_t owner[16] = { 0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77,
	0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };

/* what looks like a certificate, and its digest */
static const uint8_t der[] = { 0x30, 0x82, 0x00, 0x01, 0x05 };
#define DER_SHA256                                                           \
	"39df534ae94e0e17cf53aa24704afa2db704358958ef6867c6d2fcc0a7c3dfe1"

static int
list(struct att_slice s, struct att_fields f, struct att_err *err)
{
	return att_siglist_describe(att_cur_of(s), f, err);
}

static int
signature(struct att_slice s, struct att_fields f, struct att_err *err)
{
	return att_signature_describe(att_cur_of(s), f, err);
}

static void
put_header(struct att_buf *b, const uint8_t *type, uint32_t list_size,
    uint32_t header_size, uint32_t signature_size)
{
	att_buf_bytes(b, type, ATT_GUID_SIZE);
	att_buf_le32(b, list_size);
	att_buf_le32(b, header_size);
	att_buf_le32(b, signature_size);
}

/* A list of `count` hashes, the i-th all bytes i. */
static void
put_hashes(struct att_buf *b, unsigned count)
{
	put_header(b, ATT_GUID_CERT_SHA256, 28 + count * 48, 0, 48);
	for (unsigned i = 0; i < count; i++) {
		att_buf_bytes(b, owner, sizeof(owner));
		att_buf_fill(b, (uint8_t)i, 32);
	}
}

#define H0 "0000000000000000000000000000000000000000000000000000000000000000"
#define H1 "0101010101010101010101010101010101010101010101010101010101010101"
#define SHA256_LIST                                                          \
	"\"type\":\"c1c41626-504c-4092-aca9-41f936934328\","                 \
	"\"type_name\":\"EFI_CERT_SHA256\"}"

START_TEST(hashes_and_certificates)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);

	put_hashes(&b, 2);
	put_header(&b, ATT_GUID_CERT_X509, 28 + 16 + sizeof(der), 0,
	    16 + sizeof(der));
	att_buf_bytes(&b, owner, sizeof(owner));
	att_buf_bytes(&b, der, sizeof(der));
	describes(list, att_buf_view(&b),
	    "{\"lists\":[{\"count\":2,\"signatures\":["
	    "{\"owner\":\"" OWNER "\",\"sha256\":\"" H0 "\"},"
	    "{\"owner\":\"" OWNER "\",\"sha256\":\"" H1 "\"}]," SHA256_LIST
	    ",{\"count\":1,\"signatures\":[{\"certificate_sha256\":"
	    "\"" DER_SHA256 "\","
	    "\"certificate_size\":5,\"owner\":\"" OWNER "\"}],"
	    "\"type\":\"a5c059a1-94e4-4aa7-87b5-ab155c2bf072\","
	    "\"type_name\":\"EFI_CERT_X509\"}]}");
	/* a list ends between two, and before the first */
	ck_assert_uint_eq(cuts_and_flips(list, att_buf_view(&b)), 2);
}
END_TEST

START_TEST(access_by_index)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);
	struct att_signature s;
	struct att_siglist l;
	struct att_cur c;

	put_hashes(&b, 3);
	c = att_cur_of(att_buf_view(&b));
	ok(att_siglist_next(&c, &l, err));
	ck_assert(l.count == 3 && l.signature_size == 48);
	ck_assert(att_siglist_get(&l, 2, &s));
	ck_assert(s.data.len == 32 && s.data.data[0] == 2);
	ck_assert(!att_siglist_get(&l, 3, &s));
	ck_assert(!att_siglist_get(&l, SIZE_MAX / 48 + 1, &s));
	ck_assert(att_siglist_next(&c, &l, NULL) == 0);
}
END_TEST

/* go-attestation becfd07: sizes that wrap, or lists that do not move on. */
START_TEST(sizes_that_lie)
{
	static const struct {
		uint32_t list, header, signature;
		int code;
		const char *word;
	} bad[] = {
		{ 0, 0, 48, ATT_E_FORMAT, "0 bytes, must be 28 to 76" },
		{ 27, 0, 48, ATT_E_FORMAT, "27 bytes" },
		{ 77, 0, 48, ATT_E_FORMAT, "77 bytes" },
		{ 0xffffffff, 0, 48, ATT_E_FORMAT, "4294967295 bytes" },
		{ 76, 49, 48, ATT_E_SHORT, "SignatureHeader" },
		{ 76, 0xffffffe4, 48, ATT_E_SHORT, "SignatureHeader" },
		{ 76, 0, 0, ATT_E_FORMAT, "of 0 bytes each" },
		{ 76, 0, 15, ATT_E_FORMAT, "of 15 bytes each" },
		{ 76, 0, 12, ATT_E_FORMAT, "of 12 bytes each" },
		{ 76, 0, 47, ATT_E_FORMAT, "48 bytes of signatures of 47" },
		{ 76, 8, 48, ATT_E_FORMAT, "40 bytes of signatures of 48" },
		{ 76, 0, 0xffffffff, ATT_E_FORMAT, "of 4294967295 bytes" },
	};

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);

		put_header(&b, ATT_GUID_CERT_SHA256, bad[i].list,
		    bad[i].header, bad[i].signature);
		att_buf_fill(&b, 7, 48);
		refuses(list, att_buf_view(&b), bad[i].code, bad[i].word,
		    "{\"lists\":[]}");
	}
}
END_TEST

START_TEST(an_empty_variable_and_an_empty_list)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);

	describes(list, att_buf_view(&b), "{\"lists\":[]}");
	put_hashes(&b, 0);
	describes(list, att_buf_view(&b),
	    "{\"lists\":[{\"count\":0,\"signatures\":[]," SHA256_LIST "]}");
}
END_TEST

/* At the limit all are described; one more, and the fault is told. */
START_TEST(limit_of_signatures)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);

	put_hashes(&b, ATT_SIGNATURES_MAX);
	ck_assert(describe_copy(list, b.data, b.len) == 0);
	put_hashes(&b, 1);
	refuses(list, att_buf_view(&b), ATT_E_LIMIT, "over 16384", NULL);
}
END_TEST

START_TEST(one_signature)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);

	describes(signature, (struct att_slice){ der, sizeof(der) },
	    "{\"certificate_sha256\":\"" DER_SHA256
	    "\",\"certificate_size\":5}");
	refuses(signature, (struct att_slice){ der, 4 }, ATT_E_SHORT,
	    "at least 16", "{}");
	att_buf_bytes(&b, owner, sizeof(owner));
	att_buf_fill(&b, 1, 32);
	describes(signature, att_buf_view(&b),
	    "{\"owner\":\"" OWNER "\",\"sha256\":\"" H1 "\"}");
	describes(signature, (struct att_slice){ b.data, 18 },
	    "{\"data_hex\":\"0101\",\"owner\":\"" OWNER "\"}");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("siglist");
	TCase *t = tcase_create("siglist");

	tcase_add_test(t, hashes_and_certificates);
	tcase_add_test(t, access_by_index);
	tcase_add_test(t, sizes_that_lie);
	tcase_add_test(t, an_empty_variable_and_an_empty_list);
	tcase_add_test(t, limit_of_signatures);
	tcase_add_test(t, one_signature);
	suite_add_tcase(s, t);
	return run_suite(s);
}
