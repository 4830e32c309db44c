/*
 * Keys that vouch for files: whoever holds one can sign what may be run
 * (ima_sig.h). Read once, then shared read-only.
 */
#ifndef ATT_APPRAISE_IMAKEYS_H
#define ATT_APPRAISE_IMAKEYS_H

#include "base/json.h"
#include "crypto/pubkey.h"
#include "eventlog/ima_sig.h"

#define ATT_IMA_KEYS_MAX 64
#define ATT_IMA_KEY_ID_SIZE 4	/* bytes, as a signature names its key */
#define ATT_IMA_KEY_PEM_MAX 32768	/* bytes of one key as text */

struct att_ima_keys;
void att_ima_keys_free(struct att_ima_keys *k);
ATT_DEFINE_AUTO(struct att_ima_keys, att_ima_keys_free)

/*
 * An array of {"pem", "id"} as docs/PROTOCOL-runtime.txt has it; NULL is an
 * empty one. The error names the key.
 */
int att_ima_keys_parse(json_t *list, struct att_ima_keys **ret,
    struct att_err *err) ATT_MUST;
size_t att_ima_keys_count(const struct att_ima_keys *k) ATT_MUST;

/*
 * A key as keyrings are given one: DER of an X.509 certificate or of a
 * SubjectPublicKeyInfo. ATT_E_FORMAT if it is neither, ATT_E_UNSUPPORTED if
 * the key is of a kind that is not taken. *ret_id: how signatures name it.
 */
int att_ima_key_read(struct att_slice der, struct att_pubkey **ret,
    uint32_t *ret_id, struct att_err *err) ATT_MUST;

/* What a signature is worth, from worst to best. */
enum att_ima_worth {
	ATT_IMA_UNSIGNED = 0,
	ATT_IMA_SIGNED_OTHER,	/* of a kind that is not taken, or malformed */
	ATT_IMA_SIGNED_STRANGER, /* by a key that is not here */
	ATT_IMA_SIGNED_BAD,	/* it does not verify */
	ATT_IMA_SIGNED_GOOD,	/* by a key that is here, for this digest */
};

struct att_ima_vouch {
	enum att_ima_worth worth;
	/* in verifications of RSA 4096 or P-256, about 60 us; 0: none made */
	unsigned cost;
	struct att_err why;	/* unless it is good */
};

/*
 * Looks at the field "sig" of an entry whose file has this digest. Negative
 * only if nothing can be said.
 */
int att_ima_keys_verify(const struct att_ima_keys *k, struct att_slice field,
    const struct att_ima_digest *file, struct att_hasher *h,
    struct att_ima_vouch *ret, struct att_err *err) ATT_MUST;

#endif
