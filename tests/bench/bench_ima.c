/*
 * bench_ima - the replay of an IMA list, next to hashing the same bytes.
 *
 * The peer does what no replay can do without: for each entry the hash of its
 * template data and the hash of register and digest, straight through OpenSSL
 * with one context, from slices that were cut beforehand. What the replay adds
 * is reading the list, checks and copies. Aim: at most 1.5 times.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "eventlog/ima_replay.h"

#define LIST "tests/vectors/boots/uki/ima.bin"
#define TEXT "tests/vectors/boots/uki/ima.txt"
#define COPIES 40	/* of the list: 16,000 entries */
#define ROUNDS 15

struct input {
	struct att_buf raw;
	struct att_ima_list list;
	struct att_slice *data;	/* of each entry that is no violation */
	size_t count, entries;
};

/* Of this thread: other programs on the machine do not count. */
static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int
fail(const char *what, const struct att_err *err)
{
	fprintf(stderr, "bench_ima: %s: %s\n", what, err->text);
	return 1;
}

/* The captured list, many times over: to IMA each copy is new. */
static int
load(const char *path, struct att_hasher *h, struct input *in,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf one = ATT_BUF(1 << 20);
	struct att_ima_entry e;
	int r;

	*in = (struct input){ .raw = ATT_BUF(ATT_IMA_LIST_MAX) };
	if ((r = att_file_read(path, &one, err)) < 0)
		return r;
	for (unsigned i = 0; i < COPIES; i++)
		att_buf_slice(&in->raw, att_buf_view(&one));
	if ((r = att_ima_recognise(att_buf_view(&in->raw), h, &in->list,
		 err)) < 0)
		return r;
	in->data = calloc(in->raw.len / 64, sizeof(*in->data));
	if (in->data == NULL)
		return att_err_nomem(err);
	{
		AUTO_DONE(att_ima_done)
		struct att_ima_iter it = att_ima_begin(&in->list, h);

		while ((r = att_ima_next(&it, &e, err)) > 0) {
			in->entries++;
			/* of a text the data is gone with the next entry */
			if (!e.violation && !in->list.text)
				in->data[in->count++] = e.data;
		}
	}
	return r;
}

static double
bench_replay(const struct input *in, const uint16_t *alg, size_t count,
    struct att_hasher *h, struct att_pcrs *ret, struct att_err *err)
{
	double best = 0;

	for (unsigned n = 0; n < ROUNDS; n++) {
		double start = now(), took;
		struct att_ima_state st;
		struct att_ima_replay r;

		att_ima_state_begin(&st, NULL);
		for (size_t i = 0; i < count; i++)
			if (att_pcrs_add_bank(&st.pcrs, alg[i], err) < 0)
				return -1;
		att_ima_replay_begin(&r, &st, ATT_IMA_PER_BANK, h);
		if (att_ima_replay_list(&r, &in->list, err) < 0)
			return -1;
		att_ima_replay_values(&r, ret);
		took = now() - start;
		best = n == 0 || took < best ? took : best;
	}
	return best;
}

static bool
hash_once(EVP_MD_CTX *ctx, const EVP_MD *md, struct att_slice a,
    struct att_slice b, uint8_t *ret)
{
	return EVP_DigestInit_ex2(ctx, md, NULL) == 1 &&
	    EVP_DigestUpdate(ctx, a.data, a.len) == 1 &&
	    (b.len == 0 || EVP_DigestUpdate(ctx, b.data, b.len) == 1) &&
	    EVP_DigestFinal_ex(ctx, ret, NULL) == 1;
}

static double
bench_peer(const struct input *in, const uint16_t *alg, size_t count)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	double best = 0;
	bool good = ctx != NULL;

	for (unsigned n = 0; good && n < ROUNDS; n++) {
		double start = now(), took;

		for (size_t a = 0; a < count; a++) {
			const EVP_MD *md = att_alg_evp(alg[a]);
			uint8_t pcr[ATT_DIGEST_MAX] = { 0 };
			uint8_t d[ATT_DIGEST_MAX];
			struct att_slice value = { pcr, att_alg_size(alg[a]) };
			struct att_slice digest = { d, value.len };

			for (size_t i = 0; good && i < in->count; i++)
				good = hash_once(ctx, md, in->data[i],
				    (struct att_slice){ 0 }, d) &&
				    hash_once(ctx, md, value, digest, pcr);
		}
		took = now() - start;
		best = n == 0 || took < best ? took : best;
	}
	EVP_MD_CTX_free(ctx);
	return good ? best : -1;
}

static double
bench_stream(const struct input *in, const uint16_t *alg, size_t count)
{
	double best = 0;

	for (unsigned n = 0; n < ROUNDS; n++) {
		double start = now(), took;
		struct att_digest d;

		for (size_t a = 0; a < count; a++)
			if (att_digest_of(alg[a], in->list.raw, &d, NULL) < 0)
				return -1;
		took = now() - start;
		best = n == 0 || took < best ? took : best;
	}
	return best;
}

static int
bench(const char *name, const struct input *bin, const struct input *text,
    const uint16_t *alg, size_t count, struct att_hasher *h)
{
	struct att_err err = { 0 };
	struct att_pcrs a, b;
	double peer, stream, replay, from_text;
	double n = (double)bin->entries;

	replay = bench_replay(bin, alg, count, h, &a, &err);
	if (replay < 0)
		return fail(name, &err);
	peer = bench_peer(bin, alg, count);
	stream = bench_stream(bin, alg, count);
	if (peer <= 0 || stream <= 0)
		return fail(name, &err);
	from_text = bench_replay(text, alg, count, h, &b, &err);
	if (from_text < 0)
		return fail(name, &err);
	if (memcmp(a.bank[0].value, b.bank[0].value, sizeof(a.bank[0].value)))
		return fail(name, &(struct att_err){ .text = "text differs" });
	printf("ima replay %-26s %5.0f ns/entry, %.2f times hashing the same "
	    "bytes (%.1f one pass over the file); of text %5.0f ns/entry\n",
	    name, replay / n, replay / peer, replay / stream, from_text / n);
	return 0;
}

int
main(void)
{
	static const uint16_t all[] = { ATT_ALG_SHA1, ATT_ALG_SHA256,
		ATT_ALG_SHA384, ATT_ALG_SHA512 };
	struct att_hasher *h = att_hasher_new();
	struct att_err err = { 0 };
	struct input bin, text;
	int rc;

	if (h == NULL || load(LIST, h, &bin, &err) < 0 ||
	    load(TEXT, h, &text, &err) < 0)
		return fail(LIST, &err);
	rc = bench("sha256", &bin, &text, all + 1, 1, h) != 0 ||
	    bench("sha1", &bin, &text, all, 1, h) != 0 ||
	    bench("sha1 sha256 sha384 sha512", &bin, &text, all, 4, h) != 0;
	att_buf_done(&bin.raw);
	att_buf_done(&text.raw);
	free(bin.data);
	free(text.data);
	att_hasher_free(h);
	return rc;
}
