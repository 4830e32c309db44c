#include "firmware/spdm.h"

#include <string.h>

#define GET_MEASUREMENTS 0xe0
#define MEASUREMENTS 0x60

/* Request attributes */
#define SIGNATURE_REQUESTED 0x01
#define RAW_REQUESTED 0x02		/* 1.2 on */
#define NEW_REQUESTED 0x04		/* 1.3 on */

#define OPERATION_COUNT 0x00
#define OPERATION_ALL 0xff
#define SLOT_MASK 0x0f
#define SLOT_MAX 7			/* 0x0f: a bare key, no certificate */
#define CONTEXT_SIZE 8			/* 1.3 on */
#define TYPE_RAW 0x80
#define MODE_SIZE 16

struct request {
	uint8_t attributes, operation, slot;
	struct att_slice nonce, context;
};

static const char *const types[] = {
	[ATT_SPDM_ROM] = "rom",
	[ATT_SPDM_FIRMWARE] = "firmware",
	[ATT_SPDM_HARDWARE_CONFIG] = "hardware configuration",
	[ATT_SPDM_FIRMWARE_CONFIG] = "firmware configuration",
	[ATT_SPDM_MANIFEST] = "manifest",
	[ATT_SPDM_DEVICE_MODE] = "device mode",
	[ATT_SPDM_FIRMWARE_VERSION] = "firmware version",
	[ATT_SPDM_SECURITY_VERSION] = "security version",
};

static bool
is_dmtf(const struct att_spdm_block *b)
{
	return b->specification == 1;
}

static bool
is_raw(const struct att_spdm_block *b, enum att_spdm_type type)
{
	return is_dmtf(b) && b->type == (TYPE_RAW | type);
}

const char *
att_spdm_type_name(const struct att_spdm_block *b)
{
	unsigned type = b->type & ~(unsigned)TYPE_RAW;

	return is_dmtf(b) && type < ATT_COUNT(types) ? types[type] : NULL;
}

bool
att_spdm_is_unused(const struct att_spdm_block *b)
{
	struct att_cur c = att_cur_of(b->value);

	return b->value.len > 0 && att_cur_all(&c, b->value.len, 0);
}

bool
att_spdm_security_version(const struct att_spdm_block *b, uint64_t *ret)
{
	struct att_cur c = att_cur_of(b->value);

	return is_raw(b, ATT_SPDM_SECURITY_VERSION) &&
	    b->value.len == sizeof(*ret) && att_cur_le64(&c, ret);
}

static int
cut(const struct att_cur *c, const char *what, struct att_err *err)
{
	return att_err_at(err, ATT_E_SHORT, c->off,
	    "SPDM transcript (DSP0274) ends within %s", what);
}

/* -- GET_MEASUREMENTS ------------------------------------------------------ */

static int
check_attributes(uint8_t version, uint8_t attributes, struct att_err *err)
{
	uint8_t known = SIGNATURE_REQUESTED;

	if (version >= ATT_SPDM_12)
		known |= RAW_REQUESTED;
	if (version >= ATT_SPDM_13)
		known |= NEW_REQUESTED;
	if ((attributes & ~(unsigned)known) != 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "GET_MEASUREMENTS (DSP0274): attributes 0x%02x, known "
		    "are 0x%02x", attributes, known);
	if ((attributes & NEW_REQUESTED) != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "GET_MEASUREMENTS asks for what will run after a reset, "
		    "not for what runs");
	return 0;
}

static int
get_signature_part(struct att_cur *c, uint8_t version, struct request *q,
    struct att_err *err)
{
	uint8_t slot = 0;

	if (!att_cur_bytes(c, ATT_SPDM_NONCE_SIZE, &q->nonce) ||
	    (version >= ATT_SPDM_11 && !att_cur_u8(c, &slot)))
		return cut(c, "GET_MEASUREMENTS", err);
	q->slot = slot & SLOT_MASK;
	if (q->slot > SLOT_MAX)
		return att_err_at(err, ATT_E_UNSUPPORTED, c->off - 1,
		    "GET_MEASUREMENTS is for slot %u, certificates are in 0 "
		    "to %d", q->slot, SLOT_MAX);
	return 0;
}

static int
get_request(struct att_cur *c, uint8_t version, struct request *ret,
    struct att_err *err)
{
	struct request q = { 0 };
	uint64_t off = c->off;
	uint8_t is, code;
	int r;

	if (!att_cur_u8(c, &is) || !att_cur_u8(c, &code) ||
	    !att_cur_u8(c, &q.attributes) || !att_cur_u8(c, &q.operation))
		return cut(c, "GET_MEASUREMENTS", err);
	if (is != version || code != GET_MEASUREMENTS)
		return att_err_at(err, ATT_E_FORMAT, off,
		    "SPDM transcript: 0x%02x 0x%02x where GET_MEASUREMENTS "
		    "(0x%02x 0x%02x) stands", is, code, version,
		    GET_MEASUREMENTS);
	if ((r = check_attributes(version, q.attributes, err)) < 0)
		return r;
	if ((q.attributes & SIGNATURE_REQUESTED) != 0 &&
	    (r = get_signature_part(c, version, &q, err)) < 0)
		return r;
	if (version >= ATT_SPDM_13 &&
	    !att_cur_bytes(c, CONTEXT_SIZE, &q.context))
		return cut(c, "GET_MEASUREMENTS", err);
	*ret = q;
	return 0;
}

/* -- blocks ---------------------------------------------------------------- */

/* What appraisal compares has to have the form that its type says. */
static int
check_block(const struct att_spdm_transcript *t,
    const struct att_spdm_block *b, struct att_err *err)
{
	if (b->index == 0 || b->index > ATT_SPDM_INDEX_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "measurement block of index %u, must be 1 to %d",
		    b->index, ATT_SPDM_INDEX_MAX);
	if (t->version >= ATT_SPDM_12 && is_dmtf(b) &&
	    (b->type & TYPE_RAW) == 0 && b->value.len != t->digest_size)
		return att_err_set(err, ATT_E_FORMAT,
		    "measurement %u is a digest of %zu bytes, the selected "
		    "hash has %zu", b->index, b->value.len, t->digest_size);
	if ((is_raw(b, ATT_SPDM_DEVICE_MODE) && b->value.len != MODE_SIZE) ||
	    (is_raw(b, ATT_SPDM_SECURITY_VERSION) &&
		b->value.len != sizeof(uint64_t)))
		return att_err_set(err, ATT_E_FORMAT,
		    "measurement %u (%s) of %zu bytes", b->index,
		    att_spdm_type_name(b), b->value.len);
	return 0;
}

/* Of several, the worst of each: bits that are set anywhere, least version. */
static void
look_at(struct att_spdm_transcript *t, const struct att_spdm_block *b)
{
	struct att_cur c = att_cur_of(b->value);
	uint32_t operational, device;
	uint64_t version;

	if (is_raw(b, ATT_SPDM_DEVICE_MODE) && att_cur_skip(&c, 4) &&
	    att_cur_le32(&c, &operational) && att_cur_skip(&c, 4) &&
	    att_cur_le32(&c, &device)) {
		t->mode.operational |= operational;
		t->mode.device |= device;
		t->has_mode = true;
	}
	if (att_spdm_security_version(b, &version)) {
		if (!t->has_security_version || version < t->security_version)
			t->security_version = version;
		t->has_security_version = true;
	}
}

static int
keep(struct att_spdm_transcript *t, const struct att_spdm_block *b,
    struct att_err *err)
{
	struct att_spdm_measurement *m = &t->at[b->index];

	if (m->there && m->last)
		return att_err_set(err, ATT_E_FORMAT,
		    "measurement %u stands twice in one answer", b->index);
	if (m->there && (m->block.specification != b->specification ||
	    m->block.type != b->type ||
	    !att_slice_equal(m->block.value, b->value)))
		return att_err_set(err, ATT_E_CONFLICT,
		    "measurement %u changed from one answer to the next",
		    b->index);
	t->count += !m->there;
	*m = (struct att_spdm_measurement){ true, true, *b };
	look_at(t, b);
	return 0;
}

/* How many blocks answer an operation, and which. */
static bool
is_answer(uint8_t operation, unsigned count, uint8_t index)
{
	if (operation == OPERATION_COUNT)
		return count == 0;
	if (operation == OPERATION_ALL)
		return count > 0;
	return count == 1 && index == operation;
}

static int
get_blocks(struct att_cur record, unsigned count, uint8_t operation,
    struct att_spdm_transcript *t, struct att_err *err)
{
	struct att_spdm_block b = { 0 };
	unsigned n = 0;
	int r;

	for (size_t i = 0; i < ATT_COUNT(t->at); i++)
		t->at[i].last = false;
	while ((r = att_spdm_block_next(&record, &b, err)) > 0) {
		if (++n > count)
			break;
		if ((r = check_block(t, &b, err)) < 0 ||
		    (r = keep(t, &b, err)) < 0)
			return r;
	}
	if (r < 0)
		return r;
	if (n != count)
		return att_err_at(err, ATT_E_FORMAT, record.off,
		    "MEASUREMENTS (DSP0274) announces %u blocks, %s", count,
		    n < count ? "there are less" : "there are more");
	if (!is_answer(operation, n, b.index))
		return att_err_at(err, ATT_E_FORMAT, record.off,
		    "MEASUREMENTS (DSP0274): %u blocks are no answer to "
		    "request 0x%02x", n, operation);
	return 0;
}

/* -- MEASUREMENTS ---------------------------------------------------------- */

static int
get_header(struct att_cur *c, const struct request *q,
    struct att_spdm_transcript *t, struct att_err *err)
{
	uint64_t off = c->off;
	uint8_t version, code, param2;
	unsigned content;

	if (!att_cur_u8(c, &version) || !att_cur_u8(c, &code) ||
	    !att_cur_skip(c, 1) || !att_cur_u8(c, &param2))
		return cut(c, "MEASUREMENTS", err);
	if (version != t->version || code != MEASUREMENTS)
		return att_err_at(err, ATT_E_FORMAT, off,
		    "SPDM transcript: 0x%02x 0x%02x where MEASUREMENTS "
		    "(0x%02x 0x%02x) stands", version, code, t->version,
		    MEASUREMENTS);
	if ((q->attributes & SIGNATURE_REQUESTED) != 0 &&
	    version >= ATT_SPDM_11 && (param2 & SLOT_MASK) != q->slot)
		return att_err_at(err, ATT_E_FORMAT, off + 3,
		    "MEASUREMENTS (DSP0274) is of slot %u, %u was asked",
		    param2 & SLOT_MASK, q->slot);
	content = t->version >= ATT_SPDM_12 ? param2 >> 4 & 3 : 0;
	if (content > ATT_SPDM_CONTENT_SAME)
		return att_err_at(err, ATT_E_FORMAT, off + 3,
		    "MEASUREMENTS (DSP0274): content changed is 3");
	/* once it was so, it stays so */
	if (t->content != ATT_SPDM_CONTENT_CHANGED)
		t->content = (enum att_spdm_content)content;
	return 0;
}

static int
get_record(struct att_cur *c, const struct request *q,
    struct att_spdm_transcript *t, struct att_err *err)
{
	struct att_cur record;
	uint8_t count, high;
	uint16_t low;

	if (!att_cur_u8(c, &count) || !att_cur_le16(c, &low) ||
	    !att_cur_u8(c, &high) ||
	    !att_cur_child(c, (uint32_t)high << 16 | low, &record))
		return cut(c, "the record of MEASUREMENTS", err);
	return get_blocks(record, count, q->operation, t, err);
}

static int
get_tail(struct att_cur *c, const struct request *q,
    struct att_spdm_transcript *t, struct att_err *err)
{
	struct att_slice context;
	uint16_t opaque;

	if (!att_cur_skip(c, ATT_SPDM_NONCE_SIZE) ||
	    !att_cur_le16(c, &opaque) ||
	    !att_cur_bytes(c, opaque, &t->opaque))
		return cut(c, "MEASUREMENTS", err);
	if (t->version < ATT_SPDM_13)
		return 0;
	if (!att_cur_bytes(c, CONTEXT_SIZE, &context))
		return cut(c, "MEASUREMENTS", err);
	if (!att_slice_equal(context, q->context))
		return att_err_at(err, ATT_E_MISMATCH, c->off - CONTEXT_SIZE,
		    "MEASUREMENTS (DSP0274): RequesterContext is not that of "
		    "the request");
	return 0;
}

static int
get_pair(struct att_cur *c, struct att_spdm_transcript *t, bool *ret_signed,
    struct att_err *err)
{
	struct request q = { 0 };
	int r;

	if ((r = get_request(c, t->version, &q, err)) < 0 ||
	    (r = get_header(c, &q, t, err)) < 0 ||
	    (r = get_record(c, &q, t, err)) < 0 ||
	    (r = get_tail(c, &q, t, err)) < 0)
		return r;
	t->pairs++;
	t->nonce = q.nonce;
	t->slot = q.slot;
	*ret_signed = (q.attributes & SIGNATURE_REQUESTED) != 0;
	return 0;
}

/* -- the whole ------------------------------------------------------------- */

/* Up to 1.1 its length is the key's to say: one that some key has. */
static int
check_signature(const struct att_spdm_transcript *t, uint64_t off,
    struct att_err *err)
{
	static const size_t sizes[] = { 64, 96, 256, 384, 512 };
	size_t want = att_spdm_signature_size(&t->algorithms);

	for (size_t i = 0; want == 0 && i < ATT_COUNT(sizes); i++)
		if (sizes[i] == t->signature.len)
			want = sizes[i];
	if (want != 0 && t->signature.len == want)
		return 0;
	if (want == 0)
		return att_err_at(err, ATT_E_FORMAT, off,
		    "SPDM transcript ends in %zu bytes, which is no "
		    "signature's length", t->signature.len);
	return att_err_at(err, t->signature.len < want ? ATT_E_SHORT :
							 ATT_E_TRAILING,
	    off, "SPDM transcript ends in %zu bytes, a signature of %zu "
	    "must stand there", t->signature.len, want);
}

/* What stands in front of the first request, if anything does. */
static int
begin(struct att_cur *c, struct att_spdm_transcript *t, struct att_err *err)
{
	struct att_spdm_vca vca;
	struct att_cur at = *c;
	int r;

	if (att_spdm_vca_is_there(c)) {
		if ((r = att_spdm_vca_parse(c, &vca, err)) < 0)
			return r;
		t->version = vca.version;
		t->algorithms = vca.algorithms;
		t->digest_size = vca.digest_size;
		return 0;
	}
	if (!att_cur_u8(&at, &t->version))
		return cut(&at, "its first message", err);
	if (t->version != ATT_SPDM_10 && t->version != ATT_SPDM_11)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "SPDM transcript begins with version 0x%02x: 1.0 and 1.1 "
		    "are taken, and 1.2 and 1.3 with VCA in front",
		    t->version);
	return 0;
}

int
att_spdm_transcript_parse(struct att_slice bytes,
    struct att_spdm_transcript *ret, struct att_err *err)
{
	struct att_spdm_transcript t = { 0 };
	struct att_cur c = att_cur_of(bytes);
	bool is_signed = false;
	int r;

	if (bytes.len > ATT_SPDM_TRANSCRIPT_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "SPDM transcript of %zu bytes, at most %u are taken",
		    bytes.len, ATT_SPDM_TRANSCRIPT_MAX);
	if ((r = begin(&c, &t, err)) < 0)
		return r;
	/* L1/L2 ends with the first signature: nothing can come after it */
	while (!is_signed) {
		if (t.pairs > 0 && att_cur_empty(&c))
			return att_err_at(err, ATT_E_FORMAT, c.off,
			    "SPDM transcript: none of %u answers is signed",
			    t.pairs);
		if ((r = get_pair(&c, &t, &is_signed, err)) < 0)
			return r;
	}
	t.message = (struct att_slice){ bytes.data, bytes.len - c.left };
	t.signature = att_cur_rest(&c);
	if ((r = check_signature(&t, c.off, err)) < 0)
		return r;
	*ret = t;
	return 0;
}
