#include "base/pcr.h"

#include <stdio.h>
#include <string.h>

#include "base/encoding.h"
#include "base/number.h"

void
att_pcr_mask_put(struct att_buf *b, uint32_t mask)
{
	const char *comma = "";

	for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
		unsigned first = pcr;

		if ((mask >> pcr & 1) == 0)
			continue;
		while (pcr + 1 < ATT_PCR_COUNT && (mask >> (pcr + 1) & 1) != 0)
			pcr++;
		att_buf_printf(b, "%s%u", comma, first);
		if (pcr > first)
			att_buf_printf(b, "%s%u", pcr > first + 1 ? "-" : ", ",
			    pcr);
		comma = ", ";
	}
}

const struct att_pcr_bank *
att_pcrs_bank(const struct att_pcrs *p, uint16_t alg)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->bank[i].alg == alg)
			return &p->bank[i];
	return NULL;
}

bool
att_pcrs_get(const struct att_pcrs *p, uint16_t alg, unsigned pcr,
    struct att_slice *ret)
{
	const struct att_pcr_bank *b = att_pcrs_bank(p, alg);

	if (b == NULL || pcr >= ATT_PCR_COUNT || (b->mask >> pcr & 1) == 0)
		return false;
	*ret = (struct att_slice){ .data = b->value[pcr],
		.len = att_alg_size(alg) };
	return true;
}

/* The bank, added if need be; NULL if the algorithm is not known. */
static struct att_pcr_bank *
need_bank(struct att_pcrs *p, uint16_t alg, struct att_err *err)
{
	const struct att_pcr_bank *there = att_pcrs_bank(p, alg);

	if (there != NULL)
		return &p->bank[there - p->bank];
	if (att_alg_index(alg) < 0) {
		(void)att_err_set(err, ATT_E_UNSUPPORTED,
		    "PCR bank 0x%04x is not known", alg);
		return NULL;
	}
	/* one per known algorithm: the table cannot overflow */
	p->bank[p->count] = (struct att_pcr_bank){ .alg = alg };
	return &p->bank[p->count++];
}

int
att_pcrs_add_bank(struct att_pcrs *p, uint16_t alg, struct att_err *err)
{
	return need_bank(p, alg, err) == NULL ? ATT_E_UNSUPPORTED : 0;
}

int
att_pcrs_set(struct att_pcrs *p, uint16_t alg, unsigned pcr,
    struct att_slice value, struct att_err *err)
{
	struct att_pcr_bank *b;

	if (pcr >= ATT_PCR_COUNT)
		return att_err_set(err, ATT_E_FORMAT, "PCR %u, at most %d",
		    pcr, ATT_PCR_COUNT - 1);
	if (att_alg_index(alg) >= 0 && value.len != att_alg_size(alg))
		return att_err_set(err, ATT_E_FORMAT,
		    "PCR %u of bank %s has %zu bytes, must be %zu", pcr,
		    att_alg_name(alg), value.len, att_alg_size(alg));
	if ((b = need_bank(p, alg, err)) == NULL)
		return ATT_E_UNSUPPORTED;
	memcpy(b->value[pcr], value.data, value.len);
	b->mask |= 1u << pcr;
	return 0;
}

void
att_pcrs_print(const struct att_pcrs *p, struct att_buf *ret)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct att_pcr_bank *b = &p->bank[i];

		for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
			struct att_slice v;

			if (!att_pcrs_get(p, b->alg, pcr, &v))
				continue;
			att_buf_printf(ret, "%s %u ", att_alg_name(b->alg),
			    pcr);
			att_hex_put(ret, v);
			att_buf_u8(ret, '\n');
		}
	}
}

/* Digits, without a zero in front: one register has one name. */
static bool
read_index(const char *text, unsigned *ret)
{
	uint64_t n;

	if ((text[0] == '0' && text[1] != '\0') ||
	    !att_number_read(text, ATT_PCR_COUNT - 1, &n))
		return false;
	*ret = (unsigned)n;
	return true;
}

/* A register that is given once: bank name, decimal index, hex value. */
static int
set_text(struct att_pcrs *p, const char *bank, const char *index,
    const char *hex, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(ATT_DIGEST_MAX);
	uint16_t alg = att_alg_by_name(bank);
	struct att_slice was;
	unsigned pcr;
	int r;

	if (alg == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "PCR bank \"%s\" is not known", bank);
	if (!read_index(index, &pcr))
		return att_err_set(err, ATT_E_FORMAT,
		    "PCR index \"%s\", must be 0 to %d", index,
		    ATT_PCR_COUNT - 1);
	if (att_pcrs_get(p, alg, pcr, &was))
		return att_err_set(err, ATT_E_FORMAT,
		    "PCR %u of bank %s is given twice", pcr, bank);
	if ((r = att_hex_decode(att_slice_of(hex), &raw, err)) < 0)
		return r;
	return att_pcrs_set(p, alg, pcr, att_buf_view(&raw), err);
}

static int
parse_line(struct att_slice line, uint64_t off, struct att_pcrs *p,
    struct att_err *err)
{
	char text[200], bank[16], index[16], hex[2 * ATT_DIGEST_MAX + 2];
	int end = -1, r;

	if (line.len == 0 || line.data[0] == '#')
		return 0;
	if (line.len >= sizeof(text) ||
	    memchr(line.data, '\0', line.len) != NULL)
		return att_err_at(err, ATT_E_FORMAT, off,
		    "PCR line is too long or holds a NUL");
	memcpy(text, line.data, line.len);
	text[line.len] = '\0';
	if (sscanf(text, "%15s %15s %129s%n", bank, index, hex, &end) != 3 ||
	    text[end] != '\0')
		return att_err_at(err, ATT_E_FORMAT, off,
		    "PCR line is not \"<bank> <index> <hex>\"");
	if ((r = set_text(p, bank, index, hex, err)) < 0 && err != NULL)
		err->offset = off;
	return r;
}

int
att_pcrs_parse(struct att_slice text, struct att_pcrs *ret,
    struct att_err *err)
{
	struct att_pcrs p = { 0 };
	size_t at = 0;
	int r;

	while (at < text.len) {
		const uint8_t *nl =
		    memchr(text.data + at, '\n', text.len - at);
		size_t len = nl == NULL ? text.len - at :
					  (size_t)(nl - text.data) - at;

		if ((r = parse_line((struct att_slice){ text.data + at, len },
			 at, &p, err)) < 0)
			return r;
		at += len + 1;
	}
	*ret = p;
	return 0;
}

static json_t *
bank_to_json(const struct att_pcrs *p, uint16_t alg)
{
	AUTO(att_json_decref) json_t *j = json_object();

	for (unsigned pcr = 0; j != NULL && pcr < ATT_PCR_COUNT; pcr++) {
		struct att_slice v;
		char index[12];

		if (!att_pcrs_get(p, alg, pcr, &v))
			continue;
		snprintf(index, sizeof(index), "%u", pcr);
		if (att_json_put(j, index, att_json_hex_of(v), NULL) < 0)
			return NULL;
	}
	return take(&j);
}

json_t *
att_pcrs_to_json(const struct att_pcrs *p)
{
	AUTO(att_json_decref) json_t *j = json_object();

	for (size_t i = 0; j != NULL && i < p->count; i++)
		if (att_json_put(j, att_alg_name(p->bank[i].alg),
			bank_to_json(p, p->bank[i].alg), NULL) < 0)
			return NULL;
	return take(&j);
}

static int
bank_from_json(struct att_pcrs *p, const char *bank, json_t *values,
    struct att_err *err)
{
	const char *index;
	json_t *v;
	int r;

	if (!json_is_object(values))
		return att_err_set(err, ATT_E_FORMAT,
		    "PCR bank \"%s\" must be an object", bank);
	json_object_foreach (values, index, v) {
		if (!json_is_string(v))
			return att_err_set(err, ATT_E_FORMAT,
			    "PCR value must be a hex string");
		if ((r = set_text(p, bank, index, json_string_value(v),
			 err)) < 0)
			return r;
	}
	return 0;
}

int
att_pcrs_from_json(json_t *j, struct att_pcrs *ret, struct att_err *err)
{
	struct att_pcrs p = { 0 };
	const char *bank;
	json_t *values;
	int r;

	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT,
		    "PCR values must be an object");
	json_object_foreach (j, bank, values)
		if ((r = bank_from_json(&p, bank, values, err)) < 0)
			return r;
	*ret = p;
	return 0;
}

int
att_pcrs_digest(const struct att_pcrs *p,
    const struct att_pcr_select *select, size_t count, uint16_t hash,
    struct att_digest *ret, struct att_err *err)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_slice v;
	int r;

	if (h == NULL)
		return att_err_nomem(err);
	if ((r = att_hasher_init(h, hash, err)) < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
			if ((select[i].mask >> pcr & 1) == 0)
				continue;
			if (!att_pcrs_get(p, select[i].alg, pcr, &v))
				return att_err_set(err, ATT_E_NOT_FOUND,
				    "no value of PCR %u in bank 0x%04x", pcr,
				    select[i].alg);
			if ((r = att_hasher_update(h, hash, v, err)) < 0)
				return r;
		}
	}
	return att_hasher_final(h, hash, ret, err);
}
