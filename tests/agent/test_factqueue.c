/* The queue of facts: merged, never dropped; forgotten only when told so. */
#include "tests/agent/agent.h"
#include "tests/protocol/change.h"

#include "agent/factqueue.h"

static struct att_state *state;

static void
setup(void)
{
	snprintf(node_dir, sizeof(node_dir), "/tmp/att-node-XXXXXX");
	ck_assert(mkdtemp(node_dir) != NULL);
	ok(att_state_open(node_dir, 0, &state, err));
}

static void
teardown(void)
{
	att_state_close(state);
	node_remove();
}

static struct att_fact
fact(const char *kind, int64_t count, int64_t at)
{
	struct att_fact f = { .count = count, .first = at, .last = at,
		.boot_id = "5a8f1c9e", .details = "{}" };

	snprintf(f.kind, sizeof(f.kind), "%s", kind);
	return f;
}

static struct att_fact_queue
queue(void)
{
	struct att_fact_queue q;

	ok(att_fact_queue_new(&q, err));
	return q;
}

static void
note(struct att_fact_queue *q, const char *kind, int64_t at)
{
	struct att_fact f = fact(kind, 1, at);

	ok(att_fact_queue_note(q, &f, err));
}

static int64_t
counted(const struct att_fact_queue *q)
{
	int64_t n = 0;

	for (size_t i = 0; i < q->facts.count; i++)
		n += q->facts.fact[i].count;
	return n;
}

/* Facts of `a` and `b`, alternating, until it is full. */
static void
fill(struct att_fact_queue *q, const char *a, const char *b)
{
	for (int64_t i = 0; q->facts.count < ATT_FACT_QUEUE_MAX; i++)
		note(q, i % 2 == 0 ? a : b, 1000 + i);
}

/* -- merging -------------------------------------------------------------- */

START_TEST(names_differ)
{
	struct att_fact_queue a = queue(), b = queue();

	ck_assert_str_ne(a.facts.queue, b.facts.queue);
	ok(att_fact_queue_check(a.facts.queue, err));
	ck_assert_int_eq(a.next, 1);
	ck_assert(!a.saved);
}
END_TEST

START_TEST(in_their_order)
{
	struct att_fact_queue q = queue();

	note(&q, "reboot", 5);
	note(&q, "reboot", 6);
	note(&q, "tpm-reset", 7);
	ck_assert_uint_eq(q.facts.count, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(q.facts.fact[i].seq, (int64_t)i + 1);
	ck_assert_int_eq(q.noted, 3);
	ck_assert_int_eq(q.next, 4);
}
END_TEST

START_TEST(the_oldest_are_merged)
{
	struct att_fact_queue q = queue();
	struct att_fact last = fact("reboot", 5, 9999);

	fill(&q, "reboot", "suspended");
	snprintf(last.details, sizeof(last.details), "{\"a\":1}");
	ok(att_fact_queue_note(&q, &last, err));
	ck_assert_uint_eq(q.facts.count, ATT_FACT_QUEUE_MAX);
	/* the first, a reboot of 1000, went into the third, of 1002 */
	ck_assert_str_eq(q.facts.fact[0].kind, "suspended");
	ck_assert_int_eq(q.facts.fact[0].seq, 2);
	ck_assert_int_eq(q.facts.fact[1].seq, 3);
	ck_assert_int_eq(q.facts.fact[1].count, 2);
	ck_assert_int_eq(q.facts.fact[1].first, 1000);
	ck_assert_int_eq(q.facts.fact[1].last, 1002);
	ck_assert_str_eq(
	    q.facts.fact[ATT_FACT_QUEUE_MAX - 1].details, "{\"a\":1}");
	ck_assert_int_eq(counted(&q), ATT_FACT_QUEUE_MAX + 5);
	ck_assert_int_eq(q.noted, ATT_FACT_QUEUE_MAX + 5);
}
END_TEST

/* For years: the sum stays right and the order as well. */
START_TEST(no_count_is_lost)
{
	static const char *const kinds[] = { "reboot", "tpm-reset",
		"failed-attempts", "clock-jump", "suspended" };
	struct att_fact_queue q = queue();

	for (int64_t i = 0; i < 5000; i++) {
		note(&q, kinds[(i * 7919 % 101) % 5], i);
		ck_assert_int_eq(counted(&q), i + 1);
		ck_assert_int_eq(q.noted, i + 1);
		for (size_t k = 1; k < q.facts.count; k++)
			ck_assert(q.facts.fact[k - 1].seq <
			    q.facts.fact[k].seq);
	}
	ck_assert_uint_eq(q.facts.count, ATT_FACT_QUEUE_MAX);
}
END_TEST

START_TEST(what_was_sent_is_never_merged)
{
	struct att_fact_queue q = queue();
	struct att_facts sent, again;

	fill(&q, "reboot", "suspended");
	ok(att_fact_queue_answer(state, &q, 0, &sent, err));
	ck_assert_uint_eq(sent.count, ATT_FACT_SENT_MAX);
	for (int64_t i = 0; i < 500; i++)
		note(&q, i % 3 == 0 ? "reboot" : "suspended", 5000 + i);
	ok(att_fact_queue_answer(state, &q, 0, &again, err));
	ck_assert_uint_eq(again.count, sent.count);
	ck_assert_mem_eq(again.fact, sent.fact,
	    sent.count * sizeof(sent.fact[0]));
	ck_assert_int_eq(counted(&q), ATT_FACT_QUEUE_MAX + 500);
}
END_TEST

START_TEST(no_room)
{
	struct att_fact_queue q = queue();
	struct att_fact f = fact("reboot", 1, 1);

	for (char c = 'a'; q.facts.count < ATT_FACT_QUEUE_MAX; c++) {
		char kind[3] = { (char)('a' + c % 26), (char)('a' + c / 26) };

		note(&q, kind, 1);
	}
	fails(att_fact_queue_note(&q, &f, err), ATT_E_LIMIT, "reboot");
	ck_assert_int_eq(q.noted, ATT_FACT_QUEUE_MAX);
	/* numbers end, too */
	q = queue();
	q.next = ATT_FACT_NUMBER_MAX + 1;
	fails(att_fact_queue_note(&q, &f, err), ATT_E_LIMIT, "reboot");
}
END_TEST

START_TEST(the_newest_goes_on)
{
	struct att_fact_queue q = queue();
	struct att_fact f = fact("failed-attempts", 1, 77);
	struct att_fact *newest;
	struct att_facts sent;

	ck_assert_ptr_null(att_fact_queue_newest(&q));
	note(&q, "failed-attempts", 70);
	newest = att_fact_queue_newest(&q);
	ck_assert_ptr_nonnull(newest);
	snprintf(f.details, sizeof(f.details), "{\"b\":2}");
	att_fact_queue_again(&q, newest, &f);
	ck_assert_int_eq(newest->count, 2);
	ck_assert_int_eq(newest->first, 70);
	ck_assert_int_eq(newest->last, 77);
	ck_assert_int_eq(newest->seq, 1);
	ck_assert_str_eq(newest->details, "{\"b\":2}");
	ck_assert_int_eq(q.noted, 2);
	/* but not once it is on its way */
	ok(att_fact_queue_answer(state, &q, 0, &sent, err));
	ck_assert_ptr_null(att_fact_queue_newest(&q));
}
END_TEST

/* -- sending -------------------------------------------------------------- */

/* What stands on the disk. */
static struct att_fact_queue
kept(void)
{
	struct att_fact_queue q;

	ok(att_fact_queue_read(state, &q, err));
	ck_assert(q.saved);
	return q;
}

START_TEST(an_answer_is_on_disk_before_it_is_given)
{
	struct att_fact_queue q = queue(), disk;
	struct att_facts out;

	note(&q, "reboot", 1);
	note(&q, "reboot", 2);
	ok(att_fact_queue_answer(state, &q, 0, &out, err));
	ck_assert_uint_eq(out.count, 2);
	ck_assert_str_eq(out.queue, q.facts.queue);
	disk = kept();
	ck_assert_int_eq(disk.sent, 2);
	ck_assert_uint_eq(disk.facts.count, 2);
	/* it did not arrive: the same again, and nothing to be written */
	ok(att_fact_queue_answer(state, &q, 0, &out, err));
	ck_assert_uint_eq(out.count, 2);
	/* it did: forgotten, on the disk as well */
	note(&q, "suspended", 3);
	ok(att_fact_queue_answer(state, &q, 3, &out, err));
	ck_assert_uint_eq(out.count, 1);
	ck_assert_int_eq(out.fact[0].seq, 3);
	disk = kept();
	ck_assert_uint_eq(disk.facts.count, 1);
	ck_assert_int_eq(disk.sent, 3);
	ok(att_fact_queue_answer(state, &q, 4, &out, err));
	ck_assert_uint_eq(out.count, 0);
	ck_assert_uint_eq(kept().facts.count, 0);
	/* numbers go on */
	note(&q, "reboot", 4);
	ck_assert_int_eq(q.facts.fact[0].seq, 4);
}
END_TEST

START_TEST(half_at_a_time)
{
	struct att_fact_queue q = queue();
	struct att_facts out;

	fill(&q, "reboot", "suspended");
	ok(att_fact_queue_answer(state, &q, 0, &out, err));
	ck_assert_uint_eq(out.count, ATT_FACT_SENT_MAX);
	ok(att_fact_queue_answer(state, &q, ATT_FACT_SENT_MAX + 1, &out,
	    err));
	ck_assert_uint_eq(out.count, ATT_FACT_SENT_MAX);
	ck_assert_int_eq(out.fact[0].seq, ATT_FACT_SENT_MAX + 1);
	/* of those, some arrived elsewhere */
	ok(att_fact_queue_answer(state, &q, ATT_FACT_SENT_MAX + 5, &out,
	    err));
	ck_assert_uint_eq(out.count, ATT_FACT_SENT_MAX - 4);
}
END_TEST

/* A verifier that was set back, or is another one, asks for less. */
START_TEST(what_is_gone_is_gone)
{
	struct att_fact_queue q = queue();
	struct att_facts out;

	note(&q, "reboot", 1);
	note(&q, "reboot", 2);
	ok(att_fact_queue_answer(state, &q, 0, &out, err));
	ok(att_fact_queue_answer(state, &q, 3, &out, err));
	note(&q, "reboot", 3);
	ok(att_fact_queue_answer(state, &q, 1, &out, err));
	ck_assert_uint_eq(out.count, 1);
	ck_assert_int_eq(out.fact[0].seq, 3);
}
END_TEST

/* What was never sent cannot have arrived. */
START_TEST(an_older_copy)
{
	static const int64_t lies[] = { 4, 5, 1000, ATT_FACT_NUMBER_MAX + 1 };
	struct att_fact_queue q = queue(), before;
	struct att_facts out;
	char name[sizeof(q.facts.queue)];

	note(&q, "reboot", 1);
	note(&q, "reboot", 2);
	ok(att_fact_queue_answer(state, &q, 0, &out, err));
	note(&q, "reboot", 3);
	before = q;
	for (size_t i = 0; i < ATT_COUNT(lies); i++) {
		fails(att_fact_queue_answer(state, &q, lies[i], &out, err),
		    ATT_E_CONFLICT, "older copy");
		ck_assert_mem_eq(&q, &before, sizeof(q));
	}
	memcpy(name, q.facts.queue, sizeof(name));
	ok(att_fact_queue_renew(&q, err));
	ck_assert_str_ne(q.facts.queue, name);
	ck_assert_uint_eq(q.facts.count, 3);
	ck_assert_int_eq(q.sent, 0);
	ck_assert_int_eq(q.next, 4);
	ck_assert_int_eq(q.noted, 3);
	ck_assert_int_eq(q.facts.fact[0].seq, 1);
	ck_assert(!q.saved);
}
END_TEST

/* A file that has its name and cannot be replaced stands for a full disk. */
START_TEST(a_disk_that_takes_nothing)
{
	AUTO(free) char *path = in_node(ATT_STATE_FACTS);
	struct att_fact_queue q = queue(), before;
	struct att_facts out;

	note(&q, "reboot", 1);
	note(&q, "reboot", 2);
	ok(att_fact_queue_answer(state, &q, 0, &out, err));
	note(&q, "reboot", 3);
	ok(att_fact_queue_save(state, &q, err));
	before = q;
	ck_assert(unlink(path) == 0 && mkdir(path, 0700) == 0);
	ok(att_fact_queue_answer(state, &q, 2, &out, err));
	ck_assert_uint_eq(out.count, 0);
	ck_assert_str_eq(out.queue, q.facts.queue);
	ck_assert_mem_eq(&q, &before, sizeof(q));
	/* and when there is room again nothing is missing */
	ck_assert(rmdir(path) == 0);
	ok(att_fact_queue_answer(state, &q, 2, &out, err));
	ck_assert_uint_eq(out.count, 2);
	ck_assert_int_eq(out.fact[0].seq, 2);
}
END_TEST

/* -- the file ------------------------------------------------------------- */

static const char good[] =
    "{\"facts\":[{\"boot_id\":\"5a8f\",\"count\":2,\"details\":{\"a\":1},"
    "\"first\":5,\"kind\":\"reboot\",\"last\":6,\"seq\":3},"
    "{\"boot_id\":\"5a8f\",\"count\":1,\"details\":{},"
    "\"first\":7,\"kind\":\"reboot\",\"last\":7,\"seq\":8}],"
    "\"format\":\"attestd-facts/1\",\"next\":9,\"noted\":12,"
    "\"queue\":\"00112233445566778899aabbccddeeff\","
    "\"seen\":{\"ak\":\"000b\",\"asleep\":4,\"at\":5,\"boot_id\":\"5a8f\","
    "\"offset\":-6,\"repaired\":7,\"resets\":8,\"restarts\":-1},\"sent\":3}";

static int
parse(struct att_slice text, struct att_pointer *where ATT_UNUSED,
    struct att_err *err)
{
	struct att_fact_queue q;

	return att_fact_queue_parse(text, &q, err);
}

START_TEST(there_and_back)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FACT_QUEUE_BYTES);
	AUTO_DONE(att_buf_done) struct att_buf again =
	    ATT_BUF(ATT_FACT_QUEUE_BYTES);
	struct att_fact_queue q, same;

	ok(att_fact_queue_parse(S(good), &q, err));
	ck_assert_uint_eq(q.facts.count, 2);
	ck_assert_int_eq(q.next, 9);
	ck_assert_int_eq(q.sent, 3);
	ck_assert_int_eq(q.noted, 12);
	ck_assert_str_eq(q.seen.ak, "000b");
	ck_assert_str_eq(q.seen.boot_id, "5a8f");
	ck_assert_int_eq(q.seen.asleep, 4);
	ck_assert_int_eq(q.seen.at, 5);
	ck_assert_int_eq(q.seen.offset, -6);
	ck_assert_int_eq(q.seen.repaired, 7);
	ck_assert_int_eq(q.seen.resets, 8);
	ck_assert_int_eq(q.seen.restarts, -1);
	ok(att_fact_queue_encode(&q, &b, err));
	ok(att_fact_queue_parse(att_buf_view(&b), &same, err));
	ok(att_fact_queue_encode(&same, &again, err));
	ck_assert(att_slice_equal(att_buf_view(&b), att_buf_view(&again)));
	same_json(&b, good);
}
END_TEST

START_TEST(rules)
{
	static const struct change c[] = {
		{ "/format", "\"attestd-facts/2\"", ATT_E_UNSUPPORTED,
		    "format", NULL },
		{ "/more", "1", ATT_E_FORMAT, "not known", NULL },
		{ "/queue", "\"0011\"", ATT_E_FORMAT, "queue", NULL },
		{ "/next", "0", ATT_E_FORMAT, "next", NULL },
		{ "/next", "8", ATT_E_FORMAT, "below next", NULL },
		{ "/next", "1099511627777", ATT_OK, NULL, NULL },
		{ "/next", "1099511627778", ATT_E_FORMAT, "next", NULL },
		{ "/sent", "-1", ATT_E_FORMAT, "sent", NULL },
		{ "/sent", "8", ATT_OK, NULL, NULL },
		{ "/sent", "9", ATT_E_FORMAT, "sent", NULL },
		{ "/noted", "-1", ATT_E_FORMAT, "noted", NULL },
		{ "/facts/0/seq", "8", ATT_E_FORMAT, "must grow", NULL },
		{ "/facts/0/kind", "\"A\"", ATT_E_FORMAT, "kind", NULL },
		{ "/seen", NULL, ATT_E_FORMAT, "seen", NULL },
		{ "/seen/more", "1", ATT_E_FORMAT, "not known", NULL },
		{ "/seen/ak", "\"xyz\"", ATT_E_FORMAT, "ak", NULL },
		{ "/seen/boot_id", "\"\"", ATT_OK, NULL, NULL },
		{ "/seen/boot_id", "\"0123456789abcdef0123456789abcdef0123\"",
		    ATT_OK, NULL, NULL },
		{ "/seen/boot_id",
		    "\"0123456789abcdef0123456789abcdef01234\"",
		    ATT_E_FORMAT, "boot_id", NULL },
		{ "/seen/resets", "-2", ATT_E_FORMAT, "resets", NULL },
		{ "/seen/resets", "4294967295", ATT_OK, NULL, NULL },
		{ "/seen/resets", "4294967296", ATT_E_FORMAT, "resets",
		    NULL },
		{ "/seen/restarts", "4294967296", ATT_E_FORMAT, "restarts",
		    NULL },
		{ "/seen/at", "-1", ATT_E_FORMAT, "at", NULL },
		{ "/seen/asleep", "-1", ATT_E_FORMAT, "asleep", NULL },
		{ "/seen/repaired", "-1", ATT_E_FORMAT, "repaired", NULL },
		{ "/seen/offset", "9223372036854775807", ATT_E_FORMAT,
		    "offset", NULL },
	};

	check_changes(good, parse, c, ATT_COUNT(c));
}
END_TEST

START_TEST(hostile)
{
	check_hostile(good, parse);
}
END_TEST

/* As large as it gets. */
START_TEST(bytes)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FACT_QUEUE_BYTES);
	struct att_fact big = fact("abcdefghijklmnopqrstuvwxyz-abcde",
	    ATT_FACT_NUMBER_MAX, ATT_FACT_TIME_MAX);
	struct att_fact_queue q = queue(), same;
	char text[250];

	memset(text, '"', 116);
	text[116] = '\0';
	memset(big.boot_id, 'x', ATT_FACT_BOOT_MAX);
	ok(att_fact_set_details(&big, json_pack("{s:s,s:s}", "a", text, "b",
	    text), err));
	ck_assert_uint_gt(strlen(big.details), ATT_FACT_DETAILS_MAX - 40);
	for (size_t i = 0; i < ATT_FACT_QUEUE_MAX; i++)
		ok(att_fact_queue_note(&q, &big, err));
	ck_assert_int_eq(q.noted, ATT_FACT_NUMBER_MAX);
	memset(q.seen.ak, 'a', sizeof(q.seen.ak) - 1);
	ok(att_fact_queue_encode(&q, &b, err));
	ck_assert_uint_lt(b.len, ATT_FACT_QUEUE_BYTES / 3 * 2);
	ok(att_fact_queue_parse(att_buf_view(&b), &same, err));
	ok(att_fact_queue_save(state, &q, err));
	(void)kept();
}
END_TEST

START_TEST(a_damaged_file_is_set_aside)
{
	AUTO(free) char *bad = in_node(ATT_STATE_FACTS ".bad");
	struct att_fact_queue q;
	struct stat st;

	fails(att_fact_queue_read(state, &q, err), ATT_E_NOT_FOUND, "");
	node_write(ATT_STATE_FACTS, S("{\"format\":\"attestd-facts/1\""));
	ck_assert_int_eq(att_fact_queue_read(state, &q, NULL), ATT_E_FORMAT);
	ck_assert(stat(bad, &st) == 0);
	fails(att_fact_queue_read(state, &q, err), ATT_E_NOT_FOUND, "");
}
END_TEST

START_TEST(nothing_new_is_not_written)
{
	AUTO(free) char *path = in_node(ATT_STATE_FACTS);
	struct att_fact_queue q = queue();
	struct stat a, b;

	ok(att_fact_queue_save(state, &q, err));
	ck_assert(stat(path, &a) == 0 && (a.st_mode & 0777) == 0600);
	ok(att_fact_queue_save(state, &q, err));
	ck_assert(stat(path, &b) == 0 && a.st_ino == b.st_ino);
	note(&q, "reboot", 1);
	ok(att_fact_queue_save(state, &q, err));
	ck_assert_uint_eq(kept().facts.count, 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("factqueue");
	TCase *t = tcase_create("factqueue");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, names_differ);
	tcase_add_test(t, in_their_order);
	tcase_add_test(t, the_oldest_are_merged);
	tcase_add_test(t, no_count_is_lost);
	tcase_add_test(t, what_was_sent_is_never_merged);
	tcase_add_test(t, no_room);
	tcase_add_test(t, the_newest_goes_on);
	tcase_add_test(t, an_answer_is_on_disk_before_it_is_given);
	tcase_add_test(t, half_at_a_time);
	tcase_add_test(t, what_is_gone_is_gone);
	tcase_add_test(t, an_older_copy);
	tcase_add_test(t, a_disk_that_takes_nothing);
	tcase_add_test(t, there_and_back);
	tcase_add_test(t, rules);
	tcase_add_test(t, hostile);
	tcase_add_test(t, bytes);
	tcase_add_test(t, a_damaged_file_is_set_aside);
	tcase_add_test(t, nothing_new_is_not_written);
	suite_add_tcase(s, t);
	return run_suite(s);
}
