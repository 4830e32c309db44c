#include "craft.h"

#include "eventlog/replay.h"

static const char *
text_of(json_t *j, const char *name)
{
	return json_string_value(json_object_get(j, name));
}

static json_t *
rule_of(json_t *doc, const char *pcr)
{
	return json_object_get(json_object_get(doc, "pcrs"), pcr);
}

START_TEST(frame)
{
	static const char *const vendor[] = { "Dell*", "HPE", NULL };
	static const char *const groups[] = { "training", NULL };
	struct att_refmake m = node_refmake("rack-7");
	AUTO(att_json_decref) json_t *doc = NULL;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_REF_FILE_MAX);
	AUTO(att_ref_free) struct att_ref *ref = NULL;

	m.head.version = 12;
	m.head.comment = "made by a test";
	m.head.valid_from = 1795532645;
	m.head.valid_until = 1795532646;
	m.head.vendor = vendor;
	m.head.groups = groups;
	m.secure_boot = ATT_REF_SECURE_BOOT_REQUIRED;
	doc = node_make_ref("uki-sb", &m);
	ck_assert_str_eq(text_of(doc, "valid_from"), "2026-11-24T15:04:05Z");
	ck_assert_str_eq(text_of(doc, "comment"), "made by a test");
	ok(att_json_write(doc, &b, err));
	ok(att_ref_parse(att_buf_view(&b), &ref, err));
	ck_assert_str_eq(att_ref_id(ref), "rack-7");
	ck_assert_int_eq(att_ref_version(ref), 12);
	ck_assert_int_eq(att_ref_valid_until(ref), 1795532646);
	ck_assert_int_eq(att_ref_secure_boot(ref),
	    ATT_REF_SECURE_BOOT_REQUIRED);
	ck_assert(att_ref_matches(ref, &(struct att_platform){ "Dell Inc.",
	    "x", groups }));
	ck_assert(!att_ref_matches(ref, &(struct att_platform){ "Dell Inc.",
	    "x", NULL }));
	ck_assert(!att_ref_matches(ref, &(struct att_platform){ "IBM", "x",
	    groups }));
	for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++)
		ck_assert_int_eq(att_ref_rule(ref, pcr) != NULL,
		    (ATT_PCR_BOOT >> pcr & 1) != 0);
}
END_TEST

/* SHA-1 only where it is asked for, or where there is nothing else. */
START_TEST(banks_of_the_digests)
{
	struct att_refmake m = node_refmake("banks");
	AUTO(att_json_decref) json_t *doc = node_make_ref("uki-sb", &m);
	json_t *event = json_array_get(json_object_get(rule_of(doc, "4"),
	    "events"), 0);
	json_t *digests = json_object_get(event, "digests");
	struct logmaker old = lm_new(NULL, 0);
	AUTO(att_json_decref) json_t *weak = NULL;
	struct node n;

	ck_assert_uint_eq(json_object_size(digests), 3);
	ck_assert_ptr_null(json_object_get(digests, "sha1"));
	put_firmware(&old);
	put_separators(&old, 0xff);
	boot(&n, &old);
	ok(att_ref_make(&n.e, &m, &weak, NULL, err));
	event = json_array_get(json_object_get(rule_of(weak, "4"), "events"),
	    0);
	ck_assert_ptr_nonnull(json_object_get(json_object_get(event,
	    "digests"), "sha1"));
	node_done(&n);
	lm_done(&old);
}
END_TEST

static void
put_boot(struct logmaker *m, const char *name, struct att_slice data)
{
	put_variable(m, 1, ATT_EV_EFI_VARIABLE_BOOT, ATT_GUID_GLOBAL, name,
	    data);
}

/* EFI_LOAD_OPTION with a description of one character. */
static struct att_slice
option(char name)
{
	static uint8_t data[12] = { 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0xff,
		0xff };

	data[6] = (uint8_t)name;
	return (struct att_slice){ data, sizeof(data) };
}

static struct logmaker
boot_log(const char *order, char entry)
{
	struct logmaker m = good_log();

	put_boot(&m, "BootOrder", S(order));
	put_boot(&m, "Boot000A", option(entry));
	return m;
}

START_TEST(what_varies)
{
	struct logmaker good = boot_log("abcd", 'x');
	struct logmaker other = boot_log("cdab", 'y');
	struct logmaker odd = boot_log("abc", 'x'), bad = boot_log("abcd", 0);
	struct att_refmake m = node_refmake("fleet");
	AUTO(att_json_decref) json_t *doc = NULL, *strict = NULL;
	struct node g, n;

	boot(&g, &good);
	ok(att_ref_make(&g.e, &m, &doc, NULL, err));
	ck_assert_uint_eq(json_array_size(json_object_get(rule_of(doc, "1"),
	    "vary")), 2);
	ck_assert_uint_eq(json_array_size(json_object_get(rule_of(doc, "1"),
	    "events")), 1);
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(
	    rule_of(doc, "5"), "vary"), 0)), "gpt");
	ck_assert_ptr_null(json_object_get(rule_of(doc, "4"), "vary"));
	boot(&n, &other);
	att_ref_free(n.ref[--n.refs.count]);
	node_add_ref(&n, doc);
	node_passes(&n);
	/* without the classes each of them counts */
	m.vary = 0;
	ok(att_ref_make(&g.e, &m, &strict, NULL, err));
	att_ref_free(n.ref[--n.refs.count]);
	node_add_ref(&n, strict);
	node_fails(&n, ATT_F_EVENT_CHANGED,
	    "PCR 1 event 20 (EV_EFI_VARIABLE_BOOT BootOrder)");
	node_done(&n);
	/* a boot order of an odd size is none, whatever it is called */
	boot(&n, &odd);
	att_ref_free(n.ref[--n.refs.count]);
	node_add_ref(&n, doc);
	node_fails(&n, ATT_F_EVENT_NOT_IN_REFERENCE, "BootOrder");
	node_done(&n);
	node_done(&g);
	lm_done(&good);
	lm_done(&other);
	lm_done(&odd);
	lm_done(&bad);
}
END_TEST

/* The same names in another PCR, or over other bytes, vary nothing. */
START_TEST(what_does_not_vary)
{
	struct logmaker good = good_log(), m;
	struct att_refmake make = node_refmake("fleet");
	AUTO(att_json_decref) json_t *doc = NULL;
	struct node g, n;

	boot(&g, &good);
	ok(att_ref_make(&g.e, &make, &doc, NULL, err));
	for (int i = 0; i < 4; i++) {
		m = good_log();
		if (i == 0)
			put_variable(&m, 5, ATT_EV_EFI_VARIABLE_BOOT,
			    ATT_GUID_GLOBAL, "BootOrder", S("ab"));
		else if (i == 1)
			put_variable(&m, 1, ATT_EV_EFI_VARIABLE_BOOT,
			    ATT_GUID_SHIM, "BootOrder", S("ab"));
		else if (i == 2)
			put_boot(&m, "Boot000a", option('x'));
		else
			lm_event_of(&m, 1, ATT_EV_EFI_VARIABLE_BOOT2,
			    S("kernel"), S("BootOrder"));
		boot(&n, &m);
		att_ref_free(n.ref[--n.refs.count]);
		node_add_ref(&n, doc);
		node_quote(&n);
		ck_assert_msg(node_judge(&n) == ATT_FAIL, "%d", i);
		node_done(&n);
		lm_done(&m);
	}
	node_done(&g);
	lm_done(&good);
}
END_TEST

/* Names and forms of boot variables, at their edges. */
START_TEST(which_variables_vary)
{
	static const struct {
		const char *name;
		size_t len;	/* of the data below */
		bool varies;
	} cases[] = {
		{ "BootNext", 2, true }, { "BootNext", 4, false },
		{ "BootNext", 0, false }, { "BootOrder", 0, false },
		{ "BootOrder", 2, true }, { "BootOrder", 3, false },
		{ "Boot0000", 12, true }, { "BootFFFF", 12, true },
		{ "Boot9A0F", 12, true }, { "BootG000", 12, false },
		{ "Boot00:0", 12, false }, { "Boot00@0", 12, false },
		{ "Boot00/0", 12, false }, { "boot0000", 12, false },
		{ "Boot00000", 12, false }, { "Boot000", 12, false },
		/* no end of the description; fewer paths than announced */
		{ "Boot0001", 8, false }, { "Boot0001", 11, false },
		{ "Boot0001", 5, false }, { "Boot0001", 3, false },
	};
	struct logmaker good = good_log();
	struct att_refmake make = node_refmake("fleet");
	AUTO(att_json_decref) json_t *doc = NULL;
	struct node g, n;

	boot(&g, &good);
	ok(att_ref_make(&g.e, &make, &doc, NULL, err));
	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		struct logmaker m = good_log();
		struct att_slice data = option('x');

		data.len = cases[i].len;
		put_boot(&m, cases[i].name, data);
		boot(&n, &m);
		att_ref_free(n.ref[--n.refs.count]);
		node_add_ref(&n, doc);
		node_quote(&n);
		ck_assert_msg((node_judge(&n) == ATT_PASS) ==
		    cases[i].varies, "%s of %zu bytes", cases[i].name,
		    cases[i].len);
		node_done(&n);
		lm_done(&m);
	}
	node_done(&g);
	lm_done(&good);
}
END_TEST

/* Classes whose digest is the claim, only where they are asked for. */
START_TEST(classes_of_a_digest)
{
	static const struct {
		uint32_t type;
		const char *data;
		enum att_vary class;
	} cases[] = {
		{ ATT_EV_PLATFORM_CONFIG_FLAGS, "x",
		    ATT_VARY_PLATFORM_CONFIG },
		{ ATT_EV_EFI_HANDOFF_TABLES, "x", ATT_VARY_HANDOFF_TABLES },
		{ ATT_EV_EFI_HANDOFF_TABLES2, "x", ATT_VARY_HANDOFF_TABLES },
		{ ATT_EV_EVENT_TAG, "\xbc\x7c\xcb\xd5", ATT_VARY_SMBIOS },
		{ ATT_EV_EVENT_TAG, "\xc8\x7b\xd4\xe0", ATT_VARY_SMBIOS },
		{ ATT_EV_EVENT_TAG, "\x23\xbd\xb3\xc0", ATT_VARY_SMBIOS },
		{ ATT_EV_EVENT_TAG, "\x23\xbd\xb3\xc1", ATT_VARY_COUNT },
		{ ATT_EV_POST_CODE, "x", ATT_VARY_COUNT },
	};
	struct logmaker good = good_log();
	struct node g, n;

	boot(&g, &good);
	for (size_t i = 0; i < ATT_COUNT(cases); i++)
		for (unsigned v = 0; v < ATT_VARY_COUNT; v++) {
			struct att_refmake make = node_refmake("fleet");
			AUTO(att_json_decref) json_t *doc = NULL;
			struct logmaker m = good_log();

			make.vary = 1u << v;
			ok(att_ref_make(&g.e, &make, &doc, NULL, err));
			lm_event_of(&m, 1, cases[i].type, S("object"),
			    S(cases[i].data));
			boot(&n, &m);
			att_ref_free(n.ref[--n.refs.count]);
			node_add_ref(&n, doc);
			node_quote(&n);
			ck_assert_msg((node_judge(&n) == ATT_PASS) ==
			    (v == (unsigned)cases[i].class), "%zu %u", i, v);
			node_done(&n);
			lm_done(&m);
		}
	node_done(&g);
	lm_done(&good);
}
END_TEST

/* PCR 11 while "ready" had not come: the boot log, and "sysinit". */
static void
before_ready(struct node *n)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	uint16_t alg = ATT_ALG_SHA256;
	struct att_digest value, word;
	struct att_tcglog log;
	struct att_replay r;

	ok(att_tcglog_open(att_buf_view(&n->uefi), ATT_TCG_TPM, &log, err));
	att_replay_begin(&r, &log, &alg, 1, h);
	ok(att_replay_log(&r, &log, NULL, err));
	ok(att_digest_of(alg, S("sysinit"), &word, err));
	ok(att_hasher_two(h, alg, att_digest_view(&r.reg[0][11].value),
	    att_digest_view(&word), &value, err));
	ok(att_pcrs_set(&n->e.pcrs, alg, 11, att_digest_view(&value), err));
	/* the other banks are of another moment */
	for (size_t b = 0; b < n->e.pcrs.count; b++)
		if (n->e.pcrs.bank[b].alg != alg)
			n->e.pcrs.bank[b].mask = 0;
}

/* Reference values of any moment of a boot hold for any other. */
START_TEST(phases_come_later)
{
	static const char *const names[] = { "uki-sb", "uki" };
	struct att_refmake m = node_refmake("early");
	AUTO(att_json_decref) json_t *doc = NULL;
	struct node early = { 0 }, n;

	/* made early, quoted late */
	node_boot(&early, names[_i]);
	before_ready(&early);
	ok(att_ref_make(&early.e, &m, &doc, NULL, err));
	node_init(&n, &signer, names[_i]);
	node_add_ref(&n, doc);
	node_passes(&n);
	/* made late, quoted early */
	att_ref_free(n.ref[--n.refs.count]);
	node_ref_from(&n, names[_i]);
	before_ready(&n);
	node_passes(&n);
	node_done(&early);
	node_done(&n);
}
END_TEST

START_TEST(what_cannot_be_made)
{
	struct att_refmake m = node_refmake("no");
	uint16_t sm3 = ATT_ALG_SM3;
	json_t *doc = NULL;
	struct node n = { 0 };

	node_boot(&n, "uki");
	m.pcrs = 1u << 16;
	fails(att_ref_make(&n.e, &m, &doc, NULL, err), ATT_E_USAGE,
	    "PCR 16 can be reset");
	m.pcrs = 1u << 23;
	fails(att_ref_make(&n.e, &m, &doc, NULL, err), ATT_E_USAGE,
	    "PCR 23 can be reset");
	m.pcrs = ATT_PCR_BOOT;
	m.bank = &sm3;
	m.bank_count = 1;
	fails(att_ref_make(&n.e, &m, &doc, NULL, err), ATT_E_NOT_FOUND,
	    "bank sm3");
	m.bank_count = 0;
	for (size_t b = 0; b < n.e.pcrs.count; b++)
		n.e.pcrs.bank[b].mask &= ~(1u << 9);
	fails(att_ref_make(&n.e, &m, &doc, NULL, err), ATT_E_NOT_FOUND,
	    "no value of PCR 9");
	n.e.item[ATT_ITEM_UEFI_LOG].bytes.len -= 3;
	fails(att_ref_make(&n.e, &m, &doc, NULL, err), ATT_E_FORMAT,
	    "the boot log is malformed");
	n.e.item[ATT_ITEM_UEFI_LOG].state = ATT_ITEM_UNREADABLE;
	fails(att_ref_make(&n.e, &m, &doc, NULL, err), ATT_E_NOT_FOUND,
	    "no boot log");
	n.e.item[ATT_ITEM_UEFI_LOG].state = ATT_ITEM_PRESENT;
	n.e.item[ATT_ITEM_UEFI_LOG].bytes.len += 3;
	n.e.pcrs.count = 0;
	fails(att_ref_make(&n.e, &m, &doc, NULL, err), ATT_E_NOT_FOUND,
	    "no PCR values");
	ck_assert_ptr_null(doc);
	node_done(&n);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("refmake");
	TCase *t = tcase_create("refmake");

	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, frame);
	tcase_add_test(t, banks_of_the_digests);
	tcase_add_test(t, what_varies);
	tcase_add_test(t, what_does_not_vary);
	tcase_add_test(t, which_variables_vary);
	tcase_add_test(t, classes_of_a_digest);
	tcase_add_loop_test(t, phases_come_later, 0, 2);
	tcase_add_test(t, what_cannot_be_made);
	suite_add_tcase(s, t);
	return run_suite(s);
}
