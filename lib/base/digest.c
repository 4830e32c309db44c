#include "base/digest.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

#include "base/encoding.h"

static const struct {
	uint16_t alg;
	uint16_t size;
	const char *name;
	const char *fetch;	/* OpenSSL's name */
	const char *also;	/* that tpm2-tools and Keylime use, or NULL */
} algs[ATT_BANKS_MAX] = {
	{ ATT_ALG_SHA1, 20, "sha1", "SHA1", NULL },
	{ ATT_ALG_SHA256, 32, "sha256", "SHA2-256", NULL },
	{ ATT_ALG_SHA384, 48, "sha384", "SHA2-384", NULL },
	{ ATT_ALG_SHA512, 64, "sha512", "SHA2-512", NULL },
	{ ATT_ALG_SM3, 32, "sm3", "SM3", "sm3_256" },
};

/* Written once, under `once`; read only afterwards. */
static EVP_MD *fetched[ATT_BANKS_MAX];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
fetch_all(void)
{
	for (size_t i = 0; i < ATT_COUNT(algs); i++)
		fetched[i] = EVP_MD_fetch(NULL, algs[i].fetch, NULL);
}

int
att_alg_index(uint16_t alg)
{
	for (size_t i = 0; i < ATT_COUNT(algs); i++)
		if (algs[i].alg == alg)
			return (int)i;
	return -1;
}

uint16_t
att_alg_at(size_t index)
{
	return index < ATT_COUNT(algs) ? algs[index].alg : 0;
}

size_t
att_alg_size(uint16_t alg)
{
	int i = att_alg_index(alg);

	return i < 0 ? 0 : algs[i].size;
}

const char *
att_alg_name(uint16_t alg)
{
	int i = att_alg_index(alg);

	return i < 0 ? NULL : algs[i].name;
}

uint16_t
att_alg_by_name(const char *name)
{
	for (size_t i = 0; i < ATT_COUNT(algs); i++)
		if (strcmp(algs[i].name, name) == 0 ||
		    (algs[i].also != NULL && strcmp(algs[i].also, name) == 0))
			return algs[i].alg;
	return 0;
}

const void *
att_alg_evp(uint16_t alg)
{
	int i = att_alg_index(alg);

	if (i < 0 || pthread_once(&once, fetch_all) != 0)
		return NULL;
	return fetched[i];
}

struct att_hasher {
	EVP_MD_CTX *ctx[ATT_BANKS_MAX];
};

struct att_hasher *
att_hasher_new(void)
{
	return calloc(1, sizeof(struct att_hasher));
}

void
att_hasher_free(struct att_hasher *h)
{
	if (h == NULL)
		return;
	for (size_t i = 0; i < ATT_COUNT(h->ctx); i++)
		EVP_MD_CTX_free(h->ctx[i]);
	free(h);
}

int
att_hasher_init(struct att_hasher *h, uint16_t alg, struct att_err *err)
{
	const EVP_MD *md = att_alg_evp(alg);
	EVP_MD_CTX **ctx;

	if (md == NULL)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "digest algorithm 0x%04x is not available", alg);
	ctx = &h->ctx[att_alg_index(alg)];
	if (*ctx == NULL && (*ctx = EVP_MD_CTX_new()) == NULL)
		return att_err_nomem(err);
	if (EVP_DigestInit_ex2(*ctx, md, NULL) != 1)
		return att_err_set(err, ATT_E_CRYPTO, "digest init failed");
	return 0;
}

int
att_hasher_update(struct att_hasher *h, uint16_t alg, struct att_slice a,
    struct att_err *err)
{
	int i = att_alg_index(alg);

	if (i < 0 || h->ctx[i] == NULL ||
	    (a.len != 0 && EVP_DigestUpdate(h->ctx[i], a.data, a.len) != 1))
		return att_err_set(err, ATT_E_CRYPTO, "digest update failed");
	return 0;
}

/*
 * Straight into *ret: the library looks before it writes, and this is where
 * the time goes when many small pieces are hashed.
 */
static int
finish(EVP_MD_CTX *ctx, int i, struct att_digest *ret, struct att_err *err)
{
	uint16_t size = algs[i].size;

	if (EVP_DigestFinal_ex(ctx, ret->bytes, NULL) != 1)
		return att_err_set(err, ATT_E_CRYPTO, "digest final failed");
	memset(ret->bytes + size, 0, sizeof(ret->bytes) - size);
	ret->alg = algs[i].alg;
	ret->len = size;
	return 0;
}

int
att_hasher_final(struct att_hasher *h, uint16_t alg, struct att_digest *ret,
    struct att_err *err)
{
	int i = att_alg_index(alg);

	if (i < 0 || h->ctx[i] == NULL)
		return att_err_set(err, ATT_E_CRYPTO, "digest final failed");
	return finish(h->ctx[i], i, ret, err);
}

int
att_hasher_two(struct att_hasher *h, uint16_t alg, struct att_slice a,
    struct att_slice b, struct att_digest *ret, struct att_err *err)
{
	int i = att_alg_index(alg), r;

	if ((r = att_hasher_init(h, alg, err)) < 0)
		return r;
	if ((a.len != 0 && EVP_DigestUpdate(h->ctx[i], a.data, a.len) != 1) ||
	    (b.len != 0 && EVP_DigestUpdate(h->ctx[i], b.data, b.len) != 1))
		return att_err_set(err, ATT_E_CRYPTO, "digest update failed");
	return finish(h->ctx[i], i, ret, err);
}

int
att_hasher_one(struct att_hasher *h, uint16_t alg, struct att_slice a,
    struct att_digest *ret, struct att_err *err)
{
	return att_hasher_two(h, alg, a, (struct att_slice){ 0 }, ret, err);
}

int
att_digest_of(uint16_t alg, struct att_slice data, struct att_digest *ret,
    struct att_err *err)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();

	if (h == NULL)
		return att_err_nomem(err);
	return att_hasher_one(h, alg, data, ret, err);
}

bool
att_digest_equal(const struct att_digest *a, const struct att_digest *b)
{
	return a->alg == b->alg && a->len == b->len &&
	    memcmp(a->bytes, b->bytes, a->len) == 0;
}

struct att_slice
att_digest_view(const struct att_digest *d)
{
	return (struct att_slice){ .data = d->bytes, .len = d->len };
}

int
att_digest_from(uint16_t alg, struct att_slice bytes, struct att_digest *ret,
    struct att_err *err)
{
	size_t size = att_alg_size(alg);

	if (size == 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "digest algorithm 0x%04x is not known", alg);
	if (bytes.len != size)
		return att_err_set(err, ATT_E_FORMAT,
		    "%s digest of %zu bytes, must be %zu", att_alg_name(alg),
		    bytes.len, size);
	*ret = (struct att_digest){ .alg = alg, .len = (uint16_t)size };
	memcpy(ret->bytes, bytes.data, size);
	return 0;
}

bool
att_digest_is_all(const struct att_digest *d, uint8_t value)
{
	for (size_t i = 0; i < d->len; i++)
		if (d->bytes[i] != value)
			return false;
	return true;
}

char *
att_digest_hex(const struct att_digest *d, char ret[static ATT_DIGEST_HEX_MAX])
{
	att_hex_encode(att_digest_view(d), ret);
	return ret;
}
