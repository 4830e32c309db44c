#include "eventlog/ima_template.h"

#include <inttypes.h>
#include <string.h>

#define ALG_NAME_MAX 15	/* bytes of an algorithm's name that is looked up */

static const struct {
	const char *name;
	enum att_ima_id id;
} ids[] = {
	{ "d", ATT_IMA_D },
	{ "n", ATT_IMA_N },
	{ "d-ng", ATT_IMA_D_NG },
	{ "d-ngv2", ATT_IMA_D_NGV2 },
	{ "n-ng", ATT_IMA_N_NG },
	{ "sig", ATT_IMA_SIG },
	{ "buf", ATT_IMA_BUF },
	{ "d-modsig", ATT_IMA_D_MODSIG },
	{ "modsig", ATT_IMA_MODSIG },
	{ "evmsig", ATT_IMA_EVMSIG },
	{ "iuid", ATT_IMA_IUID },
	{ "igid", ATT_IMA_IGID },
	{ "imode", ATT_IMA_IMODE },
	{ "xattrnames", ATT_IMA_XATTRNAMES },
	{ "xattrlengths", ATT_IMA_XATTRLENGTHS },
	{ "xattrvalues", ATT_IMA_XATTRVALUES },
};

static const struct {
	const char *name, *format;
} templates[] = {
	{ "ima", "d|n" },
	{ "ima-ng", "d-ng|n-ng" },
	{ "ima-sig", "d-ng|n-ng|sig" },
	{ "ima-ngv2", "d-ngv2|n-ng" },
	{ "ima-sigv2", "d-ngv2|n-ng|sig" },
	{ "ima-buf", "d-ng|n-ng|buf" },
	{ "ima-modsig", "d-ng|n-ng|sig|d-modsig|modsig" },
	{ "evm-sig", "d-ng|n-ng|evmsig|xattrnames|xattrlengths|xattrvalues|"
		"iuid|igid|imode" },
};

static enum att_ima_id
id_of(struct att_slice name)
{
	for (size_t i = 0; i < ATT_COUNT(ids); i++)
		if (att_slice_is(name, ids[i].name))
			return ids[i].id;
	return ATT_IMA_OTHER;
}

/* The bytes before the next `sep`, or all; the cursor stands behind both. */
static struct att_slice
next_part(struct att_cur *c, uint8_t sep)
{
	struct att_slice rest = att_cur_rest(c), part = rest;
	const uint8_t *end = rest.len == 0 ? NULL :
	    memchr(rest.data, sep, rest.len);

	if (end != NULL)
		part.len = (size_t)(end - rest.data);
	if (!att_cur_skip(c, part.len + (end != NULL)))
		return rest;
	return part;
}

bool
att_ima_format(struct att_slice name, struct att_ima_fields *ret)
{
	struct att_ima_fields f = { 0 };
	struct att_slice format = name;
	struct att_cur c;

	for (size_t i = 0; i < ATT_COUNT(templates); i++)
		if (att_slice_is(name, templates[i].name))
			format = att_slice_of(templates[i].format);
	c = att_cur_of(format);
	while (!att_cur_empty(&c)) {
		struct att_slice part = next_part(&c, '|');

		if (part.len == 0 || f.count == ATT_IMA_FIELDS_MAX)
			return false;
		f.field[f.count].id = id_of(part);
		f.field[f.count++].name = part;
	}
	/* one word that is no field is a template of which nothing is known */
	if (f.count == 0 || (f.count == 1 && f.field[0].id == ATT_IMA_OTHER) ||
	    format.data[format.len - 1] == '|')
		return false;
	*ret = f;
	return true;
}

static int
malformed(const struct att_ima_entry *e, const char *what,
    struct att_err *err)
{
	return att_err_at(err, ATT_E_FORMAT, e->offset,
	    "IMA entry %" PRIu64 ": %s", e->number, what);
}

static bool
next_field(const struct att_ima_entry *e, struct att_cur *c,
    struct att_slice *ret)
{
	struct att_cur at = *c;
	uint32_t len = 0;

	if (!(e->big_endian ? att_cur_be32(&at, &len) :
			      att_cur_le32(&at, &len)) ||
	    !att_cur_bytes(&at, len, ret))
		return false;
	*c = at;
	return true;
}

/* Template "ima": the digest has no length. */
static int
split_legacy(const struct att_ima_entry *e, struct att_ima_fields *f,
    struct att_err *err)
{
	struct att_cur c = att_cur_of(e->data);

	if (f->count != 2 ||
	    !att_cur_bytes(&c, ATT_IMA_LEGACY_DIGEST, &f->field[0].data) ||
	    !next_field(e, &c, &f->field[1].data) || !att_cur_empty(&c))
		return malformed(e, "data does not fit template \"ima\"", err);
	return 0;
}

int
att_ima_split(const struct att_ima_entry *e, struct att_ima_fields *ret,
    struct att_err *err)
{
	struct att_cur c = att_cur_of(e->data);
	struct att_ima_fields f = { 0 };
	bool known = att_ima_format(e->name, &f);
	size_t n = 0;
	int r;

	if (e->check == ATT_IMA_NO_DATA)
		return att_err_at(err, ATT_E_UNSUPPORTED, e->offset,
		    "IMA entry %" PRIu64 ": the text does not tell the data "
		    "of this template", e->number);
	if (e->legacy) {
		if ((r = split_legacy(e, &f, err)) < 0)
			return r;
		*ret = f;
		return 0;
	}
	while (!att_cur_empty(&c)) {
		if (n == ATT_IMA_FIELDS_MAX || (known && n == f.count))
			return malformed(e,
			    "more fields than the template has", err);
		if (!next_field(e, &c, &f.field[n++].data))
			return malformed(e, "a field passes the end of the "
			    "data", err);
	}
	if (known && n != f.count)
		return malformed(e, "fewer fields than the template has", err);
	f.count = n;
	*ret = f;
	return 0;
}

const struct att_ima_field *
att_ima_field(const struct att_ima_fields *f, enum att_ima_id id)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->field[i].id == id)
			return &f->field[i];
	return NULL;
}

/* -- fields ---------------------------------------------------------------- */

/* The kernel's names (crypto/hash_info.c); SM3 had others in older ones. */
static uint16_t
alg_of(struct att_slice name)
{
	char text[ALG_NAME_MAX + 1] = { 0 };

	if (name.len == 0 || name.len > ALG_NAME_MAX ||
	    memchr(name.data, '\0', name.len) != NULL)
		return 0;
	memcpy(text, name.data, name.len);
	return strcmp(text, "sm3-256") == 0 ? ATT_ALG_SM3 :
					      att_alg_by_name(text);
}

/* What stands before the digest: "sha256:", "verity:sha256:", ":". */
static bool
read_prefix(struct att_slice prefix, bool typed, struct att_ima_digest *d)
{
	struct att_cur c = att_cur_of(prefix);
	struct att_slice type;

	if (prefix.len == 0 || prefix.data[prefix.len - 1] != ':')
		return false;
	if (typed && prefix.len > 1) {
		type = next_part(&c, ':');
		d->verity = att_slice_is(type, "verity");
		if (!d->verity && !att_slice_is(type, "ima"))
			return false;
	}
	d->alg_name = next_part(&c, ':');
	d->alg = alg_of(d->alg_name);
	return att_cur_empty(&c);
}

/* The field "d" has no name of its algorithm: the kernel takes these two. */
static void
read_plain(struct att_slice data, struct att_ima_digest *d)
{
	bool sha1 = data.len == ATT_IMA_LEGACY_DIGEST;

	d->digest = data;
	d->alg = sha1 ? ATT_ALG_SHA1 : 0;
	d->alg_name = att_slice_of(sha1 ? "sha1" : "md5");
}

int
att_ima_read_digest(const struct att_ima_field *f, bool violation,
    struct att_ima_digest *ret, struct att_err *err)
{
	struct att_cur c = att_cur_of(f->data);
	struct att_ima_digest d = { 0 };

	if (f->data.len == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "IMA field has no digest");
	if (f->id == ATT_IMA_D) {
		read_plain(f->data, &d);
	} else {
		struct att_slice prefix = next_part(&c, '\0');

		d.digest = att_cur_rest(&c);
		if (prefix.len == f->data.len ||
		    !read_prefix(prefix, f->id == ATT_IMA_D_NGV2, &d))
			return att_err_set(err, ATT_E_FORMAT,
			    "IMA field's digest does not name its algorithm");
	}
	if (d.digest.len > ATT_DIGEST_MAX ||
	    (d.alg != 0 && d.digest.len != att_alg_size(d.alg) &&
		!(violation && d.digest.len == ATT_IMA_LEGACY_DIGEST)))
		return att_err_set(err, ATT_E_FORMAT,
		    "IMA field's digest has %zu bytes", d.digest.len);
	*ret = d;
	return 0;
}

int
att_ima_read_text(const struct att_ima_field *f, struct att_slice *ret,
    struct att_err *err)
{
	struct att_slice text = f->data;

	/* template "ima" stores none */
	if (text.len > 0 && text.data[text.len - 1] == '\0')
		text.len--;
	if (text.len > 0 && memchr(text.data, '\0', text.len) != NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "IMA field's text has a NUL within");
	if (text.len > ATT_IMA_PATH_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "IMA field's text has %zu bytes, at most %d are taken",
		    text.len, ATT_IMA_PATH_MAX);
	*ret = text;
	return 0;
}

int
att_ima_subject(const struct att_ima_fields *f, bool violation,
    struct att_ima_subject *ret, struct att_err *err)
{
	static const enum att_ima_id digests[] = { ATT_IMA_D_NG,
		ATT_IMA_D_NGV2, ATT_IMA_D };
	static const enum att_ima_id paths[] = { ATT_IMA_N_NG, ATT_IMA_N };
	const struct att_ima_field *digest = NULL, *path = NULL;
	struct att_ima_subject s = { 0 };
	int r;

	for (size_t i = 0; i < ATT_COUNT(digests) && digest == NULL; i++)
		digest = att_ima_field(f, digests[i]);
	for (size_t i = 0; i < ATT_COUNT(paths) && path == NULL; i++)
		path = att_ima_field(f, paths[i]);
	if (digest != NULL && digest->data.len > 0) {
		if ((r = att_ima_read_digest(digest, violation, &s.digest,
			 err)) < 0)
			return r;
		s.has_digest = true;
	}
	if (path != NULL) {
		if ((r = att_ima_read_text(path, &s.path, err)) < 0)
			return r;
		s.has_path = true;
	}
	*ret = s;
	return 0;
}
