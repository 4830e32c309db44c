/* The IMA lists of the collection, and the numbered cases that name one. */
#include "tests/eventlog/vectors.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "eventlog/ima_replay.h"

#define PCR10 (1u << 10)
#define H12SSL "guard-oss/h12ssl-created.ima"

#define expect(j, cond)                                                      \
	do {                                                                 \
		if (!(cond))                                                 \
			complain(j, "line %d: not %s", __LINE__, #cond);     \
	} while (0)

/* -- steps ----------------------------------------------------------------- */

static bool
open_list(struct job *j, struct att_ima_list *ret)
{
	struct att_err err = { 0 };

	*ret = (struct att_ima_list){ 0 };
	if (j->h != NULL &&
	    att_ima_recognise(att_buf_view(&j->raw), j->h, ret, &err) == 0)
		return true;
	complain(j, "%s", err.text);
	return false;
}

/* In all banks that can be hashed; the code of failure. */
static int
replay_ima(struct job *j, const struct att_ima_list *list,
    struct att_ima_replay *r, struct att_err *err)
{
	struct att_ima_state st;
	int rc;

	att_ima_state_begin(&st, NULL);
	for (size_t i = 0; i < ATT_BANKS_MAX; i++)
		if (att_alg_evp(att_alg_at(i)) != NULL &&
		    (rc = att_pcrs_add_bank(&st.pcrs, att_alg_at(i),
			 err)) < 0)
			return rc;
	att_ima_replay_begin(r, &st, ATT_IMA_PER_BANK, j->h);
	return att_ima_replay_list(r, list, err);
}

/* Searches for these values; 0 with a complaint. */
static enum att_ima_match
match(struct job *j, const struct att_ima_list *list,
    const struct att_pcrs *quoted, uint32_t mask, struct att_ima_state *st,
    struct att_ima_match_info *info)
{
	enum att_ima_match m = 0;
	struct att_err err = { 0 };

	*info = (struct att_ima_match_info){ 0 };
	if (att_ima_match(list, quoted, mask, j->h, st, &m, info, &err) < 0)
		complain(j, "%s", err.text);
	return m;
}

/* -- a row of the manifest ------------------------------------------------- */

/*
 * One list has SM3 digests; its registers were computed as if SHA-256 had made
 * them, which no kernel does: its replay here is of its own.
 */
static bool
is_pseudo(struct job *j, const struct att_ima_list *list, uint16_t alg,
    struct att_slice want)
{
	AUTO_DONE(att_ima_done)
	struct att_ima_iter it = att_ima_begin(list, j->h);
	struct att_digest v = { .alg = alg, .len = 32 };
	uint8_t ones[ATT_DIGEST_MAX];
	struct att_ima_entry e;

	memset(ones, 0xff, sizeof(ones));
	if (list->alg != ATT_ALG_SM3 || alg != ATT_ALG_SHA256)
		return false;
	while (att_ima_next(&it, &e, NULL) > 0)
		if (att_hasher_two(j->h, alg, att_digest_view(&v),
			e.violation ? (struct att_slice){ ones, 32 } :
				      e.digest, &v, NULL) < 0)
			return false;
	return att_slice_equal(att_digest_view(&v), want);
}

static void
check_register(struct job *j, const struct att_ima_list *list,
    const struct att_pcrs *got, uint16_t alg, unsigned pcr, bool match)
{
	struct att_slice a, b;
	bool same;

	if (!att_pcrs_get(&j->pcrs, alg, pcr, &a) ||
	    !att_pcrs_get(got, alg, pcr, &b)) {
		complain(j, "%s %u has no value", att_alg_name(alg), pcr);
		return;
	}
	same = att_slice_equal(a, b);
	if (match && !same && is_pseudo(j, list, alg, a)) {
		say(j, "%s %u from digests of %s", att_alg_name(alg), pcr,
		    att_alg_name(list->alg));
		return;
	}
	if (same != match)
		complain(j, "%s %u %s", att_alg_name(alg), pcr,
		    same ? "matches" : "differs");
	j->matched += same;
}

static void
check_registers(struct job *j, const struct att_ima_list *list,
    const struct att_pcrs *got, const struct registers *regs, bool match)
{
	for (size_t b = 0; b < ATT_BANKS_MAX; b++)
		for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++)
			if ((regs->mask[b] >> pcr & 1) != 0)
				check_register(j, list, got, att_alg_at(b),
				    pcr, match);
}

/* The registers that match are found again, after all entries. */
static void
check_search(struct job *j, const struct att_ima_list *list,
    const struct registers *regs, uint64_t entries)
{
	struct att_ima_match_info info;
	struct att_pcrs quoted = { 0 };
	struct att_ima_state st;
	struct att_slice v;

	for (size_t b = 0; b < ATT_BANKS_MAX; b++)
		if ((regs->mask[b] & PCR10) != 0 &&
		    att_pcrs_get(&j->pcrs, att_alg_at(b), 10, &v) &&
		    att_pcrs_set(&quoted, att_alg_at(b), 10, v, NULL) < 0)
			complain(j, "no memory");
	att_ima_state_begin(&st, NULL);
	expect(j, match(j, list, &quoted, PCR10, &st, &info) ==
	    ATT_IMA_MATCH);
	expect(j, info.entries + info.left == entries &&
	    info.broken == ATT_IMA_NO_ENTRY && info.damage.code == 0);
	if (info.form != ATT_IMA_FORM_UNKNOWN)
		say(j, "%s", att_ima_form_name(info.form));
	expect(j, info.form != ATT_IMA_PADDED);
}

static bool
check_exceptions(struct job *j, const struct att_ima_list *list,
    const struct att_pcrs *got, const char *text)
{
	const char *reason = strchr(text, '=');
	struct registers regs;
	char which[64];

	if (*text == '\0')
		return true;
	if (reason == NULL || (size_t)(reason - text) >= sizeof(which) ||
	    strcmp(reason, "=needs-boot-log-and-systemd-phases") != 0)
		return false;
	memcpy(which, text, (size_t)(reason - text));
	which[reason - text] = '\0';
	if (!read_registers(which, &regs))
		return false;
	check_registers(j, list, got, &regs, false);
	say(j, "%s as told%s", which, reason);
	return true;
}

/* "template digests sha1; 6 violations" */
static void
check_violations(struct job *j, const char *note, uint64_t violations)
{
	const char *at = strchr(note, ';');
	unsigned want = 0;

	if (at != NULL && sscanf(at, "; %u violations", &want) != 1)
		complain(j, "note \"%s\"", note);
	if (*note != '\0' && want != violations)
		complain(j, "%" PRIu64 " violations, not %u", violations,
		    want);
	if (violations > 0)
		say(j, "%" PRIu64 " violations", violations);
}

/* "... at offset 558": where the damage is. */
static void
check_damage(struct job *j, const char *note, int r, const struct att_err *err)
{
	const char *at = strstr(note, "at offset ");
	unsigned long long offset = 0;

	if (at == NULL || sscanf(at, "at offset %llu", &offset) != 1)
		complain(j, "note \"%s\"", note);
	expect(j, r == ATT_E_SHORT && err->offset == offset);
	say(j, "%s", err->text);
}

void
check_ima(struct job *j, const struct ima_row *row)
{
	struct att_ima_list list;
	struct att_ima_replay r;
	struct att_err err = { 0 };
	struct registers regs;
	struct att_pcrs got;
	int rc;

	if (!open_list(j, &list))
		return;
	expect(j, list.text == (strcmp(row->kind, "ima-ascii") == 0));
	expect(j, !list.big_endian);
	expect(j, *row->banks == '\0' ||
	    strcmp(row->banks, att_alg_name(list.alg)) == 0);
	rc = replay_ima(j, &list, &r, &err);
	expect(j, r.broken == 0);
	if (strcmp(row->expect, "flag") == 0) {
		check_damage(j, row->note, rc, &err);
		return;
	}
	if (rc < 0) {
		complain(j, "refused: %s", err.text);
		return;
	}
	expect(j, strtoul(row->entries, NULL, 10) == r.st.entries);
	check_violations(j, row->note, r.violations);
	att_ima_replay_values(&r, &got);
	if (!read_registers(row->match, &regs) ||
	    !check_exceptions(j, &list, &got, row->exceptions))
		complain(j, "match or exceptions cannot be read");
	check_registers(j, &list, &got, &regs, true);
	if (j->matched > 0) {
		say(j, "%zu match", j->matched);
		check_search(j, &list, &regs, r.st.entries);
	}
}

/* -- cases ----------------------------------------------------------------- */

static bool
start(struct job *j, const char *file, struct att_ima_list *ret)
{
	return load(j, file) && open_list(j, ret);
}

static struct att_ima_entry
nth(struct job *j, const struct att_ima_list *list, uint64_t n)
{
	struct att_ima_iter it = att_ima_begin(list, j->h);
	struct att_ima_entry e = { 0 };

	for (uint64_t i = 0; i <= n; i++)
		expect(j, att_ima_next(&it, &e, NULL) == 1);
	return e;
}

/* PCR 11: the boot log, systemd's words, then what IMA has for it. */
static void
case_25(struct job *j)
{
	static const char *const words[] = { "sysinit", "ready" };
	AUTO_DONE(att_buf_done) struct att_buf boot = ATT_BUF(1 << 20);
	AUTO_DONE(att_buf_done) struct att_buf ima;
	const uint32_t mask = PCR10 | 1u << 11;
	struct att_pcrs start_at = { 0 };
	struct att_ima_match_info info;
	struct att_ima_list list;
	struct att_ima_state st;
	struct att_err err = { 0 };

	if (!load(j, "guard-oss/hahuri.ima") ||
	    !read_vector(j, "guard-oss/hahuri.bin", &boot))
		return;
	ima = j->raw;
	j->raw = boot;
	boot = ATT_BUF(0);
	expect(j, replay(j, ATT_TCG_TPM, &err) == 0);
	for (size_t b = 0; b < j->r.bank_count; b++) {
		struct att_digest v = j->r.reg[b][11].value, d;

		for (size_t i = 0; i < ATT_COUNT(words); i++)
			expect(j, att_digest_of(v.alg, (struct att_slice){
			    (const uint8_t *)words[i], strlen(words[i]) },
			    &d, NULL) == 0 &&
			    att_hasher_two(j->h, v.alg, att_digest_view(&v),
				att_digest_view(&d), &v, NULL) == 0);
		expect(j, att_pcrs_set(&start_at, v.alg, 11,
		    att_digest_view(&v), NULL) == 0);
	}
	expect(j, att_ima_recognise(att_buf_view(&ima), j->h, &list, NULL) ==
	    0);
	att_ima_state_begin(&st, &start_at);
	expect(j, match(j, &list, &j->pcrs, mask, &st, &info) ==
	    ATT_IMA_MATCH);
	expect(j, info.entries == 37 && info.unquoted == 0);
	att_ima_state_begin(&st, NULL);
	expect(j, match(j, &list, &j->pcrs, mask, &st, &info) !=
	    ATT_IMA_MATCH);
}

static void
case_34(struct job *j)
{
	struct att_ima_match_info info;
	struct att_ima_list list;
	struct att_ima_state st;
	struct att_ima_entry e;

	if (!start(j, H12SSL, &list))
		return;
	att_ima_state_begin(&st, NULL);
	expect(j, match(j, &list, &j->pcrs, PCR10, &st, &info) ==
	    ATT_IMA_MATCH);
	expect(j, info.violations == 6 && info.entries == 4872);
	e = nth(j, &list, 1000);
	expect(j, !e.violation);
	j->raw.data[(size_t)(e.data.data - j->raw.data) + 12] ^= 4;
	for (size_t first = 0; first < 2; first++) {
		struct att_pcrs quoted = j->pcrs;

		/* with the list's own bank, and without it */
		quoted.count -= first;
		memmove(quoted.bank, quoted.bank + first,
		    quoted.count * sizeof(quoted.bank[0]));
		att_ima_state_begin(&st, NULL);
		expect(j, match(j, &list, &quoted, PCR10, &st, &info) ==
		    ATT_IMA_MISMATCH);
		expect(j, info.broken == 1000);
	}
}

static void
case_35(struct job *j)
{
	AUTO_DONE(att_buf_done) struct att_buf more = ATT_BUF(1 << 20);
	struct att_ima_match_info info;
	struct att_ima_list list;
	struct att_ima_state st;

	if (!start(j, H12SSL, &list))
		return;
	att_buf_bytes(&more, j->raw.data, (size_t)nth(j, &list, 100).offset);
	att_buf_slice(&j->raw, att_buf_view(&more));
	if (!open_list(j, &list))
		return;
	att_ima_state_begin(&st, NULL);
	expect(j, match(j, &list, &j->pcrs, PCR10, &st, &info) ==
	    ATT_IMA_MATCH);
	expect(j, info.entries == 4872 && info.left == 100);
	expect(j, st.entries == 4872);
	for (size_t i = 0; i < j->pcrs.count; i++)
		j->pcrs.bank[i].value[10][5] ^= 1;
	att_ima_state_begin(&st, NULL);
	expect(j, match(j, &list, &j->pcrs, PCR10, &st, &info) ==
	    ATT_IMA_MISMATCH);
}

/* Each list with each set of registers: its own, and no other. */
static void
case_36(struct job *j)
{
	static const char *const lists[] = { H12SSL,
		"guard-oss/ludmilla-2.ima", "guard-oss/hahuri.ima" };
	/* of the same boots; the last of another boot of the first host */
	static const char *const boots[] = { "guard-oss/h12ssl-bios.bin",
		"guard-oss/ludmilla-2.bin", "guard-oss/hahuri.bin",
		"guard-oss/h12ssl.bin" };

	for (size_t i = 0; i < ATT_COUNT(lists); i++)
		for (size_t k = 0; k < ATT_COUNT(boots); k++) {
			AUTO_DONE(job_done) struct job boot = job_new();
			enum att_ima_boot got = ATT_IMA_BOOT_UNKNOWN;
			struct att_ima_entry first;
			struct att_ima_list list;

			att_buf_reset(&j->raw);
			if (!read_vector(j, lists[i], &j->raw) ||
			    !open_list(j, &list))
				return;
			expect(j, load(&boot, boots[k]));
			first = nth(j, &list, 0);
			expect(j, att_ima_check_boot(&first, &boot.pcrs, j->h,
			    &got, NULL) == 0);
			if (got != (i == k ? ATT_IMA_BOOT_SAME :
					     ATT_IMA_BOOT_OTHER))
				complain(j, "%s with %s: %s", lists[i],
				    boots[k], att_ima_boot_name(got));
		}
}

static void
case_37(struct job *j)
{
	struct att_ima_match_info info;
	struct att_ima_list list, rest;
	struct att_ima_state st, known;
	struct att_ima_replay r;
	struct att_pcrs early;
	size_t cut;

	if (!start(j, H12SSL, &list))
		return;
	/* what was appraised before: the registers at entry 2000 */
	rest = list;
	cut = (size_t)nth(j, &list, 2000).offset;
	list.raw.len = cut;
	expect(j, replay_ima(j, &list, &r, NULL) == 0);
	att_ima_replay_values(&r, &early);
	early.count = 4;	/* without SM3, of which no value is known */
	att_ima_state_begin(&known, NULL);
	expect(j, match(j, &list, &early, PCR10, &known, &info) ==
	    ATT_IMA_MATCH && known.entries == 2000);
	rest.raw = (struct att_slice){ j->raw.data + cut, j->raw.len - cut };
	att_ima_state_begin(&st, NULL);
	expect(j, match(j, &rest, &j->pcrs, PCR10, &st, &info) ==
	    ATT_IMA_NO_BEGIN);
	rest.first = 2000;
	expect(j, match(j, &rest, &j->pcrs, PCR10, &known, &info) ==
	    ATT_IMA_MATCH && known.entries == 4872);
}

static void
case_38(struct job *j)
{
	static const char *const files[] = { "ibmtss/sha1.ima",
		"ibmtss/sha256.ima" };
	struct att_pcrs got[2];

	for (size_t i = 0; i < ATT_COUNT(files); i++) {
		struct att_ima_list list;
		struct att_ima_replay r;

		att_buf_reset(&j->raw);
		j->pcrs = (struct att_pcrs){ 0 };
		if (!start(j, files[i], &list))
			return;
		expect(j, list.alg == (i == 0 ? ATT_ALG_SHA1 :
						ATT_ALG_SHA256));
		expect(j, replay_ima(j, &list, &r, NULL) == 0);
		att_ima_replay_values(&r, &got[i]);
	}
	for (size_t b = 0; b < 4; b++) {
		struct att_slice a, c, want;

		expect(j, att_pcrs_get(&got[0], att_alg_at(b), 10, &a) &&
		    att_pcrs_get(&got[1], att_alg_at(b), 10, &c) &&
		    att_pcrs_get(&j->pcrs, att_alg_at(b), 10, &want) &&
		    att_slice_equal(a, want) && att_slice_equal(c, want));
	}
}

static const struct {
	const char *name;
	void (*run)(struct job *j);
} cases[] = {
	{ "case 25: PCR 11 of boot log, systemd, IMA", case_25 },
	{ "case 34: six violations, one flipped byte", case_34 },
	{ "case 35: records after the quote", case_35 },
	{ "case 36: boot_aggregate", case_36 },
	{ "case 37: trimmed list", case_37 },
	{ "case 38: lists of two banks", case_38 },
};

void
check_ima_cases(void)
{
	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		AUTO_DONE(job_done) struct job j = job_new();

		cases[i].run(&j);
		j.quirks = 0;
		report(cases[i].name, "case", &j);
	}
}
