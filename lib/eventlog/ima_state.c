#include "eventlog/ima_state.h"

#include <string.h>

#include "base/cur.h"

/* "IMA" and the version of this encoding */
static const uint8_t MAGIC[4] = { 'I', 'M', 'A', 1 };

static const char *const form_names[] = {
	[ATT_IMA_FORM_UNKNOWN] = "unknown",
	[ATT_IMA_PER_BANK] = "per-bank",
	[ATT_IMA_PADDED] = "padded",
};

const char *
att_ima_form_name(enum att_ima_form f)
{
	return (unsigned)f < ATT_COUNT(form_names) ? form_names[f] :
						     "unknown";
}

void
att_ima_state_begin(struct att_ima_state *st, const struct att_pcrs *start)
{
	*st = (struct att_ima_state){ 0 };
	if (start != NULL)
		st->pcrs = *start;
}

void
att_ima_state_encode(const struct att_ima_state *st, struct att_buf *ret)
{
	att_buf_bytes(ret, MAGIC, sizeof(MAGIC));
	att_buf_be64(ret, st->entries);
	att_buf_u8(ret, (uint8_t)st->form);
	att_buf_u8(ret, (uint8_t)st->pcrs.count);
	for (size_t i = 0; i < st->pcrs.count; i++) {
		const struct att_pcr_bank *b = &st->pcrs.bank[i];

		att_buf_be16(ret, b->alg);
		att_buf_be32(ret, b->mask);
		for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++)
			if ((b->mask >> pcr & 1) != 0)
				att_buf_bytes(ret, b->value[pcr],
				    att_alg_size(b->alg));
	}
}

static int
cut(const struct att_cur *c, struct att_err *err)
{
	return att_err_at(err, ATT_E_SHORT, c->off, "IMA state ends early");
}

static int
read_bank(struct att_cur *c, struct att_pcrs *p, struct att_err *err)
{
	struct att_pcr_bank *b = &p->bank[p->count];
	uint64_t off = c->off;
	uint16_t alg = 0;
	uint32_t mask = 0;

	if (!att_cur_be16(c, &alg) || !att_cur_be32(c, &mask))
		return cut(c, err);
	if (att_alg_size(alg) == 0 || att_pcrs_bank(p, alg) != NULL)
		return att_err_at(err, ATT_E_FORMAT, off,
		    "IMA state: bank 0x%04x is not known, or there twice",
		    alg);
	if ((mask & ~ATT_PCR_ALL) != 0)
		return att_err_at(err, ATT_E_FORMAT, off,
		    "IMA state: registers 0x%x, at most %d", mask,
		    ATT_PCR_COUNT - 1);
	*b = (struct att_pcr_bank){ .alg = alg, .mask = mask };
	for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++)
		if ((mask >> pcr & 1) != 0 &&
		    !att_cur_copy(c, b->value[pcr], att_alg_size(alg)))
			return cut(c, err);
	p->count++;
	return 0;
}

int
att_ima_state_parse(struct att_slice bytes, struct att_ima_state *ret,
    struct att_err *err)
{
	struct att_cur c = att_cur_of(bytes);
	struct att_ima_state st = { 0 };
	uint8_t magic[sizeof(MAGIC)], form = 0, banks = 0;
	int r;

	if (!att_cur_copy(&c, magic, sizeof(magic)) ||
	    !att_cur_be64(&c, &st.entries) || !att_cur_u8(&c, &form) ||
	    !att_cur_u8(&c, &banks))
		return cut(&c, err);
	if (memcmp(magic, MAGIC, sizeof(MAGIC)) != 0)
		return att_err_at(err, ATT_E_FORMAT, 0,
		    "not an IMA state of version %d", MAGIC[3]);
	if (form > ATT_IMA_PADDED || banks > ATT_BANKS_MAX)
		return att_err_at(err, ATT_E_FORMAT, sizeof(MAGIC) + 8,
		    "IMA state of form %u with %u banks", form, banks);
	st.form = (enum att_ima_form)form;
	for (unsigned i = 0; i < banks; i++)
		if ((r = read_bank(&c, &st.pcrs, err)) < 0)
			return r;
	if (!att_cur_empty(&c))
		return att_err_at(err, ATT_E_TRAILING, c.off,
		    "IMA state: %zu bytes behind its end", c.left);
	*ret = st;
	return 0;
}
