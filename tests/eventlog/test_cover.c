#include "testlib.h"

#include "base/file.h"
#include "eventlog/cover.h"
#include "eventlog/guid.h"
#include "tests/eventlog/logmaker.h"

static const uint16_t bank[] = { ATT_ALG_SHA256 };

/* The data of an event, what was hashed, and what must come out of it. */
struct event {
	uint32_t pcr, type;
	struct att_slice hashed, data;
};

static struct att_slice
bytes(const void *p, size_t n)
{
	return (struct att_slice){ p, n };
}
#define B(text) bytes(text, sizeof(text) - 1)

static enum att_cover
judged_by(struct att_cover_state *st, const struct event *e,
    uint32_t *quirks)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO_DONE(lm_done) struct logmaker m = lm_new(bank, 1);
	enum att_cover c = ATT_COVER_UNBOUND;
	struct att_tcg_iter it;
	struct att_tcglog log;
	struct att_event ev;

	lm_event_of(&m, e->pcr, e->type, e->hashed, e->data);
	ok(att_tcglog_open(lm_log(&m), ATT_TCG_TPM, &log, err));
	it = att_tcg_begin(&log);
	ck_assert_int_eq(att_tcg_next(&it, &ev, NULL), 1);
	ck_assert_int_eq(att_tcg_next(&it, &ev, NULL), 1);
	*quirks = 0;
	ok(att_cover_event(st, h, ATT_ALG_SHA256, &ev, &c, quirks, err));
	return c;
}

static enum att_cover
judged(enum att_tcg_kind kind, const struct event *e, uint32_t *quirks)
{
	struct att_cover_state st = { .kind = kind };

	return judged_by(&st, e, quirks);
}

#define ck_cover(got, want)                                                  \
	ck_assert_str_eq(att_cover_name(got), att_cover_name(want))

/* The event as it is, in a TPM's log. */
static void
expect(uint32_t pcr, uint32_t type, struct att_slice hashed,
    struct att_slice data, enum att_cover want, uint32_t want_quirks)
{
	struct event e = { pcr, type, hashed, data };
	uint32_t quirks;

	ck_cover(judged(ATT_TCG_TPM, &e, &quirks), want);
	ck_assert_uint_eq(quirks, want_quirks);
}

/* -- types that hash their data ------------------------------------------- */

START_TEST(demanded)
{
	static const uint32_t types[] = { ATT_EV_SEPARATOR, ATT_EV_ACTION,
		ATT_EV_EFI_ACTION, ATT_EV_EFI_GPT_EVENT,
		ATT_EV_EFI_GPT_EVENT2, ATT_EV_EFI_VARIABLE_DRIVER_CONFIG,
		ATT_EV_EFI_VARIABLE_AUTHORITY, ATT_EV_EFI_VARIABLE_BOOT2,
		ATT_EV_EFI_SPDM_FIRMWARE_BLOB,
		ATT_EV_EFI_SPDM_FIRMWARE_CONFIG,
		ATT_EV_EFI_SPDM_DEVICE_POLICY,
		ATT_EV_EFI_SPDM_DEVICE_AUTHORITY };

	for (size_t i = 0; i < ATT_COUNT(types); i++) {
		expect(5, types[i], S("data"), S("data"), ATT_COVER_EXACT, 0);
		expect(5, types[i], S("data"), S("dato"), ATT_COVER_BROKEN,
		    0);
		expect(5, types[i], S("data"), S(""), ATT_COVER_BROKEN, 0);
	}
}
END_TEST

START_TEST(not_demanded)
{
	static const uint32_t types[] = { ATT_EV_COMPACT_HASH,
		ATT_EV_PLATFORM_CONFIG_FLAGS, ATT_EV_NONHOST_INFO,
		ATT_EV_NONHOST_CODE, ATT_EV_NONHOST_CONFIG, ATT_EV_UNUSED,
		ATT_EV_OMIT_BOOT_DEVICE_EVENTS, 0x402, 0x12345678 };

	for (size_t i = 0; i < ATT_COUNT(types); i++) {
		expect(6, types[i], S("data"), S("data"), ATT_COVER_EXACT, 0);
		expect(6, types[i], S("data"), S("dato"), ATT_COVER_UNBOUND,
		    0);
	}
}
END_TEST

/* The data is an address: equal digests would mean nothing. */
START_TEST(hints)
{
	static const uint32_t types[] = { ATT_EV_POST_CODE, ATT_EV_POST_CODE2,
		ATT_EV_CPU_MICROCODE, ATT_EV_TABLE_OF_DEVICES,
		ATT_EV_S_CRTM_CONTENTS, ATT_EV_EFI_HCRTM_EVENT,
		ATT_EV_EFI_PLATFORM_FIRMWARE_BLOB,
		ATT_EV_EFI_PLATFORM_FIRMWARE_BLOB2,
		ATT_EV_EFI_HANDOFF_TABLES, ATT_EV_EFI_HANDOFF_TABLES2,
		ATT_EV_EFI_BOOT_SERVICES_APPLICATION,
		ATT_EV_EFI_BOOT_SERVICES_DRIVER,
		ATT_EV_EFI_RUNTIME_SERVICES_DRIVER };

	for (size_t i = 0; i < ATT_COUNT(types); i++)
		expect(2, types[i], S("data"), S("data"), ATT_COVER_UNBOUND,
		    0);
	expect(2, ATT_EV_NO_ACTION, S("data"), S("data"), ATT_COVER_NEVER, 0);
}
END_TEST

START_TEST(no_digest)
{
	static const uint16_t two[] = { ATT_ALG_SHA1, ATT_ALG_SHA256 };
	static const uint16_t others[] = { ATT_ALG_SHA256, ATT_ALG_SHA512,
		0x9999, 0 };
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO_DONE(lm_done) struct logmaker m = lm_new(two, 2);
	struct att_cover_state st = { 0 };
	struct att_tcg_iter it;
	struct att_tcglog log;
	struct att_event ev;
	uint32_t quirks = 0;

	lm_event_some(&m, 1, 5, ATT_EV_EFI_ACTION, S("sha1 only"));
	ok(att_tcglog_open(lm_log(&m), ATT_TCG_TPM, &log, err));
	it = att_tcg_begin(&log);
	ck_assert_int_eq(att_tcg_next(&it, &ev, NULL), 1);
	ck_assert_int_eq(att_tcg_next(&it, &ev, NULL), 1);
	for (size_t i = 0; i < ATT_COUNT(others); i++) {
		enum att_cover c = ATT_COVER_EXACT;

		ok(att_cover_event(&st, h, others[i], &ev, &c, &quirks, err));
		ck_cover(c, ATT_COVER_UNBOUND);
	}
}
END_TEST

/* Digests of an algorithm that the header names and nobody here knows. */
START_TEST(unknown_algorithm)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO_DONE(lm_done) struct logmaker m = lm_new(bank, 1);
	struct att_cover_state st = { 0 };
	enum att_cover c = ATT_COVER_EXACT;
	uint32_t quirks = 0;
	struct att_tcg_iter it;
	struct att_tcglog log;
	struct att_event ev;

	lm_event(&m, 5, ATT_EV_EFI_ACTION, S("text"));
	m.log.data[32 + 16 + 12] = 0x27;
	m.log.data[m.last + 12] = 0x27;
	ok(att_tcglog_open(lm_log(&m), ATT_TCG_TPM, &log, err));
	it = att_tcg_begin(&log);
	ck_assert_int_eq(att_tcg_next(&it, &ev, NULL), 1);
	ck_assert_int_eq(att_tcg_next(&it, &ev, NULL), 1);
	ok(att_cover_event(&st, h, 0x27, &ev, &c, &quirks, err));
	ck_cover(c, ATT_COVER_UNBOUND);
}
END_TEST

START_TEST(separators)
{
	expect(0, ATT_EV_SEPARATOR, B("\0\0\0\0"), B("\0\0\0\0"),
	    ATT_COVER_EXACT, 0);
	expect(0, ATT_EV_SEPARATOR, B("\377\377\377\377"),
	    B("\377\377\377\377"), ATT_COVER_EXACT, 0);
	expect(12, ATT_EV_SEPARATOR, S("WBCL"), S("WBCL"), ATT_COVER_EXACT,
	    0);
	expect(0, ATT_EV_SEPARATOR, B("\377"), B("\377"), ATT_COVER_QUIRK,
	    ATT_QUIRK_SEPARATOR_BYTE_FF);
	expect(0, ATT_EV_SEPARATOR, B("\1"), B("\1"), ATT_COVER_EXACT, 0);
	expect(0, ATT_EV_SEPARATOR, B("\0"), B("\377"), ATT_COVER_BROKEN, 0);
	/* an error that hides behind the good digest, and the reverse */
	expect(0, ATT_EV_SEPARATOR, B("\0\0\0\0"), B("\1\0\0\0"),
	    ATT_COVER_BROKEN, 0);
	expect(0, ATT_EV_SEPARATOR, B("\1\0\0\0"), B("\0\0\0\0"),
	    ATT_COVER_BROKEN, 0);
}
END_TEST

START_TEST(actions)
{
	struct att_slice dma = S("DMA Protection Disabled");

	expect(7, ATT_EV_EFI_ACTION, dma, dma, ATT_COVER_EXACT,
	    ATT_QUIRK_DMA_PROTECTION_DISABLED);
	expect(1, ATT_EV_EFI_ACTION, dma, dma, ATT_COVER_EXACT, 0);
	expect(7, ATT_EV_EFI_ACTION, S("x"), dma, ATT_COVER_BROKEN, 0);
}
END_TEST

START_TEST(crtm_version)
{
	expect(0, ATT_EV_S_CRTM_VERSION, S("2.3.5"), S("2.3.5"),
	    ATT_COVER_EXACT, 0);
	expect(0, ATT_EV_S_CRTM_VERSION, S("other"), S("2.3.5"),
	    ATT_COVER_UNBOUND, ATT_QUIRK_DELL_SCRTM_VERSION);
}
END_TEST

/* -- variables ------------------------------------------------------------ */

START_TEST(authority)
{
	for (size_t stray = 0; stray < 9; stray++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
		struct att_slice all;
		bool shim = stray == 6;

		lm_variable(&b, 0x11, "Shim", S("certificate"));
		att_buf_fill(&b, 'x', stray);
		all = att_buf_view(&b);
		expect(7, ATT_EV_EFI_VARIABLE_AUTHORITY, all, all,
		    ATT_COVER_EXACT, 0);
		expect(7, ATT_EV_EFI_VARIABLE_AUTHORITY,
		    bytes(all.data, all.len - 1), all,
		    shim ? ATT_COVER_QUIRK : ATT_COVER_BROKEN,
		    shim ? ATT_QUIRK_SHIM_8A27A480 : 0);
		expect(7, ATT_EV_EFI_VARIABLE_AUTHORITY,
		    bytes(all.data, all.len - 2), all, ATT_COVER_BROKEN, 0);
		/* nor for another type */
		expect(7, ATT_EV_EFI_VARIABLE_DRIVER_CONFIG,
		    bytes(all.data, all.len - 1), all, ATT_COVER_BROKEN, 0);
	}
}
END_TEST

START_TEST(mok_list_trusted)
{
	for (size_t len = 0; len < 3; len++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
		struct att_slice all;

		lm_variable(&b, 0x11, "MokListTrusted", bytes("\1\1", len));
		memcpy(b.data, ATT_GUID_SHIM, ATT_GUID_SIZE);
		all = att_buf_view(&b);
		expect(7, ATT_EV_EFI_VARIABLE_AUTHORITY, all, all,
		    ATT_COVER_EXACT, len == 1 ? ATT_QUIRK_MOKLISTTRUSTED : 0);
		b.data[0] ^= 1;
		expect(7, ATT_EV_EFI_VARIABLE_AUTHORITY, all, all,
		    ATT_COVER_EXACT, 0);
	}
}
END_TEST

/* One form per log. */
START_TEST(boot_variables)
{
	static const uint32_t forms[] = { ATT_QUIRK_VARBOOT_DATA,
		ATT_QUIRK_VARBOOT_STRUCT };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	struct att_slice value = S("value"), all;
	uint32_t quirks;

	lm_variable(&b, 0x22, "Boot0001", value);
	all = att_buf_view(&b);
	for (size_t first = 0; first < 2; first++) {
		struct att_cover_state st = { 0 };
		struct event data = { 1, ATT_EV_EFI_VARIABLE_BOOT, value,
			all };
		struct event whole = { 1, ATT_EV_EFI_VARIABLE_BOOT, all,
			all };
		struct event bad = { 1, ATT_EV_EFI_VARIABLE_BOOT, S("x"),
			all };
		struct event *same = first == 0 ? &data : &whole;
		struct event *other = first == 0 ? &whole : &data;

		ck_cover(judged_by(&st, &bad, &quirks), ATT_COVER_BROKEN);
		ck_assert_uint_eq(quirks, 0);
		for (int i = 0; i < 2; i++) {
			ck_cover(judged_by(&st, same, &quirks),
			    ATT_COVER_QUIRK);
			ck_assert_uint_eq(quirks, forms[first]);
			ck_cover(judged_by(&st, other, &quirks),
			    ATT_COVER_BROKEN);
			ck_assert_uint_eq(quirks, 0);
		}
	}
	/* what is no variable is not believed, whatever its digest */
	expect(1, ATT_EV_EFI_VARIABLE_BOOT, S("text"), S("text"),
	    ATT_COVER_BROKEN, 0);
}
END_TEST

/* A broken payload does not make the digest wrong. */
START_TEST(length_that_wraps)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	struct att_slice all;

	att_buf_fill(&b, 0x33, 16);
	att_buf_le64(&b, 0x7fffffffffffffff);
	att_buf_le64(&b, 2);
	att_buf_fill(&b, 0, 8);
	all = att_buf_view(&b);
	expect(7, ATT_EV_EFI_VARIABLE_DRIVER_CONFIG, all, all,
	    ATT_COVER_EXACT, 0);
	expect(7, ATT_EV_EFI_VARIABLE_AUTHORITY, bytes(all.data, all.len - 1),
	    all, ATT_COVER_BROKEN, 0);
	expect(1, ATT_EV_EFI_VARIABLE_BOOT, all, all, ATT_COVER_BROKEN, 0);
}
END_TEST

/* -- loaders -------------------------------------------------------------- */

START_TEST(tags)
{
	static const uint32_t windows[] = { 0x40010001, 0x00060002 };
	static const uint32_t objects[] = { 0x8f3b22ec, 0x8f3b22ed,
		0xf5bc582a, 0x6c46f751, 0x49dffe0f, 0xdac08e1a };

	for (size_t i = 0; i < ATT_COUNT(windows); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(64);

		att_buf_le32(&b, windows[i]);
		att_buf_str(&b, "tags");
		expect(12, ATT_EV_EVENT_TAG, att_buf_view(&b),
		    att_buf_view(&b), ATT_COVER_EXACT, 0);
		expect(12, ATT_EV_EVENT_TAG, S("x"), att_buf_view(&b),
		    ATT_COVER_BROKEN, 0);
	}
	for (size_t i = 0; i < ATT_COUNT(objects); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(64);

		att_buf_le32(&b, objects[i]);
		att_buf_str(&b, "Linux initrd");
		expect(9, ATT_EV_EVENT_TAG, S("initrd"), att_buf_view(&b),
		    ATT_COVER_UNBOUND, 0);
	}
	expect(9, ATT_EV_EVENT_TAG, S("x"), S(""), ATT_COVER_UNBOUND, 0);
	expect(9, ATT_EV_EVENT_TAG, S("x"), S("abc"), ATT_COVER_UNBOUND, 0);
}
END_TEST

static const struct {
	struct att_slice data, hashed;
	enum att_cover cover;
	uint32_t quirks;
} grub[] = {
#define E(data, hashed, cover, quirks)                                       \
	{ { (const uint8_t *)(data), sizeof(data) - 1 },                     \
		{ (const uint8_t *)(hashed), sizeof(hashed) - 1 },           \
		ATT_COVER_##cover, quirks }
	E("grub_cmd: ls\0", "ls", EXACT, 0),
	E("kernel_cmdline: /vmlinuz ro\0", "/vmlinuz ro", EXACT, 0),
	E("module_cmdline: /xen\0", "/xen", EXACT, 0),
	E("grub_cmd: \0", "", EXACT, 0),
	E("grub_cmd: ls\0", "ls\0", BROKEN, 0),
	E("grub_cmd: ls\0", "lt", BROKEN, 0),
	E("grub_cmd: ls", "ls", BROKEN, 0),
	E("grub_cmd: ", "", BROKEN, 0),
	E("grub_cmd ls\0", "ls\0", QUIRK, ATT_QUIRK_GRUB_NUL),
	E("grub_cmd ls\0", "ls", BROKEN, 0),
	E("grub_kernel_cmdline ro\0", "ro", QUIRK, ATT_QUIRK_GRUB_NUL),
	E("grub_kernel_cmdline ro\0", "ro\0", BROKEN, 0),
	E("grub_cmd: ls\0x", "ls", QUIRK, ATT_QUIRK_GRUB_NUL),
	E("grub_cmd ls\0x", "ls\0", QUIRK, ATT_QUIRK_GRUB_NUL),
	E("grub_cmd: ls\0xy", "ls", BROKEN, 0),
	E("grub_cmd: ls\0x", "ls\0x", BROKEN, 0),
	E("grub_linux /vmlinuz\0", "file", UNBOUND, 0),
	E("/boot/vmlinuz\0", "file", UNBOUND, 0),
	E("", "file", UNBOUND, 0),
#undef E
};

START_TEST(grub_texts)
{
	struct event e = { 8, ATT_EV_IPL, grub[_i].hashed, grub[_i].data };
	uint32_t quirks;

	ck_cover(judged(ATT_TCG_TPM, &e, &quirks), grub[_i].cover);
	ck_assert_uint_eq(quirks, grub[_i].quirks);
	/* in a guest, loaders share a register */
	e.pcr = 3;
	ck_cover(judged(ATT_TCG_CC, &e, &quirks), grub[_i].cover);
	e.pcr = 2;
	ck_cover(judged(ATT_TCG_CC, &e, &quirks), ATT_COVER_UNBOUND);
	e.pcr = 3;
	/* elsewhere it is a name of what was hashed */
	ck_cover(judged(ATT_TCG_TPM, &e, &quirks), ATT_COVER_UNBOUND);
	e.pcr = 9;
	ck_cover(judged(ATT_TCG_TPM, &e, &quirks), ATT_COVER_UNBOUND);
}
END_TEST

START_TEST(sections)
{
	static const char linux_name[] = ".\0l\0i\0n\0u\0x\0\0\0";
	struct att_slice name = bytes(linux_name, 14);
	/* what is no name, and what would be hashed if it were one */
	struct { struct att_slice data, hashed; } odd[] = {
		{ bytes(linux_name, 15), B(".linux\0") },
		{ bytes(linux_name, 12), B(".linux") },
		{ bytes(linux_name + 2, 12), B("linux\0") },
		{ B(".\0\0\0x\0\0\0"), B(".\0x\0") },
		{ B(".\0a\1\0\0"), B(".a\0") },
		{ B(".\0\351\0\0\0"), B(".\351\0") },
		{ B("\0\0"), B("\0") },
		{ B(""), B("") },
	};
	struct event cc = { 3, ATT_EV_IPL, B(".linux\0"), name };
	uint32_t quirks;

	expect(11, ATT_EV_IPL, B(".linux\0"), name, ATT_COVER_EXACT, 0);
	expect(11, ATT_EV_IPL, B(".linux"), name, ATT_COVER_UNBOUND, 0);
	expect(11, ATT_EV_IPL, S("the section"), name, ATT_COVER_UNBOUND, 0);
	expect(11, ATT_EV_IPL, name, name, ATT_COVER_UNBOUND, 0);
	expect(12, ATT_EV_IPL, B(".linux\0"), name, ATT_COVER_UNBOUND, 0);
	for (size_t i = 0; i < ATT_COUNT(odd); i++)
		expect(11, ATT_EV_IPL, odd[i].hashed, odd[i].data,
		    ATT_COVER_UNBOUND, 0);
	ck_cover(judged(ATT_TCG_CC, &cc, &quirks), ATT_COVER_EXACT);
}
END_TEST

/* 15 characters and the NUL, and one more. */
START_TEST(long_section)
{
	for (size_t n = 15; n <= 16; n++) {
		AUTO_DONE(att_buf_done) struct att_buf wide = ATT_BUF(64);
		char name[18] = { '.' };

		memset(name + 1, 'a', n - 1);
		for (size_t i = 0; i <= n; i++)
			att_buf_le16(&wide, (uint8_t)name[i]);
		expect(11, ATT_EV_IPL, bytes(name, n + 1),
		    att_buf_view(&wide),
		    n == 15 ? ATT_COVER_EXACT : ATT_COVER_UNBOUND, 0);
	}
}
END_TEST

START_TEST(command_line)
{
	struct att_slice line = B("r\0o\0\0\0");

	expect(12, ATT_EV_IPL, line, line, ATT_COVER_EXACT, 0);
	expect(12, ATT_EV_IPL, S("archive"), line, ATT_COVER_UNBOUND, 0);
	expect(14, ATT_EV_IPL, line, line, ATT_COVER_UNBOUND, 0);
	expect(4, ATT_EV_IPL, line, line, ATT_COVER_UNBOUND, 0);
}
END_TEST

/* -- digests that only some types may have -------------------------------- */

static const struct {
	struct att_slice text;
	uint32_t type;
} marks[] = {
#define M(text, type) { { (const uint8_t *)(text), sizeof(text) - 1 }, type }
	M("\0\0\0\0", ATT_EV_SEPARATOR),
	M("\377\377\377\377", ATT_EV_SEPARATOR),
	M("Exit Boot Services Invocation", ATT_EV_EFI_ACTION),
	M("Exit Boot Services Returned with Success", ATT_EV_EFI_ACTION),
	M("Exit Boot Services Returned with Failure", ATT_EV_EFI_ACTION),
#undef M
};

START_TEST(disguised)
{
	static const uint32_t types[] = { ATT_EV_SEPARATOR, ATT_EV_EFI_ACTION,
		ATT_EV_EFI_VARIABLE_AUTHORITY, ATT_EV_UNUSED,
		ATT_EV_EFI_BOOT_SERVICES_APPLICATION, ATT_EV_COMPACT_HASH,
		ATT_EV_S_CRTM_CONTENTS, 0x12345678 };
	struct att_slice text = marks[_i].text;

	for (size_t t = 0; t < ATT_COUNT(types); t++)
		for (uint32_t pcr = 0; pcr < 10; pcr++) {
			struct event e = { pcr, types[t], text, text };
			struct event other = { pcr, types[t], text, S("x") };
			bool right = types[t] == marks[_i].type;
			uint32_t quirks;
			enum att_cover c = judged(ATT_TCG_TPM, &e, &quirks);

			ck_assert(att_cover_fails(c) == (pcr < 8 && !right));
			if (pcr < 8 && !right)
				ck_cover(c, ATT_COVER_DISGUISED);
			if (right)
				ck_cover(c, ATT_COVER_EXACT);
			/* whatever its data says */
			c = judged(ATT_TCG_TPM, &other, &quirks);
			ck_assert(right || pcr > 7 ||
			    c == ATT_COVER_DISGUISED);
			c = judged(ATT_TCG_CC, &e, &quirks);
			ck_assert(c != ATT_COVER_DISGUISED);
		}
}
END_TEST

/* One state serves any bank. */
START_TEST(disguised_in_each_bank)
{
	static const uint16_t two[] = { ATT_ALG_SHA1, ATT_ALG_SHA256 };
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO_DONE(lm_done) struct logmaker m = lm_new(two, 2);
	struct att_cover_state st = { 0 };
	struct att_tcg_iter it;
	struct att_tcglog log;
	struct att_event ev;
	uint32_t quirks = 0;

	lm_event(&m, 7, ATT_EV_UNUSED, marks[0].text);
	ok(att_tcglog_open(lm_log(&m), ATT_TCG_TPM, &log, err));
	it = att_tcg_begin(&log);
	ck_assert_int_eq(att_tcg_next(&it, &ev, NULL), 1);
	ck_assert_int_eq(att_tcg_next(&it, &ev, NULL), 1);
	for (size_t i = 0; i < 4; i++) {
		enum att_cover c = ATT_COVER_EXACT;

		ok(att_cover_event(&st, h, two[i % 2], &ev, &c, &quirks,
		    err));
		ck_cover(c, ATT_COVER_DISGUISED);
	}
}
END_TEST

START_TEST(fit_2d)
{
	struct att_slice fit = B("FIT Type 0x2D Measured S-CRTM\0");
	struct att_slice zero = B("\0\0\0\0");

	expect(0, ATT_EV_S_CRTM_CONTENTS, zero, fit, ATT_COVER_UNBOUND,
	    ATT_QUIRK_FIT_2D);
	expect(0, ATT_EV_S_CRTM_CONTENTS, S("acm"), fit, ATT_COVER_UNBOUND,
	    0);
	expect(0, ATT_EV_S_CRTM_CONTENTS, zero,
	    B("FIT Type 0x02 Measured S-CRTM\0"), ATT_COVER_DISGUISED, 0);
	expect(7, ATT_EV_S_CRTM_CONTENTS, zero, fit, ATT_COVER_DISGUISED, 0);
	expect(0, ATT_EV_POST_CODE, zero, fit, ATT_COVER_DISGUISED, 0);
	expect(0, ATT_EV_S_CRTM_CONTENTS, marks[1].text, fit,
	    ATT_COVER_DISGUISED, 0);
}
END_TEST

START_TEST(hinted_quirks)
{
	AUTO_DONE(att_buf_done) struct att_buf wide = ATT_BUF(64);
	AUTO_DONE(att_buf_done) struct att_buf narrow = ATT_BUF(64);

	expect(0, ATT_EV_POST_CODE, S("table"), S("ACPI DATA"),
	    ATT_COVER_UNBOUND, ATT_QUIRK_POST_CODE_9);
	expect(0, ATT_EV_POST_CODE, S("table"), S("ACPI DATB"),
	    ATT_COVER_UNBOUND, 0);
	expect(0, ATT_EV_NONHOST_INFO, S("x"), S("IntelCSxEEvent01..."),
	    ATT_COVER_UNBOUND, ATT_QUIRK_CSX_EVENT);
	expect(0, ATT_EV_COMPACT_HASH, S("x"), S("IntelCSxEEvent01..."),
	    ATT_COVER_UNBOUND, 0);
	expect(0, ATT_EV_NONHOST_INFO, S("x"), S("IntelCSxEEvent0"),
	    ATT_COVER_UNBOUND, 0);
	att_buf_le64(&narrow, 0x1000);
	att_buf_le64(&wide, 0x1000);
	for (int i = 0; i < 2; i++) {
		att_buf_le32(&narrow, 0x2000);
		att_buf_le64(&wide, 0x2000);
	}
	att_buf_le32(&narrow, 4);
	att_buf_le64(&wide, 4);
	att_buf_le32(&narrow, 0x0004ff7f);
	att_buf_le32(&wide, 0x0004ff7f);
	expect(2, ATT_EV_EFI_BOOT_SERVICES_DRIVER, S("image"),
	    att_buf_view(&narrow), ATT_COVER_UNBOUND,
	    ATT_QUIRK_UINT_32BIT_IMAGE);
	expect(2, ATT_EV_EFI_BOOT_SERVICES_DRIVER, S("image"),
	    att_buf_view(&wide), ATT_COVER_UNBOUND, 0);
}
END_TEST

/* -- what is believed is hashed ------------------------------------------- */

/* No bit of what holds can change without that it holds no more. */
static void
flip_all(struct event e, size_t from, size_t to, bool want)
{
	uint8_t data[256];
	uint32_t quirks;

	ck_assert(e.data.len <= sizeof(data));
	memcpy(data, e.data.data, e.data.len);
	e.data.data = data;
	ck_assert(att_cover_holds(judged(ATT_TCG_TPM, &e, &quirks)));
	for (size_t bit = 8 * from; bit < 8 * to; bit++) {
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert_msg(att_cover_holds(judged(ATT_TCG_TPM, &e,
		    &quirks)) == want, "type 0x%08x, bit %zu", e.type, bit);
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

START_TEST(flips)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(256);
	struct att_slice all, line = S("kernel_cmdline: ro");
	size_t n;

	lm_variable(&b, 0x44, "Name", S("the data"));
	all = att_buf_view(&b);
	n = all.len;
	flip_all((struct event){ 7, ATT_EV_EFI_VARIABLE_DRIVER_CONFIG, all,
	    all }, 0, n, false);
	flip_all((struct event){ 7, ATT_EV_EFI_VARIABLE_AUTHORITY, all, all },
	    0, n, false);
	flip_all((struct event){ 1, ATT_EV_EFI_VARIABLE_BOOT, all, all }, 0,
	    n, false);
	/* hashed without its name: that is no claim then */
	flip_all((struct event){ 1, ATT_EV_EFI_VARIABLE_BOOT, S("the data"),
	    all }, n - 8, n, false);
	flip_all((struct event){ 1, ATT_EV_EFI_VARIABLE_BOOT, S("the data"),
	    all }, 0, 16, true);
	flip_all((struct event){ 8, ATT_EV_IPL, S("ro"),
	    bytes(line.data, line.len + 1) }, 0, line.len + 1, false);
	flip_all((struct event){ 11, ATT_EV_IPL, B(".osrel\0"),
	    B(".\0o\0s\0r\0e\0l\0\0\0") }, 0, 14, false);
	flip_all((struct event){ 5, ATT_EV_EFI_ACTION, S("an action"),
	    S("an action") }, 0, 9, false);
	flip_all((struct event){ 0, ATT_EV_SEPARATOR, B("\0\0\0\0"),
	    B("\0\0\0\0") }, 0, 4, false);
}
END_TEST

START_TEST(captured_boots)
{
	static const char *const boots[] = { "shim", "uki", "uki-sb" };
	char path[128];

	for (size_t i = 0; i < ATT_COUNT(boots); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
		AUTO(att_hasher_free) struct att_hasher *h =
		    att_hasher_new();
		size_t holds = 0, unbound = 0;
		uint32_t quirks[4] = { 0 };
		struct att_tcglog log;

		snprintf(path, sizeof(path), "tests/vectors/boots/%s/uefi.bin",
		    boots[i]);
		ok(att_file_read(path, &b, err));
		ok(att_tcglog_open(att_buf_view(&b), ATT_TCG_TPM, &log, err));
		for (size_t a = 0; a < log.alg_count; a++) {
			struct att_tcg_iter it = att_tcg_begin(&log);
			struct att_cover_state st = { 0 };
			enum att_cover c = ATT_COVER_BROKEN;
			struct att_event ev;

			while (att_tcg_next(&it, &ev, NULL) == 1) {
				ok(att_cover_event(&st, h, log.alg[a].alg,
				    &ev, &c, &quirks[a], err));
				ck_assert_msg(!att_cover_fails(c),
				    "%s event %u: %s", boots[i], ev.number,
				    att_cover_name(c));
				holds += att_cover_holds(c);
				unbound += c == ATT_COVER_UNBOUND;
			}
			ck_assert_uint_eq(quirks[a], ATT_QUIRK_VARBOOT_DATA);
		}
		/* the same in each bank */
		ck_assert(log.alg_count == 4 && holds % 4 == 0);
		ck_assert(holds / 4 > 20 && unbound > 0);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("cover");
	TCase *t = tcase_create("cover");

	tcase_add_test(t, demanded);
	tcase_add_test(t, not_demanded);
	tcase_add_test(t, hints);
	tcase_add_test(t, no_digest);
	tcase_add_test(t, unknown_algorithm);
	tcase_add_test(t, separators);
	tcase_add_test(t, actions);
	tcase_add_test(t, crtm_version);
	tcase_add_test(t, authority);
	tcase_add_test(t, mok_list_trusted);
	tcase_add_test(t, boot_variables);
	tcase_add_test(t, length_that_wraps);
	tcase_add_test(t, tags);
	tcase_add_loop_test(t, grub_texts, 0, (int)ATT_COUNT(grub));
	tcase_add_test(t, sections);
	tcase_add_test(t, long_section);
	tcase_add_test(t, command_line);
	tcase_add_loop_test(t, disguised, 0, (int)ATT_COUNT(marks));
	tcase_add_test(t, disguised_in_each_bank);
	tcase_add_test(t, fit_2d);
	tcase_add_test(t, hinted_quirks);
	tcase_add_test(t, flips);
	tcase_add_test(t, captured_boots);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return run_suite(suite());
}
