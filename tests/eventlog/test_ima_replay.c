#include "testlib.h"

#include "base/file.h"
#include "eventlog/ima_replay.h"
#include "tests/eventlog/imamaker.h"

#define PCR10 (1u << 10)
#define BOOTS "tests/vectors/boots/"

static const uint16_t all[] = { ATT_ALG_SHA1, ATT_ALG_SHA256, ATT_ALG_SHA384,
	ATT_ALG_SHA512 };

static struct att_hasher *h;

static void
setup(void)
{
	h = att_hasher_new();
	ck_assert(h != NULL);
}

static void
teardown(void)
{
	att_hasher_free(h);
}

/* -- help ------------------------------------------------------------------ */

static struct att_ima_list
list_of(const struct att_buf *b)
{
	struct att_ima_list list;

	ok(att_ima_recognise(att_buf_view(b), h, &list, err));
	return list;
}

static void
same_value(const struct att_pcrs *p, uint16_t alg, unsigned pcr,
    struct att_slice want)
{
	struct att_slice v;

	ck_assert(att_pcrs_get(p, alg, pcr, &v));
	ck_assert_msg(att_slice_equal(v, want), "%s %u", att_alg_name(alg),
	    pcr);
}

static struct att_pcrs
replay_all(const struct att_ima_list *list, enum att_ima_form form,
    struct att_ima_replay *r)
{
	struct att_ima_state st;
	struct att_pcrs p;

	att_ima_state_begin(&st, NULL);
	for (size_t i = 0; i < ATT_BANKS_MAX; i++)
		ok(att_pcrs_add_bank(&st.pcrs, att_alg_at(i), err));
	att_ima_replay_begin(r, &st, form, h);
	ok(att_ima_replay_list(r, list, err));
	att_ima_replay_values(r, &p);
	return p;
}

static void
read_file(const char *boot, const char *name, struct att_buf *ret)
{
	char path[128];

	snprintf(path, sizeof(path), "%s%s/%s", BOOTS, boot, name);
	*ret = ATT_BUF(1 << 20);
	ok(att_file_read(path, ret, err));
}

/* -- captured boots -------------------------------------------------------- */

static const char *const boots[] = { "shim", "shim-changed", "uki",
	"uki-changed", "uki-sb", "uki-sb-changed" };

static void
read_pcrs(const char *boot, struct att_pcrs *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf b;

	read_file(boot, "pcrs.txt", &b);
	ok(att_pcrs_parse(att_buf_view(&b), ret, err));
}

static struct att_ima_entry
first_of(const struct att_ima_list *list)
{
	struct att_ima_iter it = att_ima_begin(list, h);
	struct att_ima_entry e;

	ck_assert(!list->text);
	ok(att_ima_next(&it, &e, err));
	return e;
}

/* Case 36 with real boots: one's own registers, then another's. */
START_TEST(captured_boot_aggregates)
{
	for (size_t i = 0; i < ATT_COUNT(boots); i++) {
		AUTO_DONE(att_buf_done) struct att_buf bin;
		struct att_ima_list list;
		struct att_ima_entry e;
		unsigned same = 0;

		read_file(boots[i], "ima.bin", &bin);
		list = list_of(&bin);
		e = first_of(&list);
		for (size_t j = 0; j < ATT_COUNT(boots); j++) {
			enum att_ima_boot got;
			struct att_pcrs pcrs;

			read_pcrs(boots[j], &pcrs);
			ok(att_ima_check_boot(&e, &pcrs, h, &got, err));
			ck_assert(got == (i == j ? ATT_IMA_BOOT_SAME :
						   ATT_IMA_BOOT_OTHER));
			same += got == ATT_IMA_BOOT_SAME;
		}
		ck_assert(same == 1);
	}
}
END_TEST

/* -- replay ---------------------------------------------------------------- */

/* Case 38: the same registers from the list of any bank, in both forms. */
START_TEST(lists_of_every_bank)
{
	for (size_t i = 0; i < 2 * ATT_BANKS_MAX; i++) {
		AUTO_DONE(im_done) struct imamaker m = im_new(
		    att_alg_at(i / 2), i % 2 != 0);
		struct att_buf *forms[] = { &m.bin, &m.text };

		im_templates(&m);
		im_file_violation(&m, 11, "/v");
		for (size_t f = 0; f < ATT_COUNT(forms); f++) {
			struct att_ima_list list = list_of(forms[f]);
			struct att_ima_replay r;
			struct att_pcrs own, padded;

			padded = replay_all(&list, ATT_IMA_PADDED, &r);
			own = replay_all(&list, ATT_IMA_PER_BANK, &r);
			ck_assert(r.broken == 0 && r.violations == 2);
			ck_assert(r.st.entries == m.count);
			for (size_t b = 0; b < ATT_BANKS_MAX; b++)
				for (unsigned pcr = 9; pcr <= 11; pcr++) {
					uint16_t alg = att_alg_at(b);

					same_value(&own, alg, pcr,
					    im_value(&m, alg, pcr));
					same_value(&padded, alg, pcr,
					    im_padded(&m, alg, pcr));
				}
			ck_assert(own.bank[0].mask == 0xe00);
		}
	}
}
END_TEST

/* No digest covers the name of a template; nothing else may change. */
static bool
is_name(const struct imamaker *m, size_t at)
{
	size_t name = 4 + 20 + 4, len = strlen("ima-ng");

	return (at >= name && at < name + len) ||
	    (at >= m->last + name && at < m->last + name + len);
}

/* Any bit: the registers are others, or the entry is known to be broken. */
START_TEST(bit_flips_do_not_pass)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_ima_list list;
	struct att_ima_replay r;
	size_t passed = 0;

	im_file(&m, 10, "/usr/bin/x");
	im_legacy(&m, 10, (const uint8_t *)"0123456789abcdefghij", "/init");
	im_file(&m, 10, "/usr/bin/y");
	list = list_of(&m.bin);
	for (size_t i = 0; i < 8 * m.bin.len; i++) {
		struct att_ima_state st;
		struct att_slice v;

		m.bin.data[i / 8] ^= (uint8_t)(1u << i % 8);
		att_ima_state_begin(&st, NULL);
		ok(att_pcrs_add_bank(&st.pcrs, ATT_ALG_SHA256, err));
		ok(att_pcrs_add_bank(&st.pcrs, ATT_ALG_SHA1, err));
		att_ima_replay_begin(&r, &st, ATT_IMA_PER_BANK, h);
		if (att_ima_replay_list(&r, &list, NULL) == 0 &&
		    r.broken == 0 &&
		    att_pcrs_get(&r.st.pcrs, ATT_ALG_SHA256, 10, &v) &&
		    att_slice_equal(v, im_value(&m, ATT_ALG_SHA256, 10))) {
			ck_assert(is_name(&m, i / 8));
			passed++;
		}
		m.bin.data[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	ck_assert_uint_gt(passed, 0);
}
END_TEST

/* -- boot_aggregate -------------------------------------------------------- */

static enum att_ima_boot
check_boot(const struct att_ima_entry *e, const struct att_pcrs *pcrs)
{
	enum att_ima_boot got;

	ok(att_ima_check_boot(e, pcrs, h, &got, err));
	return got;
}

/* Case 36: PCR 0-7 in SHA-1, 0-9 in any other. */
START_TEST(boot_aggregates)
{
	static const uint16_t algs[] = { ATT_ALG_SHA1, ATT_ALG_SHA256 };

	for (size_t i = 0; i < ATT_COUNT(algs); i++) {
		AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1,
		    false);
		AUTO_DONE(att_buf_done) struct att_buf all_values =
		    ATT_BUF(1024);
		size_t size = att_alg_size(algs[i]);
		unsigned count = i == 0 ? 8 : 10;
		struct att_pcrs pcrs = { 0 };
		struct att_digest d;
		struct att_ima_list list;
		struct att_ima_entry e;

		for (unsigned pcr = 0; pcr < count; pcr++) {
			uint8_t v[ATT_DIGEST_MAX];

			memset(v, (int)pcr + 1, sizeof(v));
			att_buf_bytes(&all_values, v, size);
			ok(att_pcrs_set(&pcrs, algs[i], pcr,
			    (struct att_slice){ v, size }, err));
		}
		ok(att_digest_of(algs[i], att_buf_view(&all_values), &d,
		    err));
		im_boot(&m, &d);
		list = list_of(&m.bin);
		e = first_of(&list);
		ck_assert(check_boot(&e, &pcrs) == ATT_IMA_BOOT_SAME);
		pcrs.bank[0].value[count - 1][0] ^= 1;
		ck_assert(check_boot(&e, &pcrs) == ATT_IMA_BOOT_OTHER);
		pcrs.bank[0].mask &= ~(1u << (count - 1));
		ck_assert(check_boot(&e, &pcrs) == ATT_IMA_BOOT_UNKNOWN);
		fails(att_ima_boot_aggregate(&pcrs, algs[i], h, &d, err),
		    ATT_E_NOT_FOUND, count == 8 ? "PCR 7" : "PCR 9");
	}
}
END_TEST

START_TEST(boot_aggregates_that_tell_nothing)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_digest zero = { .alg = ATT_ALG_SHA1, .len = 20 };
	struct att_pcrs pcrs = im_quote(&m, all, 2, 0x3ff, false);
	struct att_ima_list list;
	struct att_ima_entry e;

	im_boot(&m, &zero);
	list = list_of(&m.bin);
	e = first_of(&list);
	ck_assert(check_boot(&e, &pcrs) == ATT_IMA_BOOT_ZERO);
	e.violation = true;
	ck_assert(check_boot(&e, &pcrs) == ATT_IMA_BOOT_UNKNOWN);
	att_buf_reset(&m.bin);
	im_file(&m, 10, "/x");
	list = list_of(&m.bin);
	e = first_of(&list);
	ck_assert(check_boot(&e, &pcrs) == ATT_IMA_BOOT_UNKNOWN);
	ck_assert_str_eq(att_ima_boot_name(ATT_IMA_BOOT_OTHER), "other");
	ck_assert_str_eq(att_ima_form_name(ATT_IMA_PADDED), "padded");
	ck_assert_str_eq(att_ima_form_name(9), "unknown");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ima_replay");
	TCase *t = tcase_create("ima_replay");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, captured_boot_aggregates);
	tcase_add_test(t, lists_of_every_bank);
	tcase_add_test(t, bit_flips_do_not_pass);
	tcase_add_test(t, boot_aggregates);
	tcase_add_test(t, boot_aggregates_that_tell_nothing);
	suite_add_tcase(s, t);
	return run_suite(s);
}
