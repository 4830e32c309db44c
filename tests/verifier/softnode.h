/*
 * A node without a TPM: EK and AK are software keys, and the registers and
 * logs are those of a captured boot (tests/vectors/boots). It signs what a TPM
 * would sign, and anything else that a test wants signed.
 */
#ifndef ATT_TESTS_VERIFIER_SOFTNODE_H
#define ATT_TESTS_VERIFIER_SOFTNODE_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "evidence/tpm_attest.h"
#include "evidence/tpm_public.h"
#include "protocol/session.h"
#include "protocol/submission.h"

/* A maker of TPMs. */
struct softca {
	EVP_PKEY *key;
	X509 *cert;
};
void softca_make(struct softca *ca, const char *name);
void softca_done(struct softca *ca);
/* The CA's own certificate, DER. */
void softca_der(const struct softca *ca, struct att_buf *ret);

struct softnode {
	char id[ATT_AGENT_ID_MAX + 1];
	EVP_PKEY *ek, *ak;
	struct att_buf ek_public, ak_public;	/* TPM2B_PUBLIC */
	struct att_buf ek_cert;			/* DER, or empty */
	struct att_tpm_public ak_area;		/* of ak_public */
	struct att_tpm_name ak_name;
	/* the boot */
	struct att_pcrs pcrs;
	struct att_buf uefi, user;
	bool has_ima;		/* offers ... */
	struct att_buf ima;	/* this list, of whole lines */
	struct att_buf facts;	/* a document, or empty: none */
	struct att_offer_facts offered;	/* what it says of them */
	/* what runs beneath: documents, or empty: not offered */
	struct att_buf firmware, posture, devices;
	bool offers_empty;	/* and then devices nevertheless */
	char boot_id[40], boot_time[24];
	uint64_t clock;
	uint32_t reset_count, restart_count;
	bool lost_power;	/* its clock is not safe */
	bool can_bind;
	bool has_digests;	/* offers those of its logs */
	/* what it says that it cannot read; ATT_ITEM_COUNT: nothing */
	enum att_item unreadable;
	char token[ATT_TOKEN_MAX + 1];
};

enum softnode_ak { SOFTNODE_P256, SOFTNODE_RSA };
/* P-256 EK with a certificate of `ca` (NULL: without one). */
void softnode_make(struct softnode *n, const char *id, enum softnode_ak kind,
    const struct softca *ca);
void softnode_done(struct softnode *n);
/* Another AK, as after a TPM clear. */
void softnode_new_ak(struct softnode *n, enum softnode_ak kind);
/* Registers and logs of tests/vectors/boots/NAME. */
void softnode_boot(struct softnode *n, const char *name);

/* TPM2_ActivateCredential; false if this blob is not for this EK and AK. */
bool softnode_activate(const struct softnode *n, struct att_slice blob,
    struct att_buf *ret_secret);
/* TPMT_SIGNATURE of the AK over anything. */
void softnode_sign(const struct softnode *n, struct att_slice message,
    struct att_buf *ret);
/* What TPM2_Certify of the AK by itself attests, to be changed and encoded. */
struct att_attest softnode_certify(const struct softnode *n,
    struct att_slice challenge);
/* What TPM2_Quote attests; pcrDigest stands in `ret_digest`. */
struct att_attest softnode_quote(const struct softnode *n,
    struct att_slice qualifying, const struct att_pcr_select *select,
    struct att_digest *ret_digest);

/* What it offers. Borrows from the node. */
void softnode_offer(const struct softnode *n, struct att_offer *ret);
/*
 * Evidence for a demand. `keep` holds the bytes of attest and signature; the
 * rest is the node's.
 */
struct softnode_keep {
	struct att_buf attest, signature;
};
void softnode_keep_done(struct softnode_keep *k);
void softnode_evidence(const struct softnode *n, const struct att_demand *d,
    struct softnode_keep *keep, struct att_evidence *ret);

#endif
