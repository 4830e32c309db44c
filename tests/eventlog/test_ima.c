#include "testlib.h"

#include "eventlog/ima.h"
#include "eventlog/ima_template.h"
#include "tests/eventlog/imamaker.h"

static struct att_hasher *h;

static const uint8_t SHA256_NAMED[] =
    "sha256:\0" "0123456789abcdef0123456789ABCDEF";
#define NAMED(n) { IM_NAMED, n, sizeof(n) - 1 }
#define HEX(text) { IM_HEX, text, sizeof(text) - 1 }

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

static void
same_entry(const struct att_ima_entry *a, const struct att_ima_entry *b)
{
	ck_assert(a->number == b->number && a->pcr == b->pcr);
	ck_assert(a->violation == b->violation && a->legacy == b->legacy);
	ck_assert(att_slice_equal(a->digest, b->digest));
	ck_assert(att_slice_equal(a->name, b->name));
	ck_assert_msg(att_slice_equal(a->data, b->data), "entry %u",
	    (unsigned)a->number);
}

/* Binary and text give the same entries, with every algorithm and order. */
START_TEST(templates_binary_and_text)
{
	for (size_t i = 0; i < 2 * ATT_BANKS_MAX; i++) {
		AUTO_DONE(im_done) struct imamaker m = im_new(
		    att_alg_at(i / 2), i % 2 != 0);
		struct att_ima_list bin, text;
		AUTO_DONE(att_ima_done) struct att_ima_iter a, b;
		struct att_ima_entry x, y;
		struct att_digest d;

		im_templates(&m);
		ok(att_ima_recognise(att_buf_view(&m.bin), h, &bin, err));
		ok(att_ima_recognise(att_buf_view(&m.text), h, &text, err));
		ck_assert(!bin.text && bin.alg == m.alg);
		ck_assert(text.text && text.alg == m.alg);
		ck_assert(bin.big_endian == m.big_endian);
		ck_assert(text.big_endian == m.big_endian);
		a = att_ima_begin(&bin, h);
		b = att_ima_begin(&text, h);
		for (size_t n = 0; n < IM_TEMPLATES; n++) {
			ok(att_ima_next(&a, &x, err));
			ok(att_ima_next(&b, &y, err));
			same_entry(&x, &y);
			ck_assert(x.number == n && y.lines == 1);
			ok(att_ima_hash(h, m.alg, &x, &d, err));
			ck_assert(x.violation ||
			    att_slice_equal(att_digest_view(&d), x.digest));
			ck_assert(y.check == (y.violation ?
			    ATT_IMA_UNCHECKED : ATT_IMA_HOLDS));
		}
		ck_assert(att_ima_next(&a, &x, NULL) == 0);
		ck_assert(att_ima_next(&b, &y, NULL) == 0);
		ck_assert(m.count == IM_TEMPLATES);
	}
}
END_TEST

static struct att_ima_entry
nth(struct att_ima_iter *it, size_t n)
{
	struct att_ima_entry e;

	do
		ck_assert(att_ima_next(it, &e, NULL) == 1);
	while (n-- > 0);
	return e;
}

static void
open_good(struct att_buf *b, uint16_t alg, struct att_ima_list *ret)
{
	ok(att_ima_open(att_buf_view(b), alg, ret, err));
}

START_TEST(fields_by_name)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	AUTO_DONE(att_ima_done) struct att_ima_iter it;
	struct att_ima_list list;
	struct att_ima_entry e;
	struct att_ima_fields f;
	struct att_ima_subject s;
	struct att_ima_digest d;
	const struct att_ima_field *one;

	im_templates(&m);
	open_good(&m.bin, ATT_ALG_SHA1, &list);
	it = att_ima_begin(&list, h);
	e = nth(&it, 0);
	ok(att_ima_split(&e, &f, err));
	ck_assert(f.count == 3 && f.field[2].id == ATT_IMA_SIG);
	ck_assert(att_slice_is(f.field[0].name, "d-ng"));
	ck_assert(att_slice_is(f.field[2].data, "\003\002sig"));
	ok(att_ima_subject(&f, false, &s, err));
	ck_assert(s.has_digest && s.has_path);
	ck_assert(att_slice_is(s.path, "boot_aggregate"));
	ck_assert(s.digest.alg == ATT_ALG_SHA256 && !s.digest.verity);
	ck_assert(att_slice_is(s.digest.alg_name, "sha256"));
	ck_assert(att_slice_equal(s.digest.digest,
	    (struct att_slice){ SHA256_NAMED + 8, 32 }));
	ck_assert(att_ima_field(&f, ATT_IMA_BUF) == NULL);

	e = nth(&it, 0);	/* ima */
	ck_assert(e.legacy);
	ok(att_ima_split(&e, &f, err));
	ok(att_ima_subject(&f, false, &s, err));
	ck_assert(f.count == 2 && s.digest.alg == ATT_ALG_SHA1);
	ck_assert(att_slice_is(s.path, "/init"));
	ck_assert(att_slice_is(s.digest.digest, "0123456789abcdefghij"));

	e = nth(&it, 1);	/* ima-sig without signature */
	ok(att_ima_split(&e, &f, err));
	ck_assert(att_ima_field(&f, ATT_IMA_SIG)->data.len == 0);

	e = nth(&it, 2);	/* fs-verity */
	ok(att_ima_split(&e, &f, err));
	ok(att_ima_subject(&f, false, &s, err));
	ck_assert(s.digest.verity && s.digest.alg == ATT_ALG_SHA512);
	ck_assert(s.digest.digest.len == 64);

	e = nth(&it, 0);	/* ima-modsig */
	ok(att_ima_split(&e, &f, err));
	one = att_ima_field(&f, ATT_IMA_D_MODSIG);
	ok(att_ima_read_digest(one, false, &d, err));
	ck_assert(d.alg == ATT_ALG_SHA1);
	fails(att_ima_read_digest(att_ima_field(&f, ATT_IMA_SIG), false, &d,
	    err), ATT_E_NOT_FOUND, "no digest");

	e = nth(&it, 0);	/* ima-buf */
	ok(att_ima_split(&e, &f, err));
	ck_assert(att_slice_is(att_ima_field(&f, ATT_IMA_BUF)->data,
	    "quiet root=/dev/vda2"));

	e = nth(&it, 0);	/* evm-sig */
	ok(att_ima_split(&e, &f, err));
	ck_assert(f.count == 9 && f.field[8].id == ATT_IMA_IMODE);

	e = nth(&it, 0);	/* d|n is not the template ima */
	ck_assert(!e.legacy);
	ok(att_ima_split(&e, &f, err));
	ok(att_ima_subject(&f, false, &s, err));
	ck_assert(att_slice_is(s.path, "/plain"));

	e = nth(&it, 3);	/* violation */
	ck_assert(e.violation);
	ok(att_ima_split(&e, &f, err));
	ok(att_ima_subject(&f, true, &s, err));
	ck_assert(att_slice_is(s.path, "/var/log/audit/audit.log"));
}
END_TEST

START_TEST(formats)
{
	static const char *const bad[] = { "", "ima-new", "|", "d-ng|",
		"|d-ng", "d-ng||n-ng", "d|d|d|d|d|d|d|d|d|d|d|d|d|d|d|d" };
	struct att_ima_fields f;

	for (size_t i = 0; i < ATT_COUNT(bad); i++)
		ck_assert_msg(!att_ima_format(S(bad[i]), &f), "%s", bad[i]);
	ck_assert(att_ima_format(S("d|d|d|d|d|d|d|d|d|d|d|d|d|d|d"), &f));
	ck_assert(f.count == ATT_IMA_FIELDS_MAX);
	/* fields of kernels that others have changed keep their names */
	ck_assert(att_ima_format(S("dep|cgn|d-ng|n-ng"), &f));
	ck_assert(f.count == 4 && f.field[0].id == ATT_IMA_OTHER);
	ck_assert(att_slice_is(f.field[1].name, "cgn"));
	ck_assert(f.field[2].id == ATT_IMA_D_NG);
}
END_TEST

static struct att_ima_field
field(enum att_ima_id id, const char *data, size_t len)
{
	return (struct att_ima_field){ .id = id,
		.data = { (const uint8_t *)data, len } };
}
#define FIELD(id, text) field(id, text, sizeof(text) - 1)

START_TEST(digests_and_texts)
{
	static const struct {
		enum att_ima_id id;
		const char *data;
		size_t len;
	} bad[] = {
		{ ATT_IMA_D_NG, "sha256", 6 },
		{ ATT_IMA_D_NG, "sha256:", 7 },
		{ ATT_IMA_D_NG, "sha256\0x", 8 },
		{ ATT_IMA_D_NG, "sha256:\0x", 9 },
		{ ATT_IMA_D_NG, "sha1:\0" "0123456789012345678", 25 },
		{ ATT_IMA_D_NG, "ima:sha1:\0" "01234567890123456789", 30 },
		{ ATT_IMA_D_NGV2, "sha1:\0" "01234567890123456789", 26 },
		{ ATT_IMA_D_NGV2, "imb:sha1:\0" "01234567890123456789", 30 },
		{ ATT_IMA_D, "01234567890123456789012345678901234567890123456"
		    "789012345678901234", 65 },
	};
	struct att_ima_digest d;
	struct att_ima_field f;
	struct att_slice text;
	char path[ATT_IMA_PATH_MAX + 3];

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		f = field(bad[i].id, bad[i].data, bad[i].len);
		ck_assert_msg(att_ima_read_digest(&f, false, &d, NULL) ==
		    ATT_E_FORMAT, "%zu", i);
	}
	/* an algorithm that is not known here, none at all, and SM3's names */
	f = FIELD(ATT_IMA_D_NG, "md5:\0" "0123456789abcdef");
	ok(att_ima_read_digest(&f, false, &d, err));
	ck_assert(d.alg == 0 && att_slice_is(d.alg_name, "md5"));
	f = FIELD(ATT_IMA_D_NG, ":\0" "01234567890123456789");
	ok(att_ima_read_digest(&f, false, &d, err));
	ck_assert(d.alg == 0 && d.alg_name.len == 0 && d.digest.len == 20);
	f = FIELD(ATT_IMA_D_NG, "sm3-256:\0"
	    "01234567890123456789012345678901");
	ok(att_ima_read_digest(&f, false, &d, err));
	ck_assert(d.alg == ATT_ALG_SM3);
	/* of older kernels, 20 zeros whatever the algorithm is */
	f = FIELD(ATT_IMA_D_NG, "sha256:\0" "\0\0\0\0\0\0\0\0\0\0"
	    "\0\0\0\0\0\0\0\0\0\0");
	ok(att_ima_read_digest(&f, true, &d, err));
	ck_assert(att_ima_read_digest(&f, false, &d, NULL) == ATT_E_FORMAT);

	f = FIELD(ATT_IMA_N_NG, "/a\0b");
	ck_assert(att_ima_read_text(&f, &text, NULL) == ATT_E_FORMAT);
	f = FIELD(ATT_IMA_N_NG, "\0");
	ok(att_ima_read_text(&f, &text, err));
	ck_assert(text.len == 0);
	memset(path, 'x', sizeof(path));
	path[ATT_IMA_PATH_MAX] = '\0';
	f = field(ATT_IMA_N_NG, path, ATT_IMA_PATH_MAX + 1);
	ok(att_ima_read_text(&f, &text, err));
	ck_assert(text.len == ATT_IMA_PATH_MAX);
	path[ATT_IMA_PATH_MAX] = 'x';
	f = field(ATT_IMA_N_NG, path, ATT_IMA_PATH_MAX + 1);
	ck_assert(att_ima_read_text(&f, &text, NULL) == ATT_E_LIMIT);
}
END_TEST

/* Data that has another number of fields than its template. */
START_TEST(data_that_does_not_fit)
{
	static const struct im_field f[] = { NAMED(SHA256_NAMED),
		IM_PATH("/x"), IM_NONE };
	struct im_field many[ATT_IMA_FIELDS_MAX + 1];
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	AUTO_DONE(att_ima_done) struct att_ima_iter it;
	struct att_ima_list list;
	struct att_ima_entry e;
	struct att_ima_fields got;

	for (size_t i = 0; i < ATT_COUNT(many); i++)
		many[i] = f[2];
	im_entry(&m, 10, "ima-ng", f, 3);
	im_entry(&m, 10, "ima-sig", f, 2);
	im_entry(&m, 10, "ima-new", f, 3);
	im_entry(&m, 10, "ima-new", many, ATT_IMA_FIELDS_MAX);
	im_entry(&m, 10, "ima-new", many, ATT_IMA_FIELDS_MAX + 1);
	im_file(&m, 10, "/y");
	m.bin.data[m.bin.len - 7] = 0x7f;	/* length of the path */
	open_good(&m.bin, ATT_ALG_SHA1, &list);
	it = att_ima_begin(&list, h);
	e = nth(&it, 0);
	fails(att_ima_split(&e, &got, err), ATT_E_FORMAT, "more fields");
	e = nth(&it, 0);
	fails(att_ima_split(&e, &got, err), ATT_E_FORMAT, "fewer fields");
	e = nth(&it, 0);
	ok(att_ima_split(&e, &got, err));
	ck_assert(got.count == 3 && got.field[1].id == ATT_IMA_OTHER);
	ck_assert(got.field[1].name.len == 0);
	ck_assert(got.field[1].data.len == 3);
	e = nth(&it, 0);
	ok(att_ima_split(&e, &got, err));
	ck_assert(got.count == ATT_IMA_FIELDS_MAX);
	e = nth(&it, 0);
	fails(att_ima_split(&e, &got, err), ATT_E_FORMAT, "more fields");
	e = nth(&it, 0);
	fails(att_ima_split(&e, &got, err), ATT_E_FORMAT, "passes the end");
}
END_TEST

/* -- damage ---------------------------------------------------------------- */

/* Entries that come before the damage, and its code. */
static size_t
count(const struct att_ima_list *list, int *ret, struct att_err *err)
{
	AUTO_DONE(att_ima_done)
	struct att_ima_iter it = att_ima_begin(list, h);
	struct att_ima_entry e;
	size_t n = 0;

	while ((*ret = att_ima_next(&it, &e, err)) > 0)
		n++;
	return n;
}

START_TEST(truncated_binary)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	size_t ends[IM_TEMPLATES + 1] = { 0 }, n = 0;
	AUTO_DONE(att_ima_done) struct att_ima_iter it;
	struct att_ima_list list;
	struct att_ima_entry e;

	im_templates(&m);
	open_good(&m.bin, ATT_ALG_SHA1, &list);
	it = att_ima_begin(&list, h);
	while (att_ima_next(&it, &e, NULL) > 0)
		ends[++n] = (size_t)it.cur.off;
	ck_assert(n == IM_TEMPLATES && ends[n] == m.bin.len);
	n = 0;
	for (size_t len = 0; len < m.bin.len; len++) {
		struct att_err err = { 0 };
		char word[32];
		int r;

		list.raw.len = len;
		n += len == ends[n + 1];
		ck_assert(count(&list, &r, &err) == n);
		if (len == ends[n]) {
			ck_assert(r == 0);
			continue;
		}
		ck_assert(r == ATT_E_SHORT);
		ck_assert(err.offset >= ends[n] && err.offset <= len);
		snprintf(word, sizeof(word), "IMA entry %zu: ", n);
		ck_assert(strstr(err.text, word) != NULL);
	}
}
END_TEST

/* Case 42: a stray byte, a record that is cut. */
START_TEST(damage_is_reported)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA256, false);
	struct att_ima_list list;
	struct att_err why = { 0 };
	size_t whole;
	int r;

	for (unsigned i = 0; i < 6; i++)
		im_file(&m, 10, "/x");
	whole = m.bin.len;
	att_buf_u8(&m.bin, 10);
	ok(att_ima_recognise(att_buf_view(&m.bin), h, &list, err));
	ck_assert(list.alg == ATT_ALG_SHA256);
	ck_assert(count(&list, &r, &why) == 6 && r == ATT_E_SHORT);
	ck_assert(why.offset == whole);
	ck_assert(strstr(why.text, "IMA entry 6: ") != NULL);
	att_buf_bytes(&m.bin, "\0\0\0xy", 5);
	ok(att_ima_recognise(att_buf_view(&m.bin), h, &list, err));
	ck_assert(count(&list, &r, &why) == 6 && r == ATT_E_SHORT);
	ck_assert(strstr(why.text, "template digest, 2 bytes") != NULL);
	/* the same in a text */
	att_buf_str(&m.text, "10 ab");
	ok(att_ima_recognise(att_buf_view(&m.text), h, &list, err));
	ck_assert(count(&list, &r, &why) == 6 && r == ATT_E_FORMAT);
}
END_TEST

/* Bit flips: never read past the end, never an entry from thin air. */
START_TEST(bit_flips)
{
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_buf *forms[] = { &m.bin, &m.text };
	struct att_ima_list list;

	im_templates(&m);
	for (size_t f = 0; f < ATT_COUNT(forms); f++)
		for (size_t i = 0; i < 8 * forms[f]->len; i++) {
			int r;

			forms[f]->data[i / 8] ^= (uint8_t)(1u << i % 8);
			if (att_ima_recognise(att_buf_view(forms[f]), h,
				&list, NULL) == 0) {
				(void)count(&list, &r, NULL);
				ck_assert(att_code_kind(r) !=
				    ATT_KIND_SYSTEM);
			}
			forms[f]->data[i / 8] ^= (uint8_t)(1u << i % 8);
		}
}
END_TEST

/* -- limits ---------------------------------------------------------------- */

static int
first_entry(struct att_buf *b, uint16_t alg, struct att_err *err)
{
	struct att_ima_list list;
	int r;

	open_good(b, alg, &list);
	(void)count(&list, &r, err);
	return r;
}

START_TEST(limits_of_names_and_data)
{
	char name[ATT_IMA_NAME_MAX + 2] = { 0 };
	uint8_t *big = calloc(1, ATT_IMA_DATA_MAX + 1);

	ck_assert(big != NULL);
	memset(name, 'x', ATT_IMA_NAME_MAX + 1);
	for (size_t more = 0; more < 2; more++) {
		AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1,
		    false);
		struct im_field f = { IM_HEX, big,
			ATT_IMA_DATA_MAX - 4 + more };
		struct att_err err = { 0 };
		int r;

		name[ATT_IMA_NAME_MAX + more] = '\0';
		im_entry(&m, 10, name, NULL, 0);
		r = first_entry(&m.bin, m.alg, &err);
		ck_assert(r == (more ? ATT_E_LIMIT : 0));
		ck_assert(more == 0 || strstr(err.text, "256 bytes, at most "
		    "255") != NULL);
		/* in a text such a line is none */
		r = first_entry(&m.text, m.alg, &err);
		ck_assert(r == (more ? ATT_E_FORMAT : 0));
		att_buf_reset(&m.bin);
		att_buf_reset(&m.text);
		im_entry(&m, 10, "buf", &f, 1);
		r = first_entry(&m.bin, m.alg, &err);
		ck_assert(r == (more ? ATT_E_LIMIT : 0));
		ck_assert(more == 0 || strstr(err.text, "1048577") != NULL);
		ck_assert(first_entry(&m.text, m.alg, &err) == r);
		ck_assert(more == 0 || (err.offset == 0 &&
		    strncmp(err.text, "IMA entry 0: ", 13) == 0));
		name[ATT_IMA_NAME_MAX + more] = 'x';
	}
	free(big);
}
END_TEST

START_TEST(limits_of_registers_and_old_paths)
{
	char path[ATT_IMA_LEGACY_PATH_MAX + 2] = { 0 };
	struct att_err err = { 0 };
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);

	im_file(&m, 23, "/x");
	im_file(&m, 9, "/x");
	im_file(&m, 0, "/x");
	ck_assert(first_entry(&m.bin, m.alg, &err) == 0);
	ck_assert(first_entry(&m.text, m.alg, &err) == 0);
	im_file(&m, 24, "/x");
	ck_assert(first_entry(&m.bin, m.alg, &err) == ATT_E_FORMAT);
	ck_assert(strstr(err.text, "entry 3: register 24, at most 23"));
	ck_assert(err.offset == m.last);
	ck_assert(first_entry(&m.text, m.alg, &err) == ATT_E_FORMAT);
	ck_assert(err.offset == m.last_text);

	att_buf_reset(&m.bin);
	att_buf_reset(&m.text);
	memset(path, 'x', ATT_IMA_LEGACY_PATH_MAX);
	im_legacy(&m, 10, SHA256_NAMED, path);
	ck_assert(first_entry(&m.bin, m.alg, &err) == 0);
	ck_assert(first_entry(&m.text, m.alg, &err) == 0);
	/* one more byte, in both */
	m.bin.data[m.last + 4 + 20 + 4 + 3 + 20] = 0;
	m.bin.data[m.last + 4 + 20 + 4 + 3 + 20 + 1] = 1;
	att_buf_u8(&m.bin, 'x');
	ck_assert(first_entry(&m.bin, m.alg, &err) == ATT_E_LIMIT);
	m.text.data[m.text.len - 1] = 'x';
	att_buf_u8(&m.text, '\n');
	ck_assert(first_entry(&m.text, m.alg, &err) == ATT_E_FORMAT);
}
END_TEST

START_TEST(limit_of_a_list)
{
	uint8_t *zeros = calloc(1, (size_t)ATT_IMA_LIST_MAX + 1);
	struct att_slice s = { zeros, ATT_IMA_LIST_MAX };
	struct att_ima_list list;

	ck_assert(zeros != NULL);
	ok(att_ima_open(s, ATT_ALG_SHA1, &list, err));
	s.len++;
	fails(att_ima_open(s, ATT_ALG_SHA1, &list, err), ATT_E_LIMIT,
	    "268435457 bytes, at most 268435456");
	fails(att_ima_recognise(s, h, &list, err), ATT_E_LIMIT, "268435457");
	free(zeros);
	fails(att_ima_open((struct att_slice){ 0 }, 0x27, &list, err),
	    ATT_E_UNSUPPORTED, "0x0027");
	ok(att_ima_open((struct att_slice){ 0 }, ATT_ALG_SHA1, &list, err));
	ck_assert(!list.text && !list.big_endian);
}
END_TEST

/* -- recognition ----------------------------------------------------------- */

/* Nothing holds: it is what fits, SHA-1 first. */
START_TEST(lists_of_which_nothing_holds)
{
	static const uint16_t algs[] = { ATT_ALG_SHA1, ATT_ALG_SHA256,
		ATT_ALG_SHA384, ATT_ALG_SHA512 };

	for (size_t i = 0; i < 2 * ATT_COUNT(algs); i++) {
		AUTO_DONE(im_done) struct imamaker m = im_new(algs[i / 2],
		    i % 2 != 0);
		struct att_ima_list list;

		for (unsigned n = 0; n < 3; n++)
			im_file_violation(&m, n, "/x");
		ok(att_ima_recognise(att_buf_view(&m.bin), h, &list, err));
		ck_assert(list.alg == m.alg);
		ck_assert(list.big_endian == m.big_endian);
		ok(att_ima_recognise(att_buf_view(&m.text), h, &list, err));
		ck_assert(list.text && list.alg == m.alg);
		/* the entry that holds decides, however late it comes */
		im_file(&m, 10, "/x");
		m.bin.data[m.bin.len - 2] ^= 1;
		im_file(&m, 10, "/x");
		ok(att_ima_recognise(att_buf_view(&m.bin), h, &list, err));
		ck_assert(list.alg == m.alg);
	}
}
END_TEST

START_TEST(same_size_other_algorithm)
{
	static const uint16_t algs[] = { ATT_ALG_SHA256, ATT_ALG_SM3 };

	for (size_t i = 0; i < ATT_COUNT(algs); i++) {
		AUTO_DONE(im_done) struct imamaker m = im_new(algs[i], false);
		struct att_ima_list list;

		im_file_violation(&m, 10, "/x");
		im_file(&m, 10, "/x");
		ok(att_ima_recognise(att_buf_view(&m.bin), h, &list, err));
		ck_assert(list.alg == algs[i]);
		ok(att_ima_recognise(att_buf_view(&m.text), h, &list, err));
		ck_assert(list.alg == algs[i]);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ima");
	TCase *t = tcase_create("ima");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, templates_binary_and_text);
	tcase_add_test(t, fields_by_name);
	tcase_add_test(t, formats);
	tcase_add_test(t, digests_and_texts);
	tcase_add_test(t, data_that_does_not_fit);
	tcase_add_test(t, truncated_binary);
	tcase_add_test(t, damage_is_reported);
	tcase_add_test(t, bit_flips);
	tcase_add_test(t, limits_of_names_and_data);
	tcase_add_test(t, limits_of_registers_and_old_paths);
	tcase_add_test(t, limit_of_a_list);
	tcase_add_test(t, lists_of_which_nothing_holds);
	tcase_add_test(t, same_size_other_algorithm);
	suite_add_tcase(s, t);
	return run_suite(s);
}
