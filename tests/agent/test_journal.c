/*
 * Messages with ids: what of a round is one, what they carry, and that each is
 * explained in the catalogue.
 */
#include "testlib.h"

#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "agent/journal.h"
#include "agent/news.h"
#include "base/file.h"

#define CATALOG "systemd/attestd.catalog"
#define SENT_MAX 8

/* -- the journal, instead of which this is called ------------------------- */

static struct att_buf sent[SENT_MAX];	/* fields, each with a line end */
static size_t sent_count;
static int answer;

int __wrap_sd_journal_sendv(const struct iovec *iov, int n);

int
__wrap_sd_journal_sendv(const struct iovec *iov, int n)
{
	struct att_buf *b = &sent[sent_count];

	ck_assert_uint_lt(sent_count, SENT_MAX);
	*b = ATT_BUF(1 << 16);
	att_buf_u8(b, '\n');
	for (int i = 0; i < n; i++) {
		att_buf_bytes(b, iov[i].iov_base, iov[i].iov_len);
		att_buf_u8(b, '\n');
	}
	att_buf_u8(b, 0);
	sent_count++;
	return answer;
}

static void
forget(void)
{
	while (sent_count > 0)
		att_buf_done(&sent[--sent_count]);
}

/* Standard error is the journal from now on. */
static void
setup(void)
{
	struct stat st;
	char text[64];

	ck_assert_int_eq(fstat(2, &st), 0);
	snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	ck_assert_int_eq(setenv("JOURNAL_STREAM", text, 1), 0);
	att_log_open("test", ATT_LOG_INFO);
	answer = 0;
}

static bool
has(size_t i, const char *line)
{
	AUTO(free) char *whole = NULL;

	ck_assert(asprintf(&whole, "\n%s\n", line) > 0);
	return i < sent_count && strstr((char *)sent[i].data, whole) != NULL;
}

/* This message, with this field. */
static void
is_sent(size_t i, enum att_message m, const char *line)
{
	AUTO(free) char *id = NULL;

	ck_assert(asprintf(&id, "MESSAGE_ID=%s", att_message_id(m)) > 0);
	ck_assert_msg(i < sent_count, "%zu messages", sent_count);
	ck_assert_msg(has(i, id) && has(i, line), "%s and %s not in%s", id,
	    line, (char *)sent[i].data);
}

START_TEST(fields)
{
	const char *const f[ATT_FIELD_COUNT] = {
		[ATT_FIELD_NODE] = "node-7", [ATT_FIELD_VERDICT] = "",
		[ATT_FIELD_REASON] = "why" };

	att_journal(ATT_MESSAGE_FAIL, f, "%s: %d", "line", 7);
	ck_assert_uint_eq(sent_count, 1);
	is_sent(0, ATT_MESSAGE_FAIL, "MESSAGE=line: 7");
	ck_assert(has(0, "PRIORITY=3") && has(0, "ATTESTD_NODE=node-7") &&
	    has(0, "ATTESTD_REASON=why"));
	ck_assert(strstr((char *)sent[0].data, "VERDICT") == NULL);
	/* what is not wanted is not said */
	att_log_open("test", ATT_LOG_ERR);
	att_journal(ATT_MESSAGE_PASS, f, "line");
	ck_assert_uint_eq(sent_count, 1);
	/* where standard error is something else it is a line as others */
	att_log_open("test", ATT_LOG_INFO);
	ck_assert_int_eq(setenv("JOURNAL_STREAM", "1:1", 1), 0);
	att_journal(ATT_MESSAGE_PASS, f, "a line for standard error");
	ck_assert_uint_eq(sent_count, 1);
	forget();
}
END_TEST

/* -- rounds ---------------------------------------------------------------- */

static struct att_stand
stand(enum att_status status, enum att_outcome o, const char *reason)
{
	struct att_stand s = { .known = true, .status = status };

	snprintf(s.outcome, sizeof(s.outcome), "%s", att_outcome_name(o));
	snprintf(s.reason, sizeof(s.reason), "%s", reason);
	return s;
}

static struct att_round
ended(enum att_outcome o, enum att_standing standing)
{
	struct att_round r = { .outcome = o, .standing = standing,
		.agent_id = "node-7", .server = "https://v", .reason = "why" };

	return r;
}

/* What is told of it: these messages, and no others. */
static void
tells(const struct att_stand *before, const struct att_stand *after,
    const struct att_round *r, enum att_message first, enum att_message then)
{
	forget();
	att_news_tell(before, after, r, false, 60000);
	ck_assert_uint_eq(sent_count, (first != ATT_MESSAGE_COUNT) +
	    (then != ATT_MESSAGE_COUNT));
	if (first != ATT_MESSAGE_COUNT)
		is_sent(0, first, "ATTESTD_NODE=node-7");
	if (then != ATT_MESSAGE_COUNT)
		is_sent(1, then, "ATTESTD_VERIFIER=https://v");
}

START_TEST(what_changes_is_told)
{
	const enum att_message none = ATT_MESSAGE_COUNT;
	const enum att_outcome took = ATT_OUTCOME_ACCEPTED;
	struct att_stand unknown = { .known = false };
	struct att_stand pass = stand(ATT_PASS, took, "");
	struct att_stand fail = stand(ATT_FAIL, took, "one");
	struct att_stand other = stand(ATT_FAIL, took, "two");
	struct att_stand waits = stand(ATT_UNDECIDED, ATT_OUTCOME_WAITING,
	    "why");
	struct att_stand trouble = stand(ATT_UNDECIDED, ATT_OUTCOME_TROUBLE,
	    "why");
	struct att_stand stands = stand(ATT_PASS, ATT_OUTCOME_LATER, "");
	struct att_stand over = stand(ATT_UNDECIDED, ATT_OUTCOME_LATER, "");
	struct att_stand early = stand(ATT_PASS, ATT_OUTCOME_EARLY, "");
	struct att_stand two = stand(ATT_UNDECIDED, ATT_OUTCOME_CONFLICT, "");
	struct att_round passed = ended(took, ATT_STANDING_PASS);
	struct att_round failed = ended(took, ATT_STANDING_FAIL);
	struct att_round waited = ended(ATT_OUTCOME_WAITING, 0);
	struct att_round later = ended(ATT_OUTCOME_LATER, 0);
	struct att_round broken = ended(ATT_OUTCOME_TROUBLE, 0);
	struct att_round soon = ended(ATT_OUTCOME_EARLY, 0);
	struct att_round clash = ended(ATT_OUTCOME_CONFLICT, 0);

	tells(&unknown, &pass, &passed, ATT_MESSAGE_PASS, none);
	ck_assert(has(0, "ATTESTD_VERDICT=pass") &&
	    has(0, "PRIORITY=5") &&
	    has(0, "MESSAGE=pass, by https://v; next in 60 s"));
	tells(&pass, &pass, &passed, none, none);
	tells(&pass, &fail, &failed, ATT_MESSAGE_FAIL, none);
	ck_assert(has(0, "ATTESTD_VERDICT=fail") &&
	    has(0, "ATTESTD_REASON=why"));
	tells(&fail, &fail, &failed, none, none);
	tells(&fail, &other, &failed, ATT_MESSAGE_FAIL, none);
	tells(&other, &pass, &passed, ATT_MESSAGE_PASS, none);
	/* an enrolment, and what came of it */
	tells(&unknown, &waits, &waited, ATT_MESSAGE_WAITING, none);
	ck_assert(has(0, "ATTESTD_VERDICT=undecided") &&
	    has(0, "ATTESTD_OUTCOME=waiting-for-enrolment"));
	tells(&waits, &waits, &waited, none, none);
	tells(&waits, &pass, &passed, ATT_MESSAGE_ENROLLED,
	    ATT_MESSAGE_PASS);
	tells(&waits, &fail, &failed, ATT_MESSAGE_ENROLLED,
	    ATT_MESSAGE_FAIL);
	tells(&waits, &trouble, &broken, ATT_MESSAGE_UNDECIDED, none);
	tells(&trouble, &trouble, &broken, none, none);
	/* what stands on is not told again; that it is over, is */
	tells(&pass, &stands, &later, none, none);
	tells(&stands, &stands, &later, none, none);
	tells(&stands, &over, &later, ATT_MESSAGE_UNDECIDED, none);
	tells(&over, &over, &later, none, none);
	tells(&stands, &pass, &passed, ATT_MESSAGE_PASS, none);
	tells(&pass, &early, &soon, none, none);
	tells(&pass, &two, &clash, ATT_MESSAGE_CONFLICT, none);
	/* who asked for one sees its end, and a pass is nothing to add */
	forget();
	att_news_tell(&fail, &pass, &passed, true, 0);
	ck_assert_uint_eq(sent_count, 0);
	att_news_tell(&pass, &fail, &failed, true, 0);
	is_sent(0, ATT_MESSAGE_FAIL, "MESSAGE=fail, by https://v: why");
	forget();
}
END_TEST

/* -- the catalogue --------------------------------------------------------- */

static bool
is_known(const char *id)
{
	bool known = false;

	for (unsigned m = 0; m < ATT_MESSAGE_COUNT; m++)
		known |= strcmp(att_message_id((enum att_message)m), id) == 0;
	return known;
}

static bool
is_field(const char *name, size_t n)
{
	bool known = false;

	for (unsigned f = 0; f < ATT_FIELD_COUNT; f++) {
		const char *want = att_field_name((enum att_field)f);

		known |= strlen(want) == n && memcmp(want, name, n) == 0;
	}
	return known;
}

static void
check_fields(const char *line)
{
	const char *at = strchr(line, '@');

	while (at != NULL) {
		const char *end = strchr(at + 1, '@');

		ck_assert_msg(end != NULL &&
		    is_field(at + 1, (size_t)(end - at - 1)), "%s", line);
		at = strchr(end + 1, '@');
	}
}

/* One entry, up to the next; what follows its id. */
static void
check_entry(const char *id, char *text)
{
	static const char *const heads[] = { "Subject: ",
		"Defined-By: attestd", "Documentation: man:attest" };
	char *line;
	size_t n = 0, words = 0;

	ck_assert_msg(strlen(id) == 32 &&
	    strspn(id, "0123456789abcdef") == 32 && is_known(id), "%s", id);
	while ((line = strsep(&text, "\n")) != NULL) {
		ck_assert_msg(strlen(line) <= 80, "%s: %s", id, line);
		if (n < ATT_COUNT(heads))
			ck_assert_msg(strncmp(line, heads[n],
			    strlen(heads[n])) == 0, "%s: %s", id, line);
		else if (n == ATT_COUNT(heads))
			ck_assert_msg(line[0] == '\0', "%s: %s", id, line);
		else
			words += line[0] != '\0';
		check_fields(line);
		n++;
	}
	ck_assert_msg(words >= 2, "%s: no text", id);
}

static char *
catalogue(void)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);

	ok(att_file_read(CATALOG, &b, err));
	return att_buf_take_str(&b);
}

/* Each message has one entry, and each entry is of a message. */
START_TEST(every_message_is_explained)
{
	AUTO(free) char *text = catalogue();
	char *at = strstr(text, "\n-- ");
	size_t entries = 0;

	for (unsigned m = 0; m < ATT_MESSAGE_COUNT; m++)
		for (unsigned k = 0; k < m; k++)
			ck_assert_str_ne(att_message_id((enum att_message)m),
			    att_message_id((enum att_message)k));
	while (at != NULL) {
		char *next = strstr(at + 4, "\n-- ");
		char *id = at + 4, *body = strchr(id, '\n');

		ck_assert(body != NULL);
		*body = '\0';
		if (next != NULL)
			*next = '\0';
		ck_assert_msg(strstr(body + 1, id) == NULL, "%s", id);
		check_entry(id, body + 1);
		at = next;
		entries++;
	}
	ck_assert_uint_eq(entries, ATT_MESSAGE_COUNT);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("journal");
	TCase *t = tcase_create("journal");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, fields);
	tcase_add_test(t, what_changes_is_told);
	tcase_add_test(t, every_message_is_explained);
	suite_add_tcase(s, t);
	return run_suite(s);
}
