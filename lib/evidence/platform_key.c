#include "evidence/platform_key.h"

#include <string.h>

#define SHA256_SIZE 32

#define AMI "AMI's test key, whose private half leaked (PKfail, VU#455367)"

/*
 * AMI: the certificates of the four files AmiTestPk0?.p7 that CERT/CC published
 * with VU#455367 (github.com/CERTCC/PKfail). Snakeoil: PkKek-1-snakeoil.pem of
 * Debian's package ovmf, which has its private key as well. Debian: PK of
 * OVMF_VARS_4M.ms.fd of the same package.
 */
static const struct {
	const char *sha256;
	enum att_platform_key kind;
	const char *what;
} known[] = {
	{ "01adaf2c334e76a6479516daf618381898323d8f5e7a57bed12bad7ab229209d",
	    ATT_PLATFORM_KEY_TEST, AMI },
	{ "d7ddc0ac61513b51601e76673826cd44187b5ff85f6c29eacdf8d1e37c52388a",
	    ATT_PLATFORM_KEY_TEST, AMI },
	{ "cca4e3f3170230030dc3e33d1e3fa7d1383de8b3367430892e93cbccde034ce0",
	    ATT_PLATFORM_KEY_TEST, AMI },
	{ "617f9a3582de92b19a14bf45cd7041950f365b1e49bac2633fd02bb106902c8d",
	    ATT_PLATFORM_KEY_TEST, AMI },
	{ "282e8130b7070f107aaecc25d3992ca4440270860b09088792a5075fab0d13f8",
	    ATT_PLATFORM_KEY_TEST,
	    "the snakeoil key of OVMF, whose private half is in its package" },
	{ "5fb05ed84c5170d542ed6a7b7487dd57b8faedb02f7e107b0409e1d22cac4169",
	    ATT_PLATFORM_KEY_SHARED,
	    "Debian's default for virtual machines" },
};

/*
 * PKfail: 22 keys of AMI's reference code say in their subject what they are
 * (Binarly BRLY-2024-005, CVE-2024-8105). Red Hat: PK of the OVMF variables
 * that Fedora and RHEL enrol (edk2, EnrollDefaultKeys).
 */
static const struct {
	const char *word;
	enum att_platform_key kind;
	const char *what;
} subjects[] = {
	{ "DO NOT TRUST", ATT_PLATFORM_KEY_TEST,
	    "a test key, which says so in its name (PKfail, CVE-2024-8105)" },
	{ "DO NOT SHIP", ATT_PLATFORM_KEY_TEST,
	    "a test key, which says so in its name (PKfail, CVE-2024-8105)" },
	{ "Red Hat Secure Boot (PK/KEK key 1)", ATT_PLATFORM_KEY_SHARED,
	    "Red Hat's default for virtual machines" },
};

enum att_platform_key
att_platform_key_of(const struct att_digest *sha256, const char *subject,
    const char **ret_what)
{
	char hex[ATT_DIGEST_HEX_MAX] = "";

	if (sha256->len == SHA256_SIZE)
		att_digest_hex(sha256, hex);
	for (size_t i = 0; i < ATT_COUNT(known); i++)
		if (strcmp(hex, known[i].sha256) == 0) {
			*ret_what = known[i].what;
			return known[i].kind;
		}
	for (size_t i = 0; i < ATT_COUNT(subjects); i++)
		if (strstr(subject, subjects[i].word) != NULL) {
			*ret_what = subjects[i].what;
			return subjects[i].kind;
		}
	return ATT_PLATFORM_KEY_OWN;
}
