#include "tests/eventlog/vectors.h"

#include <stdio.h>
#include <string.h>

#include "base/cur.h"
#include "tests/eventlog/logedit.h"

#define GDC "go-tpm-tools/gdc-host.bin"
#define GLINUX "go-eventlog/glinux-laptop.bin"
#define SUPERMICRO "guard-oss/supermicro-wbcl-defender.bin"
#define HAHURI "guard-oss/hahuri.bin"

#define expect(j, cond)                                                      \
	do {                                                                 \
		if (!(cond))                                                 \
			complain(j, "line %d: not %s", __LINE__, #cond);     \
	} while (0)

/* -- steps ---------------------------------------------------------------- */

/* Replays j->raw, anew after a change. */
static bool
again(struct job *j)
{
	struct att_err err = { 0 };
	int r;

	j->quirks = 0;
	j->events = j->unbound = j->broken = j->disguised = j->malformed = 0;
	if ((r = replay(j, ATT_TCG_TPM, &err)) < 0)
		complain(j, "%s", err.text);
	return r == 0;
}

static bool
start(struct job *j, const char *file)
{
	return load(j, file) && again(j);
}

/* The file and its replay, without values of registers. */
static bool
start_bare(struct job *j, const char *file)
{
	return read_vector(j, file, &j->raw) && again(j);
}

/* Registers of this mask: all of them must be judged so. */
static bool
all_are(struct job *j, uint16_t alg, uint32_t mask, uint32_t options,
    enum att_match want)
{
	for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++)
		if ((mask >> pcr & 1) != 0 &&
		    compare(j, alg, pcr, options) != want)
			return false;
	return true;
}

static bool
find(struct job *j, uint32_t from, uint32_t pcr, uint32_t type,
    struct att_event *ret)
{
	if (log_find(&j->raw, from, pcr, type, ret))
		return true;
	complain(j, "no event of PCR %u, type 0x%08x", pcr, type);
	return false;
}

/* -- the cases ------------------------------------------------------------ */

static void
case_02(struct job *j)
{
	struct att_event ev;

	if (!start(j, GDC) ||
	    !find(j, 0, 4, ATT_EV_EFI_BOOT_SERVICES_APPLICATION, &ev))
		return;
	*log_at(&j->raw, ev.digest[0].bytes, 17) ^= 0x20;
	if (!again(j))
		return;
	expect(j, all_are(j, ATT_ALG_SHA256, 1u << 4, 0, ATT_MISMATCH));
	expect(j, all_are(j, ATT_ALG_SHA256, 0x43ef, 0, ATT_MATCH));
}

static void
case_03(struct job *j)
{
	if (!start(j, GDC))
		return;
	if (!log_remove(&j->raw, log_is_of_pcr4) || !again(j))
		return;
	expect(j, all_are(j, ATT_ALG_SHA256, 1u << 4, 0,
	    ATT_MISMATCH_NO_EVENTS));
	expect(j, all_are(j, ATT_ALG_SHA256, 0x43ef, 0, ATT_MATCH));
	if (log_remove(&j->raw, log_is_behind_header) && again(j))
		expect(j, all_are(j, ATT_ALG_SHA256, 0x43ff, 0,
		    ATT_MISMATCH_NO_EVENTS));
}

static void
case_06(struct job *j)
{
	if (!start(j, "ibmtss/amd635.bin"))
		return;
	expect(j, all_are(j, ATT_ALG_SHA256, 0x43ff, 0, ATT_MATCH));
	expect(j, (j->quirks & ATT_QUIRK_MULTI_ATTEMPT) != 0);
	expect(j, j->r.separators[7] == 2 && j->broken == 0);
}

static void
case_07(struct job *j)
{
	if (start_bare(j, "_crafted/separator_disguised.bin"))
		expect(j, j->disguised == 1);
	att_buf_reset(&j->raw);
	if (start_bare(j, "intel-secl/txt-drtm.bin"))
		expect(j, j->disguised == 0 && j->broken == 0);
	att_buf_reset(&j->raw);
	if (start_bare(j, GLINUX))
		expect(j, j->disguised == 0 &&
		    (j->quirks & ATT_QUIRK_FIT_2D) != 0);
}

static void
case_08(struct job *j)
{
	static const char db[] = "d\0b\0";
	struct att_event ev = { 0 };
	uint32_t from = 0;

	if (!start(j, "keylime/ovmf-secureboot.bin"))
		return;
	do {
		if (!find(j, from, 7, ATT_EV_EFI_VARIABLE_DRIVER_CONFIG, &ev))
			return;
		from = ev.number + 1;
	} while (ev.data.len < 100 || memcmp(ev.data.data + 32, db, 4) != 0 ||
	    ev.data.data[16] != 2);
	expect(j, j->broken == 0);
	*log_at(&j->raw, ev.data, ev.data.len - 1) ^= 1;
	if (!again(j))
		return;
	expect(j, j->broken == 1);
	expect(j, all_are(j, ATT_ALG_SHA256, 1u << 7, 0, ATT_MATCH));
}

static void
case_09(struct job *j)
{
	static const struct {
		const char *file;
		uint32_t form;
	} logs[] = {
		{ "guard-oss/h12ssl.bin", ATT_QUIRK_VARBOOT_STRUCT },
		{ "python3-uefi-eventlog/sr645.bin",
		    ATT_QUIRK_VARBOOT_STRUCT },
		{ "guard-oss/hpe-dl160.bin", ATT_QUIRK_VARBOOT_DATA },
	};

	for (size_t i = 0; i < ATT_COUNT(logs); i++) {
		att_buf_reset(&j->raw);
		if (start_bare(j, logs[i].file))
			expect(j, j->broken == 0 && (j->quirks &
			    (ATT_QUIRK_VARBOOT_STRUCT |
				ATT_QUIRK_VARBOOT_DATA)) == logs[i].form);
	}
}

static void
case_10(struct job *j)
{
	static const char *const files[] = { "go-eventlog/debian-10-sha1.bin",
		"ibmtss/sm1.bin", "go-attestation/sb-cert-gce.bin" };

	for (size_t i = 0; i < ATT_COUNT(files); i++) {
		att_buf_reset(&j->raw);
		if (start_bare(j, files[i]))
			expect(j, j->broken == 0 &&
			    (j->quirks & ATT_QUIRK_SHIM_8A27A480) != 0);
	}
	expect(j, (j->quirks & ATT_QUIRK_SEPARATOR_PCR7_ONLY) != 0);
}

static void
case_11(struct job *j)
{
	struct att_event cmd, file;
	size_t unbound;

	if (!start(j, "guard-oss/h12ssl.bin") ||
	    !find(j, 0, 8, ATT_EV_IPL, &cmd) ||
	    !find(j, 0, 9, ATT_EV_IPL, &file))
		return;
	unbound = j->unbound;
	*log_at(&j->raw, cmd.data, 12) ^= 1;
	*log_at(&j->raw, file.data, 3) ^= 1;
	if (!again(j))
		return;
	expect(j, j->broken == 1 && j->unbound == unbound);
	expect(j, all_are(j, ATT_ALG_SHA256, 3u << 8, 0, ATT_MATCH));
	att_buf_reset(&j->raw);
	if (start_bare(j, "eve/edge-good.bin"))
		expect(j, j->broken == 0 &&
		    (j->quirks & ATT_QUIRK_GRUB_NUL) != 0);
}

static void
case_12(struct job *j)
{
	struct att_event ev;

	if (!start(j, GLINUX))
		return;
	expect(j, j->r.locality == 3 && !j->r.locality_fault);
	expect(j, all_are(j, ATT_ALG_SHA256, 1, 0, ATT_MATCH));
	if (!find(j, 1, 0, ATT_EV_NO_ACTION, &ev))
		return;
	*log_at(&j->raw, ev.data, 16) = 5;
	if (again(j)) {
		expect(j, j->r.locality_fault);
		expect(j, all_are(j, ATT_ALG_SHA256, 1, 0, ATT_MISMATCH));
	}
	if (log_remove(&j->raw, log_is_locality) && again(j)) {
		expect(j, !j->r.has_locality);
		expect(j, all_are(j, ATT_ALG_SHA256, 1, 0, ATT_MISMATCH));
		expect(j, all_are(j, ATT_ALG_SHA256, 0xfe, 0, ATT_MATCH));
	}
	att_buf_reset(&j->raw);
	if (start_bare(j, "_crafted/startup_locality_twice.bin"))
		expect(j, j->r.locality_fault);
}

static void
case_13(struct job *j)
{
	static const uint16_t banks[] = { ATT_ALG_SHA1, ATT_ALG_SHA256,
		ATT_ALG_SM3 };
	uint8_t ones[32];
	enum att_match m;

	if (start(j, "tpm2-tss/hygon-hcrtm.bin")) {
		expect(j, j->r.hcrtm && !j->r.has_locality);
		for (size_t i = 0; i < ATT_COUNT(banks); i++)
			expect(j, all_are(j, banks[i], 1, 0, ATT_MATCH));
	}
	att_buf_reset(&j->raw);
	if (!start(j, "intel-secl/txt-drtm.bin"))
		return;
	expect(j, all_are(j, ATT_ALG_SHA256, 3u << 17, 0, ATT_MATCH));
	memset(ones, 0xff, sizeof(ones));
	expect(j, att_replay_match(&j->r, ATT_ALG_SHA256, 17,
	    (struct att_slice){ ones, 32 }, 0, &m, NULL, NULL) == 0 &&
	    m == ATT_MISMATCH);
}

static void
case_14(struct job *j)
{
	static const struct {
		const char *file;
		uint32_t mask;
	} logs[] = {
		{ "python3-uefi-eventlog/ideapad.bin", 0x78ff },
		{ SUPERMICRO, 0x78ff },
	};

	for (size_t i = 0; i < ATT_COUNT(logs); i++) {
		att_buf_reset(&j->raw);
		if (!start(j, logs[i].file))
			return;
		expect(j, (j->quirks & ATT_QUIRK_WBCL_TRAILER) != 0);
		expect(j, all_are(j, ATT_ALG_SHA256, logs[i].mask, 0,
		    ATT_MATCH));
		if (!log_remove(&j->raw, log_is_trailer) || !again(j))
			return;
		expect(j, (j->quirks & ATT_QUIRK_WBCL_TRAILER) == 0);
		expect(j, all_are(j, ATT_ALG_SHA256, logs[i].mask, 0,
		    ATT_MATCH));
	}
}

static void
case_15(struct job *j)
{
	if (!start(j, "_crafted/spdm_nvindex_noaction.bin"))
		return;
	expect(j, all_are(j, ATT_ALG_SHA256, 1u << 2, 0, ATT_MATCH));
	expect(j, j->broken == 0 && j->unbound == 0 && j->events == 2);
}

static void
case_16(struct job *j)
{
	if (!start(j, SUPERMICRO))
		return;
	expect(j, all_are(j, ATT_ALG_SHA256, 0x78ff, 0, ATT_MATCH));
	expect(j, all_are(j, ATT_ALG_SHA1, 0xff, 0, ATT_MISMATCH));
	expect(j, all_are(j, ATT_ALG_SHA1, 0x3fff, ATT_REPLAY_WINDOWS_CAP,
	    ATT_MATCH));
	expect(j, all_are(j, ATT_ALG_SHA1, 1u << 14, ATT_REPLAY_WINDOWS_CAP,
	    ATT_MATCH_INCOMPLETE));
}

/* The second bank is enabled, and never extended. */
static void
case_17(struct job *j)
{
	static const uint8_t zero[48];

	if (!start(j, "keylime-perf-tests/hpe-gen11-a55.bin"))
		return;
	for (unsigned pcr = 0; pcr < 8; pcr++)
		expect(j, att_pcrs_set(&j->pcrs, ATT_ALG_SHA384, pcr,
		    (struct att_slice){ zero, 48 }, NULL) == 0);
	expect(j, all_are(j, ATT_ALG_SHA256, 0x43ff, ~0u, ATT_MATCH));
	expect(j, all_are(j, ATT_ALG_SHA384, 0xff, ~0u, ATT_MISMATCH));
}

static void
case_21(struct job *j)
{
	static const uint16_t banks[] = { ATT_ALG_SHA1, ATT_ALG_SHA256 };

	if (!start(j, "guard-oss/hpe-dl160.bin"))
		return;
	for (size_t i = 0; i < ATT_COUNT(banks); i++) {
		struct att_match_info info = { 0 };
		struct att_slice v = { 0 };
		enum att_match m;

		expect(j, all_are(j, banks[i], 0x43fe, 0, ATT_MATCH));
		expect(j, att_pcrs_get(&j->pcrs, banks[i], 0, &v) &&
		    att_replay_match(&j->r, banks[i], 0, v, ~0u, &m, &info,
			NULL) == 0 &&
		    m == ATT_MISMATCH && info.expected.alg == banks[i]);
	}
}

/* The digest of the one entry with this PCR: a kernel's IMA list. */
static bool
ima_digest(struct att_slice list, uint32_t want, uint16_t alg,
    struct att_digest *ret)
{
	struct att_cur c = att_cur_of(list);
	uint32_t pcr, n;

	while (att_cur_le32(&c, &pcr)) {
		struct att_slice data;

		if (!att_cur_skip(&c, 20) || !att_cur_le32(&c, &n) ||
		    !att_cur_skip(&c, n) || !att_cur_le32(&c, &n) ||
		    !att_cur_bytes(&c, n, &data))
			return false;
		if (pcr == want)
			return att_digest_of(alg, data, ret, NULL) == 0;
	}
	return false;
}

static void
put_word(struct att_buf *b, const char *word)
{
	static const uint16_t banks[] = { ATT_ALG_SHA1, ATT_ALG_SHA256 };
	struct att_slice s = { (const uint8_t *)word, strlen(word) };
	char hex[ATT_DIGEST_HEX_MAX];
	struct att_digest d = { 0 };

	att_buf_str(b, "\x1e{\"pcr\":11,\"digests\":[");
	for (size_t i = 0; i < 2; i++)
		if (att_digest_of(banks[i], s, &d, NULL) == 0)
			att_buf_printf(b, "%s{\"hashAlg\":\"%s\",\"digest\":"
			    "\"%s\"}", i == 0 ? "" : ",",
			    att_alg_name(banks[i]), att_digest_hex(&d, hex));
	att_buf_printf(b, "],\"content_type\":\"systemd\",\"content\":{"
	    "\"string\":\"%s\",\"bootId\":"
	    "\"00000000000000000000000000000000\"}}\n", word);
}

/* Boot log, systemd's words and one entry of IMA, in this order. */
static void
case_25(struct job *j)
{
	static const uint16_t banks[] = { ATT_ALG_SHA1, ATT_ALG_SHA256 };
	AUTO(att_userspace_free) struct att_userspace_log *user = NULL;
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(4096);
	AUTO_DONE(att_buf_done) struct att_buf ima = ATT_BUF(1 << 20);

	put_word(&text, "sysinit");
	put_word(&text, "ready");
	if (!start(j, HAHURI) ||
	    !read_vector(j, "guard-oss/hahuri.ima", &ima))
		return;
	expect(j, att_userspace_parse(att_buf_view(&text), NULL, &user,
	    NULL) == 0);
	for (size_t i = 0; i < 2 && user != NULL; i++) {
		struct att_match_info without = { 0 }, with = { 0 };
		struct att_digest entry, v;
		struct att_slice quoted = { 0 };
		enum att_match m = ATT_MATCH;

		expect(j, att_pcrs_get(&j->pcrs, banks[i], 11, &quoted));
		att_replay_user(&j->r, NULL);
		expect(j, att_replay_match(&j->r, banks[i], 11, quoted, ~0u,
		    &m, &without, NULL) == 0 && m == ATT_MISMATCH);
		att_replay_user(&j->r, user);
		expect(j, att_replay_match(&j->r, banks[i], 11, quoted, 0,
		    &m, &with, NULL) == 0 && m == ATT_MISMATCH);
		expect(j, ima_digest(att_buf_view(&ima), 11, banks[i],
		    &entry));
		for (int k = 0; k < 2; k++) {
			expect(j, att_hasher_two(j->h, banks[i],
			    att_digest_view(k == 0 ? &without.expected :
						     &with.expected),
			    att_digest_view(&entry), &v, NULL) == 0);
			expect(j, att_slice_equal(att_digest_view(&v),
			    quoted) == (k == 1));
		}
	}
	att_replay_user(&j->r, NULL);
}

static void
case_26(struct job *j)
{
	struct att_err err = { 0 };
	struct att_tcg_iter it;
	struct att_event ev = { 0 };
	uint32_t last;

	if (read_vector(j, "_crafted/truncated_tail.bin", &j->raw))
		expect(j, replay(j, ATT_TCG_TPM, &err) == ATT_E_SHORT &&
		    err.offset == 167);
	att_buf_reset(&j->raw);
	if (!start(j, GDC))
		return;
	it = att_tcg_begin(&j->log);
	while (att_tcg_next(&it, &ev, NULL) == 1)
		;
	last = ev.pcr;
	j->raw.len = ev.offset;
	if (!again(j))
		return;
	expect(j, all_are(j, ATT_ALG_SHA256, 1u << last, 0, ATT_MISMATCH));
	expect(j, all_are(j, ATT_ALG_SHA256, 0x43ff & ~(1u << last), 0,
	    ATT_MATCH));
	j->raw.len -= 5;
	expect(j, replay(j, ATT_TCG_TPM, &err) == ATT_E_SHORT);
}

static void
case_27(struct job *j)
{
	static const struct {
		const char *file;
		enum att_tcg_kind kind;
		size_t used;
		uint32_t quirk;
	} logs[] = {
		{ "trustee/ccel-1mb.bin", ATT_TCG_CC, 9822,
		    ATT_QUIRK_ZERO_TAIL },
		{ "_crafted/ff_padding.bin", ATT_TCG_TPM, 171,
		    ATT_QUIRK_FF_TAIL },
		{ "_crafted/zero_padding.bin", ATT_TCG_TPM, 171,
		    ATT_QUIRK_ZERO_TAIL },
	};

	for (size_t i = 0; i < ATT_COUNT(logs); i++) {
		size_t used = 0;

		att_buf_reset(&j->raw);
		if (!read_vector(j, logs[i].file, &j->raw))
			return;
		expect(j, att_tcglog_open(att_buf_view(&j->raw), logs[i].kind,
		    &j->log, NULL) == 0);
		att_replay_begin(&j->r, &j->log, NULL, 0, j->h);
		expect(j, att_replay_log(&j->r, &j->log, &used, NULL) == 0);
		expect(j, used == logs[i].used);
		expect(j, (j->r.quirks & logs[i].quirk) != 0);
	}
}

static void
case_28(struct job *j)
{
	static const char *const files[] = { "_crafted/eventsize_ffffffff.bin",
		"_crafted/digestcount_huge.bin",
		"_crafted/numalgs_huge.bin" };
	struct att_err err = { 0 };

	for (size_t i = 0; i < ATT_COUNT(files); i++) {
		att_buf_reset(&j->raw);
		if (read_vector(j, files[i], &j->raw))
			expect(j, replay(j, ATT_TCG_TPM, &err) < 0);
	}
	/* vendorInfoSize past the end of the header */
	att_buf_reset(&j->raw);
	if (start(j, GDC)) {
		j->raw.data[32 + 28 + 4 * j->log.alg_count] = 200;
		expect(j, replay(j, ATT_TCG_TPM, &err) == ATT_E_SHORT);
	}
}

static void
case_29(struct job *j)
{
	if (!start(j, "_crafted/uefivar_len_overflow_namelen.bin"))
		return;
	expect(j, j->malformed == 1);
	expect(j, all_are(j, ATT_ALG_SHA256, 1u << 7, 0, ATT_MATCH));
}

static void
case_30(struct job *j)
{
	static const uint8_t zero[20];

	if (!start(j, "eve/edge-ami-good.bin"))
		return;
	expect(j, att_pcrs_set(&j->pcrs, ATT_ALG_SHA1, 14,
	    (struct att_slice){ zero, 20 }, NULL) == 0);
	expect(j, all_are(j, ATT_ALG_SHA1, 1u << 14, ~0u,
	    ATT_MATCH_INCOMPLETE));
	expect(j, all_are(j, ATT_ALG_SHA1, 0x23ff, 0, ATT_MATCH));
	expect(j, all_are(j, ATT_ALG_SHA256, 0x63ff, 0, ATT_MATCH));
	expect(j, (j->quirks & ATT_QUIRK_BANK_SUBSET) != 0);
}

static void
case_31(struct job *j)
{
	if (!start(j, "guard-oss/dell-r340-sha1.bin"))
		return;
	expect(j, !j->log.agile && j->r.locality == 3);
	expect(j, (j->quirks & ATT_QUIRK_SHA1_LOCALITY_FIRST) != 0);
	expect(j, all_are(j, ATT_ALG_SHA1, 0xff, 0, ATT_MATCH));
}

static void
case_32(struct job *j)
{
	if (!start(j, "go-attestation/hp-ebs-missing-sha1.bin"))
		return;
	expect(j, all_are(j, ATT_ALG_SHA1, 1u << 5, ~ATT_REPLAY_EBS_MISSING,
	    ATT_MISMATCH));
	expect(j, all_are(j, ATT_ALG_SHA1, 1u << 5, ATT_REPLAY_EBS_MISSING,
	    ATT_MATCH));
	expect(j, (j->quirks & ATT_QUIRK_EBS_MISSING) != 0);
}

static void
case_33(struct job *j)
{
	static const char *const files[] = { GDC, "guard-oss/elitebook.bin",
		"keylime-perf-tests/hpe-gen11-a55.bin" };

	for (size_t i = 0; i < ATT_COUNT(files); i++) {
		att_buf_reset(&j->raw);
		if (start_bare(j, files[i]))
			expect(j, (j->quirks &
			    ATT_QUIRK_DMA_PROTECTION_DISABLED) != 0);
	}
}

static void
case_39(struct job *j)
{
	static const struct {
		const char *file;
		uint32_t mask;
	} logs[] = {
		{ "trustee/ccel-grub.bin", 0x0e },
		{ "trustee/ccel-1mb.bin", 0x06 },
		{ "go-eventlog/ccel-cos-113.bin", 0x0e },
	};

	for (size_t i = 0; i < ATT_COUNT(logs); i++) {
		struct att_err err = { 0 };

		att_buf_reset(&j->raw);
		if (!load(j, logs[i].file))
			return;
		expect(j, replay(j, ATT_TCG_TPM, &err) == ATT_E_UNSUPPORTED &&
		    strstr(err.text, "confidential guest") != NULL);
		expect(j, replay(j, ATT_TCG_CC, &err) == 0);
		expect(j, all_are(j, ATT_ALG_SHA384, logs[i].mask, 0,
		    ATT_MATCH));
	}
}

/* Logs of several boots, the values of one. */
static void
case_40(struct job *j)
{
	static const struct {
		const char *file;
		uint32_t other;
	} logs[] = {
		{ "guard-oss/dell-notebook-5logs-0.bin", 0x7000 },
		{ "guard-oss/dell-notebook-5logs-1.bin", 0x1000 },
		{ "guard-oss/dell-notebook-5logs-4.bin", 0 },
	};

	for (size_t i = 0; i < ATT_COUNT(logs); i++) {
		att_buf_reset(&j->raw);
		if (!start(j, logs[i].file))
			return;
		expect(j, all_are(j, ATT_ALG_SHA256, logs[i].other, ~0u,
		    ATT_MISMATCH));
		expect(j, all_are(j, ATT_ALG_SHA256,
		    0x78ff & ~logs[i].other, 0, ATT_MATCH));
	}
}

static void
case_41(struct job *j)
{
	struct att_event ev;

	if (!start(j, "_crafted/spdm_nvindex_noaction.bin") ||
	    !find(j, 0, 2, ATT_EV_EFI_SPDM_FIRMWARE_BLOB, &ev))
		return;
	expect(j, j->broken == 0);
	/* the state of authentication: forged, it is nobody's word */
	*log_at(&j->raw, ev.data, 18) ^= 1;
	if (again(j))
		expect(j, j->broken == 1);
}

static const struct {
	const char *name;
	void (*run)(struct job *j);
} cases[] = {
	{ "case 2: flipped digest", case_02 },
	{ "case 3: events removed", case_03 },
	{ "case 6: two sets of separators", case_06 },
	{ "case 7: disguised separator", case_07 },
	{ "case 8: data changed, digest kept", case_08 },
	{ "case 9: forms of boot variables", case_09 },
	{ "case 10: old shim", case_10 },
	{ "case 11: texts of GRUB", case_11 },
	{ "case 12: startup locality", case_12 },
	{ "case 13: H-CRTM and DRTM", case_13 },
	{ "case 14: trailer of Windows", case_14 },
	{ "case 15: NV index record", case_15 },
	{ "case 16: SHA-1 cap of Windows", case_16 },
	{ "case 17: enabled bank, not extended", case_17 },
	{ "case 21: log without all of PCR 0", case_21 },
	{ "case 25: boot log, systemd, IMA", case_25 },
	{ "case 26: cut log", case_26 },
	{ "case 27: padding", case_27 },
	{ "case 28: lying lengths", case_28 },
	{ "case 29: variable length that wraps", case_29 },
	{ "case 30: bank that events lack", case_30 },
	{ "case 31: SHA-1 log, locality first", case_31 },
	{ "case 32: ExitBootServices not logged", case_32 },
	{ "case 33: DMA protection disabled", case_33 },
	{ "case 39: confidential guests", case_39 },
	{ "case 40: logs of another boot", case_40 },
	{ "case 41: SPDM event", case_41 },
};

void
check_cases(void)
{
	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		AUTO_DONE(job_done) struct job j = job_new();

		cases[i].run(&j);
		j.quirks = 0;
		report(cases[i].name, "case", &j);
	}
}
