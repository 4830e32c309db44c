#include "testlib.h"

#include "base/file.h"
#include "eventlog/replay.h"
#include "tests/eventlog/logmaker.h"

static const uint16_t two_banks[] = { ATT_ALG_SHA1, ATT_ALG_SHA256 };
static const uint16_t all_banks[] = { ATT_ALG_SHA1, ATT_ALG_SHA256,
	ATT_ALG_SHA384, ATT_ALG_SHA512, ATT_ALG_SM3 };

/* The parts of a replay that must live as long as it. */
struct job {
	struct att_hasher *h;
	struct att_tcglog log;
	struct att_replay r;
	size_t used;
};

static void
job_done(struct job *j)
{
	att_hasher_free(j->h);
}

static struct job
replayed_kind(struct att_slice raw, enum att_tcg_kind kind)
{
	struct job j = { .h = att_hasher_new() };

	ck_assert(j.h != NULL);
	ok(att_tcglog_open(raw, kind, &j.log, err));
	att_replay_begin(&j.r, &j.log, NULL, 0, j.h);
	ok(att_replay_log(&j.r, &j.log, &j.used, err));
	return j;
}

static struct job
replayed(struct att_slice raw)
{
	return replayed_kind(raw, ATT_TCG_TPM);
}

static enum att_match
match(const struct job *j, uint16_t alg, unsigned pcr, struct att_slice value,
    uint32_t options, struct att_match_info *info)
{
	enum att_match m = ATT_MATCH_NONE;

	ok(att_replay_match(&j->r, alg, pcr, value, options, &m, info, err));
	return m;
}

#define ck_match(got, want)                                                  \
	ck_assert_str_eq(att_match_name(got), att_match_name(want))

/* All registers of all banks hold what the maker of the log says. */
static void
check_all(const struct job *j, const struct logmaker *m)
{
	for (size_t b = 0; b < m->alg_count; b++)
		for (unsigned pcr = 0; pcr < 17; pcr++) {
			struct att_slice v = lm_value(m, m->alg[b], pcr);
			enum att_match got =
			    match(j, m->alg[b], pcr, v, 0, NULL);

			ck_assert_msg(got == ATT_MATCH ||
			    got == ATT_MATCH_RESET, "%s PCR %u: %s",
			    att_alg_name(m->alg[b]), pcr,
			    att_match_name(got));
		}
}

static void
ordinary(struct logmaker *m)
{
	lm_event(m, 0, ATT_EV_S_CRTM_VERSION, S("version"));
	lm_event(m, 7, ATT_EV_EFI_VARIABLE_DRIVER_CONFIG, S("SecureBoot"));
	lm_event(m, 4, ATT_EV_EFI_ACTION, S("Calling EFI Application"));
	lm_separators(m);
	lm_event_of(m, 4, ATT_EV_EFI_BOOT_SERVICES_APPLICATION, S("image"),
	    S("path"));
	lm_event(m, 14, ATT_EV_IPL, S("MokList"));
}

START_TEST(every_bank)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(all_banks,
	    ATT_COUNT(all_banks));

	ordinary(&m);
	AUTO_DONE(job_done) struct job j = replayed(lm_log(&m));
	ck_assert(j.r.bank_count == 5 && j.used == m.log.len);
	ck_assert_uint_eq(j.r.quirks, 0);
	check_all(&j, &m);
}
END_TEST

START_TEST(sha1_format)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(NULL, 0);

	ordinary(&m);
	AUTO_DONE(job_done) struct job j = replayed(lm_log(&m));
	ck_assert(j.r.bank_count == 1);
	check_all(&j, &m);
}
END_TEST

START_TEST(chosen_banks)
{
	static const uint16_t want[] = { ATT_ALG_SHA384, ATT_ALG_SHA256,
		ATT_ALG_SHA256, 0x9999 };
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);
	struct att_tcglog log;
	struct att_replay r;

	ordinary(&m);
	ok(att_tcglog_open(lm_log(&m), ATT_TCG_TPM, &log, err));
	att_replay_begin(&r, &log, want, ATT_COUNT(want), h);
	ck_assert(r.bank_count == 1 && r.alg[0] == ATT_ALG_SHA256);
}
END_TEST

/* A value that is off by one bit, for each register in turn. */
START_TEST(another_value)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);

	ordinary(&m);
	AUTO_DONE(job_done) struct job j = replayed(lm_log(&m));
	for (size_t b = 0; b < 2; b++)
		for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
			struct att_match_info info;
			uint8_t v[ATT_DIGEST_MAX];
			struct att_slice good = lm_value(&m, m.alg[b], pcr);
			struct att_slice s = { v, good.len };
			enum att_match want = j.r.reg[b][pcr].events > 0 ?
			    ATT_MISMATCH : ATT_MISMATCH_NO_EVENTS;

			memcpy(v, good.data, good.len);
			v[pcr % good.len] ^= 0x10;
			ck_match(match(&j, m.alg[b], pcr, s,
			    ATT_REPLAY_WINDOWS_CAP | ATT_REPLAY_EBS_MISSING |
				ATT_REPLAY_GUESS_WORDS, &info), want);
			ck_assert_uint_eq(info.quirks, 0);
			if (pcr < 17)
				ck_assert(att_slice_equal(good,
				    att_digest_view(&info.expected)));
		}
}
END_TEST

START_TEST(says_nothing)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);
	uint8_t zero[48] = { 0 };
	enum att_match got;

	ordinary(&m);
	AUTO_DONE(job_done) struct job j = replayed(lm_log(&m));
	/* a bank that is not in the log, a register that does not exist */
	ck_match(match(&j, ATT_ALG_SHA384, 0,
	    (struct att_slice){ zero, 48 }, 0, NULL), ATT_MATCH_NONE);
	ck_match(match(&j, ATT_ALG_SHA256, 24,
	    (struct att_slice){ zero, 32 }, 0, NULL), ATT_MATCH_NONE);
	fails(att_replay_match(&j.r, ATT_ALG_SHA256, 0,
	    (struct att_slice){ zero, 20 }, 0, &got, NULL, err),
	    ATT_E_FORMAT, "must be 32");
}
END_TEST

START_TEST(locality)
{
	static const uint8_t good[] = { 0, 3, 4 };

	for (size_t i = 0; i < ATT_COUNT(good); i++) {
		AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);

		lm_locality(&m, good[i]);
		ordinary(&m);
		AUTO_DONE(job_done) struct job j = replayed(lm_log(&m));
		ck_assert(j.r.has_locality && j.r.locality == good[i]);
		ck_assert(j.r.locality_event == 1 && !j.r.locality_fault);
		ck_assert_uint_eq(j.r.quirks, 0);
		check_all(&j, &m);
	}
}
END_TEST

START_TEST(locality_first_of_sha1)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(NULL, 0);

	lm_locality(&m, 3);
	ordinary(&m);
	AUTO_DONE(job_done) struct job j = replayed(lm_log(&m));
	ck_assert_uint_eq(j.r.quirks, ATT_QUIRK_SHA1_LOCALITY_FIRST);
	check_all(&j, &m);
}
END_TEST

static void
locality_record(struct logmaker *m, uint32_t pcr, uint8_t value, size_t len)
{
	uint8_t data[18] = "StartupLocality";

	data[16] = value;
	lm_no_action(m, pcr, (struct att_slice){ data, len });
}

/* Whatever the register holds: what it began with is not known. */
static void
check_fault(const struct logmaker *m)
{
	AUTO_DONE(job_done) struct job j = replayed(lm_log(m));
	struct att_match_info info;
	struct att_pcrs p;
	struct att_slice v;

	ck_assert(j.r.locality_fault);
	ck_match(match(&j, ATT_ALG_SHA256, 0,
	    lm_value(m, ATT_ALG_SHA256, 0), ~0u, &info), ATT_MISMATCH);
	ck_assert(info.expected.alg == 0);
	ck_match(match(&j, ATT_ALG_SHA256, 4,
	    lm_value(m, ATT_ALG_SHA256, 4), 0, NULL), ATT_MATCH);
	ok(att_replay_values(&j.r, &p, err));
	ck_assert(!att_pcrs_get(&p, ATT_ALG_SHA256, 0, &v));
	ck_assert(att_pcrs_get(&p, ATT_ALG_SHA256, 4, &v));
}

START_TEST(locality_faults)
{
	AUTO_DONE(lm_done) struct logmaker twice = lm_new(two_banks, 2);
	AUTO_DONE(lm_done) struct logmaker late = lm_new(two_banks, 2);
	AUTO_DONE(lm_done) struct logmaker pcr = lm_new(two_banks, 2);

	lm_locality(&twice, 3);
	lm_locality(&twice, 3);
	ordinary(&twice);
	check_fault(&twice);
	ordinary(&late);
	locality_record(&late, 0, 3, 17);
	check_fault(&late);
	locality_record(&pcr, 1, 3, 17);
	ordinary(&pcr);
	check_fault(&pcr);
	for (unsigned v = 0; v < 256; v++) {
		AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);

		if (v == 0 || v == 3 || v == 4)
			continue;
		locality_record(&m, 0, (uint8_t)v, 17);
		ordinary(&m);
		check_fault(&m);
	}
	for (size_t len = 16; len <= 18; len += 2) {
		AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);

		locality_record(&m, 0, 3, len);
		ordinary(&m);
		check_fault(&m);
	}
}
END_TEST

START_TEST(hcrtm)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);
	AUTO_DONE(lm_done) struct logmaker other = lm_new(two_banks, 2);
	AUTO_DONE(lm_done) struct logmaker late = lm_new(two_banks, 2);

	lm_hcrtm(&m, S("HCRTM"));
	ordinary(&m);
	AUTO_DONE(job_done) struct job j = replayed(lm_log(&m));
	ck_assert(j.r.hcrtm && !j.r.has_locality);
	check_all(&j, &m);

	/* first in PCR 0, whatever stands before it in others */
	lm_event(&other, 7, ATT_EV_EFI_ACTION, S("before"));
	lm_hcrtm(&other, S("HCRTM"));
	AUTO_DONE(job_done) struct job l = replayed(lm_log(&other));
	ck_assert(l.r.hcrtm);
	check_all(&l, &other);

	/* not first: an extend like any other */
	lm_event(&late, 0, ATT_EV_POST_CODE, S("code"));
	lm_event(&late, 0, ATT_EV_EFI_HCRTM_EVENT, S("HCRTM"));
	AUTO_DONE(job_done) struct job k = replayed(lm_log(&late));
	ck_assert(!k.r.hcrtm);
	check_all(&k, &late);
}
END_TEST

/* A value that another implementation gives: go-eventlog's test. */
START_TEST(hcrtm_known_value)
{
	static const uint16_t bank[] = { ATT_ALG_SHA256 };
	AUTO_DONE(att_buf_done) struct att_buf want = ATT_BUF(32);
	AUTO_DONE(lm_done) struct logmaker m = lm_new(bank, 1);

	ok(att_hex_decode(S("806fcb3c4d6ee3afc8eca3d420a48c206fb23803fcbd593"
			    "eebba2b1df20c322c"), &want, err));
	lm_event(&m, 0, ATT_EV_EFI_HCRTM_EVENT, S("HCRTM"));
	/* pcr, type, count, algorithm: then the digest */
	memset(m.log.data + m.last + 14, 0xab, 32);
	AUTO_DONE(job_done) struct job j = replayed(lm_log(&m));
	ck_match(match(&j, ATT_ALG_SHA256, 0, att_buf_view(&want), 0, NULL),
	    ATT_MATCH);
}
END_TEST

START_TEST(drtm)
{
	AUTO_DONE(lm_done) struct logmaker none = lm_new(two_banks, 2);
	AUTO_DONE(lm_done) struct logmaker launch = lm_new(two_banks, 2);
	uint8_t zero[32] = { 0 }, ones[32];
	struct att_slice z = { zero, 32 }, o = { ones, 32 };

	memset(ones, 0xff, 32);
	ordinary(&none);
	AUTO_DONE(job_done) struct job j = replayed(lm_log(&none));
	for (unsigned pcr = 16; pcr < ATT_PCR_COUNT; pcr++) {
		bool d = pcr >= 17 && pcr <= 22;

		ck_match(match(&j, ATT_ALG_SHA256, pcr, o, 0, NULL),
		    d ? ATT_MATCH_NO_DRTM : ATT_MISMATCH_NO_EVENTS);
		ck_match(match(&j, ATT_ALG_SHA256, pcr, z, 0, NULL),
		    d ? ATT_MISMATCH_NO_EVENTS : ATT_MATCH_RESET);
	}
	lm_event(&launch, 17, 0x402, S("hash start"));
	AUTO_DONE(job_done) struct job k = replayed(lm_log(&launch));
	ck_assert(k.r.drtm);
	ck_match(match(&k, ATT_ALG_SHA256, 17,
	    lm_value(&launch, ATT_ALG_SHA256, 17), 0, NULL), ATT_MATCH);
	ck_match(match(&k, ATT_ALG_SHA256, 17, o, 0, NULL), ATT_MISMATCH);
	/* a launch resets all of them */
	ck_match(match(&k, ATT_ALG_SHA256, 18, z, 0, NULL), ATT_MATCH_RESET);
	ck_match(match(&k, ATT_ALG_SHA256, 18, o, 0, NULL),
	    ATT_MISMATCH_NO_EVENTS);
}
END_TEST

START_TEST(missing_digests)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);
	struct att_match_info info;
	struct att_pcrs p;
	struct att_slice v;

	ordinary(&m);
	lm_event_some(&m, 1, 14, ATT_EV_IPL, S("sha1 only"));
	lm_event_some(&m, 0, 8, ATT_EV_IPL, S("no digest at all"));
	AUTO_DONE(job_done) struct job j = replayed(lm_log(&m));
	ck_assert_uint_eq(j.r.quirks, ATT_QUIRK_BANK_SUBSET);
	ck_match(match(&j, ATT_ALG_SHA256, 14,
	    lm_value(&m, ATT_ALG_SHA256, 14), ~0u, &info),
	    ATT_MATCH_INCOMPLETE);
	ck_assert(info.expected.alg == 0);
	ck_match(match(&j, ATT_ALG_SHA1, 14, lm_value(&m, ATT_ALG_SHA1, 14),
	    0, NULL), ATT_MATCH);
	ck_match(match(&j, ATT_ALG_SHA1, 8, lm_value(&m, ATT_ALG_SHA1, 8),
	    0, NULL), ATT_MATCH_INCOMPLETE);
	ok(att_replay_values(&j.r, &p, err));
	ck_assert(!att_pcrs_get(&p, ATT_ALG_SHA256, 14, &v));
	ck_assert(att_pcrs_get(&p, ATT_ALG_SHA1, 14, &v));
	ck_assert(!att_pcrs_get(&p, ATT_ALG_SHA1, 8, &v));
	/* not extended by the log */
	ck_assert(!att_pcrs_get(&p, ATT_ALG_SHA1, 9, &v));
}
END_TEST

static const uint16_t windows_banks[] = { ATT_ALG_SHA256, ATT_ALG_SHA1 };

/* An event of Windows' loader: no digest of SHA-1 is logged. */
static void
windows_event(struct logmaker *m, uint32_t pcr, uint32_t type,
    struct att_slice data)
{
	struct att_digest d;

	lm_event_some(m, 1, pcr, type, data);
	if (pcr != 11)
		return;
	ok(att_digest_of(ATT_ALG_SHA1, data, &d, err));
	lm_extend_raw(m, 1, pcr, att_digest_view(&d));
}

static void
windows(struct logmaker *m)
{
	static const uint8_t zeros[20], start[] = { 16, 0, 0, 0 },
		end[] = { 255, 255, 0, 0 };

	for (uint32_t pcr = 0; pcr <= 13; pcr++)
		lm_extend_raw(m, 1, pcr, (struct att_slice){ zeros, 20 });
	windows_event(m, 11, ATT_EV_COMPACT_HASH,
	    (struct att_slice){ start, 4 });
	for (uint32_t pcr = 12; pcr <= 14; pcr++)
		windows_event(m, pcr, ATT_EV_EVENT_TAG, S("tags"));
	windows_event(m, 11, ATT_EV_COMPACT_HASH,
	    (struct att_slice){ end, 4 });
	for (uint32_t pcr = 12; pcr <= 14; pcr++)
		windows_event(m, pcr, ATT_EV_SEPARATOR, S("WBCL"));
}

START_TEST(windows_cap)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(windows_banks, 2);

	lm_event(&m, 0, ATT_EV_S_CRTM_VERSION, S("version"));
	lm_separators(&m);
	windows(&m);
	AUTO_DONE(job_done) struct job j = replayed(lm_log(&m));
	ck_assert(j.r.windows);
	for (unsigned pcr = 0; pcr <= 14; pcr++) {
		struct att_slice v = lm_value(&m, ATT_ALG_SHA1, pcr);
		bool logged = pcr <= 7;
		struct att_match_info info;

		ck_match(match(&j, ATT_ALG_SHA1, pcr, v,
		    ATT_REPLAY_WINDOWS_CAP, &info),
		    pcr <= 13 ? ATT_MATCH : ATT_MATCH_INCOMPLETE);
		ck_assert_uint_eq(info.quirks,
		    pcr <= 13 ? ATT_QUIRK_WINDOWS_SHA1_CAP : 0);
		ck_match(match(&j, ATT_ALG_SHA1, pcr, v,
		    ~ATT_REPLAY_WINDOWS_CAP, &info),
		    pcr >= 11 ? ATT_MATCH_INCOMPLETE :
			logged ? ATT_MISMATCH : ATT_MISMATCH_NO_EVENTS);
		ck_match(match(&j, ATT_ALG_SHA256, pcr,
		    lm_value(&m, ATT_ALG_SHA256, pcr), 0, NULL),
		    logged || pcr >= 11 ? ATT_MATCH : ATT_MATCH_RESET);
	}
}
END_TEST

/* The cap explains nothing where Windows was not, or more is missing. */
START_TEST(windows_cap_only_there)
{
	static const uint8_t zeros[20];
	AUTO_DONE(lm_done) struct logmaker m = lm_new(windows_banks, 2);
	AUTO_DONE(lm_done) struct logmaker more = lm_new(windows_banks, 2);

	ordinary(&m);
	lm_extend_raw(&m, 1, 7, (struct att_slice){ zeros, 20 });
	AUTO_DONE(job_done) struct job j = replayed(lm_log(&m));
	ck_match(match(&j, ATT_ALG_SHA1, 7, lm_value(&m, ATT_ALG_SHA1, 7),
	    ATT_REPLAY_WINDOWS_CAP, NULL), ATT_MISMATCH);
	lm_event(&m, 12, ATT_EV_SEPARATOR, S("WBCL"));
	lm_extend_raw(&m, 1, 14, (struct att_slice){ zeros, 20 });
	AUTO_DONE(job_done) struct job l = replayed(lm_log(&m));
	ck_match(match(&l, ATT_ALG_SHA1, 7, lm_value(&m, ATT_ALG_SHA1, 7),
	    ATT_REPLAY_WINDOWS_CAP, NULL), ATT_MATCH);
	ck_match(match(&l, ATT_ALG_SHA1, 14, lm_value(&m, ATT_ALG_SHA1, 14),
	    ATT_REPLAY_WINDOWS_CAP, NULL), ATT_MISMATCH);

	windows(&more);
	lm_event_some(&more, 1, 5, ATT_EV_EFI_ACTION, S("an action"));
	windows_event(&more, 11, ATT_EV_EVENT_TAG, S("no such thing"));
	lm_event(&more, 12, ATT_EV_EVENT_TAG, S("both banks again"));
	AUTO_DONE(job_done) struct job k = replayed(lm_log(&more));
	ck_match(match(&k, ATT_ALG_SHA1, 5, lm_value(&more, ATT_ALG_SHA1, 5),
	    ATT_REPLAY_WINDOWS_CAP, NULL), ATT_MATCH_INCOMPLETE);
	ck_match(match(&k, ATT_ALG_SHA1, 11,
	    lm_value(&more, ATT_ALG_SHA1, 11), ATT_REPLAY_WINDOWS_CAP, NULL),
	    ATT_MATCH_INCOMPLETE);
	ck_match(match(&k, ATT_ALG_SHA1, 12,
	    lm_value(&more, ATT_ALG_SHA1, 12), ATT_REPLAY_WINDOWS_CAP, NULL),
	    ATT_MATCH);
}
END_TEST

START_TEST(ebs_missing)
{
	static const char *const words[] = { "Exit Boot Services Invocation",
		"Exit Boot Services Returned with Success",
		"Exit Boot Services Returned with Failure" };
	static const int tries[][4] = { { 0, -1 }, { 0, 1, -1 },
		{ 0, 2, -1 }, { 0, 2, 1, -1 }, { 1, -1 }, { 0, 1, 1, -1 } };

	for (size_t t = 0; t < ATT_COUNT(tries); t++) {
		AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);
		struct att_match_info info;
		bool good = t < 4;

		lm_separators(&m);
		AUTO_DONE(job_done) struct job j = replayed(lm_log(&m));
		for (size_t i = 0; tries[t][i] >= 0; i++)
			lm_extend(&m, 5, S(words[tries[t][i]]));
		ck_match(match(&j, ATT_ALG_SHA256, 5,
		    lm_value(&m, ATT_ALG_SHA256, 5), ATT_REPLAY_EBS_MISSING,
		    &info), good ? ATT_MATCH : ATT_MISMATCH);
		ck_assert_uint_eq(info.quirks,
		    good ? ATT_QUIRK_EBS_MISSING : 0);
		ck_match(match(&j, ATT_ALG_SHA256, 5,
		    lm_value(&m, ATT_ALG_SHA256, 5),
		    ~ATT_REPLAY_EBS_MISSING, NULL), ATT_MISMATCH);
	}
}
END_TEST

/* Logged once, it is not supposed a second time. */
START_TEST(ebs_logged)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);

	lm_separators(&m);
	lm_event(&m, 5, ATT_EV_ACTION, S("Exit Boot Services Invocation"));
	AUTO_DONE(job_done) struct job other = replayed(lm_log(&m));
	ck_assert(!other.r.ebs_seen);
	lm_event(&m, 5, ATT_EV_EFI_ACTION, S("Exit Boot Services Invocation"));
	AUTO_DONE(job_done) struct job j = replayed(lm_log(&m));
	ck_assert(j.r.ebs_seen);
	lm_extend(&m, 5, S("Exit Boot Services Invocation"));
	ck_match(match(&j, ATT_ALG_SHA256, 5,
	    lm_value(&m, ATT_ALG_SHA256, 5), ~0u, NULL), ATT_MISMATCH);
}
END_TEST

/* Supposed in PCR 5 alone, where it has events, and all their digests. */
START_TEST(ebs_only_there)
{
	static const struct {
		uint32_t pcr;
		size_t banks;
		enum att_match want;
	} cases[] = {
		{ 5, 2, ATT_MATCH },
		{ 5, 1, ATT_MATCH_INCOMPLETE },
		{ 4, 2, ATT_MISMATCH },
		{ 8, 0, ATT_MISMATCH_NO_EVENTS },
	};

	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);
		uint32_t pcr = cases[i].pcr == 8 ? 5 : cases[i].pcr;

		if (cases[i].banks > 0)
			lm_event_some(&m, cases[i].banks, pcr,
			    ATT_EV_SEPARATOR, S("zero"));
		AUTO_DONE(job_done) struct job j = replayed(lm_log(&m));
		lm_extend(&m, pcr, S("Exit Boot Services Invocation"));
		ck_match(match(&j, ATT_ALG_SHA256, pcr,
		    lm_value(&m, ATT_ALG_SHA256, pcr),
		    ATT_REPLAY_EBS_MISSING, NULL), cases[i].want);
	}
}
END_TEST

START_TEST(guessed_words)
{
	static const char *const phases[] = { "enter-initrd", "leave-initrd",
		"sysinit", "ready", "shutdown", "final" };

	for (size_t start = 0; start < 6; start++) {
		AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);
		bool good = start == 0 || start == 2;
		struct att_match_info info;

		lm_event(&m, 11, ATT_EV_IPL, S("section"));
		AUTO_DONE(job_done) struct job j = replayed(lm_log(&m));
		for (size_t i = start; i < 6; i++) {
			lm_extend(&m, 11, S(phases[i]));
			ck_match(match(&j, ATT_ALG_SHA256, 11,
			    lm_value(&m, ATT_ALG_SHA256, 11),
			    ATT_REPLAY_GUESS_WORDS, &info),
			    good ? ATT_MATCH : ATT_MISMATCH);
			ck_assert_uint_eq(info.quirks,
			    good ? ATT_QUIRK_GUESSED : 0);
			ck_match(match(&j, ATT_ALG_SHA256, 11,
			    lm_value(&m, ATT_ALG_SHA256, 11),
			    ~ATT_REPLAY_GUESS_WORDS, NULL), ATT_MISMATCH);
		}
	}
}
END_TEST

START_TEST(guessed_separator)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);

	ordinary(&m);
	AUTO_DONE(job_done) struct job j = replayed(lm_log(&m));
	lm_extend(&m, 5, S("Exit Boot Services Invocation"));
	for (unsigned pcr = 0; pcr < 17; pcr++) {
		bool has = pcr <= 7 || pcr == 9 || (pcr >= 12 && pcr <= 14);
		struct att_match_info info;

		lm_extend(&m, pcr, S("os-separator"));
		ck_match(match(&j, ATT_ALG_SHA256, pcr,
		    lm_value(&m, ATT_ALG_SHA256, pcr),
		    ATT_REPLAY_GUESS_WORDS | ATT_REPLAY_EBS_MISSING, &info),
		    has ? ATT_MATCH : ATT_MISMATCH_NO_EVENTS);
		ck_assert_uint_eq(info.quirks, !has ? 0 : pcr == 5 ?
		    ATT_QUIRK_GUESSED | ATT_QUIRK_EBS_MISSING :
		    ATT_QUIRK_GUESSED);
	}
}
END_TEST

START_TEST(padding)
{
	static const struct {
		uint8_t value;
		size_t len;
		uint32_t quirk;
	} tails[] = {
		{ 0xff, 16, ATT_QUIRK_FF_TAIL },
		{ 0xff, 5000, ATT_QUIRK_FF_TAIL },
		{ 0x00, 16, ATT_QUIRK_ZERO_TAIL },
		{ 0x00, 5000, ATT_QUIRK_ZERO_TAIL },
		{ 0x41, 1, ATT_QUIRK_STRAY_TAIL },
		{ 0x41, 3, ATT_QUIRK_STRAY_TAIL },
	};

	for (size_t i = 0; i < ATT_COUNT(tails); i++) {
		AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);
		size_t used;

		ordinary(&m);
		used = m.log.len;
		att_buf_fill(&m.log, tails[i].value, tails[i].len);
		AUTO_DONE(job_done) struct job j = replayed(lm_log(&m));
		ck_assert_uint_eq(j.r.quirks, tails[i].quirk);
		ck_assert_uint_eq(j.used, used);
		check_all(&j, &m);
	}
}
END_TEST

START_TEST(separators)
{
	AUTO_DONE(lm_done) struct logmaker seven = lm_new(two_banks, 2);
	AUTO_DONE(lm_done) struct logmaker twice = lm_new(two_banks, 2);
	AUTO_DONE(lm_done) struct logmaker half = lm_new(two_banks, 2);

	lm_event(&seven, 7, ATT_EV_SEPARATOR, S("zero"));
	lm_event(&seven, 12, ATT_EV_SEPARATOR, S("WBCL"));
	AUTO_DONE(job_done) struct job j = replayed(lm_log(&seven));
	ck_assert_uint_eq(j.r.quirks, ATT_QUIRK_SEPARATOR_PCR7_ONLY);
	ck_assert(j.r.windows && j.r.separators[7] == 1);

	lm_separators(&twice);
	lm_separators(&twice);
	AUTO_DONE(job_done) struct job k = replayed(lm_log(&twice));
	ck_assert_uint_eq(k.r.quirks, ATT_QUIRK_MULTI_ATTEMPT);
	ck_assert(!k.r.windows);

	lm_separators(&half);
	lm_event(&half, 7, ATT_EV_SEPARATOR, S("zero"));
	AUTO_DONE(job_done) struct job l = replayed(lm_log(&half));
	ck_assert_uint_eq(l.r.quirks, 0);
	ck_assert(l.r.separators[7] == 2 && l.r.separators[6] == 1);
}
END_TEST

START_TEST(trailer)
{
	AUTO_DONE(lm_done) struct logmaker m = lm_new(two_banks, 2);

	ordinary(&m);
	lm_no_action(&m, 0x01c40200, S("NvIndexInstance"));
	AUTO_DONE(job_done) struct job without = replayed(lm_log(&m));
	ck_assert_uint_eq(without.r.quirks, 0);
	lm_no_action(&m, ATT_TCG_NO_PCR, S("trust point"));
	AUTO_DONE(job_done) struct job j = replayed(lm_log(&m));
	ck_assert_uint_eq(j.r.quirks, ATT_QUIRK_WBCL_TRAILER);
	check_all(&j, &m);
}
END_TEST

START_TEST(confidential_guest)
{
	static const uint16_t bank[] = { ATT_ALG_SHA384 };
	AUTO_DONE(lm_done) struct logmaker m = lm_new(bank, 1);
	uint8_t zero[48] = { 0 }, ones[48];

	memset(ones, 0xff, sizeof(ones));
	locality_record(&m, 0, 3, 17);
	lm_event(&m, 1, ATT_EV_EFI_HCRTM_EVENT, S("no such thing here"));
	lm_event(&m, 4, ATT_EV_IPL, S("grub_cmd: x"));
	AUTO_DONE(job_done) struct job j =
	    replayed_kind(lm_log(&m), ATT_TCG_CC);
	for (unsigned mr = 1; mr <= 4; mr++)
		ck_match(match(&j, ATT_ALG_SHA384, mr,
		    lm_value(&m, ATT_ALG_SHA384, mr), ~0u, NULL),
		    mr == 1 || mr == 4 ? ATT_MATCH : ATT_MATCH_RESET);
	/* MRTD: the log says nothing of it; others: there are none */
	ck_match(match(&j, ATT_ALG_SHA384, 0,
	    (struct att_slice){ zero, 48 }, 0, NULL), ATT_MATCH_NONE);
	ck_match(match(&j, ATT_ALG_SHA384, 17,
	    (struct att_slice){ ones, 48 }, 0, NULL), ATT_MATCH_NONE);
	ck_assert(!j.r.locality_fault && !j.r.has_locality && !j.r.hcrtm);
}
END_TEST

/* -- captured boots ------------------------------------------------------- */

static const char *const boots[] = { "shim", "shim-changed", "uki",
	"uki-changed", "uki-sb", "uki-sb-changed" };
#define PCR_IMA 10

static bool
read_boot(const char *boot, const char *name, struct att_buf *b)
{
	struct att_err why = { 0 };
	char path[128];
	int r;

	snprintf(path, sizeof(path), "tests/vectors/boots/%s/%s", boot, name);
	r = att_file_read(path, b, &why);
	ck_assert_msg(r == 0 || r == ATT_E_NOT_FOUND, "%s", why.text);
	return r == 0;
}

START_TEST(captured_boot)
{
	AUTO_DONE(att_buf_done) struct att_buf uefi = ATT_BUF(1 << 20);
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(1 << 20);
	AUTO_DONE(att_buf_done) struct att_buf user = ATT_BUF(1 << 20);
	AUTO(att_userspace_free) struct att_userspace_log *l = NULL;
	const char *boot = boots[_i];
	size_t extended = 0;
	struct att_pcrs p;

	ck_assert(read_boot(boot, "uefi.bin", &uefi));
	ck_assert(read_boot(boot, "pcrs.txt", &text));
	ok(att_pcrs_parse(att_buf_view(&text), &p, err));
	AUTO_DONE(job_done) struct job j = replayed(att_buf_view(&uefi));
	if (read_boot(boot, "userspace.log", &user)) {
		ok(att_userspace_parse(att_buf_view(&user), NULL, &l, err));
		ck_assert(att_userspace_count(l) == 4);
		att_replay_user(&j.r, l);
	}
	ck_assert(p.count == 4 && j.r.bank_count == 4);
	for (size_t b = 0; b < p.count; b++)
		for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
			struct att_match_info info;
			struct att_slice v;
			enum att_match got;

			ck_assert(att_pcrs_get(&p, p.bank[b].alg, pcr, &v));
			if (pcr == PCR_IMA)
				continue;
			got = match(&j, p.bank[b].alg, pcr, v, 0, &info);
			ck_assert_msg(got == ATT_MATCH ||
			    got == ATT_MATCH_RESET ||
			    got == ATT_MATCH_NO_DRTM, "%s %s PCR %u: %s",
			    boot, att_alg_name(p.bank[b].alg), pcr,
			    att_match_name(got));
			ck_assert(info.quirks == 0 && info.records_left == 0);
			extended += got == ATT_MATCH;
		}
	/* PCR 0-7 and 9, then 8 and 14 (shim) or 11 and 15 (systemd) */
	ck_assert_uint_eq(extended, 4 * 11);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("replay");
	TCase *t = tcase_create("replay");

	tcase_add_test(t, every_bank);
	tcase_add_test(t, sha1_format);
	tcase_add_test(t, chosen_banks);
	tcase_add_test(t, another_value);
	tcase_add_test(t, says_nothing);
	tcase_add_test(t, locality);
	tcase_add_test(t, locality_first_of_sha1);
	tcase_add_test(t, locality_faults);
	tcase_add_test(t, hcrtm);
	tcase_add_test(t, hcrtm_known_value);
	tcase_add_test(t, drtm);
	tcase_add_test(t, missing_digests);
	tcase_add_test(t, windows_cap);
	tcase_add_test(t, windows_cap_only_there);
	tcase_add_test(t, ebs_missing);
	tcase_add_test(t, ebs_logged);
	tcase_add_test(t, ebs_only_there);
	tcase_add_test(t, guessed_words);
	tcase_add_test(t, guessed_separator);
	tcase_add_test(t, padding);
	tcase_add_test(t, separators);
	tcase_add_test(t, trailer);
	tcase_add_test(t, confidential_guest);
	tcase_add_loop_test(t, captured_boot, 0, (int)ATT_COUNT(boots));
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return run_suite(suite());
}
