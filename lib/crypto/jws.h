/*
 * Signed tokens: compact JWS (RFC 7515) with ES256 (RFC 7518, 3.4) and nothing
 * else, JSON payloads only. The one home of libjose.
 */
#ifndef ATT_CRYPTO_JWS_H
#define ATT_CRYPTO_JWS_H

#include "base/json.h"

#define ATT_JWS_MAX (1u << 20)		/* bytes of a compact JWS */
#define ATT_JWS_HEADER_MAX 1024		/* bytes of the header's JSON */
#define ATT_JWS_KEYS_MAX 64		/* of a set; more are refused */
#define ATT_JWK_MAX 4096		/* bytes of a key's text */

/* A private P-256 key. */
struct att_jws_key;
void att_jws_key_free(struct att_jws_key *k);
ATT_DEFINE_AUTO(struct att_jws_key, att_jws_key_free)

/* A new key, the caller's. */
int att_jws_key_make(struct att_jws_key **ret, struct att_err *err) ATT_MUST;
/*
 * A JWK with its private part, as att_jws_key_write made it. Another key type
 * or curve, a point that is not that of the private part, or a kid that is
 * not the key's thumbprint is refused.
 */
int att_jws_key_parse(struct att_slice text, struct att_jws_key **ret,
    struct att_err *err) ATT_MUST;
/* Appends the JWK. A secret: att_buf_wipe, files with mode 0600. */
int att_jws_key_write(const struct att_jws_key *k, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
/* kid: RFC 7638 thumbprint, SHA-256 in base64url. */
const char *att_jws_key_id(const struct att_jws_key *k) ATT_MUST;

/* {"keys": [public JWK, ...]} (RFC 7517, 5); the caller's. */
int att_jws_set_make(const struct att_jws_key *const *key, size_t count,
    json_t **ret, struct att_err *err) ATT_MUST;
/* The same of a text; that is a set is checked, keys only when used. */
int att_jws_set_parse(struct att_slice text, json_t **ret,
    struct att_err *err) ATT_MUST;

/*
 * Appends the compact JWS of the payload's canonical JSON, with the header
 * {"alg":"ES256","kid":...,"typ":typ}.
 */
int att_jws_sign(const struct att_jws_key *k, const char *typ,
    const json_t *payload, struct att_buf *ret, struct att_err *err) ATT_MUST;

/*
 * Verifies against the key of `set` that has the header's kid, and gives the
 * payload, the caller's, which must be a JSON object. The header must have
 * alg ES256, this typ and a kid; `crit` is refused, keys that the header
 * carries are not looked at. ATT_E_NOT_FOUND: the set lacks the key;
 * ATT_E_SIGNATURE: it did not sign this. What the claims say (exp, nonce) is
 * for the caller.
 */
int att_jws_verify(struct att_slice compact, const json_t *set,
    const char *typ, json_t **ret_payload, struct att_err *err) ATT_MUST;

#endif
