/* What the agent reads back from its disk, and results that servers give. */
#include <string.h>

#include "agent/challenges.h"
#include "agent/factqueue.h"
#include "agent/result.h"
#include "base/cur.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* encode(parse(x)) == x */
static void
read_challenges(struct att_slice bytes)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	struct att_challenges c;

	if (att_challenges_parse(bytes, &c, NULL) < 0)
		return;
	att_challenges_encode(&c, &b);
	if (!att_slice_equal(att_buf_view(&b), bytes))
		__builtin_trap();
}

/* What is taken can be written, and says the same. */
static void
read_facts(struct att_slice bytes)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(2 * ATT_FACT_QUEUE_BYTES);
	AUTO_DONE(att_buf_done) struct att_buf again =
	    ATT_BUF(2 * ATT_FACT_QUEUE_BYTES);
	struct att_fact_queue q, same;

	if (att_fact_queue_parse(bytes, &q, NULL) < 0)
		return;
	if (q.facts.count > ATT_FACT_QUEUE_MAX || q.sent >= q.next ||
	    att_fact_queue_encode(&q, &b, NULL) < 0 ||
	    att_fact_queue_parse(att_buf_view(&b), &same, NULL) < 0 ||
	    att_fact_queue_encode(&same, &again, NULL) < 0 ||
	    !att_slice_equal(att_buf_view(&b), att_buf_view(&again)))
		__builtin_trap();
}

static void
read_result(struct att_slice jwt)
{
	AUTO_DONE(att_result_done) struct att_result r = { 0 };

	if (att_result_read(jwt, NULL, 1795334871, &r, NULL) < 0)
		return;
	/* a result that is read is one that is not over */
	if (r.ear.expires <= 1795334871 || r.claims == NULL)
		__builtin_trap();
	(void)!att_result_is_for(&r, jwt);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct att_slice s = { data, size };

	read_challenges(s);
	read_facts(s);
	read_result(s);
	return 0;
}
