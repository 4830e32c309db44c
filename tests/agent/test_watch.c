/* What is seen of a node, and the facts that follow from it. */
#include "tests/agent/agent.h"

#include "agent/watch.h"

#define BOOT_A "5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d11"
#define BOOT_B "5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d22"
#define T0 1795000000000LL	/* ms */
#define HOUR 3600000LL

static struct att_fact_queue q;

static void
setup(void)
{
	ok(att_fact_queue_new(&q, err));
}

/* This boot, `up` ms after its beginning; its clock is right. */
static struct att_look
at(const char *boot, int64_t up)
{
	struct att_look l = { .now = T0 + up, .up = up };

	memcpy(l.boot_id, boot, strlen(boot) + 1);
	return l;
}

static void
look(struct att_look l)
{
	ok(att_watch_node(&q, &l, err));
}

static void
tpm(uint32_t resets, uint32_t restarts, const char *ak)
{
	struct att_look l = at(BOOT_A, HOUR);
	struct att_tpm_clock c = { .reset_count = resets,
		.restart_count = restarts };

	ok(att_watch_tpm(&q, &l, &c, S(ak), err));
}

static void
attempt(enum att_outcome o, const char *reason)
{
	struct att_look l = at(BOOT_A, HOUR);
	struct att_round r = { .outcome = o };

	snprintf(r.reason, sizeof(r.reason), "%s", reason);
	ok(att_watch_attempt(&q, &l, &r, err));
}

/* The facts so far, and what the newest says. */
static void
facts_are(size_t count, const char *kind, int64_t times, const char *details)
{
	const struct att_fact *f;

	ck_assert_uint_eq(q.facts.count, count);
	if (count == 0)
		return;
	f = &q.facts.fact[count - 1];
	ck_assert_str_eq(f->kind, kind);
	ck_assert_int_eq(f->count, times);
	ck_assert_str_eq(f->details, details);
}
#define NONE facts_are(0, NULL, 0, NULL)

/* -- boots and clocks ----------------------------------------------------- */

START_TEST(the_first_look_tells_nothing)
{
	struct att_look l = at(BOOT_A, HOUR);

	l.asleep = 77777;
	l.repaired = 5;
	look(l);
	NONE;
	ck_assert_str_eq(q.seen.boot_id, BOOT_A);
	q.saved = true;
	l.now += 60000;
	l.up += 60000;
	look(l);
	NONE;
	/* and nothing new is nothing to write */
	ck_assert(q.saved);
}
END_TEST

START_TEST(a_reboot)
{
	look(at(BOOT_A, HOUR));
	look(at(BOOT_B, 1000));
	facts_are(1, "reboot", 1, "{\"from\":\"" BOOT_A "\"}");
	ck_assert_str_eq(q.facts.fact[0].boot_id, BOOT_B);
	ck_assert_int_eq(q.facts.fact[0].first, (T0 + 1000) / 1000);
	ck_assert(!q.saved);
	look(at(BOOT_B, 2000));
	ck_assert_uint_eq(q.facts.count, 1);
	look(at(BOOT_A, 1000));
	facts_are(2, "reboot", 1, "{\"from\":\"" BOOT_B "\"}");
}
END_TEST

/* The clock of another boot is no jump, whatever it says. */
START_TEST(a_reboot_with_another_clock)
{
	struct att_look l = at(BOOT_B, 1000);

	look(at(BOOT_A, HOUR));
	l.now = 5000;
	look(l);
	facts_are(1, "reboot", 1, "{\"from\":\"" BOOT_A "\"}");
	ck_assert_int_eq(q.facts.fact[0].first, 5);
	l.now = -1;
	look(l);
	ck_assert_uint_eq(q.facts.count, 2);
	ck_assert_int_eq(q.facts.fact[1].first, 0);
}
END_TEST

START_TEST(a_clock_that_is_set)
{
	static const struct {
		int64_t up, off;
		const char *details;	/* NULL: no fact */
	} steps[] = {
		{ 1000, ATT_WATCH_JUMP_MS, NULL },
		{ 1000, ATT_WATCH_JUMP_MS + 1, "{\"seconds\":5}" },
		{ 1000, -ATT_WATCH_JUMP_MS, NULL },
		{ 1000, -HOUR, "{\"seconds\":-3600}" },
		{ 1000, 1000 * HOUR, "{\"seconds\":3600000}" },
		/* the longer ago, the more a clock is slewed */
		{ 1000 + 9 * HOUR, ATT_WATCH_JUMP_MS + 9 * HOUR / 1000,
		    NULL },
		{ 1000 + 9 * HOUR, ATT_WATCH_JUMP_MS + 9 * HOUR / 1000 + 1,
		    "{\"seconds\":37}" },
	};

	for (size_t i = 0; i < ATT_COUNT(steps); i++) {
		struct att_look l = at(BOOT_A, steps[i].up);

		setup();
		look(at(BOOT_A, 1000));
		l.now += steps[i].off;
		look(l);
		if (steps[i].details == NULL) {
			NONE;
			continue;
		}
		facts_are(1, "clock-jump", 1, steps[i].details);
		/* from then on that is how it is */
		l.up += 60000;
		l.now += 60000;
		look(l);
		ck_assert_uint_eq(q.facts.count, 1);
	}
}
END_TEST

/* A clock that creeps is followed, and a later jump is seen as such. */
START_TEST(slewing_is_no_jump)
{
	struct att_look l = at(BOOT_A, 1000);

	for (int i = 0; i < 24 * 365; i++) {
		look(l);
		l.up += HOUR + 1;
		l.now += HOUR + 1 + HOUR / 2000;
	}
	NONE;
	l.now += 60000;
	look(l);
	facts_are(1, "clock-jump", 1, "{\"seconds\":61}");
}
END_TEST

START_TEST(sleep_)
{
	struct att_look l = at(BOOT_A, HOUR);

	l.asleep = 10 * HOUR;
	look(l);
	NONE;
	l.asleep += ATT_WATCH_SLEEP_MS - 1;
	look(l);
	NONE;
	l.asleep += 1;
	look(l);
	facts_are(1, "suspended", 1, "{\"seconds\":1}");
	l.asleep += 7 * HOUR;
	look(l);
	facts_are(2, "suspended", 1, "{\"seconds\":25200}");
	/* another boot begins awake */
	l = at(BOOT_B, HOUR);
	l.asleep = 60000;
	look(l);
	ck_assert_uint_eq(q.facts.count, 4);
	ck_assert_str_eq(q.facts.fact[2].kind, "reboot");
	facts_are(4, "suspended", 1, "{\"seconds\":60}");
}
END_TEST

START_TEST(a_file_that_was_set_aside)
{
	struct att_look l = at(BOOT_A, HOUR);

	look(l);
	l.repaired = 1795000000123456789;
	look(l);
	facts_are(1, "state-repaired", 1, "{\"file\":\"challenges\"}");
	look(l);
	ck_assert_uint_eq(q.facts.count, 1);
	l.repaired++;
	look(l);
	ck_assert_uint_eq(q.facts.count, 2);
	/* removed by somebody who looked into it */
	l.repaired = 0;
	look(l);
	ck_assert_uint_eq(q.facts.count, 2);
}
END_TEST

START_TEST(a_boot_id_that_cannot_be_read)
{
	look(at(BOOT_A, HOUR));
	look(at("", HOUR));
	look(at(BOOT_A, HOUR));
	NONE;
}
END_TEST

/* -- the TPM -------------------------------------------------------------- */

START_TEST(resets_and_restarts)
{
	tpm(7, 2, "a");
	NONE;
	q.saved = true;
	tpm(7, 2, "a");
	ck_assert(q.saved);
	tpm(8, 0, "a");
	facts_are(1, "tpm-reset", 1, "{\"from\":7,\"to\":8}");
	tpm(12, 3, "a");
	ck_assert_uint_eq(q.facts.count, 3);
	ck_assert_str_eq(q.facts.fact[1].kind, "tpm-reset");
	ck_assert_int_eq(q.facts.fact[1].count, 4);
	facts_are(3, "tpm-restart", 3, "{\"from\":0,\"to\":3}");
	tpm(12, 4, "a");
	facts_are(4, "tpm-restart", 1, "{\"from\":3,\"to\":4}");
	/* cleared: it counts from 0 */
	tpm(0, 0, "a");
	facts_are(5, "tpm-reset", 1, "{\"from\":12,\"to\":0}");
	tpm(UINT32_MAX, 0, "a");
	facts_are(6, "tpm-reset", UINT32_MAX,
	    "{\"from\":0,\"to\":4294967295}");
}
END_TEST

START_TEST(another_key)
{
	char longest[ATT_TPM_NAME_MAX + 2];
	struct att_look l = at(BOOT_A, HOUR);
	struct att_tpm_clock c = { 0 };

	tpm(0, 0, "old");
	NONE;
	tpm(0, 0, "new");
	facts_are(1, "ak-replaced", 1,
	    "{\"from\":\"6f6c64\",\"to\":\"6e6577\"}");
	memset(longest, 'x', sizeof(longest));
	ok(att_watch_tpm(&q, &l, &c, (struct att_slice){ (uint8_t *)longest,
	    ATT_TPM_NAME_MAX }, err));
	ck_assert_uint_eq(q.facts.count, 2);
	fails(att_watch_tpm(&q, &l, &c, (struct att_slice){
	    (uint8_t *)longest, ATT_TPM_NAME_MAX + 1 }, err), ATT_E_LIMIT,
	    "Name");
}
END_TEST

/* -- firmware ------------------------------------------------------------- */

START_TEST(firmware)
{
	struct att_measure m = { .changes = 1, .change[0] = {
		.chip = "BI\"OS", .how = "added",
		.range = { .offset = 4096, .length = 8192,
		    .class = ATT_RANGE_PER_MACHINE, .name = "GbE" } } };
	struct att_look l = at(BOOT_A, HOUR);

	ok(att_watch_firmware(&q, &l, &m, err));
	facts_are(1, "firmware-changed", 1, "{\"change\":\"added\","
	    "\"chip\":\"BI?OS\",\"class\":\"per-machine\",\"length\":8192,"
	    "\"offset\":4096,\"range\":\"GbE\"}");
	m.change[1] = (struct att_measure_change){ .chip = "x",
		.how = "gone" };
	m.changes = 2;
	ok(att_watch_firmware(&q, &l, &m, err));
	facts_are(3, "firmware-changed", 1,
	    "{\"change\":\"gone\",\"chip\":\"x\"}");
	/* too many for a fact each: none is uncounted */
	for (m.changes = 0; m.changes < ATT_MEASURE_CHANGES_MAX; m.changes++)
		m.change[m.changes] = m.change[0];
	m.changes_left_out = 100;
	ok(att_watch_firmware(&q, &l, &m, err));
	ck_assert_uint_eq(q.facts.count, 3 + ATT_WATCH_CHANGES);
	ck_assert_int_eq(q.facts.fact[9].count, 1);
	ck_assert_int_eq(q.facts.fact[10].count,
	    ATT_MEASURE_CHANGES_MAX + 100 - 7);
	m = (struct att_measure){ 0 };
	ok(att_watch_firmware(&q, &l, &m, err));
	ck_assert_uint_eq(q.facts.count, 3 + ATT_WATCH_CHANGES);
}
END_TEST

/* -- attempts ------------------------------------------------------------- */

START_TEST(attempts_in_a_row)
{
	attempt(ATT_OUTCOME_ACCEPTED, "");
	attempt(ATT_OUTCOME_EARLY, "");
	attempt(ATT_OUTCOME_STOPPED, "");
	NONE;
	attempt(ATT_OUTCOME_LATER, "no route");
	attempt(ATT_OUTCOME_LATER, "refused");
	facts_are(1, "failed-attempts", 2,
	    "{\"outcome\":\"retry-later\",\"reason\":\"refused\"}");
	attempt(ATT_OUTCOME_TROUBLE, "no TPM");
	attempt(ATT_OUTCOME_LATER, "refused");
	facts_are(3, "failed-attempts", 1,
	    "{\"outcome\":\"retry-later\",\"reason\":\"refused\"}");
	/* something else in between */
	look(at(BOOT_A, HOUR));
	look(at(BOOT_B, HOUR));
	attempt(ATT_OUTCOME_LATER, "refused");
	facts_are(5, "failed-attempts", 1,
	    "{\"outcome\":\"retry-later\",\"reason\":\"refused\"}");
	/* on its way */
	q.sent = q.facts.fact[4].seq;
	attempt(ATT_OUTCOME_LATER, "refused");
	ck_assert_uint_eq(q.facts.count, 6);
	ck_assert_int_eq(q.noted, 7);
}
END_TEST

START_TEST(every_outcome)
{
	size_t n = 0;

	for (unsigned o = ATT_OUTCOME_ACCEPTED; o <= ATT_OUTCOME_STOPPED; o++)
		attempt((enum att_outcome)o, "why");
	for (size_t i = 0; i < q.facts.count; i++)
		n += q.facts.fact[i].count == 1;
	ck_assert_uint_eq(n, q.facts.count);
	ck_assert_uint_eq(n, ATT_OUTCOME_STOPPED - ATT_OUTCOME_ACCEPTED - 2);
}
END_TEST

/* What servers say is made safe, and cut. */
START_TEST(a_reason_of_any_kind)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FACTS_BYTES_MAX);
	char text[ATT_ROUND_TEXT_MAX + 1];
	struct att_facts same;

	memset(text, '"', sizeof(text) - 1);
	text[0] = '\\';
	text[1] = '\xff';
	text[2] = '\033';
	text[sizeof(text) - 1] = '\0';
	attempt(ATT_OUTCOME_CLOCK_UNSAFE, text);
	ck_assert_uint_eq(q.facts.count, 1);
	ck_assert(strstr(q.facts.fact[0].details, "?????") != NULL);
	ok(att_facts_encode(&q.facts, &b, err));
	ok(att_facts_parse(att_buf_view(&b), &same, err));
}
END_TEST

/* -- files ---------------------------------------------------------------- */

START_TEST(queues_that_begin)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config c = { 0 };
	AUTO(att_state_close) struct att_state *s = NULL;
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(8192);
	AUTO(free) char *bad = NULL;
	struct att_look l = { 0 };
	char name[sizeof(q.facts.queue)];
	struct stat st;

	snprintf(node_dir, sizeof(node_dir), "/tmp/att-node-XXXXXX");
	ck_assert(mkdtemp(node_dir) != NULL);
	att_buf_printf(&text, "boot_id: %s/boot_id\nverifier_urls: "
	    "[\"https://v\"]\nregistrar_urls: [\"https://v\"]\n", node_dir);
	ok(att_agent_config_parse("test", att_buf_view(&text), &c, err));
	ok(att_state_open(node_dir, 0, &s, err));
	att_look_take(&c, s, &l);
	ck_assert_str_eq(l.boot_id, "");
	node_put("boot_id", S(BOOT_A "\n"));
	att_look_take(&c, s, &l);
	ck_assert_str_eq(l.boot_id, BOOT_A);
	ck_assert(l.now > T0 && l.up > 0 && l.asleep >= 0);
	ck_assert_int_eq(l.repaired, 0);

	ok(att_watch_open(s, &l, &q, err));
	facts_are(1, "queue-began", 1, "{\"reason\":\"there was none\"}");
	ok(att_fact_queue_save(s, &q, err));
	ok(att_watch_open(s, &l, &q, err));
	ck_assert_uint_eq(q.facts.count, 1);
	memcpy(name, q.facts.queue, sizeof(name));
	node_put(ATT_STATE_FACTS, S("{}"));
	ok(att_watch_open(s, &l, &q, err));
	facts_are(1, "queue-began", 1, "{\"reason\":\"the last was damaged\"}");
	ck_assert_str_ne(q.facts.queue, name);
	memcpy(name, q.facts.queue, sizeof(name));
	look(l);
	ok(att_watch_renew(s, &q, "why", err));
	facts_are(2, "queue-began", 1, "{\"reason\":\"why\"}");
	ck_assert_str_eq(q.facts.fact[1].boot_id, BOOT_A);
	ck_assert_str_ne(q.facts.queue, name);
	ck_assert(q.saved);

	node_put(ATT_STATE_CHALLENGES, S("x"));
	ok(att_state_set_aside(s, ATT_STATE_CHALLENGES, err));
	bad = in_node(ATT_STATE_CHALLENGES ".bad");
	ck_assert(stat(bad, &st) == 0);
	att_look_take(&c, s, &l);
	ck_assert_int_eq(l.repaired, (int64_t)st.st_mtim.tv_sec * 1000000000 +
	    st.st_mtim.tv_nsec);
	look(l);
	facts_are(3, "state-repaired", 1, "{\"file\":\"challenges\"}");
	(void)nftw(node_dir, node_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("watch");
	TCase *t = tcase_create("watch");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, the_first_look_tells_nothing);
	tcase_add_test(t, a_reboot);
	tcase_add_test(t, a_reboot_with_another_clock);
	tcase_add_test(t, a_clock_that_is_set);
	tcase_add_test(t, slewing_is_no_jump);
	tcase_add_test(t, sleep_);
	tcase_add_test(t, a_file_that_was_set_aside);
	tcase_add_test(t, a_boot_id_that_cannot_be_read);
	tcase_add_test(t, resets_and_restarts);
	tcase_add_test(t, another_key);
	tcase_add_test(t, firmware);
	tcase_add_test(t, attempts_in_a_row);
	tcase_add_test(t, every_outcome);
	tcase_add_test(t, a_reason_of_any_kind);
	tcase_add_test(t, queues_that_begin);
	suite_add_tcase(s, t);
	return run_suite(s);
}
