#include "appraise/fwflash.h"

#include <string.h>

#include "base/encoding.h"

#define PIECE_MAX 200		/* bytes of one part of a finding */

/* What a chip may be known for (PROTOCOL-firmware.txt, section 2). */
static const char note_writable[] = "mtd.writable";
static const char note_unlocked[] = "ifd.descriptor-writable-by-host";
/* There were more than the claims can hold: any might be among them. */
static const char note_left_out[] = "map.left-out";

struct rule {
	uint64_t offset, length;
	enum att_range_class class;
	const char *name;
	int fill;		/* of a gap: its bytes if erased, or -1 */
	bool own;		/* another on each machine */
	size_t first, end;	/* digest[first .. end - 1] */
};

struct att_fwflash {
	const char *name;
	bool any, optional, writable;
	uint32_t paths;		/* 1 << enum att_path; 0: any */
	uint64_t size;
	size_t notes, rules, digests;
	const char *note[ATT_FWFLASH_NOTES_MAX];
	struct rule *rule;
	struct att_digest *digest;
};

void
att_fwflash_free(struct att_fwflash *f)
{
	if (f == NULL)
		return;
	free(f->rule);
	free(f->digest);
	free(f);
}

const char *
att_fwflash_name(const struct att_fwflash *f)
{
	return f->name;
}

bool
att_fwflash_is_any(const struct att_fwflash *f)
{
	return f->any;
}

bool
att_fwflash_is_optional(const struct att_fwflash *f)
{
	return f->any || f->optional;
}

/* -- parsing --------------------------------------------------------------- */

static int
read_flag(const json_t *j, const char *name, bool *ret, struct att_err *err)
{
	return json_object_get(j, name) == NULL ?
	    0 : att_json_bool(j, name, ret, err);
}

static int
read_digests(struct att_fwflash *f, const json_t *j, uint16_t alg,
    struct att_err *err)
{
	json_t *list = json_object_get(j, att_alg_name(alg));
	size_t n = json_array_size(list);
	int e;

	if (list == NULL)
		return 0;
	if (n == 0 || n > ATT_FWFLASH_DIGESTS_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"%s\" must be an array of 1 to %d",
		    att_alg_name(alg), ATT_FWFLASH_DIGESTS_MAX);
	for (size_t i = 0; i < n; i++) {
		AUTO_DONE(att_buf_done) struct att_buf b =
		    ATT_BUF(ATT_DIGEST_MAX);
		const json_t *hex = json_array_get(list, i);

		if ((e = att_hex_decode((struct att_slice){
			 (const uint8_t *)json_string_value(hex),
			 json_string_length(hex) }, &b, err)) < 0 ||
		    (e = att_digest_from(alg, att_buf_view(&b),
			 &f->digest[f->digests], err)) < 0) {
			att_err_prefix(err, "member \"%s\", entry %zu",
			    att_alg_name(alg), i);
			return e;
		}
		f->digests++;
	}
	return 0;
}

/* Digests and fill where the class has them, and nowhere else. */
static int
check_values(const struct rule *r, struct att_err *err)
{
	bool has_digests = r->end > r->first, compared = !r->own &&
	    (r->class == ATT_RANGE_STATIC || r->class == ATT_RANGE_GAP);

	if (r->own && (r->class == ATT_RANGE_VOLATILE ||
			  r->class == ATT_RANGE_UNREADABLE))
		return att_err_set(err, ATT_E_FORMAT,
		    "\"own\" of a range that is never compared");
	if (!compared && (has_digests || r->fill >= 0))
		return att_err_set(err, ATT_E_FORMAT,
		    "digests or \"fill\" of a range without common bytes");
	if (r->class != ATT_RANGE_GAP && r->fill >= 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "\"fill\" of what is no gap");
	if (compared && !has_digests && r->fill < 0)
		return att_err_set(err, ATT_E_FORMAT, "has no digests%s",
		    r->class == ATT_RANGE_GAP ? " and no \"fill\"" : "");
	return 0;
}

static int
read_class(const json_t *j, enum att_range_class *ret, struct att_err *err)
{
	const char *name = NULL;
	int e;

	if ((e = att_json_str(j, "class", &name, err)) < 0)
		return e;
	for (unsigned i = 0; i < ATT_RANGE_CLASSES; i++)
		if (strcmp(name, att_range_class_name(
			(enum att_range_class)i)) == 0) {
			*ret = (enum att_range_class)i;
			return 0;
		}
	return att_err_set(err, ATT_E_FORMAT, "member \"class\": no class "
	    "\"%.40s\"", name);
}

/* Ranges leave no hole: each begins where the one before it ends. */
static int
read_place(const json_t *j, uint64_t at, struct rule *r, struct att_err *err)
{
	int64_t offset = 0, length = 0, fill = -1;
	int e;

	if ((e = att_json_int(j, "offset", 0, INT64_MAX, &offset, err)) < 0 ||
	    (e = att_json_int(j, "length", 1, INT64_MAX, &length, err)) < 0 ||
	    (e = att_json_int_opt(j, "fill", 0, UINT8_MAX, &fill, err)) < 0)
		return e;
	if ((uint64_t)offset != at)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"offset\": the range before it ends at %llu",
		    (unsigned long long)at);
	r->offset = (uint64_t)offset;
	r->length = (uint64_t)length;
	r->fill = (int)fill;
	return 0;
}

static int
read_range(struct att_fwflash *f, json_t *j, uint64_t at, struct rule *r,
    struct att_err *err)
{
	static const char *const names[] = { "offset", "length", "class",
		"name", "fill", "own", "sha256", "sha384", "sha512", NULL };
	int e;

	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	if ((e = att_json_only(j, names, err)) < 0 ||
	    (e = read_place(j, at, r, err)) < 0 ||
	    (e = read_class(j, &r->class, err)) < 0 ||
	    (e = read_flag(j, "own", &r->own, err)) < 0 ||
	    (e = att_json_str(j, "name", &r->name, err)) < 0)
		return e;
	r->own = r->own || r->class == ATT_RANGE_PER_MACHINE;
	if (strlen(r->name) > ATT_RANGE_NAME_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"name\" of more than %d bytes",
		    ATT_RANGE_NAME_MAX);
	r->first = f->digests;
	if ((e = read_digests(f, j, ATT_ALG_SHA256, err)) < 0 ||
	    (e = read_digests(f, j, ATT_ALG_SHA384, err)) < 0 ||
	    (e = read_digests(f, j, ATT_ALG_SHA512, err)) < 0)
		return e;
	r->end = f->digests;
	return check_values(r, err);
}

/* At most what the limit of the file lets in. */
static size_t
count_digests(const json_t *list)
{
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *j = json_array_get(list, i);

		n += json_array_size(json_object_get(j, "sha256")) +
		    json_array_size(json_object_get(j, "sha384")) +
		    json_array_size(json_object_get(j, "sha512"));
	}
	return n;
}

static int
read_ranges(struct att_fwflash *f, const json_t *j, struct att_err *err)
{
	json_t *list = NULL;
	uint64_t at = 0;
	size_t n, own = 0;
	int e;

	if ((e = att_json_arr(j, "ranges", &list, err)) < 0)
		return e;
	n = json_array_size(list);
	if (n == 0 || n > ATT_FWFLASH_RANGES_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"ranges\" must be an array of 1 to %d",
		    ATT_FWFLASH_RANGES_MAX);
	f->rule = calloc(n, sizeof(*f->rule));
	f->digest = calloc(count_digests(list) + 1, sizeof(*f->digest));
	if (f->rule == NULL || f->digest == NULL)
		return att_err_nomem(err);
	for (size_t i = 0; i < n; i++) {
		struct rule *r = &f->rule[i];

		if ((e = read_range(f, json_array_get(list, i), at, r, err)) <
		    0) {
			att_err_prefix(err, "range %zu", i);
			return e;
		}
		if (r->length > f->size - at)
			return att_err_set(err, ATT_E_FORMAT,
			    "range %zu ends behind the chip", i);
		at += r->length;
		f->rules++;
		own += r->own;
	}
	if (own > ATT_FWFLASH_OWN_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "%zu ranges of the machine's own, at most %d are taken",
		    own, ATT_FWFLASH_OWN_MAX);
	return at == f->size ? 0 : att_err_set(err, ATT_E_FORMAT,
	    "the ranges end at %llu, the chip at %llu",
	    (unsigned long long)at, (unsigned long long)f->size);
}

static int
read_notes(struct att_fwflash *f, const json_t *j, struct att_err *err)
{
	json_t *list = json_object_get(j, "notes");

	if (list == NULL)
		return 0;
	if (!json_is_array(list) ||
	    json_array_size(list) > ATT_FWFLASH_NOTES_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"notes\" must be an array of at most %d",
		    ATT_FWFLASH_NOTES_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));

		if (s == NULL)
			return att_err_set(err, ATT_E_FORMAT,
			    "member \"notes\", entry %zu: must be text", i);
		f->note[f->notes++] = s;
	}
	return 0;
}

static int
read_rule(struct att_fwflash *f, json_t *j, struct att_err *err)
{
	static const char *const names[] = { "size", "paths", "optional",
		"writable", "notes", "ranges", NULL };
	int64_t size = 0;
	int e;

	if ((e = att_json_only(j, names, err)) < 0 ||
	    (e = att_json_int(j, "size", 1, INT64_MAX, &size, err)) < 0 ||
	    (e = att_fw_paths_read(j, &f->paths, err)) < 0 ||
	    (e = read_flag(j, "optional", &f->optional, err)) < 0 ||
	    (e = read_flag(j, "writable", &f->writable, err)) < 0 ||
	    (e = read_notes(f, j, err)) < 0)
		return e;
	f->size = (uint64_t)size;
	return read_ranges(f, j, err);
}

int
att_fwflash_parse(json_t *j, const char *name, struct att_fwflash **ret,
    struct att_err *err)
{
	AUTO(att_fwflash_free) struct att_fwflash *f = calloc(1, sizeof(*f));
	const char *word = json_string_value(j);
	int e;

	if (f == NULL)
		return att_err_nomem(err);
	f->name = name;
	if (name[0] == '\0' || strlen(name) > ATT_FLASH_NAME_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "a chip has a name of 1 to %d bytes", ATT_FLASH_NAME_MAX);
	if (word != NULL && strcmp(word, "any") == 0)
		f->any = true;
	else if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT,
		    "must be an object or \"any\"");
	else if ((e = read_rule(f, j, err)) < 0)
		return e;
	*ret = take(&f);
	return 0;
}

/* -- comparing ------------------------------------------------------------- */

/* Of a rule, or of the chip. */
struct place {
	const char *name;
	uint64_t offset, length;
};

struct match {
	const struct att_fwflash *f;
	const struct att_flash *chip;
	att_finding_fn *report;
	void *arg;
	size_t told, untold;	/* ranges */
	bool good;
};

static struct att_finding
finding(const struct match *m, enum att_finding_code code)
{
	struct att_finding f = att_finding_make(code);

	att_finding_set_label(&f, att_slice_of(m->chip->name));
	return f;
}

static void
tell(struct match *m, const struct att_finding *f)
{
	if (f->severity == ATT_SEVERITY_FAIL)
		m->good = false;
	if (m->report != NULL)
		m->report(m->arg, f);
}

/* The first of a chip stand for all: one update may change hundreds. */
static void
tell_range(struct match *m, struct att_finding *f)
{
	if (m->told == ATT_FWFLASH_TOLD_MAX) {
		m->untold++;
		return;
	}
	m->told++;
	tell(m, f);
}

/* `how` it differs follows on the range. */
static void
tell_place(struct match *m, enum att_finding_code code,
    const struct place *p, const char *how)
{
	struct att_finding f = finding(m, code);

	att_finding_set_what(&f, "'%s' at 0x%llx, 0x%llx bytes, %s", p->name,
	    (unsigned long long)p->offset, (unsigned long long)p->length,
	    how);
	tell_range(m, &f);
}

static bool
is_listed(const struct att_fwflash *f, const char *code)
{
	for (size_t i = 0; i < f->notes; i++)
		if (strcmp(f->note[i], code) == 0)
			return true;
	return false;
}

/* A code is told once, for the first place where it is. */
static bool
is_first(const struct att_map *map, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(map->note[i].code, map->note[at].code) == 0)
			return false;
	return true;
}

static void
match_note(struct match *m, const struct att_note *note)
{
	bool unlocked = strcmp(note->code, note_unlocked) == 0;
	struct att_finding f = finding(m, unlocked ? ATT_F_FLASH_UNLOCKED :
						     ATT_F_FLASH_STRUCTURE);

	if (strcmp(note->code, note_writable) == 0 ||
	    is_listed(m->f, note->code))
		return;
	if (!unlocked)
		att_finding_set_what(&f, "%s at 0x%llx: %s", note->code,
		    (unsigned long long)note->offset, note->text);
	tell(m, &f);
}

static void
match_notes(struct match *m)
{
	const struct att_map *map = m->chip->map;
	struct att_finding f = finding(m, ATT_F_FLASH_WRITABLE);
	bool writable = m->chip->writable;

	for (size_t i = 0; i < map->note_count; i++) {
		writable = writable ||
		    strcmp(map->note[i].code, note_writable) == 0;
		if (is_first(map, i))
			match_note(m, &map->note[i]);
	}
	if (writable && !m->f->writable)
		tell(m, &f);
	if (map->notes_left_out > 0 && !is_listed(m->f, note_left_out)) {
		f = finding(m, ATT_F_FLASH_STRUCTURE);
		att_finding_set_what(&f, "%s: there is more to say of it than "
		    "claims can hold", note_left_out);
		tell(m, &f);
	}
}

/* -- ranges ---------------------------------------------------------------- */

/* The last of this algorithm stands for all that would be taken; or NULL. */
static const struct att_digest *
last_digest(const struct att_fwflash *f, const struct rule *r, uint16_t alg)
{
	for (size_t i = r->end; i > r->first; i--)
		if (f->digest[i - 1].alg == alg)
			return &f->digest[i - 1];
	return NULL;
}

static bool
is_among(const struct att_fwflash *f, const struct rule *r,
    const struct att_digest *d)
{
	for (size_t i = r->first; i < r->end; i++)
		if (att_digest_equal(&f->digest[i], d))
			return true;
	return false;
}

/* The same range: are its bytes those of the rule? */
static void
match_bytes(struct match *m, const struct rule *r, const struct att_range *is)
{
	const struct att_digest *last =
	    last_digest(m->f, r, m->chip->map->alg);
	bool erased = r->fill >= 0 && r->fill == is->fill;
	struct att_finding f;

	if (r->own || erased || is_among(m->f, r, &is->digest) ||
	    (r->class != ATT_RANGE_STATIC && r->class != ATT_RANGE_GAP))
		return;
	f = finding(m, last == NULL ? ATT_F_FLASH_GAP : ATT_F_FLASH_CHANGED);
	att_finding_set_what(&f, "'%s' at 0x%llx", is->name,
	    (unsigned long long)is->offset);
	if (last != NULL)
		f.expected = *last;
	f.found = is->digest;
	tell_range(m, &f);
}

static bool
same_extent(const struct rule *r, const struct att_range *is)
{
	return r->offset == is->offset && r->length == is->length;
}

static void
match_gone(struct match *m, const struct rule *r)
{
	struct place p = { r->name, r->offset, r->length };

	if (r->class == ATT_RANGE_UNREADABLE)
		tell_place(m, ATT_F_FLASH_UNREADABLE, &p,
		    "should be unreadable, and is not as a whole");
	else
		tell_place(m, ATT_F_FLASH_LAYOUT, &p, "is gone");
}

static void
match_new(struct match *m, const struct att_range *is)
{
	struct place p = { is->name, is->offset, is->length };

	if (is->class == ATT_RANGE_UNREADABLE)
		tell_place(m, ATT_F_FLASH_UNREADABLE, &p,
		    "can no longer be read");
	else
		tell_place(m, ATT_F_FLASH_LAYOUT, &p,
		    is->class == ATT_RANGE_VOLATILE ? "is new, and volatile" :
						      "is new");
}

/* The same bytes of the chip are said to be something else. */
static void
match_other(struct match *m, const struct rule *r, const struct att_range *is)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(PIECE_MAX);
	struct place p = { is->name, is->offset, is->length };

	if (r->class == is->class)
		att_buf_printf(&b, "was '%.40s'", r->name);
	else
		att_buf_printf(&b, "is %s, expected %s",
		    att_range_class_name(is->class),
		    att_range_class_name(r->class));
	att_buf_u8(&b, '\0');
	tell_place(m, ATT_F_FLASH_LAYOUT, &p,
	    att_buf_ok(&b, "", NULL) < 0 ? "" : (const char *)b.data);
}

static void
match_range(struct match *m, const struct rule *r, const struct att_range *is)
{
	struct place p = { is->name, is->offset, is->length };

	if (r->class == is->class && strcmp(r->name, is->name) == 0)
		match_bytes(m, r, is);
	else if (r->class == is->class)
		match_other(m, r, is);
	else if (r->class == ATT_RANGE_UNREADABLE)
		tell_place(m, ATT_F_FLASH_UNREADABLE, &p,
		    "should be unreadable, and can be read");
	else if (is->class == ATT_RANGE_UNREADABLE)
		match_new(m, is);
	else
		match_other(m, r, is);
}

static void
match_ranges(struct match *m)
{
	const struct att_map *map = m->chip->map;
	struct att_finding more = finding(m, ATT_F_FLASH_MORE);
	size_t i = 0, k = 0;

	while (i < m->f->rules && k < map->count) {
		const struct rule *r = &m->f->rule[i];
		const struct att_range *is = &map->range[k];

		if (same_extent(r, is)) {
			match_range(m, r, is);
			i++;
			k++;
		} else if (r->offset <= is->offset) {
			match_gone(m, r);
			i++;
		} else {
			match_new(m, is);
			k++;
		}
	}
	for (; i < m->f->rules; i++)
		match_gone(m, &m->f->rule[i]);
	for (; k < map->count; k++)
		match_new(m, &map->range[k]);
	more.number[0] = m->untold;
	if (m->untold > 0)
		tell(m, &more);
}

/* False, and said, if ranges have no digests of the chip's algorithm. */
static bool
has_algorithm(struct match *m)
{
	uint16_t alg = m->chip->map->alg;
	struct att_finding f = finding(m, ATT_F_FLASH_ALGORITHM);

	for (size_t i = 0; i < m->f->rules; i++) {
		const struct rule *r = &m->f->rule[i];

		if (r->end > r->first && last_digest(m->f, r, alg) == NULL) {
			att_finding_set_what(&f, "%s",
			    att_alg_name(alg) == NULL ? "unknown" :
							att_alg_name(alg));
			tell(m, &f);
			return false;
		}
	}
	return true;
}

bool
att_fwflash_match(const struct att_fwflash *f, const struct att_flash *chip,
    att_finding_fn *report, void *arg)
{
	struct match m = { .f = f, .chip = chip, .report = report, .arg = arg,
		.good = true };
	struct att_finding path = finding(&m, ATT_F_FLASH_PATH);
	struct att_finding size = finding(&m, ATT_F_FLASH_SIZE);

	if (f->any)
		return true;
	if (f->paths != 0 && (f->paths & 1u << chip->path) == 0) {
		att_finding_set_what(&path, "%s", att_path_name(chip->path));
		tell(&m, &path);
	}
	match_notes(&m);
	size.number[0] = chip->map->size;
	size.number[1] = f->size;
	if (chip->map->size != f->size)
		tell(&m, &size);
	else if (has_algorithm(&m))
		match_ranges(&m);
	return m.good;
}

bool
att_fwflash_is_own(const struct att_fwflash *f, const struct att_range *range)
{
	size_t low = 0, high = f->rules;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (f->rule[mid].offset <= range->offset)
			low = mid + 1;
		else
			high = mid;
	}
	return low > 0 && same_extent(&f->rule[low - 1], range) &&
	    f->rule[low - 1].own;
}
