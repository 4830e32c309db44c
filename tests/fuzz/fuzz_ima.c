/*
 * IMA lists, binary and text, and the states of their replay. What a list is
 * read as is written again and must be the same bytes; what a beginning of it
 * gives must be found as that beginning.
 */
#include <stdlib.h>
#include <string.h>

#include "eventlog/ima_replay.h"
#include "eventlog/ima_template.h"

#define MATCHED_BYTES 8192	/* lists that are also searched */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool good)
{
	if (!good)
		abort();
}

static void
put_u32(struct att_buf *b, bool big_endian, uint32_t v)
{
	if (big_endian)
		att_buf_be32(b, v);
	else
		att_buf_le32(b, v);
}

static void
encode(const struct att_ima_entry *e, struct att_buf *b)
{
	put_u32(b, e->big_endian, e->pcr);
	att_buf_slice(b, e->digest);
	put_u32(b, e->big_endian, (uint32_t)e->name.len);
	att_buf_slice(b, e->name);
	if (!e->legacy)
		put_u32(b, e->big_endian, (uint32_t)e->data.len);
	att_buf_slice(b, e->data);
}

static void
look_at(const struct att_ima_entry *e, struct att_hasher *h)
{
	struct att_ima_fields f;
	struct att_ima_subject s;
	struct att_digest d;

	if (att_ima_split(e, &f, NULL) == 0)
		(void)!att_ima_subject(&f, e->violation, &s, NULL);
	if (e->check == ATT_IMA_HOLDS) {
		must(att_ima_hash(h, e->alg, e, &d, NULL) == 0);
		must(att_slice_equal(att_digest_view(&d), e->digest));
	}
}

/* The entries, and that they are all that is there. */
static uint64_t
read_list(const struct att_ima_list *list, struct att_hasher *h)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_IMA_LIST_MAX);
	AUTO_DONE(att_ima_done)
	struct att_ima_iter it = att_ima_begin(list, h);
	struct att_ima_entry e;
	uint64_t n = 0;
	int r;

	while ((r = att_ima_next(&it, &e, NULL)) > 0) {
		must(e.number == n++ && e.offset < list->raw.len);
		look_at(&e, h);
		if (!list->text)
			encode(&e, &b);
	}
	must(r == 0 || att_code_kind(r) != ATT_KIND_SYSTEM);
	if (!list->text)
		must(b.len == it.cur.off &&
		    (b.len == 0 || memcmp(b.data, list->raw.data, b.len) == 0));
	return n;
}

static void
all_banks(struct att_ima_state *st)
{
	att_ima_state_begin(st, NULL);
	for (size_t i = 0; i < 3; i++)
		must(att_pcrs_add_bank(&st->pcrs, att_alg_at(i), NULL) == 0);
}

/* After `n` entries; false if a bank cannot be computed. */
static bool
values_after(const struct att_ima_list *list, uint64_t n,
    enum att_ima_form form, struct att_hasher *h, struct att_pcrs *ret)
{
	AUTO_DONE(att_ima_done)
	struct att_ima_iter it = att_ima_begin(list, h);
	struct att_ima_state st;
	struct att_ima_replay r;
	struct att_ima_entry e;

	all_banks(&st);
	att_ima_replay_begin(&r, &st, form, h);
	for (uint64_t i = 0; i < n; i++) {
		must(att_ima_next(&it, &e, NULL) == 1);
		must(att_ima_replay_entry(&r, &e, NULL) == 0);
	}
	att_ima_replay_values(&r, ret);
	/* registers that nothing was extended into are quoted too */
	for (size_t i = 0; i < ret->count; i++)
		ret->bank[i].mask = ATT_PCR_ALL;
	return ret->count == r.st.pcrs.count;
}

static void
find_again(const struct att_ima_list *list, uint64_t n,
    enum att_ima_form form, struct att_hasher *h)
{
	struct att_ima_match_info info;
	enum att_ima_match m;
	struct att_ima_state st;
	struct att_pcrs quote;

	if (!values_after(list, n, form, h, &quote))
		return;
	att_ima_state_begin(&st, NULL);
	must(att_ima_match(list, &quote, ATT_PCR_ALL, h, &st, &m, &info,
	    NULL) == 0);
	must(m == ATT_IMA_MATCH && info.entries == n && st.entries == n);
	must(info.form == ATT_IMA_FORM_UNKNOWN || info.form == form);
}

static void
try_state(struct att_slice in)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_IMA_STATE_MAX);
	struct att_ima_state st;

	if (att_ima_state_parse(in, &st, NULL) < 0)
		return;
	att_ima_state_encode(&st, &b);
	must(!b.failed && att_slice_equal(att_buf_view(&b), in));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_slice in = { data, size };
	struct att_ima_list list;
	uint64_t n;

	must(h != NULL);
	try_state(in);
	if (att_ima_recognise(in, h, &list, NULL) < 0)
		return 0;
	n = read_list(&list, h);
	if (size > 0 && size <= MATCHED_BYTES) {
		n = n == 0 ? 0 : data[size - 1] % (n + 1);
		find_again(&list, n, ATT_IMA_PER_BANK, h);
		find_again(&list, n, ATT_IMA_PADDED, h);
	}
	return 0;
}
