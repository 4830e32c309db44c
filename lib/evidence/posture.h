/*
 * Platform posture: how the node says that it is set up - Secure Boot and its
 * keys, lockdown, the kernel's protection of itself, IOMMU - as one document
 * (evidence platform_posture; docs/PROTOCOL-posture.txt). It is the running
 * system's own word. What cannot be read is in it too, with the reason: "could
 * not read" is never "off".
 */
#ifndef ATT_EVIDENCE_POSTURE_H
#define ATT_EVIDENCE_POSTURE_H

#include "base/json.h"

#define ATT_POSTURE_FORMAT "attestd-posture/1"
#define ATT_POSTURE_MAX (256u << 10)	/* bytes of a document */
#define ATT_POSTURE_CLAIMS_MAX 512
#define ATT_POSTURE_NAME_MAX 80		/* bytes of a-z A-Z 0-9 . _ - */
#define ATT_POSTURE_TEXT_MAX 4096	/* bytes, clean text */
#define ATT_POSTURE_REASON_MAX 159
#define ATT_POSTURE_LIST_MAX 256	/* texts of one claim */
#define ATT_POSTURE_ENTRY_MAX 255	/* bytes of a text in a list */
#define ATT_POSTURE_CERTS_MAX 64	/* of one variable */
#define ATT_POSTURE_DIGESTS_MAX 65536	/* of one variable */

/* Where a claim was read. */
enum att_posture_path {
	ATT_POSTURE_EFIVARFS,
	ATT_POSTURE_SYSFS,
	ATT_POSTURE_PROCFS,
	ATT_POSTURE_SECURITYFS,
	ATT_POSTURE_CONFIGFS,
	ATT_POSTURE_DEV,	/* a device node, not opened */
	ATT_POSTURE_FILE,	/* an ordinary file, which root can change */
	ATT_POSTURE_PATHS
};
/* "efivarfs"; NULL out of range. */
const char *att_posture_path_name(enum att_posture_path path) ATT_MUST;

enum att_posture_result {
	ATT_POSTURE_OK,
	ATT_POSTURE_NOT_AVAILABLE,	/* no such thing on this machine */
	ATT_POSTURE_FAILED,		/* there is one, and it did not tell */
	ATT_POSTURE_RESULTS
};
/* "ok", "not-available", "failed"; NULL out of range. */
const char *att_posture_result_name(enum att_posture_result r) ATT_MUST;

struct att_posture_claim {
	char *name;		/* "kernel.lockdown" */
	enum att_posture_path path;
	enum att_posture_result result;
	char *reason;		/* NULL exactly if the result is OK */
	/*
	 * A boolean, an integer, a text, or a list of texts that is sorted and
	 * has none twice; NULL unless the result is OK. Texts are as
	 * att_text_put makes them: what is no text in them stands as \xNN.
	 */
	json_t *value;
};

/* Variables that say whose code boots: UEFI 2.10, 32.3; shim's list. */
enum att_posture_variable {
	ATT_POSTURE_PK,
	ATT_POSTURE_KEK,
	ATT_POSTURE_DB,
	ATT_POSTURE_DBX,
	ATT_POSTURE_MOK,	/* MokListRT */
	ATT_POSTURE_VARIABLES
};
/* "PK"; NULL out of range. */
const char *att_posture_variable_name(enum att_posture_variable v) ATT_MUST;

struct att_posture_cert {
	struct att_digest sha256;	/* of the DER form */
	char *subject;			/* clean; "" if it cannot be read */
};

/* All of EFIVARFS. Members below `reason` are zero unless the result is OK. */
struct att_posture_keys {
	enum att_posture_result result;
	char *reason;			/* NULL exactly if the result is OK */
	struct att_digest sha256;	/* of the variable's value */
	struct att_posture_cert *cert;	/* in the order of the variable */
	size_t certs;
	/* entries that are no certificate, and SHA-256 over all of them */
	int64_t digests;
	struct att_digest digests_sha256;
};

struct att_posture {
	struct att_posture_claim *claim;	/* sorted by name */
	size_t claims;
	struct att_posture_keys keys[ATT_POSTURE_VARIABLES];
};
void att_posture_free(struct att_posture *p);
ATT_DEFINE_AUTO(struct att_posture, att_posture_free)
/* No claims, and no variable was read: each is NOT_AVAILABLE. */
int att_posture_new(struct att_posture **ret, struct att_err *err) ATT_MUST;

/*
 * Adds one claim. `value` is taken in any case; NULL is ATT_E_NOMEM. A name
 * twice is ATT_E_CONFLICT; what breaks a limit or is of another type
 * ATT_E_FORMAT.
 */
int att_posture_add(struct att_posture *p, const char *name,
    enum att_posture_path path, json_t *value, struct att_err *err) ATT_MUST;
/*
 * One that has no value. The reason must not vary from boot to boot; it is cut
 * and made clean.
 */
int att_posture_add_failed(struct att_posture *p, const char *name,
    enum att_posture_path path, enum att_posture_result result,
    const char *reason, struct att_err *err) ATT_MUST;
/* NULL: no such claim. */
const struct att_posture_claim *att_posture_find(const struct att_posture *p,
    const char *name) ATT_MUST;

/* `k` has no value, and why; what was in it is freed. */
int att_posture_keys_set_failed(struct att_posture_keys *k,
    enum att_posture_result result, const char *reason, struct att_err *err)
    ATT_MUST;
/* `k` is OK and empty. */
void att_posture_keys_begin(struct att_posture_keys *k);
/* The subject is cut and made clean. ATT_E_LIMIT over ATT_POSTURE_CERTS_MAX. */
int att_posture_keys_add(struct att_posture_keys *k,
    const struct att_digest *sha256, const char *subject, struct att_err *err)
    ATT_MUST;

/* Appends it in canonical form (RFC 8785): encode(parse(x)) == x for it. */
int att_posture_encode(const struct att_posture *p, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
/*
 * Claims of names that nobody knows are taken, with their values; members and
 * variables that are not described are refused.
 */
int att_posture_parse(struct att_slice text, struct att_posture **ret,
    struct att_err *err) ATT_MUST;

#endif
