#include "eventlog/tcg.h"

#include <string.h>

#define SHA1_SIZE 20
/* pcr, type and what follows them, before any data (PFP 10.2.1, 10.2.2) */
#define SHA1_HEADER (4 + 4 + SHA1_SIZE + 4)
#define AGILE_HEADER (4 + 4 + 4 + 4)
#define SIGNATURE_SIZE 16	/* of the Spec ID event, with its NUL */
#define STRAY_MAX 3		/* bytes: less than any field of a header */

static const char AGILE_SIGNATURE[SIGNATURE_SIZE] = "Spec ID Event03";
static const char TD_SHIM[] = "td-shim";	/* its vendor information */

const struct att_event_digest *
att_event_digest(const struct att_event *ev, uint16_t alg)
{
	for (size_t i = 0; i < ev->digest_count; i++)
		if (ev->digest[i].alg == alg)
			return &ev->digest[i];
	return NULL;
}

static int
cut(const struct att_cur *c, const char *what, struct att_err *err)
{
	return att_err_at(err, ATT_E_SHORT, c->off, "event log ends within %s",
	    what);
}

/* TCG_PCR_EVENT, the form of the header and of all SHA-1 logs. */
static int
read_sha1_event(struct att_cur *c, struct att_event *ev, struct att_err *err)
{
	struct att_slice digest;
	uint32_t size = 0;

	ev->offset = c->off;
	if (!att_cur_le32(c, &ev->pcr) || !att_cur_le32(c, &ev->type) ||
	    !att_cur_bytes(c, SHA1_SIZE, &digest) || !att_cur_le32(c, &size))
		return cut(c, "an event header", err);
	if (!att_cur_bytes(c, size, &ev->data))
		return att_err_at(err, ATT_E_SHORT, c->off,
		    "event of %u data bytes, %zu are left", size, c->left);
	ev->digest_count = 1;
	ev->digest[0] = (struct att_event_digest){ ATT_ALG_SHA1, digest };
	return 0;
}

static int
check_alg(const struct att_tcglog *log, uint16_t alg, uint16_t size,
    uint64_t off, struct att_err *err)
{
	size_t known = att_alg_size(alg);

	for (size_t i = 0; i < log->alg_count; i++)
		if (log->alg[i].alg == alg)
			return att_err_at(err, ATT_E_FORMAT, off,
			    "Spec ID event (PFP 10.4.5.1): algorithm 0x%04x "
			    "stands there twice", alg);
	if (known != 0 ? size != known : size == 0 || size > ATT_DIGEST_MAX)
		return att_err_at(err, ATT_E_FORMAT, off,
		    "Spec ID event (PFP 10.4.5.1): algorithm 0x%04x with "
		    "digests of %u bytes", alg, size);
	return 0;
}

static int
read_algs(struct att_cur *c, struct att_tcglog *log, struct att_err *err)
{
	uint32_t count = 0;
	int r;

	if (!att_cur_le32(c, &count))
		return cut(c, "the Spec ID event", err);
	if (count == 0 || count > ATT_TCG_ALGS_MAX)
		return att_err_at(err, count == 0 ? ATT_E_FORMAT : ATT_E_LIMIT,
		    c->off, "Spec ID event (PFP 10.4.5.1): %u algorithms, 1 to "
		    "%d are taken", count, ATT_TCG_ALGS_MAX);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t off = c->off;
		uint16_t alg = 0, size = 0;

		if (!att_cur_le16(c, &alg) || !att_cur_le16(c, &size))
			return cut(c, "the Spec ID event", err);
		if ((r = check_alg(log, alg, size, off, err)) < 0)
			return r;
		log->alg[log->alg_count].alg = alg;
		log->alg[log->alg_count++].size = size;
	}
	return 0;
}

/* TCG_EfiSpecIDEvent; errata and version are reported, never judged. */
static int
read_spec_id(struct att_cur c, struct att_tcglog *log, struct att_err *err)
{
	uint8_t vendor = 0;
	int r;

	if (!att_cur_skip(&c, SIGNATURE_SIZE) ||
	    !att_cur_le32(&c, &log->platform_class) ||
	    !att_cur_u8(&c, &log->version_minor) ||
	    !att_cur_u8(&c, &log->version_major) ||
	    !att_cur_u8(&c, &log->errata) ||
	    !att_cur_u8(&c, &log->uintn_size))
		return cut(&c, "the Spec ID event", err);
	if ((r = read_algs(&c, log, err)) < 0)
		return r;
	if (!att_cur_u8(&c, &vendor) ||
	    !att_cur_bytes(&c, vendor, &log->vendor_info))
		return cut(&c, "the vendor information of the Spec ID event",
		    err);
	if (!att_cur_empty(&c))
		return att_err_at(err, ATT_E_TRAILING, c.off,
		    "Spec ID event (PFP 10.4.5.1): %zu bytes behind its end",
		    c.left);
	return 0;
}

/* A buffer in which no log was ever written is not a log without events. */
static int
check_written(const struct att_cur *c, struct att_err *err)
{
	if (c->left < SHA1_HEADER || (!att_cur_all(c, SHA1_HEADER, 0) &&
	    !att_cur_all(c, SHA1_HEADER, 0xff)))
		return 0;
	return att_err_at(err, ATT_E_FORMAT, 0,
	    "event log begins with padding: none was written");
}

/*
 * The header of a TPM's log is of PCR 0 (PFP 10.4.5.1). That of a confidential
 * guest is of register 1, but for td-shim's, which gives its name.
 */
static int
check_kind(const struct att_tcglog *log, uint32_t pcr, struct att_err *err)
{
	if (log->kind != ATT_TCG_TPM ||
	    (pcr == 0 && !att_slice_is(log->vendor_info, TD_SHIM)))
		return 0;
	return att_err_at(err, ATT_E_UNSUPPORTED, 0,
	    "log of a confidential guest (CCEL), not of a TPM: its Spec ID "
	    "event is %s", pcr == 0 ? "td-shim's" : "not of PCR 0");
}

int
att_tcglog_open(struct att_slice raw, enum att_tcg_kind kind,
    struct att_tcglog *ret, struct att_err *err)
{
	struct att_tcglog log = { .raw = raw, .kind = kind };
	struct att_cur c = att_cur_of(raw), data;
	struct att_event ev = { 0 };
	int r;

	if (raw.len > ATT_TCG_LOG_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "event log of %zu bytes, at most %u are taken", raw.len,
		    ATT_TCG_LOG_MAX);
	if ((r = check_written(&c, err)) < 0 ||
	    (r = read_sha1_event(&c, &ev, err)) < 0)
		return r;
	/* the signature decides, not the type: some logs begin otherwise */
	log.agile = ev.type == ATT_EV_NO_ACTION &&
	    ev.data.len >= SIGNATURE_SIZE &&
	    memcmp(ev.data.data, AGILE_SIGNATURE, SIGNATURE_SIZE) == 0;
	if (log.agile) {
		data = att_cur_of(ev.data);
		data.off = c.off - ev.data.len;
		if ((r = read_spec_id(data, &log, err)) < 0 ||
		    (r = check_kind(&log, ev.pcr, err)) < 0)
			return r;
	} else if (kind == ATT_TCG_CC) {
		return att_err_at(err, ATT_E_FORMAT, 0,
		    "no Spec ID event: not the log of a confidential guest");
	} else {
		log.alg_count = 1;
		log.alg[0].alg = ATT_ALG_SHA1;
		log.alg[0].size = SHA1_SIZE;
	}
	*ret = log;
	return 0;
}

struct att_tcg_iter
att_tcg_begin(const struct att_tcglog *log)
{
	return (struct att_tcg_iter){ .log = log,
		.cur = att_cur_of(log->raw) };
}

static uint16_t
alg_size(const struct att_tcglog *log, uint16_t alg)
{
	for (size_t i = 0; i < log->alg_count; i++)
		if (log->alg[i].alg == alg)
			return log->alg[i].size;
	return 0;
}

static int
read_digest(const struct att_tcglog *log, struct att_cur *c,
    struct att_event *ev, struct att_err *err)
{
	struct att_event_digest *d = &ev->digest[ev->digest_count];
	uint64_t off = c->off;
	uint16_t size;

	if (!att_cur_le16(c, &d->alg))
		return cut(c, "a digest", err);
	size = alg_size(log, d->alg);
	if (size == 0 || att_event_digest(ev, d->alg) != NULL)
		return att_err_at(err, ATT_E_FORMAT, off,
		    "event %u: digest algorithm 0x%04x is not in the header, "
		    "or there twice", ev->number, d->alg);
	if (!att_cur_bytes(c, size, &d->bytes))
		return cut(c, "a digest", err);
	ev->digest_count++;
	return 0;
}

/* TCG_PCR_EVENT2 (PFP 10.2.2); it may leave some of the header's banks out. */
static int
read_agile_event(const struct att_tcglog *log, struct att_cur *c,
    struct att_event *ev, struct att_err *err)
{
	uint32_t count = 0, size = 0;
	int r;

	ev->offset = c->off;
	if (!att_cur_le32(c, &ev->pcr) || !att_cur_le32(c, &ev->type) ||
	    !att_cur_le32(c, &count))
		return cut(c, "an event header", err);
	if (count > log->alg_count)
		return att_err_at(err, ATT_E_FORMAT, c->off - 4,
		    "event %u: %u digests, the header names %zu algorithms",
		    ev->number, count, log->alg_count);
	for (uint32_t i = 0; i < count; i++)
		if ((r = read_digest(log, c, ev, err)) < 0)
			return r;
	if (!att_cur_le32(c, &size))
		return cut(c, "an event header", err);
	if (!att_cur_bytes(c, size, &ev->data))
		return att_err_at(err, ATT_E_SHORT, c->off,
		    "event %u: %u data bytes, %zu are left", ev->number, size,
		    c->left);
	return 0;
}

/*
 * Buffers of firmware are larger than their log. A whole header of ones or of
 * zeros is padding: zeros would read as endless EV_PREBOOT_CERT.
 */
static bool
at_tail(struct att_tcg_iter *it)
{
	size_t header = it->log->agile && it->number > 0 ? AGILE_HEADER :
							   SHA1_HEADER;

	if (it->cur.left <= STRAY_MAX)
		it->tail = ATT_TCG_TAIL_STRAY;
	else if (it->cur.left < header)
		return false;
	else if (att_cur_all(&it->cur, header, 0xff))
		it->tail = ATT_TCG_TAIL_FF;
	else if (att_cur_all(&it->cur, header, 0))
		it->tail = ATT_TCG_TAIL_ZERO;
	return it->tail != ATT_TCG_TAIL_NONE;
}

static int
check_index(const struct att_tcglog *log, const struct att_event *ev,
    struct att_err *err)
{
	uint32_t last = log->kind == ATT_TCG_CC ? ATT_TCG_CC_COUNT - 1 : 23;

	if (ev->type == ATT_EV_NO_ACTION)
		return 0;
	if (ev->pcr > last)
		return att_err_at(err, ATT_E_FORMAT, ev->offset,
		    "event %u: register %u, at most %u", ev->number, ev->pcr,
		    last);
	if (log->kind == ATT_TCG_CC && ev->pcr == 0)
		return att_err_at(err, ATT_E_FORMAT, ev->offset,
		    "event %u: extends MRTD, which no log can", ev->number);
	return 0;
}

int
att_tcg_next(struct att_tcg_iter *it, struct att_event *ret,
    struct att_err *err)
{
	struct att_cur c = it->cur;
	struct att_event ev = { .number = it->number };
	int r;

	if (att_cur_empty(&c) || at_tail(it))
		return 0;
	r = it->log->agile && it->number > 0 ?
	    read_agile_event(it->log, &c, &ev, err) :
	    read_sha1_event(&c, &ev, err);
	if (r < 0 || (r = check_index(it->log, &ev, err)) < 0)
		return r;
	it->cur = c;
	it->number++;
	*ret = ev;
	return 1;
}
