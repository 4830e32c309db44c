/*
 * The numbered cases of event logs that replay and cover rule can say, on
 * captured boots and on logs made here. Those that name a public log run
 * against it too, in check_vectors. Quotes, Secure Boot and reference values
 * are the appraisal's cases.
 */
#include "testlib.h"

#include "base/file.h"
#include "eventlog/cover.h"
#include "eventlog/replay.h"
#include "eventlog/variable.h"
#include "tests/eventlog/logedit.h"
#include "tests/eventlog/logmaker.h"

#define PCR_IMA 10
#define BOOT_ID "00000000000000000000000000000000"

static const uint16_t one_bank[] = { ATT_ALG_SHA256 };
static const uint16_t two_banks[] = { ATT_ALG_SHA256, ATT_ALG_SHA1 };
static const uint8_t zeros[64], ones[64] = { [0 ... 63] = 0xff };

/* A log, its replay, and what its events are worth. */
struct work {
	struct att_buf raw;
	struct att_hasher *h;
	struct att_tcglog log;
	struct att_replay r;
	size_t used;
	size_t broken, disguised, unbound, malformed;
	uint32_t quirks;
};

static void
work_done(struct work *w)
{
	att_buf_done(&w->raw);
	att_hasher_free(w->h);
}

static void
judge(struct work *w, enum att_tcg_kind kind)
{
	struct att_cover_state st = { .kind = kind };
	struct att_tcg_iter it = att_tcg_begin(&w->log);
	struct att_efi_variable v;
	struct att_event ev;
	enum att_cover c = ATT_COVER_BROKEN;

	while (att_tcg_next(&it, &ev, NULL) == 1) {
		ok(att_cover_event(&st, w->h, w->r.alg[0], &ev, &c,
		    &w->quirks, err));
		w->broken += c == ATT_COVER_BROKEN;
		w->disguised += c == ATT_COVER_DISGUISED;
		w->unbound += c == ATT_COVER_UNBOUND;
		w->malformed +=
		    ev.type == ATT_EV_EFI_VARIABLE_DRIVER_CONFIG &&
		    att_efi_variable_parse(ev.data, &v, NULL) < 0;
	}
}

/* Replays w->raw, anew after a change. */
static void
again_as(struct work *w, enum att_tcg_kind kind)
{
	if (w->h == NULL)
		w->h = att_hasher_new();
	ck_assert(w->h != NULL);
	w->broken = w->disguised = w->unbound = w->malformed = 0;
	ok(att_tcglog_open(att_buf_view(&w->raw), kind, &w->log, err));
	att_replay_begin(&w->r, &w->log, NULL, 0, w->h);
	ok(att_replay_log(&w->r, &w->log, &w->used, err));
	w->quirks = w->r.quirks;
	judge(w, kind);
}

static void
again(struct work *w)
{
	again_as(w, ATT_TCG_TPM);
}

static struct work
work_on(const struct logmaker *m)
{
	struct work w = { .raw = ATT_BUF(ATT_TCG_LOG_MAX) };

	att_buf_slice(&w.raw, lm_log(m));
	again(&w);
	return w;
}

static enum att_match
match(const struct work *w, uint16_t alg, unsigned pcr, struct att_slice v,
    uint32_t options)
{
	enum att_match m = ATT_MATCH_NONE;

	ok(att_replay_match(&w->r, alg, pcr, v, options, &m, NULL, err));
	return m;
}

#define ck_match(got, want)                                                  \
	ck_assert_str_eq(att_match_name(got), att_match_name(want))

/* A boot as it was captured: shim, GRUB, Debian. */
static struct work
boot(struct att_pcrs *pcrs)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(1 << 20);
	struct work w = { .raw = ATT_BUF(ATT_TCG_LOG_MAX) };

	ok(att_file_read("tests/vectors/boots/shim/uefi.bin", &w.raw, err));
	ok(att_file_read("tests/vectors/boots/shim/pcrs.txt", &text, err));
	ok(att_pcrs_parse(att_buf_view(&text), pcrs, err));
	again(&w);
	return w;
}

/* Registers of this mask are judged so, all others match, in each bank. */
static void
ck_registers(const struct work *w, const struct att_pcrs *p, uint32_t mask,
    enum att_match want)
{
	for (size_t b = 0; b < p->count; b++)
		for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
			struct att_slice v;
			enum att_match m;

			ck_assert(att_pcrs_get(p, p->bank[b].alg, pcr, &v));
			m = match(w, p->bank[b].alg, pcr, v, ~0u);
			if ((mask >> pcr & 1) != 0)
				ck_match(m, want);
			else if (pcr != PCR_IMA)
				ck_assert(m == ATT_MATCH ||
				    m == ATT_MATCH_RESET ||
				    m == ATT_MATCH_NO_DRTM);
		}
}

START_TEST(case_02_flipped_digest)
{
	struct att_pcrs p;
	AUTO_DONE(work_done) struct work w = boot(&p);
	struct att_event ev;

	ck_registers(&w, &p, 0, ATT_MATCH);
	ck_assert(log_find(&w.raw, 0, 4,
	    ATT_EV_EFI_BOOT_SERVICES_APPLICATION, &ev));
	for (size_t i = 0; i < ev.digest_count; i++)
		*log_at(&w.raw, ev.digest[i].bytes, 5) ^= 0x20;
	again(&w);
	ck_registers(&w, &p, 1u << 4, ATT_MISMATCH);
}
END_TEST

START_TEST(case_03_events_removed)
{
	struct att_pcrs p;
	AUTO_DONE(work_done) struct work w = boot(&p);

	ck_assert(log_remove(&w.raw, log_is_of_pcr4));
	again(&w);
	ck_registers(&w, &p, 1u << 4, ATT_MISMATCH_NO_EVENTS);
	/* only the header is left */
	ck_assert(log_remove(&w.raw, log_is_behind_header));
	again(&w);
	ck_registers(&w, &p, 0x43ff, ATT_MISMATCH_NO_EVENTS);
}
END_TEST

START_TEST(case_06_separators)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(one_bank, 1);

	lm_separators(&m);
	AUTO_DONE(work_done) struct work once = work_on(&m);
	lm_separators(&m);
	AUTO_DONE(work_done) struct work twice = work_on(&m);
	ck_assert_uint_eq(once.quirks, 0);
	ck_assert_uint_eq(twice.quirks, ATT_QUIRK_MULTI_ATTEMPT);
	ck_assert(log_remove(&once.raw, log_is_separator_of_pcr7));
	again(&once);
	ck_assert(once.r.separators[7] == 0 && once.r.separators[6] == 1);
}
END_TEST

START_TEST(case_07_disguised_separator)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(one_bank, 1);
	struct att_slice zero = { zeros, 4 };

	lm_event(&m, 7, ATT_EV_EFI_VARIABLE_AUTHORITY, zero);
	lm_event_of(&m, 0, ATT_EV_S_CRTM_CONTENTS, zero,
	    S("FIT Type 0x2D Measured S-CRTM"));
	lm_event(&m, 17, 0x40c, zero);
	AUTO_DONE(work_done) struct work w = work_on(&m);
	ck_assert_uint_eq(w.disguised, 1);
	ck_assert((w.quirks & ATT_QUIRK_FIT_2D) != 0);
}
END_TEST

/* Any byte of any variable in PCR 7, db among them. */
START_TEST(case_08_data_changed)
{
	struct att_pcrs p;
	AUTO_DONE(work_done) struct work w = boot(&p);
	struct att_event ev;
	size_t seen = 0;

	for (uint32_t from = 0; log_find(&w.raw, from, 7,
		 ATT_EV_EFI_VARIABLE_DRIVER_CONFIG, &ev);
	     from = ev.number + 1, seen++) {
		size_t last = ev.data.len - 1;

		*log_at(&w.raw, ev.data, last) ^= 1;
		again(&w);
		ck_assert_uint_eq(w.broken, 1);
		ck_registers(&w, &p, 0, ATT_MATCH);
		*log_at(&w.raw, ev.data, last) ^= 1;
	}
	/* SecureBoot, PK, KEK, db, dbx */
	ck_assert_uint_eq(seen, 5);
}
END_TEST

START_TEST(case_09_boot_variables)
{
	static const uint32_t forms[] = { ATT_QUIRK_VARBOOT_DATA,
		ATT_QUIRK_VARBOOT_STRUCT };

	for (size_t form = 0; form < 2; form++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(512);
		AUTO_DONE(lm_done) struct logmaker m = lm_new(one_bank, 1);

		lm_variable(&b, 0x61, "Boot0000", S("option"));
		for (int i = 0; i < 3; i++)
			lm_event_of(&m, 1, ATT_EV_EFI_VARIABLE_BOOT,
			    form == 0 ? S("option") : att_buf_view(&b),
			    att_buf_view(&b));
		AUTO_DONE(work_done) struct work w = work_on(&m);
		ck_assert_uint_eq(w.quirks, forms[form]);
		ck_assert_uint_eq(w.broken, 0);
		/* then one of the other form */
		lm_event_of(&m, 1, ATT_EV_EFI_VARIABLE_BOOT,
		    form == 1 ? S("option") : att_buf_view(&b),
		    att_buf_view(&b));
		AUTO_DONE(work_done) struct work mixed = work_on(&m);
		ck_assert_uint_eq(mixed.broken, 1);
	}
}
END_TEST

START_TEST(case_10_old_shim)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(512);
	AUTO_DONE(lm_done) struct logmaker m = lm_new(one_bank, 1);

	lm_event(&m, 7, ATT_EV_SEPARATOR, (struct att_slice){ zeros, 4 });
	lm_variable(&b, 0x50, "Shim", S("a certificate"));
	att_buf_fill(&b, 0x77, 6);
	lm_event_of(&m, 7, ATT_EV_EFI_VARIABLE_AUTHORITY,
	    (struct att_slice){ b.data, b.len - 1 }, att_buf_view(&b));
	AUTO_DONE(work_done) struct work w = work_on(&m);
	ck_assert_uint_eq(w.broken, 0);
	ck_assert_uint_eq(w.quirks,
	    ATT_QUIRK_SHIM_8A27A480 | ATT_QUIRK_SEPARATOR_PCR7_ONLY);
}
END_TEST

START_TEST(case_11_grub)
{
	static const uint8_t old[] = "grub_cmd ls";
	struct att_pcrs p;
	AUTO_DONE(work_done) struct work w = boot(&p);
	AUTO_DONE(lm_done) struct logmaker m = lm_new(one_bank, 1);
	struct att_event cmd, file;
	size_t unbound = w.unbound;

	ck_assert(log_find(&w.raw, 0, 8, ATT_EV_IPL, &cmd));
	ck_assert(log_find(&w.raw, 0, 9, ATT_EV_IPL, &file));
	*log_at(&w.raw, cmd.data, 10) ^= 1;
	*log_at(&w.raw, file.data, 2) ^= 1;
	again(&w);
	ck_assert(w.broken == 1 && w.unbound == unbound);
	ck_registers(&w, &p, 0, ATT_MATCH);

	lm_event_of(&m, 8, ATT_EV_IPL, (struct att_slice){ old + 9, 3 },
	    (struct att_slice){ old, sizeof(old) });
	AUTO_DONE(work_done) struct work o = work_on(&m);
	ck_assert(o.broken == 0 && o.quirks == ATT_QUIRK_GRUB_NUL);
}
END_TEST

START_TEST(case_12_startup_locality)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(one_bank, 1);
	struct att_event ev;

	lm_locality(&m, 3);
	lm_event(&m, 0, ATT_EV_S_CRTM_VERSION, S("1"));
	AUTO_DONE(work_done) struct work w = work_on(&m);
	struct att_slice v = lm_value(&m, ATT_ALG_SHA256, 0);

	ck_match(match(&w, ATT_ALG_SHA256, 0, v, 0), ATT_MATCH);
	ck_assert(log_find(&w.raw, 1, 0, ATT_EV_NO_ACTION, &ev));
	*log_at(&w.raw, ev.data, 16) = 5;
	again(&w);
	ck_assert(w.r.locality_fault);
	ck_match(match(&w, ATT_ALG_SHA256, 0, v, ~0u), ATT_MISMATCH);
	ck_assert(log_remove(&w.raw, log_is_locality));
	again(&w);
	ck_match(match(&w, ATT_ALG_SHA256, 0, v, ~0u), ATT_MISMATCH);
	/* said again, after an extend */
	lm_locality(&m, 3);
	AUTO_DONE(work_done) struct work twice = work_on(&m);
	ck_assert(twice.r.locality_fault);
	ck_match(match(&twice, ATT_ALG_SHA256, 0, v, ~0u), ATT_MISMATCH);
}
END_TEST

START_TEST(case_13_launches)
{
	static const uint16_t banks[] = { ATT_ALG_SHA1, ATT_ALG_SHA256,
		ATT_ALG_SM3 };
	AUTO_DONE(lm_done) struct logmaker m = lm_new(banks, 3);

	lm_hcrtm(&m, S("HCRTM"));
	lm_event(&m, 17, 0x402, S("launch"));
	lm_event(&m, 18, 0x410, S("launch"));
	AUTO_DONE(work_done) struct work w = work_on(&m);
	for (size_t i = 0; i < 3; i++) {
		uint16_t alg = banks[i];

		ck_match(match(&w, alg, 0, lm_value(&m, alg, 0), 0),
		    ATT_MATCH);
		ck_match(match(&w, alg, 17, lm_value(&m, alg, 17), 0),
		    ATT_MATCH);
		ck_match(match(&w, alg, 18, lm_value(&m, alg, 18), 0),
		    ATT_MATCH);
		ck_match(match(&w, alg, 17,
		    (struct att_slice){ ones, att_alg_size(alg) }, ~0u),
		    ATT_MISMATCH);
	}
}
END_TEST

START_TEST(case_14_trailer)
{
	struct att_pcrs p;
	AUTO_DONE(work_done) struct work w = boot(&p);
	AUTO_DONE(lm_done) struct logmaker m = lm_new(one_bank, 1);

	lm_no_action(&m, ATT_TCG_NO_PCR, S("trust point"));
	/* the digest of another bank is left out, as events may */
	att_buf_bytes(&w.raw, m.log.data + m.last, m.log.len - m.last);
	again(&w);
	ck_assert((w.quirks & ATT_QUIRK_WBCL_TRAILER) != 0);
	ck_registers(&w, &p, 0, ATT_MATCH);
	ck_assert(log_remove(&w.raw, log_is_trailer));
	again(&w);
	ck_assert((w.quirks & ATT_QUIRK_WBCL_TRAILER) == 0);
}
END_TEST

START_TEST(case_15_nv_index)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(one_bank, 1);

	lm_no_action(&m, 0x01c40200, S("NvIndexInstance"));
	lm_event(&m, 2, ATT_EV_EFI_SPDM_FIRMWARE_BLOB, S("SPDM Device Sec2"));
	AUTO_DONE(work_done) struct work w = work_on(&m);
	ck_assert(w.quirks == 0 && w.broken == 0);
	ck_match(match(&w, ATT_ALG_SHA256, 2,
	    lm_value(&m, ATT_ALG_SHA256, 2), 0), ATT_MATCH);
}
END_TEST

START_TEST(case_16_windows_cap)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);

	lm_separators(&m);
	for (uint32_t pcr = 0; pcr <= 13; pcr++)
		lm_extend_raw(&m, 1, pcr, (struct att_slice){ zeros, 20 });
	for (uint32_t pcr = 12; pcr <= 14; pcr++)
		lm_event_some(&m, 1, pcr, ATT_EV_SEPARATOR, S("WBCL"));
	AUTO_DONE(work_done) struct work w = work_on(&m);
	for (unsigned pcr = 0; pcr <= 13; pcr++) {
		struct att_slice v = lm_value(&m, ATT_ALG_SHA1, pcr);
		enum att_match without = match(&w, ATT_ALG_SHA1, pcr, v,
		    ~ATT_REPLAY_WINDOWS_CAP);

		ck_assert(without == (pcr <= 7 ? ATT_MISMATCH : pcr >= 12 ?
		    ATT_MATCH_INCOMPLETE : ATT_MISMATCH_NO_EVENTS));
		ck_match(match(&w, ATT_ALG_SHA1, pcr, v,
		    ATT_REPLAY_WINDOWS_CAP), ATT_MATCH);
	}
	for (unsigned pcr = 0; pcr <= 14; pcr++)
		ck_assert(match(&w, ATT_ALG_SHA256, pcr,
		    lm_value(&m, ATT_ALG_SHA256, pcr), 0) ==
		    (pcr <= 7 || pcr >= 12 ? ATT_MATCH : ATT_MATCH_RESET));
}
END_TEST

START_TEST(case_17_bank_not_extended)
{
	static const uint16_t banks[] = { ATT_ALG_SHA256, ATT_ALG_SHA384 };
	AUTO_DONE(lm_done) struct logmaker m = lm_new(banks, 2);

	lm_separators(&m);
	AUTO_DONE(work_done) struct work w = work_on(&m);
	for (unsigned pcr = 0; pcr <= 7; pcr++) {
		ck_match(match(&w, ATT_ALG_SHA256, pcr,
		    lm_value(&m, ATT_ALG_SHA256, pcr), 0), ATT_MATCH);
		ck_match(match(&w, ATT_ALG_SHA384, pcr,
		    (struct att_slice){ zeros, 48 }, ~0u), ATT_MISMATCH);
	}
}
END_TEST

/* Something was extended that the log does not tell. */
START_TEST(case_21_log_incomplete)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(one_bank, 1);
	struct att_match_info info;
	enum att_match got;

	lm_separators(&m);
	AUTO_DONE(work_done) struct work w = work_on(&m);
	lm_extend(&m, 0, S("not logged"));
	ok(att_replay_match(&w.r, ATT_ALG_SHA256, 0,
	    lm_value(&m, ATT_ALG_SHA256, 0), ~0u, &got, &info, err));
	ck_match(got, ATT_MISMATCH);
	ck_assert(info.expected.alg == ATT_ALG_SHA256);
	ck_assert(att_slice_equal(att_digest_view(&info.expected),
	    lm_value(&m, ATT_ALG_SHA256, 1)));
	for (unsigned pcr = 1; pcr <= 7; pcr++)
		ck_match(match(&w, ATT_ALG_SHA256, pcr,
		    lm_value(&m, ATT_ALG_SHA256, pcr), 0), ATT_MATCH);
}
END_TEST

static void
put_word(struct att_buf *b, unsigned pcr, const char *word)
{
	char hex[ATT_DIGEST_HEX_MAX];
	struct att_digest d;

	ok(att_digest_of(ATT_ALG_SHA256, S(word), &d, err));
	att_buf_printf(b, "\x1e{\"pcr\":%u,\"digests\":[{\"hashAlg\":"
	    "\"sha256\",\"digest\":\"%s\"}],\"content_type\":\"systemd\","
	    "\"content\":{\"string\":\"%s\",\"bootId\":\"" BOOT_ID "\"}}\n",
	    pcr, att_digest_hex(&d, hex), word);
}

/* systemd 261, with a known digest. */
START_TEST(case_24_os_separator)
{
	static const char known[] = "ff5b9d73dad709633ae76adf444012b57e913a12"
				    "ed7403c3931145862f35f841";
	AUTO_DONE(lm_done) struct logmaker m = lm_new(one_bank, 1);
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(1 << 16);
	AUTO_DONE(att_buf_done) struct att_buf digest = ATT_BUF(32);
	AUTO(att_userspace_free) struct att_userspace_log *user = NULL;

	ok(att_hex_decode(S(known), &digest, err));
	lm_separators(&m);
	AUTO_DONE(work_done) struct work w = work_on(&m);
	for (unsigned pcr = 0; pcr <= 7; pcr++) {
		struct att_slice v = lm_value(&m, ATT_ALG_SHA256, pcr);

		put_word(&text, pcr, "os-separator");
		lm_extend_raw(&m, 0, pcr, att_buf_view(&digest));
		ck_match(match(&w, ATT_ALG_SHA256, pcr, v,
		    ~ATT_REPLAY_GUESS_WORDS), ATT_MISMATCH);
		ck_match(match(&w, ATT_ALG_SHA256, pcr, v,
		    ATT_REPLAY_GUESS_WORDS), ATT_MATCH);
	}
	ok(att_userspace_parse(att_buf_view(&text), BOOT_ID, &user, err));
	att_replay_user(&w.r, user);
	for (unsigned pcr = 0; pcr <= 7; pcr++)
		ck_match(match(&w, ATT_ALG_SHA256, pcr,
		    lm_value(&m, ATT_ALG_SHA256, pcr), 0), ATT_MATCH);
}
END_TEST

START_TEST(case_26_cut)
{
	struct att_pcrs p;
	AUTO_DONE(work_done) struct work w = boot(&p);
	struct att_tcg_iter it = att_tcg_begin(&w.log);
	struct att_event ev = { 0 };
	struct att_tcglog cut;

	while (att_tcg_next(&it, &ev, NULL) == 1)
		;
	w.raw.len -= 3;
	ok(att_tcglog_open(att_buf_view(&w.raw), ATT_TCG_TPM, &cut, err));
	fails(att_replay_log(&w.r, &cut, NULL, err), ATT_E_SHORT, "are left");
	w.raw.len = ev.offset;
	again(&w);
	ck_registers(&w, &p, 1u << ev.pcr, ATT_MISMATCH);
}
END_TEST

START_TEST(case_27_padding)
{
	static const uint8_t values[] = { 0, 0xff };

	for (size_t i = 0; i < 2; i++) {
		struct att_pcrs p;
		AUTO_DONE(work_done) struct work w = boot(&p);
		size_t used = w.raw.len;

		att_buf_fill(&w.raw, values[i], 1 << 20);
		again(&w);
		ck_assert_uint_eq(w.used, used);
		ck_assert((w.quirks & (i == 0 ? ATT_QUIRK_ZERO_TAIL :
		    ATT_QUIRK_FF_TAIL)) != 0);
		ck_registers(&w, &p, 0, ATT_MATCH);
	}
}
END_TEST

/* Sizes and counts of 0xffffffff: tests/eventlog/test_tcg.c has them all. */
START_TEST(case_28_lying_lengths)
{
	static const size_t back[] = { 4 + 4, 4 + 4 + 32 + 2 + 4 };

	for (size_t i = 0; i < ATT_COUNT(back); i++) {
		AUTO_DONE(lm_done) struct logmaker m = lm_new(one_bank, 1);
		AUTO_DONE(work_done) struct work w = { 0 };
		struct att_err why;
		size_t at;

		lm_event(&m, 4, ATT_EV_EFI_ACTION, S("data"));
		/* of the data, then of the digests */
		at = m.log.len - back[i];
		memset(m.log.data + at, 0xff, 4);
		w.h = att_hasher_new();
		ok(att_tcglog_open(lm_log(&m), ATT_TCG_TPM, &w.log, err));
		att_replay_begin(&w.r, &w.log, NULL, 0, w.h);
		ck_assert(att_replay_log(&w.r, &w.log, NULL, &why) < 0);
		ck_assert(strstr(why.text, "4294967295") != NULL);
		ck_assert(why.offset >= at && why.offset <= at + 4);
	}
}
END_TEST

START_TEST(case_29_variable_wraps)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(256);
	AUTO_DONE(lm_done) struct logmaker m = lm_new(one_bank, 1);

	att_buf_fill(&b, 0x61, 16);
	att_buf_le64(&b, 0x7fffffffffffffff);
	att_buf_le64(&b, 1);
	att_buf_fill(&b, 0, 3);
	lm_event(&m, 7, ATT_EV_EFI_VARIABLE_DRIVER_CONFIG, att_buf_view(&b));
	AUTO_DONE(work_done) struct work w = work_on(&m);
	ck_assert(w.malformed == 1 && w.broken == 0);
	ck_match(match(&w, ATT_ALG_SHA256, 7,
	    lm_value(&m, ATT_ALG_SHA256, 7), 0), ATT_MATCH);
}
END_TEST

START_TEST(case_30_bank_subset)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);

	lm_separators(&m);
	lm_event_some(&m, 1, 14, ATT_EV_IPL, S("file"));
	AUTO_DONE(work_done) struct work w = work_on(&m);
	ck_assert_uint_eq(w.quirks, ATT_QUIRK_BANK_SUBSET);
	ck_match(match(&w, ATT_ALG_SHA1, 14, lm_value(&m, ATT_ALG_SHA1, 14),
	    ~0u), ATT_MATCH_INCOMPLETE);
	ck_match(match(&w, ATT_ALG_SHA256, 14,
	    lm_value(&m, ATT_ALG_SHA256, 14), 0), ATT_MATCH);
}
END_TEST

START_TEST(case_31_sha1_locality_first)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(NULL, 0);

	lm_locality(&m, 3);
	lm_event(&m, 0, ATT_EV_S_CRTM_VERSION, S("1"));
	AUTO_DONE(work_done) struct work w = work_on(&m);
	ck_assert(!w.log.agile);
	ck_assert_uint_eq(w.quirks, ATT_QUIRK_SHA1_LOCALITY_FIRST);
	ck_match(match(&w, ATT_ALG_SHA1, 0, lm_value(&m, ATT_ALG_SHA1, 0), 0),
	    ATT_MATCH);
}
END_TEST

START_TEST(case_32_ebs_missing)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(NULL, 0);

	lm_separators(&m);
	AUTO_DONE(work_done) struct work w = work_on(&m);
	lm_extend(&m, 5, S("Exit Boot Services Invocation"));
	lm_extend(&m, 5, S("Exit Boot Services Returned with Success"));
	ck_match(match(&w, ATT_ALG_SHA1, 5, lm_value(&m, ATT_ALG_SHA1, 5),
	    ~ATT_REPLAY_EBS_MISSING), ATT_MISMATCH);
	ck_match(match(&w, ATT_ALG_SHA1, 5, lm_value(&m, ATT_ALG_SHA1, 5),
	    ATT_REPLAY_EBS_MISSING), ATT_MATCH);
}
END_TEST

/* What the actions mean is judged elsewhere; that they were said, here. */
START_TEST(case_33_actions)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(one_bank, 1);

	lm_event(&m, 7, ATT_EV_EFI_ACTION, S("UEFI Debug Mode"));
	AUTO_DONE(work_done) struct work debug = work_on(&m);
	ck_assert(debug.broken == 0 && debug.quirks == 0);
	lm_event(&m, 7, ATT_EV_EFI_ACTION, S("DMA Protection Disabled"));
	AUTO_DONE(work_done) struct work dma = work_on(&m);
	ck_assert_uint_eq(dma.quirks, ATT_QUIRK_DMA_PROTECTION_DISABLED);
}
END_TEST

START_TEST(case_39_confidential_guest)
{
	static const uint16_t bank[] = { ATT_ALG_SHA384 };
	AUTO_DONE(lm_done) struct logmaker m = lm_new(bank, 1);
	AUTO_DONE(work_done) struct work w = { .raw = ATT_BUF(1 << 20) };
	struct att_tcglog log;

	m.log.data[0] = 1;	/* the header is of register 1 */
	for (uint32_t mr = 1; mr <= 3; mr++)
		lm_event(&m, mr, ATT_EV_SEPARATOR,
		    (struct att_slice){ zeros, 4 });
	fails(att_tcglog_open(lm_log(&m), ATT_TCG_TPM, &log, err),
	    ATT_E_UNSUPPORTED, "confidential guest");
	att_buf_slice(&w.raw, lm_log(&m));
	again_as(&w, ATT_TCG_CC);
	for (unsigned mr = 1; mr <= 3; mr++)
		ck_match(match(&w, ATT_ALG_SHA384, mr,
		    lm_value(&m, ATT_ALG_SHA384, mr), 0), ATT_MATCH);
}
END_TEST

/* The log of one boot, the values of the next. */
START_TEST(case_40_another_boot)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(1 << 20);
	struct att_pcrs p;
	AUTO_DONE(work_done) struct work w = boot(&p);

	ok(att_file_read("tests/vectors/boots/shim-changed/pcrs.txt", &text,
	    err));
	ok(att_pcrs_parse(att_buf_view(&text), &p, err));
	/* another kernel: an application to the firmware, a file to GRUB */
	ck_registers(&w, &p, 1u << 4 | 1u << 9, ATT_MISMATCH);
}
END_TEST

/* Whatever a device said: the digest is of the whole event. */
START_TEST(case_41_spdm)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(one_bank, 1);
	struct att_event ev;

	lm_event(&m, 2, ATT_EV_EFI_SPDM_FIRMWARE_BLOB,
	    S("SPDM Device Sec2, version, state 4"));
	AUTO_DONE(work_done) struct work w = work_on(&m);
	ck_assert_uint_eq(w.broken, 0);
	ck_assert(log_find(&w.raw, 0, 2, ATT_EV_EFI_SPDM_FIRMWARE_BLOB, &ev));
	*log_at(&w.raw, ev.data, ev.data.len - 1) = '0';
	again(&w);
	ck_assert_uint_eq(w.broken, 1);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("cases");
	TCase *t = tcase_create("cases");

	tcase_add_test(t, case_02_flipped_digest);
	tcase_add_test(t, case_03_events_removed);
	tcase_add_test(t, case_06_separators);
	tcase_add_test(t, case_07_disguised_separator);
	tcase_add_test(t, case_08_data_changed);
	tcase_add_test(t, case_09_boot_variables);
	tcase_add_test(t, case_10_old_shim);
	tcase_add_test(t, case_11_grub);
	tcase_add_test(t, case_12_startup_locality);
	tcase_add_test(t, case_13_launches);
	tcase_add_test(t, case_14_trailer);
	tcase_add_test(t, case_15_nv_index);
	tcase_add_test(t, case_16_windows_cap);
	tcase_add_test(t, case_17_bank_not_extended);
	tcase_add_test(t, case_21_log_incomplete);
	tcase_add_test(t, case_24_os_separator);
	tcase_add_test(t, case_26_cut);
	tcase_add_test(t, case_27_padding);
	tcase_add_test(t, case_28_lying_lengths);
	tcase_add_test(t, case_29_variable_wraps);
	tcase_add_test(t, case_30_bank_subset);
	tcase_add_test(t, case_31_sha1_locality_first);
	tcase_add_test(t, case_32_ebs_missing);
	tcase_add_test(t, case_33_actions);
	tcase_add_test(t, case_39_confidential_guest);
	tcase_add_test(t, case_40_another_boot);
	tcase_add_test(t, case_41_spdm);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return run_suite(suite());
}
