/*
 * bench_runtime - what a runtime policy costs for each entry of an IMA list.
 *
 * Look-ups: a policy of as many files as a distribution has, next to the
 * replay of the same list in one bank, which nothing can do without.
 * Signatures: next to the same verification straight through OpenSSL, with one
 * context; and what a list can cost at most, whoever wrote it.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "appraise/imajudge.h"
#include "base/file.h"
#include "crypto/pubkey.h"

#define LIST "tests/vectors/boots/uki/ima.bin"
#define COPIES 40	/* of the list: 16,000 entries */
#define FILES 100000
#define ROUNDS 7
#define VERIFIED 400	/* signatures a round */
#define ID 0x12345678u
#define SHA256_NUMBER 4	/* enum hash_algo */

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
	fprintf(stderr, "bench_runtime: %s: %s\n", what, err->text);
	return 1;
}

/* -- look-ups -------------------------------------------------------------- */

struct input {
	struct att_buf raw;
	struct att_ima_list list;
	struct att_runtime *policy;
	uint64_t entries, taken;
};

static int
load(struct att_hasher *h, struct input *in, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf one = ATT_BUF(1u << 20);
	AUTO_DONE(att_buf_done) struct att_buf doc =
	    ATT_BUF(ATT_RUNTIME_FILE_MAX);
	int r;

	*in = (struct input){ .raw = ATT_BUF(ATT_IMA_LIST_MAX) };
	if ((r = att_file_read(LIST, &one, err)) < 0)
		return r;
	for (unsigned i = 0; i < COPIES; i++)
		att_buf_slice(&in->raw, att_buf_view(&one));
	if ((r = att_ima_recognise(att_buf_view(&in->raw), h, &in->list,
		 err)) < 0)
		return r;
	att_buf_str(&doc, "{\"format\":\"" ATT_RUNTIME_FORMAT "\",\"id\":\"x\","
	    "\"version\":1,\"match\":{},\"excludes\":[\"/usr/lib/.*\","
	    "\"/(s?bin|lib|etc)/.*\"],\"digests\":{");
	for (int i = 0; i < FILES; i++)
		att_buf_printf(&doc, "%s\"/opt/lib/x86_64-linux-gnu/%d.so\":["
		    "\"sha256:%064x\"]", i == 0 ? "" : ",", i, i);
	att_buf_str(&doc, "}}");
	return att_runtime_parse(att_buf_view(&doc), &in->policy, err);
}

static int
look_once(struct input *in, struct att_hasher *h, struct att_err *err)
{
	AUTO_DONE(att_ima_done)
	struct att_ima_iter it = att_ima_begin(&in->list, h);
	struct att_ima_entry e;
	int r;

	in->entries = in->taken = 0;
	while ((r = att_ima_next(&it, &e, err)) > 0) {
		struct att_runtime_entry entry;
		enum att_runtime_word word;
		struct att_digest expected;

		if ((r = att_runtime_read(&e, h, &entry, err)) < 0 ||
		    (r = att_runtime_look(in->policy, &entry, &word,
			 &expected, err)) < 0)
			return r;
		in->entries++;
		in->taken += word == ATT_RUNTIME_TAKEN;
	}
	return r;
}

static int
replay_once(struct input *in, struct att_hasher *h, struct att_err *err)
{
	struct att_ima_state st;
	struct att_ima_replay r;
	int rc;

	att_ima_state_begin(&st, NULL);
	if ((rc = att_pcrs_add_bank(&st.pcrs, ATT_ALG_SHA256, err)) < 0)
		return rc;
	att_ima_replay_begin(&r, &st, ATT_IMA_PER_BANK, h);
	return att_ima_replay_list(&r, &in->list, err);
}

typedef int once_fn(struct input *in, struct att_hasher *h,
    struct att_err *err);

static double
best_of(once_fn *once, struct input *in, struct att_hasher *h,
    struct att_err *err)
{
	double best = 0;

	for (unsigned n = 0; n < ROUNDS; n++) {
		double start = now(), took;

		if (once(in, h, err) < 0)
			return -1;
		took = now() - start;
		best = n == 0 || took < best ? took : best;
	}
	return best;
}

static int
bench_look(struct att_hasher *h)
{
	struct att_err err = { 0 };
	struct input in;
	double look, replay;

	if (load(h, &in, &err) < 0)
		return fail(LIST, &err);
	if ((look = best_of(look_once, &in, h, &err)) < 0 ||
	    (replay = best_of(replay_once, &in, h, &err)) < 0)
		return fail(LIST, &err);
	printf("runtime policy of %d files %9.0f ns/entry, %.2f times the "
	    "replay of its list\n", FILES, look / (double)in.entries,
	    look / replay);
	att_runtime_free(in.policy);
	att_buf_done(&in.raw);
	return 0;
}

/* -- signatures ------------------------------------------------------------ */

struct signer {
	const char *name;
	EVP_PKEY *evp;
	struct att_ima_keys *keys;
	struct att_buf field;
	uint8_t digest[32];
};

static bool
sign(struct signer *s)
{
	AUTO(att_json_decref) json_t *list = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(s->evp, NULL);
	BIO *bio = BIO_new(BIO_s_mem());
	uint8_t sig[ATT_SIG_MAX];
	size_t len = sizeof(sig);
	char *pem = NULL;
	bool good = ctx != NULL && bio != NULL &&
	    EVP_PKEY_sign_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
	    EVP_PKEY_sign(ctx, sig, &len, s->digest, 32) == 1 &&
	    PEM_write_bio_PUBKEY(bio, s->evp) == 1;

	if (good) {
		long size = BIO_get_mem_data(bio, &pem);

		list = json_pack("[{s:s%,s:s}]", "pem", pem, (size_t)size,
		    "id", "12345678");
	}
	good = list != NULL && att_ima_keys_parse(list, &s->keys, NULL) == 0;
	att_buf_u8(&s->field, ATT_IMA_SIG_FILE);
	att_buf_u8(&s->field, 2);
	att_buf_u8(&s->field, SHA256_NUMBER);
	att_buf_be32(&s->field, ID);
	att_buf_be16(&s->field, (uint16_t)len);
	att_buf_bytes(&s->field, sig, len);
	BIO_free(bio);
	EVP_PKEY_CTX_free(ctx);
	return good && !s->field.failed;
}

static double
bench_ours(const struct signer *s, struct att_hasher *h, unsigned *ret_cost)
{
	struct att_ima_digest d = { .alg = ATT_ALG_SHA256,
		.digest = { s->digest, 32 } };
	double best = 0;

	for (unsigned n = 0; n < ROUNDS; n++) {
		double start = now(), took;
		struct att_ima_vouch v;

		for (unsigned i = 0; i < VERIFIED; i++)
			if (att_ima_keys_verify(s->keys,
				att_buf_view(&s->field), &d, h, &v, NULL) <
				0 || v.worth != ATT_IMA_SIGNED_GOOD)
				return -1;
		took = (now() - start) / VERIFIED;
		best = n == 0 || took < best ? took : best;
		*ret_cost = v.cost;
	}
	return best;
}

static double
bench_peer(const struct signer *s)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(s->evp, NULL);
	double best = 0;
	bool good = ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1;

	for (unsigned n = 0; good && n < ROUNDS; n++) {
		double start = now(), took;

		for (unsigned i = 0; good && i < VERIFIED; i++)
			good = EVP_PKEY_verify(ctx, s->field.data + 9,
			    s->field.len - 9, s->digest, 32) == 1;
		took = (now() - start) / VERIFIED;
		best = n == 0 || took < best ? took : best;
	}
	EVP_PKEY_CTX_free(ctx);
	return good ? best : -1;
}

static int
bench_signatures(struct att_hasher *h)
{
	struct signer signers[] = {
		{ .name = "RSA 2048", .evp = EVP_RSA_gen(2048) },
		{ .name = "RSA 4096", .evp = EVP_RSA_gen(4096) },
		{ .name = "P-256", .evp = EVP_EC_gen("P-256") },
		{ .name = "P-384", .evp = EVP_EC_gen("P-384") },
	};
	int bad = 0;

	for (size_t i = 0; i < ATT_COUNT(signers); i++) {
		struct signer *s = &signers[i];
		double ours = -1, peer = -1;
		unsigned cost = 1;

		s->field = ATT_BUF(ATT_IMA_DATA_MAX);
		memset(s->digest, 0x5a, sizeof(s->digest));
		if (s->evp != NULL && sign(s)) {
			ours = bench_ours(s, h, &cost);
			peer = bench_peer(s);
		}
		bad |= ours <= 0 || peer <= 0;
		printf("signature of a file, %-10s %7.1f us/entry, %.2f times "
		    "verifying alone; a list %.1f s at most\n", s->name,
		    ours / 1e3, ours / peer, ours / 1e9 *
		    (ATT_IMA_SIGNATURES_MAX / (double)cost));
		att_ima_keys_free(s->keys);
		att_buf_done(&s->field);
		EVP_PKEY_free(s->evp);
	}
	return bad;
}

int
main(void)
{
	struct att_hasher *h = att_hasher_new();
	int rc = h == NULL || bench_look(h) != 0 || bench_signatures(h) != 0;

	att_hasher_free(h);
	return rc;
}
