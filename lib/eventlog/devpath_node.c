#include "eventlog/devpath_node.h"

#include <string.h>

#include "base/encoding.h"
#include "eventlog/guid.h"
#include "eventlog/logtext.h"

#define IPV4_SIZE 4
#define IPV6_SIZE 16
#define MAC_FIELD 32	/* bytes of EFI_MAC_ADDRESS */
#define MAC_SIZE 6	/* of which Ethernet uses these */

static void
put_ascii(struct att_buf *b, struct att_slice s)
{
	att_text_put_path(b, att_logtext_until_nul(s));
}

static void
put_utf16(struct att_buf *b, struct att_slice s)
{
	att_text_put_path_utf16le(b, att_logtext_until_nul16(s));
}

/* -- nodes whose fields stand in the order of their text ----------------- */

/* Bytes of the field that this letter means; 0: all that is left. */
static size_t
field_size(char letter)
{
	static const struct {
		char letter;
		uint8_t size;
	} sizes[] = { { 'b', 1 }, { 'w', 2 }, { 'W', 2 }, { 'd', 4 },
		{ '-', 4 }, { '6', 6 }, { 'q', 8 }, { '8', 8 },
		{ 'g', ATT_GUID_SIZE } };

	for (size_t i = 0; i < ATT_COUNT(sizes); i++)
		if (sizes[i].letter == letter)
			return sizes[i].size;
	return 0;
}

static bool
form_fits(const char *form, size_t len)
{
	size_t fixed = 0;
	bool open = false;

	for (; *form != '\0'; form++)
		if (*form == '%') {
			size_t n = field_size(*++form);

			fixed += n;
			open = open || n == 0;
		}
	return open ? len >= fixed : len == fixed;
}

static uint64_t
number_of(struct att_slice s)
{
	uint64_t v = 0;

	for (size_t i = s.len; i > 0; i--)
		v = v << 8 | s.data[i - 1];
	return v;
}

/*
 * b, w, d, q: a number of 1, 2, 4, 8 bytes in hex, W: of 2 in decimal;
 * 6, 8: that many bytes in hex; g: a GUID; -: four reserved bytes. Of all
 * that is left: v: a comma and hex, or nothing; t: ASCII; u: UTF-16.
 */
static void
put_field(struct att_buf *b, char letter, struct att_slice s)
{
	if (letter == 'g') {
		att_text_put_guid(b, s.data);
	} else if (letter == '6' || letter == '8') {
		att_hex_put(b, s);
	} else if (letter == 't') {
		put_ascii(b, s);
	} else if (letter == 'u') {
		put_utf16(b, s);
	} else if (letter == 'v') {
		if (s.len > 0)
			att_buf_u8(b, ',');
		att_hex_put(b, s);
	} else if (letter != '-') {
		att_buf_printf(b, letter == 'W' ? "%llu" : "0x%llx",
		    (unsigned long long)number_of(s));
	}
}

static bool
put_form(struct att_buf *b, const char *form, struct att_cur c)
{
	if (!form_fits(form, c.left))
		return false;
	for (; *form != '\0'; form++) {
		struct att_slice s;
		size_t n;

		if (*form != '%') {
			att_buf_u8(b, (uint8_t)*form);
			continue;
		}
		n = field_size(*++form);
		if (!att_cur_bytes(&c, n == 0 ? c.left : n, &s))
			return false;
		put_field(b, *form, s);
	}
	return true;
}

/* -- the others: each reads all before it puts anything ------------------ */

static bool
put_pci(struct att_buf *b, struct att_cur c)
{
	uint8_t function, device;

	if (!att_cur_u8(&c, &function) || !att_cur_u8(&c, &device) ||
	    !att_cur_empty(&c))
		return false;
	att_buf_printf(b, "Pci(0x%x,0x%x)", device, function);
	return true;
}

/* EISA identifier of "PNP" devices: the number is in the upper half. */
#define EISA_PNP 0x41d0

static bool
put_acpi(struct att_buf *b, struct att_cur c)
{
	static const struct {
		uint16_t id;
		const char *name;
	} names[] = { { 0x0a03, "PciRoot" }, { 0x0a08, "PcieRoot" },
		{ 0x0604, "Floppy" }, { 0x0301, "Keyboard" },
		{ 0x0501, "Serial" }, { 0x0401, "ParallelPort" } };
	uint32_t hid, uid;

	if (!att_cur_le32(&c, &hid) || !att_cur_le32(&c, &uid) ||
	    !att_cur_empty(&c))
		return false;
	if ((hid & 0xffff) != EISA_PNP) {
		att_buf_printf(b, "Acpi(0x%08x,0x%x)", hid, uid);
		return true;
	}
	for (size_t i = 0; i < ATT_COUNT(names); i++)
		if (names[i].id == hid >> 16) {
			att_buf_printf(b, "%s(0x%x)", names[i].name, uid);
			return true;
		}
	att_buf_printf(b, "Acpi(PNP%04X,0x%x)", hid >> 16, uid);
	return true;
}

static void
put_eisa(struct att_buf *b, uint32_t id)
{
	for (unsigned shift = 15; shift > 0; shift -= 5)
		att_buf_printf(b, "%c",
		    (char)('@' + (id >> (shift - 5) & 0x1f)));
	att_buf_printf(b, "%04X", id >> 16);
}

/* One of the three strings at the end of an extended node, with its NUL. */
static bool
get_string(struct att_cur *c, struct att_slice *ret)
{
	struct att_slice rest = att_cur_rest(c);
	const uint8_t *nul = rest.len == 0 ? NULL :
					     memchr(rest.data, 0, rest.len);

	return nul != NULL &&
	    att_cur_bytes(c, (uint64_t)(nul - rest.data), ret) &&
	    att_cur_skip(c, 1);
}

/* "AcpiEx(HID,CID,UID)", each as a string or else as a number. */
static bool
put_acpi_ex(struct att_buf *b, struct att_cur c)
{
	struct att_slice hid_str, uid_str, cid_str;
	uint32_t hid, uid, cid;

	if (!att_cur_le32(&c, &hid) || !att_cur_le32(&c, &uid) ||
	    !att_cur_le32(&c, &cid) || !get_string(&c, &hid_str) ||
	    !get_string(&c, &uid_str) || !get_string(&c, &cid_str) ||
	    !att_cur_empty(&c))
		return false;
	att_buf_str(b, "AcpiEx(");
	if (hid_str.len > 0)
		att_text_put_path(b, hid_str);
	else
		put_eisa(b, hid);
	att_buf_u8(b, ',');
	if (cid_str.len > 0)
		att_text_put_path(b, cid_str);
	else if (cid != 0)
		put_eisa(b, cid);
	else
		att_buf_u8(b, '0');
	att_buf_u8(b, ',');
	if (uid_str.len > 0)
		att_text_put_path(b, uid_str);
	else
		att_buf_printf(b, "0x%x", uid);
	att_buf_u8(b, ')');
	return true;
}

static bool
put_acpi_adr(struct att_buf *b, struct att_cur c)
{
	const char *before = "AcpiAdr(";
	uint32_t adr;

	if (c.left == 0 || c.left % sizeof(adr) != 0)
		return false;
	while (att_cur_le32(&c, &adr)) {
		att_buf_printf(b, "%s0x%x", before, adr);
		before = ",";
	}
	att_buf_u8(b, ')');
	return true;
}

static bool
put_ata(struct att_buf *b, struct att_cur c)
{
	uint8_t channel, drive;
	uint16_t lun;

	if (!att_cur_u8(&c, &channel) || !att_cur_u8(&c, &drive) ||
	    !att_cur_le16(&c, &lun) || !att_cur_empty(&c))
		return false;
	att_buf_printf(b, "Ata(%s,%s,0x%x)",
	    channel == 1 ? "Secondary" : "Primary",
	    drive == 1 ? "Slave" : "Master", lun);
	return true;
}

static bool
put_mac(struct att_buf *b, struct att_cur c)
{
	struct att_slice mac;
	uint8_t type;

	if (!att_cur_bytes(&c, MAC_FIELD, &mac) || !att_cur_u8(&c, &type) ||
	    !att_cur_empty(&c))
		return false;
	if (type <= 1)
		mac.len = MAC_SIZE;
	att_buf_str(b, "MAC(");
	att_hex_put(b, mac);
	att_buf_printf(b, ",0x%x)", type);
	return true;
}

static void
put_ip(struct att_buf *b, struct att_slice ip)
{
	for (size_t i = 0; i < ip.len; i++)
		if (ip.len == IPV4_SIZE)
			att_buf_printf(b, "%s%u", i == 0 ? "" : ".",
			    ip.data[i]);
		else
			att_buf_printf(b, "%s%02x",
			    i == 0 || i % 2 == 1 ? "" : ":", ip.data[i]);
}

static void
put_ip_protocol(struct att_buf *b, uint16_t protocol)
{
	if (protocol == 6)
		att_buf_str(b, "TCP");
	else if (protocol == 17)
		att_buf_str(b, "UDP");
	else
		att_buf_printf(b, "0x%x", protocol);
}

/* Older nodes end behind the origin of the address. */
static bool
put_ipv4(struct att_buf *b, struct att_cur c)
{
	struct att_slice local, remote, gateway = { 0 }, mask = { 0 };
	uint16_t protocol;
	uint8_t fixed;

	if (!att_cur_bytes(&c, IPV4_SIZE, &local) ||
	    !att_cur_bytes(&c, IPV4_SIZE, &remote) ||
	    !att_cur_skip(&c, 4) || !att_cur_le16(&c, &protocol) ||
	    !att_cur_u8(&c, &fixed))
		return false;
	if (!att_cur_empty(&c) && (!att_cur_bytes(&c, IPV4_SIZE, &gateway) ||
				      !att_cur_bytes(&c, IPV4_SIZE, &mask)))
		return false;
	if (!att_cur_empty(&c))
		return false;
	att_buf_str(b, "IPv4(");
	put_ip(b, remote);
	att_buf_u8(b, ',');
	put_ip_protocol(b, protocol);
	att_buf_str(b, fixed != 0 ? ",Static," : ",DHCP,");
	put_ip(b, local);
	if (mask.len > 0) {
		att_buf_u8(b, ',');
		put_ip(b, gateway);
		att_buf_u8(b, ',');
		put_ip(b, mask);
	}
	att_buf_u8(b, ')');
	return true;
}

static bool
put_ipv6(struct att_buf *b, struct att_cur c)
{
	static const char *const origins[] = { "Static",
		"StatelessAutoConfigure", "StatefulAutoConfigure" };
	struct att_slice local, remote, gateway = { 0 };
	uint8_t origin, prefix = 0;
	uint16_t protocol;

	if (!att_cur_bytes(&c, IPV6_SIZE, &local) ||
	    !att_cur_bytes(&c, IPV6_SIZE, &remote) ||
	    !att_cur_skip(&c, 4) || !att_cur_le16(&c, &protocol) ||
	    !att_cur_u8(&c, &origin))
		return false;
	if (!att_cur_empty(&c) && (!att_cur_u8(&c, &prefix) ||
				      !att_cur_bytes(&c, IPV6_SIZE, &gateway)))
		return false;
	if (!att_cur_empty(&c))
		return false;
	att_buf_str(b, "IPv6(");
	put_ip(b, remote);
	att_buf_u8(b, ',');
	put_ip_protocol(b, protocol);
	att_buf_printf(b, ",%s,",
	    origins[ATT_MIN(origin, ATT_COUNT(origins) - 1)]);
	put_ip(b, local);
	if (gateway.len > 0) {
		att_buf_printf(b, ",0x%x,", prefix);
		put_ip(b, gateway);
	}
	att_buf_u8(b, ')');
	return true;
}

static bool
put_dns(struct att_buf *b, struct att_cur c)
{
	const char *before = "Dns(";
	struct att_slice ip;
	uint8_t v6;

	/* each server takes 16 bytes, of either family */
	if (!att_cur_u8(&c, &v6) || c.left == 0 || c.left % IPV6_SIZE != 0)
		return false;
	while (att_cur_bytes(&c, IPV6_SIZE, &ip)) {
		att_buf_str(b, before);
		if (v6 == 0)
			ip.len = IPV4_SIZE;
		put_ip(b, ip);
		before = ",";
	}
	att_buf_u8(b, ')');
	return true;
}

static bool
put_uart(struct att_buf *b, struct att_cur c)
{
	static const char parities[] = "DNEOMS";
	static const char *const stops[] = { "D", "1", "1.5", "2" };
	uint64_t baud;
	uint8_t bits, parity, stop;

	if (!att_cur_skip(&c, 4) || !att_cur_le64(&c, &baud) ||
	    !att_cur_u8(&c, &bits) || !att_cur_u8(&c, &parity) ||
	    !att_cur_u8(&c, &stop) || !att_cur_empty(&c) ||
	    parity >= sizeof(parities) - 1 || stop >= ATT_COUNT(stops))
		return false;
	att_buf_printf(b, "Uart(%llu,%u,%c,%s)", (unsigned long long)baud,
	    bits, parities[parity], stops[stop]);
	return true;
}

static bool
put_usb_wwid(struct att_buf *b, struct att_cur c)
{
	uint16_t interface, vendor, product;

	if (!att_cur_le16(&c, &interface) || !att_cur_le16(&c, &vendor) ||
	    !att_cur_le16(&c, &product))
		return false;
	att_buf_printf(b, "UsbWwid(0x%x,0x%x,0x%x,\"", vendor, product,
	    interface);
	put_utf16(b, att_cur_rest(&c));
	att_buf_str(b, "\")");
	return true;
}

static bool
put_iscsi(struct att_buf *b, struct att_cur c)
{
	struct att_slice lun, name;
	uint16_t protocol, options, group;

	if (!att_cur_le16(&c, &protocol) || !att_cur_le16(&c, &options) ||
	    !att_cur_bytes(&c, 8, &lun) || !att_cur_le16(&c, &group))
		return false;
	name = att_cur_rest(&c);
	att_buf_str(b, "iSCSI(");
	put_ascii(b, name);
	att_buf_printf(b, ",0x%x,0x", group);
	att_hex_put(b, lun);
	att_buf_printf(b, ",%s,%s,%s,%s)",
	    (options & 1u << 1) != 0 ? "CRC32C" : "None",
	    (options & 1u << 3) != 0 ? "CRC32C" : "None",
	    (options & 1u << 11) != 0	  ? "None" :
		(options & 1u << 12) != 0 ? "CHAP_UNI" :
					    "CHAP_BI",
	    protocol == 0 ? "TCP" : "reserved");
	return true;
}

static bool
put_sas(struct att_buf *b, struct att_cur c)
{
	struct att_slice address, lun;
	uint16_t topology, port;

	if (!att_cur_bytes(&c, 8, &address) || !att_cur_bytes(&c, 8, &lun) ||
	    !att_cur_le16(&c, &topology) || !att_cur_le16(&c, &port) ||
	    !att_cur_empty(&c))
		return false;
	att_buf_str(b, "SasEx(0x");
	att_hex_put(b, address);
	att_buf_str(b, ",0x");
	att_hex_put(b, lun);
	att_buf_printf(b, ",0x%x,", port);
	if ((topology & 0x8f) == 0)
		att_buf_str(b, "NoTopology,0,0,0)");
	else if ((topology & 0x8f) > 2)
		att_buf_printf(b, "0x%x,0,0,0)", topology);
	else
		att_buf_printf(b, "%s,%s,%s,0x%x)",
		    (topology & 1u << 4) != 0 ? "SATA" : "SAS",
		    (topology & 1u << 5) != 0 ? "External" : "Internal",
		    (topology & 1u << 6) != 0 ? "Expanded" : "Direct",
		    (topology & 0x8f) == 1 ? 0 : (topology >> 8) + 1);
	return true;
}

static bool
put_nvme(struct att_buf *b, struct att_cur c)
{
	struct att_slice eui;
	uint32_t nsid;

	if (!att_cur_le32(&c, &nsid) || !att_cur_bytes(&c, 8, &eui) ||
	    !att_cur_empty(&c))
		return false;
	att_buf_printf(b, "NVMe(0x%x,", nsid);
	for (size_t i = eui.len; i > 0; i--)
		att_buf_printf(b, "%02x%s", eui.data[i - 1],
		    i > 1 ? "-" : ")");
	return true;
}

static bool
put_disk(struct att_buf *b, struct att_cur c)
{
	struct att_slice signature;
	uint8_t format, type;
	uint64_t start, size;
	uint32_t number;

	if (!att_cur_le32(&c, &number) || !att_cur_le64(&c, &start) ||
	    !att_cur_le64(&c, &size) || !att_cur_bytes(&c, 16, &signature) ||
	    !att_cur_u8(&c, &format) || !att_cur_u8(&c, &type) ||
	    !att_cur_empty(&c))
		return false;
	att_buf_printf(b, "HD(%u,", number);
	if (type == 1)
		att_buf_printf(b, "MBR,0x%08x",
		    (unsigned)number_of((struct att_slice){ signature.data,
			4 }));
	else if (type == 2) {
		att_buf_str(b, "GPT,");
		att_text_put_guid(b, signature.data);
	} else
		att_buf_printf(b, "%u,0", type);
	att_buf_printf(b, ",0x%llx,0x%llx)", (unsigned long long)start,
	    (unsigned long long)size);
	return true;
}

static bool
put_ram_disk(struct att_buf *b, struct att_cur c)
{
	struct att_slice guid;
	uint64_t start, end;
	uint16_t instance;

	if (!att_cur_le64(&c, &start) || !att_cur_le64(&c, &end) ||
	    !att_cur_bytes(&c, ATT_GUID_SIZE, &guid) ||
	    !att_cur_le16(&c, &instance) || !att_cur_empty(&c))
		return false;
	att_buf_printf(b, "RamDisk(0x%llx,0x%llx,%u,",
	    (unsigned long long)start, (unsigned long long)end, instance);
	att_text_put_guid(b, guid.data);
	att_buf_u8(b, ')');
	return true;
}

static bool
put_bbs(struct att_buf *b, struct att_cur c)
{
	static const char *const types[] = { [1] = "Floppy", [2] = "HD",
		[3] = "CDROM", [4] = "PCMCIA", [5] = "USB", [6] = "Network" };
	uint16_t type, status;

	if (!att_cur_le16(&c, &type) || !att_cur_le16(&c, &status))
		return false;
	if (type < ATT_COUNT(types) && types[type] != NULL)
		att_buf_printf(b, "BBS(%s,", types[type]);
	else
		att_buf_printf(b, "BBS(0x%x,", type);
	put_ascii(b, att_cur_rest(&c));
	att_buf_printf(b, ",0x%x)", status);
	return true;
}

static const struct {
	uint8_t type, subtype;
	const char *form;	/* or NULL, and: */
	bool (*put)(struct att_buf *b, struct att_cur c);
} nodes[] = {
	{ ATT_DEVPATH_HARDWARE, 1, NULL, put_pci },
	{ ATT_DEVPATH_HARDWARE, 2, "PcCard(%b)", NULL },
	{ ATT_DEVPATH_HARDWARE, 3, "MemoryMapped(%d,%q,%q)", NULL },
	{ ATT_DEVPATH_HARDWARE, 4, "VenHw(%g%v)", NULL },
	{ ATT_DEVPATH_HARDWARE, 5, "Ctrl(%d)", NULL },
	{ ATT_DEVPATH_HARDWARE, 6, "BMC(%b,%q)", NULL },
	{ ATT_DEVPATH_ACPI, 1, NULL, put_acpi },
	{ ATT_DEVPATH_ACPI, 2, NULL, put_acpi_ex },
	{ ATT_DEVPATH_ACPI, 3, NULL, put_acpi_adr },
	{ ATT_DEVPATH_MESSAGING, 1, NULL, put_ata },
	{ ATT_DEVPATH_MESSAGING, 2, "Scsi(%w,%w)", NULL },
	{ ATT_DEVPATH_MESSAGING, 3, "Fibre(%-%q,%q)", NULL },
	{ ATT_DEVPATH_MESSAGING, 4, "I1394(%-%q)", NULL },
	{ ATT_DEVPATH_MESSAGING, 5, "USB(%b,%b)", NULL },
	{ ATT_DEVPATH_MESSAGING, 6, "I2O(%d)", NULL },
	{ ATT_DEVPATH_MESSAGING, 9, "Infiniband(%d,%g,%q,%q,%q)", NULL },
	{ ATT_DEVPATH_MESSAGING, 10, "VenMsg(%g%v)", NULL },
	{ ATT_DEVPATH_MESSAGING, 11, NULL, put_mac },
	{ ATT_DEVPATH_MESSAGING, 12, NULL, put_ipv4 },
	{ ATT_DEVPATH_MESSAGING, 13, NULL, put_ipv6 },
	{ ATT_DEVPATH_MESSAGING, 14, NULL, put_uart },
	{ ATT_DEVPATH_MESSAGING, 15, "UsbClass(%w,%w,%b,%b,%b)", NULL },
	{ ATT_DEVPATH_MESSAGING, 16, NULL, put_usb_wwid },
	{ ATT_DEVPATH_MESSAGING, 17, "Unit(%b)", NULL },
	{ ATT_DEVPATH_MESSAGING, 18, "Sata(%w,%w,%w)", NULL },
	{ ATT_DEVPATH_MESSAGING, 19, NULL, put_iscsi },
	{ ATT_DEVPATH_MESSAGING, 20, "Vlan(%W)", NULL },
	{ ATT_DEVPATH_MESSAGING, 21, "FibreEx(%-0x%8,0x%8)", NULL },
	{ ATT_DEVPATH_MESSAGING, 22, NULL, put_sas },
	{ ATT_DEVPATH_MESSAGING, 23, NULL, put_nvme },
	{ ATT_DEVPATH_MESSAGING, 24, "Uri(%t)", NULL },
	{ ATT_DEVPATH_MESSAGING, 25, "UFS(%b,%b)", NULL },
	{ ATT_DEVPATH_MESSAGING, 26, "SD(%b)", NULL },
	{ ATT_DEVPATH_MESSAGING, 27, "Bluetooth(%6)", NULL },
	{ ATT_DEVPATH_MESSAGING, 28, "Wi-Fi(%t)", NULL },
	{ ATT_DEVPATH_MESSAGING, 29, "eMMC(%b)", NULL },
	{ ATT_DEVPATH_MESSAGING, 30, "BluetoothLE(%6,%b)", NULL },
	{ ATT_DEVPATH_MESSAGING, 31, NULL, put_dns },
	{ ATT_DEVPATH_MEDIA, 1, NULL, put_disk },
	{ ATT_DEVPATH_MEDIA, 2, "CDROM(%d,%q,%q)", NULL },
	{ ATT_DEVPATH_MEDIA, 3, "VenMedia(%g%v)", NULL },
	{ ATT_DEVPATH_MEDIA, 4, "%u", NULL },
	{ ATT_DEVPATH_MEDIA, 5, "Media(%g)", NULL },
	{ ATT_DEVPATH_MEDIA, 6, "FvFile(%g)", NULL },
	{ ATT_DEVPATH_MEDIA, 7, "Fv(%g)", NULL },
	{ ATT_DEVPATH_MEDIA, 8, "Offset(%-%q,%q)", NULL },
	{ ATT_DEVPATH_MEDIA, 9, NULL, put_ram_disk },
	{ ATT_DEVPATH_BBS, 1, NULL, put_bbs },
};

/* The form for nodes that are not known, or not as they should be. */
static void
put_generic(struct att_buf *b, const struct att_devpath_node *n)
{
	static const char *const names[] = {
		[ATT_DEVPATH_HARDWARE] = "HardwarePath",
		[ATT_DEVPATH_ACPI] = "AcpiPath",
		[ATT_DEVPATH_MESSAGING] = "Msg",
		[ATT_DEVPATH_MEDIA] = "MediaPath",
		[ATT_DEVPATH_BBS] = "BbsPath",
	};

	if (n->type < ATT_COUNT(names) && names[n->type] != NULL)
		att_buf_printf(b, "%s(%u", names[n->type], n->subtype);
	else
		att_buf_printf(b, "Path(%u,%u", n->type, n->subtype);
	put_field(b, 'v', n->data);
	att_buf_u8(b, ')');
}

void
att_devpath_node_print(const struct att_devpath_node *n, struct att_buf *ret)
{
	for (size_t i = 0; i < ATT_COUNT(nodes); i++) {
		struct att_cur c = att_cur_of(n->data);

		if (nodes[i].type != n->type ||
		    nodes[i].subtype != n->subtype)
			continue;
		if (nodes[i].form != NULL ? put_form(ret, nodes[i].form, c) :
					    nodes[i].put(ret, c))
			return;
	}
	put_generic(ret, n);
}
