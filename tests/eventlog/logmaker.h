/*
 * Writes event logs for tests, agile or in the SHA-1 format, and says what the
 * registers hold after them. It shares no code with the parser and the replay.
 */
#ifndef ATT_TESTS_LOGMAKER_H
#define ATT_TESTS_LOGMAKER_H

#include "base/buf.h"
#include "base/cur.h"
#include "base/digest.h"
#include "base/pcr.h"

#define LOGMAKER_MAX (32u << 20)

struct logmaker {
	struct att_buf log;	/* plain bytes: a test may damage them */
	bool agile;
	size_t alg_count;
	uint16_t alg[ATT_BANKS_MAX];
	uint8_t pcr[ATT_BANKS_MAX][ATT_PCR_COUNT][ATT_DIGEST_MAX];
	size_t last;		/* where the last event begins */
};

/* With the Spec ID event for these banks; count 0: the SHA-1 format. */
struct logmaker lm_new(const uint16_t *alg, size_t count);
void lm_done(struct logmaker *m);

/* An event whose digests are of its data, extended. */
void lm_event(struct logmaker *m, uint32_t pcr, uint32_t type,
    struct att_slice data);
/* One whose digests are of something else. */
void lm_event_of(struct logmaker *m, uint32_t pcr, uint32_t type,
    struct att_slice hashed, struct att_slice data);
/* One with digests of the first `banks` algorithms only, extended in those. */
void lm_event_some(struct logmaker *m, size_t banks, uint32_t pcr,
    uint32_t type, struct att_slice data);
/* EV_NO_ACTION: zero digests, extended nowhere. */
void lm_no_action(struct logmaker *m, uint32_t pcr, struct att_slice data);
/* StartupLocality; PCR 0 starts there. */
void lm_locality(struct logmaker *m, uint8_t locality);
/* EV_EFI_HCRTM_EVENT; PCR 0 starts at 4. */
void lm_hcrtm(struct logmaker *m, struct att_slice data);
/* Separators of PCR 0 to 7. */
void lm_separators(struct logmaker *m);
/* An extend that the log does not tell of. */
void lm_extend(struct logmaker *m, uint32_t pcr, struct att_slice hashed);
/* The same, for one bank and with this digest. */
void lm_extend_raw(struct logmaker *m, size_t bank, uint32_t pcr,
    struct att_slice digest);

struct att_slice lm_log(const struct logmaker *m);
/* What the register of this bank must hold. */
struct att_slice lm_value(const struct logmaker *m, uint16_t alg,
    uint32_t pcr);

/* UEFI_VARIABLE_DATA of an ASCII name and a GUID of one repeated byte. */
void lm_variable(struct att_buf *b, uint8_t guid, const char *name,
    struct att_slice data);

#endif
