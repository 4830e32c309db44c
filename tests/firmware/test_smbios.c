/* SMBIOS: strings, and where a BMC's Redfish is. */
#include "testlib.h"

#include "firmware/smbios.h"

/* -- structures ------------------------------------------------------------ */

static void
put_head(struct att_buf *b, uint8_t type, uint8_t length)
{
	att_buf_u8(b, type);
	att_buf_u8(b, length);
	att_buf_le16(b, 0x0042);
}

#define BODY_MAX 251

/* Type, body, and strings with a NUL each; their end is added. */
static struct att_slice
structure(struct att_buf *b, uint8_t type, struct att_slice body,
    const char *strings, size_t len)
{
	att_buf_reset(b);
	ck_assert(body.len <= BODY_MAX);
	put_head(b, type, (uint8_t)(4 + body.len));
	att_buf_slice(b, body);
	att_buf_bytes(b, strings, len);
	att_buf_u8(b, 0);
	if (len == 0)
		att_buf_u8(b, 0);
	ck_assert(!b->failed);
	return att_buf_view(b);
}

static const uint8_t service[16] = { 10, 0, 1, 1 };
static const uint8_t host[16] = { 10, 0, 1, 2 };
static const uint8_t mask[16] = { 255, 255, 255, 0 };

/* DSP0270, table 6, with a host name. */
static void
put_redfish(struct att_buf *b, uint8_t format, const uint8_t address[16],
    const char *name)
{
	att_buf_u8(b, 4);
	att_buf_u8(b, (uint8_t)(91 + strlen(name)));
	att_buf_fill(b, 0x5a, 16);
	att_buf_u8(b, 1);
	att_buf_u8(b, 1);
	att_buf_bytes(b, host, 16);
	att_buf_bytes(b, mask, 16);
	att_buf_u8(b, 2);
	att_buf_u8(b, format);
	att_buf_bytes(b, address, 16);
	att_buf_bytes(b, mask, 16);
	att_buf_le16(b, 443);
	att_buf_le32(b, 7);
	att_buf_u8(b, (uint8_t)strlen(name));
	att_buf_str(b, name);
}

/* A USB device of version 2 (GB300's), and one record. */
static void
put_interface(struct att_buf *b, const char *name)
{
	static const uint8_t usb[] = { 4, 17, 0x6b, 0x1d, 0x02, 0x01, 1, 0x02,
		0xab, 0xcd, 0xef, 0x01, 0x23, 1, 0, 0x99, 0 };

	att_buf_reset(b);
	att_buf_u8(b, 0x40);
	att_buf_u8(b, sizeof(usb));
	att_buf_bytes(b, usb, sizeof(usb));
	att_buf_u8(b, 1);
	put_redfish(b, 1, service, name);
}

START_TEST(strings)
{
	static const char two[] = "first\0second";
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65600);
	struct att_smbios s;
	struct att_slice t;

	ok(att_smbios_parse(structure(&b, 1, S("ab"), two, sizeof(two)), &s,
	    err));
	ck_assert(s.type == 1 && s.handle == 0x42 && s.string_count == 2);
	ck_assert(att_slice_is(s.body, "ab"));
	ck_assert(att_smbios_string(&s, 1, &t) && att_slice_is(t, "first"));
	ck_assert(att_smbios_string(&s, 2, &t) && att_slice_is(t, "second"));
	ck_assert(!att_smbios_string(&s, 0, &t));
	ck_assert(!att_smbios_string(&s, 3, &t));
	ck_assert(!att_smbios_string(&s, 255, &t));
	ok(att_smbios_parse(structure(&b, 127, S(""), NULL, 0), &s, err));
	ck_assert(s.string_count == 0 && s.body.len == 0);
	ck_assert(!att_smbios_string(&s, 1, &t));
}
END_TEST

START_TEST(broken)
{
	static const char one[] = "first";
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65600);
	AUTO_DONE(att_buf_done) struct att_buf big = ATT_BUF(65600);
	struct att_slice raw = structure(&b, 1, S("ab"), one, sizeof(one));
	struct att_smbios s = { .type = 99 };

	for (size_t n = 0; n < raw.len; n++)
		fails(att_smbios_parse((struct att_slice){ raw.data, n }, &s,
		    err), ATT_E_SHORT, "SMBIOS");
	ck_assert(s.type == 99);
	att_buf_u8(&b, 0);
	fails(att_smbios_parse(att_buf_view(&b), &s, err), ATT_E_TRAILING,
	    "1 bytes");
	raw = structure(&b, 1, S(""), NULL, 0);
	for (size_t n = 0; n < raw.len; n++)
		fails(att_smbios_parse((struct att_slice){ raw.data, n }, &s,
		    err), ATT_E_SHORT, "SMBIOS");
	b.data[1] = 3;
	fails(att_smbios_parse(att_buf_view(&b), &s, err), ATT_E_FORMAT,
	    "a length of 3");
	put_head(&big, 1, 4);
	att_buf_fill(&big, 'x', ATT_SMBIOS_MAX - 4 - 2);
	att_buf_fill(&big, 0, 2);
	ok(att_smbios_parse(att_buf_view(&big), &s, err));
	att_buf_u8(&big, 0);
	fails(att_smbios_parse(att_buf_view(&big), &s, err), ATT_E_LIMIT,
	    "65537");
}
END_TEST

START_TEST(redfish)
{
	static const uint8_t mac[] = { 0x02, 0xab, 0xcd, 0xef, 0x01, 0x23 };
	AUTO_DONE(att_buf_done) struct att_buf body = ATT_BUF(300);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(600);
	struct att_host_interface h = { 0 };
	struct att_smbios s;

	put_interface(&body, "bmc-1.example");
	ok(att_smbios_parse(structure(&b, 42, att_buf_view(&body), "sn", 3),
	    &s, err));
	ok(att_host_interface_parse(&s, &h, err));
	ck_assert(h.device == ATT_HOST_USB && h.count == 1);
	ck_assert(h.vendor == 0x1d6b && h.product == 0x0102);
	ck_assert(h.has_mac && memcmp(h.mac, mac, 6) == 0);
	ck_assert_str_eq(h.redfish.service_address, "10.0.1.1");
	ck_assert_str_eq(h.redfish.host_address, "10.0.1.2");
	ck_assert_str_eq(h.redfish.host_name, "bmc-1.example");
	ck_assert(h.redfish.port == 443 && h.redfish.vlan == 7);
	ck_assert(h.redfish.host_assignment == ATT_IP_STATIC);
	ck_assert(h.redfish.service_assignment == ATT_IP_DHCP);
	ck_assert(h.redfish.uuid[0] == 0x5a && h.redfish.uuid[15] == 0x5a);
}
END_TEST

/* The body of a structure of type 42 that is parsed as it stands. */
static int
parse_body(const struct att_buf *body, struct att_host_interface *ret,
    struct att_err *err)
{
	struct att_smbios s = { .type = 42, .body = att_buf_view(body) };

	return att_host_interface_parse(&s, ret, err);
}

START_TEST(other_devices)
{
	static const uint8_t pci[] = { 5, 27, 0x03, 0x1a, 0x00, 0x20, 1, 2, 3,
		4, 6, 5, 4, 3, 2, 1, 0, 0, 1, 8 };
	static const uint8_t old[] = { 2, 0xb9, 0x0b, 0xc0, 0x01, 0x00 };
	static const uint8_t v6[16] = { 0xfe, 0x80, [15] = 1 };
	static const uint8_t any[16];
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(600);
	struct att_host_interface h = { 0 };

	att_buf_u8(&b, 0x40);
	att_buf_u8(&b, sizeof(pci));
	att_buf_bytes(&b, pci, sizeof(pci));
	att_buf_u8(&b, 3);
	/* another protocol, two services: the first is kept */
	att_buf_bytes(&b, "\2\3xyz", 5);
	put_redfish(&b, 2, v6, "");
	put_redfish(&b, 1, service, "second");
	ok(parse_body(&b, &h, err));
	ck_assert(h.device == ATT_HOST_PCI && h.vendor == 0x1a03 &&
	    h.product == 0x2000 && h.has_mac && h.mac[0] == 6);
	ck_assert(h.count == 2);
	ck_assert_str_eq(h.redfish.service_address, "fe80::1");
	ck_assert_str_eq(h.redfish.host_name, "");
	att_buf_reset(&b);
	att_buf_u8(&b, 0x40);
	att_buf_u8(&b, sizeof(old));
	att_buf_bytes(&b, old, sizeof(old));
	att_buf_u8(&b, 1);
	put_redfish(&b, 1, any, "");
	ok(parse_body(&b, &h, err));
	ck_assert(h.device == ATT_HOST_USB && h.vendor == 0x0bb9 &&
	    h.product == 0x01c0 && !h.has_mac);
	ck_assert_str_eq(h.redfish.service_address, "");
	/* before SMBIOS 3.2 */
	b.len = 2 + sizeof(old);
	ok(parse_body(&b, &h, err));
	ck_assert_uint_eq(h.count, 0);
}
END_TEST

START_TEST(refused)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(600);
	struct att_host_interface h = { .vendor = 7 };
	struct att_smbios other = { .type = 38 };
	size_t len;

	put_interface(&b, "bmc");
	len = b.len;
	for (b.len = 0; b.len < len; b.len++) {
		struct att_err err = { 0 };

		/* exactly the device: an old one */
		if (b.len == 19)
			continue;
		ck_assert_int_eq(parse_body(&b, &h, &err), ATT_E_SHORT);
		ck_assert_uint_eq(h.vendor, 7);
	}
	b.data[0] = 0x04;
	fails(parse_body(&b, &h, err), ATT_E_UNSUPPORTED, "0x04");
	put_interface(&b, "bm/c");
	fails(parse_body(&b, &h, err), ATT_E_FORMAT, "byte 0x2f");
	put_interface(&b, "bmc");
	b.data[b.len - 2] = 0;
	fails(parse_body(&b, &h, err), ATT_E_FORMAT, "byte 0x00");
	b.data[b.len - 1] = 0;
	ok(parse_body(&b, &h, err));
	ck_assert_str_eq(h.redfish.host_name, "b");
	fails(att_host_interface_parse(&other, &h, err), ATT_E_MISMATCH, "38");
}
END_TEST

/* No change of a bit is believed to be anything but text, or a number. */
START_TEST(every_bit)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(600);
	struct att_host_interface h;
	size_t taken = 0;

	put_interface(&b, "bmc");
	for (size_t i = 0; i < b.len * 8; i++) {
		b.data[i / 8] ^= (uint8_t)(1 << i % 8);
		if (parse_body(&b, &h, NULL) == 0) {
			taken++;
			ck_assert(strlen(h.redfish.host_name) <= 3);
			ck_assert(h.count <= 1);
		}
		b.data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	ck_assert_uint_gt(taken, 500);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("smbios");
	TCase *t = tcase_create("smbios");

	tcase_add_test(t, strings);
	tcase_add_test(t, broken);
	tcase_add_test(t, redfish);
	tcase_add_test(t, other_devices);
	tcase_add_test(t, refused);
	tcase_add_test(t, every_bit);
	suite_add_tcase(s, t);
	return run_suite(s);
}
