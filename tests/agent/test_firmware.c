/* PCR 23, which is made to hold the digest of the firmware. */
#include "tests/agent/push_test.h"

#include "agent/verdict_file.h"
#include "tests/agent/run_ctl.h"
#include "tpm/state.h"

#define CLAIMS(at, version)                                                  \
	"{\"at\":\"" at "\",\"firmware\":{\"bmc\":\"" version "\"}}\n"

static void
turn_on(void)
{
	ck_assert(!config.firmware_pcr);	/* off by default */
	config.firmware_pcr = true;
}

/* PCR 23 of all banks, now. */
static struct att_pcrs
registers(void)
{
	AUTO(att_tpm_free) struct att_tpm *t = NULL;
	struct att_pcr_select bank[ATT_BANKS_MAX];
	struct att_pcrs now;
	size_t n = 0;

	ok(att_tpm_open(tpm.tcti, 60000, &t, err));
	ok(att_tpm_banks_read(t, bank, &n, err));
	for (size_t i = 0; i < n; i++)
		bank[i].mask = 1u << 23;
	ok(att_tpm_pcrs_read(t, bank, n, &now, NULL, err));
	return now;
}

static bool
is_zero(const struct att_pcrs *p)
{
	static const uint8_t zero[ATT_DIGEST_MAX];

	for (size_t i = 0; i < p->count; i++)
		if (memcmp(p->bank[i].value[23], zero,
			att_alg_size(p->bank[i].alg)) != 0)
			return false;
	return true;
}

/* Each bank holds what `attestctl firmware pcr` says of this document. */
static void
holds(const char *claims)
{
	AUTO_DONE(run_done) struct run r = { 0 };
	AUTO(free) char *path = in_node("as-printed");
	struct att_pcrs now = registers();

	node_write("as-printed", S(claims));
	for (size_t i = 0; i < now.count; i++) {
		struct att_digest d;
		char hex[ATT_DIGEST_HEX_MAX], want[ATT_DIGEST_HEX_MAX + 16];
		struct att_slice v;

		ck_assert(att_pcrs_get(&now, now.bank[i].alg, 23, &v));
		ok(att_digest_from(now.bank[i].alg, v, &d, err));
		snprintf(want, sizeof(want), "{\"23\":[\"%s\"]}\n",
		    att_digest_hex(&d, hex));
		RUN(&r, "firmware", "pcr", "--bank",
		    att_alg_name(now.bank[i].alg), path);
		ck_assert_int_eq(r.status, 0);
		ck_assert_msg(att_slice_is(att_buf_view(&r.out), want),
		    "%.*s, not %s", (int)r.out.len, r.out.data, want);
	}
}

START_TEST(off_by_default)
{
	struct att_pcrs now;

	node_write("claims", S(CLAIMS("1", "1.2")));
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	now = registers();
	ck_assert(is_zero(&now));
	/* whoever uses it is left alone */
	swtpm_extend(&tpm, 23, "another program");
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	now = registers();
	ck_assert(!is_zero(&now));
	ck_assert_str_eq(last.firmware_pcr, "");
}
END_TEST

START_TEST(once_per_boot_and_on_change)
{
	turn_on();
	node_write("claims", S(CLAIMS("1", "1.2")));
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert_str_eq(last.firmware_pcr, "");
	holds(CLAIMS("1", "1.2"));
	/* a later pass over the same firmware */
	node_write("claims", S(CLAIMS("2", "1.2")));
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	holds(CLAIMS("1", "1.2"));
	node_write("claims", S(CLAIMS("3", "1.3")));
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	holds(CLAIMS("3", "1.3"));
	swtpm_reboot(&tpm);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	holds(CLAIMS("3", "1.3"));
}
END_TEST

/* What the verifier gets is what was extended: it is done before the quote. */
START_TEST(before_the_quote)
{
	AUTO_DONE(att_buf_done) struct att_buf file = ATT_BUF(ATT_BUNDLE_MAX);
	AUTO(att_bundle_free) struct att_bundle *b = NULL;
	struct att_slice quoted, is;
	struct att_pcrs now;

	turn_on();
	fake.bound = false;	/* as Keylime */
	fake.items = 1;
	fake.pcrs = 1u << 23 | 1u << 7;
	node_write("claims", S(CLAIMS("1", "1.2")));
	swtpm_extend(&tpm, 23, "somebody was here before");
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	holds(CLAIMS("1", "1.2"));
	ck_assert(node_read("state/evidence.json", &file));
	ok(att_bundle_parse(att_buf_view(&file), &b, err));
	now = registers();
	ck_assert(att_pcrs_get(&att_bundle_evidence(b)->pcrs, ATT_ALG_SHA256,
	    23, &quoted));
	ck_assert(att_pcrs_get(&now, ATT_ALG_SHA256, 23, &is));
	ck_assert(att_slice_equal(quoted, is));
}
END_TEST

/* As `attestctl status` and whoever reads the file are told. */
static void
told(const char *word)
{
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file left = { 0 };
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file f = { 0 };
	char id[ATT_BOOT_ID_LEN + 1];
	struct att_verdict_now now;

	ok(att_verdict_file_write(&config, &last, 0, 1000, &left, err));
	ok(att_verdict_now(&config, id, &now, err));
	ok(att_verdict_file_read(&config, ATT_OWNER_ANY, &now, &f, err));
	ck_assert(f.status == ATT_PASS);
	ck_assert_msg(strstr(f.firmware_pcr, word) != NULL &&
	    (word[0] != '\0' || f.firmware_pcr[0] == '\0'), "\"%s\"",
	    f.firmware_pcr);
}

START_TEST(what_goes_wrong_stops_nothing)
{
	static const struct {
		const char *claims, *word;
	} bad[] = {
		{ NULL, "no such file" },
		{ "{", "firmware claims" },
		{ "{\"at\":\"1\"}", "\"firmware\"" },
		{ "{\"firmware\":{\"a\":1.5}}", "no integer" },
	};
	AUTO(free) char *path = in_node("claims");

	turn_on();
	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		struct att_pcrs now;

		if (bad[i].claims != NULL)
			node_write("claims", S(bad[i].claims));
		round_ends(ATT_OUTCOME_ACCEPTED, "");
		ck_assert(last.standing == ATT_STANDING_PASS);
		told(bad[i].word);
		now = registers();
		ck_assert(is_zero(&now));
	}
	/* and what is there stays there: nobody says that it is wrong */
	node_write("claims", S(CLAIMS("1", "1.2")));
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	told("");
	ck_assert(unlink(path) == 0 && mkdir(path, 0700) == 0);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	told("directory");
	holds(CLAIMS("1", "1.2"));
}
END_TEST

START_TEST(policy_in_a_line)
{
	AUTO_DONE(run_done) struct run r = { 0 };
	AUTO(free) char *one = in_node("one");
	AUTO(free) char *two = in_node("two");
	AUTO(att_json_decref) json_t *j = NULL;

	node_write("one", S(CLAIMS("1", "1.2")));
	node_write("two", S(CLAIMS("1", "1.3")));
	RUN(&r, "firmware", "pcr", one, two);
	ck_assert_int_eq(r.status, 0);
	ck_assert(r.out.data[r.out.len - 1] == '\n' &&
	    memchr(r.out.data, '\n', r.out.len - 1) == NULL);
	ok(att_json_parse(att_buf_view(&r.out), 65536, &j, err));
	ck_assert_uint_eq(json_object_size(j), 1);
	ck_assert_uint_eq(json_array_size(json_object_get(j, "23")), 6);
	/* sha256 of either, as printf and sha256sum have it */
	ck_assert(run_has(&r.out, "\"828e80944ba00aed492fdb1a0930fbd7"
	    "04a7163261874d3774a83d6726cf59a5\""));
	ck_assert(run_has(&r.out, "\"e04b6b510198440534cafea3380c1025"
	    "87bdc2bf9fd1bae0a89638207d976d7a\""));
	RUN(&r, "firmware", "pcr");
	ck_assert_int_eq(r.status, 2);
	RUN(&r, "firmware", "pcr", "--bank", "md5", one);
	ck_assert_int_eq(r.status, 2);
	RUN(&r, "firmware", "burn", one);
	ck_assert_int_eq(r.status, 2);
	RUN(&r, "firmware", "pcr", one, "/nonexistent");
	ck_assert_int_eq(r.status, 4);
	ck_assert_uint_eq(r.out.len, 0);
	node_write("two", S("{\"firmware\":[]}"));
	RUN(&r, "firmware", "pcr", one, two);
	ck_assert_int_eq(r.status, 3);
	ck_assert_uint_eq(r.out.len, 0);
	ck_assert(run_has(&r.err, two));
}
END_TEST

int
main(void)
{
	TCase *t;
	Suite *s = push_suite("firmware", &t);

	tcase_add_test(t, off_by_default);
	tcase_add_test(t, once_per_boot_and_on_change);
	tcase_add_test(t, before_the_quote);
	tcase_add_test(t, what_goes_wrong_stops_nothing);
	tcase_add_test(t, policy_in_a_line);
	return run_suite(s);
}
