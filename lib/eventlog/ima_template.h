/*
 * What an entry of an IMA list is made of: the fields of its template, by name
 * (Linux, security/integrity/ima/ima_template.c and ima_template_lib.c).
 * Slices are of the entry's data.
 *
 * Data is a claim only as far as the template digest, and the quote behind it,
 * covers it. That of a violation is not covered, and no template's name is:
 * who can change a list can give the same data the name of a template with as
 * many fields. A policy names the templates that it takes.
 */
#ifndef ATT_EVENTLOG_IMA_TEMPLATE_H
#define ATT_EVENTLOG_IMA_TEMPLATE_H

#include "eventlog/ima.h"

#define ATT_IMA_FIELDS_MAX 15	/* IMA_TEMPLATE_NUM_FIELDS_MAX */
#define ATT_IMA_PATH_MAX 4095	/* PATH_MAX, without NUL */

/* Fields that the kernel has; a format may name others. */
enum att_ima_id {
	ATT_IMA_OTHER = 0,
	ATT_IMA_D,		/* SHA-1 or MD5 of a file */
	ATT_IMA_N,		/* its path, at most 255 bytes */
	ATT_IMA_D_NG,		/* "sha256:", NUL, digest */
	ATT_IMA_D_NGV2,		/* "ima:sha256:" or "verity:sha256:", ... */
	ATT_IMA_N_NG,		/* path */
	ATT_IMA_SIG,		/* security.ima, or EVM's portable signature */
	ATT_IMA_BUF,		/* a buffer: key, command line, ... */
	ATT_IMA_D_MODSIG,	/* as d-ng, without the appended signature */
	ATT_IMA_MODSIG,		/* that signature, PKCS #7 */
	ATT_IMA_EVMSIG,
	ATT_IMA_IUID,		/* u32 */
	ATT_IMA_IGID,		/* u32 */
	ATT_IMA_IMODE,		/* u16 */
	ATT_IMA_XATTRNAMES,	/* separated by '|' */
	ATT_IMA_XATTRLENGTHS,	/* u32 each */
	ATT_IMA_XATTRVALUES,
};

struct att_ima_field {
	enum att_ima_id id;
	struct att_slice name;	/* as the format has it; none if not known */
	struct att_slice data;	/* without its length */
};

struct att_ima_fields {
	size_t count;
	struct att_ima_field field[ATT_IMA_FIELDS_MAX];
};

/*
 * The fields that a template has, in order and without data: by a name that
 * the kernel defines ("ima-sig"), else the name is the format itself
 * ("d-ng|n-ng"). False if it is neither, or has too many.
 */
bool att_ima_format(struct att_slice name, struct att_ima_fields *ret)
    ATT_MUST;

/*
 * Splits the data of an entry. Fields of a template that is not known have no
 * names. Data that does not fit the template is ATT_E_FORMAT, that of which
 * text tells nothing is ATT_E_UNSUPPORTED.
 */
int att_ima_split(const struct att_ima_entry *e, struct att_ima_fields *ret,
    struct att_err *err) ATT_MUST;
/* The first field of this kind; NULL if there is none. */
const struct att_ima_field *att_ima_field(const struct att_ima_fields *f,
    enum att_ima_id id) ATT_MUST;

/* A digest as d, d-ng, d-ngv2 and d-modsig have it. */
struct att_ima_digest {
	struct att_slice alg_name;	/* "sha256", "md5"; may be empty */
	uint16_t alg;			/* 0 if not known here */
	bool verity;			/* of fs-verity, not of the contents */
	/* of the algorithm's size where that is known; see below */
	struct att_slice digest;
};

/*
 * Reads the digest of a field; an empty field has none and is ATT_E_NOT_FOUND.
 * In a violation the digest is zeros, of older kernels always 20 of them.
 */
int att_ima_read_digest(const struct att_ima_field *f, bool violation,
    struct att_ima_digest *ret, struct att_err *err) ATT_MUST;
/* The text of n, n-ng or xattrnames, without its NUL. */
int att_ima_read_text(const struct att_ima_field *f, struct att_slice *ret,
    struct att_err *err) ATT_MUST;

/* What nearly all entries are about. */
struct att_ima_subject {
	bool has_digest, has_path;
	struct att_ima_digest digest;	/* of d, d-ng or d-ngv2 */
	struct att_slice path;		/* of n or n-ng */
};
int att_ima_subject(const struct att_ima_fields *f, bool violation,
    struct att_ima_subject *ret, struct att_err *err) ATT_MUST;

#endif
