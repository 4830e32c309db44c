#include "agent/measure_wire.h"

#include <string.h>

#include "base/cur.h"
#include "base/text.h"
#include "eventlog/ima.h"
#include "eventlog/userspace.h"
#include "evidence/bundle.h"
#include "evidence/posture.h"
#include "firmware/smbios.h"

/* flags of an answer */
#define HAS_DATA 1u
#define IS_CUT 2u
/* flags of a clock */
#define HAS_CLOCK 1u
#define IS_SAFE 2u

#define COMPONENTS_BYTES (8u << 20)	/* of a document */
#define SMBIOS_BYTES (4u * ATT_SMBIOS_MAX)

static const struct att_wire_kind kinds[ATT_WIRE_CODES] = {
	[ATT_WIRE_BOOT_ID] = { "boot-id", 4096, 5, 0 },
	[ATT_WIRE_BOOT_LOG] = { "boot-log", ATT_ITEM_MAX, 30, 0 },
	[ATT_WIRE_USERSPACE_LOG] = { "userspace-log", ATT_USERSPACE_LOG_MAX,
	    15, 0 },
	[ATT_WIRE_IMA_LOG] = { "ima-log", ATT_IMA_LIST_MAX, 60,
	    ATT_IMA_LIST_MAX },
	[ATT_WIRE_POSTURE] = { "posture", ATT_POSTURE_MAX, 30, 0 },
	[ATT_WIRE_SMBIOS] = { "smbios", SMBIOS_BYTES, 10, UINT8_MAX },
	[ATT_WIRE_INVENTORY] = { "inventory", COMPONENTS_BYTES, 150, 0 },
	[ATT_WIRE_FIRMWARE] = { "firmware", ATT_FIRMWARE_CLAIMS_MAX, 0, 0 },
	[ATT_WIRE_KEPT] = { "kept", 0, 30, 0 },
	[ATT_WIRE_CLOCK] = { "clock", 0, 0, UINT64_MAX },
};

/* Words for how a range changed; the number goes over the wire. */
static const char *const hows[] = { "content", "removed", "added", "gone" };

const struct att_wire_kind *
att_wire_kind_of(unsigned code)
{
	return code < ATT_WIRE_CODES && kinds[code].name != NULL ?
	    &kinds[code] : NULL;
}

/* -- parts ----------------------------------------------------------------- */

static void
put_text(struct att_buf *b, const char *text)
{
	size_t n = strlen(text);

	att_buf_u8(b, (uint8_t)n);
	att_buf_bytes(b, text, n);
}

/* Into `ret` of `size` bytes; true if it fits and has no NUL. */
static bool
get_text(struct att_cur *c, char *ret, size_t size)
{
	struct att_slice s;
	uint8_t n;

	if (!att_cur_u8(c, &n) || !att_cur_bytes(c, n, &s) || n >= size ||
	    (n > 0 && memchr(s.data, '\0', n) != NULL))
		return false;
	if (n > 0)
		memcpy(ret, s.data, n);
	ret[n] = '\0';
	return true;
}

/* The same, of a name that may be shown as it is. */
static bool
get_name(struct att_cur *c, char *ret, size_t size)
{
	return get_text(c, ret, size) && att_text_is_clean(att_slice_of(ret));
}

static int
broken(struct att_err *err)
{
	return att_err_set(err, ATT_E_FORMAT,
	    "a packet that breaks a rule (PROTOCOL-measure 3)");
}

static int
ends(const struct att_cur *c, bool whole, struct att_err *err)
{
	if (!whole)
		return broken(err);
	return att_cur_empty(c) ? 0 : att_err_set(err, ATT_E_TRAILING,
	    "a packet is longer than what is in it");
}

/* The head that all packets have; *ret_word is its second number. */
static int
get_head(struct att_cur *c, uint16_t *ret_word, struct att_err *err)
{
	uint16_t version;

	if (!att_cur_le16(c, &version) || !att_cur_le16(c, ret_word))
		return att_err_set(err, ATT_E_SHORT,
		    "a packet of less than 4 bytes");
	if (version != ATT_WIRE_VERSION)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "version %u of the protocol, must be %d", version,
		    ATT_WIRE_VERSION);
	return 0;
}

static void
put_head(struct att_buf *b, unsigned word)
{
	att_buf_le16(b, ATT_WIRE_VERSION);
	att_buf_le16(b, (uint16_t)word);
}

/* -- requests -------------------------------------------------------------- */

void
att_wire_request_encode(const struct att_wire_request *q, struct att_buf *ret)
{
	bool clock = q->code == ATT_WIRE_CLOCK;

	put_head(ret, q->code);
	att_buf_le32(ret, !clock ? 0 : (q->has_clock ? HAS_CLOCK : 0) |
		(q->clock.safe ? IS_SAFE : 0));
	att_buf_le64(ret, clock ? q->clock.clock : q->argument);
	if (!clock)
		return;
	att_buf_le32(ret, q->clock.reset_count);
	att_buf_le32(ret, q->clock.restart_count);
}

static bool
get_clock(struct att_cur *c, uint32_t flags, struct att_wire_request *q)
{
	q->has_clock = (flags & HAS_CLOCK) != 0;
	q->clock.safe = (flags & IS_SAFE) != 0;
	q->clock.clock = q->argument;
	q->argument = 0;
	return (flags & ~(HAS_CLOCK | IS_SAFE)) == 0 &&
	    att_cur_le32(c, &q->clock.reset_count) &&
	    att_cur_le32(c, &q->clock.restart_count);
}

int
att_wire_request_parse(struct att_slice packet, struct att_wire_request *ret,
    struct att_err *err)
{
	struct att_cur c = att_cur_of(packet);
	struct att_wire_request q = { .argument = 0 };
	const struct att_wire_kind *kind;
	uint32_t flags = 0;
	uint16_t code;
	int r;

	if ((r = get_head(&c, &code, err)) < 0)
		return r;
	if ((kind = att_wire_kind_of(code)) == NULL)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "there is no request %u", code);
	q.code = (enum att_wire_code)code;
	if (!att_cur_le32(&c, &flags) || !att_cur_le64(&c, &q.argument))
		return att_err_set(err, ATT_E_SHORT,
		    "a request is cut off");
	if (q.argument > kind->argument_max)
		return att_err_set(err, ATT_E_LIMIT,
		    "%s does not take %llu", kind->name,
		    (unsigned long long)q.argument);
	if ((r = ends(&c, q.code == ATT_WIRE_CLOCK ?
		 get_clock(&c, flags, &q) : flags == 0, err)) < 0)
		return r;
	*ret = q;
	return 0;
}

/* -- replies --------------------------------------------------------------- */

static void
put_answer(const struct att_wire_reply *r, struct att_buf *b)
{
	att_buf_le32(b, (uint32_t)r->status.code);
	att_buf_le32(b, r->status.sub);
	att_buf_le32(b, (r->data ? HAS_DATA : 0) | (r->cut ? IS_CUT : 0));
	att_buf_le64(b, r->length);
	att_buf_le64(b, r->failed);
	att_buf_le64(b, r->left_out);
	put_text(b, r->status.text);
}

/* A code that is none, or one that an answer with data has not. */
static bool
get_status(struct att_cur *c, struct att_wire_reply *r, uint32_t *ret_flags)
{
	uint32_t code;
	int32_t n;

	if (!att_cur_le32(c, &code) || !att_cur_le32(c, &r->status.sub) ||
	    !att_cur_le32(c, ret_flags))
		return false;
	memcpy(&n, &code, sizeof(n));
	if (n > 0 || strcmp(att_code_name(n), "unknown") == 0)
		return false;
	r->status.code = (enum att_code)n;
	return true;
}

static bool
get_answer(struct att_cur *c, struct att_wire_reply *r)
{
	uint32_t flags = 0;

	if (!get_status(c, r, &flags) || !att_cur_le64(c, &r->length) ||
	    !att_cur_le64(c, &r->failed) || !att_cur_le64(c, &r->left_out) ||
	    !get_text(c, r->status.text, sizeof(r->status.text)))
		return false;
	att_text_mask(r->status.text);
	r->status.offset = ATT_NO_OFFSET;
	r->data = (flags & HAS_DATA) != 0;
	r->cut = (flags & IS_CUT) != 0;
	/* who fails says why, and gives nothing */
	return (flags & ~(HAS_DATA | IS_CUT)) == 0 &&
	    (r->data || (r->length == 0 && !r->cut)) &&
	    (r->status.code == ATT_OK ? r->status.text[0] == '\0' &&
		    r->status.sub == 0 : !r->data &&
		    r->status.text[0] != '\0') &&
	    r->failed <= ATT_FLASH_MAX && r->left_out <= UINT32_MAX;
}

static void
put_change(const struct att_measure_change *m, struct att_buf *b)
{
	unsigned how = 0;

	while (how + 1 < ATT_COUNT(hows) && strcmp(hows[how], m->how) != 0)
		how++;
	att_buf_u8(b, (uint8_t)how);
	att_buf_u8(b, (uint8_t)m->range.class);
	att_buf_le64(b, m->range.offset);
	att_buf_le64(b, m->range.length);
	put_text(b, m->chip);
	put_text(b, m->range.name);
}

static bool
get_change(struct att_cur *c, struct att_measure_change *m)
{
	uint8_t how, class;

	if (!att_cur_u8(c, &how) || !att_cur_u8(c, &class) ||
	    how >= ATT_COUNT(hows) || class >= ATT_RANGE_CLASSES ||
	    !att_cur_le64(c, &m->range.offset) ||
	    !att_cur_le64(c, &m->range.length) ||
	    m->range.offset > INT64_MAX || m->range.length > INT64_MAX)
		return false;
	m->how = hows[how];
	m->range.class = (enum att_range_class)class;
	m->range.fill = -1;
	return get_name(c, m->chip, sizeof(m->chip)) && m->chip[0] != '\0' &&
	    get_name(c, m->range.name, sizeof(m->range.name));
}

static bool
get_progress(struct att_cur *c, struct att_wire_reply *r)
{
	return att_cur_le64(c, &r->done) && att_cur_le64(c, &r->size) &&
	    r->done <= r->size && r->size <= INT64_MAX / 100 &&
	    get_name(c, r->of, sizeof(r->of));
}

void
att_wire_reply_encode(const struct att_wire_reply *r, struct att_buf *ret)
{
	put_head(ret, r->kind);
	switch (r->kind) {
	case ATT_WIRE_ANSWER:
		put_answer(r, ret);
		break;
	case ATT_WIRE_PROGRESS:
		att_buf_le64(ret, r->done);
		att_buf_le64(ret, r->size);
		put_text(ret, r->of);
		break;
	case ATT_WIRE_ASK_CLOCK:
		break;
	case ATT_WIRE_CHANGE:
		put_change(&r->change, ret);
		break;
	}
}

int
att_wire_reply_parse(struct att_slice packet, struct att_wire_reply *ret,
    struct att_err *err)
{
	struct att_cur c = att_cur_of(packet);
	struct att_wire_reply r = { .kind = ATT_WIRE_ANSWER };
	uint16_t kind;
	bool whole;
	int code;

	if ((code = get_head(&c, &kind, err)) < 0)
		return code;
	switch (kind) {
	case ATT_WIRE_ANSWER:
		whole = get_answer(&c, &r);
		break;
	case ATT_WIRE_PROGRESS:
		whole = get_progress(&c, &r);
		break;
	case ATT_WIRE_ASK_CLOCK:
		whole = true;
		break;
	case ATT_WIRE_CHANGE:
		whole = get_change(&c, &r.change);
		break;
	default:
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "there is no reply %u", kind);
	}
	if ((code = ends(&c, whole, err)) < 0)
		return code;
	r.kind = (enum att_wire_reply_kind)kind;
	*ret = r;
	return 0;
}
