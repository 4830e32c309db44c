#include "firmware/smbios.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/cur.h"

#define HEADER 4
#define NETWORK 0x40		/* DSP0134, table 121 */
#define REDFISH_OVER_IP 4	/* DSP0270, table 5 */

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* Strings up to the empty one that ends them; none is two NULs (6.1.3). */
static int
read_strings(struct att_cur *c, struct att_smbios *s, struct att_err *err)
{
	struct att_slice rest = att_cur_rest(c);
	size_t at = 0;

	for (;;) {
		const uint8_t *end = at == rest.len ? NULL :
		    memchr(rest.data + at, '\0', rest.len - at);
		size_t n;

		if (end == NULL)
			return att_err_at(err, ATT_E_SHORT, c->off + at,
			    "SMBIOS (DSP0134, 6.1.3): strings do not end");
		n = (size_t)(end - (rest.data + at));
		at += n + 1;
		if (n == 0)
			break;
		s->string_count++;
	}
	s->strings = (struct att_slice){ rest.data, at - 1 };
	/* without a string there are two NULs */
	if (s->string_count == 0 && at < rest.len && rest.data[at] == '\0')
		at++;
	else if (s->string_count == 0)
		return att_err_at(err, ATT_E_SHORT, c->off + at,
		    "SMBIOS (DSP0134, 6.1.3): one NUL where two end it");
	return att_cur_skip(c, at) ? 0 : att_err_set(err, ATT_E_SHORT,
	    "SMBIOS: strings do not end");
}

int
att_smbios_parse(struct att_slice raw, struct att_smbios *ret,
    struct att_err *err)
{
	struct att_cur c = att_cur_of(raw);
	struct att_smbios s = { 0 };
	uint8_t len;
	int r;

	if (raw.len > ATT_SMBIOS_MAX)
		return att_err_set(err, ATT_E_LIMIT, "SMBIOS: %zu bytes, at "
		    "most %d are taken", raw.len, ATT_SMBIOS_MAX);
	if (!att_cur_u8(&c, &s.type) || !att_cur_u8(&c, &len) ||
	    !att_cur_le16(&c, &s.handle))
		return att_err_at(err, ATT_E_SHORT, c.off,
		    "SMBIOS (DSP0134, 6.1.2): no header");
	if (len < HEADER)
		return att_err_at(err, ATT_E_FORMAT, 1, "SMBIOS (DSP0134, "
		    "6.1.2): a length of %u, the header has %d", len, HEADER);
	if (!att_cur_bytes(&c, len - HEADER, &s.body))
		return att_err_at(err, ATT_E_SHORT, c.off, "SMBIOS (DSP0134, "
		    "6.1.2): ends before its length of %u", len);
	if ((r = read_strings(&c, &s, err)) < 0)
		return r;
	if (!att_cur_empty(&c))
		return att_err_at(err, ATT_E_TRAILING, c.off,
		    "SMBIOS: %zu bytes behind the strings", c.left);
	*ret = s;
	return 0;
}

bool
att_smbios_string(const struct att_smbios *s, uint8_t n,
    struct att_slice *ret)
{
	struct att_slice left = s->strings;

	if (n == 0 || n > s->string_count)
		return false;
	for (;;) {
		const uint8_t *end = memchr(left.data, '\0', left.len);
		size_t len = (size_t)(end - left.data);

		if (--n == 0) {
			*ret = (struct att_slice){ left.data, len };
			return true;
		}
		left = (struct att_slice){ end + 1, left.len - len - 1 };
	}
}

/* -- type 42 --------------------------------------------------------------- */

/* Fields of a version 1 end with these; version 2 has its length in front. */
static void
read_usb(struct att_cur *c, bool second, struct att_host_interface *h)
{
	uint8_t len, serial;

	h->device = ATT_HOST_USB;
	if (second && !att_cur_u8(c, &len))
		return;
	if (!att_cur_le16(c, &h->vendor) || !att_cur_le16(c, &h->product) ||
	    !second)
		return;
	h->has_mac = att_cur_u8(c, &serial) &&
	    att_cur_copy(c, h->mac, sizeof(h->mac));
}

static void
read_pci(struct att_cur *c, bool second, struct att_host_interface *h)
{
	uint8_t len;

	h->device = ATT_HOST_PCI;
	if (second && !att_cur_u8(c, &len))
		return;
	if (!att_cur_le16(c, &h->vendor) || !att_cur_le16(c, &h->product) ||
	    !second)
		return;
	/* subsystem vendor and device in between */
	h->has_mac = att_cur_skip(c, 4) &&
	    att_cur_copy(c, h->mac, sizeof(h->mac));
}

/*
 * What the interface is made of (DSP0270, table 3): for people, and to know it
 * among the host's own; a short one has fields that are 0.
 */
static void
read_device(struct att_cur *c, struct att_host_interface *h)
{
	uint8_t type = 0;

	if (!att_cur_u8(c, &type))
		return;
	if (type == 2 || type == 4)
		read_usb(c, type == 4, h);
	else if (type == 3 || type == 5)
		read_pci(c, type == 5, h);
}

static enum att_ip_assignment
assignment_of(uint8_t v)
{
	return v <= ATT_IP_HOST_SELECTED ? (enum att_ip_assignment)v :
					   ATT_IP_UNKNOWN;
}

/* IPv4 stands in the first 4 bytes; format 1 is IPv4, 2 is IPv6. */
static bool
read_address(struct att_cur *c, uint8_t format,
    char ret[static ATT_HOST_ADDRESS_MAX + 1])
{
	static const uint8_t any[16];
	uint8_t raw[16];

	if (!att_cur_copy(c, raw, sizeof(raw)))
		return false;
	ret[0] = '\0';
	if (format == 1 && memcmp(raw, any, 4) != 0)
		(void)inet_ntop(AF_INET, raw, ret, ATT_HOST_ADDRESS_MAX + 1);
	else if (format == 2 && memcmp(raw, any, 16) != 0)
		(void)inet_ntop(AF_INET6, raw, ret, ATT_HOST_ADDRESS_MAX + 1);
	return true;
}

/* Its length counts a NUL at the end on some machines. */
static int
read_host_name(struct att_cur *c, struct att_host_redfish *f,
    struct att_err *err)
{
	struct att_slice name;
	uint8_t len;

	if (!att_cur_u8(c, &len) || !att_cur_bytes(c, len, &name))
		return att_err_at(err, ATT_E_SHORT, c->off, "Redfish over IP "
		    "(DSP0270, table 6): ends before its host name");
	while (name.len > 0 && name.data[name.len - 1] == '\0')
		name.len--;
	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] == '\0' ||
		    strchr(LETTERS "0123456789-.:", name.data[i]) == NULL)
			return att_err_set(err, ATT_E_FORMAT, "Redfish over "
			    "IP (DSP0270, table 6): byte 0x%02x in a host "
			    "name", name.data[i]);
	if (name.len > 0)
		memcpy(f->host_name, name.data, name.len);
	f->host_name[name.len] = '\0';
	return 0;
}

/* DSP0270, table 6. */
static int
read_redfish(struct att_cur *c, struct att_host_redfish *ret,
    struct att_err *err)
{
	struct att_host_redfish f = { 0 };
	uint8_t how, format;
	int r;

	if (!att_cur_copy(c, f.uuid, sizeof(f.uuid)) ||
	    !att_cur_u8(c, &how) || !att_cur_u8(c, &format) ||
	    !read_address(c, format, f.host_address) || !att_cur_skip(c, 16))
		return att_err_at(err, ATT_E_SHORT, c->off, "Redfish over IP "
		    "(DSP0270, table 6): ends within the host's address");
	f.host_assignment = assignment_of(how);
	if (!att_cur_u8(c, &how) || !att_cur_u8(c, &format) ||
	    !read_address(c, format, f.service_address) ||
	    !att_cur_skip(c, 16) || !att_cur_le16(c, &f.port) ||
	    !att_cur_le32(c, &f.vlan))
		return att_err_at(err, ATT_E_SHORT, c->off, "Redfish over IP "
		    "(DSP0270, table 6): ends within the service's address");
	f.service_assignment = assignment_of(how);
	if ((r = read_host_name(c, &f, err)) < 0)
		return r;
	*ret = f;
	return 0;
}

static int
read_record(struct att_cur *c, struct att_host_interface *h,
    struct att_err *err)
{
	struct att_cur data;
	uint8_t type, len;

	if (!att_cur_u8(c, &type) || !att_cur_u8(c, &len) ||
	    !att_cur_child(c, len, &data))
		return att_err_at(err, ATT_E_SHORT, c->off, "host interface "
		    "(DSP0134, 7.43): ends within a protocol record");
	if (type != REDFISH_OVER_IP || h->count++ > 0)
		return 0;
	return read_redfish(&data, &h->redfish, err);
}

int
att_host_interface_parse(const struct att_smbios *s,
    struct att_host_interface *ret, struct att_err *err)
{
	struct att_cur c = att_cur_of(s->body), data;
	struct att_host_interface h = { 0 };
	uint8_t kind, len, records = 0;
	int r;

	if (s->type != ATT_SMBIOS_HOST_INTERFACE)
		return att_err_set(err, ATT_E_MISMATCH, "SMBIOS: type %u, "
		    "wanted %d", s->type, ATT_SMBIOS_HOST_INTERFACE);
	if (!att_cur_u8(&c, &kind) || !att_cur_u8(&c, &len) ||
	    !att_cur_child(&c, len, &data))
		return att_err_at(err, ATT_E_SHORT, c.off, "host interface "
		    "(DSP0134, 7.43): ends within its device");
	if (kind != NETWORK)
		return att_err_set(err, ATT_E_UNSUPPORTED, "host interface: "
		    "type 0x%02x, not a network (0x%02x)", kind, NETWORK);
	read_device(&data, &h);
	/* before 3.2 there was no count, and nothing behind (7.43) */
	if (!att_cur_empty(&c) && !att_cur_u8(&c, &records))
		return att_err_set(err, ATT_E_SHORT, "host interface: no "
		    "count");
	for (unsigned i = 0; i < records; i++)
		if ((r = read_record(&c, &h, err)) < 0)
			return r;
	*ret = h;
	return 0;
}
