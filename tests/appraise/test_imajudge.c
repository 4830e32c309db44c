#include "runner.h"

#define ALL_CLAIMS (ATT_CLAIM_ALWAYS | ATT_CLAIM_SECURE_BOOT |                 \
    ATT_CLAIM_USERSPACE | ATT_CLAIM_RUNTIME)

/* The first `lines` of a text; its rest if `from` is not 0. */
static struct att_slice
lines(struct att_slice text, size_t from, size_t count)
{
	struct att_cur c = att_cur_of(text);
	struct att_slice all;
	size_t begin = 0, end = 0, n = 0;
	uint8_t b;

	for (size_t i = 0; att_cur_u8(&c, &b); i++) {
		if (b != '\n')
			continue;
		n++;
		if (n == from)
			begin = i + 1;
		if (n <= from + count)
			end = i + 1;
	}
	c = att_cur_of(text);
	ck_assert(att_cur_skip(&c, begin));
	ck_assert(att_cur_bytes(&c, end - begin, &all));
	return all;
}

/* Case 34, of captured boots: text and binary, each quoted bank. */
START_TEST(good_lists_pass)
{
	static const char *const files[] = { "ima.txt", "ima.bin" };
	static const uint16_t banks[] = { ATT_ALG_SHA256, ATT_ALG_SHA1 };
	struct runner r;

	for (size_t f = 0; f < ATT_COUNT(files); f++) {
		struct att_ima_known known;

		runner_init(&r, boots[_i], files[f]);
		node_passes(&r.n);
		ck_assert_uint_eq(att_verdict_held(r.n.v), ALL_CLAIMS);
		ck_assert(att_verdict_ima(r.n.v, &known));
		ck_assert_uint_eq(known.state.entries, known.lines);
		ck_assert_uint_gt(known.lines, 400);
		for (size_t i = 0; i < att_verdict_pcr_count(r.n.v); i++)
			if (att_verdict_pcr(r.n.v, i)->pcr == 10)
				ck_assert_int_eq(att_verdict_pcr(r.n.v, i)
					->status, ATT_PCR_REPLAYED);
		r.n.attest.select_count = 2;
		for (size_t b = 0; b < 2; b++)
			r.n.attest.select[b] = (struct att_pcr_select){
				banks[b], 0xffff };
		node_passes(&r.n);
		runner_done(&r);
	}
}
END_TEST

/* Case 34: one byte of one entry. */
START_TEST(a_changed_entry_fails)
{
	struct runner r;

	runner_init(&r, "uki", "ima.bin");
	node_passes(&r.n);
	r.list.data[r.list.len / 2] ^= 1;
	node_fails(&r.n, ATT_F_IMA_MISMATCH, "gives the quoted PCR 10");
	ck_assert(!att_verdict_ima(r.n.v, &r.known));
	runner_done(&r);
}
END_TEST

/* Case 35: the list ran ahead of the quote; nothing of it gives the value. */
START_TEST(a_list_that_runs_ahead)
{
	AUTO_DONE(att_buf_done) struct att_buf longer = ATT_BUF(1u << 20);
	struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_ima_known known, again;
	struct runner r;

	runner_init(&r, "uki", "ima.txt");
	node_passes(&r.n);
	ck_assert(att_verdict_ima(r.n.v, &known));
	/* of what came later nothing is judged yet */
	im_file(&m, 10, "/not/in/the/policy");
	att_buf_slice(&longer, att_buf_view(&r.list));
	att_buf_slice(&longer, att_buf_view(&m.text));
	give_list(&r, att_buf_view(&longer));
	node_passes(&r.n);
	ck_assert(att_verdict_ima(r.n.v, &again));
	ck_assert_uint_eq(known.lines, again.lines);
	/* one line less than was quoted */
	give_list(&r, lines(att_buf_view(&r.list), 0,
	    (size_t)known.lines - 1));
	node_fails(&r.n, ATT_F_IMA_MISMATCH, "");
	im_done(&m);
	runner_done(&r);
}
END_TEST

/* Case 36. */
START_TEST(a_list_of_another_boot_fails)
{
	struct runner r;
	struct node other;
	struct att_slice v;

	runner_init(&r, "uki", "ima.txt");
	node_init(&other, &signer, "shim");
	/* as after a kexec: PCR 10 goes with the list, the others do not */
	r.n.a.item = runner_items;
	for (unsigned pcr = 0; pcr < 10; pcr++) {
		ck_assert(att_pcrs_get(&other.e.pcrs, ATT_ALG_SHA256, pcr,
		    &v));
		ok(att_pcrs_set(&r.n.e.pcrs, ATT_ALG_SHA256, pcr, v, err));
	}
	r.n.e.item[ATT_ITEM_UEFI_LOG].bytes = att_buf_view(&other.uefi);
	node_quote(&r.n);
	ck_assert_int_eq(node_judge(&r.n), ATT_FAIL);
	ck_assert_ptr_nonnull(node_finding(&r.n, ATT_F_IMA_OTHER_BOOT));
	ck_assert_uint_eq(att_verdict_held(r.n.v) & ATT_CLAIM_RUNTIME, 0);
	node_done(&other);
	runner_done(&r);
}
END_TEST

static void
set_member(struct runner *r, const char *name, json_t *value)
{
	json_t *doc = policy_of(att_buf_view(&r->list));

	ok(att_json_put(doc, name, value, err));
	set_policy(r, doc);
}

/* The first entry of another boot, or none, where policy takes that. */
START_TEST(boot_aggregate_is_for_policy)
{
	struct runner r;
	struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_digest wrong;

	runner_init(&r, "uki", "ima.txt");
	for (int with = 0; with < 2; with++) {
		AUTO_DONE(att_buf_done) struct att_buf list =
		    ATT_BUF(1u << 20);

		im_done(&m);
		m = im_new(ATT_ALG_SHA1, false);
		ok(att_digest_of(ATT_ALG_SHA256, S("x"), &wrong, err));
		if (with)
			im_boot(&m, &wrong);
		im_file(&m, 10, "/a");
		ok(att_pcrs_set(&r.n.e.pcrs, ATT_ALG_SHA256, 10,
		    im_value(&m, ATT_ALG_SHA256, 10), err));
		att_buf_slice(&list, att_buf_view(&m.text));
		give_list(&r, att_buf_view(&list));
		set_policy(&r, policy_of(att_buf_view(&list)));
		if (with) {
			node_fails(&r.n, ATT_F_IMA_OTHER_BOOT, "other values");
		} else {
			/* a first entry that is listed may be any */
			node_passes(&r.n);
			set_policy(&r, json_pack("{s:s,s:s,s:i,s:{},s:{}}",
			    "format", ATT_RUNTIME_FORMAT, "id", "x",
			    "version", 1, "match", "digests"));
			node_fails(&r.n, ATT_F_IMA_OTHER_BOOT,
			    "without a boot_aggregate");
		}
	}
	r.list.len = 0;
	att_buf_slice(&r.list, att_buf_view(&m.text));
	give_list(&r, att_buf_view(&r.list));
	set_member(&r, "boot_aggregate", json_string("any"));
	node_passes(&r.n);
	im_done(&m);
	runner_done(&r);
}
END_TEST

/* Case 37: from where the last one ended; from an unknown place. */
START_TEST(only_what_is_new_travels)
{
	struct runner r;
	struct att_pcrs whole;
	struct imamaker part = im_new(ATT_ALG_SHA1, false);
	struct att_slice all, v;
	AUTO_DONE(att_buf_done) struct att_buf more = ATT_BUF(1u << 20);
	struct att_ima_known now;
	struct att_digest next;

	runner_init(&r, "uki", "ima.txt");
	whole = r.n.e.pcrs;
	node_passes(&r.n);
	ck_assert(att_verdict_ima(r.n.v, &r.known));
	/* the captured list runs ahead of its quote */
	all = lines(att_buf_view(&r.list), 0, (size_t)r.known.lines);
	r.n.a.ima = &r.known;
	/* nothing was measured since */
	give_list(&r, (struct att_slice){ 0 });
	node_passes(&r.n);
	/* one more entry: PCR 10 goes on from where it was */
	im_file(&part, 10, "/new");
	ck_assert(att_pcrs_get(&whole, ATT_ALG_SHA256, 10, &v));
	{
		AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
		struct att_ima_list list;
		struct att_ima_entry e;
		AUTO_DONE(att_ima_done) struct att_ima_iter it = { 0 };

		ok(att_ima_open(att_buf_view(&part.bin), ATT_ALG_SHA1, &list,
		    err));
		it = att_ima_begin(&list, h);
		ck_assert_int_eq(att_ima_next(&it, &e, NULL), 1);
		ok(att_ima_hash(h, ATT_ALG_SHA256, &e, &next, err));
		ok(att_hasher_two(h, ATT_ALG_SHA256, v,
		    att_digest_view(&next), &next, err));
	}
	ok(att_pcrs_set(&r.n.e.pcrs, ATT_ALG_SHA256, 10,
	    att_digest_view(&next), err));
	give_list(&r, att_buf_view(&part.text));
	/* the line is counted from the beginning of the list */
	ck_assert_int_eq(node_fails(&r.n, ATT_F_IMA_FILE_UNKNOWN,
	    "(ima-ng /new): not in the runtime policy")->event,
	    (int64_t)r.known.lines + 1);
	/* what was found is found again: nothing moved on */
	ck_assert(!att_verdict_ima(r.n.v, &r.known));
	att_buf_slice(&more, all);
	att_buf_slice(&more, att_buf_view(&part.text));
	set_policy(&r, policy_of(att_buf_view(&more)));
	node_passes(&r.n);
	/* the whole list again, where a part was asked for */
	give_list(&r, att_buf_view(&more));
	node_fails(&r.n, ATT_F_IMA_MISMATCH, "");
	/* a part, where the whole was: it was trimmed, or is kept back */
	r.n.a.ima = NULL;
	give_list(&r, lines(att_buf_view(&more), 3, 10000));
	node_fails(&r.n, ATT_F_IMA_INCOMPLETE, "begins after the boot");
	/* but for one that goes on where it was judged before */
	r.n.a.ima_before = &r.known;
	node_fails(&r.n, ATT_F_IMA_INCOMPLETE, "begins after the boot");
	give_list(&r, att_buf_view(&part.text));
	node_passes(&r.n);
	ck_assert(att_verdict_ima(r.n.v, &now));
	ck_assert_uint_eq(now.lines, 1);
	ck_assert_uint_eq(now.state.entries, r.known.state.entries + 1);
	r.known.state.pcrs.bank[0].value[10][0] ^= 1;
	node_fails(&r.n, ATT_F_IMA_INCOMPLETE, "begins after the boot");
	give_list(&r, att_buf_view(&more));
	node_passes(&r.n);
	im_done(&part);
	runner_done(&r);
}
END_TEST

START_TEST(entries_outside_the_policy)
{
	struct runner r;
	json_t *doc, *digests;
	const struct att_finding *f;

	runner_init(&r, "uki", "ima.txt");
	doc = policy_of(att_buf_view(&r.list));
	digests = json_object_get(doc, "digests");
	ck_assert_int_eq(json_object_del(digests, "/bin/busybox"), 0);
	ok(att_json_put(digests, "/init", json_pack("[s]",
	    "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaa"), err));
	set_policy(&r, doc);
	f = node_fails(&r.n, ATT_F_IMA_FILE_CHANGED,
	    "IMA list line 2 (ima-ng /init): expected sha256 "
	    "aaaaaaaaaaaaaaaa..., found 7a5ae5e0a02b7579...");
	ck_assert_int_eq(f->event, 2);
	ck_assert_str_eq(f->label, "/init");
	f = node_finding(&r.n, ATT_F_IMA_FILE_UNKNOWN);
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(f->event, 3);
	ck_assert_str_eq(f->label, "/bin/busybox");
	/* nothing is allowed: as many as are kept, and how many more */
	set_policy(&r, json_pack("{s:s,s:s,s:i,s:{},s:{}}", "format",
	    ATT_RUNTIME_FORMAT, "id", "x", "version", 1, "match",
	    "digests"));
	node_fails(&r.n, ATT_F_IMA_FILE_UNKNOWN, "line 2");
	ck_assert_ptr_nonnull(node_finding(&r.n, ATT_F_TOO_MANY));
	runner_done(&r);
}
END_TEST

/* An entry of another register is in the list, and proven by nothing. */
START_TEST(other_registers)
{
	struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_digest any = { .alg = ATT_ALG_SHA256, .len = 32 };
	const struct att_finding *f;
	struct runner r;
	json_t *doc;

	runner_init(&r, "uki", "ima.txt");
	im_boot(&m, &any);
	im_file(&m, 11, "/a");
	im_file(&m, 10, "/b");
	ok(att_pcrs_set(&r.n.e.pcrs, ATT_ALG_SHA256, 10,
	    im_value(&m, ATT_ALG_SHA256, 10), err));
	give_list(&r, att_buf_view(&m.text));
	doc = policy_of(att_buf_view(&m.text));
	ok(att_json_put(doc, "boot_aggregate", json_string("any"), err));
	set_policy(&r, doc);
	f = node_fails(&r.n, ATT_F_IMA_REGISTER,
	    "line 2 (ima-ng /a): it went into PCR 11");
	ck_assert_int_eq(f->pcr, 11);
	/* nor is the boot named by what anybody could put before the list */
	im_done(&m);
	m = im_new(ATT_ALG_SHA1, false);
	im_file(&m, 9, "boot_aggregate");
	im_boot(&m, &any);
	ok(att_pcrs_set(&r.n.e.pcrs, ATT_ALG_SHA256, 10,
	    im_value(&m, ATT_ALG_SHA256, 10), err));
	give_list(&r, att_buf_view(&m.text));
	set_policy(&r, json_pack("{s:s,s:s,s:i,s:{},s:{s:[s]},s:s}", "format",
	    ATT_RUNTIME_FORMAT, "id", "x", "version", 1, "match", "digests",
	    "boot_aggregate", "sha256:00000000000000000000000000000000000000"
	    "00000000000000000000000000", "boot_aggregate", "any"));
	f = node_fails(&r.n, ATT_F_IMA_REGISTER, "line 1 (ima-ng boot_");
	ck_assert_int_eq(f->pcr, 9);
	im_done(&m);
	runner_done(&r);
}
END_TEST

START_TEST(violations)
{
	struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_digest any = { .alg = ATT_ALG_SHA256, .len = 32 };
	struct runner r;

	runner_init(&r, "uki", "ima.txt");
	im_boot(&m, &any);
	im_file_violation(&m, 10, "/var/log/audit.log");
	im_file(&m, 10, "/a");
	ok(att_pcrs_set(&r.n.e.pcrs, ATT_ALG_SHA256, 10,
	    im_value(&m, ATT_ALG_SHA256, 10), err));
	give_list(&r, att_buf_view(&m.text));
	r.list.len = 0;
	att_buf_slice(&r.list, att_buf_view(&m.text));
	set_member(&r, "boot_aggregate", json_string("any"));
	node_fails(&r.n, ATT_F_IMA_VIOLATION, "/var/log/audit.log");
	{
		json_t *doc = policy_of(att_buf_view(&r.list));

		ok(att_json_put(doc, "boot_aggregate", json_string("any"),
		    err));
		ok(att_json_put(doc, "violations", json_string("excluded"),
		    err));
		ok(att_json_put(doc, "excludes",
		    json_pack("[s]", "/var/log/.*"), err));
		set_policy(&r, doc);
	}
	node_passes(&r.n);
	ck_assert_int_eq(node_finding(&r.n, ATT_F_IMA_VIOLATION)->severity,
	    ATT_SEVERITY_WARN);
	im_done(&m);
	runner_done(&r);
}
END_TEST

/* A path with line feeds is one entry and several lines. */
START_TEST(lines_are_counted_as_the_node_does)
{
	struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_digest any = { .alg = ATT_ALG_SHA256, .len = 32 };
	struct runner r;

	runner_init(&r, "uki", "ima.txt");
	im_boot(&m, &any);
	im_file(&m, 10, "/a\nb\nc");
	im_file(&m, 10, "/d");
	ok(att_pcrs_set(&r.n.e.pcrs, ATT_ALG_SHA256, 10,
	    im_value(&m, ATT_ALG_SHA256, 10), err));
	give_list(&r, att_buf_view(&m.text));
	set_policy(&r, json_pack("{s:s,s:s,s:i,s:{},s:{},s:s,s:[s]}",
	    "format", ATT_RUNTIME_FORMAT, "id", "x", "version", 1, "match",
	    "digests", "boot_aggregate", "any", "excludes", "/a.*"));
	ck_assert_int_eq(node_fails(&r.n, ATT_F_IMA_FILE_UNKNOWN, "/d")
		->event, 5);
	im_done(&m);
	runner_done(&r);
}
END_TEST

START_TEST(nothing_passes_without_its_parts)
{
	struct runner r;
	struct att_slice zero;
	static const uint8_t zeros[32];

	runner_init(&r, "uki", "ima.txt");
	/* no policy */
	r.n.a.runtime = NULL;
	node_fails(&r.n, ATT_F_IMA_POLICY_MISSING, "Q35");
	/* where nobody cares it is no fault, nor that it cannot be read */
	r.n.policy.claims &= ~ATT_CLAIM_RUNTIME;
	node_passes(&r.n);
	ck_assert_uint_eq(att_verdict_evaluated(r.n.v) & ATT_CLAIM_RUNTIME,
	    0);
	r.n.a.item_count = 2;
	r.n.e.item[ATT_ITEM_IMA_LOG].state = ATT_ITEM_UNREADABLE;
	node_passes(&r.n);
	ck_assert_int_eq(node_finding(&r.n, ATT_F_LOG_UNREADABLE)->severity,
	    ATT_SEVERITY_INFO);
	r.n.a.item_count = 3;
	r.n.policy.claims |= ATT_CLAIM_RUNTIME;
	r.n.a.runtime = &r.set;
	/* not sent, not readable, not asked for */
	r.n.e.item[ATT_ITEM_IMA_LOG].state = ATT_ITEM_ABSENT;
	r.n.a.bound = false;
	node_fails(&r.n, ATT_F_LOG_MISSING, "IMA log");
	r.n.e.item[ATT_ITEM_IMA_LOG].state = ATT_ITEM_UNREADABLE;
	node_fails(&r.n, ATT_F_LOG_UNREADABLE, "IMA log");
	r.n.a.item_count = 2;
	r.n.e.item[ATT_ITEM_IMA_LOG].state = ATT_ITEM_ABSENT;
	node_fails(&r.n, ATT_F_NOT_EVALUATED, "runtime");
	r.n.a.item_count = 3;
	/* PCR 10 is not quoted, or only in a bank that is too weak */
	give_list(&r, att_buf_view(&r.list));
	r.n.attest.select[0].mask &= ~(1u << 10);
	node_fails(&r.n, ATT_F_NOT_EVALUATED, "runtime");
	r.n.attest.select[0].mask |= 1u << 10;
	/* kernels without IMA: a list of nothing, and a register of zeros */
	zero = (struct att_slice){ zeros, 32 };
	ok(att_pcrs_set(&r.n.e.pcrs, ATT_ALG_SHA256, 10, zero, err));
	node_fails(&r.n, ATT_F_IMA_INCOMPLETE, "no entry at all");
	give_list(&r, (struct att_slice){ 0 });
	node_fails(&r.n, ATT_F_IMA_INCOMPLETE, "no entry at all");
	runner_done(&r);
}
END_TEST

/* No beginning of the text passes but the whole; none is a crash. */
START_TEST(truncations)
{
	struct runner r;
	size_t step = 97;

	runner_init(&r, "uki", "ima.txt");
	node_quote(&r.n);
	for (size_t n = 0; n < r.list.len; n += step) {
		give_list(&r, (struct att_slice){ r.list.data, n });
		ck_assert_int_eq(node_judge(&r.n), ATT_FAIL);
	}
	runner_done(&r);
	runner_init(&r, "uki", "ima.bin");
	node_quote(&r.n);
	for (size_t n = 0; n < r.list.len; n += step) {
		give_list(&r, (struct att_slice){ r.list.data, n });
		ck_assert_int_eq(node_judge(&r.n), ATT_FAIL);
	}
	runner_done(&r);
}
END_TEST

/* Any flipped bit of the binary list: no pass. */
START_TEST(flips)
{
	struct runner r;

	runner_init(&r, "uki", "ima.bin");
	node_quote(&r.n);
	ck_assert_int_eq(node_judge(&r.n), ATT_PASS);
	for (size_t bit = 0; bit < 8 * r.list.len; bit += 1013) {
		r.list.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		(void)node_judge(&r.n);
		r.list.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		/* the SHA-1 of an entry is beside the point in this bank */
		if (att_verdict_status(r.n.v) == ATT_PASS)
			ck_assert_uint_eq(att_verdict_held(r.n.v),
			    ALL_CLAIMS);
	}
	runner_done(&r);
}
END_TEST

static void
setup(void)
{
	signer_init(&signer, SIGNER_P256);
}

static void
teardown(void)
{
	signer_done(&signer);
}

int
main(void)
{
	Suite *s = suite_create("imajudge");
	TCase *t = tcase_create("imajudge");

	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, good_lists_pass, 0, BOOT_COUNT);
	tcase_add_test(t, a_changed_entry_fails);
	tcase_add_test(t, a_list_that_runs_ahead);
	tcase_add_test(t, a_list_of_another_boot_fails);
	tcase_add_test(t, boot_aggregate_is_for_policy);
	tcase_add_test(t, only_what_is_new_travels);
	tcase_add_test(t, entries_outside_the_policy);
	tcase_add_test(t, other_registers);
	tcase_add_test(t, violations);
	tcase_add_test(t, lines_are_counted_as_the_node_does);
	tcase_add_test(t, nothing_passes_without_its_parts);
	tcase_add_test(t, truncations);
	tcase_add_test(t, flips);
	suite_add_tcase(s, t);
	return run_suite(s);
}
