#include "eventlog/spdm.h"

#include "eventlog/devpath.h"

#define SIGNATURE_SIZE 16
#define SPECIFICATION_DMTF 0x01
#define TYPE_PCI 1
#define TYPE_USB 2
#define SUB_MEASUREMENTS 0
#define SUB_CHAIN 1

static const struct {
	uint8_t auth;
	const char *name;
} auths[] = {
	{ ATT_SPDM_AUTH_SUCCESS, "success" },
	{ ATT_SPDM_AUTH_NONE, "not authenticated" },
	{ ATT_SPDM_AUTH_NO_BINDING, "not bound" },
	{ ATT_SPDM_AUTH_FAIL_NO_SIG, "failed: no signature" },
	{ ATT_SPDM_AUTH_FAIL_INVALID, "failed: invalid" },
	{ ATT_SPDM_AUTH_NO_SPDM, "no SPDM" },
};

const char *
att_spdm_auth_name(uint8_t auth)
{
	for (size_t i = 0; i < ATT_COUNT(auths); i++)
		if (auths[i].auth == auth)
			return auths[i].name;
	return NULL;
}

static int
cut(const struct att_cur *c, const char *what, struct att_err *err)
{
	return att_err_at(err, ATT_E_SHORT, c->off,
	    "device security event (PFP 10.2.7) ends within %s", what);
}

static bool
get_path(struct att_cur *c, struct att_slice *ret)
{
	uint64_t len;

	return att_cur_le64(c, &len) && att_cur_bytes(c, len, ret);
}

static int
cut_block(const struct att_cur *c, const char *what, struct att_err *err)
{
	return att_err_at(err, ATT_E_SHORT, c->off,
	    "measurement block (DSP0274 10.11.1) ends within %s", what);
}

/* A common header, and of DMTF's kind a value with type and size. */
int
att_spdm_block_next(struct att_cur *c, struct att_spdm_block *ret,
    struct att_err *err)
{
	struct att_spdm_block b = { 0 };
	struct att_cur at = *c, body;
	uint16_t size = 0, value = 0;

	if (att_cur_empty(c))
		return 0;
	if (!att_cur_u8(&at, &b.index) || !att_cur_u8(&at, &b.specification) ||
	    !att_cur_le16(&at, &size) || !att_cur_child(&at, size, &body))
		return cut_block(&at, "what its header says", err);
	if ((b.specification & SPECIFICATION_DMTF) == 0) {
		b.value = att_cur_rest(&body);
	} else if (!att_cur_u8(&body, &b.type) ||
	    !att_cur_le16(&body, &value) ||
	    !att_cur_bytes(&body, value, &b.value)) {
		return cut_block(&body, "a measurement", err);
	} else if (!att_cur_empty(&body)) {
		return att_err_at(err, ATT_E_TRAILING, body.off,
		    "measurement block (DSP0274 10.11.1): %zu bytes behind "
		    "the value", body.left);
	}
	*c = at;
	*ret = b;
	return 1;
}

/* Signature and version are behind c; one block stands in the header. */
static int
parse_form1(struct att_cur c, struct att_spdm_device *d, struct att_err *err)
{
	struct att_spdm_block b;
	struct att_cur from;
	uint16_t length;
	int r;

	if (!att_cur_le16(&c, &length) || !att_cur_le32(&c, &d->hash_alg) ||
	    !att_cur_le32(&c, &d->type))
		return cut(&c, "its header", err);
	from = c;
	if ((r = att_spdm_block_next(&c, &b, err)) < 0)
		return r;
	if (r == 0)
		return cut(&c, "its header", err);
	d->count = 1;
	d->body = (struct att_slice){ from.p, from.left - c.left };
	if (!get_path(&c, &d->path))
		return cut(&c, "DevicePath", err);
	d->context = att_cur_rest(&c);
	return 0;
}

static int
parse_sub_header(struct att_cur c, uint32_t type, struct att_spdm_device *d,
    struct att_err *err)
{
	d->content = type;
	/* a device that failed has none */
	if (att_cur_empty(&c))
		return 0;
	if (type <= SUB_CHAIN &&
	    (!att_cur_le16(&c, &d->spdm_version) ||
		!att_cur_u8(&c, &d->count) || !att_cur_skip(&c, 1) ||
		!att_cur_le32(&c, &d->hash_alg)))
		return cut(&c, "its sub-header", err);
	d->body = att_cur_rest(&c);
	return 0;
}

/*
 * `length` should count what follows it, and EDK II writes the size of it all:
 * both are taken, and nothing is measured by it.
 */
static int
parse_form2(struct att_cur c, struct att_spdm_device *d, struct att_err *err)
{
	uint32_t length, sub_type, sub_length;
	size_t total = c.left + SIGNATURE_SIZE + 2;
	struct att_cur sub;
	int r;

	if (!att_cur_u8(&c, &d->auth) || !att_cur_skip(&c, 1) ||
	    !att_cur_le32(&c, &length))
		return cut(&c, "its header", err);
	if (length != c.left && length != total)
		return att_err_at(err, ATT_E_FORMAT, c.off - 4,
		    "device security event (PFP 10.2.7) of %u bytes, is of "
		    "%zu", length, c.left);
	if (!att_cur_le32(&c, &d->type) || !att_cur_le32(&c, &sub_type) ||
	    !att_cur_le32(&c, &sub_length) || !att_cur_le64(&c, &d->uid))
		return cut(&c, "its header", err);
	if (!get_path(&c, &d->path))
		return cut(&c, "DevicePath", err);
	if (!att_cur_child(&c, sub_length, &sub))
		return cut(&c, "its sub-header", err);
	if ((r = parse_sub_header(sub, sub_type, d, err)) < 0)
		return r;
	d->context = att_cur_rest(&c);
	return 0;
}

int
att_spdm_parse(struct att_cur c, struct att_spdm_device *ret,
    struct att_err *err)
{
	struct att_spdm_device d = { 0 };
	struct att_slice signature;
	int r;

	if (!att_cur_bytes(&c, SIGNATURE_SIZE, &signature) ||
	    !att_cur_le16(&c, &d.version))
		return cut(&c, "its header", err);
	if (att_slice_is(signature, "SPDM Device Sec2"))
		d.form = 2;
	else if (signature.data[SIGNATURE_SIZE - 1] == 0 &&
	    att_slice_is((struct att_slice){ signature.data,
			     SIGNATURE_SIZE - 1 },
		"SPDM Device Sec"))
		d.form = 1;
	else
		return att_err_at(err, ATT_E_FORMAT, c.off - 2,
		    "device security event (PFP 10.2.7): no \"SPDM Device "
		    "Sec\"");
	r = d.form == 1 ? parse_form1(c, &d, err) : parse_form2(c, &d, err);
	if (r < 0)
		return r;
	*ret = d;
	return 0;
}

/* -- describing ------------------------------------------------------------ */

/* DSP0274, table 53 */
static const char *const value_types[] = { "immutable ROM",
	"mutable firmware", "hardware configuration",
	"firmware configuration", "measurement manifest", "device mode",
	"firmware version", "security version number" };

static int
put_blocks(struct att_cur c, struct att_fields f, struct att_err *err)
{
	struct att_fields all = att_fields_array(f, "measurements");
	struct att_spdm_block b;
	int r;

	while ((r = att_spdm_block_next(&c, &b, err)) == 1) {
		struct att_fields one = att_fields_object(all, NULL);
		unsigned type = b.type & 0x7f;

		att_fields_uint(one, "index", b.index);
		if ((b.specification & SPECIFICATION_DMTF) != 0) {
			if (type < ATT_COUNT(value_types))
				att_fields_str(one, "type",
				    value_types[type]);
			else
				att_fields_uint(one, "type", type);
			att_fields_bool(one, "raw", (b.type & 0x80) != 0);
		}
		att_fields_hex(one, "value_hex", b.value);
	}
	return r;
}

static int
put_content(struct att_cur whole, const struct att_spdm_device *d,
    struct att_fields f, struct att_err *err)
{
	if (d->content == SUB_MEASUREMENTS)
		return put_blocks(att_cur_within(whole, d->body), f, err);
	if (d->content == SUB_CHAIN) {
		att_fields_uint(f, "slot", d->count);
		att_fields_uint(f, "chain_size", d->body.len);
		att_fields_sha256(f, "chain_sha256", d->body);
	} else {
		att_fields_uint(f, "content", d->content);
		att_fields_hex(f, "content_hex", d->body);
	}
	return 0;
}

static int
put_pci(struct att_cur c, struct att_fields f, struct att_err *err)
{
	uint16_t version, length, vendor, device, sub_vendor, sub_device;
	struct att_slice class;
	uint8_t revision;

	if (!att_cur_le16(&c, &version) || !att_cur_le16(&c, &length) ||
	    !att_cur_le16(&c, &vendor) || !att_cur_le16(&c, &device) ||
	    !att_cur_u8(&c, &revision) || !att_cur_bytes(&c, 3, &class) ||
	    !att_cur_le16(&c, &sub_vendor) || !att_cur_le16(&c, &sub_device) ||
	    !att_cur_empty(&c))
		return att_err_at(err, ATT_E_FORMAT, c.off,
		    "device security event (PFP 10.2.7): PCI context of "
		    "another size than 16");
	att_fields_address(f, "vendor", vendor);
	att_fields_address(f, "device", device);
	att_fields_uint(f, "revision", revision);
	att_fields_address(f, "class", (uint64_t)class.data[2] << 16 |
		(uint64_t)class.data[1] << 8 | class.data[0]);
	att_fields_address(f, "subsystem_vendor", sub_vendor);
	att_fields_address(f, "subsystem", sub_device);
	return 0;
}

static int
put_path(struct att_cur c, struct att_fields f, struct att_err *err)
{
	AUTO_DONE(att_buf_done)
	struct att_buf b = ATT_BUF(ATT_DEVPATH_TEXT_MAX);
	int r = att_devpath_print(&c, &b, err);

	att_fields_buf(f, "path", &b);
	return r;
}

int
att_spdm_describe(struct att_cur c, struct att_fields f, struct att_err *err)
{
	struct att_spdm_device d;
	int r;

	if ((r = att_spdm_parse(c, &d, err)) < 0)
		return r;
	att_fields_uint(f, "version", d.version);
	if (d.form == 2) {
		const char *auth = att_spdm_auth_name(d.auth);

		att_fields_uint(f, "auth_state", d.auth);
		if (auth != NULL)
			att_fields_str(f, "auth_state_name", auth);
		att_fields_address(f, "uid", d.uid);
		att_fields_address(f, "spdm_version", d.spdm_version);
	}
	att_fields_address(f, "hash_algorithms", d.hash_alg);
	if ((r = put_path(att_cur_within(c, d.path), f, err)) < 0)
		return r;
	if ((r = put_content(c, &d, f, err)) < 0)
		return r;
	if (d.type == TYPE_PCI)
		return put_pci(att_cur_within(c, d.context),
		    att_fields_object(f, "pci"), err);
	if (d.context.len > 0)
		att_fields_hex(f, d.type == TYPE_USB ? "usb_hex" :
						       "context_hex",
		    d.context);
	return 0;
}
