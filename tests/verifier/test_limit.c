#include "testlib.h"

#include "verifier/limit.h"

START_TEST(counts_per_address_and_window)
{
	AUTO(att_limit_free) struct att_limit *l = NULL;
	int64_t wait = 0;

	ok(att_limit_new(2, &l, err));
	ck_assert(att_limit_allow(l, "192.0.2.1", 100, &wait));
	ck_assert(att_limit_allow(l, "192.0.2.1", 101, &wait));
	ck_assert(!att_limit_allow(l, "192.0.2.1", 110, &wait));
	ck_assert(wait == 50);
	ck_assert(att_limit_allow(l, "192.0.2.2", 110, &wait));
	ck_assert(!att_limit_allow(l, "192.0.2.1", 159, &wait) && wait == 1);
	ck_assert(att_limit_allow(l, "192.0.2.1", 160, &wait));
	/* the clock was set back */
	ck_assert(att_limit_allow(l, "192.0.2.1", 5, &wait));
}
END_TEST

START_TEST(ipv6_counts_by_network)
{
	AUTO(att_limit_free) struct att_limit *l = NULL;
	int64_t wait = 0;

	ok(att_limit_new(1, &l, err));
	ck_assert(att_limit_allow(l, "2001:db8:0:1::1", 1, &wait));
	ck_assert(!att_limit_allow(l, "2001:db8:0:1::2", 1, &wait));
	ck_assert(att_limit_allow(l, "2001:db8:0:2::1", 1, &wait));
	/* what is no address is one peer, not a way around */
	ck_assert(att_limit_allow(l, "", 1, &wait));
	ck_assert(!att_limit_allow(l, "x", 1, &wait));
}
END_TEST

/* One more than a set holds, chosen so that plain FNV-1a puts them into one. */
START_TEST(nobody_can_choose_who_makes_room)
{
	AUTO(att_limit_free) struct att_limit *l = NULL;
	unsigned last[ATT_LIMIT_WAYS + 1], found = 0, allowed = 0;
	int64_t wait = 0;
	char peer[32];

	for (unsigned i = 0; found < ATT_COUNT(last) && i < 65536; i++) {
		const uint8_t key[] = { 0x20, 1, 0xd, 0xb8, 0, 0,
			(uint8_t)(i >> 8), (uint8_t)i };
		uint32_t h = 2166136261u;

		for (size_t k = 0; k < sizeof(key); k++)
			h = (h ^ key[k]) * 16777619u;
		if ((h ^ h >> 16) % ATT_LIMIT_SETS == 0)
			last[found++] = i;
	}
	ck_assert_uint_eq(found, ATT_COUNT(last));
	ok(att_limit_new(1, &l, err));
	for (unsigned i = 0; i < 10 * ATT_COUNT(last); i++) {
		snprintf(peer, sizeof(peer), "2001:db8:0:%x::1",
		    last[i % ATT_COUNT(last)]);
		allowed += att_limit_allow(l, peer, 1 + i, &wait);
	}
	/* in one set, each would have been forgotten before its next turn */
	ck_assert_uint_lt(allowed, 3 * ATT_COUNT(last));
}
END_TEST

START_TEST(a_flood_of_addresses_is_bounded)
{
	AUTO(att_limit_free) struct att_limit *l = NULL;
	int64_t wait = 0;
	char peer[32];

	ok(att_limit_new(1, &l, err));
	for (unsigned i = 0; i < 3 * ATT_LIMIT_SETS * ATT_LIMIT_WAYS; i++) {
		snprintf(peer, sizeof(peer), "10.%u.%u.%u", i >> 16 & 255,
		    i >> 8 & 255, i & 255);
		ck_assert(att_limit_allow(l, peer, 1, &wait));
	}
	/* the newest ones are remembered */
	ck_assert(!att_limit_allow(l, peer, 1, &wait));
}
END_TEST

START_TEST(nodes_count_by_their_id)
{
	AUTO(att_limit_free) struct att_limit *l = NULL;
	int64_t wait = 0;

	ok(att_limit_new(2, &l, err));
	ck_assert(att_limit_allow_node(l, "n1", 100, &wait));
	ck_assert(att_limit_allow_node(l, "n1", 101, &wait));
	ck_assert(!att_limit_allow_node(l, "n1", 130, &wait));
	ck_assert(wait == 30);
	ck_assert(att_limit_allow_node(l, "n2", 130, &wait));
	ck_assert(att_limit_allow_node(l, "192.0.2.1", 130, &wait));
	ck_assert(att_limit_allow_node(l, "n1", 160, &wait));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("limit");
	TCase *t = tcase_create("limit");

	tcase_add_test(t, counts_per_address_and_window);
	tcase_add_test(t, ipv6_counts_by_network);
	tcase_add_test(t, nobody_can_choose_who_makes_room);
	tcase_add_test(t, nodes_count_by_their_id);
	tcase_add_test(t, a_flood_of_addresses_is_bounded);
	suite_add_tcase(s, t);
	return run_suite(s);
}
