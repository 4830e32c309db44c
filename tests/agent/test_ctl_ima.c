#include "agent/run_ctl.h"

#include "base/file.h"
#include "base/json.h"
#include "crypto/pem.h"
#include "eventlog/ima_replay.h"
#include "tests/eventlog/ima_sig_vectors.h"
#include "tests/eventlog/imamaker.h"

#define UKI "tests/vectors/boots/uki/"
#define SHIM "tests/vectors/boots/shim/"

static void
same_values(const struct att_pcrs *got, const struct imamaker *m,
    uint32_t mask, bool padded)
{
	ck_assert(got->count == ATT_BANKS_MAX);
	for (size_t b = 0; b < ATT_BANKS_MAX; b++) {
		uint16_t alg = att_alg_at(b);
		const struct att_pcr_bank *bank = att_pcrs_bank(got, alg);

		ck_assert(bank != NULL && bank->mask == mask);
		for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++)
			ck_assert((mask >> pcr & 1) == 0 ||
			    memcmp(bank->value[pcr], (padded ? im_padded :
			    im_value)(m, alg, pcr).data,
			    att_alg_size(alg)) == 0);
	}
}

static void
holds_values(const struct att_buf *out, const struct imamaker *m,
    uint32_t mask, bool padded)
{
	struct att_pcrs got;

	ok(att_pcrs_parse(att_buf_view(out), &got, err));
	same_values(&got, m, mask, padded);
}

static void
holds_json(const struct att_buf *out, const struct imamaker *m, uint32_t mask)
{
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_pcrs got;

	ok(att_json_parse(att_buf_view(out), RUN_OUTPUT_MAX, &j, err));
	ok(att_pcrs_from_json(j, &got, err));
	same_values(&got, m, mask, false);
}

/* Binary or text, of whatever bank, from a file or from standard input. */
START_TEST(replay_recognises_all)
{
	AUTO_DONE(run_done) struct run r = { 0 };

	for (size_t i = 0; i < 2 * ATT_BANKS_MAX; i++) {
		AUTO_DONE(im_done) struct imamaker m = im_new(
		    att_alg_at(i / 2), i % 2 != 0);
		struct att_buf *forms[] = { &m.bin, &m.text };

		im_templates(&m);
		for (size_t f = 0; f < ATT_COUNT(forms); f++) {
			AUTO_DONE(file_done)
			struct file file = file_of(forms[f]);

			RUN(&r, "ima", "replay", file.path);
			ck_assert(r.status == 0 && r.err.len == 0);
			holds_values(&r.out, &m, 0xe00, false);
			RUN(&r, "ima", "replay", "--padded", "--hash",
			    att_alg_name(m.alg), file.path);
			if (f == 0 || !m.big_endian) {
				ck_assert(r.status == 0);
				holds_values(&r.out, &m, 0xe00, true);
			}
			RUN(&r, "ima", "replay", "--json", file.path);
			ck_assert(r.status == 0);
			holds_json(&r.out, &m, 0xe00);
			r.from = file.path;
			RUN(&r, "ima", "replay", "-");
			ck_assert(r.status == 0);
			holds_values(&r.out, &m, 0xe00, false);
			r.from = NULL;
		}
	}
}
END_TEST

/* Without the entries that came after the registers were read. */
START_TEST(replay_of_a_captured_boot)
{
	AUTO_DONE(att_buf_done) struct att_buf bin = ATT_BUF(1 << 20);
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(1 << 20);
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO_DONE(run_done) struct run r = { 0 };
	struct att_ima_match_info info;
	enum att_ima_match result;
	struct att_ima_list list;
	struct att_ima_state st;
	struct att_pcrs want, got;

	ok(att_file_read(UKI "ima.bin", &bin, err));
	ok(att_file_read(UKI "pcrs.txt", &text, err));
	ok(att_pcrs_parse(att_buf_view(&text), &want, err));
	ok(att_ima_recognise(att_buf_view(&bin), h, &list, err));
	att_ima_state_begin(&st, NULL);
	ok(att_ima_match(&list, &want, 1u << 10, h, &st, &result, &info,
	    err));
	ck_assert(result == ATT_IMA_MATCH && info.left > 0);
	{
		AUTO_DONE(att_ima_done)
		struct att_ima_iter it = att_ima_begin(&list, h);
		struct att_ima_entry e;

		for (uint64_t n = 0; n < info.entries; n++)
			ok(att_ima_next(&it, &e, err));
		bin.len = (size_t)it.cur.off;
	}
	{
		AUTO_DONE(file_done) struct file f = file_of(&bin);

		RUN(&r, "ima", "replay", f.path);
	}
	ck_assert(r.status == 0);
	ok(att_pcrs_parse(att_buf_view(&r.out), &got, err));
	for (size_t i = 0; i < want.count; i++) {
		struct att_slice a, b;

		ck_assert(att_pcrs_get(&got, want.bank[i].alg, 10, &a));
		ck_assert(att_pcrs_get(&want, want.bank[i].alg, 10, &b));
		ck_assert(att_slice_equal(a, b));
	}
}
END_TEST

static json_t *
parse(const struct run *r)
{
	json_t *j = NULL;

	ok(att_json_parse(att_buf_view(&r->out), RUN_OUTPUT_MAX, &j, err));
	ck_assert(json_is_object(j));
	return j;
}

/* Case 34 and 42: named by number and offset, and no register is printed. */
START_TEST(damaged_lists)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	AUTO(att_json_decref) json_t *j = NULL;
	AUTO_DONE(run_done) struct run r = { 0 };
	char word[32];

	im_file(&m, 10, "/usr/bin/x");
	im_file(&m, 10, "/usr/bin/y");
	m.bin.data[m.bin.len - 2] ^= 1;
	m.text.data[m.text.len - 2] ^= 1;
	im_file(&m, 10, "/usr/bin/z");
	{
		AUTO_DONE(file_done) struct file f = file_of(&m.bin);

		RUN(&r, "ima", "replay", f.path);
	}
	ck_assert(r.status == 3 && r.out.len == 0);
	ck_assert(run_has(&r.err, "IMA entry 1: template digest is not the "
	    "sha1 hash of the data; 1 such entries"));
	snprintf(word, sizeof(word), "(offset %zu)", m.last / 2);
	ck_assert(run_has(&r.err, word));
	{
		AUTO_DONE(file_done) struct file f = file_of(&m.text);

		RUN(&r, "ima", "replay", f.path);
		ck_assert(r.status == 3 && r.out.len == 0);
		ck_assert(run_has(&r.err, "IMA entry 1: "));
		/* shown all the same, and marked */
		RUN(&r, "ima", "show", f.path);
		ck_assert(r.status == 0 && run_has(&r.out,
		    "/usr/bin/x [broken]\n"));
	}
	att_buf_u8(&m.bin, 10);
	{
		AUTO_DONE(file_done) struct file f = file_of(&m.bin);

		RUN(&r, "ima", "replay", f.path);
		ck_assert(r.status == 3 && r.out.len == 0);
		ck_assert(run_has(&r.err, "IMA entry 3: "));
		/* what comes before the damage is shown */
		RUN(&r, "ima", "show", "--json", f.path);
		ck_assert(r.status == 3);
		ck_assert(run_has(&r.err, "IMA entry 3: "));
		j = parse(&r);
		ck_assert(json_array_size(json_object_get(j, "entries")) ==
		    3);
		ck_assert_uint_eq((size_t)json_integer_value(
		    json_object_get(j, "used")), m.bin.len - 1);
		ck_assert_int_eq(json_integer_value(json_object_get(j,
		    "broken")), 1);
	}
	RUN(&r, "ima", "replay", "/dev/null");
	ck_assert(r.status == 3 && run_has(&r.err, "it is empty"));
	RUN(&r, "ima", "show", "/dev/zero");
	ck_assert(r.status == 3 && run_has(&r.err, "larger than 268435456"));
	RUN(&r, "ima", "replay", "/nonexistent/list");
	ck_assert(r.status == 4 && run_has(&r.err, "/nonexistent/list"));
}
END_TEST

START_TEST(show_json)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA256, false);
	AUTO_DONE(run_done) struct run r = { 0 };
	AUTO(att_json_decref) json_t *j = NULL;
	const json_t *list, *first, *last;

	im_templates(&m);
	{
		AUTO_DONE(file_done) struct file f = file_of(&m.bin);

		RUN(&r, "ima", "show", "--json", f.path);
	}
	ck_assert(r.status == 0 && r.err.len == 0);
	j = parse(&r);
	ck_assert_str_eq(json_string_value(json_object_get(j, "algorithm")),
	    "sha256");
	ck_assert_str_eq(json_string_value(json_object_get(j, "format")),
	    "binary");
	ck_assert_uint_eq((size_t)json_integer_value(json_object_get(j,
	    "used")), m.bin.len);
	ck_assert_int_eq(json_integer_value(json_object_get(j,
	    "violations")), 1);
	list = json_object_get(j, "entries");
	ck_assert(json_array_size(list) == IM_TEMPLATES);
	first = json_array_get(list, 0);
	ck_assert_str_eq(json_string_value(json_object_get(first, "path")),
	    "boot_aggregate");
	ck_assert_str_eq(json_string_value(json_object_get(first,
	    "template")), "ima-sig");
	ck_assert_str_eq(json_string_value(json_object_get(first,
	    "algorithm")), "sha256");
	ck_assert_str_eq(json_string_value(json_object_get(first, "check")),
	    "holds");
	ck_assert_int_eq(json_integer_value(json_object_get(first, "pcr")),
	    10);
	ck_assert(json_array_size(json_object_get(first, "fields")) == 3);
	last = json_array_get(list, IM_TEMPLATES - 2);
	ck_assert_str_eq(json_string_value(json_object_get(last, "check")),
	    "violation");
	ck_assert_str_eq(json_string_value(json_object_get(last, "path")),
	    "/var/log/audit/audit.log");
}
END_TEST

/* Nothing that a path has reaches the terminal as it is. */
START_TEST(show_clean_text)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	AUTO_DONE(run_done) struct run r = { 0 };

	im_file(&m, 10, "/a\nb\033[2J\xff");
	im_file_violation(&m, 10, "/caf\xc3\xa9");
	im_templates(&m);
	{
		AUTO_DONE(file_done) struct file f = file_of(&m.bin);

		RUN(&r, "ima", "show", f.path);
	}
	ck_assert(r.status == 0 && r.err.len == 0);
	ck_assert(run_has(&r.out, " /a\\x0ab\\x1b[2J\\xff\n1 10 ima-ng "));
	ck_assert(run_has(&r.out, " /caf\xc3\xa9 [violation]\n2 10 ima-sig "));
	ck_assert(run_has(&r.out, " boot_aggregate [signed]\n"));
	ck_assert(run_has(&r.out, " verity:sha512:"));
	ck_assert(run_has(&r.out, " /plain\n"));
	ck_assert(memchr(r.out.data, '\033', r.out.len) == NULL);
}
END_TEST

START_TEST(usage)
{
	static const char *const words[][6] = {
		{ "ima", NULL },
		{ "ima", "replay", NULL },
		{ "ima", "nonsense", UKI "ima.bin", NULL },
		{ "ima", "replay", "x", "y", NULL },
		{ "ima", "show", "--padded", "x", NULL },
		{ "ima", "show", "--hash", "md5", "x", NULL },
		{ "ima", "show", "--nonsense", "x", NULL },
	};
	AUTO_DONE(run_done) struct run r = { 0 };

	for (size_t i = 0; i < ATT_COUNT(words); i++) {
		run_ctl(&r, words[i]);
		ck_assert_msg(r.status == 2, "%zu: %d", i, r.status);
		ck_assert(r.out.len == 0);
		ck_assert(run_has(&r.err, "usage: attestctl ima replay "));
	}
	RUN(&r, "ima", "--help");
	ck_assert(r.status == 0 && r.err.len == 0);
	ck_assert(run_has(&r.out, "attestctl ima show "));
	RUN(&r, "--help");
	ck_assert(r.status == 0 && run_has(&r.out, "  ima "));
	/* the wrong algorithm is damage, not a guess */
	RUN(&r, "ima", "replay", "--hash", "sha256", SHIM "ima.bin");
	ck_assert(r.status == 3 && r.out.len == 0);
}
END_TEST

/* A policy of Keylime's with a key's digest, and a list that has the key. */
START_TEST(import_with_keys_of_a_list)
{
	AUTO_DONE(att_buf_done) struct att_buf policy = ATT_BUF(4096);
	AUTO_DONE(att_buf_done) struct att_buf der = ATT_BUF(4096);
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	AUTO_DONE(run_done) struct run r = { 0 };
	AUTO(att_pem_free) struct att_pem *pem = NULL;
	uint8_t named[8 + 32] = "sha256:";
	struct att_digest d;

	ok(att_pem_open(S(OWN_ID_CERT), &pem, err));
	ok(att_pem_next(pem, "CERTIFICATE", &der, err));
	ok(att_digest_of(ATT_ALG_SHA256, att_buf_view(&der), &d, err));
	memcpy(named + 8, d.bytes, d.len);
	im_entry(&m, 10, "ima-buf", (struct im_field[]){
	    { IM_NAMED, named, sizeof(named) }, IM_PATH(".ima"),
	    { IM_HEX, der.data, der.len } }, 3);
	att_buf_str(&policy, "{\"digests\":{},\"keyrings\":{\".ima\":[\"");
	att_hex_put(&policy, att_digest_view(&d));
	att_buf_str(&policy, "\"]}}");
	{
		AUTO_DONE(file_done) struct file list = file_of(&m.text);
		AUTO_DONE(file_done) struct file theirs = file_of(&policy);

		RUN(&r, "runtime", "import", "--id", "k", theirs.path);
		ck_assert(r.status == 0 && !run_has(&r.out, "00c0ffee"));
		ck_assert(run_has(&r.err, "not taken: that keys of"));
		RUN(&r, "runtime", "import", "--id", "k", "--list",
		    list.path, theirs.path);
		ck_assert(r.status == 0 && run_has(&r.out, "00c0ffee"));
		ck_assert(run_has(&r.err, "keys of the policy in it: 1"));
		RUN(&r, "runtime", "import", "--id", "k", "--list",
		    theirs.path, theirs.path);
		ck_assert(r.status == 3 && r.out.len == 0);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_ima");
	TCase *t = tcase_create("ctl_ima");

	tcase_add_test(t, replay_recognises_all);
	tcase_add_test(t, replay_of_a_captured_boot);
	tcase_add_test(t, damaged_lists);
	tcase_add_test(t, show_json);
	tcase_add_test(t, show_clean_text);
	tcase_add_test(t, usage);
	tcase_add_test(t, import_with_keys_of_a_list);
	suite_add_tcase(s, t);
	return run_suite(s);
}
