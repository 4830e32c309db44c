#include "eventlog/userspace.h"

#include <string.h>

#include "base/cur.h"
#include "base/json.h"
#include "base/text.h"

#define RECORD_SEPARATOR 0x1e	/* RFC 7464, 2.2 */
#define DIGESTS_MAX 16		/* of one record, known here or not */
#define ID_DIGITS 32		/* of a boot_id */

struct att_userspace_log {
	size_t count, other_boots, other_registers;
	bool incomplete;
	struct att_user_record record[];
};

void
att_userspace_free(struct att_userspace_log *l)
{
	free(l);
}

size_t
att_userspace_count(const struct att_userspace_log *l)
{
	return l->count;
}

const struct att_user_record *
att_userspace_record(const struct att_userspace_log *l, size_t i)
{
	return i < l->count ? &l->record[i] : NULL;
}

bool
att_userspace_incomplete(const struct att_userspace_log *l)
{
	return l->incomplete;
}

size_t
att_userspace_other_boots(const struct att_userspace_log *l)
{
	return l->other_boots;
}

size_t
att_userspace_other_registers(const struct att_userspace_log *l)
{
	return l->other_registers;
}

/* -- one record ----------------------------------------------------------- */

/* The hex digits of an identifier, hyphens left out; false if it is none. */
static bool
plain_id(const char *text, char ret[static ID_DIGITS + 1])
{
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (*text == '-')
			continue;
		if (n == ID_DIGITS || strchr("0123456789abcdef", *text) == NULL)
			return false;
		ret[n++] = *text;
	}
	ret[n] = '\0';
	return n == ID_DIGITS;
}

/* Clean, and cut between two characters. */
static int
keep_text(const char *text, char ret[static ATT_USERSPACE_TEXT_MAX + 1],
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(4 * ATT_USERSPACE_LOG_MAX);
	size_t len;
	int r;

	att_text_put(&b, att_slice_of(text));
	if ((r = att_buf_ok(&b, "text of a record", err)) < 0)
		return r;
	len = b.len;
	if (len > ATT_USERSPACE_TEXT_MAX) {
		len = ATT_USERSPACE_TEXT_MAX;
		while (len > 0 && (b.data[len] & 0xc0) == 0x80)
			len--;
	}
	if (len > 0)
		memcpy(ret, b.data, len);
	ret[len] = '\0';
	return 0;
}

static int
read_digest(const json_t *j, struct att_user_record *rec,
    struct att_err *err)
{
	const char *name = NULL;
	uint16_t alg;
	int r;

	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"digests\" must hold objects");
	if ((r = att_json_str(j, "hashAlg", &name, err)) < 0)
		return r;
	if ((alg = att_alg_by_name(name)) == 0)
		return 0;
	for (size_t i = 0; i < rec->digest_count; i++)
		if (rec->digest[i].alg == alg)
			return att_err_set(err, ATT_E_FORMAT,
			    "two digests of %s", name);
	if ((r = att_json_digest(j, "digest", alg,
		 &rec->digest[rec->digest_count], err)) < 0)
		return r;
	rec->digest_count++;
	return 0;
}

static int
read_digests(const json_t *j, struct att_user_record *rec,
    struct att_err *err)
{
	json_t *list = NULL;
	int r;

	if ((r = att_json_arr(j, "digests", &list, err)) < 0)
		return r;
	if (json_array_size(list) > DIGESTS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%zu digests, at most %d are taken",
		    json_array_size(list), DIGESTS_MAX);
	for (size_t i = 0; i < json_array_size(list); i++)
		if ((r = read_digest(json_array_get(list, i), rec, err)) < 0)
			return r;
	return 0;
}

/* Some digests are of a secret or a key that the text only names. */
static int
check_covered(const char *word, struct att_hasher *h,
    struct att_user_record *rec, struct att_err *err)
{
	struct att_slice s = att_slice_of(word);
	struct att_digest d;
	int r;

	rec->covered = rec->digest_count > 0;
	for (size_t i = 0; i < rec->digest_count && rec->covered; i++) {
		r = att_hasher_one(h, rec->digest[i].alg, s, &d, err);
		if (r < 0 && r != ATT_E_UNSUPPORTED)
			return r;
		rec->covered = r == 0 && att_digest_equal(&d,
		    &rec->digest[i]);
	}
	return 0;
}

static int
read_content(const json_t *content, struct att_hasher *h,
    struct att_user_record *rec, struct att_err *err)
{
	const char *word = NULL, *type = "";
	int64_t timestamp = 0;
	int r;

	if ((r = att_json_str_opt(content, "string", &word, err)) < 0 ||
	    (r = att_json_str_opt(content, "eventType", &type, err)) < 0 ||
	    (r = att_json_int_opt(content, "timestamp", 0, INT64_MAX,
		 &timestamp, err)) < 0 ||
	    (r = keep_text(type, rec->type, err)) < 0)
		return r;
	rec->timestamp = (uint64_t)timestamp;
	if (word == NULL)
		return 0;
	if ((r = keep_text(word, rec->text, err)) < 0)
		return r;
	return check_covered(word, h, rec, err);
}

static int
check_boot(const json_t *content, const char *boot, bool *ret_other,
    struct att_err *err)
{
	const char *text = NULL;
	char id[ID_DIGITS + 1];
	int r;

	if ((r = att_json_str(content, "bootId", &text, err)) < 0)
		return r;
	if (!plain_id(text, id))
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"bootId\" is no identifier of %d hex digits",
		    ID_DIGITS);
	*ret_other = boot != NULL && strcmp(id, boot) != 0;
	return 0;
}

/* A record of the log, added unless it is not for a PCR of this boot. */
static int
read_record(const json_t *j, const char *boot, struct att_hasher *h,
    struct att_userspace_log *l, struct att_err *err)
{
	struct att_user_record *rec = &l->record[l->count];
	json_t *content = NULL;
	const char *type = NULL;
	int64_t pcr = 0;
	bool other = false;
	int r;

	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	if ((r = att_json_str(j, "content_type", &type, err)) < 0)
		return r;
	if (strcmp(type, "systemd") != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "content of type \"%.32s\", only \"systemd\" is taken",
		    type);
	if ((r = att_json_obj(j, "content", &content, err)) < 0 ||
	    (r = check_boot(content, boot, &other, err)) < 0)
		return r;
	if (other) {
		l->other_boots++;
		return 0;
	}
	/* TCG CEL 5.1: a PCR or an NV index */
	if (json_object_get(j, "pcr") == NULL &&
	    json_is_integer(json_object_get(j, "nv_index"))) {
		l->other_registers++;
		return 0;
	}
	*rec = (struct att_user_record){ 0 };
	if ((r = att_json_int(j, "pcr", 0, 23, &pcr, err)) < 0 ||
	    (r = read_digests(j, rec, err)) < 0 ||
	    (r = read_content(content, h, rec, err)) < 0)
		return r;
	rec->pcr = (uint8_t)pcr;
	l->count++;
	return 0;
}

/* -- the sequence --------------------------------------------------------- */

static size_t
count_separators(struct att_slice bytes)
{
	size_t n = 0;

	for (size_t i = 0; i < bytes.len; i++)
		n += bytes.data[i] == RECORD_SEPARATOR;
	return n;
}

/* The text between a separator and the next one, or the end. */
static struct att_slice
next_text(struct att_cur *c)
{
	struct att_slice rest = att_cur_rest(c), text = { 0 };
	const uint8_t *end = rest.len == 0 ? NULL :
	    memchr(rest.data, RECORD_SEPARATOR, rest.len);
	size_t len = end == NULL ? rest.len : (size_t)(end - rest.data);

	return att_cur_bytes(c, len, &text) ? text : rest;
}

static int
read_text(struct att_slice text, bool last, const char *boot,
    struct att_hasher *h, struct att_userspace_log *l, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	int r = att_json_parse(text, ATT_USERSPACE_LOG_MAX, &j, err);

	/* systemd writes a record after it extended: the end may be missing */
	if (r == ATT_E_FORMAT && last) {
		l->incomplete = true;
		return 0;
	}
	return r < 0 ? r : read_record(j, boot, h, l, err);
}

static int
read_all(struct att_slice bytes, const char *boot, struct att_hasher *h,
    struct att_userspace_log *l, struct att_err *err)
{
	struct att_cur c = att_cur_of(bytes);
	uint8_t separator = 0;
	int r;

	for (size_t n = 0; att_cur_u8(&c, &separator); n++) {
		uint64_t off = c.off - 1;
		struct att_slice text = next_text(&c);

		if (separator != RECORD_SEPARATOR)
			return att_err_at(err, ATT_E_FORMAT, off,
			    "no record separator (RFC 7464, 2.2)");
		if ((r = read_text(text, att_cur_empty(&c), boot, h, l,
			 err)) < 0) {
			att_err_prefix(err, "record %zu", n);
			if (err != NULL)
				err->offset = off;
			return r;
		}
	}
	return 0;
}

int
att_userspace_parse(struct att_slice bytes, const char *boot_id,
    struct att_userspace_log **ret, struct att_err *err)
{
	AUTO(att_userspace_free) struct att_userspace_log *l = NULL;
	AUTO(att_hasher_free) struct att_hasher *h = NULL;
	size_t n = count_separators(bytes);
	char boot[ID_DIGITS + 1];
	int r;

	if (bytes.len > ATT_USERSPACE_LOG_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "userspace log of %zu bytes, at most %u are taken",
		    bytes.len, ATT_USERSPACE_LOG_MAX);
	if (n > ATT_USERSPACE_RECORDS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "userspace log of %zu records, at most %d are taken", n,
		    ATT_USERSPACE_RECORDS_MAX);
	if (boot_id != NULL && !plain_id(boot_id, boot))
		return att_err_set(err, ATT_E_USAGE,
		    "boot identifier is not of %d hex digits", ID_DIGITS);
	l = calloc(1, sizeof(*l) + n * sizeof(l->record[0]));
	if (l == NULL || (h = att_hasher_new()) == NULL)
		return att_err_nomem(err);
	if ((r = read_all(bytes, boot_id == NULL ? NULL : boot, h, l, err)) <
	    0)
		return r;
	*ret = take(&l);
	return 0;
}
