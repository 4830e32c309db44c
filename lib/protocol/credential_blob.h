/*
 * The credential that a registrar enciphers for a new node, in the file form
 * of tpm2-tools, and the tag by which the node shows that it could read it.
 */
#ifndef ATT_PROTOCOL_CREDENTIAL_BLOB_H
#define ATT_PROTOCOL_CREDENTIAL_BLOB_H

#include "base/buf.h"

#define ATT_CREDENTIAL_BLOB_MAX 1024	/* bytes; an RSA EK makes 336 */
#define ATT_CREDENTIAL_ID_OBJECT_MAX 132   /* lib/tpm/makecred.h */
#define ATT_CREDENTIAL_ENC_SECRET_MAX 512

/*
 * Contents of TPM2B_ID_OBJECT and TPM2B_ENCRYPTED_SECRET, without their size
 * bytes: what att_makecred gives and att_tpm_credential_activate takes. Slices
 * of the bytes that were parsed.
 */
struct att_credential_blob {
	struct att_slice id_object;
	struct att_slice enc_secret;
};

/* be32 0xbadcc0de, be32 1, the two TPM2B, neither empty; nothing behind. */
int att_credential_blob_parse(struct att_slice bytes,
    struct att_credential_blob *ret, struct att_err *err) ATT_MUST;
void att_credential_blob_encode(const struct att_credential_blob *b,
    struct att_buf *ret);

#define ATT_AUTH_TAG_LEN 96	/* lower-case hex digits */

/*
 * HMAC-SHA-384 over the agent id; the key is the base64 text of `secret`. The
 * tag is as secret as that: wipe it, log neither.
 */
int att_auth_tag(struct att_slice secret, const char *agent_id,
    char ret[static ATT_AUTH_TAG_LEN + 1], struct att_err *err) ATT_MUST;

#endif
