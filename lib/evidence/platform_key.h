/*
 * Keys of Secure Boot that are nobody's own: whoever has the firmware or its
 * source can sign with them, or with what they vouch for.
 */
#ifndef ATT_EVIDENCE_PLATFORM_KEY_H
#define ATT_EVIDENCE_PLATFORM_KEY_H

#include "base/digest.h"

enum att_platform_key {
	ATT_PLATFORM_KEY_OWN,		/* nothing is known of it */
	/* its private half is public, or was never kept */
	ATT_PLATFORM_KEY_TEST,
	/* of a distribution's firmware for virtual machines: in all of them */
	ATT_PLATFORM_KEY_SHARED,
};

/*
 * By SHA-256 of the certificate, or by its subject. *ret_what: what it is, for
 * people; not touched for OWN.
 */
enum att_platform_key att_platform_key_of(const struct att_digest *sha256,
    const char *subject, const char **ret_what) ATT_MUST;

#endif
