#include "testlib.h"

#include "base/file.h"
#include "eventlog/replay.h"
#include "eventlog/userspace.h"
#include "tests/eventlog/logmaker.h"

#define BOOT "acb216bac4524103812af11422c0d55f"
#define BOOT_UUID "acb216ba-c452-4103-812a-f11422c0d55f"
#define OTHER_BOOT "00000000000000000000000000000001"

static const uint16_t two_banks[] = { ATT_ALG_SHA1, ATT_ALG_SHA256 };

static void
put_digest(struct att_buf *b, uint16_t alg, const char *word)
{
	struct att_digest d = { 0 };

	ok(att_digest_of(alg, S(word), &d, err));
	att_buf_printf(b, "{\"hashAlg\":\"%s\",\"digest\":\"",
	    att_alg_name(alg));
	att_hex_put(b, att_digest_view(&d));
	att_buf_str(b, "\"}");
}

/* A record as systemd writes it, of a word that is hashed. */
static void
put_record_of(struct att_buf *b, unsigned pcr, const char *hashed,
    const char *word, const char *boot)
{
	att_buf_printf(b, "\x1e{\"pcr\":%u,\"digests\":[", pcr);
	put_digest(b, ATT_ALG_SHA1, hashed);
	att_buf_u8(b, ',');
	put_digest(b, ATT_ALG_SHA256, hashed);
	att_buf_printf(b, "],\"content_type\":\"systemd\",\"content\":{"
	    "\"string\":\"%s\",\"bootId\":\"%s\",\"timestamp\":15141628,"
	    "\"eventType\":\"phase\"}}\n", word, boot);
	ok(att_buf_ok(b, "log", err));
}

static void
put_record(struct att_buf *b, unsigned pcr, const char *word)
{
	put_record_of(b, pcr, word, word, BOOT);
}

/* -- parsing -------------------------------------------------------------- */

START_TEST(captured)
{
	static const char *const words[] = {
		"machine-id:00112233445566778899aabbccddeeff",
		"file-system:/:ext4:11111111-2222-3333-4444-555555555555:root:"
		"11111111-2222-3333-4444-000000000002:"
		"0fc63daf-8483-4772-8e79-3d69d8477de4:root",
		"sysinit", "ready",
	};
	static const char *const types[] = { "machine-id", "filesystem",
		"phase", "phase" };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(att_userspace_free) struct att_userspace_log *l = NULL;

	ok(att_file_read("tests/vectors/boots/uki/userspace.log", &b, err));
	ok(att_userspace_parse(att_buf_view(&b), BOOT_UUID, &l, err));
	ck_assert_uint_eq(att_userspace_count(l), 4);
	for (size_t i = 0; i < 4; i++) {
		const struct att_user_record *rec =
		    att_userspace_record(l, i);

		ck_assert(rec->pcr == (i < 2 ? 15 : 11));
		ck_assert(rec->digest_count == 4 && rec->covered);
		ck_assert_str_eq(rec->type, types[i]);
		ck_assert(strncmp(rec->text, words[i],
		    ATT_USERSPACE_TEXT_MAX) == 0);
		ck_assert(strlen(rec->text) ==
		    ATT_MIN(strlen(words[i]), ATT_USERSPACE_TEXT_MAX));
	}
	ck_assert(att_userspace_record(l, 0)->timestamp == 9094537);
	ck_assert(att_userspace_record(l, 4) == NULL);
	ck_assert(!att_userspace_incomplete(l));
	ck_assert(att_userspace_other_boots(l) == 0);
	ck_assert(att_userspace_other_registers(l) == 0);
}
END_TEST

START_TEST(empty)
{
	AUTO(att_userspace_free) struct att_userspace_log *l = NULL;

	ok(att_userspace_parse((struct att_slice){ 0 }, BOOT, &l, err));
	ck_assert(att_userspace_count(l) == 0);
	ck_assert(!att_userspace_incomplete(l));
}
END_TEST

START_TEST(boots)
{
	static const struct {
		const char *boot;
		size_t count;
	} cases[] = {
		{ NULL, 3 }, { BOOT, 2 }, { BOOT_UUID, 2 }, { OTHER_BOOT, 1 },
		{ "0123456789abcdef0123456789abcdef", 0 },
	};
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(att_userspace_free) struct att_userspace_log *none = NULL;

	put_record(&b, 11, "sysinit");
	put_record_of(&b, 11, "old", "old", OTHER_BOOT);
	put_record(&b, 11, "ready");
	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		AUTO(att_userspace_free) struct att_userspace_log *l = NULL;

		ok(att_userspace_parse(att_buf_view(&b), cases[i].boot, &l,
		    err));
		ck_assert_uint_eq(att_userspace_count(l), cases[i].count);
		ck_assert_uint_eq(att_userspace_other_boots(l),
		    3 - cases[i].count);
	}
	fails(att_userspace_parse(att_buf_view(&b), "acb216ba", &none, err),
	    ATT_E_USAGE, "boot identifier");
	fails(att_userspace_parse(att_buf_view(&b), BOOT "0", &none, err),
	    ATT_E_USAGE, "boot identifier");
}
END_TEST

/* systemd logs some digests of keys: their text is a name, no preimage. */
START_TEST(covered)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(att_userspace_free) struct att_userspace_log *l = NULL;

	put_record_of(&b, 15, "key", "cryptsetup:root:uuid", BOOT);
	put_record(&b, 15, "machine-id:0");
	ok(att_userspace_parse(att_buf_view(&b), BOOT, &l, err));
	ck_assert(!att_userspace_record(l, 0)->covered);
	ck_assert(att_userspace_record(l, 1)->covered);
}
END_TEST

/* The whole word is hashed; what is kept can be shown, and is cut whole. */
START_TEST(texts)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(att_userspace_free) struct att_userspace_log *l = NULL;
	const struct att_user_record *rec;
	char hashed[128], word[160];

	memset(hashed, 'a', sizeof(hashed));
	memcpy(hashed + 126, "\xc3", 2);
	snprintf(word, sizeof(word), "%.126s\xc3\xa9", hashed);
	put_record_of(&b, 15, word, word, BOOT);
	put_record_of(&b, 15, "x\033[2J", "x\\u001b[2J", BOOT);
	ok(att_userspace_parse(att_buf_view(&b), BOOT, &l, err));
	rec = att_userspace_record(l, 0);
	ck_assert(rec->covered && strlen(rec->text) == 126);
	rec = att_userspace_record(l, 1);
	ck_assert(rec->covered);
	ck_assert_str_eq(rec->text, "x\\x1b[2J");
}
END_TEST

/* What newer systemd writes beside: NV indices, texts that are not there. */
START_TEST(newer)
{
	static const char nv[] = "\x1e{\"nv_index\":30482944,\"digests\":[],"
	    "\"content_type\":\"systemd\",\"content\":{\"nvIndexName\":\"x\","
	    "\"bootId\":\"" BOOT "\",\"timestamp\":1}}\n";
	static const char bare[] = "\x1e{\"pcr\":9,\"digests\":[{\"hashAlg\":"
	    "\"sha3-256\",\"digest\":\"00\"}],\"content_type\":\"systemd\","
	    "\"content\":{\"bootId\":\"" BOOT "\"},\"more\":null}\n";
	static const char both[] = "\x1e{\"pcr\":3,\"nv_index\":1,\"digests\":"
	    "[],\"content_type\":\"systemd\",\"content\":{\"string\":\"\","
	    "\"bootId\":\"" BOOT "\"}}\n";
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(att_userspace_free) struct att_userspace_log *l = NULL;
	const struct att_user_record *rec;

	att_buf_str(&b, nv);
	att_buf_str(&b, bare);
	att_buf_str(&b, both);
	ok(att_userspace_parse(att_buf_view(&b), BOOT, &l, err));
	ck_assert_uint_eq(att_userspace_other_registers(l), 1);
	ck_assert_uint_eq(att_userspace_count(l), 2);
	rec = att_userspace_record(l, 1);
	ck_assert(rec->pcr == 3 && !rec->covered);
	rec = att_userspace_record(l, 0);
	ck_assert(rec->pcr == 9 && rec->digest_count == 0 && !rec->covered);
	ck_assert(rec->text[0] == '\0' && rec->type[0] == '\0');
	ck_assert(rec->timestamp == 0);
}
END_TEST

START_TEST(refuses)
{
	static const struct {
		const char *from, *to;
		int code;
		const char *word;
	} cases[] = {
		{ "\"pcr\":11", "\"pcr\":24", ATT_E_FORMAT, "0 to 23" },
		{ "\"pcr\":11", "\"pcr\":-1", ATT_E_FORMAT, "0 to 23" },
		{ "\"pcr\":11", "\"pcr\":267", ATT_E_FORMAT, "0 to 23" },
		{ "\"pcr\":11", "\"pcr\":\"11\"", ATT_E_FORMAT, "integer" },
		{ "\"pcr\":11,", "", ATT_E_FORMAT, "\"pcr\" is missing" },
		{ "\"pcr\":11,", "\"nv_index\":\"1\",", ATT_E_FORMAT,
		    "\"pcr\" is missing" },
		{ "\"digests\":", "\"digest\":", ATT_E_FORMAT, "digests" },
		{ "\"sha256\"", "\"sha1\"", ATT_E_FORMAT, "two digests" },
		{ "\"sha256\"", "\"sha384\"", ATT_E_FORMAT, "must be 48" },
		{ "\"hashAlg\"", "\"alg\"", ATT_E_FORMAT, "hashAlg" },
		{ "\"digests\":[", "\"digests\":[7,", ATT_E_FORMAT,
		    "objects" },
		{ "\"systemd\"", "\"pcclient_std\"", ATT_E_UNSUPPORTED,
		    "pcclient_std" },
		{ "\"content_type\":\"systemd\",", "", ATT_E_FORMAT,
		    "content_type" },
		{ "\"content\":", "\"contents\":", ATT_E_FORMAT, "content" },
		{ "\"bootId\":\"a", "\"bootId\":\"A", ATT_E_FORMAT,
		    "32 hex digits" },
		{ "\"bootId\":\"a", "\"bootId\":\"", ATT_E_FORMAT,
		    "32 hex digits" },
		{ "\"bootId\":", "\"bootid\":", ATT_E_FORMAT, "bootId" },
		{ "\"timestamp\":", "\"timestamp\":-", ATT_E_FORMAT,
		    "timestamp" },
		{ "\"string\":\"", "\"string\":7,\"x\":\"", ATT_E_FORMAT,
		    "string" },
		{ "\x1e{", "\x1e[{", ATT_E_FORMAT, "JSON" },
		{ "\x1e{", "\x1e{{", ATT_E_FORMAT, "JSON" },
		{ "\x1e{", "{", ATT_E_FORMAT, "record separator" },
		{ "\x1e{", "\n\x1e{", ATT_E_FORMAT, "record separator" },
		{ "\x1e{", "\x1e\x1e{", ATT_E_FORMAT, "JSON" },
		{ "}}\n", "}}\n{}", ATT_E_FORMAT, "JSON" },
	};

	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
		AUTO_DONE(att_buf_done) struct att_buf bad = ATT_BUF(1 << 20);
		AUTO(att_userspace_free) struct att_userspace_log *l = NULL;
		const char *at;

		put_record(&b, 11, "sysinit");
		att_buf_u8(&b, '\0');
		at = strstr((char *)b.data, cases[i].from);
		ck_assert(at != NULL);
		att_buf_bytes(&bad, b.data, (size_t)(at - (char *)b.data));
		att_buf_str(&bad, cases[i].to);
		att_buf_str(&bad, at + strlen(cases[i].from));
		/* not the last: that may be cut */
		put_record(&bad, 11, "ready");
		fails(att_userspace_parse(att_buf_view(&bad), BOOT, &l, err),
		    cases[i].code, cases[i].word);
		ck_assert(l == NULL);
	}
}
END_TEST

START_TEST(where)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(att_userspace_free) struct att_userspace_log *l = NULL;
	struct att_err why;
	size_t second;

	put_record(&b, 11, "sysinit");
	second = b.len;
	put_record(&b, 24, "ready");
	ck_assert_int_eq(att_userspace_parse(att_buf_view(&b), BOOT, &l,
	    &why), ATT_E_FORMAT);
	ck_assert_uint_eq(why.offset, second);
	ck_assert(strncmp(why.text, "record 1: ", 10) == 0);
	ck_assert_int_eq(att_userspace_parse(att_buf_view(&b), BOOT, &l,
	    NULL), ATT_E_FORMAT);
}
END_TEST

/* systemd may be writing: the end may be missing, nothing else. */
START_TEST(cut_everywhere)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	size_t end[3];

	put_record(&b, 11, "sysinit");
	end[0] = b.len;
	put_record(&b, 11, "ready");
	end[1] = b.len;
	for (size_t len = 0; len <= b.len; len++) {
		AUTO(att_userspace_free) struct att_userspace_log *l = NULL;
		size_t whole = (len >= end[0] - 1) + (len >= end[1] - 1);
		bool border = len == 0 || len == end[0] ||
		    len == end[0] - 1 || len >= end[1] - 1;

		ok(att_userspace_parse((struct att_slice){ b.data, len },
		    BOOT, &l, err));
		ck_assert_uint_eq(att_userspace_count(l), whole);
		ck_assert(att_userspace_incomplete(l) == !border);
	}
}
END_TEST

START_TEST(bit_flips)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	size_t refused = 0, taken = 0;

	put_record(&b, 11, "sysinit");
	put_record(&b, 11, "ready");
	for (size_t bit = 0; bit < 8 * b.len; bit++) {
		AUTO(att_userspace_free) struct att_userspace_log *l = NULL;
		struct att_err why = { 0 };
		int r;

		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		r = att_userspace_parse(att_buf_view(&b), BOOT, &l, &why);
		ck_assert(r == 0 || why.text[0] != '\0');
		*(r < 0 ? &refused : &taken) += 1;
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	ck_assert(refused > 500 && taken > 500);
}
END_TEST

START_TEST(limits)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4 << 20);
	AUTO_DONE(att_buf_done) struct att_buf many = ATT_BUF(4 << 20);
	AUTO(att_userspace_free) struct att_userspace_log *l = NULL;
	AUTO(att_userspace_free) struct att_userspace_log *big = NULL;

	for (size_t i = 0; i < ATT_USERSPACE_RECORDS_MAX; i++)
		put_record(&b, 11, "sysinit");
	ok(att_userspace_parse(att_buf_view(&b), BOOT, &l, err));
	ck_assert(att_userspace_count(l) == ATT_USERSPACE_RECORDS_MAX);
	put_record(&b, 11, "sysinit");
	fails(att_userspace_parse(att_buf_view(&b), BOOT, &big, err),
	    ATT_E_LIMIT, "513 records");

	/* white space behind a record counts as bytes */
	put_record(&many, 11, "sysinit");
	att_buf_fill(&many, '\n', ATT_USERSPACE_LOG_MAX - many.len);
	ok(att_userspace_parse(att_buf_view(&many), BOOT, &big, err));
	att_buf_u8(&many, '\n');
	att_userspace_free(take(&big));
	fails(att_userspace_parse(att_buf_view(&many), BOOT, &big, err),
	    ATT_E_LIMIT, "1048577 bytes");
}
END_TEST

START_TEST(many_digests)
{
	for (int n = 16; n <= 17; n++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
		AUTO(att_userspace_free) struct att_userspace_log *l = NULL;
		struct att_err why = { 0 };
		int r;

		att_buf_str(&b, "\x1e{\"pcr\":1,\"digests\":[");
		for (int i = 0; i < n; i++)
			att_buf_printf(&b, "%s{\"hashAlg\":\"h%d\"}",
			    i == 0 ? "" : ",", i);
		att_buf_str(&b, "],\"content_type\":\"systemd\",\"content\":"
		    "{\"bootId\":\"" BOOT "\"}}\n");
		r = att_userspace_parse(att_buf_view(&b), BOOT, &l, &why);
		ck_assert_int_eq(r, n == 16 ? 0 : ATT_E_LIMIT);
	}
}
END_TEST

/* -- merged replay -------------------------------------------------------- */

struct merged {
	struct att_hasher *h;
	struct att_userspace_log *user;
	struct att_buf text;
	struct logmaker m;
	struct att_tcglog log;
	struct att_replay r;
};

static void
merged_done(struct merged *x)
{
	att_hasher_free(x->h);
	att_userspace_free(x->user);
	att_buf_done(&x->text);
	lm_done(&x->m);
}

static void
merge(struct merged *x)
{
	x->h = att_hasher_new();
	ck_assert(x->h != NULL);
	ok(att_tcglog_open(lm_log(&x->m), ATT_TCG_TPM, &x->log, err));
	att_replay_begin(&x->r, &x->log, NULL, 0, x->h);
	ok(att_replay_log(&x->r, &x->log, NULL, err));
	ok(att_userspace_parse(att_buf_view(&x->text), BOOT, &x->user, err));
	att_replay_user(&x->r, x->user);
}

static enum att_match
match(const struct merged *x, unsigned pcr, uint32_t options,
    struct att_match_info *info)
{
	enum att_match m = ATT_MATCH_NONE;

	ok(att_replay_match(&x->r, ATT_ALG_SHA256, pcr,
	    lm_value(&x->m, ATT_ALG_SHA256, pcr), options, &m, info, err));
	return m;
}

#define ck_match(got, want)                                                  \
	ck_assert_str_eq(att_match_name(got), att_match_name(want))

/* The quote may be older than any of the records. */
START_TEST(every_beginning)
{
	static const char *const words[] = { "enter-initrd", "leave-initrd",
		"sysinit", "ready" };
	AUTO_DONE(merged_done) struct merged x = { .text = ATT_BUF(1 << 20),
		.m = lm_new(two_banks, 2) };
	struct att_match_info info;
	struct att_pcrs p;
	struct att_slice v;

	lm_event(&x.m, 11, ATT_EV_IPL, S(".linux"));
	for (size_t i = 0; i < 4; i++) {
		put_record(&x.text, 11, words[i]);
		/* in between, for others */
		put_record(&x.text, 12, words[i]);
	}
	merge(&x);
	for (size_t i = 0; i <= 4; i++) {
		ck_match(match(&x, 11, 0, &info), ATT_MATCH);
		ck_assert_uint_eq(info.records_left, 4 - i);
		ck_assert_uint_eq(info.quirks, 0);
		if (i < 4) {
			lm_extend(&x.m, 11, S(words[i]));
			lm_extend(&x.m, 12, S(words[i]));
		}
	}
	ck_assert(att_slice_equal(att_digest_view(&info.expected),
	    lm_value(&x.m, ATT_ALG_SHA256, 11)));
	/* a register that nothing but these records extend */
	ck_match(match(&x, 12, 0, &info), ATT_MATCH);
	ok(att_replay_values(&x.r, &p, err));
	for (unsigned pcr = 11; pcr <= 12; pcr++) {
		ck_assert(att_pcrs_get(&p, ATT_ALG_SHA256, pcr, &v));
		ck_assert(att_slice_equal(v,
		    lm_value(&x.m, ATT_ALG_SHA256, pcr)));
	}
	/* one extend more than all records */
	lm_extend(&x.m, 11, S("shutdown"));
	ck_match(match(&x, 11, ~0u, &info), ATT_MISMATCH);
	ck_assert_uint_eq(info.records_left, 0);
}
END_TEST

START_TEST(only_records)
{
	AUTO_DONE(merged_done) struct merged x = { .text = ATT_BUF(1 << 20),
		.m = lm_new(two_banks, 2) };
	struct att_match_info info;

	lm_separators(&x.m);
	put_record(&x.text, 15, "machine-id:0");
	merge(&x);
	/* none of them yet */
	ck_match(match(&x, 15, 0, &info), ATT_MATCH_RESET);
	ck_assert_uint_eq(info.records_left, 1);
	lm_extend(&x.m, 15, S("something else"));
	ck_match(match(&x, 15, 0, NULL), ATT_MISMATCH);
}
END_TEST

/* os-separator, with its log and without. */
START_TEST(os_separator)
{
	AUTO_DONE(merged_done) struct merged with = {
		.text = ATT_BUF(1 << 20), .m = lm_new(two_banks, 2) };
	AUTO_DONE(merged_done) struct merged without = {
		.text = ATT_BUF(1 << 20), .m = lm_new(two_banks, 2) };
	struct att_match_info info;

	for (unsigned pcr = 0; pcr <= 7; pcr++)
		put_record(&with.text, pcr, "os-separator");
	lm_separators(&with.m);
	lm_separators(&without.m);
	merge(&with);
	merge(&without);
	for (unsigned pcr = 0; pcr <= 7; pcr++) {
		lm_extend(&with.m, pcr, S("os-separator"));
		lm_extend(&without.m, pcr, S("os-separator"));
		ck_match(match(&with, pcr, 0, &info), ATT_MATCH);
		ck_assert_uint_eq(info.quirks, 0);
		ck_match(match(&without, pcr, 0, NULL), ATT_MISMATCH);
		ck_match(match(&without, pcr, ATT_REPLAY_GUESS_WORDS, &info),
		    ATT_MATCH);
		ck_assert_uint_eq(info.quirks, ATT_QUIRK_GUESSED);
		/* the log is there: a second one is nobody's */
		lm_extend(&with.m, pcr, S("os-separator"));
		ck_match(match(&with, pcr, ATT_REPLAY_GUESS_WORDS, NULL),
		    ATT_MISMATCH);
	}
}
END_TEST

/* ExitBootServices that is not logged comes before all records. */
START_TEST(ebs_and_records)
{
	AUTO_DONE(merged_done) struct merged x = { .text = ATT_BUF(1 << 20),
		.m = lm_new(two_banks, 2) };
	struct att_match_info info;

	lm_separators(&x.m);
	put_record(&x.text, 5, "os-separator");
	merge(&x);
	lm_extend(&x.m, 5, S("Exit Boot Services Invocation"));
	lm_extend(&x.m, 5, S("Exit Boot Services Returned with Success"));
	lm_extend(&x.m, 5, S("os-separator"));
	ck_match(match(&x, 5, 0, NULL), ATT_MISMATCH);
	ck_match(match(&x, 5, ATT_REPLAY_EBS_MISSING, &info), ATT_MATCH);
	ck_assert_uint_eq(info.quirks, ATT_QUIRK_EBS_MISSING);
	ck_assert_uint_eq(info.records_left, 0);
}
END_TEST

/* A record without this bank's digest: what is behind it cannot be said. */
START_TEST(record_lacks_bank)
{
	AUTO_DONE(merged_done) struct merged x = { .text = ATT_BUF(1 << 20),
		.m = lm_new(two_banks, 2) };
	struct att_match_info info;

	put_record(&x.text, 11, "sysinit");
	att_buf_str(&x.text, "\x1e{\"pcr\":11,\"digests\":[");
	put_digest(&x.text, ATT_ALG_SHA1, "ready");
	att_buf_str(&x.text, "],\"content_type\":\"systemd\",\"content\":{"
	    "\"bootId\":\"" BOOT "\"}}\n");
	lm_event(&x.m, 11, ATT_EV_IPL, S(".linux"));
	merge(&x);
	lm_extend(&x.m, 11, S("sysinit"));
	ck_match(match(&x, 11, 0, &info), ATT_MATCH);
	ck_assert_uint_eq(info.records_left, 1);
	ck_assert(info.expected.alg == 0);
	lm_extend(&x.m, 11, S("ready"));
	ck_match(match(&x, 11, 0, NULL), ATT_MATCH_INCOMPLETE);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("userspace");
	TCase *t = tcase_create("userspace");

	tcase_add_test(t, captured);
	tcase_add_test(t, empty);
	tcase_add_test(t, boots);
	tcase_add_test(t, covered);
	tcase_add_test(t, texts);
	tcase_add_test(t, newer);
	tcase_add_test(t, refuses);
	tcase_add_test(t, where);
	tcase_add_test(t, cut_everywhere);
	tcase_add_test(t, bit_flips);
	tcase_add_test(t, limits);
	tcase_add_test(t, many_digests);
	tcase_add_test(t, every_beginning);
	tcase_add_test(t, only_records);
	tcase_add_test(t, os_separator);
	tcase_add_test(t, ebs_and_records);
	tcase_add_test(t, record_lacks_bank);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return run_suite(suite());
}
