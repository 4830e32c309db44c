#include "testlib.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cur.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"

/* The address sanitizer otherwise ends the process where malloc fails. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

START_TEST(cur_reads_both_orders)
{
	static const uint8_t raw[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct att_cur c = att_cur_from(raw, sizeof(raw));
	uint64_t v64;
	uint32_t v32;
	uint16_t v16;

	ck_assert(att_cur_le64(&c, &v64) && v64 == 0x0807060504030201);
	c = att_cur_from(raw, sizeof(raw));
	ck_assert(att_cur_be32(&c, &v32) && v32 == 0x01020304);
	ck_assert(att_cur_le16(&c, &v16) && v16 == 0x0605);
	ck_assert(att_cur_be16(&c, &v16) && v16 == 0x0708);
	ck_assert(att_cur_empty(&c) && c.off == 8);
}
END_TEST

START_TEST(cur_short_moves_nothing)
{
	static const uint8_t raw[] = { 0, 9, 3 };
	struct att_cur c = att_cur_from(raw, sizeof(raw)), kid;
	struct att_slice s = { .len = 77 };
	uint32_t v = 42;

	ck_assert(!att_cur_le32(&c, &v) && v == 42 && c.left == 3);
	ck_assert(!att_cur_tpm2b(&c, &s) && s.len == 77 && c.off == 0);
	ck_assert(!att_cur_child(&c, UINT64_MAX, &kid) && c.left == 3);
	ck_assert(!att_cur_skip(&c, 4) && att_cur_skip(&c, 3));
	ck_assert(!att_cur_skip(&c, 1) && att_cur_skip(&c, 0));
}
END_TEST

START_TEST(cur_child_keeps_offset)
{
	static const uint8_t raw[] = { 1, 2, 3, 4 };
	struct att_cur c = att_cur_from(raw, sizeof(raw)), kid;
	uint8_t v;

	ck_assert(att_cur_skip(&c, 1) && att_cur_child(&c, 2, &kid));
	ck_assert(att_cur_u8(&kid, &v) && v == 2 && kid.off == 2);
	ck_assert(c.off == 3 && c.left == 1);
}
END_TEST

START_TEST(buf_limit_sticks)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4);

	att_buf_be32(&b, 0x01020304);
	ok(att_buf_ok(&b, "four", err));
	att_buf_u8(&b, 5);
	att_buf_u8(&b, 6);
	fails(att_buf_ok(&b, "five", err), ATT_E_LIMIT, "five");
	ck_assert(b.len == 4 && b.data[3] == 4);
}
END_TEST

/* Want of memory is no property of the input. */
START_TEST(buf_tells_no_memory_from_a_limit)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(SIZE_MAX / 2);

	att_buf_fill(&b, 0, SIZE_MAX / 2);
	fails(att_buf_ok(&b, "much", err), ATT_E_NOMEM, "much");
	att_buf_reset(&b);
	att_buf_u8(&b, 1);
	ok(att_buf_ok(&b, "little", err));
	att_buf_fill(&b, 0, SIZE_MAX / 2);
	fails(att_buf_ok(&b, "more", err), ATT_E_LIMIT, "more");
}
END_TEST

START_TEST(buf_sections_and_numbers)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(70000);
	static const uint8_t want[] = { 0, 3, 1, 2, 3, 0x34, 0x12 };
	size_t mark = att_buf_begin16(&b);

	att_buf_u8(&b, 1);
	att_buf_be16(&b, 0x0203);
	att_buf_end16(&b, mark);
	att_buf_le16(&b, 0x1234);
	ck_assert(b.len == sizeof(want) &&
	    memcmp(b.data, want, sizeof(want)) == 0);
	mark = att_buf_begin16(&b);
	att_buf_fill(&b, 0, 65536);
	att_buf_end16(&b, mark);
	ck_assert(b.failed);
}
END_TEST

START_TEST(buf_printf_takes_exactly_the_limit)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(6);
	AUTO(free) char *s = NULL;

	att_buf_printf(&b, "%s", "12345");
	s = att_buf_take_str(&b);
	ck_assert(s != NULL && strcmp(s, "12345") == 0);
	att_buf_printf(&b, "%s", "1234567");
	ck_assert(att_buf_take_str(&b) == NULL);
}
END_TEST

START_TEST(err_text_is_clean_and_cut)
{
	struct att_err err;
	char big[400];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	ck_assert(att_err_set(&err, ATT_E_FORMAT, "a\n\x1b[31m%s", big) ==
	    ATT_E_FORMAT);
	ck_assert(strlen(err.text) == ATT_ERR_TEXT_MAX);
	ck_assert(strncmp(err.text, "a??[31mx", 8) == 0);
	ck_assert(err.offset == ATT_NO_OFFSET);
	ck_assert(att_err_sys(&err, ENOSPC, "%s", "f") == ATT_E_SYS);
	ck_assert_str_eq(err.text, "f: No space left on device");
	att_err_prefix(&err, "node %d", 7);
	att_err_prefix(NULL, "x");
	ck_assert_str_eq(err.text, "node 7: f: No space left on device");
	ck_assert(att_code_kind(ATT_E_LIMIT) == ATT_KIND_LIMIT);
	ck_assert(att_code_kind(-999) == ATT_KIND_SYSTEM);
	ck_assert(att_code_blames_input(ATT_E_FORMAT));
	ck_assert(att_code_blames_input(ATT_E_LIMIT));
	ck_assert(!att_code_blames_input(ATT_E_NOT_FOUND));
	ck_assert(!att_code_blames_input(ATT_E_SYS));
	ck_assert(!att_code_blames_input(ATT_OK));
}
END_TEST

/* A peer's words: no terminal obeys them, and JSON takes what is left. */
START_TEST(err_text_is_masked_as_text)
{
	char text[ATT_ERR_TEXT_MAX + 8];
	struct att_err err;

	(void)att_err_set(&err, ATT_E_FORMAT, "\xc2\x9b" "2J \x9b" "2J"
	    " \xe2\x80\xae \xc3\xa9 C:\\x");
	ck_assert_str_eq(err.text, "??2J ?2J ??? \xc3\xa9 C:\\x");
	att_err_prefix(&err, "\xc2\x85");
	ck_assert_str_eq(err.text, "??: ??2J ?2J ??? \xc3\xa9 C:\\x");
	/* cut in the middle of a character */
	memset(text, 'x', sizeof(text));
	memcpy(text + ATT_ERR_TEXT_MAX - 1, "\xc3\xa9", 3);
	(void)att_err_set(&err, ATT_E_FORMAT, "%s", text);
	ck_assert(att_text_is_clean(S(err.text)));
	ck_assert(err.text[ATT_ERR_TEXT_MAX - 1] == '?');
}
END_TEST

START_TEST(hex_both_ways)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(8);

	ok(att_hex_decode(S("00fFA5"), &b, err));
	ck_assert(b.len == 3 && b.data[1] == 0xff && b.data[2] == 0xa5);
	fails(att_hex_decode(S("0g"), &b, err), ATT_E_FORMAT, "at 1");
	fails(att_hex_decode(S("012"), &b, err), ATT_E_FORMAT, "even");
	ck_assert(b.len == 3);
	fails(att_hex_decode(S("000102030405"), &b, err), ATT_E_LIMIT, "hex");
}
END_TEST

/* RFC 4648 section 10, and what it does not allow. */
START_TEST(base64_is_strict)
{
	static const char *const pairs[][2] = { { "", "" }, { "f", "Zg==" },
		{ "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };
	static const char *const bad[] = { "Zg", "Zg=", "Zh==", "Zm9=", "=",
		"====", "Z===", "Zg==Zg==", "Zm9v\n", "Zm-_", "Zg= =" };

	for (size_t i = 0; i < ATT_COUNT(pairs); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(99);
		AUTO_DONE(att_buf_done) struct att_buf d = ATT_BUF(99);

		att_base64_put(&b, S(pairs[i][0]));
		ck_assert(att_slice_is(att_buf_view(&b), pairs[i][1]));
		ok(att_base64_decode(S(pairs[i][1]), &d, err));
		ck_assert(att_slice_is(att_buf_view(&d), pairs[i][0]));
	}
	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		AUTO_DONE(att_buf_done) struct att_buf d = ATT_BUF(99);

		ck_assert_msg(att_base64_decode(S(bad[i]), &d, NULL) ==
		    ATT_E_FORMAT, "%s", bad[i]);
		ck_assert(d.len == 0);
	}
}
END_TEST

/* Every length around a chunk, against OpenSSL; and the way back. */
START_TEST(base64_of_every_length)
{
	uint8_t raw[600];
	char want[4 * 200 + 1];

	for (size_t i = 0; i < sizeof(raw); i++)
		raw[i] = (uint8_t)(i * 167 + (i >> 8));
	for (size_t n = 0; n < sizeof(raw); n++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);
		AUTO_DONE(att_buf_done) struct att_buf d = ATT_BUF(999);
		struct att_slice s = { raw, n };

		(void)EVP_EncodeBlock((uint8_t *)want, raw, (int)n);
		att_base64_put(&b, s);
		ck_assert(att_slice_is(att_buf_view(&b), want));
		ok(att_base64_decode(att_buf_view(&b), &d, err));
		ck_assert(att_slice_equal(att_buf_view(&d), s));
	}
}
END_TEST

/* Each character at each place of a group, in both alphabets. */
START_TEST(base64_knows_its_characters)
{
	static const char alnum[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789";

	for (unsigned c = 0; c < 256; c++)
		for (size_t at = 0; at < 8; at++) {
			AUTO_DONE(att_buf_done) struct att_buf d = ATT_BUF(9);
			bool both = c != 0 && strchr(alnum, (int)c) != NULL;
			char text[] = "AAAAAAAA";
			struct att_err e = { 0 };
			int r;

			text[at] = (char)c;
			r = att_base64_decode((struct att_slice){
			    (uint8_t *)text, 8 }, &d, &e);
			ck_assert_msg((r == 0) == (both || c == '+' ||
				c == '/' || (c == '=' && at == 7)), "%u", c);
			ck_assert(r == 0 || e.offset == at || c == '=');
			att_buf_reset(&d);
			r = att_base64url_decode((struct att_slice){
			    (uint8_t *)text, 8 }, &d, &e);
			ck_assert_msg((r == 0) == (both || c == '-' ||
				c == '_'), "%u", c);
		}
}
END_TEST

START_TEST(base64url_has_no_padding)
{
	static const uint8_t raw[] = { 0xfb, 0xff };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(9);
	AUTO_DONE(att_buf_done) struct att_buf d = ATT_BUF(9);

	att_base64url_put(&b, (struct att_slice){ raw, 2 });
	ck_assert(att_slice_is(att_buf_view(&b), "-_8"));
	ok(att_base64url_decode(S("-_8"), &d, err));
	ck_assert(d.len == 2 && memcmp(d.data, raw, 2) == 0);
	ck_assert(att_base64url_decode(S("-_8="), &d, NULL) == ATT_E_FORMAT);
	ck_assert(att_base64url_decode(S("A"), &d, NULL) == ATT_E_FORMAT);
}
END_TEST

START_TEST(digest_known_answers)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	char hex[ATT_DIGEST_HEX_MAX];
	struct att_digest a, b;

	/* FIPS 180-2, B.1 */
	ok(att_hasher_two(h, ATT_ALG_SHA256, S("a"), S("bc"), &a, err));
	ck_assert_str_eq(att_digest_hex(&a, hex),
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	ok(att_digest_of(ATT_ALG_SHA256, S("abc"), &b, err));
	ck_assert(att_digest_equal(&a, &b));
	for (size_t i = 0; i < ATT_BANKS_MAX; i++) {
		uint16_t alg = att_alg_at(i);

		ok(att_hasher_one(h, alg, S(""), &a, err));
		ck_assert(a.len == att_alg_size(alg));
		ck_assert(att_alg_by_name(att_alg_name(alg)) == alg);
		ck_assert(att_alg_index(alg) == (int)i);
	}
	fails(att_hasher_one(h, 0x10, S(""), &a, err), ATT_E_UNSUPPORTED,
	    "0x0010");
	fails(att_digest_from(ATT_ALG_SHA1, S("short"), &a, err),
	    ATT_E_FORMAT, "must be 20");
	ck_assert_str_eq(att_alg_name(ATT_ALG_SM3), "sm3");
	ck_assert(att_alg_by_name("sm3_256") == ATT_ALG_SM3);
	ck_assert(att_alg_by_name("md5") == 0 && att_alg_at(99) == 0);
}
END_TEST

static void
text_is(struct att_slice in, bool utf16, const char *want)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);

	(utf16 ? att_text_put_utf16le : att_text_put)(&b, in);
	ck_assert_msg(att_slice_is(att_buf_view(&b), want), "%.*s != %s",
	    (int)b.len, (char *)b.data, want);
	ck_assert(utf16 || att_text_is_clean(in) == att_slice_is(in, want));
}

/* The paths of EFI stay readable; all else is as in att_text_put. */
START_TEST(text_path_keeps_backslashes)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(256);

	att_text_put_path(&b, S("\\EFI\\a\033[2J"));
	ck_assert(att_slice_is(att_buf_view(&b), "\\EFI\\a\\x1b[2J"));
	att_buf_reset(&b);
	att_text_put_path_utf16le(&b, (struct att_slice){
	    (const uint8_t *)"\\\0a\0\x1b\0\\", 7 });
	ck_assert(att_slice_is(att_buf_view(&b), "\\a\\x1b\\x00\\x5c"));
}
END_TEST

START_TEST(text_is_utf8)
{
	static const char *const bad[] = { "\xff", "a\xc3", "\x80",
		"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
		"\xe2\x82" };

	ck_assert(att_text_is_utf8(S("")));
	ck_assert(att_text_is_utf8(S("\x1b[2J\n\xc2\x9b\xe2\x80\xae")));
	ck_assert(att_text_is_utf8(S("\xf0\x9f\x98\x80")));
	for (size_t i = 0; i < ATT_COUNT(bad); i++)
		ck_assert_msg(!att_text_is_utf8(S(bad[i])), "%zu", i);
}
END_TEST

START_TEST(text_cannot_move_a_terminal)
{
	text_is(S("plain \xc3\xa9 \xf0\x9f\x98\x80"), false,
	    "plain \xc3\xa9 \xf0\x9f\x98\x80");
	text_is(S("\x1b[2J\r\n\x7f"), false, "\\x1b[2J\\x0d\\x0a\\x7f");
	/* C1 CSI, right-to-left override, overlong, surrogate, cut short */
	text_is(S("\xc2\x9b"), false, "\\xc2\\x9b");
	text_is(S("\xe2\x80\xae"), false, "\\xe2\\x80\\xae");
	text_is(S("\xc0\x80\xed\xa0\x80\xe2\x82"), false,
	    "\\xc0\\x80\\xed\\xa0\\x80\\xe2\\x82");
	text_is(S("a\\b"), false, "a\\x5cb");
	text_is((struct att_slice){ (const uint8_t *)"B\0\x3d\xd8\x00\xde\0",
		    7 },
	    true, "B\xf0\x9f\x98\x80\\x00");
	text_is((struct att_slice){ (const uint8_t *)"\x1b\0\x00\xd8", 4 },
	    true, "\\x1b\\x00\\x00\\xd8");
}
END_TEST

START_TEST(file_round_trip_and_limits)
{
	char dir[] = "/tmp/att-base-XXXXXX";
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(5);
	AUTO(free) char *path = NULL;

	ck_assert(mkdtemp(dir) != NULL);
	path = att_path_join(dir, "f");
	fails(att_file_read(path, &b, err), ATT_E_NOT_FOUND, path);
	ok(att_file_write(path, S("12345"), 0644, err));
	ok(att_file_read(path, &b, err));
	ck_assert(att_slice_is(att_buf_view(&b), "12345"));
	fails(att_file_read_secret(path, &b, err), ATT_E_DENIED, "0644");
	ok(att_file_write(path, S("123456"), 0600, err));
	att_buf_reset(&b);
	fails(att_file_read(path, &b, err), ATT_E_LIMIT, "5 bytes");
	att_buf_reset(&b);
	fails(att_file_read(dir, &b, err), ATT_E_SYS, "directory");
	ck_assert(unlink(path) == 0 && rmdir(dir) == 0);
	/* nothing is left in the directory, and it is gone */
	fails(att_file_write(path, S("x"), 0600, err), ATT_E_SYS, path);
}
END_TEST

/* The name of the one file in it that is being written; NULL: there is none. */
static char *
half_written(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char *found = NULL;

	ck_assert(d != NULL);
	while ((e = readdir(d)) != NULL)
		if (strstr(e->d_name, "f.new-") == e->d_name) {
			ck_assert_ptr_null(found);
			found = att_path_join(dir, e->d_name);
		}
	(void)closedir(d);
	return found;
}

/* Written by one byte more than it may, which the kernel kills it for. */
static void
killed_while_it_writes(const char *path)
{
	const struct rlimit one = { 1, 1 };
	pid_t pid = forked();
	int status;

	if (pid == 0) {
		(void)signal(SIGXFSZ, SIG_DFL);
		if (setrlimit(RLIMIT_FSIZE, &one) == 0)
			(void)!att_file_write(path, S("new"), 0600, NULL);
		_exit(0);
	}
	ck_assert(waitpid(pid, &status, 0) == pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
}

START_TEST(what_the_killed_leave_is_swept)
{
	struct timespec at[2] = { { .tv_sec = time(NULL) - 3600 },
		{ .tv_sec = time(NULL) - 3600 } };
	char dir[] = "/tmp/att-base-XXXXXX";
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(5);
	AUTO(free) char *path = NULL;

	ck_assert(mkdtemp(dir) != NULL);
	path = att_path_join(dir, "f");
	ok(att_file_write(path, S("old"), 0600, err));
	for (int i = 0; i < 2; i++) {
		AUTO(free) char *half = NULL;
		AUTO(free) char *copy = att_path_join(dir, "f.backup");

		killed_while_it_writes(path);
		half = half_written(dir);
		ck_assert_ptr_nonnull(half);
		/* whoever writes now may not be dead */
		att_dir_sweep(dir);
		ck_assert(utimensat(AT_FDCWD, half, at, 0) == 0);
		ok(att_file_write(copy, S("old"), 0600, err));
		ck_assert(utimensat(AT_FDCWD, copy, at, 0) == 0);
		att_dir_sweep(dir);
		ck_assert_ptr_null(half_written(dir));
		ck_assert(unlink(copy) == 0);
		/* nor is a clock that was set a reason to keep it */
		at[0].tv_sec = at[1].tv_sec = time(NULL) + 3600;
	}
	ok(att_file_read(path, &b, err));
	ck_assert(att_slice_is(att_buf_view(&b), "old"));
	ck_assert(unlink(path) == 0 && rmdir(dir) == 0);
	att_dir_sweep(dir);
}
END_TEST

/* systemd shows the access list of a credential as group bits: 0440. */
START_TEST(secrets_that_are_credentials)
{
	static const char *const bad[] = { "credential:", "credential:.",
		"credential:..", "credential:a/b", "credential:/a",
		"credential:a:b", "credentials:a", "a" };
	char dir[] = "/tmp/att-base-XXXXXX", name[300];
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(64);
	AUTO(free) char *path = NULL;

	ck_assert(mkdtemp(dir) != NULL);
	path = att_path_join(dir, "key");
	for (size_t i = 0; i < ATT_COUNT(bad); i++)
		ck_assert(!att_file_is_credential(bad[i]));
	ck_assert(att_file_is_credential("credential:tpm.key-1"));
	memset(name, 'a', sizeof(name));
	memcpy(name, "credential:", 11);
	name[11 + 255] = '\0';
	ck_assert(att_file_is_credential(name));
	name[11 + 255] = 'a';
	name[11 + 256] = '\0';
	ck_assert(!att_file_is_credential(name));
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	fails(att_file_read_secret("credential:key", &b, err), ATT_E_SYS,
	    "credential:key: no credentials were passed");
	ck_assert(setenv("CREDENTIALS_DIRECTORY", "tmp", 1) == 0);
	fails(att_file_read_secret("credential:key", &b, err), ATT_E_SYS,
	    "no credentials were passed");
	ck_assert(setenv("CREDENTIALS_DIRECTORY", dir, 1) == 0);
	fails(att_file_read_secret("credential:key", &b, err), ATT_E_SYS,
	    path);
	ok(att_file_write(path, S("value"), 0440, err));
	ok(att_file_read_secret("credential:key", &b, err));
	ck_assert(att_slice_is(att_buf_view(&b), "value"));
	/* named as a file it is one like others */
	fails(att_file_read_secret(path, &b, err), ATT_E_DENIED, "0600");
	ok(att_file_write(path, S("value"), 0444, err));
	fails(att_file_read_secret("credential:key", &b, err), ATT_E_DENIED,
	    "0660");
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	ck_assert(unlink(path) == 0 && rmdir(dir) == 0);
}
END_TEST

/* As root, a device would be gone for everybody. */
START_TEST(file_that_is_none_is_not_replaced)
{
	char dir[] = "/tmp/att-base-XXXXXX", got[8] = "";
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(64);
	AUTO(free) char *file = NULL;
	AUTO(free) char *link = NULL;
	AUTO(free) char *fifo = NULL;
	struct stat st;
	int fd;

	ck_assert(mkdtemp(dir) != NULL);
	file = att_path_join(dir, "file");
	link = att_path_join(dir, "link");
	fifo = att_path_join(dir, "fifo");
	ok(att_file_put(file, S("first, and longer"), 0600, err));
	ck_assert(symlink("file", link) == 0 && mkfifo(fifo, 0600) == 0);
	fd = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert(fd >= 0);

	fails(att_file_write(fifo, S("x"), 0600, err), ATT_E_DENIED, fifo);
	fails(att_file_write(link, S("x"), 0600, err), ATT_E_DENIED, link);
	fails(att_file_write(dir, S("x"), 0600, err), ATT_E_DENIED, dir);
	ok(att_file_put(fifo, S("pipe"), 0600, err));
	ck_assert(read(fd, got, sizeof(got)) == 4 && strcmp(got, "pipe") == 0);
	ok(att_file_put(link, S("second"), 0600, err));
	ok(att_file_read(file, &b, err));
	ck_assert(att_slice_is(att_buf_view(&b), "second"));
	fails(att_file_put(dir, S("x"), 0600, err), ATT_E_SYS, dir);
	ck_assert(lstat(fifo, &st) == 0 && S_ISFIFO(st.st_mode));
	ck_assert(lstat(link, &st) == 0 && S_ISLNK(st.st_mode));

	ck_assert(close(fd) == 0 && unlink(fifo) == 0 && unlink(link) == 0 &&
	    unlink(file) == 0 && rmdir(dir) == 0);
}
END_TEST

/* Whoever can write there may have put anything there. */
START_TEST(what_is_kept_is_a_file)
{
	char dir[] = "/tmp/att-base-XXXXXX";
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(64);
	AUTO(free) char *file = NULL;
	AUTO(free) char *link = NULL;
	AUTO(free) char *fifo = NULL;

	ck_assert(mkdtemp(dir) != NULL);
	file = att_path_join(dir, "file");
	link = att_path_join(dir, "link");
	fifo = att_path_join(dir, "fifo");
	fails(att_file_read_kept(file, &b, err), ATT_E_NOT_FOUND, file);
	ok(att_file_put(file, S("kept"), 0600, err));
	ck_assert(symlink("file", link) == 0 && mkfifo(fifo, 0600) == 0);

	/* nobody writes to it: whoever waited would do so for ever */
	fails(att_file_read_kept(fifo, &b, err), ATT_E_DENIED, fifo);
	fails(att_file_read_kept(link, &b, err), ATT_E_DENIED, link);
	fails(att_file_read_kept("/dev/null", &b, err), ATT_E_DENIED, "null");
	fails(att_file_read_kept(dir, &b, err), ATT_E_SYS, dir);
	ok(att_file_read_kept(file, &b, err));
	ck_assert(att_slice_is(att_buf_view(&b), "kept"));
	b.len = 0;
	ok(att_file_read(link, &b, err));
	ck_assert(att_slice_is(att_buf_view(&b), "kept"));

	ck_assert(unlink(fifo) == 0 && unlink(link) == 0 &&
	    unlink(file) == 0 && rmdir(dir) == 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("base");
	TCase *t = tcase_create("base");

	tcase_add_test(t, cur_reads_both_orders);
	tcase_add_test(t, cur_short_moves_nothing);
	tcase_add_test(t, cur_child_keeps_offset);
	tcase_add_test(t, buf_limit_sticks);
	tcase_add_test(t, buf_tells_no_memory_from_a_limit);
	tcase_add_test(t, buf_sections_and_numbers);
	tcase_add_test(t, buf_printf_takes_exactly_the_limit);
	tcase_add_test(t, err_text_is_clean_and_cut);
	tcase_add_test(t, err_text_is_masked_as_text);
	tcase_add_test(t, hex_both_ways);
	tcase_add_test(t, base64_is_strict);
	tcase_add_test(t, base64_of_every_length);
	tcase_add_test(t, base64_knows_its_characters);
	tcase_add_test(t, base64url_has_no_padding);
	tcase_add_test(t, digest_known_answers);
	tcase_add_test(t, text_path_keeps_backslashes);
	tcase_add_test(t, text_is_utf8);
	tcase_add_test(t, text_cannot_move_a_terminal);
	tcase_add_test(t, file_round_trip_and_limits);
	tcase_add_test(t, what_the_killed_leave_is_swept);
	tcase_add_test(t, secrets_that_are_credentials);
	tcase_add_test(t, file_that_is_none_is_not_replaced);
	tcase_add_test(t, what_is_kept_is_a_file);
	suite_add_tcase(s, t);
	return run_suite(s);
}
