/* Facts on their way to a verifier that is away, lies, or knows nothing. */
#include "tests/agent/push_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "agent/factqueue.h"

#define BOOT_B "5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d22"

/* What stands on the node's disk. */
static struct att_fact_queue
queue(void)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FACT_QUEUE_BYTES);
	struct att_fact_queue q;

	ck_assert(node_read("state/facts.json", &b));
	ok(att_fact_queue_parse(att_buf_view(&b), &q, err));
	return q;
}

/* The newest evidence had these facts, one letter for each; "" : none. */
static void
told(const struct fake *f, const char *letters)
{
	static const char *const kinds[] = { ['q'] = "queue-began",
		['b'] = "reboot", ['t'] = "tpm-reset", ['a'] = "ak-replaced",
		['s'] = "state-repaired", ['f'] = "failed-attempts" };

	ck_assert_uint_eq(f->got.count, strlen(letters));
	for (size_t i = 0; letters[i] != '\0'; i++)
		ck_assert_str_eq(f->got.fact[i].kind,
		    kinds[(unsigned char)letters[i]]);
}

/* The verifier has what came last. */
static void
took(struct fake *f)
{
	f->facts_from = f->got.fact[f->got.count - 1].seq + 1;
	memcpy(f->facts_queue, f->got.queue, sizeof(f->facts_queue));
}

static void
away(bool is)
{
	say(ATT_STEP_SESSION, is ? ALWAYS : 0, 500, "");
	second.say[ATT_STEP_SESSION] = (struct fake_say){
		.times = is ? ALWAYS : 0, .status = 500, .body = "" };
	att_push_done(&push);
	att_push_init(&push, &config);
}

/* The next time that it is asked. */
static void
without_second(void)
{
	second.say[ATT_STEP_SESSION] = (struct fake_say){
		.skip = second.seen[ATT_STEP_SESSION], .times = 1,
		.status = 500, .body = "" };
}

START_TEST(each_arrives_once)
{
	fake.facts = true;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	told(&fake, "q");
	ck_assert_str_eq(fake.got.fact[0].details,
	    "{\"reason\":\"there was none\"}");
	took(&fake);
	ck_assert_uint_eq(queue().facts.count, 1);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	told(&fake, "");
	ck_assert_uint_eq(fake.told, 2);
	ck_assert_uint_eq(queue().facts.count, 0);
	/* and then there is nothing to be spoken of */
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert_uint_eq(fake.told, 2);
}
END_TEST

START_TEST(what_happened_while_the_verifier_was_away)
{
	struct att_fact_queue q;

	fake.facts = true;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	took(&fake);
	away(true);
	round_ends(ATT_OUTCOME_LATER, "500");
	round_ends(ATT_OUTCOME_LATER, "500");
	node_write("boot_id", S(BOOT_B "\n"));
	swtpm_reboot(&tpm);
	round_ends(ATT_OUTCOME_LATER, "500");
	round_ends(ATT_OUTCOME_LATER, "500");
	round_ends(ATT_OUTCOME_LATER, "500");
	away(false);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	told(&fake, "fbtf");
	ck_assert_int_eq(fake.got.fact[0].count, 2);
	ck_assert(strstr(fake.got.fact[0].details, "\"retry-later\"") !=
	    NULL);
	ck_assert_str_eq(fake.got.fact[1].boot_id, BOOT_B);
	ck_assert_int_eq(fake.got.fact[3].count, 3);
	q = queue();
	ck_assert_int_eq(q.noted, 8);
	ck_assert_int_eq(q.sent, q.next - 1);
}
END_TEST

/* It has them, and its answer is lost. */
START_TEST(an_answer_that_is_lost)
{
	fake.facts = true;
	/* a connection that breaks is tried once more */
	say(ATT_STEP_EVIDENCE, 2, 0, NULL);
	without_second();
	round_ends(ATT_OUTCOME_LATER, "");
	told(&fake, "q");
	took(&fake);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	told(&fake, "f");
	took(&fake);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	told(&fake, "");
}
END_TEST

/* It lost them: they come again, as they were, though more happened since. */
START_TEST(evidence_that_is_lost)
{
	struct att_facts first;

	fake.facts = true;
	away(true);
	round_ends(ATT_OUTCOME_LATER, "500");
	away(false);
	say(ATT_STEP_EVIDENCE, 1, 500, "");
	without_second();
	round_ends(ATT_OUTCOME_LATER, "500");
	told(&fake, "qf");
	first = fake.got;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	told(&fake, "qff");
	ck_assert_mem_eq(fake.got.fact, first.fact, sizeof(first.fact[0]));
	ck_assert_mem_eq(fake.got.fact + 1, first.fact + 1,
	    sizeof(first.fact[0]));
}
END_TEST

/* A verifier that never asks: all stays, in as much space. */
START_TEST(upstream_never_asks)
{
	fake.bound = false;
	for (unsigned i = 0; i < 3; i++) {
		swtpm_reboot(&tpm);
		round_ends(ATT_OUTCOME_ACCEPTED, "");
		ck_assert_int_eq(fake.offer.item[ATT_ITEM_NODE_FACTS].state,
		    ATT_ITEM_PRESENT);
		ck_assert_int_eq(fake.offer.item[ATT_ITEM_NODE_FACTS].entries,
		    i + 1);
	}
	ck_assert_uint_eq(fake.told, 0);
	ck_assert_uint_eq(queue().facts.count, 3);
	ck_assert_int_eq(queue().sent, 0);
}
END_TEST

/* Each of two that share no store takes what the other did not. */
START_TEST(two_verifiers)
{
	fake.facts = second.facts = true;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	told(&fake, "q");
	took(&fake);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	say(ATT_STEP_OFFER, ALWAYS, 500, "");
	swtpm_reboot(&tpm);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	told(&second, "t");
	took(&second);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	told(&second, "");
	fake.say[ATT_STEP_OFFER].times = 0;
	push.verifiers.since -= ATT_ORIGINS_FAIL_BACK_MS;
	swtpm_reboot(&tpm);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	told(&fake, "t");
}
END_TEST

/* A state directory out of a backup. */
START_TEST(a_state_that_was_set_back)
{
	AUTO_DONE(att_buf_done) struct att_buf old =
	    ATT_BUF(ATT_FACT_QUEUE_BYTES);
	char name[ATT_FACT_QUEUE_LEN + 1];

	fake.facts = true;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	took(&fake);
	ck_assert(node_read("state/facts.json", &old));
	swtpm_reboot(&tpm);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	told(&fake, "t");
	took(&fake);
	memcpy(name, fake.got.queue, sizeof(name));
	node_write("state/facts.json", att_buf_view(&old));
	swtpm_reboot(&tpm);
	/* by another name nothing of it is known */
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(OFFER, 4);
	told(&fake, "qtq");
	ck_assert_str_ne(fake.got.queue, name);
	ck_assert_int_eq(fake.got.fact[1].count, 2);
	ck_assert(strstr(fake.got.fact[2].details, "older copy") != NULL);
}
END_TEST

/* One that claims more than it can have takes nothing along. */
START_TEST(a_verifier_that_lies)
{
	fake.facts = second.facts = true;
	fake.facts_from = ATT_FACT_NUMBER_MAX + 1;
	second.say[ATT_STEP_EVIDENCE] = (struct fake_say){ .times = 1,
		.status = 500, .body = "" };
	round_ends(ATT_OUTCOME_LATER, "");
	SEEN(OFFER, 2);
	SEEN(EVIDENCE, 0);
	push.verifiers.at = 1;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	told(&second, "qqqf");
	ck_assert_uint_eq(fake.told, 0);
}
END_TEST

START_TEST(a_demand_for_what_was_not_offered)
{
	fake.facts = true;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	took(&fake);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	fake.demand = "[{\"evidence_class\":\"certification\","
	    "\"evidence_type\":\"tpm_quote\",\"chosen_parameters\":{"
	    "\"challenge\":\"AAECAwQFBgcICQoLDA0ODw==\","
	    "\"signature_scheme\":\"rsassa\",\"hash_algorithm\":\"sha256\","
	    "\"selected_subjects\":{\"sha256\":[0]}}},"
	    "{\"evidence_class\":\"log\",\"evidence_type\":\"node_facts\","
	    "\"chosen_parameters\":{\"format\":\"application/json\","
	    "\"starting_offset\":1}}]";
	round_ends(ATT_OUTCOME_REFUSED, "node_facts");
}
END_TEST

/* -- the disk ------------------------------------------------------------- */

static bool is_full;	/* the disk, for the queue alone */

/* In place of libc's, of the rounds too: they run in this process. */
int
rename(const char *from, const char *to)
{
	const char *name = strrchr(to, '/');

	if (is_full && name != NULL && strcmp(name, "/facts.json") == 0) {
		errno = ENOSPC;
		return -1;
	}
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

/* Nothing is lost, and the node attests. */
START_TEST(a_disk_that_is_full)
{
	int64_t noted;

	fake.facts = true;
	away(true);
	for (unsigned i = 0; i < 4; i++) {
		swtpm_reboot(&tpm);
		round_ends(ATT_OUTCOME_LATER, "500");
	}
	away(false);
	noted = queue().noted;
	is_full = true;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert_uint_eq(fake.told, 1);
	told(&fake, "");
	ck_assert_int_eq(queue().noted, noted);
	ck_assert_int_eq(queue().sent, 0);
	/* nor is anything told that could not be kept */
	swtpm_reboot(&tpm);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert_uint_eq(fake.told, 1);
	is_full = false;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	told(&fake, "qftftftft");
	ck_assert_int_eq(queue().noted, noted + 1);
}
END_TEST

START_TEST(a_damaged_ring_is_told)
{
	fake.facts = true;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	took(&fake);
	node_write("state/challenges", S("garbage"));
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	told(&fake, "s");
}
END_TEST

START_TEST(a_new_key_is_told)
{
	AUTO(free) char *ak = in_node("state/ak");
	AUTO(free) char *identity = in_node("state/identity.json");

	fake.facts = true;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	took(&fake);
	ck_assert(unlink(ak) == 0 && unlink(identity) == 0);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	told(&fake, "a");
}
END_TEST

/* Without a TPM no verifier is reached, and what happened is kept. */
START_TEST(without_a_tpm)
{
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	swtpm_signal(&tpm, SIGKILL);
	tpm.pid = 0;
	node_write("boot_id", S(BOOT_B "\n"));
	round_ends(ATT_OUTCOME_TROUBLE, "");
	ck_assert_uint_eq(queue().facts.count, 3);
	ck_assert_str_eq(queue().facts.fact[1].kind, "reboot");
	ck_assert(strstr(queue().facts.fact[2].details, "node-trouble") !=
	    NULL);
}
END_TEST

int
main(void)
{
	TCase *t;
	Suite *s = push_suite("push facts", &t);

	tcase_add_test(t, each_arrives_once);
	tcase_add_test(t, what_happened_while_the_verifier_was_away);
	tcase_add_test(t, an_answer_that_is_lost);
	tcase_add_test(t, evidence_that_is_lost);
	tcase_add_test(t, upstream_never_asks);
	tcase_add_test(t, two_verifiers);
	tcase_add_test(t, a_state_that_was_set_back);
	tcase_add_test(t, a_verifier_that_lies);
	tcase_add_test(t, a_demand_for_what_was_not_offered);
	tcase_add_test(t, a_disk_that_is_full);
	tcase_add_test(t, a_damaged_ring_is_told);
	tcase_add_test(t, a_new_key_is_told);
	tcase_add_test(t, without_a_tpm);
	suite_add_tcase(s, t);
	return run_suite(s);
}
