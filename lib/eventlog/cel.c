#include "eventlog/cel.h"

/* TCG CEL 5.1: fields of a record */
#define TYPE_RECNUM 0
#define TYPE_PCR 1
#define TYPE_NV_INDEX 2
#define TYPE_DIGESTS 3
#define TYPE_CCMR 108	/* not of the TCG: go-tpm-tools, cel */
/* of a content of type pcclient_std */
#define TYPE_EVENT_TYPE 0
#define TYPE_EVENT_DATA 1

static int
cut(const struct att_cur *c, const char *what, struct att_err *err)
{
	return att_err_at(err, ATT_E_SHORT, c->off, "CEL (TCG CEL 5.1) ends "
	    "within %s", what);
}

/* One TLV; its value as a cursor of its own. */
static int
read_tlv(struct att_cur *c, const char *what, uint8_t *ret_type,
    struct att_cur *ret, struct att_err *err)
{
	uint32_t len = 0;

	if (!att_cur_u8(c, ret_type) || !att_cur_be32(c, &len))
		return cut(c, what, err);
	if (!att_cur_child(c, len, ret))
		return att_err_at(err, ATT_E_SHORT, c->off,
		    "CEL: %s of %u bytes, %zu are left", what, len, c->left);
	return 0;
}

/* A number of 1 to `max` bytes; writers differ in how many they spend. */
static int
read_number(struct att_cur c, size_t max, const char *what, uint64_t *ret,
    struct att_err *err)
{
	uint64_t n = 0;
	uint8_t byte;

	if (c.left == 0 || c.left > max)
		return att_err_at(err, ATT_E_FORMAT, c.off,
		    "CEL: %s of %zu bytes, 1 to %zu are taken", what, c.left,
		    max);
	while (att_cur_u8(&c, &byte))
		n = n << 8 | byte;
	*ret = n;
	return 0;
}

static int
read_recnum(struct att_cur *c, const struct att_cel_iter *it,
    struct att_cel_record *rec, struct att_err *err)
{
	struct att_cur value;
	uint8_t type = 0;
	int r;

	if ((r = read_tlv(c, "recnum", &type, &value, err)) < 0)
		return r;
	if (type != TYPE_RECNUM)
		return att_err_at(err, ATT_E_FORMAT, rec->offset,
		    "CEL: field of type %u where a record begins", type);
	if ((r = read_number(value, 8, "recnum", &rec->number, err)) < 0)
		return r;
	if (it->count > 0 && rec->number != it->number)
		return att_err_at(err, ATT_E_FORMAT, rec->offset,
		    "CEL: recnum %llu, must be %llu",
		    (unsigned long long)rec->number,
		    (unsigned long long)it->number);
	return 0;
}

static int
read_index(struct att_cur *c, struct att_cel_record *rec,
    struct att_err *err)
{
	struct att_cur value;
	uint64_t index = 0;
	uint8_t type = 0;
	int r;

	if ((r = read_tlv(c, "register", &type, &value, err)) < 0)
		return r;
	switch (type) {
	case TYPE_PCR:
		rec->kind = ATT_CEL_PCR;
		break;
	case TYPE_NV_INDEX:
		rec->kind = ATT_CEL_NV;
		break;
	case TYPE_CCMR:
		rec->kind = ATT_CEL_CC;
		break;
	default:
		return att_err_at(err, ATT_E_FORMAT, rec->offset,
		    "CEL: record %llu is of no register: field of type %u",
		    (unsigned long long)rec->number, type);
	}
	if ((r = read_number(value, 4, "register", &index, err)) < 0)
		return r;
	if ((rec->kind == ATT_CEL_PCR && index >= ATT_PCR_COUNT) ||
	    (rec->kind == ATT_CEL_CC &&
		(index == 0 || index >= ATT_TCG_CC_COUNT)))
		return att_err_at(err, ATT_E_FORMAT, value.off,
		    "CEL: record %llu extends register %llu",
		    (unsigned long long)rec->number,
		    (unsigned long long)index);
	rec->index = (uint32_t)index;
	return 0;
}

/* The algorithm is the low byte of a TPM_ALG_ID. */
static int
read_digest(struct att_cur *c, struct att_cel_record *rec,
    struct att_err *err)
{
	struct att_event_digest *d = &rec->digest[rec->digest_count];
	struct att_cur value;
	uint8_t alg = 0;
	size_t size;
	int r;

	if (rec->digest_count == ATT_TCG_ALGS_MAX)
		return att_err_at(err, ATT_E_LIMIT, c->off,
		    "CEL: record %llu has over %d digests",
		    (unsigned long long)rec->number, ATT_TCG_ALGS_MAX);
	if ((r = read_tlv(c, "digest", &alg, &value, err)) < 0)
		return r;
	size = att_alg_size(alg);
	if (size != 0 ? value.left != size :
			value.left == 0 || value.left > ATT_DIGEST_MAX)
		return att_err_at(err, ATT_E_FORMAT, value.off,
		    "CEL: digest of algorithm 0x%02x with %zu bytes", alg,
		    value.left);
	for (size_t i = 0; i < rec->digest_count; i++)
		if (rec->digest[i].alg == alg)
			return att_err_at(err, ATT_E_FORMAT, value.off,
			    "CEL: two digests of algorithm 0x%02x", alg);
	d->alg = alg;
	d->bytes = att_cur_rest(&value);
	rec->digest_count++;
	return 0;
}

static int
read_digests(struct att_cur *c, struct att_cel_record *rec,
    struct att_err *err)
{
	struct att_cur list;
	uint8_t type = 0;
	int r;

	if ((r = read_tlv(c, "digests", &type, &list, err)) < 0)
		return r;
	if (type != TYPE_DIGESTS)
		return att_err_at(err, ATT_E_FORMAT, rec->offset,
		    "CEL: record %llu has field %u for its digests",
		    (unsigned long long)rec->number, type);
	while (!att_cur_empty(&list))
		if ((r = read_digest(&list, rec, err)) < 0)
			return r;
	return 0;
}

struct att_cel_iter
att_cel_begin(struct att_slice raw)
{
	return (struct att_cel_iter){ .cur = att_cur_of(raw) };
}

int
att_cel_next(struct att_cel_iter *it, struct att_cel_record *ret,
    struct att_err *err)
{
	struct att_cur c = it->cur, content;
	struct att_cel_record rec = { .offset = c.off };
	int r;

	if (att_cur_empty(&c))
		return 0;
	if ((r = read_recnum(&c, it, &rec, err)) < 0 ||
	    (r = read_index(&c, &rec, err)) < 0 ||
	    (r = read_digests(&c, &rec, err)) < 0 ||
	    (r = read_tlv(&c, "content", &rec.content_type, &content, err)) <
		0)
		return r;
	rec.content = att_cur_rest(&content);
	it->cur = c;
	it->count++;
	it->number = rec.number + 1;
	*ret = rec;
	return 1;
}

/* -- replay --------------------------------------------------------------- */

/* Content pcclient_std: the type and the data of TCG_PCR_EVENT2. */
static int
read_pcclient(const struct att_cel_record *rec, struct att_event *ev,
    struct att_err *err)
{
	struct att_cur c = att_cur_of(rec->content), type, data;
	uint8_t t0 = 0, t1 = 0;
	uint64_t n = 0;
	int r;

	if ((r = read_tlv(&c, "event_type", &t0, &type, err)) < 0 ||
	    (r = read_tlv(&c, "event_data", &t1, &data, err)) < 0 ||
	    (r = read_number(type, 4, "event_type", &n, err)) < 0)
		return r;
	if (t0 != TYPE_EVENT_TYPE || t1 != TYPE_EVENT_DATA ||
	    !att_cur_empty(&c))
		return att_err_at(err, ATT_E_FORMAT, rec->offset,
		    "CEL: record %llu is no event of the firmware",
		    (unsigned long long)rec->number);
	ev->type = (uint32_t)n;
	ev->data = att_cur_rest(&data);
	return 0;
}

int
att_cel_event(const struct att_cel_record *rec, struct att_event *ret,
    struct att_err *err)
{
	*ret = (struct att_event){ .number = (uint32_t)rec->number,
		.offset = rec->offset, .pcr = rec->index,
		.type = ATT_EV_UNUSED, .digest_count = rec->digest_count };
	for (size_t i = 0; i < rec->digest_count; i++)
		ret->digest[i] = rec->digest[i];
	/* what the log says of itself need not be extended */
	if (rec->content_type == ATT_CEL_MGT && rec->digest_count == 0)
		ret->type = ATT_EV_NO_ACTION;
	return rec->content_type == ATT_CEL_PCCLIENT_STD ?
	    read_pcclient(rec, ret, err) : 0;
}

static void
add_alg(struct att_tcglog *log, uint16_t alg)
{
	for (size_t i = 0; i < log->alg_count; i++)
		if (log->alg[i].alg == alg)
			return;
	/* one per known algorithm: the table cannot overflow */
	log->alg[log->alg_count].alg = alg;
	log->alg[log->alg_count++].size = (uint16_t)att_alg_size(alg);
}

/* The kind of its registers and all its banks, as a header would say them. */
static int
survey(struct att_slice raw, struct att_tcglog *ret, struct att_err *err)
{
	struct att_tcglog log = { .agile = true };
	struct att_cel_iter it = att_cel_begin(raw);
	struct att_cel_record rec;
	bool pcr = false, cc = false;
	int r;

	while ((r = att_cel_next(&it, &rec, err)) > 0) {
		pcr = pcr || rec.kind == ATT_CEL_PCR;
		cc = cc || rec.kind == ATT_CEL_CC;
		if (pcr && cc)
			return att_err_at(err, ATT_E_FORMAT, rec.offset,
			    "CEL: registers of a TPM and of a confidential "
			    "guest in one log");
		for (size_t i = 0; i < rec.digest_count; i++)
			if (att_alg_size(rec.digest[i].alg) != 0)
				add_alg(&log, rec.digest[i].alg);
	}
	if (r < 0)
		return r;
	if (it.count == 0)
		return att_err_at(err, ATT_E_SHORT, 0, "CEL has no record");
	log.kind = cc ? ATT_TCG_CC : ATT_TCG_TPM;
	*ret = log;
	return 0;
}

int
att_cel_replay(struct att_slice raw, struct att_hasher *h,
    struct att_replay *ret, struct att_err *err)
{
	struct att_cel_iter it = att_cel_begin(raw);
	struct att_cel_record rec;
	struct att_tcglog log;
	struct att_event ev;
	int r;

	if (raw.len > ATT_CEL_LOG_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "CEL of %zu bytes, at most %u are taken", raw.len,
		    ATT_CEL_LOG_MAX);
	if ((r = survey(raw, &log, err)) < 0)
		return r;
	att_replay_begin(ret, &log, NULL, 0, h);
	while ((r = att_cel_next(&it, &rec, err)) > 0) {
		if (rec.kind == ATT_CEL_NV)
			continue;
		if ((r = att_cel_event(&rec, &ev, err)) < 0 ||
		    (r = att_replay_event(ret, &ev, err)) < 0)
			return r;
	}
	return r;
}
