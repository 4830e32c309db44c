/*
 * Measurement lists of the kernel's IMA: binary_runtime_measurements and its
 * text, ascii_runtime_measurements (Linux, security/integrity/ima/ima_fs.c and
 * Documentation/security/IMA-templates.rst). Framing only; what the fields of
 * an entry say stands in ima_template.h. A list proves nothing by itself: the
 * replay against a quote decides (ima_replay.h).
 *
 * Of a binary list nothing is allocated, and every slice is of its bytes. Of a
 * text the template data is built anew, into the iterator, for each entry.
 */
#ifndef ATT_EVENTLOG_IMA_H
#define ATT_EVENTLOG_IMA_H

#include "base/buf.h"
#include "base/cur.h"
#include "base/digest.h"

#define ATT_IMA_LIST_MAX (256u << 20)	/* bytes of a list */
#define ATT_IMA_DATA_MAX (1u << 20)	/* template data of an entry */
#define ATT_IMA_NAME_MAX 255		/* of a template, or its format */
#define ATT_IMA_LEGACY_PATH_MAX 255	/* template "ima", without NUL */
#define ATT_IMA_LEGACY_DIGEST 20	/* template "ima": SHA-1 or MD5 */

struct att_ima_list {
	struct att_slice raw;
	uint64_t first;		/* number of its first entry; 0: since boot */
	uint16_t alg;		/* of the template digests, enum att_alg */
	uint16_t digest_size;	/* of alg, bytes */
	bool text;
	bool big_endian;	/* numbers of the binary list */
};

/* Whether the template digest is the hash of the template data. */
enum att_ima_check {
	ATT_IMA_UNCHECKED = 0,	/* nobody has hashed it: binary, violation */
	ATT_IMA_HOLDS,
	ATT_IMA_BROKEN,
	ATT_IMA_NO_DATA,	/* text that data cannot be built from */
};

struct att_ima_entry {
	uint64_t number;
	uint64_t offset;	/* of its first byte in the list */
	uint32_t pcr;		/* 0 to 23 */
	uint16_t alg;		/* of the digest */
	bool violation;		/* the digest is zero: ones were extended */
	bool legacy;		/* template "ima": its own form and hash */
	bool big_endian;
	uint16_t lines;		/* of text; 0: binary */
	enum att_ima_check check;
	struct att_slice digest;	/* template digest */
	struct att_slice name;		/* template, or its format */
	/* template data as the binary list stores it, after the length */
	struct att_slice data;
};

/*
 * Opens a list whose template digests are of `alg`: SHA-1 in the kernel's
 * default files, the one that they name in files of a bank. The first byte
 * tells text from binary, the first numbers their byte order. No bytes are a
 * list without entries.
 */
int att_ima_open(struct att_slice raw, uint16_t alg, struct att_ima_list *ret,
    struct att_err *err) ATT_MUST;
/*
 * The same, and finds out the algorithm: the one with which the digest of an
 * entry is the hash of its data. If none is (a list of violations, or a
 * damaged one) it is the one that fits most entries, SHA-1 first.
 */
int att_ima_recognise(struct att_slice raw, struct att_hasher *h,
    struct att_ima_list *ret, struct att_err *err) ATT_MUST;

struct att_ima_iter {
	const struct att_ima_list *list;
	struct att_hasher *hasher;	/* borrowed */
	struct att_cur cur;		/* where the next entry begins */
	uint64_t number;
	unsigned tries;			/* of a text: to join lines */
	struct att_buf data;		/* of a text: the entry's data */
	uint8_t digest[ATT_DIGEST_MAX];	/* of a text: the entry's digest */
};

/* `list` must outlive it; `h` is for texts, which are checked as they go. */
struct att_ima_iter att_ima_begin(const struct att_ima_list *list,
    struct att_hasher *h);
/* Frees what texts were built in. */
void att_ima_done(struct att_ima_iter *it);
/*
 * The next entry: 1; 0 at the end. Its slices are good until the next call.
 * On damage nothing has moved, the error has entry number and offset, and all
 * entries before it were good.
 */
int att_ima_next(struct att_ima_iter *it, struct att_ima_entry *ret,
    struct att_err *err) ATT_MUST;

/*
 * The template digest of an entry in this algorithm: H(template data), of the
 * template "ima" H(digest || path, padded with zeros to 256 bytes).
 */
int att_ima_hash(struct att_hasher *h, uint16_t alg,
    const struct att_ima_entry *e, struct att_digest *ret,
    struct att_err *err) ATT_MUST;

#endif
