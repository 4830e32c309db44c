/*
 * Writes IMA lists for tests as the kernel does, binary and text at once, and
 * says what the registers hold after them. It shares no code with the parsers
 * and the replay.
 */
#ifndef ATT_TESTS_IMAMAKER_H
#define ATT_TESTS_IMAMAKER_H

#include "base/buf.h"
#include "base/cur.h"
#include "base/digest.h"
#include "base/pcr.h"

#define IMAMAKER_MAX (8u << 20)

/* How the kernel shows a field as text. */
enum im_kind {
	IM_HEX,		/* d, sig, buf, modsig, evmsig, ... */
	IM_NAMED,	/* d-ng, d-ngv2, d-modsig: "sha256:", NUL, digest */
	IM_TEXT,	/* n, n-ng, xattrnames, with NUL */
	IM_UINT,	/* iuid, igid, imode: 4 or 2 bytes, in list's order */
};

struct im_field {
	enum im_kind kind;
	const void *data;
	size_t len;
};
#define IM_PATH(text) { IM_TEXT, text, sizeof(text) }
#define IM_NONE { IM_HEX, "", 0 }

struct imamaker {
	struct att_buf bin, text;	/* plain: a test may damage them */
	uint16_t alg;			/* of the template digests */
	bool big_endian;
	size_t count;
	size_t last, last_text;		/* where the last entry begins */
	uint8_t own[ATT_BANKS_MAX][ATT_PCR_COUNT][ATT_DIGEST_MAX];
	uint8_t padded[ATT_BANKS_MAX][ATT_PCR_COUNT][ATT_DIGEST_MAX];
};

struct imamaker im_new(uint16_t alg, bool big_endian);
void im_done(struct imamaker *m);

void im_entry(struct imamaker *m, uint32_t pcr, const char *name,
    const struct im_field *fields, size_t count);
/* The same data with a digest of zeros; ones are extended. */
void im_violation(struct imamaker *m, uint32_t pcr, const char *name,
    const struct im_field *fields, size_t count);
/* Template "ima"; path of at most 255 bytes. */
void im_legacy(struct imamaker *m, uint32_t pcr, const uint8_t digest[20],
    const char *path);

/* Template ima-ng, a file with the SHA-256 of its path as digest. */
void im_file(struct imamaker *m, uint32_t pcr, const char *path);
void im_file_violation(struct imamaker *m, uint32_t pcr, const char *path);
/* The first entry of a real list, with this digest, SHA-1 or SHA-256. */
void im_boot(struct imamaker *m, const struct att_digest *aggregate);

/*
 * One entry of each template that the kernel has, of some formats, and a
 * violation, the last but one.
 */
#define IM_TEMPLATES 16
void im_templates(struct imamaker *m);

/* What the register of this bank holds: each bank's own hash, or padded. */
struct att_slice im_value(const struct imamaker *m, uint16_t alg,
    uint32_t pcr);
struct att_slice im_padded(const struct imamaker *m, uint16_t alg,
    uint32_t pcr);
/* The registers of `mask` as they are now, in these banks. */
struct att_pcrs im_quote(const struct imamaker *m, const uint16_t *alg,
    size_t count, uint32_t mask, bool padded);

#endif
