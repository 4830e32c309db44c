#include "craft.h"

#include "appraise/refdiff.h"

/* Differences as lines, for comparing and for reading. */
struct told {
	size_t count;
	struct att_difference d[64];
	struct att_buf text;
};

static void
keep(void *arg, const struct att_difference *d)
{
	struct told *t = arg;

	ck_assert_uint_lt(t->count, ATT_COUNT(t->d));
	t->d[t->count++] = *d;
	att_difference_print(d, &t->text);
}

static void
count_only(void *arg, const struct att_difference *d)
{
	struct told *t = arg;

	ck_assert_uint_lt(d->pcr, ATT_PCR_COUNT);
	t->count++;
}

static void
told_done(struct told *t)
{
	att_buf_done(&t->text);
}

static void
diff(struct told *t, const struct att_evidence *a,
    const struct att_evidence *b, uint32_t pcrs)
{
	uint16_t bank = 0;

	*t = (struct told){ .text = ATT_BUF(1u << 16) };
	ok(att_ref_diff(a, b, ATT_ALG_SHA256, pcrs, keep, t, &bank, err));
	ck_assert_int_eq(bank, ATT_ALG_SHA256);
	ok(att_buf_ok(&t->text, "text", err));
}

static void
is(struct told *t, const char *text)
{
	ck_assert_msg(att_slice_is(att_buf_view(&t->text), text),
	    "got:\n%.*s", (int)t->text.len, t->text.data);
}

START_TEST(a_boot_is_like_itself)
{
	AUTO_DONE(told_done) struct told t;
	struct node a = { 0 };

	node_boot(&a, boots[_i]);
	diff(&t, &a.e, &a.e, ATT_REFDIFF_PCRS);
	ck_assert_uint_eq(t.count, 0);
	node_done(&a);
}
END_TEST

START_TEST(changed_twins)
{
	static const struct {
		const char *boot, *text;
	} cases[] = {
		{ "shim",
		    "~ PCR 4 event 39 EV_EFI_BOOT_SERVICES_APPLICATION "
		    "from memory\n"
		    "    sha256 eec071b66b42a32e... -> 729eaa76aa00dab3...\n"
		    "~ PCR 9 event 38 EV_IPL /vmlinuz\n"
		    "    sha256 2b2358b37674d250... -> 14159c607ad97621...\n"
		    "~ PCR 9 event 42 EV_IPL /initrd.img\n"
		    "    sha256 504cac9e5abb96e5... -> 491d5500447c507e...\n"
		    "~ PCR 9 event 45 EV_EVENT_TAG Linux initrd\n"
		    "    sha256 504cac9e5abb96e5... -> 491d5500447c507e...\n" },
		{ "uki-sb",
		    "~ PCR 4 event 27 EV_EFI_BOOT_SERVICES_APPLICATION "
		    "\\EFI\\BOOT\\BOOTX64.EFI\n"
		    "    sha256 16771f7ffb935796... -> 21e3ca73d4d11328...\n"
		    "~ PCR 9 event 40 EV_EVENT_TAG LOADED_IMAGE::LoadOptions\n"
		    "    sha256 2c7c18e8d784b82b... -> 9a1ba693ad1912a2...\n"
		    "~ PCR 11 event 33 EV_IPL .cmdline\n"
		    "    sha256 82cbf03bca724d19... -> f67f1dc763fe747c...\n" },
	};
	AUTO_DONE(told_done) struct told t;
	struct node a = { 0 }, b = { 0 };
	char twin[40];

	snprintf(twin, sizeof(twin), "%s-changed", cases[_i].boot);
	node_boot(&a, cases[_i].boot);
	node_boot(&b, twin);
	diff(&t, &a.e, &b.e, ATT_REFDIFF_PCRS);
	is(&t, cases[_i].text);
	node_done(&a);
	node_done(&b);
}
END_TEST

/* One event more, one less and one moved shift nothing else. */
START_TEST(events_are_aligned)
{
	static const char *const first[] = { "a", "b", "c", "d", "e", "f",
		"g", "h" };
	static const char *const second[] = { "a", "x", "b", "c", "e", "g",
		"f", "h" };
	struct logmaker m[2] = { lm_new(banks, 2), lm_new(banks, 2) };
	AUTO_DONE(told_done) struct told t;
	struct node n[2];

	for (size_t i = 0; i < ATT_COUNT(first); i++) {
		lm_event(&m[0], 9, ATT_EV_IPL, S(first[i]));
		lm_event(&m[1], 9, ATT_EV_IPL, S(second[i]));
	}
	boot(&n[0], &m[0]);
	boot(&n[1], &m[1]);
	diff(&t, &n[0].e, &n[1].e, ATT_REFDIFF_PCRS);
	is(&t, "+ PCR 9 event 2 EV_IPL x\n"
	       "    sha256 2d711642b726b044...\n"
	       "- PCR 9 event 4 EV_IPL d\n"
	       "    sha256 18ac3e7343f01689...\n"
	       "% PCR 9 event 6 -> 7 EV_IPL f\n"
	       "    sha256 252f10c83610ebca...\n");
	for (int i = 0; i < 2; i++) {
		node_done(&n[i]);
		lm_done(&m[i]);
	}
}
END_TEST

START_TEST(values_that_no_event_tells)
{
	struct logmaker m = good_log();
	AUTO_DONE(told_done) struct told t, u;
	struct node a, b;

	boot(&a, &m);
	lm_extend(&m, 7, S("secret"));
	boot(&b, &m);
	diff(&t, &a.e, &b.e, ATT_REFDIFF_PCRS);
	ck_assert_uint_eq(t.count, 1);
	ck_assert_int_eq(t.d[0].kind, ATT_DIFFERENCE_VALUE);
	ck_assert_uint_eq(t.d[0].pcr, 7);
	ck_assert_ptr_nonnull(strstr((const char *)t.text.data,
	    "! PCR 7 has another value, and no event tells why"));
	/* and a register that one of them does not have */
	b.e.pcrs.bank[0].mask &= ~(1u << 7);
	diff(&u, &a.e, &b.e, 1u << 7);
	ck_assert_uint_eq(u.count, 1);
	ck_assert_int_eq(u.d[0].kind, ATT_DIFFERENCE_MISSING);
	ck_assert_uint_eq(u.d[0].digest[1].alg, 0);
	node_done(&a);
	node_done(&b);
	lm_done(&m);
}
END_TEST

/* Too many for a table: compared as a set, at once. */
START_TEST(long_logs)
{
	struct logmaker m[2] = { lm_new(banks, 2), lm_new(banks, 2) };
	AUTO_DONE(told_done) struct told t;
	struct node n[2];
	char text[20];

	for (int i = 0; i < 6000; i++) {
		snprintf(text, sizeof(text), "%d", i);
		lm_event(&m[0], 9, ATT_EV_IPL, S(text));
		snprintf(text, sizeof(text), "%d", i == 0 ? -1 :
		    i == 3000 ? -2 : i == 5999 ? -3 : i);
		lm_event(&m[1], 9, ATT_EV_IPL, S(text));
	}
	for (int i = 0; i < 2; i++) {
		node_init(&n[i], &signer, "uki");
		n[i].e.item[0].bytes = lm_log(&m[i]);
		n[i].e.item[1].bytes.len = 0;
		ok(att_pcrs_set(&n[i].e.pcrs, ATT_ALG_SHA256, 9,
		    lm_value(&m[i], ATT_ALG_SHA256, 9), err));
	}
	t = (struct told){ .text = ATT_BUF(1u << 24) };
	ok(att_ref_diff(&n[0].e, &n[1].e, ATT_ALG_SHA256, 1u << 9,
	    count_only, &t, NULL, err));
	ck_assert_uint_ge(t.count, 6);
	for (int i = 0; i < 2; i++) {
		node_done(&n[i]);
		lm_done(&m[i]);
	}
}
END_TEST

START_TEST(as_json)
{
	AUTO_DONE(told_done) struct told t;
	AUTO(att_json_decref) json_t *j = NULL;
	struct node x = { 0 }, y = { 0 };

	node_boot(&x, "uki-sb");
	node_boot(&y, "uki-sb-changed");
	diff(&t, &x.e, &y.e, 1u << 11);
	ck_assert_uint_eq(t.count, 1);
	j = att_difference_to_json(&t.d[0]);
	ck_assert_str_eq(json_string_value(json_object_get(j, "kind")),
	    "changed");
	ck_assert_int_eq(json_integer_value(json_array_get(
	    json_object_get(j, "event"), 1)), 33);
	ck_assert_uint_eq(strlen(json_string_value(json_array_get(
	    json_object_get(j, "digest"), 0))), 64);
	node_done(&x);
	node_done(&y);
}
END_TEST

START_TEST(what_cannot_be_compared)
{
	struct node a = { 0 }, b = { 0 };

	node_boot(&a, "uki");
	node_boot(&b, "uki");
	fails(att_ref_diff(&a.e, &b.e, ATT_ALG_SM3, ATT_PCR_ALL, keep, NULL,
	    NULL, err), ATT_E_NOT_FOUND, "no bank");
	b.e.item[ATT_ITEM_UEFI_LOG].bytes.len -= 1;
	fails(att_ref_diff(&a.e, &b.e, 0, ATT_PCR_ALL, keep, NULL, NULL, err),
	    ATT_E_FORMAT, "the second evidence: the boot log is malformed");
	b.e.item[ATT_ITEM_UEFI_LOG].state = ATT_ITEM_ABSENT;
	fails(att_ref_diff(&b.e, &a.e, 0, ATT_PCR_ALL, keep, NULL, NULL, err),
	    ATT_E_NOT_FOUND, "the first evidence: no boot log");
	node_done(&a);
	node_done(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("refdiff");
	TCase *t = tcase_create("refdiff");

	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_boot_is_like_itself, 0, BOOT_COUNT);
	tcase_add_loop_test(t, changed_twins, 0, 2);
	tcase_add_test(t, events_are_aligned);
	tcase_add_test(t, values_that_no_event_tells);
	tcase_add_test(t, long_logs);
	tcase_add_test(t, as_json);
	tcase_add_test(t, what_cannot_be_compared);
	suite_add_tcase(s, t);
	return run_suite(s);
}
