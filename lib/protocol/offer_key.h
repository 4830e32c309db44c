/* An attestation key as an offer of evidence describes it. */
#ifndef ATT_PROTOCOL_OFFER_KEY_H
#define ATT_PROTOCOL_OFFER_KEY_H

#include "crypto/pubkey.h"
#include "evidence/tpm_public.h"
#include "protocol/message.h"

/* Schemes and hashes by which a key may sign, in the order of preference. */
#define ATT_OFFER_SCHEMES_MAX 3
struct att_offer_algs {
	size_t schemes, hashes;
	uint16_t scheme[ATT_OFFER_SCHEMES_MAX];	/* enum att_sig_scheme */
	uint16_t hash[ATT_BANKS_MAX];		/* enum att_alg */
};

/* "rsassa"; NULL and 0 if not known. */
const char *att_scheme_name(uint16_t scheme) ATT_MUST;
uint16_t att_scheme_by_name(const char *name) ATT_MUST;

/*
 * Two lists of names: schemes as member `schemes`, hashes as `hashes`. Names
 * that are not known here are passed over, and what is left may be empty; one
 * list that is missing leaves its part of *ret as it was.
 */
int att_offer_algs_read(const json_t *obj, const char *schemes,
    const char *hashes, struct att_offer_algs *ret, struct att_pointer *where,
    struct att_err *err) ATT_MUST;
/* Adds what is not there yet; none known is lost. */
void att_offer_algs_add(struct att_offer_algs *a,
    const struct att_offer_algs *more);
/* Sets both lists; a name that is not known is ATT_E_USAGE. */
int att_offer_algs_put(json_t *obj, const char *schemes, const char *hashes,
    const struct att_offer_algs *a, struct att_err *err) ATT_MUST;
bool att_offer_algs_has(const struct att_offer_algs *a, uint16_t scheme,
    uint16_t hash) ATT_MUST;

struct att_offer_key {
	uint16_t type;			/* ATT_TPM_ALG_RSA, ATT_TPM_ALG_ECC */
	uint16_t bits;			/* 2048; 256, 384 */
	struct att_offer_algs algs;
	/* Hints: the key that counts is the enrolled one. Empty: not said. */
	size_t name_len;
	uint8_t name[ATT_TPM_NAME_MAX];
	struct att_slice public;	/* TPMT_PUBLIC */
};

/*
 * The entry for an AK: one scheme and one hash, those of the key (upstream
 * answers 500 to any first entry that it does not accept). `ak` is borrowed.
 * A key without a fixed scheme is ATT_E_UNSUPPORTED.
 */
int att_offer_key_of(const struct att_tpm_public *ak,
    struct att_offer_key *ret, struct att_err *err) ATT_MUST;

/* An entry of certification_keys; NULL without memory, or for an unknown id. */
json_t *att_offer_key_to_json(const struct att_offer_key *k) ATT_MUST;
/*
 * One entry; *ret_known is false for a class or algorithm that is not known
 * here, and then nothing else is read. `algs` stands in for what the entry
 * does not say. `public` is kept in `k`.
 */
int att_offer_key_read(const json_t *entry, const struct att_offer_algs *algs,
    struct att_keep *k, struct att_offer_key *ret, bool *ret_known,
    struct att_pointer *where, struct att_err *err) ATT_MUST;

#endif
