#include "eventlog/ima.h"

#include <inttypes.h>
#include <string.h>

#include "base/pcr.h"
#include "eventlog/ima_ascii.h"

#define LEGACY_NAME "ima"
#define LEGACY_PADDED 256	/* IMA_EVENT_NAME_LEN_MAX + 1 */
#define TRIED_ENTRIES 64	/* that are looked at to find the algorithm */
#define FIT_HOLDS UINT64_MAX
#define FIT_MAYBE (UINT64_MAX - 1)

/* -- framing --------------------------------------------------------------- */

static bool
get_u32(const struct att_ima_list *list, struct att_cur *c, uint32_t *ret)
{
	return list->big_endian ? att_cur_be32(c, ret) : att_cur_le32(c, ret);
}

static int
cut(const struct att_cur *c, const struct att_ima_entry *e, const char *what,
    struct att_err *err)
{
	return att_err_at(err, ATT_E_SHORT, c->off,
	    "IMA entry %" PRIu64 ": list ends within %s, %zu bytes are left",
	    e->number, what, c->left);
}

/* Names of templates and formats are printable and have no space. */
static bool
is_name(struct att_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] <= ' ' || s.data[i] > '~')
			return false;
	return s.len > 0;
}

static int
read_name(const struct att_ima_list *list, struct att_cur *c,
    struct att_ima_entry *e, struct att_err *err)
{
	uint64_t off = c->off;
	uint32_t len = 0;

	if (!get_u32(list, c, &len))
		return cut(c, e, "an entry's header", err);
	if (len > ATT_IMA_NAME_MAX)
		return att_err_at(err, ATT_E_LIMIT, off,
		    "IMA entry %" PRIu64 ": template name of %u bytes, at "
		    "most %d are taken", e->number, len, ATT_IMA_NAME_MAX);
	if (!att_cur_bytes(c, len, &e->name))
		return cut(c, e, "a template name", err);
	if (!is_name(e->name))
		return att_err_at(err, ATT_E_FORMAT, off,
		    "IMA entry %" PRIu64 ": template name is empty or not "
		    "printable", e->number);
	return 0;
}

/* Template "ima": a digest without length, a path without NUL. */
static int
read_legacy(const struct att_ima_list *list, struct att_cur *c,
    struct att_ima_entry *e, struct att_err *err)
{
	struct att_cur whole = *c;
	uint32_t len = 0;

	if (!att_cur_skip(c, ATT_IMA_LEGACY_DIGEST) || !get_u32(list, c, &len))
		return cut(c, e, "template data", err);
	if (len > ATT_IMA_LEGACY_PATH_MAX)
		return att_err_at(err, ATT_E_LIMIT, c->off - 4,
		    "IMA entry %" PRIu64 ": path of %u bytes, template \"ima\" "
		    "takes %d", e->number, len, ATT_IMA_LEGACY_PATH_MAX);
	if (!att_cur_skip(c, len))
		return cut(c, e, "template data", err);
	return att_cur_bytes(&whole, c->off - whole.off, &e->data) ? 0 :
	    cut(c, e, "template data", err);
}

static int
read_data(const struct att_ima_list *list, struct att_cur *c,
    struct att_ima_entry *e, struct att_err *err)
{
	uint64_t off = c->off;
	uint32_t len = 0;

	if (!get_u32(list, c, &len))
		return cut(c, e, "an entry's header", err);
	if (len > ATT_IMA_DATA_MAX)
		return att_err_at(err, ATT_E_LIMIT, off,
		    "IMA entry %" PRIu64 ": template data of %u bytes, at most "
		    "%u are taken", e->number, len, ATT_IMA_DATA_MAX);
	if (!att_cur_bytes(c, len, &e->data))
		return cut(c, e, "template data", err);
	return 0;
}

static int
read_entry(const struct att_ima_list *list, struct att_cur *c,
    struct att_ima_entry *e, struct att_err *err)
{
	struct att_cur digest;
	int r;

	if (!get_u32(list, c, &e->pcr))
		return cut(c, e, "an entry's header", err);
	if (e->pcr >= ATT_PCR_COUNT)
		return att_err_at(err, ATT_E_FORMAT, e->offset,
		    "IMA entry %" PRIu64 ": register %u, at most %d",
		    e->number, e->pcr, ATT_PCR_COUNT - 1);
	if (!att_cur_bytes(c, list->digest_size, &e->digest))
		return cut(c, e, "a template digest", err);
	if ((r = read_name(list, c, e, err)) < 0)
		return r;
	digest = att_cur_of(e->digest);
	e->violation = att_cur_all(&digest, digest.left, 0);
	e->legacy = att_slice_is(e->name, LEGACY_NAME);
	return e->legacy ? read_legacy(list, c, e, err) :
			   read_data(list, c, e, err);
}

struct att_ima_iter
att_ima_begin(const struct att_ima_list *list, struct att_hasher *h)
{
	return (struct att_ima_iter){ .list = list, .hasher = h,
		.cur = att_cur_of(list->raw), .number = list->first,
		.data = ATT_BUF(ATT_IMA_DATA_MAX) };
}

void
att_ima_done(struct att_ima_iter *it)
{
	att_buf_done(&it->data);
}

int
att_ima_next(struct att_ima_iter *it, struct att_ima_entry *ret,
    struct att_err *err)
{
	const struct att_ima_list *list = it->list;
	struct att_cur c = it->cur;
	struct att_ima_entry e = { .number = it->number, .offset = c.off,
		.alg = list->alg, .big_endian = list->big_endian };
	int r;

	if (att_cur_empty(&c))
		return 0;
	r = list->text ? att_ima_ascii_read(it, &c, &e, err) :
			 read_entry(list, &c, &e, err);
	if (r < 0)
		return r;
	it->cur = c;
	it->number++;
	*ret = e;
	return 1;
}

/* -- hashing --------------------------------------------------------------- */

static int
hash_legacy(struct att_hasher *h, uint16_t alg, struct att_slice data,
    struct att_digest *ret, struct att_err *err)
{
	static const uint8_t zeros[LEGACY_PADDED];
	struct att_cur c = att_cur_of(data);
	struct att_slice digest, path, padding;
	int r;

	if (!att_cur_bytes(&c, ATT_IMA_LEGACY_DIGEST, &digest) ||
	    !att_cur_skip(&c, 4) || c.left > ATT_IMA_LEGACY_PATH_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "data of template \"ima\" is malformed");
	path = att_cur_rest(&c);
	padding = (struct att_slice){ zeros, sizeof(zeros) - path.len };
	if ((r = att_hasher_init(h, alg, err)) < 0 ||
	    (r = att_hasher_update(h, alg, digest, err)) < 0 ||
	    (r = att_hasher_update(h, alg, path, err)) < 0 ||
	    (r = att_hasher_update(h, alg, padding, err)) < 0)
		return r;
	return att_hasher_final(h, alg, ret, err);
}

int
att_ima_hash(struct att_hasher *h, uint16_t alg,
    const struct att_ima_entry *e, struct att_digest *ret,
    struct att_err *err)
{
	return e->legacy ? hash_legacy(h, alg, e->data, ret, err) :
			   att_hasher_one(h, alg, e->data, ret, err);
}

/* -- opening --------------------------------------------------------------- */

/*
 * A register below 24 has one byte, first or last, that is not zero. Register
 * 0 tells nothing; then the length of the first name does.
 */
static bool
is_big_endian(struct att_slice raw, size_t digest_size)
{
	struct att_cur c = att_cur_of(raw);
	uint32_t pcr = 0, len = 0;

	if (!att_cur_le32(&c, &pcr))
		return false;
	if (pcr != 0)
		return pcr >= ATT_PCR_COUNT;
	return att_cur_skip(&c, digest_size) && att_cur_le32(&c, &len) &&
	    len > ATT_IMA_NAME_MAX;
}

int
att_ima_open(struct att_slice raw, uint16_t alg, struct att_ima_list *ret,
    struct att_err *err)
{
	struct att_ima_list list = { .raw = raw, .alg = alg,
		.digest_size = (uint16_t)att_alg_size(alg) };

	if (list.digest_size == 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "IMA list of digest algorithm 0x%04x, which is not known",
		    alg);
	if (raw.len > ATT_IMA_LIST_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "IMA list of %zu bytes, at most %u are taken", raw.len,
		    ATT_IMA_LIST_MAX);
	/* "%2d": a digit or a space; no register has such a byte */
	list.text = raw.len > 0 && (raw.data[0] == ' ' ||
	    (raw.data[0] >= '0' && raw.data[0] <= '9'));
	list.big_endian = !list.text && is_big_endian(raw, list.digest_size);
	*ret = list;
	return 0;
}

/* True if the digest of this entry is the hash of its data. */
static int
holds(struct att_hasher *h, const struct att_ima_entry *e, bool *ret,
    struct att_err *err)
{
	struct att_digest d;
	int r;

	*ret = e->check == ATT_IMA_HOLDS;
	if (e->check != ATT_IMA_UNCHECKED || e->violation ||
	    att_alg_evp(e->alg) == NULL)
		return 0;
	if ((r = att_ima_hash(h, e->alg, e, &d, err)) < 0)
		return r;
	*ret = att_slice_equal(att_digest_view(&d), e->digest);
	return 0;
}

/*
 * How well a list fits what is assumed of it: the entries that are well
 * formed, or more than any list has once one of them holds. In a text the hash
 * of template "ima" has no number in it that would tell the byte order.
 */
static int
try_list(const struct att_ima_list *list, struct att_hasher *h, uint64_t *ret,
    struct att_err *err)
{
	AUTO_DONE(att_ima_done)
	struct att_ima_iter it = att_ima_begin(list, h);
	struct att_ima_entry e;
	uint64_t fit = 0;
	int r = 0;

	for (unsigned n = 0; n < TRIED_ENTRIES && fit != FIT_HOLDS &&
	     (r = att_ima_next(&it, &e, err)) > 0; n++) {
		bool good = false;

		if ((r = holds(h, &e, &good, err)) < 0)
			return r;
		if (good)
			fit = list->text && e.legacy ? FIT_MAYBE : FIT_HOLDS;
		else if (fit < FIT_MAYBE)
			fit++;
	}
	if (r < 0 && att_code_kind(r) == ATT_KIND_SYSTEM)
		return r;
	*ret = fit;
	return 0;
}

int
att_ima_recognise(struct att_slice raw, struct att_hasher *h,
    struct att_ima_list *ret, struct att_err *err)
{
	struct att_ima_list list = { 0 }, best = { 0 };
	uint64_t fit = 0, best_fit = 0;
	int r;

	for (size_t i = 0; i < 2 * ATT_BANKS_MAX && best_fit != FIT_HOLDS;
	     i++) {
		if ((r = att_ima_open(raw, att_alg_at(i / 2), &list, err)) < 0)
			return r;
		/* a text does not tell what its numbers were */
		if (i % 2 != 0 && !list.text)
			continue;
		list.big_endian = list.big_endian || i % 2 != 0;
		if ((r = try_list(&list, h, &fit, err)) < 0)
			return r;
		if (i == 0 || fit > best_fit) {
			best = list;
			best_fit = fit;
		}
	}
	*ret = best;
	return 0;
}
