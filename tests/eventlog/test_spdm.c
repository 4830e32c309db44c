#include "eventlog/describing.h"

#include "eventlog/spdm.h"

static int
device(struct att_slice s, struct att_fields f, struct att_err *err)
{
	return att_spdm_describe(att_cur_of(s), f, err);
}

#define END_NODE "\x7f\xff\x04\x00"

static void
put_path(struct att_buf *b)
{
	att_buf_le64(b, 10);
	att_buf_bytes(b, "\1\1\6\0\0\2" END_NODE, 10);
}

/* A digest of DMTF's specification, all bytes `value`. */
static void
put_block(struct att_buf *b, uint8_t index, uint8_t type, uint8_t value)
{
	att_buf_u8(b, index);
	att_buf_u8(b, 1);
	att_buf_le16(b, 3 + 4);
	att_buf_u8(b, type);
	att_buf_le16(b, 4);
	att_buf_fill(b, value, 4);
}

static void
put_pci(struct att_buf *b)
{
	att_buf_le16(b, 0);
	att_buf_le16(b, 16);
	att_buf_le16(b, 0x10de);
	att_buf_le16(b, 0x2330);
	att_buf_u8(b, 0xa1);
	att_buf_bytes(b, "\x00\x02\x03", 3);
	att_buf_le16(b, 0x10de);
	att_buf_le16(b, 0x16c1);
}

#define PCI                                                                  \
	"\"pci\":{\"class\":\"0x30200\",\"device\":\"0x2330\","              \
	"\"revision\":161,\"subsystem\":\"0x16c1\","                         \
	"\"subsystem_vendor\":\"0x10de\",\"vendor\":\"0x10de\"}"

START_TEST(first_form)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);

	att_buf_bytes(&b, "SPDM Device Sec\0", 16);
	att_buf_le16(&b, 1);
	att_buf_le16(&b, 0);
	att_buf_le32(&b, 2);
	att_buf_le32(&b, 1);
	put_block(&b, 1, 1, 0xab);
	put_path(&b);
	put_pci(&b);
	describes(device, att_buf_view(&b),
	    "{\"hash_algorithms\":\"0x2\",\"measurements\":[{\"index\":1,"
	    "\"raw\":false,\"type\":\"mutable firmware\","
	    "\"value_hex\":\"abababab\"}],\"path\":\"Pci(0x2,0x0)\"," PCI
	    ",\"version\":1}");
	ck_assert_uint_eq(cuts_and_flips(device, att_buf_view(&b)), 0);
}
END_TEST

/*
 * The second form as EDK II writes it: `length` is the size of it all. With
 * `following` it counts what follows, as it should.
 */
static void
put_second(struct att_buf *b, uint8_t auth, uint32_t sub_type,
    const struct att_buf *sub, bool following)
{
	uint32_t all = 16 + 2 + 2 + 4 + 4 + 4 + 4 + 8 + 18 +
	    (uint32_t)sub->len + 16;

	att_buf_reset(b);
	att_buf_str(b, "SPDM Device Sec2");
	att_buf_le16(b, 2);
	att_buf_u8(b, auth);
	att_buf_u8(b, 0);
	att_buf_le32(b, following ? all - 24 : all);
	att_buf_le32(b, 1);
	att_buf_le32(b, sub_type);
	att_buf_le32(b, (uint32_t)sub->len);
	att_buf_le64(b, 0x1234);
	put_path(b);
	att_buf_bytes(b, sub->data, sub->len);
	put_pci(b);
	ck_assert_uint_eq(b->len, all);
}

START_TEST(measurements)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999),
					       sub = ATT_BUF(999);

	att_buf_le16(&sub, 0x12);
	att_buf_u8(&sub, 2);
	att_buf_u8(&sub, 0);
	att_buf_le32(&sub, 4);
	put_block(&sub, 1, 0, 1);
	put_block(&sub, 2, 0x83, 2);
	/* of another specification: bytes, and no type */
	att_buf_bytes(&sub, "\x03\x02\x01\x00\xff", 5);
	for (unsigned i = 0; i < 2; i++) {
		put_second(&b, 0, 0, &sub, i == 1);
		describes(device, att_buf_view(&b),
		    "{\"auth_state\":0,\"auth_state_name\":\"success\","
		    "\"hash_algorithms\":\"0x4\",\"measurements\":["
		    "{\"index\":1,\"raw\":false,\"type\":\"immutable ROM\","
		    "\"value_hex\":\"01010101\"},"
		    "{\"index\":2,\"raw\":true,"
		    "\"type\":\"firmware configuration\","
		    "\"value_hex\":\"02020202\"},"
		    "{\"index\":3,\"value_hex\":\"ff\"}],"
		    "\"path\":\"Pci(0x2,0x0)\"," PCI
		    ",\"spdm_version\":\"0x12\",\"uid\":\"0x1234\","
		    "\"version\":2}");
		ck_assert_uint_eq(cuts_and_flips(device, att_buf_view(&b)),
		    0);
	}
}
END_TEST

START_TEST(certificate_chain)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999),
					       sub = ATT_BUF(999);

	att_buf_le16(&sub, 0x12);
	att_buf_u8(&sub, 3);
	att_buf_u8(&sub, 0);
	att_buf_le32(&sub, 1);
	att_buf_str(&sub, "abc");
	put_second(&b, 0, 1, &sub, false);
	describes(device, att_buf_view(&b),
	    "{\"auth_state\":0,\"auth_state_name\":\"success\","
	    "\"chain_sha256\":\"ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad\",\"chain_size\":3,"
	    "\"hash_algorithms\":\"0x1\",\"path\":\"Pci(0x2,0x0)\"," PCI
	    ",\"slot\":3,\"spdm_version\":\"0x12\",\"uid\":\"0x1234\","
	    "\"version\":2}");
	put_second(&b, 0, 9, &sub, false);
	ck_assert(describe_copy(device, b.data, b.len) == 0);
}
END_TEST

/* Case 41: a device that failed, or that speaks no SPDM, has no content. */
START_TEST(devices_that_failed)
{
	static const struct {
		uint8_t auth;
		const char *name;
	} all[] = { { 1, "not authenticated" }, { 2, "not bound" },
		{ 3, "failed: no signature" }, { 4, "failed: invalid" },
		{ 0xff, "no SPDM" } };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999),
					       sub = ATT_BUF(999);

	for (size_t i = 0; i < ATT_COUNT(all); i++) {
		struct att_spdm_device d;

		put_second(&b, all[i].auth, 0, &sub, false);
		ok(att_spdm_parse(att_cur_of(att_buf_view(&b)), &d, err));
		ck_assert(d.auth == all[i].auth && d.body.len == 0);
		ck_assert_str_eq(att_spdm_auth_name(d.auth), all[i].name);
		ck_assert(describe_copy(device, b.data, b.len) == 0);
	}
	ck_assert_ptr_null(att_spdm_auth_name(7));
}
END_TEST

START_TEST(faults)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999),
					       sub = ATT_BUF(999);

	put_second(&b, 0, 0, &sub, false);
	b.data[20]++;
	refuses(device, att_buf_view(&b), ATT_E_FORMAT, "bytes, is of", "{}");
	b.data[20]--;
	b.data[0] = 's';
	refuses(device, att_buf_view(&b), ATT_E_FORMAT, "SPDM Device Sec",
	    "{}");
	b.data[0] = 'S';
	b.data[44] = 200;
	refuses(device, att_buf_view(&b), ATT_E_SHORT, "DevicePath", "{}");
	/* a measurement that is shorter than its block */
	att_buf_le16(&sub, 0x12);
	att_buf_le16(&sub, 1);
	att_buf_le32(&sub, 4);
	put_block(&sub, 1, 0, 1);
	sub.data[8 + 5] = 3;
	put_second(&b, 0, 0, &sub, false);
	refuses(device, att_buf_view(&b), ATT_E_TRAILING, "1 bytes behind",
	    NULL);
	sub.data[8 + 5] = 5;
	put_second(&b, 0, 0, &sub, false);
	refuses(device, att_buf_view(&b), ATT_E_SHORT, "a measurement", NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("spdm");
	TCase *t = tcase_create("spdm");

	tcase_add_test(t, first_form);
	tcase_add_test(t, measurements);
	tcase_add_test(t, certificate_chain);
	tcase_add_test(t, devices_that_failed);
	tcase_add_test(t, faults);
	suite_add_tcase(s, t);
	return run_suite(s);
}
