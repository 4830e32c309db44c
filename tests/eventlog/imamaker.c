#include "tests/eventlog/imamaker.h"

#include "testlib.h"

struct imamaker
im_new(uint16_t alg, bool big_endian)
{
	return (struct imamaker){ .bin = ATT_BUF(IMAMAKER_MAX),
		.text = ATT_BUF(IMAMAKER_MAX), .alg = alg,
		.big_endian = big_endian };
}

void
im_done(struct imamaker *m)
{
	att_buf_done(&m->bin);
	att_buf_done(&m->text);
}

static void
u32(const struct imamaker *m, struct att_buf *b, size_t v)
{
	if (m->big_endian)
		att_buf_be32(b, (uint32_t)v);
	else
		att_buf_le32(b, (uint32_t)v);
}

static struct att_digest
hash(uint16_t alg, struct att_slice data)
{
	struct att_digest d = { 0 };

	ok(att_digest_of(alg, data, &d, err));
	return d;
}

/* -- registers ------------------------------------------------------------- */

static void
extend_one(uint8_t *value, uint16_t alg, const uint8_t *with)
{
	size_t size = att_alg_size(alg);
	uint8_t both[2 * ATT_DIGEST_MAX];
	struct att_digest d;

	memcpy(both, value, size);
	memcpy(both + size, with, size);
	d = hash(alg, (struct att_slice){ both, 2 * size });
	memcpy(value, d.bytes, size);
}

static void
extend(struct imamaker *m, uint32_t pcr, struct att_slice hashed,
    bool violation)
{
	for (size_t i = 0; pcr < ATT_PCR_COUNT && i < ATT_BANKS_MAX; i++) {
		uint8_t own[ATT_DIGEST_MAX], padded[ATT_DIGEST_MAX] = { 0 };
		uint16_t alg = att_alg_at(i);

		memset(own, 0xff, sizeof(own));
		memset(padded, 0xff, 20);
		if (!violation) {
			memcpy(own, hash(alg, hashed).bytes,
			    att_alg_size(alg));
			memcpy(padded, hash(ATT_ALG_SHA1, hashed).bytes, 20);
		}
		extend_one(m->own[i][pcr], alg, own);
		extend_one(m->padded[i][pcr], alg, padded);
	}
}

struct att_slice
im_value(const struct imamaker *m, uint16_t alg, uint32_t pcr)
{
	return (struct att_slice){ m->own[att_alg_index(alg)][pcr],
		att_alg_size(alg) };
}

struct att_slice
im_padded(const struct imamaker *m, uint16_t alg, uint32_t pcr)
{
	return (struct att_slice){ m->padded[att_alg_index(alg)][pcr],
		att_alg_size(alg) };
}

struct att_pcrs
im_quote(const struct imamaker *m, const uint16_t *alg, size_t count,
    uint32_t mask, bool padded)
{
	struct att_pcrs p = { 0 };

	for (size_t i = 0; i < count; i++)
		for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++)
			if ((mask >> pcr & 1) != 0)
				ok(att_pcrs_set(&p, alg[i], pcr, padded ?
				    im_padded(m, alg[i], pcr) :
				    im_value(m, alg[i], pcr), err));
	return p;
}

/* -- an entry -------------------------------------------------------------- */

static void
text_field(const struct imamaker *m, struct att_buf *b,
    const struct im_field *f)
{
	const uint8_t *p = f->data;
	uint32_t v = 0;

	att_buf_u8(b, ' ');
	if (f->len == 0)
		return;
	switch (f->kind) {
	case IM_NAMED:
		att_buf_str(b, f->data);
		p += strlen(f->data) + 1;
		att_hex_put(b, (struct att_slice){ p, f->len -
		    (size_t)(p - (const uint8_t *)f->data) });
		break;
	case IM_HEX:
		att_hex_put(b, (struct att_slice){ p, f->len });
		break;
	case IM_TEXT:
		att_buf_str(b, f->data);
		break;
	case IM_UINT:
		for (size_t i = 0; i < f->len; i++)
			v = v << 8 | p[m->big_endian ? i : f->len - 1 - i];
		att_buf_printf(b, "%u", v);
		break;
	}
}

static void
begin(struct imamaker *m, uint32_t pcr, const char *name,
    const struct att_digest *d)
{
	m->last = m->bin.len;
	m->last_text = m->text.len;
	u32(m, &m->bin, pcr);
	att_buf_bytes(&m->bin, d->bytes, d->len);
	u32(m, &m->bin, strlen(name));
	att_buf_str(&m->bin, name);
	att_buf_printf(&m->text, "%2u ", pcr);
	att_hex_put(&m->text, att_digest_view(d));
	att_buf_printf(&m->text, " %s", name);
}

static void
write_entry(struct imamaker *m, uint32_t pcr, const char *name,
    const struct im_field *fields, size_t count, bool violation)
{
	AUTO_DONE(att_buf_done) struct att_buf data = ATT_BUF(IMAMAKER_MAX);
	struct att_digest d = { .alg = m->alg,
		.len = (uint16_t)att_alg_size(m->alg) };

	for (size_t i = 0; i < count; i++) {
		u32(m, &data, fields[i].len);
		att_buf_bytes(&data, fields[i].data, fields[i].len);
	}
	ck_assert(!data.failed);
	if (!violation)
		d = hash(m->alg, att_buf_view(&data));
	begin(m, pcr, name, &d);
	u32(m, &m->bin, data.len);
	att_buf_slice(&m->bin, att_buf_view(&data));
	for (size_t i = 0; i < count; i++)
		text_field(m, &m->text, &fields[i]);
	att_buf_u8(&m->text, '\n');
	ck_assert(!m->bin.failed && !m->text.failed);
	extend(m, pcr, att_buf_view(&data), violation);
	m->count++;
}

void
im_entry(struct imamaker *m, uint32_t pcr, const char *name,
    const struct im_field *fields, size_t count)
{
	write_entry(m, pcr, name, fields, count, false);
}

void
im_violation(struct imamaker *m, uint32_t pcr, const char *name,
    const struct im_field *fields, size_t count)
{
	write_entry(m, pcr, name, fields, count, true);
}

void
im_legacy(struct imamaker *m, uint32_t pcr, const uint8_t digest[20],
    const char *path)
{
	uint8_t hashed[20 + 256] = { 0 };
	struct att_digest d;

	ck_assert(strlen(path) < 256);
	memcpy(hashed, digest, 20);
	memcpy(hashed + 20, path, strlen(path));
	d = hash(m->alg, (struct att_slice){ hashed, sizeof(hashed) });
	begin(m, pcr, "ima", &d);
	att_buf_bytes(&m->bin, digest, 20);
	u32(m, &m->bin, strlen(path));
	att_buf_str(&m->bin, path);
	att_buf_u8(&m->text, ' ');
	att_hex_put(&m->text, (struct att_slice){ digest, 20 });
	att_buf_printf(&m->text, " %s\n", path);
	extend(m, pcr, (struct att_slice){ hashed, sizeof(hashed) }, false);
	m->count++;
}

static void
file(struct imamaker *m, uint32_t pcr, const char *path, bool violation)
{
	struct att_digest d = hash(ATT_ALG_SHA256, S(path));
	uint8_t named[8 + 32] = "sha256:";
	struct im_field f[] = { { IM_NAMED, named, sizeof(named) },
		{ IM_TEXT, path, strlen(path) + 1 } };

	if (!violation)
		memcpy(named + 8, d.bytes, d.len);
	write_entry(m, pcr, "ima-ng", f, 2, violation);
}

void
im_file(struct imamaker *m, uint32_t pcr, const char *path)
{
	file(m, pcr, path, false);
}

void
im_file_violation(struct imamaker *m, uint32_t pcr, const char *path)
{
	file(m, pcr, path, true);
}

void
im_boot(struct imamaker *m, const struct att_digest *aggregate)
{
	const char *name = aggregate->alg == ATT_ALG_SHA1 ? "sha1:" :
							    "sha256:";
	uint8_t named[8 + ATT_DIGEST_MAX] = { 0 };
	struct im_field f[] = { { IM_NAMED, named,
				    strlen(name) + 1 + aggregate->len },
		IM_PATH("boot_aggregate") };

	memcpy(named, name, strlen(name) + 1);
	memcpy(named + strlen(name) + 1, aggregate->bytes, aggregate->len);
	im_entry(m, 10, "ima-ng", f, 2);
}

/* -- one of each ----------------------------------------------------------- */

static const uint8_t SHA1_NAMED[] = "sha1:\0" "01234567890123456789";
static const uint8_t SHA256_NAMED[] =
    "sha256:\0" "0123456789abcdef0123456789ABCDEF";
static const uint8_t IMA_NAMED[] =
    "ima:sha256:\0" "0123456789abcdef0123456789ABCDEF";
static const uint8_t VERITY_NAMED[] =
    "verity:sha512:\0" "0123456789abcdef0123456789ABCDEF"
    "0123456789abcdef0123456789ABCDEF";
#define NAMED(n) { IM_NAMED, n, sizeof(n) - 1 }
#define HEX(text) { IM_HEX, text, sizeof(text) - 1 }

void
im_templates(struct imamaker *m)
{
	static const struct im_field boot[] = { NAMED(SHA256_NAMED),
		IM_PATH("boot_aggregate"), HEX("\003\002sig") };
	static const struct im_field unsigned_file[] = { NAMED(SHA256_NAMED),
		IM_PATH("/usr/bin/x"), IM_NONE };
	static const struct im_field v2[] = { NAMED(IMA_NAMED),
		IM_PATH("/v2"), HEX("\003sig") };
	static const struct im_field verity[] = { NAMED(VERITY_NAMED),
		IM_PATH("/verity"), IM_NONE };
	static const struct im_field modsig[] = { NAMED(SHA256_NAMED),
		IM_PATH("/m.ko"), IM_NONE, NAMED(SHA1_NAMED), HEX("pkcs7") };
	static const struct im_field buf[] = { NAMED(SHA256_NAMED),
		IM_PATH("kexec-cmdline"), HEX("quiet root=/dev/vda2") };
	static const struct im_field plain[] = { HEX("0123456789abcdefghij"),
		IM_PATH("/plain") };
	const struct im_field evm[] = { NAMED(SHA256_NAMED), IM_PATH("/evm"),
		HEX("\005evm"), IM_PATH("security.selinux|security.ima"),
		HEX("\045\0\0\0\042\0\0\0"), HEX("values"),
		{ IM_UINT, m->big_endian ? "\0\0\3\350" : "\350\3\0\0", 4 },
		{ IM_UINT, "\0\0\0\0", 4 },
		{ IM_UINT, m->big_endian ? "\201\244" : "\244\201", 2 } };

	im_entry(m, 10, "ima-sig", boot, 3);
	im_legacy(m, 10, (const uint8_t *)"0123456789abcdefghij", "/init");
	im_entry(m, 10, "ima-ng", boot, 2);
	im_entry(m, 10, "ima-sig", unsigned_file, 3);
	im_entry(m, 10, "ima-ngv2", v2, 2);
	im_entry(m, 11, "ima-sigv2", v2, 3);
	im_entry(m, 10, "ima-sigv2", verity, 3);
	im_entry(m, 10, "ima-modsig", modsig, 5);
	im_entry(m, 10, "ima-buf", buf, 3);
	im_entry(m, 10, "evm-sig", evm, 9);
	im_entry(m, 10, "d|n", plain, 2);
	im_entry(m, 9, "n-ng|sig|d-ng", (struct im_field[]){ boot[1], boot[2],
	    boot[0] }, 3);
	im_entry(m, 10, "sig", boot + 2, 1);
	im_entry(m, 10, "d-ng|n-ng|imode", (struct im_field[]){ evm[0], evm[1],
	    evm[8] }, 3);
	im_file_violation(m, 10, "/var/log/audit/audit.log");
	im_file(m, 10, "/usr/bin/last");
}
