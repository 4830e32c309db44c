#include "testlib.h"

#include "evidence/binding.h"

static struct att_slice
fill(uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)i;
	return (struct att_slice){ p, len };
}

/*
 * Computed apart from this code:
 * printf 'attestd bound quote v1\0\0\020' + bytes 0..15 [+ sha256("one") +
 * sha256("")] | sha256sum
 */
static const char none[] =
    "70b056bbd4d5ef658e08c2166f1c1763f944ca4d817e4e124b18cf08906ff5b1";
static const char two[] =
    "3d452c209c1b39ebf2fc6bb5294622e6b540206793cde4436f3f9487c6c0bc24";

static const char *
hex(const struct att_digest *d)
{
	static char text[ATT_DIGEST_HEX_MAX];

	return att_digest_hex(d, text);
}

START_TEST(known_values)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_digest item[2], d;
	uint8_t raw[16];
	struct att_slice c = fill(raw, sizeof(raw));

	ok(att_binding_compute(h, c, NULL, 0, &d, err));
	ck_assert_str_eq(hex(&d), none);
	ok(att_binding_item(h, S("one"), &item[0], err));
	ok(att_binding_item(h, S(""), &item[1], err));
	ok(att_binding_compute(h, c, item, 2, &d, err));
	ck_assert_str_eq(hex(&d), two);
}
END_TEST

START_TEST(order_and_count_matter)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_digest item[2], swapped[2], a, b;
	uint8_t raw[32];
	struct att_slice c = fill(raw, sizeof(raw));

	ok(att_binding_item(h, S("one"), &item[0], err));
	ok(att_binding_item(h, S("two"), &item[1], err));
	swapped[0] = item[1];
	swapped[1] = item[0];
	ok(att_binding_compute(h, c, item, 2, &a, err));
	ok(att_binding_compute(h, c, swapped, 2, &b, err));
	ck_assert(!att_digest_equal(&a, &b));
	ok(att_binding_compute(h, c, item, 1, &b, err));
	ck_assert(!att_digest_equal(&a, &b));
	raw[31] ^= 1;
	ok(att_binding_compute(h, c, item, 2, &b, err));
	ck_assert(!att_digest_equal(&a, &b));
}
END_TEST

START_TEST(limits)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_digest item[ATT_BINDING_ITEMS_MAX + 1], d;
	uint8_t raw[ATT_CHALLENGE_MAX + 1];
	struct att_slice c = fill(raw, sizeof(raw));

	for (size_t i = 0; i < ATT_COUNT(item); i++)
		ok(att_binding_item(h, S("x"), &item[i], err));
	c.len = ATT_CHALLENGE_MIN;
	ok(att_binding_compute(h, c, item, 16, &d, err));
	fails(att_binding_compute(h, c, item, 17, &d, err), ATT_E_LIMIT,
	    "at most 16");
	c.len = ATT_CHALLENGE_MAX;
	ok(att_binding_compute(h, c, item, 1, &d, err));
	c.len = ATT_CHALLENGE_MAX + 1;
	fails(att_binding_compute(h, c, item, 1, &d, err), ATT_E_FORMAT,
	    "must be 16 to 64");
	c.len = ATT_CHALLENGE_MIN - 1;
	fails(att_binding_compute(h, c, item, 1, &d, err), ATT_E_FORMAT,
	    "15 bytes");
	c.len = 32;
	item[0].alg = ATT_ALG_SM3;
	fails(att_binding_compute(h, c, item, 1, &d, err), ATT_E_FORMAT,
	    "no SHA-256");
}
END_TEST

/* The same, "attestd spdm nonce v1" and the name "HGX_IRoT_GPU_0". */
static const char gpu[] =
    "bfc935f2fe19c30a432161edac3c5b1f8c93424452ef1efb87b0c556012564e8";

START_TEST(nonce_of_a_device)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_digest d, e;
	uint8_t raw[32], name[ATT_DEVICE_NAME_MAX + 1];
	struct att_slice c = fill(raw, 16), n = fill(name, sizeof(name));

	ok(att_binding_spdm_nonce(h, c, S("HGX_IRoT_GPU_0"), &d, err));
	ck_assert_str_eq(hex(&d), gpu);
	ok(att_binding_spdm_nonce(h, c, S("HGX_IRoT_GPU_1"), &e, err));
	ck_assert(!att_digest_equal(&d, &e));
	fails(att_binding_spdm_nonce(h, c, n, &d, err), ATT_E_FORMAT,
	    "256 bytes");
	n.len--;
	ok(att_binding_spdm_nonce(h, c, n, &d, err));
	n.len = 0;
	fails(att_binding_spdm_nonce(h, c, n, &d, err), ATT_E_FORMAT,
	    "0 bytes");
	c.len = ATT_CHALLENGE_MIN - 1;
	fails(att_binding_spdm_nonce(h, c, S("x"), &d, err), ATT_E_FORMAT,
	    "15 bytes");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("binding");
	TCase *t = tcase_create("binding");

	tcase_add_test(t, known_values);
	tcase_add_test(t, order_and_count_matter);
	tcase_add_test(t, limits);
	tcase_add_test(t, nonce_of_a_device);
	suite_add_tcase(s, t);
	return run_suite(s);
}
