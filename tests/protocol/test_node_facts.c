/* How facts are negotiated: what the offer and the demand say of them. */
#include "offer_scene.h"

#include "protocol/demand.h"

#define QUEUE "00112233445566778899aabbccddeeff"

static const char entry[] =
    "{\"evidence_class\":\"log\",\"evidence_type\":\"node_facts\","
    "\"capabilities\":{\"entry_count\":3,\"supports_partial_access\":true,"
    "\"appendable\":true,\"formats\":[\"application/json\"],"
    "\"queue\":\"" QUEUE "\",\"first\":5,\"last\":9}}";

static const char asked[] =
    "{\"data\":{\"type\":\"attestation\",\"attributes\":{"
    "\"evidence_requested\":["
    "{\"evidence_class\":\"certification\",\"evidence_type\":\"tpm_quote\","
    "\"chosen_parameters\":{\"challenge\":\"AAECAwQFBgcICQoLDA0ODw==\","
    "\"signature_scheme\":\"rsassa\",\"hash_algorithm\":\"sha256\","
    "\"selected_subjects\":{\"sha256\":[0]},\"binding\":\"attestd-1\"}},"
    "{\"evidence_class\":\"log\",\"evidence_type\":\"node_facts\","
    "\"chosen_parameters\":{\"format\":\"application/json\","
    "\"starting_offset\":7}}]}}}";

static struct att_offer
with_facts(void)
{
	struct att_offer o = an_offer();

	o.item[ATT_ITEM_NODE_FACTS] = (struct att_offer_item){
		.state = ATT_ITEM_PRESENT, .entries = 3 };
	o.facts = (struct att_offer_facts){ QUEUE, 5, 9 };
	return o;
}

static int
parse_offer(struct att_slice body, struct att_pointer *where,
    struct att_err *err)
{
	struct att_offer o = { 0 };
	int r = att_offer_parse(body, &o, where, err);

	att_offer_done(&o);
	return r;
}

static int
parse_demand(struct att_slice body, struct att_pointer *where ATT_UNUSED,
    struct att_err *err)
{
	struct att_offer o = with_facts();
	struct att_demand d;

	return att_demand_parse(body, &o, &d, err);
}

/* -- the offer ------------------------------------------------------------ */

START_TEST(offered)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_MESSAGE_MAX);
	struct att_offer o = with_facts(), got = { 0 };

	ok(att_offer_encode(&o, &b, err));
	ok(att_offer_parse(att_buf_view(&b), &got, NULL, err));
	ck_assert_int_eq(got.item[ATT_ITEM_NODE_FACTS].state,
	    ATT_ITEM_PRESENT);
	ck_assert_int_eq(got.item[ATT_ITEM_NODE_FACTS].entries, 3);
	ck_assert_str_eq(got.facts.queue, QUEUE);
	ck_assert_int_eq(got.facts.first, 5);
	ck_assert_int_eq(got.facts.last, 9);
	att_offer_done(&got);
	{
		AUTO(free) char *want = changed(offer_text,
		    "/data/attributes/evidence_supported/4", entry);

		same_json(&b, want);
	}
}
END_TEST

START_TEST(offers_that_cannot_be_written)
{
	static const struct att_offer_facts bad[] = {
		{ "", 5, 9 }, { "0011", 5, 9 }, { QUEUE, 0, 9 },
		{ QUEUE, 10, 9 }, { QUEUE, 5, ATT_FACT_NUMBER_MAX + 1 } };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_MESSAGE_MAX);
	struct att_offer o = with_facts();

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		o.facts = bad[i];
		fails(att_offer_encode(&o, &b, err), ATT_E_USAGE, "queue");
	}
	o.facts = (struct att_offer_facts){ QUEUE, 9, 9 };
	ok(att_offer_encode(&o, &b, err));
}
END_TEST

#define CAPS "/data/attributes/evidence_supported/4/capabilities"

START_TEST(offer_rules)
{
	AUTO(free) char *good = changed(offer_text,
	    "/data/attributes/evidence_supported/4", entry);
	static const struct change c[] = {
		{ CAPS "/queue", NULL, ATT_E_FORMAT, "queue", CAPS "/queue" },
		{ CAPS "/queue", "\"x\"", ATT_E_FORMAT, "queue",
		    CAPS "/queue" },
		{ CAPS "/first", NULL, ATT_E_FORMAT, "first", CAPS "/first" },
		{ CAPS "/first", "0", ATT_E_FORMAT, "first", CAPS "/first" },
		{ CAPS "/first", "9", ATT_OK, NULL, NULL },
		{ CAPS "/first", "10", ATT_E_FORMAT, "last", CAPS "/last" },
		{ CAPS "/last", "1099511627776", ATT_OK, NULL, NULL },
		{ CAPS "/last", "1099511627777", ATT_E_FORMAT, "last",
		    CAPS "/last" },
		{ CAPS "/last", "\"9\"", ATT_E_FORMAT, "last",
		    CAPS "/last" },
		{ CAPS "/formats", "[\"text/plain\"]", ATT_E_UNSUPPORTED,
		    "application/json", CAPS "/formats" },
		/* nothing is known of a queue that cannot be read */
		{ CAPS, "{\"entry_count\":0,\"formats\":[\"application/json\"]"
		    ",\"unreadable\":\"EIO\"}", ATT_OK, NULL, NULL },
	};

	check_changes(good, parse_offer, c, ATT_COUNT(c));
}
END_TEST

/* -- the demand ----------------------------------------------------------- */

START_TEST(demanded)
{
	static const int64_t from[] = { 0, 1, 7, 10, 11,
		ATT_FACT_NUMBER_MAX + 1 };
	struct att_offer o = with_facts();
	struct att_demand d;

	ok(att_demand_parse(S(asked), &o, &d, err));
	ck_assert_uint_eq(d.count, 1);
	ck_assert_int_eq(d.item[0], ATT_ITEM_NODE_FACTS);
	ck_assert_int_eq(d.facts_from, 7);
	for (size_t i = 0; i < ATT_COUNT(from); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b =
		    ATT_BUF(ATT_MESSAGE_MAX);
		struct att_demand got;

		d.facts_from = from[i];
		ok(att_demand_encode(&d, &o, "n", 0, &b, err));
		ok(att_demand_parse(att_buf_view(&b), &o, &got, err));
		ck_assert_int_eq(got.facts_from, from[i]);
	}
}
END_TEST

START_TEST(demands_that_cannot_be_written)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_MESSAGE_MAX);
	struct att_offer o = with_facts();
	struct att_demand d;

	ok(att_demand_parse(S(asked), &o, &d, err));
	d.facts_from = -1;
	fails(att_demand_encode(&d, &o, "n", 0, &b, err), ATT_E_USAGE,
	    "node_facts");
	d.facts_from = ATT_FACT_NUMBER_MAX + 2;
	fails(att_demand_encode(&d, &o, "n", 0, &b, err), ATT_E_USAGE,
	    "node_facts");
}
END_TEST

#define CHOSEN "/data/attributes/evidence_requested/1/chosen_parameters"

START_TEST(demand_rules)
{
	static const struct change c[] = {
		{ CHOSEN "/starting_offset", NULL, ATT_E_FORMAT,
		    "starting_offset", NULL },
		{ CHOSEN "/starting_offset", "-1", ATT_E_FORMAT,
		    "starting_offset", NULL },
		{ CHOSEN "/starting_offset", "1.5", ATT_E_FORMAT,
		    "starting_offset", NULL },
		{ CHOSEN "/starting_offset", "1099511627777", ATT_OK, NULL,
		    NULL },
		{ CHOSEN "/starting_offset", "1099511627778", ATT_E_FORMAT,
		    "starting_offset", NULL },
		{ CHOSEN "/starting_offset", "9223372036854775807",
		    ATT_E_FORMAT, "starting_offset", NULL },
		{ CHOSEN "/format", "\"text/plain\"", ATT_E_UNSUPPORTED,
		    "format", NULL },
		{ CHOSEN "/queue", "\"" QUEUE "\"", ATT_E_UNSUPPORTED,
		    "queue", NULL },
	};

	check_changes(asked, parse_demand, c, ATT_COUNT(c));
}
END_TEST

START_TEST(what_was_not_offered)
{
	struct att_offer o = with_facts();
	struct att_demand d;

	o.item[ATT_ITEM_NODE_FACTS].state = ATT_ITEM_ABSENT;
	fails(att_demand_parse(S(asked), &o, &d, err), ATT_E_UNSUPPORTED,
	    "node_facts");
}
END_TEST

START_TEST(hostile)
{
	check_hostile(asked, parse_demand);
}
END_TEST

START_TEST(hostile_offer)
{
	AUTO(free) char *good = changed(offer_text,
	    "/data/attributes/evidence_supported/4", entry);

	check_hostile(good, parse_offer);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("node_facts");
	TCase *t = tcase_create("node_facts");

	tcase_add_test(t, offered);
	tcase_add_test(t, offers_that_cannot_be_written);
	tcase_add_test(t, offer_rules);
	tcase_add_test(t, demanded);
	tcase_add_test(t, demands_that_cannot_be_written);
	tcase_add_test(t, demand_rules);
	tcase_add_test(t, what_was_not_offered);
	tcase_add_test(t, hostile);
	tcase_add_test(t, hostile_offer);
	suite_add_tcase(s, t);
	return run_suite(s);
}
