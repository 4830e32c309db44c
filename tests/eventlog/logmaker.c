#include "tests/eventlog/logmaker.h"

#include "testlib.h"

#include "eventlog/tcg.h"

struct logmaker
lm_new(const uint16_t *alg, size_t count)
{
	struct logmaker m = { .log = ATT_BUF(LOGMAKER_MAX),
		.agile = count > 0, .alg_count = count };

	if (count == 0) {
		m.alg_count = 1;
		m.alg[0] = ATT_ALG_SHA1;
		return m;
	}
	memcpy(m.alg, alg, count * sizeof(*alg));
	att_buf_le32(&m.log, 0);
	att_buf_le32(&m.log, ATT_EV_NO_ACTION);
	att_buf_fill(&m.log, 0, 20);
	att_buf_le32(&m.log, (uint32_t)(16 + 4 + 4 + 4 + 4 * count + 1));
	att_buf_bytes(&m.log, "Spec ID Event03", 16);
	att_buf_le32(&m.log, 0);	/* platform class: client */
	att_buf_bytes(&m.log, "\0\2\151\2", 4);	/* 2.0 errata 105, 64 bit */
	att_buf_le32(&m.log, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		att_buf_le16(&m.log, alg[i]);
		att_buf_le16(&m.log, (uint16_t)att_alg_size(alg[i]));
	}
	att_buf_u8(&m.log, 0);		/* vendor information */
	return m;
}

void
lm_done(struct logmaker *m)
{
	att_buf_done(&m->log);
}

static struct att_digest
hash(uint16_t alg, struct att_slice data)
{
	struct att_digest d = { 0 };

	ok(att_digest_of(alg, data, &d, err));
	return d;
}

void
lm_extend_raw(struct logmaker *m, size_t bank, uint32_t pcr,
    struct att_slice digest)
{
	uint8_t both[2 * ATT_DIGEST_MAX], *value;
	size_t size = att_alg_size(m->alg[bank]);
	struct att_digest d;

	ck_assert(digest.len == size && bank < m->alg_count);
	if (pcr >= ATT_PCR_COUNT)
		return;
	value = m->pcr[bank][pcr];
	memcpy(both, value, size);
	memcpy(both + size, digest.data, size);
	d = hash(m->alg[bank], (struct att_slice){ both, 2 * size });
	memcpy(value, d.bytes, size);
}

void
lm_extend(struct logmaker *m, uint32_t pcr, struct att_slice hashed)
{
	for (size_t b = 0; b < m->alg_count; b++) {
		struct att_digest d = hash(m->alg[b], hashed);

		lm_extend_raw(m, b, pcr, att_digest_view(&d));
	}
}

/* hashed.data NULL: digests of zeros. */
static void
put_event(struct logmaker *m, size_t banks, uint32_t pcr, uint32_t type,
    struct att_slice hashed, struct att_slice data)
{
	m->last = m->log.len;
	att_buf_le32(&m->log, pcr);
	att_buf_le32(&m->log, type);
	if (m->agile)
		att_buf_le32(&m->log, (uint32_t)banks);
	for (size_t b = 0; b < banks; b++) {
		struct att_digest d = hash(m->alg[b], hashed);

		if (hashed.data == NULL)
			memset(d.bytes, 0, d.len);
		if (m->agile)
			att_buf_le16(&m->log, m->alg[b]);
		att_buf_slice(&m->log, att_digest_view(&d));
	}
	att_buf_le32(&m->log, (uint32_t)data.len);
	att_buf_slice(&m->log, data);
	ok(att_buf_ok(&m->log, "log", err));
}

void
lm_event_of(struct logmaker *m, uint32_t pcr, uint32_t type,
    struct att_slice hashed, struct att_slice data)
{
	put_event(m, m->alg_count, pcr, type, hashed, data);
	lm_extend(m, pcr, hashed);
}

void
lm_event(struct logmaker *m, uint32_t pcr, uint32_t type,
    struct att_slice data)
{
	lm_event_of(m, pcr, type, data, data);
}

void
lm_event_some(struct logmaker *m, size_t banks, uint32_t pcr, uint32_t type,
    struct att_slice data)
{
	put_event(m, banks, pcr, type, data, data);
	for (size_t b = 0; b < banks; b++) {
		struct att_digest d = hash(m->alg[b], data);

		lm_extend_raw(m, b, pcr, att_digest_view(&d));
	}
}

void
lm_no_action(struct logmaker *m, uint32_t pcr, struct att_slice data)
{
	put_event(m, m->alg_count, pcr, ATT_EV_NO_ACTION,
	    (struct att_slice){ 0 }, data);
}

static void
start_pcr0(struct logmaker *m, uint8_t value)
{
	for (size_t b = 0; b < m->alg_count; b++)
		m->pcr[b][0][att_alg_size(m->alg[b]) - 1] = value;
}

void
lm_locality(struct logmaker *m, uint8_t locality)
{
	uint8_t data[17] = "StartupLocality";

	data[16] = locality;
	lm_no_action(m, 0, (struct att_slice){ data, sizeof(data) });
	start_pcr0(m, locality);
}

void
lm_hcrtm(struct logmaker *m, struct att_slice data)
{
	start_pcr0(m, 4);
	lm_event(m, 0, ATT_EV_EFI_HCRTM_EVENT, data);
}

void
lm_separators(struct logmaker *m)
{
	static const uint8_t zeros[4];

	for (uint32_t pcr = 0; pcr <= 7; pcr++)
		lm_event(m, pcr, ATT_EV_SEPARATOR,
		    (struct att_slice){ zeros, sizeof(zeros) });
}

struct att_slice
lm_log(const struct logmaker *m)
{
	return att_buf_view(&m->log);
}

struct att_slice
lm_value(const struct logmaker *m, uint16_t alg, uint32_t pcr)
{
	for (size_t b = 0; b < m->alg_count; b++)
		if (m->alg[b] == alg)
			return (struct att_slice){ m->pcr[b][pcr],
				att_alg_size(alg) };
	ck_abort_msg("no such bank");
	return (struct att_slice){ 0 };
}

void
lm_variable(struct att_buf *b, uint8_t guid, const char *name,
    struct att_slice data)
{
	att_buf_fill(b, guid, 16);
	att_buf_le64(b, strlen(name));
	att_buf_le64(b, data.len);
	for (; *name != '\0'; name++)
		att_buf_le16(b, (uint8_t)*name);
	att_buf_slice(b, data);
}
