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

static enum att_ima_match
match(const struct att_ima_list *list, const struct att_pcrs *quote,
    uint32_t mask, struct att_ima_state *st, struct att_ima_match_info *info)
{
	enum att_ima_match result = 0;

	ok(att_ima_match(list, quote, mask, h, st, &result, info, err));
	ck_assert(result != 0);
	return result;
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

/* The list has grown since the registers were read. */
START_TEST(captured_boots)
{
	for (size_t i = 0; i < ATT_COUNT(boots); i++) {
		AUTO_DONE(att_buf_done) struct att_buf bin, text;
		struct att_ima_match_info a, b;
		struct att_ima_list list;
		struct att_ima_state st;
		struct att_pcrs pcrs;

		read_file(boots[i], "ima.bin", &bin);
		read_file(boots[i], "ima.txt", &text);
		read_pcrs(boots[i], &pcrs);
		list = list_of(&bin);
		ck_assert(!list.text && list.alg == ATT_ALG_SHA1);
		att_ima_state_begin(&st, NULL);
		ck_assert(match(&list, &pcrs, PCR10, &st, &a) ==
		    ATT_IMA_MATCH);
		ck_assert(a.form == ATT_IMA_PER_BANK && a.entries > 300);
		ck_assert(a.left > 0 && a.left < 4 && a.damage.code == 0);
		ck_assert(a.broken == ATT_IMA_NO_ENTRY && a.unquoted == 0);
		ck_assert(st.entries == a.entries && st.pcrs.count == 4);
		same_value(&st.pcrs, ATT_ALG_SHA384, 10,
		    (struct att_slice){ pcrs.bank[2].value[10], 48 });
		list = list_of(&text);
		ck_assert(list.text && list.alg == ATT_ALG_SHA1);
		att_ima_state_begin(&st, NULL);
		ck_assert(match(&list, &pcrs, PCR10, &st, &b) ==
		    ATT_IMA_MATCH);
		ck_assert(a.entries == b.entries && a.left == b.left);
		ck_assert(a.violations == b.violations);
		/* one register more, and nothing fits */
		att_ima_state_begin(&st, NULL);
		ck_assert(match(&list, &pcrs, PCR10 | 1, &st, &b) ==
		    ATT_IMA_MISMATCH);
		ck_assert(st.entries == 0 && st.pcrs.count == 0);
	}
}
END_TEST

/* -- matching -------------------------------------------------------------- */

/* Case 35: records that came after the quote, then a quote of no beginning. */
START_TEST(longer_than_the_quote)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA256, false);
	struct att_pcrs quotes[20];
	struct att_ima_match_info info;
	struct att_ima_list list;
	struct att_ima_state st;

	for (size_t i = 0; i < ATT_COUNT(quotes); i++) {
		char path[16];

		quotes[i] = im_quote(&m, all, 4, PCR10, false);
		snprintf(path, sizeof(path), "/%zu", i);
		im_file(&m, 10, path);
	}
	list = list_of(&m.bin);
	for (size_t i = 0; i < ATT_COUNT(quotes); i++) {
		att_ima_state_begin(&st, NULL);
		ck_assert(match(&list, &quotes[i], PCR10, &st, &info) ==
		    ATT_IMA_MATCH);
		ck_assert(info.entries == i && st.entries == i);
		ck_assert(info.left == ATT_COUNT(quotes) - i);
		/* nothing was extended: both forms are as good */
		ck_assert(st.form == (i == 0 ? ATT_IMA_FORM_UNKNOWN :
					       ATT_IMA_PER_BANK));
		quotes[i].bank[1].value[10][31] ^= 1;
		quotes[i].bank[0].value[10][19] ^= 1;
		quotes[i].bank[2].value[10][0] ^= 1;
		quotes[i].bank[3].value[10][63] ^= 1;
		att_ima_state_begin(&st, NULL);
		ck_assert(match(&list, &quotes[i], PCR10, &st, &info) ==
		    ATT_IMA_NO_BEGIN);
		ck_assert(st.entries == 0);
	}
}
END_TEST

static void
put_boot(struct imamaker *m)
{
	struct att_digest d;

	ok(att_digest_of(ATT_ALG_SHA256, S("registers"), &d, err));
	im_boot(m, &d);
}

/* One bank is of another moment, or was never extended at all. */
START_TEST(banks_that_disagree)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_ima_match_info info;
	struct att_pcrs early, quote;
	struct att_ima_list list;
	struct att_ima_state st;

	put_boot(&m);
	im_file(&m, 10, "/a");
	early = im_quote(&m, all, 4, PCR10, false);
	im_file(&m, 10, "/b");
	quote = im_quote(&m, all, 4, PCR10, false);
	list = list_of(&m.bin);
	for (size_t i = 0; i < 2 * ATT_COUNT(all); i++) {
		struct att_pcrs q = quote;
		size_t bad = i / 2;

		/* of two banks as well as of four */
		if (i % 2 != 0 && bad < 2)
			q.count = 2;
		q.bank[bad] = early.bank[bad];
		att_ima_state_begin(&st, NULL);
		ck_assert(match(&list, &q, PCR10, &st, &info) ==
		    ATT_IMA_DISAGREE);
		ck_assert(info.bank == all[bad]);
		memset(q.bank[bad].value[10], 0, ATT_DIGEST_MAX);
		att_ima_state_begin(&st, NULL);
		ck_assert(match(&list, &q, PCR10, &st, &info) ==
		    ATT_IMA_DISAGREE);
		ck_assert(info.bank == all[bad]);
	}
	memset(quote.bank[0].value[10], 1, 20);
	quote.count = 1;
	att_ima_state_begin(&st, NULL);
	ck_assert(match(&list, &quote, PCR10, &st, &info) ==
	    ATT_IMA_MISMATCH);
	ck_assert(info.bank == 0 && info.broken == ATT_IMA_NO_ENTRY);
}
END_TEST

/* Kernels before 5.8; the SHA-1 field of the list is not what is believed. */
START_TEST(padded_kernels)
{
	static const uint16_t files[] = { ATT_ALG_SHA1, ATT_ALG_SHA256 };

	for (size_t i = 0; i < ATT_COUNT(files); i++) {
		AUTO_DONE(im_done) struct imamaker m = im_new(files[i], false);
		struct att_ima_match_info info;
		struct att_ima_list list;
		struct att_ima_state st;
		struct att_pcrs quote;

		put_boot(&m);
		im_file(&m, 10, "/a");
		im_file_violation(&m, 10, "/v");
		list = list_of(&m.bin);
		quote = im_quote(&m, all, 4, PCR10, true);
		att_ima_state_begin(&st, NULL);
		ck_assert(match(&list, &quote, PCR10, &st, &info) ==
		    ATT_IMA_MATCH);
		ck_assert(info.form == ATT_IMA_PADDED && info.entries == 3);
		ck_assert(st.form == ATT_IMA_PADDED);
		/* in SHA-1 there is no difference, and none is claimed */
		att_ima_state_begin(&st, NULL);
		quote.count = 1;
		ck_assert(match(&list, &quote, PCR10, &st, &info) ==
		    ATT_IMA_MATCH);
		ck_assert(info.form == ATT_IMA_FORM_UNKNOWN);
		/* the digest stays, the data does not */
		quote = im_quote(&m, all, 4, PCR10, true);
		m.bin.data[m.last - 2] = 'b';
		att_ima_state_begin(&st, NULL);
		ck_assert(match(&list, &quote, PCR10, &st, &info) ==
		    ATT_IMA_MISMATCH);
		ck_assert(info.broken == 1);
	}
}
END_TEST

/* Only what is quoted is compared, and carried on. */
START_TEST(quoted_banks_and_registers)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_ima_match_info info;
	enum att_ima_match result;
	struct att_ima_list list;
	struct att_ima_state st;
	struct att_pcrs quote;

	put_boot(&m);
	list = list_of(&m.bin);
	quote = im_quote(&m, all, 2, PCR10 | 1u << 7, false);
	/* a bank of which another register is quoted has no say */
	ok(att_pcrs_set(&quote, ATT_ALG_SHA384, 7,
	    im_value(&m, ATT_ALG_SHA384, 7), err));
	att_ima_state_begin(&st, NULL);
	ck_assert(match(&list, &quote, PCR10, &st, &info) == ATT_IMA_MATCH);
	ck_assert(st.pcrs.count == 2 && st.pcrs.bank[0].mask == PCR10);
	fails(att_ima_match(&list, &quote, PCR10 | 1u << 11, h, &st, &result,
	    &info, err), ATT_E_USAGE, "begins at entry 0, 1 are known");
	list.first = 1;
	fails(att_ima_match(&list, &quote, PCR10 | 1u << 11, h, &st, &result,
	    &info, err), ATT_E_NOT_FOUND, "not among the quoted");
	fails(att_ima_match(&list, &quote, 0, h, &st, &result, &info, err),
	    ATT_E_NOT_FOUND, "not among the quoted");
	/* a bank that was not there before */
	quote = im_quote(&m, all, 4, PCR10, false);
	fails(att_ima_match(&list, &quote, PCR10, h, &st, &result, &info,
	    err), ATT_E_NOT_FOUND, "bank sha384: the IMA list is needed");
	ck_assert(st.entries == 1 && st.pcrs.count == 2);
}
END_TEST

/* Case 25: what others extended before is where a register begins. */
START_TEST(registers_that_others_extend)
{
	static const uint8_t before[ATT_DIGEST_MAX] = { 1, 2, 3 };
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_ima_match_info info;
	struct att_ima_list list;
	struct att_ima_state st;
	struct att_pcrs start = { 0 }, quote;

	for (size_t i = 0; i < ATT_COUNT(all); i++) {
		memcpy(m.own[i][11], before, sizeof(before));
		ok(att_pcrs_set(&start, all[i], 11, (struct att_slice){ before,
		    att_alg_size(all[i]) }, err));
	}
	im_file(&m, 10, "/a");
	im_file(&m, 11, "/b");
	im_file(&m, 10, "/c");
	list = list_of(&m.bin);
	quote = im_quote(&m, all, 4, PCR10 | 1u << 11, false);
	att_ima_state_begin(&st, &start);
	ck_assert(match(&list, &quote, PCR10 | 1u << 11, &st, &info) ==
	    ATT_IMA_MATCH);
	ck_assert(info.entries == 3 && info.unquoted == 0);
	/* PCR 10 alone says nothing of /b */
	att_ima_state_begin(&st, &start);
	ck_assert(match(&list, &quote, PCR10, &st, &info) == ATT_IMA_MATCH);
	ck_assert(info.entries == 3 && info.unquoted == 1);
	/* without what came before, PCR 11 is another */
	att_ima_state_begin(&st, NULL);
	ck_assert(match(&list, &quote, PCR10 | 1u << 11, &st, &info) !=
	    ATT_IMA_MATCH);
}
END_TEST

/* Case 34: a byte of one entry, wherever it is. */
START_TEST(tampered_entries)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_ima_match_info info;
	struct att_ima_list list;
	struct att_ima_state st;
	struct att_pcrs quote;
	size_t at[8];

	for (size_t i = 0; i < ATT_COUNT(at); i++) {
		(i == 3 ? im_file_violation : im_file)(&m, 10, "/usr/bin/x");
		at[i] = m.bin.len - 2;	/* the end of the path */
	}
	list = list_of(&m.bin);
	/* with the list's own bank among the quoted ones, and without it */
	for (size_t i = 0; i < 2 * ATT_COUNT(at); i++) {
		quote = im_quote(&m, all + i % 2, 2, PCR10, false);
		m.bin.data[at[i / 2]] ^= 1;
		att_ima_state_begin(&st, NULL);
		if (i / 2 == 3) {
			ck_assert(match(&list, &quote, PCR10, &st, &info) ==
			    ATT_IMA_MATCH);
			ck_assert(info.violations == 1);
		} else {
			ck_assert(match(&list, &quote, PCR10, &st, &info) !=
			    ATT_IMA_MATCH);
			ck_assert(info.broken == i / 2);
			ck_assert(st.entries == 0);
		}
		m.bin.data[at[i / 2]] ^= 1;
	}
	/* a digest alone: the data is what counts, and it is told */
	m.bin.data[4] ^= 1;
	att_ima_state_begin(&st, NULL);
	quote = im_quote(&m, all, 2, PCR10, false);
	ck_assert(match(&list, &quote, PCR10, &st, &info) == ATT_IMA_MATCH);
	ck_assert(info.broken == 0);
}
END_TEST

/* -- from one appraisal to the next ---------------------------------------- */

static struct att_ima_state
kept(const struct att_ima_state *st)
{
	AUTO_DONE(att_buf_done) struct att_buf a = ATT_BUF(ATT_IMA_STATE_MAX);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_IMA_STATE_MAX);
	struct att_ima_state again;

	att_ima_state_encode(st, &a);
	ok(att_ima_state_parse(att_buf_view(&a), &again, err));
	att_ima_state_encode(&again, &b);
	ck_assert(!a.failed && !b.failed);
	ck_assert(att_slice_equal(att_buf_view(&a), att_buf_view(&b)));
	return again;
}

/* What follows the known beginning, both forms of kernels, both of lists. */
START_TEST(incremental)
{
	for (unsigned i = 0; i < 4; i++) {
		AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1,
		    false);
		struct att_buf *b = i / 2 != 0 ? &m.bin : &m.text;
		bool padded = i % 2 != 0;
		struct att_ima_match_info info;
		struct att_ima_list list;
		struct att_ima_state st;
		struct att_pcrs quote;

		att_ima_state_begin(&st, NULL);
		put_boot(&m);
		for (unsigned round = 0; round < 5; round++) {
			size_t from, quoted = st.entries + 3;

			im_file(&m, 10, "/a");
			im_file_violation(&m, 10, "/b");
			if (round > 0)
				im_file(&m, 10, "/c");
			quote = im_quote(&m, all, 4, PCR10, padded);
			from = b->len;
			im_file(&m, 11, "/late");
			ok(att_ima_open((struct att_slice){ b->data, b->len },
			    ATT_ALG_SHA1, &list, err));
			list.raw = att_buf_view(b);
			list.first = st.entries;
			ck_assert(match(&list, &quote, PCR10, &st, &info) ==
			    ATT_IMA_MATCH);
			ck_assert(info.left == 1 && st.entries == info.entries);
			ck_assert(st.entries == quoted + (round > 0));
			ck_assert(info.violations == 1);
			ck_assert(st.form == (padded ? ATT_IMA_PADDED :
						       ATT_IMA_PER_BANK));
			st = kept(&st);
			/* the agent goes on behind what was quoted */
			memmove(b->data, b->data + from, b->len - from);
			b->len -= from;
		}
		/* nothing new, and nothing measured since */
		b->len = 0;
		list.raw = att_buf_view(b);
		list.first = st.entries;
		ck_assert(match(&list, &quote, PCR10, &st, &info) ==
		    ATT_IMA_MATCH);
		ck_assert(info.left == 0 && info.entries == st.entries);
		/* nothing new, but the register has moved */
		im_file(&m, 10, "/d");
		b->len = 0;
		list.raw.len = 0;
		quote = im_quote(&m, all, 4, PCR10, padded);
		ck_assert(match(&list, &quote, PCR10, &st, &info) ==
		    ATT_IMA_MISMATCH);
	}
}
END_TEST

/* The form is known by then: a kernel does not change it. */
START_TEST(form_is_kept)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_ima_match_info info;
	struct att_ima_list list;
	struct att_ima_state st;
	struct att_pcrs quote;
	size_t from;

	put_boot(&m);
	list = list_of(&m.bin);
	quote = im_quote(&m, all, 2, PCR10, false);
	att_ima_state_begin(&st, NULL);
	ck_assert(match(&list, &quote, PCR10, &st, &info) == ATT_IMA_MATCH);
	/* from here on as an old kernel would */
	from = m.bin.len;
	memcpy(m.padded, m.own, sizeof(m.own));
	im_file(&m, 10, "/a");
	quote = im_quote(&m, all, 2, PCR10, true);
	list.raw = (struct att_slice){ m.bin.data + from, m.bin.len - from };
	list.first = 1;
	ck_assert(match(&list, &quote, PCR10, &st, &info) ==
	    ATT_IMA_DISAGREE);
	st.form = ATT_IMA_FORM_UNKNOWN;
	ck_assert(match(&list, &quote, PCR10, &st, &info) == ATT_IMA_MATCH);
	ck_assert(info.form == ATT_IMA_PADDED);
}
END_TEST

/* Case 37: a list whose beginning was taken away. */
START_TEST(trimmed_lists)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_ima_state st, known;
	struct att_ima_match_info info;
	struct att_ima_list list;
	struct att_pcrs quote;
	size_t from;

	put_boot(&m);
	im_file(&m, 10, "/a");
	list = list_of(&m.bin);
	quote = im_quote(&m, all, 4, PCR10, false);
	att_ima_state_begin(&known, NULL);
	ck_assert(match(&list, &quote, PCR10, &known, &info) ==
	    ATT_IMA_MATCH);
	from = m.bin.len;
	im_file(&m, 10, "/b");
	quote = im_quote(&m, all, 4, PCR10, false);
	list.raw = (struct att_slice){ m.bin.data + from, m.bin.len - from };
	/* nobody knows what was before */
	att_ima_state_begin(&st, NULL);
	ck_assert(match(&list, &quote, PCR10, &st, &info) ==
	    ATT_IMA_NO_BEGIN);
	ck_assert(st.entries == 0);
	/* and here it is known */
	list.first = 2;
	ck_assert(match(&list, &quote, PCR10, &known, &info) ==
	    ATT_IMA_MATCH);
	ck_assert(info.entries == 3 && known.entries == 3);
}
END_TEST

START_TEST(states_that_are_refused)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_IMA_STATE_MAX);
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_ima_state st, got;

	/* the largest there is */
	att_ima_state_begin(&st, NULL);
	for (size_t i = 0; i < ATT_BANKS_MAX; i++) {
		ok(att_pcrs_add_bank(&st.pcrs, att_alg_at(i), err));
		st.pcrs.bank[i].mask = ATT_PCR_ALL;
	}
	got = kept(&st);
	ck_assert(got.pcrs.count == ATT_BANKS_MAX);
	im_file(&m, 10, "/x");
	att_ima_state_begin(&st, NULL);
	st.pcrs = im_quote(&m, all, 2, PCR10 | 1u << 11, false);
	st.entries = UINT64_MAX;
	got = kept(&st);
	ck_assert(got.entries == UINT64_MAX);
	att_ima_state_encode(&st, &b);
	for (size_t len = 0; len < b.len; len++)
		ck_assert(att_ima_state_parse((struct att_slice){ b.data, len },
		    &got, NULL) == ATT_E_SHORT);
	att_buf_u8(&b, 0);
	fails(att_ima_state_parse(att_buf_view(&b), &got, err),
	    ATT_E_TRAILING, "1 bytes behind");
	b.len--;
	/* what parses is what was written */
	for (size_t i = 0; i < 8 * b.len; i++) {
		AUTO_DONE(att_buf_done)
		struct att_buf again = ATT_BUF(ATT_IMA_STATE_MAX);

		b.data[i / 8] ^= (uint8_t)(1u << i % 8);
		if (att_ima_state_parse(att_buf_view(&b), &got, NULL) == 0) {
			att_ima_state_encode(&got, &again);
			ck_assert(att_slice_equal(att_buf_view(&b),
			    att_buf_view(&again)));
		}
		b.data[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	b.data[3] = 2;
	fails(att_ima_state_parse(att_buf_view(&b), &got, err), ATT_E_FORMAT,
	    "not an IMA state of version 1");
	b.data[3] = 1;
	b.data[12] = 3;
	fails(att_ima_state_parse(att_buf_view(&b), &got, err), ATT_E_FORMAT,
	    "form 3");
	b.data[12] = 0;
	b.data[13] = 6;
	fails(att_ima_state_parse(att_buf_view(&b), &got, err), ATT_E_FORMAT,
	    "6 banks");
	b.data[13] = 2;
	b.data[15] = 0x99;
	fails(att_ima_state_parse(att_buf_view(&b), &got, err), ATT_E_FORMAT,
	    "0x0099");
	b.data[15] = ATT_ALG_SHA1;
	b.data[16] = 1;
	fails(att_ima_state_parse(att_buf_view(&b), &got, err), ATT_E_FORMAT,
	    "at most 23");
	/* one bank twice */
	att_buf_reset(&b);
	att_buf_bytes(&b, "IMA\1\0\0\0\0\0\0\0\0\1\2\0\4\0\0\0\0\0\4\0\0\0\0",
	    26);
	fails(att_ima_state_parse(att_buf_view(&b), &got, err), ATT_E_FORMAT,
	    "bank 0x0004 is not known, or there twice");
	b.data[21] = ATT_ALG_SM3;
	ok(att_ima_state_parse(att_buf_view(&b), &got, err));
}
END_TEST

/* -- damage ---------------------------------------------------------------- */

/* Behind what matched it is told; before, there is no answer. */
START_TEST(damage_and_match)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_ima_match_info info;
	enum att_ima_match result;
	struct att_ima_list list;
	struct att_ima_state st;
	struct att_pcrs quote, later;

	put_boot(&m);
	im_file(&m, 10, "/a");
	quote = im_quote(&m, all, 4, PCR10, true);
	im_file(&m, 10, "/b");
	later = im_quote(&m, all, 4, PCR10, true);
	m.bin.len--;
	list = list_of(&m.bin);
	att_ima_state_begin(&st, NULL);
	ck_assert(match(&list, &quote, PCR10, &st, &info) == ATT_IMA_MATCH);
	ck_assert(info.damage.code == ATT_E_SHORT && info.left == 0);
	ck_assert(strstr(info.damage.text, "IMA entry 2: ") != NULL);
	att_ima_state_begin(&st, NULL);
	fails(att_ima_match(&list, &later, PCR10, h, &st, &result, &info,
	    err), ATT_E_SHORT, "IMA entry 2: ");
	ck_assert(st.entries == 0);
}
END_TEST

/* Text that tells no data: its own bank can be had, the others cannot. */
START_TEST(banks_that_are_missing)
{
	static const struct im_field f[] = { { IM_HEX, "x", 1 },
		IM_PATH("/x") };
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_ima_match_info info;
	struct att_ima_list list;
	struct att_ima_replay r;
	struct att_ima_state st;
	struct att_pcrs quote, p;

	put_boot(&m);
	quote = im_quote(&m, all, 4, PCR10, false);
	im_entry(&m, 10, "ima-new", f, 2);
	list = list_of(&m.text);
	/* up to there all is well */
	att_ima_state_begin(&st, NULL);
	ck_assert(match(&list, &quote, PCR10, &st, &info) == ATT_IMA_MATCH);
	ck_assert(info.left == 1);
	quote = im_quote(&m, all, 2, PCR10, false);
	att_ima_state_begin(&st, NULL);
	ck_assert(match(&list, &quote, PCR10, &st, &info) ==
	    ATT_IMA_MISSING);
	ck_assert(info.bank == ATT_ALG_SHA256);
	quote.count = 1;
	ck_assert(match(&list, &quote, PCR10, &st, &info) == ATT_IMA_MATCH);
	p = replay_all(&list, ATT_IMA_PER_BANK, &r);
	ck_assert(p.count == 1);
	same_value(&p, ATT_ALG_SHA1, 10, im_value(&m, ATT_ALG_SHA1, 10));
	/* an old kernel extended just what the text has */
	p = replay_all(&list, ATT_IMA_PADDED, &r);
	ck_assert(p.count == ATT_BANKS_MAX);
	same_value(&p, ATT_ALG_SHA512, 10, im_padded(&m, ATT_ALG_SHA512, 10));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ima_match");
	TCase *t = tcase_create("ima_match");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, captured_boots);
	tcase_add_test(t, longer_than_the_quote);
	tcase_add_test(t, banks_that_disagree);
	tcase_add_test(t, padded_kernels);
	tcase_add_test(t, quoted_banks_and_registers);
	tcase_add_test(t, registers_that_others_extend);
	tcase_add_test(t, tampered_entries);
	tcase_add_test(t, incremental);
	tcase_add_test(t, form_is_kept);
	tcase_add_test(t, trimmed_lists);
	tcase_add_test(t, states_that_are_refused);
	tcase_add_test(t, damage_and_match);
	tcase_add_test(t, banks_that_are_missing);
	suite_add_tcase(s, t);
	return run_suite(s);
}
