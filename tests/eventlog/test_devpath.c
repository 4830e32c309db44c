#include "testlib.h"

#include "base/text.h"
#include "eventlog/devpath.h"

#define END "7fff0400"
/* One node of each kind: its data behind the header, and its text. */
static const struct {
	uint8_t type, subtype;
	const char *hex;
	const char *text;
} nodes[] = {
	{ 1, 1, "021f", "Pci(0x1f,0x2)" },
	{ 1, 2, "07", "PcCard(0x7)" },
	{ 1, 3, "0b0000000010000000000000ff1f000000000000",
	    "MemoryMapped(0xb,0x1000,0x1fff)" },
	{ 1, 4, "61dfe48bca93d211aa0d00e098032b8c",
	    "VenHw(8be4df61-93ca-11d2-aa0d-00e098032b8c)" },
	{ 1, 4, "61dfe48bca93d211aa0d00e098032b8cabcd",
	    "VenHw(8be4df61-93ca-11d2-aa0d-00e098032b8c,abcd)" },
	{ 1, 5, "03000000", "Ctrl(0x3)" },
	{ 1, 6, "01a20c000000000000", "BMC(0x1,0xca2)" },
	{ 2, 1, "d041030a00000000", "PciRoot(0x0)" },
	{ 2, 1, "d041080a01000000", "PcieRoot(0x1)" },
	{ 2, 1, "d041010500000000", "Serial(0x0)" },
	{ 2, 1, "d0410f0c02000000", "Acpi(PNP0C0F,0x2)" },
	{ 2, 1, "1122334402000000", "Acpi(0x44332211,0x2)" },
	{ 2, 2, "d041080a05000000d041030a000000",
	    "AcpiEx(PNP0A08,PNP0A03,0x5)" },
	{ 2, 2, "0000000000000000000000004142430055310043494400",
	    "AcpiEx(ABC,CID,U1)" },
	{ 2, 2, "d041080a000000000000000000550000", "AcpiEx(PNP0A08,0,U)" },
	{ 2, 3, "0001028001010280", "AcpiAdr(0x80020100,0x80020101)" },
	{ 3, 1, "00010200", "Ata(Primary,Slave,0x2)" },
	{ 3, 1, "01000000", "Ata(Secondary,Master,0x0)" },
	{ 3, 2, "01000200", "Scsi(0x1,0x2)" },
	{ 3, 3, "0000000088776655443322110100000000000000",
	    "Fibre(0x1122334455667788,0x1)" },
	{ 3, 4, "000000008877665544332211", "I1394(0x1122334455667788)" },
	{ 3, 5, "0300", "USB(0x3,0x0)" },
	{ 3, 6, "09000000", "I2O(0x9)" },
	{ 3, 9,
	    "0100000061dfe48bca93d211aa0d00e098032b8c0200000000000000"
	    "03000000000000000400000000000000",
	    "Infiniband(0x1,8be4df61-93ca-11d2-aa0d-00e098032b8c,0x2,0x3,0x"
	    "4)" },
	{ 3, 10, "61dfe48bca93d211aa0d00e098032b8c01",
	    "VenMsg(8be4df61-93ca-11d2-aa0d-00e098032b8c,01)" },
	{ 3, 11,
	    "52540012345600000000000000000000000000000000000000000000"
	    "0000000001",
	    "MAC(525400123456,0x1)" },
	{ 3, 11,
	    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b"
	    "1c1d1e1f20",
	    "MAC(000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c"
	    "1d1e1f,0x20)" },
	{ 3, 12, "0a0000020a000001000000000600000a000009ffffff00",
	    "IPv4(10.0.0.1,TCP,DHCP,10.0.0.2,10.0.0.9,255.255.255.0)" },
	{ 3, 12, "0a0000020a00000100000000110001",
	    "IPv4(10.0.0.1,UDP,Static,10.0.0.2)" },
	{ 3, 13,
	    "fe800000000000000000000000000001000000000000000000000000"
	    "00000002000000000100014000000000000000000000000000000000",
	    "IPv6(0000:0000:0000:0000:0000:0000:0000:0002,0x1,StatelessAuto"
	    "Configure,fe80:0000:0000:0000:0000:0000:0000:0001,0x40,0000:00"
	    "00:0000:0000:0000:0000:0000:0000)" },
	{ 3, 13,
	    "00000000000000000000000000000000000000000000000000000000"
	    "0000000000000000060009",
	    "IPv6(0000:0000:0000:0000:0000:0000:0000:0000,TCP,StatefulAutoC"
	    "onfigure,0000:0000:0000:0000:0000:0000:0000:0000)" },
	{ 3, 14, "0000000000c2010000000000080101", "Uart(115200,8,N,1)" },
	{ 3, 15, "ffffffff080650", "UsbClass(0xffff,0xffff,0x8,0x6,0x50)" },
	{ 3, 16, "01002705250641004200", "UsbWwid(0x527,0x625,0x1,\"AB\")" },
	{ 3, 17, "01", "Unit(0x1)" },
	{ 3, 18, "0100ffff0000", "Sata(0x1,0xffff,0x0)" },
	{ 3, 19, "000000080000000000000000010069716e2e61",
	    "iSCSI(iqn.a,0x1,0x0000000000000000,None,None,None,TCP)" },
	{ 3, 19, "01000a1000000000000000000100780079",
	    "iSCSI(x,0x1,0x0000000000000000,CRC32C,CRC32C,CHAP_UNI,reserved"
	    ")" },
	{ 3, 20, "0700", "Vlan(7)" },
	{ 3, 21, "0000000000112233445566770100000000000000",
	    "FibreEx(0x0011223344556677,0x0100000000000000)" },
	{ 3, 22, "5000000000000001000000000000000000000100",
	    "SasEx(0x5000000000000001,0x0000000000000000,0x1,NoTopology,0,0"
	    ",0)" },
	{ 3, 22, "5000000000000001000000000000000052030100",
	    "SasEx(0x5000000000000001,0x0000000000000000,0x1,SATA,Internal,"
	    "Expanded,0x4)" },
	{ 3, 22, "5000000000000001000000000000000083000100",
	    "SasEx(0x5000000000000001,0x0000000000000000,0x1,0x83,0,0,0)" },
	{ 3, 23, "010000000807060504030201",
	    "NVMe(0x1,01-02-03-04-05-06-07-08)" },
	{ 3, 24, "687474703a2f2f6162", "Uri(http://ab)" },
	{ 3, 25, "0102", "UFS(0x1,0x2)" },
	{ 3, 26, "01", "SD(0x1)" },
	{ 3, 27, "010203040506", "Bluetooth(010203040506)" },
	{ 3, 28,
	    "6e657400000000000000000000000000000000000000000000000000"
	    "00000000",
	    "Wi-Fi(net)" },
	{ 3, 29, "01", "eMMC(0x1)" },
	{ 3, 30, "01020304050601", "BluetoothLE(010203040506,0x1)" },
	{ 3, 31,
	    "000a0000010000000000000000000000000a00000200000000000000"
	    "0000000000",
	    "Dns(10.0.0.1,10.0.0.2)" },
	{ 3, 31, "0100000000000000000000000000000001",
	    "Dns(0000:0000:0000:0000:0000:0000:0000:0001)" },
	{ 4, 1,
	    "01000000000800000000000000000200000000001111111122223333"
	    "44440000000000010202",
	    "HD(1,GPT,11111111-2222-3333-4444-000000000001,0x800,0x20000)" },
	{ 4, 1,
	    "02000000000800000000000000000200000000007856341200000000"
	    "00000000000000000101",
	    "HD(2,MBR,0x12345678,0x800,0x20000)" },
	{ 4, 1,
	    "00000000000000000000000000000000000000000000000000000000"
	    "00000000000000000000",
	    "HD(0,0,0,0x0,0x0)" },
	{ 4, 2, "0100000084d40100000000008023010000000000",
	    "CDROM(0x1,0x1d484,0x12380)" },
	{ 4, 3, "f8d1c555cd04b5468a20e56cbb3052d0",
	    "VenMedia(55c5d1f8-04cd-46b5-8a20-e56cbb3052d0)" },
	{ 4, 4, "5c004500460049005c0000007800", "\\EFI\\" },
	{ 4, 4, "61001b00", "a\\x1b\\x00" },
	{ 4, 5, "61dfe48bca93d211aa0d00e098032b8c",
	    "Media(8be4df61-93ca-11d2-aa0d-00e098032b8c)" },
	{ 4, 6, "61dfe48bca93d211aa0d00e098032b8c",
	    "FvFile(8be4df61-93ca-11d2-aa0d-00e098032b8c)" },
	{ 4, 7, "61dfe48bca93d211aa0d00e098032b8c",
	    "Fv(8be4df61-93ca-11d2-aa0d-00e098032b8c)" },
	{ 4, 8, "0000000000f6000000000000ff07020000000000",
	    "Offset(0xf600,0x207ff)" },
	{ 4, 9,
	    "0010000000000000002000000000000061dfe48bca93d211aa0d00e0"
	    "98032b8c0100",
	    "RamDisk(0x1000,0x2000,1,8be4df61-93ca-11d2-aa0d-00e098032b8c)" },
	{ 5, 1, "02000000416200", "BBS(HD,Ab,0x0)" },
	{ 5, 1, "800000004e657400", "BBS(0x80,Net,0x0)" },
	{ 1, 1, "02", "HardwarePath(1,02)" },
	{ 2, 2, "00000000000000000000000041424300553100434944",
	    "AcpiPath(2,00000000000000000000000041424300553100434944)" },
	{ 3, 14, "000000008025000000000000080901",
	    "Msg(14,000000008025000000000000080901)" },
	{ 3, 17, "0100", "Msg(17,0100)" },
	{ 3, 99, "", "Msg(99)" },
	{ 4, 6, "00", "MediaPath(6,00)" },
	{ 5, 1, "00", "BbsPath(1,00)" },
	{ 9, 1, "", "Path(9,1)" },
};

static int
print(const char *hex, struct att_buf *ret, struct att_err *why)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);
	struct att_cur c;
	int r;

	ok(att_hex_decode(S(hex), &b, err));
	c = att_cur_of(att_buf_view(&b));
	r = att_devpath_print(&c, ret, why);
	ck_assert(r < 0 || att_cur_empty(&c));
	return r;
}

START_TEST(text_of_nodes)
{
	for (size_t i = 0; i < ATT_COUNT(nodes); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);
		char hex[512];

		(void)snprintf(hex, sizeof(hex), "%02x%02x%02x00%s" END,
		    nodes[i].type, nodes[i].subtype,
		    (unsigned)strlen(nodes[i].hex) / 2 + 4, nodes[i].hex);
		ok(print(hex, &b, err));
		ck_assert_msg(att_slice_is(att_buf_view(&b), nodes[i].text),
		    "%s: %.*s, not %s", nodes[i].hex, (int)b.len,
		    (char *)b.data, nodes[i].text);
	}
}
END_TEST

/* Whatever length a node claims to have, it is shown, and nothing is read. */
START_TEST(nodes_of_every_length)
{
	for (size_t i = 0; i < ATT_COUNT(nodes); i++) {
		AUTO_DONE(att_buf_done) struct att_buf in = ATT_BUF(999);

		ok(att_hex_decode(S(nodes[i].hex), &in, err));
		for (size_t n = 0; n <= in.len; n++) {
			AUTO_DONE(att_buf_done)
			struct att_buf b = ATT_BUF(9999);
			/* a copy of its own, so that sanitizers see its end */
			AUTO(free) char *copy = malloc(n == 0 ? 1 : n);
			struct att_devpath_node node = {
				.type = nodes[i].type,
				.subtype = nodes[i].subtype,
				.data = { (uint8_t *)copy, n } };

			if (n > 0)
				memcpy(copy, in.data, n);
			att_devpath_node_print(&node, &b);
			ck_assert(b.len > 0 || node.type == 4);
			ck_assert(!b.failed);
		}
	}
}
END_TEST

START_TEST(separators)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);

	ok(print("02010c00d041030a00000000" "010106000004" END, &b, err));
	ck_assert(att_slice_is(att_buf_view(&b), "PciRoot(0x0)/Pci(0x4,0x0)"));
	att_buf_reset(&b);
	ok(print("0311050001" "7f010400" "0311050002" END, &b, err));
	ck_assert(att_slice_is(att_buf_view(&b), "Unit(0x1),Unit(0x2)"));
	att_buf_reset(&b);
	ok(print("", &b, err));
	ok(print(END, &b, err));
	ck_assert(b.len == 0);
}
END_TEST

START_TEST(broken_paths)
{
	static const struct {
		const char *hex;
		int code;
		const char *word;
	} bad[] = {
		{ "0311050001", ATT_E_SHORT, "without an end" },
		{ "031105", ATT_E_SHORT, "within a node" },
		{ "0311060001", ATT_E_SHORT, "6 bytes, 5 are left" },
		{ "03110300", ATT_E_FORMAT, "3 bytes, at least 4" },
		{ "031105000100000000", ATT_E_FORMAT, "0 bytes" },
		{ "0311050001" "7f01040" "0", ATT_E_SHORT, "without an end" },
	};

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);

		fails(print(bad[i].hex, &b, err), bad[i].code, bad[i].word);
	}
}
END_TEST

START_TEST(names_of_files)
{
	AUTO_DONE(att_buf_done) struct att_buf in = ATT_BUF(999),
					       b = ATT_BUF(999);

	ok(att_hex_decode(S("0311050001" "040408005c006100" "040408005c006200"
			    END), &in, err));
	att_devpath_put_file(att_buf_view(&in), &b);
	ck_assert(att_slice_is(att_buf_view(&b), "\\a\\b"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("devpath");
	TCase *t = tcase_create("devpath");

	tcase_add_test(t, text_of_nodes);
	tcase_add_test(t, nodes_of_every_length);
	tcase_add_test(t, separators);
	tcase_add_test(t, broken_paths);
	tcase_add_test(t, names_of_files);
	suite_add_tcase(s, t);
	return run_suite(s);
}
