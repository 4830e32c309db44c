/* A node registers once a boot, whichever process attests for it. */
#include "tests/agent/push_test.h"

START_TEST(registers_once_a_boot)
{
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(REGISTER, 1);
	restart();
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(VERSION, 1);
	SEEN(REGISTER, 1);
	reboot();
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(REGISTER, 2);
	/* what was done by another configuration, or is cut off, is not it */
	config.verifier_urls.count = 1;
	restart();
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(REGISTER, 3);
	node_write("run/registered", S("boot 5a8f1c9e\n"));
	restart();
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(REGISTER, 4);
	config.verifier_urls.count = 2;
}
END_TEST

/* What is remembered is not believed against who knows better. */
START_TEST(registers_where_the_node_was_forgotten)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);

	round_ends(ATT_OUTCOME_ACCEPTED, "");
	restart();
	say(ATT_STEP_OFFER, 1, 404, "");
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(REGISTER, 2);
	restart();
	say(ATT_STEP_PROOF, 1, 401, "");
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	SEEN(REGISTER, 3);
	/* once: a verifier that says so of all is not asked for ever */
	restart();
	say(ATT_STEP_OFFER, ALWAYS, 404, "");
	round_ends(ATT_OUTCOME_WAITING, "404");
	SEEN(REGISTER, 4);
	/* and nothing is remembered of what led nowhere */
	ck_assert(!node_read("run/registered", &b));
	restart();
	round_ends(ATT_OUTCOME_WAITING, "404");
	SEEN(REGISTER, 5);
}
END_TEST

int
main(void)
{
	TCase *t;
	Suite *s = push_suite("registered", &t);

	tcase_add_test(t, registers_once_a_boot);
	tcase_add_test(t, registers_where_the_node_was_forgotten);
	return run_suite(s);
}
