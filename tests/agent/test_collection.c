/* Logs and the quote over them, while both go on. */
#include "testlib.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "agent/collection.h"
#include "eventlog/userspace.h"
#include "evidence/posture.h"
#include "evidence/tpm_attest.h"
#include "tests/agent/agent.h"
#include "tests/tpm/inject.h"
#include "tests/tpm/verify.h"
#include "tpm/sys.h"

#define URLS                                                                 \
	"registrar_urls: [https://127.0.0.1:1]\n"                            \
	"verifier_urls: [https://127.0.0.1:1]\nmax_log_size: 64K\n"
#define UEFI "tests/vectors/boots/uki/uefi.bin"
#define RECORD "\036{\"pcr\":11}\n"
#define CHALLENGE "sixteen bytes..."

static struct swtpm tpm;
static struct att_tpm *t;
static struct att_tpm_ak *ak;
static struct inject plan;

static const struct att_pcr_select boot[] = { { ATT_ALG_SHA256, 0xffff } };
static const enum att_item both[] = { ATT_ITEM_UEFI_LOG,
	ATT_ITEM_USERSPACE_LOG };

static struct att_quote_order
order(bool bound, size_t items)
{
	return (struct att_quote_order){ .challenge = S(CHALLENGE),
		.select = boot, .select_count = 1, .bound = bound,
		.item = both, .item_count = items };
}

static void
start(void)
{
	AUTO_DONE(att_buf_done) struct att_buf log = ATT_BUF(1 << 20);
	AUTO_DONE(att_buf_done) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	AUTO_DONE(att_tpm_signed_done) struct att_tpm_signed s =
	    ATT_TPM_SIGNED;

	swtpm_start(&tpm);
	node_make(tpm.tcti, URLS);
	node_write("boot_id", S("5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d11\n"));
	ok(att_file_read(UEFI, &log, err));
	node_write("uefi", att_buf_view(&log));
	node_write("user", S(RECORD));
	plan = (struct inject){ 0 };
	ok(att_tpm_open_link("injected", inject_new(swtpm_link(&tpm), &plan),
	    60000, &t, err));
	ok(att_tpm_ak_create(t, ATT_TPM_AK_P256, &blob, &ak, err));
	/* swtpm's first use of a key under DA protection is a TPM_RC_RETRY */
	ok(att_tpm_certify(ak, S(""), &s, err));
}

static void
stop(void)
{
	att_tpm_ak_free(ak);
	att_tpm_free(t);
	ck_assert_uint_eq(swtpm_objects(&tpm), 0);
	swtpm_stop(&tpm);
	node_remove();
}

static void
append_to(const char *name, const char *text)
{
	AUTO(free) char *path = in_node(name);
	AUTO_DONE(att_fd_done) int fd = open(path, O_WRONLY | O_APPEND);

	ck_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static void
append(const char *text)
{
	append_to("user", text);
}

/* Extends, and appends what was extended, as systemd does. */
static void
grow(void *arg ATT_UNUSED)
{
	swtpm_extend(&tpm, 11, "a phase");
	append(RECORD);
}

/* What the TPM signed, and that it did. */
static struct att_attest
signed_by_ak(const struct att_evidence *e)
{
	EVP_PKEY *key = verify_key(att_tpm_ak_public(ak));
	struct att_attest a;

	ck_assert(verify_signature(key, e->attest, e->signature));
	EVP_PKEY_free(key);
	ok(att_attest_parse(e->attest, &a, err));
	ck_assert(a.type == ATT_ATTEST_QUOTE);
	return a;
}

/* As a verifier computes it: from the bytes that came, in its own order. */
static void
check_bound(const struct att_evidence *e, size_t items)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_attest a = signed_by_ak(e);
	struct att_digest want;

	ok(att_evidence_binding(e, h, S(CHALLENGE), both, items, &want, err));
	ck_assert(att_slice_equal(a.extra_data, att_digest_view(&want)));
}

START_TEST(whole_evidence)
{
	AUTO_DONE(att_collection_done) struct att_collection c = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf file = ATT_BUF(ATT_BUNDLE_MAX);
	AUTO_DONE(att_buf_done) struct att_buf log = ATT_BUF(1 << 20);
	AUTO(att_bundle_free) struct att_bundle *b = NULL;
	const struct att_quote_order o = order(true, 2);
	const struct att_evidence *e;

	ok(att_collection_read(&config, &c, err));
	ck_assert_int_eq(c.entries[ATT_ITEM_UEFI_LOG], 45);
	ck_assert_int_eq(c.entries[ATT_ITEM_USERSPACE_LOG], 1);
	ok(att_collection_quote(&c, &config, ak, &o, err));
	check_bound(&c.evidence, 2);
	ck_assert_str_eq(c.warning, "");
	ok(att_evidence_encode(&c.evidence, &file, err));
	ok(att_bundle_parse(att_buf_view(&file), &b, err));
	e = att_bundle_evidence(b);
	check_bound(e, 2);
	ok(att_file_read(UEFI, &log, err));
	ck_assert(att_slice_equal(e->item[ATT_ITEM_UEFI_LOG].bytes,
	    att_buf_view(&log)));
	ck_assert(att_slice_is(e->item[ATT_ITEM_USERSPACE_LOG].bytes,
	    RECORD));
	ck_assert(e->item[ATT_ITEM_IMA_LOG].state == ATT_ITEM_ABSENT);
	ck_assert_str_eq(e->boot_id, "5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d11");
	ck_assert(e->ak_public.len + 2 == att_tpm_ak_public(ak).len);
	ck_assert(e->collected_at > 0 && e->bound && e->bound_count == 2);
}
END_TEST

/* It is read with the rest, and the quote signs the bytes that go along. */
START_TEST(the_posture_goes_along)
{
	static const enum att_item item[] = { ATT_ITEM_PLATFORM_POSTURE };
	AUTO_DONE(att_collection_done) struct att_collection c = { 0 };
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO(att_posture_free) struct att_posture *p = NULL;
	struct att_quote_order o = order(true, 1);
	struct att_digest want;

	o.item = item;
	ok(att_collection_read(&config, &c, err));
	ck_assert_int_eq(c.entries[ATT_ITEM_PLATFORM_POSTURE], 1);
	ok(att_collection_quote(&c, &config, ak, &o, err));
	ok(att_posture_parse(c.evidence.item[item[0]].bytes, &p, err));
	ck_assert_ptr_nonnull(att_posture_find(p, "kernel.release"));
	ok(att_evidence_binding(&c.evidence, h, S(CHALLENGE), item, 1, &want,
	    err));
	ck_assert(att_slice_equal(signed_by_ak(&c.evidence).extra_data,
	    att_digest_view(&want)));
}
END_TEST

START_TEST(the_posture_stays_at_home)
{
	AUTO_DONE(att_collection_done) struct att_collection c = { 0 };

	config.posture = false;
	ok(att_collection_read(&config, &c, err));
	config.posture = true;
	ck_assert_int_eq(c.evidence.item[ATT_ITEM_PLATFORM_POSTURE].state,
	    ATT_ITEM_ABSENT);
}
END_TEST

START_TEST(not_bound_is_the_challenge_itself)
{
	AUTO_DONE(att_collection_done) struct att_collection c = { 0 };
	const struct att_quote_order o = order(false, 2);

	ok(att_collection_read(&config, &c, err));
	ok(att_collection_quote(&c, &config, ak, &o, err));
	ck_assert(att_slice_is(signed_by_ak(&c.evidence).extra_data,
	    CHALLENGE));
	ck_assert(!c.evidence.bound && c.evidence.bound_count == 0);
}
END_TEST

/* An extend between reading the log and quoting. */
START_TEST(a_log_that_grows_is_quoted_again)
{
	AUTO_DONE(att_collection_done) struct att_collection c = { 0 };
	const struct att_quote_order o = order(true, 2);

	ok(att_collection_read(&config, &c, err));
	plan = (struct inject){ .command = TPM2_CC_Quote, .times = 1,
		.before = grow };
	ok(att_collection_quote(&c, &config, ak, &o, err));
	/* lib/tpm sees the extend too, and quotes again by itself */
	ck_assert_uint_eq(plan.seen, 3);
	check_bound(&c.evidence, 2);
	ck_assert(att_slice_is(c.evidence.item[ATT_ITEM_USERSPACE_LOG].bytes,
	    RECORD RECORD));
}
END_TEST

/* The log may be ahead of a quote that is not bound, and must not be behind. */
START_TEST(without_binding_the_newer_log_goes_along)
{
	AUTO_DONE(att_collection_done) struct att_collection c = { 0 };
	const struct att_quote_order o = order(false, 2);

	ok(att_collection_read(&config, &c, err));
	plan = (struct inject){ .command = TPM2_CC_Quote, .times = 1,
		.before = grow };
	ok(att_collection_quote(&c, &config, ak, &o, err));
	ck_assert_uint_eq(plan.seen, 2);
	ck_assert(att_slice_is(c.evidence.item[ATT_ITEM_USERSPACE_LOG].bytes,
	    RECORD RECORD));
}
END_TEST

static void
grow_only_the_log(void *arg ATT_UNUSED)
{
	append(RECORD);
}

START_TEST(a_log_that_never_stops_is_given_up)
{
	AUTO_DONE(att_collection_done) struct att_collection c = { 0 };
	const struct att_quote_order o = order(true, 2);
	const struct att_quote_order less = order(true, 1);

	ok(att_collection_read(&config, &c, err));
	plan = (struct inject){ .command = TPM2_CC_Quote, .times = 99,
		.before = grow_only_the_log };
	fails(att_collection_quote(&c, &config, ak, &o, err), ATT_E_BUSY,
	    "grew");
	ck_assert_uint_eq(plan.seen, ATT_COLLECT_TRIES);
	/* one that nobody asked for does not matter */
	plan.seen = 0;
	ok(att_collection_quote(&c, &config, ak, &less, err));
	ck_assert_uint_eq(plan.seen, 1);
	check_bound(&c.evidence, 1);
}
END_TEST

static void
lose_the_log(void *arg ATT_UNUSED)
{
	AUTO(free) char *path = in_node("user");

	ck_assert(unlink(path) == 0 && mkdir(path, 0700) == 0);
}

/* What cannot be read any more must not look empty. */
START_TEST(a_log_that_goes_away_is_no_empty_one)
{
	AUTO_DONE(att_collection_done) struct att_collection c = { 0 };
	const struct att_quote_order o = order(true, 2);

	ok(att_collection_read(&config, &c, err));
	plan = (struct inject){ .command = TPM2_CC_Quote, .times = 1,
		.before = lose_the_log };
	fails(att_collection_quote(&c, &config, ak, &o, err), ATT_E_SYS,
	    "user");
	ck_assert(c.evidence.item[ATT_ITEM_USERSPACE_LOG].state ==
	    ATT_ITEM_UNREADABLE);
	fails(att_collection_quote(&c, &config, ak, &o, err),
	    ATT_E_NOT_FOUND, "userspace_log");
}
END_TEST

START_TEST(logs_that_are_not_there_or_not_readable)
{
	AUTO_DONE(att_collection_done) struct att_collection c = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf big = ATT_BUF(1 << 20);
	AUTO(free) char *user = in_node("user");
	AUTO(free) char *uefi = in_node("uefi");
	const struct att_evidence_item *item = c.evidence.item;
	const struct att_quote_order o = order(true, 2);

	ck_assert(unlink(user) == 0 && unlink(uefi) == 0);
	ok(att_collection_read(&config, &c, err));
	ck_assert(item[ATT_ITEM_UEFI_LOG].state == ATT_ITEM_ABSENT);
	ck_assert(item[ATT_ITEM_USERSPACE_LOG].state == ATT_ITEM_ABSENT);
	fails(att_collection_quote(&c, &config, ak, &o, err),
	    ATT_E_NOT_FOUND, "uefi_log");

	ck_assert(mkdir(user, 0700) == 0 && mkdir(uefi, 0700) == 0);
	ok(att_collection_read(&config, &c, err));
	ck_assert(item[ATT_ITEM_UEFI_LOG].state == ATT_ITEM_UNREADABLE);
	ck_assert(item[ATT_ITEM_USERSPACE_LOG].state == ATT_ITEM_UNREADABLE);
	ck_assert(strstr(item[ATT_ITEM_UEFI_LOG].reason, "directory") !=
	    NULL);
	ck_assert(rmdir(user) == 0 && rmdir(uefi) == 0);

	/* at the cap, and one byte above; empty is read, and empty */
	att_buf_fill(&big, 0xff, 64 << 10);
	node_write("uefi", att_buf_view(&big));
	node_write("user", S(""));
	ok(att_collection_read(&config, &c, err));
	ck_assert(item[ATT_ITEM_UEFI_LOG].state == ATT_ITEM_PRESENT);
	ck_assert(item[ATT_ITEM_USERSPACE_LOG].state == ATT_ITEM_PRESENT);
	ck_assert(item[ATT_ITEM_USERSPACE_LOG].bytes.len == 0);
	ck_assert_int_eq(c.entries[ATT_ITEM_UEFI_LOG], 0);
	att_buf_u8(&big, 0);
	node_write("uefi", att_buf_view(&big));
	ok(att_collection_read(&config, &c, err));
	ck_assert(item[ATT_ITEM_UEFI_LOG].state == ATT_ITEM_UNREADABLE);
	ck_assert(strstr(item[ATT_ITEM_UEFI_LOG].reason, "65536") != NULL);
}
END_TEST

/* The writer's lock is waited for: half a record is never read. */
START_TEST(a_writer_is_waited_for)
{
	AUTO_DONE(att_collection_done) struct att_collection c = { 0 };
	AUTO(free) char *path = in_node("user");
	int ready[2], status;
	char byte;
	pid_t pid;

	ck_assert(pipe(ready) == 0 && (pid = fork()) >= 0);
	if (pid == 0) {
		int fd = open(path, O_RDWR);

		append("\036{\"pcr\":");
		if (flock(fd, LOCK_EX) < 0 || fchmod(fd, 01600) < 0 ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		(void)usleep(200000);
		append("12}\n");
		_exit(fchmod(fd, 0600) == 0 ? 0 : 1);
	}
	ck_assert(read(ready[0], &byte, 1) == 1);
	ok(att_collection_read(&config, &c, err));
	ck_assert(att_slice_is(c.evidence.item[ATT_ITEM_USERSPACE_LOG].bytes,
	    RECORD "\036{\"pcr\":12}\n"));
	ck_assert_str_eq(c.warning, "");
	ck_assert(waitpid(pid, &status, 0) == pid && status == 0);
}
END_TEST

START_TEST(a_writer_that_died_is_told_of)
{
	AUTO_DONE(att_collection_done) struct att_collection c = { 0 };
	AUTO(free) char *path = in_node("user");

	ck_assert(chmod(path, 01600) == 0);
	ok(att_collection_read(&config, &c, err));
	ck_assert(strstr(c.warning, "cut off") != NULL);
	ck_assert(c.evidence.item[ATT_ITEM_USERSPACE_LOG].state ==
	    ATT_ITEM_PRESENT);
}
END_TEST

/* -- IMA's list ------------------------------------------------------------ */

static const enum att_item with_ima[] = { ATT_ITEM_UEFI_LOG,
	ATT_ITEM_IMA_LOG, ATT_ITEM_USERSPACE_LOG };
#define IMA "tests/vectors/boots/uki/ima.txt"
#define LINES 300	/* of it, which max_log_size leaves room for */
#define LINE "10 0000000000000000000000000000000000000000 ima-ng "            \
	     "sha1:0000000000000000000000000000000000000000 /late\n"

static struct att_quote_order
ima_order(int64_t offset)
{
	return (struct att_quote_order){ .challenge = S(CHALLENGE),
		.select = boot, .select_count = 1, .bound = true,
		.item = with_ima, .item_count = 3, .ima_offset = offset };
}

static void
give_ima(struct att_buf *log)
{
	size_t at = 0;

	*log = ATT_BUF(1 << 20);
	ok(att_file_read(IMA, log, err));
	for (int n = 0; n < LINES; at++)
		n += log->data[at] == '\n';
	log->len = at;
	node_write("ima", att_buf_view(log));
}

static void
measure_more(void *arg ATT_UNUSED)
{
	swtpm_extend(&tpm, 10, "a file");
	append_to("ima", LINE);
}

/* It may grow all the time, is read after the quote, and only in part. */
START_TEST(a_list_that_grows_is_no_reason_to_begin_again)
{
	AUTO_DONE(att_collection_done) struct att_collection c = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf log = ATT_BUF(0);
	const struct att_quote_order o = ima_order(LINES - 2);
	struct att_slice *sent = &c.evidence.item[ATT_ITEM_IMA_LOG].bytes;
	const char *tail;

	give_ima(&log);
	ok(att_collection_read(&config, &c, err));
	ck_assert_int_eq(c.entries[ATT_ITEM_IMA_LOG], LINES);
	plan = (struct inject){ .command = TPM2_CC_Quote, .times = 2,
		.before = measure_more };
	ok(att_collection_quote(&c, &config, ak, &o, err));
	/* lib/tpm sees the extends, and quotes again by itself; no more */
	ck_assert_uint_eq(plan.seen, 3);
	check_bound(&c.evidence, 2);
	/* the last two lines, with what came while it was quoted */
	tail = memmem(sent->data, sent->len, LINE, strlen(LINE));
	ck_assert_ptr_nonnull(tail);
	ck_assert_uint_lt(sent->len, log.len / 10);
	ck_assert(memcmp(sent->data, "10 ", 3) == 0);
	ck_assert_uint_gt((size_t)(tail - (const char *)sent->data), 100);
	plan.times = 0;
	ok(att_collection_read(&config, &c, err));
	ck_assert_int_gt(c.entries[ATT_ITEM_IMA_LOG], LINES);
}
END_TEST

START_TEST(offsets_of_a_list)
{
	AUTO_DONE(att_buf_done) struct att_buf log = ATT_BUF(0);

	give_ima(&log);
	for (int64_t at = 0; at <= LINES; at += LINES / 2) {
		AUTO_DONE(att_collection_done) struct att_collection c = {
			0 };
		const struct att_quote_order o = ima_order(at);
		const struct att_evidence_item *i =
		    &c.evidence.item[ATT_ITEM_IMA_LOG];
		int64_t n = 0;

		ok(att_collection_read(&config, &c, err));
		ok(att_collection_quote(&c, &config, ak, &o, err));
		ck_assert(i->state == ATT_ITEM_PRESENT);
		for (size_t k = 0; k < i->bytes.len; k++)
			n += i->bytes.data[k] == '\n';
		ck_assert_int_eq(n, LINES - at);
	}
}
END_TEST

START_TEST(a_list_that_nobody_wants_is_not_kept)
{
	AUTO_DONE(att_collection_done) struct att_collection c = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf log = ATT_BUF(0);
	const struct att_quote_order o = order(true, 2);

	give_ima(&log);
	ok(att_collection_read(&config, &c, err));
	ok(att_collection_quote(&c, &config, ak, &o, err));
	ck_assert(c.evidence.item[ATT_ITEM_IMA_LOG].state ==
	    ATT_ITEM_ABSENT);
	ck_assert_uint_eq(c.item[ATT_ITEM_IMA_LOG].len, 0);
}
END_TEST

static void
trim(void *arg ATT_UNUSED)
{
	node_write("ima", S(LINE));
}

START_TEST(a_list_that_is_trimmed_meanwhile)
{
	AUTO_DONE(att_collection_done) struct att_collection c = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf log = ATT_BUF(0);
	const struct att_quote_order o = ima_order(3);

	give_ima(&log);
	ok(att_collection_read(&config, &c, err));
	plan = (struct inject){ .command = TPM2_CC_Quote, .times = 1,
		.before = trim };
	fails(att_collection_quote(&c, &config, ak, &o, err), ATT_E_BUSY,
	    "trimmed");
}
END_TEST

/* The first entry goes, and the list is no shorter than it was. */
static void
trim_the_front(void *arg)
{
	const struct att_buf *log = arg;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	const uint8_t *end = memchr(log->data, '\n', log->len);

	ck_assert_ptr_nonnull(end);
	att_buf_slice(&b, (struct att_slice){ end + 1,
	    log->len - (size_t)(end + 1 - log->data) });
	for (int i = 0; i < 3; i++)
		att_buf_str(&b, LINE);
	ck_assert_uint_gt(b.len, log->len);
	node_write("ima", att_buf_view(&b));
}

START_TEST(a_list_that_moved)
{
	AUTO_DONE(att_collection_done) struct att_collection c = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf log = ATT_BUF(0);
	const struct att_quote_order o = ima_order(3);

	give_ima(&log);
	ok(att_collection_read(&config, &c, err));
	plan = (struct inject){ .command = TPM2_CC_Quote, .times = 1,
		.before = trim_the_front, .arg = &log };
	fails(att_collection_quote(&c, &config, ak, &o, err), ATT_E_BUSY,
	    "trimmed");
	ck_assert_int_eq(c.evidence.item[ATT_ITEM_IMA_LOG].state,
	    ATT_ITEM_UNREADABLE);
}
END_TEST

START_TEST(lists_that_cannot_be_sent)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *word;
	} bad[] = {
		{ "\x0a\0\0\0", 4, "no text" },
		{ "10 \xff\n", 5, "no text" },
		{ "10 a\n10 b", 9, "cut off" },
	};

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		AUTO_DONE(att_collection_done) struct att_collection c = {
			0 };
		const struct att_evidence_item *item =
		    &c.evidence.item[ATT_ITEM_IMA_LOG];

		node_write("ima", (struct att_slice){
		    (const uint8_t *)bad[i].bytes, bad[i].len });
		ok(att_collection_read(&config, &c, err));
		ck_assert(item->state == ATT_ITEM_UNREADABLE);
		ck_assert_ptr_nonnull(strstr(item->reason, bad[i].word));
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("collection");
	TCase *tc = tcase_create("collection");

	tcase_add_unchecked_fixture(tc, swtpm_manufacture, NULL);
	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, whole_evidence);
	tcase_add_test(tc, the_posture_goes_along);
	tcase_add_test(tc, the_posture_stays_at_home);
	tcase_add_test(tc, not_bound_is_the_challenge_itself);
	tcase_add_test(tc, a_log_that_grows_is_quoted_again);
	tcase_add_test(tc, without_binding_the_newer_log_goes_along);
	tcase_add_test(tc, a_log_that_never_stops_is_given_up);
	tcase_add_test(tc, a_log_that_goes_away_is_no_empty_one);
	tcase_add_test(tc, logs_that_are_not_there_or_not_readable);
	tcase_add_test(tc, a_writer_is_waited_for);
	tcase_add_test(tc, a_writer_that_died_is_told_of);
	tcase_add_test(tc, a_list_that_grows_is_no_reason_to_begin_again);
	tcase_add_test(tc, offsets_of_a_list);
	tcase_add_test(tc, a_list_that_nobody_wants_is_not_kept);
	tcase_add_test(tc, a_list_that_is_trimmed_meanwhile);
	tcase_add_test(tc, a_list_that_moved);
	tcase_add_test(tc, lists_that_cannot_be_sent);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
