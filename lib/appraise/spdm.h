/*
 * Appraisal of what a device signed of itself: SPDM's measurements, with the
 * certificate chain that came along, against pinned roots, the nonce that was
 * sent, and reference values. docs/PROTOCOL-spdm.txt, section 3, lists what is
 * checked. Pure.
 */
#ifndef ATT_APPRAISE_SPDM_H
#define ATT_APPRAISE_SPDM_H

#include "appraise/spdmref.h"
#include "crypto/cert.h"

/* What was seen of a component before; the zero value: nothing. */
struct att_spdm_known {
	/* of its certificate, as att_spdm_result has them; NULL: not known */
	const char *issuer, *serial;
	uint64_t security_version;
};

struct att_spdm_appraisal {
	const char *component;		/* its name, as it was asked for */
	struct att_slice transcript;
	struct att_slice chain;		/* PEM, the leaf first */
	struct att_slice nonce;		/* that was sent, 32 bytes */
	/*
	 * SPDM 1.0 and 1.1 do not tell what signed: what whoever asked was
	 * told. Zero: by the key, which is enough for an EC key; a hash that
	 * is told with one is tried after the one of the curve.
	 */
	struct att_spdm_algorithms algorithms;
	/* SHA-256 of keys that are trusted beside those of `ref` */
	const struct att_digest *root;
	size_t roots;
	const struct att_spdm_ref *const *ref;
	size_t refs;
	const struct att_platform *platform;
	struct att_spdm_known known;
	int64_t now;			/* seconds since 1970 */
};

/* What came of it; the zero value says nothing good of anything. */
struct att_spdm_result {
	/*
	 * Signed for this nonce by a device of a pinned root, the enrolled
	 * one if it is known, and nothing changed meanwhile. The members
	 * below are set then.
	 */
	bool authentic;
	/* and all is as one of the reference values says, nothing older */
	bool expected;
	struct att_digest root;		/* that vouched for the device */
	char subject[ATT_CERT_NAME_MAX + 1];
	/* these two name the device: to be compared with those enrolled */
	char issuer[ATT_CERT_NAME_MAX + 1];
	char serial[ATT_CERT_NAME_MAX + 1];
	uint8_t version;		/* enum att_spdm_version */
	struct att_spdm_algorithms algorithms;
	size_t measurements;
	bool has_mode, has_security_version;
	struct att_spdm_mode mode;
	uint64_t security_version;
	char reference[ATT_REF_ID_MAX + 1];	/* that agrees, or "" */
	int64_t reference_version;
};

/*
 * Appraises. Why it is not authentic, or in what it is not as the closest
 * document says, goes to `report` (NULL: nowhere); with no documents at all
 * nothing is compared, and nothing is expected. Negative, and *ret
 * untouched, only for a nonce of another length (ATT_E_USAGE), for want of
 * memory, or a broken crypto library.
 */
int att_spdm_appraise(const struct att_spdm_appraisal *a,
    att_finding_fn *report, void *arg, struct att_spdm_result *ret,
    struct att_err *err) ATT_MUST;

#endif
