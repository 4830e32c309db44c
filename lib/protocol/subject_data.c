#include "protocol/subject_data.h"

#include "base/cur.h"

/*
 * TPML_PCR_SELECTION and an array of TPML_DIGEST as they lie in memory on a
 * little-endian machine (tpm2-tools, `tpm2_quote --pcrs_format=values`).
 */
#define SELECT_SLOTS 16		/* TPM2_NUM_PCR_BANKS */
#define SELECT_SLOT 8		/* bytes of each */
#define SELECT_BYTES 3		/* sizeofSelect: 24 PCRs */
#define LIST_SLOTS 8		/* digests in a TPML_DIGEST */
#define DIGEST_SLOT 64		/* bytes of the largest digest */

static unsigned
count_of(uint32_t mask)
{
	return (unsigned)__builtin_popcount(mask);
}

static unsigned
lists_of(uint32_t mask)
{
	return (count_of(mask) + LIST_SLOTS - 1) / LIST_SLOTS;
}

static unsigned
take_lowest(uint32_t *mask)
{
	unsigned pcr = (unsigned)__builtin_ctz(*mask);

	*mask &= *mask - 1;
	return pcr;
}

static int
put_list(const struct att_pcrs *p, uint16_t alg, uint32_t *left,
    struct att_buf *ret, struct att_err *err)
{
	unsigned n = ATT_MIN(count_of(*left), (unsigned)LIST_SLOTS);

	att_buf_le32(ret, n);
	for (unsigned i = 0; i < n; i++) {
		unsigned pcr = take_lowest(left);
		struct att_slice v;

		if (!att_pcrs_get(p, alg, pcr, &v))
			return att_err_set(err, ATT_E_NOT_FOUND,
			    "subject_data: PCR %u of bank %s has no value",
			    pcr, att_alg_name(alg));
		att_buf_le16(ret, (uint16_t)v.len);
		att_buf_slice(ret, v);
		att_buf_fill(ret, 0, DIGEST_SLOT - v.len);
	}
	att_buf_fill(ret, 0, (LIST_SLOTS - n) * (2 + DIGEST_SLOT));
	return 0;
}

int
att_subject_data_encode(const struct att_pcrs *p,
    const struct att_pcr_select *select, struct att_buf *ret,
    struct att_err *err)
{
	uint32_t left = select->mask;
	int r;

	if (att_alg_size(select->alg) == 0 || left == 0 ||
	    (left & ~ATT_PCR_ALL) != 0)
		return att_err_set(err, ATT_E_USAGE,
		    "subject_data: selection 0x%x of bank 0x%04x", left,
		    select->alg);
	att_buf_le32(ret, 1);
	att_buf_le16(ret, select->alg);
	att_buf_u8(ret, SELECT_BYTES);
	att_buf_u8(ret, (uint8_t)left);
	att_buf_u8(ret, (uint8_t)(left >> 8));
	att_buf_u8(ret, (uint8_t)(left >> 16));
	att_buf_fill(ret, 0, 2 + (SELECT_SLOTS - 1) * SELECT_SLOT);
	att_buf_le32(ret, lists_of(left));
	while (left != 0)
		if ((r = put_list(p, select->alg, &left, ret, err)) < 0)
			return r;
	return att_buf_ok(ret, "subject_data", err);
}

/* -- reading -------------------------------------------------------------- */

static int
zeros(struct att_cur *c, size_t n, const char *what, struct att_err *err)
{
	struct att_cur z;
	uint64_t at = c->off;

	if (!att_cur_child(c, n, &z))
		return att_err_at(err, ATT_E_SHORT, at,
		    "subject_data ends in %s", what);
	if (!att_cur_all(&z, n, 0))
		return att_err_at(err, ATT_E_FORMAT, at,
		    "subject_data: %s must be zero", what);
	return 0;
}

static int
read_select(struct att_cur *c, struct att_pcr_select *ret,
    struct att_err *err)
{
	uint8_t size, m[SELECT_BYTES];
	uint32_t count;
	uint16_t alg;

	if (!att_cur_le32(c, &count) || !att_cur_le16(c, &alg) ||
	    !att_cur_u8(c, &size) || !att_cur_copy(c, m, sizeof(m)))
		return att_err_at(err, ATT_E_SHORT, c->off,
		    "subject_data ends in its selection");
	if (count != 1)
		return att_err_at(err, ATT_E_FORMAT, 0,
		    "subject_data: %u selections, must be 1", count);
	if (att_alg_size(alg) == 0)
		return att_err_at(err, ATT_E_UNSUPPORTED, 4,
		    "subject_data: bank 0x%04x is not known", alg);
	if (size != SELECT_BYTES)
		return att_err_at(err, ATT_E_FORMAT, 6,
		    "subject_data: sizeofSelect is %u, must be %d", size,
		    SELECT_BYTES);
	ret->alg = alg;
	ret->mask = m[0] | (uint32_t)m[1] << 8 | (uint32_t)m[2] << 16;
	if (ret->mask == 0)
		return att_err_at(err, ATT_E_FORMAT, 7,
		    "subject_data: no PCR is selected");
	return zeros(c, 2 + (SELECT_SLOTS - 1) * SELECT_SLOT,
	    "what follows the selection", err);
}

static int
read_value(struct att_cur *c, uint16_t alg, unsigned pcr,
    struct att_pcrs *ret, struct att_err *err)
{
	size_t size = att_alg_size(alg);
	uint64_t at = c->off;
	struct att_slice v;
	uint16_t len;
	int r;

	if (!att_cur_le16(c, &len) || len != size ||
	    !att_cur_bytes(c, size, &v))
		return att_err_at(err, ATT_E_FORMAT, at,
		    "subject_data: PCR %u must have %zu bytes", pcr, size);
	if ((r = zeros(c, DIGEST_SLOT - size, "what follows a digest", err)) <
	    0)
		return r;
	return att_pcrs_set(ret, alg, pcr, v, err);
}

static int
read_list(struct att_cur *c, uint16_t alg, uint32_t *left,
    struct att_pcrs *ret, struct att_err *err)
{
	unsigned want = ATT_MIN(count_of(*left), (unsigned)LIST_SLOTS);
	uint64_t at = c->off;
	uint32_t n;
	int r;

	if (!att_cur_le32(c, &n))
		return att_err_at(err, ATT_E_SHORT, at,
		    "subject_data ends before a list of digests");
	if (n != want)
		return att_err_at(err, ATT_E_FORMAT, at,
		    "subject_data: list of %u digests, must be %u", n, want);
	for (unsigned i = 0; i < n; i++)
		if ((r = read_value(c, alg, take_lowest(left), ret, err)) < 0)
			return r;
	return zeros(c, (LIST_SLOTS - n) * (2 + DIGEST_SLOT),
	    "an unused digest", err);
}

int
att_subject_data_parse(struct att_slice bytes, struct att_pcrs *ret,
    struct att_err *err)
{
	struct att_cur c = att_cur_of(bytes);
	struct att_pcr_select s = { 0 };
	struct att_pcrs p = { 0 };
	uint32_t left, lists;
	int r;

	if ((r = read_select(&c, &s, err)) < 0)
		return r;
	if (!att_cur_le32(&c, &lists))
		return att_err_at(err, ATT_E_SHORT, c.off,
		    "subject_data ends before its digests");
	if (lists != lists_of(s.mask))
		return att_err_at(err, ATT_E_FORMAT, c.off - 4,
		    "subject_data: %u lists of digests, must be %u", lists,
		    lists_of(s.mask));
	for (left = s.mask; left != 0;)
		if ((r = read_list(&c, s.alg, &left, &p, err)) < 0)
			return r;
	if (!att_cur_empty(&c))
		return att_err_at(err, ATT_E_TRAILING, c.off,
		    "subject_data: %zu bytes behind it", c.left);
	*ret = p;
	return 0;
}
