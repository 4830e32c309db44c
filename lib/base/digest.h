/*
 * Digests by TPM algorithm identifier. Each algorithm is fetched from OpenSSL
 * once for the process: a lookup per call costs six to ten times the hash.
 */
#ifndef ATT_BASE_DIGEST_H
#define ATT_BASE_DIGEST_H

#include "base/err.h"
#include "base/util.h"

/* TCG Algorithm Registry, table 3 (TPM_ALG_ID). */
enum att_alg {
	ATT_ALG_SHA1 = 0x0004,
	ATT_ALG_SHA256 = 0x000b,
	ATT_ALG_SHA384 = 0x000c,
	ATT_ALG_SHA512 = 0x000d,
	ATT_ALG_SM3 = 0x0012,
};

#define ATT_DIGEST_MAX 64	/* bytes: SHA-512 */
#define ATT_BANKS_MAX 5		/* algorithms that can be hashed here */

struct att_digest {
	uint16_t alg;	/* enum att_alg */
	uint16_t len;	/* bytes; att_alg_size(alg) */
	uint8_t bytes[ATT_DIGEST_MAX];
};

/* Digest size in bytes; 0 for an algorithm that is not known here. */
size_t att_alg_size(uint16_t alg) ATT_MUST;
/* "sha256"; NULL if not known. */
const char *att_alg_name(uint16_t alg) ATT_MUST;
/* 0 if the name is not known; "sm3_256" is known as well as "sm3". */
uint16_t att_alg_by_name(const char *name) ATT_MUST;
/* Position 0..ATT_BANKS_MAX-1 of a known algorithm in tables, else -1. */
int att_alg_index(uint16_t alg) ATT_MUST;
uint16_t att_alg_at(size_t index) ATT_MUST;
/* The EVP_MD of this algorithm, as const void; NULL if the library lacks it. */
const void *att_alg_evp(uint16_t alg) ATT_MUST;

/*
 * A context per algorithm, made on first use and kept: for code that hashes
 * many small pieces. Not to be shared between threads.
 */
struct att_hasher;
struct att_hasher *att_hasher_new(void) ATT_MUST;
void att_hasher_free(struct att_hasher *h);
ATT_DEFINE_AUTO(struct att_hasher, att_hasher_free)

/* H(a) and H(a || b). ATT_E_UNSUPPORTED if the library lacks the algorithm. */
int att_hasher_one(struct att_hasher *h, uint16_t alg, struct att_slice a,
    struct att_digest *ret, struct att_err *err) ATT_MUST;
int att_hasher_two(struct att_hasher *h, uint16_t alg, struct att_slice a,
    struct att_slice b, struct att_digest *ret, struct att_err *err) ATT_MUST;
/* Stepwise: init, any number of update, final. One per algorithm at a time. */
int att_hasher_init(struct att_hasher *h, uint16_t alg, struct att_err *err)
    ATT_MUST;
int att_hasher_update(struct att_hasher *h, uint16_t alg, struct att_slice a,
    struct att_err *err) ATT_MUST;
int att_hasher_final(struct att_hasher *h, uint16_t alg,
    struct att_digest *ret, struct att_err *err) ATT_MUST;

/* One digest, without a hasher at hand. */
int att_digest_of(uint16_t alg, struct att_slice data, struct att_digest *ret,
    struct att_err *err) ATT_MUST;

bool att_digest_equal(const struct att_digest *a, const struct att_digest *b)
    ATT_MUST;
struct att_slice att_digest_view(const struct att_digest *d);
/* len must be the algorithm's size. */
int att_digest_from(uint16_t alg, struct att_slice bytes,
    struct att_digest *ret, struct att_err *err) ATT_MUST;
/* All bytes of one value (0x00, 0xff), in the algorithm's size. */
bool att_digest_is_all(const struct att_digest *d, uint8_t value) ATT_MUST;

/* 2 * ATT_DIGEST_MAX hex digits and a NUL. */
#define ATT_DIGEST_HEX_MAX (2 * ATT_DIGEST_MAX + 1)
/* Lower-case hex into `ret`; returns it. */
char *att_digest_hex(const struct att_digest *d,
    char ret[static ATT_DIGEST_HEX_MAX]);

#endif
