/*
 * Signatures of files, as the kernel finds them in security.ima and lists them
 * in the field "sig" (Linux, security/integrity/integrity.h, struct
 * signature_v2_hdr):
 *
 *	u8 type, u8 version, u8 hash algorithm, be32 key, be16 size, signature
 *
 * What is signed is, in version 2, the digest of the file's contents; in
 * version 3 the hash of type, algorithm and digest, so that the digest of a
 * fs-verity tree cannot pass for one of contents (ima_appraise.c,
 * calc_file_id_hash).
 */
#ifndef ATT_EVENTLOG_IMA_SIG_H
#define ATT_EVENTLOG_IMA_SIG_H

#include "eventlog/ima_template.h"

/* enum evm_ima_xattr_type */
enum att_ima_sig_type {
	ATT_IMA_SIG_FILE = 3,	/* EVM_IMA_XATTR_DIGSIG */
	ATT_IMA_SIG_VERITY = 6,	/* IMA_VERITY_DIGSIG, version 3 alone */
};

struct att_ima_sig {
	uint8_t type;		/* enum att_ima_sig_type */
	uint8_t version;	/* 2 or 3 */
	uint8_t hash;		/* the kernel's number, enum hash_algo */
	uint16_t alg;		/* the same, enum att_alg */
	uint32_t key;		/* last four bytes of its identifier */
	struct att_slice value;
};

/*
 * A signature of another kind (EVM's, which is over more than the contents; of
 * version 1; over SHA-1 or less) is ATT_E_UNSUPPORTED.
 */
int att_ima_sig_parse(struct att_slice field, struct att_ima_sig *ret,
    struct att_err *err) ATT_MUST;
/*
 * The digest that was signed, if it was signed for this file. ATT_E_MISMATCH
 * if the signature is of another algorithm, or of the other kind of digest.
 */
int att_ima_sig_digest(const struct att_ima_sig *s,
    const struct att_ima_digest *file, struct att_hasher *h,
    struct att_digest *ret, struct att_err *err) ATT_MUST;

#endif
